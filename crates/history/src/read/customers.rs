//! The customers table.

use std::collections::HashSet;

use super::{Book, LIMIT, TableReport, add, is_blank, reading, text_of};
use crate::Date;
use crate::cell::{Cell, Problem, Reading};
use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::reject::RejectCode;
use crate::source::{Wanted, read_table};
use crate::spec::{CustomersSpec, ExportSpec};
use crate::store::Interner;

/// The customers table as it was read.
#[derive(Debug, Default)]
pub(crate) struct RawCustomers {
    pub(crate) customer: Vec<u32>,
    pub(crate) signup: Option<Vec<Option<Date>>>,
    pub(crate) contract_end: Option<Vec<Option<Date>>>,
    pub(crate) contact_allowed: Option<Vec<Option<bool>>>,
    /// Name of the column, and the text of each row.
    pub(crate) segments: Vec<(String, Vec<Option<Box<str>>>)>,
}

/// Places of the columns among the wanted ones; the id comes first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    signup: Option<usize>,
    contract_end: Option<usize>,
    contact_allowed: Option<usize>,
    /// The first of the text columns, which come last.
    segments: usize,
}

struct Values<'a> {
    id: &'a str,
    signup: Option<Date>,
    contract_end: Option<Date>,
    contact_allowed: Option<bool>,
}

/// Reads the customers. They get the numbers that `ids` gives them.
pub(crate) fn customers(
    spec: &ExportSpec,
    table_spec: &CustomersSpec,
    ids: &mut Interner,
    chunk: usize,
) -> Result<(RawCustomers, TableReport), ReadError> {
    let table = &table_spec.table;
    let path = table.path.as_path();
    let (wanted, places) = wanted_of(table_spec);
    if wanted.len() > MAX_WANTED {
        return Err(ReadError::TooLarge { path: path.to_owned(), what: "mapped columns", limit: MAX_WANTED as u32 });
    }
    let reading = reading(spec, table);
    let mut out = RawCustomers {
        signup: places.signup.map(|_| Vec::new()),
        contract_end: places.contract_end.map(|_| Vec::new()),
        contact_allowed: places.contact_allowed.map(|_| Vec::new()),
        segments: table_spec.segments.iter().map(|(name, _)| (name.clone(), Vec::new())).collect(),
        ..RawCustomers::default()
    };
    let mut book = Book::new("customers", path);
    let mut seen: HashSet<Box<str>> = HashSet::new();
    let mut scratch = String::new();

    // An id and texts can be anything: only a date tells a row from a line of an address.
    let is_row = |cells: &[Cell<'_>]| {
        let dated = |values: Values<'_>| values.signup.or(values.contract_end).is_some();
        parse(&reading, cells, places, &mut String::new()).is_ok_and(dated)
    };
    let noticed = read_table(table, &wanted, &is_row, chunk, &mut |file, at, row| {
        book.in_file(file);
        let parsed = book.take(at, row, &wanted, |cells| {
            let values = parse(&reading, cells, places, &mut scratch)?;
            if !seen.insert(values.id.into()) {
                return Err((0, (RejectCode::DuplicateCustomer, "expected each customer once, found a second row")));
            }
            Ok((values, &cells[places.segments..]))
        });
        let Some((values, segments)) = parsed else { return Ok(()) };
        let number = ids.number(values.id);
        let number = number.ok_or(ReadError::TooLarge { path: path.to_owned(), what: "customers", limit: LIMIT })?;
        out.push(number, &values, segments);
        book.used += 1;
        Ok(())
    })?;
    let report = book.close(path, spec.max_reject_share, noticed)?;
    Ok((out, report))
}

pub(super) fn wanted_of(spec: &CustomersSpec) -> (Vec<Wanted>, Places) {
    let mut wanted = vec![Wanted::new(&spec.customer_id, "customer_id")];
    let signup = add(&mut wanted, spec.signup_date.as_ref(), "signup_date");
    let contract_end = add(&mut wanted, spec.contract_end.as_ref(), "contract_end");
    let contact_allowed = add(&mut wanted, spec.contact_allowed.as_ref(), "contact_allowed");
    let segments = wanted.len();
    wanted.extend(spec.segments.iter().map(|(name, header)| Wanted::new(header, name)));
    (wanted, Places { signup, contract_end, contact_allowed, segments })
}

impl RawCustomers {
    fn push(&mut self, number: u32, values: &Values<'_>, segments: &[Cell<'_>]) {
        fn push<T>(column: &mut Option<Vec<T>>, value: T) {
            if let Some(column) = column {
                column.push(value);
            }
        }
        self.customer.push(number);
        push(&mut self.signup, values.signup);
        push(&mut self.contract_end, values.contract_end);
        push(&mut self.contact_allowed, values.contact_allowed);
        for ((_, column), cell) in self.segments.iter_mut().zip(segments) {
            column.push(text_of(*cell));
        }
    }
}

/// Reads the cells of a row; an error names the column by its place. Empty dates and flags are unknown.
fn parse<'a>(
    reading: &Reading<'_>,
    cells: &'a [Cell<'a>],
    places: Places,
    scratch: &'a mut String,
) -> Result<Values<'a>, (usize, Problem)> {
    fn read<T>(
        cells: &[Cell<'_>],
        place: Option<usize>,
        read: impl Fn(Cell<'_>) -> Result<T, Problem>,
    ) -> Result<Option<T>, (usize, Problem)> {
        let filled = place.filter(|place| !is_blank(cells[*place]));
        filled.map(|place| read(cells[place]).map_err(|problem| (place, problem))).transpose()
    }
    Ok(Values {
        id: reading.id(cells[0], scratch).map_err(|problem| (0, problem))?,
        signup: read(cells, places.signup, |cell| reading.date(cell))?,
        contract_end: read(cells, places.contract_end, |cell| reading.date(cell))?,
        contact_allowed: read(cells, places.contact_allowed, |cell| reading.flag(cell))?,
    })
}
