//! The model card, and the notes of training and test.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    // Labels of the card
    of("Model", "Model", "Модель"),
    of("Kind", "Tip", "Вид"),
    of("Who is scored", "Cine primește scor", "Кого оценивают"),
    of("What they are scored by", "După ce primesc scor", "По чему оценивают"),
    of("Calibration", "Calibrare", "Калибровка"),
    of("Meant for", "Destinat pentru", "Для чего"),
    of("Data", "Date", "Данные"),
    of("Settings", "Setări", "Настройки"),
    of("Note", "Notă", "Примечание"),
    of("{name}, version {version}", "{name}, versiunea {version}", "{name}, версия {version}"),
    of(
        "logistic regression with a ridge penalty of {lambda:n} per row, {features:n} features, fitted on {rows:n} rows",
        "regresie logistică cu penalizare ridge de {lambda} pe rând, {features} {features|variabilă|variabile|de variabile}, ajustată pe {rows} {rows|rând|rânduri|de rânduri}",
        "логистическая регрессия с гребневым штрафом {lambda} на строку, {features} {features|признак|признака|признаков}, обучена на {rows} {rows|строке|строках|строках}",
    ),
    of(
        "{said:t}: the probability of no purchase by a model of the purchases of {customers:n} customers before {day:d}",
        "{said}: probabilitatea lipsei unei cumpărături după un model al cumpărăturilor a {customers} {customers|client|clienți|de clienți} înainte de {day}",
        "{said}: вероятность отсутствия покупок по модели покупок {customers} {customers|клиента|клиентов|клиентов} до {day}",
    ),
    of(
        "a forecast, not trained: {found:t} (in the {slice:t} slice)",
        "o prognoză, fără antrenare: {found} (partea: {slice})",
        "прогноз без обучения: {found} (часть: {slice})",
    ),
    of(
        "{churners:n} churners were found, {needed:n} are needed",
        "{churners|s-a găsit|s-au găsit|s-au găsit} {churners} {churners|client pierdut|clienți pierduți|de clienți pierduți}, sunt necesari {needed}",
        "найдено ушедших: {churners}, нужно {needed}",
    ),
    of(
        "{stayers:n} customers who stayed were found, {needed:n} are needed",
        "clienți rămași găsiți: {stayers}, sunt necesari {needed}",
        "найдено оставшихся: {stayers}, нужно {needed}",
    ),
    of(
        "{churners:n} churners and {stayers:n} customers who stayed were found, {needed:n} of each are needed",
        "clienți pierduți găsiți: {churners}, rămași: {stayers}; sunt necesari câte {needed}",
        "найдено ушедших: {churners}, оставшихся: {stayers}; нужно по {needed}",
    ),
    of(
        "customers who bought in the {days:n} days before the as-of date and have not departed since they last bought",
        "clienții care au cumpărat în cele {days} {days|zi|zile|de zile} dinaintea datei de referință și nu au plecat de la ultima cumpărătură",
        "клиенты, купившие за {days} {days|день|дня|дней} до даты среза и не ушедшие после последней покупки",
    ),
    of(
        "customers who bought in the {days:n} days before the as-of date",
        "clienții care au cumpărat în cele {days} {days|zi|zile|de zile} dinaintea datei de referință",
        "клиенты, купившие за {days} {days|день|дня|дней} до даты среза",
    ),
    of(
        "what happened in the {days:n} days before the as-of date",
        "ce s-a întâmplat în cele {days} {days|zi|zile|de zile} dinaintea datei de referință",
        "по событиям за {days} {days|день|дня|дней} до даты среза",
    ),
    of(
        "what happened before the as-of date, as far as the export goes",
        "ce s-a întâmplat înaintea datei de referință, cât cuprinde exportul",
        "по событиям до даты среза, насколько их видно в выгрузке",
    ),
    of(
        "an isotonic curve, which was better than a line on customers it was not fitted on",
        "o curbă izotonică, mai bună decât o dreaptă pe clienți pe care nu a fost ajustată",
        "изотоническая кривая: на клиентах, по которым её не строили, она лучше прямой",
    ),
    of(
        "logit = {a:n} + {b:n} x model logit",
        "logit = {a} + {b} × logit-ul modelului",
        "логит = {a} + {b} × логит модели",
    ),
    of("none", "niciuna", "нет"),
    of(
        "ranking and counting customers who may stop buying; it does not say whether an offer would keep them",
        "ordonarea și numărarea clienților care ar putea înceta să cumpere; nu spune dacă o ofertă i-ar păstra",
        "чтобы упорядочить и сосчитать клиентов, которые могут перестать покупать; удержит ли их предложение, модель не говорит",
    ),
    of("fingerprint {hash}", "amprentă {hash}", "отпечаток {hash}"),
    // Slices
    of("train", "antrenare", "обучение"),
    of("training", "antrenare", "обучение"),
    of("selection", "selecție", "выбор"),
    of("calibration", "calibrare", "калибровка"),
    of("test", "test", "проверка"),
    // Rejects
    of("{what:t} ({file})", "{what} ({file})", "{what} ({file})"),
    of(
        "fewer or more fields than the header",
        "mai puține sau mai multe câmpuri decât antetul",
        "полей меньше или больше, чем в заголовке",
    ),
    of("bytes that are not UTF-8 text", "octeți care nu sunt text UTF-8", "байты, которые не являются текстом UTF-8"),
    of("no customer id", "fără identificator de client", "нет идентификатора клиента"),
    of(
        "an id that is neither text nor a whole number",
        "un identificator care nu este nici text, nici număr întreg",
        "идентификатор — не текст и не целое число",
    ),
    of("not a date or timestamp", "nu este o dată sau un moment", "не дата и не время"),
    of(
        "a date before 1950 or after 2099",
        "o dată înainte de 1950 sau după 2099",
        "дата раньше 1950 или позже 2099 года",
    ),
    of("not an amount of money", "nu este o sumă de bani", "не денежная сумма"),
    of("an amount beyond any purchase", "o sumă peste orice cumpărătură", "сумма больше любой покупки"),
    of("a second row of a customer", "un al doilea rând al unui client", "вторая строка клиента"),
    of("see the list of codes", "vedeți lista codurilor", "см. список кодов"),
    // Notes
    of(
        "This is {said:t}. The churn probability is the forecast itself ({what}): it knows the days of purchases of {customers:n} customers, of whom {back:n} bought on more than one day, before {day:d}, and nothing else. Its probabilities have no intervals: nothing was fitted to churners that could tell how far off they are.",
        "Aceasta este {said}. Probabilitatea de pierdere este chiar prognoza ({what}): ea cunoaște zilele cumpărăturilor a {customers} clienți, dintre care {back} au cumpărat în mai multe zile, înainte de {day}, și nimic altceva. Probabilitățile nu au intervale: nimic nu a fost ajustat pe clienți pierduți care să arate cât de mult greșesc.",
        "Это {said}. Вероятность оттока — сам прогноз ({what}): он знает дни покупок {customers} клиентов, из которых {back} покупали больше чем в один день, до {day}, и больше ничего. У вероятностей нет интервалов: ничто не оценивалось на ушедших, что показало бы их погрешность.",
    ),
    of("This is {said:t}.", "Aceasta este {said}.", "Это {said}."),
    of(
        "History is too short to choose the penalty on an as-of date of its own: it was chosen by leaving out customers instead.",
        "Istoricul este prea scurt pentru a alege penalizarea la o dată de referință proprie: ea a fost aleasă lăsând deoparte clienți.",
        "История слишком коротка, чтобы выбрать штраф на отдельную дату среза: он выбран исключением клиентов.",
    ),
    of(
        "At the test as-of date there were only {days:n} days of history, fewer than active_within ({active:n} days): every customer so far was eligible.",
        "La data testului existau doar {days} {days|zi|zile|de zile} de istoric, mai puțin decât active_within ({active} {active|zi|zile|de zile}): toți clienții de până atunci erau eligibili.",
        "На дату проверки было всего {days} {days|день|дня|дней} истории, меньше active_within ({active} {active|день|дня|дней}): активными были все клиенты.",
    ),
    of(
        "No training date has active_within ({active:n} days) of history before it: dates from {day:d} on were used, with at least {days:n} days. Customers there have less past than those who are scored.",
        "Nicio dată de antrenare nu are înaintea ei active_within ({active} {active|zi|zile|de zile}) de istoric: s-au folosit datele începând cu {day}, cu cel puțin {days} {days|zi|zile|de zile}. Clienții de atunci au un trecut mai scurt decât cei care primesc scor.",
        "Ни у одной даты обучения нет active_within ({active} {active|день|дня|дней}) истории до неё: взяты даты начиная с {day}, не менее чем с {days} {days|днём|днями|днями}. У клиентов там прошлое короче, чем у оцениваемых.",
    ),
    of(
        "{short:n} of the {all:n} training dates have less history before them than the look-back of {days:n} days, the oldest {oldest:n} days: {full:n} dates with all of it would have been used alone.",
        "{short} din cele {all} date de antrenare au înaintea lor mai puțin istoric decât cele {days} {days|zi|zile|de zile} privite înapoi, cea mai veche {oldest} {oldest|zi|zile|de zile}: {full} {full|dată|date|de date} cu tot istoricul ar fi fost folosite singure.",
        "У {short} из {all} дат обучения истории меньше, чем глубина просмотра ({days} {days|день|дня|дней}), у самой старой — {oldest} {oldest|день|дня|дней}: будь {full} {full|дата|даты|дат} с полной историей, взяли бы только их.",
    ),
    of(
        "{n:n} of the training dates used look back less far than the others ({a:n} to {b:n} days). Left-censored, that is first seen within 30 days of the first visible day: {c:n} % of the training rows, {d:n} % of the test rows; their tenure and totals are too small.",
        "{n} dintre datele de antrenare folosite văd mai puțin în urmă decât celelalte ({a}–{b} {b|zi|zile|de zile}). Cenzurați la stânga, adică văzuți prima dată în primele 30 de zile vizibile: {c} % din rândurile de antrenare, {d} % din cele de test; vechimea și totalurile lor sunt prea mici.",
        "{n} из взятых дат обучения видят меньше прошлого, чем остальные ({a}–{b} {b|день|дня|дней}). Цензурированы слева, то есть впервые замечены в первые 30 видимых дней: {c} % строк обучения, {d} % строк проверки; их стаж и суммы занижены.",
    ),
    of(
        "Fitted on a random {p:n} % of the customers ({rows:n} rows), since all of them are more rows than max_rows.",
        "Ajustat pe {p} % dintre clienți, aleși la întâmplare ({rows} {rows|rând|rânduri|de rânduri}), fiindcă toți ar însemna mai multe rânduri decât max_rows.",
        "Обучено на случайных {p} % клиентов ({rows} {rows|строка|строки|строк}), потому что для всех строк больше, чем max_rows.",
    ),
    of(
        "All customers of the tables at {from:t}, of whom {eligible:n} were eligible as of {as_of:d}.",
        "Toți clienții din tabelele de la {from}, dintre care {eligible} eligibili la {as_of}.",
        "Все клиенты таблиц по адресу {from}, из них активны на {as_of}: {eligible}.",
    ),
    of(
        "A random {p:n} % of the customers of the tables at {from:t}, of whom {eligible:n} were eligible as of {as_of:d}: drawn by their ids (seed {seed:n}), each with the same chance, so every row weighs the same.",
        "{p} % dintre clienții din tabelele de la {from}, dintre care {eligible} eligibili la {as_of}: aleși după identificatori (sămânța {seed}), fiecare cu aceeași șansă, deci toate rândurile cântăresc la fel.",
        "{p} % клиентов таблиц по адресу {from}, из которых активны на {as_of}: {eligible}; отобраны по идентификаторам (начальное число {seed}) с равными шансами, поэтому все строки весят одинаково.",
    ),
    of(
        "Tested on a random {p:n} % of the eligible customers.",
        "Testat pe {p} % dintre clienții eligibili, aleși la întâmplare.",
        "Проверено на случайных {p} % активных клиентов.",
    ),
    of(
        "The as-of date meant for the choice of the penalty has too few churners or too few customers who stayed: the penalty was chosen by leaving out customers instead.",
        "Data de referință destinată alegerii penalizării are prea puțini clienți pierduți sau prea puțini rămași: penalizarea a fost aleasă lăsând deoparte clienți.",
        "На дату среза, отведённую для выбора штрафа, слишком мало ушедших или оставшихся: штраф выбран исключением клиентов.",
    ),
    of(
        "The calibration line of {day:d} alone would be {a:n} + {b:n} x logit. Past dates deviated in ways that did not all come again one label window later, so not all of it was taken.",
        "Dreapta de calibrare doar pentru {day} ar fi {a} + {b} × logit. Datele trecute s-au abătut în feluri care nu s-au repetat toate cu o fereastră mai târziu, așa că nu a fost preluată în întregime.",
        "Прямая калибровки по одной дате {day} была бы {a} + {b} × логит. Отклонения прошлых дат не все повторялись через одно окно, поэтому взята не вся поправка.",
    ),
    of(
        "No return probability for lapsed customers: {why:t}.",
        "Clienții inactivi nu au probabilitate de revenire: {why}.",
        "Для неактивных клиентов нет вероятности возврата: {why}.",
    ),
    of(
        "No return probability for lapsed customers: {why}.",
        "Clienții inactivi nu au probabilitate de revenire: {why}.",
        "Для неактивных клиентов нет вероятности возврата: {why}.",
    ),
    of("No comparison with BG/NBD: {why:t}.", "Fără comparație cu BG/NBD: {why}.", "Нет сравнения с BG/NBD: {why}."),
    of("No comparison with BG/NBD: {why}.", "Fără comparație cu BG/NBD: {why}.", "Нет сравнения с BG/NBD: {why}."),
    of(
        "it predicts purchases, and churn is a departure here",
        "prezice cumpărături, iar aici pierderea este o plecare",
        "она предсказывает покупки, а отток здесь — уход",
    ),
    of(
        "No comparison with the churn rate: the calibration slice does not have both churners and customers who stayed.",
        "Fără comparație cu rata de pierdere: partea de calibrare nu are și clienți pierduți, și clienți rămași.",
        "Нет сравнения с долей оттока: в части калибровки нет одновременно ушедших и оставшихся.",
    ),
    of(
        "No comparison with recency alone: there are too few churners, or too few customers who stayed, to fit it.",
        "Fără comparație cu recența singură: sunt prea puțini clienți pierduți sau prea puțini rămași pentru a o ajusta.",
        "Нет сравнения с одной лишь давностью: для неё слишком мало ушедших или оставшихся.",
    ),
    of(
        "BG/NBD, as baseline and as return model, counts the horizon from the as-of date on: it knows no lead time. The return model's calibration makes up for it.",
        "BG/NBD, ca reper și ca model de revenire, numără orizontul de la data de referință: nu cunoaște un decalaj. Calibrarea modelului de revenire îl compensează.",
        "BG/NBD — и как правило, и как модель возврата — отсчитывает горизонт от даты среза: отсрочки он не знает. Калибровка модели возврата это возмещает.",
    ),
    of(
        "Left out because they neither churned nor stayed (a departure that does not count as churn): {a:n} rows of the training dates, {b:n} customers of the test.",
        "Lăsați deoparte fiindcă nici nu au fost pierduți, nici nu au rămas (o plecare care nu contează ca pierdere): {a} rânduri ale datelor de antrenare, {b} clienți ai testului.",
        "Не учтены, потому что и не ушли, и не остались (уход, который не считается оттоком): {a} строк дат обучения, {b} клиентов проверки.",
    ),
    of(
        "Left out because they were made an offer within the label window: {n:n} customers, counted at each date. The model says what happens if nobody does anything.",
        "Lăsați deoparte fiindcă au primit o ofertă în fereastra de rezultat: {n} {n|client|clienți|de clienți}, numărați la fiecare dată. Modelul spune ce se întâmplă dacă nimeni nu face nimic.",
        "Не учтены, потому что получили предложение внутри окна исхода: {n} {n|клиент|клиента|клиентов}, по каждой дате. Модель говорит, что будет, если никто ничего не сделает.",
    ),
    of(
        "The {controls:n} whom the same lots left without one count for them, more than once each where they were few.",
        "Cei {controls} pe care aceleași trageri la sorți i-au lăsat fără ofertă contează în locul lor, de mai multe ori fiecare acolo unde au fost puțini.",
        "Вместо них учтены те {controls}, кого тот же жребий оставил без предложения, — каждый больше одного раза там, где их мало.",
    ),
    of(
        "The {controls:n} whom the same lots left without one count for them; for {none:n} whose lots left nobody, nobody does.",
        "Cei {controls} pe care aceleași trageri la sorți i-au lăsat fără ofertă contează în locul lor; pentru {none}, ale căror trageri nu au lăsat pe nimeni, nu contează nimeni.",
        "Вместо них учтены те {controls}, кого тот же жребий оставил без предложения; за {none}, чей жребий не оставил никого, не учтён никто.",
    ),
    of(
        "Their lots left nobody without an offer, so nobody stands for them: the model knows less of customers like them, and may take them for safer than they are. A hold-out would tell (docs/decisions.md).",
        "Tragerile lor la sorți nu au lăsat pe nimeni fără ofertă, deci nimeni nu le ține locul: modelul știe mai puțin despre astfel de clienți și îi poate considera mai siguri decât sunt. Un grup de control ar lămuri (docs/decisions.md).",
        "Их жребий никого не оставил без предложения, поэтому их никто не представляет: о таких клиентах модель знает меньше и может считать их надёжнее, чем они есть. Показала бы контрольная группа (docs/decisions.md).",
    ),
    of(
        "Left out because it follows from others: {name} (from {others}).",
        "Lăsată deoparte fiindcă rezultă din altele: {name} (din {others}).",
        "Исключён, потому что следует из других: {name} (из {others}).",
    ),
    of(
        "Left out because they do not differ between training customers: {names}.",
        "Lăsate deoparte fiindcă nu diferă între clienții de antrenare: {names}.",
        "Исключены, потому что одинаковы у всех клиентов обучения: {names}.",
    ),
    of(
        "Left out because nothing that they could be made of was known before {day:d}: {names}.",
        "Lăsate deoparte fiindcă înainte de {day} nu se știa nimic din care să fie calculate: {names}.",
        "Исключены, потому что до {day} не было известно ничего, из чего их можно получить: {names}.",
    ),
    of(
        "One customer made {p:n} % of the {all:n} purchases of {customers:n} customers: forecasts and sums are partly theirs alone; check whether the id stands for many (guests, a till), and take its rows out of the export if so.",
        "Un singur client a făcut {p} % din cele {all} cumpărături ale celor {customers} clienți: prognozele și sumele sunt în parte doar ale lui; verificați dacă identificatorul acoperă mai mulți (vizitatori, o casă de marcat) și, în acest caz, scoateți rândurile lui din export.",
        "Один клиент сделал {p} % из {all} покупок {customers} клиентов: прогнозы и суммы отчасти только его; проверьте, не стоит ли за идентификатором много людей (гости, касса), и если да, уберите его строки из выгрузки.",
    ),
    of(
        "One customer made {p:n} % of the {all:n} purchases of {customers:n} customers: forecasts and sums are partly theirs              alone; check whether the id stands for many (guests, a till), and take its rows out of the export if so.",
        "Un singur client a făcut {p} % din cele {all} cumpărături ale celor {customers} clienți: prognozele și sumele sunt în parte doar ale lui; verificați dacă identificatorul acoperă mai mulți (vizitatori, o casă de marcat) și, în acest caz, scoateți rândurile lui din export.",
        "Один клиент сделал {p} % из {all} покупок {customers} клиентов: прогнозы и суммы отчасти только его; проверьте, не стоит ли за идентификатором много людей (гости, касса), и если да, уберите его строки из выгрузки.",
    ),
    of(
        "Few data: {events:n} rows of the rarer kind for {features:n} features, fewer than {least:n} each. The coefficients are uncertain, and so is the calibration.",
        "Date puține: {events} rânduri de felul mai rar pentru {features} variabile, sub {least} pentru fiecare. Coeficienții sunt nesiguri, la fel și calibrarea.",
        "Данных мало: {events} строк более редкого вида на {features} признаков, меньше {least} на каждый. Коэффициенты неточны, калибровка тоже.",
    ),
    of(
        "{a} follows from {b}: their coefficients share one effect, and none of them means anything alone. Probabilities are not touched.",
        "{a} rezultă din {b}: coeficienții lor împart un singur efect și niciunul nu înseamnă ceva singur. Probabilitățile nu sunt afectate.",
        "{a} следует из {b}: их коэффициенты делят один эффект, и по отдельности ни один ничего не значит. Вероятностей это не касается.",
    ),
    of(
        "{a} is the same for all training rows.",
        "{a} este la fel pentru toate rândurile de antrenare.",
        "{a} — одно и то же для всех строк обучения.",
    ),
    of(
        "{column}: fewer than two levels have the {n:n} customers, and half a per cent of all, that a model needs to learn from; the model does without.",
        "{column}: mai puțin de două niveluri au cei {n} clienți și jumătatea de procent din total de care modelul are nevoie pentru a învăța; modelul se descurcă fără ea.",
        "{column}: менее чем у двух уровней есть {n} клиентов и полпроцента от всех, нужные модели для обучения; модель обходится без столбца.",
    ),
    of(
        "{name}: {p:n} % of its {n:n} customers in the calibration slice churned, and {q:n} % of the others. The column has no dates: it may have been filled in when they left, or came back, and then the test looks better than the model will be.",
        "{name}: {p} % din cei {n} clienți ai ei din partea de calibrare au fost pierduți și {q} % din ceilalți. Coloana nu are date calendaristice: se poate să fi fost completată când au plecat sau au revenit, iar atunci testul arată mai bine decât va fi modelul.",
        "{name}: в части калибровки ушли {p} % из {n} таких клиентов и {q} % остальных. В столбце нет дат: его могли заполнить, когда клиенты уходили или возвращались, и тогда проверка выглядит лучше, чем будет модель.",
    ),
    of(
        "No model of the horizon of {days:n} days: {why}.",
        "Nu există un model pentru orizontul de {days} {days|zi|zile|de zile}: {why}.",
        "Нет модели для горизонта {days} {days|день|дня|дней}: {why}.",
    ),
    of(
        "No other horizons: a forecast that was not trained speaks of its own alone.",
        "Fără alte orizonturi: o prognoză fără antrenare vorbește doar despre al ei.",
        "Других горизонтов нет: прогноз без обучения говорит только о своём.",
    ),
    of(
        "Expected value is what a customer brought per horizon so far: {n:n} rows of customers who stayed are too few to learn from what they brought next.",
        "Valoarea așteptată este ce a adus un client pe orizont până acum: {n} rânduri ale clienților rămași sunt prea puține pentru a învăța ce au adus mai departe.",
        "Ожидаемая ценность — то, что клиент приносил за горизонт до сих пор: {n} строк оставшихся клиентов мало, чтобы узнать, что они принесли дальше.",
    ),
    of("A gate says no: {why}.", "Un control spune nu: {why}.", "Контроль говорит «нет»: {why}."),
];
