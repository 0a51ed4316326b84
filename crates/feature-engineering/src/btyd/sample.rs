//! What the likelihood needs of the data, and no more.

use super::Purchases;

/// Customers alike, merged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    /// Repeat purchases.
    pub(super) repeat: f64,
    /// First to last purchase; for customers without a repeat purchase their age, since the likelihood then depends
    /// on their age in just this place.
    pub(super) recency: f64,
    /// First purchase to as-of date.
    pub(super) age: f64,
    /// How many customers.
    pub(super) customers: f64,
}

/// A stretch of purchase numbers that equally many customers have reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reached {
    /// First purchase number of the stretch, counted from 0.
    pub(super) from: u32,
    /// The purchase number behind the last one.
    pub(super) to: u32,
    /// Customers with more than `from` repeat purchases.
    pub(super) customers: f64,
}

/// Sufficient statistics of a set of customers, in a unit of time of its own.
#[derive(Debug)]
pub(super) struct Sample {
    /// Distinct histories, sorted.
    pub(super) rows: Vec<Row>,
    /// Customers by how far they got, for the terms of the likelihood that do not depend on time.
    pub(super) reached: Vec<Reached>,
    /// All customers.
    pub(super) customers: f64,
    /// All repeat purchases.
    pub(super) repeats: f64,
    /// How many of the caller's units of time one unit of this sample is.
    pub(super) unit: f64,
}

impl Sample {
    /// Merges equal histories. Times stay in the caller's unit. The order of `purchases` has no influence.
    pub(super) fn new(purchases: &[Purchases]) -> Self {
        let mut sorted: Vec<Purchases> = purchases.iter().filter(|p| p.customers > 0).copied().collect();
        sorted.sort_unstable_by(|p, q| {
            p.repeat.cmp(&q.repeat).then(p.recency.total_cmp(&q.recency)).then(p.age.total_cmp(&q.age))
        });
        let mut rows = Vec::new();
        let mut by_repeat: Vec<(u32, u64)> = Vec::new();
        for same in sorted.chunk_by(|p, q| (p.repeat, p.recency, p.age) == (q.repeat, q.recency, q.age)) {
            let Some(&Purchases { repeat, recency, age, .. }) = same.first() else {
                continue;
            };
            let customers: u64 = same.iter().map(|p| u64::from(p.customers)).sum();
            rows.push(Row {
                repeat: f64::from(repeat),
                recency: if repeat == 0 { age } else { recency },
                age,
                customers: customers as f64,
            });
            match by_repeat.last_mut() {
                Some((last, n)) if *last == repeat => *n += customers,
                _ => by_repeat.push((repeat, customers)),
            }
        }
        let customers: u64 = by_repeat.iter().map(|&(_, n)| n).sum();
        let repeats: f64 = by_repeat.iter().map(|&(repeat, n)| f64::from(repeat) * n as f64).sum();
        Self { rows, reached: reached(&by_repeat, customers), customers: customers as f64, repeats, unit: 1.0 }
    }

    /// The same sample in a unit of time that brings `alpha` near 1: customer time per purchase, first ones included.
    ///
    /// A sample without any customer time stays as it is.
    pub(super) fn scaled(mut self) -> Self {
        // Means before ratios, so that the sum of huge ages cannot overflow.
        let mean_age: f64 = self.rows.iter().map(|row| row.age * (row.customers / self.customers)).sum();
        let unit = mean_age / (self.repeats / self.customers + 1.0);
        if unit.is_normal() && unit > 0.0 {
            for row in &mut self.rows {
                row.recency /= unit;
                row.age /= unit;
            }
            self.unit *= unit;
        }
        self
    }
}

/// Turns `(repeat purchases, customers)`, ascending, into customers that reached each purchase number.
fn reached(by_repeat: &[(u32, u64)], customers: u64) -> Vec<Reached> {
    let mut left = customers;
    let mut from = 0;
    let mut stretches = Vec::new();
    for &(repeat, n) in by_repeat {
        if repeat > from {
            stretches.push(Reached { from, to: repeat, customers: left as f64 });
            from = repeat;
        }
        left -= n;
    }
    stretches
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn histories() -> Vec<Purchases> {
        [(2, 10.0, 30.0, 1), (0, 0.0, 30.0, 3), (2, 10.0, 30.0, 4), (5, 20.0, 20.0, 1), (1, 1.0, 2.0, 0)]
            .iter()
            .map(|&(x, t_x, t, n)| Purchases::new(x, t_x, t).unwrap().times(n))
            .collect()
    }

    #[test]
    fn equal_histories_are_merged_whatever_their_order() {
        let sample = Sample::new(&histories());
        assert_eq!(
            sample.rows,
            [
                Row { repeat: 0.0, recency: 30.0, age: 30.0, customers: 3.0 },
                Row { repeat: 2.0, recency: 10.0, age: 30.0, customers: 5.0 },
                Row { repeat: 5.0, recency: 20.0, age: 20.0, customers: 1.0 },
            ]
        );
        assert_eq!((sample.customers, sample.repeats), (9.0, 15.0));
        let mut reversed = histories();
        reversed.reverse();
        assert_eq!(Sample::new(&reversed).rows, sample.rows);
    }

    #[test]
    fn customers_are_counted_by_how_far_they_got() {
        assert_eq!(
            Sample::new(&histories()).reached,
            [Reached { from: 0, to: 2, customers: 6.0 }, Reached { from: 2, to: 5, customers: 1.0 }]
        );
        assert!(Sample::new(&[]).reached.is_empty());
    }

    #[test]
    fn scaling_divides_all_times_by_the_unit() {
        let scaled = Sample::new(&histories()).scaled();
        // 260 units of customer time, 9 first and 15 repeat purchases.
        assert!((scaled.unit - 260.0 / 24.0).abs() < 1e-12);
        assert!((scaled.rows[2].age * scaled.unit - 20.0).abs() < 1e-12);
        assert_eq!(Sample::new(&[]).scaled().unit, 1.0);
    }
}
