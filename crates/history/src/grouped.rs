//! Numbers whose digits are written in groups of three, where a project declares the sign between them.

use std::borrow::Cow;

/// A number without the signs between its groups of three digits. A text whose signs stand anywhere else comes back as it is: it
/// is no number then, and is rejected as such.
pub(crate) fn without_groups(text: &str, sign: char, decimal: u8) -> Cow<'_, str> {
    let is_sign = |c: char| c == sign || sign == ' ' && matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}');
    if !text.contains(is_sign) {
        return Cow::Borrowed(text);
    }
    let digits_from = usize::from(text.starts_with(['-', '+']));
    let digits_to = text.find(char::from(decimal)).unwrap_or(text.len());
    let Some(whole) = text.get(digits_from..digits_to) else { return Cow::Borrowed(text) };
    let mut groups = whole.split(is_sign);
    let all_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    let in_order = (1..=3).contains(&first.len())
        && all_digits(first)
        && groups.all(|group| group.len() == 3 && all_digits(group));
    if !in_order || text[digits_to..].contains(is_sign) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_sign(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_of_three_digits_or_are_none() {
        for (text, sign, decimal, expected) in [
            ("1.234,50", '.', b',', "1234,50"),
            ("-1.234.567,5", '.', b',', "-1234567,5"),
            ("1,234", ',', b'.', "1234"),
            ("12", ',', b'.', "12"),
            ("1\u{a0}234\u{202f}567.89", ' ', b'.', "1234567.89"),
            ("1'234.50", '\'', b'.', "1234.50"),
        ] {
            assert_eq!(without_groups(text, sign, decimal), expected, "{text}");
        }
        for text in ["1.23,50", "1234.567,8", ".123", "1..234", "1.234,5.6", "1.2345", "1.abc", ".", "1.234.", "é.123"]
        {
            assert_eq!(without_groups(text, '.', b','), text, "{text}");
        }
    }
}
