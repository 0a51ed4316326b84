//! The parser against twelve pairs of files, against Python's `csv` module, and against itself on pieces of other sizes.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::Value;

use super::records::{Records, Stop};

const CHUNKS: [usize; 5] = [1, 7, 64, 4_096, 65_536];

/// All records, each with its place and why it cannot be used; how the reading ended; and what was noticed.
fn read_with(text: impl Read, delimiter: u8, chunk: usize) -> (Vec<String>, String) {
    let mut records = Records::new(text, chunk).separated_by(delimiter);
    let mut found = Vec::new();
    let end = loop {
        match records.next() {
            Ok(true) => {
                let fields: Vec<String> =
                    records.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
                // Of a record that cannot be used nothing is kept, or not yet given up.
                let fields = if records.broken().is_some() { Vec::new() } else { fields };
                let places: Vec<_> = (0..fields.len()).map(|field| records.place_of(field)).collect();
                let broken = records.broken();
                found.push(format!("{:?} {broken:?} {} {fields:?} {places:?}", records.place(), records.has_breaks()));
            }
            Ok(false) => break "end".to_owned(),
            Err(Stop::Io(error)) => panic!("{error}"),
            Err(stop) => break format!("{stop:?}"),
        }
    };
    let noticed = format!(
        "{end} {:?} {} {:?} {}",
        records.line_ends.mixed_from(),
        records.stray_quotes,
        records.first_stray,
        records.ends_with_newline
    );
    (found, noticed)
}

/// The fields of all records; nothing where one cannot be used.
fn rows_of(text: &[u8]) -> Option<Vec<Vec<String>>> {
    let mut records = Records::new(text, 64);
    let mut rows = Vec::new();
    while records.next().ok()? {
        if records.broken().is_some() {
            return None;
        }
        rows.push(records.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect());
    }
    Some(rows)
}

#[test]
fn twelve_pairs_of_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/csv");
    let mut pairs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        let rows = rows_of(&std::fs::read(&path).unwrap()).unwrap();
        let object = |row: &Vec<String>| -> Value {
            rows[0].iter().cloned().zip(row.iter().map(|cell| Value::from(cell.as_str()))).collect()
        };
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(path.with_extension("json")).unwrap()).unwrap();
        assert_eq!(Value::from_iter(rows[1..].iter().map(object)), expected, "{}", path.display());
        pairs += 1;
    }
    assert_eq!(pairs, 12);
}

/// Texts in which every sign means something.
fn texts() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        4 => Just("a"),
        2 => Just("b c"),
        3 => Just(","),
        4 => Just("\""),
        1 => Just("\"\""),
        2 => Just("\n"),
        1 => Just("\r\n"),
        1 => Just("\r"),
        1 => Just("\\"),
        1 => Just(" "),
        1 => Just("é"),
        1 => Just("\u{feff}"),
    ];
    prop::collection::vec(sign, 0..60).prop_map(|signs| signs.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]
    #[test]
    fn the_size_of_the_pieces_changes_nothing(text in texts()) {
        let whole = read_with(text.as_bytes(), b',', text.len().max(1));
        for chunk in CHUNKS {
            prop_assert_eq!(&read_with(text.as_bytes(), b',', chunk), &whole, "{}", chunk);
        }
    }
}

#[test]
fn the_size_of_the_pieces_changes_nothing_near_the_limits() {
    let x = |n: usize| "x".repeat(n);
    let row = |n: usize| vec![x(60_000); 17].join(",") + "," + &x(n);
    let mut texts = Vec::new();
    for more in [0, 1, 2, 3] {
        let field = 65_534 + more;
        texts.push(format!("a,{},b\nc,d\n", x(field)));
        texts.push(format!("a,\"{}\",b\nc,d\n", x(field)));
        texts.push(format!("a,\"{}\"\"\",b\nc,d\n", x(field - 2)));
        texts.push(format!("a,\"{}\n{}\",b\nc,d\n", x(40_000), x(field - 40_001)));
        texts.push(format!("a,\"{}", x(field)));
        // 17 fields of 60,000 bytes and their delimiters are 28,559 bytes short of a record of 1 MiB.
        texts.push(format!("{}\nc,d\n", row(28_557 + more)));
        texts.push(format!("{},\"q\" \nc,d\n", row(28_557 - 4 + more)));
        texts.push(format!("{},\"q\"z\nc,d\n", row(28_557 - 4 + more)));
        texts.push(format!("{},{}\nc,d\n", row(28_000), x(66_000 + more)));
        texts.push(format!("{}\"{},\"a\nb\",\"c\"d\nc,d\n", row(28_557 + more), x(70_000)));
    }
    texts.push(format!("a,\"{}\",b\n", "x\n".repeat(100)));
    texts.push(format!("a,\"{}\",b\n", "x\n".repeat(101)));
    texts.push(format!("a,\"{}\",b\n", format!("{}\n", x(700)).repeat(101)));
    for text in texts {
        let whole = read_with(text.as_bytes(), b',', text.len());
        for chunk in [1, 7, 4_096, 65_536, 1 << 18] {
            let found = read_with(text.as_bytes(), b',', chunk);
            assert!(found == whole, "{} bytes: {:?}\n{:?}", text.len(), found.1, whole.1);
        }
    }
}

#[test]
fn memory_does_not_grow_with_a_field_of_a_gigabyte() {
    let header = &b"a,b\n1,"[..];
    let text = header.chain(std::io::repeat(b'x').take(1 << 30)).chain(&b"\n2,3\n"[..]);
    let mut records = Records::new(text, super::CHUNK);
    let mut found = Vec::new();
    while records.next().unwrap() {
        found.push((records.place().line, records.broken().is_some(), records.len()));
        assert!(records.memory() < 4 << 20, "{}", records.memory());
    }
    assert_eq!(found, [(1, false, 2), (2, true, 1), (3, false, 2)]);
}

/// A generator of its own, so that a number names a text for ever.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// A text of RFC 4180: a table with anything in its quoted fields, and quotes inside plain ones.
fn rfc_4180(number: u64) -> String {
    let mut dice = Dice(number);
    let end = ["\n", "\r\n", "\r"][dice.below(3) as usize];
    let signs = ["a", "é", "1", " ", ",", "\"\"", "\n", "\r\n", "\r", "日本", ";", "\t", "\\", "'"];
    let plain = ["a", "é", "1", "x\"", "日本", ";", "\t", "'", "\\", "0.5", "a b"];
    let columns = dice.below(4) + 1;
    let rows = dice.below(6);
    let mut text = String::new();
    for row in 0..rows {
        for column in 0..columns {
            if column > 0 {
                text.push(',');
            }
            // A line with nothing in it is no record.
            let quoted = dice.below(2) == 0 || columns == 1;
            let many = dice.below(6);
            text.push_str(if quoted { "\"" } else { "" });
            for _ in 0..many {
                let all: &[&str] = if quoted { &signs } else { &plain };
                text.push_str(all[dice.below(all.len() as u64) as usize]);
            }
            text.push_str(if quoted { "\"" } else { "" });
        }
        if row + 1 < rows || dice.below(2) == 0 {
            text.push_str(end);
        }
    }
    text
}

/// Python's `csv` module reads the same. Needs `python3` in the path: where there is none, nothing is compared, and the
/// test says so. `CHURN_CSV_TEXTS` is the number of texts.
#[test]
fn a_million_texts_are_read_as_python_reads_them() {
    let texts: u64 = std::env::var("CHURN_CSV_TEXTS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/csv_rows.py");
    let python = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else {
        eprintln!("SKIPPED: a_million_texts_are_read_as_python_reads_them: there is no python3 to compare with");
        return;
    };
    let mut input = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let mut all = Vec::new();
        for number in 0..texts {
            serde_json::to_writer(&mut all, &rfc_4180(number)).unwrap();
            all.push(b'\n');
            if all.len() > 1 << 20 {
                input.write_all(&all).unwrap();
                all.clear();
            }
        }
        input.write_all(&all).unwrap();
    });
    let output = std::io::BufReader::new(python.stdout.take().unwrap());
    let mut compared = 0;
    for line in std::io::BufRead::lines(output) {
        let expected: Vec<Vec<String>> = serde_json::from_str(&line.unwrap()).unwrap();
        let text = rfc_4180(compared);
        assert_eq!(rows_of(text.as_bytes()), Some(expected), "text {compared}: {text:?}");
        compared += 1;
    }
    writer.join().unwrap();
    assert!(python.wait().unwrap().success());
    assert_eq!(compared, texts);
}
