//! Where a probability stands among those of all eligible customers.

/// Share of the probabilities below each one, from 0 to 100; ties count half, so that tied customers share the middle
/// of their ranks and the mean over all customers is 50.
///
/// This is the one score that depends on who else is scored.
#[must_use]
pub fn risk_percentiles(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_unstable_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    let n = probabilities.len() as f64;
    let mut percentiles = vec![0.0; probabilities.len()];
    let mut below = 0;
    for tied in order.chunk_by(|a, b| probabilities[*a] == probabilities[*b]) {
        let percentile = 100.0 * (below as f64 + tied.len() as f64 / 2.0) / n;
        for row in tied {
            percentiles[*row] = percentile;
        }
        below += tied.len();
    }
    percentiles
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
