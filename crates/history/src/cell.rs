//! One cell of any source, and the exact conversions from it.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use crate::calendar::{MICROS_PER_DAY, PLAUSIBLE_DAYS, number};
use crate::grouped::without_groups;
use crate::id_rules::normalized;
use crate::iso_8601::{self, Written};
use crate::money::NotMoney;
use crate::reject::RejectCode;
use crate::spec::{IdRules, TableSpec};
use crate::{Date, Money, Quantity, Timestamp, usual_dates};

/// A cell as its source gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    /// No value, or an empty text.
    Empty,
    /// Text from a text file or a text column.
    Text(&'a str),
    /// Bytes that are not valid text.
    NotText,
    /// The text of a JSON number: digits with a point, perhaps an exponent.
    Number(&'a str),
    Integer(i64),
    Float(f64),
    /// Microseconds of wall-clock time.
    WallClock(i64),
    /// Microseconds since 1970-01-01T00:00:00 UTC.
    Utc(i64),
    /// Days since 1970-01-01.
    Day(i32),
}

/// Why a cell could not be converted: the code, and what was expected.
pub(crate) type Problem = (RejectCode, &'static str);

/// Whether a timestamp came with an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offset {
    Given,
    Absent,
}

/// How the cells of one table are to be understood.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) timezone: &'a TimeZone,
    pub(crate) date_format: Option<&'a str>,
    pub(crate) decimal: u8,
    pub(crate) thousands: Option<char>,
    pub(crate) ids: IdRules,
}

impl<'a> Reading<'a> {
    /// As the table is declared.
    pub(crate) fn of(table: &'a TableSpec, timezone: &'a TimeZone) -> Self {
        let TableSpec { date_format, decimal, thousands, ids, .. } = table;
        let (date_format, decimal) = (date_format.as_deref(), *decimal);
        Self { timezone, date_format, decimal, thousands: *thousands, ids: *ids }
    }
}

impl Reading<'_> {
    /// The customer's id: text, without the blanks around it. Whole numbers become their decimal digits.
    pub(crate) fn id<'c>(&self, cell: Cell<'c>, scratch: &'c mut String) -> Result<&'c str, Problem> {
        const EXPECTED: &str = "expected an id, found an empty cell";
        match cell {
            Cell::Text(text) => match trimmed(text) {
                "" => Err((RejectCode::EmptyId, EXPECTED)),
                trimmed if self.ids.is_none() => Ok(trimmed),
                trimmed => Ok(normalized(trimmed, self.ids, scratch)),
            },
            Cell::Integer(value) => {
                use std::fmt::Write;
                scratch.clear();
                let _ = write!(scratch, "{value}"); // writing to a String cannot fail
                Ok(scratch)
            }
            Cell::Number(text) if is_whole(text) => Ok(text),
            Cell::NotText => Err(NOT_TEXT),
            Cell::Empty => Err((RejectCode::EmptyId, EXPECTED)),
            // 1.0 may have been 1, 01 or a number that lost its last digits.
            _ => Err((
                RejectCode::BadId,
                "expected an id as text or whole number, found another type; export ids as text",
            )),
        }
    }

    /// A moment of wall-clock time, and whether it came with an offset.
    pub(crate) fn timestamp(&self, cell: Cell<'_>) -> Result<(Timestamp, Offset), Problem> {
        const EXPECTED_FORMAT: &str = "expected a timestamp in the declared date_format";
        let (micros, offset) = match cell {
            Cell::WallClock(micros) => (micros, Offset::Absent),
            Cell::Utc(micros) => (self.wall_clock(micros).ok_or(IMPLAUSIBLE)?, Offset::Given),
            Cell::Day(day) if !PLAUSIBLE_DAYS.contains(&day) => return Err(IMPLAUSIBLE),
            Cell::Day(day) => (i64::from(day) * MICROS_PER_DAY, Offset::Absent),
            Cell::Text(text) => match self.date_format {
                None => self.iso_8601(trimmed(text).as_bytes()).ok_or_else(|| what_instead(text.trim()))?,
                Some(format) => {
                    self.with_format(format, text.trim()).ok_or((RejectCode::BadTimestamp, EXPECTED_FORMAT))?
                }
            },
            Cell::NotText => return Err(NOT_TEXT),
            Cell::Empty => return Err((RejectCode::BadTimestamp, "expected a timestamp, found an empty cell")),
            Cell::Integer(value) => return Err(number_instead(value as f64)),
            Cell::Float(value) => return Err(number_instead(value)),
            Cell::Number(text) => return Err(decimal_number(text, b'.').map_or(NO_TIMESTAMP, number_instead)),
        };
        let day = micros.div_euclid(MICROS_PER_DAY);
        if i32::try_from(day).is_ok_and(|day| PLAUSIBLE_DAYS.contains(&day)) {
            Ok((Timestamp::from_micros(micros), offset))
        } else {
            Err(IMPLAUSIBLE)
        }
    }

    /// A date: the day on which the cell's moment falls.
    pub(crate) fn date(&self, cell: Cell<'_>) -> Result<Date, Problem> {
        self.timestamp(cell).map(|(moment, _)| moment.date())
    }

    /// An amount of money.
    pub(crate) fn money(&self, cell: Cell<'_>) -> Result<Money, Problem> {
        let amount = match cell {
            Cell::Text(text) => Money::parse(&self.plain(text), self.decimal),
            Cell::Number(text) => Money::parse(text, b'.'),
            Cell::Integer(value) => Money::from_f64(value as f64),
            Cell::Float(value) => Money::from_f64(value),
            Cell::NotText => return Err(NOT_TEXT),
            Cell::Empty => return Err((RejectCode::BadAmount, "expected an amount, found an empty cell")),
            Cell::WallClock(_) | Cell::Utc(_) | Cell::Day(_) => Err(NotMoney::Unreadable),
        };
        amount.map_err(|error| match error {
            NotMoney::Unreadable => (RejectCode::BadAmount, "expected a plain decimal number such as -12.50"),
            NotMoney::OutOfRange => (RejectCode::AmountOutOfRange, "expected an amount below 9e14 in size"),
        })
    }

    /// A finite number, in plain or scientific notation. Zero has no sign.
    pub(crate) fn number(&self, cell: Cell<'_>) -> Result<f64, Problem> {
        const EXPECTED: Problem = (RejectCode::BadValue, "expected a number such as 4.5");
        let value = match cell {
            Cell::Text(text) => decimal_number(&self.plain(text), self.decimal).ok_or(EXPECTED)?,
            Cell::Number(text) => decimal_number(text, b'.').ok_or(EXPECTED)?,
            Cell::Integer(value) => value as f64,
            Cell::Float(value) => value,
            Cell::NotText => return Err(NOT_TEXT),
            Cell::Empty | Cell::WallClock(_) | Cell::Utc(_) | Cell::Day(_) => return Err(EXPECTED),
        };
        if value.is_finite() { Ok(value + 0.0) } else { Err(EXPECTED) }
    }

    /// Yes or no.
    pub(crate) fn flag(&self, cell: Cell<'_>) -> Result<bool, Problem> {
        let word = match cell {
            Cell::Text(text) => text.trim(),
            Cell::Number(text) => text,
            Cell::Integer(1) => "1",
            Cell::Integer(0) => "0",
            Cell::NotText => return Err(NOT_TEXT),
            _ => "",
        };
        if ["yes", "true", "1"].iter().any(|yes| word.eq_ignore_ascii_case(yes)) {
            Ok(true)
        } else if ["no", "false", "0"].iter().any(|no| word.eq_ignore_ascii_case(no)) {
            Ok(false)
        } else {
            Err((RejectCode::BadFlag, "expected yes, no, true, false, 1 or 0"))
        }
    }

    /// A quantity, as exact as money is.
    pub(crate) fn quantity(&self, cell: Cell<'_>) -> Result<Quantity, Problem> {
        const EXPECTED: &str = "expected a quantity as a plain decimal number such as 2 or 0.375";
        let quantity = match cell {
            Cell::Text(text) => Quantity::parse(&self.plain(text), self.decimal),
            Cell::Number(text) => Quantity::parse(text, b'.'),
            Cell::Integer(value) => Quantity::from_f64(value as f64),
            Cell::Float(value) => Quantity::from_f64(value),
            Cell::NotText => return Err(NOT_TEXT),
            Cell::Empty => return Err((RejectCode::BadQuantity, "expected a quantity, found an empty cell")),
            Cell::WallClock(_) | Cell::Utc(_) | Cell::Day(_) => Err(NotMoney::Unreadable),
        };
        quantity.map_err(|error| match error {
            NotMoney::Unreadable => (RejectCode::BadQuantity, EXPECTED),
            NotMoney::OutOfRange => (RejectCode::BadQuantity, "expected a quantity below 9e14 in size"),
        })
    }

    /// A number as text, without blanks around it and without signs between its groups of digits.
    #[inline]
    pub(crate) fn plain<'c>(&self, text: &'c str) -> Cow<'c, str> {
        match self.thousands {
            None => Cow::Borrowed(trimmed(text)),
            Some(sign) => without_groups(text.trim(), sign, self.decimal),
        }
    }

    fn iso_8601(&self, text: &[u8]) -> Option<(i64, Offset)> {
        let Written { micros, offset } = iso_8601::parse(text)?;
        match offset {
            None => Some((micros, Offset::Absent)),
            Some(offset) => Some((self.wall_clock(micros - offset)?, Offset::Given)),
        }
    }

    fn with_format(&self, format: &str, text: &str) -> Option<(i64, Offset)> {
        if let Some(micros) = usual_dates::with_format(format, text) {
            return Some((micros, Offset::Absent));
        }
        let parsed = jiff::fmt::strtime::parse(format, text).ok()?;
        if let Ok(moment) = parsed.to_timestamp() {
            return Some((self.wall_clock(moment.as_microsecond())?, Offset::Given));
        }
        let datetime = match parsed.to_datetime() {
            Ok(datetime) => datetime,
            Err(_) => parsed.to_date().ok()?.to_datetime(jiff::civil::Time::midnight()),
        };
        Some((civil_micros(datetime)?, Offset::Absent))
    }

    /// The wall-clock reading, in the project's zone, of a moment given in microseconds of UTC.
    fn wall_clock(&self, utc_micros: i64) -> Option<i64> {
        let moment = jiff::Timestamp::from_microsecond(utc_micros).ok()?;
        civil_micros(self.timezone.to_datetime(moment))
    }
}

/// A text without the blanks around it.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Whether a JSON number is written as a whole number, which has one form only.
fn is_whole(number: &str) -> bool {
    number != "-0" && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// Reads digits with at most one decimal sign, and an exponent or none; no words such as `inf`.
fn decimal_number(text: &str, decimal: u8) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'e' | b'E') || byte == decimal;
    if !text.bytes().all(plain) {
        return None;
    }
    if decimal == b'.' { text.parse().ok() } else { text.replace(char::from(decimal), ".").parse().ok() }
}

/// What stands where a timestamp of ISO 8601 was expected.
fn what_instead(text: &str) -> Problem {
    if let Some(number) = decimal_number(text, b'.').filter(|_| text.bytes().all(|b| b.is_ascii_digit() || b == b'.')) {
        return number_instead(number);
    }
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split(['/', '.', '-']).collect();
    let [first, second, third] = parts[..] else { return NO_TIMESTAMP };
    let number = |part: &str| Some(part).filter(|part| part.len() < 3).and_then(|part| number(part.as_bytes()));
    let (Some(first), Some(second)) = (number(first).filter(|n| *n > 0), number(second).filter(|n| *n > 0)) else {
        return NO_TIMESTAMP;
    };
    let digits = third.bytes().all(|byte| byte.is_ascii_digit());
    match third.len() {
        2 if digits => {
            (RejectCode::TwoDigitYear, "expected a year of four digits, found two, and no declared date_format")
        }
        4 if digits && first <= 12 && second <= 12 => (
            RejectCode::AmbiguousDate,
            "expected a timestamp such as 2026-03-05T14:22:10, found a date of which the first two numbers can both be the day and the month",
        ),
        _ => NO_TIMESTAMP,
    }
}

/// What a number is that stands where a timestamp was expected.
fn number_instead(value: f64) -> Problem {
    if (20_000.0..80_000.0).contains(&value) {
        let reason =
            "expected a timestamp such as 2026-03-05T14:22:10, found a number such as spreadsheets have for a day";
        return (RejectCode::SpreadsheetDate, reason);
    }
    // From 1973 to 2286, in seconds and thousandths, millionths and thousand-millionths of them.
    if [1e8, 1e11, 1e14, 1e17].iter().any(|first| (*first..first * 100.0).contains(&value)) {
        let reason =
            "expected a timestamp such as 2026-03-05T14:22:10, found a number such as a count of seconds since 1970";
        return (RejectCode::EpochTimestamp, reason);
    }
    NO_TIMESTAMP
}

const NO_TIMESTAMP: Problem = (RejectCode::BadTimestamp, "expected a timestamp such as 2026-03-05T14:22:10");
/// Of a cell that is [`Cell::NotText`].
pub(crate) const NOT_TEXT: Problem = (RejectCode::NotText, "expected UTF-8 text, found other bytes");
const IMPLAUSIBLE: Problem = (RejectCode::ImplausibleTimestamp, "expected a date from 1950 to 2099");

fn civil_micros(datetime: jiff::civil::DateTime) -> Option<i64> {
    let date = Date::from_year_month_day(
        i32::from(datetime.year()),
        u32::try_from(datetime.month()).ok()?,
        u32::try_from(datetime.day()).ok()?,
    )?;
    let seconds = i64::from(datetime.hour()) * 3_600 + i64::from(datetime.minute()) * 60 + i64::from(datetime.second());
    Some(date.start().micros() + seconds * 1_000_000 + i64::from(datetime.subsec_nanosecond()) / 1_000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn reading<'a>(timezone: &'a TimeZone, date_format: Option<&'a str>) -> Reading<'a> {
        Reading { timezone, date_format, decimal: b'.', thousands: None, ids: IdRules::default() }
    }

    fn read(text: &str, zone: &str, format: Option<&str>) -> Result<String, RejectCode> {
        let zone = TimeZone::get(zone).unwrap();
        reading(&zone, format).timestamp(Cell::Text(text)).map(|(t, _)| t.to_string()).map_err(|(code, _)| code)
    }

    #[test]
    fn iso_timestamps_are_read_exactly() {
        for (text, expected) in [
            ("2026-03-05", "2026-03-05T00:00:00"),
            (" 2026-03-05 14:22 ", "2026-03-05T14:22:00"),
            ("2026-03-05T14:22:10", "2026-03-05T14:22:10"),
            ("2026-03-05T14:22:10.1234567", "2026-03-05T14:22:10.123456"),
            ("2026-03-05T14:22:10Z", "2026-03-05T16:22:10"),
            ("2026-07-05T14:22:10+00:00", "2026-07-05T17:22:10"),
            ("2026-07-05T14:22:10-0530", "2026-07-05T22:52:10"),
        ] {
            assert_eq!(read(text, "Europe/Bucharest", None), Ok(expected.into()), "{text}");
        }
    }

    #[test]
    fn what_has_more_than_one_reading_or_none_is_rejected() {
        use RejectCode as C;
        for (text, code) in [
            ("05/03/2026", C::AmbiguousDate),
            ("5.3.2026 14:22", C::AmbiguousDate),
            ("12-12-2026", C::AmbiguousDate),
            ("13/03/2026", C::BadTimestamp),
            ("00/00/0000", C::BadTimestamp),
            ("05/03/26", C::TwoDigitYear),
            ("26-03-05", C::TwoDigitYear),
            ("2026-02-30", C::BadTimestamp),
            ("2026-03-05T24:00", C::BadTimestamp),
            ("2026-03-05T14", C::BadTimestamp),
            ("45293", C::SpreadsheetDate),
            ("45293.75", C::SpreadsheetDate),
            ("1767225600", C::EpochTimestamp),
            ("1767225600.25", C::EpochTimestamp),
            ("1767225600000", C::EpochTimestamp),
            ("1767225600000000", C::EpochTimestamp),
            ("1767225600000000000", C::EpochTimestamp),
            ("20260305", C::BadTimestamp),
            ("", C::BadTimestamp),
            ("2026-03-05x", C::BadTimestamp),
            ("2026-03-05T14:22.5", C::BadTimestamp),
        ] {
            assert_eq!(read(text, "UTC", None), Err(code), "{text}");
        }
        let zone = TimeZone::UTC;
        let number = |cell| reading(&zone, None).timestamp(cell).map(|_| ()).map_err(|(code, _)| code);
        assert_eq!(number(Cell::Integer(45_293)), Err(C::SpreadsheetDate));
        assert_eq!(number(Cell::Float(1_767_225_600.5)), Err(C::EpochTimestamp));
        assert_eq!(number(Cell::Float(f64::NAN)), Err(C::BadTimestamp));
        assert_eq!(read("1900-01-01", "UTC", None), Err(RejectCode::ImplausibleTimestamp));
        assert_eq!(read("9999-12-31", "UTC", None), Err(RejectCode::ImplausibleTimestamp));
    }

    #[test]
    fn a_declared_format_is_the_only_one_read() {
        let format = Some("%d/%m/%Y %H:%M");
        assert_eq!(read("05/03/2026 14:22", "UTC", format), Ok("2026-03-05T14:22:00".into()));
        assert_eq!(read("2026-03-05", "UTC", format), Err(RejectCode::BadTimestamp));
        assert_eq!(read("05.03.2026", "UTC", Some("%d.%m.%Y")), Ok("2026-03-05T00:00:00".into()));
        assert_eq!(
            read("05.03.2026 10:00 +0000", "Europe/Bucharest", Some("%d.%m.%Y %H:%M %z")),
            Ok("2026-03-05T12:00:00".into())
        );
    }

    #[test]
    fn daylight_saving_moves_no_row_to_another_day_and_loses_none() {
        // 2026-10-25: clocks go back from 04:00 to 03:00 in Bucharest; both 03:30s stay on the same date.
        assert_eq!(read("2026-10-25T00:30:00Z", "Europe/Bucharest", None), Ok("2026-10-25T03:30:00".into()));
        assert_eq!(read("2026-10-25T01:30:00Z", "Europe/Bucharest", None), Ok("2026-10-25T03:30:00".into()));
        // 2026-03-29 03:30 does not exist on the wall; a source that writes it is taken as it stands.
        assert_eq!(read("2026-03-29T03:30:00", "Europe/Bucharest", None), Ok("2026-03-29T03:30:00".into()));
    }

    #[test]
    fn ids_are_text_without_the_blanks_around_them() {
        let zone = TimeZone::UTC;
        let reading = reading(&zone, None);
        let mut scratch = String::new();
        assert_eq!(reading.id(Cell::Text(" 00123\u{a0}"), &mut scratch), Ok("00123"));
        assert_eq!(reading.id(Cell::Text("NA"), &mut scratch), Ok("NA"));
        assert_eq!(reading.id(Cell::Integer(123), &mut scratch), Ok("123"));
        assert_eq!(reading.id(Cell::Text("  "), &mut scratch).unwrap_err().0, RejectCode::EmptyId);
        assert_eq!(reading.id(Cell::Float(1.0), &mut scratch).unwrap_err().0, RejectCode::BadId);
    }

    #[test]
    fn numbers_are_finite_and_written_with_the_declared_sign() {
        let zone = TimeZone::UTC;
        let number = |text: &str, decimal: u8| {
            Reading { decimal, ..reading(&zone, None) }.number(Cell::Text(text)).map_err(|(code, _)| code)
        };
        for (text, expected) in [(" 4.5 ", 4.5), ("-7", -7.0), ("+1", 1.0), ("1e-05", 1e-5), (".5", 0.5)] {
            assert_eq!(number(text, b'.'), Ok(expected), "{text}");
        }
        assert_eq!(number("4,5", b','), Ok(4.5));
        assert_eq!(number("-0", b'.').map(f64::to_bits), Ok(0));
        for text in ["", "inf", "NaN", "1,5", "1.5.1", "0x1", "1 000", "1e999", "e", "-"] {
            assert_eq!(number(text, b'.'), Err(RejectCode::BadValue), "{text}");
        }
        assert_eq!(number("4.5", b','), Err(RejectCode::BadValue));
        let reading = reading(&zone, None);
        assert_eq!(reading.number(Cell::Float(f64::NAN)).unwrap_err().0, RejectCode::BadValue);
        assert_eq!(reading.number(Cell::Integer(9)), Ok(9.0));
    }

    #[test]
    fn flags_are_yes_or_no_in_six_words() {
        let zone = TimeZone::UTC;
        let reading = reading(&zone, None);
        for (cell, expected) in [
            (Cell::Text(" Yes "), true),
            (Cell::Text("TRUE"), true),
            (Cell::Text("1"), true),
            (Cell::Integer(1), true),
            (Cell::Text("no"), false),
            (Cell::Text("False"), false),
            (Cell::Integer(0), false),
        ] {
            assert_eq!(reading.flag(cell), Ok(expected), "{cell:?}");
        }
        for cell in [Cell::Text("y"), Cell::Text("2"), Cell::Integer(2), Cell::Float(1.0), Cell::Text("")] {
            assert_eq!(reading.flag(cell).unwrap_err().0, RejectCode::BadFlag, "{cell:?}");
        }
    }

    #[test]
    fn texts_are_trimmed_as_trim_does_it() {
        for text in ["", "a", " a", "a ", "ab", "a b", "\u{a0}ab", "é", " é ", "  ", "\tab\u{2003}"] {
            assert_eq!(trimmed(text), text.trim());
        }
    }
}
