//! The same purchase in more than one file: exports that overlap, and orders that were delivered again.
//!
//! A purchase is known by its order, its customer and its moment; rows without an order are never compared. Where the rows of
//! a purchase are the same in two files, they count once. Where they are not, the rows recorded last count, if the export
//! says when rows were recorded and one file's are the last; else nothing says which of them is right, and the export is
//! refused. Later rows of an order, such as a return, have a moment of their own and stay.
//!
//! Only rows of times that more than one file covers are looked at: files that follow one another cost nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;

use super::columns::{Columns, TIMESTAMP};
use super::hash;
use super::raw::{Kept, RawRows};
use super::spill::{Chunk, SpillFile};
use crate::error::ReadError;
use crate::read::TableReport;
use crate::tag::Tag;
use crate::warning::{Warning, WarningCode};

/// What was found, and left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Overlap {
    /// Rows that count no more.
    pub(crate) rows: u64,
    /// Purchases that are the same in more than one file.
    pub(crate) same: u64,
    /// Purchases of which there is a later version.
    pub(crate) changed: u64,
}

/// Customer, moment and order.
type Purchase = (u32, i64, i64);

/// The rows of a purchase in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    purchase: Purchase,
    file: usize,
    rows: u64,
    /// The sum of the hashes of its rows: the same whatever their order.
    content: u128,
    /// When the last of them was recorded.
    recorded: Option<i64>,
}

impl RawRows {
    /// Leaves out rows of purchases that are in more than one of these files.
    pub(crate) fn without_overlaps(&mut self, files: &[PathBuf]) -> Result<Overlap, ReadError> {
        let columns = self.columns;
        let Some(order) = columns.order else { return Ok(Overlap::default()) };
        let times = self.times_of_many();
        if times.is_empty() {
            return Ok(Overlap::default());
        }
        let looked_at =
            |row: &[i64]| row[order] != Tag::EMPTY.to_word() && covers(&times, row[TIMESTAMP], row[TIMESTAMP]);
        let keys = self.each_chunk(&times, |file, chunk| {
            let rows = rows_of(chunk, &columns).filter(|(_, row)| looked_at(row));
            let mut keys: Vec<(u64, usize)> = rows.map(|(customer, row)| (key(customer, row, order), file)).collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        })?;
        let mut keys = keys.concat();
        keys.par_sort_unstable();
        keys.dedup();
        let mut shared: Vec<u64> = keys.windows(2).filter(|two| two[0].0 == two[1].0).map(|two| two[0].0).collect();
        drop(keys);
        shared.dedup();
        if shared.is_empty() {
            return Ok(Overlap::default());
        }
        let is_shared =
            |customer: u32, row: &[i64]| looked_at(row) && shared.binary_search(&key(customer, row, order)).is_ok();
        let versions = self.each_chunk(&times, |file, chunk| {
            let rows = rows_of(chunk, &columns).filter(|(customer, row)| is_shared(*customer, row));
            together(rows.map(|(customer, row)| version(file, customer, row, &columns, order)).collect())
        })?;
        let (overlap, mut left_out) = choose(&together(versions.concat()), files)?;
        left_out.par_sort_unstable();
        self.retain(&times, |file, customer, row| {
            left_out.binary_search(&((customer, row[TIMESTAMP], row[order]), file)).is_err()
        })?;
        Ok(overlap)
    }

    /// The times that rows of more than one file lie in: beginnings and ends, ascending.
    fn times_of_many(&mut self) -> Vec<(i64, i64)> {
        let mut of_file: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
        for chunk in self.chunks() {
            let (from, to) = chunk.times;
            let times = of_file.entry(chunk.place.0).or_insert((from, to));
            *times = (times.0.min(from), times.1.max(to));
        }
        // Ends behind beginnings of the same time: files that meet in one moment share it.
        let mut edges: Vec<(i64, bool)> =
            of_file.values().flat_map(|(from, to)| [(*from, false), (*to, true)]).collect();
        edges.sort_unstable();
        let (mut open, mut begun) = (0, None);
        let mut times = Vec::new();
        for (at, is_end) in edges {
            if is_end {
                open -= 1;
                if open == 1 {
                    times.extend(begun.take().map(|from| (from, at)));
                }
            } else {
                open += 1;
                if open == 2 {
                    begun = Some(at);
                }
            }
        }
        times
    }

    /// What is made of each chunk that has rows of these times.
    fn each_chunk<T: Send>(
        &mut self,
        times: &[(i64, i64)],
        of: impl Fn(usize, &Chunk) -> T + Sync,
    ) -> Result<Vec<T>, ReadError> {
        let width = self.columns.width;
        let spill = self.spill();
        let chunks = self.chunks().par_iter().filter(|chunk| covers(times, chunk.times.0, chunk.times.1));
        chunks.map(|chunk| Ok(of(chunk.place.0, &*load(&chunk.kept, spill.as_deref(), width)?))).collect()
    }

    /// Keeps the rows of which `keeps` says so, of the chunks that have rows of these times.
    fn retain(
        &mut self,
        times: &[(i64, i64)],
        keeps: impl Fn(usize, u32, &[i64]) -> bool + Sync,
    ) -> Result<(), ReadError> {
        let columns = self.columns;
        let spill = self.spill();
        let chunks = self.chunks().par_iter_mut().filter(|chunk| covers(times, chunk.times.0, chunk.times.1));
        chunks.try_for_each(|chunk| {
            let file = chunk.place.0;
            let loaded = load(&chunk.kept, spill.as_deref(), columns.width)?;
            if rows_of(&loaded, &columns).all(|(customer, row)| keeps(file, customer, row)) {
                return Ok(());
            }
            let mut kept = Chunk::default();
            for (customer, row) in rows_of(&loaded, &columns).filter(|(customer, row)| keeps(file, *customer, row)) {
                kept.customer.push(customer);
                kept.words.extend_from_slice(row);
            }
            // What was in the file stays there: the limit of memory holds on.
            chunk.kept = match (&chunk.kept, spill.as_deref()) {
                (Kept::File(_), Some(spill)) => Kept::File(spill.write(&kept)?),
                _ => Kept::Memory(kept),
            };
            Ok(())
        })
    }
}

impl Overlap {
    /// Puts what was found into the report of the table.
    pub(crate) fn tell(self, report: &mut TableReport, order_id: Option<&str>) {
        if self == Self::default() {
            return;
        }
        report.used -= self.rows;
        report.deduplicated = self.rows;
        let column = order_id.unwrap_or_default();
        let file = report.file.clone();
        let mut warn = |code, count: u64, message: String| {
            if count > 0 {
                report.warnings.push(Warning::new(code, &file, count, message).in_column(column));
            }
        };
        let same = "purchases are the same in more than one file, and count once";
        warn(WarningCode::OverlappingOrders, self.same, format!("{} {same}", self.same));
        let changed =
            "purchases have other rows in another file (same order, customer and time); those recorded last are used";
        warn(WarningCode::ChangedOrders, self.changed, format!("{} {changed}", self.changed));
    }
}

fn load<'a>(kept: &'a Kept, spill: Option<&SpillFile>, width: usize) -> Result<Cow<'a, Chunk>, ReadError> {
    match (kept, spill) {
        (Kept::Memory(chunk), _) => Ok(Cow::Borrowed(chunk)),
        (Kept::File(spilled), spill) => {
            spill.expect("a chunk in the file has a file").read(*spilled, width).map(Cow::Owned)
        }
    }
}

fn rows_of<'c>(chunk: &'c Chunk, columns: &Columns) -> impl Iterator<Item = (u32, &'c [i64])> {
    chunk.customer.iter().copied().zip(chunk.words.chunks_exact(columns.width))
}

/// Whether one of some times, ascending, has anything of the time from `from` to `to`.
fn covers(times: &[(i64, i64)], from: i64, to: i64) -> bool {
    let next = times.partition_point(|(_, end)| *end < from);
    times.get(next).is_some_and(|(begin, _)| *begin <= to)
}

fn key(customer: u32, row: &[i64], order: usize) -> u64 {
    hash::of_words(&[i64::from(customer), row[TIMESTAMP], row[order]])
}

fn version(file: usize, customer: u32, row: &[i64], columns: &Columns, order: usize) -> Version {
    let mut turned: Vec<i64> = row.to_vec();
    turned.push(1);
    let content = u128::from(hash::of_words(row)) << 64 | u128::from(hash::of_words(&turned));
    Version {
        purchase: (customer, row[TIMESTAMP], row[order]),
        file,
        rows: 1,
        content,
        recorded: columns.recorded_at.map(|at| row[at]),
    }
}

/// One version for each purchase and file.
fn together(mut versions: Vec<Version>) -> Vec<Version> {
    versions.par_sort_unstable_by_key(|version| (version.purchase, version.file));
    let same = |a: &Version, b: &Version| (a.purchase, a.file) == (b.purchase, b.file);
    let sum = |same: &[Version]| Version {
        rows: same.iter().map(|version| version.rows).sum(),
        content: same.iter().fold(0, |sum, version| sum.wrapping_add(version.content)),
        recorded: same.iter().filter_map(|version| version.recorded).max(),
        ..same[0]
    };
    versions.chunk_by(same).map(sum).collect()
}

/// Which version of each purchase counts; what comes back are the others, by purchase and file.
fn choose(versions: &[Version], files: &[PathBuf]) -> Result<(Overlap, Vec<(Purchase, usize)>), ReadError> {
    let mut overlap = Overlap::default();
    let mut left_out = Vec::new();
    let mut undecided: Vec<(usize, usize)> = Vec::new();
    for of_one in versions.chunk_by(|a, b| a.purchase == b.purchase).filter(|versions| versions.len() > 1) {
        let alike = |version: &Version| (version.rows, version.content) == (of_one[0].rows, of_one[0].content);
        let latest = of_one.iter().filter_map(|version| version.recorded).max();
        let mut last = of_one.iter().filter(|version| version.recorded == latest);
        let chosen = match (of_one.iter().all(alike), latest, last.next(), last.next()) {
            (true, ..) => {
                overlap.same += 1;
                of_one[0].file
            }
            (false, Some(_), Some(only), None) => {
                overlap.changed += 1;
                only.file
            }
            _ => {
                undecided.push((of_one[0].file, of_one[1].file));
                continue;
            }
        };
        for version in of_one.iter().filter(|version| version.file != chosen) {
            overlap.rows += version.rows;
            left_out.push((version.purchase, version.file));
        }
    }
    // Customers have numbers that depend on the threads; files have not.
    match undecided.iter().min() {
        None => Ok((overlap, left_out)),
        Some((first, second)) => {
            let path = |file: &usize| files.get(*file).cloned().unwrap_or_default();
            let purchases = undecided.len() as u64;
            Err(ReadError::ChangedOrders { first: path(first), second: path(second), purchases })
        }
    }
}
