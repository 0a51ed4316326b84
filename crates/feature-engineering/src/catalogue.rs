//! The catalogue: every feature, defined once as data. It computes them, names them and documents them.

use crate::window::Window;

/// What a feature is about; features of one family are shown together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// How long ago the customer last bought.
    Recency,
    /// How long the customer has been buying.
    Tenure,
    /// How often the customer buys.
    Frequency,
    /// How much the customer spends.
    Monetary,
    /// The customer's own rhythm.
    Cadence,
    /// Recent months against the months before.
    Trend,
    /// What went back.
    Returns,
    /// Buying at a discount.
    Discounts,
    /// When in the week the customer buys.
    Timing,
}

impl Family {
    /// The family's name, as in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Family::Recency => "recency",
            Family::Tenure => "tenure",
            Family::Frequency => "frequency",
            Family::Monetary => "monetary",
            Family::Cadence => "cadence",
            Family::Trend => "trend",
            Family::Returns => "returns",
            Family::Discounts => "discounts",
            Family::Timing => "timing",
        }
    }
}

/// The unit of a feature's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Days, with fractions.
    Days,
    /// A count.
    Count,
    /// Units of the project's currency.
    Currency,
    /// A number without a unit.
    Ratio,
    /// From 0 to 1.
    Share,
    /// 0 or 1.
    Flag,
    /// Purchases per 30 days.
    PerMonth,
}

impl Unit {
    /// The unit's name, as in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Days => "days",
            Unit::Count => "count",
            Unit::Currency => "currency",
            Unit::Ratio => "ratio",
            Unit::Share => "share",
            Unit::Flag => "flag",
            Unit::PerMonth => "per 30 days",
        }
    }
}

/// How a linear model should see a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// As it is.
    Identity,
    /// `ln(1 + x)`, for values that are never negative and have a long tail.
    Log1p,
    /// `sign(x) ln(1 + |x|)`, for amounts that returns can make negative.
    SignedLog1p,
}

impl Transform {
    /// The transformed value; a missing value (NaN) stays missing.
    #[must_use]
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Transform::Identity => value,
            // `max` would turn a missing value into a zero.
            Transform::Log1p if value < 0.0 => 0.0,
            Transform::Log1p => value.ln_1p(),
            Transform::SignedLog1p => value.signum() * value.abs().ln_1p(),
        }
    }

    /// The value that [`Transform::apply`] turns into this one.
    #[must_use]
    pub fn invert(self, transformed: f64) -> f64 {
        match self {
            Transform::Identity => transformed,
            Transform::Log1p => transformed.exp_m1(),
            Transform::SignedLog1p => transformed.signum() * transformed.abs().exp_m1(),
        }
    }

    /// The transform's name, as in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Transform::Identity => "identity",
            Transform::Log1p => "log1p",
            Transform::SignedLog1p => "signed_log1p",
        }
    }

    /// The transform of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Transform::Identity, Transform::Log1p, Transform::SignedLog1p].into_iter().find(|t| t.as_str() == name)
    }
}

/// Days by which a customer's pace is shrunk: as if each had been watched that much longer without a purchase. A quarter
/// is short beside the tenure of customers whose pace is known, and long beside that of those who came yesterday.
pub(crate) const PACE_PRIOR_DAYS: f64 = 90.0;

/// What a feature is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definition {
    /// Days from the last purchase to the as-of date.
    Recency,
    /// Days from the first purchase to the as-of date.
    Tenure,
    /// Number of purchases.
    Purchases(Window),
    /// Money spent, returns taken off where the project nets them.
    Spend(Window),
    /// Mean, sample standard deviation and latest of the amounts of purchases.
    AmountMean,
    AmountStd,
    AmountLast,
    /// Mean and sample standard deviation of the days between purchases.
    GapMean,
    GapStd,
    /// 1 where the mean (the standard deviation) of the gaps does not exist.
    GapMeanMissing,
    GapStdMissing,
    /// `ln((1 + purchases in the window) / (1 + purchases in the window before))`.
    PurchasesTrend(u16),
    /// The same for spend, with the customer's own mean amount in place of 1.
    SpendTrend(u16),
    /// Recency over the mean gap (at least one day).
    RecencyOverGap,
    /// Purchases that the customer's own pace, shrunk by [`PACE_PRIOR_DAYS`], leads one to expect since the last one:
    /// `n * recency / (tenure + prior)`.
    ExpectedSinceLast,
    /// `n * ln((tenure + prior) / (tenure - recency + prior))`: with n purchases at a constant pace, the logarithm of how
    /// much more likely the silence since the last one is if the customer has left. It is the term that decides P(alive)
    /// in BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24:275), with a prior that needs no fitting.
    SilenceEvidence,
    /// Purchases per 30 days of tenure (at least 30 days).
    PurchaseRate,
    /// Number of returns.
    Returns,
    /// Returned money over money spent before returns.
    ReturnShare,
    /// Discount over the price before discount.
    DiscountShare,
    /// Share of purchases on Saturdays and Sundays.
    WeekendShare,
    /// Amount of the last purchase over the mean amount.
    LastOverMean,
}

/// A feature: what it is called, what it means, and how it is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its name in every file.
    pub name: &'static str,
    /// What it is about.
    pub family: Family,
    /// Unit of its values.
    pub unit: Unit,
    /// The stretch of time it looks at.
    pub window: Window,
    /// What it says, in plain words.
    pub description: &'static str,
    /// How a linear model should see it.
    pub transform: Transform,
    pub(crate) definition: Definition,
}

const fn feature(
    name: &'static str,
    (family, unit, transform): (Family, Unit, Transform),
    (definition, window): (Definition, Window),
    description: &'static str,
) -> Feature {
    Feature { name, family, unit, window, description, transform, definition }
}

/// Every feature, in the order in which models and tables list them.
#[must_use]
pub fn catalogue() -> &'static [Feature] {
    CATALOGUE
}

/// The feature of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Feature> {
    CATALOGUE.iter().find(|feature| feature.name == name)
}

use Family::{Cadence, Discounts, Frequency, Monetary, Recency, Returns, Tenure, Timing, Trend};
use Transform::{Identity, Log1p, SignedLog1p};
use Window::AllTime;

static CATALOGUE: &[Feature] = &[
    feature(
        "recency_days",
        (Recency, Unit::Days, Log1p),
        (Definition::Recency, AllTime),
        "Days since the last purchase",
    ),
    feature("tenure_days", (Tenure, Unit::Days, Log1p), (Definition::Tenure, AllTime), "Days since the first purchase"),
    feature(
        "frequency",
        (Frequency, Unit::Count, Log1p),
        (Definition::Purchases(AllTime), AllTime),
        "Number of purchases",
    ),
    feature(
        "purchase_rate",
        (Frequency, Unit::PerMonth, Log1p),
        (Definition::PurchaseRate, AllTime),
        "Purchases per 30 days since the first purchase; the first 30 days count as 30",
    ),
    feature(
        "monetary_total",
        (Monetary, Unit::Currency, SignedLog1p),
        (Definition::Spend(AllTime), AllTime),
        "Money spent, returns taken off where the project nets them",
    ),
    feature(
        "monetary_mean",
        (Monetary, Unit::Currency, Log1p),
        (Definition::AmountMean, AllTime),
        "Mean amount of a purchase",
    ),
    feature(
        "monetary_std",
        (Monetary, Unit::Currency, Log1p),
        (Definition::AmountStd, AllTime),
        "Standard deviation of the amounts of purchases; missing below two purchases",
    ),
    feature(
        "monetary_last",
        (Monetary, Unit::Currency, Log1p),
        (Definition::AmountLast, AllTime),
        "Amount of the last purchase",
    ),
    feature(
        "last_over_mean",
        (Monetary, Unit::Ratio, Log1p),
        (Definition::LastOverMean, AllTime),
        "Amount of the last purchase over the customer's mean amount",
    ),
    feature(
        "gap_mean_days",
        (Cadence, Unit::Days, Log1p),
        (Definition::GapMean, AllTime),
        "Mean number of days between purchases; missing below two purchases",
    ),
    feature(
        "gap_mean_missing",
        (Cadence, Unit::Flag, Identity),
        (Definition::GapMeanMissing, AllTime),
        "1 for customers with a single purchase",
    ),
    feature(
        "gap_std_days",
        (Cadence, Unit::Days, Log1p),
        (Definition::GapStd, AllTime),
        "Standard deviation of the days between purchases; missing below three purchases",
    ),
    feature(
        "gap_std_missing",
        (Cadence, Unit::Flag, Identity),
        (Definition::GapStdMissing, AllTime),
        "1 for customers with fewer than three purchases",
    ),
    feature(
        "recency_over_gap",
        (Cadence, Unit::Ratio, Log1p),
        (Definition::RecencyOverGap, AllTime),
        "Days since the last purchase over the customer's mean number of days between purchases; missing below two purchases",
    ),
    feature(
        "expected_since_last",
        (Cadence, Unit::Count, Log1p),
        (Definition::ExpectedSinceLast, AllTime),
        "Purchases to be expected since the last one at the customer's own pace, which is shrunk by 90 days",
    ),
    feature(
        "silence_evidence",
        (Cadence, Unit::Ratio, Identity),
        (Definition::SilenceEvidence, AllTime),
        "How strongly the silence since the last purchase speaks for having left, given the customer's own pace: number of purchases times ln((tenure + 90) / (tenure at the last purchase + 90))",
    ),
    feature(
        "purchases_30d",
        (Frequency, Unit::Count, Log1p),
        (Definition::Purchases(Window::last(30)), Window::last(30)),
        "Purchases in the last 30 days",
    ),
    feature(
        "purchases_30d_before",
        (Frequency, Unit::Count, Log1p),
        (Definition::Purchases(Window::before_last(30)), Window::before_last(30)),
        "Purchases in the 30 days before the last 30 days",
    ),
    feature(
        "purchases_90d",
        (Frequency, Unit::Count, Log1p),
        (Definition::Purchases(Window::last(90)), Window::last(90)),
        "Purchases in the last 90 days",
    ),
    feature(
        "purchases_90d_before",
        (Frequency, Unit::Count, Log1p),
        (Definition::Purchases(Window::before_last(90)), Window::before_last(90)),
        "Purchases in the 90 days before the last 90 days",
    ),
    feature(
        "spend_30d",
        (Monetary, Unit::Currency, SignedLog1p),
        (Definition::Spend(Window::last(30)), Window::last(30)),
        "Money spent in the last 30 days",
    ),
    feature(
        "spend_30d_before",
        (Monetary, Unit::Currency, SignedLog1p),
        (Definition::Spend(Window::before_last(30)), Window::before_last(30)),
        "Money spent in the 30 days before the last 30 days",
    ),
    feature(
        "spend_90d",
        (Monetary, Unit::Currency, SignedLog1p),
        (Definition::Spend(Window::last(90)), Window::last(90)),
        "Money spent in the last 90 days",
    ),
    feature(
        "spend_90d_before",
        (Monetary, Unit::Currency, SignedLog1p),
        (Definition::Spend(Window::before_last(90)), Window::before_last(90)),
        "Money spent in the 90 days before the last 90 days",
    ),
    feature(
        "purchases_trend_90d",
        (Trend, Unit::Ratio, Identity),
        (Definition::PurchasesTrend(90), Window::Days { from: 180, to: 0 }),
        "Purchases in the last 90 days against the 90 days before, as ln((1 + now) / (1 + before))",
    ),
    feature(
        "spend_trend_90d",
        (Trend, Unit::Ratio, Identity),
        (Definition::SpendTrend(90), Window::Days { from: 180, to: 0 }),
        "Money spent in the last 90 days against the 90 days before, as ln((m + now) / (m + before)) with m the customer's mean amount",
    ),
    feature("returns_count", (Returns, Unit::Count, Log1p), (Definition::Returns, AllTime), "Number of returns"),
    feature(
        "returns_share",
        (Returns, Unit::Share, Identity),
        (Definition::ReturnShare, AllTime),
        "Money returned over money spent before returns",
    ),
    feature(
        "discount_share",
        (Discounts, Unit::Share, Identity),
        (Definition::DiscountShare, AllTime),
        "Discounts over the price before discounts",
    ),
    feature(
        "weekend_share",
        (Timing, Unit::Share, Identity),
        (Definition::WeekendShare, AllTime),
        "Share of purchases on Saturdays and Sundays",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for feature in catalogue() {
            assert_eq!(by_name(feature.name), Some(feature));
            assert_eq!(catalogue().iter().filter(|f| f.name == feature.name).count(), 1, "{}", feature.name);
            assert!(!feature.description.is_empty());
        }
    }

    #[test]
    fn transforms_keep_missing_values_missing_and_are_finite_elsewhere() {
        for transform in [Transform::Identity, Transform::Log1p, Transform::SignedLog1p] {
            assert!(transform.apply(f64::NAN).is_nan(), "{transform:?}");
            for value in [-1e15, -1.0, 0.0, 1e-9, 1e15] {
                assert!(transform.apply(value).is_finite());
                let kept = if transform == Transform::Log1p { value.max(0.0) } else { value };
                let back = transform.invert(transform.apply(value));
                assert!((back - kept).abs() <= 1e-9 * kept.abs(), "{transform:?} {value}");
            }
            assert_eq!(Transform::from_name(transform.as_str()), Some(transform));
        }
    }
}
