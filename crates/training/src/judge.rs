//! A model at a date that it has not learnt from: what it said, and what its customers then did.

use evaluation::{Bootstrap, Metrics, Sample, mean_predicted};
use feature_engineering::Snapshot;
use history::{Date, Export};
use scoring::{Model, check_export};
use serde::Serialize;

use crate::TrainingError;
use crate::acted_on::{ActedOn, repeated};
use crate::compare::{CompareSettings, future_from, probabilities};
use crate::customers::{CustomerHashes, Share};
use crate::rows::check_events;

/// What came of a model's scores of a date.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedDate {
    /// The as-of date of the scores.
    pub as_of: String,
    /// First day after the label window.
    pub window_end: String,
    /// Customers with a label.
    pub rows: u64,
    /// How many of them churned.
    pub churners: u64,
    /// How many were expected to: the sum of their probabilities.
    pub expected_churners: f64,
    /// Metrics with 95 % intervals.
    pub metrics: Metrics,
}

/// Scores the customers of a date as the model would have scored them then, and holds the scores against what they did; customers
/// who were made an offer within the label window are left out, as in the model's test. `settings.as_of` is not looked at.
///
/// # Errors
/// [`TrainingError::NotFuture`] where the model has learnt from that date, [`TrainingError::Immature`] where the label window is not
/// over, [`TrainingError::OneClass`] and [`TrainingError::TooFew`] where too little happened, and what [`check_export`] refuses.
pub fn judge(
    export: &Export,
    model: &Model,
    as_of: Date,
    settings: &CompareSettings,
) -> Result<JudgedDate, TrainingError> {
    let from = future_from(model);
    if as_of < from {
        return Err(TrainingError::NotFuture { as_of, from, version: model.version().to_owned() });
    }
    let history = model.history(export, as_of);
    check_export(model, export, &history)?;
    let outcome = export.outcome(as_of, model.window())?;
    let mut eligible = Snapshot::take(&history, model.eligibility())?.eligible;
    let share = Share::of_rows(eligible.len(), settings.max_rows);
    let hashes = CustomerHashes::of(export, settings.seed);
    eligible.retain(|customer| hashes.is_in(*customer, share));
    let eligible = repeated(&eligible, &ActedOn::of(export).count(&outcome, &eligible, &hashes).0);
    let labels = model.churn().labels(&history, &outcome, model.eligibility(), &eligible)?;
    let labelled = eligible.iter().zip(&labels).filter_map(|(customer, label)| Some((*customer, (*label)?)));
    let (customers, churned): (Vec<u32>, Vec<bool>) = labelled.unzip();
    check_events("comparison", churned.iter().copied())?;
    let probability = probabilities(model, export, as_of, &customers)?;
    let bootstrap = match settings.replicates {
        Some(replicates) => Bootstrap::new(replicates, settings.seed)?,
        None => Bootstrap::for_rows(customers.len(), settings.seed),
    };
    let sample = Sample::new(probability, churned, customers)?;
    let metrics = Metrics::estimate(&sample, bootstrap);
    Ok(JudgedDate {
        as_of: as_of.to_string(),
        window_end: outcome.window().1.to_string(),
        rows: metrics.rows,
        churners: metrics.churners,
        expected_churners: mean_predicted(&sample) * metrics.rows as f64,
        metrics,
    })
}
