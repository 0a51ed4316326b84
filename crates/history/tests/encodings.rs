//! Text files in other encodings than UTF-8: cases A12 and A13 of the list of bad inputs.

#![allow(clippy::unwrap_used)]

mod exports;

use exports::{Folder, csv, gzip, ndjson, read, read_table, refused, rows};
use history::{Encoding, ReadError, RejectCode, TableSpec};

/// Ids in another alphabet.
fn named(ids: &[&str], count: usize) -> Vec<[String; 3]> {
    let mut rows = rows(count);
    for (row, id) in rows.iter_mut().zip(ids.iter().cycle()) {
        row[0] = (*id).to_owned();
    }
    rows
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

fn declared(path: &std::path::Path, label: &str) -> TableSpec {
    TableSpec { encoding: Encoding::of_label(label), ..TableSpec::at(path) }
}

#[test]
fn a12_utf_16_with_a_byte_order_mark() {
    let folder = Folder::new();
    let rows = named(&["Ștefan", "Анна", "𝔘nicode", "plain"], 2_000);
    let (text, objects) = (csv(&rows), ndjson(&rows));
    let plain = folder.read("plain.csv", &text).unwrap();
    let marked = |text: &str| format!("\u{feff}{text}");
    let (little, big) = (utf_16(&marked(&text), u16::to_le_bytes), utf_16(&marked(&text), u16::to_be_bytes));
    for (name, bytes) in [
        ("le.csv", little.clone()),
        ("be.csv", big),
        ("le.csv.gz", gzip(&little)),
        ("le.ndjson", utf_16(&marked(&objects), u16::to_le_bytes)),
        ("utf8.csv", marked(&text).into_bytes()),
    ] {
        assert_eq!(folder.read(name, bytes).unwrap().fingerprint(), plain.fingerprint(), "{name}");
    }
    // A byte too few is half a character.
    let path = folder.file("odd.csv", &little[..little.len() - 1]);
    refused(read(&path), &path, &["line ", "byte ", "expected UTF-16LE text"]);
}

#[test]
fn a12_utf_16_without_a_mark_is_refused_until_it_is_declared() {
    let folder = Folder::new();
    let text = csv(&rows(50));
    let plain = folder.read("plain.csv", &text).unwrap();
    for (label, to_bytes) in [("utf-16le", u16::to_le_bytes as fn(u16) -> [u8; 2]), ("utf-16be", u16::to_be_bytes)] {
        let path = folder.file("a.csv", utf_16(&text, to_bytes));
        refused(read(&path), &path, &["line 1", &format!("declare encoding = \"{label}\"")]);
        assert_eq!(read_table(declared(&path, label)).unwrap().fingerprint(), plain.fingerprint());
    }
}

#[test]
fn a13_cp1251_is_refused_until_it_is_declared() {
    let folder = Folder::new();
    let rows = named(&["Анна", "Борис", "Щука", "plain"], 400);
    let text = csv(&rows);
    let plain = folder.read("plain.csv", &text).unwrap();
    for label in ["windows-1251", "koi8-r", "iso-8859-5", "x-mac-cyrillic"] {
        let bytes = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(&text).0.into_owned();
        let path = folder.file("a.csv", &bytes);
        refused(read(&path), &path, &["line 2, column \"customer_id\": expected UTF-8 text", "declare its encoding"]);
        assert_eq!(read_table(declared(&path, label)).unwrap().fingerprint(), plain.fingerprint(), "{label}");
        let path = folder.file("a.csv.gz", gzip(&bytes));
        assert_eq!(read_table(declared(&path, label)).unwrap().fingerprint(), plain.fingerprint(), "{label} packed");
    }
}

#[test]
fn a13_a_header_in_latin_1_says_what_to_declare() {
    let folder = Folder::new();
    let text = csv(&rows(5)).replace("customer_id", "numéro");
    let bytes = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
    let path = folder.file("a.csv", bytes);
    refused(read(&path), &path, &["line 1", "other bytes in the header", "encoding = \"windows-1252\""]);
}

#[test]
fn a13_a_declared_encoding_holds_to_the_last_byte() {
    let folder = Folder::new();
    let mut bytes = csv(&rows(2_000)).into_bytes();
    let plain = folder.read("plain.csv", &bytes).unwrap();
    let at = bytes.len() - 3;
    bytes[at] = 0xff;
    let path = folder.file("a.csv", &bytes);
    let read = read_table(declared(&path, "utf-8"));
    assert!(matches!(read, Err(ReadError::NotInEncoding { line: 2_001, byte, .. }) if byte == at as u64), "{read:?}");
    refused(read, &path, &["line 2001", &format!("byte {at}"), "expected UTF-8 text"]);
    // Undeclared, it is one row that cannot be read, and nothing is replaced.
    let export = exports::read(&path).unwrap();
    let report = &export.reports()[0];
    let reject = &report.rejects.rows()[0];
    assert_eq!((report.used, reject.line, reject.code), (1_999, 2_001, RejectCode::NotText));
    assert_ne!(export.fingerprint(), plain.fingerprint());
    // Shift_JIS knows some bytes in front of some others only.
    let path = folder.file("b.csv", b"customer_id,timestamp,amount\n\x83\x41,2026-01-01,1\n\x83\xff,2026-01-01,1\n");
    refused(read_table(declared(&path, "shift_jis")), &path, &["line 3, byte 45", "expected Shift_JIS text"]);
}

#[test]
fn a_declaration_that_the_byte_order_mark_contradicts_is_refused() {
    let folder = Folder::new();
    let text = format!("\u{feff}{}", csv(&rows(5)));
    let path = folder.file("a.csv", &text);
    refused(read_table(declared(&path, "windows-1251")), &path, &["declared encoding is windows-1251", "says UTF-8"]);
    assert!(read_table(declared(&path, "utf-8")).is_ok());
    let path = folder.file("b.csv", [&[0xff, 0xfe, 0, 0][..], &[b'a', 0, 0, 0]].concat());
    refused(read(&path), &path, &["looks like UTF-32"]);
}

#[test]
fn texts_of_which_only_a_tag_is_kept_are_rejected_as_well() {
    let folder = Folder::new();
    let mut bytes = b"customer_id,timestamp,amount,order,region\n".to_vec();
    for [id, at, amount] in rows(3_000) {
        bytes.extend(format!("{id},{at},{amount},1,x\n").bytes());
    }
    bytes.extend(b"a,2026-01-01,1,\xe9,x\nb,2026-01-01,1,1,\xe9\n");
    let path = folder.file("a.csv", &bytes);
    let mut spec = exports::spec(TableSpec::at(&path));
    spec.transactions.order_id = Some("order".into());
    spec.transactions.category = Some("region".into());
    let export = exports::read_spec(&spec).unwrap();
    let found: Vec<(u64, &str)> =
        export.reports()[0].rejects.rows().iter().map(|r| (r.line, r.column.as_str())).collect();
    assert_eq!(found, [(3_002, "order"), (3_003, "region")]);
}
