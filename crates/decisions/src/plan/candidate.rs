//! Customers, offers, and what an offer does to a customer.

use history::{Date, Money};

use crate::DecisionError;

/// Where a customer stands at the as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Bought lately.
    Eligible,
    /// Bought before, not lately: to be won back.
    Lapsed,
    /// Known, no purchase yet: in no plan.
    New,
}

/// Something that can be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name, as in the project file.
    pub name: String,
    /// Cost of contacting a customer with it, paid whatever the customer does.
    pub contact_cost: Money,
    /// Cost of the incentive, paid for everybody who takes it, those who would have stayed included.
    pub incentive_cost: Money,
    /// Channels it can be made through; empty for any. A customer is contacted through the preferred one if that is among them, else through
    /// the first.
    pub channels: Vec<String>,
}

/// What an offer is expected to do to a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    /// Probability of staying (of lapsed customers: of returning) with the offer, minus that without it; -1 to 1. Already shrunk: see
    /// [`uplift`](crate::uplift).
    pub uplift: f64,
    /// Its standard error, for [`PlanSettings::caution`](super::PlanSettings::caution); 0 where nobody knows.
    pub uplift_error: f64,
    /// Probability that the customer takes the incentive if contacted, 0 to 1.
    pub acceptance: f64,
}

/// A customer who may be in a plan.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Customer id.
    pub id: &'a str,
    /// Where the customer stands.
    pub state: State,
    /// Probability of churning, of an eligible customer who is left alone; of a lapsed one, of not returning. None where there is
    /// no score: such a customer is in no plan.
    pub churn_probability: Option<f64>,
    /// Expected margin of the period that counts, of a customer who stays, in units of the currency.
    pub value: f64,
    /// Segment, within which the hold-out is drawn.
    pub segment: &'a str,
    /// Whether the customer may be contacted at all.
    pub contact_allowed: bool,
    /// The day of the last contact.
    pub last_contact: Option<Date>,
    /// The day of the last lot that left the customer alone.
    pub held_out: Option<Date>,
    /// How the customer wants to be contacted.
    pub preferred_channel: Option<&'a str>,
    /// Who looks after the customer.
    pub owner: Option<&'a str>,
    /// What each offer does, in the order of the offers.
    pub responses: &'a [Response],
}

impl Candidate<'_> {
    /// Checks the numbers; `row` is the customer's place.
    pub(super) fn check(&self, row: usize, offers: usize) -> Result<(), DecisionError> {
        let wrong = |what, expected, found| Err(DecisionError::Row { what, expected, row, found });
        if let Some(p) = self.churn_probability.filter(|p| !(0.0..=1.0).contains(p)) {
            return wrong("churn probability", "a number from 0 to 1", p);
        }
        if !self.value.is_finite() {
            return wrong("value", "a finite number", self.value);
        }
        if self.responses.len() != offers {
            let (what, expected) = ("responses (one for each offer)", offers);
            return Err(DecisionError::Length { what, expected, found: self.responses.len() });
        }
        for response in self.responses {
            if !(-1.0..=1.0).contains(&response.uplift) {
                return wrong("uplift", "a number from -1 to 1", response.uplift);
            }
            if !(response.uplift_error >= 0.0 && response.uplift_error.is_finite()) {
                return wrong("standard error of the uplift", "a number of 0 or more", response.uplift_error);
            }
            if !(0.0..=1.0).contains(&response.acceptance) {
                return wrong("acceptance", "a number from 0 to 1", response.acceptance);
            }
        }
        Ok(())
    }
}
