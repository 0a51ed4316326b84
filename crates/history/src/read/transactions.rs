//! The transactions table.

use std::path::Path;

use super::{Book, Interner, LIMIT, TableReport, reading, text_of};
use crate::cell::{Cell, Offset, Problem, Reading};
use crate::error::ReadError;
use crate::source::{Wanted, read_rows};
use crate::spec::{ExportSpec, MarginColumn, Returns, TransactionsSpec};
use crate::{Money, Tag, Timestamp};

/// The transactions table as it was read, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct RawTransactions {
    pub(crate) customer: Vec<u32>,
    pub(crate) timestamp: Vec<Timestamp>,
    pub(crate) amount: Vec<Money>,
    /// The order's id, only compared within a customer; present if the column is mapped.
    pub(crate) order: Option<Vec<Tag>>,
    pub(crate) discount: Option<Vec<Money>>,
    pub(crate) margin: Option<Vec<Money>>,
    pub(crate) recorded_at: Option<Vec<Timestamp>>,
}

/// Places of the columns that may be absent, among the wanted ones.
#[derive(Debug, Clone, Copy)]
struct Places {
    order: Option<usize>,
    discount: Option<usize>,
    margin: Option<usize>,
    /// The margin's column holds the cost.
    margin_is_cost: bool,
    recorded_at: Option<usize>,
    currency: Option<usize>,
}

/// Places of the columns that are always there.
const ID: usize = 0;
const TIMESTAMP: usize = 1;
const AMOUNT: usize = 2;

struct Values<'a> {
    id: &'a str,
    timestamp: (Timestamp, Offset),
    amount: Money,
    order: Option<Tag>,
    discount: Option<Money>,
    margin: Option<Money>,
    recorded_at: Option<(Timestamp, Offset)>,
    currency: Option<Box<str>>,
}

impl Values<'_> {
    /// The sizes of all amounts of money in the row, signs apart, in ten-thousandths.
    fn sizes(&self) -> u128 {
        let size = |money: Money| u128::from(money.ten_thousandths().unsigned_abs());
        size(self.amount) + self.discount.map_or(0, size) + self.margin.map_or(0, size)
    }
}

/// Reads the purchases. Customers get the numbers that `ids` gives them.
pub(crate) fn transactions(spec: &ExportSpec, ids: &mut Interner) -> Result<(RawTransactions, TableReport), ReadError> {
    let table = &spec.transactions.table;
    let path = table.path.as_path();
    let (wanted, places) = wanted_of(&spec.transactions);
    let reading = reading(spec, table);
    let mut out = RawTransactions {
        order: places.order.map(|_| Vec::new()),
        discount: places.discount.map(|_| Vec::new()),
        margin: places.margin.map(|_| Vec::new()),
        recorded_at: places.recorded_at.map(|_| Vec::new()),
        ..RawTransactions::default()
    };
    let mut book = Book::new("transactions", path);
    let mut uniform =
        Uniform { currency: spec.transactions.expected_currency.as_deref().map(Into::into), ..Uniform::default() };
    let mut scratch = String::new();

    let mut total = 0_u128;

    let is_row = |cells: &[Cell<'_>]| parse(&reading, cells, places, &mut String::new()).is_ok();
    let multiline = read_rows(table, &wanted, &is_row, &mut |line, row| {
        let parsed = book.take(line, row, &wanted, |cells| parse(&reading, cells, places, &mut scratch));
        let Some(values) = parsed else { return Ok(()) };
        uniform.check(path, line, &wanted, places, &values)?;
        if spec.transactions.returns == Returns::Drop && values.amount < Money::ZERO {
            book.dropped += 1;
            return Ok(());
        }
        if out.customer.len() >= LIMIT as usize {
            return Err(ReadError::TooLarge { path: path.to_owned(), what: "rows", limit: LIMIT });
        }
        total += values.sizes();
        if total > u128::from(Money::MOST_TOGETHER.ten_thousandths().unsigned_abs()) {
            return Err(ReadError::SumTooLarge { path: path.to_owned(), line, limit: Money::MOST_TOGETHER });
        }
        let number = ids.number(values.id);
        let number = number.ok_or(ReadError::TooLarge { path: path.to_owned(), what: "customers", limit: LIMIT })?;
        out.push(number, &values);
        book.used += 1;
        Ok(())
    })?;
    let report = book.close(path, spec.max_reject_share, multiline)?;
    if report.rejects.total() == report.rows {
        let (examples, hint) = (report.rejects.examples(), report.rejects.hint().to_owned());
        return Err(ReadError::AllRejected { path: path.to_owned(), rows: report.rows, examples, hint });
    }
    if !out.amount.iter().any(|amount| *amount >= Money::ZERO) {
        return Err(ReadError::NoPurchases { path: path.to_owned() });
    }
    Ok((out, report))
}

impl RawTransactions {
    fn push(&mut self, customer: u32, values: &Values<'_>) {
        fn push<T>(column: &mut Option<Vec<T>>, value: Option<T>) {
            if let (Some(column), Some(value)) = (column, value) {
                column.push(value);
            }
        }
        self.customer.push(customer);
        self.timestamp.push(values.timestamp.0);
        self.amount.push(values.amount);
        push(&mut self.order, values.order);
        push(&mut self.discount, values.discount);
        push(&mut self.margin, values.margin);
        push(&mut self.recorded_at, values.recorded_at.map(|(moment, _)| moment));
    }
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
        margin_is_cost: matches!(spec.margin, Some(MarginColumn::Cost(_))),
        recorded_at: add(spec.recorded_at.as_ref(), "recorded_at"),
        currency: add(spec.currency.as_ref(), "currency"),
    };
    (wanted, places)
}

/// Reads the cells of a row; an error names the column by its place.
fn parse<'a>(
    reading: &Reading<'_>,
    cells: &'a [Cell<'a>],
    places: Places,
    scratch: &'a mut String,
) -> Result<Values<'a>, (usize, Problem)> {
    let at = |place: usize| move |problem: Problem| (place, problem);
    let amount = reading.money(cells[AMOUNT]).map_err(at(AMOUNT))?;
    let discount = match places.discount {
        // An empty discount is no discount; an empty amount or margin is a hole.
        Some(place) if cells[place] == Cell::Empty => Some(Money::ZERO),
        Some(place) => Some(reading.money(cells[place]).map_err(at(place))?),
        None => None,
    };
    let margin = match places.margin {
        Some(place) => {
            let value = reading.money(cells[place]).map_err(at(place))?;
            Some(if places.margin_is_cost { amount.minus(value) } else { value })
        }
        None => None,
    };
    let recorded_at = match places.recorded_at {
        Some(place) => Some(reading.timestamp(cells[place]).map_err(at(place))?),
        None => None,
    };
    Ok(Values {
        id: reading.id(cells[ID], scratch).map_err(at(ID))?,
        timestamp: reading.timestamp(cells[TIMESTAMP]).map_err(at(TIMESTAMP))?,
        amount,
        order: places.order.map(|place| Tag::of_cell(cells[place])),
        discount,
        margin,
        recorded_at,
        currency: places.currency.map(|place| text_of(cells[place]).unwrap_or_default()),
    })
}

/// What must be the same in every row.
#[derive(Default)]
struct Uniform {
    timestamp_offset: Option<Offset>,
    recorded_offset: Option<Offset>,
    currency: Option<Box<str>>,
}

impl Uniform {
    fn check(
        &mut self,
        path: &Path,
        line: u64,
        wanted: &[Wanted],
        places: Places,
        values: &Values<'_>,
    ) -> Result<(), ReadError> {
        let recorded = places.recorded_at.zip(values.recorded_at);
        let offsets = [
            (&mut self.timestamp_offset, Some((TIMESTAMP, values.timestamp.1))),
            (&mut self.recorded_offset, recorded.map(|(place, (_, offset))| (place, offset))),
        ];
        for (seen, found) in offsets {
            let Some((place, found)) = found else { continue };
            if *seen.get_or_insert(found) != found {
                let column = wanted[place].header.clone();
                return Err(ReadError::MixedOffsets { path: path.to_owned(), line, column });
            }
        }
        let Some(found) = &values.currency else { return Ok(()) };
        let expected = self.currency.get_or_insert_with(|| found.clone());
        if expected == found {
            return Ok(());
        }
        let (expected, found) = (expected.to_string(), found.to_string());
        Err(ReadError::MixedCurrencies { path: path.to_owned(), line, expected, found })
    }
}
