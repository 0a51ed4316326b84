//! How well the model did on the test snapshot.

use evaluation::lift_ceiling_of;
use reports::{
    Calibration, CalibrationBin, Estimate, GainsCurve, GainsPoint, HistogramBin, LiftRow, Metrics, ModelQuality,
    ObservedChurn, Role, ScoredModel,
};

use super::metrics_file::MetricsFile;

const MODEL: &str = "this model";

pub(super) fn quality(file: &MetricsFile) -> Result<ModelQuality, evaluation::EvaluationError> {
    let baselines = &file.baselines;
    let rows = [
        (MODEL, Role::Model, Some(&file.model)),
        ("recency alone", Role::Baseline, Some(&baselines.recency)),
        ("BG/NBD", Role::Baseline, baselines.bg_nbd.as_ref()),
        ("churn rate alone", Role::Baseline, Some(&baselines.prevalence)),
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
        few_data: file.calibration_curve.too_few,
    })
}

fn of_metrics(m: &evaluation::Metrics) -> Metrics {
    let of = |e: evaluation::Estimate| Estimate { value: e.value(), low: e.low(), high: e.high() };
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

/// The riskiest tenth, the riskiest two tenths, and so on. Ties at the edge of a tenth were spread over both sides, so
/// that churners need not be whole: they are rounded for the table.
fn lift(file: &MetricsFile) -> Vec<LiftRow> {
    let (mut customers, mut churners) = (0, 0.0);
    let parts = file.lift_table.len() as f64;
    let row = |(at, part): (usize, &super::metrics_file::LiftPart)| {
        customers += part.rows;
        churners += part.churners;
        LiftRow {
            // The share asked for: whole customers make it 9.99 % or 10.01 %.
            share: (at + 1) as f64 / parts,
            customers,
            churners: churners.round() as u64,
            lift: part.cumulative_lift.map(Estimate::point).unwrap_or_default(),
            captured: part.cumulative_gain.map(Estimate::point).unwrap_or_default(),
        }
    };
    file.lift_table.iter().enumerate().map(row).collect()
}

fn gains(file: &MetricsFile) -> Option<GainsCurve> {
    let point = |part: &super::metrics_file::LiftPart| {
        part.cumulative_gain.map(|captured| GainsPoint { share: part.cumulative_share, captured })
    };
    let rest: Option<Vec<GainsPoint>> = file.lift_table.iter().map(point).collect();
    let mut points = vec![GainsPoint { share: 0.0, captured: 0.0 }];
    points.extend(rest?);
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
    let width = 1.0 / file.prediction_histogram.len().max(1) as f64;
    let histogram = file.prediction_histogram.iter().enumerate().map(|(at, rows)| HistogramBin {
        low: at as f64 * width,
        high: (at + 1) as f64 * width,
        rows: *rows,
    });
    Calibration { binning: "quantile".to_owned(), bins: bins.collect(), histogram: histogram.collect() }
}
