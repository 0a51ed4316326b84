//! Parquet, decoded by polars a part at a time (a row group or a few), so that memory follows the size of a row group and
//! not of the file, and parts can be decoded side by side.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use polars::prelude::{
    ArrowDataType, BooleanChunked, Column, DataType, Float64Chunked, Int32Chunked, Int64Chunked, PolarsError,
    StringChunked, TimeUnit,
};
use polars_io::SerReader;
use polars_io::parquet::metadata::{FileMetadata, FileMetadataRef};
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};

use crate::cell::Cell;
use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::source::{OnRow, Row, Wanted, locate};

const READABLE: &str = "text, a number, a decimal, a date or a timestamp";

/// Types with a meaning here, which the decoder was built with.
pub(crate) fn is_readable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as A;
    match dtype {
        A::Boolean | A::Int32 | A::Int64 | A::UInt32 | A::UInt64 | A::Float32 | A::Float64 | A::Date32 => true,
        A::Utf8 | A::LargeUtf8 | A::Utf8View | A::Timestamp(_, _) | A::Decimal(_, _) | A::Null => true,
        A::Dictionary(_, values, _) => matches!(**values, A::Utf8 | A::LargeUtf8 | A::Utf8View),
        _ => false,
    }
}

/// Row groups are read together up to about this many rows, and taken apart above [`MOST_ROWS`].
const ROWS_AT_A_TIME: usize = 1 << 20;
const MOST_ROWS: usize = 1 << 22;

/// A Parquet file whose wanted columns are there and can be read.
pub(crate) struct ParquetTable<'a> {
    path: &'a Path,
    wanted: &'a [Wanted],
    metadata: FileMetadataRef,
    projection: Vec<usize>,
}

/// Rows that are decoded together: some row groups, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    groups: Range<usize>,
    /// Rows of the groups that are skipped, and rows that are read.
    slice: (usize, usize),
    /// Rows of the file before this part.
    pub(crate) first_row: u64,
}

impl<'a> ParquetTable<'a> {
    pub(crate) fn open(path: &'a Path, wanted: &'a [Wanted]) -> Result<Self, ReadError> {
        let mut reader = ParquetReader::new(open(path)?);
        let schema = reader.schema().map_err(|error| decode_error(path, &error))?;
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
        let metadata = reader.get_metadata().map_err(|error| decode_error(path, &error))?.clone();
        let mut projection = places;
        projection.sort_unstable();
        projection.dedup();
        Ok(Self { path, wanted, metadata, projection })
    }

    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    /// The rows of the file, in parts.
    pub(crate) fn parts(&self) -> Vec<Part> {
        parts(self.metadata.row_groups.iter().map(|group| group.num_rows()))
    }

    /// The wanted columns of a part.
    pub(crate) fn decode(&self, part: &Part) -> Result<Vec<TypedColumn>, ReadError> {
        // The decoder visits all row groups that it is told of, so it is told of those alone that are wanted.
        let mut metadata = FileMetadata::clone(&self.metadata);
        metadata.row_groups = self.metadata.row_groups[part.groups.clone()].to_vec();
        metadata.num_rows = metadata.row_groups.iter().map(|group| group.num_rows()).sum();
        let mut reader = ParquetReader::new(open(self.path)?)
            .with_slice(Some(part.slice))
            .with_projection(Some(self.projection.clone()))
            .read_parallel(ParallelStrategy::None);
        reader.set_metadata(metadata.into());
        let frame = reader.finish().map_err(|error| decode_error(self.path, &error))?;
        let column = |want: &Wanted| {
            let column = frame.column(&want.header).map_err(|error| decode_error(self.path, &error))?;
            TypedColumn::new(self.path, column)
        };
        self.wanted.iter().map(column).collect()
    }
}

fn open(path: &Path) -> Result<File, ReadError> {
    File::open(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })
}

fn decode_error(path: &Path, error: &PolarsError) -> ReadError {
    ReadError::Parquet { path: path.to_owned(), message: error.to_string() }
}

/// Puts neighbouring row groups together up to [`ROWS_AT_A_TIME`], and takes those above [`MOST_ROWS`] apart.
fn parts(sizes: impl Iterator<Item = usize>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut first_row = 0;
    for (group, size) in sizes.enumerate().filter(|(_, size)| *size > 0) {
        match parts.last_mut() {
            Some(last) if last.slice.0 == 0 && last.slice.1 + size <= ROWS_AT_A_TIME => {
                last.groups.end = group + 1;
                last.slice.1 += size;
            }
            _ if size > MOST_ROWS => {
                parts.extend((0..size).step_by(ROWS_AT_A_TIME).map(|skipped| Part {
                    groups: group..group + 1,
                    slice: (skipped, ROWS_AT_A_TIME.min(size - skipped)),
                    first_row: first_row + skipped as u64,
                }));
            }
            _ => parts.push(Part { groups: group..group + 1, slice: (0, size), first_row }),
        }
        first_row += size as u64;
    }
    parts
}

/// Reads the wanted columns of every row, in the order of the file.
pub(crate) fn read(path: &Path, wanted: &[Wanted], on_row: &mut OnRow<'_>) -> Result<(), ReadError> {
    let table = ParquetTable::open(path, wanted)?;
    for part in table.parts() {
        read_columns(&table.decode(&part)?, part.first_row, on_row)?;
    }
    Ok(())
}

/// Gives the rows of columns one by one.
pub(crate) fn read_columns(columns: &[TypedColumn], first_row: u64, on_row: &mut OnRow<'_>) -> Result<(), ReadError> {
    for row in 0..columns.first().map_or(0, TypedColumn::len) {
        let mut cells = [Cell::Empty; MAX_WANTED];
        for (cell, column) in cells.iter_mut().zip(columns) {
            *cell = column.cell(row);
        }
        if let Some(cells) = cells.get(..columns.len()) {
            on_row(first_row + row as u64 + 1, Row::Cells(cells))?;
        }
    }
    Ok(())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_row_groups_are_read_together_and_large_ones_in_parts() {
        let sizes = [ROWS_AT_A_TIME - 7, 0, 7, 1, MOST_ROWS, 5, MOST_ROWS + 9, 3, 3];
        let found: Vec<_> = parts(sizes.into_iter()).into_iter().map(|p| (p.groups, p.slice, p.first_row)).collect();
        let (million, most) = (ROWS_AT_A_TIME, MOST_ROWS);
        let before = (million + 1 + most + 5) as u64;
        let mut expected = vec![
            (0..3, (0, million), 0),
            (3..4, (0, 1), million as u64),
            (4..5, (0, most), million as u64 + 1),
            (5..6, (0, 5), (million + 1 + most) as u64),
        ];
        expected.extend((0..4).map(|at| (6..7, (at * million, million), before + (at * million) as u64)));
        expected.push((6..7, (most, 9), before + most as u64));
        expected.push((7..9, (0, 6), before + (most + 9) as u64));
        assert_eq!(found, expected);
    }
}
