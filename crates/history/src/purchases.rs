//! The checked purchase rows of all customers in one canonical order, so that nothing computed from them depends on the
//! order of the rows in the export.

use std::ops::Range;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::read::{RawTransactions, order_hash_of_nothing};
use crate::{Money, Timestamp};

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
}

/// No row.
pub(crate) const NONE: u32 = u32::MAX;

/// Customers are sorted together in blocks of about this many rows.
const ROWS_OF_A_BLOCK: usize = 1 << 16;

impl Purchases {
    /// Brings raw rows into canonical order. `place` maps the customer numbers of the rows to sorted ones.
    pub(crate) fn new(mut raw: RawTransactions, place: &[u32], n_customers: usize) -> Self {
        raw.customer.par_iter_mut().for_each(|customer| *customer = place[*customer as usize]);
        let (offsets, mut order) = counting_sort(&raw.customer, n_customers);
        sort_within_customers(&raw, &offsets, &mut order);
        let groups = group(&raw, &order);
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
        let orders: Option<Vec<u64>> =
            raw.order.as_ref().map(|c| groups.par_iter().map(|rows| c[first(rows)]).collect());
        let offsets = offsets_of(&customer, n_customers);
        let previous_of_order = orders.map(|orders| link_orders(&orders, &offsets));
        Self { offsets, timestamp, amount, discount, margin, recorded_at, previous_of_order }
    }

    /// The rows of a customer.
    pub(crate) fn rows_of(&self, customer: u32) -> Range<usize> {
        let customer = customer as usize;
        self.offsets[customer] as usize..self.offsets[customer + 1] as usize
    }

    pub(crate) fn len(&self) -> usize {
        self.timestamp.len()
    }

    /// Feeds every value, in canonical order, to a hash.
    pub(crate) fn fingerprint(&self, hash: &mut Sha256) {
        let moments = |column: &[Timestamp]| column.iter().flat_map(|t| t.micros().to_le_bytes()).collect::<Vec<u8>>();
        let money =
            |column: &[Money]| column.iter().flat_map(|m| m.ten_thousandths().to_le_bytes()).collect::<Vec<u8>>();
        let numbers = |column: &[u32]| column.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        hash.update(numbers(&self.offsets));
        hash.update(moments(&self.timestamp));
        hash.update(money(&self.amount));
        for (name, column) in [("discount", &self.discount), ("margin", &self.margin)] {
            if let Some(column) = column {
                hash.update(name);
                hash.update(money(column));
            }
        }
        if let Some(column) = &self.recorded_at {
            hash.update("recorded_at");
            hash.update(moments(column));
        }
        if let Some(column) = &self.previous_of_order {
            hash.update("orders");
            hash.update(numbers(column));
        }
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

/// Sorts each customer's rows by everything they hold, so that equal rows are interchangeable and the result does not
/// depend on the order of the file.
fn sort_within_customers(raw: &RawTransactions, offsets: &[u32], order: &mut [u32]) {
    let key = |row: u32| {
        let row = row as usize;
        (
            raw.timestamp[row],
            raw.order.as_ref().map(|c| c[row]),
            raw.recorded_at.as_ref().map(|c| c[row]),
            raw.amount[row],
            raw.discount.as_ref().map(|c| c[row]),
            raw.margin.as_ref().map(|c| c[row]),
        )
    };
    let mut blocks: Vec<(&mut [u32], &[u32])> = Vec::new();
    let mut rest = order;
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
    blocks.into_par_iter().for_each(|(block, offsets)| {
        for pair in offsets.windows(2) {
            let rows = &mut block[(pair[0] - offsets[0]) as usize..(pair[1] - offsets[0]) as usize];
            rows.sort_unstable_by_key(|row| key(*row));
        }
    });
}

/// Runs of sorted rows that are one purchase (or one return).
fn group(raw: &RawTransactions, order: &[u32]) -> Vec<Range<usize>> {
    let same = |a: u32, b: u32| {
        let (a, b) = (a as usize, b as usize);
        let orders = raw.order.as_ref().map(|c| (c[a], c[b]));
        let same_order = match orders {
            // Within an order a negative row is a correction of it; without an order it is a return of its own.
            Some((x, y)) if x != order_hash_of_nothing() => x == y,
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

/// For each row, the row before it of the same order.
fn link_orders(orders: &[u64], offsets: &[u32]) -> Vec<u32> {
    let mut previous = vec![NONE; orders.len()];
    let mut latest = std::collections::HashMap::new();
    for pair in offsets.windows(2) {
        latest.clear();
        for row in pair[0]..pair[1] {
            let order = orders[row as usize];
            if order != order_hash_of_nothing()
                && let Some(before) = latest.insert(order, row)
            {
                previous[row as usize] = before;
            }
        }
    }
    previous
}
