//! Whether the arms of a campaign were drawn by lot.

use super::campaign::Campaign;
use super::prepare::Preparation;
use crate::DecisionError;
use crate::numbers::chi_square_tail;

/// Below this probability of so large differences by chance, a campaign is taken for not randomised. One honest campaign in a
/// thousand is refused.
pub const NOT_BY_CHANCE: f64 = 0.001;

/// How an arm differs from the control in one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureDifference {
    /// The feature's place among the columns.
    pub feature: usize,
    /// Whether it is about how often the feature is missing, not about its values.
    pub missing: bool,
    /// Arm minus control, averaged over strata, in standard deviations of the prepared (clipped, straightened) numbers. Missing values
    /// count as the mean.
    pub difference: f64,
}

/// How an arm differs from the control in what was known before the campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// The arm, 1 and up.
    pub arm: usize,
    /// Standardised mean difference of each feature.
    pub differences: Vec<FeatureDifference>,
    /// The joint test of all of them ([`balance`]).
    pub statistic: f64,
    /// Its degrees of freedom: features that do not follow from others.
    pub degrees: usize,
    /// Probability of a statistic so large, if the arms were drawn by lot.
    pub p_value: f64,
}

impl Balance {
    /// Whether the differences are too large for chance.
    pub fn is_randomised(&self) -> bool {
        self.p_value >= NOT_BY_CHANCE
    }

    /// The feature that differs most, and its difference.
    pub fn largest(&self) -> Option<FeatureDifference> {
        self.differences.iter().copied().max_by(|a, b| a.difference.abs().total_cmp(&b.difference.abs()))
    }
}

/// Compares each arm with the control.
///
/// The joint test: `d' V^-1 d` with `d = Σ h (x̄1 - x̄0)` and `V = Σ h S` over strata, `h = n1 n0 / (n1 + n0)`, `S` the covariance of all rows of the
/// stratum; chi-square with the rank of `V` as degrees of freedom if the arms were drawn by lot. Source: Hansen & Bowers 2008,
/// Statistical Science 23:219.
///
/// # Errors
/// As for [`fit`](super::fit), randomisation apart.
pub fn balance(campaign: &Campaign<'_>) -> Result<Vec<Balance>, DecisionError> {
    campaign.check()?;
    let preparation = Preparation::fit(campaign.features);
    let prepared = preparation.apply(campaign.features)?;
    let sources = preparation.sources();
    Ok((1..=campaign.offers()).map(|arm| of_arm(campaign, &prepared, &sources, arm)).collect())
}

/// Refuses a campaign whose arms differ by more than chance.
pub(super) fn refuse_if_not_randomised(found: &[Balance]) -> Result<(), DecisionError> {
    let Some(worst) = found.iter().find(|balance| !balance.is_randomised()) else { return Ok(()) };
    let most = worst.largest().map_or(String::new(), |most| {
        format!("; feature {} differs most, by {:.3} standard deviations", most.feature, most.difference)
    });
    Err(DecisionError::NotRandomised {
        detail: format!(
            "arm {} against the control, chi-square {:.1} with {} degrees of freedom, p = {:.1e}{most}",
            worst.arm, worst.statistic, worst.degrees, worst.p_value
        ),
    })
}

fn of_arm(campaign: &Campaign<'_>, prepared: &[Vec<f64>], sources: &[(usize, bool)], arm: usize) -> Balance {
    let columns = prepared.len();
    let mut strata: Vec<usize> = campaign.stratum.to_vec();
    strata.sort_unstable();
    strata.dedup();
    let (mut d, mut v) = (vec![0.0; columns], vec![0.0; columns * columns]);
    let mut weight = 0.0;
    for stratum in strata {
        let rows_of = |wanted: usize| -> Vec<usize> {
            (0..campaign.rows())
                .filter(|row| campaign.stratum[*row] == stratum && campaign.arm[*row] == wanted)
                .collect()
        };
        let (treated, control) = (rows_of(arm), rows_of(0));
        if treated.is_empty() || control.is_empty() || treated.len() + control.len() < 3 {
            continue;
        }
        let (n1, n0) = (treated.len() as f64, control.len() as f64);
        let h = n1 * n0 / (n1 + n0);
        weight += h;
        let mean =
            |column: &[f64], rows: &[usize]| rows.iter().map(|row| column[*row]).sum::<f64>() / rows.len() as f64;
        let all: Vec<usize> = [control.as_slice(), &treated].concat();
        let centred: Vec<Vec<f64>> = prepared
            .iter()
            .map(|column| {
                let centre = mean(column, &all);
                all.iter().map(|row| column[*row] - centre).collect()
            })
            .collect();
        for (i, column) in prepared.iter().enumerate() {
            d[i] += h * (mean(column, &treated) - mean(column, &control));
            for j in 0..=i {
                let product: f64 = centred[i].iter().zip(&centred[j]).map(|(a, b)| a * b).sum();
                v[i * columns + j] += h * product / (n1 + n0 - 1.0);
            }
        }
    }
    let differences = (0..columns)
        .map(|i| {
            let spread = (v[i * columns + i] / weight).sqrt();
            let difference = if spread > 0.0 { d[i] / weight / spread } else { 0.0 };
            FeatureDifference { feature: sources[i].0, missing: sources[i].1, difference }
        })
        .collect();
    let (statistic, degrees) = quadratic_form(&d, &v);
    let p_value = if degrees == 0 { 1.0 } else { chi_square_tail(statistic, degrees as f64) };
    Balance { arm, differences, statistic, degrees, p_value }
}

/// `d' V^- d` and the rank of `V` (its lower triangle), by a Cholesky decomposition that leaves out columns that follow from those before them.
fn quadratic_form(d: &[f64], v: &[f64]) -> (f64, usize) {
    let n = d.len();
    let mut lower = vec![0.0; n * n];
    let mut solved = vec![0.0; n];
    let mut used: Vec<usize> = Vec::new();
    let mut sum = 0.0;
    for i in 0..n {
        for &j in &used {
            let inner: f64 = used.iter().take_while(|k| **k < j).map(|&k| lower[i * n + k] * lower[j * n + k]).sum();
            lower[i * n + j] = (v[i * n + j] - inner) / lower[j * n + j];
        }
        let left = v[i * n + i] - used.iter().map(|&k| lower[i * n + k] * lower[i * n + k]).sum::<f64>();
        if left > 1e-9 * v[i * n + i] {
            lower[i * n + i] = left.sqrt();
            let inner: f64 = used.iter().map(|&k| lower[i * n + k] * solved[k]).sum();
            solved[i] = (d[i] - inner) / lower[i * n + i];
            sum += solved[i] * solved[i];
            used.push(i);
        }
    }
    (sum, used.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    struct Rows {
        features: Vec<Vec<f64>>,
        arm: Vec<usize>,
        stratum: Vec<usize>,
        retained: Vec<bool>,
    }

    /// Treated with a probability that depends on the stratum, and on the first feature as much as told.
    fn rows(rng: &mut ChaCha8Rng, count: usize, bias: f64) -> Rows {
        let mut made =
            Rows { features: vec![Vec::new(); 4], arm: Vec::new(), stratum: Vec::new(), retained: Vec::new() };
        for i in 0..count {
            let stratum = i % 2;
            let x: Vec<f64> = (0..3).map(|_| rng.random::<f64>() + stratum as f64).collect();
            let share = 0.3 + 0.4 * stratum as f64 + bias * (x[0] - stratum as f64 - 0.5);
            made.arm.push(usize::from(rng.random::<f64>() < share));
            made.stratum.push(stratum);
            made.retained.push(rng.random::<f64>() < 0.5);
            made.features[3].push(3.0 - 2.0 * x[0]);
            for (column, value) in made.features.iter_mut().zip(x) {
                column.push(value);
            }
        }
        made
    }

    fn balance_of(rows: &Rows, stratum: &[usize]) -> Balance {
        let features: Vec<&[f64]> = rows.features.iter().map(Vec::as_slice).collect();
        let customer: Vec<u64> = (0..rows.arm.len() as u64).collect();
        let campaign =
            Campaign { features: &features, arm: &rows.arm, stratum, customer: &customer, retained: &rows.retained };
        balance(&campaign).unwrap().remove(0)
    }

    #[test]
    fn honest_campaigns_are_refused_as_often_as_it_says() {
        let mut rng = ChaCha8Rng::seed_from_u64(31);
        let found: Vec<Balance> = (0..400)
            .map(|_| {
                let rows = rows(&mut rng, 600, 0.0);
                balance_of(&rows, &rows.stratum)
            })
            .collect();
        // The fourth column follows from the first.
        assert!(found.iter().all(|balance| balance.degrees == 3));
        let below = |p: f64| found.iter().filter(|balance| balance.p_value < p).count();
        assert!((8..=34).contains(&below(0.05)) && (160..=240).contains(&below(0.5)), "{} {}", below(0.05), below(0.5));
        assert!(below(NOT_BY_CHANCE) <= 3);
    }

    #[test]
    fn chosen_customers_and_forgotten_strata_are_noticed() {
        let mut rng = ChaCha8Rng::seed_from_u64(32);
        let chosen = rows(&mut rng, 2_000, 0.6);
        let found = balance_of(&chosen, &chosen.stratum);
        assert!(!found.is_randomised());
        // The fourth mirrors the first.
        assert!([0, 3].contains(&found.largest().unwrap().feature));
        let error = refuse_if_not_randomised(&[found]).unwrap_err().to_string();
        assert!(error.contains(" differs most"), "{error}");
        let fair = rows(&mut rng, 2_000, 0.0);
        assert!(balance_of(&fair, &fair.stratum).is_randomised());
        assert!(!balance_of(&fair, &vec![0; 2_000]).is_randomised());
    }
}
