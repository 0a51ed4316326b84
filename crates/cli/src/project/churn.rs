//! What churn means: the section `[churn]`.

use history::{Date, Days, LabelWindow};
use toml::Spanned;

use super::error::{ProjectError, Source};
use super::file::{ChurnSection, ProjectFile, Text};
use super::resolved::{default_days, not_built};
use super::values;

/// What churn means in this project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Churn {
    pub(crate) definition: Definition,
    pub(crate) window: LabelWindow,
    /// Eligible customers bought within this many days before the as-of date.
    pub(crate) active_within: Days,
    /// How far back features look; as far as the export goes where there is no limit.
    pub(crate) lookback: Option<Days>,
    /// First day that is not complete, where it is declared.
    pub(crate) complete_through: Option<Date>,
}

/// Which customers churned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Definition {
    /// Those who bought nothing in the label window.
    Inactivity,
    /// Those who bought nothing for longer than is usual for them.
    Cadence {
        /// Times the customer's own shrunken interpurchase time.
        multiple: f64,
        /// No pause shorter than this counts.
        min: Days,
    },
    /// Those who departed in the label window.
    Departure {
        /// Whether departures that nobody chose count too.
        include_involuntary: bool,
    },
}

impl Definition {
    /// The word that stands for it in the project file.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Definition::Inactivity => INACTIVITY,
            Definition::Cadence { .. } => CADENCE,
            Definition::Departure { .. } => DEPARTURE,
        }
    }
}

const INACTIVITY: &str = "inactivity";
const CADENCE: &str = "cadence";
const DEPARTURE: &str = "departure";

const DEFAULT_HORIZON: u16 = 90;
const DEFAULT_ACTIVE_WITHIN: u16 = 180;
const DEFAULT_MULTIPLE: f64 = 3.0;
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

/// What the section asks for and no label or feature is built for yet; the one place that refuses it.
pub(super) fn refusal(source: &Source<'_>, section: &ChurnSection, churn: &Churn) -> Option<ProjectError> {
    if let (Some(given), Definition::Cadence { .. } | Definition::Departure { .. }) =
        (&section.definition, churn.definition)
    {
        let what = format!("churn.definition \"{}\"", churn.definition.as_str());
        return Some(not_built(source, &given.span(), &what, "expected \"inactivity\""));
    }
    if let (Some(given), Some(_)) = (&section.lookback, churn.lookback) {
        return Some(not_built(source, &given.span(), "churn.lookback", "leave it out, or set it to \"all\""));
    }
    None
}

fn lookback(source: &Source<'_>, given: Option<&Text>, active_within: Days) -> Result<Option<Days>, ProjectError> {
    let lookback = values::read(source, "churn.lookback", given, None, values::days_or_all)?;
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
