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
    /// Of the churn rate alone.
    pub prevalence: PointMetrics,
    /// Of recency alone.
    pub recency: PointMetrics,
    /// Of BG/NBD; none where a date does not have it.
    pub bg_nbd: Option<PointMetrics>,
}

impl Pooled {
    /// Puts the predictions of at least one date together.
    pub(super) fn of(dates: &[TestPredictions], settings: &TrainingSettings) -> Result<Self, TrainingError> {
        let all: Vec<&TestPredictions> = dates.iter().collect();
        let with_bg_nbd: Vec<&TestPredictions> = dates.iter().filter(|date| date.bg_nbd.is_some()).collect();
        let of_model = sample(&all, |date| &date.model)?;
        let bootstrap = match settings.replicates {
            Some(replicates) => Bootstrap::new(replicates, settings.seed)?,
            None => Bootstrap::for_rows(of_model.rows(), settings.seed),
        };
        let metrics = |sample: &Sample| Metrics::estimate(sample, bootstrap);
        let against = |values: fn(&TestPredictions) -> &[f64]| -> Result<(Metrics, Comparison), TrainingError> {
            let baseline = sample(&all, values)?;
            Ok((metrics(&baseline), paired_difference(&of_model, &baseline, bootstrap)?))
        };
        let (prevalence, prevalence_difference) = against(|date| &date.prevalence)?;
        let (recency, recency_difference) = against(|date| &date.recency)?;
        let by_bg_nbd: fn(&TestPredictions) -> &[f64] = |date| date.bg_nbd.as_deref().unwrap_or_default();
        let without = dates.len() - with_bg_nbd.len();
        let bg_nbd = if with_bg_nbd.is_empty() {
            None
        } else if without == 0 {
            Some(against(by_bg_nbd)?)
        } else {
            let (model, baseline) = (sample(&with_bg_nbd, |date| &date.model)?, sample(&with_bg_nbd, by_bg_nbd)?);
            Some((metrics(&baseline), paired_difference(&model, &baseline, bootstrap)?))
        };
        let (bg_nbd, bg_nbd_difference) = bg_nbd.unzip();
        let differences =
            Differences { prevalence: prevalence_difference, recency: recency_difference, bg_nbd: bg_nbd_difference };
        let (mut verdict, beats_baselines) = verdict(&differences);
        if let (1.., Some(metrics)) = (without, &bg_nbd) {
            verdict.push(format!(
                "BG/NBD could not be fitted at {without} of the {} dates: its numbers, and the comparison with it, are of the \
                 {} rows of the others (of {} rows in all).",
                dates.len(),
                metrics.rows,
                of_model.rows()
            ));
        }
        Ok(Self {
            dates: dates.len(),
            customers: of_model.clusters() as u64,
            model: metrics(&of_model),
            baselines: Baselines { prevalence, recency, bg_nbd },
            differences,
            beats_baselines,
            verdict,
            bootstrap,
        })
    }
}

/// The rows of some dates, one after the other.
fn sample(dates: &[&TestPredictions], values: fn(&TestPredictions) -> &[f64]) -> Result<Sample, TrainingError> {
    let probability = dates.iter().flat_map(|date| values(date)).copied().collect();
    let churned = dates.iter().flat_map(|date| &date.churned).copied().collect();
    let customers = dates.iter().flat_map(|date| &date.customers).copied().collect();
    Ok(Sample::new(probability, churned, customers)?)
}

impl Means {
    pub(super) fn of(dates: &[&Evaluation]) -> Self {
        let over = |of: fn(&Evaluation) -> &Metrics| mean(&dates.iter().map(|date| of(date)).collect::<Vec<_>>());
        let bg_nbd: Option<Vec<&Metrics>> = dates.iter().map(|date| date.baselines.bg_nbd.as_ref()).collect();
        Self {
            model: over(|date| &date.model),
            prevalence: over(|date| &date.baselines.prevalence),
            recency: over(|date| &date.baselines.recency),
            bg_nbd: bg_nbd.map(|metrics| mean(&metrics)),
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
