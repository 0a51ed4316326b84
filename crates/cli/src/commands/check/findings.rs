//! What `churn check` finds, as it stands in the JSON object.

use std::collections::BTreeMap;

use feature_engineering::{Churn, Snapshot};
use history::{Date, Days, Export, ReadError, TableReport, Warning};
use serde::Serialize;
use training::{LookBack, Slices};

use super::gaps::{Buying, GapLengths, Gaps, buying, gaps};
use super::period::{self, Observed, Period, observed, period};
use super::tables::{Departures, Events, departures, events};
use crate::project::Project;

#[derive(Debug, Serialize)]
pub(super) struct Findings {
    pub(super) project: Settings,
    pub(super) tables: Vec<Table>,
    /// What is odd about the export and stops nothing.
    pub(super) warnings: Vec<Oddity>,
    pub(super) history: Span,
    pub(super) buying: Buying,
    pub(super) customers: Customers,
    /// The events, where there is such a table.
    pub(super) events: Option<Events>,
    /// The departures by kind and reason, where there is such a table.
    pub(super) departures: Option<Vec<Departures>>,
    pub(super) gaps: Option<Gaps>,
    pub(super) horizon: HorizonAdvice,
    pub(super) period: Period,
    pub(super) labels: Labels,
    /// Columns of the customers table that say what is true today, whatever the as-of date.
    pub(super) undated: Vec<String>,
    /// Whether purchases carry the moment at which they became known.
    pub(super) has_recorded_at: bool,
    /// SHA-256 of the checked content.
    pub(super) fingerprint: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) timezone: String,
    pub(super) currency: Option<String>,
    pub(super) definition: &'static str,
    /// What a customer does who has churned, in words.
    pub(super) meaning: String,
    pub(super) horizon_days: i32,
    pub(super) lead_days: u16,
    pub(super) active_within_days: i32,
    /// None where features look back as far as the export goes.
    pub(super) lookback_days: Option<i32>,
    pub(super) every_days: i32,
    pub(super) seed: u64,
    pub(super) report_segment: Option<String>,
    pub(super) config_hash: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Table {
    pub(super) table: &'static str,
    pub(super) file: String,
    pub(super) rows: u64,
    pub(super) used: u64,
    pub(super) dropped: u64,
    /// Rows without a customer that are left out because the project says so.
    pub(super) without_customer: u64,
    /// Rows of cancelled orders, used or dropped.
    pub(super) cancelled: u64,
    /// Rows that are in another file as well, and count there.
    pub(super) deduplicated: u64,
    pub(super) rejected: u64,
    /// Rows that run over more than one line of the file: honest line breaks, or a stray quote.
    pub(super) multiline: u64,
    pub(super) rejected_by_code: BTreeMap<&'static str, u64>,
    pub(super) first_rejects: Vec<FirstReject>,
}

/// A warning of the export.
#[derive(Debug, Serialize)]
pub(super) struct Oddity {
    pub(super) code: &'static str,
    pub(super) file: String,
    /// The first place where it was seen, if it has one.
    pub(super) line: Option<u64>,
    pub(super) byte: Option<u64>,
    pub(super) column: String,
    pub(super) count: u64,
    pub(super) message: String,
    /// The first few of what was found; these can be personal data.
    pub(super) examples: Vec<String>,
    /// The warning as one line, without the examples.
    #[serde(skip)]
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct FirstReject {
    pub(super) line: u64,
    pub(super) byte: Option<u64>,
    pub(super) column: String,
    pub(super) code: &'static str,
    pub(super) reason: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Span {
    pub(super) first_day: String,
    pub(super) last_day: String,
    pub(super) complete_through: String,
    pub(super) complete_through_declared: bool,
    /// Days from the first purchase to `complete_through`.
    pub(super) days: i32,
    /// Days until 99 % of the purchases are recorded; none where the export does not say when rows were recorded.
    pub(super) recording_lag_days: Option<i32>,
    /// Label windows end by the midnight that begins this day.
    pub(super) labels_through: String,
}

/// Where customers stand at `complete_through`.
#[derive(Debug, Serialize)]
pub(super) struct Customers {
    pub(super) eligible: usize,
    pub(super) lapsed: usize,
    pub(super) new: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct HorizonAdvice {
    pub(super) declared_days: i32,
    /// That of [`Period::proposal`].
    pub(super) suggested_days: Option<i32>,
    /// The longest horizon of which the history holds two.
    pub(super) longest_days: i32,
}

/// As-of dates whose label window is over, with a full `active_within` of history before them.
#[derive(Debug, Serialize)]
pub(super) struct Labels {
    pub(super) as_of_dates: usize,
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    /// The newest of them, oldest first.
    pub(super) observed: Vec<Observed>,
    /// How far back features could look in each slice; none without slices.
    pub(super) look_back: Option<LookBack>,
}

/// Rejected rows shown with their place.
const REJECTS_SHOWN: usize = 5;

/// As-of dates for which the churn rate is shown.
const DATES_SHOWN: usize = 4;

pub(super) fn find(project: &Project, export: &Export, slices: Option<&Slices>) -> anyhow::Result<Findings> {
    let churn = project.churn;
    let complete_through = export.complete_through();
    let gaps = gaps(export)?;
    let snapshot = Snapshot::take(&churn.history(export, complete_through), churn.eligibility())?;
    let days = complete_through.days_since(export.first_day());
    let (sample, share) = period::sample(project, export);
    let period = period(project, export, gaps.as_ref(), (&sample, share))?;
    Ok(Findings {
        project: settings(project),
        tables: export.reports().iter().map(table).collect(),
        warnings: export.warnings().map(oddity).collect(),
        history: Span {
            first_day: export.first_day().to_string(),
            last_day: export.last_day().to_string(),
            complete_through: complete_through.to_string(),
            complete_through_declared: churn.complete_through.is_some(),
            days,
            recording_lag_days: export.recording_lag_days(),
            labels_through: export.labels_through().to_string(),
        },
        buying: buying(export)?,
        customers: Customers {
            eligible: snapshot.eligible.len(),
            lapsed: snapshot.lapsed.len(),
            new: snapshot.new.len(),
        },
        horizon: HorizonAdvice {
            declared_days: churn.window.horizon.get(),
            suggested_days: period.proposal.horizon_days,
            longest_days: (export.labels_through().days_since(export.first_day()) / 2 - i32::from(churn.window.lead))
                .max(0),
        },
        period,
        events: events(project, export)?,
        departures: departures(export),
        gaps: gaps.as_ref().map(GapLengths::summary),
        labels: labels(project, export, slices, &sample)?,
        undated: export.undated_attributes().map(str::to_owned).collect(),
        has_recorded_at: project.spec().transactions.recorded_at.is_some(),
        fingerprint: export.fingerprint().map(str::to_owned),
    })
}

fn settings(project: &Project) -> Settings {
    let churn = project.churn;
    Settings {
        name: project.name.clone(),
        timezone: project.timezone.clone(),
        currency: project.currency.clone(),
        definition: churn.definition.as_str(),
        meaning: meaning(churn.definition, churn.window.horizon),
        horizon_days: churn.window.horizon.get(),
        lead_days: churn.window.lead,
        active_within_days: churn.active_within.get(),
        lookback_days: churn.lookback.map(Days::get),
        every_days: project.every.get(),
        seed: project.seed,
        report_segment: project.report_segment.clone(),
        config_hash: project.config_hash.clone(),
    }
}

/// The end of "a customer has churned who".
fn meaning(definition: Churn, horizon: Days) -> String {
    let horizon = horizon.get();
    match definition {
        Churn::Inactivity => format!("buys nothing for {horizon} days"),
        Churn::Cadence { multiple, min } => format!(
            "buys nothing for longer than {multiple} times their usual pause, at least {} and at most {horizon} days",
            min.get()
        ),
        Churn::Departure { include_involuntary: false } => {
            format!("departs of their own will within {horizon} days")
        }
        Churn::Departure { include_involuntary: true } => {
            format!("departs within {horizon} days, of their own will or not")
        }
    }
}

fn oddity(warning: &Warning) -> Oddity {
    Oddity {
        code: warning.code.as_str(),
        file: warning.file.clone(),
        line: warning.place.map(|place| place.line),
        byte: warning.place.and_then(|place| place.byte),
        column: warning.column.clone(),
        count: warning.count,
        message: warning.message.clone(),
        examples: warning.examples.clone(),
        text: warning.to_string(),
    }
}

fn table(report: &TableReport) -> Table {
    Table {
        table: report.table,
        file: report.file.clone(),
        rows: report.rows,
        used: report.used,
        dropped: report.dropped,
        without_customer: report.without_customer,
        cancelled: report.cancelled,
        deduplicated: report.deduplicated,
        rejected: report.rejects.total(),
        multiline: report.multiline,
        rejected_by_code: report.rejects.counts().iter().map(|(code, count)| (code.as_str(), *count)).collect(),
        first_rejects: report
            .rejects
            .rows()
            .iter()
            .take(REJECTS_SHOWN)
            .map(|reject| FirstReject {
                line: reject.line,
                byte: reject.byte,
                column: reject.column.clone(),
                code: reject.code.as_str(),
                reason: reject.reason.clone(),
            })
            .collect(),
    }
}

/// The labels of the newest dates, of all customers, and the look-back of the slices, of a sample of them.
fn labels(project: &Project, export: &Export, slices: Option<&Slices>, sample: &[u32]) -> anyhow::Result<Labels> {
    let churn = &project.churn;
    let dates: Vec<Date> = slices.iter().flat_map(|s| s.training.iter().copied().chain([s.test])).collect();
    let everybody: Vec<u32> = (0..export.customer_ids().len() as u32).collect();
    let observe = |as_of: &Date| {
        let labels = period::labels(project, export, *as_of, churn.window, &everybody)?;
        Ok(observed(*as_of, &labels))
    };
    let eligible = |date: Date| -> Result<Vec<u32>, ReadError> {
        Ok(Snapshot::of(&churn.history(export, date), churn.eligibility(), sample)?.eligible)
    };
    let newest = &dates[dates.len().saturating_sub(DATES_SHOWN)..];
    Ok(Labels {
        as_of_dates: dates.len(),
        first: dates.first().map(Date::to_string),
        last: dates.last().map(Date::to_string),
        observed: newest.iter().map(observe).collect::<anyhow::Result<_>>()?,
        look_back: match slices {
            Some(slices) => Some(training::look_back(export, churn.lookback, slices, eligible)?),
            None => None,
        },
    })
}
