//! Lift in the top share of the ranking.

use crate::tally::Tally;
use crate::{EvaluationError, Sample};

/// Churn rate among the `share · N` rows with the highest probabilities, over the overall rate; `None` without
/// churners. 1 is no better than chance.
///
/// Rows tied across the cut count in expectation: with `k = share · N`, `n_above` rows and `pos_above` churners above
/// the tied block, `(pos_above + (k - n_above) · pos_tie / n_tie) / k`, divided by the prevalence. `k` need not be a
/// whole number.
///
/// # Errors
///
/// [`EvaluationError::Share`] unless `share` lies in `(0, 1]`.
pub fn lift_at(sample: &Sample, share: f64) -> Result<Option<f64>, EvaluationError> {
    check_share(share)?;
    Ok(of(&sample.tally(), share))
}

/// The highest lift that a perfect ranking could reach: `min(1 / share, 1 / prevalence)`; `None` without churners.
/// Print it beside the lift: with 80 % churners no model passes 1.25.
///
/// # Errors
///
/// [`EvaluationError::Share`] unless `share` lies in `(0, 1]`.
pub fn lift_ceiling(sample: &Sample, share: f64) -> Result<Option<f64>, EvaluationError> {
    lift_ceiling_of(sample.rows() as u64, sample.churners() as u64, share)
}

/// [`lift_ceiling`] from the counts alone.
///
/// # Errors
///
/// [`EvaluationError::Share`] unless `share` lies in `(0, 1]`.
pub fn lift_ceiling_of(rows: u64, churners: u64, share: f64) -> Result<Option<f64>, EvaluationError> {
    check_share(share)?;
    let rate = churners as f64 / rows as f64;
    Ok((churners > 0).then(|| 1.0 / share.max(rate)))
}

pub(crate) fn of(tally: &Tally<'_>, share: f64) -> Option<f64> {
    if tally.churners == 0 {
        return None;
    }
    let reached = share_of_churners(tally, &[share]);
    reached.first().map(|gain| gain / share)
}

/// Share of all churners among the top share of rows, for each of the rising `shares` within `[0, 1]`; ties in
/// expectation. There has to be a churner.
pub(crate) fn share_of_churners(tally: &Tally<'_>, shares: &[f64]) -> Vec<f64> {
    let (mut rows_above, mut churners_above) = (0, 0);
    let mut blocks = tally.counts.iter().rev().filter(|n| n.rows() > 0).peekable();
    let gain = |share: &f64| {
        let k = share * tally.rows as f64;
        while let Some(block) = blocks.next_if(|n| (rows_above + n.rows()) as f64 <= k) {
            rows_above += block.rows();
            churners_above += block.churned;
        }
        let within =
            blocks.peek().map_or(0.0, |block| (k - rows_above as f64) * block.churned as f64 / block.rows() as f64);
        ((churners_above as f64 + within) / tally.churners as f64).min(1.0)
    };
    shares.iter().map(gain).collect()
}

pub(crate) fn check_share(share: f64) -> Result<(), EvaluationError> {
    if share > 0.0 && share <= 1.0 { Ok(()) } else { Err(EvaluationError::Share { found: share }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sample(p: &[f64], y: &[bool]) -> Sample {
        Sample::new(p.to_vec(), y.to_vec(), (0..p.len() as u32).collect()).unwrap()
    }

    #[test]
    fn of_a_constant_is_one_at_every_share() {
        let sample = sample(&[0.2; 7], &[true, false, true, false, false, false, false]);
        for share in [1e-9, 0.1, 0.5, 0.99, 1.0] {
            assert!((lift_at(&sample, share).unwrap().unwrap() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_perfect_ranking_reaches_the_ceiling() {
        let p: Vec<f64> = (0..10).map(|i| f64::from(i) / 10.0).collect();
        for churners in 1..=10 {
            let y: Vec<bool> = (0..10).map(|i| i >= 10 - churners).collect();
            let sample = sample(&p, &y);
            for share in [0.1, 0.2, 0.5, 1.0] {
                let (lift, ceiling) = (lift_at(&sample, share), lift_ceiling(&sample, share));
                assert!((lift.unwrap().unwrap() - ceiling.unwrap().unwrap()).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn without_churners_there_is_none_and_a_share_is_checked() {
        let none = sample(&[0.1, 0.2], &[false, false]);
        assert_eq!(lift_at(&none, 0.1), Ok(None));
        assert_eq!(lift_ceiling(&none, 0.1), Ok(None));
        for share in [0.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(lift_at(&none, share), Err(EvaluationError::Share { .. })));
            assert!(matches!(lift_ceiling(&none, share), Err(EvaluationError::Share { .. })));
        }
    }
}
