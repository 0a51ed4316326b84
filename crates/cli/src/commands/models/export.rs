//! `churn models export`: a model in a form that other programs run, or at a model registry.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use clap::{Args, ValueEnum};
use history::write_file;
use scoring::Model;
use serde::Serialize;

use super::ShowArgs;
use super::versions::parts;
use crate::address;
use crate::answer::Answer;
use crate::exit::UsageError;
use crate::mlflow::{Client, Credentials, Limits, Registered, Registration, folder, register};
use crate::model_store::{METRICS, ModelStore};
use crate::project::Project;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) model: ShowArgs,
    /// The form.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// The file to write, or with `mlflow` the folder; what was exported there before is replaced.
    #[arg(long, value_name = "PATH", required_unless_present = "register")]
    pub(crate) to: Option<PathBuf>,
    /// Register the model at an MLflow server under this name; needs `--format mlflow`. A model that is registered already is
    /// left alone. The server knows us by MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
    #[arg(long, value_name = "NAME", value_parser = registered_name)]
    pub(crate) register: Option<String>,
    /// Address of the MLflow server, https unless it is on this machine [default: MLFLOW_TRACKING_URI].
    #[arg(long, value_name = "URL", requires = "register")]
    pub(crate) tracking_uri: Option<String>,
    /// Experiment at the MLflow server that the run belongs to.
    #[arg(long, value_name = "NAME", requires = "register", default_value = "churn")]
    pub(crate) experiment: String,
    /// Alias that the registered version gets, such as `champion`.
    #[arg(long, value_name = "ALIAS", requires = "register")]
    pub(crate) alias: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// ONNX in double precision: raw features in, probability and logit out.
    Onnx,
    /// PMML 4.4: the same as text.
    Pmml,
    /// A folder that MLflow loads and serves, with the ONNX model in it.
    Mlflow,
    /// The model file itself.
    Json,
}

/// What was exported, and where to.
#[derive(Debug, Serialize)]
struct Exported {
    version: String,
    format: Format,
    path: Option<String>,
    /// Names of the inputs, in order.
    features: Vec<String>,
    registered: Option<Registered>,
}

pub(crate) fn run(args: &ExportArgs) -> anyhow::Result<Answer> {
    if args.register.is_some() && args.format != Format::Mlflow {
        return Err(UsageError("--register: expected --format mlflow, found another format".to_owned()).into());
    }
    let (versions, project) = parts(&args.model.version_and_project, 1)?;
    let project = Project::open(&project)?;
    let store = ModelStore::of(&project);
    let model = store.model(&store.resolve(versions.first().map(String::as_str))?)?;
    // Checked before anything is written.
    let server = args.register.as_deref().map(|name| server(args).map(|client| (name, client))).transpose()?;
    if let Some(to) = &args.to {
        write(args.format, to, &store, &model)?;
    }
    let registered = match &server {
        Some((name, client)) => Some(register_at(client, name, args, &store, &model)?),
        None => None,
    };
    let exported = Exported {
        version: model.version().to_owned(),
        format: args.format,
        path: args.to.as_ref().map(|to| to.display().to_string()),
        features: model.features().iter().map(|feature| feature.name.clone()).collect(),
        registered,
    };
    Answer::new(said(&exported), &exported)
}

fn said(exported: &Exported) -> String {
    let mut lines = Vec::new();
    if let Some(path) = &exported.path {
        lines.push(format!("{} written to {path}", exported.version));
    }
    match &exported.registered {
        Some(Registered { name, version, already: true }) => {
            lines.push(format!("{} is registered already, as {name} version {version}", exported.version));
        }
        Some(Registered { name, version, already: false }) => {
            lines.push(format!("{} registered as {name} version {version}", exported.version));
        }
        None => {}
    }
    lines.join("\n")
}

fn write(format: Format, to: &Path, store: &ModelStore, model: &Model) -> anyhow::Result<()> {
    let bytes = match format {
        Format::Mlflow => return folder(store, model)?.write(to),
        Format::Onnx => scoring::onnx(model)?,
        Format::Pmml => scoring::pmml(model)?.into_bytes(),
        Format::Json => model.to_json()?.into_bytes(),
    };
    Ok(write_file(to, &bytes)?)
}

/// The server, with what it knows us by.
fn server(args: &ExportArgs) -> Result<Client, UsageError> {
    let variable = |name: &str| std::env::var(name).ok();
    let address = args.tracking_uri.clone().or_else(|| variable("MLFLOW_TRACKING_URI"));
    let address = address.ok_or_else(|| {
        UsageError("--register: expected --tracking-uri or MLFLOW_TRACKING_URI, found neither".to_owned())
    })?;
    let address = address::server(&address, "MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD")
        .map_err(|problem| UsageError(format!("tracking address: {problem}")))?;
    Ok(Client::new(address, Credentials::from_environment(variable)?, Limits::default()))
}

fn register_at(
    client: &Client,
    name: &str,
    args: &ExportArgs,
    store: &ModelStore,
    model: &Model,
) -> anyhow::Result<Registered> {
    let metrics = serde_json::from_str(&store.text(model.version(), METRICS)?)
        .with_context(|| store.path(model.version()).join(METRICS).display().to_string())?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock stands before 1970")?;
    let what = Registration {
        name,
        experiment: &args.experiment,
        alias: args.alias.as_deref(),
        model,
        metrics: &metrics,
        files: &folder(store, model)?,
        now: u64::try_from(now.as_millis()).context("the clock stands too far ahead")?,
    };
    let registered = register(client, &what);
    registered.with_context(|| format!("cannot register {} at {}", model.version(), client.address().shown()))
}

/// MLflow takes neither `/` nor `:`; quotes would end the filter by which the name is looked for.
fn registered_name(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    match !text.trim().is_empty() && text.len() <= 200 && text.chars().all(good) {
        true => Ok(text.to_owned()),
        false => Err("expected up to 200 letters, digits, spaces, dots, hyphens and underscores".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_registered_models_cannot_end_a_filter() {
        assert!(registered_name("churn shop-1.a_b").is_ok());
        for bad in ["", " ", "a'b", "a/b", "a:b", "ă", &"a".repeat(201)] {
            assert!(registered_name(bad).is_err(), "{bad}");
        }
    }
}
