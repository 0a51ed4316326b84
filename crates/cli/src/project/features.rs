//! Which features models use: the section `[features]`.

use std::sync::Arc;

use feature_engineering::{FORECASTS, Family, Feature, LevelSource, Levels, Use, catalogue, offer_features};

use super::error::{ProjectError, Source};
use super::features_section::FeaturesSection;
use super::file::{ProjectFile, Text};
use super::nearest::did_you_mean;
use super::own_columns::Tables;
use super::own_feature::own_feature;

/// What a project says about features.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ProjectFeatures {
    /// Features that models use beside those of the catalogue that they use without being told to: those of the catalogue
    /// first, in its order, then the project's own.
    pub(crate) also: Vec<Arc<Feature>>,
    /// Features or families that models do without.
    pub(crate) without: Vec<String>,
    /// Columns of whose levels models have features as well, each once.
    pub(crate) levels: Vec<LevelSource>,
    /// Columns that the project maps and whose levels nobody asked for.
    pub(crate) more_levels: Vec<LevelSource>,
    /// Forecasts that stand in tables and that models use, because the project asks for them.
    pub(crate) forecasts: Vec<&'static str>,
    /// The project's own features, each followed by the flag that says where it is missing, if it can be.
    pub(crate) own: Vec<Arc<Feature>>,
}

impl ProjectFeatures {
    /// The catalogue, then the project's own features.
    pub(crate) fn all(&self) -> Vec<Arc<Feature>> {
        self.all_with(&[])
    }

    /// The same, with the features of levels that were found in the data before the project's own.
    pub(crate) fn all_with(&self, levels: &[Levels]) -> Vec<Arc<Feature>> {
        let levels = levels.iter().flat_map(Levels::features);
        catalogue().iter().chain(offer_features()).cloned().chain(levels).chain(self.own.iter().cloned()).collect()
    }
}

/// No model can take more features than 500, and most should be from the catalogue.
const MOST_OWN: usize = 100;
const LONGEST_NAME: usize = 64;

/// What a word means among some features: the feature of that name, else those of the levels of a column, else those of the
/// family; nothing if it is none of these.
pub(crate) fn named(word: &str, features: &[Arc<Feature>]) -> Vec<Arc<Feature>> {
    if let Some(feature) = features.iter().find(|feature| feature.name == word) {
        return vec![Arc::clone(feature)];
    }
    if let Some(source) = LevelSource::of_word(word) {
        return features.iter().filter(|feature| feature.level_source().as_ref() == Some(&source)).cloned().collect();
    }
    features.iter().filter(|feature| feature.family.as_str() == word).cloned().collect()
}

/// The forecasts that a word means: the one of that name, or all of them by the name of their family.
pub(crate) fn forecasts_named(word: &str) -> Vec<&'static str> {
    let is_family = word == Family::BuyTillYouDie.as_str();
    FORECASTS.into_iter().filter(|name| is_family || *name == word).collect()
}

/// Why a word means nothing among some features: what was expected, and what is nearest to it.
pub(crate) fn unknown_feature(word: &str, features: &[Arc<Feature>]) -> String {
    if word == Family::Attributes.as_str() && named(word, features).is_empty() {
        return format!(
            "\"{word}\": columns of the customers table are named one by one, such as \"attribute:region\"; they have no \
             dates, and each of them may say what came later"
        );
    }
    let names = features.iter().map(|feature| feature.name.as_str());
    let hint = did_you_mean(word, names.chain(FORECASTS).chain(Family::ALL.iter().map(|family| family.as_str())));
    format!(
        "expected the name of a feature or of a family, found \"{word}\"{hint}; `churn features --list` shows them all"
    )
}

pub(super) fn features(source: &Source<'_>, file: &ProjectFile) -> Result<ProjectFeatures, ProjectError> {
    let section = &file.features;
    let tables = Tables::of(file);
    let levels = levels(source, section, &tables)?;
    let own = own(source, section, &tables)?;
    let known = ProjectFeatures { own, ..ProjectFeatures::default() };
    let also = also(source, section, &known.all())?;
    let without = without(source, section, &known.all())?;
    let mut more_levels = tables.level_sources();
    more_levels.retain(|source| !levels.contains(source));
    let forecasts = forecasts(source, section)?;
    let also = also.into_iter().chain(known.own.clone()).collect();
    Ok(ProjectFeatures { also, levels, more_levels, without, forecasts, own: known.own })
}

fn own(source: &Source<'_>, section: &FeaturesSection, tables: &Tables<'_>) -> Result<Vec<Arc<Feature>>, ProjectError> {
    if let Some(beyond) = section.own.get(MOST_OWN) {
        let found = section.own.len();
        let message = format!("features.own: expected at most {MOST_OWN} features, found {found}");
        return Err(source.error(&beyond.name.span(), message));
    }
    let taken = tables.level_sources();
    let mut own: Vec<Arc<Feature>> = Vec::new();
    for given in &section.own {
        let name = checked_name(source, &given.name, &taken)?;
        let feature = own_feature(source, tables, given, name)?;
        for feature in std::iter::once(&feature.feature).chain(&feature.flag) {
            if own.iter().any(|other| other.name == feature.name) {
                let message = format!(
                    "features.own: expected a name of its own, found a second \"{}\"; `NAME_missing` is the flag of a \
                     feature that can be missing",
                    feature.name
                );
                return Err(source.error(&given.name.span(), message));
            }
            own.push(Arc::new(feature.clone()));
        }
    }
    Ok(own)
}

fn checked_name<'a>(source: &Source<'_>, given: &'a Text, taken: &[LevelSource]) -> Result<&'a str, ProjectError> {
    let name = given.get_ref().as_str();
    let error = |message: String| Err(source.error(&given.span(), format!("features.own: {message}")));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if name.len() > LONGEST_NAME || !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.bytes().all(plain) {
        return error(format!(
            "name: expected 1 to {LONGEST_NAME} of a to z, 0 to 9 and \"_\", a letter first, found \"{name}\""
        ));
    }
    let flag = format!("{name}_missing");
    if let Some(source) = taken.iter().find(|source| name.starts_with(&source.prefix())) {
        return error(format!(
            "name: \"{name}\" could be that of a feature of {source}, which begin with \"{}\"; expected another name",
            source.prefix()
        ));
    }
    if FORECASTS.contains(&name) {
        return error(format!("name: \"{name}\" is that of a forecast that models use; expected another name"));
    }
    if catalogue().iter().chain(offer_features()).any(|feature| feature.name == name || feature.name == flag) {
        return error(format!("name: \"{name}\" is in the catalogue (`churn features --list`); expected another name"));
    }
    if Family::ALL.iter().any(|family| family.as_str() == name) || matches!(name, "customer_id" | "as_of") {
        return error(format!("name: \"{name}\" has a meaning already; expected another name"));
    }
    Ok(name)
}

/// Features of the catalogue that models use because the project says so, in the catalogue's order.
fn also(
    source: &Source<'_>,
    section: &FeaturesSection,
    known: &[Arc<Feature>],
) -> Result<Vec<Arc<Feature>>, ProjectError> {
    let mut named_here: Vec<Arc<Feature>> = Vec::new();
    for word in section.also.iter().filter(|word| LevelSource::of_word(word.get_ref()).is_none()) {
        let found = named(word.get_ref(), known);
        if found.is_empty() && forecasts_named(word.get_ref()).is_empty() {
            let message = format!("features.also: {}", unknown_feature(word.get_ref(), known));
            return Err(source.error(&word.span(), message));
        }
        named_here.extend(found);
    }
    // Those that models use anyway, own ones among them, are not used twice.
    let is_named = |feature: &&Arc<Feature>| feature.used != Use::Modelled && named_here.contains(feature);
    Ok(known.iter().filter(is_named).cloned().collect())
}

/// The columns whose levels are asked for, each once and in order: the order in which they are named changes no model.
fn levels(
    source: &Source<'_>,
    section: &FeaturesSection,
    tables: &Tables<'_>,
) -> Result<Vec<LevelSource>, ProjectError> {
    let known = tables.level_sources();
    let mut levels: Vec<LevelSource> = Vec::new();
    for word in &section.also {
        let Some(asked) = LevelSource::of_word(word.get_ref()) else { continue };
        let error = |message: String| Err(source.error(&word.span(), format!("features.also: {message}")));
        if !known.contains(&asked) {
            if asked == LevelSource::Channel {
                return error(format!("\"{asked}\": expected [transactions] columns that map channel, found none"));
            }
            let words: Vec<String> = known.iter().map(LevelSource::to_string).collect();
            let hint = did_you_mean(word.get_ref(), words.iter().map(String::as_str));
            return error(format!(
                "\"{asked}\": expected a text column that [customers] columns maps, found none of this name{hint}"
            ));
        }
        if let Some(other) = levels.iter().find(|other| **other != asked && other.prefix() == asked.prefix()) {
            return error(format!(
                "\"{other}\" and \"{asked}\": the features of both would be called \"{}...\"; map one of the columns by another \
                 name",
                asked.prefix()
            ));
        }
        levels.push(asked);
    }
    levels.sort();
    levels.dedup();
    Ok(levels)
}

/// Forecasts that the project asks for, in their order.
fn forecasts(source: &Source<'_>, section: &FeaturesSection) -> Result<Vec<&'static str>, ProjectError> {
    let asked: Vec<&str> = section.also.iter().flat_map(|word| forecasts_named(word.get_ref())).collect();
    for word in &section.without {
        if let Some(both) = forecasts_named(word.get_ref()).into_iter().find(|name| asked.contains(name)) {
            let text = word.get_ref();
            let message = format!(
                "features.without: \"{text}\" leaves out \"{both}\", which features.also asks for; expected it in one of them"
            );
            return Err(source.error(&word.span(), message));
        }
    }
    Ok(FORECASTS.into_iter().filter(|name| asked.contains(name)).collect())
}

fn without(
    source: &Source<'_>,
    section: &FeaturesSection,
    known: &[Arc<Feature>],
) -> Result<Vec<String>, ProjectError> {
    let mut words = Vec::new();
    for word in &section.without {
        let text = word.get_ref();
        let is_known = |text: &str| !named(text, known).is_empty() || !forecasts_named(text).is_empty();
        if !Family::ALL.iter().any(|family| family.as_str() == text) && !is_known(text) {
            let message = format!("features.without: {}", unknown_feature(text, known));
            return Err(source.error(&word.span(), message));
        }
        // A family may be asked for but for some of its features; a feature cannot be asked for and left out.
        let left_out = named(text, known);
        let is_both = |also: &&Text| also.get_ref() == text || left_out.iter().any(|f| f.name == *also.get_ref());
        if let Some(also) = section.also.iter().find(is_both) {
            let message = format!(
                "features.without: \"{text}\" leaves out \"{}\", which features.also asks for; expected it in one of them",
                also.get_ref()
            );
            return Err(source.error(&word.span(), message));
        }
        words.push(text.clone());
    }
    words.sort();
    words.dedup();
    Ok(words)
}
