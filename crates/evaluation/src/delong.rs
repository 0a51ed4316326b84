//! The interval of the area under the ROC curve without resampling: DeLong's variance, with the rows of a customer
//! taken together.

use serde::{Deserialize, Serialize};

use crate::comparison::verdict;
use crate::wilson::Z;
use crate::{Difference, Estimate, EvaluationError, Sample, roc_auc};

/// Customers that churned, and customers that stayed, below which there is no interval: it rests on a normal
/// approximation of two averages, one over each class.
pub const MIN_CUSTOMERS_PER_CLASS: usize = 10;

/// An area under the ROC curve with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Delong {
    /// The area as of [`roc_auc`], with its 95 % interval.
    pub auc: Estimate,
    /// Square root of DeLong's variance; `None` with one class, or fewer than two customers of a class.
    pub standard_error: Option<f64>,
}

/// The difference of two areas on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DelongDifference {
    /// Model minus baseline with its 95 % interval, and what that says.
    pub roc_auc: Difference,
    /// Square root of the variance of the difference; `None` as in [`Delong`].
    pub standard_error: Option<f64>,
    /// The difference over its standard error, standard normal where there is none; `None` where that error is 0.
    pub z: Option<f64>,
}

/// The area under the ROC curve with its standard error and 95 % interval.
///
/// The placement of a churner is the share of stayers ranked below it, that of a stayer the share of churners ranked
/// above it, ties counted half: `V10` and `V01` of DeLong, DeLong & Clarke-Pearson 1988 (Biometrics 44:837), all found
/// in one pass over the ranking (Sun & Xu 2014, IEEE Signal Processing Letters 21:1389). Rows of one customer are summed
/// first (Obuchowski 1997, Biometrics 53:567): with `M` churned and `N` stayed rows, `m_i` and `n_i` of them of
/// customer `i`, `a_i = Σ V10 - m_i·A` and `b_i = Σ V01 - n_i·A`,
///
/// `var A = I10/(I10-1)·Σ a_i²/M² + I01/(I01-1)·Σ b_i²/N² + 2·I/(I-1)·Σ a_i·b_i/(M·N)`,
///
/// where `I` counts customers, `I10` those with a churned row and `I01` those with a stayed one. Where each customer
/// has one row this is DeLong's variance.
///
/// The interval is symmetric in the log-odds of the area, `logit A ± 1.96·se/(A·(1-A))` (Pepe 2003, The Statistical
/// Evaluation of Medical Tests, p. 107): it stays within (0, 1), and covers better than the plain one where the area is
/// high or churners are few. There is none for a perfect ranking, whose variance is 0, nor with fewer than
/// [`MIN_CUSTOMERS_PER_CLASS`] customers of either class.
pub fn delong(sample: &Sample) -> Delong {
    let Some(placements) = Placements::of(sample) else {
        return Delong { auc: Estimate::computed(roc_auc(sample), None), standard_error: None };
    };
    let standard_error = placements.standard_error();
    let interval = standard_error
        .filter(|_| placements.enough())
        .and_then(|error| logit_interval(placements.auc, error))
        .filter(|(low, high)| low < high);
    Delong { auc: Estimate::computed(Some(placements.auc), interval), standard_error }
}

/// The difference of the areas of two models on the same rows, with its standard error and 95 % interval.
///
/// The variance is that of [`delong`] for the differences of the placements, which is
/// `var A - 2·cov(A, B) + var B` of the papers. The interval is the plain one: a difference has no bounds nearby. Two
/// rankings alike differ by 0 with certainty, as in [`paired_difference`](crate::paired_difference).
///
/// Neither model may have been fitted on these rows: of nested models on their own data the difference is not normal, and
/// the interval is wrong (Demler, Pencina & D'Agostino 2012, Stat Med 31:2577).
///
/// # Errors
///
/// [`EvaluationError::UnpairedLengths`] or [`EvaluationError::UnpairedRows`] unless both samples hold the same
/// outcomes of the same customers in the same order.
pub fn delong_difference(model: &Sample, baseline: &Sample) -> Result<DelongDifference, EvaluationError> {
    model.check_paired(baseline)?;
    let (Some(a), Some(b)) = (Placements::of(model), Placements::of(baseline)) else {
        let roc_auc = Difference { estimate: Estimate::NONE, verdict: None };
        return Ok(DelongDifference { roc_auc, standard_error: None, z: None });
    };
    let difference = a.auc - b.auc;
    let enough = a.enough();
    let standard_error = a.minus(&b).standard_error();
    let z = standard_error.filter(|&error| error > 0.0).map(|error| difference / error);
    let interval = standard_error
        .filter(|&error| enough && (error > 0.0 || difference == 0.0))
        .map(|error| (difference - Z * error, difference + Z * error));
    let estimate = Estimate::computed(Some(difference), interval);
    let roc_auc = Difference { estimate, verdict: Some(verdict(estimate.interval(), false)) };
    Ok(DelongDifference { roc_auc, standard_error, z })
}

/// `logit A ± 1.96·se/(A·(1-A))`, back on the scale of the area; `None` at its bounds.
fn logit_interval(auc: f64, standard_error: f64) -> Option<(f64, f64)> {
    if !(0.0 < auc && auc < 1.0) {
        return None;
    }
    let half = Z * standard_error / (auc * (1.0 - auc));
    let centre = (auc / (1.0 - auc)).ln();
    let area = |log_odds: f64| 1.0 / (1.0 + (-log_odds).exp());
    Some((area(centre - half), area(centre + half)))
}

/// What each customer adds to the area beyond its share.
#[derive(Debug, Clone)]
struct Placements {
    auc: f64,
    /// Customers with a row that churned, and with one that stayed.
    customers: (usize, usize),
    /// `a_i / M` and `b_i / N` of each customer, rising by id.
    excess: Vec<(f64, f64)>,
}

impl Placements {
    /// `None` with one class.
    fn of(sample: &Sample) -> Option<Self> {
        let auc = roc_auc(sample)?;
        let tally = sample.tally();
        let (churners, stayers) = (tally.churners, tally.stayers());

        // Twice the number of opponents beaten, of each distinct probability: whole numbers, so sums are exact.
        let mut twice_beaten: Vec<(u64, u64)> = Vec::with_capacity(tally.counts.len());
        let (mut stayers_below, mut churners_up_to) = (0, 0);
        for count in tally.counts {
            churners_up_to += count.churned;
            let churners_above = churners - churners_up_to;
            twice_beaten.push((2 * stayers_below + count.stayed, 2 * churners_above + count.churned));
            stayers_below += count.stayed;
        }

        let mut sums = vec![Sums::default(); sample.clusters()];
        for (block, cluster, churned) in sample.ranked() {
            let sums = &mut sums[cluster];
            if churned {
                sums.churned += 1;
                sums.by_churned += u128::from(twice_beaten[block].0);
            } else {
                sums.stayed += 1;
                sums.by_stayed += u128::from(twice_beaten[block].1);
            }
        }
        let (m, n) = (churners as f64, stayers as f64);
        let excess = |twice: u128, opponents: f64, rows: u64| twice as f64 / (2.0 * opponents) - rows as f64 * auc;
        Some(Self {
            auc,
            customers: sample.clusters_by_outcome(),
            excess: sums
                .iter()
                .map(|s| (excess(s.by_churned, n, s.churned) / m, excess(s.by_stayed, m, s.stayed) / n))
                .collect(),
        })
    }

    fn enough(&self) -> bool {
        self.customers.0.min(self.customers.1) >= MIN_CUSTOMERS_PER_CLASS
    }

    /// Both have to be of the same rows.
    fn minus(mut self, other: &Self) -> Self {
        self.auc -= other.auc;
        for (a, b) in self.excess.iter_mut().zip(&other.excess) {
            *a = (a.0 - b.0, a.1 - b.1);
        }
        self
    }

    fn standard_error(&self) -> Option<f64> {
        let (with_churned, with_stayed) = self.customers;
        if with_churned < 2 || with_stayed < 2 {
            return None;
        }
        let unbiased = |customers: usize| customers as f64 / (customers as f64 - 1.0);
        let (mut churned, mut stayed, mut both) = (0.0, 0.0, 0.0);
        for (a, b) in &self.excess {
            churned += a * a;
            stayed += b * b;
            both += a * b;
        }
        let variance = unbiased(with_churned) * churned
            + unbiased(with_stayed) * stayed
            + 2.0 * unbiased(self.excess.len()) * both;
        // A sum of squares in exact arithmetic, as `I` is at least `I10` and `I01`; rounding may leave it below 0.
        // It is exactly 0 for a perfect ranking and for two rankings alike: their excesses are whole numbers less themselves.
        Some(variance.max(0.0).sqrt())
    }
}

/// Rows of one customer, and twice the opponents they beat.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    churned: u64,
    stayed: u64,
    by_churned: u128,
    by_stayed: u128,
}
