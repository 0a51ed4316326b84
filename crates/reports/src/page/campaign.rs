//! What past offers did: the Qini curve, uplift by tenth of the prediction, and the figures.

use maud::{Markup, html};

use super::measures::{one, percent_of};
use super::{cell, estimate_cell, figure, table_of};
use crate::chart::Axis;
use crate::chart::curves::{Curve, Curves};
use crate::chart::over_dates::{Line, OverDates};
use crate::data::{Estimate, FigureName, Measure, MeasureName, MeasureRow, QiniCurve, ReportData, finite};
use crate::error::ReportError;
use crate::number::{MISSING, decimal, percent_plain};
use crate::text::{T, fill};
use crate::words::W;

/// Steps of the table of the Qini curve.
const STEPS: u32 = 10;

/// What past offers did; where there was no campaign, that there was none and what is missing.
///
/// # Errors
/// [`ReportError::Chart`]
pub(super) fn section(data: &ReportData) -> Result<Markup, ReportError> {
    let measure = data.measures.iter().find(|measure| measure.measure == MeasureName::OfferResponse);
    let Some(measure) = measure else { return Ok(html! { p.empty { (W.campaign_none) } }) };
    if measure.not_given.is_some() {
        return Ok(html! { p.empty { (W.campaign_none) } (one(measure, &[])) });
    }
    let charts: Vec<Markup> = [qini(&measure.curves)?, tenths(measure)?].into_iter().flatten().collect();
    Ok(one(measure, &charts))
}

/// Customers kept by share contacted, a curve for each offer, against contacting at random.
fn qini(curves: &[QiniCurve]) -> Result<Option<Markup>, ReportError> {
    let drawn: Vec<&QiniCurve> = curves.iter().filter(|curve| curve.points.len() > 1).collect();
    if drawn.is_empty() {
        return Ok(None);
    }
    let whole = |value: Option<f64>| decimal(value, 0);
    let area = |curve: &QiniCurve| match finite(curve.area.value) {
        Some(area) => decimal(Some(area), 2),
        None => MISSING.to_owned(),
    };
    let items: Vec<String> = drawn
        .iter()
        .map(|curve| {
            let (half, all) = (whole(curve.at(0.5)), whole(curve.end()));
            fill(W.qini_desc_item, &[("name", &curve.offer), ("half", &half), ("all", &all), ("area", &area(curve))])
        })
        .collect();
    let kept = || drawn.iter().flat_map(|curve| &curve.points).map(|point| point.kept);
    let (low, high) = (kept().fold(0.0, f64::min), kept().fold(0.0, f64::max));
    let room = (high - low) * 0.06;
    let chart = Curves {
        id: "qini",
        title: W.qini_title,
        desc: format!("{} {}", W.qini_desc, items.join("; ")),
        left: 72,
        x: Axis::new(W.qini_x, (0.0, 1.0), 10, (0.0, 1.0), percent_plain).without_grid(),
        y: Axis::new(W.qini_y, (low - room, high + room), 6, (f64::MIN, f64::MAX), |v| decimal(Some(v), 0)),
        curves: drawn
            .iter()
            .map(|curve| Curve {
                name: &curve.offer,
                points: curve.points.iter().map(|point| (point.share, point.kept)).collect(),
                straight: Some(W.qini_random),
                ..Curve::default()
            })
            .collect(),
        marks: Vec::new(),
    };
    let of_random: Vec<String> = drawn.iter().map(|curve| fill(W.qini_at_random, &[("name", &curve.offer)])).collect();
    let mut columns = vec![(W.qini_x, true)];
    for (curve, at_random) in drawn.iter().zip(&of_random) {
        columns.extend([(curve.offer.as_str(), true), (at_random.as_str(), true)]);
    }
    let row = |step: u32| {
        let share = f64::from(step) / f64::from(STEPS);
        let of =
            |curve: &&QiniCurve| [curve.at(share), curve.end().map(|end| end * share)].map(|kept| cell(whole(kept)));
        std::iter::once(cell(percent_plain(share))).chain(drawn.iter().flat_map(of)).collect()
    };
    let rows: Vec<Vec<Markup>> = (0..=STEPS).map(row).collect();
    let areas: Vec<String> =
        drawn.iter().map(|curve| fill(W.qini_area, &[("name", &curve.offer), ("area", &area(curve))])).collect();
    let note = fill(W.qini_note, &[("areas", &areas.join("; "))]);
    Ok(Some(figure(&chart.draw()?, &note, &table_of(W.qini_title, &columns, &rows))))
}

/// Observed uplift by tenth, a line for each offer.
fn tenths(measure: &Measure) -> Result<Option<Markup>, ReportError> {
    let observed = |row: &MeasureRow| row.figures.iter().find(|f| f.figure == FigureName::ObservedUplift).copied();
    let found: Vec<(&str, &str, Estimate)> = measure
        .rows
        .iter()
        .filter_map(|row| Some((row.item.as_deref()?, row.segment.as_deref()?, observed(row)?.estimate)))
        .collect();
    let (mut places, mut offers): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (offer, place, _) in &found {
        if !places.contains(place) {
            places.push(place);
        }
        if !offers.contains(offer) {
            offers.push(offer);
        }
    }
    let value = |offer: &str, place: &str| {
        found.iter().find(|(o, p, _)| *o == offer && *p == place).map_or_else(Estimate::default, |(.., e)| *e)
    };
    let models = offers
        .iter()
        .enumerate()
        .map(|(at, offer)| Line {
            name: offer,
            place: at,
            values: places.iter().map(|place| value(offer, place)).collect(),
        })
        .collect();
    let chart = OverDates {
        id: "uplift",
        title: T.uplift_title,
        axis: T.uplift_axis,
        across: T.uplift_x,
        words: (T.uplift_desc, T.uplift_desc_item),
        limits: (-1.0, 1.0),
        ideal: Some((0.0, T.uplift_zero)),
        dates: &places,
        models,
    };
    let Some(drawn) = chart.draw()? else { return Ok(None) };
    let columns: Vec<(&str, bool)> =
        std::iter::once((T.uplift_x, false)).chain(offers.iter().map(|offer| (*offer, true))).collect();
    let rows: Vec<Vec<Markup>> = places
        .iter()
        .map(|place| {
            let values = offers.iter().map(|offer| estimate_cell(&value(offer, place), percent_of));
            std::iter::once(cell(place)).chain(values).collect()
        })
        .collect();
    Ok(Some(figure(&drawn, T.uplift_note, &table_of(T.uplift_title, &columns, &rows))))
}
