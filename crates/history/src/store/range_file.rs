//! Sorted rows of ranges in a file, each with its SHA-256: what comes back is what was written, or an error.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::columns::TIMESTAMP;
use super::layout::Cut;
use super::range::{RangeDigest, RangeRows};
use crate::calendar::{MICROS_PER_DAY, PLAUSIBLE_DAYS};
use crate::error::ReadError;

/// Where the rows of a range lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Entry {
    pub(crate) at: u64,
    pub(crate) rows: u64,
    pub(crate) digest: RangeDigest,
}

/// The file that ranges are written to.
#[derive(Debug)]
pub(crate) struct RangeFile {
    pub(crate) file: File,
    pub(crate) place: Place,
}

/// Whose file it is, for messages.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A file without a name in this folder.
    Temporary(PathBuf),
    /// The file of the cache.
    Cache(PathBuf),
}

/// Ranges that can be read.
#[derive(Debug)]
pub(crate) struct Ranges {
    pub(crate) file: RangeFile,
    pub(crate) entries: Vec<Entry>,
}

/// Bytes of a range in the file: the starts of its customers' rows, a gap up to the next eight bytes, its rows.
pub(crate) fn bytes_of(customers: usize, rows: u64, width: usize) -> u64 {
    bytes_of_starts(customers) + rows * width as u64 * 8
}

fn bytes_of_starts(customers: usize) -> u64 {
    ((customers as u64 + 1) * 4).next_multiple_of(8)
}

impl RangeFile {
    /// The same file, for another reader.
    pub(crate) fn try_clone(&self) -> std::io::Result<Self> {
        Ok(Self { file: self.file.try_clone()?, place: self.place.clone() })
    }

    pub(crate) fn write(&self, at: u64, rows: &RangeRows) -> std::io::Result<()> {
        self.file.write_all_at(bytemuck::cast_slice(&rows.starts), at)?;
        self.file.write_all_at(bytemuck::cast_slice(&rows.words), at + bytes_of_starts(rows.starts.len() - 1))
    }

    pub(crate) fn io_error(&self, source: std::io::Error) -> ReadError {
        match &self.place {
            Place::Temporary(folder) => ReadError::Spill { folder: folder.clone(), source },
            Place::Cache(path) => ReadError::Io { path: path.clone(), source },
        }
    }

    fn damaged(&self) -> ReadError {
        match &self.place {
            Place::Temporary(folder) => ReadError::SpillDamaged { folder: folder.clone() },
            Place::Cache(path) => ReadError::CacheDamaged { path: path.clone() },
        }
    }
}

impl Ranges {
    /// The rows of a range.
    pub(crate) fn read(&self, range: usize, cut: Cut, width: usize) -> Result<RangeRows, ReadError> {
        let (entry, file) = (self.entries[range], &self.file);
        let customers = cut.customers(range).len();
        let words = usize::try_from(entry.rows).map_err(|_| file.damaged())? * width;
        let mut rows = RangeRows { starts: vec![0; customers + 1], words: vec![0; words] };
        let read = |bytes: &mut [u8], at| {
            file.file.read_exact_at(bytes, at).map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => file.damaged(),
                _ => file.io_error(error),
            })
        };
        read(bytemuck::cast_slice_mut(&mut rows.starts), entry.at)?;
        read(bytemuck::cast_slice_mut(&mut rows.words), entry.at + bytes_of_starts(customers))?;
        if rows.digest() == entry.digest && is_whole(&rows, entry.rows, width) { Ok(rows) } else { Err(file.damaged()) }
    }
}

/// Whether rows are what the rest of the program takes for granted. Those that it wrote are.
fn is_whole(rows: &RangeRows, n: u64, width: usize) -> bool {
    let days = i64::from(*PLAUSIBLE_DAYS.start())..=i64::from(*PLAUSIBLE_DAYS.end());
    rows.starts.first() == Some(&0)
        && rows.starts.is_sorted()
        && rows.rows() == n
        && rows.words.chunks_exact(width).all(|row| days.contains(&row[TIMESTAMP].div_euclid(MICROS_PER_DAY)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Writes rows with their digest, whatever they are, and reads them back.
    fn back(rows: &RangeRows, n: u64) -> Result<RangeRows, ReadError> {
        let place = Place::Temporary(PathBuf::from("folder"));
        let file = RangeFile { file: tempfile::tempfile().unwrap(), place };
        file.write(8, rows).unwrap();
        let entries = vec![Entry { at: 8, rows: n, digest: rows.digest() }];
        let cut = Cut { n_customers: 2, shift: 1 };
        Ranges { file, entries }.read(0, cut, 2)
    }

    #[test]
    fn rows_come_back_if_they_are_rows_at_all() {
        let whole = RangeRows { starts: vec![0, 1, 2], words: vec![1, 2, 3, 4] };
        assert_eq!(back(&whole, 2).unwrap(), whole);
        for (starts, moment, n) in
            [(vec![0, 3, 2], 1, 2), (vec![1, 1, 2], 1, 2), (vec![0, 1, 2], i64::MAX, 2), (vec![0, 1, 2], 1, 3)]
        {
            let words = vec![moment, 2, 3, 4];
            assert!(matches!(back(&RangeRows { starts, words }, n), Err(ReadError::SpillDamaged { .. })));
        }
    }
}
