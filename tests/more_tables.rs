//! Events, departures and attributes of customers: what `churn check` says about them, and what is refused.

mod common;

use common::{Folder, export, orders, project_until};
use serde_json::Value;

const EVENTS: &str = "customer_id,timestamp,type,value,resolved_at\n";

/// A shop with these sections added to its project file.
fn shop(sections: &str) -> Folder {
    Folder::shop(&format!("{}{sections}", project_until("2026-01-01")), &export(&orders()))
}

/// A shop with these events.
fn shop_with_events(rows: &str) -> Folder {
    let columns = "{ value = \"value\", resolved_at = \"resolved_at\" }";
    let folder = shop(&format!("[events]\npath = \"events.csv\"\ncolumns = {columns}\n"));
    folder.write("events.csv", &format!("{EVENTS}{rows}"));
    folder
}

fn checked(folder: &Folder) -> Value {
    let ended = folder.churn("check", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("one JSON object");
    answer["result"].clone()
}

#[test]
fn check_tells_the_kinds_of_events_and_what_is_odd_about_them() {
    let visits: String = (1..=12)
        .flat_map(|month| (1..=28).map(move |day| (month, day)))
        .map(|(m, d)| format!("C001,2025-{m:02}-{d:02},Visit,,\n"))
        .collect();
    let calls: String = (1..=8)
        .flat_map(|month| (1..=28).map(move |day| (month, day)))
        .map(|(m, d)| format!("C002,2025-{m:02}-{d:02},call,,\n"))
        .collect();
    let rest = "C003,2025-03-01,nps,9,\nC004,2025-03-01,email open,,\nC004,2025-03-02,wishlist,,\nZ999,2025-04-01,wishlist,,\nC001,2026-01-01,visit,,\n";
    let folder = shop_with_events(&format!("{visits}{calls}{rest}"));
    let found = &checked(&folder)["events"];
    let kind = |at: usize, key: &str| found["kinds"][at][key].clone();
    let names: Vec<Value> = (0..5).map(|at| kind(at, "name")).collect();
    assert_eq!(names, ["visit", "call", "nps", "wishlist", "email open"]);
    assert_eq!(
        (kind(0, "rows"), kind(0, "known"), kind(3, "rows"), kind(3, "known")),
        (337.into(), true.into(), 2.into(), false.into())
    );
    assert_eq!((kind(0, "first_day"), kind(0, "last_day")), ("2025-01-01".into(), "2026-01-01".into()));
    assert_eq!((&found["rows_after_complete_through"], &found["customers"]), (&1.into(), &5.into()));
    assert_eq!((&found["never_bought"], &found["rows_of_never_bought"]), (&1.into(), &1.into()));
    assert_eq!(found["silent"].as_array().map(Vec::len), Some(1));
    assert_eq!((&found["silent"][0]["kind"], &found["silent"][0]["days"]), (&"call".into(), &125.into()));

    let ended = folder.churn("check", &[]);
    for words in [
        "visit: 337, from 2025-01-01 to 2026-01-01\n",
        "email open: 1, from 2025-03-01 to 2025-03-01 (no meaning of its own: engagement; did you mean \"email_open\"?)",
        "1 events from 2026-01-01 on are not used",
        "1 of them had bought nothing by then: 1 events",
        "none of the type call in the 125 days before 2026-01-01, the last on 2025-08-28: are they still recorded?",
        "no recorded_at in transactions and events",
    ] {
        assert!(ended.stdout.contains(words), "expected \"{words}\" in: {}", ended.stdout);
    }
    let warning = "warning: no event of the type call in the 125 days before complete_through (2026-01-01)";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
}

#[test]
fn events_that_cannot_be_read_stop_a_run_and_stand_among_the_rejects() {
    let good: String = (1..=28).map(|day| format!("C001,2025-12-{day:02},visit,,\n")).collect();
    let folder = shop_with_events(&format!("{good}C001,2025-12-02,nps,11,\n"));
    let ended = folder.churn("features", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    for words in [
        "events.csv: 1 of 29 rows cannot be read",
        "line 30, column \"value\", byte ",
        ": expected a value from 0 to 10 for the type nps",
    ] {
        assert!(ended.stderr.contains(words), "expected \"{words}\" in: {}", ended.stderr);
    }
    let tables = &checked(&shop_with_events(&good))["tables"];
    assert_eq!((&tables[1]["table"], &tables[1]["used"]), (&"events".into(), &28.into()));
    let ended = folder.churn("check", &["--max-rejects", "5"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("value_out_of_range: 1"), "{}", ended.stdout);
}

#[test]
fn an_events_file_with_a_missing_column_names_the_nearest_header() {
    let folder = shop("[events]\npath = \"events.csv\"\n");
    folder.write("events.csv", "Customer ID,timestamp,type\nC001,2025-12-01,visit\n");
    let ended = folder.churn("check", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let words = "events.csv: expected a column \"customer_id\" (mapped as customer_id)";
    assert!(ended.stderr.contains(words) && ended.stderr.contains("did you mean \"Customer ID\"?"), "{}", ended.stderr);
}

#[test]
fn departures_are_told_by_kind_and_reason() {
    let sections = "definition = \"departure\"\n[departures]\npath = \"gone.csv\"\ncolumns = { reason = \"why\" }\n";
    let folder = shop(sections);
    folder.write(
        "gone.csv",
        "customer_id,timestamp,kind,why\nC001,2025-06-01,voluntary,price\nC004,2025-07-01,voluntary,price\nC008,2025-07-02,involuntary,\n",
    );
    let result = checked(&folder);
    assert_eq!(result["departures"][0], serde_json::json!({ "kind": "voluntary", "reason": "price", "rows": 2 }));
    assert_eq!(result["departures"][1], serde_json::json!({ "kind": "involuntary", "reason": null, "rows": 1 }));
    assert_eq!(result["project"]["definition"], "departure");
    let ended = folder.churn("check", &[]);
    for words in [
        "a customer has churned who departs of their own will within 30 days",
        "voluntary, price: 2\n",
        "involuntary, no reason given: 1\n",
        "0 of ",
    ] {
        assert!(ended.stdout.contains(words), "expected \"{words}\" in: {}", ended.stdout);
    }
    // Two departures are too few to learn from.
    let ended = folder.churn("train", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("expected at least 10 churners and 10 customers who stayed in the training slice, found 2"),
        "{}",
        ended.stderr
    );
}

#[test]
fn attributes_without_dates_are_named_as_a_risk() {
    let columns =
        "{ signup_date = \"since\", contract_end = \"until\", contact_allowed = \"mail\", owner = \"owner\" }";
    let folder = shop(&format!("[customers]\npath = \"customers.csv\"\ncolumns = {columns}\n"));
    let rows: String = (0..60).map(|c| format!("C{c:03},2024-01-01,2026-06-01,yes,Ann\n")).collect();
    folder.write("customers.csv", &format!("customer_id,since,until,mail,owner\n{rows}"));
    assert_eq!(checked(&folder)["undated"], serde_json::json!(["contract_end", "contact_allowed", "owner"]));
    let ended = folder.churn("check", &[]);
    assert!(ended.stdout.contains("contract_end, contact_allowed, owner: no dates; they say what is true today"));
}

#[test]
fn complaints_without_a_column_for_their_end_are_a_risk() {
    let folder = shop("[events]\npath = \"events.csv\"\n");
    folder.write("events.csv", &format!("{EVENTS}C001,2025-12-01,complaint,,2025-12-02\n"));
    let ended = folder.churn("check", &[]);
    assert!(ended.stdout.contains("no resolved_at: every complaint and ticket counts as open"), "{}", ended.stdout);
    folder.write("events.csv", &format!("{EVENTS}C001,2025-12-01,visit,,2025-12-02\n"));
    assert!(!folder.churn("check", &[]).stdout.contains("no resolved_at"));
}

#[test]
fn ids_that_are_written_otherwise_than_those_of_the_purchases_are_noticed() {
    let folder = shop("[events]\npath = \"events.csv\"\n[departures]\npath = \"gone.csv\"\n");
    let events: String = (0..60).map(|c| format!("c{c:03},2025-12-01,visit,,\n")).collect();
    folder.write("events.csv", &format!("{EVENTS}{events}"));
    folder.write("gone.csv", "customer_id,timestamp,kind\nc001,2025-12-01,voluntary\n");
    let ended = folder.churn("check", &[]);
    for words in [
        "warning: only 0 of the 60 customers in the events table ever bought (are the ids written alike in both tables?)\n",
        "warning: only 0 of the 1 customers in the departures table ever bought",
    ] {
        assert!(ended.stderr.contains(words), "expected \"{words}\" in: {}", ended.stderr);
    }
    folder.write("events.csv", &format!("{EVENTS}{}", events.replace('c', "C")));
    folder.write("gone.csv", "customer_id,timestamp,kind\nC001,2025-12-01,voluntary\n");
    assert_eq!(folder.churn("check", &[]).stderr, "");
}
