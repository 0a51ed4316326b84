//! Purchases of a customer, as counts and times.

use super::InputError;
use super::error::check_time;

/// The most repeat purchases one customer can have.
///
/// One purchase an hour for a century is fewer. A larger count is an account shared by many people, such as the one
/// behind which all cash sales are booked, and it would steer the whole fit.
pub const MAX_REPEAT: u32 = 1_000_000;

/// Purchases of one customer, or of several customers alike, up to an as-of date.
///
/// All times are in the one unit the caller has chosen, and purchases at the same time (the same day, if days are the
/// grain) count as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchases {
    repeat: u32,
    recency: f64,
    age: f64,
    customers: u32,
}

impl Purchases {
    /// Purchases of one customer: `repeat` purchases after the first, `recency` from the first purchase to the last,
    /// `age` from the first purchase to the as-of date.
    ///
    /// # Errors
    /// [`InputError`] where a time is negative or not finite, the last purchase lies after the as-of date, there are
    /// more than [`MAX_REPEAT`] repeat purchases, or a recency of zero and a number of repeat purchases contradict
    /// each other.
    pub fn new(repeat: u32, recency: f64, age: f64) -> Result<Self, InputError> {
        check_time("recency", recency)?;
        check_time("age", age)?;
        if recency > age {
            return Err(InputError::RecencyBeyondAge { recency, age });
        }
        if repeat > MAX_REPEAT {
            return Err(InputError::TooManyRepeats { repeat });
        }
        if (repeat == 0) != (recency == 0.0) {
            return Err(InputError::RecencyContradictsRepeats { repeat, recency });
        }
        // Adding zero turns -0.0 into 0.0, which sorts and merges with it.
        Ok(Self { repeat, recency: recency + 0.0, age: age + 0.0, customers: 1 })
    }

    /// The same purchases, made by each of `customers` customers. None is allowed and counts for nothing.
    #[must_use]
    pub fn times(self, customers: u32) -> Self {
        Self { customers, ..self }
    }

    /// Number of purchases after the first.
    #[must_use]
    pub fn repeat(&self) -> u32 {
        self.repeat
    }

    /// Time from the first purchase to the last.
    #[must_use]
    pub fn recency(&self) -> f64 {
        self.recency
    }

    /// Time from the first purchase to the as-of date.
    #[must_use]
    pub fn age(&self) -> f64 {
        self.age
    }

    /// Number of customers with these purchases.
    #[must_use]
    pub fn customers(&self) -> u32 {
        self.customers
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn impossible_histories_are_refused() {
        let nan = Purchases::new(1, f64::NAN, 3.0).unwrap_err();
        assert!(matches!(nan, InputError::Time { name: "recency", .. }));
        let infinite = Purchases::new(1, 1.0, f64::INFINITY).unwrap_err();
        assert!(matches!(infinite, InputError::Time { name: "age", .. }));
        assert!(matches!(Purchases::new(1, -1.0, 3.0), Err(InputError::Time { name: "recency", .. })));
        assert_eq!(Purchases::new(1, 4.0, 3.0), Err(InputError::RecencyBeyondAge { recency: 4.0, age: 3.0 }));
        assert_eq!(Purchases::new(0, 2.0, 3.0), Err(InputError::RecencyContradictsRepeats { repeat: 0, recency: 2.0 }));
        assert_eq!(Purchases::new(2, 0.0, 3.0), Err(InputError::RecencyContradictsRepeats { repeat: 2, recency: 0.0 }));
        assert_eq!(
            Purchases::new(MAX_REPEAT + 1, 1.0, 3.0),
            Err(InputError::TooManyRepeats { repeat: MAX_REPEAT + 1 })
        );
    }

    #[test]
    fn a_history_may_start_on_the_as_of_date() {
        let today = Purchases::new(0, -0.0, 0.0).unwrap();
        assert_eq!((today.repeat(), today.recency(), today.age(), today.customers()), (0, 0.0, 0.0, 1));
        assert!(today.recency().is_sign_positive());
        assert_eq!(today.times(7).customers(), 7);
    }
}
