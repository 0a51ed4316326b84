//! The language of a page: its words, plural forms, numbers and dates.
//!
//! [`Texts`](crate::text::Texts) has one field for each text of the pages, so that a language without one of them does not compile;
//! sentences that come with the data are told again by [`phrases`]. While a page is made, its language is in use on that
//! thread ([`with`]), so that whatever writes a number or a word writes it in that language; nothing else is affected by it.

pub(crate) mod data;
mod date;
mod measures_ro;
mod measures_ru;
mod phrase;
mod phrases;
mod plural;
mod ro;
mod ru;
mod words_ro;
mod words_ru;

use std::cell::Cell;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::text::{EN, Texts};
use crate::words::{self, Words};

pub(crate) use date::date;
pub(crate) use measures_ro::{figure as figure_ro, heading as heading_ro, rule as rule_ro};
pub(crate) use measures_ru::{figure as figure_ru, heading as heading_ru, rule as rule_ru};
pub(crate) use plural::form;
pub use plural::plural;

/// A language that the pages can be written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Romanian.
    #[serde(rename = "ro")]
    Romanian,
    /// Russian.
    #[serde(rename = "ru")]
    Russian,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::Romanian, Self::Russian];

    /// Its code (ISO 639-1), as in the project file and in the `lang` attribute.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Romanian => "ro",
            Self::Russian => "ru",
        }
    }

    /// The language of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// What stands between whole numbers and decimals.
    pub(crate) const fn decimal_mark(self) -> char {
        match self {
            Self::English => '.',
            Self::Romanian | Self::Russian => ',',
        }
    }

    /// What stands between thousands.
    pub(crate) const fn thousands_mark(self) -> char {
        match self {
            Self::English => ',',
            Self::Romanian => '.',
            Self::Russian => '\u{a0}',
        }
    }

    const fn texts(self) -> &'static Texts {
        match self {
            Self::English => &EN,
            Self::Romanian => &ro::RO,
            Self::Russian => &ru::RU,
        }
    }
}

impl Language {
    const fn words(self) -> &'static Words {
        match self {
            Self::English => &words::EN,
            Self::Romanian => &words_ro::RO,
            Self::Russian => &words_ru::RU,
        }
    }
}

thread_local! {
    static IN_USE: Cell<Language> = const { Cell::new(Language::English) };
}

/// Does something in a language; the one that was in use before is in use again afterwards, even if it panics.
pub(crate) fn with<V>(language: Language, make: impl FnOnce() -> V) -> V {
    struct Before(Language);
    impl Drop for Before {
        fn drop(&mut self) {
            IN_USE.set(self.0);
        }
    }
    let _before = Before(IN_USE.replace(language));
    make()
}

/// The language in use on this thread: English, unless [`with`] says otherwise.
pub(crate) fn current() -> Language {
    IN_USE.get()
}

/// The texts of the language in use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InUse;

impl Deref for InUse {
    type Target = Texts;

    fn deref(&self) -> &Texts {
        current().texts()
    }
}

/// The texts of the questions, of cohorts, survival, plan and workbook of the language in use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordsInUse;

impl Deref for WordsInUse {
    type Target = Words;

    fn deref(&self) -> &Words {
        current().words()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::text::T;

    #[test]
    fn a_language_is_in_use_as_long_as_it_is_asked_for() {
        assert_eq!(current(), Language::English);
        let told = with(Language::Russian, || (T.segment, with(Language::Romanian, || T.customers), T.customers));
        assert_eq!(told, ("Сегмент", "Clienți", "Клиенты"));
        assert_eq!(current(), Language::English);
        assert!(std::panic::catch_unwind(|| with(Language::Russian, || panic!("on purpose"))).is_err());
        assert_eq!(current(), Language::English);
    }

    #[test]
    fn codes_are_those_of_the_project_file() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(language.code()), Some(language));
            assert_eq!(serde_json::to_string(&language).unwrap(), format!("\"{}\"", language.code()));
        }
        assert_eq!(Language::from_code("de"), None);
    }

    /// Placeholders of a template, each once, in alphabetical order, plural forms left out.
    fn placeholders(template: &str) -> Vec<&str> {
        let mut names: Vec<&str> = template
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(inside, _)| inside.split('|').next().unwrap_or(inside))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn translations_say_the_same_things() {
        let english: Vec<(&str, &str)> = EN.all().chain(words::EN.all()).collect();
        for language in [Language::Romanian, Language::Russian] {
            for ((key, text), (_, of)) in english.iter().zip(language.texts().all().chain(language.words().all())) {
                assert_eq!(placeholders(text), placeholders(of), "{key} in {language:?}");
                assert_eq!(text.is_empty(), of.is_empty(), "{key} in {language:?}");
                let end = |text: &str| text.chars().last().filter(|c| matches!(c, '.' | ':' | '?' | ';' | ','));
                // "mil." is an abbreviation.
                assert!(end(text) == end(of) || *key == "million", "the end of {key} in {language:?}");
                for plural in of.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(inside, _)| inside) {
                    let forms = plural.split('|').count() - 1;
                    assert!(forms == 0 || forms == 3, "{key} in {language:?}: three forms of a word");
                }
            }
        }
    }

    #[test]
    fn romanian_has_commas_below_and_russian_no_latin_letters_in_words() {
        for (key, text) in Language::Romanian.texts().all().chain(Language::Romanian.words().all()) {
            assert!(!text.contains(['ş', 'ţ', 'Ş', 'Ţ', 'ã']), "{key}: {text}");
        }
        for (key, text) in Language::Russian.texts().all().chain(Language::Russian.words().all()) {
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                let latin = word.chars().any(|c| c.is_ascii_alphabetic());
                let cyrillic = word.chars().any(|c| ('а'..='я').contains(&c.to_lowercase().next().unwrap()));
                assert!(!(latin && cyrillic), "{key}: {word}");
            }
        }
    }
}
