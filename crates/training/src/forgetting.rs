//! How much a row counts by the age of its as-of date.
//!
//! Customers change, and so does what a shop does with them: old snapshots teach a model less about the next months than new
//! ones. Leaving them out costs rows; letting their weight halve every so many days costs less (exponentially weighted likelihood:
//! Koychev 2000, Gradual Forgetting for Adaptation to Concept Drift, ECAI workshop; discount factors of West & Harrison 1997,
//! Bayesian Forecasting and Dynamic Models, ch. 6). How fast is chosen on a date that the fits have not seen.

use history::Date;

use crate::TrainingError;
use crate::design::{Design, Recipe};
use crate::evaluation_file::HalfLifeTrial;
use crate::fit::{Fitted, Sample};
use crate::penalty::{TIE, gain, losses, mean, rounded};
use crate::rows::Rows;
use crate::terms::to_choose_by;

/// Half-lives tried, in days, after none at all: each half of the one before, down to the shortest that leaves a fit more than
/// one as-of date in effect.
const HALF_LIVES: [u16; 4] = [360, 180, 90, 45];

/// The weights of rows, of mean 1, so that a penalty against the mean loss means the same: halved for every half-life that a row's
/// as-of date lies before the newest of them. None where all count alike.
pub(crate) fn weights(rows: &Rows, over: &[usize], half_life: Option<u16>) -> Option<Vec<f64>> {
    let half_life = f64::from(half_life?);
    let newest = over.iter().map(|row| rows.as_of[*row]).max()?;
    let of_row = |row: &usize| (-f64::from(newest.days_since(rows.as_of[*row])) / half_life).exp2();
    let mut weights: Vec<f64> = over.iter().map(of_row).collect();
    let centre = mean(&weights);
    weights.iter_mut().for_each(|weight| *weight /= centre);
    Some(weights)
}

/// Rows to fit on, given by the columns of a design over them, with their outcomes and their weights.
///
/// # Errors
/// [`TrainingError::OneClass`], [`TrainingError::NotFitted`].
pub(crate) fn sample_of<'a>(
    (rows, over): (&Rows, &[usize]),
    (columns, churned): (&'a [Vec<f64>], &[bool]),
    half_life: Option<u16>,
) -> Result<Sample<'a>, TrainingError> {
    let sample = Sample::new(columns, churned, "training")?;
    match weights(rows, over, half_life) {
        Some(weights) => sample.weighted(&weights),
        None => Ok(sample),
    }
}

/// The longest half-life that ties with the best by the log-loss of the predicted rows, none being longer than all, with what was
/// tried; of fits on some dates of a design, from `near`.
///
/// # Errors
/// [`TrainingError::NotFitted`], [`TrainingError::OneClass`].
pub(crate) fn choose(
    rows: &Rows,
    (dates, predicted): (&[Date], &[usize]),
    (recipe, near): (&Recipe, &Fitted),
    lambda: f64,
) -> Result<(Option<u16>, Vec<HalfLifeTrial>), TrainingError> {
    let over = to_choose_by(rows, dates);
    if rows.n_dates(&over) < 2 {
        return Ok((None, Vec::new()));
    }
    let design = Design::fit(rows, &over, recipe)?;
    let (columns, outcomes) = (design.columns(rows, &over), rows.outcomes(predicted));
    let mut sample = Sample::new(&columns, &rows.outcomes(&over), "selection")?;
    let of_predicted = design.columns(rows, predicted);
    let (mut near, mut tried) = (near.clone(), Vec::new());
    for half_life in std::iter::once(None).chain(HALF_LIVES.map(Some)) {
        if let Some(weights) = weights(rows, &over, half_life) {
            sample = sample.weighted(&weights)?;
        }
        near = sample.fit_nearly(&near, lambda)?;
        tried.push((half_life, losses(&near.logits(&of_predicted), &outcomes)));
    }
    let trial = |(half_life, losses): &(Option<u16>, Vec<f64>)| HalfLifeTrial {
        half_life_days: *half_life,
        log_loss: rounded(mean(losses)),
    };
    Ok((longest(&tried), tried.iter().map(trial).collect()))
}

/// The first whose losses are above those of the best by no more than a tie, or a standard error if that is less.
fn longest(tried: &[(Option<u16>, Vec<f64>)]) -> Option<u16> {
    let best = tried.iter().min_by(|(_, a), (_, b)| mean(a).total_cmp(&mean(b)));
    let ties = |losses: &[f64], best: &[f64]| {
        let (gain, error) = gain(losses, best);
        gain <= TIE.min(error)
    };
    best.and_then(|(_, best)| tried.iter().find(|(_, losses)| ties(losses, best))).and_then(|(half_life, _)| *half_life)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::train_tests::Draws;
    use feature_engineering::by_name;

    fn date(day: i32) -> Date {
        "2026-01-01".parse::<Date>().unwrap().plus_days(day)
    }

    /// One feature, whose part in churn is `slope` at each date.
    fn drawn(of_dates: &[(i32, usize, f64)]) -> Rows {
        let mut draws = Draws(5);
        let (mut values, mut churned, mut as_of) = (Vec::new(), Vec::new(), Vec::new());
        for (day, rows, slope) in of_dates {
            for _ in 0..*rows {
                let value = 4.0 * draws.next() - 2.0;
                values.push(value);
                churned.push(draws.next() < 1.0 / (1.0 + (-slope * value).exp()));
                as_of.push(date(*day));
            }
        }
        let feature = by_name("recency_days").unwrap().clone();
        Rows { as_of, ..Rows::toy(vec![feature], vec![values], churned) }
    }

    #[test]
    fn a_row_of_one_half_life_before_counts_half() {
        let rows = drawn(&[(0, 2, 1.0), (90, 2, 1.0), (180, 2, 1.0)]);
        let all: Vec<usize> = (0..6).collect();
        assert_eq!(weights(&rows, &all, None), None);
        // 1/4, 1/2 and 1 have a mean of 7/12.
        let of = |weight: f64| weight * 12.0 / 7.0;
        let expected = [0.25, 0.25, 0.5, 0.5, 1.0, 1.0].map(of);
        assert!(weights(&rows, &all, Some(90)).unwrap().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
        // The newest is that of the rows at hand.
        assert_eq!(weights(&rows, &[2, 3], Some(90)), Some(vec![1.0, 1.0]));
    }

    fn chosen(of_dates: &[(i32, usize, f64)]) -> (Option<u16>, Vec<HalfLifeTrial>) {
        let rows = drawn(of_dates);
        let (newest, _, _) = of_dates.last().copied().unwrap();
        let dates: Vec<Date> = of_dates[..of_dates.len() - 1].iter().map(|(day, ..)| date(*day)).collect();
        let (recipe, fitted_on) = (Recipe::lines(&[0]), rows.on(&dates));
        let design = Design::fit(&rows, &fitted_on, &recipe).unwrap();
        let columns = design.columns(&rows, &fitted_on);
        let near = Sample::new(&columns, &rows.outcomes(&fitted_on), "selection").unwrap().fit(1e-4).unwrap();
        choose(&rows, (&dates, &rows.on(&[date(newest)])), (&recipe, &near), 1e-4).unwrap()
    }

    #[test]
    fn what_has_changed_is_forgotten_and_what_has_not_is_kept() {
        let changing: Vec<(i32, usize, f64)> = (0..12).map(|at| (30 * at, 2_000, 0.25 * f64::from(at) - 1.0)).collect();
        let (half_life, trials) = chosen(&changing);
        assert_eq!(half_life, Some(45));
        assert_eq!(trials.len(), 1 + HALF_LIVES.len());
        assert!(trials[4].log_loss + 0.01 < trials[0].log_loss, "{trials:?}");
        let steady: Vec<(i32, usize, f64)> = (0..12).map(|at| (30 * at, 500, 1.0)).collect();
        assert_eq!(chosen(&steady).0, None);
        assert_eq!(chosen(&steady[..2]), (None, Vec::new()), "one date has no age");
    }
}
