//! The elastic net against the conditions of its minimum.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, Sample};
use logistic_regression::{Options, Penalty, Problem};

#[test]
fn the_minimum_meets_its_conditions() {
    let mut zeros = 0;
    for seed in 0..100 {
        let mut random = Random(seed + 50);
        let (rows, columns) = (100 + random.below(1_500), 2 + random.below(9));
        let mut sample = Sample::draw(&mut random, rows, columns);
        if seed % 2 == 0 {
            sample.weights = Some((0..rows).map(|_| 0.1 + random.uniform()).collect());
        }
        let ridge: Vec<f64> = (0..columns).map(|_| random.uniform()).collect();
        let lasso: Vec<f64> = (0..columns).map(|_| 0.05 * rows as f64 * random.uniform().powi(2)).collect();
        let penalty = Penalty::ridge_of_columns(ridge.clone()).with_lasso_of_columns(lasso.clone());
        let fit = sample.fit(&penalty, &Options::default()).unwrap();
        let (smooth, gradient) = sample.objective(&fit, &ridge);
        let sizes: f64 = fit.coefficients.iter().zip(&lasso).map(|(b, lasso)| lasso * b.abs()).sum();
        assert!((fit.objective - smooth - sizes).abs() < 1e-11 * fit.objective);
        let small = 1e-7 * rows as f64;
        assert!(gradient[0].abs() < small, "seed {seed}");
        for ((b, slope), lasso) in fit.coefficients.iter().zip(&gradient[1..]).zip(&lasso) {
            if *b == 0.0 {
                zeros += 1;
                assert!(slope.abs() <= lasso + small, "seed {seed}: {slope} {lasso}");
            } else {
                assert!((slope + lasso * b.signum()).abs() < small, "seed {seed}: {b} {slope} {lasso}");
            }
        }
        for steps in fit.trace.windows(2) {
            assert!(steps[1] <= steps[0] * (1.0 + 1e-14));
        }
    }
    assert!(zeros > 100, "{zeros}");
}

#[test]
fn a_lasso_of_next_to_nothing_is_none_and_a_strong_one_leaves_the_intercept() {
    let sample = Sample::draw(&mut Random(11), 800, 5);
    let ridge = sample.fit(&Penalty::ridge(0.5), &Options::exact()).unwrap();
    let both = sample.fit(&Penalty::ridge(0.5).with_lasso(1e-11), &Options::exact()).unwrap();
    for (a, b) in ridge.coefficients.iter().zip(&both.coefficients) {
        assert!((a - b).abs() < 1e-9 * a.abs().max(1.0));
    }
    let strong = sample.fit(&Penalty::none().with_lasso(1e6), &Options::default()).unwrap();
    assert_eq!(strong.coefficients, [0.0; 5]);
    let positives = sample.labels.iter().filter(|label| **label).count() as f64;
    assert!((strong.intercept - (positives / (800.0 - positives)).ln()).abs() < 1e-9);
}

#[test]
fn errors_are_those_of_a_fit_of_the_columns_left_in() {
    let sample = Sample::draw(&mut Random(12), 900, 6);
    let matrix = sample.matrix();
    let response = sample.response(&matrix);
    let problem = Problem::new(&matrix, &response).unwrap();
    let path = [100.0, 30.0, 10.0].map(|lasso| Penalty::none().with_lasso(lasso));
    let fits = problem.path(&path, &Options::default()).unwrap();
    let errors = problem.covariance(&fits[0]).unwrap().standard_errors();
    for (b, error) in fits[0].coefficients.iter().zip(&errors[1..]) {
        assert_eq!(*b == 0.0, error.is_nan());
    }
    let kept = |at: usize| fits[at].coefficients.iter().filter(|b| **b != 0.0).count();
    assert!(kept(0) <= kept(2) && kept(2) > 0);
}
