//! The sheet: twelve customers with telling histories, and every feature of each, computed outside Rust.
//!
//! `sheet/transactions.csv`, `customers.csv` and `events.csv` were written by hand; `expected.csv` comes from them by
//! `tests/reference/feature_sheet.py` (plain Python), which was written from the descriptions of the features.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::company::{Columns, NOT_READ, spec};
use common::{ELIGIBILITY, date};
use feature_engineering::{Snapshot, available, catalogue, features};
use history::{Export, Returns};
use jiff::tz::TimeZone;

/// Header and rows of a table, the first column of which is the customer's id.
fn expected() -> (Vec<String>, Vec<Vec<String>>) {
    let text = std::fs::read_to_string(folder().join("expected.csv")).unwrap();
    let mut rows = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
    (rows.next().unwrap(), rows.collect())
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sheet"))
}

#[test]
fn every_feature_of_the_catalogue_has_an_example_and_every_example_a_feature() {
    let (mut header, _) = expected();
    assert_eq!(header.remove(0), "customer_id");
    for feature in catalogue() {
        assert!(header.contains(&feature.name), "{} is not in expected.csv: add it to feature_sheet.py", feature.name);
    }
    for name in header {
        assert!(
            feature_engineering::by_name(&name).is_some(),
            "{name} is in expected.csv, and in the catalogue no more"
        );
    }
}

#[test]
fn the_features_of_the_sheet_are_those_computed_by_hand() {
    let columns = Columns { sales_recorded: false, returns: Returns::Net, ..Columns::ALL };
    let spec = spec(folder(), columns, TimeZone::get("Europe/Bucharest").unwrap());
    let export = Export::read(&spec, Some(date("2026-06-02"))).unwrap();
    let history = export.history(date("2026-04-15"));
    let snapshot = Snapshot::take(&history, ELIGIBILITY).unwrap();
    let (header, rows) = expected();
    let ids: Vec<&str> = snapshot.eligible.iter().map(|c| &*export.customer_ids()[*c as usize]).collect();
    assert_eq!(ids, rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>());

    let wanted = available(&history);
    let missing = catalogue().iter().filter(|feature| !wanted.contains(feature)).map(|feature| feature.name.as_str());
    assert_eq!(missing.collect::<Vec<_>>(), NOT_READ, "the sheet has every column");
    let table = features(&history, &snapshot.eligible, &wanted).unwrap();
    let mut wrong = Vec::new();
    for (feature, column) in table.features().iter().zip(table.columns()) {
        let at = header.iter().position(|name| *name == feature.name).unwrap();
        for (row, found) in rows.iter().zip(column) {
            let expected = if row[at].is_empty() { f64::NAN } else { row[at].parse().unwrap() };
            let equal = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
            if !(equal || found.is_nan() && expected.is_nan()) {
                wrong.push(format!("{} of {}: {found}, expected {expected}", feature.name, row[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
