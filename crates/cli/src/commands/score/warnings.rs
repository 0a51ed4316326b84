//! What is odd about a model, an export and a date that are to be brought together, said before the scores are.

use history::{Date, Export};
use scoring::{FeatureDrift, Model, UnseenLevels};

use crate::commands::train::warn_of_not_trained;
use crate::feature_warnings::warn_of_changed;
use crate::progress::Progress;
use crate::project::Project;

/// What is odd about asking this model about this export and date.
pub(super) fn warn_of_model(project: &Project, export: &Export, model: &Model, as_of: Date, progress: &mut Progress) {
    progress.stage(&format!("scoring as of {as_of}"));
    warn_of_not_trained(model, progress);
    warn_of_other_settings(project, model, progress);
    warn_of_changed(project, model, progress);
    warn_of_age_and_look_back(export, model, as_of, progress);
    if as_of < model.test_as_of() {
        progress.warn(format!(
            "model {} has learnt from what happened up to {}, after the as-of date {as_of}: these scores show what the \
             model makes of the past, not how good it is",
            model.version(),
            model.test_as_of()
        ));
    }
}

/// A model is asked about customers who have been watched for much less time than those it has learnt from; below this
/// share of that time its features mean something else.
const LEAST_LOOK_BACK: f64 = 0.75;
/// A model that is older than so many label windows has not seen how customers behave now.
const STALE_WINDOWS: i32 = 3;

fn warn_of_age_and_look_back(export: &Export, model: &Model, as_of: Date, progress: &mut Progress) {
    if let Some((now, then)) = short_of(export, model, as_of) {
        let within = model.lookback().map_or_else(String::new, |days| format!(" of the {} looked at", days.get()));
        progress.warn(format!(
            "this export reaches back {now} days from {as_of}, the one model {} learnt from {then} days{within}: totals \
             such as the number of purchases are smaller for that alone; export the whole history, or train on exports \
             of this length",
            model.version()
        ));
    }
    let age = as_of.days_since(model.test_as_of());
    if age > STALE_WINDOWS * model.window().reach() {
        progress.warn(format!(
            "model {} was tested {age} days before {as_of}, more than {STALE_WINDOWS} label windows ago: train again",
            model.version()
        ));
    }
}

/// How far features look back from the as-of date, and how far they did where the model learnt, if the first is notably
/// less: less than at every training date, or than most of what there was at the calibration date.
fn short_of(export: &Export, model: &Model, as_of: Date) -> Option<(i32, i32)> {
    let slices = &model.file().slices;
    let first: Date = slices.first_day.parse().ok()?;
    let (oldest, calibration) = (slices.training.first()?.parse().ok()?, slices.calibration.parse().ok()?);
    let seen = |as_of: Date, first: Date| {
        let all = as_of.days_since(first);
        model.lookback().map_or(all, |days| all.min(days.get()))
    };
    let (now, least, then) = (seen(as_of, export.first_day()), seen(oldest, first), seen(calibration, first));
    (now < least || f64::from(now) < LEAST_LOOK_BACK * f64::from(then)).then_some((now, then))
}

/// Says which texts the model has not seen, where few customers have them; where many have, nothing is scored.
pub(super) fn warn_of_levels(model: &Model, unseen: &[UnseenLevels], progress: &mut Progress) {
    for unseen in unseen {
        progress.warn(format!("{unseen}; these customers were scored as those of all other texts"));
    }
    if !model.knows_its_levels() {
        progress.warn(format!(
            "model {} was trained before models kept which texts they had seen, so that unseen ones cannot be told: train again",
            model.version()
        ));
    }
}

/// So many features are named in a warning.
const MOST_SHOWN: usize = 5;

/// Says which features have moved clearly since training.
pub(super) fn warn_of_drift(model: &Model, drift: &[FeatureDrift], progress: &mut Progress) {
    if model.file().contract.is_none() {
        progress.warn(format!(
            "model {} was trained before models remembered what their export was like, so that drift and other ids cannot be \
             told: train again [no_contract]",
            model.version()
        ));
    }
    let clear: Vec<&FeatureDrift> = drift.iter().filter(|drift| drift.clear).collect();
    if clear.is_empty() {
        return;
    }
    let mut shown: Vec<String> =
        clear.iter().take(MOST_SHOWN).map(|drift| format!("{} ({:.2})", drift.feature, drift.psi)).collect();
    let more = clear.len().saturating_sub(MOST_SHOWN);
    shown.extend((more > 0).then(|| format!("and {more} more")));
    progress.warn(format!(
        "{} of {} features have moved since training (population stability index above 0.25): {}; if that is how customers \
         are now, train again, and if not, something is wrong with the export [feature_drift]",
        clear.len(),
        model.file().features.len(),
        shown.join(", ")
    ));
}

pub(super) fn warn_of_other_settings(project: &Project, model: &Model, progress: &mut Progress) {
    let (theirs, ours) = (&model.file().currency, project.currency.as_deref().unwrap_or_default());
    if theirs != ours {
        progress.warn(format!(
            "model {} was trained on amounts in \"{theirs}\", the project says \"{ours}\": its expected values are in \
             \"{theirs}\"",
            model.version()
        ));
    }
    if model.file().fingerprints.config != project.config_hash {
        progress.warn(format!(
            "model {} was trained with other settings than the project file has now; it scores with its own churn \
             definition and eligibility rule (train again to use the new settings)",
            model.version()
        ));
    }
}
