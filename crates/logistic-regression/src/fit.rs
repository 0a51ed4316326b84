//! One fit: from where it starts to what it found.

use crate::SolverError;
use crate::cholesky::dependents;
use crate::diagnosis::{Finding, separation};
use crate::math::ln;
use crate::newton::{Minimum, Objective, Stuck, minimise};
use crate::options::Options;
use crate::pass::{self, Want};
use crate::penalty::{Penalty, Stored};
use crate::problem::Problem;
use crate::scale::Scale;

/// Strides of the samples of blocks that a fit of many rows begins with, the smallest sample first.
const STRIDES: [usize; 2] = [64, 8];
/// A sample has at least so many blocks ...
const SAMPLE_BLOCKS: usize = 16;
/// ... and so many rows of each class for each parameter.
const ROWS_PER_PARAMETER: usize = 10;

/// A fitted logistic regression of the label `true`.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The logit of a row of zeros.
    pub intercept: f64,
    /// One for each column as given.
    pub coefficients: Vec<f64>,
    /// `sum w log(1 + exp(-s eta)) + penalty`, at its minimum.
    pub objective: f64,
    /// The sum of losses in it.
    pub log_loss: f64,
    /// Steps of Newton's method on all rows.
    pub iterations: u32,
    /// Largest part of the gradient of the objective, in the solver's standardised columns.
    pub gradient_norm: f64,
    /// By how much a full step would lower the objective, twice.
    pub decrement: f64,
    /// The objective at the start and after each step on all rows. It never rises by more than rounding.
    pub trace: Vec<f64>,
    /// What is odd about the columns and did not prevent the fit: columns that were left out, with coefficient 0.
    pub findings: Vec<Finding>,
    pub(crate) active: Vec<bool>,
    pub(crate) steering: Vec<f64>,
    /// For the columns as given.
    pub(crate) ridge: Vec<f64>,
    pub(crate) has_lasso: bool,
}

impl Fit {
    /// The logit of one row, without its offset.
    #[must_use]
    pub fn logit(&self, row: &[f64]) -> f64 {
        self.coefficients.iter().zip(row).fold(self.intercept, |sum, (b, x)| sum + b * x)
    }
}

impl Problem<'_> {
    /// Fits the rows.
    ///
    /// Constant columns get the coefficient 0, and so do columns without penalty that the ones before them explain; both are
    /// told in [`Fit::findings`].
    ///
    /// # Errors
    /// [`SolverError::OneClass`], [`SolverError::OneRowHasAllWeight`], [`SolverError::BadPenalty`],
    /// [`SolverError::Separation`], [`SolverError::NotConverged`], [`SolverError::Singular`], and [`SolverError::NotFinite`]
    /// where the matrix lies over numbers that nobody has looked at yet.
    pub fn fit(&self, penalty: &Penalty, options: &Options) -> Result<Fit, SolverError> {
        self.fit_near(None, penalty, options)
    }

    /// The same from where another fit ended, such as that of a stronger penalty or of most of the rows. The minimum is the
    /// same, to the tolerances.
    ///
    /// # Errors
    /// As for [`Problem::fit`], and [`SolverError::Length`] where the other fit had other columns.
    pub fn fit_from(&self, near: &Fit, penalty: &Penalty, options: &Options) -> Result<Fit, SolverError> {
        let (expected, found) = (self.matrix().columns(), near.coefficients.len());
        if expected != found {
            return Err(SolverError::Length { what: "coefficients to start from", expected, found });
        }
        self.fit_near(Some(near), penalty, options)
    }

    fn fit_near(&self, near: Option<&Fit>, penalty: &Penalty, options: &Options) -> Result<Fit, SolverError> {
        let matrix = self.matrix();
        if matrix.known_scales().is_none() {
            // The first pass tells whether the guess is right: nearly always, and else it is done again.
            if let Some(fit) = self.fit_by((matrix.guessed_scales(), true), near, penalty, options)? {
                return Ok(fit);
            }
        }
        let fit = self.fit_by((matrix.scales()?, false), near, penalty, options)?;
        Ok(fit.expect("scales that are known are right"))
    }

    /// The fit with columns of these scales; `None` if they are a guess, and turn out to be others.
    fn fit_by(
        &self,
        (scales, mut guess): (&[Scale], bool),
        near: Option<&Fit>,
        penalty: &Penalty,
        options: &Options,
    ) -> Result<Option<Fit>, SolverError> {
        let tally = self.check_classes()?;
        let stored = penalty.stored(scales)?;
        let columns = scales.len();
        let mut active = vec![true; columns + 1];
        let mut findings = Vec::new();
        for (column, scale) in scales.iter().enumerate() {
            if scale.constant {
                active[column] = false;
                findings.push(Finding::ConstantColumn { column });
            }
        }
        let mut null = vec![0.0; columns + 1];
        null[columns] = ln(tally.positive_weight / tally.negative_weight);

        let mut near = near.map(|near| (Self::stored(near, scales), Some(near.steering.clone())));
        loop {
            let data = pass::Data { first: guess, ..self.data_by(scales) };
            let objective = Objective { data, factor: 1.0, weight: tally.weight(), penalty: &stored, active: &active };
            let (start, steering) = match near.take() {
                Some((mut start, steering)) => {
                    for (value, active) in start.iter_mut().zip(&active) {
                        *value = if *active { *value } else { 0.0 };
                    }
                    (start, steering.filter(|steering| !options.exact && !steering.is_empty()))
                }
                None => self.start(&objective, &null),
            };
            let (begin, extents) = objective.begin(start, steering, options);
            if std::mem::take(&mut guess) && self.matrix().seen(&extents)? != scales {
                return Ok(None);
            }
            match minimise(&objective, begin, options) {
                Ok(minimum) => {
                    self.check_separation(&minimum, &stored, &active)?;
                    return Ok(Some(fitted(minimum, &stored, scales, active, findings)));
                }
                Err(Stuck::NotConverged(minimum)) => {
                    self.check_separation(&minimum, &stored, &active)?;
                    return Err(SolverError::NotConverged {
                        iterations: minimum.iterations,
                        gradient: minimum.gradient_norm,
                        tolerance: options.small_gradient(tally.weight()),
                        decrement: minimum.decrement,
                    });
                }
                Err(Stuck::Singular(column)) => {
                    let explained = self.explained(&active, &stored.ridge)?;
                    if explained.is_empty() {
                        return Err(SolverError::Singular { column });
                    }
                    for finding in explained {
                        if let Finding::Collinear { column, .. } = &finding {
                            active[*column] = false;
                        }
                        findings.push(finding);
                    }
                }
            }
        }
    }

    /// Parameters near the minimum by way of samples, with a Hessian of about there; else those without slopes.
    fn start(&self, objective: &Objective<'_>, null: &[f64]) -> (Vec<f64>, Option<Vec<f64>>) {
        let mut found: (Vec<f64>, Option<Vec<f64>>) = (null.to_vec(), None);
        let blocks = self.blocks();
        for stride in STRIDES {
            let sample: Vec<usize> = blocks.iter().copied().skip(stride / 2).step_by(stride).collect();
            let tally = self.response().tally(&sample);
            let parameters = objective.active.len();
            if sample.len() < SAMPLE_BLOCKS || tally.positives.min(tally.negatives) < ROWS_PER_PARAMETER * parameters {
                continue;
            }
            let factor = objective.weight / tally.weight();
            let data = pass::Data { blocks: &sample, first: false, ..objective.data };
            let of_sample = Objective { data, factor, ..objective.clone() };
            // The minimum of a sample is off by about parameters / 2 * factor; a part of that is near enough.
            let scale = parameters as f64 * factor / objective.weight;
            let options = Options {
                gradient_tolerance: f64::INFINITY,
                decrement_tolerance: 0.02 * scale,
                max_iterations: 30,
                exact: false,
            };
            let begin = of_sample.begin(found.0.clone(), None, &options).0;
            if !begin.is_finite() {
                break;
            }
            if let Ok(minimum) = minimise(&of_sample, begin, &options) {
                found = (minimum.point.parameters, Some(minimum.steering));
            }
        }
        found
    }

    /// Columns that the intercept and the ones before them explain, by the rows' weights alone, if there is no penalty.
    pub(crate) fn collinear(&self, active: &[bool]) -> Result<Vec<Finding>, SolverError> {
        self.explained(active, &vec![0.0; active.len()])
    }

    fn explained(&self, active: &[bool], ridge: &[f64]) -> Result<Vec<Finding>, SolverError> {
        let size = active.len();
        let mut at_zero = pass::sums(self.data()?, &vec![0.0; size], Want::Bound).hessian;
        for i in 0..size {
            at_zero[i * size + i] += ridge[i];
            for j in 0..=i {
                if !(active[i] && active[j]) {
                    at_zero[i * size + j] = if i == j { 1.0 } else { 0.0 };
                }
            }
        }
        // The intercept is last, and should be first: it is never the one to be left out.
        let found = dependents(&intercept_first(&at_zero, size), size)
            .into_iter()
            .filter(|dependent| dependent.column > 0 && active[dependent.column - 1])
            .map(|dependent| Finding::Collinear {
                column: dependent.column - 1,
                with: dependent.by.iter().filter(|by| by.0 > 0).map(|by| by.0 - 1).collect(),
            })
            .collect();
        Ok(found)
    }

    /// Whether columns without penalty run off to infinity.
    fn check_separation(&self, minimum: &Minimum, stored: &Stored, active: &[bool]) -> Result<(), SolverError> {
        let columns = self.matrix().columns();
        if (0..columns).any(|column| active[column] && stored.is_free(column)) {
            separation(self, &minimum.point.parameters, &minimum.step)?;
        }
        Ok(())
    }
}

fn fitted(minimum: Minimum, stored: &Stored, scales: &[Scale], active: Vec<bool>, findings: Vec<Finding>) -> Fit {
    let parameters = minimum.point.parameters;
    let columns = parameters.len() - 1;
    let coefficients: Vec<f64> = parameters[..columns].iter().zip(scales).map(|(b, scale)| b / scale.unit).collect();
    let moved: f64 = coefficients.iter().zip(scales).map(|(b, scale)| b * scale.centre).sum();
    Fit {
        intercept: parameters[columns] - moved,
        coefficients,
        objective: minimum.point.objective,
        log_loss: minimum.point.loss,
        iterations: minimum.iterations,
        gradient_norm: minimum.gradient_norm,
        decrement: minimum.decrement,
        trace: minimum.trace,
        findings,
        active,
        steering: minimum.steering,
        ridge: stored.ridge.iter().zip(scales).map(|(ridge, scale)| ridge * scale.unit * scale.unit).collect(),
        has_lasso: stored.has_lasso(),
    }
}

/// A symmetric matrix, given by its lower triangle, with its last row and column first.
pub(crate) fn intercept_first(lower: &[f64], size: usize) -> Vec<f64> {
    let from = |at: usize| if at == 0 { size - 1 } else { at - 1 };
    (0..size * size)
        .map(|at| {
            let (i, j) = (from(at / size), from(at % size));
            lower[i.max(j) * size + i.min(j)]
        })
        .collect()
}
