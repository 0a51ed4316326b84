//! Features as SQL: the definitions of the catalogue, rendered for an engine that computes them where the data lies.
//!
//! A feature is data ([`feature_engineering::Expression`]), and this crate is its second rendering; the first is the kernel of
//! `feature-engineering`. Both mean the same: the time rule, half-open windows, what an order is, missing values, the standard
//! deviation with n - 1. What cannot be rendered with the same meaning is refused by name ([`Refusal`]) before anything runs.
//!
//! The statement is a chain of common table expressions. Only the first ones, which read the tables, differ much between
//! dialects: behind them a moment is microseconds of wall-clock time since 1970 and money is whole ten-thousandths, so no date
//! type, time zone or rounding rule of an engine has a say.
//!
//! A missing value is NULL; no NaN is ever made. Texts reach the statement as literals, escaped ([`Dialect`]), never as SQL.

mod aggregate;
mod checks;
mod dialect;
mod expression;
mod facts;
mod forecast;
mod groups;
mod lot;
mod query;
mod refusal;
mod rows;
mod score;
mod tables;
mod views;

pub use checks::{Check, checks};
pub use dialect::Dialect;
pub use facts::{MOST_KINDS, is_recorded, kinds, offers_made};
pub use lot::{Lot, eligible, rows_of};
pub use query::{Query, Who, features};
pub use refusal::{Refusal, Refused};
pub use score::scores;
pub use tables::{Relation, Table, Tables};
