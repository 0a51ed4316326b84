//! JSON with holes, which records fill.
//!
//! A text that is exactly one of these is replaced: `$key`, `$index` (place in the batch), `$fields` (an object of names and
//! values), `$list` (an array, one element for each field by the field template), `$records`, `$keys`, `$names`; within a
//! field template `$name` and `$value`. A member named `$...` of an object takes the members of `$fields`. In paths,
//! `{key}`, `{keys}` and `{names}` (joined by commas) and `{each:PREFIX}` (each key after the prefix, joined by `&`) are replaced,
//! percent-encoded.

use serde_json::{Map, Value as Json};

use crate::http::percent_encoded;
use crate::mapping::{Mapping, Row};
use crate::value::Value;

/// How keys and values stand in JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forms<'a> {
    /// Keys are numbers.
    pub(crate) number_keys: bool,
    /// All values are texts.
    pub(crate) text_values: bool,
    /// One element of `$list`.
    pub(crate) field: Option<&'a Json>,
    /// One element of `$records`.
    pub(crate) record: Option<&'a Json>,
}

impl Forms<'_> {
    pub(crate) fn key(&self, key: &str) -> Json {
        match key.parse::<u64>() {
            Ok(number) if self.number_keys => Json::from(number),
            _ => Json::from(key),
        }
    }

    fn value(&self, value: &Value) -> Json {
        if self.text_values { Json::from(value.text()) } else { value.json() }
    }

    /// The body of a call for these rows.
    pub(crate) fn body(&self, template: &Json, mapping: &Mapping, rows: &[&Row]) -> Json {
        let hole = |name: &str| match name {
            "$records" => {
                let record = self.record.unwrap_or(&Json::Null);
                Some(Json::Array(
                    rows.iter().enumerate().map(|(at, row)| self.record(record, mapping, row, at)).collect(),
                ))
            }
            "$keys" => Some(Json::Array(rows.iter().map(|row| self.key(&row.key)).collect())),
            _ => None,
        };
        match rows {
            [row] => {
                let filled = fill(template, &hole, None);
                self.record(&filled, mapping, row, 0)
            }
            _ => fill(template, &hole, None),
        }
    }

    fn record(&self, template: &Json, mapping: &Mapping, row: &Row, index: usize) -> Json {
        let fields: Map<String, Json> =
            row.sent(mapping).map(|(field, value)| (field.name.clone(), self.value(value))).collect();
        let hole = |name: &str| match name {
            "$key" => Some(self.key(&row.key)),
            "$index" => Some(Json::from(index.to_string())),
            "$fields" => Some(Json::Object(fields.clone())),
            "$list" => {
                let element = self.field.unwrap_or(&Json::Null);
                let elements = row.sent(mapping).map(|(field, value)| {
                    let hole = |name: &str| match name {
                        "$name" => {
                            Some(field.name.parse::<u64>().map_or_else(|_| Json::from(field.name.clone()), Json::from))
                        }
                        "$value" => Some(self.value(value)),
                        _ => None,
                    };
                    fill(element, &hole, None)
                });
                Some(Json::Array(elements.collect()))
            }
            _ => None,
        };
        fill(template, &hole, Some(&fields))
    }

    /// The body of a reading call.
    pub(crate) fn question(&self, template: &Json, mapping: &Mapping, keys: &[&str]) -> Json {
        let hole = |name: &str| match name {
            "$keys" => Some(Json::Array(keys.iter().map(|key| self.key(key)).collect())),
            "$key" => keys.first().map(|key| self.key(key)),
            "$names" => Some(Json::from(mapping.fields().iter().map(|field| field.name.clone()).collect::<Vec<_>>())),
            _ => None,
        };
        fill(template, &hole, None)
    }
}

fn fill(template: &Json, hole: &dyn Fn(&str) -> Option<Json>, spread: Option<&Map<String, Json>>) -> Json {
    match template {
        Json::String(text) if text.starts_with('$') => hole(text).unwrap_or_else(|| template.clone()),
        Json::Array(elements) => Json::Array(elements.iter().map(|element| fill(element, hole, spread)).collect()),
        Json::Object(members) => {
            let mut filled = Map::new();
            for (name, member) in members {
                match spread {
                    Some(fields) if name == "$..." => filled.extend(fields.clone()),
                    _ => {
                        filled.insert(name.clone(), fill(member, hole, spread));
                    }
                }
            }
            Json::Object(filled)
        }
        other => other.clone(),
    }
}

/// A path for these keys.
pub(crate) fn path(template: &str, keys: &[&str], mapping: &Mapping) -> String {
    let encoded = |texts: &mut dyn Iterator<Item = &str>| texts.map(percent_encoded).collect::<Vec<_>>().join(",");
    let mut path = template
        .replace("{key}", &percent_encoded(keys.first().copied().unwrap_or_default()))
        .replace("{keys}", &encoded(&mut keys.iter().copied()))
        .replace("{names}", &encoded(&mut mapping.fields().iter().map(|field| field.name.as_str())));
    if let Some((before, rest)) = path.split_once("{each:")
        && let Some((prefix, after)) = rest.split_once('}')
    {
        let each: Vec<String> = keys.iter().map(|key| format!("{prefix}{}", percent_encoded(key))).collect();
        path = format!("{before}{}{after}", each.join("&"));
    }
    path
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::mapping::{Field, Kind, OnNull};
    use crate::value::Decimal;

    fn mapping() -> Mapping {
        let fields = vec![
            Field::new("p", Kind::Number { decimals: 2 }),
            Field::new("88", Kind::Text),
            Field::new("gone", Kind::Text),
            Field::new("cleared", Kind::Text).on_null(OnNull::Clear),
        ];
        Mapping::new(fields, None).unwrap()
    }

    fn row(key: &str) -> Row {
        let p = Value::Number(Decimal::parse("0.42", 2).unwrap());
        Row { key: key.to_owned(), values: vec![p, Value::Text("$key".to_owned()), Value::Null, Value::Null] }
    }

    #[test]
    fn records_fill_the_holes_and_no_value_is_taken_for_a_hole() {
        let record = json!({"id": "$key", "$...": "", "request_id": "$index"});
        let forms = Forms { number_keys: true, text_values: false, field: None, record: Some(&record) };
        let (a, b) = (row("7"), row("8"));
        let body = forms.body(&json!({"data": "$records", "trigger": []}), &mapping(), &[&a, &b]);
        let one = |id: u64, at: &str| json!({"id": id, "p": 0.42, "88": "$key", "cleared": null, "request_id": at});
        assert_eq!(body, json!({"data": [one(7, "0"), one(8, "1")], "trigger": []}));
    }

    #[test]
    fn a_list_has_one_element_for_each_field() {
        let field = json!({"field_id": "$name", "values": [{"value": "$value"}]});
        let forms = Forms { number_keys: false, text_values: true, field: Some(&field), record: None };
        let body = forms.body(&json!({"id": "$key", "list": "$list"}), &mapping(), &[&row("a")]);
        assert_eq!(body["list"][1], json!({"field_id": 88, "values": [{"value": "$key"}]}));
        assert_eq!(body["list"].as_array().unwrap().len(), 3);
        assert_eq!(body["list"][0]["values"][0]["value"], "0.42");
    }

    #[test]
    fn paths_hold_keys_that_mean_nothing_else() {
        let keys = ["a/b", "c&d"];
        assert_eq!(path("x/{key}?n={names}", &keys, &mapping()), "x/a%2Fb?n=p,88,gone,cleared");
        assert_eq!(path("x?ids={keys}", &keys, &mapping()), "x?ids=a%2Fb,c%26d");
        assert_eq!(path("x?{each:f%5B%5D=}&l=2", &keys, &mapping()), "x?f%5B%5D=a%2Fb&f%5B%5D=c%26d&l=2");
    }
}
