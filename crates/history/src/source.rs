//! Rows of a file, whatever its format, with the place of each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cell::Cell;
use crate::csv_source::{CHUNK, Layout, Lines, Text};
use crate::error::ReadError;
use crate::files;
use crate::manifest;
use crate::place::Place;
use crate::reject::RejectCode;
use crate::spec::TableSpec;
use crate::text_file::{Content, Packing, TextFile};
use crate::warning::{Warning, together};
use crate::{csv_source, ndjson_source, parquet_source, postgres_source};

/// A column that is looked for: its header, and what the project file calls it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) header: String,
    pub(crate) role: String,
}

impl Wanted {
    pub(crate) fn new(header: &str, role: &str) -> Self {
        Self { header: header.to_owned(), role: role.to_owned() }
    }
}

/// One row of a source.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row<'a> {
    /// The wanted cells, in the order in which they were asked for.
    Cells(&'a [Cell<'a>]),
    /// A row that could not be taken apart.
    Broken(RejectCode, &'static str),
    /// A row of which one cell, by its place among the wanted ones, has no value that could be read.
    BrokenCell(usize, RejectCode, &'static str),
}

/// What is done with each row, and where it stands.
pub(crate) type OnRow<'f> = dyn FnMut(Place, Row<'_>) -> Result<(), ReadError> + 'f;

/// Takes the rows of a file.
pub(crate) trait TakeRows {
    /// Takes a row, and where it stands.
    fn row(&mut self, place: Place, row: Row<'_>) -> Result<(), ReadError>;

    /// Takes whole lines of a text, now or later.
    fn lines(&mut self, lines: Lines) -> Result<(), ReadError>;
}

/// Takes rows one by one, and counts them.
struct OneByOne<'a, 'f> {
    rows: u64,
    on_row: &'a mut OnRow<'f>,
}

impl TakeRows for OneByOne<'_, '_> {
    fn row(&mut self, place: Place, row: Row<'_>) -> Result<(), ReadError> {
        self.rows += 1;
        (self.on_row)(place, row)
    }

    fn lines(&mut self, lines: Lines) -> Result<(), ReadError> {
        lines.for_each(&mut |place, row| self.row(place, row))
    }
}

/// Whether the wanted cells are so surely those of a row of this table that no text inside a field looks like them.
pub(crate) type IsRow<'f> = dyn Fn(&[Cell<'_>]) -> bool + 'f;

/// What is known of a file, beside its rows, after all of it was read.
#[derive(Debug, Default)]
pub(crate) struct Noticed {
    /// Rows that span more than one line of a text file.
    pub(crate) multiline: u64,
    pub(crate) warnings: Vec<Warning>,
    /// What it holds, if it is packed.
    pub(crate) content: Option<Content>,
    /// Of delimited text: knows how many rows there were, and whether they are as wide as the header.
    pub(crate) layout: Option<Arc<Layout>>,
}

/// Reads the wanted columns of every row of one file. Text is taken in pieces of `chunk` bytes, which changes nothing that
/// is read.
pub(crate) fn read_rows(
    spec: &TableSpec,
    wanted: &[Wanted],
    is_row: &IsRow<'_>,
    chunk: usize,
    on_row: &mut OnRow<'_>,
) -> Result<Noticed, ReadError> {
    let mut one_by_one = OneByOne { rows: 0, on_row };
    let noticed = read_into(spec, wanted, is_row, chunk, &mut one_by_one)?;
    noticed.checked(&spec.path, one_by_one.rows)
}

impl Noticed {
    /// What is known of a file once all of its rows were taken, these and those of whole lines.
    ///
    /// # Errors
    /// There are none, or they are not laid out as the header says.
    pub(crate) fn checked(self, path: &Path, rows: u64) -> Result<Self, ReadError> {
        let rows = match &self.layout {
            Some(layout) => layout.check(path)?,
            None => rows,
        };
        if rows == 0 { Err(ReadError::NoRows { path: path.to_owned() }) } else { Ok(self) }
    }
}

/// Reads as [`read_rows`] does. What comes back is to be checked once all rows are taken.
pub(crate) fn read_into(
    spec: &TableSpec,
    wanted: &[Wanted],
    is_row: &IsRow<'_>,
    chunk: usize,
    take: &mut dyn TakeRows,
) -> Result<Noticed, ReadError> {
    let path = spec.path.as_path();
    if let Some(query) = &spec.query {
        postgres_source::read(path, query.answer(path)?, &mut |place, row| take.row(place, row))?;
        return Ok(Noticed::default());
    }
    match format_of(path)? {
        Format::Csv(packing) => {
            let text = TextFile::open(spec, packing, "delimited text")?;
            let watch = text.watch.clone();
            let TextFile { reader: input, first, .. } = text;
            let text = Text { path, input, chunk, first, delimiter: spec.delimiter };
            let read = csv_source::read(text, wanted, is_row, take);
            // What stopped the reader below says more than what the parser made of it.
            watch.stopped().map_or(read, Err).map(|noticed| Noticed { content: watch.content(), ..noticed })
        }
        Format::Ndjson(packing) => {
            let text = TextFile::open(spec, packing, "NDJSON")?;
            let watch = text.watch.clone();
            let read = ndjson_source::read(text, path, wanted, &mut |place, row| take.row(place, row));
            watch.stopped().map_or(read, Err).map(|()| Noticed { content: watch.content(), ..Noticed::default() })
        }
        Format::Parquet => {
            parquet_source::read(spec, wanted, &mut |place, row| take.row(place, row))?;
            Ok(Noticed::default())
        }
    }
}

/// What is done with each row of many files: its file, its place and the row.
pub(crate) type OnRowOf<'f> = dyn FnMut(&Path, Place, Row<'_>) -> Result<(), ReadError> + 'f;

/// Reads the wanted columns of every row of all files of a table, one file after the other.
pub(crate) fn read_table(
    spec: &TableSpec,
    wanted: &[Wanted],
    is_row: &IsRow<'_>,
    chunk: usize,
    on_row: &mut OnRowOf<'_>,
) -> Result<Noticed, ReadError> {
    let (paths, stamps) = files::of_table(spec)?;
    files::check_distinct(&paths, &stamps)?;
    parquet_source::check_same_types(&paths, wanted)?;
    let mut noticed = Noticed::default();
    let mut contents = Vec::with_capacity(paths.len());
    let mut counts = vec![0_u64; paths.len()];
    let mut rows = false;
    for (path, count) in paths.iter().zip(&mut counts) {
        let one = TableSpec { path: path.clone(), ..spec.clone() };
        let mut on_row = |place: Place, row: Row<'_>| {
            *count += 1;
            on_row(path, place, row)
        };
        let read = match read_rows(&one, wanted, is_row, chunk, &mut on_row) {
            // A day on which nothing happened is a file without rows, among others.
            Err(ReadError::NoRows { .. }) if paths.len() > 1 => Noticed::default(),
            Err(error) => return Err(explain_missing(error, spec, &paths)),
            Ok(read) => {
                rows = true;
                read
            }
        };
        noticed.multiline += read.multiline;
        noticed.warnings.extend(read.warnings);
        contents.push(read.content);
    }
    manifest::check_rows(spec, paths.iter().zip(counts))?;
    files::check_contents(&paths, contents.into_iter())?;
    files::check_unchanged(&paths, &stamps)?;
    noticed.warnings = together(noticed.warnings);
    if rows { Ok(noticed) } else { Err(ReadError::NoRows { path: spec.path.clone() }) }
}

/// Where a column is missing in one file of a table and there in another, says so.
pub(crate) fn explain_missing(error: ReadError, spec: &TableSpec, paths: &[PathBuf]) -> ReadError {
    let ReadError::MissingColumn { path, column, role, found, hint } = error else { return error };
    let want = Wanted::new(&column, &role);
    let has =
        |other: &&PathBuf| **other != path && has_column(&TableSpec { path: (*other).clone(), ..spec.clone() }, &want);
    match paths.iter().find(has) {
        Some(other) => {
            let found = format!("{found}{hint}");
            ReadError::MixedColumns { path, other: other.clone(), column, found }
        }
        None => ReadError::MissingColumn { path, column, role, found, hint },
    }
}

/// Whether a file that can be read has a column.
fn has_column(spec: &TableSpec, want: &Wanted) -> bool {
    // The first filled cell is proof enough: the error ends the reading.
    let mut filled = false;
    let read = read_rows(spec, std::slice::from_ref(want), &|_| false, CHUNK, &mut |_, row| {
        filled = matches!(row, Row::Cells([cell]) if *cell != Cell::Empty);
        if filled { Err(ReadError::NoRows { path: spec.path.clone() }) } else { Ok(()) }
    });
    filled || matches!(read, Ok(_) | Err(ReadError::NoRows { .. }))
}

/// How a file is to be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Delimited text.
    Csv(Packing),
    /// A JSON object on each line.
    Ndjson(Packing),
    Parquet,
}

/// The format that a file's name ends in.
///
/// # Errors
/// The ending names none, or the file is empty or cannot be looked at.
pub(crate) fn format_of(path: &Path) -> Result<Format, ReadError> {
    let format = format_of_name(path)?;
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(io)?.len() == 0 {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    Ok(format)
}

fn format_of_name(path: &Path) -> Result<Format, ReadError> {
    let ending = |path: &Path| path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    let packing = match ending(path).as_deref() {
        Some("gz") => Packing::Gzip,
        Some("zst") => Packing::Zstd,
        _ => Packing::None,
    };
    let unpacked = if packing == Packing::None { path.to_owned() } else { path.with_extension("") };
    match ending(&unpacked).as_deref() {
        Some("csv" | "tsv" | "txt") => Ok(Format::Csv(packing)),
        Some("ndjson" | "jsonl") => Ok(Format::Ndjson(packing)),
        Some("parquet") if packing == Packing::None => Ok(Format::Parquet),
        Some("parquet") => Err(ReadError::PackedParquet { path: path.to_owned() }),
        _ => Err(ReadError::UnknownFormat { path: path.to_owned() }),
    }
}

/// The positions of the wanted columns among the headers of a file.
pub(crate) fn locate(path: &Path, headers: &[&str], wanted: &[Wanted]) -> Result<Vec<usize>, ReadError> {
    wanted
        .iter()
        .map(|want| {
            let mut places = headers.iter().enumerate().filter(|(_, h)| **h == want.header).map(|(i, _)| i);
            match (places.next(), places.count()) {
                (Some(place), 0) => Ok(place),
                (Some(_), more) => Err(ReadError::DuplicateColumn {
                    path: path.to_owned(),
                    column: want.header.clone(),
                    times: more + 1,
                }),
                (None, _) => Err(missing_column(path, headers, want)),
            }
        })
        .collect()
}

/// The error about a wanted column that is not among the headers of a file.
pub(crate) fn missing_column(path: &Path, headers: &[&str], want: &Wanted) -> ReadError {
    let hint =
        nearest(headers, &want.header).map_or_else(String::new, |n| format!("; did you mean \"{}\"?", in_one_line(n)));
    ReadError::MissingColumn {
        path: path.to_owned(),
        column: want.header.clone(),
        role: want.role.clone(),
        found: describe_headers(headers),
        hint,
    }
}

fn describe_headers(headers: &[&str]) -> String {
    let shown: Vec<String> = headers.iter().take(12).map(|h| format!("\"{}\"", in_one_line(h))).collect();
    let more = headers.len().saturating_sub(shown.len());
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// A header as messages show it: line breaks and other control characters, which quoted headers may have, are blanks.
fn in_one_line(header: &str) -> String {
    header.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The header nearest to a name, if it is near enough to be a slip: compared without case, blanks and signs.
fn nearest<'a>(headers: &[&'a str], name: &str) -> Option<&'a str> {
    let plain = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let name = plain(name);
    headers
        .iter()
        .map(|header| (strsim::levenshtein(&plain(header), &name), *header))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= name.chars().count() / 3)
        .map(|(_, header)| header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_what_is_in_it() {
        let of = |name: &str| format_of_name(Path::new(name)).ok();
        for (name, format) in [
            ("a.csv", Format::Csv(Packing::None)),
            ("a.b.TSV", Format::Csv(Packing::None)),
            ("a.csv.gz", Format::Csv(Packing::Gzip)),
            ("a.TXT.ZST", Format::Csv(Packing::Zstd)),
            ("a.ndjson", Format::Ndjson(Packing::None)),
            ("a.jsonl.gz", Format::Ndjson(Packing::Gzip)),
            ("a.parquet", Format::Parquet),
        ] {
            assert_eq!(of(name), Some(format), "{name}");
        }
        for name in ["a", "a.gz", "a.xlsx", "a.csv.bz2", "a.csv.gz.gz", "a.json", "csv", "a.parquet.gz"] {
            assert_eq!(of(name), None, "{name}");
        }
        let packed = format_of_name(Path::new("a.parquet.zst"));
        assert!(matches!(packed, Err(ReadError::PackedParquet { .. })));
    }

    #[test]
    fn a_header_of_several_lines_is_shown_in_one() {
        // Found by changed inputs: a quoted header may hold line breaks, and a message must not.
        let want = Wanted::new("customer_id", "customer_id");
        let error = missing_column(Path::new("a.csv"), &["b1", "a\n\"quoted\"\nline", "customer\rid"], &want);
        let expected = "a.csv: expected a column \"customer_id\" (mapped as customer_id), found \"b1\", \"a \"quoted\" line\", \
                        \"customer id\"; did you mean \"customer id\"?";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_slip_in_a_header_is_named() {
        let headers = ["Customer ID", "InvoiceDate", "Total"];
        assert_eq!(nearest(&headers, "customer_id"), Some("Customer ID"));
        assert_eq!(nearest(&headers, "Invoice Dat"), Some("InvoiceDate"));
        assert_eq!(nearest(&headers, "amount"), None);
    }
}
