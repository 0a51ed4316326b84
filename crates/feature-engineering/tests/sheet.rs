//! The sheet: twelve customers with telling histories, and every feature of each, computed outside Rust.
//!
//! `sheet/transactions.csv`, `customers.csv` and `events.csv` were written by hand; `expected.csv` comes from them by
//! `tests/reference/feature_sheet.py` (plain Python), which was written from the descriptions of the features.

#![allow(clippy::unwrap_used)]

mod common;
mod meaning;

use std::path::Path;

use common::company::{Columns, Company, Event, Person, Sale, spec};
use common::{ELIGIBILITY, date, moment_of};
use feature_engineering::{Snapshot, available, catalogue, features};
use history::{Date, Export};
use jiff::tz::TimeZone;
use meaning::Sight;

/// Header and rows of a table, the first column of which is the customer's id.
fn expected() -> (Vec<String>, Vec<Vec<String>>) {
    let text = std::fs::read_to_string(folder().join("expected.csv")).unwrap();
    let mut rows = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
    (rows.next().unwrap(), rows.collect())
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sheet"))
}

const COLUMNS: Columns = Columns { sales_recorded: false, ..Columns::ALL };

fn zone() -> TimeZone {
    TimeZone::get("Europe/Bucharest").unwrap()
}

fn is_equal(found: f64, expected: f64) -> bool {
    found.is_nan() && expected.is_nan() || (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
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
    let spec = spec(folder(), COLUMNS, zone());
    let export = Export::read(&spec, Some(date("2026-06-02"))).unwrap();
    let history = export.history(date("2026-04-15"));
    let snapshot = Snapshot::take(&history, ELIGIBILITY).unwrap();
    let (header, rows) = expected();
    let ids: Vec<&str> = snapshot.eligible.iter().map(|c| &export.customer_ids()[*c as usize]).collect();
    assert_eq!(ids, rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>());

    let wanted = available(&history);
    let missing = catalogue().iter().filter(|feature| !wanted.contains(feature)).map(|feature| feature.name.as_str());
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0], "the sheet has every column");
    let table = features(&history, &snapshot.eligible, &wanted).unwrap();
    let mut wrong = Vec::new();
    for (feature, column) in table.features().iter().zip(table.columns()) {
        let at = header.iter().position(|name| *name == feature.name).unwrap();
        for (row, found) in rows.iter().zip(column) {
            let expected = if row[at].is_empty() { f64::NAN } else { row[at].parse().unwrap() };
            if !is_equal(*found, expected) {
                wrong.push(format!("{} of {}: {found}, expected {expected}", feature.name, row[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows of a file, without its header.
fn cells(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The sheet as plain rows.
fn company() -> Company {
    let thousandths = |text: &str| (text.parse::<f64>().unwrap() * 1_000.0).round() as i64;
    let wall_clock = |text: &str| {
        let there = text.parse::<jiff::Timestamp>().unwrap().to_zoned(zone()).datetime();
        moment_of(&there.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()).micros()
    };
    let sales = cells("transactions.csv").into_iter().map(|row| Sale {
        order: row[3].clone(),
        discount: thousandths(&row[4]) / 10,
        margin: thousandths(&row[5]) / 10,
        quantity: thousandths(&row[6]),
        product: row[7].clone(),
        category: row[8].clone(),
        channel: row[9].clone(),
        ..Sale::new(&row[0], wall_clock(&row[1]), thousandths(&row[2]) / 10)
    });
    let moment = |text: &String| (!text.is_empty()).then(|| moment_of(text).micros());
    let events = cells("events.csv").into_iter().map(|row| Event {
        value: row[3].parse().ok(),
        channel: row[4].clone(),
        resolved: moment(&row[5]),
        recorded: moment(&row[6]).unwrap(),
        ..Event::new(&row[0], moment_of(&row[1]).micros(), &row[2])
    });
    let day = |text: &String| text.parse::<Date>().ok().map(Date::days);
    let people = cells("customers.csv").into_iter().map(|row| Person {
        customer: row[0].clone(),
        signup: day(&row[1]),
        contract_end: day(&row[2]),
    });
    Company { columns: COLUMNS, sales: sales.collect(), events: events.collect(), people: people.collect() }
}

/// What random histories are compared with is itself held against numbers from outside Rust.
#[test]
fn the_meanings_of_the_features_are_those_computed_by_hand() {
    let (company, (header, rows)) = (company(), expected());
    let sight = Sight { as_of: date("2026-04-15").start().micros(), from: i64::MIN };
    for row in rows {
        for (name, cell) in header.iter().zip(&row).skip(1) {
            let expected = if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() };
            let found = meaning::value(&company, &row[0], sight, name);
            assert!(is_equal(found, expected), "{name} of {}: {found}, expected {expected}", row[0]);
        }
    }
}
