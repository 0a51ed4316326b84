//! The run from an export to a tested model.

use evaluation::{
    Bootstrap, Comparison, Metrics, Sample, Verdict, calibration_curve, gains_curve, lift_table, paired_difference,
};
use feature_engineering::{Feature, available, churned, features};
use history::{Date, Export};
use scoring::{
    Calibration, ChurnDefinition, FORMAT_VERSION, FeatureWeight, Fingerprints, Model, ModelFile, Penalty,
    RiskThresholds, SliceDates,
};

use crate::baselines::{self, recency_of};
use crate::card;
use crate::cross_fit::out_of_fold_logits;
use crate::customers::{CustomerHashes, Share};
use crate::design::Scaler;
use crate::evaluation_file::{Baselines, Counts, Differences, Evaluation, SliceCounts, TestSlice};
use crate::fit::{Fitted, fit};
use crate::penalty;
use crate::platt::{Line, NoLine};
use crate::rows::{Rows, Source, check_events};
use crate::slices::{Selection, Slices, plan};
use crate::{ModelContext, TrainingError, TrainingSettings, cluster_robust, lapsed, value};

const LIFT_PARTS: usize = 10;
const CALIBRATION_BINS: usize = 10;
const HISTOGRAM_BINS: usize = 20;
/// Fewer rows of the rarer kind for each feature are worth a note (Peduzzi et al. 1996, J Clin Epidemiol 49:1373).
const EVENTS_PER_FEATURE: usize = 10;

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
    let source = Source {
        export,
        window: settings.window,
        eligibility: settings.eligibility,
        hashes: CustomerHashes::of(export, settings.seed),
    };

    progress(&format!("features of {} as-of dates", slices.training.len()));
    let wanted = available(&export.history(slices.test));
    let share = Share::of_rows(source.count(&slices.training), settings.max_rows);
    let mut rows = source.rows(&slices.training, &wanted, share)?;
    check_events("training", rows.churned.iter().copied())?;
    check_events("calibration", rows.on(&[slices.calibration]).into_iter().map(|row| rows.churned[row]))?;

    progress("choosing the penalty");
    let columns: Vec<usize> = (0..wanted.len()).collect();
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
    let logits = out_of_fold_logits(&rows, &all, &calibration_rows, &columns, choice.lambda)?;
    let line = calibration_line(&logits, &rows.outcomes(&calibration_rows), slices.calibration)?;

    progress("value and return models");
    let customers_of_calibration: Vec<u32> = calibration_rows.iter().map(|row| rows.customer[*row]).collect();
    let margin_ratio = value::margin_ratio(export, slices.calibration, &customers_of_calibration);
    let value = value::fit(&rows, margin_ratio);
    let lapsed = lapsed::fit(&source, slices.calibration, settings.max_rows)?;

    let mut notes = slices.notes.clone();
    notes.extend(training_notes(&rows, &scaler, &fitted, &choice, &slices, share, lapsed.as_ref().err()));
    let weights = scaler.scales.iter().zip(fitted.parameters.iter().skip(1)).map(|(scale, coefficient)| {
        let feature = rows.features[scale.column];
        FeatureWeight {
            name: feature.name.to_owned(),
            family: feature.family.as_str().to_owned(),
            transform: feature.transform.as_str().to_owned(),
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
            definition: "inactivity".to_owned(),
            horizon_days: settings.window.horizon.get() as u16,
            lead_days: settings.window.lead,
        },
        active_within_days: settings.eligibility.active_within.get() as u16,
        timezone: context.timezone.clone(),
        currency: context.currency.clone(),
        returns: export.returns().as_str().to_owned(),
        has_margin: export.has_margin(),
        slices: slice_dates(export.first_day(), &slices, choice.on_a_date),
        training_rows: rows.len() as u64,
        training_share: share.get(),
        features: weights.collect(),
        intercept: fitted.parameters[0],
        penalty: Penalty { lambda: choice.lambda, alpha: choice.lambda * rows.len() as f64 },
        covariance: covariance.rows().into_iter().map(|row| row.to_vec()).collect(),
        calibration: Calibration { intercept: line.intercept, slope: line.slope, covariance: line.covariance },
        risk_bands: RiskThresholds::default(),
        value,
        lapsed: lapsed.ok(),
        fingerprints: Fingerprints { data: export.fingerprint().to_owned(), config: context.config_hash.clone() },
    })?;

    progress("testing");
    let test = Test { settings, source: &source, slices: &slices, rows: &rows, calibration_rows: &calibration_rows };
    let evaluation = test.run(&model, choice, notes)?;
    let card = card::markdown(&model, &evaluation);
    Ok(Trained { model, evaluation, card })
}

fn calibration_line(logits: &[f64], churned: &[bool], as_of: Date) -> Result<Line, TrainingError> {
    let rows = logits.len();
    match Line::fit(logits, churned) {
        Ok(line) if line.slope > 0.0 => Ok(line),
        Ok(line) => Err(TrainingError::Backwards { as_of, rows, slope: line.slope }),
        Err(NoLine::Separated) => Err(TrainingError::Separated { rows }),
        Err(NoLine::Undetermined) => Err(TrainingError::Backwards { as_of, rows, slope: 0.0 }),
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

fn slice_counts(rows: &Rows, calibration: &[usize], selection: Option<&Selection>) -> SliceCounts {
    let count = |slice: &[usize]| Counts {
        rows: slice.len() as u64,
        churners: slice.iter().filter(|row| rows.churned[**row]).count() as u64,
    };
    let everything: Vec<usize> = (0..rows.len()).collect();
    let selected = selection.map(|selection| rows.on(&[selection.as_of])).unwrap_or_default();
    SliceCounts { training: count(&everything), selection: count(&selected), calibration: count(calibration) }
}

/// Rows in each of [`HISTOGRAM_BINS`] equal intervals from 0 to 1; 1 itself is in the last.
fn histogram(probabilities: &[f64]) -> Vec<u64> {
    let mut bins = vec![0; HISTOGRAM_BINS];
    for probability in probabilities {
        let at = (probability * HISTOGRAM_BINS as f64) as usize;
        bins[at.min(HISTOGRAM_BINS - 1)] += 1;
    }
    bins
}

fn training_notes(
    rows: &Rows,
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
    let used =
        |feature: &&&'static Feature| !scaler.scales.iter().any(|s| rows.features[s.column].name == feature.name);
    let dropped: Vec<&str> = rows.features.iter().filter(used).map(|feature| feature.name).collect();
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

/// What the test is run with.
struct Test<'a> {
    settings: &'a TrainingSettings,
    source: &'a Source<'a>,
    slices: &'a Slices,
    rows: &'a Rows,
    calibration_rows: &'a [usize],
}

impl Test<'_> {
    fn run(&self, model: &Model, choice: penalty::Choice, mut notes: Vec<String>) -> Result<Evaluation, TrainingError> {
        let (source, as_of) = (self.source, self.slices.test);
        let share = Share::of_rows(source.count(&[as_of]), self.settings.max_rows);
        let customers = source.eligible(as_of, share);
        let outcome = source.export.outcome(as_of, self.settings.window)?;
        let churned = churned(&outcome, &customers);
        check_events("test", churned.iter().copied())?;
        if share.get() < 1.0 {
            notes.push(format!("Tested on a random {:.1} % of the eligible customers.", 100.0 * share.get()));
        }
        let table = features(&source.export.history(as_of), &customers, &model.needed_features());
        let recency = recency_of(&table)?;
        let sample = |probability: Vec<f64>| Sample::new(probability, churned.clone(), customers.clone());

        let predicted: Vec<f64> = scoring::score(model, &table)?.into_iter().map(|scored| scored.probability).collect();
        let prediction_histogram = histogram(&predicted);
        let of_model = sample(predicted)?;
        let rate = baselines::churn_rate(self.rows, self.calibration_rows);
        let of_prevalence = sample(vec![rate; customers.len()])?;
        let of_recency = sample(baselines::recency(self.rows, self.calibration_rows, recency)?)?;
        if self.settings.window.lead > 0 {
            notes.push(
                "BG/NBD, as baseline and as return model, counts the horizon from the as-of date on: it knows no lead \
                 time. The return model's calibration makes up for it."
                    .to_owned(),
            );
        }
        let of_bg_nbd = match lapsed::bg_nbd(source, as_of) {
            Ok(bg_nbd) => Some(sample(baselines::bg_nbd(&bg_nbd, source, as_of, &customers)?)?),
            Err(reason) => {
                notes.push(format!("No comparison with BG/NBD, which could not be fitted: {reason}."));
                None
            }
        };

        let bootstrap = match self.settings.replicates {
            Some(replicates) => Bootstrap::new(replicates, self.settings.seed)?,
            None => Bootstrap::for_rows(customers.len(), self.settings.seed),
        };
        let metrics = |sample: &Sample| Metrics::estimate(sample, bootstrap);
        let against = |baseline: &Sample| paired_difference(&of_model, baseline, bootstrap);
        let differences = Differences {
            prevalence: against(&of_prevalence)?,
            recency: against(&of_recency)?,
            bg_nbd: of_bg_nbd.as_ref().map(against).transpose()?,
        };
        let (verdict, beats_baselines) = verdict(&differences);
        let calibration_recency = self.calibration_recency()?;
        let calibration_churned = self.rows.outcomes(self.calibration_rows);
        let (window_start, window_end) = outcome.window();
        let selection = self.slices.selection.as_ref().filter(|_| choice.on_a_date);
        Ok(Evaluation {
            slices: slice_counts(self.rows, self.calibration_rows, selection),
            test: TestSlice {
                as_of: as_of.to_string(),
                window_start: window_start.to_string(),
                window_end: window_end.to_string(),
                rows: of_model.rows() as u64,
                churners: of_model.churners() as u64,
                share: share.get(),
            },
            model: metrics(&of_model),
            baselines: Baselines {
                prevalence: metrics(&of_prevalence),
                recency: metrics(&of_recency),
                bg_nbd: of_bg_nbd.as_ref().map(metrics),
            },
            differences,
            beats_baselines,
            verdict,
            recency_rule: baselines::recency_rule((&calibration_recency, &calibration_churned), (recency, &churned)),
            lift_table: lift_table(&of_model, LIFT_PARTS)?,
            calibration_curve: calibration_curve(&of_model, CALIBRATION_BINS)?,
            gains: gains_curve(&of_model, LIFT_PARTS)?,
            prediction_histogram,
            selection: choice.penalties,
            selection_dates: choice.reaches,
            bootstrap,
            notes,
        })
    }

    /// Days since the last purchase of the calibration customers; read again, since the rows hold the transform.
    fn calibration_recency(&self) -> Result<Vec<f64>, TrainingError> {
        let customers: Vec<u32> = self.calibration_rows.iter().map(|row| self.rows.customer[*row]).collect();
        let history = self.source.export.history(self.slices.calibration);
        let recency: Vec<&'static Feature> = feature_engineering::by_name("recency_days").into_iter().collect();
        let table = features(&history, &customers, &recency);
        Ok(recency_of(&table)?.to_vec())
    }
}

/// A line for each baseline, and whether the model's log-loss is clearly lower than that of all of them.
fn verdict(differences: &Differences) -> (Vec<String>, bool) {
    let comparisons = [
        ("the churn rate alone", Some(&differences.prevalence)),
        ("recency alone", Some(&differences.recency)),
        ("BG/NBD", differences.bg_nbd.as_ref()),
    ];
    let known = || comparisons.iter().filter_map(|(name, comparison)| comparison.map(|c| (*name, c)));
    let mut lines: Vec<String> = known().map(|(name, comparison)| verdict_line(name, comparison)).collect();
    if differences.bg_nbd.is_none() {
        lines.push("There is no comparison with BG/NBD, which could not be fitted.".to_owned());
    }
    (lines, known().all(|(_, comparison)| comparison.log_loss.verdict == Some(Verdict::Better)))
}

fn verdict_line(name: &str, comparison: &Comparison) -> String {
    let said = match comparison.log_loss.verdict {
        Some(Verdict::Better) => format!("The model is better than {name}"),
        Some(Verdict::Worse) => format!("The model is worse than {name}"),
        Some(Verdict::NoClearDifference) | None => format!("The model is not clearly better than {name}"),
    };
    let difference = |estimate: &evaluation::Estimate| match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{value:+.4} ({low:+.4} to {high:+.4})"),
        (Some(value), None) => format!("{value:+.4} (no interval)"),
        (None, _) => "not defined".to_owned(),
    };
    format!(
        "{said}: log-loss {}, ROC AUC {}.",
        difference(&comparison.log_loss.estimate),
        difference(&comparison.roc_auc.estimate)
    )
}
