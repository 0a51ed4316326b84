//! Retention measures: what they rest on, what is missing, what needs attention.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    of("there is no eligible customer", "nu există niciun client eligibil", "нет ни одного активного клиента"),
    of(
        "Values are revenue: map margin or cost in [transactions] columns for margins.",
        "Valorile sunt venituri: pentru marje, indicați margin sau cost în [transactions] columns.",
        "Ценность измерена выручкой: чтобы видеть маржу, укажите margin или cost в [transactions] columns.",
    ),
    of(
        "Profit is revenue here: map margin or cost in [transactions] columns, or set [plan] margin.",
        "Profitul este aici venitul: indicați margin sau cost în [transactions] columns ori stabiliți [plan] margin.",
        "Прибыль здесь — это выручка: укажите margin или cost в [transactions] columns либо задайте [plan] margin.",
    ),
    of("{n:n} point more", "cu {n} punct mai mult", "на {n} пункт больше"),
    of("{n:n} points more", "cu {n} {n|punct|puncte|de puncte} mai mult", "на {n} {n|пункт|пункта|пунктов} больше"),
    of(
        "add older rows to [transactions]: who was a customer at the start of a month is known {days:n} days after the first purchase",
        "adăugați rânduri mai vechi în [transactions]: cine era client la începutul unei luni se știe la {days} {days|zi|zile|de zile} după prima cumpărătură",
        "добавьте более старые строки в [transactions]: кто был клиентом на начало месяца, известно через {days} {days|день|дня|дней} после первой покупки",
    ),
    of(
        "add older rows to [transactions]: who was a customer at the start of a month is known {days:n}d after the first purchase",
        "adăugați rânduri mai vechi în [transactions]: cine era client la începutul unei luni se știe la {days} {days|zi|zile|de zile} după prima cumpărătură",
        "добавьте более старые строки в [transactions]: кто был клиентом на начало месяца, известно через {days} {days|день|дня|дней} после первой покупки",
    ),
    of(
        "Voluntary and involuntary churn: not given; add [departures] with the column kind (voluntary or involuntary).",
        "Pierderea voluntară și cea involuntară: nu sunt disponibile; adăugați [departures] cu coloana kind (voluntary sau involuntary).",
        "Добровольный и вынужденный отток: нет данных; добавьте [departures] со столбцом kind (voluntary или involuntary).",
    ),
    of(
        "Customers are not grouped by {column}: it has {levels:n} different values.",
        "Clienții nu sunt grupați după {column}: are {levels} {levels|valoare diferită|valori diferite|de valori diferite}.",
        "Клиенты не сгруппированы по столбцу {column}: в нём {levels} {levels|разное значение|разных значения|разных значений}.",
    ),
    of(
        "add older rows to [transactions]: it takes two whole months",
        "adăugați rânduri mai vechi în [transactions]: sunt necesare două luni întregi",
        "добавьте более старые строки в [transactions]: нужны два полных месяца",
    ),
    of(
        "it needs a churn rate; see there",
        "este nevoie de o rată de pierdere; vedeți acolo",
        "нужна доля оттока; см. там",
    ),
    of("the intervals do not overlap", "intervalele nu se suprapun", "интервалы не перекрываются"),
    of(
        "the intervals overlap, so it may be chance",
        "intervalele se suprapun, deci poate fi întâmplarea",
        "интервалы перекрываются, так что это может быть случайность",
    ),
    of(
        "The churn rate has risen over three months running, from {a:n} % ({x}) to {b:n} % ({y}); {certain:t}.",
        "Rata de pierdere a crescut trei luni la rând, de la {a} % ({x}) la {b} % ({y}); {certain}.",
        "Доля оттока растёт три месяца подряд: с {a} % ({x}) до {b} % ({y}); {certain}.",
    ),
    of(
        "The churn rate has risen over three quarters running, from {a:n} % ({x}) to {b:n} % ({y}); {certain:t}.",
        "Rata de pierdere a crescut trei trimestre la rând, de la {a} % ({x}) la {b} % ({y}); {certain}.",
        "Доля оттока растёт три квартала подряд: с {a} % ({x}) до {b} % ({y}); {certain}.",
    ),
    // What customers said
    of(
        "add events of type nps to [events], with an answer from 0 to 10 as value",
        "adăugați în [events] evenimente de tipul nps, cu un răspuns de la 0 la 10 ca value",
        "добавьте в [events] события типа nps с ответом от 0 до 10 в value",
    ),
    of(
        "Answers count one by one, also several of one customer.",
        "Răspunsurile se numără unul câte unul, chiar și mai multe ale aceluiași client.",
        "Ответы считаются по одному, в том числе несколько от одного клиента.",
    ),
    of(
        "add events of type csat or review to [events], with a rating from 1 to 5 as value",
        "adăugați în [events] evenimente de tipul csat sau review, cu o notă de la 1 la 5 ca value",
        "добавьте в [events] события типа csat или review с оценкой от 1 до 5 в value",
    ),
    of(
        "The satisfaction index is {value:n} ({period:t}), below 4.5.",
        "Indicele de satisfacție este {value} ({period}), sub 4,5.",
        "Индекс удовлетворённости — {value} ({period}), ниже 4,5.",
    ),
    of(
        "The satisfaction index is {value:n} ({period}), below 4.5.",
        "Indicele de satisfacție este {value} ({period}), sub 4,5.",
        "Индекс удовлетворённости — {value} ({period}), ниже 4,5.",
    ),
    of(
        "add events of type complaint or ticket to [events], with the column resolved_at",
        "adăugați în [events] evenimente de tipul complaint sau ticket, cu coloana resolved_at",
        "добавьте в [events] события типа complaint или ticket со столбцом resolved_at",
    ),
    of(
        "map the column resolved_at in [events] columns",
        "indicați coloana resolved_at în [events] columns",
        "укажите столбец resolved_at в [events] columns",
    ),
    of(
        "Working days are Monday to Friday. A case with the channel {channel} has three, all others have one.",
        "Zilele lucrătoare sunt de luni până vineri. Un caz cu canalul {channel} are trei, toate celelalte una.",
        "Рабочие дни — с понедельника по пятницу. На обращение с каналом {channel} даётся три дня, на все остальные — один.",
    ),
    of(
        "there are no {what:t} in the months and quarters that are over; at least {min:n} are needed for a figure",
        "în lunile și trimestrele încheiate nu există {what}; pentru o cifră sunt necesare cel puțin {min}",
        "за завершённые месяцы и кварталы нет: {what}; для числа нужно не менее {min}",
    ),
    of("answers", "răspunsuri", "ответы"),
    of("ratings", "note", "оценки"),
    of("complaints and tickets", "reclamații și tichete", "жалобы и обращения"),
    // Neglect
    of("anything of this", "oricare dintre acestea", "что-либо из этого"),
    of("complaint overdue", "reclamație întârziată", "просроченная жалоба"),
    of("quote unanswered", "cerere de ofertă fără răspuns", "запрос цены без ответа"),
    of("no first call", "fără primul apel", "не было первого звонка"),
    of("no contact", "fără contact", "не было контактов"),
    of(
        "add events of the types call, quote_request, quote_followup, complaint or training to [events], or [offers] with contacted_at",
        "adăugați în [events] evenimente de tipurile call, quote_request, quote_followup, complaint sau training ori [offers] cu contacted_at",
        "добавьте в [events] события типов call, quote_request, quote_followup, complaint или training либо [offers] с contacted_at",
    ),
    of(
        "Not given: events of type {name}. What they would show is not counted.",
        "Nu sunt disponibile: evenimente de tipul {name}. Ce ar arăta ele nu este numărat.",
        "Нет данных: события типа {name}. То, что они показали бы, не учтено.",
    ),
    of(
        "The customers themselves are in the worklist neglect.csv of churn plan.",
        "Clienții înșiși se găsesc în lista de lucru neglect.csv a comenzii churn plan.",
        "Сами клиенты — в рабочем списке neglect.csv команды churn plan.",
    ),
    // Leaving
    of(
        "add [departures] with customer_id, timestamp, kind (voluntary or involuntary) and reason (price, service, product, forgot, no_need, competitor or other)",
        "adăugați [departures] cu customer_id, timestamp, kind (voluntary sau involuntary) și reason (price, service, product, forgot, no_need, competitor sau other)",
        "добавьте [departures] со столбцами customer_id, timestamp, kind (voluntary или involuntary) и reason (price, service, product, forgot, no_need, competitor или other)",
    ),
    of(
        "[departures] has no row within the months and quarters that are over",
        "[departures] nu are niciun rând în lunile și trimestrele încheiate",
        "в [departures] нет строк за завершённые месяцы и кварталы",
    ),
    of(
        "The value that left is revenue: the export has no margins.",
        "Valoarea plecată este venit: exportul nu conține marje.",
        "Ушедшая ценность измерена выручкой: в выгрузке нет маржи.",
    ),
    of("{reason:t} (voluntary)", "{reason} (voluntar)", "{reason} (добровольно)"),
    of("{reason:t} (involuntary)", "{reason} (involuntar)", "{reason} (вынужденно)"),
    of("price", "preț", "цена"),
    of("service", "servicii", "обслуживание"),
    of("product", "produs", "товар"),
    of("forgot", "a uitat", "забыли о нас"),
    of("no need", "nu mai are nevoie", "больше не нужно"),
    of("competitor", "concurență", "конкурент"),
    of("other", "altul", "другое"),
    of("not given", "nedeclarat", "не названа"),
    of(
        "nobody has lapsed (at least {min:n} customers make a figure)",
        "nu există clienți inactivi (pentru o cifră sunt necesari cel puțin {min} {min|client|clienți|de clienți})",
        "неактивных клиентов нет (для числа нужно не менее {min} {min|клиента|клиентов|клиентов})",
    ),
    of(
        "Return probabilities: not given; too few customers who lapsed came back to learn from.",
        "Probabilitățile de revenire nu sunt disponibile: prea puțini clienți inactivi s-au întors pentru a învăța din ei.",
        "Вероятности возврата: нет данных; вернулось слишком мало неактивных клиентов, чтобы на них учиться.",
    ),
    // Drivers
    of("{label} (any) [{name}]", "{label} (cel puțin o dată) [{name}]", "{label} (хоть раз) [{name}]"),
    of(
        "there are no 30 customers who churned and 30 who stayed in a label window that is over (the last one begins on {day:d})",
        "nu există 30 de clienți pierduți și 30 rămași într-o fereastră încheiată (ultima începe la {day})",
        "нет 30 ушедших и 30 оставшихся клиентов в завершённом окне (последнее начинается {day})",
    ),
    // Lifetime value
    of(
        "Forecasts: {with:t}. The lifetime value counts {days:n} days, the expected margin {chosen:n} days ([plan] value_over).",
        "Prognoze: {with}. Valoarea pe durata de viață acoperă {days} {days|zi|zile|de zile}, marja așteptată {chosen} {chosen|zi|zile|de zile} ([plan] value_over).",
        "Прогнозы: {with}. Пожизненная ценность считается за {days} {days|день|дня|дней}, ожидаемая маржа — за {chosen} {chosen|день|дня|дней} ([plan] value_over).",
    ),
    of(
        "{kind} and Gamma-Gamma, fitted on {n:n} customers; {discounted:t} ([plan] discount)",
        "{kind} și Gamma-Gamma, ajustate pe {n} {n|client|clienți|de clienți}; {discounted} ([plan] discount)",
        "{kind} и Gamma-Gamma, оценены по {n} {n|клиенту|клиентам|клиентам}; {discounted} ([plan] discount)",
    ),
    of("not discounted", "fără actualizare", "без дисконтирования"),
    of("discounted at {p:n} % a year", "actualizate cu {p} % pe an", "дисконтирование {p} % в год"),
    of(
        "By forecasts: not given; {why:t}.",
        "Prin prognoze: nu este disponibil; {why}.",
        "По прогнозам: нет данных; {why}.",
    ),
    of(
        "By forecasts: not given; {why}.",
        "Prin prognoze: nu este disponibil; {why}.",
        "По прогнозам: нет данных; {why}.",
    ),
    of(
        "no forecast of spend could be fitted: too few customers bought more than once",
        "nu s-a putut ajusta o prognoză a cheltuielilor: prea puțini clienți au cumpărat mai mult de o dată",
        "прогноз трат оценить не удалось: слишком мало клиентов купили больше одного раза",
    ),
    of(
        "no forecast of purchases could be fitted ({why})",
        "nu s-a putut ajusta o prognoză a cumpărăturilor ({why})",
        "прогноз покупок оценить не удалось ({why})",
    ),
    of(
        "Simple lifetime value: not given; it needs a churn rate of 365 days, so add older rows to [transactions].",
        "CLV simplu: nu este disponibil; are nevoie de o rată de pierdere pe 365 de zile, deci adăugați rânduri mai vechi în [transactions].",
        "Простая CLV: нет данных; нужна доля оттока за 365 дней, поэтому добавьте более старые строки в [transactions].",
    ),
    of(
        "Acquisition cost: not given; add what a customer of each acquisition channel cost to win, such as [report] acquisition_cost = {example}.",
        "Costul achiziției: nu este disponibil; adăugați cât a costat atragerea unui client pe fiecare canal de achiziție, de exemplu [report] acquisition_cost = {example}.",
        "Стоимость привлечения: нет данных; укажите, во сколько обошёлся клиент каждого канала привлечения, например [report] acquisition_cost = {example}.",
    ),
    of(
        "map acquisition_channel in [customers] columns",
        "indicați acquisition_channel în [customers] columns",
        "укажите acquisition_channel в [customers] columns",
    ),
    of(
        "Customers of {channel} are worth less than the {cost:n} that each cost to win.",
        "Clienții din canalul {channel} valorează mai puțin decât cei {cost} cât a costat atragerea fiecăruia.",
        "Клиенты канала {channel} стоят меньше, чем {cost} — столько стоило привлечение каждого.",
    ),
    of(
        "First-order discounts: not given; map discount in [transactions] columns.",
        "Reducerile la prima comandă nu sunt disponibile; indicați discount în [transactions] columns.",
        "Скидки на первый заказ: нет данных; укажите discount в [transactions] columns.",
    ),
];
