//! How well the model does on the test snapshot.

use serde::{Deserialize, Serialize};

use super::{Estimate, ObservedChurn};

/// Quality on the test snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelQuality {
    /// As-of dates of the test snapshots, ISO 8601.
    pub as_of: Vec<String>,
    /// First day of the label window, ISO 8601.
    pub label_from: String,
    /// First day after the label window, ISO 8601.
    pub label_until: String,
    /// Rows of the test snapshots.
    pub rows: u64,
    /// Rows that churned.
    pub churners: u64,
    /// The model and every baseline, measured on the same rows, in the order to be shown.
    pub models: Vec<ScoredModel>,
    /// Lift of the model by share of customers, in the order to be shown.
    pub lift: Vec<LiftRow>,
    /// The highest lift at 10 % any model could reach on these rows: `min(10, rows / churners)`.
    pub lift_ceiling: Option<f64>,
    /// Cumulative gains of the model and, where wanted, of baselines.
    pub gains: Vec<GainsCurve>,
    /// Calibration of the model. `None`: not computed.
    pub calibration: Option<Calibration>,
    /// Whether the model is clearly better than each simple rule it was compared with. `None`: not said.
    #[serde(default)]
    pub beats_baselines: Option<bool>,
    /// The test snapshot is too small for curves: a sentence takes their place.
    pub few_data: bool,
}

/// What a row of the metrics table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The model this report is about.
    Model,
    /// A model it is compared with.
    Champion,
    /// A simple rule it has to beat.
    Baseline,
}

/// One model or baseline, and its metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredModel {
    /// Name, in words.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its metrics.
    pub metrics: Metrics,
}

/// Metrics on the test rows, each with a 95 % interval. The positive class is *churned*.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Area under the ROC curve, in `[0, 1]`.
    pub roc_auc: Estimate,
    /// Average precision, in `[0, 1]`.
    pub average_precision: Estimate,
    /// Mean log loss, in nats.
    pub log_loss: Estimate,
    /// Brier score, in `[0, 1]`.
    pub brier: Estimate,
    /// 1 - Brier / Brier of the churn rate.
    pub brier_skill: Estimate,
    /// Expected calibration error, in `[0, 1]`.
    pub ece: Estimate,
    /// Slope of the logistic recalibration; 1 is best.
    pub calibration_slope: Estimate,
    /// Intercept of the logistic recalibration, in log odds; 0 is best.
    pub calibration_intercept: Estimate,
    /// Churn rate in the riskiest tenth / churn rate of all.
    pub lift_at_10: Estimate,
}

/// Lift among the riskiest customers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LiftRow {
    /// Share of customers, riskiest first, in `(0, 1]`.
    pub share: f64,
    /// Customers in that share.
    pub customers: u64,
    /// Churners among them.
    pub churners: u64,
    /// Their churn rate / churn rate of all.
    pub lift: Estimate,
    /// Share of all churners found among them.
    pub captured: Estimate,
}

/// Cumulative gains of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GainsCurve {
    /// Name of the model, in words.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// The curve, by growing share, from (0, 0) to (1, 1).
    pub points: Vec<GainsPoint>,
}

/// One point of a gains curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GainsPoint {
    /// Share of customers contacted, riskiest first, in `[0, 1]`.
    pub share: f64,
    /// Share of churners among them, in `[0, 1]`.
    pub captured: f64,
}

/// Observed against predicted churn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// How the bins are cut, for example `quantile`.
    pub binning: String,
    /// The bins, by growing prediction.
    pub bins: Vec<CalibrationBin>,
    /// How many rows got which prediction, by growing prediction.
    pub histogram: Vec<HistogramBin>,
}

/// One bin of predictions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Rows and churners in the bin, with the interval of the observed rate.
    pub observed: ObservedChurn,
}

/// Rows whose prediction lies in `[low, high)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HistogramBin {
    /// Lower edge, in `[0, 1]`.
    pub low: f64,
    /// Upper edge, in `[0, 1]`, above `low`.
    pub high: f64,
    /// Rows.
    pub rows: u64,
}
