//! Any system with an interface of JSON over HTTP: where to write, what an answer means, and how to read are data.

use std::time::Duration;

use serde_json::Value as Json;

use super::rest_config::{ReadCall, RestConfig};
use super::template::{Forms, path};
use crate::error::CrmError;
use crate::http::{Method, Request, Response, Transport, no_answer, shown_code};
use crate::limiter::{Pace, Rate};
use crate::mapping::{Field, Kind, Mapping};
use crate::target::{Atomicity, Batch, Capabilities, Failure, Held, Mode, Outcome, Preflight, Target, UnknownField};
use crate::value::Value;

/// A system that is described by data.
pub struct Rest<T> {
    config: RestConfig,
    address: String,
    transport: T,
    pace: Pace,
}

impl<T> std::fmt::Debug for Rest<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rest").field("name", &self.config.name).field("address", &self.address).finish_non_exhaustive()
    }
}

impl<T: Transport> Rest<T> {
    /// Checks the description. `address` is where the transport leads, as it may be shown.
    ///
    /// # Errors
    /// A method that does not write, a batch without records in its body, or a pointer that is none.
    pub fn new(config: RestConfig, address: &str, transport: T) -> Result<Self, CrmError> {
        let refused = |expected: &str, found: &str| CrmError::Setting {
            place: config.name.clone(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        };
        if method(&config.write.method).is_none_or(|method| method == Method::Get) {
            return Err(refused("POST, PUT or PATCH to write", &config.write.method));
        }
        if let Some(read) = &config.read
            && !matches!(method(&read.method), Some(Method::Get | Method::Post))
        {
            return Err(refused("GET or POST to read", &read.method));
        }
        let many = config.write.batch > 1;
        let has = |template: &Json, hole: &str| template.to_string().contains(&format!("\"{hole}\""));
        if many && !(has(&config.write.body, "$records") && config.write.record.is_some()) {
            return Err(refused("\"$records\" in the body and a template of a record for a batch", "none"));
        }
        if many && config.write.path.contains("{key}") {
            return Err(refused("a path without {key} for a batch", &config.write.path));
        }
        let keyed = config.write.path.contains("{key}")
            || ["$key", "$keys", "$records"].iter().any(|hole| has(&config.write.body, hole));
        if !keyed {
            return Err(refused("the key in the path or in the body", "none"));
        }
        let answer = &config.answer;
        let read = config.read.as_ref();
        let pointers = [&answer.rows, &answer.row_key, &answer.code, &answer.message].into_iter().flatten();
        let pointers =
            pointers.chain(read.and_then(|read| read.rows.as_ref())).chain(read.and_then(|read| read.key.as_ref()));
        let pointers = pointers.chain(answer.success.iter().chain(&answer.created).map(|predicate| &predicate.at));
        let pointers: Vec<&String> = pointers.chain(read.map(|read| &read.field)).collect();
        if let Some(pointer) = pointers.iter().find(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
            return Err(refused("a JSON pointer, which begins with / or is empty", pointer));
        }
        if many && answer.rows.is_none() && answer.success.is_none() && answer.row_key.is_some() {
            return Err(refused("where the records' answers are", "only where their keys are"));
        }
        Ok(Self { config, address: address.to_owned(), transport, pace: Pace::default() })
    }

    /// What carries its requests.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    fn forms(&self) -> Forms<'_> {
        Forms {
            number_keys: self.config.number_keys,
            text_values: self.config.text_values,
            field: self.config.write.field.as_ref(),
            record: self.config.write.record.as_ref(),
        }
    }

    fn send(&mut self, request: &Request) -> Result<Response, Failure> {
        self.pace = Pace::default();
        let response = self.transport.send(request).map_err(no_answer)?;
        self.pace.pause = if response.status == 429 { response.wait(self.transport.unix_seconds()) } else { None };
        Ok(response)
    }

    fn outcomes(&self, batch: Batch<'_>, body: &Json) -> Vec<Outcome> {
        let answer = &self.config.answer;
        let unclear = |why: &str| Outcome::Unknown { why: why.to_owned() };
        let Some(rows) = &answer.rows else {
            let one = self.outcome(body);
            // All or nothing: what is said of the whole is said of each.
            return vec![one; batch.rows.len()];
        };
        let Some(said) = body.pointer(rows).and_then(Json::as_array) else {
            return vec![unclear("no answers in the answer"); batch.rows.len()];
        };
        match &answer.row_key {
            None if said.len() == batch.rows.len() => said.iter().map(|said| self.outcome(said)).collect(),
            None => vec![unclear("another number of answers than of records"); batch.rows.len()],
            Some(pointer) => {
                let mut by_key = std::collections::HashMap::new();
                for said in said {
                    if let Some(key) = said.pointer(pointer) {
                        // Of two answers for one record neither is believed, unless they say the same.
                        let one = self.outcome(said);
                        let known = by_key.entry(Value::from_json(key).text()).or_insert_with(|| one.clone());
                        if *known != one {
                            *known = unclear("two different answers for one record");
                        }
                    }
                }
                let of = |row: &&crate::mapping::Row| by_key.get(&row.key).cloned();
                batch.rows.iter().map(|row| of(row).unwrap_or_else(|| unclear("no answer for this record"))).collect()
            }
        }
    }

    fn outcome(&self, said: &Json) -> Outcome {
        let answer = &self.config.answer;
        if answer.success.as_ref().is_none_or(|success| success.holds(said)) {
            let created = answer.created.as_ref().is_some_and(|created| created.holds(said));
            return if created { Outcome::Created } else { Outcome::Written };
        }
        let text = |pointer: &Option<String>| {
            let found = pointer.as_ref().and_then(|pointer| said.pointer(pointer));
            found.map(|found| Value::from_json(found).text()).filter(|text| !text.is_empty())
        };
        let Some(code) = text(&answer.code) else {
            return Outcome::Unknown { why: "neither the sign of success nor a code".to_owned() };
        };
        if answer.no_match.contains(&code) {
            Outcome::NoMatch
        } else if answer.busy.contains(&code) {
            Outcome::Busy { code: shown_code(&code).unwrap_or_else(|| "busy".to_owned()) }
        } else {
            Outcome::Rejected { code, message: text(&answer.message).unwrap_or_default() }
        }
    }

    fn held(&self, read: &ReadCall, mapping: &Mapping, record: &Json) -> Held {
        let named = |name: &str| match &read.list {
            None => {
                let name = name.replace('~', "~0").replace('/', "~1");
                record.pointer(&read.field.replace("{name}", &name)).map(Value::from_json)
            }
            Some((known, value)) => {
                let fields = record.pointer(&read.field).filter(|fields| !fields.is_null());
                let Some(fields) = fields.and_then(Json::as_array) else { return Some(Value::Null) };
                let is_it =
                    |field: &&Json| field.pointer(known).is_some_and(|known| Value::from_json(known).text() == name);
                let found = fields.iter().find(is_it).and_then(|field| field.pointer(value));
                // A field without a value is left out of such lists.
                Some(found.map_or(Value::Null, Value::from_json))
            }
        };
        let value = |field: &Field| {
            let nothing = read.false_is_null && field.kind != Kind::Bool;
            named(&field.name).map(|found| if nothing && found == Value::Bool(false) { Value::Null } else { found })
        };
        Held::Values(mapping.fields().iter().map(value).collect())
    }
}

impl<T: Transport> Target for Rest<T> {
    fn name(&self) -> String {
        self.config.name.clone()
    }

    fn identity(&self) -> String {
        format!("rest {} {} {}", self.address, self.config.write.method, self.config.write.path)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_batch: self.config.write.batch,
            reads: self.config.read.is_some(),
            max_read: self.config.read.as_ref().map_or(1, |read| read.batch.max(1)),
            atomicity: Atomicity::Either,
            update_only: !self.config.creates,
            upsert: self.config.creates,
            unknown_field: if self.config.drops_unknown_fields {
                UnknownField::Dropped
            } else {
                UnknownField::NotKnown
            },
            rate: Rate {
                calls: self.config.calls_per_second.max(1),
                per: Duration::from_secs(1),
                burst: self.config.calls_per_second.max(1),
            },
        }
    }

    fn preflight(&mut self, _: &Mapping) -> Result<Preflight, Failure> {
        let said = format!("{}: whether the fields are there and of the right types", self.config.name);
        Ok(Preflight { not_checked: vec![said], ..Preflight::default() })
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        let Some(read) = self.config.read.clone() else {
            return Err(Failure::Stop { why: format!("{} cannot be read", self.config.name) });
        };
        let body = read.body.as_ref().map(|body| self.forms().question(body, mapping, keys));
        let mut request = Request::get(path(&read.path, keys, mapping));
        if let (Some(body), Some(Method::Post)) = (&body, method(&read.method)) {
            request = Request::json(Method::Post, request.path, body);
        }
        request.headers = read.headers.clone();
        let response = self.send(&request)?;
        if response.status == 404 && read.batch <= 1 {
            return Ok(vec![Held::Missing]);
        }
        // No content: none of them is there.
        if response.status == 204 {
            return Ok(vec![Held::Missing; keys.len()]);
        }
        if let Some(failure) = response.failure(self.transport.unix_seconds()) {
            return Err(failure);
        }
        let unclear = |why: &str| Failure::Unclear { why: why.to_owned(), wait: None };
        let body = response.json().ok_or_else(|| unclear("expected JSON, found something else"))?;
        let Some(rows) = &read.rows else {
            return Ok(vec![self.held(&read, mapping, &body)]);
        };
        let rows = body.pointer(rows).and_then(Json::as_array).ok_or_else(|| unclear("no records in the answer"))?;
        let key_at = read.key.as_deref().unwrap_or("/id");
        let held = |key: &&str| {
            let with_key =
                |record: &&Json| record.pointer(key_at).is_some_and(|known| Value::from_json(known).text() == **key);
            let mut records = rows.iter().filter(with_key);
            match (records.next(), records.next()) {
                (None, _) => Held::Missing,
                (Some(record), None) => self.held(&read, mapping, record),
                (Some(_), Some(_)) => Held::Several,
            }
        };
        Ok(keys.iter().map(held).collect())
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let write = &self.config.write;
        let keys: Vec<&str> = batch.rows.iter().map(|row| row.key.as_str()).collect();
        let body = self.forms().body(&write.body, batch.mapping, batch.rows);
        let method = method(&write.method).unwrap_or(Method::Post);
        let mut request = Request::json(method, path(&write.path, &keys, batch.mapping), &body);
        request.headers.clone_from(&write.headers);
        let by_key = write.path.contains("{key}") || (write.missing_is_404 && batch.rows.len() == 1);
        let busy = write.busy_statuses.clone();
        debug_assert!(batch.mode == Mode::Upsert || !self.config.creates, "settings are checked before");
        let response = self.send(&request)?;
        if by_key && response.status == 404 {
            return Ok(vec![Outcome::NoMatch]);
        }
        if busy.contains(&response.status) {
            let wait = response.wait(self.transport.unix_seconds());
            return Err(Failure::NotDone { why: format!("status {}", response.status), wait });
        }
        if let Some(failure) = response.failure(self.transport.unix_seconds()) {
            return Err(failure);
        }
        let needs_body = self.config.answer.rows.is_some() || self.config.answer.success.is_some();
        match response.json() {
            Some(body) => Ok(self.outcomes(batch, &body)),
            // No content and no condition: the status has said it.
            None if response.body.is_empty() && !needs_body => Ok(vec![Outcome::Written; batch.rows.len()]),
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

fn method(text: &str) -> Option<Method> {
    match text {
        "GET" => Some(Method::Get),
        "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        "PATCH" => Some(Method::Patch),
        _ => None,
    }
}

#[cfg(test)]
#[path = "rest_tests.rs"]
mod tests;
