//! Rows that are odd beside each other. The numbers are those of the list of bad inputs.

mod cases;
mod common;

use cases::{Case, Used, first_line, good, good_and};
use common::{HEADER, export, orders};
use feature_engineering::{available, features};
use history::{Date, Money, PurchaseRow};

const END: &str = "2026-01-01";

fn as_of() -> Date {
    END.parse().expect("a date")
}

/// What a customer bought and gave back.
fn rows_of(used: &Used, id: &str) -> Vec<(Money, bool)> {
    let history = used.export.history(as_of());
    let customer = used.export.customer_ids().position(id).expect("a customer") as u32;
    let rows = history.map(&[customer], |block, customer| {
        history.rows(block, customer).map(|row: PurchaseRow| (row.amount, row.is_return())).collect::<Vec<_>>()
    });
    rows.expect("in memory").concat()
}

/// Every feature that the export has the columns for, of one customer.
fn features_of(used: &Used, id: &str) -> Vec<(String, f64)> {
    let history = used.export.history(as_of());
    let customer = used.export.customer_ids().position(id).expect("a customer") as u32;
    let table = features(&history, &[customer], &available(&history)).expect("in memory");
    let names = table.features().iter().map(|feature| feature.name.to_string());
    names.zip(table.columns().iter().map(|column| column[0])).collect()
}

fn feature(used: &Used, id: &str, name: &str) -> f64 {
    features_of(used, id).into_iter().find(|(found, _)| found == name).expect("such a feature").1
}

fn money(ten_thousandths: i64) -> Money {
    Money::from_ten_thousandths(ten_thousandths)
}

#[test]
fn a60_returns_are_kept_apart() {
    let rows = ["R,2025-06-01T10:00:00,100.00,a", "R,2025-06-05T10:00:00,-30.00,b", "R,2025-07-05T10:00:00,50.00,c"];
    let used = Case::with_rows(&rows).is_used();
    let expected = [(money(1_000_000), false), (money(-300_000), true), (money(500_000), false)];
    assert_eq!(rows_of(&used, "R"), expected);
    assert_eq!(used.check["result"]["buying"]["returns"], 1);
    // Of 150 bought, 30 came back: a share of what was bought, not of what was left.
    assert!((feature(&used, "R", "returns_share") - 0.2).abs() < 1e-12);
}

#[test]
fn a61_zero_amounts() {
    let used = Case::with_rows(&["Z,2025-06-01,0,a", "Z,2025-06-02,-0.00,b", "Z,2025-06-03,0.00004,c"]).is_used();
    used.warns_of(&["zero_amounts"]);
    assert_eq!(used.warning("zero_amounts").count, 3);
    assert_eq!(rows_of(&used, "Z"), [(Money::ZERO, false); 3]);
}

#[test]
fn a62_customers_who_gave_back_as_much_as_they_bought() {
    let rows = [
        "N,2025-11-01,10.00,a",
        "N,2025-11-05,-10.00,b",
        "M,2025-11-01,10.00,c",
        "M,2025-11-03,-25.00,d",
        "O,2025-11-01,0,e",
        "R,2025-11-02,-5,f",
    ];
    let used = Case::with_rows(&rows).is_used();
    for id in ["N", "M", "O", "R"] {
        for (name, value) in features_of(&used, id) {
            assert!(value.is_nan() || value.is_finite(), "{id}: {name} is {value}");
        }
        let (_, share) =
            features_of(&used, id).into_iter().find(|(name, _)| name == "returns_share").expect("a feature");
        assert!(share.is_finite(), "{id}: {share}");
    }
    let ended = used.folder.churn("features", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a63_mixed_currencies() {
    let text: String = good()
        .lines()
        .enumerate()
        .map(|(at, line)| format!("{line},{}\n", if at == 0 { "currency" } else { "EUR" }))
        .collect();
    Case::of(text.clone()).mapping("currency", "currency").is_used();
    let mixed = text + "C001,2025-06-01,1.00,x,USD\n";
    let words = [&format!("line {}, byte", first_line())[..], "\"EUR\"", "\"USD\"", "convert them"];
    Case::of(mixed).mapping("currency", "currency").is_refused("mixed_currencies", &words);
}

#[test]
fn a64_outliers_and_changes_of_unit() {
    Case::with_rows(&["C001,2025-06-01,1000000000000000,a"]).rejects(&[(
        first_line(),
        "amount",
        "amount_out_of_range",
    )]);
    // One large amount changes no other, to the ten-thousandth.
    let used = Case::with_rows(&["B,2025-06-01,899000000000000.0001,a", "B,2025-06-02,0.0001,b"]);
    let used = used.is_used();
    assert_eq!(rows_of(&used, "B"), [(money(8_990_000_000_000_000_001), false), (money(1), false)]);

    let in_cents = |row: &String| {
        let cells: Vec<&str> = row.split(',').collect();
        let cents = if cells[1] >= "2025-07" { cells[2].replace('.', "") } else { cells[2].to_owned() };
        format!("{},{},{cents},{}", cells[0], cells[1], cells[3])
    };
    let changed: Vec<String> = orders().iter().map(in_cents).collect();
    let used = Case::of(export(&changed)).is_used();
    used.warns_of(&["scale_change"]);
    assert!(used.warning("scale_change").message.contains("in 2025-06 to about"), "{:?}", used.warning("scale_change"));
    Case::of(good()).is_used().warns_of(&[]);

    // A file in cents beside one in euros, of the same months.
    let first: Vec<String> = orders().into_iter().step_by(2).collect();
    let cents = |row: String| {
        let cells: Vec<&str> = row.split(',').collect();
        format!("{},{},{},{}", cells[0], cells[1], cells[2].replace('.', ""), cells[3])
    };
    let second: Vec<String> = orders().into_iter().skip(1).step_by(2).map(cents).collect();
    let used = Case::of(export(&first)).and_file("orders-2.csv", export(&second)).is_used();
    used.warns_of(&["scale_change"]);
    assert!(used.warning("scale_change").message.contains("in the other files"));
}

#[test]
fn a65_exact_duplicates() {
    let row = orders()[0].clone();
    let used = Case::with_rows(&[&row, &row]).is_used();
    used.warns_of(&["repeated_rows"]);
    let warning = used.warning("repeated_rows");
    let rows = orders().len() + 2;
    assert_eq!(warning.count, 2);
    assert!(warning.message.contains(&format!("({:.1} %)", 200.0 / rows as f64)), "{}", warning.message);
    // Kept: each of them is an item of its order.
    let amount: Vec<(Money, bool)> = rows_of(&used, "C000");
    let once = rows_of(&Case::of(good()).is_used(), "C000");
    assert_eq!(amount[0].0, money(once[0].0.ten_thousandths() * 3));
}

/// A good export that says when its rows were recorded, with these rows behind its own.
fn recorded(rows: &[&str]) -> String {
    let with = |row: &String| {
        let time = row.split(',').nth(1).expect("a timestamp");
        format!("{row},{time}")
    };
    let mut all: Vec<String> = orders().iter().map(with).collect();
    all.extend(rows.iter().map(|row| (*row).to_owned()));
    format!("{HEADER},recorded\n{}\n", all.join("\n"))
}

#[test]
fn a66_the_same_order_with_other_content() {
    let two = |first: &str, second: &[&str]| {
        let second = format!("{HEADER},recorded\n{}\n", second.join("\n"));
        Case::of(recorded(&[first])).and_file("orders-2.csv", second)
    };
    let first = "V,2025-06-01T10:00:00,10.00,v,2025-06-01T10:00:00";
    let later = "V,2025-06-01T10:00:00,12.00,v,2025-06-03T10:00:00";
    let at_once = "V,2025-06-01T10:00:00,12.00,v,2025-06-01T10:00:00";
    // What was recorded last counts, and is warned of. A return of the order has a moment of its own, and stays.
    let back = "V,2025-06-09T10:00:00,-2.00,v,2025-06-09T10:00:00";
    let used = two(first, &[later, back]).mapping("recorded_at", "recorded").is_used();
    used.warns_of(&["changed_orders"]);
    assert_eq!(rows_of(&used, "V"), [(money(120_000), false), (money(-20_000), true)]);
    assert_eq!((used.export.reports()[0].deduplicated, used.warning("changed_orders").count), (1, 1));
    let used = two(later, &[first, back]).mapping("recorded_at", "recorded").is_used();
    assert_eq!(rows_of(&used, "V"), [(money(120_000), false), (money(-20_000), true)]);
    // Where nothing says which was recorded last, nothing is chosen.
    let words = ["orders.csv and ", "orders-2.csv: 1 purchases", "recorded last"];
    two(first, &[at_once]).mapping("recorded_at", "recorded").is_refused("changed_orders", &words);
    two(first, &[later]).is_refused("changed_orders", &words);
    // Two rows of an order at one moment are two things bought, in one file.
    let used = Case::of(recorded(&[first, at_once])).mapping("recorded_at", "recorded").is_used();
    assert_eq!(rows_of(&used, "V"), [(money(220_000), false)]);
}

#[test]
fn a67_overlapping_files() {
    let mut rows = orders();
    rows.sort_by(|a, b| a.split(',').nth(1).cmp(&b.split(',').nth(1)));
    let (third, two_thirds) = (rows.len() / 3, rows.len() * 2 / 3);
    let (first, second) = (export(&rows[..two_thirds]), export(&rows[third..]));
    let used = Case::of(first.clone()).and_file("orders-2.csv", second.clone()).is_used();
    let expected = Case::of(good()).is_used();
    used.is_the_same_as(&expected);
    used.warns_of(&["overlapping_orders"]);
    let report = &used.export.reports()[0];
    let both = (two_thirds - third) as u64;
    assert_eq!((report.deduplicated, report.used), (both, rows.len() as u64));
    assert_eq!(used.warning("overlapping_orders").count, both);

    // The same from the cache, and where the second file comes later.
    let folder = used.folder;
    let counts = |folder: &common::Folder| {
        let ended = folder.churn("check", &["--json"]);
        let answer: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one JSON object");
        let result = &answer["result"];
        (result["tables"].clone(), result["warnings"].clone(), result["fingerprint"].clone())
    };
    let fresh = counts(&folder);
    assert_eq!(folder.churn("features", &[]).code, 0);
    assert_eq!(counts(&folder), fresh);
    std::fs::remove_file(folder.path("orders-2.csv")).expect("it is there");
    std::fs::remove_dir_all(folder.path("out")).expect("it is there");
    assert_eq!(folder.churn("features", &["--as-of", "2025-08-01"]).code, 3, "the first file ends long before");
    std::fs::write(folder.path("orders-2.csv"), second).expect("writable");
    assert_eq!(folder.churn("features", &[]).code, 0);
    assert_eq!(counts(&folder), fresh);
}

#[test]
fn a67_the_same_file_twice() {
    let case = Case::of(good()).and_file("orders-2.csv", good());
    case.is_refused("same_file_twice", &["orders.csv", "orders-2.csv", "have the same content"]);
}

#[test]
fn a68_shuffled_rows() {
    let mut rows = orders();
    rows.sort_by_key(|row| row.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))));
    let (used, expected) = (Case::of(export(&rows)).is_used(), Case::of(good()).is_used());
    used.is_the_same_as(&expected);
    let features = |used: &Used| {
        let ended = used.folder.churn("features", &["--as-of", END]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        used.folder.read("out/features.parquet")
    };
    assert!(features(&used) == features(&expected));
    assert!(good_and(&[]).starts_with(HEADER));
}
