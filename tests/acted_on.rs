//! Acting on scores: customers who were made an offer do not teach the next model that the risky ones stay.

#[path = "common/campaigns.rs"]
mod campaigns;
mod common;
#[path = "common/quitters.rs"]
mod quitters;

use std::collections::BTreeSet;
use std::fmt::Write;

use campaigns::rows;
use common::Folder;
use quitters::Numbers;

const CUSTOMERS: usize = 3_000;
const DAYS: i32 = 720;
const HORIZON: i32 = 60;
/// Customers who have been silent for so many days are drawn every thirty days; nine out of ten are called, and one is left alone for as long as
/// nobody else is drawn again.
const SILENT: std::ops::Range<i32> = 40..100;
const CALLED: f64 = 0.9;
/// Of those who are called so many come back.
const WON: f64 = 0.7;
/// The first campaign.
const FROM: i32 = 240;

struct World {
    orders: String,
    offers: String,
    /// Days of purchases of each customer.
    bought: Vec<Vec<i32>>,
}

/// The same customers, left alone or acted on.
fn world(acted_on: bool) -> World {
    let mut world = World {
        orders: "customer_id,timestamp,amount\n".to_owned(),
        offers: "customer_id,timestamp,offer,arm\n".to_owned(),
        bought: Vec::new(),
    };
    for customer in 0..CUSTOMERS {
        let (mut own, mut lot) = (Numbers(customer as u64), Numbers(1_000_000 + customer as u64));
        let (mut bought, mut alive) = (Vec::new(), true);
        let (mut last_drawn, mut returns_on) = (-1_000, -1);
        for day in (300.0 * own.next()) as i32..DAYS {
            let (buys, leaves) = (own.next() < 1.0 / 25.0, own.next() < 1.0 / 220.0);
            if bought.is_empty() || (alive && buys) || day == returns_on {
                bought.push(day);
            }
            alive = (alive && !leaves) || day == returns_on;
            let silent = bought.last().map_or(0, |last| day - last);
            if acted_on && day >= FROM && day % 30 == 0 && SILENT.contains(&silent) && day - last_drawn >= 90 {
                let called = lot.next() < CALLED;
                let arm = if called { "treatment" } else { "control" };
                writeln!(world.offers, "A{customer:04},{},call,{arm}", quitters::day(day))
                    .expect("a text takes any text");
                last_drawn = day;
                if called && lot.next() < WON {
                    returns_on = day + 1 + (25.0 * lot.next()) as i32;
                }
            }
        }
        for day in &bought {
            let amount = 10.0 + 40.0 * own.next();
            writeln!(world.orders, "A{customer:04},{},{amount:.2}", quitters::day(*day))
                .expect("a text takes any text");
        }
        world.bought.push(bought);
    }
    world
}

fn project(offers: bool) -> String {
    let offers = if offers { "[offers]\npath = \"offers.csv\"\n" } else { "" };
    format!(
        "name = \"acted\"\n[transactions]\npath = \"orders.csv\"\n{offers}[churn]\nhorizon = \"{HORIZON}d\"\nactive_within = \"120d\"\n\
         complete_through = \"{}\"\n",
        quitters::day(DAYS)
    )
}

/// Silence in tens of days, of those who may be called.
fn decade(silent: i32) -> Option<usize> {
    SILENT.contains(&silent).then_some((silent / 10) as usize)
}

/// What a model says of customers who are as silent as those who are called and were not called lately, beside what is true of customers
/// of the same silence; and its card.
fn predicted(world: &World, truth: &[f64; 10], offers: bool) -> (f64, f64, String) {
    let folder = Folder::shop(&project(offers), &world.orders);
    if offers {
        folder.write("offers.csv", &world.offers);
    }
    for command in ["train", "score"] {
        let ended = folder.churn(command, &["-q"]);
        assert!([0, 7].contains(&ended.code), "{}", ended.stderr);
    }
    let lately = quitters::day(DAYS - 120).to_string();
    let called =
        world.offers.lines().filter(|line| line.ends_with("treatment") && line.split(',').nth(1) > Some(&lately));
    let called: BTreeSet<&str> = called.filter_map(|line| line.split(',').next()).collect();
    let (mut said, mut is, mut customers) = (0.0, 0.0, 0.0);
    for row in rows(&folder, "out/scores.csv") {
        let id = row["customer_id"].as_str();
        let number: usize = id[1..].parse().expect("an id");
        let silent = DAYS - world.bought[number].last().copied().unwrap_or(0);
        let Some(decade) = decade(silent).filter(|_| row["state"] == "eligible" && !called.contains(id)) else {
            continue;
        };
        said += campaigns::number(&row["churn_probability"]);
        is += truth[decade];
        customers += 1.0;
    }
    assert!(customers >= 100.0, "{customers}");
    let model =
        folder.names("models/acted").into_iter().find(|name| folder.path(&format!("models/acted/{name}")).is_dir());
    let card = folder.read(&format!("models/acted/{}/MODEL_CARD.md", model.expect("a model")));
    (said / customers, is / customers, String::from_utf8(card).expect("text"))
}

/// How many of the silent customers buy nothing within the horizon where nobody does anything, by tens of days of silence.
fn truth() -> [f64; 10] {
    let world = world(false);
    let (mut silent, mut churned) = ([0.0; 10], [0.0; 10]);
    for as_of in (400..=DAYS - HORIZON).step_by(10) {
        for bought in &world.bought {
            let until = bought.partition_point(|day| *day < as_of);
            let Some(last) = until.checked_sub(1).map(|at| bought[at]) else { continue };
            if let Some(decade) = decade(as_of - last) {
                silent[decade] += 1.0;
                churned[decade] += f64::from(u8::from(bought.get(until).is_none_or(|day| *day >= as_of + HORIZON)));
            }
        }
    }
    std::array::from_fn(|decade| if silent[decade] > 0.0 { churned[decade] / silent[decade] } else { 0.0 })
}

#[test]
fn acting_on_scores_does_not_poison_the_next_model() {
    let (truth, acted) = (truth(), world(true));
    let (told, is, card) = predicted(&acted, &truth, true);
    let (untold, _, other_card) = predicted(&acted, &truth, false);
    assert!((told - is).abs() < 0.06, "{told} with the offers table, {is} if nobody does anything");
    assert!(untold < is - 0.25, "{untold} without it: nothing to protect the model from, {is}");
    assert!(card.contains("Left out because they were made an offer within the label window"), "{card}");
    assert!(card.contains("whom the same lots left without one count for them"), "{card}");
    assert!(!other_card.contains("made an offer"));
}
