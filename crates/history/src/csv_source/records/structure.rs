//! Where the fields of a text end, sixty-four bytes at a time, as far as nothing in it is unusual.
//!
//! Usual is: lines that all end in LF, or all in CR LF; quotes that stand where a field begins and where it ends, with no quote and
//! no line end between them; and no line longer than a field may be. Text of that kind has one reading only, the one that
//! [`Records`](super::Records) finds as well, sign by sign. Where something else begins, this stops.

use fearless_simd::{Level, Simd, SimdBase as _, SimdMask as _, dispatch, u8x64};

use super::MAX_FIELD;

/// Bytes of a word.
pub(in crate::csv_source) const WORD: usize = 64;

/// What was found in a text.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Structure {
    /// Bytes up to behind the last line end in front of anything unusual.
    pub(super) length: usize,
    /// Line ends in them.
    pub(super) lines: u64,
    /// Where the first line ends.
    pub(super) first_end: usize,
    /// Lines end in CR LF.
    pub(super) crlf: bool,
    /// Bytes up to about where something unusual is; all, if there is nothing.
    pub(super) looked_at: usize,
}

/// Looks at a text that begins where a record begins. A bit of `ends` is set for each byte that ends a field.
pub(super) fn look(text: &[u8], delimiter: u8, ends: &mut Vec<u64>) -> Structure {
    ends.clear();
    ends.reserve(text.len().div_ceil(WORD));
    dispatch!(Level::new(), simd => look_with(simd, text, delimiter, ends))
}

#[inline(always)]
fn look_with<S: Simd>(simd: S, text: &[u8], delimiter: u8, ends: &mut Vec<u64>) -> Structure {
    let mut state = State { separated: true, ..State::default() };
    let (words, rest) = text.as_chunks::<WORD>();
    for word in words {
        let Some(found) = state.next(Signs::of(simd, word, delimiter)) else { return state.found };
        ends.push(found);
    }
    if !rest.is_empty() {
        let mut word = [0; WORD];
        word[..rest.len()].copy_from_slice(rest);
        let signs = Signs::of(simd, &word, delimiter);
        // What stands behind the text is none of it, whatever the delimiter is.
        let inside = u64::MAX >> (WORD - rest.len());
        let Some(found) = state.next(signs.within(inside)) else { return state.found };
        ends.push(found);
    }
    state.found.looked_at = text.len();
    state.found
}

/// Which of 64 bytes are signs that mean something; the lowest bit is the first byte.
#[derive(Debug, Clone, Copy)]
struct Signs {
    quotes: u64,
    delimiters: u64,
    feeds: u64,
    returns: u64,
}

impl Signs {
    #[inline(always)]
    fn of<S: Simd>(simd: S, word: &[u8; WORD], delimiter: u8) -> Self {
        let bytes = u8x64::from_slice(simd, word);
        let same = |sign: u8| bytes.simd_eq(u8x64::splat(simd, sign)).to_bitmask();
        Self { quotes: same(b'"'), delimiters: same(delimiter), feeds: same(b'\n'), returns: same(b'\r') }
    }

    fn within(self, mask: u64) -> Self {
        let Self { quotes, delimiters, feeds, returns } = self;
        Self { quotes: quotes & mask, delimiters: delimiters & mask, feeds: feeds & mask, returns: returns & mask }
    }
}

/// What is known of the words before.
#[derive(Debug, Default)]
struct State {
    found: Structure,
    /// The bytes of these words.
    at: usize,
    /// All bits, where the last byte is in quotes.
    in_quotes: u64,
    /// A field begins behind the last byte.
    separated: bool,
    /// The last byte closed a quoted field, or is a CR.
    closed: bool,
    returned: bool,
    /// How lines end, once one did.
    crlf: Option<bool>,
}

const LAST: u32 = u64::BITS - 1;

impl State {
    /// Takes in a word; says where fields end in it. Nothing, where something is unusual.
    #[inline(always)]
    fn next(&mut self, signs: Signs) -> Option<u64> {
        let Signs { quotes, delimiters, feeds, returns } = signs;
        let line_signs = feeds | returns;
        // Most words have no quotes, and lines that end in LF.
        if quotes | returns | self.in_quotes | u64::from(self.closed) == 0 && self.crlf == Some(false) {
            if self.at + WORD > self.found.length + MAX_FIELD {
                self.found.looked_at = self.at + WORD;
                return None;
            }
            if feeds != 0 {
                self.found.lines = self.found.lines.wrapping_add(u64::from(feeds.count_ones()));
                self.found.length = self.at + (u64::BITS - feeds.leading_zeros()) as usize;
            }
            let separators = delimiters | feeds;
            self.separated = separators >> LAST != 0;
            self.at += WORD;
            return Some(separators);
        }
        let inside = if quotes == 0 { self.in_quotes } else { running_parity(quotes) ^ self.in_quotes };
        let (opening, closing) = (quotes & inside, quotes & !inside);
        let separators = (delimiters & !inside) | feeds;
        let may_open = separators << 1 | u64::from(self.separated);
        let must_end = closing << 1 | u64::from(self.closed);
        let quotes_are_odd =
            (line_signs & inside) | (opening & !may_open) | (must_end & !(delimiters | line_signs)) != 0;
        if self.crlf.is_none() && line_signs != 0 {
            self.crlf = Some(line_signs & line_signs.wrapping_neg() & returns != 0);
            self.found.crlf = self.crlf == Some(true);
        }
        let ends_are_odd = match self.crlf {
            Some(true) => returns << 1 | u64::from(self.returned) != feeds,
            _ => returns != 0,
        };
        // The first line may begin anywhere in the word before.
        let is_long = self.at + WORD > self.found.length + MAX_FIELD;
        if quotes_are_odd || ends_are_odd || is_long {
            self.found.looked_at = self.at + WORD;
            return None;
        }
        if feeds != 0 {
            if self.found.lines == 0 {
                let first = (feeds.trailing_zeros() as usize).wrapping_add(self.at);
                self.found.first_end = first.wrapping_sub(usize::from(self.found.crlf));
            }
            self.found.lines = self.found.lines.wrapping_add(u64::from(feeds.count_ones()));
            self.found.length = self.at + (u64::BITS - feeds.leading_zeros()) as usize;
        }
        self.in_quotes = (inside >> LAST).wrapping_neg();
        self.separated = separators >> LAST != 0;
        self.closed = closing >> LAST != 0;
        self.returned = returns >> LAST != 0;
        self.at += WORD;
        Some(separators)
    }
}

/// Each bit says whether the number of bits up to it is odd.
#[inline(always)]
fn running_parity(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(bits, |parity, shift| parity ^ parity << shift)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn on(level: Level, text: &[u8], delimiter: u8) -> (Structure, Vec<u64>) {
        let mut ends = Vec::new();
        let found = dispatch!(level, simd => look_with(simd, text, delimiter, &mut ends));
        (found, ends)
    }

    /// The fields of the lines that were looked at, by the bits.
    fn fields(text: &[u8], delimiter: u8) -> (Structure, Vec<String>) {
        let (found, ends) = on(Level::new(), text, delimiter);
        let is_end = |at: &usize| ends[at / WORD] >> (at % WORD) & 1 == 1;
        let mut start = 0;
        let fields = (0..found.length).filter(is_end).map(|end| {
            let field = String::from_utf8_lossy(&text[start..end]).into_owned();
            start = end + 1;
            field
        });
        (found, fields.collect())
    }

    #[test]
    fn fields_end_at_delimiters_and_line_ends_that_are_not_quoted() {
        let (found, all) = fields(b"a,\"b,c\",\r\n\"\",d,e\r\n\r\nrest", b',');
        assert_eq!(all, ["a", "\"b,c\"", "\r", "\"\"", "d", "e\r", "\r"]);
        assert_eq!(found, Structure { length: 20, lines: 3, first_end: 8, crlf: true, looked_at: 24 });
    }

    #[test]
    fn whatever_is_unusual_ends_it_at_the_line_before() {
        let plain = format!("{}\n", "x,y\n".repeat(40).trim_end());
        for odd in [
            "a\"b,c\n",
            "\"a\"b,c\n",
            "\"a\"\"b\",c\n",
            "\"a\nb\",c\n",
            "\"a\" ,c\n",
            "a,c\r\n",
            "a,c\rd,e\n",
            "\"never closed\n",
            "a\"\n",
        ] {
            // In every place of the words.
            for shift in 0..130 {
                let text = format!("{plain}{}\n{odd}{plain}{plain}", "z".repeat(shift));
                let (found, all) = fields(text.as_bytes(), b',');
                let line = plain.len() + shift + 1;
                assert!(found.length <= line && line < found.length + 2 * WORD + shift + 5, "{odd:?} {shift}");
                assert!(found.looked_at < text.len() && !all.iter().any(|field| field.contains(['"', '\r'])));
            }
        }
        let long = format!("a,b\n{}\n", "x".repeat(MAX_FIELD + 1));
        assert_eq!(fields(long.as_bytes(), b',').0.length, 4);
    }

    proptest! {
        #[test]
        fn processors_without_wide_vectors_find_the_same(text in "[abc,\"\r\n]{0,300}", pad in 0_usize..70) {
            let text = "a,\"b c\",d\n".repeat(pad) + &text;
            prop_assert_eq!(on(Level::new(), text.as_bytes(), b','), on(Level::baseline(), text.as_bytes(), b','));
        }
    }
}
