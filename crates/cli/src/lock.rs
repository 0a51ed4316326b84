//! One run at a time. The kernel holds the lock, so it is free again however a run ends, `kill -9` included. A run that
//! ends by itself takes its lock file away; one that is left behind means nothing.

use std::error::Error;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use history::WriteError;

use crate::interrupt;

/// Name of the lock file. It holds the number of the process that took the lock last.
pub(crate) const LOCK_FILE: &str = ".churn.lock";

/// An exclusive lock on a folder of outputs, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: File,
}

/// Another run holds the folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeldError {
    folder: PathBuf,
    /// Number of the process, if it could be read.
    holder: Option<u32>,
}

impl fmt::Display for HeldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holder = self.holder.map_or_else(|| "another run".to_owned(), |pid| format!("another run (process {pid})"));
        write!(f, "{holder} is writing to {}; wait until it is done", self.folder.display())
    }
}

impl Error for HeldError {}

impl Lock {
    /// Takes the lock on a folder, or fails at once.
    ///
    /// # Errors
    /// [`HeldError`] if another run has it, [`WriteError`] if the lock file cannot be written.
    pub(crate) fn take(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(LOCK_FILE);
        let io = |source| WriteError::Io { path: path.clone(), source };
        refuse_what_is_no_file(&path).map_err(io)?;
        let mut file = loop {
            // Not truncated here: the content belongs to the holder until the lock is ours.
            let file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
            match file.try_lock() {
                // The holder before may have taken its file away after we opened it: that lock would be on nothing.
                Ok(()) if is_at(&file, &path) => break file,
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(HeldError { folder: folder.to_owned(), holder: holder(&path) }.into());
                }
                Err(TryLockError::Error(source)) => return Err(io(source).into()),
            }
        };
        file.set_len(0).and_then(|()| file.rewind()).map_err(io)?;
        file.write_all(format!("{}\n", std::process::id()).as_bytes()).map_err(io)?;
        interrupt::holds(folder);
        Ok(Self { path, file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(folder) = self.path.parent() {
            interrupt::lets_go(folder);
        }
        // Still held, so nobody else's. A file that stays does no harm.
        if is_at(&self.file, &self.path) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Somebody else's link in a shared folder must not make us write to another file.
fn refuse_what_is_no_file(path: &Path) -> std::io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_file() => {
            Err(std::io::Error::other("expected a plain lock file, or none, and found a link or folder; remove it"))
        }
        _ => Ok(()),
    }
}

/// Whether an open file is the one that stands at a path, and no link to it.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |m: std::fs::Metadata| (m.dev(), m.ino());
    matches!((file.metadata().map(place), std::fs::symlink_metadata(path).map(place)), (Ok(a), Ok(b)) if a == b)
}

/// Elsewhere an open file cannot be taken away.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

/// The number in the lock file. A holder that has only just taken the lock may not have written it yet.
fn holder(path: &Path) -> Option<u32> {
    for _ in 0..10 {
        if let Some(pid) = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()) {
            return Some(pid);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_lock_file_is_refused_and_its_target_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target.txt");
        std::fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join(LOCK_FILE)).unwrap();
        assert!(Lock::take(folder.path()).is_err());
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine");
    }

    #[test]
    fn the_second_to_ask_is_told_who_holds_the_folder_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let error = Lock::take(folder.path()).unwrap_err();
        let held = error.downcast_ref::<HeldError>().unwrap();
        assert_eq!(held.holder, Some(std::process::id()));
        drop(first);
        assert!(!folder.path().join(LOCK_FILE).exists());
        Lock::take(folder.path()).unwrap();
    }
}
