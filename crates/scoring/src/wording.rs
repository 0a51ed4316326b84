//! From the catalogue's sentences to text about the rows of one table, with the customers' own numbers.

use std::sync::Arc;

use feature_engineering::reason::{Form, Language, Piece, Sentence, Term, When, pieces};
use feature_engineering::{Attribute, Coding, Expression, Feature, FeatureTable, Level, Unit};

/// Tells the reason of one group of features, or of one feature.
#[derive(Debug)]
pub(crate) enum Teller<'a> {
    /// The first of these sentences that plainly speaks for churn.
    Sentences(Vec<Told<'a>>),
    /// What a feature says, and its value.
    Value { language: &'static Language, description: String, form: Form, column: &'a [f64] },
    /// What the customers table says of a customer, the first of these that is so; that something else is not so tells
    /// nothing.
    Attribute(Vec<(String, &'a [f64])>),
}

/// A sentence with the columns it is told with.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    language: &'static Language,
    when: Test<'a>,
    parts: Vec<Part<'a>>,
}

#[derive(Debug)]
enum Part<'a> {
    Text(&'static str),
    Value(&'a [f64], Form),
}

/// A condition on a row; see [`When`].
#[derive(Debug)]
enum Test<'a> {
    Missing(&'a [f64]),
    Less(Value<'a>, Value<'a>),
    AtLeast(Value<'a>, Value<'a>),
    All(Vec<Test<'a>>),
    Any(Vec<Test<'a>>),
}

#[derive(Debug)]
enum Value<'a> {
    Of(&'a [f64]),
    Told(&'a [f64], Form),
    Number(f64),
}

/// What a sentence is made with.
pub(crate) struct Facts<'a, 'b> {
    pub(crate) language: &'static Language,
    /// The column of a feature, where the table has it.
    pub(crate) column: &'b dyn Fn(&str) -> Option<&'a [f64]>,
    /// The average training customer's value of a feature; NaN for one that the model does not use, so that nothing is
    /// compared with it.
    pub(crate) typical: &'b dyn Fn(&str) -> f64,
}

impl<'a> Told<'a> {
    /// The sentence, where the table has all columns that it is told with.
    pub(crate) fn new(sentence: &Sentence, facts: &Facts<'a, '_>) -> Option<Self> {
        let part = |piece| match piece {
            Piece::Text(text) => Some(Part::Text(text)),
            Piece::Value(name, form) => (facts.column)(name).map(|column| Part::Value(column, form)),
        };
        let parts = pieces(facts.language.template(sentence.key)?).into_iter().map(part).collect::<Option<_>>()?;
        Some(Self { language: facts.language, when: Test::new(&sentence.when, facts)?, parts })
    }

    /// The sentence of a row; `None` where it does not speak for churn, or one of its numbers is missing.
    fn of(&self, row: usize) -> Option<String> {
        if !self.when.holds(row) {
            return None;
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(words) => text.push_str(words),
                Part::Value(column, form) => text.push_str(&self.language.say(*form, column[row])?),
            }
        }
        Some(text)
    }
}

impl<'a> Test<'a> {
    fn new(when: &When, facts: &Facts<'a, '_>) -> Option<Self> {
        let all = |parts: &[When]| parts.iter().map(|part| Test::new(part, facts)).collect::<Option<Vec<_>>>();
        Some(match when {
            When::Missing(name) => Test::Missing((facts.column)(name)?),
            When::Less(a, b) => Test::Less(Value::new(a, facts)?, Value::new(b, facts)?),
            When::AtLeast(a, b) => Test::AtLeast(Value::new(a, facts)?, Value::new(b, facts)?),
            When::All(parts) => Test::All(all(parts)?),
            When::Any(parts) => Test::Any(all(parts)?),
        })
    }

    fn holds(&self, row: usize) -> bool {
        match self {
            Test::Missing(column) => column[row].is_nan(),
            Test::Less(a, b) => a.of(row) < b.of(row),
            Test::AtLeast(a, b) => a.of(row) >= b.of(row),
            Test::All(parts) => parts.iter().all(|part| part.holds(row)),
            Test::Any(parts) => parts.iter().any(|part| part.holds(row)),
        }
    }
}

impl<'a> Value<'a> {
    fn new(term: &Term, facts: &Facts<'a, '_>) -> Option<Self> {
        Some(match term {
            Term::Of(name) => Value::Of((facts.column)(name)?),
            Term::Told(name, form) => Value::Told((facts.column)(name)?, *form),
            Term::Typical(name) => Value::Number((facts.typical)(name)),
            Term::PartOfTypical(part, name) => Value::Number(part * (facts.typical)(name)),
            Term::Number(number) => Value::Number(*number),
        })
    }

    fn of(&self, row: usize) -> f64 {
        match self {
            Value::Of(column) => column[row],
            Value::Told(column, form) => form.rounded(column[row]),
            Value::Number(number) => *number,
        }
    }
}

impl<'a> Teller<'a> {
    /// Tells of a feature by itself.
    pub(crate) fn of_feature(language: &'static Language, feature: &Feature, column: &'a [f64]) -> Self {
        if let Expression::Customer(Attribute::Is(of, text)) = &feature.definition {
            return Teller::Attribute(vec![(language.attribute(of, Some(text)), column)]);
        }
        let form = match feature.unit {
            Unit::Currency => Form::Money,
            Unit::Share => Form::Share,
            Unit::Flag => Form::Yes,
            _ => Form::Plain,
        };
        Teller::Value { language, description: first_clause(language, feature), form, column }
    }

    /// Tells of which level of a column a customer is, as far as the table has the levels; that it is none of those that have
    /// a name tells nothing.
    pub(crate) fn of_levels(language: &'static Language, coding: &Coding, table: &'a FeatureTable) -> Self {
        let told = |(feature, column): (&Arc<Feature>, &'a Vec<f64>)| {
            let Expression::Customer(Attribute::Level { of, is }) = &feature.definition else { return None };
            let text = match is {
                Level::Text(text) => Some(text.as_str()),
                Level::Missing => None,
                Level::Other => return None,
            };
            (of == coding).then(|| (language.attribute(&of.column, text), column.as_slice()))
        };
        Teller::Attribute(table.features().iter().zip(table.columns()).filter_map(told).collect())
    }

    /// The reason of a row; `None` where there is nothing to say that plainly speaks for churn.
    pub(crate) fn of(&self, row: usize) -> Option<String> {
        match self {
            Teller::Sentences(sentences) => sentences.iter().find_map(|sentence| sentence.of(row)),
            Teller::Value { language, description, form, column } => {
                language.say(*form, column[row]).map(|value| format!("{description}: {value}"))
            }
            Teller::Attribute(texts) => {
                texts.iter().find(|(_, column)| column[row] == 1.0).map(|(text, _)| text.clone())
            }
        }
    }
}

/// What a feature says, without the details behind a semicolon, as reasons are written: with a small letter, unless it
/// begins with an abbreviation. The name of a feature that nobody described.
fn first_clause(language: &Language, feature: &Feature) -> String {
    let own = language.label(feature);
    if own != feature.label {
        return own;
    }
    let clause = feature.description.split(';').next().unwrap_or_default().trim();
    let mut letters = clause.chars();
    match (letters.next(), letters.clone().next()) {
        (None, _) => feature.name.replace('_', " "),
        (Some(_), Some(second)) if second.is_uppercase() => clause.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(letters).collect(),
    }
}

#[cfg(test)]
mod tests;
