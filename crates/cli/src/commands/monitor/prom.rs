//! `monitor.prom`: the figures as text for a scraper, in version 0.0.4 of the Prometheus exposition format (the textfile collector of
//! a node exporter reads it as it is).

use super::MonitorResult;
use super::check::Status;
use crate::commands::monitor::outcomes::observed_to_expected;

/// A family of samples.
struct Family {
    name: &'static str,
    help: &'static str,
    /// Labels beside the project, and the value.
    samples: Vec<(Vec<(&'static str, String)>, f64)>,
}

/// The text of the file. Figures that there are none of have no sample.
pub(super) fn text(result: &MonitorResult) -> String {
    let mut families = vec![
        one("churn_monitor_alarms", "Checks that raise an alarm.", Some(result.alarms.len() as f64)),
        one("churn_monitor_not_checked", "Checks that could not be made.", Some(result.not_checked.len() as f64)),
        one("churn_monitor_level", "Level at which all checks together are judged.", Some(result.level)),
        Family {
            name: "churn_monitor_as_of_timestamp_seconds",
            help: "The as-of date of the monitor, as seconds since 1970.",
            samples: vec![(Vec::new(), result.as_of_seconds())],
        },
        Family {
            name: "churn_monitor_model_info",
            help: "The model that is watched; always 1.",
            samples: vec![(vec![("model", result.model.clone())], 1.0)],
        },
    ];
    let by_check = |value: &dyn Fn(&super::check::Check) -> Option<f64>| {
        let sample = |check| Some((vec![("check", super::check::Check::name(check).to_owned())], value(check)?));
        result.checks.iter().filter_map(sample).collect::<Vec<_>>()
    };
    families.push(Family {
        name: "churn_monitor_alarm",
        help: "1 where a check raises an alarm, 0 where it does not; no sample where it could not be made.",
        samples: by_check(&|check| {
            (check.status != Status::NotChecked).then(|| f64::from(u8::from(check.status == Status::Alarm)))
        }),
    });
    families.push(Family {
        name: "churn_monitor_checked",
        help: "1 where a check was made, 0 where it could not be.",
        samples: by_check(&|check| Some(f64::from(u8::from(check.status != Status::NotChecked)))),
    });
    families.push(Family {
        name: "churn_monitor_adjusted_p_value",
        help: "How often chance alone gives as much in any of the checks (Holm).",
        samples: by_check(&|check| check.adjusted_p_value),
    });
    let by_feature = |value: &dyn Fn(&super::drift::FeatureRow) -> Option<f64>| {
        let sample = |row: &super::drift::FeatureRow| Some((vec![("feature", row.feature.clone())], value(row)?));
        result.features.iter().filter_map(sample).collect::<Vec<_>>()
    };
    families.push(Family {
        name: "churn_feature_psi",
        help: "Population stability index of the customers of today against those of training.",
        samples: by_feature(&|row| row.psi),
    });
    families.push(Family {
        name: "churn_feature_psi_same_date",
        help: "The index at the date of the training data: the export of today against that of training.",
        samples: by_feature(&|row| row.psi_same_date),
    });
    families.push(Family {
        name: "churn_feature_psi_usual",
        help: "The index that stretches as long as that since training had before it, in the mean.",
        samples: by_feature(&|row| row.usual_psi),
    });
    let newest = result.matured.last();
    let ratio = newest.and_then(observed_to_expected).map(|(ratio, ..)| ratio);
    let slope = newest.and_then(|date| date.metrics.calibration_slope.value());
    let lift = newest.and_then(|date| date.metrics.lift_at_10.value());
    families.extend([
        one("churn_calibration_observed_to_expected", "Observed over expected churners on the newest labels.", ratio),
        one("churn_calibration_slope", "Calibration slope on the newest labels.", slope),
        one("churn_lift_at_10", "Lift of the riskiest tenth on the newest labels.", lift),
        one(
            "churn_rate",
            "Churn rate of the newest label window that is over.",
            result.churn_rates.last().map(|period| period.churn_rate),
        ),
        one(
            "churn_satisfaction_index",
            "Mean rating of the last 90 days, from 1 to 5.",
            result.satisfaction.map(|found| found.index),
        ),
        one(
            "churn_data_age_days",
            "Days from the day through which the export is complete to today.",
            Some(f64::from(result.data.age_days)),
        ),
        one("churn_data_purchases", "Purchases and returns of the export.", Some(result.data.purchases as f64)),
        one("churn_data_customers", "Customers of the export.", Some(result.data.customers as f64)),
        one("churn_data_eligible_customers", "Customers whom the model scores.", Some(result.data.eligible as f64)),
    ]);
    let mut text = String::new();
    for family in families.iter().filter(|family| !family.samples.is_empty()) {
        text.push_str(&format!("# HELP {} {}\n# TYPE {} gauge\n", family.name, help(family.help), family.name));
        for (labels, value) in &family.samples {
            let labels: Vec<String> = [("project", result.project.clone())]
                .iter()
                .chain(labels)
                .map(|(name, value)| format!("{name}=\"{}\"", label(value)))
                .collect();
            text.push_str(&format!("{}{{{}}} {}\n", family.name, labels.join(","), number(*value)));
        }
    }
    text
}

fn one(name: &'static str, help: &'static str, value: Option<f64>) -> Family {
    Family { name, help, samples: value.map(|value| (Vec::new(), value)).into_iter().collect() }
}

/// The text of a label: backslashes, quotes and line breaks are escaped.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The text of a HELP line: backslashes and line breaks are escaped.
fn help(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        format!("{value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_numbers_are_what_a_scraper_reads() {
        assert_eq!(label("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
        assert_eq!(
            (number(0.25), number(f64::INFINITY), number(f64::NAN)),
            ("0.25".into(), "+Inf".into(), "NaN".into())
        );
    }
}
