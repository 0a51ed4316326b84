//! All metrics of a sample, as they stand in `metrics.json`.

use serde::{Deserialize, Serialize};

use crate::bootstrap::percentile_interval;
use crate::calibration_line::CalibrationLine;
use crate::ece::{ECE_BINS, EceBins};
use crate::tally::{Count, Tally};
use crate::{Bootstrap, Estimate, Sample, average_precision, brier, calibration_line, ece, lift, log_loss, roc_auc};

/// The share of rows in `lift_at_10`.
pub(crate) const TOP_SHARE: f64 = 0.1;

/// All metrics of a sample, without intervals. `None` where a metric does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PointMetrics {
    /// See [`roc_auc`](crate::roc_auc).
    pub roc_auc: Option<f64>,
    /// See [`average_precision`](crate::average_precision).
    pub average_precision: Option<f64>,
    /// See [`log_loss`](crate::log_loss).
    pub log_loss: Option<f64>,
    /// See [`brier`](crate::brier).
    pub brier: Option<f64>,
    /// See [`brier_skill`](crate::brier_skill).
    pub brier_skill: Option<f64>,
    /// See [`ece`](crate::ece).
    pub ece: Option<f64>,
    /// See [`calibration`](crate::calibration).
    pub calibration_slope: Option<f64>,
    /// See [`calibration`](crate::calibration): fitted together with the slope, not calibration-in-the-large.
    pub calibration_intercept: Option<f64>,
    /// See [`lift_at`](crate::lift_at), at a tenth of the rows.
    pub lift_at_10: Option<f64>,
}

impl PointMetrics {
    /// Computes them all.
    pub fn of(sample: &Sample) -> Self {
        let tally = sample.tally();
        Self::of_tally(&tally, &EceBins::new(&tally, ECE_BINS), None)
    }

    fn of_tally(tally: &Tally<'_>, bins: &EceBins, start: Option<CalibrationLine>) -> Self {
        let line = calibration_line::of(tally, start);
        Self {
            roc_auc: roc_auc::of(tally),
            average_precision: average_precision::of(tally),
            log_loss: log_loss::of(tally),
            brier: brier::of(tally),
            brier_skill: brier::skill_of(tally),
            ece: ece::of(tally, bins),
            calibration_slope: line.map(|line| line.slope),
            calibration_intercept: line.map(|line| line.intercept),
            lift_at_10: lift::of(tally, TOP_SHARE),
        }
    }
}

/// All metrics of a sample with 95 % intervals.
///
/// Intervals are percentile intervals of the [`Bootstrap`], which also says when there is none. The exception is the
/// calibration error, see [`Metrics::ece`]. The caller has the `Bootstrap`, which can be
/// serialized, and records it beside the metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number of rows.
    pub rows: u64,
    /// Rows whose customer churned.
    pub churners: u64,
    /// See [`roc_auc`](crate::roc_auc).
    pub roc_auc: Estimate,
    /// See [`average_precision`](crate::average_precision).
    pub average_precision: Estimate,
    /// See [`log_loss`](crate::log_loss).
    pub log_loss: Estimate,
    /// See [`brier`](crate::brier).
    pub brier: Estimate,
    /// See [`brier_skill`](crate::brier_skill).
    pub brier_skill: Estimate,
    /// See [`ece`](crate::ece).
    ///
    /// The error is a sum of absolute gaps, so noise raises it, and raises it again in each replicate: plain percentiles
    /// would exclude 0 even for perfect calibration. The upper end is the 97.5 % point of the replicates. The lower end
    /// is the value less the 97.5 % point of `Σ_b n_b/N · |gap*_b - gap_b|`, at least 0; by the triangle inequality it
    /// errs on the low side. Bins are those of the sample.
    pub ece: Estimate,
    /// See [`calibration`](crate::calibration).
    pub calibration_slope: Estimate,
    /// See [`calibration`](crate::calibration): fitted together with the slope, not calibration-in-the-large.
    pub calibration_intercept: Estimate,
    /// See [`lift_at`](crate::lift_at), at a tenth of the rows.
    pub lift_at_10: Estimate,
}

impl Metrics {
    /// Computes all metrics and their intervals: same sample and bootstrap, same bytes.
    pub fn estimate(sample: &Sample, bootstrap: Bootstrap) -> Self {
        let tally = sample.tally();
        let bins = EceBins::new(&tally, ECE_BINS);
        let point = PointMetrics::of_tally(&tally, &bins, None);
        // Replicates start from the line of the sample: it is near, which saves half of the steps.
        let start = point
            .calibration_intercept
            .zip(point.calibration_slope)
            .map(|(intercept, slope)| CalibrationLine { intercept, slope });
        let replicates = bootstrap.run(sample.clusters(), |drawn, counts: &mut Vec<Count>| {
            let tally = sample.resampled(drawn, counts);
            Replicate { metrics: PointMetrics::of_tally(&tally, &bins, start), ece_noise: ece::noise_of(&tally, &bins) }
        });
        let estimate = |metric: fn(&PointMetrics) -> Option<f64>| {
            let interval = percentile_interval(replicates.iter().map(|r| metric(&r.metrics)));
            Estimate::computed(metric(&point), interval.filter(|(low, high)| low < high))
        };
        Self {
            rows: tally.rows,
            churners: tally.churners,
            roc_auc: estimate(|m| m.roc_auc),
            average_precision: estimate(|m| m.average_precision),
            log_loss: estimate(|m| m.log_loss),
            brier: estimate(|m| m.brier),
            brier_skill: estimate(|m| m.brier_skill),
            ece: ece_estimate(point.ece, &replicates),
            calibration_slope: estimate(|m| m.calibration_slope),
            calibration_intercept: estimate(|m| m.calibration_intercept),
            lift_at_10: estimate(|m| m.lift_at_10),
        }
    }
}

#[derive(Debug)]
struct Replicate {
    metrics: PointMetrics,
    ece_noise: Option<f64>,
}

fn ece_estimate(value: Option<f64>, replicates: &[Replicate]) -> Estimate {
    let upper = percentile_interval(replicates.iter().map(|r| r.metrics.ece));
    let noise = percentile_interval(replicates.iter().map(|r| r.ece_noise));
    let interval = value
        .zip(upper)
        .zip(noise)
        .map(|((value, (_, high)), (_, noise))| ((value - noise).max(0.0), high))
        .filter(|(low, high)| low < high);
    Estimate::computed(value, interval)
}
