//! Why scores moved between two as-of dates and two models: parts that add up to the whole change.
//!
//! With `p(m, d)` the mean over customers of a model's probability at a date, `E1` the customers that the champion scores at
//! the first date, `E2` those that the challenger scores at the second, and `S` those of both whom the champion would score
//! at the second date as well:
//!
//! ```text
//! p_E2(challenger, d2) - p_E1(champion, d1)
//!   =   p_S(champion, d1)   - p_E1(champion, d1)     who left
//!     + p_S(champion, d2)   - p_S(champion, d1)      the data
//!     + p_S(challenger, d2) - p_S(champion, d2)      the model
//!     + p_E2(challenger, d2) - p_S(challenger, d2)   who came
//! ```
//!
//! and the same for the calibrated logit, whose parts for the data and the model are in turn sums over the features:
//! the logit is linear in them, so nothing is left over and no order of the features has to be chosen. The calibrated logit is that
//! of the calibration line; where the calibration is isotonic, the probabilities are those of the curve, as in the scores.

use feature_engineering::{Family, Snapshot, features};
use history::{Date, Export};
use serde::Serialize;

use crate::design::Design;
use crate::score::logistic;
use crate::scores::check_export;
use crate::segments::RowWeights;
use crate::{Model, ScoringError};

/// Customers whose features are in memory at one time.
const CUSTOMERS_OF_A_BLOCK: usize = 65_536;

/// Why scores moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreChange {
    /// Version of the model before.
    pub champion: String,
    /// Version of the model after.
    pub challenger: String,
    /// As-of date before.
    pub from: String,
    /// As-of date after.
    pub to: String,
    /// How many customers are compared.
    pub customers: CustomersCompared,
    /// Change of the mean churn probability.
    pub probability: ChangeParts,
    /// Change of the mean calibrated logit.
    pub logit: ChangeParts,
    /// What the families of features contribute to `data` and `model` of the logit, in the order of the families.
    pub families: Vec<FamilyChange>,
    /// What is left of `model` of the logit: the constants of the two models, which stand for the average customer that each
    /// has learnt from, and for the segments of the customers where a model has some.
    pub constant: f64,
}

/// How many customers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CustomersCompared {
    /// Scored before.
    pub before: u64,
    /// Scored after.
    pub after: u64,
    /// Scored before and after, by both models.
    pub both: u64,
}

/// A mean before and after, and the parts of its change: `change = leaving + data + model + entering`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChangeParts {
    /// The mean over all who were scored before.
    pub before: f64,
    /// The mean over all who are scored after.
    pub after: f64,
    /// After less before.
    pub change: f64,
    /// Customers who are no longer scored.
    pub leaving: f64,
    /// What the same customers did, as the same model sees it.
    pub data: f64,
    /// The other model, for the same customers at the same date.
    pub model: f64,
    /// Customers who were not scored before.
    pub entering: f64,
}

/// Parts of the change of the mean logit that the features of a family contribute.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FamilyChange {
    /// The family.
    pub family: Family,
    /// What the same customers did.
    pub data: f64,
    /// The other model.
    pub model: f64,
}

impl ScoreChange {
    /// Compares the champion's scores at `from` with the challenger's at `to`.
    ///
    /// # Errors
    /// [`ScoringError::OtherQuestion`], [`ScoringError::OtherExport`], and [`ScoringError::NobodyInBoth`] where no customer
    /// is scored at both dates.
    pub fn between(
        export: &Export,
        (champion, from): (&Model, Date),
        (challenger, to): (&Model, Date),
    ) -> Result<Self, ScoringError> {
        champion.check_comparable(challenger)?;
        for (model, date) in [(champion, from), (challenger, to)] {
            check_export(model, export, &model.history(export, date))?;
        }
        let eligible = |model: &Model, date| {
            Snapshot::take(&model.history(export, date), model.eligibility()).map(|snapshot| snapshot.eligible)
        };
        let (before, between, after) = (eligible(champion, from)?, eligible(champion, to)?, eligible(challenger, to)?);
        let both = common(&common(&before, &between), &after);
        let customers =
            CustomersCompared { before: before.len() as u64, after: after.len() as u64, both: both.len() as u64 };
        if both.is_empty() {
            return Err(ScoringError::NobodyInBoth { from, to, before: customers.before, after: customers.after });
        }
        let first = Sums::of(champion, export, from, (&before, &both))?;
        let second = Sums::of(champion, export, to, (&both, &both))?;
        let third = Sums::of(challenger, export, to, (&after, &both))?;
        let parts = |mean: fn(&Sums) -> Means| {
            let (first, second, third) = (mean(&first), mean(&second), mean(&third));
            ChangeParts {
                before: first.all,
                after: third.all,
                change: third.all - first.all,
                leaving: first.both - first.all,
                data: second.both - first.both,
                model: third.both - second.both,
                entering: third.all - third.both,
            }
        };
        let families = Family::ALL.iter().enumerate().map(|(at, family)| FamilyChange {
            family: *family,
            data: second.of_family(at) - first.of_family(at),
            model: third.of_family(at) - second.of_family(at),
        });
        let used = |family: &FamilyChange| {
            [champion, challenger].iter().any(|m| m.features().iter().any(|f| f.family == family.family))
        };
        Ok(Self {
            champion: champion.version().to_owned(),
            challenger: challenger.version().to_owned(),
            from: from.to_string(),
            to: to.to_string(),
            customers,
            probability: parts(|sums| sums.probability),
            logit: parts(|sums| sums.logit),
            families: families.filter(used).collect(),
            constant: third.constant - second.constant,
        })
    }
}

/// Those of two ascending lists.
fn common(a: &[u32], b: &[u32]) -> Vec<u32> {
    a.iter().copied().filter(|customer| b.binary_search(customer).is_ok()).collect()
}

#[derive(Debug, Clone, Copy, Default)]
struct Means {
    all: f64,
    both: f64,
}

impl Means {
    fn add(&mut self, value: f64, in_both: bool) {
        self.all += value;
        if in_both {
            self.both += value;
        }
    }

    fn over(self, all: usize, both: usize) -> Self {
        Self { all: self.all / all as f64, both: self.both / both as f64 }
    }
}

/// Means of one model at one date, over all whom it scores and over those of both.
struct Sums {
    probability: Means,
    logit: Means,
    /// Of those of both, by the place of the family.
    families: Vec<f64>,
    /// The calibrated logit of a customer whose every feature is at its mean; where segments have their own, the mean over
    /// those of both.
    constant: f64,
}

impl Sums {
    /// `all` and `both` ascend, and all of `both` are in `all`. Sums run over the customers in order.
    fn of(model: &Model, export: &Export, as_of: Date, (all, both): (&[u32], &[u32])) -> Result<Self, ScoringError> {
        let (file, history) = (model.file(), model.history(export, as_of));
        let wanted = model.weighed_features();
        let place = |family: Family| Family::ALL.iter().position(|other| *other == family).unwrap_or(0);
        let places: Vec<usize> = model.features().iter().map(|feature| place(feature.family)).collect();
        let (mut probability, mut logit) = (Means::default(), Means::default());
        let mut families = vec![0.0; Family::ALL.len()];
        let mut intercepts = 0.0;
        let (mut x, mut contributions) = (Vec::with_capacity(file.parameters()), Vec::new());
        for block in all.chunks(CUSTOMERS_OF_A_BLOCK) {
            let table = features(&history, block, &wanted)?;
            let design = Design::of(model, &table)?;
            let weights = RowWeights::of(file, &table)?;
            for (row, customer) in block.iter().enumerate() {
                design.row(row, &mut x).map_err(|(feature, value)| ScoringError::NotFinite {
                    name: feature.name.clone(),
                    customer: *customer,
                    value,
                })?;
                let weights = weights.at(row);
                let sum = weights.logit(&x);
                let calibrated = file.calibration.intercept + file.calibration.slope * sum;
                let in_both = both.binary_search(customer).is_ok();
                probability.add(logistic(file.calibrated(sum)), in_both);
                logit.add(calibrated, in_both);
                if in_both {
                    file.contributions(&weights.coefficients, &x, &mut contributions);
                    intercepts += weights.intercept;
                    for (place, contribution) in places.iter().zip(&contributions) {
                        families[*place] += file.calibration.slope * contribution;
                    }
                }
            }
        }
        families.iter_mut().for_each(|sum| *sum /= both.len() as f64);
        let over = |means: Means| means.over(all.len(), both.len());
        let intercept = if file.segments.is_none() { file.intercept } else { intercepts / both.len() as f64 };
        let constant = file.calibration.intercept + file.calibration.slope * intercept;
        Ok(Self { probability: over(probability), logit: over(logit), families, constant })
    }

    fn of_family(&self, at: usize) -> f64 {
        self.families[at]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{as_of, curved_model_file, export, model_file};
    use crate::{ModelFile, Scores};
    use feature_engineering::Churn;

    fn other() -> Model {
        let mut file = curved_model_file();
        file.features[0].coefficient = 0.5;
        file.features[2].mean = 1.2;
        file.intercept = -0.7;
        file.calibration.slope = 1.1;
        file.active_within_days = 120;
        Model::new(file).unwrap()
    }

    fn sums_up(change: &ScoreChange) {
        for parts in [change.probability, change.logit] {
            let sum = parts.leaving + parts.data + parts.model + parts.entering;
            assert!((sum - parts.change).abs() < 1e-12, "{parts:?}");
            assert!((parts.after - parts.before - parts.change).abs() < 1e-12);
        }
        let data: f64 = change.families.iter().map(|family| family.data).sum();
        let model: f64 = change.families.iter().map(|family| family.model).sum();
        assert!((data - change.logit.data).abs() < 1e-12, "{change:?}");
        assert!((model + change.constant - change.logit.model).abs() < 1e-12, "{change:?}");
    }

    #[test]
    fn the_parts_add_up_and_the_whole_is_that_of_the_scores() {
        let (export, champion, challenger) = (export(), Model::new(model_file()).unwrap(), other());
        let (from, to) = (as_of().plus_days(-60), as_of());
        let change = ScoreChange::between(&export, (&champion, from), (&challenger, to)).unwrap();
        sums_up(&change);
        let mean = |model: &Model, date| {
            let scores = Scores::compute(model, &export, date).unwrap();
            let of: Vec<f64> =
                scores.rows().iter().filter_map(|row| row.scored.as_ref()).map(|s| s.probability).collect();
            (of.iter().sum::<f64>() / of.len() as f64, of.len() as u64)
        };
        let ((before, n_before), (after, n_after)) = (mean(&champion, from), mean(&challenger, to));
        assert!((change.probability.before - before).abs() < 1e-12);
        assert!((change.probability.after - after).abs() < 1e-12);
        assert_eq!((change.customers.before, change.customers.after), (n_before, n_after));
        assert!(change.customers.both < n_before, "{:?}", change.customers);
        let parts = change.logit;
        assert!([parts.leaving, parts.data, parts.model].iter().all(|part| part.abs() > 1e-4), "{parts:?}");
    }

    #[test]
    fn the_same_model_at_the_same_date_does_not_move() {
        let (export, model) = (export(), Model::new(curved_model_file()).unwrap());
        let change = ScoreChange::between(&export, (&model, as_of()), (&model, as_of())).unwrap();
        for parts in [change.probability, change.logit] {
            assert_eq!([parts.change, parts.leaving, parts.data, parts.model, parts.entering], [0.0; 5]);
        }
        assert!(change.families.iter().all(|family| family.data == 0.0 && family.model == 0.0));
        assert_eq!(change.constant, 0.0);
    }

    #[test]
    fn the_data_alone_and_the_model_alone_are_told_apart() {
        let (export, champion) = (export(), Model::new(model_file()).unwrap());
        let from = as_of().plus_days(-30);
        let data = ScoreChange::between(&export, (&champion, from), (&champion, as_of())).unwrap();
        sums_up(&data);
        assert_eq!((data.logit.model, data.probability.model, data.constant), (0.0, 0.0, 0.0));
        assert!(data.logit.data != 0.0);

        let mut file = model_file();
        file.features[0].coefficient += 0.2;
        let challenger = Model::new(file).unwrap();
        let model = ScoreChange::between(&export, (&champion, as_of()), (&challenger, as_of())).unwrap();
        sums_up(&model);
        let parts = model.logit;
        assert_eq!([parts.leaving, parts.data, parts.entering, model.constant], [0.0; 4]);
        let moved: Vec<Family> = model.families.iter().filter(|f| f.model.abs() > 1e-12).map(|f| f.family).collect();
        assert_eq!(moved, [Family::Recency]);
    }

    #[test]
    fn models_of_other_questions_are_refused() {
        let (export, champion) = (export(), Model::new(model_file()).unwrap());
        let refused = |change: fn(&mut ModelFile)| {
            let mut file = model_file();
            change(&mut file);
            let other = Model::new(file).unwrap();
            ScoreChange::between(&export, (&champion, as_of()), (&other, as_of())).unwrap_err().to_string()
        };
        assert!(refused(|f| f.churn.horizon_days = 60).contains("no purchase in the 60 days"));
        assert!(refused(|f| f.timezone = "Asia/Tokyo".into()).contains("time zone"));
        let cadence = |active_within_days| {
            let mut file = ModelFile { active_within_days, ..model_file() };
            file.churn.definition = Churn::Cadence { multiple: 2.0, min: history::Days::new(7).unwrap() };
            Model::new(file).unwrap()
        };
        assert!(cadence(180).check_comparable(&cadence(180)).is_ok());
        assert!(matches!(cadence(180).check_comparable(&cadence(90)), Err(ScoringError::OtherQuestion { .. })));
        assert!(champion.check_comparable(&other()).is_ok(), "only the eligibility rule differs");
    }
}
