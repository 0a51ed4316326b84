//! `churn models`: the models that were trained.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::models_export::{self, ExportArgs};
use crate::answer::Answer;
use crate::args::{NotBuiltArgs, ProjectArgs};
use crate::exit::{UsageError, not_built};
use crate::model_store::{CARD, METRICS, ModelStore, ModelWriter, is_version};
use crate::project::Project;

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the models of the project.
    List(ListArgs),
    /// Show a model: what it was trained on, and how good it is.
    Show(ShowArgs),
    /// Not built in this version.
    Compare(NotBuiltArgs),
    /// Make a model the one that scores.
    Promote(ShowArgs),
    /// Write a model in a form that other programs run, or register it.
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Version of the model, such as 2026-07-01-0a1b2c3d [default: the champion], and project folder or file
    /// [default: `.`], in either order.
    #[arg(value_name = "VERSION | PROJECT", num_args = 0..=2)]
    pub(crate) version_and_project: Vec<PathBuf>,
    /// Folder of the outputs [default: `out` in the project folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

impl ModelsCommand {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            ModelsCommand::List(_) => "models list",
            ModelsCommand::Show(_) => "models show",
            ModelsCommand::Compare(_) => "models compare",
            ModelsCommand::Promote(_) => "models promote",
            ModelsCommand::Export(_) => "models export",
        }
    }

    /// The arguments of a command that is not built.
    pub(crate) fn rest(&self) -> &[OsString] {
        match self {
            ModelsCommand::Compare(args) => &args.rest,
            ModelsCommand::List(_) | ModelsCommand::Show(_) | ModelsCommand::Promote(_) | ModelsCommand::Export(_) => {
                &[]
            }
        }
    }
}

impl ShowArgs {
    /// The version, if one is given, and the project.
    ///
    /// # Errors
    /// Two versions, or two projects.
    pub(crate) fn parts(&self) -> Result<(Option<String>, ProjectArgs), UsageError> {
        let (mut version, mut project) = (None, None);
        for part in &self.version_and_project {
            let text = part.to_str().filter(|text| is_version(text));
            let twice = match text {
                Some(text) => version.replace(text.to_owned()).is_some(),
                None => project.replace(part.clone()).is_some(),
            };
            if twice {
                let message = "expected a version such as 2026-07-01-0a1b2c3d and a project, found two of a kind";
                return Err(UsageError(message.to_owned()));
            }
        }
        let project = project.unwrap_or_else(|| PathBuf::from("."));
        Ok((version, ProjectArgs { project, out: self.out.clone() }))
    }
}

pub(crate) fn run(command: &ModelsCommand) -> anyhow::Result<Answer> {
    match command {
        ModelsCommand::List(args) => list(args),
        ModelsCommand::Show(args) => show(args),
        ModelsCommand::Promote(args) => promote(args),
        ModelsCommand::Export(args) => models_export::run(args),
        ModelsCommand::Compare(_) => Err(not_built(command.name()).into()),
    }
}

/// A line of the list.
#[derive(Debug, Serialize)]
struct Listed {
    version: String,
    champion: bool,
    test_as_of: String,
    roc_auc: Option<f64>,
    log_loss: Option<f64>,
    beats_baselines: bool,
    /// Whether it was trained; else it is a forecast.
    trained: bool,
}

/// What the list reads of `metrics.json`.
#[derive(Debug, Deserialize)]
struct Metrics {
    test: Test,
    model: evaluation::Metrics,
    beats_baselines: bool,
    #[serde(default)]
    not_trained: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Test {
    as_of: String,
}

fn list(args: &ListArgs) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let store = ModelStore::of(&project);
    let champion = store.champion()?;
    let mut models = Vec::new();
    for version in store.versions()? {
        let text = store.text(&version, METRICS)?;
        let metrics: Metrics =
            serde_json::from_str(&text).with_context(|| store.path(&version).join(METRICS).display().to_string())?;
        models.push(Listed {
            champion: champion.as_deref() == Some(version.as_str()),
            version,
            test_as_of: metrics.test.as_of,
            roc_auc: metrics.model.roc_auc.value(),
            log_loss: metrics.model.log_loss.value(),
            beats_baselines: metrics.beats_baselines,
            trained: metrics.not_trained.is_none(),
        });
    }
    let mut lines = vec![format!("{:<22} {:<10} {:<8} {:<8} {}", "VERSION", "TEST", "ROC AUC", "LOG-LOSS", "")];
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"));
    for model in &models {
        let (auc, loss) = (number(model.roc_auc), number(model.log_loss));
        let mut said = Vec::new();
        if model.champion {
            said.push("champion");
        }
        if !model.trained {
            said.push("a forecast, not trained");
        } else if !model.beats_baselines {
            said.push("no better than the baselines");
        }
        lines.push(format!("{:<22} {:<10} {auc:<8} {loss:<8} {}", model.version, model.test_as_of, said.join(", ")));
    }
    if models.is_empty() {
        lines = vec!["no models yet: run churn train".to_owned()];
    }
    Answer::new(lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n"), &models)
}

/// A model with its metrics, as they stand in their files.
#[derive(Debug, Serialize)]
struct Shown {
    version: String,
    folder: String,
    champion: bool,
    /// What the coefficients say; none of a forecast.
    coefficients: Option<scoring::Coefficients>,
    model: serde_json::Value,
    metrics: serde_json::Value,
}

fn show(args: &ShowArgs) -> anyhow::Result<Answer> {
    let (version, project) = args.parts()?;
    let project = Project::open(&project.project)?;
    let store = ModelStore::of(&project);
    let version = store.resolve(version.as_deref())?;
    // Parsed for its checks: a damaged file is not shown.
    let model = store.model(&version)?;
    let shown = Shown {
        folder: store.path(&version).display().to_string(),
        champion: store.champion()?.as_deref() == Some(version.as_str()),
        coefficients: scoring::coefficients(&model),
        model: serde_json::to_value(model.file())?,
        metrics: serde_json::from_str(&store.text(&version, METRICS)?)?,
        version,
    };
    Answer::new(store.text(&shown.version, CARD)?.trim_end(), &shown)
}

/// The version that scores from now on.
#[derive(Debug, Serialize)]
struct Promoted {
    version: String,
    before: Option<String>,
}

fn promote(args: &ShowArgs) -> anyhow::Result<Answer> {
    let (version, project) = args.parts()?;
    let Some(version) = version else {
        return Err(UsageError("expected the version to promote, such as 2026-07-01-0a1b2c3d".to_owned()).into());
    };
    let project = Project::open(&project.project)?;
    let models = ModelWriter::open(&project)?;
    let version = models.store().resolve(Some(&version))?;
    // Parsed for its checks: a damaged model does not score.
    models.store().model(&version)?;
    let before = models.store().champion()?.filter(|before| *before != version);
    models.set_champion(&version)?;
    let text = match &before {
        Some(before) => format!("{version} is the champion, in place of {before}"),
        None => format!("{version} is the champion"),
    };
    Answer::new(text, &Promoted { version, before })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parts(given: &[&str]) -> Option<(Option<String>, PathBuf)> {
        let args = ShowArgs { version_and_project: given.iter().map(PathBuf::from).collect(), out: None };
        args.parts().ok().map(|(version, project)| (version, project.project))
    }

    #[test]
    fn a_version_is_told_from_a_project_by_its_form() {
        let version = "2026-07-01-0a1b2c3d";
        assert_eq!(parts(&[]), Some((None, ".".into())));
        assert_eq!(parts(&[version]), Some((Some(version.to_owned()), ".".into())));
        assert_eq!(parts(&["acme"]), Some((None, "acme".into())));
        for both in [["acme", version], [version, "acme"]] {
            assert_eq!(parts(&both), Some((Some(version.to_owned()), "acme".into())));
        }
        assert_eq!(parts(&["./2026-07-01-0a1b2c3d"]), Some((None, "./2026-07-01-0a1b2c3d".into())));
        assert_eq!(parts(&["a", "b"]), None);
        assert_eq!(parts(&[version, version]), None);
    }
}
