//! What a fit says of data that are not as they should be.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, Sample};
use logistic_regression::{Finding, Matrix, Options, Penalty, Problem, Response, SolverError};

fn fit(columns: &[&[f64]], labels: &[bool], penalty: &Penalty) -> Result<logistic_regression::Fit, SolverError> {
    let matrix = Matrix::from_columns(columns)?;
    let response = Response::new(&matrix, labels)?;
    Problem::new(&matrix, &response)?.fit(penalty, &Options::default())
}

fn diagnosis(columns: &[&[f64]], labels: &[bool], penalty: &Penalty) -> Vec<Finding> {
    let matrix = Matrix::from_columns(columns).unwrap();
    let response = Response::new(&matrix, labels).unwrap();
    let problem = Problem::new(&matrix, &response).unwrap();
    let fit = problem.fit(penalty, &Options::default()).unwrap();
    problem.diagnose(Some(&fit)).unwrap()
}

#[test]
fn collinear_columns_are_named_and_left_out_without_a_penalty() {
    for seed in 0..50 {
        let mut sample = Sample::draw(&mut Random(seed), 400, 3);
        let expected = sample.fit(&Penalty::none(), &Options::exact()).unwrap();
        let sum: Vec<f64> = (0..400).map(|row| 2.0 * sample.columns[0][row] - sample.columns[2][row] + 1.0).collect();
        sample.columns.push(sum);
        for options in [Options::default(), Options::exact()] {
            let found = sample.fit(&Penalty::none(), &options).unwrap();
            assert_eq!(found.findings, [Finding::Collinear { column: 3, with: vec![0, 2] }], "seed {seed}");
            assert_eq!(found.coefficients[3], 0.0);
            for row in 0..400 {
                let x: Vec<f64> = sample.columns.iter().map(|column| column[row]).collect();
                let close = if options.exact { 1e-9 } else { 1e-7 };
                assert!((found.logit(&x) - expected.logit(&x[..3])).abs() < close, "seed {seed}");
            }
        }
        // A ridge shares the effect between them; nothing has to be left out, but `diagnose` tells.
        let ridge = sample.fit(&Penalty::ridge(1.0), &Options::default()).unwrap();
        assert!(ridge.findings.is_empty() && ridge.coefficients[3] != 0.0);
        let matrix = sample.matrix();
        let response = sample.response(&matrix);
        let found = Problem::new(&matrix, &response).unwrap().diagnose(Some(&ridge)).unwrap();
        assert_eq!(found, [Finding::Collinear { column: 3, with: vec![0, 2] }]);
    }
}

#[test]
fn an_error_of_a_left_out_column_is_not_a_number() {
    let sample = Sample::draw(&mut Random(1), 300, 2);
    let (a, b) = (&sample.columns[0], &sample.columns[1]);
    let matrix = Matrix::from_columns(&[a, b, a]).unwrap();
    let response = Response::new(&matrix, &sample.labels).unwrap();
    let problem = Problem::new(&matrix, &response).unwrap();
    let fit = problem.fit(&Penalty::none(), &Options::default()).unwrap();
    let errors = problem.covariance(&fit).unwrap().standard_errors();
    assert!(errors[3].is_nan() && errors[..3].iter().all(|error| error.is_finite()));
}

#[test]
fn separation_is_an_error_without_a_penalty_and_a_finding_with_one() {
    let mut random = Random(2);
    let x: Vec<f64> = (0..200).map(|_| random.normal()).collect();
    let noise: Vec<f64> = (0..200).map(|_| random.normal()).collect();
    let complete: Vec<bool> = x.iter().map(|x| *x > 0.2).collect();
    let found = fit(&[&noise, &x], &complete, &Penalty::none());
    assert_eq!(found.unwrap_err(), SolverError::Separation { complete: true, columns: vec![1] });
    assert_eq!(
        diagnosis(&[&noise, &x], &complete, &Penalty::ridge(0.1)),
        [Finding::SeparatingColumn { column: 1, complete: true }]
    );
    assert!(matches!(
        diagnosis(&[&noise, &x], &complete, &Penalty::ridge(1e-12))[..],
        [Finding::SeparatingColumn { column: 1, complete: true }, Finding::CertainFit { .. }]
    ));

    // Both classes on the border.
    let steps: Vec<f64> = x.iter().map(|x| (x * 2.0).round().clamp(-1.0, 1.0)).collect();
    let mut border = false;
    let quasi: Vec<bool> = steps
        .iter()
        .map(|step| {
            border = !border;
            *step > 0.0 || *step == 0.0 && border
        })
        .collect();
    let found = fit(&[&noise, &steps], &quasi, &Penalty::none());
    assert!(matches!(found.unwrap_err(), SolverError::Separation { complete: false, columns } if columns == [1]));

    // Two columns together.
    let other: Vec<f64> = x.iter().zip(&noise).map(|(x, noise)| x - 3.0 * noise).collect();
    let found = fit(&[&noise, &other], &complete, &Penalty::none()).unwrap_err();
    let SolverError::Separation { complete: true, mut columns } = found else { panic!("{found}") };
    columns.sort_unstable();
    assert_eq!(columns, [0, 1]);
    // A ridge on one of them is enough for a minimum only if the other does not separate.
    assert!(fit(&[&noise, &other], &complete, &Penalty::ridge_of_columns(vec![0.1, 0.0])).is_ok());
    assert!(matches!(
        fit(&[&noise, &x], &complete, &Penalty::ridge_of_columns(vec![0.1, 0.0])),
        Err(SolverError::Separation { .. })
    ));
}

#[test]
fn a_dummy_of_one_class_is_quasi_complete_separation() {
    let mut sample = Sample::draw(&mut Random(5), 500, 2);
    let dummy: Vec<f64> = (0..500).map(|row| f64::from(u8::from(row % 50 == 3 && sample.labels[row]))).collect();
    assert!(dummy.iter().sum::<f64>() > 0.0);
    sample.columns.push(dummy);
    let found = sample.fit(&Penalty::none(), &Options::default()).unwrap_err();
    assert_eq!(found, SolverError::Separation { complete: false, columns: vec![2] });
    assert!(sample.fit(&Penalty::ridge(1e-3), &Options::default()).is_ok());
}

#[test]
fn no_ordinary_problem_is_called_separated() {
    for seed in 0..200 {
        let sample = Sample::draw(&mut Random(seed + 900), 400, 3);
        let found = sample.fit(&Penalty::none(), &Options::default());
        assert!(found.is_ok(), "seed {seed}: {found:?}");
    }
}

#[test]
fn classes_weights_and_rows_are_checked() {
    let x = [1.0, 2.0, 3.0, 4.0];
    let one = fit(&[&x], &[true; 4], &Penalty::ridge(1.0)).unwrap_err();
    assert_eq!(one, SolverError::OneClass { positives: 4, negatives: 0 });
    assert_eq!(one.to_string(), "expected rows of both classes, found 4 positive and 0 negative ones with weight");
    let matrix = Matrix::from_columns(&[&x]).unwrap();
    let labels = [true, false, true, false];
    let weighted = |weights: [f64; 4]| {
        let response = Response::new(&matrix, &labels).unwrap().weighted(&matrix, &weights).unwrap();
        let problem = Problem::new(&matrix, &response).unwrap();
        problem.fit(&Penalty::ridge(1.0), &Options::default()).and_then(|fit| problem.diagnose(Some(&fit)))
    };
    assert_eq!(weighted([0.0; 4]).unwrap_err(), SolverError::NoRows);
    assert_eq!(weighted([0.0, 0.0, 3.0, 0.0]).unwrap_err(), SolverError::OneRowHasAllWeight { row: 2 });
    assert_eq!(weighted([1e-20, 1e-20, 1e-20, 9.0]).unwrap_err(), SolverError::OneRowHasAllWeight { row: 3 });
    assert_eq!(weighted([1.0, 0.0, 1.0, 0.0]).unwrap_err(), SolverError::OneClass { positives: 2, negatives: 0 });
    let heavy = weighted([1.0, 7.0, 1.0, 1.0]).unwrap();
    assert_eq!(heavy, [Finding::HeavyRow { row: 1, part: 0.7 }]);
    let other = Matrix::without_columns(5).unwrap();
    let response = Response::new(&other, &[true; 5]).unwrap();
    assert!(matches!(Problem::new(&matrix, &response), Err(SolverError::OtherMatrix)));
    let grouped = Matrix::from_columns_in_groups(&[&x], &[0, 0, 1, 1]).unwrap();
    let response = Response::new(&matrix, &labels).unwrap();
    assert!(matches!(Problem::new(&grouped, &response), Err(SolverError::OtherMatrix)));
    assert!(matches!(response.weighted(&grouped, &[1.0; 4]), Err(SolverError::OtherMatrix)));
    let same = Matrix::from_rows_in_groups(&x, 1, &[0, 0, 1, 1]).unwrap();
    assert!(Problem::new(&same, &Response::new(&grouped, &labels).unwrap()).is_ok());
}

#[test]
fn without_columns_the_intercept_is_the_log_odds() {
    let matrix = Matrix::without_columns(10).unwrap();
    let labels: Vec<bool> = (0..10).map(|row| row < 3).collect();
    let response = Response::new(&matrix, &labels).unwrap();
    let fit = Problem::new(&matrix, &response).unwrap().fit(&Penalty::none(), &Options::exact()).unwrap();
    assert!((fit.intercept - (3.0_f64 / 7.0).ln()).abs() < 1e-15 && fit.coefficients.is_empty());
}

#[test]
fn too_few_iterations_are_an_error_with_numbers() {
    let sample = Sample::draw(&mut Random(6), 500, 4);
    let options = Options { max_iterations: 1, ..Options::default() };
    let found = sample.fit(&Penalty::ridge(0.1), &options).unwrap_err();
    let SolverError::NotConverged { iterations: 1, gradient, tolerance, .. } = found else { panic!("{found}") };
    assert!(gradient > tolerance);
}

#[test]
fn logits_without_curvature_are_no_obstacle() {
    let mut sample = Sample::draw(&mut Random(9), 600, 3);
    sample.offsets = Some((0..600).map(|row| if row % 2 == 0 { 20.0 } else { -20.0 }).collect());
    let fit = sample.fit(&Penalty::ridge(1.0), &Options::default()).unwrap();
    let (_, gradient) = sample.objective(&fit, &[1.0; 3]);
    assert!(gradient[0].abs() < 1e-6, "{gradient:?}");
}
