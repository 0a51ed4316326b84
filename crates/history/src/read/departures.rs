//! The departures table.

use super::{Book, LIMIT, Offsets, TableReport, add, is_blank, reading, text_of};
use crate::cell::{Cell, Offset, Problem, Reading};
use crate::error::ReadError;
use crate::reject::RejectCode;
use crate::source::{Wanted, read_table};
use crate::spec::{DeparturesSpec, ExportSpec};
use crate::store::Interner;
use crate::{Departure, DepartureKind, DepartureReason};

/// The departures table as it was read, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct RawDepartures {
    pub(crate) customer: Vec<u32>,
    pub(crate) rows: Vec<Departure>,
}

/// Places of the columns that are always there.
const ID: usize = 0;
const TIMESTAMP: usize = 1;
const KIND: usize = 2;

/// The columns that are looked for, and where the reason is among them, if it is mapped.
pub(super) fn wanted_of(spec: &DeparturesSpec) -> (Vec<Wanted>, Option<usize>) {
    let mut wanted = vec![
        Wanted::new(&spec.customer_id, "customer_id"),
        Wanted::new(&spec.timestamp, "timestamp"),
        Wanted::new(&spec.kind, "kind"),
    ];
    let reason = add(&mut wanted, spec.reason.as_ref(), "reason");
    (wanted, reason)
}

/// Reads the departures. Customers get the numbers that `ids` gives them.
pub(crate) fn departures(
    spec: &ExportSpec,
    table_spec: &DeparturesSpec,
    ids: &mut Interner,
    chunk: usize,
) -> Result<(RawDepartures, TableReport), ReadError> {
    let table = &table_spec.table;
    let path = table.path.as_path();
    let (wanted, reason) = wanted_of(table_spec);
    let reading = reading(spec, table);
    let mut out = RawDepartures::default();
    let mut book = Book::new("departures", path);
    let mut offsets = Offsets::new(&wanted);
    let mut scratch = String::new();

    let is_row = |cells: &[Cell<'_>]| parse(&reading, cells, reason, &mut String::new()).is_ok();
    let noticed = read_table(table, &wanted, &is_row, chunk, &mut |file, at, row| {
        book.in_file(file);
        let parsed = book.take(at, row, &wanted, |cells| parse(&reading, cells, reason, &mut scratch));
        let Some((id, departure, offset)) = parsed else { return Ok(()) };
        offsets.check(file, at, &wanted, (TIMESTAMP, offset))?;
        let too_large = |what| ReadError::TooLarge { path: path.to_owned(), what, limit: LIMIT };
        if out.rows.len() >= LIMIT as usize {
            return Err(too_large("rows"));
        }
        out.customer.push(ids.number(id).ok_or_else(|| too_large("customers"))?);
        out.rows.push(departure);
        book.used += 1;
        Ok(())
    })?;
    book.offsets = offsets.found(&wanted);
    let report = book.close(path, spec.max_reject_share, noticed)?;
    Ok((out, report))
}

/// Reads the cells of a row; an error names the column by its place.
fn parse<'a>(
    reading: &Reading<'_>,
    cells: &'a [Cell<'a>],
    reason: Option<usize>,
    scratch: &'a mut String,
) -> Result<(&'a str, Departure, Offset), (usize, Problem)> {
    let at = |place: usize| move |problem: Problem| (place, problem);
    let unknown_kind = || (RejectCode::UnknownKind, "expected voluntary or involuntary");
    let unknown_reason = || {
        let expected = "expected price, service, product, forgot, no_need, competitor, other or nothing";
        (RejectCode::UnknownReason, expected)
    };
    let id = reading.id(cells[ID], scratch).map_err(at(ID))?;
    let (timestamp, offset) = reading.timestamp(cells[TIMESTAMP]).map_err(at(TIMESTAMP))?;
    let kind = text_of(cells[KIND]).and_then(|word| DepartureKind::of(&word));
    let kind = kind.ok_or_else(unknown_kind).map_err(at(KIND))?;
    let reason = match reason.filter(|place| !is_blank(cells[*place])) {
        Some(place) => {
            let word = text_of(cells[place]).unwrap_or_default();
            Some(DepartureReason::of(&word).ok_or_else(unknown_reason).map_err(at(place))?)
        }
        None => None,
    };
    Ok((id, Departure { timestamp, kind, reason }, offset))
}
