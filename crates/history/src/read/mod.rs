//! Reading the tables: every row is either used, dropped or rejected with its reason, and all are counted.

mod batch;
mod clock;
mod columnar;
mod customers;
mod departures;
mod events;
mod hand_over;
mod oddities;
mod offers;
mod row;
mod row_block;
mod scale;
mod tally;
mod transactions;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::cell::{Cell, NOT_TEXT, Offset, Problem, Reading, trimmed};
use crate::error::ReadError;
use crate::place::Place;
use crate::reject::{Reject, Rejects};
use crate::source::{Noticed, Row, Wanted};
use crate::spec::{ExportSpec, TableSpec};
use crate::warning::Warning;

pub(crate) use customers::{RawCustomers, customers};
pub(crate) use departures::{RawDepartures, departures};
pub(crate) use events::{RawEvents, events};
pub(crate) use oddities::Oddities;
pub(crate) use offers::{RawOffers, offers};
pub(crate) use scale::Scale;
pub(crate) use tally::{Tally, Uniform};
pub(crate) use transactions::Plan;

/// What came out of reading one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReport {
    /// Name of the table in the project file.
    pub table: &'static str,
    /// Name of the file, or the pattern that describes the files.
    pub file: String,
    /// Rows in the files: `rows = used + dropped + without_customer + deduplicated + rejected`.
    pub rows: u64,
    /// Rows used.
    pub used: u64,
    /// Rows that were left out because the project drops returns, and rows of cancelled orders with no amount.
    pub dropped: u64,
    /// Rows without a customer that were left out because the project says so.
    pub without_customer: u64,
    /// Rows of cancelled orders, used or dropped, where the project says how those are known.
    pub cancelled: u64,
    /// Rows of purchases that are in another file as well, and count there.
    pub deduplicated: u64,
    /// Rows rejected.
    pub rejects: Rejects,
    /// Rows of a text file, used or not, that span more than one line because a quoted field holds a line break. Many of
    /// them in a table without long texts are a sign of stray quotes that hide rows; always 0 for Parquet.
    pub multiline: u64,
    /// What is odd about it, and stops nothing.
    pub warnings: Vec<Warning>,
    /// Columns of timestamps, and whether they came with an offset.
    pub(crate) offsets: Vec<(String, Offset)>,
}

/// Customers are numbered by a `u32`, rows as well.
pub(crate) const LIMIT: u32 = u32::MAX - 1;

/// Counts of one table while it is read.
struct Book {
    table: &'static str,
    /// Name of the file, or the pattern.
    file: String,
    /// Name of the file that is being read, and its path.
    reads: String,
    reads_path: PathBuf,
    rows: u64,
    used: u64,
    dropped: u64,
    without_customer: u64,
    cancelled: u64,
    rejects: Rejects,
    offsets: Vec<(String, Offset)>,
}

impl Book {
    fn new(table: &'static str, path: &Path) -> Self {
        let file = name_of(path);
        Self {
            table,
            reads: file.clone(),
            reads_path: path.to_owned(),
            file,
            rows: 0,
            used: 0,
            dropped: 0,
            without_customer: 0,
            cancelled: 0,
            rejects: Rejects::default(),
            offsets: Vec::new(),
        }
    }

    /// Says that the rows that come are those of this file.
    fn in_file(&mut self, path: &Path) {
        if self.reads_path != path {
            (self.reads, self.reads_path) = (name_of(path), path.to_owned());
        }
    }

    /// What `parse` makes of a row. A row that it cannot make anything of is rejected: `parse` says in which of the
    /// wanted columns the problem is.
    fn take<'a, T>(
        &mut self,
        place: Place,
        row: Row<'a>,
        wanted: &[Wanted],
        parse: impl FnOnce(&'a [Cell<'a>]) -> Result<T, (usize, Problem)>,
    ) -> Option<T> {
        self.rows += 1;
        match row {
            Row::Broken(code, reason) => self.reject(place, "", (code, reason)),
            Row::BrokenCell(column, code, reason) => self.reject(place, &wanted[column].header, (code, reason)),
            // Of many texts only a tag is kept: bytes that are none would be taken for an empty cell.
            Row::Cells(cells) if cells.iter().any(|cell| matches!(cell, Cell::NotText)) => {
                let column = cells.iter().position(|cell| matches!(cell, Cell::NotText)).unwrap_or(0);
                self.reject(place, &wanted[column].header, NOT_TEXT);
            }
            Row::Cells(cells) => match parse(cells) {
                Ok(value) => return Some(value),
                Err((column, problem)) => self.reject(place, &wanted[column].header, problem),
            },
        }
        None
    }

    fn reject(&mut self, Place { line, byte }: Place, column: &str, (code, reason): Problem) {
        let (file, column, reason) = (self.reads.clone(), column.to_owned(), reason.to_owned());
        self.rejects.add(Reject { file, line, byte, column, code, reason });
    }

    fn close(self, path: &Path, allowed: f64, noticed: Noticed) -> Result<TableReport, ReadError> {
        let rejected = self.rejects.total();
        if rejected as f64 > allowed * self.rows as f64 {
            return Err(ReadError::TooManyRejects {
                path: path.to_owned(),
                rejected,
                rows: self.rows,
                allowed: allowed * 100.0,
                examples: self.rejects.examples(path),
                hint: self.rejects.hint().to_owned(),
            });
        }
        let Book { table, file, rows, used, dropped, without_customer, cancelled, rejects, offsets, .. } = self;
        let Noticed { multiline, warnings, .. } = noticed;
        let deduplicated = 0;
        Ok(TableReport {
            table,
            file,
            rows,
            used,
            dropped,
            without_customer,
            cancelled,
            deduplicated,
            rejects,
            multiline,
            warnings,
            offsets,
        })
    }
}

pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Which columns have timestamps with an offset from UTC, and which without: never both in one column.
struct Offsets {
    of_column: Vec<Option<Offset>>,
}

impl Offsets {
    fn new(wanted: &[Wanted]) -> Self {
        Self { of_column: vec![None; wanted.len()] }
    }

    /// What was found, by the columns' names in the project file.
    fn found(self, wanted: &[Wanted]) -> Vec<(String, Offset)> {
        let found = wanted.iter().zip(self.of_column);
        found.filter_map(|(want, offset)| Some((want.role.clone(), offset?))).collect()
    }

    /// Notes what was found in the wanted column at `place`.
    fn check(
        &mut self,
        path: &Path,
        place: Place,
        wanted: &[Wanted],
        (column, found): (usize, Offset),
    ) -> Result<(), ReadError> {
        if *self.of_column[column].get_or_insert(found) == found {
            return Ok(());
        }
        Err(ReadError::MixedOffsets { path: path.to_owned(), place, column: wanted[column].header.clone() })
    }

    /// Notes what was found in the columns of timestamps of a row, those that have one.
    fn check_all<const N: usize>(
        &mut self,
        path: &Path,
        place: Place,
        wanted: &[Wanted],
        found: [Option<(usize, Offset)>; N],
    ) -> Result<(), ReadError> {
        found.into_iter().flatten().try_for_each(|found| self.check(path, place, wanted, found))
    }
}

/// Adds a column to those that are looked for, if it is mapped; returns its place.
fn add(wanted: &mut Vec<Wanted>, header: Option<&String>, role: &str) -> Option<usize> {
    header.map(|header| {
        wanted.push(Wanted::new(header, role));
        wanted.len() - 1
    })
}

/// The columns that are looked for in each table that there is: transactions, customers, events, departures, offers.
pub(crate) fn wanted_of_tables(spec: &ExportSpec) -> Vec<Vec<Wanted>> {
    let transactions = row::wanted_of(&spec.transactions).0;
    let others = [
        spec.customers.as_ref().map(|customers| customers::wanted_of(customers).0),
        spec.events.as_ref().map(|events| events::wanted_of(events).0),
        spec.departures.as_ref().map(|departures| departures::wanted_of(departures).0),
        spec.offers.as_ref().map(|offers| offers::wanted_of(offers).0),
    ];
    std::iter::once(transactions).chain(others.into_iter().flatten()).collect()
}

fn reading<'a>(spec: &'a ExportSpec, table: &'a TableSpec) -> Reading<'a> {
    Reading::of(table, &spec.timezone)
}

/// Nothing, or nothing but blanks.
fn is_blank(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Empty => true,
        Cell::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

pub(crate) fn text_of(cell: Cell<'_>) -> Option<Box<str>> {
    text_in(cell).map(|text| text.into_owned().into())
}

/// The text of a cell without the blanks around it; nothing where there is none.
fn text_in(cell: Cell<'_>) -> Option<Cow<'_, str>> {
    match cell {
        Cell::Text(text) => Some(trimmed(text)).filter(|text| !text.is_empty()).map(Cow::Borrowed),
        Cell::Number(text) => Some(Cow::Borrowed(text)),
        Cell::Integer(value) => Some(Cow::Owned(value.to_string())),
        Cell::Float(value) => Some(Cow::Owned(value.to_string())),
        _ => None,
    }
}
