//! Observed churn rate by as-of date, with its 95 % band.

use super::pen::{Marker, Point, Stroke};
use super::{Axis, Chart, Frame, Ink};
use crate::data::Month;
use crate::error::ReportError;
use crate::number::percent;
use crate::text::{T, fill};

/// More tick labels than this would touch each other.
const MOST_LABELS: usize = 10;

/// Draws the rates. `None`: no month has a rate.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn draw(months: &[Month]) -> Result<Option<Chart>, ReportError> {
    let rates: Vec<(usize, f64)> = months.iter().enumerate().filter_map(|(i, m)| Some((i, m.churn.rate()?))).collect();
    let (Some(first), Some(last)) = (rates.first(), rates.last()) else { return Ok(None) };
    let top = months
        .iter()
        .flat_map(|m| [m.churn.rate(), m.churn.interval().map(|(_, high)| high)])
        .flatten()
        .fold(0.0, f64::max);
    let every = months.len().div_ceil(MOST_LABELS).max(1);
    let ticks = months.iter().enumerate().rev().step_by(every).map(|(i, m)| (i as f64, m.as_of.clone())).collect();
    let frame = Frame {
        id: "months",
        title: T.months_title.to_owned(),
        desc: fill(
            T.months_desc,
            &[
                ("n", &rates.len().to_string()),
                ("first", &months[first.0].as_of),
                ("last", &months[last.0].as_of),
                ("from", &percent(Some(first.1))),
                ("to", &percent(Some(last.1))),
            ],
        ),
        width: 920,
        height: 330,
        left: 62,
        x: Axis { low: -0.5, high: months.len() as f64 - 0.5, ticks, title: T.as_of_axis.to_owned(), grid: false },
        y: Axis::fraction(T.churn_rate_axis, top),
    };
    let chart = frame.draw(|pen| {
        for run in runs(months) {
            let band: Vec<(f64, f64, f64)> =
                run.iter().filter_map(|(i, m)| m.churn.interval().map(|(low, high)| (*i as f64, low, high))).collect();
            if band.len() == run.len() && band.len() > 1 {
                let upper = band.iter().map(|b| pen.at(b.0, b.2));
                let lower = band.iter().rev().map(|b| pen.at(b.0, b.1));
                pen.polygon(&upper.chain(lower).collect::<Vec<_>>(), Ink::Blue, 0.16)?;
            } else {
                for (x, low, high) in band {
                    pen.line(&[pen.at(x, low), pen.at(x, high)], Stroke(Ink::Blue, 1.4))?;
                }
            }
            let points: Vec<Point> = run.iter().filter_map(|(i, m)| Some(pen.at(*i as f64, m.churn.rate()?))).collect();
            if points.len() > 1 {
                pen.line(&points, Stroke(Ink::Blue, 2.2))?;
            }
            for point in points {
                pen.marker(point, Marker::Disc, Ink::Blue)?;
            }
        }
        Ok(())
    })?;
    Ok(Some(chart))
}

/// Months with a rate, cut where a rate is missing: no line is drawn across a gap.
fn runs(months: &[Month]) -> Vec<Vec<(usize, &Month)>> {
    let mut runs = vec![Vec::new()];
    for (i, month) in months.iter().enumerate() {
        match (month.churn.rate(), runs.last_mut()) {
            (Some(_), Some(run)) => run.push((i, month)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}
