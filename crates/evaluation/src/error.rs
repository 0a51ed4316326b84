//! What can be wrong with the input of an evaluation.

/// Why an evaluation was refused. Rows are counted from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// There is nothing to evaluate.
    #[error("expected at least one row to evaluate, found none")]
    Empty,
    /// Two columns of one sample have different lengths.
    #[error("expected {expected} values of `{column}`, one for each probability, found {found}")]
    LengthMismatch {
        /// The column that does not fit.
        column: &'static str,
        /// Number of probabilities.
        expected: usize,
        /// Number of values in the column.
        found: usize,
    },
    /// A value that has to be a probability is NaN, infinite, or outside `[0, 1]`.
    #[error("expected `{column}` between 0 and 1, found {found} at row {row} (counted from 0)")]
    NotAProbability {
        /// The column.
        column: &'static str,
        /// The row, from 0.
        row: usize,
        /// The offending value.
        found: f64,
    },
    /// Two samples were to be compared row by row, but do not describe the same rows.
    #[error(
        "expected both samples to hold the same rows in the same order, found another `{column}` at row {row} (counted from 0)"
    )]
    UnpairedRows {
        /// The column that differs.
        column: &'static str,
        /// The first row that differs, from 0.
        row: usize,
    },
    /// Two samples were to be compared row by row, but have different numbers of rows.
    #[error(
        "expected both samples to hold the same rows, found {model} rows of the model and {baseline} of the baseline"
    )]
    UnpairedLengths {
        /// Rows in the model's sample.
        model: usize,
        /// Rows in the baseline's sample.
        baseline: usize,
    },
    /// A share of the rows lies outside `(0, 1]`.
    #[error("expected a share of the rows above 0 and at most 1, found {found}")]
    Share {
        /// The offending value.
        found: f64,
    },
    /// The weight of a row is NaN, infinite, 0 or negative.
    #[error("expected a finite weight above 0, found {found} at row {row} (counted from 0)")]
    Weight {
        /// The row, from 0.
        row: usize,
        /// The offending value.
        found: f64,
    },
    /// The knots of an isotonic calibration do not make a rising curve.
    #[error(
        "expected as many x as y, at least 2, each strictly rising between -37 and 37, found {x} x and {y} y that are not"
    )]
    Knots {
        /// Number of x.
        x: usize,
        /// Number of y.
        y: usize,
    },
    /// A calibration line that would turn the ranking round, or is not a line.
    #[error("expected a finite intercept and a finite slope above 0, found intercept {intercept} and slope {slope}")]
    Line {
        /// The intercept.
        intercept: f64,
        /// The slope.
        slope: f64,
    },
    /// Horizons that do not rise.
    #[error("expected at least one horizon, each longer than the one before, found {found:?}")]
    Horizons {
        /// The horizons.
        found: Vec<u32>,
    },
    /// A table of probabilities that does not divide into rows.
    #[error("expected rows of {width} probabilities, one for each horizon, found {found} values in all")]
    RowWidth {
        /// Number of horizons.
        width: usize,
        /// Number of values.
        found: usize,
    },
    /// A table or curve without bins was asked for.
    #[error("expected at least 1 bin, found 0")]
    NoBins,
    /// Too few bootstrap replicates for a 95 % interval.
    #[error("expected at least {minimum} bootstrap replicates for a 95 % interval, found {found}")]
    Replicates {
        /// The smallest number allowed.
        minimum: u32,
        /// The number asked for.
        found: u32,
    },
    /// An estimate whose numbers contradict each other.
    #[error(
        "expected a finite value and finite low <= high, or none, found value {value:?}, low {low:?}, high {high:?}"
    )]
    Estimate {
        /// The value.
        value: Option<f64>,
        /// Lower end of the interval.
        low: Option<f64>,
        /// Upper end of the interval.
        high: Option<f64>,
    },
}
