//! Rows on their way from the cells of a file to chunks.

use super::row::Values;
use crate::error::ReadError;
use crate::store::{Chunk, Columns, IDS_AT_A_TIME, IdHash, Interner, RawRows, TooMany, hash_of_id};

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
    hashes: Vec<IdHash>,
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
        Self {
            ids,
            raw,
            file,
            place,
            text: String::new(),
            ends: Vec::new(),
            hashes: Vec::new(),
            chunk: Chunk::default(),
        }
    }

    /// Makes room for so many rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.ends.reserve(rows.min(IDS_AT_A_TIME));
        self.hashes.reserve(rows.min(IDS_AT_A_TIME));
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
        self.hashes.push(hash_of_id(values.id.as_bytes()));
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
        let Self { ids, text, ends, hashes, chunk, .. } = self;
        let id = |row: usize| {
            let start = row.checked_sub(1).map_or(0, |before| ends[before]);
            &text[start..ends[row]]
        };
        ids.number_hashed(hashes, id, &mut chunk.customer).map_err(|TooMany| Stopped::TooMany)?;
        text.clear();
        ends.clear();
        hashes.clear();
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
