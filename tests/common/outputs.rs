//! What a run of the program left in a project folder, as tests look at it.

#![allow(dead_code)] // each file of tests uses its own part

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::{Ended, Folder};

/// The run ended well.
#[track_caller]
pub(crate) fn done(ended: Ended) -> Ended {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended
}

/// The run was refused because of the data (exit 3), in one line with all these words, and wrote neither model nor scores.
#[track_caller]
pub(crate) fn refused(folder: &Folder, command: &str, words: &[&str]) {
    let before = (folder.names("models"), scores_file(folder));
    let ended = folder.churn(command, &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let line = ended.stderr.lines().last().unwrap_or_default();
    assert!(line.starts_with("error: "), "{}", ended.stderr);
    for word in words {
        assert!(line.contains(word), "expected \"{word}\" in: {line}");
    }
    assert!((folder.names("models"), scores_file(folder)) == before, "nothing is written");
}

fn scores_file(folder: &Folder) -> Option<Vec<u8>> {
    folder.path("out/scores.csv").exists().then(|| folder.read("out/scores.csv"))
}

/// A file of the only model.
pub(crate) fn file_of_model(folder: &Folder, name: &str) -> String {
    let version = folder.names("models/shop").into_iter().find(|name| name.starts_with("20")).expect("a model");
    String::from_utf8(folder.read(&format!("models/shop/{version}/{name}"))).expect("text")
}

/// A JSON file of the only model.
pub(crate) fn json_of_model(folder: &Folder, name: &str) -> Value {
    serde_json::from_str(&file_of_model(folder, name)).expect("JSON")
}

/// The notes of the model's test.
pub(crate) fn notes(folder: &Folder) -> Vec<String> {
    let metrics = json_of_model(folder, "metrics.json");
    metrics["notes"].as_array().expect("a list").iter().filter_map(|note| note.as_str()).map(str::to_owned).collect()
}

/// The warnings of `metrics.json` with a code: the features that each is about.
pub(crate) fn warned_of(folder: &Folder, code: &str) -> Vec<Vec<String>> {
    let metrics = json_of_model(folder, "metrics.json");
    let warnings = metrics["warnings"].as_array().expect("a list").iter().filter(|warning| warning["code"] == code);
    let names = |warning: &Value| {
        let names = warning["features"].as_array().expect("a list").iter();
        names.map(|name| name.as_str().expect("a name").to_owned()).collect()
    };
    warnings.map(names).collect()
}

/// Names of the model's features.
pub(crate) fn features_of_model(folder: &Folder) -> Vec<String> {
    let model = json_of_model(folder, "model.json");
    let features = model["features"].as_array().expect("a list").iter();
    features.map(|weight| weight["feature"]["name"].as_str().expect("a name").to_owned()).collect()
}

/// Rows of `out/scores.csv` by customer: the cells by column.
pub(crate) fn scores(folder: &Folder) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    let mut lines = text.lines();
    let header = cells(lines.next().expect("a header"));
    let row = |line: &str| {
        let row: BTreeMap<String, String> = header.iter().cloned().zip(cells(line)).collect();
        (row["customer_id"].clone(), row)
    };
    lines.map(row).collect()
}

/// Of a line of CSV.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells.push(cell);
    cells
}

/// Churn probability and its interval of each eligible customer; all are numbers from 0 to 1, in order.
#[track_caller]
pub(crate) fn probabilities(folder: &Folder) -> BTreeMap<String, [f64; 3]> {
    let mut found = BTreeMap::new();
    for (customer, row) in scores(folder).iter().filter(|(_, row)| row["state"] == "eligible") {
        let three = ["probability_low", "churn_probability", "probability_high"]
            .map(|column| row[column].parse::<f64>().unwrap_or_else(|error| panic!("{customer}, {column}: {error}")));
        let in_order = 0.0 <= three[0] && three[0] <= three[1] && three[1] <= three[2] && three[2] <= 1.0;
        assert!(in_order, "{customer}: {three:?}");
        for column in ["expected_value", "value_at_risk", "risk_percentile"] {
            assert!(row[column].parse::<f64>().is_ok_and(f64::is_finite), "{customer}, {column}: {}", row[column]);
        }
        found.insert(customer.clone(), three);
    }
    assert!(!found.is_empty());
    found
}

/// Every number of a JSON value is there: where one is not finite, JSON has none.
pub(crate) fn all_numbers(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(all_numbers),
        Value::Object(fields) => fields.values().all(all_numbers),
        Value::Number(number) => number.as_f64().is_some_and(f64::is_finite),
        _ => true,
    }
}
