//! What must hold for any data: the minimum is one, and what changes nothing in it changes nothing in the fit. After the
//! common checks of scikit-learn's estimators: sample weights equivalence, sample order invariance, fit idempotent, and others.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, Sample};
use logistic_regression::{Fit, Options, Penalty, Problem};

const SEEDS: u64 = 200;

/// A problem of a seed, with enough ridge to have a minimum whatever was drawn.
fn drawn(seed: u64) -> (Sample, Penalty) {
    let mut random = Random(seed);
    let (rows, columns) = (30 + random.below(900), 1 + random.below(8));
    let mut sample = Sample::draw(&mut random, rows, columns);
    if seed % 3 == 1 {
        sample.weights = Some((0..rows).map(|_| 3.0 * random.uniform() + 0.01).collect());
    }
    if seed % 4 == 1 {
        sample.offsets = Some((0..rows).map(|_| random.normal()).collect());
    }
    (sample, Penalty::ridge(10_f64.powf(3.0 * random.uniform() - 2.0)))
}

fn exact(sample: &Sample, penalty: &Penalty) -> Fit {
    sample.fit(penalty, &Options::exact()).unwrap()
}

/// Coefficients agree, each in units of the logit that it moves.
fn same(a: &Fit, b: &Fit, sample: &Sample, what: &str) {
    let rows = sample.rows();
    let row = |at: usize| -> Vec<f64> { sample.columns.iter().map(|column| column[at]).collect() };
    for at in (0..rows).step_by(1 + rows / 20) {
        let (a, b) = (a.logit(&row(at)), b.logit(&row(at)));
        assert!((a - b).abs() <= 1e-10 * a.abs().max(1.0), "{what}: {a} {b}");
    }
    for (at, (a, b)) in a.coefficients.iter().zip(&b.coefficients).enumerate() {
        let most = sample.columns[at].iter().fold(0.0_f64, |most, x| most.max(x.abs())).max(1e-9);
        assert!((a - b).abs() * most <= 1e-9, "{what}: column {at}: {a} {b}");
    }
}

#[test]
fn the_gradient_vanishes_and_the_objective_never_rises() {
    for seed in 0..500 {
        let mut random = Random(seed);
        let (rows, columns) = (40 + random.below(2_000), 1 + random.below(12));
        let mut sample = Sample::draw(&mut random, rows, columns);
        if seed % 2 == 1 {
            sample.weights = Some((0..rows).map(|_| (3.0 * random.uniform()).powi(2)).collect());
        }
        let ridge: Vec<f64> = (0..columns).map(|_| 10_f64.powf(4.0 * random.uniform() - 2.0)).collect();
        let fit = sample.fit(&Penalty::ridge_of_columns(ridge.clone()), &Options::default()).unwrap();
        let (objective, gradient) = sample.objective(&fit, &ridge);
        let weight = sample.weights.as_ref().map_or(rows as f64, |weights| weights.iter().sum());
        for (at, slope) in gradient.iter().enumerate() {
            let unit = if at == 0 {
                1.0
            } else {
                // A column of 50 +- 7 moves the logit fifty times as much as one of 0 +- 1.
                let squares: f64 = sample.columns[at - 1].iter().map(|x| x * x).sum();
                (squares / rows as f64).sqrt().max(1.0)
            };
            assert!(slope.abs() <= 1e-9 * weight * unit, "seed {seed}, parameter {at}: {slope:e}");
        }
        assert!((objective - fit.objective).abs() <= 1e-12 * objective, "seed {seed}");
        for steps in fit.trace.windows(2) {
            assert!(steps[1] <= steps[0] * (1.0 + 1e-14), "seed {seed}: {:?}", fit.trace);
        }
    }
}

#[test]
fn a_row_twice_is_a_row_of_weight_two() {
    for seed in 0..SEEDS {
        let (mut sample, penalty) = drawn(seed);
        sample.offsets = None;
        let mut random = Random(seed + 1_000);
        let counts: Vec<usize> = (0..sample.rows()).map(|_| random.below(3)).collect();
        let mut twice = sample.clone();
        sample.weights = Some(counts.iter().map(|count| *count as f64).collect());
        let times: Vec<usize> = counts.iter().enumerate().flat_map(|(row, count)| vec![row; *count]).collect();
        for column in &mut twice.columns {
            *column = times.iter().map(|row| column[*row]).collect();
        }
        twice.labels = times.iter().map(|row| sample.labels[*row]).collect();
        twice.weights = None;
        if twice.labels.iter().all(|label| *label) || twice.labels.iter().all(|label| !*label) {
            continue;
        }
        same(&exact(&sample, &penalty), &exact(&twice, &penalty), &sample, &format!("seed {seed}"));
    }
}

#[test]
fn the_order_of_rows_and_columns_does_not_matter() {
    for seed in 0..SEEDS {
        let (sample, penalty) = drawn(seed);
        let mut random = Random(seed + 2_000);
        let mut order: Vec<usize> = (0..sample.rows()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        let mut other = sample.clone();
        let moved = |values: &[f64]| -> Vec<f64> { order.iter().map(|row| values[*row]).collect() };
        other.columns = sample.columns.iter().rev().map(|column| moved(column)).collect();
        other.labels = order.iter().map(|row| sample.labels[*row]).collect();
        other.weights = sample.weights.as_deref().map(moved);
        other.offsets = sample.offsets.as_deref().map(moved);
        let mut found = exact(&other, &penalty);
        found.coefficients.reverse();
        same(&exact(&sample, &penalty), &found, &sample, &format!("seed {seed}"));
    }
}

#[test]
fn the_unit_and_the_zero_of_a_column_do_not_matter() {
    for seed in 0..SEEDS {
        let (sample, _) = drawn(seed);
        let mut random = Random(seed + 3_000);
        let units: Vec<f64> = sample.columns.iter().map(|_| 10_f64.powf(8.0 * random.uniform() - 4.0)).collect();
        let shift = 100.0 * random.normal();
        let ridge: Vec<f64> = units.iter().map(|_| 0.1 + random.uniform()).collect();
        let mut other = sample.clone();
        for (column, unit) in other.columns.iter_mut().zip(&units) {
            for value in column.iter_mut() {
                *value = (*value + shift) * unit;
            }
        }
        // b x = (b / unit) (unit x), so the same penalty is unit^2 times the ridge.
        let of_units = ridge.iter().zip(&units).map(|(ridge, unit)| ridge * unit * unit).collect();
        let expected = exact(&sample, &Penalty::ridge_of_columns(ridge));
        let mut found = exact(&other, &Penalty::ridge_of_columns(of_units));
        assert!((found.objective - expected.objective).abs() < 1e-10 * expected.objective, "seed {seed}");
        for (b, unit) in found.coefficients.iter_mut().zip(&units) {
            *b *= unit;
            found.intercept += *b * shift;
        }
        // Adding 100 to a column has itself rounded it.
        for (a, b) in found.coefficients.iter().zip(&expected.coefficients) {
            assert!((a - b).abs() < 1e-10 * b.abs().max(1.0), "seed {seed}: {a} {b}");
        }
        assert!((found.intercept - expected.intercept).abs() < 1e-8 * expected.intercept.abs().max(1.0), "seed {seed}");
    }
}

#[test]
fn swapped_labels_swap_the_signs() {
    for seed in 0..SEEDS {
        let (sample, penalty) = drawn(seed);
        let mut other = sample.clone();
        for label in &mut other.labels {
            *label = !*label;
        }
        for offset in other.offsets.iter_mut().flatten() {
            *offset = -*offset;
        }
        let (a, mut b) = (exact(&sample, &penalty), exact(&other, &penalty));
        b.intercept = -b.intercept;
        for coefficient in &mut b.coefficients {
            *coefficient = -*coefficient;
        }
        same(&a, &b, &sample, &format!("seed {seed}"));
    }
}

#[test]
fn a_constant_column_and_rows_without_weight_change_nothing() {
    for seed in 0..SEEDS {
        let (mut sample, penalty) = drawn(seed);
        let mut other = sample.clone();
        other.columns.push(vec![7.1; sample.rows()]);
        let with_constant = exact(&other, &penalty);
        let expected = exact(&sample, &penalty);
        assert_eq!(with_constant.coefficients[sample.columns.len()], 0.0);
        assert_eq!(with_constant.findings.len(), 1);
        let mut found = with_constant.clone();
        found.coefficients.pop();
        same(&expected, &found, &sample, &format!("seed {seed}"));

        let rows = sample.rows();
        let weights = sample.weights.get_or_insert_with(|| vec![1.0; rows]);
        weights.push(0.0);
        sample.labels.push(seed % 2 == 0);
        for column in &mut sample.columns {
            column.push(123.0);
        }
        if let Some(offsets) = &mut sample.offsets {
            offsets.push(-5.0);
        }
        same(&expected, &exact(&sample, &penalty), &sample, &format!("seed {seed}"));
    }
}

#[test]
fn fitting_again_gives_the_same_bits_and_from_near_the_same_minimum() {
    for seed in 0..SEEDS {
        let (sample, penalty) = drawn(seed);
        let matrix = sample.matrix();
        let response = sample.response(&matrix);
        let problem = Problem::new(&matrix, &response).unwrap();
        for options in [Options::default(), Options::exact()] {
            let (a, b) = (problem.fit(&penalty, &options).unwrap(), problem.fit(&penalty, &options).unwrap());
            assert_eq!(a.coefficients, b.coefficients);
            assert_eq!((a.intercept, a.objective), (b.intercept, b.objective));
        }
        let strong = problem.fit(&Penalty::ridge(1e3), &Options::for_paths()).unwrap();
        let warm = problem.fit_from(&strong, &penalty, &Options::exact()).unwrap();
        same(&problem.fit(&penalty, &Options::exact()).unwrap(), &warm, &sample, &format!("seed {seed}"));
    }
}
