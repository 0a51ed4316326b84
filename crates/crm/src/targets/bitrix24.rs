//! Bitrix24: `crm.item.update` for each record, fifty in a `batch`.
//!
//! A batch is always answered with status 200; what became of a record stands under its name in `result` or in
//! `result_error`, and PHP makes an array of either where it is empty. A field that Bitrix24 does not know is dropped without
//! a word, so fields are looked at before and records read back. Robots run after each saved record.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::error::CrmError;
use crate::http::{Method, Request, Response, Transport, no_answer, percent_encoded, shown_code};
use crate::limiter::{Pace, Rate};
use crate::mapping::{Field, Kind, Mapping, Row};
use crate::target::{Atomicity, Batch, Capabilities, Failure, Held, Outcome, Preflight, Target, UnknownField};
use crate::value::Value;

/// Which records, and by what they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitrix24Config {
    /// 3 for contacts, 4 for companies, or another type of the CRM.
    pub entity_type: u32,
    /// The field that holds the key, such as `originId` or `UF_CRM_CUSTOMER`. `None` for Bitrix24's own ids.
    pub key_field: Option<String>,
}

/// Bitrix24, by an incoming webhook (its secret is a part of the transport's address) or another token.
#[derive(Debug)]
pub struct Bitrix24<T> {
    config: Bitrix24Config,
    address: String,
    transport: T,
    pace: Pace,
}

impl<T: Transport> Bitrix24<T> {
    /// `address` is where the transport leads, as it may be shown.
    ///
    /// # Errors
    /// A key field that is no name.
    pub fn new(config: Bitrix24Config, address: &str, transport: T) -> Result<Self, CrmError> {
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !config.key_field.as_deref().is_none_or(plain) {
            return Err(CrmError::Setting {
                place: "Bitrix24 key field".to_owned(),
                expected: "letters, digits and _".to_owned(),
                found: "another text".to_owned(),
            });
        }
        Ok(Self { config, address: address.to_owned(), transport, pace: Pace::default() })
    }

    /// What carries its requests.
    pub fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Calls a method and returns its answer, whose `result` is there.
    fn call(&mut self, method: &str, body: &Json) -> Result<Json, Failure> {
        self.pace = Pace::default();
        let response = self.transport.send(&Request::json(Method::Post, method, body)).map_err(no_answer)?;
        let answer = response.json();
        if let Some(failure) = self.failure(&response, answer.as_ref()) {
            return Err(failure);
        }
        match answer {
            Some(answer) if !answer["result"].is_null() => Ok(answer),
            _ => Err(Failure::Unclear { why: "expected a result, found something else".to_owned(), wait: None }),
        }
    }

    fn failure(&mut self, response: &Response, answer: Option<&Json>) -> Option<Failure> {
        let code = answer.and_then(|answer| answer["error"].as_str()).and_then(shown_code);
        let Some(code) = code else { return response.failure(self.transport.unix_seconds()) };
        let why = format!("status {} ({code})", response.status);
        let wait = response.wait(self.transport.unix_seconds());
        Some(match code.to_ascii_uppercase().as_str() {
            // The bucket drains two a second.
            "QUERY_LIMIT_EXCEEDED" => Failure::NotDone { why, wait: wait.or(Some(Duration::from_secs(2))) },
            // Over ten buckets of a minute each; one of them is empty again after a minute.
            "OPERATION_TIME_LIMIT" => Failure::NotDone { why, wait: wait.or(Some(Duration::from_secs(60))) },
            "EXPIRED_TOKEN" | "INVALID_TOKEN" | "NO_AUTH_FOUND" | "INVALID_CREDENTIALS" => Failure::Credentials { why },
            "ERROR_BATCH_LENGTH_EXCEEDED" => Failure::Refused { code, message: response.message() },
            "INTERNAL_SERVER_ERROR" | "ERROR_UNEXPECTED_ANSWER" => Failure::Unclear { why, wait },
            _ => Failure::Stop { why },
        })
    }

    /// The ids of the records with these keys, each with the number of records that have it.
    fn ids(&mut self, keys: &[&str]) -> Result<HashMap<String, Vec<u64>>, Failure> {
        let Some(field) = self.config.key_field.clone() else {
            let id = |key: &&str| Some(((*key).to_owned(), vec![key.parse().ok()?]));
            return Ok(keys.iter().filter_map(id).collect());
        };
        let mut ids: HashMap<String, Vec<u64>> = HashMap::new();
        for item in self.list(&field, keys, &["id", &field])? {
            let id = item["id"].as_u64().or_else(|| item["id"].as_str()?.parse().ok());
            if let Some(id) = id {
                ids.entry(Value::from_json(&item[&field]).text()).or_default().push(id);
            }
        }
        Ok(ids)
    }

    /// All items whose field is one of these, page by page.
    fn list(&mut self, field: &str, keys: &[&str], select: &[&str]) -> Result<Vec<Json>, Failure> {
        let mut items = Vec::new();
        let mut start = 0_u64;
        loop {
            let filter: serde_json::Map<String, Json> = [(format!("@{field}"), json!(keys))].into_iter().collect();
            let body = json!({
                "entityTypeId": self.config.entity_type,
                "filter": filter,
                "select": select,
                "order": {"id": "ASC"},
                "useOriginalUfNames": "Y",
                "start": start,
            });
            let answer = self.call("crm.item.list", &body)?;
            let Some(page) = answer["result"]["items"].as_array() else {
                return Err(Failure::Unclear { why: "expected items, found something else".to_owned(), wait: None });
            };
            items.extend(page.iter().cloned());
            match answer["next"].as_u64() {
                // Each page goes further, and keys are few: an answer that leads in a circle ends here.
                Some(next) if next > start && items.len() < 20 * keys.len().max(50) => start = next,
                // A record that is left out of the answer must not count as one that is not there.
                _ if answer["total"].as_u64().is_some_and(|total| total != items.len() as u64) => {
                    return Err(Failure::Unclear {
                        why: "another number of items than announced".to_owned(),
                        wait: None,
                    });
                }
                _ => return Ok(items),
            }
        }
    }

    fn command(&self, batch: &Batch<'_>, row: &Row, id: u64) -> String {
        let mut query = format!("entityTypeId={}&id={id}&useOriginalUfNames=Y", self.config.entity_type);
        for (field, value) in row.sent(batch.mapping) {
            query += &format!("&fields[{}]={}", percent_encoded(&field.name), percent_encoded(&text(value)));
        }
        format!("crm.item.update?{query}")
    }
}

/// Values as Bitrix24's fields take them.
fn text(value: &Value) -> String {
    match value {
        Value::Bool(yes) => u8::from(*yes).to_string(),
        other => other.text(),
    }
}

fn outcome(name: &str, result: &Json) -> Outcome {
    let error = &result["result_error"][name];
    if error.is_null() {
        let updated = !result["result"][name].is_null();
        return if updated {
            Outcome::Written
        } else {
            Outcome::Unknown { why: "no answer for this record".to_owned() }
        };
    }
    if !result["result"][name].is_null() {
        return Outcome::Unknown { why: "written and refused in one answer".to_owned() };
    }
    let code = error["error"].as_str().and_then(shown_code).unwrap_or_else(|| "ERROR".to_owned());
    let message = error["error_description"].as_str().unwrap_or_default().to_owned();
    match code.to_ascii_uppercase().as_str() {
        "QUERY_LIMIT_EXCEEDED" | "OPERATION_TIME_LIMIT" => Outcome::Busy { code },
        "INTERNAL_SERVER_ERROR" => Outcome::Unknown { why: code },
        "NOT_FOUND" | "ERROR_NOT_FOUND" => Outcome::NoMatch,
        _ => Outcome::Rejected { code, message },
    }
}

fn user_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Number { .. } => "double",
        Kind::Integer => "integer",
        Kind::Bool => "boolean",
        Kind::Date => "date",
    }
}

impl<T: Transport> Target for Bitrix24<T> {
    fn name(&self) -> String {
        format!("Bitrix24 type {}", self.config.entity_type)
    }

    fn identity(&self) -> String {
        let key = self.config.key_field.as_deref().unwrap_or("id");
        format!("bitrix24 {} {} {key}", self.address, self.config.entity_type)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_batch: 50,
            reads: true,
            max_read: 50,
            atomicity: Atomicity::Record,
            update_only: true,
            upsert: false,
            unknown_field: UnknownField::Dropped,
            rate: Rate { calls: 2, per: Duration::from_secs(1), burst: 10 },
        }
    }

    fn preflight(&mut self, mapping: &Mapping) -> Result<Preflight, Failure> {
        let body = json!({"entityTypeId": self.config.entity_type, "useOriginalUfNames": "Y"});
        let answer = self.call("crm.item.fields", &body)?;
        let Some(fields) = answer["result"]["fields"].as_object() else {
            return Err(Failure::Unclear {
                why: "expected the list of fields, found something else".to_owned(),
                wait: None,
            });
        };
        let mut found = Preflight::default();
        if let Some(key) = &self.config.key_field
            && !fields.contains_key(key)
        {
            found.problems.push(format!("there is no key field {key:?}"));
        }
        for field in mapping.fields() {
            let Some(known) = fields.get(&field.name) else {
                found.missing.push(field.clone());
                continue;
            };
            if known["isReadOnly"] == true || known["isMultiple"] == true {
                found.problems.push(format!("field {:?} cannot be written, or holds several values", field.name));
                continue;
            }
            let (expected, has) = (user_type(field.kind), known["type"].as_str().unwrap_or_default());
            match has {
                "enumeration" => {
                    found.problems.push(format!(
                        "field {:?}: expected type {expected}, found a list; lists take ids",
                        field.name
                    ));
                }
                "string" | "text" => {}
                "datetime" if field.kind == Kind::Date => {}
                "double" if field.kind == Kind::Integer => {}
                has if has == expected => {}
                has => found.problems.push(format!("field {:?}: expected type {expected}, found {has:?}", field.name)),
            }
        }
        Ok(found)
    }

    fn create_fields(&mut self, fields: &[Field]) -> Result<(), Failure> {
        let entity = match self.config.entity_type {
            3 => "contact",
            4 => "company",
            _ => {
                return Err(Failure::Stop {
                    why: "fields are made for contacts and companies only; make them by hand".to_owned(),
                });
            }
        };
        for field in fields {
            let own = field.name.strip_prefix("UF_CRM_").filter(|own| {
                !own.is_empty()
                    && own.len() <= 43
                    && own.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            });
            let Some(own) = own else {
                let why = format!("field {:?}: expected UF_CRM_ and up to 43 capitals, digits and _", field.name);
                return Err(Failure::Stop { why });
            };
            let precision = match field.kind {
                Kind::Number { decimals } => json!({"PRECISION": decimals}),
                _ => json!({}),
            };
            let body = json!({"fields": {
                "USER_TYPE_ID": user_type(field.kind), "FIELD_NAME": own, "LABEL": own, "XML_ID": own, "SETTINGS": precision,
            }});
            self.call(&format!("crm.{entity}.userfield.add"), &body)?;
        }
        Ok(())
    }

    fn read(&mut self, mapping: &Mapping, keys: &[&str]) -> Result<Vec<Held>, Failure> {
        let key_field = self.config.key_field.clone().unwrap_or_else(|| "id".to_owned());
        let mut select = vec!["id", key_field.as_str()];
        select.extend(mapping.fields().iter().map(|field| field.name.as_str()));
        let items = self.list(&key_field, keys, &select)?;
        let held = |key: &&str| {
            let mut of_key = items.iter().filter(|item| Value::from_json(&item[&key_field]).text() == **key);
            match (of_key.next(), of_key.next()) {
                (None, _) => Held::Missing,
                (Some(item), None) => {
                    let value = |field: &Field| item.get(&field.name).map(Value::from_json);
                    Held::Values(mapping.fields().iter().map(value).collect())
                }
                (Some(_), Some(_)) => Held::Several,
            }
        };
        Ok(keys.iter().map(held).collect())
    }

    fn write(&mut self, batch: Batch<'_>) -> Result<Vec<Outcome>, Failure> {
        let keys: Vec<&str> = batch.rows.iter().map(|row| row.key.as_str()).collect();
        // Asking for the ids writes nothing, whatever becomes of the question.
        let ids = self.ids(&keys).map_err(|failure| match failure {
            Failure::Unclear { why, wait } => Failure::NotDone { why, wait },
            other => other,
        })?;
        let mut commands = serde_json::Map::new();
        for (at, row) in batch.rows.iter().enumerate() {
            if let Some([id]) = ids.get(&row.key).map(Vec::as_slice) {
                commands.insert(format!("r{at}"), Json::from(self.command(&batch, row, *id)));
            }
        }
        let result = match commands.is_empty() {
            true => json!({}),
            false => self.call("batch", &json!({"halt": 0, "cmd": commands}))?["result"].take(),
        };
        let outcomes = batch.rows.iter().enumerate().map(|(at, row)| match ids.get(&row.key).map_or(0, Vec::len) {
            0 => Outcome::NoMatch,
            1 => outcome(&format!("r{at}"), &result),
            several => Outcome::Rejected {
                code: "SEVERAL".to_owned(),
                message: format!("expected one record with this key, found {several}"),
            },
        });
        Ok(outcomes.collect())
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn renew_credentials(&mut self) -> bool {
        self.transport.renew_credentials()
    }
}

#[cfg(test)]
#[path = "bitrix24_tests.rs"]
mod tests;
