//! What the monitor advises to do, and why it could not check something: parts of its sentences.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    of(
        "the project maps no column channel in [transactions]",
        "proiectul nu indică o coloană channel în [transactions]",
        "в проекте не указан столбец channel в [transactions]",
    ),
    of("the project has no [events]", "proiectul nu are [events]", "в проекте нет [events]"),
    of(
        "the customers table of the training export had no text columns",
        "tabelul clienților din exportul de antrenare nu avea coloane de text",
        "в таблице клиентов выгрузки для обучения не было текстовых столбцов",
    ),
    of("no labels", "nu există etichete", "меток нет"),
    of(
        "the lift of the test, or of today, has no interval",
        "lift-ul testului sau cel de azi nu are interval",
        "у лифта проверки или сегодняшнего нет интервала",
    ),
    of(
        "there are no events of type csat or review with a rating from 1 to 5 as value",
        "nu există evenimente de tipul csat sau review cu o notă de la 1 la 5 ca valoare",
        "нет событий типа csat или review с оценкой от 1 до 5 в качестве значения",
    ),
    of("all ratings are alike", "toate notele sunt la fel", "все оценки одинаковы"),
    of(
        "neither the model nor an earlier run of the monitor says how much there was",
        "nici modelul, nici o rulare mai veche a monitorului nu spun cât era",
        "ни модель, ни прежний запуск наблюдения не говорят, сколько было",
    ),
    of(
        "ask whoever delivers the export; until then scores are those of the last delivery",
        "întrebați pe cine livrează exportul; până atunci scorurile sunt cele ale ultimei livrări",
        "спросите того, кто поставляет выгрузку; до тех пор оценки — по последней поставке",
    ),
    of(
        "see whether a file, a branch or a period is missing from the delivery, and score again when it is there",
        "vedeți dacă din livrare lipsește un fișier, o filială sau o perioadă și calculați din nou scorurile când este acolo",
        "проверьте, нет ли в поставке пропавшего файла, филиала или периода, и пересчитайте оценки, когда всё будет на месте",
    ),
    of(
        "see whether the delivery is complete; if customers really buy less, plan for it",
        "vedeți dacă livrarea este completă; dacă clienții chiar cumpără mai puțin, țineți cont de asta",
        "проверьте, полна ли поставка; если клиенты и правда покупают меньше, учтите это в планах",
    ),
    of(
        "ask whether the unit, the currency or the tax of the amounts was changed; do not use scores until it is settled",
        "întrebați dacă s-a schimbat unitatea, moneda sau taxa sumelor; nu folosiți scorurile până nu se lămurește",
        "узнайте, не сменились ли единица, валюта или налог в суммах; до выяснения оценками не пользуйтесь",
    ),
    of(
        "ask whether the channel was closed, or its rows are missing from the export",
        "întrebați dacă s-a închis canalul sau rândurile lui lipsesc din export",
        "узнайте, закрыт ли канал или его строки пропали из выгрузки",
    ),
    of(
        "ask whether these events are still recorded; without them customers look as if they had lost interest",
        "întrebați dacă aceste evenimente se mai înregistrează; fără ele clienții par să-și fi pierdut interesul",
        "узнайте, записываются ли ещё эти события; без них клиенты выглядят потерявшими интерес",
    ),
    of(
        "train again once these customers have a label window behind them; until then read their scores with care",
        "antrenați din nou când acești clienți au în urmă o fereastră de etichetare; până atunci citiți cu grijă scorurile lor",
        "обучите заново, когда у этих клиентов пройдёт окно меток; до тех пор читайте их оценки с осторожностью",
    ),
    of(
        "find out what was changed in the export since training; if the change is right, train again",
        "aflați ce s-a schimbat în export de la antrenare; dacă schimbarea este corectă, antrenați din nou",
        "выясните, что изменилось в выгрузке с обучения; если изменение верно, обучите заново",
    ),
    of(
        "look for a change in the source systems at that time; if the business has changed, train again",
        "căutați o schimbare în sistemele sursă din acea perioadă; dacă s-a schimbat afacerea, antrenați din nou",
        "ищите изменение в исходных системах в то время; если изменился сам бизнес, обучите заново",
    ),
    of(
        "look at the features named, and train again if the business has changed",
        "priviți caracteristicile numite și antrenați din nou dacă s-a schimbat afacerea",
        "посмотрите на названные признаки и обучите заново, если бизнес изменился",
    ),
    of(
        "train again: the probabilities are no longer what happens",
        "antrenați din nou: probabilitățile nu mai sunt ceea ce se întâmplă",
        "обучите заново: вероятности больше не соответствуют тому, что происходит",
    ),
    of(
        "train again, and compare with churn models compare",
        "antrenați din nou și comparați cu churn models compare",
        "обучите заново и сравните через churn models compare",
    ),
    of(
        "see in the report which segments lose customers, and why",
        "vedeți în raport ce segmente pierd clienți și de ce",
        "посмотрите в отчёте, какие сегменты теряют клиентов и почему",
    ),
    of(
        "read the latest complaints and ratings",
        "citiți ultimele reclamații și note",
        "прочитайте последние жалобы и оценки",
    ),
    of("about {n:n} times", "circa {n} ori", "около {n} раз"),
    of("about 1/{n:n}", "circa 1/{n} ori", "около 1/{n} раза"),
    of(
        "the export does not reach back far enough to tell who was a customer on {day:d}, the date of the training data",
        "exportul nu merge destul de mult înapoi pentru a ști cine era client la {day}, data datelor de antrenare",
        "выгрузка не уходит достаточно далеко назад, чтобы сказать, кто был клиентом на {day}, дату данных обучения",
    ),
    of(
        "no labels have matured since the model was tested; the first do on {day:d}",
        "de la testarea modelului nu s-a maturizat nicio etichetă; primele o fac la {day}",
        "с проверки модели ни одна метка не созрела; первые созреют {day}",
    ),
    of(
        "it takes three label windows; the export has {n:n}",
        "este nevoie de trei ferestre de etichetare; exportul are {n}",
        "нужно три окна меток; в выгрузке {n}",
    ),
    of("not checked: {why:t}", "neverificat: {why}", "не проверено: {why}"),
    of(
        "it takes {n:n} stretches of {days:n} days to know what is usual",
        "este nevoie de {n} {n|interval|intervale|de intervale} de câte {days} {days|zi|zile|de zile} pentru a ști ce este obișnuit",
        "нужно {n} {n|отрезок|отрезка|отрезков} по {days} {days|день|дня|дней}, чтобы знать, что обычно",
    ),
    of(
        "it takes {n:n} stretches of {days:n} days before {day:d} to know what is usual, each with a whole look-back before it",
        "este nevoie de {n} {n|interval|intervale|de intervale} de câte {days} {days|zi|zile|de zile} înainte de {day} pentru a ști ce este obișnuit, fiecare cu toată perioada privită înapoi înaintea lui",
        "нужно {n} {n|отрезок|отрезка|отрезков} по {days} {days|день|дня|дней} до {day}, чтобы знать, что обычно, и перед каждым — вся глубина истории",
    ),
    of(
        "the churn rate has risen three periods running, from {r1:n} % ({f1:d} to {u1:d}) to {r2:n} % ({f2:d} to {u2:d}); whether that is more than usual cannot be told with {n:n} periods",
        "rata de plecare a crescut trei perioade la rând, de la {r1} % (de la {f1} la {u1}) la {r2} % (de la {f2} la {u2}); dacă este mai mult decât de obicei nu se poate spune din {n} {n|perioadă|perioade|de perioade}",
        "доля ушедших росла три периода подряд: с {r1} % (с {f1} по {u1}) до {r2} % (с {f2} по {u2}); больше ли это обычного, по {n} {n|периоду|периодам|периодам} сказать нельзя",
    ),
    of(
        "it takes at least {n:n} stretches of {days:n} days before {day:d} to know what is usual; the export has {found:n}",
        "este nevoie de cel puțin {n} {n|interval|intervale|de intervale} de câte {days} {days|zi|zile|de zile} înainte de {day} pentru a ști ce este obișnuit; exportul are {found}",
        "нужно не меньше {n} {n|отрезка|отрезков|отрезков} по {days} {days|день|дня|дней} до {day}, чтобы знать, что обычно; в выгрузке {found}",
    ),
];
