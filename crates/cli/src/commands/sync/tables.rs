//! The files of a table: one, or the parts that `churn score --partitions` wrote, read one after the other.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use history::{ReadError, StoredCell, TableRows};

use super::source::{SourceRefused, day};
use crate::commands::score::{MANIFEST, Manifest, ManifestFile, PARTS_FOLDER};
use crate::exit::UsageError;
use crate::output::Output;
use crate::project::SyncSource;

/// Which files a table is.
#[derive(Debug)]
pub(super) struct Files {
    /// The file, or the folder of the parts.
    pub(super) shown: PathBuf,
    /// In their order; at least one.
    pub(super) parts: Vec<PathBuf>,
}

impl Files {
    /// Finds the table. Where scores stand in two places, both have to be of one run.
    ///
    /// # Errors
    /// There is none, or two of different runs, or parts that are not those of their manifest.
    pub(super) fn find(output: &Output, source: SyncSource) -> anyhow::Result<Self> {
        let (names, command): (&[&str], &str) = match source {
            SyncSource::Scores => (&["scores.parquet", "scores.csv"], "churn score"),
            SyncSource::Plan => (&["plan.csv"], "churn plan"),
        };
        let mut found: Vec<Self> = Vec::new();
        for path in names.iter().map(|name| output.path(name)).filter(|path| path.is_file()) {
            found.push(Self { shown: path.clone(), parts: vec![path] });
        }
        let folder = output.path(PARTS_FOLDER);
        if source == SyncSource::Scores && folder.join(MANIFEST).is_file() {
            let parts = parts(&folder)?;
            found.push(Self { shown: folder, parts });
        }
        let mut found = found.into_iter();
        let Some(first) = found.next() else {
            let path = output.path(names[0]);
            let message = format!("expected {}, found no such file: run {command} first", path.display());
            return Err(UsageError(message).into());
        };
        for other in found {
            if !same_run(&first, &other)? {
                return Err(SourceRefused(format!(
                    "{} and {} are of different runs: remove the one that is not wanted, or run churn score; nothing was written",
                    first.shown.display(),
                    other.shown.display()
                ))
                .into());
            }
        }
        Ok(first)
    }
}

/// The Parquet parts of a folder, in their order, if they are what its manifest says.
fn parts(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let path = folder.join(MANIFEST);
    let refused = |what: String| SourceRefused(format!("{}: {what}; nothing was written", path.display()));
    let text = std::fs::read(&path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|_| refused("expected the manifest that churn score writes, found something else".to_owned()))?;
    let mut parts = Vec::new();
    for file in manifest.files.iter().filter(|file| file.name.ends_with(".parquet")) {
        // A name of the manifest leads nowhere else.
        if Path::new(&file.name).file_name() != Some(file.name.as_ref()) {
            return Err(refused("expected names of files in its folder, found a path".to_owned()).into());
        }
        let part = folder.join(&file.name);
        let is_it = ManifestFile::of(&part, file.rows).is_ok_and(|found| found == *file);
        if !is_it {
            return Err(refused(format!("expected {} as it was written, found another or none", file.name)).into());
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return Err(refused("expected parts in Parquet, found none".to_owned()).into());
    }
    Ok(parts)
}

/// Whether the first rows of two tables are the same customer's, as of one date and by one model.
fn same_run(one: &Files, other: &Files) -> Result<bool, ReadError> {
    let head = |files: &Files| -> Result<Vec<StoredCell>, ReadError> {
        let columns = ["customer_id", "as_of", "model"].map(str::to_owned).to_vec();
        Tables::new(files.parts.clone(), columns).next().unwrap_or(Ok(Vec::new()))
    };
    let (a, b) = (head(one)?, head(other)?);
    Ok(a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || (day(a).is_some() && day(a) == day(b))))
}

/// The rows of some files with the same columns.
#[derive(Debug)]
pub(super) struct Tables {
    left: VecDeque<PathBuf>,
    columns: Vec<String>,
    rows: Option<TableRows>,
}

impl Tables {
    pub(super) fn new(files: Vec<PathBuf>, columns: Vec<String>) -> Self {
        Self { left: files.into(), columns, rows: None }
    }
}

impl Iterator for Tables {
    type Item = Result<Vec<StoredCell>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.as_mut().and_then(Iterator::next) {
                return Some(row);
            }
            let next = self.left.pop_front()?;
            let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
            match TableRows::open(&next, &columns) {
                Ok(rows) => self.rows = Some(rows),
                Err(error) => {
                    self.left.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}
