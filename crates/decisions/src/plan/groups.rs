//! What to do with a customer, in five words.

use super::candidate::{Candidate, State};
use crate::DecisionError;
use crate::error::setting;

/// The group of a customer. The rule, in this order:
///
/// 1. lapsed: `WinBack` if an offer pays, else `LetGo`;
/// 2. at risk (churn probability at or above [`GroupRules::at_risk_from`]): `Save` if an offer pays, else `LetGo`;
/// 3. not at risk: `Protect` if the value is at or above [`GroupRules::valuable_from`], else `Grow`.
///
/// An offer pays if its expected gain is above 0, whether or not the budget reaches to it and the customer may be contacted. Customers
/// who never bought are in no group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Valuable and calm: good service, no discount.
    Protect,
    /// Calm and worth little so far.
    Grow,
    /// At risk, and an offer pays.
    Save,
    /// Lapsed, and an offer pays.
    WinBack,
    /// At risk or lapsed, and no offer pays for itself.
    LetGo,
}

impl Group {
    /// As in the column `action` of a plan.
    pub fn name(self) -> &'static str {
        match self {
            Self::Protect => "protect",
            Self::Grow => "grow",
            Self::Save => "save",
            Self::WinBack => "win_back",
            Self::LetGo => "let_go",
        }
    }
}

/// Where groups begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupRules {
    /// Churn probability from which a customer is at risk; 0 to 1.
    pub at_risk_from: f64,
    /// Value from which a customer is valuable.
    pub valuable_from: f64,
}

impl GroupRules {
    /// At risk above the mean churn probability of the eligible customers, valuable from their median value on; 0.5 and 0 without any.
    pub fn from_customers(candidates: &[Candidate<'_>]) -> Self {
        let eligible = candidates.iter().filter(|candidate| candidate.state == State::Eligible);
        let scored: Vec<(f64, f64)> =
            eligible.filter_map(|candidate| Some((candidate.churn_probability?, candidate.value))).collect();
        if scored.is_empty() {
            return Self { at_risk_from: 0.5, valuable_from: 0.0 };
        }
        let mut values: Vec<f64> = scored.iter().map(|(_, value)| *value).collect();
        values.sort_by(f64::total_cmp);
        let mut risks: Vec<f64> = scored.iter().map(|(risk, _)| *risk).collect();
        // Summed in order of size, so that the order of the customers changes no bit.
        risks.sort_by(f64::total_cmp);
        Self { at_risk_from: risks.iter().sum::<f64>() / risks.len() as f64, valuable_from: values[values.len() / 2] }
    }

    pub(super) fn check(&self) -> Result<(), DecisionError> {
        let p = self.at_risk_from;
        setting("churn probability from which a customer is at risk", "0 to 1", p, (0.0..=1.0).contains(&p))?;
        setting("value from which a customer is valuable", "a finite number", self.valuable_from, true)
    }

    /// The group of a customer; none of one who never bought or has no score.
    pub fn group(&self, candidate: &Candidate<'_>, an_offer_pays: bool) -> Option<Group> {
        let risk = candidate.churn_probability?;
        Some(match candidate.state {
            State::New => return None,
            State::Lapsed if an_offer_pays => Group::WinBack,
            State::Lapsed => Group::LetGo,
            State::Eligible if risk >= self.at_risk_from => {
                if an_offer_pays {
                    Group::Save
                } else {
                    Group::LetGo
                }
            }
            State::Eligible if candidate.value >= self.valuable_from => Group::Protect,
            State::Eligible => Group::Grow,
        })
    }
}
