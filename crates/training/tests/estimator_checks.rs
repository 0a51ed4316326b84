//! The common checks of scikit-learn's estimators (`sklearn.utils.estimator_checks`, version 1.9) that mean something for a
//! logistic regression behind linfa's traits, under their own names: without `check_` where they are test functions here.
//!
//! | check | where |
//! |---|---|
//! | `check_classifiers_train`, `check_classifiers_classes`, `check_classifiers_one_label`, `check_classifiers_one_label_sample_weights`, `check_class_weight_classifiers`, `check_decision_proba_consistency`, `check_estimators_empty_data_messages`, `check_estimators_nan_inf`, `check_f_contiguous_array_estimator`, `check_fit2d_1feature`, `check_fit2d_1sample`, `check_fit_check_is_fitted`, `check_fit_idempotent`, `check_dict_unchanged`, `check_methods_sample_order_invariance`, `check_methods_subset_invariance`, `check_n_features_in_after_fitting`, `check_non_transformer_estimators_n_iter`, `check_readonly_memmap_input`, `check_sample_weight_equivalence_on_dense_data`, `check_sample_weights_not_overwritten`, `check_sample_weights_shape` | this file |
//! | `check_estimators_pickle`, and both invariances of methods, to the bit, of whole models | `scoring`: `score.rs`, `model.rs` |
//! | `check_fit_idempotent`, `check_sample_weight_equivalence_on_dense_data`, `check_methods_sample_order_invariance`, on 200 seeds | `logistic-regression`: `tests/properties.rs` |
//!
//! Types rule the rest out: labels are `bool` (`check_supervised_y_no_nan`, `check_classifiers_regression_target`), matrices have
//! two dimensions (`check_fit1d`), numbers are `f64` (`check_complex_data`, `check_dtype_object`), and an unfitted model has no
//! method that predicts (`check_estimators_unfitted`).

#![allow(clippy::unwrap_used)]

use linfa::dataset::DatasetBase;
use linfa::traits::{Fit, Predict};
use logistic_regression::{Matrix, Options, Penalty, Problem, Response, SolverError};
use ndarray::{Array1, Array2, Axis};
use training::{FitError, FittedLogistic, Newton};

type Dataset = DatasetBase<Array2<f64>, Array1<bool>>;

const SEEDS: u64 = 200;

/// Uniform numbers in [0, 1) (SplitMix64).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Rows of `columns` numbers, and labels that follow from them with noise; both labels are there.
fn drawn(seed: u64, rows: usize, columns: usize) -> Dataset {
    let mut draws = Draws(seed);
    let x = Array2::from_shape_fn((rows, columns), |_| 4.0 * draws.next() - 2.0);
    let labels = x.rows().into_iter().enumerate().map(|(row, x)| match row {
        0 | 1 => row == 0,
        _ => draws.next() < 1.0 / (1.0 + (0.6 - 1.5 * x[0] + 0.5 * x[columns - 1]).exp()),
    });
    let labels: Array1<bool> = labels.collect();
    DatasetBase::new(x, labels)
}

fn newton() -> Newton {
    Newton { alpha: 0.7, options: Options::exact() }
}

#[track_caller]
fn fit(dataset: &Dataset) -> FittedLogistic {
    newton().fit(dataset).unwrap()
}

fn why_not(dataset: &Dataset) -> SolverError {
    match newton().fit(dataset) {
        Err(FitError::Newton(error)) => error,
        other => panic!("expected an error of the solver, found {other:?}"),
    }
}

#[track_caller]
fn near(a: &FittedLogistic, b: &FittedLogistic, tolerance: f64) {
    let both = |of: &FittedLogistic| [&[of.intercept], of.coefficients.as_slice().unwrap()].concat();
    for (a, b) in both(a).iter().zip(both(b)) {
        assert!((a - b).abs() <= tolerance * a.abs().max(1.0), "{a} {b}");
    }
}

fn with_rows(dataset: &Dataset, rows: &[usize]) -> Dataset {
    DatasetBase::new(dataset.records().select(Axis(0), rows), dataset.targets().select(Axis(0), rows))
}

#[test]
fn classifiers_train() {
    for seed in 0..20 {
        let dataset = drawn(seed, 400, 3);
        let fitted = fit(&dataset);
        let labels: Array1<bool> = fitted.predict(dataset.records());
        let right = labels.iter().zip(dataset.targets()).filter(|(a, b)| a == b).count();
        assert!(right > 280, "seed {seed}: {right} of 400");
    }
}

#[test]
fn classifiers_classes() {
    // The probability is that of `true`, whichever label most rows have.
    for shift in [-3.0, 3.0] {
        let mut draws = Draws(5);
        let x = Array2::from_shape_fn((600, 1), |_| 4.0 * draws.next() - 2.0);
        let labels: Array1<bool> = x.column(0).mapv(|x| draws.next() < 1.0 / (1.0 + (shift - 2.0 * x).exp()));
        let share = labels.iter().filter(|label| **label).count() as f64 / 600.0;
        let dataset = DatasetBase::new(x, labels);
        let fitted = fit(&dataset);
        assert!(fitted.coefficients[0] > 1.0, "{share}: {}", fitted.coefficients[0]);
        let mean = fitted.probabilities(dataset.records()).mean().unwrap();
        assert!((mean - share).abs() < 1e-9, "{mean} {share}: the intercept is free");
    }
}

#[test]
fn classifiers_one_label() {
    for label in [true, false] {
        let dataset = drawn(1, 30, 2);
        let (x, labels) = (dataset.records().clone(), Array1::from_elem(30, label));
        assert!(matches!(why_not(&DatasetBase::new(x, labels)), SolverError::OneClass { .. }));
    }
}

#[test]
fn classifiers_one_label_sample_weights() {
    let dataset = drawn(2, 30, 2);
    let weights = dataset.targets().mapv(|label| f32::from(u8::from(label)));
    assert!(matches!(why_not(&dataset.with_weights(weights)), SolverError::OneClass { negatives: 0, .. }));
}

#[test]
fn class_weight_classifiers() {
    let dataset = drawn(3, 400, 2);
    let labels = dataset.targets().clone();
    let heavy = |of: bool| labels.mapv(|label| if label == of { 50.0_f32 } else { 1.0 });
    for of in [true, false] {
        let fitted = fit(&dataset.clone().with_weights(heavy(of)));
        let found: Array1<bool> = fitted.predict(dataset.records());
        let with = found.iter().filter(|label| **label == of).count();
        assert!(with > 360, "{of}: {with} of 400 rows have the label whose weight is 50");
    }
}

#[test]
fn decision_proba_consistency() {
    let dataset = drawn(4, 300, 3);
    let fitted = fit(&dataset);
    let logits = dataset.records().dot(&fitted.coefficients) + fitted.intercept;
    let probabilities = fitted.probabilities(dataset.records());
    let labels: Array1<bool> = fitted.predict(dataset.records());
    let mut order: Vec<usize> = (0..300).collect();
    order.sort_by(|a, b| logits[*a].total_cmp(&logits[*b]));
    assert!(order.windows(2).all(|two| probabilities[two[0]] <= probabilities[two[1]]));
    assert!((0..300).all(|row| labels[row] == (probabilities[row] > 0.5)));
}

#[test]
fn estimators_empty_data_messages() {
    let empty = DatasetBase::new(Array2::zeros((0, 3)), Array1::from_elem(0, true));
    let message = why_not(&empty).to_string();
    assert!(message.contains("expected rows to fit on, found none"), "{message}");
    // Without columns there is an intercept.
    let dataset = drawn(5, 40, 1);
    let bare = DatasetBase::new(Array2::zeros((40, 0)), dataset.targets().clone());
    let share = dataset.targets().iter().filter(|label| **label).count() as f64 / 40.0;
    assert!((fit(&bare).intercept - (share / (1.0 - share)).ln()).abs() < 1e-9);
}

#[test]
fn estimators_nan_inf() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut dataset = drawn(6, 50, 3);
        dataset.records[[17, 2]] = value;
        let found = why_not(&dataset);
        assert!(matches!(found, SolverError::NotFinite { column: 2, row: 17, .. }), "{found}");
    }
    for weight in [f32::NAN, f32::INFINITY, -1.0] {
        let dataset = drawn(6, 50, 3);
        let mut weights = Array1::ones(50);
        weights[9] = weight;
        let found = why_not(&dataset.with_weights(weights));
        assert!(matches!(found, SolverError::BadNumber { row: 9, .. }), "{found}");
    }
}

#[test]
fn f_contiguous_array_estimator() {
    for seed in 0..SEEDS {
        let dataset = drawn(seed, 60, 3);
        let by_columns = dataset.records().t().as_standard_layout().into_owned().reversed_axes();
        assert!(!by_columns.is_standard_layout());
        let other = DatasetBase::new(by_columns, dataset.targets().clone());
        assert_eq!(fit(&dataset), fit(&other), "seed {seed}");
    }
}

#[test]
fn fit2d_1feature() {
    assert_eq!(fit(&drawn(7, 20, 1)).coefficients.len(), 1);
}

#[test]
fn fit2d_1sample() {
    let one = with_rows(&drawn(8, 5, 3), &[0]);
    assert!(matches!(why_not(&one), SolverError::OneClass { positives: 1, negatives: 0 }));
}

#[test]
fn fit_check_is_fitted() {
    // A solver is its settings and stays so: what was fitted is another type.
    let solver = newton();
    let _: FittedLogistic = solver.fit(&drawn(9, 40, 2)).unwrap();
    assert_eq!(solver, newton());
}

#[test]
fn fit_idempotent() {
    for seed in 0..SEEDS {
        let dataset = drawn(seed, 50, 3);
        assert_eq!(fit(&dataset), fit(&dataset), "seed {seed}");
    }
}

#[test]
fn dict_unchanged() {
    let dataset = drawn(10, 40, 2);
    let fitted = fit(&dataset);
    let before = fitted.clone();
    let _: Array1<bool> = fitted.predict(dataset.records());
    let _ = fitted.probabilities(dataset.records());
    assert_eq!(fitted, before);
}

#[test]
fn methods_sample_order_invariance() {
    for seed in 0..SEEDS {
        let dataset = drawn(seed, 70, 3);
        let order: Vec<usize> = (0..70).map(|row| row * 37 % 70).collect();
        let moved = with_rows(&dataset, &order);
        near(&fit(&dataset), &fit(&moved), 1e-10);
        let fitted = fit(&dataset);
        let expected = fitted.probabilities(dataset.records()).select(Axis(0), &order);
        assert_eq!(fitted.probabilities(moved.records()), expected, "seed {seed}");
    }
}

#[test]
fn methods_subset_invariance() {
    for seed in 0..SEEDS {
        let dataset = drawn(seed, 53, 4);
        let fitted = fit(&dataset);
        let together = fitted.probabilities(dataset.records());
        for row in 0..53 {
            let alone = fitted.probabilities(&dataset.records().select(Axis(0), &[row]));
            assert!((alone[0] - together[row]).abs() <= 1e-15, "seed {seed}, row {row}");
        }
    }
}

#[test]
fn n_features_in_after_fitting() {
    let dataset = drawn(11, 40, 3);
    let columns = |columns: usize| -> Vec<Vec<f64>> {
        dataset.records().columns().into_iter().take(columns).map(|column| column.to_vec()).collect()
    };
    let fit_on = |columns: &[Vec<f64>]| {
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let matrix = Matrix::from_columns(&slices).unwrap();
        let response = Response::new(&matrix, &dataset.targets().to_vec()).unwrap();
        (matrix, response)
    };
    let ((wide, of_wide), (narrow, of_narrow)) = (fit_on(&columns(3)), fit_on(&columns(2)));
    let fitted = Problem::new(&wide, &of_wide).unwrap().fit(&Penalty::ridge(1.0), &Options::default()).unwrap();
    let other = Problem::new(&narrow, &of_narrow).unwrap();
    let found = other.fit_from(&fitted, &Penalty::ridge(1.0), &Options::default()).unwrap_err();
    assert!(matches!(found, SolverError::Length { expected: 2, found: 3, .. }), "{found}");
    assert!(matches!(other.covariance(&fitted).unwrap_err(), SolverError::Length { .. }));
}

#[test]
fn non_transformer_estimators_n_iter() {
    let dataset = drawn(12, 200, 3);
    let columns: Vec<Vec<f64>> = dataset.records().columns().into_iter().map(|column| column.to_vec()).collect();
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let matrix = Matrix::from_columns(&slices).unwrap();
    let response = Response::new(&matrix, &dataset.targets().to_vec()).unwrap();
    let problem = Problem::new(&matrix, &response).unwrap();
    let fitted = problem.fit(&Penalty::ridge(1.0), &Options::default()).unwrap();
    assert!(fitted.iterations >= 1 && fitted.trace.len() > 1);
    // Too few of them are an error, never a fit.
    let few = Options { max_iterations: 1, ..Options::default() };
    assert!(matches!(problem.fit(&Penalty::ridge(1.0), &few), Err(SolverError::NotConverged { iterations: 1, .. })));
}

#[test]
fn readonly_memmap_input() {
    let dataset = drawn(13, 40, 3);
    let before = dataset.clone();
    fit(&dataset);
    assert_eq!(dataset, before);
}

#[test]
fn sample_weight_equivalence_on_dense_data() {
    for seed in 0..SEEDS {
        let dataset = drawn(seed, 60, 3);
        let times: Vec<usize> = (0..60).map(|row| if row < 2 { 1 } else { row * 7 % 4 }).collect();
        let rows: Vec<usize> = times.iter().enumerate().flat_map(|(row, times)| vec![row; *times]).collect();
        let repeated = with_rows(&dataset, &rows);
        let weights: Array1<f32> = times.iter().map(|times| *times as f32).collect();
        near(&fit(&repeated), &fit(&dataset.with_weights(weights)), 1e-10);
    }
}

#[test]
fn sample_weights_not_overwritten() {
    let weights: Array1<f32> = (0..40).map(|row| (row % 3) as f32).collect();
    let dataset = drawn(14, 40, 2).with_weights(weights.clone());
    fit(&dataset);
    assert_eq!(dataset.weights(), weights.as_slice());
}

#[test]
fn sample_weights_shape() {
    let dataset = drawn(15, 40, 2);
    let found = why_not(&dataset.with_weights(Array1::ones(39)));
    assert!(matches!(found, SolverError::Length { expected: 40, found: 39, .. }), "{found}");
}
