//! Places labels beside bubbles so that they cover neither each other nor a bubble.

use super::pen::{Anchor, Point};

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// Whether a bubble comes nearer than `distance`.
    fn touches(&self, &(centre, radius): &(Point, f64), distance: f64) -> bool {
        let dx = centre.0 - centre.0.clamp(self.left, self.right);
        let dy = centre.1 - centre.1.clamp(self.top, self.bottom);
        dx.hypot(dy) < radius + distance
    }

    fn inside(&self, outer: &Self) -> bool {
        self.left >= outer.left && self.right <= outer.right && self.top >= outer.top && self.bottom <= outer.bottom
    }
}

/// A label that found a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Where the text starts, ends or has its middle, by `anchor`; centred vertically.
    pub(crate) at: Point,
    pub(crate) anchor: Anchor,
    /// A line from the middle of the bubble to a label that stands away from it.
    pub(crate) leader: Option<(Point, Point)>,
}

/// What is already on the chart.
#[derive(Debug)]
pub(crate) struct Labels {
    bounds: Rect,
    taken: Vec<Rect>,
    leaders: Vec<Rect>,
    lines: Vec<Rect>,
    bubbles: Vec<(Point, f64)>,
}

/// A label may come so near to its own bubble and to any other, in CSS pixels: the reader must see whose it is.
const OWN: f64 = 1.5;
const OTHER: f64 = 8.0;

/// Gaps to try between bubble and label, in CSS pixels; from the second one on a leader is drawn.
const GAPS: [f64; 5] = [4.0, 16.0, 30.0, 48.0, 72.0];

/// Directions to try, in sixteenths of a turn clockwise from the right, the most readable first.
const DIRECTIONS: [u32; 16] = [0, 8, 12, 4, 14, 2, 10, 6, 15, 1, 9, 7, 13, 3, 11, 5];

impl Labels {
    pub(crate) fn new(bounds: Rect, bubbles: Vec<(Point, f64)>) -> Self {
        Self { bounds, taken: Vec::new(), leaders: Vec::new(), lines: Vec::new(), bubbles }
    }

    /// Whether `rect` is free; if so it is taken. It may come close to bubble `own`, to no other.
    pub(crate) fn take(&mut self, rect: Rect, own: Option<(Point, f64)>) -> bool {
        let free = self.is_free(&rect, own);
        if free {
            self.taken.push(rect);
        }
        free
    }

    /// A line of the chart, which labels keep off where there is room nearby.
    pub(crate) fn keep_off(&mut self, line: Rect) {
        self.lines.push(line);
    }

    /// Whether a label or a leader lies here.
    fn is_crossed(&self, rect: &Rect) -> bool {
        self.taken.iter().chain(&self.leaders).any(|t| t.overlaps(rect))
    }

    fn is_free(&self, rect: &Rect, own: Option<(Point, f64)>) -> bool {
        rect.inside(&self.bounds)
            && !self.is_crossed(rect)
            && !self.bubbles.iter().any(|b| if own == Some(*b) { rect.touches(b, OWN) } else { rect.touches(b, OTHER) })
    }

    /// The best free place for a text of this width and height beside the bubble, if there is one.
    pub(crate) fn place(&mut self, bubble: (Point, f64), width: f64, height: f64) -> Option<Place> {
        // Rather over a line than far from its bubble.
        self.place_at(&GAPS[..2], true, bubble, (width, height))
            .or_else(|| self.place_at(&GAPS, false, bubble, (width, height)))
    }

    fn place_at(
        &mut self,
        gaps: &[f64],
        off_lines: bool,
        (centre, radius): (Point, f64),
        (width, height): (f64, f64),
    ) -> Option<Place> {
        for &gap in gaps {
            for direction in DIRECTIONS {
                let (sin, cos) = (f64::from(direction) * std::f64::consts::TAU / 16.0).sin_cos();
                let edge = (centre.0 + cos * (radius + gap), centre.1 + sin * (radius + gap));
                let (anchor, left) = match cos {
                    c if c > 0.3 => (Anchor::Start, edge.0),
                    c if c < -0.3 => (Anchor::End, edge.0 - width),
                    _ => (Anchor::Middle, edge.0 - width / 2.0),
                };
                let middle = edge.1 + sin * height / 2.0;
                let rect =
                    Rect { left, right: left + width, top: middle - height / 2.0, bottom: middle + height / 2.0 };
                let end = (edge.0 - cos * 2.0, edge.1 - sin * 2.0);
                let own = (centre, radius);
                let leader = (gap > GAPS[0]).then_some((centre, end));
                let path = leader.map_or_else(Vec::new, |(from, to)| along(from, to));
                let on_line = off_lines && self.lines.iter().any(|line| line.overlaps(&rect));
                if !on_line && !path.iter().any(|r| self.is_crossed(r)) && self.take(rect, Some(own)) {
                    self.leaders.extend(path);
                    return Some(Place { at: (edge.0, middle), anchor, leader });
                }
            }
        }
        None
    }
}

/// Small squares along a leader, so that it crosses no label or other leader and no label is put on it. A leader starts
/// at the dot in the middle of its bubble, and so may pass over other bubbles.
fn along(from: Point, to: Point) -> Vec<Rect> {
    const HALF: f64 = 1.0;
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    let mut squares = Vec::new();
    let mut done = 0.0;
    while done < length {
        let (x, y) = (from.0 + dx * done / length, from.1 + dy * done / length);
        squares.push(Rect { left: x - HALF, right: x + HALF, top: y - HALF, bottom: y + HALF });
        done += 2.0 * HALF;
    }
    // The end lies beside its own label.
    squares.truncate(squares.len().saturating_sub(2));
    squares
}

/// About how wide a text is in CSS pixels; rather too wide than too narrow.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| char_width(c) * size).sum()
}

/// `text`, cut with an ellipsis where it would be wider than `width` CSS pixels.
pub(crate) fn shorten(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = size;
    for c in text.chars() {
        used += char_width(c) * size;
        if used > width {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// Width of a character in em, by the widest of the common system fonts.
fn char_width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | '\'' | '|' | ':' | ';' | '!' => 0.33,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '-' | '/' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        'A'..='Z' => 0.72,
        c if (c as u32) < 0x0500 => 0.62,
        _ => 1.05,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const BOUNDS: Rect = Rect { left: 0.0, top: 0.0, right: 800.0, bottom: 400.0 };

    #[test]
    fn the_first_label_stands_to_the_right_without_a_leader() {
        let bubble = ((100.0, 100.0), 20.0);
        let place = Labels::new(BOUNDS, vec![bubble]).place(bubble, 80.0, 14.0).unwrap();
        assert_eq!(place, Place { at: (124.0, 100.0), anchor: Anchor::Start, leader: None });
    }

    #[test]
    fn a_label_turns_away_from_the_border() {
        let bubble = ((770.0, 100.0), 20.0);
        let place = Labels::new(BOUNDS, vec![bubble]).place(bubble, 80.0, 14.0).unwrap();
        assert_eq!(place.anchor, Anchor::End);
    }

    #[test]
    fn labels_of_crowded_bubbles_cover_neither_each_other_nor_a_bubble() {
        let bubbles: Vec<_> =
            (0..12).map(|i| ((300.0 + f64::from(i % 4) * 12.0, 200.0 + f64::from(i / 4) * 9.0), 9.0)).collect();
        let mut labels = Labels::new(BOUNDS, bubbles.clone());
        let placed = bubbles.iter().filter_map(|b| labels.place(*b, 60.0, 14.0)).count();
        assert!(placed >= 6, "{placed}");
        for (i, a) in labels.taken.iter().enumerate() {
            assert!(a.inside(&BOUNDS));
            assert!(bubbles.iter().all(|b| !a.touches(b, OWN)));
            assert!(labels.taken[i + 1..].iter().chain(&labels.leaders).all(|b| !a.overlaps(b)));
        }
    }

    #[test]
    fn a_long_text_is_cut_to_its_room() {
        let cut = shorten(&"w".repeat(200), 12.0, 100.0);
        assert!(cut.ends_with('…') && text_width(&cut, 12.0) <= 104.0, "{cut}");
        assert_eq!(shorten("north", 12.0, 100.0), "north");
    }
}
