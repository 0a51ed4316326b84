//! Qini and uplift curves of one offer against the control.

use crate::DecisionError;
use crate::error::{each, same_length};

/// A ranking by predicted uplift, held against what happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UpliftRanking {
    /// Area between the Qini curve and the straight line to its end, over the same area of a perfect ranking (treated who stayed first,
    /// controls who stayed last): 0 is chance, 1 perfect. The convention of scikit-uplift's `qini_auc_score`. None where the perfect
    /// ranking has no such area.
    pub qini: Option<f64>,
    /// The same of the uplift curve `(Y_T / N_T - Y_C / N_C) (N_T + N_C)`: `uplift_auc_score` of scikit-uplift.
    pub auuc: Option<f64>,
    /// The Qini convention of causalml: the mean over rows, in their ranked order, of the curve divided by the size of its end, minus that of
    /// a random order. None where the curve ends at 0.
    pub qini_causalml: Option<f64>,
}

/// A point of the Qini curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QiniPoint {
    /// Customers at or above a predicted uplift, of both arms.
    pub customers: u64,
    /// Treated customers kept more than the controls would let expect: `Y_T - Y_C N_T / N_C` (Radcliffe 2007, Direct Marketing
    /// Analytics Journal 1:14).
    pub incremental: f64,
}

/// Customers, treated or controls, by falling predicted uplift. Rows with the same prediction are one step.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    treated: f64,
    control: f64,
    treated_retained: f64,
    control_retained: f64,
}

impl Counts {
    fn rows(self) -> f64 {
        self.treated + self.control
    }

    fn qini(self) -> f64 {
        let scaled = if self.control > 0.0 { self.control_retained * self.treated / self.control } else { 0.0 };
        self.treated_retained - scaled
    }

    fn uplift(self) -> f64 {
        let rate = |retained: f64, all: f64| if all > 0.0 { retained / all } else { 0.0 };
        (rate(self.treated_retained, self.treated) - rate(self.control_retained, self.control)) * self.rows()
    }
}

/// Holds predictions against outcomes; each row is treated or a control.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`], [`DecisionError::TooFew`] without treated or without controls.
pub fn uplift_ranking(predicted: &[f64], treated: &[bool], retained: &[bool]) -> Result<UpliftRanking, DecisionError> {
    check(predicted, treated, retained)?;
    let ours = steps(predicted, treated, retained);
    let key = |of: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        let number = |flag: bool| f64::from(u8::from(flag));
        treated.iter().zip(retained).map(|(w, y)| of(number(*w), number(*y))).collect()
    };
    let perfect_qini = key(&|w, y| y * w - y * (1.0 - w));
    // As scikit-uplift has it: of treated who stayed and controls who left, the kind that there is less of goes first.
    let controls_stayed = treated.iter().zip(retained).filter(|(w, y)| !**w && **y).count();
    let treated_left = treated.iter().zip(retained).filter(|(w, y)| **w && !**y).count();
    let perfect_uplift = key(&|w, y| {
        let right = if y == w { 2.0 } else { 0.0 };
        right + if controls_stayed > treated_left { y } else { w }
    });
    let against = |perfect: &[f64], curve: &dyn Fn(Counts) -> f64| {
        let best = steps(perfect, treated, retained);
        let (area, of_best) = (area_above_line(&ours, curve), area_above_line(&best, curve));
        (of_best != 0.0).then(|| area / of_best)
    };
    Ok(UpliftRanking {
        qini: against(&perfect_qini, &Counts::qini),
        auuc: against(&perfect_uplift, &Counts::uplift),
        qini_causalml: causalml(predicted, treated, retained),
    })
}

/// The Qini curve, from nobody to everybody.
///
/// # Errors
/// As for [`uplift_ranking`].
pub fn qini_curve(predicted: &[f64], treated: &[bool], retained: &[bool]) -> Result<Vec<QiniPoint>, DecisionError> {
    check(predicted, treated, retained)?;
    let point = |counts: &Counts| QiniPoint { customers: counts.rows() as u64, incremental: counts.qini() };
    Ok(steps(predicted, treated, retained).iter().map(point).collect())
}

pub(super) fn check(predicted: &[f64], treated: &[bool], retained: &[bool]) -> Result<(), DecisionError> {
    same_length("flags (treated)", predicted.len(), treated.len())?;
    same_length("outcomes", predicted.len(), retained.len())?;
    each("predicted uplift", "a finite number", predicted, |_| true)?;
    for arm in [true, false] {
        if !treated.contains(&arm) {
            let (what, advice) = ("treated customers and controls", "give rows of both arms");
            return Err(DecisionError::TooFew { what, needed: 1, found: 0, advice });
        }
    }
    Ok(())
}

/// Cumulated counts at each distinct prediction, from nobody to everybody.
fn steps(predicted: &[f64], treated: &[bool], retained: &[bool]) -> Vec<Counts> {
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    order.sort_by(|a, b| predicted[*b].total_cmp(&predicted[*a]));
    let mut counts = vec![Counts::default()];
    let mut now = Counts::default();
    for tied in order.chunk_by(|a, b| predicted[*a] == predicted[*b]) {
        for &row in tied {
            add(&mut now, treated[row], retained[row]);
        }
        counts.push(now);
    }
    counts
}

fn add(counts: &mut Counts, treated: bool, retained: bool) {
    let stayed = f64::from(u8::from(retained));
    if treated {
        counts.treated += 1.0;
        counts.treated_retained += stayed;
    } else {
        counts.control += 1.0;
        counts.control_retained += stayed;
    }
}

/// By trapezoids.
fn area_above_line(steps: &[Counts], curve: &dyn Fn(Counts) -> f64) -> f64 {
    let area: f64 =
        steps.windows(2).map(|pair| 0.5 * (curve(pair[0]) + curve(pair[1])) * (pair[1].rows() - pair[0].rows())).sum();
    let end = steps.last().copied().unwrap_or_default();
    area - 0.5 * curve(end) * end.rows()
}

/// Rows with the same prediction come in the order given, as they do there.
fn causalml(predicted: &[f64], treated: &[bool], retained: &[bool]) -> Option<f64> {
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    order.sort_by(|a, b| predicted[*b].total_cmp(&predicted[*a]));
    let mut now = Counts::default();
    let mut curve = vec![0.0];
    for row in order {
        add(&mut now, treated[row], retained[row]);
        curve.push(now.qini());
        if now.control == 1.0 && !treated[row] {
            // Until the first control there is nothing to compare with: a straight line up to it.
            let rows = curve.len() - 1;
            for (at, value) in curve.iter_mut().enumerate() {
                *value = now.qini() * at as f64 / rows as f64;
            }
        }
    }
    let end = now.qini().abs();
    let mean = curve.iter().sum::<f64>() / curve.len() as f64;
    let random = 0.5 * now.qini();
    (end > 0.0).then(|| (mean - random) / end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const RETAINED: [u8; 10] = [1, 0, 1, 1, 0, 1, 0, 0, 1, 0];
    const TREATED: [u8; 10] = [1, 1, 0, 1, 0, 1, 0, 1, 0, 0];
    const PREDICTED: [f64; 10] = [0.5, 0.4, 0.35, 0.3, 0.3, 0.2, 0.1, 0.05, -0.1, -0.2];

    fn flags(of: &[u8]) -> Vec<bool> {
        of.iter().map(|flag| *flag == 1).collect()
    }

    #[test]
    fn agrees_with_scikit_uplift_and_causalml() {
        // qini_auc_score and uplift_auc_score of scikit-uplift, qini_score of causalml, on this toy.
        let found = uplift_ranking(&PREDICTED, &flags(&TREATED), &flags(&RETAINED)).unwrap();
        assert!((found.qini.unwrap() - 0.067_567_6).abs() < 1e-6, "{found:?}");
        assert!((found.auuc.unwrap() - -0.021_484_4).abs() < 1e-6, "{found:?}");
        assert!((found.qini_causalml.unwrap() - -0.227_272_7).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn the_perfect_ranking_has_one_and_its_opposite_less_than_none() {
        let (treated, retained) = (flags(&TREATED), flags(&RETAINED));
        let perfect: Vec<f64> = treated
            .iter()
            .zip(&retained)
            .map(|(w, y)| {
                if !y {
                    0.0
                } else if *w {
                    1.0
                } else {
                    -1.0
                }
            })
            .collect();
        let found = uplift_ranking(&perfect, &treated, &retained).unwrap();
        assert!((found.qini.unwrap() - 1.0).abs() < 1e-12);
        let opposite: Vec<f64> = perfect.iter().map(|value| -value).collect();
        assert!(uplift_ranking(&opposite, &treated, &retained).unwrap().qini.unwrap() < 0.0);
        let constant = uplift_ranking(&[0.1; 10], &treated, &retained).unwrap();
        assert!(constant.qini.unwrap().abs() < 1e-12 && constant.auuc.unwrap().abs() < 1e-12);
        let curve = qini_curve(&perfect, &treated, &retained).unwrap();
        assert_eq!(curve.last().unwrap().customers, 10);
    }

    #[test]
    fn one_arm_alone_has_no_curve() {
        assert!(uplift_ranking(&[0.1, 0.2], &[true, true], &[true, false]).is_err());
        assert!(uplift_ranking(&[f64::NAN, 0.2], &[true, false], &[true, false]).is_err());
    }
}
