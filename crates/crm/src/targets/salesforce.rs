//! Salesforce by collections: up to two hundred records a call, answered in order. For more than a few thousand records
//! there is [`SalesforceBulk`](super::salesforce_bulk::SalesforceBulk).
//!
//! Only an upsert goes by an external id, so an update asks for the records' ids first; asking makes nothing.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::error::CrmError;
use crate::http::{Method, Request, Response, Transport, no_answer, percent_encoded, shown_code};
use crate::limiter::{Pace, Rate};
use crate::mapping::{Field, Kind, Mapping};
use crate::target::{Atomicity, Batch, Capabilities, Failure, Held, Mode, Outcome, Preflight, Target, UnknownField};
use crate::value::Value;

/// Keys in one question: its address has to stay under 16,384 characters.
pub(super) const KEYS_IN_QUESTION: usize = 200;
const LONGEST_QUESTION: usize = 12_000;

/// Which objects, and by what they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesforceConfig {
    /// `Contact`, or another object.
    pub object: String,
    /// The external id field that holds the key, or `Id`.
    pub key_field: String,
    /// Version of the interface, such as `v62.0`.
    pub version: String,
}

impl SalesforceConfig {
    pub(super) fn check(&self) -> Result<(), CrmError> {
        let plain =
            |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b));
        match [&self.object, &self.key_field, &self.version].into_iter().all(plain) {
            true => Ok(()),
            false => Err(CrmError::Setting {
                place: "Salesforce".to_owned(),
                expected: "names of an object, its key field and a version, of letters, digits, _ and .".to_owned(),
                found: "another text".to_owned(),
            }),
        }
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("services/data/{}/{rest}", self.version)
    }
}

/// Salesforce by collections.
#[derive(Debug)]
pub struct Salesforce<T> {
    pub(super) config: SalesforceConfig,
    pub(super) address: String,
    pub(super) transport: T,
}

impl<T: Transport> Salesforce<T> {
    /// `address` is where the transport leads, as it may be shown.
    ///
    /// # Errors
    /// A name that is none.
    pub fn new(config: SalesforceConfig, address: &str, transport: T) -> Result<Self, CrmError> {
        config.check()?;
        Ok(Self { config, address: address.to_owned(), transport })
    }

    /// What carries its requests.
    pub fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    pub(super) fn send(&mut self, request: &Request) -> Result<Response, Failure> {
        let response = self.transport.send(request).map_err(no_answer)?;
        match response.failure(self.transport.unix_seconds()) {
            None => Ok(response),
            Some(failure) => {
                let body = response.json().unwrap_or_default();
                let why = |code: &str| format!("status {} ({code})", response.status);
                Err(match body[0]["errorCode"].as_str().unwrap_or_default() {
                    code @ "REQUEST_LIMIT_EXCEEDED" => {
                        Failure::Stop { why: format!("{}: the daily limit is reached", why(code)) }
                    }
                    code @ ("SERVER_UNAVAILABLE" | "API_CURRENTLY_DISABLED") => {
                        Failure::NotDone { why: why(code), wait: None }
                    }
                    _ => failure,
                })
            }
        }
    }

    /// Asks a question and returns all of its records.
    fn query(&mut self, soql: &str) -> Result<Vec<Json>, Failure> {
        let mut path = self.config.path(&format!("query?q={}", percent_encoded(soql)));
        let mut records = Vec::new();
        loop {
            let body = self.send(&Request::get(path.clone()))?.json().unwrap_or_default();
            let unclear = |why: &str| Failure::Unclear { why: why.to_owned(), wait: None };
            let page = body["records"].as_array().ok_or_else(|| unclear("expected records, found something else"))?;
            records.extend(page.iter().cloned());
            if body["done"] != false {
                // A record that is left out of the answer must not count as one that is not there.
                return match body["totalSize"].as_u64() {
                    Some(total) if total == records.len() as u64 => Ok(records),
                    _ => Err(unclear("another number of records than announced")),
                };
            }
            let next = body["nextRecordsUrl"].as_str().map(|next| next.trim_start_matches('/').to_owned());
            let next = next.filter(|next| next.starts_with("services/data/") && *next != path && !page.is_empty());
            path = next.ok_or_else(|| unclear("expected the address of the next records, found none"))?;
        }
    }

    /// The records with these keys.
    pub(super) fn records(&mut self, fields: &[&str], keys: &[&str]) -> Result<HashMap<String, Vec<Json>>, Failure> {
        let key_field = self.config.key_field.clone();
        let mut found: HashMap<String, Vec<Json>> = HashMap::new();
        let quoted: Vec<String> = keys.iter().map(|key| soql_text(key)).collect();
        let mut rest = &quoted[..];
        while !rest.is_empty() {
            let (mut count, mut length) = (0, 0);
            while count < rest.len() && count < KEYS_IN_QUESTION && (count == 0 || length < LONGEST_QUESTION) {
                length += percent_encoded(&rest[count]).len() + 3;
                count += 1;
            }
            let (part, after) = rest.split_at(count);
            rest = after;
            let mut select = vec!["Id"];
            select.extend(fields.iter().copied().filter(|field| *field != "Id"));
            if !select.contains(&key_field.as_str()) {
                select.push(&key_field);
            }
            let object = &self.config.object;
            let soql = format!("SELECT {} FROM {object} WHERE {key_field} IN ({})", select.join(","), part.join(","));
            for record in self.query(&soql)? {
                found.entry(Value::from_json(&record[&key_field]).text()).or_default().push(record);
            }
        }
        Ok(found)
    }

    /// The id of each key's record: none, one, or several.
    pub(super) fn ids(&mut self, keys: &[&str]) -> Result<Vec<Result<String, Outcome>>, Failure> {
        if self.config.key_field == "Id" {
            return Ok(keys.iter().map(|key| Ok((*key).to_owned())).collect());
        }
        let found = self.records(&[], keys).map_err(|failure| match failure {
            // Asking writes nothing, whatever becomes of the question.
            Failure::Unclear { why, wait } => Failure::NotDone { why, wait },
            other => other,
        })?;
        let id = |key: &&str| match found.get(*key).map(Vec::as_slice) {
            None | Some([]) => Err(Outcome::NoMatch),
            Some([record]) => record["Id"].as_str().map(str::to_owned).ok_or(Outcome::NoMatch),
            Some(several) => Err(Outcome::Rejected {
                code: "SEVERAL".to_owned(),
                message: format!("expected one record with this key, found {}", several.len()),
            }),
        };
        Ok(keys.iter().map(id).collect())
    }
}

/// A text in SOQL.
fn soql_text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// What Salesforce's own codes mean for a record.
pub(super) fn refused(code: &str, message: String) -> Outcome {
    match code {
        "UNABLE_TO_LOCK_ROW" | "REQUEST_RUNNING_TOO_LONG" | "SERVER_UNAVAILABLE" => {
            Outcome::Busy { code: code.to_owned() }
        }
        "ENTITY_IS_DELETED" | "NOT_FOUND" | "INVALID_CROSS_REFERENCE_KEY" => Outcome::NoMatch,
        _ => Outcome::Rejected { code: shown_code(code).unwrap_or_else(|| "ERROR".to_owned()), message },
    }
}

fn takes(kind: Kind, has: &str) -> bool {
    let text = ["string", "textarea", "picklist", "reference", "url"].contains(&has);
    match kind {
        Kind::Text => text,
        Kind::Number { .. } => ["double", "percent", "currency"].contains(&has),
        Kind::Integer => ["int", "long", "double"].contains(&has),
        Kind::Bool => has == "boolean",
        Kind::Date => ["date", "datetime"].contains(&has),
    }
}

impl<T: Transport> Target for Salesforce<T> {
    fn name(&self) -> String {
        format!("Salesforce {}", self.config.object)
    }

    fn identity(&self) -> String {
        format!("salesforce {} {} {}", self.address, self.config.object, self.config.key_field)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_batch: 200,
            reads: true,
            max_read: KEYS_IN_QUESTION,
            atomicity: Atomicity::Record,
            update_only: true,
            upsert: self.config.key_field != "Id",
            unknown_field: UnknownField::Refused,
            rate: Rate { calls: 10, per: Duration::from_secs(1), burst: 20 },
        }
    }

    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        let path = self.config.path(&format!("sobjects/{}/describe", self.config.object));
        let body = self.send(&Request::get(path))?.json().unwrap_or_default();
        let Some(fields) = body["fields"].as_array() else {
            return Err(Failure::Unclear {
                why: "expected a description of fields, found something else".to_owned(),
                wait: None,
            });
        };
        let known = |name: &str| fields.iter().find(|field| field["name"] == name);
        let mut found = Preflight::default();
        let key = &self.config.key_field;
        match known(key) {
            None => found.problems.push(format!("there is no key field {key:?}")),
            Some(field) if key != "Id" && field["externalId"] != true && field["idLookup"] != true => {
                found.problems.push(format!("key field {key:?}: expected an external id, found another field"));
            }
            Some(_) => {}
        }
        for field in mapping.fields() {
            match known(&field.name) {
                None => found.missing.push(field.clone()),
                Some(known) if known["updateable"] == false => {
                    found.problems.push(format!("field {:?} cannot be written by this user", field.name));
                }
                Some(known) => {
                    let has = known["type"].as_str().unwrap_or_default();
                    if !takes(field.kind, has) {
                        found.problems.push(format!(
                            "field {:?}: expected a type for {:?}, found {has:?}",
                            field.name, field.kind
                        ));
                    }
                }
            }
        }
        Ok(found)
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        let names: Vec<&str> = mapping.fields().iter().map(|field| field.name.as_str()).collect();
        let found = self.records(&names, keys)?;
        let value = |record: &Json, field: &Field| record.get(&field.name).map(Value::from_json);
        let held = |key: &&str| match found.get(*key).map(Vec::as_slice) {
            None | Some([]) => Held::Missing,
            Some([record]) => Held::Values(mapping.fields().iter().map(|field| value(record, field)).collect()),
            Some(_) => Held::Several,
        };
        Ok(keys.iter().map(held).collect())
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let upsert = batch.mode == Mode::Upsert;
        let keys: Vec<&str> = batch.rows.iter().map(|row| row.key.as_str()).collect();
        let ids = match upsert {
            true => keys.iter().map(|key| Ok((*key).to_owned())).collect(),
            false => self.ids(&keys)?,
        };
        let id_name = if upsert { self.config.key_field.as_str() } else { "id" };
        let records = batch.rows.iter().zip(&ids).filter_map(|(row, id)| {
            let mut record = serde_json::Map::new();
            record.insert("attributes".to_owned(), json!({"type": self.config.object}));
            record.insert(id_name.to_owned(), json!(id.as_ref().ok()?));
            record.extend(row.sent(batch.mapping).map(|(field, value)| (field.name.clone(), value.json())));
            Some(Json::Object(record))
        });
        let records: Vec<Json> = records.collect();
        let mut said = Vec::new();
        if !records.is_empty() {
            let path = match upsert {
                true => format!("composite/sobjects/{}/{}", self.config.object, self.config.key_field),
                false => "composite/sobjects".to_owned(),
            };
            let body = json!({"allOrNone": false, "records": records});
            let response = self.send(&Request::json(Method::Patch, self.config.path(&path), &body))?;
            match response.json() {
                Some(Json::Array(answers)) if answers.len() == records.len() => said = answers,
                _ => {
                    let why = "expected an answer for each record, found something else".to_owned();
                    return Err(Failure::Unclear { why, wait: None });
                }
            }
        }
        let mut said = said.iter();
        let outcomes = ids.into_iter().map(|id| match id {
            Err(outcome) => outcome,
            Ok(id) => said.next().map_or(Outcome::NoMatch, |said| one(said, (!upsert).then_some(id.as_str()))),
        });
        Ok(outcomes.collect())
    }

    fn pace(&self) -> Pace {
        Pace::default()
    }

    fn renew_credentials(&mut self) -> bool {
        self.transport.renew_credentials()
    }
}

/// What is said of one record. Answers come in order; one that names another record's id is not believed.
fn one(said: &Json, id: Option<&str>) -> Outcome {
    let unclear = |why: &str| Outcome::Unknown { why: why.to_owned() };
    match (&said["success"], said["id"].as_str()) {
        // Ids have fifteen characters that count, and three that check them.
        (Json::Bool(true), Some(named))
            if id.is_some_and(|id| id.get(..15).unwrap_or(id) != named.get(..15).unwrap_or(named)) =>
        {
            unclear("an answer for another record in this place")
        }
        (Json::Bool(true), Some(_)) if said["created"] == true => Outcome::Created,
        (Json::Bool(true), Some(_)) => Outcome::Written,
        (Json::Bool(false), named) if named.is_none_or(|named| id.is_none_or(|id| id == named)) => {
            let error = &said["errors"][0];
            match error["statusCode"].as_str() {
                Some(code) => refused(code, error["message"].as_str().unwrap_or_default().to_owned()),
                None => unclear("refused without a code"),
            }
        }
        _ => unclear("neither written nor refused"),
    }
}

#[cfg(test)]
#[path = "salesforce_tests.rs"]
mod tests;
