//! Which texts of a column a model has seen, and how many of the customers that it is to score have others.
//!
//! A text that the model has not seen is of the level of all others: right for a few customers, and wrong for a column whose
//! texts were renamed. So the model file keeps the texts that enough of the training customers had. Rarer ones it must not
//! name; of them it keeps the share, and what is compared with it is the share of customers with a text that is not among those
//! named.

use std::collections::BTreeMap;

use feature_engineering::{LEAST_CUSTOMERS, LevelSource, can_be_shown};
use history::{History, PurchaseRow, ReadError, Tag};
use serde::{Deserialize, Serialize};

use crate::batches::CUSTOMERS_OF_A_BATCH;
use crate::{Model, ScoringError};

/// More texts than this are not named; what is beyond counts as rare.
pub(crate) const MOST_TEXTS: usize = 1_000;
/// A larger share of customers with texts that the model has not seen is refused.
const MOST_UNSEEN: f64 = 0.05;
/// Where rare texts were there in training already, a difference of fewer standard errors than this is chance.
const LEAST_ERRORS: f64 = 3.0;
/// So many texts are named in a message.
const MOST_SHOWN: usize = 5;

/// The texts of a source that the training customers had. From format 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenLevels {
    /// Where they stand: `attribute:COLUMN` or `channel_mix`.
    pub source: String,
    /// Training customers that have a text.
    pub customers: u64,
    /// The texts that 30 or more of them have, in the order of the texts.
    pub named: Vec<String>,
    /// Share of the customers with another text; of channels, the mean share of such purchases.
    pub others: f64,
}

/// Customers whose text the model has not seen. Purchases through channels count by their share of the customer's purchases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnseenLevels {
    /// Where the texts stand: `attribute:COLUMN` or `channel_mix`.
    pub source: String,
    /// Customers that have a text.
    pub customers: u64,
    /// Share of them with a text that is not among those named.
    pub share: f64,
    /// What that share was in training, where the rarest texts are not named either.
    pub before: f64,
    /// The unseen texts that 30 or more customers have, most customers first, with their numbers of customers.
    pub texts: Vec<(String, u64)>,
    /// How many other unseen texts there are.
    pub rare: u64,
}

/// Customers by the text that they have.
#[derive(Debug)]
struct Counts<'a> {
    /// That have a text.
    customers: u64,
    /// Customers of each text, and the sum of their shares.
    texts: BTreeMap<&'a str, (u64, f64)>,
}

impl<'a> Counts<'a> {
    fn of(history: &'a History<'_>, source: &LevelSource, customers: &[u32]) -> Result<Self, ReadError> {
        let mut counts = Self { customers: 0, texts: BTreeMap::new() };
        match source {
            LevelSource::Attribute(column) => {
                for text in customers.iter().filter_map(|customer| history.attribute(column, *customer)) {
                    counts.customers += 1;
                    counts.add(text, 1.0);
                }
            }
            LevelSource::Channel => {
                // The channels of a batch of customers are in memory at one time, not those of all.
                for batch in customers.chunks(CUSTOMERS_OF_A_BATCH) {
                    let of_customers = history.map(batch, |block, customer| {
                        let purchases = history.rows(block, customer).filter(PurchaseRow::is_purchase);
                        let mut tags: Vec<Tag> =
                            purchases.filter_map(|row| row.channel).filter(|tag| *tag != Tag::EMPTY).collect();
                        tags.sort_unstable();
                        tags
                    })?;
                    for tags in of_customers.iter().filter(|tags| !tags.is_empty()) {
                        counts.customers += 1;
                        for same in tags.chunk_by(|a, b| a == b) {
                            // What cannot be kept as a name is one text among the others.
                            let text = history.channel_name(same[0]).unwrap_or_default();
                            counts.add(text, same.len() as f64 / tags.len() as f64);
                        }
                    }
                }
            }
        }
        Ok(counts)
    }

    fn add(&mut self, text: &'a str, share: f64) {
        let (customers, sum) = self.texts.entry(text).or_default();
        *customers += 1;
        *sum += share;
    }

    /// Mean share of the texts that are not among those named, which are sorted; and those texts.
    fn beside(&self, named: &[String]) -> (f64, Vec<(&'a str, u64)>) {
        let others =
            self.texts.iter().filter(|(text, _)| named.binary_search_by(|known| known.as_str().cmp(text)).is_err());
        let (sum, texts) = others.fold((0.0, Vec::new()), |(sum, mut texts), (text, (customers, share))| {
            texts.push((*text, *customers));
            (sum + share, texts)
        });
        (if self.customers == 0 { 0.0 } else { sum / self.customers as f64 }, texts)
    }
}

impl SeenLevels {
    /// The texts of a source that some customers have, by what is known at the as-of date of `history`. `named` are those
    /// that stand in the model anyway.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn of(
        history: &History<'_>,
        source: &LevelSource,
        customers: &[u32],
        named: &[String],
    ) -> Result<Self, ReadError> {
        let counts = Counts::of(history, source, customers)?;
        let mut common: Vec<(u64, &str)> = counts
            .texts
            .iter()
            .filter(|(text, (customers, _))| *customers >= LEAST_CUSTOMERS && can_be_shown(text))
            .map(|(text, (customers, _))| (*customers, *text))
            .collect();
        common.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        common.truncate(MOST_TEXTS.saturating_sub(named.len()));
        let mut all: Vec<String> = common.into_iter().map(|(_, text)| text.to_owned()).collect();
        all.extend(named.iter().cloned());
        all.sort_unstable();
        all.dedup();
        let (others, _) = counts.beside(&all);
        Ok(Self { source: source.to_string(), customers: counts.customers, named: all, others })
    }
}

/// Customers with texts that the model has not seen, by source; none where there are no more of them than in training.
///
/// # Errors
/// [`ScoringError::UnseenLevels`] where they are too many, and where rows cannot be read.
pub(crate) fn unseen(
    model: &Model,
    history: &History<'_>,
    customers: &[u32],
) -> Result<Vec<UnseenLevels>, ScoringError> {
    let mut found = Vec::new();
    for seen in &model.file().levels {
        let Some(source) = LevelSource::of_word(&seen.source) else { continue };
        let counts = Counts::of(history, &source, customers)?;
        let (share, mut texts) = counts.beside(&seen.named);
        let excess = share - seen.others;
        let error = (seen.others * (1.0 - seen.others) / counts.customers.max(1) as f64).sqrt();
        if excess <= LEAST_ERRORS * error || texts.is_empty() {
            continue;
        }
        texts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let (shown, rare): (Vec<_>, Vec<_>) =
            texts.into_iter().partition(|(text, customers)| *customers >= LEAST_CUSTOMERS && can_be_shown(text));
        let unseen = UnseenLevels {
            source: seen.source.clone(),
            customers: counts.customers,
            share,
            before: seen.others,
            texts: shown.into_iter().map(|(text, customers)| (text.to_owned(), customers)).collect(),
            rare: rare.len() as u64,
        };
        if excess > MOST_UNSEEN {
            return Err(ScoringError::UnseenLevels { most: 100.0 * MOST_UNSEEN, found: Box::new(unseen) });
        }
        found.push(unseen);
    }
    Ok(found)
}

impl Model {
    /// Whether the model can tell which texts it has not seen: a file that was written before they were kept cannot.
    #[must_use]
    pub fn knows_its_levels(&self) -> bool {
        let asks = |feature: &std::sync::Arc<feature_engineering::Feature>| feature.level_source().is_some();
        let file = self.file();
        !file.levels.is_empty() || !(file.segments.is_some() || self.features().iter().any(asks))
    }
}

impl std::fmt::Display for UnseenLevels {
    /// `region: 12.3 % of 1000 customers have a text that the model has not seen: "west" (100 customers), and 2 texts of fewer
    /// than 30 customers each`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { source, customers, share, before, texts, rare } = self;
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        match LevelSource::of_word(source) {
            Some(LevelSource::Attribute(column)) => {
                write!(
                    f,
                    "{column}: {} of {customers} customers have a text that the model has not seen",
                    percent(*share)
                )?;
            }
            _ => write!(
                f,
                "channel: {} of the purchases of a customer, in the mean over {customers} customers, went through channels that \
                 the model has not seen",
                percent(*share)
            )?,
        }
        let mut listed: Vec<String> = texts
            .iter()
            .take(MOST_SHOWN)
            .map(|(text, customers)| format!("\"{text}\" ({customers} customers)"))
            .collect();
        let more = texts.len().saturating_sub(MOST_SHOWN);
        listed.extend((more > 0).then(|| format!("{more} more")));
        listed.extend((*rare > 0).then(|| {
            let texts = if *rare == 1 { "1 text".to_owned() } else { format!("{rare} texts") };
            format!("{texts} of fewer than {LEAST_CUSTOMERS} customers each")
        }));
        write!(f, ": {}", listed.join(", "))?;
        if *before > 0.0 {
            write!(f, "; rare texts were {} in training", percent(*before))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
