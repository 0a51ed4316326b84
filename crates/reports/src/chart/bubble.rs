//! Value per customer against churn probability, one bubble a segment.

use super::labels::{Labels, Rect, shorten, text_width};
use super::pen::{Anchor, DrawError, Point, Stroke, Type};
use super::{Axis, Chart, Frame, Ink, Pen};
use crate::data::Segments;
use crate::error::ReportError;
use crate::number::{money, percent, percent_plain};
use crate::text::{T, fill};
use crate::view::{Group, Row};

const WIDTH: i32 = 920;
const HEIGHT: i32 = 540;
const LEFT: i32 = 76;

/// Radius of the largest bubble, in CSS pixels.
const LARGEST: f64 = 36.0;

/// More bubbles than this are not told apart; the rest stays in the table.
const MOST: usize = 12;

/// Height of the strips along the upper and the lower edge, which hold the names of the quadrants and what to do: no bubble
/// reaches into them.
const STRIP: f64 = 42.0;

/// Neither half is narrower than this share of the chart, so that each has room for its name.
const LEAST_SIDE: f64 = 0.32;

const NAME_SIZE: f64 = 13.0;
const ACTION_SIZE: f64 = 11.5;

const LABEL_SIZE: f64 = 12.5;
const LABEL_HEIGHT: f64 = 16.0;
const LABEL_WIDTH: f64 = 190.0;

/// The chart, and what the page has to say about it.
#[derive(Debug)]
pub(crate) struct Bubbles {
    pub(crate) chart: Chart,
    /// Bubbles that bear a number because their name had no room.
    pub(crate) numbered: Vec<(usize, String)>,
    /// Segments that have both coordinates but are not drawn, and their customers.
    pub(crate) left_out: (usize, u64),
}

struct Bubble<'a> {
    name: &'a str,
    x: f64,
    y: f64,
    radius: f64,
    group: Group,
}

/// Draws the segments with most value at risk. `None`: no segment has both coordinates.
///
/// # Errors
/// [`ReportError::Chart`]
pub(crate) fn draw(segments: &Segments, rows: &[Row<'_>], currency: &str) -> Result<Option<Bubbles>, ReportError> {
    let known: Vec<_> = rows.iter().filter(|r| r.group.is_some()).collect();
    let shown = &known[..known.len().min(MOST)];
    let rest = &known[shown.len()..];
    let most = shown.iter().map(|r| r.segment.customers).max().unwrap_or(0);
    let mut bubbles: Vec<Bubble<'_>> = shown.iter().filter_map(|row| bubble(row, most)).collect();
    if bubbles.is_empty() {
        return Ok(None);
    }
    // Large ones first, so that no bubble hides under another.
    bubbles.sort_by(|a, b| b.radius.total_cmp(&a.radius));
    let frame = frame(segments, &bubbles, currency);
    let mut numbered = Vec::new();
    let chart = frame.draw(|pen| {
        quadrants(pen, segments, &frame)?;
        for bubble in &bubbles {
            disc(pen, bubble)?;
        }
        numbered = label(pen, &bubbles, segments, &frame)?;
        Ok(())
    })?;
    let left_out = (rest.len(), rest.iter().fold(0_u64, |sum, r| sum.saturating_add(r.segment.customers)));
    Ok(Some(Bubbles { chart, numbered, left_out }))
}

fn bubble<'a>(row: &Row<'a>, most: u64) -> Option<Bubble<'a>> {
    Some(Bubble {
        name: &row.segment.name,
        x: row.churn_probability.value()?,
        y: row.value_per_customer.value()?,
        radius: radius(row.segment.customers, most),
        group: row.group?,
    })
}

/// Radius of a bubble whose *area* is proportional to the number of customers.
fn radius(customers: u64, most: u64) -> f64 {
    LARGEST * (customers as f64 / most.max(1) as f64).sqrt()
}

fn frame(segments: &Segments, bubbles: &[Bubble<'_>], currency: &str) -> Frame {
    let range = |threshold: f64, values: &dyn Fn(&Bubble<'_>) -> f64, pixels: i32, strip: f64| {
        let low = bubbles.iter().map(values).fold(threshold, f64::min);
        let high = bubbles.iter().map(values).fold(threshold, f64::max);
        let span = if high > low { high - low } else { (high.abs() * 0.2).max(0.02) };
        // Room for half a bubble, a label and the strip at each end.
        let edge = (LARGEST + 14.0 + strip) / f64::from(pixels);
        let pad = span * edge / (1.0 - 2.0 * edge);
        (low - pad, high + pad)
    };
    let x = range(segments.probability_threshold, &|b| b.x, WIDTH - LEFT - 22, 0.0);
    let x = with_both_sides(x, segments.probability_threshold);
    let y = range(segments.value_threshold, &|b| b.y, HEIGHT - 84, STRIP);
    let y_title = shorten(&format!("{}, {currency}", segments.value_label), 12.5, f64::from(WIDTH - 20));
    let desc: Vec<String> = bubbles
        .iter()
        .map(|b| {
            fill(
                T.bubble_desc_item,
                &[
                    ("name", b.name),
                    ("p", &percent(Some(b.x))),
                    ("value", &money(Some(b.y))),
                    ("group", T.group(b.group)),
                ],
            )
        })
        .collect();
    Frame {
        id: "bubbles",
        title: T.bubble_title.to_owned(),
        desc: format!("{} {}. {}", T.bubble_desc, Group::ALL.map(told).join("; "), desc.join("; ")),
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        x: Axis::new(T.churn_probability_axis, x, 8, (0.0, 1.0), percent_plain).without_grid(),
        y: Axis::new(&y_title, y, 7, (f64::MIN, f64::MAX), tick_money(y)).without_grid(),
    }
}

/// The range, widened so that the threshold leaves [`LEAST_SIDE`] of it on either side.
fn with_both_sides((low, high): (f64, f64), threshold: f64) -> (f64, f64) {
    let least = LEAST_SIDE * (high - low);
    if threshold - low < least {
        ((threshold - LEAST_SIDE * high) / (1.0 - LEAST_SIDE), high)
    } else if high - threshold < least {
        (low, low + (threshold - low) / (1.0 - LEAST_SIDE))
    } else {
        (low, high)
    }
}

/// A quadrant with what to do there.
fn told(group: Group) -> String {
    format!("{}: {}", T.group(group), T.group_brief(group))
}

/// Money at ticks: with cents only where the range is that narrow.
fn tick_money((low, high): (f64, f64)) -> impl Fn(f64) -> String {
    let decimals = if high - low < 5.0 { 2 } else { 0 };
    move |v| crate::number::decimal(Some(v), decimals)
}

/// The colour of a group.
pub(crate) fn ink(group: Group) -> Ink {
    match group {
        Group::Save => Ink::Red,
        Group::Protect => Ink::Blue,
        Group::Grow => Ink::Green,
        Group::LetGo => Ink::Grey,
    }
}

fn corners(pen: &Pen<'_>, segments: &Segments, frame: &Frame) -> [(Group, Rect); 4] {
    let (left, top, right, bottom) = pen.bounds();
    let (x, y) = pen.at(segments.probability_threshold.clamp(frame.x.low, frame.x.high), segments.value_threshold);
    [
        (Group::Protect, Rect { left, top, right: x, bottom: y }),
        (Group::Save, Rect { left: x, top, right, bottom: y }),
        (Group::Grow, Rect { left, top: y, right: x, bottom }),
        (Group::LetGo, Rect { left: x, top: y, right, bottom }),
    ]
}

fn quadrants(pen: &Pen<'_>, segments: &Segments, frame: &Frame) -> Result<(), DrawError> {
    let (left, top, right, bottom) = pen.bounds();
    for (group, rect) in corners(pen, segments, frame) {
        pen.rectangle((rect.left, rect.top), (rect.right, rect.bottom), ink(group), 0.055)?;
    }
    let (x, y) = pen.at(segments.probability_threshold, segments.value_threshold);
    pen.dashes((x, top), (x, bottom), Stroke(Ink::Axis, 1.2))?;
    pen.dashes((left, y), (right, y), Stroke(Ink::Axis, 1.2))?;
    if frame.y.low < 0.0 && frame.y.high > 0.0 {
        let (_, zero) = pen.at(frame.x.low, 0.0);
        pen.line(&[(left, zero), (right, zero)], Stroke(Ink::Axis, 0.8))?;
    }
    Ok(())
}

fn disc(pen: &Pen<'_>, bubble: &Bubble<'_>) -> Result<(), DrawError> {
    let centre = pen.at(bubble.x, bubble.y);
    let ink = ink(bubble.group);
    pen.disc(centre, bubble.radius, ink, 0.28)?;
    pen.circle(centre, bubble.radius, Stroke(ink, 1.4))?;
    // A dot marks the place of segments too small to see.
    pen.disc(centre, 1.8, ink, 1.0)
}

/// Names the quadrants in their outer corners and says what to do there, then names the bubbles; returns those that got a number instead.
fn label(
    pen: &Pen<'_>,
    bubbles: &[Bubble<'_>],
    segments: &Segments,
    frame: &Frame,
) -> Result<Vec<(usize, String)>, DrawError> {
    let (left, top, right, bottom) = pen.bounds();
    let circles: Vec<(Point, f64)> = bubbles.iter().map(|b| (pen.at(b.x, b.y), b.radius)).collect();
    let mut labels = Labels::new(Rect { left, top, right, bottom }, circles.clone());
    for (group, rect) in corners(pen, segments, frame) {
        let at_left = rect.left <= left;
        let (x, anchor) = if at_left { (left + 10.0, Anchor::Start) } else { (right - 10.0, Anchor::End) };
        let first = if rect.top <= top { top + 13.0 } else { bottom - 30.0 };
        let brief = T.group_brief(group);
        let width = text_width(T.group(group), NAME_SIZE).max(text_width(brief, ACTION_SIZE));
        let from = if at_left { x } else { x - width };
        // Always free: the strips hold nothing else.
        labels.take(Rect { left: from, right: from + width, top: first - 9.0, bottom: first + 25.0 }, None);
        pen.text(T.group(group), (x, first), Type::new(NAME_SIZE, ink(group), anchor).bold())?;
        pen.text(brief, (x, first + 17.0), Type::new(ACTION_SIZE, Ink::Muted, anchor))?;
    }
    let (x, y) = pen.at(segments.probability_threshold, segments.value_threshold);
    labels.keep_off(Rect { left: x - 2.0, right: x + 2.0, top, bottom });
    labels.keep_off(Rect { left, right, top: y - 2.0, bottom: y + 2.0 });
    let mut numbered = Vec::new();
    for (bubble, circle) in bubbles.iter().zip(&circles) {
        let name = shorten(bubble.name, LABEL_SIZE, LABEL_WIDTH);
        let width = text_width(&name, LABEL_SIZE);
        let (text, place) = match labels.place(*circle, width, LABEL_HEIGHT) {
            Some(place) => (name, Some(place)),
            None => {
                numbered.push((numbered.len() + 1, bubble.name.to_owned()));
                let number = numbered.len().to_string();
                let width = text_width(&number, LABEL_SIZE) + 4.0;
                let place = labels.place(*circle, width, LABEL_HEIGHT);
                (number, place)
            }
        };
        let Some(place) = place else {
            pen.text(&text, circle.0, Type::new(LABEL_SIZE, Ink::Text, Anchor::Middle).bold())?;
            continue;
        };
        if let Some((from, to)) = place.leader {
            pen.line(&[from, to], Stroke(Ink::Axis, 1.0))?;
        }
        pen.text(&text, place.at, Type::new(LABEL_SIZE, Ink::Text, place.anchor))?;
    }
    Ok(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, with};

    #[test]
    fn both_sides_have_room_for_their_name() {
        for threshold in [0.0, 0.1, 0.5, 0.97, 1.0] {
            let (low, high) = with_both_sides((0.0, 1.0), threshold);
            let left = (threshold - low) / (high - low);
            assert!((LEAST_SIDE - 1e-9..=1.0 - LEAST_SIDE + 1e-9).contains(&left), "{threshold}: {left}");
        }
        let room = LEAST_SIDE * f64::from(WIDTH - LEFT - 22) - 20.0;
        for language in Language::ALL {
            with(language, || {
                for group in Group::ALL {
                    assert!(text_width(T.group(group), NAME_SIZE) < room, "{}", T.group(group));
                    assert!(text_width(T.group_brief(group), ACTION_SIZE) < room, "{}", T.group_brief(group));
                }
            });
        }
    }

    #[test]
    fn area_is_proportional_to_customers() {
        let area = |n: u64| radius(n, 40_000).powi(2);
        for n in [30, 500, 10_000, 40_000] {
            let expected = n as f64 / 40_000.0;
            assert!((area(n) / area(40_000) - expected).abs() < 1e-12, "{n}");
        }
        assert_eq!(radius(0, 0), 0.0);
    }
}
