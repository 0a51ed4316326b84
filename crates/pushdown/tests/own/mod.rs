//! Random features, as a project may declare them: any rows, conditions, windows and aggregates that a company has columns for.

#![allow(unreachable_pub, clippy::unwrap_used)]

use std::sync::Arc;

use feature_engineering::{Aggregate, Column, Condition, Feature, Label, Measure, Rows, Window, catalogue};

use crate::common::company::Columns;
use crate::common::random::Random;

/// A random feature.
pub fn feature(random: &mut Random, columns: Columns, number: usize) -> Arc<Feature> {
    let rows = rows(random, columns);
    let filter = (0..random.between(0, 3)).map(|_| condition(random, &rows)).collect();
    let window = match random.between(0, 4) {
        0 => Window::AllTime,
        1 => Window::last(random.between(1, 400) as u16),
        2 => Window::before_last(random.between(1, 200) as u16),
        _ => {
            let to = random.between(0, 200) as u16;
            Window::Days { from: to + random.between(1, 300) as u16, to }
        }
    };
    let aggregate = aggregate(random, &rows, columns);
    let definition = feature_engineering::Expression::Measure(Measure { rows, filter, window, aggregate });
    Arc::new(Feature { name: format!("own_{number}"), definition, ..(*catalogue()[0]).clone() })
}

fn rows(random: &mut Random, columns: Columns) -> Rows {
    loop {
        let kinds = ["ticket", "nps", "EMAIL_OPEN", "webinar", "Chat", "complaint"];
        let rows = match random.between(0, 7) {
            0 | 1 => Rows::Purchases,
            2 => Rows::Sales,
            3 => Rows::Spending,
            4 => Rows::Returns,
            5 => Rows::Lines,
            _ => Rows::Events((0..random.between(0, 3)).map(|_| (*random.pick(&kinds)).to_owned()).collect()),
        };
        let is_there = match rows {
            Rows::Lines => columns.products || columns.categories,
            Rows::Events(_) => columns.events,
            _ => true,
        };
        if is_there {
            return rows;
        }
    }
}

fn number(random: &mut Random, rows: &Rows) -> Column {
    match rows {
        Rows::Purchases => {
            *random.pick(&[Column::Amount, Column::Discount, Column::Margin, Column::Quantity, Column::Gap])
        }
        Rows::Events(_) => *random.pick(&[Column::Value, Column::Value, Column::DaysToResolve]),
        _ => *random.pick(&[Column::Amount, Column::Discount, Column::Margin, Column::Quantity]),
    }
}

fn label(random: &mut Random, rows: &Rows) -> Label {
    match rows {
        Rows::Lines => *random.pick(&[Label::Product, Label::Category, Label::Day, Label::Weekday]),
        Rows::Events(_) => *random.pick(&[Label::Type, Label::Channel, Label::Day, Label::Weekday]),
        _ => *random.pick(&[Label::Channel, Label::Day, Label::Weekday]),
    }
}

fn condition(random: &mut Random, rows: &Rows) -> Condition {
    match random.between(0, 5) {
        0 => Condition::Weekend,
        1 | 2 => {
            let label = label(random, rows);
            let text = match label {
                Label::Product => *random.pick(&["lamp", "pen", " ink ", "it's"]),
                Label::Category => *random.pick(&["home", "office", ""]),
                Label::Channel => *random.pick(&["web", "store", "third_party", "phone", ""]),
                Label::Type => *random.pick(&["nps", "Ticket", "webinar", "chat"]),
                Label::Day => "2024-05-05",
                Label::Weekday => *random.pick(&["monday", "Sunday", "someday"]),
            };
            if random.percent(50) {
                Condition::Is(label, text.to_owned())
            } else {
                Condition::IsNot(label, text.to_owned())
            }
        }
        3 => Condition::AtLeast(number(random, rows), random.between(-20, 80) as f64 / 4.0),
        _ => Condition::Below(number(random, rows), random.between(-20, 400) as f64 / 4.0),
    }
}

fn aggregate(random: &mut Random, rows: &Rows, columns: Columns) -> Aggregate {
    let is_event = matches!(rows, Rows::Events(_));
    loop {
        return match random.between(0, 18) {
            0 | 1 => Aggregate::Count,
            2 => Aggregate::Sum(number(random, rows)),
            3 => Aggregate::Mean(number(random, rows)),
            4 => Aggregate::Std(number(random, rows)),
            5 => Aggregate::Median(number(random, rows)),
            6 => Aggregate::Min(number(random, rows)),
            7 => Aggregate::Max(number(random, rows)),
            8 => Aggregate::First(number(random, rows)),
            9 => Aggregate::Last(number(random, rows)),
            10 => Aggregate::DaysSinceFirst,
            11 => Aggregate::DaysSinceLast,
            12 => Aggregate::Distinct(label(random, rows)),
            13 => Aggregate::TopShare(label(random, rows)),
            14 => Aggregate::Concentration(label(random, rows), number(random, rows)),
            15 if is_event && columns.resolved => Aggregate::Open,
            16 if is_event && columns.resolved => Aggregate::Late(random.between(0, 9) as u16),
            17 if is_event => Aggregate::Unanswered("call".to_owned(), random.between(1, 40) as u16),
            15 if columns.people => Aggregate::NoneAfterSignup(random.between(1, 90) as u16),
            _ => continue,
        };
    }
}
