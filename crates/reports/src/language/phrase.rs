//! Sentences that come with the data, told again in another language.
//!
//! The data of a page is in English whatever its language, so that the files for machines are the same in all of them. A
//! sentence is recognised by its words ([`Phrase::en`]), taken apart at its placeholders, and told with the same values:
//! numbers and dates in the way of the language, words counted by their plural forms.

use super::{Language, date, form};
use crate::number::mark;

/// A sentence in all languages. `{name}` stands for any text, which is left as it is; `{name:n}` for a number, `{name:d}` for a
/// date, `{name:t}` for a phrase, or several. A translation may ask for the form of a word that goes with a number, by
/// `{name|one|few|many}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrase {
    /// How it is recognised.
    pub(super) en: &'static str,
    /// In Romanian.
    pub(super) ro: &'static str,
    /// In Russian.
    pub(super) ru: &'static str,
}

impl Phrase {
    const fn told(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Romanian => self.ro,
            Language::Russian => self.ru,
        }
    }
}

/// A text in a language: a phrase, or several that follow each other as sentences do. `None` where a part of it is no phrase.
pub(super) fn tell(book: &[&[Phrase]], language: Language, text: &str) -> Option<String> {
    tell_within(book, language, text, DEPTH)
}

/// Phrases within phrases: more of them than this are none of ours.
const DEPTH: usize = 4;

fn tell_within(book: &[&[Phrase]], language: Language, text: &str, depth: usize) -> Option<String> {
    if text.is_empty() || depth == 0 {
        return None;
    }
    if let Some(told) = one(book, language, text, depth) {
        return Some(told);
    }
    // The longest beginning that is a phrase, and sentences after it.
    let ends: Vec<usize> = text.match_indices(". ").map(|(at, _)| at + 1).collect();
    ends.into_iter().rev().find_map(|end| {
        let (first, rest) = (one(book, language, &text[..end], depth)?, text[end..].trim_start());
        Some(format!("{first} {}", tell_within(book, language, rest, depth - 1)?))
    })
}

fn one(book: &[&[Phrase]], language: Language, text: &str, depth: usize) -> Option<String> {
    book.iter().flat_map(|phrases| phrases.iter()).find_map(|phrase| {
        let mut values = Vec::new();
        matches(phrase.en, text, &mut values).then_some(())?;
        fill(phrase.told(language), &values, (book, language, depth))
    })
}

/// The kind of a value, after the colon of its placeholder.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Raw,
    Number,
    Date,
    Phrase,
}

/// Name, kind and text of a value.
type Value<'a> = (&'static str, Kind, &'a str);

/// Whether a text has the words of a template, with any values at its placeholders.
fn matches<'a>(template: &'static str, text: &'a str, values: &mut Vec<Value<'a>>) -> bool {
    let Some((before, rest)) = template.split_once('{') else { return template == text };
    let (Some(text), Some((inside, after))) = (text.strip_prefix(before), rest.split_once('}')) else { return false };
    let (name, kind) = match inside.split_once(':') {
        Some((name, "n")) => (name, Kind::Number),
        Some((name, "d")) => (name, Kind::Date),
        Some((name, _)) => (name, Kind::Phrase),
        None => (inside, Kind::Raw),
    };
    let literal = after.split('{').next().unwrap_or_default();
    let ends: Vec<usize> = match literal {
        "" if after.is_empty() => vec![text.len()],
        "" => text.char_indices().map(|(at, _)| at).skip(1).chain([text.len()]).collect(),
        literal => text.match_indices(literal).map(|(at, _)| at).collect(),
    };
    for end in ends {
        let value = &text[..end];
        if is(kind, value) {
            values.push((name, kind, value));
            if matches(after, &text[end..], values) {
                return true;
            }
            values.pop();
        }
    }
    false
}

fn is(kind: Kind, value: &str) -> bool {
    match kind {
        Kind::Number => {
            value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'))
                && value.ends_with(|c: char| c.is_ascii_digit())
                && value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e'))
        }
        Kind::Date => {
            let digits = value
                .bytes()
                .enumerate()
                .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
            value.len() == 10 && digits
        }
        // A value does not reach into the next sentence.
        Kind::Raw => !value.is_empty() && !value.contains(". "),
        Kind::Phrase => !value.is_empty(),
    }
}

fn fill(
    template: &str,
    values: &[Value<'_>],
    (book, language, depth): (&[&[Phrase]], Language, usize),
) -> Option<String> {
    let mut out = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, (inside, after))) = rest.split_once('{').and_then(|(b, a)| Some((b, a.split_once('}')?))) {
        out.push_str(before);
        rest = after;
        let mut parts = inside.split('|');
        let name = parts.next()?.split(':').next()?;
        let forms: Vec<&str> = parts.collect();
        let (_, kind, value) = values.iter().find(|(other, ..)| *other == name)?;
        match (kind, forms.is_empty()) {
            (_, false) => out.push_str(form(language, &number(value, language), &forms)),
            (Kind::Number, true) => out.push_str(&number(value, language)),
            (Kind::Date, true) => out.push_str(&date(value)),
            (Kind::Raw, true) => out.push_str(value),
            (Kind::Phrase, true) => out.push_str(&tell_within(book, language, value, depth - 1)?),
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Digits of an English sentence in the way of the language; whole numbers from ten thousand on in groups.
fn number(digits: &str, language: Language) -> String {
    let text = match digits.parse::<u64>() {
        Ok(whole) if whole >= 10_000 => crate::number::count(whole),
        _ => mark(digits),
    };
    match text.strip_prefix('-') {
        Some(positive) if language != Language::English => format!("−{positive}"),
        _ => text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::language::with;

    const BOOK: &[&[Phrase]] = &[&[
        Phrase {
            en: "{n:n} rows before {day:d} ({what:t})",
            ro: "{n} {n|rând|rânduri|de rânduri} înainte de {day} ({what})",
            ru: "{n} {n|строка|строки|строк} до {day} ({what})",
        },
        Phrase { en: "recency alone", ro: "recența singură", ru: "только давность" },
        Phrase { en: "It is {x}.", ro: "Este {x}.", ru: "Это {x}." },
    ]];

    fn told(language: Language, text: &str) -> Option<String> {
        with(language, || tell(BOOK, language, text))
    }

    #[test]
    fn phrases_are_told_with_their_values() {
        let text = "12345 rows before 2026-10-31 (recency alone)";
        assert_eq!(told(Language::Russian, text).unwrap(), "12\u{a0}345 строк до 31.10.2026 (только давность)");
        assert_eq!(
            told(Language::Romanian, text).unwrap(),
            "12.345 de rânduri înainte de 31.10.2026 (recența singură)"
        );
        assert_eq!(told(Language::Russian, "It is {n}. It is so.").unwrap(), "Это {n}. Это so.");
    }

    #[test]
    fn what_is_no_phrase_is_not_told() {
        for text in
            ["", "something else", "x rows before 2026-10-31 (recency alone)", "3 rows before May (recency alone)"]
        {
            assert_eq!(told(Language::Russian, text), None, "{text}");
        }
        assert_eq!(told(Language::Russian, "3 rows before 2026-10-31 (something else)"), None);
        assert_eq!(told(Language::Russian, "It is so. Something else."), None);
    }
}
