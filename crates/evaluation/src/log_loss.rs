//! Log loss (cross-entropy).

use crate::Sample;
use crate::tally::Tally;

/// Mean of `-ln p` over churners and `-ln(1 - p)` over stayers, in nats; lower is better.
///
/// Probabilities are first clipped to `[ε, 1 - ε]`, `ε = 2^-52`, as scikit-learn's `log_loss` does: a certain
/// prediction that proves wrong costs 36.04, not infinity. Exact 0s and 1s in a model's output are therefore worth
/// a warning by the caller.
pub fn log_loss(sample: &Sample) -> Option<f64> {
    of(&sample.tally())
}

pub(crate) fn of(tally: &Tally<'_>) -> Option<f64> {
    let losses = tally.predictions.loss_if_churned.iter();
    let sum: f64 = losses
        .zip(&tally.predictions.loss_if_stayed)
        .zip(tally.counts)
        .map(|((churned, stayed), n)| n.churned as f64 * churned + n.stayed as f64 * stayed)
        .sum();
    tally.per_row(sum)
}
