//! The eight questions an analyst is asked, each with its answer in one sentence.

use super::risk::by_expected;
use crate::data::{Estimate, ModelQuality, Month, ReportData, Role};
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
    let most = match by_expected(rows).first() {
        Some((row, n)) if rows.len() > 1 => {
            let n = decimal(Some(*n), 0);
            fill(W.say_who_segment, &[("segment", &row.segment.name), ("n", &n)])
        }
        _ => String::new(),
    };
    fill(
        W.say_who,
        &[
            ("expected", &decimal(summary.expected_churners.value, 0)),
            ("eligible", &count(summary.states.eligible)),
            ("high", &count(bands.high.saturating_add(bands.critical))),
            ("most", &most),
        ],
    )
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
    if plan.contacted == 0 {
        return fill(W.say_contact_nobody, &[("plan", &plan.id)]);
    }
    let show = |value: Option<f64>| money_with_currency(value, &data.header.currency);
    let assumed = if plan.assumed { W.say_contact_assumed } else { "" };
    fill(
        W.say_contact,
        &[
            ("contacted", &count(plan.contacted)),
            ("plan", &plan.id),
            ("cost", &show(plan.cost)),
            ("gain", &show(plan.expected_gain)),
            ("assumed", assumed),
            ("held_out", &count(plan.held_out)),
        ],
    )
}

/// Models of the test in a role, with their ROC AUC.
pub(super) fn drawn_models(quality: &ModelQuality, role: Role) -> impl Iterator<Item = (&str, Estimate)> {
    let models = quality.models.iter().filter(move |model| model.role == role);
    models.map(|model| (model.name.as_str(), model.metrics.roc_auc))
}

/// What the test says: whether the model ranks better than every rule, by intervals, and whether its probabilities fit.
///
/// The ROC AUC is told as what it is, the share of pairs of one who left and one who stayed that are put in the right order
/// (Hanley & McNeil 1982, Radiology 143:29).
fn trust(data: &ReportData) -> String {
    let Some(quality) = &data.quality else { return W.say_trust_none.to_owned() };
    let rows = count(quality.rows);
    if quality.few_data {
        return fill(W.say_trust_few, &[("rows", &rows), ("churners", &count(quality.churners))]);
    }
    let Some((_, auc)) = drawn_models(quality, Role::Model).next() else { return W.say_trust_none.to_owned() };
    let of_hundred = |value: Option<f64>| decimal(value.map(|value| 100.0 * value), 0);
    let pairs = match interval(&auc, of_hundred) {
        Some(interval) => format!("{} ({interval})", of_hundred(auc.value)),
        None => of_hundred(auc.value),
    };
    let rival = drawn_models(quality, Role::Baseline)
        .filter_map(|(name, e)| Some((name, e.finite()?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    if let (Some((rival, other)), Some(own)) = (rival, auc.finite())
        && (own <= other || quality.beats_baselines == Some(false))
    {
        let other = of_hundred(Some(other));
        return fill(W.say_trust_no, &[("rows", &rows), ("pairs", &pairs), ("rival", rival), ("other", &other)]);
    }
    let of_model = quality.models.iter().find(|model| model.role == Role::Model);
    let slope = of_model.and_then(|model| model.metrics.calibration_slope.interval());
    let fits = slope.is_some_and(|(low, high)| (low..=high).contains(&1.0));
    fill(if fits { W.say_trust_yes } else { W.say_trust_ranking }, &[("rows", &rows), ("pairs", &pairs)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ObservedChurn, ScoredModel};

    fn month(as_of: &str, churned: u64, low: f64, high: f64) -> Month {
        let churn = ObservedChurn { customers: 1_000, churned, low: Some(low), high: Some(high) };
        Month { as_of: as_of.to_owned(), churn }
    }

    #[test]
    fn a_plan_that_contacts_nobody_says_so() {
        let mut data = crate::tests::full("plain");
        assert!(contact(&data).starts_with("The 500 customers of plan plain: contacting them costs 2,000"));
        if let Some(plan) = &mut data.plan {
            plan.contacted = 0;
        }
        assert!(contact(&data).starts_with("Nobody: by plan plain"));
        data.plan = None;
        assert!(contact(&data).starts_with("Nobody yet: run churn plan"));
    }

    #[test]
    fn trust_is_told_in_pairs_of_customers() {
        let mut data = crate::tests::full("plain");
        // The interval of the slope, 0.3 to 0.5, does not hold 1.
        assert!(
            trust(&data).starts_with("In the order, not the size") && trust(&data).contains("in 40 (30 to 50) of 100")
        );
        if let Some(quality) = &mut data.quality {
            let metrics = quality.models[0].metrics;
            quality.models.push(ScoredModel { name: "recency".to_owned(), role: Role::Baseline, metrics });
        }
        assert!(trust(&data).starts_with("With care") && trust(&data).contains("the simple rule recency with 40"));
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
