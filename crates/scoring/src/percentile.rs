//! Where a probability stands among those of all eligible customers.

use rayon::prelude::*;

/// The probabilities of all eligible customers, sorted: eight bytes of each, whatever else is known of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranks(Vec<f64>);

impl Ranks {
    /// Of the probabilities of all eligible customers, in any order.
    #[must_use]
    pub fn of(mut probabilities: Vec<f64>) -> Self {
        probabilities.par_sort_unstable_by(f64::total_cmp);
        Self(probabilities)
    }

    /// Where one of these probabilities stands: share of them below it, from 0 to 100; ties count half, so that tied
    /// customers share the middle of their ranks and the mean over all customers is 50.
    #[must_use]
    pub fn percentile(&self, probability: f64) -> f64 {
        let below = self.0.partition_point(|other| *other < probability);
        let tied = self.0[below..].partition_point(|other| *other <= probability);
        100.0 * (below as f64 + tied as f64 / 2.0) / self.0.len() as f64
    }
}

/// The percentile of each one among all of them, see [`Ranks::percentile`].
///
/// This is the one score that depends on who else is scored.
#[must_use]
pub fn risk_percentiles(probabilities: &[f64]) -> Vec<f64> {
    let ranks = Ranks::of(probabilities.to_vec());
    probabilities.par_iter().map(|probability| ranks.percentile(*probability)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tied_customers_share_the_middle_of_their_ranks() {
        assert_eq!(risk_percentiles(&[0.9, 0.2, 0.2, 0.4]), [87.5, 25.0, 25.0, 62.5]);
        assert_eq!(risk_percentiles(&[0.3, 0.3, 0.3]), [50.0; 3]);
        assert_eq!(risk_percentiles(&[]), [0.0; 0]);
    }
}
