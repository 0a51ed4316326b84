//! Features as a model can use them: clipped, straightened, scaled, without gaps.

use crate::DecisionError;
use crate::error::same_length;

/// Share of the rows at each end beyond which values are clipped.
const CLIPPED: f64 = 0.005;
/// Skewness from which a column without negative values is put on a logarithmic scale.
const SKEWED: f64 = 2.0;
/// Share of missing values from which missing is a feature of its own.
const OFTEN_MISSING: f64 = 0.01;

/// How raw columns become prepared ones; fitted on one set of rows, applied to any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Preparation {
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
struct Column {
    low: f64,
    high: f64,
    /// On a logarithmic scale, in units of this.
    log_unit: Option<f64>,
    mean: f64,
    spread: f64,
    missing: bool,
}

impl Preparation {
    /// Looks at the rows. Columns that never differ are kept and become all zeros.
    pub(super) fn fit(columns: &[&[f64]]) -> Self {
        Self { columns: columns.iter().map(|column| Column::fit(column)).collect() }
    }

    /// For each prepared column the raw one it comes from, and whether it tells where that is missing.
    pub(super) fn sources(&self) -> Vec<(usize, bool)> {
        let of =
            |(at, column): (usize, &Column)| std::iter::once((at, false)).chain(column.missing.then_some((at, true)));
        self.columns.iter().enumerate().flat_map(of).collect()
    }

    /// Prepared columns: one for each raw one, mean 0 and spread 1 on the rows fitted on, and one for each that is often missing.
    ///
    /// # Errors
    /// [`DecisionError::Length`], [`DecisionError::Row`].
    pub(super) fn apply(&self, columns: &[&[f64]]) -> Result<Vec<Vec<f64>>, DecisionError> {
        same_length("columns of features", self.columns.len(), columns.len())?;
        let mut prepared = Vec::new();
        for (fitted, raw) in self.columns.iter().zip(columns) {
            if let Some(row) = raw.iter().position(|value| value.is_infinite()) {
                let (what, expected) = ("feature", "a finite number, or NaN for missing");
                return Err(DecisionError::Row { what, expected, row, found: raw[row] });
            }
            prepared.push(raw.iter().map(|value| fitted.of(*value)).collect());
            if fitted.missing {
                prepared.push(raw.iter().map(|value| f64::from(u8::from(value.is_nan()))).collect());
            }
        }
        Ok(prepared)
    }
}

impl Column {
    fn fit(raw: &[f64]) -> Self {
        let mut known: Vec<f64> = raw.iter().copied().filter(|value| !value.is_nan()).collect();
        known.sort_by(f64::total_cmp);
        let missing = (raw.len() - known.len()) as f64 >= OFTEN_MISSING * raw.len() as f64 && known.len() < raw.len();
        let at = |share: f64| known.get((share * known.len().saturating_sub(1) as f64).round() as usize).copied();
        let (mut low, mut high) = (at(CLIPPED).unwrap_or(0.0), at(1.0 - CLIPPED).unwrap_or(0.0));
        if low == high {
            // A rare flag: clipping would leave nothing of it.
            (low, high) = (at(0.0).unwrap_or(0.0), at(1.0).unwrap_or(0.0));
        }
        let mut column = Self { low, high, log_unit: None, mean: 0.0, spread: 1.0, missing };
        let (mean, spread, skewness) = column.moments(&known);
        (column.mean, column.spread) = (mean, spread);
        if low >= 0.0 && skewness > SKEWED {
            let positive: Vec<f64> = known.iter().copied().filter(|value| *value > 0.0).collect();
            column.log_unit = positive.get(positive.len() / 2).copied();
            (column.mean, column.spread) = (0.0, 1.0);
            let (mean, spread, on_log_scale) = column.moments(&known);
            if on_log_scale.abs() < skewness {
                (column.mean, column.spread) = (mean, spread);
            } else {
                (column.log_unit, column.mean, column.spread) = (None, 0.0, 1.0);
                let (mean, spread, _) = column.moments(&known);
                (column.mean, column.spread) = (mean, spread);
            }
        }
        column
    }

    fn raw_scale(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        self.log_unit.map_or(value, |unit| (value / unit).ln_1p())
    }

    fn of(&self, value: f64) -> f64 {
        if value.is_nan() || self.spread == 0.0 { 0.0 } else { (self.raw_scale(value) - self.mean) / self.spread }
    }

    /// Mean, standard deviation and skewness on the column's scale.
    fn moments(&self, known: &[f64]) -> (f64, f64, f64) {
        let n = known.len().max(1) as f64;
        let values: Vec<f64> = known.iter().map(|value| self.raw_scale(*value)).collect();
        let mean = values.iter().sum::<f64>() / n;
        let central = |power: i32| values.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / n;
        let spread = central(2).sqrt();
        // What rounding leaves of a constant.
        if spread <= 1e-12 * mean.abs().max(1e-300) {
            return (mean, 0.0, 0.0);
        }
        (mean, spread, central(3) / spread.powi(3))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn columns_are_scaled_clipped_straightened_and_filled() {
        let plain: Vec<f64> = (0..1_000).map(f64::from).collect();
        let wild: Vec<f64> = (0..1_000).map(|i| f64::from(i) / 100.0).map(f64::exp).collect();
        let mut gaps = plain.clone();
        gaps[..100].fill(f64::NAN);
        let constant = vec![0.1; 1_000];
        let raw: [&[f64]; 4] = [&plain, &wild, &gaps, &constant];
        let preparation = Preparation::fit(&raw);
        let found = preparation.apply(&raw).unwrap();
        assert_eq!(preparation.sources(), [(0, false), (1, false), (2, false), (2, true), (3, false)]);
        assert_eq!(found.len(), 5);
        for column in &found[..2] {
            let mean = column.iter().sum::<f64>() / 1_000.0;
            let variance = column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 1_000.0;
            assert!(mean.abs() < 1e-9 && (variance - 1.0).abs() < 1e-9);
        }
        // On a logarithmic scale the upper half of the exponential is nearly straight; as given, this ratio is 0.09.
        let (half, end) = (found[1][750] - found[1][500], found[1][990] - found[1][750]);
        assert!((0.75..1.1).contains(&(half / end)), "{half} {end}");
        assert_eq!((found[2][5], found[3][5], found[3][500]), (0.0, 1.0, 0.0));
        assert_eq!(found[4], vec![0.0; 1_000]);
        assert_eq!(found[0][0], found[0][4]);
        assert!(preparation.apply(&raw[1..]).is_err());
        let infinite = vec![f64::INFINITY; 2];
        assert!(Preparation::fit(&[&plain]).apply(&[&infinite]).is_err());
    }

    #[test]
    fn a_rare_flag_is_not_clipped_away() {
        let flag: Vec<f64> = (0..1_000).map(|i| if i == 500 { 1.0 } else { 0.0 }).collect();
        let found = Preparation::fit(&[&flag]).apply(&[&flag]).unwrap();
        assert!(found[0][500] > 10.0 && found[0][0].abs() < 0.1);
    }
}
