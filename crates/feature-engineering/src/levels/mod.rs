//! Features that take the levels found in the data: the texts of a column of the customers table, and the channels of
//! purchases.
//!
//! Which levels are told apart is decided by what was known at one as-of date, and then stands in the definitions: a text
//! that turns up later is one of the `other` level wherever the features are computed.

mod choose;
mod coding;
mod mix;
mod names;

use std::fmt;
use std::sync::Arc;

pub use choose::{LEAST_CUSTOMERS, MOST_LEVELS};
pub(crate) use coding::in_words;
pub use coding::{Coding, Level};
pub use names::can_be_shown;

use crate::expression::{Attribute, Expression};
use crate::feature::Feature;
use crate::measure::{Condition, Label};

/// Where levels are found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LevelSource {
    /// A text column of the customers table. It has no dates: it is what the export says today.
    Attribute(String),
    /// The channels of purchases.
    Channel,
}

/// The word for the shares of channels.
const CHANNEL_MIX: &str = "channel_mix";
/// What stands before the name of a column.
const ATTRIBUTE: &str = "attribute:";

impl LevelSource {
    /// The source that a word names: `attribute:COLUMN` or `channel_mix`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        if word == CHANNEL_MIX {
            return Some(LevelSource::Channel);
        }
        let column = word.strip_prefix(ATTRIBUTE)?.trim();
        (!column.is_empty()).then(|| LevelSource::Attribute(column.to_owned()))
    }

    /// What the names of its features begin with.
    #[must_use]
    pub fn prefix(&self) -> String {
        match self {
            LevelSource::Attribute(column) => coding::prefix(column),
            LevelSource::Channel => mix::PREFIX.to_owned(),
        }
    }

    /// Rows of a list that stand for its features where no data say which levels there are: a name and a description of
    /// each are what such a feature would have, with `<level>` in the place of the level.
    #[must_use]
    pub fn placeholders(&self) -> Vec<Feature> {
        match self {
            LevelSource::Attribute(column) => coding::placeholders(column),
            LevelSource::Channel => mix::placeholders(),
        }
    }
}

/// The word that names it in a project file.
impl fmt::Display for LevelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LevelSource::Attribute(column) => write!(f, "{ATTRIBUTE}{column}"),
            LevelSource::Channel => f.write_str(CHANNEL_MIX),
        }
    }
}

/// The levels that were found at one as-of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    source: LevelSource,
    /// Most customers first, then by text.
    named: Vec<Counted>,
    other: Counted,
    missing: Counted,
}

/// A level, and whether enough customers have it for a model to learn from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    text: String,
    customers: u64,
    is_enough: bool,
}

impl Levels {
    /// Where they were found.
    #[must_use]
    pub fn source(&self) -> &LevelSource {
        &self.source
    }

    /// The texts that are levels of their own, most customers first, then by text.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|level| level.text.as_str())
    }

    /// All features of the levels, for tables; none where no text has enough customers. For a column of the customers
    /// table they add up to 1, whatever the customer.
    #[must_use]
    pub fn features(&self) -> Vec<Arc<Feature>> {
        if self.named.is_empty() {
            return Vec::new();
        }
        let texts = self.named().map(str::to_owned).collect();
        let features = match &self.source {
            LevelSource::Attribute(column) => Coding { column: column.clone(), named: texts }.features(),
            LevelSource::Channel => mix::features(&texts),
        };
        features.into_iter().map(Arc::new).collect()
    }

    /// Those of them that models use: of the levels that enough customers have all but the most common one, with which the
    /// others are compared, since together they would say the same thing twice. None where there is only one such level.
    #[must_use]
    pub fn modelled(&self) -> Vec<Arc<Feature>> {
        // Shares are of purchases that name a channel: those that name none have none.
        let missing = matches!(self.source, LevelSource::Attribute(_)).then_some(&self.missing);
        let levels: Vec<&Counted> = self.named.iter().chain([&self.other]).chain(missing).collect();
        let Some(most) = levels.iter().map(|level| level.customers).max() else { return Vec::new() };
        let reference = levels.iter().position(|level| level.customers == most);
        let is_modelled = |at: usize| levels.get(at).is_some_and(|level| level.is_enough) && Some(at) != reference;
        let features = self.features();
        let of_level = |at: usize| match self.source {
            LevelSource::Attribute(_) => at,
            LevelSource::Channel => at / mix::WINDOWS.len(),
        };
        features.into_iter().enumerate().filter(|(at, _)| is_modelled(of_level(*at))).map(|(_, f)| f).collect()
    }
}

impl Feature {
    /// Where the levels that the feature tells apart come from; `None` for a feature that takes none from the data.
    #[must_use]
    pub fn level_source(&self) -> Option<LevelSource> {
        if let Expression::Customer(Attribute::Level { of, .. }) = &self.definition {
            return Some(LevelSource::Attribute(of.column.clone()));
        }
        let is_of_mix = self.family == crate::Family::Channel && self.name.starts_with(mix::PREFIX);
        let mut asks_for_channel = false;
        self.definition.visit(&mut |measure| {
            asks_for_channel |= measure
                .filter
                .iter()
                .any(|c| matches!(c, Condition::Is(Label::Channel, _) | Condition::IsNot(Label::Channel, _)));
        });
        (is_of_mix && asks_for_channel).then_some(LevelSource::Channel)
    }
}
