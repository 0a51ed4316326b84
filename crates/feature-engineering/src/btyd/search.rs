//! The search for a maximum of a likelihood, from several starts.

use super::expansion::Expansion;
use super::newton::{self, Ascent};
use super::{FitError, ParameterList};

/// Logarithms of parameters, in a sample's own units, are searched up to this size (3e-6 to 3e5).
const BOUND: f64 = 12.6;
/// Two log-likelihoods are the same maximum if they differ relatively by less.
const SAME: f64 = 1e-9;
/// About how many rows are enough to tell starts apart.
const ENOUGH: usize = 8192;

/// What a likelihood is summed over.
pub(super) trait Observations: Sized {
    /// Number of terms behind the log-likelihood, to which its gradient is compared.
    fn weight(&self) -> f64;

    /// Every so manieth row, where there are many more than needed to find the neighbourhood of the maximum.
    fn thinned(&self) -> Option<Self>;
}

/// Every how manieth of so many rows to look at first. None where that would save little.
pub(super) fn thinning(rows: usize) -> Option<usize> {
    let every = rows / ENOUGH;
    (every >= 4).then_some(every)
}

/// The maximum of `at` over the logarithms of the parameters: gradient, curvature and step pass the checks of
/// [`newton::ascend`], and no start led higher. Where there are many rows the starts compete on some of them, and the
/// winner climbs on all; if that fails, all starts climb on all rows.
///
/// # Errors
/// The end of the highest ascent, where it is not a maximum.
pub(super) fn maximise<const N: usize, S: Observations>(
    sample: &S,
    starts: &[[f64; N]],
    at: impl Fn([f64; N], &S) -> Expansion<N>,
) -> Result<Ascent<N>, Ascent<N>> {
    if let Some(few) = sample.thinned()
        && let Ok(near) = climb(&few, starts, &at)
        && let Ok(top) = climb(sample, &[near.theta], &at)
    {
        return Ok(top);
    }
    climb(sample, starts, &at)
}

fn climb<const N: usize, S: Observations>(
    sample: &S,
    starts: &[[f64; N]],
    at: impl Fn([f64; N], &S) -> Expansion<N>,
) -> Result<Ascent<N>, Ascent<N>> {
    let ascents: Vec<Ascent<N>> =
        starts.iter().map(|start| newton::ascend(*start, BOUND, sample.weight(), |theta| at(theta, sample))).collect();
    let higher = |best: Ascent<N>, next: Ascent<N>| if value(&next) > value(&best) { next } else { best };
    let best = ascents.iter().copied().reduce(higher).expect("there are starts");
    let level = value(&best) - SAME * value(&best).abs();
    ascents.into_iter().filter(|end| end.converged && value(end) >= level).reduce(higher).ok_or(best)
}

/// Why a search that ended at `end` found no maximum. `customers_and_repeats`, `parameters` and `log_likelihood` are
/// for the message, in the caller's units.
pub(super) fn no_maximum<const N: usize, S: Observations>(
    end: &Ascent<N>,
    sample: &S,
    customers_and_repeats: (f64, f64),
    parameters: ParameterList,
    log_likelihood: f64,
) -> FitError {
    let (customers, repeats) = customers_and_repeats;
    if end.theta.iter().any(|theta| theta.abs() >= 0.99 * BOUND) {
        return FitError::NotIdentified { customers, repeats, parameters, log_likelihood };
    }
    let tolerance = newton::GRADIENT_TOLERANCE * sample.weight();
    FitError::NotConverged { gradient: end.gradient_norm(), tolerance, steps: end.steps, parameters, log_likelihood }
}

/// Log-likelihood where an ascent ended; not a number counts as the lowest.
fn value<const N: usize>(ascent: &Ascent<N>) -> f64 {
    if ascent.expansion.value.is_nan() { f64::NEG_INFINITY } else { ascent.expansion.value }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Numbers, and how many of them to look at first.
    struct Numbers(Vec<f64>, Option<usize>);

    impl Observations for Numbers {
        fn weight(&self) -> f64 {
            self.0.len() as f64
        }

        fn thinned(&self) -> Option<Self> {
            self.1.map(|first| Self(self.0[..first].to_vec(), None))
        }
    }

    /// `-sum (theta - x)^2`, highest at the mean.
    fn squares([theta]: [f64; 1], numbers: &Numbers) -> Expansion<1> {
        let mut sum = Expansion::ZERO;
        for x in &numbers.0 {
            sum.value -= (theta - x).powi(2);
            sum.gradient[0] -= 2.0 * (theta - x);
            sum.hessian[0][0] -= 2.0;
        }
        sum
    }

    #[test]
    fn the_maximum_is_that_of_all_rows_whatever_some_of_them_say() {
        let numbers = vec![9.0, 8.0, 1.0, 2.0];
        // Some rows, none of them, which have no maximum, and all.
        for first in [Some(2), Some(0), None] {
            let end = maximise(&Numbers(numbers.clone(), first), &[[0.0], [-3.0]], squares).unwrap();
            assert!((end.theta[0] - 5.0).abs() < 1e-8 && end.converged, "{first:?}: {end:?}");
        }
    }

    #[test]
    fn a_maximum_is_refused_where_another_start_leads_higher() {
        // A hill of height 1 at -2, and a slope that rises to 20 at the edge of the range.
        let hill_and_slope = |[theta]: [f64; 1], _: &Numbers| {
            let hill = (-(theta + 2.0).powi(2)).exp();
            let slope = if theta > 3.0 { (theta - 3.0).powi(2) } else { 0.0 };
            let mut sum = Expansion::ZERO;
            sum.value = hill + slope;
            sum.gradient[0] = -2.0 * (theta + 2.0) * hill + 2.0 * (theta - 3.0).max(0.0);
            sum.hessian[0][0] = (4.0 * (theta + 2.0).powi(2) - 2.0) * hill + if theta > 3.0 { 2.0 } else { 0.0 };
            sum
        };
        let numbers = Numbers(vec![1.0], None);
        let hill = maximise(&numbers, &[[-2.3]], hill_and_slope).unwrap();
        assert!((hill.theta[0] + 2.0).abs() < 1e-8);
        let edge = maximise(&numbers, &[[-2.3], [5.0]], hill_and_slope).unwrap_err();
        let refused = no_maximum(&edge, &numbers, (1.0, 2.0), ParameterList::new([("theta", 1.0)]), 3.0);
        assert!(matches!(refused, FitError::NotIdentified { .. }), "{edge:?}");
    }
}
