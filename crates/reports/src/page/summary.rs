//! The head of the page and the first screen.

use maud::{Markup, html};

use crate::data::{BandCounts, Estimate, ReportData};
use crate::number::{self, MISSING, count, decimal, money_with_currency, percent};
use crate::text::{T, fill};
use crate::view::Row;
use crate::words::W;

use super::questions::Answers;
use super::{glance, since};

/// Name of the project and what was scored.
pub(super) fn header(data: &ReportData) -> Markup {
    let header = &data.header;
    let days = header.horizon_days.to_string();
    let horizon = if header.lead_days == 0 {
        fill(T.days, &[("n", &days)])
    } else {
        fill(T.days_after_lead, &[("n", &days), ("lead", &header.lead_days.to_string())])
    };
    let facts = [
        (T.as_of, header.as_of.as_str()),
        (T.horizon, horizon.as_str()),
        (T.churn_means, header.churn_definition.as_str()),
        (T.model_version, header.model_version.as_str()),
        (T.currency, header.currency.as_str()),
    ];
    html! {
        header {
            p.kicker { (T.report_name) }
            h1 { (header.project) }
            dl.facts { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
        }
    }
}

/// The first screen: what is at stake, what has changed, and the eight questions.
pub(super) fn section(data: &ReportData, rows: &[Row<'_>], answers: &Answers) -> Markup {
    let summary = &data.summary;
    let states = &summary.states;
    let currency = &data.header.currency;
    html! {
        div.tiles {
            (tile(T.value_at_risk, &summary.value_at_risk, |v| money_with_currency(v, currency)))
            div.tile {
                p.label { (W.since_tile) }
                @match since::at_risk(data) {
                    Some((change, from)) => { p.value { (change) } p.interval { (from) } },
                    None => { p.value { (MISSING) } p.interval { (W.since_none) } },
                }
            }
            (tile(T.expected_churners, &summary.expected_churners, |v| decimal(v, 0)))
            (tile(T.mean_probability, &summary.churn_probability, percent))
            div.tile {
                p.label { (T.customers_by_state) }
                p.value { (count(states.eligible)) }
                p.interval { (T.state_eligible) }
                p.states {
                    span { b { (count(states.lapsed)) } " " (T.state_lapsed) }
                    span { b { (count(states.new)) } " " (T.state_new) }
                }
            }
        }
        @if let Some(change) = since::in_short(data) { p.since { (change) } }
        (glance::questions(data, rows, answers))
    }
}

/// What to know before the numbers are used: warnings, risk bands, what the test says.
pub(super) fn reading(data: &ReportData) -> Markup {
    let summary = &data.summary;
    html! {
        @if !summary.warnings.is_empty() {
            div.warnings {
                h3 { (T.warnings_heading) }
                ul { @for warning in &summary.warnings { li { (code_last(warning)) } } }
            }
        }
        div.pair {
            div { (bands(&summary.bands, &summary.band_rule)) }
            div {
                h3 { (T.verdict_heading) }
                @if summary.verdict.is_empty() { p.note { (T.no_verdict) } }
                @else { ul.verdict { @for line in &summary.verdict { li { (line) } } } }
            }
        }
    }
}

/// A warning with its code behind it: people read the sentence, whoever looks it up in the documentation needs the code.
fn code_last(warning: &str) -> String {
    match warning.split_once(": ") {
        Some((code, sentence)) if code.contains('_') && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
            format!("{sentence} [{code}]")
        }
        _ => warning.to_owned(),
    }
}

fn tile(label: &str, estimate: &Estimate, show: impl Fn(Option<f64>) -> String) -> Markup {
    let interval = estimate.finite().and_then(|_| number::interval(estimate, &show));
    html! {
        div.tile {
            p.label { (label) }
            p.value { (show(estimate.value)) }
            @if let Some(interval) = interval { p.interval { (fill(T.interval_95, &[("interval", &interval)])) } }
        }
    }
}

fn bands(bands: &BandCounts, rule: &str) -> Markup {
    let total = bands.total();
    let rows = [
        ("low", T.band_low, bands.low),
        ("medium", T.band_medium, bands.medium),
        ("high", T.band_high, bands.high),
        ("critical", T.band_critical, bands.critical),
    ];
    html! {
        h3 { (T.bands_heading) }
        table.bands {
            caption.hidden { (T.bands_heading) }
            thead.hidden { tr {
                th scope="col" { (T.band) }
                th scope="col" { (T.share) }
                th scope="col" { (T.customers) }
                th scope="col" { (T.share) }
            } }
            tbody {
                @for (class, name, n) in rows {
                    @let share = (total > 0).then(|| n as f64 / total as f64);
                    tr {
                        th scope="row" { (name) }
                        td.bar aria-hidden="true" {
                            span class=(class) style={ "width:" (format!("{:.1}", share.unwrap_or(0.0) * 100.0)) "%" } {}
                        }
                        td.n { (count(n)) }
                        td.n { (percent(share)) }
                    }
                }
            }
        }
        @if !rule.is_empty() { p.note { (rule) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_begins_with_its_sentence() {
        assert_eq!(code_last("constant_feature: Left out: lines."), "Left out: lines. [constant_feature]");
        for other in ["[offers]: 3 rows are not learnt from", "North: few customers", "No code."] {
            assert_eq!(code_last(other), other);
        }
    }
}
