//! The choice of the penalty, of curves and products, and of how far back to train: by log-loss on dates or customers that
//! the models have not seen.

use history::Date;
use rayon::prelude::*;

use crate::TrainingError;
use crate::cross_fit::out_of_fold_logits;
use crate::design::{Design, Found, Recipe, Shapes};
use crate::evaluation_file::{DatesTrial, DesignTrial, HalfLifeTrial, PenaltyTrial};
use crate::fit::{Fitted, Sample};
use crate::forgetting;
use crate::rows::{Rows, check_events};
use crate::settings::TrainingDates;
use crate::slices::Selection;
use crate::step::Step;
use crate::terms::{offered, to_choose_by, wanted};

/// Penalties against the mean loss, in half decades: from next to none to one that leaves little but the strongest
/// features.
pub(crate) const LAMBDAS: [f64; 11] = [
    1e-6,
    3.162_277_660_168_379_5e-6,
    1e-5,
    3.162_277_660_168_379_5e-5,
    1e-4,
    3.162_277_660_168_379_5e-4,
    1e-3,
    3.162_277_660_168_379_5e-3,
    1e-2,
    3.162_277_660_168_379e-2,
    1e-1,
];
/// Log-losses this near, or within a standard error of each other if that is less, are a tie, which the stronger penalty wins:
/// where nothing less can be told, no decision depends on a ten-thousandth.
pub(crate) const TIE: f64 = 1e-4;
/// How many of the newest dates may be fitted on, unless all of them are fewer.
const DATES: [usize; 3] = [3, 6, 12];
/// How many times terms are looked for, each time given those that are in the design.
const LOOKS: usize = 4;
/// With terms found, so many weaker and stronger penalties are tried beside the one that was best without them.
const PENALTIES_BESIDE: usize = 2;

/// A chosen design, penalty and reach into the past.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) shapes: Shapes,
    /// Terms that the data asked for, which are in the design too.
    pub(crate) found: Vec<Found>,
    pub(crate) lambda: f64,
    /// How many of the newest dates to fit on; none for all of them.
    pub(crate) dates: Option<usize>,
    /// In how many days the weight of a row halves; none where all count alike.
    pub(crate) half_life: Option<u16>,
    /// The designs tried, simplest first; empty where there was no date to try them on.
    pub(crate) designs: Vec<DesignTrial>,
    /// The penalties tried, with the chosen design.
    pub(crate) penalties: Vec<PenaltyTrial>,
    pub(crate) reaches: Vec<DatesTrial>,
    pub(crate) half_lives: Vec<HalfLifeTrial>,
    /// Whether a date of its own served, as planned.
    pub(crate) on_a_date: bool,
}

/// Chooses on the selection date where there is one with enough churners and stayers in both parts, else by leaving out
/// customers.
///
/// Curves and products are kept where they lower the log-loss of the date by more than a tie and more than the standard
/// error of the difference: a design that only seems better is not worth its parameters. So are the bends and products of
/// whichever features the rows before that date ask for ([`crate::pairs`]), a few at a time. Without such a date there are lines alone.
///
/// The number of dates, where it is to be chosen, is the largest that is not worse than the best by more than a standard error (of the difference;
/// Breiman et al. 1984, ch. 3.4), and at least 3. It is never more than was tried: how customers behaved long ago helps
/// as long as they still behave so, which is seen only where it was tried.
pub(crate) fn choose(
    rows: &Rows,
    columns: &[usize],
    selection: Option<&Selection>,
    dates: TrainingDates,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Choice, TrainingError> {
    progress(Step { text: "choosing the penalty", done: 0.0 });
    if let Some(selection) = selection {
        let enough =
            |dates: &[Date]| check_events("selection", rows.on(dates).into_iter().map(|row| rows.churned[row])).is_ok();
        if enough(&selection.training) && enough(&[selection.as_of]) {
            return on_a_date(rows, columns, selection, dates, progress);
        }
    }
    by_customers(rows, columns)
}

fn on_a_date(
    rows: &Rows,
    columns: &[usize],
    selection: &Selection,
    dates: TrainingDates,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Choice, TrainingError> {
    let predicted = rows.on(&[selection.as_of]);
    let outcomes = rows.outcomes(&predicted);
    // Log-losses of the predicted rows by a model of some design and penalties, fitted on some dates.
    let losses_by = |dates: &[Date], recipe: &Recipe, lambdas: &[f64]| -> Result<Compared, TrainingError> {
        let fitted_on = to_choose_by(rows, dates);
        let design = Design::fit(rows, &fitted_on, recipe)?;
        let columns = design.columns(rows, &fitted_on);
        // From the strongest penalty to the weakest, each from where the one before ended.
        let mut fits =
            Sample::new(&columns, &rows.outcomes(&fitted_on), "selection")?.path(lambdas.iter().rev().copied())?;
        fits.reverse();
        drop(columns);
        let columns = design.columns(rows, &predicted);
        let losses = fits.par_iter().map(|fitted| losses(&fitted.logits(&columns), &outcomes)).collect();
        Ok(Compared { design, fits, losses })
    };
    let mut designs: Vec<DesignTrial> = Vec::with_capacity(Shapes::ALL.len());
    let mut best: Option<Tried> = None;
    let mut made = Shapes::ALL
        .map(|shapes| Recipe { columns: columns.to_vec(), shapes, found: Vec::new(), half_life: None })
        .into_iter();
    let (mut looks, mut goes_on, mut tries) = (0..LOOKS, true, 0_usize);
    let mut offers: Vec<Vec<Found>> = Vec::new();
    loop {
        // The designs that are made of whatever features there are; then the best of them with the terms it lacks.
        let (recipe, lambdas) = match (made.next(), &best) {
            (Some(recipe), _) => (recipe, LAMBDAS.as_slice()),
            (None, Some(best)) => {
                if offers.is_empty() && goes_on && looks.next().is_some() {
                    offers = offered(wanted(rows, &selection.training, (&best.design, &best.fitted), LAMBDAS[best.at]));
                }
                let Some(found) = offers.pop() else { break };
                let mut recipe = best.recipe.clone();
                recipe.found.extend(found);
                let (from, to) = (best.at.saturating_sub(PENALTIES_BESIDE), best.at + PENALTIES_BESIDE);
                (recipe, &LAMBDAS[from..=to.min(LAMBDAS.len() - 1)])
            }
            (None, None) => break,
        };
        tries += 1;
        let most = Shapes::ALL.len() + 2 * LOOKS;
        let text = format!("choosing the design: {tries} of at most {most}");
        progress(Step { text: &text, done: tries as f64 / (most + 1) as f64 });
        let Compared { design, mut fits, losses: mut all } = losses_by(&selection.training, &recipe, lambdas)?;
        let columns = design.len();
        if designs.last().is_some_and(|before| before.columns == columns) {
            continue;
        }
        let trial =
            |(lambda, losses): (&f64, &Vec<f64>)| PenaltyTrial { lambda: *lambda, log_loss: rounded(mean(losses)) };
        let penalties: Vec<PenaltyTrial> = lambdas.iter().zip(&all).map(trial).collect();
        let lambda = best_penalty(&penalties, &all);
        let of = |lambdas: &[f64]| lambdas.iter().position(|tried| *tried == lambda).unwrap_or(lambdas.len() - 1);
        let name = recipe.name();
        let (fitted, losses) = (fits.swap_remove(of(lambdas)), all.swap_remove(of(lambdas)));
        let tried = Tried { recipe, at: of(&LAMBDAS), design, fitted, penalties, losses };
        let gain = best.as_ref().map(|best| gain(&best.losses, &tried.losses));
        let kept = gain.is_none_or(|(gain, error)| gain > TIE && gain > error);
        designs.push(DesignTrial {
            shapes: name,
            columns,
            lambda,
            log_loss: rounded(mean(&tried.losses)),
            gain: gain.map(|(gain, _)| rounded(gain)),
            standard_error: gain.map(|(_, error)| rounded(error)),
            kept,
        });
        if !tried.recipe.found.is_empty() {
            goes_on = kept;
        }
        if kept {
            best = Some(tried);
            offers.clear();
        }
    }
    let Tried { recipe, at, fitted, penalties, .. } = best.expect("the first design is kept");
    let lambda = LAMBDAS[at];
    let with_half_life = |dates: Option<usize>, reaches: Vec<DatesTrial>| {
        let all = &selection.training;
        let newest = &all[all.len().saturating_sub(dates.unwrap_or(all.len()))..];
        let (half_life, half_lives) = forgetting::choose(rows, (newest, &predicted), (&recipe, &fitted), lambda)?;
        let Recipe { shapes, ref found, .. } = recipe;
        let (found, designs, penalties) = (found.clone(), designs.clone(), penalties.clone());
        let on_a_date = true;
        Ok(Choice { shapes, found, lambda, dates, half_life, designs, penalties, reaches, half_lives, on_a_date })
    };
    if dates == TrainingDates::All {
        return with_half_life(None, Vec::new());
    }

    let available = selection.training.len();
    let mut counts: Vec<usize> = DATES.into_iter().filter(|count| *count < available).collect();
    counts.push(available);
    let mut by_count = Vec::with_capacity(counts.len());
    for count in &counts {
        let newest = &selection.training[available - count..];
        let enough = check_events("selection", rows.on(newest).into_iter().map(|row| rows.churned[row])).is_ok();
        if enough {
            by_count.push((*count, losses_by(newest, &recipe, &[lambda])?.losses.concat()));
        }
    }
    let dates = most_dates(&by_count).max(DATES[0]);
    let reaches =
        by_count.iter().map(|(dates, losses)| DatesTrial { dates: *dates, log_loss: rounded(mean(losses)) }).collect();
    with_half_life(Some(dates), reaches)
}

/// A design with fits by several penalties, and the log-losses of the predicted rows by each.
struct Compared {
    design: Design,
    fits: Vec<Fitted>,
    losses: Vec<Vec<f64>>,
}

/// A design with the penalty that is best for it, and the log-loss of each row.
struct Tried {
    recipe: Recipe,
    /// Which of [`LAMBDAS`].
    at: usize,
    design: Design,
    fitted: Fitted,
    penalties: Vec<PenaltyTrial>,
    losses: Vec<f64>,
}

/// By how much the mean loss falls from one design to another on the same rows, and the standard error of that.
pub(crate) fn gain(before: &[f64], after: &[f64]) -> (f64, f64) {
    let differences: Vec<f64> = before.iter().zip(after).map(|(before, after)| before - after).collect();
    (mean(&differences), standard_error(&differences))
}

/// The standard error of a mean; infinite below two values.
fn standard_error(values: &[f64]) -> f64 {
    let (n, centre) = (values.len() as f64, mean(values));
    let squares = values.iter().map(|value| (value - centre).powi(2)).sum::<f64>();
    if values.len() < 2 { f64::INFINITY } else { (squares / (n - 1.0) / n).sqrt() }
}

fn by_customers(rows: &Rows, columns: &[usize]) -> Result<Choice, TrainingError> {
    let recipe = Recipe::lines(columns);
    let all: Vec<usize> = (0..rows.len()).collect();
    let of = |lambda: &f64| {
        let logits = out_of_fold_logits(rows, &all, &all, (&recipe, None), *lambda)?;
        Ok(losses(&logits, &rows.churned))
    };
    let losses: Vec<Vec<f64>> = LAMBDAS.iter().map(of).collect::<Result<_, TrainingError>>()?;
    let trial = |(lambda, losses): (&f64, &Vec<f64>)| PenaltyTrial { lambda: *lambda, log_loss: mean(losses) };
    let penalties: Vec<PenaltyTrial> = LAMBDAS.iter().zip(&losses).map(trial).collect();
    let lambda = best_penalty(&penalties, &losses);
    Ok(Choice {
        shapes: recipe.shapes,
        found: recipe.found,
        lambda,
        dates: None,
        half_life: None,
        designs: Vec::new(),
        penalties,
        reaches: Vec::new(),
        half_lives: Vec::new(),
        on_a_date: false,
    })
}

/// Nine decimals: what lies behind them may depend on the processor, and decides nothing.
pub(crate) fn rounded(log_loss: f64) -> f64 {
    (log_loss * 1e9).round() / 1e9
}

/// The strongest penalty that ties with the best; with the losses of each row by each.
fn best_penalty(trials: &[PenaltyTrial], losses: &[Vec<f64>]) -> f64 {
    let best = trials.iter().zip(losses).min_by(|(a, _), (b, _)| a.log_loss.total_cmp(&b.log_loss));
    let Some((best, of_best)) = best else { return LAMBDAS[LAMBDAS.len() - 1] };
    let ties = |(trial, of_trial): &(&PenaltyTrial, &Vec<f64>)| {
        let (_, error) = gain(of_trial, of_best);
        trial.log_loss <= best.log_loss + TIE.min(error)
    };
    // From the weakest to the strongest; the best ties with itself.
    trials.iter().zip(losses).rev().find(ties).map_or(best.lambda, |(trial, _)| trial.lambda)
}

/// The largest number of dates whose losses are not above those of the best by more than a standard error.
fn most_dates(by_count: &[(usize, Vec<f64>)]) -> usize {
    let best = by_count.iter().min_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1)));
    let Some((_, best)) = best else { return 0 };
    let as_good = |losses: &[f64]| {
        let (gain, error) = gain(losses, best);
        gain <= error
    };
    by_count.iter().rev().find(|(_, losses)| as_good(losses)).map_or(0, |(count, _)| *count)
}

/// The log-loss of each logit.
pub(crate) fn losses(logits: &[f64], churned: &[bool]) -> Vec<f64> {
    let loss = |(logit, churned): (&f64, &bool)| {
        let against = if *churned { -logit } else { *logit };
        against.max(0.0) + (-logit.abs()).exp().ln_1p()
    };
    logits.iter().zip(churned).map(loss).collect()
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_stronger_penalty() {
        let lambdas = [0.1, 0.2, 0.3, 0.4];
        let chosen = |losses: &[Vec<f64>]| {
            let trial = |(lambda, losses): (&f64, &Vec<f64>)| PenaltyTrial { lambda: *lambda, log_loss: mean(losses) };
            best_penalty(&lambdas.iter().zip(losses).map(trial).collect::<Vec<_>>(), losses)
        };
        // Rows that differ by 0.1 either way: the standard error of a hundred is 0.01.
        let unsure = |log_loss: f64| -> Vec<f64> {
            (0..100).map(|row| log_loss + if row % 2 == 0 { 0.1 } else { -0.1 }).collect()
        };
        let sure = |log_loss: f64| vec![log_loss; 100];
        assert_eq!(chosen(&[unsure(0.6), sure(0.5), unsure(0.50009), unsure(0.5002)]), 0.3);
        assert_eq!(chosen(&[unsure(0.6), sure(0.5), sure(0.50009), sure(0.5002)]), 0.2, "no tie where all rows agree");
    }

    #[test]
    fn a_gain_has_its_standard_error() {
        let (gain, error) = gain(&[0.5, 0.7, 0.6, 0.4], &[0.4, 0.5, 0.6, 0.3]);
        // Differences 0.1, 0.2, 0, 0.1: mean 0.1, standard deviation sqrt(0.02 / 3).
        assert!((gain - 0.1).abs() < 1e-15 && (error - (0.02_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-15);
        assert_eq!(standard_error(&[1.0]), f64::INFINITY);
    }

    #[test]
    fn more_dates_are_used_unless_they_are_clearly_worse() {
        let base: Vec<f64> = (0..100).map(|i| 0.5 + 0.001 * f64::from(i % 10)).collect();
        let worse_by = |shift: f64| -> Vec<f64> {
            base.iter().enumerate().map(|(i, loss)| loss + shift + if i % 2 == 0 { 0.1 } else { -0.1 }).collect()
        };
        // The standard error of these differences is 0.01.
        let trials = |shift| [(3, base.clone()), (6, worse_by(shift))];
        assert_eq!(most_dates(&trials(0.009)), 6);
        assert_eq!(most_dates(&trials(0.012)), 3);
        assert_eq!(most_dates(&[]), 0);
    }

    #[test]
    fn log_loss_is_that_of_the_probabilities() {
        let expected = -(0.8_f64.ln() + 0.7_f64.ln()) / 2.0;
        let logit = |p: f64| (p / (1.0 - p)).ln();
        assert!((mean(&losses(&[logit(0.8), logit(0.3)], &[true, false])) - expected).abs() < 1e-15);
        assert_eq!(losses(&[800.0], &[false]), [800.0]);
    }
}
