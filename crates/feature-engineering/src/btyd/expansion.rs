//! A function of several parameters with its first two derivatives, and how such functions are added up.

use rayon::prelude::*;

/// Rows summed together before partial sums are added in order. Fixed, so that the number of threads does not show.
pub(super) const BLOCK: usize = 4096;

/// Value, gradient and Hessian at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expansion<const N: usize> {
    /// Value.
    pub(super) value: f64,
    /// First derivatives.
    pub(super) gradient: [f64; N],
    /// Second derivatives, lower triangle; what lies above the diagonal is zero.
    pub(super) hessian: [[f64; N]; N],
}

impl<const N: usize> Expansion<N> {
    pub(super) const ZERO: Self = Self { value: 0.0, gradient: [0.0; N], hessian: [[0.0; N]; N] };

    /// Adds `weight` times another function.
    pub(super) fn add(&mut self, weight: f64, other: &Self) {
        self.value += weight * other.value;
        for i in 0..N {
            self.gradient[i] += weight * other.gradient[i];
            for j in 0..=i {
                self.hessian[i][j] += weight * other.hessian[i][j];
            }
        }
    }

    /// Adds `weight` times `ln(e^u + e^v)`: derivatives are those of `u` and `v`, weighed by their shares in the sum,
    /// and the spread between the two.
    pub(super) fn add_log_sum(&mut self, weight: f64, u: &Self, v: &Self) {
        let (share_u, share_v) = (weight * logistic(u.value - v.value), logistic(v.value - u.value));
        let spread = share_u * share_v;
        let share_v = weight * share_v;
        self.value += weight * log_add_exp(u.value, v.value);
        for i in 0..N {
            self.gradient[i] += share_u * u.gradient[i] + share_v * v.gradient[i];
            let apart = spread * (u.gradient[i] - v.gradient[i]);
            for j in 0..=i {
                self.hessian[i][j] +=
                    share_u * u.hessian[i][j] + share_v * v.hessian[i][j] + apart * (u.gradient[j] - v.gradient[j]);
            }
        }
    }
}

/// The sum over `rows` of a function that adds each row to a running sum, in fixed blocks on all threads.
pub(super) fn sum_expansions<const N: usize, R: Sync>(
    rows: &[R],
    add: impl Fn(&R, &mut Expansion<N>) + Sync,
) -> Expansion<N> {
    let of_block = |rows: &[R]| {
        let mut sum = Expansion::ZERO;
        rows.iter().for_each(|row| add(row, &mut sum));
        sum
    };
    let blocks: Vec<Expansion<N>> = rows.par_chunks(BLOCK).map(of_block).collect();
    blocks.iter().fold(Expansion::ZERO, |mut total, block| {
        total.add(1.0, block);
        total
    })
}

/// The sum over `rows` of a number, in fixed blocks on all threads.
pub(super) fn sum_values<R: Sync>(rows: &[R], of: impl Fn(&R) -> f64 + Sync) -> f64 {
    let blocks: Vec<f64> = rows.par_chunks(BLOCK).map(|rows| rows.iter().map(&of).sum()).collect();
    blocks.iter().sum()
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
pub(super) fn log_add_exp(u: f64, v: f64) -> f64 {
    let (low, high) = if u < v { (u, v) } else { (v, u) };
    high + (low - high).exp().ln_1p()
}

/// Checks an expansion against central differences of its own value and gradient.
#[cfg(test)]
pub(super) fn assert_derivatives<const N: usize>(theta: [f64; N], at: impl Fn([f64; N]) -> Expansion<N>) {
    let here = at(theta);
    let step = 1e-5;
    let size = here.value.abs().max(1.0);
    for i in 0..N {
        let shifted = |h: f64| {
            let mut moved = theta;
            moved[i] += h;
            at(moved)
        };
        let (up, down) = (shifted(step), shifted(-step));
        let slope = (up.value - down.value) / (2.0 * step);
        // Differences of values carry their rounding divided by the step.
        let tolerance = 1e-6 * here.gradient[i].abs().max(1.0) + 1e-10 * size;
        assert!((slope - here.gradient[i]).abs() < tolerance, "gradient {i} at {theta:?}: {slope} {here:?}");
        for j in 0..N {
            let slope = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
            let found = here.hessian[i.max(j)][i.min(j)];
            let tolerance = 1e-6 * found.abs().max(1.0) + 1e-10 * size;
            assert!((slope - found).abs() < tolerance, "hessian {i} {j} at {theta:?}: {slope} {here:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_of_a_sum_has_the_derivatives_of_a_mixture() {
        let line = |theta: [f64; 2], k: [f64; 2]| {
            let mut expansion = Expansion::ZERO;
            expansion.value = k[0] * theta[0] + k[1] * theta[1] * theta[1];
            expansion.gradient = [k[0], 2.0 * k[1] * theta[1]];
            expansion.hessian[1][1] = 2.0 * k[1];
            expansion
        };
        let at = |theta| {
            let mut sum = Expansion::ZERO;
            sum.add_log_sum(3.0, &line(theta, [1.5, -0.3]), &line(theta, [-0.7, 0.4]));
            sum
        };
        for theta in [[0.1, 0.2], [2.0, -1.0], [-30.0, 1.0]] {
            assert_derivatives(theta, at);
        }
    }
}
