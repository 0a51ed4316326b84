//! Engines that run statements, by way of a Python program.

#![allow(dead_code, unreachable_pub, missing_debug_implementations, clippy::print_stderr, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use pushdown::Dialect;
use serde_json::{Value, json};

/// Headers of moments.
pub const TIMES: [&str; 3] = ["timestamp", "recorded_at", "resolved_at"];

/// Writes the moments of the files of a folder as instants in UTC.
pub fn say_as_instants(folder: &Path) {
    for name in ["transactions.csv", "events.csv"] {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        let header = lines.next().unwrap();
        let is_time: Vec<bool> = header.split(',').map(|name| TIMES.contains(&name)).collect();
        let mut out = format!("{header}\n");
        for line in lines {
            let cells = line.split(',').zip(&is_time);
            let said =
                cells.map(|(cell, time)| if *time && !cell.is_empty() { format!("{cell}Z") } else { cell.to_owned() });
            out.push_str(&said.collect::<Vec<_>>().join(","));
            out.push('\n');
        }
        std::fs::write(path, out).unwrap();
    }
}

/// A row of scores: its numbers, and its texts or what is missing.
#[derive(Default)]
pub struct Score {
    pub numbers: BTreeMap<String, f64>,
    pub texts: BTreeMap<String, Option<String>>,
}

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
    fn answer(
        &mut self,
        folder: &Path,
        (files, instants): (&[&str], bool),
        sql: &str,
        seed: u64,
    ) -> (Vec<String>, Vec<Vec<Value>>) {
        let path = |name: &str| folder.join(format!("{name}.csv")).to_string_lossy().into_owned();
        let tables: BTreeMap<&str, String> = files.iter().map(|name| (*name, path(name))).collect();
        let case = json!({ "tables": tables, "sql": sql, "instants": instants });
        writeln!(self.stdin.as_mut().unwrap(), "{case}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("seed {seed}: the engine ended: {line}"));
        if let Some(error) = answer.get("error").and_then(Value::as_str) {
            panic!("seed {seed}: {}: {error}\n{sql}", self.dialect);
        }
        (
            serde_json::from_value(answer["columns"].clone()).unwrap(),
            serde_json::from_value(answer["rows"].clone()).unwrap(),
        )
    }

    /// A table of features.
    pub fn run(&mut self, folder: &Path, files: (&[&str], bool), sql: &str, seed: u64) -> Found {
        let (columns, rows) = self.answer(folder, files, sql, seed);
        let number = |cell: &Value| match cell {
            Value::Null => None,
            cell => Some(cell.as_f64().unwrap_or_else(|| panic!("seed {seed}: {cell}"))),
        };
        let text = |cell: &Value| cell.as_str().unwrap().to_owned();
        let count = rows.len();
        let row = |row: &Vec<Value>| ((text(&row[0]), text(&row[1])), row[2..].iter().map(number).collect());
        let rows: BTreeMap<Key, Cells> = rows.iter().map(row).collect();
        assert_eq!(rows.len(), count, "seed {seed}: a customer twice");
        Found { columns, rows }
    }

    /// The one row of counts.
    pub fn counts(&mut self, folder: &Path, files: &[&str], sql: &str) -> Vec<u64> {
        let (_, rows) = self.answer(folder, (files, false), sql, 0);
        rows[0].iter().map(|cell| cell.as_f64().unwrap() as u64).collect()
    }

    /// Columns and rows as they come.
    pub fn rows(&mut self, folder: &Path, files: &[&str], sql: &str) -> (Vec<String>, Vec<Vec<Value>>) {
        self.answer(folder, (files, false), sql, 0)
    }

    /// Scores by customer.
    pub fn run_scores(
        &mut self,
        folder: &Path,
        files: (&[&str], bool),
        sql: &str,
        seed: u64,
    ) -> BTreeMap<String, Score> {
        let (columns, rows) = self.answer(folder, files, sql, seed);
        let row = |row: &Vec<Value>| {
            let mut score = Score::default();
            for (name, cell) in columns.iter().zip(row) {
                match cell {
                    Value::Number(number) => drop(score.numbers.insert(name.clone(), number.as_f64().unwrap())),
                    cell => drop(score.texts.insert(name.clone(), cell.as_str().map(str::to_owned))),
                }
            }
            (score.texts["customer_id"].clone().unwrap(), score)
        };
        rows.iter().map(row).collect()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.process.wait();
    }
}
