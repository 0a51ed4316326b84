//! Matrices over numbers that stay where they are, against packed ones: the same bits.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, Sample};
use logistic_regression::{Finding, Matrix, Options, Penalty, Problem, SolverError};

/// Everything that a problem can be asked.
#[derive(Debug, PartialEq)]
struct Answers {
    fit: Vec<f64>,
    trace: Vec<f64>,
    path: Vec<Vec<f64>>,
    findings: Vec<Finding>,
    diagnosis: Vec<Finding>,
    logits: Vec<f64>,
    log_loss: f64,
    covariances: Vec<Vec<u64>>,
}

fn answers(sample: &Sample, matrix: &Matrix<'_>, penalty: &Penalty, options: &Options) -> Answers {
    let response = sample.response(matrix);
    let problem = Problem::new(matrix, &response).unwrap();
    let fit = problem.fit(penalty, options).unwrap();
    let path = problem.path(&[Penalty::ridge(30.0), Penalty::ridge(3.0)], &Options::for_paths()).unwrap();
    let clusters: Vec<u64> = (0..sample.rows() as u64).map(|row| row / 3).collect();
    let covariances = [problem.covariance(&fit), problem.sandwich(&fit), problem.cluster_robust(&fit, &clusters)];
    // Not a number, for a column that was left out, is equal here.
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect();
    Answers {
        fit: fit.coefficients.iter().copied().chain([fit.intercept, fit.objective, fit.gradient_norm]).collect(),
        trace: fit.trace.clone(),
        path: path.into_iter().map(|fit| fit.coefficients).collect(),
        findings: fit.findings.clone(),
        diagnosis: problem.diagnose(Some(&fit)).unwrap(),
        logits: problem.logits(&fit).unwrap(),
        log_loss: problem.log_loss(&fit).unwrap(),
        covariances: covariances.into_iter().map(|covariance| bits(covariance.unwrap().values())).collect(),
    }
}

fn slices(sample: &Sample) -> Vec<&[f64]> {
    sample.columns.iter().map(Vec::as_slice).collect()
}

fn row_after_row(sample: &Sample) -> Vec<f64> {
    (0..sample.rows()).flat_map(|row| sample.columns.iter().map(move |column| column[row])).collect()
}

#[test]
fn packed_or_not_shows_in_no_bit() {
    let mut random = Random(11);
    // One task; many; enough rows to begin with samples. Columns by eights, beyond, and fewer.
    for (rows, columns) in [(700, 3), (9_000, 8), (9_001, 13), (70_000, 6)] {
        let mut sample = Sample::draw(&mut random, rows, columns);
        let numbers = row_after_row(&sample);
        for weighted in [false, true] {
            if weighted {
                sample.weights = Some((0..rows).map(|_| 3.0 * random.uniform()).collect());
                sample.offsets = Some((0..rows).map(|_| 0.3 * random.normal()).collect());
            }
            for options in [Options::default(), Options::exact()] {
                let of = |matrix: &Matrix<'_>| answers(&sample, matrix, &Penalty::ridge(1.0), &options);
                let packed = of(&Matrix::from_columns(&slices(&sample)).unwrap());
                assert!(of(&Matrix::over_columns(&slices(&sample)).unwrap()) == packed);
                assert!(of(&Matrix::over_rows(&numbers, columns).unwrap()) == packed);
            }
        }
    }
}

#[test]
fn odd_columns_are_found_and_scaled_alike() {
    let mut sample = Sample::draw(&mut Random(12), 70_000, 4);
    sample.columns.push(vec![0.1; 70_000]);
    // A sample of the rows may take these for one value, and they are not.
    sample.columns.push((0..70_000).map(|row| if row % 7_001 == 17 { 1e9 + row as f64 } else { 3.0 }).collect());
    sample.columns.push(sample.columns[0].iter().map(|x| 8.0 - 2.0 * x).collect());
    let (slices, numbers) = (slices(&sample), row_after_row(&sample));
    let of = |matrix: &Matrix<'_>| answers(&sample, matrix, &Penalty::ridge(1e-3), &Options::default());
    let packed = of(&Matrix::from_columns(&slices).unwrap());
    assert!(packed.findings.contains(&Finding::ConstantColumn { column: 4 }));
    assert!(packed.diagnosis.iter().any(|finding| matches!(finding, Finding::Collinear { column: 6, .. })));
    assert_eq!(of(&Matrix::over_columns(&slices).unwrap()), packed);
    assert_eq!(of(&Matrix::over_rows(&numbers, 7).unwrap()), packed);
}

#[test]
fn fits_that_look_at_the_numbers_at_once_are_one_fit() {
    let mut sample = Sample::draw(&mut Random(14), 30_000, 5);
    sample.columns.push(vec![2.0; 30_000]);
    let numbers = row_after_row(&sample);
    let packed = Matrix::from_rows(&numbers, 6).unwrap();
    let response = sample.response(&packed);
    let fit = |matrix: &Matrix<'_>| {
        let fit = Problem::new(matrix, &response).unwrap().fit(&Penalty::ridge(1.0), &Options::default()).unwrap();
        (fit.coefficients, fit.intercept, fit.trace, fit.findings)
    };
    let (expected, over) = (fit(&packed), Matrix::over_rows(&numbers, 6).unwrap());
    std::thread::scope(|scope| {
        let fits: Vec<_> = (0..4).map(|_| scope.spawn(|| fit(&over))).collect();
        assert!(fits.into_iter().all(|found| found.join().unwrap() == expected));
    });
    assert_eq!(fit(&over.clone()), expected);
}

#[test]
fn numbers_that_are_not_finite_are_named_by_whoever_looks_first() {
    let mut sample = Sample::draw(&mut Random(16), 70_000, 5);
    let good = sample.matrix();
    let fit =
        Problem::new(&good, &sample.response(&good)).unwrap().fit(&Penalty::ridge(1.0), &Options::default()).unwrap();
    // Rows that the guess sees, that samples of blocks see, and that only a pass sees; and a number too large to reckon with.
    for (row, bad) in [(0, f64::NAN), (4 * 512 + 7, f64::INFINITY), (69_999, f64::NEG_INFINITY), (33_333, 1e308)] {
        let was = std::mem::replace(&mut sample.columns[3][row], bad);
        let numbers = row_after_row(&sample);
        let named =
            |error: SolverError| matches!(error, SolverError::NotFinite { column: 3, row: at, .. } if at == row);
        assert!(named(Matrix::from_rows(&numbers, 5).unwrap_err()));
        let matrices = || [Matrix::over_rows(&numbers, 5).unwrap(), Matrix::over_columns(&slices(&sample)).unwrap()];
        for at in 0..8 {
            for matrix in matrices() {
                let response = sample.response(&matrix);
                let problem = Problem::new(&matrix, &response).unwrap();
                let (penalty, options) = (Penalty::ridge(1.0), Options::default());
                let error = match at {
                    0 => problem.fit(&penalty, &options).unwrap_err(),
                    1 => problem.fit_from(&fit, &penalty, &Options::exact()).unwrap_err(),
                    2 => problem.path(&[penalty], &options).unwrap_err(),
                    3 => problem.diagnose(None).unwrap_err(),
                    4 => problem.log_loss(&fit).unwrap_err(),
                    5 => problem.logits(&fit).unwrap_err(),
                    6 => problem.covariance(&fit).unwrap_err(),
                    _ => problem.cluster_robust(&fit, &vec![0; 70_000]).unwrap_err(),
                };
                assert!(named(error.clone()), "{at}: {error}");
            }
        }
        sample.columns[3][row] = was;
    }
}

#[test]
fn separation_is_named_alike() {
    let mut sample = Sample::draw(&mut Random(13), 9_000, 5);
    sample.columns[2] = sample.labels.iter().map(|label| if *label { 2.0 } else { 1.0 }).collect();
    let (slices, numbers) = (slices(&sample), row_after_row(&sample));
    for matrix in [Matrix::from_rows(&numbers, 5), Matrix::over_rows(&numbers, 5), Matrix::over_columns(&slices)] {
        let matrix = matrix.unwrap();
        let response = sample.response(&matrix);
        let problem = Problem::new(&matrix, &response).unwrap();
        let found = problem.fit(&Penalty::none(), &Options::default()).unwrap_err();
        assert_eq!(found, SolverError::Separation { complete: true, columns: vec![2] });
        assert_eq!(problem.diagnose(None).unwrap(), [Finding::SeparatingColumn { column: 2, complete: true }]);
    }
}
