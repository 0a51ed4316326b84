//! What must hold of the levels that a model says it has seen, and of the features that it says separate.

use feature_engineering::{LevelSource, can_be_shown};

use crate::ScoringError;
use crate::model_checks::invalid;
use crate::model_file::ModelFile;
use crate::seen_levels::{MOST_TEXTS, SeenLevels};

/// More columns than this do not have levels.
const MOST_SOURCES: usize = 200;

pub(crate) fn check_levels(file: &ModelFile) -> Result<(), ScoringError> {
    if file.format_version < 3 && !(file.levels.is_empty() && file.separating.is_empty()) {
        return Err(invalid("levels and separating", "absent before format version 3", "some"));
    }
    if file.levels.len() > MOST_SOURCES {
        return Err(invalid("levels", "at most 200 columns", file.levels.len()));
    }
    for (at, seen) in file.levels.iter().enumerate() {
        if file.levels[..at].iter().any(|before| before.source == seen.source) {
            return Err(invalid("levels", "of a different source each", &seen.source));
        }
        check_seen(seen, at + 1)?;
    }
    let is_feature = |name: &String| file.features.iter().any(|weight| weight.feature.name == *name);
    match file.separating.iter().find(|name| !is_feature(name)) {
        Some(other) => Err(invalid("separating", "names of features of the model", other)),
        None => Ok(()),
    }
}

fn check_seen(seen: &SeenLevels, number: usize) -> Result<(), ScoringError> {
    let field = |what: &str| format!("{what} of levels {number}");
    if LevelSource::of_word(&seen.source).is_none() {
        return Err(invalid(field("source"), "attribute:COLUMN or channel_mix", &seen.source));
    }
    if seen.named.len() > MOST_TEXTS || seen.named.iter().any(|text| !can_be_shown(text)) {
        return Err(invalid(field("named"), "at most 1000 texts that can be shown", seen.named.len()));
    }
    if seen.named.windows(2).any(|two| two[0] >= two[1]) {
        return Err(invalid(field("named"), "in order, each text once", "another order"));
    }
    if !(0.0..=1.0).contains(&seen.others) {
        return Err(invalid(field("others"), "between 0 and 1", seen.others));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Model;
    use crate::toy::model_file;

    fn seen(source: &str, named: &[&str], others: f64) -> SeenLevels {
        let named = named.iter().map(|text| (*text).to_owned()).collect();
        SeenLevels { source: source.into(), customers: 100, named, others }
    }

    #[test]
    fn levels_that_cannot_be_are_named() {
        let good = vec![seen("attribute:region", &["east", "north"], 0.1), seen("channel_mix", &[], 1.0)];
        let separating = vec!["recency_days".to_owned()];
        let file = |levels: Vec<SeenLevels>| ModelFile { levels, separating: separating.clone(), ..model_file() };
        let model = Model::new(file(good.clone())).unwrap();
        assert_eq!(Model::parse(&model.to_json().unwrap()).unwrap(), model);

        let bad = [
            (vec![good[0].clone(), good[0].clone()], "of a different source each"),
            (vec![seen("region", &[], 0.0)], "source of levels 1"),
            (vec![seen("attribute:region", &["north", "east"], 0.0)], "in order, each text once"),
            (vec![seen("attribute:region", &["north", "north"], 0.0)], "in order, each text once"),
            (vec![seen("attribute:region", &["a\u{202e}b"], 0.0)], "texts that can be shown"),
            (vec![seen("attribute:region", &["north"], 1.5)], "others of levels 1"),
            (vec![seen("attribute:region", &["north"], f64::NAN)], "others of levels 1"),
        ];
        for (levels, expected) in bad {
            let message = Model::new(file(levels)).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let unknown = ModelFile { separating: vec!["nobody".into()], ..model_file() };
        assert!(Model::new(unknown).unwrap_err().to_string().contains("separating"));
        let old = ModelFile { format_version: 2, separating, ..model_file() };
        assert!(Model::new(old).unwrap_err().to_string().contains("absent before format version 3"));
    }
}
