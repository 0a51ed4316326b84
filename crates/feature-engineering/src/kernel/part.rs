//! A part of a feature table: some customers at some as-of dates.

use history::{Block, Date, History, PurchaseRow, Timestamp};

use super::aggregate::{At, Scratch};
use super::evaluate::{RowKey, Rows};
use super::items::Items;
use super::plan::Plan;
use super::stream::Stream;
use crate::snapshot::{Eligibility, Standings, State};

/// Rows of a feature table, by customer, then as-of date.
#[derive(Debug)]
pub(crate) struct Part {
    /// Customer, and place of the as-of date, of each row.
    pub(crate) rows: Vec<(u32, u32)>,
    /// One column per feature.
    pub(crate) columns: Vec<Vec<f64>>,
    /// Where the customers stand at each as-of date; counted only where eligible ones are asked for.
    pub(crate) standings: Vec<Standings>,
}

/// Whose features are computed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    Everybody,
    /// At each date those who are eligible then.
    Eligible(Eligibility),
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

/// Computes the features of customers at the as-of dates of `histories`. `spanning` sees all that any of the histories
/// sees.
pub(crate) fn compute(
    plan: &Plan,
    histories: &[History<'_>],
    spanning: &History<'_>,
    block: &Block<'_>,
    customers: &[u32],
    who: Who,
) -> Part {
    let dates: Vec<AsOf> = histories.iter().map(|history| AsOf::new(history, plan)).collect();
    let mut work = Work {
        plan,
        items: Items::default(),
        streams: plan.streams.iter().map(|_| Stream::default()).collect(),
        ranges: Vec::with_capacity(plan.ranges.len()),
        scratch: Scratch::default(),
        keys: Vec::new(),
        slots: vec![Vec::new(); plan.tasks.len()],
    };
    let mut standings = vec![Standings::default(); histories.len()];
    for customer in customers {
        if let Who::Eligible(eligibility) = who
            && is_long_gone(eligibility, histories, spanning, block, *customer)
        {
            for (standings, history) in standings.iter_mut().zip(histories) {
                standings.count(eligibility.state(history, block, *customer));
            }
            continue;
        }
        work.items.gather(spanning, block, *customer, plan.sources);
        // Rows in the order in which they happened, none of which was recorded late, changed, or is part of an order that
        // grew: then what was known at a date is a stretch of what is known at the last.
        let is_settled = plan.is_settled() && spanning.is_known_when_it_happens();
        let is_stretch = histories.len() == 1 || (work.items.orders_are_whole && is_settled);
        let mut filled = false;
        for (place, (date, history)) in dates.iter().zip(histories).enumerate() {
            if !is_stretch {
                work.items.gather(history, block, *customer, plan.sources);
            }
            let wanted = match who {
                Who::Everybody => true,
                Who::Eligible(eligibility) => {
                    let last = date.last_purchase(&work.items).map(Timestamp::from_micros);
                    let state = eligibility.state_after(last, history, block, *customer);
                    standings[place].count(state);
                    state == Some(State::Eligible)
                }
            };
            if wanted {
                if !(filled && is_stretch) {
                    work.fill();
                    filled = true;
                }
                let signup = history.signup(*customer).filter(|day| *day >= date.first_day);
                work.add(date, signup.map(|day| day.start().micros()));
                work.keys.push(RowKey { customer: *customer, date: place as u32 });
            }
        }
    }
    let rows = Rows { keys: &work.keys, histories, dates: &dates, slots: &work.slots };
    Part {
        rows: work.keys.iter().map(|key| (key.customer, key.date)).collect(),
        columns: plan.programs.iter().map(|program| program.values(&rows)).collect(),
        standings,
    }
}

/// Whether a customer's last purchase lies so far back that no as-of date, the first one included, finds an eligible
/// customer: then the rows need not be looked at.
fn is_long_gone(
    eligibility: Eligibility,
    histories: &[History<'_>],
    spanning: &History<'_>,
    block: &Block<'_>,
    customer: u32,
) -> bool {
    let last = spanning.rows(block, customer).rfind(PurchaseRow::is_purchase);
    let first = histories.iter().map(|history| history.as_of()).min();
    last.is_none_or(|row| first.is_none_or(|as_of| !eligibility.is_recent(as_of, row.timestamp)))
}

/// An as-of date, and what can be seen at it.
#[derive(Debug)]
pub(super) struct AsOf {
    pub(super) date: Date,
    /// Its midnight, in microseconds.
    end: i64,
    /// The first moment that the look-back reaches.
    from: i64,
    /// The first day of which anything is known.
    pub(super) first_day: Date,
    /// For each task whether nothing of its kind had been recorded.
    unknown: Vec<bool>,
}

impl AsOf {
    fn new(history: &History<'_>, plan: &Plan) -> Self {
        Self {
            date: history.as_of(),
            end: history.as_of().start().micros(),
            from: history.looks_back_to().map_or(i64::MIN, |day| day.start().micros()),
            first_day: history.first_visible_day(),
            unknown: plan.unknown(history),
        }
    }

    /// Days from the first day that can be seen to the as-of date.
    pub(super) fn visible_days(&self) -> i32 {
        self.date.days_since(self.first_day)
    }

    /// The moment of the last visible purchase.
    fn last_purchase(&self, items: &Items) -> Option<i64> {
        let bought = items.purchases.partition_point(|item| item.micros < self.end);
        let last = bought.checked_sub(1).map(|at| items.purchases[at].micros);
        last.filter(|micros| *micros >= self.from)
    }
}

impl Work<'_> {
    fn fill(&mut self) {
        for (stream, plan) in self.streams.iter_mut().zip(&self.plan.streams) {
            stream.fill(plan, &self.items);
        }
    }

    fn add(&mut self, date: &AsOf, signup: Option<i64>) {
        self.ranges.clear();
        for (stream, window) in &self.plan.ranges {
            let (first, last) = window.micros();
            let start = first.map_or(date.from, |micros| (date.end - micros).max(date.from));
            self.ranges.push(self.streams[*stream].range(start, date.end - last));
        }
        let at = At { as_of: date.date, from: date.from, streams: &self.streams, signup };
        for (((range, task), unknown), values) in self.plan.tasks.iter().zip(&date.unknown).zip(&mut self.slots) {
            let (stream, _) = self.plan.ranges[*range];
            let value = if *unknown {
                f64::NAN
            } else {
                {
                    let rows = &self.streams[stream];
                    let items = rows.items(&self.plan.streams[stream], &self.items);
                    task.value((rows, items), self.ranges[*range], at, &mut self.scratch)
                }
            };
            values.push(value);
        }
    }
}
