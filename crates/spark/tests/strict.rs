//! What is sent, and over what: TLS, token and headers, streams that are cut, a server that was started anew. Against a server in Python that
//! runs nothing (`tests/spark/strict.py`); `CHURN_TEST_SPARK_PYTHON` is a Python with pyspark-client, and without it these tests are skipped by name,
//! unless `CHURN_TEST_SPARK` says that servers are meant to be there.

#![cfg(feature = "connect")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use spark::{Address, EngineError, Secret, Settings, Value, open};

/// Set in the process that takes the authority of the tests for that of the system.
const TRUSTING: &str = "CHURN_TEST_SPARK_TRUSTING";

struct Server(Child, Address);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn python(test: &str) -> Option<String> {
    let found = std::env::var("CHURN_TEST_SPARK_PYTHON").ok().filter(|path| !path.is_empty());
    let meant = std::env::var("CHURN_TEST_SPARK").is_ok_and(|server| !server.is_empty() && server != "skip");
    assert!(found.is_some() || !meant, "{test}: CHURN_TEST_SPARK is set, and CHURN_TEST_SPARK_PYTHON is not");
    if found.is_none() {
        eprintln!("*** SKIPPED: {test}: CHURN_TEST_SPARK_PYTHON names no Python ***");
    }
    found
}

fn certificates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crm/tests/fixtures/tls")
}

fn server(python: &str, certificate: Option<&str>) -> Server {
    let mut command = Command::new(python);
    command
        .args(["-W", "ignore"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/spark/strict.py"))
        .arg("0");
    if let Some(name) = certificate {
        command.arg("--tls").arg(certificates().join(name)).arg(certificates().join("server.key"));
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let address = Address::parse(&format!("spark://localhost:{}", port.trim())).unwrap();
    Server(child, address)
}

fn known() -> Settings {
    Settings {
        token: Some(Secret::new("geheim")),
        headers: vec![("x-databricks-cluster-id".to_owned(), Secret::new("0123-abc"))],
        wait: Duration::from_secs(10),
        ..Settings::default()
    }
}

#[test]
fn token_and_headers_go_with_every_request_and_answers_are_whole_over_cut_and_broken_streams() {
    let Some(python) = python("token_and_headers_go_with_every_request") else { return };
    let server = server(&python, None);
    let engine = open(&server.1, &known()).unwrap();
    assert_eq!(engine.version().unwrap(), "4.2.0-strict");
    assert_eq!(engine.rows("SELECT n FROM somewhere", 2).unwrap(), [[Value::Integer(1)], [Value::Integer(2)]]);
    assert!(matches!(engine.rows("SELECT n FROM somewhere", 1), Err(EngineError::TooManyRows { most: 1 })));
}

#[test]
fn a_server_that_was_started_anew_is_lost_and_not_another_session() {
    let Some(python) = python("a_server_that_was_started_anew_is_lost_and_not_another_session") else { return };
    let server = server(&python, None);
    let engine = open(&server.1, &known()).unwrap();
    for _ in 0..2 {
        let lost = engine.rows("SELECT changed", 1).unwrap_err();
        assert!(matches!(lost, EngineError::Lost { .. }), "{lost:?}");
    }
    // Some make a session of the same name without a word, with settings of their own.
    let engine = open(&server.1, &known()).unwrap();
    engine.rows("SELECT forget", 2).unwrap();
    let lost = engine.rows("SELECT n FROM somewhere", 2).unwrap_err();
    assert!(matches!(&lost, EngineError::Lost { message, .. } if message.contains("timeZone")), "{lost:?}");
}

#[test]
fn whoever_is_not_known_is_refused_and_no_secret_is_repeated() {
    let Some(python) = python("whoever_is_not_known_is_refused_and_no_secret_is_repeated") else { return };
    let server = server(&python, None);
    for settings in [
        Settings { token: Some(Secret::new("verraten")), ..known() },
        Settings { headers: vec![("x-databricks-cluster-id".to_owned(), Secret::new("verraten"))], ..known() },
        Settings { headers: Vec::new(), ..known() },
    ] {
        let refused = open(&server.1, &settings).unwrap_err();
        assert!(matches!(refused, EngineError::Refused { .. }), "{refused:?}");
        let told = refused.to_string();
        assert!(told.contains("CHURN_SPARK_TOKEN") && !told.contains("verraten") && !told.contains('\n'), "{told}");
    }
}

#[test]
fn over_tls_the_servers_certificate_is_checked() {
    let Some(python) = python("over_tls_the_servers_certificate_is_checked") else { return };
    // The certificates of the system are read once a process: the test runs itself in another one, in which the authority of the tests is the system's.
    if std::env::var_os(TRUSTING).is_none() {
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "over_tls_the_servers_certificate_is_checked", "--nocapture"])
            .env(TRUSTING, "1")
            .env("SSL_CERT_FILE", certificates().join("authority.pem"))
            .env_remove("SSL_CERT_DIR")
            .status()
            .unwrap();
        assert!(done.success());
        return;
    }
    let tls = Settings { tls: true, ..known() };
    let good = server(&python, Some("good.pem"));
    let engine = open(&good.1, &tls).unwrap();
    assert_eq!(engine.rows("SELECT n FROM somewhere", 2).unwrap().len(), 2);
    let plain = open(&good.1, &Settings { wait: Duration::from_secs(3), ..known() }).unwrap_err();
    assert!(matches!(plain, EngineError::NotSpark { .. }), "{plain:?}");
    for certificate in ["expired.pem", "early.pem", "host.pem", "unknown.pem", "own.pem"] {
        let bad = server(&python, Some(certificate));
        let refused = open(&bad.1, &tls).unwrap_err();
        eprintln!("{refused}");
        assert!(matches!(refused, EngineError::Untrusted { .. }), "{certificate}: {refused:?}");
    }
}
