//! Levels found in the data, and their features.
//!
//! `levels/expected.csv` comes from `tests/reference/levels.py` (plain Python), which made up the customers and chose the
//! levels by what docs/features.md says.

#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use common::{ELIGIBILITY, date};
use feature_engineering::{Feature, FeatureTable, LevelSource, Levels, Panel, Snapshot, Use, features, has_all};
use history::{CustomersSpec, Export, History, Returns, TableSpec};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/levels"))
}

fn lines(name: &str) -> Vec<String> {
    std::fs::read_to_string(folder().join(name)).unwrap().lines().map(str::to_owned).collect()
}

/// The tables as two texts, header first.
struct Tables {
    transactions: Vec<String>,
    customers: Vec<String>,
}

impl Tables {
    fn committed() -> Self {
        Self { transactions: lines("transactions.csv"), customers: lines("customers.csv") }
    }

    fn read(&self) -> Export {
        let folder = tempfile::tempdir().unwrap();
        for (name, rows) in [("transactions.csv", &self.transactions), ("customers.csv", &self.customers)] {
            std::fs::write(folder.path().join(name), rows.join("\n") + "\n").unwrap();
        }
        let mut spec = common::spec(folder.path(), &[], Returns::Net);
        spec.transactions.discount = None;
        let columns = &self.transactions[0];
        spec.transactions.channel = columns.contains("channel").then(|| "channel".to_owned());
        spec.transactions.recorded_at = columns.contains("recorded_at").then(|| "recorded_at".to_owned());
        spec.customers = (!self.customers.is_empty()).then(|| CustomersSpec {
            table: TableSpec::at(folder.path().join("customers.csv")),
            customer_id: "customer_id".into(),
            signup_date: None,
            contract_end: None,
            contact_allowed: None,
            segments: vec![("region".into(), "region".into())],
        });
        Export::read(&spec, Some(date("2026-02-01"))).unwrap()
    }
}

fn sources() -> Vec<LevelSource> {
    ["attribute:region", "channel_mix"].map(|word| LevelSource::of_word(word).unwrap()).to_vec()
}

fn history(export: &Export) -> History<'_> {
    export.history(date("2025-12-01"))
}

fn chosen(history: &History<'_>) -> Vec<Arc<Feature>> {
    Levels::choose(history, &sources()).unwrap().iter().flat_map(Levels::features).collect()
}

fn table(history: &History<'_>, wanted: &[Arc<Feature>]) -> FeatureTable {
    features(history, &Snapshot::take(history, ELIGIBILITY).unwrap().eligible, wanted).unwrap()
}

fn texts(history: &History<'_>) -> Vec<Vec<String>> {
    Levels::choose(history, &sources()).unwrap().iter().map(|of| of.named().map(str::to_owned).collect()).collect()
}

#[test]
fn levels_and_features_are_those_of_the_reference() {
    let export = Tables::committed().read();
    let history = history(&export);
    assert_eq!(texts(&history), [vec!["south", "Nord-Est", "west, far"], vec!["web", "store", "App"]]);
    let table = table(&history, &chosen(&history));
    let expected = lines("expected.csv");
    let header: Vec<&str> = expected[0].split(',').collect();
    let names: Vec<&str> = table.features().iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(names, header[1..]);
    assert_eq!(table.customers().len(), expected.len() - 1);
    for (row, line) in expected[1..].iter().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(&export.customer_ids()[table.customers()[row] as usize], cells[0]);
        for ((name, column), cell) in names.iter().zip(table.columns()).zip(&cells[1..]) {
            let wanted = if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() };
            let found = column[row];
            assert!(
                found == wanted || found.is_nan() && wanted.is_nan(),
                "{name} of {}: {found}, not {wanted}",
                cells[0]
            );
        }
    }
}

#[test]
fn levels_of_a_column_add_up_to_one_and_models_get_all_but_the_most_common() {
    let export = Tables::committed().read();
    let levels = Levels::choose(&history(&export), &sources()).unwrap();
    let flags = table(&history(&export), &levels[0].features());
    for row in 0..flags.customers().len() {
        assert_eq!(flags.columns().iter().map(|column| column[row]).sum::<f64>(), 1.0);
    }
    let shares = table(&history(&export), &levels[1].features());
    for window in 0..2 {
        for row in 0..shares.customers().len() {
            let sum: f64 = shares.columns().iter().skip(window).step_by(2).map(|column| column[row]).sum();
            assert!(sum.is_nan() || (sum - 1.0).abs() < 1e-12, "{sum}");
        }
    }
    let names = |of: &Levels| of.modelled().iter().map(|feature| feature.name.clone()).collect::<Vec<_>>();
    // Fewer than 30 customers are of a rare region, and as few ever sent a fax.
    assert_eq!(names(&levels[0]), ["region_is_nord_est", "region_is_west_far", "region_is_missing"]);
    let channels = ["channel_share_store", "channel_share_store_90d", "channel_share_app", "channel_share_app_90d"];
    assert_eq!(names(&levels[1]), channels);
    for feature in levels.iter().flat_map(Levels::features) {
        assert_ne!(feature.used, Use::Modelled, "{}", feature.name);
        assert!(!feature.label.is_empty() && feature.level_source().is_some(), "{}", feature.name);
    }
}

/// A customer of a region, with so many purchases through a channel from a day on.
fn add(tables: &mut Tables, (id, region): (&str, &str), (day, channel): (&str, &str)) {
    tables.customers.push(format!("{id},{region}"));
    tables.transactions.push(format!("{id},{day},10.00,{channel}"));
}

#[test]
fn what_comes_later_decides_nothing() {
    let tables = Tables::committed();
    let export = tables.read();
    let (expected, wanted) = (texts(&history(&export)), chosen(&history(&export)));
    let known = table(&history(&export), &wanted);
    let mut later = Tables::committed();
    for number in 0..500 {
        // Ids between those that are there, so that customers get other numbers.
        add(&mut later, (&format!("c{number:03}x"), "flood"), ("2025-12-01", "later"));
    }
    // Those who are known buy through a channel of their own from then on.
    for number in 0..300 {
        later.transactions.push(format!("c{number:03},2025-12-0{},10.00,also later", 1 + number % 9));
    }
    let other = later.read();
    assert_eq!(texts(&history(&other)), expected);
    let found = table(&history(&other), &chosen(&history(&other)));
    assert_eq!(found.features(), known.features());
    let bits = |table: &FeatureTable| -> Vec<Vec<u64>> {
        table.columns().iter().map(|column| column.iter().map(|value| value.to_bits()).collect()).collect()
    };
    assert_eq!(bits(&found), bits(&known));
    // A day later the choice is another one.
    let after = texts(&other.history(date("2025-12-02")));
    assert_eq!((after[0][0].as_str(), after[1][0].as_str()), ("flood", "later"));
}

#[test]
fn purchases_that_were_recorded_later_decide_nothing() {
    let mut tables = Tables::committed();
    tables.transactions = tables.transactions.iter().map(|line| format!("{line},2025-01-01")).collect();
    tables.transactions[0] = "customer_id,timestamp,amount,channel,recorded_at".to_owned();
    let expected = texts(&history(&tables.read()));
    for number in 0..500 {
        tables.customers.push(format!("late{number:03},flood"));
        let recorded = if number % 2 == 0 { "2025-12-01" } else { "2026-01-01" };
        tables.transactions.push(format!("late{number:03},2025-06-01,10.00,later,{recorded}"));
    }
    assert_eq!(texts(&history(&tables.read())), expected);
}

#[test]
fn texts_that_turn_up_later_are_others_and_empty_cells_are_missing() {
    let wanted = chosen(&history(&Tables::committed().read()));
    let mut tables = Tables::committed();
    for (id, region) in [("n1", "flood"), ("n2", "South"), ("n3", ""), ("n4", "south")] {
        add(&mut tables, (id, region), ("2025-12-10", "drone"));
    }
    let export = tables.read();
    let later = export.history(date("2026-01-01"));
    let table = table(&later, &wanted);
    let value = |id: &str, name: &str| {
        let of = |customer: &u32| &export.customer_ids()[*customer as usize] == id;
        table.column_named(name).unwrap()[table.customers().iter().position(of).unwrap()]
    };
    for (id, level) in [("n1", "other"), ("n2", "other"), ("n3", "missing"), ("n4", "south")] {
        for name in ["south", "nord_est", "west_far", "other", "missing"] {
            assert_eq!(value(id, &format!("region_is_{name}")), f64::from(u8::from(name == level)), "{name} of {id}");
        }
        assert_eq!((value(id, "channel_share_other"), value(id, "channel_share_web_90d")), (1.0, 0.0));
    }
}

#[test]
fn the_order_of_the_rows_and_the_number_of_threads_change_no_bit() {
    let of = |tables: &Tables, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let export = tables.read();
            let wanted = chosen(&history(&export));
            let plain: Vec<&Feature> = wanted.iter().map(Arc::as_ref).collect();
            let mut text = serde_json::to_string(&plain).unwrap();
            for column in table(&history(&export), &wanted).columns() {
                column.iter().for_each(|value| write!(text, " {:x}", value.to_bits()).unwrap());
            }
            text
        })
    };
    let tables = Tables::committed();
    let expected = of(&tables, 1);
    let mut other = Tables::committed();
    other.transactions[1..].reverse();
    other.transactions[1..].rotate_left(700);
    other.customers[1..].reverse();
    assert_eq!(of(&tables, 3), expected);
    assert_eq!(of(&other, 2), expected);
}

#[test]
fn many_dates_are_single_dates() {
    let export = Tables::committed().read();
    let wanted = chosen(&history(&export));
    let histories: Vec<History<'_>> = ["2025-09-01", "2025-12-01"].map(|day| export.history(date(day))).to_vec();
    let panel = Panel::new(&export, histories.clone(), ELIGIBILITY, &wanted);
    let rows = panel.rows(&(0..export.customer_ids().len() as u32).collect::<Vec<_>>()).unwrap();
    for (at, history) in histories.iter().enumerate() {
        let single = table(history, &wanted);
        let of_date: Vec<usize> = (0..rows.dates.len()).filter(|row| rows.dates[*row] as usize == at).collect();
        for (column, expected) in rows.columns.iter().zip(single.columns()) {
            assert!(of_date.iter().map(|row| column[*row].to_bits()).eq(expected.iter().map(|value| value.to_bits())));
        }
    }
}

#[test]
fn an_export_without_the_columns_has_no_levels() {
    let mut tables = Tables::committed();
    let with = chosen(&history(&tables.read()));
    tables.customers.clear();
    tables.transactions =
        lines("transactions.csv").iter().map(|row| row.rsplit_once(',').unwrap().0.to_owned()).collect();
    let export = tables.read();
    assert_eq!(Levels::choose(&history(&export), &sources()).unwrap(), []);
    assert!(with.iter().all(|feature| !has_all(&history(&export), &feature.definition)));
}
