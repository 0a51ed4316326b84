//! The checked purchase rows of all customers in one canonical order, so that nothing computed from them depends on the
//! order of the rows in the export.

use std::ops::Range;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::read::RawTransactions;
use crate::{Money, Tag, Timestamp};

/// Rows sorted by customer, moment, order, and then by every other column. Rows of one order at one moment are one row
/// here; without order ids, rows of one customer at one moment are, purchases and returns apart.
#[derive(Debug)]
pub(crate) struct Purchases {
    /// `offsets[c]..offsets[c + 1]` are the rows of customer `c`.
    offsets: Vec<u32>,
    pub(crate) timestamp: Vec<Timestamp>,
    pub(crate) amount: Vec<Money>,
    pub(crate) discount: Option<Vec<Money>>,
    pub(crate) margin: Option<Vec<Money>>,
    pub(crate) recorded_at: Option<Vec<Timestamp>>,
    /// For each row the row before it of the same order, at an earlier moment; [`NONE`] where there is none.
    pub(crate) previous_of_order: Option<Vec<u32>>,
    /// Rows of the export that repeat another one in everything that was read.
    pub(crate) repeated: u64,
}

/// No row.
const NONE: u32 = u32::MAX;

/// Customers are sorted together in blocks of about this many rows.
const ROWS_OF_A_BLOCK: usize = 1 << 16;

/// Columns are hashed in parts of this many bytes.
const HASHED_TOGETHER: usize = 1 << 16;

impl Purchases {
    /// Brings raw rows into canonical order. `place` maps the customer numbers of the rows to sorted ones.
    pub(crate) fn new(mut raw: RawTransactions, place: &[u32], n_customers: usize) -> Self {
        raw.customer.par_iter_mut().for_each(|customer| *customer = place[*customer as usize]);
        let (offsets, mut order) = counting_sort(&raw.customer, n_customers);
        sort_within_customers(&raw, &offsets, &mut order);
        let groups = group(&raw, &order);
        let repeated = order
            .par_windows(2)
            .filter(|pair| {
                raw.customer[pair[0] as usize] == raw.customer[pair[1] as usize]
                    && key(&raw, pair[0]) == key(&raw, pair[1])
            })
            .count() as u64;
        let sum = |column: &[Money]| {
            groups
                .par_iter()
                .map(|rows| order[rows.clone()].iter().fold(Money::ZERO, |s, row| s.plus(column[*row as usize])))
                .collect::<Vec<Money>>()
        };
        let first = |rows: &Range<usize>| order[rows.start] as usize;

        let discount = raw.discount.take().map(|column| sum(&column));
        let margin = raw.margin.take().map(|column| sum(&column));
        let amount = sum(&std::mem::take(&mut raw.amount));
        let timestamp: Vec<Timestamp> = groups.par_iter().map(|rows| raw.timestamp[first(rows)]).collect();
        let recorded_at = raw.recorded_at.as_ref().map(|c| groups.par_iter().map(|rows| c[first(rows)]).collect());
        let customer: Vec<u32> = groups.par_iter().map(|rows| raw.customer[first(rows)]).collect();
        let orders: Option<Vec<Tag>> =
            raw.order.as_ref().map(|c| groups.par_iter().map(|rows| c[first(rows)]).collect());
        let offsets = offsets_of(&customer, n_customers);
        let previous_of_order = orders.map(|orders| link_orders(&orders, &offsets));
        Self { offsets, timestamp, amount, discount, margin, recorded_at, previous_of_order, repeated }
    }

    /// The rows of a customer.
    pub(crate) fn rows_of(&self, customer: u32) -> Range<usize> {
        let customer = customer as usize;
        self.offsets[customer] as usize..self.offsets[customer + 1] as usize
    }

    /// Whether a row is the first part of its order, among the parts that `counts` lets through; a return begins none.
    pub(crate) fn begins_order(&self, row: usize, counts: impl Fn(usize) -> bool) -> bool {
        self.part_before(row, counts).is_none()
    }

    /// The part of a row's order before it that is no return, among those that `counts` lets through.
    pub(crate) fn part_before(&self, row: usize, counts: impl Fn(usize) -> bool) -> Option<usize> {
        let previous = self.previous_of_order.as_ref()?;
        let mut earlier = previous[row];
        while earlier != NONE {
            let at = earlier as usize;
            if counts(at) && self.amount[at] >= Money::ZERO {
                return Some(at);
            }
            earlier = previous[at];
        }
        None
    }

    pub(crate) fn len(&self) -> usize {
        self.timestamp.len()
    }

    /// Feeds every value, in canonical order, to a hash.
    pub(crate) fn fingerprint(&self, hash: &mut Sha256) {
        let moments = |hash: &mut Sha256, column: &[Timestamp]| feed(hash, column, |t| t.micros().to_le_bytes());
        let money = |hash: &mut Sha256, column: &[Money]| feed(hash, column, |m| m.ten_thousandths().to_le_bytes());
        let numbers = |hash: &mut Sha256, column: &[u32]| feed(hash, column, |n| n.to_le_bytes());
        numbers(hash, &self.offsets);
        moments(hash, &self.timestamp);
        money(hash, &self.amount);
        for (name, column) in [("discount", &self.discount), ("margin", &self.margin)] {
            if let Some(column) = column {
                hash.update(name);
                money(hash, column);
            }
        }
        if let Some(column) = &self.recorded_at {
            hash.update("recorded_at");
            moments(hash, column);
        }
        if let Some(column) = &self.previous_of_order {
            hash.update("orders");
            numbers(hash, column);
        }
    }
}

/// Feeds a column's bytes to a hash, through a buffer that is small whatever the size of the column.
fn feed<T, const N: usize>(hash: &mut Sha256, column: &[T], bytes: impl Fn(&T) -> [u8; N]) {
    let mut buffer = Vec::with_capacity(HASHED_TOGETHER);
    for part in column.chunks(HASHED_TOGETHER / N) {
        buffer.clear();
        buffer.extend(part.iter().flat_map(&bytes));
        hash.update(&buffer);
    }
}

/// Offsets of each customer's rows, and the row numbers grouped by customer.
fn counting_sort(customer: &[u32], n_customers: usize) -> (Vec<u32>, Vec<u32>) {
    let offsets = offsets_of(customer, n_customers);
    let mut next = offsets.clone();
    let mut order = vec![0_u32; customer.len()];
    for (row, customer) in customer.iter().enumerate() {
        let slot = &mut next[*customer as usize];
        order[*slot as usize] = row as u32;
        *slot += 1;
    }
    (offsets, order)
}

fn offsets_of(customer: &[u32], n_customers: usize) -> Vec<u32> {
    let mut offsets = vec![0_u32; n_customers + 1];
    for customer in customer {
        offsets[*customer as usize + 1] += 1;
    }
    for i in 0..n_customers {
        offsets[i + 1] += offsets[i];
    }
    offsets
}

/// Everything a row holds beside its customer.
type Key = (Timestamp, Option<Tag>, Option<Timestamp>, Money, Option<Money>, Option<Money>);

fn key(raw: &RawTransactions, row: u32) -> Key {
    let row = row as usize;
    (
        raw.timestamp[row],
        raw.order.as_ref().map(|c| c[row]),
        raw.recorded_at.as_ref().map(|c| c[row]),
        raw.amount[row],
        raw.discount.as_ref().map(|c| c[row]),
        raw.margin.as_ref().map(|c| c[row]),
    )
}

/// Sorts each customer's rows by everything they hold, so that equal rows are interchangeable and the result does not
/// depend on the order of the file.
fn sort_within_customers(raw: &RawTransactions, offsets: &[u32], order: &mut [u32]) {
    blocks(offsets, order).into_par_iter().for_each(|(block, offsets)| {
        for pair in offsets.windows(2) {
            let rows = &mut block[(pair[0] - offsets[0]) as usize..(pair[1] - offsets[0]) as usize];
            rows.sort_unstable_by_key(|row| key(raw, *row));
        }
    });
}

/// Takes a column apart into blocks of whole customers, each with the offsets of its customers.
fn blocks<'a>(offsets: &'a [u32], column: &'a mut [u32]) -> Vec<(&'a mut [u32], &'a [u32])> {
    let mut blocks = Vec::new();
    let mut rest = column;
    let mut first = 0;
    while first + 1 < offsets.len() {
        let limit = offsets[first] as usize + ROWS_OF_A_BLOCK;
        let mut last = first + 1;
        while last + 1 < offsets.len() && (offsets[last + 1] as usize) <= limit {
            last += 1;
        }
        let (block, after) = rest.split_at_mut((offsets[last] - offsets[first]) as usize);
        blocks.push((block, &offsets[first..=last]));
        rest = after;
        first = last;
    }
    blocks
}

/// Runs of sorted rows that are one purchase (or one return).
fn group(raw: &RawTransactions, order: &[u32]) -> Vec<Range<usize>> {
    let same = |a: u32, b: u32| {
        let (a, b) = (a as usize, b as usize);
        let orders = raw.order.as_ref().map(|c| (c[a], c[b]));
        let same_order = match orders {
            // Within an order a negative row is a correction of it; without an order it is a return of its own.
            Some((x, y)) if x != Tag::EMPTY => x == y,
            Some((x, y)) => x == y && (raw.amount[a] < Money::ZERO) == (raw.amount[b] < Money::ZERO),
            None => (raw.amount[a] < Money::ZERO) == (raw.amount[b] < Money::ZERO),
        };
        raw.customer[a] == raw.customer[b]
            && raw.timestamp[a] == raw.timestamp[b]
            && same_order
            && raw.recorded_at.as_ref().is_none_or(|c| c[a] == c[b])
    };
    let mut groups: Vec<Range<usize>> = Vec::with_capacity(order.len());
    for at in 0..order.len() {
        match groups.last_mut() {
            Some(last) if same(order[last.start], order[at]) => last.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// For each row, the row before it of the same order. Takes time by the rows of each customer alone, so that one account
/// with half a million orders does not slow down all others.
fn link_orders(orders: &[Tag], offsets: &[u32]) -> Vec<u32> {
    let mut previous = vec![NONE; orders.len()];
    blocks(offsets, &mut previous).into_par_iter().for_each(|(block, offsets)| {
        let mut parts: Vec<(Tag, u32)> = Vec::new();
        for pair in offsets.windows(2) {
            parts.clear();
            parts.extend((pair[0]..pair[1]).map(|row| (orders[row as usize], row)).filter(|part| part.0 != Tag::EMPTY));
            parts.sort_unstable();
            for two in parts.windows(2) {
                if two[0].0 == two[1].0 {
                    block[(two[1].1 - offsets[0]) as usize] = two[0].1;
                }
            }
        }
    });
    previous
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn parts_of_an_order_are_linked_within_a_customer_only() {
        // Customers of many sizes, one larger than a block; every third row has no order.
        let sizes = [0, 1, 5, 0, ROWS_OF_A_BLOCK + 7, 300, 2, 0, ROWS_OF_A_BLOCK - 1, 40];
        let mut offsets = vec![0_u32];
        for size in sizes {
            offsets.push(offsets[offsets.len() - 1] + size as u32);
        }
        let rows = u64::from(offsets[sizes.len()]);
        let order =
            |row: u64| if row.is_multiple_of(3) { Tag::EMPTY } else { Tag::of(&(row * row % 1_009).to_string()) };
        let orders: Vec<Tag> = (0..rows).map(order).collect();
        let mut expected = vec![NONE; orders.len()];
        for pair in offsets.windows(2) {
            let mut latest = HashMap::new();
            for row in (pair[0]..pair[1]).filter(|row| row % 3 != 0) {
                if let Some(before) = latest.insert(orders[row as usize], row) {
                    expected[row as usize] = before;
                }
            }
        }
        assert!(expected.iter().filter(|row| **row != NONE).count() > 50_000);
        assert_eq!(link_orders(&orders, &offsets), expected);
    }

    #[test]
    fn a_column_is_hashed_as_one_text_whatever_its_length() {
        for len in [0, 1, HASHED_TOGETHER / 8 - 1, HASHED_TOGETHER / 8, 3 * HASHED_TOGETHER / 8 + 5] {
            let column: Vec<i64> = (0..len as i64).map(|i| i * 7_919 - 5).collect();
            let mut whole = Sha256::new();
            whole.update(column.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
            let mut parts = Sha256::new();
            feed(&mut parts, &column, |value| value.to_le_bytes());
            assert_eq!(parts.finalize(), whole.finalize(), "{len}");
        }
    }
}
