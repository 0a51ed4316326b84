//! The lift table: deciles (or other equal parts) of the ranking, the riskiest first.

use serde::Serialize;

use crate::equal_mass::{bins_at, cuts};
use crate::{EvaluationError, Sample};

/// One part of the ranking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiftRow {
    /// 1 is the part with the highest probabilities.
    pub part: usize,
    /// Rows in this part.
    pub rows: u64,
    /// Churners in this part; a fraction where ties across its ends were split in expectation.
    pub churners: f64,
    /// Mean predicted probability.
    pub mean_predicted: f64,
    /// Share of this part's rows that churned.
    pub observed_rate: f64,
    /// Observed rate over the overall rate; `None` without churners.
    pub lift: Option<f64>,
    /// Rows in this and the riskier parts, as a share of all rows.
    pub cumulative_share: f64,
    /// Churners in this and the riskier parts, as a share of all churners; `None` without churners.
    pub cumulative_gain: Option<f64>,
    /// `cumulative_gain / cumulative_share`; `None` without churners.
    pub cumulative_lift: Option<f64>,
}

/// The ranking in `parts` equal parts (10 for deciles), the riskiest first.
///
/// Part `k` ends after `floor(k · N / parts)` rows; with fewer rows than parts each row is a part. Ties across an end
/// are split in expectation.
///
/// # Errors
///
/// [`EvaluationError::NoBins`] where `parts` is 0.
pub fn lift_table(sample: &Sample, parts: usize) -> Result<Vec<LiftRow>, EvaluationError> {
    if parts == 0 {
        return Err(EvaluationError::NoBins);
    }
    let tally = sample.tally();
    let all_churners = tally.churners as f64;
    let ratio = |numerator: f64| (tally.churners > 0).then(|| numerator / all_churners);

    // Parts are cut from the top, bins are counted from the bottom.
    let from_top = cuts(tally.rows, parts);
    let mut from_bottom: Vec<u64> = from_top.iter().rev().skip(1).map(|cut| tally.rows - cut).collect();
    from_bottom.push(tally.rows);

    let bins = bins_at(tally.counts, &from_bottom);
    let mut churners_before = 0.0;
    let mut rows_before = 0;
    let mut table = Vec::with_capacity(bins.len());
    for (index, (bin, &cut)) in bins.iter().rev().zip(&from_top).enumerate() {
        let content = bin.content(&tally);
        let rows = cut - rows_before;
        let cumulative_share = cut as f64 / tally.rows as f64;
        churners_before += content.churners;
        rows_before = cut;
        let observed_rate = content.churners / rows as f64;
        let gain = if cut == tally.rows { all_churners } else { churners_before };
        table.push(LiftRow {
            part: index + 1,
            rows,
            churners: content.churners,
            mean_predicted: (content.predicted / rows as f64).clamp(0.0, 1.0),
            observed_rate: observed_rate.clamp(0.0, 1.0),
            lift: ratio(observed_rate * tally.rows as f64),
            cumulative_share,
            cumulative_gain: ratio(gain),
            cumulative_lift: ratio(gain / cumulative_share),
        });
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::lift_at;

    fn sample(rows: usize) -> Sample {
        let p: Vec<f64> = (0..rows).map(|i| ((i * 37) % 11) as f64 / 11.0).collect();
        let y: Vec<bool> = (0..rows).map(|i| (i * 37) % 11 + i % 5 > 9).collect();
        Sample::new(p, y, (0..rows as u32).collect()).unwrap()
    }

    #[test]
    fn parts_hold_all_rows_and_churners_and_agree_with_lift() {
        for rows in [100, 103, 109] {
            let sample = sample(rows);
            let table = lift_table(&sample, 10).unwrap();
            assert_eq!(table.iter().map(|r| r.rows).sum::<u64>(), rows as u64);
            let churners: f64 = table.iter().map(|r| r.churners).sum();
            assert!((churners - sample.churners() as f64).abs() < 1e-9);
            assert!(table.windows(2).all(|w| w[0].mean_predicted >= w[1].mean_predicted));
            for row in &table {
                let lift = lift_at(&sample, row.cumulative_share).unwrap().unwrap();
                assert!((row.cumulative_lift.unwrap() - lift).abs() < 1e-12, "{rows} {row:?}");
            }
            assert_eq!(table[9].cumulative_gain, Some(1.0));
        }
    }

    #[test]
    fn fewer_rows_than_parts_and_no_churners() {
        let three = Sample::new(vec![0.1, 0.9, 0.5], vec![false; 3], vec![1, 2, 3]).unwrap();
        let table = lift_table(&three, 10).unwrap();
        assert_eq!(table.len(), 3);
        assert_eq!(table[0].mean_predicted, 0.9);
        assert_eq!((table[0].lift, table[2].cumulative_gain), (None, None));
        assert_eq!(lift_table(&three, 0), Err(EvaluationError::NoBins));
    }
}
