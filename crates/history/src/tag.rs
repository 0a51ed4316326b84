//! Texts that are only compared, never shown: kept as a number of 64 bits instead of as text.

use crate::cell::{Cell, trimmed};

/// A 64-bit hash (FNV-1a) of a text without the blanks around it; the same text has the same tag in every version and on
/// every machine. Two different texts share one by chance once in 2^64 pairs.
///
/// Source: Fowler, Noll and Vo, offset basis and prime of the 64-bit variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u64);

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Tag {
    /// The tag of the empty text, which stands for "no value".
    pub const EMPTY: Tag = Tag(BASIS);

    /// The tag of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(trimmed(text).bytes().fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }

    /// The tag of a cell; the same number has the same tag whether a CSV or a Parquet file brought it.
    pub(crate) fn of_cell(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Text(text) | Cell::Number(text) => Self::of(text),
            Cell::Integer(value) => Self::of(&value.to_string()),
            Cell::Float(value) => Self::of(&value.to_string()),
            _ => Self::EMPTY,
        }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The tag as a word that sorts as the tag does.
    pub(crate) const fn to_word(self) -> i64 {
        (self.0 ^ 1 << 63) as i64
    }

    /// The inverse of [`Tag::to_word`]; nothing stands for an empty cell.
    pub(crate) fn from_word(word: i64) -> Option<Tag> {
        Some(Tag(word as u64 ^ 1 << 63)).filter(|tag| *tag != Tag::EMPTY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_of_the_published_test_vectors() {
        // http://www.isthe.com/chongo/src/fnv/test_fnv.c: fnv1a_64 of "", "a", "foobar".
        assert_eq!(Tag::of(""), Tag::EMPTY);
        assert_eq!(Tag::of("a").get(), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Tag::of("foobar").get(), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn blanks_around_a_text_and_the_type_of_a_number_do_not_matter() {
        assert_eq!(Tag::of(" email \u{a0}"), Tag::of("email"));
        assert_eq!(Tag::of_cell(Cell::Integer(17)), Tag::of("17"));
        assert_eq!(Tag::of_cell(Cell::Float(1.5)), Tag::of("1.5"));
        assert_eq!(Tag::of_cell(Cell::Empty), Tag::EMPTY);
        assert_ne!(Tag::of("a"), Tag::of("b"));
    }

    #[test]
    fn words_sort_as_tags_do_and_an_empty_cell_has_no_tag() {
        let mut tags = ["a", "b", "c", "order 7", "x"].map(Tag::of);
        tags.sort_unstable();
        let mut words = tags.map(Tag::to_word);
        words.sort_unstable();
        assert_eq!(words.map(Tag::from_word), tags.map(Some));
        assert_eq!(Tag::from_word(Tag::of_cell(Cell::Empty).to_word()), None);
    }
}
