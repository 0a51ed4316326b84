//! Rows as lines of a CSV file.

use std::io::Write;

use rayon::prelude::*;

use super::values::{Column, Values};

/// Rows of a stretch that one task turns into text.
const ROWS_OF_A_STRETCH: usize = 1 << 12;

/// The header line.
pub(super) fn header<'a>(names: impl Iterator<Item = &'a str>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(names)?;
    into_text(writer)
}

/// The lines of `rows` rows, in stretches that stand one after the other.
pub(super) fn lines(columns: &[Column], rows: usize) -> Result<Vec<Vec<u8>>, csv::Error> {
    let starts: Vec<usize> = (0..rows).step_by(ROWS_OF_A_STRETCH).collect();
    let stretch = |start: &usize| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut cell = Vec::with_capacity(32);
        for row in *start..rows.min(start + ROWS_OF_A_STRETCH) {
            for column in columns {
                cell.clear();
                write_cell(&mut cell, &column.values, row)?;
                writer.write_field(&cell)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        into_text(writer)
    };
    starts.par_iter().with_max_len(1).map(stretch).collect()
}

fn into_text(writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    writer.into_inner().map_err(|e| e.into_error().into())
}

fn write_cell(cell: &mut Vec<u8>, values: &Values, row: usize) -> std::io::Result<()> {
    match values {
        Values::Text(v) => v[row].as_ref().map_or(Ok(()), |x| cell.write_all(x.as_bytes())),
        Values::Packed(v) => v.get(row).map_or(Ok(()), |x| cell.write_all(x.as_bytes())),
        Values::Integer(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Count(v) => write!(cell, "{}", v[row]),
        Values::Float(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Number(v) if v[row].is_nan() => Ok(()),
        Values::Number(v) => write!(cell, "{}", v[row]),
        Values::Money(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Timestamp(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Date(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Flag(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
    }
}
