//! Types of Parquet columns that have a meaning here.

use std::path::{Path, PathBuf};

use polars::prelude::ArrowDataType;
use polars_io::parquet::metadata::FileMetadata;
use polars_parquet::parquet::schema::types::PhysicalType;

use super::footer;
use crate::error::ReadError;
use crate::source::{Format, Wanted, format_of};

pub(super) const READABLE: &str = "text, a number, a decimal, a date or a timestamp";

/// Refuses a column whose type has no meaning here, or more than one.
pub(super) fn check(
    path: &Path,
    header: &str,
    dtype: &ArrowDataType,
    metadata: &FileMetadata,
) -> Result<(), ReadError> {
    let wrong = |expected, found| {
        Err(ReadError::ColumnType { path: path.to_owned(), column: header.to_owned(), expected, found })
    };
    // The decoder panics on types that it was built without.
    if kind(dtype).is_none() {
        return wrong(READABLE, format!("{dtype:?}"));
    }
    let is_int96 = |column: &polars_parquet::parquet::metadata::ColumnDescriptor| {
        column.path_in_schema.first().is_some_and(|root| root.as_str() == header)
            && column.descriptor.primitive_type.physical_type == PhysicalType::Int96
    };
    if metadata.schema_descr.columns().iter().any(is_int96) {
        let expected =
            "a timestamp of INT64 (of INT96 some writers store UTC and others local time, and nothing says which)";
        return wrong(expected, "INT96".to_owned());
    }
    Ok(())
}

/// What values of a type are, if they are read at all. Widths don't count: they change no value.
fn kind(dtype: &ArrowDataType) -> Option<&'static str> {
    use ArrowDataType as A;
    Some(match dtype {
        A::Boolean => "flags",
        A::Int32 | A::Int64 | A::UInt32 | A::UInt64 => "whole numbers",
        A::Float32 | A::Float64 => "floating-point numbers",
        A::Date32 => "dates",
        A::Utf8 | A::LargeUtf8 | A::Utf8View => "text",
        A::Dictionary(_, values, _) if matches!(**values, A::Utf8 | A::LargeUtf8 | A::Utf8View) => "text",
        A::Timestamp(_, None) => "timestamps without an offset",
        A::Timestamp(_, Some(_)) => "timestamps with an offset",
        A::Decimal(_, _) => "decimals",
        A::Null => NOTHING,
        _ => return None,
    })
}

/// Of a column without a single value.
const NOTHING: &str = "no values";

/// Refuses files of one table whose wanted columns differ in type: an id that is text in one and a number in another has
/// lost its leading zeros in one of them.
pub(crate) fn check_same_types(paths: &[PathBuf], wanted: &[Wanted]) -> Result<(), ReadError> {
    if paths.len() < 2 {
        return Ok(());
    }
    let mut seen: Vec<Option<(&'static str, &Path)>> = vec![None; wanted.len()];
    for path in paths {
        if !matches!(format_of(path), Ok(Format::Parquet)) {
            continue;
        }
        let (columns, _) = footer(path)?;
        for (want, seen) in wanted.iter().zip(&mut seen) {
            let found = columns.iter().find(|(name, _)| *name == want.header).and_then(|(_, dtype)| kind(dtype));
            let Some(found) = found.filter(|found| *found != NOTHING) else { continue };
            match *seen {
                Some((expected, other)) if expected != found => {
                    let column = want.header.clone();
                    return Err(ReadError::MixedTypes {
                        path: path.clone(),
                        other: other.to_owned(),
                        column,
                        expected,
                        found,
                    });
                }
                Some(_) => {}
                None => *seen = Some((found, path)),
            }
        }
    }
    Ok(())
}
