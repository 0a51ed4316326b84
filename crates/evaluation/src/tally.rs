//! Counts of churners and stayers at each distinct probability: what every metric is computed from.
//!
//! Tied rows fall together here, so a metric computed from a tally cannot depend on the order of rows, and a bootstrap
//! replicate only changes the counts.

/// How many rows at one probability churned and stayed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) churned: u64,
    pub(crate) stayed: u64,
}

impl Count {
    pub(crate) fn rows(self) -> u64 {
        self.churned + self.stayed
    }
}

/// The distinct probabilities of a sample, rising, with the logarithms that replicates would otherwise recompute.
#[derive(Debug, Clone)]
pub(crate) struct Predictions {
    pub(crate) probability: Vec<f64>,
    /// `ln(p / (1 - p))` of the clipped probability.
    pub(crate) logit: Vec<f64>,
    /// `-ln p` of the clipped probability.
    pub(crate) loss_if_churned: Vec<f64>,
    /// `-ln(1 - p)` of the clipped probability.
    pub(crate) loss_if_stayed: Vec<f64>,
}

impl Predictions {
    /// `probability` has to be rising, without ties, within `[0, 1]`.
    pub(crate) fn new(probability: Vec<f64>) -> Self {
        let clipped = || probability.iter().map(|&p| clip(p));
        Self {
            logit: clipped().map(logit_of_clipped).collect(),
            loss_if_churned: clipped().map(|p| -p.ln()).collect(),
            loss_if_stayed: clipped().map(|p| -(-p).ln_1p()).collect(),
            probability,
        }
    }
}

/// Keeps a probability away from 0 and 1 by the machine epsilon, as scikit-learn's `log_loss` does, so that one
/// certain prediction that proves wrong costs about 36 and not infinity.
pub(crate) fn clip(p: f64) -> f64 {
    p.clamp(f64::EPSILON, 1.0 - f64::EPSILON)
}

/// Log-odds of a probability that lies strictly between 0 and 1.
pub(crate) fn logit_of_clipped(p: f64) -> f64 {
    p.ln() - (-p).ln_1p()
}

/// Distinct probabilities with a count for each, and the totals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally<'a> {
    pub(crate) predictions: &'a Predictions,
    pub(crate) counts: &'a [Count],
    pub(crate) churners: u64,
    pub(crate) rows: u64,
}

impl<'a> Tally<'a> {
    /// `counts` has one entry for each distinct probability.
    pub(crate) fn new(predictions: &'a Predictions, counts: &'a [Count]) -> Self {
        let (churners, stayers) = counts.iter().fold((0, 0), |(c, s), count| (c + count.churned, s + count.stayed));
        Self { predictions, counts, churners, rows: churners + stayers }
    }

    pub(crate) fn stayers(&self) -> u64 {
        self.rows - self.churners
    }

    pub(crate) fn has_both_classes(&self) -> bool {
        self.churners > 0 && self.stayers() > 0
    }

    /// Probability and count, from the lowest probability to the highest.
    pub(crate) fn rising(&self) -> impl DoubleEndedIterator<Item = (f64, Count)> + '_ {
        self.predictions.probability.iter().copied().zip(self.counts.iter().copied())
    }

    /// Sum of the predicted probabilities.
    pub(crate) fn expected_churners(&self) -> f64 {
        self.rising().map(|(p, n)| p * n.rows() as f64).sum()
    }

    /// `numerator / rows`, or `None` without rows.
    pub(crate) fn per_row(&self, numerator: f64) -> Option<f64> {
        (self.rows > 0).then(|| numerator / self.rows as f64)
    }
}
