//! What can be seen of one customer at an as-of date, by filtering raw rows.

use std::collections::BTreeMap;

use history::Returns;

use crate::common::company::{Company, Event, Sale};
use crate::common::random::DAY;

/// The moment of an as-of date and the first one that the look-back reaches.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    pub as_of: i64,
    pub from: i64,
}

/// Rows of one order at one moment, or of one moment; exact numbers as they stand in the rows.
#[derive(Debug, Clone)]
pub struct Bill {
    pub at: i64,
    pub cents: i64,
    pub discount: i64,
    pub margin: i64,
    pub quantity: i64,
    pub channel: String,
    order: String,
}

/// One customer at one as-of date.
#[derive(Debug)]
pub struct Seen<'a> {
    pub company: &'a Company,
    pub sight: Sight,
    /// Midnight of the first day that can be seen.
    pub first_day: i64,
    /// Bills that are no returns, and those that are.
    pub sales: Vec<Bill>,
    pub returned: Vec<Bill>,
    /// Orders with all their parts.
    pub bought: Vec<Bill>,
    pub lines: Vec<&'a Sale>,
    pub events: Vec<&'a Event>,
    pub signup: Option<i64>,
    pub contract_end: Option<i64>,
}

impl<'a> Seen<'a> {
    pub fn new(company: &'a Company, customer: &str, sight: Sight) -> Self {
        let columns = company.columns;
        let known = |sale: &&Sale| sale.at < sight.as_of && (!columns.sales_recorded || sale.recorded < sight.as_of);
        let counts = |sale: &&Sale| columns.returns != Returns::Drop || sale.cents >= 0;
        let all: Vec<&Sale> = company.sales.iter().filter(known).filter(counts).collect();
        let first = all.iter().filter(|sale| sale.cents >= 0).map(|sale| sale.at).min().unwrap_or(sight.as_of);
        let own = |sale: &&&Sale| sale.customer == customer && sale.at >= sight.from;
        let lines: Vec<&Sale> = all.iter().filter(own).copied().collect();
        let bills = bills(&lines, company);
        let sales: Vec<Bill> = bills.iter().filter(|bill| bill.cents >= 0).cloned().collect();
        let mut events: Vec<&Event> = company.events.iter().filter(|event| is_known(company, event, sight)).collect();
        events.retain(|event| event.customer == customer && event.at >= sight.from);
        events.sort_by_key(|event| event.at);
        let person = company.people.iter().find(|person| columns.people && person.customer == customer);
        let day = |day: i32| i64::from(day) * DAY;
        Self {
            company,
            sight,
            first_day: (first.div_euclid(DAY) * DAY).max(sight.from),
            bought: orders(&sales),
            sales,
            returned: bills.into_iter().filter(|bill| bill.cents < 0).collect(),
            lines: lines.into_iter().filter(|line| line.cents >= 0).collect(),
            events,
            signup: person.and_then(|person| person.signup).map(day).filter(|signup| *signup < sight.as_of),
            contract_end: person.and_then(|person| person.contract_end).map(day),
        }
    }

    /// Whether anybody's event of these kinds (of any, where none is named) was known, however long ago.
    pub fn is_recorded(&self, kinds: &[&str]) -> bool {
        let of = |event: &&Event| kinds.is_empty() || kinds.contains(&event.kind.as_str());
        self.company.events.iter().filter(of).any(|event| is_known(self.company, event, self.sight))
    }

    /// When an event was resolved, as far as was known.
    pub fn resolved(&self, event: &Event) -> Option<i64> {
        event.resolved.filter(|at| self.company.columns.resolved && *at < self.sight.as_of)
    }
}

/// Things with a moment.
pub trait Moment {
    fn at(&self) -> i64;
}

impl Moment for Bill {
    fn at(&self) -> i64 {
        self.at
    }
}

impl Moment for &Sale {
    fn at(&self) -> i64 {
        self.at
    }
}

impl Moment for &Event {
    fn at(&self) -> i64 {
        self.at
    }
}

fn is_known(company: &Company, event: &Event, sight: Sight) -> bool {
    let columns = company.columns;
    columns.events && event.at < sight.as_of && (!columns.events_recorded || event.recorded < sight.as_of)
}

/// The value at the newest moment, or the oldest: of several at it the largest, or the smallest.
pub fn at_the_edge(values: impl Iterator<Item = (i64, f64)>, newest: bool) -> f64 {
    let mut sorted: Vec<(i64, f64)> = values.collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let found = if newest { sorted.last() } else { sorted.first() };
    found.map_or(f64::NAN, |(_, value)| *value)
}

/// Rows of one order and moment together; rows of one moment without an order together, sales and returns apart. What was
/// recorded at another moment is apart.
fn bills(lines: &[&Sale], company: &Company) -> Vec<Bill> {
    let columns = company.columns;
    let mut found: BTreeMap<(i64, &str, bool, i64), Bill> = BTreeMap::new();
    for line in lines {
        let order = if columns.orders { line.order.as_str() } else { "" };
        let recorded = if columns.sales_recorded { line.recorded } else { 0 };
        let key = (line.at, order, order.is_empty() && line.cents < 0, recorded);
        let bill = found.entry(key).or_insert_with(|| Bill {
            at: line.at,
            cents: 0,
            discount: 0,
            margin: 0,
            quantity: 0,
            channel: line.channel.clone(),
            order: order.to_owned(),
        });
        bill.cents += line.cents;
        bill.discount += if columns.discounts { line.discount } else { 0 };
        bill.margin += if columns.margins { line.margin } else { line.cents };
        bill.quantity += line.quantity;
    }
    found.into_values().collect()
}

/// Bills of one order put together at the moment of the first.
fn orders(sales: &[Bill]) -> Vec<Bill> {
    let mut bought: Vec<Bill> = Vec::new();
    for sale in sales {
        match bought.iter_mut().find(|order| !sale.order.is_empty() && order.order == sale.order) {
            Some(order) => {
                order.cents += sale.cents;
                order.discount += sale.discount;
                order.margin += sale.margin;
                order.quantity += sale.quantity;
            }
            None => bought.push(sale.clone()),
        }
    }
    bought
}

/// Days in a span of microseconds.
pub fn days(micros: i64) -> f64 {
    micros as f64 / DAY as f64
}
