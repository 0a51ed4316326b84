//! Expected profit by how many customers are contacted.

use crate::DecisionError;
use crate::error::{each, same_length};

/// A depth of the ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DepthPoint {
    /// Customers contacted.
    pub customers: u64,
    /// Of all customers given.
    pub share: f64,
    /// What contacting them costs.
    pub cost: f64,
    /// What it is expected to earn, costs deducted.
    pub profit: f64,
    /// What the last of them adds to that, for each unit that it costs: what the budget's next unit would earn here. None where it
    /// costs nothing, and for nobody.
    pub last_per_cost: Option<f64>,
}

/// Expected profit at each of the `depths` (shares from 0 to 1, ascending), contacting by falling `score`; customers with the same score
/// come by their place. `gain` is what contacting a customer is expected to earn, `cost` (deducted from it already) what it costs.
///
/// # Errors
/// [`DecisionError::Length`], [`DecisionError::Row`].
pub fn profit_by_depth(
    score: &[f64],
    gain: &[f64],
    cost: &[f64],
    depths: &[f64],
) -> Result<Vec<DepthPoint>, DecisionError> {
    same_length("gains", score.len(), gain.len())?;
    same_length("costs", score.len(), cost.len())?;
    each("score", "a finite number", score, |_| true)?;
    each("gain", "a finite number", gain, |_| true)?;
    each("cost", "a number of 0 or more", cost, |cost| cost >= 0.0)?;
    each("depth", "a share from 0 to 1", depths, |depth| (0.0..=1.0).contains(&depth))?;
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|a, b| score[*b].total_cmp(&score[*a]).then(a.cmp(b)));
    let (mut at, mut spent, mut profit) = (0, 0.0, 0.0);
    let mut points = Vec::with_capacity(depths.len());
    let mut before = 0.0;
    for (row, &share) in depths.iter().enumerate() {
        if share < before {
            let (what, expected) = ("depth", "no less than the one before");
            return Err(DecisionError::Row { what, expected, row, found: share });
        }
        before = share;
        let wanted = (share * score.len() as f64).round() as usize;
        for &row in &order[at..wanted.max(at)] {
            spent += cost[row];
            profit += gain[row];
        }
        at = wanted.max(at);
        let last = at.checked_sub(1).map(|last| order[last]).filter(|last| cost[*last] > 0.0);
        points.push(DepthPoint {
            customers: at as u64,
            share,
            cost: spent,
            profit,
            last_per_cost: last.map(|last| gain[last] / cost[last]),
        });
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_best_come_first_and_profit_falls_once_they_are_through() {
        let gain = [5.0, -1.0, 3.0, -4.0];
        let found = profit_by_depth(&gain, &gain, &[2.0, 2.0, 1.0, 0.0], &[0.0, 0.5, 0.75, 1.0]).unwrap();
        let rows: Vec<(u64, f64, f64)> =
            found.iter().map(|point| (point.customers, point.cost, point.profit)).collect();
        assert_eq!(rows, [(0, 0.0, 0.0), (2, 3.0, 8.0), (3, 5.0, 7.0), (4, 5.0, 3.0)]);
        let last: Vec<Option<f64>> = found.iter().map(|point| point.last_per_cost).collect();
        assert_eq!(last, [None, Some(3.0), Some(-0.5), None]);
        assert!(profit_by_depth(&gain, &gain, &[0.0; 4], &[0.5, 0.2]).is_err());
        assert!(profit_by_depth(&gain, &gain, &[-1.0; 4], &[0.5]).is_err());
    }
}
