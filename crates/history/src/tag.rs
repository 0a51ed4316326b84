//! Short stand-ins for texts of which only equality matters: ids of orders, products, categories, channels.

use crate::cell::Cell;

/// The 64-bit hash of a text without the blanks around it. Texts are told apart by it: two different ones have the same
/// tag once in about 2^64 pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u64);

/// FNV-1a, 64 bits. Source: Fowler, Noll and Vo, offset basis and prime of the 64-bit variant.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Tag {
    /// The tag of no text: that of an empty cell.
    pub(crate) const NOTHING: Tag = Tag(BASIS);

    /// The tag of a text, by FNV-1a.
    #[must_use]
    pub fn of(text: &str) -> Tag {
        Tag(text.trim().bytes().fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }

    /// The tag of a cell. The same number has the same tag whether a text file or a Parquet file brought it.
    pub(crate) fn of_cell(cell: Cell<'_>) -> Tag {
        match cell {
            Cell::Text(text) => Tag::of(text),
            Cell::Integer(value) => Tag::of(&value.to_string()),
            Cell::Float(value) => Tag::of(&value.to_string()),
            _ => Tag::NOTHING,
        }
    }

    /// The tag as a word that sorts as the tag does.
    pub(crate) const fn to_word(self) -> i64 {
        (self.0 ^ 1 << 63) as i64
    }

    /// The inverse of [`Tag::to_word`]; nothing stands for an empty cell.
    pub(crate) fn from_word(word: i64) -> Option<Tag> {
        Some(Tag(word as u64 ^ 1 << 63)).filter(|tag| *tag != Tag::NOTHING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_that_of_the_text_without_blanks() {
        // Test vectors of the authors, http://www.isthe.com/chongo/src/fnv/test_fnv.c.
        assert_eq!(Tag::of("a"), Tag(0xaf63_dc4c_8601_ec8c));
        assert_eq!(Tag::of(" foobar\t"), Tag(0x8594_4171_f739_67e8));
        assert_eq!(Tag::of("  "), Tag::NOTHING);
        assert_eq!(Tag::of_cell(Cell::Integer(-12)), Tag::of("-12"));
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
