//! What is the same for all customers: the calendar, and the tables worked out once.

use history::Date;

use crate::Company;

/// Days of wall-clock time in a year, as rates mean it.
pub(crate) const DAYS_PER_YEAR: f64 = 365.25;

/// A resolved problem is forgotten after this many memory lengths (exp(-6) = 0.25 % is left).
const MEMORY_LENGTHS: i32 = 6;

/// A company, with its calendar worked out. Days count from 1970-01-01.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) company: Company,
    /// First day of the exports.
    pub(crate) start: i32,
    /// First day after the exports.
    pub(crate) end: i32,
    /// First day on which a customer may have signed up.
    pub(crate) origin: i32,
    /// As-of dates of the truth table: the asked ones, then `end`.
    pub(crate) as_of: Vec<i32>,
    /// Days on which campaigns begin.
    pub(crate) campaigns: Vec<i32>,
    /// Both of these, ascending.
    pub(crate) stops: Vec<i32>,
    /// Factor on the order rate by day, from `origin` to the end of the last horizon.
    season: Vec<f64>,
    /// Factor on the order rate by days since the customer began to fade; after the last one the customer is gone.
    fading: Vec<f64>,
    /// What is left of a problem's weight by days since it was resolved.
    memory: Vec<f64>,
}

impl World {
    pub(crate) fn new(company: &Company) -> Self {
        let (start, end) = (company.start.days(), company.complete_through.days());
        let origin = start - i32::from(company.stock_days);
        let horizon = i32::from(company.horizon_days);
        let strength = company.buying.seasonality;
        let season = (origin..end + horizon).map(|day| day_factor(Date::from_days(day), strength)).collect();
        let length = i32::from(company.leaving.fading_days);
        let floor = company.leaving.fading_floor;
        let fading = (1..=length).map(|k| 1.0 - (1.0 - floor) * f64::from(k) / f64::from(length)).collect();
        let memory_days = i32::from(company.service.memory_days);
        let memory = (0..MEMORY_LENGTHS * memory_days)
            .map(|days| 0.5 * (-f64::from(days) / f64::from(memory_days)).exp())
            .collect();
        let mut as_of: Vec<i32> = company.truth_as_of.iter().map(|date| date.days()).collect();
        as_of.push(end);
        let campaigns: Vec<i32> = company.campaigns.dates.iter().map(|date| date.days()).collect();
        let mut stops = [as_of.as_slice(), &campaigns].concat();
        stops.sort_unstable();
        stops.dedup();
        Self { company: company.clone(), start, end, origin, as_of, campaigns, stops, season, fading, memory }
    }

    /// Days of the window that decides whether a customer has churned.
    pub(crate) fn horizon(&self) -> i32 {
        i32::from(self.company.horizon_days)
    }

    /// Factor on everybody's order rate on a day.
    pub(crate) fn season(&self, day: i32) -> f64 {
        // Days outside the table do not occur; 1 is what the table averages to.
        usize::try_from(day - self.origin).ok().and_then(|at| self.season.get(at)).copied().unwrap_or(1.0)
    }

    /// Days from the first of fading to the day on which the customer is gone.
    pub(crate) fn fading_days(&self) -> i32 {
        i32::from(self.company.leaving.fading_days)
    }

    /// Factor on the order rate of a customer who began to fade this many days ago; 0 once gone.
    pub(crate) fn fading(&self, days: i32) -> f64 {
        usize::try_from(days).ok().and_then(|at| self.fading.get(at)).copied().unwrap_or(0.0)
    }

    /// What is left of a problem's weight this many days after it was resolved.
    pub(crate) fn memory(&self, days: i32) -> f64 {
        usize::try_from(days).ok().and_then(|at| self.memory.get(at)).copied().unwrap_or(0.0)
    }

    /// Whether someone who last bought on `last` is eligible on the midnight that begins `day`.
    pub(crate) fn is_eligible(&self, last: Option<i32>, day: i32) -> bool {
        last.is_some_and(|last| last >= day - i32::from(self.company.active_within_days))
    }
}

/// Order rate of a day against the average day: at full strength a Christmas peak, a quiet January, a slightly livelier
/// spring; and always weekends a fifth above weekdays. Averages to 1 over a year within half a percent.
fn day_factor(date: Date, strength: f64) -> f64 {
    let (_, month, day) = date.year_month_day();
    let season = match (month, day) {
        (1, _) => 0.93,
        (2, _) | (8, _) => 0.96,
        (4 | 5, _) => 1.01,
        (11, 15..) => 1.12,
        (12, ..=23) => 1.25,
        (12, _) => 0.90,
        _ => 0.98,
    };
    (1.0 + strength * (season - 1.0)) * if date.is_weekend() { 1.13 } else { 0.948 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seasons_average_to_one() {
        let world = World::new(&Company::default());
        let year = world.start..world.start + 366;
        let mean = year.clone().map(|day| world.season(day)).sum::<f64>() / 366.0;
        assert!((mean - 1.0).abs() < 0.005, "{mean}");
        let flat = Company { buying: crate::Buying { seasonality: 0.0, ..Default::default() }, ..Default::default() };
        let world = World::new(&flat);
        let weekday = |day: &i32| !Date::from_days(*day).is_weekend();
        assert!(year.filter(weekday).all(|day| world.season(day) == 0.948));
    }

    #[test]
    fn fading_falls_to_its_floor_and_then_to_nothing() {
        let world = World::new(&Company::default());
        assert!(world.fading(0) < 1.0 && world.fading(0) > 0.98);
        assert!((world.fading(59) - 0.15).abs() < 1e-12);
        assert_eq!(world.fading(60), 0.0);
    }
}
