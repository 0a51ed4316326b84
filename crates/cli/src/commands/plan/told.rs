//! The reasons of the rows of plans and worklists, in the language of the project.

use decisions::measures::Neglect;
use decisions::plan::{State, Why};
use reports::{Language, plural};

/// Why a row is in the plan, with every number that it rests on.
pub(super) fn why(language: Language, why: &Why) -> String {
    if language == Language::English {
        return why.sentence();
    }
    let number = |value: f64, decimals: usize| format!("{value:.decimals$}").replace('.', ",");
    let lapsed = why.state == State::Lapsed;
    let percent = 100.0 * if lapsed { 1.0 - why.churn_probability } else { why.churn_probability };
    let (percent, value, gain) = (number(percent, 0), number(why.value, 2), number(why.gain, 2));
    let (points, of_them) = (number(100.0 * why.uplift, 1), number(100.0 * why.counted, 1));
    let careful = of_them != points;
    let (offer, cost) = (&why.offer, why.cost.to_string().replace('.', ","));
    match language {
        Language::Russian => {
            let standing = if lapsed {
                "Сам вернётся с вероятностью"
            } else {
                "Вероятность оттока"
            };
            let counted = if careful { format!(" (учтено {of_them})") } else { String::new() };
            let end = if why.held_out {
                "; по жребию в контрольной группе, чтобы измерить, что дают контакты"
            } else {
                ""
            };
            format!(
                "{standing} {percent} %, ценность {value}: «{offer}» прибавляет {points} п. п.{counted} к вероятности остаться при затратах {cost} \
                 и должно принести {gain}{end}."
            )
        }
        _ => {
            let standing = if lapsed { "Revine singur cu probabilitatea de" } else { "Probabilitate de pierdere de" };
            let counted = if careful { format!(" (din care contează {of_them})") } else { String::new() };
            let end = if why.held_out {
                "; lăsat prin tragere la sorți în grupul de control, pentru a măsura ce aduce contactarea"
            } else {
                ""
            };
            format!(
                "{standing} {percent} %, valoare {value}: „{offer}” adaugă {points} puncte procentuale{counted} la probabilitatea de a rămâne, la \
                 un cost de {cost}, și se așteaptă să aducă {gain}{end}."
            )
        }
    }
}

/// What was left undone with a customer.
pub(super) fn neglect(language: Language, neglect: &Neglect) -> String {
    match (language, neglect) {
        (Language::English, Neglect::ComplaintOverdue { working_days }) => {
            format!("A complaint is open {working_days} working days past its time.")
        }
        (Language::English, Neglect::QuoteUnanswered { days }) => {
            format!("A quote request was not followed up for {days} days.")
        }
        (Language::English, Neglect::NoFirstCall { days }) => format!("No first call {days} days after signup."),
        (Language::English, Neglect::NoContact { days }) => format!("Nobody has been in contact for {days} days."),
        (Language::Romanian, Neglect::ComplaintOverdue { working_days }) => {
            let days = plural(language, *working_days, &["zi lucrătoare", "zile lucrătoare", "de zile lucrătoare"]);
            format!("O reclamație este deschisă la {working_days} {days} peste termen.")
        }
        (Language::Romanian, Neglect::QuoteUnanswered { days }) => {
            format!("O cerere de ofertă nu a primit răspuns de {}.", zile(*days))
        }
        (Language::Romanian, Neglect::NoFirstCall { days }) => {
            format!("Niciun prim apel la {} după înscriere.", zile(*days))
        }
        (Language::Romanian, Neglect::NoContact { days }) => format!("Nimeni nu a luat legătura de {}.", zile(*days)),
        (Language::Russian, Neglect::ComplaintOverdue { working_days }) => {
            let days = plural(language, *working_days, &["рабочий день", "рабочих дня", "рабочих дней"]);
            format!("Жалоба просрочена на {working_days} {days}.")
        }
        (Language::Russian, Neglect::QuoteUnanswered { days }) => {
            format!("Запрос цены остаётся без ответа {}.", dney(*days))
        }
        (Language::Russian, Neglect::NoFirstCall { days }) => {
            format!("Не было первого звонка: {} после регистрации.", dney(*days))
        }
        (Language::Russian, Neglect::NoContact { days }) => format!("Никто не связывался с клиентом {}.", dney(*days)),
    }
}

fn zile(days: u32) -> String {
    format!("{days} {}", plural(Language::Romanian, days, &["zi", "zile", "de zile"]))
}

fn dney(days: u32) -> String {
    format!("{days} {}", plural(Language::Russian, days, &["день", "дня", "дней"]))
}

#[cfg(test)]
mod tests {
    use history::Money;

    use super::*;

    #[test]
    fn reasons_have_the_same_numbers_in_every_language() {
        let of = Why {
            state: State::Eligible,
            churn_probability: 0.62,
            value: 340.0,
            offer: "10 % voucher".to_owned(),
            uplift: 0.09,
            counted: 0.06,
            gain: 26.6,
            cost: Money::from_ten_thousandths(40_000),
            held_out: true,
        };
        let numbers = |text: &str| -> Vec<String> {
            let mut all: Vec<String> = text
                .replace(',', ".")
                .split(|c: char| !(c.is_ascii_digit() || c == '.'))
                .map(|part| part.trim_matches('.').to_owned())
                .filter(|part| !part.is_empty())
                .collect();
            all.sort_unstable();
            all
        };
        for state in [State::Eligible, State::Lapsed] {
            let of = Why { state, ..of.clone() };
            let english = why(Language::English, &of);
            for language in [Language::Romanian, Language::Russian] {
                let told = why(language, &of);
                assert_eq!(numbers(&told), numbers(&english), "{told}");
            }
        }
        assert_eq!(
            why(Language::Russian, &of),
            "Вероятность оттока 62 %, ценность 340,00: «10 % voucher» прибавляет 9,0 п. п. (учтено 6,0) к вероятности остаться при \
             затратах 4,00 и должно принести 26,60; по жребию в контрольной группе, чтобы измерить, что дают контакты."
        );
    }

    #[test]
    fn days_are_counted_in_the_forms_of_the_language() {
        let no_contact = |language, days: u32| neglect(language, &Neglect::NoContact { days });
        assert_eq!(no_contact(Language::Romanian, 95), "Nimeni nu a luat legătura de 95 de zile.");
        assert_eq!(no_contact(Language::Russian, 91), "Никто не связывался с клиентом 91 день.");
        assert_eq!(no_contact(Language::English, 91), "Nobody has been in contact for 91 days.");
    }
}
