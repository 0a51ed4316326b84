//! What is odd about columns, rows and fitted probabilities, as data.

use crate::matrix::{BLOCK_LANES, BLOCK_ROWS, LANES, Room};
use crate::pass;
use crate::problem::Problem;
use crate::tasks::in_tasks;
use crate::{Fit, SolverError};

/// Logits beyond this, probabilities within 1e-6 of 0 or 1, are nearly certain.
const CERTAIN: f64 = 13.815_509_557_963_774;
/// Converged fits have a next step that moves no logit by as much.
const STILL_MOVING: f64 = 1e-3;
/// Rounding of logits that move, as a part of the largest move.
const BORDER: f64 = 1e-3;
/// One row with more than this part of the weight speaks for all others.
const MOST_OF_THE_WEIGHT: f64 = 0.5;

/// Something that the user should know about the data; none of it prevents a penalised fit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// All rows have one value here; the coefficient is 0.
    ConstantColumn {
        /// The column.
        column: usize,
    },
    /// Other columns (and the intercept) explain this one, to rounding.
    Collinear {
        /// The column, the last of them.
        column: usize,
        /// Those that explain it, all before it.
        with: Vec<usize>,
    },
    /// One column alone tells the classes apart.
    SeparatingColumn {
        /// The column.
        column: usize,
        /// Whether it does so in every row (complete), or rows of both classes lie on the border (quasi-complete).
        complete: bool,
    },
    /// Every row with weight has a fitted probability within 1e-6 of its label.
    CertainFit {
        /// The row that is least certain.
        least_certain_row: usize,
    },
    /// One row has more than half of the weight.
    HeavyRow {
        /// The row.
        row: usize,
        /// Its part of the weight.
        part: f64,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ConstantColumn { column } => {
                write!(f, "column {column} has one value in all rows: it says nothing and its coefficient is 0")
            }
            Self::Collinear { column, with } => {
                write!(
                    f,
                    "column {column} follows from columns {with:?}: leave it out, or its coefficient says nothing"
                )
            }
            Self::SeparatingColumn { column, complete: true } => {
                write!(f, "column {column} alone tells the classes apart in every row: look for a leak of the label")
            }
            Self::SeparatingColumn { column, complete: false } => write!(
                f,
                "column {column} alone tells the classes apart but for rows on the border: look for a leak of the label"
            ),
            Self::CertainFit { least_certain_row } => write!(
                f,
                "every fitted probability is within 1e-6 of its label (least certain: row {least_certain_row}): look for a leak of the label"
            ),
            Self::HeavyRow { row, part } => {
                write!(f, "row {row} has {:.1} % of all weight: it decides the fit alone", 100.0 * part)
            }
        }
    }
}

impl Problem<'_> {
    /// Everything that can be said about the rows and, where there is one, the fit. Takes about two passes over the rows.
    ///
    /// # Errors
    /// [`SolverError::NoRows`], [`SolverError::OneClass`], [`SolverError::OneRowHasAllWeight`], [`SolverError::NotFinite`], and
    /// [`SolverError::Length`] where the fit had other columns.
    pub fn diagnose(&self, fit: Option<&Fit>) -> Result<Vec<Finding>, SolverError> {
        let tally = self.check_classes()?;
        let columns = self.matrix().columns();
        let mut findings = Vec::new();
        let mut active = vec![true; columns + 1];
        for (column, apart) in self.told_apart()?.into_iter().enumerate() {
            match apart {
                Apart::Constant => {
                    active[column] = false;
                    findings.push(Finding::ConstantColumn { column });
                }
                Apart::Separated { complete } => findings.push(Finding::SeparatingColumn { column, complete }),
                Apart::Mixed => {}
            }
        }
        findings.extend(self.collinear(&active)?);
        let (row, weight) = self.heaviest_row();
        let part = weight / tally.weight();
        if part > MOST_OF_THE_WEIGHT {
            findings.push(Finding::HeavyRow { row, part });
        }
        if let Some(fit) = fit {
            let parameters = self.parameters_of(fit)?;
            let least = self.margins(&pass::logits(self.data()?, &parameters)).min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((row, _)) = least.filter(|least| least.1 >= CERTAIN) {
                findings.push(Finding::CertainFit { least_certain_row: row });
            }
        }
        Ok(findings)
    }

    /// Rows with weight, in the order of the blocks, with `sign * value`.
    fn margins<'s>(&'s self, values: &'s [f64]) -> impl Iterator<Item = (usize, f64)> + 's {
        self.blocks().iter().zip(values.chunks_exact(BLOCK_ROWS)).flat_map(move |(block, values)| {
            let rows = self.matrix().rows_of_block(*block);
            let (signs, weights) = (&self.response().signs[*block], &self.response().weights[*block]);
            let kept = (0..BLOCK_ROWS).filter_map(move |at| {
                let row = rows[at].filter(|_| weights[at / LANES].0[at % LANES] > 0.0)?;
                Some((row, signs[at / LANES].0[at % LANES] * values[at]))
            });
            kept.collect::<Vec<_>>()
        })
    }

    /// What each column says about the classes.
    fn told_apart(&self) -> Result<Vec<Apart>, SolverError> {
        let (columns, scales) = (self.matrix().columns(), self.matrix().scales()?);
        let task = |blocks: &[usize]| {
            let mut room = Room::default();
            let mut spans = vec![[(f64::INFINITY, f64::NEG_INFINITY); 2]; columns];
            for block in blocks {
                let (signs, weights) = (&self.response().signs[*block], &self.response().weights[*block]);
                let stored = self.matrix().block(*block, scales, &mut room).chunks_exact(BLOCK_LANES);
                for (spans, stored) in spans.iter_mut().zip(stored) {
                    for ((x, weight), sign) in stored.iter().zip(weights).zip(signs) {
                        for at in (0..LANES).filter(|at| weight.0[*at] > 0.0) {
                            let span = &mut spans[usize::from(sign.0[at] > 0.0)];
                            *span = (span.0.min(x.0[at]), span.1.max(x.0[at]));
                        }
                    }
                }
            }
            spans
        };
        let both = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        let join = |mut spans: Vec<[(f64, f64); 2]>, next: Vec<[(f64, f64); 2]>| {
            for (span, next) in spans.iter_mut().zip(next) {
                *span = [both(span[0], next[0]), both(span[1], next[1])];
            }
            spans
        };
        Ok(in_tasks(self.blocks(), task, join).unwrap_or_default().into_iter().map(Apart::of).collect())
    }
}

/// What one column says about the classes.
enum Apart {
    Constant,
    Separated { complete: bool },
    Mixed,
}

impl Apart {
    /// From the least and the largest number of each class.
    fn of([no, yes]: [(f64, f64); 2]) -> Self {
        if no.0.min(yes.0) == no.1.max(yes.1) {
            Self::Constant
        } else if no.1 <= yes.0 || yes.1 <= no.0 {
            Self::Separated { complete: no.1 < yes.0 || yes.1 < no.0 }
        } else {
            Self::Mixed
        }
    }
}

/// Whether a direction tells the classes apart and contradicts no row: then going on in it lowers the loss for ever.
///
/// # Errors
/// [`SolverError::Separation`].
pub(crate) fn separation(problem: &Problem<'_>, parameters: &[f64], step: &[f64]) -> Result<(), SolverError> {
    let here = pass::logits(problem.data()?, parameters);
    let at_here: Vec<f64> = problem.margins(&here).map(|margin| margin.1).collect();
    if at_here.iter().fold(0.0, |most: f64, margin| most.max(margin.abs())) < CERTAIN / 2.0 {
        return Ok(());
    }
    // The step's own logits: the difference leaves offsets out.
    let there: Vec<f64> = parameters.iter().zip(step).map(|(b, d)| b + d).collect();
    let moves: Vec<f64> =
        pass::logits(problem.data()?, &there).iter().zip(&here).map(|(there, here)| there - here).collect();
    let moves: Vec<f64> = problem.margins(&moves).map(|margin| margin.1).collect();
    let (least, most) = moves.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), m| (least.min(*m), most.max(*m)));
    if most < STILL_MOVING || least < -BORDER * most {
        return Ok(());
    }
    let complete = at_here.iter().all(|margin| *margin > 0.0);
    let apart = problem.told_apart()?.into_iter().enumerate();
    let alone: Vec<usize> =
        apart.filter(|(_, apart)| matches!(apart, Apart::Separated { .. })).map(|(column, _)| column).collect();
    let columns = if alone.is_empty() { with_a_large_part(&step[..step.len() - 1]) } else { alone };
    Err(SolverError::Separation { complete, columns })
}

/// Columns by their part of a direction, the largest first.
fn with_a_large_part(direction: &[f64]) -> Vec<usize> {
    let most = direction.iter().fold(0.0, |most: f64, part| most.max(part.abs()));
    let mut columns: Vec<usize> = (0..direction.len()).filter(|column| direction[*column].abs() > 0.1 * most).collect();
    columns.sort_by(|a, b| direction[*b].abs().total_cmp(&direction[*a].abs()));
    columns
}
