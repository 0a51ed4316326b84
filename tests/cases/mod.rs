//! Exports that are bad in one way each, and what must hold for every one of them: the same verdict whatever the size of the
//! pieces in which the file is read; every row used, left out or rejected; a refusal that says where and by which code; no
//! content of cells in what is said; and nothing written, nor touched, where an export is refused.

#![allow(dead_code)] // each file of tests uses its own part

use std::num::NonZeroUsize;
use std::path::Path;

use history::{Export, ExportSpec, ReadError, ReadOptions, Returns, TableSpec, TransactionsSpec};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::common::{Folder, export, orders, project_until};

/// Bytes that are read at a time.
const CHUNKS: [usize; 5] = [1, 7, 64, 4_096, 65_536];

/// How many per cent of the rows may be rejected where a case is about rejected rows.
const LENIENT: &str = "5";

/// What an earlier run left.
const EARLIER: &str = "customer_id\nC001\n";

/// An export that is bad in one way.
pub(crate) struct Case {
    files: Vec<(String, Vec<u8>)>,
    /// Lines of `[transactions]` beside the path and the columns.
    keys: String,
    timezone: &'static str,
    columns: Vec<(&'static str, &'static str)>,
    /// Changes the spec as the keys do.
    spec: fn(&mut ExportSpec),
}

/// What was read.
pub(crate) struct Used {
    pub(crate) export: Export,
    pub(crate) folder: Folder,
    /// The object that `churn check --json` prints.
    pub(crate) check: Value,
}

impl Case {
    /// With this as the export.
    pub(crate) fn of(content: impl Into<Vec<u8>>) -> Self {
        Self {
            files: vec![("orders.csv".to_owned(), content.into())],
            keys: String::new(),
            timezone: "UTC",
            columns: vec![("order_id", "order_id")],
            spec: |_| {},
        }
    }

    /// With these rows behind those of a good export.
    pub(crate) fn with_rows(rows: &[&str]) -> Self {
        Self::of(good_and(rows))
    }

    /// With more files; all of them are read.
    pub(crate) fn and_file(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.to_owned(), content.into()));
        self
    }

    /// With a line of `[transactions]`, and what it means.
    pub(crate) fn declaring(mut self, line: &str, spec: fn(&mut ExportSpec)) -> Self {
        self.keys.push_str(line);
        self.keys.push('\n');
        self.spec = spec;
        self
    }

    pub(crate) fn in_zone(self, timezone: &'static str) -> Self {
        Self { timezone, ..self }
    }

    /// With one more column that is read.
    pub(crate) fn mapping(mut self, name: &'static str, header: &'static str) -> Self {
        self.columns.retain(|(known, _)| *known != name);
        self.columns.push((name, header));
        self
    }

    fn folder(&self) -> Folder {
        let folder = Folder::empty();
        for (name, content) in &self.files {
            std::fs::write(folder.path(name), content).expect("the temporary folder can be written");
        }
        let columns: Vec<String> = self.columns.iter().map(|(name, header)| format!("{name} = \"{header}\"")).collect();
        let project = project_until("2026-01-01")
            .replace("[transactions]\n", &format!("timezone = \"{}\"\n[transactions]\n{}", self.timezone, self.keys))
            .replace("order_id = \"order_id\"", &columns.join(", "))
            .replace("\"orders.csv\"", &format!("\"{}\"", self.path()));
        folder.write("churn.toml", &project);
        std::fs::create_dir(folder.path("out")).expect("the temporary folder can be written");
        folder.write("out/scores.csv", EARLIER);
        folder
    }

    fn path(&self) -> &'static str {
        if self.files.len() > 1 { "orders*.csv" } else { "orders.csv" }
    }

    fn spec(&self, folder: &Path, max_reject_share: f64) -> ExportSpec {
        let header = |name: &str| self.columns.iter().find(|(known, _)| *known == name).map(|(_, h)| (*h).to_owned());
        let mut spec = ExportSpec {
            timezone: TimeZone::get(self.timezone).expect("a time zone"),
            transactions: TransactionsSpec {
                table: TableSpec::at(folder.join(self.path())),
                customer_id: "customer_id".into(),
                timestamp: "timestamp".into(),
                amount: "amount".into(),
                order_id: header("order_id"),
                discount: None,
                margin: None,
                quantity: None,
                product: header("product"),
                category: None,
                channel: None,
                recorded_at: header("recorded_at"),
                currency: header("currency"),
                expected_currency: None,
                returns: Returns::Net,
                rules: history::RowRules::default(),
            },
            customers: None,
            events: None,
            departures: None,
            offers: None,
            max_reject_share,
        };
        (self.spec)(&mut spec);
        spec
    }

    /// Reads the export in pieces of many sizes; what comes out is the same each time.
    fn read(&self, folder: &Folder, max_reject_share: f64) -> Result<Export, ReadError> {
        let spec = self.spec(&folder.path(""), max_reject_share);
        let read = |chunk: Option<usize>| {
            let options = ReadOptions { bytes_at_a_time: chunk.and_then(NonZeroUsize::new), ..ReadOptions::default() };
            Export::read_with(&spec, "2026-01-01".parse().ok(), &options)
        };
        let verdict = |read: &Result<Export, ReadError>| match read {
            Ok(export) => {
                format!("{:?} {:?} {:?}", export.fingerprint(), export.reports(), export.warnings().collect::<Vec<_>>())
            }
            Err(error) => format!("{} {error}", error.code()),
        };
        let whole = read(None);
        for chunk in CHUNKS {
            let found = verdict(&read(Some(chunk)));
            assert!(found == verdict(&whole), "{chunk} bytes at a time: {found}\nat once: {}", verdict(&whole));
        }
        whole
    }

    /// The export is refused with this code, in a message with these words; nothing is written.
    #[track_caller]
    pub(crate) fn is_refused(&self, code: &str, words: &[&str]) {
        self.is_refused_beyond(0.001, &[], code, words);
    }

    #[track_caller]
    fn is_refused_beyond(&self, share: f64, options: &[&str], code: &str, words: &[&str]) {
        let folder = self.folder();
        let error = match self.read(&folder, share) {
            Err(error) => error,
            Ok(export) => panic!("expected {code}, but it was read: {:?}", export.reports()),
        };
        let message = error.to_string();
        assert_eq!(error.code(), code, "{message}");
        assert!(message.contains("orders"), "no file in: {message}");
        for word in words {
            assert!(message.contains(word), "expected \"{word}\" in: {message}");
        }
        self.assert_nothing_is_told(&message);
        for command in ["check", "train"] {
            let before = (folder.names("."), folder.names("out"));
            let ended = folder.churn(command, options);
            assert_eq!(ended.code, 3, "{command}: {}", ended.stderr);
            let line = ended.stderr.lines().last().unwrap_or_default();
            assert!(line.starts_with("error: ") && line.ends_with(&format!(" [{code}]")), "{command}: {line}");
            assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
            assert_eq!((folder.names("."), folder.names("out")), before, "{command} left something behind");
            assert_eq!(folder.read("out/scores.csv"), EARLIER.as_bytes(), "{command} touched an earlier output");
        }
        let json = [options, &["--json"]].concat();
        let answer: Value = serde_json::from_str(&folder.churn("check", &json).stdout).expect("one JSON object");
        assert_eq!((&answer["exit_code"], &answer["error"]["code"]), (&3.into(), &code.into()));
    }

    /// These rows, by line, column and code, are rejected, and too many of them stop the run; all others are used.
    #[track_caller]
    pub(crate) fn rejects(&self, expected: &[(u64, &str, &str)]) -> Used {
        let folder = self.folder();
        let export = self.read(&folder, 0.05).unwrap_or_else(|error| panic!("{error}"));
        let report = &export.reports()[0];
        assert_eq!(
            report.rows,
            report.used + report.dropped + report.deduplicated + report.rejects.total(),
            "{report:?}"
        );
        let rejects = report.rejects.rows();
        let found: Vec<(u64, &str, &str)> =
            rejects.iter().map(|r| (r.line, r.column.as_str(), r.code.as_str())).collect();
        assert_eq!(found, expected);
        for reject in rejects {
            let byte = usize::try_from(reject.byte.expect("text has bytes")).expect("a small file");
            let content = &self.files[0].1;
            assert_eq!(lines_before(content, byte) + 1, reject.line, "{reject:?}");
            assert!(byte == 0 || matches!(content[byte - 1], b'\n' | b'\r') || content.starts_with(b"\xef\xbb\xbf"));
            self.assert_nothing_is_told(&reject.reason);
        }
        if rejects.len() as f64 > 0.001 * report.rows as f64 {
            self.is_refused_beyond(0.001, &[], "too_many_rejects", &[&format!("line {}", found[0].0), found[0].2]);
        }
        // All of them stand in a file, in the same words.
        let ended = folder.churn("features", &["--max-rejects", LENIENT, "--no-cache"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let table = String::from_utf8(folder.read("out/rejects.csv")).expect("text");
        let expected: Vec<String> = rejects
            .iter()
            .map(|r| format!("{},{},{},{},{},", r.file, r.line, r.byte.unwrap_or(0), r.column, r.code.as_str()))
            .collect();
        let found: Vec<&str> = table.lines().skip(1).collect();
        assert_eq!(found.len(), expected.len(), "{table}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!(found.starts_with(expected.as_str()), "{found}: expected {expected}");
        }
        self.checked(export, folder, &["--max-rejects", LENIENT])
    }

    /// Every row is used.
    #[track_caller]
    pub(crate) fn is_used(&self) -> Used {
        let folder = self.folder();
        let export = self.read(&folder, 0.001).unwrap_or_else(|error| panic!("{error}"));
        let report = &export.reports()[0];
        let counted = report.used + report.dropped + report.deduplicated;
        assert_eq!((counted, report.rejects.total()), (report.rows, 0), "{report:?}");
        self.checked(export, folder, &[])
    }

    #[track_caller]
    fn checked(&self, export: Export, folder: Folder, options: &[&str]) -> Used {
        let before = (folder.names("."), folder.names("out"));
        let ended = folder.churn("check", &[options, &["--json"]].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!((folder.names("."), folder.names("out")), before, "check left something behind");
        let check: Value = serde_json::from_str(&ended.stdout).expect("one JSON object");
        let table = &check["result"]["tables"][0];
        let report = &export.reports()[0];
        let counts =
            ["rows", "used", "dropped", "deduplicated", "rejected"].map(|key| table[key].as_u64().expect("a count"));
        assert_eq!(counts, [report.rows, report.used, report.dropped, report.deduplicated, report.rejects.total()]);
        Used { export, folder, check }
    }

    /// Ids of the rows added here never stand in what is said of them.
    #[track_caller]
    fn assert_nothing_is_told(&self, message: &str) {
        // The name of a temporary folder is drawn at random, and may hold anything.
        let said = message.split_whitespace().filter(|word| !word.contains("/.tmp")).collect::<Vec<_>>().join(" ");
        assert!(!said.contains("C0") && !said.contains("secret"), "content of cells in: {message}");
    }
}

impl Used {
    /// The warnings of the export have exactly these codes, in the library and in what `churn check` prints.
    #[track_caller]
    pub(crate) fn warns_of(&self, expected: &[&str]) {
        let found: Vec<&str> = self.export.warnings().map(|warning| warning.code.as_str()).collect();
        assert_eq!(found, expected, "{:?}", self.export.warnings().collect::<Vec<_>>());
        let printed = self.check["result"]["warnings"].as_array().expect("a list");
        let printed: Vec<&str> = printed.iter().map(|warning| warning["code"].as_str().expect("a code")).collect();
        assert_eq!(printed, expected);
        let logged = self.check["warnings"].as_array().expect("a list");
        for warning in self.export.warnings() {
            let text = warning.to_string();
            let said = logged.iter().any(|line| line.as_str() == Some(text.as_str()));
            assert_eq!(said, !warning.code.is_note(), "{warning}");
            assert!(!warning.to_string().contains("secret"), "content of cells in: {warning}");
        }
    }

    /// What is read is what a good export holds, bit by bit.
    #[track_caller]
    pub(crate) fn is_the_same_as(&self, other: &Used) {
        assert_eq!(self.export.fingerprint(), other.export.fingerprint());
    }

    /// The warning of this code.
    #[track_caller]
    pub(crate) fn warning(&self, code: &str) -> &history::Warning {
        self.export.warnings().find(|warning| warning.code.as_str() == code).expect("such a warning")
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.export.customer_ids().iter().collect()
    }
}

/// Line breaks before a place: LF, CR LF or CR.
fn lines_before(content: &[u8], byte: usize) -> u64 {
    let text = &content[..byte];
    let is_end = |at: &usize| match text[*at] {
        b'\r' => true,
        b'\n' => *at == 0 || text[*at - 1] != b'\r',
        _ => false,
    };
    (0..text.len()).filter(is_end).count() as u64
}

/// A good export.
pub(crate) fn good() -> String {
    export(&orders())
}

/// A good export with these rows behind its own.
pub(crate) fn good_and(rows: &[&str]) -> String {
    let mut text = good();
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

/// Line of the first row behind those of the good export.
pub(crate) fn first_line() -> u64 {
    orders().len() as u64 + 2
}
