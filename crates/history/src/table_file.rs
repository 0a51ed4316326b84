//! Writing tables: CSV or Parquet by the file's ending, streamed block by block, whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use polars::prelude::{
    BooleanChunked, Column as PolarsColumn, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked,
    IntoColumn, IntoSeries, NewChunkedArray, PolarsError, StringChunked, TimeUnit, UInt32Chunked,
};
use rayon::prelude::*;
use tempfile::{NamedTempFile, TempPath};

use crate::parquet_sink::ParquetSink;
use crate::{Date, Money, Timestamp};

/// One column of a block of rows; `None` is an empty cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Text.
    Text(Vec<Option<String>>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Floating-point numbers, written in the shortest form that reads back to the same number.
    Float(Vec<Option<f64>>),
    /// Floating-point numbers of which NaN is an empty cell.
    FloatOrMissing(Vec<f64>),
    /// Whole numbers from zero, of 32 bits in Parquet.
    Count(Vec<Option<u32>>),
    /// Amounts of money; a floating-point column in Parquet.
    Money(Vec<Option<Money>>),
    /// Moments of wall-clock time; microseconds without a time zone in Parquet.
    Timestamp(Vec<Option<Timestamp>>),
    /// Dates.
    Date(Vec<Option<Date>>),
    /// True or false.
    Flag(Vec<Option<bool>>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Values::Text(v) => v.len(),
            Values::Integer(v) => v.len(),
            Values::Float(v) => v.len(),
            Values::FloatOrMissing(v) => v.len(),
            Values::Count(v) => v.len(),
            Values::Money(v) => v.len(),
            Values::Timestamp(v) => v.len(),
            Values::Date(v) => v.len(),
            Values::Flag(v) => v.len(),
        }
    }
}

/// A named column of a block of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The column's name, as in the file's header.
    pub name: String,
    /// Its cells.
    pub values: Values,
}

impl Column {
    /// A column with this name and these cells.
    #[must_use]
    pub fn new(name: impl Into<String>, values: Values) -> Self {
        Self { name: name.into(), values }
    }
}

/// A table file that could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The operating system said no.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The Parquet encoder said no.
    #[error("cannot write {}: {message}", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        message: String,
    },
    /// Neither `.csv` nor `.parquet`.
    #[error("cannot write {}: expected a name that ends in .csv or .parquet", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A block has other columns than the first block, or columns of unequal length.
    #[error("cannot write {}: a block of rows has the columns {found}, the file has {expected}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// Columns of the file.
        expected: String,
        /// Columns of the block, with their lengths.
        found: String,
    },
}

enum Encoder {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    /// Parquet needs the schema before it can begin: the encoder is made with the first block.
    ParquetToBegin(Option<File>),
    Parquet(ParquetSink),
}

/// Writes one table. Rows go to a temporary file beside the destination; [`TableWriter::finish`] syncs it and gives it
/// its name. Dropped before that, it leaves nothing behind.
#[allow(missing_debug_implementations)] // the Parquet encoder has none
pub struct TableWriter {
    path: PathBuf,
    temporary: TempPath,
    columns: Option<Vec<String>>,
    encoder: Encoder,
}

impl TableWriter {
    /// Opens a table for writing. The folder must exist.
    ///
    /// # Errors
    /// The name ends in neither `.csv` nor `.parquet`, or the folder cannot be written.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let is_csv = match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => true,
            Some("parquet") => false,
            _ => return Err(WriteError::UnknownFormat { path: path.to_owned() }),
        };
        let (file, temporary) = temporary_beside(path).map_err(|source| io_error(path, source))?.into_parts();
        let encoder = if is_csv {
            Encoder::Csv(Box::new(csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, file))))
        } else {
            Encoder::ParquetToBegin(Some(file))
        };
        Ok(Self { path: path.to_owned(), temporary, columns: None, encoder })
    }

    /// Appends a block of rows. The first block sets the names and types of the columns. Parquet is written by a thread of
    /// its own while the caller goes on.
    ///
    /// # Errors
    /// The block's columns differ from the first block's, or this block or one before it cannot be written.
    pub fn write(&mut self, columns: &[Column]) -> Result<(), WriteError> {
        self.check_shape(columns)?;
        let path = &self.path;
        let frame = match &self.encoder {
            Encoder::Csv(_) => None,
            _ => Some(to_frame(columns).map_err(|error| encoding_error(path, error))?),
        };
        if let (Encoder::ParquetToBegin(file), Some(first)) = (&mut self.encoder, &frame)
            && let Some(file) = file.take()
        {
            self.encoder =
                Encoder::Parquet(ParquetSink::begin(file, first).map_err(|error| encoding_error(path, error))?);
        }
        match &mut self.encoder {
            Encoder::Csv(writer) => {
                write_csv(writer, columns, self.columns.is_none()).map_err(|e| io_error(path, e.into()))?;
            }
            Encoder::Parquet(sink) => {
                let frame = frame.ok_or_else(|| unfinished(path))?;
                sink.write(frame).map_err(|error| encoding_error(path, error))?;
            }
            Encoder::ParquetToBegin(_) => return Err(unfinished(path)),
        }
        if self.columns.is_none() {
            self.columns = Some(columns.iter().map(|c| c.name.clone()).collect());
        }
        Ok(())
    }

    /// Syncs the file and gives it its name, replacing an older one of that name in one step.
    ///
    /// # Errors
    /// Nothing was written, or the file cannot be written or renamed; the older file, if any, is untouched then.
    pub fn finish(self) -> Result<(), WriteError> {
        let path = self.path;
        let io = |source| io_error(&path, source);
        if self.columns.is_none() {
            return Err(unfinished(&path));
        }
        match self.encoder {
            Encoder::Csv(writer) => {
                writer.into_inner().map_err(|e| io(e.into_error()))?.into_inner().map_err(|e| io(e.into_error()))?;
            }
            Encoder::Parquet(sink) => {
                sink.finish().map_err(|error| encoding_error(&path, error))?;
                check_parquet_footer(&File::open(&self.temporary).map_err(io)?).map_err(io)?;
            }
            Encoder::ParquetToBegin(_) => return Err(unfinished(&path)),
        }
        give_name(self.temporary, &path)
    }

    fn check_shape(&self, columns: &[Column]) -> Result<(), WriteError> {
        let rows = columns.first().map_or(0, |c| c.values.len());
        let same_names = self.columns.as_ref().is_none_or(|names| names.iter().eq(columns.iter().map(|c| &c.name)));
        if same_names && columns.iter().all(|c| c.values.len() == rows) {
            return Ok(());
        }
        let describe = |c: &Column| format!("{} ({} rows)", c.name, c.values.len());
        Err(WriteError::Shape {
            path: self.path.clone(),
            expected: self.columns.clone().unwrap_or_default().join(", "),
            found: columns.iter().map(describe).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Writes a whole small file: temporary name, sync, rename.
///
/// # Errors
/// The folder cannot be written; an older file of that name is untouched then.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    let mut file = temporary_beside(path).map_err(|source| io_error(path, source))?;
    file.write_all(contents).map_err(|source| io_error(path, source))?;
    give_name(file.into_temp_path(), path)
}

/// A temporary file in the folder of `path`, so that a rename can replace `path` in one step.
fn temporary_beside(path: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".churn-").suffix(".tmp").tempfile_in(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Syncs a finished temporary file, renames it to `path`, and makes the rename durable.
fn give_name(temporary: TempPath, path: &Path) -> Result<(), WriteError> {
    let io = |source| io_error(path, source);
    File::open(&temporary).map_err(io)?.sync_all().map_err(io)?;
    set_permissions(&temporary).map_err(io)?;
    temporary.persist(path).map_err(|e| io(e.error))?;
    sync_folder_of(path).map_err(io)
}

/// Makes a rename in a file's folder durable.
///
/// # Errors
/// The folder cannot be opened or synced.
pub fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// Temporary files are made for their owner only; outputs hold customer data, so the group may read them and others
/// may not.
#[cfg(unix)]
fn set_permissions(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o640))
}

#[cfg(not(unix))]
fn set_permissions(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

fn io_error(path: &Path, source: std::io::Error) -> WriteError {
    WriteError::Io { path: path.to_owned(), source }
}

fn unfinished(path: &Path) -> WriteError {
    WriteError::Encoding {
        path: path.to_owned(),
        message: "the table has no columns, or an earlier block failed".into(),
    }
}

fn encoding_error(path: &Path, error: PolarsError) -> WriteError {
    match error {
        PolarsError::IO { error, .. } => io_error(path, std::io::Error::new(error.kind(), error.to_string())),
        other => WriteError::Encoding { path: path.to_owned(), message: other.to_string() },
    }
}

fn check_parquet_footer(mut file: &File) -> std::io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    let mut magic = [0_u8; 4];
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut magic)?;
    if &magic == b"PAR1" { Ok(()) } else { Err(std::io::Error::other("the file is incomplete")) }
}

fn write_csv<W: Write>(writer: &mut csv::Writer<W>, columns: &[Column], header: bool) -> Result<(), csv::Error> {
    if header {
        writer.write_record(columns.iter().map(|c| c.name.as_bytes()))?;
    }
    let rows = columns.first().map_or(0, |c| c.values.len());
    let mut cell = Vec::with_capacity(32);
    for row in 0..rows {
        for column in columns {
            cell.clear();
            write_cell(&mut cell, &column.values, row)?;
            writer.write_field(&cell)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(())
}

fn write_cell(cell: &mut Vec<u8>, values: &Values, row: usize) -> std::io::Result<()> {
    match values {
        Values::Text(v) => v[row].as_ref().map_or(Ok(()), |x| cell.write_all(x.as_bytes())),
        Values::Integer(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Float(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::FloatOrMissing(v) if v[row].is_nan() => Ok(()),
        Values::FloatOrMissing(v) => write!(cell, "{}", v[row]),
        Values::Count(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Money(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Timestamp(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Date(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
        Values::Flag(v) => v[row].map_or(Ok(()), |x| write!(cell, "{x}")),
    }
}

fn to_frame(columns: &[Column]) -> Result<DataFrame, PolarsError> {
    let rows = columns.first().map_or(0, |c| c.values.len());
    let columns = columns.par_iter().map(to_polars).collect::<Result<Vec<_>, _>>()?;
    DataFrame::new(rows, columns)
}

fn to_polars(column: &Column) -> Result<PolarsColumn, PolarsError> {
    let name = column.name.as_str().into();
    Ok(match &column.values {
        Values::Text(v) => {
            StringChunked::from_iter_options(name, v.iter().map(Option::as_deref)).into_series().into_column()
        }
        Values::Integer(v) => Int64Chunked::from_iter_options(name, v.iter().copied()).into_series().into_column(),
        Values::Float(v) => Float64Chunked::from_iter_options(name, v.iter().copied()).into_series().into_column(),
        Values::FloatOrMissing(v) if !v.iter().any(|x| x.is_nan()) => {
            Float64Chunked::from_slice(name, v).into_series().into_column()
        }
        Values::FloatOrMissing(v) => {
            let cells = v.iter().map(|x| Some(*x).filter(|x| !x.is_nan()));
            Float64Chunked::from_iter_options(name, cells).into_series().into_column()
        }
        Values::Count(v) => UInt32Chunked::from_iter_options(name, v.iter().copied()).into_series().into_column(),
        Values::Money(v) => {
            Float64Chunked::from_iter_options(name, v.iter().map(|x| x.map(Money::to_f64))).into_series().into_column()
        }
        Values::Timestamp(v) => Int64Chunked::from_iter_options(name, v.iter().map(|x| x.map(Timestamp::micros)))
            .into_series()
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))?
            .into_column(),
        Values::Date(v) => Int32Chunked::from_iter_options(name, v.iter().map(|x| x.map(Date::days)))
            .into_series()
            .cast(&DataType::Date)?
            .into_column(),
        Values::Flag(v) => BooleanChunked::from_iter_options(name, v.iter().copied()).into_series().into_column(),
    })
}
