//! Mean prediction, observed rate, and their ratio.

use crate::Sample;

/// Mean predicted probability.
pub fn mean_predicted(sample: &Sample) -> f64 {
    let tally = sample.tally();
    // A mean of equal values may round past them; it stays a probability.
    (tally.expected_churners() / tally.rows as f64).clamp(0.0, 1.0)
}

/// Share of rows that churned.
pub fn observed_rate(sample: &Sample) -> f64 {
    let tally = sample.tally();
    tally.churners as f64 / tally.rows as f64
}

/// Observed over expected churners, O:E; 1 is ideal, above 1 means that churn was underestimated. `None` where every
/// probability is 0.
pub fn observed_to_expected(sample: &Sample) -> Option<f64> {
    let tally = sample.tally();
    let expected = tally.expected_churners();
    let ratio = tally.churners as f64 / expected;
    // A sum of the smallest floats can be positive and still too small to divide by.
    (expected > 0.0 && ratio.is_finite()).then_some(ratio)
}
