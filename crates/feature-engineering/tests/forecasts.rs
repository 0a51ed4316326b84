//! Forecasts of buy-till-you-die models as features: what they are fitted on, what they say, and what they must not see.

#![allow(clippy::unwrap_used)]

mod common;
mod meaning;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::ELIGIBILITY;
use common::company::{Company, Sale};
use common::future::{POISONS, Poison, cut, poisoned};
use common::random::{DAY, FIRST_DAY, MIDDLE, Random};
use common::shop::{Shop, shop};
use feature_engineering::btyd::{Candidates, GammaGamma, Purchases, Spend};
use feature_engineering::{Feature, FittedModels, Panel, Snapshot, features, purchase_days};
use history::{Date, Days, Export, History, LabelWindow};
use meaning::Sight;

const HORIZON: u16 = 90;
const NAMES: [&str; 4] = ["silence_logit", "p_alive", "expected_purchases", "expected_spend"];

/// Shops of every kind, the last large enough for those who bought before the first day to be left out.
fn shops() -> Vec<Company> {
    let of = |customers, has_orders, is_recorded| Shop { customers, has_orders, is_recorded };
    let shops = [of(150, true, false), of(150, false, true), of(150, true, true), of(2_200, true, true)];
    shops.into_iter().enumerate().map(|(seed, kind)| shop(seed as u64, kind)).collect()
}

fn window() -> LabelWindow {
    LabelWindow { lead: 0, horizon: Days::new(HORIZON).unwrap() }
}

fn as_of() -> Date {
    Date::from_days(MIDDLE)
}

fn everybody(history: &History<'_>) -> Vec<u32> {
    (0..history.n_customers()).collect()
}

fn sight(history: &History<'_>) -> Sight {
    let from = history.looks_back_to().map_or(i64::MIN, |day| day.start().micros());
    Sight { as_of: history.as_of().start().micros(), from }
}

fn close(found: f64, expected: f64) -> bool {
    found.is_nan() && expected.is_nan() || (found - expected).abs() <= 1e-12 * expected.abs().max(1.0)
}

fn names(features: &[Arc<Feature>]) -> Vec<&str> {
    features.iter().map(|feature| feature.name.as_str()).collect()
}

/// What raw rows say of one customer: days with a purchase, whole days since the first and the last of them, money spent, and
/// whether there may have been purchases before the first that can be seen.
struct Raw {
    days: f64,
    age: f64,
    since_last: f64,
    spent: f64,
    is_left_censored: bool,
}

fn raw(company: &Company, customer: &str, sight: Sight) -> Option<Raw> {
    let of = |name| meaning::value(company, customer, sight, name);
    (of("frequency") > 0.0).then(|| Raw {
        days: of("purchase_days"),
        age: of("tenure_days").ceil(),
        since_last: of("recency_days").ceil(),
        spent: of("monetary_mean") * of("frequency"),
        is_left_censored: of("left_censored") == 1.0,
    })
}

/// The customers of an export by their raw rows; the rows of each are looked at alone, so that many do not take long.
fn raws(company: &Company, export: &Export, sight: Sight) -> Vec<Option<Raw>> {
    let mut first = Company { sales: vec![company.sales[0].clone()], ..company.clone() };
    let mut own: BTreeMap<&str, Vec<Sale>> = BTreeMap::new();
    company.sales.iter().for_each(|sale| own.entry(&sale.customer).or_default().push(sale.clone()));
    let ids = export.customer_ids();
    let of = |customer: u32| {
        let id = &ids[customer as usize];
        first.sales.truncate(1);
        first.sales.extend(own[id].iter().filter(|sale| **sale != company.sales[0]).cloned());
        raw(&first, id, sight)
    };
    (0..ids.len() as u32).map(of).collect()
}

#[test]
fn models_are_fitted_on_the_purchase_days_of_those_whose_first_purchase_is_known_where_they_are_many() {
    for (number, company) in shops().iter().enumerate() {
        let export = company.read();
        for lookback in [None, Days::new(400)] {
            let history = export.history(as_of()).with_lookback(lookback);
            let models = FittedModels::fit(&history).unwrap().unwrap();
            let raws: Vec<Raw> = raws(company, &export, sight(&history)).into_iter().flatten().collect();
            let known = |raw: &&Raw| !raw.is_left_censored;
            let sure: Vec<&Raw> = raws.iter().filter(known).collect();
            let is_large = sure.len() >= 1_000;
            assert_eq!((is_large, models.without_left_censored), (number == 3, number == 3), "{}", sure.len());
            let of: Vec<&Raw> = if is_large { sure } else { raws.iter().collect() };
            assert_eq!(models.customers, of.len());

            let purchases =
                |raw: &&Raw| Purchases::new(raw.days as u32 - 1, raw.age - raw.since_last, raw.age).unwrap();
            let fits = Candidates::fit(&of.iter().map(purchases).collect::<Vec<_>>());
            assert_eq!(models.purchases, fits.best().unwrap().model);
            let spend = |raw: &&Raw| {
                // Money in whole cents, as the rows have it.
                let spent = (raw.spent * 100.0).round() / 100.0;
                Spend::new(raw.days as u32, spent / raw.days).ok()
            };
            let spends: Vec<Spend> = of.iter().filter_map(spend).collect();
            assert!(spends.len() > of.len() / 2 && spends.len() < of.len(), "some spent nothing");
            assert_eq!(models.spend.unwrap(), GammaGamma::fit(&spends).unwrap());
        }
    }
}

#[test]
fn forecasts_are_those_of_the_models_for_each_customer() {
    let mut compared = 0;
    for company in &shops()[..3] {
        let export = company.read();
        for (day, lookback) in [(MIDDLE, None), (MIDDLE - 200, None), (MIDDLE, Days::new(300)), (MIDDLE + 80, None)] {
            let history = export.history(Date::from_days(day)).with_lookback(lookback);
            let models = FittedModels::fit(&history).unwrap().unwrap();
            let wanted = models.features(window());
            assert_eq!(names(&wanted), NAMES);
            assert_eq!(names(&models.modelled(window())), NAMES[..1]);
            let customers = everybody(&history);
            let table = features(&history, &customers, &wanted).unwrap();
            let purchases = purchase_days(&history, &customers).unwrap();
            let raws = raws(company, &export, sight(&history));
            for (row, (purchases, raw)) in purchases.iter().zip(raws).enumerate() {
                let found: Vec<f64> = table.columns().iter().map(|column| column[row]).collect();
                let expected = match (purchases, raw) {
                    (Some(purchases), Some(raw)) => {
                        assert_eq!(f64::from(purchases.repeat() + 1), raw.days);
                        assert_eq!((purchases.age(), purchases.recency()), (raw.age, raw.age - raw.since_last));
                        compared += 1;
                        forecasts(&models, purchases, raw.spent)
                    }
                    (None, None) => [f64::NAN; 4],
                    _ => panic!("customer {row}: days with a purchase in one, none in the other"),
                };
                for ((name, found), expected) in NAMES.iter().zip(found).zip(expected) {
                    // Taken from the probability, the logit has no more digits than are left of it, or of its complement.
                    let left = 1.0 / (1.0 + expected.abs().exp());
                    let near = *name == NAMES[0] && (found - expected).abs() <= 4e-16 / left;
                    assert!(near || close(found, expected), "{name} of {row} on {day}: {found}, expected {expected}");
                }
            }
        }
    }
    assert!(compared > 1_000, "{compared}");
}

/// What the models themselves say of a customer, in the order of the features.
fn forecasts(models: &FittedModels, purchases: &Purchases, spent: f64) -> [f64; 4] {
    let (model, horizon) = (models.purchases, f64::from(HORIZON));
    let silence = model.probability_no_purchase(purchases, horizon).unwrap();
    let expected = model.expected_purchases(purchases, horizon).unwrap();
    let days = purchases.repeat() + 1;
    // Of those who were only given things nothing is known but what all customers spend.
    let spend = Spend::new(days, spent / f64::from(days)).ok();
    let mean = models.spend.unwrap().expected_spend(spend.as_ref()).unwrap();
    let alive = model.probability_alive(purchases);
    // A model sees no forecast as certain.
    let silence = silence.clamp(1e-9, 1.0 - 1e-9);
    let values = [silence.ln() - (1.0 - silence).ln(), alive, expected, expected * mean];
    assert!(values.iter().all(|value| value.is_finite()) && (0.0..=1.0).contains(&alive), "{values:?}");
    values
}

/// The models fitted at a date, and the bits of their forecasts for everybody who has any, by id.
fn known(export: &Export, as_of: i32, lookback: Option<Days>) -> (FittedModels, BTreeMap<String, Vec<u64>>) {
    let history = export.history(Date::from_days(as_of)).with_lookback(lookback);
    let models = FittedModels::fit(&history).unwrap().unwrap();
    let table = features(&history, &everybody(&history), &models.features(window())).unwrap();
    let bits = |row: usize| table.columns().iter().map(|column| column[row].to_bits()).collect();
    let id = |customer: u32| export.customer_ids()[customer as usize].to_string();
    let has_any = |customer: &u32| !table.columns()[0][*customer as usize].is_nan();
    let customers = table.customers().iter().filter(|customer| has_any(customer));
    (models, customers.map(|customer| (id(*customer), bits(*customer as usize))).collect())
}

#[test]
fn another_future_changes_no_parameter_and_no_forecast() {
    for (seed, company) in shops()[..3].iter().enumerate() {
        let mut random = Random::new(seed as u64);
        for (as_of, lookback) in [(MIDDLE, None), (MIDDLE - 150, Days::new(300))] {
            let expected = known(&company.read(), as_of, lookback);
            for poison in POISONS {
                let mut other = poisoned(company, as_of, poison, &mut random);
                // Without the moments of recording there is nothing to come late.
                let is_other = company.columns.sales_recorded || poison != Poison::LateValues;
                assert_eq!(other.sales != company.sales, is_other, "shop {seed}, {poison:?}");
                random.shuffle(&mut other.sales);
                assert!(known(&other.read(), as_of, lookback) == expected, "shop {seed}, {poison:?} from {as_of}");
            }
            assert!(known(&cut(company, as_of).read(), as_of, lookback) == expected, "shop {seed}, cut at {as_of}");
            // What was known the day before is another matter: one more purchase changes the fit.
            let yesterday = i64::from(as_of) * DAY - 1;
            let mut other = company.clone();
            other.sales.push(Sale::new("c0", yesterday, 700));
            assert!(known(&other.read(), as_of, lookback).0 != expected.0, "shop {seed}, {as_of}");
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_parameter_and_no_forecast() {
    let company = shops().remove(3);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| known(&company.read(), MIDDLE, None))
    };
    let one = with(1);
    assert!(with(2) == one && with(5) == one);
}

#[test]
fn forecasts_at_many_dates_are_those_at_one() {
    for (number, company) in shops().iter().enumerate() {
        let export = company.read();
        for lookback in [None, Days::new(250)] {
            let at = |days: i32| export.history(Date::from_days(MIDDLE - days)).with_lookback(lookback);
            let histories: Vec<History<'_>> = [300, 120, 30, 29, 0].map(at).into();
            // Fitted at the first of the dates: one definition for all of them.
            let wanted = FittedModels::fit(&histories[0]).unwrap().unwrap().features(window());
            let panel = Panel::new(&export, histories.clone(), ELIGIBILITY, &wanted);
            let rows = panel.rows(&everybody(&histories[0])).unwrap();
            let mut compared = 0;
            for (date, history) in histories.iter().enumerate() {
                let eligible = Snapshot::take(history, ELIGIBILITY).unwrap().eligible;
                let table = features(history, &eligible, &wanted).unwrap();
                let of_date: Vec<usize> = (0..rows.dates.len()).filter(|row| rows.dates[*row] == date as u32).collect();
                assert_eq!(of_date.iter().map(|row| rows.customers[*row]).collect::<Vec<_>>(), eligible);
                for (feature, (many, one)) in wanted.iter().zip(rows.columns.iter().zip(table.columns())) {
                    let many: Vec<u64> = of_date.iter().map(|row| many[*row].to_bits()).collect();
                    let one: Vec<u64> = one.iter().map(|value| value.to_bits()).collect();
                    assert_eq!(many, one, "shop {number}: {} on {}", feature.name, history.as_of());
                }
                compared += eligible.len();
            }
            assert!(compared > 100, "{compared}");
        }
    }
}

#[test]
fn a_forecast_reads_back_from_a_file_to_the_last_bit() {
    for company in &shops()[..3] {
        let export = company.read();
        let history = export.history(as_of());
        let wanted = FittedModels::fit(&history).unwrap().unwrap().features(window());
        let text = serde_json::to_string(&wanted.iter().map(Arc::as_ref).collect::<Vec<_>>()).unwrap();
        let read: Vec<Feature> = serde_json::from_str(&text).unwrap();
        let read: Vec<Arc<Feature>> = read.into_iter().map(Arc::new).collect();
        assert_eq!(read, wanted);
        let values = |wanted| {
            let table = features(&history, &everybody(&history), wanted).unwrap();
            table.columns().iter().flatten().map(|value| value.to_bits()).collect::<Vec<u64>>()
        };
        assert!(values(&read) == values(&wanted));
    }
}

#[test]
fn where_nothing_can_be_fitted_there_is_no_feature() {
    let mut company = shops().remove(0);
    let export = company.read();
    // Nobody has bought yet.
    assert_eq!(FittedModels::fit(&export.history(Date::from_days(FIRST_DAY))).unwrap(), None);
    // Everything was free: purchases are forecast, money is not.
    company.sales.retain(|sale| sale.cents >= 0);
    company.sales.iter_mut().for_each(|sale| sale.cents = 0);
    let models = FittedModels::fit(&company.read().history(as_of())).unwrap().unwrap();
    assert_eq!(models.spend, None);
    assert_eq!(names(&models.features(window())), NAMES[..3]);
}
