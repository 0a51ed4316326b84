//! What the gates say where nothing is wrong, and what a model finds where there is nothing to be found. With
//! `CHURN_LONG_TESTS=1` on ten times as many sets.
#![allow(clippy::unwrap_used)]

use crate::rows::shuffled_labels;
use crate::train_tests::{export, run, settings, shop, shop_of};
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
