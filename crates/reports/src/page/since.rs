//! What has changed since another run, and what the monitor said.

use maud::{Markup, html};

use super::{Column, cell, number_column, table, text_column};
use crate::data::{ChangedFigure, MonitorSummary, ReportData, RunComparison};
use crate::number::{count, decimal, money, percent};

pub(super) const COMPARE_HEADING: &str = "Since the other run";
pub(super) const MONITOR_HEADING: &str = "Drift: the watch on the model";
/// Features that are shown.
const MOST_FEATURES: usize = 25;

/// One sentence for the summary; none without another run.
pub(super) fn in_short(data: &ReportData) -> Option<String> {
    let compared = data.compare.as_ref()?;
    let find = |name: &str| compared.figures.iter().find(|figure| figure.figure == name);
    let change = |name: &str, show: &dyn Fn(Option<f64>) -> String| {
        let figure = find(name)?;
        let (before, now) = (figure.before?, figure.now?);
        let word = if now > before { "up" } else { "down" };
        Some(if before == now {
            format!("unchanged at {}", show(Some(now)))
        } else {
            format!("{word} from {} to {}", show(Some(before)), show(Some(now)))
        })
    };
    let parts = [
        change("value_at_risk", &money).map(|text| format!("value at risk {text} {}", data.header.currency)),
        change("expected_churners", &|v| decimal(v, 0)).map(|text| format!("expected churners {text}")),
        change("churn_probability", &percent).map(|text| format!("mean probability {text}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let model = if compared.model == compared.model_before { "" } else { "; another model scored" };
    (!parts.is_empty()).then(|| format!("Since {}: {}{model}.", compared.as_of_before, parts.join(", ")))
}

/// Two runs side by side.
pub(super) fn compare(compared: &RunComparison, currency: &str) -> Markup {
    let columns = [text_column("Figure"), number_column("Before"), number_column("Now"), number_column("Change")];
    let rows: Vec<Vec<Markup>> = compared.figures.iter().map(|figure| row_of(figure, currency)).collect();
    html! {
        p { "As of " (compared.as_of) ", model " (compared.model) ", beside the run as of " (compared.as_of_before) ", model " (compared.model_before) "." }
        @for note in &compared.notes { p.note { (note) } }
        (table("Figures of both runs", &columns, &rows))
        @if let Some(band) = &compared.high_band {
            h3 { "Who entered and left the high band" }
            p {
                b { (count(band.rose + band.came)) } " customers entered the high band (a churn probability of high or critical), "
                b { (count(band.fell + band.went)) } " left it. They are listed in report-compare.csv."
            }
            (table("The high band", &[text_column("Customers"), number_column("Number")], &[
                vec![cell("in it before"), cell(count(band.before()))],
                vec![cell("in it in both runs"), cell(count(band.stayed))],
                vec![cell("entered: scored before, risk rose"), cell(count(band.rose))],
                vec![cell("entered: not scored before"), cell(count(band.came))],
                vec![cell("left: risk fell"), cell(count(band.fell))],
                vec![cell("left: no longer scored (lapsed or left)"), cell(count(band.went))],
                vec![cell("in it now"), cell(count(band.now()))],
            ]))
        }
        @if !compared.segments.is_empty() { (segments(compared, currency)) }
        @if !compared.why.is_empty() {
            h3 { "Why the mean probability moved" }
            (table("Parts of the change, which add up", &[text_column("Part"), number_column("Points")], &compared.why.iter().map(|part| {
                let name = match part.part.as_str() {
                    "leaving" => "customers who are no longer scored",
                    "data" => "what the same customers did",
                    "model" => "the other model, for the same customers",
                    "entering" => "customers who were not scored before",
                    other => other,
                };
                vec![cell(name), cell(signed(100.0 * part.change, 2))]
            }).collect::<Vec<_>>()))
        }
    }
}

fn row_of(figure: &ChangedFigure, currency: &str) -> Vec<Markup> {
    let (name, show): (String, fn(Option<f64>) -> String) = match figure.figure.as_str() {
        "eligible" => ("Scored customers".to_owned(), |v| decimal(v, 0)),
        "high_band" => ("Customers in the high band".to_owned(), |v| decimal(v, 0)),
        "expected_churners" => ("Expected churners".to_owned(), |v| decimal(v, 0)),
        "churn_probability" => ("Mean churn probability".to_owned(), percent),
        "value_at_risk" => (format!("Value at risk, {currency}"), money),
        other => (other.to_owned(), |v| decimal(v, 2)),
    };
    let change = match (figure.before, figure.now) {
        (Some(before), Some(now)) if before.abs() > 0.0 => format!("{} %", signed(100.0 * (now / before - 1.0), 1)),
        _ => crate::number::MISSING.to_owned(),
    };
    vec![cell(name), cell(show(figure.before)), cell(show(figure.now)), cell(change)]
}

/// A number with its sign, a true minus included.
fn signed(value: f64, decimals: usize) -> String {
    let text = decimal(Some(value), decimals);
    if value > 0.0 { format!("+{text}") } else { text }
}

fn segments(compared: &RunComparison, currency: &str) -> Markup {
    let columns = [
        Column("Segment", false),
        number_column("Customers before"),
        number_column("Customers now"),
        number_column("Probability before"),
        number_column("Probability now"),
        number_column("Value at risk before"),
        number_column("Value at risk now"),
    ];
    let rows: Vec<Vec<Markup>> = compared
        .segments
        .iter()
        .map(|row| {
            let figures = if row.withheld {
                vec![cell("too few"); 6]
            } else {
                vec![
                    cell(count(row.customers_before)),
                    cell(count(row.customers)),
                    cell(percent(row.probability_before)),
                    cell(percent(row.probability)),
                    cell(money(row.value_at_risk_before)),
                    cell(money(row.value_at_risk)),
                ]
            };
            std::iter::once(cell(row.segment.as_deref().unwrap_or("not known"))).chain(figures).collect()
        })
        .collect();
    html! {
        h3 { "Which segments moved" }
        (table(&format!("Segments, those whose value at risk ({currency}) moved most first"), &columns, &rows))
    }
}

/// What the monitor said.
pub(super) fn monitor(monitor: &MonitorSummary, as_of: &str) -> Markup {
    let of = |status: &str| monitor.checks.iter().filter(|check| check.status == status).collect::<Vec<_>>();
    let (alarms, fine, not) = (of("alarm"), of("ok"), of("not_checked"));
    let number = |value: Option<f64>| decimal(value, 4);
    let mut features: Vec<_> = monitor.features.iter().collect();
    features
        .sort_by(|a, b| b.psi.unwrap_or(0.0).total_cmp(&a.psi.unwrap_or(0.0)).then_with(|| a.feature.cmp(&b.feature)));
    let rows: Vec<Vec<Markup>> = features
        .iter()
        .take(MOST_FEATURES)
        .map(|row| {
            vec![
                cell(&row.feature),
                cell(number(row.psi)),
                cell(number(row.usual_psi)),
                cell(number(row.psi_same_date)),
                cell(decimal(row.typical_in_training, 2)),
                cell(decimal(row.typical_now, 2)),
            ]
        })
        .collect();
    let columns = [
        text_column("Feature"),
        number_column("PSI now"),
        number_column("usual PSI"),
        number_column("PSI same day"),
        number_column("typical in training"),
        number_column("typical now"),
    ];
    html! {
        p {
            "churn monitor looked at the data through " (monitor.as_of) " and at model " (monitor.model) ": "
            @if alarms.is_empty() { b { "no alarm" } } @else { b { (count(alarms.len() as u64)) @if alarms.len() == 1 { " alarm" } @else { " alarms" } } }
            ", " (count(fine.len() as u64)) " checks without one, " (count(not.len() as u64)) " not made."
            @if monitor.as_of != as_of { " These scores are as of " (as_of) ": run churn monitor again." }
        }
        @for check in &alarms {
            p.alert { b { (check.check) } ": " (check.sentence) @if let Some(todo) = &check.what_to_do { " What to do: " (todo) "." } }
        }
        (table("All checks", &[text_column("Check"), text_column("State"), text_column("What was found")], &monitor.checks.iter().map(|check| {
            let state = match check.status.as_str() { "ok" => "ok", "alarm" => "alarm", _ => "not checked" };
            vec![cell(&check.check), cell(state), cell(&check.sentence)]
        }).collect::<Vec<_>>()))
        @if !rows.is_empty() {
            details {
                summary { "Features against training" }
                p.note { "PSI is the population stability index. There is no fixed limit: what is usual is what earlier stretches of the same length showed." }
                (table("Features, those that moved most first", &columns, &rows))
            }
        }
    }
}
