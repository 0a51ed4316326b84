//! The words of the reasons, in English: facts about the customer, with the customer's own numbers.

use feature_engineering::FeatureTable;

use crate::ScoringError;
use crate::model_file::ModelFile;
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
    returns_count: Option<&'a [f64]>,
    discount_share: Option<&'a [f64]>,
    typical: Typical,
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
    returns_count: f64,
    discount_share: f64,
    typical: Typical,
}

/// The average training customer, as far as the model knows it: the mean of each feature on the scale on which it was
/// standardised. NaN for features that the model does not use; then nothing is below it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typical {
    frequency: f64,
    rate: f64,
    purchases_90d: f64,
    gap_mean_days: f64,
    monetary_mean: f64,
}

impl Typical {
    pub(crate) fn of(file: &ModelFile) -> Self {
        let mean = |name: &str| {
            let weight = file.features.iter().find(|weight| weight.feature.name == name);
            weight.map_or(f64::NAN, |weight| weight.feature.transform.invert(weight.mean))
        };
        Self {
            frequency: mean("frequency"),
            rate: mean("purchase_rate"),
            purchases_90d: mean("purchases_90d"),
            gap_mean_days: mean("gap_mean_days"),
            monetary_mean: mean("monetary_mean"),
        }
    }
}

impl Fact {
    /// Purchases per 30 days, as in the catalogue.
    fn rate(&self) -> f64 {
        30.0 * self.frequency / self.tenure_days.max(30.0)
    }
}

impl<'a> Facts<'a> {
    pub(crate) fn of(file: &ModelFile, table: &'a FeatureTable) -> Result<Self, ScoringError> {
        let column =
            |name: &str| table.column_named(name).ok_or_else(|| ScoringError::MissingFeature { name: name.to_owned() });
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
            // Only exports with returns or discounts have these; where they don't, no model has the group either.
            returns_count: table.column_named("returns_count"),
            discount_share: table.column_named("discount_share"),
            typical: Typical::of(file),
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
            returns_count: optional(self.returns_count),
            discount_share: optional(self.discount_share),
            typical: self.typical,
        }
    }
}

/// The reason of a group for one customer, in a sentence that plainly speaks for churn: it says what is late, less than
/// before, or less than the average training customer's. `None` where there is no such thing to say.
pub(crate) fn sentence(group: Group, fact: &Fact) -> Option<String> {
    match group {
        Group::Silence => silence(fact),
        Group::Frequency if fact.frequency < 1.5 => Some("bought only once".to_owned()),
        Group::Frequency => (fact.frequency < fact.typical.frequency || fact.rate() < fact.typical.rate)
            .then(|| format!("only {} in {}", purchases(fact.frequency), days(fact.tenure_days))),
        Group::Activity => activity(fact),
        Group::Spend => spend(fact),
        Group::Returns => match whole(fact.returns_count) {
            ..=0 => None,
            1 => Some("returned goods once".to_owned()),
            n => Some(format!("returned goods {n} times")),
        },
        Group::Discounts => match percent(fact.discount_share).as_str() {
            "0" => None,
            share => Some(format!("buys at a discount of {share} % on average")),
        },
        // On which days somebody buys may tell customers apart; it is nothing to call them about.
        Group::Timing => None,
    }
}

/// Overdue, or seldom.
fn silence(fact: &Fact) -> Option<String> {
    match usual_gap(fact) {
        None => Some(format!("not back since the only purchase {}", ago(fact.recency_days))),
        Some(gap) if fact.recency_days >= fact.gap_mean_days => {
            Some(format!("last bought {}, usually {gap}", ago(fact.recency_days)))
        }
        Some(gap) if fact.gap_mean_days > fact.typical.gap_mean_days => {
            Some(format!("buys only {gap}, last {}", ago(fact.recency_days)))
        }
        Some(_) => None,
    }
}

/// Less than before, or less than others.
fn activity(fact: &Fact) -> Option<String> {
    let (now, before) = (whole(fact.purchases_90d), whole(fact.purchases_90d_before));
    if now + before == 0 {
        return Some("no purchase in the last 180 days".to_owned());
    }
    if now < before {
        let (now, before) = (purchases(fact.purchases_90d), count_or_none(fact.purchases_90d_before));
        return Some(format!("{now} in the last 90 days, {before} in the 90 days before"));
    }
    if now == before && fact.spend_90d >= 0.0 && fact.spend_90d < fact.spend_90d_before {
        let (now, before) = (money(fact.spend_90d), money(fact.spend_90d_before));
        return Some(format!("spent {now} in the last 90 days, {before} in the 90 days before"));
    }
    (fact.purchases_90d < fact.typical.purchases_90d)
        .then(|| format!("only {} in the last 180 days", purchases(fact.purchases_90d + fact.purchases_90d_before)))
}

/// Less last time than usual, or less than others.
fn spend(fact: &Fact) -> Option<String> {
    let (last, mean) = (money(fact.monetary_last), money(fact.monetary_mean));
    if fact.frequency >= 1.5 && fact.monetary_last < fact.monetary_mean && last != mean {
        return Some(format!("spent {last} last time, {mean} on average"));
    }
    (fact.monetary_mean < fact.typical.monetary_mean).then(|| format!("spends only {mean} a purchase"))
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
        returns_count: 3.0,
        discount_share: 0.35,
        typical: Typical { frequency: 12.0, rate: 1.0, purchases_90d: 2.5, gap_mean_days: 50.0, monetary_mean: 40.0 },
    };

    #[track_caller]
    fn told(group: Group, fact: Fact, expected: impl Into<Option<&'static str>>) {
        assert_eq!(sentence(group, &fact).as_deref(), expected.into());
    }

    #[test]
    fn reasons_are_facts_with_the_customers_own_numbers() {
        told(Group::Silence, FACT, "last bought 143 days ago, usually every 40 days");
        told(Group::Frequency, FACT, "only 11 purchases in 400 days");
        told(Group::Activity, FACT, "2 purchases in the last 90 days, 6 in the 90 days before");
        told(Group::Spend, FACT, "spent 12.50 last time, 48.00 on average");
        told(Group::Returns, FACT, "returned goods 3 times");
        told(Group::Discounts, FACT, "buys at a discount of 35 % on average");
    }

    #[test]
    fn what_does_not_speak_for_churn_is_not_told() {
        told(Group::Silence, Fact { recency_days: 20.0, ..FACT }, None);
        told(
            Group::Silence,
            Fact { recency_days: 20.0, gap_mean_days: 262.0, ..FACT },
            "buys only every 262 days, last 20 days ago",
        );
        told(Group::Frequency, Fact { frequency: 30.0, ..FACT }, None);
        told(Group::Activity, Fact { purchases_90d: 6.0, purchases_90d_before: 2.0, ..FACT }, None);
        told(
            Group::Activity,
            Fact { purchases_90d: 1.0, purchases_90d_before: 0.0, ..FACT },
            "only 1 purchase in the last 180 days",
        );
        let steady = Fact { purchases_90d: 3.0, purchases_90d_before: 3.0, ..FACT };
        told(Group::Activity, steady, "spent 30.00 in the last 90 days, 240.00 in the 90 days before");
        told(Group::Activity, Fact { spend_90d: 240.0, ..steady }, None);
        told(Group::Activity, Fact { spend_90d: -20.0, ..steady }, None);
        told(Group::Spend, Fact { monetary_last: 60.0, ..FACT }, None);
        told(Group::Spend, Fact { monetary_last: 60.0, monetary_mean: 20.0, ..FACT }, "spends only 20.00 a purchase");
        told(Group::Returns, Fact { returns_count: 0.0, ..FACT }, None);
        told(Group::Discounts, Fact { discount_share: 0.001, ..FACT }, None);
        told(Group::Timing, FACT, None);
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
            returns_count: 1.0,
            ..FACT
        };
        told(Group::Silence, once, "not back since the only purchase 1 day ago");
        told(Group::Frequency, once, "bought only once");
        told(Group::Activity, once, "only 1 purchase in the last 180 days");
        told(Group::Spend, once, "spends only 12.50 a purchase");
        told(Group::Returns, once, "returned goods once");
        let none = Fact { purchases_90d: 0.0, ..FACT };
        told(Group::Activity, none, "no purchase in the last 90 days, 6 in the 90 days before");
        told(Group::Activity, Fact { purchases_90d_before: 0.0, ..none }, "no purchase in the last 180 days");
        let daily = Fact { gap_mean_days: 1.2, recency_days: 3.9, ..FACT };
        told(Group::Silence, daily, "last bought 3 days ago, usually every day");
    }

    #[test]
    fn features_that_the_model_does_not_use_are_compared_with_nothing() {
        let typical = Typical {
            frequency: f64::NAN,
            rate: f64::NAN,
            purchases_90d: f64::NAN,
            gap_mean_days: f64::NAN,
            monetary_mean: f64::NAN,
        };
        let fact = Fact {
            recency_days: 1.0,
            purchases_90d: 1.0,
            purchases_90d_before: 1.0,
            spend_90d: 500.0,
            monetary_last: 48.0,
            typical,
            ..FACT
        };
        for group in [Group::Silence, Group::Frequency, Group::Activity, Group::Spend] {
            told(group, fact, None);
        }
    }
}
