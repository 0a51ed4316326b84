//! How much of the calibration line of one date still holds when the next model is used.
//!
//! The newest date differs from what the model learnt from all its dates for two reasons. Customers change for good, as in
//! a cohort that ages: then its line holds for those who are scored. Or it was a quiet January after a Christmas: then it
//! says nothing of April, and would only do harm. Past dates tell which: for each of them and the date one label window
//! before it, how much of the deviation came again. That is the least-squares slope, without an intercept, of the later
//! deviations on the earlier, from 0 (nothing) to 1 (all of it); once for the level and once for the slope of the line.

use history::Date;

use crate::platt::Line;
use crate::rows::Rows;

/// Fewer pairs of dates than this say nothing: then the newest line is taken as it is.
const LEAST_PAIRS: usize = 6;

/// A line of a date, as deviation from the logit itself: of the level at a given logit, and of the slope.
type Deviation = [f64; 2];

/// The line of the newest date, with what past dates say will still hold after `reach` days. `logits` are those of the model
/// for its own rows: what differs between dates is of interest here, not how well it fits them all.
///
/// The covariance stays that of the line: what a past date said of its future is not known well enough to count on less.
pub(crate) fn carried(line: Line, rows: &Rows, logits: &[f64], dates: &[Date], reach: i32) -> Line {
    let mean = logits.iter().sum::<f64>() / logits.len() as f64;
    let deviation = |line: &Line| [line.intercept + (line.slope - 1.0) * mean, line.slope - 1.0];
    let of_date = |date: &Date| {
        let on = rows.on(&[*date]);
        let of: Vec<f64> = on.iter().map(|row| logits[*row]).collect();
        Line::fit(&of, &rows.outcomes(&on)).ok().map(|line| (*date, deviation(&line)))
    };
    let found: Vec<(Date, Deviation)> = dates.iter().filter_map(of_date).collect();
    let share = shares(&found, reach);
    let [level, bend] = deviation(&line);
    let slope = 1.0 + share[1] * bend;
    Line { intercept: share[0] * level - (slope - 1.0) * mean, slope, covariance: line.covariance }
}

/// The share of each kind of deviation that came again at the first date at least `reach` days later.
fn shares(found: &[(Date, Deviation)], reach: i32) -> [f64; 2] {
    let later = |date: Date| found.iter().find(|(other, _)| other.days_since(date) >= reach);
    let pairs: Vec<(&Deviation, &Deviation)> =
        found.iter().filter_map(|(date, before)| Some((before, &later(*date)?.1))).collect();
    if pairs.len() < LEAST_PAIRS {
        return [1.0; 2];
    }
    [0, 1].map(|kind| {
        let products: f64 = pairs.iter().map(|(before, after)| before[kind] * after[kind]).sum();
        let squares: f64 = pairs.iter().map(|(before, _)| before[kind].powi(2)).sum();
        if squares > 0.0 { (products / squares).clamp(0.0, 1.0) } else { 1.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(levels: &[f64]) -> Vec<(Date, Deviation)> {
        let of = |(at, level): (usize, &f64)| (Date::from_days(30 * at as i32), [*level, -*level]);
        levels.iter().enumerate().map(of).collect()
    }

    #[test]
    fn what_comes_again_is_kept_and_what_turns_round_is_not() {
        // Up and down with a period of four dates: two dates later it is the opposite.
        let season: Vec<f64> = (0..12).map(|at| [0.1, 0.2, -0.1, -0.2][at % 4]).collect();
        assert_eq!(shares(&dated(&season), 60), [0.0; 2]);
        assert_eq!(shares(&dated(&season), 120), [1.0; 2]);
        let fading: Vec<f64> = (0..12).map(|at| 0.5_f64.powi(at)).collect();
        let found = shares(&dated(&fading), 31);
        assert!(
            found.iter().all(|share| (share - 0.25).abs() < 1e-12),
            "{found:?}: the first date at least 31 days on"
        );
    }

    #[test]
    fn few_dates_say_nothing() {
        assert_eq!(shares(&dated(&[0.1, -0.1, 0.1, -0.1, 0.1, -0.1]), 30), [1.0; 2]);
        assert_eq!(shares(&dated(&[0.1, -0.1, 0.1, -0.1, 0.1, -0.1, 0.1]), 30), [0.0; 2]);
        assert_eq!(shares(&dated(&[0.0; 9]), 30), [1.0; 2]);
    }

    #[test]
    fn without_enough_dates_the_line_stays_as_it_is() {
        let rows = Rows::toy(Vec::new(), Vec::new(), (0..100).map(|i| i % 3 == 0).collect());
        let logits: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 101) / 50.0).collect();
        let line = Line { intercept: 0.3, slope: 0.8, covariance: [[1.0, 0.5], [0.5, 2.0]] };
        let same = carried(line, &rows, &logits, &[Date::from_days(0)], 90);
        assert!((same.intercept - 0.3).abs() < 1e-12 && (same.slope - 0.8).abs() < 1e-12, "{same:?}");
        assert_eq!(same.covariance, line.covariance);
    }
}
