//! What the columns of an export mean, whatever its files' format.

use crate::cell::Offset;

/// A mapped column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportColumn {
    /// Name of the table in the project file.
    pub table: &'static str,
    /// Name of the column in the project file.
    pub name: String,
    /// What its values are.
    pub meaning: ColumnMeaning,
}

/// What the values of a column are. A file's own types are no part of it: an amount is an amount, as text or as a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnMeaning {
    /// Customers' ids.
    Id,
    /// Instants: timestamps with an offset from UTC, shown in the project's time zone.
    Instant,
    /// Timestamps without an offset, and dates: what a clock on the wall showed.
    WallClock,
    /// Money.
    Amount,
    /// Other numbers.
    Number,
    /// Yes or no.
    Flag,
    /// Anything else, as text.
    Text,
}

impl ColumnMeaning {
    /// The words that stand for it in files and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ColumnMeaning::Id => "ids",
            ColumnMeaning::Instant => "timestamps with an offset",
            ColumnMeaning::WallClock => "timestamps without an offset",
            ColumnMeaning::Amount => "amounts",
            ColumnMeaning::Number => "numbers",
            ColumnMeaning::Flag => "flags",
            ColumnMeaning::Text => "text",
        }
    }

    /// What a column of this name holds; `offset` is what was found, where it holds timestamps.
    pub(crate) fn of(name: &str, offset: Option<Offset>) -> Self {
        match name {
            "customer_id" => ColumnMeaning::Id,
            "timestamp" | "recorded_at" | "resolved_at" | "signup_date" | "contract_end" => match offset {
                Some(Offset::Given) => ColumnMeaning::Instant,
                _ => ColumnMeaning::WallClock,
            },
            "amount" | "unit_price" | "discount" | "margin" | "cost" => ColumnMeaning::Amount,
            "quantity" | "value" => ColumnMeaning::Number,
            "contact_allowed" => ColumnMeaning::Flag,
            _ => ColumnMeaning::Text,
        }
    }
}
