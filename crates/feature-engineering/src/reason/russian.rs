//! The words in Russian. Sentences speak of what was bought, not of who bought: so they need no gender.

use super::form::Form;
use super::group::Group;
use super::labels_ru::LABELS;
use super::language::{Language, Words};

/// Russian.
pub static RUSSIAN: Language = Language {
    code: "ru",
    templates: TEMPLATES,
    group,
    labels: LABELS,
    made: MADE,
    share_through: "доля через {}",
    share_through_90d: "доля через {}, 90 дней",
    another: "другое",
    joined_through: "канал привлечения: {}",
    not_known: "неизвестно",
    decimal_mark: ',',
    words,
    plural: one_few_many,
};

/// The cardinal rules of CLDR 46 for Russian: one (1, 21, ...), few (2 to 4, 22 to 24, ...), many. Fractions are `other`
/// there, whose form is that of `few`.
fn one_few_many(number: f64) -> usize {
    let (last, last_two) = (number.abs() % 10.0, number.abs() % 100.0);
    match () {
        () if number.fract() != 0.0 => 1,
        () if last == 1.0 && last_two != 11.0 => 0,
        () if (2.0..=4.0).contains(&last) && !(12.0..=14.0).contains(&last_two) => 1,
        () => 2,
    }
}

const MADE: &[(&str, &str)] = &[
    ("offers, 90 days", "предложения, 90 дней"),
    ("offers, 365 days", "предложения, 365 дней"),
    ("chance of being alive", "вероятность, что ещё клиент"),
    ("forecast of silence", "прогноз молчания"),
    ("forecast of purchases", "прогноз покупок"),
    ("forecast of spend", "прогноз трат"),
    ("share through others", "доля через другие каналы"),
    ("share through others, 90 days", "доля через другие каналы, 90 дней"),
];

const TEMPLATES: &[(&str, &str)] = &[
    ("bought_once_and_silent", "единственная покупка {recency_days:ago}, с тех пор ни одной"),
    ("silent", "последняя покупка {recency_days:ago}"),
    ("overdue", "последняя покупка {recency_days:ago}, обычно {gap_mean_days:every}"),
    ("buys_seldom", "покупает лишь {gap_mean_days:every}, последний раз {recency_days:ago}"),
    ("bought_once", "только одна покупка"),
    ("few_purchases", "всего {frequency:purchases} за {tenure_days:days}"),
    ("no_purchase_180d", "ни одной покупки за последние 180 дней"),
    (
        "fewer_purchases",
        "{purchases_90d:purchases} за последние 90 дней, {purchases_90d_before:count} за предыдущие 90 дней",
    ),
    ("spent_less", "потрачено {spend_90d:money} за последние 90 дней, {spend_90d_before:money} за предыдущие 90 дней"),
    ("few_purchases_180d", "всего {purchases_180d:purchases} за последние 180 дней"),
    ("spent_less_last", "последняя покупка на {monetary_last:money}, в среднем {monetary_mean:money}"),
    ("spends_little", "тратит лишь {monetary_mean:money} за покупку"),
    ("returned", "возвраты товара: {returns_count:times}"),
    ("buys_at_a_discount", "покупает в среднем со скидкой {discount_share:share}"),
    ("smaller_last", "в последний раз {quantity_last_over_mean:share} от обычного количества"),
    ("few_categories", "пока лишь {categories:categories} в покупках"),
    ("few_products", "пока лишь {products:products} в покупках"),
    ("few_lines", "в среднем лишь {lines_per_purchase:lines} в покупке"),
    ("small_quantities", "в среднем лишь {quantity_mean:plain} шт. за покупку"),
    ("one_category", "почти все траты в одной категории"),
    ("below_cost", "покупки принесли меньше, чем стоили"),
    ("low_margin", "маржа лишь {margin_share:share}"),
    ("little_margin", "пока принёс маржи лишь {margin_total:money}"),
    ("one_channel", "покупает только через один канал"),
    ("fewer_visits", "{visits_30d:visits} за последние 30 дней, {visits_30d_before:count} за предыдущие 30 дней"),
    ("no_visit_for", "нет визитов уже {days_since_visit:for}"),
    ("few_visits", "{visits_90d:only_visits} за последние 90 дней"),
    ("fewer_logins", "{logins_30d:logins} за последние 30 дней, {logins_30d_before:count} за предыдущие 30 дней"),
    ("no_login_for", "нет входов уже {days_since_login:for}"),
    ("few_logins", "{logins_90d:only_logins} за последние 90 дней"),
    ("no_training", "обучения не было"),
    ("training_long_ago", "последнее обучение {days_since_training:ago}"),
    ("opened_none", "отправлено {emails_sent_90d:e_mails} за последние 90 дней, не открыто ни одного"),
    ("opened_few", "отправлено {emails_sent_90d:e_mails} за последние 90 дней, открыто {emails_opened_90d:number}"),
    ("none_sent", "за последние 90 дней не отправлено ни одного письма"),
    ("none_opened_for", "ни одного открытого письма уже {days_since_email_open:for}"),
    ("clicked_none", "открыто {emails_opened_90d:e_mails} за последние 90 дней, ни одного перехода"),
    ("no_quote_request", "ни одного запроса цены за последние 365 дней"),
    ("few_quote_requests", "всего {quote_requests_365d:quote_requests} за последние 365 дней"),
    ("no_event_for", "никаких событий уже {days_since_event:for}"),
    ("complaints_open", "{complaints_open:complaints} без решения"),
    ("tickets_open", "{tickets_open:tickets} без решения"),
    ("promises_broken", "ожидание дольше обещанного {promises_broken:times} за последние 365 дней"),
    ("waited_long", "ожидание решения в среднем {days_to_resolve:days}"),
    ("complaints_90d", "{complaints_90d:complaints} за последние 90 дней"),
    ("complaints_365d", "{complaints_365d:complaints} за последние 365 дней"),
    ("tickets_90d", "{tickets_90d:tickets} за последние 90 дней"),
    ("tickets_365d", "{tickets_365d:tickets} за последние 365 дней"),
    ("detractor", "последний ответ NPS: {nps_last:points} из 10"),
    ("bad_last_rating", "последняя оценка обслуживания: {csat_last:points} из 5"),
    ("bad_ratings", "оценка 1 или 2 из 5 — {low_ratings_365d:times} за последние 365 дней"),
    ("nps_fell", "последний ответ NPS: {nps_last:points} из 10, на {nps_trend:drop} ниже среднего"),
    ("low_ratings", "средняя оценка {satisfaction_index:points} из 5 за последние 365 дней"),
    ("quote_unanswered", "запрос цены {days_since_quote_request:ago} остался без ответа"),
    ("quotes_forgotten", "{quotes_without_followup:quote_requests} за последние 365 дней без ответа в течение 7 дней"),
    ("no_first_call", "ни одного звонка в первые 30 дней"),
    ("no_call_for", "нет звонков уже {days_since_call:for}"),
    ("no_contact_for", "нет контактов уже {days_since_contact:for}"),
    ("no_contact", "контактов не было"),
    ("no_call", "звонков не было"),
    ("contract_ended", "договор закончился {contract_days_left:past}"),
    ("contract_ends", "договор заканчивается {contract_days_left:ahead}"),
    ("never_renewed", "продлений не было"),
    ("renewed_long_ago", "последнее продление {days_since_renewal:ago}"),
];

fn group(group: Group) -> &'static str {
    match group {
        Group::Silence => "давно молчат или покупают редко",
        Group::Frequency => "мало покупок за всё время",
        Group::Activity => "мало покупают в последнее время",
        Group::Spend => "сколько тратят",
        Group::Returns => "что возвращают",
        Group::Discounts => "как пользуются скидками",
        Group::Timing => "в какие дни недели покупают",
        Group::Basket => "что и сколько покупают",
        Group::Margin => "сколько приносят их покупки",
        Group::Channel => "где покупают",
        Group::Visits => "реже заходят",
        Group::Logins => "реже входят в личный кабинет",
        Group::Training => "не проходили обучение или проходили давно",
        Group::EMails => "не открывают письма",
        Group::Engagement => "мало связаны с компанией",
        Group::Service => "жалобы и обращения",
        Group::Satisfaction => "недовольны",
        Group::Neglect => "с ними никто не связывался",
        Group::Contract => "конец договора",
        Group::Attributes => "какие это клиенты",
        Group::ChannelMix => "через какие каналы покупают",
        Group::Own => "признаки проекта",
    }
}

fn words(form: Form) -> Words {
    let plural = |plural| Words { zero: None, only: None, plural };
    let or_none = |zero, plural| Words { zero: Some(zero), only: None, plural };
    match form {
        Form::Ago | Form::Past => or_none("менее суток назад", &["{} день назад", "{} дня назад", "{} дней назад"]),
        Form::Ahead => or_none("сегодня", &["через {} день", "через {} дня", "через {} дней"]),
        Form::For | Form::Days => plural(&["{} день", "{} дня", "{} дней"]),
        Form::Every => {
            Words {
                zero: None, only: Some("каждый день"), plural: &["раз в {} день", "раз в {} дня", "раз в {} дней"]
            }
        }
        Form::Number | Form::Money | Form::Points | Form::Drop | Form::Plain | Form::Count => plural(&["{}"]),
        Form::Times => {
            Words {
                zero: Some("ни разу"), only: Some("один раз"), plural: &["{} раз", "{} раза", "{} раз"]
            }
        }
        Form::Share => plural(&["{} %"]),
        Form::Yes => or_none("нет", &["да"]),
        Form::Purchases => or_none("ни одной покупки", &["{} покупка", "{} покупки", "{} покупок"]),
        Form::Visits => or_none("ни одного визита", &["{} визит", "{} визита", "{} визитов"]),
        Form::OnlyVisits => or_none("ни одного визита", &["всего {} визит", "всего {} визита", "всего {} визитов"]),
        Form::Logins => or_none("ни одного входа", &["{} вход", "{} входа", "{} входов"]),
        Form::OnlyLogins => or_none("ни одного входа", &["всего {} вход", "всего {} входа", "всего {} входов"]),
        Form::EMails => or_none("ни одного письма", &["{} письмо", "{} письма", "{} писем"]),
        Form::QuoteRequests => {
            or_none("ни одного запроса цены", &["{} запрос цены", "{} запроса цены", "{} запросов цены"])
        }
        Form::Complaints => or_none("ни одной жалобы", &["{} жалоба", "{} жалобы", "{} жалоб"]),
        Form::Tickets => or_none("ни одного обращения", &["{} обращение", "{} обращения", "{} обращений"]),
        Form::Lines => plural(&["{} позиция", "{} позиции", "{} позиций"]),
        Form::Products => or_none("ни одного товара", &["{} товар", "{} товара", "{} товаров"]),
        Form::Categories => or_none("ни одной категории", &["{} категория", "{} категории", "{} категорий"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_form_of_the_word_that_they_need() {
        for (form, value, expected) in [
            (Form::Ago, 0.9, "менее суток назад"),
            (Form::Ago, 1.9, "1 день назад"),
            (Form::Ago, 11.0, "11 дней назад"),
            (Form::Ago, 21.0, "21 день назад"),
            (Form::Ago, 143.0, "143 дня назад"),
            (Form::Ago, 112.0, "112 дней назад"),
            (Form::Every, 1.2, "каждый день"),
            (Form::Every, 21.0, "раз в 21 день"),
            (Form::Every, 32.0, "раз в 32 дня"),
            (Form::Times, 1.0, "один раз"),
            (Form::Times, 3.0, "3 раза"),
            (Form::Times, 21.0, "21 раз"),
            (Form::Money, 12.5, "12,50"),
            (Form::Lines, 1.4, "1,4 позиции"),
            (Form::Purchases, 0.0, "ни одной покупки"),
            (Form::EMails, 7.0, "7 писем"),
        ] {
            assert_eq!(RUSSIAN.say(form, value).as_deref(), Some(expected));
        }
    }
}
