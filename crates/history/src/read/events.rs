//! The events table.

use std::borrow::Cow;
use std::path::Path;

use super::{Book, LIMIT, Offsets, TableReport, add, is_blank, reading};
use crate::cell::{Cell, NOT_TEXT, Offset, Problem, Reading};
use crate::error::ReadError;
use crate::event_kind::KindNumbers;
use crate::reject::RejectCode;
use crate::source::{Wanted, read_table};
use crate::spec::{EventsSpec, ExportSpec};
use crate::store::Interner;
use crate::{EventKind, Tag, Timestamp};

/// The events table as it was read, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct RawEvents {
    pub(crate) customer: Vec<u32>,
    pub(crate) timestamp: Vec<Timestamp>,
    /// Number of the kind in `kinds`.
    pub(crate) kind: Vec<u32>,
    /// Not a number where the cell is empty; present if the column is mapped, as all that follow.
    pub(crate) value: Option<Vec<f64>>,
    /// [`Tag::EMPTY`] where the cell is empty.
    pub(crate) channel: Option<Vec<Tag>>,
    /// The end of time where the cell is empty.
    pub(crate) resolved_at: Option<Vec<Timestamp>>,
    pub(crate) recorded_at: Option<Vec<Timestamp>>,
    pub(crate) kinds: KindNumbers,
}

/// Places of the columns that may be absent, among the wanted ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    value: Option<usize>,
    channel: Option<usize>,
    resolved_at: Option<usize>,
    recorded_at: Option<usize>,
}

/// Places of the columns that are always there.
const ID: usize = 0;
const TIMESTAMP: usize = 1;
const KIND: usize = 2;

struct Values<'a> {
    id: &'a str,
    timestamp: (Timestamp, Offset),
    kind: Cow<'a, str>,
    value: f64,
    channel: Tag,
    resolved_at: Option<(Timestamp, Offset)>,
    recorded_at: Option<(Timestamp, Offset)>,
}

/// Reads the events. Customers get the numbers that `ids` gives them.
pub(crate) fn events(
    spec: &ExportSpec,
    table_spec: &EventsSpec,
    ids: &mut Interner,
    chunk: usize,
) -> Result<(RawEvents, TableReport), ReadError> {
    let table = &table_spec.table;
    let path = table.path.as_path();
    let (wanted, places) = wanted_of(table_spec);
    let reading = reading(spec, table);
    let mut out = RawEvents {
        value: places.value.map(|_| Vec::new()),
        channel: places.channel.map(|_| Vec::new()),
        resolved_at: places.resolved_at.map(|_| Vec::new()),
        recorded_at: places.recorded_at.map(|_| Vec::new()),
        ..RawEvents::default()
    };
    let mut book = Book::new("events", path);
    let mut offsets = Offsets::new(&wanted);
    let mut scratch = String::new();

    let is_row = |cells: &[Cell<'_>]| parse(&reading, cells, places, &mut String::new()).is_ok();
    let noticed = read_table(table, &wanted, &is_row, chunk, &mut |file, at, row| {
        book.in_file(file);
        let parsed = book.take(at, row, &wanted, |cells| parse(&reading, cells, places, &mut scratch));
        let Some(values) = parsed else { return Ok(()) };
        offsets.check_all(file, at, &wanted, values.offsets(places))?;
        out.push(path, ids, &values)?;
        book.used += 1;
        Ok(())
    })?;
    book.offsets = offsets.found(&wanted);
    let report = book.close(path, spec.max_reject_share, noticed)?;
    Ok((out, report))
}

pub(super) fn wanted_of(spec: &EventsSpec) -> (Vec<Wanted>, Places) {
    let mut wanted = vec![
        Wanted::new(&spec.customer_id, "customer_id"),
        Wanted::new(&spec.timestamp, "timestamp"),
        Wanted::new(&spec.kind, "type"),
    ];
    let places = Places {
        value: add(&mut wanted, spec.value.as_ref(), "value"),
        channel: add(&mut wanted, spec.channel.as_ref(), "channel"),
        resolved_at: add(&mut wanted, spec.resolved_at.as_ref(), "resolved_at"),
        recorded_at: add(&mut wanted, spec.recorded_at.as_ref(), "recorded_at"),
    };
    (wanted, places)
}

impl RawEvents {
    fn push(&mut self, path: &Path, ids: &mut Interner, values: &Values<'_>) -> Result<(), ReadError> {
        let too_large = |what| ReadError::TooLarge { path: path.to_owned(), what, limit: LIMIT };
        if self.customer.len() >= LIMIT as usize {
            return Err(too_large("rows"));
        }
        self.customer.push(ids.number(values.id).ok_or_else(|| too_large("customers"))?);
        self.timestamp.push(values.timestamp.0);
        self.kind.push(self.kinds.number(&values.kind));
        if let Some(column) = &mut self.value {
            column.push(values.value);
        }
        if let Some(column) = &mut self.channel {
            column.push(values.channel);
        }
        if let Some(column) = &mut self.resolved_at {
            column.push(values.resolved_at.map_or(Timestamp::from_micros(i64::MAX), |(moment, _)| moment));
        }
        if let (Some(column), Some((moment, _))) = (&mut self.recorded_at, values.recorded_at) {
            column.push(moment);
        }
        Ok(())
    }
}

impl Values<'_> {
    /// Whether the row's timestamps came with an offset, each with the place of its column.
    fn offsets(&self, places: Places) -> [Option<(usize, Offset)>; 3] {
        let of = |place: Option<usize>, moment: Option<(Timestamp, Offset)>| {
            place.zip(moment).map(|(place, (_, offset))| (place, offset))
        };
        [
            Some((TIMESTAMP, self.timestamp.1)),
            of(places.resolved_at, self.resolved_at),
            of(places.recorded_at, self.recorded_at),
        ]
    }
}

/// Reads the cells of a row; an error names the column by its place.
fn parse<'a>(
    reading: &Reading<'_>,
    cells: &'a [Cell<'a>],
    places: Places,
    scratch: &'a mut String,
) -> Result<Values<'a>, (usize, Problem)> {
    let at = |place: usize| move |problem: Problem| (place, problem);
    let filled = |place: Option<usize>| place.filter(|place| !is_blank(cells[*place]));
    let timestamp = reading.timestamp(cells[TIMESTAMP]).map_err(at(TIMESTAMP))?;
    let kind = kind(cells[KIND]).map_err(at(KIND))?;
    let value = match filled(places.value) {
        // Tables of data frames hold this for "no value".
        Some(place) if matches!(cells[place], Cell::Float(value) if value.is_nan()) => f64::NAN,
        Some(place) => value(reading, cells[place], &kind).map_err(at(place))?,
        None => f64::NAN,
    };
    let resolved_at = match filled(places.resolved_at) {
        Some(place) => {
            let (moment, offset) = reading.timestamp(cells[place]).map_err(at(place))?;
            Some((resolved(timestamp.0, moment).map_err(at(place))?, offset))
        }
        None => None,
    };
    let recorded_at = match places.recorded_at {
        Some(place) => Some(reading.timestamp(cells[place]).map_err(at(place))?),
        None => None,
    };
    Ok(Values {
        id: reading.id(cells[ID], scratch).map_err(at(ID))?,
        timestamp,
        kind,
        value,
        channel: places.channel.map_or(Tag::EMPTY, |place| Tag::of_cell(cells[place])),
        resolved_at,
        recorded_at,
    })
}

/// The type as the export writes it; kinds may have numbers for names.
fn kind(cell: Cell<'_>) -> Result<Cow<'_, str>, Problem> {
    match cell {
        Cell::Text(text) if !text.trim().is_empty() => Ok(Cow::Borrowed(text.trim())),
        Cell::Number(text) => Ok(Cow::Borrowed(text)),
        Cell::Integer(value) => Ok(Cow::Owned(value.to_string())),
        Cell::NotText => Err(NOT_TEXT),
        _ => Err((RejectCode::EmptyType, "expected a type of event as text, found none")),
    }
}

fn value(reading: &Reading<'_>, cell: Cell<'_>, kind: &str) -> Result<f64, Problem> {
    let value = reading.number(cell)?;
    let kind = EventKind::of(kind);
    let (least, greatest) = kind.range();
    if (least..=greatest).contains(&value) {
        return Ok(value);
    }
    let expected = match kind {
        EventKind::Nps => "expected a value from 0 to 10 for the type nps",
        _ => "expected a value from 1 to 5 for the types csat and review",
    };
    Err((RejectCode::ValueOutOfRange, expected))
}

/// The moment of resolving. A day without a clock is midnight, before any event of that day: such an event was resolved at
/// once, as far as anybody knows.
fn resolved(happened: Timestamp, resolved: Timestamp) -> Result<Timestamp, Problem> {
    if resolved >= happened {
        return Ok(resolved);
    }
    if resolved == happened.date().start() {
        return Ok(happened);
    }
    Err((RejectCode::ResolvedBefore, "expected a moment at or after the event's own"))
}
