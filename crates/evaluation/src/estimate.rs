//! A number with its 95 % interval.

use serde::{Deserialize, Serialize};

use crate::EvaluationError;

/// A value with its 95 % interval; each may be missing, none is ever NaN or infinite.
///
/// A missing value means that the metric does not exist for these rows. A value without interval means that the data
/// do not support one ([`Bootstrap`](crate::Bootstrap) says when).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Estimate {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl Estimate {
    /// The metric does not exist.
    pub const NONE: Self = Self { value: None, low: None, high: None };

    /// A value, with or without the ends `(low, high)` of its interval.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Estimate`] where a number is not finite, or `low` exceeds `high`.
    pub fn new(value: f64, interval: Option<(f64, f64)>) -> Result<Self, EvaluationError> {
        Self::try_from(Unchecked {
            value: Some(value),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
        })
    }

    /// A value and interval that were computed here. Anything that does not fit becomes "does not exist".
    pub(crate) fn computed(value: Option<f64>, interval: Option<(f64, f64)>) -> Self {
        value.and_then(|value| Self::new(value, interval).ok()).unwrap_or(Self::NONE)
    }

    /// The value, finite.
    pub fn value(&self) -> Option<f64> {
        self.value
    }

    /// Lower end of the 95 % interval, finite.
    pub fn low(&self) -> Option<f64> {
        self.low
    }

    /// Upper end of the 95 % interval, finite.
    pub fn high(&self) -> Option<f64> {
        self.high
    }

    /// Both ends of the 95 % interval.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.low.zip(self.high)
    }
}

/// What a file says, before it is believed.
#[derive(Deserialize)]
struct Unchecked {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl TryFrom<Unchecked> for Estimate {
    type Error = EvaluationError;

    fn try_from(Unchecked { value, low, high }: Unchecked) -> Result<Self, Self::Error> {
        let finite = [value, low, high].into_iter().flatten().all(f64::is_finite);
        let interval = match (low, high) {
            (None, None) => true,
            (Some(low), Some(high)) => value.is_some() && low <= high,
            _ => false,
        };
        if finite && interval {
            Ok(Self { value, low, high })
        } else {
            Err(EvaluationError::Estimate { value, low, high })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, MapDeserializer};

    fn read(fields: &[(&'static str, f64)]) -> Result<Estimate, Error> {
        let fields = fields.iter().map(|&(key, value)| (key, Field(value)));
        Estimate::deserialize(MapDeserializer::new(fields))
    }

    /// A number that a format presents as an optional value.
    struct Field(f64);

    impl<'de> serde::Deserializer<'de> for Field {
        type Error = Error;
        fn deserialize_any<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_some(self.0.into_deserializer())
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
    }

    impl IntoDeserializer<'_> for Field {
        type Deserializer = Self;
        fn into_deserializer(self) -> Self {
            self
        }
    }

    #[test]
    fn what_is_not_a_number_cannot_be_built_or_read() {
        assert!(Estimate::new(f64::NAN, None).is_err());
        assert!(Estimate::new(0.5, Some((0.6, 0.4))).is_err());
        assert!(Estimate::new(0.5, Some((f64::NEG_INFINITY, 0.6))).is_err());
        assert!(read(&[("value", f64::NAN)]).is_err());
        assert!(read(&[("value", 0.5), ("low", 0.4)]).is_err());
        assert!(read(&[("low", 0.4), ("high", 0.6)]).is_err());
        let estimate = read(&[("value", 0.5), ("low", 0.4), ("high", 0.6)]).unwrap();
        assert_eq!(estimate, Estimate::new(0.5, Some((0.4, 0.6))).unwrap());
        assert_eq!(read(&[]).unwrap(), Estimate::NONE);
    }
}
