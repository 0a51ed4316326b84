//! What has changed since another run, and what the monitor said.

use serde::{Deserialize, Serialize};

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunComparison {
    /// As-of date of the other run.
    pub as_of_before: String,
    /// The model that scored it.
    pub model_before: String,
    /// As-of date of this run.
    pub as_of: String,
    /// The model that scored this run.
    pub model: String,
    /// Figures of both.
    pub figures: Vec<ChangedFigure>,
    /// Who entered and left the high band (high or critical); none where the other run's scores are not there.
    pub high_band: Option<HighBand>,
    /// Customers by segment, those whose expected loss moved most first; small ones are withheld.
    pub segments: Vec<ChangedSegment>,
    /// Why the mean probability moved, in parts that add up; empty where that cannot be told.
    pub why: Vec<ChangePart>,
    /// What the reader must know, one sentence each.
    pub notes: Vec<String>,
}

/// A figure of two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangedFigure {
    /// What it is: `eligible`, `high_band`, `expected_churners`, `churn_probability` or `value_at_risk`.
    pub figure: String,
    /// In the other run.
    pub before: Option<f64>,
    /// In this one.
    pub now: Option<f64>,
}

/// Customers in the high band: those of the bands high and critical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighBand {
    /// In it in both runs.
    pub stayed: u64,
    /// Scored in both runs, and in it only now.
    pub rose: u64,
    /// In it now, and not scored before.
    pub came: u64,
    /// Scored in both runs, and in it only before.
    pub fell: u64,
    /// In it before, and not scored now: they have lapsed, or left.
    pub went: u64,
}

impl HighBand {
    /// In it before.
    #[must_use]
    pub fn before(&self) -> u64 {
        self.stayed + self.fell + self.went
    }

    /// In it now.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.stayed + self.rose + self.came
    }
}

/// A segment in two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangedSegment {
    /// Its name; none of customers without one.
    pub segment: Option<String>,
    /// Scored customers of the other run.
    pub customers_before: u64,
    /// Of this run.
    pub customers: u64,
    /// Too few in either run: there are no figures.
    pub withheld: bool,
    /// Mean churn probability of the other run.
    pub probability_before: Option<f64>,
    /// Of this run.
    pub probability: Option<f64>,
    /// Expected loss of the other run.
    pub value_at_risk_before: Option<f64>,
    /// Of this run.
    pub value_at_risk: Option<f64>,
}

/// A part of the change of the mean churn probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangePart {
    /// `leaving`, `data`, `model` or `entering`.
    pub part: String,
    /// By how much it moved the mean.
    pub change: f64,
}

/// What the monitor said of the model that scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorSummary {
    /// The day through which the export was complete that it looked at.
    pub as_of: String,
    /// The model that it watched.
    pub model: String,
    /// The level at which all checks together are judged.
    pub level: f64,
    /// The checks.
    pub checks: Vec<MonitorCheck>,
    /// Features and scores against training.
    #[serde(default)]
    pub features: Vec<MonitorFeature>,
}

/// A check of the monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorCheck {
    /// Its name.
    pub check: String,
    /// `ok`, `alarm` or `not_checked`.
    pub status: String,
    /// What was found.
    pub sentence: String,
    /// What to do about an alarm.
    pub what_to_do: Option<String>,
}

/// A feature against training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorFeature {
    /// Its name.
    pub feature: String,
    /// Index of the customers of today against those of training.
    pub psi: Option<f64>,
    /// The index of the same day: this export against that of training.
    pub psi_same_date: Option<f64>,
    /// What such an index usually was over stretches of that length.
    pub usual_psi: Option<f64>,
    /// Typical value in training.
    pub typical_in_training: Option<f64>,
    /// Typical value now.
    pub typical_now: Option<f64>,
}
