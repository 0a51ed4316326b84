//! The state file: what every record's target accepted last, sorted by key, written whole or not at all.
//!
//! Layout: eight bytes of name and version, generation (u64), target (u128), width (u64: numbers of a print), editions
//! (u64, then each), entries (u64), the entries, and the SHA-256 of all of it. An entry is key, hash of the exact values (u128 each),
//! accepted edition, edition in doubt (u32 each, all ones for none), numbers (i64 each).

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::entry::{Bytes, Edition, Entry, decode_edition, encode_edition};
use crate::error::CrmError;
use crate::fingerprint::{KeyHash, Print};

const MAGIC: &[u8; 8] = b"churnS01";
const NONE: u32 = u32::MAX;
const HASH_BYTES: usize = 32;

/// What was accepted up to some generation.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) generation: u64,
    pub(crate) editions: Vec<Edition>,
    width: usize,
    /// The entries as they stand in the file.
    entries: Vec<u8>,
}

impl State {
    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() / stride(self.width)
    }

    /// What is known of a key.
    pub(crate) fn get(&self, key: KeyHash) -> Option<Entry> {
        // Big-endian keys, so that the order of bytes is the order of keys.
        let wanted = key.0.to_be_bytes();
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let at = middle * stride(self.width);
            match self.entries[at..at + 16].cmp(&wanted[..]) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.entry(middle).map(|(_, entry)| entry),
            }
        }
        None
    }

    /// All entries, sorted by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (KeyHash, Entry)> {
        (0..self.len()).filter_map(|at| self.entry(at))
    }

    fn entry(&self, at: usize) -> Option<(KeyHash, Entry)> {
        let stride = stride(self.width);
        let mut bytes = Bytes(self.entries.get(at * stride..(at + 1) * stride)?);
        let key = KeyHash(u128::from_be_bytes(bytes.take()?));
        let exact = bytes.u128()?;
        let (accepted, doubt) = (bytes.u32()?, bytes.u32()?);
        let steps = self.editions.get(accepted as usize).map_or(0, |edition| edition.steps);
        let numbers = (0..steps).map(|_| bytes.take().map(i64::from_le_bytes)).collect::<Option<_>>()?;
        let accepted = (accepted != NONE).then_some((accepted, Print { exact, numbers }));
        Some((key, Entry { accepted, doubt: (doubt != NONE).then_some(doubt) }))
    }

    /// Reads a state file; an empty state where there is none.
    ///
    /// # Errors
    /// One that cannot be read, is for another target, or does not hold what was written to it.
    pub(crate) fn read(path: &Path, target: u128) -> Result<Self, CrmError> {
        let mut bytes = Vec::new();
        match File::open(path) {
            Ok(mut file) => {
                let length = file.metadata().map_or(0, |metadata| metadata.len());
                bytes.reserve_exact(usize::try_from(length).unwrap_or(0));
                file.read_to_end(&mut bytes).map_err(CrmError::io(path, "reading the state"))?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(CrmError::io(path, "opening the state")(error)),
        }
        let corrupt = |offset: usize, expected: &'static str, found: &str| CrmError::Corrupt {
            path: path.to_owned(),
            offset: offset as u64,
            expected,
            found: found.to_owned(),
        };
        let Some(length) = bytes.len().checked_sub(HASH_BYTES) else {
            return Err(corrupt(0, "a whole state file", &format!("{} bytes", bytes.len())));
        };
        if Sha256::digest(&bytes[..length])[..] != bytes[length..] {
            return Err(corrupt(length, "the SHA-256 of the bytes before", "another"));
        }
        let mut rest = Bytes(&bytes[..length]);
        let head = read_head(&mut rest).ok_or_else(|| corrupt(0, "the head of a state file", "another"))?;
        let at = length - rest.0.len();
        if head.target != target {
            let folder = path.parent().unwrap_or(path).to_owned();
            return Err(CrmError::OtherTarget { folder });
        }
        let whole = usize::try_from(head.count).ok().and_then(|count| count.checked_mul(stride(head.width)));
        if whole != Some(rest.0.len()) {
            return Err(corrupt(at, "as many entries as announced", &format!("{} bytes", rest.0.len())));
        }
        bytes.truncate(length);
        bytes.drain(..at);
        Ok(Self { generation: head.generation, editions: head.editions, width: head.width, entries: bytes })
    }

    /// Writes a state file: under another name, synced, renamed, the folder synced. There are `count` entries, sorted by
    /// key.
    ///
    /// # Errors
    /// The file cannot be written; the old one then stays.
    pub(crate) fn write(
        path: &Path,
        target: u128,
        generation: u64,
        editions: &[Edition],
        count: usize,
        entries: impl Iterator<Item = (KeyHash, Entry)>,
    ) -> Result<(), CrmError> {
        let width = width(editions);
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&generation.to_le_bytes());
        head.extend_from_slice(&target.to_le_bytes());
        head.extend_from_slice(&(width as u64).to_le_bytes());
        head.extend_from_slice(&(editions.len() as u64).to_le_bytes());
        editions.iter().for_each(|edition| encode_edition(edition, &mut head));
        head.extend_from_slice(&(count as u64).to_le_bytes());
        replace(path, |file| {
            let mut file = Hashing { file: BufWriter::with_capacity(1 << 18, file), hash: Sha256::new() };
            file.write_all(&head)?;
            let mut bytes = Vec::with_capacity(stride(width));
            for (key, entry) in entries {
                bytes.clear();
                bytes.extend_from_slice(&key.0.to_be_bytes());
                let (edition, print) = match &entry.accepted {
                    Some((edition, print)) => (*edition, Some(print)),
                    None => (NONE, None),
                };
                bytes.extend_from_slice(&print.map_or(0, |print| print.exact).to_le_bytes());
                bytes.extend_from_slice(&edition.to_le_bytes());
                bytes.extend_from_slice(&entry.doubt.unwrap_or(NONE).to_le_bytes());
                let numbers = print.map_or(&[][..], |print| &print.numbers);
                for at in 0..width {
                    bytes.extend_from_slice(&numbers.get(at).copied().unwrap_or(0).to_le_bytes());
                }
                file.write_all(&bytes)?;
            }
            let Hashing { mut file, hash } = file;
            file.write_all(&hash.finalize())?;
            file.flush()
        })
    }
}

/// Writes a file so that there is the old one or the new one, whatever happens: under another name, synced, renamed, and
/// the folder synced.
///
/// # Errors
/// It cannot be written; what stood there stays.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<(), CrmError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true);
    for_owner_alone(&mut options);
    // What a killed run left under that name is nobody's; removed, so that no link is followed.
    let _ = std::fs::remove_file(&temporary);
    let done = options.create_new(true).open(&temporary).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    });
    if let Err(error) = done {
        let _ = std::fs::remove_file(&temporary);
        return Err(CrmError::io(path, "writing")(error));
    }
    sync_folder(path)
}

/// A rename lasts once the folder is synced.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), CrmError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(CrmError::io(folder, "syncing the folder"))
}

/// Elsewhere a folder cannot be opened as a file.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> Result<(), CrmError> {
    Ok(())
}

#[cfg(unix)]
pub(crate) fn for_owner_alone(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
pub(crate) fn for_owner_alone(_options: &mut OpenOptions) {}

struct Hashing<'a> {
    file: BufWriter<&'a mut File>,
    hash: Sha256,
}

impl Hashing<'_> {
    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }
}

struct Head {
    generation: u64,
    target: u128,
    width: usize,
    editions: Vec<Edition>,
    count: u64,
}

fn read_head(bytes: &mut Bytes<'_>) -> Option<Head> {
    if bytes.take::<8>()? != *MAGIC {
        return None;
    }
    let (generation, target, width) = (bytes.u64()?, bytes.u128()?, bytes.u64()?);
    let announced = bytes.u64()?;
    let editions = (0..announced).map(|_| decode_edition(bytes)).collect::<Option<Vec<_>>>()?;
    let of_editions = self::width(&editions);
    (width == of_editions as u64).then_some(())?;
    Some(Head { generation, target, width: of_editions, editions, count: bytes.u64()? })
}

fn width(editions: &[Edition]) -> usize {
    editions.iter().map(|edition| usize::from(edition.steps)).max().unwrap_or(0)
}

fn stride(width: usize) -> usize {
    16 + 16 + 4 + 4 + 8 * width
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::entry::tests::edition;
    use super::*;

    fn some_entries() -> Vec<(KeyHash, Entry)> {
        let print = |n: u32| Print { exact: u128::from(n) << 77, numbers: vec![i64::from(n); n as usize % 2 + 1] };
        (1..=100_u32)
            .map(|n| {
                let accepted = (n % 3 != 0).then(|| (n % 2, print(n)));
                (KeyHash(u128::from(n) << 60 | 5), Entry { accepted, doubt: (n % 3 == 0).then_some(1) })
            })
            .collect()
    }

    fn editions() -> Vec<Edition> {
        vec![Edition { steps: 1, ..edition(1, 1) }, Edition { steps: 2, ..edition(2, 1) }]
    }

    #[test]
    fn a_state_file_comes_back_entry_by_entry() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let entries = some_entries();
        State::write(&path, 9, 4, &editions(), entries.len(), entries.clone().into_iter()).unwrap();
        let state = State::read(&path, 9).unwrap();
        assert_eq!((state.generation, state.len(), &state.editions), (4, 100, &editions()));
        assert_eq!(state.iter().collect::<Vec<_>>(), entries);
        for (key, entry) in entries {
            assert_eq!(state.get(key), Some(entry));
            assert_eq!(state.get(KeyHash(key.0 + 1)), None);
        }
        assert!(State::read(&path, 8).unwrap_err().to_string().contains("another"));
        assert_eq!(State::read(&folder.path().join("none"), 9).unwrap().len(), 0);
    }

    #[test]
    fn a_state_file_with_a_changed_or_missing_byte_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let entries = some_entries();
        State::write(&path, 9, 4, &editions(), 3, entries.into_iter().take(3)).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            std::fs::write(&path, &changed).unwrap();
            assert!(matches!(State::read(&path, 9), Err(CrmError::Corrupt { .. })), "byte {at}");
            std::fs::write(&path, &bytes[..at]).unwrap();
            assert!(matches!(State::read(&path, 9), Err(CrmError::Corrupt { .. })), "cut at {at}");
        }
    }
}
