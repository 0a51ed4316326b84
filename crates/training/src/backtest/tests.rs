//! Backtests on a small simulated shop.
#![allow(clippy::unwrap_used)]

use std::num::NonZeroUsize;

use feature_engineering::{Churn, Eligibility};
use history::{Days, Export};
use scoring::{Fingerprints, Model, ModelFile};

use super::{Backtest, BacktestDates, Pooled, backtest, horizons};
use crate::train_tests::{DAYS, Purchase, context, export, export_through, run, settings, shop, start};
use crate::{TestPredictions, TrainingDates, TrainingError, TrainingSettings};

fn days(days: u16) -> Days {
    Days::new(days).unwrap()
}

fn over(export: &Export, settings: &TrainingSettings, count: usize) -> Result<Backtest, TrainingError> {
    let dates = BacktestDates { count: NonZeroUsize::new(count).unwrap(), every: None };
    backtest(export, settings, &context(), dates, &mut |_| ())
}

/// The model without what names the export it came of.
fn content(model: &Model) -> ModelFile {
    ModelFile {
        version: String::new(),
        content_sha256: String::new(),
        fingerprints: Fingerprints { data: String::new(), config: String::new() },
        ..model.file().clone()
    }
}

#[test]
fn a_date_of_a_backtest_is_what_training_was_on_that_day() {
    let purchases = shop(600);
    let export = export(&purchases);
    let settings = TrainingSettings { dates: TrainingDates::ChosenOnSelection, ..settings() };
    let backtest = over(&export, &settings, 4).unwrap();
    assert_eq!((backtest.tested.len(), backtest.every, backtest.overlaps(&settings)), (4, days(30), false));
    for (at, tested) in backtest.tested.iter().enumerate() {
        let ends = DAYS - 30 * (3 - at as i32);
        assert_eq!(tested.as_of, start().plus_days(ends - 30));

        let alone = run(&export, &TrainingSettings { test_as_of: Some(tested.as_of), ..settings.clone() }).unwrap();
        assert_eq!(tested.model.to_json().unwrap(), alone.model.to_json().unwrap());
        assert_eq!(tested.evaluation, alone.evaluation);

        // The export as it was when the last label of that test was known: the rest does not exist.
        let cut: Vec<Purchase> = purchases.iter().copied().filter(|(_, day, _)| *day < ends).collect();
        let then = run(&export_through(&cut, &[], ends), &settings).unwrap();
        assert_eq!(content(&tested.model), content(&then.model));
        assert_eq!(tested.evaluation, then.evaluation);
    }
}

#[test]
fn nothing_at_or_after_a_date_reaches_its_model() {
    let purchases = shop(500);
    // Another future from the newest test as-of date on: only its outcome may change, and no model.
    let from = DAYS - 30;
    let mut changed: Vec<Purchase> = purchases.iter().copied().filter(|p| p.1 < from || p.0 % 3 == 0).collect();
    changed.extend((0..500).filter(|customer| customer % 5 == 0).map(|customer| (customer, from, 9_900)));
    let (a, b) = (over(&export(&purchases), &settings(), 3).unwrap(), over(&export(&changed), &settings(), 3).unwrap());
    for (a, b) in a.tested.iter().zip(&b.tested) {
        assert_eq!(content(&a.model), content(&b.model));
    }
    assert_eq!(a.tested[1].evaluation, b.tested[1].evaluation);
    assert_ne!(a.tested[2].evaluation, b.tested[2].evaluation);
}

#[test]
fn pooled_rows_are_those_of_all_dates_and_customers_are_counted_once() {
    let export = export(&shop(600));
    let backtest = over(&export, &settings(), 3).unwrap();
    let pooled = &backtest.pooled;
    let rows: Vec<u64> = backtest.tested.iter().map(|tested| tested.evaluation.model.rows).collect();
    assert_eq!((pooled.dates, pooled.model.rows), (3, rows.iter().sum()));
    assert!(pooled.customers >= *rows.iter().max().unwrap() && pooled.customers < pooled.model.rows);
    assert!(pooled.customers <= 600);
    // Losses are means over rows, so that of the pool follows from those of the dates.
    let loss: f64 =
        backtest.tested.iter().zip(&rows).map(|(t, n)| *n as f64 * t.evaluation.model.log_loss.value().unwrap()).sum();
    assert!((pooled.model.log_loss.value().unwrap() - loss / pooled.model.rows as f64).abs() < 1e-12);
    let aucs: f64 = backtest.tested.iter().map(|t| t.evaluation.model.roc_auc.value().unwrap()).sum();
    assert!((backtest.means.model.roc_auc.unwrap() - aucs / 3.0).abs() < 1e-12);
    // The churn rate alone has no slope at any date, and so no mean of it.
    assert_eq!(backtest.means.prevalence.unwrap().calibration_slope, None);
    assert_eq!(pooled.verdict.len(), 3);
    // The loss of the churn rate alone cannot be matched by chance; what the gate goes by is what the lines say.
    assert!(pooled.verdict[0].starts_with("The model is better than the churn rate alone"), "{:?}", pooled.verdict);
    let better = pooled.verdict.iter().all(|line| line.starts_with("The model is better than"));
    assert_eq!(pooled.beats_baselines, better, "{:?}", pooled.verdict);

    let one = over(&export, &settings(), 1).unwrap();
    assert_eq!(one.pooled.model, one.tested[0].evaluation.model);
    assert_eq!(one.pooled.differences, one.tested[0].evaluation.differences);
}

#[test]
fn a_date_without_bg_nbd_is_left_out_of_that_comparison_alone() {
    let of = |from: u32, bg_nbd: bool| {
        let customers: Vec<u32> = (from..from + 40).collect();
        let model: Vec<f64> = customers.iter().map(|c| 0.1 + 0.8 * f64::from(c % 7) / 6.0).collect();
        TestPredictions {
            churned: customers.iter().map(|c| c % 7 + c % 3 > 4).collect(),
            prevalence: Some(vec![0.4; 40]),
            recency: Some(model.iter().map(|p| 0.3 + p / 4.0).collect()),
            bg_nbd: bg_nbd.then(|| model.iter().map(|p| 0.2 + p / 2.0).collect()),
            customers,
            model,
        }
    };
    // Customers 20 to 39 are tested twice, 20 to 59 have BG/NBD.
    let some = Pooled::of(&[of(0, false), of(20, true)], &settings()).unwrap();
    let only = Pooled::of(&[of(20, true)], &settings()).unwrap();
    assert_eq!((some.model.rows, some.customers, some.baselines.recency.as_ref().unwrap().rows), (80, 60, 80));
    assert_eq!(some.baselines.bg_nbd, only.baselines.bg_nbd);
    assert_eq!(some.differences.bg_nbd, only.differences.bg_nbd);
    assert_ne!(some.differences.recency, only.differences.recency);
    assert_eq!((some.verdict.len(), only.verdict.len()), (4, 3));
    let said =
        "BG/NBD could not be fitted at 1 of the 2 dates: its numbers, and the comparison with it, are of the 40 rows";
    assert!(some.verdict[3].starts_with(said), "{}", some.verdict[3]);
    let none = Pooled::of(&[of(0, false)], &settings()).unwrap();
    assert_eq!((none.baselines.bg_nbd, none.verdict.len()), (None, 3));
}

#[test]
fn dates_without_a_model_are_skipped_with_the_reason() {
    let export = export(&shop(150));
    let backtest = over(&export, &settings(), 16).unwrap();
    assert_eq!(backtest.tested.len() + backtest.skipped.len(), 16);
    assert_eq!(backtest.tested.last().unwrap().as_of, start().plus_days(DAYS - 30));
    // 420 days: test as-of dates are the days 390, 360, ..., 30, 0, -30, -60.
    let reason = |day: i32| {
        let found = backtest.skipped.iter().find(|skipped| skipped.as_of == start().plus_days(day));
        found.map(|skipped| skipped.reason.as_str()).unwrap_or_default()
    };
    for day in [-60, -30, 0, 30] {
        assert!(reason(day).starts_with("expected a training date whose label window ends by"), "{}", reason(day));
    }
    // Customers join over 200 days: on day 30 there were 22 of them.
    assert!(reason(60).starts_with("expected at least 10 churners"), "{}", reason(60));
    assert_eq!(backtest.pooled.dates, backtest.tested.len());

    // Where no date is left, the newest says why.
    let short = export_through(&[(1, 0, 100), (1, 20, 100), (2, 3, 100)], &[], 40);
    let error = over(&short, &settings(), 3).unwrap_err();
    assert!(matches!(error, TrainingError::ShortHistory { needed: 60, found: 40, .. }), "{error}");
}

#[test]
fn threads_and_the_order_of_rows_change_no_bit() {
    let mut purchases = shop(400);
    let of = |purchases: &[Purchase], threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let backtest = pool.install(|| over(&export(purchases), &settings(), 3).unwrap());
        (serde_json::to_string(&backtest.pooled).unwrap(), serde_json::to_string(&backtest.means).unwrap())
    };
    let expected = of(&purchases, 1);
    assert_eq!(of(&purchases, 2), expected);
    purchases.reverse();
    assert_eq!(of(&purchases, 4), expected);
}

#[test]
fn longer_horizons_have_fewer_churners_and_rank_about_the_same_customers_first() {
    let export = export(&shop(900));
    let asked = [days(60), days(15), days(60)];
    let found = horizons(&export, &settings(), &context(), &asked, &mut |_| ()).unwrap();
    assert_eq!((found.as_of, found.declared), (start().plus_days(DAYS - 60), days(30)));
    let tests: Vec<_> = found.results.iter().map(|result| (result.horizon, result.test.clone().unwrap())).collect();
    assert_eq!(tests.iter().map(|(horizon, _)| *horizon).collect::<Vec<_>>(), [days(15), days(30), days(60)]);
    assert!(tests.windows(2).all(|pair| pair[0].1.model.churners > pair[1].1.model.churners));
    assert!(tests.windows(2).all(|pair| pair[0].1.model.rows == pair[1].1.model.rows));
    let agreement = |at: usize| tests[at].1.agreement.unwrap();
    assert_eq!((agreement(1).spearman, agreement(1).customers), (Some(1.0), tests[1].1.model.rows));
    assert!((agreement(1).top_10_overlap - 1.0).abs() < 1e-12);
    for other in [0, 2] {
        let agreement = agreement(other);
        assert!(agreement.spearman.unwrap() > 0.7 && agreement.spearman.unwrap() < 1.0, "{agreement:?}");
        assert!(agreement.top_10_overlap > 0.2 && agreement.top_10_overlap < 1.0, "{agreement:?}");
    }
    // The declared horizon is that of an ordinary training as of the same date.
    let alone = run(&export, &TrainingSettings { test_as_of: Some(found.as_of), ..settings() }).unwrap();
    assert_eq!(tests[1].1.model, alone.evaluation.model);
}

#[test]
fn a_horizon_that_cannot_be_learnt_says_why() {
    let export = export(&shop(600));
    let churn = Churn::Cadence { multiple: 2.0, min: days(20) };
    let settings = TrainingSettings { churn, eligibility: Eligibility::new(days(90), churn), ..settings() };
    let found = horizons(&export, &settings, &context(), &[days(10), days(215)], &mut |_| ()).unwrap();
    let reasons: Vec<String> = found.results.iter().filter_map(|result| result.test.clone().err()).collect();
    assert!(reasons[0].starts_with("expected a horizon of at least 20d"), "{reasons:?}");
    assert!(reasons[1].starts_with("expected at least 430 days of history"), "{reasons:?}");
    assert_eq!((reasons.len(), found.results.len()), (2, 3));
}
