//! Penalty paths and cross-validation against fits one by one.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, Sample};
use logistic_regression::{Matrix, Options, Penalty, Problem, Response, SolverError, cross_validate};

#[test]
fn held_out_losses_are_those_of_separate_fits() {
    let sample = Sample::draw(&mut Random(3), 2_500, 5);
    let slices: Vec<&[f64]> = sample.columns.iter().map(Vec::as_slice).collect();
    let group_of: Vec<usize> = (0..2_500).map(|row| (row * 7) % 4).collect();
    let matrix = Matrix::from_columns_in_groups(&slices, &group_of).unwrap();
    let response = Response::new(&matrix, &sample.labels).unwrap();
    let strengths = [300.0, 30.0, 3.0, 0.3, 0.0];
    let penalties: Vec<Penalty> = strengths.map(Penalty::ridge).to_vec();
    let found = cross_validate(&matrix, &response, &penalties, &Options::for_paths()).unwrap();
    assert_eq!((found.by_fold.len(), found.log_loss.len()), (4, 5));
    for (at, strength) in strengths.iter().enumerate() {
        let mut total = 0.0;
        for group in 0..4 {
            let part = |held_out: bool| {
                let rows: Vec<usize> = (0..2_500).filter(|row| (group_of[*row] == group) == held_out).collect();
                let mut part = sample.clone();
                for column in &mut part.columns {
                    *column = rows.iter().map(|row| column[*row]).collect();
                }
                part.labels = rows.iter().map(|row| sample.labels[*row]).collect();
                part
            };
            let fit = part(false).fit(&Penalty::ridge(*strength), &Options::exact()).unwrap();
            let held_out = part(true);
            let (loss, _) = held_out.objective(&fit, &[0.0; 5]);
            total += loss;
            let expected = loss / held_out.rows() as f64;
            assert!((found.by_fold[group][at] - expected).abs() < 1e-7, "{} {expected}", found.by_fold[group][at]);
        }
        assert!((found.log_loss[at] - total / 2_500.0).abs() < 1e-7);
    }
    let least = found.log_loss.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(found.log_loss[found.best()], least);
}

#[test]
fn a_group_is_also_a_mask_of_weights() {
    let sample = Sample::draw(&mut Random(4), 1_700, 3);
    let slices: Vec<&[f64]> = sample.columns.iter().map(Vec::as_slice).collect();
    let group_of: Vec<usize> = (0..1_700).map(|row| row % 3).collect();
    let grouped = Matrix::from_columns_in_groups(&slices, &group_of).unwrap();
    let response = Response::new(&grouped, &sample.labels).unwrap();
    let without = Problem::without_group(&grouped, &response, 1).unwrap();
    let mut masked = sample.clone();
    masked.weights = Some(group_of.iter().map(|group| f64::from(u8::from(*group != 1))).collect());
    let (a, b) = (
        without.fit(&Penalty::ridge(0.5), &Options::exact()).unwrap(),
        masked.fit(&Penalty::ridge(0.5), &Options::exact()).unwrap(),
    );
    for (a, b) in a.coefficients.iter().zip(&b.coefficients) {
        assert!((a - b).abs() < 1e-11);
    }
    let logits = without.logits(&a).unwrap();
    for row in (0..1_700).step_by(13) {
        let x: Vec<f64> = sample.columns.iter().map(|column| column[row]).collect();
        let expected = if group_of[row] == 1 { 0.0 } else { a.logit(&x) };
        assert!((logits[row] - expected).abs() < 1e-12 * expected.abs().max(1.0));
    }
}

#[test]
fn a_large_problem_by_way_of_samples_has_the_same_minimum() {
    let sample = Sample::draw(&mut Random(5), 80_000, 7);
    let by_samples = sample.fit(&Penalty::ridge(1.0), &Options::default()).unwrap();
    let exact = sample.fit(&Penalty::ridge(1.0), &Options::exact()).unwrap();
    assert!((by_samples.objective - exact.objective).abs() < 1e-12 * exact.objective);
    // The samples led so near that the first point is better than most of the way from nothing.
    assert!(by_samples.trace[0] < exact.objective * 1.01);
}

#[test]
fn an_error_in_a_fold_is_an_error() {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let labels: Vec<bool> = (0..20).map(|row| row < 5).collect();
    let group_of: Vec<usize> = (0..20).map(|row| usize::from(row >= 5)).collect();
    let matrix = Matrix::from_columns_in_groups(&[&x], &group_of).unwrap();
    let response = Response::new(&matrix, &labels).unwrap();
    let found = cross_validate(&matrix, &response, &[Penalty::ridge(1.0)], &Options::default());
    assert!(matches!(found, Err(SolverError::OneClass { positives: 0, negatives: 15 })));
}
