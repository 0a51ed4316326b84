//! The transactions, laid out by customer and time: read once, and looked at from many as-of dates.
//!
//! Rows go through here as words of 64 bits ([`columns`]). They are read in chunks with the customers numbered as they
//! come ([`intern`], [`raw`]), sorted by range of customers ([`layout`], [`range`]), put together to purchases
//! ([`purchases`]) and counted ([`summary`]). What has no room in memory lies in files ([`spill`], [`range_file`]), and what
//! was laid out is kept for the next run ([`cache`]).

mod cache;
mod codec;
mod columns;
mod folders;
mod footer;
mod hash;
mod ids;
mod intern;
mod layout;
mod open;
mod overlap;
mod purchases;
mod range;
mod range_file;
mod raw;
mod spill;
mod summary;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::ReadError;
use crate::options::MemoryLimit;
use layout::{Cut, lay_out};
use purchases::Purchases;
use range::{RangeDigest, RangeRows};
use range_file::{Entry, RangeFile, Ranges, bytes_of};

pub(crate) use columns::Columns;
pub(crate) use hash::{IdHash, of_id as hash_of_id};
pub use ids::CustomerIds;
pub(crate) use intern::{IDS_AT_A_TIME, Interner, TooMany};
pub(crate) use open::{Opened, PendingCache, open, unnamed_file};
pub use open::{ReadNote, RowsFrom};
pub(crate) use purchases::View;
pub(crate) use raw::RawRows;
pub(crate) use spill::Chunk;
pub(crate) use summary::Summary;

/// The transactions of all customers who have any.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) columns: Columns,
    cut: Cut,
    rows: Kept,
    pub(crate) summary: Summary,
    /// SHA-256 of all rows, whatever file they came from and in which order; `None` where nobody asked for it.
    pub(crate) digest: Option<[u8; 32]>,
}

#[derive(Debug)]
enum Kept {
    Memory(Vec<Purchases>),
    File(Ranges),
}

/// Rows of some customers, in memory.
#[derive(Debug)]
pub(crate) struct StoreBlock<'a> {
    store: &'a Store,
    customers: Range<u32>,
    /// Number of the first range that was read.
    first: usize,
    read: Vec<Purchases>,
}

/// Where rows that were laid out are written to, beside what is kept in memory.
#[derive(Debug)]
struct Written {
    /// Where the next group begins, and where the ranges of this group lie.
    next: u64,
    places: Vec<u64>,
}

impl Store {
    /// Lays out rows. `places` gives for each customer's number the place among all customers. Rows go to the target as
    /// well, if there is one; the store that comes back has its rows in memory, or in the file. Rows are hashed where they
    /// go to a file, or where it is asked for.
    fn lay_out(
        raw: RawRows,
        places: &[u32],
        cut: Cut,
        limit: Option<&MemoryLimit>,
        spilled: bool,
        (target, needs_digest): (Option<&RangeFile>, bool),
    ) -> Result<(Self, Vec<Entry>, u64, Option<std::io::Error>), ReadError> {
        let columns = raw.columns;
        let written = Mutex::new(Written { next: cache::FIRST_ROW_AT, places: vec![0; cut.ranges()] });
        let failed: Mutex<Option<std::io::Error>> = Mutex::new(None);
        let summary = Mutex::new(Summary::default());
        let begin = |ranges: Range<usize>, rows: &[u64]| {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            for (range, rows) in ranges.zip(rows) {
                written.places[range] = written.next;
                written.next += bytes_of(cut.customers(range).len(), *rows, columns.width);
            }
        };
        let done = |range: usize, rows: RangeRows| {
            let at = written.lock().unwrap_or_else(PoisonError::into_inner).places[range];
            let digest = if needs_digest || target.is_some() { rows.digest() } else { RangeDigest::default() };
            let entry = Entry { at, rows: rows.rows(), digest };
            if let Some(file) = target
                && let Err(error) = file.write(at, &rows)
            {
                if spilled {
                    return Err(file.io_error(error));
                }
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
            let purchases = purchases_of(rows, &columns, &summary);
            Ok((entry, (!spilled).then_some(purchases)))
        };
        let ranges = lay_out(raw, places, cut, limit, begin, done)?;
        let (entries, purchases): (Vec<Entry>, Vec<Option<Purchases>>) = ranges.into_iter().unzip();
        let digest = needs_digest.then(|| digest(&columns, cut, entries.iter().map(|entry| &entry.digest)));
        let summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
        let rows = Kept::Memory(purchases.into_iter().flatten().collect());
        let end = written.into_inner().unwrap_or_else(PoisonError::into_inner).next;
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((Self { columns, cut, rows, summary, digest }, entries, end, failed))
    }

    /// Rows that were laid out before: all of them are read and checked once.
    fn of_file(ranges: Ranges, cut: Cut, columns: Columns, in_memory: bool) -> Result<Self, ReadError> {
        let summary = Mutex::new(Summary::default());
        let read = |range: usize| {
            let purchases = purchases_of(ranges.read(range, cut, columns.width)?, &columns, &summary);
            Ok(in_memory.then_some(purchases))
        };
        let purchases: Vec<Option<Purchases>> =
            (0..cut.ranges()).into_par_iter().map(read).collect::<Result<_, ReadError>>()?;
        let digest = Some(digest(&columns, cut, ranges.entries.iter().map(|entry| &entry.digest)));
        let summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
        let rows = if in_memory { Kept::Memory(purchases.into_iter().flatten().collect()) } else { Kept::File(ranges) };
        Ok(Self { columns, cut, rows, summary, digest })
    }

    /// From now on the rows come from a file that holds the same.
    fn read_from(&mut self, ranges: Ranges) {
        self.rows = Kept::File(ranges);
    }

    /// The rows of some customers.
    pub(crate) fn block(&self, customers: Range<u32>) -> Result<StoreBlock<'_>, ReadError> {
        let customers = customers.start.min(self.cut.n_customers)..customers.end.min(self.cut.n_customers);
        let first = self.cut.range_of(customers.start);
        let read = match &self.rows {
            Kept::File(ranges) if !customers.is_empty() => (first..=self.cut.range_of(customers.end - 1))
                .map(|range| Ok(Purchases::of(ranges.read(range, self.cut, self.columns.width)?, &self.columns)))
                .collect::<Result<_, ReadError>>()?,
            _ => Vec::new(),
        };
        Ok(StoreBlock { store: self, customers, first, read })
    }
}

impl StoreBlock<'_> {
    /// The purchases of a customer.
    ///
    /// # Panics
    /// The customer is none of the block's.
    pub(crate) fn purchases(&self, customer: u32) -> View<'_> {
        let (purchases, at) = self.find(customer);
        purchases.of_customer(at, &self.store.columns)
    }

    /// The rows of the export that are a customer's.
    ///
    /// # Panics
    /// The customer is none of the block's.
    pub(crate) fn lines(&self, customer: u32) -> View<'_> {
        let (purchases, at) = self.find(customer);
        purchases.lines_of(at, &self.store.columns)
    }

    /// No rows.
    pub(crate) fn nothing(&self) -> View<'_> {
        View::empty(&self.store.columns)
    }

    fn find(&self, customer: u32) -> (&Purchases, usize) {
        assert!(self.customers.contains(&customer), "customers are looked up in a block that was made for them");
        let range = self.store.cut.range_of(customer);
        let at = (customer - self.store.cut.customers(range).start) as usize;
        match &self.store.rows {
            Kept::Memory(ranges) => (&ranges[range], at),
            Kept::File(_) => (&self.read[range - self.first], at),
        }
    }
}

fn purchases_of(rows: RangeRows, columns: &Columns, summary: &Mutex<Summary>) -> Purchases {
    let repeated = rows.repeated(columns);
    let purchases = Purchases::of(rows, columns);
    let counted = Summary::of(&purchases, columns, repeated);
    summary.lock().unwrap_or_else(PoisonError::into_inner).add(&counted);
    purchases
}

/// SHA-256 over the ranges' hashes, and over what their words mean.
fn digest<'a>(columns: &Columns, cut: Cut, ranges: impl Iterator<Item = &'a RangeDigest>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(format!("{columns:?} {cut:?}"));
    ranges.for_each(|range| hash.update(range));
    hash.finalize().into()
}
