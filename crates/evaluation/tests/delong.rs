//! DeLong's variance: against pROC, against every pair looked at, and by how often its intervals hold the truth.
#![allow(clippy::unwrap_used)]

mod common;

use common::{BINORMAL_AUC, Binormal, Random, covers_95, runs, sample, table, value};
use evaluation::*;
use proptest::prelude::*;

const ROWS: &str = include_str!("fixtures/delong-rows.csv");
/// Made by tests/reference/delong.py.
const NUMPY: &str = include_str!("fixtures/delong-values.csv");
/// Made by tests/reference/delong.R with pROC.
const PROC: &str = include_str!("fixtures/delong-proc.csv");

/// Model and baseline of the fixture; `clustered` says whether the rows of a customer are marked as such.
fn fixture(clustered: bool) -> (Sample, Sample) {
    let rows = table(ROWS);
    let of = |column: usize| {
        let cluster = |(i, r): (usize, &Vec<f64>)| if clustered { r[3] as u32 } else { i as u32 };
        Sample::new(
            rows.iter().map(|r| r[column]).collect(),
            rows.iter().map(|r| r[2] == 1.0).collect(),
            rows.iter().enumerate().map(cluster).collect(),
        )
        .unwrap()
    };
    (of(0), of(1))
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs(), "found {found}, expected {expected}");
}

#[test]
fn one_row_for_each_customer_agrees_with_proc() {
    let (model, baseline) = fixture(false);
    for (sample, name) in [(&model, "model"), (&baseline, "baseline")] {
        let found = delong(sample);
        for reference in [PROC, NUMPY] {
            close(found.auc.value().unwrap(), value(reference, &format!("plain_{name}_auc")), 1e-13);
            close(found.standard_error.unwrap().powi(2), value(reference, &format!("plain_{name}_variance")), 1e-12);
        }
    }
    let difference = delong_difference(&model, &baseline).unwrap();
    close(difference.z.unwrap(), value(PROC, "plain_z"), 1e-12);
    let [a, b, c] = ["model_variance", "baseline_variance", "covariance"].map(|n| value(PROC, &format!("plain_{n}")));
    close(difference.standard_error.unwrap().powi(2), a + b - 2.0 * c, 1e-12);
    assert_eq!(difference.roc_auc.verdict, Some(Verdict::Better));
}

#[test]
fn several_rows_of_a_customer_agree_with_obuchowskis_formula() {
    let (model, baseline) = fixture(true);
    for (sample, name) in [(&model, "model"), (&baseline, "baseline")] {
        let variance = delong(sample).standard_error.unwrap().powi(2);
        close(variance, value(NUMPY, &format!("clustered_{name}_variance")), 1e-12);
    }
    let found = delong_difference(&model, &baseline).unwrap();
    close(found.standard_error.unwrap().powi(2), value(NUMPY, "clustered_difference_variance"), 1e-12);
    let (value, (low, high)) = (found.roc_auc.estimate.value().unwrap(), found.roc_auc.estimate.interval().unwrap());
    close((high - low) / 2.0, 1.959_963_984_540_054 * found.standard_error.unwrap(), 1e-12);
    close((high + low) / 2.0, value, 1e-12);
}

#[test]
fn the_published_example_of_five_tied_grades() {
    // aSAH of pROC (Turck et al. 2010, Intensive Care Medicine 36:107): patients by grade (wfns) and outcome; area 0.8237,
    // plain 95 % interval 0.7485 to 0.8988. All digits: tests/reference/delong.R with pROC 1.18.0.
    let patients = [(37, 2), (20, 12), (3, 1), (8, 8), (4, 18)];
    let (mut p, mut y) = (Vec::new(), Vec::new());
    for (grade, (good, poor)) in patients.into_iter().enumerate() {
        p.extend(vec![grade as f64 / 4.0; good + poor]);
        y.extend((0..good + poor).map(|i| i >= good));
    }
    let found = delong(&sample(&p, &y));
    let (auc, error) = (found.auc.value().unwrap(), found.standard_error.unwrap());
    close(auc, 0.823_678_861_788_617_9, 1e-14);
    close(error.powi(2), 0.001_469_914_708_823_626_4, 1e-12);
    close(auc - 1.959_963_984_540_054 * error, 0.748_534_887_819_452_9, 1e-12);
    // Ours is symmetric in the log-odds: scipy's expit(logit(auc) -+ norm.ppf(0.975) * se / (auc * (1 - auc))).
    let (low, high) = found.auc.interval().unwrap();
    let half = 1.959_963_984_540_054 * error / (auc * (1.0 - auc));
    close(common::log_odds(low), common::log_odds(auc) - half, 1e-12);
    close(common::log_odds(high), common::log_odds(auc) + half, 1e-12);
}

/// Variance of the area of `p`, or of its difference to that of `q`, from all pairs and the formulas as printed.
fn by_pairs(p: &[f64], q: Option<&[f64]>, y: &[bool], c: &[u32]) -> f64 {
    let (m, n) = (y.iter().filter(|y| **y).count() as f64, y.iter().filter(|y| !**y).count() as f64);
    let beats = |s: &[f64], i: usize, j: usize| if s[i] > s[j] { 1.0 } else { f64::from(u8::from(s[i] == s[j])) / 2.0 };
    let psi = |i, j| beats(p, i, j) - q.map_or(0.0, |q| beats(q, i, j));
    let of_class = |class: bool| (0..p.len()).filter(move |&i| y[i] == class);
    let placement = |i: usize| match y[i] {
        true => of_class(false).map(|j| psi(i, j)).sum::<f64>() / n,
        false => of_class(true).map(|j| psi(j, i)).sum::<f64>() / m,
    };
    let area = of_class(true).map(placement).sum::<f64>() / m;
    let mut ids = c.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let excess = |class: bool| -> Vec<f64> {
        ids.iter().map(|&id| of_class(class).filter(|&i| c[i] == id).map(|i| placement(i) - area).sum()).collect()
    };
    let counts = |class: bool| ids.iter().filter(|&&id| of_class(class).any(|i| c[i] == id)).count() as f64;
    let (a, b, i, i10, i01) = (excess(true), excess(false), ids.len() as f64, counts(true), counts(false));
    let squares = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
    let both: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    i10 / (i10 - 1.0) / m * squares(&a) / m
        + i01 / (i01 - 1.0) / n * squares(&b) / n
        + 2.0 * i / (i - 1.0) * both / (m * n)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn ties_and_customers_equal_the_formulas_over_all_pairs(
        rows in prop::collection::vec((0u8..9, 0u8..30, any::<bool>(), 0u32..25), 4..70)
    ) {
        let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 8.0).collect();
        let q: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 29.0).collect();
        let y: Vec<bool> = rows.iter().map(|r| r.2).collect();
        let c: Vec<u32> = rows.iter().map(|r| r.3).collect();
        let singles: Vec<u32> = (0..rows.len() as u32).collect();
        for c in [c, singles] {
            let of = |p: &[f64]| Sample::new(p.to_vec(), y.clone(), c.clone()).unwrap();
            if let Some(error) = delong(&of(&p)).standard_error {
                let expected = by_pairs(&p, None, &y, &c);
                prop_assert!((error * error - expected).abs() <= 1e-13, "{} {}", error * error, expected);
                let error = delong_difference(&of(&p), &of(&q)).unwrap().standard_error.unwrap();
                let expected = by_pairs(&p, Some(&q), &y, &c);
                prop_assert!((error * error - expected).abs() <= 1e-13, "{} {}", error * error, expected);
            }
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_bit(seed in any::<u64>()) {
        let rows = table(ROWS);
        let of = |order: &[usize], column: usize| Sample::new(
            order.iter().map(|&i| rows[i][column]).collect(),
            order.iter().map(|&i| rows[i][2] == 1.0).collect(),
            order.iter().map(|&i| rows[i][3] as u32).collect(),
        ).unwrap();
        let straight: Vec<usize> = (0..rows.len()).collect();
        let mut random = Random::of_run(seed);
        let mut keyed: Vec<(f64, usize)> = straight.iter().map(|&i| (random.uniform(), i)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let shuffled: Vec<usize> = keyed.into_iter().map(|(_, i)| i).collect();
        let both = |order: &[usize]| {
            format!("{:?} {:?}", delong(&of(order, 0)), delong_difference(&of(order, 0), &of(order, 1)).unwrap())
        };
        prop_assert_eq!(both(&shuffled), both(&straight));
    }
}

#[test]
fn no_interval_where_there_is_nothing_to_go_by() {
    let p: Vec<f64> = (0..60).map(|i| f64::from(i) / 60.0).collect();
    let last = |churners: usize| (0..60).map(|i| i >= 60 - churners).collect::<Vec<_>>();
    let one_class = delong(&sample(&p, &last(0)));
    assert_eq!((one_class.auc, one_class.standard_error), (Estimate::NONE, None));
    let perfect = delong(&sample(&p, &last(20)));
    assert_eq!(perfect.standard_error, Some(0.0));
    assert_eq!(perfect.auc, Estimate::new(1.0, None).unwrap());
    // Nine churners have a standard error, ten an interval.
    let swapped = |churners: usize| {
        let mut y = last(churners);
        y.swap(20, 59);
        delong(&sample(&p, &y))
    };
    assert!(swapped(9).standard_error.is_some() && swapped(9).auc.interval().is_none());
    assert!(swapped(10).auc.interval().is_some());
    // Twenty churned rows of one customer are one churner.
    let cluster = (0..60).map(|i| if i >= 40 { 99 } else { i }).collect();
    let one_customer = delong(&Sample::new(p.clone(), last(20), cluster).unwrap());
    assert_eq!((one_customer.auc.value(), one_customer.standard_error), (Some(1.0), None));
}

#[test]
fn two_rankings_alike_differ_by_nothing_and_others_rows_are_refused() {
    let (model, baseline) = fixture(true);
    let rows = table(ROWS);
    let squeezed = Sample::new(
        rows.iter().map(|r| r[0].powi(3) / 2.0).collect(),
        rows.iter().map(|r| r[2] == 1.0).collect(),
        rows.iter().map(|r| r[3] as u32).collect(),
    )
    .unwrap();
    let same = delong_difference(&model, &squeezed).unwrap();
    assert_eq!(same.roc_auc.estimate, Estimate::new(0.0, Some((0.0, 0.0))).unwrap());
    assert_eq!(
        (same.roc_auc.verdict, same.standard_error, same.z),
        (Some(Verdict::NoClearDifference), Some(0.0), None)
    );

    let (forth, back) = (delong_difference(&model, &baseline).unwrap(), delong_difference(&baseline, &model).unwrap());
    assert_eq!(forth.standard_error, back.standard_error);
    assert_eq!(back.roc_auc.verdict, Some(Verdict::Worse));

    let error = delong_difference(&model, &fixture(false).1).unwrap_err();
    assert!(matches!(error, EvaluationError::UnpairedRows { column: "cluster", .. }));
}

/// 500 rows, 20 % events.
const SINGLE: Binormal = Binormal { customers: 500, rows_each: 1, correlation: 0.0, one_outcome: true };
const PAIRS: Binormal = Binormal { customers: 250, rows_each: 2, correlation: 0.5, one_outcome: true };
const MIXED: Binormal = Binormal { customers: 125, rows_each: 4, correlation: 0.5, one_outcome: false };

/// How many of the runs' intervals hold the true area; standard errors are multiplied by `shrink`, rows marked as
/// customers of their own where not `clustered`.
fn delong_covers(world: Binormal, runs: usize, shrink: f64, clustered: bool) -> usize {
    let holds = |run: &u64| {
        let (p, y, c) = world.columns(&mut Random::of_run(*run));
        let c = if clustered { c } else { (0..p.len() as u32).collect() };
        let (low, high) = delong(&Sample::new(p, y, c).unwrap()).auc.interval().unwrap();
        let [low, high, truth] = [low, high, BINORMAL_AUC].map(common::log_odds);
        (truth - (low + high) / 2.0).abs() <= shrink * (high - low) / 2.0
    };
    (0..runs as u64).filter(holds).count()
}

#[test]
fn intervals_cover_95_times_in_100_and_shrunk_ones_are_found_out() {
    let runs = 4_000;
    for (world, name) in [(SINGLE, "single"), (PAIRS, "pairs"), (MIXED, "mixed")] {
        let covered = delong_covers(world, runs, 1.0, true);
        assert!(covers_95(covered, runs), "{name}: {covered} of {runs}");
        // The power of this test: a standard error that is 10 % too small does not pass it.
        let covered = delong_covers(world, runs, 0.9, true);
        assert!(!covers_95(covered, runs), "{name}, shrunk: {covered} of {runs}");
    }
    // Neither does a variance that takes the rows of a customer as independent.
    let covered = delong_covers(PAIRS, runs, 1.0, false);
    assert!(!covers_95(covered, runs), "as if independent: {covered} of {runs}");
}

#[test]
fn intervals_of_a_difference_cover_its_truth() {
    // The baseline is the model's score with noise of the same size: its true area is Φ(1/2).
    const BASELINE_AUC: f64 = 0.691_462_461_274_013_1;
    let runs = 4_000;
    let held = |shrink: f64| {
        let holds = |run: &u64| {
            let mut random = Random::of_run(*run + 1_000_000);
            let (p, y, c) = PAIRS.columns(&mut random);
            let q = p.iter().map(|&p| common::logistic(common::log_odds(p) + random.normal())).collect();
            let (model, baseline) = (Sample::new(p, y.clone(), c.clone()).unwrap(), Sample::new(q, y, c).unwrap());
            let (low, high) = delong_difference(&model, &baseline).unwrap().roc_auc.estimate.interval().unwrap();
            (BINORMAL_AUC - BASELINE_AUC - (low + high) / 2.0).abs() <= shrink * (high - low) / 2.0
        };
        (0..runs as u64).filter(holds).count()
    };
    let (plain, shrunk) = (held(1.0), held(0.9));
    assert!(covers_95(plain, runs) && !covers_95(shrunk, runs), "{plain} and {shrunk} of {runs}");
}

#[test]
fn the_cluster_bootstrap_covers_as_often() {
    let runs = runs(200, 1_000);
    for (world, name) in [(SINGLE, "single"), (PAIRS, "pairs")] {
        let holds = |run: &u64| {
            let (p, y, c) = world.columns(&mut Random::of_run(*run + 2_000_000));
            let constant = Sample::new(vec![0.5; p.len()], y.clone(), c.clone()).unwrap();
            let sample = Sample::new(p, y, c).unwrap();
            // Against a constant, whose area is one half in every replicate: the interval of the area itself, shifted,
            // without the other metrics.
            let comparison = paired_difference(&sample, &constant, Bootstrap::new(500, *run).unwrap()).unwrap();
            let (low, high) = comparison.roc_auc.estimate.interval().unwrap();
            (low..=high).contains(&(BINORMAL_AUC - 0.5))
        };
        let covered = (0..runs as u64).filter(holds).count();
        assert!(covers_95(covered, runs), "{name}: {covered} of {runs}");
    }
}
