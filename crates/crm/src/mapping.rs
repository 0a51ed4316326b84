//! What is written where: fields, rows, and which scores are newer than which.

use std::cmp::Ordering;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::error::CrmError;
use crate::value::{Decimal, Value};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A number with this many decimals; doubles are rounded to them before anything is compared.
    Number {
        /// Digits after the point.
        decimals: u8,
    },
    /// A whole number.
    Integer,
    /// Yes or no.
    Bool,
    /// A day.
    Date,
}

/// When a new value is a reason to write its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Whenever it differs.
    Exact,
    /// When it is this far or farther from the value that was written last, so that 0.4213 to 0.4214 starts no workflow.
    /// Only for numbers.
    Within(Decimal),
    /// Never by itself: it goes along with others. For the date of the scores, which is new every night.
    Along,
}

/// What becomes of a value that is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnNull {
    /// The field is left out, the system keeps what it has.
    #[default]
    Skip,
    /// The field is emptied.
    Clear,
}

/// One field of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the target.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// When it is a reason to write.
    pub compare: Compare,
    /// What null means.
    pub on_null: OnNull,
}

impl Field {
    /// A field that is compared exactly and skipped where null.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, compare: Compare::Exact, on_null: OnNull::Skip }
    }

    /// The same field, compared in this way.
    #[must_use]
    pub fn compare(mut self, compare: Compare) -> Self {
        self.compare = compare;
        self
    }

    /// The same field, with this meaning of null.
    #[must_use]
    pub fn on_null(mut self, on_null: OnNull) -> Self {
        self.on_null = on_null;
        self
    }

    fn takes(&self, value: &Value) -> bool {
        match (self.kind, value) {
            (Kind::Number { decimals }, Value::Number(number)) => number.decimals() == decimals,
            // Whole numbers are bounded as decimals are.
            (Kind::Integer, Value::Integer(number)) => Decimal::new(*number, 0).is_ok(),
            (_, Value::Null) | (Kind::Text, Value::Text(_)) => true,
            (Kind::Bool, Value::Bool(_)) | (Kind::Date, Value::Date(_)) => true,
            _ => false,
        }
    }
}

/// The fields of a target, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    fields: Vec<Field>,
    as_of_field: Option<usize>,
}

impl Mapping {
    /// Checks the fields. `as_of_field` names the one that holds the as-of date of the scores, if one does: a record of
    /// which it says a later date is left alone wherever records are read before they are written.
    ///
    /// # Errors
    /// No field, a name without letters or a name twice, a step for what is no number, only fields that go along, or an
    /// as-of field that is not there or holds no date.
    pub fn new(fields: Vec<Field>, as_of_field: Option<&str>) -> Result<Self, CrmError> {
        let refused = |field: &str, expected: &str, found: &str| CrmError::Setting {
            place: format!("field {field:?}"),
            expected: expected.to_owned(),
            found: found.to_owned(),
        };
        for (at, field) in fields.iter().enumerate() {
            if field.name.trim().is_empty() || field.name.chars().any(char::is_control) {
                return Err(refused(&field.name, "a name on one line", "another text"));
            }
            if fields[..at].iter().any(|other| other.name == field.name) {
                return Err(refused(&field.name, "each field once", "it twice"));
            }
            if let Compare::Within(step) = field.compare {
                let decimals = match field.kind {
                    Kind::Number { decimals } => decimals,
                    Kind::Integer => 0,
                    _ => return Err(refused(&field.name, "a step for a number", "one for another kind")),
                };
                if step.decimals() != decimals || step.unscaled() <= 0 {
                    return Err(refused(
                        &field.name,
                        "a step above 0 with the decimals of its field",
                        &step.to_string(),
                    ));
                }
            }
        }
        if fields.iter().all(|field| field.compare == Compare::Along) {
            return Err(refused("", "at least one field whose change is a reason to write", "none"));
        }
        let as_of_field = match as_of_field {
            None => None,
            Some(name) => match fields.iter().position(|field| field.name == name && field.kind == Kind::Date) {
                Some(at) => Some(at),
                None => return Err(refused(name, "the as-of date among the fields, as a date", "no such field")),
            },
        };
        Ok(Self { fields, as_of_field })
    }

    /// The fields, in the order of each row's values.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Where among the fields the as-of date of the scores is.
    pub fn as_of_field(&self) -> Option<usize> {
        self.as_of_field
    }

    /// How many fields are compared by distance.
    pub(crate) fn steps(&self) -> usize {
        self.fields.iter().filter(|field| matches!(field.compare, Compare::Within(_))).count()
    }

    /// Changes whenever what a row's values mean changes.
    pub(crate) fn digest(&self) -> u128 {
        let mut text = String::new();
        for field in &self.fields {
            // The step itself is no part: another step does not make written values unknown.
            let compare = match field.compare {
                Compare::Exact => "exact",
                Compare::Within(_) => "within",
                Compare::Along => "along",
            };
            text += &format!("{:?} {:?} {compare} {:?}\n", field.name, field.kind, field.on_null);
        }
        first_16(&Sha256::digest(text.as_bytes()))
    }

    /// Checks one row against the fields.
    pub(crate) fn check(&self, row: &Row, number: u64) -> Result<(), CrmError> {
        let refused = |expected: String, found: &str| CrmError::Row { row: number, expected, found: found.to_owned() };
        if row.key.trim().is_empty() {
            return Err(refused("a key".to_owned(), "none"));
        }
        if row.key.chars().any(char::is_control) {
            return Err(refused("a key on one line".to_owned(), "one with control characters"));
        }
        if row.values.len() != self.fields.len() {
            return Err(refused(format!("{} values", self.fields.len()), &row.values.len().to_string()));
        }
        match self.fields.iter().zip(&row.values).find(|(field, value)| !field.takes(value)) {
            Some((field, _)) => Err(refused(format!("{:?} in field {:?}", field.kind, field.name), "another kind")),
            None => Ok(()),
        }
    }
}

/// What one record is to hold: a value for each field of the [`Mapping`], in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// By which the target knows the record.
    pub key: String,
    /// The values.
    pub values: Vec<Value>,
}

impl Row {
    /// The fields that are sent for this row: all but those whose null is skipped.
    pub fn sent<'a>(&'a self, mapping: &'a Mapping) -> impl Iterator<Item = (&'a Field, &'a Value)> {
        mapping
            .fields
            .iter()
            .zip(&self.values)
            .filter(|(field, value)| **value != Value::Null || field.on_null == OnNull::Clear)
    }
}

/// Of which scores the rows are. Ordered by as-of date, then by the model's place among the models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// As-of date of the scores.
    pub as_of: Date,
    /// The model's place among the models: a later one is larger.
    pub order: u64,
    /// The model's name.
    pub model: String,
}

impl Version {
    /// Whether these scores are older than others, or newer.
    pub fn age(&self, other: &Version) -> Ordering {
        (self.as_of, self.order).cmp(&(other.as_of, other.order))
    }
}

pub(crate) fn first_16(digest: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    u128::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn probability() -> Field {
        Field::new("p", Kind::Number { decimals: 4 })
    }

    #[test]
    fn a_mapping_that_cannot_be_meant_is_refused() {
        let step = Compare::Within(Decimal::new(100, 4).unwrap());
        assert!(Mapping::new(vec![probability().compare(step)], None).is_ok());
        let date = Field::new("d", Kind::Date);
        assert!(Mapping::new(vec![probability(), date.clone()], Some("d")).is_ok());
        for (fields, as_of) in [
            (vec![], None),
            (vec![Field::new(" ", Kind::Text)], None),
            (vec![probability(), probability()], None),
            (vec![Field::new("band", Kind::Text).compare(step)], None),
            (vec![probability().compare(Compare::Within(Decimal::new(0, 4).unwrap()))], None),
            (vec![probability().compare(Compare::Within(Decimal::new(1, 2).unwrap()))], None),
            (vec![date.compare(Compare::Along)], None),
            (vec![probability()], Some("p")),
            (vec![probability()], Some("x")),
        ] {
            assert!(Mapping::new(fields.clone(), as_of).is_err(), "{fields:?} {as_of:?}");
        }
    }

    #[test]
    fn a_row_has_a_key_and_values_of_its_fields_kinds() {
        let mapping = Mapping::new(vec![probability(), Field::new("band", Kind::Text)], None).unwrap();
        let p = Value::Number(Decimal::new(4213, 4).unwrap());
        let row = |key: &str, values: Vec<Value>| Row { key: key.to_owned(), values };
        assert!(mapping.check(&row("a", vec![p.clone(), Value::Null]), 1).is_ok());
        for bad in [
            row(" ", vec![p.clone(), Value::Null]),
            row("a\nb", vec![p.clone(), Value::Null]),
            row("a", vec![p.clone()]),
            row("a", vec![Value::Integer(1), Value::Null]),
            row("a", vec![Value::Number(Decimal::new(1, 2).unwrap()), Value::Null]),
        ] {
            let error = mapping.check(&bad, 7).unwrap_err().to_string();
            assert!(error.starts_with("row 7: expected "), "{error}");
        }
        let sent: Vec<_> = row("a", vec![p, Value::Null]).sent(&mapping).map(|(field, _)| field.name.clone()).collect();
        assert_eq!(sent, ["p"]);
    }
}
