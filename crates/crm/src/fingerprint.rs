//! What is remembered of a record that was accepted: not its values, but enough to see that they changed.

use sha2::{Digest, Sha256};

use crate::mapping::{Compare, Mapping, Row, first_16};
use crate::value::Value;

/// In place of a number that was null.
const NO_NUMBER: i64 = i64::MIN;

/// A key, as state and journal know it: sixteen bytes of its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyHash(pub(crate) u128);

impl KeyHash {
    pub(crate) fn of(key: &str) -> Self {
        Self(first_16(&Sha256::digest(key.as_bytes())))
    }
}

/// The values of a row: a hash of those that are compared exactly, and the numbers that are compared by distance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Print {
    /// Sixteen bytes of the SHA-256 of names and canonical values.
    pub(crate) exact: u128,
    /// The numbers without their points, one for each field with a step.
    pub(crate) numbers: Vec<i64>,
}

/// How a row stands to what was accepted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distance {
    /// Nothing that is compared differs.
    Same,
    /// Only numbers differ, and by less than their steps.
    BelowStep,
    /// There is a reason to write.
    Different,
}

impl Print {
    pub(crate) fn of(row: &Row, mapping: &Mapping, digest: u128) -> Self {
        let mut bytes = digest.to_le_bytes().to_vec();
        let mut numbers = Vec::with_capacity(mapping.steps());
        for (field, value) in mapping.fields().iter().zip(&row.values) {
            match field.compare {
                Compare::Exact => value.canonical(&mut bytes),
                Compare::Within(_) => numbers.push(match value {
                    Value::Number(number) => number.unscaled(),
                    Value::Integer(number) => *number,
                    _ => NO_NUMBER,
                }),
                Compare::Along => {}
            }
        }
        Self { exact: first_16(&Sha256::digest(&bytes)), numbers }
    }

    /// How this row stands to an accepted one of the same mapping.
    pub(crate) fn distance(&self, accepted: &Print, mapping: &Mapping) -> Distance {
        if self.exact != accepted.exact || self.numbers.len() != accepted.numbers.len() {
            return Distance::Different;
        }
        if self.numbers == accepted.numbers {
            return Distance::Same;
        }
        let steps = mapping.fields().iter().filter_map(|field| match field.compare {
            Compare::Within(step) => Some(step.unscaled()),
            _ => None,
        });
        let within = steps.zip(self.numbers.iter().zip(&accepted.numbers)).all(|(step, (new, old))| {
            new == old || (*new != NO_NUMBER && *old != NO_NUMBER && new.abs_diff(*old) < step.unsigned_abs())
        });
        if within { Distance::BelowStep } else { Distance::Different }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mapping::{Field, Kind};
    use crate::value::Decimal;

    #[test]
    fn small_changes_of_a_number_are_no_reason_to_write_and_other_changes_are() {
        let step = Compare::Within(Decimal::new(100, 4).unwrap());
        let fields = vec![
            Field::new("p", Kind::Number { decimals: 4 }).compare(step),
            Field::new("band", Kind::Text),
            Field::new("as_of", Kind::Date).compare(Compare::Along),
        ];
        let mapping = Mapping::new(fields, None).unwrap();
        let print = |p: Option<i64>, band: &str, day: i8| {
            let p = p.map_or(Value::Null, |p| Value::Number(Decimal::new(p, 4).unwrap()));
            let day = Value::Date(jiff::civil::date(2026, 10, day));
            let row = Row { key: "a".to_owned(), values: vec![p, Value::Text(band.to_owned()), day] };
            Print::of(&row, &mapping, mapping.digest())
        };
        let accepted = print(Some(4213), "high", 1);
        let distance = |new: Print| new.distance(&accepted, &mapping);
        assert_eq!(distance(print(Some(4213), "high", 2)), Distance::Same);
        assert_eq!(distance(print(Some(4312), "high", 2)), Distance::BelowStep);
        assert_eq!(distance(print(Some(4114), "high", 2)), Distance::BelowStep);
        assert_eq!(distance(print(Some(4313), "high", 2)), Distance::Different);
        assert_eq!(distance(print(Some(4213), "low", 1)), Distance::Different);
        assert_eq!(distance(print(None, "high", 1)), Distance::Different);
    }
}
