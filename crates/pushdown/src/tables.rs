//! Where the tables are, and what the engine knows of their columns.

use std::collections::BTreeSet;

use crate::dialect::Dialect;

/// A table as the engine finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// A table of the engine's catalogue: its name, and those of the schema and catalogue before it.
    Named(Vec<String>),
    /// Parquet files: a path or address with patterns, as the engine sees it.
    Parquet(String),
}

/// A table, and which of its columns are instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where it is.
    pub relation: Relation,
    /// Columns whose timestamps are instants, and are shown in the project's time zone; all others are what a clock on the
    /// wall showed.
    pub instants: BTreeSet<String>,
}

/// The tables of an export, each where the project has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The purchases.
    pub transactions: Table,
    /// The customers.
    pub customers: Option<Table>,
    /// The events.
    pub events: Option<Table>,
    /// The offers.
    pub offers: Option<Table>,
}

/// How timestamps of a column become wall-clock time.
#[derive(Debug)]
pub(crate) enum Clock<'a> {
    /// They are.
    Wall,
    /// By this time zone.
    Instant(&'a str),
}

impl Relation {
    /// The relation, as it stands behind FROM.
    #[must_use]
    pub fn sql(&self, dialect: Dialect) -> String {
        match (self, dialect) {
            (Relation::Named(parts), _) => parts.iter().map(|part| dialect.name(part)).collect::<Vec<_>>().join("."),
            (Relation::Parquet(path), Dialect::Spark) => format!("parquet.{}", dialect.name(path)),
            (Relation::Parquet(path), Dialect::DuckDb | Dialect::Postgres) => {
                format!("read_parquet({})", dialect.text(path))
            }
        }
    }
}

impl Table {
    /// The table of these files or this name, none of whose columns are instants.
    #[must_use]
    pub fn of(relation: Relation) -> Self {
        Self { relation, instants: BTreeSet::new() }
    }

    pub(crate) fn clock<'a>(&self, column: &str, zone: &'a str) -> Clock<'a> {
        if self.instants.contains(column) { Clock::Instant(zone) } else { Clock::Wall }
    }
}
