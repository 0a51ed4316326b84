//! Single values of the project file and the command line.

use history::{Date, Days, Encoding, IdRules, Int96};

use super::error::{ProjectError, Source};
use super::file::Text;
use super::nearest::did_you_mean;

/// Reads a length such as `90d`.
///
/// # Errors
/// Anything but a whole number from 1 to 3650 and a `d`, as a message without a place.
pub(crate) fn days(text: &str) -> Result<Days, String> {
    let found = || format!("expected a number of days such as \"90d\", from 1d to 3650d, found \"{text}\"");
    whole_days(text).and_then(Days::new).ok_or_else(found)
}

/// As [`days`], `0d` included.
pub(super) fn days_or_none(text: &str) -> Result<u16, String> {
    let found = || format!("expected a number of days such as \"7d\", from 0d to 3650d, found \"{text}\"");
    whole_days(text).filter(|days| *days <= 3_650).ok_or_else(found)
}

/// As [`days`]; `all` is no limit.
pub(super) fn days_or_all(text: &str) -> Result<Option<Days>, String> {
    if text == "all" {
        return Ok(None);
    }
    let found =
        |_| format!("expected \"all\" or a number of days such as \"730d\", from 1d to 3650d, found \"{text}\"");
    days(text).map(Some).map_err(found)
}

fn whole_days(text: &str) -> Option<u16> {
    let digits = text.strip_suffix('d')?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// One of the words that a key knows; the first is the default.
pub(super) fn word<'a>(
    source: &Source<'_>,
    key: &str,
    given: Option<&Text>,
    known: &[&'a str],
) -> Result<&'a str, ProjectError> {
    let Some(given) = given else { return Ok(known[0]) };
    known.iter().copied().find(|word| word == given.get_ref()).ok_or_else(|| {
        let known = known.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        source.error(&given.span(), format!("{key}: expected one of {known}, found \"{}\"", given.get_ref()))
    })
}

/// A value that its own function reads, or the default.
pub(super) fn read<T>(
    source: &Source<'_>,
    key: &str,
    given: Option<&Text>,
    default: T,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, ProjectError> {
    let Some(given) = given else { return Ok(default) };
    read(given.get_ref()).map_err(|message| source.error(&given.span(), format!("{key}: {message}")))
}

/// A date such as `2026-10-31`.
pub(super) fn date(text: &str) -> Result<Option<Date>, String> {
    text.parse().map(Some).map_err(|error: history::NotADate| error.to_string())
}

/// A name that is safe as the name of a folder.
pub(super) fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=64).contains(&text.len()) && text.chars().all(plain) && !text.starts_with('.') {
        return Ok(text.to_owned());
    }
    Err(format!("expected 1 to 64 letters, digits, \"-\", \"_\" or \".\", not \".\" at the start, found \"{text}\""))
}

/// A currency code as in ISO 4217.
pub(super) fn currency(text: &str) -> Result<Option<String>, String> {
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(Some(text.to_owned()));
    }
    Err(format!("expected a code of three capital letters such as \"EUR\", found \"{text}\""))
}

/// A `strptime` format.
pub(super) fn date_format(text: &str) -> Result<Option<String>, String> {
    if text.contains('%') {
        return Ok(Some(text.to_owned()));
    }
    Err(format!("expected a format such as \"%d/%m/%Y %H:%M\", found \"{text}\""))
}

/// The decimal sign.
pub(super) fn decimal(text: &str) -> Result<u8, String> {
    match text {
        "." => Ok(b'.'),
        "," => Ok(b','),
        _ => Err(format!("expected \".\" or \",\", found \"{text}\"")),
    }
}

/// The sign between groups of three digits.
pub(super) fn thousands(text: &str) -> Result<Option<char>, String> {
    match text {
        "." | "," | " " | "'" | "_" => Ok(text.chars().next()),
        _ => Err(format!("expected one of \".\", \",\", \" \", \"'\" and \"_\", found \"{}\"", text.escape_debug())),
    }
}

/// What is done with ids before they are compared.
pub(super) fn id_rules(source: &Source<'_>, given: &[Text]) -> Result<IdRules, ProjectError> {
    let mut rules = IdRules::default();
    for word in given {
        let rule = match word.get_ref().as_str() {
            "nfc" => &mut rules.nfc,
            "lower_case" => &mut rules.lower_case,
            "without_zeros" => &mut rules.without_zeros,
            other => {
                let hint = did_you_mean(other, ["nfc", "lower_case", "without_zeros"]);
                let known = "expected some of \"nfc\", \"lower_case\" and \"without_zeros\"";
                return Err(source.error(&word.span(), format!("normalize_ids: {known}, found \"{other}\"{hint}")));
            }
        };
        *rule = true;
    }
    Ok(rules)
}

/// The label of an encoding.
pub(super) fn encoding(text: &str) -> Result<Option<Encoding>, String> {
    let unknown = || {
        format!(
            "expected the label of an encoding such as \"utf-8\", \"windows-1251\", \"windows-1252\" or \"iso-8859-2\", found \"{text}\""
        )
    };
    Encoding::of_label(text).map(Some).ok_or_else(unknown)
}

/// What timestamps of the Parquet type INT96 are.
pub(super) fn int96(text: &str) -> Result<Option<Int96>, String> {
    match text {
        "utc" => Ok(Some(Int96::Utc)),
        "local" => Ok(Some(Int96::Local)),
        _ => Err(format!("expected \"utc\" or \"local\", found \"{text}\"")),
    }
}

/// The sign between the fields of a row.
pub(super) fn delimiter(text: &str) -> Result<Option<u8>, String> {
    let is_sign =
        |byte: u8| byte == b'\t' || byte.is_ascii() && !byte.is_ascii_alphanumeric() && !byte.is_ascii_control();
    match text.as_bytes() {
        [byte] if is_sign(*byte) && *byte != b'"' => Ok(Some(*byte)),
        _ => {
            Err(format!("expected one sign such as \";\", \"|\" or a tab (\"\\t\"), found \"{}\"", text.escape_debug()))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lengths_are_whole_days_and_nothing_else() {
        assert_eq!(days("90d").unwrap().get(), 90);
        assert_eq!(days_or_none("0d"), Ok(0));
        for text in ["0d", "3651d", "90", "d", "-1d", "+1d", "1.5d", "12w", "90 d", "99999999d"] {
            assert!(days(text).is_err(), "{text}");
        }
        assert!(days_or_none("3651d").is_err());
        assert_eq!((days_or_all("all"), days_or_all("730d")), (Ok(None), Ok(Days::new(730))));
        assert!(days_or_all("none").unwrap_err().starts_with("expected \"all\" or a number of days"));
    }

    #[test]
    fn delimiters_are_one_sign() {
        for (text, byte) in [(";", b';'), ("\t", b'\t'), ("|", b'|'), (" ", b' '), ("~", b'~')] {
            assert_eq!(delimiter(text), Ok(Some(byte)), "{text}");
        }
        for text in ["", ";;", "||", "\"", "\n", "a", "1", "§"] {
            assert!(delimiter(text).unwrap_err().starts_with("expected one sign"), "{text}");
        }
        assert_eq!(int96("utc"), Ok(Some(Int96::Utc)));
        assert!(int96("UTC").unwrap_err().contains("found \"UTC\""));
        assert!(encoding("klingon").unwrap_err().contains("found \"klingon\""));
        assert_eq!(encoding("CP1251").map(|found| found.map(Encoding::name)), Ok(Some("windows-1251")));
    }

    #[test]
    fn names_cannot_leave_their_folder() {
        assert_eq!(name("acme-2.shop"), Ok("acme-2.shop".into()));
        for text in ["", "..", ".hidden", "a/b", "a\\b", "a b", "é"] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
