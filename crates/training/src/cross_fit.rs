//! Logits of customers from models that never saw them.

use rayon::prelude::*;

use crate::TrainingError;
use crate::customers::FOLDS;
use crate::design::{Design, Recipe};
use crate::fit::Fitted;
use crate::forgetting::sample_of;
use crate::rows::Rows;

/// With more rows than this, one fold is fitted after the other, each by all threads: so many designs at once would not fit
/// into memory.
const ROWS_OF_SEVERAL: usize = 200_000;

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
    let folds: Result<Vec<_>, TrainingError> = match over.len() > ROWS_OF_SEVERAL {
        true => (0..FOLDS).map(of_fold).collect(),
        false => (0..FOLDS).into_par_iter().map(of_fold).collect(),
    };
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
    let model = sample_of((rows, &fitted_on), (&columns, &outcomes), recipe.half_life)?.fit_from(near, lambda)?;
    drop(columns);
    let predicted: Vec<usize> = wanted.iter().map(|at| targets[*at]).collect();
    let logits = model.logits(&design.columns(rows, &predicted));
    Ok(wanted.into_iter().zip(logits).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use feature_engineering::by_name;

    use crate::train_tests::Draws;

    const ROWS: usize = 600;

    /// Two features and labels that follow from them; rows fall into the folds in turn.
    fn drawn() -> Rows {
        let mut draws = Draws(11);
        let features = ["recency_days", "frequency"].map(|name| by_name(name).unwrap().clone()).to_vec();
        let columns: Vec<Vec<f64>> = (0..2).map(|_| (0..ROWS).map(|_| 3.0 * draws.next()).collect()).collect();
        let churned = (0..ROWS).map(|row| draws.next() < 1.0 / (1.0 + (1.0 - columns[0][row]).exp())).collect();
        Rows::toy(features, columns, churned)
    }

    fn logits(rows: &Rows, targets: &[usize]) -> Vec<f64> {
        let all: Vec<usize> = (0..ROWS).collect();
        out_of_fold_logits(rows, &all, targets, (&Recipe::lines(&[0, 1]), None), 1e-3).unwrap()
    }

    #[test]
    fn a_customer_is_predicted_by_what_was_fitted_without_any_row_of_its_fold() {
        let rows = drawn();
        let targets: Vec<usize> = (0..ROWS).step_by(3).collect();
        let expected = logits(&rows, &targets);
        let fold = 2;
        // Other labels for the whole fold, and other values for those of its rows that are not predicted: neither the
        // coefficients nor the scaler of its model may have seen them.
        let mut other = drawn();
        for row in (0..ROWS).filter(|row| rows.fold[*row] == fold) {
            other.churned[row] = !other.churned[row];
            if !targets.contains(&row) {
                other.columns.iter_mut().for_each(|column| column[row] = 1e6);
            }
        }
        let (mut same, mut moved) = (0, 0);
        for ((target, before), after) in targets.iter().zip(&expected).zip(logits(&other, &targets)) {
            if rows.fold[*target] == fold {
                assert_eq!(before.to_bits(), after.to_bits(), "row {target}");
                same += 1;
            } else {
                moved += usize::from(*before != after);
            }
        }
        assert!(same == 40 && moved == targets.len() - same, "{same} {moved} of {}", targets.len());
    }

    #[test]
    fn all_rows_of_a_customer_are_in_one_fold() {
        use crate::customers::CustomerHashes;
        use crate::train_tests::{export, shop};
        let hashes = CustomerHashes::of(&export(&shop(200)), 1);
        let again = CustomerHashes::of(&export(&shop(300)), 1);
        // By the id alone: whoever else is in the export.
        assert!((0..200).all(|customer| hashes.fold(customer) == again.fold(customer)));
        assert!((0..FOLDS).all(|fold| (0..200).any(|customer| hashes.fold(customer) == fold)));
    }
}
