//! Why no model could be trained.

use evaluation::EvaluationError;
use history::{Date, Immature};
use scoring::ScoringError;

/// Why no model could be trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// The export was read without its fingerprint.
    #[error("expected an export with its fingerprint, which the model file names; found one that was read without")]
    NoFingerprint,
    /// Not enough history for one label window to learn from and one to test on.
    #[error(
        "expected at least {needed} days of history (twice the horizon of {horizon} days, with lead time), found {found} days: the first purchase is on {first_day}, and labels are known up to {labels_through}; use a shorter horizon or a longer export"
    )]
    ShortHistory {
        /// Days needed.
        needed: i32,
        /// Days there are.
        found: i32,
        /// Length of the label window.
        horizon: i32,
        /// Day of the first purchase.
        first_day: Date,
        /// First day that is not complete, or whose purchases may not all be recorded yet.
        labels_through: Date,
    },
    /// No training date before the test as-of date.
    #[error(
        "expected a training date whose label window ends by the test as-of date {test}, but the latest such date, {latest}, is not after the first purchase on {first_day}; use a later test as-of date or a shorter horizon"
    )]
    NoTrainingDate {
        /// The test as-of date.
        test: Date,
        /// The latest date whose label window ends by then.
        latest: Date,
        /// Day of the first purchase.
        first_day: Date,
    },
    /// The test as-of date has no label yet.
    #[error(transparent)]
    Immature(#[from] Immature),
    /// There is no such column to make segments by.
    #[error(
        "expected a text column \"{column}\" of the customers table to make segments by, found none in the export: map it in [customers] columns, or leave training.segment_by out"
    )]
    NoSegmentColumn {
        /// The column's name.
        column: String,
    },
    /// Nobody ever came back.
    #[error(
        "expected customers who bought on more than one day, found none among {customers} customers: nothing can be learnt about who comes back; check that customer_id names the customer and not the order"
    )]
    NobodyCameBack {
        /// Customers in the export.
        customers: u32,
    },
    /// Everybody, or nobody, churned.
    #[error(
        "expected both churners and customers who stayed among the eligible customers of the {slice} slice, found {churners} churners and {stayers} who stayed; another horizon or active_within may separate them"
    )]
    OneClass {
        /// The slice.
        slice: &'static str,
        /// The smallest number of each kind allowed.
        needed: u64,
        /// Churners.
        churners: u64,
        /// Customers who stayed.
        stayers: u64,
    },
    /// Too few of one kind to fit or to judge anything.
    #[error(
        "expected at least {needed} churners and {needed} customers who stayed in the {slice} slice, found {churners} churners and {stayers} who stayed"
    )]
    TooFew {
        /// The slice.
        slice: &'static str,
        /// The smallest number allowed.
        needed: u64,
        /// Churners.
        churners: u64,
        /// Customers who stayed.
        stayers: u64,
    },
    /// All features are constant in training.
    #[error("expected features that differ between customers, found none among {rows} training rows")]
    NoFeatures {
        /// Rows looked at.
        rows: usize,
    },
    /// There is no fit.
    #[error("the fit of {rows} rows and {columns} columns of the {slice} slice failed: {source}")]
    NotFitted {
        /// The slice.
        slice: &'static str,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Why.
        source: logistic_regression::SolverError,
    },
    /// Customers with higher scores churn less.
    #[error(
        "the model ranks the calibration slice of {rows} customers ({as_of}) backwards (slope {slope}): the past does not tell what happened then; look for a break in the data"
    )]
    Backwards {
        /// Date of the calibration slice.
        as_of: Date,
        /// Customers in it.
        rows: usize,
        /// The slope of the calibration line.
        slope: f64,
    },
    /// Models are to be compared at a date that one of them has learnt from.
    #[error(
        "expected an as-of date from {from} on, found {as_of}: {version} has learnt from what happened up to {from}, and would be judged by what it knows"
    )]
    NotFuture {
        /// The date asked for.
        as_of: Date,
        /// The first date that is future for the model.
        from: Date,
        /// The model.
        version: String,
    },
    /// No label lies after what a model has learnt from.
    #[error(
        "expected an as-of date with a label from {from} on, up to which {version} has learnt; the latest one is {latest}: wait for the label window, or use a newer export"
    )]
    NoCommonFuture {
        /// The latest as-of date with a label.
        latest: Date,
        /// The first date that is future for the model.
        from: Date,
        /// The model.
        version: String,
    },
    /// The rows of the export cannot be read.
    #[error(transparent)]
    Rows(#[from] history::ReadError),
    /// What was fitted is not a model.
    #[error(transparent)]
    Model(#[from] ScoringError),
    /// The test could not be evaluated.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}

impl TrainingError {
    /// Whether the data, rather than the program, is the reason: another export or other settings would help.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        match self {
            Self::NotFitted { .. } | Self::Rows(_) | Self::Evaluation(_) => false,
            Self::Model(error) => {
                matches!(error, ScoringError::OtherExport { .. } | ScoringError::OtherQuestion { .. })
            }
            _ => true,
        }
    }
}
