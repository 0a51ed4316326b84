//! Amounts that an export gives as a unit price and a quantity: multiplied exactly, and rounded once.

use crate::Money;
use crate::cell::{Cell, Problem, Reading};
use crate::reject::RejectCode;

/// A decimal number as it is written: `digits` / 10^`places`, with at most [`MOST_DIGITS`] of each, so that products of two
/// stay within 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    digits: i64,
    places: u32,
}

/// Why a text is not a number that can be multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotDecimal {
    Unreadable,
    TooManyDigits,
}

/// All numbers of so many digits have their place in 64 bits.
const MOST_DIGITS: usize = 18;

/// Which of the two cells cannot be read, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    Price(Problem),
    Quantity(Problem),
}

/// Unit price x quantity, rounded half away from zero to ten-thousandths of a currency unit.
pub(crate) fn price_times_quantity(reading: &Reading<'_>, price: Cell<'_>, quantity: Cell<'_>) -> Result<Money, Unfit> {
    const PRICE: &str = "expected a unit price as a plain decimal number such as 12.50";
    const PRICE_EMPTY: &str = "expected a unit price, found an empty cell";
    const PRICE_DIGITS: &str = "expected a unit price of at most 18 digits";
    const QUANTITY: &str = "expected a quantity as a plain decimal number such as 2 or 0.375";
    const QUANTITY_EMPTY: &str = "expected a quantity, found an empty cell";
    const QUANTITY_DIGITS: &str = "expected a quantity of at most 18 digits";
    const RANGE: &str = "expected a unit price and a quantity whose product is below 9e14 in size";
    if price == Cell::Empty {
        return Err(Unfit::Price((RejectCode::BadAmount, PRICE_EMPTY)));
    }
    if quantity == Cell::Empty {
        return Err(Unfit::Quantity((RejectCode::BadQuantity, QUANTITY_EMPTY)));
    }
    let price = decimal_of(reading, price).map_err(|error| {
        Unfit::Price((RejectCode::BadAmount, if error == NotDecimal::Unreadable { PRICE } else { PRICE_DIGITS }))
    })?;
    let quantity = decimal_of(reading, quantity).map_err(|error| {
        let expected = if error == NotDecimal::Unreadable { QUANTITY } else { QUANTITY_DIGITS };
        Unfit::Quantity((RejectCode::BadQuantity, expected))
    })?;
    price.times(quantity).ok_or(Unfit::Price((RejectCode::AmountOutOfRange, RANGE)))
}

fn decimal_of(reading: &Reading<'_>, cell: Cell<'_>) -> Result<Decimal, NotDecimal> {
    match cell {
        Cell::Text(text) => Decimal::parse(&reading.plain(text), reading.decimal),
        Cell::Integer(value) => Decimal::parse(&value.to_string(), b'.'),
        Cell::Number(text) => Decimal::parse(text, b'.'),
        // The shortest decimal that stands for this number is the one that was meant.
        Cell::Float(value) => Decimal::parse(&value.to_string(), b'.'),
        Cell::Empty | Cell::NotText | Cell::WallClock(_) | Cell::Utc(_) | Cell::Day(_) => Err(NotDecimal::Unreadable),
    }
}

impl Decimal {
    /// Reads what [`Money::parse`] reads, without rounding it.
    fn parse(text: &str, decimal: u8) -> Result<Self, NotDecimal> {
        let (negative, size) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (whole, fraction) = match size.iter().position(|byte| *byte == decimal) {
            Some(at) => (&size[..at], &size[at + 1..]),
            None => (size, &size[size.len()..]),
        };
        if whole.is_empty() && fraction.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
            return Err(NotDecimal::Unreadable);
        }
        let used = fraction.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        let first = whole.iter().position(|digit| *digit != b'0').unwrap_or(whole.len());
        let (whole, fraction) = (&whole[first..], &fraction[..used]);
        if whole.len() + fraction.len() > MOST_DIGITS {
            return Err(NotDecimal::TooManyDigits);
        }
        let size = whole.iter().chain(fraction).fold(0_i64, |size, digit| size * 10 + i64::from(digit - b'0'));
        let places = fraction.len() as u32;
        Ok(Self { digits: if negative { -size } else { size }, places })
    }

    fn times(self, other: Self) -> Option<Money> {
        /// Decimals that money has.
        const PLACES: u32 = 4;
        let product = i128::from(self.digits) * i128::from(other.digits);
        let places = self.places + other.places;
        let size = product.unsigned_abs();
        let size = match places.checked_sub(PLACES) {
            None => size.checked_mul(10_u128.pow(PLACES - places))?,
            Some(surplus) => {
                let one = 10_u128.pow(surplus);
                (2 * size + one) / (2 * one)
            }
        };
        let size = i64::try_from(size).ok().filter(|size| *size < Money::MOST_TOGETHER.ten_thousandths())?;
        Some(Money::from_ten_thousandths(if product < 0 { -size } else { size }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn product(price: &str, quantity: &str, decimal: u8) -> Result<String, RejectCode> {
        let zone = TimeZone::UTC;
        let reading =
            Reading { timezone: &zone, date_format: None, decimal, thousands: None, ids: crate::IdRules::default() };
        price_times_quantity(&reading, Cell::Text(price), Cell::Text(quantity)).map(|money| money.to_string()).map_err(
            |unfit| match unfit {
                Unfit::Price((code, _)) | Unfit::Quantity((code, _)) => code,
            },
        )
    }

    #[test]
    fn products_are_exact_and_rounded_once() {
        assert_eq!(product("2.55", "6", b'.'), Ok("15.30".into()));
        assert_eq!(product("2,55", "-6", b','), Ok("-15.30".into()));
        assert_eq!(product("-11062.06", "1", b'.'), Ok("-11062.06".into()));
        // 0.00125 rounded before it is multiplied would make 13.
        assert_eq!(product("0.00125", "10000", b'.'), Ok("12.50".into()));
        assert_eq!(product("0.33333", "0.5", b'.'), Ok("0.1667".into()));
        assert_eq!(product("0.0001", "0.5", b'.'), Ok("0.0001".into()));
        assert_eq!(product("-0.0001", "0.5", b'.'), Ok("-0.0001".into()));
        assert_eq!(product("0.0001", "0.4999", b'.'), Ok("0.00".into()));
        assert_eq!(product("899999999999999.99", "1", b'.'), Ok("899999999999999.99".into()));
        assert_eq!(product("002.5000000000000000000000", "+4", b'.'), Ok("10.00".into()));
    }

    #[test]
    fn digits_may_stand_in_groups_where_that_is_declared() {
        let zone = TimeZone::UTC;
        let ids = crate::IdRules::default();
        let reading = Reading { timezone: &zone, date_format: None, decimal: b',', thousands: Some('.'), ids };
        let found = |price| price_times_quantity(&reading, Cell::Text(price), Cell::Text("2")).map(|m| m.to_string());
        assert_eq!(found(" 1.234,50 "), Ok("2469.00".into()));
        assert!(matches!(found("1.23,50"), Err(Unfit::Price(_))));
    }

    #[test]
    fn what_cannot_be_multiplied_exactly_is_rejected() {
        assert_eq!(product("1e3", "1", b'.'), Err(RejectCode::BadAmount));
        assert_eq!(product("1.234,50", "1", b','), Err(RejectCode::BadAmount));
        assert_eq!(product("", "1", b'.'), Err(RejectCode::BadAmount));
        assert_eq!(product("1", "two", b'.'), Err(RejectCode::BadQuantity));
        assert_eq!(product("1.2345678901234567890", "1", b'.'), Err(RejectCode::BadAmount));
        assert_eq!(product("1", "0.0000000000000000001", b'.'), Err(RejectCode::BadQuantity));
        assert_eq!(product("999999999999999999", "999999999999999999", b'.'), Err(RejectCode::AmountOutOfRange));
        assert_eq!(product("900000000000000", "1", b'.'), Err(RejectCode::AmountOutOfRange));
    }

    #[test]
    fn numbers_of_other_files_are_multiplied_as_they_are_written() {
        let zone = TimeZone::UTC;
        let reading = Reading {
            timezone: &zone,
            date_format: None,
            decimal: b',',
            thousands: None,
            ids: crate::IdRules::default(),
        };
        let found = |price, quantity| price_times_quantity(&reading, price, quantity).map(|money| money.to_string());
        assert_eq!(found(Cell::Float(2.55), Cell::Integer(-6)), Ok("-15.30".into()));
        assert!(matches!(found(Cell::Float(f64::NAN), Cell::Integer(1)), Err(Unfit::Price(_))));
        assert!(matches!(found(Cell::Float(1.0), Cell::Empty), Err(Unfit::Quantity(_))));
        assert!(matches!(found(Cell::Float(1.0), Cell::Day(7)), Err(Unfit::Quantity(_))));
    }

    proptest! {
        #[test]
        fn with_a_quantity_of_one_the_price_is_the_amount(price in "-?[0-9]{1,10}\\.[0-9]{0,8}") {
            prop_assert_eq!(product(&price, "1", b'.'), Ok(Money::parse(&price, b'.').unwrap().to_string()));
        }

        #[test]
        fn no_cell_panics(price in "[-+0-9.,e]{0,44}", quantity in "[-+0-9.]{0,44}") {
            let _ = product(&price, &quantity, b'.');
        }
    }
}
