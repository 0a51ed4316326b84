//! The targets of `churn sync`: the sections `[[sync]]`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use crm::{Mapping, Mode, ReadFirst};
use history::Days;
use toml::Spanned;

use super::error::{ProjectError, Source};
use super::file::Text;
use super::nearest::did_you_mean;
use super::sync_fields::{SyncField, field};
use super::sync_section::SyncSection;
use super::sync_system::{System, system};
use super::values;

/// A target of `churn sync`.
#[derive(Debug)]
pub(crate) struct SyncSpec {
    /// Its name, and that of its folder in `out/sync`.
    pub(crate) name: String,
    pub(crate) system: System,
    pub(crate) source: SyncSource,
    /// Column of the source that holds the key.
    pub(crate) key: String,
    pub(crate) fields: Vec<SyncField>,
    pub(crate) mapping: Mapping,
    pub(crate) mode: Mode,
    /// Whether customers who are held out of the plan are left out here too.
    pub(crate) without_hold_out: bool,
    /// Older scores are refused.
    pub(crate) max_age: Option<Days>,
    pub(crate) max_changes: Option<u64>,
    pub(crate) min_matched: Option<f64>,
    pub(crate) max_rejects: u64,
    pub(crate) read_first: ReadFirst,
    pub(crate) read_back: usize,
    pub(crate) attempts: u32,
    pub(crate) timeout: Duration,
}

/// The table that is written to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SyncSource {
    /// `scores.parquet` or `scores.csv`.
    Scores,
    /// `plan.csv`.
    Plan,
}

/// Where in the project file a target is, for what is said about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) name: &'a str,
    /// The whole section.
    pub(super) span: &'a Range<usize>,
    /// Folder of the project file.
    pub(super) folder: &'a Path,
}

impl Place<'_> {
    /// An error in a value of the target.
    pub(super) fn error(&self, span: &Range<usize>, message: impl std::fmt::Display) -> ProjectError {
        self.source.error(span, format!("sync \"{}\": {message}", self.name))
    }

    /// A key that has to be there.
    pub(super) fn needed<'t>(&self, key: &str, given: Option<&'t Text>, what: &str) -> Result<&'t Text, ProjectError> {
        given.ok_or_else(|| self.error(self.span, format!("expected {key} = {what}, found none")))
    }

    /// One of the words that a key knows; the first is the default.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        given: Option<&Text>,
        known: &[(&str, T)],
    ) -> Result<T, ProjectError> {
        let Some(given) = given else { return Ok(known[0].1) };
        let word = given.get_ref().as_str();
        known.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let hint = did_you_mean(word, known.iter().map(|(known, _)| *known));
            let known = known.iter().map(|(known, _)| format!("\"{known}\"")).collect::<Vec<_>>().join(", ");
            self.error(&given.span(), format!("{key}: expected one of {known}, found \"{word}\"{hint}"))
        })
    }
}

const DEFAULT_KEY: &str = "customer_id";
const DEFAULT_MAX_REJECTS: u64 = 1_000;
const DEFAULT_READ_BACK: u32 = 20;
const MOST_READ_BACK: u32 = 10_000;
const DEFAULT_ATTEMPTS: u32 = 5;
const MOST_ATTEMPTS: u32 = 20;
const DEFAULT_TIMEOUT: u64 = 60;
const LONGEST_TIMEOUT: u64 = 600;

/// The targets that the project file declares, in its order.
pub(super) fn targets(
    source: &Source<'_>,
    sections: &[Spanned<SyncSection>],
    folder: &Path,
) -> Result<Vec<SyncSpec>, ProjectError> {
    let mut names = BTreeSet::new();
    sections
        .iter()
        .map(|section| {
            let (span, section) = (section.span(), section.get_ref());
            let Some(given) = &section.name else {
                return Err(source.error(&span, "sync: expected name = a name for this target, found none"));
            };
            let name = values::read(source, "sync.name", Some(given), String::new(), values::name)?;
            if !names.insert(name.clone()) {
                return Err(
                    source.error(&given.span(), format!("sync.name: expected each name once, found \"{name}\" again"))
                );
            }
            target(&Place { source, name: &name, span: &span, folder }, section)
        })
        .collect()
}

fn target(place: &Place<'_>, section: &SyncSection) -> Result<SyncSpec, ProjectError> {
    let sources = [("scores", SyncSource::Scores), ("plan", SyncSource::Plan)];
    let source = place.word("source", section.source.as_ref(), &sources)?;
    let system = system(place, section)?;
    let fields =
        section.fields.iter().map(|(name, given)| field(place, source, name, given)).collect::<Result<Vec<_>, _>>()?;
    // Writing it would give the record to another customer.
    let is_key = |name: &str| system.key_field().is_some_and(|key| key.eq_ignore_ascii_case(name));
    if let Some(name) = section.fields.keys().find(|name| is_key(name.get_ref())) {
        let message = format!("fields.{}: it is the key, which is looked for and never written", name.get_ref());
        return Err(place.error(&name.span(), message));
    }
    if fields.is_empty() {
        let message = "expected fields = { FIELD = \"COLUMN\", ... }, found none";
        return Err(place.error(place.span, message));
    }
    // Where records are read before they are written, the system's own date counts.
    let as_of = fields.iter().find(|field| field.column == "as_of").map(|field| field.field.name.as_str());
    let mapping = Mapping::new(fields.iter().map(|field| field.field.clone()).collect(), as_of)
        .map_err(|error| place.error(place.span, error))?;
    let hold_out = [("skip", true), ("send", false)];
    let without_hold_out = place.word("hold_out", section.hold_out.as_ref(), &hold_out)?;
    if let (Some(given), SyncSource::Scores) = (&section.hold_out, source) {
        return Err(place.error(&given.span(), "hold_out: belongs to source = \"plan\""));
    }
    let first = [("in_doubt", ReadFirst::InDoubt), ("never", ReadFirst::Never), ("always", ReadFirst::Always)];
    Ok(SyncSpec {
        name: place.name.to_owned(),
        system,
        source,
        key: section.key.as_ref().map_or_else(|| DEFAULT_KEY.to_owned(), |key| key.get_ref().clone()),
        fields,
        mapping,
        mode: place.word(
            "mode",
            section.mode.as_ref(),
            &[("update_only", Mode::UpdateOnly), ("upsert", Mode::Upsert)],
        )?,
        without_hold_out: source == SyncSource::Plan && without_hold_out,
        max_age: section
            .max_age
            .as_ref()
            .map(|given| {
                values::days(given.get_ref())
                    .map_err(|message| place.error(&given.span(), format!("max_age: {message}")))
            })
            .transpose()?,
        max_changes: section.max_changes,
        min_matched: section.min_matched.as_ref().map(|given| share(place, given)).transpose()?,
        max_rejects: section.max_rejects.unwrap_or(DEFAULT_MAX_REJECTS),
        read_first: place.word("read_first", section.read_first.as_ref(), &first)?,
        read_back: section.read_back.unwrap_or(DEFAULT_READ_BACK).min(MOST_READ_BACK) as usize,
        attempts: attempts(place, section.attempts.as_ref())?,
        timeout: timeout(place, section.timeout.as_ref())?,
    })
}

fn share(place: &Place<'_>, given: &Spanned<f64>) -> Result<f64, ProjectError> {
    let share = *given.get_ref();
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    Err(place.error(&given.span(), format!("min_matched: expected a share from 0 to 1, found {share}")))
}

fn attempts(place: &Place<'_>, given: Option<&Spanned<u32>>) -> Result<u32, ProjectError> {
    let Some(given) = given else { return Ok(DEFAULT_ATTEMPTS) };
    let attempts = *given.get_ref();
    if (1..=MOST_ATTEMPTS).contains(&attempts) {
        return Ok(attempts);
    }
    Err(place.error(&given.span(), format!("attempts: expected 1 to {MOST_ATTEMPTS}, found {attempts}")))
}

/// Seconds such as `60s`.
fn timeout(place: &Place<'_>, given: Option<&Text>) -> Result<Duration, ProjectError> {
    let Some(given) = given else { return Ok(Duration::from_secs(DEFAULT_TIMEOUT)) };
    let seconds = given.get_ref().strip_suffix('s').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match seconds.and_then(|digits| digits.parse::<u64>().ok()).filter(|n| (1..=LONGEST_TIMEOUT).contains(n)) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => {
            let message = format!(
                "timeout: expected seconds from \"1s\" to \"{LONGEST_TIMEOUT}s\", found \"{}\"",
                given.get_ref()
            );
            Err(place.error(&given.span(), message))
        }
    }
}
