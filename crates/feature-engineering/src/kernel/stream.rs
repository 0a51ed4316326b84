//! A stream: the rows of one customer that some measures look at, column by column, oldest first.

use history::{EventKind, History, MICROS_PER_DAY, Tag, Timestamp};

use super::items::{Item, Items, NO_LABEL, NO_MOMENT};
use crate::measure::{Column, Condition, Label, Rows};

/// Which rows make a stream, and what is needed of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StreamPlan {
    rows: Rows,
    filter: Vec<Condition>,
    kinds: Vec<EventKind>,
    tests: Vec<Test>,
    pub(super) needs_items: bool,
    /// Columns whose running sums are needed; exact ones only.
    pub(super) sums: Vec<Column>,
}

/// A condition, ready to be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Test {
    Weekend,
    Is(Label, u64, bool),
    AtLeast(Column, f64),
    Below(Column, f64),
}

impl StreamPlan {
    pub(super) fn new(rows: &Rows, filter: &[Condition]) -> Self {
        let kinds = match rows {
            Rows::Events(kinds) => kinds.iter().map(|kind| EventKind::of(kind)).collect(),
            _ => Vec::new(),
        };
        let tests = filter.iter().map(|condition| match condition {
            Condition::Weekend => Test::Weekend,
            Condition::Is(label, text) => Test::Is(*label, label_of_text(*label, text), true),
            Condition::IsNot(label, text) => Test::Is(*label, label_of_text(*label, text), false),
            Condition::AtLeast(column, number) => Test::AtLeast(*column, *number),
            Condition::Below(column, number) => Test::Below(*column, *number),
        });
        let tests = tests.collect();
        Self { rows: rows.clone(), filter: filter.to_vec(), kinds, tests, needs_items: false, sums: Vec::new() }
    }

    pub(super) fn is_of(&self, rows: &Rows, filter: &[Condition]) -> bool {
        self.rows == *rows && self.filter == filter
    }

    /// Whether nothing of the kind had been recorded before the as-of date: then that nothing is there says nothing.
    pub(super) fn is_unknown(&self, history: &History<'_>) -> bool {
        matches!(self.rows, Rows::Events(_)) && !history.has_event_of(&self.kinds)
    }

    /// Whether no condition asks for what changes as time goes by: a resolution that is still to come, a gap that a look-back
    /// hides.
    pub(super) fn is_settled(&self) -> bool {
        let changes = |column: Column| matches!(column, Column::Gap | Column::DaysToResolve);
        !self.tests.iter().any(|test| matches!(test, Test::AtLeast(c, _) | Test::Below(c, _) if changes(*c)))
    }

    fn takes_all(&self) -> bool {
        self.kinds.is_empty() && self.tests.is_empty()
    }

    /// Whether the stream is all of the customer's purchases, lines or events, so that they need not be kept again.
    fn is_whole(&self) -> bool {
        self.takes_all() && matches!(self.rows, Rows::Purchases | Rows::Lines | Rows::Events(_))
    }

    fn takes(&self, item: &Item) -> bool {
        (self.kinds.is_empty() || item.kind.is_some_and(|kind| self.kinds.contains(&kind)))
            && self.tests.iter().all(|test| match *test {
                Test::Weekend => Timestamp::from_micros(item.micros).date().is_weekend(),
                Test::Is(label, value, wanted) => item.label(label).is_some_and(|found| (found == value) == wanted),
                Test::AtLeast(column, number) => item.number(column) >= number,
                Test::Below(column, number) => item.number(column) < number,
            })
    }
}

/// The value that a label's text stands for. The days of the week are `monday` to `sunday`.
fn label_of_text(label: Label, text: &str) -> u64 {
    const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    match label {
        Label::Weekday => {
            let text = text.trim().to_lowercase();
            WEEKDAYS.iter().position(|day| *day == text).map_or(u64::MAX, |day| day as u64)
        }
        Label::Day => {
            text.trim().parse::<history::Date>().map_or(u64::MAX, |day| u64::from(day.days().cast_unsigned()))
        }
        Label::Type => EventKind::of(text.trim()).tag().get(),
        Label::Product | Label::Category | Label::Channel => Tag::of(text).get(),
    }
}

impl Item {
    /// The value of a label, where the row has it.
    pub(super) fn label(&self, label: Label) -> Option<u64> {
        let day = || Timestamp::from_micros(self.micros).date().days();
        match label {
            Label::Product => Some(self.product).filter(|label| *label != NO_LABEL),
            Label::Category => Some(self.category).filter(|label| *label != NO_LABEL),
            Label::Channel => Some(self.channel).filter(|label| *label != NO_LABEL),
            Label::Type => self.kind.map(|kind| kind.tag().get()),
            Label::Day => Some(u64::from(day().cast_unsigned())),
            // 1970-01-01 was a Thursday: Monday is 0.
            Label::Weekday => Some((day() + 3).rem_euclid(7).cast_unsigned().into()),
        }
    }

    /// The number in a column; NaN where the row has none.
    pub(super) fn number(&self, column: Column) -> f64 {
        match column {
            Column::Value => self.value,
            Column::Gap if self.gap == NO_MOMENT => f64::NAN,
            Column::Gap => days(self.gap),
            Column::DaysToResolve if self.resolved == NO_MOMENT => f64::NAN,
            Column::DaysToResolve => days(self.resolved - self.micros),
            Column::Amount => units(self.amount),
            Column::Discount => units(self.discount),
            Column::Margin => units(self.margin),
            Column::Quantity => units(self.quantity),
        }
    }

    /// The same as a whole number of ten-thousandths, for columns that are exact.
    fn exact(&self, column: Column) -> i64 {
        match column {
            Column::Amount => self.amount,
            Column::Discount => self.discount,
            Column::Margin => self.margin,
            Column::Quantity => self.quantity,
            Column::Gap | Column::Value | Column::DaysToResolve => 0,
        }
    }
}

/// Whether sums of a column are sums of whole ten-thousandths.
pub(super) fn is_exact(column: Column) -> bool {
    matches!(column, Column::Amount | Column::Discount | Column::Margin | Column::Quantity)
}

pub(super) fn units(ten_thousandths: i64) -> f64 {
    ten_thousandths as f64 / 10_000.0
}

pub(super) fn days(micros: i64) -> f64 {
    micros as f64 / MICROS_PER_DAY as f64
}

/// The rows of a stream for one customer; used again for the next.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) micros: Vec<i64>,
    pub(super) items: Vec<Item>,
    /// Running sums of the columns of [`StreamPlan::sums`]: `sums[column][n]` is that of the first n rows.
    pub(super) sums: Vec<Vec<i64>>,
}

impl Stream {
    pub(super) fn fill(&mut self, plan: &StreamPlan, items: &Items) {
        self.micros.clear();
        self.items.clear();
        self.sums.resize_with(plan.sums.len(), Vec::new);
        for sums in &mut self.sums {
            sums.clear();
            sums.push(0);
        }
        let transactions = &items.transactions;
        match plan.rows {
            Rows::Purchases => self.extend(plan, items.purchases.iter()),
            Rows::Lines => self.extend(plan, items.lines.iter()),
            Rows::Events(_) => self.extend(plan, items.events.iter()),
            Rows::Offers => self.extend(plan, items.offers.iter()),
            Rows::Spending if items.nets_returns => self.extend(plan, transactions.iter()),
            Rows::Sales | Rows::Spending => self.extend(plan, transactions.iter().filter(|item| item.amount >= 0)),
            Rows::Returns => {
                let returns = transactions.iter().filter(|item| item.amount < 0);
                let positive: Vec<Item> = returns.map(|item| Item { amount: -item.amount, ..*item }).collect();
                self.extend(plan, positive.iter());
            }
        }
    }

    fn extend<'i>(&mut self, plan: &StreamPlan, items: impl Iterator<Item = &'i Item>) {
        let keeps_items = plan.needs_items && !plan.is_whole();
        let everything = plan.takes_all();
        for item in items.filter(|item| everything || plan.takes(item)) {
            self.micros.push(item.micros);
            if keeps_items {
                self.items.push(*item);
            }
            for (sums, column) in self.sums.iter_mut().zip(&plan.sums) {
                let last = sums.last().copied().unwrap_or(0);
                sums.push(last + item.exact(*column));
            }
        }
    }

    /// The rows of the stream: its own, or those that it has all of.
    pub(super) fn items<'s>(&'s self, plan: &StreamPlan, items: &'s Items) -> &'s [Item] {
        match plan.rows {
            _ if !plan.is_whole() => &self.items,
            Rows::Purchases => &items.purchases,
            Rows::Lines => &items.lines,
            _ => &items.events,
        }
    }

    /// The rows from `from` (included) to `to` (excluded), in microseconds.
    pub(super) fn range(&self, from: i64, to: i64) -> (usize, usize) {
        let end = self.micros.partition_point(|micros| *micros < to);
        (self.micros[..end].partition_point(|micros| *micros < from), end)
    }
}
