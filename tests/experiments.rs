//! `churn measure` on many experiments: how often it takes nothing for something, and how often it finds what is there.
//!
//! 30 experiments of each kind; with `CHURN_LONG_TESTS=1` 200 of each.

#[path = "common/campaigns.rs"]
mod campaigns;
mod common;
#[path = "common/quitters.rs"]
mod quitters;

use std::fmt::Write;

use campaigns::object;
use common::Folder;
use decisions::readout::{level_of_each, sample_size_for_two_proportions};
use history::Date;
use quitters::Numbers;

const AS_OF: &str = "2026-01-01";
/// Share that stays of customers who are left alone, on average over blocks of risk.
const STAYS: f64 = 0.65;
/// The probability with which hold-outs are sized to find the effect.
const POWER: f64 = 0.8;

fn experiments() -> u64 {
    if std::env::var("CHURN_LONG_TESTS").is_ok_and(|value| value == "1") { 200 } else { 30 }
}

/// A plan of so many customers with so many held out, and what became of them: whether the interval of the retention lies off 0,
/// and whether it covers the effect.
fn experiment(seed: u64, customers: u64, held_out: u64, effect: f64) -> (bool, bool) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9).wrapping_add(17));
    let as_of: Date = AS_OF.parse().expect("a date");
    let mut orders = "customer_id,timestamp,amount\n".to_owned();
    let mut plan = "customer_id,as_of,action,churn_probability,cost,arm\n".to_owned();
    // The lot: so many of all, drawn one after the other.
    let mut left = (held_out, customers);
    for customer in 0..customers {
        let is_held_out = numbers.next() < left.0 as f64 / left.1 as f64;
        left = (left.0 - u64::from(is_held_out), left.1 - 1);
        let risk = (1.0 - STAYS) + 0.3 * (numbers.next() - 0.5);
        let before = as_of.plus_days(-1 - (80.0 * numbers.next()) as i32);
        writeln!(orders, "E{customer:05},{before},{:.2}", 10.0 + 50.0 * numbers.next()).expect("a text takes any text");
        let stays = 1.0 - risk + if is_held_out { 0.0 } else { effect };
        if numbers.next() < stays {
            let after = as_of.plus_days((60.0 * numbers.next()) as i32);
            writeln!(orders, "E{customer:05},{after},{:.2}", 10.0 + 50.0 * numbers.next())
                .expect("a text takes any text");
        }
        let (arm, cost) = if is_held_out { ("hold_out", "0.00") } else { ("contact", "1.00") };
        writeln!(plan, "E{customer:05},{AS_OF},save,{risk:.4},{cost},{arm}").expect("a text takes any text");
    }
    // The export begins long before, and is complete when the horizon is over.
    writeln!(orders, "first,2025-01-01,10.00\nlast,2026-03-05,10.00").expect("a text takes any text");
    let project = "name = \"shop\"\n[transactions]\npath = \"orders.csv\"\n[churn]\nhorizon = \"60d\"\nactive_within = \"90d\"\n\
                   complete_through = \"2026-03-06\"\n[plan]\nmargin = 0.4\n";
    let folder = Folder::shop(project, &orders);
    folder.write("plan.csv", &plan);
    let place = folder.path("plan.csv").display().to_string();
    let ended = folder.churn_here(&["measure", &place, "--json", "-q", "--no-cache"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let found = object(&ended)["result"]["effect"]["retention"].clone();
    let (low, high) = (found["low"].as_f64().expect("an end"), found["high"].as_f64().expect("an end"));
    (low > 0.0 || high < 0.0, low <= effect && effect <= high)
}

#[test]
fn nothing_is_taken_for_something_in_five_percent_at_most() {
    let all = experiments();
    let (mut found, mut covered) = (0, 0);
    for seed in 0..all {
        let (off_zero, covers) = experiment(seed, 1_500, 500, 0.0);
        found += u64::from(off_zero);
        covered += u64::from(covers);
    }
    // 5 % of 200 are 10. Of 30 experiments more than 4 would be chance in one of sixty runs of this test, which is always the same run.
    let most = if all == 200 { 10 } else { 4 };
    assert!(found <= most && covered >= all - most, "{found} of {all} found something, {covered} cover");
}

#[test]
fn an_effect_is_found_as_often_as_the_hold_out_was_sized_for() {
    let (all, customers, effect) = (experiments(), 2_500, 0.08);
    let alpha = 1.0 - level_of_each(0.95);
    let size = sample_size_for_two_proportions(customers, STAYS, STAYS + effect, POWER, alpha, 0.5).expect("a size");
    assert!(size.power >= POWER, "{size:?}");
    let (mut found, mut covered) = (0, 0);
    for seed in 0..all {
        let (off_zero, covers) = experiment(10_000 + seed, customers, size.held_out, effect);
        found += u64::from(off_zero);
        covered += u64::from(covers);
    }
    // Of 200 experiments 160 are expected, give or take 5.7; of 30, 24 give or take 2.2. Two of these fewer are chance.
    let least = if all == 200 { 149 } else { 20 };
    assert!(found >= least, "{found} of {all} found with {size:?}");
    assert!(covered * 100 >= 93 * all, "{covered} of {all} cover");
}
