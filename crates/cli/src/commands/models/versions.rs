//! Versions and a project among what was typed, in any order: a version has a form that no project has.

use std::path::PathBuf;

use crate::exit::UsageError;
use crate::model_store::{ModelStore, is_version};

/// The versions, in the order typed, and the project.
///
/// # Errors
/// More versions than `most`, or two projects.
pub(super) fn parts(typed: &[PathBuf], most: usize) -> Result<(Vec<String>, PathBuf), UsageError> {
    let (mut versions, mut project) = (Vec::new(), None);
    for part in typed {
        let too_many = match part.to_str().filter(|text| is_version(text)) {
            Some(text) => {
                versions.push(text.to_owned());
                versions.len() > most
            }
            None => project.replace(part.clone()).is_some(),
        };
        if too_many {
            let message = match most {
                1 => "expected a version such as 2026-07-01-0a1b2c3d and a project, found two of a kind".to_owned(),
                most => format!(
                    "expected at most {most} versions such as 2026-07-01-0a1b2c3d and a project, found more of a kind"
                ),
            };
            return Err(UsageError(message));
        }
    }
    Ok((versions, project.unwrap_or_else(|| PathBuf::from("."))))
}

/// Who is compared with whom: the version on which the other is measured, and the other. The champion and the newest
/// challenger where they are not named; one name alone is the challenger, unless it is the champion's.
///
/// # Errors
/// There are no such models, or several challengers are as new as each other.
pub(super) fn pair(store: &ModelStore, versions: &[String]) -> anyhow::Result<(String, String)> {
    if let [a, b] = versions {
        return Ok((store.resolve(Some(a))?, store.resolve(Some(b))?));
    }
    let champion = store.resolve(None)?;
    match versions {
        [version] if *version != champion => Ok((champion, store.resolve(Some(version))?)),
        _ => {
            let challenger = newest_challenger(store, &champion)?;
            Ok((champion, challenger))
        }
    }
}

/// The challenger with the newest test date.
fn newest_challenger(store: &ModelStore, champion: &str) -> anyhow::Result<String> {
    let versions = store.versions()?;
    let challengers: Vec<&String> = versions.iter().filter(|version| *version != champion).collect();
    let Some(newest) = challengers.last() else {
        let message = format!("expected a model to compare the champion {champion} with, found no other: train one");
        return Err(UsageError(message).into());
    };
    let date = |version: &str| version.rsplit_once('-').map(|(date, _)| date.to_owned());
    let as_new: Vec<&str> =
        challengers.iter().filter(|other| date(other) == date(newest)).map(|other| other.as_str()).collect();
    if as_new.len() > 1 {
        let message = format!(
            "expected a challenger by name, found {} of the same test date: {}",
            as_new.len(),
            as_new.join(", ")
        );
        return Err(UsageError(message).into());
    }
    Ok((*newest).clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parts(given: &[&str]) -> Option<(Option<String>, PathBuf)> {
        let typed: Vec<PathBuf> = given.iter().map(PathBuf::from).collect();
        super::parts(&typed, 1).ok().map(|(versions, project)| (versions.into_iter().next(), project))
    }

    #[test]
    fn a_version_is_told_from_a_project_by_its_form() {
        let version = "2026-07-01-0a1b2c3d";
        assert_eq!(parts(&[]), Some((None, ".".into())));
        assert_eq!(parts(&[version]), Some((Some(version.to_owned()), ".".into())));
        assert_eq!(parts(&["acme"]), Some((None, "acme".into())));
        for both in [["acme", version], [version, "acme"]] {
            assert_eq!(parts(&both), Some((Some(version.to_owned()), "acme".into())));
        }
        assert_eq!(parts(&["./2026-07-01-0a1b2c3d"]), Some((None, "./2026-07-01-0a1b2c3d".into())));
        assert_eq!(parts(&["a", "b"]), None);
        assert_eq!(parts(&[version, version]), None);
    }
}
