//! Correcting an estimate for having been believed only because it passed a test.
//!
//! What passes a test by a hair is, on average, much smaller than it looks: of weak effects only the lucky estimates pass (the winner's
//! curse). Given that it passed, the likelihood of a normal estimate is that of a normal distribution without its middle; where that is
//! largest is the corrected estimate. What passes by far stays as it is. Source: Zhong & Prentice 2008, Biostatistics 9:621, the
//! conditional maximum likelihood estimator; Zöllner & Pritchard 2007, American Journal of Human Genetics 80:605.

use crate::numbers::{normal_cdf, normal_quantile};

/// Beyond this there is nothing left to correct: two parts in a thousand million at a test of 5 %.
const FAR: f64 = 8.0;
/// Halvings in the search: to the last digit.
const HALVINGS: usize = 80;

/// The share of an estimate that is left of it, 0 to 1, given that it passed a two-sided test at error rate `alpha` with this probability
/// `p_value`; 0 for one that did not pass.
pub(super) fn share_kept(p_value: f64, alpha: f64) -> f64 {
    if p_value.is_nan() || p_value >= alpha {
        return 0.0;
    }
    let (z, cut) = (normal_quantile(1.0 - 0.5 * p_value), normal_quantile(1.0 - 0.5 * alpha));
    if z >= FAR {
        return 1.0;
    }
    // The likelihood is largest where the mean of what passes is what was found. That mean rises with the effect.
    let (mut low, mut high) = (0.0, z);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if mean_of_what_passes(middle, cut) < z {
            low = middle;
        } else {
            high = middle;
        }
    }
    (0.5 * (low + high) / z).clamp(0.0, 1.0)
}

/// Mean of a normal number with this mean and variance 1, given that it lies beyond `cut` on either side.
fn mean_of_what_passes(mean: f64, cut: f64) -> f64 {
    let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let passes = normal_cdf(mean - cut) + normal_cdf(-mean - cut);
    mean + (density(cut - mean) - density(cut + mean)) / passes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two-sided probability of a z value.
    fn p(z: f64) -> f64 {
        2.0 * normal_cdf(-z)
    }

    #[test]
    fn what_passes_by_a_hair_is_mostly_luck_and_what_passes_by_far_stays() {
        // scipy 1.17.1: optimize.minimize_scalar of the truncated normal's negative log-likelihood at a test of 5 %.
        for (z, kept) in REFERENCE {
            assert!((share_kept(p(z), 0.05) - kept).abs() < 1e-6, "{z}: {}", share_kept(p(z), 0.05));
        }
        assert_eq!((share_kept(0.05, 0.05), share_kept(0.7, 0.05), share_kept(f64::NAN, 0.05)), (0.0, 0.0, 0.0));
        assert_eq!((share_kept(0.0, 0.05), share_kept(1e-300, 0.05)), (1.0, 1.0));
    }

    #[test]
    fn more_evidence_never_means_less_kept() {
        let kept: Vec<f64> = (0..400).map(|i| share_kept(p(1.97 + f64::from(i) / 60.0), 0.05)).collect();
        assert!(kept.windows(2).all(|pair| pair[1] >= pair[0] - 1e-9));
    }

    const REFERENCE: [(f64, f64); 5] =
        [(2.0, 0.251_933_770), (2.3, 0.320_879_282), (2.6, 0.566_584_055), (3.0, 0.840_810_436), (4.0, 0.985_693_175)];
}
