//! Which rows of a matrix a fit is of.

use fearless_simd::Level;

use crate::matrix::{BLOCK_ROWS, Matrix};
use crate::pass::{self, Data, Want};
use crate::response::{Response, Tally};
use crate::scale::Scale;
use crate::{Fit, SolverError};

/// Rows of a matrix with their response. Cheap to make: it copies nothing.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    matrix: &'a Matrix<'a>,
    response: &'a Response,
    blocks: Vec<usize>,
    level: Level,
}

impl<'a> Problem<'a> {
    /// All rows.
    ///
    /// # Errors
    /// [`SolverError::OtherMatrix`] where the response was made for other rows or groups.
    pub fn new(matrix: &'a Matrix<'a>, response: &'a Response) -> Result<Self, SolverError> {
        Self::of_groups(matrix, response, |_| true)
    }

    /// The rows of all groups but one.
    ///
    /// # Errors
    /// As for [`Problem::new`].
    pub fn without_group(matrix: &'a Matrix<'a>, response: &'a Response, group: usize) -> Result<Self, SolverError> {
        Self::of_groups(matrix, response, |other| other != group)
    }

    /// The rows of one group.
    ///
    /// # Errors
    /// As for [`Problem::new`].
    pub fn only_group(matrix: &'a Matrix<'a>, response: &'a Response, group: usize) -> Result<Self, SolverError> {
        Self::of_groups(matrix, response, |other| other == group)
    }

    /// The rows of some groups.
    ///
    /// # Errors
    /// As for [`Problem::new`].
    pub fn of_groups(
        matrix: &'a Matrix<'a>,
        response: &'a Response,
        wanted: impl Fn(usize) -> bool,
    ) -> Result<Self, SolverError> {
        response.check(matrix)?;
        let groups = (0..matrix.groups()).filter(|group| wanted(*group));
        let blocks = groups.flat_map(|group| matrix.blocks_of_group(group)).collect();
        Ok(Self { matrix, response, blocks, level: Level::new() })
    }

    /// Total weight of the rows.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.response.tally(&self.blocks).weight()
    }

    /// The weighted sum of a fit's losses over these rows.
    ///
    /// # Errors
    /// [`SolverError::Length`] where the fit had other columns, [`SolverError::NotFinite`].
    pub fn log_loss(&self, fit: &Fit) -> Result<f64, SolverError> {
        let parameters = self.parameters_of(fit)?;
        Ok(pass::sums(self.data()?, &parameters, Want::Loss).loss)
    }

    /// A fit's logits of all rows of the matrix, in their order, offsets included; 0 for rows that are not in the problem.
    ///
    /// # Errors
    /// [`SolverError::Length`] where the fit had other columns, [`SolverError::NotFinite`].
    pub fn logits(&self, fit: &Fit) -> Result<Vec<f64>, SolverError> {
        let parameters = self.parameters_of(fit)?;
        let found = pass::logits(self.data()?, &parameters);
        let mut slots = vec![0.0; self.matrix.blocks() * BLOCK_ROWS];
        for (block, logits) in self.blocks.iter().zip(found.chunks_exact(BLOCK_ROWS)) {
            slots[block * BLOCK_ROWS..(block + 1) * BLOCK_ROWS].copy_from_slice(logits);
        }
        Ok(self.matrix.gather(&slots))
    }

    #[cfg(test)]
    pub(crate) fn at_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    pub(crate) fn matrix(&self) -> &'a Matrix<'a> {
        self.matrix
    }

    pub(crate) fn response(&self) -> &'a Response {
        self.response
    }

    pub(crate) fn blocks(&self) -> &[usize] {
        &self.blocks
    }

    /// The rows, with columns whose scales are known.
    pub(crate) fn data(&self) -> Result<Data<'_>, SolverError> {
        Ok(self.data_by(self.matrix.scales()?))
    }

    /// The rows, with columns of these scales.
    pub(crate) fn data_by<'s>(&'s self, scales: &'s [Scale]) -> Data<'s> {
        let Self { matrix, response, blocks, level } = self;
        Data { matrix, scales, response, blocks, level: *level, first: false }
    }

    /// A fit's parameters for columns of these scales.
    pub(crate) fn stored(fit: &Fit, scales: &[Scale]) -> Vec<f64> {
        let moved: f64 = fit.coefficients.iter().zip(scales).map(|(b, scale)| b * scale.centre).sum();
        let slopes = fit.coefficients.iter().zip(scales).map(|(b, scale)| b * scale.unit);
        slopes.chain(std::iter::once(fit.intercept + moved)).collect()
    }

    pub(crate) fn parameters_of(&self, fit: &Fit) -> Result<Vec<f64>, SolverError> {
        let (expected, found) = (self.matrix.columns(), fit.coefficients.len());
        if expected != found {
            return Err(SolverError::Length { what: "coefficients", expected, found });
        }
        Ok(Self::stored(fit, self.matrix.scales()?))
    }

    /// What the rows hold, if there are both classes.
    pub(crate) fn check_classes(&self) -> Result<Tally, SolverError> {
        let tally = self.response.tally(&self.blocks);
        let (positives, negatives) = (tally.positives, tally.negatives);
        if positives + negatives == 0 {
            return Err(SolverError::NoRows);
        }
        if positives + negatives == 1 && self.matrix.rows() > 1 {
            return Err(SolverError::OneRowHasAllWeight { row: self.heaviest_row().0 });
        }
        if positives == 0 || negatives == 0 {
            return Err(SolverError::OneClass { positives, negatives });
        }
        if self.response.unit {
            return Ok(tally);
        }
        let (row, weight) = self.heaviest_row();
        if weight >= tally.weight() * (1.0 - f64::EPSILON * 16.0) {
            return Err(SolverError::OneRowHasAllWeight { row });
        }
        Ok(tally)
    }

    /// The row with the largest weight, and that weight.
    pub(crate) fn heaviest_row(&self) -> (usize, f64) {
        let (mut row, mut most) = (0, 0.0);
        for block in &self.blocks {
            for (at, weight) in self.response.weights[*block].iter().flat_map(|lane| lane.0).enumerate() {
                if weight > most {
                    most = weight;
                    row = self.matrix.rows_of_block(*block)[at].unwrap_or(0);
                }
            }
        }
        (row, most)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Options, Penalty};

    #[test]
    fn processors_without_wide_vectors_give_the_same_bits() {
        let number = |seed: usize| ((seed * 2_654_435_761) % 1_000_003) as f64 / 500_001.5 - 1.0;
        let rows = 1_500;
        let columns: Vec<Vec<f64>> = (0..11).map(|j| (0..rows).map(|i| number(i * 11 + j)).collect()).collect();
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let labels: Vec<bool> = (0..rows).map(|i| number(i * 13 + 5) + columns[3][i] > 0.4).collect();
        let weights: Vec<f64> = (0..rows).map(|i| 1.5 + number(i * 17)).collect();
        let matrix = Matrix::from_columns(&slices).unwrap();
        let unit = Response::new(&matrix, &labels).unwrap();
        let weighted = unit.clone().weighted(&matrix, &weights).unwrap();
        let bits = |fit: &Fit| -> Vec<u64> {
            fit.coefficients.iter().chain([&fit.intercept, &fit.objective]).map(|value| value.to_bits()).collect()
        };
        for response in [&unit, &weighted] {
            for options in [Options::default(), Options::exact()] {
                let at = |level| {
                    let problem = Problem::new(&matrix, response).unwrap().at_level(level);
                    let fit = problem.fit(&Penalty::ridge(1.0), &options).unwrap();
                    (bits(&fit), problem.covariance(&fit).unwrap())
                };
                let wide = at(Level::new());
                assert_eq!(at(Level::baseline()), wide);
                #[cfg(target_arch = "x86_64")]
                if let Some(level) = Level::new().as_avx2() {
                    assert_eq!(at(Level::Avx2(level)), wide);
                }
            }
        }
    }
}
