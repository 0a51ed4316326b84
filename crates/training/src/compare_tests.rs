//! Two models of one shop, on rows that neither has seen.
#![allow(clippy::unwrap_used)]

use feature_engineering::{Eligibility, Snapshot};
use history::Days;
use scoring::{Model, ModelFile};

use crate::train_tests::{DAYS, export, run, settings, shop, start};
use crate::{CompareSettings, Standing, TrainingError, TrainingSettings, compare, future_from};

fn of(as_of: Option<history::Date>) -> CompareSettings {
    CompareSettings { as_of, seed: 1, max_rows: 300_000, replicates: Some(200) }
}

/// The same model with its weights turned about.
fn spoilt(model: &Model) -> Model {
    let mut file: ModelFile = model.file().clone();
    file.features.iter_mut().for_each(|weight| weight.coefficient *= -0.5);
    Model::new(file).unwrap()
}

#[test]
fn a_spoilt_model_is_worse_on_the_same_rows_and_a_copy_is_not() {
    let export = export(&shop(1_500));
    let trained = run(&export, &settings()).unwrap();
    let (model, spoilt) = (&trained.model, spoilt(&trained.model));
    let comparison = compare(&export, model, &spoilt, &of(None)).unwrap();
    // The newest date is the test date of both, and the rows are those of the test: the metrics are those of the test.
    assert_eq!(comparison.as_of, trained.evaluation.test.as_of);
    assert_eq!(comparison.champion.metrics, trained.evaluation.model);
    assert_eq!((comparison.rows, comparison.only_champion), (trained.evaluation.test.rows, 0));
    assert_eq!(comparison.standing, Standing::Worse);
    let (ours, theirs) = (&comparison.champion.metrics, &comparison.challenger.metrics);
    let expected = theirs.brier.value().unwrap() - ours.brier.value().unwrap();
    assert!((comparison.difference.brier.estimate.value().unwrap() - expected).abs() < 1e-12);
    let gate = comparison.gate();
    assert!(!gate.passed && gate.subject == model.version() && gate.why.contains("log-loss"), "{gate:?}");

    let back = compare(&export, &spoilt, model, &of(None)).unwrap();
    assert_eq!(back.standing, Standing::Better);
    assert!(back.gate().passed);
    let same = compare(&export, model, model, &of(None)).unwrap();
    assert_eq!(same.standing, Standing::NoClearDifference);
    assert_eq!(same.difference.log_loss.estimate.value(), Some(0.0));
}

#[test]
fn only_dates_that_are_future_for_both_are_compared_at() {
    let export = export(&shop(600));
    let test_as_of = start().plus_days(DAYS - 60);
    let old = run(&export, &TrainingSettings { test_as_of: Some(test_as_of), ..settings() }).unwrap().model;
    let new = run(&export, &settings()).unwrap().model;
    assert_eq!((future_from(&old), future_from(&new)), (test_as_of, start().plus_days(DAYS - 30)));
    // The old model's own test date: the new model has learnt from what happened then.
    let error = compare(&export, &old, &new, &of(Some(test_as_of))).unwrap_err();
    assert!(matches!(&error, TrainingError::NotFuture { version, .. } if version == new.version()), "{error}");
    assert!(error.is_about_data());
    let at = start().plus_days(DAYS - 30);
    assert_eq!(compare(&export, &old, &new, &of(None)).unwrap().as_of, at.to_string());
    let error = compare(&export, &old, &new, &of(Some(at.plus_days(1)))).unwrap_err();
    assert!(matches!(error, TrainingError::Immature(_)), "{error}");

    // An export that ends before the new model was tested can judge it at no date.
    let earlier: Vec<_> = shop(600).into_iter().filter(|purchase| purchase.1 < DAYS).collect();
    let shorter = crate::train_tests::export_until(&earlier, DAYS - 10);
    let error = compare(&shorter, &old, &new, &of(None)).unwrap_err();
    assert!(matches!(error, TrainingError::NoCommonFuture { .. }), "{error}");
}

#[test]
fn rows_are_those_whom_both_rules_make_eligible() {
    let export = export(&shop(800));
    let wide = run(&export, &settings()).unwrap().model;
    let usual = settings();
    let eligibility = Eligibility::new(Days::new(45).unwrap(), usual.churn);
    let narrow = run(&export, &TrainingSettings { eligibility, ..usual }).unwrap().model;
    let comparison = compare(&export, &wide, &narrow, &of(None)).unwrap();
    let at = |model: &Model| {
        Snapshot::take(&export.history(start().plus_days(DAYS - 30)), model.eligibility()).unwrap().eligible.len()
            as u64
    };
    assert_eq!(comparison.rows, at(&narrow));
    assert_eq!((comparison.only_champion, comparison.only_challenger), (at(&wide) - at(&narrow), 0));
    assert!(comparison.only_champion > 0);

    let other =
        TrainingSettings { window: history::LabelWindow { lead: 7, horizon: Days::new(30).unwrap() }, ..settings() };
    let other = run(&export, &other).unwrap().model;
    let error = compare(&export, &wide, &other, &of(None)).unwrap_err();
    assert!(error.is_about_data() && error.to_string().contains("cannot be compared"), "{error}");
}
