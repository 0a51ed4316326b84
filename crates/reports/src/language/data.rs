//! The data of a page with its sentences, names and dates in the language in use.

use std::borrow::Cow;

use super::phrase::tell as tell_with;
use super::phrases::BOOK;
use super::{Language, current, date};
use crate::data::{BacktestData, Measure, MeasureName, MeasureRow, ReportData, ScoredModel};

/// A sentence in the language in use; as it is where it is no phrase of ours.
pub(crate) fn tell(text: &str) -> String {
    match current() {
        Language::English => text.to_owned(),
        language => tell_with(BOOK, language, text).unwrap_or_else(|| text.to_owned()),
    }
}

/// The data of the report in the language in use. What the customers' own tables say (names of segments and offers) stays.
pub(crate) fn report(data: &ReportData) -> Cow<'_, ReportData> {
    match texts(data) {
        Cow::Borrowed(data) => Cow::Borrowed(data),
        Cow::Owned(mut data) => {
            dates(&mut data);
            Cow::Owned(data)
        }
    }
}

/// The same with dates as they are, for what makes dates of them.
pub(crate) fn texts(data: &ReportData) -> Cow<'_, ReportData> {
    if current() == Language::English {
        return Cow::Borrowed(data);
    }
    let mut data = data.clone();
    told(&mut data.header.churn_definition);
    told(&mut data.summary.band_rule);
    all_told(&mut data.summary.verdict);
    all_told(&mut data.summary.warnings);
    let segments = &mut data.segments;
    let ours = segments.segment_by == PURCHASE_DAYS;
    told(&mut segments.segment_by);
    told(&mut segments.value_label);
    for row in &mut segments.rows {
        segment(&mut row.name, ours);
    }
    if let Some(quality) = &mut data.quality {
        models(&mut quality.models);
        quality.gains.iter_mut().for_each(|curve| told(&mut curve.name));
        quality.calibration.iter_mut().for_each(|calibration| told(&mut calibration.binning));
    }
    for cohort in data.cohorts.iter_mut().flat_map(|cohorts| &mut cohorts.rows) {
        cohort.name = period_name(&cohort.name);
    }
    data.measures.iter_mut().for_each(measure);
    for driver in &mut data.drivers {
        told(&mut driver.family);
        told(&mut driver.reading);
    }
    data.method.rejects.iter_mut().for_each(|reject| told(&mut reject.meaning));
    data.method.slices.iter_mut().for_each(|slice| told(&mut slice.name));
    for line in &mut data.method.model_card {
        told(&mut line.label);
        told(&mut line.text);
    }
    Cow::Owned(data)
}

fn dates(data: &mut ReportData) {
    dated(&mut data.header.as_of);
    for month in &mut data.months {
        dated(&mut month.as_of);
    }
    if let Some(quality) = &mut data.quality {
        quality.as_of.iter_mut().for_each(dated);
        dated(&mut quality.label_from);
        dated(&mut quality.label_until);
    }
    data.survival.iter_mut().for_each(|survival| dated(&mut survival.first_purchase_from));
    data.plan.iter_mut().for_each(|plan| dated(&mut plan.as_of));
    let method = &mut data.method;
    for day in [&mut method.first_date, &mut method.last_date, &mut method.complete_through].into_iter().flatten() {
        dated(day);
    }
    for slice in &mut method.slices {
        dated(&mut slice.first_as_of);
        dated(&mut slice.last_as_of);
    }
}

/// The data of the page on a backtest in the language in use.
pub(crate) fn backtest(data: &BacktestData) -> Cow<'_, BacktestData> {
    if current() == Language::English {
        return Cow::Borrowed(data);
    }
    let mut data = data.clone();
    told(&mut data.churn_definition);
    all_told(&mut data.verdict);
    all_told(&mut data.warnings);
    models(&mut data.pooled);
    models(&mut data.means);
    for day in &mut data.dates {
        dated(&mut day.as_of);
        match &mut day.test {
            Ok(test) => {
                dated(&mut test.label_until);
                models(&mut test.models);
                all_told(&mut test.notes);
            }
            Err(why) => told(why),
        }
    }
    for horizon in &mut data.horizons {
        dated(&mut horizon.as_of);
        if let Err(why) = &mut horizon.test {
            told(why);
        }
    }
    Cow::Owned(data)
}

/// What the segments are called where the project names no column.
const PURCHASE_DAYS: &str = "number of purchase days";
/// The same in the rows of measures.
const PURCHASE_DAYS_COLUMN: &str = "purchase_days";
/// Groups that are not named by the data.
const NAMELESS: [&str; 2] = ["(not known)", "(rare values)"];

fn told(text: &mut String) {
    *text = tell(text);
}

fn all_told(texts: &mut [String]) {
    texts.iter_mut().for_each(told);
}

fn dated(text: &mut String) {
    *text = date(text);
}

fn models(models: &mut [ScoredModel]) {
    models.iter_mut().for_each(|model| told(&mut model.name));
}

/// The name of a segment, where it is ours and not the data's.
fn segment(name: &mut String, ours: bool) {
    if ours || NAMELESS.contains(&name.as_str()) {
        told(name);
    }
}

fn measure(measure: &mut Measure) {
    measure.not_given.iter_mut().for_each(told);
    all_told(&mut measure.alerts);
    all_told(&mut measure.notes);
    for row in &mut measure.rows {
        row_of(measure.measure, row);
    }
}

fn row_of(measure: MeasureName, row: &mut MeasureRow) {
    if let Some(period) = &mut row.period {
        period.name = period_name(&period.name);
    }
    let ours = row.by.as_deref() == Some(PURCHASE_DAYS_COLUMN);
    if let Some(column) = &mut row.by {
        *column = tell(&column.replace('_', " "));
    }
    row.segment.iter_mut().for_each(|name| segment(name, ours));
    // Items of these two are offers, which the project names.
    let named_by_data = match measure {
        MeasureName::OfferResponse => true,
        MeasureName::OfferEconomics => row.item.as_deref() != Some("the plan"),
        _ => false,
    };
    if !named_by_data {
        row.item.iter_mut().for_each(told);
    }
}

/// `2026-05` as `05.2026`, `2026 Q1` as a quarter of the language, days as days.
pub(crate) fn period_name(name: &str) -> String {
    let is_year = |text: &str| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    match (current(), name.split_once(" Q"), name.split_once('-')) {
        (Language::English, ..) => name.to_owned(),
        (Language::Romanian, Some((year, quarter)), _) if is_year(year) => format!("trim. {quarter} {year}"),
        (Language::Russian, Some((year, quarter)), _) if is_year(year) => format!("{quarter}\u{a0}кв. {year}"),
        (_, _, Some((year, month))) if is_year(year) && month.len() == 2 => format!("{month}.{year}"),
        _ => tell(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::with;

    #[test]
    fn periods_are_named_as_the_language_does() {
        let names =
            |language| with(language, || ["2026-05", "2026 Q1", "2025-11-01 to 2026-10-31", "north"].map(period_name));
        assert_eq!(names(Language::English)[0], "2026-05");
        assert_eq!(names(Language::Romanian), ["05.2026", "trim. 1 2026", "01.11.2025 – 31.10.2026", "north"]);
        assert_eq!(names(Language::Russian), ["05.2026", "1\u{a0}кв. 2026", "01.11.2025 – 31.10.2026", "north"]);
    }

    #[test]
    fn names_of_the_data_are_left_alone() {
        with(Language::Russian, || {
            let mut row = MeasureRow {
                item: Some("service".to_owned()),
                by: Some("region".to_owned()),
                segment: Some("price".to_owned()),
                ..MeasureRow::default()
            };
            row_of(MeasureName::OfferResponse, &mut row);
            assert_eq!((row.item.as_deref(), row.segment.as_deref()), (Some("service"), Some("price")));
            row_of(MeasureName::ReasonsForLeaving, &mut row);
            assert_eq!(row.item.as_deref(), Some("обслуживание"));
        });
    }
}
