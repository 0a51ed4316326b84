//! The name that was probably meant.

/// The known name nearest to `name`, as the end of a sentence, if it is near enough to be a slip.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let plain = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let name = plain(name);
    known
        .into_iter()
        .map(|known| (strsim::levenshtein(&plain(known), &name), known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= (name.chars().count() / 3).max(1))
        .map_or_else(String::new, |(_, known)| format!("; did you mean \"{known}\"?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_named_and_other_words_are_not() {
        let known = ["horizon", "active_within", "lead"];
        assert_eq!(did_you_mean("horizn", known), "; did you mean \"horizon\"?");
        assert_eq!(did_you_mean("activeWithin", known), "; did you mean \"active_within\"?");
        assert_eq!(did_you_mean("colour", known), "");
    }
}
