//! `churn run` on the sample: what it writes, and that it is the same to the byte whatever does not matter.

mod common;
#[path = "common/sample_run.rs"]
mod sample_run;

use history::{Column, TableWriter, Values};
use sample_run::{everything, same, sample, text};
use serde_json::Value;

#[test]
fn the_main_job_writes_scores_a_report_and_a_model() {
    let folder = sample();
    let ended = folder.churn("run", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for words in ["report: ", "out/report.html", "scores: ", "out/scores.csv", "this model", "BG/NBD"] {
        assert!(ended.stdout.contains(words), "expected \"{words}\" in: {}", ended.stdout);
    }
    let scores = text(&folder, "out/scores.csv");
    let header = "customer_id,as_of,model,state,churn_probability,probability_low,probability_high,risk_band,\
                  risk_percentile,expected_value,value_at_risk,segment,reason_1,reason_2,reason_3,return_probability";
    assert_eq!(scores.lines().next(), Some(header));
    assert_eq!(scores.lines().count(), 1 + 2_500, "every customer has a row");

    // States leave empty what does not apply to them.
    let mut reader = csv_rows(&scores);
    let mut states = std::collections::BTreeMap::new();
    while let Some(row) = reader.pop() {
        let filled = |at: usize| !row[at].is_empty();
        *states.entry(row[3].clone()).or_insert(0) += 1;
        match row[3].as_str() {
            "eligible" => assert!((4..=10).all(filled) && !filled(15), "{row:?}"),
            "lapsed" => assert!(!(4..=10).any(filled) && filled(15), "{row:?}"),
            "new" => assert!(!(4..=10).any(filled) && !filled(15), "{row:?}"),
            other => panic!("unexpected state {other}"),
        }
    }
    assert_eq!(states.len(), 3);
    assert_eq!(states["eligible"], 1_365);
    // No request leaves the page.
    let page = text(&folder, "out/report.html");
    assert!(
        !page.contains("http:") && !page.contains("https:") && !page.contains("<script src") && !page.contains("<link"),
        "the report is self-contained"
    );
}

/// Rows of a CSV text, without its header.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                other => cell.push(other),
            }
        }
        cells.push(cell);
        rows.push(cells);
    }
    rows
}

#[test]
fn neither_threads_nor_the_order_of_rows_nor_another_run_change_a_byte() {
    let first = sample();
    assert_eq!(first.churn("run", &["--threads", "1"]).code, 0);
    let before = everything(&first);

    for threads in ["4", "16"] {
        let other = sample();
        assert_eq!(other.churn("run", &["--threads", threads]).code, 0);
        same(&first, &other);
    }

    let shuffled = sample();
    for name in ["transactions.csv", "customers.csv", "events.csv"] {
        let table = text(&shuffled, name);
        let mut lines: Vec<&str> = table.lines().collect();
        // A fixed shuffle: every row moves, and rows of one customer come apart.
        lines[1..]
            .sort_by_key(|line| line.bytes().fold(7_u64, |h, b| h.wrapping_mul(1_099_511_628_211) ^ u64::from(b)));
        shuffled.write(name, &(lines.join("\n") + "\n"));
    }
    assert_eq!(shuffled.churn("run", &["--threads", "2"]).code, 0);
    same(&first, &shuffled);

    assert_eq!(first.churn("run", &[]).code, 0);
    assert_eq!(everything(&first), before);
}

#[test]
fn neither_the_format_nor_the_size_of_its_row_groups_changes_a_byte() {
    let csv = sample();
    assert_eq!(csv.churn("run", &[]).code, 0);
    for rows_of_a_group in [997, 20_000] {
        let parquet = sample();
        let mut project = text(&parquet, "churn.toml");
        for name in ["transactions", "events"] {
            let table = text(&parquet, &format!("{name}.csv"));
            let mut lines = table.lines();
            let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
            let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
            let mut writer = TableWriter::create(&parquet.path(&format!("{name}.parquet"))).expect("a new file");
            for group in rows.chunks(rows_of_a_group) {
                let cells = |at: usize| Values::Text(group.iter().map(|row| Some(row[at].to_owned())).collect());
                let columns: Vec<Column> =
                    header.iter().enumerate().map(|(at, name)| Column::new(*name, cells(at))).collect();
                writer.write(&columns).expect("a block of rows");
            }
            writer.finish().expect("the whole file");
            project = project.replace(&format!("\"{name}.csv\""), &format!("\"{name}.parquet\""));
        }
        parquet.write("churn.toml", &project);
        let ended = parquet.churn("run", &[]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        same(&csv, &parquet);
    }
}

#[test]
fn the_steps_one_by_one_write_what_the_main_job_writes() {
    let (whole, steps) = (sample(), sample());
    assert_eq!(whole.churn("run", &[]).code, 0);
    for step in ["check", "features", "train", "score"] {
        let ended = steps.churn(step, &[]);
        assert_eq!(ended.code, 0, "{step}: {}", ended.stderr);
    }
    assert_eq!(steps.churn("report", &[]).code, 0);
    for name in ["out/scores.csv", "out/scores.parquet", "out/features.parquet", "out/rejects.csv"] {
        assert!(whole.read(name) == steps.read(name), "{name} differs");
    }
    let listed = steps.churn("models list", &[]);
    assert!(listed.stdout.contains("champion"), "{}", listed.stdout);
    let shown = steps.churn("models show", &[]);
    assert!(shown.stdout.contains("# "), "{}", shown.stdout);
}

#[test]
fn a_machine_gets_one_object() {
    let folder = sample();
    let ended = folder.churn("run", &["--json"]);
    assert_eq!(ended.stdout.lines().count(), 1);
    let object: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(object["exit_code"], 0);
    assert_eq!(object["result"]["customers"], 2_500);
    assert_eq!(object["result"]["scores"]["eligible"], 1_365);
    let auc = object["result"]["model"]["test"]["model"]["roc_auc"]["value"].as_f64().expect("a number");
    assert!((0.5..1.0).contains(&auc));
}

#[test]
fn the_gate_keeps_a_model_that_is_no_better_from_scoring() {
    let folder = sample();
    let ended = folder.churn("run", &["--gate"]);
    // On the sample BG/NBD is as good as the model.
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(ended.stderr.contains("the gate says no"), "{}", ended.stderr);
    assert!(!folder.path("out/scores.csv").exists());
    assert!(!folder.path("models/acme/champion").exists());
    assert_eq!(folder.churn("score", &[]).code, 2, "there is no champion to score with");
}

#[test]
fn a_damaged_model_is_refused() {
    let folder = sample();
    assert_eq!(folder.churn("train", &[]).code, 0);
    let version = text(&folder, "models/acme/champion").trim().to_owned();
    let name = format!("models/acme/{version}/model.json");
    let model = text(&folder, &name);
    folder.write(&name, &model.replacen("\"horizon_days\": 90", "\"horizon_days\": 91", 1));
    let ended = folder.churn("score", &[]);
    assert_ne!(ended.code, 0);
    assert!(ended.stderr.contains("changed or damaged"), "{}", ended.stderr);
    assert!(!folder.path("out/scores.csv").exists());
}
