//! Files that are whole or absent: a temporary name, a sync, a rename.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

use super::error::{WriteError, io_error};

/// Writes a whole small file: temporary name, sync, rename.
///
/// # Errors
/// The folder cannot be written; an older file of that name is untouched then.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    let mut file = temporary_beside(path).map_err(|source| io_error(path, source))?;
    file.write_all(contents).map_err(|source| io_error(path, source))?;
    give_name(file.into_temp_path(), path)
}

/// Writes a whole file that may be large by what `write` does: temporary name, sync, rename.
///
/// # Errors
/// What `write` says, and [`WriteError`] where the folder cannot be written; an older file of that name is untouched then.
pub fn write_file_by<E: From<WriteError>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let mut file = temporary_beside(path).map_err(|source| io_error(path, source))?;
    write(file.as_file_mut())?;
    Ok(give_name(file.into_temp_path(), path)?)
}

/// Makes a rename in a file's folder durable.
///
/// # Errors
/// The folder cannot be opened or synced.
pub fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// A temporary file in the folder of `path`, so that a rename can replace `path` in one step.
pub(super) fn temporary_beside(path: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".churn-").suffix(".tmp").tempfile_in(folder_of(path))
}

/// Syncs a finished temporary file, renames it to `path`, and makes the rename durable.
pub(super) fn give_name(temporary: TempPath, path: &Path) -> Result<(), WriteError> {
    seal(&temporary, path)?;
    name(temporary, path)
}

/// Syncs a finished temporary file that is to become `path`.
pub(super) fn seal(temporary: &Path, path: &Path) -> Result<(), WriteError> {
    let io = |source| io_error(path, source);
    File::open(temporary).map_err(io)?.sync_all().map_err(io)?;
    set_permissions(temporary).map_err(io)
}

/// Renames a sealed temporary file to `path`, and makes the rename durable.
pub(super) fn name(temporary: TempPath, path: &Path) -> Result<(), WriteError> {
    let io = |source| io_error(path, source);
    temporary.persist(path).map_err(|e| io(e.error))?;
    sync_folder_of(path).map_err(io)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Temporary files are made for their owner only; outputs hold customer data, so the group may read them and others
/// may not.
#[cfg(unix)]
fn set_permissions(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o640))
}

#[cfg(not(unix))]
fn set_permissions(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
