//! Scores that are computed elsewhere: the statement for whoever runs it, and the engine that is had run it.

use history::Date;
use pushdown::Dialect;
use scoring::Model;
use serde::Serialize;

use super::warnings::warn_of_other_settings;
use crate::answer::Answer;
use crate::commands::train::warn_of_not_trained;
use crate::engine::{self, Computed, Session, SqlDialect};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;

/// The statement, as text for an engine.
#[derive(Debug, Serialize)]
struct Statement {
    dialect: &'static str,
    model: String,
    sql: String,
}

/// The statement that scores.
pub(super) fn statement(
    project: &Project,
    model: &Model,
    dialect: SqlDialect,
    as_of: Option<Date>,
    progress: &mut Progress,
) -> anyhow::Result<Answer> {
    warn_of_not_trained(model, progress);
    warn_of_other_settings(project, model, progress);
    let dialect = Dialect::from(dialect);
    let sql = engine::scores(project, model, dialect, as_of)?;
    Answer::new(sql.clone(), &Statement { dialect: dialect.as_str(), model: model.version().to_owned(), sql })
}

/// Has the engine at an address score.
pub(super) fn score(
    (project, address): (&Project, &str),
    model: &Model,
    as_of: Option<Date>,
    output: &Output,
    progress: &mut Progress,
) -> anyhow::Result<Answer> {
    warn_of_not_trained(model, progress);
    warn_of_other_settings(project, model, progress);
    let session = Session::open(project, address, progress)?;
    let computed = session.scores(project, model, as_of, output, progress)?;
    let Computed { files, rows, .. } = &computed;
    let churners = computed.expected_churners.unwrap_or(0.0);
    let text = format!(
        "{files}: {rows} eligible customers scored, of whom {churners:.0} are expected to churn; without intervals, and without \
         lapsed and new customers"
    );
    Answer::new(text, &computed)
}
