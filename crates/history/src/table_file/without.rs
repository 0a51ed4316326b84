//! Taking rows out of a table that was written: all rows of some customers, whole or not at all.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use polars::prelude::{AnyValue, DataFrame, DataType, TimeUnit};
use polars_io::SerReader;
use polars_io::parquet::read::{FileMetadata, ParallelStrategy, ParquetReader};

use super::error::{io_error, polars_error};
use super::{Column, TableWriter, Values, WriteError, place};
use crate::{Date, Timestamp};

/// Rewrites a CSV or Parquet table that [`TableWriter`] has written, without the rows in which one of these columns holds one
/// of these texts, and says how many those were. A CSV table keeps every byte of its other rows; of a Parquet table the row
/// groups are encoded anew. A table without such a row is left as it is; `None` where it has none of the columns.
///
/// # Errors
/// The table cannot be read, or is not one that [`TableWriter`] writes, or it cannot be written; it is as it was then.
pub fn remove_rows(path: &Path, columns: &[&str], texts: &BTreeSet<&str>) -> Result<Option<u64>, WriteError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => from_csv(path, columns, texts),
        Some("parquet") => from_parquet(path, columns, texts),
        _ => Err(WriteError::UnknownFormat { path: path.to_owned() }),
    }
}

fn from_csv(path: &Path, columns: &[&str], texts: &BTreeSet<&str>) -> Result<Option<u64>, WriteError> {
    let io = |source| io_error(path, source);
    let csv_error = |error: csv::Error| io_error(path, error.into());
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(BufReader::new(file));
    let mut record = csv::ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(csv_error)? {
        return Ok(None);
    }
    let is_wanted = |cell: &[u8]| columns.iter().any(|column| column.as_bytes() == cell.trim_ascii());
    let places: Vec<usize> = record.iter().enumerate().filter(|(_, cell)| is_wanted(cell)).map(|(at, _)| at).collect();
    if places.is_empty() {
        return Ok(None);
    }
    // Stretches of rows to leave out.
    let (mut left_out, mut removed) = (Vec::new(), 0);
    loop {
        let from = reader.position().byte();
        if !reader.read_byte_record(&mut record).map_err(csv_error)? {
            break;
        }
        let holds = |at: &usize| {
            let cell = record.get(*at).and_then(|cell| std::str::from_utf8(cell).ok());
            cell.is_some_and(|cell| texts.contains(cell))
        };
        if places.iter().any(holds) {
            removed += 1;
            left_out.push((from, reader.position().byte()));
        }
    }
    if removed > 0 {
        let mut source = BufReader::new(File::open(path).map_err(io)?);
        let temporary = place::temporary_beside(path).map_err(io)?;
        let mut target = BufWriter::new(temporary.as_file());
        let mut at = 0;
        for (from, to) in left_out.into_iter().chain([(length, length)]) {
            source.seek(SeekFrom::Start(at)).map_err(io)?;
            std::io::copy(&mut source.by_ref().take(from - at), &mut target).map_err(io)?;
            at = to;
        }
        target.flush().map_err(io)?;
        drop(target);
        place::give_name(temporary.into_temp_path(), path)?;
    }
    Ok(Some(removed))
}

fn from_parquet(path: &Path, columns: &[&str], texts: &BTreeSet<&str>) -> Result<Option<u64>, WriteError> {
    let polars = |error| polars_error(path, error);
    let open = || File::open(path).map_err(|source| io_error(path, source));
    let mut reader = ParquetReader::new(open()?);
    let schema = reader.schema().map_err(polars)?;
    let wanted: Vec<&str> = columns.iter().copied().filter(|column| schema.contains(column)).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let metadata = reader.get_metadata().map_err(polars)?.clone();
    let group = |at: usize| -> Result<DataFrame, WriteError> {
        let mut one = FileMetadata::clone(&metadata);
        one.row_groups = metadata.row_groups[at..=at].to_vec();
        one.num_rows = one.row_groups.iter().map(|group| group.num_rows()).sum();
        let mut reader = ParquetReader::new(open()?).read_parallel(ParallelStrategy::None);
        reader.set_metadata(one.into());
        reader.finish().map_err(polars)
    };
    let kept = |frame: &DataFrame| -> Result<Vec<usize>, WriteError> {
        let mut keep = vec![true; frame.height()];
        for name in &wanted {
            let column = frame.column(name).map_err(polars)?;
            if let Ok(cells) = column.str() {
                for (keep, cell) in keep.iter_mut().zip(cells.iter()) {
                    *keep &= cell.is_none_or(|cell| !texts.contains(cell));
                }
            }
        }
        Ok(keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row).collect())
    };
    // Looked at first: most files hold nobody who is to go.
    let mut removed = 0;
    for at in 0..metadata.row_groups.len() {
        let frame = group(at)?;
        removed += (frame.height() - kept(&frame)?.len()) as u64;
    }
    if removed > 0 {
        let mut table = TableWriter::create(path)?;
        for at in 0..metadata.row_groups.len() {
            let frame = group(at)?;
            let rows = kept(&frame)?;
            let columns = frame.columns().iter().map(|column| values(path, column, &rows));
            table.write(&columns.collect::<Result<Vec<_>, _>>()?)?;
        }
        table.finish()?;
    }
    Ok(Some(removed))
}

/// Some rows of a column, in the types that tables are written in.
fn values(path: &Path, column: &polars::prelude::Column, rows: &[usize]) -> Result<Column, WriteError> {
    let polars = |error| polars_error(path, error);
    let name = column.name().to_string();
    let series = column.as_materialized_series();
    let values = match series.dtype() {
        DataType::String => {
            let cells = series.str().map_err(polars)?;
            Values::Packed(rows.iter().map(|row| cells.get(*row)).collect())
        }
        DataType::Int64 => {
            let cells = series.i64().map_err(polars)?;
            Values::Integer(rows.iter().map(|row| cells.get(*row)).collect())
        }
        DataType::Float64 => {
            let cells = series.f64().map_err(polars)?;
            Values::Float(rows.iter().map(|row| cells.get(*row)).collect())
        }
        DataType::Boolean => {
            let cells = series.bool().map_err(polars)?;
            Values::Flag(rows.iter().map(|row| cells.get(*row)).collect())
        }
        DataType::Date => Values::Date(each(series, rows, |cell| match cell {
            AnyValue::Date(day) => Some(Date::from_days(day)),
            _ => None,
        })?),
        DataType::Datetime(TimeUnit::Microseconds, None) => Values::Timestamp(each(series, rows, |cell| match cell {
            AnyValue::Datetime(moment, ..) => Some(Timestamp::from_micros(moment)),
            _ => None,
        })?),
        other => {
            let message = format!("column \"{name}\": expected a type that tables are written in, found {other}");
            return Err(io_error(path, std::io::Error::other(message)));
        }
    };
    Ok(Column::new(name, values))
}

fn each<T>(
    series: &polars::prelude::Series,
    rows: &[usize],
    of: impl Fn(AnyValue<'_>) -> Option<T>,
) -> Result<Vec<Option<T>>, WriteError> {
    let cell = |row: &usize| series.get(*row).map(&of);
    rows.iter().map(cell).collect::<Result<_, _>>().map_err(|error| polars_error(Path::new(""), error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Money;

    fn write(path: &Path, ids: &[&str]) {
        let mut table = TableWriter::create(path).unwrap();
        for ids in ids.chunks(3) {
            let n = ids.len();
            table
                .write(&[
                    Column::new("customer_id", Values::Packed(ids.iter().map(|id| Some(*id)).collect())),
                    Column::new("as_of", Values::Date(vec![Some(Date::from_days(20_000)); n])),
                    Column::new(
                        "note",
                        Values::Text(ids.iter().map(|id| (*id != "b").then(|| format!("a \"{id}\",\nb"))).collect()),
                    ),
                    Column::new("n", Values::Integer((0..n as i64).map(Some).collect())),
                    Column::new("x", Values::Number(vec![f64::NAN; n])),
                    Column::new("m", Values::Money(vec![Some(Money::from_ten_thousandths(12_300)); n])),
                    Column::new("at", Values::Timestamp(vec![None; n])),
                    Column::new("yes", Values::Flag(vec![Some(true); n])),
                ])
                .unwrap();
        }
        table.finish().unwrap();
    }

    #[test]
    fn the_rest_is_what_it_would_have_been() {
        let folder = tempfile::tempdir().unwrap();
        let all = ["a", "b", "c", "d", "e", "c", "f", "g"];
        for ending in ["csv", "parquet"] {
            let (path, expected) =
                (folder.path().join(format!("t.{ending}")), folder.path().join(format!("e.{ending}")));
            write(&path, &all);
            let before = std::fs::read(&path).unwrap();
            let nobody: BTreeSet<&str> = ["x", "A", ""].into();
            assert_eq!(remove_rows(&path, &["customer_id", "key"], &nobody).unwrap(), Some(0));
            assert_eq!(std::fs::read(&path).unwrap(), before);
            assert_eq!(remove_rows(&path, &["key"], &["a"].into()).unwrap(), None);
            // A cell of another column is no customer.
            assert_eq!(remove_rows(&path, &["customer_id"], &["0", "true"].into()).unwrap(), Some(0));
            assert_eq!(remove_rows(&path, &["customer_id"], &["a", "c", "g"].into()).unwrap(), Some(4));
            write(&expected, &["b", "d", "e", "f"]);
            let (found, expected) = (std::fs::read(&path).unwrap(), std::fs::read(&expected).unwrap());
            if ending == "csv" {
                let text = String::from_utf8(found).unwrap();
                let numbers = |text: &str| text.replace(",0,", ",#,").replace(",1,", ",#,").replace(",2,", ",#,");
                assert_eq!(numbers(&text), numbers(&String::from_utf8(expected).unwrap()));
            } else {
                let ids = |bytes: &[u8]| {
                    let frame = ParquetReader::new(std::io::Cursor::new(bytes.to_vec())).finish().unwrap();
                    let ids: Vec<String> = frame
                        .column("customer_id")
                        .unwrap()
                        .str()
                        .unwrap()
                        .iter()
                        .map(|id| id.unwrap().to_owned())
                        .collect();
                    (ids, format!("{:?}", frame.schema()), frame.column("note").unwrap().null_count())
                };
                assert_eq!(ids(&found), ids(&expected));
            }
            // Nobody is left: the table has its columns all the same.
            assert_eq!(remove_rows(&path, &["customer_id"], &["b", "d", "e", "f"].into()).unwrap(), Some(4));
            assert_eq!(remove_rows(&path, &["customer_id"], &["b"].into()).unwrap(), Some(0));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "no temporary file is left");
    }

    #[test]
    fn what_is_no_table_is_refused_and_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, "no table").unwrap();
        assert!(remove_rows(&path, &["customer_id"], &["a"].into()).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"no table");
        assert!(remove_rows(&folder.path().join("t.txt"), &["customer_id"], &["a"].into()).is_err());
    }
}
