//! How large a hold-out has to be.

use crate::DecisionError;
use crate::error::setting;
use crate::numbers::{normal_cdf, normal_quantile};
use crate::readout::intervals::check_level;

/// Customers of the two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleSize {
    /// In the hold-out.
    pub held_out: u64,
    /// Contacted.
    pub treated: u64,
    /// Probability that a two-sided test tells the arms apart, if the effect is as expected.
    pub power: f64,
}

/// Power of the two-sided test of two proportions at error rate `alpha`, continuity corrected:
///
/// `Φ((|p1 - p2| - (1/n1 + 1/n2) / 2 - z sqrt(p q (1/n1 + 1/n2))) / sqrt(p1 q1 / n1 + p2 q2 / n2))`, with `p` the share of both
/// groups together. Source: Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, chapter 4, solved for the
/// power; the correction keeps it from promising too much.
///
/// # Errors
/// [`DecisionError::Setting`].
pub fn power_of_two_proportions(first: (f64, u64), second: (f64, u64), alpha: f64) -> Result<f64, DecisionError> {
    check_level(alpha)?;
    let ((p1, n1), (p2, n2)) = (first, second);
    for p in [p1, p2] {
        setting("proportion", "a share from 0 to 1", p, (0.0..=1.0).contains(&p))?;
    }
    if n1 == 0 || n2 == 0 || p1 == p2 {
        return Ok(0.0);
    }
    let (n1, n2) = (n1 as f64, n2 as f64);
    let both = (n1 * p1 + n2 * p2) / (n1 + n2);
    let parts = 1.0 / n1 + 1.0 / n2;
    let needed = normal_quantile(1.0 - 0.5 * alpha) * (both * (1.0 - both) * parts).sqrt() + 0.5 * parts;
    let spread = (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2).sqrt();
    let above = (p1 - p2).abs() - needed;
    if spread == 0.0 {
        return Ok(if above > 0.0 { 1.0 } else { 0.0 });
    }
    Ok(normal_cdf(above / spread))
}

/// The smallest hold-out out of `customers` with which an effect from `untreated` to `treated` (shares who churn, or who stay) is found with the
/// power asked for, at error rate `alpha`; at most `most` (a share) of the customers. Where even those do not reach the power, they are
/// the answer, with the power that they do reach.
///
/// # Errors
/// [`DecisionError::Setting`].
pub fn sample_size_for_two_proportions(
    customers: u64,
    untreated: f64,
    treated: f64,
    power: f64,
    alpha: f64,
    most: f64,
) -> Result<SampleSize, DecisionError> {
    setting("power", "a share between 0 and 1", power, power > 0.0 && power < 1.0)?;
    setting("largest hold-out", "a share from 0 to 0.5", most, (0.0..=0.5).contains(&most))?;
    let of = |held_out: u64| power_of_two_proportions((untreated, held_out), (treated, customers - held_out), alpha);
    let size = |held_out: u64| -> Result<SampleSize, DecisionError> {
        Ok(SampleSize { held_out, treated: customers - held_out, power: of(held_out)? })
    };
    let largest = (most * customers as f64).floor() as u64;
    if of(largest)? < power {
        return size(largest);
    }
    // Up to half, more held out means more power.
    let (mut too_few, mut enough) = (0, largest);
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if of(middle)? < power {
            too_few = middle;
        } else {
            enough = middle;
        }
    }
    size(enough)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn agrees_with_the_sizes_of_the_textbook() {
        // Fleiss, Levin & Paik 2003, table A.4: p1 = 0.25, p2 = 0.40, two-sided 5 %, 80 %: 165 in each group.
        let power = |n| power_of_two_proportions((0.25, n), (0.4, n), 0.05).unwrap();
        assert!(power(164) < 0.8 && power(165) >= 0.8, "{} {}", power(164), power(165));
    }

    #[test]
    fn the_hold_out_is_the_smallest_that_will_do() {
        let found = sample_size_for_two_proportions(20_000, 0.30, 0.25, 0.8, 0.05, 0.5).unwrap();
        let power = |held_out| power_of_two_proportions((0.30, held_out), (0.25, 20_000 - held_out), 0.05).unwrap();
        assert!(power(found.held_out) >= 0.8 && power(found.held_out - 1) < 0.8);
        assert!((600..800).contains(&found.held_out), "{found:?}");
        let never = sample_size_for_two_proportions(200, 0.30, 0.29, 0.8, 0.05, 0.25).unwrap();
        assert!(never.held_out == 50 && never.power < 0.1);
        assert_eq!(sample_size_for_two_proportions(0, 0.3, 0.2, 0.8, 0.05, 0.5).unwrap().power, 0.0);
        assert!(sample_size_for_two_proportions(9, 0.3, 0.2, 1.0, 0.05, 0.5).is_err());
    }
}
