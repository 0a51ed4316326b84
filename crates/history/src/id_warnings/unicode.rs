//! What is known of characters: how they are composed, which of them cannot be seen, and to which alphabet they belong.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A line for each letter of Latin, Greek and Cyrillic that is composed of others: the letter, then what it is composed of, as
/// hexadecimal numbers.
///
/// Source: Unicode Character Database, canonical decompositions, by `tests/reference/decompositions.py`.
const COMPOSED: &str = include_str!("decompositions.txt");

static DECOMPOSED: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
    let character = |hexadecimal: &str| u32::from_str_radix(hexadecimal, 16).ok().and_then(char::from_u32);
    let line = |line: &str| {
        let mut characters = line.split(' ').filter_map(character);
        Some((characters.next()?, characters.collect()))
    };
    COMPOSED.lines().filter_map(line).collect()
});

/// A text with each letter taken apart into what it is composed of.
pub(super) fn decomposed(text: &str) -> String {
    let parts = |c: char| DECOMPOSED.get(&c).cloned().unwrap_or_else(|| vec![c]);
    text.chars().flat_map(parts).collect()
}

/// Whether a character has no sign of its own: no width, a change of direction, a control character.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
}

fn script(c: char) -> Option<Script> {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(Script::Latin),
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Script::Greek),
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' => Some(Script::Cyrillic),
        _ => None,
    }
}

/// Whether a word of a text has letters of two alphabets.
pub(super) fn mixes_scripts(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let mut scripts = word.chars().filter_map(script);
        let first = scripts.next();
        scripts.any(|script| Some(script) != first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_taken_apart_as_far_as_they_go() {
        assert_eq!(decomposed("ș ế й"), "s\u{326} e\u{302}\u{301} и\u{306}");
        assert_eq!(DECOMPOSED.len(), COMPOSED.lines().count());
    }
}
