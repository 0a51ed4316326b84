//! Which form of a word goes with a number: the cardinal rules of CLDR 46, `common/supplemental/plurals.xml`.

use super::Language;

/// One of the forms `one`, `other` (English), `one`, `few`, `other` (Romanian), `one`, `few`, `many` (Russian) that goes
/// with a number as it is written. Russian has a fourth one, `other`, for fractions; it is the genitive singular, as in
/// `few`, and so it stands for both.
pub(crate) fn form<'a>(language: Language, number: &str, forms: &[&'a str]) -> &'a str {
    let at = match Written::of(language, number) {
        Some(written) => place(language, &written),
        // No number: the form of many.
        None => forms.len(),
    };
    forms.get(at).or(forms.last()).copied().unwrap_or_default()
}

/// The form of a word that goes with a whole number: one of `one`, `other` (English), `one`, `few`, `other` (Romanian), `one`,
/// `few`, `many` (Russian).
#[must_use]
pub fn plural<'a>(language: Language, number: u32, forms: &[&'a str]) -> &'a str {
    form(language, &number.to_string(), forms)
}

/// A number as it is written: CLDR's `i` (its last two digits and whether it is 0 or 1 matter) and whether `v` is not 0.
struct Written {
    whole: u64,
    has_decimals: bool,
}

impl Written {
    fn of(language: Language, text: &str) -> Option<Self> {
        let (whole, decimals) = match text.split_once(language.decimal_mark()) {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (text, None),
        };
        let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
        // Only the last digits matter, beside whether there are others.
        let tail = digits.get(digits.len().saturating_sub(6)..)?;
        let whole = tail.parse::<u64>().ok()? + if digits.len() > 6 { 1_000_000 } else { 0 };
        Some(Self { whole, has_decimals: decimals.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit())) })
    }
}

fn place(language: Language, number: &Written) -> usize {
    let Written { whole, has_decimals } = *number;
    let (last, last_two) = (whole % 10, whole % 100);
    match language {
        Language::English => usize::from(whole != 1 || has_decimals),
        Language::Romanian => match () {
            () if whole == 1 && !has_decimals => 0,
            () if has_decimals || whole == 0 || (1..=19).contains(&last_two) => 1,
            () => 2,
        },
        Language::Russian => match () {
            () if has_decimals => 1,
            () if last == 1 && last_two != 11 => 0,
            () if (2..=4).contains(&last) && !(12..=14).contains(&last_two) => 1,
            () => 2,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The samples that CLDR gives with its rules.
    #[test]
    fn forms_are_those_of_the_samples_of_cldr() {
        let of = |language, number: &str| form(language, number, &["one", "few", "many"]).to_owned();
        for number in ["0", "2", "16", "101", "116", "1.001", "0,0", "1,5", "10,0"] {
            assert_eq!(of(Language::Romanian, number), "few", "{number}");
        }
        for number in ["20", "35", "100", "1.000", "10.000", "1.000.000"] {
            assert_eq!(of(Language::Romanian, number), "many", "{number}");
        }
        assert_eq!(of(Language::Romanian, "1"), "one");
        for number in ["1", "21", "31", "101", "1\u{a0}001"] {
            assert_eq!(of(Language::Russian, number), "one", "{number}");
        }
        for number in ["2", "4", "22", "24", "102", "1\u{a0}002", "1,5", "0,0"] {
            assert_eq!(of(Language::Russian, number), "few", "{number}");
        }
        for number in ["0", "5", "11", "14", "19", "100", "111", "1\u{a0}000", "1\u{a0}000\u{a0}000"] {
            assert_eq!(of(Language::Russian, number), "many", "{number}");
        }
        let of = |number: &str| form(Language::English, number, &["day", "days"]).to_owned();
        assert_eq!([of("1"), of("0"), of("1.0"), of("1,001"), of("–")], ["day", "days", "days", "days", "days"]);
    }
}
