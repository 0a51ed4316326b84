//! Who was lost, who bought again, and what that cost, by period.

use decisions::measures::{ChurnPeriod, churn_rate, is_rising, retention_rate, revenue_lost};
use evaluation::Estimate;
use feature_engineering::State;
use history::{Block, Date, DepartureKind, History, Returns};
use reports::{FigureName, FigureUnit, Measure, MeasureName, MeasureRow, PeriodKind};

use super::{CUSTOMERS_AT_ONCE, Cells, Ground, Told, count, figure, point};

/// Days of the past over which the monthly spend is taken, and the fewest that are taken for a new customer.
const SPEND_DAYS: i32 = 365;
const LEAST_DAYS: i32 = 30;
const DAYS_OF_A_MONTH: f64 = 365.0 / 12.0;

/// A customer in a period.
#[derive(Debug, Clone, Copy, Default)]
struct Facts {
    at_start: bool,
    lost: bool,
    unwilling: bool,
    bought_before: bool,
    bought: bool,
    was_lapsed: bool,
    spend_a_month: f64,
}

/// Customers in a cell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    at_start: u64,
    lost: u64,
    unwilling: u64,
    before: u64,
    again: u64,
    spend: f64,
    pub(super) lapsed: u64,
    pub(super) returned: u64,
}

/// Tallies of all cells.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) cells: Cells<Tally>,
    /// Whether a period begins late enough to tell who was a customer at its start.
    known: Vec<bool>,
    /// Whether the period before it can be seen as a whole.
    has_before: Vec<bool>,
}

impl Kept {
    pub(super) fn count(ground: &Ground<'_>) -> anyhow::Result<Self> {
        let model = ground.sources.model;
        let export = ground.export();
        let first = export.first_day();
        let active = model.eligibility().active_within.get();
        let known: Vec<bool> = ground.periods.iter().map(|period| period.from >= first.plus_days(active)).collect();
        let has_before: Vec<bool> = ground.periods.iter().map(|period| period.before >= first).collect();
        let mut days: Vec<Date> = ground
            .periods
            .iter()
            .zip(&known)
            .filter(|(_, known)| **known)
            .flat_map(|(p, _)| [p.from, p.until])
            .collect();
        days.sort_unstable();
        days.dedup();
        let histories: Vec<History<'_>> = days.iter().map(|day| model.history(export, *day)).collect();
        let at = |day: Date| days.binary_search(&day).unwrap_or(0);
        let ends: Vec<Option<(usize, usize)>> = ground
            .periods
            .iter()
            .zip(&known)
            .map(|(period, known)| known.then(|| (at(period.from), at(period.until))))
            .collect();
        let mut cells: Cells<Tally> = ground.by_period();
        for customers in ground.everybody.chunks(CUSTOMERS_AT_ONCE) {
            let facts =
                ground.history.map(customers, |block, customer| facts(ground, &histories, &ends, block, customer))?;
            for (customer, facts) in customers.iter().zip(&facts) {
                for (period, facts) in facts.iter().enumerate() {
                    cells.each(&ground.groups, period, *customer, |tally| tally.add(facts));
                }
            }
        }
        Ok(Self { cells, known, has_before })
    }

    /// The churn rate of the last 365 days of a group, where they can be told.
    pub(super) fn yearly_churn(&self, ground: &Ground<'_>, group: usize) -> anyhow::Result<Estimate> {
        let year = ground.periods.iter().position(|period| period.kind == PeriodKind::Year);
        match year.filter(|year| self.known[*year]) {
            Some(year) => self.cells.0[year][group].rate(),
            None => Ok(Estimate::NONE),
        }
    }

    pub(super) fn churn_rate(&self, ground: &Ground<'_>) -> anyhow::Result<Measure> {
        let mut measure = Measure::new(MeasureName::ChurnRate);
        let split = ground.export().has_departures();
        let rows = ground.rows(
            &self.cells,
            |tally| tally.at_start,
            |_, _, tally| {
                let rate = churn_rate(ChurnPeriod {
                    at_start: tally.at_start,
                    lost: tally.lost,
                    involuntary: split.then_some(tally.unwilling),
                })?;
                let mut figures = vec![
                    count(FigureName::CustomersAtStart, tally.at_start),
                    count(FigureName::CustomersLost, tally.lost),
                    figure(FigureName::ChurnRate, FigureUnit::Share, rate.all),
                ];
                let parts = [
                    (FigureName::VoluntaryChurnRate, rate.voluntary),
                    (FigureName::InvoluntaryChurnRate, rate.involuntary),
                ];
                figures
                    .extend(parts.into_iter().filter_map(|(name, rate)| Some(figure(name, FigureUnit::Share, rate?))));
                Ok(Told::from(figures))
            },
        )?;
        if rows.is_empty() {
            let active = ground.sources.model.eligibility().active_within;
            return Ok(Measure::not_given(
                MeasureName::ChurnRate,
                format!(
                    "add older rows to [transactions]: who was a customer at the start of a month is known {active} after the first purchase"
                ),
            ));
        }
        for kind in [PeriodKind::Month, PeriodKind::Quarter] {
            measure.alerts.extend(rising(&rows, kind));
        }
        if !split {
            measure.notes.push(
                "Voluntary and involuntary churn: not given; add [departures] with the column kind (voluntary or involuntary)."
                    .to_owned(),
            );
        }
        for (column, levels) in &ground.groups.left_out {
            measure.notes.push(format!("Customers are not grouped by {column}: it has {levels} different values."));
        }
        measure.rows = rows;
        Ok(measure)
    }

    pub(super) fn retention_rate(&self, ground: &Ground<'_>) -> anyhow::Result<Measure> {
        let mut measure = Measure::new(MeasureName::RetentionRate);
        let mut cells = Cells(self.cells.0.clone());
        for (cells, _) in cells.0.iter_mut().zip(&self.has_before).filter(|(_, known)| !**known) {
            cells.iter_mut().for_each(|tally| tally.before = 0);
        }
        measure.rows = ground.rows(
            &cells,
            |tally| tally.before,
            |_, _, tally| {
                Ok(Told::from(vec![
                    count(FigureName::CustomersBefore, tally.before),
                    count(FigureName::BoughtAgain, tally.again),
                    figure(FigureName::RetentionRate, FigureUnit::Share, retention_rate(tally.again, tally.before)?),
                ]))
            },
        )?;
        if measure.rows.is_empty() {
            let why = "add older rows to [transactions]: it takes two whole months";
            return Ok(Measure::not_given(MeasureName::RetentionRate, why));
        }
        Ok(measure)
    }

    pub(super) fn revenue_lost(&self, ground: &Ground<'_>) -> anyhow::Result<Measure> {
        let mut measure = Measure::new(MeasureName::RevenueLost);
        measure.rows = ground.rows(
            &self.cells,
            |tally| tally.at_start,
            |_, _, tally| {
                let spend = (tally.spend / tally.at_start as f64).max(0.0);
                let lost = revenue_lost(spend, tally.at_start, tally.rate()?)?;
                Ok(Told::from(vec![
                    point(FigureName::MonthlySpend, FigureUnit::Money, spend),
                    count(FigureName::CustomersAtStart, tally.at_start),
                    figure(FigureName::ChurnRate, FigureUnit::Share, tally.rate()?),
                    figure(FigureName::RevenueLost, FigureUnit::Money, lost),
                ]))
            },
        )?;
        if measure.rows.is_empty() {
            return Ok(Measure::not_given(MeasureName::RevenueLost, "it needs a churn rate; see there"));
        }
        Ok(measure)
    }
}

impl Tally {
    fn add(&mut self, facts: &Facts) {
        let one = |flag: bool| u64::from(flag);
        self.at_start += one(facts.at_start);
        self.lost += one(facts.lost);
        self.unwilling += one(facts.unwilling);
        self.before += one(facts.bought_before);
        self.again += one(facts.bought_before && facts.bought);
        self.spend += facts.spend_a_month;
        self.lapsed += one(facts.was_lapsed);
        self.returned += one(facts.was_lapsed && facts.bought);
    }

    fn rate(&self) -> anyhow::Result<Estimate> {
        Ok(churn_rate(ChurnPeriod { at_start: self.at_start, lost: self.lost, involuntary: None })?.all)
    }
}

/// What a customer was and did in each period. `ends` are the places of the histories of its start and of its end, where it is
/// known who was a customer then.
fn facts(
    ground: &Ground<'_>,
    histories: &[History<'_>],
    ends: &[Option<(usize, usize)>],
    block: &Block<'_>,
    customer: u32,
) -> Vec<Facts> {
    let nets = ground.history.returns() == Returns::Net;
    let mut purchases: Vec<(Date, bool, f64)> = Vec::new();
    for row in ground.history.rows(block, customer) {
        let amount = if row.is_return() && !nets { 0.0 } else { row.amount.to_f64() };
        purchases.push((row.timestamp.date(), row.is_purchase(), amount));
    }
    let Some(&(first, ..)) = purchases.iter().find(|(_, bought, _)| *bought) else {
        return vec![Facts::default(); ends.len()];
    };
    let eligibility = ground.sources.model.eligibility();
    let states: Vec<Option<State>> =
        histories.iter().map(|history| eligibility.state(history, block, customer)).collect();
    let within = |from: Date, until: Date| {
        let start = purchases.partition_point(|(day, ..)| *day < from);
        let end = purchases.partition_point(|(day, ..)| *day < until);
        &purchases[start..end]
    };
    let bought = |from: Date, until: Date| within(from, until).iter().any(|(_, bought, _)| *bought);
    let of_period = |(period, ends): (&super::Period, &Option<(usize, usize)>)| {
        let mut facts = Facts {
            bought_before: bought(period.before, period.from),
            bought: bought(period.from, period.until),
            ..Facts::default()
        };
        let Some((start, end)) = *ends else { return facts };
        facts.was_lapsed = states[start] == Some(State::Lapsed);
        facts.at_start = states[start] == Some(State::Eligible);
        if facts.at_start {
            facts.lost = states[end] != Some(State::Eligible);
            let since = period.from.plus_days(-eligibility.active_within.get());
            let departure = histories[end].departure(block, customer);
            let unwilling = departure.filter(|found| found.timestamp.date() >= since);
            facts.unwilling = facts.lost && unwilling.is_some_and(|found| found.kind == DepartureKind::Involuntary);
            let days = period.from.days_since(first).clamp(LEAST_DAYS, SPEND_DAYS);
            let spent: f64 = within(period.from.plus_days(-SPEND_DAYS), period.from).iter().map(|(.., a)| a).sum();
            facts.spend_a_month = spent / f64::from(days) * DAYS_OF_A_MONTH;
        }
        facts
    };
    ground.periods.iter().zip(ends).map(of_period).collect()
}

/// A sentence where the rate of all customers rose over the last three periods of a kind.
fn rising(rows: &[MeasureRow], kind: PeriodKind) -> Option<String> {
    let of_kind = |row: &&MeasureRow| row.by.is_none() && row.period.as_ref().is_some_and(|period| period.kind == kind);
    let rows: Vec<&MeasureRow> = rows.iter().filter(of_kind).collect();
    let rate = |row: &MeasureRow| {
        let found = row.figures.iter().find(|figure| figure.figure == FigureName::ChurnRate)?.estimate;
        Estimate::new(found.value?, found.low.zip(found.high)).ok()
    };
    let rates: Vec<Estimate> = rows.iter().map(|row| rate(row).unwrap_or(Estimate::NONE)).collect();
    if !is_rising(&rates) {
        return None;
    }
    let (first, last) = (rates.get(rates.len() - 3)?, rates.last()?);
    let name =
        |row: Option<&&MeasureRow>| row.and_then(|row| row.period.as_ref()).map_or("", |p| p.name.as_str()).to_owned();
    let certain = match first.high().zip(last.low()) {
        Some((before, now)) if now > before => "the intervals do not overlap",
        _ => "the intervals overlap, so it may be chance",
    };
    let percent = |rate: &Estimate| 100.0 * rate.value().unwrap_or(0.0);
    Some(format!(
        "The churn rate has risen over three {} running, from {:.1} % ({}) to {:.1} % ({}); {certain}.",
        if kind == PeriodKind::Month { "months" } else { "quarters" },
        percent(first),
        name(rows.get(rows.len() - 3)),
        percent(last),
        name(rows.last()),
    ))
}
