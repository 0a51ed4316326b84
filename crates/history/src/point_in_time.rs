//! The time rule as two types. A [`History`] shows only rows from before an as-of date; an [`Outcome`] answers only what
//! happened in a label window after it. Neither can be turned into the other, and nothing else shows rows.
//!
//! There is no way to ask an [`Outcome`] when a purchase happened, so a feature such as recency cannot be computed from
//! the label window:
//!
//! ```compile_fail,E0599
//! fn recency(outcome: &history::Outcome<'_>, block: &history::Block<'_>) -> f64 {
//!     outcome.rows(block, 0).last().map_or(f64::NAN, |row| row.timestamp.days_since(outcome.window().0.start()))
//! }
//! ```
//!
//! while the same question to a [`History`] is answered:
//!
//! ```
//! fn recency(history: &history::History<'_>, block: &history::Block<'_>) -> f64 {
//!     history.rows(block, 0).last().map_or(f64::NAN, |row| history.as_of().start().days_since(row.timestamp))
//! }
//! ```

use std::ops::Range;

use rayon::prelude::*;

use crate::departures::Departures;
use crate::error::ReadError;
use crate::events::Events;
use crate::export::{Buyers, Export};
use crate::rows::{LineRow, PurchaseRow};
use crate::spec::Returns;
use crate::store::{StoreBlock, View};
use crate::tag::Tag;
use crate::{Date, Days, Money};

/// What was known at the midnight that begins the as-of date: rows with `timestamp < as_of` and, where the export says
/// when a row was recorded, `recorded_at < as_of`.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    pub(crate) export: &'a Export,
    pub(crate) as_of: Date,
    /// First day that can be seen, where the look-back is limited.
    pub(crate) from: Option<Date>,
}

/// The rows of some customers, in memory. It shows nothing by itself: only a [`History`] and an [`Outcome`] can look into
/// it, so that one reading serves many as-of dates.
#[derive(Debug)]
pub struct Block<'a> {
    rows: StoreBlock<'a>,
    buyers: &'a Buyers,
    pub(crate) events: Option<&'a Events>,
    pub(crate) departures: Option<&'a Departures>,
}

impl Block<'_> {
    /// The purchases of a customer; none of one who has no transactions.
    fn purchases(&self, customer: u32) -> View<'_> {
        self.buyers.number_of(customer).map_or_else(|| self.rows.nothing(), |buyer| self.rows.purchases(buyer))
    }

    /// The rows of the export that are a customer's.
    fn lines(&self, customer: u32) -> View<'_> {
        self.buyers.number_of(customer).map_or_else(|| self.rows.nothing(), |buyer| self.rows.lines(buyer))
    }
}

/// The window in which a label is observed: `[as_of + lead, as_of + lead + horizon)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelWindow {
    /// Days between the as-of date and the window.
    pub lead: u16,
    /// Length of the window.
    pub horizon: Days,
}

impl LabelWindow {
    /// First day of the window, and the first day after it.
    #[must_use]
    pub fn after(self, as_of: Date) -> (Date, Date) {
        let start = as_of.plus_days(i32::from(self.lead));
        (start, start.plus_days(self.horizon.get()))
    }

    /// Days from the as-of date to the end of the window.
    #[must_use]
    pub fn reach(self) -> i32 {
        i32::from(self.lead) + self.horizon.get()
    }
}

/// A label window that is not over yet: what has not happened in it, or is not recorded yet, may still turn up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the label window of as-of date {as_of} ends on {end}, but the export is complete only through {complete_through}{}; the latest as-of date with a label is {latest}",
    of_recording(*recording_lag_days)
)]
pub struct Immature {
    /// The as-of date.
    pub as_of: Date,
    /// First day after the window.
    pub end: Date,
    /// First day that is not complete.
    pub complete_through: Date,
    /// Days after which 99 in 100 purchases are recorded; 0 where the export does not say when rows were recorded.
    pub recording_lag_days: i32,
    /// The latest as-of date whose window is over, and recorded.
    pub latest: Date,
}

/// Why a window that has passed may have no label, as a part of a sentence.
fn of_recording(lag_days: i32) -> String {
    if lag_days > 0 {
        format!(", and it takes {lag_days} days until 99 % of the purchases are recorded")
    } else {
        String::new()
    }
}

/// What happened in the label window after an as-of date.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    pub(crate) export: &'a Export,
    as_of: Date,
    window: (Date, Date),
}

impl Export {
    /// What was known at an as-of date.
    #[must_use]
    pub fn history(&self, as_of: Date) -> History<'_> {
        History { export: self, as_of, from: None }
    }

    /// Brings the rows of some customers into memory.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn block(&self, customers: Range<u32>) -> Result<Block<'_>, ReadError> {
        let known = self.ids.len() as u32;
        let (first, end) = (customers.start.min(known), customers.end.min(known));
        let rows = self.store.block(self.buyers.before(first)..self.buyers.before(end))?;
        Ok(Block { rows, buyers: &self.buyers, events: self.events.as_ref(), departures: self.departures.as_ref() })
    }

    /// A history that sees everything that any of some histories sees; the one of the export's first day where there are
    /// none.
    #[must_use]
    pub fn spanning<'a>(&'a self, histories: &[History<'_>]) -> History<'a> {
        let as_of = histories.iter().map(|history| history.as_of).max().unwrap_or(self.first_day);
        let unlimited = histories.iter().any(|history| history.from.is_none());
        let from = histories.iter().filter_map(|history| history.from).min().filter(|_| !unlimited);
        History { export: self, as_of, from }
    }

    /// What happened in the label window after an as-of date.
    ///
    /// # Errors
    /// The window reaches past [`Export::labels_through`].
    pub fn outcome(&self, as_of: Date, window: LabelWindow) -> Result<Outcome<'_>, Immature> {
        let (start, end) = window.after(as_of);
        if end > self.labels_through() {
            return Err(Immature {
                as_of,
                end,
                complete_through: self.complete_through,
                recording_lag_days: self.recording_lag_days().unwrap_or(0),
                latest: self.labels_through().plus_days(-window.reach()),
            });
        }
        Ok(Outcome { export: self, as_of, window: (start, end) })
    }
}

impl<'a> History<'a> {
    /// The as-of date.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The same as-of date with a memory of so many days: rows before `as_of - lookback` are out of sight. Customers of
    /// an export that grows are then seen through a window of the same length at every as-of date.
    #[must_use]
    pub fn with_lookback(self, lookback: Option<Days>) -> Self {
        Self { from: lookback.map(|days| self.as_of.plus_days(-days.get())), ..self }
    }

    /// First day that can be seen: the day of the first purchase known at the as-of date, or the beginning of the look-back
    /// if that is later.
    #[must_use]
    pub fn first_visible_day(&self) -> Date {
        let first = self.export.first_day_known_at(self.as_of);
        self.from.map_or(first, |from| from.max(first))
    }

    /// First day that the look-back reaches; `None` where it is not limited.
    #[must_use]
    pub fn looks_back_to(&self) -> Option<Date> {
        self.from
    }

    /// Whether everything that happened before a moment was known at that moment: no table says when its rows were
    /// recorded.
    #[must_use]
    pub fn is_known_when_it_happens(&self) -> bool {
        let events = self.export.events.as_ref();
        !self.export.has_recorded_at() && events.is_none_or(|events| !events.has_recorded_at())
    }

    /// How many customers the export knows; they are numbered from 0. Not all of them were known at the as-of date.
    #[must_use]
    pub fn n_customers(&self) -> u32 {
        self.export.ids.len() as u32
    }

    /// Brings the rows of some customers into memory.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn block(&self, customers: Range<u32>) -> Result<Block<'a>, ReadError> {
        self.export.block(customers)
    }

    /// What `of` says of each customer, in the order of the customers; computed in parallel, block by block.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn map<T: Send>(
        &self,
        customers: &[u32],
        of: impl Fn(&Block<'a>, u32) -> T + Sync,
    ) -> Result<Vec<T>, ReadError> {
        map(self.export, customers, of)
    }

    /// The visible rows of a customer of the block, oldest first.
    ///
    /// # Panics
    /// The block was not made for this customer.
    pub fn rows<'b>(
        &self,
        block: &'b Block<'_>,
        customer: u32,
    ) -> impl DoubleEndedIterator<Item = PurchaseRow> + use<'a, 'b> {
        let view = block.purchases(customer);
        let before = self.as_of.start();
        let rows = view.between(self.from.map(Date::start), before);
        let first = rows.start;
        rows.filter_map(move |row| {
            let visible = |row: usize| row >= first && view.recorded_at(row).is_none_or(|recorded| recorded < before);
            if !visible(row) {
                return None;
            }
            let amount = view.amount(row);
            let continues = view.part_before(row, visible);
            Some(PurchaseRow {
                timestamp: view.timestamp(row),
                amount,
                discount: view.discount(row).unwrap_or(Money::ZERO),
                margin: view.margin(row).unwrap_or(amount),
                quantity: view.quantity(row),
                channel: view.channel(row),
                begins_order: continues.is_none(),
                place: (row - view.rows.start) as u32,
                continues: continues.map(|part| (part - view.rows.start) as u32),
            })
        })
    }

    /// The visible rows of the export that are a customer's, oldest first; none where the export names neither products
    /// nor categories.
    ///
    /// # Panics
    /// The block was not made for this customer.
    pub fn lines<'b>(
        &self,
        block: &'b Block<'_>,
        customer: u32,
    ) -> impl DoubleEndedIterator<Item = LineRow> + use<'a, 'b> {
        let view = block.lines(customer);
        let before = self.as_of.start();
        view.between(self.from.map(Date::start), before).filter_map(move |row| {
            let visible = view.recorded_at(row).is_none_or(|recorded| recorded < before);
            visible.then(|| LineRow {
                timestamp: view.timestamp(row),
                amount: view.amount(row),
                quantity: view.quantity(row),
                product: view.product(row),
                category: view.category(row),
            })
        })
    }

    /// Whether the customer was known at the as-of date without having bought: signed up before it, listed in a customers
    /// table that has no sign-up dates, or seen in an event before it (whatever the look-back).
    #[must_use]
    pub fn is_known(&self, customer: u32) -> bool {
        let listed = self.export.attributes.as_ref().is_some_and(|attributes| {
            attributes.listed[customer as usize] && (attributes.signup.is_none() || self.signup(customer).is_some())
        });
        listed || self.export.events.as_ref().is_some_and(|events| events.knows(customer, self.as_of.start()))
    }

    /// What negative amounts mean.
    #[must_use]
    pub fn returns(&self) -> Returns {
        self.export.returns
    }

    /// Whether the export says which rows are of one order.
    #[must_use]
    pub fn has_orders(&self) -> bool {
        self.export.store.columns.order.is_some()
    }

    /// Whether the export says what each purchase earned.
    #[must_use]
    pub fn has_margin(&self) -> bool {
        self.export.has_margin()
    }

    /// Whether the export says what discount was given.
    #[must_use]
    pub fn has_discount(&self) -> bool {
        self.export.has_discount()
    }

    /// Whether the export says how much was bought.
    #[must_use]
    pub fn has_quantity(&self) -> bool {
        self.export.has_quantity()
    }

    /// Whether the export says which product was bought.
    #[must_use]
    pub fn has_products(&self) -> bool {
        self.export.has_products()
    }

    /// Whether the export says of which category the product is.
    #[must_use]
    pub fn has_categories(&self) -> bool {
        self.export.has_categories()
    }

    /// Whether the export says through which channel purchases came.
    #[must_use]
    pub fn has_channels(&self) -> bool {
        self.export.has_channels()
    }

    /// The name of a channel of purchases, as the export has it; `None` where it has none that could be kept: the text is too
    /// long, or there are too many different ones. It names a channel; that there are purchases through it only rows say.
    #[must_use]
    pub fn channel_name(&self, channel: Tag) -> Option<&'a str> {
        self.export.channels.name(channel)
    }
}

impl<'a> Outcome<'a> {
    /// The as-of date.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// First day of the label window, and the first day after it.
    #[must_use]
    pub fn window(&self) -> (Date, Date) {
        self.window
    }

    /// Brings the rows of some customers into memory.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn block(&self, customers: Range<u32>) -> Result<Block<'a>, ReadError> {
        self.export.block(customers)
    }

    /// What `of` says of each customer, in the order of the customers; computed in parallel, block by block.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn map<T: Send>(
        &self,
        customers: &[u32],
        of: impl Fn(&Block<'a>, u32) -> T + Sync,
    ) -> Result<Vec<T>, ReadError> {
        map(self.export, customers, of)
    }

    /// Whether the customer bought at least once in the window.
    #[must_use]
    pub fn bought(&self, block: &Block<'_>, customer: u32) -> bool {
        let view = block.purchases(customer);
        // A later part of an order that was begun before the window is no new purchase, as in the features.
        self.in_window(&view).any(|row| view.amount(row) >= Money::ZERO && view.begins_order(row, |_| true))
    }

    /// Whether the customer bought at least once in the first `days` days of the window; [`Outcome::bought`] for so many
    /// days as the window has, or more.
    #[must_use]
    pub fn bought_within(&self, block: &Block<'_>, customer: u32, days: i32) -> bool {
        let (start, end) = self.window;
        let shorter = Self { window: (start, start.plus_days(days.max(0)).min(end)), ..*self };
        shorter.bought(block, customer)
    }

    /// What the customer's purchases in the window earned: margin where the export has it, else the amount; returns
    /// taken off unless the project keeps them separate.
    #[must_use]
    pub fn value(&self, block: &Block<'_>, customer: u32) -> Money {
        let view = block.purchases(customer);
        let counts = |row: &usize| self.export.returns == Returns::Net || view.amount(*row) >= Money::ZERO;
        let earned = |row: usize| view.margin(row).unwrap_or_else(|| view.amount(row));
        self.in_window(&view).filter(counts).fold(Money::ZERO, |sum, row| sum.plus(earned(row)))
    }

    fn in_window(&self, view: &View<'_>) -> Range<usize> {
        view.between(Some(self.window.0.start()), self.window.1.start())
    }
}

/// Customers whose rows are brought into memory together.
const CUSTOMERS_OF_A_BLOCK: usize = 4_096;

/// What `of` says of each customer, in the order of the customers, computed in parallel, some thousand customers in
/// memory at a time.
fn map<'a, T: Send>(
    export: &'a Export,
    customers: &[u32],
    of: impl Fn(&Block<'a>, u32) -> T + Sync,
) -> Result<Vec<T>, ReadError> {
    let of_part = |part: &[u32]| {
        let (first, last) = part.iter().fold((u32::MAX, 0), |(first, last), c| (first.min(*c), last.max(*c)));
        let block = export.block(first..last + 1)?;
        Ok(part.iter().map(|customer| of(&block, *customer)).collect::<Vec<T>>())
    };
    let parts: Vec<Vec<T>> =
        customers.par_chunks(CUSTOMERS_OF_A_BLOCK).map(of_part).collect::<Result<_, ReadError>>()?;
    Ok(parts.into_iter().flatten().collect())
}
