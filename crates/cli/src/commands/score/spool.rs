//! What was scored, until it is written; and, for the next incremental run, what it was scored from.
//!
//! One file, in the order of the customers' ids. It begins with [`MAGIC`], a hash of all that rows depend on beside their own
//! customer (u8 x 32), and the number of horizons (u32). Then comes an entry for each customer: the length of the id (u16)
//! and the id, the customer's digest (u8 x 16), the length of the row (u32) and the row ([`scoring::encode_row`]). It ends with the
//! length of an id that no customer has, the number of entries (u64), and the SHA-256 of all before it. In a run that keeps nothing for the next one
//! the ids are empty and the digests zero, and the file never has a name.
//!
//! It holds ids and scores: only its owner can read it, and `churn forget` takes it away.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use history::{CustomerDigest, WriteError, sync_folder_of};
use sha2::{Digest, Sha256};
use tempfile::TempPath;

/// Name of the file that an incremental run keeps for the next one.
pub(crate) const STATE_FILE: &str = "scores.state";

const MAGIC: &[u8; 16] = b"churn scores v1\0";
/// No id is as long.
const NO_ID: u16 = u16::MAX;
/// So many rows lie between two places that are remembered.
pub(super) const ROWS_BETWEEN_MARKS: usize = 4_096;
/// No honest row is longer.
const MOST_ROW_BYTES: u32 = 1 << 20;

/// What all rows depend on, as a hash.
pub(super) type Key = [u8; 32];

/// A spool that is being written.
#[derive(Debug)]
pub(super) struct SpoolWriter {
    file: BufWriter<File>,
    temporary: TempPath,
    path: PathBuf,
    /// Of one that is kept for the next run.
    hash: Option<Sha256>,
    horizons: u32,
    at: u64,
    rows: u64,
    marks: Vec<u64>,
    entry: Vec<u8>,
}

/// Rows that were scored, to be read in any order.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    path: PathBuf,
    pub(super) horizons: usize,
    /// Where every [`ROWS_BETWEEN_MARKS`]th entry begins, and where the last one ends.
    marks: Vec<u64>,
    temporary: Option<TempPath>,
}

impl SpoolWriter {
    /// Begins a spool in this folder, to be kept for the next run or not.
    pub(super) fn create(folder: &Path, key: &Key, horizons: usize, keep: bool) -> Result<Self, WriteError> {
        let path = folder.join(STATE_FILE);
        let io = |source| WriteError::Io { path: path.clone(), source };
        let temporary = tempfile::Builder::new().prefix(".churn-").suffix(".tmp").tempfile_in(folder).map_err(io)?;
        let (file, temporary) = temporary.into_parts();
        let mut writer = Self {
            file: BufWriter::with_capacity(1 << 18, file),
            temporary,
            path,
            hash: keep.then(Sha256::new),
            horizons: u32::try_from(horizons).unwrap_or(u32::MAX),
            at: 0,
            rows: 0,
            marks: Vec::new(),
            entry: Vec::new(),
        };
        writer.entry.extend(MAGIC);
        writer.entry.extend(key);
        writer.entry.extend(writer.horizons.to_le_bytes());
        writer.put()?;
        Ok(writer)
    }

    /// Appends an entry; the row's bytes are what `row` writes.
    pub(super) fn push(
        &mut self,
        id: &str,
        digest: &CustomerDigest,
        row: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), WriteError> {
        if self.rows.is_multiple_of(ROWS_BETWEEN_MARKS as u64) {
            self.marks.push(self.at);
        }
        let length = u16::try_from(id.len()).ok().filter(|length| *length != NO_ID);
        let length = length.ok_or_else(|| self.io(std::io::Error::other("an id is too long")))?;
        self.entry.extend(length.to_le_bytes());
        self.entry.extend(id.as_bytes());
        self.entry.extend(digest);
        let begins = self.entry.len();
        self.entry.extend([0; 4]);
        row(&mut self.entry);
        let length = (self.entry.len() - begins - 4) as u32;
        self.entry[begins..begins + 4].copy_from_slice(&length.to_le_bytes());
        self.rows += 1;
        self.put()
    }

    /// Ends the spool. One that is kept is synced, and waits for its name.
    pub(super) fn finish(mut self) -> Result<Spool, WriteError> {
        self.marks.push(self.at);
        self.entry.extend(NO_ID.to_le_bytes());
        self.entry.extend(self.rows.to_le_bytes());
        self.put()?;
        let keep = self.hash.is_some();
        if let Some(hash) = self.hash.take() {
            self.entry.extend(hash.finalize());
        }
        self.put()?;
        let path = self.path;
        let io = |source| WriteError::Io { path: path.clone(), source };
        let file = self.file.into_inner().map_err(|error| io(error.into_error()))?;
        if keep {
            file.sync_all().map_err(io)?;
        }
        let horizons = self.horizons as usize;
        Ok(Spool { file, path, horizons, marks: self.marks, temporary: keep.then_some(self.temporary) })
    }

    fn put(&mut self) -> Result<(), WriteError> {
        if let Some(hash) = &mut self.hash {
            hash.update(&self.entry);
        }
        self.at += self.entry.len() as u64;
        let outcome = self.file.write_all(&self.entry);
        self.entry.clear();
        outcome.map_err(|source| self.io(source))
    }

    fn io(&self, source: std::io::Error) -> WriteError {
        WriteError::Io { path: self.path.clone(), source }
    }
}

impl Spool {
    /// The rows from `first` on, up to `end`, as [`Spool::rows_of`] takes them.
    pub(super) fn read(&self, first: usize, end: usize) -> Result<Vec<u8>, WriteError> {
        let (from, to) = (first / ROWS_BETWEEN_MARKS, end.div_ceil(ROWS_BETWEEN_MARKS));
        let (from, to) = (self.marks[from], self.marks[to.min(self.marks.len() - 1)]);
        let mut bytes = vec![0; (to - from) as usize];
        let io = |source| WriteError::Io { path: self.path.clone(), source };
        self.file.read_exact_at(&mut bytes, from).map_err(io)?;
        Ok(bytes)
    }

    /// The bytes of each row from `first` on, out of what [`Spool::read`] gave.
    pub(super) fn rows_of(bytes: &[u8], first: usize) -> impl Iterator<Item = &[u8]> {
        let mut rest = bytes;
        std::iter::from_fn(move || row(&mut rest)).skip(first % ROWS_BETWEEN_MARKS)
    }

    /// Gives a spool that is kept its name; the one of an earlier run goes.
    pub(super) fn publish(&mut self) -> Result<(), WriteError> {
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        let io = |source| WriteError::Io { path: self.path.clone(), source };
        temporary.persist(&self.path).map_err(|error| io(error.error))?;
        sync_folder_of(&self.path).map_err(io)
    }
}

/// Takes an entry from the front of bytes, and returns its row; nothing where there is none.
fn row<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let length = u16::from_le_bytes(*length);
    if length == NO_ID {
        return None;
    }
    let (_, rest) = rest.split_at_checked(usize::from(length) + size_of::<CustomerDigest>())?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (row, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *bytes = rest;
    Some(row)
}

/// Why nothing of an earlier run can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// There was none.
    Absent,
    /// It scored as of another date, by another model, with other columns, or was another build of the program.
    Other,
    /// The file is not what was written.
    Damaged,
}

/// What an earlier run kept, entry by entry.
#[derive(Debug)]
pub(super) struct Before {
    file: BufReader<File>,
    id: Vec<u8>,
    digest: CustomerDigest,
    row: Vec<u8>,
    /// Whether the entry in hand has been used up.
    spent: bool,
}

impl Before {
    /// Opens what an earlier run kept in this folder; it is read once to its end first, and checked.
    pub(super) fn open(folder: &Path, key: &Key, horizons: usize) -> Result<Self, Unusable> {
        let path = folder.join(STATE_FILE);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Unusable::Absent),
            Err(_) => return Err(Unusable::Damaged),
        };
        let begins = MAGIC.len() + key.len() + 4;
        let mut head = vec![0; begins];
        file.read_exact(&mut head).map_err(|_| Unusable::Damaged)?;
        if !is_whole(&mut file, &head).unwrap_or(false) {
            return Err(Unusable::Damaged);
        }
        let expected: Vec<u8> = MAGIC.iter().chain(key).copied().chain((horizons as u32).to_le_bytes()).collect();
        if head != expected {
            return Err(Unusable::Other);
        }
        let mut file = BufReader::with_capacity(1 << 18, file);
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(begins as u64)).map_err(|_| Unusable::Damaged)?;
        let mut before = Self { file, id: Vec::new(), digest: [0; 16], row: Vec::new(), spent: true };
        before.step();
        Ok(before)
    }

    /// The row of the customer with this id, if it was made of the same: ids are asked for in their order.
    pub(super) fn row_of(&mut self, id: &str, digest: &CustomerDigest) -> Option<&[u8]> {
        while !self.spent && self.id.as_slice() < id.as_bytes() {
            self.step();
        }
        (!self.spent && self.id == id.as_bytes() && self.digest == *digest).then_some(&self.row)
    }

    /// Goes on to the next entry.
    fn step(&mut self) {
        self.spent = self.read().is_none();
    }

    fn read(&mut self) -> Option<()> {
        let mut length = [0; 2];
        self.file.read_exact(&mut length).ok()?;
        let length = u16::from_le_bytes(length);
        if length == NO_ID {
            return None;
        }
        self.id.resize(usize::from(length), 0);
        self.file.read_exact(&mut self.id).ok()?;
        self.file.read_exact(&mut self.digest).ok()?;
        let mut length = [0; 4];
        self.file.read_exact(&mut length).ok()?;
        let length = u32::from_le_bytes(length);
        if length > MOST_ROW_BYTES {
            return None;
        }
        self.row.resize(length as usize, 0);
        self.file.read_exact(&mut self.row).ok()
    }
}

/// Whether a file, whose head has been read, ends with the hash of all before it.
fn is_whole(file: &mut File, head: &[u8]) -> std::io::Result<bool> {
    let Some(mut left) = file.metadata()?.len().checked_sub(head.len() as u64 + 32) else { return Ok(false) };
    let mut hash = Sha256::new();
    hash.update(head);
    let mut buffer = vec![0; 1 << 18];
    while left > 0 {
        let part = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        file.read_exact(&mut buffer[..part])?;
        hash.update(&buffer[..part]);
        left -= part as u64;
    }
    let mut found = [0; 32];
    file.read_exact(&mut found)?;
    Ok(hash.finalize().as_slice() == found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const KEY: Key = [7; 32];

    fn written(folder: &Path, rows: usize) -> Spool {
        let mut writer = SpoolWriter::create(folder, &KEY, 2, true).unwrap();
        for row in 0..rows {
            let bytes = vec![row as u8; row % 5];
            writer.push(&format!("C{row:06}"), &[row as u8; 16], |out| out.extend(bytes)).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn rows_are_found_wherever_one_begins_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let rows = 2 * ROWS_BETWEEN_MARKS + 17;
        let spool = written(folder.path(), rows);
        assert_eq!(spool.horizons, 2);
        for (first, end) in [(0, rows), (0, 1), (5, 9), (4_095, 4_097), (4_096, 8_192), (8_200, rows), (3, 3)] {
            let bytes = spool.read(first, end).unwrap();
            let found: Vec<&[u8]> = Spool::rows_of(&bytes, first).take(end - first).collect();
            let expected: Vec<Vec<u8>> = (first..end).map(|row| vec![row as u8; row % 5]).collect();
            assert_eq!(found, expected, "{first}..{end}");
        }
    }

    #[test]
    fn a_row_comes_back_for_the_same_customer_made_of_the_same_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Before::open(folder.path(), &KEY, 2).unwrap_err(), Unusable::Absent);
        let mut spool = written(folder.path(), 10);
        assert_eq!(Before::open(folder.path(), &KEY, 2).unwrap_err(), Unusable::Absent, "not yet named");
        spool.publish().unwrap();
        let mut before = Before::open(folder.path(), &KEY, 2).unwrap();
        assert_eq!(before.row_of("A", &[0; 16]), None);
        assert_eq!(before.row_of("C000003", &[3; 16]), Some(&[3, 3, 3][..]));
        assert_eq!(before.row_of("C000004", &[9; 16]), None, "other rows");
        assert_eq!(before.row_of("C000004x", &[4; 16]), None);
        assert_eq!(before.row_of("C000009", &[9; 16]), Some(&[9; 4][..]));
        assert_eq!(before.row_of("D", &[0; 16]), None);
        assert_eq!(Before::open(folder.path(), &[8; 32], 2).unwrap_err(), Unusable::Other);
        assert_eq!(Before::open(folder.path(), &KEY, 3).unwrap_err(), Unusable::Other);
    }

    #[test]
    fn every_flipped_byte_and_every_cut_is_found() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), 6).publish().unwrap();
        let path = folder.path().join(STATE_FILE);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            assert!(Before::open(folder.path(), &KEY, 2).is_err(), "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(Before::open(folder.path(), &KEY, 2).unwrap_err(), Unusable::Damaged, "cut at {at}");
        }
    }

    #[test]
    fn a_spool_that_is_not_kept_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::create(folder.path(), &KEY, 0, false).unwrap();
        writer.push("", &[0; 16], |out| out.push(1)).unwrap();
        let mut spool = writer.finish().unwrap();
        spool.publish().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(Spool::rows_of(&spool.read(0, 1).unwrap(), 0).collect::<Vec<_>>(), [[1]]);
    }
}
