//! `churn models`: the models that were trained.

mod compare;
mod export;
mod promote;
mod text;
mod versions;

pub(crate) use self::compare::settings as comparison_settings;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::args::ProjectArgs;
use crate::model_store::{CARD, METRICS, ModelStore};
use crate::progress::Progress;
use crate::project::Project;
use versions::parts;

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the models of the project.
    List(ListArgs),
    /// Show a model: what it was trained on, and how good it is.
    Show(ShowArgs),
    /// Compare two models on the same customers, at a date that neither has learnt from; writes nothing.
    Compare(compare::CompareArgs),
    /// Make a model the one that scores, unless it is clearly worse than the one that does.
    Promote(promote::PromoteArgs),
    /// Write a model in a form that other programs run, or register it.
    Export(export::ExportArgs),
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
}

pub(crate) fn run(command: &ModelsCommand, progress: &mut Progress) -> anyhow::Result<Answer> {
    match command {
        ModelsCommand::List(args) => list(args),
        ModelsCommand::Show(args) => show(args),
        ModelsCommand::Compare(args) => compare::run(args, progress),
        ModelsCommand::Promote(args) => promote::run(args, progress),
        ModelsCommand::Export(args) => export::run(args),
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
    /// Gates that said no, but for those of the baselines.
    gates_failed: Vec<String>,
}

/// What the list reads of `metrics.json`.
#[derive(Debug, Deserialize)]
struct Metrics {
    test: Test,
    model: evaluation::Metrics,
    beats_baselines: bool,
    #[serde(default)]
    not_trained: Option<serde::de::IgnoredAny>,
    /// Models of earlier versions have none.
    #[serde(default)]
    gates: Vec<GateRead>,
}

#[derive(Debug, Deserialize)]
struct GateRead {
    gate: String,
    passed: bool,
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
            gates_failed: failed(&metrics.gates),
        });
    }
    let mut lines = vec![format!("{:<22} {:<10} {:<8} {:<8} {}", "VERSION", "TEST", "ROC AUC", "LOG-LOSS", "")];
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"));
    for model in &models {
        let (auc, loss) = (number(model.roc_auc), number(model.log_loss));
        let mut said = Vec::new();
        if model.champion {
            said.push("champion".to_owned());
        }
        if !model.trained {
            said.push("a forecast, not trained".to_owned());
        } else if !model.beats_baselines {
            said.push("no better than the baselines".to_owned());
        }
        if !model.gates_failed.is_empty() {
            said.push(format!("gates that say no: {}", model.gates_failed.join(", ")));
        }
        lines.push(format!("{:<22} {:<10} {auc:<8} {loss:<8} {}", model.version, model.test_as_of, said.join(", ")));
    }
    if models.is_empty() {
        lines = vec!["no models yet: run churn train".to_owned()];
    }
    Answer::new(lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n"), &models)
}

/// Gates that said no, each once; of the baselines the list speaks anyway.
fn failed(gates: &[GateRead]) -> Vec<String> {
    let mut failed: Vec<String> =
        gates.iter().filter(|gate| !gate.passed && gate.gate != "baselines").map(|gate| gate.gate.clone()).collect();
    failed.dedup();
    failed
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
    let (versions, project) = parts(&args.version_and_project, 1)?;
    let version = versions.into_iter().next();
    let project = Project::open(&project)?;
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
