//! How customers buy and how long they stay: gaps between purchases, cohorts, survival.

use serde::{Deserialize, Serialize};

use super::PeriodKind;

/// Days between one purchase day of a customer and the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gaps {
    /// How many there are.
    pub count: u64,
    /// The shortest length in days that nine in ten of them do not exceed.
    pub nine_in_ten_days: u32,
    /// Share of them that are not longer than the horizon, in `[0, 1]`.
    pub within_horizon: f64,
    /// Share of them by length, ascending.
    pub points: Vec<GapPoint>,
}

/// A point of the distribution of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GapPoint {
    /// Length in days.
    pub days: u32,
    /// Share of the gaps that are not longer, in `[0, 1]`.
    pub share: f64,
}

/// Customers by the period of their first purchase, and how many of them bought in each period after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohorts {
    /// Length of the periods: months or quarters of the calendar.
    pub kind: PeriodKind,
    /// Cohorts of fewer customers are not shown.
    pub min_customers: u64,
    /// The cohorts, the oldest first.
    pub rows: Vec<Cohort>,
}

/// The customers who bought first in one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// Name of the period, for example `2026-05` or `2026 Q1`.
    pub name: String,
    /// Customers.
    pub customers: u64,
    /// It lies so early in the export that some of its customers may have bought before.
    pub may_be_older: bool,
    /// How many of them bought in the first period after it, the second, and so on, as far as whole periods are known.
    pub bought: Vec<u64>,
}

/// How long customers stay, from their first purchase on: the curve of Kaplan and Meier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survival {
    /// What ends the time of a customer.
    pub ends_by: EndsBy,
    /// First day on which a customer's first purchase counts, ISO 8601: before it, first purchases that the export shows may
    /// not be the first.
    pub first_purchase_from: String,
    /// Customers.
    pub customers: u64,
    /// How many of them left.
    pub left: u64,
    /// Days after which half have left. The upper end of the interval may be missing.
    pub median: Option<MedianDays>,
    /// The curve: it holds from each point until the next, and 1 before the first.
    pub points: Vec<SurvivalPoint>,
    /// The last day on which anybody was seen.
    pub last_day: u32,
}

/// What ends the time of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndsBy {
    /// So many days without a purchase. The time ends when they are over.
    Silence {
        /// Days.
        days: u32,
    },
    /// A departure that counts as churn.
    Departure,
}

/// Days after which half of the customers have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MedianDays {
    /// The estimate.
    pub days: u32,
    /// Lower end of its 95 % interval.
    pub low: Option<u32>,
    /// Upper end; `None` where the data do not bound it.
    pub high: Option<u32>,
}

/// A point of a survival curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SurvivalPoint {
    /// Days since the first purchase.
    pub day: u32,
    /// Customers who were still there, and seen, just before.
    pub at_risk: u64,
    /// Share of customers still there, in `[0, 1]`.
    pub survival: f64,
    /// Lower end of its 95 % interval.
    pub low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub high: Option<f64>,
}
