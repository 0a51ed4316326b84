//! `[training] horizons`: further horizons that each customer gets a probability for.

use feature_engineering::Churn as Definition;
use history::Days;
use scoring::MAX_HORIZONS;

use super::churn::Churn;
use super::error::{ProjectError, Source};
use super::file::Text;
use super::values;

/// The horizons, the shortest first, without the project's own, which may stand among them.
///
/// # Errors
/// More than eight of them, one that is no length or stands there twice, or is shorter than the shortest period of `cadence`.
pub(super) fn horizons(source: &Source<'_>, given: &[Text], churn: Churn) -> Result<Vec<Days>, ProjectError> {
    let mut horizons: Vec<Days> = Vec::with_capacity(given.len());
    for text in given {
        let refuse = |message: String| source.error(&text.span(), format!("training.horizons: {message}"));
        let horizon = values::days(text.get_ref()).map_err(refuse)?;
        if horizons.contains(&horizon) {
            return Err(refuse(format!("expected each horizon once, found \"{horizon}\" again")));
        }
        if let Definition::Cadence { min, .. } = churn.definition
            && horizon < min
        {
            return Err(refuse(format!(
                "expected at least churn.min (\"{min}\"), since no shorter pause counts, found \"{horizon}\""
            )));
        }
        horizons.push(horizon);
        let others = horizons.iter().filter(|horizon| **horizon != churn.window.horizon).count();
        if others > MAX_HORIZONS {
            return Err(refuse(format!("expected at most {MAX_HORIZONS} horizons beside churn.horizon, found more")));
        }
    }
    horizons.retain(|horizon| *horizon != churn.window.horizon);
    horizons.sort_unstable();
    Ok(horizons)
}
