//! Rows of a query on their way into a Parquet file of this machine, out of the Arrow batches that the server sends.

use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use spark_connect_proto::execute_plan_response::ArrowBatch;

use crate::EngineError;
use crate::error::one_line;

/// Rows that are in memory before they are written.
const GROUP: usize = 1 << 18;

/// A file that is being written. It is made when the first batch says which columns there are.
pub(super) struct LocalFile {
    path: PathBuf,
    doing: &'static str,
    writer: Option<(SchemaRef, ArrowWriter<File>)>,
    rows: u64,
}

impl LocalFile {
    pub(super) fn new(path: &Path, doing: &'static str) -> Self {
        Self { path: path.to_owned(), doing, writer: None, rows: 0 }
    }

    /// Writes a batch.
    pub(super) fn take(&mut self, batch: &ArrowBatch) -> Result<(), EngineError> {
        let doing = self.doing;
        let broken = |why: String| {
            let why = one_line(&why, []);
            EngineError::Failed { doing, message: format!("its answer cannot be read: {why}") }
        };
        let reader =
            StreamReader::try_new(Cursor::new(&batch.data), None).map_err(|error| broken(error.to_string()))?;
        let schema = reader.schema();
        if self.writer.is_none() {
            self.writer = Some((schema.clone(), self.begin(schema.clone())?));
        }
        let (known, writer) = self.writer.as_mut().expect("made above");
        if *known != schema {
            return Err(broken("its columns change on the way".to_owned()));
        }
        let mut found = 0;
        for part in reader {
            let part = part.map_err(|error| broken(error.to_string()))?;
            found += part.num_rows() as u64;
            writer.write(&part).map_err(|error| EngineError::File {
                file: self.path.clone(),
                why: one_line(&error.to_string(), []),
            })?;
        }
        if u64::try_from(batch.row_count) != Ok(found) {
            return Err(broken(format!("it announced {} rows and has {found}", batch.row_count)));
        }
        self.rows += found;
        Ok(())
    }

    fn begin(&self, schema: SchemaRef) -> Result<ArrowWriter<File>, EngineError> {
        let file = File::create_new(&self.path).map_err(|error| self.failed(&error))?;
        let settings =
            parquet::file::properties::WriterProperties::builder().set_max_row_group_row_count(Some(GROUP)).build();
        ArrowWriter::try_new(file, schema, Some(settings)).map_err(|error| self.failed(&error))
    }

    /// Ends the file, and gives its rows.
    pub(super) fn finish(mut self) -> Result<u64, EngineError> {
        let Some((_, writer)) = self.writer.take() else {
            return Err(EngineError::Failed { doing: self.doing, message: "its answer has no columns".to_owned() });
        };
        let file = writer.into_inner().map_err(|error| self.failed(&error))?;
        file.sync_all().map_err(|error| self.failed(&error))?;
        Ok(self.rows)
    }

    fn failed(&self, error: &dyn std::error::Error) -> EngineError {
        EngineError::File { file: self.path.clone(), why: one_line(&error.to_string(), []) }
    }
}
