//! Which levels the training customers had, for the model file: so that scoring can tell those that nobody had.

use std::collections::BTreeSet;

use feature_engineering::{Attribute, Condition, Expression, Feature, Label, LevelSource};
use scoring::{SeenLevels, Segments};

use crate::TrainingError;
use crate::rows::{Rows, Source};
use crate::slices::Slices;

/// The levels of every source that the model tells apart: by features, or by segments. `rows` are those that it was fitted on.
/// Texts of customers have no dates; channels are those of purchases that were known at the calibration as-of date.
///
/// # Errors
/// Rows cannot be read.
pub(crate) fn levels(
    source: &Source<'_>,
    slices: &Slices,
    rows: &Rows,
    features: &[&Feature],
    segments: Option<&Segments>,
) -> Result<Vec<SeenLevels>, TrainingError> {
    let of_segments = segments.map(|segments| LevelSource::Attribute(segments.column.clone()));
    let of_features = features.iter().filter_map(|feature| feature.level_source());
    let sources: BTreeSet<LevelSource> = of_features.chain(of_segments).collect();
    let history = source.history(slices.calibration);
    let distinct = |rows: Vec<u32>| rows.into_iter().collect::<BTreeSet<u32>>().into_iter().collect::<Vec<u32>>();
    let of_source = |level_source: &LevelSource| -> Result<SeenLevels, TrainingError> {
        let customers = match level_source {
            LevelSource::Attribute(_) => distinct(rows.customer.clone()),
            LevelSource::Channel => {
                distinct(rows.on(&[slices.calibration]).into_iter().map(|row| rows.customer[row]).collect())
            }
        };
        let mut named: BTreeSet<String> = features
            .iter()
            .filter(|f| f.level_source().as_ref() == Some(level_source))
            .flat_map(|f| named_by(f))
            .collect();
        if let (LevelSource::Attribute(column), Some(segments)) = (level_source, segments)
            && *column == segments.column
        {
            named.extend(segments.values.iter().map(|segment| segment.value.clone()));
        }
        let named: Vec<String> = named.into_iter().collect();
        Ok(SeenLevels::of(&history, level_source, &customers, &named)?)
    };
    sources.iter().map(of_source).collect()
}

/// The texts that stand in the definition of a feature of levels.
fn named_by(feature: &Feature) -> Vec<String> {
    let mut texts = Vec::new();
    if let Expression::Customer(Attribute::Level { of, .. }) = &feature.definition {
        texts.extend(of.named.iter().cloned());
    }
    feature.definition.visit(&mut |measure| {
        texts.extend(measure.filter.iter().filter_map(|condition| match condition {
            Condition::Is(Label::Channel, text) | Condition::IsNot(Label::Channel, text) if !text.is_empty() => {
                Some(text.clone())
            }
            _ => None,
        }));
    });
    texts
}
