//! Why an export was refused.

mod code;

use std::path::PathBuf;

use crate::place::Place;
use crate::{Date, Money, Quantity};

/// An input that cannot be used. Every message says what was expected, what was found and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The operating system could not open or read the file.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A database server did not answer a query. Passwords and contents of rows are no part of the message.
    #[error("{}: {what}", name.display())]
    Database {
        /// Which table is asked for.
        name: PathBuf,
        /// The stable code.
        code: &'static str,
        /// What was expected, what was found, and what to do.
        what: String,
    },
    /// What a delivery says of itself is not there, or something else.
    #[error("{}: {what}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The stable code.
        code: &'static str,
        /// What was expected, what was found, and what to do.
        what: String,
    },
    /// The file's ending names no format that is read here.
    #[error("cannot read {}: expected a name that ends in .csv, .tsv, .txt, .ndjson or .jsonl, with .gz or .zst behind it if it is packed, or in .parquet", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// Parquet, packed once more.
    #[error("cannot read {}: Parquet is packed inside and read from its end; unpack the file", path.display())]
    PackedParquet {
        /// The file.
        path: PathBuf,
    },
    /// The first bytes are those of another format than the name says.
    #[error("{}: line 1, byte 0: expected {expected}, but it looks like {found}; {hint}", path.display())]
    LooksLike {
        /// The file.
        path: PathBuf,
        /// What the name makes of it.
        expected: &'static str,
        /// What its first bytes make of it.
        found: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A packed file that is cut short or damaged.
    #[error("{}: line {line}, byte {byte} of the unpacked text: the {packing} data {what}; deliver it again", path.display())]
    Packed {
        /// The file.
        path: PathBuf,
        /// What it is packed with.
        packing: &'static str,
        /// Line of the text up to which it could be unpacked.
        line: u64,
        /// Bytes of the text up to there.
        byte: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A packed file that unpacks to far more than exports do.
    #[error("{}: expected an export, found a file that unpacks to more than {times} times its size ({unpacked} bytes from {packed} so far); if it is an export, allow a number of bytes with --max-bytes", path.display())]
    Bomb {
        /// The file.
        path: PathBuf,
        /// Bytes taken from it.
        packed: u64,
        /// Bytes that came out.
        unpacked: u64,
        /// The most times its size.
        times: u64,
    },
    /// A file that unpacks to more than was allowed.
    #[error("{}: expected at most {limit} bytes after unpacking (--max-bytes), found more", path.display())]
    TooManyBytes {
        /// The file.
        path: PathBuf,
        /// The bytes allowed.
        limit: u64,
    },
    /// Bytes that the declared encoding does not know.
    #[error("{}: line {line}, byte {byte}: expected {encoding} text, found bytes that are none; declare the encoding that the file has, or save it as UTF-8", path.display())]
    NotInEncoding {
        /// The file.
        path: PathBuf,
        /// Line of the bytes.
        line: u64,
        /// Place of the first of them in the file, or in what it unpacks to; the first byte is 0.
        byte: u64,
        /// The encoding.
        encoding: &'static str,
    },
    /// A byte order mark of another encoding than the declared one.
    #[error("{}: line 1, byte 0: the declared encoding is {declared}, but the byte order mark says {found}; declare that one, or none", path.display())]
    OtherEncoding {
        /// The file.
        path: PathBuf,
        /// The encoding that the project declares.
        declared: &'static str,
        /// The encoding that the file begins with.
        found: &'static str,
    },
    /// UTF-16 that nothing proves.
    #[error("{}: line 1, byte 1: expected text, found zero bytes between the letters, as UTF-16 has them; declare encoding = \"{label}\" in the project file", path.display())]
    Utf16WithoutMark {
        /// The file.
        path: PathBuf,
        /// Label of the encoding that it looks like.
        label: &'static str,
    },
    /// Nothing stands behind the lines that are skipped.
    #[error("{}: expected a header behind the {skip_rows} lines to skip (skip_rows), found the end of the file", path.display())]
    NothingBehindSkipped {
        /// The file.
        path: PathBuf,
        /// The lines to skip.
        skip_rows: u64,
    },
    /// NDJSON that is one large JSON value.
    #[error("{}: line {line}, byte {byte}: expected one JSON object per line, found {found}; write each row as an object on a line of its own", path.display())]
    NotLines {
        /// The file.
        path: PathBuf,
        /// Line of what was found.
        line: u64,
        /// Place of its first byte.
        byte: u64,
        /// What was found.
        found: &'static str,
    },
    /// A mapped column is there in some files of a table and not in others.
    #[error("{}: expected a column \"{column}\" as in {}, found {found}", path.display(), other.display())]
    MixedColumns {
        /// The file.
        path: PathBuf,
        /// A file that has the column.
        other: PathBuf,
        /// The header that was looked for.
        column: String,
        /// The headers of the file, and the nearest of them as a sentence, if there is one.
        found: String,
    },
    /// A column of one type in one Parquet file and of another in another file of the table.
    #[error("{}: column \"{column}\": expected {expected} as in {}, found {found}; export all files of a table with the same types", path.display(), other.display())]
    MixedTypes {
        /// The file.
        path: PathBuf,
        /// The file before.
        other: PathBuf,
        /// The header.
        column: String,
        /// The type there.
        expected: &'static str,
        /// The type here.
        found: &'static str,
    },
    /// A file of no bytes.
    #[error("{}: expected a header and rows, found an empty file", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A header, and no rows.
    #[error("{}: expected rows below the header, found none", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// A mapped column is not there.
    #[error("{}: expected a column \"{column}\" (mapped as {role}), found {found}{hint}", path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The header that was looked for.
        column: String,
        /// What the project file uses it for.
        role: String,
        /// The headers of the file.
        found: String,
        /// The nearest header, as a sentence, or nothing.
        hint: String,
    },
    /// A mapped header stands twice in the file.
    #[error("{}: the column \"{column}\" stands {times} times in the header; give each column its own name", path.display())]
    DuplicateColumn {
        /// The file.
        path: PathBuf,
        /// The header.
        column: String,
        /// How often it stands there.
        times: usize,
    },
    /// A quoted field that ends too late or not at all, and so takes in the rows below it.
    #[error("{}: {place}, column \"{column}\": a quoted field {what}; is a quote missing, or one too many?", path.display())]
    RunawayQuote {
        /// The file.
        path: PathBuf,
        /// Where the field begins.
        place: Place,
        /// Its header.
        column: String,
        /// What gives it away.
        what: &'static str,
    },
    /// A quote within a quoted field has a backslash before it, instead of being doubled.
    #[error("{}: {place}, column \"{column}\": a quote inside the quoted field has a backslash before it; expected it doubled (\"\"), as RFC 4180 has it: write the file again without an escape character", path.display())]
    BackslashEscapes {
        /// The file.
        path: PathBuf,
        /// Where the field begins.
        place: Place,
        /// Its header.
        column: String,
    },
    /// Fields stand between single quotes.
    #[error("{}: line {line}: fields stand between single quotes ('); expected double quotes (\"), or none: write the file again with them", path.display())]
    SingleQuotes {
        /// The file.
        path: PathBuf,
        /// The first such line.
        line: u64,
    },
    /// More than one byte between two fields.
    #[error("{}: the fields are separated by \"{}\"; expected one character, such as a comma: write the file again with it", path.display(), delimiter.escape_debug())]
    LongDelimiter {
        /// The file.
        path: PathBuf,
        /// What stands between the fields.
        delimiter: String,
    },
    /// The header can be taken apart in two ways.
    #[error("{}: the header has all mapped columns both with {first:?} and with {second:?} as the delimiter; write the file again with one of them alone", path.display())]
    AmbiguousDelimiter {
        /// The file.
        path: PathBuf,
        /// One delimiter.
        first: char,
        /// The other.
        second: char,
    },
    /// No row has as many fields as the header.
    #[error("{}: line {line}: the header has {header} fields, and none of the {rows} rows below has as many; is a delimiter missing in the header, one too many, or is it another one?", path.display())]
    HeaderWidth {
        /// The file.
        path: PathBuf,
        /// Line of the header.
        line: u64,
        /// Fields of the header.
        header: usize,
        /// Rows of the file.
        rows: u64,
    },
    /// The header is too long, or its quotes are not in order.
    #[error("{}: {place}: the header cannot be taken apart: a field is longer than 64 KiB, or text stands behind a closing quote", path.display())]
    BrokenHeader {
        /// The file.
        path: PathBuf,
        /// Where it begins.
        place: Place,
    },
    /// The mapped columns stand in a line further down.
    #[error("{}: the header stands on line {line}, below other lines; set skip_rows = {skip} in the project file, or remove those lines", path.display())]
    HeaderBelow {
        /// The file.
        path: PathBuf,
        /// Line of the header.
        line: u64,
        /// Lines above it.
        skip: u64,
    },
    /// The first row is no header.
    #[error("{}: line {line}: expected a header with the columns {columns}, found what looks like a row (digits shown as 9, letters as x): {row}; write the names of the columns above it", path.display())]
    NoHeader {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: u64,
        /// The shapes of the first cells.
        row: String,
        /// The headers that were looked for.
        columns: String,
    },
    /// The header is not UTF-8.
    #[error("{}: line 1: expected UTF-8 text, found other bytes in the header; save the file as UTF-8, or declare its encoding in the project file, such as encoding = \"windows-1252\"", path.display())]
    HeaderNotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// A Parquet file that cannot be decoded.
    #[error("{}: cannot decode the Parquet file: {message}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        message: String,
    },
    /// A Parquet file that contradicts itself, or claims what no export holds.
    #[error("{}: byte {byte}{}: {what}; deliver the file again", path.display(), if column.is_empty() { String::new() } else { format!(", column \"{column}\"") })]
    ParquetClaim {
        /// The file.
        path: PathBuf,
        /// Place in the file.
        byte: u64,
        /// The header; empty where it is about the whole file.
        column: String,
        /// What was expected, and what was found.
        what: String,
    },
    /// A Parquet column of a type that has no meaning in its role.
    #[error("{}: column \"{column}\": expected {expected}, found the type {found}", path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The header.
        column: String,
        /// What its role needs.
        expected: &'static str,
        /// The type in the file.
        found: String,
    },
    /// Timestamps with and without an offset in one column.
    #[error("{}: {place}: column \"{column}\" has timestamps with a UTC offset and timestamps without one; export it with one or the other", path.display())]
    MixedOffsets {
        /// The file.
        path: PathBuf,
        /// Place of the first timestamp of the second kind.
        place: Place,
        /// The header.
        column: String,
    },
    /// More than one currency.
    #[error("{}: {place}: expected the currency \"{expected}\" in every row, found \"{found}\"; amounts of different currencies cannot be added: convert them, and name the one currency in the project file", path.display())]
    MixedCurrencies {
        /// The file.
        path: PathBuf,
        /// Place of the first row with another currency.
        place: Place,
        /// Currency of the rows before.
        expected: String,
        /// Currency of this row.
        found: String,
    },
    /// More rejected rows than allowed.
    #[error("{}: {rejected} of {rows} rows cannot be read, more than the {allowed} % allowed; {examples}{hint}", path.display())]
    TooManyRejects {
        /// The file.
        path: PathBuf,
        /// Rows rejected.
        rejected: u64,
        /// Rows in the file.
        rows: u64,
        /// Share allowed, in per cent.
        allowed: f64,
        /// The first rejected rows, with line, column and reason.
        examples: String,
        /// What to do, as a sentence, or nothing.
        hint: String,
    },
    /// More rows or customers than the tables here can number.
    #[error("{}: more than {limit} {what}: this is more than one machine's tables hold", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What there is too much of.
        what: &'static str,
        /// The most there may be.
        limit: u32,
    },
    /// The amounts are so large that sums of them would not be exact.
    #[error("{}: {place}: the amounts, discounts and margins up to here add up to more than {limit}, more than sums of money hold; are they in a smaller unit than the currency's?", path.display())]
    SumTooLarge {
        /// The file.
        path: PathBuf,
        /// Place of the row that is too much.
        place: Place,
        /// The most that they may add up to, signs apart, in currency units.
        limit: Money,
    },
    /// The quantities are so large that sums of them would not be exact.
    #[error("{}: {place}: the quantities up to here add up to more than {limit}, more than sums hold; is another column mapped as the quantity?", path.display())]
    QuantitiesTooLarge {
        /// The file.
        path: PathBuf,
        /// Place of the row that is too much.
        place: Place,
        /// The most that they may add up to, signs apart.
        limit: Quantity,
    },
    /// No file has a name that the pattern describes.
    #[error("{}: no file matches this pattern", pattern.display())]
    NoMatch {
        /// The pattern.
        pattern: PathBuf,
    },
    /// Two files of one table have the same content.
    #[error("{} and {} have the same content: every purchase in them would count twice; remove one of them", first.display(), second.display())]
    SameFileTwice {
        /// One of them.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Purchases that are in two files with different rows, and nothing says which of them are right.
    #[error("{} and {}: {purchases} purchases (same order, customer and time) are in both with different rows, and no recorded_at says which were recorded last; keep the file that is right, or export each order once", first.display(), second.display())]
    ChangedOrders {
        /// The first two files with such a purchase, by name.
        first: PathBuf,
        /// The second of them.
        second: PathBuf,
        /// How many such purchases there are.
        purchases: u64,
    },
    /// A file was written while it was read.
    #[error("{}: the file changed while it was read; run again when it is whole", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Rows that have no room in memory cannot be kept in a file.
    #[error("cannot keep rows in a temporary file in {}: {source}; make room there, or allow more memory", folder.display())]
    Spill {
        /// Folder of the file.
        folder: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Rows came back from a temporary file other than they went.
    #[error("a temporary file in {} gave back other rows than were written to it; is the disk faulty?", folder.display())]
    SpillDamaged {
        /// Folder of the file.
        folder: PathBuf,
    },
    /// The file of rows that were laid out before gives back other rows than were written.
    #[error("{}: the rows kept here are damaged; remove the file, and it is made again", path.display())]
    CacheDamaged {
        /// The file.
        path: PathBuf,
    },
    /// Not one row of the transactions could be read.
    #[error("{}: all {rows} rows were rejected: {examples}{hint}", path.display())]
    AllRejected {
        /// The file.
        path: PathBuf,
        /// Rows in the file.
        rows: u64,
        /// The first rejected rows, with line, column and reason.
        examples: String,
        /// What to do, as a sentence, or nothing.
        hint: String,
    },
    /// No purchase at all: nothing but returns.
    #[error("{}: expected purchases, found only rows with negative amounts", path.display())]
    NoPurchases {
        /// The file.
        path: PathBuf,
    },
    /// A few purchases lie long after all others, and nothing says that the export reaches that far.
    #[error(
        "the last purchase is on {last}, but all others are before {usual}: is its date wrong? correct it, or set complete_through in the project file to the first day that is not complete"
    )]
    StrayLastDay {
        /// Day of the last purchase.
        last: Date,
        /// First day after the others.
        usual: Date,
    },
    /// Nothing happened for long before the day through which the export is said to be complete.
    #[error(
        "complete_through is {complete_through}, but the last purchase before it is on {last}: with {silent} days without a single purchase every customer would look lost; is the export older than complete_through says?"
    )]
    SilentEnd {
        /// What was declared.
        complete_through: Date,
        /// Day of the last purchase before it.
        last: Date,
        /// Days between them.
        silent: i32,
    },
    /// The export is said to be complete to a day before its first purchase.
    #[error("complete_through is {complete_through}, but the first purchase is on {first}")]
    CompleteBeforeFirst {
        /// What was declared.
        complete_through: Date,
        /// Day of the first purchase.
        first: Date,
    },
}
