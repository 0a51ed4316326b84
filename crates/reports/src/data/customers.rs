//! Rows of the workbook that are too many for the page.

/// A customer, as the workbook lists them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerRow<'a> {
    /// The customer's id.
    pub id: &'a str,
    /// `eligible`, `lapsed` or `new`.
    pub state: &'a str,
    /// The segment, where it is known.
    pub segment: Option<&'a str>,
    /// Eligible customers: the score.
    pub score: Option<CustomerScore<'a>>,
    /// Lapsed customers: probability of at least one purchase in the horizon.
    pub return_probability: Option<f64>,
}

/// The score of an eligible customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerScore<'a> {
    /// Probability to churn, in `[0, 1]`.
    pub probability: f64,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Its risk band: `low`, `medium`, `high` or `critical`.
    pub band: &'a str,
    /// What the customer brings within the horizon if they stay, in currency.
    pub expected_value: f64,
    /// Probability x expected value, in currency.
    pub value_at_risk: f64,
    /// Reasons, the weightiest first.
    pub reasons: &'a [String],
}

/// A row of the plan, as the workbook lists them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanRow {
    /// The customer's id.
    pub customer_id: String,
    /// Place in the list, from 1.
    pub priority: Option<u64>,
    /// `contact` or `hold_out`.
    pub arm: String,
    /// The group the customer is in.
    pub action: String,
    /// What to offer.
    pub offer: String,
    /// By which channel.
    pub channel: String,
    /// Who is responsible.
    pub owner: String,
    /// Probability to churn, in `[0, 1]`.
    pub churn_probability: Option<f64>,
    /// What the offer does to the probability to stay.
    pub uplift: Option<f64>,
    /// In currency.
    pub expected_gain: Option<f64>,
    /// In currency.
    pub cost: Option<f64>,
    /// Why, in a sentence.
    pub reason: String,
}
