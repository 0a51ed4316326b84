//! The log-likelihood of the Pareto/NBD model with its first two derivatives.
//!
//! Schmittlein, Morrison & Colombo (1987), in the notation of Fader & Hardie, brucehardie.com/notes/009. With `x` repeat
//! purchases, `t_x` first to last purchase and `T` age:
//!
//! ```text
//! LL = sum_{k<x} ln(r+k)                                             the gamma functions, x being whole
//!      - r ln(1 + t_x/alpha) - x ln(alpha+t_x) - s ln(1 + t_x/beta)  bought until t_x, and stayed
//!      + ln P(silence from t_x to T)
//! ```
//!
//! Derivatives are taken by the logarithms of the parameters, in the order `r, alpha, s, beta`.

use super::super::counting;
use super::super::expansion::{Expansion, sum_expansions, sum_values};
use super::super::sample::{Row, Sample};
use super::ParetoParameters;
use super::silence::Silence;

/// Log-likelihood of `sample`, in the unit of time of its rows.
pub(super) fn value(p: &ParetoParameters, sample: &Sample) -> f64 {
    let of = |row: &Row| row.customers * (bought(p, row) + silence(p, row).ln_probability());
    counting::ln_rising(p.r, &sample.reached) + sum_values(&sample.rows, of)
}

/// Log-likelihood of `sample` with its derivatives by the logarithms of the parameters.
pub(super) fn expansion(p: &ParetoParameters, sample: &Sample) -> Expansion<4> {
    let mut sum = Expansion::ZERO;
    counting::add_ln_rising(p.r, &sample.reached, &mut sum);
    sum.add(1.0, &sum_expansions(&sample.rows, |row, sum| add_row(p, row, sum)));
    sum
}

fn bought(p: &ParetoParameters, row: &Row) -> f64 {
    -p.r * (row.recency / p.alpha).ln_1p()
        - row.repeat * (p.alpha + row.recency).ln()
        - p.s * (row.recency / p.beta).ln_1p()
}

fn silence<'a>(p: &'a ParetoParameters, row: &Row) -> Silence<'a> {
    Silence::new(p, row.repeat, row.recency, row.age - row.recency)
}

fn add_row(p: &ParetoParameters, row: &Row, sum: &mut Expansion<4>) {
    let n = row.customers;
    let (a, b) = (p.alpha + row.recency, p.beta + row.recency);
    let (spent_a, spent_b) = (row.recency / a, row.recency / b);
    let (share_a, share_b) = (p.alpha / a, p.beta / b);
    let elapsed_a = (row.recency / p.alpha).ln_1p();
    let elapsed_b = (row.recency / p.beta).ln_1p();
    sum.value += n * bought(p, row);
    sum.gradient[0] -= n * p.r * elapsed_a;
    sum.gradient[1] += n * (p.r * spent_a - row.repeat * share_a);
    sum.gradient[2] -= n * p.s * elapsed_b;
    sum.gradient[3] += n * p.s * spent_b;
    sum.hessian[0][0] -= n * p.r * elapsed_a;
    sum.hessian[1][0] += n * p.r * spent_a;
    sum.hessian[1][1] -= n * (p.r + row.repeat) * share_a * spent_a;
    sum.hessian[2][2] -= n * p.s * elapsed_b;
    sum.hessian[3][2] += n * p.s * spent_b;
    sum.hessian[3][3] -= n * p.s * share_b * spent_b;
    silence(p, row).add_ln_probability(n, sum);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::super::super::Purchases;
    use super::super::super::expansion::assert_derivatives;
    use super::*;

    fn sample(histories: &[(u32, f64, f64)]) -> Sample {
        let purchases = histories.iter().enumerate();
        let purchases: Vec<Purchases> =
            purchases.map(|(i, &(x, t_x, t))| Purchases::new(x, t_x, t).unwrap().times(i as u32 + 1)).collect();
        Sample::new(&purchases)
    }

    #[test]
    fn derivatives_equal_central_differences() {
        let histories =
            [(0, 0.0, 39.0), (0, 0.0, 0.0), (1, 1.7, 38.9), (2, 30.4, 38.9), (7, 29.4, 38.9), (40, 31.0, 31.0)];
        let sample = sample(&histories);
        for theta in [
            [-1.4, 1.5, -0.2, 0.9],
            [0.5, -1.0, 1.0, -1.0],
            [1.0, 3.0, -3.0, 2.0],
            [-3.0, 0.0, 2.0, 6.0],
            [0.3, 2.0, 0.0, 2.0],
        ] {
            let p = ParetoParameters::from_logs(theta);
            let (found, expected) = (expansion(&p, &sample).value, value(&p, &sample));
            assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{found} {expected}");
            assert_derivatives(theta, |theta| expansion(&ParetoParameters::from_logs(theta), &sample));
        }
    }

    #[test]
    fn extreme_histories_stay_finite() {
        let sample =
            sample(&[(5000, 4999.0, 5000.0), (5000, 1.0, 9999.0), (1, 1e-300, 1e6), (0, 0.0, 1e9), (0, 0.0, f64::MAX)]);
        for theta in
            [[-11.0, -11.0, -11.0, 11.0], [11.0, 11.0, 11.0, -11.0], [0.0; 4], [-12.6; 4], [12.6, -12.6, 12.6, -12.6]]
        {
            let found = expansion(&ParetoParameters::from_logs(theta), &sample);
            assert!(found.value.is_finite(), "{theta:?}: {found:?}");
            assert!(found.gradient.iter().chain(found.hessian.iter().flatten()).all(|v| v.is_finite()), "{found:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn derivatives_equal_central_differences_anywhere(
            theta in prop::array::uniform4(-3.0..3.0f64),
            histories in prop::collection::vec((0u32..60, 0.01..1.0f64, 0.1..60.0f64), 1..9),
        ) {
            let of = |&(x, share, age): &(u32, f64, f64)| {
                Purchases::new(x, if x == 0 { 0.0 } else { age * share }, age).unwrap()
            };
            let sample = Sample::new(&histories.iter().map(of).collect::<Vec<_>>());
            assert_derivatives(theta, |theta| expansion(&ParetoParameters::from_logs(theta), &sample));
        }
    }
}
