//! Silence in a window that begins later than the as-of date.
//!
//! In the notation of [`super::forecast`]: before a window that begins a lead `l` after the as-of date, a customer alive at
//! age `T` makes `K` purchases, were there no leaving; `K` is negative binomial with size `m = r+x` and `z = l/(alpha+T+l)`, and
//! `s_k` is the probability to survive the `k` chances to leave that they bring. Given `K = k` the purchase rate is
//! gamma(m+k, alpha+T+l), so nothing is bought in the `t` of the window, by a customer who is still there, with
//! probability `q_k`:
//!
//! ```text
//! P(no purchase in (T+l, T+l+t] | alive) = sum_{k>=0} P(K = k) (1 - s_k (1 - q_k))
//! q_k = (1 + t/(alpha+T+l))^-(m+k)
//! ```
//!
//! All terms are positive. With no lead it is the one term of `K = 0`.

use super::super::{InputError, Purchases};
use super::Parameters;

/// The most terms that are summed: some milliseconds.
const MAX_TERMS: u32 = 1_000_000;
/// The sum ends where what is left is smaller, relatively.
const TAIL: f64 = 1e-16;
/// Running terms are brought back to 1 beyond this size.
const LARGE: f64 = 1e200;

/// Probability of no purchase in the window of a customer known to be alive at the as-of date after `chances` chances to
/// leave; the window is its lead and its length.
pub(super) fn silence_if_alive(
    parameters: &Parameters,
    chances: f64,
    purchases: &Purchases,
    (lead, horizon): (f64, f64),
) -> Result<f64, InputError> {
    let Parameters { r, alpha, a, b } = *parameters;
    let size = r + f64::from(purchases.repeat());
    let exposure = alpha + purchases.age();
    let ratio = lead / exposure;
    let too_long = || InputError::HorizonTooLong { horizon: lead, exposure, terms: MAX_TERMS };
    // Terms grow up to about the mean of K, size * ratio, and then fall slowest like z^k.
    if size * ratio + ratio > f64::from(MAX_TERMS) {
        return Err(too_long());
    }
    let z = ratio / (1.0 + ratio);
    let log_silence = -(horizon / (exposure + lead)).ln_1p();
    let mut log_scale = -size * ratio.ln_1p();
    // P(K = k), up to exp(log_scale), and s_k.
    let (mut mass, mut survived, mut sum) = (1.0_f64, 1.0_f64, 0.0_f64);
    for k in 0..MAX_TERMS {
        let k = f64::from(k);
        // 1 - s_k (1 - q_k), without the difference of two numbers near 1.
        let silent = (log_silence * (size + k)).exp();
        sum += mass * ((1.0 - survived) + survived * silent);
        let next = (size + k) / (k + 1.0) * z;
        mass *= next;
        survived *= (b + chances + k) / (a + b + chances + k);
        // Later masses fall at least by this ratio each, and each counts at most whole.
        let falls = ((size + k + 1.0) / (k + 2.0) * z).max(z);
        if falls < 1.0 && mass / (1.0 - falls) <= TAIL * sum {
            return Ok(if sum > 0.0 { (sum.ln() + log_scale).exp().min(1.0) } else { 0.0 });
        }
        if mass > LARGE {
            (mass, sum) = (mass / LARGE, sum / LARGE);
            log_scale += LARGE.ln();
        }
    }
    Err(too_long())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn without_leaving_the_window_may_begin_whenever_it_likes() {
        let stay = Parameters { r: 0.8, alpha: 5.0, a: 1e-12, b: 10.0 };
        let customer = Purchases::new(3, 20.0, 25.0).unwrap();
        let expected = (30.0_f64 / 42.0).powf(3.8);
        for lead in [0.0, 1.0, 30.0, 900.0] {
            let found = silence_if_alive(&stay, 3.0, &customer, (lead, 12.0)).unwrap();
            assert!((found - expected).abs() < 1e-9, "{lead}: {found} {expected}");
        }
    }

    #[test]
    fn a_lead_without_end_is_refused() {
        let parameters = Parameters { r: 0.8, alpha: 1e-3, a: 1.0, b: 2.0 };
        let customer = Purchases::new(0, 0.0, 0.0).unwrap();
        let refused = silence_if_alive(&parameters, 0.0, &customer, (1e4, 30.0));
        assert!(matches!(refused, Err(InputError::HorizonTooLong { .. })), "{refused:?}");
    }
}
