//! Engines that run statements, by way of a Python program.

#![allow(dead_code, unreachable_pub, missing_debug_implementations, clippy::print_stderr, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use pushdown::Dialect;
use serde_json::{Value, json};

/// A running engine.
pub struct Engine {
    dialect: Dialect,
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

/// A customer and a date.
type Key = (String, String);
/// The values of a row; none where they are NULL.
type Cells = Vec<Option<f64>>;

/// What an engine says.
pub struct Found {
    pub columns: Vec<String>,
    pub rows: BTreeMap<Key, Cells>,
}

impl Engine {
    /// The engines that are there; says so where there are none.
    pub fn all(test: &str) -> Vec<Engine> {
        let Ok(named) = std::env::var("CHURN_TEST_SQL") else {
            eprintln!(
                "{test}: NOT RUN: no engine. CHURN_TEST_SQL=duckdb with CHURN_TEST_SQL_PYTHON runs it (docs/spark.md)"
            );
            return Vec::new();
        };
        named.split(';').map(|name| Engine::start(name.trim())).collect()
    }

    fn start(name: &str) -> Engine {
        let (kind, address) = name.split_once(' ').unwrap_or((name, ""));
        let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == kind);
        let dialect =
            dialect.unwrap_or_else(|| panic!("CHURN_TEST_SQL: expected duckdb, spark or postgres, found {kind}"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/pushdown/engine.py");
        let python = std::env::var("CHURN_TEST_SQL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut process = Command::new(python)
            .arg(script)
            .arg(kind)
            .args((!address.is_empty()).then_some(address))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        Engine { dialect, stdin: process.stdin.take(), process, stdout }
    }

    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs a statement over the CSV files of a folder.
    pub fn run(&mut self, folder: &Path, files: &[&str], sql: &str, seed: u64) -> Found {
        let path = |name: &str| folder.join(format!("{name}.csv")).to_string_lossy().into_owned();
        let tables: BTreeMap<&str, String> = files.iter().map(|name| (*name, path(name))).collect();
        let case = json!({ "tables": tables, "sql": sql });
        writeln!(self.stdin.as_mut().unwrap(), "{case}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("seed {seed}: the engine ended: {line}"));
        if let Some(error) = answer.get("error").and_then(Value::as_str) {
            panic!("seed {seed}: {}: {error}\n{sql}", self.dialect);
        }
        let columns =
            answer["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        let rows = answer["rows"].as_array().unwrap().iter().map(|row| {
            let row = row.as_array().unwrap();
            let text = |at: usize| row[at].as_str().unwrap().to_owned();
            let number = |cell: &Value| match cell {
                Value::Null => None,
                cell => Some(cell.as_f64().unwrap_or_else(|| panic!("seed {seed}: {cell}"))),
            };
            ((text(0), text(1)), row[2..].iter().map(number).collect())
        });
        let rows: Vec<(Key, Cells)> = rows.collect();
        let count = rows.len();
        let rows: BTreeMap<_, _> = rows.into_iter().collect();
        assert_eq!(rows.len(), count, "seed {seed}: a customer twice");
        Found { columns, rows }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.process.wait();
    }
}
