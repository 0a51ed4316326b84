//! Horizontal bars, one a row, each with its number beside it.

use super::labels::{shorten, text_width};
use super::pen::{Anchor, Stroke, Type};
use super::{Axis, Chart, Frame, Ink};
use crate::error::ReportError;
use crate::text::fill;
use crate::words::W;

/// More rows than this are not drawn; the table has them.
pub(crate) const MOST: usize = 12;

const ROW: i32 = 28;
/// Names have no more room than this.
const LEFT: f64 = 300.0;
const WIDTH: i32 = 920;

/// A chart of bars.
#[derive(Debug)]
pub(crate) struct Bars<'a> {
    /// Unique in the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'a str,
    /// Of the axis of values.
    pub(crate) axis: &'a str,
    /// The largest first.
    pub(crate) rows: Vec<Bar>,
    /// A value at a tick.
    pub(crate) tick: fn(f64) -> String,
}

/// One bar.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: f64,
    /// The value as it is written beside the bar.
    pub(crate) shown: String,
}

impl Bars<'_> {
    /// Draws the first bars. `None`: there is none, or all are 0.
    ///
    /// # Errors
    /// [`ReportError::Chart`]
    pub(crate) fn draw(&self) -> Result<Option<Chart>, ReportError> {
        let rows = &self.rows[..self.rows.len().min(MOST)];
        if rows.iter().all(|bar| bar.value == 0.0) {
            return Ok(None);
        }
        let n = rows.len() as f64;
        let low = rows.iter().map(|bar| bar.value).fold(0.0, f64::min);
        let high = rows.iter().map(|bar| bar.value).fold(0.0, f64::max);
        let longest = rows.iter().map(|bar| text_width(&bar.name, 12.5)).fold(0.0, f64::max);
        let left = (longest + 26.0).clamp(72.0, LEFT).ceil() as i32;
        // Room for the number beside the longest bar.
        let widest = rows.iter().map(|bar| text_width(&bar.shown, 12.5)).fold(0.0, f64::max);
        let room = (widest + 14.0) / f64::from(WIDTH - left - 22);
        let pad = (high - low) * room / (1.0 - 2.0 * room).max(0.2);
        let range = (if low < 0.0 { low - pad } else { 0.0 }, high + pad);
        let desc: Vec<String> =
            rows.iter().map(|bar| fill(W.bars_desc_item, &[("name", &bar.name), ("value", &bar.shown)])).collect();
        let frame = Frame {
            id: self.id,
            title: self.title.to_owned(),
            desc: format!("{} {}", W.cost_desc, desc.join("; ")),
            width: WIDTH,
            height: 84 + ROW * rows.len() as i32,
            left,
            x: Axis::new(self.axis, range, 6, (low, high.max(low + f64::MIN_POSITIVE)), self.tick),
            y: Axis { low: 0.0, high: n, ticks: Vec::new(), title: String::new(), grid: false },
        };
        let chart = frame.draw(|pen| {
            let (left, top, _, bottom) = pen.bounds();
            for (i, bar) in rows.iter().enumerate() {
                let (end, y) = pen.at(bar.value, n - 0.5 - i as f64);
                let (zero, _) = pen.at(0.0, 0.0);
                let ink = if bar.value < 0.0 { Ink::Grey } else { Ink::Blue };
                pen.rectangle((zero.min(end), y - 8.0), (zero.max(end), y + 8.0), ink, 0.75)?;
                let name = shorten(&bar.name, 12.5, LEFT - 24.0);
                pen.text(&name, (left - 10.0, y), Type::new(12.5, Ink::Text, Anchor::End))?;
                let (at, anchor) = if bar.value < 0.0 { (end - 7.0, Anchor::End) } else { (end + 7.0, Anchor::Start) };
                pen.text(&bar.shown, (at, y), Type::new(12.5, Ink::Text, anchor))?;
            }
            let (zero, _) = pen.at(0.0, 0.0);
            pen.line(&[(zero, top), (zero, bottom)], Stroke(Ink::Axis, 1.2))
        })?;
        Ok(Some(chart))
    }
}
