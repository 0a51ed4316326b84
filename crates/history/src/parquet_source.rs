//! Parquet, decoded by polars one row group at a time, so that memory follows the size of a row group and not of the
//! file.

use std::fs::File;
use std::path::Path;

use polars::prelude::{
    ArrowDataType, BooleanChunked, Column, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked,
    PolarsError, StringChunked, TimeUnit,
};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::cell::Cell;
use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::source::{OnRow, Row, Wanted, locate};

const READABLE: &str = "text, a number, a decimal, a date or a timestamp";

/// Types with a meaning here, which the decoder was built with.
fn is_readable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as A;
    match dtype {
        A::Boolean | A::Int32 | A::Int64 | A::UInt32 | A::UInt64 | A::Float32 | A::Float64 | A::Date32 => true,
        A::Utf8 | A::LargeUtf8 | A::Utf8View | A::Timestamp(_, _) | A::Decimal(_, _) | A::Null => true,
        A::Dictionary(_, values, _) => matches!(**values, A::Utf8 | A::LargeUtf8 | A::Utf8View),
        _ => false,
    }
}

/// Row groups are read together up to about this many rows.
const ROWS_AT_A_TIME: usize = 1 << 20;

pub(crate) fn read(path: &Path, wanted: &[Wanted], on_row: &mut OnRow<'_>) -> Result<(), ReadError> {
    let decode = |error: PolarsError| ReadError::Parquet { path: path.to_owned(), message: error.to_string() };
    let open = || File::open(path).map_err(|source| ReadError::Io { path: path.to_owned(), source });

    let mut reader = ParquetReader::new(open()?);
    let schema = reader.schema().map_err(decode)?;
    let headers: Vec<&str> = schema.iter_names().map(|name| name.as_str()).collect();
    let places = locate(path, &headers, wanted)?;
    for (place, want) in places.iter().zip(wanted) {
        // The decoder panics on types that it was built without.
        let found = schema.get_at_index(*place).map(|(_, field)| field.dtype());
        if let Some(found) = found.filter(|dtype| !is_readable(dtype)) {
            return Err(ReadError::ColumnType {
                path: path.to_owned(),
                column: want.header.clone(),
                expected: READABLE,
                found: format!("{found:?}"),
            });
        }
    }
    let metadata = reader.get_metadata().map_err(decode)?.clone();
    let group_sizes: Vec<usize> = metadata.row_groups.iter().map(|group| group.num_rows()).collect();

    let mut projection = places.clone();
    projection.sort_unstable();
    projection.dedup();

    let mut first_row = 0_usize;
    for rows in group_together(&group_sizes) {
        let mut part =
            ParquetReader::new(open()?).with_slice(Some((first_row, rows))).with_projection(Some(projection.clone()));
        part.set_metadata(metadata.clone());
        let frame = part.finish().map_err(decode)?;
        read_frame(path, &frame, wanted, first_row as u64, on_row)?;
        first_row += rows;
    }
    Ok(())
}

/// Sums neighbouring row groups up to [`ROWS_AT_A_TIME`].
fn group_together(sizes: &[usize]) -> Vec<usize> {
    let mut parts: Vec<usize> = Vec::new();
    for size in sizes.iter().copied().filter(|size| *size > 0) {
        match parts.last_mut() {
            Some(last) if *last + size <= ROWS_AT_A_TIME => *last += size,
            _ => parts.push(size),
        }
    }
    parts
}

fn read_frame(
    path: &Path,
    frame: &DataFrame,
    wanted: &[Wanted],
    first_row: u64,
    on_row: &mut OnRow<'_>,
) -> Result<(), ReadError> {
    let columns = wanted
        .iter()
        .map(|want| {
            let column = frame
                .column(&want.header)
                .map_err(|error| ReadError::Parquet { path: path.to_owned(), message: error.to_string() })?;
            TypedColumn::new(path, column)
        })
        .collect::<Result<Vec<_>, _>>()?;
    for row in 0..frame.height() {
        let mut cells = [Cell::Empty; MAX_WANTED];
        for (cell, column) in cells.iter_mut().zip(&columns) {
            *cell = column.cell(row);
        }
        if let Some(cells) = cells.get(..columns.len()) {
            on_row(first_row + row as u64 + 1, Row::Cells(cells))?;
        }
    }
    Ok(())
}

/// A decoded column in one of the few physical types that have a meaning here.
enum TypedColumn {
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
    fn new(path: &Path, column: &Column) -> Result<Self, ReadError> {
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

    fn cell(&self, row: usize) -> Cell<'_> {
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
