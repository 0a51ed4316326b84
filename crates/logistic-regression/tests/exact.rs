//! Against 40 digits: `tests/reference/logistic_exact.py` made the fixture.

#![allow(clippy::unwrap_used)]

use logistic_regression::{Matrix, Options, Penalty, Problem, Response};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    x: Vec<Vec<f64>>,
    y: Vec<u8>,
    weights: Option<Vec<f64>>,
    offsets: Option<Vec<f64>>,
    ridge: Vec<f64>,
    intercept: f64,
    coefficients: Vec<f64>,
    objective: f64,
    errors: Vec<f64>,
    sandwich: Vec<f64>,
    cluster: Option<Vec<u64>>,
    robust: Option<Vec<f64>>,
    scikit_learn: Option<Vec<f64>>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str::<Fixture>(include_str!("fixtures/exact.json")).unwrap().cases
}

/// The number of digits in which all of some numbers agree: the logarithm of the relative error, of the worst.
fn digits(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let digits = |(found, expected): (&f64, &f64)| -((found - expected).abs() / expected.abs()).max(1e-17).log10();
    found.iter().zip(expected).map(digits).fold(17.0, f64::min)
}

/// Digits of coefficients and of standard errors: fewer where rounding of the data itself moves them by more.
fn digits_asked(name: &str) -> (f64, f64) {
    match name {
        "bad_scale" => (9.0, 9.0),
        "nearly_collinear" => (12.0, 10.0),
        _ => (12.0, 11.0),
    }
}

#[test]
fn coefficients_and_errors_agree_with_forty_digits() {
    let cases = cases();
    assert_eq!(cases.len(), 14);
    let mut short = Vec::new();
    for case in cases {
        let rows: Vec<f64> = case.x.concat();
        let matrix = Matrix::from_rows(&rows, case.ridge.len()).unwrap();
        let labels: Vec<bool> = case.y.iter().map(|y| *y == 1).collect();
        let mut response = Response::new(&matrix, &labels).unwrap();
        if let Some(weights) = &case.weights {
            response = response.weighted(&matrix, weights).unwrap();
        }
        if let Some(offsets) = &case.offsets {
            response = response.with_offsets(&matrix, offsets).unwrap();
        }
        let problem = Problem::new(&matrix, &response).unwrap();
        let penalty = Penalty::ridge_of_columns(case.ridge.clone());
        let fit = problem.fit(&penalty, &Options::exact()).unwrap();

        let expected = [&[case.intercept], case.coefficients.as_slice()].concat();
        let found = [&[fit.intercept], fit.coefficients.as_slice()].concat();
        let (asked, asked_of_errors) = digits_asked(&case.name);
        let mut check = |what: &str, found: &[f64], expected: &[f64], asked: f64| {
            let digits = digits(found, expected);
            if digits < asked {
                short.push(format!("{} {what}: {digits:.1} digits, {asked} asked", case.name));
            }
        };
        check("coefficients", &found, &expected, asked);
        check("objective", &[fit.objective], &[case.objective], 13.0);
        check("errors", &problem.covariance(&fit).unwrap().standard_errors(), &case.errors, asked_of_errors);
        check("sandwich", &problem.sandwich(&fit).unwrap().standard_errors(), &case.sandwich, asked_of_errors);
        if let Some(clusters) = &case.cluster {
            let robust = problem.cluster_robust(&fit, clusters).unwrap().standard_errors();
            check("robust", &robust, case.robust.as_ref().unwrap(), asked_of_errors);
        }
        // The usual tolerances reach the same minimum.
        let usual = problem.fit(&penalty, &Options::default()).unwrap();
        check("usual objective", &[usual.objective], &[case.objective], 12.0);
        if let Some(theirs) = &case.scikit_learn {
            for (found, theirs) in found.iter().zip(theirs) {
                assert!((found - theirs).abs() < 1e-7 * theirs.abs().max(1.0), "{}: {found} {theirs}", case.name);
            }
        }
    }
    assert!(short.is_empty(), "{short:#?}");
}
