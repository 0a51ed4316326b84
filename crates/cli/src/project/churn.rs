//! What churn means: the section `[churn]`.

use feature_engineering::{Churn as Definition, Eligibility};
use history::{Date, Days, Export, History, LabelWindow};
use toml::Spanned;

use super::error::{ProjectError, Source};
use super::file::{ProjectFile, Text};
use super::resolved::default_days;
use super::values;

/// What churn means in this project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Churn {
    pub(crate) definition: Definition,
    pub(crate) window: LabelWindow,
    /// Eligible customers bought within this many days before the as-of date.
    pub(crate) active_within: Days,
    /// How far back features look; as far as the export goes where there is no limit ("all").
    pub(crate) lookback: Option<Days>,
    /// First day that is not complete, where it is declared.
    pub(crate) complete_through: Option<Date>,
}

impl Churn {
    /// Whom a model of this project speaks about.
    pub(crate) const fn eligibility(&self) -> Eligibility {
        Eligibility::new(self.active_within, self.definition)
    }

    /// What a model of this project sees of an export at an as-of date.
    pub(crate) fn history<'a>(&self, export: &'a Export, as_of: Date) -> History<'a> {
        export.history(as_of).with_lookback(self.lookback)
    }
}

const INACTIVITY: &str = "inactivity";
const CADENCE: &str = "cadence";
const DEPARTURE: &str = "departure";

const DEFAULT_HORIZON: u16 = 90;
const DEFAULT_ACTIVE_WITHIN: u16 = 180;
const DEFAULT_MULTIPLE: f64 = 3.0;
/// Older purchases add little to what the last two years say (Ballings & Van den Poel 2012, Customer event history for
/// churn prediction: how long is long enough?, Expert Systems with Applications 39:13517), and customers who are all
/// watched for the same time can be compared.
const DEFAULT_LOOKBACK: u16 = 730;
const DEFAULT_MIN: u16 = 30;
/// Half of all pauses are longer than the median one: a smaller multiple would call most customers lost at once.
const LEAST_MULTIPLE: f64 = 1.0;
const GREATEST_MULTIPLE: f64 = 100.0;

pub(super) fn churn(source: &Source<'_>, file: &ProjectFile) -> Result<Churn, ProjectError> {
    let section = &file.churn;
    let length = |key: &str, given: Option<&Text>, default| {
        values::read(source, key, given, default_days(default), values::days)
    };
    let horizon = length("churn.horizon", section.horizon.as_ref(), DEFAULT_HORIZON)?;
    let active_within = length("churn.active_within", section.active_within.as_ref(), DEFAULT_ACTIVE_WITHIN)?;
    let lead = values::read(source, "churn.lead", section.lead.as_ref(), 0, values::days_or_none)?;
    let given = section.complete_through.as_ref();
    let complete_through = values::read(source, "churn.complete_through", given, None, values::date)?;
    let lookback = lookback(source, section.lookback.as_ref(), active_within)?;
    let definition = definition(source, file, horizon)?;
    Ok(Churn { definition, window: LabelWindow { lead, horizon }, active_within, lookback, complete_through })
}

fn lookback(source: &Source<'_>, given: Option<&Text>, active_within: Days) -> Result<Option<Days>, ProjectError> {
    // Eligible customers must have a purchase in sight.
    let default = default_days(DEFAULT_LOOKBACK).max(active_within);
    let lookback = values::read(source, "churn.lookback", given, Some(default), values::days_or_all)?;
    if let (Some(given), Some(days)) = (given, lookback)
        && days.get() < active_within.get()
    {
        let message = format!(
            "churn.lookback: expected at least active_within (\"{active_within}\"), found \"{days}\": eligible customers \
             would have no purchase in sight"
        );
        return Err(source.error(&given.span(), message));
    }
    Ok(lookback)
}

fn definition(source: &Source<'_>, file: &ProjectFile, horizon: Days) -> Result<Definition, ProjectError> {
    let section = &file.churn;
    let definitions = [INACTIVITY, CADENCE, DEPARTURE];
    let word = values::word(source, "churn.definition", section.definition.as_ref(), &definitions)?;
    let cadence =
        [section.multiple.as_ref().map(|m| ("multiple", m.span())), section.min.as_ref().map(|m| ("min", m.span()))];
    let departure = [section.include_involuntary.as_ref().map(|i| ("include_involuntary", i.span()))];
    for (owner, keys) in [(CADENCE, &cadence[..]), (DEPARTURE, &departure[..])] {
        if let Some((key, span)) = keys.iter().flatten().next().filter(|_| word != owner) {
            let message = format!("churn.{key}: belongs to definition = \"{owner}\", found definition = \"{word}\"");
            return Err(source.error(span, message));
        }
    }
    match word {
        CADENCE => Ok(Definition::Cadence {
            multiple: multiple(source, section.multiple.as_ref())?,
            min: min(source, section.min.as_ref(), horizon)?,
        }),
        DEPARTURE if file.departures.is_none() => {
            let span = section.definition.as_ref().map_or(0..0, Spanned::span);
            let message = "churn.definition \"departure\": expected a section [departures] with the path of that table, found none";
            Err(source.error(&span, message))
        }
        DEPARTURE => {
            let include_involuntary = section.include_involuntary.as_ref().is_some_and(|include| *include.get_ref());
            Ok(Definition::Departure { include_involuntary })
        }
        _ => Ok(Definition::Inactivity),
    }
}

fn multiple(source: &Source<'_>, given: Option<&Spanned<f64>>) -> Result<f64, ProjectError> {
    let Some(given) = given else { return Ok(DEFAULT_MULTIPLE) };
    let multiple = *given.get_ref();
    if (LEAST_MULTIPLE..=GREATEST_MULTIPLE).contains(&multiple) {
        return Ok(multiple);
    }
    let message =
        format!("churn.multiple: expected a number from {LEAST_MULTIPLE} to {GREATEST_MULTIPLE}, found {multiple}");
    Err(source.error(&given.span(), message))
}

/// The shortest pause that counts; no longer than the horizon, which bounds every pause.
fn min(source: &Source<'_>, given: Option<&Text>, horizon: Days) -> Result<Days, ProjectError> {
    let Some(given) = given else {
        let default = default_days(DEFAULT_MIN);
        return Ok(if default.get() > horizon.get() { horizon } else { default });
    };
    let min = values::read(source, "churn.min", Some(given), horizon, values::days)?;
    if min.get() <= horizon.get() {
        return Ok(min);
    }
    let message = format!("churn.min: expected at most the horizon (\"{horizon}\"), found \"{min}\"");
    Err(source.error(&given.span(), message))
}
