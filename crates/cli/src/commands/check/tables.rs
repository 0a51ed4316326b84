//! What is in the events and the departures.

use history::{EventKind, Export, ReadError};
use serde::Serialize;

use crate::project::{Project, did_you_mean};

/// The events table.
#[derive(Debug, Serialize)]
pub(super) struct Events {
    /// Kinds with a meaning of their own, then the most frequent others.
    pub(super) kinds: Vec<Kind>,
    /// Other kinds that are not listed, and their rows.
    pub(super) unlisted_kinds: usize,
    pub(super) unlisted_rows: u64,
    /// Rows that repeat another one in everything that is read.
    pub(super) repeated: u64,
    /// Rows on or after `complete_through`, which nothing uses.
    pub(super) rows_after_complete_through: u64,
    /// Customers with an event before it.
    pub(super) customers: u64,
    /// Of those, customers who had bought nothing by then, and their events.
    pub(super) never_bought: u64,
    pub(super) rows_of_never_bought: u64,
    /// What stops long before `complete_through`.
    pub(super) silent: Vec<Silent>,
    pub(super) has_resolved_at: bool,
    pub(super) has_recorded_at: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Kind {
    pub(super) name: String,
    /// Whether it has a meaning of its own; all others are counted as engagement.
    pub(super) known: bool,
    pub(super) rows: u64,
    pub(super) first_day: String,
    pub(super) last_day: String,
    /// The kind that was probably meant, as the end of a sentence; empty where there is none.
    pub(super) hint: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Silent {
    /// The kind; none if all events stop.
    pub(super) kind: Option<&'static str>,
    pub(super) last_day: String,
    /// Full days without any.
    pub(super) days: i32,
}

/// Rows of the departures table with one kind and reason.
#[derive(Debug, Serialize)]
pub(super) struct Departures {
    pub(super) kind: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) rows: u64,
}

/// Kinds without a meaning of their own that are listed.
const OTHERS_SHOWN: usize = 10;

/// # Errors
/// Rows cannot be read.
pub(super) fn events(project: &Project, export: &Export) -> Result<Option<Events>, ReadError> {
    let (Some(kinds), Some(spec)) = (export.event_kind_rows(), &project.spec().events) else { return Ok(None) };
    let (known, mut others): (Vec<_>, Vec<_>) = kinds.iter().partition(|kind| kind.kind.name().is_some());
    others.sort_by_key(|kind| std::cmp::Reverse(kind.rows));
    let unlisted = others.split_off(others.len().min(OTHERS_SHOWN));
    let kind = |kind: &history::EventKindRows| Kind {
        name: kind.name.to_string(),
        known: kind.kind.name().is_some(),
        rows: kind.rows,
        first_day: kind.first.to_string(),
        last_day: kind.last.to_string(),
        hint: match kind.kind {
            EventKind::Other(_) => did_you_mean(&kind.name, EventKind::named().filter_map(EventKind::name)),
            _ => String::new(),
        },
    };

    let history = export.history(export.complete_through());
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    let of_each = history.map(&everybody, |block, customer| {
        let bought = history.rows(block, customer).any(|row| row.is_purchase());
        (history.events(block, customer).count() as u64, bought)
    })?;
    let seen = of_each.iter().filter(|(rows, _)| *rows > 0);
    let strangers = seen.clone().filter(|(_, bought)| !bought);
    Ok(Some(Events {
        kinds: known.into_iter().chain(others).map(kind).collect(),
        unlisted_kinds: unlisted.len(),
        unlisted_rows: unlisted.iter().map(|kind| kind.rows).sum(),
        repeated: export.repeated_events(),
        rows_after_complete_through: export.events_from(export.complete_through()),
        customers: seen.count() as u64,
        never_bought: strangers.clone().count() as u64,
        rows_of_never_bought: strangers.map(|(rows, _)| rows).sum(),
        silent: export
            .event_silences()
            .iter()
            .map(|silence| Silent {
                kind: silence.kind.and_then(EventKind::name),
                last_day: silence.last.to_string(),
                days: silence.days,
            })
            .collect(),
        has_resolved_at: spec.resolved_at.is_some(),
        has_recorded_at: spec.recorded_at.is_some(),
    }))
}

pub(super) fn departures(export: &Export) -> Option<Vec<Departures>> {
    let counts = export.departure_counts()?.into_iter();
    let row = |((kind, reason), rows): ((history::DepartureKind, Option<history::DepartureReason>), u64)| Departures {
        kind: kind.as_str(),
        reason: reason.map(history::DepartureReason::as_str),
        rows,
    };
    Some(counts.map(row).collect())
}
