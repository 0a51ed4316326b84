//! Penalised logistic regressions of *churned* on the columns of a design.

use logistic_regression::{Covariance, Finding, Fit, Matrix, Options, Penalty, Problem, Response, SolverError};

use crate::TrainingError;
use crate::rows::MIN_EVENTS;

/// A fitted logistic regression of *churned*.
#[derive(Debug, Clone)]
pub(crate) struct Fitted(Fit);

impl Fitted {
    pub(crate) fn intercept(&self) -> f64 {
        self.0.intercept
    }

    /// One for each column.
    pub(crate) fn coefficients(&self) -> &[f64] {
        &self.0.coefficients
    }

    /// Logits of the rows of a design, given by its columns.
    pub(crate) fn logits(&self, columns: &[Vec<f64>]) -> Vec<f64> {
        let mut logits = vec![self.0.intercept; columns.first().map_or(0, Vec::len)];
        // In the order in which scoring sums, so that both give the same bits.
        for (column, coefficient) in columns.iter().zip(&self.0.coefficients) {
            for (logit, value) in logits.iter_mut().zip(column) {
                *logit += coefficient * value;
            }
        }
        logits
    }
}

/// Rows to fit on. They lie over the columns of a design, which are not copied: designs take most of the memory of a training.
#[derive(Debug)]
pub(crate) struct Sample<'a> {
    matrix: Matrix<'a>,
    response: Response,
    slice: &'static str,
}

impl<'a> Sample<'a> {
    /// # Errors
    /// [`TrainingError::OneClass`], and [`TrainingError::NotFitted`] where columns differ in length.
    pub(crate) fn new(columns: &'a [Vec<f64>], churned: &[bool], slice: &'static str) -> Result<Self, TrainingError> {
        let churners = churned.iter().filter(|churned| **churned).count();
        if churners == 0 || churners == churned.len() {
            let (churners, stayers) = (churners as u64, (churned.len() - churners) as u64);
            return Err(TrainingError::OneClass { slice, needed: MIN_EVENTS, churners, stayers });
        }
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let not_fitted =
            |source| TrainingError::NotFitted { slice, rows: churned.len(), columns: columns.len(), source };
        let matrix = Matrix::over_columns(&slices).map_err(not_fitted)?;
        let response = Response::new(&matrix, churned).map_err(not_fitted)?;
        Ok(Self { matrix, response, slice })
    }

    /// The same with a weight for each row; with a mean of 1 the penalties mean the same.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`] for weights that are not finite or below 0.
    pub(crate) fn weighted(self, weights: &[f64]) -> Result<Self, TrainingError> {
        let Self { matrix, response, slice } = self;
        let (rows, columns) = (matrix.rows(), matrix.columns());
        let not_fitted = |source| TrainingError::NotFitted { slice, rows, columns, source };
        let response = response.weighted(&matrix, weights).map_err(not_fitted)?;
        Ok(Self { matrix, response, slice })
    }

    fn try_to<T>(&self, of: impl FnOnce(&Problem<'_>) -> Result<T, SolverError>) -> Result<T, TrainingError> {
        Problem::new(&self.matrix, &self.response).and_then(|problem| of(&problem)).map_err(|source| {
            let (rows, columns) = (self.matrix.rows(), self.matrix.columns());
            TrainingError::NotFitted { slice: self.slice, rows, columns, source }
        })
    }

    /// `lambda` against the mean loss is this against their sum.
    fn penalty(&self, lambda: f64) -> Penalty {
        Penalty::ridge(lambda * self.matrix.rows() as f64)
    }

    /// Fits with `lambda` against the mean loss, to the last digits: coefficients that are kept.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(crate) fn fit(&self, lambda: f64) -> Result<Fitted, TrainingError> {
        self.try_to(|problem| problem.fit(&self.penalty(lambda), &Options::exact())).map(Fitted)
    }

    /// The same, from a fit of most of the rows. The minimum is the same to the last digits.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(crate) fn fit_from(&self, near: Option<&Fitted>, lambda: f64) -> Result<Fitted, TrainingError> {
        let alike = near.filter(|near| near.coefficients().len() == self.matrix.columns());
        let Some(near) = alike else { return self.fit(lambda) };
        self.try_to(|problem| problem.fit_from(&near.0, &self.penalty(lambda), &Options::exact())).map(Fitted)
    }

    /// The same to some seven digits of the loss of other rows, which is what it is for.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(crate) fn fit_nearly(&self, near: &Fitted, lambda: f64) -> Result<Fitted, TrainingError> {
        let (penalty, options) = (self.penalty(lambda), Options::for_paths());
        let is_alike = near.coefficients().len() == self.matrix.columns();
        self.try_to(|problem| match is_alike {
            true => problem.fit_from(&near.0, &penalty, &options),
            false => problem.fit(&penalty, &options),
        })
        .map(Fitted)
    }

    /// Fits with several penalties, strongest first, each from where the one before ended: to some seven digits of the loss of
    /// other rows, which is what they are for.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(crate) fn path(&self, lambdas: impl Iterator<Item = f64>) -> Result<Vec<Fitted>, TrainingError> {
        let penalties: Vec<Penalty> = lambdas.map(|lambda| self.penalty(lambda)).collect();
        let fits = self.try_to(|problem| problem.path(&penalties, &Options::for_paths()))?;
        Ok(fits.into_iter().map(Fitted).collect())
    }

    /// The covariance of (intercept, coefficients) when several rows belong to one customer: `H^-1 B H^-1 G / (G - 1)`, `H`
    /// the Hessian of the penalised loss, `B` the sum over the `G` customers of the outer product of their summed scores
    /// (Liang & Zeger 1986, Biometrika 73:13).
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(crate) fn covariance(&self, fitted: &Fitted, customer: &[u32]) -> Result<Vec<Vec<f64>>, TrainingError> {
        let clusters: Vec<u64> = customer.iter().map(|customer| u64::from(*customer)).collect();
        Ok(square(&self.try_to(|problem| problem.cluster_robust(&fitted.0, &clusters))?))
    }

    /// The inverse of the Hessian of the penalised loss, for (intercept, coefficients).
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(crate) fn inverse_hessian(&self, fitted: &Fitted) -> Result<Vec<Vec<f64>>, TrainingError> {
        Ok(square(&self.try_to(|problem| problem.covariance(&fitted.0))?))
    }

    /// What is odd about the rows.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(crate) fn diagnose(&self, fitted: Option<&Fitted>) -> Result<Vec<Finding>, TrainingError> {
        self.try_to(|problem| problem.diagnose(fitted.map(|fitted| &fitted.0)))
    }
}

fn square(covariance: &Covariance) -> Vec<Vec<f64>> {
    // What a left-out column does not move, it does not make uncertain either.
    let known = |value: &f64| if value.is_nan() { 0.0 } else { *value };
    covariance.values().chunks(covariance.size()).map(|row| row.iter().map(known).collect()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Made by tests/reference/logistic.py with scikit-learn 1.9.1, numpy 2.4.6 and mpmath 1.4.1.
    #[derive(serde::Deserialize)]
    struct Fixture {
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        alpha: f64,
        intercept: f64,
        coefficients: Vec<f64>,
        x: Vec<Vec<f64>>,
        y: Vec<u8>,
        #[serde(default)]
        cluster: Vec<String>,
        #[serde(default)]
        covariance: Vec<Vec<f64>>,
    }

    impl Case {
        fn columns(&self) -> Vec<Vec<f64>> {
            (0..self.x[0].len()).map(|column| self.x.iter().map(|row| row[column]).collect()).collect()
        }

        fn churned(&self) -> Vec<bool> {
            self.y.iter().map(|y| *y == 1).collect()
        }

        fn lambda(&self) -> f64 {
            self.alpha / self.y.len() as f64
        }
    }

    fn cases() -> Vec<Case> {
        let text = include_str!("../tests/fixtures/logistic.json");
        serde_json::from_str::<Fixture>(text).unwrap().cases
    }

    #[test]
    fn coefficients_agree_with_scikit_learn_for_churners_in_the_minority_and_in_the_majority() {
        let cases = cases();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let columns = case.columns();
            let sample = Sample::new(&columns, &case.churned(), "training").unwrap();
            let near = sample.fit(case.lambda() * 30.0).unwrap();
            for fitted in [sample.fit(case.lambda()), sample.fit_from(Some(&near), case.lambda())] {
                let fitted = fitted.unwrap();
                assert!((fitted.intercept() - case.intercept).abs() < 1e-9, "{}", case.name);
                for (found, expected) in fitted.coefficients().iter().zip(&case.coefficients) {
                    assert!((found - expected).abs() < 1e-9, "{}: {found} {expected}", case.name);
                }
            }
            let path = sample.path([case.lambda() * 10.0, case.lambda()].into_iter()).unwrap();
            for (found, expected) in path[1].coefficients().iter().zip(&case.coefficients) {
                assert!((found - expected).abs() < 1e-4, "{}: {found} {expected}", case.name);
            }
        }
    }

    #[test]
    fn the_cluster_robust_covariance_agrees_with_numpy() {
        let case = &cases()[0];
        let customer: Vec<u32> = case.cluster.iter().map(|name| name[1..].parse().unwrap()).collect();
        let columns = case.columns();
        let sample = Sample::new(&columns, &case.churned(), "training").unwrap();
        let found = sample.covariance(&sample.fit(case.lambda()).unwrap(), &customer).unwrap();
        assert!(!case.covariance.is_empty());
        for (i, row) in case.covariance.iter().enumerate() {
            for (j, expected) in row.iter().enumerate() {
                assert!((found[i][j] - expected).abs() < 1e-9 * found[i][i].max(found[j][j]), "{i} {j}");
                assert_eq!(found[i][j].to_bits(), found[j][i].to_bits());
            }
        }
    }

    #[test]
    fn separable_rows_have_a_finite_penalised_fit_and_are_named_and_one_class_has_none() {
        let x = vec![(0..40).map(|i| f64::from(i) / 20.0 - 1.0).collect::<Vec<f64>>()];
        let churned: Vec<bool> = (0..40).map(|i| i >= 20).collect();
        let sample = Sample::new(&x, &churned, "training").unwrap();
        let fitted = sample.fit(1e-6).unwrap();
        assert!(fitted.coefficients()[0].is_finite() && fitted.coefficients()[0] > 10.0);
        let findings = sample.diagnose(Some(&fitted)).unwrap();
        assert!(findings.contains(&Finding::SeparatingColumn { column: 0, complete: true }), "{findings:?}");
        let one_class = Sample::new(&x, &[true; 40], "training");
        assert!(matches!(one_class, Err(TrainingError::OneClass { churners: 40, stayers: 0, .. })));
    }

    #[test]
    fn the_order_of_the_threads_shows_in_no_bit() {
        let case = &cases()[1];
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let columns = case.columns();
                let sample = Sample::new(&columns, &case.churned(), "training").unwrap();
                sample.fit(1e-4).unwrap().coefficients().to_vec()
            })
        };
        assert_eq!(with(1), with(3));
    }
}
