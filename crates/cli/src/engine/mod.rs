//! Features and scores as SQL, for the engine where the data lies.

mod columns;
mod place;
mod run;
mod statement;
mod tables;

use clap::ValueEnum;
use pushdown::Dialect;

pub(crate) use run::{Computed, Session, Unusable};
pub(crate) use statement::{Asked, features, scores};

use crate::project::Project;

/// Where features and scores are computed, on the command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct EngineArgs {
    /// Compute on this engine, `spark://HOST:PORT` with its port for Spark Connect, and have it write the result; `embedded` for
    /// this program itself [default: `engine` of `[features]`, else embedded].
    #[arg(long, value_name = "ADDRESS")]
    engine: Option<String>,
}

/// The word for no engine but this program.
const EMBEDDED: &str = "embedded";

impl EngineArgs {
    /// The address of the engine, unless it is this program.
    pub(crate) fn address<'a>(&'a self, project: &'a Project) -> Option<&'a str> {
        self.engine.as_deref().or(project.engine.as_deref()).filter(|address| *address != EMBEDDED)
    }
}

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
