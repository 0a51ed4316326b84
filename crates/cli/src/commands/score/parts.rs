//! Scores in parts: a folder of tables with a manifest, which takes the place of an earlier one in one step.

use std::path::{Path, PathBuf};

use history::{TableWriter, WriteError, sync_folder_of, write_file};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::job::Scored;
use crate::interrupt;
use crate::output::Output;
use crate::progress::Progress;
use crate::report_data::SegmentBy;

/// Name of the folder.
pub(crate) const FOLDER: &str = "scores";
/// Name of the list of what is in it.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Version of the manifest.
const FORMAT: u32 = 1;

/// What is in the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) as_of: String,
    pub(crate) model: String,
    pub(crate) rows: usize,
    /// In the order of the customers' ids; each part as CSV and as Parquet.
    pub(crate) files: Vec<ManifestFile>,
}

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManifestFile {
    pub(crate) name: String,
    pub(crate) rows: usize,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl ManifestFile {
    /// Of a file that is there.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn of(path: &Path, rows: usize) -> std::io::Result<Self> {
        let mut file = std::fs::File::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        let mut bytes = 0;
        loop {
            match std::io::Read::read(&mut file, &mut buffer)? {
                0 => break,
                read => {
                    hash.update(&buffer[..read]);
                    bytes += read as u64;
                }
            }
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, rows, bytes, sha256 })
    }
}

/// How the rows are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parting {
    /// Into so many parts of nearly the same size.
    Parts(usize),
    /// Into parts of so many rows; the last has what is left.
    Rows(usize),
}

impl Parting {
    /// Where each part of so many rows begins and ends; at least one part.
    fn of(self, rows: usize) -> Vec<std::ops::Range<usize>> {
        match self {
            Parting::Parts(parts) => {
                let cut = |at: usize| (rows as u128 * at as u128 / parts as u128) as usize;
                (0..parts).map(|part| cut(part)..cut(part + 1)).collect()
            }
            Parting::Rows(each) => {
                (0..rows.div_ceil(each).max(1)).map(|p| p * each..rows.min((p + 1) * each)).collect()
            }
        }
    }
}

/// Writes the parts into a folder that has no name yet.
///
/// # Errors
/// They cannot be written, or a signal has come.
pub(super) fn write(
    scored: &Scored<'_>,
    output: &Output,
    (as_of, model): (&str, &str),
    parting: Parting,
    segment_by: SegmentBy<'_>,
    progress: &Progress,
) -> anyhow::Result<(tempfile::TempDir, Manifest)> {
    let place = output.path(FOLDER);
    let io = |source| WriteError::Io { path: place.clone(), source };
    let folder = tempfile::Builder::new().prefix(".churn-").suffix(".tmp").tempdir_in(output.folder()).map_err(io)?;
    let mut files = Vec::new();
    let mut done = 0;
    for (number, part) in parting.of(scored.len()).into_iter().enumerate() {
        let paths = ["csv", "parquet"].map(|format| folder.path().join(format!("part-{number:05}.{format}")));
        let mut tables = paths.iter().map(|path| TableWriter::create(path)).collect::<Result<Vec<_>, _>>()?;
        let rows = part.len();
        scored.write_scores(&mut tables, part, segment_by, |rows| {
            done += rows;
            progress.done("writing scores", done, scored.len());
        })?;
        tables.into_iter().try_for_each(TableWriter::finish)?;
        for path in &paths {
            files.push(ManifestFile::of(path, rows).map_err(io)?);
        }
    }
    let manifest =
        Manifest { format: FORMAT, as_of: as_of.to_owned(), model: model.to_owned(), rows: scored.len(), files };
    write_manifest(folder.path(), &manifest)?;
    set_permissions(folder.path()).map_err(io)?;
    Ok((folder, manifest))
}

/// Writes the manifest into a folder of parts.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_manifest(folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(manifest)?;
    text.push('\n');
    Ok(write_file(&folder.join(MANIFEST), text.as_bytes())?)
}

/// Gives the folder its name, in one step where there was one before; returns its files.
///
/// # Errors
/// It cannot be renamed.
pub(super) fn publish(
    folder: tempfile::TempDir,
    manifest: &Manifest,
    output: &Output,
    _held: &interrupt::Publishing,
) -> Result<Vec<PathBuf>, WriteError> {
    let place = output.path(FOLDER);
    let io = |source: std::io::Error| WriteError::Io { path: place.clone(), source };
    if place.exists() {
        match renameat_with(CWD, folder.path(), CWD, &place, RenameFlags::EXCHANGE) {
            // The temporary name is that of the old folder now, which goes with it.
            Ok(()) => {}
            // Not every file system can exchange: the old folder steps aside, and for a moment there is none.
            Err(_) => {
                let aside = output.path(".churn-scores-before.tmp");
                std::fs::rename(&place, &aside).map_err(io)?;
                std::fs::rename(folder.path(), &place).map_err(io)?;
                std::fs::remove_dir_all(&aside).map_err(io)?;
            }
        }
        drop(folder);
    } else {
        std::fs::rename(folder.path(), &place).map_err(io)?;
        // Renamed away: there is nothing left to remove.
        let _ = folder.keep();
    }
    sync_folder_of(&place).map_err(io)?;
    let names = manifest.files.iter().map(|file| file.name.as_str());
    Ok(names.chain([MANIFEST]).map(|name| place.join(name)).collect())
}

/// Takes away the folder of an earlier run: parts of other scores would stand beside the new ones. A folder without a manifest is not ours.
///
/// # Errors
/// It cannot be removed.
pub(super) fn remove(output: &Output) -> Result<(), WriteError> {
    let place = output.path(FOLDER);
    if !place.join(MANIFEST).is_file() {
        return Ok(());
    }
    // Out of sight first, in one step.
    let aside = output.path(".churn-scores-before.tmp");
    let removed = std::fs::rename(&place, &aside).and_then(|()| std::fs::remove_dir_all(&aside));
    removed.map_err(|source| WriteError::Io { path: place, source })
}

/// Scores are customer data: the group may read them, and others may not.
fn set_permissions(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o750))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_rows_once_in_their_order() {
        for (parting, rows, lengths) in [
            (Parting::Parts(3), 10, vec![3, 3, 4]),
            (Parting::Parts(4), 2, vec![0, 1, 0, 1]),
            (Parting::Parts(1), 0, vec![0]),
            (Parting::Rows(4), 10, vec![4, 4, 2]),
            (Parting::Rows(5), 10, vec![5, 5]),
            (Parting::Rows(4), 0, vec![0]),
        ] {
            let parts = parting.of(rows);
            assert_eq!(parts.iter().map(ExactSizeIterator::len).collect::<Vec<_>>(), lengths);
            assert_eq!(parts.into_iter().flatten().collect::<Vec<_>>(), (0..rows).collect::<Vec<_>>());
        }
    }
}
