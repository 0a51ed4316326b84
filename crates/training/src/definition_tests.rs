//! Whole training runs by other churn definitions and with a limited look-back.
#![allow(clippy::unwrap_used)]

use feature_engineering::{Churn, Eligibility, Snapshot, State};
use history::Days;
use scoring::{Fingerprints, Model, ModelFile, Scores, SliceDates};

use crate::train_tests::{DAYS, Draws, Gone, Purchase, export, export_with, run, settings, shop, start};
use crate::{Trained, TrainingError, TrainingSettings};

fn days(days: u16) -> Days {
    Days::new(days).unwrap()
}

fn with(churn: Churn) -> TrainingSettings {
    let usual = settings();
    TrainingSettings { churn, eligibility: Eligibility::new(usual.eligibility.active_within, churn), ..usual }
}

/// Customers who buy every few weeks and rarer towards the end, and say when they leave; every fourth of them has to.
fn club(customers: u32) -> (Vec<Purchase>, Vec<Gone>) {
    let mut draws = Draws(11);
    let (mut purchases, mut gone) = (Vec::new(), Vec::new());
    for customer in 0..customers {
        let joins = (draws.next() * 250.0) as i32;
        let leaves = joins + 20 + (draws.next() * 500.0) as i32;
        purchases.push((customer, joins, 2_000));
        for day in joins + 1..leaves.min(DAYS) {
            let rate = if leaves - day < 45 { 0.02 } else { 0.12 };
            if draws.next() < rate {
                purchases.push((customer, day, 1_000 + (draws.next() * 3_000.0) as u32));
            }
        }
        if leaves < DAYS {
            gone.push((customer, leaves, customer % 4 != 0));
        }
    }
    (purchases, gone)
}

#[test]
fn cadence_is_learnt_and_judged_by_each_customers_own_period() {
    let export = export(&shop(1_500));
    let churn = Churn::Cadence { multiple: 2.0, min: days(7) };
    let (by_cadence, by_inactivity) = (run(&export, &with(churn)).unwrap(), run(&export, &settings()).unwrap());
    let evaluation = &by_cadence.evaluation;
    // Less patience with the frequent buyers, the same horizon for the rest.
    assert_eq!(evaluation.test.rows, by_inactivity.evaluation.test.rows);
    assert!(evaluation.test.churners > by_inactivity.evaluation.test.churners);
    assert_eq!((evaluation.test.unlabelled, evaluation.slices.training.unlabelled), (0, 0));
    assert!(evaluation.model.roc_auc.value().unwrap() > 0.65, "{:?}", evaluation.model.roc_auc);

    // BG/NBD is asked about the same periods: its mean prediction is then near the churn rate.
    let baseline = evaluation.baselines.bg_nbd.as_ref().unwrap();
    assert!(baseline.calibration_intercept.value().unwrap().abs() < 0.5, "{:?}", baseline.calibration_intercept);

    let file = by_cadence.model.file();
    assert_eq!(file.churn.definition, churn);
    assert!(file.lapsed.is_some());
    assert!(
        by_cadence.card.contains("Churned means: no purchase for 2 times the customer's usual time between purchases")
    );
    assert_eq!(Model::parse(&by_cadence.model.to_json().unwrap()).unwrap(), by_cadence.model);
}

#[test]
fn departures_are_learnt_and_those_that_do_not_count_are_left_out() {
    let (purchases, gone) = club(1_600);
    let export = export_with(&purchases, &gone);
    let trained = run(&export, &with(Churn::Departure { include_involuntary: false })).unwrap();
    let evaluation = &trained.evaluation;
    assert!(evaluation.model.roc_auc.value().unwrap() > 0.7, "{:?}", evaluation.model.roc_auc);

    // The test slice by hand: eligible on day 390, with a departure in [390, 420).
    let as_of = DAYS - 30;
    let last = |customer: u32| purchases.iter().filter(|p| p.0 == customer && p.1 < as_of).map(|p| p.1).max();
    let eligible = |customer: u32| {
        let left = gone.iter().any(|g| g.0 == customer && g.1 < as_of);
        last(customer).is_some_and(|day| day >= as_of - 90) && !left
    };
    let in_window = |voluntary: bool| {
        gone.iter().filter(|g| g.2 == voluntary && g.1 >= as_of && g.1 < DAYS && eligible(g.0)).count() as u64
    };
    let everybody = (0..1_600).filter(|customer| eligible(*customer)).count() as u64;
    assert_eq!(evaluation.test.churners, in_window(true));
    assert_eq!(evaluation.test.unlabelled, in_window(false));
    assert_eq!(evaluation.test.rows, everybody - in_window(false));
    assert!(evaluation.test.unlabelled > 0 && evaluation.slices.training.unlabelled > 0);
    let notes = evaluation.notes.join("\n");
    assert!(notes.contains("neither churned nor stayed"), "{notes}");
    assert!(
        notes.contains("No comparison with BG/NBD: it predicts purchases, and churn is a departure here"),
        "{notes}"
    );
    assert!(notes.contains("No return probability for lapsed customers: churn is a departure here"), "{notes}");
    assert!(evaluation.baselines.bg_nbd.is_none() && trained.model.file().lapsed.is_none());
    assert!(trained.card.contains("Churned means: a voluntary departure in the 30 days from the as-of date."));
    assert!(trained.card.contains("and have not departed since they last bought"));

    let all = run(&export, &with(Churn::Departure { include_involuntary: true })).unwrap().evaluation;
    assert_eq!((all.test.churners, all.test.unlabelled), (in_window(true) + in_window(false), 0));

    // Who has left is not scored.
    let scores = Scores::compute(&trained.model, &export, export.complete_through()).unwrap();
    let state = |customer: u32| scores.rows().iter().find(|row| row.customer == customer).unwrap().state;
    assert!(gone.iter().all(|g| state(g.0) == State::Lapsed));
}

#[test]
fn without_departures_in_the_windows_there_is_nothing_to_learn() {
    let (purchases, _) = club(400);
    let export = export_with(&purchases, &[(0, 5, true)]);
    let error = run(&export, &with(Churn::Departure { include_involuntary: true })).unwrap_err();
    assert!(matches!(error, TrainingError::OneClass { needed: 10, churners: 0, .. }), "{error}");
}

#[test]
fn what_lies_before_the_look_back_reaches_nothing() {
    let purchases = shop(600);
    let limited = TrainingSettings { lookback: Some(days(200)), ..settings() };
    let trained = run(&export(&purchases), &limited).unwrap();
    // Dates on days 210 to 360 see 200 days each; earlier ones would see fewer.
    let file = |trained: &Trained| {
        let file = trained.model.file().clone();
        ModelFile {
            version: String::new(),
            content_sha256: String::new(),
            fingerprints: Fingerprints { data: String::new(), config: String::new() },
            slices: SliceDates { first_day: String::new(), ..file.slices.clone() },
            // How ids are written is remembered of the whole export.
            contract: None,
            ..file
        }
    };
    let distributions = |trained: &Trained| trained.model.file().contract.as_ref().unwrap().distributions.clone();
    let dates = &trained.model.file().slices.training;
    assert_eq!((dates.len(), dates[0].as_str()), (6, start().plus_days(210).to_string().as_str()));
    let look_back = trained.evaluation.look_back;
    assert_eq!((look_back.shortest_training, look_back.longest_training, look_back.test), (200, 200, 200));
    assert_eq!((look_back.days, look_back.dates_with_less), (Some(200), 0));
    assert!(trained.card.contains("Training dates look back 200 days, the test 200 days."));

    let recent: Vec<Purchase> = purchases.iter().copied().filter(|(_, day, _)| *day >= 10).collect();
    assert_eq!(recent.iter().map(|p| p.1).min(), Some(10));
    let later = run(&export(&recent), &limited).unwrap();
    assert_eq!(file(&later), file(&trained));
    assert_eq!(distributions(&later), distributions(&trained));
}

#[test]
fn dates_with_less_than_the_look_back_are_used_and_told_where_there_are_too_few_others() {
    let purchases = shop(600);
    let export = export(&purchases);
    let trained = run(&export, &TrainingSettings { lookback: Some(days(300)), ..settings() }).unwrap();
    let look_back = trained.evaluation.look_back;
    assert_eq!((look_back.shortest_training, look_back.longest_training), (90, 300));
    assert_eq!(look_back.dates_with_less, 7);
    let notes = trained.evaluation.notes.join("\n");
    assert!(notes.contains("7 of the 10 training dates have less history before them than the look-back"), "{notes}");
    assert!(notes.contains("Left-censored, that is first seen within 30 days of the first visible day"), "{notes}");

    // Left-censored by hand, at the test: first seen in the first 30 of the 300 days before day 390.
    let eligible = Snapshot::take(&export.history(start().plus_days(390)), settings().eligibility).unwrap().eligible;
    let first =
        |c: &u32| purchases.iter().filter(|p| p.0 == *c && (90..390).contains(&p.1)).map(|p| p.1).min().unwrap();
    let censored = eligible.iter().filter(|customer| first(customer) < 120).count();
    let share = look_back.left_censored.test.unwrap();
    assert!((share - censored as f64 / eligible.len() as f64).abs() < 1e-12, "{share}");
}
