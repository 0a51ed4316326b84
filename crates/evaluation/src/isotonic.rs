//! Isotonic calibration: the rising curve of observed rates, without a shape given in advance.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::EvaluationError;
use crate::pool::{Keep, Pool, push};
use crate::sample::{check_probabilities, same_length};
use crate::tally::{clip, logit_of_clipped};

/// Churners, and stayers, in the outermost blocks of an [`Isotonic`] calibration. The standard error of log-odds is at
/// least `1/√k` with `k` rows of the rarer outcome: 0.3 with ten.
pub const MIN_OUTCOMES_AT_THE_ENDS: u64 = 10;

/// Rows with neighbouring predictions that share one observed rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct IsotonicBlock {
    /// Rows in the block, at least 1.
    pub rows: u64,
    /// Rows among them whose customer churned.
    pub churners: u64,
    /// Sum of their weights.
    pub weight: f64,
    /// Weighted mean of their predicted probabilities.
    pub mean_predicted: f64,
    /// Weighted share that churned: rises strictly from block to block.
    pub observed_rate: f64,
}

impl IsotonicBlock {
    fn has_enough(&self) -> bool {
        self.churners.min(self.rows - self.churners) >= MIN_OUTCOMES_AT_THE_ENDS
    }

    fn join(&self, other: &Self) -> Self {
        let weight = self.weight + other.weight;
        let mean = |a: f64, b: f64| (self.weight * a + other.weight * b) / weight;
        Self {
            rows: self.rows + other.rows,
            churners: self.churners + other.churners,
            weight,
            mean_predicted: mean(self.mean_predicted, other.mean_predicted),
            observed_rate: mean(self.observed_rate, other.observed_rate),
        }
    }
}

/// The isotonic regression of the outcome on the prediction: blocks by rising prediction, tied predictions together.
///
/// These are the bins of the CORP reliability diagram (Dimitriadis, Gneiting & Jordan 2021, PNAS 118:e2016191118), found
/// by pooling adjacent violators. Neighbours with equal rates are one block.
///
/// * `probability`: predicted probabilities; `churned`: what happened; `weight`: above 0 and finite, one for each row, or
///   `None` where all rows count alike.
///
/// # Errors
///
/// [`EvaluationError::Empty`], [`EvaluationError::LengthMismatch`], [`EvaluationError::NotAProbability`],
/// [`EvaluationError::Weight`].
pub fn isotonic_blocks(
    probability: &[f64],
    churned: &[bool],
    weight: Option<&[f64]>,
) -> Result<Vec<IsotonicBlock>, EvaluationError> {
    same_length("churned", probability.len(), churned.len())?;
    check_probabilities("probability", probability)?;
    if let Some(weight) = weight {
        same_length("weight", probability.len(), weight.len())?;
        // No sum of weights may overflow. A NaN fails the comparison, so it is refused here as well.
        let most = f64::MAX / weight.len() as f64;
        if let Some(row) = weight.iter().position(|&w| !(w > 0.0 && w <= most)) {
            return Err(EvaluationError::Weight { row, found: weight[row] });
        }
    }
    // Sorted by all they hold, so that the order of rows does not show in the last digits of the sums.
    let mut rows: Vec<(f64, f64, bool)> = probability
        .iter()
        .zip(churned)
        .enumerate()
        .map(|(i, (&p, &y))| (p + 0.0, weight.map_or(1.0, |w| w[i]), y))
        .collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));

    let mut pools: Vec<Pool> = Vec::new();
    for ties in rows.chunk_by(|a, b| a.0 == b.0) {
        let weight = ties.iter().map(|r| r.1).sum();
        let sum = ties.iter().filter(|r| r.2).map(|r| r.1).sum();
        push(&mut pools, Pool { sum, weight, entries: ties.len() }, Keep::Rises);
    }
    let mut rest = rows.as_slice();
    let mut blocks = Vec::with_capacity(pools.len());
    for pool in &pools {
        let (own, others) = rest.split_at(pool.entries);
        rest = others;
        let predicted: f64 = own.iter().map(|r| r.0 * r.1).sum();
        blocks.push(IsotonicBlock {
            rows: own.len() as u64,
            churners: own.iter().filter(|r| r.2).count() as u64,
            weight: pool.weight,
            // A mean of equal values may round past them, and then past its neighbour's.
            mean_predicted: (predicted / pool.weight).clamp(own[0].0, own[own.len() - 1].0),
            observed_rate: pool.mean().clamp(0.0, 1.0),
        });
    }
    Ok(blocks)
}

/// An isotonic calibration that keeps the ranking: log-odds of the prediction to calibrated log-odds, piecewise linear.
///
/// The knots are the blocks of [`isotonic_blocks`]: mean prediction and observed rate, both in log-odds. Steps, which
/// are the isotonic regression itself, would tie all customers of a block and cost area under the ROC curve; between
/// the knots the straight line keeps their order. Beyond the outermost knots it goes on with the slope of the
/// outermost piece or with slope 1, whichever is less: no steeper than the predictions themselves.
///
/// A block at either end joins its neighbour until it holds at least [`MIN_OUTCOMES_AT_THE_ENDS`] churners and as many
/// stayers. Pooling leaves small blocks there with rates near or at 0 and 1, which are chance: their log-odds would be
/// extreme or infinite. (Blocks between them have a rate within (0, 1) and cannot be far out.) Calibrated probabilities
/// lie within `[2^-52, 1 - 2^-52]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Knots", into = "Knots")]
pub struct Isotonic {
    /// Log-odds before and after, both rising strictly; at least two.
    knots: Vec<(f64, f64)>,
}

impl Isotonic {
    /// The calibration of out-of-sample predictions. `Ok(None)` where there is nothing to learn from them: fewer than
    /// two blocks with enough rows, as with one class or a ranking that is no better than chance.
    ///
    /// Arguments and errors are those of [`isotonic_blocks`].
    ///
    /// # Errors
    ///
    /// As [`isotonic_blocks`].
    pub fn fit(probability: &[f64], churned: &[bool], weight: Option<&[f64]>) -> Result<Option<Self>, EvaluationError> {
        let blocks = with_enough_at_the_ends(isotonic_blocks(probability, churned, weight)?);
        let mut knots: Vec<(f64, f64)> = Vec::with_capacity(blocks.len());
        for block in &blocks {
            let (x, y) = (log_odds(block.mean_predicted), log_odds(block.observed_rate));
            // Predictions can be distinct and yet alike once they are clipped.
            if knots.last().is_none_or(|last| last.0 < x && last.1 < y) {
                knots.push((x, y));
            }
        }
        Ok(if knots.len() < 2 { None } else { Some(Self { knots }) })
    }

    /// Calibrated log-odds of a prediction in log-odds. Rises with `log_odds`; NaN gives NaN.
    pub fn log_odds(&self, log_odds: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot.0 <= log_odds);
        let last = self.knots.len() - 1;
        let (from, to) = if after == 0 {
            (self.knots[0], self.knots[1])
        } else {
            (self.knots[after.min(last) - 1], self.knots[after.min(last)])
        };
        let (run, rise) = (to.0 - from.0, to.1 - from.1);
        if after == 0 {
            from.1 + (rise / run).min(1.0) * (log_odds - from.0)
        } else if after > last {
            to.1 + (rise / run).min(1.0) * (log_odds - to.0)
        } else {
            // Rounding may not pass the knots, or order would be lost there.
            (from.1 + rise * ((log_odds - from.0) / run)).clamp(from.1, to.1)
        }
    }

    /// The knots in log-odds, before and after, rising: what [`Self::log_odds`] goes by. Between knots the curve is straight;
    /// beyond the outer ones it goes on with the slope of the outer pieces, or 1 if that is less.
    #[must_use]
    pub fn knots_in_log_odds(&self) -> &[(f64, f64)] {
        &self.knots
    }

    /// The knots, as predicted probability and calibrated probability: the points of a chart.
    pub fn knots(&self) -> impl ExactSizeIterator<Item = (f64, f64)> + '_ {
        self.knots.iter().map(|&(x, y)| (probability(x), probability(y)))
    }
}

/// Joins the blocks at both ends with their neighbours until they have enough rows of both outcomes.
fn with_enough_at_the_ends(blocks: Vec<IsotonicBlock>) -> Vec<IsotonicBlock> {
    let mut joined: Vec<IsotonicBlock> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match joined.as_mut_slice() {
            [first] if !first.has_enough() => *first = first.join(&block),
            _ => joined.push(block),
        }
    }
    while let [.., previous, last] = joined.as_mut_slice()
        && !last.has_enough()
    {
        *previous = previous.join(last);
        joined.pop();
    }
    joined
}

/// Log-odds of a probability, clipped.
pub(crate) fn log_odds(probability: f64) -> f64 {
    logit_of_clipped(clip(probability))
}

/// The probability of log-odds, clipped.
pub(crate) fn probability(log_odds: f64) -> f64 {
    clip(1.0 / (1.0 + (-log_odds).exp()))
}

/// Where the log-odds of clipped probabilities lie.
const LOG_ODDS: RangeInclusive<f64> = -37.0..=37.0;

/// What a file holds: the knots in log-odds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Knots {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl From<Isotonic> for Knots {
    fn from(isotonic: Isotonic) -> Self {
        let (x, y) = isotonic.knots.into_iter().unzip();
        Self { x, y }
    }
}

impl TryFrom<Knots> for Isotonic {
    type Error = EvaluationError;

    fn try_from(Knots { x, y }: Knots) -> Result<Self, Self::Error> {
        // A NaN lies in no range.
        let rising = |v: &[f64]| v.iter().all(|v| LOG_ODDS.contains(v)) && v.windows(2).all(|pair| pair[0] < pair[1]);
        if x.len() == y.len() && x.len() >= 2 && rising(&x) && rising(&y) {
            Ok(Self { knots: x.into_iter().zip(y).collect() })
        } else {
            Err(EvaluationError::Knots { x: x.len(), y: y.len() })
        }
    }
}
