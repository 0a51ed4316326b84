//! The scores of another run, as they lie in its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use history::{Date, ReadError, StoredCell, TableRows};
use scoring::RiskBand;

use crate::commands::score::{MANIFEST, Manifest, ManifestFile, PARTS_FOLDER};
use crate::exit::UsageError;

const COLUMNS: [&str; 7] =
    ["customer_id", "as_of", "model", "state", "churn_probability", "risk_band", "value_at_risk"];

/// A customer who was scored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Before {
    pub(super) probability: f64,
    pub(super) band: RiskBand,
    pub(super) at_risk: f64,
    pub(super) segment: Option<Box<str>>,
}

/// The scores of another run.
#[derive(Debug)]
pub(crate) struct OtherRun {
    pub(super) as_of: Date,
    pub(super) model: String,
    pub(super) scored: BTreeMap<String, Before>,
    customers: u64,
}

impl OtherRun {
    /// Reads the scores in the folder of another run: one table, or parts with a manifest.
    ///
    /// # Errors
    /// There are none, or they are not what `churn score` writes.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut run = Self { as_of: Date::from_days(0), model: String::new(), scored: BTreeMap::new(), customers: 0 };
        for file in files(folder)? {
            let has_segments = TableRows::columns(&file)?.iter().any(|name| name == "segment");
            let columns: Vec<&str> = COLUMNS.into_iter().chain(has_segments.then_some("segment")).collect();
            for row in TableRows::open(&file, &columns)? {
                run.add(&file, &row?)?;
            }
        }
        anyhow::ensure!(run.customers > 0, UsageError(format!("{}: expected scores, found none", folder.display())));
        Ok(run)
    }

    fn add(&mut self, file: &Path, row: &[StoredCell]) -> anyhow::Result<()> {
        let at_row = self.customers + 1;
        let place = |column: &str| format!("{}: row {at_row}, column {column}", file.display());
        let text = |at: usize| match &row[at] {
            StoredCell::Text(text) => Some(text.clone()),
            StoredCell::Integer(number) => Some(number.to_string()),
            _ => None,
        };
        let number = |at: usize| match &row[at] {
            StoredCell::Float(number) => Some(*number),
            StoredCell::Integer(number) => Some(*number as f64),
            StoredCell::Text(text) => text.parse().ok(),
            _ => None,
        };
        let as_of = match &row[1] {
            StoredCell::Date(day) => Some(*day),
            StoredCell::Text(text) => text.parse().ok(),
            _ => None,
        };
        let wrong = |column: &str, expected: &str| UsageError(format!("{}: expected {expected}", place(column)));
        let as_of = as_of.ok_or_else(|| wrong("as_of", "a date"))?;
        let model = text(2).ok_or_else(|| wrong("model", "a version"))?;
        if self.customers == 0 {
            (self.as_of, self.model) = (as_of, model);
        } else if (as_of, &model) != (self.as_of, &self.model) {
            return Err(wrong("model", "one as-of date and one model in the whole table, found another").into());
        }
        let customer = text(0).ok_or_else(|| wrong("customer_id", "an id"))?;
        self.customers += 1;
        let Some(probability) = number(4) else { return Ok(()) };
        let band = text(5).and_then(|name| {
            [RiskBand::Low, RiskBand::Medium, RiskBand::High, RiskBand::Critical]
                .into_iter()
                .find(|b| b.as_str() == name)
        });
        let band = band.ok_or_else(|| wrong("risk_band", "low, medium, high or critical"))?;
        let segment = row.get(7).and_then(|_| text(7)).map(String::into_boxed_str);
        self.scored.insert(customer, Before { probability, band, at_risk: number(6).unwrap_or(0.0), segment });
        Ok(())
    }
}

/// The files of the scores of a folder.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    for name in ["scores.parquet", "scores.csv"] {
        let path = folder.join(name);
        if path.is_file() {
            return Ok(vec![path]);
        }
    }
    let parts = folder.join(PARTS_FOLDER);
    let path = parts.join(MANIFEST);
    let Ok(text) = std::fs::read(&path) else {
        return Err(UsageError(format!(
            "--against: expected scores.parquet, scores.csv or {PARTS_FOLDER}/{MANIFEST} in {}, found none",
            folder.display()
        ))
        .into());
    };
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| UsageError(format!("{}: expected the manifest of scores: {error}", path.display())))?;
    let mut files = Vec::new();
    for file in manifest.files.iter().filter(|file| file.name.ends_with(".parquet")) {
        let part = parts.join(&file.name);
        // A name of the manifest leads nowhere else, and the file is the one that was written.
        let is_name = Path::new(&file.name).file_name() == Some(file.name.as_ref());
        if !is_name
            || ManifestFile::of(&part, file.rows).map_err(|source| ReadError::Io { path: part.clone(), source })?
                != *file
        {
            return Err(UsageError(format!("{}: expected it as it was written, found another", part.display())).into());
        }
        files.push(part);
    }
    Ok(files)
}
