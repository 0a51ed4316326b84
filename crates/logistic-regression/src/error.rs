//! What keeps a logistic regression from being fitted.

use thiserror::Error;

/// Why there is no fit. Columns and rows are counted from 0, in the caller's order.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SolverError {
    /// No rows.
    #[error("expected rows to fit on, found none")]
    NoRows,
    /// Something has another length than the matrix asks for.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many the matrix asks for.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// The response was made for a matrix of other rows or other groups.
    #[error("expected a response made for this matrix, or one of the same rows and groups: make it anew")]
    OtherMatrix,
    /// A value that is not finite.
    #[error("expected finite numbers, found {value} in column {column}, row {row}: fill or drop missing values first")]
    NotFinite {
        /// The column.
        column: usize,
        /// The first such row of the column.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// A weight or an offset that cannot be one.
    #[error("expected {expected}, found {value} in row {row}")]
    BadNumber {
        /// What it should have been.
        expected: &'static str,
        /// The first such row.
        row: usize,
        /// What was given.
        value: f64,
    },
    /// A penalty below zero or not finite.
    #[error("expected a penalty of 0 or more, found {value} for column {column}")]
    BadPenalty {
        /// The column.
        column: usize,
        /// What was given.
        value: f64,
    },
    /// All rows with weight have one label: the intercept would be infinite.
    #[error("expected rows of both classes, found {positives} positive and {negatives} negative ones with weight")]
    OneClass {
        /// Rows with weight and the label `true`.
        positives: usize,
        /// Rows with weight and the label `false`.
        negatives: usize,
    },
    /// One row has all of the weight.
    #[error("expected weight on many rows, found all of it on row {row}")]
    OneRowHasAllWeight {
        /// The row.
        row: usize,
    },
    /// A combination of columns without penalty tells the classes apart: their coefficients would be infinite.
    #[error(
        "found columns {columns:?} to tell the classes apart {}: without a penalty their coefficients are infinite; penalise them or leave them out",
        if *.complete { "in every row" } else { "in some rows and to contradict no other" }
    )]
    Separation {
        /// Whether every row is told apart (complete), or some are and the others lie on the border (quasi-complete).
        complete: bool,
        /// The columns that do it, the one with the largest part first.
        columns: Vec<usize>,
    },
    /// The iterations ended before the tolerances were met.
    #[error(
        "expected a gradient of at most {tolerance:e}, found {gradient:e} (decrement {decrement:e}) after {iterations} iterations: allow more of them, penalise, or look at the diagnosis"
    )]
    NotConverged {
        /// How many steps were taken.
        iterations: u32,
        /// Largest part of the gradient, in the solver's standardised columns.
        gradient: f64,
        /// The most it may be.
        tolerance: f64,
        /// By how much a last full step would lower the objective, about.
        decrement: f64,
    },
    /// The Hessian cannot be inverted.
    #[error(
        "expected a Hessian that can be inverted, found that column {column} adds nothing to it: leave the column out"
    )]
    Singular {
        /// The first column that the ones before it explain.
        column: usize,
    },
    /// Cluster-robust errors need two clusters.
    #[error("expected rows of at least 2 clusters, found {found}")]
    TooFewClusters {
        /// How many there are.
        found: usize,
    },
}
