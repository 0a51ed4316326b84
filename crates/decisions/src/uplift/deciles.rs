//! Uplift by tenths of the predicted uplift.

use evaluation::Estimate;

use super::qini::check;
use crate::DecisionError;
use crate::readout::{Counts, newcombe};

/// A tenth of the customers, by predicted uplift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UpliftDecile {
    /// 1 has the largest predictions.
    pub decile: u64,
    /// Treated customers in it.
    pub treated: u64,
    /// Controls in it.
    pub control: u64,
    /// Mean predicted uplift.
    pub predicted: f64,
    /// Share retained of the treated minus that of the controls, with Newcombe's 95 % interval; no value where an arm is missing.
    pub observed: Estimate,
}

/// Uplift by tenths. Rows with the same prediction are in the same tenth, that of their middle, so tenths may differ in size, and one may be
/// missing. Lots with other shares in other strata need a weighted difference, which this is not: give rows of one stratum then.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`], [`DecisionError::TooFew`] without treated or without controls.
pub fn uplift_by_decile(
    predicted: &[f64],
    treated: &[bool],
    retained: &[bool],
) -> Result<Vec<UpliftDecile>, DecisionError> {
    check(predicted, treated, retained)?;
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    order.sort_by(|a, b| predicted[*b].total_cmp(&predicted[*a]));
    let mut tenths: Vec<Vec<usize>> = vec![Vec::new(); 10];
    let mut at = 0;
    for tied in order.chunk_by(|a, b| predicted[*a] == predicted[*b]) {
        let middle = 2 * at + tied.len() - 1;
        tenths[(10 * middle / (2 * predicted.len())).min(9)].extend(tied);
        at += tied.len();
    }
    let mut deciles = Vec::new();
    for (tenth, rows) in tenths.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
        let arm = |arm: bool| {
            let of_arm = rows.iter().filter(|row| treated[**row] == arm);
            of_arm.fold(Counts { successes: 0, trials: 0 }, |counts, row| Counts {
                successes: counts.successes + u64::from(retained[*row]),
                trials: counts.trials + 1,
            })
        };
        let (of_treated, of_control) = (arm(true), arm(false));
        deciles.push(UpliftDecile {
            decile: tenth as u64 + 1,
            treated: of_treated.trials,
            control: of_control.trials,
            predicted: rows.iter().map(|row| predicted[*row]).sum::<f64>() / rows.len() as f64,
            observed: newcombe(of_treated, of_control, 0.95)?,
        });
    }
    Ok(deciles)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_tenth_has_the_largest_predictions() {
        let rows = 2_000;
        let predicted: Vec<f64> = (0..rows).map(|i| f64::from(i % 1_000) / 1_000.0).collect();
        let treated: Vec<bool> = (0..rows).map(|i| i < 1_000).collect();
        // Treated stay if predicted above a half, controls never.
        let retained: Vec<bool> = (0..rows as usize).map(|i| treated[i] && predicted[i] >= 0.5).collect();
        let found = uplift_by_decile(&predicted, &treated, &retained).unwrap();
        assert_eq!(found.len(), 10);
        assert!(found.iter().all(|decile| decile.treated == 100 && decile.control == 100));
        assert_eq!(found[0].observed.value(), Some(1.0));
        assert_eq!(found[9].observed.value(), Some(0.0));
        assert!(found[0].predicted > 0.9 && found[4].observed.value() == Some(1.0));
        let constant = uplift_by_decile(&[0.5; 4], &[true, false, true, false], &[true; 4]).unwrap();
        assert_eq!((constant.len(), constant[0].treated), (1, 2));
    }
}
