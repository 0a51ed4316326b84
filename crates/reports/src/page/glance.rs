//! The eight questions at a glance: each with one small picture and one sentence, leading to its section.

use maud::{Markup, html};

use super::questions::{Answers, drawn_models};
use super::risk::by_expected;
use crate::chart::bubble::ink;
use crate::chart::small::{self, SmallBar, SmallCurve};
use crate::data::{ReportData, Role, finite};
use crate::number::{count, decimal, money, percent};
use crate::text::{T, fill};
use crate::view::{Group, Row};
use crate::words::W;

/// Dots of the small map.
const MOST_DOTS: usize = 12;

/// The questions with their answers.
pub(super) fn questions(data: &ReportData, rows: &[Row<'_>], answers: &Answers) -> Markup {
    let pictures = [
        period(data),
        worse(data),
        cost(data, rows),
        who(rows),
        why(data),
        map(data, rows),
        contact(data),
        trust(data),
    ];
    html! {
        nav.questions aria-labelledby="questions-h" {
            h3 id="questions-h" { (W.questions_heading) }
            ol {
                @for ((question, answer, section), picture) in answers.list().into_iter().zip(pictures) {
                    li {
                        a href={ "#" (section) } { (question) }
                        @if let Some(picture) = picture { (picture) }
                        p { (answer) }
                    }
                }
            }
        }
    }
}

fn period(data: &ReportData) -> Option<Markup> {
    let gaps = data.gaps.as_ref()?;
    let days = gaps.nine_in_ten_days;
    SmallCurve {
        points: gaps.points.iter().map(|point| (f64::from(point.days), point.share)).collect(),
        mark: Some((f64::from(days), fill(W.gaps_nine, &[("days", &days.to_string())]))),
        ends: None,
    }
    .draw()
}

fn worse(data: &ReportData) -> Option<Markup> {
    let rates: Vec<f64> = data.months.iter().filter_map(|month| month.churn.rate()).collect();
    let shown = |rate: Option<&f64>| percent(rate.copied());
    SmallCurve {
        ends: Some((shown(rates.first()), shown(rates.last()))),
        points: rates.iter().enumerate().map(|(at, rate)| (at as f64, *rate)).collect(),
        mark: None,
    }
    .draw()
}

fn cost(data: &ReportData, rows: &[Row<'_>]) -> Option<Markup> {
    let bars: Vec<SmallBar<'_>> = super::risk::by_value(data, rows)
        .into_iter()
        .map(|(row, value)| (row.segment.name.as_str(), value, money(Some(value))))
        .collect();
    small::bars(&bars)
}

fn who(rows: &[Row<'_>]) -> Option<Markup> {
    let bars: Vec<SmallBar<'_>> = by_expected(rows)
        .into_iter()
        .map(|(row, value)| (row.segment.name.as_str(), value, decimal(Some(value), 0)))
        .collect();
    small::bars(&bars)
}

fn why(data: &ReportData) -> Option<Markup> {
    let reasons = data.reasons.rows.iter();
    let bars: Vec<SmallBar<'_>> =
        reasons.map(|row| (row.reason.as_str(), row.customers as f64, count(row.customers))).collect();
    small::bars(&bars)
}

fn map(data: &ReportData, rows: &[Row<'_>]) -> Option<Markup> {
    const ORDER: [Group; 4] = [Group::Protect, Group::Save, Group::Grow, Group::LetGo];
    let dots: Vec<(f64, f64, usize)> = rows
        .iter()
        .filter_map(|row| {
            let quarter = ORDER.iter().position(|group| row.group == Some(*group))?;
            Some((row.churn_probability.value()?, row.value_per_customer.value()?, quarter))
        })
        .take(MOST_DOTS)
        .collect();
    let cross = (data.segments.probability_threshold, data.segments.value_threshold);
    small::map(ORDER.map(|group| (T.group(group), ink(group).name())), &dots, cross)
}

fn contact(data: &ReportData) -> Option<Markup> {
    let plan = data.plan.as_ref()?;
    let points = super::risk::worth_drawing(&plan.by_gain);
    SmallCurve {
        points: points.iter().map(|point| (point.customers as f64, point.profit)).collect(),
        mark: Some((plan.contacted as f64, fill(W.plan_here, &[("n", &count(plan.contacted))]))),
        ends: None,
    }
    .draw()
}

/// In how many of 100 pairs the model, the best simple rule and chance name the one who left.
fn trust(data: &ReportData) -> Option<Markup> {
    let quality = data.quality.as_ref().filter(|quality| !quality.few_data)?;
    let best = |role: Role| {
        drawn_models(quality, role)
            .filter_map(|(name, auc)| Some((name, finite(auc.value)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let found = [best(Role::Model), best(Role::Baseline), Some((W.random_order, 0.5))];
    let bars: Vec<SmallBar<'_>> = found
        .into_iter()
        .flatten()
        .map(|(name, auc)| (name, auc, fill(W.of_hundred, &[("n", &decimal(Some(100.0 * auc), 0))])))
        .collect();
    small::bars(&bars)
}
