//! Curves over a number: a share by days, a profit by customers.

use super::gains::LOOKS;
use super::labels::{shorten, text_width};
use super::pen::{Anchor, DrawError, Pen, Point, Stroke, Type};
use super::{Axis, Chart, Frame, Ink};
use crate::error::ReportError;

/// A chart of curves.
#[derive(Debug)]
pub(crate) struct Curves<'a> {
    /// Unique in the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'a str,
    pub(crate) desc: String,
    pub(crate) left: i32,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) curves: Vec<Curve<'a>>,
    pub(crate) marks: Vec<Mark>,
}

/// One curve; its look is that of its place.
#[derive(Debug, Default)]
pub(crate) struct Curve<'a> {
    /// In the key, where there is more than one curve.
    pub(crate) name: &'a str,
    /// By growing x.
    pub(crate) points: Vec<(f64, f64)>,
    /// x, low and high, by growing x; may be empty.
    pub(crate) band: Vec<(f64, f64, f64)>,
    /// Each value holds until the next.
    pub(crate) steps: bool,
    /// What a dashed line from the first to the last point stands for, if there is one.
    pub(crate) straight: Option<&'a str>,
}

/// A place on the x axis to look at.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) at: f64,
    pub(crate) name: String,
}

/// Size of the names of marks and of the key.
const SIZE: f64 = 12.5;

/// Height of a line of the names of marks.
const LINE: f64 = 17.0;

impl Curves<'_> {
    /// # Errors
    /// [`ReportError::Chart`]
    pub(crate) fn draw(self) -> Result<Chart, ReportError> {
        let Self { id, title, desc, left, x, y, curves, marks } = self;
        let frame = Frame { id, title: title.to_owned(), desc, width: 920, height: 330, left, x, y };
        frame.draw(|pen| {
            if frame.y.low < 0.0 && frame.y.high > 0.0 {
                let (from, to) = (pen.at(frame.x.low, 0.0), pen.at(frame.x.high, 0.0));
                pen.line(&[from, to], Stroke(Ink::Axis, 1.2))?;
            }
            for (curve, (ink, ..)) in curves.iter().zip(LOOKS) {
                let upper: Vec<(f64, f64)> = curve.band.iter().map(|(x, _, high)| (*x, *high)).collect();
                let lower: Vec<(f64, f64)> = curve.band.iter().map(|(x, low, _)| (*x, *low)).collect();
                let mut around = outline(pen, &upper, curve.steps);
                around.extend(outline(pen, &lower, curve.steps).into_iter().rev());
                if around.len() > 3 {
                    pen.polygon(&around, ink, 0.16)?;
                }
            }
            straight(pen, &curves)?;
            for (curve, (ink, _, width)) in curves.iter().zip(LOOKS).rev() {
                let points = outline(pen, &curve.points, curve.steps);
                if points.len() > 1 {
                    pen.line(&points, Stroke(ink, width))?;
                }
            }
            for (curve, (ink, marker, _)) in curves.iter().zip(LOOKS).filter(|_| curves.len() > 1) {
                // Marks tell curves apart without colour; a few are enough.
                let every = curve.points.len().div_ceil(8).max(1);
                for (x, y) in curve.points.iter().skip(every / 2).step_by(every) {
                    pen.marker(pen.at(*x, *y), marker, ink)?;
                }
            }
            place_marks(pen, &marks)?;
            if curves.len() > 1 || curves.iter().any(|curve| curve.straight.is_some()) {
                key(pen, &curves)?;
            }
            Ok(())
        })
    }
}

/// The dashed lines between the ends of curves.
fn straight(pen: &Pen<'_>, curves: &[Curve<'_>]) -> Result<(), DrawError> {
    for (curve, (ink, ..)) in curves.iter().zip(LOOKS).filter(|(curve, _)| curve.straight.is_some()) {
        if let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) {
            pen.dashes(pen.at(first.0, first.1), pen.at(last.0, last.1), Stroke(ink, 1.4))?;
        }
    }
    Ok(())
}

/// The corners of a curve.
fn outline(pen: &Pen<'_>, points: &[(f64, f64)], steps: bool) -> Vec<Point> {
    let mut corners = Vec::with_capacity(points.len() * 2);
    let mut last = None;
    for (x, y) in points {
        corners.extend(last.filter(|_| steps).map(|before| pen.at(*x, before)));
        corners.push(pen.at(*x, *y));
        last = Some(*y);
    }
    corners
}

/// Dashed lines with their names beside them, one below the other, at the foot of the chart where curves that rise or fall
/// leave room.
fn place_marks(pen: &Pen<'_>, marks: &[Mark]) -> Result<(), DrawError> {
    let (left, top, right, bottom) = pen.bounds();
    for (i, mark) in marks.iter().enumerate() {
        let x = pen.at(mark.at, 0.0).0;
        if !(left..=right).contains(&x) {
            continue;
        }
        pen.dashes((x, top), (x, bottom), Stroke(Ink::Axis, 1.4))?;
        let y = bottom - 14.0 - LINE * i as f64;
        // A name crosses no other line where there is room on the other side.
        let reach = x + 14.0 + text_width(&mark.name, SIZE);
        let is_crossed = marks.iter().map(|other| pen.at(other.at, 0.0).0).any(|other| x < other && other < reach);
        let to_the_right = x < (left + right) / 2.0 && !(is_crossed && 2.0 * x - reach > left);
        let (at, anchor) = if to_the_right { (x + 7.0, Anchor::Start) } else { (x - 7.0, Anchor::End) };
        pen.text(&mark.name, (at, y), Type::new(SIZE, Ink::Text, anchor))?;
    }
    Ok(())
}

/// The key, in the line of the axis title.
fn key(pen: &Pen<'_>, curves: &[Curve<'_>]) -> Result<(), DrawError> {
    const MARK: f64 = 34.0;
    const GAP: f64 = 18.0;
    let (_, _, right, _) = pen.bounds();
    let names: Vec<String> = curves.iter().map(|curve| shorten(curve.name, SIZE, 220.0)).collect();
    let of_line = curves.iter().find_map(|curve| curve.straight);
    let all = names.iter().map(String::as_str).chain(of_line);
    let mut x = right + GAP - all.map(|name| MARK + text_width(name, SIZE) + GAP).sum::<f64>();
    for (name, (ink, marker, width)) in names.iter().zip(LOOKS) {
        pen.line(&[(x, 12.0), (x + 26.0, 12.0)], Stroke(ink, width))?;
        if curves.len() > 1 {
            pen.marker((x + 13.0, 12.0), marker, ink)?;
        }
        pen.text(name, (x + MARK, 12.0), Type::new(SIZE, Ink::Text, Anchor::Start))?;
        x += MARK + text_width(name, SIZE) + GAP;
    }
    if let Some(name) = of_line {
        pen.dashes((x, 12.0), (x + 26.0, 12.0), Stroke(Ink::Muted, 1.4))?;
        pen.text(name, (x + MARK, 12.0), Type::new(SIZE, Ink::Text, Anchor::Start))?;
    }
    Ok(())
}
