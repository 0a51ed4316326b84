//! Features that a project declares itself, from the project file to the scores.

mod common;

use common::{Ended, Folder, export, orders, project_until};
use serde_json::Value;

const PROJECT: &str = r#"
name = "shop"
[transactions]
path = "orders.csv"
[events]
path = "events.csv"
columns = { channel = "channel", resolved_at = "resolved_at", value = "value" }
[churn]
horizon = "30d"
active_within = "60d"
complete_through = "2025-12-01"
"#;

/// Webinars joined in the app: what customers of this shop give up before they leave.
const IN_APP: &str = r#"
[[features.own]]
name = "webinars_in_app_30d"
table = "events"
type = "webinar"
aggregate = "count"
where = { channel = "app" }
window = "30d"
"#;

/// Numbers from 0 up to 1 that look random and are always the same (a linear congruential generator with the constants
/// of Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn moment(day: f64) -> String {
    let date = history::Date::from_days(19_900 + day as i32);
    let minutes = (day.fract() * 1_440.0) as u32;
    format!("{date}T{:02}:{:02}:00", minutes / 60, minutes % 60)
}

/// 500 days of 900 customers who buy at random times. All join a webinar every ten days, whatever else they do; those who
/// will leave do so in a browser, no longer in the app, from 40 days before the day they leave.
fn shop() -> Folder {
    let mut numbers = Numbers(7);
    let mut orders = String::from("customer_id,timestamp,amount\n");
    let mut events = String::from("customer_id,timestamp,type,channel,resolved_at,value\n");
    for customer in 0..900 {
        let leaves = 60.0 + 1_000.0 * numbers.next();
        let mut day = 30.0 * numbers.next();
        while day < leaves.min(533.0) {
            orders += &format!("c{customer:03},{},{:.2}\n", moment(day), 10.0 + 50.0 * numbers.next());
            day += 1.0 - 22.0 * (1.0 - numbers.next()).ln();
        }
        let mut day = 10.0 * numbers.next();
        while day < 533.0 {
            let channel = if day > leaves - 40.0 { "browser" } else { "app" };
            events += &format!("c{customer:03},{},webinar,{channel},,\n", moment(day));
            day += 10.0;
        }
    }
    let folder = Folder::shop(PROJECT, &orders);
    folder.write("events.csv", &events);
    folder
}

#[track_caller]
fn done(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

/// The area under the ROC curve of a new model on its test, and the names of its features.
fn trained(folder: &Folder, features: &str) -> (f64, Vec<String>) {
    folder.write("churn.toml", &format!("{PROJECT}{features}"));
    let ended = folder.churn("train", &["--json"]);
    done(&ended);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let model = std::path::Path::new(answer["result"]["folder"].as_str().expect("a folder")).join("model.json");
    let model: Value = serde_json::from_slice(&std::fs::read(model).expect("the model")).expect("JSON");
    let weights = model["features"].as_array().expect("a list").iter();
    let names = weights.map(|weight| weight["feature"]["name"].as_str().expect("a name").to_owned()).collect();
    (answer["result"]["test"]["model"]["roc_auc"]["value"].as_f64().expect("a number"), names)
}

#[test]
fn an_own_feature_that_drives_churn_makes_a_better_model_and_is_kept_in_it() {
    let folder = shop();
    let (without, usual) = trained(&folder, "");
    let (with, names) = trained(&folder, IN_APP);
    assert_eq!(names, [usual.as_slice(), &["webinars_in_app_30d".to_owned()]].concat());
    assert!(with > without + 0.05, "ROC AUC {with} with the feature, {without} without it");
    // Left out again, it is as if it had not been declared.
    assert_eq!(trained(&folder, &format!("[features]\nwithout = [\"own\"]\n{IN_APP}")), (without, usual.clone()));
    // A word that is a feature and a family means the feature.
    let (_, fewer) = trained(&folder, "[features]\nwithout = [\"frequency\", \"cadence\"]\n");
    let expected = usual.iter().filter(|name| {
        let feature = feature_engineering::by_name(name).expect("in the catalogue");
        *name != "frequency" && feature.family != feature_engineering::Family::Cadence
    });
    assert_eq!(fewer, expected.cloned().collect::<Vec<_>>());
    assert!(fewer.contains(&"purchases_90d".to_owned()) && usual.contains(&"gap_mean_days".to_owned()));

    // The model scores with the definition that it was trained on, whatever the project file says by then.
    trained(&folder, IN_APP);
    let scored = folder.churn("score", &[]);
    done(&scored);
    assert!(!scored.stderr.contains("definition"), "{}", scored.stderr);
    let scores = folder.read("out/scores.csv");
    for (features, words) in [
        (
            IN_APP.replace("channel = \"app\"", "channel = \"browser\""),
            "webinars_in_app_30d: with another definition in the project file now",
        ),
        (
            IN_APP.replace("webinars_in_app_30d", "renamed"),
            "webinars_in_app_30d: not in the project file any more; renamed: in the project file and not in the model",
        ),
        (String::new(), "webinars_in_app_30d: not in the project file any more (train again"),
    ] {
        folder.write("churn.toml", &format!("{PROJECT}{features}"));
        let ended = folder.churn("score", &[]);
        done(&ended);
        assert!(scores == folder.read("out/scores.csv"), "{features}");
        assert!(ended.stderr.contains(words), "expected \"{words}\" in: {}", ended.stderr);
    }
}

const MANY: &str = r#"
[[features.own]]
name = "webinar_value"
table = "events"
type = "webinar"
aggregate = "mean"
column = "value"
where = { value_at_least = 1.5 }
[[features.own]]
name = "tickets_days_to_resolve"
table = "events"
type = "ticket"
aggregate = "max"
column = "days_to_resolve"
[[features.own]]
name = "tickets_open_180d"
table = "events"
type = "ticket"
aggregate = "open"
window = "180d"
[[features.own]]
name = "any_event"
table = "events"
aggregate = "recency"
[[features.own]]
name = "last_gap"
table = "purchases"
aggregate = "last"
column = "gap"
[[features.own]]
name = "large_share"
table = "purchases"
aggregate = "share"
where = { amount_at_least = 40, weekend = false }
window = { from = "120d", to = "0d" }
"#;

#[test]
fn nothing_from_the_as_of_date_on_reaches_an_own_feature() {
    const AS_OF: &str = "2025-09-01";
    let row = |id: u32, day: &str, kind: &str, resolved: &str, value: u32| {
        format!("c{id:03},{day},{kind},app,{resolved},{value}\n")
    };
    let features = |orders: &str, events: &str| {
        let folder = Folder::shop(&format!("{PROJECT}{MANY}"), &format!("customer_id,timestamp,amount\n{orders}"));
        folder.write("events.csv", &format!("customer_id,timestamp,type,channel,resolved_at,value\n{events}"));
        let names = "webinar_value,tickets_days_to_resolve,tickets_open_180d,any_event,last_gap,large_share,own";
        let ended = folder.churn("features", &["--as-of", AS_OF, "--features", names]);
        done(&ended);
        folder.read("out/features.parquet")
    };
    let mut orders = String::new();
    let mut events = String::new();
    let mut late_orders = String::new();
    let mut late_events = String::new();
    for id in 0..40_u32 {
        for month in 5..=11 {
            let (day, amount) = (1 + (id * 7 + month * 3) % 27, 20 + (id * 13 + month * 29) % 60);
            let text = if month < 9 { &mut orders } else { &mut late_orders };
            *text += &format!("c{id:03},2025-{month:02}-{day:02},{amount}\n");
            let text = if month < 9 { &mut events } else { &mut late_events };
            *text += &row(id, &format!("2025-{month:02}-{day:02}"), "webinar", "", month % 4);
        }
    }
    // A ticket that is resolved on the as-of date is an open one the moment before.
    events += &row(1, "2025-08-20", "ticket", "2025-08-31T23:59:59", 0);
    let open = row(2, "2025-08-20", "ticket", "", 0);
    let expected = features(&(orders.clone() + &late_orders), &(events.clone() + &open + &late_events));
    let resolved_later = row(2, "2025-08-20", "ticket", "2025-09-01T00:00:00", 0);
    let poison = late_events.replace(",webinar,app,,", ",ticket,browser,2025-11-30,");
    let dear = late_orders.replace('\n', "99\n");
    for (name, late_orders, ticket, late_events) in [
        ("nothing later but what keeps the export complete", late_orders.as_str(), open.as_str(), ""),
        ("dearer purchases", dear.as_str(), open.as_str(), late_events.as_str()),
        ("other events", late_orders.as_str(), open.as_str(), poison.as_str()),
        ("a later resolution", late_orders.as_str(), resolved_later.as_str(), late_events.as_str()),
    ] {
        let found = features(&(orders.clone() + late_orders), &(events.clone() + ticket + late_events));
        assert!(found == expected, "{name}");
    }
    // The same changes a moment earlier are seen.
    let resolved_before = row(2, "2025-08-20", "ticket", "2025-08-31T23:59:59", 0);
    assert!(features(&(orders.clone() + &late_orders), &(events.clone() + &resolved_before)) != expected);
    assert!(features(&(orders.replacen(",2025-08", ",2025-07", 1) + &late_orders), &(events + &open)) != expected);
}

#[test]
fn features_that_the_export_cannot_show_are_said_to_be_left_out() {
    let folder = shop();
    let own = IN_APP.replace("\"webinar\"", "[\"webinr\"]");
    folder.write(
        "churn.toml",
        &format!("{PROJECT}[features]\nalso = [\"margin_90d\", \"gap_max_days\", \"contract_days_left\"]\n{own}"),
    );
    let ended = folder.churn("features", &[]);
    done(&ended);
    for words in [
        "feature \"webinars_in_app_30d\": no event of the type \"webinr\" in the export; did you mean \"webinar\"?",
        "feature \"webinars_in_app_30d\" is left out: the export has no table, column or event that it is computed from",
        "feature \"contract_days_left\" is left out",
    ] {
        assert!(ended.stderr.contains(words), "expected \"{words}\" in: {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("gap_max_days"), "{}", ended.stderr);
    let ended = folder.churn("features", &["--features", "webinars_in_app_30d"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}

#[test]
fn training_on_what_the_export_says_today_is_warned_of() {
    let sections = "[customers]\npath = \"customers.csv\"\ncolumns = { contract_end = \"until\" }\n";
    let warning = "features.also: contract_days_left, contract_ends_90d come from columns without dates";
    for (features, is_warned) in [("[features]\nalso = [\"contract_days_left\", \"contract\"]\n", true), ("", false)] {
        let folder = Folder::shop(&format!("{}{sections}{features}", project_until("2026-01-01")), &export(&orders()));
        let rows: String = (0..60).map(|c| format!("C{c:03},2026-06-{:02}\n", c % 28 + 1)).collect();
        folder.write("customers.csv", &format!("customer_id,until\n{rows}"));
        let ended = folder.churn("train", &[]);
        assert_eq!(ended.stderr.contains(warning), is_warned, "{}", ended.stderr);
    }
}
