//! How customers buy and how long they stay: days between purchases, cohorts, and the survival curve, in one pass over the
//! customers. Whole numbers are counted, so that the order of the customers and the number of threads change nothing.

use evaluation::{SurvivalCurve, kaplan_meier};
use feature_engineering::Churn;
use history::{Block, Date, DepartureKind, Export, History, PurchaseRow, ReadError};
use rayon::prelude::*;
use reports::{Cohort, Cohorts, EndsBy, GapPoint, Gaps, MedianDays, PeriodKind, Survival, SurvivalPoint};
use scoring::Model;

use super::segments::MIN_CUSTOMERS;

/// Customers per task.
const CUSTOMERS_OF_A_BLOCK: usize = 4_096;
/// With more whole months than this, cohorts are those of quarters.
const MOST_MONTHS: i32 = 24;
/// Points of a curve.
const MOST_POINTS: u32 = 120;
/// Gaps, in per cent, up to which the distribution is told: the longest few would stretch it.
const GAPS_TOLD: u64 = 99;

/// What [`lives`] finds.
#[derive(Debug)]
pub(super) struct Lives {
    pub(super) gaps: Option<Gaps>,
    pub(super) cohorts: Option<Cohorts>,
    pub(super) survival: Option<Survival>,
}

/// What is known of all customers at the as-of date.
///
/// # Errors
/// Rows cannot be read.
pub(super) fn lives(export: &Export, model: &Model, as_of: Date) -> Result<Lives, ReadError> {
    let ground = Ground::of(export, model, as_of);
    let everybody: Vec<u32> = (0..ground.history.n_customers()).collect();
    let counts = everybody
        .par_chunks(CUSTOMERS_OF_A_BLOCK)
        .map(|part| ground.count(part))
        .try_reduce(|| Counts::new(&ground), |a, b| Ok(a.plus(b)))?;
    Ok(Lives {
        gaps: gaps(&counts.gaps, model.window().horizon.get()),
        cohorts: cohorts(&ground, &counts),
        survival: survival(&ground, &counts),
    })
}

struct Ground<'a> {
    history: History<'a>,
    as_of: Date,
    churn: Churn,
    active_within: i32,
    /// Who bought first before this day may have bought before the export begins.
    known_from: Date,
    kind: PeriodKind,
    /// The first period, and how many whole ones there are.
    first_period: i32,
    periods: usize,
    days: usize,
}

impl<'a> Ground<'a> {
    fn of(export: &'a Export, model: &Model, as_of: Date) -> Self {
        let (first, active_within) = (export.first_day().min(as_of), model.eligibility().active_within.get());
        let whole = |kind: PeriodKind| period(kind, as_of) - period(kind, first);
        let kind = if whole(PeriodKind::Month) <= MOST_MONTHS { PeriodKind::Month } else { PeriodKind::Quarter };
        Self {
            history: export.history(as_of),
            as_of,
            churn: model.churn(),
            active_within,
            known_from: first.plus_days(active_within),
            kind,
            first_period: period(kind, first),
            periods: usize::try_from(whole(kind)).unwrap_or(0),
            days: usize::try_from(as_of.days_since(first)).unwrap_or(0) + 1,
        }
    }

    fn count(&self, part: &[u32]) -> Result<Counts, ReadError> {
        let mut counts = Counts::new(self);
        let Some((first, last)) = part.first().zip(part.last()) else { return Ok(counts) };
        let block = self.history.block(*first..*last + 1)?;
        let mut days: Vec<Date> = Vec::new();
        for customer in part {
            days.clear();
            let bought = self.history.rows(&block, *customer).filter(PurchaseRow::is_purchase);
            days.extend(bought.map(|row| row.timestamp.date()));
            days.dedup();
            if let Some(first) = days.first() {
                counts.add_gaps(&days);
                counts.add_cohort(self, &days);
                if *first >= self.known_from {
                    counts.add_life(self.life(&block, *customer, &days));
                }
            }
        }
        Ok(counts)
    }

    /// Days from the first purchase on, and whether the customer left then.
    fn life(&self, block: &Block<'_>, customer: u32, days: &[Date]) -> (i32, bool) {
        let Some(first) = days.first() else { return (0, false) };
        if let Churn::Departure { include_involuntary } = self.churn {
            return match self.history.departure(block, customer) {
                Some(departure) => {
                    let counts = include_involuntary || departure.kind == DepartureKind::Voluntary;
                    (departure.timestamp.date().days_since(*first).max(0), counts)
                }
                None => (self.as_of.days_since(*first), false),
            };
        }
        let nexts = days.iter().skip(1).chain(std::iter::once(&self.as_of));
        let silent = days.iter().zip(nexts).find(|(day, next)| next.days_since(**day) > self.active_within);
        match silent {
            Some((day, _)) => (day.days_since(*first) + self.active_within, true),
            None => (self.as_of.days_since(*first), false),
        }
    }

    fn name(&self, at: usize) -> (String, Date) {
        let number = self.first_period + at as i32;
        let (of_year, months) = if self.kind == PeriodKind::Month { (12, 1) } else { (4, 3) };
        let (year, place) = (number.div_euclid(of_year), number.rem_euclid(of_year));
        let name = match self.kind {
            PeriodKind::Month => format!("{year}-{:02}", place + 1),
            _ => format!("{year} Q{}", place + 1),
        };
        let start = Date::from_year_month_day(year, (place * months + 1) as u32, 1);
        (name, start.unwrap_or(self.as_of))
    }
}

/// The number of a period: months or quarters since year 0.
fn period(kind: PeriodKind, day: Date) -> i32 {
    let (year, month, _) = day.year_month_day();
    let month = month as i32 - 1;
    if kind == PeriodKind::Month { year * 12 + month } else { year * 4 + month / 3 }
}

/// Counts of some customers.
struct Counts {
    /// By length in days.
    gaps: Vec<u64>,
    /// Customers of each cohort.
    cohorts: Vec<u64>,
    /// Of each cohort, customers who bought in its own period, the next, and so on.
    bought: Vec<Vec<u64>>,
    /// By days since the first purchase.
    left: Vec<u64>,
    stayed: Vec<u64>,
}

impl Counts {
    fn new(ground: &Ground<'_>) -> Self {
        let n = ground.periods;
        // A silence that began on the last day ends after it, but is none before it is over.
        Self {
            gaps: vec![0; ground.days],
            cohorts: vec![0; n],
            bought: (0..n).map(|at| vec![0; n - at]).collect(),
            left: vec![0; ground.days],
            stayed: vec![0; ground.days],
        }
    }

    fn plus(mut self, other: Self) -> Self {
        let add = |a: &mut [u64], b: &[u64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.gaps, &other.gaps);
        add(&mut self.cohorts, &other.cohorts);
        self.bought.iter_mut().zip(&other.bought).for_each(|(a, b)| add(a, b));
        add(&mut self.left, &other.left);
        add(&mut self.stayed, &other.stayed);
        self
    }

    fn add_gaps(&mut self, days: &[Date]) {
        for pair in days.windows(2) {
            let length = usize::try_from(pair[1].days_since(pair[0])).ok();
            if let Some(count) = length.and_then(|length| self.gaps.get_mut(length)) {
                *count += 1;
            }
        }
    }

    fn add_cohort(&mut self, ground: &Ground<'_>, days: &[Date]) {
        let at = |day: &Date| usize::try_from(period(ground.kind, *day) - ground.first_period).ok();
        let Some(cohort) = days.first().and_then(at).filter(|cohort| *cohort < ground.periods) else { return };
        self.cohorts[cohort] += 1;
        let mut last = None;
        for place in days.iter().filter_map(at).filter(|place| *place < ground.periods) {
            if last.replace(place) != Some(place) {
                self.bought[cohort][place - cohort] += 1;
            }
        }
    }

    fn add_life(&mut self, (days, left): (i32, bool)) {
        let counts = if left { &mut self.left } else { &mut self.stayed };
        if let Some(count) = usize::try_from(days).ok().and_then(|days| counts.get_mut(days)) {
            *count += 1;
        }
    }
}

fn gaps(counts: &[u64], horizon: i32) -> Option<Gaps> {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return None;
    }
    let mut seen = 0;
    let shares: Vec<u64> = counts
        .iter()
        .map(|count| {
            seen += count;
            seen
        })
        .collect();
    let quantile = |percent: u64| {
        let reached = |seen: &u64| u128::from(*seen) * 100 >= u128::from(total) * u128::from(percent);
        shares.iter().position(reached).unwrap_or(0) as u32
    };
    let share = |days: u32| shares.get(days as usize).map_or(1.0, |seen| *seen as f64 / total as f64);
    let horizon = u32::try_from(horizon).unwrap_or(0);
    let last = quantile(GAPS_TOLD).max(horizon).max(1);
    let every = last.div_ceil(MOST_POINTS).max(1) as usize;
    let days = (0..last).step_by(every).chain(std::iter::once(last));
    Some(Gaps {
        count: total,
        nine_in_ten_days: quantile(90),
        within_horizon: share(horizon),
        points: days.map(|days| GapPoint { days, share: share(days) }).collect(),
    })
}

fn cohorts(ground: &Ground<'_>, counts: &Counts) -> Option<Cohorts> {
    let rows = counts.cohorts.iter().enumerate().filter(|(_, customers)| **customers > 0).map(|(at, customers)| {
        let (name, start) = ground.name(at);
        Cohort {
            name,
            customers: *customers,
            may_be_older: start < ground.known_from,
            bought: counts.bought[at][1..].to_vec(),
        }
    });
    let rows: Vec<Cohort> = rows.collect();
    let any = rows.iter().any(|cohort| !cohort.bought.is_empty());
    any.then_some(Cohorts { kind: ground.kind, min_customers: MIN_CUSTOMERS, rows })
}

fn survival(ground: &Ground<'_>, counts: &Counts) -> Option<Survival> {
    let curve = kaplan_meier(&counts.left, &counts.stayed).filter(|curve| curve.customers >= MIN_CUSTOMERS)?;
    let last_day = last_told(&curve, &counts.left, &counts.stayed);
    let steps: Vec<_> = curve.steps.iter().filter(|step| step.day <= last_day).collect();
    let mut days: Vec<u32> = Vec::new();
    if let (Some(first), Some(last)) = (steps.first(), steps.last()) {
        let every = (last.day - first.day).div_ceil(MOST_POINTS).max(1) as usize;
        days.extend((first.day..last.day).step_by(every).chain(std::iter::once(last.day)));
    }
    let point = |day: u32| {
        let step = curve.step_at(day)?;
        let (low, high) = step.interval.unzip();
        Some(SurvivalPoint { day, at_risk: step.at_risk, survival: step.survival, low, high })
    };
    let told = |day: u32| (day <= last_day).then_some(day);
    let median = curve.median().filter(|(days, ..)| *days <= last_day);
    Some(Survival {
        ends_by: match ground.churn {
            Churn::Departure { .. } => EndsBy::Departure,
            Churn::Inactivity | Churn::Cadence { .. } => {
                EndsBy::Silence { days: u32::try_from(ground.active_within).unwrap_or(0) }
            }
        },
        first_purchase_from: ground.known_from.to_string(),
        customers: curve.customers,
        left: counts.left.iter().sum(),
        median: median.map(|(days, low, high)| MedianDays { days, low: low.and_then(told), high: high.and_then(told) }),
        points: days.into_iter().filter_map(point).collect(),
        last_day,
    })
}

/// The last day on which enough customers were still seen: beyond it the curve would be that of a few.
fn last_told(curve: &SurvivalCurve, left: &[u64], stayed: &[u64]) -> u32 {
    let mut seen = curve.customers;
    for (day, (left, stayed)) in left.iter().zip(stayed).enumerate() {
        if seen < MIN_CUSTOMERS {
            return (day as u32).saturating_sub(1);
        }
        seen -= left + stayed;
    }
    curve.last_day
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn gaps_are_told_up_to_the_horizon_at_least() {
        let mut counts = vec![0; 400];
        counts[1] = 9;
        counts[300] = 1;
        let found = gaps(&counts, 90).unwrap();
        assert_eq!((found.count, found.nine_in_ten_days, found.within_horizon), (10, 1, 0.9));
        let last = found.points.last().unwrap();
        assert_eq!((last.days, last.share), (300, 1.0));
        assert!(found.points.len() <= MOST_POINTS as usize + 1);
        assert!(found.points.is_sorted_by(|a, b| a.days < b.days && a.share <= b.share));
        assert_eq!(gaps(&[0, 0], 90), None);
    }

    #[test]
    fn periods_are_those_of_the_calendar() {
        let day = |y, m, d| Date::from_year_month_day(y, m, d).unwrap();
        assert_eq!(period(PeriodKind::Month, day(2026, 1, 31)) + 1, period(PeriodKind::Month, day(2026, 2, 1)));
        assert_eq!(period(PeriodKind::Quarter, day(2025, 12, 31)) + 1, period(PeriodKind::Quarter, day(2026, 3, 31)));
    }

    #[test]
    fn the_curve_ends_where_few_are_seen() {
        let (left, stayed) = (vec![0, 70, 0, 10, 0], vec![0, 0, 0, 0, 20]);
        let curve = kaplan_meier(&left, &stayed).unwrap();
        assert_eq!(last_told(&curve, &left, &stayed), 3);
    }
}
