//! Probabilities, and the features that raise them most, of many rows whose features are standardised already: the numbers of a score
//! without its interval and its sentences.
//!
//! The logits and the largest contributions come from the code that [`crate::score()`] weighs its rows with (`eight`), here without storing
//! anything in between: a row has the same probability, bit for bit.

use fearless_simd::{Level, Simd, SimdBase as _, dispatch, f64x8};
use rayon::prelude::*;

use crate::ScoringError;
use crate::eight::{Eight, LANES, Largest, logits};
use crate::model::Model;
use crate::score::logistic;

/// Rows of a task.
const ROWS_OF_A_TASK: usize = 8_192;

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Explained {
    /// Calibrated probability to churn.
    pub probability: f64,
    /// Places of the three features with the largest contributions to the logit, the largest first; of equal ones the earlier
    /// feature.
    pub features: [u16; 3],
}

/// Logits of some rows, and the places of their three largest contributions, as numbers of the same width.
#[derive(Debug, Default)]
struct Found {
    logits: Eight,
    places: [Eight; 3],
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
    explained.par_chunks_mut(ROWS_OF_A_TASK).enumerate().for_each(|(task, rows)| {
        let first = task * ROWS_OF_A_TASK;
        dispatch!(level, simd => of_rows(simd, (&coefficients, file.intercept), columns, first, rows.len(), |at, found| {
            for (lane, row) in rows[at..].iter_mut().take(LANES).enumerate() {
                let probability = logistic(file.calibrated(found.logits[lane]));
                *row = Explained { probability, features: found.places.each_ref().map(|places| places[lane] as u16) };
            }
        }));
    });
    Ok(())
}

/// Goes through `rows` rows from `first` on, eight at a time; `tell` hears where each eight begin, and what was found.
#[inline(always)]
fn of_rows<S: Simd>(
    simd: S,
    (coefficients, intercept): (&[f64], f64),
    columns: &[&[f64]],
    first: usize,
    rows: usize,
    mut tell: impl FnMut(usize, &Found),
) {
    for at in (0..rows).step_by(LANES) {
        let place = first + at;
        let found = if rows - at >= LANES {
            of_eight(simd, coefficients, intercept, |column| {
                f64x8::from_slice(simd, &columns[column][place..place + LANES])
            })
        } else {
            of_eight(simd, coefficients, intercept, |column| {
                let mut padded = [0.0; LANES];
                padded[..rows - at].copy_from_slice(&columns[column][place..first + rows]);
                f64x8::load_array(simd, padded)
            })
        };
        tell(at, &found);
    }
}

#[inline(always)]
fn of_eight<S: Simd>(simd: S, coefficients: &[f64], intercept: f64, column: impl Fn(usize) -> f64x8<S>) -> Found {
    let mut largest = Largest::none(simd);
    let logits = logits(simd, (coefficients, intercept), column, |number, value| largest.put(simd, number, value));
    Found { logits: logits.into(), places: largest.places() }
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
        for rows in [0, 1, 7, 8, 9, ROWS_OF_A_TASK + 7] {
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
    fn many_features_are_ranked_by_every_level_of_the_processor() {
        let rows = 1_003;
        let columns = columns(rows, 40);
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        // Distinct, so that contributions are.
        let coefficients: Vec<f64> = (0..40).map(|at| ((at * 29) % 40) as f64 / 31.7 - 0.61).collect();
        for level in [Level::new(), Level::baseline()] {
            let mut seen = 0;
            dispatch!(level, simd => of_rows(simd, (&coefficients, 0.5), &columns, 0, rows, |at, found| {
                for lane in 0..LANES.min(rows - at) {
                    let row = at + lane;
                    let added: Vec<f64> = coefficients.iter().zip(&columns).map(|(c, column)| c * column[row]).collect();
                    let logit = added.iter().fold(0.5, |sum, added| sum + added);
                    assert_eq!(found.logits[lane].to_bits(), logit.to_bits());
                    let mut order: Vec<usize> = (0..40).collect();
                    order.sort_by(|a, b| added[*b].total_cmp(&added[*a]));
                    let value = |rank: usize| added[found.places[rank][lane] as usize];
                    assert_eq!([value(0), value(1), value(2)], [added[order[0]], added[order[1]], added[order[2]]]);
                    seen += 1;
                }
            }));
            assert_eq!(seen, rows);
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
