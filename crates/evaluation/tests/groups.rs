//! Metrics by group: against fairlearn's MetricFrame, and by how often their intervals hold the truth.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, covers_95, log_odds, logistic, table};
use evaluation::*;

/// Made by tests/reference/calibration.py.
const ROWS: &str = include_str!("fixtures/groups-rows.csv");
const VALUES: &str = include_str!("fixtures/groups-values.csv");
const Z: f64 = 1.959_963_984_540_054;
/// `E logistic(N(-1, 1))`, by scipy.integrate.quad (scipy 1.17.1).
const MEAN_RATE: f64 = 0.30326532985631677;

fn fixture() -> Vec<GroupMetrics> {
    let rows = table(ROWS);
    let column = |at: usize| rows.iter().map(|r| r[at] as u32).collect::<Vec<_>>();
    let p: Vec<f64> = rows.iter().map(|r| r[0]).collect();
    let y: Vec<bool> = rows.iter().map(|r| r[1] == 1.0).collect();
    by_group(&p, &y, &column(2), &column(3)).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "found {found}, expected {expected}");
}

#[test]
fn agrees_with_fairlearn_and_withholds_what_29_churners_say() {
    let (found, expected) = (fixture(), table(VALUES));
    assert_eq!(found.iter().map(|g| g.group).collect::<Vec<_>>(), [2, 5, 7, 11]);
    for (g, e) in found.iter().zip(&expected) {
        let [group, rows, churners, rate, auc, oe, customers, rate_se, log_oe_se, auc_se] = e[..] else { panic!() };
        assert_eq!(
            [g.group as f64, g.rows as f64, g.churners as f64, g.customers as f64],
            [group, rows, churners, customers]
        );
        if g.group == 11 {
            assert_eq!((g.churners, g.withheld), (29, Some(Withheld::FewChurners)));
            assert_eq!([g.observed_rate, g.roc_auc, g.observed_to_expected], [Estimate::NONE; 3]);
            continue;
        }
        assert_eq!(g.withheld, None);
        close(g.observed_rate.value().unwrap(), rate);
        close(g.roc_auc.value().unwrap(), auc);
        close(g.observed_to_expected.value().unwrap(), oe);

        let effective = (rate * (1.0 - rate) / (rate_se * rate_se)).min(rows);
        let spread = Z * (rate * (1.0 - rate) * effective + Z * Z / 4.0).sqrt();
        let centre = rate * effective + Z * Z / 2.0;
        let (low, high) = g.observed_rate.interval().unwrap();
        close(low, (centre - spread) / (effective + Z * Z));
        close(high, (centre + spread) / (effective + Z * Z));

        let (low, high) = g.observed_to_expected.interval().unwrap();
        close(low.ln(), oe.ln() - Z * log_oe_se);
        close(high.ln(), oe.ln() + Z * log_oe_se);

        let (low, high) = g.roc_auc.interval().unwrap();
        let half = Z * auc_se / (auc * (1.0 - auc));
        close(log_odds(low), log_odds(auc) - half);
        close(log_odds(high), log_odds(auc) + half);
    }
}

#[test]
fn one_row_for_each_customer_has_wilsons_interval() {
    let p: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
    let y: Vec<bool> = (0..200).map(|i| i % 5 == 0).collect();
    let ids: Vec<u32> = (0..200).collect();
    let groups = by_group(&p, &y, &ids, &[3; 200]).unwrap();
    let (low, high) = groups[0].observed_rate.interval().unwrap();
    let (l, h) = wilson_interval(40, 200).unwrap();
    assert!((low - l).abs() < 1e-14 && (high - h).abs() < 1e-14);
}

#[test]
fn few_stayers_are_withheld_too_and_said() {
    let n = 300;
    let p: Vec<f64> = (0..n).map(|i| f64::from(i) / f64::from(n)).collect();
    let ids: Vec<u32> = (0..n as u32).collect();
    let with = |stayers: i32| {
        let y: Vec<bool> = (0..n).map(|i| i >= stayers).collect();
        by_group(&p, &y, &ids, &vec![1; n as usize]).unwrap()[0]
    };
    assert_eq!(with(29).withheld, Some(Withheld::FewStayers));
    assert_eq!(with(29).withheld.unwrap().to_string(), "fewer than 30 rows stayed");
    assert_eq!(with(30).withheld, None);
    assert_eq!(with(30).roc_auc.value(), Some(1.0));
    assert_eq!(with(270).withheld, None);
    assert_eq!(with(271).withheld.unwrap().to_string(), "fewer than 30 rows churned");
}

#[test]
fn bad_columns_are_refused_by_the_row_as_given() {
    let error = by_group(&[0.1, 0.2], &[true, false], &[1, 2], &[1]).unwrap_err();
    assert!(matches!(error, EvaluationError::LengthMismatch { column: "group", expected: 2, found: 1 }));
    let error = by_group(&[0.1, 0.2, 1.2], &[true, false, true], &[1, 2, 3], &[1, 1, 2]).unwrap_err();
    assert!(matches!(error, EvaluationError::NotAProbability { row: 2, .. }));
    assert_eq!(by_group(&[], &[], &[], &[]), Err(EvaluationError::Empty));
}

#[test]
fn intervals_cover_where_customers_have_several_rows() {
    // Calibrated on average: customers differ in a trait that the prediction knows in part. Probability and outcome are
    // those of all four rows of a customer in half of the cases, so rows hang together.
    let runs = 2_000;
    let (mut rate, mut ratio) = (0, 0);
    for run in 0..runs {
        let mut random = Random::of_run(run as u64 + 3_000_000);
        let (mut p, mut y, mut c) = (Vec::new(), Vec::new(), Vec::new());
        for customer in 0..200 {
            let known = logistic(random.normal() - 1.0);
            let together = random.uniform() < 0.5;
            let first = random.uniform() < known;
            for _ in 0..4 {
                p.push(known);
                y.push(if together { first } else { random.uniform() < known });
                c.push(customer);
            }
        }
        let group = by_group(&p, &y, &c, &vec![1; p.len()]).unwrap()[0];
        let holds = |estimate: Estimate, truth: f64| {
            let (low, high) = estimate.interval().unwrap();
            usize::from(low <= truth && truth <= high)
        };
        rate += holds(group.observed_rate, MEAN_RATE);
        ratio += holds(group.observed_to_expected, 1.0);
    }
    assert!(covers_95(rate, runs) && covers_95(ratio, runs), "{rate} and {ratio} of {runs}");
}
