//! The segment report, and the page on a backtest: plain data in, one self-contained HTML file, a workbook, JSON and tables out.
//!
//! The crate knows nothing of how the numbers were made, reads no clock and no file, and gives the same bytes for the
//! same data. All charts are drawn here, and only here.

mod chart;
mod check;
mod csv;
mod data;
mod error;
mod excel_csv;
mod language;
mod measure_words;
mod measures_csv;
mod number;
mod page;
mod text;
mod view;
mod words;
mod workbook;

pub use csv::{CsvTable, csv_tables, guard_text, unguard_text};
pub use data::{
    BacktestData, BacktestDate, BacktestHorizon, BacktestTest, BandCounts, Calibration, CalibrationBin, ChangePart,
    ChangedFigure, ChangedSegment, Cohort, Cohorts, CustomerRow, CustomerScore, Driver, EndsBy, Estimate, Figure,
    FigureName, FigureUnit, GainsCurve, GainsPoint, GapPoint, Gaps, Header, HighBand, HistogramBin, HorizonTest,
    LiftRow, Measure, MeasureName, MeasurePeriod, MeasureRow, MedianDays, Method, Metrics, ModelCardLine, ModelQuality,
    MonitorCheck, MonitorFeature, MonitorSummary, Month, ObservedChurn, PeriodKind, PlanOutlook, PlanRow, ProfitPoint,
    QiniCurve, QiniPoint, ReasonCount, Reasons, RejectCount, ReportData, Role, RunComparison, ScoredModel, Segment,
    Segments, Slice, StateCounts, Summary, Survival, SurvivalPoint,
};
pub use error::ReportError;
pub use excel_csv::{EXCEL_BOM, ExcelCell, excel_line};
pub use language::{Language, plural};
pub use workbook::Workbook;

/// The report as one HTML page, to be written as `report.html`. It loads nothing, its one script sorts tables and
/// nothing is missing without it, it prints on A4 and follows the reader's choice of light or dark.
///
/// # Errors
/// A [`ReportError`] where the data contradicts itself (a probability above 1, more churners than customers, an
/// interval upside down) or a chart cannot be drawn.
pub fn render(data: &ReportData) -> Result<String, ReportError> {
    check::check(data)?;
    language::with(data.header.language, || page::page(&language::data::report(data)))
}

/// The page on a backtest, to be written as `backtest.html`; as self-contained as the report.
///
/// # Errors
/// As [`render`].
pub fn render_backtest(data: &BacktestData) -> Result<String, ReportError> {
    check::backtest(data)?;
    language::with(data.language, || page::backtest::page(&language::data::backtest(data)))
}

/// The data as JSON, to be written as `report.json`: every number the page shows, unrounded, and those of small
/// segments that the page suppresses. NaN and infinite values become `null`.
///
/// # Errors
/// As [`render`], and [`ReportError::Json`] where the data cannot be serialised.
pub fn json(data: &ReportData) -> Result<String, ReportError> {
    check::check(data)?;
    let mut text = serde_json::to_string_pretty(data)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod backtest_tests;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
