//! What `churn init` says: as text, and as the object that `--json` prints.

use std::fmt::Write;
use std::path::Path;

use history::inspect::{ColumnLook, FileLook};
use serde::Serialize;

use super::files::Given;
use super::proposal::{Proposal, Table};
use super::question::{Answers, Question};
use super::setting::Setting;
use crate::exit::one_line;

/// The result.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    project_file: String,
    files: Vec<FileFound>,
    tables: Vec<TableFound>,
    /// Files that no table is made of.
    unused: Vec<String>,
    questions: Vec<Question>,
    /// Questions without an answer.
    open: usize,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FileFound {
    file: String,
    delimiter: Option<char>,
    /// In which it was looked at, where it is not UTF-8; no proof that it is the right one.
    encoding: Option<&'static str>,
    rows: u64,
    /// Rows with more or fewer fields than the header.
    broken: u64,
    columns: Vec<ColumnFound>,
}

/// A column, and what its cells are: counts, and no cell but those that prove a date format or a decimal sign.
#[derive(Debug, Serialize)]
struct ColumnFound {
    header: String,
    cells: &'static str,
    filled: u64,
    empty: u64,
    dates: u64,
    numbers: u64,
    negative: u64,
    /// Different texts, up to 10,000.
    distinct: usize,
    /// The column of the project file that it is mapped to, with the table.
    mapped_to: Option<String>,
    evidence: Option<String>,
}

#[derive(Debug, Serialize)]
struct TableFound {
    table: &'static str,
    path: String,
    files: Vec<String>,
    rows: u64,
    settings: Vec<SettingFound>,
    columns: Vec<SettingFound>,
}

#[derive(Debug, Serialize)]
struct SettingFound {
    key: String,
    /// None where the key is left out, or its question is open.
    value: Option<String>,
    evidence: String,
}

pub(super) fn found(path: &Path, given: &Given, proposal: &Proposal, answers: &Answers) -> Found {
    Found {
        project_file: path.display().to_string(),
        files: given.files.iter().map(|file| file_found(given, file, proposal)).collect(),
        tables: proposal.tables.iter().map(table_found).collect(),
        unused: proposal.unused.clone(),
        questions: answers.asked().to_vec(),
        open: answers.open().count(),
        notes: proposal.notes.clone(),
    }
}

fn file_found(given: &Given, file: &FileLook, proposal: &Proposal) -> FileFound {
    let shown = given.shown(file);
    let table = proposal.tables.iter().find(|table| table.files.contains(&shown));
    let column = |look: &ColumnLook| {
        let mapped = table.and_then(|table| {
            let (column, setting) =
                table.mapping.columns.iter().find(|(_, setting)| setting.value() == Some(look.header.as_str()))?;
            let Setting::Value { why, .. } = setting else { return None };
            Some((format!("{}.{column}", table.name.as_str()), why.clone()))
        });
        let (mapped_to, evidence) = mapped.unzip();
        ColumnFound {
            header: look.header.clone(),
            cells: look.kind().as_str(),
            filled: look.filled,
            empty: look.empty,
            dates: look.dates.cells(),
            numbers: look.numbers.cells(),
            negative: look.numbers.negative,
            distinct: look.distinct,
            mapped_to,
            evidence,
        }
    };
    FileFound {
        file: shown.clone(),
        delimiter: file.delimiter,
        encoding: file.encoding.map(history::Encoding::name),
        rows: file.rows,
        broken: file.broken,
        columns: file.columns.iter().map(column).collect(),
    }
}

fn table_found(table: &Table) -> TableFound {
    let mut settings =
        vec![("encoding", &table.encoding), ("date_format", &table.date_format), ("decimal", &table.decimal)];
    settings.extend(table.int96.as_ref().map(|int96| ("int96", int96)));
    if let Some(rules) = &table.rules {
        settings.extend([
            ("returns", &rules.returns),
            ("without_customer", &rules.without_customer),
            ("cancelled_prefix", &rules.cancelled_prefix),
        ]);
    }
    TableFound {
        table: table.name.as_str(),
        path: table.path.clone(),
        files: table.files.clone(),
        rows: table.rows,
        settings: settings.into_iter().map(|(key, setting)| setting_found(key, setting)).collect(),
        columns: table.mapping.columns.iter().map(|(key, setting)| setting_found(key, setting)).collect(),
    }
}

fn setting_found(key: &str, setting: &Setting) -> SettingFound {
    let (value, evidence) = match setting {
        Setting::Value { value, why } => (Some(value.clone()), why.clone()),
        Setting::Absent { why } => (None, why.clone()),
        Setting::Open(question) => (None, format!("open: {question}")),
    };
    SettingFound { key: key.to_owned(), value, evidence }
}

pub(super) fn text(found: &Found) -> String {
    let mut page = String::new();
    let mut line = |text: String| {
        let _ = writeln!(page, "{text}"); // writing to a String cannot fail
    };
    for table in &found.tables {
        line(format!("{}: {} ({} rows)", table.table, one_line(&table.files.join(", ")), table.rows));
        for column in &table.columns {
            let value = column.value.as_deref().map_or("?".to_owned(), one_line);
            line(format!("  {:<20} {value}  ({})", column.key, one_line(&column.evidence)));
        }
        for setting in &table.settings {
            let value = setting.value.as_deref().map_or_else(String::new, |value| format!("{}  ", one_line(value)));
            line(format!("  {:<20} {value}({})", setting.key, one_line(&setting.evidence)));
        }
    }
    for file in &found.unused {
        line(format!("not used: {}", one_line(file)));
    }
    for note in &found.notes {
        line(format!("note: {}", one_line(note)));
    }
    if found.open > 0 {
        line("questions:".to_owned());
        for question in found.questions.iter().filter(|question| question.answer.is_none()) {
            line(format!("  {}: {}", one_line(&question.key), one_line(&question.question)));
            for choice in &question.choices {
                line(format!("    {}: {}", one_line(&choice.answer), one_line(&choice.meaning)));
            }
            if question.choices.is_empty() {
                line(format!("    {}", question.expected()));
            }
        }
    }
    line(format!("written: {}", found.project_file));
    page.push_str(if found.open > 0 { "next: answer the questions, then churn check" } else { "next: churn check" });
    page
}
