//! How well the model did on the test snapshot.

use evaluation::lift_ceiling_of;
use reports::{
    Calibration, CalibrationBin, Estimate, GainsCurve, GainsPoint, HistogramBin, LiftRow, Metrics, ModelQuality,
    ObservedChurn, Role, ScoredModel,
};

use super::metrics_file::{GainsAt, MetricsFile};

const MODEL: &str = "this model";

pub(super) fn quality(file: &MetricsFile) -> Result<ModelQuality, evaluation::EvaluationError> {
    let baselines = &file.baselines;
    let rows = [
        (MODEL, Role::Model, Some(&file.model)),
        ("recency alone", Role::Baseline, baselines.recency.as_ref()),
        ("BG/NBD", Role::Baseline, baselines.bg_nbd.as_ref()),
        ("churn rate alone", Role::Baseline, baselines.prevalence.as_ref()),
    ];
    let models = rows.into_iter().filter_map(|(name, role, metrics)| {
        metrics.map(|m| ScoredModel { name: name.to_owned(), role, metrics: of_metrics(m) })
    });
    Ok(ModelQuality {
        as_of: vec![file.test.as_of.clone()],
        label_from: file.test.window_start.clone(),
        label_until: file.test.window_end.clone(),
        rows: file.test.rows,
        churners: file.test.churners,
        models: models.collect(),
        lift: lift(file),
        lift_ceiling: lift_ceiling_of(file.test.rows, file.test.churners, 0.1)?,
        gains: gains(file).into_iter().collect(),
        calibration: Some(calibration(file)),
        beats_baselines: Some(file.beats_baselines),
        few_data: file.calibration_curve.too_few,
    })
}

/// A value with its interval, as the report takes it.
pub(crate) fn of_estimate(e: evaluation::Estimate) -> Estimate {
    Estimate { value: e.value(), low: e.low(), high: e.high() }
}

/// Metrics with their intervals, as the report takes them.
pub(crate) fn of_metrics(m: &evaluation::Metrics) -> Metrics {
    let of = of_estimate;
    Metrics {
        roc_auc: of(m.roc_auc),
        average_precision: of(m.average_precision),
        log_loss: of(m.log_loss),
        brier: of(m.brier),
        brier_skill: of(m.brier_skill),
        ece: of(m.ece),
        calibration_slope: of(m.calibration_slope),
        calibration_intercept: of(m.calibration_intercept),
        lift_at_10: of(m.lift_at_10),
    }
}

/// The riskiest tenth, the riskiest two tenths, and so on, exactly: a customer on the edge counts in part, so that
/// customers and churners are rounded for the table.
fn lift(file: &MetricsFile) -> Vec<LiftRow> {
    let share_of = |share: f64, all: u64| (share * all as f64).round() as u64;
    let row = |point: &GainsAt| LiftRow {
        share: point.share_of_rows,
        customers: share_of(point.share_of_rows, file.test.rows),
        churners: share_of(point.share_of_churners, file.test.churners),
        lift: Estimate::point(point.share_of_churners / point.share_of_rows),
        captured: Estimate::point(point.share_of_churners),
    };
    file.gains.iter().flatten().filter(|point| point.share_of_rows > 0.0).map(row).collect()
}

fn gains(file: &MetricsFile) -> Option<GainsCurve> {
    let point = |at: &GainsAt| GainsPoint { share: at.share_of_rows, captured: at.share_of_churners };
    let points = file.gains.as_ref()?.iter().map(point).collect();
    Some(GainsCurve { name: MODEL.to_owned(), role: Role::Model, points })
}

fn calibration(file: &MetricsFile) -> Calibration {
    let bins = file.calibration_curve.bins.iter().map(|bin| CalibrationBin {
        predicted: bin.mean_predicted,
        observed: ObservedChurn {
            customers: bin.rows,
            churned: bin.churners,
            low: Some(bin.low),
            high: Some(bin.high),
        },
    });
    let counts = &file.prediction_histogram;
    let width = 1.0 / counts.len().max(1) as f64;
    // From the first interval with a row to the last: the empty ends would look like a range of predictions.
    let first = counts.iter().position(|rows| *rows > 0).unwrap_or(0);
    let end = counts.iter().rposition(|rows| *rows > 0).map_or(first, |last| last + 1);
    let histogram =
        (first..end).map(|at| HistogramBin { low: at as f64 * width, high: (at + 1) as f64 * width, rows: counts[at] });
    Calibration { binning: "quantile".to_owned(), bins: bins.collect(), histogram: histogram.collect() }
}
