//! Inputs that cannot be used: the exit code, a message that says what to do, and nothing written.

mod common;

use common::{Folder, HEADER, export, orders, project_until};

/// The run fails with this code and these words on one line of standard error, and writes nothing.
#[track_caller]
fn refused(folder: &Folder, command: &str, code: i32, words: &[&str]) {
    let before = folder.names(".");
    let ended = folder.churn(command, &[]);
    assert_eq!(ended.code, code, "{}", ended.stderr);
    let line = ended.stderr.lines().last().unwrap_or_default();
    assert!(line.starts_with("error: "), "{}", ended.stderr);
    for word in words {
        assert!(line.contains(word), "expected \"{word}\" in: {line}");
    }
    assert_eq!(folder.names("."), before);
}

fn shop(transactions: &str) -> Folder {
    Folder::shop(&project_until("2026-01-01"), transactions)
}

#[test]
fn an_empty_export() {
    refused(&shop(""), "check", 3, &["orders.csv: expected a header and rows, found an empty file"]);
}

#[test]
fn a_header_and_no_rows() {
    refused(&shop(HEADER), "check", 3, &["orders.csv: expected rows below the header, found none"]);
}

#[test]
fn an_export_that_is_not_there() {
    let folder = Folder::empty();
    folder.write("churn.toml", &project_until("2026-01-01"));
    refused(&folder, "check", 3, &["cannot read ", "orders.csv: "]);
}

#[test]
fn a_column_that_is_not_there() {
    let text = export(&orders()).replacen("amount", "Amount EUR", 1);
    let words =
        ["expected a column \"amount\" (mapped as amount)", "found \"customer_id\", \"timestamp\", \"Amount EUR\""];
    refused(&shop(&text), "check", 3, &words);
}

#[test]
fn too_many_rows_that_cannot_be_read() {
    let mut rows = orders();
    rows[10] = "C001,2025-02-30,12.50,x".to_owned();
    let folder = shop(&export(&rows));
    refused(&folder, "check", 3, &["1 of ", "more than the 0.1 % allowed", "line 12, column \"timestamp\""]);
    let ended = folder.churn("check", &["--max-rejects", "1"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("line 12, column \"timestamp\""), "{}", ended.stdout);
    assert!(ended.stderr.contains("warning: orders.csv: 1 of "), "{}", ended.stderr);
}

#[test]
fn less_history_than_two_horizons_is_shown_and_refused() {
    let rows: Vec<String> = orders().into_iter().filter(|row| row.contains(",2025-01-")).collect();
    let folder = Folder::shop(&project_until("2025-02-01"), &export(&rows));
    refused(&folder, "check", 3, &["expected at least 60 days of history", "found 31 days"]);
    let ended = folder.churn("check", &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one JSON object");
    assert_eq!((ended.code, &answer["error"]["kind"]), (3, &"input_refused".into()));
    assert_eq!(answer["result"]["history"]["days"], 31);
}

#[test]
fn customers_who_bought_only_once() {
    let rows: Vec<String> =
        (1..=28).map(|day| format!("C{day},2025-{:02}-{day:02},5.00,{day}", day % 12 + 1)).collect();
    refused(&shop(&export(&rows)), "check", 3, &["bought on more than one day, found none among 28 customers"]);
}

#[test]
fn an_unknown_key_in_the_project_file() {
    let folder = Folder::shop(&project_until("2026-01-01").replace("horizon", "horizn"), &export(&orders()));
    let words = ["churn.toml: line 6, column 1: unknown key \"horizn\"; did you mean \"horizon\"?; known here: "];
    refused(&folder, "check", 2, &words);
    refused(&folder, "features", 2, &words);
}

#[test]
fn a_folder_without_a_project() {
    refused(&Folder::empty(), "check", 2, &["churn.toml: expected a project folder or a project file, found nothing"]);
}

#[test]
fn an_output_folder_that_cannot_be_made_is_noticed_before_the_export_is_read() {
    let folder = shop("");
    folder.write("taken", "");
    let taken = folder.path("taken").display().to_string();
    let ended = folder.churn("features", &["--out", &taken]);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.starts_with(&format!("error: cannot write {taken}: ")), "{}", ended.stderr);
}
