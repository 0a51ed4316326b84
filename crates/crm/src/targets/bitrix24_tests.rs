#![allow(clippy::unwrap_used)]

use super::*;
use crate::http::faulty::{Faulty, Service, Store, bare, ok, seeds};
use crate::sync::tests::memory::{folder, key, rows, run, version};
use crate::sync::{Settings, Stopped};
use crate::*;

/// Bitrix24 as its documentation has it, PHP's empty arrays included.
struct Stub {
    store: Store,
    /// A field that it does not know.
    drops: Option<&'static str>,
    /// Commands of a batch that find the bucket full.
    busy: usize,
}

impl Service for Stub {
    fn answer(&mut self, request: &Request) -> Response {
        let body: Json = serde_json::from_slice(&request.body.as_ref().unwrap().1).unwrap();
        match request.path.as_str() {
            "crm.item.fields" => {
                let field = |name: &str, kind: &str| (name.to_owned(), json!({"type": kind, "isReadOnly": false}));
                let fields = [("originId", "string"), ("probability", "double"), ("band", "string"), ("as_of", "date")];
                let fields: serde_json::Map<String, Json> =
                    fields.iter().map(|(name, kind)| field(name, kind)).collect();
                ok(200, &json!({"result": {"fields": fields}}))
            }
            "crm.item.list" => {
                assert_eq!(body["useOriginalUfNames"], "Y");
                let keys = body["filter"]["@originId"].as_array().unwrap();
                let mut items: Vec<Json> = Vec::new();
                for key in keys.iter().filter_map(Json::as_str) {
                    if let Some(fields) = self.store.records.get(key) {
                        let mut item = fields.clone();
                        for name in ["probability", "band", "as_of"] {
                            item.entry(name).or_insert(Json::Null);
                        }
                        item.insert("id".to_owned(), json!(key[2..].parse::<u64>().unwrap() + 1));
                        item.insert("originId".to_owned(), json!(key));
                        items.push(Json::Object(item));
                    }
                }
                ok(200, &json!({"result": {"items": items}, "total": items.len(), "time": {"operating": 0.1}}))
            }
            "batch" => {
                let commands = body["cmd"].as_object().unwrap();
                assert!(commands.len() <= 50 && body["halt"] == 0);
                let (mut results, mut errors) = (serde_json::Map::new(), serde_json::Map::new());
                for (at, (name, command)) in commands.iter().enumerate() {
                    let (method, query) = command.as_str().unwrap().split_once('?').unwrap();
                    assert_eq!(method, "crm.item.update");
                    let mut fields = serde_json::Map::new();
                    let mut id = 0;
                    for pair in query.split('&') {
                        let (name, value) = pair.split_once('=').unwrap();
                        match name.strip_prefix("fields[").and_then(|name| name.strip_suffix(']')) {
                            Some(field) if Some(field) != self.drops => {
                                fields.insert(field.to_owned(), json!(value));
                            }
                            _ if name == "id" => id = value.parse().unwrap(),
                            _ => {}
                        }
                    }
                    if at < self.busy {
                        errors.insert(
                            name.clone(),
                            json!({"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many"}),
                        );
                    } else if self.store.assign(&key(id - 1), &fields) {
                        results.insert(name.clone(), json!({"item": {"id": id}}));
                    } else {
                        errors.insert(name.clone(), json!({"error": "NOT_FOUND", "error_description": ""}));
                    }
                }
                self.busy = 0;
                let php =
                    |map: serde_json::Map<String, Json>| if map.is_empty() { json!([]) } else { Json::Object(map) };
                ok(200, &json!({"result": {"result": php(results), "result_error": php(errors), "result_total": []}}))
            }
            other => panic!("{other}"),
        }
    }
}

fn target(seed: u64, rate: u32, records: usize) -> Bitrix24<Faulty<Stub>> {
    let stub = Stub { store: Store::with((0..records).map(key)), drops: None, busy: 0 };
    let config = Bitrix24Config { entity_type: 3, key_field: Some("originId".to_owned()) };
    Bitrix24::new(config, "https://b24.example.com", Faulty::new(stub, seed, rate)).unwrap()
}

#[test]
fn records_are_found_by_their_key_written_and_read_back() {
    let home = folder();
    let mut target = target(0, 0, 120);
    target.transport.service.busy = 3;
    let summary = run(&mut target, home.path(), rows(0..123, 1), 1, &Settings::default()).unwrap();
    assert_eq!((summary.written, summary.no_match, summary.complete()), (120, 3, true), "{summary:?}");
    assert_eq!(target.transport.service.store.records[&key(3)]["probability"], "0.5490");
    let again = run(&mut target, home.path(), rows(0..120, 1), 1, &Settings::default()).unwrap();
    assert_eq!((again.unchanged, again.calls), (120, 0));
}

#[test]
fn a_field_that_is_dropped_without_a_word_is_found_after_one_batch() {
    let home = folder();
    let mut target = target(0, 0, 120);
    target.transport.service.drops = Some("band");
    let summary = run(&mut target, home.path(), rows(0..120, 1), 1, &Settings::default()).unwrap();
    assert_eq!((summary.calls, summary.stopped), (1, Some(Stopped::NotHeld)));
    let other = Mapping::new(vec![Field::new("UF_CRM_NONE", Kind::Text)], None).unwrap();
    assert_eq!(target.preflight(&other).unwrap().missing.len(), 1);
}

#[test]
fn its_own_codes_say_what_to_do() {
    let mut target = target(0, 0, 1);
    let mut failure = |status: u16, body: &str| {
        let response = bare(status, &[], body);
        let answer = response.json();
        target.failure(&response, answer.as_ref()).unwrap()
    };
    let of = |wait| Some(Duration::from_secs(wait));
    assert!(
        matches!(failure(503, r#"{"error":"QUERY_LIMIT_EXCEEDED"}"#), Failure::NotDone { wait, .. } if wait == of(2))
    );
    assert!(
        matches!(failure(429, r#"{"error":"OPERATION_TIME_LIMIT"}"#), Failure::NotDone { wait, .. } if wait == of(60))
    );
    assert!(matches!(failure(503, r#"{"error":"OVERLOAD_LIMIT"}"#), Failure::Stop { .. }));
    assert!(matches!(failure(401, r#"{"error":"expired_token"}"#), Failure::Credentials { .. }));
    assert!(matches!(failure(503, "<html>"), Failure::Unclear { .. }));
}

#[test]
fn what_means_something_in_a_query_is_encoded() {
    let target = target(0, 0, 1);
    let mapping = Mapping::new(vec![Field::new("UF_CRM_A", Kind::Text)], None).unwrap();
    let row = Row { key: "1".to_owned(), values: vec![Value::Text("a&b=c[0]?\u{e9}".to_owned())] };
    let batch = Batch { mapping: &mapping, rows: &[&row], mode: Mode::UpdateOnly };
    let expected =
        "crm.item.update?entityTypeId=3&id=9&useOriginalUfNames=Y&fields[UF_CRM_A]=a%26b%3Dc%5B0%5D%3F%C3%A9";
    assert_eq!(target.command(&batch, &row, 9), expected);
}

#[test]
fn whatever_the_network_does_every_record_ends_with_the_planned_value() {
    const RECORDS: usize = 1_000;
    for seed in seeds(30, 2_000) {
        let home = folder();
        let mut target = target(seed, 50 + seed as u32 % 300, RECORDS);
        for runs in 0.. {
            assert!(runs < 100, "seed {seed}");
            match run(&mut target, home.path(), rows(0..RECORDS + 5, 1), 1, &Settings { seed, ..Settings::default() }) {
                Ok(summary) if summary.left == 0 && summary.stopped.is_none() => break,
                Ok(summary) => assert_ne!(summary.stopped, Some(Stopped::NotHeld), "seed {seed}"),
                Err(error) => assert!(
                    matches!(error, CrmError::Unreachable { .. } | CrmError::NotReady { .. }),
                    "seed {seed}: {error}"
                ),
            }
        }
        let store = &target.transport.service.store;
        assert_eq!(store.records.len(), RECORDS);
        for (held, n) in store.records.values().zip(0..) {
            let planned = crate::sync::tests::memory::row(n, version(1).as_of.day());
            assert_eq!(held["probability"], planned.values[0].text(), "seed {seed}, {n}");
            assert_eq!(
                (held["band"].as_str(), held["as_of"].as_str()),
                (Some(&*planned.values[1].text()), Some("2026-10-01"))
            );
        }
    }
}
