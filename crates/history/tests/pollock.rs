//! A table of 84 lines and 9 columns, spoilt in one place at a time: a delimiter removed or added, a quote added, another
//! delimiter in one line; and spoilt as a whole. Whatever is read equals the clean table, or the line is named that was
//! spoilt.
//!
//! The recipe is that of Vitagliano et al., "Pollock: A Data Loading Benchmark", VLDB 2023, with a table of our own.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use history::{Export, ExportSpec, ReadError, Returns, TableSpec, TransactionsSpec};
use jiff::tz::TimeZone;
use tempfile::TempDir;

const LINES: usize = 84;
const COLUMNS: usize = 9;

/// How fields are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Quoting {
    /// All of them in quotes, as in the recipe.
    All,
    /// Only where it is needed.
    Needed,
}

fn table() -> Vec<Vec<String>> {
    let header =
        ["customer_id", "timestamp", "amount", "order_id", "product", "category", "channel", "quantity", "note"];
    let row = |at: usize| {
        let note = match at % 9 {
            0 => "two, with a comma",
            1..5 => "",
            _ => "plain",
        };
        vec![
            format!("C{:03}", at * 7 % 31),
            format!("2025-{:02}-{:02}T10:{:02}:00", at % 12 + 1, at % 28 + 1, at % 60),
            format!("{}.{:02}", at * 13 % 97 + 1, at * 29 % 100),
            format!("o{at}"),
            format!("p{}", at % 5),
            ["toys", "books"][at % 2].to_owned(),
            ["web", "shop", "phone"][at % 3].to_owned(),
            (at % 4 + 1).to_string(),
            note.to_owned(),
        ]
    };
    std::iter::once(header.map(str::to_owned).to_vec()).chain((1..LINES).map(row)).collect()
}

fn field(text: &str, quoting: Quoting) -> String {
    if quoting == Quoting::All || text.contains(',') { format!("\"{text}\"") } else { text.to_owned() }
}

/// The lines of the table, each as its fields and what stands before, between and behind them.
fn written(quoting: Quoting) -> Vec<Vec<String>> {
    table().iter().map(|row| row.iter().map(|text| field(text, quoting)).collect()).collect()
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn joined(rows: &[Vec<String>]) -> Vec<String> {
    rows.iter().map(|row| row.join(",")).collect()
}

struct Reader {
    folder: TempDir,
    clean: Option<String>,
    /// Without each line in turn.
    without: Vec<Option<String>>,
}

impl Reader {
    fn new(quoting: Quoting) -> Self {
        let mut reader = Self { folder: tempfile::tempdir().unwrap(), clean: None, without: Vec::new() };
        let lines = joined(&written(quoting));
        let fingerprint = |lines: &[String]| reader.read(text(lines)).unwrap().fingerprint().map(str::to_owned);
        let clean = fingerprint(&lines);
        let without = (0..LINES).map(|at| {
            let mut lines = lines.clone();
            lines.remove(at.max(1));
            fingerprint(&lines)
        });
        let without = without.collect();
        (reader.clean, reader.without) = (clean, without);
        reader
    }

    fn read(&self, content: impl AsRef<[u8]>) -> Result<Export, ReadError> {
        let path = self.folder.path().join("t.csv");
        std::fs::write(&path, content).unwrap();
        Export::read(&spec(&path), "2026-01-01".parse().ok())
    }

    /// Says what is wrong with what was made of a text of which one line was spoilt.
    fn judge(&self, content: &str, spoilt: usize) -> Result<&'static str, String> {
        let line = spoilt as u64 + 1;
        let export = match self.read(content) {
            Err(error) => {
                let named = line_of(&error);
                return if named == line { Ok("refused") } else { Err(format!("line {named} in: {error}")) };
            }
            Ok(export) => export,
        };
        let fingerprint = export.fingerprint().map(str::to_owned);
        let rejects = export.reports()[0].rejects.rows();
        let warned = export
            .warnings()
            .any(|warning| warning.code.as_str() == "quote_in_field" && warning.place.is_some_and(|p| p.line == line));
        match rejects {
            [] if fingerprint == self.clean => Ok("equal"),
            [] if warned => Ok("warned"),
            [reject] if reject.line == line && fingerprint == self.without[spoilt] => Ok("rejected"),
            _ => Err(format!("{rejects:?}, {:?}", export.warnings().collect::<Vec<_>>())),
        }
    }
}

/// The line that an error names; errors about the header are about its line.
fn line_of(error: &ReadError) -> u64 {
    match error {
        ReadError::RunawayQuote { place, .. }
        | ReadError::BackslashEscapes { place, .. }
        | ReadError::BrokenHeader { place, .. } => place.line,
        ReadError::HeaderWidth { line, .. } | ReadError::SingleQuotes { line, .. } => *line,
        ReadError::MissingColumn { .. } | ReadError::LongDelimiter { .. } | ReadError::NoHeader { .. } => 1,
        _ => 0,
    }
}

fn spec(path: &Path) -> ExportSpec {
    ExportSpec {
        timezone: TimeZone::UTC,
        transactions: TransactionsSpec {
            table: TableSpec::at(path),
            customer_id: "customer_id".into(),
            timestamp: "timestamp".into(),
            amount: "amount".into(),
            order_id: Some("order_id".into()),
            discount: None,
            margin: None,
            quantity: Some("quantity".into()),
            product: Some("product".into()),
            category: Some("category".into()),
            channel: Some("channel".into()),
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
        max_reject_share: 1.0,
    }
}

/// Texts with one line spoilt: 84 x 8 + 84 x 9 + 84 x 9 + 84.
fn spoilt_lines(quoting: Quoting) -> Vec<(String, usize, String)> {
    let rows = written(quoting);
    let mut all = Vec::new();
    for at in 0..LINES {
        let mut add = |what: String, line: String| {
            let mut lines = joined(&rows);
            lines[at] = line;
            all.push((what, at, text(&lines)));
        };
        for column in 0..COLUMNS {
            let (before, behind) = (rows[at][..column].join(","), rows[at][column..].join(","));
            if column > 0 {
                add(format!("no delimiter before column {column}"), format!("{before}{behind}"));
            }
            let between = if column > 0 { "," } else { "" };
            add(format!("two delimiters before column {column}"), format!("{before}{between},{behind}"));
            let mut quoted = rows[at].clone();
            let at_text = usize::from(quoted[column].starts_with('"'));
            quoted[column].insert(at_text, '"');
            add(format!("a quote more in column {column}"), quoted.join(","));
        }
        add("another delimiter".to_owned(), rows[at].join(";"));
    }
    all
}

#[test]
fn a_line_that_is_spoilt_is_named_or_does_no_harm() {
    for (quoting, expected) in [(Quoting::All, 2_268), (Quoting::Needed, 2_268)] {
        let reader = Reader::new(quoting);
        let all = spoilt_lines(quoting);
        assert_eq!(all.len(), expected);
        let wrong: Vec<String> = all
            .iter()
            .filter_map(|(what, at, content)| {
                let judged = reader.judge(content, *at);
                judged.err().map(|why| format!("{quoting:?}: {what} of line {}: {why}", at + 1))
            })
            .collect();
        assert!(wrong.is_empty(), "{} of {}, such as {:#?}", wrong.len(), all.len(), &wrong[..wrong.len().min(5)]);
    }
}

/// The 22 other files: what they hold, and the refusal; none where they equal the clean table.
fn spoilt_files() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let rows = written(Quoting::All);
    let clean = text(&joined(&rows));
    let separated = |by: &str| text(&rows.iter().map(|row| row.join(by)).collect::<Vec<_>>()).into_bytes();
    let headed = |by: &str| format!("{by}{clean}").into_bytes();
    let footed = |by: &str| format!("{clean}{by}").into_bytes();
    let utf_8 = |text: String| text.into_bytes();
    vec![
        ("the clean table", utf_8(clean.clone()), None),
        ("nothing", Vec::new(), Some("empty_file")),
        ("the header alone", utf_8(text(&joined(&rows[..1]))), Some("no_rows")),
        ("no header", utf_8(text(&joined(&rows[1..]))), Some("no_header")),
        ("no end of the last line", utf_8(clean.trim_end().to_owned()), None),
        ("two ends of the last line", utf_8(format!("{clean}\n")), None),
        ("lines that end with CR LF", utf_8(clean.replace('\n', "\r\n")), None),
        ("lines that end with CR", utf_8(clean.replace('\n', "\r")), None),
        ("one line that ends with CR", utf_8(clean.replacen("\n", "\r", 1)), None),
        ("a byte order mark", utf_8(format!("\u{feff}{clean}")), None),
        ("semicolons", separated(";"), None),
        ("tabs", separated("\t"), None),
        ("bars", separated("|"), None),
        ("blanks", separated(" "), None),
        ("two tabs", separated("\t\t"), Some("long_delimiter")),
        ("single quotes", utf_8(clean.replace('"', "'")), Some("single_quotes")),
        ("lines above the header", headed("made by hand\n\n\n"), Some("header_below")),
        ("rows above the header", headed("made by hand,,,,,,,,\n,,,,,,,,\n"), Some("header_below")),
        ("a header of two lines", headed("\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n"), Some("header_below")),
        ("the header twice", headed(&text(&joined(&rows[..1]))), Some("1 rejected")),
        ("lines below the table", footed("made by hand\nsigned\n"), Some("2 rejected")),
        ("rows below the table", footed("made by hand,,,,,,,,\n,,,,,,,,\n"), Some("2 rejected")),
    ]
}

#[test]
fn a_file_that_is_spoilt_is_refused_or_does_no_harm() {
    let reader = Reader::new(Quoting::All);
    let all = spoilt_files();
    assert_eq!(all.len() + spoilt_lines(Quoting::All).len(), 2_290);
    for (what, content, expected) in all {
        let found = reader.read(content);
        let outcome = match &found {
            Err(error) => Some(error.code().to_owned()),
            Ok(export) => {
                assert_eq!(export.fingerprint(), reader.clean.as_deref(), "{what}");
                let rejected = export.reports()[0].rejects.total();
                (rejected > 0).then(|| format!("{rejected} rejected"))
            }
        };
        assert_eq!(outcome.as_deref(), expected, "{what}: {:?}", found.err().map(|error| error.to_string()));
    }
}
