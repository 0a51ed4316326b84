//! Offers that were made, as features: of the time after the contact, and of no other.

#![allow(clippy::unwrap_used)]

mod common;

use common::company::{Columns, spec};
use common::date;
use feature_engineering::{Panel, available, by_name, features, offer_features};
use history::{Days, Export, OffersSpec, TableSpec};
use jiff::tz::TimeZone;

const COLUMNS: Columns = Columns {
    orders: false,
    discounts: false,
    margins: false,
    quantities: false,
    products: false,
    categories: false,
    channels: false,
    sales_recorded: false,
    events: false,
    people: false,
    ..Columns::ALL
};

/// `a` was to be called on 1 March and was on the 20th, `b` is a control, `c` was to be called and never was.
fn export(contacted: bool) -> Export {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let sales = "customer_id,timestamp,amount\na,2026-01-01,5\nb,2026-01-01,5\nc,2026-01-01,5\na,2026-07-01,5\n";
    write("transactions.csv", sales);
    write(
        "offers.csv",
        "customer_id,timestamp,offer,arm,contacted_at\na,2026-03-01,call,treatment,2026-03-20\nb,2026-03-01,call,control,\n\
         c,2026-03-01,call,treatment,\na,2026-05-01,call,treatment,2026-05-01\n",
    );
    let mut spec = spec(folder.path(), COLUMNS, TimeZone::UTC);
    spec.offers = Some(OffersSpec {
        table: TableSpec::at(folder.path().join("offers.csv")),
        customer_id: "customer_id".into(),
        timestamp: "timestamp".into(),
        offer: "offer".into(),
        arm: "arm".into(),
        cost: None,
        accepted: None,
        contacted_at: contacted.then(|| "contacted_at".into()),
    });
    Export::read(&spec, Some(date("2026-08-01"))).unwrap()
}

#[test]
fn contacts_count_from_the_day_after_them() {
    let (export, wanted) =
        (export(true), [by_name("offers_90d").unwrap().clone(), by_name("offers_365d").unwrap().clone()]);
    let at = |day: &str| features(&export.history(date(day)), &[0, 1, 2], &wanted).unwrap().columns().to_vec();
    for (day, lately, ever) in [
        ("2026-03-20", [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ("2026-03-21", [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        ("2026-05-02", [2.0, 0.0, 0.0], [2.0, 0.0, 0.0]),
        ("2026-06-19", [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]),
    ] {
        assert_eq!(at(day), [lately, ever], "{day}");
    }
    // In one pass over many dates it is the same.
    let days = ["2026-03-20", "2026-03-21", "2026-06-19"].map(|day| export.history(date(day)));
    let eligibility = common::ELIGIBILITY;
    let rows = Panel::new(&export, days.to_vec(), eligibility, &wanted).rows(&[0, 1, 2]).unwrap();
    for (place, day) in ["2026-03-20", "2026-03-21", "2026-06-19"].iter().enumerate() {
        let found: Vec<f64> = (0..rows.dates.len())
            .filter(|row| rows.dates[*row] == place as u32)
            .map(|row| rows.columns[0][row])
            .collect();
        let alone = at(day)[0].clone();
        assert!(!found.is_empty() && found.iter().all(|value| alone.contains(value)), "{day}: {found:?} {alone:?}");
    }
    // A short memory forgets.
    let short = export.history(date("2026-06-19")).with_lookback(Days::new(30));
    assert_eq!(features(&short, &[0], &wanted).unwrap().columns(), [[0.0], [0.0]]);
}

#[test]
fn without_a_column_for_it_the_day_of_the_lot_is_the_contact() {
    let export = export(false);
    let wanted = [by_name("offers_90d").unwrap().clone()];
    let table = features(&export.history(date("2026-03-02")), &[0, 1, 2], &wanted).unwrap();
    assert_eq!(table.columns(), [[1.0, 0.0, 1.0]]);
}

#[test]
fn before_the_first_offer_there_is_no_such_feature() {
    let export = export(true);
    let has =
        |day: &str| available(&export.history(date(day))).iter().filter(|f| f.name.starts_with("offers_")).count();
    assert_eq!((has("2026-03-20"), has("2026-03-21")), (0, offer_features().len()));
}

#[test]
fn an_outcome_knows_who_was_acted_on_in_its_window() {
    let export = export(true);
    let window = history::LabelWindow { lead: 0, horizon: Days::new(60).unwrap() };
    let lots = |day: &str, customer: u32| -> Vec<bool> {
        export.outcome(date(day), window).unwrap().lots(customer).map(|(_, treated)| treated).collect()
    };
    assert_eq!(
        (lots("2026-03-01", 0), lots("2026-03-01", 1), lots("2026-03-01", 2)),
        (vec![true], vec![false], vec![true])
    );
    assert_eq!((lots("2026-03-02", 0), lots("2026-03-03", 0)), (vec![], vec![true]));
    assert_eq!(export.lot_sizes()[&date("2026-03-01")], (2, 1));
}
