//! The eight questions an analyst is asked, each with its answer in one sentence.

use maud::{Markup, html};

use super::risk::by_expected;
use crate::data::{Estimate, Metrics, Month, ReportData, Role};
use crate::number::{count, decimal, interval, money_with_currency, percent};
use crate::text::fill;
use crate::view::{Group, Row};
use crate::words::W;

/// Months that a rate is compared over.
const A_YEAR: usize = 12;
/// Segments that are named.
const MOST_NAMED: usize = 3;

/// The answers, each to stand in its section as well.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) period: String,
    pub(crate) worse: String,
    pub(crate) cost: String,
    pub(crate) who: String,
    pub(crate) why: String,
    pub(crate) segments: String,
    pub(crate) contact: String,
    pub(crate) trust: String,
}

impl Answers {
    /// The answers of a report; `rows` are its segments as they are shown.
    pub(crate) fn of(data: &ReportData, rows: &[Row<'_>]) -> Self {
        Self {
            period: period(data),
            worse: worse(&data.months),
            cost: cost(data),
            who: who(data, rows),
            why: why(data),
            segments: segments(rows),
            contact: contact(data),
            trust: trust(data),
        }
    }

    /// Each question with its answer and the section that shows it.
    pub(crate) fn list(&self) -> [(&'static str, &str, &'static str); 8] {
        [
            (W.ask_period, &self.period, "period"),
            (W.ask_worse, &self.worse, "churn"),
            (W.ask_cost, &self.cost, "cost"),
            (W.ask_who, &self.who, "who"),
            (W.ask_why, &self.why, "why"),
            (W.ask_segments, &self.segments, "map"),
            (W.ask_contact, &self.contact, "plan"),
            (W.ask_trust, &self.trust, "quality"),
        ]
    }
}

/// The questions as a list of contents.
pub(super) fn nav(answers: &Answers) -> Markup {
    html! {
        nav.questions.card aria-labelledby="questions-h" {
            h2 id="questions-h" { (W.questions_heading) }
            ol {
                @for (question, answer, section) in answers.list() {
                    li { a href={ "#" (section) } { (question) } p { (answer) } }
                }
            }
        }
    }
}

fn period(data: &ReportData) -> String {
    let horizon = data.header.horizon_days.to_string();
    match &data.gaps {
        Some(gaps) => fill(
            W.say_period,
            &[
                ("days", &gaps.nine_in_ten_days.to_string()),
                ("horizon", &horizon),
                ("share", &percent(Some(gaps.within_horizon))),
            ],
        ),
        None => fill(W.say_no_period, &[("horizon", &horizon)]),
    }
}

/// The last known rate against that of a year before, or the oldest one.
fn worse(months: &[Month]) -> String {
    let known: Vec<&Month> = months.iter().filter(|month| month.churn.rate().is_some()).collect();
    let Some(last) = known.last() else { return W.say_worse_none.to_owned() };
    let rate = |month: &Month| percent(month.churn.rate());
    let Some(earlier) = known.len().checked_sub(2).map(|_| known[known.len().saturating_sub(A_YEAR + 1)]) else {
        return fill(W.say_worse_one, &[("date", &last.as_of), ("last", &rate(last))]);
    };
    let template = match (earlier.churn.interval(), last.churn.interval()) {
        (Some((_, high)), Some((low, _))) if low > high => W.say_worse_up,
        (Some((low, _)), Some((_, high))) if high < low => W.say_worse_down,
        _ => W.say_worse_same,
    };
    fill(
        template,
        &[("last", &rate(last)), ("date", &last.as_of), ("before", &rate(earlier)), ("earlier", &earlier.as_of)],
    )
}

fn cost(data: &ReportData) -> String {
    let at_risk = &data.summary.value_at_risk;
    let Some(value) = at_risk.finite() else { return W.say_cost_none.to_owned() };
    let currency = &data.header.currency;
    let show = |value: Option<f64>| money_with_currency(value, currency);
    let interval = interval(at_risk, show)
        .map_or_else(String::new, |interval| fill(W.say_cost_interval, &[("interval", &interval)]));
    fill(
        W.say_cost,
        &[("risk", &show(Some(value))), ("horizon", &data.header.horizon_days.to_string()), ("interval", &interval)],
    )
}

fn who(data: &ReportData, rows: &[Row<'_>]) -> String {
    let summary = &data.summary;
    let bands = &summary.bands;
    let text = fill(
        W.say_who,
        &[
            ("expected", &decimal(summary.expected_churners.value, 0)),
            ("eligible", &count(summary.states.eligible)),
            ("high", &count(bands.high.saturating_add(bands.critical))),
        ],
    );
    match by_expected(rows).first() {
        Some((row, n)) if rows.len() > 1 => {
            let n = decimal(Some(*n), 0);
            format!("{text} {}", fill(W.say_who_segment, &[("segment", &row.segment.name), ("n", &n)]))
        }
        _ => text,
    }
}

fn why(data: &ReportData) -> String {
    let Some(first) = data.reasons.rows.first().filter(|_| data.reasons.customers > 0) else {
        return W.say_why_none.to_owned();
    };
    let share = first.customers as f64 / data.reasons.customers as f64;
    fill(
        W.say_why,
        &[
            ("customers", &count(data.reasons.customers)),
            ("n", &count(first.customers)),
            ("share", &percent(Some(share))),
            ("reason", &first.reason),
        ],
    )
}

fn segments(rows: &[Row<'_>]) -> String {
    if rows.iter().all(|row| row.group.is_none()) {
        return W.say_segments_unknown.to_owned();
    }
    let names: Vec<&str> =
        rows.iter().filter(|row| row.group == Some(Group::Save)).map(|row| row.segment.name.as_str()).collect();
    if names.is_empty() {
        return W.say_segments_none.to_owned();
    }
    let shown = names[..names.len().min(MOST_NAMED)].join("; ");
    let more = names.len() - names.len().min(MOST_NAMED);
    let shown = match more {
        0 => shown,
        more => fill(W.say_segments_more, &[("names", &shown), ("n", &more.to_string())]),
    };
    fill(W.say_segments, &[("names", &shown)])
}

fn contact(data: &ReportData) -> String {
    let Some(plan) = &data.plan else { return W.say_contact_none.to_owned() };
    let show = |value: Option<f64>| money_with_currency(value, &data.header.currency);
    let text = fill(
        W.say_contact,
        &[
            ("contacted", &count(plan.contacted)),
            ("plan", &plan.id),
            ("cost", &show(plan.cost)),
            ("gain", &show(plan.expected_gain)),
            ("held_out", &count(plan.held_out)),
        ],
    );
    if plan.assumed { format!("{text} {}", W.say_contact_assumed) } else { text }
}

/// What the test says: whether the model ranks better than every rule, by intervals, and whether its probabilities fit.
fn trust(data: &ReportData) -> String {
    let Some(quality) = &data.quality else { return W.say_trust_none.to_owned() };
    let rows = count(quality.rows);
    if quality.few_data {
        return fill(W.say_trust_few, &[("rows", &rows), ("churners", &count(quality.churners))]);
    }
    let of = |get: fn(&Metrics) -> Estimate, role: Role| {
        quality.models.iter().filter(move |model| model.role == role).map(move |model| (model, get(&model.metrics)))
    };
    let Some((_, auc)) = of(|m| m.roc_auc, Role::Model).next() else { return W.say_trust_none.to_owned() };
    let shown = |e: &Estimate| match interval(e, |v| decimal(v, 3)) {
        Some(interval) => format!("{} ({interval})", decimal(e.value, 3)),
        None => decimal(e.value, 3),
    };
    let rival = of(|m| m.roc_auc, Role::Baseline)
        .filter_map(|(model, e)| Some((model, e, e.finite()?)))
        .max_by(|a, b| a.2.total_cmp(&b.2));
    if let (Some((rival, other, value)), Some(own)) = (rival, auc.finite())
        && (own <= value || quality.beats_baselines == Some(false))
    {
        return fill(
            W.say_trust_no,
            &[("rows", &rows), ("auc", &shown(&auc)), ("rival", &rival.name), ("other", &decimal(other.value, 3))],
        );
    }
    let slope = of(|m| m.calibration_slope, Role::Model).next().map_or_else(Estimate::default, |(_, slope)| slope);
    let fits = slope.interval().is_some_and(|(low, high)| (low..=high).contains(&1.0));
    let template = if fits { W.say_trust_yes } else { W.say_trust_ranking };
    let slope = match interval(&slope, |v| decimal(v, 2)) {
        Some(interval) => format!("{} ({interval})", decimal(slope.value, 2)),
        None => decimal(slope.value, 2),
    };
    fill(template, &[("rows", &rows), ("auc", &shown(&auc)), ("slope", &slope)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ObservedChurn;

    fn month(as_of: &str, churned: u64, low: f64, high: f64) -> Month {
        let churn = ObservedChurn { customers: 1_000, churned, low: Some(low), high: Some(high) };
        Month { as_of: as_of.to_owned(), churn }
    }

    #[test]
    fn a_rate_is_compared_with_that_of_a_year_before() {
        let months: Vec<Month> = (0..20).map(|at| month(&format!("m{at}"), 100 + at, 0.0, 1.0)).collect();
        let said = worse(&months);
        assert!(said.contains("m19") && said.contains("m7") && said.starts_with("Not clearly"), "{said}");
        let up = [month("a", 100, 0.08, 0.12), month("b", 200, 0.17, 0.23)];
        assert!(worse(&up).starts_with("Yes"));
        let down = [month("a", 200, 0.17, 0.23), month("b", 100, 0.08, 0.12)];
        assert!(worse(&down).contains("getting better"));
        assert!(worse(&up[..1]).contains("one period") && worse(&[]) == W.say_worse_none);
    }
}
