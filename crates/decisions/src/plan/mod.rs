//! Whom to contact, with which offer, under a budget; and whom to leave alone by lot, so that it can be measured.

mod assign;
mod build;
mod candidate;
mod channels;
mod choose;
mod groups;
mod lot;
mod made;
mod money;
mod rules;
mod settings;
mod why;

pub use build::plan;
pub use candidate::{Candidate, Offer, Response, State};
pub use groups::{Group, GroupRules};
pub use made::{Arm, HoldOutReport, Plan, PlanRow, PlanSummary};
pub use money::expected_cost;
pub use rules::NotContacted;
pub use settings::{Capacity, HoldOut, PlanSettings};
pub use why::Why;
