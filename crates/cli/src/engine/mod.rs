//! Features and scores as SQL, for the engine where the data lies.

mod statement;
mod tables;

use clap::ValueEnum;
use pushdown::Dialect;

pub(crate) use statement::{Asked, features, scores};

/// An SQL dialect on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SqlDialect {
    /// Apache Spark 4 and what speaks its SQL.
    Spark,
    /// DuckDB.
    Duckdb,
    /// PostgreSQL 14 or later; tables need names, see `[features.tables]`.
    Postgres,
}

impl From<SqlDialect> for Dialect {
    fn from(dialect: SqlDialect) -> Self {
        match dialect {
            SqlDialect::Spark => Dialect::Spark,
            SqlDialect::Duckdb => Dialect::DuckDb,
            SqlDialect::Postgres => Dialect::Postgres,
        }
    }
}
