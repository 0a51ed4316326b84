//! What tables in databases have in common.

use std::time::Duration;

use crate::error::CrmError;
use crate::limiter::Rate;
use crate::mapping::{Field, Kind, Mapping};
use crate::target::{Atomicity, Capabilities, Outcome, Preflight, UnknownField};

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

/// What a table in a database can: a transaction a batch, and more calls a second than anybody makes.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        max_batch: 1_000,
        reads: true,
        max_read: 1_000,
        atomicity: Atomicity::Batch,
        update_only: true,
        upsert: true,
        unknown_field: UnknownField::Refused,
        rate: Rate { calls: 10_000, per: Duration::from_secs(1), burst: 10_000 },
    }
}

/// Compares a table that is there with a mapping: `declared` gives the type of a column, `keeps` says whether a column of a type keeps
/// a kind's values as they are.
pub(crate) fn preflight<'a>(
    table: &Table,
    mapping: &Mapping,
    declared: impl Fn(&str) -> Option<&'a str>,
    keeps: fn(&str, Kind) -> bool,
) -> Preflight {
    let mut found = Preflight::default();
    if declared(&table.key).is_none() {
        found.problems.push(format!("there is no key column {}", quoted(&table.key)));
    }
    for field in mapping.fields() {
        match declared(&field.name) {
            None => found.missing.push(field.clone()),
            Some(has) if !keeps(has, field.kind) => found.problems.push(format!(
                "column {}: expected a type that keeps {:?}, found {has:?}",
                quoted(&field.name),
                field.kind
            )),
            Some(_) => {}
        }
    }
    found
}

/// A key that stands in so many rows.
pub(crate) fn several(rows: impl std::fmt::Display) -> Outcome {
    Outcome::Rejected { code: "SEVERAL".to_owned(), message: format!("expected one row with this key, found {rows}") }
}
