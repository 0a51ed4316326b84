//! The folder of the outputs. It is proven writable and locked before the long work begins; each file in it appears
//! whole or not at all.

use std::path::{Path, PathBuf};

use history::{Column, Export, TableWriter, Values, WriteError};

use crate::args::ProjectArgs;
use crate::lock::Lock;
use crate::project::Project;

/// The folder of the outputs, ours until it is dropped.
#[derive(Debug)]
pub(crate) struct Output {
    folder: PathBuf,
    lock: Option<Lock>,
    /// The folder was not there before.
    made: bool,
}

impl Output {
    /// Makes the folder if need be, takes its lock, and removes what runs that were killed left behind.
    ///
    /// # Errors
    /// Another run holds the folder, or it cannot be written.
    pub(crate) fn open(project: &Project, args: &ProjectArgs) -> anyhow::Result<Self> {
        let folder = args.out_folder(&project.folder);
        let made = !folder.exists();
        std::fs::create_dir_all(&folder).map_err(|source| WriteError::Io { path: folder.clone(), source })?;
        let lock = Lock::take(&folder)?;
        remove_leftovers(&folder)?;
        let cache = folder.join("cache");
        if cache.is_dir() {
            remove_leftovers(&cache)?;
        }
        Ok(Self { folder, lock: Some(lock), made })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a file of this name is written.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Removes a file that an earlier run may have left.
    ///
    /// # Errors
    /// It is there and cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<(), WriteError> {
        let path = self.path(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(WriteError::Io { path, source }),
            _ => Ok(()),
        }
    }

    /// Writes the rejected rows of all tables as `rejects.csv`, also when there are none, so that an old file never
    /// stands beside new results.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write_rejects(&self, export: &Export) -> Result<PathBuf, WriteError> {
        let path = self.path("rejects.csv");
        let rows: Vec<_> = export.reports().iter().flat_map(|table| table.rejects.rows()).collect();
        let text = |cell: fn(&history::Reject) -> String| Values::Text(rows.iter().map(|r| Some(cell(r))).collect());
        let lines = rows.iter().map(|r| i64::try_from(r.line).ok()).collect();
        let bytes = rows.iter().map(|r| r.byte.and_then(|byte| i64::try_from(byte).ok())).collect();
        let mut table = TableWriter::create(&path)?;
        table.write(&[
            Column::new("file", text(|r| r.file.clone())),
            Column::new("line", Values::Integer(lines)),
            Column::new("byte", Values::Integer(bytes)),
            Column::new("column", text(|r| r.column.clone())),
            Column::new("code", text(|r| r.code.as_str().to_owned())),
            Column::new("reason", text(|r| r.reason.clone())),
        ])?;
        table.finish()?;
        Ok(path)
    }
}

impl Drop for Output {
    /// A run that wrote nothing leaves nothing, not even a folder.
    fn drop(&mut self) {
        drop(self.lock.take());
        if self.made {
            // Fails on a folder with files in it, which is then wanted.
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

/// Removes the temporary files of runs that were killed: with the lock in hand, no run that lives has one here. It also
/// proves that files can be made in the folder.
pub(crate) fn remove_leftovers(folder: &Path) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: folder.to_owned(), source };
    let probe = tempfile::Builder::new().prefix(".churn-").suffix(".tmp").tempfile_in(folder).map_err(io)?;
    probe.close().map_err(io)?;
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with(".churn-") && name.ends_with(".tmp")) {
            continue;
        }
        // A link is neither.
        let kind = entry.file_type().map_err(io)?;
        let removed = match (kind.is_file(), kind.is_dir()) {
            (true, _) => std::fs::remove_file(entry.path()),
            (_, true) => std::fs::remove_dir_all(entry.path()),
            _ => Ok(()),
        };
        removed.map_err(io)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_leftovers_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".churn-a1B2.tmp", "features.parquet", ".churn-notes", "x.tmp"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(folder.path().join(".churn-parts.tmp")).unwrap();
        remove_leftovers(folder.path()).unwrap();
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, [".churn-notes", "features.parquet", "x.tmp"]);
    }
}
