//! The run from an export to a tested model.

use evaluation::CalibrationMethod;
use history::Export;
use scoring::{Calibration, FeatureWeight, Model, Term};

use crate::acted_on::ActedOn;
use crate::assemble::{Beside as Extras, Origin, Weights};
use crate::calibrate::{Calibrated, calibrate};
use crate::card;
use crate::carry::carried;
use crate::cross_fit::out_of_fold_logits;
use crate::customers::{CustomerHashes, Share};
use crate::design::{Design, Recipe};
use crate::evaluation_file::{Counts, Evaluation};
use crate::fit::Fitted;
use crate::forgetting::sample_of;
use crate::horizon_curve::Beside;
use crate::penalty;
use crate::predictions::TestPredictions;
use crate::rows::{Rows, Source, check_events};
use crate::segments::{self, GlobalFit, OwnSegments, SegmentColumn};
use crate::slices::{Slices, plan};
use crate::step::{Step, part};
use crate::test_run::Test;
use crate::wanted::{Wanted, wanted};
use crate::{
    Drawn, ModelContext, TrainingError, TrainingSettings, Warning, forecast, lapsed, level_notes, seen, value, warnings,
};

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
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Trained, TrainingError> {
    let slices = plan(export, settings)?;
    let source = source(export, settings);
    let trained = fit_and_test(&source, settings, context, slices.clone(), progress).or_else(|error| {
        progress(Step { text: "a forecast instead of a model", done: 0.9 });
        forecast::in_place_of(error, &source, settings, context, &slices)
    })?;
    Ok(match &context.drawn {
        Some(drawn) => trained.of_a_lot(drawn),
        None => trained,
    })
}

impl Trained {
    /// Says in the test and on the card that the customers were a lot.
    fn of_a_lot(mut self, drawn: &Drawn) -> Self {
        self.evaluation.drawn = Some(drawn.clone());
        self.evaluation.notes.insert(0, drawn.note());
        self.card = card::markdown(&self.model, &self.evaluation);
        self
    }
}

/// The same without a forecast in place of a model: what the data lack for a model is an error.
pub(crate) fn train_alone(
    export: &Export,
    settings: &TrainingSettings,
    context: &ModelContext,
    progress: &mut dyn FnMut(Step<'_>),
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
        acted_on: ActedOn::of(export),
    }
}

fn fit_and_test(
    source: &Source<'_>,
    settings: &TrainingSettings,
    context: &ModelContext,
    mut slices: Slices,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Trained, TrainingError> {
    let export = source.export;
    let column = SegmentColumn::of(export, settings)?;
    progress(Step { text: &format!("features of {} as-of dates", slices.training.len()), done: 0.0 });
    let Wanted { features, modelled, levels, absent } = wanted(source, settings, &mut slices)?;
    let share = Share::of_rows(source.count(&slices.training)?, settings.max_rows);
    let mut rows = source.rows(&slices.training, &features, share)?;
    check_events("training", rows.churned.iter().copied())?;
    check_events("calibration", rows.on(&[slices.calibration]).into_iter().map(|row| rows.churned[row]))?;

    let mut warnings: Vec<Warning> = warnings::absent(&absent, &slices).into_iter().collect();
    warnings.extend(warnings::heavy_customer(source, &slices)?);
    let (columns, explained) = warnings::without_explained(&rows, (0..modelled).collect())?;
    warnings.extend(explained);
    let mut choosing = part(progress, 0.15, 0.65);
    let choice = penalty::choose(&rows, &columns, slices.selection.as_ref(), settings.dates, &mut choosing)?;
    drop(choosing);
    if column.is_some() {
        progress(Step { text: "choosing the pooling of segments", done: 0.65 });
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

    progress(Step { text: &format!("fitting {} rows", rows.len()), done: 0.7 });
    let all: Vec<usize> = (0..rows.len()).collect();
    let recipe = Recipe { columns, shapes: choice.shapes, found: choice.found.clone(), half_life: choice.half_life };
    let design = Design::fit(&rows, &all, &recipe)?;
    let columns = design.columns(&rows, &all);
    let sample = sample_of((&rows, &all), (&columns, &rows.churned), recipe.half_life)?;
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
        progress(Step { text: "models of segments", done: 0.75 });
    }
    let own_models = own.as_ref().map(|own| own.fit(&rows, &global)).transpose()?;

    progress(Step { text: "calibrating", done: 0.8 });
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
    let Calibrated { line: newest, is_separated, isotonic, choice: mut calibration_choice } =
        calibrate(&logits, outcomes, calibrated, slices.calibration)?;
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

    progress(Step { text: "value and return models", done: 0.9 });
    let margin_ratio = value::margin_ratio(export, slices.calibration, &customers_of_calibration)?;
    let value = value::fit(&rows, margin_ratio);
    let lapsed = lapsed::fit(source, slices.calibration, settings.max_rows)?;

    let mut notes = slices.notes.clone();
    let judged = warnings::Judged {
        rows: &rows,
        offered: &recipe.columns,
        design: &design,
        findings: &findings,
        logits: &of_fitted,
        calibration_is_separated: is_separated,
        calibration_rows: &calibration_rows,
    };
    let (odd, separating) = judged.warnings();
    warnings.extend(odd);
    notes.extend(warnings.iter().map(|warning| warning.text.clone()));
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
    let mut acted_on = rows.acted_on_on(&rows.acted_on.iter().map(|(date, _)| *date).collect::<Vec<_>>());
    acted_on.add(source.acted_on_at(slices.test, Share::of_rows(0, 0))?);
    notes.extend(acted_on.note());
    notes.extend(data_notes(&rows, share, &choice, &slices));
    notes.extend(lapsed.as_ref().err().map(|reason| lapsed::note(reason)));
    let (features, terms) = weighted(&design, &fitted, &rows);
    let of_features: Vec<_> = features.iter().map(|weight| &weight.feature).collect();
    let seen = seen::levels(source, &slices, &rows, &of_features, own_models.as_ref())?;
    let weights = Weights {
        features,
        terms,
        intercept: fitted.intercept(),
        lambda: choice.lambda,
        covariance,
        calibration: Calibration { intercept: line.intercept, slope: line.slope, covariance: line.covariance },
        value,
        lapsed: lapsed.ok(),
    };
    let extras = Extras {
        isotonic,
        horizons: horizons.models(),
        segments: own_models,
        levels: seen,
        separating,
        not_trained: None,
    };
    let selected_on_a_date = choice.on_a_date;
    let origin = Origin { source, settings, context, slices: &slices, selected_on_a_date, rows: &rows, share };
    let model = Model::new(origin.model_file(weights, extras)?)?;

    progress(Step { text: "testing", done: 0.95 });
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
    evaluation.warnings = warnings;
    evaluation.horizons = horizons.test(&model, source, settings, slices.test)?;
    let card = card::markdown(&model, &evaluation);
    Ok(Trained { model, evaluation, card, predictions })
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

/// The features of a design and its terms, with their coefficients.
fn weighted(design: &Design, fitted: &Fitted, rows: &Rows) -> (Vec<FeatureWeight>, Vec<Term>) {
    let (of_features, of_terms) = fitted.coefficients().split_at(design.scales.len());
    let weights = design.scales.iter().zip(of_features).map(|(scale, coefficient)| FeatureWeight {
        feature: rows.features[scale.column].as_ref().clone(),
        clip_low: scale.clip_low,
        clip_high: scale.clip_high,
        mean: scale.mean,
        sd: scale.sd,
        coefficient: *coefficient,
    });
    let terms = design.terms.iter().zip(of_terms);
    let terms = terms.map(|(term, coefficient)| Term { coefficient: *coefficient, ..term.clone() });
    (weights.collect(), terms.collect())
}

/// What was done differently than usual with the rows.
fn data_notes(rows: &Rows, share: Share, choice: &penalty::Choice, slices: &Slices) -> Vec<String> {
    let mut notes = Vec::new();
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
    notes
}
