//! The statement: one row for each customer at each as-of date, one column for each feature.

use std::sync::Arc;

use feature_engineering::{Aggregate, Eligibility, Expression, Feature, Fitted, Label, Measure, Rows, Window};
use history::{AmountColumn, Date, Days, ExportSpec, TableSpec};

use crate::aggregate::Needs;
use crate::dialect::{DAY, Dialect};
use crate::expression::{Places, sql};
use crate::forecast::{self, Steps};
use crate::refusal::{Refusal, Refused};
use crate::tables::{Relation, Tables};
use crate::views::Views;

/// What is asked of an engine.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Whose SQL.
    pub dialect: Dialect,
    /// What the columns of the tables are called and mean.
    pub spec: &'a ExportSpec,
    /// Where the tables are.
    pub tables: &'a Tables,
    /// As-of dates; one row for each customer at each.
    pub dates: &'a [Date],
    /// How far back features look; without a limit where there is none.
    pub lookback: Option<Days>,
    /// Whose features.
    pub who: Who,
}

/// Whose features are computed.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// All who had bought at each date.
    Buyers,
    /// Those who were eligible at each date.
    Eligible(Eligibility),
}

/// The SELECT statement that computes some features: columns `customer_id` (text), `as_of` (date), and the features by their
/// names (doubles, NULL where missing).
///
/// # Errors
/// [`Refused`], with every feature and every setting of the project that has no SQL of the same meaning.
pub fn features(query: &Query<'_>, features: &[Arc<Feature>]) -> Result<String, Refused> {
    let mut refusals = of_project(query);
    let mut slots =
        Slots { query, needs: Needs::default(), measures: Vec::new(), attributes: Vec::new(), forecasts: Vec::new() };
    let mut columns = Vec::with_capacity(features.len());
    for feature in features {
        match lacks(query, &feature.definition).map_or_else(|| sql(&feature.definition, query.dialect, &mut slots), Err)
        {
            Ok(text) => {
                columns.push(format!(",\n  {} AS {}", query.dialect.double(&text), query.dialect.name(&feature.name)))
            }
            Err(why) => refusals.push(Refusal::new(&feature.name, why)),
        }
    }
    if !refusals.is_empty() {
        return Err(Refused(refusals));
    }
    Ok(slots.statement(&columns.concat()))
}

/// Places of measures and attributes among the columns of a customer.
struct Slots<'q> {
    query: &'q Query<'q>,
    needs: Needs,
    /// Each measure with its value.
    measures: Vec<(Measure, String)>,
    attributes: Vec<String>,
    forecasts: Vec<Steps>,
}

impl Places for Slots<'_> {
    fn measure(&mut self, measure: &Measure) -> Result<String, String> {
        if let Some(at) = self.measures.iter().position(|(known, _)| known == measure) {
            return Ok(format!("s.m{at}"));
        }
        let value = self.needs.measure(self.query.dialect, self.query.spec.transactions.returns, measure)?;
        self.measures.push((measure.clone(), value));
        Ok(format!("s.m{}", self.measures.len() - 1))
    }

    fn forecast(&mut self, fitted: &Fitted) -> Result<String, String> {
        let slot = |slots: &mut Self, aggregate| {
            slots.measure(&Measure { rows: Rows::Purchases, filter: Vec::new(), window: Window::AllTime, aggregate })
        };
        let days = slot(self, Aggregate::Distinct(Label::Day))?;
        let first = slot(self, Aggregate::DaysSinceFirst)?;
        let last = slot(self, Aggregate::DaysSinceLast)?;
        let at = self.forecasts.len();
        self.forecasts.push(forecast::steps(fitted, &format!("f{at}"), [&days, &first, &last])?);
        Ok(format!("s.f{at}"))
    }

    fn attribute(&mut self, column: &str) -> Result<String, String> {
        let at = self.attributes.iter().position(|known| known == column).unwrap_or_else(|| {
            self.attributes.push(column.to_owned());
            self.attributes.len() - 1
        });
        Ok(format!("s.x{at}"))
    }
}

impl Slots<'_> {
    fn statement(&self, columns: &str) -> String {
        let zone = self.query.spec.timezone.iana_name().unwrap_or("UTC");
        let views = Views { query: self.query, needs: &self.needs, zone, attributes: &self.attributes };
        let mut expressions = views.expressions();
        expressions.extend(self.needs.groups.expressions());
        expressions.push(("churn_base".to_owned(), self.base()));
        expressions.push(("churn_slots".to_owned(), self.slots()));
        let mut last = "churn_slots".to_owned();
        for (number, step) in self.forecasts.iter().flat_map(|steps| &steps.columns).enumerate() {
            let columns: String = step.iter().map(|(value, name)| format!(",\n    {value} AS {name}")).collect();
            expressions.push((format!("churn_forecast_{number}"), format!("SELECT s.*{columns}\n  FROM {last} s")));
            last = format!("churn_forecast_{number}");
        }
        let with: Vec<String> = expressions.iter().map(|(name, text)| self.query.dialect.with(name, text)).collect();
        format!(
            "WITH {}\nSELECT s.c AS customer_id, s.as_of{columns}\nFROM {last} s JOIN churn_dates d ON d.as_of = s.as_of",
            with.join(",\n")
        )
    }

    /// The customers of each date.
    fn base(&self) -> String {
        let group = "SELECT as_of, e, c FROM churn_purchases GROUP BY as_of, e, c";
        match self.query.who {
            Who::Buyers => group.to_owned(),
            Who::Eligible(eligibility) => {
                format!("{group}\n  HAVING MAX(t) >= e - {}", i64::from(eligibility.active_within.get()) * DAY)
            }
        }
    }

    /// The values of all measures, and what else expressions read.
    fn slots(&self) -> String {
        let mut text = String::from("SELECT b.as_of, b.c, f.h");
        let of_customers = self.query.tables.customers.is_some();
        text.push_str(if of_customers {
            ", p.signup_day, p.contract_end"
        } else {
            ", CAST(NULL AS BIGINT) AS signup_day, CAST(NULL AS BIGINT) AS contract_end"
        });
        for at in 0..self.attributes.len() {
            text.push_str(&format!(", p.x{at}"));
        }
        for (at, (_, value)) in self.measures.iter().enumerate() {
            text.push_str(&format!(",\n    {value} AS m{at}"));
        }
        text.push_str("\n  FROM churn_base b\n  JOIN churn_facts f ON f.as_of = b.as_of");
        if of_customers {
            text.push_str("\n  LEFT JOIN churn_customers p ON p.c = b.c");
        }
        text.push_str(&self.needs.groups.joins());
        text
    }
}

/// The table that a feature looks at and the query does not have.
fn lacks(query: &Query<'_>, definition: &Expression) -> Option<String> {
    let tables = query.tables;
    let (events, offers) = (
        query.spec.events.is_some() && tables.events.is_some(),
        query.spec.offers.is_some() && tables.offers.is_some(),
    );
    let customers = query.spec.customers.is_some() && tables.customers.is_some();
    let needs = |table: &str| Some(format!("needs the table [{table}], which is not there"));
    let lacks = |of: &dyn Fn(&Expression) -> bool| definition.any(of);
    if !events && lacks(&|part| matches!(part, Expression::Measure(Measure { rows: Rows::Events(_), .. }))) {
        return needs("events");
    }
    if !offers && lacks(&|part| matches!(part, Expression::Measure(Measure { rows: Rows::Offers, .. }))) {
        return needs("offers");
    }
    let of_customer = |part: &Expression| match part {
        Expression::Customer(_) => true,
        Expression::Measure(measure) => matches!(measure.aggregate, Aggregate::NoneAfterSignup(_)),
        _ => false,
    };
    if !customers && lacks(&of_customer) {
        return needs("customers");
    }
    None
}

/// What the project file says of its files and cannot be said of an engine's tables.
fn of_project(query: &Query<'_>) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut refuse = |what: &str, why: &str| found.push(Refusal::new(what, why));
    let spec = query.spec;
    if matches!(spec.transactions.amount, AmountColumn::Product { .. }) {
        refuse("unit_price", "an engine's table must have the amount itself: make a column of it");
    }
    if spec.transactions.rules.cancelled_prefix.is_some() {
        refuse("cancelled_prefix", "cancelled orders must be negative amounts in an engine's table");
    }
    if spec.timezone.iana_name().is_none() {
        refuse("timezone", "expected a time zone with a name, such as \"Europe/Bucharest\"");
    }
    if query.dates.is_empty() {
        refuse("as-of dates", "expected one at least");
    }
    if let Who::Eligible(Eligibility { excludes_departed: true, .. }) = query.who {
        refuse("churn", "where churn is a departure, who is eligible is not computed by an engine yet");
    }
    let tables: [(&str, Option<&TableSpec>, Option<&Relation>); 4] = [
        ("transactions", Some(&spec.transactions.table), Some(&query.tables.transactions.relation)),
        (
            "customers",
            spec.customers.as_ref().map(|of| &of.table),
            query.tables.customers.as_ref().map(|of| &of.relation),
        ),
        ("events", spec.events.as_ref().map(|of| &of.table), query.tables.events.as_ref().map(|of| &of.relation)),
        ("offers", spec.offers.as_ref().map(|of| &of.table), query.tables.offers.as_ref().map(|of| &of.relation)),
    ];
    for (name, table, relation) in tables {
        let (Some(table), Some(relation)) = (table, relation) else { continue };
        if !table.ids.is_none() {
            refuse(name, "normalize_ids is not done by an engine: its ids must be written in one way");
        }
        if table.date_format.is_some() || table.decimal != b'.' || table.thousands.is_some() {
            refuse(name, "date_format, decimal and thousands are of text files: an engine's columns must have types");
        }
        if query.dialect == Dialect::Postgres && matches!(relation, Relation::Parquet(_)) {
            refuse(name, "PostgreSQL reads no Parquet files: expected the name of a table");
        }
    }
    found
}
