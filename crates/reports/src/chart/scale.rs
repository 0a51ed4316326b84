//! Axes: ranges that are never empty and tick values that are round.

/// One axis of a chart.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Position and text of each tick.
    pub(crate) ticks: Vec<(f64, String)>,
    /// What the axis shows.
    pub(crate) title: String,
    /// Grid lines at the ticks.
    pub(crate) grid: bool,
}

impl Axis {
    /// An axis over `[low, high]` with about `wanted` round ticks inside `[from, to]`, written by `show`.
    pub(crate) fn new(
        title: &str,
        (low, high): (f64, f64),
        wanted: usize,
        (from, to): (f64, f64),
        show: impl Fn(f64) -> String,
    ) -> Self {
        let (low, high) = widen(low, high);
        let ticks = ticks(low.max(from), high.min(to), wanted).into_iter().map(|v| (v, show(v))).collect();
        Self { low, high, ticks, title: title.to_owned(), grid: true }
    }

    /// An axis from 0 to just above `high`, at most 1, for shares, rates and probabilities.
    pub(crate) fn fraction(title: &str, high: f64) -> Self {
        let high = (high * 1.08).clamp(0.01, 1.0);
        Self::new(title, (0.0, high), 6, (0.0, 1.0), crate::number::percent_plain)
    }

    /// The same axis without grid lines.
    pub(crate) fn without_grid(mut self) -> Self {
        self.grid = false;
        self
    }
}

/// An axis needs a width: equal ends are moved apart.
fn widen(low: f64, high: f64) -> (f64, f64) {
    let span = (high - low).abs();
    let least = low.abs().max(high.abs()) * 1e-6;
    if span > least && span > 0.0 {
        return (low, high);
    }
    let half = (low.abs() * 0.1).max(0.5);
    (low - half, high + half)
}

/// Multiples of 1, 2 or 5 x 10^k inside `[low, high]`, about `wanted` of them.
fn ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 {
        return Vec::new();
    }
    let rough = span / wanted.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough * 0.999).unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    let count = (last - first).clamp(0.0, 50.0) as usize;
    // Rounding keeps 3 x 0.1 from showing as 0.30000000000000004.
    (0..=count)
        .map(|i| round_to_step((first + i as f64) * step, step))
        .filter(|v| last >= first && v.is_finite())
        .collect()
}

fn round_to_step(value: f64, step: f64) -> f64 {
    let digits = (-step.log10().floor()).clamp(0.0, 12.0) as i32 + 1;
    let scale = 10_f64.powi(digits);
    let rounded = (value * scale).round() / scale;
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 1.0, 6), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(ticks(-130.0, 480.0, 6), [0.0, 200.0, 400.0]);
        assert_eq!(ticks(0.0, 0.03, 6), [0.0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03]);
    }

    #[test]
    fn an_empty_or_impossible_range_has_no_ticks() {
        assert!(ticks(1.0, 1.0, 6).is_empty());
        assert!(ticks(1.0, 0.0, 6).is_empty());
        assert!(ticks(0.0, f64::INFINITY, 6).is_empty());
    }

    #[test]
    fn an_axis_is_never_empty() {
        for value in [0.0, 5.0, -3e12] {
            let axis = Axis::new("", (value, value), 5, (f64::MIN, f64::MAX), |v| v.to_string());
            assert!(axis.low < value && value < axis.high);
            assert!(!axis.ticks.is_empty());
        }
    }
}
