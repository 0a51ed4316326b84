//! Exact amounts of money.

use std::fmt;

/// Ten-thousandths in one unit of the currency: four decimals, the most that ISO 4217 lists for any currency.
const SCALE: i64 = 10_000;

/// An amount of money in ten-thousandths of a currency unit. Sums are exact, so they don't depend on the order of the
/// rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// Why a text or number is not an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotMoney {
    /// Not a plain decimal number.
    Unreadable,
    /// More than 9e14 in size, or not finite.
    OutOfRange,
}

/// Amounts from here up are rejected: nothing a customer buys costs this much, and sums stay far from overflow.
const LIMIT: i64 = 900_000_000_000_000 * SCALE;

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);

    /// An amount given in ten-thousandths of a currency unit.
    #[must_use]
    pub const fn from_ten_thousandths(value: i64) -> Self {
        Self(value)
    }

    /// The amount in ten-thousandths of a currency unit.
    #[must_use]
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// The amount in currency units, as a floating-point number.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / SCALE as f64
    }

    /// What all amounts, discounts and margins of an export may add up to at most, signs apart. An export with more is
    /// refused, so that no sum of them ever reaches the end of the scale.
    pub(crate) const MOST_TOGETHER: Money = Money(LIMIT);

    /// The sum. It stays at the end of the scale, beyond 9.2e14, instead of overflowing; sums of an export's amounts
    /// never come there, since an export whose amounts add up to more than 9e14, signs apart, is refused.
    #[must_use]
    pub fn plus(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }

    /// The difference. It stays at the end of the scale instead of overflowing, as [`Money::plus`] does.
    #[must_use]
    pub fn minus(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }

    /// The nearest amount to a floating-point number of currency units.
    pub(crate) fn from_f64(value: f64) -> Result<Money, NotMoney> {
        let scaled = value * SCALE as f64;
        // Not a number compares false. `round` would be a call of a function; what is cut off below is exact.
        if scaled.abs() < LIMIT as f64 {
            let whole = scaled as i64;
            let rest = scaled - whole as f64;
            let rounded = whole + i64::from(rest >= 0.5) - i64::from(rest <= -0.5);
            if rounded.abs() < LIMIT {
                return Ok(Money(rounded));
            }
        }
        Err(NotMoney::OutOfRange)
    }

    /// Reads a plain decimal number: an optional sign, digits, and `decimal` with more digits. No thousands separators,
    /// no currency signs, no exponent: those have more than one reading. Digits past the fourth decimal are rounded
    /// half away from zero.
    pub(crate) fn parse(text: &str, decimal: u8) -> Result<Money, NotMoney> {
        let bytes = text.as_bytes();
        if let Some(money) = usual(bytes, decimal) {
            return Ok(money);
        }
        let (negative, digits) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (whole, fraction) = match digits.iter().position(|byte| *byte == decimal) {
            Some(at) => (&digits[..at], &digits[at + 1..]),
            None => (digits, &digits[digits.len()..]),
        };
        if whole.is_empty() && fraction.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
            return Err(NotMoney::Unreadable);
        }
        let mut value = 0_i64;
        for digit in whole.iter().copied().chain((0..4).map(|i| fraction.get(i).copied().unwrap_or(b'0'))) {
            value = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(i64::from(digit - b'0')))
                .ok_or(NotMoney::OutOfRange)?;
        }
        let up = i64::from(fraction.get(4).is_some_and(|digit| *digit >= b'5'));
        let value = value.checked_add(up).filter(|v| *v < LIMIT).ok_or(NotMoney::OutOfRange)?;
        Ok(Money(if negative { -value } else { value }))
    }
}

/// The way most amounts are written: up to fourteen signs, of which at most four digits are decimals. Anything else is for the
/// long way to read or to refuse.
#[inline]
fn usual(text: &[u8], decimal: u8) -> Option<Money> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.len() > 14 {
        return None;
    }
    let (mut value, mut behind) = (0_i64, None);
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            // Fourteen digits are far from the end of the scale.
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
        } else if *byte == decimal && behind.is_none() {
            behind = Some(at.wrapping_add(1));
        } else {
            return None;
        }
    }
    let places = digits.len().wrapping_sub(behind.unwrap_or(digits.len()));
    if digits.len() == usize::from(behind.is_some()) {
        return None;
    }
    let value = value.wrapping_mul(*[10_000, 1_000, 100, 10, 1].get(places)?);
    Some(Money(if negative { -value } else { value }))
}

impl fmt::Display for Money {
    /// `12.50`: two decimals, more only where they are needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / SCALE as u64, self.0.unsigned_abs() % SCALE as u64);
        if fraction % 100 == 0 {
            write!(f, "{sign}{whole}.{:02}", fraction / 100)
        } else {
            write!(f, "{sign}{whole}.{fraction:04}")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in -LIMIT + 1..LIMIT) {
            let money = Money::from_ten_thousandths(value);
            prop_assert_eq!(Money::parse(&money.to_string(), b'.'), Ok(money));
        }

        #[test]
        fn floats_and_texts_agree(cents in -10_000_000_000_i64..10_000_000_000) {
            let text = format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
            prop_assert_eq!(Money::from_f64(text.parse().unwrap()), Money::parse(&text, b'.'));
        }
    }

    #[test]
    fn floats_are_rounded_as_round_does_it() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..1_000_000 {
            bits = bits.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(0x632b_e59b_d9b4_e019);
            let size = 10_f64.powi((bits % 22) as i32 - 6);
            for value in [size * ((bits >> 11) as f64 / (1_u64 << 53) as f64 - 0.5), (bits >> 40) as f64 / 20_000.0] {
                let scaled = (value * SCALE as f64).round();
                let inside = scaled.is_finite() && scaled.abs() < LIMIT as f64;
                let expected = if inside { Ok(Money(scaled as i64)) } else { Err(NotMoney::OutOfRange) };
                assert_eq!(Money::from_f64(value), expected, "{value}");
            }
        }
    }

    /// The amount by rational arithmetic: at most ten decimals, so that nothing overflows 128 bits.
    fn rational(negative: bool, whole: &str, fraction: &str) -> Result<Money, NotMoney> {
        let whole = whole.trim_start_matches('0');
        if whole.len() > 20 {
            return Err(NotMoney::OutOfRange);
        }
        let denominator = 10_i128.pow(fraction.len() as u32);
        let numerator = format!("0{whole}{fraction}").parse::<i128>().unwrap() * i128::from(SCALE);
        let rounded = (2 * numerator + denominator) / (2 * denominator);
        if rounded >= i128::from(LIMIT) {
            return Err(NotMoney::OutOfRange);
        }
        let size = i64::try_from(rounded).unwrap();
        Ok(Money(if negative { -size } else { size }))
    }

    fn wholes() -> impl Strategy<Value = String> {
        prop_oneof!["[0-9]{1,60}", "[0-9]{1,15}", "0{0,20}92233720368547[0-9]{1,2}", "(899|900)[09]{12}"]
    }

    fn fractions() -> impl Strategy<Value = String> {
        prop_oneof!["[0-9]{0,10}", "[59]{1,10}", "58[0-9]{2}[0-9]{0,6}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]
        #[test]
        fn digits_agree_with_rational_arithmetic(sign in "[+-]?", whole in wholes(), fraction in fractions()) {
            let text = format!("{sign}{whole}.{fraction}");
            prop_assert_eq!(Money::parse(&text, b'.'), rational(sign == "-", &whole, &fraction), "{}", text);
        }

        #[test]
        fn the_short_way_reads_what_is_exact(sign in "-?", whole in "[0-9]{0,14}", rest in "(\\.[0-9]{0,6})?[., e-]?") {
            let text = format!("{sign}{whole}{rest}");
            if let Some(money) = usual(text.as_bytes(), b'.') {
                let fraction = rest.trim_start_matches('.');
                prop_assert!(fraction.len() <= 4 && fraction.bytes().all(|b| b.is_ascii_digit()), "{}", text);
                prop_assert!(!whole.is_empty() || !fraction.is_empty());
                prop_assert_eq!(Ok(money), rational(sign == "-", &whole, fraction), "{}", text);
            }
        }

        #[test]
        fn no_text_panics(text in "[-+]?[0-9.,e]{0,80}", any in ".{0,40}") {
            for text in [text, any] {
                if let Ok(money) = Money::parse(&text, b'.') {
                    prop_assert!(money.0.abs() < LIMIT);
                }
            }
        }
    }

    #[test]
    fn rounding_up_at_the_end_of_the_scale_is_out_of_range() {
        for text in ["922337203685477.58075", "-922337203685477.58075", "899999999999999.99995"] {
            assert_eq!(Money::parse(text, b'.'), Err(NotMoney::OutOfRange), "{text}");
        }
        assert_eq!(Money::parse("899999999999999.99994", b'.'), Ok(Money(LIMIT - 1)));
    }

    #[test]
    fn only_plain_decimals_are_amounts() {
        assert_eq!(Money::parse("12,5", b','), Ok(Money::from_ten_thousandths(125_000)));
        assert_eq!(Money::parse("-.5", b'.'), Ok(Money::from_ten_thousandths(-5_000)));
        assert_eq!(Money::parse("12.34999", b'.'), Ok(Money::from_ten_thousandths(123_500)));
        for text in
            ["", "-", ".", "1.234,50", "1,234.50", "$12", "12 EUR", "(12.5)", "12.5-", "1e3", "NaN", "inf", "0x1"]
        {
            assert_eq!(Money::parse(text, b'.'), Err(NotMoney::Unreadable), "{text}");
        }
        assert_eq!(Money::parse("99999999999999999999", b'.'), Err(NotMoney::OutOfRange));
        assert_eq!(Money::from_f64(f64::NAN), Err(NotMoney::OutOfRange));
        assert_eq!(Money::from_f64(1e15), Err(NotMoney::OutOfRange));
    }
}
