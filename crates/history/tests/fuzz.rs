//! Changed text files and Parquet files: no panic, every row accounted for, and the same answer whatever is read at a time.
//! `tests/fuzz.sh` runs it for as long as it is told.
#![allow(clippy::unwrap_used)]

#[path = "exports/mod.rs"]
mod exports;
#[path = "../../../tests/fuzz/mod.rs"]
mod fuzz;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use exports::{Folder, csv, ndjson, rows, spec};
use history::{Export, ExportSpec, IdRules, ReadOptions, TableSpec};

fn tests(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

fn with_rejects(table: TableSpec) -> ExportSpec {
    ExportSpec { max_reject_share: 1.0, ..spec(table) }
}

/// What came of reading: counts and codes, or the code of the refusal.
fn outcome(spec: &ExportSpec, chunk: usize) -> String {
    let options = ReadOptions { bytes_at_a_time: NonZeroUsize::new(chunk), ..ReadOptions::default() };
    match Export::read_with(spec, None, &options) {
        Err(error) => {
            assert!(!error.code().is_empty() && !error.to_string().contains('\n'), "{error}");
            format!("{error}")
        }
        Ok(export) => {
            let report = &export.reports()[0];
            let accounted =
                report.used + report.dropped + report.without_customer + report.deduplicated + report.rejects.total();
            assert_eq!(report.rows, accounted);
            assert!(export.customer_ids().iter().all(|id| !id.is_empty() && id.trim() == id));
            format!("{:?} {} {:?}", export.fingerprint(), report.rows, report.rejects.counts())
        }
    }
}

#[test]
fn delimited_text() {
    let folder = Folder::new();
    let mut corpus = fuzz::files(&tests("csv"), &["csv"], 1 << 12);
    let whole = csv(&rows(40));
    corpus.extend(
        [
            whole.replace(',', ";"),
            whole.replace('\n', "\r\n"),
            whole.replace(",2026", ",\"2026").replace(",\"2026-02", ",\"a\nb"),
            whole.clone(),
        ]
        .map(String::into_bytes),
    );
    corpus.extend([format!("Report\n\n{whole}Total,,9\n"), whole.replace("00", "é,")].map(String::into_bytes));
    let path = folder.path("orders.csv");
    let make = |mutator: &mut fuzz::Mutator| {
        // Half of them begin with a header that is found.
        let mut bytes = mutator.changed(&corpus);
        if mutator.below(2) == 0 {
            bytes.splice(0..0, whole.as_bytes()[..whole.find('\n').unwrap() + 1].iter().copied());
        }
        bytes.push(mutator.below(8) as u8);
        bytes
    };
    fuzz::run("csv", make, |bytes| {
        let (choice, text) = bytes.split_last().unwrap();
        std::fs::write(&path, text).unwrap();
        let mut table = TableSpec::at(&path);
        if choice & 1 > 0 {
            (table.decimal, table.thousands) = (b',', Some('.'));
        }
        if choice & 2 > 0 {
            table.ids = IdRules { nfc: true, lower_case: true, without_zeros: true };
        }
        if choice & 4 > 0 {
            table.encoding = history::Encoding::of_label("windows-1251");
        }
        let spec = with_rejects(table);
        let whole = outcome(&spec, 1 << 18);
        assert_eq!(outcome(&spec, 7), whole);
    });
}

#[test]
fn objects_on_lines() {
    let folder = Folder::new();
    let whole = ndjson(&rows(30));
    let corpus =
        [whole.clone(), whole.replace("\"amount\":", "\"x\":[1,{\"y\":null}],\"amount\": ")].map(String::into_bytes);
    let path = folder.path("orders.ndjson");
    fuzz::run(
        "ndjson",
        |mutator| mutator.changed(&corpus),
        |bytes| {
            std::fs::write(&path, bytes).unwrap();
            let spec = with_rejects(TableSpec::at(&path));
            let whole = outcome(&spec, 1 << 18);
            assert_eq!(outcome(&spec, 1), whole);
        },
    );
}

#[test]
fn parquet() {
    let folder = Folder::new();
    let corpus = fuzz::files(&tests("fixtures/parquet"), &["parquet"], 1 << 16);
    assert!(corpus.len() > 20);
    let path = folder.path("orders.parquet");
    fuzz::run(
        "parquet",
        |mutator| mutator.changed(&corpus),
        |bytes| {
            std::fs::write(&path, bytes).unwrap();
            let mut table = TableSpec::at(&path);
            table.int96 = Some(history::Int96::Utc);
            table.max_bytes = Some(64 << 20);
            // The decoder's own panics are caught and said; whatever passes through is a bug.
            outcome(&with_rejects(table), 1 << 18);
        },
    );
}

#[test]
fn packed_text() {
    let folder = Folder::new();
    let text = csv(&rows(200));
    let gzip = {
        use std::io::Write;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let corpus = [gzip, zstd];
    fuzz::run(
        "packed",
        |mutator| mutator.changed(&corpus),
        |bytes| {
            for name in ["orders.csv.gz", "orders.csv.zst"] {
                let path = folder.file(name, bytes);
                outcome(&with_rejects(TableSpec::at(&path)), 1 << 18);
            }
        },
    );
}
