//! The project: `churn.toml` as it was written ([`mod@file`]) and what it means ([`resolved`]).

mod churn;
mod columns;
mod config_hash;
mod connection;
mod engine;
mod error;
mod features;
mod features_section;
mod file;
mod horizons;
mod lineage;
mod monitor;
mod nearest;
mod own_columns;
mod own_feature;
mod own_rows;
mod plan;
mod resolved;
mod sync;
mod sync_fields;
mod sync_section;
mod sync_system;
mod tables;
mod transactions;
mod values;

pub(crate) use error::ProjectError;
pub(crate) use features::{forecasts_named, named, unknown_feature};
pub(crate) use nearest::did_you_mean;
pub(crate) use plan::{PlanRules, money};
pub(crate) use resolved::Project;
pub(crate) use sync::{SyncSource, SyncSpec};
pub(crate) use sync_fields::SyncField;
pub(crate) use sync_system::{Access, SecretPlace, System, TableFormat};
pub(crate) use values::days;

use std::path::{Path, PathBuf};

/// Name of the project file in a project folder.
pub(crate) const PROJECT_FILE: &str = "churn.toml";

/// No honest project file is larger.
const MAX_BYTES: u64 = 1 << 20;

impl Project {
    /// Reads the project in a folder, or the project file given.
    ///
    /// # Errors
    /// There is no such file, it is not TOML, has unknown keys, lacks what is needed, or asks for what is not built.
    pub(crate) fn open(place: &Path) -> Result<Self, ProjectError> {
        let path = if place.is_dir() { place.join(PROJECT_FILE) } else { place.to_owned() };
        let text = read(&path)?;
        let source = error::Source { path: &path, text: &text };
        check_answered(&source)?;
        let file = file::ProjectFile::parse(&source)?;
        resolved::resolve(file, &source, folder_of(&path))
    }
}

/// Whether a text is a currency as the project file takes it.
pub(crate) fn is_currency(text: &str) -> bool {
    values::currency(text).is_ok()
}

/// Whether a text is a time zone as the project file takes it.
pub(crate) fn is_timezone(text: &str) -> bool {
    jiff::tz::TimeZone::get(text).is_ok()
}

/// What a line begins with that holds a question of `churn init` without an answer.
pub(crate) const QUESTION: &str = "# QUESTION: ";

/// # Errors
/// A question of `churn init` is not answered: what it asks for would have its default, which nobody chose.
fn check_answered(source: &error::Source<'_>) -> Result<(), ProjectError> {
    let mut start = 0;
    let mut first = None;
    let mut open = 0;
    for line in source.text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if let Some(question) = line.trim().strip_prefix(QUESTION.trim()) {
            open += 1;
            first.get_or_insert((start + indent, question.trim()));
        }
        start += line.len();
    }
    let Some((at, question)) = first else { return Ok(()) };
    let others = match open {
        1 => String::new(),
        2 => ", and one question more".to_owned(),
        _ => format!(", and {} questions more", open - 1),
    };
    let message = format!(
        "a question of churn init has no answer: {question}{others}; write the answer in the line below it, and take the \
         line of the question out"
    );
    Err(source.error(&(at..at), message))
}

fn read(path: &Path) -> Result<String, ProjectError> {
    let unreadable = |message: String| ProjectError::whole_file(path, message);
    let meta = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            unreadable("expected a project folder or a project file, found nothing here".to_owned())
        }
        _ => unreadable(format!("cannot read: {error}")),
    })?;
    if meta.len() > MAX_BYTES {
        return Err(unreadable("expected a project file of at most 1 MiB; is this an export?".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(format!("cannot read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| unreadable("expected UTF-8 text, found other bytes".to_owned()))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod features_tests;
#[cfg(test)]
mod tests;
