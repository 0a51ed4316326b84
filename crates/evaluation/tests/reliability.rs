//! Reliability of calibrated probabilities in a world whose truth is a known logit.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, logistic, runs, sample, value};
use evaluation::*;

/// Scores with outcomes of probability `logistic(score)`, `score = -1 + N(0, 1)`: 30 % churn.
fn world(random: &mut Random, rows: usize) -> (Vec<f64>, Vec<bool>) {
    let scores: Vec<f64> = (0..rows).map(|_| random.normal() - 1.0).collect();
    let y = scores.iter().map(|&score| random.uniform() < logistic(score)).collect();
    (scores, y)
}

/// Within three standard deviations of a proportion.
fn near(count: usize, of: usize, share: f64) -> bool {
    (count as f64 / of as f64 - share).abs() <= 3.0 * (share * (1.0 - share) / of as f64).sqrt()
}

#[test]
fn intercept_and_slope_fitted_apart_calibrate_fresh_customers_and_keep_their_order() {
    let sets = runs(500, 2_000);
    let (mut slopes, mut ratios, mut rejected_own, mut rejected_fresh) = (0.0, 0.0, 0, 0);
    for set in 0..sets {
        let mut random = Random::of_run(set as u64 + 4_000_000);
        // The model's predictions are off: half the log-odds, and shifted.
        let predicted = |scores: &[f64]| scores.iter().map(|&s| logistic(0.5 * s + 0.8)).collect::<Vec<_>>();
        let (scores, y) = world(&mut random, 2_000);
        let p = predicted(&scores);
        let calibrator = Calibrator::fit(CalibrationMethod::InterceptSlope, &sample(&p, &y)).unwrap();
        let own = sample(&calibrator.apply(&p).unwrap(), &y);

        let (scores, y) = world(&mut random, 2_000);
        let q = predicted(&scores);
        let fresh = sample(&calibrator.apply(&q).unwrap(), &y);
        slopes += calibration(&fresh).unwrap().slope;
        ratios += observed_to_expected(&fresh).unwrap();
        let (before, after) = (roc_auc(&sample(&q, &y)).unwrap(), roc_auc(&fresh).unwrap());
        assert!((before - after).abs() <= 1e-12, "{before} {after}");

        let rejected = |sample: &Sample, fitted_on| {
            let test = hosmer_lemeshow(sample, 10, fitted_on).unwrap().unwrap();
            usize::from(test.p_value < 0.05)
        };
        rejected_own += rejected(&own, FittedOn::TheseRows);
        let truth: Vec<f64> = scores.iter().map(|&s| logistic(s)).collect();
        rejected_fresh += rejected(&sample(&truth, &y), FittedOn::OtherRows);
    }
    let (slope, ratio) = (slopes / sets as f64, ratios / sets as f64);
    assert!((slope - 1.0).abs() <= 0.02, "{slope}");
    assert!((ratio - 1.0).abs() <= 0.01, "{ratio}");
    // 3.5 to 6.5 % of 2,000.
    assert!(near(rejected_own, sets, 0.05), "{rejected_own} of {sets}");
    assert!(near(rejected_fresh, sets, 0.05), "{rejected_fresh} of {sets}");
}

#[test]
fn the_degrees_of_freedom_matter() {
    // Fitted probabilities judged as if they came from elsewhere reject too seldom, and the other way round too often.
    let sets = 1_000;
    let (mut own, mut fresh) = (0, 0);
    for set in 0..sets {
        let mut random = Random::of_run(set as u64 + 5_000_000);
        let (scores, y) = world(&mut random, 1_000);
        let truth: Vec<f64> = scores.iter().map(|&s| logistic(s)).collect();
        let fitted = Calibrator::fit(CalibrationMethod::InterceptSlope, &sample(&truth, &y)).unwrap();
        let p = |p: &[f64], on| hosmer_lemeshow(&sample(p, &y), 10, on).unwrap().unwrap().p_value;
        own += usize::from(p(&fitted.apply(&truth).unwrap(), FittedOn::OtherRows) < 0.05);
        fresh += usize::from(p(&truth, FittedOn::TheseRows) < 0.05);
    }
    assert!(own < 40 && fresh > 70, "{own} and {fresh} of {sets}");
}

#[test]
fn isotonic_fitted_apart_keeps_the_mean_and_the_order() {
    let sets = runs(100, 500);
    let (mut slopes, mut ratios) = (0.0, 0.0);
    for set in 0..sets {
        let mut random = Random::of_run(set as u64 + 6_000_000);
        let predicted = |scores: &[f64]| scores.iter().map(|&s| logistic(0.5 * s + 0.8)).collect::<Vec<_>>();
        let (scores, y) = world(&mut random, 5_000);
        let calibrator = Calibrator::fit(CalibrationMethod::Isotonic, &sample(&predicted(&scores), &y)).unwrap();
        let (scores, y) = world(&mut random, 5_000);
        let q = predicted(&scores);
        let fresh = sample(&calibrator.apply(&q).unwrap(), &y);
        slopes += calibration(&fresh).unwrap().slope;
        ratios += observed_to_expected(&fresh).unwrap();
        assert_eq!(roc_auc(&fresh), roc_auc(&sample(&q, &y)));
    }
    let (slope, ratio) = (slopes / sets as f64, ratios / sets as f64);
    // Isotonic regression is a little too bold at its ends with 1,500 churners.
    assert!((0.94..=1.02).contains(&slope), "{slope}");
    assert!((ratio - 1.0).abs() <= 0.01, "{ratio}");
}

#[test]
fn hosmer_lemeshow_agrees_with_scipy() {
    // Made by tests/reference/calibration.py over pandas' deciles.
    let expected = |name| value(include_str!("fixtures/calibration-values.csv"), name);
    let p: Vec<f64> = (0..1_000).map(|i| (f64::from(i) + 0.5) / 1_000.0).collect();
    let y: Vec<bool> =
        (0..1_000).map(|i| (f64::from(i * 617 % 1_000) + 0.5) / 1_000.0 < p[i as usize].powf(1.3)).collect();
    for (on, degrees, name) in [(FittedOn::TheseRows, 8, "hl_p_8"), (FittedOn::OtherRows, 10, "hl_p_10")] {
        let found = hosmer_lemeshow(&sample(&p, &y), 10, on).unwrap().unwrap();
        assert_eq!((found.groups, found.degrees_of_freedom), (10, degrees));
        assert!((found.statistic - expected("hl_statistic")).abs() < 1e-11, "{found:?}");
        assert!((found.p_value - expected(name)).abs() < 1e-14, "{found:?}");
    }
}

#[test]
fn hosmer_lemeshow_has_fewer_groups_on_ties_and_none_where_it_does_not_hold() {
    let p: Vec<f64> = [0.1, 0.3, 0.5, 0.8].into_iter().flat_map(|p| [p; 50]).collect();
    let y: Vec<bool> = (0..200).map(|i| i % 50 < [5, 15, 25, 40][i / 50]).collect();
    let tied = hosmer_lemeshow(&sample(&p, &y), 10, FittedOn::TheseRows).unwrap().unwrap();
    assert_eq!((tied.groups, tied.degrees_of_freedom), (4, 2));
    assert!(tied.statistic < 1e-20 && tied.p_value > 1.0 - 1e-12, "{tied:?}");

    let of = |p: &[f64], y: &[bool], c: Vec<u32>, groups| {
        hosmer_lemeshow(&Sample::new(p.to_vec(), y.to_vec(), c).unwrap(), groups, FittedOn::TheseRows)
    };
    let ids: Vec<u32> = (0..200).collect();
    assert_eq!(of(&p, &y, ids.iter().map(|i| i / 2).collect(), 10), Ok(None));
    assert_eq!(of(&p, &y, ids.clone(), 2), Ok(None));
    assert_eq!(of(&p, &y, ids.clone(), 0), Err(EvaluationError::NoBins));
    let certain: Vec<f64> = p.iter().map(|&p| if p < 0.2 { 0.0 } else { p }).collect();
    assert_eq!(of(&certain, &y, ids, 10), Ok(None));
}

#[test]
fn a_curve_is_shown_from_200_churners_and_200_stayers_on() {
    let curve = |churners: usize, rows: usize| {
        let p: Vec<f64> = (0..rows).map(|i| i as f64 / rows as f64).collect();
        let y: Vec<bool> = (0..rows).map(|i| i < churners).collect();
        calibration_curve(&sample(&p, &y), 10).unwrap()
    };
    for (churners, rows, shown) in [(199, 1_000, false), (200, 1_000, true), (800, 1_000, true), (801, 1_000, false)] {
        let curve = curve(churners, rows);
        assert_eq!(curve.shown().is_some(), shown, "{churners} of {rows}");
        assert!(curve.shown().is_none_or(|bins| bins == curve.bins));
    }
}
