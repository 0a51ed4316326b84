//! Labelled rows: the eligible customers of several as-of dates, with transformed features and outcomes.

use feature_engineering::{Eligibility, Feature, Snapshot, churned, features};
use history::{Date, Export, LabelWindow};
use scoring::past_value;

use crate::TrainingError;
use crate::customers::{CustomerHashes, FOLDS, Share};

/// Fewer churners, or fewer who stayed, than this say nothing.
pub(crate) const MIN_EVENTS: u64 = 10;

/// Labelled rows of some as-of dates, by date, then customer.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) features: Vec<&'static Feature>,
    /// Transformed values, one column per feature; NaN where missing.
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) churned: Vec<bool>,
    pub(crate) customer: Vec<u32>,
    pub(crate) as_of: Vec<Date>,
    pub(crate) fold: Vec<u8>,
    /// Value per horizon so far, in revenue.
    pub(crate) past_revenue: Vec<f64>,
    /// Value in the label window.
    pub(crate) outcome_value: Vec<f64>,
}

/// What the rows of all slices have in common.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) export: &'a Export,
    pub(crate) window: LabelWindow,
    pub(crate) eligibility: Eligibility,
    pub(crate) hashes: CustomerHashes,
}

impl Source<'_> {
    /// Eligible customers of each date, over all dates.
    pub(crate) fn count(&self, dates: &[Date]) -> Result<usize, TrainingError> {
        dates.iter().map(|date| Ok(self.eligible(*date, Share::of_rows(0, 0))?.len())).sum()
    }

    /// Eligible customers at a date.
    pub(crate) fn eligible(&self, as_of: Date, share: Share) -> Result<Vec<u32>, TrainingError> {
        let mut eligible = Snapshot::take(&self.export.history(as_of), self.eligibility)?.eligible;
        eligible.retain(|customer| self.hashes.is_in(*customer, share));
        Ok(eligible)
    }

    /// The labelled rows of some dates.
    pub(crate) fn rows(
        &self,
        dates: &[Date],
        wanted: &[&'static Feature],
        share: Share,
    ) -> Result<Rows, TrainingError> {
        let mut rows = Rows { features: wanted.to_vec(), columns: vec![Vec::new(); wanted.len()], ..Rows::default() };
        let at = |name| wanted.iter().position(|feature| feature.name == name);
        let (total, tenure) = (at("monetary_total"), at("tenure_days"));
        let horizon = f64::from(self.window.horizon.get());
        for date in dates {
            let customers = self.eligible(*date, share)?;
            let table = features(&self.export.history(*date), &customers, wanted)?;
            let outcome = self.export.outcome(*date, self.window)?;
            rows.churned.extend(churned(&outcome, &customers)?);
            let value = outcome.map(&customers, |block, customer| outcome.value(block, customer).to_f64())?;
            rows.outcome_value.extend(value);
            rows.as_of.extend(std::iter::repeat_n(*date, customers.len()));
            rows.fold.extend(customers.iter().map(|customer| self.hashes.fold(*customer)));
            if let Some((total, tenure)) = total.zip(tenure) {
                let values = table.columns()[total].iter().zip(&table.columns()[tenure]);
                rows.past_revenue.extend(values.map(|(total, tenure)| past_value(*total, *tenure, horizon, 1.0)));
            }
            for ((column, values), feature) in rows.columns.iter_mut().zip(table.columns()).zip(wanted) {
                column.extend(values.iter().map(|value| feature.transform.apply(*value)));
            }
            rows.customer.extend(customers);
        }
        Ok(rows)
    }
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.churned.len()
    }

    /// Row numbers of some dates.
    pub(crate) fn on(&self, dates: &[Date]) -> Vec<usize> {
        (0..self.len()).filter(|row| dates.contains(&self.as_of[*row])).collect()
    }

    /// The rows (out of `rows`) of the customers outside a fold.
    pub(crate) fn outside_fold(&self, rows: &[usize], fold: u8) -> Vec<usize> {
        debug_assert!(fold < FOLDS);
        rows.iter().copied().filter(|row| self.fold[*row] != fold).collect()
    }

    /// Leaves only the rows of some dates.
    pub(crate) fn keep(&mut self, dates: &[Date]) {
        fn filter<T: Copy>(values: &mut Vec<T>, kept: &[bool]) {
            let mut kept = kept.iter();
            values.retain(|_| kept.next().copied().unwrap_or(false));
        }
        let kept: Vec<bool> = self.as_of.iter().map(|as_of| dates.contains(as_of)).collect();
        for column in &mut self.columns {
            filter(column, &kept);
        }
        filter(&mut self.churned, &kept);
        filter(&mut self.customer, &kept);
        filter(&mut self.as_of, &kept);
        filter(&mut self.fold, &kept);
        filter(&mut self.past_revenue, &kept);
        filter(&mut self.outcome_value, &kept);
    }

    pub(crate) fn outcomes(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter().map(|row| self.churned[*row]).collect()
    }

    /// The same rows with some of the features.
    #[cfg(test)]
    pub(crate) fn toy(features: Vec<&'static Feature>, columns: Vec<Vec<f64>>, churned: Vec<bool>) -> Self {
        let n = churned.len();
        Self {
            features,
            columns,
            customer: (0..n as u32).collect(),
            as_of: vec![Date::from_days(0); n],
            fold: (0..n).map(|row| (row % usize::from(FOLDS)) as u8).collect(),
            past_revenue: vec![0.0; n],
            outcome_value: vec![0.0; n],
            churned,
        }
    }
}

/// Refuses outcomes with too few churners or too few who stayed.
pub(crate) fn check_events(slice: &'static str, churned: impl Iterator<Item = bool>) -> Result<(), TrainingError> {
    let (mut churners, mut stayers) = (0, 0);
    for churned in churned {
        *(if churned { &mut churners } else { &mut stayers }) += 1;
    }
    if churners == 0 || stayers == 0 {
        return Err(TrainingError::OneClass { slice, churners, stayers });
    }
    if churners.min(stayers) < MIN_EVENTS {
        return Err(TrainingError::TooFew { slice, needed: MIN_EVENTS, churners, stayers });
    }
    Ok(())
}
