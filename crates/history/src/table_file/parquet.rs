//! Columns as compressed Parquet pages, made in parallel; a file that takes row groups of them in order.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use polars::prelude::{
    ArrowField, ArrowSchema, BooleanChunked, CompatLevel, DataType, Float64Chunked, Int32Chunked, Int64Chunked,
    IntoSeries, NewChunkedArray, PolarsError, Series, StringChunked, TimeUnit,
};
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, Encoding, FileWriter, StatisticsOptions,
    Version, WriteOptions, ZstdLevel, array_to_columns, compress, fallible_streaming_iterator, to_parquet_type,
};
use rayon::prelude::*;

use super::behind::SyncedBehind;
use super::values::{Column, Kind, Values};
use crate::{Date, Money, Timestamp};

/// On a table of features, level 2 takes an eighth less time than level 3, the library's default, and its file is half a
/// percent larger; level 1 is no faster, and its file is three percent larger.
const ZSTD_LEVEL: i32 = 2;
/// Bytes of a text that stand in the statistics of a page.
const BYTES_OF_A_TEXT_IN_STATISTICS: u64 = 64;
/// Cells that are looked at, evenly spaced, before a dictionary is tried.
const SAMPLED_CELLS: usize = 1 << 13;

/// Pages of the columns of a row group.
pub(super) type Pages = Vec<Vec<CompressedPage>>;

/// Encodes and compresses the columns, each in a task of its own.
pub(super) fn pages(columns: &[Column]) -> Result<Pages, PolarsError> {
    let options = options()?;
    columns.par_iter().with_max_len(1).map(|column| pages_of(column, options)).collect()
}

/// A Parquet file in the making.
pub(super) struct ParquetFile(FileWriter<Remembering>);

impl ParquetFile {
    /// Begins a file with these columns.
    pub(super) fn begin<'a>(file: File, columns: impl Iterator<Item = (&'a str, Kind)>) -> Result<Self, PolarsError> {
        let fields = columns.map(|(name, kind)| (name.into(), field(name, kind)));
        let schema: ArrowSchema = fields.collect();
        let file = BufWriter::with_capacity(1 << 18, SyncedBehind::new(file));
        let file = Remembering { file, error: None };
        FileWriter::try_new(file, schema, options()?).map(Self)
    }

    /// Appends a row group.
    pub(super) fn write(mut self, rows: usize, pages: &Pages) -> Result<Self, PolarsError> {
        let columns = pages.iter().map(|pages| {
            let pages = pages.iter().map(Ok::<&CompressedPage, PolarsError>);
            Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages)))
        });
        match self.0.write(rows as u64, DynIter::new(columns)) {
            Ok(()) => Ok(self),
            Err(error) => Err(self.cause(error)),
        }
    }

    /// Writes the footer, and everything that is buffered.
    pub(super) fn finish(mut self) -> Result<(), PolarsError> {
        match self.0.end(None) {
            // The encoder has flushed the buffer; if it had not, this would.
            Ok(_) => Ok(self.0.into_inner().file.into_inner().map_err(|e| e.into_error())?.finish()?),
            Err(error) => Err(self.cause(error)),
        }
    }

    fn cause(self, error: PolarsError) -> PolarsError {
        self.0.into_inner().error.map_or(error, PolarsError::from)
    }
}

/// A file that keeps what the operating system said: the encoder makes a text of it, which hides that the disk is full.
struct Remembering {
    file: BufWriter<SyncedBehind>,
    error: Option<io::Error>,
}

impl Remembering {
    fn keep<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.map_err(|error| {
            let kind = error.kind();
            self.error = Some(error);
            kind.into()
        })
    }
}

impl Write for Remembering {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outcome = self.file.write(bytes);
        self.keep(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.file.flush();
        self.keep(outcome)
    }
}

impl fmt::Debug for ParquetFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetFile").finish_non_exhaustive()
    }
}

fn options() -> Result<WriteOptions, PolarsError> {
    let statistics = StatisticsOptions {
        // Unless it is said here, an environment variable says it.
        binary_statistics_truncate_length: Some(BYTES_OF_A_TEXT_IN_STATISTICS),
        ..StatisticsOptions::default()
    };
    let compression = CompressionOptions::Zstd(Some(ZstdLevel::try_new(ZSTD_LEVEL)?));
    Ok(WriteOptions { statistics, version: Version::V1, compression, data_page_size: None })
}

fn pages_of(column: &Column, options: WriteOptions) -> Result<Vec<CompressedPage>, PolarsError> {
    let field = field(&column.name, column.values.kind());
    let array = series(column).to_arrow(0, CompatLevel::newest());
    let encoding = encoding(&column.values);
    let mut options = options;
    if column.values.kind() == Kind::Float {
        // Tables stand by customer: no reader could pass over a row group by the least and largest of a feature in it.
        (options.statistics.min_value, options.statistics.max_value) = (false, false);
    }
    let mut compressed = Vec::with_capacity(2);
    // A column that is not nested is one column in the file.
    for pages in array_to_columns(array, to_parquet_type(&field)?, options, &[encoding])? {
        for page in pages {
            compressed.push(compress(page?, Vec::new(), options.compression)?);
        }
    }
    Ok(compressed)
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::String,
        Kind::Integer => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Timestamp => DataType::Datetime(TimeUnit::Microseconds, None),
        Kind::Date => DataType::Date,
        Kind::Flag => DataType::Boolean,
    }
}

/// Every column may have empty cells, whether or not a block has any: the type of a column must not hang on its rows.
/// The oldest form of the types stands in the file, since the newer form of text is one that not every reader knows; the
/// pages are the same.
fn field(name: &str, kind: Kind) -> ArrowField {
    data_type(kind).to_arrow_field(name.into(), CompatLevel::oldest())
}

fn series(column: &Column) -> Series {
    let name = column.name.as_str().into();
    match &column.values {
        Values::Text(v) => StringChunked::from_iter_options(name, v.iter().map(Option::as_deref)).into_series(),
        Values::Packed(v) => StringChunked::from_iter_options(name, v.iter()).into_series(),
        Values::Integer(v) => Int64Chunked::from_iter_options(name, v.iter().copied()).into_series(),
        Values::Count(v) => Int64Chunked::from_vec(name, v.iter().copied().map(i64::from).collect()).into_series(),
        Values::Float(v) => Float64Chunked::from_iter_options(name, v.iter().copied()).into_series(),
        Values::Number(v) if v.iter().any(|x| x.is_nan()) => {
            let cells = v.iter().map(|x| (!x.is_nan()).then_some(*x));
            Float64Chunked::from_iter_options(name, cells).into_series()
        }
        Values::Number(v) => Float64Chunked::from_vec(name, v.clone()).into_series(),
        Values::Money(v) => {
            Float64Chunked::from_iter_options(name, v.iter().map(|x| x.map(Money::to_f64))).into_series()
        }
        Values::Timestamp(v) => Int64Chunked::from_iter_options(name, v.iter().map(|x| x.map(Timestamp::micros)))
            .into_datetime(TimeUnit::Microseconds, None)
            .into_series(),
        Values::Date(v) => {
            Int32Chunked::from_iter_options(name, v.iter().map(|x| x.map(Date::days))).into_date().into_series()
        }
        Values::Flag(v) => BooleanChunked::from_iter_options(name, v.iter().copied()).into_series(),
    }
}

/// A dictionary makes files smaller and quicker to read where cells repeat. The encoder looks at every cell before it
/// gives up on one, so it is asked only where a sample says that it may help; of floating-point numbers it never makes
/// one.
fn encoding(values: &Values) -> Encoding {
    let repeats = match values {
        Values::Flag(_) | Values::Float(_) | Values::Number(_) | Values::Money(_) => false,
        Values::Integer(_) | Values::Count(_) | Values::Date(_) => true,
        Values::Text(v) => cells_repeat(v.len(), |row| v[row].as_deref()),
        Values::Packed(v) => cells_repeat(v.len(), |row| v.get(row)),
        Values::Timestamp(v) => cells_repeat(v.len(), |row| v[row]),
    };
    if repeats { Encoding::RleDictionary } else { Encoding::Plain }
}

/// Whether at least a tenth of the sampled cells are like another one.
fn cells_repeat<T: Eq + std::hash::Hash>(rows: usize, cell: impl Fn(usize) -> T) -> bool {
    let sampled = rows.min(SAMPLED_CELLS);
    let distinct: HashSet<T> = (0..sampled).map(|i| cell(i * rows / sampled)).collect();
    distinct.len() * 10 <= sampled * 9
}
