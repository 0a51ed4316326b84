//! The rows of one customer as the kernel sees them: purchases put together from their parts, and everything else as it
//! stands.

use history::{Block, EventKind, EventRow, History, LineRow, PurchaseRow, Returns, Tag};

/// One row of any source: exact numbers are ten-thousandths and microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) micros: i64,
    pub(super) amount: i64,
    pub(super) discount: i64,
    pub(super) margin: i64,
    pub(super) quantity: i64,
    /// Microseconds since the purchase before; [`NO_MOMENT`] for the first.
    pub(super) gap: i64,
    pub(super) value: f64,
    /// [`NO_MOMENT`] for what is not resolved.
    pub(super) resolved: i64,
    /// Tags; [`NO_LABEL`] where there is none.
    pub(super) product: u64,
    pub(super) category: u64,
    pub(super) channel: u64,
    pub(super) kind: Option<EventKind>,
}

/// No moment, and no distance of moments. (Options of numbers take twice the room, and rows are copied often.)
pub(super) const NO_MOMENT: i64 = i64::MAX;
/// No text.
pub(super) const NO_LABEL: u64 = Tag::EMPTY.get();

const NOTHING: Item = Item {
    micros: 0,
    amount: 0,
    discount: 0,
    margin: 0,
    quantity: 0,
    gap: NO_MOMENT,
    value: f64::NAN,
    resolved: NO_MOMENT,
    product: NO_LABEL,
    category: NO_LABEL,
    channel: NO_LABEL,
    kind: None,
};

/// Which sources are needed beside the purchases.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sources {
    pub(super) lines: bool,
    pub(super) events: bool,
    pub(super) offers: bool,
}

/// The rows of one customer; used again for the next.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// Orders, or rows without one.
    pub(super) purchases: Vec<Item>,
    /// Sales and returns as they stand.
    pub(super) transactions: Vec<Item>,
    pub(super) nets_returns: bool,
    pub(super) lines: Vec<Item>,
    pub(super) events: Vec<Item>,
    /// Moments at which the customer was contacted with an offer.
    pub(super) offers: Vec<Item>,
    /// For each row of the customer, up to the last that is a sale, the place of its purchase; 0 for all other rows.
    purchase_of: Vec<u32>,
    /// Every order is one row: what is known of it does not change from one as-of date to the next.
    pub(super) orders_are_whole: bool,
}

impl Items {
    /// Takes the rows of a customer that can be seen.
    pub(super) fn gather(&mut self, history: &History<'_>, block: &Block<'_>, customer: u32, sources: Sources) {
        self.purchases.clear();
        self.transactions.clear();
        self.lines.clear();
        self.events.clear();
        self.offers.clear();
        self.purchase_of.clear();
        self.orders_are_whole = true;
        self.nets_returns = history.returns() == Returns::Net;
        let has_orders = history.has_orders();
        for row in history.rows(block, customer) {
            let item = of_purchase(&row);
            self.transactions.push(item);
            if row.is_return() {
                continue;
            }
            // Other orders may have come between the parts of one.
            let place = match row.continues.map(|part| self.purchase_of[part as usize]) {
                Some(place) => {
                    self.orders_are_whole = false;
                    let order = &mut self.purchases[place as usize];
                    order.amount += item.amount;
                    order.discount += item.discount;
                    order.margin += item.margin;
                    order.quantity += item.quantity;
                    place
                }
                None => {
                    let gap = self.purchases.last().map_or(NO_MOMENT, |last| item.micros - last.micros);
                    self.purchases.push(Item { gap, ..item });
                    (self.purchases.len() - 1) as u32
                }
            };
            if has_orders {
                self.purchase_of.resize(row.place as usize, 0);
                self.purchase_of.push(place);
            }
        }
        if sources.lines {
            let lines = history.lines(block, customer).map(|row| of_line(&row));
            self.lines.extend(lines.filter(|item| item.amount >= 0));
        }
        if sources.events {
            self.events.extend(history.events(block, customer).map(|row| of_event(&row)));
        }
        if sources.offers {
            let made = history.offers_made(customer).into_iter();
            self.offers.extend(made.map(|moment| Item { micros: moment.micros(), ..NOTHING }));
        }
    }
}

fn of_purchase(row: &PurchaseRow) -> Item {
    Item {
        micros: row.timestamp.micros(),
        amount: row.amount.ten_thousandths(),
        discount: row.discount.ten_thousandths(),
        margin: row.margin.ten_thousandths(),
        quantity: row.quantity.ten_thousandths(),
        channel: row.channel.map_or(NO_LABEL, Tag::get),
        ..NOTHING
    }
}

fn of_line(row: &LineRow) -> Item {
    Item {
        micros: row.timestamp.micros(),
        amount: row.amount.ten_thousandths(),
        quantity: row.quantity.ten_thousandths(),
        product: row.product.map_or(NO_LABEL, Tag::get),
        category: row.category.map_or(NO_LABEL, Tag::get),
        ..NOTHING
    }
}

fn of_event(row: &EventRow) -> Item {
    Item {
        micros: row.timestamp.micros(),
        value: row.value,
        resolved: row.resolved_at.map_or(NO_MOMENT, |moment| moment.micros()),
        channel: row.channel.map_or(NO_LABEL, Tag::get),
        kind: Some(row.kind),
        ..NOTHING
    }
}
