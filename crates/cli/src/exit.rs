//! Exit codes, and which error leads to which.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use crm::CrmError;
use history::{Immature, ReadError, WriteError};
use scoring::ScoringError;
use serde::Serialize;
use simulation::SimulationError;
use training::TrainingError;

use crate::commands::backtest::NoBetterOverTime;
use crate::commands::init::Refused;
use crate::commands::measure::NotAPlan;
use crate::commands::monitor::Alarmed;
use crate::commands::plan::NotRandomised;
use crate::commands::score::NobodyToScore;
use crate::commands::sync::{SourceRefused, SyncIncomplete};
use crate::commands::train::NoBetter;
use crate::export::FromTheFuture;
use crate::interrupt::Interrupted;
use crate::lock::HeldError;
use crate::mlflow::RemoteError;
use crate::project::ProjectError;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exit {
    /// Everything was done.
    Done,
    /// Something failed that no other code stands for.
    Failed,
    /// The command line or the project file is wrong.
    Usage,
    /// The exports cannot be used, or not for this.
    InputRefused,
    /// Another run holds the project.
    Held,
    /// An output could not be written.
    Output,
    /// A server did not do its part; run again to resume.
    Remote,
    /// The work was done, and a gate said no to the result.
    Gate,
    /// SIGINT came.
    Interrupted,
    /// SIGTERM came.
    Terminated,
}

impl Exit {
    /// The number that the operating system sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::InputRefused => 3,
            Exit::Held => 4,
            Exit::Output => 5,
            Exit::Remote => 6,
            Exit::Gate => 7,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }

    /// The exit that an error leads to: that of the first cause which has one.
    pub(crate) fn of(error: &anyhow::Error) -> Exit {
        error.chain().find_map(exit_of_cause).unwrap_or(Exit::Failed)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// A command line that makes no sense in the place where it was typed.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for UsageError {}

/// The stable code of why an export was refused, if that is what failed.
pub(crate) fn refusal_code(error: &anyhow::Error) -> Option<&'static str> {
    let of_export = |cause: &(dyn Error + 'static)| cause.downcast_ref::<ReadError>().map(ReadError::code);
    let of_model = |cause: &(dyn Error + 'static)| match cause.downcast_ref::<ScoringError>()? {
        ScoringError::OtherExport { .. } => Some("other_export"),
        ScoringError::MissingFeature { .. } => Some("missing_feature"),
        ScoringError::UnseenLevels { .. } => Some("unseen_levels"),
        ScoringError::ChangedColumn { .. } => Some("changed_column"),
        ScoringError::OtherIds { .. } => Some("other_ids"),
        _ => None,
    };
    error.chain().find_map(|cause| of_export(cause).or_else(|| of_model(cause)))
}

/// One line for the whole chain of causes. Many messages end with their cause already; it is not said twice.
pub(crate) fn joined(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let message = one_line(&cause.to_string());
        if text.ends_with(&message) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&message);
    }
    text
}

/// A text without line breaks or other control characters, for a terminal or a log.
pub(crate) fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = plain.split_whitespace().collect::<Vec<&str>>().join(" ");
    text.strip_prefix("error: ").map_or(text.clone(), str::to_owned)
}

/// Errors of new crates are added here: what the data is to blame for is `InputRefused`, what the user typed is `Usage`.
fn exit_of_cause(cause: &(dyn Error + 'static)) -> Option<Exit> {
    if cause.is::<UsageError>() || cause.is::<ProjectError>() || cause.is::<pushdown::Refused>() {
        return Some(Exit::Usage);
    }
    if cause.is::<ReadError>() || cause.is::<Immature>() || cause.is::<FromTheFuture>() || cause.is::<NobodyToScore>() {
        return Some(Exit::InputRefused);
    }
    if cause.is::<Refused>() || cause.is::<NotRandomised>() || cause.is::<NotAPlan>() {
        return Some(Exit::InputRefused);
    }
    if cause.is::<crate::engine::Unusable>() {
        return Some(Exit::InputRefused);
    }
    if let Some(error) = cause.downcast_ref::<spark::EngineError>() {
        use spark::EngineError as E;
        return Some(match error {
            E::Address { .. } | E::Setting { .. } | E::NotBuilt | E::ColumnType { .. } => Exit::Usage,
            E::PathExists { .. } => Exit::Output,
            E::Cancelled => Exit::Interrupted,
            _ => Exit::Remote,
        });
    }
    if cause.is::<WriteError>() {
        return Some(Exit::Output);
    }
    if cause.is::<HeldError>() {
        return Some(Exit::Held);
    }
    if let Some(interrupted) = cause.downcast_ref::<Interrupted>() {
        return Some(interrupted.exit());
    }
    if cause.is::<RemoteError>() || cause.is::<SyncIncomplete>() {
        return Some(Exit::Remote);
    }
    if cause.is::<SourceRefused>() {
        return Some(Exit::InputRefused);
    }
    if let Some(error) = cause.downcast_ref() {
        return Some(match error {
            // The project file asks for what the target does not have.
            CrmError::Setting { .. } | CrmError::NotReady { .. } | CrmError::OtherTarget { .. } => Exit::Usage,
            CrmError::Held { .. } => Exit::Held,
            CrmError::Unreachable { .. } => Exit::Remote,
            CrmError::Corrupt { .. } | CrmError::Io { .. } => Exit::Output,
            // The rows, or a guard that stands before them.
            _ => Exit::InputRefused,
        });
    }
    if cause.is::<NoBetter>() || cause.is::<NoBetterOverTime>() || cause.is::<Alarmed>() {
        return Some(Exit::Gate);
    }
    if cause.downcast_ref().is_some_and(TrainingError::is_about_data) {
        return Some(Exit::InputRefused);
    }
    if matches!(cause.downcast_ref(), Some(ScoringError::OtherQuestion { .. } | ScoringError::NobodyInBoth { .. })) {
        return Some(Exit::InputRefused);
    }
    // A model that was trained on another kind of export, or that has not seen what this one holds.
    if matches!(
        cause.downcast_ref(),
        Some(
            ScoringError::OtherExport { .. }
                | ScoringError::MissingFeature { .. }
                | ScoringError::UnseenLevels { .. }
                | ScoringError::ChangedColumn { .. }
                | ScoringError::OtherIds { .. }
        )
    ) {
        return Some(Exit::InputRefused);
    }
    cause.downcast_ref::<SimulationError>().map(|error| match error {
        SimulationError::Folder { .. } | SimulationError::Write(_) => Exit::Output,
        // Settings outside their range.
        _ => Exit::Usage,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn io() -> std::io::Error {
        std::io::Error::new(std::io::ErrorKind::NotFound, "no such file")
    }

    #[test]
    fn the_first_cause_with_a_code_decides_whatever_was_said_around_it() {
        let path = PathBuf::from("a.csv");
        let read = anyhow::Error::new(ReadError::Io { path: path.clone(), source: io() });
        assert_eq!(Exit::of(&read.context("while checking")), Exit::InputRefused);
        let write = anyhow::Error::new(WriteError::Io { path: path.clone(), source: io() });
        assert_eq!(Exit::of(&write.context("features")), Exit::Output);
        let simulation = SimulationError::Write(WriteError::UnknownFormat { path });
        assert_eq!(Exit::of(&anyhow::Error::new(simulation)), Exit::Output);
        assert_eq!(Exit::of(&UsageError("wrong".to_owned()).into()), Exit::Usage);
        assert_eq!(Exit::of(&anyhow::anyhow!("something else")), Exit::Failed);
    }

    #[test]
    fn a_cause_that_is_said_already_is_not_said_again() {
        let error = anyhow::Error::new(ReadError::Io { path: PathBuf::from("a.csv"), source: io() });
        assert_eq!(joined(&error), "cannot read a.csv: no such file");
        assert_eq!(joined(&error.context("churn check")), "churn check: cannot read a.csv: no such file");
    }

    #[test]
    fn errors_are_one_line_without_control_characters() {
        assert_eq!(one_line("error: a\n\n  b\u{1b}[31m"), "a b [31m");
    }
}
