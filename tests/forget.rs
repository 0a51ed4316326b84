//! `churn forget`: afterwards no byte of the outputs names the person.

mod common;

use std::path::{Path, PathBuf};

use common::Folder;
use serde_json::Value;

/// Ids that are no part of each other or of any other text.
const GONE: [&str; 2] = ["zq-person-1", "zq-person-2"];

fn company() -> Folder {
    let folder = Folder::empty();
    let options =
        ["--customers", "200", "--seed", "5", "--from", "2025-01-01", "--to", "2026-01-01", "--horizon", "30d"];
    assert_eq!(folder.churn("simulate", &options).code, 0);
    for name in ["transactions.csv", "events.csv", "customers.csv", "offers.csv"] {
        let text = String::from_utf8(folder.read(name)).expect("text");
        folder.write(
            name,
            &text
                .replace("C001,", "zq-person-1,")
                .replace("C002,", "zq-person-2,")
                .replace("C0001,", "zq-person-1,")
                .replace("C0002,", "zq-person-2,"),
        );
    }
    let orders = String::from_utf8(folder.read("transactions.csv")).expect("text");
    assert!(orders.contains("zq-person-1"), "{}", &orders[..200]);
    // A row that is rejected with the id in its reason.
    folder.write("transactions.csv", &format!("{orders}C150,zq-person-1,20.50,x2,1,0.00,5.00,P001,toys,app\n"));
    let _ = std::fs::remove_file(folder.path("truth.csv"));
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Files below a folder in whose bytes one of the ids stands; of Parquet, whose texts are packed, the cells are looked at.
fn holding(folder: &Path) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).expect("readable");
        let in_bytes = GONE.iter().any(|id| bytes.windows(id.len()).any(|window| window == id.as_bytes()));
        let copy = path.with_extension("copy.parquet");
        let in_cells = path.extension().is_some_and(|e| e == "parquet") && {
            std::fs::write(&copy, &bytes).expect("writable");
            let ids = GONE.into();
            let found = history::remove_rows(&copy, &["customer_id"], &ids).expect("a table");
            std::fs::remove_file(&copy).expect("removable");
            found.is_some_and(|rows| rows > 0)
        };
        in_bytes || in_cells
    };
    files(folder).into_iter().filter(holds).collect()
}

#[test]
fn nothing_of_a_person_is_left_in_what_was_written() {
    let folder = company();
    let rejects = ["--max-rejects", "1"];
    let ended = folder.churn("run", &rejects);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(folder.churn("score", &[&rejects[..], &["--incremental"]].concat()).code, 0);
    assert_eq!(folder.churn("score", &[&rejects[..], &["--partitions", "3"]].concat()).code, 0);
    std::fs::create_dir_all(folder.path("out/sync/shop")).expect("a folder");
    folder.write(
        "out/sync/shop/sync-rejects.csv",
        "key,code,message,attempt,as_of,model\nzq-person-1,1,no,1,2026-01-01,m\nC150,1,no,1,2026-01-01,m\n",
    );
    folder.write("notes.txt", "call zq-person-2 on Monday");
    let before = holding(&folder.path("out"));
    let names: Vec<String> =
        before.iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    for name in ["features.parquet", "scores.state", "transactions.rows", "part-00002.csv", "sync-rejects.csv"] {
        assert!(names.iter().any(|found| found == name), "{name} holds nobody: {names:?}");
    }
    let scores = |name: &str| String::from_utf8(folder.read(name)).expect("text");
    let rest: Vec<String> = (0..3)
        .flat_map(|part| {
            scores(&format!("out/scores/part-{part:05}.csv")).lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|line| !GONE.iter().any(|id| line.starts_with(id)))
        .collect();

    folder.write("gone.txt", "zq-person-2\n\n");
    let ended = folder.churn_here(&["forget", "zq-person-1", "--file", "gone.txt", "--json"]);
    std::fs::remove_file(folder.path("gone.txt")).expect("removable");
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    assert_eq!(holding(&folder.path("out")), Vec::<PathBuf>::new());
    assert!(GONE.iter().all(|id| !ended.stdout.contains(id) && !ended.stderr.contains(id)), "{}", ended.stdout);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let result = &answer["result"];
    assert_eq!(result["ids"], 2);
    // What else in the project folder holds them is named.
    let named = result["still_held"].to_string() + &result["exports"].to_string();
    for path in holding(&folder.path("")) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(named.contains(&name), "{name}: {named}");
    }
    assert!(named.contains("notes.txt"));

    // Everybody else stands as before, and the manifest is true.
    let left: Vec<String> = (0..3)
        .flat_map(|part| {
            scores(&format!("out/scores/part-{part:05}.csv")).lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(left, rest);
    let manifest: Value = serde_json::from_slice(&folder.read("out/scores/manifest.json")).expect("JSON");
    for file in manifest["files"].as_array().expect("a list") {
        let path = folder.path(&format!("out/scores/{}", file["name"].as_str().expect("text")));
        assert_eq!(file["bytes"].as_u64(), Some(std::fs::metadata(path).expect("a file").len()));
    }
    assert_eq!(manifest["rows"].as_u64(), Some(rest.len() as u64 - 3));
    let left = String::from_utf8(folder.read("out/sync/shop/sync-rejects.csv")).expect("text");
    assert!(left.contains("C150") && left.lines().count() == 2, "{left}");

    // Once more finds nobody; and the next run works.
    let ended = folder.churn_here(&["forget", "zq-person-1", "zq-person-2"]);
    assert!(
        ended.code == 0 && ended.stdout.starts_with("2 ids: none of the outputs held any of them"),
        "{}",
        ended.stdout
    );
    assert_eq!(folder.churn("score", &rejects).code, 0);
}

#[test]
fn a_running_job_and_a_list_without_ids_are_told() {
    let folder = company();
    assert_eq!(folder.churn_here(&["forget"]).code, 2);
    folder.write("empty.txt", "\n \n");
    let ended = folder.churn_here(&["forget", "--file", "empty.txt"]);
    assert!(ended.code == 2 && ended.stderr.contains("expected ids of customers, found none"), "{}", ended.stderr);
    assert_eq!(folder.churn_here(&["forget", "--file", "absent.txt"]).code, 2);
    std::fs::create_dir(folder.path("out")).expect("a new folder");
    folder.write("out/.churn.lock", "4242\n");
    let held = std::fs::File::open(folder.path("out/.churn.lock")).expect("the lock file");
    held.lock().expect("nobody else has it");
    assert_eq!(folder.churn_here(&["forget", "zq-person-1"]).code, 4);
}
