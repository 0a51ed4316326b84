//! What the test said, as it stands in `metrics.json`.

use evaluation::{Bootstrap, CalibrationChoice, CalibrationCurve, Comparison, GainsPoint, LiftRow, Metrics};
use scoring::NotTrained;
use serde::Serialize;

use crate::segments::{BySegment, SegmentChoice};
use crate::{Drawn, Gate, HorizonEvaluation, Warning};

/// The test of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Why the model is a forecast that was not trained; none for a trained model.
    pub not_trained: Option<NotTrained>,
    /// The lot that the export was, where an engine drew it from larger tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Drawn>,
    /// Rows of the slices before the test.
    pub slices: SliceCounts,
    /// The rows tested on.
    pub test: TestSlice,
    /// How far back the features could see.
    pub look_back: LookBack,
    /// The model.
    pub model: Metrics,
    /// The baselines on the same rows.
    pub baselines: Baselines,
    /// Model minus baseline.
    pub differences: Differences,
    /// Whether the model was trained, and its log-loss is lower than that of every baseline, each with its whole 95 % interval.
    pub beats_baselines: bool,
    /// The verdict in plain words, a line for each baseline.
    pub verdict: Vec<String>,
    /// The gates. The champion is not among them: which one there is does not belong to a model.
    pub gates: Vec<Gate>,
    /// Recency alone, as a rule that a person can apply; none where a slice has churners alone or none.
    pub recency_rule: Option<RecencyRule>,
    /// Tenths of the ranking, the riskiest first.
    pub lift_table: Vec<LiftRow>,
    /// How the model is calibrated, and the log-losses behind that choice, on the calibration slice; none for a forecast.
    pub calibration_choice: Option<CalibrationChoice>,
    /// The horizons beside the model's own, the shortest first; empty where none was asked for.
    pub horizons: Vec<HorizonEvaluation>,
    /// Observed rates against predictions.
    pub calibration_curve: CalibrationCurve,
    /// Share of the churners among the riskiest tenth, two tenths and so on, exactly; none without churners.
    pub gains: Option<Vec<GainsPoint>>,
    /// Test rows by predicted probability: how many lie in each of 20 equal intervals from 0 to 1.
    pub prediction_histogram: Vec<u64>,
    /// The designs tried, simplest first; empty where there was no as-of date to try them on.
    pub selection_designs: Vec<DesignTrial>,
    /// The penalties tried, with the design that was kept.
    pub selection: Vec<PenaltyTrial>,
    /// The numbers of training dates tried; empty where the number was not to be chosen, or could not be.
    pub selection_dates: Vec<DatesTrial>,
    /// The half-lives tried; empty where there was no as-of date to try them on, or only one to fit on.
    pub selection_half_lives: Vec<HalfLifeTrial>,
    /// In how many days the weight of a row halves, where older ones count less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_life_days: Option<u16>,
    /// Whether segments have models of their own; none where the settings want none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<SegmentChoice>,
    /// The model on the test rows of each segment; none where the settings want none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_segment: Option<BySegment>,
    /// How the intervals were computed.
    pub bootstrap: Bootstrap,
    /// What is odd about the training rows, and the purchases behind them. Their texts are among the notes.
    pub warnings: Vec<Warning>,
    /// What was done differently than usual, and why.
    pub notes: Vec<String>,
}

/// Rows of the slices before the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SliceCounts {
    /// Rows that the coefficients were fitted on.
    pub training: Counts,
    /// Rows on which the penalty was chosen; none where it was chosen by leaving out customers.
    pub selection: Counts,
    /// Rows on which the calibration was fitted.
    pub calibration: Counts,
}

/// Rows, and how many of them churned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows.
    pub rows: u64,
    /// Rows that churned.
    pub churners: u64,
    /// Eligible customers left out because they neither churned nor stayed: an involuntary departure, where only voluntary
    /// ones count, or a departure in the lead time.
    pub unlabelled: u64,
}

impl Counts {
    pub(crate) fn of(churned: &[bool], unlabelled: u64) -> Self {
        let churners = churned.iter().filter(|churned| **churned).count() as u64;
        Self { rows: churned.len() as u64, churners, unlabelled }
    }
}

/// How far back the features of the slices could see.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LookBack {
    /// The look-back in days; none without a limit.
    pub days: Option<i32>,
    /// Days that the training date with the shortest history could look back.
    pub shortest_training: i32,
    /// Days that the training date with the longest history could look back.
    pub longest_training: i32,
    /// Days that the test date could look back.
    pub test: i32,
    /// Training dates that could not look back as far as the look-back goes.
    pub dates_with_less: usize,
    /// Left-censored customers.
    pub left_censored: LeftCensored,
}

/// Share of the rows of each slice whose customer is left-censored: the first visible purchase lies within 30 days of the
/// first visible day, so that the customer may have bought before. None where a slice has no rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LeftCensored {
    /// Of the training rows.
    pub training: Option<f64>,
    /// Of the calibration rows.
    pub calibration: Option<f64>,
    /// Of the test rows.
    pub test: Option<f64>,
}

/// The rows tested on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestSlice {
    /// The as-of date.
    pub as_of: String,
    /// First day of the label window.
    pub window_start: String,
    /// First day after it.
    pub window_end: String,
    /// Eligible customers tested on.
    pub rows: u64,
    /// How many of them churned.
    pub churners: u64,
    /// Eligible customers left out because they neither churned nor stayed, as in [`Counts`].
    pub unlabelled: u64,
    /// Share of the customers that were used.
    pub share: f64,
}

/// Metrics of the baselines on the test rows. The first two are there for every trained model; where the model is a forecast
/// that was not trained, they may have nothing to be fitted on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baselines {
    /// Everybody churns at the rate of the calibration slice.
    pub prevalence: Option<Metrics>,
    /// Days since the last purchase alone, fitted and calibrated like the model.
    pub recency: Option<Metrics>,
    /// BG/NBD on all purchases before the test as-of date; none where it could not be fitted, or where churn is a departure.
    pub bg_nbd: Option<Metrics>,
}

/// Model minus baseline, on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Differences {
    /// Against the churn rate.
    pub prevalence: Option<Comparison>,
    /// Against recency.
    pub recency: Option<Comparison>,
    /// Against BG/NBD.
    pub bg_nbd: Option<Comparison>,
}

/// "Who has not bought for so many days churns."
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RecencyRule {
    /// The threshold in days, with the highest balanced accuracy on the calibration slice.
    pub days: f64,
    /// Mean of sensitivity and specificity there.
    pub calibration_balanced_accuracy: f64,
    /// And on the test rows.
    pub test_balanced_accuracy: f64,
}

/// One penalty that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PenaltyTrial {
    /// Weight against the mean loss.
    pub lambda: f64,
    /// Mean log-loss on what the models had not seen.
    pub log_loss: f64,
}

/// One design that was tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DesignTrial {
    /// What is made of the features: `lines`, `curves`, or `curves and products`; each also with so many products found.
    pub shapes: String,
    /// Columns of the design matrix.
    pub columns: usize,
    /// The best penalty with it.
    pub lambda: f64,
    /// Mean log-loss on what the models had not seen, with that penalty.
    pub log_loss: f64,
    /// How much lower that is than with the simpler design that had been kept so far.
    pub gain: Option<f64>,
    /// Standard error of the gain.
    pub standard_error: Option<f64>,
    /// Whether it took the simpler one's place.
    pub kept: bool,
}

/// One half-life that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HalfLifeTrial {
    /// In so many days the weight of a row halves; none where all count alike.
    pub half_life_days: Option<u16>,
    /// Mean log-loss on what the models had not seen.
    pub log_loss: f64,
}

/// One number of training dates that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DatesTrial {
    /// So many of the newest dates.
    pub dates: usize,
    /// Mean log-loss on what the models had not seen.
    pub log_loss: f64,
}
