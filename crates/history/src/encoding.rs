//! How the characters of a text file are written as bytes.

/// An encoding of the WHATWG standard: UTF-8, UTF-16, windows-1251, ISO-8859-2, Shift_JIS and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// UTF-8.
    pub const UTF_8: Encoding = Encoding(encoding_rs::UTF_8);

    /// The encoding that a label names, in any case: `windows-1251`, `cp1251`, `latin2`, `utf-16le`. Nothing, where the
    /// standard knows no such label.
    ///
    /// Source: WHATWG, "Encoding Standard", section 4.2.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).map(Self)
    }

    /// The name that the standard gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The encoding that a byte order mark proves.
    pub(crate) fn of_mark(start: &[u8]) -> Option<Self> {
        encoding_rs::Encoding::for_bom(start).map(|(encoding, _)| Self(encoding))
    }

    /// A decoder that takes a byte order mark away.
    pub(crate) fn decoder(self) -> encoding_rs::Decoder {
        self.0.new_decoder_with_bom_removal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_encodings_in_any_case() {
        for (label, name) in [
            ("utf-8", "UTF-8"),
            ("CP1251", "windows-1251"),
            (" Windows-1252 ", "windows-1252"),
            ("latin1", "windows-1252"),
            ("iso-8859-2", "ISO-8859-2"),
            ("utf-16", "UTF-16LE"),
            ("koi8-r", "KOI8-R"),
        ] {
            assert_eq!(Encoding::of_label(label).map(Encoding::name), Some(name), "{label}");
        }
        for label in ["", "utf-7", "cp1251x", "hz-gb-2312"] {
            assert_eq!(Encoding::of_label(label), None, "{label}");
        }
    }
}
