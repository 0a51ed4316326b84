//! What the footer of a Parquet file claims, held against the file before anything is decoded.

use std::fs::File;

use polars_io::parquet::metadata::FileMetadata;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::ColumnChunkMetadata;

use super::pages::{self, Chunk, Fault};
use crate::error::ReadError;
use crate::spec::TableSpec;
use crate::text_file::{HARMLESS, MOST_TIMES};

/// A purchase has an id, a moment and an amount: packed as well as can be, a byte of a file does not hold more rows than this.
const MOST_ROWS_OF_A_BYTE: u64 = 64;

/// So many rows are never too many.
const HARMLESS_ROWS: u64 = 1 << 20;

/// Refuses a file whose rows and columns cannot be what its footer says.
pub(super) fn check(spec: &TableSpec, file: &File, metadata: &FileMetadata, columns: &[&str]) -> Result<(), ReadError> {
    let path = spec.path.as_path();
    let length = file.metadata().map_err(|source| ReadError::Io { path: path.to_owned(), source })?.len();
    let claim = |byte: u64, column: &str, what: String| {
        Err(ReadError::ParquetClaim { path: path.to_owned(), byte, column: column.to_owned(), what })
    };
    let rows = metadata.row_groups.iter().try_fold(0_u64, |sum, group| sum.checked_add(group.num_rows() as u64));
    match rows {
        Some(rows) if rows == metadata.num_rows as u64 => {
            if rows > HARMLESS_ROWS && rows / MOST_ROWS_OF_A_BYTE > length {
                let what = format!("expected rows that a file of {length} bytes can hold, found a claim of {rows}");
                return claim(length - 8, "", what);
            }
        }
        _ => {
            let what = format!("expected {} rows as the footer says, found other row groups", metadata.num_rows);
            return claim(length - 8, "", what);
        }
    }
    let mut unpacked = 0_u64;
    for group in &metadata.row_groups {
        for name in columns {
            let chunks: Vec<_> = group.columns_under_root_iter(name).into_iter().flatten().collect();
            let [chunk] = chunks[..] else {
                return claim(length - 8, name, format!("expected one column, found {}", chunks.len()));
            };
            let Some(place) = place_of(chunk, length) else {
                return claim(length - 8, name, "expected a column inside the file, found one outside".to_owned());
            };
            if place.values != group.num_rows() as u64 {
                let what = format!("expected {} values, found a claim of {}", group.num_rows(), place.values);
                return claim(length - 8, name, what);
            }
            match pages::check(file, place) {
                Ok(bytes) => unpacked = unpacked.saturating_add(bytes),
                Err(Fault::Claim(byte, what)) => return claim(byte, name, what),
                Err(Fault::Io(source)) => return Err(ReadError::Io { path: path.to_owned(), source }),
            }
        }
    }
    match spec.max_bytes {
        Some(limit) if unpacked > limit => Err(ReadError::TooManyBytes { path: path.to_owned(), limit }),
        None if unpacked > HARMLESS && unpacked / MOST_TIMES > length => {
            Err(ReadError::Bomb { path: path.to_owned(), packed: length, unpacked, times: MOST_TIMES })
        }
        _ => Ok(()),
    }
}

/// Where the pages of a column lie, if that is inside the file.
fn place_of(chunk: &ColumnChunkMetadata, length: u64) -> Option<Chunk> {
    let start = u64::try_from(chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset())).ok()?;
    let end = start.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?;
    let values = u64::try_from(chunk.num_values()).ok()?;
    let compressed = chunk.compression() != Compression::Uncompressed;
    (end <= length).then_some(Chunk { start, end, values, compressed })
}
