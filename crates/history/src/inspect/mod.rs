//! Looking at a file that nothing is known of yet: its delimiter, its headers, and what the cells of each column prove.
//!
//! Every row is looked at, through the reader that reads exports, since proofs are found in single cells. Nothing here
//! decides anything: what is not proven is for the user to say.

mod column;
mod dates;
mod header;
mod numbers;
mod purchases;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::csv_source::MAX_WANTED;
use crate::encoding::Encoding;
use crate::error::ReadError;
use crate::files::matching;
use crate::options::ReadOptions;
use crate::source::{Format, Row, Wanted, format_of, read_rows};
use crate::spec::{Int96, TableSpec};
use crate::text_file::{Packing, TextFile};

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
    /// The encoding in which it was looked at, if one was declared.
    pub encoding: Option<Encoding>,
    /// Headers that stand more than once, and columns of types that have no meaning here.
    pub unusable: Vec<String>,
    /// Headers of timestamps of the Parquet type INT96. Nothing in a file says what they are; they were looked at as declared, or
    /// else as times of the clock on the wall.
    pub int96: Vec<String>,
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
    let found = find_headers(table)?;
    let mut look = FileLook {
        path: path.to_owned(),
        delimiter: found.delimiter,
        rows: 0,
        broken: 0,
        columns: Vec::new(),
        encoding: table.encoding,
        unusable: found.unusable,
        int96: found.int96,
    };
    let table = &TableSpec { int96: table.int96.or(Some(Int96::Local)), ..table.clone() };
    for headers in found.headers.chunks(MAX_WANTED) {
        look.add(table, headers)?;
    }
    Ok(look)
}

/// The headers of the columns that can be read, without looking at the rows.
///
/// # Errors
/// The file cannot be read; see [`ReadError`].
pub fn headers(table: &TableSpec) -> Result<Vec<String>, ReadError> {
    find_headers(table).map(|found| found.headers)
}

fn find_headers(table: &TableSpec) -> Result<header::Headers, ReadError> {
    let path = table.path.as_path();
    match format_of(path)? {
        Format::Csv(packing) => header::of_csv(path, &start_of(table, packing)?),
        Format::Ndjson(packing) => header::of_ndjson(path, &start_of(table, packing)?),
        Format::Parquet => header::of_parquet(path),
    }
}

impl FileLook {
    /// Rows in which some cell is no text in the encoding of the file, at least.
    #[must_use]
    pub fn rows_not_text(&self) -> u64 {
        self.columns.iter().map(|column| column.not_text).max().unwrap_or(0)
    }

    /// Whether every letter of it is one of ASCII, which nearly all encodings have in common.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.columns.iter().all(|column| column.header.is_ascii() && column.not_ascii == 0)
    }

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
        read_rows(table, &wanted, &|_| false, ReadOptions::default().chunk(), &mut |at, row| {
            rows += 1;
            match row {
                Row::Broken(_, _) | Row::BrokenCell(_, _, _) => broken += 1,
                Row::Cells(cells) => {
                    columns.iter_mut().zip(cells).for_each(|(column, cell)| column.take(at.line, *cell));
                }
            }
            Ok(())
        })?;
        (self.rows, self.broken) = (rows, broken);
        self.columns.append(&mut columns);
        Ok(())
    }
}

/// So much of a text file is looked at for its headers.
const START: u64 = 1 << 20;

/// The first bytes of a text file, unpacked, and decoded where its encoding is declared.
fn start_of(table: &TableSpec, packing: Packing) -> Result<Vec<u8>, ReadError> {
    let text = TextFile::open(table, packing, "text")?;
    let mut start = Vec::new();
    let read = text.reader.take(START).read_to_end(&mut start);
    read.map_err(|source| text.watch.error(&table.path, source))?;
    Ok(start)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
