//! What is known of all purchases together, counted range by range.

use std::collections::BTreeMap;

use super::columns::Columns;
use super::purchases::Purchases;
use crate::calendar::PLAUSIBLE_DAYS;
use crate::{Date, Money};

/// Counts over purchases. Those of two ranges add up to those of both, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Purchases and returns.
    pub(crate) purchases: u64,
    /// Returns among them.
    pub(crate) returns: u64,
    /// Rows of the export that repeat another one in everything that was read.
    pub(crate) repeated: u64,
    /// A bit for each plausible day: whether anything was bought on it.
    days: Vec<u64>,
    /// For each number of days, rounded up, between purchase and recording, how many purchases took so long.
    lags: BTreeMap<i32, u64>,
    /// For each day on which purchases became known, happened and recorded, the first day of those purchases.
    first_known: BTreeMap<Date, Date>,
}

impl Summary {
    pub(crate) fn of(purchases: &Purchases, columns: &Columns, repeated: u64) -> Self {
        let view = purchases.all(columns);
        let first = *PLAUSIBLE_DAYS.start();
        let mut summary = Self {
            purchases: view.rows.len() as u64,
            repeated,
            days: vec![0; PLAUSIBLE_DAYS.count().div_ceil(64)],
            ..Self::default()
        };
        for row in view.rows.clone() {
            let moment = view.timestamp(row);
            if view.amount(row) < Money::ZERO {
                summary.returns += 1;
            } else {
                let at = usize::try_from(moment.date().days() - first).expect("rows of implausible days are rejected");
                summary.days[at / 64] |= 1 << (at % 64);
            }
            if let Some(recorded) = view.recorded_at(row) {
                if view.amount(row) >= Money::ZERO {
                    let first = summary.first_known.entry(recorded.max(moment).date()).or_insert(moment.date());
                    *first = moment.date().min(*first);
                }
                *summary.lags.entry(recorded.days_since(moment).ceil() as i32).or_default() += 1;
            }
        }
        summary
    }

    pub(crate) fn add(&mut self, other: &Summary) {
        self.purchases += other.purchases;
        self.returns += other.returns;
        self.repeated += other.repeated;
        self.days.resize(self.days.len().max(other.days.len()), 0);
        for (day, other) in self.days.iter_mut().zip(&other.days) {
            *day |= other;
        }
        for (lag, count) in &other.lags {
            *self.lags.entry(*lag).or_default() += count;
        }
        for (known, day) in &other.first_known {
            let first = self.first_known.entry(*known).or_insert(*day);
            *first = (*day).min(*first);
        }
    }

    /// The days on which anything was bought, ascending.
    pub(crate) fn days(&self) -> Vec<Date> {
        let marked = |day: &usize| self.days[day / 64] >> (day % 64) & 1 == 1;
        let first = *PLAUSIBLE_DAYS.start();
        (0..self.days.len() * 64).filter(marked).map(|day| Date::from_days(first + day as i32)).collect()
    }

    /// The day of the first purchase that had been recorded before a day; `None` where nothing says when purchases were
    /// recorded, or none had been.
    pub(crate) fn first_day_known(&self, before: Date) -> Option<Date> {
        self.first_known.range(..before).map(|(_, day)| *day).min()
    }

    /// Days within which 99 in 100 purchases were recorded; nothing where the export does not say when.
    pub(crate) fn recording_lag_days(&self) -> Option<i32> {
        let at = (self.lags.values().sum::<u64>().checked_sub(1)? as f64 * 0.99) as u64;
        let mut before = 0;
        let lag = self.lags.iter().find(|(_, count)| {
            before += **count;
            before > at
        });
        lag.map(|(lag, _)| (*lag).max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_is_the_one_at_the_hundredth_from_above() {
        let lags = |counts: &[(i32, u64)]| Summary { lags: counts.iter().copied().collect(), ..Summary::default() };
        assert_eq!(lags(&[]).recording_lag_days(), None);
        assert_eq!(lags(&[(-3, 1)]).recording_lag_days(), Some(0));
        // Of 100 sorted values the one at place 98 (from 0), of 101 the one at place 99.
        assert_eq!(lags(&[(1, 98), (9, 2)]).recording_lag_days(), Some(9));
        assert_eq!(lags(&[(1, 99), (9, 1)]).recording_lag_days(), Some(1));
        assert_eq!(lags(&[(1, 99), (9, 2)]).recording_lag_days(), Some(9));
        assert_eq!(lags(&[(1, 100), (9, 1)]).recording_lag_days(), Some(1));
    }

    #[test]
    fn sums_hold_the_days_of_both() {
        let day = |at: usize| {
            let mut days = vec![0; 2];
            days[at / 64] |= 1 << (at % 64);
            Summary { purchases: 1, days, ..Summary::default() }
        };
        let mut both = day(3);
        both.add(&day(64));
        both.add(&day(3));
        let first = *PLAUSIBLE_DAYS.start();
        assert_eq!(both.days(), [3, 64].map(|at| Date::from_days(first + at)));
        assert_eq!(both.purchases, 3);
    }
}
