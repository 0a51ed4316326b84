//! The run from an export to a tested model.

use std::sync::Arc;

use evaluation::CalibrationMethod;
use feature_engineering::{Churn, Feature, FittedModels, Levels, Use, by_name, has_all, modelled};
use history::{Date, Export, History};
use logistic_regression::Finding;
use scoring::{
    Calibration, ChurnDefinition, FORMAT_VERSION, FeatureWeight, Fingerprints, Model, ModelFile, Penalty,
    RiskThresholds, SliceDates, Term,
};

use crate::calibrate::{Calibrated, calibrate};
use crate::card;
use crate::carry::carried;
use crate::cross_fit::out_of_fold_logits;
use crate::customers::{CustomerHashes, Share};
use crate::design::{Design, Recipe};
use crate::evaluation_file::{Counts, Evaluation};
use crate::fit::Sample;
use crate::gates::leakage;
use crate::horizon_curve::Beside;
use crate::penalty;
use crate::predictions::TestPredictions;
use crate::rows::{Rows, Source, check_events};
use crate::segments::{self, GlobalFit, OwnSegments, SegmentColumn};
use crate::slices::{Slices, plan};
use crate::test_run::Test;
use crate::{ModelContext, TrainingError, TrainingSettings, forecast, lapsed, level_notes, value};

/// Fewer rows of the rarer kind for each feature are worth a note (Peduzzi et al. 1996, J Clin Epidemiol 49:1373).
const EVENTS_PER_FEATURE: usize = 10;

/// Features without which there are no baselines and no value of a customer.
pub(crate) const NEEDED: [&str; 3] = ["recency_days", "tenure_days", "monetary_total"];

/// A model, its test, and its card.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// What the test said.
    pub evaluation: Evaluation,
    /// The model card, in Markdown.
    pub card: String,
    /// What was predicted for each row of the test.
    pub predictions: TestPredictions,
}

/// Trains, calibrates and tests a model, and compares it with the baselines. `progress` is told what is being done.
///
/// Where too few customers churned or stayed for that, and churn is inactivity, the model is a forecast of purchases that
/// nobody trained ([`scoring::NotTrained`]), if purchases say enough for one.
///
/// # Errors
/// [`TrainingError`]; most variants say what the data lack.
pub fn train(
    export: &Export,
    settings: &TrainingSettings,
    context: &ModelContext,
    progress: &mut dyn FnMut(&str),
) -> Result<Trained, TrainingError> {
    let slices = plan(export, settings)?;
    let source = source(export, settings);
    fit_and_test(&source, settings, context, slices.clone(), progress).or_else(|error| {
        progress("a forecast instead of a model");
        forecast::in_place_of(error, &source, settings, context, &slices)
    })
}

/// The same without a forecast in place of a model: what the data lack for a model is an error.
pub(crate) fn train_alone(
    export: &Export,
    settings: &TrainingSettings,
    context: &ModelContext,
    progress: &mut dyn FnMut(&str),
) -> Result<Trained, TrainingError> {
    let slices = plan(export, settings)?;
    fit_and_test(&source(export, settings), settings, context, slices, progress)
}

fn source<'a>(export: &'a Export, settings: &TrainingSettings) -> Source<'a> {
    Source {
        export,
        churn: settings.churn,
        lookback: settings.lookback,
        window: settings.window,
        eligibility: settings.eligibility,
        hashes: CustomerHashes::of(export, settings.seed),
    }
}

fn fit_and_test(
    source: &Source<'_>,
    settings: &TrainingSettings,
    context: &ModelContext,
    mut slices: Slices,
    progress: &mut dyn FnMut(&str),
) -> Result<Trained, TrainingError> {
    let export = source.export;
    let data = export.fingerprint().ok_or(TrainingError::NoFingerprint)?;
    let column = SegmentColumn::of(export, settings)?;
    progress(&format!("features of {} as-of dates", slices.training.len()));
    let mut wanted = wanted(settings, &source.history(slices.test));
    wanted.extend(forecasts(source, settings, &mut slices)?);
    let levels = Levels::choose(&source.history(known_by(&slices)), &settings.levels)?;
    wanted.extend(levels.iter().flat_map(Levels::modelled));
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

    let (columns, explained) = without_explained(&rows, columns)?;
    progress("choosing the penalty");
    let choice = penalty::choose(&rows, &columns, slices.selection.as_ref(), settings.dates)?;
    if column.is_some() {
        progress("choosing the pooling of segments");
    }
    let pool = |column| segments::choose(column, &rows, &columns, (&choice, slices.selection.as_ref()));
    let pooling = column.map(pool).transpose()?;

    if let Some(dates) = choice.dates {
        let oldest = slices.training.len().saturating_sub(dates);
        slices.training.drain(..oldest);
        rows.keep(&slices.training);
    }
    let calibration_rows = rows.on(&[slices.calibration]);
    let mut calibrated_on = Counts::of(&rows.outcomes(&calibration_rows), rows.unlabelled_on(&[slices.calibration]));

    progress(&format!("fitting {} rows", rows.len()));
    let all: Vec<usize> = (0..rows.len()).collect();
    let recipe = Recipe { columns, shapes: choice.shapes, pairs: choice.pairs.clone() };
    let design = Design::fit(&rows, &all, &recipe)?;
    let columns = design.columns(&rows, &all);
    let sample = Sample::new(&columns, &rows.churned, "training")?;
    let fitted = sample.fit(choice.lambda)?;
    let covariance = sample.covariance(&fitted, &rows.customer)?;
    let findings = sample.diagnose(Some(&fitted))?;
    let inverse_hessian = if pooling.is_some() { sample.inverse_hessian(&fitted)? } else { Vec::new() };
    let of_fitted = fitted.logits(&columns);
    drop(sample);
    drop(columns);
    let global = GlobalFit {
        recipe: &recipe,
        design: &design,
        fitted: &fitted,
        lambda: choice.lambda,
        inverse_hessian: &inverse_hessian,
        covariance: &covariance,
    };
    let asked = column.zip(pooling.as_ref());
    let (own, said) = asked.map(|(column, pooling)| OwnSegments::of(column, &rows, pooling, &design)).unzip();
    let own: Option<OwnSegments> = own.flatten();
    if own.is_some() {
        progress("models of segments");
    }
    let own_models = own.as_ref().map(|own| own.fit(&rows, &global)).transpose()?;

    progress("calibrating");
    let customers_of_calibration: Vec<u32> = calibration_rows.iter().map(|row| rows.customer[*row]).collect();
    let others = match own {
        None => of_others(source, &slices, &rows, (settings.max_rows, share))?,
        Some(_) => None,
    };
    let (logits, outcomes, calibrated) = match (&own, others) {
        (Some(own), _) => {
            let logits = own.out_of_fold_logits(&rows, &calibration_rows, &global)?;
            (logits, rows.outcomes(&calibration_rows), customers_of_calibration.clone())
        }
        // Customers that no row was fitted on, and as many as were: the model itself predicts them.
        (None, Some(others)) if others.len() >= calibration_rows.len() => {
            let everyone: Vec<usize> = (0..others.len()).collect();
            let logits = fitted.logits(&design.columns(&others, &everyone));
            calibrated_on = Counts::of(&others.churned, others.unlabelled_on(&[slices.calibration]));
            (logits, others.churned, others.customer)
        }
        (None, _) => {
            let near = Some(&fitted);
            let logits = out_of_fold_logits(&rows, &all, &calibration_rows, (&recipe, near), choice.lambda)?;
            (logits, rows.outcomes(&calibration_rows), customers_of_calibration.clone())
        }
    };
    let Calibrated { line: newest, isotonic, choice: mut calibration_choice } =
        calibrate(&logits, outcomes, calibrated, slices.calibration)
            .map_err(|error| name_the_suspect(error, &rows, &calibration_rows))?;
    // What deviated on past dates is known of the global model alone.
    let line = match own {
        None => carried(newest, &rows, &of_fitted, &slices.training, settings.window.reach()),
        Some(_) => newest,
    };
    // A curve of the newest date is that date's whole deviation: where not all of it carries, neither does the curve.
    let carries = (newest.intercept, newest.slope) == (line.intercept, line.slope);
    let isotonic = isotonic.filter(|_| carries);
    if isotonic.is_none() && calibration_choice.method == Some(CalibrationMethod::Isotonic) {
        calibration_choice.method = Some(CalibrationMethod::InterceptSlope);
    }

    let beside = Beside {
        source,
        settings,
        slices: &slices,
        rows: &rows,
        recipe: &recipe,
        design: &design,
        fitted: &fitted,
        lambda: choice.lambda,
    };
    let horizons = beside.fit(progress)?;

    progress("value and return models");
    let margin_ratio = value::margin_ratio(export, slices.calibration, &customers_of_calibration)?;
    let value = value::fit(&rows, margin_ratio);
    let lapsed = lapsed::fit(source, slices.calibration, settings.max_rows)?;

    let mut notes = slices.notes.clone();
    notes.extend(explained);
    if !carries {
        notes.push(format!(
            "The calibration line of {} alone would be {:.4} + {:.4} x logit. Past dates deviated in ways that did not all \
             come again one label window later, so not all of it was taken.",
            slices.calibration, newest.intercept, newest.slope
        ));
    }
    notes.extend(said.as_ref().map(segments::note));
    notes.extend(horizons.notes());
    notes.extend(level_notes::without_levels(&levels));
    notes.extend(level_notes::knows_too_much(&rows, &recipe.columns, &calibration_rows));
    notes.extend(training_notes(
        (&rows, recipe.columns.len()),
        &design,
        &findings,
        &choice,
        &slices,
        share,
        lapsed.as_ref().err(),
    ));
    let weights = design.scales.iter().zip(fitted.coefficients()).map(|(scale, coefficient)| {
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
    let terms = design.terms.iter().zip(&fitted.coefficients()[design.scales.len()..]);
    let terms = terms.map(|(term, coefficient)| Term { coefficient: *coefficient, ..term.clone() });
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
        terms: terms.collect(),
        intercept: fitted.intercept(),
        penalty: Penalty { lambda: choice.lambda, alpha: choice.lambda * rows.len() as f64 },
        covariance,
        calibration: Calibration { intercept: line.intercept, slope: line.slope, covariance: line.covariance },
        isotonic,
        horizons: horizons.models(),
        risk_bands: RiskThresholds::default(),
        value,
        lapsed: lapsed.ok(),
        fingerprints: Fingerprints { data: data.to_owned(), config: context.config_hash.clone() },
        not_trained: None,
        segments: own_models,
    })?;

    progress("testing");
    let test = Test {
        settings,
        source,
        slices: &slices,
        rows: &rows,
        calibration_rows: &calibration_rows,
        segments: said.as_ref(),
    };
    let (mut evaluation, predictions) = test.run(&model, choice, notes)?;
    evaluation.slices.calibration = calibrated_on;
    evaluation.calibration_choice = Some(calibration_choice);
    evaluation.horizons = horizons.test(&model, source, settings, slices.test)?;
    let card = card::markdown(&model, &evaluation);
    Ok(Trained { model, evaluation, card, predictions })
}

/// What the model may use: of the catalogue what models use and the export has the columns for, and what was asked for.
fn wanted(settings: &TrainingSettings, history: &History<'_>) -> Vec<Arc<Feature>> {
    let mut features = modelled(history);
    features.extend(settings.also.iter().filter(|also| has_all(history, &also.definition)).cloned());
    features
}

pub(crate) fn is_left_out(settings: &TrainingSettings, feature: &Feature) -> bool {
    // A word that names a feature and a family means the feature.
    let is_family = |word: &str| word == feature.family.as_str() && by_name(word).is_none();
    settings.without.iter().any(|word| *word == feature.name || is_family(word))
}

/// The forecasts that are features: of the models fitted on what was known when the first choice is made, at the selection
/// as-of date, or at the calibration where there is none. That of silence, unless churn is not a matter of purchases, and those
/// that were asked for; a note says so where one that was asked for cannot be had.
fn forecasts(
    source: &Source<'_>,
    settings: &TrainingSettings,
    slices: &mut Slices,
) -> Result<Vec<Arc<Feature>>, TrainingError> {
    let is_departure = matches!(settings.churn, Churn::Departure { .. });
    if is_departure && settings.forecasts.is_empty() {
        return Ok(Vec::new());
    }
    let known_by = known_by(slices);
    let models = FittedModels::fit(&source.history(known_by))?;
    let mut features = models.map(|models| models.features(settings.window)).unwrap_or_default();
    let is_asked_for = |name: &str| settings.forecasts.contains(&name);
    features.retain(|f| is_asked_for(&f.name) || (f.used == Use::Modelled && !is_departure));
    let is_absent = |name: &&&str| features.iter().all(|feature| feature.name != ***name);
    let absent: Vec<&str> = settings.forecasts.iter().filter(is_absent).copied().collect();
    if !absent.is_empty() {
        slices.notes.push(format!(
            "Without {}: nothing could be fitted to the purchases known before {known_by}.",
            absent.join(", ")
        ));
    }
    Ok(features)
}

/// Whatever a feature takes from the data is what was known when the first choice is made: at the selection as-of date, or at
/// the calibration where there is none.
fn known_by(slices: &Slices) -> Date {
    slices.selection.as_ref().map_or(slices.calibration, |selection| selection.as_of)
}

/// The calibration rows of customers that were left out of the fit because there were too many; none where nobody was.
fn of_others(
    source: &Source<'_>,
    slices: &Slices,
    rows: &Rows,
    (max_rows, share): (usize, Share),
) -> Result<Option<Rows>, TrainingError> {
    if share.get() >= 1.0 {
        return Ok(None);
    }
    let dates = [slices.calibration];
    let others = share.of_the_others(source.count(&dates)?, max_rows);
    let others = source.rows(&dates, &rows.features, others)?;
    Ok(check_events("calibration", others.churned.iter().copied()).is_ok().then_some(others))
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

pub(crate) fn slice_dates(first_day: Date, slices: &Slices, selected_on_a_date: bool) -> SliceDates {
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

/// The columns without those that others before them explain to rounding, with a note about each: probabilities lose nothing,
/// and coefficients gain a meaning.
fn without_explained(rows: &Rows, mut columns: Vec<usize>) -> Result<(Vec<usize>, Vec<String>), TrainingError> {
    let all: Vec<usize> = (0..rows.len()).collect();
    let design = Design::fit(rows, &all, &Recipe::lines(&columns))?;
    let name = |column: &usize| rows.features[design.scales[*column].column].name.as_str();
    let mut notes = Vec::new();
    for finding in Sample::new(&design.columns(rows, &all), &rows.churned, "training")?.diagnose(None)? {
        if let Finding::Collinear { column, with } = finding {
            let with: Vec<&str> = with.iter().map(name).collect();
            notes.push(format!(
                "Left out because it follows from others: {} (from {}).",
                name(&column),
                with.join(", ")
            ));
            columns.retain(|kept| *kept != design.scales[column].column);
        }
    }
    Ok((columns, notes))
}

/// What a finding about the columns means for the model; nothing for what the design has seen to already.
fn found(finding: &Finding, design: &Design, rows: &Rows) -> Option<String> {
    let name = |column: &usize| match column.checked_sub(design.scales.len()) {
        None => rows.features[design.scales[*column].column].name.clone(),
        Some(term) => {
            let [a, b] = design.terms[term].shape.features();
            let name = |feature: usize| &rows.features[design.scales[feature].column].name;
            if a == b {
                format!("a bend of {}", name(a))
            } else {
                format!("the product of {} and {}", name(a), name(b))
            }
        }
    };
    match finding {
        Finding::ConstantColumn { column } => Some(format!("{} is the same for all training rows.", name(column))),
        Finding::Collinear { column, with } => {
            let with: Vec<String> = with.iter().map(name).collect();
            Some(format!(
                "{} follows from {}: their coefficients share one effect, and none of them means anything alone. Probabilities \
                 are not touched.",
                name(column),
                with.join(", ")
            ))
        }
        Finding::SeparatingColumn { column, complete } => Some(format!(
            "{} alone tells churners from the others {}: look for a column that knows the outcome. Its coefficient is held by \
             the penalty alone, and its interval means nothing.",
            name(column),
            if *complete { "in every training row" } else { "in all training rows but those on the border" }
        )),
        Finding::CertainFit { .. } => Some(
            "Every training row is predicted with a probability within 1e-6 of what happened: look for a column that knows the \
             outcome."
                .to_owned(),
        ),
        // Rows have no weights here.
        _ => None,
    }
}

fn training_notes(
    (rows, asked): (&Rows, usize),
    design: &Design,
    findings: &[Finding],
    choice: &penalty::Choice,
    slices: &Slices,
    share: Share,
    no_return_model: Option<&String>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let churners = rows.churned.iter().filter(|churned| **churned).count();
    let events = churners.min(rows.len() - churners);
    if events < EVENTS_PER_FEATURE * design.len() {
        notes.push(format!(
            "Few data: {events} rows of the rarer kind for {} features, fewer than {EVENTS_PER_FEATURE} each. The \
             coefficients are uncertain, and so is the calibration.",
            design.len()
        ));
    }
    let kept = |column: &usize| design.scales.iter().any(|scale| scale.column == *column);
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
    notes.extend(findings.iter().filter_map(|finding| found(finding, design, rows)));
    if let Some(reason) = no_return_model {
        notes.push(format!("No return probability for lapsed customers: {reason}."));
    }
    notes
}
