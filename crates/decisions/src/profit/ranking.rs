//! Churners and stayers by falling score.

use crate::DecisionError;
use crate::error::{each, same_length};

/// Churners and stayers at or above a threshold, for every threshold: the points of the ROC curve as counts, from nobody to
/// everybody. Rows with the same score are contacted together or not at all.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    pub(crate) points: Vec<(u64, u64)>,
    pub(crate) rows: u64,
}

impl Ranking {
    pub(crate) fn new(churned: &[bool], score: &[f64]) -> Result<Self, DecisionError> {
        same_length("scores", churned.len(), score.len())?;
        each("score", "a finite number", score, |_| true)?;
        if churned.is_empty() {
            let (what, advice) = ("rows", "give the rows that the offer is weighed on");
            return Err(DecisionError::TooFew { what, needed: 1, found: 0, advice });
        }
        let mut order: Vec<usize> = (0..score.len()).collect();
        order.sort_by(|a, b| score[*b].total_cmp(&score[*a]));
        let mut points = vec![(0, 0)];
        let (mut churners, mut stayers) = (0, 0);
        for tied in order.chunk_by(|a, b| score[*a] == score[*b]) {
            let left = tied.iter().filter(|row| churned[**row]).count() as u64;
            churners += left;
            stayers += tied.len() as u64 - left;
            points.push((churners, stayers));
        }
        Ok(Self { points, rows: score.len() as u64 })
    }

    /// The points on the upper convex hull: along it, each further churner costs more stayers.
    pub(crate) fn hull(&self) -> Vec<(u64, u64)> {
        let mut hull: Vec<(u64, u64)> = Vec::new();
        for &point in &self.points {
            while let [.., a, b] = hull[..] {
                if rises_more(a, b, point) {
                    break;
                }
                hull.pop();
            }
            hull.push(point);
        }
        hull
    }
}

/// Whether the way from `a` to `b` is steeper (more churners for each stayer) than from `b` to `c`; exact.
fn rises_more(a: (u64, u64), b: (u64, u64), c: (u64, u64)) -> bool {
    let step = |from: u64, to: u64| i128::from(to) - i128::from(from);
    step(a.0, b.0) * step(b.1, c.1) > step(b.0, c.0) * step(a.1, b.1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ties_move_together_and_the_hull_leaves_out_what_lies_below() {
        let churned = [true, false, true, true, false, false, true];
        let score = [0.9, 0.8, 0.8, 0.6, 0.5, 0.4, 0.3];
        let ranking = Ranking::new(&churned, &score).unwrap();
        assert_eq!(ranking.points, [(0, 0), (1, 0), (2, 1), (3, 1), (3, 2), (3, 3), (4, 3)]);
        assert_eq!(ranking.hull(), [(0, 0), (1, 0), (3, 1), (4, 3)]);
        assert!(Ranking::new(&churned, &score[1..]).is_err());
        assert!(Ranking::new(&[], &[]).is_err());
    }
}
