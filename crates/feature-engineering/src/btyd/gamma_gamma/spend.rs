//! What customers spend, as the spend model sees it.

use history::Money;
use rayon::prelude::*;

use super::super::newton::Ascent;
use super::super::search::{self, Observations};
use super::super::{FitError, InputError, ParameterList};

/// Mean spend of one customer, or of several customers alike.
///
/// The models of purchases count repeat purchases, so it is usual to leave the first purchase of each customer out here as
/// well: `transactions` is then the number of repeat purchases, and `mean` their mean amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spend {
    transactions: u32,
    mean: f64,
    customers: u32,
}

impl Spend {
    /// A mean amount of `mean`, in any one currency, over so many transactions.
    ///
    /// # Errors
    /// [`InputError::NoTransactions`] without transactions, [`InputError::Spend`] where the mean is not above zero and
    /// finite: the model knows neither free purchases nor refunds.
    pub fn new(transactions: u32, mean: f64) -> Result<Self, InputError> {
        if transactions == 0 {
            return Err(InputError::NoTransactions);
        }
        if !(mean.is_finite() && mean > 0.0) {
            return Err(InputError::Spend { value: mean });
        }
        Ok(Self { transactions, mean, customers: 1 })
    }

    /// `total` over so many transactions.
    ///
    /// # Errors
    /// As for [`Self::new`].
    pub fn of_total(transactions: u32, total: Money) -> Result<Self, InputError> {
        Self::new(transactions, total.to_f64() / f64::from(transactions))
    }

    /// The same spend of each of `customers` customers. None is allowed and counts for nothing.
    #[must_use]
    pub fn times(self, customers: u32) -> Self {
        Self { customers, ..self }
    }

    /// Number of transactions behind the mean.
    #[must_use]
    pub fn transactions(&self) -> u32 {
        self.transactions
    }

    /// Mean amount of a transaction.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Number of customers with this spend.
    #[must_use]
    pub fn customers(&self) -> u32 {
        self.customers
    }
}

/// Customers alike, merged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    /// Transactions, `x`.
    pub(super) transactions: f64,
    /// Mean amount of a transaction.
    pub(super) mean: f64,
    /// How many customers.
    pub(super) customers: f64,
}

/// Customers with their spend, in a unit of money of its own.
#[derive(Debug)]
pub(super) struct SpendSample {
    /// Distinct spends, sorted by transactions, then by mean.
    pub(super) rows: Vec<Row>,
    /// All customers.
    pub(super) customers: f64,
    /// All their transactions.
    pub(super) transactions: f64,
    /// How many of the caller's units of money one unit of this sample is.
    pub(super) unit: f64,
}

impl SpendSample {
    /// Merges equal spends. Money stays in the caller's unit. The order of `spends` has no influence.
    pub(super) fn new(spends: &[Spend]) -> Self {
        let mut sorted: Vec<Spend> = spends.iter().filter(|spend| spend.customers > 0).copied().collect();
        sorted.par_sort_unstable_by(|p, q| p.transactions.cmp(&q.transactions).then(p.mean.total_cmp(&q.mean)));
        let merged = sorted.chunk_by(|p, q| (p.transactions, p.mean) == (q.transactions, q.mean)).filter_map(|same| {
            let customers: u64 = same.iter().map(|spend| u64::from(spend.customers)).sum();
            let Spend { transactions, mean, .. } = *same.first()?;
            Some(Row { transactions: f64::from(transactions), mean, customers: customers as f64 })
        });
        Self::of_rows(merged.collect(), 1.0)
    }

    fn of_rows(rows: Vec<Row>, unit: f64) -> Self {
        let customers = rows.iter().map(|row| row.customers).sum();
        let transactions = rows.iter().map(|row| row.customers * row.transactions).sum();
        Self { rows, customers, transactions, unit }
    }

    /// The same sample in the mean amount of a customer as unit of money.
    pub(super) fn scaled(mut self) -> Self {
        let unit = self.mean_of(|row| row.mean);
        if unit.is_normal() {
            self.rows.iter_mut().for_each(|row| row.mean /= unit);
            self.unit *= unit;
        }
        self
    }

    /// Pearson's correlation of transactions and mean amount over customers; none where one of them does not vary.
    pub(super) fn correlation(&self) -> Option<f64> {
        let (x, z) = (self.mean_of(|row| row.transactions), self.mean_of(|row| row.mean));
        let covariance = self.mean_of(|row| (row.transactions - x) * (row.mean - z));
        let variances =
            [self.mean_of(|row| (row.transactions - x).powi(2)), self.mean_of(|row| (row.mean - z).powi(2))];
        let correlation = covariance / (variances[0].sqrt() * variances[1].sqrt());
        correlation.is_finite().then_some(correlation.clamp(-1.0, 1.0))
    }

    /// The mean over customers. Shares before sums, so that the sum of huge amounts cannot overflow.
    fn mean_of(&self, of: impl Fn(&Row) -> f64) -> f64 {
        self.rows.iter().map(|row| of(row) * (row.customers / self.customers)).sum()
    }

    /// Why no maximum was found, for a search that ended at `end`, where the parameters in the caller's unit of money are
    /// `parameters`.
    pub(super) fn no_maximum(&self, end: &Ascent<3>, parameters: ParameterList) -> FitError {
        // The density of each mean is per unit of money.
        let log_likelihood = end.expansion.value - self.customers * self.unit.ln();
        search::no_maximum(end, self, (self.customers, self.transactions), parameters, log_likelihood)
    }
}

impl Observations for SpendSample {
    fn weight(&self) -> f64 {
        self.customers + self.transactions
    }

    fn thinned(&self) -> Option<Self> {
        let every = search::thinning(self.rows.len())?;
        Some(Self::of_rows(self.rows.iter().skip(every / 2).step_by(every).copied().collect(), self.unit))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn spends(rows: &[(u32, f64, u32)]) -> Vec<Spend> {
        rows.iter().map(|&(x, z, n)| Spend::new(x, z).unwrap().times(n)).collect()
    }

    #[test]
    fn equal_spends_are_merged_whatever_their_order() {
        let sample = SpendSample::new(&spends(&[(2, 5.0, 1), (1, 9.0, 3), (2, 5.0, 4), (7, 1.0, 0)]));
        assert_eq!(
            sample.rows,
            [
                Row { transactions: 1.0, mean: 9.0, customers: 3.0 },
                Row { transactions: 2.0, mean: 5.0, customers: 5.0 },
            ]
        );
        assert_eq!((sample.customers, sample.transactions), (8.0, 13.0));
        let scaled = sample.scaled();
        assert_eq!((scaled.unit, scaled.rows[0].mean), (6.5, 9.0 / 6.5));
    }

    #[test]
    fn correlation_is_over_customers() {
        // Deviations -1, 0, 1 and -3, -1, 4.
        let found = SpendSample::new(&spends(&[(1, 2.0, 1), (2, 4.0, 1), (3, 9.0, 1)])).correlation().unwrap();
        assert!((found - 7.0 / 52f64.sqrt()).abs() < 1e-15, "{found}");
        // Deviations -1/2 (three times) and 3/2, and 1 (three times) and -3.
        let found = SpendSample::new(&spends(&[(1, 8.0, 3), (3, 4.0, 1)])).correlation().unwrap();
        assert!((found + 1.0).abs() < 1e-15, "{found}");
        assert_eq!(SpendSample::new(&spends(&[(1, 8.0, 3), (1, 4.0, 1)])).correlation(), None);
        assert_eq!(SpendSample::new(&[]).correlation(), None);
    }
}
