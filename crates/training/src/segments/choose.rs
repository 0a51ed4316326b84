//! How strongly segments are pooled, or whether there are any: by log-loss on dates or customers that the models have not seen.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::SegmentColumn;
use super::pooled::{Pooled, added};
use super::said::{SegmentChoice, StrengthTrial};
use super::values::Values;
use crate::TrainingError;
use crate::customers::FOLDS;
use crate::design::{Design, Recipe};
use crate::fit::Fitted;
use crate::forgetting::{sample_of, weights};
use crate::penalty::{Choice, TIE, losses, mean, rounded};
use crate::rows::Rows;
use crate::slices::Selection;

/// Ridges against the summed loss, in half decades from strong to weak: standard deviations of what segments differ by from
/// 0.003 to 1 per standard deviation of a feature.
pub(super) const STRENGTHS: [f64; 11] = [
    1e5,
    3.162_277_660_168_379_5e4,
    1e4,
    3.162_277_660_168_379_5e3,
    1e3,
    3.162_277_660_168_379_5e2,
    1e2,
    3.162_277_660_168_379_5e1,
    1e1,
    3.162_277_660_168_379_5,
    1.0,
];

/// A chosen strength; none where the global model alone is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pooling {
    pub(crate) strength: Option<f64>,
    pub(crate) said: SegmentChoice,
}

/// Chooses as the penalty was chosen: on the selection date with the dates that are kept, or by leaving out customers. The
/// strongest pooling that ties with the best is taken, and kept if its gain over the global model is more than a tie and more
/// than its standard error.
pub(crate) fn choose(
    column: SegmentColumn<'_>,
    rows: &Rows,
    columns: &[usize],
    (choice, selection): (&Choice, Option<&Selection>),
) -> Result<Pooling, TrainingError> {
    let recipe = Recipe {
        columns: columns.to_vec(),
        shapes: choice.shapes,
        found: choice.found.clone(),
        half_life: choice.half_life,
    };
    match selection.filter(|_| choice.on_a_date) {
        Some(selection) => {
            let newest = selection.training.len().saturating_sub(choice.dates.unwrap_or(usize::MAX));
            let fitted_on = rows.on(&selection.training[newest..]);
            let predicted = rows.on(&[selection.as_of]);
            let whole = Part::fit(rows, (&recipe, None), choice.lambda, fitted_on, (0..predicted.len()).collect())?;
            let values = Values::choose(column, rows, &whole.fitted_on, 1 + whole.design.len());
            tried(column, rows, values, (&[whole], &predicted))
        }
        None => {
            let all: Vec<usize> = (0..rows.len()).collect();
            let parts = Part::folds(rows, &all, &all, (&recipe, None), choice.lambda)?;
            let parameters = parts.iter().map(|part| 1 + part.design.len()).max().unwrap_or(1);
            let values = Values::choose(column, rows, &all, parameters);
            tried(column, rows, values, (&parts, &all))
        }
    }
}

fn tried(
    column: SegmentColumn<'_>,
    rows: &Rows,
    values: Values,
    (parts, targets): (&[Part], &[usize]),
) -> Result<Pooling, TrainingError> {
    let places = values.places(column, rows);
    let own = values.own();
    let mut said = SegmentChoice::of(&values);
    if own.is_empty() || targets.is_empty() {
        return Ok(Pooling { strength: None, said });
    }
    let predicted = predict(rows, parts, targets, (&places, &own), Strengths::Tried(&STRENGTHS))?;
    let outcomes = rows.outcomes(targets);
    let global = losses(&predicted.global, &outcomes);
    let of_strengths: Vec<Vec<f64>> = predicted.pooled.iter().map(|logits| losses(logits, &outcomes)).collect();
    said.trials = STRENGTHS
        .iter()
        .zip(&of_strengths)
        .map(|(strength, losses)| StrengthTrial { strength: *strength, log_loss: rounded(mean(losses)) })
        .collect();
    let least = said.trials.iter().map(|trial| trial.log_loss).fold(f64::INFINITY, f64::min);
    let at = said.trials.iter().position(|trial| trial.log_loss <= least + TIE).unwrap_or(0);
    let customers: Vec<u32> = targets.iter().map(|row| rows.customer[*row]).collect();
    let (gain, error) = gain(&global, &of_strengths[at], &customers);
    said.kept = gain > TIE && gain > error;
    said.strength = said.kept.then_some(STRENGTHS[at]);
    said.global_log_loss = Some(rounded(mean(&global)));
    said.log_loss = Some(said.trials[at].log_loss);
    said.gain = Some(rounded(gain));
    said.standard_error = error.is_finite().then(|| rounded(error));
    Ok(Pooling { strength: said.strength, said })
}

/// By how much the mean loss falls, and the standard error of that: rows of one customer count as one (Cochran 1977, Sampling
/// Techniques, ch. 9A). It is infinite for one customer.
fn gain(before: &[f64], after: &[f64], customers: &[u32]) -> (f64, f64) {
    let differences: Vec<f64> = before.iter().zip(after).map(|(before, after)| before - after).collect();
    let (n, gain) = (differences.len() as f64, mean(&differences));
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for (customer, difference) in customers.iter().zip(&differences) {
        *sums.entry(*customer).or_default() += difference - gain;
    }
    let clusters = sums.len() as f64;
    let squares: f64 = sums.values().map(|sum| sum * sum).sum();
    let error = if sums.len() < 2 { f64::INFINITY } else { (clusters / (clusters - 1.0) * squares).sqrt() / n };
    (gain, error)
}

/// A global model and what it predicts: `predicted` are places among the targets.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) design: Design,
    fitted: Fitted,
    fitted_on: Vec<usize>,
    /// Of the rows fitted on, where they do not count alike.
    weights: Option<Vec<f64>>,
    predicted: Vec<usize>,
}

impl Part {
    fn fit(
        rows: &Rows,
        (recipe, near): (&Recipe, Option<&Fitted>),
        lambda: f64,
        fitted_on: Vec<usize>,
        predicted: Vec<usize>,
    ) -> Result<Self, TrainingError> {
        let design = Design::fit(rows, &fitted_on, recipe)?;
        let columns = design.columns(rows, &fitted_on);
        let of = (columns.as_slice(), rows.outcomes(&fitted_on));
        let fitted = sample_of((rows, &fitted_on), (of.0, &of.1), recipe.half_life)?.fit_from(near, lambda)?;
        let weights = weights(rows, &fitted_on, recipe.half_life);
        Ok(Self { design, fitted, fitted_on, weights, predicted })
    }

    /// One for each fold of customers, fitted on those outside of it; see [`crate::cross_fit`].
    pub(super) fn folds(
        rows: &Rows,
        over: &[usize],
        targets: &[usize],
        of: (&Recipe, Option<&Fitted>),
        lambda: f64,
    ) -> Result<Vec<Self>, TrainingError> {
        let of_fold = |fold: u8| -> Option<Result<Self, TrainingError>> {
            let wanted: Vec<usize> = (0..targets.len()).filter(|at| rows.fold[targets[*at]] == fold).collect();
            (!wanted.is_empty()).then(|| Self::fit(rows, of, lambda, rows.outside_fold(over, fold), wanted))
        };
        (0..FOLDS).into_par_iter().filter_map(of_fold).collect()
    }
}

/// Logits of targets by the global models, and with the deviations of the segments at each strength.
#[derive(Debug)]
pub(super) struct Predicted {
    pub(super) global: Vec<f64>,
    pub(super) pooled: Vec<Vec<f64>>,
}

/// The strengths of deviations, and how exactly they are fitted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Strengths<'a> {
    /// Many, strongest first, to compare them.
    Tried(&'a [f64]),
    /// One, to the last digits.
    Chosen(f64),
}

/// Logits of the targets, where row `r` is of the value `places[r]`, and the values `own` have models of their own. All parts
/// and segments are one parallel iterator; the strengths of a segment are one path, since each starts where the stronger one
/// ended and all share the packed rows.
pub(super) fn predict(
    rows: &Rows,
    parts: &[Part],
    targets: &[usize],
    (places, own): (&[Option<usize>], &[usize]),
    strengths: Strengths<'_>,
) -> Result<Predicted, TrainingError> {
    let mut global = vec![0.0; targets.len()];
    for part in parts {
        let of_part: Vec<usize> = part.predicted.iter().map(|at| targets[*at]).collect();
        let logits = part.fitted.logits(&part.design.columns(rows, &of_part));
        part.predicted.iter().zip(logits).for_each(|(at, logit)| global[*at] = logit);
    }
    let tasks: Vec<(&Part, usize)> =
        parts.iter().flat_map(|part| own.iter().map(move |place| (part, *place))).collect();
    let of_segment = |(part, place): (&Part, usize)| -> Result<(Vec<usize>, Vec<Vec<f64>>), TrainingError> {
        let is_of = |row: &usize| places[*row] == Some(place);
        let at: Vec<usize> = (0..part.fitted_on.len()).filter(|at| is_of(&part.fitted_on[*at])).collect();
        let fitted_on: Vec<usize> = at.iter().map(|at| part.fitted_on[*at]).collect();
        let weights = part.weights.as_ref().map(|of_all| at.iter().map(|at| of_all[*at]).collect::<Vec<f64>>());
        let wanted: Vec<usize> = part.predicted.iter().copied().filter(|at| is_of(&targets[*at])).collect();
        let columns = part.design.columns(rows, &fitted_on);
        let of_part = (part.fitted.logits(&columns), weights.as_deref());
        let pooled = Pooled::new(&columns, &rows.outcomes(&fitted_on), (&of_part.0, of_part.1))?;
        let deviations = match strengths {
            Strengths::Tried(strengths) => pooled.path(strengths)?,
            Strengths::Chosen(strength) => vec![pooled.fit(strength)?.0],
        };
        let of_wanted: Vec<usize> = wanted.iter().map(|at| targets[*at]).collect();
        let columns = part.design.columns(rows, &of_wanted);
        let logits = deviations.iter().map(|deviations| added(deviations, &columns, wanted.len())).collect();
        Ok((wanted, logits))
    };
    let found: Vec<(Vec<usize>, Vec<Vec<f64>>)> = tasks.into_par_iter().map(of_segment).collect::<Result<_, _>>()?;
    let count = match strengths {
        Strengths::Tried(strengths) => strengths.len(),
        Strengths::Chosen(_) => 1,
    };
    let mut pooled = vec![global.clone(); count];
    for (wanted, logits) in found {
        for (pooled, logits) in pooled.iter_mut().zip(logits) {
            wanted.iter().zip(logits).for_each(|(at, added)| pooled[*at] += added);
        }
    }
    Ok(Predicted { global, pooled })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_counts_customers_and_not_rows() {
        let (before, after) = ([0.5, 0.7, 0.6, 0.4], [0.4, 0.5, 0.6, 0.3]);
        let (found, error) = gain(&before, &after, &[0, 1, 2, 3]);
        // Differences 0.1, 0.2, 0, 0.1: mean 0.1, standard deviation sqrt(0.02 / 3).
        assert!((found - 0.1).abs() < 1e-15 && (error - (0.02_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-15);
        // Two customers: sums of 0.1 and -0.1 about the mean.
        let (_, error) = gain(&before, &after, &[0, 0, 1, 1]);
        assert!((error - (2.0_f64 * 0.02).sqrt() / 4.0).abs() < 1e-15, "{error}");
        assert_eq!(gain(&before, &after, &[0; 4]).1, f64::INFINITY);
    }
}
