//! Small exports in many formats, and what every refusal of one must hold.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use history::{Export, ExportSpec, ReadError, Returns, TableSpec, TransactionsSpec};
use jiff::tz::TimeZone;
use tempfile::TempDir;

/// A folder of exports.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a file.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Reads the transactions of a file that is written for it.
    pub fn read(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<Export, ReadError> {
        read(&self.file(name, bytes))
    }
}

/// Where the columns have the names that the project gives them.
pub fn spec(table: TableSpec) -> ExportSpec {
    ExportSpec {
        timezone: TimeZone::UTC,
        transactions: TransactionsSpec {
            table,
            customer_id: "customer_id".into(),
            timestamp: "timestamp".into(),
            amount: "amount".into(),
            order_id: None,
            discount: None,
            margin: None,
            quantity: None,
            product: None,
            category: None,
            channel: None,
            recorded_at: None,
            currency: None,
            expected_currency: None,
            returns: Returns::Net,
            rules: history::RowRules::default(),
        },
        customers: None,
        events: None,
        departures: None,
        offers: None,
        max_reject_share: 0.001,
    }
}

pub fn read(path: &Path) -> Result<Export, ReadError> {
    read_table(TableSpec::at(path))
}

/// Reads an export; what comes of it keeps the account of its rows.
pub fn read_table(table: TableSpec) -> Result<Export, ReadError> {
    read_spec(&spec(table))
}

pub fn read_spec(spec: &ExportSpec) -> Result<Export, ReadError> {
    let export = Export::read(spec, None)?;
    for report in export.reports() {
        let accounted = report.used + report.dropped + report.rejects.total();
        assert_eq!(report.rows, accounted, "{}: rows in = used + dropped + rejected", report.file);
        for reject in report.rejects.rows() {
            assert!(reject.line > 0 && !reject.file.is_empty() && !reject.code.as_str().is_empty(), "{reject:?}");
        }
    }
    Ok(export)
}

/// The message of a refusal, which names the file and holds these words.
#[track_caller]
pub fn refused(read: Result<Export, ReadError>, path: &Path, words: &[&str]) -> String {
    let Err(error) = read else { panic!("{}: expected a refusal", path.display()) };
    assert!(!error.code().is_empty());
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()), "no file in: {message}");
    assert!(!message.contains('\n'), "more than one line: {message}");
    for word in words {
        assert!(message.contains(word), "expected \"{word}\" in: {message}");
    }
    message
}

pub const HEADER: &str = "customer_id,timestamp,amount";

/// Rows of a small shop, each its own.
pub fn rows(count: usize) -> Vec<[String; 3]> {
    let row = |at: usize| {
        let (day, customer) = (at % 28 + 1, at * 7 % 41);
        let clock = format!("{:02}:{:02}:{:02}", at % 24, at / 24 % 60, at / 1_440 % 60);
        [
            format!("{customer:05}"),
            format!("2026-{:02}-{day:02}T{clock}", at % 6 + 1),
            format!("{}.{:02}", at % 90 + 1, at % 100),
        ]
    };
    (0..count).map(row).collect()
}

pub fn csv(rows: &[[String; 3]]) -> String {
    let mut text = format!("{HEADER}\n");
    for [id, at, amount] in rows {
        writeln!(text, "{id},{at},{amount}").unwrap();
    }
    text
}

pub fn ndjson(rows: &[[String; 3]]) -> String {
    let mut text = String::new();
    for [id, at, amount] in rows {
        writeln!(text, "{{\"customer_id\":\"{id}\",\"timestamp\":\"{at}\",\"amount\":{amount}}}").unwrap();
    }
    text
}

pub fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// As the `zstd` program packs, with a checksum.
pub fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}
