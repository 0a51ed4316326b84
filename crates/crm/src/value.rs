//! Values as a CRM takes them: exact, with declared decimals, and one canonical form.

use std::fmt;

use jiff::civil::Date;

use crate::error::CrmError;

/// More digits than this do not survive a JSON number, which most systems read as a double.
const MOST_DIGITS: u32 = 15;

/// A decimal number with a declared number of decimals, of at most fifteen digits: those survive every system's doubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    unscaled: i64,
    decimals: u8,
}

impl Decimal {
    /// `unscaled / 10^decimals`.
    ///
    /// # Errors
    /// More than fifteen digits, or more than fifteen decimals.
    pub fn new(unscaled: i64, decimals: u8) -> Result<Self, CrmError> {
        if unscaled.unsigned_abs() >= 10_u64.pow(MOST_DIGITS) || u32::from(decimals) > MOST_DIGITS {
            return Err(CrmError::Number { expected: "at most 15 digits", found: format!("{unscaled}e-{decimals}") });
        }
        Ok(Self { unscaled, decimals })
    }

    /// The nearest decimal with this many decimals; of two equally near the even one. The exact value of the double is
    /// what is rounded.
    ///
    /// # Errors
    /// A number that is not finite, or has more than fifteen digits.
    pub fn round(value: f64, decimals: u8) -> Result<Self, CrmError> {
        if !value.is_finite() {
            return Err(CrmError::Number { expected: "a finite number", found: value.to_string() });
        }
        if u32::from(decimals) > MOST_DIGITS {
            return Err(CrmError::Number { expected: "at most 15 decimals", found: decimals.to_string() });
        }
        Self::parse(&format!("{value:.*}", usize::from(decimals)), decimals)
    }

    /// Reads `-12.50`: a sign, digits, and at most `decimals` digits after a point.
    ///
    /// # Errors
    /// Anything else, exponents included, and more than fifteen digits.
    pub fn parse(text: &str, decimals: u8) -> Result<Self, CrmError> {
        let refused = || CrmError::Number { expected: "a decimal number of at most 15 digits", found: text.to_owned() };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || fraction.len() > usize::from(decimals) {
            return Err(refused());
        }
        let mut unscaled: i64 = 0;
        let padding = usize::from(decimals) - fraction.len();
        for digit in whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', padding)) {
            unscaled =
                unscaled.checked_mul(10).and_then(|n| n.checked_add(i64::from(digit - b'0'))).ok_or_else(refused)?;
        }
        Self::new(if negative { -unscaled } else { unscaled }, decimals)
    }

    /// The number without its point.
    pub fn unscaled(self) -> i64 {
        self.unscaled
    }

    /// How many digits stand after the point.
    pub fn decimals(self) -> u8 {
        self.decimals
    }

    /// The nearest double; its shortest decimal form is this number again.
    pub fn to_f64(self) -> f64 {
        // Parsing rounds correctly; dividing two doubles would round twice.
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Decimal {
    /// With all declared decimals: `0.4200`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.unscaled < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.unscaled.unsigned_abs(), width = usize::from(self.decimals) + 1);
        let (whole, fraction) = digits.split_at(digits.len() - usize::from(self.decimals));
        match fraction {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// A value to be written, or one that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: skipped or cleared, as the field says.
    Null,
    /// A text.
    Text(String),
    /// A decimal number.
    Number(Decimal),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Bool(bool),
    /// A day.
    Date(Date),
}

impl Value {
    /// The value as a person or a text field sees it; nothing for null.
    pub fn text(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            Value::Date(date) => date.to_string(),
        }
    }

    /// The value in JSON: numbers as numbers, days as `2026-10-31`.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Number(number) => serde_json::Value::from(number.to_f64()),
            Value::Integer(number) => serde_json::Value::from(*number),
            Value::Bool(yes) => serde_json::Value::from(*yes),
            Value::Text(_) | Value::Date(_) => serde_json::Value::from(self.text()),
        }
    }

    /// A value out of JSON, as a system gave it back.
    pub fn from_json(value: &serde_json::Value) -> Value {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(yes) => Value::Bool(*yes),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(whole) => Value::Integer(whole),
                None => Value::Text(number.to_string()),
            },
            serde_json::Value::String(text) => Value::Text(text.clone()),
            other => Value::Text(other.to_string()),
        }
    }

    /// Appends the canonical form: a tag and the content with its length, so that no two values share one.
    pub(crate) fn canonical(&self, bytes: &mut Vec<u8>) {
        let (tag, content) = match self {
            Value::Null => (0, String::new()),
            Value::Text(_) => (1, self.text()),
            Value::Number(_) => (2, self.text()),
            Value::Integer(_) => (3, self.text()),
            Value::Bool(_) => (4, self.text()),
            Value::Date(_) => (5, self.text()),
        };
        bytes.push(tag);
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(content.as_bytes());
    }
}

/// Whether a system holds what was written, in whatever form it gives it back: `"0.42"` and `0.4200` are one number, an
/// empty text is nothing, `1` is yes, a time on a day is that day, and the blanks around a text do not count.
pub fn same_value(written: &Value, found: &Value) -> bool {
    let found_text = found.text();
    let found_text = found_text.trim();
    match written {
        Value::Null => found_text.is_empty(),
        Value::Text(text) => text.trim() == found_text,
        Value::Number(number) => same_number(*number, found_text),
        Value::Integer(number) => Decimal::new(*number, 0).is_ok_and(|number| same_number(number, found_text)),
        Value::Bool(yes) => match found_text {
            "true" | "True" | "TRUE" | "1" | "Y" | "y" | "t" => *yes,
            "false" | "False" | "FALSE" | "0" | "N" | "n" | "f" => !*yes,
            _ => false,
        },
        Value::Date(date) => match found_text.strip_prefix(&date.to_string()) {
            Some(rest) => rest.is_empty() || rest.starts_with(['T', ' ']),
            None => false,
        },
    }
}

/// Systems add zeros, drop them, or give back a double: equal to the last declared decimal is equal.
fn same_number(number: Decimal, found: &str) -> bool {
    if let Ok(exact) = Decimal::parse(found, number.decimals) {
        return exact == number;
    }
    found.parse::<f64>().is_ok_and(|found| Decimal::round(found, number.decimals).is_ok_and(|found| found == number))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn doubles_are_rounded_by_their_exact_value_and_never_to_a_negative_zero() {
        let round = |value, decimals| Decimal::round(value, decimals).unwrap().to_string();
        assert_eq!(round(0.42135, 4), "0.4214"); // the double lies above 0.42135
        assert_eq!(round(2.675, 2), "2.67"); // the double lies below 2.675
        assert_eq!(round(0.5, 0), "0");
        assert_eq!(round(1.5, 0), "2");
        assert_eq!(round(-0.00001, 4), "0.0000");
        assert_eq!(round(-12.5, 1), "-12.5");
        for bad in [f64::NAN, f64::INFINITY, 1e15, -1e300] {
            assert!(Decimal::round(bad, 2).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_decimal_comes_back_out_of_a_double() {
        for unscaled in [0, 1, -1, 4213, 999_999_999_999_999, -999_999_999_999_998, 123_456_789] {
            for decimals in [0, 1, 2, 4, 15] {
                let number = Decimal::new(unscaled, decimals).unwrap();
                let shortest = serde_json::Value::from(number.to_f64()).to_string();
                assert!(same_value(&Value::Number(number), &Value::Text(shortest.clone())), "{number} {shortest}");
            }
        }
        assert!(Decimal::new(1_000_000_000_000_000, 2).is_err());
    }

    #[test]
    fn only_plain_decimals_are_read() {
        assert_eq!(Decimal::parse("12.50", 1).unwrap().to_string(), "12.5");
        for bad in ["", "-", ".5", "1,5", "1e3", "0.123", "+1", "NaN", "1.2.3", "99999999999999999999"] {
            assert!(Decimal::parse(bad, 2).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_system_may_give_back_another_form_of_the_same_value() {
        let number = Value::Number(Decimal::parse("0.42", 4).unwrap());
        for same in ["0.42", "0.4200", " 0.42 ", "4.2e-1", "0.42000000000000004"] {
            assert!(same_value(&number, &Value::Text(same.to_owned())), "{same}");
        }
        for other in ["0.4201", "", "x", "0.43"] {
            assert!(!same_value(&number, &Value::Text(other.to_owned())), "{other}");
        }
        let day = Value::Date(jiff::civil::date(2026, 10, 31));
        assert!(same_value(&day, &Value::Text("2026-10-31T00:00:00Z".to_owned())));
        assert!(!same_value(&day, &Value::Text("2026-10-310".to_owned())));
        assert!(same_value(&Value::Null, &Value::Text(String::new())));
        assert!(same_value(&Value::Bool(true), &Value::Integer(1)));
        assert!(!same_value(&Value::Bool(true), &Value::Null));
    }
}
