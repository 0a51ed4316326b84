//! What each column means, so that the workbook can be read without this project's documentation.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::{Cells, Kind};
use super::people::{CUSTOMER_COLUMNS, PLAN_COLUMNS};
use crate::data::ReportData;
use crate::language::data::tell;
use crate::text::{T, fill};
use crate::words::W;

/// What a column of the customers means.
fn of_customers(column: &str) -> &'static str {
    match column {
        "customer_id" => "The customer's id, as in the export.",
        "state" => "eligible: bought lately, scored; lapsed: bought before, not lately; new: known, no purchase yet.",
        "segment" => "The customer's segment.",
        "risk_band" => "The churn probability in words: low, medium, high or critical.",
        "churn_probability" => {
            "Probability to churn, as churn is defined on the sheet Summary. Eligible customers only."
        }
        "probability_low" | "probability_high" => {
            "95 % interval: how well the model knows the probability, not the range in which the customer will behave."
        }
        "expected_value" => "What the customer is expected to bring within the horizon if they stay.",
        "value_at_risk" => "Churn probability x expected value.",
        "reason_1" | "reason_2" | "reason_3" => {
            "What raises the probability most against the average customer of the training, the weightiest first. Associations, not causes."
        }
        "return_probability" => "Lapsed customers: probability of at least one purchase within the horizon.",
        _ => "",
    }
}

/// What a column of the plan means.
fn of_plan(column: &str) -> &'static str {
    match column {
        "priority" => "Place in the list, the highest expected gain first.",
        "customer_id" => "The customer's id, as in the export.",
        "arm" => "contact: to be contacted; hold_out: left alone by lot, so that the effect can be measured.",
        "action" => "The group: protect, grow, save, win back, let go.",
        "offer" => "What to offer.",
        "channel" => "By which channel.",
        "owner" => "Who is responsible for the customer.",
        "churn_probability" => "Probability to churn.",
        "uplift" => "What the offer is expected to add to the probability to stay.",
        "expected_gain" => "Uplift x value minus cost.",
        "cost" => "What the offer is expected to cost, the cost of those who would have stayed included.",
        "reason" => "Why, in a sentence.",
        _ => "",
    }
}

/// The sheet.
pub(super) fn sheet(data: &ReportData, has_plan: bool, cells: &mut Cells) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(W.sheet_dictionary)?;
    for (column, width) in (0_u16..).zip([16.0, 26.0, 110.0]) {
        sheet.set_column_width(column, width)?;
    }
    let segments = &data.segments;
    let few = fill(T.segments_note, &[("min", &segments.min_customers.to_string())]);
    let mut rows: Vec<(&str, &str, String)> = vec![
        (W.sheet_segments, T.segment, segments.segment_by.clone()),
        (W.sheet_segments, T.observed_churn, few),
        (W.sheet_segments, T.value_per_customer, segments.value_label.clone()),
    ];
    rows.extend(CUSTOMER_COLUMNS.iter().map(|(name, ..)| (W.sheet_customers, *name, tell(of_customers(name)))));
    rows.push((W.sheet_deciles, T.captured, T.gains_note.to_owned()));
    rows.push((W.sheet_deciles, T.observed_churn, fill(T.calibration_note, &[("binning", binning(data))])));
    rows.push((W.sheet_cohorts, W.cohort, fill(W.cohorts_note, &[("min", &segments.min_customers.to_string())])));
    if has_plan {
        rows.extend(PLAN_COLUMNS.iter().map(|(name, ..)| (W.sheet_plan, *name, tell(of_plan(name)))));
    }
    let heads = [(W.dictionary_sheet, Kind::Text), (W.dictionary_column, Kind::Text), (W.dictionary_means, Kind::Text)];
    cells.heads(&mut sheet, 0, &heads)?;
    for (at, (of, column, means)) in (1_u32..).zip(&rows) {
        cells.text(&mut sheet, at, 0, of)?;
        cells.text(&mut sheet, at, 1, column)?;
        cells.wrapped(&mut sheet, at, 2, means)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, rows.len() as u32, 2)?;
    Ok(sheet)
}

fn binning(data: &ReportData) -> &str {
    data.quality.as_ref().and_then(|quality| quality.calibration.as_ref()).map_or("", |c| c.binning.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_meaning() {
        for (name, ..) in CUSTOMER_COLUMNS {
            assert!(of_customers(name).ends_with('.'), "{name}");
        }
        for (name, ..) in PLAN_COLUMNS {
            assert!(of_plan(name).ends_with('.'), "{name}");
        }
    }
}
