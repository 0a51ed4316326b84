//! Writing tables: CSV or Parquet by the file's ending, streamed block by block, whole or not at all.

mod behind;
mod blocks;
mod delimited;
mod error;
mod keyed;
mod parquet;
mod place;
mod values;
mod without;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempPath;

pub use self::blocks::write_blocks;
pub use self::error::WriteError;
pub use self::keyed::{ColumnKind, KeyedTable};
pub use self::place::{sync_folder_of, write_file, write_file_by};
pub use self::values::{Column, PackedText, Values};
pub use self::without::remove_rows;

use self::behind::SyncedBehind;
use self::error::{encoder_said, io_error, polars_error, unfinished};
use self::parquet::{Pages, ParquetFile};
use self::values::Kind;

/// Writes one table. Rows go to a temporary file beside the destination; [`TableWriter::finish`] syncs it and gives it
/// its name. Dropped before that, it leaves nothing behind.
#[derive(Debug)]
pub struct TableWriter {
    encoder: TableEncoder,
    temporary: TempPath,
    /// Those of the first block.
    columns: Option<Vec<(String, Kind)>>,
    sink: Sink,
}

/// Turns blocks of rows into what stands in a table's file. Blocks can be encoded on many threads at once and in any
/// order; [`TableWriter::write_encoded`] takes them in the order of the file.
#[derive(Debug, Clone)]
pub struct TableEncoder {
    path: Arc<Path>,
    format: Format,
}

/// A block of rows, ready to be written; in Parquet it is a row group.
#[derive(Debug)]
pub struct EncodedBlock {
    columns: Vec<(String, Kind)>,
    rows: usize,
    body: Body,
}

impl TableWriter {
    /// Opens a table for writing. The folder must exist.
    ///
    /// # Errors
    /// The name ends in neither `.csv` nor `.parquet`, or the folder cannot be written.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let format = match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => Format::Csv,
            Some("parquet") => Format::Parquet,
            _ => return Err(WriteError::UnknownFormat { path: path.to_owned() }),
        };
        let (file, temporary) = place::temporary_beside(path).map_err(|source| io_error(path, source))?.into_parts();
        let encoder = TableEncoder { path: path.into(), format };
        Ok(Self { encoder, temporary, columns: None, sink: Sink::ToBegin(file) })
    }

    /// The encoder for this table's blocks.
    #[must_use]
    pub fn encoder(&self) -> TableEncoder {
        self.encoder.clone()
    }

    /// Encodes a block of rows and appends it. The first block sets the names and types of the columns.
    ///
    /// # Errors
    /// The block's columns differ from the first block's or are of unequal length, or the file cannot be written. The
    /// table cannot be finished then.
    pub fn write(&mut self, columns: &[Column]) -> Result<(), WriteError> {
        match self.encoder.encode(columns) {
            Ok(block) => self.write_encoded(block),
            Err(error) => {
                self.give_up();
                Err(error)
            }
        }
    }

    /// Appends a block that this table's encoder has encoded. The first block sets the names and types of the columns.
    ///
    /// # Errors
    /// The block's columns differ from the first block's, it is encoded for another kind of file, or the file cannot be
    /// written. The table cannot be finished then.
    pub fn write_encoded(&mut self, block: EncodedBlock) -> Result<(), WriteError> {
        // Taken until the block is written, so that nothing can follow on a block that failed.
        let sink = std::mem::replace(&mut self.sink, Sink::Failed);
        self.check_columns(&block)?;
        self.sink = self.append(sink, &block)?;
        self.columns.get_or_insert(block.columns);
        Ok(())
    }

    /// Syncs the file and gives it its name, replacing an older one of that name in one step.
    ///
    /// # Errors
    /// Nothing was written, a block failed, or the file cannot be written or renamed; the older file, if any, is
    /// untouched then.
    pub fn finish(self) -> Result<(), WriteError> {
        self.seal()?.publish()
    }

    /// Syncs the file under its temporary name: what can fail for want of room has not failed. Several tables that belong
    /// together are sealed first, and then given their names one right after the other.
    ///
    /// # Errors
    /// Nothing was written, a block failed, or the file cannot be written.
    pub fn seal(self) -> Result<SealedTable, WriteError> {
        let path = self.encoder.path;
        match self.sink {
            Sink::Csv(file) => {
                let file = file.into_inner().map_err(|e| io_error(&path, e.into_error()))?;
                file.finish().map_err(|e| io_error(&path, e))?;
            }
            Sink::Parquet(file) => file.finish().map_err(|e| polars_error(&path, e))?,
            Sink::ToBegin(_) | Sink::Failed => return Err(unfinished(&path)),
        }
        place::seal(&self.temporary, &path)?;
        Ok(SealedTable { temporary: self.temporary, path })
    }

    /// A table with a block missing must not get its name.
    fn give_up(&mut self) {
        self.sink = Sink::Failed;
    }

    fn append(&self, sink: Sink, block: &EncodedBlock) -> Result<Sink, WriteError> {
        let path = &self.encoder.path;
        let sink = match sink {
            Sink::ToBegin(file) => self.begin(file, &block.columns)?,
            begun => begun,
        };
        match (sink, &block.body) {
            (Sink::Csv(mut file), Body::Csv(stretches)) => {
                let mut write = || stretches.iter().try_for_each(|lines| file.write_all(lines));
                write().map_err(|e| io_error(path, e))?;
                Ok(Sink::Csv(file))
            }
            // Not every reader bears a row group without rows.
            (Sink::Parquet(file), Body::Parquet(_)) if block.rows == 0 => Ok(Sink::Parquet(file)),
            (Sink::Parquet(file), Body::Parquet(pages)) => {
                let file = file.write(block.rows, pages).map_err(|e| polars_error(path, e))?;
                Ok(Sink::Parquet(Box::new(file)))
            }
            (Sink::Csv(_), Body::Parquet(_)) | (Sink::Parquet(_), Body::Csv(_)) => {
                Err(encoder_said(path, "expected a block of this table's encoder, found another table's"))
            }
            (Sink::ToBegin(_) | Sink::Failed, _) => Err(unfinished(path)),
        }
    }

    fn begin(&self, file: File, columns: &[(String, Kind)]) -> Result<Sink, WriteError> {
        let path = &self.encoder.path;
        let columns = columns.iter().map(|(name, kind)| (name.as_str(), *kind));
        Ok(match self.encoder.format {
            Format::Csv => {
                let header = delimited::header(columns.map(|(name, _)| name)).map_err(|e| io_error(path, e.into()))?;
                let mut file = BufWriter::with_capacity(1 << 18, SyncedBehind::new(file));
                file.write_all(&header).map_err(|e| io_error(path, e))?;
                Sink::Csv(file)
            }
            Format::Parquet => {
                Sink::Parquet(Box::new(ParquetFile::begin(file, columns).map_err(|e| polars_error(path, e))?))
            }
        })
    }

    fn check_columns(&self, block: &EncodedBlock) -> Result<(), WriteError> {
        match &self.columns {
            Some(columns) if *columns != block.columns => Err(WriteError::Shape {
                path: self.encoder.path.to_path_buf(),
                expected: describe(columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str()))),
                found: describe(block.columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str()))),
            }),
            _ => Ok(()),
        }
    }
}

/// A table that is written, synced, and has no name yet. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct SealedTable {
    temporary: TempPath,
    path: Arc<Path>,
}

impl SealedTable {
    /// Gives the table its name, replacing an older one of that name in one step.
    ///
    /// # Errors
    /// It cannot be renamed; the older file, if any, is untouched then.
    pub fn publish(self) -> Result<(), WriteError> {
        place::name(self.temporary, &self.path)
    }
}

impl TableEncoder {
    /// Encodes a block of rows: lines of text, or pages that are encoded and compressed.
    ///
    /// # Errors
    /// The columns are of unequal length, or cannot be encoded.
    pub fn encode(&self, columns: &[Column]) -> Result<EncodedBlock, WriteError> {
        let rows = columns.first().map_or(0, |c| c.values.len());
        if columns.iter().any(|c| c.values.len() != rows) {
            let lengths: Vec<_> = columns.iter().map(|c| (&c.name, format!("{} rows", c.values.len()))).collect();
            let found = describe(lengths.iter().map(|(name, rows)| (name.as_str(), rows.as_str())));
            return Err(WriteError::Uneven { path: self.path.to_path_buf(), found });
        }
        let mut names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(WriteError::Twice { path: self.path.to_path_buf(), name: pair[0].to_owned() });
        }
        let body = match self.format {
            Format::Csv => Body::Csv(delimited::lines(columns, rows).map_err(|e| io_error(&self.path, e.into()))?),
            Format::Parquet => Body::Parquet(parquet::pages(columns).map_err(|e| polars_error(&self.path, e))?),
        };
        let columns = columns.iter().map(|c| (c.name.clone(), c.values.kind())).collect();
        Ok(EncodedBlock { columns, rows, body })
    }
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Csv,
    Parquet,
}

#[derive(Debug)]
enum Body {
    Csv(Vec<Vec<u8>>),
    Parquet(Pages),
}

#[derive(Debug)]
enum Sink {
    /// The header and the schema come with the first block.
    ToBegin(File),
    Csv(BufWriter<SyncedBehind>),
    Parquet(Box<ParquetFile>),
    /// A block is missing.
    Failed,
}

fn describe<'a>(columns: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    columns.map(|(name, more)| format!("{name} ({more})")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
