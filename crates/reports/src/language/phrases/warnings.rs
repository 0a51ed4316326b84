//! What was warned of while the exports were read and the customers scored.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    of(
        "{file}: {a:n} of {b:n} rows rejected: {codes}",
        "{file}: {a} din {b} rânduri respinse: {codes}",
        "{file}: отклонено {a} из {b} строк: {codes}",
    ),
    of(
        "{file}: {a:n} of {b:n} rows have no customer and are left out ({how})",
        "{file}: {a} din {b} rânduri nu au client și sunt lăsate deoparte ({how})",
        "{file}: у {a} из {b} строк нет клиента, они не учтены ({how})",
    ),
    of(
        "no purchase in the {n:n} days before complete_through ({a:d}), the last one is on {b:d}; if the export is older than complete_through says, every customer looks lost",
        "nicio cumpărătură în cele {n} {n|zi|zile|de zile} dinainte de complete_through ({a}), ultima este din {b}; dacă exportul este mai vechi decât spune complete_through, toți clienții par pierduți",
        "за {n} {n|день|дня|дней} до complete_through ({a}) нет покупок, последняя — {b}; если выгрузка старше, чем говорит complete_through, все клиенты выглядят потерянными",
    ),
    of(
        "{p:n} % of the transactions repeat another one in everything that is read; all are counted (was a file appended to itself?)",
        "{p} % dintre tranzacții repetă alta în tot ce se citește; toate sunt numărate (a fost un fișier lipit de el însuși?)",
        "{p} % транзакций полностью повторяют другую; учтены все (не приписан ли файл к самому себе?)",
    ),
    of(
        "{p:n} % of the transactions have a negative amount and count as returns (is the sign of the amounts turned?)",
        "{p} % dintre tranzacții au sumă negativă și sunt socotite retururi (este semnul sumelor inversat?)",
        "у {p} % транзакций отрицательная сумма, они считаются возвратами (не перевёрнут ли знак сумм?)",
    ),
    of(
        "recorded_at: it takes {n:n} days until 99 % of the purchases are recorded; label windows end by {a:d} therefore, and customers who are scored as of {b:d} may have bought without its being recorded yet",
        "recorded_at: durează {n} {n|zi|zile|de zile} până când 99 % dintre cumpărături sunt înregistrate; de aceea ferestrele se încheie la {a}, iar clienții cu scor la {b} se poate să fi cumpărat fără ca acest lucru să fie deja înregistrat",
        "recorded_at: 99 % покупок записываются за {n} {n|день|дня|дней}; поэтому окна исхода заканчиваются {a}, а клиенты, оценённые на {b}, могли купить, но запись ещё не появилась",
    ),
    of(
        "no departure in the {n:n} days before complete_through ({a:d}), the last one is on {b:d}; if the table is older than the purchases, customers look as if they had stayed",
        "nicio plecare în cele {n} {n|zi|zile|de zile} dinainte de complete_through ({a}), ultima este din {b}; dacă tabelul este mai vechi decât cumpărăturile, clienții par să fi rămas",
        "за {n} {n|день|дня|дней} до complete_through ({a}) нет уходов, последний — {b}; если таблица старше покупок, клиенты выглядят оставшимися",
    ),
    of(
        "only {a:n} of the {b:n} customers who bought are in the customers table (are the ids written alike in both tables?)",
        "doar {a} din cei {b} clienți care au cumpărat sunt în tabelul clienților (sunt identificatorii scriși la fel în ambele tabele?)",
        "только {a} из {b} покупавших клиентов есть в таблице клиентов (одинаково ли записаны идентификаторы в обеих таблицах?)",
    ),
    of(
        "only {a:n} of the {b:n} customers in the {table} table ever bought (are the ids written alike in both tables?)",
        "doar {a} din cei {b} clienți din tabelul {table} au cumpărat vreodată (sunt identificatorii scriși la fel în ambele tabele?)",
        "только {a} из {b} клиентов таблицы {table} когда-либо покупали (одинаково ли записаны идентификаторы в обеих таблицах?)",
    ),
    of(
        "no event of the type {kind} in the {n:n} days before complete_through ({a:d}), the last one is on {b:d}; if they are no longer recorded, customers look as if they had lost interest",
        "niciun eveniment de tipul {kind} în cele {n} {n|zi|zile|de zile} dinainte de complete_through ({a}), ultimul este din {b}; dacă nu mai sunt înregistrate, clienții par să-și fi pierdut interesul",
        "за {n} {n|день|дня|дней} до complete_through ({a}) нет событий типа {kind}, последнее — {b}; если их больше не записывают, клиенты выглядят потерявшими интерес",
    ),
    of(
        "no event in the {n:n} days before complete_through ({a:d}), the last one is on {b:d}; if they are no longer recorded, customers look as if they had lost interest",
        "niciun eveniment în cele {n} {n|zi|zile|de zile} dinainte de complete_through ({a}), ultimul este din {b}; dacă nu mai sunt înregistrate, clienții par să-și fi pierdut interesul",
        "за {n} {n|день|дня|дней} до complete_through ({a}) нет событий, последнее — {b}; если их больше не записывают, клиенты выглядят потерявшими интерес",
    ),
    of(
        "model {model} has learnt from what happened up to {a:d}, after the as-of date {b:d}: these scores show what the model makes of the past, not how good it is",
        "modelul {model} a învățat din ce s-a întâmplat până la {a}, după data de referință {b}: aceste scoruri arată ce înțelege modelul din trecut, nu cât este de bun",
        "модель {model} училась на том, что происходило до {a}, после даты среза {b}: эти оценки показывают, что модель видит в прошлом, а не насколько она хороша",
    ),
    of(
        "this export reaches back {a:n} days from {day:d}, the one model {model} learnt from {b:n} days{within}: totals such as the number of purchases are smaller for that alone; export the whole history, or train on exports of this length",
        "acest export acoperă {a} zile înainte de {day}, cel din care a învățat modelul {model} {b} zile{within}: totaluri precum numărul cumpărăturilor sunt mai mici fie și numai de aceea; exportați tot istoricul sau antrenați pe exporturi de această lungime",
        "эта выгрузка охватывает {a} дней до {day}, а та, на которой училась модель {model}, — {b} дней{within}: итоги вроде числа покупок меньше уже поэтому; выгрузите всю историю или обучайте на выгрузках такой длины",
    ),
    of(
        "this export reaches back {a:n} days from {day:d}, the one model {model} learnt from {b:n} days: totals such as the number of purchases are smaller for that alone; export the whole history, or train on exports of this length",
        "acest export acoperă {a} zile înainte de {day}, cel din care a învățat modelul {model} {b} zile: totaluri precum numărul cumpărăturilor sunt mai mici fie și numai de aceea; exportați tot istoricul sau antrenați pe exporturi de această lungime",
        "эта выгрузка охватывает {a} дней до {day}, а та, на которой училась модель {model}, — {b} дней: итоги вроде числа покупок меньше уже поэтому; выгрузите всю историю или обучайте на выгрузках такой длины",
    ),
    of(
        "model {model} was tested {n:n} days before {day:d}, more than {windows:n} label windows ago: train again",
        "modelul {model} a fost testat cu {n} {n|zi|zile|de zile} înainte de {day}, acum mai mult de {windows} ferestre de rezultat: antrenați din nou",
        "модель {model} проверена за {n} {n|день|дня|дней} до {day}, больше {windows} окон исхода назад: обучите заново",
    ),
    of(
        "{a:n} of {b:n} features have moved since training (population stability index above 0.25): {names}; if that is how customers are now, train again, and if not, something is wrong with the export [feature_drift]",
        "{a} din {b} variabile s-au deplasat de la antrenare (indicele de stabilitate a populației peste 0,25): {names}; dacă așa sunt clienții acum, antrenați din nou, iar dacă nu, ceva nu este în regulă cu exportul [feature_drift]",
        "{a} из {b} признаков сместились с момента обучения (индекс стабильности выше 0,25): {names}; если клиенты теперь такие, обучите заново, если нет — что-то не так с выгрузкой [feature_drift]",
    ),
    of(
        "model {model} was trained on amounts in \"{a}\", the project says \"{b}\": its expected values are in \"{a2}\"",
        "modelul {model} a fost antrenat pe sume în „{a}”, proiectul spune „{b}”: valorile lui așteptate sunt în „{a2}”",
        "модель {model} обучена на суммах в «{a}», в проекте указано «{b}»: её ожидаемые ценности — в «{a2}»",
    ),
    of(
        "model {model} was trained with other settings than the project file has now; it scores with its own churn definition and eligibility rule (train again to use the new settings)",
        "modelul {model} a fost antrenat cu alte setări decât are acum fișierul proiectului; dă scoruri după propria definiție a pierderii și propria regulă de eligibilitate (antrenați din nou pentru noile setări)",
        "модель {model} обучена с другими настройками, чем сейчас в файле проекта; она оценивает по своему определению оттока и своему правилу отбора (обучите заново, чтобы применить новые настройки)",
    ),
    of(
        "the label windows of the tests overlap, since the dates are {a:n}d apart and the horizon is {b:n}d: neighbouring dates share part of their outcomes",
        "ferestrele testelor se suprapun, fiindcă distanța dintre date este de {a} {a|zi|zile|de zile}, iar orizontul de {b} {b|zi|zile|de zile}: datele vecine au o parte din rezultate în comun",
        "окна исхода проверок перекрываются, потому что шаг между датами — {a} {a|день|дня|дней}, а горизонт — {b} {b|день|дня|дней}: у соседних дат часть исходов общая",
    ),
    of(
        "{a:n} of the {b:n} dates have no model and are in no number (the answer says why)",
        "{a} din cele {b} date nu au model și nu intră în nicio cifră (răspunsul spune de ce)",
        "у {a} из {b} дат нет модели, и ни в одно число они не входят (почему — сказано в ответе)",
    ),
    // What training found odd stands behind its code.
    of("{code}: {text:t}", "{text} [{code}]", "{text} [{code}]"),
];
