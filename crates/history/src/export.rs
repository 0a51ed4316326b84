//! A whole export, checked. Its rows are private: the only ways to them are [`Export::history`], which shows what was
//! known before an as-of date, and [`Export::outcome`], which answers questions about a label window.

use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::Date;
use crate::attributes::Attributes;
use crate::channel_names::ChannelNames;
use crate::departures::Departures;
use crate::error::ReadError;
use crate::events::Events;
use crate::hashing::feed_text;
use crate::id_warnings::id_warnings;
use crate::meaning::{ColumnMeaning, ExportColumn};
use crate::offers::Offers;
use crate::options::ReadOptions;
use crate::postgres_source::fetch;
use crate::purchase_days::PurchaseDays;
use crate::read::{LIMIT, TableReport, customers, departures, events, offers, wanted_of_tables};
use crate::spec::{ExportSpec, Returns};
use crate::store::{CustomerIds, Interner, Opened, PendingCache, ReadNote, RowsFrom, Store, TooMany, open};
use crate::warning::{Warning, WarningCode};

/// Checked tables of one company. Customers are numbered from 0 in the byte order of their ids.
#[derive(Debug)]
pub struct Export {
    pub(crate) ids: CustomerIds,
    pub(crate) store: Store,
    pub(crate) channels: ChannelNames,
    pub(crate) buyers: Buyers,
    pub(crate) attributes: Option<Attributes>,
    pub(crate) events: Option<Events>,
    pub(crate) departures: Option<Departures>,
    pub(crate) offers: Option<Offers>,
    pub(crate) returns: Returns,
    pub(crate) complete_through: Date,
    pub(crate) first_day: Date,
    last_day: Date,
    reports: Vec<TableReport>,
    rows_from: RowsFrom,
    notes: Vec<ReadNote>,
    warnings: Vec<Warning>,
    pending: Mutex<Option<PendingCache>>,
    fingerprint: Option<String>,
    columns: Vec<ExportColumn>,
}

/// Which customers have transactions, and their numbers among those who have.
#[derive(Debug)]
pub(crate) enum Buyers {
    /// All of them.
    Everybody,
    /// For each customer, how many before have any; one number more than there are customers.
    Counted(Vec<u32>),
}

impl Export {
    /// Reads and checks all tables, all in memory. `complete_through` is the first day that is not complete; where it is
    /// not declared, it is the day of the last purchase, since that day may have gone on after the export was made.
    ///
    /// # Errors
    /// A file cannot be read, lacks a mapped column, has too many rows that cannot be read, or mixes what cannot be
    /// mixed; see [`ReadError`].
    pub fn read(spec: &ExportSpec, complete_through: Option<Date>) -> Result<Self, ReadError> {
        Self::read_with(spec, complete_through, &ReadOptions::default())
    }

    /// As [`Export::read`], within a limit of memory or with a cache. What comes out is the same, bit by bit. What was read
    /// is added to the cache by [`Export::keep_rows`], and not before.
    ///
    /// # Errors
    /// Those of [`Export::read`]; or rows cannot be kept in a file.
    pub fn read_with(
        spec: &ExportSpec,
        complete_through: Option<Date>,
        options: &ReadOptions,
    ) -> Result<Self, ReadError> {
        let fetched = fetch(spec, options)?;
        let spec = fetched.as_ref().unwrap_or(spec);
        let Opened { store, channels, ids, report, from, notes, pending } = open(spec, options)?;
        let mut reports = vec![report];
        let (mut raw_customers, mut raw_events, mut raw_departures, mut raw_offers) = (None, None, None, None);
        let more =
            spec.customers.is_some() || spec.events.is_some() || spec.departures.is_some() || spec.offers.is_some();
        let others = more.then(|| Interner::of(&ids).map_err(|TooMany| too_many(spec))).transpose()?;
        let mut others = others.map(|(interner, _)| interner);
        if let Some(interner) = &mut others {
            let mut report_of = |report: TableReport| reports.push(report);
            if let Some(table) = &spec.customers {
                let (raw, report) = customers(spec, table, interner, options.chunk())?;
                raw_customers = Some(raw);
                report_of(report);
            }
            if let Some(table) = &spec.events {
                let (raw, report) = events(spec, table, interner, options.chunk())?;
                raw_events = Some(raw);
                report_of(report);
            }
            if let Some(table) = &spec.departures {
                let (raw, report) = departures(spec, table, interner, options.chunk())?;
                raw_departures = Some(raw);
                report_of(report);
            }
            if let Some(table) = &spec.offers {
                let (raw, report) = offers(spec, table, interner, options.chunk())?;
                raw_offers = Some(raw);
                report_of(report);
            }
        }
        let (mut attributes, mut events, mut departures, mut offers, mut buyers) =
            (None, None, None, None, Buyers::Everybody);
        let ids = match others {
            Some(mut interner) => {
                let (all, place) = interner.sorted();
                attributes = raw_customers.map(|raw| Attributes::new(raw, &place, all.len()));
                events = raw_events.map(|raw| Events::new(raw, &place, all.len()));
                departures = raw_departures.map(|raw| Departures::new(raw, &place, all.len()));
                offers = raw_offers.map(|raw| Offers::new(raw, &place, all.len()));
                buyers = Buyers::among(&all, &ids);
                all
            }
            None => ids,
        };

        let Some(days) = PurchaseDays::of(store.summary.days()) else {
            return Err(ReadError::NoPurchases { path: spec.transactions.table.path.clone() });
        };
        let complete_through = days.complete_through(complete_through)?;
        let (first_day, last_day) = (days.first(), days.last());
        let mut export = Self {
            ids,
            store,
            channels,
            buyers,
            attributes,
            events,
            departures,
            offers,
            returns: spec.transactions.returns,
            complete_through,
            first_day,
            last_day,
            reports,
            rows_from: from,
            notes,
            warnings: Vec::new(),
            pending: Mutex::new(pending),
            fingerprint: None,
            columns: Vec::new(),
        };
        export.columns = columns_of(spec, &export.reports);
        export.warnings = export.look_at_all(spec);
        export.fingerprint = export.store.digest.map(|rows| fingerprint(&export, rows));
        Ok(export)
    }

    /// What is odd about the tables together.
    fn look_at_all(&self, spec: &ExportSpec) -> Vec<Warning> {
        let transactions = &spec.transactions;
        let table = self.reports.first().map(|report| report.file.as_str()).unwrap_or_default();
        let mut warnings = id_warnings(&self.ids, (table, &transactions.customer_id));
        let (repeated, used) = (self.repeated_rows(), self.reports.first().map_or(0, |report| report.used));
        if repeated > 0 {
            let share = 100.0 * repeated as f64 / used as f64;
            let message = format!(
                "{repeated} rows ({share:.1} %) repeat another one in everything that is read; all are counted"
            );
            warnings.push(Warning::new(WarningCode::RepeatedRows, table, repeated, message));
        }
        warnings
    }

    /// What is odd about the export and stops nothing: first what belongs to one table, then the ids and rows of all.
    pub fn warnings(&self) -> impl Iterator<Item = &Warning> {
        self.reports.iter().flat_map(|report| &report.warnings).chain(&self.warnings)
    }

    /// Ids of all customers, in byte order.
    #[must_use]
    pub fn customer_ids(&self) -> &CustomerIds {
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
        if !self.has_recorded_at() {
            return self.first_day;
        }
        self.store.summary.first_day_known(as_of).unwrap_or(as_of)
    }

    /// Day of the last purchase, complete or not.
    #[must_use]
    pub fn last_day(&self) -> Date {
        self.last_day
    }

    /// How many purchases and returns there are, after rows of one order were put together.
    #[must_use]
    pub fn purchase_rows(&self) -> usize {
        self.store.summary.purchases as usize
    }

    /// Whether the transactions came from the export's files or from the cache.
    #[must_use]
    pub fn rows_from(&self) -> RowsFrom {
        self.rows_from
    }

    /// Keeps the transactions in the cache for the next time, if they are not there yet and there is a cache. An export of
    /// which nothing could be made is not worth keeping, so this is for the caller to say. What comes back is why they
    /// could not be kept.
    #[must_use]
    pub fn keep_rows(&self) -> Option<ReadNote> {
        let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner).take();
        pending.and_then(PendingCache::finish)
    }

    /// What went wrong while reading, and did no harm.
    #[must_use]
    pub fn notes(&self) -> &[ReadNote] {
        &self.notes
    }

    /// The mapped columns, table by table.
    #[must_use]
    pub fn columns(&self) -> &[ExportColumn] {
        &self.columns
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
        self.store.summary.repeated
    }

    /// How many purchases and returns are returns.
    #[must_use]
    pub fn return_rows(&self) -> usize {
        self.store.summary.returns as usize
    }

    /// How many customers bought, and how many of those have a row in the customers table; `None` without that table.
    #[must_use]
    pub fn listed_buyers(&self) -> Option<(usize, usize)> {
        let attributes = self.attributes.as_ref()?;
        let buyers = (0..self.ids.len()).filter(|customer| self.buyers.number_of(*customer as u32).is_some());
        Some(buyers.fold((0, 0), |(all, listed), buyer| (all + 1, listed + usize::from(attributes.listed[buyer]))))
    }

    /// How many customers have events, and how many of those bought; `None` without an events table.
    #[must_use]
    pub fn event_buyers(&self) -> Option<(usize, usize)> {
        let events = self.events.as_ref()?;
        Some(self.buyers_among(|customer| events.has(customer)))
    }

    /// How many customers have departures, and how many of those bought; `None` without a departures table.
    #[must_use]
    pub fn departure_buyers(&self) -> Option<(usize, usize)> {
        let departures = self.departures.as_ref()?;
        Some(self.buyers_among(|customer| departures.has(customer)))
    }

    pub(crate) fn buyers_among(&self, counts: impl Fn(u32) -> bool) -> (usize, usize) {
        let counted = (0..self.ids.len() as u32).filter(|customer| counts(*customer));
        counted.fold((0, 0), |(all, bought), customer| {
            (all + 1, bought + usize::from(self.buyers.number_of(customer).is_some()))
        })
    }

    /// Days after which 99 in 100 purchases are recorded in the source system; `None` where the export does not say when
    /// rows were recorded.
    #[must_use]
    pub fn recording_lag_days(&self) -> Option<i32> {
        self.store.summary.recording_lag_days()
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
        self.complete_through.plus_days(-self.recording_lag_days().unwrap_or(0))
    }

    /// What negative amounts mean.
    #[must_use]
    pub fn returns(&self) -> Returns {
        self.returns
    }

    /// Whether the export says when transactions were recorded.
    #[must_use]
    pub fn has_recorded_at(&self) -> bool {
        self.store.columns.recorded_at.is_some()
    }

    /// Whether the export says what each purchase earned.
    #[must_use]
    pub fn has_margin(&self) -> bool {
        self.store.columns.margin.is_some()
    }

    /// Whether the export says what discount was given.
    #[must_use]
    pub fn has_discount(&self) -> bool {
        self.store.columns.discount.is_some()
    }

    /// Whether the export says how much was bought.
    #[must_use]
    pub fn has_quantity(&self) -> bool {
        self.store.columns.quantity.is_some()
    }

    /// Whether the export says which product was bought.
    #[must_use]
    pub fn has_products(&self) -> bool {
        self.store.columns.product.is_some()
    }

    /// Whether the export says of which category the product is.
    #[must_use]
    pub fn has_categories(&self) -> bool {
        self.store.columns.category.is_some()
    }

    /// Whether the export says through which channel purchases came.
    #[must_use]
    pub fn has_channels(&self) -> bool {
        self.store.columns.channel.is_some()
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
    /// their file format or columns that are not used. `None` if it was read [`without_fingerprint`].
    ///
    /// [`without_fingerprint`]: ReadOptions::without_fingerprint
    #[must_use]
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }
}

impl Buyers {
    /// Those of all customers whose ids are among the buyers' ids.
    fn among(all: &CustomerIds, buyers: &CustomerIds) -> Self {
        if all.len() == buyers.len() {
            return Self::Everybody;
        }
        let mut before = Vec::with_capacity(all.len() + 1);
        let mut next = 0;
        before.push(0);
        for id in all.iter() {
            next += usize::from(buyers.get(next) == Some(id));
            before.push(next as u32);
        }
        Self::Counted(before)
    }

    /// The number of a customer among those who have transactions.
    pub(crate) fn number_of(&self, customer: u32) -> Option<u32> {
        let Self::Counted(before) = self else { return Some(customer) };
        let (number, next) = (before[customer as usize], before[customer as usize + 1]);
        (number < next).then_some(number)
    }

    /// How many customers before this one have transactions.
    pub(crate) fn before(&self, customer: u32) -> u32 {
        match self {
            Self::Everybody => customer,
            Self::Counted(before) => before[customer as usize],
        }
    }
}

/// The mapped columns, and what they were found to hold.
fn columns_of(spec: &ExportSpec, reports: &[TableReport]) -> Vec<ExportColumn> {
    let mut columns = Vec::new();
    for (report, wanted) in reports.iter().zip(wanted_of_tables(spec)) {
        for want in wanted {
            let offset = report.offsets.iter().find(|(name, _)| *name == want.role).map(|(_, offset)| *offset);
            let meaning = ColumnMeaning::of(&want.role, offset);
            columns.push(ExportColumn { table: report.table, name: want.role, meaning });
        }
    }
    columns
}

fn too_many(spec: &ExportSpec) -> ReadError {
    ReadError::TooLarge { path: spec.transactions.table.path.clone(), what: "customers", limit: LIMIT }
}

fn fingerprint(export: &Export, rows: [u8; 32]) -> String {
    let mut hash = Sha256::new();
    let (all, ends) = export.ids.parts();
    feed_text(&mut hash, all);
    hash.update(bytemuck::cast_slice::<u64, u8>(ends));
    hash.update(rows);
    if let Some(attributes) = &export.attributes {
        attributes.fingerprint(&mut hash);
    }
    if let Some(events) = &export.events {
        events.fingerprint(&mut hash);
    }
    if let Some(departures) = &export.departures {
        departures.fingerprint(&mut hash);
    }
    if let Some(offers) = &export.offers {
        offers.fingerprint(&mut hash);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
