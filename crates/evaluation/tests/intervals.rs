//! Bootstrap intervals: the same whatever the threads, and covering as often as they promise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{BINORMAL_AUC, Random, logistic};
use evaluation::*;

/// `customers` with `rows_each` identical rows; scores N(1, 1) of churners (30 %) and N(0, 1) of stayers, so that the
/// true area under the curve is Φ(1/√2) = 0.760250. `by_customer` says whether rows are marked as belonging together.
fn binormal(random: &mut Random, customers: u32, rows_each: u32, by_customer: bool) -> Sample {
    let (mut p, mut y, mut c) = (Vec::new(), Vec::new(), Vec::new());
    for customer in 0..customers {
        let churned = random.uniform() < 0.3;
        let score = logistic(random.normal() + f64::from(u8::from(churned)));
        for row in 0..rows_each {
            p.push(score);
            y.push(churned);
            c.push(if by_customer { customer } else { customer * rows_each + row });
        }
    }
    Sample::new(p, y, c).unwrap()
}

/// A metric and its true value.
type Truth = (fn(&Metrics) -> Estimate, f64);

/// Share of `runs` whose 95 % interval holds the truth, for each metric.
fn coverage<const N: usize>(runs: u64, sample: impl Fn(&mut Random) -> Sample, truths: [Truth; N]) -> [f64; N] {
    let mut covered = [0u64; N];
    for run in 0..runs {
        let sample = sample(&mut Random(run * 7_919 + 1));
        let metrics = Metrics::estimate(&sample, Bootstrap::new(300, run).unwrap());
        for (count, (metric, truth)) in covered.iter_mut().zip(&truths) {
            let (low, high) = metric(&metrics).interval().unwrap();
            *count += u64::from(low <= *truth && truth <= &high);
        }
    }
    covered.map(|count| count as f64 / runs as f64)
}

fn auc_coverage(runs: u64, sample: impl Fn(&mut Random) -> Sample) -> f64 {
    coverage(runs, sample, [(|m| m.roc_auc, BINORMAL_AUC)])[0]
}

#[test]
fn auc_intervals_cover_the_truth_95_times_in_100() {
    let covered = auc_coverage(300, |r| binormal(r, 300, 1, true));
    assert!((0.91..=0.98).contains(&covered), "{covered}");
}

#[test]
fn intervals_cover_for_customers_with_several_rows_and_would_not_if_rows_were_drawn() {
    let covered = auc_coverage(300, |r| binormal(r, 200, 4, true));
    assert!((0.91..=0.98).contains(&covered), "{covered}");
    let by_row = auc_coverage(150, |r| binormal(r, 200, 4, false));
    assert!(by_row < 0.8, "{by_row}");
}

/// Calibrated predictions: the outcome is drawn with the predicted probability.
fn calibrated(random: &mut Random) -> Sample {
    let rows = 500;
    let p: Vec<f64> = (0..rows).map(|_| logistic(random.normal() - 0.7)).collect();
    let y = p.iter().map(|&p| random.uniform() < p).collect();
    Sample::new(p, y, (0..rows).collect()).unwrap()
}

#[test]
fn calibration_intervals_hold_1_and_0_for_calibrated_predictions() {
    let [slope, intercept, error] = coverage(
        200,
        calibrated,
        [(|m| m.calibration_slope, 1.0), (|m| m.calibration_intercept, 0.0), (|m| m.ece, 0.0)],
    );
    assert!((0.90..=0.99).contains(&slope), "{slope}");
    assert!((0.90..=0.99).contains(&intercept), "{intercept}");
    // Plain percentiles would almost never hold 0: see the documentation of the field.
    assert!(error >= 0.93, "{error}");
}

#[test]
fn a_miscalibration_beyond_noise_is_not_explained_away() {
    let mut random = Random(5);
    let rows = 5_000;
    let p: Vec<f64> = (0..rows).map(|_| logistic(random.normal())).collect();
    let y = p.iter().map(|&p| random.uniform() < p * 0.7).collect();
    let sample = Sample::new(p, y, (0..rows).collect()).unwrap();
    let ece = Metrics::estimate(&sample, Bootstrap::new(200, 1).unwrap()).ece;
    // The mean gap is 0.3 times the mean prediction of 0.5.
    let (low, high) = ece.interval().unwrap();
    assert!(0.1 < low && low < 0.15 && 0.15 < high && high < 0.2, "{ece:?}");
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let mut random = Random(9);
    let model = binormal(&mut random, 150, 3, true);
    let plan = Bootstrap::for_rows(model.rows(), 42);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let results =
            pool.install(|| (Metrics::estimate(&model, plan), paired_difference(&model, &model, plan).unwrap()));
        // The shortest decimal that reads back as the same number: equal text is equal bits.
        format!("{results:?}")
    };
    let one = on(1);
    for threads in [2, 3, 4, 8] {
        assert_eq!(on(threads), one, "{threads} threads");
    }
    let other_seed = Bootstrap::for_rows(model.rows(), 43);
    assert_ne!(Metrics::estimate(&model, other_seed).roc_auc, Metrics::estimate(&model, plan).roc_auc);
}
