//! Where the customers of some dates lie in the bins of training: feature by feature, and by their scores.

use feature_engineering::Panel;
use history::{Date, Export};
use scoring::{Distribution, Model, score};

/// Customers looked at, drawn by their ids where there are more: the law of the index asks for no more, and the work is the same for any
/// company.
pub(super) const MOST_CUSTOMERS: usize = 65_536;
/// Seed of that lot; it has nothing to do with that of training.
const SEED: u64 = 0x6d6f_6e69;
/// Customers whose features at all dates are in memory at one time.
const CUSTOMERS_AT_ONCE: usize = 4_096;
/// What the score is called among the features.
pub(super) const SCORE: &str = "churn_probability";

/// The values of a feature at a date.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Spread {
    /// Customers in each bin, those without a value last.
    pub(super) counts: Vec<u64>,
    /// Sum of the transformed values.
    pub(super) sum: f64,
}

impl Spread {
    /// Customers that have a value.
    pub(super) fn known(&self) -> u64 {
        let all: u64 = self.counts.iter().sum();
        all - self.counts.last().copied().unwrap_or(0)
    }

    /// Mean of the transformed values.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.known() > 0).then(|| self.sum / self.known() as f64)
    }
}

/// The customers of a date.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    pub(super) as_of: Date,
    /// Eligible customers among those looked at.
    pub(super) customers: u64,
    /// In the order of the bins.
    pub(super) spreads: Vec<Spread>,
}

/// Customers of an export that are looked at, and their share.
pub(super) fn some(export: &Export) -> (Vec<u32>, f64) {
    training::some_customers(export, MOST_CUSTOMERS, SEED)
}

/// Shows, batch by batch, the transformed values of eligible customers at each date: the place of the date, then a column for each of the
/// model's features, then the logits of the scores.
///
/// # Errors
/// Rows cannot be read or scored, or a signal has come.
pub(super) fn each(
    model: &Model,
    export: &Export,
    dates: &[Date],
    customers: &[u32],
    mut show: impl FnMut(usize, Vec<Vec<f64>>),
) -> anyhow::Result<()> {
    let histories = dates.iter().map(|date| model.history(export, *date)).collect();
    let panel = Panel::new(export, histories, model.eligibility(), &model.needed_features());
    for batch in customers.chunks(CUSTOMERS_AT_ONCE) {
        crate::interrupt::check()?;
        let rows = panel.rows(batch)?;
        for date in 0..dates.len() {
            let table = panel.table(&rows, date);
            let mut columns: Vec<Vec<f64>> = model
                .features()
                .iter()
                .map(|feature| {
                    let values = table.column_named(&feature.name).unwrap_or_default();
                    values.iter().map(|value| feature.transform.apply(*value)).collect()
                })
                .collect();
            columns.push(score(model, &table)?.iter().map(|scored| logit(scored.probability)).collect());
            show(date, columns);
        }
    }
    Ok(())
}

fn logit(probability: f64) -> f64 {
    let p = probability.clamp(1e-12, 1.0 - 1e-12);
    (p / (1.0 - p)).ln()
}

/// Counts the customers of each date in these bins: one for each of the model's features, in their order, and one for the scores.
///
/// # Errors
/// See [`each`].
pub(super) fn looks(
    model: &Model,
    export: &Export,
    dates: &[Date],
    customers: &[u32],
    bins: &[&Distribution],
) -> anyhow::Result<Vec<Look>> {
    let empty = |bins: &&Distribution| Spread { counts: vec![0; bins.shares.len() + 1], sum: 0.0 };
    let mut looks: Vec<Look> = dates
        .iter()
        .map(|as_of| Look { as_of: *as_of, customers: 0, spreads: bins.iter().map(empty).collect() })
        .collect();
    each(model, export, dates, customers, |date, columns| {
        let look = &mut looks[date];
        look.customers += columns.last().map_or(0, Vec::len) as u64;
        for ((spread, bins), values) in look.spreads.iter_mut().zip(bins).zip(&columns) {
            for value in values {
                spread.counts[bins.bin(*value)] += 1;
                spread.sum += if value.is_nan() { 0.0 } else { *value };
            }
        }
    })?;
    Ok(looks)
}
