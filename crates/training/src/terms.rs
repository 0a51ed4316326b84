//! Which terms a design lacks, by the rows that it is fitted on: looked for among all bends and products, ranked each by itself, then
//! chosen one after the other.

use history::Date;
use ndarray::Array2;

use crate::customers::FOLDS;
use crate::design::{Design, Found, Part};
use crate::fit::Fitted;
use crate::forward::forward;
use crate::pairs::{LEAST, promising};
use crate::rows::Rows;

/// Designs are compared by so many rows: a few columns too few cost less than the memory of all rows with all columns of all
/// designs.
const ROWS_TO_CHOOSE_BY: usize = 1_000_000;
/// Terms are ranked by so many rows, which is enough to tell the strongest.
const ROWS_TO_RANK_BY: usize = 500_000;

/// Rows of some dates: of all customers, or if that is more than designs are compared by, of some folds of them.
pub(crate) fn to_choose_by(rows: &Rows, dates: &[Date]) -> Vec<usize> {
    some_folds(rows, rows.on(dates), ROWS_TO_CHOOSE_BY)
}

fn some_folds(rows: &Rows, mut of: Vec<usize>, most: usize) -> Vec<usize> {
    if of.len() > most {
        let folds = (usize::from(FOLDS) * most / of.len()).max(1);
        of.retain(|row| usize::from(rows.fold[*row]) < folds);
    }
    of
}

/// What to try of the terms that are wanted, the last first: all of them; and if that is no better, those that are there beyond
/// doubt, which the others may have hidden.
pub(crate) fn offered(wanted: Vec<(Found, f64)>) -> Vec<Vec<Found>> {
    let clear: Vec<Found> =
        wanted.iter().filter(|(_, statistic)| *statistic >= LEAST).map(|(found, _)| *found).collect();
    let all: Vec<Found> = wanted.into_iter().map(|(found, _)| found).collect();
    let is_less = clear.len() < all.len();
    [clear, all].into_iter().filter(|found| !found.is_empty()).skip(usize::from(!is_less)).collect()
}

/// Terms that a design lacks, each with its statistic, best first; by the rows of some dates: if they are many, by some of them,
/// evenly spread.
pub(crate) fn wanted(
    rows: &Rows,
    dates: &[Date],
    (design, fitted): (&Design, &Fitted),
    lambda: f64,
) -> Vec<(Found, f64)> {
    let all = to_choose_by(rows, dates);
    let by: Vec<usize> = all.iter().copied().step_by(all.len().div_ceil(ROWS_TO_RANK_BY).max(1)).collect();
    let churned = rows.outcomes(&by);
    let logits = fitted.logits(&design.columns(rows, &by));
    let of = (logits.as_slice(), churned.as_slice());
    let there = design.found();
    let is_taken = |found: &Found| {
        let turned = match found {
            Found::Bend(_) => *found,
            Found::Product([a, b]) => Found::Product([*b, *a]),
        };
        there.contains(found) || there.contains(&turned)
    };
    let parts = design.parts(rows, &by);
    let names: Vec<Part> = parts.iter().map(|(part, _)| *part).collect();
    let ranked = promising(&names, &|some| design.values(&parts, rows, &by[some]), of, is_taken);
    let (wider, ranked) = design.with(rows, &by, &ranked);
    let columns = |some: std::ops::Range<usize>| {
        let columns = wider.columns(rows, &by[some.clone()]);
        Array2::from_shape_fn((columns.len(), some.len()), |(column, row)| columns[column][row])
    };
    let chosen = forward((fitted.coefficients(), ranked.len()), &columns, of, lambda);
    chosen.into_iter().map(|(place, statistic)| (ranked[place], statistic)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(column: usize) -> Part {
        Part { column, bend: None }
    }

    #[test]
    fn all_are_tried_before_those_beyond_doubt_and_the_same_only_once() {
        let [clear, weak] = [1, 2].map(|column| Found::Product([part(0), part(column)]));
        assert_eq!(offered(vec![(clear, 40.0), (weak, 4.0)]), [vec![clear], vec![clear, weak]]);
        assert_eq!(offered(vec![(clear, 40.0)]), [[clear]]);
        assert_eq!(offered(vec![(weak, 4.0)]), [[weak]]);
        assert!(offered(Vec::new()).is_empty());
    }

    #[test]
    fn many_rows_are_those_of_some_folds_of_customers() {
        let rows = Rows::toy(Vec::new(), Vec::new(), vec![true; 300]);
        let all: Vec<usize> = (0..300).collect();
        assert_eq!(some_folds(&rows, all.clone(), 300), all);
        let some = some_folds(&rows, all.clone(), 200);
        assert!(some.len() < 300 && !some.is_empty());
        assert!(
            some.iter().all(|row| rows.fold[*row] < 3)
                && all.iter().filter(|row| rows.fold[**row] < 3).count() == some.len()
        );
        assert!(some_folds(&rows, all, 1).iter().all(|row| rows.fold[*row] == 0));
    }
}
