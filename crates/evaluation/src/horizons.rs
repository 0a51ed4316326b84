//! Probabilities over several horizons that are in order: who has left within 30 days has left within 90.

use crate::EvaluationError;
use crate::pool::{Keep, Pool, push};
use crate::sample::check_probabilities;

/// How the probability of churn changes with the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverHorizons {
    /// A longer horizon includes a shorter one: departures, churn *by* a day.
    Rises,
    /// A longer horizon asks for more: no purchase *throughout* it.
    Falls,
}

/// Puts each customer's probabilities of churn in the order that their horizons demand.
///
/// Models of different horizons are fitted and calibrated apart, so a customer's probability of having left within 90
/// days can come out below that of 30. The nearest sequence in order is put in its place: neighbours in the wrong order
/// are replaced by their mean (isotonic regression over horizons with equal weights; Barlow, Bartholomew, Bremner &
/// Brunk 1972, Statistical Inference under Order Restrictions, ch. 1). In squares it is never further from the truth,
/// which is in order, than what it replaces.
///
/// Rows that are in order are left as they are, to the bit. Applying it twice is applying it once, to the bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonotoneHorizons {
    count: usize,
    direction: OverHorizons,
}

impl MonotoneHorizons {
    /// Horizons in days (or any one unit), the shortest first.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Horizons`] unless there is at least one and they rise strictly.
    pub fn new(horizons: &[u32], direction: OverHorizons) -> Result<Self, EvaluationError> {
        if horizons.is_empty() || horizons.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(EvaluationError::Horizons { found: horizons.to_vec() });
        }
        Ok(Self { count: horizons.len(), direction })
    }

    /// Puts each row in order, and returns how many rows were changed.
    ///
    /// * `rows`: shape (customers, horizons), row after row, within `[0, 1]`.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::RowWidth`] where `rows` does not divide into rows, and
    /// [`EvaluationError::NotAProbability`], which counts the values row after row; nothing is changed then.
    pub fn apply(&self, rows: &mut [f64]) -> Result<usize, EvaluationError> {
        if !rows.len().is_multiple_of(self.count) {
            return Err(EvaluationError::RowWidth { width: self.count, found: rows.len() });
        }
        if rows.is_empty() {
            return Ok(0);
        }
        check_probabilities("probability", rows)?;
        let mut pools = Vec::with_capacity(self.count);
        let mut changed = 0;
        for row in rows.chunks_exact_mut(self.count) {
            let in_order = match self.direction {
                OverHorizons::Rises => row.windows(2).all(|pair| pair[0] <= pair[1]),
                OverHorizons::Falls => row.windows(2).all(|pair| pair[0] >= pair[1]),
            };
            if in_order {
                continue;
            }
            changed += 1;
            match self.direction {
                OverHorizons::Rises => raise(row, &mut pools),
                OverHorizons::Falls => {
                    row.reverse();
                    raise(row, &mut pools);
                    row.reverse();
                }
            }
        }
        Ok(changed)
    }
}

fn raise(row: &mut [f64], pools: &mut Vec<Pool>) {
    pools.clear();
    for &p in row.iter() {
        push(pools, Pool { sum: p, weight: 1.0, entries: 1 }, Keep::Ties);
    }
    let mut start = 0;
    for pool in pools.iter() {
        row[start..start + pool.entries].fill(pool.mean());
        start += pool.entries;
    }
}
