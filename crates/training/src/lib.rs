//! From labelled snapshots to a calibrated, tested model: [`train`].
//!
//! The positive class is *churned* throughout. What is fitted where, in the order of time:
//!
//! - Training takes the labelled as-of dates whose label windows end before the test as-of date ([`Slices`]).
//! - The penalty (and, if asked for, how many of the training dates to use) is chosen on an as-of date of its own, by
//!   models whose label windows end before it.
//! - Calibration is fitted on the newest training date, and each of its customers is predicted by a model that never
//!   saw a row of that customer: by the final model where enough customers were left out of the fit, else by models of the
//!   other customers. So the newest labels serve twice and no customer vouches for itself. Where past dates show that
//!   their deviations do not last, less of the newest one is taken.
//! - The test date is read once, by the final model and the baselines.
//!
//! Where too few customers churned, or stayed, to train or test a model, and churn is inactivity, a forecast of purchases
//! stands in for it, and says so ([`scoring::NotTrained`]).
//!
//! [`backtest`] does the same as of many dates of the past, and [`horizons`] for several horizons.
//!
//! Scalers, ranges and means belong to the rows that a model is fitted on, in every one of these fits.

mod acted_on;
mod assemble;
mod backtest;
mod baselines;
mod blocks;
mod calibrate;
mod card;
mod carry;
mod compare;
#[cfg(test)]
mod compare_tests;
mod cross_fit;
mod curves;
mod customers;
#[cfg(test)]
mod definition_tests;
mod design;
mod error;
mod evaluation_file;
mod fit;
mod forecast;
#[cfg(test)]
mod forecast_tests;
mod forgetting;
mod forward;
mod gates;
#[cfg(test)]
mod golden_tests;
mod horizon_curve;
mod horizon_evaluation;
#[cfg(test)]
mod horizon_tests;
mod judge;
mod lapsed;
mod level_notes;
#[cfg(test)]
mod level_tests;
mod look_back;
mod pairs;
mod penalty;
mod platt;
mod predictions;
mod rows;
mod seen;
mod segments;
mod settings;
mod slices;
mod solver;
mod step;
mod terms;
mod test_run;
mod train;
#[cfg(test)]
mod train_tests;
mod value;
mod wanted;
mod warnings;

pub use backtest::{
    Agreement, Backtest, BacktestDates, HorizonResult, HorizonTest, Horizons, Means, Pooled, Skipped, TestedDate,
    backtest, horizons,
};
pub use compare::{CompareSettings, Compared, ModelComparison, Standing, compare, future_from};
pub use customers::some_customers;
pub use error::TrainingError;
pub use evaluation_file::{
    Baselines, Counts, DatesTrial, DesignTrial, Differences, Evaluation, HalfLifeTrial, LeftCensored, LookBack,
    PenaltyTrial, RecencyRule, SliceCounts, TestSlice,
};
pub use gates::{Gate, GateKind, Measured};
pub use horizon_evaluation::{HorizonEvaluation, HorizonFit, HorizonTested};
pub use judge::{JudgedDate, judge};
pub use look_back::look_back;
pub use predictions::TestPredictions;
pub use segments::{BySegment, SegmentChoice, SegmentCounts, SegmentMetrics, StrengthTrial};
pub use settings::{Drawn, ModelContext, TrainingDates, TrainingSettings};
pub use slices::{Selection, Slices, Timeline, plan};
pub use solver::{FitError, FittedLogistic, LinfaLbfgs, Newton};
pub use step::Step;
pub use train::{Trained, train};
pub use warnings::{Warning, WarningCode};
