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
