//! Times that a clock on the wall did not show, or showed twice.

use jiff::tz::TimeZone;

use crate::Timestamp;
use crate::calendar::{MICROS_PER_DAY, PLAUSIBLE_DAYS};

/// What daylight saving does to a time on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockChange {
    /// The clock went past it when it was put forward.
    Gap,
    /// The clock showed it twice when it was put back.
    Fold,
}

/// All gaps and folds of a time zone.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClockChanges {
    /// First and last microsecond of wall-clock time, and what it is; ascending.
    changes: Vec<(i64, i64, ClockChange)>,
    /// A bit for each plausible day: whether there is a change on it.
    days: Vec<u64>,
}

impl ClockChanges {
    /// Those of the years that a timestamp may fall into.
    pub(crate) fn of(timezone: &TimeZone) -> Self {
        let (first, last) = (*PLAUSIBLE_DAYS.start(), *PLAUSIBLE_DAYS.end());
        let moment = |day: i32| jiff::Timestamp::from_microsecond(i64::from(day) * MICROS_PER_DAY).unwrap_or_default();
        let (begin, end) = (moment(first), moment(last + 1));
        let mut all = Self { changes: Vec::new(), days: vec![0; PLAUSIBLE_DAYS.count().div_ceil(64)] };
        let mut before = timezone.to_offset(begin).seconds();
        for change in timezone.following(begin).take_while(|change| change.timestamp() < end) {
            let after = change.offset().seconds();
            let at = |offset: i32| change.timestamp().as_microsecond() + i64::from(offset) * 1_000_000;
            let (from, to) = (at(before.min(after)), at(before.max(after)) - 1);
            if before != after {
                let kind = if after > before { ClockChange::Gap } else { ClockChange::Fold };
                all.changes.push((from, to, kind));
                for moment in [from, to] {
                    if let Some(day) = place_of_day(moment) {
                        all.days[day / 64] |= 1 << (day % 64);
                    }
                }
            }
            before = after;
        }
        all
    }

    /// What the clock did at a time on the wall of a plausible day.
    #[inline]
    pub(crate) fn at(&self, time: Timestamp) -> Option<ClockChange> {
        let day = place_of_day(time.micros())?;
        if self.days.get(day / 64)? >> (day % 64) & 1 == 0 {
            return None;
        }
        let next = self.changes.partition_point(|(from, _, _)| *from <= time.micros());
        let (_, to, kind) = self.changes.get(next.checked_sub(1)?)?;
        (time.micros() <= *to).then_some(*kind)
    }
}

fn place_of_day(micros: i64) -> Option<usize> {
    usize::try_from(micros.div_euclid(MICROS_PER_DAY) - i64::from(*PLAUSIBLE_DAYS.start())).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Date;

    fn at(changes: &ClockChanges, day: &str, hour: i64, minute: i64) -> Option<ClockChange> {
        let midnight = day.parse::<Date>().unwrap().start().micros();
        changes.at(Timestamp::from_micros(midnight + (hour * 60 + minute) * 60_000_000))
    }

    #[test]
    fn the_hour_that_is_skipped_and_the_one_that_comes_twice_are_known() {
        let bucharest = ClockChanges::of(&TimeZone::get("Europe/Bucharest").unwrap());
        for (day, hour, minute, expected) in [
            ("2026-03-29", 2, 59, None),
            ("2026-03-29", 3, 0, Some(ClockChange::Gap)),
            ("2026-03-29", 3, 59, Some(ClockChange::Gap)),
            ("2026-03-29", 4, 0, None),
            ("2026-10-25", 2, 59, None),
            ("2026-10-25", 3, 0, Some(ClockChange::Fold)),
            ("2026-10-25", 3, 59, Some(ClockChange::Fold)),
            ("2026-10-25", 4, 0, None),
            ("2026-07-01", 3, 30, None),
        ] {
            assert_eq!(at(&bucharest, day, hour, minute), expected, "{day} {hour}:{minute}");
        }
        let utc = ClockChanges::of(&TimeZone::UTC);
        assert_eq!(at(&utc, "2026-03-29", 3, 30), None);
    }
}
