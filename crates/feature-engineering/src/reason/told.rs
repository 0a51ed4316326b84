//! The sentences that can be told, and when each of them plainly speaks for churn: it says what is late, less than
//! before, less than the average training customer's, or what went wrong. Counts are whole, so "below 0.5" is "none".

use super::form::Form::Money;
use super::group::Group;
use super::sentence::Term::{Number, Of, PartOfTypical, Told, Typical};
use super::sentence::When::{All, Any, AtLeast, Less, Missing};
use super::sentence::{Sentence, When};

const fn tell(group: Group, key: &'static str, when: When) -> Sentence {
    Sentence { group, key, when, ever: false }
}

/// A sentence about all that ever happened.
const fn ever(group: Group, key: &'static str, when: When) -> Sentence {
    Sentence { group, key, when, ever: true }
}

/// By group, in the order in which they are tried. [`Group::Timing`] has none: on which days somebody buys may tell
/// customers apart; it is nothing to call them about.
pub(super) static SENTENCES: &[Sentence] = &[
    // Overdue, or seldom.
    ever(Group::Silence, "bought_once_and_silent", Missing("gap_mean_days")),
    tell(Group::Silence, "silent", All(&[Missing("gap_mean_days"), AtLeast(Of("recency_days"), Number(30.0))])),
    tell(Group::Silence, "overdue", AtLeast(Of("recency_days"), Of("gap_mean_days"))),
    tell(Group::Silence, "buys_seldom", Less(Typical("gap_mean_days"), Of("gap_mean_days"))),
    ever(Group::Frequency, "bought_once", Less(Of("frequency"), Number(1.5))),
    tell(
        Group::Frequency,
        "few_purchases",
        Any(&[Less(Of("frequency"), Typical("frequency")), Less(Of("purchase_rate"), Typical("purchase_rate"))]),
    ),
    // Less than before, or less than others.
    tell(
        Group::Activity,
        "no_purchase_180d",
        All(&[Less(Of("purchases_90d"), Number(0.5)), Less(Of("purchases_90d_before"), Number(0.5))]),
    ),
    tell(Group::Activity, "fewer_purchases", Less(Of("purchases_90d"), Of("purchases_90d_before"))),
    tell(
        Group::Activity,
        "spent_less",
        All(&[
            AtLeast(Of("purchases_90d_before"), Of("purchases_90d")),
            AtLeast(Of("spend_90d"), Number(0.0)),
            Less(Of("spend_90d"), Of("spend_90d_before")),
        ]),
    ),
    tell(Group::Activity, "few_purchases_180d", Less(Of("purchases_90d"), Typical("purchases_90d"))),
    // Less last time than usual, or less than others.
    tell(
        Group::Spend,
        "spent_less_last",
        All(&[AtLeast(Of("frequency"), Number(1.5)), Less(Told("monetary_last", Money), Told("monetary_mean", Money))]),
    ),
    tell(Group::Spend, "spends_little", Less(Of("monetary_mean"), Typical("monetary_mean"))),
    ever(Group::Returns, "returned", AtLeast(Of("returns_count"), Number(0.5))),
    tell(Group::Discounts, "buys_at_a_discount", AtLeast(Of("discount_share"), Number(0.005))),
    tell(
        Group::Basket,
        "smaller_last",
        All(&[
            AtLeast(Of("quantity_last_over_mean"), Number(0.005)),
            Less(Of("quantity_last_over_mean"), Number(0.75)),
        ]),
    ),
    ever(Group::Basket, "few_categories", Less(Of("categories"), Typical("categories"))),
    ever(Group::Basket, "few_products", Less(Of("products"), Typical("products"))),
    tell(Group::Basket, "few_lines", Less(Of("lines_per_purchase"), PartOfTypical(0.8, "lines_per_purchase"))),
    tell(Group::Basket, "small_quantities", Less(Of("quantity_mean"), PartOfTypical(0.8, "quantity_mean"))),
    tell(
        Group::Basket,
        "one_category",
        All(&[
            AtLeast(Of("frequency"), Number(1.5)),
            AtLeast(Of("category_concentration"), Number(0.9)),
            Less(Typical("category_concentration"), Of("category_concentration")),
        ]),
    ),
    tell(Group::Margin, "below_cost", Less(Of("margin_share"), Number(0.0))),
    // A little less than others is no "only".
    tell(Group::Margin, "low_margin", Less(Of("margin_share"), PartOfTypical(0.8, "margin_share"))),
    ever(
        Group::Margin,
        "little_margin",
        All(&[AtLeast(Of("margin_total"), Number(0.0)), Less(Of("margin_total"), PartOfTypical(0.5, "margin_total"))]),
    ),
    tell(
        Group::Channel,
        "one_channel",
        All(&[
            AtLeast(Of("channels"), Number(0.5)),
            Less(Of("channels"), Number(1.5)),
            Less(Of("channels"), Typical("channels")),
        ]),
    ),
    // Where nothing came in two stretches of 30 days, how long it has been says more.
    tell(Group::Visits, "fewer_visits", Less(Of("visits_30d"), Of("visits_30d_before"))),
    tell(
        Group::Visits,
        "no_visit_for",
        All(&[
            AtLeast(Of("days_since_visit"), Number(30.0)),
            Less(Typical("days_since_visit"), Of("days_since_visit")),
        ]),
    ),
    tell(Group::Visits, "few_visits", Less(Of("visits_90d"), Typical("visits_90d"))),
    tell(Group::Logins, "fewer_logins", Less(Of("logins_30d"), Of("logins_30d_before"))),
    tell(
        Group::Logins,
        "no_login_for",
        All(&[
            AtLeast(Of("days_since_login"), Number(30.0)),
            Less(Typical("days_since_login"), Of("days_since_login")),
        ]),
    ),
    tell(Group::Logins, "few_logins", Less(Of("logins_90d"), Typical("logins_90d"))),
    // Trainings are rare: none in a month, or a quarter, says nothing.
    ever(Group::Training, "no_training", Missing("days_since_training")),
    tell(Group::Training, "training_long_ago", Less(Typical("days_since_training"), Of("days_since_training"))),
    // One e-mail that was not opened says nothing.
    tell(
        Group::EMails,
        "opened_none",
        All(&[AtLeast(Of("emails_sent_90d"), Number(1.5)), Less(Of("emails_opened_90d"), Number(0.5))]),
    ),
    tell(
        Group::EMails,
        "opened_few",
        All(&[
            AtLeast(Of("emails_sent_90d"), Number(1.5)),
            Less(Of("emails_opened_90d"), Of("emails_sent_90d")),
            Less(Of("email_open_share_90d"), Typical("email_open_share_90d")),
        ]),
    ),
    tell(
        Group::EMails,
        "none_sent",
        All(&[Less(Of("emails_sent_90d"), Number(0.5)), Less(Of("emails_sent_90d"), Typical("emails_sent_90d"))]),
    ),
    tell(
        Group::EMails,
        "none_opened_for",
        All(&[
            AtLeast(Of("days_since_email_open"), Number(30.0)),
            Less(Typical("days_since_email_open"), Of("days_since_email_open")),
        ]),
    ),
    tell(
        Group::EMails,
        "clicked_none",
        All(&[
            AtLeast(Of("emails_opened_90d"), Number(0.5)),
            Less(Of("emails_clicked_90d"), Number(0.5)),
            Less(Of("emails_clicked_90d"), Typical("emails_clicked_90d")),
        ]),
    ),
    tell(
        Group::Engagement,
        "no_quote_request",
        All(&[
            Less(Of("quote_requests_365d"), Number(0.5)),
            Less(Of("quote_requests_365d"), Typical("quote_requests_365d")),
        ]),
    ),
    tell(Group::Engagement, "few_quote_requests", Less(Of("quote_requests_365d"), Typical("quote_requests_365d"))),
    tell(Group::Engagement, "no_event_for", Less(Typical("days_since_event"), Of("days_since_event"))),
    tell(Group::Service, "complaints_open", AtLeast(Of("complaints_open"), Number(0.5))),
    tell(Group::Service, "tickets_open", AtLeast(Of("tickets_open"), Number(0.5))),
    tell(Group::Service, "promises_broken", AtLeast(Of("promises_broken"), Number(0.5))),
    tell(
        Group::Service,
        "waited_long",
        All(&[AtLeast(Of("days_to_resolve"), Number(1.0)), Less(Typical("days_to_resolve"), Of("days_to_resolve"))]),
    ),
    tell(Group::Service, "complaints_90d", AtLeast(Of("complaints_90d"), Number(0.5))),
    tell(Group::Service, "complaints_365d", AtLeast(Of("complaints_365d"), Number(0.5))),
    tell(Group::Service, "tickets_90d", Less(Typical("tickets_90d"), Of("tickets_90d"))),
    tell(Group::Service, "tickets_365d", Less(Typical("tickets_365d"), Of("tickets_365d"))),
    // Answers of 0 to 6 to the NPS question are detractors'; ratings below 3 of 5 are bad ones.
    tell(Group::Satisfaction, "detractor", Less(Of("nps_last"), Number(7.0))),
    tell(Group::Satisfaction, "bad_last_rating", Less(Of("csat_last"), Number(3.0))),
    tell(Group::Satisfaction, "bad_ratings", AtLeast(Of("low_ratings_365d"), Number(0.5))),
    tell(Group::Satisfaction, "nps_fell", AtLeast(Number(-1.0), Of("nps_trend"))),
    tell(
        Group::Satisfaction,
        "low_ratings",
        All(&[
            // The satisfaction index that is an alert for a company is not praise from a customer either.
            Less(Of("satisfaction_index"), Number(4.5)),
            Less(Of("satisfaction_index"), Typical("satisfaction_index")),
        ]),
    ),
    // Requests are due an answer within 7 days; one of half a year ago has gone cold.
    tell(
        Group::Neglect,
        "quote_unanswered",
        All(&[
            AtLeast(Of("days_since_quote_request"), Number(7.0)),
            Less(Of("days_since_quote_request"), Number(180.0)),
            Any(&[
                Missing("days_since_quote_followup"),
                Less(Of("days_since_quote_request"), Of("days_since_quote_followup")),
            ]),
        ]),
    ),
    tell(Group::Neglect, "quotes_forgotten", AtLeast(Of("quotes_without_followup"), Number(0.5))),
    tell(Group::Neglect, "no_first_call", AtLeast(Of("no_first_call"), Number(0.5))),
    tell(
        Group::Neglect,
        "no_call_for",
        All(&[AtLeast(Of("days_since_call"), Number(30.0)), Less(Typical("days_since_call"), Of("days_since_call"))]),
    ),
    tell(
        Group::Neglect,
        "no_contact_for",
        All(&[
            AtLeast(Of("days_since_contact"), Number(30.0)),
            Less(Typical("days_since_contact"), Of("days_since_contact")),
        ]),
    ),
    ever(Group::Neglect, "no_contact", Missing("days_since_contact")),
    ever(Group::Neglect, "no_call", Missing("days_since_call")),
    tell(Group::Contract, "contract_ended", Less(Of("contract_days_left"), Number(0.0))),
    tell(Group::Contract, "contract_ends", Less(Of("contract_days_left"), Number(90.0))),
    ever(
        Group::Contract,
        "never_renewed",
        All(&[Less(Of("renewals"), Number(0.5)), Less(Of("renewals"), Typical("renewals"))]),
    ),
    tell(Group::Contract, "renewed_long_ago", Less(Typical("days_since_renewal"), Of("days_since_renewal"))),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::english::ENGLISH;
    use super::super::form::{Form, Piece, pieces};
    use super::super::language::Language;
    use super::super::romanian::ROMANIAN;
    use super::super::russian::RUSSIAN;
    use super::super::sentence::Term;
    use super::*;
    use crate::catalogue::{by_name, catalogue};

    /// The features that a sentence compares with the average customer's.
    fn typical(when: &When) -> Vec<&'static str> {
        let of = |term: &Term| match term {
            Typical(name) | PartOfTypical(_, name) => Some(*name),
            _ => None,
        };
        match when {
            Less(a, b) | AtLeast(a, b) => [a, b].into_iter().filter_map(of).collect(),
            All(parts) | Any(parts) => parts.iter().flat_map(typical).collect(),
            Missing(_) => Vec::new(),
        }
    }

    #[test]
    fn every_sentence_has_its_words_and_every_word_its_sentence() {
        let keys: BTreeSet<&str> = SENTENCES.iter().map(|sentence| sentence.key).collect();
        assert_eq!(keys.len(), SENTENCES.len(), "keys are unique");
        let worded: BTreeSet<&str> = ENGLISH.templates.iter().map(|(key, _)| *key).collect();
        assert_eq!(worded, keys);
        assert_eq!(ENGLISH.templates.len(), keys.len(), "no sentence is worded twice");
    }

    /// The values that a template tells.
    fn values(language: &Language, key: &str) -> BTreeSet<&'static str> {
        let template = language.template(key).unwrap_or_default();
        let of = |piece| match piece {
            Piece::Value(name, _) => Some(name),
            Piece::Text(_) => None,
        };
        pieces(template).into_iter().filter_map(of).collect()
    }

    #[test]
    fn all_languages_tell_the_same_of_the_same_features() {
        for language in [&ROMANIAN, &RUSSIAN] {
            assert_eq!(language.templates.len(), ENGLISH.templates.len());
            for ((key, _), (of_english, _)) in language.templates.iter().zip(ENGLISH.templates) {
                assert_eq!(key, of_english, "the order of the English");
                assert_eq!(values(language, key), values(&ENGLISH, key), "{key}");
                let text = language.template(key).unwrap_or_default();
                assert!(
                    !pieces(text).iter().any(|piece| matches!(piece, Piece::Text(t) if t.contains(['{', '}']))),
                    "{text}"
                );
            }
            let mut labels = BTreeSet::new();
            for feature in catalogue() {
                let label = language.label(feature);
                assert!(!label.is_empty() && label != feature.label, "{} has no label of its own", feature.name);
                assert!(labels.insert(label.clone()), "{label} twice");
            }
            assert_eq!(language.labels.len(), catalogue().len(), "a label of no feature");
            for group in Group::ALL {
                assert_ne!(language.group(group), ENGLISH.group(group));
            }
            assert_eq!(language.say(Form::Yes, 0.0).map(|text| text != "no"), Some(true));
        }
    }

    #[test]
    fn sentences_name_features_of_the_catalogue_alone() {
        for sentence in SENTENCES {
            let template = ENGLISH.template(sentence.key).unwrap_or_default();
            for piece in pieces(template) {
                match piece {
                    Piece::Value(name, _) => assert!(by_name(name).is_some(), "{name} in {}", sentence.key),
                    Piece::Text(text) => assert!(!text.contains(['{', '}']), "{text} in {}", sentence.key),
                }
            }
            let mut compared = typical(&sentence.when);
            sentence.when.visit(&mut |name| compared.push(name));
            for name in compared {
                assert!(by_name(name).is_some(), "{name} in {}", sentence.key);
            }
        }
    }

    #[test]
    fn what_a_look_back_hides_is_not_told() {
        let fits = |key: &str, lookback| {
            let sentence = SENTENCES.iter().find(|sentence| sentence.key == key);
            sentence.is_some_and(|sentence| sentence.fits(lookback, &ENGLISH))
        };
        for (key, lookback, expected) in [
            ("no_purchase_180d", None, true),
            ("no_purchase_180d", Some(180), true),
            ("no_purchase_180d", Some(179), false),
            ("few_purchases_180d", Some(100), false),
            ("few_visits", Some(100), true),
            ("bought_once", None, true),
            ("bought_once", Some(3_650), false),
            ("overdue", Some(100), true),
            ("few_purchases", Some(100), true),
        ] {
            assert_eq!(fits(key, lookback), expected, "{key} {lookback:?}");
        }
    }

    #[test]
    fn sentences_compare_with_the_average_customer_only_what_the_same_group_weighs() {
        for sentence in SENTENCES {
            for name in typical(&sentence.when) {
                let group = by_name(name).map(|feature| Group::of(feature));
                assert_eq!(group, Some(sentence.group), "{name} in {}", sentence.key);
            }
        }
    }

    #[test]
    fn every_group_of_catalogue_features_but_timing_has_something_to_say() {
        let told: BTreeSet<Group> = SENTENCES.iter().map(|sentence| sentence.group).collect();
        for feature in catalogue() {
            let group = Group::of(feature);
            assert!(told.contains(&group) || group == Group::Timing || group.told_by_feature(), "{group:?}");
        }
        assert!(!told.contains(&Group::Timing) && told.iter().all(|group| !group.told_by_feature()));
    }
}
