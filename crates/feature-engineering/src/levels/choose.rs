//! Which levels are told apart.

use std::collections::BTreeMap;

use history::{History, PurchaseRow, ReadError, Tag};

use super::names::can_be_shown;
use super::{Counted, LevelSource, Levels};

/// So many texts of a column can be levels of their own.
pub const MOST_LEVELS: usize = 10;
/// A level has at least so many customers: fewer tell a model nothing, and might tell a reader of the model who they are.
pub const LEAST_CUSTOMERS: u64 = 30;
/// A level has at least one customer in so many: values of fewer than one in a thousand rows are clipped away.
const LEAST_SHARE: u64 = 200;

impl Levels {
    /// The levels of some sources among the customers who had bought by the as-of date, within sight: the
    /// [`MOST_LEVELS`] texts that most customers have, if they have at least [`LEAST_CUSTOMERS`], and half a per cent of
    /// all. Texts that cannot be shown on a line are of the level of all others. Sources that the export does not have
    /// are left out.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn choose(history: &History<'_>, sources: &[LevelSource]) -> Result<Vec<Levels>, ReadError> {
        let is_there = |source: &&LevelSource| match source {
            LevelSource::Attribute(column) => history.has_attribute(column),
            LevelSource::Channel => history.has_channels(),
        };
        let sources: Vec<&LevelSource> = sources.iter().filter(is_there).collect();
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let everybody: Vec<u32> = (0..history.n_customers()).collect();
        let wants_channels = sources.contains(&&LevelSource::Channel);
        let bought = history.map(&everybody, |block, customer| {
            let mut purchases = history.rows(block, customer).filter(PurchaseRow::is_purchase).peekable();
            purchases.peek()?;
            // One of the purchases is looked at where nothing is asked of them but that they are there.
            let mut channels: Vec<Option<Tag>> = Vec::new();
            if wants_channels {
                channels.extend(purchases.map(|row| row.channel));
                channels.sort_unstable();
                channels.dedup();
            }
            Some(channels)
        })?;
        let customers = || everybody.iter().zip(&bought).filter_map(|(customer, of)| Some((*customer, of.as_ref()?)));
        let n_customers = customers().count() as u64;
        let of_source = |source: &&LevelSource| {
            let mut counts = Counts::default();
            match source {
                LevelSource::Attribute(column) => {
                    customers().for_each(|(customer, _)| counts.add(history.attribute(column, customer)));
                }
                LevelSource::Channel => customers().for_each(|(_, channels)| {
                    channels
                        .iter()
                        .for_each(|channel| counts.add(channel.map(|tag| history.channel_name(tag).unwrap_or(""))));
                }),
            }
            counts.levels((*source).clone(), n_customers)
        };
        Ok(sources.iter().map(of_source).collect())
    }
}

/// Customers by text; a text that is not known is empty.
#[derive(Debug, Default)]
struct Counts<'a> {
    texts: BTreeMap<&'a str, u64>,
    missing: u64,
}

impl<'a> Counts<'a> {
    fn add(&mut self, text: Option<&'a str>) {
        match text {
            Some(text) => *self.texts.entry(text).or_default() += 1,
            None => self.missing += 1,
        }
    }

    fn levels(self, source: LevelSource, n_customers: u64) -> Levels {
        let least = LEAST_CUSTOMERS.max(n_customers.div_ceil(LEAST_SHARE));
        let counted =
            |text: &str, customers: u64| Counted { text: text.to_owned(), customers, is_enough: customers >= least };
        let total: u64 = self.texts.values().sum();
        let mut named: Vec<Counted> = self.texts.iter().map(|(text, customers)| counted(text, *customers)).collect();
        named.retain(|level| level.is_enough && can_be_shown(&level.text));
        named.sort_by(|a, b| b.customers.cmp(&a.customers).then_with(|| a.text.cmp(&b.text)));
        named.truncate(MOST_LEVELS);
        let others = total - named.iter().map(|level| level.customers).sum::<u64>();
        Levels { source, named, other: counted("", others), missing: counted("", self.missing) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn levels(texts: &[(&'static str, u64)], missing: u64) -> Levels {
        let counts = Counts { texts: texts.iter().copied().collect(), missing };
        let all = texts.iter().map(|(_, customers)| customers).sum::<u64>() + missing;
        counts.levels(LevelSource::Attribute("region".into()), all)
    }

    fn names(features: &[std::sync::Arc<crate::Feature>]) -> Vec<&str> {
        features.iter().map(|feature| feature.name.as_str()).collect()
    }

    #[test]
    fn levels_have_enough_customers_and_the_most_common_is_what_others_are_compared_with() {
        let found = levels(&[("a", 50), ("b", 80), ("c", 29), ("d", 50)], 31);
        assert_eq!(found.named().collect::<Vec<_>>(), ["b", "a", "d"]);
        let all = ["region_is_b", "region_is_a", "region_is_d", "region_is_other", "region_is_missing"];
        assert_eq!(names(&found.features()), all);
        // 29 others are too few, 31 without a region are not.
        assert_eq!(names(&found.modelled()), ["region_is_a", "region_is_d", "region_is_missing"]);
        let mostly_missing = levels(&[("a", 50)], 60);
        assert_eq!(names(&mostly_missing.modelled()), ["region_is_a"]);
    }

    #[test]
    fn one_level_is_no_feature_and_two_are_one() {
        assert!(levels(&[("a", 500)], 0).modelled().is_empty());
        assert!(levels(&[("a", 500), ("b", 29)], 0).modelled().is_empty());
        assert_eq!(names(&levels(&[("a", 500), ("b", 30)], 0).modelled()), ["region_is_b"]);
        // Without a text that has enough customers there is nothing to name.
        let ids = levels(&[("x1", 1), ("x2", 1), ("x3", 29)], 400);
        assert!(ids.features().is_empty() && ids.modelled().is_empty());
        assert!(levels(&[], 0).modelled().is_empty());
    }

    #[test]
    fn large_companies_need_half_a_per_cent_and_ten_levels_are_the_most() {
        let found = levels(&[("a", 10_000), ("b", 51), ("c", 50)], 0);
        assert_eq!(found.named().collect::<Vec<_>>(), ["a", "b"]);
        let texts = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let many = levels(&texts.map(|text| (text, 40)), 0);
        assert_eq!(many.named().collect::<Vec<_>>(), texts[..10]);
        assert_eq!(many.other.customers, 80);
        assert_eq!(names(&many.modelled()).len(), 10, "all but those of the other level");
    }

    #[test]
    fn what_cannot_be_shown_is_not_named() {
        let found = levels(&[("a", 60), ("b\n", 50), ("\u{202e}c", 40)], 0);
        assert_eq!(found.named().collect::<Vec<_>>(), ["a"]);
        assert_eq!(found.other.customers, 90);
    }
}
