//! `churn sync` over a network that does its worst, on a disk that is full, and what is told of customers meanwhile: nothing.

mod common;
#[path = "common/desk.rs"]
mod desk;
#[path = "common/synced.rs"]
mod synced;
#[path = "common/toxics.rs"]
mod toxics;
#[path = "common/web.rs"]
mod web;

use std::process::Command;

use common::Folder;
use desk::{SECRET, command, desk, run};
use serde_json::{Value, json};
use synced::score_rows;
use toxics::{TOXICS, Toxic, proxy};
use web::Reply;

/// What the desk has to hold of each customer that it knows, after the last run.
fn holds_the_scores(folder: &Folder, records: &std::collections::BTreeMap<String, Value>) {
    let rows = score_rows(folder);
    assert_eq!(records.len(), rows.len() - 1, "no record is made, none is lost");
    for row in rows.iter().skip(1) {
        let record = &records[&row[0]];
        let four_decimals = |churn: f64| format!("{churn:.4}").parse::<f64>().expect("a number");
        let churn = row[4].parse::<f64>().ok().map(four_decimals);
        // Customers without a score are left as they are.
        assert_eq!(record["churn"].as_f64(), churn, "{}", row[0]);
        assert_eq!(record["band"].as_str().unwrap_or_default(), row[7], "{}", row[0]);
    }
}

/// Runs through a bad network until everything is done, and then sees whether it is.
fn survives(toxic: Toxic, seed: u64) {
    let (folder, desk, server) = desk();
    let through = proxy(server.address.trim_start_matches("http://"), toxic, seed);
    let project = String::from_utf8(folder.read("churn.toml")).expect("text");
    let patient = project.replace(&server.address, &through).replace("attempts = 2", "attempts = 2\ntimeout = \"1s\"");
    folder.write("churn.toml", &patient);
    let before = desk.lock().expect("no panic before").records.len();
    // Until it is done, and once more.
    let (mut runs, mut done) = (0, 0);
    while done < 2 {
        runs += 1;
        assert!(runs < 60, "{toxic:?}, seed {seed}");
        let (ended, said) = run(&folder, &[]);
        assert!(matches!(ended.code, 0 | 6), "{toxic:?}, seed {seed}: {said}");
        let desk = desk.lock().expect("no panic before");
        assert_eq!(desk.records.len(), before);
        // A network that fails while the guard asks: nothing was written, and that is all there is to say.
        if done > 0 && said["error"].is_null() {
            // The one customer whom the desk does not know is sent every time, and may be in doubt every time.
            assert_eq!(said["written"], 0, "{toxic:?}, seed {seed}: {said}");
            assert!(said["in_doubt"].as_u64().is_some_and(|rows| rows <= 1), "{toxic:?}, seed {seed}: {said}");
            assert!(said["planned"].as_u64().is_some_and(|rows| rows <= 1), "{toxic:?}, seed {seed}: {said}");
        }
        if ended.code == 0 {
            holds_the_scores(&folder, &desk.records);
            done += 1;
        }
    }
}

#[test]
fn every_record_arrives_through_every_bad_network() {
    let seeds = if std::env::var_os("CHURN_LONG_TESTS").is_some() { 100 } else { 1 };
    std::thread::scope(|threads| {
        for toxic in TOXICS {
            threads.spawn(move || (0..seeds).for_each(|seed| survives(toxic, seed)));
        }
    });
}

/// Files of more than so many times 512 bytes cannot be written, as on a disk that is full.
#[cfg(unix)]
#[test]
fn a_disk_that_is_full_is_exit_code_5_and_the_run_after_it_resumes() {
    let (mut failed, mut done) = (0, 0);
    for blocks in (0..64).step_by(3) {
        let (folder, desk, _server) = desk();
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" sync \"$1\" --json");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_churn")])
            .arg(folder.path(""))
            .env("DESK_TOKEN", SECRET)
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.code() {
            Some(0) => done += 1,
            Some(5) => {
                failed += 1;
                let said: Value = serde_json::from_str(&said).expect("JSON");
                assert_eq!(said["exit_code"], 5, "{said}");
                assert!(said["error"]["message"].as_str().is_some_and(|why| why.contains("out/")), "{said}");
            }
            other => panic!("{blocks} blocks: {other:?} {said}{}", String::from_utf8_lossy(&output.stderr)),
        }
        let (ended, said) = run(&folder, &[]);
        assert_eq!((ended.code, &said["left"], &said["in_doubt"]), (0, &0.into(), &0.into()), "{blocks}: {said}");
        let desk = desk.lock().expect("no panic before");
        holds_the_scores(&folder, &desk.records);
        // Sent again is only what was in flight when the disk was full.
        let twice = desk.writes.values().filter(|times| **times > 1).count();
        assert!(twice <= 50 && desk.writes.values().all(|times| *times <= 2), "{blocks} blocks: {twice}");
        let left: Vec<String> = folder.names("out/sync/desk").into_iter().filter(|name| name.contains("tmp")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
    assert!(failed > 3 && done > 3, "{failed} failed, {done} done");
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_anything_is_sent() {
    let (folder, desk, _server) = desk();
    folder.write("out/sync", "a file where the folder has to be");
    let output = command(&folder, &[]).output().expect("started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert_eq!(desk.lock().expect("no panic before").calls, 0);
}

/// Neither what is said nor what is kept has a key or a value of a customer, whatever the system says of them; but for the list of the
/// rejected, which is for their owner's eyes.
#[test]
fn nothing_of_a_customer_is_in_logs_or_in_what_is_kept() {
    let (folder, desk, _server) = desk();
    let ids: Vec<String> = score_rows(&folder).into_iter().map(|row| row[0].clone()).collect();
    let echo = format!("{}: ann@example.com is no number", ids[3]);
    desk.lock().expect("no panic before").bad = vec![
        Reply::json(400, json!({"message": echo, "code": echo})),
        Reply::json(503, json!({"message": echo, "error": echo})),
        Reply::json(200, json!({"results": [{"id": ids[3], "ok": false, "code": echo, "message": echo}]})),
        Reply::json(409, json!({"error": {"message": echo}})),
    ];
    for options in [["--log", "json"], ["--log", "text"], ["--json", "--full"]] {
        let output = command(&folder, &options).output().expect("started");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("text");
        for canary in ids.iter().map(String::as_str).chain(["ann@", SECRET]) {
            assert!(!said.contains(canary), "{canary}: {said}");
        }
        for name in folder.names("out/sync/desk").iter().filter(|name| !name.starts_with("sync-")) {
            let bytes = folder.read(&format!("out/sync/desk/{name}"));
            let kept = String::from_utf8_lossy(&bytes).into_owned();
            assert!(ids.iter().all(|id| !kept.contains(id.as_str())) && !kept.contains("ann@"), "{name}");
        }
        #[cfg(unix)]
        for name in folder.names("out/sync/desk") {
            use std::os::unix::fs::PermissionsExt;
            let path = folder.path(&format!("out/sync/desk/{name}"));
            let mode = std::fs::metadata(path).expect("there").permissions().mode() & 0o077;
            assert_eq!(mode, 0, "{name} is for its owner alone");
        }
    }
}
