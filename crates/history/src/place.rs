//! Where in a file something stands.

use std::fmt;

/// The place of a row, or of something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Physical line of a text file (the first is line 1, lines within quoted fields count), or number of the row, from 1,
    /// in a table without lines.
    pub line: u64,
    /// Bytes of the text before it, the byte order mark included; of what was decompressed, where the file is
    /// compressed. `None` in a table without lines.
    pub byte: Option<u64>,
}

impl Place {
    /// A place in text.
    pub(crate) const fn of_text(line: u64, byte: u64) -> Self {
        Self { line, byte: Some(byte) }
    }

    /// The place of a row in a table without lines, from 1.
    pub(crate) const fn of_row(row: u64) -> Self {
        Self { line: row, byte: None }
    }
}

impl fmt::Display for Place {
    /// `line 7, byte 123`, or `row 7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.byte {
            Some(byte) => write!(f, "line {}, byte {byte}", self.line),
            None => write!(f, "row {}", self.line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_lines_and_bytes_other_tables_have_rows() {
        assert_eq!(Place::of_text(7, 123).to_string(), "line 7, byte 123");
        assert_eq!(Place::of_row(7).to_string(), "row 7");
    }
}
