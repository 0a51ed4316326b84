//! Does the model treat groups of customers alike? Rate, ranking and calibration within each group.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sample::same_length;
use crate::wilson::{Z, score_interval};
use crate::{Estimate, EvaluationError, Sample, delong, observed_rate, observed_to_expected};

/// Rows that churned, and rows that stayed, below which a group's figures are withheld: they would say more about chance
/// than about the group.
pub const MIN_ROWS_PER_GROUP: u64 = 30;

/// Why the figures of a group are withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Fewer than [`MIN_ROWS_PER_GROUP`] rows churned.
    FewChurners,
    /// Fewer than [`MIN_ROWS_PER_GROUP`] rows stayed.
    FewStayers,
}

impl std::fmt::Display for Withheld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let outcome = match self {
            Self::FewChurners => "churned",
            Self::FewStayers => "stayed",
        };
        write!(f, "fewer than {MIN_ROWS_PER_GROUP} rows {outcome}")
    }
}

/// The metrics of one group of rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GroupMetrics {
    /// The group's number, as given.
    pub group: u32,
    /// Rows of the group, at least 1.
    pub rows: u64,
    /// Customers among them.
    pub customers: u64,
    /// Rows whose customer churned.
    pub churners: u64,
    /// Set where the three figures below are withheld.
    pub withheld: Option<Withheld>,
    /// Share of the rows that churned.
    pub observed_rate: Estimate,
    /// Area under the ROC curve within the group, see [`delong`].
    pub roc_auc: Estimate,
    /// Observed over expected churners; above 1 churn was underestimated in this group.
    pub observed_to_expected: Estimate,
}

/// The metrics of each group, rising by number, with 95 % intervals that count several rows of one customer rightly.
///
/// * `group`: the group of each row; the others are as in [`Sample::new`]. A customer may change group between rows.
///
/// With residuals summed over the rows of each customer (the sandwich or "linearisation" variance of a ratio; Cochran
/// 1977, Sampling Techniques, ch. 6 and 9A), `O` observed and `E` expected churners, and `N` rows of `I` customers:
///
/// - observed rate: Wilson's interval at the effective number of rows `r(1-r)/v`, at most `N`, with
///   `v = Σ_i (o_i - r·n_i)²/N²` (Dean & Pagano 2015, J Surv Stat Methodol 3:484). One row each gives Wilson's own;
/// - O:E: symmetric in its logarithm (Debray et al. 2017, BMJ 356:i6460), `O/E · exp(±1.96·s)` with
///   `s² = I/(I-1) · Σ_i (o_i - O/E·e_i)²/O²`;
/// - area: [`delong`].
///
/// Groups are compared by whether intervals overlap only as a first look: no allowance is made for the number of groups.
///
/// # Errors
///
/// Those of [`Sample::new`]; [`EvaluationError::LengthMismatch`] for `group`.
pub fn by_group(
    probability: &[f64],
    churned: &[bool],
    cluster: &[u32],
    group: &[u32],
) -> Result<Vec<GroupMetrics>, EvaluationError> {
    let rows = probability.len();
    same_length("churned", rows, churned.len())?;
    same_length("cluster", rows, cluster.len())?;
    same_length("group", rows, group.len())?;
    crate::sample::check_probabilities("probability", probability)?;
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, &group) in group.iter().enumerate() {
        members.entry(group).or_default().push(row);
    }
    members
        .into_iter()
        .map(|(group, rows)| {
            let sample = Sample::new(
                rows.iter().map(|&row| probability[row]).collect(),
                rows.iter().map(|&row| churned[row]).collect(),
                rows.iter().map(|&row| cluster[row]).collect(),
            )?;
            Ok(of_group(group, &sample))
        })
        .collect()
}

fn of_group(group: u32, sample: &Sample) -> GroupMetrics {
    let (rows, churners) = (sample.rows() as u64, sample.churners() as u64);
    let withheld = if churners < MIN_ROWS_PER_GROUP {
        Some(Withheld::FewChurners)
    } else if rows - churners < MIN_ROWS_PER_GROUP {
        Some(Withheld::FewStayers)
    } else {
        None
    };
    let mut metrics = GroupMetrics {
        group,
        rows,
        customers: sample.clusters() as u64,
        churners,
        withheld,
        observed_rate: Estimate::NONE,
        roc_auc: Estimate::NONE,
        observed_to_expected: Estimate::NONE,
    };
    if withheld.is_none() {
        let sums = CustomerSums::of(sample);
        let rate = observed_rate(sample);
        metrics.observed_rate = Estimate::computed(Some(rate), sums.rate_interval(rate));
        metrics.roc_auc = delong(sample).auc;
        let ratio = observed_to_expected(sample);
        let interval = ratio.and_then(|ratio| sums.ratio_interval(ratio));
        metrics.observed_to_expected = Estimate::computed(ratio, interval);
    }
    metrics
}

/// Rows, churned rows and expected churners of each customer, rising by id.
#[derive(Debug)]
struct CustomerSums(Vec<(f64, f64, f64)>);

impl CustomerSums {
    fn of(sample: &Sample) -> Self {
        let distinct = &sample.tally().predictions.probability;
        let mut sums = vec![(0.0, 0.0, 0.0); sample.clusters()];
        for (at, cluster, churned) in sample.ranked() {
            let (rows, observed, expected) = &mut sums[cluster];
            *rows += 1.0;
            *observed += f64::from(u8::from(churned));
            *expected += distinct[at];
        }
        Self(sums)
    }

    /// `rate` lies within (0, 1): both outcomes are there.
    fn rate_interval(&self, rate: f64) -> Option<(f64, f64)> {
        if self.0.len() < 2 {
            return None;
        }
        let rows: f64 = self.0.iter().map(|s| s.0).sum();
        let squares: f64 = self.0.iter().map(|(n, observed, _)| (observed - rate * n).powi(2)).sum();
        let effective = (rate * (1.0 - rate) * rows * rows / squares).min(rows);
        Some(score_interval(rate * effective, effective))
    }

    fn ratio_interval(&self, ratio: f64) -> Option<(f64, f64)> {
        let customers = self.0.len() as f64;
        if customers < 2.0 {
            return None;
        }
        let observed: f64 = self.0.iter().map(|s| s.1).sum();
        let squares: f64 = self.0.iter().map(|(_, observed, expected)| (observed - ratio * expected).powi(2)).sum();
        let error = (customers / (customers - 1.0) * squares).sqrt() / observed;
        // No width where all customers have one and the same ratio, which proves nothing.
        Some((ratio * (-Z * error).exp(), ratio * (Z * error).exp())).filter(|(low, high)| low < high)
    }
}
