//! Customers who said that they leave, or were let go.

use std::collections::BTreeMap;

use sha2::Sha256;

use crate::by_customer::ByCustomer;
use crate::hashing::{feed_column, feed_text};
use crate::point_in_time::{Block, History, Outcome};
use crate::purchase_days::usual_pause;
use crate::read::RawDepartures;
use crate::{Date, Export, Timestamp};

/// One departure of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Departure {
    /// When the customer left.
    pub timestamp: Timestamp,
    /// Who wanted it.
    pub kind: DepartureKind,
    /// Why, where the export says so.
    pub reason: Option<DepartureReason>,
}

/// Who wanted the departure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DepartureKind {
    /// The customer chose to leave.
    Voluntary,
    /// Nobody chose it: moving away, not paying, death.
    Involuntary,
}

/// Why a customer left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DepartureReason {
    /// Too dear.
    Price,
    /// Unhappy with the service.
    Service,
    /// Unhappy with the product.
    Product,
    /// Forgot about us.
    Forgot,
    /// Needs it no longer.
    NoNeed,
    /// Went to a competitor.
    Competitor,
    /// Anything else.
    Other,
}

impl DepartureKind {
    /// Both kinds, in their order.
    pub const ALL: [DepartureKind; 2] = [DepartureKind::Voluntary, DepartureKind::Involuntary];

    /// The word that stands for it in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DepartureKind::Voluntary => "voluntary",
            DepartureKind::Involuntary => "involuntary",
        }
    }

    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

impl DepartureReason {
    /// All reasons, in their order.
    pub const ALL: [DepartureReason; 7] = [
        DepartureReason::Price,
        DepartureReason::Service,
        DepartureReason::Product,
        DepartureReason::Forgot,
        DepartureReason::NoNeed,
        DepartureReason::Competitor,
        DepartureReason::Other,
    ];

    /// The word that stands for it in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DepartureReason::Price => "price",
            DepartureReason::Service => "service",
            DepartureReason::Product => "product",
            DepartureReason::Forgot => "forgot",
            DepartureReason::NoNeed => "no_need",
            DepartureReason::Competitor => "competitor",
            DepartureReason::Other => "other",
        }
    }

    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str().eq_ignore_ascii_case(text))
    }
}

/// Rows sorted by customer, moment, kind and reason.
#[derive(Debug)]
pub(crate) struct Departures {
    /// `offsets[c]..offsets[c + 1]` are the rows of customer `c`.
    offsets: Vec<u32>,
    rows: Vec<Departure>,
}

impl Departures {
    /// Brings raw rows into canonical order. `place` maps the customer numbers of the rows to sorted ones.
    pub(crate) fn new(raw: RawDepartures, place: &[u32], n_customers: usize) -> Self {
        let customer: Vec<u32> = raw.customer.iter().map(|customer| place[*customer as usize]).collect();
        let order = ByCustomer::sort(&customer, n_customers, |a, b| raw.rows[a].cmp(&raw.rows[b]));
        Self { rows: order.arrange(&raw.rows), offsets: order.offsets }
    }

    /// Whether the customer has any departures.
    pub(crate) fn has(&self, customer: u32) -> bool {
        !self.of(customer).is_empty()
    }

    fn of(&self, customer: u32) -> &[Departure] {
        &self.rows[self.offsets[customer as usize] as usize..self.offsets[customer as usize + 1] as usize]
    }

    /// Feeds everything, in canonical order, to a hash.
    pub(crate) fn fingerprint(&self, hash: &mut Sha256) {
        feed_text(hash, "departures");
        feed_column(hash, &self.offsets, |offset| offset.to_le_bytes());
        feed_column(hash, &self.rows, |row| row.timestamp.micros().to_le_bytes());
        feed_column(hash, &self.rows, |row| [row.kind as u8, row.reason.map_or(u8::MAX, |reason| reason as u8)]);
    }
}

impl History<'_> {
    /// The last departure of a customer of the block before the as-of date, whatever the look-back. A customer may have
    /// come back since.
    #[must_use]
    pub fn departure(&self, block: &Block<'_>, customer: u32) -> Option<Departure> {
        let rows = block.departures?.of(customer);
        let seen = rows.partition_point(|row| row.timestamp < self.as_of.start());
        rows[..seen].last().copied()
    }

    /// Whether the export has a departures table.
    #[must_use]
    pub fn has_departures(&self) -> bool {
        self.export.departures.is_some()
    }
}

impl Outcome<'_> {
    /// Whether the customer departed in the label window: of their own will, or, where that counts too, in any way.
    #[must_use]
    pub fn departed(&self, block: &Block<'_>, customer: u32, include_involuntary: bool) -> bool {
        self.departure(block, customer, include_involuntary).is_some()
    }

    /// The customer's first departure in the label window that counts.
    #[must_use]
    pub fn departure(&self, block: &Block<'_>, customer: u32, include_involuntary: bool) -> Option<Departure> {
        let (start, end) = self.window();
        let rows = block.departures?.of(customer).iter();
        let mut in_window = rows.filter(|row| (start.start()..end.start()).contains(&row.timestamp));
        in_window.find(|row| include_involuntary || row.kind == DepartureKind::Voluntary).copied()
    }

    /// Whether the customer departed, in any way, from the as-of date to the end of the label window, the lead time
    /// included.
    #[must_use]
    pub fn departed_by_the_end(&self, block: &Block<'_>, customer: u32) -> bool {
        let span = self.as_of().start()..self.window().1.start();
        block.departures.is_some_and(|rows| rows.of(customer).iter().any(|row| span.contains(&row.timestamp)))
    }
}

/// Pauses of so many times the usual distance between days with a departure mean nothing.
const UNUSUAL_PAUSES: i32 = 10;
/// Of fewer days with a departure nothing can be said about their usual distance.
const DAYS_TO_JUDGE: usize = 10;

impl Export {
    /// Whether the export has a departures table.
    #[must_use]
    pub fn has_departures(&self) -> bool {
        self.departures.is_some()
    }

    /// The last day with a departure, and the full days without any from then to `complete_through`, where there are
    /// so many that the table is probably older than the purchases: customers who left since would look as if they had
    /// stayed.
    #[must_use]
    pub fn departure_silence(&self) -> Option<(Date, i32)> {
        let rows = &self.departures.as_ref()?.rows;
        let mut days: Vec<Date> = rows.iter().map(|row| row.timestamp.date()).collect();
        days.sort_unstable();
        days.dedup();
        days.truncate(days.partition_point(|day| *day < self.complete_through));
        let last = *days.last()?;
        let silent = self.complete_through.days_since(last) - 1;
        (days.len() >= DAYS_TO_JUDGE && silent > usual_pause(&days, UNUSUAL_PAUSES)).then_some((last, silent))
    }

    /// Rows of the departures table by kind and reason; `None` without such a table.
    #[must_use]
    pub fn departure_counts(&self) -> Option<BTreeMap<(DepartureKind, Option<DepartureReason>), u64>> {
        let mut counts = BTreeMap::new();
        for row in &self.departures.as_ref()?.rows {
            *counts.entry((row.kind, row.reason)).or_insert(0) += 1;
        }
        Some(counts)
    }
}
