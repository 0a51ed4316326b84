//! Metric values against scikit-learn, scipy and numpy (`tests/reference/metrics.py` at the root of the repository).
#![allow(clippy::unwrap_used)]

use evaluation::*;

/// (probability, churned) of twenty rows with ties.
const V2: ([f64; 20], [u8; 20]) = (
    [0.9, 0.85, 0.8, 0.7, 0.7, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.05, 0.01],
    [1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
);

fn sample(p: &[f64], y: &[u8]) -> Sample {
    let churned = y.iter().map(|&y| y == 1).collect();
    Sample::new(p.to_vec(), churned, (0..p.len() as u32).collect()).unwrap()
}

fn fixture_rows() -> (Vec<f64>, Vec<bool>, Vec<u32>) {
    let (mut p, mut y, mut c) = (Vec::new(), Vec::new(), Vec::new());
    for line in include_str!("fixtures/metrics-rows.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        p.push(fields[0].parse().unwrap());
        y.push(fields[1] == "1");
        c.push(fields[2].parse().unwrap());
    }
    (p, y, c)
}

fn fixture() -> Sample {
    let (p, y, c) = fixture_rows();
    Sample::new(p, y, c).unwrap()
}

fn expected(name: &str) -> f64 {
    let line =
        include_str!("fixtures/metrics-values.csv").lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(','));
    line.unwrap().parse().unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected}");
}

#[test]
fn agrees_with_scikit_learn_on_503_rows_with_ties() {
    let s = fixture();
    assert_eq!((s.rows(), s.churners()), (503, 234));
    let line = calibration(&s).unwrap();
    let gains = gains_curve(&s, 20).unwrap().unwrap();
    let found = [
        ("roc_auc", roc_auc(&s).unwrap()),
        ("average_precision", average_precision(&s).unwrap()),
        ("log_loss", log_loss(&s).unwrap()),
        ("brier", brier(&s).unwrap()),
        ("brier_skill", brier_skill(&s).unwrap()),
        ("ece", ece(&s).unwrap()),
        ("calibration_intercept", line.intercept),
        ("calibration_slope", line.slope),
        ("calibration_in_the_large", calibration_in_the_large(&s).unwrap()),
        ("lift_at_10", lift_at(&s, 0.1).unwrap().unwrap()),
        ("lift_at_33", lift_at(&s, 0.33).unwrap().unwrap()),
        ("gains_at_5", gains[1].share_of_churners),
        ("gains_at_35", gains[7].share_of_churners),
        ("mean_predicted", mean_predicted(&s)),
        ("observed_rate", observed_rate(&s)),
        ("observed_to_expected", observed_to_expected(&s).unwrap()),
    ];
    for (name, value) in found {
        assert!((value - expected(name)).abs() <= 1e-12, "{name}: {value}, expected {}", expected(name));
    }
}

#[test]
fn all_metrics_at_once_are_the_single_ones() {
    let s = fixture();
    let m = PointMetrics::of(&s);
    let line = calibration(&s);
    let single = PointMetrics {
        roc_auc: roc_auc(&s),
        average_precision: average_precision(&s),
        log_loss: log_loss(&s),
        brier: brier(&s),
        brier_skill: brier_skill(&s),
        ece: ece(&s),
        calibration_slope: line.map(|l| l.slope),
        calibration_intercept: line.map(|l| l.intercept),
        lift_at_10: lift_at(&s, 0.1).unwrap(),
    };
    assert_eq!(m, single);
}

#[test]
fn twenty_tied_rows() {
    let s = sample(&V2.0, &V2.1);
    close(roc_auc(&s).unwrap(), 0.813_333_333_333_333_3, 1e-15);
    close(log_loss(&s).unwrap(), 0.513_109_638_416_285_9, 1e-14);
    close(brier(&s).unwrap(), 0.1741, 1e-15);
    close(brier_skill(&s).unwrap(), 0.071_466_666_666_666_68, 1e-14);
    close(average_precision(&s).unwrap(), 0.630_256_410_256_410_2, 1e-14);
    close(lift_at(&s, 0.1).unwrap().unwrap(), 2.0, 1e-14);
    close(lift_at(&s, 0.2).unwrap().unwrap(), 2.5, 1e-14);
    close(lift_ceiling(&s, 0.1).unwrap().unwrap(), 4.0, 1e-15);
    close(ece(&s).unwrap(), 0.164, 1e-14);
    let line = calibration(&s).unwrap();
    close(line.intercept, -1.045_589_536_557_239, 1e-12);
    close(line.slope, 0.999_838_854_744_259_5, 1e-12);
}

#[test]
fn eight_rows_where_steps_and_trapezoids_differ() {
    let s = sample(&[0.1, 0.4, 0.4, 0.8, 0.4, 0.4, 0.1, 0.1], &[0, 0, 1, 1, 0, 1, 0, 1]);
    close(roc_auc(&s).unwrap(), 0.6875, 0.0);
    close(average_precision(&s).unwrap(), 0.675, 1e-15);
}

#[test]
fn a_certain_prediction_that_proves_wrong_costs_36() {
    // sklearn.metrics.log_loss([1], [0.0], labels=[0, 1])
    close(log_loss(&sample(&[0.0], &[1])).unwrap(), 36.043_653_389_117_15, 1e-12);
    close(log_loss(&sample(&[1.0], &[0])).unwrap(), 36.043_653_389_117_15, 1e-12);
    close(log_loss(&sample(&[1.0, 0.0], &[1, 0])).unwrap(), 0.0, 1e-15);
}

#[test]
fn the_order_of_rows_changes_no_bit_of_any_result() {
    let (p, y, c) = fixture_rows();
    let plan = Bootstrap::new(100, 5).unwrap();
    let first = fixture();
    let metrics = Metrics::estimate(&first, plan);
    for stride in [2, 5, 101, 502] {
        // 503 is prime: every stride visits every row once.
        let order: Vec<usize> = (0..p.len()).map(|i| i * stride % p.len()).collect();
        let shuffled = Sample::new(
            order.iter().map(|&i| p[i]).collect(),
            order.iter().map(|&i| y[i]).collect(),
            order.iter().map(|&i| c[i]).collect(),
        )
        .unwrap();
        assert_eq!(Metrics::estimate(&shuffled, plan), metrics);
        assert_eq!(lift_table(&shuffled, 10), lift_table(&first, 10));
        assert_eq!(gains_curve(&shuffled, 50), gains_curve(&first, 50));
        assert_eq!(calibration_curve(&shuffled, 10), calibration_curve(&first, 10));
    }
}
