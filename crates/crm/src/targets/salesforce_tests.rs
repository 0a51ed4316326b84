#![allow(clippy::unwrap_used)]

use super::super::salesforce_bulk::SalesforceBulk;
use super::*;
use crate::http::faulty::{Faulty, Service, Store, bare, ok, seeds};
use crate::sync::tests::memory::{folder, key, row, rows, run};
use crate::sync::{Settings, Stopped};

const RECORDS: usize = 1_000;

/// Salesforce as its documentation has it: questions, collections and jobs.
struct Stub {
    store: Store,
    jobs: Vec<Job>,
    /// The record that is locked once.
    locked: Option<String>,
    poison: Option<String>,
    creates: bool,
}

#[derive(Default)]
struct Job {
    csv: String,
    looks: u32,
    done: Vec<String>,
    failed: Vec<String>,
    left: Vec<String>,
}

fn id_of(key: &str) -> String {
    format!("003{:0>12}AAA", &key[2..])
}

fn key_of(id: &str) -> String {
    key(id[3..15].parse().unwrap())
}

impl Stub {
    fn new() -> Self {
        Self { store: Store::with((0..RECORDS).map(key)), jobs: Vec::new(), locked: None, poison: None, creates: false }
    }

    fn refusal(&mut self, key: &str) -> Option<&'static str> {
        if self.locked.as_deref() == Some(key) {
            self.locked = None;
            return Some("UNABLE_TO_LOCK_ROW");
        }
        (self.poison.as_deref() == Some(key)).then_some("FIELD_CUSTOM_VALIDATION_EXCEPTION")
    }

    fn question(&self, soql: &str) -> Json {
        let (select, rest) =
            soql.strip_prefix("SELECT ").unwrap().split_once(" FROM Contact WHERE Ext__c IN (").unwrap();
        let keys = rest.strip_suffix(')').unwrap().split(',').map(|key| key.trim_matches('\''));
        let records: Vec<Json> = keys
            .filter_map(|key| {
                let fields = self.store.records.get(key)?;
                let field = |name: &str| match name {
                    "Id" => json!(id_of(key)),
                    "Ext__c" => json!(key),
                    name => fields.get(name).cloned().unwrap_or(Json::Null),
                };
                Some(Json::Object(select.split(',').map(|name| (name.to_owned(), field(name))).collect()))
            })
            .collect();
        json!({"totalSize": records.len(), "done": true, "records": records})
    }

    fn run(&mut self, at: usize) {
        let csv = std::mem::take(&mut self.jobs[at].csv);
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let columns = reader.headers().unwrap().clone();
        let mut first = true;
        for record in reader.records().map(Result::unwrap) {
            let key = key_of(&record[0]);
            let line = csv_line(&record);
            if first && record.len() > 1 && self.jobs[at].looks == 1_000 {
                self.jobs[at].left.push(line);
            } else if let Some(code) = self.refusal(&key) {
                self.jobs[at].failed.push(format!(",\"{code}:no:--\",{line}"));
            } else {
                let cells = columns.iter().zip(&record).skip(1).filter(|(_, cell)| !cell.is_empty());
                let fields = cells.map(|(name, cell)| {
                    let value = cell.parse::<f64>().map_or_else(|_| json!(cell), Json::from);
                    (name.to_owned(), value)
                });
                assert!(self.store.assign(&key, &fields.collect()));
                let created = self.creates && first;
                self.jobs[at].done.push(format!("{},{created},{line}", &record[0]));
            }
            first = false;
        }
        // Results come in any order.
        self.jobs[at].done.reverse();
        self.jobs[at].looks = 0;
    }
}

fn csv_line(record: &csv::StringRecord) -> String {
    record.iter().collect::<Vec<_>>().join(",")
}

impl Service for Stub {
    fn answer(&mut self, request: &Request) -> Response {
        let text =
            request.body.as_ref().map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap()).unwrap_or_default();
        let body: Json = serde_json::from_str(&text).unwrap_or_default();
        let path = request.path.strip_prefix("services/data/v62.0/").unwrap();
        if let Some(question) = path.strip_prefix("query?q=") {
            return ok(200, &self.question(&decoded(question)));
        }
        if path == "sobjects/Contact/describe" {
            let field = |name: &str, kind: &str| json!({"name": name, "type": kind, "updateable": true, "externalId": name == "Ext__c"});
            let fields = [("Ext__c", "string"), ("probability", "double"), ("band", "picklist"), ("as_of", "date")];
            return ok(200, &json!({"fields": fields.map(|(name, kind)| field(name, kind))}));
        }
        if path == "composite/sobjects" {
            assert_eq!((request.method, &body["allOrNone"]), (Method::Patch, &json!(false)));
            let answers = body["records"].as_array().unwrap().iter().map(|record| {
                let id = record["id"].as_str().unwrap();
                if let Some(code) = self.refusal(&key_of(id)) {
                    return json!({"id": id, "success": false, "errors": [{"statusCode": code, "message": "no", "fields": []}]});
                }
                let mut fields = record.as_object().unwrap().clone();
                fields.retain(|name, _| name != "id" && name != "attributes");
                assert!(self.store.assign(&key_of(id), &fields));
                json!({"id": id, "success": true, "errors": []})
            });
            let answers: Vec<Json> = answers.collect();
            return ok(200, &json!(answers));
        }
        let job = path.strip_prefix("jobs/ingest").unwrap();
        let at = job.trim_start_matches('/').split('/').next().unwrap().trim_start_matches("750").parse::<usize>();
        match (request.method, job.rsplit('/').next().unwrap()) {
            (Method::Post, _) => {
                assert_eq!((&body["operation"], &body["lineEnding"]), (&json!("update"), &json!("LF")));
                self.jobs.push(Job::default());
                ok(200, &json!({"id": format!("750{}", self.jobs.len() - 1), "state": "Open"}))
            }
            (Method::Put, "batches") => {
                self.jobs[at.unwrap()].csv = text;
                bare(201, &[], "")
            }
            (Method::Patch, _) => {
                assert_eq!(body["state"], "UploadComplete");
                self.jobs[at.clone().unwrap()].looks = 3;
                ok(200, &json!({"state": "UploadComplete"}))
            }
            (_, "successfulResults") => {
                results("sf__Id,sf__Created,Id,probability,band,as_of", &self.jobs[at.unwrap()].done)
            }
            (_, "failedResults") => {
                results("sf__Id,sf__Error,Id,probability,band,as_of", &self.jobs[at.unwrap()].failed)
            }
            (_, "unprocessedrecords") => results("Id,probability,band,as_of", &self.jobs[at.unwrap()].left),
            _ => {
                let at = at.unwrap();
                self.jobs[at].looks = self.jobs[at].looks.saturating_sub(1);
                if self.jobs[at].looks == 0 && !self.jobs[at].csv.is_empty() {
                    self.run(at);
                }
                let state = if self.jobs[at].looks == 0 { "JobComplete" } else { "InProgress" };
                ok(200, &json!({"state": state}))
            }
        }
    }
}

fn results(columns: &str, lines: &[String]) -> Response {
    bare(200, &[], &format!("{columns}\n{}\n", lines.join("\n")))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes().iter();
    while let Some(byte) = rest.next() {
        if *byte == b'%' {
            let two = [*rest.next().unwrap(), *rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&two).unwrap(), 16).unwrap());
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn config() -> SalesforceConfig {
    SalesforceConfig { object: "Contact".to_owned(), key_field: "Ext__c".to_owned(), version: "v62.0".to_owned() }
}

fn collections(stub: Stub, seed: u64, rate: u32) -> Salesforce<Faulty<Stub>> {
    Salesforce::new(config(), "https://x.my.salesforce.com", Faulty::new(stub, seed, rate)).unwrap()
}

fn bulk(stub: Stub, seed: u64, rate: u32) -> SalesforceBulk<Faulty<Stub>> {
    SalesforceBulk::new(config(), "https://x.my.salesforce.com", Faulty::new(stub, seed, rate), Box::new(|_| {}))
        .unwrap()
}

#[test]
fn records_are_found_by_their_external_id_and_updated_never_made() {
    for in_bulk in [false, true] {
        let home = folder();
        let mut stub = Stub::new();
        (stub.locked, stub.poison) = (Some(key(3)), Some(key(9)));
        let (mut one, mut other) = (collections(Stub::new(), 0, 0), bulk(Stub::new(), 0, 0));
        let target: &mut dyn Target = match in_bulk {
            false => {
                one.transport.service = stub;
                &mut one
            }
            true => {
                other.transport_mut().service = stub;
                &mut other
            }
        };
        let summary = run(target, home.path(), rows(0..RECORDS + 4, 1), 1, &Settings::default()).unwrap();
        let expected = (RECORDS as u64 - 1, 4, 1, 0);
        assert_eq!((summary.written, summary.no_match, summary.rejected, summary.left), expected, "{summary:?}");
        assert_eq!(summary.rejects[0].code, "FIELD_CUSTOM_VALIDATION_EXCEPTION");
        assert!(summary.read_back.unwrap().different.is_empty());
        let again = run(target, home.path(), rows(0..RECORDS, 1), 1, &Settings::default()).unwrap();
        assert_eq!((again.unchanged, again.written), (RECORDS as u64 - 1, 0));
    }
}

#[test]
fn a_record_that_is_made_against_the_rule_ends_the_run() {
    let mut stub = Stub::new();
    stub.creates = true;
    let summary = run(&mut bulk(stub, 0, 0), folder().path(), rows(0..10, 1), 1, &Settings::default()).unwrap();
    assert_eq!((summary.created, summary.stopped), (1, Some(Stopped::Created)));
}

#[test]
fn keys_are_quoted_and_the_daily_limit_ends_the_run() {
    assert_eq!(soql_text(r"O'Brien\"), r"'O\'Brien\\'");
    struct Limited;
    impl Transport for Limited {
        fn send(&mut self, _: &Request) -> Result<Response, crate::http::NoAnswer> {
            let body = json!([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]);
            Ok(ok(403, &body))
        }
    }
    let mut target = Salesforce::new(config(), "x", Limited).unwrap();
    assert!(
        matches!(target.read(&crate::sync::tests::memory::mapping(), &["a"]), Err(Failure::Stop { why }) if why.contains("daily"))
    );
}

#[test]
fn whatever_the_network_does_every_record_ends_with_the_planned_value() {
    for seed in seeds(24, 2_000) {
        let home = folder();
        let rate = 30 + seed as u32 % 200;
        let (mut one, mut other) = (collections(Stub::new(), seed, rate), bulk(Stub::new(), seed, rate));
        // Collections are answered in order: an answer in another order can be told by its ids where records were written.
        let target: &mut dyn Target = if seed % 2 == 0 { &mut one } else { &mut other };
        for runs in 0.. {
            assert!(runs < 200, "seed {seed}");
            match run(target, home.path(), rows(0..RECORDS, 1), 1, &Settings { seed, ..Settings::default() }) {
                Ok(summary) if summary.left == 0 && summary.stopped.is_none() => break,
                Ok(summary) => assert_ne!(summary.stopped, Some(Stopped::NotHeld), "seed {seed}"),
                Err(error) => assert!(
                    matches!(error, CrmError::Unreachable { .. } | CrmError::NotReady { .. }),
                    "seed {seed}: {error}"
                ),
            }
        }
        let store = if seed % 2 == 0 { &one.transport.service.store } else { &other.transport_mut().service.store };
        assert_eq!(store.records.len(), RECORDS);
        for (n, held) in store.records.values().enumerate() {
            for (field, value) in row(n, 1).sent(&crate::sync::tests::memory::mapping()) {
                let same = crate::value::same_value(value, &Value::from_json(&held[&field.name]));
                assert!(same, "seed {seed}, {n}, {}", field.name);
            }
        }
    }
}
