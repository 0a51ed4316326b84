//! "Buy till you die" models: who is still a customer, where nobody says goodbye.
//!
//! The input is what is left of a purchase history when only counts and times are kept: [`Purchases`]. There are three
//! models of it, fitted by maximum likelihood: [`BgNbd`], [`MbgNbd`] and [`ParetoNbd`]. [`Candidates`] fits all three and
//! names the likeliest; [`Model`] is any of them. [`GammaGamma`] models what is spent per purchase, and
//! [`customer_lifetime_value`] puts the two together.
//!
//! Time has no unit here. Days and weeks both work, as long as every recency, age and horizon given to one model is in
//! the same unit: of the parameters only `alpha` and `beta` carry it, and `gamma` that of money.

mod beta_geometric;
mod bg_nbd;
mod clv;
mod counting;
mod error;
mod expansion;
mod gamma_gamma;
mod gauss;
mod mbg_nbd;
mod model;
mod newton;
mod pareto_nbd;
mod purchases;
mod sample;
mod search;
mod special;
#[cfg(test)]
mod tests;

pub use beta_geometric::Parameters;
pub use bg_nbd::BgNbd;
pub use clv::{Valuation, customer_lifetime_value};
pub use error::{FitError, InputError, ParameterList};
pub use gamma_gamma::{GammaGamma, GammaGammaParameters, NOTABLE_CORRELATION, Spend, spend_correlation};
pub use gauss::gauss_legendre;
pub use mbg_nbd::MbgNbd;
pub use model::{Candidates, Fitted, Kind, Model};
pub use pareto_nbd::{ParetoNbd, ParetoParameters};
pub use purchases::{MAX_REPEAT, Purchases};
