//! Plans and past campaigns.

use super::of;
use crate::language::phrase::Phrase;

pub(super) const PHRASES: &[Phrase] = &[
    of(
        "run churn plan: what can be offered, and what it costs, stands in [[offers.catalogue]]",
        "rulați churn plan: ce se poate oferi și cât costă este trecut în [[offers.catalogue]]",
        "запустите churn plan: что можно предложить и сколько это стоит, указано в [[offers.catalogue]]",
    ),
    of("Plan {id}.", "Planul {id}.", "План {id}."),
    of("the plan", "planul", "план"),
    of("protect", "de protejat", "беречь"),
    of("grow", "de dezvoltat", "развивать"),
    of("save", "de salvat", "удерживать"),
    of("win back", "de recâștigat", "возвращать"),
    of("let go", "de lăsat să plece", "отпустить"),
    of("tenth of the predicted uplift", "zecimea upliftului estimat", "десятая доля прогноза аплифта"),
    of(
        "add [offers] with past campaigns: customer_id, timestamp, offer and arm (treatment or control), drawn by lot",
        "adăugați [offers] cu campaniile trecute: customer_id, timestamp, offer și arm (treatment sau control), repartizate prin tragere la sorți",
        "добавьте [offers] с прошлыми кампаниями: customer_id, timestamp, offer и arm (treatment или control), распределёнными по жребию",
    ),
    of(
        "{offer}: the campaigns do not show that it does anything.",
        "{offer}: campaniile nu arată că ar avea vreun efect.",
        "{offer}: кампании не показывают, что оно хоть как-то действует.",
    ),
    of(
        "The arms of the past campaigns were not drawn by lot: what offers seem to do may be the work of whoever chose the customers.",
        "Grupele campaniilor trecute nu au fost trase la sorți: ce par să facă ofertele poate fi opera celui care a ales clienții.",
        "Группы прошлых кампаний не распределялись по жребию: то, что приписывается предложениям, может быть заслугой того, кто выбирал клиентов.",
    ),
    of(
        "Qini: the area between the Qini curve and the straight line to its end, over that of a perfect ranking (scikit-uplift's convention).",
        "Qini: aria dintre curba Qini și dreapta până la capătul ei, raportată la cea a unei ordonări perfecte (convenția scikit-uplift).",
        "Qini: площадь между кривой Qini и прямой до её конца по отношению к площади при идеальном порядке (соглашение scikit-uplift).",
    ),
    of(
        "[offers] has no campaign with a control whose churn horizon was over by the as-of date",
        "[offers] nu are nicio campanie cu grup de control al cărei orizont să se fi încheiat până la data de referință",
        "в [offers] нет кампании с контрольной группой, горизонт которой завершился бы к дате среза",
    ),
    of(
        "the past campaigns are too small to learn from ({why})",
        "campaniile trecute sunt prea mici pentru a învăța din ele ({why})",
        "прошлые кампании слишком малы, чтобы на них учиться ({why})",
    ),
    of(
        "[offers]: {rows:n} rows {why} are not learnt from",
        "[offers]: din {rows} {rows|rând|rânduri|de rânduri} nu se învață ({why})",
        "[offers]: {rows} {rows|строка не используется|строки не используются|строк не используются} для обучения ({why})",
    ),
    of(
        "[offers]: \"{name}\" is not in [[offers.catalogue]], so it is not learnt from and not planned with",
        "[offers]: „{name}” nu este în [[offers.catalogue]], deci nu se învață din ea și nu se planifică cu ea",
        "[offers]: «{name}» нет в [[offers.catalogue]], поэтому на нём не учатся и его не планируют",
    ),
    of(
        "\"{name}\" was in no past campaign: nothing is known of what it does, and nobody is planned for it",
        "„{name}” nu a fost în nicio campanie trecută: nu se știe ce efect are și nimeni nu este planificat pentru ea",
        "«{name}» не было ни в одной прошлой кампании: неизвестно, как оно действует, и никто для него не запланирован",
    ),
];
