//! Rows that could not be read: counted by reason, the first of them kept with their place.

use std::collections::BTreeMap;
use std::path::Path;

/// Why a row was rejected; [`RejectCode::as_str`] is the stable code in `rejects.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RejectCode {
    /// Fewer or more fields than the header.
    FieldCount,
    /// A field of more than 64 KiB.
    FieldTooLong,
    /// A row of more than 1 MiB.
    RecordTooLong,
    /// Text between a closing quote and the end of the field.
    TextAfterQuote,
    /// Bytes that are not UTF-8, or a NUL byte.
    NotText,
    /// No customer id.
    EmptyId,
    /// An id that is neither text nor a whole number.
    BadId,
    /// Not a date or timestamp.
    BadTimestamp,
    /// A date of which the first two numbers can both be the day and the month, with no declared format.
    AmbiguousDate,
    /// A date whose year has two digits, with no declared format.
    TwoDigitYear,
    /// The number of a day in a spreadsheet, instead of a date.
    SpreadsheetDate,
    /// A count of seconds, or parts of seconds, instead of a timestamp.
    EpochTimestamp,
    /// A date or timestamp before 1950 or after 2099.
    ImplausibleTimestamp,
    /// Not an amount of money.
    BadAmount,
    /// An amount of money beyond 9e14, or not a finite number.
    AmountOutOfRange,
    /// Not a quantity.
    BadQuantity,
    /// The same customer in two rows of the customers table.
    DuplicateCustomer,
    /// An event without a type.
    EmptyType,
    /// Not a number.
    BadValue,
    /// A value outside what its kind of event can have.
    ValueOutOfRange,
    /// An event that was resolved before it happened.
    ResolvedBefore,
    /// A departure that is neither voluntary nor involuntary.
    UnknownKind,
    /// A reason for leaving that is none of the known ones.
    UnknownReason,
    /// An arm of a campaign that is neither treatment nor control.
    UnknownArm,
    /// An offer that was made and has no name.
    EmptyOffer,
    /// Neither yes nor no.
    BadFlag,
    /// A line that is no JSON object.
    BadJson,
    /// A key that stands twice in a JSON object.
    DuplicateKey,
    /// A JSON array or object where a value was expected.
    NestedValue,
}

impl RejectCode {
    /// The code that stands for this reason in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RejectCode::FieldCount => "field_count",
            RejectCode::FieldTooLong => "field_too_long",
            RejectCode::RecordTooLong => "record_too_long",
            RejectCode::TextAfterQuote => "text_after_quote",
            RejectCode::NotText => "not_text",
            RejectCode::EmptyId => "empty_id",
            RejectCode::BadId => "bad_id",
            RejectCode::BadTimestamp => "bad_timestamp",
            RejectCode::AmbiguousDate => "ambiguous_date",
            RejectCode::TwoDigitYear => "two_digit_year",
            RejectCode::SpreadsheetDate => "spreadsheet_date",
            RejectCode::EpochTimestamp => "epoch_timestamp",
            RejectCode::ImplausibleTimestamp => "implausible_timestamp",
            RejectCode::BadAmount => "bad_amount",
            RejectCode::AmountOutOfRange => "amount_out_of_range",
            RejectCode::BadQuantity => "bad_quantity",
            RejectCode::DuplicateCustomer => "duplicate_customer",
            RejectCode::EmptyType => "empty_type",
            RejectCode::BadValue => "bad_value",
            RejectCode::ValueOutOfRange => "value_out_of_range",
            RejectCode::ResolvedBefore => "resolved_before",
            RejectCode::UnknownKind => "unknown_kind",
            RejectCode::UnknownReason => "unknown_reason",
            RejectCode::UnknownArm => "unknown_arm",
            RejectCode::EmptyOffer => "empty_offer",
            RejectCode::BadFlag => "bad_flag",
            RejectCode::BadJson => "bad_json",
            RejectCode::DuplicateKey => "duplicate_key",
            RejectCode::NestedValue => "nested_value",
        }
    }

    /// The reason that a code stands for.
    pub(crate) fn of(code: &str) -> Option<Self> {
        use RejectCode as C;
        let all = [
            C::FieldCount,
            C::FieldTooLong,
            C::RecordTooLong,
            C::TextAfterQuote,
            C::NotText,
            C::EmptyId,
            C::BadId,
            C::BadTimestamp,
            C::AmbiguousDate,
            C::TwoDigitYear,
            C::SpreadsheetDate,
            C::EpochTimestamp,
            C::ImplausibleTimestamp,
            C::BadAmount,
            C::AmountOutOfRange,
            C::BadQuantity,
            C::DuplicateCustomer,
            C::BadJson,
            C::DuplicateKey,
            C::NestedValue,
        ];
        all.into_iter().find(|known| known.as_str() == code)
    }

    /// What to do when most rejected rows have this reason.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            RejectCode::BadTimestamp => {
                "; if the dates are not ISO 8601 (2026-03-05T14:22:10), set date_format in the project file"
            }
            RejectCode::AmbiguousDate => {
                "; every such date has two readings: set date_format in the project file, \"%d/%m/%Y\" where the day comes first, \"%m/%d/%Y\" where the month does"
            }
            RejectCode::TwoDigitYear => "; set date_format in the project file; %y is a year from 1969 to 2068",
            RejectCode::SpreadsheetDate => {
                "; format the column as a date (2026-03-05) in the spreadsheet, and export it again"
            }
            RejectCode::EpochTimestamp => "; export timestamps as ISO 8601 (2026-03-05T14:22:10Z)",
            RejectCode::BadValue => "; if the values use a decimal comma, set decimal = \",\" in the project file",
            RejectCode::BadAmount => {
                "; if the amounts use a decimal comma, set decimal = \",\" in the project file, and thousands = \".\" (or the sign that there is) if digits stand in groups; currency signs are not read"
            }
            RejectCode::FieldCount => "; does a field contain the delimiter without being quoted?",
            RejectCode::NotText => {
                "; if the file is not UTF-8, declare its encoding in the project file, such as encoding = \"windows-1252\""
            }
            RejectCode::BadJson => "; is every line one JSON object, and each of them whole?",
            RejectCode::NestedValue => "; export the value itself, under a key of its own",
            _ => "",
        }
    }
}

/// One rejected row. The cell's content is not kept: it may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Name of the file.
    pub file: String,
    /// Line in a text file (the first line is 1), row number from 1 in Parquet.
    pub line: u64,
    /// Bytes of a text file before the row; `None` in Parquet.
    pub byte: Option<u64>,
    /// Header of the column; empty where the whole row is at fault.
    pub column: String,
    /// Stable code of the reason.
    pub code: RejectCode,
    /// The reason in words.
    pub reason: String,
}

/// The most rejected rows kept with their place; the others are only counted.
const KEPT: usize = 100_000;

/// The rejected rows of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejects {
    kept: Vec<Reject>,
    counts: BTreeMap<RejectCode, u64>,
}

impl Rejects {
    pub(crate) fn add(&mut self, reject: Reject) {
        *self.counts.entry(reject.code).or_default() += 1;
        if self.kept.len() < KEPT {
            self.kept.push(reject);
        }
    }

    /// Adds the rows of another part of the table, which stand behind these.
    pub(crate) fn append(&mut self, other: Rejects) {
        for (code, count) in other.counts {
            *self.counts.entry(code).or_default() += count;
        }
        let room = KEPT - self.kept.len();
        self.kept.extend(other.kept.into_iter().take(room));
    }

    /// Says that these rows are of the file at this path.
    pub(crate) fn rename_file(&mut self, path: &Path) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.kept.iter_mut().for_each(|reject| reject.file.clone_from(&name));
    }

    /// Rejects that were counted and kept before.
    pub(crate) fn of(kept: Vec<Reject>, counts: BTreeMap<RejectCode, u64>) -> Self {
        Self { kept, counts }
    }

    /// How many rows were rejected.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many rows were rejected for each reason.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<RejectCode, u64> {
        &self.counts
    }

    /// The first 100,000 rejected rows, in the order of the file.
    #[must_use]
    pub fn rows(&self) -> &[Reject] {
        &self.kept
    }

    /// The first three rows in words, for an error message about a file, or a pattern of files.
    pub(crate) fn examples(&self, of: &Path) -> String {
        let name = of.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let example = |r: &Reject| {
            let file = if r.file == name { String::new() } else { format!("{}, ", r.file) };
            let byte = r.byte.map_or_else(String::new, |byte| format!(", byte {byte}"));
            let column = if r.column.is_empty() { String::new() } else { format!(", column \"{}\"", r.column) };
            format!("{file}line {}{column}{byte}: {} [{}]", r.line, r.reason, r.code.as_str())
        };
        self.kept.iter().take(3).map(example).collect::<Vec<_>>().join("; ")
    }

    /// The advice that belongs to the most frequent reason.
    pub(crate) fn hint(&self) -> &'static str {
        self.counts.iter().max_by_key(|(_, count)| **count).map_or("", |(code, _)| code.hint())
    }
}
