//! `churn.toml` as it was written. Unknown keys are refused; what the values mean is settled in [`super::resolved`].

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::error::{ProjectError, Source};
use super::features_section::FeaturesSection;
use super::monitor::MonitorSection;
use super::nearest::did_you_mean;
use super::plan::PlanSection;
use super::sync_section::SyncSection;

/// A text with its place in the file.
pub(super) type Text = Spanned<String>;

/// Names of columns in the project, and their headers in the file.
pub(super) type Columns = BTreeMap<Text, Text>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectFile {
    pub(super) name: Option<Text>,
    pub(super) timezone: Option<Text>,
    pub(super) currency: Option<Text>,
    pub(super) language: Option<Text>,
    #[serde(default)]
    pub(super) normalize_ids: Vec<Text>,
    pub(super) transactions: Option<Spanned<TransactionsSection>>,
    pub(super) customers: Option<Spanned<TableSection>>,
    pub(super) events: Option<Spanned<TableSection>>,
    pub(super) offers: Option<Spanned<OffersSection>>,
    pub(super) departures: Option<Spanned<TableSection>>,
    #[serde(default)]
    pub(super) churn: ChurnSection,
    #[serde(default)]
    pub(super) training: TrainingSection,
    #[serde(default)]
    pub(super) features: FeaturesSection,
    #[serde(default)]
    pub(super) report: ReportSection,
    #[serde(default)]
    pub(super) sync: Vec<Spanned<SyncSection>>,
    #[serde(default)]
    pub(super) lineage: LineageSection,
    #[serde(default)]
    pub(super) plan: PlanSection,
    #[serde(default)]
    pub(super) monitor: MonitorSection,
}

/// What every section about a table may say.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableKeys<'a> {
    pub(super) path: Option<&'a Text>,
    pub(super) query: Option<&'a Text>,
    pub(super) source: Option<&'a Text>,
    pub(super) date_format: Option<&'a Text>,
    pub(super) decimal: Option<&'a Text>,
    pub(super) thousands: Option<&'a Text>,
    pub(super) manifest: Option<&'a Text>,
    pub(super) encoding: Option<&'a Text>,
    pub(super) skip_rows: Option<u32>,
    pub(super) delimiter: Option<&'a Text>,
    pub(super) int96: Option<&'a Text>,
    pub(super) columns: &'a Columns,
}

/// Defines a section about a table: the keys that all of them have, and its own. (A flattened struct would lose both the
/// places of the values and the refusal of unknown keys.)
macro_rules! table_section {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $own:ident: $type:ty),* }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            path: Option<Text>,
            query: Option<Text>,
            source: Option<Text>,
            date_format: Option<Text>,
            decimal: Option<Text>,
            thousands: Option<Text>,
            manifest: Option<Text>,
            encoding: Option<Text>,
            skip_rows: Option<u32>,
            delimiter: Option<Text>,
            int96: Option<Text>,
            #[serde(default)]
            columns: Columns,
            $($(#[$attribute])* pub(super) $own: $type,)*
        }

        impl $name {
            pub(super) fn keys(&self) -> TableKeys<'_> {
                TableKeys {
                    path: self.path.as_ref(),
                    query: self.query.as_ref(),
                    source: self.source.as_ref(),
                    date_format: self.date_format.as_ref(),
                    decimal: self.decimal.as_ref(),
                    thousands: self.thousands.as_ref(),
                    manifest: self.manifest.as_ref(),
                    encoding: self.encoding.as_ref(),
                    skip_rows: self.skip_rows,
                    delimiter: self.delimiter.as_ref(),
                    int96: self.int96.as_ref(),
                    columns: &self.columns,
                }
            }
        }
    };
}

table_section! {
    /// `[transactions]`.
    TransactionsSection { returns: Option<Text>, without_customer: Option<Text>, cancelled_prefix: Option<Text> }
}

table_section! {
    /// `[customers]`, `[events]` and `[departures]`.
    TableSection {}
}

table_section! {
    /// `[offers]`.
    OffersSection { #[serde(default)] catalogue: Vec<CatalogueOffer> }
}

/// What can be offered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogueOffer {
    pub(super) name: Text,
    /// Of making the offer, paid for everybody who is contacted.
    pub(super) cost: Spanned<f64>,
    /// Paid for everybody who takes it.
    pub(super) incentive: Option<Spanned<f64>>,
    /// Through which it can be made; through any where none is named.
    #[serde(default)]
    pub(super) channels: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChurnSection {
    pub(super) definition: Option<Text>,
    pub(super) multiple: Option<Spanned<f64>>,
    pub(super) min: Option<Text>,
    pub(super) include_involuntary: Option<Spanned<bool>>,
    pub(super) horizon: Option<Text>,
    pub(super) active_within: Option<Text>,
    pub(super) lead: Option<Text>,
    pub(super) lookback: Option<Text>,
    pub(super) complete_through: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainingSection {
    pub(super) every: Option<Text>,
    pub(super) segment_by: Option<Text>,
    pub(super) seed: Option<u64>,
    #[serde(default)]
    pub(super) horizons: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportSection {
    pub(super) segment_by: Option<Text>,
    #[serde(default)]
    pub(super) acquisition_cost: BTreeMap<Text, Spanned<f64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineageSection {
    pub(super) url: Option<Text>,
    pub(super) path: Option<Text>,
    pub(super) namespace: Option<Text>,
}

impl ProjectFile {
    pub(super) fn parse(source: &Source<'_>) -> Result<Self, ProjectError> {
        toml::from_str(source.text).map_err(|error| {
            let message = in_our_words(error.message());
            error.span().map_or_else(|| source.whole(message.clone()), |span| source.error(&span, message.clone()))
        })
    }
}

/// serde's message about an unknown key lists the known ones between backticks; the nearest is added.
fn in_our_words(message: &str) -> String {
    if !message.starts_with("unknown field `") {
        return message.replace('\n', ", ");
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().unwrap_or_default();
    let known: Vec<&str> = names.collect();
    let hint = did_you_mean(unknown, known.iter().copied());
    format!("unknown key \"{unknown}\"{hint}; known here: {}", known.join(", "))
}
