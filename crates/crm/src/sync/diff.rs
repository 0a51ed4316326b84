//! Which rows there is a reason to write.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::settings::Settings;
use super::summary::Summary;
use crate::error::CrmError;
use crate::fingerprint::{Distance, KeyHash, Print};
use crate::ledger::{Entry, Ledger};
use crate::mapping::{Mapping, Row, Version, first_16};

/// Why a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing of it was accepted yet.
    First,
    /// Its values changed.
    Changed,
    /// The mapping changed.
    Mapping,
    /// It was sent, and nobody knows whether it was written.
    InDoubt,
    /// All rows were asked for.
    Full,
}

impl Why {
    /// In a word, for files.
    pub fn as_str(self) -> &'static str {
        match self {
            Why::First => "first",
            Why::Changed => "changed",
            Why::Mapping => "mapping_changed",
            Why::InDoubt => "in_doubt",
            Why::Full => "full",
        }
    }
}

/// A record to be written.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) row: Row,
    pub(crate) hash: KeyHash,
    pub(crate) print: Print,
    pub(crate) why: Why,
}

/// Reads all rows, checks them, and keeps those to be written, sorted by key.
pub(crate) fn diff<E: std::error::Error + Send + Sync + 'static>(
    rows: impl IntoIterator<Item = Result<Row, E>>,
    mapping: &Mapping,
    version: &Version,
    settings: &Settings,
    ledger: &Ledger,
    summary: &mut Summary,
) -> Result<Vec<Change>, CrmError> {
    let digest = mapping.digest();
    let mut seen = HashSet::new();
    let mut changes = Vec::new();
    for row in rows {
        let row = row.map_err(|error| CrmError::Rows(Box::new(error)))?;
        summary.rows += 1;
        mapping.check(&row, summary.rows)?;
        let hash = KeyHash::of(&row.key);
        if !seen.insert(hash) {
            return Err(CrmError::Row {
                row: summary.rows,
                expected: "each key once".to_owned(),
                found: "a key that came before; sort the rows by key to see which".to_owned(),
            });
        }
        if settings.only_keys.as_ref().is_some_and(|keys| !keys.contains(&row.key)) {
            summary.not_selected += 1;
            continue;
        }
        if row.sent(mapping).next().is_none() {
            summary.nothing_to_send += 1;
            continue;
        }
        let entry = ledger.get(hash).unwrap_or_default();
        if newer_than(&entry, version, ledger) {
            summary.superseded += 1;
            continue;
        }
        let print = Print::of(&row, mapping, digest);
        match reason(&entry, &print, mapping, digest, settings.full, ledger) {
            Ok(why) => changes.push(Change { row, hash, print, why }),
            Err(Distance::BelowStep) => summary.below_step += 1,
            Err(_) => summary.unchanged += 1,
        }
    }
    changes.sort_unstable_by(|a, b| a.row.key.cmp(&b.row.key));
    let limit = settings.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    summary.held_back = changes.len().saturating_sub(limit) as u64;
    changes.truncate(limit);
    summary.planned = changes.len() as u64;
    Ok(changes)
}

/// A hash of what is to be written: the same for the same plan.
pub(crate) fn plan_digest(changes: &[Change]) -> u128 {
    let mut hash = Sha256::new();
    for change in changes {
        hash.update(change.hash.0.to_le_bytes());
        hash.update(change.print.exact.to_le_bytes());
        change.print.numbers.iter().for_each(|number| hash.update(number.to_le_bytes()));
    }
    first_16(&hash.finalize())
}

fn newer_than(entry: &Entry, version: &Version, ledger: &Ledger) -> bool {
    let known = entry.accepted.iter().map(|(at, _)| *at).chain(entry.doubt);
    known.filter_map(|at| ledger.edition(at)).any(|edition| edition.version.age(version).is_gt())
}

fn reason(
    entry: &Entry,
    print: &Print,
    mapping: &Mapping,
    digest: u128,
    full: bool,
    ledger: &Ledger,
) -> Result<Why, Distance> {
    if entry.doubt.is_some() {
        return Ok(Why::InDoubt);
    }
    if full {
        return Ok(Why::Full);
    }
    let Some((at, accepted)) = &entry.accepted else {
        return Ok(Why::First);
    };
    if ledger.edition(*at).is_none_or(|edition| edition.mapping != digest) {
        return Ok(Why::Mapping);
    }
    match print.distance(accepted, mapping) {
        Distance::Different => Ok(Why::Changed),
        same => Err(same),
    }
}
