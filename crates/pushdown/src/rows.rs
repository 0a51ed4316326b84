//! The rows that measures look at, as SQL over the views of [`crate::views`].

use feature_engineering::{Column, Condition, Label, Rows};
use history::{Date, EventKind, Returns};

use crate::dialect::{DAY, Dialect, day, number, weekday};

/// A view that rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Purchases,
    /// Rows of one purchase at one moment, returns among them.
    Moments,
    Lines,
    Events,
    Offers,
}

impl Source {
    pub(crate) fn of(rows: &Rows) -> Self {
        match rows {
            Rows::Purchases => Source::Purchases,
            Rows::Sales | Rows::Spending | Rows::Returns => Source::Moments,
            Rows::Lines => Source::Lines,
            Rows::Events(_) => Source::Events,
            Rows::Offers => Source::Offers,
        }
    }

    pub(crate) fn view(self) -> &'static str {
        match self {
            Source::Purchases => "churn_purchases",
            Source::Moments => "churn_moments",
            Source::Lines => "churn_lines",
            Source::Events => "churn_events",
            Source::Offers => "churn_offers",
        }
    }
}

/// What is asked of rows of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) rows: &'a Rows,
    pub(crate) returns: Returns,
    pub(crate) dialect: Dialect,
}

impl Asked<'_> {
    /// What makes rows of the view rows of this kind; all that must hold.
    pub(crate) fn conditions(&self) -> Vec<String> {
        match self.rows {
            Rows::Purchases | Rows::Lines | Rows::Offers => Vec::new(),
            Rows::Spending if self.returns == Returns::Net => Vec::new(),
            Rows::Sales | Rows::Spending => vec!["amount >= 0".to_owned()],
            Rows::Returns => vec!["amount < 0".to_owned()],
            Rows::Events(kinds) if kinds.is_empty() => Vec::new(),
            Rows::Events(kinds) => vec![is_of_kinds(self.dialect, kinds)],
        }
    }

    pub(crate) fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::Weekend => format!("{} >= 5", weekday(&day("t"))),
            Condition::Is(label, text) => self.compare(*label, "=", text),
            Condition::IsNot(label, text) => self.compare(*label, "<>", text),
            Condition::AtLeast(column, least) => format!("{} >= {}", self.double(*column), number(*least)),
            Condition::Below(column, below) => format!("{} < {}", self.double(*column), number(*below)),
        }
    }

    fn compare(&self, label: Label, sign: &str, text: &str) -> String {
        const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let found = self.label(label);
        let whole = |number: Option<i64>| number.unwrap_or(i64::from(i32::MAX)).to_string();
        let wanted = match label {
            Label::Weekday => {
                let text = text.trim().to_lowercase();
                whole(WEEKDAYS.iter().position(|day| *day == text).map(|at| at as i64))
            }
            Label::Day => whole(text.trim().parse::<Date>().ok().map(|day| i64::from(day.days()))),
            Label::Type => self.dialect.text(kind(text)),
            Label::Product | Label::Category | Label::Channel => self.dialect.text(text.trim()),
        };
        format!("{found} {sign} {wanted}")
    }

    /// The label of a row; NULL where it has none.
    pub(crate) fn label(&self, label: Label) -> String {
        let nothing = || format!("CAST(NULL AS {})", self.dialect.text_type());
        match (label, self.rows) {
            (Label::Day, _) => day("t"),
            (Label::Weekday, _) => weekday(&day("t")),
            (Label::Product, Rows::Lines) => "product".to_owned(),
            (Label::Category, Rows::Lines) => "category".to_owned(),
            (Label::Channel, Rows::Lines | Rows::Offers) => nothing(),
            (Label::Channel, _) => "channel".to_owned(),
            (Label::Type, Rows::Events(_)) => "kind".to_owned(),
            (Label::Product | Label::Category | Label::Type, _) => nothing(),
        }
    }

    /// Whole ten-thousandths, for columns that are exact.
    pub(crate) fn exact(&self, column: Column) -> Option<String> {
        let name = match column {
            Column::Amount => "amount",
            Column::Discount => "discount",
            Column::Margin => "margin",
            Column::Quantity => "quantity",
            Column::Gap | Column::Value | Column::DaysToResolve => return None,
        };
        Some(match (self.rows, column) {
            (Rows::Events(_) | Rows::Offers, _) | (Rows::Lines, Column::Discount | Column::Margin) => {
                "CAST(0 AS BIGINT)".to_owned()
            }
            (Rows::Returns, Column::Amount) => "-amount".to_owned(),
            _ => name.to_owned(),
        })
    }

    /// A number; NULL where the row has none.
    pub(crate) fn double(&self, column: Column) -> String {
        if let Some(exact) = self.exact(column) {
            return format!("{} / 1E4", self.dialect.double(&exact));
        }
        let days = |micros: &str| format!("{} / {}", self.dialect.double(micros), number(DAY as f64));
        match (column, self.rows) {
            (Column::Gap, Rows::Purchases) => days("gap"),
            (Column::Value, Rows::Events(_)) => "value".to_owned(),
            (Column::DaysToResolve, Rows::Events(_)) => {
                format!("CASE WHEN resolved < e THEN {} END", days("(resolved - t)"))
            }
            _ => self.dialect.double("NULL"),
        }
    }
}

/// Whether an event is of one of these kinds.
pub(crate) fn is_of_kinds(dialect: Dialect, kinds: &[String]) -> String {
    let kinds: Vec<String> = kinds.iter().map(|text| dialect.text(kind(text))).collect();
    format!("kind IN ({})", kinds.join(", "))
}

/// The text by which a kind of events is known: that of kinds with a name is the name, however it is written.
pub(crate) fn kind(text: &str) -> &str {
    EventKind::of(text).name().unwrap_or(text.trim())
}
