//! The sentences that come with the data of a page, in all languages. Each is written where it is made, in English; here is how
//! it is recognised, and its translations. What is missing here is shown as it came.

mod campaigns;
mod dictionary;
mod measures;
mod model;
mod monitor;
mod monitor_advice;
mod reading;
mod since;
mod summary;
mod warnings;

use super::phrase::Phrase;

/// All of them. Sentences with many placeholders stand behind those with few.
pub(super) const BOOK: &[&[Phrase]] = &[
    summary::PHRASES,
    measures::PHRASES,
    campaigns::PHRASES,
    model::PHRASES,
    monitor_advice::PHRASES,
    monitor::PHRASES,
    since::PHRASES,
    reading::PHRASES,
    dictionary::PHRASES,
    warnings::PHRASES,
];

/// Shortens the lists: English, Romanian, Russian.
const fn of(en: &'static str, ro: &'static str, ru: &'static str) -> Phrase {
    Phrase { en, ro, ru }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(template: &str) -> Vec<&str> {
        let inside = template.split('{').skip(1).filter_map(|part| part.split_once('}'));
        let mut names: Vec<&str> =
            inside.map(|(inside, _)| inside.split([':', '|']).next().unwrap_or_default()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn translations_have_the_values_of_the_english() {
        for phrase in BOOK.iter().flat_map(|phrases| phrases.iter()) {
            for told in [phrase.ro, phrase.ru] {
                assert_eq!(names(phrase.en), names(told), "{told}");
                for inside in told.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(inside, _)| inside)
                {
                    let forms = inside.split('|').count() - 1;
                    assert!(forms == 0 || forms == 3, "three forms of a word in {told}");
                }
                assert!(!told.contains(['ş', 'ţ', 'Ş', 'Ţ']), "{told}");
            }
        }
    }

    #[test]
    fn no_phrase_is_there_twice() {
        let mut all: Vec<&str> = BOOK.iter().flat_map(|phrases| phrases.iter()).map(|phrase| phrase.en).collect();
        all.sort_unstable();
        let twice: Vec<&[&str]> = all.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
