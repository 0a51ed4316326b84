//! Odds ratios of the strongest drivers with their intervals, on a logarithmic scale.

use super::labels::shorten;
use super::pen::{Anchor, Marker, Stroke, Type};
use super::{Axis, Chart, Frame, Ink};
use crate::data::Driver;
use crate::error::ReportError;
use crate::number::{decimal, mark};
use crate::text::{T, fill};

/// The strongest drivers are drawn, the rest is in the table.
pub(crate) const MOST: usize = 12;

const ROW: i32 = 26;
const LEFT: i32 = 316;

/// Odds ratios above and below 1 that make good ticks, from 1 outwards.
const TICKS_UP: [f64; 10] = [1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0];
const TICKS_DOWN: [f64; 10] = [0.9, 0.8, 0.65, 0.5, 0.33, 0.2, 0.1, 0.05, 0.02, 0.01];

/// Ticks nearer to each other than this share of the axis would touch.
const TICK_DISTANCE: f64 = 0.08;

/// Draws `drivers`, the strongest first. `None`: none has an odds ratio.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn draw(drivers: &[&Driver]) -> Result<Option<Chart>, ReportError> {
    let rows: Vec<(&Driver, f64)> =
        drivers.iter().filter_map(|d| Some((*d, d.odds_ratio.finite()?))).take(MOST).collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let logs = || {
        rows.iter().flat_map(|(d, v)| {
            let (low, high) = d.odds_ratio.interval().unwrap_or((*v, *v));
            [low.ln(), v.ln(), high.ln()]
        })
    };
    // An interval may reach to nearly nothing; the axis stops at a factor of 100 and the interval is cut there.
    let limit = 100_f64.ln();
    let low = logs().fold(-0.1, f64::min).max(-limit);
    let high = logs().fold(0.1, f64::max).min(limit);
    let pad = (high - low) * 0.06;
    let (low, high) = (low - pad, high + pad);
    let desc: Vec<String> = rows
        .iter()
        .map(|(d, v)| fill(T.drivers_desc_item, &[("feature", &d.feature), ("ratio", &decimal(Some(*v), 2))]))
        .collect();
    let n = i32::try_from(rows.len()).unwrap_or(i32::MAX).min(MOST as i32);
    let frame = Frame {
        id: "drivers",
        title: T.drivers_title.to_owned(),
        desc: format!("{} {}", T.drivers_desc, desc.join("; ")),
        width: 920,
        height: 84 + ROW * n,
        left: LEFT,
        x: Axis { low, high, ticks: ticks(low, high), title: T.drivers_x.to_owned(), grid: true },
        y: Axis { low: 0.0, high: f64::from(n), ticks: Vec::new(), title: String::new(), grid: false },
    };
    let chart = frame.draw(|pen| {
        let (left, top, _, bottom) = pen.bounds();
        let (one, _) = pen.at(0.0, 0.0);
        pen.line(&[(one, top - 4.0), (one, bottom)], Stroke(Ink::Axis, 1.4))?;
        pen.text(T.drivers_less, (one - 10.0, top - 14.0), Type::new(12.0, Ink::Muted, Anchor::End))?;
        pen.text(T.drivers_more, (one + 10.0, top - 14.0), Type::new(12.0, Ink::Muted, Anchor::Start))?;
        for (i, (driver, ratio)) in rows.iter().enumerate() {
            let at = |v: f64| pen.at(v.ln().clamp(low, high), f64::from(n) - 0.5 - i as f64);
            let (ink, marker) = if *ratio >= 1.0 { (Ink::Red, Marker::Disc) } else { (Ink::Blue, Marker::Diamond) };
            if let Some((from, to)) = driver.odds_ratio.interval() {
                pen.line(&[at(from), at(to)], Stroke(ink, 1.8))?;
            }
            pen.marker(at(*ratio), marker, ink)?;
            let name = shorten(&driver.feature, 12.5, f64::from(LEFT) - 24.0);
            pen.text(&name, (left - 10.0, at(*ratio).1), Type::new(12.5, Ink::Text, Anchor::End))?;
        }
        Ok(())
    })?;
    Ok(Some(chart))
}

/// Ticks of the logarithmic axis `[low, high]`: 1, and outwards from it whatever has room.
fn ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let mut ticks = vec![(0.0, "1".to_owned())];
    for side in [TICKS_UP, TICKS_DOWN] {
        let mut last = 0.0_f64;
        for value in side {
            let at = value.ln();
            if (low..=high).contains(&at) && (at - last).abs() > (high - low) * TICK_DISTANCE {
                ticks.push((at, mark(&value.to_string())));
                last = at;
            }
        }
    }
    ticks
}
