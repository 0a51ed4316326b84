//! Average precision: the area under the precision-recall steps.

use crate::Sample;
use crate::tally::Tally;

/// Average precision; `None` with one class.
///
/// `Σ_k (R_k - R_{k-1}) P_k` over the distinct probabilities from the highest down, with precision `P_k` and recall
/// `R_k` of the rows at or above the k-th: steps, not trapezoids, which would be too kind (Davis & Goadrich 2006,
/// ICML; the definition of scikit-learn's `average_precision_score`). The value without skill is the churn rate.
pub fn average_precision(sample: &Sample) -> Option<f64> {
    of(&sample.tally())
}

pub(crate) fn of(tally: &Tally<'_>) -> Option<f64> {
    if !tally.has_both_classes() {
        return None;
    }
    let (mut churned, mut rows) = (0, 0);
    let mut sum = 0.0;
    for count in tally.counts.iter().rev() {
        churned += count.churned;
        rows += count.rows();
        if count.churned > 0 {
            sum += count.churned as f64 * (churned as f64 / rows as f64);
        }
    }
    Some(sum / tally.churners as f64)
}
