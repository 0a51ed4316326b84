//! What the monitor said of the model that scored.

use maud::{Markup, html};

use super::{cell, number_column, table, text_column};
use crate::data::MonitorSummary;
use crate::language::data::tell;
use crate::language::date;
use crate::number::{count, decimal};
use crate::text::{T, fill};
use crate::words::W;

/// Features that are shown.
const MOST_FEATURES: usize = 25;

/// The name of a check in words; `monitor.json` has the one for machines.
fn name_of(check: &str) -> String {
    let words = match check {
        "data_late" => W.check_data_late,
        "data_shrunk" => W.check_data_shrunk,
        "volume" => W.check_volume,
        "amounts" => W.check_amounts,
        "channels" => W.check_channels,
        "events" => W.check_events,
        "levels" => W.check_levels,
        "history" => W.check_history,
        "feature_shift" => W.check_feature_shift,
        "feature_drift" => W.check_feature_drift,
        "score_drift" => W.check_score_drift,
        "calibration" => W.check_calibration,
        "lift" => W.check_lift,
        "churn_rate" => W.check_churn_rate,
        "satisfaction" => W.check_satisfaction,
        other => return tell(other),
    };
    words.to_owned()
}

/// What the monitor said.
pub(super) fn section(monitor: &MonitorSummary, as_of: &str) -> Markup {
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
        text_column(T.feature),
        number_column(W.monitor_psi_now),
        number_column(W.monitor_psi_usual),
        number_column(W.monitor_psi_same),
        number_column(W.monitor_typical_training),
        number_column(W.monitor_typical_now),
    ];
    html! {
        p {
            (fill(W.monitor_said, &[("as_of", &date(&monitor.as_of)), ("model", &monitor.model)])) " "
            b { @if alarms.is_empty() { (W.monitor_no_alarm) } @else { (fill(W.monitor_alarms, &[("n", &count(alarms.len() as u64))])) } }
            (fill(W.monitor_others, &[("fine", &count(fine.len() as u64)), ("not", &count(not.len() as u64))]))
            // Both are as the page writes dates.
            @if date(&monitor.as_of) != date(as_of) { " " (fill(W.monitor_other_date, &[("as_of", &date(as_of))])) }
        }
        @for check in &alarms {
            p.alert {
                b { (name_of(&check.check)) } ": " (tell(&check.sentence))
                @if let Some(todo) = &check.what_to_do { " " (fill(W.monitor_todo, &[("what", &tell(todo))])) }
            }
        }
        (table(W.monitor_all, &[text_column(W.monitor_check), text_column(W.monitor_state), text_column(W.monitor_found)], &monitor.checks.iter().map(|check| {
            let state = match check.status.as_str() { "ok" => W.monitor_ok, "alarm" => W.monitor_alarm, _ => W.monitor_not_checked };
            vec![cell(name_of(&check.check)), cell(state), cell(tell(&check.sentence))]
        }).collect::<Vec<_>>()))
        @if !rows.is_empty() {
            details {
                summary { (W.monitor_features) }
                p.note { (W.monitor_psi) }
                (table(W.monitor_features_caption, &columns, &rows))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, with};

    /// As `monitor.json` has them.
    const CHECKS: [&str; 15] = [
        "data_late",
        "data_shrunk",
        "volume",
        "amounts",
        "channels",
        "events",
        "levels",
        "history",
        "feature_shift",
        "feature_drift",
        "score_drift",
        "calibration",
        "lift",
        "churn_rate",
        "satisfaction",
    ];

    #[test]
    fn checks_are_named_in_words_of_the_page() {
        for check in CHECKS {
            let names = Language::ALL.map(|language| with(language, || name_of(check)));
            assert!(names.iter().all(|name| !name.contains('_') && name != check), "{names:?}");
            assert!(names[0] != names[1] && names[1] != names[2], "{names:?}");
        }
        assert_eq!(name_of("another"), "another");
    }
}
