//! The words in English.

use super::form::Form;
use super::group::Group;
use super::language::{Language, Words};

/// English.
pub static ENGLISH: Language = Language {
    code: "en",
    templates: TEMPLATES,
    group,
    // The catalogue's own.
    labels: &[],
    made: &[],
    share_through: "share through {}",
    share_through_90d: "share through {}, 90 days",
    another: "another",
    joined_through: "joined through {}",
    not_known: "not known",
    decimal_mark: '.',
    words,
    // One, and all other numbers.
    plural: |number| usize::from(number != 1.0),
};

/// The sentences, by their keys: facts about the customer, with the customer's own numbers.
const TEMPLATES: &[(&str, &str)] = &[
    ("bought_once_and_silent", "not back since the only purchase {recency_days:ago}"),
    ("silent", "last bought {recency_days:ago}"),
    ("overdue", "last bought {recency_days:ago}, usually {gap_mean_days:every}"),
    ("buys_seldom", "buys only {gap_mean_days:every}, last {recency_days:ago}"),
    ("bought_once", "bought only once"),
    ("few_purchases", "only {frequency:purchases} in {tenure_days:days}"),
    ("no_purchase_180d", "no purchase in the last 180 days"),
    (
        "fewer_purchases",
        "{purchases_90d:purchases} in the last 90 days, {purchases_90d_before:count} in the 90 days before",
    ),
    ("spent_less", "spent {spend_90d:money} in the last 90 days, {spend_90d_before:money} in the 90 days before"),
    ("few_purchases_180d", "only {purchases_180d:purchases} in the last 180 days"),
    ("spent_less_last", "spent {monetary_last:money} last time, {monetary_mean:money} on average"),
    ("spends_little", "spends only {monetary_mean:money} a purchase"),
    ("returned", "returned goods {returns_count:times}"),
    ("buys_at_a_discount", "buys at a discount of {discount_share:share} on average"),
    ("smaller_last", "last bought {quantity_last_over_mean:share} of the usual quantity"),
    ("few_categories", "bought from only {categories:categories} so far"),
    ("few_products", "bought only {products:products} so far"),
    ("few_lines", "only {lines_per_purchase:lines} a purchase on average"),
    ("small_quantities", "a quantity of only {quantity_mean:plain} a purchase on average"),
    ("one_category", "spends nearly everything in one category"),
    ("below_cost", "purchases earned less than they cost"),
    ("low_margin", "a margin of only {margin_share:share}"),
    ("little_margin", "a margin of only {margin_total:money} so far"),
    ("one_channel", "buys through one channel only"),
    ("fewer_visits", "{visits_30d:visits} in the last 30 days, {visits_30d_before:count} in the 30 days before"),
    ("no_visit_for", "no visit for {days_since_visit:for}"),
    ("few_visits", "{visits_90d:only_visits} in the last 90 days"),
    ("fewer_logins", "{logins_30d:logins} in the last 30 days, {logins_30d_before:count} in the 30 days before"),
    ("no_login_for", "no login for {days_since_login:for}"),
    ("few_logins", "{logins_90d:only_logins} in the last 90 days"),
    ("no_training", "no training on record"),
    ("training_long_ago", "last training {days_since_training:ago}"),
    ("opened_none", "opened none of {emails_sent_90d:e_mails} in the last 90 days"),
    ("opened_few", "opened {emails_opened_90d:number} of {emails_sent_90d:e_mails} in the last 90 days"),
    ("none_sent", "no e-mail sent in the last 90 days"),
    ("none_opened_for", "no e-mail opened for {days_since_email_open:for}"),
    ("clicked_none", "opened {emails_opened_90d:e_mails} in the last 90 days, clicked on none"),
    ("no_quote_request", "no quote request in the last 365 days"),
    ("few_quote_requests", "only {quote_requests_365d:quote_requests} in the last 365 days"),
    ("no_event_for", "no event of any kind for {days_since_event:for}"),
    ("complaints_open", "{complaints_open:complaints} open"),
    ("tickets_open", "{tickets_open:tickets} open"),
    ("promises_broken", "waited longer than promised {promises_broken:times} in the last 365 days"),
    ("waited_long", "waited {days_to_resolve:days} for a solution on average"),
    ("complaints_90d", "{complaints_90d:complaints} in the last 90 days"),
    ("complaints_365d", "{complaints_365d:complaints} in the last 365 days"),
    ("tickets_90d", "{tickets_90d:tickets} in the last 90 days"),
    ("tickets_365d", "{tickets_365d:tickets} in the last 365 days"),
    ("detractor", "rated {nps_last:points} of 10 when asked last"),
    ("bad_last_rating", "rated the last contact {csat_last:points} of 5"),
    ("bad_ratings", "rated 1 or 2 of 5 {low_ratings_365d:times} in the last 365 days"),
    ("nps_fell", "rated {nps_last:points} of 10 when asked last, {nps_trend:drop} less than on average"),
    ("low_ratings", "ratings of {satisfaction_index:points} of 5 on average in the last 365 days"),
    ("quote_unanswered", "quote request of {days_since_quote_request:ago} without an answer"),
    ("quotes_forgotten", "{quotes_without_followup:quote_requests} of the last 365 days not answered within 7 days"),
    ("no_first_call", "no call in the first 30 days"),
    ("no_call_for", "no call for {days_since_call:for}"),
    ("no_contact_for", "no contact for {days_since_contact:for}"),
    ("no_contact", "no contact on record"),
    ("no_call", "no call on record"),
    ("contract_ended", "contract ended {contract_days_left:past}"),
    ("contract_ends", "contract ends {contract_days_left:ahead}"),
    ("never_renewed", "no renewal on record"),
    ("renewed_long_ago", "last renewal {days_since_renewal:ago}"),
];

fn group(group: Group) -> &'static str {
    match group {
        Group::Silence => "silent for long, or buy seldom",
        Group::Frequency => "have bought few times",
        Group::Activity => "bought little lately",
        Group::Spend => "what they spend",
        Group::Returns => "what they send back",
        Group::Discounts => "how they use discounts",
        Group::Timing => "when in the week they buy",
        Group::Basket => "what they buy, and how much of it",
        Group::Margin => "what their purchases earn",
        Group::Channel => "where they buy",
        Group::Visits => "visit less",
        Group::Logins => "log in less",
        Group::Training => "have had no training, or long ago",
        Group::EMails => "do not open e-mails",
        Group::Engagement => "have little to do with the company",
        Group::Service => "complaints and tickets",
        Group::Satisfaction => "are not content",
        Group::Neglect => "nobody has been in touch",
        Group::Contract => "the end of the contract",
        Group::Attributes => "what kind of customers they are",
        Group::ChannelMix => "through which channels they buy",
        Group::Own => "features of the project",
    }
}

fn words(form: Form) -> Words {
    let plural = |plural| Words { zero: None, only: None, plural };
    let or_none = |zero, plural| Words { zero: Some(zero), only: None, plural };
    match form {
        Form::Ago | Form::Past => or_none("less than a day ago", &["1 day ago", "{} days ago"]),
        Form::Ahead => or_none("today", &["in 1 day", "in {} days"]),
        Form::For | Form::Days => plural(&["1 day", "{} days"]),
        Form::Every => plural(&["every day", "every {} days"]),
        Form::Number | Form::Money | Form::Points | Form::Drop | Form::Plain => plural(&["{}"]),
        Form::Count => or_none("none", &["{}"]),
        Form::Times => or_none("never", &["once", "{} times"]),
        Form::Share => plural(&["{} %"]),
        Form::Yes => or_none("no", &["yes"]),
        Form::Purchases => or_none("no purchase", &["1 purchase", "{} purchases"]),
        Form::Visits => or_none("no visit", &["1 visit", "{} visits"]),
        Form::OnlyVisits => or_none("no visit", &["only 1 visit", "only {} visits"]),
        Form::Logins => or_none("no login", &["1 login", "{} logins"]),
        Form::OnlyLogins => or_none("no login", &["only 1 login", "only {} logins"]),
        Form::EMails => or_none("no e-mail", &["1 e-mail", "{} e-mails"]),
        Form::QuoteRequests => or_none("no quote request", &["1 quote request", "{} quote requests"]),
        Form::Complaints => or_none("no complaint", &["1 complaint", "{} complaints"]),
        Form::Tickets => or_none("no ticket", &["1 ticket", "{} tickets"]),
        Form::Lines => plural(&["1 line", "{} lines"]),
        Form::Products => or_none("no product", &["1 product", "{} products"]),
        Form::Categories => or_none("no category", &["1 category", "{} categories"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_and_one_have_their_own_grammar() {
        for (form, value, expected) in [
            (Form::Ago, 0.9, "less than a day ago"),
            (Form::Ago, 1.9, "1 day ago"),
            (Form::Past, -12.0, "12 days ago"),
            (Form::Ahead, 0.0, "today"),
            (Form::Ahead, 20.0, "in 20 days"),
            (Form::Every, 1.2, "every day"),
            (Form::Days, 0.2, "1 day"),
            (Form::Times, 1.0, "once"),
            (Form::Times, 3.0, "3 times"),
            (Form::Money, 12.5, "12.50"),
            (Form::Share, 0.345, "35 %"),
            (Form::Points, 4.0, "4"),
            (Form::Points, 4.25, "4.3"),
            (Form::Plain, 0.05, "0.05"),
            (Form::Lines, 1.04, "1 line"),
            (Form::Lines, 1.4, "1.4 lines"),
            (Form::Purchases, 0.0, "no purchase"),
            (Form::EMails, 7.0, "7 e-mails"),
        ] {
            assert_eq!(ENGLISH.say(form, value).as_deref(), Some(expected));
        }
        assert_eq!(ENGLISH.say(Form::Days, f64::NAN), None);
        assert_eq!(ENGLISH.say(Form::Money, f64::INFINITY), None);
    }
}
