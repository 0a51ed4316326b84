//! Files that are damaged, packed or made to do harm, through the program: exit code 3, one line that says what to do,
//! nothing written, and no more memory than a small machine has.

mod common;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use common::{Folder, export, orders, project_until};
use history::{Column, TableWriter, Values};
use sha2::{Digest, Sha256};

/// A project that reads this file or pattern.
fn project(file: &str) -> Folder {
    let folder = Folder::empty();
    folder.write("churn.toml", &project_until("2026-01-01").replace("orders.csv", file));
    folder
}

fn write(folder: &Folder, name: &str, bytes: &[u8]) {
    std::fs::write(folder.path(name), bytes).expect("the temporary folder can be written");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// Name and SHA-256 of every file of the outputs.
fn outputs(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let digest = Sha256::digest(std::fs::read(&path).expect("readable")).to_vec();
                found.push((path.display().to_string(), digest));
            }
        }
    }
    found.sort();
    found
}

/// The memory of its own that a command may have.
const MEMORY: u64 = 256 << 20;

/// Runs a command in so much memory of its own, and in 1 GiB of addresses; nothing where `prlimit` (util-linux) is missing.
fn within(memory: u64, folder: &Folder, command: &str) -> Option<Output> {
    let program = env!("CARGO_BIN_EXE_churn");
    let place = folder.path("").display().to_string();
    let limits = ["--as=1073741824".to_owned(), format!("--data={memory}"), "--".to_owned()];
    let arguments = [program, command, &place, "--threads", "2"];
    match Command::new("prlimit").args(limits).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            let words = format!("prlimit cannot be run ({error}): the limits of memory are NOT tested\n");
            std::io::stderr().write_all(words.as_bytes()).expect("standard error can be written");
            None
        }
    }
}

/// Runs a command in [`MEMORY`], or without limits where there is nothing to set them with.
fn limited(folder: &Folder, command: &str) -> (i32, String) {
    let output = within(MEMORY, folder, command).unwrap_or_else(|| {
        let mut churn = Command::new(env!("CARGO_BIN_EXE_churn"));
        churn.arg(command).arg(folder.path("")).args(["--threads", "2"]).output().expect("the program can be started")
    });
    let code = output.status.code().expect("no signal ended the program");
    (code, String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn the_limit_of_memory_is_one() {
    let folder = project("orders.csv");
    let rows: String = (0..400_000).map(|n| format!("C{},2025-{:02}-05,1.00,{n}\n", n % 20_000, n % 12 + 1)).collect();
    folder.write("orders.csv", &format!("customer_id,timestamp,amount,order_id\n{rows}"));
    let (Some(enough), Some(little)) = (within(MEMORY, &folder, "check"), within(8 << 20, &folder, "check")) else {
        return;
    };
    assert!(enough.status.success(), "{}", String::from_utf8_lossy(&enough.stderr));
    assert!(!little.status.success());
}

/// `check`, `features` and `train` refuse the file with these words, and leave everything as it was.
#[track_caller]
fn refused(folder: &Folder, words: &[&str]) {
    refused_by(&["check", "features", "train"], folder, words);
}

#[track_caller]
fn refused_by(commands: &[&str], folder: &Folder, words: &[&str]) {
    let before = outputs(&folder.path(""));
    for command in commands {
        let (code, stderr) = limited(folder, command);
        assert_eq!(code, 3, "{command}: {stderr}");
        let line = stderr.lines().last().unwrap_or_default();
        assert!(line.starts_with("error: "), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        for word in words {
            assert!(line.contains(word), "expected \"{word}\" in: {line}");
        }
        assert_eq!(outputs(&folder.path("")), before, "{command} changed the folder");
    }
}

#[test]
fn what_a_good_export_made_stays_when_the_next_one_is_cut_short() {
    let folder = project("orders.csv.gz");
    let packed = gzip(export(&orders()).as_bytes());
    write(&folder, "orders.csv.gz", &packed);
    let made = folder.churn("features", &[]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(folder.names("out").contains(&"features.parquet".to_owned()));
    write(&folder, "orders.csv.gz", &packed[..packed.len() - 9]);
    refused(&folder, &["orders.csv.gz: line ", "gzip data end too early", "deliver it again"]);
}

#[test]
fn a32_bombs_are_refused_in_little_memory() {
    let rows = b"c1,2026-01-01,1.00,7\n".repeat(1 << 12);
    let folder = project("orders.csv.gz");
    let file = std::fs::File::create(folder.path("orders.csv.gz")).expect("writable");
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::best());
    encoder.write_all(b"customer_id,timestamp,amount,order_id\n").expect("writable");
    for _ in 0..(1_usize << 30) / rows.len() {
        encoder.write_all(&rows).expect("writable");
    }
    encoder.finish().expect("writable");
    refused(&folder, &["orders.csv.gz", "more than 200 times its size"]);

    let folder = project("orders.csv.zst");
    let file = std::fs::File::create(folder.path("orders.csv.zst")).expect("writable");
    let mut encoder = zstd::Encoder::new(file, 3).expect("writable");
    encoder.write_all(b"customer_id,timestamp,amount,order_id\n").expect("writable");
    for _ in 0..(1_usize << 32) / rows.len() {
        encoder.write_all(&rows).expect("writable");
    }
    encoder.finish().expect("writable");
    refused(&folder, &["orders.csv.zst", "more than 200 times its size"]);
}

#[test]
fn a32_a_line_without_an_end_takes_little_memory() {
    let folder = project("orders.ndjson.zst");
    let file = std::fs::File::create(folder.path("orders.ndjson.zst")).expect("writable");
    let mut encoder = zstd::Encoder::new(file, 3).expect("writable");
    // Letters at random: the ratio does not give it away.
    let mut state = 7_u64;
    let mut letters = vec![0_u8; 1 << 20];
    for _ in 0..300 {
        for letter in &mut letters {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *letter = b'a' + (state >> 60) as u8;
        }
        encoder.write_all(&letters).expect("writable");
    }
    encoder.finish().expect("writable");
    refused(
        &folder,
        &["orders.ndjson.zst", "1 of 1 rows cannot be read", "line 1, byte 0: expected a line of at most 1 MiB"],
    );
}

#[test]
fn a33_a_workbook_is_no_export() {
    let folder = project("orders.csv");
    write(&folder, "orders.csv", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml");
    refused(&folder, &["orders.csv: line 1, byte 0", "looks like XLSX"]);
}

#[test]
fn a36_a_page_of_2_gib_is_refused_before_memory_is_taken_for_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../history/tests/fixtures/parquet/naive_us.parquet");
    let whole = std::fs::read(path).expect("the fixture is there");
    // The header of the last page: its kind, its size unpacked, its size in the file, and a structure that is field 5.
    let behind_number = |from: usize| (from..).find(|at| whole[*at] < 0x80).expect("a number ends") + 1;
    let is_header = |at: &usize| {
        whole[*at..].starts_with(&[0x15, 0, 0x15]) && {
            let first = behind_number(at + 3);
            whole[first] == 0x15 && whole[behind_number(first + 1)] == 0x2c
        }
    };
    let at = (4..whole.len() - 16).rev().find(is_header).expect("a page of data") + 3;
    let behind = behind_number(at);
    let claim = [0xfe, 0xff, 0xff, 0xff, 0x0f];
    let folder = project("orders.parquet");
    folder.write(
        "churn.toml",
        &String::from_utf8(folder.read("churn.toml")).expect("text").replace("columns", "# columns"),
    );
    write(&folder, "orders.parquet", &[&whole[..at], &claim, &whole[behind..]].concat());
    refused(&folder, &["orders.parquet: byte ", "column \"amount\"", "claims", "2147483647"]);
}

/// Writes row groups of these columns, over and over.
fn parquet(folder: &Folder, groups: usize, rows: usize, id: &str) {
    let mut writer = TableWriter::create(&folder.path("orders.parquet")).expect("writable");
    for _ in 0..groups {
        let text = |text: &str| Values::Text(vec![Some(text.to_owned()); rows]);
        let columns = [
            Column::new("customer_id", text(id)),
            Column::new("timestamp", text("2026-01-01")),
            Column::new("order_id", text("1")),
            Column::new("amount", Values::Float(vec![Some(1.0); rows])),
        ];
        writer.write(&columns).expect("writable");
    }
    writer.finish().expect("writable");
}

#[test]
fn a37_parquet_bombs_are_refused_in_little_memory() {
    let folder = project("orders.parquet");
    parquet(&folder, 8, 1 << 19, "c");
    refused(&folder, &["orders.parquet: byte ", "bytes can hold, found a claim of 4194304"]);
}

#[test]
fn a34_parquet_that_is_cut_at_every_percent_is_refused_in_little_memory() {
    let folder = project("orders.parquet");
    parquet(&folder, 3, 5_000, "c");
    let whole = folder.read("orders.parquet");
    for percent in 1..100 {
        write(&folder, "orders.parquet", &whole[..whole.len() * percent / 100]);
        refused_by(&["check"], &folder, &["orders.parquet: byte "]);
    }
}

#[test]
fn damaged_parquet_ends_in_an_error_and_not_in_a_panic() {
    let folder = project("orders.parquet");
    parquet(&folder, 3, 500, "c");
    let whole = folder.read("orders.parquet");
    for eighth in 0..8 {
        let mut bytes = whole.clone();
        bytes.truncate(whole.len() * (eighth + 1) / 9);
        write(&folder, "orders.parquet", &bytes);
        refused(&folder, &["orders.parquet: byte "]);
        let mut bytes = whole.clone();
        bytes[whole.len() * eighth / 8..].fill(0);
        write(&folder, "orders.parquet", &bytes);
        refused(&folder, &["orders.parquet: byte "]);
    }
}

#[test]
fn a12_a13_an_encoding_is_declared_in_the_project_file() {
    let folder = project("orders.csv.gz");
    let text = export(&orders()).replace("C0", "К0").replace("customer_id", "Покупатель").replace(',', ";");
    let bytes = encoding_rs::WINDOWS_1251.encode(&text).0.into_owned();
    write(&folder, "orders.csv.gz", &gzip(&bytes));
    let columns = "columns = { order_id = \"order_id\", customer_id = \"Покупатель\" }\n";
    let project = project_until("2026-01-01").replace("orders.csv", "orders.csv.gz");
    let project = project.replace("columns = { order_id = \"order_id\" }\n", columns);
    folder.write("churn.toml", &project);
    refused(&folder, &["orders.csv.gz: line 1: expected UTF-8 text", "encoding = "]);
    folder.write("churn.toml", &project.replace(columns, &format!("{columns}encoding = \"windows-1251\"\n")));
    let ended = folder.churn("check", &["--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // Three lines that somebody put above the header.
    let titled = [&b"Orders\r\n\r\n2025;all\r\n"[..], &bytes].concat();
    write(&folder, "orders.csv.gz", &gzip(&titled));
    let layout = "encoding = \"windows-1251\"\nskip_rows = 3\ndelimiter = \";\"\n";
    folder.write("churn.toml", &project.replace(columns, &format!("{columns}{layout}")));
    let again = folder.churn("check", &["--json"]);
    assert_eq!((again.code, &again.stdout), (0, &ended.stdout), "{}", again.stderr);
}
