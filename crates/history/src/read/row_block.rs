//! Rows of a text or a query on their way from the thread that takes them apart to those that read the cells.

use crate::cell::Cell;
use crate::csv_source::MAX_WANTED;
use crate::place::Place;
use crate::reject::RejectCode;
use crate::source::Row;

/// Rows of a block, about.
const ROWS: usize = 1 << 15;
/// Bytes of the texts of a block, about.
const BYTES: usize = 8 << 20;

/// Rows of wanted cells, copied.
#[derive(Debug, Default)]
pub(super) struct RowBlock {
    texts: String,
    /// Values that are no texts, as bits.
    values: Vec<u64>,
    /// Of each row that is not broken, one for each wanted column.
    cells: Vec<Packed>,
    places: Vec<Place>,
    broken: Vec<(usize, Broken)>,
}

/// A cell, and where its text ends; it begins where that of the cell before ends.
#[derive(Debug, Clone, Copy)]
struct Packed {
    kind: Kind,
    end: u32,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Empty,
    Text,
    Number,
    NotText,
    Integer,
    Float,
    WallClock,
    Utc,
    Day,
}

#[derive(Debug, Clone, Copy)]
struct Broken {
    /// The cell, where it is one alone.
    cell: Option<usize>,
    code: RejectCode,
    reason: &'static str,
}

impl RowBlock {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.places.len() >= ROWS || self.texts.len() >= BYTES
    }

    pub(super) fn push(&mut self, at: Place, row: Row<'_>) {
        let number = self.places.len();
        self.places.push(at);
        match row {
            Row::Cells(cells) => {
                for cell in cells {
                    let mut value = |kind: Kind, bits: u64| {
                        self.values.push(bits);
                        kind
                    };
                    let kind = match cell {
                        Cell::Empty => Kind::Empty,
                        Cell::Text(text) => {
                            self.texts.push_str(text);
                            Kind::Text
                        }
                        Cell::Number(text) => {
                            self.texts.push_str(text);
                            Kind::Number
                        }
                        Cell::NotText => Kind::NotText,
                        Cell::Integer(number) => value(Kind::Integer, number.cast_unsigned()),
                        Cell::Float(number) => value(Kind::Float, number.to_bits()),
                        Cell::WallClock(micros) => value(Kind::WallClock, micros.cast_unsigned()),
                        Cell::Utc(micros) => value(Kind::Utc, micros.cast_unsigned()),
                        Cell::Day(day) => value(Kind::Day, i64::from(*day).cast_unsigned()),
                    };
                    self.cells.push(Packed { kind, end: self.texts.len() as u32 });
                }
            }
            Row::Broken(code, reason) => self.broken.push((number, Broken { cell: None, code, reason })),
            Row::BrokenCell(cell, code, reason) => {
                self.broken.push((number, Broken { cell: Some(cell), code, reason }));
            }
        }
    }

    /// Gives the rows back, each of so many cells.
    pub(super) fn for_each(&self, columns: usize, mut on_row: impl FnMut(Place, Row<'_>)) {
        let mut packed = self.cells.chunks_exact(columns);
        let mut broken = self.broken.iter().peekable();
        let mut start = 0;
        let mut values = self.values.iter().copied();
        for (number, at) in self.places.iter().enumerate() {
            if let Some((_, Broken { cell, code, reason })) = broken.next_if(|(row, _)| *row == number) {
                match cell {
                    Some(cell) => on_row(*at, Row::BrokenCell(*cell, *code, reason)),
                    None => on_row(*at, Row::Broken(*code, reason)),
                }
                continue;
            }
            let Some(row) = packed.next() else { return };
            let mut cells = [Cell::Empty; MAX_WANTED];
            for (cell, packed) in cells.iter_mut().zip(row) {
                let end = packed.end as usize;
                let mut bits = || values.next().unwrap_or_default();
                *cell = match packed.kind {
                    Kind::Empty => Cell::Empty,
                    Kind::Text => Cell::Text(&self.texts[start..end]),
                    Kind::Number => Cell::Number(&self.texts[start..end]),
                    Kind::NotText => Cell::NotText,
                    Kind::Integer => Cell::Integer(bits().cast_signed()),
                    Kind::Float => Cell::Float(f64::from_bits(bits())),
                    Kind::WallClock => Cell::WallClock(bits().cast_signed()),
                    Kind::Utc => Cell::Utc(bits().cast_signed()),
                    // It was one before.
                    Kind::Day => Cell::Day(bits() as i32),
                };
                start = end;
            }
            if let Some(cells) = cells.get(..columns) {
                on_row(*at, Row::Cells(cells));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in() {
        let rows = [
            Row::Cells(&[Cell::Text("é"), Cell::Empty, Cell::Number("1.50")]),
            Row::Broken(RejectCode::FieldCount, "fields"),
            Row::Cells(&[Cell::NotText, Cell::Text("b c"), Cell::Empty]),
            Row::BrokenCell(2, RejectCode::NestedValue, "nested"),
            Row::Cells(&[Cell::Integer(i64::MIN), Cell::Text("a"), Cell::Float(-0.5)]),
            Row::Cells(&[Cell::WallClock(-1), Cell::Utc(i64::MAX), Cell::Day(i32::MIN)]),
            Row::Broken(RejectCode::BadJson, "json"),
            Row::Cells(&[Cell::Text("x"), Cell::Text("y"), Cell::Text("z")]),
        ];
        let mut block = RowBlock::default();
        assert!(block.is_empty());
        for (number, row) in rows.iter().enumerate() {
            block.push(Place::of_text(number as u64 + 2, 7), *row);
        }
        let mut found = Vec::new();
        block.for_each(3, |at, row| found.push(format!("{} {row:?}", at.line)));
        let expected: Vec<String> = (2..).zip(&rows).map(|(line, row)| format!("{line} {row:?}")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_block_is_full_by_its_rows_or_by_its_bytes() {
        let mut block = RowBlock::default();
        for number in 0..ROWS {
            assert!(!block.is_full());
            block.push(Place::of_row(number as u64), Row::Cells(&[Cell::Empty]));
        }
        assert!(block.is_full());
        let (mut block, long) = (RowBlock::default(), "x".repeat(BYTES / 4));
        for _ in 0..4 {
            assert!(!block.is_full());
            block.push(Place::of_row(1), Row::Cells(&[Cell::Text(&long)]));
        }
        assert!(block.is_full());
    }
}
