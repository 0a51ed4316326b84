//! The customers table.

use std::collections::HashSet;

use super::{Book, LIMIT, TableReport, reading, text_of};
use crate::Date;
use crate::cell::{Cell, Problem, Reading};
use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::reject::RejectCode;
use crate::source::{Wanted, read_rows};
use crate::spec::{CustomersSpec, ExportSpec};
use crate::store::Interner;

/// The customers table as it was read.
#[derive(Debug, Default)]
pub(crate) struct RawCustomers {
    pub(crate) customer: Vec<u32>,
    pub(crate) signup: Option<Vec<Option<Date>>>,
    /// Name of the column, and the text of each row.
    pub(crate) segments: Vec<(String, Vec<Option<Box<str>>>)>,
}

/// Reads the customers. They get the numbers that `ids` gives them.
pub(crate) fn customers(
    spec: &ExportSpec,
    table_spec: &CustomersSpec,
    ids: &mut Interner,
) -> Result<(RawCustomers, TableReport), ReadError> {
    let table = &table_spec.table;
    let path = table.path.as_path();
    let mut wanted = vec![Wanted::new(&table_spec.customer_id, "customer_id")];
    wanted.extend(table_spec.signup_date.iter().map(|header| Wanted::new(header, "signup_date")));
    let first_segment = wanted.len();
    wanted.extend(table_spec.segments.iter().map(|(name, header)| Wanted::new(header, name)));
    if wanted.len() > MAX_WANTED {
        return Err(ReadError::TooLarge { path: path.to_owned(), what: "mapped columns", limit: MAX_WANTED as u32 });
    }
    let has_signup = table_spec.signup_date.is_some();
    let reading = reading(spec, table);
    let mut out = RawCustomers {
        customer: Vec::new(),
        signup: has_signup.then(Vec::new),
        segments: table_spec.segments.iter().map(|(name, _)| (name.clone(), Vec::new())).collect(),
    };
    let mut book = Book::new("customers", path);
    let mut seen: HashSet<Box<str>> = HashSet::new();
    let mut scratch = String::new();

    // An id and texts can be anything: only a day of signing up tells a row from a line of an address.
    let is_row =
        |cells: &[Cell<'_>]| matches!(parse(&reading, cells, has_signup, &mut String::new()), Ok((_, Some(_))));
    let multiline = read_rows(table, &wanted, &is_row, &mut |line, row| {
        let parsed = book.take(line, row, &wanted, |cells| {
            let (id, signup) = parse(&reading, cells, has_signup, &mut scratch)?;
            if !seen.insert(id.into()) {
                return Err((0, (RejectCode::DuplicateCustomer, "expected each customer once, found a second row")));
            }
            Ok((id, signup, &cells[first_segment..]))
        });
        let Some((id, signup, segments)) = parsed else { return Ok(()) };
        let number = ids.number(id);
        let number = number.ok_or(ReadError::TooLarge { path: path.to_owned(), what: "customers", limit: LIMIT })?;
        out.customer.push(number);
        if let Some(column) = &mut out.signup {
            column.push(signup);
        }
        for ((_, column), cell) in out.segments.iter_mut().zip(segments) {
            column.push(text_of(*cell));
        }
        book.used += 1;
        Ok(())
    })?;
    let report = book.close(path, spec.max_reject_share, multiline)?;
    Ok((out, report))
}

/// The id and the day of signing up; an error names the column by its place.
fn parse<'a>(
    reading: &Reading<'_>,
    cells: &'a [Cell<'a>],
    has_signup: bool,
    scratch: &'a mut String,
) -> Result<(&'a str, Option<Date>), (usize, Problem)> {
    let id = reading.id(cells[0], scratch).map_err(|problem| (0, problem))?;
    let signup = match cells.get(1) {
        Some(cell) if has_signup && *cell != Cell::Empty => Some(reading.date(*cell).map_err(|problem| (1, problem))?),
        _ => None,
    };
    Ok((id, signup))
}
