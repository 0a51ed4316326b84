//! Which headers stand for which column of the project file: word lists in English, Romanian and Russian, as data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const LISTS: [&str; 3] = [include_str!("words/en.txt"), include_str!("words/ro.txt"), include_str!("words/ru.txt")];

/// Words of one rank after the other, folded, by role such as `transactions.amount`.
static WORDS: LazyLock<BTreeMap<&'static str, Vec<Vec<String>>>> = LazyLock::new(|| {
    let mut words: BTreeMap<&str, Vec<Vec<String>>> = BTreeMap::new();
    for line in LISTS.iter().flat_map(|list| list.lines()) {
        let Some((role, ranks)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { continue };
        let known = words.entry(role).or_default();
        for (rank, list) in ranks.split(';').enumerate() {
            if known.len() <= rank {
                known.push(Vec::new());
            }
            known[rank].extend(list.split(',').map(fold));
        }
    }
    words
});

/// How well a header stands for a column of a table: 0 is best; none where it does not.
pub(super) fn rank(table: &str, column: &str, header: &str) -> Option<usize> {
    let own = format!("{table}.{column}");
    let ranks = WORDS.get(own.as_str()).or_else(|| WORDS.get(column))?;
    let forms = forms(header);
    ranks.iter().position(|words| words.iter().any(|word| forms.contains(word)))
}

/// Whether a header stands for anything in any table.
pub(super) fn knows(header: &str) -> bool {
    let forms = forms(header);
    WORDS.values().flatten().flatten().any(|word| forms.contains(word))
}

/// The currency code that a header names beside something else, such as `Total (EUR)`.
pub(super) fn currency_in(header: &str) -> Option<&str> {
    let mut codes = header.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| CODES.contains(word));
    let code = codes.next()?;
    (codes.next().is_none() && header.trim() != code).then_some(code)
}

/// Currencies that headers name by their code. A code in small letters may be a word.
const CODES: [&str; 14] =
    ["EUR", "USD", "GBP", "RON", "MDL", "RUB", "UAH", "PLN", "HUF", "BGN", "CZK", "CHF", "TRY", "SEK"];

/// Other ways in which headers name a currency: they prove no code, and are no part of the column's name.
const CURRENCIES: [&str; 9] = ["lei", "leu", "rub", "ruble", "euro", "dolari", "dollars", "pounds", "$"];

/// A header as it may stand in the lists: whole, without what stands in brackets, without the currency behind it.
fn forms(header: &str) -> Vec<String> {
    let mut forms = vec![fold(header)];
    let bare = match (header.find(['(', '[']), header.rfind([')', ']'])) {
        (Some(open), Some(close)) if open < close => format!("{} {}", &header[..open], &header[close + 1..]),
        _ => header.to_owned(),
    };
    forms.push(fold(&bare));
    let words: Vec<&str> = bare.split([' ', '_', ',', '.', '-', '/']).filter(|word| !word.is_empty()).collect();
    if let Some((last, rest)) = words.split_last()
        && !rest.is_empty()
        && (CODES.contains(&last.to_uppercase().as_str()) || CURRENCIES.contains(&fold(last).as_str()))
    {
        forms.push(fold(&rest.concat()));
    }
    forms
}

/// A text in small Latin letters and digits, without diacritics, blanks and signs. Cyrillic letters are written in Latin
/// ones, and the usual ways to do that come out alike: `Дата заказа`, `data_zakaza` and `DataZakaza` are one.
pub(super) fn fold(text: &str) -> String {
    let mut latin = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '№' => latin.push_str("nomer"),
            _ if letter.is_ascii_alphanumeric() => latin.push(letter),
            _ => latin.push_str(in_latin(letter)),
        }
    }
    for (long, short) in [
        ("shch", "sh"),
        ("sch", "sh"),
        ("kh", "h"),
        ("zh", "z"),
        ("ts", "c"),
        ("ya", "ia"),
        ("ja", "ia"),
        ("yu", "iu"),
        ("ju", "iu"),
        ("yo", "e"),
        ("j", "i"),
        ("y", "i"),
    ] {
        latin = latin.replace(long, short);
    }
    let mut folded = String::with_capacity(latin.len());
    for letter in latin.chars() {
        if !folded.ends_with(letter) || letter.is_ascii_digit() {
            folded.push(letter);
        }
    }
    folded
}

/// A name for a column of the project file made of a header: small letters and digits, with `_` for all between them.
pub(super) fn name_of(header: &str) -> String {
    let words = header.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}

fn in_latin(letter: char) -> &'static str {
    match letter {
        'ă' | 'â' | 'á' | 'à' | 'ä' | 'а' => "a",
        'î' | 'í' | 'ï' | 'и' | 'й' | 'ы' | 'і' => "i",
        'ș' | 'ş' | 'š' | 'с' => "s",
        'ț' | 'ţ' | 'т' => "t",
        'é' | 'è' | 'ê' | 'ë' | 'е' | 'э' | 'ё' => "e",
        'ó' | 'ö' | 'ô' | 'о' => "o",
        'ú' | 'ü' | 'у' => "u",
        'ç' | 'ц' => "c",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'ж' | 'з' => "z",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'п' => "p",
        'р' => "r",
        'ф' => "f",
        'х' => "h",
        'ч' => "ch",
        'ш' | 'щ' => "sh",
        'ю' => "iu",
        'я' => "ia",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_are_recognised_in_three_languages_and_two_alphabets() {
        for (table, column, headers) in [
            (
                "transactions",
                "customer_id",
                &[
                    "Customer ID",
                    "customer_id",
                    "CustomerID",
                    "Cod client",
                    "ID-ul clientului",
                    "Код клиента",
                    "kod_klienta",
                    "№ клиента",
                ][..],
            ),
            (
                "transactions",
                "timestamp",
                &[
                    "InvoiceDate",
                    "Data comenzii",
                    "Data tranzacției",
                    "Data tranzacţiei",
                    "Дата заказа",
                    "data_zakaza",
                    "Дата и время",
                    "Data pokupki",
                ],
            ),
            (
                "transactions",
                "amount",
                &[
                    "Total",
                    "Amount (EUR)",
                    "Valoare",
                    "Sumă",
                    "Suma lei",
                    "Сумма",
                    "Summa",
                    "Сумма, руб.",
                    "Сумма заказа (RUB)",
                ],
            ),
            (
                "transactions",
                "order_id",
                &["InvoiceNo", "Nr. comandă", "Numărul facturii", "Номер чека", "nomer_cheka", "№ заказа"],
            ),
            ("transactions", "quantity", &["Quantity", "Cantitate", "Количество", "kolichestvo", "Кол-во"]),
            ("transactions", "unit_price", &["UnitPrice", "Preț unitar", "Цена за единицу", "Tsena za edinitsu"]),
            ("customers", "region", &["Region", "Județ", "Регион", "oblast"]),
            ("events", "type", &["Type", "Tip eveniment", "Тип события"]),
            ("events", "recorded_at", &["recorded_at", "Дата загрузки"]),
        ] {
            for header in headers {
                assert_eq!(rank(table, column, header), Some(0), "{header}");
            }
        }
    }

    #[test]
    fn weaker_words_stand_behind_better_ones_and_others_mean_nothing() {
        assert_eq!(rank("transactions", "unit_price", "Price"), Some(1));
        assert_eq!(rank("transactions", "unit_price", "Цена"), Some(1));
        assert_eq!(rank("transactions", "product", "Description"), Some(2));
        assert_eq!(rank("transactions", "timestamp", "Date"), Some(1));
        for header in ["", "Country", "x", "—", "Amount of coffee"] {
            assert_eq!(rank("transactions", "amount", header), None, "{header}");
        }
    }

    #[test]
    fn a_currency_in_a_header_is_a_code_in_capitals() {
        assert_eq!(currency_in("Total (EUR)"), Some("EUR"));
        assert_eq!(currency_in("amount_RON"), Some("RON"));
        assert_eq!(
            (currency_in("EUR"), currency_in("Total"), currency_in("try again"), currency_in("EUR USD")),
            (None, None, None, None)
        );
    }

    #[test]
    fn the_lists_hold_no_word_twice_in_one_role_and_language() {
        for list in LISTS {
            for line in list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
                let (role, words) = line.split_once(": ").unwrap();
                let mut folded: Vec<String> = words.split([',', ';']).map(fold).collect();
                assert!(folded.iter().all(|word| !word.is_empty()), "{role}");
                let all = folded.len();
                folded.sort_unstable();
                folded.dedup();
                assert_eq!(folded.len(), all, "{role}: {folded:?}");
            }
        }
    }
}
