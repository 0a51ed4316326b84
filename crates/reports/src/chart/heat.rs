//! A heat-map of shares: a row for each cohort, a column for each period after it.

use super::labels::shorten;
use super::pen::{Anchor, Type};
use super::{Axis, Chart, Frame, Ink};
use crate::error::ReportError;
use crate::number::decimal;

const ROW: i32 = 24;
const LEFT: i32 = 176;
const WIDTH: i32 = 920;

/// The darkest cell; text still stands out from it, in light and in dark.
const DARKEST: f64 = 0.5;
const LIGHTEST: f64 = 0.04;

/// More columns than this leave no room for their numbers.
pub(crate) const MOST_COLUMNS: usize = 24;
/// More rows than this make a chart longer than a page.
pub(crate) const MOST_ROWS: usize = 24;

/// A heat-map.
#[derive(Debug)]
pub(crate) struct Heat<'a> {
    /// Unique in the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'a str,
    pub(crate) desc: String,
    pub(crate) x_title: &'a str,
    pub(crate) y_title: &'a str,
    /// Name and shares of each row, from the top.
    pub(crate) rows: Vec<(String, Vec<f64>)>,
}

impl Heat<'_> {
    /// Draws the cells. `None`: there is none.
    ///
    /// # Errors
    /// [`ReportError::Chart`]
    pub(crate) fn draw(&self) -> Result<Option<Chart>, ReportError> {
        let columns = self.rows.iter().map(|(_, shares)| shares.len()).max().unwrap_or(0).min(MOST_COLUMNS);
        if columns == 0 {
            return Ok(None);
        }
        let n = self.rows.len() as f64;
        let highest =
            self.rows.iter().flat_map(|(_, shares)| shares).copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let frame = Frame {
            id: self.id,
            title: self.title.to_owned(),
            desc: self.desc.clone(),
            width: WIDTH,
            height: 84 + ROW * self.rows.len() as i32,
            left: LEFT,
            x: Axis {
                low: 0.5,
                high: columns as f64 + 0.5,
                ticks: (1..=columns).map(|at| (at as f64, at.to_string())).collect(),
                title: self.x_title.to_owned(),
                grid: false,
            },
            y: Axis { low: 0.0, high: n, ticks: Vec::new(), title: self.y_title.to_owned(), grid: false },
        };
        let chart = frame.draw(|pen| {
            for (at, (name, shares)) in self.rows.iter().enumerate() {
                let row = n - 1.0 - at as f64;
                let (left, _, _, _) = pen.bounds();
                let (_, middle) = pen.at(1.0, row + 0.5);
                let name = shorten(name, 12.0, f64::from(LEFT) - 18.0);
                pen.text(&name, (left - 9.0, middle), Type::new(12.0, Ink::Text, Anchor::End))?;
                for (column, share) in shares.iter().take(columns).enumerate() {
                    let (x0, y0) = pen.at(column as f64 + 0.5, row + 1.0);
                    let (x1, y1) = pen.at(column as f64 + 1.5, row);
                    let opacity = LIGHTEST + (DARKEST - LIGHTEST) * (share / highest).clamp(0.0, 1.0);
                    pen.rectangle((x0 + 0.7, y0 + 0.7), (x1 - 0.7, y1 - 0.7), Ink::Blue, opacity)?;
                    let text = decimal(Some(share * 100.0), 0);
                    let place = ((x0 + x1) / 2.0, middle);
                    pen.text(&text, place, Type::new(11.5, Ink::Text, Anchor::Middle))?;
                }
            }
            Ok(())
        })?;
        Ok(Some(chart))
    }
}
