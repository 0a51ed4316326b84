//! The fields of a target: which column each takes, and how it is compared.

use crm::{Compare, Decimal, Field, Kind, OnNull};
use toml::Spanned;

use super::error::ProjectError;
use super::file::Text;
use super::nearest::did_you_mean;
use super::sync::{Place, SyncSource};
use super::sync_section::{FieldSection, FieldTable};

/// A field of the target, and the column that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyncField {
    /// Column of the scores or the plan.
    pub(crate) column: String,
    pub(crate) field: Field,
}

const TEXT: Kind = Kind::Text;
const DATE: Kind = Kind::Date;
const PROBABILITY: Kind = Kind::Number { decimals: 4 };
const MONEY: Kind = Kind::Number { decimals: 2 };

/// Columns of the scores and what they hold; numbers with the decimals that they have unless told otherwise.
const SCORES: [(&str, Kind); 16] = [
    ("customer_id", TEXT),
    ("as_of", DATE),
    ("model", TEXT),
    ("state", TEXT),
    ("churn_probability", PROBABILITY),
    ("probability_low", PROBABILITY),
    ("probability_high", PROBABILITY),
    ("risk_band", TEXT),
    ("risk_percentile", Kind::Number { decimals: 1 }),
    ("expected_value", MONEY),
    ("value_at_risk", MONEY),
    ("segment", TEXT),
    ("reason_1", TEXT),
    ("reason_2", TEXT),
    ("reason_3", TEXT),
    ("return_probability", PROBABILITY),
];

/// Columns of the plan and what they hold.
const PLAN: [(&str, Kind); 13] = [
    ("customer_id", TEXT),
    ("as_of", DATE),
    ("action", TEXT),
    ("offer", TEXT),
    ("channel", TEXT),
    ("owner", TEXT),
    ("churn_probability", PROBABILITY),
    ("uplift", PROBABILITY),
    ("expected_gain", MONEY),
    ("cost", MONEY),
    ("arm", TEXT),
    ("priority", Kind::Integer),
    ("reason", TEXT),
];

/// What a column holds, if it is one that every such table has.
fn known(source: SyncSource, column: &str) -> Option<Kind> {
    let columns: &[(&str, Kind)] = match source {
        SyncSource::Scores => &SCORES,
        SyncSource::Plan => &PLAN,
    };
    columns.iter().find(|(name, _)| *name == column).map(|(_, kind)| *kind)
}

pub(super) fn field(
    place: &Place<'_>,
    source: SyncSource,
    name: &Text,
    given: &Spanned<FieldSection>,
) -> Result<SyncField, ProjectError> {
    let refuse = |message: String| {
        let field = name.get_ref();
        Err(place.error(&given.span(), format!("fields.{field}: {message}")))
    };
    let plain = |column: &String| FieldTable {
        column: Some(column.clone()),
        kind: None,
        decimals: None,
        compare: None,
        step: None,
        on_null: None,
    };
    let table = match given.get_ref() {
        FieldSection::Column(column) => &plain(column),
        FieldSection::Table(table) => table,
    };
    let Some(column) = table.column.clone() else {
        return refuse(format!("expected column = one of the columns of {}, found none", source.as_str()));
    };
    let kind = match kind(source, &column, table) {
        Ok(kind) => kind,
        Err(message) => return refuse(message),
    };
    let compare = match compare(kind, table) {
        Ok(compare) => compare,
        Err(message) => return refuse(message),
    };
    let on_null = match table.on_null.as_deref() {
        None | Some("skip") => OnNull::Skip,
        Some("clear") => OnNull::Clear,
        Some(other) => return refuse(format!("on_null: expected \"skip\" or \"clear\", found \"{other}\"")),
    };
    let field = Field::new(name.get_ref().clone(), kind).compare(compare).on_null(on_null);
    Ok(SyncField { column, field })
}

const KINDS: [&str; 5] = ["text", "number", "integer", "bool", "date"];

fn kind(source: SyncSource, column: &str, table: &FieldTable) -> Result<Kind, String> {
    let usual = known(source, column);
    let decimals = |usual: u8| match table.decimals {
        Some(decimals @ 16..) => Err(format!("decimals: expected 0 to 15, found {decimals}")),
        given => Ok(given.unwrap_or(usual)),
    };
    let kind = match (table.kind.as_deref(), usual) {
        (None, Some(Kind::Number { decimals: usual })) => Kind::Number { decimals: decimals(usual)? },
        (None, Some(kind)) => kind,
        (None, None) if table.decimals.is_some() => Kind::Number { decimals: decimals(0)? },
        (None, None) => {
            return Err(format!(
                "\"{column}\" is no column that {} always have{}; for a column of your own say its kind: {}",
                source.as_str(),
                did_you_mean(column, source.columns()),
                KINDS.join(", ")
            ));
        }
        (Some("text"), None | Some(Kind::Text)) => Kind::Text,
        (Some("date"), None | Some(Kind::Date)) => Kind::Date,
        (Some("bool"), None) => Kind::Bool,
        (Some("integer"), None | Some(Kind::Integer | Kind::Number { .. })) => Kind::Integer,
        (Some("number"), None) => match table.decimals {
            Some(_) => Kind::Number { decimals: decimals(0)? },
            None => return Err("kind \"number\": expected decimals = how many, found none".to_owned()),
        },
        (Some("number"), Some(Kind::Number { decimals: usual })) => Kind::Number { decimals: decimals(usual)? },
        (Some(word), Some(_)) if KINDS.contains(&word) => {
            return Err(format!("kind: \"{column}\" holds something else than \"{word}\""));
        }
        (Some(word), _) => return Err(format!("kind: expected one of {}, found \"{word}\"", KINDS.join(", "))),
    };
    match (kind, table.decimals) {
        (Kind::Number { .. }, _) | (_, None) => Ok(kind),
        _ => Err(format!("decimals: belongs to numbers, and \"{column}\" is sent as something else")),
    }
}

fn compare(kind: Kind, table: &FieldTable) -> Result<Compare, String> {
    match (table.compare.as_deref(), table.step) {
        (None | Some("exact"), None) => Ok(Compare::Exact),
        (Some("along"), None) => Ok(Compare::Along),
        (Some("exact" | "along"), Some(_)) => Err("step: belongs to compare = \"step\"".to_owned()),
        (Some("step"), None) => Err("compare \"step\": expected step = how far, found none".to_owned()),
        (None | Some("step"), Some(step)) => {
            let decimals = match kind {
                Kind::Number { decimals } => decimals,
                Kind::Integer => 0,
                _ => return Err("step: belongs to numbers".to_owned()),
            };
            let found = format!("step: expected a number above 0 with at most {decimals} decimals, found {step}");
            match Decimal::parse(&step.to_string(), decimals) {
                Ok(exact) if exact.unscaled() > 0 => Ok(Compare::Within(exact)),
                _ => Err(found),
            }
        }
        (Some(word), _) => Err(format!("compare: expected \"exact\", \"step\" or \"along\", found \"{word}\"")),
    }
}

impl SyncSource {
    /// In words.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            SyncSource::Scores => "scores",
            SyncSource::Plan => "plans",
        }
    }

    /// The columns that every such table has.
    fn columns(self) -> impl Iterator<Item = &'static str> {
        let columns: &'static [(&'static str, Kind)] = match self {
            SyncSource::Scores => &SCORES,
            SyncSource::Plan => &PLAN,
        };
        columns.iter().map(|(name, _)| *name)
    }
}
