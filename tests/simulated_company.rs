//! A simulated company is a project that the other commands can read.

mod common;

use common::Folder;
use serde_json::Value;

const FROM: &str = "2025-01-01";
const TO: &str = "2026-01-01";

fn simulate(format: &str, options: &[&str]) -> Folder {
    let folder = Folder::empty();
    let small =
        ["--customers", "300", "--seed", "7", "--format", format, "--from", FROM, "--to", TO, "--horizon", "60d"];
    let ended = folder.churn("simulate", &[&small, options].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    folder
}

#[test]
fn check_agrees_with_the_truth_about_who_is_eligible() {
    let folder = simulate("csv", &[]);
    let ended = folder.churn("check", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let result = &answer["result"];
    assert_eq!(result["project"]["horizon_days"], 60);
    assert_eq!(result["labels"]["last"], "2025-11-02");

    let truth = String::from_utf8(folder.read("truth.csv")).expect("text");
    let count = |as_of: &str, end: &str| {
        truth.lines().filter(|l| l.contains(&format!(",{as_of},eligible,")) && l.ends_with(end)).count()
    };
    assert_eq!(result["customers"]["eligible"], count(TO, ""));
    let last = result["labels"]["observed"].as_array().expect("a list").last().expect("one date").clone();
    assert_eq!(last["eligible"], count("2025-11-02", ""));
    assert_eq!(last["churned"], count("2025-11-02", ",true"));
}

#[test]
fn both_formats_hold_the_same_company() {
    let features = |folder: &Folder| {
        let ended = folder.churn("features", &[]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        folder.read("out/features.parquet")
    };
    let csv = simulate("csv", &["--threads", "1"]);
    let parquet = simulate("parquet", &["--threads", "3"]);
    assert!(features(&csv) == features(&parquet));
    assert!(csv.read("truth.csv") == parquet.read("truth.csv"));
}

#[test]
fn a_folder_with_files_in_it_is_left_alone_unless_told_otherwise() {
    let folder = Folder::empty();
    folder.write("notes.txt", "mine");
    let options = ["--customers", "10", "--from", FROM, "--to", TO];
    let ended = folder.churn("simulate", &options);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("expected a new or empty folder, found files in it"), "{}", ended.stderr);
    assert_eq!(folder.names("."), ["notes.txt"]);
    assert_eq!(folder.churn("simulate", &[&options[..], &["--force"]].concat()).code, 0);
    assert_eq!(folder.read("notes.txt"), b"mine");
}

#[test]
fn settings_that_make_no_company_are_refused() {
    for options in [["--customers", "0"], ["--to", "2023-12-31"], ["--horizon", "400d"], ["--horizon", "3w"]] {
        let folder = Folder::empty();
        let ended = folder.churn("simulate", &options);
        assert_eq!(ended.code, 2, "{options:?}: {}", ended.stderr);
        assert!(folder.names(".").is_empty());
    }
}
