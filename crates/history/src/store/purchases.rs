//! What the rows of a range of customers were: purchases and returns.
//!
//! Rows of one order at one moment are one purchase; without order ids, rows of one customer at one moment are, purchases
//! and returns apart.

use std::ops::Range;

use super::columns::{Columns, TIMESTAMP};
use super::range::RangeRows;
use crate::tag::Tag;
use crate::{Money, Quantity, Timestamp};

/// Purchases of a range of customers, sorted by customer, moment, order, and then by every other column.
#[derive(Debug, Default)]
pub(crate) struct Purchases {
    /// `starts[c]..starts[c + 1]` are the purchases of the c-th customer of the range.
    starts: Vec<u32>,
    /// Rows of [`Columns::purchase_width`] words.
    words: Vec<i64>,
    /// The rows that the purchases were made of, where those say more.
    lines: Option<RangeRows>,
}

/// No row.
const NONE: i64 = -1;

impl Purchases {
    /// Puts rows together to purchases, in the memory that they are in.
    pub(crate) fn of(rows: RangeRows, columns: &Columns) -> Self {
        let lines = columns.has_lines().then(|| rows.clone());
        let RangeRows { mut starts, mut words } = rows;
        let (width, kept) = (columns.width, columns.purchase_width);
        let nothing = Tag::EMPTY.to_word();
        let mut end = 0;
        let mut start = 0;
        for end_of_customer in starts.iter_mut().skip(1) {
            let first = end;
            let rows = start as usize..*end_of_customer as usize;
            start = *end_of_customer;
            for row in rows {
                let from = row * width;
                if end > first && is_same(&words[(end - 1) * kept..], &words[from..], columns, nothing) {
                    for sum in [Some(columns.amount), columns.discount, columns.margin, columns.quantity] {
                        let Some(word) = sum else { continue };
                        let to = (end - 1) * kept + word;
                        words[to] = words[to].saturating_add(words[from + word]);
                    }
                } else {
                    if from != end * kept {
                        words.copy_within(from..from + kept, end * kept);
                    }
                    end += 1;
                }
            }
            *end_of_customer = end as u32;
        }
        words.truncate(end * kept);
        if words.len() < words.capacity() / 8 * 7 {
            words.shrink_to_fit();
        }
        let mut purchases = Self { starts, words, lines };
        if let Some(order) = columns.order {
            purchases.link_orders(order, kept, nothing);
        }
        purchases
    }

    /// The purchases of the c-th customer of the range.
    pub(crate) fn of_customer<'a>(&'a self, customer: usize, columns: &'a Columns) -> View<'a> {
        let rows = self.starts[customer] as usize..self.starts[customer + 1] as usize;
        View { words: &self.words, columns, width: columns.purchase_width, rows }
    }

    /// The rows of the export that are the c-th customer's; none where only purchases are kept.
    pub(crate) fn lines_of<'a>(&'a self, customer: usize, columns: &'a Columns) -> View<'a> {
        let Some(lines) = &self.lines else { return View::empty(columns) };
        let rows = lines.starts[customer] as usize..lines.starts[customer + 1] as usize;
        View { words: &lines.words, columns, width: columns.width, rows }
    }

    /// All purchases of the range.
    pub(crate) fn all<'a>(&'a self, columns: &'a Columns) -> View<'a> {
        let rows = 0..self.starts.last().map_or(0, |end| *end as usize);
        View { words: &self.words, columns, width: columns.purchase_width, rows }
    }

    /// Puts the number of the row before it of the same order in the place of each row's order. Takes time by the rows of
    /// each customer alone, so that one account with half a million orders does not slow down all others.
    fn link_orders(&mut self, order: usize, width: usize, nothing: i64) {
        let mut parts: Vec<(i64, u32)> = Vec::new();
        for pair in self.starts.windows(2) {
            parts.clear();
            for row in pair[0]..pair[1] {
                let word = &mut self.words[row as usize * width + order];
                if *word != nothing {
                    parts.push((*word, row));
                }
                *word = NONE;
            }
            parts.sort_unstable();
            for two in parts.windows(2) {
                if two[0].0 == two[1].0 {
                    self.words[two[1].1 as usize * width + order] = i64::from(two[0].1);
                }
            }
        }
    }
}

/// Whether a row belongs to the purchase before it, of the same customer. The purchase still has its order; of its amount
/// only the sign counts, and without an order a purchase is a sum of rows of one sign.
fn is_same(purchase: &[i64], row: &[i64], columns: &Columns, nothing: i64) -> bool {
    if purchase[TIMESTAMP] != row[TIMESTAMP] {
        return false;
    }
    let same = |word: Option<usize>| word.is_none_or(|word| purchase[word] == row[word]);
    // Within an order a negative row is a correction of it; without an order it is a return of its own.
    let in_order = columns.order.is_some_and(|order| row[order] != nothing);
    let signs = in_order || (purchase[columns.amount] < 0) == (row[columns.amount] < 0);
    same(columns.order) && same(columns.recorded_at) && signs
}

/// Rows of one customer.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    words: &'a [i64],
    columns: &'a Columns,
    width: usize,
    pub(crate) rows: Range<usize>,
}

impl<'a> View<'a> {
    pub(crate) fn empty(columns: &'a Columns) -> Self {
        View { words: &[], columns, width: columns.width, rows: 0..0 }
    }

    fn word(&self, row: usize, word: usize) -> i64 {
        self.words[row * self.width + word]
    }

    fn optional(&self, row: usize, word: Option<usize>) -> Option<i64> {
        word.map(|word| self.word(row, word))
    }

    pub(crate) fn timestamp(&self, row: usize) -> Timestamp {
        Timestamp::from_micros(self.word(row, TIMESTAMP))
    }

    pub(crate) fn amount(&self, row: usize) -> Money {
        Money::from_ten_thousandths(self.word(row, self.columns.amount))
    }

    /// The discount, if there is such a column.
    pub(crate) fn discount(&self, row: usize) -> Option<Money> {
        self.optional(row, self.columns.discount).map(Money::from_ten_thousandths)
    }

    /// The margin, if there is such a column.
    pub(crate) fn margin(&self, row: usize) -> Option<Money> {
        self.optional(row, self.columns.margin).map(Money::from_ten_thousandths)
    }

    /// The moment of recording, if there is such a column.
    pub(crate) fn recorded_at(&self, row: usize) -> Option<Timestamp> {
        self.optional(row, self.columns.recorded_at).map(Timestamp::from_micros)
    }

    /// The quantity; zero where there is no such column.
    pub(crate) fn quantity(&self, row: usize) -> Quantity {
        self.optional(row, self.columns.quantity).map_or(Quantity::ZERO, Quantity::from_ten_thousandths)
    }

    pub(crate) fn channel(&self, row: usize) -> Option<Tag> {
        self.optional(row, self.columns.channel).and_then(Tag::from_word)
    }

    /// The product of a row of the export.
    pub(crate) fn product(&self, row: usize) -> Option<Tag> {
        self.optional(row, self.columns.product).and_then(Tag::from_word)
    }

    /// The category of a row of the export.
    pub(crate) fn category(&self, row: usize) -> Option<Tag> {
        self.optional(row, self.columns.category).and_then(Tag::from_word)
    }

    /// The rows of `[from, before)`; `from` is open where it is nothing.
    pub(crate) fn between(&self, from: Option<Timestamp>, before: Timestamp) -> Range<usize> {
        let end = self.first_from(before);
        let start = from.map_or(self.rows.start, |from| self.first_from(from));
        start.min(end)..end
    }

    /// The first row at or after a moment.
    fn first_from(&self, moment: Timestamp) -> usize {
        let (mut low, mut high) = (self.rows.start, self.rows.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.timestamp(middle) < moment {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Whether a purchase is the first part of its order, among the parts that `counts` lets through; a return begins
    /// none.
    pub(crate) fn begins_order(&self, row: usize, counts: impl Fn(usize) -> bool) -> bool {
        self.part_before(row, counts).is_none()
    }

    /// The part of a purchase's order before it that is no return, among those that `counts` lets through.
    pub(crate) fn part_before(&self, row: usize, counts: impl Fn(usize) -> bool) -> Option<usize> {
        let order = self.columns.order?;
        let mut earlier = self.word(row, order);
        while earlier != NONE {
            let at = earlier as usize;
            if counts(at) && self.amount(at) >= Money::ZERO {
                return Some(at);
            }
            earlier = self.word(at, order);
        }
        None
    }
}
