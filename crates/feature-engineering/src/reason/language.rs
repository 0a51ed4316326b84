//! A language that reasons are told in: words alone, no decisions.

use super::form::Form;
use super::group::Group;
use crate::feature::{Family, Feature};
use crate::levels::in_words;
use crate::{Attribute, Expression, Level};

/// The column that says through which channel a customer joined.
const ACQUISITION_CHANNEL: &str = "acquisition_channel";

/// What labels of shares of channels begin and end with, in English.
const SHARE_THROUGH: &str = "share through ";
const DAYS_90: &str = ", 90 days";

/// The words of a language.
#[derive(Debug, Clone, Copy)]
pub struct Language {
    /// Its code (ISO 639-1).
    pub(super) code: &'static str,
    /// The template of each sentence, by its key.
    pub(super) templates: &'static [(&'static str, &'static str)],
    /// What customers of whom a group is the reason have in common.
    pub(super) group: fn(Group) -> &'static str,
    /// Labels of the features of the catalogue, by name; a feature that is not here has its own in English.
    pub(super) labels: &'static [(&'static str, &'static str)],
    /// The same of features that are made by the program, by their label in English.
    pub(super) made: &'static [(&'static str, &'static str)],
    /// The label of the share of the purchases through a channel, which `{}` stands for; then of the last 90 days.
    pub(super) share_through: &'static str,
    pub(super) share_through_90d: &'static str,
    /// The levels of a column that have no feature of their own.
    pub(super) another: &'static str,
    /// How a customer joined; `{}` stands for the channel.
    pub(super) joined_through: &'static str,
    /// What is said of a column that says nothing.
    pub(super) not_known: &'static str,
    /// What stands between whole numbers and decimals.
    pub(super) decimal_mark: char,
    /// The words around a number.
    pub(super) words: fn(Form) -> Words,
    /// Which of the plural forms goes with a number.
    pub(super) plural: fn(f64) -> usize,
}

/// The words around a number; `{}` stands for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// Where it is 0, if that has words of its own.
    pub(super) zero: Option<&'static str>,
    /// Where it is exactly 1, if that has words of its own: in some languages the first plural form serves 21 as well.
    pub(super) only: Option<&'static str>,
    /// One text per plural form; the last one serves for those beyond it.
    pub(super) plural: &'static [&'static str],
}

/// Each language is one static.
impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Language {
    /// Its code (ISO 639-1).
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The template of a sentence; `None` where the language has none, and the sentence cannot be told.
    #[must_use]
    pub fn template(&self, key: &str) -> Option<&'static str> {
        self.templates.iter().find(|(of, _)| *of == key).map(|(_, template)| *template)
    }

    /// What customers of whom a group is the reason have in common, in words.
    #[must_use]
    pub fn group(&self, group: Group) -> &'static str {
        (self.group)(group)
    }

    /// The label of a feature: that of the language, or the one that the project or the catalogue gave it; empty where nobody
    /// gave it one.
    #[must_use]
    pub fn label(&self, feature: &Feature) -> String {
        let label = feature.label.as_str();
        if feature.family == Family::Own || self.labels.is_empty() {
            return label.to_owned();
        }
        if let Expression::Customer(Attribute::Level { of, is }) = &feature.definition {
            let column = in_words(&of.column);
            return match is {
                Level::Text(text) => format!("{column}: {text}"),
                Level::Other => format!("{column}: {}", self.another),
                Level::Missing => format!("{column}: {}", self.not_known),
            };
        }
        let found =
            |table: &[(&str, &'static str)], key: &str| table.iter().find(|(of, _)| *of == key).map(|(_, told)| *told);
        if let Some(told) = found(self.labels, &feature.name).or_else(|| found(self.made, label)) {
            return told.to_owned();
        }
        // Made of the channels of the export, which are called what they are called there.
        match (label.strip_prefix(SHARE_THROUGH), label.strip_suffix(DAYS_90)) {
            (Some(_), Some(whole)) => {
                let channel = whole.strip_prefix(SHARE_THROUGH).unwrap_or(whole);
                self.share_through_90d.replacen("{}", channel, 1)
            }
            (Some(channel), None) => self.share_through.replacen("{}", channel, 1),
            _ => label.to_owned(),
        }
    }

    /// What a column of the customers table says of a customer: a text of the export, or nothing.
    #[must_use]
    pub fn attribute(&self, column: &str, text: Option<&str>) -> String {
        match text {
            Some(text) if column == ACQUISITION_CHANNEL => self.joined_through.replacen("{}", text, 1),
            text => format!("{}: {}", in_words(column), text.unwrap_or(self.not_known)),
        }
    }

    /// A number in a form; `None` where it is missing or infinite.
    #[must_use]
    pub fn say(&self, form: Form, value: f64) -> Option<String> {
        let rounded = form.rounded(value);
        if !rounded.is_finite() {
            return None;
        }
        let words = (self.words)(form);
        let text = match words.zero {
            Some(zero) if rounded == 0.0 => zero,
            _ if rounded == 1.0 && words.only.is_some() => words.only?,
            _ => words.plural.get((self.plural)(rounded)).or(words.plural.last())?,
        };
        let digits = form.digits(rounded).replace('.', self.decimal_mark.encode_utf8(&mut [0; 4]));
        Some(text.replacen("{}", &digits, 1))
    }
}
