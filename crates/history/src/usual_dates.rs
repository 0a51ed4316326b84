//! The short way through moments that are written as most systems write them. Whatever it does not know, it leaves to the long
//! way ([`iso_8601`](crate::iso_8601), or the library that reads declared formats) to understand or to refuse.

use crate::Date;
use crate::calendar::MICROS_PER_DAY;

/// `2026-03-05T14:22:10`, or with a blank between day and time, as microseconds of the clock's own time.
#[inline]
pub(crate) fn iso(text: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] = *text else {
        return None;
    };
    let date = (pair(y1, y2)? * 100 + pair(y3, y4)?, pair(m1, m2)?, pair(d1, d2)?);
    micros(date, (pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?))
}

/// A text that is written in a declared format of digits alone: `%Y` of four, and `%m`, `%d`, `%H`, `%M` and `%S` of two.
pub(crate) fn with_format(format: &str, text: &str) -> Option<i64> {
    let (mut format, mut text) = (format.as_bytes(), text.as_bytes());
    let [mut year, mut month, mut day, mut hour, mut minute, mut second] = [None; 6];
    while let Some((sign, rest)) = format.split_first() {
        format = rest;
        if *sign != b'%' {
            text = text.strip_prefix(&[*sign])?;
            continue;
        }
        let (directive, rest) = format.split_first()?;
        format = rest;
        let [tens, ones, rest @ ..] = text else { return None };
        let (mut number, mut behind) = (pair(*tens, *ones)?, rest);
        let part = match directive {
            b'Y' => {
                let [tens, ones, rest @ ..] = behind else { return None };
                (number, behind) = (number * 100 + pair(*tens, *ones)?, rest);
                &mut year
            }
            b'm' => &mut month,
            b'd' => &mut day,
            b'H' => &mut hour,
            b'M' => &mut minute,
            b'S' => &mut second,
            _ => return None,
        };
        if part.replace(number).is_some() {
            return None;
        }
        text = behind;
    }
    let time = match (hour, minute, second) {
        (Some(hour), Some(minute), second) => (hour, minute, second.unwrap_or(0)),
        (None, None, None) => (0, 0, 0),
        _ => return None,
    };
    if text.is_empty() { micros((year?, month?, day?), time) } else { None }
}

/// The number that two digits write.
#[inline]
fn pair(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens < 10 && ones < 10 { Some(u32::from(tens * 10 + ones)) } else { None }
}

/// Microseconds since 1970-01-01T00:00:00, in one of the years that are plausible.
#[inline]
fn micros((year, month, day): (u32, u32, u32), (hour, minute, second): (u32, u32, u32)) -> Option<i64> {
    let is_plausible = (1950..2100).contains(&year) && (1..=12).contains(&month);
    if !is_plausible || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = match day {
        1..=28 => days(year, month, day),
        // Not every month has it.
        _ => Date::from_year_month_day(year as i32, month, day)?.days(),
    };
    let seconds = hour * 3_600 + minute * 60 + second;
    Some(i64::from(days) * MICROS_PER_DAY + i64::from(seconds) * 1_000_000)
}

/// Days since 1970-01-01 of a date from 1901 to 2099, when every fourth year is a leap year.
#[inline]
fn days(year: u32, month: u32, day: u32) -> i32 {
    /// What the sum below is for 1970-01-01.
    const EPOCH: i32 = 1_969 * 1_461 / 4 + 306 + 1;
    // Years begin in March, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    (year * 1_461 / 4 + (153 * month + 2) / 5 + day) as i32 - EPOCH
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::Timestamp;
    use crate::calendar::PLAUSIBLE_DAYS;

    /// By the library.
    fn by_library(format: &str, text: &str) -> Option<i64> {
        let parsed = jiff::fmt::strtime::parse(format, text).ok()?;
        let midnight = jiff::civil::Time::midnight();
        let moment = parsed.to_datetime().or_else(|_| parsed.to_date().map(|date| date.to_datetime(midnight))).ok()?;
        let zero = jiff::civil::date(1970, 1, 1).to_datetime(midnight);
        Some(moment.duration_since(zero).as_micros() as i64)
    }

    #[test]
    fn every_plausible_day_is_the_calendars() {
        for day in PLAUSIBLE_DAYS {
            let moment = i64::from(day) * MICROS_PER_DAY + 86_399_000_000;
            let text = Timestamp::from_micros(moment).to_string();
            assert_eq!(iso(text.as_bytes()), Some(moment), "{text}");
            let (date, _) = text.split_once('T').unwrap();
            let midnight = moment - 86_399_000_000;
            assert_eq!(with_format("%Y-%m-%d", date), Some(midnight));
            assert_eq!(
                with_format("%d.%m.%Y %H:%M", &format!("{}.{}.{} 23:59", &date[8..], &date[5..7], &date[..4])),
                Some(midnight + 86_340_000_000)
            );
        }
    }

    #[test]
    fn anything_else_is_left_to_the_long_way() {
        for text in [
            "1949-12-31T00:00:00",
            "2100-01-01T00:00:00",
            "2026-02-30T00:00:00",
            "2026-03-05T24:00:00",
            "2026-03-05",
            "2026-03-05T14:22:10Z",
        ] {
            assert_eq!(iso(text.as_bytes()), None, "{text}");
        }
        for (format, text) in [
            ("%d/%m/%Y", "5/3/2026"),
            ("%d/%m/%Y", "05/03/2026 "),
            ("%d/%m/%y", "05/03/26"),
            ("%d/%m/%Y %H", "05/03/2026 14"),
            ("%d/%m", "05/03"),
            ("%d%", "05"),
            ("%Y %Y-%m-%d", "2026 2026-03-05"),
        ] {
            assert_eq!(with_format(format, text), None, "{format} {text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]
        #[test]
        fn the_short_way_reads_what_the_library_reads(
            format in prop::sample::select(vec![
                "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%Y%m%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S", "%H:%M %d-%m-%Y", "%S%M%H%d%m%Y",
            ]),
            numbers in prop::array::uniform6(0_u32..70),
            year in 1900_u32..2120,
            change in prop::option::of((any::<prop::sample::Index>(), "[0-9 /:.-]")),
        ) {
            let [month, day, hour, minute, second, _] = numbers;
            let two = |number: u32| format!("{number:02}");
            let mut text = format
                .replace("%Y", &year.to_string())
                .replace("%m", &two(month % 14))
                .replace("%d", &two(day % 33))
                .replace("%H", &two(hour % 26))
                .replace("%M", &two(minute % 62))
                .replace("%S", &two(second % 62));
            if let Some((place, sign)) = change {
                let place = place.index(text.len());
                text.replace_range(place..=place, &sign);
            }
            if let Some(micros) = with_format(format, &text) {
                prop_assert_eq!(Some(micros), by_library(format, &text), "{} {}", format, text);
            }
        }
    }
}
