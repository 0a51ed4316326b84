//! A metric of several models over as-of dates (or whatever stands side by side), with intervals.

use super::gains::LOOKS;
use super::labels::{shorten, text_width};
use super::pen::{Anchor, Marker, Pen, Point, Stroke, Type};
use super::{Axis, Chart, Frame, Ink};
use crate::data::Estimate;
use crate::error::ReportError;
use crate::language::current;
use crate::number::decimal;
use crate::text::fill;

/// More tick labels than this would touch each other.
const MOST_LABELS: usize = 10;

/// Distance of two models at one date, and half the width of the caps of an interval, in CSS pixels.
const APART: f64 = 9.0;
const CAP: f64 = 3.0;

/// A metric over as-of dates.
#[derive(Debug)]
pub(crate) struct OverDates<'a> {
    /// Unique in the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// Of the y axis.
    pub(crate) axis: &'static str,
    /// Of the x axis.
    pub(crate) across: &'static str,
    /// What is said to those who cannot see it: an introduction, and a template for each line.
    pub(crate) words: (&'static str, &'static str),
    /// Lowest and highest value the metric can have.
    pub(crate) limits: (f64, f64),
    /// A value to compare with, which is always in view, and what the key calls it.
    pub(crate) ideal: Option<(f64, &'static str)>,
    /// The as-of dates, the oldest first.
    pub(crate) dates: &'a [&'a str],
    pub(crate) models: Vec<Line<'a>>,
}

/// A model's values over the dates.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) name: &'a str,
    /// Its place among all models of the page, so that it looks the same in every chart. The last look is for all that are
    /// beyond it.
    pub(crate) place: usize,
    /// One for each date.
    pub(crate) values: Vec<Estimate>,
}

impl Line<'_> {
    fn look(&self) -> (Ink, Marker, f64) {
        LOOKS[self.place.min(LOOKS.len() - 1)]
    }
}

impl OverDates<'_> {
    /// Draws the values. `None`: there is none.
    ///
    /// # Errors
    /// [`ReportError::Chart`]
    pub(crate) fn draw(&self) -> Result<Option<Chart>, ReportError> {
        let shown = self.models.iter().flat_map(|line| &line.values).filter(|value| value.finite().is_some());
        let ends = shown.flat_map(|e| {
            let (low, high) = e.interval().unzip();
            [e.finite(), low, high]
        });
        let ends: Vec<f64> = ends.flatten().collect();
        if ends.is_empty() {
            return Ok(None);
        }
        let ends = || ends.iter().copied().chain(self.ideal.map(|(value, _)| value));
        let (low, high) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
        let room = (high - low) * 0.08;
        let range = ((low - room).max(self.limits.0), (high + room).min(self.limits.1));
        let every = self.dates.len().div_ceil(MOST_LABELS).max(1);
        let ticks = self.dates.iter().enumerate().rev().step_by(every).map(|(i, d)| (i as f64, (*d).to_owned()));
        let frame = Frame {
            id: self.id,
            title: self.title.to_owned(),
            desc: self.in_words(),
            width: 920,
            height: 330,
            left: 62,
            x: Axis {
                low: -0.5,
                high: self.dates.len() as f64 - 0.5,
                ticks: ticks.collect(),
                title: self.across.to_owned(),
                grid: false,
            },
            y: Axis::new(self.axis, range, 6, self.limits, shortest),
        };
        let chart = frame.draw(|pen| {
            let (left, _, right, _) = pen.bounds();
            if let Some((value, _)) = self.ideal {
                let y = pen.at(0.0, value).1;
                pen.dashes((left, y), (right, y), Stroke(Ink::Axis, 1.4))?;
            }
            let room = (right - left) / self.dates.len() as f64;
            let apart = APART.min(0.6 * room / self.models.len() as f64);
            for (at, line) in self.models.iter().enumerate().rev() {
                let (values, (ink, marker, width)) = (&line.values, line.look());
                let aside = (at as f64 - (self.models.len() - 1) as f64 / 2.0) * apart;
                let place = |i: usize, value: f64| {
                    let (x, y) = pen.at(i as f64, value);
                    (x + aside, y)
                };
                for (i, (low, high)) in values.iter().enumerate().filter_map(|(i, e)| Some((i, e.interval()?))) {
                    let (from, to) = (place(i, low), place(i, high));
                    pen.line(&[from, to], Stroke(ink, 1.2))?;
                    for end in [from, to] {
                        pen.line(&[(end.0 - CAP, end.1), (end.0 + CAP, end.1)], Stroke(ink, 1.2))?;
                    }
                }
                for run in runs(values) {
                    let points: Vec<Point> = run.iter().map(|(i, value)| place(*i, *value)).collect();
                    if points.len() > 1 {
                        pen.line(&points, Stroke(ink, width))?;
                    }
                    for point in points {
                        pen.marker(point, marker, ink)?;
                    }
                }
            }
            self.key(pen, right)
        })?;
        Ok(Some(chart))
    }

    /// The key, in the line of the axis title.
    fn key(&self, pen: &Pen<'_>, right: f64) -> Result<(), super::pen::DrawError> {
        const SIZE: f64 = 12.5;
        const MARK: f64 = 32.0;
        const GAP: f64 = 16.0;
        /// What the axis title leaves.
        const ROOM: f64 = 640.0;
        let entries = self.models.iter().map(|line| (line.name, Some(line.look())));
        let entries: Vec<_> = entries.chain(self.ideal.map(|(_, name)| (name, None))).collect();
        let width = |name: &str| MARK + text_width(name, SIZE) + GAP;
        let fits = entries.iter().map(|(name, _)| width(name)).sum::<f64>() <= ROOM;
        let most = if fits { ROOM } else { ROOM / entries.len() as f64 - MARK - GAP };
        let names: Vec<String> = entries.iter().map(|(name, _)| shorten(name, SIZE, most)).collect();
        let mut x = right + GAP - names.iter().map(|name| width(name)).sum::<f64>();
        for (name, (_, look)) in names.iter().zip(entries) {
            let (from, to) = ((x, 12.0), (x + 26.0, 12.0));
            match look {
                Some((ink, marker, stroke)) => {
                    pen.line(&[from, to], Stroke(ink, stroke))?;
                    pen.marker((x + 13.0, 12.0), marker, ink)?;
                }
                None => pen.dashes(from, to, Stroke(Ink::Axis, 1.4))?,
            }
            pen.text(name, (x + MARK, 12.0), Type::new(SIZE, Ink::Text, Anchor::Start))?;
            x += width(name);
        }
        Ok(())
    }

    /// First and last value of each model.
    fn in_words(&self) -> String {
        let of = |line: &Line<'_>| {
            let known = || line.values.iter().zip(self.dates).filter(|(value, _)| value.finite().is_some());
            let ((first, from), (last, to)) = (known().next()?, known().next_back()?);
            Some(fill(
                self.words.1,
                &[
                    ("name", line.name),
                    ("from", &decimal(first.value, 3)),
                    ("first", from),
                    ("to", &decimal(last.value, 3)),
                    ("last", to),
                ],
            ))
        };
        let items: Vec<String> = self.models.iter().filter_map(of).collect();
        format!("{} {}", self.words.0, items.join("; "))
    }
}

/// A tick without needless zeros.
fn shortest(value: f64) -> String {
    let text = decimal(Some(value), 4);
    let mark = current().decimal_mark();
    let text = if text.contains(mark) { text.trim_end_matches('0').trim_end_matches(mark) } else { &text };
    text.to_owned()
}

/// The values with their places, cut where one is missing: no line is drawn across a gap.
fn runs(values: &[Estimate]) -> Vec<Vec<(usize, f64)>> {
    let mut runs = vec![Vec::new()];
    for (i, value) in values.iter().enumerate() {
        match (value.finite(), runs.last_mut()) {
            (Some(value), Some(run)) => run.push((i, value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}
