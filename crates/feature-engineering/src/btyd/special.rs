//! Logarithm of the beta function, and the derivatives of the logarithm of the gamma function.
//!
//! Below [`LARGE`] arguments are raised by the recurrence of the gamma function, from there on the Stirling series is
//! taken (NIST Digital Library of Mathematical Functions, 5.11.1, 5.11.2 and 5.15.8; recurrences 5.5.1 and 5.5.2).

/// From here on the terms of the Stirling series used here leave out less than 1e-16.
const LARGE: f64 = 15.0;
/// Bernoulli numbers `B_2, B_4, ...`.
const BERNOULLI: [f64; 8] =
    [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0, -3617.0 / 510.0];
const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_7;

/// `ln B(a, b)`, for `a, b > 0`.
///
/// Where an argument is large, the difference of the large logarithms of gamma functions is taken term by term (Didonato
/// & Morris 1992, Algorithm 708, ACM Transactions on Mathematical Software 18(3), section 5).
pub(super) fn ln_beta(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let whole = low + high;
    // ln Gamma(high) - ln Gamma(whole) for large arguments, but for low * ln(whole).
    let rest = |high: f64| low + (high - 0.5) * -(low / high).ln_1p() + stirling_rest(high) - stirling_rest(whole);
    if low >= LARGE {
        LN_SQRT_2_PI - 0.5 * low.ln() + stirling_rest(low) - low * (high / low).ln_1p() + rest(high) - low
    } else if high >= LARGE {
        ln_gamma(low) - low * whole.ln() + rest(high)
    } else {
        ln_gamma(low) + (ln_gamma(high) - ln_gamma(whole))
    }
}

/// `ln Gamma(z)`, for `z > 0`.
fn ln_gamma(z: f64) -> f64 {
    let (z, factor) = raise(z, 1.0, |product, z| product * z);
    (z - 0.5) * z.ln() - z + LN_SQRT_2_PI + stirling_rest(z) - factor.ln()
}

/// The first derivative of `ln Gamma` at `z > 0`.
pub(super) fn digamma(z: f64) -> f64 {
    let (z, raised) = raise(z, 0.0, |sum, z| sum + 1.0 / z);
    z.ln() - 0.5 / z - series(z, |k, bernoulli| bernoulli / (2.0 * k)) / (z * z) - raised
}

/// The second derivative of `ln Gamma` at `z > 0`.
pub(super) fn trigamma(z: f64) -> f64 {
    let (z, raised) = raise(z, 0.0, |sum, z| sum + 1.0 / (z * z));
    1.0 / z + 0.5 / (z * z) + series(z, |_, bernoulli| bernoulli) / (z * z * z) + raised
}

/// `ln Gamma(z) - (z - 1/2) ln z + z - ln sqrt(2 pi)` for large `z`.
fn stirling_rest(z: f64) -> f64 {
    series(z, |k, bernoulli| bernoulli / (2.0 * k * (2.0 * k - 1.0))) / z
}

/// `sum_{k>=1} term(k, B_2k) z^(2-2k)`.
fn series(z: f64, term: impl Fn(f64, f64) -> f64) -> f64 {
    let inverse_square = 1.0 / (z * z);
    let terms = BERNOULLI.iter().enumerate().rev();
    terms.fold(0.0, |sum, (at, bernoulli)| sum * inverse_square + term(at as f64 + 1.0, *bernoulli))
}

/// Raises `z` to a large one in steps of 1, collecting something of each step.
fn raise(mut z: f64, start: f64, collect: impl Fn(f64, f64) -> f64) -> (f64, f64) {
    let mut collected = start;
    while z < LARGE {
        collected = collect(collected, z);
        z += 1.0;
    }
    (z, collected)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// mpmath 1.4.1, 30 digits: `loggamma(a) + loggamma(b) - loggamma(a + b)`.
    #[test]
    fn ln_beta_equals_mpmath() {
        for (a, b, expected) in [
            (1e-05, 2e-05, 11.918390572749413),
            (0.3, 0.7, 1.3566652413497422),
            (1.0, 1.0, 0.0),
            (2.5, 14.9, -6.589258890877407),
            (3.744588, 12.4, -8.329595383907243),
            (3.744588, 80652.0, -40.82562013080864),
            (0.01, 1000000.0, 4.46132477741238),
            (15.0, 15.0, -20.874596601690644),
            (40.0, 300000.0, -397.8323497707865),
            (1000000.0, 1000000.0, -1386300.003362921),
            (1e-05, 1000000000.0, 11.512712460237461),
            (900.0, 1.01, -6.87611462895487),
        ] {
            for found in [ln_beta(a, b), ln_beta(b, a)] {
                assert!((found - expected).abs() <= 1e-14 * f64::abs(expected).max(1.0), "B({a}, {b}): {found:e}");
            }
        }
    }

    /// mpmath 1.4.1, 30 digits: `digamma(z)`, `psi(1, z)`.
    #[test]
    fn digamma_and_trigamma_equal_mpmath() {
        for (z, first, second) in [
            (1e-05, -100000.57719921567, 10000000001.644909),
            (0.3, -3.502524222200133, 12.245364546107732),
            (1.0, -0.5772156649015329, 1.6449340668482264),
            (1.4616321449683622, -9.241265521729427e-17, 0.9676722454476212),
            (6.248803, 1.7502458507315362, 0.17351517566603486),
            (14.999, 2.6742777210575355, 0.06894297877766278),
            (15.0, 2.6743466616607936, 0.0689382278476838),
            (80652.7, 11.29790136155101, 1.2398917822293613e-05),
            (1000000000.0, 20.723265836446412, 1.0000000005e-09),
        ] {
            let first_scale = f64::abs(first).max(1.0);
            assert!((digamma(z) - first).abs() <= 4e-15 * first_scale, "digamma({z}): {:e}", digamma(z));
            assert!((trigamma(z) - second).abs() <= 4e-15 * second, "trigamma({z}): {:e}", trigamma(z));
        }
    }
}
