//! Registration at servers of our own, which do what real ones do on a good day and on bad ones.
#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

use crm::Address;
use scoring::Model;
use serde_json::{Value, json};

use super::*;

#[path = "../../../../tests/common/web.rs"]
mod web;
use web::{Reply, Server};

fn client_of(server: &Server) -> Client {
    client(&server.address)
}

fn lines(server: &Server) -> Vec<String> {
    server.seen().into_iter().map(|seen| seen.line).collect()
}

fn client(address: &str) -> Client {
    let limits = Limits { timeout: Duration::from_millis(1_500), attempts: 3, pause: Duration::from_millis(1) };
    Client::new(Address::parse(address).unwrap(), Credentials::Header("Bearer secret".into()), limits)
}

/// An MLflow server as far as registration goes; `store` is where its runs keep their files.
fn mlflow(store: &'static str) -> Server {
    let registered: Mutex<Option<Value>> = Mutex::default();
    Server::answering(move |seen| {
        let body: Value = serde_json::from_slice(&seen.body).unwrap_or(Value::Null);
        let code = |code: &str| Reply::json(400, json!({ "error_code": code, "message": "no" }));
        let path = seen.line.split(['?']).next().unwrap().to_owned();
        match path.strip_prefix("POST /api/2.0/mlflow/").or_else(|| path.strip_prefix("GET /api/2.0/mlflow/")) {
            Some("registered-models/create") if registered.lock().unwrap().is_some() => code("RESOURCE_ALREADY_EXISTS"),
            Some("model-versions/search") => {
                Reply::json(200, json!({ "model_versions": registered.lock().unwrap().iter().collect::<Vec<_>>() }))
            }
            Some("experiments/get-by-name") => code("RESOURCE_DOES_NOT_EXIST"),
            Some("experiments/create") => Reply::json(200, json!({ "experiment_id": "7" })),
            Some("runs/create") => {
                Reply::json(200, json!({ "run": { "info": { "run_id": "r1", "artifact_uri": store } } }))
            }
            Some("model-versions/create") => {
                let version = json!({ "version": "3", "tags": body["tags"] });
                *registered.lock().unwrap() = Some(version.clone());
                Reply::json(200, json!({ "model_version": version }))
            }
            _ => Reply::json(200, json!({})),
        }
    })
}

fn registering(client: &Client) -> Result<Registered, RemoteError> {
    let model = Model::parse(include_str!("../../../scoring/tests/fixtures/model-v2.json")).unwrap();
    let auc = json!({ "value": 0.8, "low": 0.7, "high": 0.9 });
    let nothing = json!({ "value": null, "low": null, "high": null });
    let metrics = json!({ "test": { "rows": 200, "churners": 50 }, "model": { "roc_auc": auc, "ece": nothing } });
    let files = ModelFolder(vec![("MLmodel", b"flavors".to_vec()), ("model.onnx", vec![8, 0, 255])]);
    let (name, experiment, alias, now) = ("shop", "churn tests", Some("champion"), 1_000);
    register(client, &Registration { name, experiment, alias, model: &model, metrics: &metrics, files: &files, now })
}

#[test]
fn a_model_is_registered_once_with_its_files_and_metrics() {
    let server = mlflow("mlflow-artifacts:/7/r1/artifacts");
    let client = client_of(&server);
    let registered = registering(&client).unwrap();
    assert_eq!(registered, Registered { name: "shop".into(), version: "3".into(), already: false });
    let (mlflow, files) = ("/api/2.0/mlflow", "/api/2.0/mlflow-artifacts/artifacts/7/r1/artifacts/model");
    let search = format!("GET {mlflow}/model-versions/search?filter=name%3D%27shop%27&max_results=200&page_token=");
    let expected = [
        format!("POST {mlflow}/registered-models/create"),
        search.clone(),
        format!("GET {mlflow}/experiments/get-by-name?experiment_name=churn%20tests"),
        format!("POST {mlflow}/experiments/create"),
        format!("POST {mlflow}/runs/create"),
        format!("POST {mlflow}/runs/log-batch"),
        format!("PUT {files}/MLmodel"),
        format!("PUT {files}/model.onnx"),
        format!("POST {mlflow}/model-versions/create"),
        format!("POST {mlflow}/runs/update"),
        format!("POST {mlflow}/registered-models/alias"),
    ];
    assert_eq!(lines(&server), expected);
    let seen = server.seen();
    assert!(seen.iter().all(|seen| seen.authorization.as_deref() == Some("Bearer secret")));
    assert_eq!(seen[7].body, [8, 0, 255]);
    let batch: Value = serde_json::from_slice(&seen[5].body).unwrap();
    let keys: Vec<&str> = batch["metrics"].as_array().unwrap().iter().map(|m| m["key"].as_str().unwrap()).collect();
    let auc = ["test_roc_auc", "test_roc_auc_low", "test_roc_auc_high"];
    assert_eq!(keys, [["test_rows", "test_churners"].as_slice(), &auc].concat(), "what is not defined is not logged");
    let update: Value = serde_json::from_slice(&seen[9].body).unwrap();
    assert_eq!(update["status"], "FINISHED");

    let again = registering(&client).unwrap();
    assert_eq!(again, Registered { already: true, ..registered });
    let lines = lines(&server);
    let create = expected[0].clone();
    assert_eq!(lines[11..], [create, search, format!("POST {mlflow}/registered-models/alias")]);
}

#[test]
fn a_server_that_keeps_files_elsewhere_is_named_and_the_run_is_marked_as_failed() {
    let server = mlflow("s3://bucket/7/r1/artifacts");
    let message = registering(&client_of(&server)).unwrap_err().to_string();
    assert!(message.contains("s3://bucket/7/r1/artifacts") && message.contains("--serve-artifacts"), "{message}");
    let last = server.seen().pop().unwrap();
    let body: Value = serde_json::from_slice(&last.body).unwrap();
    assert!(last.line.ends_with("runs/update") && body["status"] == "FAILED");
}

#[test]
fn what_may_pass_is_tried_again_a_bounded_number_of_times() {
    let server = Server::answering(|_| Reply::text(500, "out of order"));
    let client = client_of(&server);
    let message = client.send("a", Request::Get).unwrap_err().to_string();
    assert!(message.contains("status 500, \"out of order\" (attempt 3)"), "{message}");
    assert_eq!(lines(&server).len(), 3);
    // The first answer may have been lost on its way back, the run made.
    client.send("b", Request::Create(&json!({}))).unwrap_err();
    assert_eq!(lines(&server).len(), 4);
    let busy = Server::answering(|_| Reply::text(503, ""));
    let message = client_of(&busy).send("b", Request::Create(&json!({}))).unwrap_err().to_string();
    assert!(message.contains("status 503, nothing") && lines(&busy).len() == 3, "{message}");
}

#[test]
fn a_refusal_is_told_with_what_to_do_and_without_the_token() {
    let server = Server::answering(|_| Reply::text(401, "You are not authenticated.\nPlease"));
    let message = registering(&client_of(&server)).unwrap_err().to_string();
    assert!(message.contains("status 401") && message.contains("MLFLOW_TRACKING_TOKEN"), "{message}");
    assert!(!message.contains("secret") && !message.contains('\n'), "{message}");
    assert_eq!(lines(&server).len(), 1);
    let moved = Server::answering(|_| Reply::text(302, ""));
    let message = registering(&client_of(&moved)).unwrap_err().to_string();
    assert!(message.contains("status 302") && lines(&moved).len() == 1, "{message}");
}

#[test]
fn an_answer_that_is_not_what_mlflow_says_is_no_success() {
    let page = Server::answering(|_| Reply::text(200, "<html>Welcome"));
    let message = registering(&client_of(&page)).unwrap_err().to_string();
    assert!(message.contains("expected JSON, found \"<html>Welcome\""), "{message}");
    let other = Server::answering(|_| Reply::json(200, json!({ "hello": 1 })));
    let message = registering(&client_of(&other)).unwrap_err().to_string();
    assert!(message.contains("expected /experiment/experiment_id in the answer"), "{message}");
}

#[test]
fn silence_and_nobody_there_are_errors() {
    let server = Server::answering(|_| Reply::Hang);
    let limits = Limits { timeout: Duration::from_millis(100), attempts: 2, pause: Duration::from_millis(1) };
    let address = Address::parse(&server.address).unwrap();
    let client_ = Client::new(address, Credentials::None, limits);
    let message = client_.send("a", Request::Get).unwrap_err().to_string();
    assert!(message.contains("timeout") && message.ends_with("(attempt 2)"), "{message}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let message = client(&format!("http://{free}")).send("a", Request::Create(&json!({}))).unwrap_err().to_string();
    assert!(message.contains("POST") && message.ends_with("(attempt 3)"), "{message}");
}
