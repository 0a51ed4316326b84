//! Exact quantities: pieces, kilograms, hours.

use std::fmt;

use crate::Money;
use crate::money::NotMoney;

/// A quantity in ten-thousandths of its unit, exact as [`Money`] is; negative for what was returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quantity(i64);

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity(0);

    /// A quantity given in ten-thousandths of its unit.
    #[must_use]
    pub const fn from_ten_thousandths(value: i64) -> Self {
        Self(value)
    }

    /// The quantity in ten-thousandths of its unit.
    #[must_use]
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// The quantity as a floating-point number.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        Money::from_ten_thousandths(self.0).to_f64()
    }

    /// The sum; it stays at the end of the scale, as [`Money::plus`] does. Sums of an export's quantities never come
    /// there: an export whose quantities add up to more than 9e14, signs apart, is refused.
    #[must_use]
    pub fn plus(self, other: Quantity) -> Quantity {
        Quantity(self.0.saturating_add(other.0))
    }

    pub(crate) fn from_f64(value: f64) -> Result<Quantity, NotMoney> {
        Money::from_f64(value).map(|exact| Quantity(exact.ten_thousandths()))
    }

    pub(crate) fn parse(text: &str, decimal: u8) -> Result<Quantity, NotMoney> {
        Money::parse(text, decimal).map(|exact| Quantity(exact.ten_thousandths()))
    }
}

impl fmt::Display for Quantity {
    /// As [`Money`] is written: `2.00`, `0.3750`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Money::from_ten_thousandths(self.0).fmt(f)
    }
}
