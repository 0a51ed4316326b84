//! Rolling out-of-time evaluation: at each of several dates of the past a model is trained as it would have been then,
//! and tested on what came after (Tashman 2000, Int J Forecasting 16:437, "rolling origin").
//!
//! Every date is a run of [`train`](crate::train) with that test as-of date, without a forecast in place of a model: nothing at or after it is seen, label windows of training
//! end by it, and whatever is chosen or fitted comes from before. One date follows the other, and of each only the model,
//! its test and its predictions stay in memory.

mod horizons;
mod pooled;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;

use history::{Date, Days, Export};
use scoring::Model;

pub use horizons::{Agreement, HorizonResult, HorizonTest, Horizons, horizons};
pub use pooled::{Means, Pooled};

use crate::step::{Step, part};
use crate::train::train_alone;
use crate::{Evaluation, ModelContext, TestPredictions, TrainingError, TrainingSettings};

/// The test as-of dates of a backtest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BacktestDates {
    /// How many, the newest included.
    pub count: NonZeroUsize,
    /// Days between two of them; the horizon where none is given, so that the label windows of two tests do not overlap.
    pub every: Option<Days>,
}

/// The tests of a backtest, and what they say together.
#[derive(Debug, Clone)]
pub struct Backtest {
    /// Days between two test as-of dates.
    pub every: Days,
    /// Dates with a model, the oldest first; never empty.
    pub tested: Vec<TestedDate>,
    /// Dates without, the oldest first.
    pub skipped: Vec<Skipped>,
    /// Means over the dates with a model.
    pub means: Means,
    /// The predictions of all dates as one sample.
    pub pooled: Pooled,
}

/// A model of the past, and its test.
#[derive(Debug, Clone)]
pub struct TestedDate {
    /// The test as-of date.
    pub as_of: Date,
    /// The model; `train` with this test as-of date gives the same.
    pub model: Model,
    /// What the test said.
    pub evaluation: Evaluation,
}

/// Something that could not be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The test as-of date.
    pub as_of: Date,
    /// Why no model could be trained, or none tested.
    pub reason: String,
}

impl Backtest {
    /// Whether the label windows of two tests share days, so that the dates are less independent than they look.
    #[must_use]
    pub fn overlaps(&self, settings: &TrainingSettings) -> bool {
        self.tested.len() > 1 && self.every < settings.window.horizon
    }
}

/// Trains and tests at each of the dates, the newest being [`TrainingSettings::test_as_of`] or, where none is given, the
/// latest with a label. `progress` is told what is being done.
///
/// A date for which the data lack something is skipped with the reason.
///
/// # Errors
/// The reason of the newest date, where no date is left; any [`TrainingError`] that is not about the data.
pub fn backtest(
    export: &Export,
    settings: &TrainingSettings,
    context: &ModelContext,
    dates: BacktestDates,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Backtest, TrainingError> {
    let every = dates.every.unwrap_or(settings.window.horizon);
    let latest = export.labels_through().plus_days(-settings.window.reach());
    let newest = settings.test_as_of.unwrap_or(latest);
    let count = dates.count.get();
    let (mut tested, mut skipped) = (Vec::new(), Vec::new());
    let mut predictions: Vec<TestPredictions> = Vec::new();
    let mut last_error = None;
    for step in (0..count).rev() {
        let as_of = newest.plus_days(-i32::try_from(step).unwrap_or(i32::MAX).saturating_mul(every.get()));
        let settings = TrainingSettings { test_as_of: Some(as_of), horizons: Vec::new(), ..settings.clone() };
        let before = count - step - 1;
        let at = |done: usize| done as f64 / count as f64;
        let mut of_all = part(progress, at(before), at(before + 1));
        let mut stage = |step: Step<'_>| {
            of_all(Step { text: &format!("date {} of {count}, {as_of}: {}", before + 1, step.text), ..step });
        };
        match train_alone(export, &settings, context, &mut stage) {
            Ok(trained) => {
                tested.push(TestedDate { as_of, model: trained.model, evaluation: trained.evaluation });
                predictions.push(trained.predictions);
            }
            Err(error) if error.is_about_data() => {
                skipped.push(Skipped { as_of, reason: error.to_string() });
                last_error = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    if let (true, Some(error)) = (tested.is_empty(), last_error) {
        return Err(error);
    }
    progress(Step { text: "all dates together", done: 1.0 });
    let pooled = Pooled::of(&predictions, settings)?;
    let evaluations: Vec<&Evaluation> = tested.iter().map(|tested| &tested.evaluation).collect();
    Ok(Backtest { every, means: Means::of(&evaluations), pooled, tested, skipped })
}
