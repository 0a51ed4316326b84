//! The truth table against what then happened.
#![allow(clippy::unwrap_used, missing_docs)]

mod table;

use simulation::{Company, Destination, Summary, simulate};
use table::{Table, folder};

/// A row of the truth table that has an outcome.
struct Known {
    as_of: String,
    eligible: bool,
    alive: bool,
    probability: f64,
    effect: f64,
    churned: bool,
}

/// 30,000 customers, looked at on two dates whose windows do not overlap.
fn company() -> Company {
    let truth_as_of = ["2025-07-05", "2026-04-02"].map(|date| date.parse().unwrap()).to_vec();
    Company { customers: 30_000, truth_as_of, ..Company::default() }
}

fn known(company: &Company, name: &str) -> (Summary, Vec<Known>) {
    let at = folder(name);
    let summary = simulate(company, &Destination::new(&at), &mut |_| {}).unwrap();
    let truth = Table::read(&at, "truth.csv");
    let rows = truth.rows().filter(|row| !row["churned"].is_empty()).map(|row| Known {
        as_of: row["as_of"].to_owned(),
        eligible: row["state"] == "eligible",
        alive: row["alive"] == "true",
        probability: row["churn_probability"].parse().unwrap(),
        effect: row["offer_effect"].parse().unwrap(),
        churned: row["churned"] == "true",
    });
    (summary, rows.collect())
}

/// How far the number of churners is from the expected one, in standard errors.
fn deviation(rows: &[&Known]) -> f64 {
    let expected: f64 = rows.iter().map(|row| row.probability).sum();
    let variance: f64 = rows.iter().map(|row| row.probability * (1.0 - row.probability)).sum();
    let churned = rows.iter().filter(|row| row.churned).count() as f64;
    (churned - expected) / variance.sqrt()
}

/// Probability that a churner has the higher value of a churner and a stayer; ties count half.
fn auc(rows: &[&Known]) -> f64 {
    let mut sorted: Vec<&&Known> = rows.iter().collect();
    sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let (mut rank_sum, mut at) = (0.0, 0);
    while at < sorted.len() {
        let tied = sorted[at..].iter().take_while(|row| row.probability == sorted[at].probability).count();
        let churned = sorted[at..at + tied].iter().filter(|row| row.churned).count() as f64;
        rank_sum += churned * (at as f64 + (tied as f64 + 1.0) / 2.0);
        at += tied;
    }
    let churners = rows.iter().filter(|row| row.churned).count() as f64;
    (rank_sum - churners * (churners + 1.0) / 2.0) / (churners * (rows.len() as f64 - churners))
}

#[test]
fn the_truth_is_calibrated() {
    let (_, rows) = known(&company(), "calibrated");
    assert!(rows.iter().filter(|row| !row.alive).all(|row| row.churned && row.probability == 1.0));
    for as_of in ["2025-07-05", "2026-04-02"] {
        let mut alive: Vec<&Known> = rows.iter().filter(|row| row.as_of == as_of && row.alive).collect();
        alive.sort_by(|a, b| a.probability.total_cmp(&b.probability));
        assert!(deviation(&alive).abs() < 3.0, "{as_of}: {}", deviation(&alive));
        // Twenty groups by probability on two dates: one in 400 sets of 40 has a member beyond 4 standard errors.
        for group in alive.chunks(alive.len().div_ceil(20)) {
            let (low, high) = (group[0].probability, group[group.len() - 1].probability);
            assert!(deviation(group).abs() < 4.0, "{as_of}, {low} to {high}: {}", deviation(group));
        }
        // And by what the exports show.
        for eligible in [true, false] {
            let group: Vec<&Known> = alive.iter().copied().filter(|row| row.eligible == eligible).collect();
            assert!(group.len() > 500 && deviation(&group).abs() < 3.5, "{as_of} {eligible}: {}", deviation(&group));
        }
    }
}

#[test]
fn a_campaign_within_the_horizon_is_part_of_the_truth() {
    let mut company = company();
    company.customers = 20_000;
    company.campaigns.dates = vec!["2025-07-20".parse().unwrap(), "2026-04-02".parse().unwrap()];
    // Offers that work wonders, so that leaving them out would show.
    company.campaigns.on_persuadable = simulation::OfferFactors { order_rate: 4.0, leaving_rate: 0.0 };
    let (_, rows) = known(&company, "campaign");
    for as_of in ["2025-07-05", "2026-04-02"] {
        let persuadable = rows.iter().filter(|row| row.as_of == as_of && row.eligible && row.effect < -0.05);
        let group: Vec<&Known> = persuadable.collect();
        assert!(group.len() > 1_000 && deviation(&group).abs() < 3.5, "{as_of}: {}", deviation(&group));
    }
}

#[test]
fn it_looks_like_a_shop() {
    let company = company();
    let (summary, rows) = known(&company, "shop");
    let per_customer = summary.purchases as f64 / summary.customers as f64;
    assert!((14.0..17.0).contains(&per_customer), "{per_customer}");
    assert!((0.25..0.5).contains(&summary.churn_rate.unwrap()), "{summary:?}");
    assert!((0.4..0.7).contains(&(summary.eligible as f64 / summary.customers as f64)), "{summary:?}");
    // Steady: two as-of dates nine months apart have the same churn rate within two points.
    let rate = |as_of: &str| {
        let eligible: Vec<f64> =
            rows.iter().filter(|row| row.as_of == as_of && row.eligible).map(|row| row.probability).collect();
        eligible.iter().sum::<f64>() / eligible.len() as f64
    };
    assert!((rate("2025-07-05") - rate("2026-04-02")).abs() < 0.02);
    // Offers help some, harm some, and leave most as they are.
    let eligible: Vec<&Known> = rows.iter().filter(|row| row.eligible).collect();
    let share =
        |of: &dyn Fn(f64) -> bool| eligible.iter().filter(|row| of(row.effect)).count() as f64 / eligible.len() as f64;
    assert!((0.1..0.4).contains(&share(&|effect| effect < -0.01)), "{}", share(&|effect| effect < -0.01));
    assert!((0.03..0.2).contains(&share(&|effect| effect > 0.01)), "{}", share(&|effect| effect > 0.01));
    assert!(share(&|effect| effect == 0.0) > 0.4);
    // Hard to predict even for who knows all but the future; who is gone already is no longer a prediction.
    let alive: Vec<&Known> = eligible.iter().copied().filter(|row| row.alive).collect();
    assert!((0.85..0.93).contains(&auc(&alive)), "{}", auc(&alive));
    assert!(auc(&eligible) > auc(&alive));
}
