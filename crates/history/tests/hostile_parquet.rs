//! Parquet that is damaged, made to do harm, or written by other programs: cases A34 to A38 of the list of bad inputs.
//!
//! The files in `fixtures/parquet` are made by `tests/reference/parquet_types.py` with pyarrow 26.0.1.

#![allow(clippy::unwrap_used)]

mod exports;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use exports::{Folder, read, read_spec, refused, rows, spec};
use history::{Column, Int96, ReadError, TableSpec, TableWriter, Values};
use jiff::tz::TimeZone;

/// A file as this program writes it: six row groups.
fn written(folder: &Folder, name: &str) -> PathBuf {
    let path = folder.path(name);
    let mut writer = TableWriter::create(&path).unwrap();
    for part in rows(3_000).chunks(500) {
        let texts = |of: usize| Values::Text(part.iter().map(|row| Some(row[of].clone())).collect());
        let amounts = Values::Float(part.iter().map(|row| Some(row[2].parse().unwrap())).collect());
        let columns =
            [Column::new("customer_id", texts(0)), Column::new("timestamp", texts(1)), Column::new("amount", amounts)];
        writer.write(&columns).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parquet").join(format!("{name}.parquet"))
}

fn whole_files(folder: &Folder) -> Vec<Vec<u8>> {
    let ours = written(folder, "ours.parquet");
    [ours, fixture("plain"), fixture("codec_zstd"), fixture("dictionary")]
        .map(|path| std::fs::read(path).unwrap())
        .into()
}

#[test]
fn a34_truncated_at_every_percent() {
    let folder = Folder::new();
    for whole in whole_files(&folder) {
        assert!(folder.read("whole.parquet", &whole).is_ok());
        for percent in 0..100 {
            let length = whole.len() * percent / 100;
            let path = folder.file("cut.parquet", &whole[..length]);
            let words = if length == 0 { "found an empty file" } else { "byte " };
            refused(read(&path), &path, &[words]);
        }
    }
}

#[test]
fn a34_zeroed_from_every_percent_to_the_end() {
    let folder = Folder::new();
    for whole in whole_files(&folder) {
        for percent in 0..100 {
            let mut bytes = whole.clone();
            bytes[whole.len() * percent / 100..].fill(0);
            let path = folder.file("zeroed.parquet", &bytes);
            refused(read(&path), &path, &["byte "]);
        }
    }
}

#[test]
fn a34_zeroed_in_the_middle_never_changes_a_value_where_there_are_checksums() {
    hush();
    let folder = Folder::new();
    let whole = std::fs::read(fixture("checksums")).unwrap();
    let fingerprint = folder.read("whole.parquet", &whole).unwrap().fingerprint().map(str::to_owned);
    let mut refusals = 0;
    for start in (4..whole.len()).step_by(8) {
        let mut bytes = whole.clone();
        bytes[start..(start + 8).min(whole.len())].fill(0);
        let path = folder.file("zeroed.parquet", &bytes);
        match read(&path) {
            // The statistics and the name of the writer are not read.
            Ok(export) => assert_eq!(export.fingerprint().map(str::to_owned), fingerprint, "byte {start}"),
            Err(error) => {
                assert!(error.to_string().contains("zeroed.parquet"), "{error}");
                refusals += 1;
            }
        }
    }
    assert!(refusals > whole.len() / 8 / 3, "{refusals}");
    // Plain text stands behind its length.
    let text = b"\x05\0\0\x0000123";
    let at = whole.windows(text.len()).position(|window| window == text).unwrap();
    let mut bytes = whole;
    bytes[at + 4] = b'1';
    let path = folder.file("changed.parquet", &bytes);
    refused(read(&path), &path, &["column \"customer_id\"", "checksum", "the file is damaged"]);
}

/// Panics of the decoder are caught, as the program does it, without a word.
fn hush() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !history::decodes_untrusted_bytes() {
                hook(info);
            }
        }));
    });
}

#[test]
fn a35_no_changed_byte_panics_or_loses_account_of_a_row() {
    hush();
    let folder = Folder::new();
    for name in ["plain", "dictionary", "delta", "codec_zstd", "decimal_38_9", "checksums", "naive_ns"] {
        let whole = std::fs::read(fixture(name)).unwrap();
        for at in 4..whole.len() - 4 {
            let mut bytes = whole.clone();
            bytes[at] = [0, 0xff, whole[at] ^ 1, whole[at].wrapping_add(0x40)][at % 4];
            let path = folder.file("changed.parquet", &bytes);
            let mut spec = spec(TableSpec::at(&path));
            spec.max_reject_share = 1.0;
            if let Err(error) = read_spec(&spec) {
                let message = error.to_string();
                let says_where = message.contains("changed.parquet") || message.contains("purchase");
                assert!(says_where, "{name} {at}: {message}");
            }
        }
    }
}

/// Replaces the sizes in the header of the last page, so that it claims these.
fn with_claims(whole: &[u8], unpacked: u32, packed: Option<u32>) -> Vec<u8> {
    // The header of a page of data: its kind (0), two sizes, and a structure that is field 5.
    let behind_number = |from: usize| (from..).find(|at| whole[*at] < 0x80).unwrap() + 1;
    let is_header = |at: &usize| {
        whole[*at..].starts_with(&[0x15, 0, 0x15]) && {
            let first = behind_number(at + 3);
            whole[first] == 0x15 && whole[behind_number(first + 1)] == 0x2c
        }
    };
    let at = (4..whole.len() - 16).rev().find(is_header).unwrap();
    let zigzag = |value: u32| {
        let (mut rest, mut bytes) = (u64::from(value) * 2, Vec::new());
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    };
    let behind_first = behind_number(at + 3);
    let behind_second = behind_number(behind_first + 1);
    let second = packed.map_or_else(|| whole[behind_first + 1..behind_second].to_vec(), zigzag);
    [&whole[..at + 3], &zigzag(unpacked), &[0x15], &second, &whole[behind_second..]].concat()
}

#[test]
fn a36_a_page_header_claims_2_gib() {
    let folder = Folder::new();
    let most = i32::MAX as u32;
    for name in ["plain", "naive_us"] {
        let whole = std::fs::read(fixture(name)).unwrap();
        for (unpacked, packed) in [(most, None), (most, Some(most)), (64, Some(most)), (129 << 20, None)] {
            let path = folder.file("claims.parquet", with_claims(&whole, unpacked, packed));
            let read = read(&path);
            assert!(matches!(read, Err(ReadError::ParquetClaim { .. })), "{read:?}");
            refused(read, &path, &["byte ", "column \"amount\"", "expected a page of at most 128 MiB"]);
        }
    }
}

#[test]
fn a37_more_rows_than_the_file_can_hold() {
    let folder = Folder::new();
    let path = folder.path("rows.parquet");
    let mut writer = TableWriter::create(&path).unwrap();
    let group = 1 << 20;
    for _ in 0..4 {
        let text = |text: &str| Values::Text(vec![Some(text.to_owned()); group]);
        let amounts = Values::Float(vec![Some(1.0); group]);
        let columns = [
            Column::new("customer_id", text("c")),
            Column::new("timestamp", text("2026-01-01")),
            Column::new("amount", amounts),
        ];
        writer.write(&columns).unwrap();
    }
    writer.finish().unwrap();
    let length = std::fs::metadata(&path).unwrap().len();
    let words = format!("expected rows that a file of {length} bytes can hold, found a claim of 4194304");
    refused(read(&path), &path, &[&words]);
}

#[test]
fn a37_more_bytes_than_exports_unpack_to() {
    let folder = Folder::new();
    let path = folder.path("bytes.parquet");
    let mut writer = TableWriter::create(&path).unwrap();
    for part in 0..4 {
        let ids = (0..24).map(|at| Some(format!("{}{at}", "x".repeat(1 << 20)))).collect();
        let at = Values::Text(vec![Some(format!("2026-01-0{}", part + 1)); 24]);
        let amounts = Values::Float(vec![Some(1.0); 24]);
        let columns = [
            Column::new("customer_id", Values::Text(ids)),
            Column::new("timestamp", at),
            Column::new("amount", amounts),
        ];
        writer.write(&columns).unwrap();
    }
    writer.finish().unwrap();
    let limited = |max_bytes: Option<u64>| {
        let mut spec = spec(TableSpec::at(&path));
        spec = spec.with_max_bytes(max_bytes);
        read_spec(&spec)
    };
    assert!(matches!(limited(None), Err(ReadError::Bomb { .. })));
    refused(limited(None), &path, &["more than 200 times its size"]);
    refused(limited(Some(1 << 20)), &path, &["at most 1048576 bytes"]);
    assert_eq!(limited(Some(1 << 30)).unwrap().reports()[0].used, 96);
}

/// The rows of the fixtures as CSV, with moments cut to seconds or days.
fn as_csv(clock: usize, zone: &str) -> String {
    let mut text = String::from("customer_id,timestamp,amount\n");
    let ids = ["00123", "123", "c", "c", "ș", "00123"];
    let amounts = ["12.5", "-0.1", "99999999999.1234", "0.01", "7", "3.3333"];
    for (at, (id, amount)) in ids.iter().zip(amounts).enumerate() {
        let days = [(3, 5), (3, 12), (3, 19), (3, 26), (4, 2), (4, 9)][at];
        let moment = format!("2026-{:02}-{:02}T14:22:10.{}", days.0, days.1, 123_456 + at);
        writeln!(text, "{id},{}{zone},{amount}", &moment[..clock]).unwrap();
    }
    text
}

#[test]
fn a38_what_other_programs_write_is_read_exactly() {
    let folder = Folder::new();
    let in_bucharest = |path: &Path| {
        let mut spec = spec(TableSpec::at(path));
        spec.timezone = TimeZone::get("Europe/Bucharest").unwrap();
        read_spec(&spec).unwrap().fingerprint().unwrap().to_owned()
    };
    let [exact, seconds, utc, days] = [(26, ""), (19, ""), (19, "Z"), (10, "")]
        .map(|(clock, zone)| in_bucharest(&folder.file("as.csv", as_csv(clock, zone))));
    assert_ne!(seconds, utc);
    for (names, expected) in [
        (&["plain", "decimal_38_9", "decimal_as_int64", "dictionary", "checksums", "delta"][..], &exact),
        (&["codec_gzip", "codec_brotli", "codec_lz4", "codec_zstd"], &exact),
        (&["naive_ms", "naive_us", "naive_ns"], &seconds),
        (&["utc_ms", "utc_us", "utc_ns"], &utc),
        (&["date"], &days),
    ] {
        for name in names {
            assert_eq!(&in_bucharest(&fixture(name)), expected, "{name}");
        }
    }
}

#[test]
fn a38_int96_is_read_as_declared() {
    let folder = Folder::new();
    let read_as = |path: &Path, int96| {
        let mut spec = spec(TableSpec { int96, ..TableSpec::at(path) });
        spec.timezone = TimeZone::get("Europe/Bucharest").unwrap();
        read_spec(&spec).unwrap().fingerprint().unwrap().to_owned()
    };
    let [local, utc] = ["", "Z"].map(|zone| read_as(&folder.file("as.csv", as_csv(26, zone)), None));
    assert_eq!(read_as(&fixture("int96"), Some(Int96::Local)), local);
    assert_eq!(read_as(&fixture("int96"), Some(Int96::Utc)), utc);
}

#[test]
fn a38_what_has_no_exact_reading_is_refused_by_column_and_type() {
    for (name, column, found) in [
        ("int96", "timestamp", "INT96"),
        ("decimal_256", "amount", "Decimal256"),
        ("nested_amount", "amount", "Struct"),
        ("nested_id", "customer_id", "List"),
        ("binary_id", "customer_id", "Binary"),
        ("small_integers", "amount", "Int8"),
        ("time_of_day", "timestamp", "Time"),
        ("halves", "amount", "Float16"),
    ] {
        let path = fixture(name);
        refused(read(&path), &path, &[&format!("column \"{column}\": expected "), "found the type ", found]);
    }
    let path = fixture("large_unsigned");
    refused(read(&path), &path, &["cannot decode the Parquet file"]);
}
