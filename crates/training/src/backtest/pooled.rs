//! What the tests of all dates say together.

use evaluation::{Bootstrap, Comparison, Estimate, Metrics, PointMetrics, Sample, paired_difference};
use serde::Serialize;

use crate::evaluation_file::{Baselines, Differences};
use crate::test_run::verdict;
use crate::{Evaluation, TestPredictions, TrainingError, TrainingSettings};

/// The predictions of all dates as one sample. A customer who was tested at several dates is one cluster of rows.
///
/// Rows of all dates are ranked together here, though each date has a model of its own: a pooled ROC AUC also says how
/// well the models knew which dates would see more churn. [`Means`] are free of that.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pooled {
    /// Dates with a model.
    pub dates: usize,
    /// Different customers among the rows.
    pub customers: u64,
    /// The models.
    pub model: Metrics,
    /// The baselines on the same rows; BG/NBD on those of the dates that have it.
    pub baselines: Baselines,
    /// Model minus baseline, on the rows that the baseline has.
    pub differences: Differences,
    /// Whether the log-loss of the models is lower than that of every baseline, each with its whole 95 % interval.
    pub beats_baselines: bool,
    /// The verdict in plain words, a line for each baseline.
    pub verdict: Vec<String>,
    /// How the intervals were computed.
    pub bootstrap: Bootstrap,
}

/// The mean of each metric over the dates, each date counting the same; none where a date does not have the metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Means {
    /// Of the models.
    pub model: PointMetrics,
    /// Of the churn rate alone; none where a date does not have it.
    pub prevalence: Option<PointMetrics>,
    /// Of recency alone; likewise.
    pub recency: Option<PointMetrics>,
    /// Of BG/NBD; likewise.
    pub bg_nbd: Option<PointMetrics>,
}

impl Pooled {
    /// Puts the predictions of at least one date together.
    pub(super) fn of(dates: &[TestPredictions], settings: &TrainingSettings) -> Result<Self, TrainingError> {
        let of_model = sample(dates.iter().map(|date| (date, date.model.as_slice())))?;
        let bootstrap = match settings.replicates {
            Some(replicates) => Bootstrap::new(replicates, settings.seed)?,
            None => Bootstrap::for_rows(of_model.rows(), settings.seed),
        };
        // A baseline that some dates lack is compared on the rows of the others.
        let against = |values: fn(&TestPredictions) -> Option<&[f64]>| -> Result<Option<Against>, TrainingError> {
            let with: Vec<&TestPredictions> = dates.iter().filter(|date| values(date).is_some()).collect();
            if with.is_empty() {
                return Ok(None);
            }
            let model = sample(with.iter().map(|date| (*date, date.model.as_slice())))?;
            let baseline = sample(with.iter().filter_map(|date| Some((*date, values(date)?))))?;
            Ok(Some(Against {
                metrics: Metrics::estimate(&baseline, bootstrap),
                difference: paired_difference(&model, &baseline, bootstrap)?,
                without: dates.len() - with.len(),
            }))
        };
        let prevalence = against(|date| date.prevalence.as_deref())?;
        let recency = against(|date| date.recency.as_deref())?;
        let bg_nbd = against(|date| date.bg_nbd.as_deref())?;
        let difference = |against: &Option<Against>| against.as_ref().map(|against| against.difference);
        let differences = Differences {
            prevalence: difference(&prevalence),
            recency: difference(&recency),
            bg_nbd: difference(&bg_nbd),
        };
        let (mut verdict, beats_baselines) = verdict(&differences, true);
        for (name, against) in [("The churn rate", &prevalence), ("Recency", &recency), ("BG/NBD", &bg_nbd)] {
            let Some(Against { metrics, without: without @ 1.., .. }) = against else { continue };
            verdict.push(format!(
                "{name} could not be fitted at {without} of the {} dates: its numbers, and the comparison with it, are of the \
                 {} rows of the others (of {} rows in all).",
                dates.len(),
                metrics.rows,
                of_model.rows()
            ));
        }
        let metrics = |against: Option<Against>| against.map(|against| against.metrics);
        Ok(Self {
            dates: dates.len(),
            customers: of_model.clusters() as u64,
            model: Metrics::estimate(&of_model, bootstrap),
            baselines: Baselines {
                prevalence: metrics(prevalence),
                recency: metrics(recency),
                bg_nbd: metrics(bg_nbd),
            },
            differences,
            beats_baselines,
            verdict,
            bootstrap,
        })
    }
}

/// A baseline on the dates that have it.
struct Against {
    metrics: Metrics,
    difference: Comparison,
    /// Dates that do not.
    without: usize,
}

/// The rows of some dates with their predictions, one after the other.
fn sample<'a>(dates: impl Iterator<Item = (&'a TestPredictions, &'a [f64])>) -> Result<Sample, TrainingError> {
    let (mut probability, mut churned, mut customers) = (Vec::new(), Vec::new(), Vec::new());
    for (date, values) in dates {
        probability.extend_from_slice(values);
        churned.extend_from_slice(&date.churned);
        customers.extend_from_slice(&date.customers);
    }
    Ok(Sample::new(probability, churned, customers)?)
}

impl Means {
    pub(super) fn of(dates: &[&Evaluation]) -> Self {
        let over = |of: fn(&Evaluation) -> &Metrics| mean(&dates.iter().map(|date| of(date)).collect::<Vec<_>>());
        let of = |of: fn(&Baselines) -> Option<&Metrics>| {
            let all: Option<Vec<&Metrics>> = dates.iter().map(|date| of(&date.baselines)).collect();
            all.map(|metrics| mean(&metrics))
        };
        Self {
            model: over(|date| &date.model),
            prevalence: of(|baselines| baselines.prevalence.as_ref()),
            recency: of(|baselines| baselines.recency.as_ref()),
            bg_nbd: of(|baselines| baselines.bg_nbd.as_ref()),
        }
    }
}

fn mean(dates: &[&Metrics]) -> PointMetrics {
    let over = |metric: fn(&Metrics) -> Estimate| {
        let values: Option<Vec<f64>> = dates.iter().map(|metrics| metric(metrics).value()).collect();
        values.filter(|values| !values.is_empty()).map(|values| values.iter().sum::<f64>() / values.len() as f64)
    };
    PointMetrics {
        roc_auc: over(|m| m.roc_auc),
        average_precision: over(|m| m.average_precision),
        log_loss: over(|m| m.log_loss),
        brier: over(|m| m.brier),
        brier_skill: over(|m| m.brier_skill),
        ece: over(|m| m.ece),
        calibration_slope: over(|m| m.calibration_slope),
        calibration_intercept: over(|m| m.calibration_intercept),
        lift_at_10: over(|m| m.lift_at_10),
    }
}
