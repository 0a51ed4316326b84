//! What there is to say of the levels of a model, and of columns without dates.

use feature_engineering::{LEAST_CUSTOMERS, Levels, Unit, Use};

use crate::rows::Rows;

/// Hardly anything that was known beforehand multiplies or divides the odds of leaving by so much.
const IMPLAUSIBLE_ODDS_RATIO: f64 = 20.0;

/// Says which columns have nothing that a model could learn from.
pub(crate) fn without_levels(levels: &[Levels]) -> impl Iterator<Item = String> {
    levels.iter().filter(|levels| levels.modelled().is_empty()).map(|levels| {
        format!(
            "{}: fewer than two levels have the {LEAST_CUSTOMERS} customers, and half a per cent of all, that a model needs to \
             learn from; the model does without.",
            levels.source()
        )
    })
}

/// Names the flags from columns without dates that tell who churned better than what was known beforehand could: a column
/// that is filled in when customers leave, or when they come back, does. They are looked at in the calibration slice.
///
/// The odds ratio has one half added to each of the four counts (Haldane 1956, Annals of Human Genetics 20:309).
pub(crate) fn knows_too_much(rows: &Rows, columns: &[usize], calibration_rows: &[usize]) -> Vec<String> {
    let flags = columns.iter().filter(|column| {
        let feature = &rows.features[**column];
        feature.used == Use::Undated && feature.unit == Unit::Flag
    });
    flags.filter_map(|column| note(rows, *column, calibration_rows)).collect()
}

fn note(rows: &Rows, column: usize, of: &[usize]) -> Option<String> {
    // Whether the flag is set, then whether the customer churned.
    let mut counts = [[0_u64; 2]; 2];
    for row in of.iter().filter(|row| !rows.columns[column][**row].is_nan()) {
        counts[usize::from(rows.columns[column][*row] == 1.0)][usize::from(rows.churned[*row])] += 1;
    }
    let customers = |flag: usize| counts[flag][0] + counts[flag][1];
    let odds = |flag: usize| (counts[flag][1] as f64 + 0.5) / (counts[flag][0] as f64 + 0.5);
    let ratio = odds(1) / odds(0);
    let is_odd = !(1.0 / IMPLAUSIBLE_ODDS_RATIO..=IMPLAUSIBLE_ODDS_RATIO).contains(&ratio);
    (is_odd && customers(1).min(customers(0)) >= LEAST_CUSTOMERS).then(|| {
        let share = |flag: usize| 100.0 * counts[flag][1] as f64 / customers(flag) as f64;
        format!(
            "{}: {:.1} % of its {} customers in the calibration slice churned, and {:.1} % of the others. The column has no \
             dates: it may have been filled in when they left, or came back, and then the test looks better than the model \
             will be.",
            rows.features[column].name,
            share(1),
            customers(1),
            share(0)
        )
    })
}
