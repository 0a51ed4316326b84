//! Feeding tables to a hash.

use sha2::{Digest, Sha256};

/// Columns are hashed in parts of this many bytes.
const HASHED_TOGETHER: usize = 1 << 16;

/// Feeds a text to a hash; its length keeps neighbouring texts apart.
pub(crate) fn feed_text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}

/// Feeds a column's bytes to a hash, through a buffer that is small whatever the size of the column.
pub(crate) fn feed_column<T, const N: usize>(hash: &mut Sha256, column: &[T], bytes: impl Fn(&T) -> [u8; N]) {
    let mut buffer = Vec::with_capacity(HASHED_TOGETHER);
    for part in column.chunks(HASHED_TOGETHER / N) {
        buffer.clear();
        buffer.extend(part.iter().flat_map(&bytes));
        hash.update(&buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_hashed_as_one_text_whatever_its_length() {
        for len in [0, 1, HASHED_TOGETHER / 8 - 1, HASHED_TOGETHER / 8, 3 * HASHED_TOGETHER / 8 + 5] {
            let column: Vec<i64> = (0..len as i64).map(|i| i * 7_919 - 5).collect();
            let mut whole = Sha256::new();
            whole.update(column.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
            let mut parts = Sha256::new();
            feed_column(&mut parts, &column, |value| value.to_le_bytes());
            assert_eq!(parts.finalize(), whole.finalize(), "{len}");
        }
    }
}
