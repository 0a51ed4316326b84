//! Measures: what is counted or summed, over which rows, in which window. They are data, so that the same meaning can be
//! computed here, and be written as a query elsewhere.

use serde::{Deserialize, Serialize};

use crate::window::Window;

/// An aggregate of a customer's rows in a window before the as-of date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Which rows.
    pub rows: Rows,
    /// Conditions that all must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filter: Vec<Condition>,
    /// Which stretch of time.
    pub window: Window,
    /// What becomes of them.
    pub aggregate: Aggregate,
}

/// The rows of a customer that a measure looks at; each has a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// Purchases: an order, or a row without one. The amount is what all visible parts of it cost; its moment is that of
    /// the first.
    Purchases,
    /// Rows that are no returns, later parts of orders by themselves.
    Sales,
    /// What counts as spent: sales, and returns where the project nets them.
    Spending,
    /// Returns; amounts are positive.
    Returns,
    /// Lines of the export that are no returns, products apart.
    Lines,
    /// Events of these types, as the export names them; of all types where none is named.
    Events(Vec<String>),
    /// Offers that the customer was contacted with.
    Offers,
}

/// What a row must be like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// On a Saturday or Sunday.
    Weekend,
    /// The text of a label.
    Is(Label, String),
    /// Any text but this one.
    IsNot(Label, String),
    /// A number at least this large.
    AtLeast(Column, f64),
    /// A number below this.
    Below(Column, f64),
}

/// A number that a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Money paid, in units of the currency.
    Amount,
    /// Discount given, in units of the currency.
    Discount,
    /// What was earned, in units of the currency.
    Margin,
    /// How much was bought.
    Quantity,
    /// Days since the purchase before; the first purchase that can be seen has none.
    Gap,
    /// An event's value.
    Value,
    /// Days from the event to its resolution; missing while it is open.
    DaysToResolve,
}

/// A text that a row has, or a part of its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// The product of a line.
    Product,
    /// The category of a line.
    Category,
    /// The channel of a purchase or event.
    Channel,
    /// The type of an event as the export names it.
    Type,
    /// The calendar day.
    Day,
    /// The day of the week.
    Weekday,
}

/// What becomes of the rows. Without rows, counts and sums are 0 and everything else is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Number of rows.
    Count,
    /// Sum of a column; missing values are left out, here and below.
    Sum(Column),
    /// Arithmetic mean.
    Mean(Column),
    /// Sample standard deviation, with n - 1; missing below two values.
    Std(Column),
    /// Median: the middle value, or the mean of the two middle ones.
    Median(Column),
    /// Smallest value.
    Min(Column),
    /// Largest value.
    Max(Column),
    /// Value of the oldest row that has one; of several at one moment the smallest.
    First(Column),
    /// Value of the newest row that has one; of several at one moment the largest.
    Last(Column),
    /// Days from the oldest row to the as-of date.
    DaysSinceFirst,
    /// Days from the newest row to the as-of date.
    DaysSinceLast,
    /// Number of different labels.
    Distinct(Label),
    /// Share of the rows that have the most frequent label.
    TopShare(Label),
    /// Herfindahl index of a column over labels: the sum of squared shares; 1 where one label has everything.
    Concentration(Label, Column),
    /// Events that are not resolved by the as-of date.
    Open,
    /// Events that were resolved later than promised, or are open for longer: so many working days (Monday to Friday) after
    /// the day of the event were over before the day of the resolution, or before the as-of date. Events handled by a third
    /// party (channel `third_party`) have three.
    Late(u16),
    /// Events after which no event of this type came within so many days; those younger than that are not counted.
    Unanswered(String, u16),
    /// 1 where the customer signed up at least so many days ago and no row lies within so many days of it, else 0;
    /// missing where it is not known when the customer signed up, or out of sight.
    NoneAfterSignup(u16),
}
