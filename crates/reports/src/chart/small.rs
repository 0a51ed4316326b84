//! Small pictures for the first screen, each the gist of a chart further down the page.
//!
//! They are hidden from those who cannot see them: the sentence beside one says the same, and the chart it leads to has a
//! description and a table.

use maud::{Markup, html};

use super::labels::{shorten, text_width};

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 84.0;
/// Room above and below a curve, for its texts.
const EDGE: f64 = 16.0;
const SIZE: f64 = 11.0;
/// More bars than this have no room.
const MOST_BARS: usize = 3;
/// More points than this cannot be told apart.
const MOST_POINTS: usize = 80;

/// A curve; its ends and a place on its x axis may have texts.
#[derive(Debug, Default)]
pub(crate) struct SmallCurve {
    /// By growing x.
    pub(crate) points: Vec<(f64, f64)>,
    /// Texts at the first and the last point.
    pub(crate) ends: Option<(String, String)>,
    pub(crate) mark: Option<(f64, String)>,
}

impl SmallCurve {
    /// `None`: there is no curve to draw.
    pub(crate) fn draw(&self) -> Option<Markup> {
        let (first, last) = (self.points.first()?, self.points.last().filter(|_| self.points.len() > 1)?);
        // From 0 on: a picture without an axis must not make a small change look large.
        let low = self.points.iter().map(|p| p.1).fold(0.0, f64::min);
        let high = self.points.iter().map(|p| p.1).fold(0.0, f64::max);
        let right = self.mark.as_ref().map_or(last.0, |(at, _)| at.max(last.0));
        if !(high > low && right > first.0) {
            return None;
        }
        let x = |value: f64| 2.0 + (value - first.0) / (right - first.0) * (WIDTH - 4.0);
        let y = |value: f64| EDGE + (high - value) / (high - low) * (HEIGHT - 2.0 * EDGE);
        let every = self.points.len().div_ceil(MOST_POINTS).max(1);
        let points = self.points.iter().step_by(every).chain([last]);
        let points: Vec<String> = points.map(|p| format!("{:.1},{:.1}", x(p.0), y(p.1))).collect();
        Some(picture(&html! {
            (line((2.0, y(0.0)), (WIDTH - 2.0, y(0.0)), "axis"))
            polyline points=(points.join(" ")) fill="none" stroke="var(--blue)" stroke-width="2" {}
            @if let Some((from, to)) = &self.ends {
                (text((2.0, y(first.1) - 6.0), "start", from))
                (text((WIDTH - 2.0, y(last.1) - 6.0), "end", to))
            }
            @if let Some((at, name)) = &self.mark {
                @let at = x(*at);
                (line((at, EDGE - 8.0), (at, HEIGHT - EDGE), "red"))
                (text(beside(at, name), "start", name))
            }
        }))
    }
}

/// Where a text below the axis starts: under its mark, but within the picture.
fn beside(at: f64, name: &str) -> (f64, f64) {
    let width = text_width(name, SIZE);
    ((at - width / 2.0).clamp(2.0, (WIDTH - 2.0 - width).max(2.0)), HEIGHT - 3.0)
}

/// A bar: its name, its value, and the value as it is written.
pub(crate) type SmallBar<'a> = (&'a str, f64, String);

/// Bars below their names, the first ones. `None`: there is none, or none is above 0.
pub(crate) fn bars(rows: &[SmallBar<'_>]) -> Option<Markup> {
    let rows = &rows[..rows.len().min(MOST_BARS)];
    let most = rows.iter().map(|row| row.1).fold(0.0, f64::max);
    (most > 0.0).then(|| {
        picture(&html! {
            @for (at, (name, value, shown)) in rows.iter().enumerate() {
                @let top = at as f64 * (HEIGHT / MOST_BARS as f64);
                (text((0.0, top + 12.0), "start", &shorten(name, SIZE, WIDTH - 14.0 - text_width(shown, SIZE))))
                (text((WIDTH, top + 12.0), "end", shown))
                rect x="0" y=(format!("{:.1}", top + 17.0)) width=(format!("{:.1}", value.max(0.0) / most * WIDTH))
                    height="6" fill="var(--blue)" {}
            }
        })
    })
}

/// A quarter of the map: its name and the name of its colour, upper left, upper right, lower left, lower right.
pub(crate) type Quarter = (&'static str, &'static str);

/// The map of value against churn. `dots` are x, y and the number of their quarter, `cross` is where the quarters meet.
pub(crate) fn map(quarters: [Quarter; 4], dots: &[(f64, f64, usize)], cross: (f64, f64)) -> Option<Markup> {
    const STRIP: f64 = 18.0;
    if dots.is_empty() {
        return None;
    }
    // Each half is stretched by itself, so that the quarters are alike.
    let far = |at: &dyn Fn(&(f64, f64, usize)) -> f64, cross: f64| {
        dots.iter().map(|dot| (at(dot) - cross).abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE)
    };
    let (far_x, far_y) = (far(&|dot| dot.0, cross.0), far(&|dot| dot.1, cross.1));
    let x = |value: f64| WIDTH / 2.0 * (1.0 + 0.9 * (value - cross.0) / far_x);
    let y = |value: f64| HEIGHT / 2.0 - (value - cross.1) / far_y * (HEIGHT / 2.0 - STRIP - 4.0);
    Some(picture(&html! {
        @for (at, (name, ink)) in quarters.iter().enumerate() {
            @let left = if at % 2 == 0 { 0.0 } else { WIDTH / 2.0 };
            @let top = if at < 2 { 0.0 } else { HEIGHT / 2.0 };
            rect x=(left) y=(top) width=(WIDTH / 2.0) height=(HEIGHT / 2.0) fill={ "var(--" (ink) ")" } opacity="0.1" {}
            @let base = if at < 2 { 12.0 } else { HEIGHT - 4.0 };
            @let (edge, anchor) = if at % 2 == 0 { (4.0, "start") } else { (WIDTH - 4.0, "end") };
            (text((edge, base), anchor, &shorten(name, SIZE, WIDTH / 2.0 - 8.0)))
        }
        @for (at_x, at_y, quarter) in dots {
            circle cx=(format!("{:.1}", x(*at_x))) cy=(format!("{:.1}", y(*at_y))) r="4"
                fill={ "var(--" (quarters[*quarter].1) ")" } {}
        }
    }))
}

fn picture(inside: &Markup) -> Markup {
    html! { svg.small viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) aria-hidden="true" { (inside) } }
}

fn line((x1, y1): (f64, f64), (x2, y2): (f64, f64), ink: &str) -> Markup {
    let at = |value: f64| format!("{value:.1}");
    html! { line x1=(at(x1)) y1=(at(y1)) x2=(at(x2)) y2=(at(y2)) stroke={ "var(--" (ink) ")" } stroke-width="1" {} }
}

fn text((x, y): (f64, f64), anchor: &str, text: &str) -> Markup {
    html! { text x=(format!("{x:.1}")) y=(format!("{y:.1}")) text-anchor=(anchor) { (text) } }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(SmallCurve::default().draw().is_none() && bars(&[]).is_none());
        assert!(SmallCurve { points: vec![(1.0, 0.0), (2.0, 0.0)], ..SmallCurve::default() }.draw().is_none());
        assert!(bars(&[("a", 0.0, String::new())]).is_none());
        assert!(map([("", ""); 4], &[], (0.0, 0.0)).is_none());
    }

    #[test]
    fn everything_stays_within_the_picture() {
        let long = "W".repeat(90);
        let curve = SmallCurve {
            points: (0..500).map(|at| (f64::from(at), f64::from(at).sin())).collect(),
            ends: Some(("1".to_owned(), "2".to_owned())),
            mark: Some((900.0, "plan, 900".to_owned())),
        };
        let dots = [(0.0, 9e12, 0), (1.0, -9e12, 3), (0.4, 0.0, 1)];
        let drawn = [
            curve.draw().unwrap(),
            bars(&[(&long, 3.0, "3".to_owned()), ("b", 1.0, "1".to_owned())]).unwrap(),
            map([("Save", "red"); 4], &dots, (0.5, 10.0)).unwrap(),
        ];
        for picture in drawn.map(Markup::into_string) {
            for (name, most) in [(" x=\"", WIDTH), (" cx=\"", WIDTH), (" y=\"", HEIGHT), (" cy=\"", HEIGHT)] {
                for value in picture.split(name).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                    assert!((0.0..=most).contains(&value.parse::<f64>().unwrap()), "{name}{value}");
                }
            }
            assert!(!picture.contains(&long));
        }
    }
}
