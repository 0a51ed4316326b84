//! The retention measures of a report: rows of the export, counted by period and by segment, through the formulas of `decisions`.
//!
//! They describe what is known at the as-of date of the report; nothing here is a feature or a label. Cells with fewer than
//! [`MIN_CUSTOMERS`] customers (answers, cases) are withheld, and a measure whose input is not there says what to add.

mod at_risk;
mod customers;
mod drivers;
mod groups;
mod leaving;
mod lifetime;
mod neglect;
mod periods;
mod planned;
mod response;
mod said;
mod worth;

use decisions::measures::MIN_CUSTOMERS;
use evaluation::{Estimate, wilson_interval};
use feature_engineering::State;
use history::{Date, Export, History};
use reports::{Figure, FigureName, FigureUnit, Measure, MeasureRow};
use serde_json::Value;

use self::groups::Groups;
use self::periods::Period;
use crate::progress::Progress;
use crate::report_data::{SegmentBy, Sources};

/// Customers whose rows are looked at together.
const CUSTOMERS_AT_ONCE: usize = 16_384;

/// What all measures are computed from.
struct Ground<'a> {
    sources: Sources<'a>,
    /// All that is known at the as-of date, whatever the look-back of the model.
    history: History<'a>,
    as_of: Date,
    groups: Groups,
    periods: Vec<Period>,
    /// Numbers of all customers of the export.
    everybody: Vec<u32>,
    /// Where each customer of the export stands; none where nothing was known of them.
    states: Vec<Option<State>>,
    /// The share of an amount that is earned where the export has no margins: `[plan] margin`.
    margin: Option<f64>,
}

/// Computes all measures, in the order of the report. `plan` is what the last plan says of itself.
///
/// # Errors
/// Rows cannot be read.
pub(crate) fn measures(
    sources: Sources<'_>,
    plan: Option<&Value>,
    progress: &mut Progress,
) -> anyhow::Result<Vec<Measure>> {
    progress.stage("measuring retention");
    let ground = Ground::of(sources);
    let kept = customers::Kept::count(&ground)?;
    let labels = drivers::Labels::of(&ground)?;
    crate::interrupt::check()?;
    let worth = worth::Worth::of(&ground)?;
    crate::interrupt::check()?;
    let said = said::Said::collect(&ground)?;
    let mut measures = vec![
        kept.churn_rate(&ground)?,
        kept.retention_rate(&ground)?,
        kept.revenue_lost(&ground)?,
        at_risk::value_at_risk(&ground)?,
        at_risk::what_if(&ground)?,
        lifetime::lifetime_value(&ground, &worth, &kept)?,
        lifetime::acquisition(&ground, &worth, &labels)?,
        said.nps(&ground)?,
        said.satisfaction(&ground)?,
        said.service_level(&ground)?,
        neglect::neglected(&ground)?,
        leaving::reasons(&ground)?,
        drivers::drivers(&ground, &labels)?,
        leaving::win_back(&ground, &kept)?,
    ];
    crate::interrupt::check()?;
    measures.extend(planned::planned(plan));
    measures.push(response::offer_response(&ground, progress)?);
    Ok(measures)
}

impl<'a> Ground<'a> {
    fn of(sources: Sources<'a>) -> Self {
        let Sources { project, export, scores, cells, .. } = sources;
        let as_of = scores.as_of();
        let column = match project.segment_by() {
            SegmentBy::Column(name) => name,
            SegmentBy::Purchases => "purchase_days",
        };
        let mut states = vec![None; export.customer_ids().len()];
        for row in scores.rows() {
            if let Some(state) = states.get_mut(row.customer as usize) {
                *state = Some(row.state);
            }
        }
        Self {
            sources,
            history: export.history(as_of),
            as_of,
            groups: Groups::of(export, (column, cells)),
            periods: Period::all(export, as_of),
            everybody: (0..states.len() as u32).collect(),
            states,
            margin: project.plan.margin.filter(|_| !export.has_margin()),
        }
    }

    fn export(&self) -> &'a Export {
        self.sources.export
    }

    fn is_eligible(&self, customer: u32) -> bool {
        self.states[customer as usize] == Some(State::Eligible)
    }

    /// What amounts are multiplied with to be margins, and what they are called; none where nobody knows margins.
    fn margins(&self) -> Option<f64> {
        if self.export().has_margin() { Some(1.0) } else { self.margin }
    }

    /// An empty tally for each period and group.
    fn by_period<T: Clone + Default>(&self) -> Cells<T> {
        Cells(vec![vec![T::default(); self.groups.len()]; self.periods.len()])
    }

    /// An empty tally for each group.
    fn by_group<T: Clone + Default>(&self) -> Vec<T> {
        vec![T::default(); self.groups.len()]
    }

    /// A row without figures yet.
    fn row(&self, period: Option<&Period>, group: usize, count: u64) -> MeasureRow {
        let name = self.groups.name(group).filter(|_| group > 0);
        MeasureRow {
            period: period.map(Period::told),
            by: name.map(|(column, _)| column.to_owned()),
            segment: name.map(|(_, level)| level.to_owned()),
            count,
            withheld: count < MIN_CUSTOMERS,
            ..MeasureRow::default()
        }
    }

    /// Rows for each group that has anybody in it, figures of small ones withheld.
    fn rows_by_group<T>(
        &self,
        period: Option<&Period>,
        cells: &[T],
        count: impl Fn(&T) -> u64,
        figures: impl Fn(usize, &T) -> anyhow::Result<Told>,
    ) -> anyhow::Result<Vec<MeasureRow>> {
        let mut rows = Vec::new();
        for (group, cell) in cells.iter().enumerate() {
            rows.extend(self.told(period, group, count(cell), || figures(group, cell))?);
        }
        Ok(rows)
    }

    /// Rows for each period and group that have anybody in them: all customers first, then column by column.
    fn rows<T>(
        &self,
        cells: &Cells<T>,
        count: impl Fn(&T) -> u64,
        figures: impl Fn(&Period, usize, &T) -> anyhow::Result<Told>,
    ) -> anyhow::Result<Vec<MeasureRow>> {
        let mut rows = Vec::new();
        for column in self.groups.columns() {
            for (period, of_period) in self.periods.iter().zip(&cells.0) {
                for group in column.clone().filter(|group| *group == 0 || period.is_crossed()) {
                    let cell = &of_period[group];
                    rows.extend(self.told(Some(period), group, count(cell), || figures(period, group, cell))?);
                }
            }
        }
        Ok(rows)
    }

    fn told(
        &self,
        period: Option<&Period>,
        group: usize,
        count: u64,
        figures: impl FnOnce() -> anyhow::Result<Told>,
    ) -> anyhow::Result<Option<MeasureRow>> {
        if count == 0 {
            return Ok(None);
        }
        let row = self.row(period, group, count);
        if row.withheld {
            return Ok(Some(row));
        }
        let Told { figures, alert } = figures()?;
        Ok(Some(MeasureRow { figures, alert, ..row }))
    }
}

/// A tally for each period, and in it for each group.
#[derive(Debug)]
struct Cells<T>(Vec<Vec<T>>);

impl<T> Cells<T> {
    /// Changes the tallies of a customer in a period.
    fn each(&mut self, groups: &Groups, period: usize, customer: u32, mut change: impl FnMut(&mut T)) {
        groups.each(customer).for_each(|group| change(&mut self.0[period][group]));
    }
}

/// Figures of a cell, and whether they need attention.
#[derive(Debug, Default)]
struct Told {
    figures: Vec<Figure>,
    alert: bool,
}

impl From<Vec<Figure>> for Told {
    fn from(figures: Vec<Figure>) -> Self {
        Self { figures, alert: false }
    }
}

fn figure(name: FigureName, unit: FigureUnit, estimate: Estimate) -> Figure {
    let estimate = reports::Estimate { value: estimate.value(), low: estimate.low(), high: estimate.high() };
    Figure { figure: name, unit, estimate }
}

/// A number without an interval.
fn point(name: FigureName, unit: FigureUnit, value: f64) -> Figure {
    Figure { figure: name, unit, estimate: reports::Estimate::point(value) }
}

fn count(name: FigureName, value: u64) -> Figure {
    point(name, FigureUnit::Count, value as f64)
}

/// A share with Wilson's interval; no value of nobody.
fn share(part: u64, whole: u64) -> anyhow::Result<Estimate> {
    if whole == 0 {
        return Ok(Estimate::NONE);
    }
    Ok(Estimate::new(part as f64 / whole as f64, wilson_interval(part, whole))?)
}
