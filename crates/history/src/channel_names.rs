//! The names of channels, which rows hold as tags only: they are few, and are shown to people.

use std::collections::BTreeMap;

use crate::tag::Tag;

/// More different texts than this are no channels, and have no names.
const MOST: usize = 200;
/// Longer texts, in bytes, have no names.
const LONGEST: usize = 200;

/// The texts of the channels of some rows, whatever the order in which they come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ChannelNames {
    names: BTreeMap<u64, Box<str>>,
    /// There are more than can be kept; then none is.
    too_many: bool,
}

impl ChannelNames {
    /// Takes in a channel, whose text is asked for where it is new.
    #[inline]
    pub(crate) fn take(&mut self, tag: Tag, text: impl FnOnce() -> Option<Box<str>>) {
        if tag != Tag::EMPTY && !self.too_many && !self.names.contains_key(&tag.get()) {
            self.add(tag.get(), text().unwrap_or_default());
        }
    }

    fn add(&mut self, tag: u64, name: Box<str>) {
        // A text that is too long is known to be there.
        let name = if name.len() > LONGEST { Box::default() } else { name };
        self.names.insert(tag, name);
        if self.names.len() > MOST {
            self.names.clear();
            self.too_many = true;
        }
    }

    /// Takes in what others hold.
    pub(crate) fn append(&mut self, other: Self) {
        if other.too_many {
            self.names.clear();
            self.too_many = true;
        }
        for (tag, name) in other.names {
            if self.too_many {
                return;
            }
            self.add(tag, name);
        }
    }

    /// The name of a channel; `None` where it has none that could be kept.
    pub(crate) fn name(&self, tag: Tag) -> Option<&str> {
        self.names.get(&tag.get()).map(|name| &**name).filter(|name| !name.is_empty())
    }

    /// Tags and texts, for a file; `None` where there are too many.
    pub(crate) fn all(&self) -> Option<Vec<(u64, &str)>> {
        (!self.too_many).then(|| self.names.iter().map(|(tag, name)| (*tag, &**name)).collect())
    }

    /// The inverse of [`ChannelNames::all`].
    pub(crate) fn of_all(names: Option<Vec<(u64, String)>>) -> Self {
        let mut all = Self { too_many: names.is_none(), ..Self::default() };
        names.into_iter().flatten().for_each(|(tag, name)| all.add(tag, name.into()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> ChannelNames {
        let mut names = ChannelNames::default();
        texts.iter().for_each(|text| names.take(Tag::of(text), || Some((*text).into())));
        names
    }

    #[test]
    fn names_are_found_by_their_tags_whatever_their_order() {
        let long = "x".repeat(LONGEST + 1);
        let names = of(&["web", "store", "web", "", &long]);
        assert_eq!(names.name(Tag::of(&long)), None);
        assert_eq!((names.name(Tag::of("web")), names.name(Tag::of("app"))), (Some("web"), None));
        assert_eq!(names, of(&[&long, "store", "web"]));
        let mut together = of(&["web"]);
        together.append(of(&["store", &long, "web"]));
        assert_eq!(together, names);
        let all = names.all().map(|all| all.into_iter().map(|(tag, name)| (tag, name.to_owned())).collect());
        assert_eq!(ChannelNames::of_all(all), names);
    }

    #[test]
    fn too_many_have_no_names_however_they_are_put_together() {
        let texts: Vec<String> = (0..=MOST).map(|n| format!("c{n}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let all = of(&texts);
        assert!(all.all().is_none() && all.name(Tag::of("c1")).is_none());
        for cut in [0, 1, 100, MOST] {
            let mut parts = of(&texts[..cut]);
            parts.append(of(&texts[cut..]));
            assert_eq!(parts, all, "{cut}");
        }
        assert!(of(&texts[1..]).all().is_some());
        assert_eq!(ChannelNames::of_all(None), all);
    }
}
