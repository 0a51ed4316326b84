//! What the pages of a Parquet file claim of themselves, checked before any memory is taken for them: a header of a few
//! bytes may claim a page of 2 GiB, and the decoder would believe it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::thrift::Compact;

/// Where the pages of a column lie, and what the footer says of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    /// First byte, and the byte behind the last.
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) values: u64,
    /// Whether pages are compressed; else a page is as long as it is in the file.
    pub(super) compressed: bool,
}

/// A page is decoded as a whole: no page is larger, unpacked. Writers make pages of 1 MiB, some one of a whole row group.
pub(super) const MOST_OF_A_PAGE: u64 = 128 << 20;

/// Headers hold the least and the greatest value of their page, which may be long texts.
const MOST_OF_A_HEADER: usize = 1 << 20;

/// Headers are mostly shorter.
const HEADER: usize = 512;

/// What is said of a page before its bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    /// 0: data, 1: index, 2: dictionary, 3: data of version 2.
    kind: i64,
    unpacked: i64,
    packed: i64,
    crc: Option<u32>,
    values: Option<i64>,
    /// Bytes of the levels before the values, in version 2.
    levels: i64,
}

/// Why a column is not read.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    /// At this byte of the file.
    Claim(u64, String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Io(error)
    }
}

/// Walks over the pages of a column. Returns the bytes that they unpack to.
///
/// # Errors
/// A page lies outside the column, claims more than its bytes can hold, does not have the checksum that its header gives,
/// or all pages together have another number of values than the footer says.
pub(super) fn check(file: &File, chunk: Chunk) -> Result<u64, Fault> {
    let (mut at, mut values, mut unpacked) = (chunk.start, 0_u64, 0_u64);
    let mut buffer = Vec::new();
    while values < chunk.values {
        let claim = |what: String| Fault::Claim(at, what);
        if at >= chunk.end {
            return Err(claim(format!("expected {} values in the column, found {values}", chunk.values)));
        }
        let (header, length) = read_header(file, at, chunk.end, &mut buffer)?
            .ok_or_else(|| claim("expected the header of a page, found other bytes".to_owned()))?;
        let size = |bytes: i64| u64::try_from(bytes).ok().filter(|bytes| *bytes <= MOST_OF_A_PAGE);
        let behind = at + length;
        let (Some(packed), Some(whole)) = (size(header.packed), size(header.unpacked)) else {
            let (packed, whole) = (header.packed, header.unpacked);
            let most = MOST_OF_A_PAGE >> 20;
            let found = format!("found one that claims {packed} bytes in the file and {whole} unpacked");
            return Err(claim(format!("expected a page of at most {most} MiB, {found}")));
        };
        if behind + packed > chunk.end {
            return Err(claim(format!("expected a page inside its column, found one of {packed} bytes")));
        }
        if !chunk.compressed && packed != whole {
            return Err(claim(format!("expected a page of {packed} bytes, found one that claims {whole}")));
        }
        if header.levels < 0 || header.levels as u64 > packed.min(whole) {
            return Err(claim("expected levels inside their page, found more of them".to_owned()));
        }
        let count = header.values.and_then(|values| u64::try_from(values).ok());
        match (header.kind, count) {
            (0 | 3, Some(count)) => values += count,
            // Every value of a dictionary takes a byte at least.
            (2, Some(count)) if count <= whole => {}
            (1, _) => {}
            _ => return Err(claim("expected a page of data or a dictionary, found neither".to_owned())),
        }
        if let Some(expected) = header.crc {
            let found = checksum(file, behind, packed, &mut buffer)?;
            if found != expected {
                let sums = format!("{expected:08x}, found {found:08x}");
                return Err(claim(format!("expected a page with the checksum {sums}: the file is damaged")));
            }
        }
        unpacked += whole;
        at = behind + packed;
    }
    if values > chunk.values {
        let found = format!("expected {} values in the column, found {values}", chunk.values);
        return Err(Fault::Claim(chunk.start, found));
    }
    Ok(unpacked)
}

/// The header at a place, and its length; nothing where there is none.
fn read_header(file: &File, at: u64, end: u64, buffer: &mut Vec<u8>) -> Result<Option<(Header, u64)>, Fault> {
    let most = usize::try_from(end - at).unwrap_or(usize::MAX).min(MOST_OF_A_HEADER);
    let mut size = HEADER.min(most);
    loop {
        buffer.resize(size, 0);
        file.read_exact_at(buffer, at)?;
        let mut bytes = Compact::new(buffer);
        match header(&mut bytes) {
            Some(header) => return Ok(Some((header, bytes.place() as u64))),
            // It may be longer.
            None if bytes.at_end() && size < most => size = most.min(size * 32),
            None => return Ok(None),
        }
    }
}

/// Source: parquet.thrift of Apache Parquet 2.10, `PageHeader`.
fn header(bytes: &mut Compact<'_>) -> Option<Header> {
    let mut found = Header { kind: -1, unpacked: -1, packed: -1, ..Header::default() };
    let mut last = 0;
    while let Some((id, kind)) = bytes.field(&mut last)? {
        match id {
            1 => found.kind = bytes.integer(kind)?,
            2 => found.unpacked = bytes.integer(kind)?,
            3 => found.packed = bytes.integer(kind)?,
            4 => found.crc = Some(bytes.integer(kind)? as u32),
            5 | 7 | 8 => {
                let mut last = 0;
                bytes.structure(kind)?;
                while let Some((inner, kind)) = bytes.field(&mut last)? {
                    match (id, inner) {
                        (_, 1) => found.values = Some(bytes.integer(kind)?),
                        (8, 5 | 6) => found.levels = found.levels.checked_add(level_bytes(bytes.integer(kind)?))?,
                        _ => bytes.skip(kind)?,
                    }
                }
            }
            _ => bytes.skip(kind)?,
        }
    }
    Some(found)
}

/// Less than nothing is too much of levels.
fn level_bytes(bytes: i64) -> i64 {
    if bytes < 0 { i64::from(i32::MAX) } else { bytes }
}

/// CRC-32 of some bytes of a file.
fn checksum(file: &File, at: u64, length: u64, buffer: &mut Vec<u8>) -> Result<u32, Fault> {
    let mut crc = flate2::Crc::new();
    let mut done = 0;
    while done < length {
        let part = usize::try_from(length - done).unwrap_or(usize::MAX).min(1 << 18);
        buffer.resize(part, 0);
        file.read_exact_at(buffer, at + done)?;
        crc.update(buffer);
        done += part as u64;
    }
    Ok(crc.sum())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use super::*;

    /// A number as thrift's compact protocol writes it.
    fn zigzag(value: i64) -> Vec<u8> {
        let mut rest = ((value << 1) ^ (value >> 63)) as u64;
        let mut bytes = Vec::new();
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    }

    /// A page of data whose header makes these claims.
    fn page(unpacked: i64, packed: i64, values: i64, crc: Option<u32>, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x15, 0]; // kind 0
        for value in [unpacked, packed] {
            bytes.push(0x15);
            bytes.extend(zigzag(value));
        }
        let mut step = 2; // from field 3 to field 5
        if let Some(crc) = crc {
            bytes.push(0x15);
            bytes.extend(zigzag(i64::from(crc as i32)));
            step = 1;
        }
        bytes.push(step << 4 | 0x0c);
        bytes.push(0x15);
        bytes.extend(zigzag(values));
        bytes.extend([0, 0]); // ends of both structures
        bytes.extend(data);
        bytes
    }

    fn checked(bytes: &[u8], values: u64, compressed: bool) -> Result<u64, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let chunk = Chunk { start: 0, end: bytes.len() as u64, values, compressed };
        check(&file, chunk).map_err(|fault| match fault {
            Fault::Io(error) => error.to_string(),
            Fault::Claim(at, what) => format!("{at}: {what}"),
        })
    }

    #[test]
    fn honest_pages_pass() {
        let data = [7; 10];
        // zlib.crc32(bytes([7] * 10)) of Python 3.
        let two = [page(10, 10, 3, None, &data), page(10, 10, 2, Some(0x4ccd_e8a1), &data)].concat();
        assert_eq!(checked(&two, 5, false), Ok(20));
        assert_eq!(checked(&page(1_000, 10, 5, None, &data), 5, true), Ok(1_000));
    }

    #[test]
    fn claims_that_cannot_be_true_are_refused() {
        let data = [7; 10];
        for (bytes, words) in [
            (
                page(i64::from(i32::MAX), 10, 5, None, &data),
                "at most 128 MiB, found one that claims 10 bytes in the file and 2147483647",
            ),
            (page(10, i64::from(i32::MAX), 5, None, &data), "at most 128 MiB"),
            (page(-1, 10, 5, None, &data), "at most 128 MiB"),
            (page(10, 11, 5, None, &data), "inside its column, found one of 11 bytes"),
            (page(10, 10, 4, None, &data), "expected 5 values in the column, found 4"),
            (page(10, 10, 6, None, &data), "expected 5 values in the column, found 6"),
            (page(10, 10, -5, None, &data), "found neither"),
            (page(10, 10, 5, Some(1), &data), "with the checksum 00000001"),
            (vec![0xff; 40], "expected the header of a page"),
            (vec![0; 40], "at most 128 MiB"),
        ] {
            let found = checked(&bytes, 5, true).unwrap_err();
            assert!(found.contains(words), "{found}");
        }
        assert!(checked(&page(11, 10, 5, None, &data), 5, false).unwrap_err().contains("expected a page of 10 bytes"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(0_u8.., 0..80), values in 0_u64..9) {
            let _ = checked(&bytes, values, true);
        }
    }
}
