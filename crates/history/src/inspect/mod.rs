//! Looking at a file that nothing is known of yet: its delimiter, its headers, and what the cells of each column prove.
//!
//! Every row is looked at, through the reader that reads exports, since proofs are found in single cells. Nothing here
//! decides anything: what is not proven is for the user to say.

mod column;
mod dates;
mod header;
mod numbers;
mod purchases;

use std::path::{Path, PathBuf};

use crate::csv_source::MAX_WANTED;
use crate::error::ReadError;
use crate::files::matching;
use crate::source::{Format, Row, Wanted, format_of, read_rows};
use crate::spec::TableSpec;

pub use column::{CellKind, ColumnLook};
pub use dates::{DateLayout, DateLook, DateOrder, LayoutLook};
pub use numbers::{Cells, NumberLook};
pub use purchases::{OrderLetter, PurchaseLook, Unread, look_at_purchases};

/// A cell that proves something. Only dates and numbers are kept, which tell nothing about a person by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Line in a text file (the header is line 1), row number from 1 in Parquet.
    pub line: u64,
    /// The cell, without the blanks around it.
    pub text: String,
}

/// What a file is.
#[derive(Debug, Clone)]
pub struct FileLook {
    /// The file.
    pub path: PathBuf,
    /// The delimiter of a delimited text file.
    pub delimiter: Option<char>,
    /// Rows below the header, those included that cannot be taken apart.
    pub rows: u64,
    /// Rows that cannot be taken apart: they have more or fewer fields than the header.
    pub broken: u64,
    /// The columns that can be read, in the order of the file.
    pub columns: Vec<ColumnLook>,
    /// Headers that stand more than once, and columns of types that have no meaning here.
    pub unusable: Vec<String>,
}

/// The files that a path names: itself, or all that it describes where its last part is a pattern.
///
/// # Errors
/// A pattern describes no file, or its folder cannot be read.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    matching(path)
}

/// Looks at all rows of a file.
///
/// # Errors
/// It cannot be read; see [`ReadError`].
pub fn look_at(table: &TableSpec) -> Result<FileLook, ReadError> {
    let path = table.path.as_path();
    let found = match format_of(path)? {
        Format::Text => header::of_text(path)?,
        Format::Parquet => header::of_parquet(path)?,
    };
    let mut look = FileLook {
        path: path.to_owned(),
        delimiter: found.delimiter,
        rows: 0,
        broken: 0,
        columns: Vec::new(),
        unusable: found.unusable,
    };
    for headers in found.headers.chunks(MAX_WANTED) {
        look.add(table, headers)?;
    }
    Ok(look)
}

impl FileLook {
    /// The column with this header.
    #[must_use]
    pub fn column(&self, header: &str) -> Option<&ColumnLook> {
        self.columns.iter().find(|column| column.header == header)
    }

    /// Name of the file without its folder.
    #[must_use]
    pub fn name(&self) -> String {
        name_of(&self.path)
    }

    /// Looks at some columns; of wide tables only so many can be read at a time.
    fn add(&mut self, table: &TableSpec, headers: &[String]) -> Result<(), ReadError> {
        let wanted: Vec<Wanted> = headers.iter().map(|header| Wanted::new(header, header)).collect();
        let mut columns: Vec<ColumnLook> = headers.iter().map(|header| ColumnLook::new(header)).collect();
        let (mut rows, mut broken) = (0, 0);
        // No text inside a field is taken for a row here: which cells a row must have is not known yet.
        read_rows(table, &wanted, &|_| false, &mut |line, row| {
            rows += 1;
            match row {
                Row::Broken(_, _) => broken += 1,
                Row::Cells(cells) => {
                    columns.iter_mut().zip(cells).for_each(|(column, cell)| column.take(line, *cell));
                }
            }
            Ok(())
        })?;
        (self.rows, self.broken) = (rows, broken);
        self.columns.append(&mut columns);
        Ok(())
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
