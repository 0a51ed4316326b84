//! What churn means: the churn period that `churn check` proposes, projects by departure and by cadence, and the look-back.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;

use common::Folder;
use history::Date;
use serde_json::Value;

const FIRST_DAY: &str = "2024-01-01";

fn day(number: i32) -> Date {
    FIRST_DAY.parse::<Date>().expect("a date").plus_days(number)
}

fn result(folder: &Folder, command: &str) -> Value {
    let ended = folder.churn(command, &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("one JSON object");
    answer["result"].clone()
}

/// Ten customers who buy every ten days, the first five of them to the end, the others until day 299.
fn by_hand(complete_through: i32, churn: &str) -> Folder {
    let mut orders = String::from("customer_id,timestamp,amount\n");
    for customer in 0..10 {
        let end = if customer < 5 { complete_through } else { 300 };
        for number in (customer..end).step_by(10) {
            writeln!(orders, "A{customer},{},10.00", day(number)).expect("a text takes any text");
        }
    }
    let end = day(complete_through);
    let project = format!(
        "[transactions]\npath = \"orders.csv\"\n[churn]\nactive_within = \"90d\"\ncomplete_through = \"{end}\"\n{churn}\n"
    );
    Folder::shop(&project, &orders)
}

fn candidate(period: &Value, days: i32) -> &Value {
    let candidates = period["candidates"].as_array().expect("a list");
    candidates.iter().find(|candidate| candidate["horizon_days"] == days).expect("the horizon is in the table")
}

#[test]
fn check_proposes_a_churn_period_with_what_it_would_mean() {
    let folder = by_hand(400, "horizon = \"30d\"");
    let found = result(&folder, "check");
    let period = &found["period"];
    assert_eq!((&period["customers"], &period["share"]), (&10.into(), &1.0.into()));
    // Every gap is ten days: nine in ten are over within two weeks, and all of them.
    assert_eq!((&period["proposal"]["horizon_days"], &found["horizon"]["suggested_days"]), (&14.into(), &14.into()));
    let reason = period["proposal"]["reason"].as_str().expect("a sentence");
    assert!(reason.starts_with("nine in ten repeat purchases come within 10 days of the one before"), "{reason}");
    assert_eq!(period["warnings"], serde_json::json!([]));

    // On day 370 all ten had bought in the 90 days before, and five of them never did again; on days 279, 188 and 97
    // everybody did.
    let month = candidate(period, 30);
    assert_eq!(
        (&month["declared"], &month["proposed"], &month["repeats_within"]),
        (&true.into(), &false.into(), &1.0.into())
    );
    let dates: Vec<(String, u64, u64)> = month["dates"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|date| {
            let count = |key: &str| date[key].as_u64().expect("a count");
            (date["as_of"].as_str().expect("a date").to_owned(), count("eligible"), count("churned"))
        })
        .collect();
    let expected = [(370, 5), (279, 0), (188, 0), (97, 0)].map(|(at, churned)| (day(at).to_string(), 10, churned));
    assert_eq!(dates, expected);
    assert_eq!(month["churn_rate"], serde_json::json!({ "mean": 0.125, "lowest": 0.0, "highest": 0.5 }));
    assert_eq!(month["predictability"]["as_of"], day(370).to_string());
    assert_eq!(month["predictability"]["recency"]["value"], 1.0);

    // On day 386 one of the five who left had not bought for 90 days.
    let weeks = candidate(period, 14);
    assert_eq!(
        (&weeks["proposed"], &weeks["dates"][0]["eligible"], &weeks["dates"][0]["churned"]),
        (&true.into(), &9.into(), &4.into())
    );
    // 400 days hold no year after the first 90.
    let year = candidate(period, 365);
    assert_eq!((&year["dates"], &year["churn_rate"]), (&serde_json::json!([]), &Value::Null));

    let text = folder.churn("check", &[]).stdout;
    for words in [
        "50 % are over within 10 days, 75 % within 10, 80 % within 10, 90 % within 10, 95 % within 10",
        "in whole weeks that is horizon = \"14d\"; declared: \"30d\"",
        "12.5 % (0.0 % to 50.0 %)",
        "declared\n",
        "history is too short",
        "features look back 730 days: ",
    ] {
        assert!(text.contains(words), "expected \"{words}\" in: {text}");
    }
}

#[test]
fn check_says_what_a_short_history_cannot_show() {
    let found = result(&by_hand(200, "horizon = \"90d\""), "check");
    let warnings: Vec<&str> =
        found["period"]["warnings"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert!(warnings.iter().any(|w| w.starts_with("200 days of history cover no full year")), "{warnings:?}");
    assert!(warnings.iter().any(|w| w.starts_with("a horizon of 90 days takes 270 days of history")), "{warnings:?}");
    assert!(warnings.iter().any(|w| w.starts_with("within 90 days hardly anybody churns (0.0 %)")), "{warnings:?}");
}

#[test]
fn check_by_departure_proposes_no_horizon_and_counts_departures() {
    let folder = by_hand(400, "definition = \"departure\"\nhorizon = \"30d\"\n[departures]\npath = \"gone.csv\"");
    let gone = format!(
        "customer_id,timestamp,kind\nA5,{},voluntary\nA6,{},involuntary\nA0,{},voluntary\n",
        day(375),
        day(380),
        day(350)
    );
    folder.write("gone.csv", &gone);
    let ended = folder.churn("check", &["--json"]);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("one JSON object");
    let period = &answer["result"]["period"];
    assert_eq!(period["proposal"]["horizon_days"], Value::Null);
    let newest = &candidate(period, 30)["dates"][0];
    // A0 left and bought again before day 370; A6 was made to leave: neither churned nor stayed.
    assert_eq!((&newest["eligible"], &newest["churned"], &newest["unlabelled"]), (&9.into(), &1.into(), &1.into()));
    assert_eq!(candidate(period, 30)["predictability"]["bg_nbd"], Value::Null);
    let text = folder.churn("check", &[]).stdout;
    assert!(text.contains("departures say when customers leave: the horizon is how long before it"), "{text}");
}

/// A number in [0, 1) that follows from its two arguments alone (SplitMix64).
fn draw(customer: u32, number: u32) -> f64 {
    let mut z = (u64::from(customer) << 32 | u64::from(number)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

const DAYS: i32 = 420;
const MEMBERS: u32 = 900;

/// The days on which a member joins and leaves, if that is before the end, and whether it was the member's own wish.
fn membership(member: u32) -> (i32, Option<i32>, bool) {
    let joins = (draw(member, 1_000_000) * 200.0) as i32;
    let leaves = joins + 30 + (draw(member, 1_000_001) * 500.0) as i32;
    (joins, (leaves < DAYS).then_some(leaves), !member.is_multiple_of(5))
}

/// Days on which a member buys: rarer in the last weeks of the membership.
fn purchases(member: u32) -> Vec<i32> {
    let (joins, leaves, _) = membership(member);
    let end = leaves.unwrap_or(DAYS + 100);
    let rate = |day: i32| if end - day < 45 { 0.02 } else { 0.12 };
    let bought = |day: &i32| *day == joins || draw(member, *day as u32) < rate(*day);
    (joins..end.min(DAYS)).filter(bought).collect()
}

/// A club whose members say when they leave.
fn club(churn: &str) -> Folder {
    let mut orders = String::from("customer_id,timestamp,amount\n");
    let mut gone = String::from("customer_id,timestamp,kind\n");
    for member in 0..MEMBERS {
        for at in purchases(member) {
            writeln!(orders, "M{member:03},{},{}.50", day(at), 5 + (member + at as u32) % 40).expect("text");
        }
        if let (_, Some(leaves), voluntary) = membership(member) {
            let kind = if voluntary { "voluntary" } else { "involuntary" };
            writeln!(gone, "M{member:03},{},{kind}", day(leaves)).expect("text");
        }
    }
    let project = format!(
        "name = \"club\"\n[transactions]\npath = \"orders.csv\"\n[departures]\npath = \"gone.csv\"\n[churn]\n\
         horizon = \"30d\"\nactive_within = \"90d\"\ncomplete_through = \"{}\"\n{churn}\n",
        day(DAYS)
    );
    let folder = Folder::shop(&project, &orders);
    folder.write("gone.csv", &gone);
    folder
}

#[test]
fn a_project_by_departure_runs_from_the_check_to_the_report() {
    let folder = club("definition = \"departure\"");
    let checked = folder.churn("check", &[]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(checked.stdout.contains("more neither churned nor stayed and are left out"), "{}", checked.stdout);

    let ended = folder.churn("run", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let read = |name: &str| String::from_utf8(folder.read(name)).expect("text");
    let report: Value = serde_json::from_str(&read("out/report.json")).expect("JSON");
    assert_eq!(report["header"]["churn_definition"], "a voluntary departure in the 30 days from the as-of date");

    // The months of the report by hand.
    let mut months = 0;
    for month in report["months"].as_array().expect("a list") {
        let as_of = month["as_of"].as_str().expect("a date").parse::<Date>().expect("a date").days_since(day(0));
        let (mut stayed, mut churned) = (0, 0);
        for member in 0..MEMBERS {
            let (_, leaves, voluntary) = membership(member);
            let lately = purchases(member).iter().any(|at| (as_of - 90..as_of).contains(at));
            if !lately || leaves.is_some_and(|at| at < as_of) {
                continue;
            }
            match leaves {
                Some(at) if at < as_of + 30 => churned += u64::from(voluntary),
                _ => stayed += 1,
            }
        }
        assert_eq!(month["churn"]["churned"], churned, "{as_of}");
        assert_eq!(month["churn"]["customers"], churned + stayed, "{as_of}");
        months += 1;
    }
    assert!(months >= 9, "{months}");

    // Who has left is lapsed, has no probability of any kind, and is in the table.
    let scores = read("out/scores.csv");
    let states: BTreeMap<&str, (&str, &str)> = scores
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[0], (cells[3], cells[4]))
        })
        .collect();
    assert_eq!(states.len(), MEMBERS as usize);
    for member in (0..MEMBERS).filter(|member| membership(*member).1.is_some()) {
        assert_eq!(states[format!("M{member:03}").as_str()], ("lapsed", ""));
    }
    let version = read("models/club/champion").trim().to_owned();
    let card = read(&format!("models/club/{version}/MODEL_CARD.md"));
    assert!(card.contains("Churned means: a voluntary departure in the 30 days from the as-of date."), "{card}");
    assert!(card.contains("No comparison with BG/NBD: it predicts purchases"), "{card}");
    let metrics: Value = serde_json::from_str(&read(&format!("models/club/{version}/metrics.json"))).expect("JSON");
    assert!(metrics["test"]["unlabelled"].as_u64() > Some(0));
    assert_eq!(metrics["look_back"]["days"], 730);
    assert!(metrics["look_back"]["left_censored"]["training"].as_f64() > Some(0.0));
    assert!(metrics["model"]["roc_auc"]["value"].as_f64() > Some(0.65), "{}", metrics["model"]["roc_auc"]);

    // The model is not used on an export that does not say who left.
    let inactivity = read("churn.toml").replace("definition = \"departure\"", "");
    folder.write("churn.toml", &inactivity.replace("[departures]\npath = \"gone.csv\"\n", ""));
    let ended = folder.churn("score", &[]);
    assert_ne!(ended.code, 0);
    assert!(ended.stderr.contains("an export with a departures table, but this export has none"), "{}", ended.stderr);
}

#[test]
fn a_project_by_cadence_trains_and_a_shorter_export_is_warned_of() {
    let folder = club("definition = \"cadence\"\nmultiple = 2.5\nmin = \"10d\"\nlookback = \"200d\"");
    let ended = folder.churn("train", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let read = |name: &str| String::from_utf8(folder.read(name)).expect("text");
    let version = read("models/club/champion").trim().to_owned();
    let model: Value = serde_json::from_str(&read(&format!("models/club/{version}/model.json"))).expect("JSON");
    let cadence = serde_json::json!({ "cadence": { "multiple": 2.5, "min_days": 10 } });
    assert_eq!((&model["churn"]["definition"], &model["lookback_days"]), (&cadence, &200.into()));
    let ended = folder.churn("score", &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));

    // The same shop, of which the export shows the last 150 days: fewer than each training date saw.
    let orders = read("orders.csv");
    let recent =
        |line: &&str| line.split(',').nth(1).is_some_and(|at| at.parse::<Date>().is_ok_and(|at| at >= day(270)));
    let header = "customer_id,timestamp,amount".to_owned();
    let short: Vec<String> = std::iter::once(header).chain(orders.lines().filter(recent).map(str::to_owned)).collect();
    folder.write("orders.csv", &(short.join("\n") + "\n"));
    let ended = folder.churn("score", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let words = format!("this export reaches back 150 days from {}", day(DAYS));
    assert!(
        ended.stderr.contains(&words) && ended.stderr.contains("learnt from 200 days of the 200 looked at"),
        "{}",
        ended.stderr
    );
}

#[test]
fn labels_end_where_purchases_may_not_be_recorded_yet() {
    let mut orders = String::from("customer_id,timestamp,amount,seen\n");
    for customer in 0..10 {
        for number in (customer..400).step_by(10) {
            writeln!(orders, "A{customer},{},10.00,{}", day(number), day(number + 12)).expect("text");
        }
    }
    let project = format!(
        "[transactions]\npath = \"orders.csv\"\ncolumns = {{ recorded_at = \"seen\" }}\n[churn]\nhorizon = \"30d\"\n\
         active_within = \"90d\"\ncomplete_through = \"{}\"\n",
        day(400)
    );
    let folder = Folder::shop(&project, &orders);
    let found = result(&folder, "check");
    let (lag, through) = (&found["history"]["recording_lag_days"], &found["history"]["labels_through"]);
    assert_eq!((lag, through), (&12.into(), &day(388).to_string().into()));
    assert_eq!(found["labels"]["last"], day(358).to_string());
    assert_eq!(candidate(&found["period"], 30)["dates"][0]["as_of"], day(358).to_string());
    let ended = folder.churn("check", &[]);
    let words = format!("99 % of the purchases are recorded within 12 days: label windows end by {}", day(388));
    assert!(ended.stdout.contains(&words), "{}", ended.stdout);
    let ended = folder.churn("train", &["--test-as-of", &day(360).to_string()]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("it takes 12 days until 99 % of the purchases are recorded"), "{}", ended.stderr);
}
