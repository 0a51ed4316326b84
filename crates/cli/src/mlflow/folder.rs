//! The folder that MLflow loads a model from: `MLmodel` says what it is, `model.onnx` computes, and the rest is for those who
//! have to install or to judge it.

use std::path::Path;

use anyhow::Context;
use history::{WriteError, sync_folder_of, write_file};
use scoring::Model;
use serde_json::json;

use crate::exit::UsageError;
use crate::model_store::{CARD, METRICS, MODEL, ModelStore};

/// Says what is in the folder.
const MLMODEL: &str = "MLmodel";
/// The Python that the environment files ask for.
const PYTHON: &str = "3.11";
/// What a Python needs to load the model.
const REQUIREMENTS: [&str; 3] = ["mlflow>=2.10", "onnx>=1.15", "onnxruntime>=1.17"];

/// The files of the folder: names without folders, and contents.
#[derive(Debug)]
pub(crate) struct ModelFolder(pub(crate) Vec<(&'static str, Vec<u8>)>);

/// The files of a model for MLflow. The same model gives the same bytes.
///
/// # Errors
/// A file of the model cannot be read, or ONNX has no place for something in it.
pub(crate) fn folder(store: &ModelStore, model: &Model) -> anyhow::Result<ModelFolder> {
    let pip: Vec<String> = REQUIREMENTS.iter().map(|requirement| format!("  - {requirement}\n")).collect();
    let conda: Vec<String> = REQUIREMENTS.iter().map(|requirement| format!("    - {requirement}\n")).collect();
    let files: Vec<(&'static str, Vec<u8>)> = vec![
        (MLMODEL, mlmodel(model)?.into_bytes()),
        ("model.onnx", scoring::onnx(model)?),
        ("requirements.txt", format!("{}\n", REQUIREMENTS.join("\n")).into_bytes()),
        (
            "python_env.yaml",
            format!("python: \"{PYTHON}\"\nbuild_dependencies:\n  - pip\ndependencies:\n{}", pip.concat()).into_bytes(),
        ),
        (
            "conda.yaml",
            format!(
                "name: churn\nchannels:\n  - conda-forge\ndependencies:\n  - python={PYTHON}\n  - pip\n  - pip:\n{}",
                conda.concat()
            )
            .into_bytes(),
        ),
        (MODEL, store.text(model.version(), MODEL)?.into_bytes()),
        (METRICS, store.text(model.version(), METRICS)?.into_bytes()),
        (CARD, store.text(model.version(), CARD)?.into_bytes()),
    ];
    Ok(ModelFolder(files))
}

/// The YAML of `MLmodel`; every text in it is written as JSON, which YAML reads as well.
fn mlmodel(model: &Model) -> anyhow::Result<String> {
    let column = |name: &str| json!({ "type": "double", "name": name, "required": true });
    let inputs: Vec<_> = model.features().iter().map(|feature| column(&feature.name)).collect();
    let outputs = [column("churn_probability"), column("logit")];
    let text = |text: &str| serde_json::to_string(text).context("a text has no JSON form");
    let (inputs, outputs) = (serde_json::to_string(&inputs)?, serde_json::to_string(&outputs)?);
    let file = model.file();
    // MLflow asks for 32 hexadecimal digits; these follow from the model.
    let id: String = file.content_sha256.chars().take(32).collect();
    Ok(format!(
        "artifact_path: model\n\
         flavors:\n  \
           onnx:\n    \
             code: null\n    \
             data: model.onnx\n    \
             onnx_version: 1.15.0\n    \
             providers:\n      - CPUExecutionProvider\n  \
           python_function:\n    \
             data: model.onnx\n    \
             env:\n      conda: conda.yaml\n      virtualenv: python_env.yaml\n    \
             loader_module: mlflow.onnx\n    \
             python_version: {PYTHON}.0\n\
         metadata:\n  \
           churn_project: {}\n  \
           churn_version: {}\n  \
           churn_content_sha256: {}\n  \
           churned: {}\n\
         model_uuid: {id}\n\
         signature:\n  inputs: {}\n  outputs: {}\n",
        text(&file.name)?,
        text(model.version())?,
        text(&file.content_sha256)?,
        text(&model.churn_in_words())?,
        text(&inputs)?,
        text(&outputs)?,
    ))
}

impl ModelFolder {
    /// Writes the folder, whole or not at all where there was none; the files of an older model folder are replaced one by
    /// one, `MLmodel` last.
    ///
    /// # Errors
    /// The place is taken by something else, or cannot be written.
    pub(crate) fn write(&self, to: &Path) -> anyhow::Result<()> {
        if to.join(MLMODEL).is_file() {
            for (name, bytes) in self.0.iter().rev() {
                write_file(&to.join(name), bytes)?;
            }
            return Ok(());
        }
        if to.exists() {
            let message = format!(
                "{}: expected a folder with a model for MLflow, or nothing, found something else",
                to.display()
            );
            return Err(UsageError(message).into());
        }
        let io = |source| WriteError::Io { path: to.to_owned(), source };
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary = tempfile::Builder::new().prefix(".churn-").suffix(".tmp").tempdir_in(parent).map_err(io)?;
        for (name, bytes) in &self.0 {
            write_file(&temporary.path().join(name), bytes)?;
        }
        crate::model_store::set_permissions(temporary.path()).map_err(io)?;
        std::fs::rename(temporary.path(), to).map_err(io)?;
        // Renamed away: there is nothing left to remove.
        let _ = temporary.keep();
        sync_folder_of(to).map_err(io)?;
        Ok(())
    }
}
