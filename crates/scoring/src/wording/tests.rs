//! What is told of made customers: a sentence where one plainly speaks for churn, and none where it would speak against.

use feature_engineering::by_name;
use feature_engineering::reason::{Group, sentences};

use super::*;

/// Features of a customer by their names.
type Values = &'static [(&'static str, f64)];

const NAN: f64 = f64::NAN;

fn value(of: &[(&str, f64)], name: &str) -> Option<f64> {
    of.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
}

/// Tells of a customer with these features, beside an average customer with those; later values replace earlier ones.
fn tell(group: Group, customer: &[(&str, f64)], changes: &[(&str, f64)], average: &[(&str, f64)]) -> Option<String> {
    let all: Vec<(&str, f64)> = changes.iter().chain(customer).copied().collect();
    for (name, _) in all.iter().chain(average) {
        assert!(by_name(name).is_some(), "{name} is no feature");
    }
    let columns: Vec<(&str, [f64; 1])> = all.iter().map(|(name, value)| (*name, [*value])).collect();
    let column = |name: &str| columns.iter().find(|(n, _)| *n == name).map(|(_, column)| column.as_slice());
    let typical = |name: &str| value(average, name).unwrap_or(NAN);
    let facts = Facts { column: &column, typical: &typical };
    let of_group = sentences().iter().filter(|sentence| sentence.group == group);
    Teller::Sentences(of_group.filter_map(|sentence| Told::new(sentence, &facts)).collect()).of(0)
}

const BUYER: Values = &[
    ("recency_days", 143.7),
    ("tenure_days", 400.0),
    ("frequency", 11.0),
    ("purchase_rate", 0.825),
    ("monetary_mean", 48.0),
    ("monetary_last", 12.5),
    ("gap_mean_days", 39.6),
    ("purchases_90d", 2.0),
    ("purchases_90d_before", 6.0),
    ("purchases_180d", 8.0),
    ("spend_90d", 30.0),
    ("spend_90d_before", 240.0),
    ("returns_count", 3.0),
    ("discount_share", 0.35),
];

const AVERAGE: Values = &[
    ("frequency", 12.0),
    ("purchase_rate", 1.0),
    ("purchases_90d", 2.5),
    ("gap_mean_days", 50.0),
    ("monetary_mean", 40.0),
];

#[track_caller]
fn told(group: Group, changes: Values, expected: impl Into<Option<&'static str>>) {
    assert_eq!(tell(group, BUYER, changes, AVERAGE).as_deref(), expected.into());
}

#[test]
fn reasons_are_facts_with_the_customers_own_numbers() {
    told(Group::Silence, &[], "last bought 143 days ago, usually every 40 days");
    told(Group::Frequency, &[], "only 11 purchases in 400 days");
    told(Group::Activity, &[], "2 purchases in the last 90 days, 6 in the 90 days before");
    told(Group::Spend, &[], "spent 12.50 last time, 48.00 on average");
    told(Group::Returns, &[], "returned goods 3 times");
    told(Group::Discounts, &[], "buys at a discount of 35 % on average");
}

#[test]
fn what_does_not_speak_for_churn_is_not_told() {
    told(Group::Silence, &[("recency_days", 20.0)], None);
    told(
        Group::Silence,
        &[("recency_days", 20.0), ("gap_mean_days", 262.0)],
        "buys only every 262 days, last 20 days ago",
    );
    told(Group::Frequency, &[("frequency", 30.0), ("purchase_rate", 2.25)], None);
    told(Group::Activity, &[("purchases_90d", 6.0), ("purchases_90d_before", 2.0)], None);
    told(
        Group::Activity,
        &[("purchases_90d", 1.0), ("purchases_90d_before", 0.0), ("purchases_180d", 1.0)],
        "only 1 purchase in the last 180 days",
    );
    const STEADY: [(&str, f64); 2] = [("purchases_90d", 3.0), ("purchases_90d_before", 3.0)];
    told(Group::Activity, &STEADY, "spent 30.00 in the last 90 days, 240.00 in the 90 days before");
    told(Group::Activity, &[STEADY[0], STEADY[1], ("spend_90d", 240.0)], None);
    told(Group::Activity, &[STEADY[0], STEADY[1], ("spend_90d", -20.0)], None);
    // More purchases of less money are more.
    told(Group::Activity, &[("purchases_90d", 4.0), ("purchases_90d_before", 3.0)], None);
    told(Group::Spend, &[("monetary_last", 60.0)], None);
    told(Group::Spend, &[("monetary_last", 60.0), ("monetary_mean", 20.0)], "spends only 20.00 a purchase");
    // They differ, but read alike.
    told(Group::Spend, &[("monetary_last", 47.999)], None);
    told(Group::Returns, &[("returns_count", 0.0)], None);
    told(Group::Discounts, &[("discount_share", 0.001)], None);
    told(Group::Timing, &[], None);
}

#[test]
fn none_and_one_have_their_own_grammar() {
    const ONCE: Values = &[
        ("recency_days", 1.2),
        ("tenure_days", 1.2),
        ("frequency", 1.0),
        ("purchase_rate", 1.0),
        ("monetary_mean", 12.5),
        ("gap_mean_days", NAN),
        ("purchases_90d", 1.0),
        ("purchases_90d_before", 0.0),
        ("purchases_180d", 1.0),
        ("returns_count", 1.0),
    ];
    told(Group::Silence, ONCE, "not back since the only purchase 1 day ago");
    told(Group::Frequency, ONCE, "bought only once");
    told(Group::Activity, ONCE, "only 1 purchase in the last 180 days");
    told(Group::Spend, ONCE, "spends only 12.50 a purchase");
    told(Group::Returns, ONCE, "returned goods once");
    told(Group::Activity, &[("purchases_90d", 0.0)], "no purchase in the last 90 days, 6 in the 90 days before");
    told(
        Group::Activity,
        &[("purchases_90d", 0.0), ("purchases_90d_before", 0.0), ("purchases_180d", 0.0)],
        "no purchase in the last 180 days",
    );
    told(Group::Silence, &[("gap_mean_days", 1.2), ("recency_days", 3.9)], "last bought 3 days ago, usually every day");
}

#[test]
fn features_that_the_model_does_not_use_are_compared_with_nothing() {
    let changes: Values = &[
        ("recency_days", 1.0),
        ("purchases_90d", 1.0),
        ("purchases_90d_before", 1.0),
        ("spend_90d", 500.0),
        ("monetary_last", 48.0),
    ];
    for group in [Group::Silence, Group::Frequency, Group::Activity, Group::Spend] {
        assert_eq!(tell(group, BUYER, changes, &[]), None, "{group:?}");
    }
}

#[track_caller]
fn told_of(group: Group, customer: Values, average: Values, expected: impl Into<Option<&'static str>>) {
    assert_eq!(tell(group, customer, &[], average).as_deref(), expected.into());
}

#[test]
fn visits_and_logins_are_told_where_they_grow_rare() {
    let all = |now, before, quarter, since| {
        [("visits_30d", now), ("visits_30d_before", before), ("visits_90d", quarter), ("days_since_visit", since)]
    };
    let visits = |values: [(&'static str, f64); 4]| {
        tell(Group::Visits, &values, &[], &[("visits_90d", 5.0), ("days_since_visit", 33.0)])
    };
    let say = |text: &str| Some(text.to_owned());
    assert_eq!(visits(all(0.0, 6.0, 8.0, 45.2)), say("no visit in the last 30 days, 6 in the 30 days before"));
    assert_eq!(visits(all(1.0, 2.0, 8.0, 3.0)), say("1 visit in the last 30 days, 2 in the 30 days before"));
    assert_eq!(visits(all(0.0, 0.0, 1.0, 75.9)), say("no visit for 75 days"));
    assert_eq!(visits(all(1.0, 1.0, 2.0, 9.0)), say("only 2 visits in the last 90 days"));
    assert_eq!(visits(all(0.0, 0.0, 0.0, NAN)), say("no visit in the last 90 days"));
    assert_eq!(visits(all(4.0, 4.0, 12.0, 2.0)), None);
    told_of(
        Group::Logins,
        &[("logins_30d", 2.0), ("logins_30d_before", 9.0)],
        &[],
        "2 logins in the last 30 days, 9 in the 30 days before",
    );
    let average: Values = &[("days_since_login", 12.0)];
    told_of(Group::Logins, &[("days_since_login", 31.0)], average, "no login for 31 days");
    told_of(Group::Logins, &[("days_since_login", 29.0)], average, None);
    told_of(Group::Logins, &[("days_since_login", 31.0)], &[("days_since_login", 50.0)], None);
    told_of(Group::Training, &[("days_since_training", NAN)], &[], "no training on record");
    told_of(
        Group::Training,
        &[("days_since_training", 200.5)],
        &[("days_since_training", 60.0)],
        "last training 200 days ago",
    );
    told_of(Group::Training, &[("days_since_training", 20.0)], &[("days_since_training", 60.0)], None);
}

#[test]
fn e_mails_are_told_where_they_stay_unopened_or_are_not_sent() {
    let all = |sent, opened, clicked, since| {
        [
            ("emails_sent_90d", sent),
            ("emails_opened_90d", opened),
            ("emails_clicked_90d", clicked),
            ("email_open_share_90d", opened / sent),
            ("days_since_email_open", since),
        ]
    };
    const AVERAGE: Values = &[
        ("emails_sent_90d", 6.0),
        ("email_open_share_90d", 0.4),
        ("emails_clicked_90d", 1.2),
        ("days_since_email_open", 40.0),
    ];
    let e_mails = |values: [(&'static str, f64); 5]| tell(Group::EMails, &values, &[], AVERAGE);
    let say = |text: &str| Some(text.to_owned());
    assert_eq!(e_mails(all(7.0, 0.0, 0.0, 100.0)), say("opened none of 7 e-mails in the last 90 days"));
    assert_eq!(e_mails(all(8.0, 2.0, 1.0, 30.0)), say("opened 2 of 8 e-mails in the last 90 days"));
    assert_eq!(e_mails(all(0.0, 0.0, 0.0, 120.4)), say("no e-mail sent in the last 90 days"));
    assert_eq!(e_mails(all(1.0, 0.0, 0.0, 120.4)), say("no e-mail opened for 120 days"));
    assert_eq!(e_mails(all(1.0, 0.0, 0.0, NAN)), None);
    assert_eq!(e_mails(all(8.0, 6.0, 0.0, 3.0)), say("opened 6 e-mails in the last 90 days, clicked on none"));
    assert_eq!(e_mails(all(8.0, 6.0, 3.0, 3.0)), None);
}

#[test]
fn engagement_of_other_kinds_is_told_where_it_is_little() {
    let average: Values = &[("quote_requests_365d", 2.2), ("days_since_event", 20.0)];
    let quotes = |n: f64| tell(Group::Engagement, &[("quote_requests_365d", n)], &[], average);
    assert_eq!(quotes(0.0).as_deref(), Some("no quote request in the last 365 days"));
    assert_eq!(quotes(1.0).as_deref(), Some("only 1 quote request in the last 365 days"));
    assert_eq!(quotes(3.0), None);
    told_of(Group::Engagement, &[("days_since_event", 120.9)], average, "no event of any kind for 120 days");
    told_of(Group::Engagement, &[("days_since_event", 12.0)], average, None);
}

#[test]
fn service_is_told_by_what_is_open_before_what_is_over() {
    let average: Values = &[("days_to_resolve", 2.0), ("tickets_365d", 1.5), ("tickets_90d", 0.5)];
    told_of(Group::Service, &[("complaints_open", 2.0), ("tickets_open", 1.0)], average, "2 complaints open");
    told_of(Group::Service, &[("complaints_open", 0.0), ("tickets_open", 1.0)], average, "1 ticket open");
    told_of(
        Group::Service,
        &[("complaints_open", 0.0), ("promises_broken", 1.0)],
        average,
        "waited longer than promised once in the last 365 days",
    );
    told_of(Group::Service, &[("days_to_resolve", 6.2)], average, "waited 6 days for a solution on average");
    told_of(Group::Service, &[("days_to_resolve", 1.2)], average, None);
    told_of(Group::Service, &[("complaints_90d", 1.0)], average, "1 complaint in the last 90 days");
    told_of(
        Group::Service,
        &[("complaints_90d", 0.0), ("complaints_365d", 4.0)],
        average,
        "4 complaints in the last 365 days",
    );
    told_of(Group::Service, &[("tickets_365d", 3.0)], average, "3 tickets in the last 365 days");
    let content: Values = &[
        ("complaints_open", 0.0),
        ("tickets_open", 0.0),
        ("promises_broken", 0.0),
        ("days_to_resolve", NAN),
        ("complaints_90d", 0.0),
        ("complaints_365d", 0.0),
        ("tickets_90d", 0.0),
        ("tickets_365d", 1.0),
    ];
    told_of(Group::Service, content, average, None);
}

#[test]
fn satisfaction_is_told_where_it_is_low_or_fell() {
    let average: Values = &[("satisfaction_index", 4.2)];
    told_of(Group::Satisfaction, &[("nps_last", 3.0)], average, "rated 3 of 10 when asked last");
    told_of(Group::Satisfaction, &[("nps_last", 9.0), ("nps_trend", 0.5)], average, None);
    told_of(Group::Satisfaction, &[("nps_last", NAN), ("nps_trend", NAN)], average, None);
    told_of(
        Group::Satisfaction,
        &[("nps_last", 7.0), ("nps_trend", -1.5)],
        average,
        "rated 7 of 10 when asked last, 1.5 less than on average",
    );
    told_of(Group::Satisfaction, &[("csat_last", 2.0)], average, "rated the last contact 2 of 5");
    told_of(
        Group::Satisfaction,
        &[("csat_last", 4.0), ("low_ratings_365d", 2.0)],
        average,
        "rated 1 or 2 of 5 2 times in the last 365 days",
    );
    told_of(
        Group::Satisfaction,
        &[("satisfaction_index", 3.46)],
        average,
        "ratings of 3.5 of 5 on average in the last 365 days",
    );
    told_of(Group::Satisfaction, &[("satisfaction_index", 4.6)], &[("satisfaction_index", 4.8)], None);
}

#[test]
fn neglect_is_told_by_what_is_still_to_be_done() {
    let quote = |request, followup| {
        tell(
            Group::Neglect,
            &[
                ("days_since_quote_request", request),
                ("days_since_quote_followup", followup),
                ("quotes_without_followup", 0.0),
            ],
            &[],
            &[],
        )
    };
    let unanswered = Some("quote request of 12 days ago without an answer".to_owned());
    assert_eq!(quote(12.3, NAN), unanswered);
    assert_eq!(quote(12.3, 80.0), unanswered);
    for (request, followup) in [(12.3, 4.0), (3.0, NAN), (NAN, NAN), (200.0, NAN)] {
        assert_eq!(quote(request, followup), None, "{request} {followup}");
    }
    told_of(
        Group::Neglect,
        &[("quotes_without_followup", 2.0)],
        &[],
        "2 quote requests of the last 365 days not answered within 7 days",
    );
    told_of(Group::Neglect, &[("no_first_call", 1.0)], &[], "no call in the first 30 days");
    for value in [0.0, NAN] {
        assert_eq!(tell(Group::Neglect, &[("no_first_call", value)], &[], &[]), None);
    }
    let average: Values = &[("days_since_call", 60.0), ("days_since_contact", 10.0)];
    told_of(Group::Neglect, &[("days_since_call", 90.5)], average, "no call for 90 days");
    told_of(Group::Neglect, &[("days_since_call", 50.0)], average, None);
    told_of(Group::Neglect, &[("days_since_contact", 45.0)], average, "no contact for 45 days");
    told_of(Group::Neglect, &[("days_since_contact", 20.0)], average, None);
    told_of(Group::Neglect, &[("days_since_contact", NAN)], average, "no contact on record");
}

#[test]
fn contracts_are_told_near_their_end() {
    let days_left = |days: f64| tell(Group::Contract, &[("contract_days_left", days)], &[], &[]);
    assert_eq!(days_left(20.0).as_deref(), Some("contract ends in 20 days"));
    assert_eq!(days_left(0.0).as_deref(), Some("contract ends today"));
    assert_eq!(days_left(-12.0).as_deref(), Some("contract ended 12 days ago"));
    assert_eq!(days_left(90.0), None);
    assert_eq!(days_left(NAN), None);
    told_of(Group::Contract, &[("renewals", 0.0)], &[("renewals", 1.2)], "no renewal on record");
    told_of(Group::Contract, &[("renewals", 2.0)], &[("renewals", 1.2)], None);
    told_of(
        Group::Contract,
        &[("days_since_renewal", 340.0)],
        &[("days_since_renewal", 200.0)],
        "last renewal 340 days ago",
    );
}

#[test]
fn baskets_margins_and_channels_are_told_where_they_are_small() {
    let average: Values = &[
        ("categories", 4.0),
        ("products", 12.0),
        ("lines_per_purchase", 3.0),
        ("quantity_mean", 9.0),
        ("category_concentration", 0.6),
        ("margin_share", 0.3),
        ("margin_total", 100.0),
        ("channels", 1.8),
    ];
    told_of(Group::Basket, &[("quantity_last_over_mean", 0.4)], average, "last bought 40 % of the usual quantity");
    told_of(Group::Basket, &[("quantity_last_over_mean", 1.4)], average, None);
    told_of(Group::Basket, &[("categories", 1.0)], average, "bought from only 1 category so far");
    told_of(Group::Basket, &[("categories", 6.0), ("products", 5.0)], average, "bought only 5 products so far");
    told_of(Group::Basket, &[("lines_per_purchase", 1.44)], average, "only 1.4 lines a purchase on average");
    told_of(Group::Basket, &[("quantity_mean", 2.5)], average, "a quantity of only 2.5 a purchase on average");
    told_of(Group::Basket, &[("quantity_mean", 25.0)], average, None);
    told_of(
        Group::Basket,
        &[("frequency", 5.0), ("category_concentration", 0.97)],
        average,
        "spends nearly everything in one category",
    );
    told_of(Group::Basket, &[("frequency", 1.0), ("category_concentration", 1.0)], average, None);
    told_of(Group::Margin, &[("margin_share", 0.12)], average, "a margin of only 12 %");
    told_of(Group::Margin, &[("margin_share", 0.29)], average, None);
    told_of(Group::Margin, &[("margin_share", -0.12)], average, "purchases earned less than they cost");
    told_of(Group::Margin, &[("margin_share", 0.4), ("margin_total", 30.0)], average, "a margin of only 30.00 so far");
    told_of(Group::Margin, &[("margin_share", 0.4), ("margin_total", 300.0)], average, None);
    told_of(Group::Channel, &[("channels", 1.0)], average, "buys through one channel only");
    told_of(Group::Channel, &[("channels", 3.0)], average, None);
    told_of(Group::Channel, &[("channels", 1.0)], &[("channels", 1.0)], None);
}

/// A feature of a project, with a definition that does not matter here.
fn own(description: &str, unit: Unit) -> Feature {
    Feature {
        name: "own_feature".to_owned(),
        family: feature_engineering::Family::Own,
        unit,
        label: String::new(),
        description: description.to_owned(),
        transform: feature_engineering::Transform::Identity,
        used: feature_engineering::Use::Modelled,
        definition: Expression::Constant(1.0),
    }
}

#[test]
fn features_of_a_project_are_told_by_their_description_and_value() {
    for (description, unit, value, expected) in [
        ("Visits to the stand; missing without one", Unit::Count, 2.0, Some("visits to the stand: 2")),
        ("NPS of the branch", Unit::Points, 4.25, Some("NPS of the branch: 4.25")),
        ("Money spent on spares", Unit::Currency, 12.5, Some("money spent on spares: 12.50")),
        ("Share of spares", Unit::Share, 0.345, Some("share of spares: 35 %")),
        ("Has a spare key", Unit::Flag, 0.0, Some("has a spare key: no")),
        ("", Unit::Ratio, 0.012_34, Some("own feature: 0.0123")),
        ("Visits", Unit::Count, NAN, None),
    ] {
        let told = Teller::of_feature(&own(description, unit), &[value]).of(0);
        assert_eq!(told.as_deref(), expected);
    }
}

#[test]
fn attributes_are_told_of_those_who_have_them() {
    let definition = Expression::Customer(Attribute::Is("home_region".to_owned(), "north".to_owned()));
    let feature = Feature { definition, ..own("1 where home_region is north", Unit::Flag) };
    let values = [1.0, 0.0];
    let teller = Teller::of_feature(&feature, &values);
    assert_eq!(teller.of(0).as_deref(), Some("home region: north"));
    assert_eq!(teller.of(1), None);
}

#[test]
fn a_sentence_without_one_of_its_columns_is_not_told() {
    // Whether a quote request is answered cannot be known where answers are not recorded.
    told_of(Group::Neglect, &[("days_since_quote_request", 12.0)], &[], None);
    told_of(Group::Silence, &[("gap_mean_days", NAN)], &[], None);
}
