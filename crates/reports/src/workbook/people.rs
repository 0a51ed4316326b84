//! The long sheets: customers and the plan, row by row, on as many sheets as they need.

use rust_xlsxwriter::{Color, ConditionalFormat3ColorScale, Workbook, Worksheet, XlsxError};

use super::cells::{Cells, Kind};
use crate::data::{CustomerRow, PlanRow};

/// Names are those of the files, so that a column is the same thing everywhere.
pub(super) const CUSTOMER_COLUMNS: &[(&str, Kind, f64)] = &[
    ("customer_id", Kind::Text, 20.0),
    ("state", Kind::Text, 10.0),
    ("segment", Kind::Text, 20.0),
    ("risk_band", Kind::Text, 11.0),
    ("churn_probability", Kind::Share, 12.0),
    ("probability_low", Kind::Share, 12.0),
    ("probability_high", Kind::Share, 12.0),
    ("expected_value", Kind::Money, 14.0),
    ("value_at_risk", Kind::Money, 14.0),
    ("reason_1", Kind::Text, 46.0),
    ("reason_2", Kind::Text, 46.0),
    ("reason_3", Kind::Text, 46.0),
    ("return_probability", Kind::Share, 12.0),
];

/// The column that bears the colour scale; the band beside it says the same in words.
pub(super) const PROBABILITY: u16 = 4;

pub(super) const PLAN_COLUMNS: &[(&str, Kind, f64)] = &[
    ("priority", Kind::Count, 9.0),
    ("customer_id", Kind::Text, 20.0),
    ("arm", Kind::Text, 10.0),
    ("action", Kind::Text, 12.0),
    ("offer", Kind::Text, 22.0),
    ("channel", Kind::Text, 12.0),
    ("owner", Kind::Text, 14.0),
    ("churn_probability", Kind::Share, 12.0),
    ("uplift", Kind::Share, 10.0),
    ("expected_gain", Kind::Money, 14.0),
    ("cost", Kind::Money, 12.0),
    ("reason", Kind::Text, 80.0),
];

/// Rows on sheets of one name: `Customers`, `Customers 2`, and so on.
pub(super) struct Lines {
    name: &'static str,
    rows_of_a_sheet: u32,
    sheets: Vec<Worksheet>,
    /// Rows below the header of the last sheet.
    on_last: u32,
    rows: u64,
}

impl Lines {
    pub(super) fn new(name: &'static str, rows_of_a_sheet: u32) -> Self {
        Self { name, rows_of_a_sheet, sheets: Vec::new(), on_last: 0, rows: 0 }
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The sheet and the row for one more line; a new sheet gets its header by `head`.
    pub(super) fn next(
        &mut self,
        book: &mut Workbook,
        head: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>,
    ) -> Result<(&mut Worksheet, u32), XlsxError> {
        if self.sheets.is_empty() || self.on_last == self.rows_of_a_sheet {
            let mut sheet = book.new_worksheet_with_constant_memory();
            let place = self.sheets.len() + 1;
            let name = if place == 1 { self.name.to_owned() } else { format!("{} {place}", self.name) };
            sheet.set_name(name)?;
            head(&mut sheet)?;
            self.sheets.push(sheet);
            self.on_last = 0;
        }
        self.on_last += 1;
        self.rows += 1;
        match self.sheets.last_mut() {
            Some(sheet) => Ok((sheet, self.on_last)),
            None => Err(XlsxError::ParameterError("no sheet to write to".to_owned())),
        }
    }

    /// Filters, and a colour scale over one column; the sheets in their order.
    pub(super) fn finish(
        mut self,
        columns: &[(&str, Kind, f64)],
        scale: Option<u16>,
    ) -> Result<Vec<Worksheet>, XlsxError> {
        let sheets = self.sheets.len();
        let last_column = columns.len() as u16 - 1;
        for (at, sheet) in self.sheets.iter_mut().enumerate() {
            let last = if at + 1 == sheets { self.on_last } else { self.rows_of_a_sheet };
            sheet.autofilter(0, 0, last, last_column)?;
            if let Some(column) = scale {
                let colours = ConditionalFormat3ColorScale::new()
                    .set_minimum_color(Color::RGB(0xDC_EEE4))
                    .set_midpoint_color(Color::RGB(0xFF_F6E0))
                    .set_maximum_color(Color::RGB(0xF4_C4BA));
                sheet.add_conditional_format(1, column, last, column, &colours)?;
            }
        }
        Ok(self.sheets)
    }
}

fn head(
    sheet: &mut Worksheet,
    cells: &mut Cells,
    columns: &[(&str, Kind, f64)],
    currency: &str,
) -> Result<(), XlsxError> {
    let named: Vec<(String, Kind)> = columns
        .iter()
        .map(|(name, kind, _)| match kind {
            Kind::Money => (format!("{name}, {currency}"), *kind),
            _ => ((*name).to_owned(), *kind),
        })
        .collect();
    cells.heads(sheet, 0, &named)?;
    for (column, (.., width)) in (0_u16..).zip(columns) {
        sheet.set_column_width(column, *width)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    sheet.set_landscape().set_paper_size(9).set_repeat_rows(0, 0)?;
    Ok(())
}

pub(super) fn customers_head(sheet: &mut Worksheet, cells: &mut Cells, currency: &str) -> Result<(), XlsxError> {
    head(sheet, cells, CUSTOMER_COLUMNS, currency)
}

pub(super) fn plan_head(sheet: &mut Worksheet, cells: &mut Cells, currency: &str) -> Result<(), XlsxError> {
    head(sheet, cells, PLAN_COLUMNS, currency)
}

pub(super) fn customer(
    sheet: &mut Worksheet,
    at: u32,
    row: &CustomerRow<'_>,
    cells: &mut Cells,
) -> Result<(), XlsxError> {
    cells.text(sheet, at, 0, row.id)?;
    cells.text(sheet, at, 1, row.state)?;
    cells.text(sheet, at, 2, row.segment.unwrap_or_default())?;
    if let Some(score) = &row.score {
        cells.text(sheet, at, 3, score.band)?;
        cells.number(sheet, (at, PROBABILITY), Some(score.probability), Kind::Share)?;
        let (low, high) = score.interval.unzip();
        cells.number(sheet, (at, 5), low, Kind::Share)?;
        cells.number(sheet, (at, 6), high, Kind::Share)?;
        cells.number(sheet, (at, 7), Some(score.expected_value), Kind::Money)?;
        cells.number(sheet, (at, 8), Some(score.value_at_risk), Kind::Money)?;
        for (column, reason) in (9_u16..12).zip(score.reasons) {
            cells.text(sheet, at, column, reason)?;
        }
    }
    cells.number(sheet, (at, 12), row.return_probability, Kind::Share)
}

pub(super) fn planned(sheet: &mut Worksheet, at: u32, row: &PlanRow, cells: &mut Cells) -> Result<(), XlsxError> {
    cells.number(sheet, (at, 0), row.priority.map(|priority| priority as f64), Kind::Count)?;
    let texts = [&row.customer_id, &row.arm, &row.action, &row.offer, &row.channel, &row.owner];
    for (column, text) in (1_u16..).zip(texts) {
        cells.text(sheet, at, column, text)?;
    }
    cells.number(sheet, (at, 7), row.churn_probability, Kind::Share)?;
    cells.number(sheet, (at, 8), row.uplift, Kind::Share)?;
    cells.number(sheet, (at, 9), row.expected_gain, Kind::Money)?;
    cells.number(sheet, (at, 10), row.cost, Kind::Money)?;
    cells.text(sheet, at, 11, &row.reason)
}
