//! What events are worth: where complaints, silence and bad scores truly drive churn, a model with them comes near one that
//! is given the drivers themselves; where they say nothing, they do no harm.

mod common;

use std::fmt::Write as _;

use common::Folder;
use serde_json::Value;

/// Numbers from 0 up to 1 that look random and are always the same (SplitMix64; Steele, Lea & Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.next() < probability
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.next()).ln()
    }
}

/// Customers decide at the beginning of each month of 30 days whether to leave; those who stay buy at least once in it.
const MONTHS: u32 = 20;
const CUSTOMERS: u32 = 7_000;
const FIRST_DAY: i32 = 19_723;

/// What is written, and what is true of the customers who are eligible at the test: probability of leaving, and whether
/// they left.
struct Shop {
    orders: String,
    events: String,
    truth: Vec<(f64, bool)>,
}

/// One customer's standing at the beginning of a month.
#[derive(Default)]
struct Drivers {
    open_complaints: usize,
    days_since_open: Option<f64>,
    is_detractor: bool,
    purchases_last_month: u32,
}

fn moment(day: f64) -> String {
    let date = history::Date::from_days(FIRST_DAY + day as i32);
    let seconds = (day.fract() * 86_400.0) as u32;
    format!("{date}T{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn shop(logit: impl Fn(&Drivers) -> f64) -> Shop {
    let mut numbers = Numbers(11);
    let mut shop = Shop {
        orders: "customer_id,timestamp,amount\n".to_owned(),
        events: "customer_id,timestamp,type,value,resolved_at\n".to_owned(),
        truth: Vec::new(),
    };
    for customer in 0..CUSTOMERS {
        let joins = (numbers.next() * f64::from(MONTHS - 1)) as u32;
        let (pace, mood) = (0.5 + 3.0 * numbers.next(), numbers.next());
        let mut reads = numbers.happens(0.7);
        let mut complaints: Vec<(f64, f64)> = Vec::new();
        let (mut last_open, mut last_score) = (None, None);
        let mut purchases_last_month = 0;
        for month in joins..MONTHS {
            let start = f64::from(30 * month);
            if month > joins {
                let drivers = Drivers {
                    open_complaints: complaints.iter().filter(|(_, resolved)| *resolved >= start).count(),
                    days_since_open: last_open.map(|day: f64| start - day),
                    is_detractor: last_score.is_some_and(|score: f64| score <= 6.0),
                    purchases_last_month,
                };
                let probability = 1.0 / (1.0 + (-logit(&drivers)).exp());
                let leaves = numbers.happens(probability);
                if month == MONTHS - 1 {
                    shop.truth.push((probability, leaves));
                }
                if leaves {
                    break;
                }
            }
            let id = format!("c{customer:05}");
            let mut event = |day: f64, kind: &str, value: &str, resolved: &str| {
                writeln!(shop.events, "{id},{},{kind},{value},{resolved}", moment(day)).expect("text");
            };
            let mut day = start + 30.0 * numbers.next();
            purchases_last_month = 0;
            while day < start + 30.0 {
                writeln!(shop.orders, "{id},{},{:.2}", moment(day), 5.0 + 60.0 * numbers.next()).expect("text");
                purchases_last_month += 1;
                day += numbers.exponential(30.0 / pace);
            }
            if numbers.happens(0.2) {
                let reported = start + 30.0 * numbers.next();
                let resolved = reported + numbers.exponential(30.0);
                complaints.push((reported, resolved));
                event(reported, "complaint", "", &moment(resolved));
            }
            reads = if numbers.happens(0.12) { !reads } else { reads };
            for letter in 0..4 {
                let sent = start + 7.0 * f64::from(letter) + 0.3;
                event(sent, "email_sent", "", "");
                if reads && numbers.happens(0.6) {
                    let opened = sent + 6.0 * numbers.next();
                    event(opened, "email_open", "", "");
                    last_open = Some(opened);
                }
            }
            if numbers.happens(0.35) {
                let score = (10.0 * (0.5 * mood + 0.5 * numbers.next()) + 1.5).round().clamp(0.0, 10.0);
                event(start + 30.0 * numbers.next(), "nps", &score.to_string(), "");
                last_score = Some(score);
            }
        }
    }
    shop
}

/// The model's figures on the test slice, with the families of events or without them.
fn tested(shop: &Shop, with_events: bool) -> Value {
    let without = if with_events {
        ""
    } else {
        "[features]\nwithout = [\"engagement\", \"service\", \"satisfaction\", \"neglect\"]\n"
    };
    let complete_through = history::Date::from_days(FIRST_DAY + 30 * MONTHS as i32);
    let project = format!(
        "name = \"shop\"\n[transactions]\npath = \"orders.csv\"\n[events]\npath = \"events.csv\"\n\
         columns = {{ value = \"value\", resolved_at = \"resolved_at\" }}\n[churn]\nhorizon = \"30d\"\n\
         active_within = \"30d\"\ncomplete_through = \"{complete_through}\"\n{without}"
    );
    let folder = Folder::shop(&project, &shop.orders);
    folder.write("events.csv", &shop.events);
    let trained = folder.churn("train", &["--json", "--no-cache"]);
    assert_eq!(trained.code, 0, "{}", trained.stderr);
    let version = folder.names("models/shop").into_iter().find(|name| name.starts_with("20")).expect("a model");
    let metrics = folder.read(&format!("models/shop/{version}/metrics.json"));
    let metrics: Value = serde_json::from_slice(&metrics).expect("JSON");
    assert_eq!(metrics["test"]["rows"].as_u64(), Some(shop.truth.len() as u64));
    metrics["model"].clone()
}

fn figure(of: &Value, name: &str) -> f64 {
    of[name]["value"].as_f64().or_else(|| of[name].as_f64()).unwrap_or_else(|| panic!("{name} in {of}"))
}

/// Area under the ROC curve: the share of pairs of one who left and one who stayed in which the former is ranked higher.
fn roc_auc(truth: &[(f64, bool)]) -> f64 {
    let mut sorted = truth.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut stayed, mut pairs) = (0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let left = tied.iter().filter(|(_, left)| *left).count() as f64;
        let rest = tied.len() as f64 - left;
        pairs += left * (stayed + rest / 2.0);
        stayed += rest;
    }
    pairs / (stayed * (truth.len() as f64 - stayed))
}

#[test]
fn events_that_drive_churn_are_worth_what_the_truth_allows() {
    let shop = shop(|drivers| {
        let silence = drivers.days_since_open.unwrap_or(365.0).ln_1p();
        -3.9 + 1.5 * drivers.open_complaints as f64
            + 0.8 * (silence - 2.0)
            + 1.2 * f64::from(u8::from(drivers.is_detractor))
    });
    let truth = roc_auc(&shop.truth);
    let (with, without) = (tested(&shop, true), tested(&shop, false));
    let (with, without) = (figure(&with, "roc_auc"), figure(&without, "roc_auc"));
    assert!(with > truth - 0.01, "ROC AUC {with}, {truth} by the true drivers");
    assert!(without < truth - 0.1, "{without} without events: they are no test here");
}

#[test]
fn events_that_say_nothing_do_no_harm() {
    let shop = shop(|drivers| -1.2 - 0.5 * f64::from(drivers.purchases_last_month));
    let (with, without) = (tested(&shop, true), tested(&shop, false));
    let (with, without) = (figure(&with, "log_loss"), figure(&without, "log_loss"));
    assert!(with < without + 0.001, "{with} with events, {without} without");
}
