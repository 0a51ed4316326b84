//! `churn features`: the table of features at one or many as-of dates, and the catalogue of features.

mod forecasts;
mod list;
mod request;
mod standing;
mod table;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use history::{Date, Days};
use pushdown::Dialect;
use serde::Serialize;

pub(crate) use request::Request;
pub(crate) use standing::Standing;
pub(crate) use table::{FeaturesFile, write};

use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::engine::{self, Asked, Computed, EngineArgs, Session, SqlDialect};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, PROJECT_FILE, Project};

#[derive(Debug, Args)]
pub(crate) struct FeaturesArgs {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    table: TableArgs,
    /// Print the catalogue of features instead, with the project's own where there is a project.
    #[arg(long, conflicts_with_all = ["as_of", "every", "dates", "features"])]
    list: bool,
    /// Print the statement that computes the table on an engine, and read nothing. It sees the tables under the names of
    /// `[features.tables]`, or as the project's Parquet files; timestamps are taken for what a clock on the wall showed.
    #[arg(long, value_enum, value_name = "DIALECT", conflicts_with = "list")]
    sql: Option<SqlDialect>,
    #[command(flatten)]
    engine: EngineArgs,
    /// Form of the catalogue.
    #[arg(long, value_enum, default_value_t = ListFormat::Table, requires = "list")]
    format: ListFormat,
}

/// Which features, at which as-of dates.
#[derive(Debug, Clone, Args)]
pub(crate) struct TableArgs {
    /// As-of date of the table; may be given several times [default: the day through which the export is complete].
    #[arg(long, value_name = "DATE")]
    as_of: Vec<Date>,
    /// Further as-of dates, this far apart, back from the as-of date [default: as in training].
    #[arg(long, value_name = "DAYS", value_parser = project::days, requires = "dates")]
    every: Option<Days>,
    /// How many as-of dates, the last one included.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_DATES))]
    dates: Option<u16>,
    /// Features, or families of features, separated by commas [default: all that the export has the columns for].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    features: Vec<String>,
}

/// Ten years of days.
const MOST_DATES: i64 = 3_650;

impl FeaturesArgs {
    /// The project, unless it is the catalogue that is asked for.
    pub(crate) fn place(&self) -> Option<&ProjectArgs> {
        (!self.list && self.sql.is_none()).then_some(&self.project)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    Table,
    Markdown,
    Json,
}

#[derive(Debug, Serialize)]
struct Written {
    /// The last of the as-of dates, and who stands where on it.
    #[serde(flatten)]
    last: Option<Standing>,
    dates: Vec<Standing>,
    rows: u64,
    features: usize,
    files: [String; 2],
}

pub(crate) fn run(args: &FeaturesArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    if args.list {
        return list(args, progress);
    }
    let project = Project::open(&args.project.project)?;
    if let Some(dialect) = args.sql {
        return sql(args, &project, dialect);
    }
    if let Some(address) = args.engine.address(&project) {
        return on_engine(args, &project, address, progress);
    }
    // A slip in a name is told before the exports are read.
    request::check_words(&project, &args.table)?;
    let output = Output::open(&project, &args.project)?;
    let export = crate::export::read(&project, (&args.project, Purpose::Table), &args.reading, progress)?;
    let request = Request::of(&args.table, &project, &export)?;
    let file = write(&project, &export, &request, &output, progress)?;
    crate::export::keep(&export, progress);
    let rejects = output.write_rejects(&export)?;
    for standing in file.standings.iter().filter(|standing| standing.eligible == 0) {
        let active_within = project.churn.active_within.get();
        progress.warn(format!("no customer bought in the {active_within} days before {}", standing.as_of));
    }
    answer(file, rejects)
}

/// The statement, as text for an engine.
#[derive(Debug, Serialize)]
struct Statement {
    dialect: &'static str,
    features: usize,
    sql: String,
}

/// What the command line asks an engine for.
fn asked<'a>(args: &'a FeaturesArgs, project: &Project) -> Asked<'a> {
    let table = &args.table;
    let back = table.dates.map(|count| (count, table.every.unwrap_or(project.every)));
    Asked { as_of: &table.as_of, back, features: &table.features }
}

fn on_engine(args: &FeaturesArgs, project: &Project, address: &str, progress: &mut Progress) -> anyhow::Result<Answer> {
    let output = Output::open(project, &args.project)?;
    let session = Session::open(project, address, progress)?;
    let manifest = session.features(project, &asked(args, project), &output, progress)?;
    let Computed { rows, features, files, .. } = &manifest;
    let text = format!("{files}: {rows} rows of eligible customers, {features} features");
    Answer::new(text, &manifest)
}

fn sql(args: &FeaturesArgs, project: &Project, dialect: SqlDialect) -> anyhow::Result<Answer> {
    let dialect = Dialect::from(dialect);
    let (sql, features) = engine::features(project, dialect, &asked(args, project))?;
    Answer::new(sql.clone(), &Statement { dialect: dialect.as_str(), features, sql })
}

/// The catalogue, with what the project and its data add to it. The exports are read only where levels are asked for.
fn list(args: &FeaturesArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let Some(project) = listed_project(&args.project.project)? else {
        return list::list(&list::without_project(), 0, args.format);
    };
    let levels = if project.features.levels.is_empty() {
        Vec::new()
    } else {
        let export = crate::export::read(&project, (&args.project, Purpose::Check), &args.reading, progress)?;
        request::levels(&project, &export, export.complete_through())?
    };
    list::list(&list::of_project(&project, &levels), project.features.own.len(), args.format)
}

/// The project whose own features are listed. The catalogue needs none; only a place that was named must be one.
fn listed_project(place: &Path) -> anyhow::Result<Option<Project>> {
    if place == Path::new(".") && !place.join(PROJECT_FILE).exists() {
        return Ok(None);
    }
    Ok(Some(Project::open(place)?))
}

fn answer(file: FeaturesFile, rejects: PathBuf) -> anyhow::Result<Answer> {
    let FeaturesFile { path, standings, rows, features } = file;
    let shown = path.display();
    let text = match standings.as_slice() {
        [Standing { as_of, eligible, lapsed, new }] => format!(
            "{shown}: {eligible} eligible customers as of {as_of}, {features} features\nnot in the table: {lapsed} lapsed customers, {new} new ones",
        ),
        many => {
            let span = many.first().zip(many.last()).map(|(first, last)| (&first.as_of, &last.as_of));
            let span = span.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
            let dates = many.len();
            format!("{shown}: {rows} rows of eligible customers at {dates} as-of dates{span}, {features} features")
        }
    };
    let files = [path, rejects].map(|path| path.display().to_string());
    Answer::new(text, &Written { last: standings.last().cloned(), dates: standings, rows, features, files })
}
