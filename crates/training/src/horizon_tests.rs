//! Whole training runs with further horizons.
#![allow(clippy::unwrap_used)]

use feature_engineering::{Churn, Eligibility};
use history::Days;
use scoring::{Model, Scores};

use crate::train_tests::{
    DAYS, Draws, Gone, Purchase, export, export_through, export_with, run, settings, shop, start,
};
use crate::{TrainingError, TrainingSettings};

fn days(days: u16) -> Days {
    Days::new(days).unwrap()
}

fn asked(horizons: &[u16]) -> TrainingSettings {
    TrainingSettings { horizons: horizons.iter().map(|h| days(*h)).collect(), ..settings() }
}

/// Rows and churners by hand: eligible customers of each date, and those without a purchase in the days after it.
fn silent(purchases: &[Purchase], dates: impl Iterator<Item = i32>, horizon: i32) -> (u64, u64) {
    let (mut rows, mut churners) = (0, 0);
    let customers = purchases.iter().map(|p| p.0).max().unwrap() + 1;
    let mut bought = vec![Vec::new(); customers as usize];
    purchases.iter().for_each(|p| bought[p.0 as usize].push(p.1));
    for date in dates {
        for of in &bought {
            let within = |from: i32, to: i32| of.iter().any(|day| from <= *day && *day < to);
            rows += u64::from(within(date - 90, date));
            churners += u64::from(within(date - 90, date) && !within(date, date + horizon));
        }
    }
    (rows, churners)
}

#[test]
fn each_horizon_has_its_own_dates_labels_and_calibration_and_the_curve_goes_through_the_model() {
    let purchases = shop(1_500);
    let export = export(&purchases);
    let plain = run(&export, &settings()).unwrap();
    let trained = run(&export, &asked(&[60, 10, 30, 20])).unwrap();
    let (file, before) = (trained.model.file(), plain.model.file());
    // The model itself is what it is without them, and so is its test.
    assert_eq!(
        (&file.features, file.intercept, &file.calibration),
        (&before.features, before.intercept, &before.calibration)
    );
    assert_eq!(trained.evaluation.model, plain.evaluation.model);
    assert_eq!(file.horizons.iter().map(|h| h.days).collect::<Vec<_>>(), [10, 20, 60]);

    // Dates every 30 days from 90 to 360, tested as of 390. Within 60 days only those up to 330 are known by then.
    for (horizon, last) in file.horizons.iter().zip([360, 360, 330]) {
        let by_hand = silent(&purchases, (90..=last).step_by(30), i32::from(horizon.days));
        assert_eq!((horizon.rows, horizon.churners), by_hand, "{} days", horizon.days);
        assert_eq!(horizon.calibrated_on, start().plus_days(last).to_string());
    }
    let found: Vec<_> = trained.evaluation.horizons.iter().map(|h| (h.days, h.test.is_some())).collect();
    assert_eq!(found, [(10, true), (20, true), (60, false)]);
    let test = trained.evaluation.horizons[0].test.as_ref().unwrap();
    assert_eq!((test.rows, test.churners), silent(&purchases, std::iter::once(390), 10));
    assert!(test.roc_auc.value().unwrap() > 0.65, "{test:?}");
    assert!((test.calibration_slope.value().unwrap() - 1.0).abs() < 0.3, "{test:?}");
    let why_not = trained.evaluation.horizons[2].why_not.as_ref().unwrap();
    assert!(why_not.contains("ends on 2026-03-27, but the export is complete only through 2026-02-25"), "{why_not}");
    assert!(trained.card.contains("## Horizons") && trained.card.contains("| 30 (the model) |"), "{}", trained.card);
    assert!(trained.card.contains("| 60 | ") && !plain.card.contains("## Horizons"));

    // Every customer: silence falls with the horizon, and the model's own probability is where it was.
    let scores = Scores::compute(&trained.model, &export, export.complete_through()).unwrap();
    let curves = scores.curves().unwrap();
    assert_eq!(curves.days(), [10, 20, 30, 60]);
    let scored = scores.rows().iter().filter_map(|row| row.scored.as_ref());
    let (mut n, mut means) = (0.0, [0.0; 4]);
    for (curve, scored) in curves.curves().zip(scored) {
        assert!(curve.windows(2).all(|two| two[0] >= two[1]), "{curve:?}");
        assert!(curve.iter().all(|p| 0.0 < *p && *p < 1.0), "{curve:?}");
        assert_eq!(curve[2].to_bits(), scored.probability.to_bits());
        n += 1.0;
        means.iter_mut().zip(curve).for_each(|(mean, p)| *mean += p);
    }
    assert!(means.windows(2).all(|two| two[0] > two[1] + 0.02 * n), "{means:?} of {n}");
    assert_eq!(Model::parse(&trained.model.to_json().unwrap()).unwrap(), trained.model);
}

#[test]
fn a_longer_horizon_is_tested_where_its_window_is_over() {
    let purchases = shop(1_200);
    let export = export(&purchases);
    let settings = TrainingSettings { test_as_of: Some(start().plus_days(DAYS - 60)), ..asked(&[60]) };
    let trained = run(&export, &settings).unwrap();
    let horizon = &trained.evaluation.horizons[0];
    let test = horizon.test.as_ref().unwrap();
    assert_eq!((test.rows, test.churners), silent(&purchases, std::iter::once(DAYS - 60), 60));
    assert_eq!((test.window_end.as_str(), &horizon.why_not), (start().plus_days(DAYS).to_string().as_str(), &None));
    let fitted = horizon.fitted.as_ref().unwrap();
    // Dates from 90 to 330 for the model, to 300 for the horizon.
    assert_eq!((fitted.training_dates, fitted.calibrated_on.clone()), (8, start().plus_days(300).to_string()));
}

#[test]
fn a_horizon_that_the_data_cannot_answer_is_named_and_never_a_zero() {
    let export = export_through(&shop(1_200), &[], DAYS);
    let trained = run(&export, &asked(&[301, 20])).unwrap();
    assert_eq!(trained.model.file().horizons.len(), 1);
    let absent = &trained.evaluation.horizons[1];
    assert_eq!((absent.days, &absent.fitted, &absent.test), (301, &None, &None));
    assert!(absent.why_not.as_ref().unwrap().contains("the longest possible being 300 days, found 301d"), "{absent:?}");
    assert!(trained.evaluation.notes.iter().any(|note| note.starts_with("No model of the horizon of 301 days: ")));
    assert!(trained.card.contains("| 301 | none | no model: "));

    let churn = Churn::Cadence { multiple: 2.0, min: days(14) };
    let trained = run(&export, &TrainingSettings { churn, ..asked(&[7, 60]) }).unwrap();
    assert_eq!(trained.model.file().horizons.len(), 1);
    assert!(trained.evaluation.horizons[0].why_not.as_ref().unwrap().contains("expected a horizon of at least 14d"));
    let scores = Scores::compute(&trained.model, &export, export.complete_through()).unwrap();
    assert!(scores.curves().unwrap().curves().all(|curve| curve[0] >= curve[1]));
}

/// Customers who buy every week or so until they leave, every third because they have to.
fn club() -> (Vec<Purchase>, Vec<Gone>) {
    let mut draws = Draws(11);
    let (mut purchases, mut gone) = (Vec::new(), Vec::new());
    for customer in 0..1_500 {
        let joins = (draws.next() * 200.0) as i32;
        let leaves = joins + 20 + (draws.next() * 400.0) as i32;
        purchases.push((customer, joins, 2_000));
        for day in joins + 1..leaves.min(DAYS) {
            if draws.next() < if leaves - day < 45 { 0.05 } else { 0.15 } {
                purchases.push((customer, day, 1_000 + (draws.next() * 3_000.0) as u32));
            }
        }
        if leaves < DAYS {
            gone.push((customer, leaves, customer % 3 != 0));
        }
    }
    (purchases, gone)
}

#[test]
fn departures_rise_and_who_has_to_leave_later_has_stayed_so_far() {
    let (purchases, gone) = club();
    let export = export_with(&purchases, &gone);
    let churn = Churn::Departure { include_involuntary: false };
    let eligibility = Eligibility::new(days(90), churn);
    let trained = run(&export, &TrainingSettings { churn, eligibility, ..asked(&[10, 60]) }).unwrap();

    let by_hand = |last: i32, horizon: i32| {
        let (mut rows, mut churners) = (0, 0);
        for date in (90..=last).step_by(30) {
            for customer in 0..1_500 {
                let bought = purchases.iter().any(|p| p.0 == customer && date - 90 <= p.1 && p.1 < date);
                let left = gone.iter().find(|g| g.0 == customer);
                if !bought || left.is_some_and(|g| g.1 < date) {
                    continue;
                }
                match left.filter(|g| g.1 < date + horizon) {
                    Some((_, _, false)) => {}
                    Some(_) => (rows, churners) = (rows + 1, churners + 1),
                    None => rows += 1,
                }
            }
        }
        (rows, churners)
    };
    let file = trained.model.file();
    for (horizon, last) in file.horizons.iter().zip([360, 330]) {
        assert_eq!((horizon.rows, horizon.churners), by_hand(last, i32::from(horizon.days)), "{} days", horizon.days);
    }
    // Within 10 days fewer have no label than within the model's 30.
    assert!(file.horizons[0].rows > file.training_rows);
    let scores = Scores::compute(&trained.model, &export, export.complete_through()).unwrap();
    assert!(scores.curves().unwrap().curves().all(|curve| curve.windows(2).all(|two| two[0] <= two[1])));
}

#[test]
fn no_number_of_threads_changes_a_bit() {
    let export = export(&shop(600));
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let with = |threads| pool(threads).install(|| run(&export, &asked(&[10, 60])).unwrap());
    let alone = with(1);
    assert_eq!(alone.model.file().horizons.len(), 2);
    for threads in [2, 4, 16] {
        let trained = with(threads);
        assert_eq!(trained.model.to_json().unwrap(), alone.model.to_json().unwrap(), "{threads} threads");
        assert_eq!(trained.evaluation, alone.evaluation, "{threads} threads");
    }
}

#[test]
fn a_label_of_what_is_not_over_does_not_exist() {
    let export = export(&shop(300));
    let window = history::LabelWindow { horizon: days(31), ..settings().window };
    let error = export.outcome(start().plus_days(DAYS - 30), window).map(|_| ()).map_err(TrainingError::from);
    assert!(matches!(error, Err(TrainingError::Immature(_))), "{error:?}");
}
