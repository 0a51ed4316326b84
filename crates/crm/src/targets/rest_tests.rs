#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::http::faulty::{Faulty, Service, Store, bare, ok, seeds};
use crate::sync::tests::memory::{folder, mapping, row, rows};
use crate::sync::{Settings, Stopped};
use crate::targets::presets;

const RECORDS: usize = 1_000;

/// A system that the general adapter is told of; keys are those of the other tests, with and without their letters.
#[derive(Clone, Copy, PartialEq)]
enum Kinds {
    HelpDesk,
    Zoho,
    Kommo,
    Odoo,
}

struct Stub {
    kind: Kinds,
    store: Store,
    poison: Option<String>,
}

impl Stub {
    fn write(&mut self, key: &str, fields: &serde_json::Map<String, Json>) -> Result<(), &'static str> {
        match self.poison.as_deref() == Some(key) {
            true => Err("INVALID_DATA"),
            false => self.store.assign(key, fields).then_some(()).ok_or("MISSING"),
        }
    }

    fn records(
        &self,
        keys: impl Iterator<Item = String>,
        record: impl Fn(&str, &serde_json::Map<String, Json>) -> Json,
    ) -> Vec<Json> {
        keys.filter_map(|key| self.store.records.get(&key).map(|fields| record(&key, fields))).collect()
    }
}

fn key_of(id: &Json) -> String {
    Value::from_json(id).text()
}

fn with_id(id: &str, number: bool, fields: &serde_json::Map<String, Json>) -> Json {
    let mut record = fields.clone();
    for field in mapping().fields() {
        // Odoo says false where there is nothing.
        record.entry(field.name.clone()).or_insert(if number { json!(false) } else { Json::Null });
    }
    record.insert("id".to_owned(), if number { json!(id.parse::<u64>().unwrap()) } else { json!(id) });
    Json::Object(record)
}

impl Service for Stub {
    fn answer(&mut self, request: &Request) -> Response {
        let body: Json = request.body.as_ref().map_or(Json::Null, |(_, bytes)| serde_json::from_slice(bytes).unwrap());
        let without_id = |record: &Json| {
            let mut fields = record.as_object().unwrap().clone();
            let id = fields.remove("id").unwrap();
            (key_of(&id), fields)
        };
        match (self.kind, request.method) {
            (Kinds::HelpDesk, method) => {
                let key = request.path.strip_prefix("api/contacts/").unwrap().trim_end_matches('/').to_owned();
                if !self.store.records.contains_key(&key) {
                    return ok(404, &json!({"detail": "not found"}));
                }
                if method == Method::Patch && self.write(&key, body["custom_fields"].as_object().unwrap()).is_err() {
                    return ok(400, &json!({"error": true, "message": "must be one of low, high"}));
                }
                ok(200, &json!({"custom_fields": self.store.records[&key]}))
            }
            (Kinds::Zoho, Method::Put) => {
                assert_eq!(body["trigger"], json!([]));
                let said = body["data"].as_array().unwrap().iter().map(|record| {
                    let (key, fields) = without_id(record);
                    match self.write(&key, &fields) {
                        Ok(()) => {
                            json!({"status": "success", "code": "SUCCESS", "action": "update", "details": {"id": key}})
                        }
                        Err(code) => json!({"status": "error", "code": code, "message": "invalid"}),
                    }
                });
                let said: Vec<Json> = said.collect();
                ok(207, &json!({"data": said}))
            }
            (Kinds::Zoho, _) => {
                let keys =
                    request.path.split("ids=").nth(1).unwrap().split('&').next().unwrap().split(',').map(str::to_owned);
                match self.records(keys, |key, fields| with_id(key, false, fields)) {
                    records if records.is_empty() => bare(204, &[], ""),
                    records => ok(200, &json!({"data": records})),
                }
            }
            (Kinds::Kommo, Method::Patch) => {
                let records = body.as_array().unwrap();
                let fields = |record: &Json| {
                    let list = record["custom_fields_values"].as_array().unwrap();
                    list.iter()
                        .map(|field| (field["field_id"].to_string(), field["values"][0]["value"].clone()))
                        .collect()
                };
                if records.iter().any(|record| self.poison == Some(key_of(&record["id"]))) {
                    return ok(400, &json!({"title": "Bad Request", "status": 400, "validation-errors": []}));
                }
                let mut said = Vec::new();
                for record in records {
                    if self.write(&key_of(&record["id"]), &fields(record)).is_ok() {
                        said.push(json!({"id": record["id"], "request_id": record["request_id"]}));
                    }
                }
                ok(200, &json!({"_embedded": {"contacts": said}}))
            }
            (Kinds::Kommo, _) => {
                let keys = request
                    .path
                    .split('&')
                    .skip(1)
                    .map(|part| part.strip_prefix("filter%5Bid%5D%5B%5D=").unwrap().to_owned());
                let records = self.records(keys, |key, fields| {
                    let list: Vec<Json> = fields
                        .iter()
                        .map(|(id, value)| json!({"field_id": id.parse::<u64>().unwrap(), "values": [{"value": value.to_string().trim_matches('"')}]}))
                        .collect();
                    json!({"id": key.parse::<u64>().unwrap(), "custom_fields_values": if list.is_empty() { Json::Null } else { json!(list) }})
                });
                ok(200, &json!({"_embedded": {"contacts": records}}))
            }
            (Kinds::Odoo, _) if request.path.ends_with("/write") => {
                let key = key_of(&body["ids"][0]);
                match self.write(&key, body["vals"].as_object().unwrap()) {
                    Ok(()) => ok(200, &json!(true)),
                    Err("MISSING") => ok(404, &json!({"name": "odoo.exceptions.MissingError", "message": "gone"})),
                    Err(_) => ok(422, &json!({"name": "odoo.exceptions.ValidationError", "message": "no"})),
                }
            }
            (Kinds::Odoo, _) => {
                let keys = body["domain"][0][2].as_array().unwrap().iter().map(key_of);
                let records = self.records(keys, |key, fields| with_id(key, true, fields));
                ok(200, &json!(records))
            }
        }
    }
}

/// The example of `docs/sync.md`, as it stands there.
fn help_desk() -> RestConfig {
    let docs = include_str!("../../../../docs/sync.md");
    let mut examples = docs.split("```toml\n").map(|rest| rest.split("```").next().unwrap());
    let example = examples.find(|example| example.contains("target = \"rest\"")).unwrap();
    let project: toml::Table = toml::from_str(example).unwrap();
    let mut config = project["sync"][0]["rest"].as_table().unwrap().clone();
    config.insert("name".to_owned(), "Help desk".into());
    config.try_into().unwrap()
}

fn target(kind: Kinds, seed: u64, rate: u32) -> Rest<Faulty<Stub>> {
    let config = match kind {
        Kinds::HelpDesk => help_desk(),
        Kinds::Zoho => presets::zoho("Contacts"),
        Kinds::Kommo => presets::kommo("contacts"),
        Kinds::Odoo => presets::odoo("res.partner"),
    };
    let stub =
        Stub { kind, store: Store::with((0..RECORDS).map(|n| (n + 1).to_string())), poison: Some("7".to_owned()) };
    let mut transport = Faulty::new(stub, seed, rate);
    // Answers in order cannot be told from answers in another order.
    transport.scrambles = kind == Kinds::Kommo;
    Rest::new(config, "https://example.com", transport).unwrap()
}

/// Rows whose keys are numbers, with fields by number where the system wants that.
fn numbered(records: usize, day: i8) -> Vec<Result<crate::Row, crate::sync::tests::memory::Never>> {
    rows(0..records, day)
        .into_iter()
        .enumerate()
        .map(|(n, row)| row.map(|row| crate::Row { key: (n + 1).to_string(), ..row }))
        .collect()
}

fn fields(kind: Kinds) -> Mapping {
    let mut fields = mapping().fields().to_vec();
    if kind == Kinds::Kommo {
        for (field, id) in fields.iter_mut().zip(["101", "102", "103"]) {
            field.name = id.to_owned();
        }
    }
    Mapping::new(fields, None).unwrap()
}

fn sync(target: &mut Rest<Faulty<Stub>>, folder: &std::path::Path, records: usize, seed: u64) -> crate::Summary {
    let mut ledger = crate::Ledger::open(folder, &target.identity()).unwrap();
    let (mapping, version) = (fields(target.transport.service.kind), crate::sync::tests::memory::version(1));
    let (clock, settings) = (crate::clock::TestClock::default(), Settings { seed, ..Settings::default() });
    let job = crate::Job {
        target,
        mapping: &mapping,
        version: &version,
        settings: &settings,
        clock: &clock,
        stop: &|| false,
    };
    job.run(&mut ledger, numbered(records, 1)).unwrap()
}

#[test]
fn systems_described_as_data_are_written_read_back_and_left_alone_the_second_time() {
    for kind in [Kinds::HelpDesk, Kinds::Zoho, Kinds::Kommo, Kinds::Odoo] {
        let home = folder();
        let mut target = target(kind, 0, 0);
        let summary = sync(&mut target, home.path(), RECORDS, 0);
        assert_eq!((summary.written, summary.rejected, summary.left), (RECORDS as u64 - 1, 1, 0), "{summary:?}");
        assert_eq!((summary.rejects[0].key.as_str(), summary.stopped), ("7", None));
        assert!(summary.read_back.unwrap().records > 5);
        let again = sync(&mut target, home.path(), RECORDS, 0);
        assert_eq!((again.unchanged, again.written), (RECORDS as u64 - 1, 0));
        if kind == Kinds::HelpDesk || kind == Kinds::Odoo {
            assert_eq!(sync(&mut target, home.path(), RECORDS + 2, 0).no_match, 2);
        }
    }
}

#[test]
fn whatever_the_network_does_every_record_ends_with_the_planned_value() {
    for seed in seeds(24, 4_000) {
        let kind = [Kinds::HelpDesk, Kinds::Zoho, Kinds::Kommo, Kinds::Odoo][seed as usize % 4];
        let one_a_call = matches!(kind, Kinds::HelpDesk | Kinds::Odoo);
        let mut target = target(kind, seed, if one_a_call { 5 } else { 30 + seed as u32 % 300 });
        let home = folder();
        for runs in 0.. {
            assert!(runs < 100, "seed {seed}");
            let summary = sync(&mut target, home.path(), RECORDS, seed);
            assert_ne!(summary.stopped, Some(Stopped::NotHeld), "seed {seed}");
            if summary.left == 0 && summary.stopped.is_none() {
                break;
            }
        }
        let (store, fields) = (&target.transport.service.store, fields(kind));
        assert_eq!(store.records.len(), RECORDS);
        for n in (0..RECORDS).filter(|n| *n != 6) {
            let planned = row(n, 1);
            for (field, value) in planned.sent(&fields) {
                let held = store.records[&(n + 1).to_string()].get(&field.name).map(Value::from_json);
                assert!(
                    held.as_ref().is_some_and(|held| crate::value::same_value(value, held)),
                    "seed {seed}, {n}, {}: {held:?}",
                    field.name
                );
            }
        }
    }
}

#[test]
fn a_description_that_cannot_work_is_refused() {
    let with = |change: &dyn Fn(&mut RestConfig)| {
        let mut config = presets::zoho("Contacts");
        change(&mut config);
        let stub = Stub { kind: Kinds::Zoho, store: Store::default(), poison: None };
        Rest::new(config, "x", Faulty::new(stub, 0, 0)).map(|_| ())
    };
    assert!(with(&|_| {}).is_ok());
    assert!(with(&|config| config.write.method = "GET".to_owned()).is_err());
    assert!(with(&|config| config.write.body = json!({"data": []})).is_err());
    assert!(with(&|config| config.write.record = None).is_err());
    assert!(with(&|config| config.write.path = "x/{key}".to_owned()).is_err());
    assert!(with(&|config| config.answer.code = Some("code".to_owned())).is_err());
    assert!(with(&|config| config.read.as_mut().unwrap().method = "DELETE".to_owned()).is_err());
    assert!(toml::from_str::<RestConfig>("name = \"x\"\nsurprise = 1").is_err());
}

#[test]
fn an_answer_that_says_neither_yes_nor_no_leaves_the_record_in_doubt() {
    let target = target(Kinds::Zoho, 0, 0);
    let (mapping, row) = (mapping(), row(0, 1));
    let batch = Batch { mapping: &mapping, rows: &[&row], mode: Mode::UpdateOnly };
    let outcome = |body: Json| target.outcomes(batch, &body).remove(0);
    assert_eq!(outcome(json!({"data": [{"status": "success", "action": "update"}]})), Outcome::Written);
    assert_eq!(outcome(json!({"data": [{"status": "success", "action": "insert"}]})), Outcome::Created);
    assert!(matches!(outcome(json!({"data": [{"status": "error", "code": "RECORD_LOCKED"}]})), Outcome::Busy { .. }));
    for unclear in
        [json!({"data": [{}]}), json!({"data": []}), json!({}), json!([]), json!({"data": [{"status": "success"}, {}]})]
    {
        assert!(matches!(outcome(unclear.clone()), Outcome::Unknown { .. }), "{unclear}");
    }
}
