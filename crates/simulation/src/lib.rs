//! A retail company with known truth, of any size.
//!
//! [`simulate()`] writes what a company would export (transactions, customers, events, offers), a project file for it,
//! and `truth.csv`: for every customer and as-of date the probability of buying nothing within the horizon, given
//! everything that made the customer what it is. Models see the exports; the truth says how good they are.
//!
//! The same seed and settings give the same bytes, whatever the number of threads. Across platforms, the last bit of a
//! logarithm or exponential may differ; amounts are rounded to cents and probabilities to six decimals, so that it
//! shows in freak cases only.
//!
//! # Truth table
//! `customer_id, as_of, state (eligible|lapsed|new), alive, churn_probability, offer_effect, expected_margin, churned`,
//! one row for every customer and as-of date after signup. `state` is what the exports show; `alive` says whether the
//! customer will ever order again at a rate above zero; `churn_probability` is exact, and 1 for customers who are gone;
//! `offer_effect` is what an offer made at `as_of` would add to it (negative: fewer churn); `expected_margin` is that of
//! the orders within the horizon, returns deducted; `churned` is filled in where the horizon lies within the period.

mod company;
mod customer;
mod error;
mod events;
mod life;
mod offers;
mod orders;
mod outlook;
mod project;
mod renewal;
mod simulate;
mod tables;
mod traits;
mod validation;
mod world;

pub use company::{Baskets, Buying, Campaigns, Company, Leaving, OfferFactors, Service};
pub use error::SimulationError;
pub use simulate::{Destination, Format, Summary, simulate};
