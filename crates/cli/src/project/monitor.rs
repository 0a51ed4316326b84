//! `[monitor]`: when `churn monitor` raises an alarm.

use decisions::measures::SATISFACTION_ALERT;
use history::Days;
use serde::Deserialize;
use toml::Spanned;

use super::error::{ProjectError, Source};
use super::file::Text;
use super::values;

/// What the project says about its monitor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MonitorRules {
    /// The chance of a run without a false alarm where nothing has drifted.
    pub(crate) level: f64,
    /// Data that are older than this are late.
    pub(crate) late_after: Days,
    /// A satisfaction index below this is an alarm.
    pub(crate) satisfaction: f64,
}

/// `[monitor]` as it was written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MonitorSection {
    level: Option<Spanned<f64>>,
    late_after: Option<Text>,
    satisfaction: Option<Spanned<f64>>,
}

const DEFAULT_LEVEL: f64 = 0.95;
/// A monthly delivery, and some days.
const DEFAULT_LATE_AFTER: u16 = 35;

/// # Errors
/// A value is outside its range.
pub(super) fn monitor(source: &Source<'_>, section: &MonitorSection) -> Result<MonitorRules, ProjectError> {
    let number = |name: &str, given: &Option<Spanned<f64>>, default: f64, within: std::ops::RangeInclusive<f64>| {
        let Some(given) = given else { return Ok(default) };
        let value = *given.get_ref();
        if within.contains(&value) {
            return Ok(value);
        }
        let (from, to) = within.into_inner();
        let message = format!("monitor.{name}: expected a number from {from} to {to}, found {value}");
        Err(source.error(&given.span(), message))
    };
    let default = Days::new(DEFAULT_LATE_AFTER).expect("a whole number of days above 0");
    Ok(MonitorRules {
        level: number("level", &section.level, DEFAULT_LEVEL, 0.5..=0.9999)?,
        late_after: values::read(source, "monitor.late_after", section.late_after.as_ref(), default, values::days)?,
        satisfaction: number("satisfaction", &section.satisfaction, SATISFACTION_ALERT, 1.0..=5.0)?,
    })
}
