//! What a run is allowed to do.

use std::collections::BTreeSet;

use crate::error::CrmError;
use crate::retry::Patience;
use crate::target::{Capabilities, Mode};

/// When records are read before they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadFirst {
    /// Never, even where nobody knows whether they were written: those are written again.
    Never,
    /// Where nobody knows whether they were written.
    #[default]
    InDoubt,
    /// Always: a record that holds the values is not written, and one whose as-of date is later is left alone. Costs a
    /// reading call for every writing one.
    Always,
}

/// What a run is allowed to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Whether records may be made.
    pub mode: Mode,
    /// Write every row, changed or not.
    pub full: bool,
    /// Refuse to begin if more records than this would be written.
    pub max_changes: Option<u64>,
    /// Refuse to begin if a smaller share of the records than this is there, by what was accepted before and by a sample of
    /// those to be written.
    pub min_matched: Option<f64>,
    /// End the run once more records than this were rejected.
    pub max_rejects: Option<u64>,
    /// Write at most this many records, the first by key.
    pub limit: Option<u64>,
    /// Write no others than these: for a trial, or what was rejected before.
    pub only_keys: Option<BTreeSet<String>>,
    /// When records are read before they are written.
    pub read_first: ReadFirst,
    /// So many written records are read back and compared, where the target can.
    pub read_back: usize,
    /// Patience with a target that does not do its part.
    pub patience: Patience,
    /// Seed of the waits.
    pub seed: u64,
}

impl Default for Settings {
    /// Update only, what changed, at most 1,000 rejects, twenty records read back.
    fn default() -> Self {
        Self {
            mode: Mode::UpdateOnly,
            full: false,
            max_changes: None,
            min_matched: None,
            max_rejects: Some(1_000),
            limit: None,
            only_keys: None,
            read_first: ReadFirst::InDoubt,
            read_back: 20,
            patience: Patience::default(),
            seed: 1,
        }
    }
}

impl Settings {
    /// What a target cannot do is refused aloud.
    pub(crate) fn check(&self, target: &str, can: Capabilities) -> Result<(), CrmError> {
        let refused = |setting: &str, expected: &str, found: &str| {
            Err(CrmError::Setting {
                place: format!("{target}: {setting}"),
                expected: expected.to_owned(),
                found: found.to_owned(),
            })
        };
        match self.mode {
            Mode::UpdateOnly if !can.update_only => {
                return refused("mode", "upsert, since this target cannot tell", "update only");
            }
            Mode::Upsert if !can.upsert => return refused("mode", "update only, since this target cannot", "upsert"),
            _ => {}
        }
        if can.max_batch == 0 || can.max_batch > MOST_IN_BATCH {
            return refused("batch size", "1 to 100,000", &can.max_batch.to_string());
        }
        if self.read_first == ReadFirst::Always && !can.reads {
            return refused("read first", "a target that can be read", "one that cannot");
        }
        match self.min_matched {
            Some(share) if !(0.0..=1.0).contains(&share) => {
                refused("least share matched", "0 to 1", &share.to_string())
            }
            Some(_) if !can.reads => refused("least share matched", "a target that can be read", "one that cannot"),
            _ if self.patience.attempts == 0 => refused("attempts", "at least 1", "0"),
            _ => Ok(()),
        }
    }
}

/// Frames of the journal are bounded.
const MOST_IN_BATCH: usize = 100_000;
