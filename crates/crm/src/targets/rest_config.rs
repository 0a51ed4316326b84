//! A system with an interface of JSON over HTTP, as data.

use serde::Deserialize;
use serde_json::Value as Json;

/// A system as data. Templates are described in `docs/sync.md`; pointers are those of RFC 6901.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestConfig {
    /// Its name for people.
    #[serde(default)]
    pub name: String,
    /// How records are written.
    pub write: WriteCall,
    /// What an answer says.
    #[serde(default)]
    pub answer: Answer,
    /// How records are read; without it nothing can be read back.
    #[serde(default)]
    pub read: Option<ReadCall>,
    /// Whether a write may make records that are missing.
    #[serde(default)]
    pub creates: bool,
    /// Whether keys are numbers in JSON.
    #[serde(default)]
    pub number_keys: bool,
    /// Whether all values are texts in JSON.
    #[serde(default)]
    pub text_values: bool,
    /// Whether fields that it does not know are dropped without a word.
    #[serde(default)]
    pub drops_unknown_fields: bool,
    /// Calls a second.
    #[serde(default = "few")]
    pub calls_per_second: u32,
}

fn few() -> u32 {
    5
}

/// How records are written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteCall {
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// Path template.
    pub path: String,
    /// Body template.
    pub body: Json,
    /// Template of an element of `$records`.
    #[serde(default)]
    pub record: Option<Json>,
    /// Template of an element of `$list`.
    #[serde(default)]
    pub field: Option<Json>,
    /// Records in one call.
    #[serde(default = "one")]
    pub batch: usize,
    /// Headers beside the credentials.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Whether a status of 404 means that the record is not there, and not that the address is wrong. Always so where the
    /// key is in the path; only for one record a call.
    #[serde(default)]
    pub missing_is_404: bool,
    /// Statuses that say that nothing was done and may be done later, such as 409 for a locked record.
    #[serde(default)]
    pub busy_statuses: Vec<u16>,
}

fn one() -> usize {
    1
}

/// What an answer with a good status says.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// Where the records' answers are; without it the body answers for the whole batch.
    pub rows: Option<String>,
    /// Where a record's answer names its key; without it answers come in order.
    pub row_key: Option<String>,
    /// What has to stand where for a record to be written; without it a good status is enough.
    pub success: Option<Predicate>,
    /// What stands where for a record that was made.
    pub created: Option<Predicate>,
    /// Where a refused record's code is.
    pub code: Option<String>,
    /// Where a refused record's message is.
    pub message: Option<String>,
    /// Codes of records that are not there.
    pub no_match: Vec<String>,
    /// Codes of records that may be written later.
    pub busy: Vec<String>,
}

/// A value at a place.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// Where.
    pub at: String,
    /// What; where nothing is said, a null that is there.
    #[serde(default)]
    pub equals: Json,
}

impl Predicate {
    pub(super) fn holds(&self, answer: &Json) -> bool {
        answer.pointer(&self.at) == Some(&self.equals)
    }
}

/// How records are read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadCall {
    /// `GET` or `POST`.
    pub method: String,
    /// Path template.
    pub path: String,
    /// Body template.
    #[serde(default)]
    pub body: Option<Json>,
    /// Records in one call. With one, a status of 404 means that there is none.
    #[serde(default = "one")]
    pub batch: usize,
    /// Headers beside the credentials.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Where the records are; without it the body is the record.
    #[serde(default)]
    pub rows: Option<String>,
    /// Where a record's key is; not needed where the body is the record.
    #[serde(default)]
    pub key: Option<String>,
    /// Where the field `{name}` is in a record, or the array of fields.
    pub field: String,
    /// In an array of fields: where its name and its value are.
    #[serde(default)]
    pub list: Option<(String, String)>,
    /// Whether `false` stands for nothing in fields that are not yes or no.
    #[serde(default)]
    pub false_is_null: bool,
}
