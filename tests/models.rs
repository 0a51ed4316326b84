//! Champion and challenger: who takes whose place, how they are compared, and why scores moved.

mod common;
#[path = "common/quitters.rs"]
mod quitters;

use common::{Ended, Folder};
use quitters::{DAYS, day, orders, project, purchases};
use serde_json::Value;

/// All that says who is about to leave left out: a model that hardly knows anything.
const BLIND: &str = "[features]\nwithout = [\"recency\", \"tenure\", \"frequency\", \"cadence\", \"trend\", \
                     \"buy_till_you_die\", \"timing\", \"seasonality\"]\n";

fn shop() -> Folder {
    Folder::shop(&project(""), &orders(&purchases(900)))
}

fn champion(folder: &Folder) -> String {
    String::from_utf8(folder.read("models/shop/champion")).expect("text").trim().to_owned()
}

fn result(ended: &Ended) -> Value {
    let answer: Value = serde_json::from_str(&ended.stdout).expect("one JSON object");
    answer["result"].clone()
}

/// Trains a model; gives its version.
#[track_caller]
fn trained(folder: &Folder, options: &[&str]) -> String {
    let ended = folder.churn("train", &[&["--json"], options].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    result(&ended)["version"].as_str().expect("a version").to_owned()
}

/// A shop with a champion and a blind challenger, whose settings are those of the project file now.
fn with_a_blind_challenger() -> (Folder, String, String) {
    let folder = shop();
    let good = trained(&folder, &[]);
    folder.write("churn.toml", &project(BLIND));
    let blind = trained(&folder, &[]);
    (folder, good, blind)
}

#[test]
fn a_worse_model_stays_a_challenger_and_the_champion_goes_on_scoring() {
    let (folder, good, blind) = with_a_blind_challenger();
    assert_eq!(champion(&folder), good);
    let again = folder.churn("train", &[]);
    let words = format!("model {blind}: kept as a challenger: clearly worse than {good}, which stays the champion");
    assert!(again.stdout.contains(&words), "{}", again.stdout);
    assert!(again.stdout.contains(&format!("{blind} is worse than {good} in log-loss: +")), "{}", again.stdout);

    let run = folder.churn("run", &["--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let said = result(&run);
    assert_eq!(said["scores"]["model"].as_str(), Some(good.as_str()));
    assert_eq!(said["model"]["champion"], serde_json::json!({ "place": "worse", "champion": good }));
    assert_eq!(champion(&folder), good);
    let scores = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    assert!(scores.lines().skip(1).all(|line| line.contains(&good)));

    let gated = folder.churn("train", &["--gate", "--json"]);
    assert_eq!(gated.code, 7, "{}", gated.stderr);
    assert!(gated.stderr.contains(&format!("clearly worse than the champion {good}")), "{}", gated.stderr);
    let gates = result(&gated)["gates"].as_array().expect("a list").clone();
    let last = gates.last().expect("a gate");
    assert_eq!((last["gate"].as_str(), &last["passed"]), (Some("champion"), &false.into()));
    // Which champion there was is not a matter of the model.
    let metrics = String::from_utf8(folder.read(&format!("models/shop/{blind}/metrics.json"))).expect("text");
    assert!(!metrics.contains(&good), "{metrics}");
}

#[test]
fn promotion_refuses_a_worse_model_unless_forced() {
    let (folder, good, blind) = with_a_blind_challenger();
    let refused = folder.churn_here(&["models", "promote", &blind, "--json"]);
    assert_eq!(refused.code, 7, "{}", refused.stderr);
    assert_eq!(champion(&folder), good);
    let said = result(&refused);
    assert_eq!((&said["promoted"], said["comparison"]["standing"].as_str()), (&false.into(), Some("worse")));

    let forced = folder.churn_here(&["models", "promote", &blind, "--force"]);
    assert_eq!(forced.code, 0, "{}", forced.stderr);
    assert_eq!(forced.stdout, format!("{blind} is the champion, in place of {good}\n"));
    let back = folder.churn_here(&["models", "promote", &good]);
    assert_eq!(back.code, 0, "{}", back.stderr);
    assert!(back.stdout.contains(&format!("{good} is better.")), "{}", back.stdout);
    assert_eq!(champion(&folder), good);

    // The way back does not depend on an export.
    folder.churn_here(&["models", "promote", &blind, "--force"]);
    std::fs::remove_file(folder.path("orders.csv")).expect("it can be removed");
    let without = folder.churn_here(&["models", "promote", &good]);
    assert_eq!(without.code, 0, "{}", without.stderr);
    assert!(without.stdout.contains("not compared with the champion: cannot"), "{}", without.stdout);
    assert_eq!(champion(&folder), good);
}

#[test]
fn compare_takes_champion_and_challenger_and_writes_nothing() {
    let (folder, good, blind) = with_a_blind_challenger();
    let before = (folder.names("."), folder.names("out"), folder.names("models/shop"));
    let ended = folder.churn("models compare", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!((folder.names("."), folder.names("out"), folder.names("models/shop")), before);
    let said = result(&ended)["comparison"].clone();
    assert_eq!(said["as_of"], day(DAYS - 30).to_string());
    assert_eq!(
        (said["champion"]["version"].as_str(), said["challenger"]["version"].as_str()),
        (Some(good.as_str()), Some(blind.as_str()))
    );
    for measure in ["log_loss", "roc_auc", "brier", "lift_at_10"] {
        let value = |of: &str| said[of]["metrics"][measure]["value"].as_f64().expect("a number");
        let estimate = &said["difference"][measure]["estimate"];
        let difference = estimate["value"].as_f64().expect("a number");
        assert!((value("challenger") - value("champion") - difference).abs() < 1e-12, "{measure}");
        assert!(estimate["low"].as_f64() <= estimate["value"].as_f64(), "{measure}");
    }
    assert_eq!(said["standing"], "worse");

    // The other way round, and by one name.
    let turned = folder.churn_here(&["models", "compare", &blind, &good]);
    assert!(turned.stdout.ends_with(&format!("{good} is better.\n")), "{}", turned.stdout);
    let one = folder.churn_here(&["models", "compare", &blind]);
    assert!(one.stdout.ends_with(&format!("{blind} is worse.\n")), "{}", one.stdout);
    let again = folder.churn_here(&["--threads", "1", "models", "compare", &good, &blind, "--json", "--no-cache"]);
    assert_eq!(again.stdout, ended.stdout, "neither threads nor the cache change a byte");
}

#[test]
fn dates_that_a_model_has_learnt_from_and_other_questions_are_refused() {
    let folder = shop();
    let old = trained(&folder, &["--test-as-of", &day(DAYS - 60).to_string()]);
    let new = trained(&folder, &[]);
    assert_eq!(champion(&folder), new);
    let at = |date: i32| folder.churn_here(&["models", "compare", "--as-of", &day(date).to_string()]);
    assert_eq!(at(DAYS - 30).code, 0, "{}", at(DAYS - 30).stderr);
    let known = at(DAYS - 31);
    assert_eq!(known.code, 3);
    let words = format!("{new} has learnt from what happened up to {}", day(DAYS - 30));
    assert!(known.stderr.contains(&words), "{}", known.stderr);
    assert_eq!(at(DAYS - 29).code, 3, "no label yet");

    folder.write("churn.toml", &project("").replace("horizon = \"30d\"", "horizon = \"45d\""));
    let other = folder.churn("train", &["--json"]);
    assert_eq!(other.code, 0, "{}", other.stderr);
    assert!(other.stdout.contains("was not compared with the champion"), "{}", other.stdout);
    let other = result(&other)["version"].as_str().expect("a version").to_owned();
    let refused = folder.churn_here(&["models", "compare", &old, &other]);
    assert_eq!(refused.code, 3);
    for words in ["30 days from the as-of date", "45 days from the as-of date", "cannot be compared"] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
}

#[test]
fn why_the_scores_moved_adds_up() {
    let (folder, good, blind) = with_a_blind_challenger();
    let number = |value: &Value| value.as_f64().expect("a number");
    let why = |options: &[&str]| {
        let ended = folder.churn_here(&[&["models", "compare", "--json", "--why"], options].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        result(&ended)["why"].clone()
    };
    let sums = |said: &Value| {
        for of in ["probability", "logit"] {
            let part = |key: &str| number(&said[of][key]);
            let parts = part("leaving") + part("data") + part("model") + part("entering");
            assert!((parts - part("change")).abs() < 1e-12, "{said}");
        }
        let families = said["families"].as_array().expect("a list");
        let sum = |key: &str| families.iter().map(|family| number(&family[key])).sum::<f64>();
        assert!((sum("data") - number(&said["logit"]["data"])).abs() < 1e-12);
        assert!((sum("model") + number(&said["constant"]) - number(&said["logit"]["model"])).abs() < 1e-12);
    };
    let said = why(&[]);
    assert_eq!(
        (said["from"].as_str(), said["to"].as_str()),
        (Some(day(DAYS - 30).to_string().as_str()), Some(day(DAYS).to_string().as_str()))
    );
    sums(&said);
    assert!(number(&said["customers"]["both"]) > 100.0 && number(&said["logit"]["model"]) != 0.0);

    let to = day(DAYS).to_string();
    let still = why(&[&good, &good, "--from", &to, "--to", &to]);
    sums(&still);
    assert!(["change", "leaving", "data", "model", "entering"].iter().all(|key| still["probability"][key] == 0.0));
    let data = why(&[&good, &good]);
    assert!(number(&data["logit"]["model"]) == 0.0 && number(&data["logit"]["data"]) != 0.0);
    let model = why(&[&good, &blind, "--from", &to]);
    assert!(number(&model["logit"]["data"]) == 0.0 && number(&model["logit"]["leaving"]) == 0.0);

    let text = folder.churn_here(&["models", "compare", "--why"]).stdout;
    for words in ["why the mean score moved", "data: what the same customers did", "recency", "constant"] {
        assert!(text.contains(words), "expected \"{words}\" in: {text}");
    }
}
