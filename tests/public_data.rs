//! The public data sets, where data/public/fetch.py has brought them: the model has to reach what an independent logistic
//! regression reaches on them, and to beat the baselines on the same rows. Without them these tests say that they were
//! skipped, unless CHURN_PUBLIC_DATA=required makes that a failure.

#![allow(clippy::print_stdout)]

mod common;

use std::path::{Path, PathBuf};

use common::Folder;
use serde_json::Value;

/// What `churn run` on a data set has to show.
struct Bar {
    name: &'static str,
    files: &'static [&'static str],
    test_as_of: &'static str,
    least_roc_auc: f64,
    most_log_loss: f64,
}

#[test]
fn cdnow() {
    check(&Bar {
        name: "cdnow",
        files: &["churn.toml", "transactions.csv"],
        test_as_of: "1998-04-02",
        least_roc_auc: 0.725,
        most_log_loss: 0.585,
    });
}

#[test]
fn complete_journey() {
    check(&Bar {
        name: "completejourney",
        files: &["churn.toml", "transactions.parquet", "demographics.parquet"],
        test_as_of: "2017-12-02",
        least_roc_auc: 0.850,
        most_log_loss: 0.305,
    });
}

fn check(bar: &Bar) {
    let data: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/public").join(bar.name);
    if !data.join("churn.toml").exists() {
        let required = std::env::var("CHURN_PUBLIC_DATA").is_ok_and(|value| value == "required");
        assert!(!required, "{} is not there; python3 data/public/fetch.py brings it", data.display());
        println!("skipped: python3 data/public/fetch.py {} brings the data", bar.name);
        return;
    }
    let folder = Folder::empty();
    for name in bar.files {
        std::fs::copy(data.join(name), folder.path(name)).expect("the data can be copied");
    }
    let ended = folder.churn("run", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let object: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let test = &object["result"]["model"]["test"];
    assert_eq!(test["test"]["as_of"], bar.test_as_of);
    let value = |metrics: &Value, name: &str| metrics[name]["value"].as_f64().expect("a number");
    let (auc, loss) = (value(&test["model"], "roc_auc"), value(&test["model"], "log_loss"));
    println!("{}: ROC AUC {auc:.4}, log-loss {loss:.4}", bar.name);
    assert!(auc >= bar.least_roc_auc, "ROC AUC {auc}");
    assert!(loss <= bar.most_log_loss, "log-loss {loss}");
    for baseline in ["recency", "bg_nbd", "prevalence"] {
        let baseline = &test["baselines"][baseline];
        assert!(auc > value(baseline, "roc_auc") && loss < value(baseline, "log_loss"), "{baseline}");
    }
}
