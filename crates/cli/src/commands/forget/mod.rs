//! `churn forget`: takes people out of everything that this program has written in a project.
//!
//! Tables lose their rows, journals their entries; what cannot be rewritten and can be made again (the kept purchases, the state of
//! incremental runs, reports) is deleted. Each file is replaced whole, so a run that is cut short is finished by running it again. What
//! cannot be reached is named: exports, and what others have made of the outputs.

mod search;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use history::{WriteError, remove_rows};
use serde::Serialize;

use self::search::Ids;
use crate::answer::Answer;
use crate::args::ProjectArgs;
use crate::commands::report::EXCEL;
use crate::commands::score::{MANIFEST, Manifest, ManifestFile, PARTS_FOLDER, STATE_FILE, write_manifest};
use crate::exit::UsageError;
use crate::interrupt;
use crate::lock::LOCK_FILE;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{PROJECT_FILE, Project};

#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// Ids of the customers, as the exports write them.
    #[arg(value_name = "ID", required_unless_present = "file")]
    ids: Vec<String>,
    /// File with an id on each line.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Project folder, or project file.
    #[arg(long, value_name = "PROJECT", default_value = ".")]
    project: PathBuf,
    /// Folder of the outputs [default: `out` in the project folder].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// No list of people to forget is longer.
const MOST_FILE_BYTES: u64 = 64 << 20;
/// Columns of outputs in which customers stand.
const COLUMNS: [&str; 2] = ["customer_id", "key"];

/// What was done. Ids stand nowhere in it.
#[derive(Debug, Default, Serialize)]
struct Forgotten {
    /// Different ids that were given.
    ids: usize,
    /// Tables and journals that lost rows or entries.
    removed: Vec<Removed>,
    /// Files that were deleted whole; commands make them again.
    deleted: Vec<String>,
    /// Files in the project folder that hold one of the ids and were not written by this program, or may hold it and cannot be searched.
    still_held: Vec<String>,
    /// The exports, as the project file names them: what they hold comes back with the next run.
    exports: Vec<String>,
    /// What no command reaches.
    beyond_reach: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Removed {
    file: String,
    rows: u64,
}

pub(crate) fn run(args: &ForgetArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let texts = ids(args)?;
    let ids = Ids::new(&texts);
    let project = Project::open(&args.project)?;
    let place = ProjectArgs { project: args.project.clone(), out: args.out.clone() };
    let output = Output::open(&project, &place)?;
    let mut done = Forgotten { ids: texts.len(), ..Forgotten::default() };
    let wanted: BTreeSet<&str> = texts.iter().map(String::as_str).collect();

    progress.stage("taking customers out of the outputs");
    for path in files_in(output.folder())? {
        interrupt::check()?;
        forget_in(&path, output.folder(), &wanted, &ids, &mut done)
            .with_context(|| format!("{}: files before this one are done; run again for the rest", path.display()))?;
    }
    bring_up_manifest(&output.path(PARTS_FOLDER), &done)?;

    progress.stage("searching the project folder for what is left");
    let folder = output.folder().canonicalize().unwrap_or_else(|_| output.folder().to_owned());
    for path in files_in(&project.folder)? {
        interrupt::check()?;
        let is_output = path.canonicalize().is_ok_and(|path| path.starts_with(&folder));
        let is_project_file = path.file_name().is_some_and(|name| name == PROJECT_FILE);
        if !is_output && !is_project_file && ids.are_in(&path)? {
            done.still_held.push(path.display().to_string());
        }
    }
    let spec = project.spec();
    let tables = [Some(&spec.transactions.table), spec.customers.as_ref().map(|t| &t.table)];
    let more = [
        spec.events.as_ref().map(|t| &t.table),
        spec.departures.as_ref().map(|t| &t.table),
        spec.offers.as_ref().map(|t| &t.table),
    ];
    let paths = tables.into_iter().chain(more).flatten().map(|table| table.path.display().to_string());
    done.exports = paths.collect();
    done.beyond_reach = vec![
        "CRM systems and files that churn sync has written to",
        "copies and backups",
        "what models have learnt: they hold no ids and no rows, only sums over many customers",
    ];
    Answer::new(text(&done), &done)
}

/// Every id once.
fn ids(args: &ForgetArgs) -> anyhow::Result<BTreeSet<String>> {
    let mut ids: BTreeSet<String> = args.ids.iter().cloned().collect();
    if let Some(path) = &args.file {
        let refused = |why: String| UsageError(format!("--file: {}: {why}", path.display()));
        let size = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?.len();
        if size > MOST_FILE_BYTES {
            return Err(refused(format!("expected at most {MOST_FILE_BYTES} bytes, found {size}")).into());
        }
        let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        ids.extend(text.lines().map(str::to_owned));
    }
    // Blanks around ids are no part of them in exports either.
    let ids: BTreeSet<String> = ids.iter().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(UsageError("expected ids of customers, found none".to_owned()).into());
    }
    Ok(ids)
}

/// What is done about one file of the outputs.
fn forget_in(
    path: &Path,
    folder: &Path,
    wanted: &BTreeSet<&str>,
    ids: &Ids<'_>,
    done: &mut Forgotten,
) -> anyhow::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let shown = || path.display().to_string();
    let within = path.strip_prefix(folder).unwrap_or(path);
    if within.starts_with("cache") || name == STATE_FILE {
        // Kept purchases and scores of everybody, to save time: made again by the next run.
        delete(path)?;
        done.deleted.push(shown());
    } else if name == "journal" {
        let place = path.parent().unwrap_or(folder);
        let rows = crm::Ledger::forget_in(place, wanted.iter().copied())?;
        push(&mut done.removed, shown(), rows);
    } else if ending == "xlsx" {
        // A packed file is not searched, and a report is made again.
        delete(path)?;
        done.deleted.push(shown());
    } else if name.starts_with(EXCEL) && ending == "csv" {
        if ids.are_in(path)? {
            delete(path)?;
            done.deleted.push(shown());
        }
    } else if matches!(ending, "csv" | "parquet") {
        match remove_rows(path, &COLUMNS, wanted)? {
            Some(rows) => push(&mut done.removed, shown(), rows),
            // Reasons quote the cells that could not be read.
            None if name == "rejects.csv" => {
                push(&mut done.removed, shown(), search::remove_lines_with(path, ids)?);
            }
            None if ids.are_in(path)? => done.still_held.push(shown()),
            None => {}
        }
    } else if ending == "html" {
        if ids.are_in(path)? {
            delete(path)?;
            done.deleted.push(shown());
        }
    } else if name != LOCK_FILE && name != MANIFEST && name != "state" && name != "lock" && ids.are_in(path)? {
        done.still_held.push(shown());
    }
    Ok(())
}

fn push(removed: &mut Vec<Removed>, file: String, rows: u64) {
    if rows > 0 {
        removed.push(Removed { file, rows });
    }
}

fn delete(path: &Path) -> Result<(), WriteError> {
    std::fs::remove_file(path).map_err(|source| WriteError::Io { path: path.to_owned(), source })
}

/// The manifest of the parts says how long each part is, and its hash.
fn bring_up_manifest(folder: &Path, done: &Forgotten) -> anyhow::Result<()> {
    let path = folder.join(MANIFEST);
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(()) };
    let mut manifest: Manifest = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let mut rows = 0;
    for file in &mut manifest.files {
        let part = folder.join(&file.name);
        let shown = part.display().to_string();
        let gone = done.removed.iter().find(|removed| removed.file == shown).map_or(0, |removed| removed.rows as usize);
        let left = file.rows.saturating_sub(gone);
        *file = ManifestFile::of(&part, left).with_context(|| shown.clone())?;
        rows += if file.name.ends_with(".csv") { left } else { 0 };
    }
    manifest.rows = rows;
    write_manifest(folder, &manifest)
}

/// All plain files below a folder, sorted; links are not followed.
fn files_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let cannot = || format!("cannot read {}", folder.display());
        for entry in std::fs::read_dir(&folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let kind = entry.file_type().with_context(cannot)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn text(done: &Forgotten) -> String {
    let customers = if done.ids == 1 { "1 id".to_owned() } else { format!("{} ids", done.ids) };
    let mut lines = Vec::new();
    if done.removed.is_empty() && done.deleted.is_empty() {
        lines.push(format!("{customers}: none of the outputs held any of them"));
    } else {
        lines.push(format!("{customers}: taken out of the outputs"));
    }
    for removed in &done.removed {
        let rows = if removed.rows == 1 { "1 row".to_owned() } else { format!("{} rows", removed.rows) };
        lines.push(format!("removed: {rows} from {}", removed.file));
    }
    lines.extend(done.deleted.iter().map(|file| format!("deleted, and made again when needed: {file}")));
    lines
        .extend(done.still_held.iter().map(|file| format!("still holds one of the ids, not written by churn: {file}")));
    lines.extend(done.exports.iter().map(|file| format!("not touched, an export: {file}")));
    lines.push("as long as an export holds a customer, the next run brings the customer back".to_owned());
    lines.extend(done.beyond_reach.iter().map(|what| format!("not reached: {what}")));
    lines.join("\n")
}
