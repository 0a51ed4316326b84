//! `churn backtest`: models of the past, tested on what followed.

mod common;

use std::path::Path;

use common::{Ended, Folder, export, orders, project_until};
use serde_json::Value;

/// The sample in a folder of its own.
fn sample() -> Folder {
    let folder = Folder::empty();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample");
    for name in ["churn.toml", "transactions.csv", "customers.csv", "events.csv", "offers.csv"] {
        std::fs::copy(sample.join(name), folder.path(name)).expect("the sample can be copied");
    }
    folder
}

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).expect("text")
}

/// The sample with a part of its customers.
fn small_sample() -> Folder {
    let folder = sample();
    for name in ["transactions.csv", "customers.csv", "events.csv", "offers.csv"] {
        let table = text(&folder, name);
        let kept: Vec<&str> = table.lines().filter(|line| !line.starts_with('C') || *line < "C0901").collect();
        folder.write(name, &(kept.join("\n") + "\n"));
    }
    folder
}

/// The result of a run with `--json`.
#[track_caller]
fn result(ended: &Ended) -> Value {
    let value: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(value["command"], "backtest");
    value["result"].clone()
}

/// Lines of a table as cells by column; no cell of these tables has a comma but the last, a reason in words.
fn rows(table: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let cells = |line: &str| {
        let cells = line.splitn(header.len(), ',').map(str::to_owned);
        header.iter().map(|name| (*name).to_owned()).zip(cells).collect()
    };
    lines.map(cells).collect()
}

#[test]
fn the_sample_is_tested_at_dates_of_the_past() {
    let folder = sample();
    let ended = folder.churn("backtest", &["--dates", "3", "--horizons", "0.5x,120d", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let result = result(&ended);
    assert_eq!(folder.names("out"), ["backtest.csv", "backtest.html", "backtest_horizons.csv", "cache", "rejects.csv"]);
    assert_eq!(folder.names("models"), [""; 0], "no model is kept");

    // The models of the past are those that training gives as of the same dates.
    let dates = result["dates"].as_array().expect("a list");
    let as_of: Vec<&str> = dates.iter().map(|date| date["as_of"].as_str().expect("a date")).collect();
    assert_eq!(as_of, ["2025-10-04", "2026-01-02", "2026-04-02"]);
    let trained = folder.churn("train", &["--test-as-of", as_of[1], "--json"]);
    let trained: Value = serde_json::from_str(&trained.stdout).expect("JSON");
    assert_eq!(trained["result"]["version"], dates[1]["model_version"]);
    for part in ["model", "baselines", "differences"] {
        assert_eq!(trained["result"]["test"][part], dates[1][part], "{part}");
    }

    // A line for each date and predictor, then the means, then the pool.
    let table = rows(&text(&folder, "out/backtest.csv"));
    let dates_of_lines: Vec<&str> = table.iter().map(|line| line["date"].as_str()).collect();
    let each: Vec<&str> = as_of.iter().copied().chain(["mean", "pooled"]).flat_map(|date| [date; 4]).collect();
    assert_eq!(dates_of_lines, each);
    let predictors: Vec<&str> = table[8..12].iter().map(|line| line["predictor"].as_str()).collect();
    assert_eq!(predictors, ["model", "recency", "bg_nbd", "prevalence"]);
    let number = |line: usize, column: &str| table[line][column].parse::<f64>().expect(column);
    assert_eq!(number(4, "roc_auc"), dates[1]["model"]["roc_auc"]["value"].as_f64().expect("a number"));
    assert_eq!(number(16, "rows"), number(0, "rows") + number(4, "rows") + number(8, "rows"));
    let mean = (number(0, "roc_auc") + number(4, "roc_auc") + number(8, "roc_auc")) / 3.0;
    assert!((number(12, "roc_auc") - mean).abs() < 1e-12);
    assert!(number(17, "log_loss_difference_high") < 0.0, "the model is better than recency");
    assert!((number(16, "log_loss") - number(17, "log_loss") - number(17, "log_loss_difference")).abs() < 1e-12);

    let horizons = rows(&text(&folder, "out/backtest_horizons.csv"));
    let column = |name: &str| horizons.iter().map(|line| line[name].as_str()).collect::<Vec<_>>();
    assert_eq!(column("horizon_days"), ["45", "90", "120"]);
    assert_eq!(column("declared"), ["false", "true", "false"]);
    assert_eq!(column("as_of"), ["2026-03-03"; 3]);
    assert_eq!(horizons[1]["spearman"], "1");
    let rates: Vec<f64> = column("churn_rate").iter().map(|rate| rate.parse().expect("a number")).collect();
    assert!(rates.is_sorted_by(|a, b| a > b), "{rates:?}");

    let page = text(&folder, "out/backtest.html");
    assert_eq!(page.matches("<svg").count(), 3);
    for outside in ["http:", "https:", "<script"] {
        assert!(!page.contains(outside), "the page is self-contained");
    }
}

#[test]
fn threads_change_no_byte_and_a_second_run_none_either() {
    let folder = small_sample();
    let mut before = None;
    for threads in ["1", "2", "4"] {
        let ended = folder.churn("backtest", &["--dates", "2", "--horizons", "0.5x", "--threads", threads]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let files =
            ["out/backtest.csv", "out/backtest_horizons.csv", "out/backtest.html"].map(|name| folder.read(name));
        assert!(*before.get_or_insert_with(|| files.clone()) == files, "{threads} threads change the files");
    }
}

fn shop() -> Folder {
    Folder::shop(&project_until("2026-01-01"), &export(&orders()))
}

#[test]
fn dates_that_cannot_be_tested_are_told_with_the_reason() {
    let folder = shop();
    let ended = folder.churn("backtest", &["--dates", "14"]);
    // A shop of 60 customers: some dates have a model, early ones have not.
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("of the 14 dates have no model and are in no number"), "{}", ended.stderr);
    let reason = "not tested 2025-01-06: expected a training date whose label window ends by the test as-of date";
    assert!(ended.stdout.contains(reason), "{}", ended.stdout);
    let table = text(&folder, "out/backtest.csv");
    assert!(table.lines().nth(1).is_some_and(|line| line.starts_with("2024-11-07,,,,,,")), "{table}");
    assert!(table.lines().nth(1).is_some_and(|line| line.contains("expected a training date")), "{table}");
}

#[test]
fn overlapping_windows_are_warned_of_and_the_gate_ends_with_its_own_code() {
    let folder = shop();
    let ended = folder.churn("backtest", &["--dates", "14", "--every", "15d", "--gate", "--json"]);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("the label windows of the tests overlap, since the dates are 15d apart"), "{warnings}");
    // Sixty customers decide nothing.
    assert_eq!((ended.code, &answer["error"]["kind"]), (7, &"gate".into()), "{}", ended.stdout);
    let message = answer["error"]["message"].as_str().expect("text");
    assert!(message.starts_with("the gate says no: over ") && message.contains("is not better than every baseline."));
    assert_eq!(answer["result"]["pooled"]["beats_baselines"], false);
    assert!(folder.path("out/backtest.csv").exists(), "what was found is written all the same");
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_is_written() {
    for (folder, options, code, words) in [
        (shop(), ["--horizons", "60"], 2, "such as 60d, or of the project's horizons such as 1.5x"),
        (shop(), ["--horizons", "500x"], 2, "expected 1 to 3650 days"),
        (shop(), ["--dates", "0"], 2, "0 is not in 1..=120"),
        (Folder::shop(&project_until("2025-03-01"), &export(&orders())), ["--dates", "2"], 3, "days of history"),
    ] {
        let ended = folder.churn("backtest", &options);
        assert_eq!(ended.code, code, "{options:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{options:?}: {}", ended.stderr);
        assert!(!folder.names("out").iter().any(|name| name.starts_with("backtest")));
    }
}
