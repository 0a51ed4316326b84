//! One thread goes through a file, and those that have nothing else to do read the cells, block by block; where all are busy, it
//! does that itself. So there are never more than a few blocks.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use rayon::Scope;

use super::batch::Batch;
use super::row_block::RowBlock;
use super::tally::Tally;
use super::transactions::{Failed, Plan, Rows};
use crate::csv_source::Lines;
use crate::error::ReadError;
use crate::place::Place;
use crate::source::{Row, TakeRows};
use crate::store::{Interner, RawRows};

/// Of the bytes that are read at a time, the share of lines that is worth a block of its own.
const LEAST_SHARE: usize = 4;

/// A file, and where its rows go.
pub(super) struct Job<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) path: &'a Path,
    pub(super) file: usize,
    pub(super) ids: &'a Interner,
    pub(super) raw: &'a RawRows,
    tallies: Mutex<Vec<(u64, Result<Tally, Failed>)>>,
}

enum Block {
    Rows(RowBlock),
    Lines(Lines),
}

impl<'a> Job<'a> {
    pub(super) fn new(
        plan: &'a Plan<'a>,
        (path, file): (&'a Path, usize),
        ids: &'a Interner,
        raw: &'a RawRows,
    ) -> Self {
        Self { plan, path, file, ids, raw, tallies: Mutex::default() }
    }

    /// Takes rows into the chunks numbered from `first` on.
    pub(super) fn rows(&self, first: u64) -> Rows<'a, 'a> {
        Rows::new(self.plan, self.path, Batch::new(self.ids, self.raw, self.file, first))
    }

    fn read(&self, number: u64, block: &Block) {
        // Each block has room for numbers of its chunks.
        let mut rows = self.rows(number << 16);
        let taken = match block {
            Block::Rows(block) => {
                block.for_each(self.plan.wanted.len(), |at, row| rows.take_cells(at, row));
                Ok(())
            }
            Block::Lines(lines) => {
                rows.reserve(lines.count());
                lines.for_each(&mut |at, row| rows.row(at, row))
            }
        };
        let tally = rows.finish(taken);
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).push((number, tally));
    }

    /// What was counted, once nothing more is handed over.
    pub(super) fn tally(self) -> Result<Tally, Failed> {
        let mut tallies = self.tallies.into_inner().unwrap_or_else(PoisonError::into_inner);
        tallies.sort_unstable_by_key(|(number, _)| *number);
        let mut all = Tally::default();
        for (_, tally) in tallies {
            all.append(tally?)?;
        }
        Ok(all)
    }
}

/// Hands blocks over to other threads.
pub(super) struct HandOver<'s, 'scope> {
    scope: &'s Scope<'scope>,
    job: &'scope Job<'scope>,
    block: RowBlock,
    number: u64,
}

impl<'s, 'scope> HandOver<'s, 'scope> {
    pub(super) fn new(scope: &'s Scope<'scope>, job: &'scope Job<'scope>) -> Self {
        Self { scope, job, block: RowBlock::default(), number: 0 }
    }

    /// Hands over what is left.
    pub(super) fn flush(&mut self) {
        if !self.block.is_empty() {
            let block = std::mem::take(&mut self.block);
            self.hand_over(Block::Rows(block));
        }
    }

    fn hand_over(&mut self, block: Block) {
        let (job, number) = (self.job, self.number);
        self.number += 1;
        let waiting = &job.plan.waiting;
        if waiting.fetch_add(1, Ordering::Relaxed) >= rayon::current_num_threads() {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return job.read(number, &block);
        }
        self.scope.spawn(move |_| {
            waiting.fetch_sub(1, Ordering::Relaxed);
            job.read(number, &block);
        });
    }
}

impl TakeRows for HandOver<'_, '_> {
    fn row(&mut self, at: Place, row: Row<'_>) -> Result<(), ReadError> {
        self.block.push(at, row);
        if self.block.is_full() {
            self.flush();
        }
        Ok(())
    }

    fn lines(&mut self, lines: Lines) -> Result<(), ReadError> {
        if lines.len() < self.job.plan.chunk / LEAST_SHARE {
            return lines.for_each(&mut |at, row| self.row(at, row));
        }
        self.flush();
        self.hand_over(Block::Lines(lines));
        Ok(())
    }
}
