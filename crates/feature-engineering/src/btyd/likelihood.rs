//! The log-likelihood of the BG/NBD model with its first two derivatives.
//!
//! Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2), equation 6, written
//! so that nothing overflows and nothing cancels. With `x` repeat purchases, `t_x` first to last purchase, `T` age:
//!
//! ```text
//! LL = sum_{k<x} [ln(r+k) - ln(1 + a/(b+k))]                  the gamma and beta functions, x being whole
//!      - r ln(1 + t_x/alpha) - x ln(alpha+t_x) + ln(d + e^q)
//! d  = a / (b+x-1),   q = -(r+x) ln(1 + (T-t_x)/(alpha+t_x))
//! ```
//!
//! and `-r ln(1 + T/alpha)` for `x = 0`. The first line depends on `x` only, so it is summed once for all customers
//! that reached purchase `k`. `d/(d+e^q)` is the probability of having left.
//!
//! Derivatives are taken by the logarithms of the parameters, in the order `r, alpha, a, b`.

use rayon::prelude::*;

use super::bg_nbd::Parameters;
use super::sample::{Reached, Row, Sample};

/// Rows summed together before partial sums are added in order. Fixed, so that the number of threads does not show.
const BLOCK: usize = 4096;

/// Value, gradient and Hessian at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expansion {
    /// Value.
    pub(super) value: f64,
    /// First derivatives.
    pub(super) gradient: [f64; 4],
    /// Second derivatives, lower triangle; what lies above the diagonal is zero.
    pub(super) hessian: [[f64; 4]; 4],
}

impl Expansion {
    const ZERO: Self = Self { value: 0.0, gradient: [0.0; 4], hessian: [[0.0; 4]; 4] };

    fn add(mut self, other: &Self) -> Self {
        self.value += other.value;
        for i in 0..4 {
            self.gradient[i] += other.gradient[i];
            for j in 0..=i {
                self.hessian[i][j] += other.hessian[i][j];
            }
        }
        self
    }
}

/// Log-likelihood of `sample`, in the unit of time of its rows.
pub(super) fn value(parameters: &Parameters, sample: &Sample) -> f64 {
    let counts: f64 = sample.reached.iter().map(|reached| reached_value(parameters, reached)).sum();
    let blocks: Vec<f64> = sample
        .rows
        .par_chunks(BLOCK)
        .map(|rows| rows.iter().map(|row| row.customers * row_value(parameters, row)).sum())
        .collect();
    counts + blocks.iter().sum::<f64>()
}

/// Log-likelihood of `sample` with its derivatives by the logarithms of the parameters.
pub(super) fn expansion(parameters: &Parameters, sample: &Sample) -> Expansion {
    let mut counts = Expansion::ZERO;
    for reached in &sample.reached {
        counts.value += reached_value(parameters, reached);
        add_reached_derivatives(parameters, reached, &mut counts);
    }
    let blocks: Vec<Expansion> = sample
        .rows
        .par_chunks(BLOCK)
        .map(|rows| {
            let mut sum = Expansion::ZERO;
            for row in rows {
                add_row(parameters, row, &mut sum);
            }
            sum
        })
        .collect();
    blocks.iter().fold(counts, Expansion::add)
}

/// `ln d - q`: the log odds of having left after the last purchase. `repeat` must be at least 1.
pub(super) fn log_odds_left(p: &Parameters, repeat: f64, recency: f64, age: f64) -> f64 {
    let q = -(p.r + repeat) * ((age - recency) / (p.alpha + recency)).ln_1p();
    p.a.ln() - (p.b + repeat - 1.0).ln() - q
}

fn reached_value(p: &Parameters, reached: &Reached) -> f64 {
    let sum: f64 = (reached.from..reached.to)
        .map(|k| {
            let k = f64::from(k);
            (p.r + k).ln() - (p.a / (p.b + k)).ln_1p()
        })
        .sum();
    reached.customers * sum
}

fn add_reached_derivatives(p: &Parameters, reached: &Reached, sum: &mut Expansion) {
    let n = reached.customers;
    for k in reached.from..reached.to {
        let k = f64::from(k);
        let (rk, bk, abk) = (p.r + k, p.b + k, p.a + p.b + k);
        sum.gradient[0] += n * (p.r / rk);
        sum.gradient[2] -= n * (p.a / abk);
        sum.gradient[3] += n * (p.a / abk) * (p.b / bk);
        sum.hessian[0][0] += n * (p.r / rk) * (k / rk);
        sum.hessian[2][2] -= n * (p.a / abk) * (bk / abk);
        sum.hessian[3][2] += n * (p.a / abk) * (p.b / abk);
        sum.hessian[3][3] += n * ((p.b / bk) * (k / bk) - (p.b / abk) * ((p.a + k) / abk));
    }
}

fn row_value(p: &Parameters, row: &Row) -> f64 {
    let bought = -p.r * (row.recency / p.alpha).ln_1p() - row.repeat * (p.alpha + row.recency).ln();
    if row.repeat == 0.0 {
        return bought;
    }
    let q = -(p.r + row.repeat) * ((row.age - row.recency) / (p.alpha + row.recency)).ln_1p();
    bought + log_add_exp(p.a.ln() - (p.b + row.repeat - 1.0).ln(), q)
}

fn add_row(p: &Parameters, row: &Row, sum: &mut Expansion) {
    let n = row.customers;
    let m = p.r + row.repeat;
    let c = p.alpha + row.recency;
    let share = p.alpha / c;
    let spent = row.recency / c;
    let elapsed = (row.recency / p.alpha).ln_1p();
    sum.value += n * row_value(p, row);
    // r ln alpha - (r+x) ln(alpha+t_x)
    sum.gradient[0] -= n * p.r * elapsed;
    sum.gradient[1] += n * (p.r * spent - row.repeat * share);
    sum.hessian[0][0] -= n * p.r * elapsed;
    sum.hessian[1][0] += n * p.r * spent;
    sum.hessian[1][1] -= n * m * share * spent;
    if row.repeat == 0.0 {
        return;
    }
    // ln(d + e^q) with D = ln d: its derivatives are left by D and 1 - left by q.
    let silence = row.age - row.recency;
    let log_ratio = -(silence / c).ln_1p();
    let before = p.b + row.repeat - 1.0;
    let log_odds = p.a.ln() - before.ln() - m * log_ratio;
    let left = logistic(log_odds);
    let alive = logistic(-log_odds);
    let (inverse_c, inverse_age) = (p.alpha / c, p.alpha / (p.alpha + row.age));
    let slope = inverse_c * (silence / (p.alpha + row.age));
    let q1 = p.r * log_ratio;
    let q2 = m * slope;
    let q11 = q1;
    let q12 = p.r * slope;
    let q22 = m * slope * (1.0 - inverse_c - inverse_age);
    let d4 = -p.b / before;
    let d44 = d4 * ((row.repeat - 1.0) / before);
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

/// `1 / (1 + e^-z)`, without overflow.
pub(super) fn logistic(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        let e = z.exp();
        e / (1.0 + e)
    }
}

/// `ln(e^u + e^v)`, without overflow.
fn log_add_exp(u: f64, v: f64) -> f64 {
    let (low, high) = if u < v { (u, v) } else { (v, u) };
    high + (low - high).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Purchases;
    use super::*;

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

    fn at(theta: [f64; 4]) -> Parameters {
        Parameters::from_logs(theta)
    }

    #[test]
    fn derivatives_equal_central_differences() {
        let sample = sample();
        for theta in [[-1.4, 1.5, -0.2, 0.9], [0.5, -1.0, 1.0, -1.0], [1.0, 3.0, -3.0, 2.0], [-3.0, 0.0, 2.0, 3.0]] {
            let here = expansion(&at(theta), &sample);
            assert_eq!(here.value, value(&at(theta), &sample));
            let step = 1e-5;
            for i in 0..4 {
                let shifted = |h: f64| {
                    let mut moved = theta;
                    moved[i] += h;
                    expansion(&at(moved), &sample)
                };
                let (up, down) = (shifted(step), shifted(-step));
                let slope = (up.value - down.value) / (2.0 * step);
                let scale = here.gradient[i].abs().max(1.0);
                assert!((slope - here.gradient[i]).abs() < 1e-6 * scale, "gradient {i} at {theta:?}: {slope}");
                for j in 0..4 {
                    let (row, column) = (i.max(j), i.min(j));
                    let slope = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
                    let found = here.hessian[row][column];
                    assert!((slope - found).abs() < 1e-6 * found.abs().max(1.0), "hessian {i} {j} at {theta:?}");
                }
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
            let found = expansion(&at(theta), &sample);
            assert!(found.value.is_finite(), "{theta:?}: {found:?}");
            assert!(found.gradient.iter().chain(found.hessian.iter().flatten()).all(|v| v.is_finite()));
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
            pool.install(|| expansion(&at([-1.0, 1.0, 0.0, 1.0]), &sample))
        };
        let one = on(1);
        assert!(sample.rows.len() > 2 * BLOCK);
        for threads in [2, 3, 8] {
            assert_eq!(on(threads), one);
        }
    }
}
