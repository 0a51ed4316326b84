//! What the gates say where nothing is wrong, and what a model finds where there is nothing to be found. With
//! `CHURN_LONG_TESTS=1` on ten times as many sets.
#![allow(clippy::unwrap_used)]

use evaluation::Sample as Tested;
use feature_engineering::modelled;

use crate::customers::{CustomerHashes, Share};
use crate::design::{Design, Recipe};
use crate::fit::Sample;
use crate::rows::{Rows, Source, shuffled_labels};
use crate::train_tests::{Draws, export, run, settings, shop, shop_of, start};
use crate::{GateKind, TrainingError};

fn sets() -> u64 {
    if std::env::var("CHURN_LONG_TESTS").is_ok_and(|value| value == "1") { 200 } else { 20 }
}

#[test]
fn clean_shops_raise_no_alarm() {
    // At most 1 % of 200 sets; of 20 sets none.
    let mut alarms = Vec::new();
    for seed in 0..sets() {
        let trained = run(&export(&shop_of(1_000 + seed, 300)), &settings()).unwrap();
        let failed = trained.evaluation.gates.into_iter().filter(|gate| !gate.passed);
        let of_leaks = |kind| matches!(kind, GateKind::Leakage | GateKind::TooGood | GateKind::LabelWindows);
        alarms.extend(failed.filter(|gate| of_leaks(gate.gate)).map(|gate| (seed, gate.why)));
    }
    assert!(alarms.len() as u64 * 100 <= sets(), "{alarms:?}");
}

#[test]
fn shuffled_labels_teach_nothing_that_holds_on_the_test() {
    let export = export(&shop(700));
    let (mut areas, mut variance) = (Vec::new(), 0.0);
    for seed in 1..=sets() {
        match shuffled_labels(seed, || run(&export, &settings())) {
            Ok(trained) => {
                let evaluation = trained.evaluation;
                let churners = evaluation.test.churners as f64;
                let stayers = evaluation.test.rows as f64 - churners;
                // Of the Mann-Whitney U where both come from one distribution (Hanley & McNeil 1982).
                let of_this = (churners + stayers + 1.0) / (12.0 * churners * stayers);
                let area = evaluation.model.roc_auc.value().unwrap();
                assert!((area - 0.5).abs() < 4.5 * of_this.sqrt(), "seed {seed}: {area}");
                assert!(evaluation.gates.iter().all(|gate| gate.passed || gate.gate != GateKind::Leakage));
                assert!(!evaluation.beats_baselines, "seed {seed}: {:?}", evaluation.verdict);
                areas.push(area);
                variance += of_this;
            }
            // A line through noise falls as often as it rises, and a falling one is refused.
            Err(error) => assert!(matches!(error, TrainingError::Backwards { .. }), "{error}"),
        }
    }
    assert!(areas.len() as u64 * 5 > sets(), "{} of {}", areas.len(), sets());
    let n = areas.len() as f64;
    let mean = areas.iter().sum::<f64>() / n;
    let error = variance.sqrt() / n;
    assert!((mean - 0.5).abs() < 4.0 * error, "{mean}, standard error {error}");
}

/// Features of customers at two dates, the later of which 10,000 are eligible at.
fn rows_of_a_large_shop() -> (Rows, Rows) {
    let (export, settings) = (export(&shop_of(77, 19_000)), settings());
    let source = Source {
        export: &export,
        churn: settings.churn,
        lookback: None,
        window: settings.window,
        eligibility: settings.eligibility,
        hashes: CustomerHashes::of(&export, 1),
        acted_on: crate::acted_on::ActedOn::of(&export),
    };
    let [before, after] = [start().plus_days(210), start().plus_days(240)];
    let wanted = modelled(&source.history(before));
    let rows = |date| source.rows(&[date], &wanted, Share::of_rows(1, 1)).unwrap();
    (rows(before), rows(after))
}

/// Exactly so many of the labels are `true`, whichever.
fn random_labels(draws: &mut Draws, rows: usize, churners: usize) -> Vec<bool> {
    let mut labels: Vec<bool> = (0..rows).map(|row| row < churners).collect();
    for last in (1..rows).rev() {
        labels.swap(last, (draws.next() * (last + 1) as f64) as usize);
    }
    labels
}

#[test]
fn random_labels_of_ten_thousand_customers_are_ranked_like_coins() {
    const CHURNERS: usize = 2_000;
    const STAYERS: usize = 8_000;
    let (training, test) = rows_of_a_large_shop();
    assert!(test.len() >= CHURNERS + STAYERS, "{}", test.len());
    let (all, tested): (Vec<usize>, Vec<usize>) = ((0..training.len()).collect(), (0..CHURNERS + STAYERS).collect());
    let columns: Vec<usize> = (0..training.columns.len()).collect();
    let design = Design::fit(&training, &all, &Recipe::lines(&columns)).unwrap();
    let (seen, unseen) = (design.columns(&training, &all), design.columns(&test, &tested));
    let mut areas = Vec::new();
    for seed in 1..=sets() {
        let mut draws = Draws(seed);
        let labels = random_labels(&mut draws, training.len(), training.len() / 5);
        let fitted = Sample::new(&seen, &labels, "training").unwrap().fit(1e-4).unwrap();
        let probability = fitted.logits(&unseen).iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect();
        let labels = random_labels(&mut draws, CHURNERS + STAYERS, CHURNERS);
        let sample = Tested::new(probability, labels, test.customer[..CHURNERS + STAYERS].to_vec()).unwrap();
        areas.push(evaluation::roc_auc(&sample).unwrap());
    }
    // The standard error where nothing is known (Hanley & McNeil 1982) is 0.00722; of 200, none is 4.5 of them away.
    let error = ((CHURNERS + STAYERS + 1) as f64 / (12.0 * (CHURNERS * STAYERS) as f64)).sqrt();
    assert!((error - 0.00722).abs() < 1e-5);
    assert!(areas.iter().all(|area| (area - 0.5).abs() < 0.033), "{areas:?}");
    let mean = areas.iter().sum::<f64>() / areas.len() as f64;
    // 0.0016 for 200 sets: 3.1 standard errors.
    assert!((mean - 0.5).abs() < 3.13 * error / (areas.len() as f64).sqrt(), "{mean}");
}
