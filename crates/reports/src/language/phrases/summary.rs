//! Head, summary and segments.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    // What churn is
    of("from the as-of date", "de la data de referință", "с даты среза"),
    of(
        "that begin 1 day after the as-of date",
        "care încep la 1 zi după data de referință",
        "начиная через 1 день после даты среза",
    ),
    of(
        "that begin {lead:n} days after the as-of date",
        "care încep la {lead} {lead|zi|zile|de zile} după data de referință",
        "начиная через {lead} {lead|день|дня|дней} после даты среза",
    ),
    of(
        "no purchase in the {days:n} days {from:t}",
        "nicio cumpărătură în {days} {days|zi|zile|de zile} {from}",
        "ни одной покупки за {days} {days|день|дня|дней} {from}",
    ),
    of(
        "no purchase for {multiple:n} times the customer's usual time between purchases (at least {min:n} days), within the {days:n} days {from:t}",
        "nicio cumpărătură timp de {multiple} ori intervalul obișnuit al clientului între cumpărături (cel puțin {min} {min|zi|zile|de zile}), în {days} {days|zi|zile|de zile} {from}",
        "ни одной покупки за срок, в {multiple} раза превышающий обычный для клиента интервал между покупками (не менее {min} {min|дня|дней|дней}), в пределах {days} {days|дня|дней|дней} {from}",
    ),
    of(
        "a voluntary departure in the {days:n} days {from:t}",
        "o plecare voluntară în {days} {days|zi|zile|de zile} {from}",
        "добровольный уход за {days} {days|день|дня|дней} {from}",
    ),
    of(
        "a departure, voluntary or not, in the {days:n} days {from:t}",
        "o plecare, voluntară sau nu, în {days} {days|zi|zile|de zile} {from}",
        "уход, добровольный или нет, за {days} {days|день|дня|дней} {from}",
    ),
    // Risk bands
    of(
        "Low below {medium:n} %, medium below {high:n} %, high below {critical:n} %, critical from there.",
        "Scăzut sub {medium} %, mediu sub {high} %, ridicat sub {critical} %, critic de acolo în sus.",
        "Низкий — до {medium} %, средний — до {high} %, высокий — до {critical} %, выше — критический.",
    ),
    // Segments
    of("number of purchase days", "numărul zilelor cu cumpărături", "число дней с покупками"),
    of("purchase days", "zile cu cumpărături", "дни с покупками"),
    of("(not known)", "(necunoscut)", "(неизвестно)"),
    of("(rare values)", "(valori rare)", "(редкие значения)"),
    of("1 purchase", "o cumpărătură", "1 покупка"),
    of("2 to 3 purchases", "2–3 cumpărături", "2–3 покупки"),
    of("4 to 9 purchases", "4–9 cumpărături", "4–9 покупок"),
    of("10 purchases or more", "10 cumpărături sau mai multe", "10 покупок и больше"),
    of("acquisition channel", "canalul de achiziție", "канал привлечения"),
    of("preferred channel", "canalul preferat", "предпочитаемый канал"),
    of("region", "regiunea", "регион"),
    of("owner", "responsabilul", "ответственный"),
    of("segment", "segmentul", "сегмент"),
    of(
        "margin per customer over {days:n} days if they stay",
        "marja pe client în {days} {days|zi|zile|de zile} dacă rămâne",
        "маржа на клиента за {days} {days|день|дня|дней}, если он останется",
    ),
    of(
        "revenue per customer over {days:n} days if they stay",
        "venitul pe client în {days} {days|zi|zile|de zile} dacă rămâne",
        "выручка на клиента за {days} {days|день|дня|дней}, если он останется",
    ),
    of(
        "The {column:t} of {share:n} % of the customers is not known.",
        "Pentru {share} % dintre clienți nu se cunoaște: {column}.",
        "Для {share} % клиентов неизвестно: {column}.",
    ),
    of(
        "The {column} of {share:n} % of the customers is not known.",
        "Pentru {share} % dintre clienți nu se cunoaște: {column}.",
        "Для {share} % клиентов неизвестно: {column}.",
    ),
    of(
        "The model is not clearly better than every simple rule it was compared with (see below): do not prefer it to them.",
        "Modelul nu este în mod clar mai bun decât fiecare regulă simplă cu care a fost comparat (vedeți mai jos): nu îl preferați lor.",
        "Нельзя уверенно сказать, что модель лучше каждого простого правила, с которым её сравнивали (см. ниже): не предпочитайте её им.",
    ),
    of(
        "The model is not clearly better than every simple rule: do not prefer it to them.",
        "Modelul nu este în mod clar mai bun decât fiecare regulă simplă: nu îl preferați lor.",
        "Нельзя уверенно сказать, что модель лучше каждого простого правила: не предпочитайте её им.",
    ),
    // Verdict
    of(
        "{said:t}: log-loss {a:t}, ROC AUC {b:t}.",
        "{said}: log-loss {a}, ROC AUC {b}.",
        "{said}: логарифмические потери {a}, ROC AUC {b}.",
    ),
    of(
        "The model is better than the churn rate alone",
        "Modelul este mai bun decât rata de pierdere singură",
        "Модель лучше, чем одна лишь доля оттока",
    ),
    of(
        "The model is worse than the churn rate alone",
        "Modelul este mai slab decât rata de pierdere singură",
        "Модель хуже, чем одна лишь доля оттока",
    ),
    of(
        "The model is not clearly better than the churn rate alone",
        "Modelul nu este în mod clar mai bun decât rata de pierdere singură",
        "Нельзя уверенно сказать, что модель лучше, чем одна лишь доля оттока",
    ),
    of(
        "The model is better than recency alone",
        "Modelul este mai bun decât recența singură",
        "Модель лучше, чем одна лишь давность покупки",
    ),
    of(
        "The model is worse than recency alone",
        "Modelul este mai slab decât recența singură",
        "Модель хуже, чем одна лишь давность покупки",
    ),
    of(
        "The model is not clearly better than recency alone",
        "Modelul nu este în mod clar mai bun decât recența singură",
        "Нельзя уверенно сказать, что модель лучше, чем одна лишь давность покупки",
    ),
    of("The model is better than BG/NBD", "Modelul este mai bun decât BG/NBD", "Модель лучше, чем BG/NBD"),
    of("The model is worse than BG/NBD", "Modelul este mai slab decât BG/NBD", "Модель хуже, чем BG/NBD"),
    of(
        "The model is not clearly better than BG/NBD",
        "Modelul nu este în mod clar mai bun decât BG/NBD",
        "Нельзя уверенно сказать, что модель лучше, чем BG/NBD",
    ),
    of(
        "The forecast is better than the churn rate alone",
        "Prognoza este mai bună decât rata de pierdere singură",
        "Прогноз лучше, чем одна лишь доля оттока",
    ),
    of(
        "The forecast is worse than the churn rate alone",
        "Prognoza este mai slabă decât rata de pierdere singură",
        "Прогноз хуже, чем одна лишь доля оттока",
    ),
    of(
        "The forecast is not clearly better than the churn rate alone",
        "Prognoza nu este în mod clar mai bună decât rata de pierdere singură",
        "Нельзя уверенно сказать, что прогноз лучше, чем одна лишь доля оттока",
    ),
    of(
        "The forecast is better than recency alone",
        "Prognoza este mai bună decât recența singură",
        "Прогноз лучше, чем одна лишь давность покупки",
    ),
    of(
        "The forecast is worse than recency alone",
        "Prognoza este mai slabă decât recența singură",
        "Прогноз хуже, чем одна лишь давность покупки",
    ),
    of(
        "The forecast is not clearly better than recency alone",
        "Prognoza nu este în mod clar mai bună decât recența singură",
        "Нельзя уверенно сказать, что прогноз лучше, чем одна лишь давность покупки",
    ),
    of("The forecast is better than BG/NBD", "Prognoza este mai bună decât BG/NBD", "Прогноз лучше, чем BG/NBD"),
    of("The forecast is worse than BG/NBD", "Prognoza este mai slabă decât BG/NBD", "Прогноз хуже, чем BG/NBD"),
    of(
        "The forecast is not clearly better than BG/NBD",
        "Prognoza nu este în mod clar mai bună decât BG/NBD",
        "Нельзя уверенно сказать, что прогноз лучше, чем BG/NBD",
    ),
    of("{value:n} ({low:n} to {high:n})", "{value} (de la {low} la {high})", "{value} (от {low} до {high})"),
    of("{value:n} (no interval)", "{value} (fără interval)", "{value} (без интервала)"),
    of("not defined", "nedefinit", "не определено"),
    of(
        "There is no comparison with BG/NBD (see the notes).",
        "Nu există o comparație cu BG/NBD (vedeți notele).",
        "Сравнения с BG/NBD нет (см. примечания).",
    ),
    of(
        "Each date taken alone, the model is better than every simple rule at {better:n} of {dates:n}.",
        "Luând fiecare dată separat, modelul este mai bun decât fiecare regulă simplă la {better} din {dates}.",
        "Если брать каждую дату отдельно, модель лучше каждого простого правила на {better} из {dates}.",
    ),
    of(
        "The churn rate could not be fitted at {without:n} of the {dates:n} dates: its numbers, and the comparison with it, are of the {rows:n} rows of the others (of {all:n} rows in all).",
        "Rata de pierdere nu a putut fi calculată la {without} din cele {dates} date: cifrele ei și comparația cu ea se referă la cele {rows} rânduri ale celorlalte (din {all} în total).",
        "Долю оттока не удалось оценить на {without} из {dates} дат: её числа и сравнение с ней относятся к {rows} строкам остальных дат (из {all}).",
    ),
    of(
        "Recency could not be fitted at {without:n} of the {dates:n} dates: its numbers, and the comparison with it, are of the {rows:n} rows of the others (of {all:n} rows in all).",
        "Recența nu a putut fi ajustată la {without} din cele {dates} date: cifrele ei și comparația cu ea se referă la cele {rows} rânduri ale celorlalte (din {all} în total).",
        "Давность покупки не удалось оценить на {without} из {dates} дат: её числа и сравнение с ней относятся к {rows} строкам остальных дат (из {all}).",
    ),
    of(
        "BG/NBD could not be fitted at {without:n} of the {dates:n} dates: its numbers, and the comparison with it, are of the {rows:n} rows of the others (of {all:n} rows in all).",
        "BG/NBD nu a putut fi ajustat la {without} din cele {dates} date: cifrele lui și comparația cu el se referă la cele {rows} rânduri ale celorlalte (din {all} în total).",
        "BG/NBD не удалось оценить на {without} из {dates} дат: его числа и сравнение с ним относятся к {rows} строкам остальных дат (из {all}).",
    ),
    of(
        "All {n:n} customers of the test churned: it says nothing of the ranking.",
        "Toți cei {n} clienți ai testului au fost pierduți: testul nu spune nimic despre ordonare.",
        "Все клиенты проверки ушли ({n}): о порядке она ничего не говорит.",
    ),
    of(
        "All {n:n} customers of the test stayed: it says nothing of the ranking.",
        "Toți cei {n} clienți ai testului au rămas: testul nu spune nimic despre ordonare.",
        "Все клиенты проверки остались ({n}): о порядке она ничего не говорит.",
    ),
    // Models
    of("this model", "acest model", "эта модель"),
    of("recency alone", "recența singură", "только давность"),
    of("churn rate alone", "rata de pierdere singură", "только доля оттока"),
    of("BG/NBD", "BG/NBD", "BG/NBD"),
    of("quantile", "cuantile", "квантильные"),
    of("uniform", "egale", "равные"),
    // Dates
    of("{from:d} to {until:d}", "{from} – {until}", "{from} – {until}"),
];
