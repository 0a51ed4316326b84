//! Expressions over the slots of many rows at once.

use history::{Date, History};

use super::part::AsOf;
use crate::expression::{Attribute, Calendar, Expression};
use crate::fitted::Fitted;
use crate::measure::{self, Aggregate, Column, Label, Measure};
use crate::window::Window;

/// An expression with places of slots in place of measures.
#[derive(Debug)]
pub(crate) enum Program {
    Constant(f64),
    Slot(usize),
    Customer(Attribute),
    Calendar(Calendar),
    /// With the slots of the days with a purchase, of the days since the first and the last purchase, and of the money spent.
    Fitted(Box<Fitted>, [usize; 4]),
    One(One, Box<Program>),
    Two(Two, Box<Program>, Box<Program>),
}

/// Operations on one value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum One {
    Ln,
    Missing,
    Covered(u16),
}

/// Operations on two values.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Two {
    Sum,
    Difference,
    Product,
    Ratio,
    Larger,
    Smaller,
    Greater,
    OrElse,
}

/// One row of the result: a customer at an as-of date.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowKey {
    pub(super) customer: u32,
    /// Place of the as-of date among the histories.
    pub(super) date: u32,
}

/// The rows of a part of the table, and what is known about them.
#[derive(Debug)]
pub(super) struct Rows<'p, 'a> {
    pub(super) keys: &'p [RowKey],
    pub(super) histories: &'p [History<'a>],
    pub(super) dates: &'p [AsOf],
    /// One column per slot.
    pub(super) slots: &'p [Vec<f64>],
}

impl Program {
    pub(super) fn new(expression: &Expression, slot: &mut dyn FnMut(&Measure) -> usize) -> Self {
        use Expression as E;
        let mut two = |operation, a: &Expression, b: &Expression| {
            let a = Box::new(Program::new(a, slot));
            Program::Two(operation, a, Box::new(Program::new(b, slot)))
        };
        match expression {
            E::Constant(value) => Program::Constant(*value),
            E::Measure(measure) => Program::Slot(slot(measure)),
            E::Customer(attribute) => Program::Customer(attribute.clone()),
            E::Calendar(part) => Program::Calendar(*part),
            E::Fitted(fitted) => {
                let slots = [
                    Aggregate::Distinct(Label::Day),
                    Aggregate::DaysSinceFirst,
                    Aggregate::DaysSinceLast,
                    Aggregate::Sum(Column::Amount),
                ];
                let slots = slots.map(|aggregate| {
                    slot(&Measure {
                        rows: measure::Rows::Purchases,
                        filter: Vec::new(),
                        window: Window::AllTime,
                        aggregate,
                    })
                });
                Program::Fitted(fitted.clone(), slots)
            }
            E::Sum(a, b) => two(Two::Sum, a, b),
            E::Difference(a, b) => two(Two::Difference, a, b),
            E::Product(a, b) => two(Two::Product, a, b),
            E::Ratio(a, b) => two(Two::Ratio, a, b),
            E::Larger(a, b) => two(Two::Larger, a, b),
            E::Smaller(a, b) => two(Two::Smaller, a, b),
            E::Greater(a, b) => two(Two::Greater, a, b),
            E::OrElse(a, b) => two(Two::OrElse, a, b),
            E::Ln(a) => Program::One(One::Ln, Box::new(Program::new(a, slot))),
            E::Missing(a) => Program::One(One::Missing, Box::new(Program::new(a, slot))),
            E::Covered(days, a) => Program::One(One::Covered(*days), Box::new(Program::new(a, slot))),
        }
    }

    /// The values of all rows.
    pub(super) fn values(&self, rows: &Rows<'_, '_>) -> Vec<f64> {
        let each = |of: &dyn Fn(&RowKey, &History<'_>) -> f64| {
            rows.keys.iter().map(|key| of(key, &rows.histories[key.date as usize])).collect::<Vec<f64>>()
        };
        match self {
            Program::Constant(value) => vec![*value; rows.keys.len()],
            Program::Slot(slot) => rows.slots[*slot].clone(),
            Program::Customer(attribute) => each(&|key, history| of_customer(attribute, key.customer, history)),
            Program::Calendar(part) => {
                rows.keys.iter().map(|key| part_of(*part, &rows.dates[key.date as usize])).collect()
            }
            Program::Fitted(fitted, slots) => {
                let [days, first, last, spent] = slots.map(|slot| &rows.slots[slot]);
                let of = |row: usize| {
                    // Purchases are counted by the day, as the model was fitted: midnights between the days.
                    let (since_first, since_last) = (first[row].ceil(), last[row].ceil());
                    fitted.value(days[row], since_first, since_last, spent[row] / days[row])
                };
                (0..rows.keys.len()).map(of).collect()
            }
            Program::One(One::Covered(days), a) => {
                let mut values = a.values(rows);
                for (value, key) in values.iter_mut().zip(rows.keys) {
                    if rows.dates[key.date as usize].visible_days() < i32::from(*days) {
                        *value = f64::NAN;
                    }
                }
                values
            }
            Program::One(operation, a) => {
                let mut values = a.values(rows);
                for value in &mut values {
                    *value = operation.of(*value);
                }
                values
            }
            Program::Two(operation, a, b) => match (a.as_ref(), b.as_ref()) {
                // Constants and slots are read where they stand.
                (Program::Slot(a), Program::Slot(b)) => {
                    rows.slots[*a].iter().zip(&rows.slots[*b]).map(|(a, b)| operation.of(*a, *b)).collect()
                }
                (Program::Slot(a), Program::Constant(b)) => {
                    rows.slots[*a].iter().map(|a| operation.of(*a, *b)).collect()
                }
                (a, Program::Constant(b)) => {
                    let mut values = a.values(rows);
                    values.iter_mut().for_each(|a| *a = operation.of(*a, *b));
                    values
                }
                (a, Program::Slot(b)) => {
                    let mut values = a.values(rows);
                    values.iter_mut().zip(&rows.slots[*b]).for_each(|(a, b)| *a = operation.of(*a, *b));
                    values
                }
                (a, b) => {
                    let mut values = a.values(rows);
                    values.iter_mut().zip(b.values(rows)).for_each(|(a, b)| *a = operation.of(*a, b));
                    values
                }
            },
        }
    }
}

impl One {
    fn of(self, a: f64) -> f64 {
        match self {
            One::Ln if a > 0.0 => a.ln(),
            One::Ln => f64::NAN,
            One::Missing => f64::from(u8::from(a.is_nan())),
            One::Covered(_) => a,
        }
    }
}

impl Two {
    #[inline]
    fn of(self, a: f64, b: f64) -> f64 {
        let missing = a.is_nan() || b.is_nan();
        match self {
            Two::Sum => a + b,
            Two::Difference => a - b,
            Two::Product => a * b,
            Two::Ratio if b == 0.0 => f64::NAN,
            Two::Ratio => a / b,
            // f64::max and f64::min would take the value that is there for the one that is missing.
            Two::Larger | Two::Smaller | Two::Greater if missing => f64::NAN,
            Two::Larger => a.max(b),
            Two::Smaller => a.min(b),
            Two::Greater => f64::from(u8::from(a > b)),
            Two::OrElse => {
                if a.is_nan() {
                    b
                } else {
                    a
                }
            }
        }
    }
}

fn of_customer(attribute: &Attribute, customer: u32, history: &History<'_>) -> f64 {
    let as_of = history.as_of();
    match attribute {
        Attribute::DaysSinceSignup => history.signup(customer).map_or(f64::NAN, |day| f64::from(as_of.days_since(day))),
        Attribute::DaysToContractEnd => {
            history.contract_end(customer).map_or(f64::NAN, |day| f64::from(day.days_since(as_of)))
        }
        Attribute::Level { of, is } => f64::from(u8::from(of.is(is, history.attribute(&of.column, customer)))),
        Attribute::Place(of) => {
            of.place(history.attribute(&of.column, customer)).map_or(f64::NAN, |place| place as f64)
        }
        Attribute::Is(column, text) => f64::from(u8::from(history.attribute(column, customer) == Some(text.as_str()))),
    }
}

fn part_of(part: Calendar, as_of: &AsOf) -> f64 {
    let angle = || std::f64::consts::TAU * place_in_year(as_of.date);
    match part {
        Calendar::YearCosine => angle().cos(),
        Calendar::YearSine => angle().sin(),
        Calendar::HistoryDays => f64::from(as_of.visible_days()),
    }
}

/// From 0 on 1 January towards 1 on 31 December.
fn place_in_year(date: Date) -> f64 {
    let (year, _, _) = date.year_month_day();
    let new_year = |year| Date::from_year_month_day(year, 1, 1);
    new_year(year)
        .zip(new_year(year + 1))
        .map_or(f64::NAN, |(start, end)| f64::from(date.days_since(start)) / f64::from(end.days_since(start)))
}
