//! Reading the tables: every row is either used or rejected with its reason, and both are counted.

use std::collections::HashMap;
use std::path::Path;

use crate::cell::{Cell, Offset, Problem, Reading};
use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::reject::{Reject, RejectCode, Rejects};
use crate::source::{Row, Wanted, read_rows};
use crate::spec::{CustomersSpec, ExportSpec, MarginColumn, Returns, TableSpec, TransactionsSpec};
use crate::{Date, Money, Timestamp};

/// What came out of reading one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReport {
    /// Name of the table in the project file.
    pub table: &'static str,
    /// Name of the file.
    pub file: String,
    /// Rows in the file: `rows = used + dropped + rejected`.
    pub rows: u64,
    /// Rows used.
    pub used: u64,
    /// Rows with a negative amount that were left out because the project drops returns.
    pub dropped: u64,
    /// Rows rejected.
    pub rejects: Rejects,
}

/// Customer ids numbered in the order in which they were first seen.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    numbers: HashMap<Box<str>, u32>,
}

/// Customers are numbered by a `u32`, rows as well.
pub(crate) const LIMIT: u32 = u32::MAX - 1;

impl Interner {
    fn number(&mut self, id: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(id) {
            return Some(*number);
        }
        let number = u32::try_from(self.numbers.len()).ok().filter(|n| *n < LIMIT)?;
        self.numbers.insert(id.into(), number);
        Some(number)
    }

    /// The ids in byte order, and for each first-seen number its place in that order.
    pub(crate) fn into_sorted(self) -> (Vec<Box<str>>, Vec<u32>) {
        let mut ids: Vec<(Box<str>, u32)> = self.numbers.into_iter().collect();
        ids.sort_unstable();
        let mut places = vec![0; ids.len()];
        for (place, (_, number)) in ids.iter().enumerate() {
            places[*number as usize] = place as u32;
        }
        (ids.into_iter().map(|(id, _)| id).collect(), places)
    }
}

/// The transactions table as it was read, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct RawTransactions {
    pub(crate) customer: Vec<u32>,
    pub(crate) timestamp: Vec<Timestamp>,
    pub(crate) amount: Vec<Money>,
    /// A hash of the order's id; present if the column is mapped.
    pub(crate) order: Option<Vec<u64>>,
    pub(crate) discount: Option<Vec<Money>>,
    pub(crate) margin: Option<Vec<Money>>,
    pub(crate) recorded_at: Option<Vec<Timestamp>>,
}

/// The customers table as it was read.
#[derive(Debug, Default)]
pub(crate) struct RawCustomers {
    pub(crate) customer: Vec<u32>,
    pub(crate) signup: Option<Vec<Option<Date>>>,
    /// Name of the column, and the text of each row.
    pub(crate) segments: Vec<(String, Vec<Option<Box<str>>>)>,
}

/// Columns that may be absent, each with its place among the wanted ones.
#[derive(Debug, Clone, Copy)]
struct Places {
    order: Option<usize>,
    discount: Option<usize>,
    margin: Option<usize>,
    recorded_at: Option<usize>,
    currency: Option<usize>,
}

struct TransactionRow {
    timestamp: Timestamp,
    amount: Money,
    discount: Money,
    margin: Money,
    recorded_at: Timestamp,
}

pub(crate) fn transactions(spec: &ExportSpec, ids: &mut Interner) -> Result<(RawTransactions, TableReport), ReadError> {
    let TransactionsSpec { table, .. } = &spec.transactions;
    let (wanted, places) = wanted_of(&spec.transactions);
    let reading = reading(spec, table);
    let path = table.path.as_path();
    let mut out = RawTransactions {
        order: places.order.map(|_| Vec::new()),
        discount: places.discount.map(|_| Vec::new()),
        margin: places.margin.map(|_| Vec::new()),
        recorded_at: places.recorded_at.map(|_| Vec::new()),
        ..RawTransactions::default()
    };
    let mut book = Book::new("transactions", path);
    let mut offsets = [None; 2];
    let mut currency: Option<String> = None;
    let mut scratch = String::new();
    let is_cost = matches!(spec.transactions.margin, Some(MarginColumn::Cost(_)));

    read_rows(table, &wanted, &mut |line, row| {
        book.rows += 1;
        let cells = match row {
            Row::Cells(cells) => cells,
            Row::Broken(code, reason) => {
                book.reject(line, "", (code, reason));
                return Ok(());
            }
        };
        let mut reject = |place: usize, problem: Problem| book.reject(line, &wanted[place].header, problem);
        let id = match reading.id(cells[0], &mut scratch) {
            Ok(id) => id,
            Err(problem) => return Ok(reject(0, problem)),
        };
        let values = match transaction_row(&reading, cells, places, is_cost) {
            Ok(values) => values,
            Err((place, problem)) => return Ok(reject(place, problem)),
        };
        for (seen, place) in offsets.iter_mut().zip([Some(1), places.recorded_at]) {
            let Some(place) = place else { continue };
            check_offset(path, line, &wanted[place].header, seen, values.offset_of(place))?;
        }
        if let Some(place) = places.currency {
            check_currency(path, line, &mut currency, cells[place])?;
        }
        let values = values.row;
        if spec.transactions.returns == Returns::Drop && values.amount < Money::ZERO {
            book.dropped += 1;
            return Ok(());
        }
        if out.customer.len() >= LIMIT as usize {
            return Err(ReadError::TooLarge { path: path.to_owned(), what: "rows", limit: LIMIT });
        }
        let number =
            ids.number(id).ok_or(ReadError::TooLarge { path: path.to_owned(), what: "customers", limit: LIMIT })?;
        out.customer.push(number);
        out.timestamp.push(values.timestamp);
        out.amount.push(values.amount);
        if let (Some(column), Some(place)) = (&mut out.order, places.order) {
            column.push(order_hash(cells[place]));
        }
        if let Some(column) = &mut out.discount {
            column.push(values.discount);
        }
        if let Some(column) = &mut out.margin {
            column.push(values.margin);
        }
        if let Some(column) = &mut out.recorded_at {
            column.push(values.recorded_at);
        }
        book.used += 1;
        Ok(())
    })?;
    let report = book.close(path, spec.max_reject_share)?;
    if !out.amount.iter().any(|amount| *amount >= Money::ZERO) {
        return Err(ReadError::NoPurchases { path: path.to_owned() });
    }
    Ok((out, report))
}

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
    let reading = reading(spec, table);
    let mut out = RawCustomers {
        signup: table_spec.signup_date.as_ref().map(|_| Vec::new()),
        segments: table_spec.segments.iter().map(|(name, _)| (name.clone(), Vec::new())).collect(),
        ..RawCustomers::default()
    };
    let mut book = Book::new("customers", path);
    let mut seen = std::collections::HashSet::new();
    let mut scratch = String::new();
    read_rows(table, &wanted, &mut |line, row| {
        book.rows += 1;
        let cells = match row {
            Row::Cells(cells) => cells,
            Row::Broken(code, reason) => return Ok(book.reject(line, "", (code, reason))),
        };
        let id = match reading.id(cells[0], &mut scratch) {
            Ok(id) => id,
            Err(problem) => return Ok(book.reject(line, &wanted[0].header, problem)),
        };
        let signup = match (&out.signup, cells.get(1)) {
            (None, _) | (_, None | Some(Cell::Empty)) => None,
            (Some(_), Some(cell)) => match reading.date(*cell) {
                Ok(date) => Some(date),
                Err(problem) => return Ok(book.reject(line, &wanted[1].header, problem)),
            },
        };
        let number =
            ids.number(id).ok_or(ReadError::TooLarge { path: path.to_owned(), what: "customers", limit: LIMIT })?;
        if !seen.insert(number) {
            let problem = (RejectCode::DuplicateCustomer, "expected each customer once, found a second row");
            return Ok(book.reject(line, &wanted[0].header, problem));
        }
        out.customer.push(number);
        if let Some(column) = &mut out.signup {
            column.push(signup);
        }
        for ((_, column), cell) in out.segments.iter_mut().zip(&cells[first_segment..]) {
            column.push(text_of(*cell));
        }
        book.used += 1;
        Ok(())
    })?;
    let report = book.close(path, spec.max_reject_share)?;
    Ok((out, report))
}

/// Counts of one table while it is read.
struct Book {
    table: &'static str,
    file: String,
    rows: u64,
    used: u64,
    dropped: u64,
    rejects: Rejects,
}

impl Book {
    fn new(table: &'static str, path: &Path) -> Self {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { table, file, rows: 0, used: 0, dropped: 0, rejects: Rejects::default() }
    }

    fn reject(&mut self, line: u64, column: &str, (code, reason): Problem) {
        self.rejects.add(Reject {
            file: self.file.clone(),
            line,
            column: column.to_owned(),
            code,
            reason: reason.to_owned(),
        });
    }

    fn close(self, path: &Path, allowed: f64) -> Result<TableReport, ReadError> {
        let rejected = self.rejects.total();
        if rejected as f64 > allowed * self.rows as f64 {
            return Err(ReadError::TooManyRejects {
                path: path.to_owned(),
                rejected,
                rows: self.rows,
                allowed: allowed * 100.0,
                examples: self.rejects.examples(),
                hint: self.rejects.hint().to_owned(),
            });
        }
        let Book { table, file, rows, used, dropped, rejects } = self;
        Ok(TableReport { table, file, rows, used, dropped, rejects })
    }
}

fn reading<'a>(spec: &'a ExportSpec, table: &'a TableSpec) -> Reading<'a> {
    Reading { timezone: &spec.timezone, date_format: table.date_format.as_deref(), decimal: table.decimal }
}

fn wanted_of(spec: &TransactionsSpec) -> (Vec<Wanted>, Places) {
    let mut wanted = vec![
        Wanted::new(&spec.customer_id, "customer_id"),
        Wanted::new(&spec.timestamp, "timestamp"),
        Wanted::new(&spec.amount, "amount"),
    ];
    let mut add = |header: Option<&String>, role: &str| {
        header.map(|header| {
            wanted.push(Wanted::new(header, role));
            wanted.len() - 1
        })
    };
    let places = Places {
        order: add(spec.order_id.as_ref(), "order_id"),
        discount: add(spec.discount.as_ref(), "discount"),
        margin: match &spec.margin {
            Some(MarginColumn::Margin(header)) => add(Some(header), "margin"),
            Some(MarginColumn::Cost(header)) => add(Some(header), "cost"),
            None => None,
        },
        recorded_at: add(spec.recorded_at.as_ref(), "recorded_at"),
        currency: add(spec.currency.as_ref(), "currency"),
    };
    (wanted, places)
}

struct ReadRow {
    row: TransactionRow,
    offset: Offset,
    recorded_offset: Offset,
}

impl ReadRow {
    fn offset_of(&self, place: usize) -> Offset {
        if place == 1 { self.offset } else { self.recorded_offset }
    }
}

fn transaction_row(
    reading: &Reading<'_>,
    cells: &[Cell<'_>],
    places: Places,
    is_cost: bool,
) -> Result<ReadRow, (usize, Problem)> {
    let at = |place: usize| move |problem: Problem| (place, problem);
    let (timestamp, offset) = reading.timestamp(cells[1]).map_err(at(1))?;
    let amount = reading.money(cells[2]).map_err(at(2))?;
    let discount = match places.discount {
        // An empty discount is no discount; an empty amount or margin is a hole.
        Some(place) if cells[place] != Cell::Empty => reading.money(cells[place]).map_err(at(place))?,
        _ => Money::ZERO,
    };
    let margin = match places.margin {
        Some(place) => {
            let value = reading.money(cells[place]).map_err(at(place))?;
            if is_cost { amount.minus(value) } else { value }
        }
        None => Money::ZERO,
    };
    let (recorded_at, recorded_offset) = match places.recorded_at {
        Some(place) => reading.timestamp(cells[place]).map_err(at(place))?,
        None => (timestamp, offset),
    };
    Ok(ReadRow { row: TransactionRow { timestamp, amount, discount, margin, recorded_at }, offset, recorded_offset })
}

fn check_offset(
    path: &Path,
    line: u64,
    column: &str,
    seen: &mut Option<Offset>,
    found: Offset,
) -> Result<(), ReadError> {
    if *seen.get_or_insert(found) == found {
        return Ok(());
    }
    Err(ReadError::MixedOffsets { path: path.to_owned(), line, column: column.to_owned() })
}

fn check_currency(path: &Path, line: u64, seen: &mut Option<String>, cell: Cell<'_>) -> Result<(), ReadError> {
    let found = text_of(cell).unwrap_or_default();
    match seen {
        None => *seen = Some(found.into()),
        Some(expected) if **expected == *found => {}
        Some(expected) => {
            return Err(ReadError::MixedCurrencies {
                path: path.to_owned(),
                line,
                expected: expected.clone(),
                found: found.into(),
            });
        }
    }
    Ok(())
}

fn text_of(cell: Cell<'_>) -> Option<Box<str>> {
    match cell {
        Cell::Text(text) => Some(text.trim()).filter(|t| !t.is_empty()).map(Into::into),
        Cell::Integer(value) => Some(value.to_string().into()),
        Cell::Float(value) => Some(value.to_string().into()),
        _ => None,
    }
}

/// FNV-1a, 64 bits, of the order's id. Only rows of the same customer are compared by it, so a collision would need two
/// orders of one customer out of 2^64.
///
/// Source: Fowler, Noll and Vo, offset basis and prime of the 64-bit variant.
fn order_hash(cell: Cell<'_>) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = |bytes: &[u8]| bytes.iter().fold(BASIS, |h, b| (h ^ u64::from(*b)).wrapping_mul(PRIME));
    match cell {
        Cell::Text(text) => hash(text.trim().as_bytes()),
        // The same number must hash alike whether a CSV or a Parquet file brought it.
        Cell::Integer(value) => hash(value.to_string().as_bytes()),
        Cell::Float(value) => hash(value.to_string().as_bytes()),
        _ => BASIS,
    }
}

/// The hash that stands for "no order id".
pub(crate) fn order_hash_of_nothing() -> u64 {
    order_hash(Cell::Empty)
}
