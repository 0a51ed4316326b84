//! Frames in an append-only file: which of its bytes are whole, which were cut off by a fault, which were changed.
//!
//! A frame is four bytes of length (three of number, one that checks them), the payload, and eight bytes of the SHA-256 of
//! what stood in their place in the frame before, the length and the payload. So a frame that is changed, taken out or put
//! elsewhere is seen. What a killed process or a lost power supply leaves is told apart from that: the file ends within a
//! frame, or in zeros that were never written over.

use sha2::{Digest, Sha256};

/// A frame's payload is shorter than this.
pub(crate) const MOST_BYTES: usize = 1 << 24;

const LENGTH_BYTES: usize = 4;
const CHECK_BYTES: usize = 8;

/// What links a frame to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link([u8; CHECK_BYTES]);

impl Link {
    /// Before the first frame of a file that starts with this text.
    pub(crate) fn first(magic: &[u8]) -> Self {
        Self::of(&[magic])
    }

    fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        let mut link = [0; CHECK_BYTES];
        link.copy_from_slice(&hash.finalize()[..CHECK_BYTES]);
        Self(link)
    }
}

/// Appends one frame to `bytes` and returns its link.
///
/// # Panics
/// If the payload has [`MOST_BYTES`] or more; callers bound their batches.
pub(crate) fn append(bytes: &mut Vec<u8>, before: Link, payload: &[u8]) -> Link {
    assert!(payload.len() < MOST_BYTES, "frames are bounded by the largest batch");
    let length = length(payload.len());
    let link = Link::of(&[&before.0, &length, payload]);
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&link.0);
    link
}

fn length(payload: usize) -> [u8; LENGTH_BYTES] {
    let [a, b, c, ..] = (payload as u64).to_le_bytes();
    [a, b, c, a ^ b ^ c ^ 0xA5]
}

/// What is at one place of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// A whole frame: its payload, its link, and where the next one is.
    Frame(&'a [u8], Link, usize),
    /// The end.
    End,
    /// The rest was being written when a fault came, and is to be cut off.
    Torn,
    /// Not what was written there.
    Changed(&'static str),
}

/// Looks at the place `at` of a file's bytes.
pub(crate) fn read(bytes: &[u8], at: usize, before: Link) -> Found<'_> {
    let rest = &bytes[at..];
    if rest.is_empty() {
        return Found::End;
    }
    let Some((head, after)) = rest.split_first_chunk::<LENGTH_BYTES>() else {
        return Found::Torn;
    };
    let [a, b, c, check] = *head;
    if check != a ^ b ^ c ^ 0xA5 {
        let torn = ends_in_zeros(rest, LENGTH_BYTES);
        return if torn { Found::Torn } else { Found::Changed("a length that fits its check") };
    }
    let payload = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
    if after.len() < payload + CHECK_BYTES {
        return Found::Torn;
    }
    let whole = LENGTH_BYTES + payload + CHECK_BYTES;
    let (payload, after) = after.split_at(payload);
    let link = Link::of(&[&before.0, head, payload]);
    if after[..CHECK_BYTES] == link.0 {
        return Found::Frame(payload, link, bytes.len() - after.len() + CHECK_BYTES);
    }
    let torn = ends_in_zeros(rest, whole);
    if torn { Found::Torn } else { Found::Changed("a frame that fits its checksum") }
}

/// Whether from within the first `frame` bytes to the end of the file there are only zeros, at least as many as a checksum
/// has: a checksum of zeros does not occur.
fn ends_in_zeros(rest: &[u8], frame: usize) -> bool {
    let zeros = rest.iter().rev().take_while(|byte| **byte == 0).count();
    zeros >= CHECK_BYTES && rest.len() - zeros < frame
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGIC: &[u8] = b"test";

    fn three() -> (Vec<u8>, Vec<usize>) {
        let mut bytes = Vec::new();
        let mut ends = vec![0];
        let mut link = Link::first(MAGIC);
        for payload in [&b"one"[..], &[0; 300], b""] {
            link = append(&mut bytes, link, payload);
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    /// How many whole frames there are, and how the file ends.
    fn read_all(bytes: &[u8]) -> (usize, Found<'_>) {
        let (mut at, mut link) = (0, Link::first(MAGIC));
        for frames in 0.. {
            match read(bytes, at, link) {
                Found::Frame(_, next, end) => (at, link) = (end, next),
                other => return (frames, other),
            }
        }
        unreachable!("a file ends")
    }

    #[test]
    fn a_file_cut_anywhere_keeps_its_whole_frames_and_is_never_called_changed() {
        let (bytes, ends) = three();
        for cut in 0..=bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            let end = if ends.contains(&cut) { Found::End } else { Found::Torn };
            assert_eq!(read_all(&bytes[..cut]), (whole, end), "cut at {cut}");
            // Space that was reserved but not written.
            let mut padded = bytes[..cut].to_vec();
            padded.extend_from_slice(&[0; 64]);
            let (frames, end) = read_all(&padded);
            assert!(frames >= whole && end == Found::Torn, "zeros from {cut}: {end:?}");
        }
    }

    #[test]
    fn every_changed_byte_is_seen() {
        let (bytes, _) = three();
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                assert!(matches!(read_all(&changed), (0..3, Found::Changed(_))), "byte {at} ^ {flip}");
            }
        }
    }

    #[test]
    fn a_frame_that_was_taken_out_is_seen() {
        let (bytes, ends) = three();
        let mut without = bytes[..ends[1]].to_vec();
        without.extend_from_slice(&bytes[ends[2]..]);
        assert!(matches!(read_all(&without), (1, Found::Changed(_))));
    }
}
