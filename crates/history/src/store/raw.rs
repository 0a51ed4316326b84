//! The rows of all files as they were read, in memory up to a limit and in a file beyond it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::columns::Columns;
use super::spill::{Chunk, SpillFile, Spilled};
use crate::error::ReadError;
use crate::options::MemoryLimit;

/// Rows read so far; many threads add to them.
#[derive(Debug)]
pub(crate) struct RawRows {
    pub(crate) columns: Columns,
    limit: Option<MemoryLimit>,
    /// Bytes of the rows in memory.
    held: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    chunks: Vec<Placed>,
    spill: Option<Arc<SpillFile>>,
}

/// A chunk, with its place in the order of files and rows: rows that come in the order of time need no sorting.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) place: ChunkPlace,
    /// The first and the last moment of its rows.
    pub(crate) times: (i64, i64),
    pub(crate) kept: Kept,
}

/// Number of the file, and number of the chunk in it.
pub(crate) type ChunkPlace = (usize, u64);

/// A chunk in memory or in the file.
#[derive(Debug)]
pub(crate) enum Kept {
    Memory(Chunk),
    File(Spilled),
}

impl RawRows {
    pub(crate) fn new(columns: Columns, limit: Option<MemoryLimit>) -> Self {
        Self { columns, limit, held: AtomicU64::new(0), state: Mutex::default() }
    }

    /// Keeps rows. They count in the order of their places, whoever adds them first.
    pub(crate) fn add(&self, place: ChunkPlace, chunk: Chunk) -> Result<(), ReadError> {
        if chunk.customer.is_empty() {
            return Ok(());
        }
        let bytes = chunk.bytes();
        let moments = chunk.words.iter().step_by(self.columns.width).copied();
        let times = moments.fold((i64::MAX, i64::MIN), |(first, last), moment| (first.min(moment), last.max(moment)));
        let held = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let kept = match &self.limit {
            Some(limit) if held > limit.of_rows() => {
                self.held.fetch_sub(bytes, Ordering::Relaxed);
                Kept::File(self.spill_file(limit)?.write(&chunk)?)
            }
            _ => Kept::Memory(chunk),
        };
        self.lock().chunks.push(Placed { place, times, kept });
        Ok(())
    }

    /// The chunks in the order of files and rows, and the file that some of them lie in.
    pub(crate) fn finish(self) -> (Vec<Kept>, Option<Arc<SpillFile>>) {
        let State { mut chunks, spill } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        chunks.sort_unstable_by_key(|chunk| chunk.place);
        (chunks.into_iter().map(|chunk| chunk.kept).collect(), spill)
    }

    /// The chunks, in the order in which they came.
    pub(super) fn chunks(&mut self) -> &mut Vec<Placed> {
        &mut self.state.get_mut().unwrap_or_else(PoisonError::into_inner).chunks
    }

    /// The file that some of them lie in.
    pub(super) fn spill(&mut self) -> Option<Arc<SpillFile>> {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).spill.clone()
    }

    fn spill_file(&self, limit: &MemoryLimit) -> Result<Arc<SpillFile>, ReadError> {
        let mut state = self.lock();
        if let Some(file) = &state.spill {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(SpillFile::create(&limit.spill_to)?);
        state.spill = Some(Arc::clone(&file));
        Ok(file)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    pub(crate) fn rows(&self) -> usize {
        match self {
            Kept::Memory(chunk) => chunk.customer.len(),
            Kept::File(spilled) => spilled.rows,
        }
    }

    /// The rows, in memory.
    pub(crate) fn load(self, spill: Option<&SpillFile>, columns: &Columns) -> Result<Chunk, ReadError> {
        match self {
            Kept::Memory(chunk) => Ok(chunk),
            Kept::File(spilled) => spill.expect("a chunk in the file has a file").read(spilled, columns.width),
        }
    }
}
