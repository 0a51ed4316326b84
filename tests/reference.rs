//! The columns of every file that the sample's runs write stand in `docs/reference/columns.md`, and each of them is explained in
//! `docs/columns.md` or `docs/decisions.md`. `CHURN_WRITE_REFERENCE=1 cargo test --release --locked --workspace --test reference`
//! writes the list.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/sample_run.rs"]
mod sample_run;

use std::fmt::Write;
use std::path::Path;

use common::Folder;
use sample_run::sample;

const HEAD: &str =
    "<!-- Written from what the sample's runs write, by a test (tests/reference.rs); do not edit. -->\n\n";

/// Runs a command on the sample.
fn done(folder: &Folder, command: &str) {
    let ended = folder.churn(command, &["--quiet"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn every_column_that_is_written_is_in_the_reference() {
    let folder = sample();
    done(&folder, "run");
    done(&folder, "plan");
    let out = folder.path("out");
    let mut files: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".csv"))
        .collect();
    files.sort();
    assert!(files.len() >= 10, "{files:?}");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let explained: String =
        ["columns.md", "decisions.md"].iter().map(|name| std::fs::read_to_string(docs.join(name)).unwrap()).collect();
    let mut text = "# Columns of the files\n\nEvery table that `churn run` and `churn plan` write on the sample, with its columns in their order. \
                    `scores`, `features` and `plan` are there as Parquet as well where the command writes it. What each column means: \
                    [columns.md](../columns.md), and [decisions.md](../decisions.md) for plans. The columns of `features.parquet` are the \
                    [features](features.md).\n"
        .to_owned();
    let mut unexplained = Vec::new();
    for name in &files {
        let table = std::fs::read_to_string(out.join(name)).unwrap();
        let header = table.lines().next().unwrap_or_default();
        let columns: Vec<&str> = header.split(',').collect();
        write!(text, "\n## `out/{name}`\n\n").unwrap();
        for column in columns {
            writeln!(text, "- `{column}`").unwrap();
            // The tables of the report are explained together.
            if !name.starts_with("report-") && !explained.contains(&format!("`{column}`")) {
                unexplained.push(format!("{name}: {column}"));
            }
        }
    }
    assert!(unexplained.is_empty(), "in docs/columns.md there is nothing on {unexplained:?}");
    let path = docs.join("reference/columns.md");
    let text = format!("{HEAD}{text}");
    if std::env::var_os("CHURN_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == text,
        "docs/reference/columns.md is not what the runs write; write it with CHURN_WRITE_REFERENCE=1"
    );
}

#[test]
fn links_of_the_book_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut pages = vec![root.join("README.md"), root.join("notebooks/README.md")];
    for folder in ["docs", "docs/reference"] {
        pages.extend(std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    let mut broken = Vec::new();
    for page in pages.iter().filter(|page| page.extension().is_some_and(|of| of == "md")) {
        let text = std::fs::read_to_string(page).unwrap();
        for link in text.split("](").skip(1).filter_map(|part| part.split_once(')')).map(|(link, _)| link) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || link.contains("://") || link.starts_with("mailto:") || link.contains([' ', '"', '\n'])
            {
                continue;
            }
            if !page.parent().unwrap().join(file).exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    let contents = std::fs::read_to_string(root.join("docs/README.md")).unwrap();
    for page in std::fs::read_dir(root.join("docs")).unwrap() {
        let name = page.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            !name.ends_with(".md") || name == "README.md" || contents.contains(&format!("({name}")),
            "{name} is not in docs/README.md"
        );
    }
}
