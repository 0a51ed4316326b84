//! Offers that were made, and whom a lot left without one: past campaigns.
//!
//! Contacts are features of the time after them, and what was done to customers within a label window keeps them out of training
//! ([`Outcome::lots`]): models are to know what happens if nobody does anything.

use std::collections::BTreeMap;

use sha2::Sha256;

use crate::by_customer::ByCustomer;
use crate::hashing::{feed_column, feed_text};
use crate::point_in_time::{History, Outcome};
use crate::read::RawOffers;
use crate::{Date, Export, Money, Timestamp};

/// What a lot gave a customer, as it was known at an as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferRow<'a> {
    /// When the lot was drawn, or the offer made.
    pub timestamp: Timestamp,
    /// The offer; none in a control arm that names none.
    pub offer: Option<&'a str>,
    /// Whether the customer was to get the offer; otherwise a control.
    pub treated: bool,
    /// What it cost, where the export says so.
    pub cost: Option<Money>,
    /// When the customer took it, if that was before the as-of date.
    pub accepted: Option<Timestamp>,
    /// When the customer was contacted, if that was before the as-of date.
    pub contacted_at: Option<Timestamp>,
}

/// A row with the number of its offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offered {
    pub(crate) timestamp: Timestamp,
    pub(crate) offer: Option<u32>,
    pub(crate) treated: bool,
    pub(crate) cost: Option<Money>,
    pub(crate) accepted: Option<Timestamp>,
    pub(crate) contacted_at: Option<Timestamp>,
}

/// Which of the columns that may be absent are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OfferColumns {
    pub(crate) cost: bool,
    pub(crate) accepted: bool,
    pub(crate) contacted_at: bool,
}

/// Rows sorted by customer, and within a customer by everything they hold.
#[derive(Debug)]
pub(crate) struct Offers {
    /// `offsets[c]..offsets[c + 1]` are the rows of customer `c`.
    offsets: Vec<u32>,
    rows: Vec<Offered>,
    /// Names of the offers, sorted.
    names: Vec<Box<str>>,
    columns: OfferColumns,
    /// When the first offer was made to anybody.
    first_made: Option<Timestamp>,
}

impl Offered {
    /// When the customer was contacted with the offer: never in the control arm, and never where the export has a column for it that
    /// is empty.
    fn made(&self, columns: OfferColumns) -> Option<Timestamp> {
        let moment = if columns.contacted_at { self.contacted_at } else { Some(self.timestamp) };
        moment.filter(|_| self.treated)
    }
}

impl Offers {
    /// Brings raw rows into canonical order. `place` maps the customer numbers of the rows to sorted ones.
    pub(crate) fn new(raw: RawOffers, place: &[u32], n_customers: usize) -> Self {
        let RawOffers { customer, mut rows, names, columns } = raw;
        let mut order: Vec<u32> = (0..names.len() as u32).collect();
        order.sort_by(|a, b| names[*a as usize].cmp(&names[*b as usize]));
        let mut sorted_place = vec![0_u32; names.len()];
        for (sorted, number) in (0_u32..).zip(&order) {
            sorted_place[*number as usize] = sorted;
        }
        let names = order.iter().map(|number| names[*number as usize].clone()).collect();
        rows.iter_mut().for_each(|row| row.offer = row.offer.map(|number| sorted_place[number as usize]));
        let customer: Vec<u32> = customer.iter().map(|customer| place[*customer as usize]).collect();
        let order = ByCustomer::sort(&customer, n_customers, |a, b| rows[a].cmp(&rows[b]));
        let first_made = rows.iter().filter_map(|row| row.made(columns)).min();
        Self { rows: order.arrange(&rows), offsets: order.offsets, names, columns, first_made }
    }

    /// Feeds what features and labels look at, in canonical order, to a hash.
    pub(crate) fn fingerprint(&self, hash: &mut Sha256) {
        feed_text(hash, "offers");
        feed_column(hash, &self.offsets, |offset| offset.to_le_bytes());
        feed_column(hash, &self.rows, |row| row.timestamp.micros().to_le_bytes());
        feed_column(hash, &self.rows, |row| [u8::from(row.treated)]);
        let made = |row: &Offered| row.made(self.columns).map_or(i64::MIN, Timestamp::micros).to_le_bytes();
        feed_column(hash, &self.rows, made);
    }

    /// Whether the customer has any rows.
    pub(crate) fn has(&self, customer: u32) -> bool {
        !self.of(customer).is_empty()
    }

    fn of(&self, customer: u32) -> &[Offered] {
        &self.rows[self.offsets[customer as usize] as usize..self.offsets[customer as usize + 1] as usize]
    }
}

impl<'a> History<'a> {
    /// What lots gave a customer before the as-of date, oldest first, whatever the look-back: none where the export has no
    /// such table. What was accepted, or contacted, on the as-of date or later was not yet.
    pub fn offers(&self, customer: u32) -> impl DoubleEndedIterator<Item = OfferRow<'a>> + use<'a> {
        let before = self.as_of.start();
        self.export.offers.iter().flat_map(move |offers| {
            let rows = offers.of(customer);
            let seen = rows.partition_point(|row| row.timestamp < before);
            rows[..seen].iter().map(move |row| OfferRow {
                timestamp: row.timestamp,
                offer: row.offer.map(|number| offers.names[number as usize].as_ref()),
                treated: row.treated,
                cost: row.cost,
                accepted: row.accepted.filter(|moment| *moment < before),
                contacted_at: row.contacted_at.filter(|moment| *moment < before),
            })
        })
    }
}

impl History<'_> {
    /// Moments before the as-of date, and within the look-back, at which the customer was contacted with an offer, ascending.
    #[must_use]
    pub fn offers_made(&self, customer: u32) -> Vec<Timestamp> {
        let Some(offers) = &self.export.offers else { return Vec::new() };
        let made = offers.of(customer).iter().filter_map(|row| row.made(offers.columns));
        let from = self.looks_back_to().map(Date::start);
        let seen = |moment: &Timestamp| *moment < self.as_of.start() && from.is_none_or(|from| *moment >= from);
        let mut moments: Vec<Timestamp> = made.filter(seen).collect();
        moments.sort_unstable();
        moments
    }

    /// Whether the export has an offers table.
    #[must_use]
    pub fn has_offers(&self) -> bool {
        self.export.has_offers()
    }

    /// Whether anybody had been made an offer before the as-of date.
    #[must_use]
    pub fn knows_of_offers(&self) -> bool {
        let first = self.export.offers.as_ref().and_then(|offers| offers.first_made);
        first.is_some_and(|moment| moment < self.as_of.start())
    }
}

impl Outcome<'_> {
    /// What lots gave the customer from the as-of date to the end of the label window, the lead time included: the day of each, and
    /// whether it was an offer. A customer who was to get one is no longer left alone, reached or not.
    pub fn lots(&self, customer: u32) -> impl Iterator<Item = (Date, bool)> {
        let span = self.as_of().start()..self.window().1.start();
        let rows = self.export.offers.iter().flat_map(move |offers| offers.of(customer));
        rows.filter(move |row| span.contains(&row.timestamp)).map(|row| (row.timestamp.date(), row.treated))
    }
}

impl Export {
    /// Customers whom the lots of each day gave an offer, and whom they gave none.
    #[must_use]
    pub fn lot_sizes(&self) -> BTreeMap<Date, (u64, u64)> {
        let mut sizes: BTreeMap<Date, (u64, u64)> = BTreeMap::new();
        for row in self.offers.iter().flat_map(|offers| &offers.rows) {
            let (treated, control) = sizes.entry(row.timestamp.date()).or_default();
            *(if row.treated { treated } else { control }) += 1;
        }
        sizes
    }

    /// Whether the export has an offers table.
    #[must_use]
    pub fn has_offers(&self) -> bool {
        self.offers.is_some()
    }

    /// Whether the export says what offers cost.
    #[must_use]
    pub fn has_offer_costs(&self) -> bool {
        self.offers.as_ref().is_some_and(|offers| offers.columns.cost)
    }

    /// Whether the export says which offers were accepted, and when.
    #[must_use]
    pub fn has_accepted(&self) -> bool {
        self.offers.as_ref().is_some_and(|offers| offers.columns.accepted)
    }

    /// Whether the export says when customers were contacted.
    #[must_use]
    pub fn has_contacted_at(&self) -> bool {
        self.offers.as_ref().is_some_and(|offers| offers.columns.contacted_at)
    }

    /// Names of the offers that the offers table has, sorted.
    pub fn offer_names(&self) -> impl Iterator<Item = &str> {
        self.offers.iter().flat_map(|offers| offers.names.iter().map(AsRef::as_ref))
    }

    /// Days with rows in the offers table, ascending.
    #[must_use]
    pub fn offer_days(&self) -> Vec<Date> {
        let rows = self.offers.as_ref().map_or(&[][..], |offers| &offers.rows);
        let mut days: Vec<Date> = rows.iter().map(|row| row.timestamp.date()).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// How many customers have rows in the offers table, and how many of those bought; `None` without that table.
    #[must_use]
    pub fn offer_buyers(&self) -> Option<(usize, usize)> {
        let offers = self.offers.as_ref()?;
        Some(self.buyers_among(|customer| offers.has(customer)))
    }
}
