//! Registering a model: an experiment, a run with what is known of the model, its files, and a version of the registered
//! model. A model that is registered already is left alone, so that what broke off can be run again.

use scoring::Model;
use serde::Serialize;
use serde_json::{Value, json};

use super::client::{Client, RemoteError, Request};
use super::folder::ModelFolder;

/// The tag by which a version of a registered model says which model file it is.
const SUM: &str = "churn.content_sha256";
/// Versions of one registered model that are looked through, a page at a time.
const PAGES: usize = 50;

/// What to register, and as what.
#[derive(Debug)]
pub(crate) struct Registration<'a> {
    /// Name of the registered model.
    pub(crate) name: &'a str,
    /// Name of the experiment that the run belongs to.
    pub(crate) experiment: &'a str,
    /// An alias that the version gets, such as `champion`.
    pub(crate) alias: Option<&'a str>,
    pub(crate) model: &'a Model,
    pub(crate) metrics: &'a Value,
    pub(crate) files: &'a ModelFolder,
    /// Milliseconds since 1970.
    pub(crate) now: u64,
}

/// What there is at the server now.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Registered {
    pub(crate) name: String,
    /// The version that MLflow gave.
    pub(crate) version: String,
    /// Whether it was there already.
    pub(crate) already: bool,
}

/// Registers a model.
///
/// # Errors
/// The server refused or did not answer; the message says at what. A run that was begun is marked as failed then.
pub(crate) fn register(client: &Client, what: &Registration<'_>) -> Result<Registered, RemoteError> {
    create_registered_model(client, what.name)?;
    if let Some(version) = version_of(client, what)? {
        set_alias(client, what, &version)?;
        return Ok(Registered { name: what.name.to_owned(), version, already: true });
    }
    let experiment = experiment(client, what.experiment)?;
    let tags = [("churn.version", what.model.version()), (SUM, &what.model.file().content_sha256)];
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let run = json!({
        "experiment_id": experiment, "run_name": what.model.version(), "start_time": what.now, "tags": tags,
    });
    let run = post(client, "runs/create", Request::Create(&run))?;
    let run_id = text(&run, "/run/info/run_id", "runs/create")?;
    let finish = |status: &str| {
        let update = json!({ "run_id": run_id, "status": status, "end_time": what.now });
        post(client, "runs/update", Request::Post(&update))
    };
    let filled = fill(client, what, &run, &run_id, &tags);
    match filled {
        Ok(version) => {
            finish("FINISHED")?;
            set_alias(client, what, &version)?;
            Ok(Registered { name: what.name.to_owned(), version, already: false })
        }
        Err(error) => {
            // What went wrong first is what is told.
            let _ = finish("FAILED");
            Err(error)
        }
    }
}

/// What is known of the model, its files, and its version.
fn fill(
    client: &Client,
    what: &Registration<'_>,
    run: &Value,
    run_id: &str,
    tags: &[Value],
) -> Result<String, RemoteError> {
    let batch = json!({ "run_id": run_id, "metrics": metrics(what), "params": params(what.model) });
    post(client, "runs/log-batch", Request::Post(&batch))?;
    let store = text(run, "/run/info/artifact_uri", "runs/create")?;
    let folder = proxied(&store)?;
    for (name, bytes) in &what.files.0 {
        let path = format!("api/2.0/mlflow-artifacts/artifacts/{folder}/model/{name}");
        client.send(&path, Request::Put(bytes))?;
    }
    let version = json!({
        "name": what.name, "source": format!("runs:/{run_id}/model"), "run_id": run_id, "tags": tags,
        "description": format!("churn model {} {}", what.model.file().name, what.model.version()),
    });
    let version = post(client, "model-versions/create", Request::Create(&version))?;
    text(&version, "/model_version/version", "model-versions/create")
}

/// The folder of a run at a server that takes files itself.
fn proxied(store: &str) -> Result<String, RemoteError> {
    let path = store.strip_prefix("mlflow-artifacts:").map(|rest| match rest.strip_prefix("//") {
        // A host and a port come first.
        Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
        None => rest,
    });
    let path = path.map(|path| path.trim_matches('/')).filter(|path| !path.is_empty());
    path.map(|path| path.split('/').map(encoded).collect::<Vec<_>>().join("/")).ok_or_else(|| {
        RemoteError::new(format!(
            "expected a tracking server that takes files itself (mlflow server --serve-artifacts), found one that keeps them at {store:?}: export the model with --to, and log the folder with MLflow"
        ))
    })
}

fn create_registered_model(client: &Client, name: &str) -> Result<(), RemoteError> {
    match post(client, "registered-models/create", Request::Post(&json!({ "name": name }))) {
        Err(error) if !error.is("RESOURCE_ALREADY_EXISTS") => Err(error),
        _ => Ok(()),
    }
}

/// The version that this very model has already.
fn version_of(client: &Client, what: &Registration<'_>) -> Result<Option<String>, RemoteError> {
    let filter = encoded(&format!("name='{}'", what.name));
    let mut token = String::new();
    for _ in 0..PAGES {
        let path = format!(
            "api/2.0/mlflow/model-versions/search?filter={filter}&max_results=200&page_token={}",
            encoded(&token)
        );
        let found = client.send(&path, Request::Get)?;
        let versions = found.get("model_versions").and_then(Value::as_array);
        for version in versions.into_iter().flatten() {
            let tags = version.get("tags").and_then(Value::as_array).into_iter().flatten();
            let has = |tag: &Value| tag["key"] == SUM && tag["value"] == what.model.file().content_sha256.as_str();
            if tags.into_iter().any(has) {
                return text(version, "/version", "model-versions/search").map(Some);
            }
        }
        match found.get("next_page_token").and_then(Value::as_str).filter(|token| !token.is_empty()) {
            Some(next) => token = next.to_owned(),
            None => return Ok(None),
        }
    }
    Err(RemoteError::new(format!("expected at most {} versions of {:?}, found more", PAGES * 200, what.name)))
}

/// The id of the experiment of this name, which is made if it is not there.
fn experiment(client: &Client, name: &str) -> Result<String, RemoteError> {
    let by_name = || {
        let path = format!("api/2.0/mlflow/experiments/get-by-name?experiment_name={}", encoded(name));
        let found = client.send(&path, Request::Get)?;
        text(&found, "/experiment/experiment_id", "experiments/get-by-name")
    };
    match by_name() {
        Err(error) if error.is("RESOURCE_DOES_NOT_EXIST") => {}
        known => return known,
    }
    match post(client, "experiments/create", Request::Post(&json!({ "name": name }))) {
        Ok(created) => text(&created, "/experiment_id", "experiments/create"),
        // Another job was faster, or our first attempt got through.
        Err(error) if error.is("RESOURCE_ALREADY_EXISTS") => by_name(),
        Err(error) => Err(error),
    }
}

fn set_alias(client: &Client, what: &Registration<'_>, version: &str) -> Result<(), RemoteError> {
    let Some(alias) = what.alias else { return Ok(()) };
    let alias = json!({ "name": what.name, "alias": alias, "version": version });
    post(client, "registered-models/alias", Request::Post(&alias)).map(|_| ())
}

/// The metrics of the test that are defined, with their intervals.
fn metrics(what: &Registration<'_>) -> Vec<Value> {
    let mut metrics = Vec::new();
    let mut push = |key: String, value: &Value| {
        if let Some(value) = value.as_f64() {
            metrics.push(json!({ "key": key, "value": value, "timestamp": what.now, "step": 0 }));
        }
    };
    for field in ["rows", "churners"] {
        push(format!("test_{field}"), &what.metrics["test"][field]);
    }
    for (name, estimate) in what.metrics["model"].as_object().into_iter().flatten() {
        for (ending, field) in [("", "value"), ("_low", "low"), ("_high", "high")] {
            push(format!("test_{name}{ending}"), &estimate[field]);
        }
    }
    metrics
}

/// What the model was made with.
fn params(model: &Model) -> Vec<Value> {
    let file = model.file();
    let params = [
        ("project", file.name.clone()),
        ("churned", model.churn_in_words()),
        ("active_within_days", file.active_within_days.to_string()),
        ("features", file.features.len().to_string()),
        ("terms", file.terms.len().to_string()),
        ("training_rows", file.training_rows.to_string()),
        ("lambda", file.penalty.lambda.to_string()),
        ("test_as_of", file.slices.test.clone()),
        ("trained", file.not_trained.is_none().to_string()),
        ("data", file.fingerprints.data.clone()),
        ("config", file.fingerprints.config.clone()),
    ];
    params.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

fn post(client: &Client, call: &str, request: Request<'_>) -> Result<Value, RemoteError> {
    client.send(&format!("api/2.0/mlflow/{call}"), request)
}

/// A text in an answer; numbers are taken as their digits.
fn text(answer: &Value, pointer: &str, call: &str) -> Result<String, RemoteError> {
    match answer.pointer(pointer) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(RemoteError::new(format!(
            "{call}: expected {pointer} in the answer, found none: is this an MLflow server?"
        ))),
    }
}

/// A text as it stands in an address (RFC 3986, section 2.1).
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}
