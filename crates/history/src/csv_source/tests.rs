//! The parser against twelve pairs of files, against Python's `csv` module, and against itself on pieces of other sizes.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::Value;

use super::records::{Records, Stop};
use super::{Lines, Text, read};
use crate::error::ReadError;
use crate::place::Place;
use crate::source::{Row, TakeRows, Wanted};

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

/// Everything that is found in a table, and how many of its rows were taken apart with the lines they stand in.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    rows: Vec<String>,
    noticed: String,
    in_lines: usize,
}

impl TakeRows for Found {
    fn row(&mut self, place: Place, row: Row<'_>) -> Result<(), ReadError> {
        self.rows.push(format!("{place:?} {row:?}"));
        Ok(())
    }

    fn lines(&mut self, lines: Lines) -> Result<(), ReadError> {
        let before = self.rows.len();
        lines.for_each(&mut |place, row| self.row(place, row))?;
        self.in_lines += self.rows.len() - before;
        Ok(())
    }
}

fn table_of(text: &[u8], chunk: usize) -> Found {
    let wanted: Vec<Wanted> = ["id", "note", "id"].iter().map(|name| Wanted::new(name, name)).collect();
    let (path, first) = (Path::new("a.csv"), Place::of_text(1, 0));
    let text = Text { path, input: text, chunk, first, delimiter: Some(b',') };
    let mut found = Found::default();
    let read = read(text, &wanted, &|_| false, &mut found);
    let noticed = read.and_then(|noticed| {
        let checked = noticed.layout.as_ref().unwrap().check(path)?;
        Ok(format!("{} {:?} {checked}", noticed.multiline, noticed.warnings))
    });
    found.noticed = noticed.unwrap_or_else(|error| error.to_string());
    found
}

/// Rows of a table, most of them in order, and bytes that are not.
fn tables() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        20 => "C[0-9]{1,3},[a-z]{0,9},(é|[0-9]{0,4})",
        6 => "\"C[0-9]{1,3}\",\"[a-z, ]{0,9}\",(\"\"|x)",
        2 => "'[a-z]{1,3}','[a-z]{0,3}',''",
        1 => "C1,\"a\"\"b\",x",
        1 => "\"C1\",a\"b,\"x\" ",
        1 => "C1,a",
        1 => "C1,a,b,c",
        1 => "[a,\"\r\n\\\\]{0,5}",
        2 => "",
    ];
    let end = prop_oneof![Just(["\n"; 3]), Just(["\r\n"; 3]), Just(["\n", "\r\n", "\r"]), Just(["\n", "\n", "\r\n"])];
    let lines = prop::collection::vec((line, 0_usize..3), 0..60);
    let spoilt = prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(0), any::<u8>()]), 0..3);
    (lines, end, spoilt, any::<bool>()).prop_map(|(lines, end, spoilt, cut)| {
        let mut text = b"id,note,more\n".to_vec();
        for (line, number) in lines {
            text.extend_from_slice(line.as_bytes());
            text.extend_from_slice(end[number].as_bytes());
        }
        for (place, byte) in spoilt {
            // Behind the header.
            let behind = text.len() - 13;
            if behind > 0 {
                text[13 + place.index(behind)] = byte;
            }
        }
        text.truncate(text.len() - usize::from(cut && text.len() > 13));
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]
    #[test]
    fn the_short_way_finds_what_the_long_way_finds(text in tables()) {
        // In pieces of a byte, whole lines are not looked for.
        let careful = table_of(&text, 1);
        prop_assert_eq!(careful.in_lines, 0);
        for chunk in [8, 64, 300, 65_536] {
            let found = table_of(&text, chunk);
            prop_assert_eq!((&found.rows, &found.noticed), (&careful.rows, &careful.noticed), "{}", chunk);
        }
    }
}

#[test]
fn most_rows_go_the_short_way_and_all_that_are_odd_go_the_long_way() {
    let plain = "C1,plain,1\n".repeat(2_000);
    let quoted = "\"C1\",\"a, b\",\"\"\n".repeat(2_000);
    let returned = "C1,plain,1\r\n".repeat(2_000);
    for (text, least) in [(&plain, 1_990), (&quoted, 1_990), (&returned, 1_990)] {
        let found = table_of(format!("id,note,more\n{text}").as_bytes(), 1_024);
        assert_eq!(found.rows.len(), 2_000);
        assert!(found.in_lines > least, "{} {text:.20}", found.in_lines);
    }
    let odd = format!("id,note,more\n{plain}C2,a\"b,1\n{plain}C3,\"a\nb\",1\n{quoted}");
    let found = table_of(odd.as_bytes(), 1_024);
    assert_eq!(found.rows.len(), 6_002);
    assert!(found.in_lines > 5_500 && found.in_lines < 6_001, "{}", found.in_lines);
    assert!(found.rows[2_000].contains("Text(\"a\\\"b\")") && found.noticed.starts_with("1 "), "{}", found.noticed);
    assert_eq!(found.rows, table_of(odd.as_bytes(), 1).rows);
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
