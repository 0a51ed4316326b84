//! A part of a feature table: some customers at some as-of dates.

use history::{Block, Date, History};

use super::aggregate::{At, Scratch};
use super::evaluate::{RowKey, Rows};
use super::items::Items;
use super::plan::Plan;
use super::stream::Stream;

/// Rows of a feature table, by customer, then as-of date.
#[derive(Debug)]
pub(crate) struct Part {
    /// Customer, and place of the as-of date, of each row.
    pub(crate) rows: Vec<(u32, u32)>,
    /// One column per feature.
    pub(crate) columns: Vec<Vec<f64>>,
}

/// What is used again from customer to customer.
struct Work<'p> {
    plan: &'p Plan,
    items: Items,
    streams: Vec<Stream>,
    ranges: Vec<(usize, usize)>,
    scratch: Scratch,
    keys: Vec<RowKey>,
    slots: Vec<Vec<f64>>,
}

/// Computes the features of customers at the as-of dates of `histories`, for the pairs of date (by its place) and
/// customer that `keep` lets through; it is told the moment of the customer's last purchase before the date, in
/// microseconds. `spanning` sees all that any of the histories sees.
pub(crate) fn compute(
    plan: &Plan,
    histories: &[History<'_>],
    spanning: &History<'_>,
    block: &Block<'_>,
    customers: &[u32],
    keep: &dyn Fn(usize, u32, Option<i64>) -> bool,
) -> Part {
    let unknown: Vec<Vec<bool>> = histories.iter().map(|history| plan.unknown(history)).collect();
    let mut work = Work {
        plan,
        items: Items::default(),
        streams: plan.streams.iter().map(|_| Stream::default()).collect(),
        ranges: Vec::with_capacity(plan.ranges.len()),
        scratch: Scratch::default(),
        keys: Vec::new(),
        slots: vec![Vec::new(); plan.tasks.len()],
    };
    for customer in customers {
        work.items.gather(spanning, block, *customer, plan.sources);
        // Rows in the order in which they happened, none of which was recorded late, changed, or is part of an order that
        // grew: then what was known at a date is a stretch of what is known at the last.
        let is_settled = plan.is_settled() && spanning.is_known_when_it_happens();
        let is_stretch = histories.len() == 1 || (work.items.orders_are_whole && is_settled);
        if is_stretch {
            work.fill();
        }
        for (date, history) in histories.iter().enumerate() {
            if !is_stretch {
                work.items.gather(history, block, *customer, plan.sources);
                work.fill();
            }
            let as_of = history.as_of().start().micros();
            let bought = work.items.purchases.partition_point(|item| item.micros < as_of);
            let last = bought.checked_sub(1).map(|at| work.items.purchases[at].micros);
            let last = last.filter(|micros| *micros >= visible_from(history));
            if keep(date, *customer, last) {
                work.add(date, history, *customer, &unknown[date]);
            }
        }
    }
    let rows = Rows { keys: &work.keys, histories, slots: &work.slots };
    Part {
        rows: work.keys.iter().map(|key| (key.customer, key.date)).collect(),
        columns: plan.programs.iter().map(|program| program.values(&rows)).collect(),
    }
}

impl Work<'_> {
    fn fill(&mut self) {
        for (stream, plan) in self.streams.iter_mut().zip(&self.plan.streams) {
            stream.fill(plan, &self.items);
        }
    }

    fn add(&mut self, date: usize, history: &History<'_>, customer: u32, unknown: &[bool]) {
        let as_of = history.as_of();
        let end = as_of.start().micros();
        let from = visible_from(history);
        self.ranges.clear();
        for (stream, window) in &self.plan.ranges {
            let (first, last) = window.micros();
            let start = first.map_or(from, |micros| (end - micros).max(from));
            self.ranges.push(self.streams[*stream].range(start, end - last));
        }
        let in_sight = |day: &Date| *day >= history.first_visible_day();
        let signup = history.signup(customer).filter(in_sight).map(|day| day.start().micros());
        let at = At { as_of, from, streams: &self.streams, signup };
        for (((range, task), unknown), values) in self.plan.tasks.iter().zip(unknown).zip(&mut self.slots) {
            let (stream, _) = self.plan.ranges[*range];
            let value = if *unknown {
                f64::NAN
            } else {
                task.value(&self.streams[stream], self.ranges[*range], at, &mut self.scratch)
            };
            values.push(value);
        }
        self.keys.push(RowKey { customer, date: date as u32 });
    }
}

/// The first moment that can be seen, in microseconds.
fn visible_from(history: &History<'_>) -> i64 {
    history.looks_back_to().map_or(i64::MIN, |day| day.start().micros())
}
