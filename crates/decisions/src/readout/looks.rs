//! One look at the result, or as many as one likes.

use evaluation::Estimate;

use crate::DecisionError;
use crate::error::setting;
use crate::readout::intervals::check_level;

/// How often a result is looked at before it is final.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Looks {
    /// Once, when the label window of every customer is over.
    Once,
    /// Whenever somebody likes, with a decision each time. Intervals are wider, and hold at all looks together.
    Any {
        /// Customers that there will be in the end, both arms together. Intervals are narrowest there; they hold whatever it is.
        planned_customers: u64,
    },
}

/// An interval of the given level that holds at all looks together, however many there are and whatever makes one stop.
///
/// `estimate ± sqrt(V (V + τ²) / τ² · ln((V + τ²) / (V α²)))`, with `V` the squared standard error now: the confidence sequence of the
/// mixture sequential probability ratio test with a normal mixture of variance `τ²`, for estimates that are about normal. Source:
/// H. Robbins 1970, Annals of Mathematical Statistics 41:1397; Johari et al. 2022, Operations Research 70:1806. `τ²` is chosen so
/// that the interval is narrowest where the squared standard error is `planned_variance` (`narrowest_mixture`).
///
/// # Errors
/// [`DecisionError::Setting`].
pub fn always_valid(
    estimate: f64,
    standard_error: f64,
    planned_variance: f64,
    level: f64,
) -> Result<Estimate, DecisionError> {
    check_level(level)?;
    setting("standard error", "0 or more", standard_error, standard_error >= 0.0)?;
    setting("planned variance", "a number above 0", planned_variance, planned_variance > 0.0)?;
    let alpha = 1.0 - level;
    let variance = standard_error * standard_error;
    if variance == 0.0 {
        return Ok(Estimate::new(estimate, Some((estimate, estimate)))?);
    }
    let mixture = planned_variance * narrowest_mixture(alpha);
    let ratio = (variance + mixture) / variance;
    let half = (variance * (variance + mixture) / mixture * (ratio / (alpha * alpha)).ln()).sqrt();
    Ok(Estimate::new(estimate, Some((estimate - half, estimate + half)))?)
}

/// `τ² / V` at which the interval is narrowest: the `r` that solves `r = ln(1 + r) - 2 ln α`, which is where the derivative of the
/// width by `τ²` is 0. By iteration: the right side rises more slowly than the left.
fn narrowest_mixture(alpha: f64) -> f64 {
    let mut ratio = 1.0_f64;
    for _ in 0..200 {
        ratio = ratio.ln_1p() - 2.0 * alpha.ln();
    }
    ratio
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::numbers::normal_quantile;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn no_other_mixture_is_narrower_where_it_was_planned() {
        let (variance, alpha) = (0.04_f64, 0.05_f64);
        let width = |mixture: f64| {
            (variance * (variance + mixture) / mixture * ((variance + mixture) / (variance * alpha * alpha)).ln())
                .sqrt()
        };
        let best = variance * narrowest_mixture(alpha);
        assert!(width(best) < width(best * 1.05) && width(best) < width(best / 1.05));
        let found = always_valid(1.0, 0.2, variance, 0.95).unwrap();
        assert!((found.high().unwrap() - 1.0 - width(best)).abs() < 1e-12);
        assert!(width(best) > 0.2 * normal_quantile(0.975));
    }

    #[test]
    fn twenty_looks_at_nothing_find_something_in_five_percent_at_most() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let (experiments, looks, rows) = (2_000, 20, 50);
        let draw = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
        let mut fooled = [0, 0];
        for _ in 0..experiments {
            let (mut sum, mut n, mut found) = (0.0, 0.0, [false, false]);
            for _ in 0..looks {
                for _ in 0..rows {
                    sum += draw(&mut rng);
                    n += 1.0;
                }
                let (mean, error) = (sum / n, f64::sqrt(1.0 / n));
                let (low, high) = always_valid(mean, error, 1.0 / 1_000.0, 0.95).unwrap().interval().unwrap();
                found[0] |= low > 0.0 || high < 0.0;
                found[1] |= mean.abs() > normal_quantile(0.975) * error;
            }
            for (count, found) in fooled.iter_mut().zip(found) {
                *count += i32::from(found);
            }
        }
        assert!(fooled[0] <= experiments / 20, "{fooled:?}");
        // What it is for: plain intervals find something in a quarter of the experiments.
        assert!(fooled[1] > experiments / 6, "{fooled:?}");
    }

    #[test]
    fn impossible_settings_are_refused() {
        assert!(always_valid(0.0, -1.0, 1.0, 0.95).is_err());
        assert!(always_valid(0.0, 1.0, 0.0, 0.95).is_err());
        assert_eq!(always_valid(2.0, 0.0, 1.0, 0.95).unwrap().interval(), Some((2.0, 2.0)));
    }
}
