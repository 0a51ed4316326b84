//! NDJSON: exact values, and what is rejected or refused.

#![allow(clippy::unwrap_used)]

mod exports;

use exports::{Folder, csv, ndjson, read, read_spec, read_table, refused, rows, spec};
use history::{Export, Money, RejectCode, TableSpec};
use proptest::prelude::*;

/// Lines of good rows, enough for some bad ones among them.
fn among_good(bad: &[&str]) -> String {
    let mut lines = ndjson(&rows(9_000));
    for line in bad {
        lines.push_str(line);
        lines.push('\n');
    }
    lines
}

fn rejects(export: &Export) -> Vec<(u64, &str, RejectCode)> {
    export.reports()[0].rejects.rows().iter().map(|r| (r.line, r.column.as_str(), r.code)).collect()
}

#[test]
fn rows_are_those_of_the_same_table_as_csv() {
    let folder = Folder::new();
    let rows = rows(500);
    let csv = folder.read("a.csv", csv(&rows)).unwrap();
    assert_eq!(folder.read("a.ndjson", ndjson(&rows)).unwrap().fingerprint(), csv.fingerprint());
    // Keys in another order, blanks, escapes, keys that nobody asked for, blank lines, Windows line breaks, a byte order mark.
    let mut text = String::from("\u{feff}");
    for (at, [id, time, amount]) in rows.iter().enumerate() {
        let nested = r#""items":[{"sku":"a,b","n":[1,2]}],"note":null,"#;
        let id = id.replace('0', "\\u0030");
        match at % 3 {
            0 => text.push_str(&format!(
                "{{ {nested} \"amount\" : {amount},\t\"timestamp\":\"{time}\",\"customer_id\":\"{id}\"}}\r\n"
            )),
            1 => text.push_str(&format!(
                "{{\"timestamp\":\"{time}\",\"\\u0061mount\":\"{amount}\",\"customer_id\":\"{id}\"}}\n\n"
            )),
            _ => text.push_str(&format!(
                "  {{\"customer_id\":\"{id}\",\"amount\":{amount},\"timestamp\":\"{time}\",\"x\":true}}  \n"
            )),
        }
    }
    assert_eq!(folder.read("b.jsonl", text.trim_end()).unwrap().fingerprint(), csv.fingerprint());
}

#[test]
fn numbers_keep_every_digit() {
    let folder = Folder::new();
    // Amounts that no floating-point number holds, and ids that one would round.
    let text = "{\"customer_id\":12345678901234567890,\"timestamp\":\"2026-01-01\",\"amount\":123456789012345.6789}\n\
                {\"customer_id\":12345678901234567891,\"timestamp\":\"2026-01-01\",\"amount\":-0.10}\n\
                {\"customer_id\":\"007\",\"timestamp\":\"2026-01-02\",\"amount\":0.1}\n\
                {\"customer_id\":7,\"timestamp\":\"2026-01-02\",\"amount\":1E-1}\n";
    let path = folder.file("a.ndjson", text);
    let read = |table: TableSpec| {
        let mut spec = spec(table);
        spec.max_reject_share = 0.5;
        read_spec(&spec).unwrap()
    };
    let export = read(TableSpec::at(&path));
    let ids: Vec<&str> = export.customer_ids().iter().collect();
    assert_eq!(ids, ["007", "12345678901234567890", "12345678901234567891"]);
    // An amount with an exponent has been through a floating-point number.
    assert_eq!(rejects(&export), [(4, "amount", RejectCode::BadAmount)]);
    // JSON has its own decimal sign, whatever that of texts is.
    let german = TableSpec { decimal: b',', ..TableSpec::at(&path) };
    assert_eq!(read(german).fingerprint(), export.fingerprint());
    let total = total_of(&export);
    assert_eq!(total, Money::from_ten_thousandths(1_234_567_890_123_456_789 - 1_000 + 1_000));
}

/// What everybody spent.
fn total_of(export: &Export) -> Money {
    let history = export.history(export.last_day().plus_days(1));
    let customers: Vec<u32> = (0..export.customer_ids().len() as u32).collect();
    let spent = |block: &history::Block<'_>, customer: u32| {
        history.rows(block, customer).fold(Money::ZERO, |sum, row| sum.plus(row.amount))
    };
    history.map(&customers, spent).unwrap().into_iter().fold(Money::ZERO, Money::plus)
}

#[test]
fn a_line_that_is_no_object_is_rejected_with_its_line() {
    let folder = Folder::new();
    let good = r#"{"customer_id":"a","timestamp":"2026-01-01","amount":1}"#;
    let bad = [
        &good[..30],
        "[1,2]",
        r#"{"customer_id":"a","timestamp":"2026-01-01","amount":1} x"#,
        r#"{"customer_id":"a","timestamp":"2026-01-01","amount":NaN}"#,
        r#"{"customer_id":"a","timestamp":"2026-01-01","amount":1,"amount":1}"#,
    ];
    let export = folder.read("a.ndjson", among_good(&bad)).unwrap();
    assert_eq!(
        rejects(&export),
        [
            (9_001, "", RejectCode::BadJson),
            (9_002, "", RejectCode::BadJson),
            (9_003, "", RejectCode::BadJson),
            (9_004, "", RejectCode::BadJson),
            (9_005, "amount", RejectCode::DuplicateKey),
        ]
    );
}

#[test]
fn values_that_are_no_cells_are_rejected_with_line_and_column() {
    let folder = Folder::new();
    let bad = [
        r#"{"customer_id":["a"],"timestamp":"2026-01-01","amount":1}"#,
        r#"{"customer_id":"a","timestamp":{"$date":"2026-01-01"},"amount":1}"#,
        r#"{"customer_id":null,"timestamp":"2026-01-01","amount":1}"#,
        r#"{"timestamp":"2026-01-01","amount":1}"#,
        r#"{"customer_id":1.0,"timestamp":"2026-01-01","amount":1}"#,
        r#"{"customer_id":"a","timestamp":1767225600,"amount":1}"#,
        r#"{"customer_id":"a","timestamp":"2026-01-01","amount":true}"#,
        r#"{"customer_id":"a\u0000b","timestamp":"2026-01-01","amount":1}"#,
    ];
    let export = folder.read("a.ndjson", among_good(&bad)).unwrap();
    let expected = [
        ("customer_id", RejectCode::NestedValue),
        ("timestamp", RejectCode::NestedValue),
        ("customer_id", RejectCode::EmptyId),
        ("customer_id", RejectCode::EmptyId),
        ("customer_id", RejectCode::BadId),
        ("timestamp", RejectCode::BadTimestamp),
        ("amount", RejectCode::BadAmount),
        ("customer_id", RejectCode::NotText),
    ];
    let expected: Vec<_> = (9_001..).zip(expected).map(|(line, (column, code))| (line, column, code)).collect();
    assert_eq!(rejects(&export), expected);
}

#[test]
fn a_line_without_an_end_is_one_reject() {
    let folder = Folder::new();
    let long = format!("{{\"customer_id\":\"{}\",\"timestamp\":\"2026-01-01\",\"amount\":1}}", "x".repeat(3 << 20));
    let mut bytes = among_good(&[&long]).into_bytes();
    bytes.extend(b"{\"customer_id\":\"\xff\",\"timestamp\":\"2026-01-01\",\"amount\":1}\n");
    bytes.extend(br#"{"customer_id":"a","timestamp":"2026-01-01","amount":1}"#);
    let export = folder.read("a.ndjson", bytes).unwrap();
    assert_eq!(rejects(&export), [(9_001, "", RejectCode::BadJson), (9_002, "", RejectCode::NotText)]);
    assert_eq!(export.reports()[0].used, 9_001);
}

#[test]
fn a_key_that_never_appears_is_a_missing_column() {
    let folder = Folder::new();
    let text = ndjson(&rows(10)).replace("customer_id", "CustomerId");
    let path = folder.file("a.ndjson", text);
    let words = [
        "expected a column \"customer_id\"",
        "found \"CustomerId\", \"timestamp\", \"amount\"",
        "did you mean \"CustomerId\"?",
    ];
    refused(read(&path), &path, &words);
    // A key that is missing at times is an empty cell.
    let path = folder.file(
        "b.ndjson",
        format!(
            "{}{{\"customer_id\":\"a\",\"timestamp\":\"2026-01-01\",\"amount\":1,\"discount\":0.5}}\n",
            ndjson(&rows(10))
        ),
    );
    let mut with_discount = spec(TableSpec::at(&path));
    with_discount.transactions.discount = Some("discount".into());
    assert_eq!(read_spec(&with_discount).unwrap().reports()[0].used, 11);
}

#[test]
fn what_is_no_list_of_lines_is_refused() {
    let folder = Folder::new();
    let array = format!("\n [{}]", ndjson(&rows(3)).trim_end().replace('\n', ","));
    let path = folder.file("a.ndjson", array);
    refused(read(&path), &path, &["line 2, byte 1", "expected one JSON object per line, found a JSON array"]);
    let path = folder.file("b.ndjson", csv(&rows(5)));
    refused(read(&path), &path, &["6 of 6 rows cannot be read", "line 1, byte 0: ", "is every line one JSON object"]);
    let path = folder.file("c.ndjson", "\n\n  \n");
    refused(read(&path), &path, &["found none"]);
}

#[test]
fn lines_are_skipped_where_the_project_says_so() {
    let folder = Folder::new();
    let path = folder.file("a.ndjson", format!("# made by a program\n{}", ndjson(&rows(5))));
    let export = read_table(TableSpec { skip_rows: 1, ..TableSpec::at(&path) }).unwrap();
    assert_eq!(export.reports()[0].rows, 5);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic_and_every_row_is_accounted_for(
        lines in prop::collection::vec(r#"[\{\}\[\]":,\\u0-9a-z\. é_-]{0,40}"#, 0..30),
        cut in 0_usize..400,
    ) {
        let folder = Folder::new();
        let mut bytes = format!("{}{}", ndjson(&rows(3)), lines.join("\n")).into_bytes();
        let at = cut.min(bytes.len());
        bytes.insert(at, 0xff);
        let path = folder.file("a.ndjson", bytes);
        let mut spec = spec(TableSpec::at(&path));
        spec.max_reject_share = 1.0;
        let _ = read_spec(&spec);
    }
}
