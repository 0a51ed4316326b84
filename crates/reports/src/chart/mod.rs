//! Charts: drawn by plotters as SVG, then dressed for a web page.
//!
//! Coordinates of plotters' SVG backend are whole numbers, so a chart is drawn [`UNIT`] times as large as it is shown;
//! the view box scales it back. Colours are drawn in the light palette and turned into CSS variables, so that the page
//! decides between light and dark.

pub(crate) mod bars;
pub(crate) mod bubble;
pub(crate) mod calibration;
pub(crate) mod curves;
pub(crate) mod drivers;
pub(crate) mod gains;
pub(crate) mod heat;
mod ink;
mod labels;
pub(crate) mod months;
pub(crate) mod over_dates;
mod pen;
mod scale;
pub(crate) mod small;

use maud::{Markup, PreEscaped, html};

pub(crate) use ink::Ink;
pub(crate) use pen::Pen;
pub(crate) use scale::Axis;

use crate::error::ReportError;

/// Drawing units in one CSS pixel.
pub(crate) const UNIT: i32 = 10;

/// A finished chart.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) svg: Markup,
}

/// Size, margins and axes of a chart, in CSS pixels.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Unique in the page; also the prefix of the ids inside.
    pub(crate) id: &'static str,
    /// What the chart shows.
    pub(crate) title: String,
    /// What a reader who cannot see it should know.
    pub(crate) desc: String,
    pub(crate) width: i32,
    pub(crate) height: i32,
    /// Room left of the plotting area.
    pub(crate) left: i32,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Frame {
    /// Draws axes and grid, then whatever `draw` adds.
    ///
    /// # Errors
    /// [`ReportError::Chart`] where plotters refuses to draw.
    pub(crate) fn draw(&self, draw: impl FnOnce(&Pen<'_>) -> Result<(), pen::DrawError>) -> Result<Chart, ReportError> {
        let mut raw = String::new();
        Pen::draw_into(&mut raw, self, draw)
            .map_err(|e| ReportError::Chart { chart: self.id, message: e.to_string() })?;
        Ok(Chart { svg: self.dress(&raw) })
    }

    /// Replaces plotters' own `<svg>` tag by one with a name and a description, and its colours by CSS variables.
    fn dress(&self, raw: &str) -> Markup {
        let body = raw.split_once('>').map_or("", |(_, rest)| rest);
        let mut body = body.trim_end().trim_end_matches("</svg>").replace(" font-family=\"sans-serif\"", "");
        body = body.replace(" opacity=\"1\"", "").replace(">\n", ">").replace("\n</text>", "</text>");
        // Text has its quotes escaped by plotters, so a quoted colour can only be an attribute.
        for ink in Ink::ALL {
            body = body.replace(&format!("\"{}\"", ink.light()), &format!("\"var(--{})\"", ink.name()));
        }
        let (title_id, desc_id) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let view_box = format!("0 0 {} {}", self.width * UNIT, self.height * UNIT);
        html! {
            svg.chart viewBox=(view_box) role="img" aria-labelledby={ (title_id) " " (desc_id) } {
                title id=(title_id) { (self.title) }
                desc id=(desc_id) { (self.desc) }
                (PreEscaped(body))
            }
        }
    }
}
