//! The page in other languages.

use super::*;

/// Runs of digits, and what stands between them within a number, made the same for all languages.
fn numbers_of(page: &str) -> Vec<String> {
    let text: String =
        page.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(_, text)| format!("{text} ")).collect();
    let plain = text.replace('\u{a0}', "").replace(['.', ','], "");
    let mut numbers: Vec<String> =
        plain.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() > 2).map(str::to_owned).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn the_page_has_the_same_numbers_in_every_language() {
    let mut data = full("plain");
    let english = numbers_of(&render(&data).unwrap());
    assert!(english.len() > 100, "{}", english.len());
    for language in [Language::Romanian, Language::Russian] {
        data.header.language = language;
        let page = render(&data).unwrap();
        assert!(page.contains(&format!("<html lang=\"{}\">", language.code())));
        assert_eq!(numbers_of(&page), english, "{language:?}");
        assert_eq!(
            json(&data).unwrap().replace(language.code(), "en"),
            json(&full("plain")).unwrap().replace(language.code(), "en")
        );
        let tables = csv_tables(&data).unwrap();
        assert_eq!(tables, csv_tables(&full("plain")).unwrap(), "files for machines have no language");
    }
}

/// Words of the page that are not names of files, columns or methods, nor of the data.
fn latin_words(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("</style>").unwrap();
    let (before, script) = body.split_once("<script>").unwrap_or((body, ""));
    let body = format!("{before}{}", script.split_once("</script>").map_or("", |(_, after)| after));
    let text: String =
        body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| format!("{text} ")).collect();
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')));
    words
        .map(|word| word.trim_matches(['.', '-', '/']))
        .filter(|word| word.chars().any(|c| c.is_ascii_alphabetic()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_english_word_is_left_in_russian() {
    const ALLOWED: &[&str] = &[
        "plain",
        "monitor",
        "PSI",
        "report-compare.csv",
        "ROC",
        "AUC",
        "NPS",
        "CLV",
        "MPC",
        "EMPC",
        "Qini",
        "Radcliffe",
        "BG/NBD",
        "Gamma-Gamma",
        "h",
        "d",
        "report.json",
        "report-measures.csv",
        "recency",
        "offer_response",
        "gt",
        "churn",
        "plan",
        "offers.catalogue",
        "lt",
    ];
    let mut data = full("plain");
    data.header.language = Language::Russian;
    let words = latin_words(&render(&data).unwrap());
    let left: Vec<&String> = words.iter().filter(|word| !ALLOWED.contains(&word.as_str())).collect();
    assert!(left.is_empty(), "{left:?}");
}
