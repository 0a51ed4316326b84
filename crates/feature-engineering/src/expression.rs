//! Expressions over measures: the definition of a feature. A missing value (NaN) makes everything missing that is
//! computed from it, but for [`Expression::Missing`] and [`Expression::OrElse`].

use std::ops::{Add, Div, Mul, Sub};

use serde::{Deserialize, Serialize};

use crate::fitted::Fitted;
use crate::levels::{Coding, Level};
use crate::measure::{Aggregate, Condition, Measure, Rows};
use crate::window::Window;

/// How a value is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Expression {
    /// A number.
    Constant(f64),
    /// An aggregate of the customer's rows.
    Measure(Measure),
    /// What the customers table says.
    Customer(Attribute),
    /// What the as-of date says by itself.
    Calendar(Calendar),
    /// What a fitted buy-till-you-die model says.
    Fitted(Box<Fitted>),
    /// Sum of the two.
    Sum(Box<Expression>, Box<Expression>),
    /// The first less the second.
    Difference(Box<Expression>, Box<Expression>),
    /// Product of the two.
    Product(Box<Expression>, Box<Expression>),
    /// The first over the second; missing where the second is 0.
    Ratio(Box<Expression>, Box<Expression>),
    /// Natural logarithm; missing unless positive.
    Ln(Box<Expression>),
    /// The larger of the two.
    Larger(Box<Expression>, Box<Expression>),
    /// The smaller of the two.
    Smaller(Box<Expression>, Box<Expression>),
    /// 1 where the first is greater than the second, else 0.
    Greater(Box<Expression>, Box<Expression>),
    /// 1 where it is missing, else 0.
    Missing(Box<Expression>),
    /// The first, or the second where the first is missing.
    OrElse(Box<Expression>, Box<Expression>),
    /// The value where the history that can be seen begins at least so many days before the as-of date; else missing.
    Covered(u16, Box<Expression>),
}

/// What the customers table says of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Days from signing up to the as-of date; missing before, and where it is not known.
    DaysSinceSignup,
    /// Days from the as-of date to the end of the contract; negative afterwards, missing without one.
    DaysToContractEnd,
    /// 1 where the column has this text, else 0.
    Is(String, String),
    /// 1 where the cell of a column is of a level, else 0.
    Level {
        /// The column, and its levels.
        of: Coding,
        /// The level.
        is: Level,
    },
    /// The place of the cell of a column among its named texts, from 0; missing where it is none of them, or empty.
    Place(Coding),
}

/// What the as-of date says by itself, the same for all customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// Cosine of the day of the year as an angle.
    YearCosine,
    /// Sine of it.
    YearSine,
    /// Days from the first day that can be seen to the as-of date.
    HistoryDays,
}

impl Expression {
    /// This, but no less than a number.
    #[must_use]
    pub fn at_least(self, least: f64) -> Self {
        Expression::Larger(Box::new(self), Box::new(Expression::Constant(least)))
    }

    /// This, but no more than a number.
    #[must_use]
    pub fn at_most(self, most: f64) -> Self {
        Expression::Smaller(Box::new(self), Box::new(Expression::Constant(most)))
    }

    /// Its natural logarithm.
    #[must_use]
    pub fn ln(self) -> Self {
        Expression::Ln(Box::new(self))
    }

    /// This, or another value where it is missing.
    #[must_use]
    pub fn or_else(self, other: impl Into<Expression>) -> Self {
        Expression::OrElse(Box::new(self), Box::new(other.into()))
    }

    /// 1 where it is missing, else 0.
    #[must_use]
    pub fn missing(self) -> Self {
        Expression::Missing(Box::new(self))
    }

    /// 1 where it is greater than another value, else 0.
    #[must_use]
    pub fn greater_than(self, other: impl Into<Expression>) -> Self {
        Expression::Greater(Box::new(self), Box::new(other.into()))
    }

    /// This where so many days of history can be seen, else missing.
    #[must_use]
    pub fn covered(self, days: u16) -> Self {
        Expression::Covered(days, Box::new(self))
    }

    /// Calls `of` with every measure in it.
    pub fn visit<'a>(&'a self, of: &mut dyn FnMut(&'a Measure)) {
        if let Expression::Measure(measure) = self {
            of(measure);
        }
        for part in self.parts().into_iter().flatten() {
            part.visit(of);
        }
    }

    /// Whether it, or something in it, is as `of` says.
    pub fn any(&self, of: &dyn Fn(&Expression) -> bool) -> bool {
        of(self) || self.parts().into_iter().flatten().any(|part| part.any(of))
    }

    /// The expressions it is made of.
    #[must_use]
    pub fn parts(&self) -> [Option<&Expression>; 2] {
        use Expression as E;
        match self {
            E::Constant(_) | E::Measure(_) | E::Customer(_) | E::Calendar(_) | E::Fitted(_) => [None, None],
            E::Ln(a) | E::Missing(a) | E::Covered(_, a) => [Some(a), None],
            E::Sum(a, b)
            | E::Difference(a, b)
            | E::Product(a, b)
            | E::Ratio(a, b)
            | E::Larger(a, b)
            | E::Smaller(a, b)
            | E::Greater(a, b)
            | E::OrElse(a, b) => [Some(a), Some(b)],
        }
    }
}

impl From<f64> for Expression {
    fn from(value: f64) -> Self {
        Expression::Constant(value)
    }
}

impl<T: Into<Expression>> Add<T> for Expression {
    type Output = Expression;
    fn add(self, other: T) -> Expression {
        Expression::Sum(Box::new(self), Box::new(other.into()))
    }
}

impl<T: Into<Expression>> Sub<T> for Expression {
    type Output = Expression;
    fn sub(self, other: T) -> Expression {
        Expression::Difference(Box::new(self), Box::new(other.into()))
    }
}

impl<T: Into<Expression>> Mul<T> for Expression {
    type Output = Expression;
    fn mul(self, other: T) -> Expression {
        Expression::Product(Box::new(self), Box::new(other.into()))
    }
}

impl<T: Into<Expression>> Div<T> for Expression {
    type Output = Expression;
    fn div(self, other: T) -> Expression {
        Expression::Ratio(Box::new(self), Box::new(other.into()))
    }
}

impl Rows {
    /// An aggregate of these rows in a window.
    #[must_use]
    pub fn get(self, aggregate: Aggregate, window: Window) -> Expression {
        Expression::Measure(Measure { rows: self, filter: Vec::new(), window, aggregate })
    }

    /// The same of those that meet a condition.
    #[must_use]
    pub fn get_where(self, condition: Condition, aggregate: Aggregate, window: Window) -> Expression {
        Expression::Measure(Measure { rows: self, filter: vec![condition], window, aggregate })
    }
}
