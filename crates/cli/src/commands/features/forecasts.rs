//! Columns of buy-till-you-die forecasts: fitted at each as-of date on what was known then, and on nothing else.

use std::sync::Arc;

use feature_engineering::{FORECASTS, Feature, FittedModels, Panel, PanelRows};
use history::{Column, Date, Export, ReadError, Values};

use super::request::history;
use crate::progress::Progress;
use crate::project::Project;

/// The forecasts of a table: names of the columns that it has, and what computes them at each as-of date.
#[derive(Debug)]
pub(super) struct Forecasts<'a> {
    names: Vec<&'static str>,
    /// None at dates at which nothing could be fitted.
    at_dates: Vec<Option<Panel<'a>>>,
}

impl<'a> Forecasts<'a> {
    /// Fits what is wanted, at each date; what cannot be fitted at any date is no column, and is warned of.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(super) fn fit(
        project: &Project,
        export: &'a Export,
        (dates, wanted): (&[Date], &[&'static str]),
        progress: &mut Progress,
    ) -> Result<Self, ReadError> {
        if wanted.is_empty() {
            return Ok(Self { names: Vec::new(), at_dates: Vec::new() });
        }
        let mut at_dates = Vec::with_capacity(dates.len());
        for date in dates {
            progress.stage(&format!("features: forecasts as of {date}"));
            let history = history(project, export, *date);
            let features = match FittedModels::fit_or_say(&history)? {
                Ok(models) => models.features(project.churn.window),
                Err(reason) => {
                    progress.warn(format!("no forecast as of {date}: {reason}"));
                    at_dates.push(None);
                    continue;
                }
            };
            let features: Vec<Arc<Feature>> =
                features.into_iter().filter(|feature| wanted.contains(&feature.name.as_str())).collect();
            if wanted.contains(&SPEND) && features.iter().all(|feature| feature.name != SPEND) {
                progress.warn(format!(
                    "no {SPEND} as of {date}: no model of spend could be fitted to the amounts until then"
                ));
            }
            at_dates.push(Some(Panel::new(export, vec![history], project.churn.eligibility(), &features)));
        }
        let has = |panel: &Panel<'_>, name: &str| panel.features().iter().any(|feature| feature.name == name);
        let is_there = |name: &&str| at_dates.iter().flatten().any(|panel| has(panel, name));
        let names: Vec<&'static str> = FORECASTS.into_iter().filter(|name| wanted.contains(name)).collect();
        let (names, absent): (Vec<&str>, Vec<&str>) = names.into_iter().partition(is_there);
        if !absent.is_empty() {
            progress.warn(format!("not in the table, since nothing could be fitted: {}", absent.join(", ")));
        }
        Ok(Self { names, at_dates })
    }

    /// How many columns there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The columns of `rows`, which are those of `customers` at all dates; empty cells where there is no forecast.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(super) fn columns(&self, customers: &[u32], rows: &PanelRows) -> Result<Vec<Column>, ReadError> {
        if self.names.is_empty() {
            return Ok(Vec::new());
        }
        let mut columns = vec![vec![f64::NAN; rows.customers.len()]; self.names.len()];
        for (date, panel) in self.at_dates.iter().enumerate() {
            let Some(panel) = panel else { continue };
            let of_date = panel.rows(customers)?;
            // Both are in the order of the customers, and of the same eligible ones.
            let places = (0..rows.dates.len()).filter(|row| rows.dates[*row] as usize == date);
            for (from, to) in places.enumerate() {
                debug_assert_eq!(of_date.customers.get(from), rows.customers.get(to));
                for (feature, values) in panel.features().iter().zip(&of_date.columns) {
                    if let Some(at) = self.names.iter().position(|name| *name == feature.name) {
                        columns[at][to] = values[from];
                    }
                }
            }
        }
        Ok(self.names.iter().zip(columns).map(|(name, values)| Column::new(*name, Values::Number(values))).collect())
    }
}

/// The forecast that needs amounts as well.
const SPEND: &str = "expected_spend";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use feature_engineering::btyd::{Kind, Model, Purchases};
    use feature_engineering::{Snapshot, purchase_days};

    use super::*;
    use crate::args::ConsoleArgs;

    fn quiet() -> Progress {
        Progress::new(&ConsoleArgs { json: false, threads: None, log: None, quiet: true })
    }

    fn sample() -> (Project, Export) {
        let project = Project::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample")).unwrap();
        let export = project.read(0.0, None, &history::ReadOptions::default()).unwrap();
        (project, export)
    }

    /// P(alive) and P(no purchase in so many days) as Fader, Hardie & Lee (notes/021) and Batislam et al. (2007) write them.
    fn by_hand(model: &Model, purchases: &Purchases, days: f64) -> (f64, f64) {
        let values: Vec<f64> = model.parameters().iter().map(|(_, value)| value).collect();
        let [r, alpha, a, b] = values[..] else { panic!("four parameters") };
        let (x, t_x, t) = (f64::from(purchases.repeat()), purchases.recency(), purchases.age());
        let silence = ((alpha + t) / (alpha + t_x)).powf(r + x);
        let alive = match model.kind() {
            Kind::BgNbd if x == 0.0 => 1.0,
            Kind::BgNbd => 1.0 / (1.0 + a / (b + x - 1.0) * silence),
            Kind::MbgNbd => 1.0 / (1.0 + a / (b + x) * silence),
            Kind::ParetoNbd => panic!("the sample is fitted by one of the other two"),
        };
        (alive, 1.0 - alive * (1.0 - ((alpha + t) / (alpha + t + days)).powf(r + x)))
    }

    #[test]
    fn columns_of_the_sample_are_the_models_of_each_date_and_the_formulas_by_hand() {
        let (project, export) = sample();
        let dates: Vec<Date> = [180, 0].map(|back| export.complete_through().plus_days(-back)).to_vec();
        let forecasts = Forecasts::fit(&project, &export, (&dates, &FORECASTS), &mut quiet()).unwrap();
        let histories: Vec<_> = dates.iter().map(|date| history(&project, &export, *date)).collect();
        let panel = Panel::new(&export, histories.clone(), project.churn.eligibility(), &[]);
        let everybody: Vec<u32> = (0..export.customer_ids().len() as u32).collect();
        let rows = panel.rows(&everybody).unwrap();
        let columns = forecasts.columns(&everybody, &rows).unwrap();
        assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), FORECASTS);
        let days = f64::from(project.churn.window.horizon.get());
        assert_eq!(project.churn.window.lead, 0);

        let mut fits = Vec::new();
        for (date, history) in histories.iter().enumerate() {
            let models = FittedModels::fit(history).unwrap().unwrap();
            fits.push(models.purchases);
            let eligible = Snapshot::take(history, project.churn.eligibility()).unwrap().eligible;
            let of_date: Vec<usize> = (0..rows.dates.len()).filter(|row| rows.dates[*row] as usize == date).collect();
            assert_eq!(of_date.iter().map(|row| rows.customers[*row]).collect::<Vec<_>>(), eligible);
            for (row, purchases) in of_date.into_iter().zip(purchase_days(history, &eligible).unwrap()) {
                let purchases = purchases.unwrap();
                let value = |at: usize| match &columns[at].values {
                    Values::Number(numbers) => numbers[row],
                    other => panic!("numbers, not {other:?}"),
                };
                let near = |found: f64, expected: f64| {
                    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{found} {expected}");
                };
                let (alive, silent) = by_hand(&models.purchases, &purchases, days);
                near(value(0), (silent / (1.0 - silent)).ln());
                near(value(1), alive);
                let expected = models.purchases.expected_purchases(&purchases, days).unwrap();
                near(value(2), expected);
                assert!(value(3) > 0.0 && value(3).is_finite());
            }
        }
        assert_ne!(fits[0], fits[1], "each date has parameters of its own");
    }

    #[test]
    fn what_cannot_be_fitted_is_no_column_and_says_why() {
        let (project, export) = sample();
        // A day after the first: nobody has come back.
        let date = export.first_day().plus_days(1);
        let mut progress = quiet();
        let forecasts = Forecasts::fit(&project, &export, (&[date], &["p_alive"]), &mut progress).unwrap();
        assert_eq!(forecasts.len(), 0);
        let said = progress.warnings().join("\n");
        assert!(said.contains(&format!("no forecast as of {date}: expected some repeat purchases")), "{said}");
        assert!(said.contains("not in the table, since nothing could be fitted: p_alive"), "{said}");
    }
}
