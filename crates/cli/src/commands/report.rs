//! `churn report`: the segment report for analysts.

mod people;

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use history::write_file;
use reports::{Measure, ReportData, RunComparison};
use scoring::Model;
use serde::Serialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::plan::PLAN_JSON;
use crate::commands::score::{self, ScoringArgs};
use crate::measures::measures;
use crate::model_store::{METRICS, ModelStore};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;
use crate::report_data::{Against, COMPARE_CSV, OtherRun, Sources, last_monitor, last_report, report_data};

pub(crate) use self::people::{EXCEL, People, WORKBOOK};

use self::people::{excel_csv, workbook};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) scoring: ScoringArgs,
    /// Compare with the scores of another run, in this folder of outputs.
    #[arg(long, value_name = "DIR")]
    pub(crate) against: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) people: PeopleArgs,
}

/// Files for people, beside those for machines.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct PeopleArgs {
    /// Write the tables, the customers and the plan as CSV for spreadsheets too (out/excel-*.csv): byte order mark, semicolons,
    /// decimal commas.
    #[arg(long)]
    pub(crate) csv_excel: bool,
}

#[derive(Debug, Serialize)]
struct Written {
    as_of: String,
    model: String,
    measures: Vec<Measure>,
    /// What has changed since the other run, or since the last report of the folder.
    compare: Option<RunComparison>,
    files: Vec<String>,
}

pub(crate) fn run(args: &ReportArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let store = ModelStore::of(&project);
    let version = store.resolve(args.scoring.model.as_deref())?;
    let model = store.model(&version)?;
    let metrics = store.text(&version, METRICS)?;
    // Before the exports are read, which takes longer.
    let other = args.against.as_deref().map(OtherRun::read).transpose()?;
    let output = Output::open(&project, &args.project)?;
    let export = crate::export::read(&project, (&args.project, Purpose::Model), &args.reading, progress)?;
    let (scores, cells) = score::score(&project, &export, &model, args.scoring.as_of, progress)?;
    let warnings = progress.warnings().to_vec();
    let plan = last_plan(&output);
    let sources = Sources {
        project: &project,
        export: &export,
        model: &model,
        metrics: &metrics,
        scores: &scores,
        cells: &cells,
        warnings: &warnings,
        measures: &[],
        plan: plan.as_ref(),
    };
    let measures = measures(sources, plan.as_ref(), progress)?;
    let against = match &other {
        Some(other) => Some(Against::of(other, &export, (&model, &store), &scores, &cells, progress)?),
        None => None,
    };
    let mut data = report_data(Sources { measures: &measures, ..sources })?;
    look_back(&mut data, against.as_ref(), &output, &model);
    let mut files = write(&output, &pages(&data)?, progress)?;
    match &against {
        Some(against) => files.push(against.write(&output)?),
        // It would stand beside a report that it has nothing to do with.
        None => output.remove(COMPARE_CSV)?,
    }
    files.extend(for_people(
        args.people,
        &output,
        &data,
        People { export: &export, scores: &scores, cells: &cells },
        progress,
    )?);
    crate::export::keep(&export, progress);
    files.push(output.write_rejects(&export)?);
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let text = files.iter().map(|file| format!("written: {file}")).collect::<Vec<_>>().join("\n");
    let as_of = scores.as_of().to_string();
    Answer::new(text, &Written { as_of, model: version, measures, compare: data.compare, files })
}

/// Adds what has changed since another run, and what the last run of the monitor said.
pub(crate) fn look_back(data: &mut ReportData, against: Option<&Against>, output: &Output, model: &Model) {
    data.compare = match against {
        Some(against) => Some(against.comparison.clone()),
        None => last_report(output, data),
    };
    data.monitor = last_monitor(output, model);
}

/// What the last plan says of itself, if there is one.
pub(crate) fn last_plan(output: &Output) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(output.path(PLAN_JSON)).ok()?).ok()
}

/// The report as a page, as JSON, and its tables as CSV: names of files and their contents.
///
/// # Errors
/// The data contradict themselves, or the page cannot be drawn.
pub(crate) fn pages(data: &ReportData) -> anyhow::Result<Vec<(String, String)>> {
    let page = reports::render(data).context("the report cannot be drawn")?;
    let mut pages = vec![("report.html".to_owned(), page), ("report.json".to_owned(), reports::json(data)?)];
    for table in reports::csv_tables(data)? {
        pages.push((format!("report-{}", table.file_name), csv_text(&table)));
    }
    Ok(pages)
}

/// Writes the files of the report.
pub(crate) fn write(
    output: &Output,
    pages: &[(String, String)],
    progress: &mut Progress,
) -> anyhow::Result<Vec<PathBuf>> {
    progress.stage("writing the report");
    let mut files = Vec::new();
    for (name, text) in pages {
        let path = output.path(name);
        write_file(&path, text.as_bytes())?;
        files.push(path);
    }
    Ok(files)
}

/// Writes the workbook, and the CSV files for spreadsheets where they are wanted.
///
/// # Errors
/// They cannot be written.
pub(crate) fn for_people(
    args: PeopleArgs,
    output: &Output,
    data: &ReportData,
    people: People<'_>,
    progress: &mut Progress,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = vec![workbook(output, data, people, progress)?];
    if args.csv_excel {
        files.extend(excel_csv(output, data, people)?);
    }
    Ok(files)
}

/// The table as CSV. Cells are guarded against formulas already.
fn csv_text(table: &reports::CsvTable) -> String {
    let header = table.header.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",");
    let rows = table.rows.iter().map(|row| row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
    std::iter::once(header).chain(rows).map(|line| line + "\n").collect()
}

/// A cell in quotes, where it needs them.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
