//! Rows on their way from the cells of a file to chunks.

use super::row::Values;
use crate::error::ReadError;
use crate::store::{Chunk, Columns, IDS_AT_A_TIME, Interner, RawRows, TooMany};

/// Rows of a chunk, about.
pub(super) const ROWS_OF_A_CHUNK: usize = 1 << 16;

/// Takes rows one by one and adds them to the raw rows chunk by chunk.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    ids: &'a Interner,
    raw: &'a RawRows,
    file: usize,
    /// Number of the next chunk in the file.
    place: u64,
    /// Ids of the latest rows, which have no numbers yet.
    text: String,
    ends: Vec<usize>,
    chunk: Chunk,
}

/// What stopped a batch.
#[derive(Debug)]
pub(super) enum Stopped {
    TooMany,
    Error(ReadError),
}

impl<'a> Batch<'a> {
    /// For the rows of a file, or of a part of it whose chunks are numbered from `place`.
    pub(super) fn new(ids: &'a Interner, raw: &'a RawRows, file: usize, place: u64) -> Self {
        Self { ids, raw, file, place, text: String::new(), ends: Vec::new(), chunk: Chunk::default() }
    }

    /// Makes room for so many rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.ends.reserve(rows.min(IDS_AT_A_TIME));
        self.chunk.customer.reserve(rows);
        self.chunk.words.reserve(rows.saturating_mul(self.raw.columns.width));
    }

    /// The words of a row.
    pub(super) fn columns(&self) -> &'a Columns {
        &self.raw.columns
    }

    /// Appends the numbers of ids.
    pub(super) fn number_all(&self, ids: &[&str], numbers: &mut Vec<u32>) -> Result<(), Stopped> {
        self.ids.number_all(ids, numbers).map_err(|TooMany| Stopped::TooMany)
    }

    /// Adds rows that are a chunk already, and nothing else.
    pub(super) fn add(self, chunk: Chunk) -> Result<(), Stopped> {
        self.raw.add((self.file, self.place), chunk).map_err(Stopped::Error)
    }

    pub(super) fn push(&mut self, values: &Values<'_>) -> Result<(), Stopped> {
        self.text.push_str(values.id);
        self.ends.push(self.text.len());
        values.push_words(&self.raw.columns, &mut self.chunk.words);
        if self.ends.len() >= IDS_AT_A_TIME {
            self.number()?;
            if self.chunk.customer.len() >= ROWS_OF_A_CHUNK {
                self.hand_over()?;
            }
        }
        Ok(())
    }

    /// Adds what is left.
    pub(super) fn finish(mut self) -> Result<(), Stopped> {
        self.number()?;
        self.hand_over()
    }

    fn number(&mut self) -> Result<(), Stopped> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ids: Vec<&str> = starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end]).collect();
        self.ids.number_all(&ids, &mut self.chunk.customer).map_err(|TooMany| Stopped::TooMany)?;
        self.text.clear();
        self.ends.clear();
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), Stopped> {
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.customer.shrink_to_fit();
        chunk.words.shrink_to_fit();
        self.raw.add((self.file, self.place), chunk).map_err(Stopped::Error)?;
        self.place += 1;
        Ok(())
    }
}

impl Values<'_> {
    /// Appends the words of the row.
    fn push_words(&self, columns: &Columns, words: &mut Vec<i64>) {
        let start = words.len();
        words.resize(start + columns.width, 0);
        let row = &mut words[start..];
        row[0] = self.timestamp.0.micros();
        row[columns.amount] = self.amount.ten_thousandths();
        let mut set = |at: Option<usize>, value: Option<i64>| {
            if let (Some(at), Some(value)) = (at, value) {
                row[at] = value;
            }
        };
        set(columns.order, self.order.map(|tag| tag.to_word()));
        set(columns.recorded_at, self.recorded_at.map(|(moment, _)| moment.micros()));
        set(columns.discount, self.discount.map(|money| money.ten_thousandths()));
        set(columns.margin, self.margin.map(|money| money.ten_thousandths()));
        set(columns.quantity, self.quantity.map(|quantity| quantity.ten_thousandths()));
        set(columns.channel, self.channel.map(|(tag, _)| tag.to_word()));
        set(columns.product, self.product.map(|tag| tag.to_word()));
        set(columns.category, self.category.map(|tag| tag.to_word()));
    }
}
