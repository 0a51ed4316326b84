//! Probabilities, and the features that raise them most, of many rows whose features are standardised already: the numbers of a score
//! without its interval and its sentences.
//!
//! Columns are gone through one after the other in blocks of rows, so that the numbers at work stay in the processor's cache;
//! the contributions are never stored. A row's logit is summed in the order of the features, as [`crate::score`] does: it has the
//! same bits on every processor and by any number of threads.

use fearless_simd::{Level, Simd, dispatch};
use rayon::prelude::*;

use crate::ScoringError;
use crate::model::Model;
use crate::score::logistic;

/// Rows that are gone through together.
const ROWS: usize = 512;
/// Rows of a task.
const ROWS_OF_A_TASK: usize = 16 * ROWS;

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Explained {
    /// Calibrated probability to churn.
    pub probability: f64,
    /// Places of the three features with the largest contributions to the logit, the largest first; of equal ones the earlier
    /// feature.
    pub features: [u16; 3],
}

/// The numbers of a block at work. Places of features are kept as numbers of the same width, so that all move together.
struct Work {
    logit: [f64; ROWS],
    largest: [[f64; ROWS]; 3],
    place: [[f64; ROWS]; 3],
}

/// Explains rows. `columns` are the features of the model in its order, standardised (see
/// [`crate::FeatureWeight::standardised`]), each as long as `explained`.
///
/// # Errors
/// [`ScoringError::Invalid`] where the model has terms or segments, fewer than three features, or the columns are not those of the
/// model.
pub fn explain(model: &Model, columns: &[&[f64]], explained: &mut [Explained]) -> Result<(), ScoringError> {
    let file = model.file();
    let no =
        |field: &str, expected, found: String| Err(ScoringError::Invalid { field: field.to_owned(), expected, found });
    if !file.terms.is_empty() || file.segments.is_some() {
        return no("terms and segments", "absent, for explaining standardised features", "some".to_owned());
    }
    if columns.len() != file.features.len() || columns.len() < 3 {
        return no("features", "three or more, with a column each", columns.len().to_string());
    }
    if let Some(column) = columns.iter().find(|column| column.len() != explained.len()) {
        return no("columns", "as long as the rows", column.len().to_string());
    }
    let coefficients: Vec<f64> = file.coefficients().collect();
    let level = Level::new();
    explained.par_chunks_mut(ROWS_OF_A_TASK).enumerate().for_each_init(Work::boxed, |work, (task, rows)| {
        for (block, rows) in rows.chunks_mut(ROWS).enumerate() {
            let first = task * ROWS_OF_A_TASK + block * ROWS;
            let of = |column: usize| &columns[column][first..first + rows.len()];
            dispatch!(level, simd => go_through(simd, &coefficients, file.intercept, of, work));
            for (at, row) in rows.iter_mut().enumerate() {
                let probability = logistic(file.calibrated(work.logit[at]));
                *row = Explained { probability, features: work.place.each_ref().map(|place| place[at] as u16) };
            }
        }
    });
    Ok(())
}

impl Work {
    fn boxed() -> Box<Self> {
        Box::new(Self { logit: [0.0; ROWS], largest: [[0.0; ROWS]; 3], place: [[0.0; ROWS]; 3] })
    }
}

#[inline(always)]
fn go_through<'a, S: Simd>(
    _simd: S,
    coefficients: &[f64],
    intercept: f64,
    column: impl Fn(usize) -> &'a [f64],
    work: &mut Work,
) {
    let Work { logit, largest, place } = work;
    let [first, second, third] = largest;
    let [at_first, at_second, at_third] = place;
    logit.fill(intercept);
    for numbers in [&mut *first, &mut *second, &mut *third] {
        numbers.fill(f64::NEG_INFINITY);
    }
    for (number, coefficient) in coefficients.iter().enumerate() {
        let of = number as f64;
        let column = column(number);
        let rows = column.len().min(ROWS);
        // One length for all, so that no bound is checked in the loop.
        let (logit, column) = (&mut logit[..rows], &column[..rows]);
        let (first, second, third) = (&mut first[..rows], &mut second[..rows], &mut third[..rows]);
        let (at_first, at_second, at_third) = (&mut at_first[..rows], &mut at_second[..rows], &mut at_third[..rows]);
        for row in 0..rows {
            let added = coefficient * column[row];
            logit[row] += added;
            // Down the three places: what is smaller goes on to the next.
            let (next, at_next) = exchange(added, of, &mut first[row], &mut at_first[row]);
            let (next, at_next) = exchange(next, at_next, &mut second[row], &mut at_second[row]);
            let is_larger = next > third[row];
            third[row] = if is_larger { next } else { third[row] };
            at_third[row] = if is_larger { at_next } else { at_third[row] };
        }
    }
}

/// Puts the larger of two into a place, and returns the other.
#[inline(always)]
fn exchange(value: f64, of: f64, held: &mut f64, of_held: &mut f64) -> (f64, f64) {
    let (before, of_before) = (*held, *of_held);
    let is_larger = value > before;
    *held = if is_larger { value } else { before };
    *of_held = if is_larger { of } else { of_before };
    (if is_larger { before } else { value }, if is_larger { of_before } else { of })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{as_of, curved_model_file, export, model_file};

    /// `rows` rows of numbers between -2 and 2, some of them equal.
    fn columns(rows: usize, columns: usize) -> Vec<Vec<f64>> {
        let number =
            |row: usize, column: usize| ((row * 7_919 + column * 104_729 + row * column) % 401) as f64 / 100.0 - 2.0;
        (0..columns).map(|column| (0..rows).map(|row| number(row, column)).collect()).collect()
    }

    #[test]
    fn rows_are_explained_as_one_would_by_hand() {
        let model = Model::new(model_file()).unwrap();
        let file = model.file();
        for rows in [0, 1, 511, 512, 513, ROWS_OF_A_TASK + 7] {
            let columns = columns(rows, 3);
            let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let mut explained = vec![Explained::default(); rows];
            explain(&model, &columns, &mut explained).unwrap();
            for (row, found) in explained.iter().enumerate() {
                let added: Vec<f64> = file.coefficients().zip(&columns).map(|(c, column)| c * column[row]).collect();
                let logit = added.iter().fold(file.intercept, |sum, added| sum + added);
                assert_eq!(found.probability.to_bits(), logistic(file.calibrated(logit)).to_bits());
                let mut order: Vec<u16> = (0..3).collect();
                order.sort_by(|a, b| added[usize::from(*b)].total_cmp(&added[usize::from(*a)]));
                let sums = |places: &[u16]| places.iter().map(|at| added[usize::from(*at)]).collect::<Vec<f64>>();
                assert_eq!(sums(&found.features), sums(&order), "row {row}");
            }
            for threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut again = vec![Explained::default(); rows];
                pool.install(|| explain(&model, &columns, &mut again)).unwrap();
                assert_eq!(again, explained, "{threads} threads");
            }
        }
    }

    #[test]
    fn probabilities_are_those_of_the_scores() {
        let (export, model) = (export(), Model::new(model_file()).unwrap());
        let history = export.history(as_of());
        let customers: Vec<u32> = (0..198).collect();
        let table = feature_engineering::features(&history, &customers, &model.needed_features()).unwrap();
        let standardised: Vec<Vec<f64>> = model
            .file()
            .features
            .iter()
            .map(|weight| {
                let column = table.column_named(&weight.feature.name).unwrap();
                column.iter().map(|value| weight.standardised(weight.feature.transform, *value)).collect()
            })
            .collect();
        let columns: Vec<&[f64]> = standardised.iter().map(Vec::as_slice).collect();
        let mut explained = vec![Explained::default(); customers.len()];
        explain(&model, &columns, &mut explained).unwrap();
        for (explained, scored) in explained.iter().zip(crate::score(&model, &table).unwrap()) {
            assert_eq!(explained.probability.to_bits(), scored.probability.to_bits());
        }
    }

    #[test]
    fn what_cannot_be_explained_so_is_refused() {
        let columns = columns(4, 3);
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut explained = vec![Explained::default(); 4];
        let model = Model::new(model_file()).unwrap();
        assert!(explain(&Model::new(curved_model_file()).unwrap(), &columns, &mut explained).is_err());
        assert!(explain(&model, &columns[..2], &mut explained).is_err());
        assert!(explain(&model, &columns, &mut explained[..3]).is_err());
    }
}
