//! How well models of the past did on what came after.

use serde::{Deserialize, Serialize};

use super::{Estimate, ScoredModel};
use crate::language::Language;

/// Everything one page on a backtest shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestData {
    /// The language of the page; the data themselves are in English whatever it is.
    #[serde(default)]
    pub language: Language,
    /// Name of the project.
    pub project: String,
    /// Length of the window in which a customer may churn, in days.
    pub horizon_days: u32,
    /// Days between the as-of date and the start of that window.
    pub lead_days: u32,
    /// Days between two as-of dates.
    pub every_days: u32,
    /// What counts as churn, in words.
    pub churn_definition: String,
    /// The dates, the oldest first.
    pub dates: Vec<BacktestDate>,
    /// Different customers among the rows of all dates.
    pub customers: u64,
    /// The rows of all dates measured as one sample, the model first. What is not among them is drawn nowhere.
    pub pooled: Vec<ScoredModel>,
    /// Means over the dates, without intervals, the model first.
    pub means: Vec<ScoredModel>,
    /// What the tests say together, in plain words, one sentence a line.
    pub verdict: Vec<String>,
    /// What the reader must know before using the numbers, one sentence a line.
    pub warnings: Vec<String>,
    /// What other horizons would mean, the shortest first. May be empty.
    pub horizons: Vec<BacktestHorizon>,
}

/// One as-of date of a backtest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestDate {
    /// The as-of date, ISO 8601.
    pub as_of: String,
    /// What was tested. `Err`: why nothing was.
    pub test: Result<BacktestTest, String>,
}

/// The test of one as-of date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestTest {
    /// First day after the label window, ISO 8601.
    pub label_until: String,
    /// Rows tested on.
    pub rows: u64,
    /// Rows that churned.
    pub churners: u64,
    /// The model and every baseline on the same rows, the model first.
    pub models: Vec<ScoredModel>,
    /// What was done differently than usual, and why, one sentence a line.
    pub notes: Vec<String>,
}

/// A model for another horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestHorizon {
    /// The horizon in days.
    pub days: u32,
    /// The as-of date of the test, ISO 8601.
    pub as_of: String,
    /// What was tested. `Err`: why nothing was.
    pub test: Result<HorizonTest, String>,
}

/// The test of a model for another horizon.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HorizonTest {
    /// Rows tested on.
    pub rows: u64,
    /// Rows that churned.
    pub churners: u64,
    /// Area under the ROC curve, in `[0, 1]`.
    pub roc_auc: Estimate,
    /// Mean log loss, in nats.
    pub log_loss: Estimate,
    /// Log loss less that of the churn rate alone.
    pub log_loss_gain: Estimate,
    /// Share of the riskiest tenth by the project's horizon that is in the riskiest tenth by this one, in `[0, 1]`.
    pub top_10_overlap: Option<f64>,
    /// Rank correlation with the probabilities of the project's horizon, in `[-1, 1]`.
    pub spearman: Option<f64>,
}
