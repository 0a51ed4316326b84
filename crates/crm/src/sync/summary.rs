//! What a run came to.

use std::fmt;
use std::time::Duration;

use crate::ledger::Recovery;

/// What a run came to. Every row that was read is counted exactly once among `not_selected`, `unchanged`, `below_step`,
/// `nothing_to_send`, `superseded`, `held_back`, and the outcomes `written`, `held_already`, `created`, `no_match`,
/// `rejected`, `left`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Rows that came in.
    pub rows: u64,
    /// Not among the keys that were asked for.
    pub not_selected: u64,
    /// The same as was accepted before.
    pub unchanged: u64,
    /// Changed by less than their fields' steps.
    pub below_step: u64,
    /// All values null, and null is skipped.
    pub nothing_to_send: u64,
    /// The target has newer scores.
    pub superseded: u64,
    /// To be written, but beyond the limit.
    pub held_back: u64,
    /// To be written in this run.
    pub planned: u64,
    /// Written and acknowledged.
    pub written: u64,
    /// The target held the values already.
    pub held_already: u64,
    /// Made, where that was allowed.
    pub created: u64,
    /// Not there, and not made.
    pub no_match: u64,
    /// Refused for good; each is among [`rejects`](Summary::rejects).
    pub rejected: u64,
    /// Not finished; run again.
    pub left: u64,
    /// Records of the target of which nobody knows whether they were written, after the run.
    pub in_doubt: u64,
    /// Writing calls.
    pub calls: u64,
    /// Reading calls.
    pub reading_calls: u64,
    /// Attempts beyond the first of their batches.
    pub retries: u64,
    /// Time spent waiting.
    pub waited: Duration,
    /// Why the run ended early.
    pub stopped: Option<Stopped>,
    /// What reading back showed; `None` where nothing was read back.
    pub read_back: Option<ReadBack>,
    /// Every record that was refused for good, in the order of their refusals.
    pub rejects: Vec<Reject>,
    /// Keys of the records that are left, sorted.
    pub left_keys: Vec<String>,
    /// What could not be known before writing.
    pub not_known: Vec<String>,
    /// What the run before had left.
    pub recovery: Recovery,
    /// The longest the journal was.
    pub journal_bytes: u64,
}

impl Summary {
    /// Whether everything was done: the target holds every planned value whose record is there. Where not, running again
    /// resumes.
    pub fn complete(&self) -> bool {
        let held = self.read_back.as_ref().is_none_or(|read_back| read_back.different.is_empty());
        self.left == 0 && self.rejected == 0 && self.stopped.is_none() && held
    }
}

/// A record that was refused for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its key.
    pub key: String,
    /// The system's code, or its status.
    pub code: String,
    /// What the system said; may hold the customer's values.
    pub message: String,
    /// At which attempt.
    pub attempt: u32,
}

/// What reading back showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadBack {
    /// How many records were read.
    pub records: u64,
    /// Key and field where the target holds something else than was written.
    pub different: Vec<(String, String)>,
}

/// Why a run ended early. What was left is left whole: running again resumes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// The caller asked for it; the batch in flight was finished.
    Interrupted,
    /// Longer than a run may take.
    OutOfTime,
    /// More attempts than a run may make.
    OutOfRetries,
    /// Batch after batch came to nothing.
    Down(String),
    /// The system wants to be left alone for longer than a run waits.
    LongWait(Duration),
    /// The system will do nothing more for us.
    Refused(String),
    /// More records were rejected than may be.
    TooManyRejects(u64),
    /// A record was made where none may be.
    Created,
    /// The system does not hold what it said it accepted.
    NotHeld,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Interrupted => f.write_str("interrupted; the batch in flight was finished"),
            Stopped::OutOfTime => f.write_str("the run took as long as it may"),
            Stopped::OutOfRetries => f.write_str("the run retried as often as it may"),
            Stopped::Down(why) => write!(f, "batch after batch came to nothing, the last time: {why}"),
            Stopped::LongWait(wait) => {
                write!(f, "the system asked to be left alone for {} s, longer than a run waits", wait.as_secs())
            }
            Stopped::Refused(why) => f.write_str(why),
            Stopped::TooManyRejects(count) => write!(f, "{count} records were rejected, more than may be"),
            Stopped::Created => {
                f.write_str("the system made a record although only updates were asked for; look at it before running again")
            }
            Stopped::NotHeld => f.write_str(
                "the system does not hold what it said it accepted; are the fields there, and may this user write them?",
            ),
        }
    }
}
