//! Within which means and rules a plan is made.

use history::{Date, Money};

use super::candidate::Candidate;
use super::groups::GroupRules;
use super::rules::contact_rule;
use crate::DecisionError;
use crate::error::setting;

/// How many customers can be contacted through a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    /// The channel.
    pub channel: String,
    /// Contacts a day.
    pub per_day: u64,
    /// Days of the plan.
    pub days: u64,
}

impl Capacity {
    /// Contacts in all.
    pub fn contacts(&self) -> u64 {
        self.per_day.saturating_mul(self.days)
    }
}

/// How many customers of the plan are left alone by lot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HoldOut {
    /// As many as it takes to find the expected effect with this power, at a joint level of 95 % (see
    /// [`measure`](crate::readout::measure)); at most this share of the plan. Where even that is too few, a tenth of it: one plan
    /// will not tell then, and several measured together may.
    ForPower {
        /// Such as 0.9.
        power: f64,
        /// At most 0.5.
        most: f64,
    },
    /// This share of the plan, 0 to 0.5; 0 means that nobody will ever know what it earned.
    Share(f64),
}

/// Everything that a plan is made within.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSettings {
    /// The date of the plan.
    pub as_of: Date,
    /// The most that may be spent, in expected costs; none for no limit.
    pub budget: Option<Money>,
    /// Limits of channels; channels without one are unlimited.
    pub capacity: Vec<Capacity>,
    /// Days after a contact within which there is no other.
    pub cooling_off_days: u32,
    /// Days after a lot within which those whom it left alone stay alone: as long as its read-out takes. Contacted by a later plan they would
    /// be no comparison any more.
    pub held_out_days: u32,
    /// Who is left alone by lot.
    pub hold_out: HoldOut,
    /// Standard errors by which an uplift is lowered before it is weighed, 0 or more. The uplift is shrunk already, so 0 is right on average;
    /// above 0 leaves money on the table for fewer disappointments.
    pub caution: f64,
    /// Where groups begin; none for [`GroupRules::from_customers`].
    pub groups: Option<GroupRules>,
    /// Seed of the lot. The lot of a customer depends on it, on the as-of date and on the customer's id alone.
    pub seed: u64,
}

impl PlanSettings {
    /// Without budget and limits of channels, 30 days of cooling off, 90 after a lot, a hold-out for a power of 0.9 of at most half, no caution, seed 1.
    pub fn new(as_of: Date) -> Self {
        Self {
            as_of,
            budget: None,
            capacity: Vec::new(),
            cooling_off_days: 30,
            held_out_days: 90,
            hold_out: HoldOut::ForPower { power: 0.9, most: 0.5 },
            caution: 0.0,
            groups: None,
            seed: 1,
        }
    }

    /// Whether the rules let anybody contact the customer.
    #[must_use]
    pub fn allow(&self, candidate: &Candidate<'_>) -> bool {
        contact_rule(candidate, self).is_none()
    }

    pub(super) fn check(&self) -> Result<(), DecisionError> {
        if let Some(budget) = self.budget {
            setting("budget", "0 or more", budget.to_f64(), budget >= Money::ZERO)?;
        }
        setting("caution", "0 or more standard errors", self.caution, self.caution >= 0.0)?;
        match self.hold_out {
            HoldOut::ForPower { power, most } => {
                setting("power", "a share between 0 and 1", power, power > 0.0 && power < 1.0)?;
                setting("largest hold-out", "a share from 0 to 0.5", most, (0.0..=0.5).contains(&most))?;
            }
            HoldOut::Share(share) => {
                setting("hold-out", "a share from 0 to 0.5", share, (0.0..=0.5).contains(&share))?;
            }
        }
        for (at, capacity) in self.capacity.iter().enumerate() {
            if self.capacity[..at].iter().any(|other| other.channel == capacity.channel) {
                let expected = "one capacity for each channel";
                return Err(DecisionError::Name { expected, found: capacity.channel.clone() });
            }
        }
        self.groups.map_or(Ok(()), |groups| groups.check())
    }
}
