//! BG/NBD against independent implementations: tests/reference/bg_nbd.py (mpmath, scipy) and published results.

use super::super::{BgNbd, Parameters, Purchases};
use super::{close, lines, numbers};

const CUSTOMERS: &str = include_str!("../../../tests/fixtures/bg_nbd_customers.csv");
const FITS: &str = include_str!("../../../tests/fixtures/bg_nbd_fits.csv");
const POINTS: &str = include_str!("../../../tests/fixtures/bg_nbd_points.csv");

fn simulated() -> Vec<Purchases> {
    lines(CUSTOMERS)
        .map(|fields| {
            let [recency, age] = numbers(&fields[1..3])[..] else { panic!("{fields:?}") };
            Purchases::new(fields[0].parse().unwrap(), recency, age).unwrap().times(fields[3].parse().unwrap())
        })
        .collect()
}

/// Parameters and log-likelihood by name.
fn reference_fit(name: &str) -> (Parameters, f64) {
    let fields = lines(FITS).find(|fields| fields[0] == name).unwrap();
    let [r, alpha, a, b, log_likelihood] = numbers(&fields[1..])[..] else { panic!("{fields:?}") };
    (Parameters { r, alpha, a, b }, log_likelihood)
}

#[track_caller]
fn close_parameters(found: Parameters, expected: Parameters, relative: f64) {
    close(found.r, expected.r, relative, "r");
    close(found.alpha, expected.alpha, relative, "alpha");
    close(found.a, expected.a, relative, "a");
    close(found.b, expected.b, relative, "b");
}

#[test]
fn log_likelihood_equals_mpmath() {
    let customers = simulated();
    for name in ["mle", "truth", "even", "uneven", "stiff"] {
        let (parameters, expected) = reference_fit(name);
        let model = BgNbd::new(parameters).unwrap();
        close(model.log_likelihood(&customers), expected, 1e-13, name);
    }
}

#[test]
fn fit_finds_the_maximum_that_scipy_and_mpmath_find() {
    let customers = simulated();
    let (expected, log_likelihood) = reference_fit("mle");
    let model = BgNbd::fit(&customers).unwrap();
    close_parameters(model.parameters(), expected, 1e-8);
    close(model.log_likelihood(&customers), log_likelihood, 1e-13, "log-likelihood");
}

#[test]
fn fit_is_the_same_in_days_and_weeks() {
    let days = simulated();
    let weeks: Vec<Purchases> = days
        .iter()
        .map(|p| Purchases::new(p.repeat(), p.recency() / 7.0, p.age() / 7.0).unwrap().times(p.customers()))
        .collect();
    let by_day = BgNbd::fit(&days).unwrap();
    let by_week = BgNbd::fit(&weeks).unwrap();
    let found = by_week.parameters();
    close_parameters(Parameters { alpha: found.alpha * 7.0, ..found }, by_day.parameters(), 1e-9);
    for (day, week) in days.iter().zip(&weeks) {
        let by_day = by_day.probability_no_purchase(day, 91.0).unwrap();
        close(by_week.probability_no_purchase(week, 13.0).unwrap(), by_day, 1e-9, "P(no purchase)");
    }
}

#[test]
fn customers_who_came_on_the_as_of_date_change_nothing() {
    let known = simulated();
    let mut with_new = known.clone();
    with_new.push(Purchases::new(0, 0.0, 0.0).unwrap().times(10_000));
    let (known, with_new) = (BgNbd::fit(&known).unwrap(), BgNbd::fit(&with_new).unwrap());
    close_parameters(with_new.parameters(), known.parameters(), 1e-8);
}

#[test]
fn fit_does_not_see_the_order_of_customers_nor_who_is_merged() {
    let merged = simulated();
    let mut apart: Vec<Purchases> =
        merged.iter().flat_map(|p| std::iter::repeat_n(p.times(1), p.customers() as usize)).collect();
    apart.reverse();
    assert!(apart.len() > merged.len());
    assert_eq!(BgNbd::fit(&apart), BgNbd::fit(&merged));
}

#[test]
fn probabilities_and_expectations_equal_mpmath() {
    for fields in lines(POINTS) {
        let [r, alpha, a, b] = numbers(&fields[..4])[..] else { panic!("{fields:?}") };
        let [recency, age, horizon, alive, no_purchase, expected] = numbers(&fields[5..])[..] else {
            panic!("{fields:?}")
        };
        let model = BgNbd::new(Parameters { r, alpha, a, b }).unwrap();
        let customer = Purchases::new(fields[4].parse().unwrap(), recency, age).unwrap();
        let what = fields.join(",");
        close(model.probability_alive(&customer), alive, 1e-12, &what);
        close(model.probability_no_purchase(&customer, horizon).unwrap(), no_purchase, 1e-12, &what);
        close(model.expected_purchases(&customer, horizon).unwrap(), expected, 1e-12, &what);
    }
}
