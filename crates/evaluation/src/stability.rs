//! The population stability index of two sets of counts, and its law where nothing has moved.
//!
//! Source: Siddiqi, "Credit Risk Scorecards" (2006), for the index; Yurdakul and Naranjo, "Statistical properties of the population
//! stability index", Journal of Risk Model Validation 14 (2020), for its law: `(1/n + 1/m)` times a chi-squared variable with
//! one degree of freedom less than there are bins.

use crate::chi_square::upper_tail;

/// A bin of which fewer than so many are expected on either side is put together with the one before: the law is one of large
/// counts.
const LEAST_EXPECTED: f64 = 5.0;

/// How far two distributions over the same bins are apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StabilityIndex {
    /// The index.
    pub value: f64,
    /// Degrees of freedom of its law.
    pub degrees: u32,
    /// What a chi-squared variable is multiplied with: `1/n + 1/m`.
    pub scale: f64,
}

impl StabilityIndex {
    /// The index of counts before and now, bin by bin; `None` where either side is empty. Half a count is added to each bin, so that
    /// an empty one has a logarithm.
    #[must_use]
    pub fn of(before: &[u64], now: &[u64]) -> Option<Self> {
        let (n, m): (u64, u64) = (before.iter().sum(), now.iter().sum());
        if n == 0 || m == 0 {
            return None;
        }
        let (n, m) = (n as f64, m as f64);
        let mut bins: Vec<(f64, f64)> = Vec::with_capacity(before.len());
        let expected = |(b, a): (f64, f64)| (b + a) / (n + m) * n.min(m);
        for pair in before.iter().zip(now).map(|(before, now)| (*before as f64, *now as f64)) {
            match bins.last_mut() {
                Some(last) if expected(pair) < LEAST_EXPECTED || expected(*last) < LEAST_EXPECTED => {
                    *last = (last.0 + pair.0, last.1 + pair.1);
                }
                _ => bins.push(pair),
            }
        }
        let smoothed = 0.5 * bins.len() as f64;
        let term = |(before, now): &(f64, f64)| {
            let (p, q) = ((before + 0.5) / (n + smoothed), (now + 0.5) / (m + smoothed));
            (q - p) * (q / p).ln()
        };
        let degrees = u32::try_from(bins.len().max(2) - 1).unwrap_or(u32::MAX);
        Some(Self { value: bins.iter().map(term).sum(), degrees, scale: 1.0 / n + 1.0 / m })
    }

    /// How often chance alone gives an index at least as large, where both sets of customers were drawn independently from one
    /// distribution. Where many customers are in both sets, it is less often than that.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        upper_tail((self.value / self.scale).max(0.0), self.degrees)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_index_is_that_of_its_definition() {
        // p = 10 x 0.1, q = (0.12, 0.11, 5 x 0.1, 3 x 0.09): 0.0077603; tests/reference/monitor.py.
        let now =
            [1_200_000, 1_100_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 900_000, 900_000, 900_000];
        let index = StabilityIndex::of(&[1_000_000; 10], &now).unwrap();
        assert!((index.value - 0.007_760_3).abs() < 1e-6, "{index:?}");
        assert_eq!(index.degrees, 9);
        assert!(index.p_value() < 1e-12);
    }

    #[test]
    fn the_law_without_a_shift_is_the_one_of_the_paper() {
        // 95 % points for ten bins: 0.0338 with a thousand on each side, 0.0034 with ten thousand.
        for (n, point) in [(1_000.0, 0.033_84), (10_000.0, 0.003_384)] {
            let index = StabilityIndex { value: point, degrees: 9, scale: 2.0 / n };
            assert!((index.p_value() - 0.05).abs() < 1e-3, "{n}: {}", index.p_value());
        }
    }

    #[test]
    fn bins_of_few_are_put_together_and_nobody_is_no_index() {
        let index = StabilityIndex::of(&[500, 3, 500, 0], &[490, 4, 510, 1]).unwrap();
        assert_eq!(index.degrees, 1, "{index:?}");
        assert!(index.p_value() > 0.3);
        assert_eq!(StabilityIndex::of(&[0, 0], &[3, 4]), None);
        let same = StabilityIndex::of(&[7], &[9]).unwrap();
        assert_eq!((same.value, same.p_value()), (0.0, 1.0));
    }
}
