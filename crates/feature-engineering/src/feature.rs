//! A feature as data: what it is called, what it says, how a model should see it, and what it is computed from.

use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::window::Window;

/// What a feature is about; features of one family are shown together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// What is bought together, and how varied it is.
    Basket,
    /// What went back.
    Returns,
    /// Buying at a discount.
    Discounts,
    /// What the purchases earn.
    Margin,
    /// Where the customer buys.
    Channel,
    /// When in the week the customer buys.
    Timing,
    /// The time of the year.
    Seasonality,
    /// Visits, logins, e-mails, trainings and calls.
    Engagement,
    /// Complaints and tickets.
    Service,
    /// What the customer says: scores and ratings.
    Satisfaction,
    /// What the company has not done for the customer.
    Neglect,
    /// The end of the contract.
    Contract,
    /// What the customers table says.
    Attributes,
    /// What a buy-till-you-die model makes of the purchases.
    BuyTillYouDie,
    /// Declared in the project file.
    Own,
}

impl Family {
    /// All families, in the order in which tables list them.
    pub const ALL: [Family; 21] = [
        Family::Recency,
        Family::Tenure,
        Family::Frequency,
        Family::Monetary,
        Family::Cadence,
        Family::Trend,
        Family::Basket,
        Family::Returns,
        Family::Discounts,
        Family::Margin,
        Family::Channel,
        Family::Timing,
        Family::Seasonality,
        Family::Engagement,
        Family::Service,
        Family::Satisfaction,
        Family::Neglect,
        Family::Contract,
        Family::Attributes,
        Family::BuyTillYouDie,
        Family::Own,
    ];

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
            Family::Basket => "basket",
            Family::Returns => "returns",
            Family::Discounts => "discounts",
            Family::Margin => "margin",
            Family::Channel => "channel",
            Family::Timing => "timing",
            Family::Seasonality => "seasonality",
            Family::Engagement => "engagement",
            Family::Service => "service",
            Family::Satisfaction => "satisfaction",
            Family::Neglect => "neglect",
            Family::Contract => "contract",
            Family::Attributes => "attributes",
            Family::BuyTillYouDie => "buy_till_you_die",
            Family::Own => "own",
        }
    }
}

/// The unit of a feature's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Points of a scale, such as 0 to 10.
    Points,
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
            Unit::Points => "points",
        }
    }
}

/// How a linear model should see a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// Whether models use a feature without being told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Use {
    /// Models use it.
    Modelled,
    /// It says what others say already, and is there for tables and reports.
    Described,
    /// It comes from a column without dates: it is what the export says today, not what was known at the as-of date.
    Undated,
}

impl Use {
    /// The word for it, as in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Use::Modelled => "modelled",
            Use::Described => "described",
            Use::Undated => "undated",
        }
    }
}

/// A feature: what it is called, what it means, and how it is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// Its name in every file.
    pub name: String,
    /// What it is about.
    pub family: Family,
    /// Unit of its values.
    pub unit: Unit,
    /// What it is, in two to four words, for charts; empty where nobody gave it a label.
    #[serde(default)]
    pub label: String,
    /// What it says, in plain words.
    pub description: String,
    /// How a linear model should see it.
    pub transform: Transform,
    /// Whether models use it without being told to.
    pub used: Use,
    /// What it is computed from.
    pub definition: Expression,
}

impl Feature {
    /// Whether both are the same numbers under the same name; their words may differ.
    #[must_use]
    pub fn means_the_same(&self, other: &Self) -> bool {
        let Self { name, family, unit, label: _, description: _, transform, used, definition } = self;
        (name, definition) == (&other.name, &other.definition)
            && (*family, *unit, *transform, *used) == (other.family, other.unit, other.transform, other.used)
    }

    /// The longest stretch of time that the feature looks at.
    #[must_use]
    pub fn window(&self) -> Window {
        let mut widest: Option<Window> = None;
        self.definition.visit(&mut |measure| {
            widest = Some(widest.map_or(measure.window, |window| window.wider(measure.window)));
        });
        widest.unwrap_or(Window::AllTime)
    }

    /// The flag that goes with a feature which some customers have no value for: 1 where it is missing. A model must not
    /// take "never" for "as usual".
    #[must_use]
    pub fn missing_flag(&self) -> Feature {
        Feature {
            label: String::new(),
            name: format!("{}_missing", self.name),
            unit: Unit::Flag,
            transform: Transform::Identity,
            description: format!("1 where {} is missing", self.name),
            definition: self.definition.clone().missing(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_listed_once_in_their_order() {
        assert!(Family::ALL.is_sorted() && Family::ALL.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(Family::ALL.last(), Some(&Family::Own));
    }

    #[test]
    fn words_do_not_change_what_a_feature_means() {
        let feature = crate::by_name("recency_days").map(|feature| Feature::clone(feature));
        let reworded = feature.clone().map(|feature| Feature { label: "a".into(), description: "b".into(), ..feature });
        let other = feature.clone().map(|feature| Feature { transform: Transform::Identity, ..feature });
        let same =
            |a: &Option<Feature>, b: &Option<Feature>| a.as_ref().zip(b.as_ref()).map(|(a, b)| a.means_the_same(b));
        assert_eq!(same(&feature, &reworded), Some(true));
        assert_eq!(same(&feature, &other), Some(false));
    }

    #[test]
    fn transforms_keep_missing_values_missing_and_are_finite_elsewhere() {
        for transform in [Transform::Identity, Transform::Log1p, Transform::SignedLog1p] {
            assert!(transform.apply(f64::NAN).is_nan(), "{transform:?}");
            for value in [-1e15, -1.0, 0.0, 0.5, 1e15] {
                assert!(transform.apply(value).is_finite(), "{transform:?} of {value}");
            }
            assert_eq!(Transform::from_name(transform.as_str()), Some(transform));
        }
        assert_eq!(Transform::SignedLog1p.apply(-3.0), -Transform::SignedLog1p.apply(3.0));
        assert_eq!(Transform::Log1p.apply(-3.0), 0.0);
    }
}
