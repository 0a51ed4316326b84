//! What customers did, and were sent, besides buying.
//!
//! The rows stay in memory, sorted by customer, so that the rows of a range of customers lie together in every column:
//! they can be written to a file by such ranges and read back with a [`Block`], as purchases can. Only the moment from
//! which each customer is known, the kinds and their counts would have to stay in memory.
//!
//! An [`Outcome`](crate::Outcome) shows no events: what happens in the label window is no feature.
//!
//! ```compile_fail,E0599
//! fn visits(outcome: &history::Outcome<'_>, block: &history::Block<'_>) -> usize {
//!     outcome.events(block, 0).count()
//! }
//! ```
//!
//! ```
//! fn visits(history: &history::History<'_>, block: &history::Block<'_>) -> usize {
//!     history.events(block, 0).count()
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;
use sha2::Sha256;

use crate::by_customer::ByCustomer;
use crate::calendar::PLAUSIBLE_DAYS;
use crate::hashing::{feed_column, feed_text};
use crate::point_in_time::{Block, History};
use crate::purchase_days::usual_pause;
use crate::read::RawEvents;
use crate::{Date, EventKind, Export, Tag, Timestamp};

/// An event as it was known at an as-of date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventRow {
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// Its value: a rating, a duration, a number of pages; not a number where the export gives none.
    pub value: f64,
    /// The channel, where the export gives one.
    pub channel: Option<Tag>,
    /// When it was resolved, if that was before the as-of date: what was resolved later was open then.
    pub resolved_at: Option<Timestamp>,
}

/// The events of one kind in an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventKindRows {
    /// The kind.
    pub kind: EventKind,
    /// Its name, or the type as the export writes it.
    pub name: Box<str>,
    /// How many rows there are.
    pub rows: u64,
    /// Day of the first one.
    pub first: Date,
    /// Day of the last one.
    pub last: Date,
}

/// Events that stop before the export does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSilence {
    /// The kind that stops; `None` if all events do.
    pub kind: Option<EventKind>,
    /// Day of the last event before `complete_through`.
    pub last: Date,
    /// Full days without any between it and `complete_through`.
    pub days: i32,
}

/// The moment of what never happened: after every other.
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// Days with an event from which on a pause between them can be called unusual.
const DAYS_TO_JUDGE: usize = 20;
/// A pause of so many times the usual one is unusual. Were events of a kind to come at random, it would be seen once in
/// two to the power of this number.
const UNUSUAL_PAUSES: i32 = 10;

/// Rows sorted by customer, moment, kind, and then by every other column.
#[derive(Debug)]
pub(crate) struct Events {
    /// `offsets[c]..offsets[c + 1]` are the rows of customer `c`.
    offsets: Vec<u32>,
    timestamp: Vec<Timestamp>,
    /// Place of the kind in `kinds`.
    kind: Vec<u32>,
    /// Not a number where there is none.
    value: Option<Vec<f64>>,
    /// [`Tag::EMPTY`] where there is none.
    channel: Option<Vec<Tag>>,
    /// [`NEVER`] where there is none.
    resolved_at: Option<Vec<Timestamp>>,
    recorded_at: Option<Vec<Timestamp>>,
    /// For each customer the earliest moment at which an event had happened and was recorded; [`NEVER`] without events.
    known_from: Vec<Timestamp>,
    /// For each kind the earliest moment at which one had happened and was recorded.
    kinds_known_from: BTreeMap<EventKind, Timestamp>,
    kinds: Vec<EventKindRows>,
    present: BTreeSet<EventKind>,
    repeated: u64,
}

impl Events {
    /// Brings raw rows into canonical order. `place` maps the customer numbers of the rows to sorted ones.
    pub(crate) fn new(raw: RawEvents, place: &[u32], n_customers: usize) -> Self {
        let RawEvents { mut customer, timestamp, mut kind, value, channel, resolved_at, recorded_at, kinds } = raw;
        let (kinds, kind_place) = kinds.into_sorted();
        customer.iter_mut().for_each(|customer| *customer = place[*customer as usize]);
        kind.iter_mut().for_each(|kind| *kind = kind_place[*kind as usize]);
        let key = |row: usize| {
            let value = value.as_ref().map(|column| column[row].to_bits());
            let channel = channel.as_ref().map(|column| column[row]);
            let resolved_at = resolved_at.as_ref().map(|column| column[row]);
            let recorded_at = recorded_at.as_ref().map(|column| column[row]);
            (timestamp[row], kind[row], value, channel, resolved_at, recorded_at)
        };
        let rows = ByCustomer::sort(&customer, n_customers, |a, b| key(a).cmp(&key(b)));
        let same = |pair: &&[u32]| {
            let (a, b) = (pair[0] as usize, pair[1] as usize);
            customer[a] == customer[b] && key(a) == key(b)
        };
        let repeated = rows.order.windows(2).filter(same).count() as u64;
        let mut known_from = vec![NEVER; n_customers];
        let mut kinds_known_from = BTreeMap::new();
        for (row, customer) in customer.iter().enumerate() {
            let known = recorded_at.as_ref().map_or(timestamp[row], |column| timestamp[row].max(column[row]));
            let first = &mut known_from[*customer as usize];
            *first = known.min(*first);
            let first = kinds_known_from.entry(kinds[kind[row] as usize].0).or_insert(known);
            *first = known.min(*first);
        }
        let kinds = count(&kinds, &kind, &timestamp);
        Self {
            timestamp: rows.arrange(&timestamp),
            kind: rows.arrange(&kind),
            value: value.map(|column| rows.arrange(&column)),
            channel: channel.map(|column| rows.arrange(&column)),
            resolved_at: resolved_at.map(|column| rows.arrange(&column)),
            recorded_at: recorded_at.map(|column| rows.arrange(&column)),
            offsets: rows.offsets,
            known_from,
            kinds_known_from,
            present: kinds.iter().map(|kind| kind.kind).collect(),
            kinds,
            repeated,
        }
    }

    /// Whether the table says when its rows were recorded.
    pub(crate) fn has_recorded_at(&self) -> bool {
        self.recorded_at.is_some()
    }

    /// Whether the customer has any events.
    pub(crate) fn has(&self, customer: u32) -> bool {
        self.known_from[customer as usize] != NEVER
    }

    /// Whether an event of the customer was known before this moment.
    pub(crate) fn knows(&self, customer: u32, before: Timestamp) -> bool {
        self.known_from[customer as usize] < before
    }

    /// Rows of a customer in `[from, before)` that were recorded before it ended, oldest first.
    fn visible(
        &self,
        customer: u32,
        from: Option<Timestamp>,
        before: Timestamp,
    ) -> impl DoubleEndedIterator<Item = EventRow> + '_ {
        let rows = self.offsets[customer as usize] as usize..self.offsets[customer as usize + 1] as usize;
        let moments = &self.timestamp[rows.clone()];
        let end = rows.start + moments.partition_point(|moment| *moment < before);
        let start = rows.start + from.map_or(0, |from| moments.partition_point(|moment| *moment < from));
        let recorded = move |row: &usize| self.recorded_at.as_ref().is_none_or(|column| column[*row] < before);
        Range { start, end: end.max(start) }.filter(recorded).map(move |row| EventRow {
            timestamp: self.timestamp[row],
            kind: self.kinds[self.kind[row] as usize].kind,
            value: self.value.as_ref().map_or(f64::NAN, |column| column[row]),
            channel: self.channel.as_ref().map(|column| column[row]).filter(|channel| *channel != Tag::EMPTY),
            resolved_at: self.resolved_at.as_ref().map(|column| column[row]).filter(|moment| *moment < before),
        })
    }

    /// Feeds everything, in canonical order, to a hash.
    pub(crate) fn fingerprint(&self, hash: &mut Sha256) {
        let numbers = |hash: &mut Sha256, column: &[u32]| feed_column(hash, column, |number| number.to_le_bytes());
        let moments = |hash: &mut Sha256, column: &[Timestamp]| feed_column(hash, column, |m| m.micros().to_le_bytes());
        feed_text(hash, "events");
        numbers(hash, &self.offsets);
        self.kinds.iter().for_each(|kind| feed_text(hash, &kind.name));
        moments(hash, &self.timestamp);
        numbers(hash, &self.kind);
        if let Some(column) = &self.value {
            feed_text(hash, "value");
            feed_column(hash, column, |value| value.to_bits().to_le_bytes());
        }
        if let Some(column) = &self.channel {
            feed_text(hash, "channel");
            feed_column(hash, column, |channel| channel.get().to_le_bytes());
        }
        for (name, column) in [("resolved_at", &self.resolved_at), ("recorded_at", &self.recorded_at)] {
            if let Some(column) = column {
                feed_text(hash, name);
                moments(hash, column);
            }
        }
    }

    /// What stops long before this day: all events, else the kinds that do.
    fn silences(&self, complete_through: Date) -> Vec<EventSilence> {
        let first = *PLAUSIBLE_DAYS.start();
        let named: Vec<EventKind> = EventKind::named().collect();
        // A mark for each plausible day: one list for all events, then one for each kind with a name.
        let mut seen = vec![vec![false; PLAUSIBLE_DAYS.count()]; named.len() + 1];
        let of_kind: Vec<Option<usize>> =
            self.kinds.iter().map(|kind| named.iter().position(|named| *named == kind.kind)).collect();
        for (moment, kind) in self.timestamp.iter().zip(&self.kind) {
            let day = usize::try_from(moment.date().days() - first).expect("rows of implausible days are rejected");
            seen[0][day] = true;
            if let Some(at) = of_kind[*kind as usize] {
                seen[at + 1][day] = true;
            }
        }
        let silence = |kind: Option<EventKind>, seen: &[bool]| {
            let days: Vec<Date> = (first..complete_through.days())
                .zip(seen)
                .filter(|(_, seen)| **seen)
                .map(|(day, _)| Date::from_days(day))
                .collect();
            let last = *days.last()?;
            let silent = complete_through.days_since(last) - 1;
            (days.len() >= DAYS_TO_JUDGE && silent > usual_pause(&days, UNUSUAL_PAUSES)).then_some(EventSilence {
                kind,
                last,
                days: silent,
            })
        };
        match silence(None, &seen[0]) {
            Some(all) => vec![all],
            None => named.iter().zip(&seen[1..]).filter_map(|(kind, seen)| silence(Some(*kind), seen)).collect(),
        }
    }
}

/// The rows of each kind.
fn count(kinds: &[(EventKind, Box<str>)], kind: &[u32], timestamp: &[Timestamp]) -> Vec<EventKindRows> {
    let mut counted: Vec<(u64, Timestamp, Timestamp)> = vec![(0, NEVER, Timestamp::from_micros(i64::MIN)); kinds.len()];
    for (kind, moment) in kind.iter().zip(timestamp) {
        let (rows, first, last) = &mut counted[*kind as usize];
        *rows += 1;
        *first = (*moment).min(*first);
        *last = (*moment).max(*last);
    }
    let named = kinds.iter().zip(counted);
    named
        .map(|((kind, name), (rows, first, last))| EventKindRows {
            kind: *kind,
            name: name.clone(),
            rows,
            first: first.date(),
            last: last.date(),
        })
        .collect()
}

impl History<'_> {
    /// The events of a customer of the block with `timestamp < as_of` and, where the export says when a row was recorded,
    /// `recorded_at < as_of`, within the look-back, oldest first: none where the export has no such table.
    pub fn events<'b>(
        &self,
        block: &'b Block<'_>,
        customer: u32,
    ) -> impl DoubleEndedIterator<Item = EventRow> + use<'_, 'b> {
        let (from, before) = (self.from.map(Date::start), self.as_of.start());
        block.events.into_iter().flat_map(move |events| events.visible(customer, from, before))
    }

    /// Whether the export has an events table.
    #[must_use]
    pub fn has_events(&self) -> bool {
        self.export.events.is_some()
    }

    /// Whether an event of one of these kinds (of any, if none is named) was known before the as-of date: a kind that was
    /// recorded later, or never, says nothing about any customer.
    #[must_use]
    pub fn has_event_of(&self, kinds: &[EventKind]) -> bool {
        let before = self.as_of.start();
        let known = |events: &Events| {
            let mut known = events.kinds_known_from.iter().filter(|(_, moment)| **moment < before);
            known.any(|(kind, _)| kinds.is_empty() || kinds.contains(kind))
        };
        self.export.events.as_ref().is_some_and(known)
    }

    /// Whether the export says when complaints and tickets were resolved.
    #[must_use]
    pub fn has_resolved_at(&self) -> bool {
        self.export.events.as_ref().is_some_and(|events| events.resolved_at.is_some())
    }

    /// The kinds of events that the export has at all. A kind that is not among them was not recorded: its absence says
    /// nothing about any customer.
    #[must_use]
    pub fn event_kinds(&self) -> &BTreeSet<EventKind> {
        static NONE: BTreeSet<EventKind> = BTreeSet::new();
        self.export.events.as_ref().map_or(&NONE, |events| &events.present)
    }
}

impl Export {
    /// The kinds of events with their rows, those with a name first, then the others by their text; `None` without an
    /// events table.
    #[must_use]
    pub fn event_kind_rows(&self) -> Option<&[EventKindRows]> {
        self.events.as_ref().map(|events| events.kinds.as_slice())
    }

    /// How many rows of the events repeat another one in everything that was read; they are kept.
    #[must_use]
    pub fn repeated_events(&self) -> u64 {
        self.events.as_ref().map_or(0, |events| events.repeated)
    }

    /// How many events happened on this day or later.
    #[must_use]
    pub fn events_from(&self, day: Date) -> u64 {
        let moments = self.events.as_ref().map_or(&[][..], |events| &events.timestamp);
        moments.par_iter().filter(|moment| **moment >= day.start()).count() as u64
    }

    /// Events that stop long before the export is complete, against their usual pauses: all of them, or else single
    /// kinds. What stopped being recorded looks like customers who lost interest.
    #[must_use]
    pub fn event_silences(&self) -> Vec<EventSilence> {
        self.events.as_ref().map_or_else(Vec::new, |events| events.silences(self.complete_through))
    }
}
