//! The offers table.

use std::collections::HashMap;

use super::{Book, LIMIT, Offsets, TableReport, add, is_blank, reading, text_of};
use crate::Timestamp;
use crate::cell::{Cell, Offset, Problem, Reading};
use crate::error::ReadError;
use crate::offers::{OfferColumns, Offered};
use crate::reject::RejectCode;
use crate::source::{Wanted, read_table};
use crate::spec::{ExportSpec, OffersSpec};
use crate::store::Interner;

/// The offers table as it was read, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct RawOffers {
    pub(crate) customer: Vec<u32>,
    /// With the numbers of the offers in `names`.
    pub(crate) rows: Vec<Offered>,
    /// In the order in which they came up.
    pub(crate) names: Vec<Box<str>>,
    pub(crate) columns: OfferColumns,
}

/// Places of the columns that are always there.
const ID: usize = 0;
const TIMESTAMP: usize = 1;
const OFFER: usize = 2;
const ARM: usize = 3;

/// Places of the columns that may be absent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    cost: Option<usize>,
    accepted: Option<usize>,
    contacted_at: Option<usize>,
}

struct Values<'a> {
    id: &'a str,
    offer: Option<Box<str>>,
    /// Without the number of the offer.
    row: Offered,
    timestamp: Offset,
    accepted: Option<Offset>,
    contacted_at: Option<Offset>,
}

/// The columns that are looked for, and where those that may be absent are among them.
pub(super) fn wanted_of(spec: &OffersSpec) -> (Vec<Wanted>, Places) {
    let mut wanted = vec![
        Wanted::new(&spec.customer_id, "customer_id"),
        Wanted::new(&spec.timestamp, "timestamp"),
        Wanted::new(&spec.offer, "offer"),
        Wanted::new(&spec.arm, "arm"),
    ];
    let places = Places {
        cost: add(&mut wanted, spec.cost.as_ref(), "cost"),
        accepted: add(&mut wanted, spec.accepted.as_ref(), "accepted"),
        contacted_at: add(&mut wanted, spec.contacted_at.as_ref(), "contacted_at"),
    };
    (wanted, places)
}

/// Reads the offers. Customers get the numbers that `ids` gives them.
pub(crate) fn offers(
    spec: &ExportSpec,
    table_spec: &OffersSpec,
    ids: &mut Interner,
    chunk: usize,
) -> Result<(RawOffers, TableReport), ReadError> {
    let table = &table_spec.table;
    let path = table.path.as_path();
    let (wanted, places) = wanted_of(table_spec);
    let columns = OfferColumns {
        cost: places.cost.is_some(),
        accepted: places.accepted.is_some(),
        contacted_at: places.contacted_at.is_some(),
    };
    let reading = reading(spec, table);
    let mut out = RawOffers { columns, ..RawOffers::default() };
    let mut numbers: HashMap<Box<str>, u32> = HashMap::new();
    let mut book = Book::new("offers", path);
    let mut offsets = Offsets::new(&wanted);
    let mut scratch = String::new();

    let is_row = |cells: &[Cell<'_>]| parse(&reading, cells, places, &mut String::new()).is_ok();
    let noticed = read_table(table, &wanted, &is_row, chunk, &mut |file, at, row| {
        book.in_file(file);
        let parsed = book.take(at, row, &wanted, |cells| parse(&reading, cells, places, &mut scratch));
        let Some(values) = parsed else { return Ok(()) };
        let of = |place: Option<usize>, offset: Option<Offset>| place.zip(offset);
        let found = [
            Some((TIMESTAMP, values.timestamp)),
            of(places.accepted, values.accepted),
            of(places.contacted_at, values.contacted_at),
        ];
        offsets.check_all(file, at, &wanted, found)?;
        let too_large = |what| ReadError::TooLarge { path: path.to_owned(), what, limit: LIMIT };
        if out.rows.len() >= LIMIT as usize {
            return Err(too_large("rows"));
        }
        let offer = values.offer.map(|name| {
            *numbers.entry(name).or_insert_with_key(|name| {
                out.names.push(name.clone());
                out.names.len() as u32 - 1
            })
        });
        out.customer.push(ids.number(values.id).ok_or_else(|| too_large("customers"))?);
        out.rows.push(Offered { offer, ..values.row });
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
    places: Places,
    scratch: &'a mut String,
) -> Result<Values<'a>, (usize, Problem)> {
    let at = |place: usize| move |problem: Problem| (place, problem);
    let filled = |place: Option<usize>| place.filter(|place| !is_blank(cells[*place]));
    let moment = |place: Option<usize>| -> Result<Option<(Timestamp, Offset)>, (usize, Problem)> {
        filled(place).map(|place| reading.timestamp(cells[place]).map_err(at(place))).transpose()
    };
    let id = reading.id(cells[ID], scratch).map_err(at(ID))?;
    let (timestamp, offset) = reading.timestamp(cells[TIMESTAMP]).map_err(at(TIMESTAMP))?;
    let arm = text_of(cells[ARM]).unwrap_or_default();
    let treated = match arm.to_ascii_lowercase().as_str() {
        "treatment" => true,
        "control" => false,
        _ => return Err((ARM, (RejectCode::UnknownArm, "expected treatment or control"))),
    };
    let offer = text_of(cells[OFFER]);
    if treated && offer.is_none() {
        return Err((
            OFFER,
            (RejectCode::EmptyOffer, "expected the name of an offer in the arm treatment, found none"),
        ));
    }
    let cost = match filled(places.cost) {
        Some(place) => Some(reading.money(cells[place]).map_err(at(place))?),
        None => None,
    };
    let (accepted, contacted_at) = (moment(places.accepted)?, moment(places.contacted_at)?);
    Ok(Values {
        id,
        offer,
        row: Offered {
            timestamp,
            offer: None,
            treated,
            cost,
            accepted: accepted.map(|(moment, _)| moment),
            contacted_at: contacted_at.map(|(moment, _)| moment),
        },
        timestamp: offset,
        accepted: accepted.map(|(_, offset)| offset),
        contacted_at: contacted_at.map(|(_, offset)| offset),
    })
}
