//! The palette. Text inks have a contrast of at least 4.5:1 on the card, mark inks at least 3:1, in light and in dark.

use plotters::style::RGBColor;

/// A colour by its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Text.
    Text,
    /// Secondary text.
    Muted,
    /// Grid lines; decoration only.
    Grid,
    /// Axes and thresholds.
    Axis,
    /// The card behind a chart.
    Card,
    /// The model; segments to protect.
    Blue,
    /// First baseline; segments to save.
    Red,
    /// Second baseline; segments to grow.
    Green,
    /// Third baseline; segments to let go.
    Grey,
    /// Fourth baseline.
    Violet,
}

impl Ink {
    pub(crate) const ALL: [Self; 10] = [
        Self::Text,
        Self::Muted,
        Self::Grid,
        Self::Axis,
        Self::Card,
        Self::Blue,
        Self::Red,
        Self::Green,
        Self::Grey,
        Self::Violet,
    ];

    /// Name of the CSS variable, without the dashes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Grid => "grid",
            Self::Axis => "axis",
            Self::Card => "card",
            Self::Blue => "blue",
            Self::Red => "red",
            Self::Green => "green",
            Self::Grey => "grey",
            Self::Violet => "violet",
        }
    }

    /// The colour on a light page, as plotters writes it.
    pub(crate) fn light(self) -> String {
        let RGBColor(r, g, b) = self.rgb();
        format!("#{r:02X}{g:02X}{b:02X}")
    }

    pub(crate) fn rgb(self) -> RGBColor {
        match self {
            Self::Text => RGBColor(0x1C, 0x24, 0x30),
            Self::Muted => RGBColor(0x56, 0x60, 0x70),
            Self::Grid => RGBColor(0xE4, 0xE8, 0xEE),
            Self::Axis => RGBColor(0x8B, 0x95, 0xA5),
            Self::Card => RGBColor(0xFF, 0xFF, 0xFF),
            Self::Blue => RGBColor(0x2B, 0x62, 0xA3),
            Self::Red => RGBColor(0xB4, 0x43, 0x2F),
            Self::Green => RGBColor(0x2F, 0x7D, 0x5B),
            Self::Grey => RGBColor(0x6B, 0x74, 0x82),
            Self::Violet => RGBColor(0x7A, 0x4F, 0xA0),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const CSS: &str = include_str!("../page/report.css");

    /// Relative luminance, WCAG 2.2, "relative luminance".
    fn luminance(hex: &str) -> f64 {
        let channel = |range: std::ops::Range<usize>| {
            let c = f64::from(u8::from_str_radix(&hex[range], 16).unwrap()) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1..3) + 0.7152 * channel(3..5) + 0.0722 * channel(5..7)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn css_values(ink: Ink) -> Vec<String> {
        let key = format!("--{}:", ink.name());
        CSS.lines()
            .filter_map(|line| line.trim().strip_prefix(&key))
            .map(|value| value.trim().trim_end_matches(';').to_uppercase())
            .collect()
    }

    #[test]
    fn the_style_sheet_has_the_light_palette_first_and_a_dark_one() {
        for ink in Ink::ALL {
            let values = css_values(ink);
            assert_eq!(values.len(), 2, "{ink:?}");
            assert_eq!(values[0], ink.light(), "{ink:?}");
        }
    }

    #[test]
    fn every_ink_stands_out_from_the_card_in_both_palettes() {
        for palette in 0..2 {
            let card = &css_values(Ink::Card)[palette];
            for ink in Ink::ALL {
                let least = match ink {
                    Ink::Card | Ink::Grid => continue,
                    Ink::Axis => 3.0,
                    _ => 4.5,
                };
                let ratio = contrast(card, &css_values(ink)[palette]);
                assert!(ratio >= least, "{ink:?} in palette {palette}: {ratio:.2}");
            }
        }
    }
}
