//! Models that leave: files that other programs run, and registries. What needs Python or a server runs only where the
//! environment says where they are.

// Figures of the comparisons, for who asks for them with `--nocapture`.
#![allow(clippy::print_stdout)]

mod common;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use common::Folder;

/// The sample with a trained model, and its scores.
fn trained() -> Folder {
    let folder = Folder::empty();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample");
    for name in ["churn.toml", "transactions.csv", "customers.csv", "events.csv", "offers.csv"] {
        std::fs::copy(sample.join(name), folder.path(name)).expect("the sample is there");
    }
    // The forecast of silence has the parameters of the model in a model, and those of the day in a table of features.
    let project = text(&folder, "churn.toml") + "\n[features]\nwithout = [\"buy_till_you_die\"]\n";
    folder.write("churn.toml", &project);
    let ended = folder.churn("train", &["--quiet"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    folder
}

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).expect("text")
}

/// `command` with its output in one text, if it succeeds.
fn succeeds(command: &mut Command) -> String {
    let output = command.output().expect("the program can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn a_model_is_written_in_every_form_and_what_cannot_be_done_is_said() {
    let folder = trained();
    let version = text(&folder, "models/acme/champion").trim().to_owned();
    let place = folder.path("").display().to_string();
    let export = |options: &[&str]| folder.churn_here(&[["models", "export", &place].as_slice(), options].concat());
    let ended = export(&["--format", "onnx", "--to", "model.onnx", "--json"]);
    let said: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!((ended.code, &said["result"]["version"]), (0, &Value::from(version.clone())), "{}", ended.stderr);
    let model: Value =
        serde_json::from_slice(&folder.read(&format!("models/acme/{version}/model.json"))).expect("JSON");
    let names = |list: &Value, name: fn(&Value) -> &Value| {
        let list = list.as_array().expect("a list");
        list.iter().map(|item| name(item).as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let features = names(&model["features"], |weight| &weight["feature"]["name"]);
    assert_eq!(names(&said["result"]["features"], |name| name), features);
    let onnx = folder.read("model.onnx");
    let metadata = serde_json::to_vec(&features).expect("JSON");
    assert!(onnx.windows(metadata.len()).any(|window| window == metadata), "the names are in the file");

    assert_eq!(export(&[&version, "--format", "json", "--to", "copy.json"]).code, 0);
    assert_eq!(folder.read("copy.json"), folder.read(&format!("models/acme/{version}/model.json")));
    assert_eq!(export(&["--format", "pmml", "--to", "model.pmml"]).code, 0);
    assert!(text(&folder, "model.pmml").contains("<RegressionModel modelName=\"acme\""));
    for _ in 0..2 {
        assert_eq!(export(&["--format", "mlflow", "--to", "mlflow"]).code, 0);
    }
    let files = "MLmodel MODEL_CARD.md conda.yaml metrics.json model.json model.onnx python_env.yaml requirements.txt";
    assert_eq!(folder.names("mlflow").join(" "), files);
    assert_eq!(folder.read("mlflow/model.onnx"), onnx);

    let refused = |options: &[&str], code: i32, expected: &str| {
        let ended = export(options);
        assert!(ended.code == code && ended.stderr.contains(expected), "{} {}", ended.code, ended.stderr);
    };
    refused(&["--format", "mlflow", "--to", "model.onnx"], 2, "found something else");
    refused(&["--format", "onnx"], 2, "--to");
    refused(&["--format", "onnx", "--to", "no/such/folder/a.onnx"], 5, "no/such/folder");
    refused(&["--format", "onnx", "--register", "a"], 2, "expected --format mlflow");
    let to_server = |address: &'static str| ["--format", "mlflow", "--register", "a", "--tracking-uri", address];
    refused(&to_server("http://mlflow.example.com"), 2, "expected https");
    refused(&to_server("https://me:secret@example.com"), 2, "no user name or password");
}

#[test]
fn coefficients_are_told_by_family_in_words() {
    let folder = trained();
    let shown = folder.churn("models show", &[]).stdout;
    let recency = shown.find("### recency").expect("a family");
    assert!(recency < shown.find("### frequency").expect("another one"), "in the order of the families");
    assert!(
        shown.contains("the likelier to churn") && shown.contains("| typical change | odds ratio | per sd |"),
        "{shown}"
    );
    let said: Value = serde_json::from_str(&folder.churn("models show", &["--json"]).stdout).expect("JSON");
    let (coefficients, model) = (&said["result"]["coefficients"], &said["result"]["model"]);
    let effects = coefficients["features"].as_array().expect("a list");
    let weights = model["features"].as_array().expect("a list");
    assert_eq!(effects.len(), weights.len());
    for effect in effects {
        let number = |of: &str, field: &str| effect[of][field].as_f64().expect("a number");
        for of in ["typical", "per_sd"] {
            assert!(number(of, "low") <= number(of, "value") && number(of, "value") <= number(of, "high"));
            assert!((number(of, "value").ln() - number(of, "log_odds")).abs() < 1e-9);
        }
        assert!(!effect["in_words"].as_str().expect("words").is_empty());
    }
}

/// Runs only with `CHURN_TEST_PYTHON`, the path of a Python with onnx, onnxruntime, jpmml-evaluator and xmlschema: the exported models
/// score the features of the sample as `churn score` does.
#[test]
fn other_programs_score_the_sample_as_we_do() {
    let Some(python) = std::env::var_os("CHURN_TEST_PYTHON") else { return };
    let folder = trained();
    table(&folder, &python);
    for format in ["onnx", "pmml"] {
        let file = folder.path(&format!("sample.{format}")).display().to_string();
        assert_eq!(folder.churn("models export", &["--format", format, "--to", &file]).code, 0);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/exported_models.py");
    println!("{}", succeeds(Command::new(python).arg(script).arg(folder.path(""))));
}

/// Writes `sample.csv`: the raw features of every eligible customer, and the probability that `churn score` gives.
fn table(folder: &Folder, python: &OsStr) {
    let version = text(folder, "models/acme/champion").trim().to_owned();
    let model: Value =
        serde_json::from_slice(&folder.read(&format!("models/acme/{version}/model.json"))).expect("JSON");
    let features = model["features"].as_array().expect("a list");
    let names: Vec<&str> = features.iter().map(|weight| weight["feature"]["name"].as_str().expect("a name")).collect();
    assert_eq!(folder.churn("score", &["--quiet"]).code, 0);
    let scores = text(folder, "out/scores.csv");
    let mut lines = scores.lines().map(|line| line.split(','));
    let at = lines.next().expect("a header").position(|column| column == "as_of").expect("the column");
    let as_of = lines.next().and_then(|mut cells| cells.nth(at)).expect("a customer").to_owned();
    let ended = folder.churn("features", &["--as-of", &as_of, "--features", &names.join(","), "--quiet"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/scored_rows.py");
    succeeds(Command::new(python).arg(script).arg(folder.path("")).args(&names));
}

/// Runs only with `CHURN_TEST_MLFLOW=1` and `CHURN_TEST_MLFLOW_PYTHON`, the path of a Python with mlflow and onnxruntime: a
/// server of the real kind takes the model, and MLflow loads and scores with it.
#[test]
fn a_real_mlflow_server_takes_and_serves_the_model() {
    if std::env::var_os("CHURN_TEST_MLFLOW").is_none_or(|value| value != "1") {
        return;
    }
    let python = std::env::var_os("CHURN_TEST_MLFLOW_PYTHON")
        .expect("CHURN_TEST_MLFLOW_PYTHON says where a Python with mlflow is");
    let folder = trained();
    table(&folder, &python);
    let file = folder.path("model").display().to_string();
    assert_eq!(folder.churn("models export", &["--format", "mlflow", "--to", &file]).code, 0);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/mlflow_server.py");
    let mut command = Command::new(python);
    println!("{}", succeeds(command.arg(script).arg(env!("CARGO_BIN_EXE_churn")).arg(folder.path(""))));
}
