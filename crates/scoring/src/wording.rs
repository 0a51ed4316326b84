//! The words of the reasons, in English: facts about the customer, with the customer's own numbers.

use feature_engineering::FeatureTable;

use crate::ScoringError;
use crate::reasons::Group;

/// The columns that reasons are told with.
pub(crate) struct Facts<'a> {
    recency_days: &'a [f64],
    tenure_days: &'a [f64],
    frequency: &'a [f64],
    monetary_mean: &'a [f64],
    monetary_last: &'a [f64],
    gap_mean_days: &'a [f64],
    purchases_90d: &'a [f64],
    purchases_90d_before: &'a [f64],
    spend_90d: &'a [f64],
    spend_90d_before: &'a [f64],
    weekend_share: &'a [f64],
    returns_count: Option<&'a [f64]>,
    discount_share: Option<&'a [f64]>,
}

/// What is told about one customer; NaN where there is nothing to tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fact {
    recency_days: f64,
    tenure_days: f64,
    frequency: f64,
    monetary_mean: f64,
    monetary_last: f64,
    gap_mean_days: f64,
    purchases_90d: f64,
    purchases_90d_before: f64,
    spend_90d: f64,
    spend_90d_before: f64,
    weekend_share: f64,
    returns_count: f64,
    discount_share: f64,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(table: &'a FeatureTable) -> Result<Self, ScoringError> {
        let column = |name| table.column_named(name).ok_or(ScoringError::MissingFeature { name });
        Ok(Self {
            recency_days: column("recency_days")?,
            tenure_days: column("tenure_days")?,
            frequency: column("frequency")?,
            monetary_mean: column("monetary_mean")?,
            monetary_last: column("monetary_last")?,
            gap_mean_days: column("gap_mean_days")?,
            purchases_90d: column("purchases_90d")?,
            purchases_90d_before: column("purchases_90d_before")?,
            spend_90d: column("spend_90d")?,
            spend_90d_before: column("spend_90d_before")?,
            weekend_share: column("weekend_share")?,
            // Only exports with returns or discounts have these; where they don't, no model has the group either.
            returns_count: table.column_named("returns_count"),
            discount_share: table.column_named("discount_share"),
        })
    }

    pub(crate) fn row(&self, row: usize) -> Fact {
        let optional = |column: Option<&[f64]>| column.map_or(f64::NAN, |column| column[row]);
        Fact {
            recency_days: self.recency_days[row],
            tenure_days: self.tenure_days[row],
            frequency: self.frequency[row],
            monetary_mean: self.monetary_mean[row],
            monetary_last: self.monetary_last[row],
            gap_mean_days: self.gap_mean_days[row],
            purchases_90d: self.purchases_90d[row],
            purchases_90d_before: self.purchases_90d_before[row],
            spend_90d: self.spend_90d[row],
            spend_90d_before: self.spend_90d_before[row],
            weekend_share: self.weekend_share[row],
            returns_count: optional(self.returns_count),
            discount_share: optional(self.discount_share),
        }
    }
}

/// The reason of a group for one customer. A group is told only where it raises the customer's probability above the
/// average customer's, so that each sentence says what is low, late or long.
pub(crate) fn sentence(group: Group, fact: &Fact) -> String {
    match group {
        Group::Silence => silence(fact),
        Group::Frequency if fact.frequency < 1.5 => "bought only once".to_owned(),
        Group::Frequency => format!("{} in {}", purchases(fact.frequency), days(fact.tenure_days)),
        Group::Activity => activity(fact),
        Group::Spend => match (money(fact.monetary_last), money(fact.monetary_mean)) {
            (_, mean) if fact.frequency < 1.5 => format!("spent {mean} on the only purchase"),
            (last, mean) if last != mean => format!("spent {last} last time, {mean} on average"),
            (_, mean) => format!("spends {mean} a purchase"),
        },
        Group::Returns => match whole(fact.returns_count) {
            0 => "never returned anything".to_owned(),
            1 => "returned goods once".to_owned(),
            n => format!("returned goods {n} times"),
        },
        Group::Discounts => match percent(fact.discount_share).as_str() {
            "0" => "buys at full price".to_owned(),
            share => format!("buys at a discount of {share} % on average"),
        },
        Group::Timing => match percent(fact.weekend_share).as_str() {
            "0" => "never buys at weekends".to_owned(),
            "100" => "buys only at weekends".to_owned(),
            share => format!("{share} % of purchases at weekends"),
        },
    }
}

/// Overdue, or seldom.
fn silence(fact: &Fact) -> String {
    match usual_gap(fact) {
        None => format!("not back since the only purchase {}", ago(fact.recency_days)),
        Some(gap) if fact.recency_days < fact.gap_mean_days => {
            format!("buys only {gap}, last {}", ago(fact.recency_days))
        }
        Some(gap) => format!("last bought {}, usually {gap}", ago(fact.recency_days)),
    }
}

/// Less than before, or little at all.
fn activity(fact: &Fact) -> String {
    let (now, before) = (whole(fact.purchases_90d), whole(fact.purchases_90d_before));
    match now + before {
        0 => "no purchase in the last 180 days".to_owned(),
        _ if now < before => format!(
            "{} in the last 90 days, {} in the 90 days before",
            purchases(fact.purchases_90d),
            count_or_none(fact.purchases_90d_before)
        ),
        _ if before > 0 && fact.spend_90d < fact.spend_90d_before => format!(
            "spent {} in the last 90 days, {} in the 90 days before",
            money(fact.spend_90d),
            money(fact.spend_90d_before)
        ),
        _ if before == 0 => {
            format!("{} in the last 90 days, none in the 90 days before", purchases(fact.purchases_90d))
        }
        _ => format!("{} in the last 180 days", purchases(fact.purchases_90d + fact.purchases_90d_before)),
    }
}

fn whole(value: f64) -> i64 {
    value.round() as i64
}

fn ago(value: f64) -> String {
    // Whole days that have passed: a purchase 1.9 days ago was made yesterday or the day before.
    match value.floor() as i64 {
        ..=0 => "less than a day ago".to_owned(),
        1 => "1 day ago".to_owned(),
        n => format!("{n} days ago"),
    }
}

fn days(value: f64) -> String {
    match whole(value) {
        ..=1 => "1 day".to_owned(),
        n => format!("{n} days"),
    }
}

fn usual_gap(fact: &Fact) -> Option<String> {
    match whole(fact.gap_mean_days) {
        _ if fact.gap_mean_days.is_nan() => None,
        ..=1 => Some("every day".to_owned()),
        n => Some(format!("every {n} days")),
    }
}

fn purchases(value: f64) -> String {
    match whole(value) {
        0 => "no purchase".to_owned(),
        1 => "1 purchase".to_owned(),
        n => format!("{n} purchases"),
    }
}

fn count_or_none(value: f64) -> String {
    match whole(value) {
        0 => "none".to_owned(),
        n => n.to_string(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}", (100.0 * share).max(0.0))
}

fn money(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACT: Fact = Fact {
        recency_days: 143.7,
        tenure_days: 400.0,
        frequency: 11.0,
        monetary_mean: 48.0,
        monetary_last: 12.5,
        gap_mean_days: 39.6,
        purchases_90d: 2.0,
        purchases_90d_before: 6.0,
        spend_90d: 30.0,
        spend_90d_before: 240.0,
        weekend_share: 0.8,
        returns_count: 3.0,
        discount_share: 0.35,
    };

    #[test]
    fn reasons_are_facts_with_the_customers_own_numbers() {
        for (group, expected) in [
            (Group::Silence, "last bought 143 days ago, usually every 40 days"),
            (Group::Frequency, "11 purchases in 400 days"),
            (Group::Activity, "2 purchases in the last 90 days, 6 in the 90 days before"),
            (Group::Spend, "spent 12.50 last time, 48.00 on average"),
            (Group::Returns, "returned goods 3 times"),
            (Group::Discounts, "buys at a discount of 35 % on average"),
            (Group::Timing, "80 % of purchases at weekends"),
        ] {
            assert_eq!(sentence(group, &FACT), expected);
        }
        let seldom = Fact { gap_mean_days: 262.0, purchases_90d: 1.0, purchases_90d_before: 0.0, ..FACT };
        assert_eq!(sentence(Group::Silence, &seldom), "buys only every 262 days, last 143 days ago");
        let expected = "1 purchase in the last 90 days, none in the 90 days before";
        assert_eq!(sentence(Group::Activity, &seldom), expected);
        let steady = Fact { purchases_90d: 1.0, purchases_90d_before: 1.0, spend_90d: 20.0, ..FACT };
        let expected = "spent 20.00 in the last 90 days, 240.00 in the 90 days before";
        assert_eq!(sentence(Group::Activity, &steady), expected);
        let steady = Fact { spend_90d: 240.0, ..steady };
        assert_eq!(sentence(Group::Activity, &steady), "2 purchases in the last 180 days");
    }

    #[test]
    fn none_and_one_have_their_own_grammar() {
        let once = Fact {
            recency_days: 1.2,
            tenure_days: 1.2,
            frequency: 1.0,
            monetary_mean: 12.5,
            gap_mean_days: f64::NAN,
            purchases_90d: 1.0,
            purchases_90d_before: 0.0,
            spend_90d_before: -0.0,
            weekend_share: 0.0,
            returns_count: 1.0,
            discount_share: 0.0,
            ..FACT
        };
        for (group, expected) in [
            (Group::Silence, "not back since the only purchase 1 day ago"),
            (Group::Frequency, "bought only once"),
            (Group::Activity, "1 purchase in the last 90 days, none in the 90 days before"),
            (Group::Spend, "spent 12.50 on the only purchase"),
            (Group::Returns, "returned goods once"),
            (Group::Discounts, "buys at full price"),
            (Group::Timing, "never buys at weekends"),
        ] {
            assert_eq!(sentence(group, &once), expected);
        }
        let none = Fact {
            purchases_90d: 0.0,
            purchases_90d_before: 0.0,
            recency_days: 0.3,
            gap_mean_days: 1.2,
            returns_count: 0.0,
            monetary_last: 48.0,
            ..FACT
        };
        assert_eq!(sentence(Group::Activity, &none), "no purchase in the last 180 days");
        assert_eq!(sentence(Group::Silence, &none), "buys only every day, last less than a day ago");
        assert_eq!(sentence(Group::Returns, &none), "never returned anything");
        assert_eq!(sentence(Group::Spend, &none), "spends 48.00 a purchase");
    }
}
