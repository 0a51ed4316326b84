//! Model quality on the test snapshot.

use maud::{Markup, html};

use super::{answer, cell, estimate_cell, figure, number_column, table, text_column};
use crate::chart::{calibration, gains};
use crate::data::{Calibration, Estimate, GainsCurve, Metrics, ModelQuality, Role, ScoredModel};
use crate::error::ReportError;
use crate::number::{MISSING, count, decimal, interval, percent, percent_plain};
use crate::text::{T, fill};

/// Name of a metric, its decimals, and where it stands.
type Metric = (&'static str, usize, fn(&Metrics) -> Estimate);

fn metrics() -> [Metric; 9] {
    [
        (T.roc_auc, 3, |m| m.roc_auc),
        (T.average_precision, 3, |m| m.average_precision),
        (T.lift_at_10, 2, |m| m.lift_at_10),
        (T.log_loss, 3, |m| m.log_loss),
        (T.brier, 3, |m| m.brier),
        (T.brier_skill, 3, |m| m.brier_skill),
        (T.ece, 3, |m| m.ece),
        (T.calibration_slope, 2, |m| m.calibration_slope),
        (T.calibration_intercept, 2, |m| m.calibration_intercept),
    ]
}

/// Metrics, lift, gains and calibration.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn section(quality: Option<&ModelQuality>, said: &str) -> Result<Markup, ReportError> {
    let Some(quality) = quality else { return Ok(html! { p.empty { (T.quality_empty) } }) };
    let curves = if quality.few_data { None } else { Some(curves(quality)?) };
    Ok(html! {
        (answer(said))
        p.note { (intro(quality)) }
        @if quality.models.is_empty() { p.empty { (T.metrics_empty) } } @else { (metrics_table(T.metrics_caption, &quality.models)) }
        h3 { (T.lift_heading) }
        @if quality.lift.is_empty() { p.empty { (T.lift_empty) } } @else { (lift(quality)) }
        @match curves { Some(curves) => (curves), None => p.alert { (T.few_data) } }
    })
}

fn intro(quality: &ModelQuality) -> String {
    let rate = (quality.rows > 0).then(|| quality.churners as f64 / quality.rows as f64);
    fill(
        T.quality_intro,
        &[
            ("as_of", &quality.as_of.join(", ")),
            ("from", &quality.label_from),
            ("until", &quality.label_until),
            ("rows", &count(quality.rows)),
            ("churners", &count(quality.churners)),
            ("rate", &percent(rate)),
        ],
    )
}

/// One row a metric, one column a model: names of models may be long, names of metrics are not.
pub(super) fn metrics_table(caption: &str, models: &[ScoredModel]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table.metrics {
                caption { (caption) }
                thead { tr {
                    th scope="col" { (T.metric) }
                    @for model in models {
                        th.n scope="col" { (model.name) br; span.role { (role(model.role)) } }
                    }
                } }
                tbody {
                    @for (name, decimals, get) in metrics() {
                        tr {
                            th scope="row" { (name) }
                            @for model in models {
                                td.n { (estimate_cell(&get(&model.metrics), |v| decimal(v, decimals))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Model => T.role_model,
        Role::Champion => T.role_champion,
        Role::Baseline => T.role_baseline,
    }
}

fn lift(quality: &ModelQuality) -> Markup {
    let columns = [
        text_column(T.riskiest),
        number_column(T.customers),
        number_column(T.churners),
        number_column(T.lift),
        number_column(T.captured),
    ];
    let rows: Vec<_> = quality
        .lift
        .iter()
        .map(|row| {
            vec![
                cell(percent_plain(row.share)),
                cell(count(row.customers)),
                cell(count(row.churners)),
                estimate_cell(&row.lift, |v| decimal(v, 2)),
                estimate_cell(&row.captured, percent),
            ]
        })
        .collect();
    html! {
        (table(T.lift_caption, &columns, &rows))
        @if quality.lift_ceiling.is_some_and(f64::is_finite) {
            p.note { (fill(T.lift_ceiling, &[("ceiling", &decimal(quality.lift_ceiling, 2))])) }
        }
    }
}

fn curves(quality: &ModelQuality) -> Result<Markup, ReportError> {
    let gains_chart = gains::draw(&quality.gains)?;
    let (calibration_chart, histogram) = match &quality.calibration {
        Some(c) => (calibration::draw(c)?, calibration::draw_histogram(&c.histogram)?),
        None => (None, None),
    };
    Ok(html! {
        div.pair {
            div {
                h3 { (T.gains_heading) }
                @match gains_chart {
                    Some(chart) => (figure(&chart, T.gains_note, &gains_table(&quality.gains))),
                    None => p.empty { (T.gains_empty) },
                }
            }
            div {
                h3 { (T.calibration_heading) }
                @match (&quality.calibration, calibration_chart) {
                    (Some(c), Some(chart)) => {
                        (figure(&chart, &fill(T.calibration_note, &[("binning", &c.binning)]), &calibration_table(c)))
                        @if let Some(chart) = histogram { (figure(&chart, "", &histogram_table(c))) }
                    },
                    _ => p.empty { (T.calibration_empty) },
                }
            }
        }
    })
}

fn gains_table(curves: &[GainsCurve]) -> Markup {
    let curves = gains::drawn(curves);
    html! {
        div.scroll tabindex="0" {
            table {
                caption { (T.gains_title) }
                thead { tr {
                    th scope="col" { (T.riskiest) }
                    @for curve in &curves { th.n scope="col" { (curve.name) } }
                } }
                tbody {
                    @for tenth in 1..=10_u32 {
                        @let share = f64::from(tenth) / 10.0;
                        tr {
                            th scope="row" { (percent_plain(share)) }
                            @for curve in &curves { td.n { (percent(gains::captured_at(curve, share))) } }
                        }
                    }
                }
            }
        }
    }
}

fn calibration_table(calibration: &Calibration) -> Markup {
    let columns = [
        number_column(T.mean_prediction),
        number_column(T.rows),
        number_column(T.churners),
        number_column(T.observed_churn),
        number_column(T.interval_heading),
    ];
    let rows: Vec<_> = calibration
        .bins
        .iter()
        .map(|b| {
            vec![
                cell(percent(Some(b.predicted))),
                cell(count(b.observed.customers)),
                cell(count(b.observed.churned)),
                cell(percent(b.observed.rate())),
                cell(interval(&b.observed.into(), percent).unwrap_or_else(|| MISSING.to_owned())),
            ]
        })
        .collect();
    table(T.calibration_title, &columns, &rows)
}

fn histogram_table(calibration: &Calibration) -> Markup {
    let columns = [text_column(T.prediction), number_column(T.rows)];
    let rows: Vec<_> = calibration
        .histogram
        .iter()
        .map(|b| {
            let (low, high) = (percent(Some(b.low)), percent(Some(b.high)));
            vec![cell(fill(T.interval, &[("low", &low), ("high", &high)])), cell(count(b.rows))]
        })
        .collect();
    table(T.histogram_title, &columns, &rows)
}
