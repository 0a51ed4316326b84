//! Rows that have no room in memory, in a file that has no name: it is gone with the process, however that ends.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::folders::MadeFolders;
use super::hash;
use crate::error::ReadError;

/// A file of rows, written at its end and read anywhere.
#[derive(Debug)]
pub(crate) struct SpillFile {
    file: File,
    /// The folder it lies in, for messages.
    folder: PathBuf,
    end: AtomicU64,
}

/// Customers and words of rows in a [`SpillFile`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spilled {
    at: u64,
    pub(crate) rows: usize,
    checksum: u64,
}

/// Rows with the customer of each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunk {
    pub(crate) customer: Vec<u32>,
    /// The rows, one behind the other; see [`super::columns::Columns`].
    pub(crate) words: Vec<i64>,
}

impl Chunk {
    pub(crate) fn bytes(&self) -> u64 {
        (size_of_val(self.customer.as_slice()) + size_of_val(self.words.as_slice())) as u64
    }

    fn checksum(&self) -> u64 {
        let customers = self.customer.iter().fold(0_u64, |sum, customer| sum.rotate_left(5) ^ u64::from(*customer));
        hash::of_words(&self.words).wrapping_add(hash::of_words(&[customers as i64]))
    }
}

impl SpillFile {
    /// A file without a name in this folder. A folder that is not there is made, and left as empty as it was found.
    pub(crate) fn create(folder: &Path) -> Result<Self, ReadError> {
        let io = |source| ReadError::Spill { folder: folder.to_owned(), source };
        // A file without a name needs no folder either.
        let _made = MadeFolders::make(folder).map_err(io)?;
        let file = tempfile::tempfile_in(folder).map_err(io)?;
        Ok(Self { file, folder: folder.to_owned(), end: AtomicU64::new(0) })
    }

    /// The file, for something else.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Writes rows behind those that are there.
    pub(crate) fn write(&self, chunk: &Chunk) -> Result<Spilled, ReadError> {
        let io = |source| ReadError::Spill { folder: self.folder.clone(), source };
        let (customers, words) = (bytemuck::cast_slice(&chunk.customer), bytemuck::cast_slice(&chunk.words));
        let at = self.end.fetch_add(chunk.bytes(), Ordering::Relaxed);
        self.file.write_all_at(customers, at).map_err(io)?;
        self.file.write_all_at(words, at + customers.len() as u64).map_err(io)?;
        Ok(Spilled { at, rows: chunk.customer.len(), checksum: chunk.checksum() })
    }

    /// Reads rows back, each of `width` words.
    pub(crate) fn read(&self, spilled: Spilled, width: usize) -> Result<Chunk, ReadError> {
        let mut chunk = Chunk { customer: vec![0; spilled.rows], words: vec![0; spilled.rows * width] };
        let customers: &mut [u8] = bytemuck::cast_slice_mut(&mut chunk.customer);
        let io = |source| ReadError::Spill { folder: self.folder.clone(), source };
        self.file.read_exact_at(customers, spilled.at).map_err(io)?;
        let behind = spilled.at + customers.len() as u64;
        self.file.read_exact_at(bytemuck::cast_slice_mut(&mut chunk.words), behind).map_err(io)?;
        if chunk.checksum() != spilled.checksum {
            return Err(ReadError::SpillDamaged { folder: self.folder.clone() });
        }
        Ok(chunk)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn chunk(first: u32) -> Chunk {
        Chunk { customer: (first..first + 100).collect(), words: (0..300).map(|i| i * 7_919 - 500).collect() }
    }

    #[test]
    fn rows_come_back_as_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let file = SpillFile::create(folder.path()).unwrap();
        let spilled = [chunk(0), chunk(7)].map(|chunk| file.write(&chunk).unwrap());
        for (first, spilled) in [(7, spilled[1]), (0, spilled[0])] {
            let found = file.read(spilled, 3).unwrap();
            assert_eq!((found.customer, found.words), (chunk(first).customer, chunk(first).words));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
    }

    #[test]
    fn any_changed_byte_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = SpillFile::create(folder.path()).unwrap();
        let spilled = file.write(&chunk(3)).unwrap();
        for at in (0..chunk(3).bytes()).step_by(13) {
            let mut byte = [0];
            file.file.read_exact_at(&mut byte, at).unwrap();
            file.file.write_all_at(&[byte[0] ^ 4], at).unwrap();
            assert!(matches!(file.read(spilled, 3), Err(ReadError::SpillDamaged { .. })), "{at}");
            file.file.write_all_at(&byte, at).unwrap();
        }
        file.file.set_len(900).unwrap();
        assert!(matches!(file.read(spilled, 3), Err(ReadError::Spill { .. })));
    }

    #[test]
    fn a_folder_that_was_not_there_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let file = SpillFile::create(&folder.path().join("out/cache")).unwrap();
        assert!(file.write(&chunk(0)).is_ok());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let taken = folder.path().join("taken");
        std::fs::write(&taken, "a file").unwrap();
        assert!(matches!(SpillFile::create(&taken), Err(ReadError::Spill { .. })));
    }
}
