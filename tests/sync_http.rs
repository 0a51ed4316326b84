//! `churn sync` into systems over HTTP, played by servers of our own: good days, bad days, signals, and secrets that stay secret.

mod common;
#[path = "common/desk.rs"]
mod desk;
#[path = "common/synced.rs"]
mod synced;
#[path = "common/web.rs"]
mod web;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::Ended;
use desk::{SECRET, command, desk, no_secret, run};
use serde_json::{Value, json};
use synced::{score_rows, with_targets};
use web::{Reply, Server};

#[test]
fn a_system_that_fails_leaves_records_and_the_next_run_writes_them_once() {
    let (folder, desk, _server) = desk();
    // Down for longer than a run waits, after two batches.
    let later = || Reply::Json(503, json!({"message": SECRET}), vec![("Retry-After".to_owned(), "4000".to_owned())]);
    {
        let mut desk = desk.lock().expect("no panic before");
        desk.bad = vec![later()];
    }
    let (ended, said) = run(&folder, &[]);
    assert_eq!((ended.code, &said["left"], &said["complete"]), (6, &300.into(), &false.into()), "{said}");
    assert!(said["stopped"].as_str().is_some_and(|why| why.contains("longer than a run waits")), "{said}");
    assert!(ended.stderr.contains("run again to resume"), "{}", ended.stderr);
    assert_eq!(String::from_utf8(folder.read("out/sync/desk/sync-left.csv")).expect("text").lines().count(), 301);

    let (ended, said) = run(&folder, &["--retry"]);
    assert_eq!((ended.code, &said["written"], &said["no_match"]), (0, &299.into(), &1.into()), "{said}");
    let (ended, said) = run(&folder, &[]);
    assert_eq!((ended.code, &said["unchanged"]), (0, &299.into()), "{said}");
    let desk = desk.lock().expect("no panic before");
    assert!(desk.writes.values().all(|times| *times == 1), "{:?}", desk.writes);
}

#[test]
fn a_short_failure_is_waited_for_within_the_run() {
    let (folder, desk, _server) = desk();
    desk.lock().expect("no panic before").bad =
        vec![Reply::json(429, json!({})), Reply::text(502, "<html>bad gateway</html>")];
    let (ended, said) = run(&folder, &[]);
    assert_eq!(ended.code, 6, "two attempts were allowed: {said}");
    desk.lock().expect("no panic before").bad = vec![Reply::Silence];
    let (ended, said) = run(&folder, &[]);
    assert_eq!((ended.code, &said["left"]), (0, &0.into()), "{said}");
    assert!(desk.lock().expect("no panic before").writes.values().all(|times| *times == 1));
}

#[test]
fn a_token_that_is_refused_or_missing_or_readable_by_others_is_told_without_it() {
    let (folder, _desk, _server) = desk();
    let wrong = command(&folder, &[]).env("DESK_TOKEN", "canary-wrong").output().expect("started");
    let said = String::from_utf8(wrong.stderr).expect("text");
    assert_eq!(wrong.status.code(), Some(6), "{said}");
    assert!(said.contains("401") && said.contains("is the token right") && !said.contains("canary"), "{said}");
    let none = command(&folder, &[]).env_remove("DESK_TOKEN").output().expect("started");
    let said = String::from_utf8(none.stderr).expect("text");
    assert_eq!(none.status.code(), Some(2), "{said}");
    assert!(said.contains("DESK_TOKEN") && said.contains("not set"), "{said}");

    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    folder.write("churn.toml", &project.replace("env:DESK_TOKEN", "file:secrets/token"));
    std::fs::create_dir(folder.path("secrets")).expect("a new folder");
    folder.write("secrets/token", &format!("{SECRET}\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| std::fs::set_permissions(folder.path("secrets/token"), std::fs::Permissions::from_mode(mode));
        mode(0o644).expect("changed");
        let (ended, _) = run(&folder, &[]);
        assert_eq!(ended.code, 2);
        assert!(ended.stderr.contains("mode 0644; chmod 600"), "{}", ended.stderr);
        mode(0o600).expect("changed");
        let (ended, said) = run(&folder, &[]);
        assert_eq!((ended.code, &said["written"]), (0, &299.into()), "{said}");
    }
    // A secret in the project file itself is refused, and not repeated.
    folder.write("churn.toml", &project.replace("env:DESK_TOKEN", SECRET));
    let (ended, _) = run(&folder, &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("token: expected \"env:NAME\" or \"file:PATH\""), "{}", ended.stderr);
}

#[test]
fn addresses_without_tls_are_taken_on_this_machine_alone() {
    let (folder, _desk, server) = desk();
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    for (address, words) in [
        ("http://crm.example.com", "expected https"),
        ("https://me:canary@crm.example.com", "no user name or password"),
        ("ftp://crm.example.com", "expected https://HOST"),
    ] {
        folder.write("churn.toml", &project.replace(&server.address, address));
        let (ended, _) = run(&folder, &[]);
        assert_eq!(ended.code, 2, "{address}");
        assert!(ended.stderr.contains(words) && ended.stderr.contains("churn.toml: line "), "{}", ended.stderr);
    }
    // Nobody there: nothing was done, and that is said.
    folder.write("churn.toml", &project.replace(&server.address, "http://127.0.0.1:9"));
    let (ended, said) = run(&folder, &[]);
    assert!(
        ended.code == 6 && said["error"]["message"].as_str().is_some_and(|why| why.contains("nothing was written"))
    );
    // Where nobody asks first which records are there, each of them is left.
    let project = project
        .replace(&server.address, "http://127.0.0.1:9")
        .replace("name = \"desk\"", "name = \"desk\"\nmin_matched = 0");
    folder.write("churn.toml", &project);
    let (ended, said) = run(&folder, &[]);
    assert_eq!((ended.code, &said["left"], &said["in_doubt"]), (6, &300.into(), &0.into()), "{said}");
}

#[cfg(unix)]
#[test]
fn a_signal_finishes_the_batch_in_flight_and_the_next_run_resumes() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let (folder, desk, _server) = desk();
        desk.lock().expect("no panic before").slow = Duration::from_millis(300);
        let child =
            command(&folder, &["--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        while desk.lock().expect("no panic before").calls == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        let output = child.wait_with_output().expect("ended");
        assert_eq!(output.status.code(), Some(code));
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(said["exit_code"], code, "{said}");
        let target = &said["result"]["targets"][0];
        let (written, left) =
            (target["written"].as_u64().expect("a number"), target["left"].as_u64().expect("a number"));
        assert!(written >= 49 && left > 0, "{said}");
        assert_eq!(target["in_doubt"], 0, "the batch in flight was finished: {said}");
        desk.lock().expect("no panic before").slow = Duration::ZERO;
        let (ended, said) = run(&folder, &[]);
        assert_eq!((ended.code, &said["written"]), (0, &(299 - written).into()), "{said}");
        assert!(desk.lock().expect("no panic before").writes.values().all(|times| *times == 1));
    }
}

#[test]
fn a_webhook_is_never_shown() {
    let server = Server::answering(|_| Reply::json(500, json!({"error": "INTERNAL_SERVER_ERROR"})));
    let section = "[[sync]]\nname = \"desk\"\ntarget = \"bitrix24\"\nwebhook = \"env:DESK_TOKEN\"\nkey_field = \"originId\"\nattempts = 1\n[sync.fields]\nUF_CRM_CHURN = \"churn_probability\"\n";
    let folder = with_targets(section);
    let run = |webhook: &str| {
        let output =
            command(&folder, &["--json", "--log", "text"]).env("DESK_TOKEN", webhook).output().expect("started");
        let ended = Ended {
            code: output.status.code().expect("no signal"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        };
        no_secret(&folder, &ended);
        ended
    };
    let ended = run(&format!("{}/rest/1/{SECRET}/", server.address));
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    let line = server.seen().first().map(|seen| seen.line.clone()).expect("a request");
    assert!(line.starts_with(&format!("POST /rest/1/{SECRET}/crm.item.fields")), "{line}");
    assert_eq!(run(&format!("{}/{SECRET}/", server.address)).code, 2);
    assert_eq!(run(&format!("http://b24.example.com/rest/1/{SECRET}/")).code, 2);
}

/// A project whose scores go to HubSpot, played by a server that does what HubSpot's documentation says.
#[test]
fn hubspot_takes_scores_in_batches_of_a_hundred() {
    let records: Arc<Mutex<BTreeMap<String, Value>>> = Arc::default();
    let shared = Arc::clone(&records);
    let server = Server::answering(move |seen| {
        let mut records = shared.lock().expect("no panic before");
        let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
        let inputs = body["inputs"].as_array().cloned().unwrap_or_default();
        assert_eq!(seen.authorization.as_deref(), Some("Bearer canary-3f9a"));
        match seen.line.as_str() {
            "GET /crm/v3/properties/contacts" => Reply::json(
                200,
                json!({"results": [
                    {"name": "shop_id", "type": "string", "hasUniqueValue": true},
                    {"name": "churn", "type": "number"}, {"name": "band", "type": "string"},
                ]}),
            ),
            "POST /crm/v3/objects/contacts/batch/update" => {
                assert!(inputs.len() <= 100);
                let results: Vec<Value> = inputs
                    .iter()
                    .map(|input| {
                        let id = input["id"].as_str().expect("an id").to_owned();
                        records.insert(id.clone(), input["properties"].clone());
                        json!({"id": format!("9{id}"), "properties": {"shop_id": id}, "objectWriteTraceId": input["objectWriteTraceId"]})
                    })
                    .collect();
                Reply::json(200, json!({"status": "COMPLETE", "results": results}))
            }
            "POST /crm/v3/objects/contacts/batch/read" => {
                let held = inputs.iter().filter_map(|input| {
                    let id = input["id"].as_str()?;
                    let mut properties = records.get(id)?.clone();
                    properties["shop_id"] = json!(id);
                    Some(json!({"id": format!("9{id}"), "properties": properties}))
                });
                let gone: Vec<&str> = inputs
                    .iter()
                    .filter_map(|input| input["id"].as_str())
                    .filter(|id| !records.contains_key(*id))
                    .collect();
                let mut answer = json!({"status": "COMPLETE", "results": held.collect::<Vec<_>>()});
                if !gone.is_empty() {
                    let why = json!({"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": gone}});
                    (answer["numErrors"], answer["errors"]) = (json!(gone.len()), json!([why]));
                }
                Reply::json(if gone.is_empty() { 200 } else { 207 }, answer)
            }
            other => Reply::json(404, json!({"message": other})),
        }
    });
    let section = format!(
        "[[sync]]\nname = \"desk\"\ntarget = \"hubspot\"\naddress = \"{}\"\ntoken = \"env:DESK_TOKEN\"\nkey_field = \"shop_id\"\n[sync.fields]\nchurn = \"churn_probability\"\nband = \"risk_band\"\n",
        server.address
    );
    let folder = with_targets(&section);
    let scored = score_rows(&folder).into_iter().filter(|row| row[3] == "eligible").collect::<Vec<_>>();
    // Nobody of them there: another field, most likely, and nothing is written.
    let (ended, _) = run(&folder, &[]);
    assert!(ended.code == 3 && ended.stderr.contains("at least 0.95 of the records"), "{}", ended.stderr);
    records.lock().expect("no panic before").extend(scored.iter().map(|row| (row[0].clone(), json!({}))));
    let (ended, said) = run(&folder, &[]);
    assert_eq!((ended.code, &said["written"]), (0, &scored.len().into()), "{said}{}", ended.stderr);
    assert_eq!(said["nothing_to_send"], 300 - scored.len(), "who has no score has nothing to send: {said}");
    let records = records.lock().expect("no panic before");
    for row in scored {
        let churn = records[&row[0]]["churn"].as_str().expect("a text").parse::<f64>().expect("a number");
        assert!((churn - row[4].parse::<f64>().expect("a number")).abs() <= 0.00005 + 1e-12, "{row:?}");
    }
}
