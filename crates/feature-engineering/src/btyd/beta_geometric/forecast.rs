//! Expected purchases, without the hypergeometric function.
//!
//! A customer alive at age `T` buys, until leaving, at a gamma(r+x, alpha+T) rate; so the number `K` of purchases in
//! a horizon `t`, were there no leaving, is negative binomial with size `m = r+x` and `z = t/(alpha+T+t)`. Purchase
//! `j+1` happens if `K > j` and the customer survived `j` more chances to leave, whose probability is beta(a, b+c) after
//! `c` chances survived so far:
//!
//! ```text
//! E[Y(t) | alive] = sum_{j>=0} P(K > j) s_j = sum_{k>=1} P(K = k) (s_0 + ... + s_{k-1})
//! s_j = (b+c)_j / (a+b+c)_j,   (n)_j = n (n+1) ... (n+j-1)
//! ```
//!
//! This equals equation 10 of Fader, Hardie & Lee (2005) for BG/NBD and its counterpart of Batislam et al. (2007) for
//! MBG/NBD, which write it with the Gaussian hypergeometric function; but here all terms are positive, nothing overflows, and `a = 1` is a number like any other.

use super::super::{InputError, Purchases};
use super::Parameters;

/// The most terms that are summed: some milliseconds.
const MAX_TERMS: u32 = 1_000_000;
/// The sum ends where what is left is smaller, relatively.
const TAIL: f64 = 1e-16;
/// Running terms are brought back to 1 beyond this size.
const LARGE: f64 = 1e200;

/// Expected purchases in `horizon` of a customer known to be alive at the as-of date after `chances` chances to leave.
pub(super) fn purchases_if_alive(
    parameters: &Parameters,
    chances: f64,
    purchases: &Purchases,
    horizon: f64,
) -> Result<f64, InputError> {
    let Parameters { r, alpha, a, b } = *parameters;
    let repeat = f64::from(purchases.repeat());
    let exposure = alpha + purchases.age();
    let ratio = horizon / exposure;
    let too_long = || InputError::HorizonTooLong { horizon, exposure, terms: MAX_TERMS };
    let size = r + repeat;
    // Terms grow up to about the mean of K, size * ratio, and then fall slowest like z^k.
    if size * ratio + ratio > f64::from(MAX_TERMS) {
        return Err(too_long());
    }
    let z = ratio / (1.0 + ratio);
    let mut log_scale = -size * ratio.ln_1p();
    // P(K = k), up to exp(log_scale); s_k; and the sum of s_j below k.
    let (mut mass, mut survived, mut bought) = (1.0_f64, 1.0_f64, 0.0_f64);
    let mut sum = 0.0;
    for k in 0..MAX_TERMS {
        let k = f64::from(k);
        mass *= (size + k) / (k + 1.0) * z;
        bought += survived;
        survived *= (b + chances + k) / (a + b + chances + k);
        sum += mass * bought;
        // Later masses fall at least by this ratio each, and `bought` grows by at most 1.
        let falls = ((size + k + 1.0) / (k + 2.0) * z).max(z);
        let rest = mass * falls / (1.0 - falls) * (bought + 1.0 / (1.0 - falls));
        if falls < 1.0 && rest <= TAIL * sum {
            return Ok(if sum > 0.0 { (sum.ln() + log_scale).exp() } else { 0.0 });
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
    fn without_leaving_all_purchases_happen() {
        let stay = Parameters { r: 0.8, alpha: 5.0, a: 1e-9, b: 10.0 };
        let customer = Purchases::new(3, 20.0, 25.0).unwrap();
        let expected = 3.8 / 30.0 * 12.0;
        let found = purchases_if_alive(&stay, 3.0, &customer, 12.0).unwrap();
        assert!((found - expected).abs() < 1e-8 * expected, "{found}");
    }

    #[test]
    fn nothing_is_bought_in_no_time() {
        let parameters = Parameters { r: 0.8, alpha: 5.0, a: 1.0, b: 2.0 };
        let customer = Purchases::new(3, 20.0, 25.0).unwrap();
        assert_eq!(purchases_if_alive(&parameters, 3.0, &customer, 0.0), Ok(0.0));
        let tiny = purchases_if_alive(&parameters, 3.0, &customer, 1e-9).unwrap();
        assert!((tiny - 3.8 / 30.0 * 1e-9).abs() < 1e-8 * tiny);
    }

    #[test]
    fn a_horizon_without_end_is_refused() {
        let parameters = Parameters { r: 0.8, alpha: 1e-3, a: 1.0, b: 2.0 };
        let customer = Purchases::new(0, 0.0, 0.0).unwrap();
        for horizon in [1e4, 1e300, f64::MAX] {
            let refused = purchases_if_alive(&parameters, 0.0, &customer, horizon);
            assert!(matches!(refused, Err(InputError::HorizonTooLong { .. })), "{refused:?}");
        }
    }
}
