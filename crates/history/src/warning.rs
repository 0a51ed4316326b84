//! What is odd about an export that can be used all the same.

use std::fmt;

use crate::place::Place;

/// What a warning is about; [`WarningCode::as_str`] is its stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WarningCode {
    /// Columns that the project does not map, and nothing reads.
    UnmappedColumns,
    /// A header stands twice, and is not mapped.
    DuplicateHeader,
    /// A mapped header is written with other capitals.
    HeaderSpelling,
    /// Lines end in more than one way.
    MixedLineEnds,
    /// The last line has no end: the file may have been cut.
    NoFinalNewline,
    /// A quote inside a field that is not quoted, taken as it stands.
    QuoteInField,
    /// Blanks around ids were removed.
    PaddedIds,
    /// Ids were changed because the project says so.
    NormalizedIds,
    /// Ids that differ in leading zeros alone.
    LeadingZeros,
    /// Ids in the notation of large numbers of a spreadsheet.
    SpreadsheetIds,
    /// Ids that look the same and are composed differently (Unicode NFC and NFD).
    UnicodeForms,
    /// Ids with characters that cannot be seen.
    HiddenCharacters,
    /// Ids with letters of more than one script.
    MixedScripts,
    /// Times that the clock skipped when daylight saving began.
    ClockGap,
    /// Times that the clock showed twice when daylight saving ended.
    ClockFold,
    /// Rows with an amount of zero.
    ZeroAmounts,
    /// The usual amount becomes many times larger or smaller.
    ScaleChange,
    /// Rows that repeat another one in everything that is read.
    RepeatedRows,
    /// The same rows of an order in more than one file: counted once.
    OverlappingOrders,
    /// An order with other content in another file: the latest is used.
    ChangedOrders,
}

impl WarningCode {
    /// The code that stands for it in files and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            WarningCode::UnmappedColumns => "unmapped_columns",
            WarningCode::DuplicateHeader => "duplicate_header",
            WarningCode::HeaderSpelling => "header_spelling",
            WarningCode::MixedLineEnds => "mixed_line_ends",
            WarningCode::NoFinalNewline => "no_final_newline",
            WarningCode::QuoteInField => "quote_in_field",
            WarningCode::PaddedIds => "padded_ids",
            WarningCode::NormalizedIds => "normalized_ids",
            WarningCode::LeadingZeros => "leading_zeros",
            WarningCode::SpreadsheetIds => "spreadsheet_ids",
            WarningCode::UnicodeForms => "unicode_forms",
            WarningCode::HiddenCharacters => "hidden_characters",
            WarningCode::MixedScripts => "mixed_scripts",
            WarningCode::ClockGap => "clock_gap",
            WarningCode::ClockFold => "clock_fold",
            WarningCode::ZeroAmounts => "zero_amounts",
            WarningCode::ScaleChange => "scale_change",
            WarningCode::RepeatedRows => "repeated_rows",
            WarningCode::OverlappingOrders => "overlapping_orders",
            WarningCode::ChangedOrders => "changed_orders",
        }
    }

    /// The warning that a code stands for.
    pub(crate) fn of(code: &str) -> Option<Self> {
        ALL.into_iter().find(|known| known.as_str() == code)
    }

    /// Whether it only says what was done, by a fixed rule, and belongs in a report rather than in every night's log.
    #[must_use]
    pub const fn is_note(self) -> bool {
        matches!(
            self,
            WarningCode::UnmappedColumns
                | WarningCode::NoFinalNewline
                | WarningCode::QuoteInField
                | WarningCode::PaddedIds
                | WarningCode::NormalizedIds
                | WarningCode::ClockGap
                | WarningCode::ClockFold
                | WarningCode::ZeroAmounts
                | WarningCode::RepeatedRows
                | WarningCode::OverlappingOrders
        )
    }
}

const ALL: [WarningCode; 20] = [
    WarningCode::UnmappedColumns,
    WarningCode::DuplicateHeader,
    WarningCode::HeaderSpelling,
    WarningCode::MixedLineEnds,
    WarningCode::NoFinalNewline,
    WarningCode::QuoteInField,
    WarningCode::PaddedIds,
    WarningCode::NormalizedIds,
    WarningCode::LeadingZeros,
    WarningCode::SpreadsheetIds,
    WarningCode::UnicodeForms,
    WarningCode::HiddenCharacters,
    WarningCode::MixedScripts,
    WarningCode::ClockGap,
    WarningCode::ClockFold,
    WarningCode::ZeroAmounts,
    WarningCode::ScaleChange,
    WarningCode::RepeatedRows,
    WarningCode::OverlappingOrders,
    WarningCode::ChangedOrders,
];

/// Something odd that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub code: WarningCode,
    /// Name of the file, or of the table where it is about more than one file.
    pub file: String,
    /// The first place where it was seen, if it has one.
    pub place: Option<Place>,
    /// Header of the column; empty where it is about no single column.
    pub column: String,
    /// How often it was seen.
    pub count: u64,
    /// What was found and what to do, in words, without any content of cells.
    pub message: String,
    /// The first few of what was found, characters that cannot be seen written as `\u{200b}`. These can be personal data:
    /// they are for the person at the screen, not for logs.
    pub examples: Vec<String>,
}

impl Warning {
    pub(crate) fn new(code: WarningCode, file: &str, count: u64, message: impl Into<String>) -> Self {
        let (file, message) = (file.to_owned(), message.into());
        Self { code, file, place: None, column: String::new(), count, message, examples: Vec::new() }
    }

    pub(crate) fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    pub(crate) fn in_column(self, column: &str) -> Self {
        Self { column: column.to_owned(), ..self }
    }

    pub(crate) fn with_examples(self, examples: Vec<String>) -> Self {
        Self { examples, ..self }
    }
}

impl fmt::Display for Warning {
    /// `orders.csv: line 3, byte 57, column "id": what was found [code]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        match (self.place, self.column.as_str()) {
            (Some(place), "") => write!(f, "{place}: ")?,
            (Some(place), column) => write!(f, "{place}, column \"{column}\": ")?,
            (None, "") => {}
            (None, column) => write!(f, "column \"{column}\": ")?,
        }
        write!(f, "{} [{}]", self.message, self.code.as_str())
    }
}

/// The warnings of many files: those that say the same are one, that of the first file.
pub(crate) fn together(warnings: Vec<Warning>) -> Vec<Warning> {
    let mut all: Vec<(Warning, usize)> = Vec::new();
    for warning in warnings {
        let says_the_same = |(other, _): &&mut (Warning, usize)| {
            (other.code, &other.column, &other.message) == (warning.code, &warning.column, &warning.message)
        };
        match all.iter_mut().find(says_the_same) {
            Some((first, files)) => {
                first.count += warning.count;
                *files += 1;
            }
            None => all.push((warning, 1)),
        }
    }
    let named = |(mut warning, files): (Warning, usize)| {
        if files > 1 {
            warning.message.push_str(&format!(" (so in {files} files)"));
        }
        warning
    };
    all.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_for_one_warning() {
        for code in ALL {
            assert_eq!(WarningCode::of(code.as_str()), Some(code));
        }
        assert_eq!(WarningCode::of("none"), None);
    }

    #[test]
    fn a_warning_says_where_and_what() {
        let warning = Warning::new(WarningCode::QuoteInField, "a.csv", 2, "found a quote");
        assert_eq!(warning.to_string(), "a.csv: found a quote [quote_in_field]");
        let warning = warning.at(Place::of_text(3, 57)).in_column("id");
        assert_eq!(warning.to_string(), "a.csv: line 3, byte 57, column \"id\": found a quote [quote_in_field]");
    }
}
