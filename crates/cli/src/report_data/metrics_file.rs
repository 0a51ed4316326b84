//! What the report reads of a model's `metrics.json`.

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct MetricsFile {
    pub(super) slices: SliceCounts,
    pub(super) test: Test,
    pub(super) model: evaluation::Metrics,
    pub(super) baselines: Baselines,
    pub(super) beats_baselines: bool,
    pub(super) verdict: Vec<String>,
    pub(super) gains: Option<Vec<GainsAt>>,
    pub(super) calibration_curve: CalibrationCurve,
    pub(super) prediction_histogram: Vec<u64>,
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Test {
    pub(super) as_of: String,
    pub(super) window_start: String,
    pub(super) window_end: String,
    pub(super) rows: u64,
    pub(super) churners: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Baselines {
    pub(super) prevalence: Option<evaluation::Metrics>,
    pub(super) recency: Option<evaluation::Metrics>,
    pub(super) bg_nbd: Option<evaluation::Metrics>,
}

/// What the riskiest share of the rows holds.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct GainsAt {
    pub(super) share_of_rows: f64,
    pub(super) share_of_churners: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CalibrationCurve {
    pub(super) bins: Vec<CalibrationBin>,
    pub(super) too_few: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct CalibrationBin {
    pub(super) rows: u64,
    pub(super) churners: u64,
    pub(super) mean_predicted: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Rows of each slice.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct SliceCounts {
    pub(super) training: Counts,
    pub(super) selection: Counts,
    pub(super) calibration: Counts,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) churners: u64,
}
