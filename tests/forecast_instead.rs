//! Too few churners to train on: the program forecasts, says so on every screen and in every file, and never lets a
//! forecast take the place of a trained model.

mod common;

use common::{Ended, Folder, HEADER, project_until};
use serde_json::Value;

/// Customers who buy at their own pace through 2025; every other one leaves in spring, and the first so many of the others in
/// November.
fn settled(customers: u32, leavers: u32) -> String {
    let mut rows = Vec::new();
    for customer in 0..customers {
        let pace = 2 + customer * 7 % 9;
        let stops = match customer {
            odd if odd % 2 == 1 => 40 + odd * 13 % 130,
            even if even / 2 < leavers => 306 - even,
            _ => 365,
        };
        let mut day = customer * 11 % 40;
        while day < stops {
            let (month, of_month) = month_and_day(day);
            let cents = (customer * 37 + day * 13) % 9_000 + 100;
            rows.push(format!(
                "C{customer:03},2025-{month:02}-{of_month:02},{}.{:02},{customer}-{day}",
                cents / 100,
                cents % 100
            ));
            day += pace + (day * 5 + customer) % 5;
        }
    }
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// Of the day of a year with 365 days, counted from 0.
fn month_and_day(mut day: u32) -> (u32, u32) {
    for (month, days) in (1..).zip([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        if day < days {
            return (month, day + 1);
        }
        day -= days;
    }
    panic!("a day of the year")
}

/// One training date, by which those who left in spring have lapsed.
fn project() -> String {
    project_until("2026-01-01") + "[training]\nevery = \"300d\"\n"
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", ended.stdout, ended.stderr))
}

/// The cells of a column of a CSV file in the rows whose `state` is eligible.
fn cells(text: &str, column: &str) -> Vec<String> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let at = |name: &str| header.iter().position(|cell| cell == name).expect("the column");
    let (wanted, state) = (at(column), at("state"));
    lines.filter(|cells| cells[state] == "eligible").map(|cells| cells[wanted].clone()).collect()
}

#[test]
fn three_churners_give_a_forecast_that_says_so_everywhere() {
    let folder = Folder::shop(&project(), &settled(120, 3));
    let ended = folder.churn("run", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let loud = "THIS IS A FORECAST, NOT TRAINED: 3 CHURNERS WERE FOUND, 10 ARE NEEDED";
    assert!(ended.stdout.starts_with(loud), "{}", ended.stdout);
    assert!(ended.stdout.contains("\nthis forecast "), "{}", ended.stdout);
    let warning = "a forecast, not trained: 3 churners were found, 10 are needed (in the training slice)";
    assert_eq!(ended.stderr.matches(warning).count(), 1, "{}", ended.stderr);

    let scores = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    let probabilities: Vec<f64> =
        cells(&scores, "churn_probability").iter().map(|cell| cell.parse().expect("a number")).collect();
    assert!(probabilities.len() >= 57 && probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
    for column in ["probability_low", "probability_high"] {
        assert!(cells(&scores, column).iter().all(String::is_empty), "{column}");
    }
    assert!(cells(&scores, "risk_band").iter().all(|band| !band.is_empty()));
    let report = String::from_utf8(folder.read("out/report.html")).expect("text");
    assert!(report.matches("a forecast, not trained").count() >= 3);
    let listed = folder.churn("models list", &[]);
    assert!(listed.stdout.contains("champion, a forecast, not trained"), "{}", listed.stdout);
    let shown = folder.churn("models show", &[]);
    assert!(shown.stdout.contains("**This is a forecast, not trained: 3 churners"), "{}", shown.stdout);

    let again = json(&folder.churn("train", &["--json"]));
    let result = &again["result"];
    assert_eq!(result["not_trained"]["churners"], 3);
    assert_eq!(result["not_trained"]["needed"], 10);
    assert_eq!(
        (&result["beats_baselines"], &result["test"]["not_trained"]),
        (&Value::Bool(false), &result["not_trained"])
    );
    assert!(
        again["warnings"].as_array().expect("a list").iter().any(|said| said.as_str().unwrap_or("").contains(warning))
    );
    let scored = json(&folder.churn("score", &["--json"]));
    assert_eq!(scored["result"]["trained"], false);
    assert!(scored["warnings"][0].as_str().expect("text").contains(warning));
}

#[test]
fn the_gate_says_no_to_a_forecast() {
    let folder = Folder::shop(&project(), &settled(120, 3));
    let ended = folder.churn("run", &["--gate"]);
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("the gate says no") && ended.stderr.contains("a forecast, not trained"),
        "{}",
        ended.stderr
    );
    assert!(!folder.path("out/scores.csv").exists());
    assert!(folder.churn("score", &[]).code != 0);
}

#[test]
fn without_any_churner_the_test_says_what_it_cannot_and_the_report_is_drawn() {
    let folder = Folder::shop(&project(), &settled(40, 0));
    let ended = folder.churn("run", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let model = &json(&ended)["result"]["model"];
    assert_eq!((&model["test"]["test"]["churners"], &model["test"]["test"]["rows"]), (&0.into(), &20.into()));
    assert_eq!(
        (&model["test"]["model"]["roc_auc"]["value"], &model["test"]["baselines"]["recency"]),
        (&Value::Null, &Value::Null)
    );
    assert!(model["verdict"].to_string().contains("All 20 customers of the test stayed"), "{}", model["verdict"]);
    assert!(folder.path("out/report.html").exists());
}

#[test]
fn a_forecast_does_not_take_the_place_of_a_trained_champion() {
    let folder = Folder::shop(&project_until("2026-01-01"), &trainable());
    let trained = json(&folder.churn("run", &["--json"]));
    assert_eq!(
        (&trained["exit_code"], &trained["result"]["model"]["not_trained"]),
        (&0.into(), &Value::Null),
        "{trained}"
    );
    let (champion, scores) = (folder.read("models/shop/champion"), folder.read("out/scores.csv"));

    folder.write("churn.toml", &project());
    folder.write("orders.csv", &settled(120, 3));
    for options in [&["--json"][..], &["--json", "--gate"]] {
        let ended = folder.churn("run", options);
        assert_eq!(ended.code, 7, "{}", ended.stderr);
        assert!(ended.stderr.contains("was trained, and what came out now is no trained model"), "{}", ended.stderr);
        assert!(folder.read("models/shop/champion") == champion && folder.read("out/scores.csv") == scores);
    }
    // Somebody who wants it all the same can have it.
    let forecast =
        json(&folder.churn("train", &["--json"]))["result"]["version"].as_str().expect("a version").to_owned();
    assert_eq!(folder.churn_here(&["models", "promote", &forecast]).code, 0);
    assert_eq!(folder.churn("run", &[]).code, 0);
}

#[test]
fn where_purchases_say_too_little_the_error_stays() {
    let folder = Folder::shop(&project(), &settled(8, 0));
    let ended = folder.churn("run", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("expected both churners and customers who stayed"), "{}", ended.stderr);
    assert!(folder.names("models").is_empty());
}

/// A shop whose customers leave all the year round.
fn trainable() -> String {
    let mut rows = Vec::new();
    for customer in 0..200_u32 {
        let pace = 3 + customer * 7 % 20;
        let stops = 60 + customer * 53 % 500;
        let mut day = customer * 11 % 50;
        while day < stops.min(365) {
            let (month, of_month) = month_and_day(day);
            rows.push(format!("C{customer:03},2025-{month:02}-{of_month:02},{}.50,{customer}-{day}", 5 + day % 40));
            day += pace + (day * 5 + customer) % 7;
        }
    }
    format!("{HEADER}\n{}\n", rows.join("\n"))
}
