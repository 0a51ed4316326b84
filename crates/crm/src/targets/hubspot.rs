//! HubSpot: `batch/update` (or `batch/upsert`) of CRM objects, a hundred records a call.
//!
//! A call may be answered record by record (207), or be refused as a whole for one record (400, 409). Records are told
//! apart by the trace id that each is given, else by the key.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::error::CrmError;
use crate::http::{Method, Request, Response, Transport, no_answer, percent_encoded, shown_code};
use crate::limiter::{Pace, Rate};
use crate::mapping::{Field, Kind, Mapping};
use crate::target::{Atomicity, Batch, Capabilities, Failure, Held, Mode, Outcome, Preflight, Target, UnknownField};
use crate::value::Value;

/// Which objects, and by what they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubSpotConfig {
    /// `contacts`, `companies`, or another object.
    pub object: String,
    /// The property that holds the key; it must be unique in HubSpot. `None` for HubSpot's own ids.
    pub key_property: Option<String>,
    /// Where the interface for objects is: `crm/v3/objects`, or a dated one such as `crm/objects/2026-03`.
    pub objects_path: String,
}

impl HubSpotConfig {
    /// Contacts by a property of yours, by version 3 of the interface.
    pub fn contacts(key_property: &str) -> Self {
        Self {
            object: "contacts".to_owned(),
            key_property: Some(key_property.to_owned()),
            objects_path: "crm/v3/objects".to_owned(),
        }
    }
}

/// HubSpot.
#[derive(Debug)]
pub struct HubSpot<T> {
    config: HubSpotConfig,
    address: String,
    transport: T,
    pace: Pace,
}

impl<T: Transport> HubSpot<T> {
    /// `address` is where the transport leads, as it may be shown.
    ///
    /// # Errors
    /// An empty name.
    pub fn new(config: HubSpotConfig, address: &str, transport: T) -> Result<Self, CrmError> {
        let plain =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/.".contains(&b));
        let key = config.key_property.as_deref().unwrap_or("id");
        if ![&config.object, &config.objects_path, key].into_iter().all(plain) {
            return Err(CrmError::Setting {
                place: "HubSpot".to_owned(),
                expected: "names of an object, its key property and a path, of letters, digits and _ - . /".to_owned(),
                found: "another text".to_owned(),
            });
        }
        Ok(Self { config, address: address.to_owned(), transport, pace: Pace::default() })
    }

    /// What carries its requests.
    pub fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    fn send(&mut self, request: &Request) -> Result<Response, Failure> {
        self.pace = Pace::default();
        let response = self.transport.send(request).map_err(no_answer)?;
        let header = |name: &str| response.number(&format!("X-HubSpot-RateLimit-{name}"));
        self.pace.remaining = header("Remaining").and_then(|left| u32::try_from(left).ok());
        self.pace.window = header("Interval-Milliseconds").map(Duration::from_millis);
        let failure = response.failure(self.transport.unix_seconds());
        let body = || response.json().unwrap_or_default();
        match failure {
            None => Ok(response),
            Some(Failure::NotDone { why, wait }) if response.status == 429 => {
                if body()["policyName"] == "DAILY" {
                    return Err(Failure::Stop { why: format!("{why}: the daily limit is reached") });
                }
                Err(Failure::NotDone { why, wait: wait.or(self.pace.window) })
            }
            Some(Failure::Stop { .. }) if response.status == 404 && body()["category"] == "OBJECT_NOT_FOUND" => {
                Err(Failure::Refused { code: "OBJECT_NOT_FOUND".to_owned(), message: response.message() })
            }
            Some(failure) => Err(failure),
        }
    }

    fn objects(&self, what: &str) -> String {
        format!("{}/{}/batch/{what}", self.config.objects_path, self.config.object)
    }

    /// The key of a record in an answer.
    fn key(&self, record: &Json) -> Option<String> {
        let key = match &self.config.key_property {
            Some(property) => record.get("properties")?.get(property)?,
            None => record.get("id")?,
        };
        Some(Value::from_json(key).text())
    }

    fn outcomes(&self, batch: Batch<'_>, body: &Json) -> Vec<Outcome> {
        let unclear = |why: &str| Outcome::Unknown { why: why.to_owned() };
        let places: HashMap<String, usize> = batch
            .rows
            .iter()
            .enumerate()
            .flat_map(|(at, row)| [(trace_id(at), at), (format!("key {}", row.key), at)])
            .collect();
        let place = |text: &str| places.get(text).or_else(|| places.get(&format!("key {text}"))).copied();
        let mut outcomes: Vec<Option<Outcome>> = vec![None; batch.rows.len()];
        let empty = Vec::new();
        let results = body["results"].as_array();
        let errors = body["errors"].as_array().unwrap_or(&empty);
        if body["status"] != "COMPLETE" || results.is_none() {
            return vec![unclear("the answer does not say that it is complete"); batch.rows.len()];
        }
        let results = results.unwrap_or(&empty);
        let mut known = 0;
        for result in results {
            let traced = result["objectWriteTraceId"].as_str().and_then(|id| places.get(id).copied());
            if let Some(at) = traced.or_else(|| place(&self.key(result)?)) {
                known += usize::from(outcomes[at].is_none());
                outcomes[at] = Some(if result["new"] == true { Outcome::Created } else { Outcome::Written });
            }
        }
        let mut unplaced = 0;
        for error in errors {
            let outcome = error_outcome(error);
            let named = named_in(error).into_iter().filter_map(|text| place(&text)).collect::<Vec<_>>();
            unplaced += usize::from(named.is_empty());
            for at in named {
                // Said to be written and refused: neither is believed.
                let both = matches!(outcomes[at], Some(Outcome::Written | Outcome::Created));
                outcomes[at] = Some(if both { unclear("written and refused in one answer") } else { outcome.clone() });
            }
        }
        // An answer without names: only one that has as many results as records, and no error, says what became of each.
        if known == 0 && errors.is_empty() && results.len() == batch.rows.len() {
            return vec![Outcome::Written; batch.rows.len()];
        }
        let missing =
            if unplaced > 0 { "refused, perhaps: an error names no record" } else { "no answer for this record" };
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| unclear(missing))).collect()
    }
}

fn trace_id(at: usize) -> String {
    format!("r{at}")
}

fn error_outcome(error: &Json) -> Outcome {
    let code = error["category"].as_str().and_then(shown_code).unwrap_or_else(|| "ERROR".to_owned());
    let message = error["message"].as_str().unwrap_or_default().to_owned();
    match code.as_str() {
        "OBJECT_NOT_FOUND" => Outcome::NoMatch,
        "RATE_LIMITS" | "RATE_LIMIT" | "INTERNAL_ERROR" | "OBJECT_LOCKED" => Outcome::Busy { code },
        _ => Outcome::Rejected { code, message },
    }
}

/// Every trace id or key that an error names; all of its parts may be missing.
fn named_in(error: &Json) -> Vec<String> {
    let contexts = std::iter::once(&error["context"]);
    let inner = error["errors"].as_array().into_iter().flatten().map(|error| &error["context"]);
    let mut named = Vec::new();
    for context in contexts.chain(inner) {
        for name in ["objectWriteTraceId", "ids", "id", "objectId"] {
            match &context[name] {
                Json::Array(ids) => named.extend(ids.iter().map(|id| Value::from_json(id).text())),
                Json::Null => {}
                id => named.push(Value::from_json(id).text()),
            }
        }
    }
    named
}

fn property_type(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Text => ("string", "text"),
        Kind::Number { .. } | Kind::Integer => ("number", "number"),
        Kind::Bool => ("bool", "booleancheckbox"),
        Kind::Date => ("date", "date"),
    }
}

impl<T: Transport> Target for HubSpot<T> {
    fn name(&self) -> String {
        format!("HubSpot {}", self.config.object)
    }

    fn identity(&self) -> String {
        let key = self.config.key_property.as_deref().unwrap_or("id");
        format!("hubspot {} {} {key}", self.address, self.config.object)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_batch: 100,
            reads: true,
            max_read: 100,
            atomicity: Atomicity::Either,
            update_only: true,
            upsert: self.config.key_property.is_some(),
            unknown_field: UnknownField::Refused,
            // Of 190 calls in ten seconds, which others share.
            rate: Rate { calls: 100, per: Duration::from_secs(10), burst: 20 },
        }
    }

    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        let response =
            self.send(&Request::get(format!("crm/v3/properties/{}", percent_encoded(&self.config.object))))?;
        let body = response.json().unwrap_or_default();
        let Some(properties) = body["results"].as_array() else {
            return Err(Failure::Unclear {
                why: "expected the list of properties, found something else".to_owned(),
                wait: None,
            });
        };
        let property = |name: &str| properties.iter().find(|property| property["name"] == name);
        let mut found = Preflight::default();
        if let Some(key) = &self.config.key_property {
            match property(key) {
                None => found.problems.push(format!("there is no key property {key:?}")),
                Some(known) if known["hasUniqueValue"] == false && key != "email" => {
                    found
                        .problems
                        .push(format!("key property {key:?}: expected one whose values are unique, found another"));
                }
                Some(_) => {}
            }
        }
        for field in mapping.fields() {
            let Some(known) = property(&field.name) else {
                found.missing.push(field.clone());
                continue;
            };
            let (expected, has) = (property_type(field.kind).0, known["type"].as_str().unwrap_or_default());
            match has {
                _ if known["modificationMetadata"]["readOnlyValue"] == true => {
                    found.problems.push(format!("property {:?} cannot be written", field.name));
                }
                "enumeration" if field.kind == Kind::Text => {
                    found
                        .not_checked
                        .push(format!("property {:?}: whether every text is one of its options", field.name));
                }
                "datetime" if field.kind == Kind::Date => {}
                has if has == expected || has == "string" => {}
                has => {
                    found.problems.push(format!("property {:?}: expected type {expected}, found {has:?}", field.name))
                }
            }
        }
        Ok(found)
    }

    fn create_fields(&mut self, fields: &[Field]) -> Result<(), Failure> {
        for field in fields {
            let (kind, widget) = property_type(field.kind);
            let group = match self.config.object.as_str() {
                "companies" => "companyinformation",
                _ => "contactinformation",
            };
            let body =
                json!({"groupName": group, "name": field.name, "label": field.name, "type": kind, "fieldType": widget});
            self.send(&Request::json(Method::Post, format!("crm/v3/properties/{}", self.config.object), &body))?;
        }
        Ok(())
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        let mut names: Vec<&str> = mapping.fields().iter().map(|field| field.name.as_str()).collect();
        names.extend(self.config.key_property.as_deref());
        let inputs: Vec<Json> = keys.iter().map(|key| json!({"id": key})).collect();
        let mut body = json!({"properties": names, "inputs": inputs, "propertiesWithHistory": []});
        if let Some(key) = &self.config.key_property {
            body["idProperty"] = json!(key);
        }
        let response = self.send(&Request::json(Method::Post, self.objects("read"), &body))?;
        let body = response.json().unwrap_or_default();
        let results = body["results"].as_array().filter(|_| body["status"] == "COMPLETE");
        let Some(results) = results else {
            return Err(Failure::Unclear { why: "expected records, found something else".to_owned(), wait: None });
        };
        let mut by_key: HashMap<String, Held> = HashMap::new();
        for result in results {
            let value = |field: &Field| Some(Value::from_json(&result["properties"][&field.name]));
            if let Some(key) = self.key(result) {
                let held = Held::Values(mapping.fields().iter().map(value).collect());
                by_key
                    .entry(key)
                    .and_modify(|known| {
                        if *known != held {
                            *known = Held::Several
                        }
                    })
                    .or_insert(held);
            }
        }
        // That a record is not there is said by an error; one of which nothing is said is not known to be missing.
        let errors = body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        let gone: Vec<String> =
            errors.iter().filter(|error| error["category"] == "OBJECT_NOT_FOUND").flat_map(named_in).collect();
        keys.iter()
            .map(|key| match by_key.remove(*key) {
                Some(held) => Ok(held),
                None if gone.iter().any(|gone| gone == key) => Ok(Held::Missing),
                None => Err(Failure::Unclear { why: "not every record was answered".to_owned(), wait: None }),
            })
            .collect()
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let inputs = batch.rows.iter().enumerate().map(|(at, row)| {
            let properties: serde_json::Map<String, Json> =
                row.sent(batch.mapping).map(|(field, value)| (field.name.clone(), Json::from(value.text()))).collect();
            let mut input = json!({"id": row.key, "objectWriteTraceId": trace_id(at), "properties": properties});
            if let Some(key) = &self.config.key_property {
                input["idProperty"] = json!(key);
            }
            input
        });
        let body = json!({"inputs": inputs.collect::<Vec<_>>()});
        let what = if batch.mode == Mode::Upsert { "upsert" } else { "update" };
        let response = match self.send(&Request::json(Method::Post, self.objects(what), &body)) {
            Err(Failure::Refused { code, .. }) if code == "OBJECT_NOT_FOUND" && batch.rows.len() == 1 => {
                return Ok(vec![Outcome::NoMatch]);
            }
            answered => answered?,
        };
        match response.json() {
            Some(body) => Ok(self.outcomes(batch, &body)),
            None => Err(Failure::Unclear { why: "expected JSON, found something else".to_owned(), wait: None }),
        }
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn renew_credentials(&mut self) -> bool {
        self.transport.renew_credentials()
    }
}

#[cfg(test)]
#[path = "hubspot_tests.rs"]
mod tests;
