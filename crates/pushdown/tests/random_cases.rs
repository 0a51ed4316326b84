//! The embedded kernel and SQL on an engine: the same features to 1e-9, and missing in the same places, on random companies
//! with random features of their own.
//!
//! `CHURN_TEST_SQL` names the engines and how to reach them, separated by `;`: `duckdb`, `spark sc://HOST:PORT`,
//! `postgres CONNECTION`. `CHURN_TEST_SQL_PYTHON` is the Python that has their clients.

#![allow(clippy::unwrap_used)]

#[path = "../../feature-engineering/tests/common/mod.rs"]
mod common;
mod engine;
mod own;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::ELIGIBILITY;
use common::company::{Company, spec};
use common::random::{FIRST_DAY, MIDDLE, Random};
use engine::{Engine, Found};
use feature_engineering::{Feature, Snapshot, available, features};
use history::{Date, Days, Export, History};
use jiff::tz::TimeZone;
use pushdown::{Dialect, Query, Relation, Table, Tables, Who};

/// Cases of an engine: as many as it does in a minute, and ten times that where `CHURN_LONG_TESTS` is set.
fn cases(dialect: Dialect) -> u64 {
    let usual = if dialect == Dialect::DuckDb { 500 } else { 60 };
    if std::env::var_os("CHURN_LONG_TESTS").is_some() { 10 * usual } else { usual }
}

fn histories<'a>(random: &mut Random, export: &'a Export) -> Vec<History<'a>> {
    let mut days: Vec<i32> = (0..random.between(1, 4))
        .map(|_| random.between(i64::from(FIRST_DAY + 90), i64::from(MIDDLE + 30)) as i32)
        .collect();
    days.sort_unstable();
    days.dedup();
    let lookback = Days::new(*random.pick(&[0, 0, 90, 365, 730]));
    days.into_iter().map(|day| export.history(Date::from_days(day)).with_lookback(lookback)).collect()
}

fn tables(spec: &history::ExportSpec, instants: bool) -> Tables {
    let named = |name: &str| Table {
        instants: engine::TIMES.iter().filter(|_| instants).map(|header| (*header).to_owned()).collect(),
        ..Table::of(Relation::Named(vec![name.to_owned()]))
    };
    Tables {
        transactions: named("transactions"),
        customers: spec.customers.as_ref().map(|_| named("customers")),
        events: spec.events.as_ref().map(|_| named("events")),
        offers: None,
    }
}

/// What the kernel says: by customer and date, the values of the features.
fn expected(
    histories: &[History<'_>],
    export: &Export,
    wanted: &[Arc<Feature>],
) -> BTreeMap<(String, String), Vec<f64>> {
    let mut rows = BTreeMap::new();
    for history in histories {
        let eligible = Snapshot::take(history, ELIGIBILITY).unwrap().eligible;
        let table = features(history, &eligible, wanted).unwrap();
        for (row, customer) in eligible.iter().enumerate() {
            let key = (export.customer_ids()[*customer as usize].to_string(), history.as_of().to_string());
            rows.insert(key, table.columns().iter().map(|column| column[row]).collect());
        }
    }
    rows
}

fn run_on(engine: &mut Engine) {
    let (mut rows, mut refused, mut own) = (0, 0, 0);
    let cases = cases(engine.dialect());
    for seed in 0..cases {
        let mut random = Random::new(seed);
        let company: Company = random.company();
        let folder = tempfile::tempdir().unwrap();
        company.write(folder.path());
        // Every third company says its times as instants, and has a clock that is put forward and back.
        let instants = seed % 3 == 2;
        let zone = if instants { TimeZone::get("Europe/Bucharest").unwrap() } else { TimeZone::UTC };
        if instants {
            engine::say_as_instants(folder.path());
        }
        let spec = spec(folder.path(), company.columns, zone);
        let export = company.read_from(&spec, i32::from(instants));
        let histories = histories(&mut random, &export);
        let dates: Vec<Date> = histories.iter().map(|history| history.as_of()).collect();
        let lookback = histories[0].looks_back_to().and_then(|from| Days::new(dates[0].days_since(from) as u16));
        let tables = tables(&spec, instants);
        let query = Query {
            dialect: engine.dialect(),
            spec: &spec,
            tables: &tables,
            dates: &dates,
            lookback,
            who: Who::Eligible(ELIGIBILITY),
        };
        let mut wanted = available(&histories[histories.len() - 1]);
        for number in 0..12 {
            let feature = own::feature(&mut random, company.columns, number);
            match pushdown::features(&query, &[Arc::clone(&feature)]) {
                Ok(_) => {
                    own += 1;
                    wanted.push(feature);
                }
                Err(error) => {
                    refused += 1;
                    assert!(error.to_string().contains(&feature.name), "{error}");
                }
            }
        }
        let sql = pushdown::features(&query, &wanted).unwrap();
        let mut files = vec!["transactions"];
        files.extend(spec.customers.as_ref().map(|_| "customers"));
        files.extend(spec.events.as_ref().map(|_| "events"));
        let found = engine.run(folder.path(), (&files, instants), &sql, seed);
        let expected = expected(&histories, &export, &wanted);
        rows += expected.len();
        compare(seed, &wanted, &found, &expected, &company);
    }
    assert!(rows as u64 > cases, "only {rows} rows");
    assert!(own > refused, "{own} features of their own, {refused} refused");
}

fn compare(
    seed: u64,
    wanted: &[Arc<Feature>],
    found: &Found,
    expected: &BTreeMap<(String, String), Vec<f64>>,
    company: &Company,
) {
    assert_eq!(found.columns[..2], ["customer_id", "as_of"], "seed {seed}");
    assert_eq!(found.rows.len(), expected.len(), "seed {seed}: customers");
    for (key, values) in &found.rows {
        let expected = expected.get(key).unwrap_or_else(|| panic!("seed {seed}: {key:?} is not eligible"));
        for ((feature, found), expected) in wanted.iter().zip(values).zip(expected) {
            let equal = match found {
                None => expected.is_nan(),
                // A slope of equal months is nothing but for what rounding leaves of their size.
                Some(found) => (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            };
            assert!(
                equal,
                "seed {seed}: {} of {key:?}: {found:?} by the engine, {expected} by the kernel\n{:?}\n{:?}\n{:#?}\n{:#?}",
                feature.name,
                feature.definition,
                company.columns,
                company.sales.iter().filter(|sale| sale.customer == key.0).collect::<Vec<_>>(),
                company.events.iter().filter(|event| event.customer == key.0).collect::<Vec<_>>(),
            );
        }
    }
}

#[test]
fn engines_and_the_kernel_agree_on_random_companies_and_features() {
    for mut engine in Engine::all("engines_and_the_kernel_agree_on_random_companies_and_features") {
        run_on(&mut engine);
    }
}
