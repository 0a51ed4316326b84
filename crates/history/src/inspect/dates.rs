//! How the dates of a column are written: which layouts its cells have, and which orders of day, month and year they prove.
//!
//! One cell with a day above 12 proves the order of all of its layout; any number of cells with days up to 12 proves nothing.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::Witness;
use crate::cell::{Cell, Offset, Reading};
use crate::reject::RejectCode;

/// The order of day, month and year in a date that is written with numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateOrder {
    /// 31/12/2026.
    DayFirst,
    /// 12/31/2026.
    MonthFirst,
    /// 26/12/31.
    YearFirst,
}

/// How a date is written, apart from the order of day and month: what a `strptime` format has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateLayout {
    date: DatePart,
    separator: char,
    time: Option<TimePart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum DatePart {
    /// `2026/12/31`.
    FullYearFirst,
    /// `31/12/2026` or `12/31/2026`.
    FullYearLast,
    /// `31/12/26`, `12/31/26` or `26/12/31`.
    ShortYear,
    /// `31-Dec-2026`.
    NamedMonth { whole_name: bool, short_year: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TimePart {
    joiner: char,
    seconds: bool,
    fraction: bool,
    meridiem: Option<Meridiem>,
    offset: OffsetPart,
}

/// AM and PM, directly behind the clock or after a blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meridiem {
    Joined,
    Apart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum OffsetPart {
    None,
    /// `+02:00`.
    Colon {
        apart: bool,
    },
    /// `+0200`.
    Plain {
        apart: bool,
    },
}

/// What the cells of one layout prove.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LayoutLook {
    /// Cells of this layout.
    pub cells: u64,
    /// Cells of this layout that are a date in no order.
    pub impossible: u64,
    /// The first cell of this layout.
    pub first: Option<Witness>,
    /// Orders that some cell proves, since it is a date in no other, with their cells and the first of them.
    pub proven: BTreeMap<DateOrder, (u64, Witness)>,
    /// Orders in which every cell that is a date in some order is one. Where this is none, cells contradict each other.
    pub possible: Vec<DateOrder>,
}

/// The dates of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DateLook {
    /// Cells that have their one reading: ISO 8601, or a date type of the file.
    pub certain: u64,
    /// Of those, cells with an offset from UTC, or of a type that is UTC.
    pub with_offset: u64,
    /// Other layouts, and what their cells prove.
    pub layouts: BTreeMap<DateLayout, LayoutLook>,
    /// Cells that are whole numbers as spreadsheets count days, from 1950 to 2099.
    pub spreadsheet_days: u64,
    /// Cells that are whole numbers of seconds or milliseconds since 1970, from 1985 to 2099.
    pub epochs: u64,
}

/// More layouts than this in one column are no dates.
const MOST_LAYOUTS: usize = 12;

impl DateLook {
    /// Cells that are dates.
    #[must_use]
    pub fn cells(&self) -> u64 {
        self.certain + self.layouts.values().map(|layout| layout.cells - layout.impossible).sum::<u64>()
    }

    /// The layout that most cells have, ISO 8601 and the file's own types aside.
    #[must_use]
    pub fn main_layout(&self) -> Option<(&DateLayout, &LayoutLook)> {
        // max_by_key keeps the last of equals; which one it is depends on the layouts alone.
        self.layouts.iter().max_by_key(|(_, look)| look.cells)
    }

    pub(super) fn take(&mut self, line: u64, cell: Cell<'_>) {
        match cell {
            Cell::WallClock(_) | Cell::Day(_) => self.certain += 1,
            Cell::Utc(_) => {
                self.certain += 1;
                self.with_offset += 1;
            }
            Cell::Integer(number) => self.take_number(number),
            Cell::Number(text) => {
                if let Ok(number) = text.parse() {
                    self.take_number(number);
                }
            }
            Cell::Text(text) => self.take_text(line, text.trim()),
            Cell::Empty | Cell::NotText | Cell::Float(_) => {}
        }
    }

    fn take_number(&mut self, number: i64) {
        // 18,264 is 1950-01-01 and 73,050 is 2099-12-31, counted from 1899-12-30.
        self.spreadsheet_days += u64::from((18_264..=73_050).contains(&number));
        let seconds = 473_385_600..4_102_444_800_i64;
        self.epochs += u64::from(seconds.contains(&number) || seconds.contains(&number.div_euclid(1_000)));
    }

    fn take_text(&mut self, line: u64, text: &str) {
        let Some(first) = text.bytes().next() else { return };
        if !first.is_ascii_digit() || text.len() > 48 {
            return;
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            if let Ok(number) = text.parse() {
                self.take_number(number);
            }
            return;
        }
        if text.as_bytes().get(4) == Some(&b'-') {
            let reading = Reading {
                timezone: &TimeZone::UTC,
                date_format: None,
                decimal: b'.',
                thousands: None,
                ids: crate::IdRules::default(),
            };
            match reading.timestamp(Cell::Text(text)) {
                Ok((_, offset)) => {
                    self.certain += 1;
                    self.with_offset += u64::from(offset == Offset::Given);
                    return;
                }
                Err((RejectCode::ImplausibleTimestamp, _)) => {
                    self.certain += 1;
                    return;
                }
                Err(_) => {}
            }
        }
        let Some((layout, numbers)) = layout_of(text) else { return };
        if !self.layouts.contains_key(&layout) && self.layouts.len() >= MOST_LAYOUTS {
            return;
        }
        let look = self
            .layouts
            .entry(layout)
            .or_insert_with(|| LayoutLook { possible: layout.orders().to_vec(), ..LayoutLook::default() });
        let witness = || Witness { line, text: text.to_owned() };
        look.cells += 1;
        look.first.get_or_insert_with(witness);
        let orders = layout.orders();
        let mut fits = orders.iter().filter(|order| layout.is_date(numbers, **order));
        match (fits.next(), fits.next()) {
            (None, _) => look.impossible += 1,
            (Some(only), None) if orders.len() > 1 => {
                look.proven.entry(*only).or_insert_with(|| (0, witness())).0 += 1;
                look.possible.retain(|order| order == only);
            }
            _ => look.possible.retain(|order| layout.is_date(numbers, *order)),
        }
    }
}

impl DateLayout {
    /// The `strptime` format of dates in this layout and order.
    #[must_use]
    pub fn format(&self, order: DateOrder) -> String {
        let separator = self.separator;
        let date = match (self.date, order) {
            (DatePart::FullYearFirst, _) => ["%Y", "%m", "%d"],
            (DatePart::FullYearLast, DateOrder::MonthFirst) => ["%m", "%d", "%Y"],
            (DatePart::FullYearLast, _) => ["%d", "%m", "%Y"],
            (DatePart::ShortYear, DateOrder::DayFirst) => ["%d", "%m", "%y"],
            (DatePart::ShortYear, DateOrder::MonthFirst) => ["%m", "%d", "%y"],
            (DatePart::ShortYear, DateOrder::YearFirst) => ["%y", "%m", "%d"],
            (DatePart::NamedMonth { whole_name, short_year }, _) => {
                ["%d", if whole_name { "%B" } else { "%b" }, if short_year { "%y" } else { "%Y" }]
            }
        };
        let mut format = date.join(&separator.to_string());
        if let Some(time) = self.time {
            format.push(time.joiner);
            format.push_str(if time.meridiem.is_some() { "%I:%M" } else { "%H:%M" });
            format.push_str(if time.seconds { ":%S" } else { "" });
            format.push_str(if time.fraction { "%.f" } else { "" });
            format.push_str(match time.meridiem {
                None => "",
                Some(Meridiem::Joined) => "%p",
                Some(Meridiem::Apart) => " %p",
            });
            format.push_str(match time.offset {
                OffsetPart::None => "",
                OffsetPart::Colon { apart: false } => "%:z",
                OffsetPart::Colon { apart: true } => " %:z",
                OffsetPart::Plain { apart: false } => "%z",
                OffsetPart::Plain { apart: true } => " %z",
            });
        }
        format
    }

    /// Whether moments carry their offset from UTC.
    #[must_use]
    pub fn has_offset(&self) -> bool {
        self.time.is_some_and(|time| time.offset != OffsetPart::None)
    }

    /// The orders in which such dates are written anywhere.
    fn orders(&self) -> &'static [DateOrder] {
        match self.date {
            DatePart::FullYearFirst => &[DateOrder::YearFirst],
            DatePart::FullYearLast => &[DateOrder::DayFirst, DateOrder::MonthFirst],
            DatePart::ShortYear => &[DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst],
            DatePart::NamedMonth { .. } => &[DateOrder::DayFirst],
        }
    }

    fn is_date(&self, [a, b, c]: [u32; 3], order: DateOrder) -> bool {
        let (day, month, year) = match (self.date, order) {
            (DatePart::FullYearFirst, _) | (DatePart::ShortYear, DateOrder::YearFirst) => (c, b, a),
            (_, DateOrder::MonthFirst) => (b, a, c),
            _ => (a, b, c),
        };
        // Any century will do for two digits: 1900 was no leap year, but nobody's purchases are from then.
        let year = if year < 100 { 2_000 + year } else { year };
        i32::try_from(year).is_ok_and(|year| crate::Date::from_year_month_day(year, month, day).is_some())
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The layout of a date, and its three numbers in the order in which they stand there.
fn layout_of(text: &str) -> Option<(DateLayout, [u32; 3])> {
    let mut rest = Scan(text);
    let (first, first_len) = rest.number()?;
    let separator = rest.separator()?;
    if let Some(name) = rest.word() {
        let month = MONTHS.iter().position(|month| *month == name || month[..3] == name)?;
        rest.exactly(separator)?;
        let (year, year_len) = rest.number()?;
        if first_len > 2 || !matches!(year_len, 2 | 4) {
            return None;
        }
        // May is as long as its abbreviation, and is read as either.
        let date = DatePart::NamedMonth { whole_name: name.len() > 3, short_year: year_len == 2 };
        let layout = DateLayout { date, separator, time: rest.time()? };
        return Some((layout, [first, month as u32 + 1, year]));
    }
    let (second, second_len) = rest.number()?;
    rest.exactly(separator)?;
    let (third, third_len) = rest.number()?;
    let date = match (first_len, second_len, third_len) {
        (4, 1 | 2, 1 | 2) => DatePart::FullYearFirst,
        (1 | 2, 1 | 2, 4) => DatePart::FullYearLast,
        (1 | 2, 1 | 2, 2) => DatePart::ShortYear,
        _ => return None,
    };
    Some((DateLayout { date, separator, time: rest.time()? }, [first, second, third]))
}

/// What is left of a text that is being read.
struct Scan<'a>(&'a str);

impl Scan<'_> {
    /// A number of up to four digits, and how many those are.
    fn number(&mut self) -> Option<(u32, usize)> {
        let len = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(len);
        let number = digits.parse().ok().filter(|_| len <= 4)?;
        self.0 = rest;
        Some((number, len))
    }

    fn two_digits_below(&mut self, limit: u32, least_len: usize) -> Option<u32> {
        self.number().filter(|(number, len)| *number < limit && (least_len..=2).contains(len)).map(|(number, _)| number)
    }

    fn separator(&mut self) -> Option<char> {
        let separator = self.0.chars().next().filter(|c| matches!(c, '/' | '.' | '-' | ' '))?;
        self.exactly(separator)?;
        Some(separator)
    }

    fn exactly(&mut self, wanted: char) -> Option<()> {
        self.0 = self.0.strip_prefix(wanted)?;
        Some(())
    }

    /// A word of letters, in small ones.
    fn word(&mut self) -> Option<String> {
        let len = self.0.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (word, rest) = self.0.split_at(len);
        (len >= 3).then(|| {
            self.0 = rest;
            word.to_ascii_lowercase()
        })
    }

    /// The time of day up to the end of the text; `Some(None)` where there is none.
    #[allow(clippy::option_option)]
    fn time(&mut self) -> Option<Option<TimePart>> {
        let Some(joiner) = self.0.chars().next() else { return Some(None) };
        if !matches!(joiner, ' ' | 'T') {
            return None;
        }
        self.exactly(joiner)?;
        self.two_digits_below(24, 1)?;
        self.exactly(':')?;
        self.two_digits_below(60, 2)?;
        let seconds = self.exactly(':').is_some();
        if seconds {
            self.two_digits_below(60, 2)?;
        }
        let fraction = seconds && self.exactly('.').is_some();
        if fraction {
            let len = self.0.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=9).contains(&len) {
                return None;
            }
            self.0 = self.0.split_at(len).1;
        }
        let rest = self.0.to_ascii_lowercase();
        let meridiem = match rest.as_str() {
            "am" | "pm" => Some(Meridiem::Joined),
            " am" | " pm" => Some(Meridiem::Apart),
            _ => None,
        };
        let offset = if meridiem.is_some() { OffsetPart::None } else { self.offset()? };
        Some(Some(TimePart { joiner, seconds, fraction, meridiem, offset }))
    }

    fn offset(&mut self) -> Option<OffsetPart> {
        if self.0.is_empty() {
            return Some(OffsetPart::None);
        }
        let apart = self.exactly(' ').is_some();
        if self.exactly('+').is_none() {
            self.exactly('-')?;
        }
        match self.0.as_bytes() {
            [a, b, b':', c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => {
                Some(OffsetPart::Colon { apart })
            }
            [a, b, c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => Some(OffsetPart::Plain { apart }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn look(cells: &[&str]) -> DateLook {
        let mut look = DateLook::default();
        for (at, text) in cells.iter().enumerate() {
            look.take(at as u64 + 2, Cell::Text(text));
        }
        look
    }

    /// The formats that are still possible, and whether one is proven.
    fn formats(cells: &[&str]) -> (Vec<String>, bool) {
        let look = look(cells);
        let (layout, found) = look.main_layout().unwrap();
        (found.possible.iter().map(|order| layout.format(*order)).collect(), found.proven.len() == 1)
    }

    #[test]
    fn one_day_above_twelve_proves_the_order_and_a_majority_proves_nothing() {
        let both = vec!["%d/%m/%Y".to_owned(), "%m/%d/%Y".to_owned()];
        assert_eq!(formats(&["05/03/2026"; 1_000]), (both, false));
        let mut cells = vec!["05/03/2026"; 1_000];
        cells.push("13/03/2026");
        assert_eq!(formats(&cells), (vec!["%d/%m/%Y".into()], true));
        assert_eq!(look(&cells).main_layout().unwrap().1.proven[&DateOrder::DayFirst].1.line, 1_002);
        cells[1_000] = "03/13/2026";
        assert_eq!(formats(&cells), (vec!["%m/%d/%Y".into()], true));
    }

    #[test]
    fn cells_that_contradict_each_other_leave_no_order() {
        let look = look(&["13/03/2026", "03/14/2026", "05/05/2026", "13/13/2026"]);
        let (_, found) = look.main_layout().unwrap();
        assert_eq!((found.possible.len(), found.proven.len(), found.cells, found.impossible), (0, 2, 4, 1));
    }

    #[test]
    fn a_day_that_its_month_does_not_have_proves_as_well() {
        // There is no 30 February, and no 29th in 2026.
        assert_eq!(formats(&["02/30/2026"]).0, Vec::<String>::from(["%d/%m/%Y".into(), "%m/%d/%Y".into()]));
        assert_eq!(look(&["02/30/2026"]).main_layout().unwrap().1.impossible, 1);
        assert_eq!(formats(&["11/02/26", "30/11/26"]).0, ["%d/%m/%y", "%y/%m/%d"]);
        assert_eq!(formats(&["31/11/30"]).0, ["%y/%m/%d"]);
    }

    #[test]
    fn what_is_proven_reads_back_with_the_reader() {
        for (text, format) in [
            ("13/03/2026 9:05", "%d/%m/%Y %H:%M"),
            ("1/13/2026 8:26", "%m/%d/%Y %H:%M"),
            ("13.3.2026", "%d.%m.%Y"),
            ("2026/03/13 09:05:10", "%Y/%m/%d %H:%M:%S"),
            ("13-03-2026T09:05:10.125", "%d-%m-%YT%H:%M:%S%.f"),
            ("3/13/2026 9:05:10 PM", "%m/%d/%Y %I:%M:%S %p"),
            ("3/13/2026 9:05pm", "%m/%d/%Y %I:%M%p"),
            ("13-Mar-2026", "%d-%b-%Y"),
            ("13 march 2026 09:05", "%d %B %Y %H:%M"),
            ("13.03.2026 09:05 +02:00", "%d.%m.%Y %H:%M %:z"),
            ("13.03.2026 09:05+0200", "%d.%m.%Y %H:%M%z"),
            ("13.03.99", "%d.%m.%y"),
        ] {
            let (found, _) = formats(&[text]);
            assert_eq!(found.first().map(String::as_str), Some(format), "{text}");
            let reading = Reading {
                timezone: &TimeZone::UTC,
                date_format: Some(format),
                decimal: b'.',
                thousands: None,
                ids: crate::IdRules::default(),
            };
            assert!(reading.timestamp(Cell::Text(text)).is_ok(), "{text} {format}");
        }
    }

    #[test]
    fn iso_dates_need_no_format_and_other_things_are_no_dates() {
        let iso = look(&["2026-03-13", "2026-03-13T09:05:10Z", "1900-01-01", "2026-03-13 09:05"]);
        assert_eq!((iso.certain, iso.with_offset, iso.layouts.len()), (4, 1, 0));
        let other =
            ["1.234,50", "12.5", "5/3", "2026-13", "13/03/2026x", "13/03-2026", "1/2/3", "13/03/2026 25:00", "A1"];
        assert_eq!(look(&other).cells(), 0);
        assert_eq!(look(&["45293", "46000"]).spreadsheet_days, 2);
        assert_eq!(look(&["1700000000", "1700000000000", "12"]).epochs, 2);
    }

    #[test]
    fn no_text_panics() {
        for text in ["é/é/é", "1", "1/", "1/2/2026 ", "1/2/2026 é", "9999999999999999999999", "1/1/2026 1:11:11.", "½"]
        {
            let _ = look(&[text]);
        }
    }
}
