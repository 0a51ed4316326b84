//! `--json`: one object on one line of standard output, whatever happens; logs on standard error.

mod common;

use common::{Ended, Folder, export, orders, project_until};
use serde_json::Value;

#[track_caller]
fn object(ended: &Ended) -> Value {
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
    let value: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert!(value.is_object());
    assert_eq!(value["exit_code"], ended.code);
    value
}

fn shop() -> Folder {
    Folder::shop(&project_until("2026-01-01"), &export(&orders()))
}

#[test]
fn check_reports_what_it_found() {
    let ended = shop().churn("check", &["--json"]);
    let answer = object(&ended);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!((&answer["command"], &answer["error"]), (&"check".into(), &Value::Null));
    let result = &answer["result"];
    let rows = orders().len();
    assert_eq!(result["tables"][0]["rows"], rows);
    assert_eq!(result["tables"][0]["used"], rows);
    assert_eq!(result["buying"]["purchases"], rows);
    assert_eq!(result["buying"]["customers"], 60);
    assert_eq!(result["history"]["complete_through"], "2026-01-01");
    let known = ["eligible", "lapsed", "new"].map(|state| result["customers"][state].as_u64().expect("a count"));
    assert_eq!(known.iter().sum::<u64>(), 60);
    assert_eq!(result["labels"]["last"], "2025-12-02");
    let observed = result["labels"]["observed"].as_array().expect("a list");
    assert_eq!(observed.len(), 4);
    for date in observed {
        let (churned, eligible) =
            (date["churned"].as_f64().expect("a count"), date["eligible"].as_f64().expect("a count"));
        assert_eq!(date["churn_rate"].as_f64(), Some(churned / eligible));
    }
}

#[test]
fn check_measures_the_gaps_between_purchase_days() {
    let day = |row: &str| {
        let date = &row.split(',').nth(1).expect("a timestamp")[..10];
        date.parse::<history::Date>().expect("a date").days()
    };
    // The rows come by customer, then by day.
    let rows = orders();
    let same_customer = |pair: &&[String]| pair[0][..4] == pair[1][..4];
    let mut gaps: Vec<i32> = rows.windows(2).filter(same_customer).map(|pair| day(&pair[1]) - day(&pair[0])).collect();
    gaps.sort_unstable();
    let found = &object(&shop().churn("check", &["--json"]))["result"]["gaps"];
    assert_eq!(found["count"], gaps.len());
    for (name, percent) in [("days_50", 50), ("days_75", 75), ("days_80", 80), ("days_90", 90), ("days_95", 95)] {
        let at = (gaps.len() * percent).div_ceil(100) - 1;
        assert_eq!(found[name], gaps[at], "{name}");
    }
}

#[test]
fn features_names_its_files() {
    let folder = shop();
    let answer = object(&folder.churn("features", &["--json"]));
    assert_eq!(answer["result"]["as_of"], "2026-01-01");
    let files = answer["result"]["files"].as_array().expect("a list");
    assert!(files.iter().all(|file| std::path::Path::new(file.as_str().expect("text")).exists()));
}

#[test]
fn errors_are_objects_too() {
    for (folder, command, options, code, kind) in [
        (Folder::empty(), "check", vec![], 2, "usage"),
        (Folder::shop(&project_until("2026-01-01"), ""), "check", vec![], 3, "input_refused"),
        (shop(), "features", vec!["--as-of", "2030-01-01"], 2, "usage"),
        (shop(), "plan", vec!["--budget", "5"], 2, "usage"),
        (shop(), "check", vec!["--no-such-option"], 2, "usage"),
    ] {
        let ended = folder.churn(command, &[options.as_slice(), &["--json"]].concat());
        let answer = object(&ended);
        assert_eq!((ended.code, &answer["error"]["kind"]), (code, &kind.into()), "{command} {options:?}");
        let message = answer["error"]["message"].as_str().expect("text");
        assert!(!message.is_empty() && !message.starts_with("error"), "{message}");
    }
}

#[test]
fn warnings_are_in_the_object() {
    let project = project_until("2026-01-01");
    let folder = Folder::shop(&project, &export(&orders()));
    folder.write("offers.csv", "customer_id,timestamp,offer,arm\nX,2025-03-01,call,treatment\n");
    folder.write("churn.toml", &format!("{project}[offers]\npath = \"offers.csv\"\n"));
    let ended = folder.churn("check", &["--json"]);
    let expected =
        "only 0 of the 1 customers in the offers table ever bought (are the ids written alike in both tables?)";
    assert_eq!(object(&ended)["warnings"], serde_json::json!([expected]));
    assert_eq!(ended.stderr, "");
}

#[test]
fn logs_are_lines_of_json_where_asked_for() {
    let ended = shop().churn("features", &["--json", "--log", "json"]);
    object(&ended);
    assert!(ended.stderr.lines().count() >= 2, "{}", ended.stderr);
    for line in ended.stderr.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["level"], "info");
        assert!(line["time"].as_str().expect("text").ends_with('Z'));
    }
    assert_eq!(shop().churn("features", &["--log", "text", "--quiet"]).stderr, "");
}
