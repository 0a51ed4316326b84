//! Finding ids in files of any kind: as words, so that `C1` is not found in `C10`.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use history::{WriteError, write_file};

/// Larger files are named instead of searched.
const MOST_BYTES: u64 = 256 << 20;

/// Ids to search for.
#[derive(Debug)]
pub(super) struct Ids<'a> {
    ids: HashSet<&'a [u8]>,
    lengths: Vec<usize>,
}

impl<'a> Ids<'a> {
    pub(super) fn new(ids: &'a BTreeSet<String>) -> Self {
        let lengths: BTreeSet<usize> = ids.iter().map(String::len).collect();
        Self { ids: ids.iter().map(String::as_bytes).collect(), lengths: lengths.into_iter().collect() }
    }

    /// Whether one of the ids stands in these bytes as a word.
    pub(super) fn stand_in(&self, bytes: &[u8]) -> bool {
        let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
        let begins = |at: &usize| *at == 0 || !is_word(at - 1) || !is_word(*at);
        let found = |from: usize, length: usize| {
            bytes.get(from..from + length).is_some_and(|word| self.ids.contains(word))
                && (!is_word(from + length) || !is_word(from + length - 1))
        };
        (0..bytes.len()).filter(begins).any(|from| self.lengths.iter().any(|length| found(from, *length)))
    }

    /// Whether a file holds one of the ids, or may do so and is too large to be searched.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn are_in(&self, path: &Path) -> std::io::Result<bool> {
        if std::fs::metadata(path)?.len() > MOST_BYTES {
            return Ok(true);
        }
        Ok(self.stand_in(&std::fs::read(path)?))
    }
}

/// Takes the lines with one of the ids out of a CSV file whose cells have no line breaks, and says how many they were.
///
/// # Errors
/// It cannot be read or written.
pub(super) fn remove_lines_with(path: &Path, ids: &Ids<'_>) -> Result<u64, WriteError> {
    let bytes = std::fs::read(path).map_err(|source| WriteError::Io { path: path.to_owned(), source })?;
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let mut kept: Vec<u8> = lines.next().unwrap_or_default().to_vec();
    let mut removed = 0;
    for line in lines {
        if ids.stand_in(line) {
            removed += 1;
        } else {
            kept.extend_from_slice(line);
        }
    }
    if removed > 0 {
        write_file(path, &kept)?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_as_words() {
        let ids: BTreeSet<String> = ["C1", "anna@x.ro", "7-8", "é"].map(str::to_owned).into();
        let ids = Ids::new(&ids);
        for text in ["C1", "a,C1,b", "\"C1\"", "x anna@x.ro.", "<td>7-8</td>", "é", "C1\u{1}"] {
            assert!(ids.stand_in(text.as_bytes()), "{text}");
        }
        for text in ["", "C10", "XC1", "c1", "anna@x.rome", "17-8", "7-81", "éa", "C 1"] {
            assert!(!ids.stand_in(text.as_bytes()), "{text}");
        }
    }
}
