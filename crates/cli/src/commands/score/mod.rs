//! `churn score`: scores all customers at an as-of date.

mod elsewhere;
mod job;
mod parts;
mod program;
mod spool;
mod warnings;

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use feature_engineering::State;
use history::{Date, Export, TableWriter, WriteError, write_blocks};
use scoring::{Batches, FeatureDrift, Model, Scores};
use serde::Serialize;

pub(crate) use self::parts::{FOLDER as PARTS_FOLDER, MANIFEST, Manifest, ManifestFile, write_manifest};
pub(crate) use self::spool::STATE_FILE;

use self::job::{ROWS_OF_A_BLOCK, Scored};
use self::parts::Parting;
use self::spool::Unusable;
use self::warnings::{warn_of_drift, warn_of_levels, warn_of_model};

use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::horizons;
use crate::engine::{EngineArgs, SqlDialect};
use crate::exit::UsageError;
use crate::export::as_of;
use crate::interrupt;
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
    #[command(flatten)]
    writing: WritingArgs,
    /// Print the statement that scores the eligible customers on an engine, and read nothing. It sees the tables as that of
    /// `churn features --sql` does.
    #[arg(long, value_enum, value_name = "DIALECT", conflicts_with_all = ["incremental", "partitions", "partition_rows"])]
    sql: Option<SqlDialect>,
    #[command(flatten)]
    engine: EngineArgs,
}

impl ScoreArgs {
    /// The project, unless it is a statement that is asked for.
    pub(crate) fn place(&self) -> Option<&ProjectArgs> {
        self.sql.is_none().then_some(&self.project)
    }
}

/// How the scores are come by, and written.
#[derive(Debug, Clone, Copy, Args)]
struct WritingArgs {
    /// Score only customers of whom the export shows something else than at the last run with this option, as of the same
    /// date and by the same model; the files are those of a full run, byte by byte. What the next run needs is kept in
    /// `scores.state` in the output folder, which only its owner can read.
    #[arg(long)]
    incremental: bool,
    /// Write the scores as so many files each of CSV and Parquet, in the folder `scores` with a manifest.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_PARTS))]
    partitions: Option<u32>,
    /// Write the scores as files of so many rows, in the folder `scores` with a manifest.
    #[arg(long, value_name = "ROWS", conflicts_with = "partitions", value_parser = clap::value_parser!(u32).range(1_000..))]
    partition_rows: Option<u32>,
}

impl WritingArgs {
    fn is_given(self) -> bool {
        self.incremental || self.partitions.is_some() || self.partition_rows.is_some()
    }
}

/// More files than this in one folder help nobody.
const MOST_PARTS: i64 = 10_000;

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
    /// Features whose values have moved since training, the farthest first; none where scores of an earlier run were taken over,
    /// whose features nobody looked at.
    pub(crate) drift: Option<Vec<FeatureDrift>>,
    /// Of an incremental run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) incremental: Option<Incremental>,
    pub(crate) files: Vec<String>,
}

/// What an incremental run did.
#[derive(Debug, Serialize)]
pub(crate) struct Incremental {
    /// Customers who were scored.
    scored: usize,
    /// Customers whose scores were taken over.
    taken_over: usize,
    /// Why nothing could be taken over: `first_run`, `other_question` or `damaged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    full_because: Option<&'static str>,
}

pub(crate) fn run(args: &ScoreArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let store = ModelStore::of(&project);
    let model = store.model(&store.resolve(args.scoring.model.as_deref())?)?;
    if let Some(dialect) = args.sql {
        return elsewhere::statement(&project, &model, dialect, args.scoring.as_of, progress);
    }
    let output = Output::open(&project, &args.project)?;
    if let Some(address) = args.engine.address(&project) {
        if args.writing.is_given() {
            let message = "--incremental, --partitions and --partition-rows are of scores that this program writes itself: \
                           leave them out, or say --engine embedded";
            return Err(UsageError(message.to_owned()).into());
        }
        return elsewhere::score((&project, address), &model, args.scoring.as_of, &output, progress);
    }
    let export = crate::export::read(&project, (&args.project, Purpose::Model), &args.reading, progress)?;
    let as_of = as_of(args.scoring.as_of, &export)?;
    warn_of_model(&project, &export, &model, as_of, progress);
    let batches = Batches::new(&model, &export, as_of)?;
    warn_of_levels(&model, batches.unseen_levels(), progress);
    if batches.standings().eligible == 0 {
        return Err(NobodyToScore { as_of, active_within: model.eligibility().active_within.get() }.into());
    }
    let incremental = args.writing.incremental && program_is_known(progress);
    let mut scored = job::score(batches, &export, as_of, &output, incremental, progress)?;
    if scored.carried.why_not == Some(Unusable::Damaged) {
        progress.warn(format!(
            "{}: expected what an earlier run kept, found a damaged file; everybody was scored",
            output.path(STATE_FILE).display()
        ));
    }
    warn_of_drift(&model, scored.drift.as_deref().unwrap_or_default(), progress);
    let parting = match (args.writing.partitions, args.writing.partition_rows) {
        (Some(parts), _) => Some(Parting::Parts(parts as usize)),
        (_, Some(rows)) => Some(Parting::Rows(rows as usize)),
        _ => None,
    };
    let mut files = write_all(&project, &output, &mut scored, (as_of, &model), parting, progress)?;
    crate::export::keep(&export, progress);
    files.push(output.write_rejects(&export)?);
    let result = ScoreResult {
        as_of: as_of.to_string(),
        model: model.version().to_owned(),
        trained: model.file().not_trained.is_none(),
        eligible: scored.sums.eligible,
        lapsed: scored.sums.lapsed,
        new: scored.sums.new,
        expected_churners: scored.sums.expected_churners,
        value_at_risk: scored.sums.value_at_risk,
        currency: model.file().currency.clone(),
        drift: scored.drift.take(),
        incremental: incremental.then(|| Incremental {
            scored: scored.len() - scored.carried.rows,
            taken_over: scored.carried.rows,
            full_because: scored.carried.why_not.map(|why| match why {
                Unusable::Absent => "first_run",
                Unusable::Other => "other_question",
                Unusable::Damaged => "damaged",
            }),
        }),
        files: files.iter().map(|path| path.display().to_string()).collect(),
    };
    Answer::new(text(&result), &result)
}

/// Without knowing which build of the program this is, nothing of another run may be taken over.
fn program_is_known(progress: &mut Progress) -> bool {
    let known = program::digest().is_some();
    if !known {
        progress.warn("--incremental: the program's own file cannot be read, so that nobody can tell which build scored before; everybody is scored");
    }
    known
}

/// Writes the tables under temporary names, then gives all of them their names; what an earlier run left in another form
/// goes.
fn write_all(
    project: &Project,
    output: &Output,
    scored: &mut Scored<'_>,
    (as_of, model): (Date, &Model),
    parting: Option<Parting>,
    progress: &Progress,
) -> anyhow::Result<Vec<PathBuf>> {
    let segment_by = project.segment_by();
    let single = SINGLE.map(|name| output.path(name));
    let of_horizons = horizons::FILES.map(|name| output.path(name));
    let mut sealed = Vec::new();
    let mut folder = None;
    match parting {
        Some(parting) => {
            let question = (as_of.to_string(), model.version());
            let question = (question.0.as_str(), question.1);
            folder = Some(parts::write(scored, output, question, parting, segment_by, progress)?);
        }
        None => {
            let mut tables = single.iter().map(|path| TableWriter::create(path)).collect::<Result<Vec<_>, _>>()?;
            let (all, mut done) = (scored.len(), 0);
            scored.write_scores(&mut tables, 0..all, segment_by, |rows| {
                done += rows;
                progress.done("writing scores", done, all);
            })?;
            for table in tables {
                sealed.push(table.seal()?);
            }
        }
    }
    if scored.has_horizons() {
        let mut tables = of_horizons.iter().map(|path| TableWriter::create(path)).collect::<Result<Vec<_>, _>>()?;
        scored.write_horizons(&mut tables)?;
        for table in tables {
            sealed.push(table.seal()?);
        }
    }

    let held = interrupt::publishing()?;
    for table in sealed {
        table.publish()?;
    }
    let mut files = match folder {
        Some((folder, manifest)) => {
            let files = parts::publish(folder, &manifest, output, &held)?;
            SINGLE.iter().try_for_each(|name| output.remove(name))?;
            files
        }
        None => {
            parts::remove(output)?;
            single.to_vec()
        }
    };
    if scored.has_horizons() {
        files.extend(of_horizons);
    } else {
        // They would stand beside scores that they have nothing to do with.
        horizons::FILES.iter().try_for_each(|name| output.remove(name))?;
    }
    scored.keep()?;
    Ok(files)
}

/// The scores in one file of each form.
const SINGLE: [&str; 2] = ["scores.csv", "scores.parquet"];

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
    warn_of_model(project, export, model, as_of, progress);
    let scores = Scores::compute(model, export, as_of)?;
    warn_of_levels(model, scores.unseen_levels(), progress);
    warn_of_drift(model, scores.drift(), progress);
    if scores.rows().iter().all(|row| row.state != State::Eligible) {
        return Err(NobodyToScore { as_of, active_within: model.eligibility().active_within.get() }.into());
    }
    let cells = project.segment_by().cells(export, as_of)?;
    Ok((scores, cells))
}

/// Writes the scores, and the horizons where the model has several, as CSV and as Parquet.
pub(crate) fn write(
    output: &Output,
    export: &Export,
    scores: &Scores,
    cells: &[Option<Box<str>>],
    progress: &mut Progress,
) -> anyhow::Result<Vec<PathBuf>> {
    let paths = SINGLE.map(|name| output.path(name));
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
            progress.done("writing scores", done, rows.len());
        },
    )?;
    let sealed = tables.into_iter().map(TableWriter::seal).collect::<Result<Vec<_>, _>>()?;
    let held = interrupt::publishing()?;
    for table in sealed {
        table.publish()?;
    }
    parts::remove(output)?;
    drop(held);
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
        drift: Some(scores.drift().to_vec()),
        incremental: None,
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
    if let Some(done) = &result.incremental {
        lines.push(match done.full_because {
            None => format!("scored anew: {}; taken over as they were: {}", done.scored, done.taken_over),
            Some("first_run") => "everybody was scored, since no incremental run came before".to_owned(),
            Some("damaged") => "everybody was scored, since what the run before kept is damaged".to_owned(),
            Some(_) => {
                "everybody was scored: the as-of date, the model, the columns, the first day of the export or the \
                        program is another than in the run before"
                    .to_owned()
            }
        });
    }
    // Hundreds of parts are listed in their manifest.
    let is_part = |file: &&String| {
        std::path::Path::new(file).file_name().is_some_and(|n| n.to_string_lossy().starts_with("part-"))
    };
    let parts = result.files.iter().filter(is_part).count();
    let shown = result.files.iter().filter(|file| parts <= 4 || !is_part(file));
    lines.extend(shown.map(|file| format!("written: {file}")));
    if parts > 4 {
        lines.push(format!("and {parts} files of scores, which the manifest lists"));
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}
