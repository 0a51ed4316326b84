//! Whether two models answer the same question, so that their probabilities can be compared.

use feature_engineering::Churn;

use crate::{Model, ScoringError};

impl Model {
    /// Refuses another model whose probability is of something else: another churn definition, horizon, lead time or time
    /// zone; and, where a customer's own rhythm says who churned, another eligibility rule or look-back, by which that rhythm
    /// is measured.
    ///
    /// # Errors
    /// [`ScoringError::OtherQuestion`].
    pub fn check_comparable(&self, other: &Model) -> Result<(), ScoringError> {
        let differs = |what: &str, ours: String, theirs: String| {
            let said = |model: &Model, value: String| format!("{value} ({})", model.version());
            ScoringError::OtherQuestion { what: what.to_owned(), ours: said(self, ours), theirs: said(other, theirs) }
        };
        let (a, b) = (self.file(), other.file());
        if a.churn != b.churn {
            return Err(differs("churn", self.churn_in_words(), other.churn_in_words()));
        }
        if a.timezone != b.timezone {
            return Err(differs("time zone", a.timezone.clone(), b.timezone.clone()));
        }
        let by_rhythm = matches!(self.churn(), Churn::Cadence { .. });
        let rule = |model: &Model| (model.eligibility(), model.lookback());
        if by_rhythm && rule(self) != rule(other) {
            let said = |model: &Model| {
                let back = model.lookback().map_or_else(|| "all".to_owned(), |days| format!("{} days", days.get()));
                format!("active within {} days, looking back {back}", model.file().active_within_days)
            };
            return Err(differs("rule by which a customer's rhythm is measured", said(self), said(other)));
        }
        Ok(())
    }
}
