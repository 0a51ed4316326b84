//! A mean with Student's interval.

use evaluation::Estimate;

use crate::DecisionError;
use crate::error::each;
use crate::numbers::student_quantile;

/// The mean of a column with Student's 95 % interval; without interval for one row, without value for none.
///
/// # Errors
/// [`DecisionError::Row`] for what is not finite.
pub fn mean_with_interval(values: &[f64]) -> Result<Estimate, DecisionError> {
    each("value", "a finite number", values, |_| true)?;
    let Some((mean, variance)) = moments(values) else {
        return Ok(Estimate::NONE);
    };
    let interval = variance.map(|variance| {
        let n = values.len() as f64;
        let half = student_quantile(0.975, n - 1.0) * (variance / n).sqrt();
        (mean - half, mean + half)
    });
    Ok(Estimate::new(mean, interval)?)
}

/// Mean, and variance with `n - 1` where there are two rows.
pub(crate) fn moments(values: &[f64]) -> Option<(f64, Option<f64>)> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((mean, (values.len() > 1).then(|| squares / (n - 1.0))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.ttest_1samp(x, 0).confidence_interval(); tests/reference/decisions.py prints it.
        let found = mean_with_interval(&[4.0, 5.0, 3.0, 5.0, 4.0, 2.0]).unwrap();
        let (low, high) = found.interval().unwrap();
        assert!((found.value().unwrap() - 3.833_333_333).abs() < 1e-9);
        assert!((low - 2.606_495_642).abs() < 1e-8 && (high - 5.060_171_025).abs() < 1e-8, "{low} {high}");
        assert_eq!(mean_with_interval(&[]).unwrap(), Estimate::NONE);
        assert_eq!(mean_with_interval(&[2.0]).unwrap(), Estimate::new(2.0, None).unwrap());
        assert!(mean_with_interval(&[f64::NAN]).is_err());
    }
}
