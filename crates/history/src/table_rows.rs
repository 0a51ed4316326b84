//! Reading a table that was written before, row by row: what [`TableWriter`](crate::TableWriter) wrote, or any table of
//! that form. Of Parquet a part of a row group is in memory at a time, of CSV a row.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use crate::cell::Cell;
use crate::error::ReadError;
use crate::parquet_source::{self, ParquetTable, TypedColumn};
use crate::source::{Format, Wanted, format_of};
use crate::spec::TableSpec;
use crate::text_file::Packing;
use crate::{Date, Timestamp, files};

/// Rows of Parquet that are decoded together.
const ROWS_AT_A_TIME: usize = 1 << 16;

/// A cell of a stored table. In CSV everything is text; in Parquet it has the type that it was written with.
#[derive(Debug, Clone, PartialEq)]
pub enum StoredCell {
    /// No value.
    Empty,
    /// A text, a flag (`true` or `false`) or a moment.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// A day.
    Date(Date),
}

/// The rows of a stored table, in the order of the file.
#[derive(Debug)]
pub struct TableRows(Rows);

enum Rows {
    Csv { path: PathBuf, places: Vec<usize>, records: Box<csv::StringRecordsIntoIter<BufReader<File>>>, ended: bool },
    Parquet { parts: Receiver<Result<Vec<TypedColumn>, ReadError>>, part: Vec<TypedColumn>, row: usize },
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Rows::Csv { .. } => "Csv",
            Rows::Parquet { .. } => "Parquet",
        })
    }
}

impl TableRows {
    /// Names of the columns of a table: `.csv` or `.parquet`.
    ///
    /// # Errors
    /// There is no such file, or it is no such table.
    pub fn columns(path: &Path) -> Result<Vec<String>, ReadError> {
        match is_parquet(path)? {
            true => Ok(parquet_source::headers(path)?.into_iter().map(|column| column.name).collect()),
            false => {
                let mut reader = csv_reader(path)?;
                let names = reader.headers().map_err(|error| csv_error(path, error))?;
                Ok(names.iter().map(str::to_owned).collect())
            }
        }
    }

    /// Begins to read these columns; each row has their cells in this order.
    ///
    /// # Errors
    /// There is no such file, it is no such table, or a column is not there. What is wrong further on, a file that
    /// is replaced while it is read included, comes in the place of a row, and ends the rows.
    pub fn open(path: &Path, columns: &[&str]) -> Result<Self, ReadError> {
        let wanted: Vec<Wanted> = columns.iter().map(|column| Wanted::new(column, column)).collect();
        if is_parquet(path)? {
            return Ok(Self(parquet(path, wanted)));
        }
        let mut reader = csv_reader(path)?;
        let names = reader.headers().map_err(|error| csv_error(path, error))?;
        let places = crate::source::locate(path, &names.iter().collect::<Vec<_>>(), &wanted)?;
        let records = Box::new(reader.into_records());
        Ok(Self(Rows::Csv { path: path.to_owned(), places, records, ended: false }))
    }
}

impl Iterator for TableRows {
    type Item = Result<Vec<StoredCell>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Rows::Csv { ended: true, .. } => None,
            Rows::Csv { path, places, records, ended } => match records.next()? {
                Ok(record) => Some(Ok(places
                    .iter()
                    .map(|place| match record.get(*place).unwrap_or_default() {
                        "" => StoredCell::Empty,
                        text => StoredCell::Text(text.to_owned()),
                    })
                    .collect())),
                Err(error) => {
                    *ended = true;
                    Some(Err(csv_error(path, error)))
                }
            },
            Rows::Parquet { parts, part, row } => {
                while part.first().is_none_or(|column| *row >= column.len()) {
                    // Nobody sends any more: the table is at its end, or an error has ended it.
                    match parts.recv().ok()? {
                        Ok(next) => (*part, *row) = (next, 0),
                        Err(error) => return Some(Err(error)),
                    }
                }
                let cells = part.iter().map(|column| stored(column.cell(*row))).collect();
                *row += 1;
                Some(Ok(cells))
            }
        }
    }
}

fn is_parquet(path: &Path) -> Result<bool, ReadError> {
    match format_of(path)? {
        Format::Parquet => Ok(true),
        Format::Csv(Packing::None) => Ok(false),
        _ => Err(ReadError::UnknownFormat { path: path.to_owned() }),
    }
}

fn csv_reader(path: &Path) -> Result<csv::Reader<BufReader<File>>, ReadError> {
    let file = File::open(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
    Ok(csv::Reader::from_reader(BufReader::with_capacity(1 << 18, file)))
}

fn csv_error(path: &Path, error: csv::Error) -> ReadError {
    ReadError::Io { path: path.to_owned(), source: std::io::Error::other(error) }
}

/// Decodes on a thread of its own, one part ahead of what is taken.
fn parquet(path: &Path, wanted: Vec<Wanted>) -> Rows {
    let (sender, parts) = sync_channel(0);
    let paths = vec![path.to_owned()];
    std::thread::spawn(move || {
        let decode = || -> Result<(), ReadError> {
            let stamps = files::stamps(&paths)?;
            let spec = TableSpec::at(&paths[0]);
            let table = ParquetTable::open(&spec, &wanted)?;
            for part in table.parts_of(ROWS_AT_A_TIME) {
                let columns = table.decode(&part)?;
                // Each part is read from the file of that name anew.
                files::check_unchanged(&paths, &stamps)?;
                if sender.send(Ok(columns)).is_err() {
                    break;
                }
            }
            Ok(())
        };
        if let Err(error) = decode() {
            // Whoever stopped listening does not want to know.
            let _ = sender.send(Err(error));
        }
    });
    Rows::Parquet { parts, part: Vec::new(), row: 0 }
}

fn stored(cell: Cell<'_>) -> StoredCell {
    match cell {
        Cell::Empty => StoredCell::Empty,
        Cell::Text(text) | Cell::Number(text) => StoredCell::Text(text.to_owned()),
        // A text that no text file could hold, as a sign that is no number, date or id.
        Cell::NotText => StoredCell::Text("\0".to_owned()),
        Cell::Integer(number) => StoredCell::Integer(number),
        Cell::Float(number) => StoredCell::Float(number),
        Cell::WallClock(micros) | Cell::Utc(micros) => StoredCell::Text(Timestamp::from_micros(micros).to_string()),
        Cell::Day(days) => StoredCell::Date(Date::from_days(days)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Column, TableWriter, Values};

    fn write(path: &Path, rows: usize) {
        let mut table = TableWriter::create(path).unwrap();
        for first in (0..rows).step_by(100_000) {
            let block = first..rows.min(first + 100_000);
            let every_third = |n: usize| !n.is_multiple_of(3);
            table
                .write(&[
                    Column::new("id", Values::Text(block.clone().map(|n| Some(format!("C{n:07}"))).collect())),
                    Column::new(
                        "p",
                        Values::Float(block.clone().map(|n| every_third(n).then_some(n as f64 / 7.0)).collect()),
                    ),
                    Column::new("day", Values::Date(block.clone().map(|n| Some(Date::from_days(n as i32))).collect())),
                    Column::new("count", Values::Integer(block.clone().map(|n| Some(n as i64 - 5)).collect())),
                    Column::new("flag", Values::Flag(block.map(|n| Some(n % 2 == 0)).collect())),
                ])
                .unwrap();
        }
        table.finish().unwrap();
    }

    #[test]
    fn a_table_comes_back_row_by_row_in_both_formats() {
        let folder = tempfile::tempdir().unwrap();
        let rows = ROWS_AT_A_TIME * 2 + 17;
        for name in ["t.csv", "t.parquet"] {
            let path = folder.path().join(name);
            write(&path, rows);
            assert_eq!(TableRows::columns(&path).unwrap(), ["id", "p", "day", "count", "flag"]);
            let mut read = TableRows::open(&path, &["count", "p", "id", "day", "flag"]).unwrap();
            for n in 0..rows {
                let cells = read.next().unwrap().unwrap();
                assert_eq!(cells[2], StoredCell::Text(format!("C{n:07}")), "{name}");
                let number = |cell: &StoredCell| match cell {
                    StoredCell::Float(number) => Some(*number),
                    StoredCell::Integer(number) => Some(*number as f64),
                    StoredCell::Text(text) => Some(text.parse().unwrap()),
                    _ => None,
                };
                assert_eq!(number(&cells[0]), Some(n as f64 - 5.0));
                assert_eq!(number(&cells[1]), (n % 3 != 0).then_some(n as f64 / 7.0));
                let day = Date::from_days(n as i32);
                assert!(cells[3] == StoredCell::Date(day) || cells[3] == StoredCell::Text(day.to_string()));
                assert_eq!(cells[4], StoredCell::Text((n % 2 == 0).to_string()));
            }
            assert!(read.next().is_none() && read.next().is_none());
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_ends_the_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        assert!(TableRows::columns(&path).is_err());
        std::fs::write(&path, "a,b\n1,2\n3\n4,5\n").unwrap();
        let read: Vec<_> = TableRows::open(&path, &["b"]).unwrap().collect();
        assert_eq!(read.len(), 2);
        assert!(read[0].is_ok() && read[1].is_err());
        assert!(matches!(TableRows::open(&path, &["c"]), Err(ReadError::MissingColumn { .. })));
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, "PAR1 and no more").unwrap();
        let read: Vec<_> = TableRows::open(&path, &["b"]).unwrap().collect();
        assert!(read.len() == 1 && read[0].is_err());
        assert!(TableRows::columns(folder.path().join("t.ndjson").as_path()).is_err());
    }
}
