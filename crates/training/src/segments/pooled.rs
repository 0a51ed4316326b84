//! The deviations of one segment from the global model.
//!
//! The deviation of the intercept is penalised like the others, as pooling wants it: a segment of a few rows should not keep a
//! churn rate of its own. The solver's own intercept is free. So each row comes with its mirror image, that of the opposite
//! label, columns and offset, and the penalised intercept is a column that is 1, and -1 in the mirror. Rows and images lose the
//! same for the same parameters, up to the sign of the free intercept: the loss is even in that, and convex, so that the free
//! intercept is 0 at the minimum, and what is left is twice the objective that was wanted.

use logistic_regression::{Fit, Matrix, Options, Penalty, Problem, Response, SolverError};

use crate::TrainingError;

/// Intercept, then coefficients: what a segment adds to the global model.
pub(super) type Deviations = Vec<f64>;

/// Rows of a segment and their mirror images.
#[derive(Debug)]
pub(super) struct Pooled {
    matrix: Matrix<'static>,
    response: Response,
}

impl Pooled {
    /// `offsets` are the logits of the global model; rows have weights where they do not count alike.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`] where a number is not finite.
    pub(super) fn new(
        columns: &[Vec<f64>],
        churned: &[bool],
        (offsets, weights): (&[f64], Option<&[f64]>),
    ) -> Result<Self, TrainingError> {
        let with_images =
            |values: &[f64]| values.iter().copied().chain(values.iter().map(|x| -x)).collect::<Vec<f64>>();
        let ones = vec![1.0; churned.len()];
        let mirrored: Vec<Vec<f64>> = [&ones].into_iter().chain(columns).map(|column| with_images(column)).collect();
        let slices: Vec<&[f64]> = mirrored.iter().map(Vec::as_slice).collect();
        let labels: Vec<bool> = churned.iter().copied().chain(churned.iter().map(|churned| !churned)).collect();
        let made = Matrix::from_columns(&slices).and_then(|matrix| {
            let mut response = Response::new(&matrix, &labels)?.with_offsets(&matrix, &with_images(offsets))?;
            if let Some(weights) = weights {
                response = response.weighted(&matrix, &[weights, weights].concat())?;
            }
            Ok(Self { matrix, response })
        });
        made.map_err(|source| not_fitted(churned.len(), columns.len() + 1, source))
    }

    fn try_to<T>(&self, of: impl FnOnce(&Problem<'_>) -> Result<T, SolverError>) -> Result<T, TrainingError> {
        Problem::new(&self.matrix, &self.response)
            .and_then(|problem| of(&problem))
            .map_err(|source| not_fitted(self.matrix.rows() / 2, self.matrix.columns(), source))
    }

    /// The deviations at several strengths, strongest first, each from where the one before ended: to some seven digits of
    /// the loss of other rows.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(super) fn path(&self, strengths: &[f64]) -> Result<Vec<Deviations>, TrainingError> {
        let penalties: Vec<Penalty> = strengths.iter().map(|strength| penalty(*strength)).collect();
        let fits = self.try_to(|problem| problem.path(&penalties, &Options::for_paths()))?;
        Ok(fits.into_iter().map(|fit| fit.coefficients).collect())
    }

    /// The deviations to the last digits, and the inverse of the Hessian of the penalised loss of the segment's rows.
    ///
    /// # Errors
    /// [`TrainingError::NotFitted`].
    pub(super) fn fit(&self, strength: f64) -> Result<(Deviations, Vec<Vec<f64>>), TrainingError> {
        let (fit, covariance): (Fit, _) = self.try_to(|problem| {
            let fit = problem.fit(&penalty(strength), &Options::exact())?;
            let covariance = problem.covariance(&fit)?;
            Ok((fit, covariance))
        })?;
        let size = covariance.size();
        // Of the free intercept, which is 0, nothing is kept: by symmetry it goes with nothing. Twice the loss has half the
        // inverse.
        let entry = |i: usize, j: usize| match covariance.values()[i * size + j] {
            // A column that is 0 in all rows of the segment is left out: only the penalty holds its deviation.
            value if value.is_nan() => f64::from(u8::from(i == j)) / strength,
            value => 2.0 * value,
        };
        let inverse = (1..size).map(|i| (1..size).map(|j| entry(i, j)).collect()).collect();
        Ok((fit.coefficients, inverse))
    }
}

/// Of rows and images together.
fn penalty(strength: f64) -> Penalty {
    Penalty::ridge(2.0 * strength)
}

fn not_fitted(rows: usize, columns: usize, source: SolverError) -> TrainingError {
    TrainingError::NotFitted { slice: "training", rows, columns, source }
}

/// What deviations add to the logits of some rows.
pub(super) fn added(deviations: &[f64], columns: &[Vec<f64>], rows: usize) -> Vec<f64> {
    let mut logits = vec![deviations[0]; rows];
    for (column, deviation) in columns.iter().zip(&deviations[1..]) {
        for (logit, value) in logits.iter_mut().zip(column) {
            *logit += deviation * value;
        }
    }
    logits
}
