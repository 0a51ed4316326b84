//! A plan as it was made.

use std::collections::BTreeMap;

use history::Money;

use super::groups::{Group, GroupRules};
use super::rules::NotContacted;
use super::why::Why;

/// What the lot says of a customer of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    /// Contact.
    Contact,
    /// Leave alone, to be measured against.
    HoldOut,
}

impl Arm {
    /// As in the column `arm` of a plan.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::HoldOut => "hold_out",
        }
    }
}

/// A row of a plan: a customer for whom an offer pays, within rules and means.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRow {
    /// The customer's place among the candidates.
    pub customer: usize,
    /// The group: the column `action`.
    pub group: Group,
    /// The offer's place in the catalogue.
    pub offer: usize,
    /// The channel; none where neither the offer nor the customer names one.
    pub channel: Option<String>,
    /// What the lot says.
    pub arm: Arm,
    /// Within what the lot was drawn, for [`measure`](crate::readout::measure).
    pub stratum: String,
    /// What the offer adds to the probability of staying.
    pub uplift: f64,
    /// What it is expected to earn, cost deducted, in units of the currency. Of the held out, what it would be expected to earn.
    pub expected_gain: f64,
    /// What it is expected to cost; nothing for the held out.
    pub cost: Money,
    /// 1 is first: the largest expected gain. The held out are numbered with the others.
    pub priority: u64,
    /// Why.
    pub why: Why,
}

/// How the hold-out was sized.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoldOutReport {
    /// Customers contacted.
    pub contacted: u64,
    /// Customers held out.
    pub held_out: u64,
    /// Probability of staying of the plan's customers, if left alone.
    pub without_offer: f64,
    /// The same with the offers.
    pub with_offer: f64,
    /// Probability that the read-out will find that difference, if it is there.
    pub power: f64,
    /// What the held out would have been expected to earn: the price of knowing.
    pub gain_forgone: f64,
}

/// A plan in numbers. Money in floating point is in units of the currency.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSummary {
    /// Expected gain of those contacted, cost deducted.
    pub expected_gain: f64,
    /// What they are expected to cost: the exact sum of the rows.
    pub cost: Money,
    /// No plan of these offers within budget and channels could be expected to earn more than this, held-outs included.
    pub bound: f64,
    /// What the next unit of the budget would earn; 0 where it does not bind.
    pub next_unit_earns: f64,
    /// What one contact more would earn, for each channel with a limit.
    pub next_contact_earns: BTreeMap<String, f64>,
    /// Customers in each group, contacted or not.
    pub groups: BTreeMap<Group, u64>,
    /// Where the groups begin.
    pub group_rules: GroupRules,
    /// Of the hold-out; none where nobody is in the plan.
    pub hold_out: Option<HoldOutReport>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Whom to contact, and whom to leave alone by lot; by priority. Nobody else is in it.
    pub rows: Vec<PlanRow>,
    /// For each candidate the group; none of customers who never bought or have no score.
    pub groups: Vec<Option<Group>>,
    /// For each candidate why there is no row; none for those in the plan.
    pub not_contacted: Vec<Option<NotContacted>>,
    /// The plan in numbers.
    pub summary: PlanSummary,
}
