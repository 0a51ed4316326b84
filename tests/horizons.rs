//! `[training] horizons`: a curve for each customer, beside the scores and never against them.

mod common;
#[path = "common/quitters.rs"]
mod quitters;

use std::collections::BTreeMap;

use common::Folder;
use quitters::{orders, project, purchases};
use serde_json::Value;

const CUSTOMERS: u32 = 700;

fn shop(horizons: &str) -> Folder {
    Folder::shop(&project(&format!("[training]\n{horizons}\n")), &orders(&purchases(CUSTOMERS)))
}

fn lines(folder: &Folder, name: &str) -> Vec<Vec<String>> {
    let text = String::from_utf8(folder.read(name)).expect("text");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_run_writes_a_monotone_curve_for_every_scored_customer_and_a_model_without_horizons_takes_it_away() {
    let folder = shop("horizons = [\"60d\", \"15d\", \"30d\"]");
    let ended = folder.churn("run", &["--threads", "1"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for words in ["horizon 15 days: ", " churned, ROC AUC 0.", "horizon 60 days: fitted, but not tested: "] {
        assert!(ended.stdout.contains(words), "expected \"{words}\" in: {}", ended.stdout);
    }
    let mut own = BTreeMap::new();
    for row in &lines(&folder, "out/scores.csv")[1..] {
        if row[3] == "eligible" {
            own.insert(row[0].clone(), row[4].clone());
        }
    }
    let table = lines(&folder, "out/horizons.csv");
    assert_eq!(table[0].join(","), "customer_id,as_of,model,horizon_days,churn_probability");
    assert_eq!(table.len(), 1 + 3 * own.len());
    for curve in table[1..].chunks(3) {
        let days: Vec<&str> = curve.iter().map(|row| row[3].as_str()).collect();
        assert_eq!(days, ["15", "30", "60"]);
        assert!(curve.iter().all(|row| row[..3] == curve[0][..3]));
        assert_eq!(own[&curve[0][0]], curve[1][4], "the model's own probability, to the digit");
        let p: Vec<f64> = curve.iter().map(|row| row[4].parse().expect("a number")).collect();
        assert!(p[0] >= p[1] && p[1] >= p[2] && p.iter().all(|p| (0.0..=1.0).contains(p)), "{p:?}");
    }
    assert!(folder.names("out").contains(&"horizons.parquet".to_owned()));

    // The same bytes by any number of threads, and by scoring alone.
    let expected = ["out/horizons.csv", "out/horizons.parquet"].map(|name| folder.read(name));
    for threads in ["2", "4", "16"] {
        let ended = folder.churn("score", &["--threads", threads, "--json"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stdout.contains("out/horizons.parquet"), "{}", ended.stdout);
        assert!(["out/horizons.csv", "out/horizons.parquet"].map(|name| folder.read(name)) == expected, "{threads}");
    }
    let other = shop("horizons = [\"15d\", \"60d\"]");
    assert_eq!(other.churn("run", &["--threads", "4"]).code, 0);
    assert!(["out/horizons.csv", "out/horizons.parquet"].map(|name| other.read(name)) == expected);

    // metrics.json has the choice of the calibration and the horizons.
    let ended = folder.churn("train", &["--json"]);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let test = answer.pointer("/result/test").unwrap_or_else(|| &answer["test"]);
    assert_eq!(test["horizons"][0]["days"], 15);
    assert_eq!(test["horizons"][1]["test"], Value::Null);
    assert_eq!(test["calibration_choice"]["method"], "intercept_slope");

    // Without horizons the old curves do not stay beside new scores.
    folder.write("churn.toml", &project(""));
    assert_eq!(folder.churn("run", &[]).code, 0);
    assert!(!folder.names("out").iter().any(|name| name.starts_with("horizons")), "{:?}", folder.names("out"));
}

#[test]
fn horizons_that_cannot_be_are_refused_with_their_place() {
    let nine: Vec<String> = (1..=9).map(|at| format!("\"{}d\"", 30 + at)).collect();
    for (lines, expected) in [
        ("horizons = [\"12w\"]".to_owned(), "training.horizons: expected a number of days such as \"90d\""),
        ("horizons = [\"60d\", \"60d\"]".to_owned(), "expected each horizon once, found \"60d\" again"),
        (format!("horizons = [{}]", nine.join(", ")), "expected at most 8 horizons beside churn.horizon"),
    ] {
        let ended = shop(&lines).churn("check", &[]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
    let cadence = project("[training]\nhorizons = [\"10d\"]\n").replace("[churn]", "[churn]\ndefinition = \"cadence\"");
    let ended = Folder::shop(&cadence, &orders(&purchases(50))).churn("check", &[]);
    assert!(ended.stderr.contains("expected at least churn.min (\"30d\")"), "{}", ended.stderr);
}
