//! From scores to money: retention measures, what offers are worth, whom to contact, and what it earned.
mod error;
mod numbers;

pub mod measures;
pub mod plan;
pub mod profit;
pub mod readout;
pub mod uplift;

pub use error::DecisionError;
