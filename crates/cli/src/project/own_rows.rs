//! Which rows a feature of the project's own looks at: its table, its types, its conditions and its window.

use feature_engineering::{Column, Condition, Label, Rows, Window};
use toml::Spanned;

use super::error::ProjectError;
use super::features_section::{OneOrMany, OwnSection, WhereSection, WindowSection};
use super::file::Text;
use super::own_columns::{Tables, has_column, has_label, needs, needs_column, needs_label};
use super::own_feature::Place;
use super::values;

const TABLES: [(&str, &str); 6] = [
    ("purchases", "purchases"),
    ("sales", "sales"),
    ("spending", "spending"),
    ("returns", "returns"),
    ("lines", "lines"),
    ("events", "events"),
];

/// The rows of the table that a section names.
pub(super) fn rows(place: &Place<'_>, tables: &Tables<'_>, given: &OwnSection) -> Result<Rows, ProjectError> {
    let table = place.word("table", &given.table, &TABLES)?;
    let at = given.table.span();
    if let Some(kind) = given.kind.as_ref().filter(|_| table != "events") {
        return Err(
            place.error(&kind.span(), format!("type: belongs to table = \"events\", found table = \"{table}\""))
        );
    }
    match table {
        "sales" => Ok(Rows::Sales),
        "spending" => Ok(Rows::Spending),
        "returns" if tables.keeps_returns => Ok(Rows::Returns),
        "returns" => {
            let message =
                "table \"returns\": expected [transactions] returns = \"net\" or \"separate\", found \"drop\"";
            Err(place.error(&at, message))
        }
        "lines" => {
            let lacks = |needed| place.error(&at, format!("table \"lines\": {needed}"));
            needs(tables, false, &["product", "category"]).map(|()| Rows::Lines).map_err(lacks)
        }
        "events" if tables.has_events() => Ok(Rows::Events(match &given.kind {
            Some(kinds) => texts(place, "type", kinds)?,
            None => Vec::new(),
        })),
        "events" => {
            let message = "table \"events\": expected a section [events] with the path of that table, found none";
            Err(place.error(&at, message))
        }
        _ => Ok(Rows::Purchases),
    }
}

/// The conditions of `where`.
pub(super) fn conditions(
    place: &Place<'_>,
    tables: &Tables<'_>,
    rows: &Rows,
    given: &OwnSection,
) -> Result<Vec<Condition>, ProjectError> {
    let Some(given) = &given.conditions else { return Ok(Vec::new()) };
    let all = given.get_ref();
    let mut conditions = Vec::new();
    match all.weekend {
        Some(true) => conditions.push(Condition::Weekend),
        Some(false) => {
            let not_on = |day: &str| Condition::IsNot(Label::Weekday, day.to_owned());
            conditions.extend(["saturday", "sunday"].map(not_on));
        }
        None => {}
    }
    for (key, label, text) in is(all) {
        check_label(place, tables, rows, (&format!("where {key}"), &text.span()), label)?;
        let text = one(place, key, text.get_ref(), &text.span())?;
        conditions.push(Condition::Is(label, text));
    }
    for (key, label, given) in is_not(all) {
        check_label(place, tables, rows, (&format!("where {key}"), &given.span()), label)?;
        let texts = texts(place, key, given)?;
        conditions.extend(texts.into_iter().map(|text| Condition::IsNot(label, text)));
    }
    for (key, column, [at_least, below]) in bounds(all) {
        for (word, number) in [("at_least", at_least), ("below", below)] {
            let Some(number) = number else { continue };
            let key = format!("where {key}_{word}");
            if !has_column(rows, column) {
                return Err(place.error(&number.span(), format!("{key}: rows of this table have no such column")));
            }
            needs_column(tables, column).map_err(|needed| place.error(&number.span(), format!("{key}: {needed}")))?;
            let bound = *number.get_ref();
            if !bound.is_finite() {
                return Err(place.error(&number.span(), format!("{key}: expected a number, found {bound}")));
            }
            conditions.push(if word == "below" {
                Condition::Below(column, bound)
            } else {
                Condition::AtLeast(column, bound)
            });
        }
    }
    if conditions.is_empty() {
        return Err(place.error(&given.span(), "where: expected a condition, found none"));
    }
    Ok(conditions)
}

fn is(all: &WhereSection) -> impl Iterator<Item = (&'static str, Label, &Text)> {
    let given = [
        ("product", Label::Product, &all.product),
        ("category", Label::Category, &all.category),
        ("channel", Label::Channel, &all.channel),
    ];
    given.into_iter().filter_map(|(key, label, text)| Some((key, label, text.as_ref()?)))
}

fn is_not(all: &WhereSection) -> impl Iterator<Item = (&'static str, Label, &Spanned<OneOrMany>)> {
    let given = [
        ("not_product", Label::Product, &all.not_product),
        ("not_category", Label::Category, &all.not_category),
        ("not_channel", Label::Channel, &all.not_channel),
    ];
    given.into_iter().filter_map(|(key, label, texts)| Some((key, label, texts.as_ref()?)))
}

type Bound<'a> = Option<&'a Spanned<f64>>;

fn bounds(all: &WhereSection) -> [(&'static str, Column, [Bound<'_>; 2]); 5] {
    [
        ("amount", Column::Amount, [all.amount_at_least.as_ref(), all.amount_below.as_ref()]),
        ("discount", Column::Discount, [all.discount_at_least.as_ref(), all.discount_below.as_ref()]),
        ("margin", Column::Margin, [all.margin_at_least.as_ref(), all.margin_below.as_ref()]),
        ("quantity", Column::Quantity, [all.quantity_at_least.as_ref(), all.quantity_below.as_ref()]),
        ("value", Column::Value, [all.value_at_least.as_ref(), all.value_below.as_ref()]),
    ]
}

fn check_label(
    place: &Place<'_>,
    tables: &Tables<'_>,
    rows: &Rows,
    (key, span): (&str, &std::ops::Range<usize>),
    label: Label,
) -> Result<(), ProjectError> {
    if !has_label(rows, label) {
        return Err(place.error(span, format!("{key}: rows of this table have no such column")));
    }
    needs_label(tables, rows, label).map_err(|needed| place.error(span, format!("{key}: {needed}")))
}

fn one(place: &Place<'_>, key: &str, text: &str, span: &std::ops::Range<usize>) -> Result<String, ProjectError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(place.error(span, format!("{key}: expected a text, found nothing")));
    }
    Ok(text.to_owned())
}

fn texts(place: &Place<'_>, key: &str, given: &Spanned<OneOrMany>) -> Result<Vec<String>, ProjectError> {
    let OneOrMany(texts) = given.get_ref();
    if texts.is_empty() {
        return Err(place.error(&given.span(), format!("{key}: expected at least one text, found an empty list")));
    }
    texts.iter().map(|text| one(place, key, text, &given.span())).collect()
}

/// The window that a section names; all time where it names none.
pub(super) fn measured_window(place: &Place<'_>, given: &OwnSection) -> Result<Window, ProjectError> {
    let Some(given) = &given.window else { return Ok(Window::AllTime) };
    let wrong = |span: &std::ops::Range<usize>, message: String| place.error(span, format!("window: {message}"));
    match given.get_ref() {
        WindowSection::Text(text) => {
            let days = values::days_or_all(text).map_err(|message| wrong(&given.span(), message))?;
            Ok(days.map_or(Window::AllTime, |days| Window::last(whole(days.get()))))
        }
        WindowSection::Range(range) => {
            let from = values::days(range.from.get_ref()).map_err(|message| wrong(&range.from.span(), message))?;
            let to = values::days_or_none(range.to.get_ref()).map_err(|message| wrong(&range.to.span(), message))?;
            let from = whole(from.get());
            if to >= from {
                let message =
                    format!("expected from to be longer ago than to, found from = \"{from}d\", to = \"{to}d\"");
                return Err(wrong(&given.span(), message));
            }
            Ok(Window::Days { from, to })
        }
    }
}

fn whole(days: i32) -> u16 {
    u16::try_from(days).expect("a length lies between 1 and 3650 days")
}
