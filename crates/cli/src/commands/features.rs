//! `churn features`: the snapshot table at an as-of date, and the catalogue of features.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use feature_engineering::{Eligibility, Feature, Snapshot, available, catalogue, features};
use history::{Column, Date, Export, History, ReadError, TableWriter, Values};
use serde::Serialize;

use crate::answer::Answer;
use crate::args::{Cache, ProjectArgs, ReadingArgs};
use crate::export::as_of;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;

#[derive(Debug, Args)]
pub(crate) struct FeaturesArgs {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// As-of date of the table [default: the day through which the export is complete].
    #[arg(long, value_name = "DATE", conflicts_with = "list")]
    as_of: Option<Date>,
    /// Print the catalogue of features instead.
    #[arg(long)]
    list: bool,
    /// Form of the catalogue.
    #[arg(long, value_enum, default_value_t = ListFormat::Table, requires = "list")]
    format: ListFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    Table,
    Markdown,
    Json,
}

/// Customers of a block of rows in the file, which bounds the memory; in Parquet a block is a row group.
const CUSTOMERS_OF_A_BLOCK: usize = 1 << 16;

pub(crate) fn run(args: &FeaturesArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    if args.list {
        return list(args.format);
    }
    let project = Project::open(&args.project.project)?;
    let output = Output::open(&project, &args.project)?;
    let export = crate::export::read(&project, (&args.project, Cache::Kept), &args.reading, progress)?;
    let as_of = as_of(args.as_of, &export)?;
    let table = write(&project, &export, as_of, &output, progress)?;
    crate::export::keep(&export, progress);
    let rejects = output.write_rejects(&export)?;

    let FeaturesFile { path, eligible, lapsed, new, features } = table;
    if eligible == 0 {
        progress.warn(format!("no customer bought in the {} days before {as_of}", project.churn.active_within.get()));
    }
    let text = format!(
        "{}: {eligible} eligible customers as of {as_of}, {features} features\nnot in the table: {lapsed} lapsed customers, {new} new ones",
        path.display(),
    );
    let files = [path, rejects].map(|path| path.display().to_string());
    Answer::new(text, &Written { as_of: as_of.to_string(), eligible, lapsed, new, features, files })
}

/// What stands in the table, and who does not.
#[derive(Debug)]
pub(crate) struct FeaturesFile {
    pub(crate) path: PathBuf,
    pub(crate) eligible: usize,
    pub(crate) lapsed: usize,
    pub(crate) new: usize,
    pub(crate) features: usize,
}

/// Writes the features of the eligible customers as of a date.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(
    project: &Project,
    export: &Export,
    as_of: Date,
    output: &Output,
    progress: &mut Progress,
) -> anyhow::Result<FeaturesFile> {
    let history = export.history(as_of);
    let snapshot = Snapshot::take(&history, Eligibility { active_within: project.churn.active_within })?;
    let wanted = available(&history);
    let path = output.path("features.parquet");
    let mut table = TableWriter::create(&path)?;
    let total = snapshot.eligible.len();
    let mut done = 0;
    // Without customers the file still has its columns.
    let nobody: &[u32] = &[];
    let blocks = snapshot.eligible.chunks(CUSTOMERS_OF_A_BLOCK);
    for block in blocks.chain((total == 0).then_some(nobody)) {
        progress.stage(&format!("features as of {as_of}: {done} of {total} customers"));
        table.write(&columns(export, &history, block, &wanted)?)?;
        done += block.len();
    }
    table.finish()?;
    let (lapsed, new) = (snapshot.lapsed.len(), snapshot.new.len());
    Ok(FeaturesFile { path, eligible: total, lapsed, new, features: wanted.len() })
}

#[derive(Debug, Serialize)]
struct Written {
    as_of: String,
    eligible: usize,
    lapsed: usize,
    new: usize,
    features: usize,
    files: [String; 2],
}

fn columns(
    export: &Export,
    history: &History<'_>,
    customers: &[u32],
    wanted: &[&'static Feature],
) -> Result<Vec<Column>, ReadError> {
    let ids = export.customer_ids();
    let id = |customer: &u32| ids.get(*customer as usize).map(|id| id.to_string());
    let table = features(history, customers, wanted)?;
    let mut columns = vec![
        Column::new("customer_id", Values::Text(customers.iter().map(id).collect())),
        Column::new("as_of", Values::Date(vec![Some(history.as_of()); customers.len()])),
    ];
    for (feature, values) in table.features().iter().zip(table.columns()) {
        columns.push(Column::new(feature.name, Values::FloatOrMissing(values.clone())));
    }
    Ok(columns)
}

/// A feature as the catalogue shows it.
#[derive(Debug, Serialize)]
struct Entry {
    name: &'static str,
    family: &'static str,
    unit: &'static str,
    window: String,
    description: &'static str,
}

fn list(format: ListFormat) -> anyhow::Result<Answer> {
    let entries: Vec<Entry> = catalogue()
        .iter()
        .map(|f| Entry {
            name: f.name,
            family: f.family.as_str(),
            unit: f.unit.as_str(),
            window: f.window.to_string(),
            description: f.description,
        })
        .collect();
    let text = match format {
        ListFormat::Table => table(&entries),
        ListFormat::Markdown => markdown(&entries),
        ListFormat::Json => serde_json::to_string_pretty(&entries)?,
    };
    Answer::new(text, &entries)
}

impl Entry {
    fn cells(&self) -> [&str; 5] {
        [self.name, self.family, self.unit, &self.window, self.description]
    }
}

const TITLES: [&str; 5] = ["name", "family", "unit", "window", "description"];

fn table(entries: &[Entry]) -> String {
    let mut widths = TITLES.map(str::len);
    for entry in entries {
        for (width, cell) in widths.iter_mut().zip(entry.cells()) {
            *width = cell.len().max(*width);
        }
    }
    let mut text = String::new();
    for cells in std::iter::once(TITLES).chain(entries.iter().map(Entry::cells)) {
        let line: String = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  ")).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

fn markdown(entries: &[Entry]) -> String {
    let mut text = format!("| {} |\n|{}", TITLES.join(" | "), "---|".repeat(TITLES.len()));
    for entry in entries {
        let [name, rest @ ..] = entry.cells().map(|cell| cell.replace('|', "\\|"));
        // Writing to a text cannot fail.
        let _ = write!(text, "\n| `{name}` | {} |", rest.join(" | "));
    }
    text
}
