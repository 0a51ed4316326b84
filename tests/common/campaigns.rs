//! A simulated company with past campaigns and a trained model, made once for each effect of its offer.

#![allow(dead_code)] // each file of tests uses its own part

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::common::{Ended, Folder};

/// A copy of the company whose offer does much.
pub(crate) fn strong() -> Folder {
    static COMPANY: OnceLock<Folder> = OnceLock::new();
    let folder = copy(COMPANY.get_or_init(|| company("strong", "6000")));
    change(&folder, "cost = 4.00", "cost = 1.00");
    folder
}

/// A copy of the company whose offer does nothing.
pub(crate) fn without_effect() -> Folder {
    static COMPANY: OnceLock<Folder> = OnceLock::new();
    copy(COMPANY.get_or_init(|| company("none", "3000")))
}

fn company(offer: &str, customers: &str) -> Folder {
    let folder = Folder::empty();
    let options = ["--customers", customers, "--seed", "5", "--offer", offer];
    for ended in [folder.churn("simulate", &options), folder.churn("train", &["-q"])] {
        assert!([0, 7].contains(&ended.code), "{}", ended.stderr);
    }
    folder
}

fn copy(company: &Folder) -> Folder {
    let folder = Folder::empty();
    copy_folder(&company.path("."), &folder.path("."));
    folder
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == "out" {
            continue;
        }
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("a file can be copied");
        }
    }
}

/// Puts `new` in the place of `old` in the project file.
pub(crate) fn change(folder: &Folder, old: &str, new: &str) {
    let text = String::from_utf8(folder.read("churn.toml")).expect("text");
    assert!(text.contains(old), "{old}: {text}");
    folder.write("churn.toml", &text.replacen(old, new, 1));
}

/// Adds a section to the project file.
pub(crate) fn add(folder: &Folder, section: &str) {
    let text = String::from_utf8(folder.read("churn.toml")).expect("text");
    folder.write("churn.toml", &format!("{text}\n{section}\n"));
}

/// The rows of a CSV without quoted line breaks, by header.
pub(crate) fn rows(folder: &Folder, name: &str) -> Vec<BTreeMap<String, String>> {
    let text = String::from_utf8(folder.read(name)).expect("text");
    let mut lines = text.lines().map(cells);
    let header = lines.next().unwrap_or_default();
    lines.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

/// The object that a command printed with `--json`.
pub(crate) fn object(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", ended.stdout, ended.stderr))
}

pub(crate) fn number(cell: &str) -> f64 {
    cell.parse().unwrap_or_else(|_| panic!("expected a number, found {cell:?}"))
}
