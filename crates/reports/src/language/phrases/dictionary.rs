//! What the columns of the workbook mean.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    of(
        "The customer's id, as in the export.",
        "Identificatorul clientului, ca în export.",
        "Идентификатор клиента, как в выгрузке.",
    ),
    of(
        "eligible: bought lately, scored; lapsed: bought before, not lately; new: known, no purchase yet.",
        "eligible: a cumpărat de curând, are scor; lapsed: a cumpărat înainte, nu de curând; new: cunoscut, încă fără cumpărături.",
        "eligible: покупал недавно, оценён; lapsed: покупал раньше, но не в последнее время; new: известен, покупок ещё нет.",
    ),
    of("The customer's segment.", "Segmentul clientului.", "Сегмент клиента."),
    of(
        "The churn probability in words: low, medium, high or critical.",
        "Probabilitatea de pierdere în cuvinte: low (scăzută), medium (medie), high (ridicată) sau critical (critică).",
        "Вероятность оттока словами: low (низкая), medium (средняя), high (высокая) или critical (критическая).",
    ),
    of(
        "Probability to churn, as churn is defined on the sheet Summary. Eligible customers only.",
        "Probabilitatea de pierdere, după definiția de pe prima foaie. Doar clienți eligibili.",
        "Вероятность оттока по определению на первом листе. Только активные клиенты.",
    ),
    of(
        "95 % interval: how well the model knows the probability, not the range in which the customer will behave.",
        "Interval de 95 %: cât de bine cunoaște modelul probabilitatea, nu limitele comportamentului clientului.",
        "95 %-й интервал: насколько точно модель знает вероятность, а не границы поведения клиента.",
    ),
    of(
        "What the customer is expected to bring within the horizon if they stay.",
        "Ce se așteaptă să aducă clientul în orizont dacă rămâne.",
        "Что клиент должен принести за горизонт, если останется.",
    ),
    of(
        "Churn probability x expected value.",
        "Probabilitatea de pierdere × valoarea așteptată.",
        "Вероятность оттока × ожидаемая ценность.",
    ),
    of(
        "What raises the probability most against the average customer of the training, the weightiest first. Associations, not causes.",
        "Ce crește cel mai mult probabilitatea față de clientul mediu al antrenării, întâi cel mai important. Asocieri, nu cauze.",
        "Что сильнее всего повышает вероятность по сравнению со средним клиентом обучения, начиная с главного. Связи, а не причины.",
    ),
    of(
        "Lapsed customers: probability of at least one purchase within the horizon.",
        "Clienți inactivi: probabilitatea a cel puțin unei cumpărături în orizont.",
        "Неактивные клиенты: вероятность хотя бы одной покупки за горизонт.",
    ),
    of(
        "Place in the list, the highest expected gain first.",
        "Locul în listă, întâi cel mai mare câștig așteptat.",
        "Место в списке, сначала с наибольшим ожидаемым выигрышем.",
    ),
    of(
        "contact: to be contacted; hold_out: left alone by lot, so that the effect can be measured.",
        "contact: de contactat; hold_out: lăsat deoparte prin tragere la sorți, pentru a putea măsura efectul.",
        "contact: связаться; hold_out: по жребию не трогать, чтобы измерить эффект.",
    ),
    of(
        "The group: protect, grow, save, win back, let go.",
        "Grupa: protect (de protejat), grow (de dezvoltat), save (de salvat), win back (de recâștigat), let go (de lăsat să plece).",
        "Группа: protect (беречь), grow (развивать), save (удерживать), win back (возвращать), let go (отпустить).",
    ),
    of("What to offer.", "Ce se oferă.", "Что предложить."),
    of("By which channel.", "Prin ce canal.", "По какому каналу."),
    of("Who is responsible for the customer.", "Cine răspunde de client.", "Кто отвечает за клиента."),
    of("Probability to churn.", "Probabilitatea de pierdere.", "Вероятность оттока."),
    of(
        "What the offer is expected to add to the probability to stay.",
        "Ce se așteaptă să adauge oferta la probabilitatea de a rămâne.",
        "Что предложение должно прибавить к вероятности остаться.",
    ),
    of("Uplift x value minus cost.", "Uplift × valoare minus cost.", "Аплифт × ценность минус затраты."),
    of(
        "What the offer is expected to cost, the cost of those who would have stayed included.",
        "Cât se așteaptă să coste oferta, inclusiv pentru cei care ar fi rămas oricum.",
        "Сколько предложение должно стоить, включая тех, кто остался бы и так.",
    ),
    of("Why, in a sentence.", "De ce, într-o propoziție.", "Почему, одним предложением."),
];
