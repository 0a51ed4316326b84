//! Cells: texts that Excel can hold, numbers with their formats, tables with their headers.

use std::borrow::Cow;

use rust_xlsxwriter::{Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::data::finite;

/// Characters of a cell, as Excel counts them: UTF-16 units.
const LONGEST: usize = 32_767;

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Date,
    Count,
    Share,
    Money,
    /// Three decimals.
    Number,
}

/// One cell.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    /// An ISO date; as text where it is none.
    Date(&'a str),
    Number(Option<f64>),
}

pub(super) fn text<'a>(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
    Cell::Text(text.into())
}

pub(super) fn number(value: impl Into<Option<f64>>) -> Cell<'static> {
    Cell::Number(value.into())
}

pub(super) fn whole(value: u64) -> Cell<'static> {
    Cell::Number(Some(value as f64))
}

/// Writes cells, and counts what Excel could not hold.
#[derive(Debug)]
pub(super) struct Cells {
    date: Format,
    count: Format,
    share: Format,
    money: Format,
    number: Format,
    wrapped: Format,
    head: Format,
    head_number: Format,
    pub(super) title: Format,
    /// Texts that were cut.
    pub(super) cut: u64,
    /// Texts with characters that were replaced.
    pub(super) marked: u64,
}

impl Cells {
    pub(super) fn new() -> Self {
        let format = |pattern: &str| Format::new().set_num_format(pattern);
        let head = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Top)
            .set_background_color(Color::RGB(0xE4_E8EE))
            .set_border_bottom(FormatBorder::Thin);
        Self {
            date: format("yyyy-mm-dd"),
            count: format("#,##0"),
            share: format("0.0%"),
            money: format("#,##0.00"),
            number: format("0.000"),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            head_number: head.clone().set_align(FormatAlign::Right),
            head,
            title: Format::new().set_bold().set_font_size(14),
            cut: 0,
            marked: 0,
        }
    }

    /// Writes a text as a text, whatever it begins with.
    pub(super) fn text(&mut self, sheet: &mut Worksheet, row: u32, column: u16, text: &str) -> Result<(), XlsxError> {
        let fit = self.fit(text);
        if !fit.is_empty() {
            sheet.write_string(row, column, fit.as_ref())?;
        }
        Ok(())
    }

    /// The same with lines that are broken to the width of the column.
    pub(super) fn wrapped(
        &mut self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        text: &str,
    ) -> Result<(), XlsxError> {
        let fit = self.fit(text);
        sheet.write_string_with_format(row, column, fit.as_ref(), &self.wrapped)?;
        Ok(())
    }

    /// Writes a number; nothing where it is missing.
    pub(super) fn number(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        value: Option<f64>,
        kind: Kind,
    ) -> Result<(), XlsxError> {
        if let Some(value) = finite(value) {
            sheet.write_number_with_format(row, column, value, self.format(kind))?;
        }
        Ok(())
    }

    pub(super) fn cell(
        &mut self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        cell: &Cell<'_>,
        kind: Kind,
    ) -> Result<(), XlsxError> {
        match cell {
            Cell::Text(text) => self.text(sheet, row, column, text),
            Cell::Number(value) => self.number(sheet, (row, column), *value, kind),
            Cell::Date(date) => match is_date(date).then(|| ExcelDateTime::parse_from_str(date)) {
                Some(Ok(day)) => sheet.write_datetime_with_format(row, column, &day, &self.date).map(|_| ()),
                _ => self.text(sheet, row, column, date),
            },
        }
    }

    /// The header of a table.
    pub(super) fn heads<S: AsRef<str>>(
        &mut self,
        sheet: &mut Worksheet,
        row: u32,
        heads: &[(S, Kind)],
    ) -> Result<(), XlsxError> {
        for (column, (head, kind)) in (0_u16..).zip(heads) {
            let is_text = matches!(kind, Kind::Text | Kind::Date);
            let fit = self.fit(head.as_ref());
            let format = if is_text { &self.head } else { &self.head_number };
            sheet.write_string_with_format(row, column, fit.as_ref(), format)?;
        }
        Ok(())
    }

    /// A table from `row` on; returns the first row after it.
    pub(super) fn table<S: AsRef<str>>(
        &mut self,
        sheet: &mut Worksheet,
        row: u32,
        heads: &[(S, Kind)],
        rows: &[Vec<Cell<'_>>],
    ) -> Result<u32, XlsxError> {
        self.heads(sheet, row, heads)?;
        for (at, cells) in (row + 1..).zip(rows) {
            for ((column, cell), (_, kind)) in (0_u16..).zip(cells).zip(heads) {
                self.cell(sheet, (at, column), cell, *kind)?;
            }
        }
        Ok(row + 1 + rows.len() as u32)
    }

    fn format(&self, kind: Kind) -> &Format {
        match kind {
            Kind::Text | Kind::Number => &self.number,
            Kind::Date => &self.date,
            Kind::Count => &self.count,
            Kind::Share => &self.share,
            Kind::Money => &self.money,
        }
    }

    fn fit<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let fit = fitting(text, LONGEST);
        let known = replaced(&fit);
        self.marked += u64::from(matches!(known, Cow::Owned(_)));
        self.cut += u64::from(matches!(fit, Cow::Owned(_)));
        match known {
            Cow::Owned(known) => Cow::Owned(known),
            Cow::Borrowed(_) => fit,
        }
    }
}

/// `text` in at most so many UTF-16 units; one that is cut ends in an ellipsis.
pub(super) fn fitting(text: &str, longest: usize) -> Cow<'_, str> {
    // A byte is never less than a UTF-16 unit.
    if text.len() <= longest || text.encode_utf16().count() <= longest {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let kept = text.chars().take_while(|c| {
        units += c.len_utf16();
        units < longest
    });
    Cow::Owned(kept.chain(['…']).collect())
}

/// XML 1.0 has no place for these, escaped or not; the other control characters have one in workbooks.
fn replaced(text: &str) -> Cow<'_, str> {
    let bad = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.contains(bad) { Cow::Owned(text.replace(bad, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// `2026-11-01`, in the years that Excel knows.
fn is_date(text: &str) -> bool {
    let digits =
        |range: std::ops::Range<usize>| text.get(range).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
    text.len() == 10
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && text.as_bytes().get(4).copied() == Some(b'-')
        && text.as_bytes().get(7).copied() == Some(b'-')
        && text >= "1900-03-01"
}
