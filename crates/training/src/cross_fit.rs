//! Logits of customers from models that never saw them.

use rayon::prelude::*;

use crate::TrainingError;
use crate::customers::FOLDS;
use crate::design::{Design, Recipe};
use crate::fit::{Fitted, Sample};
use crate::rows::Rows;

/// Logits of the `targets`, each from a model fitted on the rows (out of `over`) of all customers outside its fold, with
/// a design of that model's own. `near` is a model of all rows, from which the search begins.
pub(crate) fn out_of_fold_logits(
    rows: &Rows,
    over: &[usize],
    targets: &[usize],
    (recipe, near): (&Recipe, Option<&Fitted>),
    lambda: f64,
) -> Result<Vec<f64>, TrainingError> {
    let near = (recipe, near);
    let of_fold = |fold: u8| logits_of_fold((rows, &rows.churned), over, targets, near, lambda, fold);
    let folds: Result<Vec<_>, TrainingError> = (0..FOLDS).into_par_iter().map(of_fold).collect();
    let mut logits = vec![0.0; targets.len()];
    for (at, logit) in folds?.into_iter().flatten() {
        logits[at] = logit;
    }
    Ok(logits)
}

/// The same of the targets in one fold, each with its place among the targets; `churned` has an outcome for each of the rows.
pub(crate) fn logits_of_fold(
    (rows, churned): (&Rows, &[bool]),
    over: &[usize],
    targets: &[usize],
    (recipe, near): (&Recipe, Option<&Fitted>),
    lambda: f64,
    fold: u8,
) -> Result<Vec<(usize, f64)>, TrainingError> {
    let wanted: Vec<usize> = (0..targets.len()).filter(|at| rows.fold[targets[*at]] == fold).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let fitted_on = rows.outside_fold(over, fold);
    let design = Design::fit(rows, &fitted_on, recipe)?;
    let outcomes: Vec<bool> = fitted_on.iter().map(|row| churned[*row]).collect();
    let columns = design.columns(rows, &fitted_on);
    let model = Sample::new(&columns, &outcomes, "training")?.fit_from(near, lambda)?;
    drop(columns);
    let predicted: Vec<usize> = wanted.iter().map(|at| targets[*at]).collect();
    let logits = model.logits(&design.columns(rows, &predicted));
    Ok(wanted.into_iter().zip(logits).collect())
}
