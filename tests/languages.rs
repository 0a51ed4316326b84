//! The sample's report, scores and plan in English, Romanian and Russian: the same numbers, and no English sentence left.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/sample_run.rs"]
mod sample_run;

use common::Folder;
use sample_run::{sample, text};
use serde_json::Value;

/// Runs a command on the sample.
fn done(folder: &Folder, command: &str) {
    let ended = folder.churn(command, &["--quiet"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

/// The sample, run in a language.
fn run(language: &str) -> Folder {
    let folder = sample();
    let project =
        text(&folder, "churn.toml").replacen("currency =", &format!("language = \"{language}\"\ncurrency ="), 1);
    std::fs::write(folder.path("churn.toml"), project).unwrap();
    done(&folder, "run");
    done(&folder, "plan");
    folder
}

/// Every number of a JSON text with its place.
fn numbers(value: &Value, place: &str, into: &mut Vec<(String, String)>) {
    match value {
        Value::Number(number) => into.push((place.to_owned(), number.to_string())),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, v)| numbers(v, &format!("{place}/{at}"), into))
        }
        Value::Object(values) => values.iter().for_each(|(key, v)| numbers(v, &format!("{place}/{key}"), into)),
        _ => {}
    }
}

fn numbers_of(folder: &Folder, name: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    numbers(&serde_json::from_str(&text(folder, name)).unwrap(), "", &mut found);
    found
}

/// A table without its columns of reasons.
fn without_reasons(table: &str) -> String {
    let rows: Vec<Vec<String>> = table.lines().map(cells).collect();
    let kept: Vec<usize> = (0..rows[0].len()).filter(|at| !rows[0][*at].starts_with("reason")).collect();
    rows.iter().map(|row| kept.iter().map(|at| row[*at].as_str()).collect::<Vec<_>>().join(",") + "\n").collect()
}

/// The cells of a line, with quotes understood.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted ^= true,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

/// The text of a page, tag by tag.
fn said(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("</style>").unwrap();
    // The script that sorts tables says nothing.
    let (before, script) = body.split_once("<script>").unwrap_or((body, ""));
    let body = format!("{before}{}", script.split_once("</script>").map_or("", |(_, after)| after));
    let texts = body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim().to_owned());
    texts.filter(|text| !text.is_empty()).collect()
}

#[test]
fn three_languages_have_the_same_numbers() {
    let english = run("en");
    for language in ["ro", "ru"] {
        let told = run(language);
        assert_eq!(numbers_of(&told, "out/report.json"), numbers_of(&english, "out/report.json"), "{language}");
        for name in ["out/scores.csv", "out/plan.csv", "out/plan_groups.csv"] {
            let of = |folder: &Folder| without_reasons(&text(folder, name));
            assert_eq!(of(&told), of(&english), "{name} in {language}");
            assert_ne!(text(&told, name).contains("reason_1"), !text(&english, name).contains("reason_1"));
        }
        assert_ne!(text(&told, "out/scores.csv"), text(&english, "out/scores.csv"), "reasons are in {language}");
        // A model knows nothing of the language.
        let model = |folder: &Folder| text(folder, "models/acme/champion");
        assert_eq!(model(&told), model(&english));

        let page = text(&told, "out/report.html");
        assert!(page.contains(&format!("<html lang=\"{language}\">")));
        let left: Vec<String> = said(&page).into_iter().filter(|text| is_english(text)).collect();
        assert!(left.is_empty(), "{language}: {left:#?}");
        for row in text(&told, "out/scores.csv").lines().skip(1) {
            for reason in &cells(row)[12..15] {
                assert!(!is_english(reason), "{reason}");
            }
        }
    }
}

/// Words of English that no other language of ours has, and no name in the sample.
const ENGLISH: [&str; 30] = [
    "the",
    "of",
    "and",
    "is",
    "was",
    "were",
    "with",
    "by",
    "from",
    "that",
    "this",
    "not",
    "no",
    "who",
    "days",
    "customers",
    "than",
    "for",
    "to",
    "last",
    "before",
    "after",
    "rows",
    "only",
    "purchase",
    "purchases",
    "churn",
    "churned",
    "less",
    "more",
];

fn is_english(text: &str) -> bool {
    // Names of files, commands and settings are the same everywhere.
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']' | '-')));
    let found = words.filter(|word| ENGLISH.contains(word)).count();
    found > usize::from(text.contains("churn plan"))
}
