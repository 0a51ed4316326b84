//! A whole export, checked. Its rows are private: the only ways to them are [`Export::history`], which shows what was
//! known before an as-of date, and [`Export::outcome`], which answers questions about a label window.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::attributes::Attributes;
use crate::departures::Departures;
use crate::error::ReadError;
use crate::events::Events;
use crate::hashing::feed_text;
use crate::purchase_days::PurchaseDays;
use crate::purchases::Purchases;
use crate::read::{Interner, TableReport, customers, departures, events, transactions};
use crate::spec::{ExportSpec, Returns};
use crate::{Date, Money, Timestamp};

/// Checked tables of one company. Customers are numbered from 0 in the byte order of their ids.
#[derive(Debug)]
pub struct Export {
    pub(crate) ids: Vec<Box<str>>,
    pub(crate) purchases: Purchases,
    pub(crate) attributes: Option<Attributes>,
    pub(crate) events: Option<Events>,
    pub(crate) departures: Option<Departures>,
    pub(crate) returns: Returns,
    pub(crate) complete_through: Date,
    pub(crate) first_day: Date,
    last_day: Date,
    recording_lag_days: Option<i32>,
    first_days_by_recording: BTreeMap<Timestamp, Date>,
    reports: Vec<TableReport>,
    fingerprint: String,
}

impl Export {
    /// Reads and checks all tables. `complete_through` is the first day that is not complete; where it is not declared,
    /// it is the day of the last purchase, since that day may have gone on after the export was made.
    ///
    /// # Errors
    /// A file cannot be read, lacks a mapped column, has too many rows that cannot be read, or mixes what cannot be
    /// mixed; see [`ReadError`].
    pub fn read(spec: &ExportSpec, complete_through: Option<Date>) -> Result<Self, ReadError> {
        let mut interner = Interner::default();
        let (raw, report) = transactions(spec, &mut interner)?;
        let mut reports = vec![report];
        let table = spec.customers.as_ref().map(|table| customers(spec, table, &mut interner)).transpose()?;
        let (raw_customers, report) = table.unzip();
        reports.extend(report);
        let table = spec.events.as_ref().map(|table| events(spec, table, &mut interner)).transpose()?;
        let (raw_events, report) = table.unzip();
        reports.extend(report);
        let table = spec.departures.as_ref().map(|table| departures(spec, table, &mut interner)).transpose()?;
        let (raw_departures, report) = table.unzip();
        reports.extend(report);
        let (ids, place) = interner.into_sorted();
        let purchases = Purchases::new(raw, &place, ids.len());
        let attributes = raw_customers.map(|raw| Attributes::new(raw, &place, ids.len()));
        let events = raw_events.map(|raw| Events::new(raw, &place, ids.len()));
        let departures = raw_departures.map(|raw| Departures::new(raw, &place, ids.len()));

        let Some(days) = PurchaseDays::of(&purchases) else {
            return Err(ReadError::NoPurchases { path: spec.transactions.table.path.clone() });
        };
        let complete_through = days.complete_through(complete_through)?;
        let (first_day, last_day) = (days.first(), days.last());
        let mut export = Self {
            ids,
            purchases,
            attributes,
            events,
            departures,
            returns: spec.transactions.returns,
            complete_through,
            first_day,
            last_day,
            recording_lag_days: None,
            first_days_by_recording: BTreeMap::new(),
            reports,
            fingerprint: String::new(),
        };
        export.recording_lag_days = recording_lag_days(&export.purchases);
        export.first_days_by_recording = first_days_by_recording(&export.purchases);
        export.fingerprint = fingerprint(&export);
        Ok(export)
    }

    /// Ids of all customers, in byte order.
    #[must_use]
    pub fn customer_ids(&self) -> &[Box<str>] {
        &self.ids
    }

    /// The first day that is not complete: no label window may reach past its midnight, see [`Export::labels_through`].
    #[must_use]
    pub fn complete_through(&self) -> Date {
        self.complete_through
    }

    /// Day of the first purchase.
    #[must_use]
    pub fn first_day(&self) -> Date {
        self.first_day
    }

    /// Day of the first purchase that was known at an as-of date; that date itself where none was.
    pub(crate) fn first_day_known_at(&self, as_of: Date) -> Date {
        if self.purchases.recorded_at.is_none() {
            return self.first_day;
        }
        let known = self.first_days_by_recording.range(..as_of.start()).next_back();
        known.map_or(as_of, |(_, first)| *first)
    }

    /// Day of the last purchase, complete or not.
    #[must_use]
    pub fn last_day(&self) -> Date {
        self.last_day
    }

    /// How many purchases and returns there are, after rows of one order were put together.
    #[must_use]
    pub fn purchase_rows(&self) -> usize {
        self.purchases.len()
    }

    /// What came out of reading each table.
    #[must_use]
    pub fn reports(&self) -> &[TableReport] {
        &self.reports
    }

    /// How many rows of the transactions repeat another one in everything that was read. They are kept: two equal lines
    /// of an order are two things bought; half of all rows are a file that was appended to itself.
    #[must_use]
    pub fn repeated_rows(&self) -> u64 {
        self.purchases.repeated
    }

    /// How many purchases and returns are returns.
    #[must_use]
    pub fn return_rows(&self) -> usize {
        self.purchases.amount.iter().filter(|amount| **amount < Money::ZERO).count()
    }

    /// How many customers bought, and how many of those have a row in the customers table; `None` without that table.
    #[must_use]
    pub fn listed_buyers(&self) -> Option<(usize, usize)> {
        let attributes = self.attributes.as_ref()?;
        let buyers = (0..self.ids.len()).filter(|customer| !self.purchases.rows_of(*customer as u32).is_empty());
        Some(buyers.fold((0, 0), |(all, listed), buyer| (all + 1, listed + usize::from(attributes.listed[buyer]))))
    }

    /// Days after which 99 in 100 purchases are recorded in the source system; `None` where the export does not say when
    /// rows were recorded.
    #[must_use]
    pub fn recording_lag_days(&self) -> Option<i32> {
        self.recording_lag_days
    }

    /// The day by whose midnight a label window must end: [`Export::complete_through`], less
    /// [`Export::recording_lag_days`] where the export says when rows were recorded, since purchases of the days between
    /// may not be recorded yet.
    ///
    /// What holds of such labels: what was known at the as-of date (eligibility, and the usual pause that a `cadence` label
    /// goes by) does not change by rows recorded later. Of the purchases in the window at most about one in a hundred is
    /// still to come, and a purchase that comes can only turn a churned customer into one who stayed. (One exception: where
    /// orders have ids, an earlier part of an order that is recorded later makes the part in the window a later part, which
    /// is no purchase of its own.)
    #[must_use]
    pub fn labels_through(&self) -> Date {
        self.complete_through.plus_days(-self.recording_lag_days.unwrap_or(0))
    }

    /// What negative amounts mean.
    #[must_use]
    pub fn returns(&self) -> Returns {
        self.returns
    }

    /// Whether the export says what each purchase earned.
    #[must_use]
    pub fn has_margin(&self) -> bool {
        self.purchases.margin.is_some()
    }

    /// Whether the export says what discount was given.
    #[must_use]
    pub fn has_discount(&self) -> bool {
        self.purchases.discount.is_some()
    }

    /// Whether the export has a customers table.
    #[must_use]
    pub fn has_customers(&self) -> bool {
        self.attributes.is_some()
    }

    /// Names of the text columns by which customers can be grouped.
    pub fn segment_columns(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().flat_map(|a| a.segments.iter().map(|(name, _)| name.as_str()))
    }

    /// The cells of such a column, one per customer.
    #[must_use]
    pub fn segment_column(&self, name: &str) -> Option<&[Option<Box<str>>]> {
        self.attributes.as_ref()?.segment(name)
    }

    /// SHA-256 of the checked content, in hexadecimal. Equal for exports that differ only in the order of their rows,
    /// their file format or columns that are not used.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// The moments at which a purchase was recorded that lies on an earlier day than all recorded before it, and that day: what
/// was the first known day at any moment. Empty where the export does not say when rows were recorded.
fn first_days_by_recording(purchases: &Purchases) -> BTreeMap<Timestamp, Date> {
    let mut steps: BTreeMap<Timestamp, Date> = BTreeMap::new();
    let Some(recorded) = &purchases.recorded_at else { return steps };
    let rows = recorded.iter().zip(&purchases.timestamp).zip(&purchases.amount);
    for ((recorded, moment), _) in rows.filter(|(_, amount)| **amount >= Money::ZERO) {
        let day = moment.date();
        if steps.range(..=*recorded).next_back().is_some_and(|(_, first)| *first <= day) {
            continue;
        }
        let overtaken: Vec<Timestamp> =
            steps.range(*recorded..).take_while(|(_, first)| **first >= day).map(|(moment, _)| *moment).collect();
        overtaken.iter().for_each(|moment| {
            steps.remove(moment);
        });
        steps.insert(*recorded, day);
    }
    steps
}

fn recording_lag_days(purchases: &Purchases) -> Option<i32> {
    let recorded = purchases.recorded_at.as_ref()?;
    let rows = recorded.iter().zip(&purchases.timestamp);
    let mut lags: Vec<i32> = rows.map(|(recorded, moment)| recorded.days_since(*moment).ceil() as i32).collect();
    let at = (lags.len().checked_sub(1)? as f64 * 0.99) as usize;
    Some((*lags.select_nth_unstable(at).1).max(0))
}

fn fingerprint(export: &Export) -> String {
    let mut hash = Sha256::new();
    for id in &export.ids {
        feed_text(&mut hash, id);
    }
    export.purchases.fingerprint(&mut hash);
    if let Some(attributes) = &export.attributes {
        attributes.fingerprint(&mut hash);
    }
    if let Some(events) = &export.events {
        events.fingerprint(&mut hash);
    }
    if let Some(departures) = &export.departures {
        departures.fingerprint(&mut hash);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
