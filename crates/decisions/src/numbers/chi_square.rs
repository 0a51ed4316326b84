//! The upper tail of the chi-square distribution.

use super::gamma::ln_gamma;

/// `P(X > x)` of a chi-square variable with `degrees > 0` degrees of freedom: the regularised incomplete gamma function
/// `Q(degrees / 2, x / 2)`, by its series below the mean (DLMF 8.11.4) and the continued fraction above (DLMF 8.9.2).
pub fn chi_square_tail(x: f64, degrees: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let (a, z) = (degrees / 2.0, x / 2.0);
    let front = (a * z.ln() - z - ln_gamma(a)).exp();
    if z < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= z / n;
            sum += term;
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    let away_from_zero = |value: f64| if f64::abs(value) < 1e-300 { 1e-300 } else { value };
    let mut b = z + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / away_from_zero(b);
    let mut fraction = d;
    for level in 1..100_000 {
        let k = f64::from(level);
        b += 2.0;
        let term = -k * (k - a);
        d = 1.0 / away_from_zero(term * d + b);
        c = away_from_zero(b + term / c);
        let step = c * d;
        fraction *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (front * fraction).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.chi2.sf; tests/reference/decisions.py prints them.
        for (x, degrees, expected) in [
            (3.841, 1.0, 0.050_013_683_763_956_804),
            (15.507, 8.0, 0.050_005_219_283_280_78),
            (40.0, 40.0, 0.470_257_266_839_240_1),
            (130.0, 100.0, 0.023_512_397_809_808_71),
            (0.5, 3.0, 0.918_891_411_654_675_8),
        ] {
            let found = chi_square_tail(x, degrees);
            assert!((found - expected).abs() < 1e-11, "{x} {degrees}: {found}, expected {expected}");
        }
        assert_eq!(chi_square_tail(0.0, 3.0), 1.0);
    }
}
