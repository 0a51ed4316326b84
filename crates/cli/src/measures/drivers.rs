//! What churned customers did or did not do before, against those who stayed.

use std::sync::Arc;

use decisions::measures::{Cell, Driver, numeric_driver, yes_no_driver};
use evaluation::Estimate;
use feature_engineering::reason::Language;
use feature_engineering::{Family, Feature, Unit, Use, available, features};
use history::{Date, History};
use reports::{FigureName, FigureUnit, Measure, MeasureName, MeasurePeriod, MeasureRow, PeriodKind};

use super::{Ground, figure, point, share};
use crate::report_data::{labels, latest_label};

/// Features whose values are in memory at once.
const FEATURES_AT_ONCE: usize = 16;
/// Those with the largest effects are shown by segment as well.
const BY_SEGMENT: usize = 20;

/// Who churned in the last label window that is over.
#[derive(Debug)]
pub(super) struct Labels {
    as_of: Date,
    customers: Vec<u32>,
    churned: Vec<bool>,
    /// Customers and churners of each group.
    groups: Vec<(u64, u64)>,
}

impl Labels {
    pub(super) fn of(ground: &Ground<'_>) -> anyhow::Result<Self> {
        let model = ground.sources.model;
        let as_of = latest_label(ground.export(), ground.as_of, model);
        let (customers, churned): (Vec<u32>, Vec<bool>) = labels(ground.export(), as_of, model)?.into_iter().unzip();
        let mut groups = vec![(0, 0); ground.groups.len()];
        for (customer, churned) in customers.iter().zip(&churned) {
            for group in ground.groups.each(*customer) {
                groups[group].0 += 1;
                groups[group].1 += u64::from(*churned);
            }
        }
        Ok(Self { as_of, customers, churned, groups })
    }

    /// The churn rate of a group in the window.
    pub(super) fn churn(&self, group: usize) -> anyhow::Result<Estimate> {
        let (customers, churned) = self.groups[group];
        if customers < decisions::measures::MIN_CUSTOMERS {
            return Ok(Estimate::NONE);
        }
        share(churned, customers)
    }
}

/// A feature as a question.
#[derive(Debug, Clone)]
struct Question {
    feature: Arc<Feature>,
    /// Whether the customer did it at all, instead of how much of it there was.
    at_all: bool,
}

impl Question {
    /// Of counts of what passed between customer and company it is asked whether there was any.
    fn of(feature: &Arc<Feature>) -> Self {
        let passed = matches!(feature.family, Family::Service | Family::Neglect | Family::Engagement | Family::Returns);
        Self { feature: feature.clone(), at_all: feature.unit == Unit::Flag || (feature.unit == Unit::Count && passed) }
    }

    fn words(&self, language: &Language) -> String {
        let told = language.label(&self.feature);
        let label = if told.is_empty() { &self.feature.name } else { &told };
        let any = if self.at_all && self.feature.unit == Unit::Count { " (any)" } else { "" };
        format!("{label}{any} [{}]", self.feature.name)
    }

    /// Customers of whom it is known, and the difference between those who churned and those who stayed.
    fn answer(&self, churned: &[bool], values: &[f64]) -> anyhow::Result<(u64, Cell<Driver>)> {
        let known = || churned.iter().zip(values).filter(|(_, value)| value.is_finite());
        let outcome: Vec<bool> = known().map(|(churned, _)| *churned).collect();
        let found = if self.at_all {
            yes_no_driver(&outcome, &known().map(|(_, value)| *value > 0.0).collect::<Vec<_>>())?
        } else {
            numeric_driver(&outcome, &known().map(|(_, value)| *value).collect::<Vec<_>>())?
        };
        Ok((outcome.len() as u64, found))
    }
}

pub(super) fn drivers(ground: &Ground<'_>, labels: &Labels) -> anyhow::Result<Measure> {
    let name = MeasureName::Drivers;
    let model = ground.sources.model;
    let window = model.window();
    let then = model.history(ground.export(), labels.as_of);
    let questions: Vec<Question> =
        available(&then).iter().filter(|feature| feature.used != Use::Undated).map(Question::of).collect();
    let mut found: Vec<(Question, u64, Driver)> = Vec::new();
    for part in questions.chunks(FEATURES_AT_ONCE) {
        for (question, values) in part.iter().zip(values(&then, &labels.customers, part)?) {
            let (customers, cell) = question.answer(&labels.churned, &values)?;
            if let Some(driver) = cell.shown().filter(|driver| driver.difference.value() != Some(0.0)) {
                found.push((question.clone(), customers, *driver));
            }
        }
    }
    if found.is_empty() {
        let why = format!(
            "there are no 30 customers who churned and 30 who stayed in a label window that is over (the last one begins on {})",
            labels.as_of
        );
        return Ok(Measure::not_given(name, why));
    }
    found.sort_by(|(a, _, x), (b, _, y)| {
        y.effect.abs().total_cmp(&x.effect.abs()).then(a.feature.name.cmp(&b.feature.name))
    });
    let (from, until) = window.after(labels.as_of);
    let period = MeasurePeriod {
        name: format!("{from} to {}", until.plus_days(-1)),
        kind: PeriodKind::LabelWindow,
        from: from.to_string(),
        until: until.to_string(),
    };
    let mut measure = Measure::new(name);
    let row = |group: usize, question: &Question, customers: u64, driver: Option<&Driver>| {
        let mut row = ground.row(None, group, customers);
        row.period = Some(period.clone());
        row.item = Some(question.words(model.language()));
        row.withheld = driver.is_none();
        row.figures = driver.map_or_else(Vec::new, |driver| told(question, driver));
        row
    };
    measure.rows.extend(found.iter().map(|(question, customers, driver)| row(0, question, *customers, Some(driver))));
    let strongest: Vec<Question> = found.iter().take(BY_SEGMENT).map(|(question, ..)| question.clone()).collect();
    measure.rows.extend(by_segment(ground, labels, &then, &strongest, row)?);
    Ok(measure)
}

/// The strongest of them within each segment.
fn by_segment(
    ground: &Ground<'_>,
    labels: &Labels,
    then: &History<'_>,
    questions: &[Question],
    row: impl Fn(usize, &Question, u64, Option<&Driver>) -> MeasureRow,
) -> anyhow::Result<Vec<MeasureRow>> {
    let mut rows: Vec<Vec<MeasureRow>> = vec![Vec::new(); ground.groups.len()];
    for part in questions.chunks(FEATURES_AT_ONCE) {
        for (question, values) in part.iter().zip(values(then, &labels.customers, part)?) {
            let mut cells: Vec<(Vec<bool>, Vec<f64>)> = vec![(Vec::new(), Vec::new()); ground.groups.len()];
            for ((customer, churned), value) in labels.customers.iter().zip(&labels.churned).zip(&values) {
                for group in ground.groups.each(*customer).filter(|group| *group > 0) {
                    cells[group].0.push(*churned);
                    cells[group].1.push(*value);
                }
            }
            for (group, (churned, values)) in cells.iter().enumerate().filter(|(_, (churned, _))| !churned.is_empty()) {
                let (customers, cell) = question.answer(churned, values)?;
                rows[group].push(row(group, question, customers, cell.shown()));
            }
        }
    }
    Ok(rows.into_iter().flatten().collect())
}

fn values(then: &History<'_>, customers: &[u32], questions: &[Question]) -> anyhow::Result<Vec<Vec<f64>>> {
    let wanted: Vec<Arc<Feature>> = questions.iter().map(|question| question.feature.clone()).collect();
    Ok(features(then, customers, &wanted)?.columns().to_vec())
}

fn told(question: &Question, driver: &Driver) -> Vec<reports::Figure> {
    let (unit, of_difference) = if question.at_all {
        (FigureUnit::Share, FigureUnit::ShareDifference)
    } else {
        (FigureUnit::Number, FigureUnit::Number)
    };
    vec![
        point(FigureName::Churned, unit, driver.churned),
        point(FigureName::Stayed, unit, driver.stayed),
        figure(FigureName::Difference, of_difference, driver.difference),
        point(FigureName::EffectSize, FigureUnit::Number, driver.effect),
    ]
}
