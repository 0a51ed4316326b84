//! A help desk over HTTP that keeps fields of customers, and a project that writes scores into it.

#![allow(dead_code)] // each file of tests uses its own part

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Ended, Folder};
use crate::synced::{score_rows, with_targets};
use crate::web::{Reply, Seen, Server};

pub(crate) const SECRET: &str = "canary-3f9a";

/// A help desk that keeps fields of customers.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) records: BTreeMap<String, Value>,
    /// What the next calls are answered with instead.
    pub(crate) bad: Vec<Reply>,
    /// How often each record was written.
    pub(crate) writes: BTreeMap<String, u32>,
    pub(crate) calls: usize,
    pub(crate) slow: Duration,
}

impl Desk {
    fn answer(&mut self, seen: &Seen) -> Reply {
        if seen.authorization.as_deref() != Some(&format!("Bearer {SECRET}")) {
            return Reply::json(401, json!({"message": "who are you?"}));
        }
        let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
        match seen.line.as_str() {
            "POST /api/read" => {
                let ids = body["ids"].as_array().cloned().unwrap_or_default();
                let items: Vec<&Value> = ids.iter().filter_map(|id| self.records.get(id.as_str()?)).collect();
                Reply::json(200, json!({ "items": items }))
            }
            "POST /api/batch" => {
                self.calls += 1;
                if let Some(bad) = self.bad.pop() {
                    return bad;
                }
                std::thread::sleep(self.slow);
                let items = body["items"].as_array().cloned().unwrap_or_default();
                let results: Vec<Value> = items.iter().map(|item| self.write(item)).collect();
                Reply::json(200, json!({ "results": results }))
            }
            _ => Reply::json(404, json!({})),
        }
    }

    fn write(&mut self, item: &Value) -> Value {
        let id = item["id"].as_str().unwrap_or_default().to_owned();
        let Some(record) = self.records.get_mut(&id) else {
            return json!({"id": id, "ok": false, "code": "NO_SUCH", "message": "unknown"});
        };
        *self.writes.entry(id.clone()).or_default() += 1;
        for (name, value) in item.as_object().into_iter().flatten() {
            record[name] = value.clone();
        }
        json!({"id": id, "ok": true})
    }
}

fn section(address: &str) -> String {
    format!(
        r#"
[[sync]]
name = "desk"
target = "rest"
address = "{address}"
token = "env:DESK_TOKEN"
attempts = 2

[sync.fields]
churn = "churn_probability"
band = "risk_band"
state = "state"

[sync.rest]
calls_per_second = 1000

[sync.rest.write]
method = "POST"
path = "api/batch"
body = {{ items = "$records" }}
record = {{ id = "$key", "$..." = "" }}
batch = 50

[sync.rest.answer]
rows = "/results"
row_key = "/id"
success = {{ at = "/ok", equals = true }}
code = "/code"
message = "/message"
no_match = ["NO_SUCH"]

[sync.rest.read]
method = "POST"
path = "api/read"
body = {{ ids = "$keys" }}
batch = 50
rows = "/items"
key = "/id"
field = "/{{name}}"
"#
    )
}

/// A project, and a desk that knows all of its customers but the first.
pub(crate) fn desk() -> (Folder, Arc<Mutex<Desk>>, Server) {
    let state = Arc::new(Mutex::new(Desk::default()));
    let shared = Arc::clone(&state);
    let server = Server::answering(move |seen| shared.lock().expect("no panic before").answer(seen));
    let folder = with_targets(&section(&server.address));
    let known = score_rows(&folder).into_iter().skip(1).map(|row| (row[0].clone(), json!({"id": row[0]})));
    state.lock().expect("no panic before").records = known.collect();
    (folder, state, server)
}

pub(crate) fn command(folder: &Folder, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_churn"));
    command.arg("sync").arg(folder.path("")).args(options).env("DESK_TOKEN", SECRET);
    command
}

/// Runs, looks for the secret in everything that was said or written, and returns what was said.
pub(crate) fn run(folder: &Folder, options: &[&str]) -> (Ended, Value) {
    let output = command(folder, &[options, &["--json"]].concat()).output().expect("the program can be started");
    let ended = Ended {
        code: output.status.code().expect("no signal ended the program"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    };
    no_secret(folder, &ended);
    let said: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout));
    let target = said["result"]["targets"][0].clone();
    (ended, if target.is_null() { said } else { target })
}

pub(crate) fn no_secret(folder: &Folder, ended: &Ended) {
    assert!(!ended.stdout.contains("canary") && !ended.stderr.contains("canary"), "{}{}", ended.stdout, ended.stderr);
    for name in folder.names("out/sync/desk") {
        let bytes = folder.read(&format!("out/sync/desk/{name}"));
        assert!(!bytes.windows(6).any(|bytes| bytes == b"canary"), "{name}");
    }
}
