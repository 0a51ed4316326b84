//! A forecast in place of a model: where too few customers churned, or too few stayed, for a model to be trained or tested,
//! but purchases say enough for a buy-till-you-die model.
//!
//! Where churn is inactivity, the probability of no purchase in the label window is the churn probability. The model is
//! that forecast and nothing else: one feature of weight 1, no calibration, no covariance. It was fitted on purchases that
//! were known at the test as-of date, and on no label; the test judges it where it can.

use std::sync::Arc;

use feature_engineering::{Churn, Feature, FittedModels, by_name, features};
use scoring::{Calibration, FeatureWeight, Model, NotTrained};

use crate::assemble::{Beside, Origin, Weights};
use crate::card;
use crate::customers::Share;
use crate::design::Shapes;
use crate::penalty::Choice;
use crate::rows::{MIN_EVENTS, Source};
use crate::slices::{NO_SELECTION, Slices};
use crate::test_run::Test;
use crate::train::Trained;
use crate::wanted::{NEEDED, is_left_out};
use crate::{ModelContext, TrainingError, TrainingSettings, Warning, lapsed, value, warnings};

/// Logits of forecasts are no larger: their probabilities are at least 1e-9 away from 0 and 1.
const LARGEST_LOGIT: f64 = 21.0;

/// The forecast in place of the model that `error` says could not be trained or tested.
///
/// # Errors
/// `error` itself where there is no forecast to take its place: it does not say that there were too few of a kind, churn is
/// not inactivity, the project does without the forecast, or purchases say too little.
pub(crate) fn in_place_of(
    error: TrainingError,
    source: &Source<'_>,
    settings: &TrainingSettings,
    context: &ModelContext,
    slices: &Slices,
) -> Result<Trained, TrainingError> {
    let (slice, needed, churners, stayers) = match error {
        TrainingError::OneClass { slice, needed, churners, stayers }
        | TrainingError::TooFew { slice, needed, churners, stayers } => (slice, needed, churners, stayers),
        other => return Err(other),
    };
    if !matches!(settings.churn, Churn::Inactivity) {
        return Err(error);
    }
    let history = source.history(slices.test);
    let models = FittedModels::fit(&history)?.filter(|models| models.came_back as u64 >= MIN_EVENTS);
    let Some(models) = models else { return Err(error) };
    let Some(feature) = models.modelled(settings.window).pop() else { return Err(error) };
    let eligible = source.eligible(slices.test, Share::of_rows(source.count(&[slices.test])?, settings.max_rows))?;
    if is_left_out(settings, &feature) || eligible.is_empty() {
        return Err(error);
    }
    let mean = mean_over(source, slices, &feature, &eligible)?;
    let not_trained = NotTrained {
        slice: slice.to_owned(),
        churners,
        stayers,
        needed,
        fitted_before: slices.test.to_string(),
        customers: models.customers as u64,
        came_back: models.came_back as u64,
    };
    model_and_test(source, settings, context, slices, (Feature::clone(&feature), mean, not_trained))
}

/// Mean logit of the eligible customers of the test date: the customer that reasons compare with. What they did afterwards has
/// no part in it.
fn mean_over(
    source: &Source<'_>,
    slices: &Slices,
    feature: &Arc<Feature>,
    eligible: &[u32],
) -> Result<f64, TrainingError> {
    let table = features(&source.history(slices.test), eligible, std::slice::from_ref(feature))?;
    let known: Vec<f64> = table.columns().iter().flatten().copied().filter(|value| value.is_finite()).collect();
    Ok(known.iter().sum::<f64>() / known.len().max(1) as f64)
}

fn model_and_test(
    source: &Source<'_>,
    settings: &TrainingSettings,
    context: &ModelContext,
    slices: &Slices,
    (feature, mean, not_trained): (Feature, f64, NotTrained),
) -> Result<Trained, TrainingError> {
    let needed: Vec<Arc<Feature>> = NEEDED.into_iter().filter_map(by_name).cloned().collect();
    let share = Share::of_rows(source.count(&slices.training)?, settings.max_rows);
    let rows = source.rows(&slices.training, &needed, share)?;
    let calibration_rows = rows.on(&[slices.calibration]);
    let mut notes = vec![notice(&not_trained, &feature)];
    notes.extend(slices.notes.iter().filter(|note| *note != NO_SELECTION).cloned());

    let warnings: Vec<Warning> = warnings::heavy_customer(source, slices)?.into_iter().collect();
    notes.extend(warnings.iter().map(|warning| warning.text.clone()));
    if !settings.horizons.is_empty() {
        notes.push("No other horizons: a forecast that was not trained speaks of its own alone.".to_owned());
    }

    let customers: Vec<u32> = calibration_rows.iter().map(|row| rows.customer[*row]).collect();
    let margin_ratio = value::margin_ratio(source.export, slices.calibration, &customers)?;
    let stayed = rows.churned.iter().filter(|churned| !**churned).count() as u64;
    let value = if stayed >= MIN_EVENTS {
        value::fit(&rows, margin_ratio)
    } else {
        notes.push(format!(
            "Expected value is what a customer brought per horizon so far: {stayed} rows of customers who stayed are too few \
             to learn from what they brought next."
        ));
        value::as_before(&rows, margin_ratio)
    };
    let lapsed = lapsed::fit(source, slices.calibration, settings.max_rows)?;
    if let Err(reason) = &lapsed {
        notes.push(lapsed::note(reason));
    }

    let weights = Weights {
        features: vec![FeatureWeight {
            feature,
            clip_low: -LARGEST_LOGIT,
            clip_high: LARGEST_LOGIT,
            mean,
            sd: 1.0,
            coefficient: 1.0,
        }],
        terms: Vec::new(),
        intercept: mean,
        lambda: 0.0,
        covariance: vec![vec![0.0; 2]; 2],
        calibration: Calibration { intercept: 0.0, slope: 1.0, covariance: [[0.0; 2]; 2] },
        value,
        lapsed: lapsed.ok(),
    };
    // Of the rows only labels were looked at; no coefficient was fitted on them.
    let origin = Origin { source, settings, context, slices, selected_on_a_date: false, rows: &rows, share };
    let beside = Beside { not_trained: Some(not_trained), ..Beside::default() };
    let model = Model::new(origin.model_file(weights, beside)?)?;
    let test = Test { settings, source, slices, rows: &rows, calibration_rows: &calibration_rows, segments: None };
    let nothing_chosen = Choice {
        shapes: Shapes::Lines,
        found: Vec::new(),
        lambda: 0.0,
        dates: None,
        half_life: None,
        designs: Vec::new(),
        penalties: Vec::new(),
        reaches: Vec::new(),
        half_lives: Vec::new(),
        on_a_date: false,
    };
    let (mut evaluation, predictions) = test.run(&model, nothing_chosen, notes)?;
    evaluation.warnings = warnings;
    let card = card::markdown(&model, &evaluation);
    Ok(Trained { model, evaluation, card, predictions })
}

/// What everybody has to know who reads the metrics or the card.
fn notice(not_trained: &NotTrained, feature: &Feature) -> String {
    format!(
        "This is {}. The churn probability is the forecast itself ({}): it knows the days of purchases of {} customers, of \
         whom {} bought on more than one day, before {}, and nothing else. Its probabilities have no intervals: nothing was \
         fitted to churners that could tell how far off they are.",
        not_trained.in_words(),
        feature.description,
        not_trained.customers,
        not_trained.came_back,
        not_trained.fitted_before
    )
}
