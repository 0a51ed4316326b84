//! What is told of made customers: a sentence where one plainly speaks for churn, and none where it would speak against.

mod events;

use feature_engineering::by_name;
use feature_engineering::reason::{ENGLISH, Group, sentences};

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
    let facts = Facts { language: &ENGLISH, column: &column, typical: &typical };
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
        let told = Teller::of_feature(&ENGLISH, &own(description, unit), &[value]).of(0);
        assert_eq!(told.as_deref(), expected);
    }
}

#[test]
fn attributes_are_told_of_those_who_have_them() {
    let definition = Expression::Customer(Attribute::Is("home_region".to_owned(), "north".to_owned()));
    let feature = Feature { definition, ..own("1 where home_region is north", Unit::Flag) };
    let values = [1.0, 0.0];
    let teller = Teller::of_feature(&ENGLISH, &feature, &values);
    assert_eq!(teller.of(0).as_deref(), Some("home region: north"));
    assert_eq!(teller.of(1), None);
}

#[test]
fn a_sentence_without_one_of_its_columns_is_not_told() {
    // Whether a quote request is answered cannot be known where answers are not recorded.
    told_of(Group::Neglect, &[("days_since_quote_request", 12.0)], &[], None);
    told_of(Group::Silence, &[("gap_mean_days", NAN)], &[], None);
}
