//! Names for texts that come from an export.

use history::Tag;

/// Longer ones would make names of features that nobody reads.
const LONGEST: usize = 32;
/// What levels that are no texts are called.
pub(super) const OTHER: &str = "other";
pub(super) const MISSING: &str = "missing";

/// A text as a part of a name: `a` to `z`, `0` to `9` and `_`; empty where nothing of it can stand in a name.
pub(super) fn plain(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if name.ends_with('_') || name.is_empty() => {}
            _ => name.push('_'),
        }
        if name.len() >= LONGEST {
            break;
        }
    }
    name.trim_end_matches('_').to_owned()
}

/// A name for each of some different texts. Those that would have the name of another one, or that of a level that is no
/// text, or no name at all, get eight digits of a hash of the text.
pub(super) fn of_levels(texts: &[String]) -> Vec<String> {
    let plain: Vec<String> = texts.iter().map(|text| plain(text)).collect();
    let name = |(text, name): (&String, &String)| {
        let is_alone = plain.iter().filter(|other| *other == name).count() == 1;
        // The ends of names of windows are no ends of names of levels.
        if is_alone && !name.is_empty() && ![OTHER, MISSING].contains(&name.as_str()) && !name.ends_with("_90d") {
            return name.clone();
        }
        let stem = if name.is_empty() { "level" } else { name };
        format!("{stem}_{:08x}", Tag::of(text).get() as u32)
    };
    texts.iter().zip(&plain).map(name).collect()
}

/// Whether a text can be shown as the name of a level: short, on one line, and without characters that are not seen or
/// turn the direction of what follows.
#[must_use]
pub fn can_be_shown(text: &str) -> bool {
    const MOST_CHARACTERS: usize = 60;
    let is_unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    !text.is_empty() && text.chars().count() <= MOST_CHARACTERS && !text.chars().any(is_unseen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_distinct() {
        let texts = ["Paid search", "paid-search", "TV", "север", "other", "a | b", "web_90d", "=cmd()", "-"];
        let names = of_levels(&texts.map(str::to_owned));
        assert_eq!((names[2].as_str(), names[5].as_str(), names[7].as_str()), ("tv", "a_b", "cmd"));
        assert!(names[0].starts_with("paid_search_") && names[1].starts_with("paid_search_") && names[0] != names[1]);
        assert!(names[3].starts_with("level_") && names[4].starts_with("other_") && names[8].starts_with("level_"));
        assert!(names[6].starts_with("web_90d_"));
        for name in &names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
        assert_eq!(plain(&"long ".repeat(20)).len(), LONGEST);
    }

    #[test]
    fn texts_that_cannot_be_seen_are_not_shown() {
        for text in ["", "two\nlines", "tab\there", "\u{202e}tfel", "zero\u{200b}width", &"x".repeat(61)] {
            assert!(!can_be_shown(text), "{text:?}");
        }
        for text in ["tv", "București", "<b>", "=1+1", &"x".repeat(60)] {
            assert!(can_be_shown(text), "{text:?}");
        }
    }
}
