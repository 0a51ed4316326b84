#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;
use crate::http::faulty::{Faulty, Service, Store, ok, seeds};
use crate::sync::Settings;
use crate::sync::tests::memory::{folder, key, mapping, row, rows, run};

const RECORDS: usize = 1_000;

/// HubSpot as its documentation has it: 207 where each record has a trace id, or the whole batch refused.
struct Stub {
    store: Store,
    poison: BTreeSet<String>,
    whole: bool,
}

impl Stub {
    fn new() -> Self {
        Self { store: Store::with((0..RECORDS).map(key)), poison: BTreeSet::new(), whole: false }
    }
}

impl Service for Stub {
    fn answer(&mut self, request: &Request) -> Response {
        let body: Json = request.body.as_ref().map_or(Json::Null, |(_, bytes)| serde_json::from_slice(bytes).unwrap());
        let inputs = body["inputs"].as_array().cloned().unwrap_or_default();
        match request.path.as_str() {
            "crm/v3/properties/contacts" => {
                let property = |name: &str, kind: &str| json!({"name": name, "type": kind, "hasUniqueValue": name == "customer_id"});
                let properties =
                    [("customer_id", "string"), ("probability", "number"), ("band", "string"), ("as_of", "date")];
                ok(200, &json!({"results": properties.map(|(name, kind)| property(name, kind))}))
            }
            "crm/v3/objects/contacts/batch/read" => {
                let (mut results, mut gone) = (Vec::new(), Vec::new());
                for input in &inputs {
                    let id = input["id"].as_str().unwrap();
                    match self.store.records.get(id) {
                        Some(fields) => {
                            let mut fields = fields.clone();
                            fields.insert("customer_id".to_owned(), json!(id));
                            results.push(json!({"id": "77", "properties": fields}));
                        }
                        None => gone.push(id),
                    }
                }
                answer(results, gone.iter().map(|id| not_found(id)).collect())
            }
            "crm/v3/objects/contacts/batch/update" => {
                let poisoned = |input: &Json| self.poison.contains(input["id"].as_str().unwrap());
                if self.whole && inputs.iter().any(poisoned) {
                    return ok(
                        409,
                        &json!({"status": "error", "category": "CONFLICT", "message": "ann@example.com exists"}),
                    );
                }
                let (mut results, mut errors) = (Vec::new(), Vec::new());
                for input in &inputs {
                    let id = input["id"].as_str().unwrap();
                    assert_eq!(input["idProperty"], "customer_id");
                    let properties = input["properties"].as_object().unwrap();
                    assert!(properties.values().all(Json::is_string));
                    if poisoned(input) {
                        let context = json!({"objectWriteTraceId": [input["objectWriteTraceId"]]});
                        errors.push(json!({"status": "error", "category": "VALIDATION_ERROR", "message": "no", "context": context}));
                    } else if self.store.assign(id, properties) {
                        let trace = &input["objectWriteTraceId"];
                        results.push(json!({"id": "77", "objectWriteTraceId": trace, "properties": properties}));
                    } else {
                        errors.push(not_found(id));
                    }
                }
                answer(results, errors)
            }
            other => panic!("{other}"),
        }
    }
}

fn not_found(id: &str) -> Json {
    json!({"status": "error", "category": "OBJECT_NOT_FOUND", "message": "gone", "context": {"ids": [id]}})
}

fn answer(results: Vec<Json>, errors: Vec<Json>) -> Response {
    let status = if errors.is_empty() { 200 } else { 207 };
    let mut body = json!({"status": "COMPLETE", "results": results});
    if !errors.is_empty() {
        body["numErrors"] = json!(errors.len());
        body["errors"] = json!(errors);
    }
    ok(status, &body)
}

fn target(stub: Stub, seed: u64, rate: u32) -> HubSpot<Faulty<Stub>> {
    let transport = Faulty::new(stub, seed, rate);
    HubSpot::new(HubSpotConfig::contacts("customer_id"), "https://api.hubapi.com", transport).unwrap()
}

#[test]
fn records_are_written_read_back_and_told_apart() {
    let home = folder();
    let mut stub = Stub::new();
    stub.poison = [key(7)].into();
    let mut target = target(stub, 0, 0);
    let summary = run(&mut target, home.path(), rows(0..RECORDS + 3, 1), 1, &Settings::default()).unwrap();
    assert_eq!((summary.written, summary.no_match, summary.rejected), (RECORDS as u64 - 1, 3, 1));
    assert_eq!(summary.rejects[0].code, "VALIDATION_ERROR");
    assert!(summary.read_back.unwrap().different.is_empty());
    assert_eq!(target.transport.service.store.records[&key(3)]["probability"], "0.5490");
}

#[test]
fn a_batch_that_is_refused_as_a_whole_is_halved_down_to_its_record() {
    let home = folder();
    let mut stub = Stub::new();
    (stub.poison, stub.whole) = ([key(7), key(450)].into(), true);
    let summary = run(&mut target(stub, 0, 0), home.path(), rows(0..RECORDS, 1), 1, &Settings::default()).unwrap();
    assert_eq!((summary.written, summary.rejected, summary.left), (RECORDS as u64 - 2, 2, 0));
    assert!(summary.calls <= 10 + 2 * 2 * 7, "{}", summary.calls);
}

#[test]
fn fields_and_key_are_looked_at_before() {
    let mut target = target(Stub::new(), 0, 0);
    assert_eq!(target.preflight(&mapping()).unwrap(), Preflight::default());
    let fields = vec![Field::new("missing", Kind::Text), Field::new("band", Kind::Bool)];
    let other = Mapping::new(fields, None).unwrap();
    let found = target.preflight(&other).unwrap();
    assert_eq!((found.missing[0].name.as_str(), found.problems.len()), ("missing", 0)); // a text property takes anything
    let wrong = Mapping::new(vec![Field::new("probability", Kind::Date)], None).unwrap();
    assert_eq!(target.preflight(&wrong).unwrap().problems.len(), 1);
}

#[test]
fn the_daily_limit_ends_the_run_and_the_short_one_is_waited_for() {
    let limited = |policy: &str| {
        let body = json!({"policyName": policy, "message": "You have reached your limit"});
        let mut response = ok(429, &body);
        response.headers.push(("X-HubSpot-RateLimit-Interval-Milliseconds".to_owned(), "10000".to_owned()));
        response
    };
    struct Fixed(Response);
    impl Transport for Fixed {
        fn send(&mut self, _: &Request) -> Result<Response, crate::http::NoAnswer> {
            Ok(self.0.clone())
        }
    }
    let ask = |policy| {
        let transport = Fixed(limited(policy));
        let mut target = HubSpot::new(HubSpotConfig::contacts("id_"), "x", transport).unwrap();
        target.preflight(&mapping()).unwrap_err()
    };
    assert!(matches!(ask("DAILY"), Failure::Stop { .. }));
    let wait = Some(Duration::from_secs(10));
    assert!(matches!(ask("TEN_SECONDLY_ROLLING"), Failure::NotDone { wait: found, .. } if found == wait));
}

/// Every fault of the network, seeded, until the run is complete.
#[test]
fn whatever_the_network_does_every_record_ends_with_the_planned_value() {
    for seed in seeds(40, 2_000) {
        let home = folder();
        let mut stub = Stub::new();
        stub.poison = [key(seed as usize % RECORDS)].into();
        stub.whole = seed % 3 == 0;
        let mut target = target(stub, seed, 100 + seed as u32 % 300);
        for runs in 0.. {
            assert!(runs < 100, "seed {seed}");
            let settings = Settings { seed, ..Settings::default() };
            match run(&mut target, home.path(), rows(0..RECORDS + 5, 1), 1, &settings) {
                Ok(summary) if summary.left == 0 && summary.stopped.is_none() => break,
                Ok(summary) => assert_ne!(summary.stopped, Some(crate::sync::Stopped::NotHeld), "seed {seed}"),
                // It could not be asked for its fields, or left one of them out of the answer.
                Err(error) => assert!(
                    matches!(error, CrmError::Unreachable { .. } | CrmError::NotReady { .. }),
                    "seed {seed}: {error}"
                ),
            }
        }
        let store = &target.transport.service.store;
        assert_eq!(store.records.len(), RECORDS);
        for n in (0..RECORDS).filter(|n| *n != seed as usize % RECORDS) {
            let planned = row(n, 1);
            for (field, value) in planned.sent(&mapping()) {
                assert_eq!(store.records[&key(n)][&field.name], value.text(), "seed {seed}, {}", key(n));
            }
        }
        for (key, fields) in &store.history {
            let planned = row(key[2..].parse().unwrap(), 1);
            assert!(planned.sent(&mapping()).all(|(field, value)| fields[&field.name] == value.text()), "seed {seed}");
        }
    }
}
