//! When a sentence may be told.

use super::form::{Form, Piece, pieces};
use super::group::Group;
use super::language::Language;
use super::told::SENTENCES;
use crate::catalogue::by_name;
use crate::window::Window;

/// A sentence about a customer. Its words are the template that a language has under its key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sentence {
    /// The group whose reason it tells.
    pub group: Group,
    /// Its name, by which a language finds the words.
    pub key: &'static str,
    /// When it plainly speaks for churn.
    pub when: When,
    /// Whether it speaks of all that ever happened: it may be wrong where a look-back hides what lies before.
    pub ever: bool,
}

/// When a sentence plainly speaks for churn. A comparison with something missing does not hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// The feature has no value.
    Missing(&'static str),
    /// The first is less than the second.
    Less(Term, Term),
    /// The first is the second, or more.
    AtLeast(Term, Term),
    /// All of them hold.
    All(&'static [When]),
    /// One of them holds.
    Any(&'static [When]),
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Term {
    /// The customer's value of a feature.
    Of(&'static str),
    /// The same, rounded as it is told: two numbers that read alike are not compared.
    Told(&'static str, Form),
    /// The average training customer's value, as far as the model knows it; missing for features that it does not use.
    Typical(&'static str),
    /// This part of it: less than that is plainly less.
    PartOfTypical(f64, &'static str),
    /// A number.
    Number(f64),
}

/// The sentences of the catalogue: those of a group in the order in which they are tried. The first that holds is told.
#[must_use]
pub fn sentences() -> &'static [Sentence] {
    SENTENCES
}

impl Sentence {
    /// The features that it is told with, in a language: those of its condition and of its words.
    #[must_use]
    pub fn features(&self, language: &Language) -> Vec<&'static str> {
        let mut names = Vec::new();
        self.when.visit(&mut |name| names.push(name));
        let template = language.template(self.key).unwrap_or_default();
        names.extend(pieces(template).into_iter().filter_map(|piece| match piece {
            Piece::Value(name, _) => Some(name),
            Piece::Text(_) => None,
        }));
        names
    }

    /// Whether it is true of customers of whom only so many days can be seen; of all their days where none is given.
    #[must_use]
    pub fn fits(&self, lookback_days: Option<u16>, language: &Language) -> bool {
        let Some(lookback) = lookback_days else { return true };
        let seen = |name: &str| match by_name(name).map(|feature| feature.window()) {
            Some(Window::Days { from, .. }) => from <= lookback,
            _ => true,
        };
        !self.ever && self.features(language).into_iter().all(seen)
    }
}

impl When {
    /// Calls `of` with every feature whose value for the customer decides.
    pub fn visit(&self, of: &mut dyn FnMut(&'static str)) {
        match self {
            When::Missing(name) => of(name),
            When::Less(a, b) | When::AtLeast(a, b) => {
                for term in [a, b] {
                    if let Term::Of(name) | Term::Told(name, _) = term {
                        of(name);
                    }
                }
            }
            When::All(parts) | When::Any(parts) => parts.iter().for_each(|part| part.visit(of)),
        }
    }
}
