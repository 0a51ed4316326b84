//! The report as a workbook: Summary, Segments, Customers, Deciles, Cohorts, Plan, Dictionary.
//!
//! Numbers and dates are numbers and dates, so that they can be sorted, summed and filtered; every text is written as a text, so that
//! no name from an export can run as a formula. What Excel cannot hold is split or cut, and said: a sheet has 1,048,576 rows, a cell
//! 32,767 characters (Microsoft, "Excel specifications and limits").

mod cells;
mod charts;
mod deciles;
mod dictionary;
mod people;
mod sheets;

use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Worksheet, XlsxError};

use self::cells::Cells;
use self::people::Lines;
use crate::check::check;
use crate::data::{CustomerRow, PlanRow, ReportData};
use crate::error::ReportError;
use crate::language;
use crate::words::W;

/// Rows below the header of a sheet, at most.
const ROWS_OF_A_SHEET: u32 = 1_048_575;

/// Customers above which the file is packed in the large form of zip, in which a part may be longer than 4 GiB.
const MANY: u64 = 500_000;

/// A workbook in the making. Customers and the plan go to temporary files as they come; what is in memory does not follow them.
pub struct Workbook<'a> {
    data: Cow<'a, ReportData>,
    book: rust_xlsxwriter::Workbook,
    cells: Cells,
    customers: Lines,
    plan: Lines,
}

impl fmt::Debug for Workbook<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (customers, planned) = (self.customers.rows(), self.plan.rows());
        f.debug_struct("Workbook").field("customers", &customers).field("planned", &planned).finish_non_exhaustive()
    }
}

impl<'a> Workbook<'a> {
    /// A workbook of a report; temporary files without names are made in `scratch`.
    ///
    /// # Errors
    /// The same contradictions in the data that [`render`](crate::render) refuses; no file can be made in `scratch`.
    pub fn new(data: &'a ReportData, scratch: &Path) -> Result<Self, ReportError> {
        Self::with_rows(data, scratch, ROWS_OF_A_SHEET)
    }

    fn with_rows(data: &'a ReportData, scratch: &Path, rows_of_a_sheet: u32) -> Result<Self, ReportError> {
        check(data)?;
        let mut book = rust_xlsxwriter::Workbook::new();
        book.set_tempdir(scratch)?;
        let properties = DocProperties::new().set_title(cells::fitting(&data.header.project, 255));
        // Never the clock: the same data give the same bytes.
        let made =
            ExcelDateTime::parse_from_str(&data.header.as_of).or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?;
        book.set_properties(&properties.set_creation_datetime(&made));
        language::with(data.header.language, || {
            Ok(Self {
                data: language::data::texts(data),
                book,
                cells: Cells::new(),
                customers: Lines::new(W.sheet_customers, rows_of_a_sheet),
                plan: Lines::new(W.sheet_plan, rows_of_a_sheet),
            })
        })
    }

    /// Appends a customer. They are listed in the order in which they come.
    ///
    /// # Errors
    /// [`ReportError::Workbook`]
    pub fn customer(&mut self, row: &CustomerRow<'_>) -> Result<(), ReportError> {
        let Self { book, cells, customers, data, .. } = self;
        language::with(data.header.language, || {
            let (sheet, at) =
                customers.next(book, |sheet| people::customers_head(sheet, cells, &data.header.currency))?;
            Ok(people::customer(sheet, at, row, cells)?)
        })
    }

    /// Appends a row of the plan. They are listed in the order in which they come.
    ///
    /// # Errors
    /// [`ReportError::Workbook`]
    pub fn planned(&mut self, row: &PlanRow) -> Result<(), ReportError> {
        let Self { book, cells, plan, data, .. } = self;
        language::with(data.header.language, || {
            let (sheet, at) = plan.next(book, |sheet| people::plan_head(sheet, cells, &data.header.currency))?;
            Ok(people::planned(sheet, at, row, cells)?)
        })
    }

    /// Writes the workbook.
    ///
    /// # Errors
    /// [`ReportError::Workbook`]
    pub fn save(self, writer: impl Write + Send) -> Result<(), ReportError> {
        language::with(self.data.header.language, || self.save_as_told(writer))
    }

    fn save_as_told(self, writer: impl Write + Send) -> Result<(), ReportError> {
        let Self { data, mut book, mut cells, customers, plan } = self;
        book.use_zip_large_file(customers.rows() > MANY);
        let customers = customers.finish(people::CUSTOMER_COLUMNS, Some(people::PROBABILITY))?;
        let plan = plan.finish(people::PLAN_COLUMNS, None)?;
        let segments = sheets::segments(&data, &mut cells)?;
        let deciles = deciles::deciles(&data, &mut cells)?;
        let cohorts = sheets::cohorts(&data, &mut cells)?;
        let dictionary = dictionary::sheet(&data, !plan.is_empty(), &mut cells)?;
        // Last, since it says what was split and cut on the others.
        let summary = sheets::summary(&data, (&names(&customers), plan.len()), &mut cells)?;
        let in_order =
            [summary, segments].into_iter().chain(customers).chain([deciles, cohorts]).chain(plan).chain([dictionary]);
        for sheet in in_order {
            book.push_worksheet(sheet);
        }
        Ok(book.save_to_writer(writer)?)
    }
}

fn names(sheets: &[Worksheet]) -> Vec<String> {
    sheets.iter().map(Worksheet::name).collect()
}

impl From<XlsxError> for ReportError {
    fn from(error: XlsxError) -> Self {
        Self::Workbook { message: error.to_string() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
