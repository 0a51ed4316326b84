//! Decoded columns, and their cells.

use std::path::Path;

use polars::prelude::{
    BooleanChunked, Column, DataType, Float64Chunked, Int32Chunked, Int64Chunked, PolarsError, StringChunked, TimeUnit,
};

use super::types::READABLE;
use crate::cell::Cell;
use crate::error::ReadError;

/// A decoded column in one of the few physical types that have a meaning here.
pub(crate) enum TypedColumn {
    Text(StringChunked),
    Integer(Int64Chunked),
    Float(Float64Chunked),
    Flag(BooleanChunked),
    /// Values, how many of them make a microsecond (or microseconds in one of them), and whether they are UTC.
    Moment {
        values: Int64Chunked,
        unit: TimeUnit,
        utc: bool,
    },
    Day(Int32Chunked),
}

impl TypedColumn {
    pub(super) fn new(path: &Path, column: &Column) -> Result<Self, ReadError> {
        let series = column.as_materialized_series().rechunk();
        let decode = |error: PolarsError| ReadError::Parquet { path: path.to_owned(), message: error.to_string() };
        Ok(match series.dtype() {
            DataType::String => Self::Text(series.str().map_err(decode)?.clone()),
            DataType::Boolean => Self::Flag(series.bool().map_err(decode)?.clone()),
            DataType::Float32 | DataType::Float64 => {
                Self::Float(series.cast(&DataType::Float64).map_err(decode)?.f64().map_err(decode)?.clone())
            }
            DataType::Datetime(unit, zone) => Self::Moment {
                values: series.datetime().map_err(decode)?.physical().clone(),
                unit: *unit,
                utc: zone.is_some(),
            },
            DataType::Date => Self::Day(series.date().map_err(decode)?.physical().clone()),
            DataType::Decimal(_, _) => {
                // Through text: a decimal reads back exactly, a floating-point number might not.
                Self::Text(series.cast(&DataType::String).map_err(decode)?.str().map_err(decode)?.clone())
            }
            DataType::Categorical(_, _) | DataType::Enum(_, _) => {
                Self::Text(series.cast(&DataType::String).map_err(decode)?.str().map_err(decode)?.clone())
            }
            dtype if dtype.is_integer() => {
                // A strict cast: unsigned values past the end of i64 are an error and not a null.
                Self::Integer(series.strict_cast(&DataType::Int64).map_err(decode)?.i64().map_err(decode)?.clone())
            }
            other => {
                return Err(ReadError::ColumnType {
                    path: path.to_owned(),
                    column: column.name().to_string(),
                    expected: READABLE,
                    found: other.to_string(),
                });
            }
        })
    }

    /// Some rows of the column.
    pub(crate) fn slice(&self, first: usize, rows: usize) -> Self {
        let first = first as i64;
        match self {
            Self::Text(values) => Self::Text(values.slice(first, rows)),
            Self::Integer(values) => Self::Integer(values.slice(first, rows)),
            Self::Float(values) => Self::Float(values.slice(first, rows)),
            Self::Flag(values) => Self::Flag(values.slice(first, rows)),
            Self::Day(values) => Self::Day(values.slice(first, rows)),
            Self::Moment { values, unit, utc } => {
                Self::Moment { values: values.slice(first, rows), unit: *unit, utc: *utc }
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Flag(values) => values.len(),
            Self::Day(values) => values.len(),
            Self::Moment { values, .. } => values.len(),
        }
    }

    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Text(values) => match values.get(row) {
                Some(text) if text.as_bytes().contains(&0) => Cell::NotText,
                Some(text) if !text.is_empty() => Cell::Text(text),
                _ => Cell::Empty,
            },
            Self::Integer(values) => values.get(row).map_or(Cell::Empty, Cell::Integer),
            Self::Float(values) => values.get(row).map_or(Cell::Empty, Cell::Float),
            Self::Flag(values) => {
                values.get(row).map_or(Cell::Empty, |flag| Cell::Text(if flag { "true" } else { "false" }))
            }
            Self::Day(values) => values.get(row).map_or(Cell::Empty, Cell::Day),
            Self::Moment { values, unit, utc } => values.get(row).map_or(Cell::Empty, |value| {
                let micros = match unit {
                    TimeUnit::Nanoseconds => value.div_euclid(1_000),
                    TimeUnit::Microseconds => value,
                    TimeUnit::Milliseconds => value.saturating_mul(1_000),
                };
                if *utc { Cell::Utc(micros) } else { Cell::WallClock(micros) }
            }),
        }
    }
}
