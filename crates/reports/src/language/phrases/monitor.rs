//! What the monitor finds in data, customers and model.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    of(
        "Events of all types come as often as before.",
        "Evenimentele de toate tipurile vin la fel de des ca înainte.",
        "События всех типов приходят так же часто, как прежде.",
    ),
    of(
        "Rises like this one have been seen before, so it is no alarm.",
        "Creșteri ca aceasta au mai fost, deci nu este o alarmă.",
        "Такой рост уже бывал, поэтому это не тревога.",
    ),
    of(
        "Rows are missing: of the months that training saw, the export now has {share:n} % of the purchases (middle month).",
        "Lipsesc rânduri: din lunile văzute la antrenare, exportul are acum {share} % din cumpărături (luna din mijloc).",
        "Не хватает строк: за месяцы, которые видело обучение, в выгрузке теперь {share} % покупок (средний месяц).",
    ),
    of(
        "A purchase costs about {n:n}, as before.",
        "O cumpărătură costă circa {n}, ca înainte.",
        "Покупка стоит около {n}, как и прежде.",
    ),
    of(
        "All {n:n} channels have purchases, and none is new.",
        "Toate cele {n} {n|canal|canale|de canale} au cumpărături și niciunul nu este nou.",
        "Во всех каналах ({n}) есть покупки, и новых нет.",
    ),
    of(
        "The column {column} of [customers] was there in training and is no longer.",
        "Coloana {column} din [customers] exista la antrenare și nu mai este.",
        "Столбец {column} в [customers] был при обучении, теперь его нет.",
    ),
    of(
        "Customers have the texts that training saw: {columns}.",
        "Clienții au textele văzute la antrenare: {columns}.",
        "У клиентов те же значения, что видело обучение: {columns}.",
    ),
    of(
        "The scores moved no more than they usually do in {days:n} days.",
        "Scorurile nu s-au schimbat mai mult decât de obicei în {days} {days|zi|zile|de zile}.",
        "Оценки изменились не больше, чем обычно за {days} {days|день|дня|дней}.",
    ),
    of(
        "No feature moved more than features usually do in {days:n} days.",
        "Nicio caracteristică nu s-a schimbat mai mult decât de obicei în {days} {days|zi|zile|de zile}.",
        "Ни один признак не изменился больше, чем обычно за {days} {days|день|дня|дней}.",
    ),
    of(
        "The churn rate is {rate:t}, and has not risen three periods running.",
        "Rata de plecare este {rate} și nu a crescut trei perioade la rând.",
        "Доля ушедших {rate}, и она не росла три периода подряд.",
    ),
    of("And {n:n} more, in monitor.json.", "Și încă {n}, în monitor.json.", "И ещё {n}, в monitor.json."),
    of(
        "The export is complete up to {through:d}, 1 day before {today:d}.",
        "Exportul este complet până la {through}, cu o zi înainte de {today}.",
        "Выгрузка полна до {through}, за день до {today}.",
    ),
    of(
        "{purchases:n} purchases of {customers:n} customers: no fewer than before.",
        "{purchases} {purchases|cumpărătură|cumpărături|de cumpărături} de la {customers} {customers|client|clienți|de clienți}: nu mai puține decât înainte.",
        "{purchases} {purchases|покупка|покупки|покупок} от {customers} {customers|клиента|клиентов|клиентов}: не меньше, чем прежде.",
    ),
    of(
        "There has not been any event since {since:d}, for {days:n} days.",
        "Nu a mai fost niciun eveniment de la {since}, de {days} {days|zi|zile|de zile}.",
        "Событий нет с {since}, уже {days} {days|день|дня|дней}.",
    ),
    of(
        "As of {day:d} the export shows the customers that training saw: {n:n} features and the scores were compared.",
        "La {day} exportul arată clienții văzuți la antrenare: au fost comparate {n} {n|caracteristică|caracteristici|de caracteristici} și scorurile.",
        "На {day} выгрузка показывает клиентов, которых видело обучение: сравнили {n} {n|признак|признака|признаков} и оценки.",
    ),
    of(
        "The probabilities are too bold: on the labels of {day:d} the calibration slope is {slope:t} (1 is right).",
        "Probabilitățile sunt prea îndrăznețe: pe etichetele din {day} panta calibrării este {slope} (corect este 1).",
        "Вероятности слишком смелые: на метках за {day} наклон калибровки {slope} (верно — 1).",
    ),
    of(
        "The probabilities are too timid: on the labels of {day:d} the calibration slope is {slope:t} (1 is right).",
        "Probabilitățile sunt prea timide: pe etichetele din {day} panta calibrării este {slope} (corect este 1).",
        "Вероятности слишком осторожные: на метках за {day} наклон калибровки {slope} (верно — 1).",
    ),
    of(
        "The churn rate has risen three periods running, from {r1:n} % ({f1:d} to {u1:d}) to {r2:n} % ({f2:d} to {u2:d}).",
        "Rata de plecare a crescut trei perioade la rând, de la {r1} % (de la {f1} la {u1}) la {r2} % (de la {f2} la {u2}).",
        "Доля ушедших росла три периода подряд: с {r1} % (с {f1} по {u1}) до {r2} % (с {f2} по {u2}).",
    ),
    of(
        "The export is complete up to {through:d}, {days:n} days before {today:d}.",
        "Exportul este complet până la {through}, cu {days} {days|zi|zile|de zile} înainte de {today}.",
        "Выгрузка полна до {through}, за {days} {days|день|дня|дней} до {today}.",
    ),
    of(
        "Rows are missing: {month} has {now:n} purchases, training saw {then:n}.",
        "Lipsesc rânduri: {month} are {now} {now|cumpărătură|cumpărături|de cumpărături}, la antrenare erau {then}.",
        "Не хватает строк: за {month} {now} {now|покупка|покупки|покупок}, при обучении было {then}.",
    ),
    of(
        "{n:n} purchases in the {days:n} days up to {end:d}: as many as is usual after the days before.",
        "{n} {n|cumpărătură|cumpărături|de cumpărături} în cele {days} {days|zi|zile|de zile} până la {end}: câte sunt de obicei după zilele dinainte.",
        "{n} {n|покупка|покупки|покупок} за {days} {days|день|дня|дней} до {end}: столько, сколько обычно бывает после предыдущих дней.",
    ),
    of(
        "Channel \"{name}\" was not in training: {n:n} customers have bought through it, the first on {first:d}.",
        "Canalul „{name}” nu exista la antrenare: prin el au cumpărat {n} {n|client|clienți|de clienți}, primul la {first}.",
        "Канала «{name}» не было при обучении: через него купили {n} {n|клиент|клиента|клиентов}, первый {first}.",
    ),
    of(
        "There has not been an event of the type {kind} since {since:d}, for {days:n} days.",
        "Nu a mai fost niciun eveniment de tipul {kind} de la {since}, de {days} {days|zi|zile|de zile}.",
        "Событий типа {kind} нет с {since}, уже {days} {days|день|дня|дней}.",
    ),
    of(
        "The model ranks worse: the riskiest tenth as of {day:d} held {lift:t} times as many churners as any tenth, {before:n} times in the test.",
        "Modelul ordonează mai slab: zecimea cea mai riscantă la {day} avea de {lift} ori mai mulți plecați decât o zecime oarecare, la test de {before} ori.",
        "Модель упорядочивает хуже: в самой рискованной десятой на {day} ушедших было в {lift} раза больше, чем в любой, при проверке — в {before} раза.",
    ),
    of(
        "The riskiest tenth as of {day:d} held {lift:t} times as many churners as any tenth, {before:n} times in the test.",
        "Zecimea cea mai riscantă la {day} avea de {lift} ori mai mulți plecați decât o zecime oarecare, la test de {before} ori.",
        "В самой рискованной десятой на {day} ушедших было в {lift} раза больше, чем в любой, при проверке — в {before} раза.",
    ),
    of("{rate:n} % ({from:d} to {until:d})", "{rate} % (de la {from} la {until})", "{rate} % (с {from} по {until})"),
    of(
        "The data are late: the export is complete up to {through:d}, {days:n} days before {today:d}; expected at most {limit:n} days ([monitor] late_after).",
        "Datele întârzie: exportul este complet până la {through}, cu {days} {days|zi|zile|de zile} înainte de {today}; se așteptau cel mult {limit} {limit|zi|zile|de zile} ([monitor] late_after).",
        "Данные запаздывают: выгрузка полна до {through}, за {days} {days|день|дня|дней} до {today}; ожидалось не больше {limit} {limit|дня|дней|дней} ([monitor] late_after).",
    ),
    of(
        "Customers are missing: as of {day:d} the export shows {now:n} eligible customers; training saw {then:n} on that same day ({fewer:n} % fewer).",
        "Lipsesc clienți: la {day} exportul arată {now} {now|client eligibil|clienți eligibili|de clienți eligibili}; la antrenare, în aceeași zi, erau {then} (cu {fewer} % mai puțini).",
        "Не хватает клиентов: на {day} в выгрузке {now} {now|подходящий клиент|подходящих клиента|подходящих клиентов}; при обучении на тот же день было {then} (на {fewer} % меньше).",
    ),
    of(
        "The export has shrunk: {now:n} purchases, {before:n} at the run of the monitor as of {day:d} ({fewer:n} % fewer).",
        "Exportul s-a micșorat: {now} {now|cumpărătură|cumpărături|de cumpărături}, {before} la rularea monitorului pentru {day} (cu {fewer} % mai puține).",
        "Выгрузка уменьшилась: {now} {now|покупка|покупки|покупок}, {before} при запуске наблюдения на {day} (на {fewer} % меньше).",
    ),
    of(
        "The export has shrunk: {now:n} customers, {before:n} at the run of the monitor as of {day:d} ({fewer:n} % fewer).",
        "Exportul s-a micșorat: {now} {now|client|clienți|de clienți}, {before} la rularea monitorului pentru {day} (cu {fewer} % mai puțini).",
        "Выгрузка уменьшилась: {now} {now|клиент|клиента|клиентов}, {before} при запуске наблюдения на {day} (на {fewer} % меньше).",
    ),
    of(
        "Amounts are {times:t} those of training: purchases of before {until:d} cost about {then:n} when the model was trained, and about {now:n} in this export.",
        "Sumele sunt de {times} cele de la antrenare: cumpărăturile dinainte de {until} costau circa {then} când a fost antrenat modelul și circa {now} în acest export.",
        "Суммы отличаются от обучения в {times}: покупки до {until} стоили около {then}, когда обучалась модель, и около {now} в этой выгрузке.",
    ),
    of(
        "Amounts have jumped: since about {since:d} a purchase costs {times:t} what it cost before (about {then:n} then, {now:n} now).",
        "Sumele au sărit: cam de la {since} o cumpărătură costă de {times} cât înainte (atunci circa {then}, acum {now}).",
        "Суммы скачком изменились: примерно с {since} покупка стоит в {times} от прежнего (тогда около {then}, теперь {now}).",
    ),
    of(
        "Channel \"{name}\" has no rows since {since:d}: about {n:n} purchases were to be expected by {end:d}.",
        "Canalul „{name}” nu are rânduri de la {since}: până la {end} se așteptau circa {n} {n|cumpărătură|cumpărături|de cumpărături}.",
        "В канале «{name}» нет строк с {since}: к {end} ожидалось около {n} {n|покупки|покупок|покупок}.",
    ),
    of(
        "{column} \"{text}\" is gone: nobody eligible has it as of {day:d}, about {n:n} were to be expected.",
        "{column} „{text}” a dispărut: la {day} nu o are niciun client eligibil, se așteptau circa {n}.",
        "{column} «{text}» исчезло: на {day} так нет ни у одного подходящего клиента, ожидалось около {n}.",
    ),
    of(
        "Of {rows:n} customers scored as of {day:d}, {churned:n} churned where {expected:n} were expected.",
        "Din {rows} {rows|client evaluat|clienți evaluați|de clienți evaluați} la {day} au plecat {churned}, se așteptau {expected}.",
        "Из {rows} {rows|клиента, оценённого|клиентов, оценённых|клиентов, оценённых} на {day}, ушли {churned}, ожидалось {expected}.",
    ),
    of(
        "{n:n} ratings in the {days:n} days before {end:d}; it takes {least:n}",
        "{n} {n|notă|note|de note} în cele {days} {days|zi|zile|de zile} înainte de {end}; este nevoie de {least}",
        "{n} {n|оценка|оценки|оценок} за {days} {days|день|дня|дней} до {end}; нужно {least}",
    ),
    of(
        "The past was changed: as of {day:d} {name} had the typical value {then:n} when the model was trained; the export now says {now:n} for that same day (PSI {psi:n}).",
        "Trecutul a fost schimbat: la {day} {name} avea valoarea tipică {then} când a fost antrenat modelul; pentru aceeași zi exportul spune acum {now} (PSI {psi}).",
        "Прошлое изменили: на {day} у {name} было типичное значение {then}, когда обучалась модель; теперь выгрузка говорит {now} на тот же день (PSI {psi}).",
    ),
    of(
        "Of {rows:n} customers scored as of {day:d}, {churned:n} churned where {expected:n} were expected; calibration slope {slope:n}.",
        "Din {rows} {rows|client evaluat|clienți evaluați|de clienți evaluați} la {day} au plecat {churned}, se așteptau {expected}; panta calibrării {slope}.",
        "Из {rows} {rows|клиента, оценённого|клиентов, оценённых|клиентов, оценённых} на {day}, ушли {churned}, ожидалось {expected}; наклон калибровки {slope}.",
    ),
    of(
        "The satisfaction index of the {days:n} days before {end:d} is {index:t}, from {n:n} ratings; the threshold is {threshold:n}.",
        "Indicele de satisfacție al celor {days} {days|zi|zile|de zile} înainte de {end} este {index}, din {n} {n|notă|note|de note}; pragul este {threshold}.",
        "Индекс удовлетворённости за {days} {days|день|дня|дней} до {end} равен {index} по {n} {n|оценке|оценкам|оценкам}; порог {threshold}.",
    ),
    of(
        "{column} \"{text}\" was not in training: {n:n} of {all:n} eligible customers ({share:n} %) have it as of {day:d}.",
        "{column} „{text}” nu exista la antrenare: {n} din {all} {all|client eligibil|clienți eligibili|de clienți eligibili} ({share} %) o au la {day}.",
        "{column} «{text}» при обучении не встречалось: на {day} так у {n} из {all} {all|подходящего клиента|подходящих клиентов|подходящих клиентов} ({share} %).",
    ),
    of(
        "The past was changed: as of {day:d} {name} had the typical value {then:n} when the model was trained; the export now says {now:n} for that same day (PSI {psi:n}), {times:t}.",
        "Trecutul a fost schimbat: la {day} {name} avea valoarea tipică {then} când a fost antrenat modelul; pentru aceeași zi exportul spune acum {now} (PSI {psi}), de {times}.",
        "Прошлое изменили: на {day} у {name} было типичное значение {then}, когда обучалась модель; теперь выгрузка говорит {now} на тот же день (PSI {psi}), в {times}.",
    ),
    of(
        "More customers churned than the model said: of {rows:n} scored as of {day:d}, {churned:n} churned by {end:d} where {expected:n} were expected, {ratio:t} times as many.",
        "Au plecat mai mulți clienți decât a spus modelul: din {rows} {rows|client evaluat|clienți evaluați|de clienți evaluați} la {day}, până la {end} au plecat {churned}, se așteptau {expected}, adică de {ratio} ori.",
        "Ушло больше клиентов, чем говорила модель: из {rows} {rows|оценённого|оценённых|оценённых} на {day} к {end} ушли {churned}, ожидалось {expected}, то есть в {ratio} раза.",
    ),
    of(
        "Fewer customers churned than the model said: of {rows:n} scored as of {day:d}, {churned:n} churned by {end:d} where {expected:n} were expected, {ratio:t} times as many.",
        "Au plecat mai puțini clienți decât a spus modelul: din {rows} {rows|client evaluat|clienți evaluați|de clienți evaluați} la {day}, până la {end} au plecat {churned}, se așteptau {expected}, adică de {ratio} ori.",
        "Ушло меньше клиентов, чем говорила модель: из {rows} {rows|оценённого|оценённых|оценённых} на {day} к {end} ушли {churned}, ожидалось {expected}, то есть в {ratio} раза.",
    ),
    of(
        "The satisfaction index of the {days:n} days before {end:d} is {index:t}, from {n:n} ratings, below {threshold:n}; it has been so since {since:d} or earlier.",
        "Indicele de satisfacție al celor {days} {days|zi|zile|de zile} înainte de {end} este {index}, din {n} {n|notă|note|de note}, sub {threshold}; este așa de la {since} sau mai devreme.",
        "Индекс удовлетворённости за {days} {days|день|дня|дней} до {end} равен {index} по {n} {n|оценке|оценкам|оценкам}, ниже {threshold}; так с {since} или раньше.",
    ),
    of(
        "Purchases have fallen to {share:n} % of what they were: {now:n} from {from:d} to {until:d}, {before:n} in the {days:n} days before; {low:n} % to {high:n} % is usual.",
        "Cumpărăturile au scăzut la {share} % din cât erau: {now} între {from} și {until}, {before} în cele {days} {days|zi|zile|de zile} dinainte; obișnuit este între {low} % și {high} %.",
        "Покупки упали до {share} % от прежнего: {now} с {from} по {until}, {before} за {days} {days|день|дня|дней} до того; обычно от {low} % до {high} %.",
    ),
    of(
        "{name} moved at once: its typical value was {then:n} on {from:d} and is {now:n} on {to:d} (PSI {psi:n}; in {days:n} days {usual:n} is usual).",
        "{name} s-a schimbat brusc: valoarea tipică era {then} la {from} și este {now} la {to} (PSI {psi}; în {days} {days|zi|zile|de zile} obișnuit este {usual}).",
        "{name}: резкое изменение, типичное значение было {then} на {from}, стало {now} на {to} (PSI {psi}; за {days} {days|день|дня|дней} обычно {usual}).",
    ),
    of(
        "{name} moved little by little: its typical value was {then:n} on {from:d} and is {now:n} on {to:d} (PSI {psi:n}; in {days:n} days {usual:n} is usual).",
        "{name} s-a schimbat încetul cu încetul: valoarea tipică era {then} la {from} și este {now} la {to} (PSI {psi}; în {days} {days|zi|zile|de zile} obișnuit este {usual}).",
        "{name}: постепенное изменение, типичное значение было {then} на {from}, стало {now} на {to} (PSI {psi}; за {days} {days|день|дня|дней} обычно {usual}).",
    ),
    of(
        "{name} moved at once: its typical value was {then:n} on {from:d} and is {now:n} on {to:d}, {times:t} (PSI {psi:n}; in {days:n} days {usual:n} is usual).",
        "{name} s-a schimbat brusc: valoarea tipică era {then} la {from} și este {now} la {to}, de {times} (PSI {psi}; în {days} {days|zi|zile|de zile} obișnuit este {usual}).",
        "{name}: резкое изменение, типичное значение было {then} на {from}, стало {now} на {to}, в {times} (PSI {psi}; за {days} {days|день|дня|дней} обычно {usual}).",
    ),
    of(
        "{name} moved little by little: its typical value was {then:n} on {from:d} and is {now:n} on {to:d}, {times:t} (PSI {psi:n}; in {days:n} days {usual:n} is usual).",
        "{name} s-a schimbat încetul cu încetul: valoarea tipică era {then} la {from} și este {now} la {to}, de {times} (PSI {psi}; în {days} {days|zi|zile|de zile} obișnuit este {usual}).",
        "{name}: постепенное изменение, типичное значение было {then} на {from}, стало {now} на {to}, в {times} (PSI {psi}; за {days} {days|день|дня|дней} обычно {usual}).",
    ),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::language::phrase::tell;
    use crate::language::phrases::BOOK;
    use crate::language::{Language, with};

    fn told(language: Language, text: &str) -> Option<String> {
        with(language, || tell(BOOK, language, text))
    }

    /// As `churn monitor` writes them.
    const SAID: [&str; 16] = [
        "The export is complete up to 2026-06-30, 1 day before 2026-07-01.",
        "The export is complete up to 2026-06-30, 12 days before 2026-07-12.",
        "Customers are missing: as of 2026-01-01 the export shows 812 eligible customers; training saw 1204 on that same day (32.6 % fewer).",
        "Purchases have fallen to 41.3 % of what they were: 812 from 2026-06-02 to 2026-06-30, 1967 in the 28 days before; 82.1 % to 121.9 % is usual.",
        "Amounts are about 100 times those of training: purchases of before 2026-01-01 cost about 24.1 when the model was trained, and about 2413 in this export.",
        "Amounts have jumped: since about 2026-05-04 a purchase costs about 1/100 what it cost before (about 24.1 then, 0.24 now).",
        "Channel \"web shop\" has no rows since 2026-05-04: about 312 purchases were to be expected by 2026-07-01.",
        "Home region \"Nord\" was not in training: 312 of 10021 eligible customers (3.1 %) have it as of 2026-07-01.",
        "recency_days (days since the last purchase) moved at once: its typical value was 24.1 on 2026-05-01 and is 61.2 on 2026-06-01 (PSI 0.41; in 30 days 0.02 is usual).",
        "The past was changed: as of 2026-01-01 monetary_mean had the typical value 24.1 when the model was trained; the export now says 2413 for that same day (PSI 9.41), about 100 times.",
        "More customers churned than the model said: of 1204 scored as of 2026-03-01, 412 churned by 2026-05-30 where 300 were expected, 1.37 (1.26 to 1.48) times as many.",
        "Of 1204 customers scored as of 2026-03-01, 301 churned where 300 were expected; calibration slope 1.02.",
        "The churn rate is 24.1 % (2026-03-01 to 2026-05-30), and has not risen three periods running.",
        "The churn rate has risen three periods running, from 21.3 % (2025-09-01 to 2025-11-30) to 27.9 % (2026-03-01 to 2026-05-30). Rises like this one have been seen before, so it is no alarm.",
        "not checked: it takes 8 stretches of 28 days to know what is usual",
        "The satisfaction index of the 90 days before 2026-07-01 is 4.01 (3.94 to 4.08), from 512 ratings; the threshold is 3.5.",
    ];

    #[test]
    fn what_the_monitor_says_is_told_in_other_languages() {
        for text in SAID {
            for language in [Language::Romanian, Language::Russian] {
                let said = told(language, text).unwrap_or_else(|| panic!("{language:?}: {text}"));
                assert!(!said.contains('{') && said != text, "{said}");
            }
        }
        assert_eq!(
            told(Language::Russian, SAID[1]).unwrap(),
            "Выгрузка полна до 30.06.2026, за 12 дней до 12.07.2026."
        );
        assert_eq!(
            told(Language::Romanian, SAID[7]).unwrap(),
            "Home region „Nord” nu exista la antrenare: 312 din 10.021 de clienți eligibili (3,1 %) o au la 01.07.2026."
        );
    }
}
