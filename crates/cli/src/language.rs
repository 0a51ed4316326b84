//! The languages of the crates below, by that of the project.

use feature_engineering::reason::{ENGLISH, ROMANIAN, RUSSIAN};

/// The words that reasons are told with.
pub(crate) const fn of_reasons(language: reports::Language) -> &'static feature_engineering::reason::Language {
    match language {
        reports::Language::English => &ENGLISH,
        reports::Language::Romanian => &ROMANIAN,
        reports::Language::Russian => &RUSSIAN,
    }
}
