//! Who may be contacted.

use history::Date;

use super::candidate::{Candidate, State};
use super::settings::PlanSettings;

/// Why a customer is not in a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NotContacted {
    /// The customer does not want to be contacted.
    NoPermission,
    /// Contacted too lately.
    CoolingOff {
        /// Days since the last contact.
        days: i32,
    },
    /// Left alone by the lot of an earlier plan, whose read-out is not over.
    HeldOut {
        /// Days since that lot.
        days: i32,
    },
    /// Never bought.
    NeverBought,
    /// Has no score.
    NoScore,
    /// No offer is expected to earn what it costs.
    NoOfferPays {
        /// What the best of them would earn.
        best: f64,
    },
    /// An offer pays, but the budget is better spent on others, or the channel is full.
    NotWithinMeans {
        /// What the offer would earn.
        best: f64,
    },
}

/// The rule that keeps a customer out of any plan, if there is one. A contact on the as-of day or later counts as just now.
pub(super) fn contact_rule(candidate: &Candidate<'_>, settings: &PlanSettings) -> Option<NotContacted> {
    if !candidate.contact_allowed {
        return Some(NotContacted::NoPermission);
    }
    if candidate.state == State::New {
        return Some(NotContacted::NeverBought);
    }
    if candidate.churn_probability.is_none() {
        return Some(NotContacted::NoScore);
    }
    let within = |day: Option<Date>, most: u32| {
        let days = day.map(|day| settings.as_of.days_since(day).max(0));
        days.filter(|days| *days < i32::try_from(most).unwrap_or(i32::MAX))
    };
    let cooling_off = within(candidate.last_contact, settings.cooling_off_days);
    let held_out = || within(candidate.held_out, settings.held_out_days).map(|days| NotContacted::HeldOut { days });
    cooling_off.map(|days| NotContacted::CoolingOff { days }).or_else(held_out)
}
