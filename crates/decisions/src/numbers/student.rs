//! Student's distribution.

use super::beta::beta_cdf;
use super::normal::{bisect, normal_quantile};

/// The point below which `probability` (above a half, below 1) of a Student variable with `degrees > 0` lies.
///
/// `P(|T| > t) = I_{d / (d + t²)}(d/2, 1/2)` (DLMF 8.17 with Abramowitz & Stegun 26.7.1), turned around by bisection. From a
/// million degrees on it is the normal point, to seven digits.
pub(crate) fn student_quantile(probability: f64, degrees: f64) -> f64 {
    if degrees > 1e6 {
        return normal_quantile(probability);
    }
    let beyond = 2.0 * (1.0 - probability);
    bisect(0.0, 1e6, |t| beta_cdf(degrees / (degrees + t * t), 0.5 * degrees, 0.5) > beyond)
}

/// `P(T > t)` of a Student variable with `degrees > 0`.
///
/// `P(|T| > t) = I_{d / (d + t²)}(d/2, 1/2)` (DLMF 8.17 with Abramowitz & Stegun 26.7.1). `t` may be infinite.
pub fn student_tail(t: f64, degrees: f64) -> f64 {
    let both = if t.is_infinite() { 0.0 } else { beta_cdf(degrees / (degrees + t * t), 0.5 * degrees, 0.5) };
    if t < 0.0 { 1.0 - 0.5 * both } else { 0.5 * both }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_scipy() {
        // scipy.stats.t.sf; tests/reference/monitor.py prints them.
        for (t, degrees, tail) in [
            (2.0, 3.0, 0.069_662_984_279_421_56),
            (-1.0, 10.0, 0.829_553_433_848_969_8),
            (12.0, 4.0, 0.000_138_214_274_251_486_5),
            (0.0, 7.0, 0.5),
        ] {
            assert!((student_tail(t, degrees) - tail).abs() < 1e-10, "{t} {degrees}: {}", student_tail(t, degrees));
        }
        assert_eq!((student_tail(f64::INFINITY, 3.0), student_tail(f64::NEG_INFINITY, 3.0)), (0.0, 1.0));
    }

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.t.ppf; tests/reference/decisions.py prints them.
        for (p, degrees, t) in [
            (0.975, 1.0, 12.706_204_736_174_694),
            (0.975, 9.5, 2.244_137_461_492_295_8),
            (0.975, 58.0, 2.001_717_484_145_235_6),
            (0.95, 1_000.0, 1.646_378_817_285_464_3),
        ] {
            assert!(
                (student_quantile(p, degrees) - t).abs() < 1e-8 * t,
                "{p} {degrees}: {}",
                student_quantile(p, degrees)
            );
        }
    }
}
