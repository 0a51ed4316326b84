//! The text of the project file: every key with the reason for it, and open questions where their answers belong.

use std::fmt::Write;

use super::proposal::{Proposal, Table};
use super::question::{Answers, Question};
use super::setting::Setting;
use crate::exit::one_line;
use crate::project::QUESTION;

/// Writes the project file of this name.
pub(super) fn document(name: &str, proposal: &Proposal, answers: &Answers) -> String {
    let mut page = Page { text: String::new(), answers };
    page.comment("Proposed by churn init. Behind each key stands what proves it, or that it was answered.");
    if answers.open().next().is_some() {
        page.comment("Lines with QUESTION are for you: write the answer in the line below, and take the question out.");
        page.comment("Until then every command refuses this file.");
    }
    page.line("");
    for question in answers.open().filter(|question| question.key.starts_with("file:")) {
        page.question(question);
        page.comment("a section such as [transactions] with the path of the file, or nothing");
    }
    page.pair("name", name, "of the model; safe as the name of a folder");
    page.setting("timezone", &proposal.timezone);
    page.setting("currency", &proposal.currency);
    for table in &proposal.tables {
        page.table(table);
    }
    page.line("");
    page.comment("What churn means here; these are the defaults. churn check proposes a horizon for this data.");
    page.comment("[churn]");
    page.comment("definition = \"inactivity\"");
    page.comment("horizon = \"90d\"");
    page.comment("active_within = \"180d\"");
    page.comment(
        "complete_through = \"2026-10-31\"   # first day that is NOT complete; default: the day of the last purchase",
    );
    page.text
}

struct Page<'a> {
    text: String,
    answers: &'a Answers,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn comment(&mut self, comment: &str) {
        self.line(&format!("# {}", one_line(comment)));
    }

    fn pair(&mut self, key: &str, value: &str, why: &str) {
        self.line(&format!("{} = {}  # {}", key_of(key), quoted(value), one_line(why)));
    }

    /// A key, or the question for it, or why it is left out.
    fn setting(&mut self, key: &str, setting: &Setting) {
        match setting {
            Setting::Value { value, why } => self.pair(key, value, why),
            Setting::Absent { why } => self.comment(&format!("{key}: {why}")),
            Setting::Open(question) => {
                let asked = self.answers.asked().iter().find(|asked| asked.key == *question).cloned();
                if let Some(asked) = asked {
                    self.question(&asked);
                    let example = asked.choices.first().map_or("", |choice| choice.answer.as_str());
                    self.comment(&format!("{} = {}", key_of(key), quoted(example)));
                }
            }
        }
    }

    fn question(&mut self, question: &Question) {
        let choices = question.choices.iter().map(|choice| format!("{} ({})", quoted(&choice.answer), choice.meaning));
        let choices = choices.collect::<Vec<_>>().join("; ");
        let expected = if choices.is_empty() { question.expected() } else { choices };
        let text = one_line(&format!("{}: {} {expected}", question.key, question.question));
        self.line(&format!("{QUESTION}{text}"));
    }

    fn table(&mut self, table: &Table) {
        self.line("");
        self.line(&format!("[{}]", table.name.as_str()));
        let files = if table.files.len() == 1 { "file" } else { "files" };
        self.pair("path", &table.path, &format!("{} {files}, {} rows", table.files.len(), table.rows));
        self.setting("encoding", &table.encoding);
        if let Some(int96) = &table.int96 {
            self.setting("int96", int96);
        }
        self.setting("date_format", &table.date_format);
        self.setting("decimal", &table.decimal);
        if let Some(rules) = &table.rules {
            self.setting("returns", &rules.returns);
            self.setting("without_customer", &rules.without_customer);
            self.setting("cancelled_prefix", &rules.cancelled_prefix);
        }
        self.line("");
        self.line(&format!("[{}.columns]", table.name.as_str()));
        for (column, setting) in &table.mapping.columns {
            self.setting(column, setting);
        }
    }
}

/// A key as TOML writes it.
fn key_of(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { key.to_owned() } else { quoted(key) }
}

/// A text as TOML writes it, on one line whatever is in it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter)); // writing to a String cannot fail
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn any_text_is_one_line_of_toml_and_reads_back() {
        for text in ["", "Customer ID", "a\"b\\c", "Сумма, руб.", "two\nlines\u{7f}\u{85}", "'#"] {
            let line = format!("{} = {}", key_of(text), quoted(text));
            assert_eq!(line.lines().count(), 1, "{line}");
            let table: toml::Table = toml::from_str(&line).unwrap();
            assert_eq!(table.get(text).and_then(toml::Value::as_str), Some(text), "{line}");
        }
    }
}
