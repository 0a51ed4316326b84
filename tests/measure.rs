//! `churn measure`: the read-out of plans on companies with a known truth.

#[path = "common/campaigns.rs"]
mod campaigns;
mod common;

use campaigns::{change, number, object, rows, strong, without_effect};
use common::Folder;
use serde_json::Value;

const DAY: &str = "2025-09-08";

/// The simulated campaign of 2025-09-08 as a plan: who got the offer was to be contacted, the controls were held out.
fn campaign_as_plan(folder: &Folder) -> (f64, u64, u64) {
    let mut text = "customer_id,as_of,action,churn_probability,cost,arm\n".to_owned();
    let mut arms = [0_u64; 2];
    for (at, row) in rows(folder, "offers.csv").iter().enumerate() {
        if !row["timestamp"].starts_with(DAY) {
            continue;
        }
        let treated = row["arm"] == "treatment";
        let (arm, cost) = if treated { ("contact", "4.00") } else { ("hold_out", "0.00") };
        text += &format!("{},{DAY},save,0.{:02},{cost},{arm}\n", row["customer_id"], at % 100);
        arms[usize::from(treated)] += 1;
    }
    std::fs::create_dir_all(folder.path("plans")).expect("a folder can be made");
    folder.write("plans/plan.csv", &text);
    let stayed = |arm: &str| {
        let bought: std::collections::BTreeSet<String> = rows(folder, "transactions.csv")
            .into_iter()
            .filter(|row| {
                row["timestamp"].as_str() >= DAY
                    && row["timestamp"].as_str() < "2025-12-07"
                    && number(&row["amount"]) > 0.0
            })
            .map(|row| row["customer_id"].clone())
            .collect();
        let of_arm: Vec<bool> = rows(folder, "plans/plan.csv")
            .into_iter()
            .filter(|row| row["arm"] == arm)
            .map(|row| bought.contains(&row["customer_id"]))
            .collect();
        of_arm.iter().filter(|bought| **bought).count() as f64 / of_arm.len() as f64
    };
    (stayed("contact") - stayed("hold_out"), arms[1], arms[0])
}

fn measure(folder: &Folder, options: &[&str]) -> Value {
    let place = folder.path("plans/plan.csv").display().to_string();
    let ended = folder.churn_here(&[&["measure", place.as_str(), "--json"], options].concat());
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    object(&ended)["result"].clone()
}

#[test]
fn a_planted_effect_is_found_and_its_size_is_that_of_the_counts() {
    let folder = strong();
    let (difference, contact, held_out) = campaign_as_plan(&folder);
    let found = measure(&folder, &[]);
    let effect = &found["effect"];
    assert_eq!((effect["to_contact"].as_u64(), effect["held_out"].as_u64()), (Some(contact), Some(held_out)));
    let retention = effect["retention"]["value"].as_f64().expect("a number");
    // Strata and the adjustment for the churn probability move it a little.
    assert!((retention - difference).abs() < 0.01, "{retention} {difference}");
    assert!(effect["retention"]["low"].as_f64() > Some(0.0), "{effect:#}");
    assert_eq!(effect["cost"].as_f64(), Some(4.0 * contact as f64));
    assert_eq!((&found["costs"], found["reached"].as_u64()), (&"offers table".into(), Some(contact)));
    assert_eq!(found["held_out_contacted_by_mistake"].as_u64(), Some(0));
    assert!(found["final"] == true && found["early_looks"].as_u64() == Some(0));
    let table = rows(&folder, "out/measure.csv");
    assert_eq!((table[0]["by"].as_str(), number(&table[0]["to_contact"])), ("all", contact as f64));
    assert!(table.iter().any(|row| row["by"] == "risk_block"));
    assert!(found["lapsed"]["customers"].as_u64() > Some(0));
}

#[test]
fn where_nothing_was_planted_nothing_is_claimed() {
    let folder = without_effect();
    campaign_as_plan(&folder);
    let found = measure(&folder, &[]);
    let effect = &found["effect"]["retention"];
    assert!(effect["low"].as_f64() < Some(0.0) && effect["high"].as_f64() > Some(0.0), "{effect:#}");
    assert!(["not_told", "lost"].contains(&found["verdict"].as_str().unwrap_or_default()), "{found:#}");
}

#[test]
fn a_plan_is_not_read_out_before_its_horizon_is_over_unless_told() {
    let folder = strong();
    campaign_as_plan(&folder);
    change(&folder, "complete_through = \"2026-07-01\"", "complete_through = \"2025-11-01\"");
    let place = folder.path("plans").display().to_string();
    let ended = folder.churn_here(&["measure", &place]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("2025-12-07"), "{}", ended.stderr);
    let early = measure(&folder, &["--early"]);
    assert_eq!(
        (early["days"].as_i64(), &early["final"], early["early_looks"].as_u64()),
        (Some(54), &false.into(), Some(1))
    );
    measure(&folder, &["--early"]);
    change(&folder, "complete_through = \"2025-11-01\"", "complete_through = \"2026-07-01\"");
    let last = measure(&folder, &[]);
    assert_eq!((&last["final"], last["early_looks"].as_u64()), (&true.into(), Some(1)));
    let fresh = strong();
    campaign_as_plan(&fresh);
    let once = measure(&fresh, &[]);
    let width = |found: &Value| {
        let retention = &found["effect"]["retention"];
        retention["high"].as_f64().unwrap_or(0.0) - retention["low"].as_f64().unwrap_or(0.0)
    };
    assert!(width(&last) > 1.1 * width(&once), "{} {}", width(&last), width(&once));
}

#[test]
fn a_plan_of_churn_plan_is_measured_with_the_lot_beside_it() {
    let folder = strong();
    let ended = folder.churn("plan", &["--as-of", "2026-04-02", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let made = object(&ended)["result"].clone();
    // Nobody did what it says, so it did nothing.
    let ended = folder.churn("measure", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let found = object(&ended)["result"].clone();
    assert_eq!(found["effect"]["to_contact"], made["contacted"]);
    assert_eq!(found["effect"]["held_out"], made["held_out"]);
    let (low, high) = (found["effect"]["retention"]["low"].as_f64(), found["effect"]["retention"]["high"].as_f64());
    assert!(low < Some(0.0) && high > Some(0.0), "{found:#}");
    let kept = folder.names("out/plans");
    assert_eq!(kept, [made["plan"].as_str().expect("a name")]);
    let other = folder.churn_here(&["measure", &format!("out/plans/{}", kept[0]), "--json"]);
    assert_eq!(object(&other)["result"]["effect"], found["effect"], "{}", other.stderr);
    // A part of a plan has arms that are not alike.
    let text = String::from_utf8(folder.read("out/plan.csv")).expect("text");
    let less: Vec<&str> = text.lines().take(20).collect();
    folder.write("out/plan.csv", &(less.join("\n") + "\n"));
    let ended = folder.churn("measure", &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("measuring a part of a plan"), "{}", ended.stderr);
}

#[test]
fn what_is_no_plan_is_refused_with_its_row() {
    let folder = without_effect();
    for (row, words) in [
        ("C0001,2025-09-08,save,0.5,4.00,maybe", "row 1: expected contact or hold_out in arm, found \"maybe\""),
        ("C0001,2025-09-08,save,1.5,4.00,contact", "expected a churn_probability from 0 to 1"),
        ("C0001,soon,save,0.5,4.00,contact", "expected a date such as 2026-03-05 in as_of, found \"soon\""),
        (",2025-09-08,save,0.5,4.00,contact", "expected a customer_id, found nothing"),
    ] {
        std::fs::create_dir_all(folder.path("plans")).expect("a folder can be made");
        folder.write("plans/plan.csv", &format!("customer_id,as_of,action,churn_probability,cost,arm\n{row}\n"));
        let place = folder.path("plans/plan.csv").display().to_string();
        let ended = folder.churn_here(&["measure", &place]);
        assert_eq!(ended.code, 3, "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{row}: {}", ended.stderr);
    }
    let ended = folder.churn("measure", &[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("no plan"), "{}", ended.stderr);
}
