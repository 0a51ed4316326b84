//! The files of a ledger's folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

use super::MAGIC;
use super::entry::Record;
use super::frame::{self, Link};
use super::state::{for_owner_alone, replace};
use crate::error::CrmError;

/// Writes a journal that follows the state of this generation, in the place of any other.
pub(super) fn new_journal(path: &Path, target: u128, generation: u64) -> Result<(Link, u64), CrmError> {
    let mut bytes = MAGIC.to_vec();
    let link = frame::append(&mut bytes, Link::first(MAGIC), &Record::Open { generation, target }.encode());
    replace(path, |file| file.write_all(&bytes))?;
    Ok((link, bytes.len() as u64))
}

pub(super) fn open_journal(path: &Path) -> Result<File, CrmError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(CrmError::io(path, "opening the journal"))
}

pub(super) fn make_folder(folder: &Path) -> Result<(), CrmError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(CrmError::io(folder, "making the folder"))
}

pub(super) fn take_lock(folder: &Path) -> Result<File, CrmError> {
    let path = folder.join("lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    for_owner_alone(&mut options);
    let file = options.open(&path).map_err(CrmError::io(&path, "opening the lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CrmError::Held { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(CrmError::io(&path, "taking the lock")(error)),
    }
}
