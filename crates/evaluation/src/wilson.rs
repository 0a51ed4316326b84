//! Wilson's interval for a proportion.

/// The 97.5 % point of the standard normal distribution.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// The 95 % score interval of `successes` out of `trials`, within `[0, 1]`; `None` where `trials` is 0 or smaller than
/// `successes`.
///
/// `(k + z²/2 ± z √(k(n-k)/n + z²/4)) / (n + z²)` (Wilson 1927, JASA 22:209). Unlike the normal approximation it
/// stays within the unit interval and has a width where all or none succeed. It takes trials as independent.
pub fn wilson_interval(successes: u64, trials: u64) -> Option<(f64, f64)> {
    if trials == 0 || successes > trials {
        return None;
    }
    Some(score_interval(successes as f64, trials as f64))
}

/// Wilson's interval for an effective number of trials, which need not be whole: `0 <= k <= n`, `n > 0`.
pub(crate) fn score_interval(k: f64, n: f64) -> (f64, f64) {
    let spread = Z * (k * (n - k) / n + Z * Z / 4.0).sqrt();
    let end = |numerator: f64| (numerator / (n + Z * Z)).clamp(0.0, 1.0);
    let centre = k + Z * Z / 2.0;
    // The ends are exact at 0 and n, where the subtraction would leave a rounding error.
    let low = if k == 0.0 { 0.0 } else { end(centre - spread) };
    let high = if k == n { 1.0 } else { end(centre + spread) };
    (low, high)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.binomtest(k, n).proportion_ci(method="wilson"); tests/reference/metrics.py prints them.
        let cases = [
            (7, 50, 0.069_508_334_270_162_92, 0.261_861_937_105_855_37),
            (0, 10, 0.0, 0.277_532_799_862_889_26),
            (10, 10, 0.722_467_200_137_110_9, 1.0),
            (1, 1, 0.206_549_314_377_237_45, 1.0),
        ];
        for (k, n, low, high) in cases {
            let (l, h) = wilson_interval(k, n).unwrap();
            assert!((l - low).abs() < 1e-12 && (h - high).abs() < 1e-12, "{k}/{n}: {l} {h}");
        }
    }

    #[test]
    fn nothing_tried_has_no_interval() {
        assert_eq!(wilson_interval(0, 0), None);
        assert_eq!(wilson_interval(3, 2), None);
    }
}
