//! How far back the features of each slice could see, and whose past began before that.

use feature_engineering::{by_name, features};
use history::{Date, Days, Export, History, ReadError};

use crate::TrainingError;
use crate::evaluation_file::{LeftCensored, LookBack};
use crate::slices::Slices;

/// The feature that says so: 1 where the first visible purchase lies within 30 days of the first visible day.
const LEFT_CENSORED: &str = "left_censored";

/// The look-back of the slices, and the share of left-censored customers in each. `customers` says who there is at a
/// date.
///
/// # Errors
/// Rows cannot be read.
pub fn look_back(
    export: &Export,
    lookback: Option<Days>,
    slices: &Slices,
    customers: impl Fn(Date) -> Result<Vec<u32>, ReadError>,
) -> Result<LookBack, TrainingError> {
    let history = |date: Date| export.history(date).with_lookback(lookback);
    let seen = |date: Date| date.days_since(history(date).first_visible_day());
    let days: Vec<i32> = slices.training.iter().map(|date| seen(*date)).collect();
    let at = |date: Date| left_censored(&history(date), &customers(date)?);
    let (mut all, mut calibration) = ((0, 0), (0, 0));
    for date in &slices.training {
        let found = at(*date)?;
        all = (all.0 + found.0, all.1 + found.1);
        if *date == slices.calibration {
            calibration = found;
        }
    }
    let share = |(censored, customers): (usize, usize)| (customers > 0).then(|| censored as f64 / customers as f64);
    Ok(LookBack {
        days: lookback.map(Days::get),
        shortest_training: days.iter().copied().min().unwrap_or(0),
        longest_training: days.iter().copied().max().unwrap_or(0),
        test: seen(slices.test),
        dates_with_less: lookback.map_or(0, |full| days.iter().filter(|days| **days < full.get()).count()),
        left_censored: LeftCensored {
            training: share(all),
            calibration: share(calibration),
            test: share(at(slices.test)?),
        },
    })
}

/// How many of some customers may have bought before the first day that can be seen, and how many customers there are.
fn left_censored(history: &History<'_>, customers: &[u32]) -> Result<(usize, usize), TrainingError> {
    let missing = || scoring::ScoringError::MissingFeature { name: LEFT_CENSORED.to_owned() };
    let wanted = [by_name(LEFT_CENSORED).ok_or_else(missing)?.clone()];
    let table = features(history, customers, &wanted)?;
    let column = table.column_named(LEFT_CENSORED).ok_or_else(missing)?;
    Ok((column.iter().filter(|flag| **flag == 1.0).count(), customers.len()))
}
