//! The scores table: every customer known at an as-of date, in the order of their ids.

use feature_engineering::{State, has_all};
use history::{Column, CustomerIds, Date, Export, History, Money, Values};

use crate::ScoringError;
use crate::batches::Batches;
use crate::contract::{self, DriftCounts, FeatureDrift};
use crate::horizons::HorizonCurves;
use crate::model::Model;
use crate::percentile::Ranks;
use crate::score::{RiskBand, Scored};
use crate::seen_levels::UnseenLevels;
use crate::totals::Totals;

/// One row of the scores table.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRow {
    /// The customer's number in the export.
    pub customer: u32,
    /// Where the customer stands.
    pub state: State,
    /// Eligible customers: all of it but the percentile.
    pub scored: Option<Scored>,
    /// Eligible customers: share of eligible customers with a lower probability, from 0 to 100.
    pub risk_percentile: Option<f64>,
    /// Lapsed customers: probability of at least one purchase in the horizon, where the model can tell.
    pub return_probability: Option<f64>,
}

/// All rows of the scores table.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    as_of: Date,
    model: String,
    rows: Vec<ScoreRow>,
    totals: Totals,
    curves: Option<HorizonCurves>,
    unseen: Vec<UnseenLevels>,
    drift: Vec<FeatureDrift>,
}

impl Scores {
    /// Scores every customer known at an as-of date: eligible ones by the model, lapsed ones by their return
    /// probability, new ones not at all.
    ///
    /// # Errors
    /// [`ScoringError::OtherExport`], [`ScoringError::ChangedColumn`] and [`ScoringError::OtherIds`] where the export is not like
    /// the one that the model was trained on,
    /// [`ScoringError::UnseenLevels`] where more than 5 % of the eligible customers have texts that the model has not seen, and
    /// what [`crate::score()`] says.
    pub fn compute(model: &Model, export: &Export, as_of: Date) -> Result<Self, ScoringError> {
        let batches = Batches::new(model, export, as_of)?;
        let mut rows: Vec<ScoreRow> = Vec::with_capacity(batches.len());
        let mut totals = Totals::new(model);
        let mut curves = HorizonCurves::new(model);
        let mut drift = DriftCounts::default();
        for batch in batches.iter() {
            let scored = batches.score_and(batch, |table, scored| totals.add(model, table, scored))?;
            drift.append(&scored.drift);
            rows.extend(scored.rows);
            curves.iter_mut().zip(&scored.curves).for_each(|(all, of_batch)| all.append(of_batch));
        }
        let probabilities: Vec<f64> = rows.iter().filter_map(|r| r.scored.as_ref()).map(|s| s.probability).collect();
        let ranks = Ranks::of(probabilities);
        for row in &mut rows {
            row.risk_percentile = row.scored.as_ref().map(|scored| ranks.percentile(scored.probability));
        }
        let unseen = batches.unseen_levels().to_vec();
        let drift = batches.drift(&drift);
        Ok(Self { as_of, model: model.version().to_owned(), rows, totals, curves, unseen, drift })
    }

    /// The as-of date.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// Version of the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The rows, in the order of the customers' ids.
    #[must_use]
    pub fn rows(&self) -> &[ScoreRow] {
        &self.rows
    }

    /// Sums over the eligible customers.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Probabilities of the eligible customers over several horizons, where the model has more than one.
    #[must_use]
    pub fn curves(&self) -> Option<&HorizonCurves> {
        self.curves.as_ref()
    }

    /// Eligible customers with texts that the model has not seen, by column: a few, which were scored as customers of the level
    /// of all others.
    #[must_use]
    pub fn unseen_levels(&self) -> &[UnseenLevels] {
        &self.unseen
    }

    /// Features whose values have moved since training, the farthest first: those with a population stability index above 0.1
    /// that is more than chance. None where the model does not know how they were distributed.
    #[must_use]
    pub fn drift(&self) -> &[FeatureDrift] {
        &self.drift
    }

    /// The columns of `rows` (a stretch of [`Scores::rows`]) as they stand in the scores table, see [`score_columns`].
    #[must_use]
    pub fn columns(&self, rows: &[ScoreRow], ids: &CustomerIds, segments: Option<&[Option<Box<str>>]>) -> Vec<Column> {
        let segment = |customer: u32| segments?.get(customer as usize)?.as_deref();
        score_columns(rows, (self.as_of, &self.model), ids, segment)
    }
}

/// The columns of rows as they stand in the scores table: scored as of a date by a version of a model. `ids` are those of the
/// export that was scored, `segment` gives the cell of a customer in the column by which customers are grouped.
#[must_use]
pub fn score_columns<'a>(
    rows: &[ScoreRow],
    (as_of, model): (Date, &str),
    ids: &CustomerIds,
    segment: impl Fn(u32) -> Option<&'a str>,
) -> Vec<Column> {
    let n = rows.len();
    let scored = |value: fn(&Scored) -> f64| {
        Values::Float(rows.iter().map(|row| row.scored.as_ref().map(|s| rounded(value(s), 1e6))).collect())
    };
    let end = |of: fn((f64, f64)) -> f64| {
        let cell = |row: &ScoreRow| row.scored.as_ref().and_then(|s| s.interval).map(|ends| rounded(of(ends), 1e6));
        Values::Float(rows.iter().map(cell).collect())
    };
    let amount = |value: fn(&Scored) -> f64| {
        let cell = |row: &ScoreRow| row.scored.as_ref().map(|scored| money(value(scored)));
        Values::Money(rows.iter().map(cell).collect())
    };
    let reason = |at: usize| {
        packed(rows.iter().map(|row| row.scored.as_ref().and_then(|s| s.reasons.get(at)).map(String::as_str)))
    };
    vec![
        Column::new("customer_id", packed(rows.iter().map(|row| ids.get(row.customer as usize)))),
        Column::new("as_of", Values::Date(vec![Some(as_of); n])),
        Column::new("model", packed(std::iter::repeat_n(Some(model), n))),
        Column::new("state", packed(rows.iter().map(|row| Some(row.state.as_str())))),
        Column::new("churn_probability", scored(|s| s.probability)),
        Column::new("probability_low", end(|(low, _)| low)),
        Column::new("probability_high", end(|(_, high)| high)),
        Column::new("risk_band", packed(rows.iter().map(|row| row.scored.as_ref().map(|s| RiskBand::as_str(s.band))))),
        Column::new(
            "risk_percentile",
            Values::Float(rows.iter().map(|row| row.risk_percentile.map(|p| rounded(p, 1e3))).collect()),
        ),
        Column::new("expected_value", amount(|s| s.expected_value)),
        Column::new("value_at_risk", amount(|s| s.value_at_risk)),
        Column::new("segment", packed(rows.iter().map(|row| segment(row.customer)))),
        Column::new("reason_1", reason(0)),
        Column::new("reason_2", reason(1)),
        Column::new("reason_3", reason(2)),
        Column::new(
            "return_probability",
            Values::Float(rows.iter().map(|row| row.return_probability.map(|p| rounded(p, 1e6))).collect()),
        ),
    ]
}

fn packed<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> Values {
    Values::Packed(cells.collect())
}

impl ScoreRow {
    /// A row of a customer of whom nothing but the state is known.
    #[must_use]
    pub fn empty(customer: u32, state: State) -> Self {
        Self { customer, state, scored: None, risk_percentile: None, return_probability: None }
    }
}

/// Refuses an export that was read in another way than the one that a model was trained on; `history` is what the model sees
/// of it.
///
/// # Errors
/// [`ScoringError::OtherExport`], [`ScoringError::ChangedColumn`], [`ScoringError::OtherIds`].
pub fn check_export(model: &Model, export: &Export, history: &History<'_>) -> Result<(), ScoringError> {
    let file = model.file();
    contract::check(model, export)?;
    let returns = export.returns().as_str();
    if returns != file.returns {
        let say = |returns: &str| format!("returns = \"{returns}\"");
        return Err(ScoringError::OtherExport { expected: say(&file.returns), found: say(returns) });
    }
    if export.has_margin() != file.has_margin {
        let say = |has: bool| if has { "a margin column" } else { "no margin column" }.to_owned();
        return Err(ScoringError::OtherExport { expected: say(file.has_margin), found: say(export.has_margin()) });
    }
    if !model.churn().is_about_purchases() && !export.has_departures() {
        // Without it those who have left already would be scored as if they were still there.
        return Err(ScoringError::OtherExport { expected: "a departures table".to_owned(), found: "none".to_owned() });
    }
    match model.needed_features().iter().find(|feature| !has_all(history, &feature.definition)) {
        Some(missing) => Err(ScoringError::OtherExport {
            expected: format!("the columns for the feature \"{}\"", missing.name),
            found: contract::missing_columns(model, export)
                .map_or_else(|| "none".to_owned(), |columns| format!("none: it lacks {columns}")),
        }),
        None => Ok(()),
    }
}

/// A number with six (three) decimals: `scale` is 1e6 (1e3). More digits would only be noise, and widen the file.
fn rounded(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}

/// An estimate in whole cents: more digits would pretend to a precision that no estimate has.
fn money(value: f64) -> Money {
    // Values are capped by the largest amount seen in training; the conversion saturates.
    Money::from_ten_thousandths(((value * 100.0).round() as i64).saturating_mul(100))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{as_of, export, model_file};

    #[test]
    fn every_known_customer_has_a_row_and_only_eligible_ones_a_probability() {
        let (export, model) = (export(), Model::new(model_file()).unwrap());
        let scores = Scores::compute(&model, &export, as_of()).unwrap();
        assert_eq!(scores.rows().len(), 200);
        assert!(scores.rows().iter().zip(0..).all(|(row, customer)| row.customer == customer));
        for row in scores.rows() {
            let eligible = row.customer < 198;
            assert_eq!(row.state, if eligible { State::Eligible } else { State::Lapsed });
            assert_eq!(row.scored.is_some(), eligible);
            assert_eq!(row.risk_percentile.is_some(), eligible);
            assert_eq!(row.return_probability.is_some(), !eligible);
        }
        let returning = scores.rows()[199].return_probability.unwrap();
        assert!(returning > 0.0 && returning < 0.5, "{returning}");
        let mean = scores.rows().iter().filter_map(|row| row.risk_percentile).sum::<f64>() / 198.0;
        assert!((mean - 50.0).abs() < 1e-9);

        // Who bought before the look-back only is known to have bought, and nothing more.
        let near = ModelFile { lookback_days: Some(200), ..model_file() };
        let scores = Scores::compute(&Model::new(near).unwrap(), &export, as_of()).unwrap();
        assert_eq!((scores.rows()[199].state, scores.rows()[199].return_probability), (State::Lapsed, None));
        assert_eq!(scores.rows().len(), 200);

        let without = ModelFile { lapsed: None, ..model_file() };
        let scores = Scores::compute(&Model::new(without).unwrap(), &export, as_of()).unwrap();
        assert_eq!(scores.rows()[199].return_probability, None);
    }

    #[test]
    fn the_table_has_the_agreed_columns() {
        let (export, model) = (export(), Model::new(model_file()).unwrap());
        let scores = Scores::compute(&model, &export, as_of()).unwrap();
        let segments: Vec<Option<Box<str>>> = (0..200).map(|i| (i % 2 == 0).then(|| "north".into())).collect();
        let columns = scores.columns(&scores.rows()[196..], export.customer_ids(), Some(&segments));
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names.join(", "),
            "customer_id, as_of, model, state, churn_probability, probability_low, probability_high, risk_band, \
             risk_percentile, expected_value, value_at_risk, segment, reason_1, reason_2, reason_3, return_probability"
        );
        let texts = |at: usize| match &columns[at].values {
            Values::Packed(cells) => cells.iter().map(Option::unwrap_or_default).collect::<Vec<_>>(),
            other => panic!("expected text, found {other:?}"),
        };
        assert_eq!(texts(0), ["C196", "C197", "C198", "C199"]);
        assert_eq!(texts(3), ["eligible", "eligible", "lapsed", "lapsed"]);
        assert_eq!(texts(11), ["north", "", "north", ""]);
        assert_eq!(texts(12)[2..], ["", ""]);
    }

    #[test]
    fn an_export_read_in_another_way_is_refused() {
        let export = export();
        for file in
            [ModelFile { returns: "drop".into(), ..model_file() }, ModelFile { has_margin: true, ..model_file() }]
        {
            let error = Scores::compute(&Model::new(file).unwrap(), &export, as_of()).unwrap_err();
            assert!(matches!(error, ScoringError::OtherExport { .. }), "{error}");
        }
        let mut file = ModelFile { lapsed: None, ..model_file() };
        file.churn.definition = feature_engineering::Churn::Departure { include_involuntary: false };
        let error = Scores::compute(&Model::new(file).unwrap(), &export, as_of()).unwrap_err();
        assert!(error.to_string().contains("an export with a departures table, but this export has none"), "{error}");
    }

    #[test]
    fn money_is_rounded_to_cents_and_never_overflows() {
        assert_eq!(money(12.345).to_string(), "12.35");
        assert_eq!(money(0.0).to_string(), "0.00");
        assert!(money(1e300) > Money::ZERO);
    }

    use crate::ModelFile;
}
