//! Segments and months: who churned, who may, and what it costs.

use serde::{Deserialize, Serialize};

use super::{Estimate, finite};

/// Segments, and the thresholds that divide them into groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segments {
    /// The attribute that makes the segments, in words, for example `region`.
    pub segment_by: String,
    /// What [`Segment::value_per_customer`] measures, in words, for example `margin per customer over 90 days if they
    /// stay`.
    pub value_label: String,
    /// Segments at or above this mean churn probability count as likely to churn.
    pub probability_threshold: f64,
    /// Segments at or above this value per customer, in currency, count as valuable.
    pub value_threshold: f64,
    /// Rates and averages of fewer customers than this are not shown.
    pub min_customers: u64,
    /// The segments, in any order. A customer is in at most one.
    pub rows: Vec<Segment>,
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Name, as it stands in the data.
    pub name: String,
    /// Customers in any state.
    pub customers: u64,
    /// Customers that were scored.
    pub eligible: u64,
    /// Churn in the last labelled period. `None`: no labelled period.
    pub observed: Option<ObservedChurn>,
    /// Mean predicted churn probability of the eligible customers.
    pub churn_probability: Option<f64>,
    /// Mean value of an eligible customer over the horizon if they stay, in currency. May be negative.
    pub value_per_customer: Option<f64>,
    /// Sum over eligible customers of churn probability x value if they stay, in currency.
    pub value_at_risk: Option<f64>,
    /// The most frequent first reason, in words.
    pub top_reason: Option<String>,
}

/// Customers at the start of a period, and how many of them churned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ObservedChurn {
    /// Eligible customers at the start.
    pub customers: u64,
    /// Those of them who churned.
    pub churned: u64,
    /// Lower end of the 95 % Wilson interval of the rate.
    pub low: Option<f64>,
    /// Upper end of the 95 % Wilson interval of the rate.
    pub high: Option<f64>,
}

impl ObservedChurn {
    /// Churned / customers; `None` where there were no customers.
    pub fn rate(&self) -> Option<f64> {
        (self.customers > 0).then(|| self.churned as f64 / self.customers as f64)
    }

    /// Both ends of the interval, if both are finite numbers.
    pub(crate) fn interval(&self) -> Option<(f64, f64)> {
        finite(self.low).zip(finite(self.high))
    }
}

impl From<ObservedChurn> for Estimate {
    fn from(churn: ObservedChurn) -> Self {
        Self { value: churn.rate(), low: churn.low, high: churn.high }
    }
}

/// Observed churn of the customers who were eligible at one as-of date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Month {
    /// As-of date, ISO 8601.
    pub as_of: String,
    /// Customers at the as-of date, and those who churned in the horizon after it.
    pub churn: ObservedChurn,
}
