//! Reading a project's exports, with what every command says about them.

use std::fmt;

use history::{Date, EventKind, Export, TableReport};

use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::exit::UsageError;
use crate::feature_warnings::warn_of_absent;
use crate::progress::Progress;
use crate::project::Project;

/// A table that ends longer than this before `complete_through` looks older than the project file says.
const SILENT_DAYS: i32 = 7;

/// Reads and checks the exports; warns of what was left out.
///
/// # Errors
/// An export cannot be used; nothing has been written then.
pub(crate) fn read(
    project: &Project,
    (place, purpose): (&ProjectArgs, Purpose),
    reading: &ReadingArgs,
    progress: &mut Progress,
) -> anyhow::Result<Export> {
    progress.stage("reading the exports");
    let options = reading.options(&place.out_folder(&project.folder), purpose);
    let export = project.read(reading.max_reject_share(), reading.max_bytes, &options)?;
    for note in export.notes() {
        progress.warn(note.to_string());
    }
    for table in export.reports().iter().filter(|table| table.rejects.total() > 0) {
        progress.warn(rejected(table));
    }
    for table in export.reports().iter().filter(|table| table.without_customer > 0) {
        let (strangers, rows) = (table.without_customer, table.rows);
        let declared = "without_customer = \"drop\"";
        progress
            .warn(format!("{}: {strangers} of {rows} rows have no customer and are left out ({declared})", table.file));
    }
    for warning in export.warnings().filter(|warning| !warning.code.is_note()) {
        progress.warn(warning.to_string());
    }
    check_clock(&export, project)?;
    warn_of_contents(&export, progress);
    warn_of_absent(&export, project, progress);
    let silent = export.complete_through().days_since(export.last_day()) - 1;
    if silent > SILENT_DAYS {
        progress.warn(format!(
            "no purchase in the {silent} days before complete_through ({}), the last one is on {}; if the export is \
             older than complete_through says, every customer looks lost",
            export.complete_through(),
            export.last_day()
        ));
    }
    warn_of_strangers(&export, progress);
    warn_of_silences(&export, progress);
    Ok(export)
}

/// Keeps the purchases for the next run. A command says so when nothing is left that could refuse the export.
pub(crate) fn keep(export: &Export, progress: &mut Progress) {
    if let Some(note) = export.keep_rows() {
        progress.warn(note.to_string());
    }
}

/// The export says that it reaches into the future.
#[derive(Debug)]
pub(crate) struct FromTheFuture {
    last: Date,
    today: Date,
}

impl fmt::Display for FromTheFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { last, today } = self;
        write!(
            f,
            "the last purchase is on {last}, after today, {today}: is its date wrong? correct it, or set \
             complete_through in the project file to the first day that is not complete"
        )
    }
}

impl std::error::Error for FromTheFuture {}

/// A mistyped date must not move the as-of date: where the end of the export is not declared, it cannot lie in the
/// future.
fn check_clock(export: &Export, project: &Project) -> Result<(), FromTheFuture> {
    let now = jiff::Timestamp::now().to_zoned(project.spec().timezone.clone()).date();
    let (month, day) = (u32::from(now.month().unsigned_abs()), u32::from(now.day().unsigned_abs()));
    let Some(today) = Date::from_year_month_day(i32::from(now.year()), month, day) else { return Ok(()) };
    let last = export.last_day();
    if project.churn.complete_through.is_none() && last > today { Err(FromTheFuture { last, today }) } else { Ok(()) }
}

/// Rows that repeat each other are kept; above this share the file was probably appended to itself.
const MANY_REPEATED: f64 = 0.2;
/// Above this share of returns the sign of the amounts is probably turned.
const MANY_RETURNS: f64 = 0.5;
/// Below this share of buyers in the customers table the ids of the two tables are probably written differently.
const FEW_LISTED: f64 = 0.5;
/// Below this share of buyers among the customers with events the ids are probably written differently: visitors who never
/// buy are many, but not nearly all.
const FEW_EVENT_BUYERS: f64 = 0.05;
/// The same for departures, which only customers can make.
const FEW_DEPARTED_BUYERS: f64 = 0.5;

fn warn_of_contents(export: &Export, progress: &mut Progress) {
    let used: u64 = export.reports().first().map_or(0, |table| table.used);
    let repeated = export.repeated_rows() as f64 / used as f64;
    if repeated > MANY_REPEATED {
        progress.warn(format!(
            "{:.0} % of the transactions repeat another one in everything that is read; all are counted (was a file \
             appended to itself?)",
            100.0 * repeated
        ));
    }
    let returns = export.return_rows() as f64 / export.purchase_rows() as f64;
    if returns > MANY_RETURNS {
        progress.warn(format!(
            "{:.0} % of the transactions have a negative amount and count as returns (is the sign of the amounts turned?)",
            100.0 * returns
        ));
    }
    let lag = export.recording_lag_days().unwrap_or(0);
    if lag > 1 {
        let (declared, safe) = (export.complete_through(), export.labels_through());
        progress.warn(format!(
            "recorded_at: it takes {lag} days until 99 % of the purchases are recorded; label windows end by {safe} therefore, \
             and customers who are scored as of {declared} may have bought without its being recorded yet"
        ));
    }
    if let Some((last, days)) = export.departure_silence() {
        progress.warn(format!(
            "no departure in the {days} days before complete_through ({}), the last one is on {last}; if the table is older \
             than the purchases, customers look as if they had stayed",
            export.complete_through()
        ));
    }
    if let Some((buyers, listed)) = export.listed_buyers()
        && (listed as f64) < FEW_LISTED * buyers as f64
    {
        progress.warn(format!(
            "only {listed} of the {buyers} customers who bought are in the customers table (are the ids written alike in \
             both tables?)"
        ));
    }
}

/// Tables whose customers are hardly known from the purchases.
fn warn_of_strangers(export: &Export, progress: &mut Progress) {
    let tables = [
        ("events", export.event_buyers(), FEW_EVENT_BUYERS),
        ("departures", export.departure_buyers(), FEW_DEPARTED_BUYERS),
        ("offers", export.offer_buyers(), FEW_DEPARTED_BUYERS),
    ];
    for (table, found, few) in tables {
        if let Some((customers, buyers)) = found
            && (buyers as f64) < few * customers as f64
        {
            progress.warn(format!(
                "only {buyers} of the {customers} customers in the {table} table ever bought (are the ids written alike in \
                 both tables?)"
            ));
        }
    }
}

fn warn_of_silences(export: &Export, progress: &mut Progress) {
    for silence in export.event_silences() {
        let kind = silence.kind.and_then(EventKind::name);
        let kind = kind.map_or_else(String::new, |kind| format!(" of the type {kind}"));
        progress.warn(format!(
            "no event{kind} in the {} days before complete_through ({}), the last one is on {}; if they are no longer \
             recorded, customers look as if they had lost interest",
            silence.days,
            export.complete_through(),
            silence.last
        ));
    }
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
