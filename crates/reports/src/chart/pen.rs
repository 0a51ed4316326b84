//! Draws in CSS pixels and data coordinates through plotters.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{Cartesian2d, ChartBuilder, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBColor, ShapeStyle};

use super::{Frame, Ink, UNIT};

/// What plotters reports.
pub(crate) type DrawError = DrawingAreaErrorKind<std::io::Error>;

/// A position in CSS pixels from the upper left corner of the chart.
pub(crate) type Point = (f64, f64);

/// plotters divides the size of a font by this before it writes it.
const FONT_FACTOR: f64 = 1.24;

/// Room above the plotting area, for the title of the y axis, and below, for ticks and title of the x axis; CSS pixels.
const TOP: i32 = 34;
const BOTTOM: i32 = 50;
const RIGHT: i32 = 22;

/// Where a text starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Look of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) ink: Ink,
    pub(crate) bold: bool,
    pub(crate) anchor: Anchor,
}

impl Type {
    pub(crate) fn new(size: f64, ink: Ink, anchor: Anchor) -> Self {
        Self { size, ink, bold: false, anchor }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// A line in an ink, so many CSS pixels wide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stroke(pub(crate) Ink, pub(crate) f64);

/// Mark of a series, so that it does not hang on colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    Ring,
}

/// The area charts draw on.
pub(crate) struct Pen<'a> {
    root: DrawingArea<SVGBackend<'a>, Shift>,
    area: DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
}

impl<'a> Pen<'a> {
    pub(super) fn draw_into(
        buffer: &'a mut String,
        frame: &Frame,
        draw: impl FnOnce(&Pen<'_>) -> Result<(), DrawError>,
    ) -> Result<(), DrawError> {
        let size = (pixels(frame.width).unsigned_abs(), pixels(frame.height).unsigned_abs());
        let root = SVGBackend::with_string(buffer, size).into_drawing_area();
        let chart = ChartBuilder::on(&root)
            .margin_top(pixels(TOP))
            .margin_right(pixels(RIGHT))
            .margin_bottom(pixels(BOTTOM))
            .margin_left(pixels(frame.left))
            .build_cartesian_2d(frame.x.low..frame.x.high, frame.y.low..frame.y.high)?;
        let pen = Pen { area: chart.plotting_area().clone(), root };
        pen.axes(frame)?;
        draw(&pen)?;
        pen.root.present()
    }

    /// Where a data point lies, in CSS pixels.
    pub(crate) fn at(&self, x: f64, y: f64) -> Point {
        let (x, y) = self.area.map_coordinate(&(x, y));
        (f64::from(x) / f64::from(UNIT), f64::from(y) / f64::from(UNIT))
    }

    /// Left, top, right and bottom of the plotting area, in CSS pixels.
    pub(crate) fn bounds(&self) -> (f64, f64, f64, f64) {
        let (x, y) = self.area.get_pixel_range();
        let css = |v: i32| f64::from(v) / f64::from(UNIT);
        (css(x.start), css(y.start), css(x.end), css(y.end))
    }

    pub(crate) fn line(&self, points: &[Point], stroke: Stroke) -> Result<(), DrawError> {
        let points: Vec<_> = points.iter().map(|p| units(*p)).collect();
        self.root.draw(&PathElement::new(points, self.style(stroke)))
    }

    /// A straight line of dashes.
    pub(crate) fn dashes(&self, from: Point, to: Point, stroke: Stroke) -> Result<(), DrawError> {
        const DASH: f64 = 5.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let pieces = (dx.hypot(dy) / DASH).floor().clamp(1.0, 1_000.0);
        let mut i = 0.0;
        while i < pieces {
            let end = (i + 1.0).min(pieces);
            let point = |t: f64| (from.0 + dx * t / pieces, from.1 + dy * t / pieces);
            self.line(&[point(i), point(end)], stroke)?;
            i += 2.0;
        }
        Ok(())
    }

    pub(crate) fn polygon(&self, points: &[Point], ink: Ink, opacity: f64) -> Result<(), DrawError> {
        let points: Vec<_> = points.iter().map(|p| units(*p)).collect();
        self.root.draw(&Polygon::new(points, ink.rgb().mix(opacity).filled()))
    }

    pub(crate) fn rectangle(&self, from: Point, to: Point, ink: Ink, opacity: f64) -> Result<(), DrawError> {
        self.root.draw(&Rectangle::new([units(from), units(to)], ink.rgb().mix(opacity).filled()))
    }

    pub(crate) fn disc(&self, centre: Point, radius: f64, ink: Ink, opacity: f64) -> Result<(), DrawError> {
        self.root.draw(&Circle::new(units(centre), unit(radius), ink.rgb().mix(opacity).filled()))
    }

    pub(crate) fn circle(&self, centre: Point, radius: f64, stroke: Stroke) -> Result<(), DrawError> {
        self.root.draw(&Circle::new(units(centre), unit(radius), self.style(stroke)))
    }

    pub(crate) fn marker(&self, centre: Point, marker: Marker, ink: Ink) -> Result<(), DrawError> {
        let (x, y) = centre;
        match marker {
            Marker::Disc => self.disc(centre, 4.0, ink, 1.0),
            Marker::Ring => {
                self.disc(centre, 4.0, Ink::Card, 1.0)?;
                self.circle(centre, 4.0, Stroke(ink, 1.6))
            }
            Marker::Square => self.rectangle((x - 3.6, y - 3.6), (x + 3.6, y + 3.6), ink, 1.0),
            Marker::Triangle => self.polygon(&[(x, y - 4.8), (x + 4.8, y + 3.6), (x - 4.8, y + 3.6)], ink, 1.0),
            Marker::Diamond => self.polygon(&[(x, y - 5.2), (x + 5.2, y), (x, y + 5.2), (x - 5.2, y)], ink, 1.0),
        }
    }

    /// Writes `text`, centred vertically on `at`.
    pub(crate) fn text(&self, text: &str, at: Point, look: Type) -> Result<(), DrawError> {
        let style = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
        let h = match look.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let font = ("sans-serif", look.size * FONT_FACTOR * f64::from(UNIT)).into_font().style(style);
        let style = font.color(&look.ink.rgb()).pos(Pos::new(h, VPos::Center));
        self.root.draw(&Text::new(text.to_owned(), units(at), style))
    }

    fn axes(&self, frame: &Frame) -> Result<(), DrawError> {
        let (left, top, right, bottom) = self.bounds();
        for (value, label) in &frame.y.ticks {
            let (_, y) = self.at(frame.x.low, *value);
            if frame.y.grid {
                self.line(&[(left, y), (right, y)], Stroke(Ink::Grid, 1.0))?;
            }
            self.text(label, (left - 9.0, y), Type::new(12.0, Ink::Muted, Anchor::End))?;
        }
        for (value, label) in &frame.x.ticks {
            let (x, _) = self.at(*value, frame.y.low);
            if frame.x.grid {
                self.line(&[(x, top), (x, bottom)], Stroke(Ink::Grid, 1.0))?;
            }
            self.line(&[(x, bottom), (x, bottom + 4.0)], Stroke(Ink::Axis, 1.0))?;
            self.text(label, (x, bottom + 15.0), Type::new(12.0, Ink::Muted, Anchor::Middle))?;
        }
        self.line(&[(left, bottom), (right, bottom)], Stroke(Ink::Axis, 1.2))?;
        self.text(&frame.y.title, (4.0, 12.0), Type::new(12.5, Ink::Text, Anchor::Start))?;
        self.text(&frame.x.title, (right, bottom + 37.0), Type::new(12.5, Ink::Text, Anchor::End))
    }

    fn style(&self, Stroke(ink, width): Stroke) -> ShapeStyle {
        let rgb: RGBColor = ink.rgb();
        rgb.stroke_width(unit(width).unsigned_abs())
    }
}

fn pixels(css: i32) -> i32 {
    css.saturating_mul(UNIT)
}

fn unit(css: f64) -> i32 {
    (css * f64::from(UNIT)).round() as i32
}

fn units((x, y): Point) -> (i32, i32) {
    (unit(x), unit(y))
}
