//! Isotonic calibration: against scikit-learn, and what it must never do.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, log_odds, logistic, sample, table};
use evaluation::*;
use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer};

/// Made by tests/reference/calibration.py: probability, churned, weight, and scikit-learn's `IsotonicRegression` without
/// and with weights.
const ROWS: &str = include_str!("fixtures/isotonic-rows.csv");

#[test]
fn blocks_agree_with_scikit_learn_with_and_without_weights() {
    let mut rows = table(ROWS);
    rows.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let column = |at: usize| rows.iter().map(|r| r[at]).collect::<Vec<_>>();
    let (p, weight) = (column(0), column(2));
    let y: Vec<bool> = rows.iter().map(|r| r[1] == 1.0).collect();
    for (weight, expected) in [(None, column(3)), (Some(weight.as_slice()), column(4))] {
        let blocks = isotonic_blocks(&p, &y, weight).unwrap();
        let found: Vec<f64> = blocks.iter().flat_map(|b| vec![b.observed_rate; b.rows as usize]).collect();
        assert_eq!(found.len(), expected.len());
        assert!(blocks.len() > 10);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() <= 1e-12, "{found}, expected {expected}");
        }
        assert!(blocks.windows(2).all(|b| b[0].observed_rate < b[1].observed_rate));
        assert!(blocks.windows(2).all(|b| b[0].mean_predicted < b[1].mean_predicted));
    }
}

#[test]
fn a_weight_of_two_is_a_row_twice_and_the_order_of_rows_changes_no_bit() {
    let rows = table(ROWS);
    let columns = |order: &mut dyn Iterator<Item = usize>| {
        let order: Vec<usize> = order.collect();
        let p: Vec<f64> = order.iter().map(|&i| rows[i][0]).collect();
        let y: Vec<bool> = order.iter().map(|&i| rows[i][1] == 1.0).collect();
        let w: Vec<f64> = order.iter().map(|&i| rows[i][2]).collect();
        (p, y, w)
    };
    let n = rows.len();
    let (p, y, w) = columns(&mut (0..n));
    let (q, z, v) = columns(&mut (0..n).map(|i| i * 17 % n));
    assert_eq!(Isotonic::fit(&p, &y, Some(&w)), Isotonic::fit(&q, &z, Some(&v)));
    let twice = isotonic_blocks(&p.repeat(2), &y.repeat(2), None).unwrap();
    let weighted = isotonic_blocks(&p, &y, Some(&vec![2.0; n])).unwrap();
    assert_eq!(twice.len(), weighted.len());
    for (a, b) in twice.iter().zip(&weighted) {
        assert_eq!((a.rows, a.weight, a.observed_rate), (2 * b.rows, b.weight, b.observed_rate));
        assert!((a.mean_predicted - b.mean_predicted).abs() < 1e-14);
    }
}

/// Predictions and outcomes of groups of tied rows: prediction, churners, rows.
fn rows(groups: &[(f64, usize, usize)]) -> (Vec<f64>, Vec<bool>) {
    let (mut p, mut y) = (Vec::new(), Vec::new());
    for &(x, churners, rows) in groups {
        p.extend(vec![x; rows]);
        y.extend((0..rows).map(|i| i < churners));
    }
    (p, y)
}

#[test]
fn small_blocks_at_the_ends_join_their_neighbours() {
    let (p, y) = rows(&[
        (0.02, 0, 6),
        (0.05, 1, 40),
        (0.1, 9, 60),
        (0.3, 30, 90),
        // Nine stayers are too few at the end.
        (0.7, 41, 50),
        (0.9, 4, 4),
    ]);
    assert_eq!(isotonic_blocks(&p, &y, None).unwrap().len(), 6);
    let knots: Vec<(f64, f64)> = Isotonic::fit(&p, &y, None).unwrap().unwrap().knots().collect();
    // The first three make ten churners; the last three have 69 stayers.
    let first = ((6.0 * 0.02 + 40.0 * 0.05 + 60.0 * 0.1) / 106.0, 10.0 / 106.0);
    let last = ((90.0 * 0.3 + 50.0 * 0.7 + 4.0 * 0.9) / 144.0, 75.0 / 144.0);
    assert_eq!(knots.len(), 2);
    for (found, expected) in knots.iter().zip([first, last]) {
        assert!((found.0 - expected.0).abs() < 1e-14 && (found.1 - expected.1).abs() < 1e-14, "{knots:?}");
    }
}

#[test]
fn passes_through_its_blocks_and_goes_on_straight_beyond_them() {
    // Worked out by hand: 5/40 twice is one block, 11/20 and 9/20 are pooled.
    let (p, y) = rows(&[(0.1, 5, 40), (0.3, 5, 40), (0.4, 11, 20), (0.5, 9, 20), (0.8, 70, 80)]);
    let isotonic = Isotonic::fit(&p, &y, None).unwrap().unwrap();
    let knots: Vec<(f64, f64)> = isotonic.knots().collect();
    for ((x, y), (expected_x, expected_y)) in knots.iter().zip([(0.2, 0.125), (0.45, 0.5), (0.8, 0.875)]) {
        assert!((x - expected_x).abs() < 1e-15 && (y - expected_y).abs() < 1e-15, "{knots:?}");
    }
    assert_eq!(knots.len(), 3);
    let at = |p: f64| isotonic.log_odds(log_odds(p));
    for (x, y) in [(0.2, 0.125), (0.45, 0.5), (0.8, 0.875)] {
        assert!((at(x) - log_odds(y)).abs() < 1e-14);
    }
    // Half way in log-odds.
    let middle = (log_odds(0.2) + log_odds(0.45)) / 2.0;
    assert!((isotonic.log_odds(middle) - log_odds(0.125) / 2.0).abs() < 1e-14);
    // Both pieces are steeper than 1, so the curve goes on with slope 1.
    assert!((at(0.05) - (log_odds(0.125) + log_odds(0.05) - log_odds(0.2))).abs() < 1e-14);
    assert!((at(0.95) - (log_odds(0.875) + log_odds(0.95) - log_odds(0.8))).abs() < 1e-14);
}

#[test]
fn a_flat_end_goes_on_flat() {
    // The first piece has slope 0.23, the last one 7.
    let (p, y) = rows(&[(0.02, 10, 100), (0.4, 20, 100), (0.6, 30, 100), (0.7, 90, 100)]);
    let isotonic = Isotonic::fit(&p, &y, None).unwrap().unwrap();
    let first = (log_odds(0.2) - log_odds(0.1)) / (log_odds(0.4) - log_odds(0.02));
    let low = isotonic.log_odds(log_odds(0.001));
    assert!((low - (log_odds(0.1) + first * (log_odds(0.001) - log_odds(0.02)))).abs() < 1e-13);
    let high = isotonic.log_odds(log_odds(0.99));
    assert!((high - (log_odds(0.9) + log_odds(0.99) - log_odds(0.7))).abs() < 1e-13);
}

#[test]
fn nothing_to_learn_is_none() {
    let none = |groups: &[(f64, usize, usize)]| {
        let (p, y) = rows(groups);
        Isotonic::fit(&p, &y, None).unwrap().is_none()
    };
    assert!(none(&[(0.1, 0, 20), (0.9, 0, 20)]));
    assert!(none(&[(0.1, 20, 20), (0.9, 20, 20)]));
    assert!(none(&[(0.5, 20, 40)]));
    // The wrong way round.
    assert!(none(&[(0.1, 30, 40), (0.9, 10, 40)]));
    // Distinct, but the same once clipped.
    assert!(none(&[(0.0, 10, 40), (1e-300, 30, 40)]));
    // Separated classes: there is no telling how far apart.
    assert!(none(&[(0.1, 0, 40), (0.9, 40, 40)]));
    assert!(none(&[(0.1, 9, 40), (0.9, 31, 40)]));
    assert!(!none(&[(0.1, 10, 40), (0.9, 30, 40)]));
}

#[test]
fn what_cannot_be_used_is_refused_and_named() {
    let p = [0.2, 0.4];
    let y = [false, true];
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MAX] {
        let error = isotonic_blocks(&p, &y, Some(&[1.0, bad])).unwrap_err();
        assert!(matches!(error, EvaluationError::Weight { row: 1, .. }), "{error}");
    }
    let error = isotonic_blocks(&p, &y, Some(&[1.0])).unwrap_err();
    assert!(matches!(error, EvaluationError::LengthMismatch { column: "weight", expected: 2, found: 1 }));
    assert!(matches!(
        isotonic_blocks(&[f64::NAN], &[true], None),
        Err(EvaluationError::NotAProbability { row: 0, .. })
    ));
    assert_eq!(isotonic_blocks(&[], &[], None), Err(EvaluationError::Empty));
    let calibrator = {
        let (p, y) = rows(&[(0.1, 10, 40), (0.9, 30, 40)]);
        Calibrator::fit(CalibrationMethod::Isotonic, &sample(&p, &y)).unwrap()
    };
    assert!(matches!(calibrator.apply(&[0.5, 1.5]), Err(EvaluationError::NotAProbability { row: 1, .. })));
}

fn read(x: &[f64], y: &[f64]) -> Result<Isotonic, Error> {
    Isotonic::deserialize(MapDeserializer::new([("x", x.to_vec()), ("y", y.to_vec())].into_iter()))
}

#[test]
fn a_file_with_a_curve_that_falls_is_refused() {
    let good = read(&[-1.0, 0.0, 2.0], &[-2.0, -0.5, 0.5]).unwrap();
    assert_eq!(good.log_odds(1.0), 0.0);
    assert!(read(&[-1.0, 0.0], &[0.5, 0.4]).is_err());
    assert!(read(&[0.0, 0.0], &[0.4, 0.5]).is_err());
    assert!(read(&[0.0], &[0.4]).is_err());
    assert!(read(&[0.0, 1.0], &[0.4]).is_err());
    assert!(read(&[0.0, f64::INFINITY], &[0.4, 0.5]).is_err());
    assert!(read(&[0.0, 1.0], &[f64::NAN, 0.5]).is_err());
    assert!(read(&[0.0, 1.0], &[-1e308, 1e308]).is_err());
    // As near to each other as can be.
    let steep = read(&[0.0, f64::from_bits(1)], &[-1.0, 1.0]).unwrap();
    assert_eq!([-1.0, 0.0, f64::from_bits(1), 1.0].map(|x| steep.log_odds(x)), [-2.0, -1.0, 1.0, 2.0]);
    let line = |slope: f64| {
        InterceptSlope::deserialize(MapDeserializer::<_, Error>::new(
            [("intercept", 0.1), ("slope", slope)].into_iter(),
        ))
    };
    assert!(line(0.5).is_ok() && line(0.0).is_err() && line(-1.0).is_err() && line(f64::NAN).is_err());
}

/// Predictions of every kind `f64` can hold between 0 and 1, tied or not, the ends among them, and outcomes that rise
/// with them.
fn anything(random: &mut Random, rows: usize) -> (Vec<f64>, Vec<bool>) {
    let draw = |random: &mut Random| match (random.uniform() * 10.0) as u32 {
        0 => [0.0, 1.0, f64::MIN_POSITIVE, 1e-12, 1.0 - f64::EPSILON / 2.0][(random.uniform() * 5.0) as usize],
        1..=5 => (random.uniform() * 50.0).round() / 50.0,
        _ => random.uniform(),
    };
    let p: Vec<f64> = (0..rows).map(|_| draw(random)).collect();
    let y = p.iter().map(|p| random.uniform() < 0.1 + 0.8 * p).collect();
    (p, y)
}

#[test]
fn never_0_or_1_and_never_falls() {
    let mut fitted = 0;
    for run in 0..300 {
        let mut random = Random::of_run(run + 7_000_000);
        let (p, y) = anything(&mut random, 60 + run as usize);
        let weight: Vec<f64> = p.iter().map(|_| 0.1 + 3.0 * random.uniform()).collect();
        let Some(isotonic) = Isotonic::fit(&p, &y, Some(&weight)).unwrap() else { continue };
        fitted += 1;
        let mut asked = anything(&mut random, 200).0;
        asked.extend(&p);
        asked.sort_by(f64::total_cmp);
        let found = Calibrator::Isotonic(isotonic).apply(&asked).unwrap();
        assert!(found.iter().all(|&p| 0.0 < p && p < 1.0));
        assert!(found.windows(2).all(|pair| pair[0] <= pair[1]));
    }
    assert!(fitted > 250, "{fitted}");
}

#[test]
fn the_ranking_of_new_customers_is_kept() {
    let mut fitted = 0;
    for run in 0..300 {
        let mut random = Random::of_run(run + 8_000_000);
        // Per mille, so that neighbours differ by more than the rounding of a probability.
        let mut draw = |rows: usize| {
            let p: Vec<f64> = (0..rows).map(|_| (1.0 + 998.0 * random.uniform()).round() / 1_000.0).collect();
            let y: Vec<bool> = p.iter().map(|p| random.uniform() < *p).collect();
            (p, y)
        };
        let ((p, y), (q, z)) = (draw(100 + run as usize), draw(200));
        let Some(isotonic) = Isotonic::fit(&p, &y, None).unwrap() else { continue };
        fitted += 1;
        let calibrated = Calibrator::Isotonic(isotonic).apply(&q).unwrap();
        assert_eq!(roc_auc(&sample(&calibrated, &z)), roc_auc(&sample(&q, &z)));
    }
    assert!(fitted > 280, "{fitted}");
}

#[test]
fn straightens_predictions_bent_in_a_way_no_line_can() {
    // The truth is a staircase in the prediction's log-odds.
    let truth = |x: f64| logistic(2.0 * (2.5 * x).tanh() + 0.3 * x - 0.5);
    let draw = |random: &mut Random, rows: usize| {
        let x: Vec<f64> = (0..rows).map(|_| 2.0 * random.normal()).collect();
        let y: Vec<bool> = x.iter().map(|&x| random.uniform() < truth(x)).collect();
        let p: Vec<f64> = x.iter().map(|&x| logistic(x)).collect();
        (p, y)
    };
    let mut random = Random::of_run(77);
    let (p, y) = draw(&mut random, 40_000);
    let (q, z) = draw(&mut random, 40_000);
    let fit = |method| Calibrator::fit(method, &sample(&p, &y)).unwrap().apply(&q).unwrap();
    let (line, isotonic) = (fit(CalibrationMethod::InterceptSlope), fit(CalibrationMethod::Isotonic));
    let off = |found: &[f64]| {
        let squares = found.iter().zip(&q).map(|(f, &q)| (f - truth(log_odds(q))).powi(2)).sum::<f64>();
        (squares / found.len() as f64).sqrt()
    };
    let (of_line, of_isotonic) = (off(&line), off(&isotonic));
    assert!(of_isotonic < 0.02 && of_line > 2.0 * of_isotonic, "{of_line} {of_isotonic}");
    let ratio = observed_to_expected(&sample(&isotonic, &z)).unwrap();
    assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
}
