//! A row of the transactions: its columns, and what its cells say.

use std::borrow::Cow;

use super::text_in;
use crate::cell::{Cell, Offset, Problem, Reading};
use crate::product::{Unfit, price_times_quantity};
use crate::source::Wanted;
use crate::spec::{AmountColumn, MarginColumn, TransactionsSpec};
use crate::tag::Tag;
use crate::{Money, Quantity, Timestamp};

/// Places of the columns that may be absent, among the wanted ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'s> {
    /// Of the quantity by which the amount's column is multiplied, which holds the unit price then.
    pub(super) times: Option<usize>,
    /// What ids of cancelled orders begin with.
    pub(super) cancelled_prefix: Option<&'s str>,
    pub(super) order: Option<usize>,
    pub(super) discount: Option<usize>,
    pub(super) margin: Option<usize>,
    /// The margin's column holds the cost.
    pub(super) margin_is_cost: bool,
    pub(super) quantity: Option<usize>,
    pub(super) product: Option<usize>,
    pub(super) category: Option<usize>,
    pub(super) channel: Option<usize>,
    pub(super) recorded_at: Option<usize>,
    pub(super) currency: Option<usize>,
    /// Ids are changed before they are compared.
    pub(super) changes_ids: bool,
}

impl Places<'_> {
    /// Whether a column's cells say by themselves what goes into the rows.
    pub(super) fn are_plain(&self) -> bool {
        self.times.is_none() && self.cancelled_prefix.is_none() && !self.changes_ids
    }
}

/// Places of the columns that are always there.
pub(super) const ID: usize = 0;
pub(super) const TIMESTAMP: usize = 1;
pub(super) const AMOUNT: usize = 2;

/// The cells of a row, understood.
pub(super) struct Values<'a> {
    pub(super) id: &'a str,
    pub(super) timestamp: (Timestamp, Offset),
    pub(super) amount: Money,
    pub(super) order: Option<Tag>,
    pub(super) discount: Option<Money>,
    pub(super) margin: Option<Money>,
    pub(super) quantity: Option<Quantity>,
    pub(super) product: Option<Tag>,
    pub(super) category: Option<Tag>,
    /// With the cell that it is the tag of.
    pub(super) channel: Option<(Tag, Cell<'a>)>,
    pub(super) recorded_at: Option<(Timestamp, Offset)>,
    pub(super) currency: Option<Cow<'a, str>>,
    /// The row is of a cancelled order; what it turns back is negative.
    pub(super) cancelled: bool,
}

impl Values<'_> {
    /// Makes a return of what stands there as a purchase.
    fn turn_back(&mut self) {
        self.amount = Money::ZERO.minus(self.amount);
        self.margin = self.margin.map(|margin| Money::ZERO.minus(margin));
        self.quantity = self.quantity.map(|pieces| Quantity::from_ten_thousandths(-pieces.ten_thousandths()));
    }

    /// The sizes of all amounts of money in the row, signs apart, in ten-thousandths.
    pub(super) fn money(&self) -> u128 {
        let size = |money: Money| u128::from(money.ten_thousandths().unsigned_abs());
        size(self.amount) + self.discount.map_or(0, size) + self.margin.map_or(0, size)
    }

    /// The size of the quantity, in ten-thousandths.
    pub(super) fn quantity(&self) -> u128 {
        self.quantity.map_or(0, |quantity| u128::from(quantity.ten_thousandths().unsigned_abs()))
    }
}

/// The columns that are looked for, and where each of them is among the cells of a row.
pub(super) fn wanted_of(spec: &TransactionsSpec) -> (Vec<Wanted>, Places<'_>) {
    let (amount, times) = match &spec.amount {
        AmountColumn::Amount(header) => (Wanted::new(header, "amount"), None),
        AmountColumn::Product { unit_price, quantity } => (Wanted::new(unit_price, "unit_price"), Some(quantity)),
    };
    let mut wanted =
        vec![Wanted::new(&spec.customer_id, "customer_id"), Wanted::new(&spec.timestamp, "timestamp"), amount];
    let mut add = |header: Option<&String>, role: &str| {
        header.map(|header| {
            wanted.push(Wanted::new(header, role));
            wanted.len() - 1
        })
    };
    let places = Places {
        times: add(times, "quantity"),
        cancelled_prefix: spec.rules.cancelled_prefix.as_deref(),
        order: add(spec.order_id.as_ref(), "order_id"),
        discount: add(spec.discount.as_ref(), "discount"),
        margin: match &spec.margin {
            Some(MarginColumn::Margin(header)) => add(Some(header), "margin"),
            Some(MarginColumn::Cost(header)) => add(Some(header), "cost"),
            None => None,
        },
        margin_is_cost: matches!(spec.margin, Some(MarginColumn::Cost(_))),
        quantity: add(spec.quantity.as_ref(), "quantity"),
        product: add(spec.product.as_ref(), "product"),
        category: add(spec.category.as_ref(), "category"),
        channel: add(spec.channel.as_ref(), "channel"),
        recorded_at: add(spec.recorded_at.as_ref(), "recorded_at"),
        currency: add(spec.currency.as_ref(), "currency"),
        changes_ids: !spec.table.ids.is_none(),
    };
    (wanted, places)
}

/// Reads the cells of a row; an error names the column by its place.
pub(super) fn parse<'a>(
    reading: &Reading<'_>,
    cells: &'a [Cell<'a>],
    places: Places<'_>,
    scratch: &'a mut String,
) -> Result<Values<'a>, (usize, Problem)> {
    let at = |place: usize| move |problem: Problem| (place, problem);
    let amount = match places.times {
        None => reading.money(cells[AMOUNT]).map_err(at(AMOUNT))?,
        Some(quantity) => {
            price_times_quantity(reading, cells[AMOUNT], cells[quantity]).map_err(|unfit| match unfit {
                Unfit::Price(problem) => (AMOUNT, problem),
                Unfit::Quantity(problem) => (quantity, problem),
            })?
        }
    };
    let discount = match places.discount {
        // An empty discount is no discount; an empty amount, margin or quantity is a hole.
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
    let quantity = match places.quantity {
        Some(place) => Some(reading.quantity(cells[place]).map_err(at(place))?),
        None => None,
    };
    let recorded_at = match places.recorded_at {
        Some(place) => Some(reading.timestamp(cells[place]).map_err(at(place))?),
        None => None,
    };
    let tag = |place: Option<usize>| place.map(|place| Tag::of_cell(cells[place]));
    let mut values = Values {
        id: reading.id(cells[ID], scratch).map_err(at(ID))?,
        timestamp: reading.timestamp(cells[TIMESTAMP]).map_err(at(TIMESTAMP))?,
        amount,
        order: tag(places.order),
        discount,
        margin,
        quantity,
        product: tag(places.product),
        category: tag(places.category),
        channel: places.channel.map(|place| (Tag::of_cell(cells[place]), cells[place])),
        recorded_at,
        currency: places.currency.map(|place| text_in(cells[place]).unwrap_or_default()),
        cancelled: is_cancelled(cells, places),
    };
    if values.cancelled && values.amount > Money::ZERO {
        values.turn_back();
    }
    Ok(values)
}

/// Whether the row's order is one that was cancelled.
fn is_cancelled(cells: &[Cell<'_>], places: Places<'_>) -> bool {
    let (Some(prefix), Some(place)) = (places.cancelled_prefix, places.order) else { return false };
    text_in(cells[place]).is_some_and(|text| text.starts_with(prefix))
}
