//! Silence: a stretch of time without a purchase, during which the customer may have left unseen.
//!
//! A customer known to be there at a point of time buys at a gamma(m, A) rate and leaves at a gamma(s, B) rate, given the
//! past. The probability of no purchase in the `d` after that point is the sum of two:
//!
//! ```text
//! stayed  (1 + d/A)^-m (1 + d/B)^-s
//! left    s/B integral_0^d (1 + v/A)^-m (1 + v/B)^-(s+1) dv
//! ```
//!
//! With `A = alpha + t_x`, `B = beta + t_x`, `m = r+x` and `d = T - t_x` the ratio of the two is that of the two terms of
//! the likelihood of Schmittlein, Morrison & Colombo (1987), and the integral is `A0 / (r+s+x)` of Fader & Hardie,
//! brucehardie.com/notes/009, up to its value at `v = 0`. They write it as a difference of two
//! hypergeometric functions, which cancels where `d` is small and overflows where `x` is large. Here it is a sum of positive
//! terms. In `y = ln(1 + v/min(A, B))` the logarithm of the integrand bends once, from one straight line to another, and
//! has no singularity closer to the real axis than pi. So Gauss-Legendre quadrature on short panels reaches rounding, and
//! derivatives may be taken under the integral sign.

use super::super::expansion::{Expansion, log_add_exp};
use super::super::gauss;
use super::ParetoParameters;

/// Longest panel, in `y`. With the singularities at a distance of pi, the error of 16 nodes falls to about 3.4^-32, 1e-17.
const WIDTH: f64 = 4.0;
/// By how much the logarithm of the integrand may fall over a panel. An exponential that falls by so much is integrated
/// to 1e-16 of itself.
const FALL: f64 = 14.0;
/// A panel at most this long, over which the logarithm falls by at most [`SHALLOW`], needs eight nodes only: the two errors
/// are then about 12^-16 and 1e-16.
const SHORT: f64 = 1.0;
/// See [`SHORT`].
const SHALLOW: f64 = 2.4;
/// The integral ends where what is left is smaller, relatively.
const TAIL: f64 = 1e-17;
/// Longest time that is told from endless, in units of `min(A, B)`: its exponential must not overflow.
const LONGEST: f64 = 1e300;

/// A stretch of time without a purchase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence<'a> {
    parameters: &'a ParetoParameters,
    /// `m = r + x`.
    shape: f64,
    /// Rate of the purchase rate at the start, `A`.
    a: f64,
    /// Rate of the leaving rate at the start, `B`.
    b: f64,
    /// Length `d`.
    length: f64,
}

/// One node of the quadrature.
struct Node {
    /// Weight and integrand together.
    mass: f64,
    /// `ln(1 + v/A)` and `ln(1 + v/B)`.
    logs: [f64; 2],
    /// `v/(A+v)` and `v/(B+v)`.
    gone: [f64; 2],
}

impl<'a> Silence<'a> {
    /// Of `length`, from a time `from` after the first purchase on, of a customer with so many repeat purchases by then.
    pub(super) fn new(parameters: &'a ParetoParameters, repeat: f64, from: f64, length: f64) -> Self {
        let ParetoParameters { r, alpha, beta, .. } = *parameters;
        Self { parameters, shape: r + repeat, a: alpha + from, b: beta + from, length }
    }

    /// The same silence, of customers who are still there a `lead` later; whether they bought in the lead is not known.
    pub(super) fn of_those_there_after(self, lead: f64) -> Self {
        Self { b: self.b + lead, ..self }
    }

    /// Logarithm of the probability to have stayed and bought nothing.
    pub(super) fn ln_stayed(&self) -> f64 {
        -self.shape * self.relative(self.a).ln_1p() - self.parameters.s * self.relative(self.b).ln_1p()
    }

    /// Logarithm of the probability to have left before buying anything; minus infinity in no time.
    pub(super) fn ln_left(&self) -> f64 {
        let mut integral = 0.0;
        self.each_node(|node| integral += node.mass);
        self.ln_scale() + integral.ln()
    }

    /// Logarithm of the probability to buy nothing.
    pub(super) fn ln_probability(&self) -> f64 {
        log_add_exp(self.ln_stayed(), self.ln_left())
    }

    /// Log odds to have left, given that nothing was bought.
    pub(super) fn log_odds_left(&self) -> f64 {
        self.ln_left() - self.ln_stayed()
    }

    /// Adds `weight` times [`Self::ln_probability`], with derivatives by the logarithms of `r, alpha, s, beta`.
    pub(super) fn add_ln_probability(&self, weight: f64, sum: &mut Expansion<4>) {
        let stayed = self.stayed();
        match self.left() {
            Some(left) => sum.add_log_sum(weight, &stayed, &left),
            None => sum.add(weight, &stayed),
        }
    }

    /// The length in units of `rate`.
    fn relative(&self, rate: f64) -> f64 {
        (self.length / rate).min(LONGEST)
    }

    /// `ln(s/B)`, and the unit of length of the integral.
    fn ln_scale(&self) -> f64 {
        self.parameters.s.ln() - self.b.ln() + self.a.min(self.b).ln()
    }

    /// `alpha/A` and `beta/B`.
    fn shares(&self) -> [f64; 2] {
        [self.parameters.alpha / self.a, self.parameters.beta / self.b]
    }

    fn stayed(&self) -> Expansion<4> {
        let ParetoParameters { r, s, .. } = *self.parameters;
        let (by_a, by_b) = (self.relative(self.a), self.relative(self.b));
        let logs = [by_a.ln_1p(), by_b.ln_1p()];
        let [share_a, share_b] = self.shares();
        let (by_a, by_b) = (share_a * (by_a / (1.0 + by_a)), share_b * (by_b / (1.0 + by_b)));
        let mut found = Expansion::ZERO;
        found.value = self.ln_stayed();
        found.gradient = [-r * logs[0], self.shape * by_a, -s * logs[1], s * by_b];
        found.hessian[0][0] = found.gradient[0];
        found.hessian[1][0] = r * by_a;
        found.hessian[1][1] = found.gradient[1] * (1.0 - 2.0 * share_a + by_a);
        found.hessian[2][2] = found.gradient[2];
        found.hessian[3][2] = found.gradient[3];
        found.hessian[3][3] = found.gradient[3] * (1.0 - 2.0 * share_b + by_b);
        found
    }

    /// `ln_left` with its derivatives; none in no time.
    fn left(&self) -> Option<Expansion<4>> {
        let ParetoParameters { r, s, .. } = *self.parameters;
        let [share_a, share_b] = self.shares();
        // Moments of (ln(1 + v/A), v/(A+v), ln(1 + v/B), v/(B+v)) where the customer left.
        let (mut mass, mut first, mut second) = (0.0, [0.0; 4], [[0.0; 4]; 4]);
        self.each_node(|node| {
            let at = [node.logs[0], node.gone[0], node.logs[1], node.gone[1]];
            mass += node.mass;
            for i in 0..4 {
                let weighted = node.mass * at[i];
                first[i] += weighted;
                for j in 0..=i {
                    second[i][j] += weighted * at[j];
                }
            }
        });
        if !mass.is_normal() {
            return None;
        }
        let mean = first.map(|sum| sum / mass);
        // Derivatives of the logarithm of the integrand: these factors times the moments.
        let factors = [-r, self.shape * share_a, -s, (s + 1.0) * share_b];
        let mut found = Expansion::ZERO;
        found.value = self.ln_scale() + mass.ln();
        for i in 0..4 {
            found.gradient[i] = factors[i] * mean[i];
            for j in 0..=i {
                let covariance = second[i][j] / mass - mean[i] * mean[j];
                found.hessian[i][j] = factors[i] * factors[j] * covariance;
            }
        }
        found.hessian[0][0] += found.gradient[0];
        found.hessian[1][0] += r * share_a * mean[1];
        found.hessian[1][1] += found.gradient[1] * (1.0 - 2.0 * share_a) + factors[1] * share_a * second[1][1] / mass;
        found.hessian[2][2] += found.gradient[2];
        found.hessian[3][2] += s * share_b * mean[3];
        found.hessian[3][3] += found.gradient[3] * (1.0 - 2.0 * share_b) + factors[3] * share_b * second[3][3] / mass;
        // ln(s/B)
        found.gradient[2] += 1.0;
        found.gradient[3] -= share_b;
        found.hessian[3][3] -= share_b * (1.0 - share_b);
        Some(found)
    }

    /// The quadrature of `(1 + v/A)^-m (1 + v/B)^-(s+1)` over `v`, in units of `min(A, B)`.
    fn each_node(&self, mut visit: impl FnMut(&Node)) {
        let purchases_bend_first = self.a <= self.b;
        let (near, far) = if purchases_bend_first { (self.a, self.b) } else { (self.b, self.a) };
        let leaving = self.parameters.s + 1.0;
        let (near_power, far_power) = if purchases_bend_first { (self.shape, leaving) } else { (leaving, self.shape) };
        let ratio = near / far;
        let end = self.relative(near).ln_1p();
        // The logarithm of the integrand in y, dv/dy included, falls ever faster: its slope is largest at the start.
        let slope = |y: f64| {
            let grown = ratio * y.exp();
            1.0 - near_power - far_power * (grown / (1.0 - ratio + grown))
        };
        let height = |y: f64| (1.0 - near_power) * y - far_power * (ratio * y.exp_m1()).ln_1p();
        let (mut start, mut integral) = (0.0, 0.0);
        while start < end {
            let mut width = WIDTH.min(end - start);
            while slope(start + width).abs() * width > FALL {
                // A little less than needed, so that rounding cannot keep this going.
                width = (width / 2.0).max(0.99 * FALL / slope(start + width).abs());
            }
            let falls = slope(start).abs().max(slope(start + width).abs()) * width;
            let rule = if width <= SHORT && falls <= SHALLOW { gauss::EIGHT } else { gauss::SIXTEEN };
            for (y, weight) in gauss::nodes(rule, start, width) {
                let v = y.exp_m1();
                let far_log = (ratio * v).ln_1p();
                let mass = weight * ((1.0 - near_power) * y - far_power * far_log).exp();
                integral += mass;
                let (near_gone, far_gone) = (v / (1.0 + v), ratio * v / (1.0 + ratio * v));
                visit(&if purchases_bend_first {
                    Node { mass, logs: [y, far_log], gone: [near_gone, far_gone] }
                } else {
                    Node { mass, logs: [far_log, y], gone: [far_gone, near_gone] }
                });
            }
            // A panel too short to move on can only be the last: nothing is left to add.
            let next = start + width;
            let steep = slope(next);
            if next <= start || (steep < 0.0 && height(next).exp() <= TAIL * -steep * integral) {
                return;
            }
            start = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// To buy before leaving is the mirror image of leaving before buying: the three probabilities add up to 1.
        #[test]
        fn one_stays_or_leaves_or_buys(
            logs in prop::array::uniform4(-9.0..9.0f64),
            repeat in prop::sample::select(vec![0u32, 1, 3, 20, 500, 12_907, 1_000_000]),
            log_length in -9.0..9.0f64,
        ) {
            let [r, alpha, s, beta] = logs.map(f64::exp);
            let parameters = ParetoParameters { r, alpha, s, beta };
            let silence = Silence::new(&parameters, f64::from(repeat), 0.0, log_length.exp());
            let mirror = ParetoParameters { r: s, alpha: beta, s: silence.shape, beta: alpha };
            let buys = Silence::new(&mirror, 0.0, 0.0, log_length.exp()).ln_left().exp();
            let whole = silence.ln_stayed().exp() + silence.ln_left().exp() + buys;
            prop_assert!((whole - 1.0).abs() < ACCURACY, "{whole:e}");
        }

        /// With equal rates the integral is elementary.
        #[test]
        fn equal_rates_have_a_closed_form(
            logs in prop::array::uniform3(-9.0..9.0f64),
            repeat in prop::sample::select(vec![0u32, 1, 3, 20, 500, 12_907, 1_000_000]),
            log_length in -9.0..9.0f64,
        ) {
            let [r, alpha, s] = logs.map(f64::exp);
            let parameters = ParetoParameters { r, alpha, s, beta: alpha };
            let silence = Silence::new(&parameters, f64::from(repeat), 0.0, log_length.exp());
            let both = silence.shape + s;
            let expected = s / both * -(-both * (log_length.exp() / alpha).ln_1p()).exp_m1();
            let found = silence.ln_left().exp();
            prop_assert!((found / expected - 1.0).abs() < ACCURACY, "{found:e} {expected:e}");
        }
    }

    const ACCURACY: f64 = 2e-13;
}
