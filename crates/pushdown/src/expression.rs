//! An expression as SQL over the values of its measures. A missing value is NULL, and what is computed from it is NULL.

use feature_engineering::{Attribute, Calendar, Expression, Fitted, Level};
use history::Date;

use crate::dialect::{Dialect, number};

/// The places of what an expression reads.
pub(crate) trait Places {
    /// The column of a measure's value.
    fn measure(&mut self, measure: &feature_engineering::Measure) -> Result<String, String>;
    /// The column of a forecast.
    fn forecast(&mut self, fitted: &Fitted) -> Result<String, String>;
    /// The column of a text column of the customers table.
    fn attribute(&mut self, column: &str) -> Result<String, String>;
}

/// The expression, or why there is none.
pub(crate) fn sql(expression: &Expression, dialect: Dialect, places: &mut dyn Places) -> Result<String, String> {
    use Expression as E;
    let mut of = |part: &Expression| sql(part, dialect, places);
    Ok(match expression {
        E::Constant(value) => number(*value),
        E::Measure(measure) => places.measure(measure)?,
        E::Customer(attribute) => of_customer(attribute, dialect, places)?,
        E::Calendar(Calendar::YearCosine) => "d.cosine".to_owned(),
        E::Calendar(Calendar::YearSine) => "d.sine".to_owned(),
        E::Calendar(Calendar::HistoryDays) => dialect.double("s.h"),
        E::Fitted(fitted) => places.forecast(fitted)?,
        E::Sum(a, b) => format!("({} + {})", of(a)?, of(b)?),
        E::Difference(a, b) => format!("({} - {})", of(a)?, of(b)?),
        E::Product(a, b) => format!("({} * {})", of(a)?, of(b)?),
        E::Ratio(a, b) => format!("({} / NULLIF({}, 0E0))", of(a)?, of(b)?),
        E::Ln(a) => {
            let a = of(a)?;
            format!("CASE WHEN {a} > 0E0 THEN LN({a}) END")
        }
        // GREATEST and LEAST of most engines pass over what is missing.
        E::Larger(a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            format!("CASE WHEN {a} >= {b} THEN {a} WHEN {a} < {b} THEN {b} END")
        }
        E::Smaller(a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            format!("CASE WHEN {a} <= {b} THEN {a} WHEN {a} > {b} THEN {b} END")
        }
        E::Greater(a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            format!("CASE WHEN {a} > {b} THEN 1E0 WHEN {a} <= {b} THEN 0E0 END")
        }
        E::Missing(a) => format!("CASE WHEN {} IS NULL THEN 1E0 ELSE 0E0 END", of(a)?),
        E::OrElse(a, b) => format!("COALESCE({}, {})", of(a)?, of(b)?),
        E::Covered(days, a) => format!("CASE WHEN s.h >= {days} THEN {} END", of(a)?),
        other => return Err(format!("there is no SQL for {other:?}")),
    })
}

fn of_customer(attribute: &Attribute, dialect: Dialect, places: &mut dyn Places) -> Result<String, String> {
    let flag = |condition: String| format!("CASE WHEN {condition} THEN 1E0 ELSE 0E0 END");
    let texts = |texts: &[String]| texts.iter().map(|text| dialect.text(text)).collect::<Vec<_>>();
    Ok(match attribute {
        Attribute::DaysSinceSignup => {
            format!("CASE WHEN s.signup_day < d.a THEN {} END", dialect.double("(d.a - s.signup_day)"))
        }
        Attribute::DaysToContractEnd => dialect.double("(s.contract_end - d.a)"),
        Attribute::Is(column, text) => flag(format!("{} = {}", places.attribute(column)?, dialect.text(text))),
        Attribute::Level { of, is } => {
            let column = places.attribute(&of.column)?;
            flag(match is {
                Level::Text(text) => format!("{column} = {}", dialect.text(text)),
                Level::Missing => format!("{column} IS NULL"),
                Level::Other if of.named.is_empty() => format!("{column} IS NOT NULL"),
                Level::Other => format!("{column} NOT IN ({})", texts(&of.named).join(", ")),
            })
        }
        Attribute::Place(of) => {
            let column = places.attribute(&of.column)?;
            let when = |(at, text): (usize, String)| format!("WHEN {column} = {text} THEN {at}E0 ");
            let cases: String = texts(&of.named).into_iter().enumerate().map(when).collect();
            if cases.is_empty() { dialect.double("NULL") } else { format!("CASE {cases}END") }
        }
    })
}

/// Cosine and sine of a date's place in the year, from 0 on 1 January towards 1 on 31 December.
pub(crate) fn year(date: Date) -> (f64, f64) {
    let (year, _, _) = date.year_month_day();
    let new_year = |year| Date::from_year_month_day(year, 1, 1);
    let place = new_year(year)
        .zip(new_year(year + 1))
        .map_or(f64::NAN, |(start, end)| f64::from(date.days_since(start)) / f64::from(end.days_since(start)));
    let angle = std::f64::consts::TAU * place;
    (angle.cos(), angle.sin())
}
