//! How far two rankings of the same customers agree.

use crate::EvaluationError;
use crate::lift::check_share;
use crate::sample::{check_probabilities, same_length};

/// Spearman's rank correlation of two predictions for the same rows: Pearson's correlation of their ranks, where tied
/// rows share the mean of their ranks (Kendall & Gibbons 1990, "Rank correlation methods", ch. 3). `None` where one of
/// them is the same for all rows.
///
/// # Errors
///
/// [`EvaluationError::Empty`], [`EvaluationError::LengthMismatch`], [`EvaluationError::NotAProbability`].
pub fn spearman(a: &[f64], b: &[f64]) -> Result<Option<f64>, EvaluationError> {
    check(a, b)?;
    let (a, b) = (twice_ranks(a), twice_ranks(b));
    // Twice the mean rank is rows + 1: sums of whole numbers, so that no order of rows changes a bit.
    let mean = a.len() as i128 + 1;
    let product = |x: &[i128], y: &[i128]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<i128>();
    let (aa, bb) = (product(&a, &a), product(&b, &b));
    Ok((aa > 0 && bb > 0).then(|| product(&a, &b) as f64 / ((aa as f64).sqrt() * (bb as f64).sqrt())).map(within))
}

/// Share of the rows in the top `share` by `a` that are also in the top `share` by `b`, between 0 and 1.
///
/// The top holds `share · rows` places, which need not be a whole number. Rows tied across the cut share the places
/// that are left, each the same part of one; what two rankings have in common of a row is the smaller of its two parts.
/// Two independent rankings have about `share` in common.
///
/// # Errors
///
/// [`EvaluationError::Share`] unless `share` lies in `(0, 1]`, and as [`spearman`].
pub fn top_overlap(a: &[f64], b: &[f64], share: f64) -> Result<f64, EvaluationError> {
    check_share(share)?;
    check(a, b)?;
    let places = share * a.len() as f64;
    let common: f64 = top(a, places).iter().zip(top(b, places)).map(|(a, b)| a.min(b)).sum();
    Ok(within(common / places))
}

/// Rounding can carry a share or correlation an ulp over 1.
fn within(value: f64) -> f64 {
    value.clamp(-1.0, 1.0)
}

fn check(a: &[f64], b: &[f64]) -> Result<(), EvaluationError> {
    same_length("the other ranking", a.len(), b.len())?;
    check_probabilities("probability", a)?;
    check_probabilities("the other ranking", b)
}

/// Twice the rank of each row, from 2 for the lowest; a tied row has the mean of the ranks of its block.
fn twice_ranks(values: &[f64]) -> Vec<i128> {
    let mut ranks = vec![0; values.len()];
    let mut below = 0;
    for block in blocks(values) {
        for row in &block {
            ranks[*row] = (2 * below + block.len() + 1) as i128;
        }
        below += block.len();
    }
    ranks
}

/// The part of a place in the top that each row has.
fn top(values: &[f64], places: f64) -> Vec<f64> {
    let mut parts = vec![0.0; values.len()];
    let mut left = places;
    for block in blocks(values).into_iter().rev() {
        let part = (left / block.len() as f64).min(1.0);
        if part <= 0.0 {
            break;
        }
        for row in &block {
            parts[*row] = part;
        }
        left -= block.len() as f64;
    }
    parts
}

/// Row numbers by rising value, tied rows together.
fn blocks(values: &[f64]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    order.chunk_by(|a, b| values[*a] == values[*b]).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const A: [f64; 12] = [0.1, 0.4, 0.4, 0.8, 0.9, 0.2, 0.4, 0.65, 0.3, 0.3, 0.05, 0.7];
    const B: [f64; 12] = [0.2, 0.3, 0.6, 0.9, 0.7, 0.2, 0.2, 0.5, 0.4, 0.1, 0.1, 0.9];

    #[test]
    fn spearman_is_that_of_scipy() {
        // tests/reference/agreement.py
        assert!((spearman(&A, &B).unwrap().unwrap() - 0.850_268_730_509_571_9).abs() < 1e-15);
        assert_eq!(spearman(&A, &A).unwrap(), Some(1.0));
        let turned: Vec<f64> = A.iter().map(|p| 1.0 - p).collect();
        assert_eq!(spearman(&A, &turned).unwrap(), Some(-1.0));
        assert_eq!(spearman(&A, &[0.5; 12]).unwrap(), None);
        assert_eq!(spearman(&[0.1], &[0.2]).unwrap(), None);
    }

    #[test]
    fn the_top_is_shared_by_those_who_tie_for_it() {
        // A quarter of 12 rows: 3 places. By A rows 4, 3 and 11; by B rows 3, 11 and 4.
        assert_eq!(top_overlap(&A, &B, 0.25).unwrap(), 1.0);
        // Half: 6 places. By A the five highest are 4, 3, 11, 7 and 1, 2 and 6, which tie for two places; by B 3, 11,
        // 4, 2, 7, 8. In common: rows 3, 4, 7, 11, and two thirds of row 2.
        assert!((top_overlap(&A, &B, 0.5).unwrap() - (4.0 + 2.0 / 3.0) / 6.0).abs() < 1e-15);
        // 1.2 places: by A row 4 and a fifth of row 3; by B rows 3 and 11 have 0.6 each.
        assert!((top_overlap(&A, &B, 0.1).unwrap() - 0.2 / 1.2).abs() < 1e-12);
        for share in [0.1, 0.3, 1.0] {
            assert!((top_overlap(&A, &A, share).unwrap() - 1.0).abs() < 1e-12);
        }
        assert!((top_overlap(&A, &[0.5; 12], 0.25).unwrap() - 0.25).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_ranked_is_refused() {
        assert!(matches!(spearman(&[], &[]), Err(EvaluationError::Empty)));
        assert!(matches!(spearman(&A, &A[1..]), Err(EvaluationError::LengthMismatch { .. })));
        assert!(matches!(
            top_overlap(&[0.1, f64::NAN], &[0.1, 0.2], 0.5),
            Err(EvaluationError::NotAProbability { row: 1, .. })
        ));
        assert!(matches!(top_overlap(&A, &B, 0.0), Err(EvaluationError::Share { .. })));
    }
}
