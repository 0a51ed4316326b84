//! Cumulative gains: the share of churners found in the riskiest share of customers.

use super::labels::shorten;
use super::pen::{Anchor, Marker, Stroke, Type};
use super::{Axis, Chart, Frame, Ink};
use crate::data::{GainsCurve, GainsPoint, Role};
use crate::error::ReportError;
use crate::number::percent;
use crate::text::{T, fill};

/// Looks of the curves, the model first. There are no more than these.
pub(super) const LOOKS: [(Ink, Marker, f64); 5] = [
    (Ink::Blue, Marker::Disc, 2.6),
    (Ink::Red, Marker::Square, 1.5),
    (Ink::Green, Marker::Triangle, 1.5),
    (Ink::Violet, Marker::Diamond, 1.5),
    (Ink::Grey, Marker::Ring, 1.5),
];

/// A curve is thinned to about this many points.
const MOST_POINTS: usize = 100;

/// The curves that are drawn: the model first, then the others in their order.
pub(crate) fn drawn(curves: &[GainsCurve]) -> Vec<&GainsCurve> {
    let (models, others): (Vec<_>, Vec<_>) =
        curves.iter().filter(|c| c.points.len() > 1).partition(|c| c.role == Role::Model);
    models.into_iter().chain(others).take(LOOKS.len()).collect()
}

/// The share of churners found at `share`, on the straight line between the points around it.
pub(crate) fn captured_at(curve: &GainsCurve, share: f64) -> Option<f64> {
    let after = curve.points.iter().position(|p| p.share >= share)?;
    let b = curve.points[after];
    let a = if after == 0 { GainsPoint { share: 0.0, captured: 0.0 } } else { curve.points[after - 1] };
    if b.share <= a.share {
        return Some(b.captured);
    }
    Some(a.captured + (b.captured - a.captured) * (share - a.share) / (b.share - a.share))
}

/// Draws the curves. `None`: there is no curve.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn draw(curves: &[GainsCurve]) -> Result<Option<Chart>, ReportError> {
    let curves = drawn(curves);
    if curves.is_empty() {
        return Ok(None);
    }
    let desc: Vec<String> = curves
        .iter()
        .map(|c| fill(T.gains_desc_item, &[("name", &c.name), ("captured", &percent(captured_at(c, 0.2)))]))
        .collect();
    let frame = Frame {
        id: "gains",
        title: T.gains_title.to_owned(),
        desc: format!("{} {}", T.gains_desc, desc.join("; ")),
        width: 500,
        height: 430,
        left: 62,
        x: Axis::fraction(T.gains_x, 1.0),
        y: Axis::fraction(T.gains_y, 1.0),
    };
    let chart = frame.draw(|pen| {
        pen.dashes(pen.at(0.0, 0.0), pen.at(1.0, 1.0), Stroke(Ink::Axis, 1.4))?;
        for (curve, (ink, _, width)) in curves.iter().zip(LOOKS).rev() {
            let points: Vec<_> = thinned(curve).map(|p| pen.at(p.share, p.captured)).collect();
            pen.line(&points, Stroke(ink, width))?;
        }
        for (index, (curve, (ink, marker, _))) in curves.iter().zip(LOOKS).enumerate().rev() {
            // Each curve has its marks at its own shares, so that they do not cover each other.
            for step in 0..5 {
                let share = 0.1 + 0.2 * f64::from(step) + 0.03 * index as f64;
                if let Some(captured) = captured_at(curve, share) {
                    pen.marker(pen.at(share, captured), marker, ink)?;
                }
            }
        }
        // Below the diagonal there are no curves worth drawing: room for the key.
        let (_, _, right, bottom) = pen.bounds();
        let left = right - 226.0;
        let mut y = bottom - 16.0 - 20.0 * curves.len() as f64;
        for (curve, (ink, marker, width)) in curves.iter().zip(LOOKS) {
            pen.line(&[(left, y), (left + 26.0, y)], Stroke(ink, width))?;
            pen.marker((left + 13.0, y), marker, ink)?;
            let name = shorten(&curve.name, 12.5, 186.0);
            pen.text(&name, (left + 34.0, y), Type::new(12.5, Ink::Text, Anchor::Start))?;
            y += 20.0;
        }
        pen.dashes((left, y), (left + 26.0, y), Stroke(Ink::Axis, 1.4))?;
        pen.text(T.random, (left + 34.0, y), Type::new(12.5, Ink::Text, Anchor::Start))
    })?;
    Ok(Some(chart))
}

fn thinned(curve: &GainsCurve) -> impl Iterator<Item = &GainsPoint> {
    let every = curve.points.len().div_ceil(MOST_POINTS).max(1);
    let last = curve.points.len() - 1;
    curve.points.iter().enumerate().filter(move |(i, _)| i % every == 0 || *i == last).map(|(_, p)| p)
}
