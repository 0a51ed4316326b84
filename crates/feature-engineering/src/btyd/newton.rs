//! Damped Newton ascent in a few unknowns.
//!
//! The likelihoods here have cheap exact second derivatives. Newton's method with them needs four to ten passes over
//! the data, where L-BFGS needs twenty or more, and shows by its own step, which is a distance in parameters, whether a
//! flat place is a maximum or a slope that never ends. L-BFGS has no such check, and the line search of argmin has no
//! limit on its evaluations.
//!
//! Damping after Levenberg and Marquardt: Nocedal & Wright (2006), Numerical Optimization, chapter 10.

use super::expansion::Expansion;

/// The most steps tried from one start.
const MAX_STEPS: u32 = 300;
/// The longest step in any one direction.
const MAX_STEP: f64 = 1.5;
/// Largest gradient component at a maximum, per unit of `weight`.
pub(super) const GRADIENT_TOLERANCE: f64 = 1e-9;
/// Longest Newton step at a maximum.
const STEP_TOLERANCE: f64 = 1e-8;
/// Damping, per unit of `weight`, beyond which steps are too short to lead anywhere.
const MAX_DAMPING: f64 = 1e9;
/// Steps against the edge of the box, the function still rising beyond it, after which a search gives up.
const MAX_AT_EDGE: u32 = 20;
/// How much a function value may fall by rounding alone, relatively.
const ROUNDING: f64 = 1e-12;

/// Where an ascent ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ascent<const N: usize> {
    /// The point.
    pub(super) theta: [f64; N],
    /// The function there.
    pub(super) expansion: Expansion<N>,
    /// Steps tried.
    pub(super) steps: u32,
    /// Whether the point is a maximum: gradient zero, curvature negative, Newton step zero, all to tolerance.
    pub(super) converged: bool,
}

impl<const N: usize> Ascent<N> {
    /// Largest gradient component.
    pub(super) fn gradient_norm(&self) -> f64 {
        largest(&self.expansion.gradient)
    }
}

/// Climbs from `start` inside the box `|theta| <= bound`. `weight` is the number of terms behind the function, to
/// which its gradient is compared.
pub(super) fn ascend<const N: usize>(
    start: [f64; N],
    bound: f64,
    weight: f64,
    at: impl Fn([f64; N]) -> Expansion<N>,
) -> Ascent<N> {
    let mut theta = start;
    let mut here = at(theta);
    let mut damping = 1e-3;
    let (mut steps, mut at_edge) = (0, 0);
    loop {
        let flat = largest(&here.gradient) <= GRADIENT_TOLERANCE * weight;
        let converged = flat && newton_step(&here, 0.0).is_some_and(|step| largest(&step) <= STEP_TOLERANCE);
        let pushes_out = |(value, slope): (&f64, &f64)| value.abs() >= bound && value * slope > 0.0;
        at_edge += u32::from(theta.iter().zip(&here.gradient).any(pushes_out));
        if converged || steps == MAX_STEPS || at_edge > MAX_AT_EDGE || damping > MAX_DAMPING {
            return Ascent { theta, expansion: here, steps, converged };
        }
        steps += 1;
        let moved = newton_step(&here, damping * weight).map(|step| {
            let shrink = (MAX_STEP / largest(&step)).min(1.0);
            let mut next = theta;
            for (value, change) in next.iter_mut().zip(step) {
                *value = (*value + shrink * change).clamp(-bound, bound);
            }
            next
        });
        match moved.map(|next| (next, at(next))) {
            Some((next, there)) if is_better(&there, &here) => {
                (theta, here) = (next, there);
                damping = if damping < 1e-12 { 0.0 } else { damping * 0.1 };
            }
            _ => damping = (damping * 8.0).max(1e-6),
        }
    }
}

/// Higher; or, where rounding decides about height, flatter.
fn is_better<const N: usize>(there: &Expansion<N>, here: &Expansion<N>) -> bool {
    there.value > here.value
        || (there.value >= here.value - ROUNDING * here.value.abs()
            && largest(&there.gradient) < largest(&here.gradient))
}

/// Solves `(damping I - hessian) step = gradient` by Cholesky. None where the matrix is not positive definite.
fn newton_step<const N: usize>(expansion: &Expansion<N>, damping: f64) -> Option<[f64; N]> {
    let lower = cholesky(&expansion.hessian, damping)?;
    let step = solve(&lower, expansion.gradient);
    step.iter().all(|value| value.is_finite()).then_some(step)
}

/// The factor `L` of `damping I - hessian = L L'`. None where the matrix is not positive definite.
fn cholesky<const N: usize>(hessian: &[[f64; N]; N], damping: f64) -> Option<[[f64; N]; N]> {
    let mut lower = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let ridge = if i == j { damping } else { 0.0 };
            let dot: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest: f64 = ridge - hessian[i][j] - dot;
            if i > j {
                lower[i][j] = rest / lower[j][j];
            } else if rest > 0.0 && rest.is_finite() {
                lower[i][i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(lower)
}

/// Solves `L L' step = right`.
fn solve<const N: usize>(lower: &[[f64; N]; N], right: [f64; N]) -> [f64; N] {
    let mut step = right;
    for i in 0..N {
        let dot: f64 = (0..i).map(|k| lower[i][k] * step[k]).sum();
        step[i] = (step[i] - dot) / lower[i][i];
    }
    for i in (0..N).rev() {
        let dot: f64 = (i + 1..N).map(|k| lower[k][i] * step[k]).sum();
        step[i] = (step[i] - dot) / lower[i][i];
    }
    step
}

/// Standard errors of the unknowns at a maximum: roots of the diagonal of the inverse negative Hessian. None where the
/// curvature is not that of a maximum.
pub(super) fn standard_errors<const N: usize>(expansion: &Expansion<N>) -> Option<[f64; N]> {
    let lower = cholesky(&expansion.hessian, 0.0)?;
    let mut errors = [0.0; N];
    for (i, error) in errors.iter_mut().enumerate() {
        let mut unit = [0.0; N];
        unit[i] = 1.0;
        *error = solve(&lower, unit)[i].sqrt();
    }
    errors.iter().all(|error| error.is_finite()).then_some(errors)
}

/// Largest absolute value; infinite if one is not a number.
fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| if value.is_nan() { f64::INFINITY } else { value.abs().max(most) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// `-x'Mx/2 + c'x` with a dense positive definite M.
    fn quadratic(theta: [f64; 4]) -> Expansion<4> {
        let m = [[4.0, 1.0, 0.5, 0.2], [1.0, 3.0, 0.3, 0.1], [0.5, 0.3, 2.0, 0.4], [0.2, 0.1, 0.4, 1.0]];
        let c = [1.0, -2.0, 3.0, 0.5];
        let mut expansion = Expansion { value: 0.0, gradient: c, hessian: [[0.0; 4]; 4] };
        for i in 0..4 {
            expansion.value += c[i] * theta[i];
            for j in 0..4 {
                expansion.value -= 0.5 * theta[i] * m[i][j] * theta[j];
                expansion.gradient[i] -= m[i][j] * theta[j];
                if j <= i {
                    expansion.hessian[i][j] = -m[i][j];
                }
            }
        }
        expansion
    }

    #[test]
    fn one_undamped_step_solves_a_quadratic() {
        let start = [0.3, 0.7, -1.0, 2.0];
        let step = newton_step(&quadratic(start), 0.0).unwrap();
        let end: [f64; 4] = std::array::from_fn(|i| start[i] + step[i]);
        assert!(largest(&quadratic(end).gradient) < 1e-14);
        let ascent = ascend(start, 10.0, 1.0, quadratic);
        let apart: [f64; 4] = std::array::from_fn(|i| ascent.theta[i] - end[i]);
        assert!(ascent.converged && largest(&apart) < 1e-8);
    }

    #[test]
    fn a_function_without_a_maximum_does_not_converge() {
        // Rises towards 1 for ever in the first direction: its gradient vanishes, but no maximum is there.
        let endless = |theta: [f64; 4]| {
            let mut expansion = quadratic([0.0, theta[1], theta[2], theta[3]]);
            let tail = (-theta[0]).exp();
            expansion.value += 1.0 - tail;
            expansion.gradient[0] = tail;
            expansion.hessian[0][0] = -tail;
            for row in expansion.hessian.iter_mut().skip(1) {
                row[0] = 0.0;
            }
            expansion
        };
        let ascent = ascend([0.0; 4], 30.0, 1.0, endless);
        assert!(!ascent.converged, "{ascent:?}");
        assert!(ascent.gradient_norm() < GRADIENT_TOLERANCE);
    }

    #[test]
    fn standard_errors_are_roots_of_the_inverse() {
        // Of [[4, 1], [1, 3]], whose inverse is [[3, -1], [-1, 4]] / 11.
        let curved = Expansion { value: 0.0, gradient: [0.0; 2], hessian: [[-4.0, 0.0], [-1.0, -3.0]] };
        let [first, second] = standard_errors(&curved).unwrap();
        assert!((first - (3.0f64 / 11.0).sqrt()).abs() < 1e-15 && (second - (4.0f64 / 11.0).sqrt()).abs() < 1e-15);
        let saddle = Expansion { hessian: [[-4.0, 0.0], [-1.0, 3.0]], ..curved };
        assert_eq!(standard_errors(&saddle), None);
    }

    #[test]
    fn numbers_that_are_none_do_not_converge() {
        let broken = |_: [f64; 4]| Expansion { value: f64::NAN, gradient: [f64::NAN; 4], hessian: [[f64::NAN; 4]; 4] };
        assert!(!ascend([0.0; 4], 10.0, 1.0, broken).converged);
    }
}
