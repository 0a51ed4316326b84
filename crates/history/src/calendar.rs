//! Points in time as the shop's own clock shows them.
//!
//! Every timestamp is kept as *wall-clock* time in the project's time zone: timestamps with an offset are converted
//! when they are read, timestamps without one are taken as they stand. On this scale every day has 24 hours, so a
//! window of 90 days is 90 dates, whatever happened to daylight saving in between, and daily totals keep every row.

use std::fmt;
use std::str::FromStr;

/// Microseconds in a day of wall-clock time.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// First and last day that a timestamp may fall on. Systems write dates such as 1900-01-01 or 9999-12-31 for
/// "unknown"; a row that carries one is rejected, never used.
pub(crate) const PLAUSIBLE_DAYS: std::ops::RangeInclusive<i32> = -7_305..=47_481; // 1950-01-01 ..= 2099-12-31

/// A moment: microseconds of wall-clock time since 1970-01-01T00:00:00. Finer input is rounded down, which never moves
/// a row across a midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many microseconds after 1970-01-01T00:00:00.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The date this moment falls on.
    #[must_use]
    pub fn date(self) -> Date {
        let days = self.0.div_euclid(MICROS_PER_DAY);
        Date(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Days, with fractions, from `earlier` to this moment; negative if `earlier` is later.
    #[must_use]
    pub fn days_since(self, earlier: Timestamp) -> f64 {
        (self.0 as f64 - earlier.0 as f64) / MICROS_PER_DAY as f64
    }
}

impl fmt::Display for Timestamp {
    /// `2026-03-05T14:22:10`, with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(MICROS_PER_DAY);
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        write!(f, "{}T{:02}:{:02}:{:02}", self.date(), seconds / 3_600, seconds / 60 % 60, seconds % 60)?;
        if fraction != 0 {
            write!(f, ".{fraction:06}")?;
        }
        Ok(())
    }
}

/// A calendar date: days since 1970-01-01. As-of dates are dates: the moment meant is the midnight that begins them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// The date this many days after 1970-01-01.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The midnight that begins this date.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * MICROS_PER_DAY)
    }

    /// This date moved by a number of days; stops at the ends of the scale.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Date {
        Date(self.0.saturating_add(days))
    }

    /// Whole days from `earlier` to this date; negative if `earlier` is later.
    #[must_use]
    pub fn days_since(self, earlier: Date) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month (1 to 12) and day of the month (1 to 31).
    #[must_use]
    pub fn year_month_day(self) -> (i32, u32, u32) {
        civil_from_days(i64::from(self.0))
    }

    /// The date with this year, month and day, if there is such a date.
    #[must_use]
    pub fn from_year_month_day(year: i32, month: u32, day: u32) -> Option<Date> {
        if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        i32::try_from(days_from_civil(i64::from(year), month, day)).ok().map(Date)
    }

    /// Saturday or Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday: days 2 and 3 of the scale were a Saturday and a Sunday.
        matches!(self.0.rem_euclid(7), 2 | 3)
    }

    /// The first day of this date's month.
    #[must_use]
    pub fn month_start(self) -> Date {
        let (_, _, day) = self.year_month_day();
        Date(self.0 - (day as i32 - 1))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.year_month_day();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A text that is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a date such as 2026-03-05, found \"{found}\"")]
pub struct NotADate {
    /// The text.
    pub found: String,
}

impl FromStr for Date {
    type Err = NotADate;

    /// Reads `2026-03-05`.
    ///
    /// # Errors
    /// Anything else, and dates that do not exist, such as 2026-02-30.
    fn from_str(text: &str) -> Result<Self, NotADate> {
        parse_date(text.as_bytes()).ok_or_else(|| NotADate { found: text.chars().take(64).collect() })
    }
}

/// `YYYY-MM-DD`, nothing before or after it.
pub(crate) fn parse_date(text: &[u8]) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    Date::from_year_month_day(year as i32, month, day)
}

/// The decimal number that these ASCII digits write.
pub(crate) fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u32::from(digit - b'0')))
}

/// A length of time in whole days, at least one; written `90d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(u16);

impl Days {
    /// A length of this many days, if it is between 1 and 3650.
    #[must_use]
    pub const fn new(days: u16) -> Option<Self> {
        if days >= 1 && days <= 3_650 { Some(Self(days)) } else { None }
    }

    /// The number of days.
    #[must_use]
    pub fn get(self) -> i32 {
        i32::from(self.0)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.0)
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i64::from(month);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`]; same source.
fn civil_from_days(days: i64) -> (i32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month as u32, day as u32)
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn dates_agree_with_jiff(days in -20_000_i32..60_000) {
            let date = Date::from_days(days);
            let reference = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assert_eq!(date.to_string(), reference.to_string());
            prop_assert_eq!(date.to_string().parse::<Date>().unwrap(), date);
            let weekend = matches!(reference.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
            prop_assert_eq!(date.is_weekend(), weekend);
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-4-3", "05/03/2026", ""] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert_eq!("2024-02-29".parse::<Date>().unwrap().to_string(), "2024-02-29");
    }

    #[test]
    fn a_microsecond_before_midnight_is_the_day_before() {
        let date: Date = "2026-03-05".parse().unwrap();
        let before = Timestamp::from_micros(date.start().micros() - 1);
        assert_eq!(before.date().to_string(), "2026-03-04");
        assert_eq!(before.to_string(), "2026-03-04T23:59:59.999999");
        assert_eq!(date.start().to_string(), "2026-03-05T00:00:00");
    }

    #[test]
    fn the_plausible_range_is_what_its_comment_says() {
        assert_eq!(Date::from_days(*PLAUSIBLE_DAYS.start()).to_string(), "1950-01-01");
        assert_eq!(Date::from_days(*PLAUSIBLE_DAYS.end()).to_string(), "2099-12-31");
    }
}
