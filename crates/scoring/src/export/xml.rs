//! XML, as far as PMML needs it: elements and attributes.

use std::fmt::Write;

/// An element that is being written, with what is in it.
#[derive(Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: String,
    inside: Vec<Element>,
    text: String,
}

/// An element without anything in it.
pub(super) fn element(name: &'static str) -> Element {
    Element { name, attributes: String::new(), inside: Vec::new(), text: String::new() }
}

impl Element {
    /// With an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        write!(self.attributes, " {name}=\"{}\"", escaped(value.as_ref())).expect("a String accepts any text");
        self
    }

    /// With another element in it, after those it has.
    pub(super) fn holding(mut self, inner: Element) -> Self {
        self.inside.push(inner);
        self
    }

    /// With other elements in it, in order.
    pub(super) fn holding_all(mut self, inner: impl IntoIterator<Item = Element>) -> Self {
        self.inside.extend(inner);
        self
    }

    /// With a text in it.
    pub(super) fn saying(mut self, text: &str) -> Self {
        self.text = escaped(text);
        self
    }

    /// The document with this element as its root.
    pub(super) fn into_document(self) -> String {
        let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, text: &mut String, depth: usize) {
        let Self { name, attributes, inside, text: said } = self;
        let indent = "  ".repeat(depth);
        let mut push = |arguments: std::fmt::Arguments<'_>| {
            text.write_fmt(arguments).expect("a String accepts any text");
        };
        if inside.is_empty() && said.is_empty() {
            push(format_args!("{indent}<{name}{attributes}/>\n"));
        } else if inside.is_empty() {
            push(format_args!("{indent}<{name}{attributes}>{said}</{name}>\n"));
        } else {
            push(format_args!("{indent}<{name}{attributes}>{said}\n"));
            for element in inside {
                element.write(text, depth + 1);
            }
            text.write_fmt(format_args!("{indent}</{name}>\n")).expect("a String accepts any text");
        }
    }
}

/// A text as it stands in an element or an attribute. Control characters, of which XML forbids most, become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_place() {
        let inner = element("b").with("name", "x\" y='<&>\u{1}").saying("1 < 2 & 3");
        let document = element("a").holding(inner).holding(element("c")).into_document();
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n  \
            <b name=\"x&quot; y='&lt;&amp;&gt; \">1 &lt; 2 &amp; 3</b>\n  <c/>\n</a>\n";
        assert_eq!(document, expected);
    }
}
