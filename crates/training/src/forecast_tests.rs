//! Where too few churned, or stayed: the forecast in place of the model, and what it must not pretend.
#![allow(clippy::unwrap_used)]

use feature_engineering::{Churn, FittedModels, Snapshot, purchase_days};
use history::{Days, Export, LabelWindow};
use scoring::{Model, ScoreRow, Scores};

use crate::train_tests::{DAYS, Draws, Purchase, export, run, settings, shop};
use crate::{Trained, TrainingError, TrainingSettings};

/// Customers who join over the first 60 days and buy at rates of their own. Every other one leaves within the first half year,
/// before the training dates of [`late`]; the others stay for ever, but for the first so many of them, who leave in the end.
fn settled(customers: u32, leavers: u32) -> Vec<Purchase> {
    let mut draws = Draws(11);
    let mut purchases = Vec::new();
    for customer in 0..customers {
        let rate = 0.25 + 0.5 * draws.next();
        let joins = (draws.next() * 60.0) as i32;
        let early = joins + (draws.next() * 120.0) as i32;
        let leaves = match customer {
            odd if odd % 2 == 1 => early,
            even if even / 2 < leavers => DAYS - 70 - 3 * customer as i32,
            _ => DAYS,
        };
        let cents = |draw: f64| 500 + (draw * 5_000.0) as u32;
        purchases.push((customer, joins, cents(draws.next())));
        for day in joins + 1..leaves {
            if draws.next() < rate {
                purchases.push((customer, day, cents(draws.next())));
            }
        }
    }
    purchases
}

/// Three training dates, at which those who left early have lapsed.
fn late() -> TrainingSettings {
    TrainingSettings { max_dates: 3, ..settings() }
}

/// What must hold of every forecast in place of a model: it says so everywhere, and its probabilities are those of the models
/// of purchases, fitted at the test as-of date.
fn check(export: &Export, settings: &TrainingSettings, trained: &Trained) -> Vec<ScoreRow> {
    let (file, evaluation) = (trained.model.file(), &trained.evaluation);
    let not_trained = file.not_trained.as_ref().unwrap();
    assert_eq!(evaluation.not_trained.as_ref(), Some(not_trained));
    assert!(!evaluation.beats_baselines);
    assert!(evaluation.verdict[0].starts_with("This is a forecast, not trained: "), "{:?}", evaluation.verdict);
    assert!(evaluation.notes[0].contains("a forecast, not trained: "), "{:?}", evaluation.notes);
    assert!(trained.card.contains("**This is a forecast, not trained: ") && trained.card.contains("None was fitted."));
    assert!(!trained.card.contains("Logistic regression") && !trained.card.contains("odds ratio"), "{}", trained.card);
    let read = Model::parse(&trained.model.to_json().unwrap()).unwrap();
    assert_eq!(read, trained.model);

    let test = trained.model.test_as_of();
    let models = FittedModels::fit(&export.history(test)).unwrap().unwrap();
    assert_eq!((not_trained.customers, not_trained.came_back), (models.customers as u64, models.came_back as u64));
    let today = export.complete_through();
    let history = export.history(today);
    let scores = Scores::compute(&trained.model, export, today).unwrap();
    let eligible = Snapshot::take(&history, settings.eligibility).unwrap().eligible;
    let rows: Vec<ScoreRow> = scores.rows().iter().filter(|row| row.scored.is_some()).cloned().collect();
    assert_eq!(rows.iter().map(|row| row.customer).collect::<Vec<_>>(), eligible);
    let (lead, horizon) = (f64::from(settings.window.lead), f64::from(settings.window.horizon.get()));
    for (row, purchases) in rows.iter().zip(purchase_days(&history, &eligible).unwrap()) {
        let scored = row.scored.as_ref().unwrap();
        let none = models.purchases.probability_no_purchase_after(&purchases.unwrap(), lead, horizon).unwrap();
        let none = none.clamp(1e-9, 1.0 - 1e-9);
        assert!((scored.probability - none).abs() < 1e-12 * none.max(1e-3), "{} {none}", scored.probability);
        assert_eq!(scored.interval, None);
        assert!(scored.expected_value.is_finite() && scored.expected_value > 0.0);
    }
    assert_eq!(scores.totals().expected_churners(&trained.model).interval, None);
    assert_eq!(scores.totals().mean_probability(&trained.model).unwrap().interval, None);
    rows
}

#[test]
fn twenty_customers_none_of_whom_churns_are_forecast_and_the_test_says_what_it_cannot() {
    let export = export(&settled(20, 0));
    let trained = run(&export, &late()).unwrap();
    check(&export, &late(), &trained);
    let evaluation = &trained.evaluation;
    let not_trained = evaluation.not_trained.as_ref().unwrap();
    assert_eq!((not_trained.slice.as_str(), not_trained.churners, not_trained.needed), ("training", 0, 10));
    assert_eq!((evaluation.test.rows, evaluation.test.churners), (10, 0));
    assert_eq!(evaluation.model.roc_auc.value(), None);
    assert!(evaluation.baselines.recency.is_none() && evaluation.baselines.prevalence.is_none());
    assert_eq!(evaluation.recency_rule, None);
    assert!(evaluation.verdict.last().unwrap().starts_with("All 10 customers of the test stayed"));
    assert!(evaluation.verdict[0].contains("0 churners were found, 10 are needed (in the training slice)"));
}

#[test]
fn three_leavers_are_too_few_to_train_on_and_the_riskiest_all_the_same() {
    let export = export(&settled(200, 3));
    let trained = run(&export, &late()).unwrap();
    let mut rows = check(&export, &late(), &trained);
    let not_trained = trained.evaluation.not_trained.clone().unwrap();
    assert!(not_trained.churners <= 3 && not_trained.stayers > 100, "{not_trained:?}");
    // The three are silent for 70 days and more; they come first, and are told why.
    let risk = |row: &ScoreRow| row.scored.as_ref().unwrap().probability;
    rows.sort_by(|a, b| risk(b).total_cmp(&risk(a)));
    let mut riskiest: Vec<u32> = rows[..3].iter().map(|row| row.customer).collect();
    riskiest.sort_unstable();
    assert_eq!(riskiest, [0, 2, 4]);
    assert!(rows[..3].iter().all(|row| !row.scored.as_ref().unwrap().reasons.is_empty()), "{:?}", rows[0]);
    assert!(risk(&rows[2]) > 0.5 && risk(&rows[50]) < 0.1, "{} {}", risk(&rows[2]), risk(&rows[50]));
}

#[test]
fn a_test_with_both_kinds_judges_the_forecast() {
    let export = export(&shop(40));
    let trained = run(&export, &settings()).unwrap();
    check(&export, &settings(), &trained);
    let evaluation = &trained.evaluation;
    assert!(evaluation.test.churners > 0 && evaluation.test.churners < evaluation.test.rows);
    assert!(evaluation.model.roc_auc.value().unwrap() > 0.5);
    assert!(evaluation.baselines.prevalence.is_some() && evaluation.differences.prevalence.is_some());
    assert!(evaluation.verdict.iter().any(|line| line.starts_with("The forecast is ")), "{:?}", evaluation.verdict);
}

#[test]
fn a_window_after_a_lead_is_forecast_as_such() {
    let export = export(&settled(60, 2));
    let window = LabelWindow { lead: 14, ..late().window };
    let settings = TrainingSettings { window, ..late() };
    let trained = run(&export, &settings).unwrap();
    check(&export, &settings, &trained);
    assert!(trained.card.contains("in the 30 days from 14 days after the as-of date on"), "{}", trained.card);
}

#[test]
fn where_nearly_everybody_churns_the_value_goes_on_as_before() {
    // Most buy three times within a week and never again; each week brings new ones.
    let mut purchases: Vec<Purchase> = (0..400)
        .flat_map(|customer| {
            (0..3).map(move |time| (customer, customer as i32 % 400 + 2 * time, 1_000 + 100 * customer % 700))
        })
        .collect();
    purchases.extend((0..DAYS).step_by(5).map(|day| (900, day, 2_000)));
    let export = export(&purchases);
    let trained = run(&export, &settings()).unwrap();
    check(&export, &settings(), &trained);
    let not_trained = trained.evaluation.not_trained.clone().unwrap();
    assert!(not_trained.stayers < 10 && not_trained.churners > 50, "{not_trained:?}");
    assert!(not_trained.in_words().contains("customers who stayed were found, 10 are needed"));
}

#[test]
fn nothing_after_the_test_as_of_date_reaches_the_forecast() {
    let purchases = settled(60, 3);
    let test = DAYS - 30;
    let mut changed: Vec<Purchase> =
        purchases.iter().copied().filter(|(customer, day, _)| *day < test || customer % 3 == 0).collect();
    changed.push((59, DAYS - 1, 100));
    let of = |purchases: &[Purchase]| run(&export(purchases), &late()).unwrap().model.file().clone();
    let (before, after) = (of(&purchases), of(&changed));
    assert_eq!((before.features, before.intercept, before.value), (after.features, after.intercept, after.value));
    assert_eq!((before.not_trained, before.slices), (after.not_trained, after.slices));
}

#[test]
fn the_error_stays_where_the_forecast_has_nothing_to_stand_on_or_is_not_the_label() {
    let refused = |purchases: &[Purchase], settings: &TrainingSettings| match run(&export(purchases), settings) {
        Err(error @ (TrainingError::OneClass { .. } | TrainingError::TooFew { .. })) => error.to_string(),
        other => panic!("{other:?}"),
    };
    // Nine customers: too few came back. Everybody buys every day: no model of purchases fits.
    refused(&settled(9, 0), &late());
    refused(&(0..40).flat_map(|c| (0..DAYS).map(move |day| (c, day, 1_000))).collect::<Vec<_>>(), &settings());
    let without = TrainingSettings { without: vec!["buy_till_you_die".to_owned()], ..late() };
    refused(&settled(60, 3), &without);
    let cadence = Churn::Cadence { multiple: 3.0, min: Days::new(7).unwrap() };
    refused(&settled(20, 0), &TrainingSettings { churn: cadence, ..late() });
}
