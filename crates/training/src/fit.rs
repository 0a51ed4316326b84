//! One penalised logistic regression: linfa fits, Newton's method finishes and proves it.

use linfa::prelude::*;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2, ArrayView1};

use crate::TrainingError;
use crate::newton::{Expansion, Problem, Sums};
use crate::rows::MIN_EVENTS;

/// Where linfa stops, as norm of the gradient per row: near enough for Newton's method to need two or three steps.
const LINFA_GRADIENT_PER_ROW: f64 = 1e-4;
const LINFA_ITERATIONS: u64 = 200;

/// A fitted logistic regression of *churned*.
#[derive(Debug, Clone)]
pub(crate) struct Fitted {
    /// Intercept first.
    pub(crate) parameters: Array1<f64>,
    pub(crate) at_minimum: Expansion,
    /// Whether linfa's line search failed; then Newton's method did all the work.
    pub(crate) linfa_failed: bool,
}

impl Fitted {
    /// Logits of the rows of a design matrix.
    pub(crate) fn logits(&self, x: &Array2<f64>) -> Vec<f64> {
        // In the order in which scoring sums, so that both give the same bits.
        let mut logits = vec![self.parameters[0]; x.nrows()];
        for (column, coefficient) in x.columns().into_iter().zip(self.parameters.iter().skip(1)) {
            for (logit, value) in logits.iter_mut().zip(column) {
                *logit += coefficient * value;
            }
        }
        logits
    }
}

/// Fits `churned` on the columns of `x` with `lambda` against the mean loss.
///
/// # Errors
/// [`TrainingError::OneClass`], [`TrainingError::NotConverged`].
pub(crate) fn fit(
    x: &Array2<f64>,
    churned: &[bool],
    lambda: f64,
    slice: &'static str,
) -> Result<Fitted, TrainingError> {
    fit_from((None, Sums::Alike), x, churned, lambda, slice)
}

/// The same, from parameters that are near the minimum, such as those of another penalty or of most of the rows: Newton's
/// method then needs a few steps, and linfa none. The minimum is the same to the last digits.
///
/// # Errors
/// As for [`fit`].
pub(crate) fn fit_from(
    (near, sums): (Option<&Array1<f64>>, Sums),
    x: &Array2<f64>,
    churned: &[bool],
    lambda: f64,
    slice: &'static str,
) -> Result<Fitted, TrainingError> {
    let rows = churned.len();
    let churners = churned.iter().filter(|churned| **churned).count();
    if churners == 0 || churners == rows {
        let (churners, stayers) = (churners as u64, (rows - churners) as u64);
        return Err(TrainingError::OneClass { slice, needed: MIN_EVENTS, churners, stayers });
    }
    let alpha = lambda * rows as f64;
    let start = near.filter(|near| near.len() == x.ncols() + 1).cloned().or_else(|| by_linfa(x, churned, alpha));
    let linfa_failed = start.is_none();
    let start = start.unwrap_or_else(|| nothing_known(churned, x.ncols()));
    match (Problem { x: x.view(), churned, alpha, sums }).minimise(start) {
        Ok((parameters, at_minimum)) => Ok(Fitted { parameters, at_minimum, linfa_failed }),
        Err(stuck) => Err(TrainingError::NotConverged {
            rows,
            columns: x.ncols(),
            lambda,
            gradient: stuck.gradient,
            tolerance: stuck.tolerance,
            steps: stuck.steps,
        }),
    }
}

/// The parameters of a model that knows the churn rate alone.
pub(crate) fn nothing_known(churned: &[bool], columns: usize) -> Array1<f64> {
    let churners = churned.iter().filter(|churned| **churned).count();
    let mut parameters = Array1::zeros(columns + 1);
    parameters[0] = (churners as f64 / (churned.len() - churners) as f64).ln();
    parameters
}

/// linfa's parameters, intercept first, turned so that they speak of *churned*; `None` where its line search failed,
/// which happens on ordinary data.
fn by_linfa(x: &Array2<f64>, churned: &[bool], alpha: f64) -> Option<Array1<f64>> {
    let targets = ArrayView1::from(churned);
    let dataset = DatasetBase::new(x.view(), targets);
    let fitted = LogisticRegression::default()
        .alpha(alpha)
        .max_iterations(LINFA_ITERATIONS)
        .gradient_tolerance(LINFA_GRADIENT_PER_ROW * churned.len() as f64)
        .fit(&dataset)
        .ok()?;
    // linfa calls the larger class positive, whatever its label.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let mut parameters = Array1::zeros(x.ncols() + 1);
    parameters[0] = sign * fitted.intercept();
    for (parameter, coefficient) in parameters.iter_mut().skip(1).zip(fitted.params()) {
        *parameter = sign * coefficient;
    }
    parameters.iter().all(|value| value.is_finite()).then_some(parameters)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::newton::norm;
    use ndarray::ShapeBuilder;

    #[derive(serde::Deserialize)]
    pub(crate) struct Fixture {
        cases: Vec<Case>,
    }

    /// Made by tests/reference/logistic.py with scikit-learn 1.9.1 and mpmath 1.4.1.
    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        alpha: f64,
        intercept: f64,
        coefficients: Vec<f64>,
        objective: f64,
        x: Vec<Vec<f64>>,
        y: Vec<u8>,
    }

    fn cases() -> Vec<Case> {
        let text = include_str!("../tests/fixtures/logistic.json");
        serde_json::from_str::<Fixture>(text).unwrap().cases
    }

    fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
        Array2::from_shape_fn((rows.len(), rows[0].len()).f(), |(i, j)| rows[i][j])
    }

    #[test]
    fn coefficients_agree_with_scikit_learn_for_churners_in_the_minority_and_in_the_majority() {
        let cases = cases();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let x = matrix(&case.x);
            let churned: Vec<bool> = case.y.iter().map(|y| *y == 1).collect();
            let fitted = fit(&x, &churned, case.alpha / churned.len() as f64, "training").unwrap();
            let expected = std::iter::once(&case.intercept).chain(&case.coefficients);
            for (found, expected) in fitted.parameters.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{}: {found} {expected}", case.name);
            }
            assert!((fitted.at_minimum.loss - case.objective).abs() < 1e-9 * case.objective);
            assert!(norm(&fitted.at_minimum.gradient) <= 1e-9 * churned.len() as f64);
        }
    }

    #[test]
    fn linfa_alone_already_speaks_of_churned() {
        for case in cases() {
            let churned: Vec<bool> = case.y.iter().map(|y| *y == 1).collect();
            let start = by_linfa(&matrix(&case.x), &churned, case.alpha).unwrap();
            assert!((start[0] - case.intercept).abs() < 0.2, "{}: {} {}", case.name, start[0], case.intercept);
        }
    }

    #[test]
    fn swapped_outcomes_swap_the_signs() {
        let case = &cases()[0];
        let x = matrix(&case.x);
        let churned: Vec<bool> = case.y.iter().map(|y| *y == 1).collect();
        let stayed: Vec<bool> = churned.iter().map(|y| !y).collect();
        let lambda = 1e-3;
        let (a, b) = (fit(&x, &churned, lambda, "training").unwrap(), fit(&x, &stayed, lambda, "training").unwrap());
        for (a, b) in a.parameters.iter().zip(&b.parameters) {
            assert!((a + b).abs() < 1e-9);
        }
    }

    #[test]
    fn separable_rows_have_a_finite_penalised_fit_and_one_class_has_none() {
        let x = Array2::from_shape_fn((40, 1).f(), |(i, _)| i as f64 / 20.0 - 1.0);
        let churned: Vec<bool> = (0..40).map(|i| i >= 20).collect();
        let fitted = fit(&x, &churned, 1e-6, "training").unwrap();
        assert!(fitted.parameters.iter().all(|value| value.is_finite()) && fitted.parameters[1] > 10.0);
        assert!(matches!(
            fit(&x, &[true; 40], 1e-3, "training"),
            Err(TrainingError::OneClass { churners: 40, stayers: 0, .. })
        ));
    }

    #[test]
    fn the_order_of_the_threads_shows_in_no_bit() {
        let case = &cases()[1];
        let x = matrix(&case.x);
        let churned: Vec<bool> = case.y.iter().map(|y| *y == 1).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(&x, &churned, 1e-4, "training").unwrap().parameters)
        };
        assert_eq!(with(1), with(3));
    }
}
