//! Does the model beat the baseline? Both on the same rows, with the same customers drawn for both.

use serde::{Deserialize, Serialize};

use crate::bootstrap::percentile_interval;
use crate::metrics::TOP_SHARE;
use crate::tally::{Count, Tally};
use crate::{Bootstrap, Estimate, EvaluationError, Sample, brier, lift, log_loss, roc_auc};

/// What an interval of the difference says about the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole 95 % interval lies on the model's side of 0.
    Better,
    /// The 95 % interval holds 0, or there is none.
    NoClearDifference,
    /// The whole 95 % interval lies on the baseline's side of 0.
    Worse,
}

/// Model minus baseline in one metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Model minus baseline, with the 95 % interval of the paired bootstrap.
    pub estimate: Estimate,
    /// What that says; `None` where the metric does not exist for these rows.
    pub verdict: Option<Verdict>,
}

/// Model minus baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Log loss: below 0 the model is better.
    pub log_loss: Difference,
    /// Area under the ROC curve: above 0 the model is better.
    pub roc_auc: Difference,
    /// Brier score: below 0 the model is better.
    pub brier: Difference,
    /// Lift at a tenth of the rows: above 0 the model is better.
    pub lift_at_10: Difference,
}

/// Compares a model with a baseline on the same rows, both resampled with the same customers: what the two have in
/// common cancels, so the interval is narrower than those of the two metrics suggest.
///
/// Unlike in [`Metrics`](crate::Metrics), replicates that do not differ give an interval of no width, so that two
/// identical models differ by 0 with certainty.
///
/// # Errors
///
/// [`EvaluationError::UnpairedLengths`] or [`EvaluationError::UnpairedRows`] unless both samples hold the same
/// outcomes of the same customers in the same order.
pub fn paired_difference(
    model: &Sample,
    baseline: &Sample,
    bootstrap: Bootstrap,
) -> Result<Comparison, EvaluationError> {
    model.check_paired(baseline)?;
    let replicates = bootstrap.run(model.clusters(), |drawn, scratch: &mut Scratch| {
        let a = model.resampled(drawn, &mut scratch.model);
        let b = baseline.resampled(drawn, &mut scratch.baseline);
        Pair::of(&a, &b)
    });
    let point = Pair::of(&model.tally(), &baseline.tally());
    let difference = |metric: fn(&Pair) -> Option<f64>, better_below_zero| {
        let interval = percentile_interval(replicates.iter().map(metric));
        let estimate = Estimate::computed(metric(&point), interval);
        Difference { estimate, verdict: estimate.value().map(|_| verdict(estimate.interval(), better_below_zero)) }
    };
    Ok(Comparison {
        log_loss: difference(|pair| pair.log_loss, true),
        roc_auc: difference(|pair| pair.roc_auc, false),
        brier: difference(|pair| pair.brier, true),
        lift_at_10: difference(|pair| pair.lift_at_10, false),
    })
}

#[derive(Debug, Default)]
struct Scratch {
    model: Vec<Count>,
    baseline: Vec<Count>,
}

#[derive(Debug)]
struct Pair {
    log_loss: Option<f64>,
    roc_auc: Option<f64>,
    brier: Option<f64>,
    lift_at_10: Option<f64>,
}

impl Pair {
    fn of(a: &Tally<'_>, b: &Tally<'_>) -> Self {
        Self {
            log_loss: minus(log_loss::of(a), log_loss::of(b)),
            roc_auc: minus(roc_auc::of(a), roc_auc::of(b)),
            brier: minus(brier::of(a), brier::of(b)),
            lift_at_10: minus(lift::of(a, TOP_SHARE), lift::of(b, TOP_SHARE)),
        }
    }
}

fn minus(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.zip(b).map(|(a, b)| a - b)
}

pub(crate) fn verdict(interval: Option<(f64, f64)>, better_below_zero: bool) -> Verdict {
    match interval {
        Some((_, high)) if high < 0.0 => {
            if better_below_zero {
                Verdict::Better
            } else {
                Verdict::Worse
            }
        }
        Some((low, _)) if low > 0.0 => {
            if better_below_zero {
                Verdict::Worse
            } else {
                Verdict::Better
            }
        }
        _ => Verdict::NoClearDifference,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ROWS: u32 = 600;

    /// Outcomes that follow the probability 0.1 + 0.8 · (i mod 10) / 9, spread evenly.
    fn truth(i: u32) -> (f64, bool) {
        let p = 0.1 + 0.8 * f64::from(i % 10) / 9.0;
        (p, f64::from(i / 10 * 37 % 60) / 60.0 < p)
    }

    fn sample(p: impl Fn(u32) -> f64) -> Sample {
        Sample::new((0..ROWS).map(p).collect(), (0..ROWS).map(|i| truth(i).1).collect(), (0..ROWS).collect()).unwrap()
    }

    fn bootstrap() -> Bootstrap {
        Bootstrap::new(200, 11).unwrap()
    }

    #[test]
    fn a_good_model_beats_a_constant_and_not_the_other_way_round() {
        let (good, constant) = (sample(|i| truth(i).0), sample(|_| 0.5));
        let forth = paired_difference(&good, &constant, bootstrap()).unwrap();
        let back = paired_difference(&constant, &good, bootstrap()).unwrap();
        for (difference, verdict) in [
            (forth.log_loss, Verdict::Better),
            (forth.roc_auc, Verdict::Better),
            (forth.brier, Verdict::Better),
            (forth.lift_at_10, Verdict::Better),
            (back.brier, Verdict::Worse),
            (back.lift_at_10, Verdict::Worse),
            (back.log_loss, Verdict::Worse),
            (back.roc_auc, Verdict::Worse),
        ] {
            assert_eq!(difference.verdict, Some(verdict));
        }
        assert_eq!(forth.roc_auc.estimate.value(), back.roc_auc.estimate.value().map(|v| -v));
        assert!(forth.log_loss.estimate.high().unwrap() < 0.0);
        let difference = crate::brier(&good).unwrap() - crate::brier(&constant).unwrap();
        assert_eq!(forth.brier.estimate.value(), Some(difference));
        let lift = crate::lift_at(&good, 0.1).unwrap().unwrap();
        assert!((forth.lift_at_10.estimate.value().unwrap() - (lift - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn a_model_does_not_differ_from_itself_nor_clearly_from_a_near_copy() {
        let model = sample(|i| truth(i).0);
        let same = paired_difference(&model, &model, bootstrap()).unwrap();
        assert_eq!(same.log_loss.estimate, Estimate::new(0.0, Some((0.0, 0.0))).unwrap());
        assert_eq!(same.roc_auc.verdict, Some(Verdict::NoClearDifference));

        let near = sample(|i| truth(i).0 + if i % 7 < 3 { 0.005 } else { -0.004 });
        let difference = paired_difference(&near, &model, bootstrap()).unwrap();
        assert_eq!(difference.log_loss.verdict, Some(Verdict::NoClearDifference));
    }

    #[test]
    fn one_class_has_a_log_loss_but_no_ranking() {
        let stayers = |p: f64| Sample::new(vec![p; 20], vec![false; 20], (0..20).collect()).unwrap();
        let comparison = paired_difference(&stayers(0.1), &stayers(0.2), bootstrap()).unwrap();
        assert_eq!(comparison.roc_auc, Difference { estimate: Estimate::NONE, verdict: None });
        assert_eq!(comparison.log_loss.verdict, Some(Verdict::Better));
    }

    #[test]
    fn too_few_customers_settle_nothing() {
        let few = |p: [f64; 2]| {
            let p = p.repeat(20);
            Sample::new(p, [true, false].repeat(20), (0..40).map(|i| i / 8).collect()).unwrap()
        };
        let comparison = paired_difference(&few([0.9, 0.1]), &few([0.5, 0.5]), bootstrap()).unwrap();
        assert_eq!(comparison.roc_auc.estimate.value(), Some(0.5));
        assert_eq!(comparison.roc_auc.estimate.interval(), None);
        assert_eq!(comparison.roc_auc.verdict, Some(Verdict::NoClearDifference));
    }

    #[test]
    fn other_rows_are_refused() {
        let of = |y: [bool; 3], c: [u32; 3]| Sample::new(vec![0.1, 0.2, 0.3], y.to_vec(), c.to_vec()).unwrap();
        let base = of([true, false, true], [1, 2, 3]);
        let error = |other: &Sample| paired_difference(&base, other, bootstrap()).unwrap_err();
        assert!(matches!(
            error(&of([true, true, true], [1, 2, 3])),
            EvaluationError::UnpairedRows { column: "churned", row: 1 }
        ));
        assert!(matches!(
            error(&of([true, false, true], [1, 2, 4])),
            EvaluationError::UnpairedRows { column: "cluster", row: 2 }
        ));
        assert!(matches!(error(&sample(|_| 0.5)), EvaluationError::UnpairedLengths { .. }));
    }
}
