//! OpenLineage: what a run read and wrote, told to a file or a server, and never a reason to fail.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;

use common::{Folder, export, orders, project_until};
use serde_json::Value;

fn shop(lineage: &str) -> Folder {
    Folder::shop(&format!("{}{lineage}", project_until("2026-01-01")), &export(&orders()))
}

fn events(folder: &Folder) -> Vec<Value> {
    let text = String::from_utf8(folder.read("lineage.ndjson")).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What the specification 2-0-2 asks of a run event.
fn check_shape(event: &Value) {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    assert_eq!(event["schemaURL"], "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent");
    assert!(!text(&event["producer"]).is_empty());
    assert!(text(&event["eventTime"]).ends_with('Z'));
    let id = text(&event["run"]["runId"]);
    let parts: Vec<usize> = id.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
    assert!(!text(&event["job"]["namespace"]).is_empty() && !text(&event["job"]["name"]).is_empty());
    for dataset in event["inputs"].as_array().into_iter().chain(event["outputs"].as_array()).flatten() {
        assert_eq!(dataset["namespace"], "file");
        assert!(text(&dataset["name"]).starts_with('/'), "{dataset}");
    }
}

#[test]
fn a_run_is_told_from_its_start_to_its_end() {
    let folder = shop("[lineage]\npath = \"lineage.ndjson\"\nnamespace = \"nightly\"\n");
    assert_eq!(folder.churn("features", &[]).code, 0);
    assert_eq!(folder.churn("features", &["--as-of", "2031-01-01"]).code, 2);
    let events = events(&folder);
    events.iter().for_each(check_shape);
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["eventType"].as_str()).collect();
    assert_eq!(kinds, ["START", "COMPLETE", "START", "FAIL"]);
    assert_eq!(events[0]["run"]["runId"], events[1]["run"]["runId"]);
    assert_ne!(events[1]["run"]["runId"], events[2]["run"]["runId"]);
    assert_eq!(events[0]["job"]["name"], "shop.features");
    assert_eq!(events[0]["job"]["namespace"], "nightly");
    let input = events[0]["inputs"][0]["name"].as_str().expect("text");
    assert!(input.ends_with("orders.csv"), "{input}");
    let outputs: Vec<&str> =
        events[1]["outputs"].as_array().expect("a list").iter().filter_map(|o| o["name"].as_str()).collect();
    assert!(outputs.iter().any(|name| name.ends_with("out/features.parquet")), "{outputs:?}");
    let message = events[3]["run"]["facets"]["errorMessage"]["message"].as_str().expect("text");
    assert!(message.contains("--as-of: expected a date up to"), "{message}");
}

#[test]
fn a_server_gets_the_events_with_the_key_and_one_that_is_down_is_a_warning() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || {
        let mut bodies = Vec::new();
        for stream in listener.incoming().take(2) {
            let mut stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            stream
                .write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .expect("an answer");
            bodies.push((head, body));
        }
        bodies
    });
    let folder = shop("");
    let run = |address: &str| {
        let place = folder.path("").display().to_string();
        Command::new(env!("CARGO_BIN_EXE_churn"))
            .args(["features", &place, "--json"])
            .env("OPENLINEAGE_URL", address)
            .env("OPENLINEAGE_API_KEY", "key-0815")
            .output()
            .expect("the program can be started")
    };
    let ended = run(&address);
    assert!(ended.status.success());
    let bodies = server.join().expect("no panic");
    for (head, body) in &bodies {
        assert!(head.starts_with("POST /api/v1/lineage HTTP/1.1"), "{head}");
        assert!(head.to_ascii_lowercase().contains("authorization: bearer key-0815"), "{head}");
        check_shape(&serde_json::from_slice(body).expect("JSON"));
    }
    // The same address, where nobody listens any more; and one that nothing is sent to.
    for (address, said) in
        [(address.as_str(), "was not delivered"), ("http://lineage.example.com", "no lineage is sent")]
    {
        let ended = run(address);
        let answer: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
        assert_eq!(ended.status.code(), Some(0));
        assert!(answer["warnings"].to_string().contains(said), "{answer}");
        assert!(!answer.to_string().contains("key-0815"));
    }
}

#[test]
fn a_place_that_events_cannot_go_to_is_told_by_the_project_file() {
    for (lineage, said) in [
        ("url = \"http://lineage.example.com\"", "lineage.url: expected https"),
        ("url = \"https://a:b@example.com\"", "lineage.url: expected no user name"),
        ("path = \"\"", "lineage.path: expected the name of a file"),
        ("path = \"x\"\nurl = \"https://example.com\"", "lineage: expected url or path, found both"),
        ("where = \"x\"", "unknown key \"where\""),
    ] {
        let ended = shop(&format!("[lineage]\n{lineage}\n")).churn("check", &[]);
        assert_eq!(ended.code, 2, "{lineage}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}
