//! Which calibration to use: intercept and slope, or isotonic.

use serde::Serialize;

use crate::bootstrap::mix;
use crate::{CalibrationMethod, Calibrator, Sample, log_loss};

/// Customers that churned, and customers that stayed, from which isotonic calibration is considered. With fewer it
/// overfits (Niculescu-Mizil & Caruana 2005, ICML: as good as Platt's method from about 1,000 rows on). It is asked here
/// of the rarer outcome, and of customers, because that is what limits the curve.
pub const MIN_CUSTOMERS_FOR_ISOTONIC: usize = 1_000;

/// Folds of customers, each predicted by a calibration that was fitted without it.
const FOLDS: usize = 5;

/// The chosen method with the figures behind the choice: mean log loss on customers the calibration was not fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationChoice {
    /// The method to use; `None` where it cannot be fitted (see [`Calibrator::fit`]).
    pub method: Option<CalibrationMethod>,
    /// Customers with a row that churned.
    pub churned_customers: usize,
    /// Customers with a row that stayed.
    pub stayed_customers: usize,
    /// Log loss of the predictions as they are, on the same rows; there is always one.
    pub log_loss_as_predicted: Option<f64>,
    /// Log loss after intercept and slope; `None` where a fold has no line.
    pub log_loss_intercept_slope: Option<f64>,
    /// Log loss after isotonic calibration; `None` where it was not considered, or a fold has no curve.
    pub log_loss_isotonic: Option<f64>,
}

/// Chooses the calibration of out-of-sample predictions: isotonic where there are at least
/// [`MIN_CUSTOMERS_FOR_ISOTONIC`] customers of both outcomes and its cross-fitted log loss is the lower one, else
/// intercept and slope.
///
/// Where a fold has no line there is nothing to compare with, and intercept and slope it is as well: a fold whose slope is not
/// above 0, say, does not speak for a curve of more freedom.
///
/// Customers are dealt to five folds, all rows of a customer to one; the calibration applied to a fold was fitted on the
/// other four. The folds depend on the customers alone: same sample, same choice. The chosen method is then fitted to
/// all rows by [`Calibrator::fit`].
///
/// `sample` has to hold predictions of a model that did not see these rows; the choice itself is seldom worth a
/// slice of its own, but the figures are not a test: that belongs to rows which neither fit nor choice has seen.
pub fn choose_calibration(sample: &Sample) -> CalibrationChoice {
    let (churned_customers, stayed_customers) = sample.clusters_by_outcome();
    let enough = churned_customers.min(stayed_customers) >= MIN_CUSTOMERS_FOR_ISOTONIC;
    let considered = [CalibrationMethod::InterceptSlope, CalibrationMethod::Isotonic];
    let considered = if enough { &considered[..] } else { &considered[..1] };
    let mut losses = cross_fitted_log_loss(sample, considered).into_iter();
    let (line, isotonic) = (losses.next().flatten(), losses.next().flatten());
    let fits = |method: &CalibrationMethod| Calibrator::fit(*method, sample).is_some();
    let better = line.zip(isotonic).filter(|(line, isotonic)| isotonic < line);
    let method = better.map_or(CalibrationMethod::InterceptSlope, |_| CalibrationMethod::Isotonic);
    CalibrationChoice {
        method: Some(method).filter(fits),
        churned_customers,
        stayed_customers,
        log_loss_as_predicted: log_loss(sample),
        log_loss_intercept_slope: line,
        log_loss_isotonic: isotonic,
    }
}

/// Log loss of each method over all rows, each row calibrated without its fold; `None` where a fold has no calibration.
fn cross_fitted_log_loss(sample: &Sample, methods: &[CalibrationMethod]) -> Vec<Option<f64>> {
    let fold_of = deal(sample.clusters());
    let distinct = &sample.tally().predictions.probability;
    let mut calibrated: Vec<Option<Rows>> = methods.iter().map(|_| Some(Rows::default())).collect();
    // One fold after the other: only one of them is in memory.
    for fold in 0..FOLDS {
        let (mut inside, mut outside) = (Rows::default(), Rows::default());
        for (at, cluster, churned) in sample.ranked() {
            let rows = if fold_of[cluster] == fold { &mut inside } else { &mut outside };
            rows.push(distinct[at], churned, cluster as u32);
        }
        // Folds are empty where there are fewer customers than folds.
        if inside.churned.is_empty() {
            continue;
        }
        let outside = outside.sample();
        for (&method, rows) in methods.iter().zip(&mut calibrated) {
            match (outside.as_ref().and_then(|outside| Calibrator::fit(method, outside)), rows.as_mut()) {
                (Some(calibrator), Some(rows)) => rows.append(&inside, &calibrator),
                _ => *rows = None,
            }
        }
    }
    calibrated.into_iter().map(|rows| log_loss(&rows?.sample()?)).collect()
}

/// Columns of a sample, by rising probability.
#[derive(Debug, Default)]
struct Rows {
    probability: Vec<f64>,
    churned: Vec<bool>,
    cluster: Vec<u32>,
}

impl Rows {
    fn push(&mut self, probability: f64, churned: bool, cluster: u32) {
        self.probability.push(probability);
        self.churned.push(churned);
        self.cluster.push(cluster);
    }

    fn append(&mut self, rows: &Self, calibrator: &Calibrator) {
        for ((&p, &churned), &cluster) in rows.probability.iter().zip(&rows.churned).zip(&rows.cluster) {
            self.push(calibrator.calibrated(p), churned, cluster);
        }
    }

    fn sample(self) -> Option<Sample> {
        Sample::new(self.probability, self.churned, self.cluster).ok()
    }
}

/// The fold of each cluster: shuffled by a fixed hash, then dealt in turn, so that folds differ by one customer at most.
fn deal(clusters: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..clusters).collect();
    order.sort_unstable_by_key(|&cluster| (mix(cluster as u64 + 1), cluster));
    let mut fold_of = vec![0; clusters];
    for (position, &cluster) in order.iter().enumerate() {
        fold_of[cluster] = position % FOLDS;
    }
    fold_of
}
