//! The sample in a folder of its own, and everything that a run on it writes.

#![allow(dead_code)] // each file of tests uses its own part

use std::path::Path;

use crate::common::Folder;

const OUTPUTS: [&str; 6] = [
    "out/scores.csv",
    "out/scores.parquet",
    "out/features.parquet",
    "out/report.html",
    "out/report.json",
    "out/rejects.csv",
];

/// The sample.
pub(crate) fn sample() -> Folder {
    let folder = Folder::empty();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample");
    for name in ["churn.toml", "transactions.csv", "customers.csv", "events.csv", "offers.csv"] {
        std::fs::copy(sample.join(name), folder.path(name)).expect("the sample can be copied");
    }
    folder
}

/// A file of text.
pub(crate) fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).expect("text")
}

/// Everything a run wrote: outputs and the model's files.
pub(crate) fn everything(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let version = text(folder, "models/acme/champion").trim().to_owned();
    let model = ["model.json", "metrics.json", "MODEL_CARD.md", "reference.json"]
        .map(|name| format!("models/acme/{version}/{name}"));
    let names = OUTPUTS.iter().map(|name| (*name).to_owned()).chain(model);
    names.map(|name| (name.clone(), folder.read(&name))).collect()
}

/// Both runs wrote the same bytes.
#[track_caller]
pub(crate) fn same(a: &Folder, b: &Folder) {
    for ((name, a), (other, b)) in everything(a).into_iter().zip(everything(b)) {
        assert_eq!(name, other);
        assert!(a == b, "{name} differs");
    }
}
