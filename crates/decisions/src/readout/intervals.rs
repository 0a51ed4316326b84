//! Intervals for differences between two independent groups.

use evaluation::Estimate;

use crate::DecisionError;
use crate::error::{each, setting};
use crate::measures::moments;
use crate::numbers::{normal_quantile, student_quantile};

/// Successes among trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Trials that succeeded.
    pub successes: u64,
    /// All of them.
    pub trials: u64,
}

impl Counts {
    pub(crate) fn rate(self) -> f64 {
        self.successes as f64 / self.trials as f64
    }
}

/// The difference of two proportions, first minus second, with an interval of the given level (such as 0.95); no value where a
/// group is empty.
///
/// Newcombe's hybrid score interval: `d - sqrt((p1 - l1)² + (u2 - p2)²)` to `d + sqrt((u1 - p1)² + (p2 - l2)²)` with Wilson's
/// intervals `(l, u)` of the two. Source: R. G. Newcombe 1998, Statistics in Medicine 17:873, method 10.
///
/// # Errors
/// [`DecisionError::Setting`], [`DecisionError::PartExceedsWhole`].
pub fn newcombe(first: Counts, second: Counts, level: f64) -> Result<Estimate, DecisionError> {
    check_level(level)?;
    for Counts { successes, trials } in [first, second] {
        if successes > trials {
            return Err(DecisionError::PartExceedsWhole { what: "successes", part: successes, whole: trials });
        }
    }
    if first.trials == 0 || second.trials == 0 {
        return Ok(Estimate::NONE);
    }
    let z = normal_quantile(0.5 + 0.5 * level);
    let (p1, p2) = (first.rate(), second.rate());
    let ((l1, u1), (l2, u2)) = (wilson(first, z), wilson(second, z));
    let difference = p1 - p2;
    let low = difference - (p1 - l1).hypot(u2 - p2);
    let high = difference + (u1 - p1).hypot(p2 - l2);
    Ok(Estimate::new(difference, Some((low, high)))?)
}

/// The difference of two means, first minus second, with Welch's interval of the given level; without interval where a group has one
/// row, without value where it has none.
///
/// # Errors
/// [`DecisionError::Setting`], [`DecisionError::Row`].
pub fn welch(first: &[f64], second: &[f64], level: f64) -> Result<Estimate, DecisionError> {
    check_level(level)?;
    for values in [first, second] {
        each("value", "a finite number", values, |_| true)?;
    }
    let (Some((mean1, variance1)), Some((mean2, variance2))) = (moments(first), moments(second)) else {
        return Ok(Estimate::NONE);
    };
    let difference = mean1 - mean2;
    let (Some(variance1), Some(variance2)) = (variance1, variance2) else {
        return Ok(Estimate::new(difference, None)?);
    };
    let parts = [(variance1, first.len()), (variance2, second.len())].map(|(v, n)| (v / n as f64, n as f64 - 1.0));
    let half = half_width(&parts, level);
    Ok(Estimate::new(difference, Some((difference - half, difference + half)))?)
}

/// Half the width of an interval for a sum of independent means, from the variance and the degrees of freedom of each:
/// Student's point with the degrees of freedom of Satterthwaite 1946 (Biometrics Bulletin 2:110).
pub(crate) fn half_width(parts: &[(f64, f64)], level: f64) -> f64 {
    let variance: f64 = parts.iter().map(|(variance, _)| variance).sum();
    if variance <= 0.0 {
        return 0.0;
    }
    let degrees = variance * variance / parts.iter().map(|(v, degrees)| v * v / degrees).sum::<f64>();
    student_quantile(0.5 + 0.5 * level, degrees) * variance.sqrt()
}

/// Wilson's score interval at the normal point `z`; there are trials.
fn wilson(counts: Counts, z: f64) -> (f64, f64) {
    let (k, n) = (counts.successes as f64, counts.trials as f64);
    let (centre, total) = (k + 0.5 * z * z, n + z * z);
    let spread = z * (k * (n - k) / n + 0.25 * z * z).sqrt();
    let low = if counts.successes == 0 { 0.0 } else { (centre - spread) / total };
    let high = if counts.successes == counts.trials { 1.0 } else { (centre + spread) / total };
    (low.max(0.0), high.min(1.0))
}

pub(crate) fn check_level(level: f64) -> Result<(), DecisionError> {
    setting("level of the interval", "a share between 0 and 1", level, level > 0.0 && level < 1.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn close(found: Estimate, value: f64, low: f64, high: f64) {
        let all = [found.value().unwrap() - value, found.low().unwrap() - low, found.high().unwrap() - high];
        assert!(all.iter().all(|gap| gap.abs() < 5e-5), "{found:?}");
    }

    #[test]
    fn newcombe_agrees_with_his_table() {
        // Newcombe 1998, table II, method 10.
        let counts = |successes, trials| Counts { successes, trials };
        close(newcombe(counts(56, 70), counts(48, 80), 0.95).unwrap(), 0.2, 0.0524, 0.3339);
        close(newcombe(counts(9, 10), counts(3, 10), 0.95).unwrap(), 0.6, 0.1705, 0.8090);
        close(newcombe(counts(0, 10), counts(0, 10), 0.95).unwrap(), 0.0, -0.2775, 0.2775);
        close(newcombe(counts(10, 10), counts(0, 20), 0.95).unwrap(), 1.0, 0.6791, 1.0);
        assert_eq!(newcombe(counts(0, 0), counts(1, 2), 0.95).unwrap(), Estimate::NONE);
        assert!(newcombe(counts(3, 2), counts(1, 2), 0.95).is_err());
        assert!(newcombe(counts(1, 2), counts(1, 2), 1.0).is_err());
    }

    #[test]
    fn welch_agrees_with_scipy() {
        // scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval(); tests/reference/decisions.py prints it.
        let found = welch(&[4.0, 5.0, 3.0, 5.0, 4.0, 2.0], &[1.0, 2.0, 6.0, 2.0], 0.95).unwrap();
        close(found, 1.083_333, -2.226_813, 4.393_480);
        assert_eq!(welch(&[1.0], &[3.0], 0.95).unwrap(), Estimate::new(-2.0, None).unwrap());
        assert_eq!(welch(&[], &[3.0], 0.95).unwrap(), Estimate::NONE);
        assert_eq!(welch(&[2.0, 2.0], &[3.0, 3.0], 0.95).unwrap(), Estimate::new(-1.0, Some((-1.0, -1.0))).unwrap());
    }
}
