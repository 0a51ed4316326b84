//! A Parquet table that somebody else made, whose rows are known by a key column: some cells of it are changed, and it is replaced whole.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use polars::prelude::{
    AnyValue, BooleanChunked, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoSeries,
    NewChunkedArray, Series, StringChunked,
};
use polars_io::SerReader;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};
use polars_io::parquet::write::ParquetWriter;

use super::error::{io_error, polars_error};
use super::{WriteError, place};
use crate::parquet_source::caught;
use crate::{Date, ReadError, StoredCell};

/// A Parquet table in memory. Columns that are not changed keep their types and values: texts, categories, numbers of 32 and 64 bits, decimals, flags, dates, times,
/// moments, bytes and lists of them; a table with a column of another type is refused. Categories that are changed are texts from then on.
#[derive(Debug)]
pub struct KeyedTable {
    path: PathBuf,
    frame: DataFrame,
    key: String,
    rows: HashMap<String, usize>,
    repeated: u64,
}

/// What cells of a column hold, where they can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Floating-point numbers.
    Float,
    /// True or false.
    Flag,
    /// Dates.
    Date,
}

impl KeyedTable {
    /// Reads a table; one with nothing but the key column where there is no such file.
    ///
    /// # Errors
    /// It cannot be read, is no Parquet, or has no such key column of texts or whole numbers.
    pub fn read(path: &Path, key: &str) -> Result<Self, ReadError> {
        let wrong = |message: String| ReadError::Parquet { path: path.to_owned(), message };
        let frame = match File::open(path) {
            Ok(file) => caught(path, || {
                let reader = ParquetReader::new(file).read_parallel(ParallelStrategy::None);
                reader.finish().map_err(|error| wrong(error.to_string()))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let none = StringChunked::from_slice(key.into(), &[] as &[&str]).into_series();
                DataFrame::new(0, vec![none.into()]).map_err(|error| wrong(error.to_string()))?
            }
            Err(source) => return Err(ReadError::Io { path: path.to_owned(), source }),
        };
        let mut table = Self { path: path.to_owned(), frame, key: key.to_owned(), rows: HashMap::new(), repeated: 0 };
        table.find_rows().map_err(wrong)?;
        Ok(table)
    }

    /// How many rows have a key that came before.
    #[must_use]
    pub fn repeated_keys(&self) -> u64 {
        self.repeated
    }

    /// The row of a key, the first one.
    #[must_use]
    pub fn row(&self, key: &str) -> Option<usize> {
        self.rows.get(key).copied()
    }

    /// What a column holds; the name of its type where it cannot be changed. `None` where there is no such column.
    #[must_use]
    pub fn kind(&self, column: &str) -> Option<Result<ColumnKind, String>> {
        let dtype = self.frame.column(column).ok()?.dtype().clone();
        Some(kind_of(&dtype).ok_or_else(|| dtype.to_string()))
    }

    /// A cell; flags are `true` or `false`.
    ///
    /// # Errors
    /// There is no such column, or it is of a type that cannot be changed.
    pub fn cell(&self, column: &str, row: usize) -> Result<StoredCell, WriteError> {
        let polars = |error| polars_error(&self.path, error);
        let value = self.frame.column(column).map_err(polars)?.get(row).map_err(polars)?;
        Ok(match value {
            AnyValue::Null => StoredCell::Empty,
            AnyValue::Int32(number) => StoredCell::Integer(number.into()),
            AnyValue::Int64(number) => StoredCell::Integer(number),
            AnyValue::Float64(number) => StoredCell::Float(number),
            // The shortest decimal that is this number, not the double that is.
            AnyValue::Float32(number) => StoredCell::Float(number.to_string().parse().unwrap_or(f64::from(number))),
            AnyValue::Boolean(yes) => StoredCell::Text(yes.to_string()),
            AnyValue::Date(day) => StoredCell::Date(Date::from_days(day)),
            other => match other.get_str() {
                Some(text) => StoredCell::Text(text.to_owned()),
                None => return Err(self.wrong_type(column)),
            },
        })
    }

    /// Adds an empty column.
    ///
    /// # Errors
    /// There is a column of that name.
    pub fn add_column(&mut self, name: &str, kind: ColumnKind) -> Result<(), WriteError> {
        let dtype = match kind {
            ColumnKind::Text => DataType::String,
            ColumnKind::Integer => DataType::Int64,
            ColumnKind::Float => DataType::Float64,
            ColumnKind::Flag => DataType::Boolean,
            ColumnKind::Date => DataType::Date,
        };
        let column = Series::full_null(name.into(), self.frame.height(), &dtype);
        self.frame = self.frame.hstack(&[column.into()]).map_err(|error| polars_error(&self.path, error))?;
        Ok(())
    }

    /// Adds rows with these keys, empty but for them.
    ///
    /// # Errors
    /// A key is none of the key column's type.
    pub fn add_rows(&mut self, keys: &[&str]) -> Result<(), WriteError> {
        let polars = |error| polars_error(&self.path, error);
        let columns = self.frame.columns().iter().map(|column| {
            if column.name().as_str() != self.key {
                return Ok(Series::full_null(column.name().clone(), keys.len(), column.dtype()).into());
            }
            let texts = StringChunked::from_slice(column.name().clone(), keys).into_series();
            texts.strict_cast(column.dtype()).map(Into::into).map_err(polars)
        });
        let columns = columns.collect::<Result<Vec<_>, WriteError>>()?;
        let more = DataFrame::new(keys.len(), columns).map_err(polars)?;
        self.frame = self.frame.vstack(&more).map_err(polars)?;
        self.find_rows().map_err(|message| io_error(&self.path, std::io::Error::other(message)))
    }

    /// Changes cells of a column, by row.
    ///
    /// # Errors
    /// There is no such column, or a cell is not of its type.
    pub fn change(&mut self, column: &str, cells: &BTreeMap<usize, StoredCell>) -> Result<(), WriteError> {
        let polars = |error| polars_error(&self.path, error);
        let at = self.frame.get_column_index(column).ok_or_else(|| self.wrong_type(column))?;
        let old = self.frame.columns()[at].as_materialized_series().rechunk();
        let wrong = || self.wrong_type(column);
        let series = match old.dtype() {
            DataType::String | DataType::Categorical(..) => {
                let of = |cell: &StoredCell| match cell {
                    StoredCell::Text(text) => Ok(text.clone()),
                    _ => Err(wrong()),
                };
                let texts = old.cast(&DataType::String).map_err(polars)?;
                let held = texts.str().map_err(polars)?.iter().map(|text| text.map(str::to_owned));
                StringChunked::from_iter_options(column.into(), changed(held, cells, of)?.into_iter()).into_series()
            }
            DataType::Int32 | DataType::Int64 => {
                let of = |cell: &StoredCell| match cell {
                    StoredCell::Integer(number) => Ok(*number),
                    _ => Err(wrong()),
                };
                let wide = old.cast(&DataType::Int64).map_err(polars)?;
                let held = changed(wide.i64().map_err(polars)?.iter(), cells, of)?;
                Int64Chunked::from_iter_options(column.into(), held.into_iter()).into_series()
            }
            DataType::Float32 | DataType::Float64 => {
                let of = |cell: &StoredCell| match cell {
                    StoredCell::Float(number) => Ok(*number),
                    StoredCell::Integer(number) => Ok(*number as f64),
                    _ => Err(wrong()),
                };
                let wide = old.cast(&DataType::Float64).map_err(polars)?;
                let held = changed(wide.f64().map_err(polars)?.iter(), cells, of)?;
                Float64Chunked::from_iter_options(column.into(), held.into_iter()).into_series()
            }
            DataType::Boolean => {
                let of = |cell: &StoredCell| match cell {
                    StoredCell::Text(text) => text.parse().map_err(|_| wrong()),
                    _ => Err(wrong()),
                };
                let held = changed(old.bool().map_err(polars)?.iter(), cells, of)?;
                BooleanChunked::from_iter_options(column.into(), held.into_iter()).into_series()
            }
            DataType::Date => {
                let of = |cell: &StoredCell| match cell {
                    StoredCell::Date(day) => Ok(day.days()),
                    _ => Err(wrong()),
                };
                let days = old.cast(&DataType::Int32).map_err(polars)?;
                let held = changed(days.i32().map_err(polars)?.iter(), cells, of)?;
                Int32Chunked::from_iter_options(column.into(), held.into_iter()).into_series()
            }
            _ => return Err(wrong()),
        };
        let series = match old.dtype() {
            // A text need not be one of those that were there.
            DataType::Categorical(..) => series,
            // A number that a narrower column cannot hold is an error, not an empty cell.
            other => series.strict_cast(other).map_err(polars)?,
        };
        let mut columns = self.frame.columns().to_vec();
        columns[at] = series.into();
        self.frame = DataFrame::new(self.frame.height(), columns).map_err(polars)?;
        Ok(())
    }

    /// Puts the table in the place of the file. Who may read the old one may read the new one.
    ///
    /// # Errors
    /// It cannot be written; the old one is untouched then.
    pub fn write(&mut self) -> Result<(), WriteError> {
        let io = |source| io_error(&self.path, source);
        let permissions = std::fs::metadata(&self.path).ok().map(|old| old.permissions());
        let temporary = place::temporary_beside(&self.path).map_err(io)?;
        let file = BufWriter::with_capacity(1 << 18, temporary.as_file());
        ParquetWriter::new(file).finish(&mut self.frame).map_err(|error| polars_error(&self.path, error))?;
        let temporary = temporary.into_temp_path();
        place::seal(&temporary, &self.path)?;
        if let Some(permissions) = permissions {
            std::fs::set_permissions(&temporary, permissions).map_err(io)?;
        }
        place::name(temporary, &self.path)
    }

    fn find_rows(&mut self) -> Result<(), String> {
        let column = self.frame.column(&self.key);
        let column = column.map_err(|_| format!("expected a column \"{}\", found none", self.key))?;
        let dtype = column.dtype();
        if !matches!(dtype, DataType::String | DataType::Int32 | DataType::Int64) {
            return Err(format!("column \"{}\": expected keys as texts or whole numbers, found {dtype}", self.key));
        }
        let texts = column.as_materialized_series().cast(&DataType::String).map_err(|error| error.to_string())?;
        let (mut rows, mut repeated) = (HashMap::with_capacity(texts.len()), 0);
        for (row, key) in texts.str().map_err(|error| error.to_string())?.iter().enumerate() {
            // A row without a key is nobody's.
            let Some(key) = key.filter(|key| !key.is_empty()) else { continue };
            match rows.entry(key.to_owned()) {
                Entry::Occupied(_) => repeated += 1,
                Entry::Vacant(place) => {
                    place.insert(row);
                }
            }
        }
        (self.rows, self.repeated) = (rows, repeated);
        Ok(())
    }

    fn wrong_type(&self, column: &str) -> WriteError {
        let found = self.frame.column(column).map_or("none".to_owned(), |column| column.dtype().to_string());
        let what = format!("column \"{column}\": expected a column that takes the value, found {found}");
        io_error(&self.path, std::io::Error::other(what))
    }
}

fn kind_of(dtype: &DataType) -> Option<ColumnKind> {
    Some(match dtype {
        DataType::String | DataType::Categorical(..) => ColumnKind::Text,
        DataType::Int32 | DataType::Int64 => ColumnKind::Integer,
        DataType::Float32 | DataType::Float64 => ColumnKind::Float,
        DataType::Boolean => ColumnKind::Flag,
        DataType::Date => ColumnKind::Date,
        _ => return None,
    })
}

/// The cells of a column, some of them changed.
fn changed<T>(
    held: impl Iterator<Item = Option<T>>,
    cells: &BTreeMap<usize, StoredCell>,
    of: impl Fn(&StoredCell) -> Result<T, WriteError>,
) -> Result<Vec<Option<T>>, WriteError> {
    let mut held: Vec<Option<T>> = held.collect();
    for (row, cell) in cells {
        if let Some(place) = held.get_mut(*row) {
            *place = if *cell == StoredCell::Empty { None } else { Some(of(cell)?) };
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A table as other programs make them: narrow numbers, and a column of a type that is not changed here.
    fn foreign(path: &Path) {
        let narrow = |name: &str, values: &[i64], dtype: &DataType| {
            Int64Chunked::from_slice(name.into(), values).into_series().cast(dtype).unwrap().into()
        };
        let category = |name: &str| {
            let texts = StringChunked::from_slice(name.into(), &["x", "y", "x"]).into_series();
            texts.cast(&DataType::from_categories(polars::prelude::Categories::global())).unwrap().into()
        };
        let columns = vec![
            narrow("id", &[7, 8, 9], &DataType::Int32),
            narrow("score", &[1, 2, 3], &DataType::Float32),
            narrow("day", &[1, 2, 3], &DataType::Date),
            narrow("when", &[1, 2, 3], &DataType::Datetime(polars::prelude::TimeUnit::Milliseconds, None)),
            StringChunked::from_slice("band".into(), &["a", "b", "c"]).into_series().into(),
            BooleanChunked::from_slice("yes".into(), &[true, false, true]).into_series().into(),
            category("kept"),
            category("moved"),
        ];
        let mut frame = DataFrame::new(3, columns).unwrap();
        ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame).unwrap();
    }

    #[test]
    fn cells_are_changed_and_everything_else_keeps_its_type_and_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        foreign(&path);
        let before = KeyedTable::read(&path, "id").unwrap();
        let mut table = KeyedTable::read(&path, "id").unwrap();
        assert_eq!((table.row("8"), table.row("x"), table.repeated_keys()), (Some(1), None, 0));
        assert!(table.kind("when").unwrap().is_err() && table.kind("none").is_none());
        let one = |row: usize, cell: StoredCell| BTreeMap::from([(row, cell)]);
        table.change("score", &one(1, StoredCell::Float(0.4213))).unwrap();
        table.change("day", &one(1, StoredCell::Date(Date::from_days(20_000)))).unwrap();
        table.change("band", &one(2, StoredCell::Empty)).unwrap();
        table.change("yes", &one(0, StoredCell::Text("false".to_owned()))).unwrap();
        table.change("moved", &one(1, StoredCell::Text("new".to_owned()))).unwrap();
        table.add_column("reason", ColumnKind::Text).unwrap();
        table.change("reason", &one(0, StoredCell::Text("späť".to_owned()))).unwrap();
        table.add_rows(&["12"]).unwrap();
        assert!(table.add_rows(&["no number"]).is_err());
        assert!(table.change("when", &one(0, StoredCell::Empty)).is_err());
        assert!(table.change("day", &one(0, StoredCell::Text("today".to_owned()))).is_err());
        table.write().unwrap();

        let read = KeyedTable::read(&path, "id").unwrap();
        let cell = |column: &str, row: usize| read.cell(column, row).unwrap();
        assert_eq!(cell("score", 1), StoredCell::Float(0.4213));
        assert_eq!(
            (cell("score", 2), cell("day", 1)),
            (StoredCell::Float(3.0), StoredCell::Date(Date::from_days(20_000)))
        );
        assert_eq!((cell("band", 2), cell("yes", 0)), (StoredCell::Empty, StoredCell::Text("false".to_owned())));
        assert_eq!((cell("reason", 0), cell("reason", 1)), (StoredCell::Text("späť".to_owned()), StoredCell::Empty));
        assert_eq!((cell("kept", 2), cell("moved", 2)), (cell("kept", 0), StoredCell::Text("x".to_owned())));
        assert_eq!(cell("moved", 1), StoredCell::Text("new".to_owned()));
        assert_eq!((read.row("12"), cell("band", 3)), (Some(3), StoredCell::Empty));
        for column in ["id", "score", "day", "when", "band", "yes", "kept"] {
            assert_eq!(read.frame.column(column).unwrap().dtype(), before.frame.column(column).unwrap().dtype());
        }
        assert_eq!(
            read.frame.column("when").unwrap().head(Some(3)).as_materialized_series(),
            before.frame.column("when").unwrap().as_materialized_series()
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_such_table_is_refused_and_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        foreign(&path);
        let bytes = std::fs::read(&path).unwrap();
        for key in ["none", "day", "score"] {
            assert!(KeyedTable::read(&path, key).is_err(), "{key}");
        }
        for cut in [0, 4, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(KeyedTable::read(&path, "id").is_err(), "{cut}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes[..cut]);
        }
        let mut new = KeyedTable::read(&folder.path().join("new.parquet"), "id").unwrap();
        new.add_rows(&["a", "b"]).unwrap();
        new.write().unwrap();
        assert_eq!(KeyedTable::read(&folder.path().join("new.parquet"), "id").unwrap().row("b"), Some(1));
    }
}
