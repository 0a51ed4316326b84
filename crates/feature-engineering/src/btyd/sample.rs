//! What the likelihood needs of the data, and no more.

use rayon::prelude::*;

use super::newton::Ascent;
use super::search::{self, Observations};
use super::{FitError, ParameterList, Purchases};

/// Customers alike, merged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    /// Repeat purchases.
    pub(super) repeat: f64,
    /// First to last purchase.
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

impl Reached {
    /// The purchase numbers of the stretch.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> {
        (self.from..self.to).map(f64::from)
    }
}

/// Sufficient statistics of a set of customers, in a unit of time of its own.
#[derive(Debug, Clone)]
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
        let mut sorted: Vec<Purchases> = purchases.iter().filter(|p| p.customers() > 0).copied().collect();
        sorted.par_sort_unstable_by(|p, q| {
            let by_count = p.repeat().cmp(&q.repeat());
            by_count.then(p.recency().total_cmp(&q.recency())).then(p.age().total_cmp(&q.age()))
        });
        let alike =
            |p: &Purchases, q: &Purchases| (p.repeat(), p.recency(), p.age()) == (q.repeat(), q.recency(), q.age());
        let merged = sorted.chunk_by(alike).filter_map(|same| {
            let customers: u64 = same.iter().map(|p| u64::from(p.customers())).sum();
            let p = same.first()?;
            let (repeat, recency, age) = (f64::from(p.repeat()), p.recency(), p.age());
            Some((p.repeat(), Row { repeat, recency, age, customers: customers as f64 }))
        });
        Self::of_rows(merged, 1.0)
    }

    /// Rows sorted by their number of repeat purchases, which stands beside each.
    fn of_rows(sorted: impl Iterator<Item = (u32, Row)>, unit: f64) -> Self {
        let (mut rows, mut by_repeat) = (Vec::new(), Vec::<(u32, f64)>::new());
        for (repeat, row) in sorted {
            rows.push(row);
            match by_repeat.last_mut() {
                Some((last, n)) if *last == repeat => *n += row.customers,
                _ => by_repeat.push((repeat, row.customers)),
            }
        }
        // Sums of whole numbers, exact in whatever order.
        let customers: f64 = by_repeat.iter().map(|&(_, n)| n).sum();
        let repeats: f64 = by_repeat.iter().map(|&(repeat, n)| f64::from(repeat) * n).sum();
        Self { rows, reached: reached(&by_repeat, customers), customers, repeats, unit }
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

    /// What there is nothing to fit in.
    pub(super) fn check(&self) -> Result<(), FitError> {
        if self.customers == 0.0 {
            return Err(FitError::NoCustomers);
        }
        if self.repeats == 0.0 { Err(FitError::NoRepeats { customers: self.customers }) } else { Ok(()) }
    }

    /// Why no maximum was found, for a search that ended at `end`, where the parameters in the caller's unit of time
    /// are `parameters`.
    pub(super) fn no_maximum<const N: usize>(&self, end: &Ascent<N>, parameters: ParameterList) -> FitError {
        // The density of each repeat purchase is per unit of time.
        let log_likelihood = end.expansion.value - self.repeats * self.unit.ln();
        search::no_maximum(end, self, (self.customers, self.repeats), parameters, log_likelihood)
    }
}

impl Observations for Sample {
    fn weight(&self) -> f64 {
        self.customers + self.repeats
    }

    fn thinned(&self) -> Option<Self> {
        let every = search::thinning(self.rows.len())?;
        let rows = self.rows.iter().skip(every / 2).step_by(every);
        // Counts came from u32 and fit in it.
        Some(Self::of_rows(rows.map(|row| (row.repeat as u32, *row)), self.unit))
    }
}

/// Turns `(repeat purchases, customers)`, ascending, into customers that reached each purchase number.
fn reached(by_repeat: &[(u32, f64)], customers: f64) -> Vec<Reached> {
    let mut left = customers;
    let mut from = 0;
    let mut stretches = Vec::new();
    for &(repeat, n) in by_repeat {
        if repeat > from {
            stretches.push(Reached { from, to: repeat, customers: left });
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
                Row { repeat: 0.0, recency: 0.0, age: 30.0, customers: 3.0 },
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
    fn many_rows_are_thinned_evenly() {
        let many: Vec<Purchases> =
            (0..200_000u32).map(|i| Purchases::new(i % 40, f64::from(i % 40), 40.0 + f64::from(i)).unwrap()).collect();
        let sample = Sample::new(&many);
        let thinned = sample.thinned().unwrap();
        let share = thinned.customers / sample.customers;
        assert!(thinned.rows.len() < 20_000 && thinned.rows.len() > 5_000);
        assert!((thinned.repeats / sample.repeats / share - 1.0).abs() < 0.01);
        assert!(Sample::new(&histories()).thinned().is_none());
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
