//! How much memory reading may take, and what it may remember for the next time.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::csv_source::CHUNK;

/// How an export is read. The default is all in memory, with nothing remembered. None of it changes what is read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The memory that may be taken; without a limit, what it takes.
    pub memory: Option<MemoryLimit>,
    /// Where the purchases are kept, laid out, for the next time.
    pub cache: Option<CacheFolder>,
    /// Whether nobody will ask for the export's fingerprint: rows that stay in memory are not hashed then.
    pub without_fingerprint: bool,
    /// Bytes of a text file that are read at a time; 256 KiB where it is not said. What is read does not depend on it.
    pub bytes_at_a_time: Option<NonZeroUsize>,
}

/// How much memory reading and its results may take, and where rows go that have no room in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryLimit {
    /// Bytes. It bounds the rows; a few row groups of the file that is being decoded, the customers' ids and the rows of
    /// the one customer who has most must fit in any case.
    pub bytes: u64,
    /// Folder of the temporary file; it is made if it is not there.
    pub spill_to: PathBuf,
}

/// The folder of the cache.
///
/// The cache holds purchases and ids of customers: its file can be read by its owner alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheFolder {
    /// The folder; it is made if it is not there.
    pub path: PathBuf,
    /// Whether new exports are added to the cache, or it is only looked up.
    pub read_only: bool,
}

impl ReadOptions {
    /// Bytes of a text file that are read at a time.
    pub(crate) fn chunk(&self) -> usize {
        self.bytes_at_a_time.map_or(CHUNK, NonZeroUsize::get)
    }
}

impl MemoryLimit {
    /// Bytes of rows that are kept in memory: while they are laid out, some of them are there twice.
    pub(crate) fn of_rows(&self) -> u64 {
        self.bytes / 2
    }

    /// Bytes of rows that are laid out together.
    pub(crate) fn of_group(&self) -> u64 {
        (self.bytes / 8).max(1)
    }
}
