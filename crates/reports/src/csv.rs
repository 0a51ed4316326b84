//! The tables of the report as rows of strings, ready for a CSV writer.
//!
//! Numbers are written for machines: a dot, no thousands separators, a plain minus, all digits, fractions as fractions,
//! money in the report's currency; a missing number is an empty cell. Cells of *text* are guarded: a spreadsheet takes a
//! cell that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula, and so a name from an export could run
//! as one. See [`guard_text`].

use crate::check::check;
use crate::data::{Estimate, ReportData, finite};
use crate::error::ReportError;
use crate::measures_csv;
use crate::text::{T, fill};
use crate::view;

/// One table: a file name, a header, and rows as long as the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvTable {
    /// File name, without a folder.
    pub file_name: &'static str,
    /// Names of the columns.
    pub header: Vec<&'static str>,
    /// Names of the columns that hold texts; the others hold numbers.
    pub texts: &'static [&'static str],
    /// Cells, already guarded. Quoting is the writer's task.
    pub rows: Vec<Vec<String>>,
}

/// The tables of a report: segments, months, metrics, lift, calibration, drivers, measures. Small segments are suppressed as in
/// the page. Metrics, lift and calibration are left out where the model was not tested.
///
/// # Errors
/// The same contradictions in the data that [`render`](crate::render) refuses.
pub fn csv_tables(data: &ReportData) -> Result<Vec<CsvTable>, ReportError> {
    check(data)?;
    let mut tables = vec![segments(data), months(data)];
    if let Some(quality) = &data.quality {
        let models = quality.models.iter().flat_map(|model| {
            metrics(&model.metrics).map(|(metric, e)| {
                let [value, low, high] = estimate(&e);
                vec![guard_text(&model.name), metric.to_owned(), value, low, high]
            })
        });
        tables.push(CsvTable {
            file_name: "metrics.csv",
            header: vec!["model", "metric", "value", "low", "high"],
            texts: &["model", "metric"],
            rows: models.collect(),
        });
        let lift = quality.lift.iter().map(|row| {
            let [lift, lift_low, lift_high] = estimate(&row.lift);
            let [captured, captured_low, captured_high] = estimate(&row.captured);
            let counts = [number(Some(row.share)), row.customers.to_string(), row.churners.to_string()];
            counts.into_iter().chain([lift, lift_low, lift_high, captured, captured_low, captured_high]).collect()
        });
        tables.push(CsvTable {
            file_name: "lift.csv",
            header: vec![
                "share",
                "customers",
                "churners",
                "lift",
                "lift_low",
                "lift_high",
                "captured",
                "captured_low",
                "captured_high",
            ],
            texts: &[],
            rows: lift.collect(),
        });
        let bins = quality.calibration.iter().flat_map(|c| &c.bins).map(|bin| {
            let [rate, low, high] = estimate(&bin.observed.into());
            let counts = [bin.observed.customers.to_string(), bin.observed.churned.to_string()];
            [number(Some(bin.predicted))].into_iter().chain(counts).chain([rate, low, high]).collect()
        });
        tables.push(CsvTable {
            file_name: "calibration.csv",
            header: vec!["predicted", "rows", "churners", "observed", "observed_low", "observed_high"],
            texts: &[],
            rows: bins.collect(),
        });
    }
    let drivers = data.drivers.iter().map(|d| {
        let [ratio, low, high] = estimate(&d.odds_ratio);
        vec![guard_text(&d.family), guard_text(&d.feature), ratio, low, high]
    });
    tables.push(CsvTable {
        file_name: "drivers.csv",
        header: vec!["family", "feature", "odds_ratio", "low", "high"],
        texts: &["family", "feature"],
        rows: drivers.collect(),
    });
    tables.extend(lives(data));
    tables.extend(qini(data));
    tables.push(measures_csv::table(&data.measures));
    Ok(tables)
}

/// `text` with a `'` before it where a spreadsheet would take it for a formula. Text that begins with `'` and would be
/// a formula without it gets one more, so that [`unguard_text`] restores every text exactly. The characters are those
/// of OWASP, "CSV Injection", with their full-width forms.
pub fn guard_text(text: &str) -> String {
    if is_formula(text.trim_start_matches('\'')) { format!("'{text}") } else { text.to_owned() }
}

/// The text that [`guard_text`] was given.
pub fn unguard_text(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text.trim_start_matches('\'')) => text,
        _ => cell,
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn segments(data: &ReportData) -> CsvTable {
    let few = fill(T.few_customers, &[("n", &data.segments.min_customers.to_string())]);
    let rows = view::rows(&data.segments).into_iter().map(|row| {
        let suppressed = row.observed == view::Shown::Suppressed || row.churn_probability == view::Shown::Suppressed;
        let observed = row.observed.value().map(Estimate::from).unwrap_or_default();
        let [rate, low, high] = estimate(&observed);
        let segment = row.segment;
        vec![
            guard_text(&segment.name),
            segment.customers.to_string(),
            segment.eligible.to_string(),
            rate,
            low,
            high,
            number(row.churn_probability.value()),
            number(row.value_per_customer.value()),
            number(row.value_at_risk),
            number(row.share),
            row.group.map_or_else(String::new, |g| T.group(g).to_owned()),
            guard_text(segment.top_reason.as_deref().unwrap_or_default()),
            if suppressed { few.clone() } else { String::new() },
        ]
    });
    CsvTable {
        file_name: "segments.csv",
        header: vec![
            "segment",
            "customers",
            "eligible",
            "observed_churn",
            "observed_low",
            "observed_high",
            "churn_probability",
            "value_per_customer",
            "value_at_risk",
            "share_of_value_at_risk",
            "group",
            "top_reason",
            "note",
        ],
        texts: &["segment", "group", "top_reason", "note"],
        rows: rows.collect(),
    }
}

/// The Qini curves, where there was a campaign; `at_random` is the straight line to the end of a curve.
fn qini(data: &ReportData) -> Option<CsvTable> {
    let curves = || data.measures.iter().flat_map(|measure| &measure.curves);
    let rows = curves().flat_map(|curve| {
        curve.points.iter().map(|point| {
            let at_random = curve.end().map(|end| end * point.share);
            let figures = [number(Some(point.kept)), number(at_random)];
            let place = [guard_text(&curve.offer), number(Some(point.share)), point.customers.to_string()];
            place.into_iter().chain(figures).collect()
        })
    });
    curves().next()?;
    Some(CsvTable {
        file_name: "qini.csv",
        header: vec!["offer", "share", "customers", "kept", "at_random"],
        texts: &["offer"],
        rows: rows.collect(),
    })
}

/// Gaps, cohorts, survival, reasons and the profit curve, where there are such.
fn lives(data: &ReportData) -> Vec<CsvTable> {
    let mut tables = Vec::new();
    if let Some(gaps) = &data.gaps {
        tables.push(CsvTable {
            file_name: "gaps.csv",
            header: vec!["days", "share"],
            texts: &[],
            rows: gaps.points.iter().map(|p| vec![p.days.to_string(), number(Some(p.share))]).collect(),
        });
    }
    if let Some(cohorts) = &data.cohorts {
        let shown = cohorts.rows.iter().filter(|cohort| cohort.customers >= cohorts.min_customers);
        let rows = shown.flat_map(|cohort| {
            (1_u64..).zip(&cohort.bought).map(|(after, bought)| {
                let share = *bought as f64 / cohort.customers as f64;
                let older = if cohort.may_be_older { "may_be_older" } else { "" };
                let counts = [cohort.customers.to_string(), after.to_string(), bought.to_string()];
                let ends = [number(Some(share)), older.to_owned()];
                std::iter::once(guard_text(&cohort.name)).chain(counts).chain(ends).collect()
            })
        });
        tables.push(CsvTable {
            file_name: "cohorts.csv",
            header: vec!["first_purchase", "customers", "periods_after", "bought", "share", "note"],
            texts: &["first_purchase", "note"],
            rows: rows.collect(),
        });
    }
    if let Some(survival) = &data.survival {
        let rows = survival.points.iter().map(|p| {
            let counts = [p.day.to_string(), p.at_risk.to_string()];
            counts.into_iter().chain([Some(p.survival), p.low, p.high].map(number)).collect()
        });
        tables.push(CsvTable {
            file_name: "survival.csv",
            header: vec!["days", "at_risk", "survival", "low", "high"],
            texts: &[],
            rows: rows.collect(),
        });
    }
    if !data.reasons.rows.is_empty() {
        let rows = data
            .reasons
            .rows
            .iter()
            .map(|row| vec![guard_text(&row.reason), row.customers.to_string(), number(Some(row.value_at_risk))]);
        tables.push(CsvTable {
            file_name: "reasons.csv",
            header: vec!["reason", "customers", "value_at_risk"],
            texts: &["reason"],
            rows: rows.collect(),
        });
    }
    if let Some(plan) = &data.plan {
        let rows = [("expected_gain", &plan.by_gain), ("churn_probability", &plan.by_risk)].into_iter().flat_map(
            |(order, points)| {
                points.iter().map(move |p| {
                    let numbers =
                        [number(Some(p.share)), p.customers.to_string(), number(Some(p.cost)), number(Some(p.profit))];
                    std::iter::once(order.to_owned()).chain(numbers).collect()
                })
            },
        );
        tables.push(CsvTable {
            file_name: "profit.csv",
            header: vec!["order", "share", "customers", "cost", "profit"],
            texts: &["order"],
            rows: rows.collect(),
        });
    }
    tables
}

fn months(data: &ReportData) -> CsvTable {
    let rows = data.months.iter().map(|month| {
        let [rate, low, high] = estimate(&month.churn.into());
        let counts = [month.churn.customers.to_string(), month.churn.churned.to_string()];
        [guard_text(&month.as_of)].into_iter().chain(counts).chain([rate, low, high]).collect()
    });
    CsvTable {
        file_name: "months.csv",
        header: vec!["as_of", "customers", "churned", "churn_rate", "low", "high"],
        texts: &["as_of"],
        rows: rows.collect(),
    }
}

fn metrics(m: &crate::data::Metrics) -> [(&'static str, Estimate); 9] {
    [
        ("roc_auc", m.roc_auc),
        ("average_precision", m.average_precision),
        ("log_loss", m.log_loss),
        ("brier", m.brier),
        ("brier_skill", m.brier_skill),
        ("ece", m.ece),
        ("calibration_slope", m.calibration_slope),
        ("calibration_intercept", m.calibration_intercept),
        ("lift_at_10", m.lift_at_10),
    ]
}

fn estimate(estimate: &Estimate) -> [String; 3] {
    [number(estimate.value), number(estimate.low), number(estimate.high)]
}

pub(crate) fn number(value: Option<f64>) -> String {
    finite(value).map_or_else(String::new, |v| v.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_looks_like_a_formula_is_guarded_and_restored() {
        for text in ["=1+1", "+1", "-1", "@a", "\t=1", "\rx", "\nx", "＝1", "'=1", "''+1"] {
            let cell = guard_text(text);
            assert_eq!(cell, format!("'{text}"));
            assert_eq!(unguard_text(&cell), text);
        }
        for text in ["", "north", "'t Hooft", "a=b", "''"] {
            assert_eq!(guard_text(text), text);
            assert_eq!(unguard_text(text), text);
        }
    }
}
