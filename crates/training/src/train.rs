//! The run from an export to a tested model.

use std::sync::Arc;

use feature_engineering::{Churn, Feature, FittedModels, by_name, has_all, modelled};
use history::{Date, Export, History};
use scoring::{
    Calibration, ChurnDefinition, FORMAT_VERSION, FeatureWeight, Fingerprints, Model, ModelFile, Penalty,
    RiskThresholds, SliceDates,
};

use crate::card;
use crate::cross_fit::out_of_fold_logits;
use crate::customers::{CustomerHashes, Share};
use crate::design::Scaler;
use crate::evaluation_file::Evaluation;
use crate::fit::{Fitted, fit};
use crate::gates::leakage;
use crate::penalty;
use crate::platt::{Line, NoLine};
use crate::rows::{Rows, Source, check_events};
use crate::slices::{Slices, plan};
use crate::test_run::Test;
use crate::{ModelContext, TrainingError, TrainingSettings, cluster_robust, lapsed, value};

/// Fewer rows of the rarer kind for each feature are worth a note (Peduzzi et al. 1996, J Clin Epidemiol 49:1373).
const EVENTS_PER_FEATURE: usize = 10;

/// Features without which there are no baselines and no value of a customer.
const NEEDED: [&str; 3] = ["recency_days", "tenure_days", "monetary_total"];

/// A model, its test, and its card.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// What the test said.
    pub evaluation: Evaluation,
    /// The model card, in Markdown.
    pub card: String,
}

/// Trains, calibrates and tests a model, and compares it with the baselines. `progress` is told what is being done.
///
/// # Errors
/// [`TrainingError`]; most variants say what the data lack.
pub fn train(
    export: &Export,
    settings: &TrainingSettings,
    context: &ModelContext,
    progress: &mut dyn FnMut(&str),
) -> Result<Trained, TrainingError> {
    let mut slices = plan(export, settings)?;
    let data = export.fingerprint().ok_or(TrainingError::NoFingerprint)?;
    let source = Source {
        export,
        churn: settings.churn,
        lookback: settings.lookback,
        window: settings.window,
        eligibility: settings.eligibility,
        hashes: CustomerHashes::of(export, settings.seed),
    };

    progress(&format!("features of {} as-of dates", slices.training.len()));
    let mut wanted = wanted(settings, &source.history(slices.test));
    if let Some(models) = forecasts(&source, settings, &slices)? {
        wanted.extend(models.modelled(settings.window.reach() as u16));
    }
    wanted.retain(|feature| !is_left_out(settings, feature));
    let columns: Vec<usize> = (0..wanted.len()).collect();
    // What the baselines and the value model go by is computed whether the model uses it or not, behind what it uses.
    let others = NEEDED.into_iter().filter(|name| !wanted.iter().any(|feature| feature.name == *name));
    let others: Vec<Arc<Feature>> = others.filter_map(by_name).cloned().collect();
    wanted.extend(others);
    let share = Share::of_rows(source.count(&slices.training)?, settings.max_rows);
    let mut rows = source.rows(&slices.training, &wanted, share)?;
    check_events("training", rows.churned.iter().copied())?;
    check_events("calibration", rows.on(&[slices.calibration]).into_iter().map(|row| rows.churned[row]))?;

    progress("choosing the penalty");
    let choice = penalty::choose(&rows, &columns, slices.selection.as_ref(), settings.dates)?;

    if let Some(dates) = choice.dates {
        let oldest = slices.training.len().saturating_sub(dates);
        slices.training.drain(..oldest);
        rows.keep(&slices.training);
    }
    let calibration_rows = rows.on(&[slices.calibration]);

    progress(&format!("fitting {} rows", rows.len()));
    let all: Vec<usize> = (0..rows.len()).collect();
    let scaler = Scaler::fit(&rows, &all, &columns)?;
    let x = scaler.matrix(&rows, &all);
    let fitted = fit(&x, &rows.churned, choice.lambda, "training")?;
    let covariance = cluster_robust::covariance(&x, &rows.churned, &rows.customer, &fitted)
        .ok_or(TrainingError::NoFeatures { rows: rows.len() })?;
    drop(x);

    progress("calibrating");
    let logits =
        out_of_fold_logits(&rows, &all, &calibration_rows, (&columns, Some(&fitted.parameters)), choice.lambda)?;
    let line = calibration_line(&logits, &rows.outcomes(&calibration_rows), slices.calibration)
        .map_err(|error| name_the_suspect(error, &rows, &calibration_rows))?;

    progress("value and return models");
    let customers_of_calibration: Vec<u32> = calibration_rows.iter().map(|row| rows.customer[*row]).collect();
    let margin_ratio = value::margin_ratio(export, slices.calibration, &customers_of_calibration)?;
    let value = value::fit(&rows, margin_ratio);
    let lapsed = lapsed::fit(&source, slices.calibration, settings.max_rows)?;

    let mut notes = slices.notes.clone();
    notes.extend(training_notes(
        (&rows, columns.len()),
        &scaler,
        &fitted,
        &choice,
        &slices,
        share,
        lapsed.as_ref().err(),
    ));
    let weights = scaler.scales.iter().zip(fitted.parameters.iter().skip(1)).map(|(scale, coefficient)| {
        let feature = &rows.features[scale.column];
        FeatureWeight {
            feature: Feature::clone(feature),
            clip_low: scale.clip_low,
            clip_high: scale.clip_high,
            mean: scale.mean,
            sd: scale.sd,
            coefficient: *coefficient,
        }
    });
    let model = Model::new(ModelFile {
        format_version: FORMAT_VERSION,
        name: context.name.clone(),
        version: String::new(),
        content_sha256: String::new(),
        churn: ChurnDefinition {
            definition: settings.churn,
            horizon_days: settings.window.horizon.get() as u16,
            lead_days: settings.window.lead,
        },
        active_within_days: settings.eligibility.active_within.get() as u16,
        lookback_days: settings.lookback.map(|days| days.get() as u16),
        timezone: context.timezone.clone(),
        currency: context.currency.clone(),
        returns: export.returns().as_str().to_owned(),
        has_margin: export.has_margin(),
        slices: slice_dates(export.first_day(), &slices, choice.on_a_date),
        training_rows: rows.len() as u64,
        training_share: share.get(),
        features: weights.collect(),
        terms: Vec::new(),
        intercept: fitted.parameters[0],
        penalty: Penalty { lambda: choice.lambda, alpha: choice.lambda * rows.len() as f64 },
        covariance: covariance.rows().into_iter().map(|row| row.to_vec()).collect(),
        calibration: Calibration { intercept: line.intercept, slope: line.slope, covariance: line.covariance },
        risk_bands: RiskThresholds::default(),
        value,
        lapsed: lapsed.ok(),
        fingerprints: Fingerprints { data: data.to_owned(), config: context.config_hash.clone() },
    })?;

    progress("testing");
    let test = Test { settings, source: &source, slices: &slices, rows: &rows, calibration_rows: &calibration_rows };
    let evaluation = test.run(&model, choice, notes)?;
    let card = card::markdown(&model, &evaluation);
    Ok(Trained { model, evaluation, card })
}

/// What the model may use: of the catalogue what models use and the export has the columns for, and what was asked for.
fn wanted(settings: &TrainingSettings, history: &History<'_>) -> Vec<Arc<Feature>> {
    let mut features = modelled(history);
    features.extend(settings.also.iter().filter(|also| has_all(history, &also.definition)).cloned());
    features
}

fn is_left_out(settings: &TrainingSettings, feature: &Feature) -> bool {
    // A word that names a feature and a family means the feature.
    let is_family = |word: &str| word == feature.family.as_str() && by_name(word).is_none();
    settings.without.iter().any(|word| *word == feature.name || is_family(word))
}

/// The buy-till-you-die models whose forecasts are features: fitted on what was known when the first choice is made, at the
/// selection as-of date, or at the calibration where there is none. None where churn is not a matter of purchases, or where
/// no model could be fitted.
fn forecasts(
    source: &Source<'_>,
    settings: &TrainingSettings,
    slices: &Slices,
) -> Result<Option<FittedModels>, TrainingError> {
    if matches!(settings.churn, Churn::Departure { .. }) {
        return Ok(None);
    }
    let known_by = slices.selection.as_ref().map_or(slices.calibration, |selection| selection.as_of);
    Ok(FittedModels::fit(&source.history(known_by))?)
}

fn calibration_line(logits: &[f64], churned: &[bool], as_of: Date) -> Result<Line, TrainingError> {
    let rows = logits.len();
    match Line::fit(logits, churned) {
        Ok(line) if line.slope > 0.0 => Ok(line),
        Ok(line) => Err(TrainingError::Backwards { as_of, rows, slope: line.slope }),
        Err(NoLine::Separated) => Err(TrainingError::Separated { rows, feature: String::new(), area: 0.5 }),
        Err(NoLine::Undetermined) => Err(TrainingError::Backwards { as_of, rows, slope: 0.0 }),
    }
}

/// Says which feature separates best, where all of them together separate completely.
fn name_the_suspect(error: TrainingError, rows: &Rows, calibration_rows: &[usize]) -> TrainingError {
    match (error, leakage::strongest(rows, calibration_rows)) {
        (TrainingError::Separated { rows, .. }, Some((feature, area))) => {
            TrainingError::Separated { rows, feature: feature.to_owned(), area }
        }
        (error, _) => error,
    }
}

fn slice_dates(first_day: Date, slices: &Slices, selected_on_a_date: bool) -> SliceDates {
    let texts = |dates: &[Date]| dates.iter().map(Date::to_string).collect::<Vec<_>>();
    let selection = slices.selection.as_ref().filter(|_| selected_on_a_date);
    SliceDates {
        first_day: first_day.to_string(),
        training: texts(&slices.training),
        selection_training: selection.map(|selection| texts(&selection.training)).unwrap_or_default(),
        selection: selection.map(|selection| selection.as_of.to_string()),
        calibration: slices.calibration.to_string(),
        test: slices.test.to_string(),
    }
}

fn training_notes(
    (rows, asked): (&Rows, usize),
    scaler: &Scaler,
    fitted: &Fitted,
    choice: &penalty::Choice,
    slices: &Slices,
    share: Share,
    no_return_model: Option<&String>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let churners = rows.churned.iter().filter(|churned| **churned).count();
    let events = churners.min(rows.len() - churners);
    if events < EVENTS_PER_FEATURE * scaler.scales.len() {
        notes.push(format!(
            "Few data: {events} rows of the rarer kind for {} features, fewer than {EVENTS_PER_FEATURE} each. The \
             coefficients are uncertain, and so is the calibration.",
            scaler.scales.len()
        ));
    }
    let kept = |column: &usize| scaler.scales.iter().any(|scale| scale.column == *column);
    let dropped = (0..asked).filter(|column| !kept(column)).map(|column| rows.features[column].name.as_str());
    let dropped: Vec<&str> = dropped.collect();
    if !dropped.is_empty() {
        notes.push(format!("Left out because they do not differ between training customers: {}.", dropped.join(", ")));
    }
    if share.get() < 1.0 {
        notes.push(format!(
            "Fitted on a random {:.1} % of the customers ({} rows), since all of them are more rows than max_rows.",
            100.0 * share.get(),
            rows.len()
        ));
    }
    if slices.selection.is_some() && !choice.on_a_date {
        notes.push(
            "The as-of date meant for the choice of the penalty has too few churners or too few customers who stayed: \
             the penalty was chosen by leaving out customers instead."
                .to_owned(),
        );
    }
    if fitted.linfa_failed {
        notes.push("The line search of linfa failed; Newton's method fitted the model from the start.".to_owned());
    }
    if let Some(reason) = no_return_model {
        notes.push(format!("No return probability for lapsed customers: {reason}."));
    }
    notes
}
