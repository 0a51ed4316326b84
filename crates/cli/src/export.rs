//! Reading a project's exports, with what every command says about them.

use history::{Date, Export, TableReport};

use crate::args::ReadingArgs;
use crate::exit::UsageError;
use crate::progress::Progress;
use crate::project::Project;

/// A table that ends longer than this before `complete_through` looks older than the project file says.
const SILENT_DAYS: i32 = 7;

/// Reads and checks the exports; warns of what was left out.
///
/// # Errors
/// An export cannot be used; nothing has been written then.
pub(crate) fn read(project: &Project, reading: &ReadingArgs, progress: &mut Progress) -> anyhow::Result<Export> {
    for what in &project.not_read {
        progress.warn(format!("{what}: not read by this version"));
    }
    progress.stage("reading the exports");
    let export = project.read(reading.max_reject_share())?;
    for table in export.reports().iter().filter(|table| table.rejects.total() > 0) {
        progress.warn(rejected(table));
    }
    let silent = export.complete_through().days_since(export.last_day()) - 1;
    if silent > SILENT_DAYS {
        progress.warn(format!(
            "no purchase in the {silent} days before complete_through ({}), the last one is on {}; if the export is \
             older than complete_through says, every customer looks lost",
            export.complete_through(),
            export.last_day()
        ));
    }
    Ok(export)
}

fn rejected(table: &TableReport) -> String {
    let (rejected, rows) = (table.rejects.total(), table.rows);
    let codes: Vec<String> =
        table.rejects.counts().iter().map(|(code, count)| format!("{} {count}", code.as_str())).collect();
    format!("{}: {rejected} of {rows} rows rejected: {}", table.file, codes.join(", "))
}

/// The as-of date asked for, if the export can show what was known then; the latest where none is asked for.
///
/// # Errors
/// It lies outside the export.
pub(crate) fn as_of(given: Option<Date>, export: &Export) -> Result<Date, UsageError> {
    let (first, complete_through) = (export.first_day(), export.complete_through());
    match given {
        None => Ok(complete_through),
        Some(date) if date > complete_through => Err(UsageError(format!(
            "--as-of: expected a date up to {complete_through}, through which the export is complete, found {date}"
        ))),
        Some(date) if date <= first => Err(UsageError(format!(
            "--as-of: expected a date after {first}, the day of the first purchase, found {date}"
        ))),
        Some(date) => Ok(date),
    }
}
