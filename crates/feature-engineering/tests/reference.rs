//! Every feature against a plain computation of its meaning, on random histories; one date at a time and many in one pass.

#![allow(clippy::unwrap_used)]

mod common;
mod meaning;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::ELIGIBILITY;
use common::company::{Columns, Company};
use common::random::{DAY, FIRST_DAY, MIDDLE, Random};
use feature_engineering::{
    Aggregate, Column, Condition, Feature, Panel, Rows, Snapshot, Window, available, catalogue, features,
};
use history::{Date, Days, Export, History};
use meaning::Sight;

const HISTORIES: u64 = 500;

fn equal(found: f64, expected: f64) -> bool {
    // A slope of equal months is nothing but for what rounding leaves of their size.
    found.is_nan() && expected.is_nan() || (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

/// Some as-of dates, ascending, of one look-back.
fn histories<'a>(random: &mut Random, export: &'a Export) -> Vec<History<'a>> {
    let mut days: Vec<i32> =
        (0..4).map(|_| random.between(i64::from(FIRST_DAY + 90), i64::from(MIDDLE + 30)) as i32).collect();
    // Two dates that share most of what they see.
    days.push(days[0] + 1);
    days.sort_unstable();
    days.dedup();
    let lookback = Days::new(*random.pick(&[0, 0, 90, 365, 730]));
    days.into_iter().map(|day| export.history(Date::from_days(day)).with_lookback(lookback)).collect()
}

fn sight(history: &History<'_>) -> Sight {
    let from = history.looks_back_to().map_or(i64::MIN, |day| i64::from(day.days()) * DAY);
    Sight { as_of: i64::from(history.as_of().days()) * DAY, from }
}

/// The features of an export at the last of some dates, all of them before the date at which one is asked.
struct Case<'a> {
    seed: u64,
    company: &'a Company,
    export: &'a Export,
    histories: Vec<History<'a>>,
    wanted: Vec<Arc<Feature>>,
}

impl Case<'_> {
    /// Compares all features of the eligible customers at each date, and gives their rows: customer, date, bits.
    fn single_dates(&self) -> Vec<(u32, u32, Vec<u64>)> {
        let mut rows = Vec::new();
        for (date, history) in self.histories.iter().enumerate() {
            let eligible = Snapshot::take(history, ELIGIBILITY).unwrap().eligible;
            let known = available(history);
            let table = features(history, &eligible, &self.wanted).unwrap();
            for (feature, column) in table.features().iter().zip(table.columns()) {
                for (customer, found) in table.customers().iter().zip(column) {
                    self.compare(history, *customer, feature, *found);
                    if !known.contains(feature) {
                        let nothing = if feature.name.ends_with("_missing") { 1.0 } else { f64::NAN };
                        assert!(equal(*found, nothing), "seed {}: {} says {found} of nothing", self.seed, feature.name);
                    }
                }
            }
            let bits = |row: usize| table.columns().iter().map(|column| column[row].to_bits()).collect();
            rows.extend(eligible.iter().enumerate().map(|(row, customer)| (*customer, date as u32, bits(row))));
        }
        rows.sort();
        rows
    }

    fn compare(&self, history: &History<'_>, customer: u32, feature: &Feature, found: f64) {
        let id = &self.export.customer_ids()[customer as usize];
        let expected = meaning::value(self.company, id, sight(history), &feature.name);
        assert!(
            equal(found, expected),
            "seed {}: {} of {id} at {} ({:?}): {found}, expected {expected}\n{:?}\n{:#?}",
            self.seed,
            feature.name,
            history.as_of(),
            history.looks_back_to(),
            self.company.columns,
            self.company.sales.iter().filter(|sale| *sale.customer == *id).collect::<Vec<_>>(),
        );
        assert!(!found.is_infinite());
        let may_be_missing = feature.description.contains("missing") || self.knows_nothing_of(history, feature);
        assert!(may_be_missing || !found.is_nan(), "seed {}: {} is missing, undocumented", self.seed, feature.name);
    }

    fn knows_nothing_of(&self, history: &History<'_>, feature: &Feature) -> bool {
        !feature_engineering::has_all(history, &feature.definition)
    }

    fn panel(&self) -> Vec<(u32, u32, Vec<u64>)> {
        let panel = Panel::new(self.export, self.histories.clone(), ELIGIBILITY, &self.wanted);
        let customers: Vec<u32> = (0..self.export.customer_ids().len() as u32).collect();
        let rows = panel.rows(&customers).unwrap();
        for (history, standings) in self.histories.iter().zip(&rows.standings) {
            let Snapshot { eligible, lapsed, new, .. } = Snapshot::take(history, ELIGIBILITY).unwrap();
            let expected = [eligible, lapsed, new].map(|customers| customers.len() as u64);
            assert_eq!([standings.eligible, standings.lapsed, standings.new], expected, "seed {}", self.seed);
        }
        let bits = |row: usize| rows.columns.iter().map(|column| column[row].to_bits()).collect();
        let keys = rows.customers.iter().zip(&rows.dates).enumerate();
        keys.map(|(row, (customer, date))| (*customer, *date, bits(row))).collect()
    }
}

/// A feature of a column of the transactions is there exactly where the export has the column.
fn assert_columns(wanted: &[Arc<Feature>], columns: Columns, seed: u64) {
    let Columns { discounts, margins, quantities, products, categories, channels, .. } = columns;
    let of_columns: [(bool, &[&str]); 8] = [
        (true, &["frequency", "monetary_total", "spend_90d"]),
        (discounts, &["discount_share", "discount_share_90d", "discounted_share", "first_discount_share"]),
        (margins, &["margin_total", "margin_90d", "margin_share"]),
        (quantities, &["quantity_mean", "quantity_last_over_mean"]),
        (products, &["products", "products_trend_90d", "product_top_share"]),
        (categories, &["categories", "categories_90d", "category_concentration"]),
        (products || categories, &["lines_per_purchase"]),
        (channels, &["channels", "channel_top_share", "channel_top_share_90d"]),
    ];
    for (is_there, names) in of_columns {
        for name in names {
            let found = wanted.iter().any(|feature| feature.name == *name);
            assert_eq!(found, is_there, "seed {seed}: {name}, {columns:?}");
        }
    }
}

#[test]
fn every_feature_has_its_meaning_at_one_date_and_at_many() {
    let mut compared = 0;
    let mut seen = BTreeSet::new();
    for seed in 0..HISTORIES {
        let mut random = Random::new(seed);
        let company = random.company();
        let export = company.read();
        let histories = histories(&mut random, &export);
        let wanted = available(&histories[histories.len() - 1]);
        assert_columns(&wanted, company.columns, seed);
        let case = Case { seed, company: &company, export: &export, histories, wanted };
        let single = case.single_dates();
        assert_eq!(single, case.panel(), "seed {seed}: many dates in one pass say something else");
        if !single.is_empty() {
            seen.extend(case.wanted.iter().map(|feature| feature.name.clone()));
        }
        compared += single.len();
    }
    assert!(compared > 2_000, "only {compared} rows");
    let never = catalogue().iter().map(|feature| feature.name.as_str()).filter(|name| !seen.contains(*name));
    assert_eq!(never.collect::<Vec<_>>(), [""; 0]);
}

/// Conditions on what changes as time goes by: a project may declare such features of its own.
#[test]
fn conditions_see_what_was_known_at_each_of_many_dates() {
    let own =
        |name: &str, definition| Arc::new(Feature { name: name.to_owned(), definition, ..(*catalogue()[0]).clone() });
    let problems = Rows::Events(Vec::new());
    let wanted = [
        own(
            "soon",
            problems.get_where(Condition::Below(Column::DaysToResolve, 5.0), Aggregate::Count, Window::AllTime),
        ),
        own("long", Rows::Purchases.get_where(Condition::AtLeast(Column::Gap, 9.0), Aggregate::Count, Window::AllTime)),
    ];
    let mut resolved_between = 0;
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut company = random.company();
        (company.columns.sales_recorded, company.columns.events_recorded, company.columns.orders) =
            (false, false, false);
        let export = company.read();
        let histories = histories(&mut random, &export);
        let case = Case { seed, company: &company, export: &export, histories, wanted: wanted.to_vec() };
        let rows = case.panel();
        for (date, history) in case.histories.iter().enumerate() {
            let eligible = Snapshot::take(history, ELIGIBILITY).unwrap().eligible;
            let table = features(history, &eligible, &wanted).unwrap();
            let of_date = rows.iter().filter(|row| row.1 == date as u32).map(|row| row.2.clone());
            let bits = |row: usize| table.columns().iter().map(|column| column[row].to_bits()).collect::<Vec<u64>>();
            assert_eq!(of_date.collect::<Vec<_>>(), (0..eligible.len()).map(bits).collect::<Vec<_>>(), "seed {seed}");
            resolved_between += table.columns()[0].iter().filter(|count| **count > 0.0).count();
        }
    }
    assert!(resolved_between > 100, "{resolved_between}");
}
