//! `churn score`: scores all customers at an as-of date.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use feature_engineering::State;
use history::{Date, Export, TableWriter, WriteError, write_blocks};
use scoring::{FeatureDrift, Model, Scores};
use serde::Serialize;

use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::horizons;
use crate::commands::train::warn_of_not_trained;
use crate::export::as_of;
use crate::feature_warnings::warn_of_changed;
use crate::model_store::ModelStore;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) scoring: ScoringArgs,
}

/// What is scored, and by which model.
#[derive(Debug, Clone, Args)]
pub(crate) struct ScoringArgs {
    /// As-of date of the scores [default: the day through which the export is complete].
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Date>,
    /// Version of the model [default: the champion].
    #[arg(long, value_name = "VERSION")]
    pub(crate) model: Option<String>,
}

/// How many customers there are, and what is at stake.
#[derive(Debug, Serialize)]
pub(crate) struct ScoreResult {
    pub(crate) as_of: String,
    pub(crate) model: String,
    /// Whether the model was trained; else it is a forecast.
    pub(crate) trained: bool,
    pub(crate) eligible: usize,
    pub(crate) lapsed: usize,
    pub(crate) new: usize,
    pub(crate) expected_churners: f64,
    pub(crate) value_at_risk: f64,
    /// That of the model.
    pub(crate) currency: String,
    /// Features whose values have moved since training, the farthest first.
    pub(crate) drift: Vec<FeatureDrift>,
    pub(crate) files: Vec<String>,
}

/// Rows of a block of the files, which bounds the memory; in Parquet a block is a row group.
const ROWS_OF_A_BLOCK: usize = 1 << 16;

pub(crate) fn run(args: &ScoreArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let store = ModelStore::of(&project);
    let model = store.model(&store.resolve(args.scoring.model.as_deref())?)?;
    let output = Output::open(&project, &args.project)?;
    let export = crate::export::read(&project, (&args.project, Purpose::Model), &args.reading, progress)?;
    let (scores, cells) = score(&project, &export, &model, args.scoring.as_of, progress)?;
    let mut files = write(&output, &export, &scores, &cells, progress)?;
    crate::export::keep(&export, progress);
    files.push(output.write_rejects(&export)?);
    let result = result(&scores, &model, &files);
    Answer::new(text(&result), &result)
}

/// Nobody is eligible: the old scores stay, since a file without a single score would blank a CRM.
#[derive(Debug)]
pub(crate) struct NobodyToScore {
    as_of: Date,
    active_within: i32,
}

impl fmt::Display for NobodyToScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { as_of, active_within } = self;
        write!(
            f,
            "expected customers who bought in the {active_within} days before {as_of}, found none: nobody can be \
             scored, and earlier scores are left as they are; is the export older than the as-of date?"
        )
    }
}

impl std::error::Error for NobodyToScore {}

/// Scores every customer, and says which segment each is in; writes nothing.
pub(crate) fn score(
    project: &Project,
    export: &Export,
    model: &Model,
    given: Option<Date>,
    progress: &mut Progress,
) -> anyhow::Result<(Scores, Vec<Option<Box<str>>>)> {
    let as_of = as_of(given, export)?;
    progress.stage(&format!("scoring as of {as_of}"));
    warn_of_not_trained(model, progress);
    warn_of_other_settings(project, model, progress);
    warn_of_changed(project, model, progress);
    warn_of_age_and_look_back(export, model, as_of, progress);
    if as_of < model.test_as_of() {
        progress.warn(format!(
            "model {} has learnt from what happened up to {}, after the as-of date {as_of}: these scores show what the \
             model makes of the past, not how good it is",
            model.version(),
            model.test_as_of()
        ));
    }
    let scores = Scores::compute(model, export, as_of)?;
    warn_of_levels(model, &scores, progress);
    warn_of_drift(model, &scores, progress);
    if scores.rows().iter().all(|row| row.state != State::Eligible) {
        return Err(NobodyToScore { as_of, active_within: model.eligibility().active_within.get() }.into());
    }
    let cells = project.segment_by().cells(export, as_of)?;
    Ok((scores, cells))
}

/// A model is asked about customers who have been watched for much less time than those it has learnt from; below this
/// share of that time its features mean something else.
const LEAST_LOOK_BACK: f64 = 0.75;
/// A model that is older than so many label windows has not seen how customers behave now.
const STALE_WINDOWS: i32 = 3;

fn warn_of_age_and_look_back(export: &Export, model: &Model, as_of: Date, progress: &mut Progress) {
    if let Some((now, then)) = short_of(export, model, as_of) {
        let within = model.lookback().map_or_else(String::new, |days| format!(" of the {} looked at", days.get()));
        progress.warn(format!(
            "this export reaches back {now} days from {as_of}, the one model {} learnt from {then} days{within}: totals \
             such as the number of purchases are smaller for that alone; export the whole history, or train on exports \
             of this length",
            model.version()
        ));
    }
    let age = as_of.days_since(model.test_as_of());
    if age > STALE_WINDOWS * model.window().reach() {
        progress.warn(format!(
            "model {} was tested {age} days before {as_of}, more than {STALE_WINDOWS} label windows ago: train again",
            model.version()
        ));
    }
}

/// How far features look back from the as-of date, and how far they did where the model learnt, if the first is notably
/// less: less than at every training date, or than most of what there was at the calibration date.
fn short_of(export: &Export, model: &Model, as_of: Date) -> Option<(i32, i32)> {
    let slices = &model.file().slices;
    let first: Date = slices.first_day.parse().ok()?;
    let (oldest, calibration) = (slices.training.first()?.parse().ok()?, slices.calibration.parse().ok()?);
    let seen = |as_of: Date, first: Date| {
        let all = as_of.days_since(first);
        model.lookback().map_or(all, |days| all.min(days.get()))
    };
    let (now, least, then) = (seen(as_of, export.first_day()), seen(oldest, first), seen(calibration, first));
    (now < least || f64::from(now) < LEAST_LOOK_BACK * f64::from(then)).then_some((now, then))
}

/// Says which texts the model has not seen, where few customers have them; where many have, nothing is scored.
fn warn_of_levels(model: &Model, scores: &Scores, progress: &mut Progress) {
    for unseen in scores.unseen_levels() {
        progress.warn(format!("{unseen}; these customers were scored as those of all other texts"));
    }
    if !model.knows_its_levels() {
        progress.warn(format!(
            "model {} was trained before models kept which texts they had seen, so that unseen ones cannot be told: train again",
            model.version()
        ));
    }
}

/// So many features are named in a warning.
const MOST_SHOWN: usize = 5;

/// Says which features have moved clearly since training.
fn warn_of_drift(model: &Model, scores: &Scores, progress: &mut Progress) {
    if model.file().contract.is_none() {
        progress.warn(format!(
            "model {} was trained before models remembered what their export was like, so that drift and other ids cannot be \
             told: train again [no_contract]",
            model.version()
        ));
    }
    let clear: Vec<&FeatureDrift> = scores.drift().iter().filter(|drift| drift.clear).collect();
    if clear.is_empty() {
        return;
    }
    let mut shown: Vec<String> =
        clear.iter().take(MOST_SHOWN).map(|drift| format!("{} ({:.2})", drift.feature, drift.psi)).collect();
    let more = clear.len().saturating_sub(MOST_SHOWN);
    shown.extend((more > 0).then(|| format!("and {more} more")));
    progress.warn(format!(
        "{} of {} features have moved since training (population stability index above 0.25): {}; if that is how customers \
         are now, train again, and if not, something is wrong with the export [feature_drift]",
        clear.len(),
        model.file().features.len(),
        shown.join(", ")
    ));
}

fn warn_of_other_settings(project: &Project, model: &Model, progress: &mut Progress) {
    let (theirs, ours) = (&model.file().currency, project.currency.as_deref().unwrap_or_default());
    if theirs != ours {
        progress.warn(format!(
            "model {} was trained on amounts in \"{theirs}\", the project says \"{ours}\": its expected values are in \
             \"{theirs}\"",
            model.version()
        ));
    }
    if model.file().fingerprints.config != project.config_hash {
        progress.warn(format!(
            "model {} was trained with other settings than the project file has now; it scores with its own churn \
             definition and eligibility rule (train again to use the new settings)",
            model.version()
        ));
    }
}

/// Writes the scores, and the horizons where the model has several, as CSV and as Parquet.
pub(crate) fn write(
    output: &Output,
    export: &Export,
    scores: &Scores,
    cells: &[Option<Box<str>>],
    progress: &mut Progress,
) -> anyhow::Result<Vec<PathBuf>> {
    let paths = [output.path("scores.csv"), output.path("scores.parquet")];
    let mut tables = paths.iter().map(|path| TableWriter::create(path)).collect::<Result<Vec<_>, _>>()?;
    let rows = scores.rows();
    // Without customers the files still have their columns.
    let blocks: Vec<_> = rows.chunks(ROWS_OF_A_BLOCK).chain(rows.is_empty().then_some(rows)).collect();
    let mut done = 0;
    let ids = export.customer_ids();
    write_blocks(
        &mut tables,
        &blocks,
        |block| Ok::<_, WriteError>(scores.columns(block, ids, Some(cells))),
        |block| {
            done += block.len();
            progress.stage(&format!("writing scores: {done} of {} customers", rows.len()));
        },
    )?;
    for table in tables {
        table.finish()?;
    }
    let mut files = paths.to_vec();
    files.extend(horizons::write(output, export, scores)?);
    Ok(files)
}

pub(crate) fn result(scores: &Scores, model: &Model, files: &[PathBuf]) -> ScoreResult {
    let count = |state: State| scores.rows().iter().filter(|row| row.state == state).count();
    let scored = || scores.rows().iter().filter_map(|row| row.scored.as_ref());
    ScoreResult {
        as_of: scores.as_of().to_string(),
        model: scores.model().to_owned(),
        trained: model.file().not_trained.is_none(),
        eligible: count(State::Eligible),
        lapsed: count(State::Lapsed),
        new: count(State::New),
        expected_churners: scored().fold(0.0, |sum, s| sum + s.probability),
        value_at_risk: scored().fold(0.0, |sum, s| sum + s.value_at_risk),
        currency: model.file().currency.clone(),
        drift: scores.drift().to_vec(),
        files: files.iter().map(|path| path.display().to_string()).collect(),
    }
}

pub(crate) fn text(result: &ScoreResult) -> String {
    let mut lines = vec![
        format!(
            "as of {}: {} customers scored ({} lapsed and {} new ones are listed with them)",
            result.as_of, result.eligible, result.lapsed, result.new
        ),
        format!(
            "expected to churn: {:.0}; value at risk: {:.0} {}",
            result.expected_churners, result.value_at_risk, result.currency
        ),
    ];
    lines.extend(result.files.iter().map(|file| format!("written: {file}")));
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}
