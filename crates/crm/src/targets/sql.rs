//! What tables in databases have in common.

use crate::error::CrmError;
use crate::mapping::{Field, Kind};

/// A table and the column by which its rows are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Schema, where it is not the default one.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The key column; each key stands in one row.
    pub key: String,
}

impl Table {
    /// Schema and table, quoted.
    pub(crate) fn quoted(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&self.table)),
            None => quoted(&self.table),
        }
    }

    pub(crate) fn check(&self, place: &str) -> Result<(), CrmError> {
        let names = self.schema.iter().chain([&self.table, &self.key]);
        match names.into_iter().find(|name| name.is_empty() || name.contains('\0')) {
            Some(_) => Err(CrmError::Setting {
                place: place.to_owned(),
                expected: "the names of a table and its key column".to_owned(),
                found: "an empty one".to_owned(),
            }),
            None => Ok(()),
        }
    }
}

/// A name as SQL takes any name.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The type of a column that holds a field, in both databases.
pub(crate) fn column_type(field: &Field) -> String {
    match field.kind {
        Kind::Text => "text".to_owned(),
        Kind::Number { decimals } => format!("numeric(15, {decimals})"),
        Kind::Integer => "bigint".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::Date => "date".to_owned(),
    }
}
