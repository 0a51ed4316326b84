//! Brier score and Brier skill score.

use crate::Sample;
use crate::tally::Tally;

/// Mean of `(p - y)²` (Brier 1950, Monthly Weather Review 78:1); lower is better.
pub fn brier(sample: &Sample) -> Option<f64> {
    of(&sample.tally())
}

/// `1 - Brier / (ȳ (1 - ȳ))`: the share of the loss of always predicting the observed rate `ȳ` that the predictions
/// save. 0 is no skill, negative is worse than the rate alone; `None` with one class, where that loss is 0.
pub fn brier_skill(sample: &Sample) -> Option<f64> {
    skill_of(&sample.tally())
}

pub(crate) fn of(tally: &Tally<'_>) -> Option<f64> {
    let sum: f64 =
        tally.rising().map(|(p, n)| n.churned as f64 * (1.0 - p).powi(2) + n.stayed as f64 * p.powi(2)).sum();
    tally.per_row(sum)
}

pub(crate) fn skill_of(tally: &Tally<'_>) -> Option<f64> {
    if !tally.has_both_classes() {
        return None;
    }
    let rate = tally.churners as f64 / tally.rows as f64;
    of(tally).map(|brier| 1.0 - brier / (rate * (1.0 - rate)))
}
