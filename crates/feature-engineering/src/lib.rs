//! Point-in-time features and labels of customers.
//!
//! A [`Snapshot`] says which customers there are at an as-of date, [`features`] computes the columns of the
//! [`catalogue`] from a [`history::History`], and [`churned`] reads labels off a [`history::Outcome`]. Neither function
//! accepts the other's argument: that is the time rule.
//!
//! ```compile_fail,E0308
//! fn features_of_the_label_window(outcome: &history::Outcome<'_>) {
//!     feature_engineering::features(outcome, &[], &[]);
//! }
//! ```

pub mod btyd;
mod catalogue;
mod kernel;
mod snapshot;
mod table;
mod window;

pub use catalogue::{Family, Feature, Transform, Unit, by_name, catalogue};
pub use snapshot::{Eligibility, Snapshot, State};
pub use table::{FeatureTable, available, churned, features, purchase_days};
pub use window::Window;
