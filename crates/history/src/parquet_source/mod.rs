//! Parquet, decoded by polars a part at a time (a row group or a few), so that memory follows the size of a row group and
//! not of the file, and parts can be decoded side by side.

mod caught;
mod claims;
mod column;
mod pages;
mod thrift;
mod types;

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use polars::prelude::PolarsError;
use polars_io::SerReader;
use polars_io::parquet::metadata::{FileMetadata, FileMetadataRef};
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};

use crate::cell::Cell;
use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::place::Place;
use crate::source::{OnRow, Row, Wanted, locate};
use crate::spec::{Int96, TableSpec};
use crate::text_file::refuse_other_formats;
pub(crate) use caught::caught;
pub use caught::decodes_untrusted_bytes;
pub(crate) use column::TypedColumn;
pub(crate) use types::check_same_types;

/// Row groups are read together up to about this many rows, and taken apart above [`MOST_ROWS`].
const ROWS_AT_A_TIME: usize = 1 << 20;
const MOST_ROWS: usize = 1 << 22;

/// A Parquet file whose wanted columns are there and can be read.
#[derive(Debug)]
pub(crate) struct ParquetTable<'a> {
    path: &'a Path,
    wanted: &'a [Wanted],
    metadata: FileMetadataRef,
    projection: Vec<usize>,
    int96: Option<Int96>,
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
    /// Opens a file, and refuses what its footer and the headers of its pages claim beyond reason.
    pub(crate) fn open(spec: &'a TableSpec, wanted: &'a [Wanted]) -> Result<Self, ReadError> {
        let path = spec.path.as_path();
        let (headers, metadata) = footer(path)?;
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let places = locate(path, &names, wanted)?;
        for (place, want) in places.iter().zip(wanted) {
            types::check(path, &want.header, &headers[*place].1, &metadata, spec.int96)?;
        }
        let columns: Vec<&str> = places.iter().map(|place| names[*place]).collect();
        claims::check(spec, &open(path)?, &metadata, &columns)?;
        let mut projection = places;
        projection.sort_unstable();
        projection.dedup();
        Ok(Self { path, wanted, metadata, projection, int96: spec.int96 })
    }

    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    /// The rows of the file, in parts.
    pub(crate) fn parts(&self) -> Vec<Part> {
        parts(self.metadata.row_groups.iter().map(|group| group.num_rows()))
    }

    /// The rows of the file, in parts of at most so many rows, each of one row group.
    pub(crate) fn parts_of(&self, rows: usize) -> Vec<Part> {
        let mut first_row = 0;
        let mut parts = Vec::new();
        for (group, size) in self.metadata.row_groups.iter().map(|group| group.num_rows()).enumerate() {
            parts.extend((0..size).step_by(rows.max(1)).map(|skipped| Part {
                groups: group..group + 1,
                slice: (skipped, rows.min(size - skipped)),
                first_row: first_row + skipped as u64,
            }));
            first_row += size as u64;
        }
        parts
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
        let columns: Vec<TypedColumn> = caught(self.path, || {
            let frame = reader.finish().map_err(|error| decode_error(self.path, &error))?;
            let column = |want: &Wanted| {
                let column = frame.column(&want.header).map_err(|error| decode_error(self.path, &error))?;
                let typed = TypedColumn::new(self.path, column)?;
                let is_utc = self.int96 == Some(Int96::Utc) && types::is_int96(&want.header, &self.metadata);
                Ok(if is_utc { typed.in_utc() } else { typed })
            };
            self.wanted.iter().map(column).collect()
        })?;
        // A column that came out short would put its values beside other rows.
        match columns.iter().find(|column| column.len() != part.slice.1) {
            Some(short) => {
                let message = format!("expected {} values in each column, found {}", part.slice.1, short.len());
                Err(ReadError::Parquet { path: self.path.to_owned(), message })
            }
            None => Ok(columns),
        }
    }
}

/// A column, as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: String,
    /// Its type is one that is read, if only as it is declared.
    pub(crate) readable: bool,
    /// It has timestamps of which nobody knows what they are before it is declared.
    pub(crate) int96: bool,
}

/// The columns of a file.
pub(crate) fn headers(path: &Path) -> Result<Vec<Header>, ReadError> {
    let (columns, metadata) = footer(path)?;
    let header = |(name, dtype): (String, polars::prelude::ArrowDataType)| {
        let readable = types::check(path, &name, &dtype, &metadata, Some(Int96::Local)).is_ok();
        Header { readable, int96: readable && types::is_int96(&name, &metadata), name }
    };
    Ok(columns.into_iter().map(header).collect())
}

/// Names and types of the columns, and what the footer says of them.
fn footer(path: &Path) -> Result<(Vec<(String, polars::prelude::ArrowDataType)>, FileMetadataRef), ReadError> {
    check_magic(path)?;
    let mut reader = ParquetReader::new(open(path)?);
    caught(path, || {
        let schema = reader.schema().map_err(|error| decode_error(path, &error))?;
        let columns = schema.iter().map(|(name, field)| (name.to_string(), field.dtype().clone())).collect();
        let metadata = reader.get_metadata().map_err(|error| decode_error(path, &error))?.clone();
        Ok((columns, metadata))
    })
}

/// A Parquet file begins and ends with these bytes.
const MAGIC: &[u8; 4] = b"PAR1";

fn check_magic(path: &Path) -> Result<(), ReadError> {
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    let file = open(path)?;
    let length = file.metadata().map_err(io)?.len();
    let mut start = vec![0; usize::try_from(length.min(4_096)).unwrap_or(0)];
    file.read_exact_at(&mut start, 0).map_err(io)?;
    let wrong = |byte: u64, what: &str| {
        let what = format!("expected the bytes PAR1, found others: {what}");
        Err(ReadError::ParquetClaim { path: path.to_owned(), byte, column: String::new(), what })
    };
    if !start.starts_with(MAGIC) {
        refuse_other_formats(path, "Parquet", &start)?;
        return wrong(0, "this is no Parquet file, or its beginning is damaged");
    }
    let mut end = [0; 4];
    let end_at = length.saturating_sub(4);
    file.read_exact_at(&mut end, end_at).map_err(io)?;
    if end != *MAGIC || length < 12 {
        return wrong(end_at, "the file is cut short, or its end is damaged");
    }
    Ok(())
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
pub(crate) fn read(spec: &TableSpec, wanted: &[Wanted], on_row: &mut OnRow<'_>) -> Result<(), ReadError> {
    let table = ParquetTable::open(spec, wanted)?;
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
            on_row(Place::of_row(first_row + row as u64 + 1), Row::Cells(cells))?;
        }
    }
    Ok(())
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
