//! Many penalties, with warm starts, over folds.

use rayon::prelude::*;

use crate::matrix::Matrix;
use crate::options::Options;
use crate::penalty::Penalty;
use crate::problem::Problem;
use crate::response::Response;
use crate::{Fit, SolverError};

/// Held-out losses of penalties.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// For each penalty, the weighted mean of the held-out losses over all rows.
    pub log_loss: Vec<f64>,
    /// For each fold and penalty, the weighted mean over the fold's rows; not a number for a fold without weight.
    pub by_fold: Vec<Vec<f64>>,
}

impl CrossValidation {
    /// The penalty with the least held-out loss; the first of equals.
    #[must_use]
    pub fn best(&self) -> usize {
        let least = |best: usize, at: usize| if self.log_loss[at] < self.log_loss[best] { at } else { best };
        (0..self.log_loss.len()).fold(0, least)
    }
}

impl Problem<'_> {
    /// Fits under each penalty in turn, each from where the one before ended: give them from strong to weak.
    ///
    /// # Errors
    /// As for [`Problem::fit`].
    pub fn path(&self, penalties: &[Penalty], options: &Options) -> Result<Vec<Fit>, SolverError> {
        let mut fits: Vec<Fit> = Vec::with_capacity(penalties.len());
        for penalty in penalties {
            let fit = match fits.last() {
                Some(near) => self.fit_from(near, penalty, options)?,
                None => self.fit(penalty, options)?,
            };
            fits.push(fit);
        }
        Ok(fits)
    }
}

/// Leaves out each group of the matrix in turn, fits the penalties (from strong to weak) on the others and takes the loss of
/// the rows left out. Folds run in parallel, in the pool that is there: calls may themselves run in parallel.
///
/// # Errors
/// As for [`Problem::fit`]; of several, that of the first fold.
pub fn cross_validate(
    matrix: &Matrix<'_>,
    response: &Response,
    penalties: &[Penalty],
    options: &Options,
) -> Result<CrossValidation, SolverError> {
    let fold = |group: usize| -> Result<(Vec<f64>, f64), SolverError> {
        let held_out = Problem::only_group(matrix, response, group)?;
        let fits = Problem::without_group(matrix, response, group)?.path(penalties, options)?;
        let losses: Result<Vec<f64>, SolverError> = fits.iter().map(|fit| held_out.log_loss(fit)).collect();
        Ok((losses?, held_out.weight()))
    };
    let folds: Vec<Result<_, SolverError>> = (0..matrix.groups()).into_par_iter().map(fold).collect();
    let folds: Vec<(Vec<f64>, f64)> = folds.into_iter().collect::<Result<_, _>>()?;
    let weight: f64 = folds.iter().map(|(_, weight)| weight).sum();
    let total = |at: usize| folds.iter().map(|(losses, _)| losses[at]).sum::<f64>() / weight;
    Ok(CrossValidation {
        log_loss: (0..penalties.len()).map(total).collect(),
        by_fold: folds.iter().map(|(losses, weight)| losses.iter().map(|loss| loss / weight).collect()).collect(),
    })
}
