//! Labelled rows: the eligible customers of several as-of dates, with transformed features and outcomes.

use std::collections::BTreeSet;
use std::sync::Arc;

use feature_engineering::{Churn, Eligibility, Feature, Panel, PanelRows};
use history::{Date, Days, Export, History, LabelWindow};
use rayon::prelude::*;
use scoring::past_value;

use crate::TrainingError;
use crate::acted_on::{ActedOn, ActedOnCounts, repeated};
use crate::customers::{CustomerHashes, FOLDS, Share};

/// Fewer churners, or fewer who stayed, than this say nothing.
pub(crate) const MIN_EVENTS: u64 = 10;

/// Labelled rows of some as-of dates, by date, then customer.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) features: Vec<Arc<Feature>>,
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
    /// Eligible customers of each date who neither churned nor stayed, and have no row.
    pub(crate) unlabelled: Vec<(Date, u64)>,
    /// Those customers' rows, without outcomes: within another horizon they may have one.
    pub(crate) left_out: Option<Box<Rows>>,
    /// Customers of each date who were made an offer within the label window, and who counts for them.
    pub(crate) acted_on: Vec<(Date, ActedOnCounts)>,
}

/// What the rows of all slices have in common.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) export: &'a Export,
    pub(crate) churn: Churn,
    pub(crate) lookback: Option<Days>,
    pub(crate) window: LabelWindow,
    pub(crate) eligibility: Eligibility,
    pub(crate) hashes: CustomerHashes,
    pub(crate) acted_on: ActedOn,
}

/// Customers whose features are in memory at one time, beside the rows that are kept.
const CUSTOMERS_OF_A_BLOCK: usize = 1 << 16;

impl<'a> Source<'a> {
    /// What is known at a date.
    pub(crate) fn history(&self, as_of: Date) -> History<'a> {
        self.export.history(as_of).with_lookback(self.lookback)
    }

    /// Who of some eligible customers churned; see [`Churn::labels`].
    pub(crate) fn labels(&self, as_of: Date, eligible: &[u32]) -> Result<Vec<Option<bool>>, TrainingError> {
        self.labels_within(as_of, self.window, eligible)
    }

    /// The same within another label window.
    pub(crate) fn labels_within(
        &self,
        as_of: Date,
        window: LabelWindow,
        eligible: &[u32],
    ) -> Result<Vec<Option<bool>>, TrainingError> {
        let outcome = self.export.outcome(as_of, window)?;
        let labels = self.churn.labels(&self.history(as_of), &outcome, self.eligibility, eligible)?;
        #[cfg(test)]
        let labels = shuffle::apply(labels, as_of);
        if window == self.window {
            return Ok(labels);
        }
        // Who was acted on within the window of the model is no customer of the date; within another window others were.
        let alone = |customer: u32| !outcome.lots(customer).any(|(_, treated)| treated);
        Ok(labels.into_iter().zip(eligible).map(|(label, customer)| label.filter(|_| alone(*customer))).collect())
    }

    /// Customers of a date, each as often as they count: see [`ActedOn`].
    pub(crate) fn left_alone(&self, as_of: Date, customers: &[u32]) -> Result<Vec<u32>, TrainingError> {
        Ok(repeated(customers, &self.copies(as_of, customers)?.0))
    }

    fn copies(&self, as_of: Date, customers: &[u32]) -> Result<(Vec<u32>, ActedOnCounts), TrainingError> {
        Ok(self.acted_on.count(&self.export.outcome(as_of, self.window)?, customers, &self.hashes))
    }

    /// Eligible customers of each date, over all dates.
    pub(crate) fn count(&self, dates: &[Date]) -> Result<usize, TrainingError> {
        let mut count = 0;
        self.for_each_block(dates, &[], Share::of_rows(0, 0), |rows| {
            count += rows.customers.len();
            Ok(())
        })?;
        Ok(count)
    }

    /// How many of the eligible customers of a date were acted on.
    pub(crate) fn acted_on_at(&self, as_of: Date, share: Share) -> Result<ActedOnCounts, TrainingError> {
        Ok(self.copies(as_of, &self.known(as_of, share)?)?.1)
    }

    /// Eligible customers at a date, each as often as they count.
    pub(crate) fn eligible(&self, as_of: Date, share: Share) -> Result<Vec<u32>, TrainingError> {
        self.left_alone(as_of, &self.known(as_of, share)?)
    }

    /// Eligible customers at a date.
    fn known(&self, as_of: Date, share: Share) -> Result<Vec<u32>, TrainingError> {
        let mut eligible = Vec::new();
        self.for_each_block(&[as_of], &[], share, |rows| {
            eligible.extend(rows.customers);
            Ok(())
        })?;
        Ok(eligible)
    }

    /// The labelled rows of some dates, which are in ascending order: by date, then customer.
    pub(crate) fn rows(&self, dates: &[Date], wanted: &[Arc<Feature>], share: Share) -> Result<Rows, TrainingError> {
        let mut rows = Rows { features: wanted.to_vec(), columns: vec![Vec::new(); wanted.len()], ..Rows::default() };
        self.for_each_block(dates, wanted, share, |block| {
            rows.customer.extend(block.customers);
            rows.as_of.extend(block.dates.iter().map(|date| dates[*date as usize]));
            for (column, values) in rows.columns.iter_mut().zip(block.columns) {
                column.extend(values);
            }
            Ok(())
        })?;
        rows.sort_by_date();
        let mut copies = Vec::with_capacity(rows.len());
        for date in dates {
            let customers: Vec<u32> = rows.on(&[*date]).into_iter().map(|row| rows.customer[row]).collect();
            let (of_date, counts) = self.copies(*date, &customers)?;
            copies.extend(of_date);
            rows.acted_on.push((*date, counts));
        }
        rows.repeat(&copies);
        let at = |name| wanted.iter().position(|feature| feature.name == name);
        if let Some((total, tenure)) = at("monetary_total").zip(at("tenure_days")) {
            let horizon = f64::from(self.window.horizon.get());
            let values = rows.columns[total].iter().zip(&rows.columns[tenure]);
            rows.past_revenue = values.map(|(total, tenure)| past_value(*total, *tenure, horizon, 1.0)).collect();
        }
        rows.columns.par_iter_mut().zip(wanted).for_each(|(column, feature)| {
            column.iter_mut().for_each(|value| *value = feature.transform.apply(*value));
        });
        rows.fold = rows.customer.iter().map(|customer| self.hashes.fold(*customer)).collect();
        let mut labels = Vec::with_capacity(rows.len());
        for date in dates {
            let customers: Vec<u32> = rows.on(&[*date]).into_iter().map(|row| rows.customer[row]).collect();
            labels.extend(self.labels(*date, &customers)?);
            let outcome = self.export.outcome(*date, self.window)?;
            let value = outcome.map(&customers, |block, customer| outcome.value(block, customer).to_f64())?;
            rows.outcome_value.extend(value);
            let unlabelled = labels[labels.len() - customers.len()..].iter().filter(|label| label.is_none()).count();
            rows.unlabelled.push((*date, unlabelled as u64));
        }
        rows.churned = labels.iter().map(|label| label.unwrap_or(false)).collect();
        if labels.contains(&None) {
            rows.left_out = Some(Box::new(rows.pick(&labels.iter().map(Option::is_none).collect::<Vec<bool>>())));
        }
        rows.retain(&labels.iter().map(Option::is_some).collect::<Vec<bool>>());
        Ok(rows)
    }

    /// Hands the rows of the eligible customers of a share on, block by block of customers.
    fn for_each_block(
        &self,
        dates: &[Date],
        wanted: &[Arc<Feature>],
        share: Share,
        mut take: impl FnMut(PanelRows) -> Result<(), TrainingError>,
    ) -> Result<(), TrainingError> {
        let histories = dates.iter().map(|date| self.history(*date)).collect();
        let panel = Panel::new(self.export, histories, self.eligibility, wanted);
        let everybody = 0..self.export.customer_ids().len() as u32;
        let customers: Vec<u32> = everybody.filter(|customer| self.hashes.is_in(*customer, share)).collect();
        customers.chunks(CUSTOMERS_OF_A_BLOCK).try_for_each(|block| take(panel.rows(block)?))
    }
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.customer.len()
    }

    /// Puts rows that have no outcomes yet in the order of the dates, those of a date in the order of the customers.
    pub(crate) fn sort_by_date(&mut self) {
        let mut order: Vec<u32> = (0..self.customer.len() as u32).collect();
        order.sort_by_key(|row| (self.as_of[*row as usize], self.customer[*row as usize]));
        let sorted = |values: &[f64]| order.iter().map(|row| values[*row as usize]).collect::<Vec<f64>>();
        self.columns.par_iter_mut().for_each(|column| *column = sorted(column));
        self.customer = order.iter().map(|row| self.customer[*row as usize]).collect();
        self.as_of = order.iter().map(|row| self.as_of[*row as usize]).collect();
        // Where rows have their folds already.
        self.fold = order.iter().filter_map(|row| self.fold.get(*row as usize).copied()).collect();
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
        let kept: Vec<bool> = self.as_of.iter().map(|as_of| dates.contains(as_of)).collect();
        self.retain(&kept);
        self.unlabelled.retain(|(date, _)| dates.contains(date));
        self.acted_on.retain(|(date, _)| dates.contains(date));
        if let Some(left_out) = &mut self.left_out {
            left_out.keep(dates);
        }
    }

    /// Eligible customers of some dates who have no row, since they neither churned nor stayed.
    pub(crate) fn unlabelled_on(&self, dates: &[Date]) -> u64 {
        self.unlabelled.iter().filter(|(date, _)| dates.contains(date)).map(|(_, customers)| customers).sum()
    }

    /// Customers of some dates who were acted on.
    pub(crate) fn acted_on_on(&self, dates: &[Date]) -> ActedOnCounts {
        let mut sum = ActedOnCounts::default();
        self.acted_on.iter().filter(|(date, _)| dates.contains(date)).for_each(|(_, counts)| sum.add(*counts));
        sum
    }

    /// Each row as often as it counts; rows have neither outcomes nor folds yet.
    fn repeat(&mut self, copies: &[u32]) {
        if copies.iter().all(|copies| *copies == 1) {
            return;
        }
        self.columns.par_iter_mut().for_each(|column| *column = repeated(column, copies));
        self.customer = repeated(&self.customer, copies);
        self.as_of = repeated(&self.as_of, copies);
    }

    /// Customers, dates, folds and features of the rows marked.
    fn pick(&self, picked: &[bool]) -> Self {
        fn filter<T: Copy>(values: &[T], picked: &[bool]) -> Vec<T> {
            values.iter().zip(picked).filter(|(_, picked)| **picked).map(|(value, _)| *value).collect()
        }
        Self {
            features: self.features.clone(),
            columns: self.columns.par_iter().map(|column| filter(column, picked)).collect(),
            customer: filter(&self.customer, picked),
            as_of: filter(&self.as_of, picked),
            fold: filter(&self.fold, picked),
            ..Self::default()
        }
    }

    /// Leaves only the rows marked.
    fn retain(&mut self, kept: &[bool]) {
        fn filter<T: Copy>(values: &mut Vec<T>, kept: &[bool]) {
            let mut kept = kept.iter();
            values.retain(|_| kept.next().copied().unwrap_or(false));
        }
        if kept.iter().all(|kept| *kept) {
            return;
        }
        self.columns.par_iter_mut().for_each(|column| filter(column, kept));
        filter(&mut self.churned, kept);
        filter(&mut self.customer, kept);
        filter(&mut self.as_of, kept);
        filter(&mut self.fold, kept);
        filter(&mut self.past_revenue, kept);
        filter(&mut self.outcome_value, kept);
    }

    /// On how many dates some rows lie.
    pub(crate) fn n_dates(&self, rows: &[usize]) -> usize {
        rows.iter().map(|row| self.as_of[*row]).collect::<BTreeSet<_>>().len()
    }

    pub(crate) fn outcomes(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter().map(|row| self.churned[*row]).collect()
    }

    /// The same rows with some of the features.
    #[cfg(test)]
    pub(crate) fn toy(features: Vec<Arc<Feature>>, columns: Vec<Vec<f64>>, churned: Vec<bool>) -> Self {
        let n = churned.len();
        Self {
            features,
            columns,
            customer: (0..n as u32).collect(),
            as_of: vec![Date::from_days(0); n],
            fold: (0..n).map(|row| (row % usize::from(FOLDS)) as u8).collect(),
            past_revenue: vec![0.0; n],
            outcome_value: vec![0.0; n],
            unlabelled: Vec::new(),
            left_out: None,
            acted_on: Vec::new(),
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
        return Err(TrainingError::OneClass { slice, needed: MIN_EVENTS, churners, stayers });
    }
    if churners.min(stayers) < MIN_EVENTS {
        return Err(TrainingError::TooFew { slice, needed: MIN_EVENTS, churners, stayers });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) use shuffle::shuffled_labels;

/// Labels that have nothing to do with their customers, for tests of what is learnt from them.
#[cfg(test)]
mod shuffle {
    use std::cell::Cell;

    use history::Date;

    use crate::train_tests::Draws;

    thread_local! {
        static SEED: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// Does something with the labels of each date shuffled among its customers.
    pub(crate) fn shuffled_labels<T>(seed: u64, work: impl FnOnce() -> T) -> T {
        SEED.set(Some(seed));
        let done = work();
        SEED.set(None);
        done
    }

    pub(super) fn apply(mut labels: Vec<Option<bool>>, as_of: Date) -> Vec<Option<bool>> {
        if let Some(seed) = SEED.get() {
            let day = as_of.days_since(Date::from_days(0)) as u64;
            let mut draws = Draws(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ day.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            for last in (1..labels.len()).rev() {
                labels.swap(last, (draws.next() * (last + 1) as f64) as usize);
            }
        }
        labels
    }
}
