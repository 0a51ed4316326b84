//! The choice between intercept and slope and isotonic calibration.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, log_odds, logistic, sample};
use evaluation::*;

/// Predictions `logistic(2·N(0, 1))` with outcomes of probability `truth(log-odds)`.
fn world(seed: u64, rows: usize, truth: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<bool>) {
    let mut random = Random::of_run(seed);
    let x: Vec<f64> = (0..rows).map(|_| 2.0 * random.normal()).collect();
    let y = x.iter().map(|&x| random.uniform() < truth(x)).collect();
    (x.into_iter().map(logistic).collect(), y)
}

fn staircase(x: f64) -> f64 {
    logistic(2.0 * (2.5 * x).tanh() + 0.3 * x - 0.5)
}

#[test]
fn a_staircase_is_isotonic_and_a_line_is_a_line() {
    let (p, y) = world(1, 12_000, staircase);
    let choice = choose_calibration(&sample(&p, &y));
    assert_eq!(choice.method, Some(CalibrationMethod::Isotonic));
    let (raw, line, isotonic) = (
        choice.log_loss_as_predicted.unwrap(),
        choice.log_loss_intercept_slope.unwrap(),
        choice.log_loss_isotonic.unwrap(),
    );
    assert!(isotonic < line && line < raw, "{choice:?}");
    // The least that can be reached is the loss of the truth itself.
    let truth: Vec<f64> = p.iter().map(|&p| staircase(log_odds(p))).collect();
    let least = log_loss(&sample(&truth, &y)).unwrap();
    assert!((0.0..0.004).contains(&(isotonic - least)), "{isotonic} {least}");

    for seed in [2, 3, 4, 5] {
        let (p, y) = world(seed, 6_000, |x| logistic(0.6 * x - 0.4));
        let choice = choose_calibration(&sample(&p, &y));
        assert_eq!(choice.method, Some(CalibrationMethod::InterceptSlope), "{choice:?}");
        assert!(choice.log_loss_isotonic.is_some());
    }
}

#[test]
fn figures_are_of_customers_the_calibration_has_not_seen() {
    // Predictions that say nothing: what isotonic regression finds in them is noise.
    let mut random = Random::of_run(6);
    let p: Vec<f64> = (0..8_000).map(|_| random.uniform()).collect();
    let y: Vec<bool> = p.iter().map(|_| random.uniform() < 0.3).collect();
    let seen = sample(&p, &y);
    let choice = choose_calibration(&seen);
    let cross_fitted = choice.log_loss_isotonic.unwrap();
    let entropy = |sample: &Sample| {
        let rate = observed_rate(sample);
        -rate * rate.ln() - (1.0 - rate) * (1.0 - rate).ln()
    };
    let least = entropy(&seen);
    assert!(cross_fitted > least, "{choice:?} {least}");
    assert_ne!(choice.method, Some(CalibrationMethod::Isotonic));

    // Eight rows of each customer, alike but for a trace, in one fold or in eight.
    let (mut q, mut z, mut customer) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..4_000 {
        for copy in 0..8 {
            q.push(p[i] * (1.0 - 1e-9 * f64::from(copy)));
            z.push(y[i]);
            customer.push(i as u32);
        }
    }
    let rows = (0..q.len() as u32).collect();
    let by_customer = Sample::new(q.clone(), z.clone(), customer).unwrap();
    let least = entropy(&by_customer);
    let by_customer = choose_calibration(&by_customer);
    let by_row = choose_calibration(&Sample::new(q, z, rows).unwrap());
    let (honest, leaked) = (by_customer.log_loss_isotonic.unwrap(), by_row.log_loss_isotonic.unwrap());
    // What the leak hides: seven copies of a row tell its outcome.
    assert!(leaked + 5e-4 < honest && least < honest, "{leaked} {honest} {least}");
    assert_eq!(
        (by_customer.churned_customers + by_customer.stayed_customers, by_row.churned_customers % 8),
        (4_000, 0)
    );
}

#[test]
fn isotonic_is_considered_from_a_thousand_customers_of_each_outcome_on() {
    assert_eq!(MIN_CUSTOMERS_FOR_ISOTONIC, 1_000);
    let (p, _) = world(7, 5_000, staircase);
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let with_churners = |churners: usize| {
        let mut y = vec![false; p.len()];
        // Every other row at the top, and fifty far below.
        let top = order.iter().step_by(2).take(churners - 50);
        for &row in top.chain(order[2_400..].iter().step_by(50).take(50)) {
            y[row] = true;
        }
        y
    };
    let below = choose_calibration(&sample(&p, &with_churners(999)));
    assert_eq!((below.method, below.log_loss_isotonic), (Some(CalibrationMethod::InterceptSlope), None));
    assert_eq!((below.churned_customers, below.stayed_customers), (999, 4_001));
    let above = choose_calibration(&sample(&p, &with_churners(1_000)));
    assert!(above.log_loss_isotonic.is_some());
    assert_eq!(above.method, Some(CalibrationMethod::Isotonic));
    // Rows of one customer are one customer.
    let halved = (0..p.len() as u32).map(|i| i / 2).collect();
    let fewer = choose_calibration(&Sample::new(p.clone(), with_churners(1_200), halved).unwrap());
    assert!(fewer.churned_customers < 1_200);
}

#[test]
fn the_same_choice_whatever_the_order_of_rows() {
    let (p, y) = world(8, 5_000, staircase);
    let of = |order: &[usize]| {
        choose_calibration(
            &Sample::new(
                order.iter().map(|&i| p[i]).collect(),
                order.iter().map(|&i| y[i]).collect(),
                order.iter().map(|&i| (i % 3_700) as u32).collect(),
            )
            .unwrap(),
        )
    };
    let straight: Vec<usize> = (0..p.len()).collect();
    let stride: Vec<usize> = straight.iter().map(|i| i * 1_237 % p.len()).collect();
    assert_eq!(of(&stride), of(&straight));
}

#[test]
fn nothing_to_calibrate_with_is_no_choice() {
    let few = |y: &[bool]| {
        let p: Vec<f64> = (0..y.len()).map(|i| (i as f64 + 0.5) / y.len() as f64).collect();
        choose_calibration(&sample(&p, y))
    };
    assert_eq!(few(&[false; 20]).method, None);
    // A ranking that is the wrong way round.
    let wrong: Vec<bool> = (0..40).map(|i| i < 15 || i == 30).collect();
    assert_eq!(few(&wrong).method, None);
    // Two churners: a fold lacks one, so there is no figure, but there is a line.
    let two: Vec<bool> = (0..40).map(|i| i == 15 || i == 30).collect();
    let choice = few(&two);
    assert_eq!(choice.method, Some(CalibrationMethod::InterceptSlope));
    assert!(choice.log_loss_as_predicted.is_some());
    let one = choose_calibration(&sample(&[0.5], &[true]));
    assert_eq!((one.method, one.log_loss_intercept_slope), (None, None));
}
