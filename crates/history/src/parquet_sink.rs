//! Parquet, written by a thread of its own, so that the next block of rows can be computed while one is compressed.

use std::fs::File;
use std::io::BufWriter;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use polars::prelude::{DataFrame, PolarsError, polars_err};
use polars_io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter};

/// Blocks that wait while one is written.
const WAITING: usize = 1;

/// A Parquet file that is being written. Dropped before it is finished, the file has no footer.
#[derive(Debug)]
pub(crate) struct ParquetSink {
    blocks: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<Result<(), PolarsError>>>,
}

enum Message {
    Block(DataFrame),
    End,
}

impl ParquetSink {
    /// Begins a file whose columns are those of this frame.
    pub(crate) fn begin(file: File, first: &DataFrame) -> Result<Self, PolarsError> {
        let writer = ParquetWriter::new(BufWriter::with_capacity(1 << 18, file))
            .with_compression(ParquetCompression::Zstd(None))
            .batched(first.schema())?;
        let (blocks, received) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("parquet".into()).spawn(move || write(writer, &received))?;
        Ok(Self { blocks: Some(blocks), thread: Some(thread) })
    }

    /// Appends rows. An error may be that of rows before these.
    pub(crate) fn write(&mut self, frame: DataFrame) -> Result<(), PolarsError> {
        match self.blocks.as_ref().map(|blocks| blocks.send(Message::Block(frame))) {
            Some(Ok(())) => Ok(()),
            _ => self.join().and_then(|()| Err(stopped())),
        }
    }

    /// Writes what is left, and the footer.
    pub(crate) fn finish(mut self) -> Result<(), PolarsError> {
        let told = self.blocks.as_ref().is_some_and(|blocks| blocks.send(Message::End).is_ok());
        self.join().and_then(|()| if told { Ok(()) } else { Err(stopped()) })
    }

    fn join(&mut self) -> Result<(), PolarsError> {
        self.blocks = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) => Err(stopped()),
            None => Ok(()),
        }
    }
}

impl Drop for ParquetSink {
    fn drop(&mut self) {
        // Nobody waits for the rows any more; what went wrong with them does not matter.
        let _ = self.join();
    }
}

fn write(mut writer: BatchedWriter<BufWriter<File>>, blocks: &Receiver<Message>) -> Result<(), PolarsError> {
    while let Ok(message) = blocks.recv() {
        match message {
            Message::Block(frame) => writer.write_batch(&frame)?,
            // The encoder keeps its buffer to itself; a failure of the flush when it is dropped would be silent. Whoever
            // finishes the file has to look at its footer for that reason.
            Message::End => return writer.finish().map(|_| ()),
        }
    }
    Ok(())
}

fn stopped() -> PolarsError {
    polars_err!(ComputeError: "the encoder stopped after an earlier block")
}
