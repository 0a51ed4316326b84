//! A measure as SQL: aggregates of rows, and what is made of them for each customer.

use feature_engineering::{Aggregate, Column, Condition, Label, Measure, Rows, Window};
use history::Returns;

use crate::dialect::{DAY, Dialect, number};
use crate::groups::Groups;
use crate::rows::{Asked, Source, is_of_kinds, kind};

/// Complaints and tickets of this channel are handled by a third party, which has three working days.
const THIRD_PARTY: &str = "third_party";
const THIRD_PARTY_WORKING_DAYS: u16 = 3;

/// What the views must have beyond their usual columns, and the aggregates that are computed.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    pub(crate) groups: Groups,
    /// Kinds of which the next event after each is looked for: `next0`, `next1`.
    pub(crate) answers: Vec<String>,
    /// Sets of kinds of which it must be known whether one was ever recorded: `k0`, `k1`; no kinds are all.
    pub(crate) recorded: Vec<Vec<String>>,
    /// Views whose rows need to know when the customer signed up.
    pub(crate) signup: Vec<Source>,
    /// Whether working days are counted.
    pub(crate) working_days: bool,
}

impl Needs {
    /// The value of a measure for each customer, as an expression over the aggregates and what is known at the date.
    pub(crate) fn measure(
        &mut self,
        dialect: Dialect,
        returns: Returns,
        measure: &Measure,
    ) -> Result<String, &'static str> {
        refuse_gaps_of_some(measure)?;
        let asked = Asked { rows: &measure.rows, returns, dialect };
        let value = self.aggregate(&asked, measure);
        let Rows::Events(kinds) = &measure.rows else { return Ok(value) };
        // Where nothing of the kind had been recorded, that nothing is there says nothing.
        let mut known = vec![self.recorded(kinds.clone())];
        if let Aggregate::Unanswered(answer, _) = &measure.aggregate {
            known.push(self.recorded(vec![answer.clone()]));
        }
        Ok(format!("CASE WHEN {} THEN {value} END", known.join(" AND ")))
    }

    fn recorded(&mut self, mut kinds: Vec<String>) -> String {
        kinds.iter_mut().for_each(|text| *text = kind(text).to_owned());
        kinds.sort_unstable();
        kinds.dedup();
        let at = self.recorded.iter().position(|known| *known == kinds).unwrap_or_else(|| {
            self.recorded.push(kinds);
            self.recorded.len() - 1
        });
        format!("f.k{at} = 1")
    }

    fn aggregate(&mut self, asked: &Asked<'_>, measure: &Measure) -> String {
        let dialect = asked.dialect;
        let source = Source::of(&measure.rows);
        let mut all = asked.conditions();
        all.extend(measure.filter.iter().map(|condition| asked.condition(condition)));
        let of_filter = all.clone();
        all.extend(within(measure.window));
        let condition = all.join(" AND ");
        let when = |value: &str| {
            if condition.is_empty() { value.to_owned() } else { format!("CASE WHEN {condition} THEN {value} END") }
        };
        let also = |further: &str| {
            let and = if condition.is_empty() { String::new() } else { format!("{condition} AND ") };
            format!("COUNT(CASE WHEN {and}{further} THEN 1 END)")
        };
        let count = || if condition.is_empty() { "COUNT(*)".to_owned() } else { format!("COUNT({})", when("1")) };
        let mut rows = |aggregate: String| self.groups.of_rows(source, aggregate);
        let counted = |column: String| dialect.double(&format!("COALESCE({column}, 0)"));
        let units = |column: &str| format!("{} / 1E4", dialect.double(column));
        match &measure.aggregate {
            Aggregate::Count => counted(rows(count())),
            Aggregate::Sum(column) => match asked.exact(*column) {
                Some(exact) => units(&format!("COALESCE({}, 0)", rows(format!("SUM({})", when(&exact))))),
                None => format!("COALESCE({}, 0E0)", rows(format!("SUM({})", when(&asked.double(*column))))),
            },
            Aggregate::Mean(column) => match asked.exact(*column) {
                Some(exact) => {
                    let sum = rows(format!("SUM({})", when(&exact)));
                    format!("{} / NULLIF({}, 0)", units(&sum), rows(count()))
                }
                None => rows(format!("AVG({})", when(&asked.double(*column)))),
            },
            Aggregate::Std(column) => {
                let value = when(&asked.double(*column));
                rows(format!("CASE WHEN COUNT({value}) > 1 THEN STDDEV_SAMP({value}) END"))
            }
            Aggregate::Median(column) => rows(dialect.median(&when(&asked.double(*column)))),
            Aggregate::Min(column) => rows(format!("MIN({})", when(&asked.double(*column)))),
            Aggregate::Max(column) => rows(format!("MAX({})", when(&asked.double(*column)))),
            Aggregate::First(column) => rows(dialect.of_oldest(&condition, &asked.double(*column), false)),
            Aggregate::Last(column) => rows(dialect.of_oldest(&condition, &asked.double(*column), true)),
            Aggregate::DaysSinceFirst => days_before(dialect, &rows(format!("MIN({})", when("t")))),
            Aggregate::DaysSinceLast => days_before(dialect, &rows(format!("MAX({})", when("t")))),
            Aggregate::Distinct(label) => {
                let of_label = |[n]: [String; 1]| format!("COUNT(CASE WHEN {n} > 0 THEN 1 END)");
                counted(self.groups.of_labels(source, asked.label(*label), [count()], of_label))
            }
            Aggregate::TopShare(label) => {
                let of_label =
                    |[n]: [String; 1]| format!("{} / NULLIF(SUM({n}), 0)", dialect.double(&format!("MAX({n})")));
                self.groups.of_labels(source, asked.label(*label), [count()], of_label)
            }
            Aggregate::Concentration(label, column) => {
                let exact = asked.exact(*column).unwrap_or_else(|| dialect.ten_thousandths(&asked.double(*column)));
                let of_label = |[sum]: [String; 1]| {
                    let sum = units(&format!("COALESCE({sum}, 0)"));
                    format!("CASE WHEN SUM({sum}) > 0E0 THEN SUM(({sum}) * ({sum})) / (SUM({sum}) * SUM({sum})) END")
                };
                let sum = format!("SUM({})", when(&exact));
                self.groups.of_labels(source, asked.label(*label), [sum], of_label)
            }
            Aggregate::Open => counted(rows(also("(resolved IS NULL OR resolved >= e)"))),
            Aggregate::Late(promised) => {
                self.working_days = true;
                let late = format!(
                    "GREATEST(worked, 0) >= CASE WHEN channel = '{THIRD_PARTY}' THEN {THIRD_PARTY_WORKING_DAYS} ELSE {promised} END"
                );
                counted(self.groups.of_rows(source, also(&late)))
            }
            Aggregate::Unanswered(answer, days) => {
                let answer = kind(answer).to_owned();
                let at = self.answers.iter().position(|known| *known == answer).unwrap_or_else(|| {
                    self.answers.push(answer);
                    self.answers.len() - 1
                });
                let within = i64::from(*days) * DAY;
                let unanswered = format!("t + {within} <= e AND (next{at} IS NULL OR next{at} >= t + {within})");
                counted(self.groups.of_rows(source, also(&unanswered)))
            }
            Aggregate::NoneAfterSignup(days) => {
                if !self.signup.contains(&source) {
                    self.signup.push(source);
                }
                let within = i64::from(*days) * DAY;
                let mut soon = of_filter;
                soon.push(format!("t >= signup AND t < signup + {within}"));
                let soon = self.groups.of_rows(source, format!("COUNT(CASE WHEN {} THEN 1 END)", soon.join(" AND ")));
                let from = "f.e - f.h * 86400000000";
                format!(
                    "CASE WHEN p.signup < f.e AND p.signup >= {from} THEN CASE WHEN p.signup + {within} <= f.e AND COALESCE({soon}, 0) = 0 THEN 1E0 ELSE 0E0 END END"
                )
            }
        }
    }
}

/// The next event of a kind at or after each event.
pub(crate) fn next(dialect: Dialect, answer: &str) -> String {
    let is_answer = is_of_kinds(dialect, std::slice::from_ref(&answer.to_owned()));
    format!(
        "MIN(CASE WHEN {is_answer} THEN t END) OVER (PARTITION BY as_of, c ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
    )
}

fn days_before(dialect: Dialect, moment: &str) -> String {
    format!("{} / {}", dialect.double(&format!("(f.e - {moment})")), number(DAY as f64))
}

/// Conditions on the moment of a row: half-open, before the as-of date `e`.
fn within(window: Window) -> Vec<String> {
    match window {
        Window::AllTime => Vec::new(),
        Window::Days { from, to } => {
            let before = |days: u16| i64::from(days) * DAY;
            let mut all = vec![format!("t >= e - {}", before(from))];
            if to > 0 {
                all.push(format!("t < e - {}", before(to)));
            }
            all
        }
    }
}

/// Of several purchases at one moment, nothing says which of them came after the pause: gaps can be looked at together, and by
/// their moments, but not by anything else that tells the purchases of a moment apart.
fn refuse_gaps_of_some(measure: &Measure) -> Result<(), &'static str> {
    const WHY: &str = "of purchases at one moment nothing says which came after the gap, so gaps cannot be told apart by anything else";
    let by_moment = |condition: &&Condition| match condition {
        Condition::Weekend => true,
        Condition::Is(label, _) | Condition::IsNot(label, _) => matches!(label, Label::Day | Label::Weekday),
        Condition::AtLeast(column, _) | Condition::Below(column, _) => *column == Column::Gap,
    };
    let is_gap = |condition: &Condition| {
        matches!(condition, Condition::AtLeast(Column::Gap, _) | Condition::Below(Column::Gap, _))
    };
    let aggregated = match &measure.aggregate {
        Aggregate::Sum(c) | Aggregate::Mean(c) | Aggregate::Std(c) | Aggregate::Median(c) => Some(*c),
        Aggregate::Min(c) | Aggregate::Max(c) | Aggregate::First(c) | Aggregate::Last(c) => Some(*c),
        Aggregate::Concentration(_, c) => Some(*c),
        _ => None,
    };
    let label = match &measure.aggregate {
        Aggregate::Distinct(l) | Aggregate::TopShare(l) | Aggregate::Concentration(l, _) => Some(*l),
        _ => None,
    };
    let of_gap = aggregated == Some(Column::Gap) || measure.filter.iter().any(is_gap);
    if !of_gap {
        return Ok(());
    }
    let others = measure.filter.iter().filter(|condition| !by_moment(condition)).count();
    let label_of_moment = label.is_none_or(|label| matches!(label, Label::Day | Label::Weekday));
    if others > 0 || aggregated.is_some_and(|column| column != Column::Gap) || !label_of_moment {
        return Err(WHY);
    }
    Ok(())
}
