//! One JSON object, read strictly, of which only the values of wanted keys are kept.
//!
//! Source: RFC 8259. Of equal keys the standard leaves open which counts, so none does.

/// Values inside values, at most.
const MAX_DEPTH: u32 = 128;

/// The value of a wanted key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Absent,
    Null,
    Text(&'a str),
    /// The text of a number, as it stands in the file.
    Number(&'a str),
    Flag(bool),
    /// An array or an object.
    Nested,
}

/// Why a line is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    NotJson(&'static str),
    /// Number of the key.
    DuplicateKey(usize),
}

/// Reads objects one after the other; the values are those of the last.
#[derive(Debug)]
pub(super) struct Object {
    /// The wanted keys, each once.
    keys: Vec<String>,
    /// Number of the key of each wanted column.
    key_of: Vec<usize>,
    /// The keys of the last object with their numbers, if they are wanted: the next object mostly has the same.
    order: Vec<(String, Option<usize>)>,
    values: Vec<Kept>,
    /// The texts of the values.
    texts: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Absent,
    Null,
    Text(usize, usize),
    Number(usize, usize),
    Flag(bool),
    Nested,
}

impl Object {
    pub(super) fn new<'w>(wanted: impl Iterator<Item = &'w str>) -> Self {
        let (mut keys, mut key_of) = (Vec::<String>::new(), Vec::new());
        for name in wanted {
            let known = keys.iter().position(|key| key == name);
            key_of.push(known.unwrap_or_else(|| {
                keys.push(name.to_owned());
                keys.len() - 1
            }));
        }
        let values = vec![Kept::Absent; keys.len()];
        Self { keys, key_of, order: Vec::new(), values, texts: String::new() }
    }

    pub(super) fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Number of the key of a wanted column.
    pub(super) fn key_of(&self, place: usize) -> usize {
        self.key_of[place]
    }

    /// The first wanted column that has this key.
    pub(super) fn place_of(&self, key: usize) -> usize {
        self.key_of.iter().position(|of| *of == key).unwrap_or(0)
    }

    pub(super) fn value(&self, key: usize) -> Value<'_> {
        match self.values[key] {
            Kept::Absent => Value::Absent,
            Kept::Null => Value::Null,
            Kept::Text(start, end) => Value::Text(&self.texts[start..end]),
            Kept::Number(start, end) => Value::Number(&self.texts[start..end]),
            Kept::Flag(flag) => Value::Flag(flag),
            Kept::Nested => Value::Nested,
        }
    }

    /// Reads the object that a line is.
    pub(super) fn read(&mut self, line: &str) -> Result<(), Trouble> {
        self.values.fill(Kept::Absent);
        self.texts.clear();
        let mut json = Json { text: line, at: 0 };
        json.skip_blanks();
        json.expect(b'{', "expected a JSON object")?;
        json.skip_blanks();
        let mut number = 0;
        let mut duplicate = None;
        if !json.take(b'}') {
            loop {
                let key = self.next_key(&mut json, number)?;
                number += 1;
                json.skip_blanks();
                json.expect(b':', "expected a colon behind a key of the JSON object")?;
                json.skip_blanks();
                match key {
                    Some(key) => {
                        let value = json.value(&mut self.texts)?;
                        if std::mem::replace(&mut self.values[key], value) != Kept::Absent {
                            duplicate = duplicate.or(Some(key));
                        }
                    }
                    None => json.skip_value(MAX_DEPTH)?,
                }
                json.skip_blanks();
                if !json.take(b',') {
                    break;
                }
                json.skip_blanks();
            }
            json.expect(b'}', "expected the JSON object to be closed: is the line cut short?")?;
        }
        json.skip_blanks();
        if json.at < line.len() {
            return Err(Trouble::NotJson("expected one JSON object per line, found more behind it"));
        }
        duplicate.map_or(Ok(()), |key| Err(Trouble::DuplicateKey(key)))
    }

    /// The key that comes next in an object, the `number`th, as the number of a wanted key.
    fn next_key(&mut self, json: &mut Json<'_>, number: usize) -> Result<Option<usize>, Trouble> {
        let raw = json.raw_string("expected a key in quotes in the JSON object")?;
        if let Some((last, key)) = self.order.get(number)
            && last == raw
        {
            return Ok(*key);
        }
        let mut unescaped = String::new();
        unescape(raw, &mut unescaped)?;
        let key = self.keys.iter().position(|key| *key == unescaped);
        self.order.truncate(number);
        // Objects with ever new keys would fill the memory.
        if number < 1 << 12 {
            self.order.push((raw.to_owned(), key));
        }
        Ok(key)
    }
}

/// The first keys of an object.
pub(crate) fn keys(line: &str, most: usize) -> Vec<String> {
    let mut json = Json { text: line, at: 0 };
    let mut keys = Vec::new();
    json.skip_blanks();
    if json.expect(b'{', "").is_err() {
        return keys;
    }
    while keys.len() < most {
        json.skip_blanks();
        let mut key = String::new();
        let Ok(raw) = json.raw_string("") else { break };
        if unescape(raw, &mut key).is_err() {
            break;
        }
        keys.push(key);
        json.skip_blanks();
        if json.expect(b':', "").is_err() {
            break;
        }
        json.skip_blanks();
        if json.skip_value(MAX_DEPTH).is_err() {
            break;
        }
        json.skip_blanks();
        if !json.take(b',') {
            break;
        }
    }
    keys
}

/// A place in a JSON text.
struct Json<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Json<'a> {
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.next() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), Trouble> {
        if self.take(byte) { Ok(()) } else { Err(Trouble::NotJson(reason)) }
    }

    /// What stands between the quotes of a string.
    fn raw_string(&mut self, reason: &'static str) -> Result<&'a str, Trouble> {
        self.expect(b'"', reason)?;
        let start = self.at;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(&self.text[start..self.at - 1]);
                }
                Some(b'\\') => self.at += 2,
                Some(0..0x20) => return Err(Trouble::NotJson("expected no control character inside a JSON string")),
                Some(_) => self.at += 1,
                None => return Err(Trouble::NotJson("expected a JSON string to be closed: is the line cut short?")),
            }
        }
    }

    fn value(&mut self, texts: &mut String) -> Result<Kept, Trouble> {
        let start = texts.len();
        match self.next() {
            Some(b'"') => {
                let raw = self.raw_string("")?;
                unescape(raw, texts)?;
                Ok(Kept::Text(start, texts.len()))
            }
            Some(b'-' | b'0'..=b'9') => {
                texts.push_str(self.number()?);
                Ok(Kept::Number(start, texts.len()))
            }
            Some(b'{' | b'[') => self.skip_value(MAX_DEPTH).map(|()| Kept::Nested),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Kept, Trouble> {
        for (word, value) in [("null", Kept::Null), ("true", Kept::Flag(true)), ("false", Kept::Flag(false))] {
            if self.text.as_bytes()[self.at.min(self.text.len())..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(Trouble::NotJson("expected a JSON value"))
    }

    /// The text of a number.
    fn number(&mut self) -> Result<&'a str, Trouble> {
        let wrong = Err(Trouble::NotJson("expected a JSON number such as -12.50"));
        let start = self.at;
        self.take(b'-');
        match self.next() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return wrong,
        }
        if self.take(b'.') && !self.some_digits() {
            return wrong;
        }
        if matches!(self.next(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.next(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.some_digits() {
                return wrong;
            }
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) {
        while matches!(self.next(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> bool {
        let start = self.at;
        self.digits();
        self.at > start
    }

    /// Goes behind a value.
    fn skip_value(&mut self, depth: u32) -> Result<(), Trouble> {
        let Some(deeper) = depth.checked_sub(1) else {
            return Err(Trouble::NotJson("expected at most 128 JSON values inside one another"));
        };
        let close = match self.next() {
            Some(b'"') => {
                let raw = self.raw_string("")?;
                return if raw.contains('\\') { unescape(raw, &mut String::new()) } else { Ok(()) };
            }
            Some(b'-' | b'0'..=b'9') => return self.number().map(|_| ()),
            Some(b'{') => b'}',
            Some(b'[') => b']',
            _ => return self.word().map(|_| ()),
        };
        self.at += 1;
        self.skip_blanks();
        if self.take(close) {
            return Ok(());
        }
        loop {
            self.skip_blanks();
            if close == b'}' {
                let raw = self.raw_string("expected a key in quotes in a JSON object")?;
                unescape(raw, &mut String::new())?;
                self.skip_blanks();
                self.expect(b':', "expected a colon behind a key of a JSON object")?;
                self.skip_blanks();
            }
            self.skip_value(deeper)?;
            self.skip_blanks();
            if !self.take(b',') {
                return self.expect(close, "expected a JSON array or object to be closed: is the line cut short?");
            }
        }
    }
}

/// Appends a string without its escapes.
fn unescape(raw: &str, to: &mut String) -> Result<(), Trouble> {
    let wrong = Trouble::NotJson("expected a known escape behind a backslash in a JSON string");
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        to.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let escape = rest.bytes().next().ok_or(wrong)?;
        let plain = match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (found, behind) = unicode(&rest[1..]).ok_or(wrong)?;
                to.push(found);
                rest = behind;
                continue;
            }
            _ => return Err(wrong),
        };
        to.push(plain);
        rest = &rest[1..];
    }
    to.push_str(rest);
    Ok(())
}

/// The character of `XXXX`, or of `XXXX\uXXXX` for a pair of surrogates, and what stands behind it.
fn unicode(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| {
        let digits = text.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(text)?;
    let behind = &text[4..];
    if !(0xd800..0xe000).contains(&first) {
        return Some((char::from_u32(u32::from(first))?, behind));
    }
    let second = unit(behind.strip_prefix("\\u")?)?;
    let found = char::decode_utf16([first, second]).next()?.ok()?;
    Some((found, &behind[6..]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn object() -> Object {
        Object::new(["id", "amount", "id", "note"].into_iter())
    }

    #[test]
    fn wanted_values_come_out_exactly_in_whatever_order_they_stand() {
        let mut found = object();
        let line = r#" {"x":[1,{"id":"inner"},[]],"amount":-12.50e0,"note":"a\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00","id":"007"} "#;
        found.read(line).unwrap();
        assert_eq!(found.value(0), Value::Text("007"));
        assert_eq!(found.value(1), Value::Number("-12.50e0"));
        assert_eq!(found.value(2), Value::Text("a\"\\/\u{8}\u{c}\n\r\téé😀"));
        assert_eq!((found.key_of(0), found.key_of(2), found.key_of(3)), (0, 0, 2));
        found.read(r#"{"i\u0064":null,"amount":true,"note":[1]}"#).unwrap();
        assert_eq!([0, 1, 2].map(|key| found.value(key)), [Value::Null, Value::Flag(true), Value::Nested]);
        found.read("{}").unwrap();
        assert_eq!([0, 1, 2].map(|key| found.value(key)), [Value::Absent; 3]);
        assert_eq!(keys(line, 64), ["x", "amount", "note", "id"]);
    }

    #[test]
    fn a_key_that_stands_twice_leaves_no_value() {
        let mut found = object();
        assert_eq!(found.read(r#"{"id":1,"amount":2,"amount":2}"#), Err(Trouble::DuplicateKey(1)));
        assert_eq!(found.read(r#"{"id":null,"\u0069d":2}"#), Err(Trouble::DuplicateKey(0)));
        assert_eq!(found.read(r#"{"x":1,"x":2}"#), Ok(()));
    }

    #[test]
    fn what_is_no_json_object_is_refused() {
        let mut found = object();
        for line in [
            "",
            "[]",
            "1",
            "{",
            "{}x",
            "{}{}",
            r#"{"id"}"#,
            r#"{"id":}"#,
            r#"{"id":1,}"#,
            r#"{"id":01}"#,
            r#"{"id":1.}"#,
            r#"{"id":.5}"#,
            r#"{"id":+1}"#,
            r#"{"id":1e}"#,
            r#"{"id":NaN}"#,
            r#"{"id":nul}"#,
            r#"{"id":nullx}"#,
            r#"{"id":"a"#,
            r#"{"id":"a\"#,
            r#"{"id":"a\x"}"#,
            r#"{"id":"\u12"}"#,
            r#"{"id":"\ud800"}"#,
            r#"{"id":"\ud800\u0041"}"#,
            r#"{"x":"\ud800"}"#,
            r#"{"x":[1,]}"#,
            r#"{"x":[1}"#,
            r#"{"x":{"y" 1}}"#,
            r#"{id:1}"#,
            "{'id':1}",
            "{\"id\":\"a\tb\"}",
            r#"{"id":"aé\"#,
        ] {
            assert!(matches!(found.read(line), Err(Trouble::NotJson(_))), "{line}");
        }
        let deep = |levels: usize| format!("{{\"x\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(found.read(&deep(100)), Ok(()));
        assert!(matches!(found.read(&deep(100_000)), Err(Trouble::NotJson(_))));
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(line in r#"[\{\}\[\]":,\\u0-9a-e\.\-+ "é{tn}]{0,60}"#) {
            let _ = object().read(&line);
            let _ = keys(&line, 3);
        }
    }
}
