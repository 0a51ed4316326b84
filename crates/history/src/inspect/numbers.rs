//! How the numbers of a column are written: with which decimal sign, and whether that is proven.
//!
//! `1.50` proves a decimal point and `1.234,50` a decimal comma; `1.234` proves nothing, since it may be a thousand.

use super::Witness;
use crate::cell::Cell;

/// The numbers of a column. Every cell that is a number is counted in one of the first seven.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberLook {
    /// Whole numbers without any separator.
    pub whole: u64,
    /// Numbers of the file's own types that need not be whole.
    pub typed: u64,
    /// Cells whose point can only be the decimal sign.
    pub point: Cells,
    /// Cells whose comma can only be the decimal sign.
    pub comma: Cells,
    /// Cells such as `1.234` and `1,234`, whose sign may be either.
    pub either: Cells,
    /// Numbers with separators of thousands.
    pub grouped: Cells,
    /// Numbers with a currency sign, in brackets, or with a minus behind.
    pub adorned: Cells,
    /// The first number with separators of thousands that proves a decimal point, such as `1,234.50`.
    pub grouped_point: Option<Witness>,
    /// The first number with separators of thousands that proves a decimal comma, such as `1.234,50`.
    pub grouped_comma: Option<Witness>,
    /// Numbers with a minus in front.
    pub negative: u64,
}

/// How many cells there are of a kind, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cells {
    /// How many.
    pub count: u64,
    /// The first.
    pub first: Option<Witness>,
}

impl Cells {
    fn take(&mut self, line: u64, text: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| Witness { line, text: text.to_owned() });
    }
}

impl NumberLook {
    /// Cells that are numbers, in whatever way they are written.
    #[must_use]
    pub fn cells(&self) -> u64 {
        let written = [&self.point, &self.comma, &self.either, &self.grouped, &self.adorned];
        self.whole + self.typed + written.iter().map(|cells| cells.count).sum::<u64>()
    }

    /// Cells that are more than digits.
    #[must_use]
    pub fn not_whole(&self) -> u64 {
        self.cells() - self.whole
    }

    /// A cell that proves a decimal point.
    #[must_use]
    pub fn proof_of_point(&self) -> Option<&Witness> {
        self.point.first.as_ref().or(self.grouped_point.as_ref())
    }

    /// A cell that proves a decimal comma.
    #[must_use]
    pub fn proof_of_comma(&self) -> Option<&Witness> {
        self.comma.first.as_ref().or(self.grouped_comma.as_ref())
    }

    pub(super) fn take(&mut self, line: u64, cell: Cell<'_>) {
        match cell {
            Cell::Integer(value) => {
                self.whole += 1;
                self.negative += u64::from(value < 0);
            }
            Cell::Float(value) => {
                self.typed += 1;
                self.negative += u64::from(value < 0.0);
            }
            // Its point is the decimal sign whatever the table's is.
            Cell::Number(text) => {
                let whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
                self.whole += u64::from(whole);
                self.typed += u64::from(!whole);
                self.negative += u64::from(text.starts_with('-'));
            }
            Cell::Text(text) => self.take_text(line, text.trim()),
            Cell::Empty | Cell::NotText | Cell::WallClock(_) | Cell::Utc(_) | Cell::Day(_) => {}
        }
    }

    fn take_text(&mut self, line: u64, text: &str) {
        let Some(shape) = shape_of(text) else { return };
        self.negative += u64::from(text.starts_with('-'));
        match shape {
            Shape::Whole => self.whole += 1,
            Shape::Point => self.point.take(line, text),
            Shape::Comma => self.comma.take(line, text),
            Shape::Either => self.either.take(line, text),
            Shape::Adorned => self.adorned.take(line, text),
            Shape::Grouped { decimal } => {
                self.grouped.take(line, text);
                let witness = || Witness { line, text: text.to_owned() };
                match decimal {
                    Some('.') => _ = self.grouped_point.get_or_insert_with(witness),
                    Some(_) => _ = self.grouped_comma.get_or_insert_with(witness),
                    None => {}
                }
            }
        }
    }
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Whole,
    Point,
    Comma,
    Either,
    /// With the decimal sign that the groups leave.
    Grouped {
        decimal: Option<char>,
    },
    Adorned,
}

/// No number of an export is longer.
const LONGEST: usize = 40;

fn shape_of(text: &str) -> Option<Shape> {
    if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = text.strip_prefix(['-', '+']).unwrap_or(text);
    if size.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Shape::Whole);
    }
    separated(size).or_else(|| without_adornment(text).and_then(separated_or_whole).map(|()| Shape::Adorned))
}

fn separated_or_whole(text: &str) -> Option<()> {
    (text.bytes().all(|byte| byte.is_ascii_digit()) || separated(text).is_some()).then_some(())
}

/// The shape of digits with separators between them.
fn separated(size: &str) -> Option<Shape> {
    if !size
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\'' | '\u{a0}' | '\u{202f}' | '\u{2019}'))
    {
        return None;
    }
    let signs: Vec<char> = size.chars().filter(|c| !c.is_ascii_digit()).collect();
    let (last, others) = signs.split_last()?;
    let parts: Vec<&str> = size.split(|c: char| !c.is_ascii_digit()).collect();
    let are_groups = |parts: &[&str]| {
        parts.split_first().is_some_and(|(first, rest)| {
            (1..=3).contains(&first.len()) && !rest.is_empty() && rest.iter().all(|part| part.len() == 3)
        })
    };
    let is_decimal = matches!(last, '.' | ',');
    if others.is_empty() && is_decimal {
        let may_be_group = are_groups(&parts) && !parts[0].starts_with('0');
        return Some(match last {
            _ if may_be_group => Shape::Either,
            ',' => Shape::Comma,
            _ => Shape::Point,
        });
    }
    let alike = |signs: &[char]| signs.windows(2).all(|two| two[0] == two[1]);
    if alike(&signs) && are_groups(&parts) {
        // What separates thousands is not the decimal sign.
        let decimal = match last {
            '.' => Some(','),
            ',' => Some('.'),
            _ => None,
        };
        return Some(Shape::Grouped { decimal });
    }
    let (_, whole) = parts.split_last()?;
    let with_fraction = is_decimal && !others.is_empty() && alike(others) && others[0] != *last && are_groups(whole);
    with_fraction.then_some(Shape::Grouped { decimal: Some(*last) })
}

/// What stands beside numbers that are amounts of money.
const ADORNMENTS: [&str; 22] = [
    "$", "€", "£", "₽", "¥", "eur", "euro", "usd", "gbp", "ron", "lei", "rub", "руб", "руб.", "р.", "р", "mdl", "uah",
    "chf", "pln", "-", "\u{2212}",
];

/// The digits of `$12.50`, `12 EUR`, `(12.5)`, `12.5-`; nothing where something else stands beside them.
fn without_adornment(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let first = inner.find(|c: char| c.is_ascii_digit())?;
    let behind = inner.rfind(|c: char| c.is_ascii_digit())? + 1;
    let known = |beside: &str| {
        let beside = beside.trim().to_lowercase();
        beside.is_empty() || ADORNMENTS.contains(&beside.as_str()) || {
            let bare = beside.trim_start_matches(['-', '\u{2212}']).trim();
            ADORNMENTS.contains(&bare)
        }
    };
    (known(&inner[..first]) && known(&inner[behind..])).then_some(&inner[first..behind])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_proven_by_what_can_be_read_in_one_way_only() {
        for (text, expected) in [
            ("12", Some(Shape::Whole)),
            ("-12", Some(Shape::Whole)),
            ("12.5", Some(Shape::Point)),
            ("-0.125", Some(Shape::Point)),
            ("1234.567", Some(Shape::Point)),
            (".5", Some(Shape::Point)),
            ("12.", Some(Shape::Point)),
            ("12,50", Some(Shape::Comma)),
            ("1.234", Some(Shape::Either)),
            ("-1,234", Some(Shape::Either)),
            ("1.234,50", Some(Shape::Grouped { decimal: Some(',') })),
            ("1.234.567", Some(Shape::Grouped { decimal: Some(',') })),
            ("1,234.5", Some(Shape::Grouped { decimal: Some('.') })),
            ("1,234,567", Some(Shape::Grouped { decimal: Some('.') })),
            ("1 234", Some(Shape::Grouped { decimal: None })),
            ("1\u{a0}234,5", Some(Shape::Grouped { decimal: Some(',') })),
            ("1'234'567.50", Some(Shape::Grouped { decimal: Some('.') })),
            ("$12.50", Some(Shape::Adorned)),
            ("12 EUR", Some(Shape::Adorned)),
            ("-€1.234,50", Some(Shape::Adorned)),
            ("12,5 руб.", Some(Shape::Adorned)),
            ("(12.5)", Some(Shape::Adorned)),
            ("12.5-", Some(Shape::Adorned)),
            ("\u{2212}5", Some(Shape::Adorned)),
            ("05.03.2026", None),
            ("1.2.3", None),
            ("12,34,56", None),
            ("A12", None),
            ("12 pieces", None),
            ("1.234,567.8", None),
            ("-", None),
            (".", None),
            ("", None),
        ] {
            assert_eq!(shape_of(text), expected, "{text}");
        }
    }

    #[test]
    fn every_number_is_counted_once() {
        let mut look = NumberLook::default();
        let cells = ["1", "1.5", "2,5", "1.234", "1.234,5", "$2", "-3.25", "x"];
        for (at, text) in cells.iter().enumerate() {
            look.take(at as u64 + 2, Cell::Text(text));
        }
        look.take(10, Cell::Float(-1.5));
        look.take(11, Cell::Integer(-1));
        assert_eq!((look.cells(), look.not_whole(), look.negative), (9, 7, 3));
        assert_eq!(look.proof_of_point().map(|witness| witness.line), Some(3));
        assert_eq!(look.proof_of_comma().map(|witness| witness.line), Some(4));
    }
}
