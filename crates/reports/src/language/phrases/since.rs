//! What the comparison of two runs says besides its figures.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    of(
        "These are the figures of the last report in this folder. With --against FOLDER, the folder of its scores, customers and segments are compared as well.",
        "Acestea sunt cifrele ultimului raport din acest dosar. Cu --against FOLDER, dosarul scorurilor lui, se compară și clienții, și segmentele.",
        "Это показатели последнего отчёта в этой папке. С --against FOLDER, папкой его оценок, сравниваются также клиенты и сегменты.",
    ),
    of(
        "No customer of the other run is scored in this one: are the ids written alike in both?",
        "Niciun client din cealaltă rulare nu are scor în aceasta: sunt identificatorii scriși la fel în amândouă?",
        "Ни у одного клиента другого запуска нет оценки в этом: одинаково ли записаны идентификаторы в обоих?",
    ),
    of(
        "The other run is the newer one: \"before\" is later than \"now\".",
        "Cealaltă rulare este cea mai nouă: „înainte” este mai târziu decât „acum”.",
        "Другой запуск новее: «прежде» позже, чем «теперь».",
    ),
    of(
        "Another model scored: part of every change is the model's, not the customers'.",
        "Scorurile vin de la alt model: o parte din fiecare schimbare ține de model, nu de clienți.",
        "Оценки дала другая модель: часть каждого изменения — от модели, а не от клиентов.",
    ),
    of(
        "this export does not reach {day:d}, the as-of date of the other run",
        "exportul acesta nu ajunge la {day}, data de referință a celeilalte rulări",
        "эта выгрузка не доходит до {day}, даты среза другого запуска",
    ),
    of(
        "Another model scored: {before} before, {now} now. Part of every change is the model's, not the customers'.",
        "Scorurile vin de la alt model: înainte {before}, acum {now}. O parte din fiecare schimbare ține de model, nu de clienți.",
        "Оценки дала другая модель: прежде {before}, теперь {now}. Часть каждого изменения — от модели, а не от клиентов.",
    ),
    of(
        "Why the mean moved is not told: {why:t}.",
        "De ce s-a schimbat media nu se poate spune: {why}.",
        "Почему изменилось среднее, сказать нельзя: {why}.",
    ),
    // What stopped it may be an error of the system, which has no translation.
    of(
        "Why the mean moved is not told: {error}.",
        "De ce s-a schimbat media nu se poate spune: {error}.",
        "Почему изменилось среднее, сказать нельзя: {error}.",
    ),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::language::phrase::tell;
    use crate::language::phrases::BOOK;
    use crate::language::{Language, with};

    /// As `churn report --against` writes them.
    const SAID: [&str; 7] = [
        "These are the figures of the last report in this folder. With --against FOLDER, the folder of its scores, customers and segments are compared as well.",
        "No customer of the other run is scored in this one: are the ids written alike in both?",
        "The other run is the newer one: \"before\" is later than \"now\".",
        "Another model scored: part of every change is the model's, not the customers'.",
        "Another model scored: 2026-04-02-f68dc425 before, 2026-05-02-0123abcd now. Part of every change is the model's, not the customers'.",
        "Why the mean moved is not told: this export does not reach 2026-01-01, the as-of date of the other run.",
        "Why the mean moved is not told: models/acme/2026-04-02-f68dc425/model.json: No such file or directory (os error 2).",
    ];

    #[test]
    fn notes_of_a_comparison_are_told_in_other_languages() {
        for language in [Language::Romanian, Language::Russian] {
            with(language, || {
                for text in SAID {
                    let said = tell(BOOK, language, text).unwrap_or_else(|| panic!("{language:?}: {text}"));
                    assert!(!said.contains('{') && said != text, "{said}");
                    assert!(language == Language::Romanian || !said.contains("the "), "{said}");
                }
            });
        }
        let told = with(Language::Romanian, || tell(BOOK, Language::Romanian, SAID[5]));
        assert_eq!(
            told.unwrap(),
            "De ce s-a schimbat media nu se poate spune: exportul acesta nu ajunge la 01.01.2026, data de referință a celeilalte rulări."
        );
    }
}
