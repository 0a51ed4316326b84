//! The days on which anybody bought, and how far they show the export to reach.

use crate::Date;
use crate::error::ReadError;

/// Days without any purchase that mean nothing in any shop: a long weekend, a week's holiday.
const QUIET_DAYS: i32 = 7;
/// Nor does a pause of so many times the usual distance between days with a purchase.
const QUIET_GAPS: i32 = 5;

/// The longest pause, in days, that is nothing unusual between days in ascending order: a week, or so many times the median
/// of their distances.
pub(crate) fn usual_pause(days: &[Date], times: i32) -> i32 {
    let mut gaps: Vec<i32> = days.windows(2).map(|pair| pair[1].days_since(pair[0])).collect();
    gaps.sort_unstable();
    let median = gaps.get(gaps.len() / 2).copied().unwrap_or(1);
    QUIET_DAYS.max(median.saturating_mul(times))
}

/// Days with at least one purchase, ascending, never empty.
#[derive(Debug)]
pub(crate) struct PurchaseDays {
    days: Vec<Date>,
    /// Longest pause between two of them that is nothing unusual here.
    quiet: i32,
}

impl PurchaseDays {
    /// Of days that ascend.
    pub(crate) fn of(days: Vec<Date>) -> Option<Self> {
        let quiet = usual_pause(&days, QUIET_GAPS);
        (!days.is_empty()).then_some(Self { days, quiet })
    }

    pub(crate) fn first(&self) -> Date {
        self.days[0]
    }

    pub(crate) fn last(&self) -> Date {
        self.days[self.days.len() - 1]
    }

    /// The first day that is not complete: the declared one, else the day of the last purchase.
    ///
    /// # Errors
    /// The last days stand apart from all others, so that they may be mistyped; or the declared day lies so long after
    /// the last purchase that the export must be older.
    pub(crate) fn complete_through(&self, declared: Option<Date>) -> Result<Date, ReadError> {
        let Some(complete_through) = declared else {
            // A stray day at the end, or a few: the newest twentieth of the days with a purchase.
            let tail = self.days.len() - self.days.len().div_ceil(20).min(self.days.len() - 1);
            let stray = (tail..self.days.len()).find(|at| self.days[*at].days_since(self.days[at - 1]) > self.quiet);
            return match stray {
                Some(at) => Err(ReadError::StrayLastDay { last: self.last(), usual: self.days[at - 1].plus_days(1) }),
                None => Ok(self.last()),
            };
        };
        if complete_through < self.first() {
            return Err(ReadError::CompleteBeforeFirst { complete_through, first: self.first() });
        }
        let known = self.days.partition_point(|day| *day < complete_through);
        let last = if known == 0 { self.first() } else { self.days[known - 1] };
        let silent = complete_through.days_since(last) - 1;
        if silent > self.quiet {
            return Err(ReadError::SilentEnd { complete_through, last, silent });
        }
        Ok(complete_through)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn days(numbers: impl IntoIterator<Item = i32>) -> PurchaseDays {
        PurchaseDays { days: numbers.into_iter().map(Date::from_days).collect(), quiet: QUIET_DAYS }
    }

    #[test]
    fn a_mistyped_last_date_does_not_move_the_end_of_the_export() {
        assert_eq!(days(100..200).complete_through(None).unwrap(), Date::from_days(199));
        for stray in [208, 300, 20_000] {
            let error = days((100..200).chain([stray])).complete_through(None).unwrap_err();
            assert!(matches!(error, ReadError::StrayLastDay { .. }), "{stray}: {error}");
            // Declared, the stray day is simply not complete.
            let declared = days((100..200).chain([stray])).complete_through(Some(Date::from_days(200)));
            assert_eq!(declared.unwrap(), Date::from_days(200));
        }
        assert!(days((100..200).chain([206])).complete_through(None).is_ok());
    }

    #[test]
    fn an_export_that_ends_long_before_its_declared_end_is_refused() {
        assert!(days(100..200).complete_through(Some(Date::from_days(207))).is_ok());
        let error = days(100..200).complete_through(Some(Date::from_days(208))).unwrap_err();
        assert!(matches!(error, ReadError::SilentEnd { silent: 8, .. }), "{error}");
        assert!(days(100..200).complete_through(Some(Date::from_days(50))).is_err());
    }

    #[test]
    fn one_day_of_purchases_is_enough() {
        assert_eq!(days([100]).complete_through(None).unwrap(), Date::from_days(100));
    }
}
