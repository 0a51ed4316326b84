//! Files packed with gzip and zstd, and files that are something else than their name says: cases A31 to A33 of the list of
//! bad inputs.

#![allow(clippy::unwrap_used)]

mod exports;

use std::io::Write;

use exports::{Folder, csv, gzip, ndjson, read, read_table, refused, rows, zstd};
use history::{ReadError, TableSpec};

#[test]
fn packed_text_is_the_text() {
    let folder = Folder::new();
    let rows = rows(3_000);
    let (text, objects) = (csv(&rows), ndjson(&rows));
    let plain = folder.read("plain.csv", &text).unwrap();
    let tabs = text.replace(',', "\t");
    for (name, bytes) in [
        ("a.csv.gz", gzip(&text)),
        ("a.csv.zst", zstd(&text)),
        ("a.tsv.gz", gzip(&tabs)),
        ("A.TXT.ZST", zstd(&tabs)),
        ("a.ndjson", objects.clone().into_bytes()),
        ("a.jsonl.gz", gzip(&objects)),
        ("a.ndjson.zst", zstd(&objects)),
    ] {
        let read = folder.read(name, bytes).unwrap();
        assert_eq!(read.fingerprint(), plain.fingerprint(), "{name}");
        assert_eq!(read.reports()[0].rows, 3_000, "{name}");
    }
}

#[test]
fn several_members_are_one_text() {
    let folder = Folder::new();
    let text = csv(&rows(400));
    let plain = folder.read("plain.csv", &text).unwrap();
    let parts: Vec<&[u8]> = text.as_bytes().chunks(997).collect();
    let members: Vec<u8> = parts.iter().flat_map(gzip).collect();
    let frames: Vec<u8> = parts.iter().flat_map(zstd).collect();
    // A frame that is skipped may come first and between.
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &frames].concat();
    for (name, bytes) in [("a.csv.gz", members), ("a.csv.zst", frames), ("b.csv.zst", skipped)] {
        assert_eq!(folder.read(name, bytes).unwrap().fingerprint(), plain.fingerprint(), "{name}");
    }
}

#[test]
fn a31_truncated_gzip() {
    cut_at_every_percent("a.csv.gz", &gzip(csv(&rows(2_000))), "gzip");
}

#[test]
fn a31_truncated_zstd() {
    cut_at_every_percent("a.csv.zst", &zstd(csv(&rows(2_000))), "zstd");
}

#[test]
fn a31_truncated_gzip_of_ndjson() {
    cut_at_every_percent("a.ndjson.gz", &gzip(ndjson(&rows(2_000))), "gzip");
}

/// Whatever is missing at the end, the file is refused.
fn cut_at_every_percent(name: &str, whole: &[u8], packing: &str) {
    let folder = Folder::new();
    let cuts = (0..100).map(|percent| whole.len() * percent / 100).chain([whole.len() - 1, whole.len() - 4]);
    for length in cuts {
        let path = folder.file(name, &whole[..length]);
        let read = read(&path);
        if length == 0 {
            refused(read, &path, &["found an empty file"]);
        } else {
            assert!(matches!(read, Err(ReadError::Packed { .. })), "{length}: {read:?}");
            refused(read, &path, &["line ", "byte ", packing, "cut short", "deliver it again"]);
        }
    }
}

#[test]
fn a31_the_last_member_is_missing_its_end() {
    let folder = Folder::new();
    let text = csv(&rows(400));
    let (first, second) = text.split_at(5_000);
    let both = [gzip(first), gzip(second)].concat();
    for missing in [1, 8, 20, gzip(second).len() - 3] {
        let path = folder.file("a.csv.gz", &both[..both.len() - missing]);
        refused(read(&path), &path, &["gzip data end too early: the file is cut short"]);
    }
    // Other bytes behind the last member are no text that could be left out.
    let path = folder.file("a.csv.gz", [&both[..], b"\0\0\0\0"].concat());
    refused(read(&path), &path, &["gzip data"]);
}

#[test]
fn a31_damaged_bytes_are_noticed() {
    let folder = Folder::new();
    let text = csv(&rows(1_000));
    for (name, whole) in [("a.csv.gz", gzip(&text)), ("a.csv.zst", zstd(&text))] {
        for at in (20..whole.len()).step_by(whole.len() / 40) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            let path = folder.file(name, &bytes);
            refused(read(&path), &path, &["line ", "byte "]);
        }
    }
}

/// So many bytes of one row over and over, packed.
fn bomb(packed: impl Write, bytes: usize, finish: impl FnOnce(&mut dyn Write)) {
    let mut packed = packed;
    packed.write_all(b"customer_id,timestamp,amount\n").unwrap();
    let rows = b"c1,2026-01-01,1.00\n".repeat(4_096);
    for _ in 0..bytes / rows.len() {
        packed.write_all(&rows).unwrap();
    }
    finish(&mut packed);
}

#[test]
fn a32_gzip_bomb() {
    let folder = Folder::new();
    let path = folder.path("a.csv.gz");
    let file = std::fs::File::create(&path).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::best());
    bomb(&mut encoder, 80 << 20, |_| {});
    encoder.finish().unwrap();
    a_bomb_is_refused(&path);
}

#[test]
fn a32_zstd_bomb() {
    let folder = Folder::new();
    let path = folder.path("a.csv.zst");
    let mut encoder = zstd::Encoder::new(std::fs::File::create(&path).unwrap(), 3).unwrap();
    bomb(&mut encoder, 80 << 20, |_| {});
    encoder.finish().unwrap();
    a_bomb_is_refused(&path);
}

fn a_bomb_is_refused(path: &std::path::Path) {
    let read = read(path);
    assert!(matches!(read, Err(ReadError::Bomb { .. })));
    refused(read, path, &["more than 200 times its size", "--max-bytes"]);
    let limited = |max_bytes| read_table(TableSpec { max_bytes: Some(max_bytes), ..TableSpec::at(path) });
    refused(limited(1 << 20), path, &["at most 1048576 bytes"]);
    // Who allows the bytes gets the rows.
    assert_eq!(limited(1 << 30).unwrap().reports()[0].rejects.total(), 0);
}

#[test]
fn a32_a_limit_holds_for_small_files_too() {
    let folder = Folder::new();
    let text = csv(&rows(1_000));
    let path = folder.file("a.csv.gz", gzip(&text));
    let limited = |max_bytes| read_table(TableSpec { max_bytes: Some(max_bytes), ..TableSpec::at(&path) });
    assert!(limited(text.len() as u64).is_ok());
    refused(limited(text.len() as u64 - 1), &path, &["expected at most"]);
}

#[test]
fn a33_other_formats_under_the_name_of_text() {
    let folder = Folder::new();
    let mut xlsx = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0".to_vec();
    xlsx.extend(b"[Content_Types].xml");
    let text = csv(&rows(5));
    for (name, bytes, words) in [
        ("orders.csv", xlsx.clone(), "looks like XLSX, an Excel workbook; save the sheet as CSV"),
        ("orders.ndjson", xlsx.clone(), "expected NDJSON, but it looks like XLSX"),
        ("orders.csv", b"PK\x03\x04orders.csv".to_vec(), "looks like a ZIP archive; unpack it"),
        ("orders.csv", b"%PDF-1.7\n%\xe2\xe3".to_vec(), "looks like PDF"),
        ("orders.csv", gzip(&text), "looks like gzip data; let its name end in .gz"),
        ("orders.csv", zstd(&text), "looks like zstd data; let its name end in .zst"),
        ("orders.csv.gz", xlsx.clone(), "expected gzip data, but it looks like XLSX"),
        ("orders.csv.gz", zstd(&text), "expected gzip data, but it looks like zstd data"),
        ("orders.csv.zst", gzip(&text), "expected zstd data, but it looks like gzip data"),
        ("orders.csv.gz", text.clone().into_bytes(), "expected gzip data, but it looks like something else"),
        ("orders.csv.gz", gzip(&xlsx), "expected delimited text, but it looks like XLSX"),
        ("orders.csv.gz", gzip(gzip(&text)), "looks like gzip data"),
        ("orders.csv", b"PAR1\x15\0\x15\x1aPAR1".to_vec(), "looks like Parquet; let its name end in .parquet"),
        ("orders.parquet", xlsx, "expected Parquet, but it looks like XLSX"),
        ("orders.parquet", gzip(&text), "expected Parquet, but it looks like gzip data"),
        ("orders.csv", b"<!DOCTYPE html><html><title>Sign in</title>".to_vec(), "looks like a web page"),
    ] {
        let path = folder.file(name, bytes);
        refused(read(&path), &path, &["line 1, byte 0", words]);
    }
    let path = folder.file("orders.parquet.gz", gzip(&text));
    refused(read(&path), &path, &["Parquet is packed inside"]);
    let path = folder.file("orders.xlsx", "PK");
    refused(read(&path), &path, &["expected a name that ends in .csv"]);
}

#[test]
fn an_empty_packed_file_is_empty() {
    let folder = Folder::new();
    for (name, bytes) in [("a.csv.gz", gzip("")), ("a.csv.zst", zstd("")), ("a.ndjson.gz", gzip(""))] {
        let path = folder.file(name, bytes);
        refused(read(&path), &path, &["found an empty file"]);
    }
}
