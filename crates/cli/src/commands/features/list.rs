//! The catalogue of features, with the project's own, as a table, as Markdown and as JSON.

use std::fmt::Write;
use std::sync::Arc;

use feature_engineering::{
    Expression, Family, Feature, LevelSource, Levels, ListedForecast, Window, catalogue, listed_forecasts,
    offer_features,
};
use serde::Serialize;

use super::ListFormat;
use crate::answer::Answer;
use crate::project::Project;

/// A feature as the catalogue shows it.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    name: &'a str,
    family: &'static str,
    unit: &'static str,
    window: String,
    used: &'static str,
    description: &'a str,
    transform: &'static str,
    /// None for forecasts, which are fitted where they are used.
    definition: Option<&'a Expression>,
}

/// The catalogue, and what stands for features of levels, which only data have.
pub(super) fn without_project() -> Vec<Arc<Feature>> {
    let sources = [LevelSource::Attribute("acquisition_channel".to_owned()), LevelSource::Channel];
    catalogue().iter().chain(offer_features()).cloned().chain(placeholders(&sources)).collect()
}

/// The catalogue, features of the levels that were found, what stands for those that nobody asked for, and the project's
/// own features.
pub(super) fn of_project(project: &Project, levels: &[Levels]) -> Vec<Arc<Feature>> {
    let features = &project.features;
    let mut all = features.all_with(levels);
    all.truncate(all.len() - features.own.len());
    all.into_iter().chain(placeholders(&features.more_levels)).chain(features.own.iter().cloned()).collect()
}

fn placeholders(sources: &[LevelSource]) -> impl Iterator<Item = Arc<Feature>> {
    sources.iter().flat_map(LevelSource::placeholders).map(Arc::new)
}

pub(super) fn list(features: &[Arc<Feature>], own: usize, format: ListFormat) -> anyhow::Result<Answer> {
    let (of_catalogue, own) = features.split_at(features.len() - own);
    let forecasts = listed_forecasts();
    let entries: Vec<Entry<'_>> = of_catalogue
        .iter()
        .map(|feature| entry(feature))
        .chain(forecasts.iter().map(forecast))
        .chain(own.iter().map(|feature| entry(feature)))
        .collect();
    let text = match format {
        ListFormat::Table => table(&entries),
        ListFormat::Markdown => markdown(&entries),
        ListFormat::Json => serde_json::to_string_pretty(&entries)?,
    };
    Answer::new(text, &entries)
}

fn entry(feature: &Feature) -> Entry<'_> {
    Entry {
        name: &feature.name,
        family: feature.family.as_str(),
        unit: feature.unit.as_str(),
        window: feature.window().to_string(),
        used: feature.used.as_str(),
        description: &feature.description,
        transform: feature.transform.as_str(),
        definition: Some(&feature.definition),
    }
}

fn forecast(listed: &ListedForecast) -> Entry<'_> {
    Entry {
        name: listed.name,
        family: Family::BuyTillYouDie.as_str(),
        unit: listed.unit.as_str(),
        window: Window::AllTime.to_string(),
        used: listed.used.as_str(),
        description: listed.description,
        transform: listed.transform.as_str(),
        definition: None,
    }
}

const TITLES: [&str; 6] = ["name", "family", "unit", "window", "used", "description"];

impl Entry<'_> {
    fn cells(&self) -> [&str; 6] {
        [self.name, self.family, self.unit, &self.window, self.used, self.description]
    }
}

fn table(entries: &[Entry<'_>]) -> String {
    let width = |text: &str| text.chars().count();
    let mut widths = TITLES.map(width);
    for entry in entries {
        for (widest, cell) in widths.iter_mut().zip(entry.cells()) {
            *widest = width(cell).max(*widest);
        }
    }
    let mut text = String::new();
    for cells in std::iter::once(TITLES).chain(entries.iter().map(Entry::cells)) {
        let line: String = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  ")).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

fn markdown(entries: &[Entry<'_>]) -> String {
    let mut text = format!("| {} |\n|{}", TITLES.join(" | "), "---|".repeat(TITLES.len()));
    for entry in entries {
        // Texts of the data must not become marks.
        let [name, rest @ ..] = entry.cells().map(|cell| cell.replace('|', "\\|"));
        let rest = rest.map(|cell| cell.replace('<', "&lt;").replace('`', "\\`"));
        // Writing to a text cannot fail.
        let _ = write!(text, "\n| `{name}` | {} |", rest.join(" | "));
    }
    text
}
