//! What a retention campaign earns that goes by churn probability: break-even, maximum profit, profit by depth.

mod break_even;
mod curve;
mod empc;
mod ranking;

pub use break_even::{BreakEven, break_even, net_of_customer};
pub use curve::{DepthPoint, profit_by_depth};
pub use empc::{AcceptanceBelief, MaximumProfit, empc, mpc};

use crate::DecisionError;
use crate::error::setting;

/// A retention offer for everybody whose churn probability is high enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetentionOffer {
    /// What a customer who stays is worth (customer lifetime value), above the incentive.
    pub clv: f64,
    /// Cost of the incentive, paid for everybody who takes it: churners who are kept, and everybody who would have stayed.
    pub incentive: f64,
    /// Cost of contacting one customer.
    pub contact: f64,
}

impl Default for RetentionOffer {
    /// The usual values of the literature: 200, 10 and 1 (Verbraken, Verbeke & Baesens 2013).
    fn default() -> Self {
        Self { clv: 200.0, incentive: 10.0, contact: 1.0 }
    }
}

impl RetentionOffer {
    pub(crate) fn check(&self) -> Result<(), DecisionError> {
        setting("incentive", "0 or more", self.incentive, self.incentive >= 0.0)?;
        setting("contact cost", "0 or more", self.contact, self.contact >= 0.0)?;
        setting("customer lifetime value", "a number above the incentive", self.clv, self.clv > self.incentive)
    }
}
