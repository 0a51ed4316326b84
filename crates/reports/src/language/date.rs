//! Dates as people write them.

use super::{Language, current};

/// A date of the data (ISO 8601) as the language in use writes it: `2026-10-31` in English, `31.10.2026` otherwise. What is
/// no date stays as it is.
pub(crate) fn date(iso: &str) -> String {
    match (current(), parts(iso)) {
        (Language::English, _) | (_, None) => iso.to_owned(),
        (_, Some([year, month, day])) => format!("{day}.{month}.{year}"),
    }
}

fn parts(iso: &str) -> Option<[&str; 3]> {
    let mut parts = iso.split('-');
    let found = [parts.next()?, parts.next()?, parts.next()?];
    let is_number = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    (parts.next().is_none() && is_number(found[0], 4) && is_number(found[1], 2) && is_number(found[2], 2))
        .then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::with;

    #[test]
    fn dates_are_written_as_the_language_does() {
        assert_eq!(date("2026-10-31"), "2026-10-31");
        assert_eq!(with(Language::Russian, || date("2026-10-31")), "31.10.2026");
        for text in ["2026-10", "plain", "2026-1-31", "-", ""] {
            assert_eq!(with(Language::Romanian, || date(text)), text);
        }
    }
}
