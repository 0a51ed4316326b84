//! Types of PostgreSQL that have a meaning here.

use std::path::Path;

use postgres::types::{Kind, Type};

use crate::error::ReadError;

/// What the values of a column are, and so how their bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Text,
    Uuid,
    Flag,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    /// A decimal number of any size.
    Numeric,
    Date,
    /// A wall clock.
    Timestamp,
    /// An instant.
    TimestampTz,
}

/// What a column of this type holds.
///
/// # Errors
/// The type has no meaning here, or more than one.
pub(super) fn kind(name: &Path, column: &str, found: &Type) -> Result<ColumnKind, ReadError> {
    if let Kind::Domain(inner) = found.kind() {
        return kind(name, column, inner);
    }
    Ok(match *found {
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => ColumnKind::Text,
        Type::UUID => ColumnKind::Uuid,
        Type::BOOL => ColumnKind::Flag,
        Type::INT2 => ColumnKind::Int2,
        Type::INT4 => ColumnKind::Int4,
        Type::INT8 => ColumnKind::Int8,
        Type::FLOAT4 => ColumnKind::Float4,
        Type::FLOAT8 => ColumnKind::Float8,
        Type::NUMERIC => ColumnKind::Numeric,
        Type::DATE => ColumnKind::Date,
        Type::TIMESTAMP => ColumnKind::Timestamp,
        Type::TIMESTAMPTZ => ColumnKind::TimestampTz,
        _ if matches!(found.kind(), Kind::Enum(_)) || found.name() == "citext" => ColumnKind::Text,
        _ => {
            return Err(ReadError::ColumnType {
                path: name.to_owned(),
                column: column.to_owned(),
                expected: "text, a number, a flag, a date or a timestamp (cast it in the query, as in price::numeric or \
                           data->>'city')",
                found: found.name().to_owned(),
            });
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn types_without_one_meaning_are_refused_by_column() {
        let of = |found: &Type| kind(Path::new("query of [events]"), "payload", found);
        for found in [Type::BYTEA, Type::JSON, Type::JSONB, Type::TEXT_ARRAY, Type::MONEY, Type::INTERVAL, Type::TIME] {
            let error = of(&found).unwrap_err();
            assert_eq!(error.code(), "column_type");
            let message = error.to_string();
            assert!(message.starts_with("query of [events]: column \"payload\": expected text"), "{message}");
            assert!(message.contains("cast it in the query") && message.ends_with(&format!("found the type {found}")));
        }
        assert_eq!(of(&Type::NUMERIC).unwrap(), ColumnKind::Numeric);
        assert_eq!(of(&Type::TIMESTAMPTZ).unwrap(), ColumnKind::TimestampTz);
    }
}
