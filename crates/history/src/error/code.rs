//! The stable codes of refusals.

use super::ReadError;

impl ReadError {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Io { .. } => "unreadable_file",
            ReadError::Database { code, .. } | ReadError::Manifest { code, .. } => code,
            ReadError::UnknownFormat { .. } => "unknown_format",
            ReadError::PackedParquet { .. } => "packed_parquet",
            ReadError::LooksLike { .. } => "looks_like",
            ReadError::Packed { .. } => "damaged_packing",
            ReadError::Bomb { .. } => "unpacks_to_too_much",
            ReadError::TooManyBytes { .. } => "too_many_bytes",
            ReadError::NotInEncoding { .. } => "not_in_encoding",
            ReadError::OtherEncoding { .. } => "other_encoding",
            ReadError::Utf16WithoutMark { .. } => "utf_16_without_mark",
            ReadError::NothingBehindSkipped { .. } => "nothing_behind_skipped",
            ReadError::NotLines { .. } => "not_lines",
            ReadError::MixedColumns { .. } => "mixed_columns",
            ReadError::MixedTypes { .. } => "mixed_types",
            ReadError::ParquetClaim { .. } => "parquet_claim",
            ReadError::Empty { .. } => "empty_file",
            ReadError::NoRows { .. } => "no_rows",
            ReadError::MissingColumn { .. } => "missing_column",
            ReadError::DuplicateColumn { .. } => "duplicate_column",
            ReadError::RunawayQuote { .. } => "runaway_quote",
            ReadError::BackslashEscapes { .. } => "backslash_escapes",
            ReadError::SingleQuotes { .. } => "single_quotes",
            ReadError::LongDelimiter { .. } => "long_delimiter",
            ReadError::AmbiguousDelimiter { .. } => "ambiguous_delimiter",
            ReadError::BrokenHeader { .. } => "broken_header",
            ReadError::HeaderWidth { .. } => "header_width",
            ReadError::HeaderBelow { .. } => "header_below",
            ReadError::NoHeader { .. } => "no_header",
            ReadError::HeaderNotUtf8 { .. } => "header_not_utf8",
            ReadError::Parquet { .. } => "bad_parquet",
            ReadError::ColumnType { .. } => "column_type",
            ReadError::MixedOffsets { .. } => "mixed_offsets",
            ReadError::MixedCurrencies { .. } => "mixed_currencies",
            ReadError::TooManyRejects { .. } => "too_many_rejects",
            ReadError::TooLarge { .. } => "too_large",
            ReadError::SumTooLarge { .. } => "sum_too_large",
            ReadError::QuantitiesTooLarge { .. } => "quantities_too_large",
            ReadError::NoMatch { .. } => "no_match",
            ReadError::SameFileTwice { .. } => "same_file_twice",
            ReadError::ChangedOrders { .. } => "changed_orders",
            ReadError::Changed { .. } => "file_changed",
            ReadError::Spill { .. } => "spill_failed",
            ReadError::SpillDamaged { .. } => "spill_damaged",
            ReadError::CacheDamaged { .. } => "cache_damaged",
            ReadError::AllRejected { .. } => "all_rejected",
            ReadError::NoPurchases { .. } => "no_purchases",
            ReadError::StrayLastDay { .. } => "stray_last_day",
            ReadError::SilentEnd { .. } => "silent_end",
            ReadError::CompleteBeforeFirst { .. } => "complete_before_first",
        }
    }
}
