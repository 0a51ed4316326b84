//! The standard normal distribution.

use super::chi_square::chi_square_tail;

/// `P(Z <= z)`: half of the tail of a chi-square variable with one degree of freedom beyond `z²`.
pub fn normal_cdf(z: f64) -> f64 {
    let half_tail = 0.5 * chi_square_tail(z * z, 1.0);
    if z < 0.0 { half_tail } else { 1.0 - half_tail }
}

/// The point below which `probability` lies, for `0 < probability < 1`.
///
/// Bisection on the distribution function: slow, and as exact as that is. It is asked for a few times a report.
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    if probability > 0.5 {
        return -normal_quantile(1.0 - probability);
    }
    bisect(-40.0, 0.0, |z| normal_cdf(z) < probability)
}

/// The point between `low` and `high` up to which `is_below` holds.
pub(crate) fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.norm; tests/reference/decisions.py prints them.
        for (p, z) in [
            (0.975, 1.959_963_984_540_054),
            (0.8, 0.841_621_233_572_914_3),
            (0.025, -1.959_963_984_540_054),
            (1e-6, -4.753_424_308_822_899),
        ] {
            assert!((normal_quantile(p) - z).abs() < 1e-9, "{p}: {}", normal_quantile(p));
            assert!((normal_cdf(z) - p).abs() < 1e-12);
        }
        assert_eq!(normal_cdf(0.0), 0.5);
    }
}
