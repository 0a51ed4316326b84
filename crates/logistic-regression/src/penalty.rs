//! What keeps coefficients small.

use crate::SolverError;
use crate::scale::Scale;

/// `1/2 sum_j ridge_j b_j^2 + sum_j lasso_j |b_j|`, added to the summed (not the mean) loss. The coefficients are those of the
/// columns as given; the intercept is free. `ridge` is `alpha` of linfa and `1 / C` of scikit-learn.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    ridge: Strength,
    lasso: Strength,
}

/// One strength for all columns, or one for each.
#[derive(Debug, Clone, PartialEq)]
enum Strength {
    All(f64),
    Each(Vec<f64>),
}

impl Penalty {
    /// None: maximum likelihood.
    #[must_use]
    pub fn none() -> Self {
        Self::ridge(0.0)
    }

    /// The same ridge for every column.
    #[must_use]
    pub fn ridge(strength: f64) -> Self {
        Self { ridge: Strength::All(strength), lasso: Strength::All(0.0) }
    }

    /// A ridge for each column; 0 is allowed.
    #[must_use]
    pub fn ridge_of_columns(strengths: Vec<f64>) -> Self {
        Self { ridge: Strength::Each(strengths), lasso: Strength::All(0.0) }
    }

    /// The same lasso for every column, beside the ridge.
    #[must_use]
    pub fn with_lasso(self, strength: f64) -> Self {
        Self { lasso: Strength::All(strength), ..self }
    }

    /// A lasso for each column, beside the ridge.
    #[must_use]
    pub fn with_lasso_of_columns(self, strengths: Vec<f64>) -> Self {
        Self { lasso: Strength::Each(strengths), ..self }
    }

    /// For coefficients of stored columns, of which `b = stored / unit`; the last is the intercept.
    pub(crate) fn stored(&self, scales: &[Scale]) -> Result<Stored, SolverError> {
        let mut ridge = self.ridge.check(scales.len())?;
        let mut lasso = self.lasso.check(scales.len())?;
        for (strength, scale) in ridge.iter_mut().zip(scales) {
            *strength = *strength / scale.unit / scale.unit;
        }
        for (strength, scale) in lasso.iter_mut().zip(scales) {
            *strength /= scale.unit;
        }
        ridge.push(0.0);
        lasso.push(0.0);
        Ok(Stored { ridge, lasso })
    }
}

/// Strengths for the coefficients of stored columns, 0 for the intercept, which is the last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) ridge: Vec<f64>,
    pub(crate) lasso: Vec<f64>,
}

impl Stored {
    pub(crate) fn of(&self, parameters: &[f64]) -> f64 {
        let ridge: f64 = parameters.iter().zip(&self.ridge).map(|(b, ridge)| ridge * b * b).sum();
        let lasso: f64 = parameters.iter().zip(&self.lasso).map(|(b, lasso)| lasso * b.abs()).sum();
        0.5 * ridge + lasso
    }

    pub(crate) fn has_lasso(&self) -> bool {
        self.lasso.iter().any(|lasso| *lasso > 0.0)
    }

    /// Whether a coefficient may grow without bounds for nothing.
    pub(crate) fn is_free(&self, column: usize) -> bool {
        self.ridge[column] == 0.0 && self.lasso[column] == 0.0
    }
}

impl Strength {
    fn check(&self, columns: usize) -> Result<Vec<f64>, SolverError> {
        let strengths = match self {
            Self::All(strength) => vec![*strength; columns.max(1)],
            Self::Each(strengths) if strengths.len() == columns => strengths.clone(),
            Self::Each(strengths) => {
                return Err(SolverError::Length { what: "penalties", expected: columns, found: strengths.len() });
            }
        };
        match strengths.iter().position(|strength| !(strength.is_finite() && *strength >= 0.0)) {
            Some(column) => Err(SolverError::BadPenalty { column, value: strengths[column] }),
            None => Ok(strengths[..columns].to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn strengths_are_checked_and_carried_over_to_stored_columns() {
        let scales = [Scale::guess(&[0.0, 8.0]), Scale::guess(&[0.0, 0.5])];
        let stored = Penalty::ridge(2.0).with_lasso_of_columns(vec![1.0, 0.0]).stored(&scales).unwrap();
        assert_eq!(stored.ridge, [2.0 / 16.0, 32.0, 0.0]);
        assert_eq!(stored.lasso, [0.25, 0.0, 0.0]);
        assert_eq!(stored.of(&[-4.0, 1.0, 9.0]), 1.0 + 16.0 + 1.0);
        assert!(stored.has_lasso() && stored.is_free(2) && !stored.is_free(1));
        let wrong = |penalty: Penalty| penalty.stored(&scales).unwrap_err();
        assert_eq!(wrong(Penalty::ridge(-1.0)), SolverError::BadPenalty { column: 0, value: -1.0 });
        assert!(matches!(wrong(Penalty::ridge(1.0).with_lasso(f64::NAN)), SolverError::BadPenalty { .. }));
        assert!(matches!(wrong(Penalty::ridge_of_columns(vec![1.0])), SolverError::Length { found: 1, .. }));
    }
}
