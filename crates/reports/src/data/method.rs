//! Drivers, data quality and method.

use serde::{Deserialize, Serialize};

use super::Estimate;

/// The weight of one feature in the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Family of the feature, in words, for example `recency`.
    pub family: String,
    /// The feature, in words.
    pub feature: String,
    /// Factor on the odds of churn for one standard deviation more of the feature; above 0.
    pub odds_ratio: Estimate,
    /// Which way it goes, and what it has to be read with, in words; empty where there is nothing to add.
    #[serde(default)]
    pub reading: String,
}

/// Where the numbers come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// Rows read from all exports, rejected rows included.
    pub rows_read: u64,
    /// Rejected rows by code.
    pub rejects: Vec<RejectCount>,
    /// Date of the oldest row, ISO 8601.
    pub first_date: Option<String>,
    /// Date of the newest row, ISO 8601.
    pub last_date: Option<String>,
    /// First day that is not complete, ISO 8601.
    pub complete_through: Option<String>,
    /// The slices of the training data, in time order.
    pub slices: Vec<Slice>,
    /// The model card, line by line.
    pub model_card: Vec<ModelCardLine>,
}

/// Rows rejected for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectCount {
    /// Machine-readable code.
    pub code: String,
    /// What it means, in words.
    pub meaning: String,
    /// Rows.
    pub rows: u64,
}

/// One slice of the labelled snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// What it was used for: train, selection, calibration or test.
    pub name: String,
    /// Oldest as-of date, ISO 8601.
    pub first_as_of: String,
    /// Newest as-of date, ISO 8601.
    pub last_as_of: String,
    /// Number of snapshots.
    pub snapshots: u64,
    /// Rows of all of them.
    pub rows: u64,
    /// Rows that churned.
    pub churners: u64,
}

/// One line of the model card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCardLine {
    /// What the line is about.
    pub label: String,
    /// What it says.
    pub text: String,
}
