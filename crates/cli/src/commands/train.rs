//! `churn train`: trains, calibrates, tests, and compares with the baselines.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use history::{Date, Export};
use scoring::{Model, NotTrained};
use serde::Serialize;
use training::{Drawn, Evaluation, Gate, ModelComparison, ModelContext, Trained, TrainingSettings};

use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::horizons;
use crate::commands::judged::Judged;
use crate::commands::monitor::Reference;
use crate::engine::{Sample, Session, TrainingEngineArgs};
use crate::feature_warnings::warn_of_undated;
use crate::model_store::{ModelFiles, ModelWriter};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) test: TestArgs,
    #[command(flatten)]
    pub(crate) engine: TrainingEngineArgs,
}

/// How a new model is tested, and what follows from it.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TestArgs {
    /// As-of date of the test snapshot [default: the latest with a label].
    #[arg(long, value_name = "DATE")]
    pub(crate) test_as_of: Option<Date>,
    /// Exit with code 7, and leave the champion as it is, if a gate says no: a leak, a model that is not better than every
    /// baseline or clearly worse than the champion, a calibration that is far off.
    #[arg(long)]
    pub(crate) gate: bool,
}

/// What `train` answers, and `run` within its own answer.
#[derive(Debug, Serialize)]
pub(crate) struct TrainResult {
    version: String,
    folder: String,
    champion: Place,
    /// Why the model is a forecast that was not trained; none for a trained model.
    not_trained: Option<NotTrained>,
    beats_baselines: bool,
    verdict: Vec<String>,
    /// Those of the test, and the one of the champion where there was one to compare with.
    gates: Vec<Gate>,
    /// The new model beside the champion on the new model's test rows.
    against_champion: Option<ModelComparison>,
    test: Evaluation,
}

/// A gate said no.
#[derive(Debug)]
pub(crate) struct NoBetter {
    pub(crate) verdict: Vec<String>,
    /// The trained champion that a forecast would have taken the place of.
    pub(crate) keeps: Option<String>,
}

impl fmt::Display for NoBetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.verdict.join("; ");
        if let Some(champion) = &self.keeps {
            return write!(
                f,
                "the champion {champion} was trained, and what came out now is no trained model: it does not score by itself \
                 (`churn models promote` makes it). {verdict}"
            );
        }
        write!(f, "the gate says no, and the new model does not score: {verdict}")
    }
}

impl std::error::Error for NoBetter {}

pub(crate) fn run(args: &TrainArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let mut project = Project::open(&args.project.project)?;
    let output = Output::open(&project, &args.project)?;
    let models = ModelWriter::open(&project)?;
    let session = match args.engine.address(&project) {
        Some(address) => Some(Session::open(&project, address, progress)?),
        None => None,
    };
    let sample = match &session {
        Some(session) => Some(session.sample(&project, args.engine.sample, &output, progress)?),
        None => None,
    };
    // What an engine drew is this run's alone: there is nothing to keep for the next one.
    let mut reading = args.reading.clone();
    if let Some(sample) = &sample {
        progress.stage(&sample.in_words());
        project = project.reading(sample.files());
        reading.no_cache = true;
    }
    let export = crate::export::read(&project, (&args.project, Purpose::Model), &reading, progress)?;
    let trained = train(&project, &export, args.test, sample.as_ref().map(Sample::drawn), progress)?;
    if let Some(session) = &session {
        session.warn_of_unscorable(&project, &trained.model, progress);
    }
    let judged = Judged::of(trained, models.store(), &export, &settings(&project, args.test.test_as_of), progress)?;
    crate::interrupt::check()?;
    crate::export::keep(&export, progress);
    output.write_rejects(&export)?;
    let may_score = judged.may_score(args.test.gate);
    let folder = keep(&models, &judged.trained, &metrics_text(&judged.trained)?, &export)?;
    let place = place(&models, &judged, may_score)?;
    let answer = Answer::new(text(&judged, &folder, &place), &result(&judged, &folder, &place))?;
    Ok(if judged.is_refused(args.test.gate) { answer.but(judged.refusal()) } else { answer })
}

/// How the project wants its models trained.
pub(crate) fn settings(project: &Project, test_as_of: Option<Date>) -> TrainingSettings {
    TrainingSettings {
        every: project.every,
        test_as_of,
        seed: project.seed,
        also: project.features.also.clone(),
        levels: project.features.levels.clone(),
        forecasts: project.features.forecasts.clone(),
        without: project.features.without.clone(),
        segment_by: project.training_segment.clone(),
        lookback: project.churn.lookback,
        horizons: project.horizons.clone(),
        ..TrainingSettings::new(project.churn.definition, project.churn.window, project.churn.active_within)
    }
}

/// Trains and tests a model; writes nothing.
pub(crate) fn train(
    project: &Project,
    export: &Export,
    test: TestArgs,
    drawn: Option<&Drawn>,
    progress: &mut Progress,
) -> anyhow::Result<Trained> {
    warn_of_undated(project, progress);
    let settings = settings(project, test.test_as_of);
    let context = ModelContext { drawn: drawn.cloned(), ..context(project) };
    let trained = training::train(export, &settings, &context, &mut |step| progress.step(step.text, step.done))?;
    warn_of_not_trained(&trained.model, progress);
    for warning in &trained.evaluation.warnings {
        progress.warn(warning.to_string());
    }
    Ok(trained)
}

/// What a model should know about its project.
pub(crate) fn context(project: &Project) -> ModelContext {
    ModelContext {
        name: project.name.clone(),
        timezone: project.timezone.clone(),
        currency: project.currency.clone().unwrap_or_default(),
        config_hash: project.config_hash.clone(),
        drawn: None,
    }
}

/// Says that probabilities are those of a forecast, wherever they are made or used.
pub(crate) fn warn_of_not_trained(model: &Model, progress: &mut Progress) {
    if let Some(not_trained) = &model.file().not_trained {
        let warning = format!(
            "model {} is {}: its churn probabilities are those of no purchase by a model of purchases alone, not calibrated and \
             without intervals (probability_low and probability_high are empty)",
            model.version(),
            not_trained.in_words()
        );
        if !progress.warnings().contains(&warning) {
            progress.warn(warning);
        }
    }
}

/// The text of a model's `metrics.json`.
pub(crate) fn metrics_text(trained: &Trained) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&trained.evaluation)? + "\n")
}

/// Writes a model. Gives its folder.
pub(crate) fn keep(models: &ModelWriter, trained: &Trained, metrics: &str, export: &Export) -> anyhow::Result<PathBuf> {
    let model = trained.model.to_json()?;
    let reference = Reference::of(&trained.model, export, trained.evaluation.drawn.as_ref())?.to_json()?;
    let files = ModelFiles { model: &model, metrics, card: &trained.card, reference: &reference };
    Ok(models.write(trained.model.version(), files)?)
}

/// Whether a new model scores from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "place")]
pub(crate) enum Place {
    /// It does.
    New {
        /// The version that did before, if another.
        before: Option<String>,
    },
    /// It does not: the gate said no, or it is a forecast and the champion was trained.
    Refused,
    /// It does not: it is clearly worse than the champion on its own test rows, and stays a challenger.
    Worse {
        /// The champion.
        champion: String,
    },
    /// It does not: the champion was tested on a later date.
    Older {
        /// The champion.
        champion: String,
    },
}

/// Makes a new model the champion, unless a gate keeps it from scoring, or the champion was tested on a later date: a model of
/// the past is an experiment.
pub(crate) fn place(models: &ModelWriter, judged: &Judged, may_score: bool) -> anyhow::Result<Place> {
    let version = judged.trained.model.version();
    let champion = models.store().champion()?.filter(|champion| champion != version);
    match (&judged.worse_than, may_score) {
        (Some(champion), _) => return Ok(Place::Worse { champion: champion.clone() }),
        (None, false) => return Ok(Place::Refused),
        (None, true) => {}
    }
    if let Some(champion) = champion.clone().filter(|champion| test_date(champion) > test_date(version)) {
        return Ok(Place::Older { champion });
    }
    models.set_champion(version)?;
    Ok(Place::New { before: champion })
}

impl Place {
    fn words(&self) -> String {
        match self {
            Place::New { before: None } => "the champion".to_owned(),
            Place::New { before: Some(before) } => format!("the new champion, in place of {before}"),
            Place::Refused => "not the champion, it was refused".to_owned(),
            Place::Worse { champion } => {
                format!("kept as a challenger: clearly worse than {champion}, which stays the champion")
            }
            Place::Older { champion } => format!("not the champion: {champion} was tested on a later date"),
        }
    }
}

/// The as-of date of the test, with which a version begins.
fn test_date(version: &str) -> Option<Date> {
    version.rsplit_once('-')?.0.parse().ok()
}

pub(crate) fn result(judged: &Judged, folder: &std::path::Path, place: &Place) -> TrainResult {
    let trained = &judged.trained;
    TrainResult {
        version: trained.model.version().to_owned(),
        folder: folder.display().to_string(),
        champion: place.clone(),
        not_trained: trained.evaluation.not_trained.clone(),
        beats_baselines: trained.evaluation.beats_baselines,
        verdict: trained.evaluation.verdict.clone(),
        gates: judged.gates(),
        against_champion: judged.against_champion.clone(),
        test: trained.evaluation.clone(),
    }
}

/// The model and its test, for people.
pub(crate) fn text(judged: &Judged, folder: &std::path::Path, place: &Place) -> String {
    let trained = &judged.trained;
    let evaluation = &trained.evaluation;
    let test = &evaluation.test;
    let mut lines = vec![
        format!("model {}: {}", trained.model.version(), place.words()),
        format!(
            "test as of {}: {} customers, {} churned ({:.1} %) from {} to {}",
            test.as_of,
            test.rows,
            test.churners,
            100.0 * test.churners as f64 / test.rows as f64,
            test.window_start,
            test.window_end
        ),
        format!("{:<18} {:<26} {:<26}", "", "ROC AUC (95 %)", "log-loss (95 %)"),
    ];
    if let Some(drawn) = &evaluation.drawn {
        lines.insert(1, drawn.note());
    }
    if let Some(not_trained) = &evaluation.not_trained {
        lines.insert(0, format!("THIS IS {}", not_trained.in_words().to_uppercase()));
    }
    let baselines = &evaluation.baselines;
    let rows = [
        (if evaluation.not_trained.is_some() { "this forecast" } else { "this model" }, Some(&evaluation.model)),
        ("recency alone", baselines.recency.as_ref()),
        ("BG/NBD", baselines.bg_nbd.as_ref()),
        ("churn rate alone", baselines.prevalence.as_ref()),
    ];
    for (name, metrics) in rows {
        if let Some(metrics) = metrics {
            lines.push(format!("{name:<18} {:<26} {:<26}", shown(metrics.roc_auc), shown(metrics.log_loss)));
        }
    }
    lines.extend(horizons::lines(evaluation));
    lines.extend(evaluation.verdict.iter().cloned());
    lines.extend(evaluation.segments.as_ref().map(training::SegmentChoice::in_words));
    if !evaluation.beats_baselines && evaluation.not_trained.is_none() {
        lines
            .push("The model is not clearly better than every simple rule above: do not prefer it to them.".to_owned());
    }
    if let Some(comparison) = &judged.against_champion {
        lines.extend(comparison.verdict.iter().cloned());
    }
    lines.push(format!("model files: {}", folder.display()));
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// A metric with its interval, for people.
pub(crate) fn shown(estimate: evaluation::Estimate) -> String {
    match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{value:.3} ({low:.3} to {high:.3})"),
        (Some(value), None) => format!("{value:.3}"),
        (None, _) => "-".to_owned(),
    }
}
