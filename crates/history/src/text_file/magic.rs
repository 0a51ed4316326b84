//! What a file is, by its first bytes: a workbook that somebody renamed is not read as text.

use std::path::Path;

use super::{Packing, looks_like};
use crate::error::ReadError;

/// Refuses a file whose first bytes are those of another format. `expected` is what its name makes of it.
pub(crate) fn refuse_other_formats(path: &Path, expected: &'static str, start: &[u8]) -> Result<(), ReadError> {
    match recognised(start).or_else(|| written(start)) {
        Some((found, hint)) => Err(looks_like(path, expected, found, hint)),
        None => Ok(()),
    }
}

/// Refuses a file that is not packed as its name says.
pub(super) fn expect_packed(path: &Path, packing: Packing, start: &[u8]) -> Result<(), ReadError> {
    let (expected, magic): (_, &[u8]) = match packing {
        Packing::None => return Ok(()),
        Packing::Gzip => ("gzip data", GZIP),
        Packing::Zstd => ("zstd data", ZSTD),
    };
    // A frame that zstd skips may come first.
    let skipped = packing == Packing::Zstd && start.get(1..4) == Some(&[0x2a, 0x4d, 0x18]) && start[0] >> 4 == 5;
    if start.is_empty() {
        return Err(ReadError::Empty { path: path.to_owned() });
    }
    if start.starts_with(magic) || magic.starts_with(start) || skipped {
        return Ok(());
    }
    let found = recognised(start).or_else(|| written(start));
    let (found, hint) = found.unwrap_or(("something else", "does its name end in the wrong letters?"));
    Err(looks_like(path, expected, found, hint))
}

/// The label of UTF-16 text that has no byte order mark: every other byte of its first characters is zero.
pub(super) fn utf_16_without_mark(start: &[u8]) -> Option<&'static str> {
    let start = &start[..start.len().min(64) / 2 * 2];
    let zeros = |first: usize| start.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    // Texts in Latin letters, digits and signs, as headers have them.
    let most = start.len() / 2 * 3 / 4;
    match (zeros(0), zeros(1)) {
        _ if start.len() < 4 => None,
        (0, odd) if odd > most => Some("utf-16le"),
        (even, 0) if even > most => Some("utf-16be"),
        _ => None,
    }
}

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// What a format is called, and what to do about it.
type Found = (&'static str, &'static str);

/// Formats that are no text, by the signatures that their specifications give.
fn recognised(start: &[u8]) -> Option<Found> {
    const AS_CSV: &str = "save the sheet as CSV, or export it as Parquet";
    const UNPACK: &str = "unpack it, or pack it with gzip or zstd";
    const EXPORT: &str = "export the table as CSV or Parquet";
    let known: [(&[u8], Found); 14] = [
        (GZIP, ("gzip data", "let its name end in .gz behind the ending of the format")),
        (ZSTD, ("zstd data", "let its name end in .zst behind the ending of the format")),
        (b"PK\x05\x06", ("an empty ZIP archive", UNPACK)),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("XLS, an old Excel workbook", AS_CSV)),
        (b"%PDF-", ("PDF", EXPORT)),
        (b"BZh", ("bzip2 data", UNPACK)),
        (b"\xfd7zXZ\0", ("xz data", UNPACK)),
        (b"7z\xbc\xaf\x27\x1c", ("a 7z archive", UNPACK)),
        (b"Rar!\x1a\x07", ("a RAR archive", UNPACK)),
        (b"PAR1", ("Parquet", "let its name end in .parquet")),
        (b"SQLite format 3\0", ("an SQLite database", EXPORT)),
        (b"ORC", ("ORC", EXPORT)),
        (b"Obj\x01", ("Avro", EXPORT)),
        (b"ARROW1\0\0", ("Arrow IPC", EXPORT)),
    ];
    if start.starts_with(b"PK\x03\x04") {
        let names = &start[..start.len().min(4_096)];
        let holds = |name: &[u8]| names.windows(name.len()).any(|window| window == name);
        return Some(if holds(b"[Content_Types].xml") || holds(b"xl/") {
            ("XLSX, an Excel workbook", AS_CSV)
        } else if holds(b"opendocument.spreadsheet") {
            ("ODS, an OpenDocument spreadsheet", AS_CSV)
        } else {
            ("a ZIP archive", UNPACK)
        });
    }
    // "ORC" and "BZh" might begin a header.
    let is_text = |magic: &[u8]| magic.is_ascii() && start.get(..32).is_some_and(|s| s.iter().all(|b| is_of_text(*b)));
    known
        .into_iter()
        .find(|(magic, _)| start.starts_with(magic) && !(matches!(*magic, b"ORC" | b"BZh" | b"PAR1") && is_text(magic)))
        .map(|(_, found)| found)
}

fn is_of_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Text that is no table.
fn written(start: &[u8]) -> Option<Found> {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let begins = |with: &str| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()));
    if begins("<!doctype html") || begins("<html") {
        return Some(("a web page", "is it a page of an error or of a login instead of the export?"));
    }
    if begins("<?xml") {
        return Some(("XML", "export the table as CSV or Parquet"));
    }
    begins("{\\rtf").then_some(("RTF", "export the table as CSV or Parquet"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        let mut xlsx = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0".to_vec();
        xlsx.extend(b"\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0[Content_Types].xml");
        let mut ods = b"PK\x03\x04\x14\0\0\x08\0\0".to_vec();
        ods.extend(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK");
        for (start, expected) in [
            (&xlsx[..], "XLSX, an Excel workbook"),
            (&ods, "ODS, an OpenDocument spreadsheet"),
            (b"PK\x03\x04\x14\0orders.csv", "a ZIP archive"),
            (b"%PDF-1.7\n", "PDF"),
            (b"\x1f\x8b\x08", "gzip data"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "XLS, an old Excel workbook"),
            (b"PAR1\x15\x04\x15", "Parquet"),
            (b"\xef\xbb\xbf \n<!DOCTYPE HTML><title>Sign in", "a web page"),
            (b"<?xml version=\"1.0\"?>", "XML"),
        ] {
            assert_eq!(recognised(start).or_else(|| written(start)).map(|found| found.0), Some(expected));
        }
        for start in [&b"customer_id,amount\n1,2\n"[..], b"", b"P", b"ORCHARD_ID,timestamp,amount,order_id\n1", b"<a"] {
            assert_eq!(recognised(start).or_else(|| written(start)), None);
        }
    }

    #[test]
    fn utf_16_is_known_by_its_zeros() {
        let text: Vec<u16> = "customer_id,timestamp".encode_utf16().collect();
        let little: Vec<u8> = text.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = text.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(utf_16_without_mark(&little), Some("utf-16le"));
        assert_eq!(utf_16_without_mark(&big), Some("utf-16be"));
        assert_eq!(utf_16_without_mark(b"customer_id"), None);
        assert_eq!(utf_16_without_mark(b"a"), None);
        assert_eq!(utf_16_without_mark(&[0; 64]), None);
    }
}
