//! Calibration: observed against predicted churn, and how often each prediction is made.

use super::pen::{Anchor, Marker, Stroke, Type};
use super::{Axis, Chart, Frame, Ink};
use crate::data::{Calibration, HistogramBin};
use crate::error::ReportError;
use crate::number::{count, percent};
use crate::text::{T, fill};

/// Draws observed against predicted churn with intervals. `None`: no bin has rows.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn draw(calibration: &Calibration) -> Result<Option<Chart>, ReportError> {
    let bins: Vec<_> = calibration.bins.iter().filter_map(|b| Some((b, b.observed.rate()?))).collect();
    if bins.is_empty() {
        return Ok(None);
    }
    let top = bins
        .iter()
        .flat_map(|(b, rate)| [Some(b.predicted), Some(*rate), b.observed.interval().map(|(_, high)| high)])
        .flatten()
        .fold(0.0, f64::max);
    let desc: Vec<String> = bins
        .iter()
        .map(|(b, rate)| {
            fill(
                T.calibration_desc_item,
                &[("predicted", &percent(Some(b.predicted))), ("observed", &percent(Some(*rate)))],
            )
        })
        .collect();
    let frame = Frame {
        id: "calibration",
        title: T.calibration_title.to_owned(),
        desc: format!("{} {}", T.calibration_desc, desc.join("; ")),
        width: 500,
        height: 430,
        left: 62,
        x: Axis::fraction(T.calibration_x, top),
        y: Axis::fraction(T.calibration_y, top),
    };
    let chart = frame.draw(|pen| {
        let end = frame.x.high.min(frame.y.high);
        pen.dashes(pen.at(0.0, 0.0), pen.at(end, end), Stroke(Ink::Axis, 1.4))?;
        let points: Vec<_> = bins.iter().map(|(b, rate)| pen.at(b.predicted, *rate)).collect();
        for (bin, _) in &bins {
            if let Some((low, high)) = bin.observed.interval() {
                let (from, to) = (pen.at(bin.predicted, low), pen.at(bin.predicted, high));
                pen.line(&[from, to], Stroke(Ink::Blue, 1.4))?;
                for y in [from.1, to.1] {
                    pen.line(&[(from.0 - 4.0, y), (from.0 + 4.0, y)], Stroke(Ink::Blue, 1.4))?;
                }
            }
        }
        for point in &points {
            pen.marker(*point, Marker::Disc, Ink::Blue)?;
        }
        let (_, _, right, bottom) = pen.bounds();
        let left = right - 220.0;
        let key = Type::new(12.5, Ink::Text, Anchor::Start);
        pen.marker((left + 13.0, bottom - 38.0), Marker::Disc, Ink::Blue)?;
        pen.line(&[(left + 13.0, bottom - 46.0), (left + 13.0, bottom - 30.0)], Stroke(Ink::Blue, 1.4))?;
        pen.text(T.calibration_key, (left + 34.0, bottom - 38.0), key)?;
        pen.dashes((left, bottom - 18.0), (left + 26.0, bottom - 18.0), Stroke(Ink::Axis, 1.4))?;
        pen.text(T.calibration_perfect, (left + 34.0, bottom - 18.0), key)
    })?;
    Ok(Some(chart))
}

/// Draws how many rows got which prediction. `None`: the histogram is empty.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn draw_histogram(bins: &[HistogramBin]) -> Result<Option<Chart>, ReportError> {
    let most = bins.iter().map(|b| b.rows).max().unwrap_or(0);
    let Some(mode) = bins.iter().find(|b| b.rows == most && most > 0) else { return Ok(None) };
    let low = bins.iter().filter(|b| b.rows > 0).map(|b| b.low).fold(1.0, f64::min);
    let high = bins.iter().filter(|b| b.rows > 0).map(|b| b.high).fold(0.0, f64::max);
    let from = if low < 0.25 { 0.0 } else { low };
    let frame = Frame {
        id: "histogram",
        title: T.histogram_title.to_owned(),
        desc: fill(
            T.histogram_desc,
            &[
                ("low", &percent(Some(low))),
                ("high", &percent(Some(high))),
                ("from", &percent(Some(mode.low))),
                ("to", &percent(Some(mode.high))),
                ("rows", &count(mode.rows)),
            ],
        ),
        width: 500,
        height: 210,
        left: 62,
        x: Axis::new(T.calibration_x, (from, high), 6, (0.0, 1.0), crate::number::percent_plain).without_grid(),
        y: Axis::new(T.histogram_y, (0.0, most as f64 * 1.05), 4, (0.0, f64::MAX), |v| {
            crate::number::decimal(Some(v), 0)
        }),
    };
    let chart = frame.draw(|pen| {
        for bin in bins.iter().filter(|b| b.rows > 0) {
            let (left, top) = pen.at(bin.low, bin.rows as f64);
            let (right, bottom) = pen.at(bin.high, 0.0);
            let gap = if right - left > 4.0 { 0.8 } else { 0.0 };
            pen.rectangle((left + gap, top), (right - gap, bottom), Ink::Blue, 0.75)?;
        }
        Ok(())
    })?;
    Ok(Some(chart))
}
