//! Rows that were laid out in an earlier run.
//!
//! One file, `transactions.rows`, holds the rows of all export files sorted by customer and time, as `RangeRows`, then a
//! [`Footer`], then the footer's length and SHA-256. It is written under a temporary name, synced and renamed; it can be read
//! by its owner alone, since it holds purchases and ids of customers. A file that is damaged, cut short, of another
//! version or of another way of reading is never used.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::folders::MadeFolders;
use super::footer::{Footer, SpecKey};
use super::range_file::{Place, RangeFile};
use crate::calendar::{MICROS_PER_DAY, PLAUSIBLE_DAYS};
use crate::spec::{ExportSpec, TableSpec, TransactionsSpec};

const NAME: &str = "transactions.rows";

/// The file begins with these bytes; the number is the version of all that is described above, and of how cells are read.
const MAGIC: &[u8; 16] = b"churn rows v5\0\0\0";

/// The footer's length and SHA-256.
const BYTES_OF_END: u64 = 8 + 32;

/// No file of the cache, or none that can be used.
#[derive(Debug)]
pub(crate) enum Miss {
    /// There is none.
    Absent,
    /// It holds rows that were read in another way.
    Other,
    /// It is damaged, or of another version.
    Damaged(PathBuf),
}

/// A file of the cache that is being written.
#[derive(Debug)]
pub(crate) struct CacheWriter {
    pub(crate) file: RangeFile,
    temporary: TempPath,
    path: PathBuf,
    /// Gone after the temporary file.
    _made: MadeFolders,
}

/// Bytes before the first row.
pub(crate) const FIRST_ROW_AT: u64 = MAGIC.len() as u64;

/// What decides how files of the transactions are read, as a hash. The files themselves, the share of rows that may be
/// rejected and the currency that is expected are no part of it: those are checked each time.
pub(crate) fn spec_key(spec: &ExportSpec) -> SpecKey {
    let table = TableSpec {
        path: PathBuf::new(),
        query: None,
        manifest: None,
        max_bytes: None,
        ..spec.transactions.table.clone()
    };
    let read = TransactionsSpec { table, expected_currency: None, ..spec.transactions.clone() };
    // Rules of a time zone change with its database: all of them count, not the zone's name.
    let moment = |day: i32| jiff::Timestamp::from_microsecond(i64::from(day) * MICROS_PER_DAY).unwrap_or_default();
    let (first, last) = (moment(*PLAUSIBLE_DAYS.start()), moment(*PLAUSIBLE_DAYS.end() + 1));
    let at_first = spec.timezone.to_offset(first).seconds();
    let changes: Vec<(i64, i32)> = spec
        .timezone
        .following(first)
        .take_while(|change| change.timestamp() < last)
        .map(|change| (change.timestamp().as_second(), change.offset().seconds()))
        .collect();
    Sha256::digest(format!("{MAGIC:?} {read:?} {at_first} {changes:?}")).into()
}

/// The rows in the cache, if they were read in this way.
pub(crate) fn open(folder: &Path, key: &SpecKey, width: usize) -> Result<(RangeFile, Footer), Miss> {
    let path = folder.join(NAME);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Miss::Absent),
        Err(_) => return Err(Miss::Damaged(path)),
    };
    match read_footer(&file, key, width) {
        Some(Ok(footer)) => Ok((RangeFile { file, place: Place::Cache(path) }, footer)),
        Some(Err(miss)) => Err(miss),
        None => Err(Miss::Damaged(path)),
    }
}

fn read_footer(file: &File, key: &SpecKey, width: usize) -> Option<Result<Footer, Miss>> {
    let len = file.metadata().ok()?.len();
    let mut magic = [0; MAGIC.len()];
    file.read_exact_at(&mut magic, 0).ok()?;
    let end_at = len.checked_sub(BYTES_OF_END)?;
    let mut end = [0; BYTES_OF_END as usize];
    file.read_exact_at(&mut end, end_at).ok()?;
    let (footer_len, digest) = end.split_first_chunk::<8>()?;
    let footer_len = u64::from_le_bytes(*footer_len);
    let footer_at = end_at.checked_sub(footer_len).filter(|at| magic == *MAGIC && *at >= FIRST_ROW_AT)?;
    let mut footer = vec![0; usize::try_from(footer_len).ok()?];
    file.read_exact_at(&mut footer, footer_at).ok()?;
    if Sha256::digest(&footer).as_slice() != digest {
        return None;
    }
    if !footer.starts_with(key) {
        return Some(Err(Miss::Other));
    }
    Footer::decode(&footer, width, footer_at).map(Ok)
}

impl CacheWriter {
    /// Begins a file in this folder, which is made if it is not there.
    pub(crate) fn create(folder: &Path) -> std::io::Result<Self> {
        let made = MadeFolders::make(folder)?;
        let mut builder = tempfile::Builder::new();
        let (file, temporary) = builder.prefix(".churn-").suffix(".tmp").tempfile_in(folder)?.into_parts();
        file.write_all_at(MAGIC, 0)?;
        let path = folder.join(NAME);
        Ok(Self { file: RangeFile { file, place: Place::Cache(path.clone()) }, temporary, path, _made: made })
    }

    /// The folder of the cache.
    pub(crate) fn folder(&self) -> PathBuf {
        self.path.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// Writes the footer behind the last row, and gives the file its name.
    pub(crate) fn finish(self, mut footer: Vec<u8>, behind_rows: u64) -> std::io::Result<()> {
        let (len, digest) = (footer.len() as u64, Sha256::digest(&footer));
        footer.extend(len.to_le_bytes());
        footer.extend(digest);
        self.file.file.write_all_at(&footer, behind_rows)?;
        self.file.file.sync_all()?;
        self.temporary.persist(&self.path).map_err(|error| error.error)?;
        crate::sync_folder_of(&self.path)
    }
}
