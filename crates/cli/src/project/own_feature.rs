//! A feature that the project declares itself: `[[features.own]]`.
//!
//! It is put together from the same parts as those of the catalogue, so the time rule holds for it as it does for them. Two
//! columns cannot be asked for in `where`, since a row's answer would depend on what is known of another moment:
//! `days_to_resolve`, which may be filled in after the as-of date, and `gap`, which may begin out of sight.

use feature_engineering::{
    Aggregate, Column, Expression, Family, Feature, Label, Measure, Rows, Transform, Unit, Use, Window,
};

use super::error::{ProjectError, Source};
use super::features_section::OwnSection;
use super::file::Text;
use super::nearest::did_you_mean;
use super::own_columns::{Tables, has_column, has_label, is_events, needs_column, needs_label};
use super::own_rows::{conditions, measured_window, rows};

/// An own feature, and the flag that goes with it if some customers have no value.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) feature: Feature,
    pub(super) flag: Option<Feature>,
}

/// Where in the project file a feature is, for what is said about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) name: &'a str,
}

impl Place<'_> {
    /// An error in a value of the feature.
    pub(super) fn error(&self, span: &std::ops::Range<usize>, message: impl std::fmt::Display) -> ProjectError {
        self.source.error(span, format!("features.own \"{}\": {message}", self.name))
    }

    /// One of the words that a key knows.
    pub(super) fn word<T: Copy>(&self, key: &str, given: &Text, known: &[(&str, T)]) -> Result<T, ProjectError> {
        let word = given.get_ref().as_str();
        known.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let hint = did_you_mean(word, known.iter().map(|(known, _)| *known));
            let known = known.iter().map(|(known, _)| format!("\"{known}\"")).collect::<Vec<_>>().join(", ");
            self.error(&given.span(), format!("{key}: expected one of {known}, found \"{word}\"{hint}"))
        })
    }
}

const COLUMNS: [(&str, Column); 7] = [
    ("amount", Column::Amount),
    ("discount", Column::Discount),
    ("margin", Column::Margin),
    ("quantity", Column::Quantity),
    ("value", Column::Value),
    ("gap", Column::Gap),
    ("days_to_resolve", Column::DaysToResolve),
];

const LABELS: [(&str, Label); 5] = [
    ("product", Label::Product),
    ("category", Label::Category),
    ("channel", Label::Channel),
    ("type", Label::Type),
    ("day", Label::Day),
];

/// What `aggregate` may say.
#[derive(Debug, Clone, Copy)]
enum Word {
    /// Needs no column.
    Plain(fn() -> Aggregate),
    OfNumbers(fn(Column) -> Aggregate),
    OfLabels(fn(Label) -> Aggregate),
    /// Of all rows, those that `where` lets through.
    Share,
}

const AGGREGATES: [(&str, Word); 15] = [
    ("count", Word::Plain(|| Aggregate::Count)),
    ("share", Word::Share),
    ("sum", Word::OfNumbers(Aggregate::Sum)),
    ("mean", Word::OfNumbers(Aggregate::Mean)),
    ("median", Word::OfNumbers(Aggregate::Median)),
    ("std", Word::OfNumbers(Aggregate::Std)),
    ("min", Word::OfNumbers(Aggregate::Min)),
    ("max", Word::OfNumbers(Aggregate::Max)),
    ("first", Word::OfNumbers(Aggregate::First)),
    ("last", Word::OfNumbers(Aggregate::Last)),
    ("recency", Word::Plain(|| Aggregate::DaysSinceLast)),
    ("tenure", Word::Plain(|| Aggregate::DaysSinceFirst)),
    ("distinct", Word::OfLabels(Aggregate::Distinct)),
    ("top_share", Word::OfLabels(Aggregate::TopShare)),
    ("open", Word::Plain(|| Aggregate::Open)),
];

const TRANSFORMS: [(&str, Transform); 3] =
    [("identity", Transform::Identity), ("log1p", Transform::Log1p), ("signed_log1p", Transform::SignedLog1p)];

/// Longer texts do not belong into a table of features.
const LONGEST_DESCRIPTION: usize = 300;

/// The feature that a section declares, under this name.
pub(super) fn own_feature(
    source: &Source<'_>,
    tables: &Tables<'_>,
    given: &OwnSection,
    name: &str,
) -> Result<Own, ProjectError> {
    let place = Place { source, name };
    let rows = rows(&place, tables, given)?;
    let filter = conditions(&place, tables, &rows, given)?;
    let window = measured_window(&place, given)?;
    let (aggregate, is_share) = aggregate(&place, tables, &rows, given)?;
    if is_share && filter.is_empty() {
        let message = "aggregate \"share\": expected a where: the share of all rows that it lets through";
        return Err(place.error(&given.aggregate.span(), message));
    }
    let measure = Measure { rows, filter, window, aggregate };
    let description = description(&place, given, &measure, is_share)?;
    let unit = if is_share { Unit::Share } else { unit(&measure.aggregate) };
    let transform = transform(&place, given, &measure, unit)?;
    let all = Measure { filter: Vec::new(), ..measure.clone() };
    let can_be_missing = if is_share { !always_there(&all) } else { can_be_missing(&measure) };
    let definition = match is_share {
        true => Expression::Measure(measure) / Expression::Measure(all),
        false => Expression::Measure(measure),
    };
    let (name, family) = (name.to_owned(), Family::Own);
    let feature =
        Feature { name, label: String::new(), family, unit, description, transform, used: Use::Modelled, definition };
    let flag = can_be_missing.then(|| feature.missing_flag());
    Ok(Own { feature, flag })
}

fn aggregate(
    place: &Place<'_>,
    tables: &Tables<'_>,
    rows: &Rows,
    given: &OwnSection,
) -> Result<(Aggregate, bool), ProjectError> {
    let word = place.word("aggregate", &given.aggregate, &AGGREGATES)?;
    let named = given.aggregate.get_ref();
    let column = |known: String| {
        given.column.as_ref().ok_or_else(|| {
            let message = format!("aggregate \"{named}\": expected a column ({known}), found none");
            place.error(&given.aggregate.span(), message)
        })
    };
    let words = |known: &[&str]| known.join(", ");
    match (word, &given.column) {
        (Word::Plain(_) | Word::Share, Some(column)) => {
            let message = format!("aggregate \"{named}\": expected no column, found \"{}\"", column.get_ref());
            Err(place.error(&column.span(), message))
        }
        (Word::Share, None) => Ok((Aggregate::Count, true)),
        (Word::Plain(aggregate), None) => {
            let aggregate = aggregate();
            if aggregate == Aggregate::Open && !(is_events(rows) && tables.maps(true, &["resolved_at"])) {
                let message =
                    "aggregate \"open\": expected table = \"events\" and [events] columns that map resolved_at";
                return Err(place.error(&given.aggregate.span(), message));
            }
            Ok((aggregate, false))
        }
        (Word::OfNumbers(of), _) => {
            let known = COLUMNS.into_iter().filter(|(_, column)| has_column(rows, *column));
            let known: Vec<(&str, Column)> = known.collect();
            let given = column(words(&known.iter().map(|(word, _)| *word).collect::<Vec<_>>()))?;
            let column = place.word("column", given, &known)?;
            let message = |needed| format!("column \"{}\": {needed}", given.get_ref());
            needs_column(tables, column).map_err(|needed| place.error(&given.span(), message(needed)))?;
            Ok((of(column), false))
        }
        (Word::OfLabels(of), _) => {
            let known: Vec<(&str, Label)> = LABELS.into_iter().filter(|(_, label)| has_label(rows, *label)).collect();
            let given = column(words(&known.iter().map(|(word, _)| *word).collect::<Vec<_>>()))?;
            let label = place.word("column", given, &known)?;
            let message = |needed| format!("column \"{}\": {needed}", given.get_ref());
            needs_label(tables, rows, label).map_err(|needed| place.error(&given.span(), message(needed)))?;
            Ok((of(label), false))
        }
    }
}

fn unit(aggregate: &Aggregate) -> Unit {
    use Aggregate as A;
    match aggregate {
        A::Sum(c) | A::Mean(c) | A::Std(c) | A::Median(c) | A::Min(c) | A::Max(c) | A::First(c) | A::Last(c) => match c
        {
            Column::Amount | Column::Discount | Column::Margin => Unit::Currency,
            Column::Quantity => Unit::Count,
            Column::Gap | Column::DaysToResolve => Unit::Days,
            Column::Value => Unit::Ratio,
        },
        A::DaysSinceFirst | A::DaysSinceLast => Unit::Days,
        A::TopShare(_) | A::Concentration(..) => Unit::Share,
        _ => Unit::Count,
    }
}

/// The transform asked for, or the usual one.
fn transform(place: &Place<'_>, given: &OwnSection, measure: &Measure, unit: Unit) -> Result<Transform, ProjectError> {
    let negative = can_be_negative(measure);
    let Some(given) = &given.transform else {
        return Ok(match (unit, negative) {
            (Unit::Share | Unit::Ratio, _) => Transform::Identity,
            (_, true) => Transform::SignedLog1p,
            (_, false) => Transform::Log1p,
        });
    };
    let transform = place.word("transform", given, &TRANSFORMS)?;
    if transform == Transform::Log1p && negative {
        let message = "transform \"log1p\": expected \"signed_log1p\" or \"identity\": values below 0 are possible, and log1p \
                       makes them all 0";
        return Err(place.error(&given.span(), message));
    }
    Ok(transform)
}

fn can_be_negative(measure: &Measure) -> bool {
    use Aggregate as A;
    let (A::Sum(c) | A::Mean(c) | A::Median(c) | A::Min(c) | A::Max(c) | A::First(c) | A::Last(c)) = measure.aggregate
    else {
        return false;
    };
    match c {
        Column::Amount => measure.rows == Rows::Spending,
        Column::Discount | Column::Margin | Column::Quantity | Column::Value => true,
        Column::Gap | Column::DaysToResolve => false,
    }
}

/// Whether some eligible customers, who all have bought, have no value.
fn can_be_missing(measure: &Measure) -> bool {
    use Aggregate as A;
    match measure.aggregate {
        A::Count | A::Sum(_) | A::Distinct(_) | A::Open => false,
        A::Std(_) => true,
        A::Mean(c) | A::Median(c) | A::Min(c) | A::Max(c) | A::First(c) | A::Last(c) if c == Column::Gap => true,
        A::TopShare(label) if label != Label::Day => true,
        _ => !always_there(measure),
    }
}

/// Whether every eligible customer, all of whom have bought, has such rows.
fn always_there(measure: &Measure) -> bool {
    let purchases = matches!(measure.rows, Rows::Purchases | Rows::Sales | Rows::Spending);
    purchases && measure.filter.is_empty() && measure.window == Window::AllTime
}

fn description(
    place: &Place<'_>,
    given: &OwnSection,
    measure: &Measure,
    is_share: bool,
) -> Result<String, ProjectError> {
    if let Some(given) = &given.description {
        let text = given.get_ref().trim();
        if text.is_empty() || text.len() > LONGEST_DESCRIPTION || text.contains(char::is_control) {
            let message = format!(
                "description: expected one line of 1 to {LONGEST_DESCRIPTION} bytes, found {} bytes{}",
                text.len(),
                if text.contains(char::is_control) { " on several lines" } else { "" }
            );
            return Err(place.error(&given.span(), message));
        }
        return Ok(text.to_owned());
    }
    let column = given.column.as_ref().map_or_else(String::new, |column| format!(" of {}", column.get_ref()));
    let chosen = match (measure.filter.is_empty(), is_share) {
        (true, _) => "",
        (false, true) => " that meet its where",
        (false, false) => " where its conditions hold",
    };
    let aggregate = given.aggregate.get_ref();
    Ok(format!("Own feature: {aggregate}{column} over {}{chosen}, {}", given.table.get_ref(), measure.window))
}
