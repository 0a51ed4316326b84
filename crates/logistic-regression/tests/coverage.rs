//! Whether 95 % intervals hold the truth 95 times in 100.

#![allow(clippy::unwrap_used)]

mod common;

use common::Random;
use logistic_regression::{Matrix, Options, Penalty, Problem, Response};

const RUNS: usize = 2_000;
const ROWS: usize = 1_000;
const TRUTH: [f64; 3] = [-0.8, 0.6, -0.4];

/// For each parameter, in how many of 100 runs the interval of `factor` standard errors' length held the truth.
fn covered(factors: [f64; 2]) -> [[f64; 3]; 2] {
    let mut counts = [[0_u32; 3]; 2];
    for run in 0..RUNS {
        let mut random = Random(run as u64 * 7_919 + 17);
        let columns: [Vec<f64>; 2] = std::array::from_fn(|_| (0..ROWS).map(|_| random.normal()).collect());
        let labels: Vec<bool> = (0..ROWS)
            .map(|row| {
                let logit = TRUTH[0] + TRUTH[1] * columns[0][row] + TRUTH[2] * columns[1][row];
                random.uniform() < 1.0 / (1.0 + (-logit).exp())
            })
            .collect();
        let matrix = Matrix::from_columns(&[&columns[0], &columns[1]]).unwrap();
        let response = Response::new(&matrix, &labels).unwrap();
        let problem = Problem::new(&matrix, &response).unwrap();
        let fit = problem.fit(&Penalty::none(), &Options::default()).unwrap();
        let errors = problem.covariance(&fit).unwrap().standard_errors();
        let found = [fit.intercept, fit.coefficients[0], fit.coefficients[1]];
        for (counts, factor) in counts.iter_mut().zip(factors) {
            for at in 0..3 {
                let reach = 1.959_963_984_540_054 * factor * errors[at];
                counts[at] += u32::from((found[at] - TRUTH[at]).abs() <= reach);
            }
        }
    }
    counts.map(|counts| counts.map(|count| 100.0 * f64::from(count) / RUNS as f64))
}

#[test]
fn wald_intervals_cover_and_shrunken_ones_are_found_out() {
    let in_bounds = |percent: f64| (93.5..=96.5).contains(&percent);
    let [honest, shrunken] = covered([1.0, 0.9]);
    assert!(honest.into_iter().all(in_bounds), "{honest:?}");
    assert!(!shrunken.into_iter().all(in_bounds), "{shrunken:?}");
}
