//! `churn plan` on companies with a known truth: who is in a plan, within which means, and what is refused.

#[path = "common/campaigns.rs"]
mod campaigns;
mod common;

use std::collections::{BTreeMap, BTreeSet};

use campaigns::{add, change, number, object, rows, strong, without_effect};
use common::Folder;

const COLUMNS: &str =
    "customer_id,as_of,action,offer,channel,owner,churn_probability,uplift,expected_gain,cost,arm,priority,reason";

fn plan(folder: &Folder, options: &[&str]) -> serde_json::Value {
    let ended = folder.churn("plan", &[options, &["--json"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    object(&ended)["result"].clone()
}

/// Nobody in the plan without permission, within the means; the arms make sense.
fn check(folder: &Folder, budget: Option<f64>) -> (usize, usize) {
    let text = String::from_utf8(folder.read("out/plan.csv")).expect("text");
    assert_eq!(text.lines().next(), Some(COLUMNS));
    let allowed: BTreeSet<String> = rows(folder, "customers.csv")
        .into_iter()
        .filter(|row| row["contact_allowed"] == "true")
        .map(|row| row["customer_id"].clone())
        .collect();
    let (mut spent, mut contacted, mut held_out) = (0.0, 0, BTreeSet::new());
    for row in rows(folder, "out/plan.csv") {
        assert!(allowed.contains(&row["customer_id"]), "{row:?}");
        assert!(number(&row["expected_gain"]) >= 0.0 && !row["reason"].is_empty());
        match row["arm"].as_str() {
            "contact" => {
                spent += number(&row["cost"]);
                contacted += 1;
            }
            "hold_out" => {
                assert_eq!(number(&row["cost"]), 0.0);
                held_out.insert(row["customer_id"].clone());
            }
            other => panic!("{other}"),
        }
    }
    assert!(budget.is_none_or(|budget| spent <= budget + 1e-9), "{spent} {budget:?}");
    for name in folder.names("out/worklists").iter().filter(|name| *name != "neglect.csv") {
        for row in rows(folder, &format!("out/worklists/{name}")) {
            assert!(!held_out.contains(&row["customer_id"]), "{name} has a customer who is held out");
            assert!(allowed.contains(&row["customer_id"]), "{name}");
        }
    }
    (contacted, held_out.len())
}

#[test]
fn a_plan_contacts_those_for_whom_it_pays_and_says_what_it_rests_on() {
    let folder = strong();
    let found = plan(&folder, &[]);
    let (contacted, held_out) = check(&folder, None);
    assert!(contacted > 20 && held_out > 5, "{found:#}");
    assert_eq!(
        (found["contacted"].as_u64(), found["held_out"].as_u64()),
        (Some(contacted as u64), Some(held_out as u64))
    );
    let offer = &found["response"]["offers"][0];
    assert_eq!((&found["response"]["source"], &offer["offer"]), (&"campaigns".into(), &"voucher-10".into()));
    assert_eq!(offer["shows_effect"], true);
    assert!(offer["tenths"].as_array().expect("tenths").len() > 5 && offer["qini"].is_number());
    assert!(found["by_churn_probability_alone"]["offers"][0]["mpc"]["profit_per_customer"].as_f64() >= Some(0.0));
    assert_eq!(found["profit_curve"]["by_expected_gain"].as_array().expect("points").len(), 21);
    let lists = folder.names("out/worklists");
    for name in ["neglect.csv", "save-desk.csv", "win-back.csv"] {
        assert!(lists.contains(&name.to_owned()), "{lists:?}");
    }
    assert!(
        lists.iter().any(|name| name.starts_with("channel-")) && lists.iter().any(|name| name.starts_with("owner-"))
    );
    let groups: BTreeSet<String> =
        rows(&folder, "out/plan_groups.csv").into_iter().map(|row| row["action"].clone()).collect();
    assert!(["protect", "grow", "let_go"].iter().all(|group| groups.contains(*group)), "{groups:?}");

    // Held against the truth: the plan earns, the hold-out forgoes.
    let truth: BTreeMap<String, BTreeMap<String, String>> = rows(&folder, "truth.csv")
        .into_iter()
        .filter(|row| row["as_of"] == "2026-07-01")
        .map(|row| (row["customer_id"].clone(), row))
        .collect();
    let true_gain: f64 = rows(&folder, "out/plan.csv")
        .iter()
        .filter(|row| row["arm"] == "contact")
        .map(|row| {
            let truth = &truth[&row["customer_id"]];
            let stays = 1.0 - number(&truth["churn_probability"]);
            let value = if stays > 0.0 { number(&truth["expected_margin"]) / stays } else { 0.0 };
            -number(&truth["offer_effect"]) * value - number(&row["cost"])
        })
        .sum();
    assert!(true_gain > 0.0, "{true_gain}");
    let again = strong();
    plan(&again, &["--threads", "1"]);
    assert!(folder.read("out/plan.csv") == again.read("out/plan.csv"));
}

#[test]
fn whom_the_lot_of_an_earlier_plan_left_alone_is_left_alone_by_the_next_one() {
    let folder = strong();
    plan(&folder, &[]);
    let planned = rows(&folder, "out/plan.csv");
    let (first, second) = (planned[0]["customer_id"].clone(), planned[1]["customer_id"].clone());
    let as_of: jiff::civil::Date = planned[0]["as_of"].parse().expect("a date");
    let offers = String::from_utf8(folder.read("offers.csv")).expect("text");
    let header: Vec<&str> = offers.lines().next().expect("a header").split(',').collect();
    let control = |customer: &str, days: i64| -> String {
        let day = as_of.checked_sub(jiff::Span::new().days(days)).expect("a day").to_string();
        let cell = |name: &&str| match *name {
            "customer_id" => customer.to_owned(),
            "timestamp" => format!("{day}T09:00:00"),
            "offer" => "voucher-10".to_owned(),
            "arm" => "control".to_owned(),
            _ => String::new(),
        };
        header.iter().map(cell).collect::<Vec<_>>().join(",") + "\n"
    };
    // One is within the read-out of 90 days, the other's is over.
    folder.write("offers.csv", &format!("{offers}{}{}", control(&first, 40), control(&second, 90)));
    plan(&folder, &[]);
    let planned: BTreeSet<String> =
        rows(&folder, "out/plan.csv").into_iter().map(|row| row["customer_id"].clone()).collect();
    assert!(!planned.contains(&first) && planned.contains(&second));
    let groups = rows(&folder, "out/plan_groups.csv");
    let why = groups.iter().find(|row| row["customer_id"] == first).map(|row| row["not_in_plan_because"].as_str());
    assert_eq!(why, Some("held_out_before"));
}

#[test]
fn budget_and_capacity_are_never_exceeded() {
    let folder = strong();
    for budget in ["0", "0.99", "1", "25.5", "100"] {
        plan(&folder, &["--budget", budget]);
        let (contacted, _) = check(&folder, Some(number(budget)));
        assert_eq!(contacted > 0, number(budget) >= 1.0, "{budget}");
    }
    add(&folder, "[plan]\ndays = 3\ncapacity = { email = 5, phone = 2 }\nhold_out = 0.2");
    let found = plan(&folder, &[]);
    let mut used: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows(&folder, "out/plan.csv").into_iter().filter(|row| row["arm"] == "contact") {
        *used.entry(row["channel"].clone()).or_default() += 1;
    }
    assert!(
        used.get("email").is_none_or(|used| *used <= 15) && used.get("phone").is_none_or(|used| *used <= 6),
        "{used:?}"
    );
    assert!(found["next_contact_earns"]["email"].as_f64() > Some(0.0), "{found:#}");
}

#[test]
fn an_offer_without_effect_is_offered_to_nobody_and_the_plan_says_why() {
    let folder = without_effect();
    let ended = folder.churn("plan", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("contact nobody: past campaigns do not show that any offer does anything"),
        "{}",
        ended.stdout
    );
    assert_eq!(check(&folder, None), (0, 0));
}

#[test]
fn without_a_campaign_there_is_a_plan_on_a_stated_assumption_only() {
    let folder = without_effect();
    change(&folder, "path = \"offers.csv\"\n", "");
    // Offers are features of the model: without them it has to be trained again, as without any other table.
    let ended = folder.churn("plan", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    std::fs::remove_dir_all(folder.path("models")).expect("the folder can be removed");
    assert!([0, 7].contains(&folder.churn("train", &["-q"]).code));
    let ended = folder.churn("plan", &[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("nothing says what offers do") && ended.stderr.contains("response = { saved"),
        "{}",
        ended.stderr
    );
    assert!(folder.names("out").iter().all(|name| !name.starts_with("plan")), "nothing is written");
    add(&folder, "[plan]\nresponse = { saved = 0.3, taken_anyway = 0.2 }");
    let ended = folder.churn("plan", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("rests on the assumption in [plan] response"), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("NOT KNOWN, assumed") && ended.stdout.contains("if that is wrong"),
        "{}",
        ended.stdout
    );
    let (contacted, _) = check(&folder, None);
    assert!(contacted > 0, "{}", ended.stdout);
    let found = plan(&folder, &[]);
    assert_eq!(found["response"]["source"], "assumed");
    assert!(found["sensitivity"][0]["rows"].as_array().expect("rows").len() >= 7);
}

#[test]
fn a_campaign_that_was_not_drawn_by_lot_is_refused_unless_told() {
    let folder = strong();
    let spent: BTreeMap<String, f64> =
        rows(&folder, "transactions.csv").into_iter().fold(BTreeMap::new(), |mut sums, row| {
            *sums.entry(row["customer_id"].clone()).or_default() += number(&row["amount"]);
            sums
        });
    let mut text = "customer_id,timestamp,offer,arm,cost,accepted,contacted_at\n".to_owned();
    for row in rows(&folder, "offers.csv") {
        let arm =
            if spent.get(&row["customer_id"]).is_some_and(|spent| *spent > 700.0) { "treatment" } else { "control" };
        text += &format!("{},{},{},{arm},,,\n", row["customer_id"], row["timestamp"], row["offer"]);
    }
    folder.write("offers.csv", &text);
    let ended = folder.churn("plan", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("expected arms that were drawn by lot") && ended.stderr.contains("differs most"),
        "{}",
        ended.stderr
    );
    add(&folder, "[plan]\nnot_randomised = true");
    let ended = folder.churn("plan", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("NOT DRAWN BY LOT"), "{}", ended.stdout);
}

#[test]
fn three_arms_are_read_and_each_offer_is_weighed_by_itself() {
    let folder = strong();
    let mut text = "customer_id,timestamp,offer,arm\n".to_owned();
    for (at, row) in rows(&folder, "offers.csv").iter().enumerate() {
        let offer = match (row["arm"].as_str(), at % 2) {
            ("control", _) => "",
            (_, 0) => "mens",
            _ => "womens",
        };
        text += &format!("{},{},{offer},{}\n", row["customer_id"], row["timestamp"], row["arm"]);
    }
    folder.write("offers.csv", &text);
    change(&folder, "cost = \"cost\"\naccepted = \"accepted\"\ncontacted_at = \"contacted_at\"\n", "");
    change(
        &folder,
        "name = \"voucher-10\"\ncost = 1.00\n",
        "name = \"mens\"\ncost = 4\n[[offers.catalogue]]\nname = \"womens\"\ncost = 3\n[[offers.catalogue]]\nname = \"call\"\ncost = 9\n",
    );
    let ended = folder.churn("plan", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let found = object(&ended);
    let warnings = found["warnings"].to_string();
    assert!(warnings.contains("call") && warnings.contains("was in no past campaign"), "{warnings}");
    let offers = found["result"]["response"]["offers"].as_array().expect("offers").clone();
    let names: Vec<&str> = offers.iter().filter_map(|offer| offer["offer"].as_str()).collect();
    assert_eq!(names, ["mens", "womens"]);
    let controls = |at: usize| offers[at]["control"].as_u64();
    assert!(controls(0) == controls(1) && controls(0) > Some(500), "{offers:?}");
    check(&folder, None);
}

#[test]
fn what_a_plan_cannot_do_without_is_asked_for() {
    let folder = without_effect();
    let refused = |folder: &Folder, words: &str| {
        let ended = folder.churn("plan", &[]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    };
    change(&folder, "contact_allowed = \"contact_allowed\"\n", "");
    refused(&folder, "nothing says who may be contacted");
    add(&folder, "[plan]\ncontact_allowed = \"all\"");
    assert_eq!(folder.churn("plan", &[]).code, 0);
    change(&folder, "[[offers.catalogue]]\nname = \"voucher-10\"\ncost = 4.00\n", "");
    refused(&folder, "nothing can be offered");
    let folder = without_effect();
    add(&folder, "[plan]\nmargin = 0.3");
    refused(&folder, "the export has margins of its own");
}
