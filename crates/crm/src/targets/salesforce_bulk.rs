//! Salesforce by Bulk API 2.0: one job for up to a hundred thousand records.
//!
//! A job does nothing until its upload is said to be complete, so everything before that is certainly not done. Results come
//! in any order and are joined by id; what a job did not get to comes again.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;

use super::salesforce::{Salesforce, SalesforceConfig, refused};
use crate::error::CrmError;
use crate::http::{Method, Request, Transport};
use crate::limiter::Rate;
use crate::mapping::Mapping;
use crate::target::{Atomicity, Batch, Capabilities, Failure, Held, Mode, Outcome, Preflight, Target};
use crate::value::Value;

/// First and longest time between two looks at a job.
const LOOK_EVERY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));
/// Looks at a job, at most: about an hour.
const MOST_LOOKS: u32 = 120;
/// What nulls a field.
const NULL_CELL: &str = "#N/A";

/// Salesforce by Bulk API 2.0.
pub struct SalesforceBulk<T> {
    inner: Salesforce<T>,
    wait: Box<dyn FnMut(Duration)>,
}

impl<T> std::fmt::Debug for SalesforceBulk<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SalesforceBulk").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl<T: Transport> SalesforceBulk<T> {
    /// `address` is where the transport leads, as it may be shown; `wait` waits between two looks at a job.
    ///
    /// # Errors
    /// A name that is none.
    pub fn new(
        config: SalesforceConfig,
        address: &str,
        transport: T,
        wait: Box<dyn FnMut(Duration)>,
    ) -> Result<Self, CrmError> {
        Ok(Self { inner: Salesforce::new(config, address, transport)?, wait })
    }

    /// What carries its requests.
    pub fn transport_mut(&mut self) -> &mut T {
        &mut self.inner.transport
    }

    fn job(&mut self, batch: &Batch<'_>, csv: Vec<u8>) -> Result<String, Failure> {
        let config = &self.inner.config;
        let mut job = json!({
            "object": config.object, "operation": "update", "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF",
        });
        if batch.mode == Mode::Upsert {
            job["operation"] = json!("upsert");
            job["externalIdFieldName"] = json!(config.key_field);
        }
        let jobs = config.path("jobs/ingest");
        let made = self.inner.send(&Request::json(Method::Post, jobs.clone(), &job)).map_err(not_done)?;
        let made = made.json().unwrap_or_default();
        let plain = |id: &&str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let Some(id) = made["id"].as_str().filter(plain) else {
            return Err(Failure::NotDone {
                why: "expected the id of a job, found something else".to_owned(),
                wait: None,
            });
        };
        let job = format!("{jobs}/{id}");
        let body = Some(("text/csv; charset=UTF-8".to_owned(), csv));
        let upload = Request { method: Method::Put, path: format!("{job}/batches"), headers: Vec::new(), body };
        self.inner.send(&upload).map_err(not_done)?;
        // From here on it may run.
        self.inner.send(&Request::json(Method::Patch, job.clone(), &json!({"state": "UploadComplete"})))?;
        Ok(job)
    }

    fn wait_for(&mut self, job: &str) -> Result<(), Failure> {
        let mut pause = LOOK_EVERY.0;
        for _ in 0..MOST_LOOKS {
            let state = match self.inner.send(&Request::get(job)) {
                Ok(response) => response.json().unwrap_or_default()["state"].as_str().unwrap_or_default().to_owned(),
                // A look that failed says nothing of the job.
                Err(Failure::NotDone { .. } | Failure::Unclear { .. }) => String::new(),
                Err(other) => return Err(unclear(other)),
            };
            if ["JobComplete", "Failed", "Aborted"].contains(&state.as_str()) {
                return Ok(());
            }
            (self.wait)(pause);
            pause = (pause * 2).min(LOOK_EVERY.1);
        }
        Err(Failure::Unclear { why: "the job did not end in time".to_owned(), wait: None })
    }

    /// The rows of one of a job's results: the column that joins them, and another.
    fn results(&mut self, job: &str, what: &str, join: &str, other: &str) -> Result<Vec<(String, String)>, Failure> {
        let mut attempt = 0;
        let response = loop {
            attempt += 1;
            match self.inner.send(&Request::get(format!("{job}/{what}"))) {
                Ok(response) => break response,
                Err(Failure::NotDone { .. } | Failure::Unclear { .. }) if attempt < 5 => (self.wait)(LOOK_EVERY.0),
                Err(other) => return Err(unclear(other)),
            }
        };
        let broken =
            || Failure::Unclear { why: "expected results as CSV, found something else".to_owned(), wait: None };
        let mut reader = csv::Reader::from_reader(&response.body[..]);
        let columns = reader.headers().map_err(|_| broken())?.clone();
        let at = |name: &str| columns.iter().position(|column| column == name);
        let (Some(join), other) = (at(join), at(other)) else {
            // Nothing of this kind: no columns either.
            return if response.body.is_empty() { Ok(Vec::new()) } else { Err(broken()) };
        };
        let mut rows = Vec::new();
        for record in reader.into_records() {
            let record = record.map_err(|_| broken())?;
            let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
            rows.push((cell(join), other.map(cell).unwrap_or_default()));
        }
        Ok(rows)
    }
}

/// Before a job may run nothing is done, whatever is not known of the request.
fn not_done(failure: Failure) -> Failure {
    match failure {
        Failure::Unclear { why, wait } => Failure::NotDone { why, wait },
        other => other,
    }
}

/// After a job may have run no refusal says that nothing was done.
fn unclear(failure: Failure) -> Failure {
    match failure {
        Failure::NotDone { why, wait } | Failure::Unclear { why, wait } => Failure::Unclear { why, wait },
        Failure::Refused { code, .. } => Failure::Unclear { why: code, wait: None },
        Failure::Credentials { why } | Failure::Stop { why } => Failure::Unclear { why, wait: None },
    }
}

impl<T: Transport> Target for SalesforceBulk<T> {
    fn name(&self) -> String {
        format!("{} in bulk", self.inner.name())
    }

    fn identity(&self) -> String {
        // The same records as by collections: what one has written the other need not.
        self.inner.identity()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_batch: 100_000,
            atomicity: Atomicity::Record,
            rate: Rate { calls: 1, per: Duration::from_secs(1), burst: 2 },
            ..self.inner.capabilities()
        }
    }

    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        self.inner.preflight(mapping)
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        self.inner.read(mapping, keys)
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let upsert = batch.mode == Mode::Upsert;
        let keys: Vec<&str> = batch.rows.iter().map(|row| row.key.as_str()).collect();
        let ids = match upsert {
            true => keys.iter().map(|key| Ok((*key).to_owned())).collect(),
            false => self.inner.ids(&keys)?,
        };
        let id_column = if upsert { self.inner.config.key_field.clone() } else { "Id".to_owned() };
        let csv = csv_of(&batch, &id_column, &ids)
            .ok_or_else(|| Failure::Stop { why: "the rows cannot be put into CSV".to_owned() })?;
        if ids.iter().all(Result::is_err) {
            return Ok(ids.into_iter().map(|id| id.err().unwrap_or(Outcome::NoMatch)).collect());
        }
        let job = self.job(&batch, csv)?;
        self.wait_for(&job)?;
        let join = if upsert { id_column.as_str() } else { "sf__Id" };
        let mut said: HashMap<String, Outcome> = HashMap::new();
        let mut say = |id: &str, outcome: Outcome| {
            let known = said.entry(counted(id, upsert).to_owned()).or_insert_with(|| outcome.clone());
            if *known != outcome {
                *known = Outcome::Unknown { why: "two different results for one record".to_owned() };
            }
        };
        for (id, created) in self.results(&job, "successfulResults", join, "sf__Created")? {
            say(&id, if created == "true" { Outcome::Created } else { Outcome::Written });
        }
        for (id, error) in self.results(&job, "failedResults", &id_column, "sf__Error")? {
            let (code, message) = error.split_once(':').unwrap_or((&error, ""));
            say(&id, refused(code, message.to_owned()));
        }
        for (id, _) in self.results(&job, "unprocessedrecords", &id_column, "")? {
            say(&id, Outcome::Busy { code: "UNPROCESSED".to_owned() });
        }
        let of = |id: Result<String, Outcome>| match id {
            Err(outcome) => outcome,
            Ok(id) => {
                let nothing = || Outcome::Unknown { why: "no result for this record".to_owned() };
                said.get(counted(&id, upsert)).cloned().unwrap_or_else(nothing)
            }
        };
        Ok(ids.into_iter().map(of).collect())
    }

    fn renew_credentials(&mut self) -> bool {
        self.inner.renew_credentials()
    }
}

/// What tells a record apart: of Salesforce's own ids the first fifteen characters, of a key all of them.
fn counted(id: &str, key: bool) -> &str {
    if key { id } else { id.get(..15).unwrap_or(id) }
}

/// The job's rows. A null that is skipped is an empty cell, which Salesforce leaves alone.
fn csv_of(batch: &Batch<'_>, id_column: &str, ids: &[Result<String, Outcome>]) -> Option<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let names = batch.mapping.fields().iter().map(|field| field.name.as_str());
    writer.write_record(std::iter::once(id_column).chain(names)).ok()?;
    for (row, id) in batch.rows.iter().zip(ids) {
        let Ok(id) = id else { continue };
        let cell = |(field, value): (&crate::mapping::Field, &Value)| match (value, field.on_null) {
            (Value::Null, crate::mapping::OnNull::Clear) => NULL_CELL.to_owned(),
            (value, _) => value.text(),
        };
        let cells = batch.mapping.fields().iter().zip(&row.values).map(cell);
        writer.write_record(std::iter::once(id.clone()).chain(cells)).ok()?;
    }
    writer.into_inner().ok()
}
