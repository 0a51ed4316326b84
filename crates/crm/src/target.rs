//! What an adapter to a system has to say and do. Every adapter answers row by row, whatever its system does.

use std::time::Duration;

use crate::limiter::{Pace, Rate};
use crate::mapping::{Field, Mapping, Row};
use crate::value::{Value, same_value};

/// Whether records may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Records that are not there are skipped.
    #[default]
    UpdateOnly,
    /// Records that are not there are made.
    Upsert,
}

/// What a system undoes when it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Atomicity {
    /// Each record stands for itself.
    Record,
    /// One refused record refuses its batch.
    Batch,
    /// Either may happen.
    Either,
}

/// What a system does with a field that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownField {
    /// It says so.
    Refused,
    /// It says yes and drops the value: only reading back shows it.
    Dropped,
    /// Nobody knows.
    NotKnown,
}

/// What a system can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Records in one call, at most.
    pub max_batch: usize,
    /// Whether it can say what records hold.
    pub reads: bool,
    /// Records in one reading call, at most.
    pub max_read: usize,
    /// What it undoes when it refuses.
    pub atomicity: Atomicity,
    /// Whether it can update without ever making a record.
    pub update_only: bool,
    /// Whether it can make records that are missing.
    pub upsert: bool,
    /// What it does with a field that it does not know.
    pub unknown_field: UnknownField,
    /// How often it may be called.
    pub rate: Rate,
}

/// Records to be written in one call. All keys differ.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// What the values mean.
    pub mapping: &'a Mapping,
    /// The records.
    pub rows: &'a [&'a Row],
    /// Whether missing records may be made.
    pub mode: Mode,
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds the values now.
    Written,
    /// It held them already.
    Unchanged,
    /// It was not there and was made. With [`Mode::UpdateOnly`] this stops the run.
    Created,
    /// There is no such record; none was made.
    NoMatch,
    /// The system will not take it, now or later.
    Rejected {
        /// The system's own code, or one of ours.
        code: String,
        /// What it said; may hold a customer's values, so it goes into the rejects file and nowhere else.
        message: String,
    },
    /// The system did not do it but may later: locked, or over a limit.
    Busy {
        /// The system's own code.
        code: String,
    },
    /// The answer does not say.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// Why a call as a whole came to nothing. Texts hold no customer's values: status and codes only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Certainly nothing was done; later it may be.
    NotDone {
        /// What happened.
        why: String,
        /// How long the system wants to be left alone.
        wait: Option<Duration>,
    },
    /// Nobody knows whether anything was done: a timeout, a cut connection, an answer that cannot be read.
    Unclear {
        /// What happened.
        why: String,
        /// How long the system wants to be left alone.
        wait: Option<Duration>,
    },
    /// Nothing was done, since the system will not take some record of the batch.
    Refused {
        /// The system's own code, or its status.
        code: String,
        /// What it said; may hold a customer's values.
        message: String,
    },
    /// Nothing was done: the credentials do not hold (any more).
    Credentials {
        /// What happened.
        why: String,
    },
    /// Nothing was done, and nothing will be in this run: no right, no such place, a daily limit.
    Stop {
        /// What happened.
        why: String,
    },
}

impl std::fmt::Display for Failure {
    /// What a failure says, without what may hold customers' values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::NotDone { why, .. }
            | Failure::Unclear { why, .. }
            | Failure::Credentials { why }
            | Failure::Stop { why } => f.write_str(why),
            Failure::Refused { code, .. } => write!(f, "the request was refused ({code})"),
        }
    }
}

/// What a system holds for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// No such record.
    Missing,
    /// More than one.
    Several,
    /// The values of the mapping's fields, in their order, in the system's own form; `None` where it did not say.
    Values(Vec<Option<Value>>),
}

/// What is wrong before anything is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preflight {
    /// Fields that are missing; they can be made where the system can.
    pub missing: Vec<Field>,
    /// Everything else that will not work, each with what to do.
    pub problems: Vec<String>,
    /// What could not be found out.
    pub not_checked: Vec<String>,
}

/// A system that scores are written to.
///
/// What is sent again holds the same absolute values, so `write` must be an assignment, never an addition.
pub trait Target {
    /// Its name for people, without secrets.
    fn name(&self) -> String;

    /// Tells it apart from every other target: address, table or object, key field; no secrets. The memory of what was
    /// accepted belongs to this.
    fn identity(&self) -> String;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Looks whether the fields are there and of the right types, without writing.
    ///
    /// # Errors
    /// It cannot be asked.
    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure>;

    /// Makes fields that are missing.
    ///
    /// # Errors
    /// It cannot, or not this way.
    fn create_fields(&mut self, fields: &[Field]) -> Result<(), Failure> {
        let _ = fields;
        Err(Failure::Stop { why: format!("{} cannot make fields; make them by hand", self.name()) })
    }

    /// What it holds for these keys, in their order; at most `max_read` of them.
    ///
    /// # Errors
    /// It cannot be asked.
    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure>;

    /// Writes at most `max_batch` records and says what became of each, in their order.
    ///
    /// # Errors
    /// The call as a whole came to nothing.
    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure>;

    /// What the last answer said of the rate.
    fn pace(&self) -> Pace {
        Pace::default()
    }

    /// Gets other credentials, if there are any to get.
    fn renew_credentials(&mut self) -> bool {
        false
    }

    /// Whether it holds what was written, in its own canonical form.
    fn same(&self, field: &Field, written: &Value, found: &Value) -> bool {
        let _ = field;
        same_value(written, found)
    }
}
