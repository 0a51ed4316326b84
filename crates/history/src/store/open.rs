//! From the files of an export, or from the cache, to a store; and from there to the cache.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::cache::{self, CacheWriter, Miss};
use super::footer::{CachedFile, Footer, SpecKey};
use super::intern::{Interner, TooMany};
use super::layout::Cut;
use super::overlap::Overlap;
use super::range_file::{Place, RangeFile, Ranges};
use super::raw::RawRows;
use super::spill::Chunk;
use super::{Columns, CustomerIds, Store};
use crate::channel_names::ChannelNames;
use crate::error::ReadError;
use crate::files::{self, FileDigest};
use crate::options::{CacheFolder, MemoryLimit, ReadOptions};
use crate::parquet_source::check_same_types;
use crate::read::{LIMIT, Plan, TableReport, Tally};
use crate::spec::ExportSpec;

/// The transactions of an export.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) store: Store,
    /// Names of the channels of the purchases.
    pub(crate) channels: ChannelNames,
    /// Ids of the customers in the store.
    pub(crate) ids: CustomerIds,
    pub(crate) report: TableReport,
    pub(crate) from: RowsFrom,
    pub(crate) notes: Vec<ReadNote>,
    /// The file of the cache, which gets its name when the export turns out to be of use.
    pub(crate) pending: Option<PendingCache>,
}

/// A file of the cache with all its rows, and the footer that belongs behind them.
#[derive(Debug)]
pub(crate) struct PendingCache {
    writer: CacheWriter,
    footer: Vec<u8>,
    behind_rows: u64,
    failed: Option<std::io::Error>,
}

impl PendingCache {
    /// Finishes the file; what comes back says why it could not be.
    pub(crate) fn finish(self) -> Option<ReadNote> {
        let Self { writer, footer, behind_rows, failed } = self;
        let folder = writer.folder();
        let written = failed.map_or_else(|| writer.finish(footer, behind_rows), Err);
        written.err().map(|error| ReadNote::CacheNotWritten(folder, error))
    }
}

/// Where the transactions came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsFrom {
    /// From the export's files.
    Files,
    /// From the cache.
    Cache,
    /// From the cache, and from so many files that are new.
    CacheAnd(usize),
}

/// Something that went wrong while reading, and did no harm.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadNote {
    /// The file of the cache was not used.
    CacheDamaged(PathBuf),
    /// The cache could not be written.
    CacheNotWritten(PathBuf, std::io::Error),
}

impl fmt::Display for ReadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadNote::CacheDamaged(path) => {
                write!(f, "{}: damaged, or of another version; the exports were read instead", path.display())
            }
            ReadNote::CacheNotWritten(folder, error) => {
                write!(
                    f,
                    "cannot write the cache in {}: {error}; the next run reads the exports again",
                    folder.display()
                )
            }
        }
    }
}

/// Reads the transactions that a spec names, or takes them from the cache.
pub(crate) fn open(spec: &ExportSpec, options: &ReadOptions) -> Result<Opened, ReadError> {
    let table = &spec.transactions.table;
    let (paths, stamps) = files::of_table(table)?;
    let plan = Plan::new(spec, options.chunk());
    check_same_types(&paths, plan.wanted())?;
    let mut source = Source { plan, paths, options, notes: Vec::new() };
    let opened = match &options.cache {
        Some(folder) => {
            let digests = match &table.query {
                Some(query) => vec![query.answer(&table.path)?.digest],
                None => files::digests(&source.paths)?,
            };
            source.with_cache(folder, &cache::spec_key(spec), &digests)
        }
        None => {
            files::check_distinct(&source.paths, &stamps)?;
            source.read_files(None)
        }
    }?;
    files::check_unchanged(&source.paths, &stamps)?;
    let (layout, report) = opened;
    let Layout { store, channels, ids, from, pending } = layout;
    Ok(Opened { store, channels, ids, report, from, notes: source.notes, pending })
}

/// Files, and how they are read.
struct Source<'a> {
    plan: Plan<'a>,
    paths: Vec<PathBuf>,
    options: &'a ReadOptions,
    notes: Vec<ReadNote>,
}

/// Rows laid out.
struct Layout {
    store: Store,
    channels: ChannelNames,
    ids: CustomerIds,
    from: RowsFrom,
    pending: Option<PendingCache>,
}

/// What is written to the cache.
#[derive(Clone, Copy)]
struct ToCache<'a> {
    folder: &'a CacheFolder,
    key: &'a SpecKey,
    digests: &'a [FileDigest],
}

/// Rows of the cache, and for each file of the export its place among the files of the cache.
struct Before {
    ranges: Ranges,
    footer: Footer,
    place_of: Vec<Option<usize>>,
}

impl Source<'_> {
    fn with_cache(
        &mut self,
        folder: &CacheFolder,
        key: &SpecKey,
        digests: &[FileDigest],
    ) -> Result<(Layout, TableReport), ReadError> {
        let columns = self.plan.columns();
        let to = ToCache { folder, key, digests };
        let before = match cache::open(&folder.path, key, columns.width) {
            Ok((file, footer)) => Before::of(file, footer, digests),
            Err(Miss::Damaged(path)) => {
                self.notes.push(ReadNote::CacheDamaged(path));
                None
            }
            Err(Miss::Absent | Miss::Other) => None,
        };
        let Some(before) = before else { return self.read_files(Some(to)) };
        let all_there = before.place_of.iter().all(Option::is_some);
        let taken = if all_there { self.take_cache(before, columns) } else { self.extend(before, to) };
        match taken {
            Err(ReadError::CacheDamaged { path }) => {
                self.notes.push(ReadNote::CacheDamaged(path));
                self.read_files(Some(to))
            }
            other => other,
        }
    }

    fn read_files(&mut self, to: Option<ToCache<'_>>) -> Result<(Layout, TableReport), ReadError> {
        let mut raw = RawRows::new(self.plan.columns(), self.options.memory.clone());
        let interner = Interner::default();
        let tallies = self.plan.read(&self.paths, 0, &interner, &raw)?;
        let mut report = self.plan.close(&self.paths, tallies.clone())?;
        let overlap = raw.without_overlaps(&self.paths)?;
        overlap.tell(&mut report, self.plan.order_id());
        let layout = self.lay_out(raw, interner, (&tallies, overlap), to, RowsFrom::Files)?;
        Ok((layout, report))
    }

    fn take_cache(&mut self, before: Before, columns: Columns) -> Result<(Layout, TableReport), ReadError> {
        let tallies = before.tallies(&self.paths, Vec::new());
        let channels = channels_of(&tallies);
        let mut report = self.plan.close(&self.paths, tallies)?;
        before.footer.overlap.tell(&mut report, self.plan.order_id());
        let Before { ranges, footer: Footer { ids, cut, .. }, .. } = before;
        let rows: u64 = ranges.entries.iter().map(|entry| entry.rows).sum();
        let in_memory = !self.has_no_room_for(rows);
        let store = Store::of_file(ranges, cut, columns, in_memory)?;
        Ok((Layout { store, channels, ids, from: RowsFrom::Cache, pending: None }, report))
    }

    /// Reads the files that are new, and lays their rows out together with those of the cache.
    fn extend(&mut self, before: Before, to: ToCache<'_>) -> Result<(Layout, TableReport), ReadError> {
        let new: Vec<PathBuf> = self
            .paths
            .iter()
            .zip(&before.place_of)
            .filter(|(_, at)| at.is_none())
            .map(|(path, _)| path.clone())
            .collect();
        let mut raw = RawRows::new(self.plan.columns(), self.options.memory.clone());
        let (interner, numbers) = Interner::of(&before.footer.ids).map_err(|TooMany| self.too_many())?;
        before.add_to(&raw, &numbers)?;
        let tallies = self.plan.read(&new, 1, &interner, &raw)?;
        let tallies = before.tallies(&self.paths, tallies);
        let mut report = self.plan.close(&self.paths, tallies.clone())?;
        // Rows of the cache don't say which file they are of: where new ones overlap with them, all files are read.
        if !matches!(raw.without_overlaps(&self.paths), Ok(Overlap { rows: 0, .. })) {
            return self.read_files(Some(to));
        }
        let overlap = before.footer.overlap;
        overlap.tell(&mut report, self.plan.order_id());
        drop(before);
        let layout = self.lay_out(raw, interner, (&tallies, overlap), Some(to), RowsFrom::CacheAnd(new.len()))?;
        Ok((layout, report))
    }

    fn lay_out(
        &mut self,
        raw: RawRows,
        mut interner: Interner,
        (tallies, overlap): (&[Tally], Overlap),
        to: Option<ToCache<'_>>,
        from: RowsFrom,
    ) -> Result<Layout, ReadError> {
        let (ids, places) = interner.sorted();
        // Its tables are as large as the ids themselves.
        drop(interner);
        let rows: u64 = tallies.iter().map(|tally| tally.used).sum::<u64>() - overlap.rows;
        let n_customers = u32::try_from(ids.len()).ok().filter(|n| *n <= LIMIT).ok_or_else(|| self.too_many())?;
        let cut = Cut::of(rows, n_customers);
        let limit = self.options.memory.as_ref();
        let spilled = limit.filter(|_| self.has_no_room_for(rows));
        let writer = to.filter(|to| !to.folder.read_only).and_then(|to| self.cache_writer(to));
        let temporary = match (&writer, spilled) {
            (None, Some(limit)) => Some(temporary_file(limit)?),
            _ => None,
        };
        let target = writer.as_ref().map(|writer| &writer.file).or(temporary.as_ref());
        let target = (target, !self.options.without_fingerprint);
        let (store, mut entries, end, failed) = Store::lay_out(raw, &places, cut, limit, spilled.is_some(), target)?;
        let mut layout = Layout { store, channels: channels_of(tallies), ids, from, pending: None };
        let mut file = temporary;
        if let (Some(writer), Some(to)) = (writer, to) {
            let files = to.digests.iter().zip(tallies);
            let files = files.map(|(digest, tally)| CachedFile { digest: *digest, tally: tally.clone() }).collect();
            let footer = Footer { key: *to.key, files, overlap, ids: layout.ids, cut, entries };
            let footer_bytes = footer.encode();
            (layout.ids, entries) = (footer.ids, footer.entries);
            if spilled.is_some() {
                file = Some(writer.file.try_clone().map_err(|error| writer.file.io_error(error))?);
            }
            layout.pending = Some(PendingCache { writer, footer: footer_bytes, behind_rows: end, failed });
        }
        if let Some(file) = file {
            layout.store.read_from(Ranges { file, entries });
        }
        Ok(layout)
    }

    fn cache_writer(&mut self, to: ToCache<'_>) -> Option<CacheWriter> {
        match CacheWriter::create(&to.folder.path) {
            Ok(writer) => Some(writer),
            Err(error) => {
                self.notes.push(ReadNote::CacheNotWritten(to.folder.path.clone(), error));
                None
            }
        }
    }

    fn has_no_room_for(&self, rows: u64) -> bool {
        let bytes = rows.saturating_mul(self.plan.columns().width as u64 * 8 + 4);
        self.options.memory.as_ref().is_some_and(|limit| bytes > limit.of_rows())
    }

    fn too_many(&self) -> ReadError {
        ReadError::TooLarge { path: self.plan.path().to_owned(), what: "customers", limit: LIMIT }
    }
}

impl Before {
    /// The rows of the cache, if they are all of files that are still there.
    fn of(file: RangeFile, footer: Footer, digests: &[FileDigest]) -> Option<Self> {
        let place = |digest: &FileDigest| footer.files.iter().position(|file| file.digest == *digest);
        let place_of: Vec<Option<usize>> = digests.iter().map(place).collect();
        let known = place_of.iter().flatten().count();
        if known < footer.files.len() || known == 0 {
            return None;
        }
        Some(Self { ranges: Ranges { file, entries: footer.entries.clone() }, footer, place_of })
    }

    /// What was counted in each file, now and before. Rejected rows get the name that their file has now.
    fn tallies(&self, paths: &[PathBuf], new: Vec<Tally>) -> Vec<Tally> {
        let mut new = new.into_iter();
        let tally = |(path, place): (&PathBuf, &Option<usize>)| match place {
            Some(place) => {
                let mut tally = self.footer.files[*place].tally.clone();
                tally.rename_file(path);
                Some(tally)
            }
            None => new.next(),
        };
        paths.iter().zip(&self.place_of).filter_map(tally).collect()
    }

    /// Adds the rows of the cache to rows that are read, with the customers' new numbers.
    fn add_to(&self, raw: &RawRows, numbers: &[u32]) -> Result<(), ReadError> {
        use rayon::prelude::*;
        let cut = self.footer.cut;
        (0..cut.ranges()).into_par_iter().try_for_each(|range| {
            let rows = self.ranges.read(range, cut, raw.columns.width)?;
            let mut customer = Vec::with_capacity(usize::try_from(rows.rows()).unwrap_or(0));
            for (place, pair) in cut.customers(range).zip(rows.starts.windows(2)) {
                customer.resize(pair[1] as usize, numbers[place as usize]);
            }
            raw.add((0, range as u64), Chunk { customer, words: rows.words })
        })
    }
}

/// The names of the channels of all files.
fn channels_of(tallies: &[Tally]) -> ChannelNames {
    let mut all = ChannelNames::default();
    tallies.iter().for_each(|tally| all.append(tally.channels.clone()));
    all
}

/// A file without a name in this folder.
pub(crate) fn unnamed_file(folder: &Path) -> Result<File, ReadError> {
    Ok(super::spill::SpillFile::create(folder)?.into_file())
}

fn temporary_file(limit: &MemoryLimit) -> Result<RangeFile, ReadError> {
    let folder = limit.spill_to.clone();
    let file = super::spill::SpillFile::create(&folder)?.into_file();
    Ok(RangeFile { file, place: Place::Temporary(folder) })
}
