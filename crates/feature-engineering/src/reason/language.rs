//! A language that reasons are told in: words alone, no decisions.

use super::form::Form;
use super::group::Group;
use crate::levels::in_words;

/// The column that says through which channel a customer joined.
const ACQUISITION_CHANNEL: &str = "acquisition_channel";

/// The words of a language.
#[derive(Debug, Clone, Copy)]
pub struct Language {
    /// The template of each sentence, by its key.
    pub(super) templates: &'static [(&'static str, &'static str)],
    /// What customers of whom a group is the reason have in common.
    pub(super) group: fn(Group) -> &'static str,
    /// How a customer joined; `{}` stands for the channel.
    pub(super) joined_through: &'static str,
    /// What is said of a column that says nothing.
    pub(super) not_known: &'static str,
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
    /// One text per plural form; the last one serves for those beyond it.
    pub(super) plural: &'static [&'static str],
}

impl Language {
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
            _ => words.plural.get((self.plural)(rounded)).or(words.plural.last())?,
        };
        Some(text.replacen("{}", &form.digits(rounded), 1))
    }
}
