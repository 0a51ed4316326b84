//! What can go wrong while a report is made.

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A number lies where its kind of number cannot lie.
    #[error("{what}: expected {expected}, found {found}")]
    OutOfRange {
        /// Which number.
        what: String,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: f64,
    },
    /// The lower end of an interval lies above the upper end.
    #[error("{what}: expected an interval with low <= high, found {low} to {high}")]
    Interval {
        /// Which interval.
        what: String,
        /// Its lower end.
        low: f64,
        /// Its upper end.
        high: f64,
    },
    /// Two counts contradict each other.
    #[error("{what}: expected {expected}, found {found}")]
    Counts {
        /// Which counts.
        what: String,
        /// The limit or total, in words.
        expected: String,
        /// The count that breaks it.
        found: u64,
    },
    /// The drawing library refused a chart.
    #[error("chart {chart} could not be drawn: {message}")]
    Chart {
        /// Identifier of the chart.
        chart: &'static str,
        /// What the library said.
        message: String,
    },
    /// The workbook could not be made.
    #[error("the workbook could not be made: {message}")]
    Workbook {
        /// What the library said.
        message: String,
    },
    /// The data could not be serialised.
    #[error("report data could not be written as JSON")]
    Json(#[from] serde_json::Error),
}
