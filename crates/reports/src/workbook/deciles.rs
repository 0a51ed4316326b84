//! The sheet of tenths: how well the model ranks and how well its probabilities fit, and what the last plan would earn.

use rust_xlsxwriter::{Chart, ChartType, Worksheet, XlsxError};

use super::cells::{Cell, Cells, Kind, number, text, whole};
use super::charts::lines;
use super::sheets::sheet;
use crate::data::{Estimate, ModelQuality, ReportData, Role};
use crate::text::T;
use crate::words::W;

/// Lift and gains by tenths, calibration bins, metrics, and the profit curve of the last plan.
pub(super) fn deciles(data: &ReportData, cells: &mut Cells) -> Result<Worksheet, XlsxError> {
    let name = W.sheet_deciles;
    let mut sheet = sheet(name, &[34.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0])?;
    let mut at = 0;
    let mut charts: Vec<Chart> = Vec::new();
    if let Some(quality) = &data.quality {
        let heads = [
            (T.riskiest, Kind::Share),
            (T.customers, Kind::Count),
            (T.churners, Kind::Count),
            (T.lift, Kind::Number),
            (T.captured, Kind::Share),
            (W.random_order, Kind::Share),
        ];
        let rows: Vec<_> = quality
            .lift
            .iter()
            .map(|row| {
                vec![
                    number(row.share),
                    whole(row.customers),
                    whole(row.churners),
                    number(row.lift.value),
                    number(row.captured.value),
                    number(row.share),
                ]
            })
            .collect();
        let first = at + 1;
        at = cells.table(&mut sheet, at, &heads, &rows)?;
        if at > first {
            charts.push(lines(ChartType::Line, W.chart_gains, name, (first, at - 1), &[(4, false), (5, true)], "0%"));
        }
        at += 1;
        if let Some(calibration) = &quality.calibration {
            let heads = [
                (T.mean_prediction, Kind::Share),
                (T.rows, Kind::Count),
                (T.churners, Kind::Count),
                (T.observed_churn, Kind::Share),
                (W.low_95, Kind::Share),
                (W.high_95, Kind::Share),
                (T.calibration_perfect, Kind::Share),
            ];
            let rows: Vec<_> = calibration
                .bins
                .iter()
                .map(|bin| {
                    let observed: Estimate = bin.observed.into();
                    vec![
                        number(bin.predicted),
                        whole(bin.observed.customers),
                        whole(bin.observed.churned),
                        number(observed.value),
                        number(observed.low),
                        number(observed.high),
                        number(bin.predicted),
                    ]
                })
                .collect();
            let first = at + 1;
            at = cells.table(&mut sheet, at, &heads, &rows)?;
            if at > first {
                let series = [(3, false), (6, true)];
                charts.push(lines(ChartType::Scatter, W.chart_calibration, name, (first, at - 1), &series, "0%"));
            }
            at += 1;
        }
        at = metrics(&mut sheet, at, quality, cells)? + 1;
    }
    if let Some(plan) = data.plan.as_ref().filter(|plan| !plan.by_gain.is_empty()) {
        let heads =
            [(W.plan_x, Kind::Count), (T.share, Kind::Share), (W.plan_cost, Kind::Money), (W.plan_profit, Kind::Money)];
        let rows: Vec<_> = plan
            .by_gain
            .iter()
            .map(|point| vec![whole(point.customers), number(point.share), number(point.cost), number(point.profit)])
            .collect();
        let first = at + 1;
        at = cells.table(&mut sheet, at, &heads, &rows)?;
        charts.push(lines(ChartType::Scatter, W.chart_profit, name, (first, at - 1), &[(3, false)], "#,##0"));
    }
    sheet.set_freeze_panes(1, 1)?;
    for (place, chart) in (0_u32..).zip(&charts) {
        sheet.insert_chart(1 + place * 18, 10, chart)?;
    }
    Ok(sheet)
}

fn metrics(sheet: &mut Worksheet, at: u32, quality: &ModelQuality, cells: &mut Cells) -> Result<u32, XlsxError> {
    let role = |role: Role| match role {
        Role::Model => T.role_model,
        Role::Champion => T.role_champion,
        Role::Baseline => T.role_baseline,
    };
    let rows: Vec<Vec<Cell<'_>>> = quality
        .models
        .iter()
        .flat_map(|model| {
            let m = &model.metrics;
            [
                (T.roc_auc, m.roc_auc),
                (T.average_precision, m.average_precision),
                (T.lift_at_10, m.lift_at_10),
                (T.log_loss, m.log_loss),
                (T.brier, m.brier),
                (T.ece, m.ece),
                (T.calibration_slope, m.calibration_slope),
                (T.calibration_intercept, m.calibration_intercept),
            ]
            .map(|(name, e)| {
                let told = format!("{} ({})", model.name, role(model.role));
                vec![text(name), number(e.value), number(e.low), number(e.high), text(told)]
            })
        })
        .collect();
    let heads = [
        (T.metric, Kind::Text),
        (W.value, Kind::Number),
        (W.low_95, Kind::Number),
        (W.high_95, Kind::Number),
        (T.model_version, Kind::Text),
    ];
    cells.table(sheet, at, &heads, &rows)
}
