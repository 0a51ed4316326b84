//! What keeps a figure from being computed.

use logistic_regression::SolverError;
use thiserror::Error;

/// Why there is no figure, no model or no plan. Rows are counted from 0, in the caller's order.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// Something has another length than what it belongs to.
    #[error("expected {expected} {what}, found {found}: give one for each row")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// A number in a column that cannot be one.
    #[error("expected {expected} as {what}, found {found} in row {row}")]
    Row {
        /// What the column holds.
        what: &'static str,
        /// What would do.
        expected: &'static str,
        /// The first such row.
        row: usize,
        /// What stands there.
        found: f64,
    },
    /// A setting outside its range.
    #[error("expected {expected} for {setting}, found {found}")]
    Setting {
        /// Which one.
        setting: &'static str,
        /// What would do.
        expected: &'static str,
        /// What was given.
        found: f64,
    },
    /// More counted than there is to count from.
    #[error("expected at most {whole} {what}, found {part}: a part cannot exceed its whole")]
    PartExceedsWhole {
        /// What was counted.
        what: &'static str,
        /// The part.
        part: u64,
        /// The whole.
        whole: u64,
    },
    /// Too little to say anything.
    #[error("expected at least {needed} {what}, found {found}: {advice}")]
    TooFew {
        /// What was counted.
        what: &'static str,
        /// How many it takes.
        needed: usize,
        /// How many there are.
        found: usize,
        /// What to do.
        advice: &'static str,
    },
    /// The arms of a campaign differ before it begins.
    #[error(
        "expected arms that differ by chance alone, found that they were not drawn by lot: {detail}; take the rows of the campaign \
         as they were drawn, give its strata, or say that it was not randomised, and the result is marked"
    )]
    NotRandomised {
        /// The test that failed, and where the arms differ most.
        detail: String,
    },
    /// An amount of money beyond what can be told exactly.
    #[error("expected amounts of at most 9e14, found {found} as {what}")]
    Money {
        /// What the amount is.
        what: &'static str,
        /// What was given.
        found: f64,
    },
    /// Something is named that nobody declared, or declared twice.
    #[error("expected {expected}, found {found:?}")]
    Name {
        /// What would do.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// A model could not be fitted.
    #[error("could not fit {what}")]
    Fit {
        /// Of what.
        what: &'static str,
        /// Why.
        #[source]
        source: SolverError,
    },
    /// A value and its interval do not fit together.
    #[error("could not state an interval")]
    Estimate(#[from] evaluation::EvaluationError),
}

/// Checks that a column has a number for each row.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), DecisionError> {
    if expected == found { Ok(()) } else { Err(DecisionError::Length { what, expected, found }) }
}

/// Checks every number of a column.
pub(crate) fn each(
    what: &'static str,
    expected: &'static str,
    values: &[f64],
    good: impl Fn(f64) -> bool,
) -> Result<(), DecisionError> {
    match values.iter().position(|value| !(value.is_finite() && good(*value))) {
        Some(row) => Err(DecisionError::Row { what, expected, row, found: values[row] }),
        None => Ok(()),
    }
}

/// Checks a setting.
pub(crate) fn setting(
    setting: &'static str,
    expected: &'static str,
    found: f64,
    good: bool,
) -> Result<(), DecisionError> {
    if found.is_finite() && good { Ok(()) } else { Err(DecisionError::Setting { setting, expected, found }) }
}
