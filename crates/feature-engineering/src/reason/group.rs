//! Groups of features: features that together are one reason.

use crate::feature::{Family, Feature};
use crate::measure::Rows;

/// Features that together are one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Group {
    /// How long the customer has been silent, and their own rhythm.
    Silence,
    /// How often the customer bought, and since when: few purchases are few for the time they took.
    Frequency,
    /// Purchases and spending lately, against before.
    Activity,
    /// Money spent in all, on average and last.
    Spend,
    /// What went back.
    Returns,
    /// Buying at a discount.
    Discounts,
    /// When in the week, and at which time of the year, the customer buys.
    Timing,
    /// What is bought, and how much of it.
    Basket,
    /// What the purchases earn.
    Margin,
    /// Where the customer buys.
    Channel,
    /// Visits.
    Visits,
    /// Logins.
    Logins,
    /// Trainings.
    Training,
    /// E-mails sent, opened and clicked.
    EMails,
    /// Whatever else the customer does beside buying.
    Engagement,
    /// Complaints and tickets.
    Service,
    /// What the customer says: scores and ratings.
    Satisfaction,
    /// What the company has not done for the customer.
    Neglect,
    /// The end of the contract.
    Contract,
    /// What the customers table says; each column, or feature of another kind, is a reason of its own.
    Attributes,
    /// How much of what the customer buys comes through which channel; each feature is a reason of its own.
    ChannelMix,
    /// Declared in the project file; each feature is a reason of its own.
    Own,
}

impl Group {
    /// All groups, in their order.
    pub const ALL: [Group; 22] = [
        Group::Silence,
        Group::Frequency,
        Group::Activity,
        Group::Spend,
        Group::Returns,
        Group::Discounts,
        Group::Timing,
        Group::Basket,
        Group::Margin,
        Group::Channel,
        Group::Visits,
        Group::Logins,
        Group::Training,
        Group::EMails,
        Group::Engagement,
        Group::Service,
        Group::Satisfaction,
        Group::Neglect,
        Group::Contract,
        Group::Attributes,
        Group::ChannelMix,
        Group::Own,
    ];
}

/// Features that are told about in another group than the rest of their family.
const MOVED: [(&str, Group); 13] = [
    ("frequency", Group::Frequency),
    ("purchase_rate", Group::Frequency),
    ("purchase_days", Group::Frequency),
    ("gap_mean_missing", Group::Frequency),
    ("gap_std_missing", Group::Frequency),
    ("monetary_total", Group::Spend),
    ("monetary_mean", Group::Spend),
    ("monetary_std", Group::Spend),
    ("monetary_median", Group::Spend),
    ("monetary_max", Group::Spend),
    ("monetary_last", Group::Spend),
    ("monetary_first", Group::Spend),
    ("last_over_mean", Group::Spend),
];

/// Events that have a group of their own among those that pass between the company and the customer.
const OF_EVENTS: [(&[&str], Group); 5] = [
    (&["visit"], Group::Visits),
    (&["login"], Group::Logins),
    (&["training"], Group::Training),
    (&["email_sent", "email_open", "email_click"], Group::EMails),
    (&["call"], Group::Neglect),
];

impl Group {
    /// The group of a feature, whether the catalogue knows it or not.
    #[must_use]
    pub fn of(feature: &Feature) -> Self {
        match feature.family {
            Family::Own => Group::Own,
            Family::Attributes => Group::Attributes,
            Family::Channel if feature.level_source().is_some() => Group::ChannelMix,
            Family::Engagement | Family::Neglect => of_events(feature).unwrap_or(match feature.family {
                Family::Neglect => Group::Neglect,
                _ => Group::Engagement,
            }),
            family => {
                let moved = MOVED.iter().find(|(name, _)| *name == feature.name);
                moved.map_or_else(|| of_family(family), |(_, group)| *group)
            }
        }
    }

    /// The group's name, as in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Group::Silence => "silence",
            Group::Frequency => "frequency",
            Group::Activity => "activity",
            Group::Spend => "spend",
            Group::Returns => "returns",
            Group::Discounts => "discounts",
            Group::Timing => "timing",
            Group::Basket => "basket",
            Group::Margin => "margin",
            Group::Channel => "channel",
            Group::Visits => "visits",
            Group::Logins => "logins",
            Group::Training => "training",
            Group::EMails => "e_mails",
            Group::Engagement => "engagement",
            Group::Service => "service",
            Group::Satisfaction => "satisfaction",
            Group::Neglect => "neglect",
            Group::Contract => "contract",
            Group::Attributes => "attributes",
            Group::ChannelMix => "channel_mix",
            Group::Own => "own",
        }
    }

    /// Whether each feature of the group is a reason of its own, told by its description and value: no sentence of the
    /// catalogue can know what such a feature says.
    #[must_use]
    pub fn told_by_feature(self) -> bool {
        matches!(self, Group::Attributes | Group::ChannelMix | Group::Own)
    }
}

fn of_family(family: Family) -> Group {
    match family {
        Family::Recency | Family::Cadence => Group::Silence,
        Family::Tenure => Group::Frequency,
        Family::Frequency | Family::Monetary | Family::Trend => Group::Activity,
        Family::Basket => Group::Basket,
        Family::Returns => Group::Returns,
        Family::Discounts => Group::Discounts,
        Family::Margin => Group::Margin,
        Family::Channel => Group::Channel,
        Family::Timing | Family::Seasonality => Group::Timing,
        Family::Engagement => Group::Engagement,
        Family::Service => Group::Service,
        Family::Satisfaction => Group::Satisfaction,
        Family::Neglect => Group::Neglect,
        Family::Contract => Group::Contract,
        Family::Attributes => Group::Attributes,
        // What such a model makes of the purchases is a judgement of the silence, and told in its words.
        Family::BuyTillYouDie => Group::Silence,
        Family::Own => Group::Own,
    }
}

/// The group of the events that a feature counts, where all of them have the same.
fn of_events(feature: &Feature) -> Option<Group> {
    let mut kinds: Vec<&str> = Vec::new();
    feature.definition.visit(&mut |measure| {
        if let Rows::Events(of) = &measure.rows {
            kinds.extend(of.iter().map(String::as_str));
        }
    });
    let all_of = |(of, _): &&(&[&str], Group)| !kinds.is_empty() && kinds.iter().all(|kind| of.contains(kind));
    OF_EVENTS.iter().find(all_of).map(|(_, group)| *group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{by_name, catalogue};

    #[test]
    fn every_feature_is_in_the_group_that_talks_about_it() {
        for (name, group) in [
            ("recency_days", Group::Silence),
            ("tenure_days", Group::Frequency),
            ("recency_over_gap", Group::Silence),
            ("silence_evidence", Group::Silence),
            ("days_since_sign_of_life", Group::Silence),
            ("expected_signs_since_last", Group::Silence),
            ("purchases_30d_before", Group::Activity),
            ("purchases_trend_90d", Group::Activity),
            ("spend_trend_90d", Group::Activity),
            ("spend_30d", Group::Activity),
            ("monetary_std", Group::Spend),
            ("gap_std_days", Group::Silence),
            ("gap_std_missing", Group::Frequency),
            ("returns_share", Group::Returns),
            ("discount_share", Group::Discounts),
            ("weekend_share", Group::Timing),
            ("as_of_year_sine", Group::Timing),
            ("categories", Group::Basket),
            ("margin_share", Group::Margin),
            ("channel_top_share", Group::Channel),
            ("visits_trend_30d", Group::Visits),
            ("days_since_login_missing", Group::Logins),
            ("trainings_90d", Group::Training),
            ("email_open_share_90d", Group::EMails),
            ("email_open_trend_90d", Group::EMails),
            ("quote_requests_365d", Group::Engagement),
            ("events_90d", Group::Engagement),
            ("calls_90d", Group::Neglect),
            ("days_since_contact", Group::Neglect),
            ("quotes_without_followup", Group::Neglect),
            ("complaints_open", Group::Service),
            ("nps_last", Group::Satisfaction),
            ("contract_days_left", Group::Contract),
        ] {
            assert_eq!(by_name(name).map(|feature| Group::of(feature)), Some(group), "{name}");
        }
        for (name, _) in MOVED {
            assert!(by_name(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_group_has_a_feature_unless_it_waits_for_features_from_elsewhere() {
        let used: std::collections::BTreeSet<Group> = catalogue().iter().map(|feature| Group::of(feature)).collect();
        assert_eq!(used.len(), Group::Contract as usize + 1);
    }

    #[test]
    fn features_of_a_project_are_their_own_whatever_they_are_called() {
        for name in ["frequency", "monetary_mean"] {
            let own = by_name(name).map(|feature| Feature { family: Family::Own, ..Feature::clone(feature) });
            assert_eq!(own.as_ref().map(Group::of), Some(Group::Own));
        }
    }
}
