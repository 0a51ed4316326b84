//! The log-likelihood of BG/NBD and MBG/NBD with its first two derivatives.
//!
//! Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2), equation 6, and Batislam,
//! Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis, International
//! Journal of Research in Marketing 24(3), 201-209, written so that nothing overflows and nothing cancels. With `x`
//! repeat purchases, `t_x` first to last purchase, `T` age and `c` chances to leave by the last purchase (`x` in BG/NBD,
//! `x+1` in MBG/NBD):
//!
//! ```text
//! LL = sum_{k<x} ln(r+k) - sum_{k<c} ln(1 + a/(b+k))          the gamma and beta functions, x being whole
//!      - r ln(1 + t_x/alpha) - x ln(alpha+t_x) + ln(d + e^q)
//! d  = a / (b+c-1),   q = -(r+x) ln(1 + (T-t_x)/(alpha+t_x))
//! ```
//!
//! and `-r ln(1 + T/alpha)` for `c = 0`. The first line depends on `x` only, so it is summed once for all customers
//! that reached purchase `k`. `d/(d+e^q)` is the probability of having left.
//!
//! Derivatives are taken by the logarithms of the parameters, in the order `r, alpha, a, b`.

use super::super::counting;
use super::super::expansion::{Expansion, log_add_exp, logistic, sum_expansions, sum_values};
use super::super::sample::{Row, Sample};
use super::{Dropout, Parameters};

/// Log-likelihood of `sample`, in the unit of time of its rows.
pub(super) fn value(p: &Parameters, dropout: Dropout, sample: &Sample) -> f64 {
    let counts = counting::ln_rising(p.r, &sample.reached) + counting::ln_survival(p.a, p.b, &dropout.reached(sample));
    counts + sum_values(&sample.rows, |row| row.customers * row_value(p, dropout, row))
}

/// Log-likelihood of `sample` with its derivatives by the logarithms of the parameters.
pub(super) fn expansion(p: &Parameters, dropout: Dropout, sample: &Sample) -> Expansion<4> {
    let mut sum = Expansion::ZERO;
    counting::add_ln_rising(p.r, &sample.reached, &mut sum);
    counting::add_ln_survival(p.a, p.b, &dropout.reached(sample), &mut sum);
    sum.add(1.0, &sum_expansions(&sample.rows, |row, sum| add_row(p, dropout, row, sum)));
    sum
}

/// `ln d - q`: the log odds of having left after the last of `chances` chances, of which there was at least one.
pub(super) fn log_odds_left(p: &Parameters, repeat: f64, chances: f64, recency: f64, age: f64) -> f64 {
    let q = -(p.r + repeat) * ((age - recency) / (p.alpha + recency)).ln_1p();
    p.a.ln() - (p.b + (chances - 1.0)).ln() - q
}

fn row_value(p: &Parameters, dropout: Dropout, row: &Row) -> f64 {
    let chances = dropout.chances(row.repeat);
    if chances == 0.0 {
        return -p.r * (row.age / p.alpha).ln_1p();
    }
    let bought = -p.r * (row.recency / p.alpha).ln_1p() - row.repeat * (p.alpha + row.recency).ln();
    let q = -(p.r + row.repeat) * ((row.age - row.recency) / (p.alpha + row.recency)).ln_1p();
    bought + log_add_exp(p.a.ln() - (p.b + (chances - 1.0)).ln(), q)
}

fn add_row(p: &Parameters, dropout: Dropout, row: &Row, sum: &mut Expansion<4>) {
    let n = row.customers;
    let chances = dropout.chances(row.repeat);
    // Without a chance to leave, the time until now is like the time until a last purchase.
    let last = if chances == 0.0 { row.age } else { row.recency };
    let m = p.r + row.repeat;
    let c = p.alpha + last;
    let share = p.alpha / c;
    let spent = last / c;
    let elapsed = (last / p.alpha).ln_1p();
    sum.value += n * row_value(p, dropout, row);
    // r ln alpha - (r+x) ln(alpha+t_x)
    sum.gradient[0] -= n * p.r * elapsed;
    sum.gradient[1] += n * (p.r * spent - row.repeat * share);
    sum.hessian[0][0] -= n * p.r * elapsed;
    sum.hessian[1][0] += n * p.r * spent;
    sum.hessian[1][1] -= n * m * share * spent;
    if chances == 0.0 {
        return;
    }
    // ln(d + e^q) with D = ln d: its derivatives are left by D and 1 - left by q.
    let silence = row.age - last;
    let log_ratio = -(silence / c).ln_1p();
    let before = p.b + (chances - 1.0);
    let log_odds = p.a.ln() - before.ln() - m * log_ratio;
    let left = logistic(log_odds);
    let alive = logistic(-log_odds);
    let inverse_age = p.alpha / (p.alpha + row.age);
    let slope = share * (silence / (p.alpha + row.age));
    let q1 = p.r * log_ratio;
    let q2 = m * slope;
    let q11 = q1;
    let q12 = p.r * slope;
    let q22 = m * slope * (1.0 - share - inverse_age);
    let d4 = -p.b / before;
    let d44 = d4 * ((chances - 1.0) / before);
    sum.gradient[0] += n * alive * q1;
    sum.gradient[1] += n * alive * q2;
    sum.gradient[2] += n * left;
    sum.gradient[3] += n * left * d4;
    sum.hessian[0][0] += n * alive * q11;
    sum.hessian[1][0] += n * alive * q12;
    sum.hessian[1][1] += n * alive * q22;
    sum.hessian[3][3] += n * left * d44;
    let curvature = n * left * alive;
    let odds = [-q1, -q2, 1.0, d4];
    for i in 0..4 {
        for j in 0..=i {
            sum.hessian[i][j] += curvature * odds[i] * odds[j];
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::super::super::Purchases;
    use super::super::super::expansion::{BLOCK, assert_derivatives};
    use super::*;

    const BOTH: [Dropout; 2] = [Dropout::AfterRepeats, Dropout::AfterEvery];

    fn sample() -> Sample {
        let histories =
            [(0, 0.0, 39.0), (0, 0.0, 0.0), (1, 1.7, 38.9), (2, 30.4, 38.9), (7, 29.4, 38.9), (40, 31.0, 31.0)];
        let purchases: Vec<Purchases> = histories
            .iter()
            .enumerate()
            .map(|(i, &(x, t_x, t))| Purchases::new(x, t_x, t).unwrap().times(i as u32 + 1))
            .collect();
        Sample::new(&purchases)
    }

    #[test]
    fn derivatives_equal_central_differences() {
        let sample = sample();
        for theta in [[-1.4, 1.5, -0.2, 0.9], [0.5, -1.0, 1.0, -1.0], [1.0, 3.0, -3.0, 2.0], [-3.0, 0.0, 2.0, 3.0]] {
            for dropout in BOTH {
                let p = Parameters::from_logs(theta);
                assert_eq!(expansion(&p, dropout, &sample).value, value(&p, dropout, &sample));
                assert_derivatives(theta, |theta| expansion(&Parameters::from_logs(theta), dropout, &sample));
            }
        }
    }

    #[test]
    fn extreme_histories_stay_finite() {
        let histories = [(5000, 4999.0, 5000.0), (5000, 1.0, 9999.0), (1, 1e-300, 1e6), (0, 0.0, 1e9)];
        let purchases: Vec<Purchases> =
            histories.iter().map(|&(x, t_x, t)| Purchases::new(x, t_x, t).unwrap()).collect();
        let sample = Sample::new(&purchases);
        for theta in [[-11.0, -11.0, -11.0, 11.0], [11.0, 11.0, 11.0, -11.0], [0.0, 0.0, 0.0, 0.0]] {
            for dropout in BOTH {
                let found = expansion(&Parameters::from_logs(theta), dropout, &sample);
                assert!(found.value.is_finite(), "{theta:?}: {found:?}");
                assert!(found.gradient.iter().chain(found.hessian.iter().flatten()).all(|v| v.is_finite()));
            }
        }
    }

    #[test]
    fn threads_do_not_show() {
        let purchases: Vec<Purchases> = (0..20_000u32)
            .map(|i| {
                let age = f64::from(i % 997) + 1.0;
                Purchases::new(1 + i % 13, age * f64::from(1 + i % 7) / 7.0, age).unwrap()
            })
            .collect();
        let sample = Sample::new(&purchases);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let p = Parameters::from_logs([-1.0, 1.0, 0.0, 1.0]);
            pool.install(|| expansion(&p, Dropout::AfterRepeats, &sample))
        };
        let one = on(1);
        assert!(sample.rows.len() > 2 * BLOCK);
        for threads in [2, 3, 8] {
            assert_eq!(on(threads), one);
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
            for dropout in BOTH {
                assert_derivatives(theta, |theta| expansion(&Parameters::from_logs(theta), dropout, &sample));
            }
        }
    }
}
