//! Two solvers of one logistic regression behind linfa's traits: our own Newton's method, and linfa-logistic's L-BFGS.
//!
//! Both minimise `sum of log-losses + alpha / 2 * |coefficients|^2` with a free intercept, take linfa's `Dataset` and speak of
//! the probability of the label `true`. Only Newton's method takes weights.

use linfa::dataset::{DatasetBase, Records};
use linfa::traits::{Fit, PredictInplace};
use linfa_logistic::LogisticRegression;
use logistic_regression::{Matrix, Options, Penalty, Problem, Response, SolverError};
use ndarray::{Array1, Array2, ArrayView1};
use thiserror::Error;

/// Norm of the summed gradient per row at which linfa is told to stop.
const LINFA_GRADIENT_PER_ROW: f64 = 1e-9;
/// Above this it has not found the minimum, whatever it says.
const LINFA_STUCK_PER_ROW: f64 = 1e-5;
const LINFA_ITERATIONS: u64 = 1_000;

/// Why a solver has no fit.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FitError {
    /// linfa refused the data set.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
    /// linfa-logistic found no fit.
    #[error(transparent)]
    LinfaLogistic(#[from] linfa_logistic::error::Error),
    /// Newton's method found no fit.
    #[error(transparent)]
    Newton(#[from] SolverError),
    /// linfa-logistic passes weights over in silence.
    #[error(
        "expected a data set without weights, found {found}: L-BFGS of linfa-logistic cannot take them, Newton's method can"
    )]
    Weights {
        /// How many weights there are.
        found: usize,
    },
    /// linfa-logistic ended away from the minimum, which it does not say.
    #[error("expected a gradient of at most {tolerance:e} per row where L-BFGS ended, found {gradient:e}")]
    NotConverged {
        /// Norm of the gradient, per row.
        gradient: f64,
        /// The most it may be.
        tolerance: f64,
    },
}

/// Newton's method of the crate `logistic-regression`.
#[derive(Debug, Clone, PartialEq)]
pub struct Newton {
    /// Strength of the ridge, against the summed loss.
    pub alpha: f64,
    /// When it is done.
    pub options: Options,
}

/// L-BFGS of linfa-logistic.
#[derive(Debug, Clone, PartialEq)]
pub struct LinfaLbfgs {
    /// Strength of the ridge, against the summed loss.
    pub alpha: f64,
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedLogistic {
    /// The logit of a row of zeros.
    pub intercept: f64,
    /// One for each column.
    pub coefficients: Array1<f64>,
}

impl FittedLogistic {
    /// The probability of `true` for each row of (rows, columns).
    #[must_use]
    pub fn probabilities(&self, x: &Array2<f64>) -> Array1<f64> {
        (x.dot(&self.coefficients) + self.intercept).mapv(|logit| 1.0 / (1.0 + (-logit).exp()))
    }
}

impl Fit<Array2<f64>, Array1<bool>, FitError> for Newton {
    type Object = FittedLogistic;

    fn fit(&self, dataset: &DatasetBase<Array2<f64>, Array1<bool>>) -> Result<FittedLogistic, FitError> {
        let x = dataset.records();
        let (rows, columns) = x.dim();
        let matrix = match (x.as_slice(), x.t().to_slice()) {
            _ if columns == 0 => Matrix::without_columns(rows),
            (Some(numbers), _) => Matrix::over_rows(numbers, columns),
            (None, Some(numbers)) => Matrix::over_columns(&numbers.chunks_exact(rows).collect::<Vec<_>>()),
            // Neither rows nor columns follow each other in memory.
            (None, None) => Matrix::from_rows(&x.iter().copied().collect::<Vec<_>>(), columns),
        }?;
        let mut response = Response::new(&matrix, &dataset.targets().to_vec())?;
        if let Some(weights) = dataset.weights() {
            let weights: Vec<f64> = weights.iter().map(|weight| f64::from(*weight)).collect();
            response = response.weighted(&matrix, &weights)?;
        }
        let fit = Problem::new(&matrix, &response)?.fit(&Penalty::ridge(self.alpha), &self.options)?;
        Ok(FittedLogistic { intercept: fit.intercept, coefficients: fit.coefficients.into() })
    }
}

impl Fit<Array2<f64>, Array1<bool>, FitError> for LinfaLbfgs {
    type Object = FittedLogistic;

    fn fit(&self, dataset: &DatasetBase<Array2<f64>, Array1<bool>>) -> Result<FittedLogistic, FitError> {
        if let Some(weights) = dataset.weights() {
            return Err(FitError::Weights { found: weights.len() });
        }
        let (x, labels) = (dataset.records(), dataset.targets());
        let rows = x.nsamples() as f64;
        let fitted = LogisticRegression::default()
            .alpha(self.alpha)
            .max_iterations(LINFA_ITERATIONS)
            .gradient_tolerance(LINFA_GRADIENT_PER_ROW * rows)
            .fit(&DatasetBase::new(x.view(), ArrayView1::from(labels)))?;
        // linfa calls the larger class positive, whatever its label.
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        let found = FittedLogistic { intercept: sign * fitted.intercept(), coefficients: fitted.params() * sign };
        let residuals = found.probabilities(x) - labels.mapv(|label| f64::from(u8::from(label)));
        let slopes = x.t().dot(&residuals) + &found.coefficients * self.alpha;
        let gradient = (slopes.dot(&slopes) + residuals.sum().powi(2)).sqrt() / rows;
        if gradient <= LINFA_STUCK_PER_ROW {
            Ok(found)
        } else {
            Err(FitError::NotConverged { gradient, tolerance: LINFA_STUCK_PER_ROW })
        }
    }
}

impl PredictInplace<Array2<f64>, Array1<bool>> for FittedLogistic {
    fn predict_inplace(&self, x: &Array2<f64>, labels: &mut Array1<bool>) {
        labels.assign(&(x.dot(&self.coefficients) + self.intercept).mapv(|logit| logit > 0.0));
    }

    fn default_target(&self, x: &Array2<f64>) -> Array1<bool> {
        Array1::from_elem(x.nrows(), false)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use linfa::traits::Predict;

    type Dataset = DatasetBase<Array2<f64>, Array1<bool>>;

    /// Data sets of the fixture with their penalties and minima, by `tests/reference/logistic.py`.
    fn cases() -> Vec<(Dataset, f64, f64)> {
        let fixture: serde_json::Value = serde_json::from_str(include_str!("../tests/fixtures/logistic.json")).unwrap();
        let numbers = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
        };
        let case = |case: &serde_json::Value| {
            let rows: Vec<Vec<f64>> = case["x"].as_array().unwrap().iter().map(numbers).collect();
            let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j]);
            let labels = numbers(&case["y"]).into_iter().map(|label| label == 1.0).collect();
            (DatasetBase::new(x, labels), case["alpha"].as_f64().unwrap(), case["objective"].as_f64().unwrap())
        };
        fixture["cases"].as_array().unwrap().iter().map(case).collect()
    }

    fn objective(fitted: &FittedLogistic, dataset: &Dataset, alpha: f64) -> f64 {
        let probabilities = fitted.probabilities(dataset.records());
        let losses =
            probabilities.iter().zip(dataset.targets()).map(|(p, label)| -if *label { *p } else { 1.0 - p }.ln());
        losses.sum::<f64>() + 0.5 * alpha * fitted.coefficients.dot(&fitted.coefficients)
    }

    /// Both solvers by the same trait, as a caller that does not care which would use them.
    fn by<S>(solver: &S, dataset: &Dataset) -> Result<FittedLogistic, FitError>
    where
        S: Fit<Array2<f64>, Array1<bool>, FitError, Object = FittedLogistic>,
    {
        solver.fit(dataset)
    }

    #[test]
    fn both_reach_the_same_minimum_with_churners_in_the_minority_or_not() {
        let mut minorities = 0;
        for (dataset, alpha, expected) in cases() {
            let newton = by(&Newton { alpha, options: Options::default() }, &dataset).unwrap();
            let linfa = by(&LinfaLbfgs { alpha }, &dataset).unwrap();
            for fitted in [&newton, &linfa] {
                let found = objective(fitted, &dataset, alpha);
                assert!((found - expected).abs() < 1e-8 * expected, "{found} {expected}");
            }
            let labels: Array1<bool> = newton.predict(dataset.records());
            let agree = labels.iter().zip(dataset.targets()).filter(|(a, b)| a == b).count();
            assert!(2 * agree > labels.len() && labels == linfa.predict(dataset.records()));
            let churners = dataset.targets().iter().filter(|label| **label).count();
            minorities += usize::from(2 * churners < labels.len());
        }
        assert!(minorities >= 1);
    }

    #[test]
    fn weights_are_used_or_refused() {
        let (dataset, alpha, _) = cases().swap_remove(0);
        let rows = dataset.nsamples();
        let newton = Newton { alpha, options: Options::exact() };
        let plain = by(&newton, &dataset).unwrap();
        let ones = by(&newton, &dataset.clone().with_weights(Array1::ones(rows))).unwrap();
        assert_eq!(plain, ones);
        let weights: Array1<f32> = (0..rows).map(|row| (row % 3) as f32).collect();
        let weighted = dataset.with_weights(weights);
        assert_ne!(by(&newton, &weighted).unwrap(), plain);
        assert!(matches!(by(&LinfaLbfgs { alpha }, &weighted), Err(FitError::Weights { found }) if found == rows));
    }

    #[test]
    fn how_numbers_lie_in_memory_shows_in_no_bit() {
        let (dataset, alpha, _) = cases().swap_remove(0);
        let (newton, x) = (Newton { alpha, options: Options::default() }, dataset.records());
        let of = |x: Array2<f64>| by(&newton, &DatasetBase::new(x, dataset.targets().clone())).unwrap();
        let by_column = x.t().as_standard_layout().into_owned().reversed_axes();
        let mut every_other = Array2::from_shape_fn((x.nrows(), 2 * x.ncols()), |(i, j)| x[(i, j / 2)]);
        every_other.slice_axis_inplace(ndarray::Axis(1), ndarray::Slice::new(0, None, 2));
        assert!(
            by_column.as_slice().is_none() && every_other.as_slice().is_none() && every_other.t().as_slice().is_none()
        );
        let expected = of(x.clone());
        assert_eq!(of(by_column), expected);
        assert_eq!(of(every_other), expected);
        let empty = DatasetBase::new(Array2::zeros((0, 3)), Array1::default(0));
        assert!(matches!(by(&newton, &empty), Err(FitError::Newton(SolverError::NoRows))));
    }

    #[test]
    fn one_class_is_an_error_of_either() {
        let dataset = DatasetBase::new(Array2::from_shape_fn((9, 1), |(i, _)| i as f64), Array1::from_elem(9, true));
        let newton = by(&Newton { alpha: 1.0, options: Options::default() }, &dataset);
        assert!(matches!(newton, Err(FitError::Newton(SolverError::OneClass { positives: 9, negatives: 0 }))));
        assert!(matches!(by(&LinfaLbfgs { alpha: 1.0 }, &dataset), Err(FitError::LinfaLogistic(_))));
    }
}
