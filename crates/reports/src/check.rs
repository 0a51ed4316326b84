//! Refuses data that contradicts itself: a wrong number is worse than no report.

use crate::data::{
    BacktestData, Estimate, FigureUnit, MeasureName, MeasureRow, ModelQuality, ObservedChurn, QiniCurve, ReportData,
    ScoredModel, Segments, finite,
};
use crate::error::ReportError;

/// No company's customers are worth this much in any currency: from here on something was added up wrongly.
const MONEY_LIMIT: f64 = 1e18;

type Check = Result<(), ReportError>;

/// Checks every number that has a range and every pair of counts that has to agree. Missing values pass.
///
/// # Errors
/// The first contradiction, in the order of the report.
pub(crate) fn check(data: &ReportData) -> Check {
    let summary = &data.summary;
    let eligible = summary.states.eligible;
    if summary.bands.total() != eligible {
        return Err(ReportError::Counts {
            what: "customers in the four risk bands".to_owned(),
            expected: format!("{eligible} eligible customers"),
            found: summary.bands.total(),
        });
    }
    fractions("mean churn probability", &summary.churn_probability)?;
    estimate(
        "expected churners",
        &summary.expected_churners,
        |v| (0.0..=eligible as f64).contains(&v),
        "a value from 0 to the eligible customers",
    )?;
    moneys("value at risk", &summary.value_at_risk)?;
    segments(&data.segments, summary.states.total())?;
    for month in &data.months {
        observed(&format!("churn at {}", month.as_of), &month.churn)?;
    }
    if let Some(quality) = &data.quality {
        self::quality(quality)?;
    }
    for (measure, row) in data.measures.iter().flat_map(|m| m.rows.iter().map(move |row| (m.measure, row))) {
        self::measure(measure, row)?;
    }
    data.measures.iter().flat_map(|measure| &measure.curves).try_for_each(qini)?;
    lives(data)?;
    for point in data.plan.iter().flat_map(|plan| plan.by_gain.iter().chain(&plan.by_risk)) {
        fraction("share of the profit curve", Some(point.share))?;
        money("cost of the profit curve", Some(point.cost))?;
        money("profit of the profit curve", Some(point.profit))?;
    }
    let of_reasons = data.reasons.rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.customers));
    at_most("customers of all reasons", of_reasons, data.reasons.customers, "customers at high risk")?;
    for driver in &data.drivers {
        estimate(&format!("odds ratio of {}", driver.feature), &driver.odds_ratio, |v| v > 0.0, "a value above 0")?;
    }
    for slice in &data.method.slices {
        at_most(&format!("churners of slice {}", slice.name), slice.churners, slice.rows, "rows")?;
    }
    let rejected = data.method.rejects.iter().fold(0_u64, |sum, r| sum.saturating_add(r.rows));
    at_most("rejected rows", rejected, data.method.rows_read, "rows read")
}

/// Checks the numbers of a backtest.
///
/// # Errors
/// As [`check`].
pub(crate) fn backtest(data: &BacktestData) -> Check {
    for (as_of, test) in data.dates.iter().filter_map(|date| Some((&date.as_of, date.test.as_ref().ok()?))) {
        at_most(&format!("churners at {as_of}"), test.churners, test.rows, "rows")?;
        metrics(&test.models)?;
    }
    metrics(&data.pooled)?;
    metrics(&data.means)?;
    for test in data.horizons.iter().filter_map(|horizon| horizon.test.as_ref().ok()) {
        at_most("churners of a horizon", test.churners, test.rows, "rows")?;
        fractions("ROC AUC of a horizon", &test.roc_auc)?;
        estimate("log loss of a horizon", &test.log_loss, |v| v >= 0.0, "a value of 0 or more")?;
        estimate("log loss gain of a horizon", &test.log_loss_gain, |_| true, "any value")?;
        fraction("overlap of a horizon", test.top_10_overlap)?;
        let spearman = Estimate { value: test.spearman, low: None, high: None };
        estimate("rank correlation of a horizon", &spearman, |v| v.abs() <= 1.0, "a value from -1 to 1")?;
    }
    Ok(())
}

/// Checks gaps, cohorts and survival.
fn lives(data: &ReportData) -> Check {
    if let Some(gaps) = &data.gaps {
        fraction("gaps within the horizon", Some(gaps.within_horizon))?;
        gaps.points.iter().try_for_each(|point| fraction("share of gaps", Some(point.share)))?;
    }
    for cohort in data.cohorts.iter().flat_map(|cohorts| &cohorts.rows) {
        for bought in &cohort.bought {
            at_most(
                &format!("customers of cohort {} who bought", cohort.name),
                *bought,
                cohort.customers,
                "customers",
            )?;
        }
    }
    let Some(survival) = &data.survival else { return Ok(()) };
    at_most("customers who left", survival.left, survival.customers, "customers")?;
    for point in &survival.points {
        let found = Estimate { value: Some(point.survival), low: point.low, high: point.high };
        fractions("survival", &found)?;
        at_most("customers at risk", point.at_risk, survival.customers, "customers")?;
    }
    Ok(())
}

fn qini(curve: &QiniCurve) -> Check {
    let what = |part: &str| format!("{part} of the Qini curve of {}", curve.offer);
    estimate(&what("area"), &curve.area, |v| v <= 1.0, "a value of 1 or less")?;
    for point in &curve.points {
        fraction(&what("share"), Some(point.share))?;
        at_most(&what("customers"), point.customers, curve.treated.saturating_add(curve.control), "customers")?;
        let kept = Estimate::point(point.kept);
        estimate(&what("kept customers"), &kept, |v| v.abs() <= curve.treated as f64, "no more than had the offer")?;
    }
    Ok(())
}

fn segments(segments: &Segments, customers: u64) -> Check {
    let threshold = segments.probability_threshold;
    if !(0.0..=1.0).contains(&threshold) {
        return Err(out_of_range("probability threshold", "a value from 0 to 1", threshold));
    }
    if !segments.value_threshold.is_finite() {
        return Err(out_of_range("value threshold", "a finite value", segments.value_threshold));
    }
    money("value threshold", Some(segments.value_threshold))?;
    for row in &segments.rows {
        let what = |field: &str| format!("{field} of segment {}", row.name);
        at_most(&what("eligible customers"), row.eligible, row.customers, "customers")?;
        fraction(&what("churn probability"), row.churn_probability)?;
        money(&what("value per customer"), row.value_per_customer)?;
        money(&what("value at risk"), row.value_at_risk)?;
        if let Some(churn) = &row.observed {
            observed(&what("observed churn"), churn)?;
        }
    }
    let inside = segments.rows.iter().fold(0_u64, |sum, r| sum.saturating_add(r.customers));
    at_most("customers of all segments", inside, customers, "customers in the summary")
}

fn quality(quality: &ModelQuality) -> Check {
    at_most("churners of the test snapshot", quality.churners, quality.rows, "rows")?;
    metrics(&quality.models)?;
    for row in &quality.lift {
        fraction("share of a lift row", Some(row.share))?;
        at_most("churners of a lift row", row.churners, row.customers, "customers")?;
        estimate("lift", &row.lift, |v| v >= 0.0, "a value of 0 or more")?;
        fractions("captured share of a lift row", &row.captured)?;
    }
    for point in quality.gains.iter().flat_map(|curve| &curve.points) {
        fraction("share of a gains point", Some(point.share))?;
        fraction("captured share of a gains point", Some(point.captured))?;
    }
    let Some(calibration) = &quality.calibration else { return Ok(()) };
    for bin in &calibration.bins {
        fraction("mean prediction of a calibration bin", Some(bin.predicted))?;
        observed("observed churn of a calibration bin", &bin.observed)?;
    }
    for bin in &calibration.histogram {
        fraction("lower edge of a histogram bin", Some(bin.low))?;
        fraction("upper edge of a histogram bin", Some(bin.high))?;
        if bin.low >= bin.high {
            return Err(out_of_range("upper edge of a histogram bin", "a value above the lower edge", bin.high));
        }
    }
    Ok(())
}

/// Checks the figures of a cell. What is withheld must not be there at all: files are forwarded too.
fn measure(measure: MeasureName, row: &MeasureRow) -> Check {
    if row.withheld && !row.figures.is_empty() {
        let expected = "no figures in a cell that is withheld".to_owned();
        return Err(ReportError::Counts {
            what: format!("figures of {}", measure.as_str()),
            expected,
            found: row.figures.len() as u64,
        });
    }
    for figure in &row.figures {
        let what = format!("{} of {}", figure.figure.as_str(), measure.as_str());
        let found = &figure.estimate;
        match figure.unit {
            FigureUnit::Share => fractions(&what, found)?,
            FigureUnit::ShareDifference => {
                estimate(&what, found, |v| (-1.0..=1.0).contains(&v), "a value from -1 to 1")?;
            }
            FigureUnit::Money => moneys(&what, found)?,
            FigureUnit::Count => estimate(&what, found, |v| v >= 0.0, "a value of 0 or more")?,
            FigureUnit::Number => estimate(&what, found, |_| true, "any value")?,
        }
    }
    Ok(())
}

/// Checks the metrics of models.
fn metrics(models: &[ScoredModel]) -> Check {
    for model in models {
        let m = &model.metrics;
        let what = |metric: &str| format!("{metric} of {}", model.name);
        fractions(&what("ROC AUC"), &m.roc_auc)?;
        fractions(&what("average precision"), &m.average_precision)?;
        fractions(&what("Brier score"), &m.brier)?;
        fractions(&what("calibration error"), &m.ece)?;
        for (name, e) in [("log loss", &m.log_loss), ("lift", &m.lift_at_10)] {
            estimate(&what(name), e, |v| v >= 0.0, "a value of 0 or more")?;
        }
        for (name, e) in [
            ("Brier skill", &m.brier_skill),
            ("calibration slope", &m.calibration_slope),
            ("calibration intercept", &m.calibration_intercept),
        ] {
            estimate(&what(name), e, |_| true, "any value")?;
        }
    }
    Ok(())
}

fn observed(what: &str, churn: &ObservedChurn) -> Check {
    at_most(&format!("churned customers, {what}"), churn.churned, churn.customers, "customers")?;
    fractions(what, &Estimate { value: None, low: churn.low, high: churn.high })
}

fn fractions(what: &str, estimate: &Estimate) -> Check {
    self::estimate(what, estimate, |v| (0.0..=1.0).contains(&v), "a value from 0 to 1")
}

fn fraction(what: &str, value: Option<f64>) -> Check {
    fractions(what, &Estimate { value, low: None, high: None })
}

fn moneys(what: &str, estimate: &Estimate) -> Check {
    self::estimate(what, estimate, |v| v.abs() < MONEY_LIMIT, "money below 10^18")
}

fn money(what: &str, value: Option<f64>) -> Check {
    moneys(what, &Estimate { value, low: None, high: None })
}

fn estimate(what: &str, estimate: &Estimate, in_range: impl Fn(f64) -> bool, expected: &'static str) -> Check {
    for found in [estimate.value, estimate.low, estimate.high].into_iter().filter_map(finite) {
        if !in_range(found) {
            return Err(out_of_range(what, expected, found));
        }
    }
    match estimate.interval() {
        Some((low, high)) if low > high => Err(ReportError::Interval { what: what.to_owned(), low, high }),
        _ => Ok(()),
    }
}

fn at_most(what: &str, found: u64, limit: u64, of: &str) -> Check {
    if found <= limit {
        return Ok(());
    }
    Err(ReportError::Counts { what: what.to_owned(), expected: format!("at most {limit} {of}"), found })
}

fn out_of_range(what: &str, expected: &'static str, found: f64) -> ReportError {
    ReportError::OutOfRange { what: what.to_owned(), expected, found }
}
