//! What the rows of the transactions say once the columns are known: which have no customer, which are negative, and how
//! that goes together with the ids of orders.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::Money;
use crate::calendar::Date;
use crate::cell::{Cell, Reading};
use crate::error::ReadError;
use crate::options::ReadOptions;
use crate::product::price_times_quantity;
use crate::source::{Row, Wanted, read_rows};
use crate::spec::{AmountColumn, TransactionsSpec};

/// Rows of the transactions, taken together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PurchaseLook {
    /// All rows that can be taken apart.
    pub rows: u64,
    /// Rows whose customer id is empty.
    pub without_customer: u64,
    /// Rows whose timestamp cannot be read; the first of them has no text.
    pub bad_timestamp: Unread,
    /// Rows whose amount cannot be read.
    pub bad_amount: Unread,
    /// Rows with a negative amount.
    pub negative: u64,
    /// Rows whose amount is zero.
    pub zero: u64,
    /// Rows whose order id is digits alone.
    pub plain_orders: u64,
    /// Rows whose order id is one letter and digits behind it, by that letter.
    pub lettered_orders: BTreeMap<char, OrderLetter>,
    /// Days of the first and the last row.
    pub days: Option<(Date, Date)>,
}

/// Rows with something that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unread {
    /// How many.
    pub rows: u64,
    /// Line of the first.
    pub first_line: Option<u64>,
}

/// Rows of orders whose ids begin with one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderLetter {
    /// All of them.
    pub rows: u64,
    /// Those with a negative amount.
    pub negative: u64,
}

impl Unread {
    fn take(&mut self, line: u64) {
        self.rows += 1;
        self.first_line.get_or_insert(line);
    }
}

/// Looks at the rows of one file of the transactions.
///
/// # Errors
/// It cannot be read, or lacks a column; see [`ReadError`].
pub fn look_at_purchases(spec: &TransactionsSpec, timezone: &TimeZone) -> Result<PurchaseLook, ReadError> {
    let table = &spec.table;
    let reading = Reading::of(table, timezone);
    let (amount, times) = match &spec.amount {
        AmountColumn::Amount(header) => (header, None),
        AmountColumn::Product { unit_price, quantity } => (unit_price, Some(quantity)),
    };
    let mut wanted = vec![
        Wanted::new(&spec.customer_id, "customer_id"),
        Wanted::new(&spec.timestamp, "timestamp"),
        Wanted::new(amount, "amount"),
    ];
    let mut add = |header: Option<&String>, role: &str| {
        header.map(|header| {
            wanted.push(Wanted::new(header, role));
            wanted.len() - 1
        })
    };
    let (times, order) = (add(times, "quantity"), add(spec.order_id.as_ref(), "order_id"));
    let mut look = PurchaseLook::default();
    read_rows(table, &wanted, &|_| false, ReadOptions::default().chunk(), &mut |at, row| {
        let line = at.line;
        // A row of which one cell cannot be read is rejected as a whole.
        let Row::Cells(cells) = row else { return Ok(()) };
        look.rows += 1;
        if super::column::is_blank(cells[0]) {
            look.without_customer += 1;
        }
        match reading.date(cells[1]) {
            Ok(day) => {
                look.days = Some(look.days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
            }
            Err(_) => look.bad_timestamp.take(line),
        }
        let amount = match times {
            None => reading.money(cells[2]).ok(),
            Some(times) => price_times_quantity(&reading, cells[2], cells[times]).ok(),
        };
        match amount {
            Some(amount) => {
                look.negative += u64::from(amount < Money::ZERO);
                look.zero += u64::from(amount == Money::ZERO);
            }
            None => look.bad_amount.take(line),
        }
        if let Some(order) = order {
            look.take_order(cells[order], amount.is_some_and(|amount| amount < Money::ZERO));
        }
        Ok(())
    })?;
    Ok(look)
}

impl PurchaseLook {
    /// Adds what was seen in another file.
    pub fn append(&mut self, other: &PurchaseLook) {
        self.rows += other.rows;
        self.without_customer += other.without_customer;
        for (all, more) in [(&mut self.bad_timestamp, &other.bad_timestamp), (&mut self.bad_amount, &other.bad_amount)]
        {
            all.rows += more.rows;
            all.first_line = all.first_line.or(more.first_line);
        }
        self.negative += other.negative;
        self.zero += other.zero;
        self.plain_orders += other.plain_orders;
        for (letter, more) in &other.lettered_orders {
            let all = self.lettered_orders.entry(*letter).or_default();
            all.rows += more.rows;
            all.negative += more.negative;
        }
        self.days = match (self.days, other.days) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (days, None) | (None, days) => days,
        };
    }

    fn take_order(&mut self, cell: Cell<'_>, negative: bool) {
        let text = match cell {
            Cell::Text(text) => text.trim(),
            Cell::Integer(_) | Cell::Number(_) => {
                self.plain_orders += 1;
                return;
            }
            _ => return,
        };
        let mut rest = text.chars();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match rest.next() {
            Some(first) if first.is_ascii_digit() => self.plain_orders += u64::from(digits(text)),
            Some(letter) if letter.is_alphabetic() && digits(rest.as_str()) => {
                // An export has a few such letters; a column of codes, which is none of orders, may have many.
                let known = self.lettered_orders.len();
                if known < 64 || self.lettered_orders.contains_key(&letter) {
                    let look = self.lettered_orders.entry(letter).or_default();
                    look.rows += 1;
                    look.negative += u64::from(negative);
                }
            }
            _ => {}
        }
    }
}
