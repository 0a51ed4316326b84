//! The delivery itself: late, or with rows and customers missing.

use std::collections::BTreeMap;

use history::{Date, Export};
use serde_json::Value;

use super::check::{Finding, Outcome};
use super::reference::Reference;
use super::rows::Counted;
use super::said::{percent, rule};

/// Months with fewer purchases than this in training are not compared one by one.
const LEAST_OF_A_MONTH: u64 = 200;
/// So many standard errors fewer, and this share at least, is a loss; chance gives it once in some thirty thousand runs.
const ERRORS: f64 = 4.0;
const LEAST_LOSS: f64 = 0.05;
/// A file of the same company may shrink by this share from run to run: people are forgotten on request.
const LEAST_LOSS_OF_A_RUN: f64 = 0.005;

fn days(days: i32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// Whether the data are older than they may be.
pub(super) fn late(export: &Export, today: Date, late_after: i32) -> Outcome {
    let through = export.complete_through();
    let age = today.days_since(through);
    let calm = format!("The export is complete up to {through}, {} before {today}.", days(age.max(0)));
    let finding = (age > late_after).then(|| {
        rule(
            "complete_through",
            format!("at most {late_after} days before {today}"),
            format!("{through}, {age} days before"),
            Some(through),
            format!(
                "The data are late: the export is complete up to {through}, {age} days before {today}; expected at most {late_after} days ([monitor] late_after)."
            ),
        )
    });
    Outcome::Rule { findings: finding.into_iter().collect(), calm }
}

/// Whether rows or customers are missing that training, or the run before, saw.
pub(super) fn shrunk(
    export: &Export,
    counted: &Counted,
    reference: Option<&Reference>,
    eligible_then: Option<u64>,
    before: Option<&Value>,
) -> Outcome {
    if reference.is_none() && before.is_none() {
        return Outcome::NotChecked(
            "neither the model nor an earlier run of the monitor says how much there was".to_owned(),
        );
    }
    let mut findings = Vec::new();
    if let Some((reference, now)) = reference.zip(eligible_then) {
        let (then, now) = (reference.eligible as f64, now as f64);
        if now < then - ERRORS * (then + now).sqrt() && now < (1.0 - LEAST_LOSS) * then {
            findings.push(rule(
                "customers",
                format!("{then} eligible customers as of {}", reference.as_of),
                format!("{now} as of the same day"),
                None,
                format!(
                    "Customers are missing: as of {} the export shows {now} eligible customers; training saw {then} on that same day ({} fewer).",
                    reference.as_of,
                    percent(1.0 - now / then)
                ),
            ));
        }
    }
    if let Some(reference) = reference {
        findings.extend(missing_months(counted, reference));
    }
    if let Some(before) = before {
        findings.extend(less_than_before(export, before));
    }
    let calm = format!(
        "{} purchases of {} customers: no fewer than before.",
        export.purchase_rows(),
        export.customer_ids().len()
    );
    Outcome::Rule { findings, calm }
}

/// Months of which the export has fewer purchases than training saw, for the same months.
fn missing_months(counted: &Counted, reference: &Reference) -> Vec<Finding> {
    let now: BTreeMap<Date, u64> = counted.months(counted.end).into_iter().collect();
    let then: Vec<(Date, u64)> = reference
        .months
        .iter()
        .filter_map(|month| Some((month.from.parse().ok()?, month.purchases)))
        .filter(|(from, purchases)| *from >= counted.first_day.month_start() && *purchases > 0)
        .collect();
    let found = |from: &Date| now.get(from).copied().unwrap_or(0);
    let mut ratios: Vec<f64> = then.iter().map(|(from, then)| found(from) as f64 / *then as f64).collect();
    ratios.sort_by(f64::total_cmp);
    let Some(median) = ratios.get(ratios.len() / 2).copied() else { return Vec::new() };
    let mut findings = Vec::new();
    // Customers differ in how often they buy: totals of two sets of n customers differ by about 2 / sqrt(n) of their mean.
    let allowed = (ERRORS * 2.0 / (reference.eligible.max(1) as f64).sqrt()).max(2.0 * LEAST_LOSS);
    if median < 1.0 - allowed {
        findings.push(rule(
            "purchases",
            "as many purchases of each month as in training".to_owned(),
            format!("{} of them in the middle month", percent(median)),
            None,
            format!(
                "Rows are missing: of the months that training saw, the export now has {} of the purchases (middle month).",
                percent(median)
            ),
        ));
    }
    for (from, then) in then.iter().filter(|(_, then)| *then >= LEAST_OF_A_MONTH) {
        let (now, expected) = (found(from) as f64, median * *then as f64);
        // Purchases of a month come in clusters of customers: twice and a half the spread of independent ones.
        if now < 0.5 * expected && expected - now > ERRORS * (2.5 * (expected + now)).sqrt() {
            let (year, month, _) = from.year_month_day();
            findings.push(rule(
                &format!("{year}-{month:02}"),
                format!("about {expected:.0} purchases"),
                format!("{now} purchases"),
                Some(*from),
                format!("Rows are missing: {year}-{month:02} has {now} purchases, training saw {then}."),
            ));
        }
    }
    findings
}

/// What there was at the last run of the monitor, and is no longer.
fn less_than_before(export: &Export, before: &Value) -> Vec<Finding> {
    let data = &before["data"];
    let as_of = before["as_of"].as_str().unwrap_or_default();
    let first_before: Option<Date> = data["first_day"].as_str().and_then(|day| day.parse().ok());
    // An export of a rolling window loses its oldest rows, and should.
    if first_before.is_none_or(|first| export.first_day() > first) {
        return Vec::new();
    }
    let counts = [
        ("purchases", export.purchase_rows() as u64, &data["purchases"]),
        ("customers", export.customer_ids().len() as u64, &data["customers"]),
    ];
    let fewer = counts.into_iter().filter_map(|(what, now, before)| {
        let before = before.as_u64()?;
        let loss = 1.0 - now as f64 / before.max(1) as f64;
        (loss > LEAST_LOSS_OF_A_RUN).then(|| {
            rule(
                what,
                format!("at least {before} {what}, as at the run as of {as_of}"),
                format!("{now}"),
                None,
                format!(
                    "The export has shrunk: {now} {what}, {before} at the run of the monitor as of {as_of} ({} fewer).",
                    percent(loss)
                ),
            )
        })
    });
    fewer.collect()
}
