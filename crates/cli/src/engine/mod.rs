//! Features and scores as SQL, for the engine where the data lies.

mod columns;
mod place;
mod run;
mod sample;
mod statement;
mod tables;

use clap::ValueEnum;
use pushdown::Dialect;

pub(crate) use run::{Computed, Session, Unusable};
pub(crate) use sample::Sample;
pub(crate) use statement::{Asked, features, scores};

use crate::progress::Progress;
use crate::project::Project;

/// Where features and scores are computed, on the command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct EngineArgs {
    /// Compute on this engine, `spark://HOST:PORT` with its port for Spark Connect, and have it write the result; `embedded` for
    /// this program itself [default: `engine` of `[features]`, else embedded].
    #[arg(long, value_name = "ADDRESS")]
    engine: Option<String>,
}

/// Where the customers are that a model is trained on, on the command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TrainingEngineArgs {
    /// Train on customers drawn by this engine, `spark://HOST:PORT` with its port for Spark Connect: their rows come here, the tables
    /// stay; `embedded` reads the exports themselves [default: `engine` of `[features]`, else embedded].
    #[arg(long, value_name = "ADDRESS")]
    engine: Option<String>,
    /// About so many customers who are eligible at the end of the engine's tables are drawn, each with the same chance; all of them
    /// where there are no more.
    #[arg(long, value_name = "CUSTOMERS", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sample: u64,
}

impl TrainingEngineArgs {
    /// The address of the engine, unless it is this program.
    pub(crate) fn address<'a>(&'a self, project: &'a Project) -> Option<&'a str> {
        address(self.engine.as_deref(), project)
    }
}

/// The word for no engine but this program.
const EMBEDDED: &str = "embedded";

impl EngineArgs {
    /// The address of the engine, unless it is this program.
    pub(crate) fn address<'a>(&'a self, project: &'a Project) -> Option<&'a str> {
        address(self.engine.as_deref(), project)
    }
}

fn address<'a>(given: Option<&'a str>, project: &'a Project) -> Option<&'a str> {
    given.or(project.engine.as_deref()).filter(|address| *address != EMBEDDED)
}

/// Says that a command reads the exports itself, whatever `[features] engine` is.
pub(crate) fn warn_of_exports(project: &Project, command: &str, progress: &mut Progress) {
    if project.engine.as_deref().is_some_and(|engine| engine != EMBEDDED) {
        progress
            .warn(format!("{command} reads the exports itself: [features] engine is for features, train and score"));
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
