//! The words in Romanian.

use super::form::Form;
use super::group::Group;
use super::labels_ro::LABELS;
use super::language::{Language, Words};

/// Romanian.
pub static ROMANIAN: Language = Language {
    code: "ro",
    templates: TEMPLATES,
    group,
    labels: LABELS,
    made: MADE,
    share_through: "pondere prin {}",
    share_through_90d: "pondere prin {}, 90 de zile",
    another: "altul",
    joined_through: "client venit prin {}",
    not_known: "necunoscut",
    decimal_mark: ',',
    words,
    plural: one_few_other,
};

/// The cardinal rules of CLDR 46 for Romanian: one (1), few (fractions, 0, and numbers that end in 1 to 19), other.
fn one_few_other(number: f64) -> usize {
    let last_two = number.abs() % 100.0;
    match () {
        () if number == 1.0 => 0,
        () if number.fract() != 0.0 || number == 0.0 || (1.0..=19.0).contains(&last_two) => 1,
        () => 2,
    }
}

const MADE: &[(&str, &str)] = &[
    ("offers, 90 days", "oferte, 90 de zile"),
    ("offers, 365 days", "oferte, 365 de zile"),
    ("chance of being alive", "probabilitatea de a fi încă client"),
    ("forecast of silence", "prognoza tăcerii"),
    ("forecast of purchases", "prognoza cumpărăturilor"),
    ("forecast of spend", "prognoza cheltuielilor"),
    ("share through others", "pondere prin alte canale"),
    ("share through others, 90 days", "pondere prin alte canale, 90 de zile"),
];

const TEMPLATES: &[(&str, &str)] = &[
    ("bought_once_and_silent", "nu a revenit după singura cumpărătură, făcută {recency_days:ago}"),
    ("silent", "ultima cumpărătură {recency_days:ago}"),
    ("overdue", "ultima cumpărătură {recency_days:ago}, de obicei cumpără {gap_mean_days:every}"),
    ("buys_seldom", "cumpără doar {gap_mean_days:every}, ultima dată {recency_days:ago}"),
    ("bought_once", "a cumpărat o singură dată"),
    ("few_purchases", "doar {frequency:purchases} în {tenure_days:days}"),
    ("no_purchase_180d", "nicio cumpărătură în ultimele 180 de zile"),
    (
        "fewer_purchases",
        "{purchases_90d:purchases} în ultimele 90 de zile, {purchases_90d_before:count} în cele 90 de zile dinainte",
    ),
    (
        "spent_less",
        "a cheltuit {spend_90d:money} în ultimele 90 de zile, {spend_90d_before:money} în cele 90 de zile dinainte",
    ),
    ("few_purchases_180d", "doar {purchases_180d:purchases} în ultimele 180 de zile"),
    ("spent_less_last", "a cheltuit {monetary_last:money} ultima dată, {monetary_mean:money} în medie"),
    ("spends_little", "cheltuie doar {monetary_mean:money} pe cumpărătură"),
    ("returned", "a returnat produse {returns_count:times}"),
    ("buys_at_a_discount", "cumpără în medie cu o reducere de {discount_share:share}"),
    ("smaller_last", "ultima dată a cumpărat {quantity_last_over_mean:share} din cantitatea obișnuită"),
    ("few_categories", "până acum a cumpărat doar din {categories:categories}"),
    ("few_products", "până acum a cumpărat doar {products:products}"),
    ("few_lines", "în medie doar {lines_per_purchase:lines} pe cumpărătură"),
    ("small_quantities", "în medie o cantitate de doar {quantity_mean:plain} pe cumpărătură"),
    ("one_category", "cheltuie aproape totul într-o singură categorie"),
    ("below_cost", "cumpărăturile au adus mai puțin decât au costat"),
    ("low_margin", "o marjă de doar {margin_share:share}"),
    ("little_margin", "până acum o marjă de doar {margin_total:money}"),
    ("one_channel", "cumpără printr-un singur canal"),
    (
        "fewer_visits",
        "{visits_30d:visits} în ultimele 30 de zile, {visits_30d_before:count} în cele 30 de zile dinainte",
    ),
    ("no_visit_for", "nicio vizită de {days_since_visit:for}"),
    ("few_visits", "{visits_90d:only_visits} în ultimele 90 de zile"),
    (
        "fewer_logins",
        "{logins_30d:logins} în ultimele 30 de zile, {logins_30d_before:count} în cele 30 de zile dinainte",
    ),
    ("no_login_for", "nicio autentificare de {days_since_login:for}"),
    ("few_logins", "{logins_90d:only_logins} în ultimele 90 de zile"),
    ("no_training", "nicio instruire înregistrată"),
    ("training_long_ago", "ultima instruire {days_since_training:ago}"),
    ("opened_none", "{emails_sent_90d:e_mails} în ultimele 90 de zile, niciunul deschis"),
    ("opened_few", "{emails_sent_90d:e_mails} în ultimele 90 de zile, din care deschise: {emails_opened_90d:number}"),
    ("none_sent", "niciun e-mail trimis în ultimele 90 de zile"),
    ("none_opened_for", "niciun e-mail deschis de {days_since_email_open:for}"),
    ("clicked_none", "a deschis {emails_opened_90d:e_mails} în ultimele 90 de zile, fără niciun clic"),
    ("no_quote_request", "nicio cerere de ofertă în ultimele 365 de zile"),
    ("few_quote_requests", "doar {quote_requests_365d:quote_requests} în ultimele 365 de zile"),
    ("no_event_for", "niciun eveniment de {days_since_event:for}"),
    ("complaints_open", "{complaints_open:complaints} fără rezolvare"),
    ("tickets_open", "{tickets_open:tickets} fără rezolvare"),
    ("promises_broken", "a așteptat peste termenul promis {promises_broken:times} în ultimele 365 de zile"),
    ("waited_long", "a așteptat în medie {days_to_resolve:days} o rezolvare"),
    ("complaints_90d", "{complaints_90d:complaints} în ultimele 90 de zile"),
    ("complaints_365d", "{complaints_365d:complaints} în ultimele 365 de zile"),
    ("tickets_90d", "{tickets_90d:tickets} în ultimele 90 de zile"),
    ("tickets_365d", "{tickets_365d:tickets} în ultimele 365 de zile"),
    ("detractor", "a dat nota {nps_last:points} din 10 la ultima întrebare"),
    ("bad_last_rating", "a dat ultimului contact nota {csat_last:points} din 5"),
    ("bad_ratings", "a dat note de 1 sau 2 din 5 {low_ratings_365d:times} în ultimele 365 de zile"),
    ("nps_fell", "a dat nota {nps_last:points} din 10 la ultima întrebare, cu {nps_trend:drop} sub medie"),
    ("low_ratings", "note de {satisfaction_index:points} din 5 în medie în ultimele 365 de zile"),
    ("quote_unanswered", "cerere de ofertă făcută {days_since_quote_request:ago}, fără răspuns"),
    ("quotes_forgotten", "{quotes_without_followup:quote_requests} din ultimele 365 de zile fără răspuns în 7 zile"),
    ("no_first_call", "niciun apel în primele 30 de zile"),
    ("no_call_for", "niciun apel de {days_since_call:for}"),
    ("no_contact_for", "niciun contact de {days_since_contact:for}"),
    ("no_contact", "niciun contact înregistrat"),
    ("no_call", "niciun apel înregistrat"),
    ("contract_ended", "contractul s-a încheiat {contract_days_left:past}"),
    ("contract_ends", "contractul se încheie {contract_days_left:ahead}"),
    ("never_renewed", "nicio reînnoire înregistrată"),
    ("renewed_long_ago", "ultima reînnoire {days_since_renewal:ago}"),
];

fn group(group: Group) -> &'static str {
    match group {
        Group::Silence => "tac de mult timp sau cumpără rar",
        Group::Frequency => "au cumpărat de puține ori",
        Group::Activity => "au cumpărat puțin în ultima vreme",
        Group::Spend => "cât cheltuie",
        Group::Returns => "ce returnează",
        Group::Discounts => "cum folosesc reducerile",
        Group::Timing => "când cumpără în cursul săptămânii",
        Group::Basket => "ce cumpără și cât",
        Group::Margin => "ce câștig aduc cumpărăturile lor",
        Group::Channel => "unde cumpără",
        Group::Visits => "vizitează mai rar",
        Group::Logins => "se autentifică mai rar",
        Group::Training => "nu au avut nicio instruire sau una de demult",
        Group::EMails => "nu deschid e-mailurile",
        Group::Engagement => "au puțin de-a face cu compania",
        Group::Service => "reclamații și tichete",
        Group::Satisfaction => "nu sunt mulțumiți",
        Group::Neglect => "nimeni nu i-a contactat",
        Group::Contract => "sfârșitul contractului",
        Group::Attributes => "ce fel de clienți sunt",
        Group::ChannelMix => "prin ce canale cumpără",
        Group::Own => "variabile ale proiectului",
    }
}

fn words(form: Form) -> Words {
    let plural = |plural| Words { zero: None, only: None, plural };
    let or_none = |zero, plural| Words { zero: Some(zero), only: None, plural };
    match form {
        Form::Ago | Form::Past => or_none("acum mai puțin de o zi", &["acum {} zi", "acum {} zile", "acum {} de zile"]),
        Form::Ahead => or_none("astăzi", &["peste {} zi", "peste {} zile", "peste {} de zile"]),
        Form::For | Form::Days => plural(&["{} zi", "{} zile", "{} de zile"]),
        Form::Every => plural(&["în fiecare zi", "la fiecare {} zile", "la fiecare {} de zile"]),
        Form::Number | Form::Money | Form::Points | Form::Drop | Form::Plain | Form::Count => plural(&["{}"]),
        Form::Times => or_none("niciodată", &["o dată", "de {} ori", "de {} de ori"]),
        Form::Share => plural(&["{} %"]),
        Form::Yes => or_none("nu", &["da"]),
        Form::Purchases => or_none("nicio cumpărătură", &["o cumpărătură", "{} cumpărături", "{} de cumpărături"]),
        Form::Visits => or_none("nicio vizită", &["o vizită", "{} vizite", "{} de vizite"]),
        Form::OnlyVisits => or_none("nicio vizită", &["o singură vizită", "doar {} vizite", "doar {} de vizite"]),
        Form::Logins => or_none("nicio autentificare", &["o autentificare", "{} autentificări", "{} de autentificări"]),
        Form::OnlyLogins => or_none(
            "nicio autentificare",
            &["o singură autentificare", "doar {} autentificări", "doar {} de autentificări"],
        ),
        Form::EMails => or_none("niciun e-mail", &["un e-mail", "{} e-mailuri", "{} de e-mailuri"]),
        Form::QuoteRequests => {
            or_none("nicio cerere de ofertă", &["o cerere de ofertă", "{} cereri de ofertă", "{} de cereri de ofertă"])
        }
        Form::Complaints => or_none("nicio reclamație", &["o reclamație", "{} reclamații", "{} de reclamații"]),
        Form::Tickets => or_none("niciun tichet", &["un tichet", "{} tichete", "{} de tichete"]),
        Form::Lines => plural(&["{} poziție", "{} poziții", "{} de poziții"]),
        Form::Products => or_none("niciun produs", &["un produs", "{} produse", "{} de produse"]),
        Form::Categories => or_none("nicio categorie", &["o categorie", "{} categorii", "{} de categorii"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_form_of_the_word_that_they_need() {
        for (form, value, expected) in [
            (Form::Ago, 0.9, "acum mai puțin de o zi"),
            (Form::Ago, 1.9, "acum 1 zi"),
            (Form::Ago, 19.0, "acum 19 zile"),
            (Form::Ago, 20.0, "acum 20 de zile"),
            (Form::Ago, 101.0, "acum 101 zile"),
            (Form::Ago, 143.0, "acum 143 de zile"),
            (Form::Past, -12.0, "acum 12 zile"),
            (Form::Ahead, 0.0, "astăzi"),
            (Form::Every, 1.2, "în fiecare zi"),
            (Form::Every, 32.0, "la fiecare 32 de zile"),
            (Form::Times, 1.0, "o dată"),
            (Form::Times, 3.0, "de 3 ori"),
            (Form::Money, 12.5, "12,50"),
            (Form::Lines, 1.4, "1,4 poziții"),
            (Form::Purchases, 0.0, "nicio cumpărătură"),
            (Form::EMails, 21.0, "21 de e-mailuri"),
        ] {
            assert_eq!(ROMANIAN.say(form, value).as_deref(), Some(expected));
        }
    }
}
