//! Why customers are at risk, and what the last plan would earn.

use serde::{Deserialize, Serialize};

/// Customers at high or critical risk by what weighs most.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reasons {
    /// Customers in the high and the critical band.
    pub customers: u64,
    /// Their first reasons, the most frequent first. Customers without a reason are in none.
    pub rows: Vec<ReasonCount>,
}

/// Customers whose first reason is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// The reason, in words.
    pub reason: String,
    /// Customers.
    pub customers: u64,
    /// Their value at risk, in currency.
    pub value_at_risk: f64,
}

/// What the last plan says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanOutlook {
    /// Its id.
    pub id: String,
    /// As-of date of the scores it was made of, ISO 8601.
    pub as_of: String,
    /// What offers do was assumed, not learnt from campaigns.
    pub assumed: bool,
    /// Customers to contact.
    pub contacted: u64,
    /// Customers held out.
    pub held_out: u64,
    /// Cost of the contacts, in currency.
    pub cost: Option<f64>,
    /// What they are expected to earn, cost deducted, in currency.
    pub expected_gain: Option<f64>,
    /// Expected profit by how many customers are contacted, those with the highest expected gain first.
    pub by_gain: Vec<ProfitPoint>,
    /// The same, those with the highest churn probability first.
    pub by_risk: Vec<ProfitPoint>,
}

/// Expected profit of contacting so many customers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProfitPoint {
    /// Share of all customers, in `[0, 1]`.
    pub share: f64,
    /// Customers.
    pub customers: u64,
    /// What contacting them costs, in currency.
    pub cost: f64,
    /// What it is expected to earn, cost deducted, in currency.
    pub profit: f64,
}
