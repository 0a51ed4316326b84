//! Point-in-time features and labels of customers.
//!
//! A [`Snapshot`] says which customers there are at an as-of date, [`features`] computes features from a
//! [`history::History`], a [`Panel`] does so for many as-of dates in one pass, and [`Churn::labels`] reads labels off a
//! [`history::Outcome`]. Neither accepts the other's argument: that is the time rule. Features are data
//! ([`Feature`], [`Expression`], [`Measure`]); the [`catalogue`] lists them, and [`reason`] what can be told of them.
//!
//! ```compile_fail,E0308
//! fn features_of_the_label_window(outcome: &history::Outcome<'_>) {
//!     feature_engineering::features(outcome, &[], &[]);
//! }
//! ```

mod available;
pub mod btyd;
mod catalogue;
mod expression;
mod feature;
mod fitted;
mod kernel;
mod label;
mod levels;
mod measure;
pub mod reason;
mod snapshot;
mod table;
mod window;

pub use available::{Columns, available, has_all, modelled};
pub use catalogue::{by_name, catalogue, offer_features};
pub use expression::{Attribute, Calendar, Expression};
pub use feature::{Family, Feature, Transform, Unit, Use};
pub use fitted::{FORECASTS, Fitted, FittedModels, Forecast, LARGEST_LOGIT, ListedForecast, listed_forecasts};
pub use label::{Churn, purchase_days};
pub use levels::{Coding, LEAST_CUSTOMERS, Level, LevelSource, Levels, MOST_LEVELS, can_be_shown};
pub use measure::{Aggregate, Column, Condition, Label, Measure, Rows};
pub use snapshot::{Eligibility, Snapshot, Standings, State};
pub use table::{FeatureTable, Panel, PanelRows, features};
pub use window::Window;
