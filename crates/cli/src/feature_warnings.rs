//! What the user should know about the features that the project file asks for.

use std::collections::BTreeSet;
use std::sync::Arc;

use feature_engineering::{Family, Feature, LevelSource, Rows, Use, has_all};
use history::{EventKind, Export, History};
use scoring::Model;

use crate::progress::Progress;
use crate::project::{Project, did_you_mean};

/// Warns of features that the project file asks for and the export cannot show.
pub(crate) fn warn_of_absent(export: &Export, project: &Project, progress: &mut Progress) {
    let history = export.history(export.complete_through());
    for feature in &project.features.also {
        // The flag of a feature says nothing that the feature does not.
        let is_flag = project.features.own.iter().any(|own| feature.name == own.missing_flag().name);
        if is_flag {
            continue;
        }
        let name = &feature.name;
        for kind in unseen_kinds(&history, feature) {
            let seen = export.event_kind_rows().unwrap_or_default().iter().map(|rows| &*rows.name);
            let hint = did_you_mean(&kind, seen);
            progress.warn(format!("feature \"{name}\": no event of the type \"{kind}\" in the export{hint}"));
        }
        if !has_all(&history, &feature.definition) {
            progress.warn(format!(
                "feature \"{name}\" is left out: the export has no table, column or event that it is computed from"
            ));
        }
    }
}

/// Types of events that an own feature names and the export does not have.
fn unseen_kinds(history: &History<'_>, feature: &Feature) -> BTreeSet<String> {
    let mut unseen = BTreeSet::new();
    feature.definition.visit(&mut |measure| {
        if let (Family::Own, Rows::Events(kinds)) = (feature.family, &measure.rows) {
            unseen.extend(kinds.iter().filter(|kind| !history.has_event_of(&[EventKind::of(kind)])).cloned());
        }
    });
    unseen
}

/// Warns of features that a model is about to learn from and that say what is true today, not what was known.
pub(crate) fn warn_of_undated(project: &Project, progress: &mut Progress) {
    let undated = project.features.also.iter().filter(|also| also.used == Use::Undated);
    let levels = project.features.levels.iter().filter(|levels| matches!(levels, LevelSource::Attribute(_)));
    let names: Vec<String> =
        undated.map(|feature| feature.name.clone()).chain(levels.map(LevelSource::to_string)).collect();
    if !names.is_empty() {
        progress.warn(format!(
            "features.also: {} come from columns without dates: they say what the export says today, not what was known at \
             each as-of date, so the model can look better in its test than it will be",
            names.join(", ")
        ));
    }
    if let Some(column) = &project.training_segment {
        progress.warn(format!(
            "training.segment_by: \"{column}\" is a column without dates: customers are of the segment that the export gives \
             today, not of the one they had at each as-of date, so segments can look better in the test than they will be"
        ));
    }
}

/// Warns where the project's own features are no longer those that a model has learnt from.
pub(crate) fn warn_of_changed(project: &Project, model: &Model, progress: &mut Progress) {
    // A model with the same settings was trained on the same features; those that did not differ between customers are
    // not in it.
    if model.file().fingerprints.config == project.config_hash {
        return;
    }
    let ours = &project.features.own;
    let theirs: Vec<&Arc<Feature>> = model.features().iter().filter(|feature| feature.family == Family::Own).collect();
    let own_of = |feature: &Feature| ours.iter().find(|own| own.name == feature.name);
    let is_other =
        |own: &Feature, theirs: &Feature| own.definition != theirs.definition || own.transform != theirs.transform;
    let changed = theirs.iter().filter(|feature| own_of(feature).is_some_and(|own| is_other(own, feature))).copied();
    let gone = theirs.iter().filter(|feature| own_of(feature).is_none()).copied();
    let added = ours.iter().filter(|own| !theirs.iter().any(|feature| feature.name == own.name));
    let changes: Vec<String> = [
        (names(changed), "with another definition in the project file now"),
        (names(gone), "not in the project file any more"),
        (names(added), "in the project file and not in the model"),
    ]
    .into_iter()
    .filter(|(names, _)| !names.is_empty())
    .map(|(names, what)| format!("{names}: {what}"))
    .collect();
    if !changes.is_empty() {
        progress.warn(format!(
            "model {} scores with its own definitions of features, as it was trained; {} (train again to use those of the \
             project file)",
            model.version(),
            changes.join("; ")
        ));
    }
}

fn names<'a>(features: impl Iterator<Item = &'a Arc<Feature>>) -> String {
    features.map(|feature| feature.name.as_str()).collect::<Vec<&str>>().join(", ")
}
