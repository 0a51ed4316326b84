//! Ids that may not be what they were: two customers who are one, or one who cannot be found again.

mod unicode;

use std::fmt::Write;
use std::ops::Range;

use rayon::prelude::*;

use crate::store::CustomerIds;
use crate::warning::{Warning, WarningCode};

/// Examples that a warning has.
const SHOWN: usize = 5;
/// Ids that one task looks at.
const IDS_AT_A_TIME: usize = 1 << 13;

/// What is odd about the ids of all customers.
pub(crate) fn id_warnings(ids: &CustomerIds, (table, column): (&str, &str)) -> Vec<Warning> {
    let ids_of = |first: usize| first..ids.len().min(first + IDS_AT_A_TIME);
    let firsts: Vec<usize> = (0..ids.len()).step_by(IDS_AT_A_TIME).collect();
    let pieces: Vec<Found<'_>> = firsts.into_par_iter().map(|first| Found::among(ids, ids_of(first))).collect();
    let mut found = pieces.into_iter().fold(Found::default(), Found::and);
    let zeros = same_but_for_zeros(ids, &found.zero_led);
    let forms = same_but_for_form(&mut found.not_ascii);
    let warning = |code, found: &[String], message: &str| {
        let warning = Warning::new(code, table, found.len() as u64, format!("{} {message}", found.len()));
        let examples = found.iter().take(SHOWN).map(|example| visible(example)).collect();
        (!found.is_empty()).then(|| warning.in_column(column).with_examples(examples))
    };
    [
        warning(
            WarningCode::LeadingZeros,
            &zeros,
            "pairs of ids differ in leading zeros alone; they are two customers each: did a program take ids for numbers?",
        ),
        warning(
            WarningCode::SpreadsheetIds,
            &found.spreadsheet,
            "ids look like 1.23E+15, as a spreadsheet shows large numbers: their last digits are lost; export them again as text",
        ),
        warning(
            WarningCode::UnicodeForms,
            &forms,
            "pairs of ids look the same and are written with other characters (Unicode NFC and NFD); they are two customers each",
        ),
        warning(
            WarningCode::HiddenCharacters,
            &found.hidden,
            "ids hold characters that cannot be seen, such as a blank of no width; ids that look the same may differ",
        ),
        warning(
            WarningCode::MixedScripts,
            &found.mixed,
            "ids mix letters of two alphabets in one word, which may look the same as another id",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[derive(Default)]
struct Found<'a> {
    /// Whole numbers that begin with a zero.
    zero_led: Vec<&'a str>,
    /// Ids with other than ASCII characters.
    not_ascii: Vec<&'a str>,
    spreadsheet: Vec<String>,
    hidden: Vec<String>,
    mixed: Vec<String>,
}

impl<'a> Found<'a> {
    fn among(ids: &'a CustomerIds, some: Range<usize>) -> Self {
        let mut found = Self::default();
        some.for_each(|at| found.look_at(&ids[at]));
        found
    }

    /// What was found here, and then there.
    fn and(mut self, mut other: Self) -> Self {
        self.zero_led.append(&mut other.zero_led);
        self.not_ascii.append(&mut other.not_ascii);
        self.spreadsheet.append(&mut other.spreadsheet);
        self.hidden.append(&mut other.hidden);
        self.mixed.append(&mut other.mixed);
        self
    }

    fn look_at(&mut self, id: &'a str) {
        let bytes = id.as_bytes();
        match bytes.first() {
            Some(b'0') if bytes.iter().all(u8::is_ascii_digit) => self.zero_led.push(id),
            Some(b'0'..=b'9') if is_spreadsheet_number(id) => self.spreadsheet.push(id.to_owned()),
            _ => {}
        }
        if bytes.iter().all(u8::is_ascii_graphic) {
            return;
        }
        if !id.is_ascii() {
            self.not_ascii.push(id);
            if unicode::mixes_scripts(id) {
                self.mixed.push(id.to_owned());
            }
        }
        if id.chars().any(unicode::is_hidden) {
            self.hidden.push(id.to_owned());
        }
    }
}

/// `1.23E+15`
fn is_spreadsheet_number(id: &str) -> bool {
    let Some((number, exponent)) = id.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    exponent.strip_prefix('+').is_some_and(|exponent| exponent.len() < 4 && digits(exponent))
        && number.split_once(['.', ',']).map_or(digits(number), |(whole, rest)| digits(whole) && digits(rest))
}

/// Pairs of whole numbers that are one number.
fn same_but_for_zeros(ids: &CustomerIds, zero_led: &[&str]) -> Vec<String> {
    let number = |id: &str| match id.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    };
    let mut all: Vec<(String, &str)> = zero_led.iter().map(|id| (number(id), *id)).collect();
    all.sort_unstable();
    let mut pairs = Vec::new();
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        let plain = ids.position(&same[0].0).map(|_| same[0].0.as_str()).filter(|plain| *plain != same[0].1);
        let written: Vec<&str> = same.iter().map(|(_, id)| *id).chain(plain).collect();
        pairs.extend(written.windows(2).map(|two| format!("{} and {}", two[0], two[1])));
    }
    pairs
}

/// Pairs of ids that are one text in two forms.
fn same_but_for_form(ids: &mut Vec<&str>) -> Vec<String> {
    let mut all: Vec<(String, &str)> = ids.drain(..).map(|id| (unicode::decomposed(id), id)).collect();
    all.sort_unstable();
    let same = |two: &&[(String, &str)]| two[0].0 == two[1].0;
    all.windows(2).filter(same).map(|two| format!("{} and {}", spelled(two[0].1), spelled(two[1].1))).collect()
}

/// A text with the numbers of all that is not ASCII, so that two forms of it can be told apart.
fn spelled(id: &str) -> String {
    id.chars().fold(String::new(), |mut text, c| {
        let _ = if c.is_ascii() { write!(text, "{c}") } else { write!(text, "\\u{{{:x}}}", u32::from(c)) };
        text
    })
}

/// A text in which characters that cannot be seen are written as numbers.
pub(crate) fn visible(text: &str) -> String {
    text.chars().take(64).fold(String::new(), |mut text, c| {
        let _ = if unicode::is_hidden(c) { write!(text, "\\u{{{:x}}}", u32::from(c)) } else { write!(text, "{c}") };
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ids: &[&str]) -> Vec<(&'static str, Vec<String>)> {
        let mut ids: Vec<&str> = ids.to_vec();
        ids.sort_unstable();
        let ends = ids.iter().scan(0, |end, id| {
            *end += id.len() as u32;
            Some(*end)
        });
        let ids = CustomerIds::from_pieces(&[(ids.concat(), ends.collect())]);
        let found = id_warnings(&ids, ("orders.csv", "id"));
        found.into_iter().map(|warning| (warning.code.as_str(), warning.examples)).collect()
    }

    #[test]
    fn ids_that_lost_their_zeros_are_named_in_pairs() {
        assert_eq!(
            of(&["00123", "123", "7", "0123"]),
            [("leading_zeros", vec!["00123 and 0123".to_owned(), "0123 and 123".to_owned()])]
        );
        assert_eq!(of(&["0", "00"]), [("leading_zeros", vec!["0 and 00".to_owned()])]);
        assert_eq!(of(&["0123", "124", "0a", "a"]), []);
    }

    #[test]
    fn numbers_of_a_spreadsheet_are_ids_that_lost_digits() {
        assert_eq!(
            of(&["1.23E+15", "1E+3", "1.2E-3", "12E", "E+3", "1.E+3", "12345678901234567"]),
            [("spreadsheet_ids", vec!["1.23E+15".to_owned(), "1E+3".to_owned()])]
        );
    }

    #[test]
    fn texts_that_look_the_same_are_found() {
        let found = of(&["Jos\u{e9}", "Jose\u{301}", "\u{439}", "\u{438}\u{306}", "Ana"]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "unicode_forms");
        assert_eq!(found[0].1.len(), 2);
        assert_eq!(of(&["a\u{200b}b", "ab"]), [("hidden_characters", vec!["a\\u{200b}b".to_owned()])]);
        assert_eq!(of(&["\u{202e}abc"]), [("hidden_characters", vec!["\\u{202e}abc".to_owned()])]);
        // The first letter is Cyrillic.
        assert_eq!(of(&["\u{410}dmin", "Ана admin", "Ана"]), [("mixed_scripts", vec!["\u{410}dmin".to_owned()])]);
    }
}
