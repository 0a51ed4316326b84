//! Plain statistics; a missing value is NaN.

use std::collections::BTreeMap;

pub fn flag(truth: bool) -> f64 {
    f64::from(u8::from(truth))
}

pub fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { f64::NAN } else { a / b }
}

pub fn mean(values: &[f64]) -> f64 {
    ratio(values.iter().sum(), values.len() as f64)
}

/// The sample standard deviation.
pub fn spread(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let squares: f64 = values.iter().map(|value| (value - mean(values)).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

pub fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

/// `ln((1 + now) / (1 + before))`.
pub fn against(now: f64, before: f64) -> f64 {
    (1.0 + now).ln() - (1.0 + before).ln()
}

/// The least-squares slope over 0, 1, 2 ..
pub fn slope(values: &[f64]) -> f64 {
    let xs: Vec<f64> = (0..values.len()).map(|x| x as f64).collect();
    let (x, y) = (mean(&xs), mean(values));
    let products: f64 = xs.iter().zip(values).map(|(a, b)| (a - x) * (b - y)).sum();
    products / xs.iter().map(|a| (a - x).powi(2)).sum::<f64>()
}

pub fn top_share<T: Ord>(labels: impl Iterator<Item = T>) -> f64 {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    labels.for_each(|label| *counts.entry(label).or_default() += 1);
    ratio(counts.values().copied().max().unwrap_or(0) as f64, counts.values().sum::<usize>() as f64)
}
