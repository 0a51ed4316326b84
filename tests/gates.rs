//! Leaks planted where a company's own tables would have them: each is found, named, and kept from scoring.

mod common;
#[path = "common/quitters.rs"]
mod quitters;

use std::fmt::Write;

use common::Folder;
use quitters::{DAYS, Numbers, day, orders, project, purchases};
use serde_json::Value;

const CUSTOMERS: u32 = 700;

/// A shop with a further table, and the sections of the project file that read it.
fn shop(table: (&str, &str), sections: &str) -> Folder {
    let folder = Folder::shop(&project(sections), &orders(&purchases(CUSTOMERS)));
    folder.write(table.0, table.1);
    folder
}

fn events(rows: &str) -> String {
    format!("customer_id,timestamp,type,value\n{rows}")
}

const EVENTS: &str = "[events]\npath = \"events.csv\"\ncolumns = { value = \"value\" }\n";

fn own(name: &str, kind: &str) -> String {
    format!(
        "{EVENTS}[[features.own]]\nname = \"{name}\"\ntable = \"events\"\ntype = \"{kind}\"\naggregate = \"last\"\ncolumn = \"value\"\n"
    )
}

/// The gates of the model that a run of `train` made.
fn gates(answer: &str) -> Vec<Value> {
    let answer: Value = serde_json::from_str(answer).expect("one JSON object");
    let folder = std::path::Path::new(answer["result"]["folder"].as_str().expect("a folder"));
    let metrics = std::fs::read(folder.join("metrics.json")).expect("the metrics");
    let metrics: Value = serde_json::from_slice(&metrics).expect("JSON");
    metrics["gates"].as_array().expect("a list").clone()
}

#[track_caller]
fn found(folder: &Folder, feature: &str) {
    let refused = folder.churn("train", &["--gate", "--json"]);
    assert_eq!(refused.code, 7, "{}", refused.stderr);
    let said = format!("the feature \"{feature}\"");
    assert!(refused.stderr.contains("the gate says no") && refused.stderr.contains(&said), "{}", refused.stderr);
    assert!(!folder.path("models/shop/champion").exists(), "it does not score");
    let gates = gates(&refused.stdout);
    let leaks: Vec<&Value> = gates.iter().filter(|gate| gate["gate"] == "leakage").collect();
    let [leak] = leaks.as_slice() else { panic!("expected one leak, found {leaks:?}") };
    assert_eq!((&leak["passed"], leak["subject"].as_str()), (&false.into(), Some(feature)));
    let number = |key: &str| leak[key].as_f64().expect("a number");
    assert!(number("found") > number("limit") && number("limit") >= 0.95, "{leak}");

    // Without the gate it is said all the same.
    let warned = folder.churn("train", &[]);
    assert_eq!(warned.code, 0, "{}", warned.stderr);
    assert!(warned.stderr.contains(&format!("warning: {said}")), "{}", warned.stderr);
    assert!(folder.path("models/shop/champion").exists());
    let listed = folder.churn("models list", &[]);
    assert!(listed.stdout.contains("gates that say no: leakage"), "{}", listed.stdout);
    let shown = folder.churn("models show", &[]);
    assert!(shown.stdout.contains("A gate says no: the feature"), "{}", shown.stdout);
}

#[test]
fn a_column_that_follows_the_outcome_with_noise() {
    // The end of the contract as the CRM has it: filled in within a week of the last purchase.
    let mut numbers = Numbers(3);
    let mut table = String::from("customer_id,contract_end\n");
    for (customer, days) in purchases(CUSTOMERS).iter().enumerate() {
        let last = days.last().expect("a purchase") + (14.0 * numbers.next()) as i32 - 7;
        writeln!(table, "Q{customer:04},{}", day(last)).expect("a text takes any text");
    }
    let sections = "[customers]\npath = \"customers.csv\"\ncolumns = { contract_end = \"contract_end\" }\n\
                    [features]\nalso = [\"contract_days_left\"]\n";
    found(&shop(("customers.csv", &table), sections), "contract_days_left");
}

#[test]
fn a_lifetime_as_of_the_export() {
    // By itself it mostly says how long ago a customer came; beside that it says who has left.
    let mut rows = String::new();
    for (customer, days) in purchases(CUSTOMERS).iter().enumerate() {
        let (first, last) = (days[0], days[days.len() - 1]);
        writeln!(rows, "Q{customer:04},{},profile,{}", day(first), last - first).expect("a text takes any text");
    }
    found(&shop(("events.csv", &events(&rows)), &own("lifetime_days", "profile")), "lifetime_days");
}

#[test]
fn a_count_of_what_came_after() {
    // A monthly plan that was corrected once the month was over.
    let mut rows = String::new();
    for (customer, days) in purchases(CUSTOMERS).iter().enumerate() {
        for at in (days[0]..DAYS).step_by(5) {
            let later = days.iter().filter(|day| (at + 5..at + 35).contains(*day)).count();
            writeln!(rows, "Q{customer:04},{},plan,{later}", day(at)).expect("a text takes any text");
        }
    }
    found(&shop(("events.csv", &events(&rows)), &own("planned_purchases", "plan")), "planned_purchases");
}

#[test]
fn clean_tables_raise_no_alarm_and_every_gate_says_what_it_found() {
    let mut rows = String::new();
    let mut numbers = Numbers(9);
    for (customer, days) in purchases(CUSTOMERS).iter().enumerate() {
        for at in days {
            writeln!(rows, "Q{customer:04},{},visit,{:.1}", day(*at), numbers.next()).expect("a text takes any text");
        }
    }
    let folder = shop(("events.csv", &events(&rows)), &own("last_visit", "visit"));
    let ended = folder.churn("train", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let gates = gates(&ended.stdout);
    let kinds: Vec<&str> = gates.iter().map(|gate| gate["gate"].as_str().expect("a word")).collect();
    let expected = ["leakage", "too_good", "label_windows", "baselines", "baselines", "baselines", "calibration"];
    assert_eq!(kinds, expected);
    for gate in &gates {
        assert!(gate["passed"] == true || gate["gate"] == "baselines", "{gate}");
        assert!(gate["why"].as_str().is_some_and(|why| why.len() > 20), "{gate}");
    }
    assert_eq!(gates[2]["found"], gates[2]["limit"], "the newest training window ends on the test as-of date");
    assert!(ended.stdout.contains("\"gates\":"), "the answer has them as well");
}
