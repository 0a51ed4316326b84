//! What is done because the project declares it, and only then: thousands separators, ids compared in another form, manifests.
#![allow(clippy::unwrap_used)]

mod exports;

use exports::{Folder, read_spec, read_table, refused, spec};
use history::{Export, IdRules, TableSpec, WarningCode};

const ROWS: &str =
    "customer_id;timestamp;amount\na;2026-01-01;1.234,50\nb;2026-01-02;-12,5\na;2026-01-03;1.234.567,8\n";

/// What everything that is visible adds up to.
fn total(export: &Export) -> i64 {
    let history = export.history(export.complete_through().plus_days(2));
    let everybody: Vec<u32> = (0..export.customer_ids().len() as u32).collect();
    let sums = history
        .map(&everybody, |block, customer| {
            history.rows(block, customer).map(|row| row.amount.ten_thousandths()).sum::<i64>()
        })
        .unwrap();
    sums.iter().sum()
}

#[test]
fn a58_groups_of_digits_are_read_where_they_are_declared() {
    let folder = Folder::new();
    let path = folder.file("orders.csv", ROWS);
    let plain = TableSpec { decimal: b',', ..TableSpec::at(&path) };
    refused(read_table(plain.clone()), &path, &["2 of 3 rows cannot be read", "[bad_amount]", "thousands"]);
    let export = read_table(TableSpec { thousands: Some('.'), ..plain.clone() }).unwrap();
    assert_eq!(total(&export), 12_345_000 - 125_000 + 12_345_678_000);
    // A group of another size is no number, whatever is declared.
    let odd = folder.file("odd.csv", ROWS.replace("1.234,50", "12.34,50"));
    let table = TableSpec { path: odd.clone(), thousands: Some('.'), ..plain };
    refused(read_table(table), &odd, &["1 of 3 rows cannot be read", "line 2"]);
}

#[test]
fn a44_ids_are_compared_as_the_project_says() {
    let folder = Folder::new();
    let rows = "customer_id,timestamp,amount\n\
                caf\u{e9},2026-01-01,1\ncafe\u{301},2026-01-02,1\nCAF\u{c9},2026-01-03,1\n007,2026-01-04,1\n 7,2026-01-05,1\n";
    let path = folder.file("orders.csv", rows);
    let ids = |rules: IdRules| {
        let mut spec = spec(TableSpec::at(&path));
        spec.normalize_ids(rules);
        let export = read_spec(&spec).unwrap();
        let count = |code| export.warnings().find(|warning| warning.code == code).map_or(0, |warning| warning.count);
        let counts = (count(WarningCode::NormalizedIds), count(WarningCode::PaddedIds));
        (export.customer_ids().iter().map(str::to_owned).collect::<Vec<String>>(), counts)
    };
    let all = IdRules { nfc: true, lower_case: true, without_zeros: true };
    assert_eq!(ids(IdRules::default()).0.len(), 5);
    assert_eq!(ids(IdRules::default()).1, (0, 1));
    assert_eq!(ids(all), (vec!["7".to_owned(), "caf\u{e9}".to_owned()], (3, 1)));
    let nfc = ids(IdRules { nfc: true, ..IdRules::default() });
    assert_eq!(nfc, (["007", "7", "CAF\u{c9}", "caf\u{e9}"].map(str::to_owned).to_vec(), (1, 1)));
}

#[test]
fn a30_a_manifest_says_how_many_rows_there_are() {
    let folder = Folder::new();
    let path = folder.file("orders.csv", ROWS);
    let table = TableSpec {
        decimal: b',',
        thousands: Some('.'),
        manifest: Some(folder.path("manifest.json")),
        ..TableSpec::at(&path)
    };
    let read = |rows: u64| {
        folder.file("manifest.json", format!("{{\"files\": [{{\"name\": \"orders.csv\", \"rows\": {rows}}}]}}"));
        read_table(table.clone())
    };
    assert!(read(3).is_ok());
    let error = read(4).unwrap_err();
    assert_eq!(error.code(), "not_as_delivered");
    assert!(
        error.to_string().ends_with("manifest.json: expected 4 rows in orders.csv, found 3; deliver it again"),
        "{error}"
    );
    std::fs::remove_file(folder.path("manifest.json")).unwrap();
    assert_eq!(read_table(table).unwrap_err().code(), "no_manifest");
}
