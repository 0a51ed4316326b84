//! Which companies can be simulated.

use std::ops::RangeInclusive;

use history::Date;

use crate::{Company, SimulationError};

/// Exports must lie within dates that a reader of exports finds plausible.
const EARLIEST: Date = Date::from_days(0); // 1970-01-01
const LATEST: Date = Date::from_days(47_481); // 2099-12-31

/// Checks every setting.
///
/// # Errors
/// The first setting outside its range, with the range.
pub(crate) fn validate(company: &Company) -> Result<(), SimulationError> {
    name("name", &company.name)?;
    name("campaigns.offer", &company.campaigns.offer)?;
    whole("customers", company.customers, 1..=100_000_000, "1 to 100 million")?;
    whole("stock_days", company.stock_days.into(), 0..=3_650, "0 to 3650 days")?;
    whole("horizon_days", company.horizon_days.into(), 1..=365, "1 to 365 days")?;
    whole("active_within_days", company.active_within_days.into(), 1..=3_650, "1 to 3650 days")?;
    whole("leaving.fading_days", company.leaving.fading_days.into(), 0..=365, "0 to 365 days")?;
    whole("service.memory_days", company.service.memory_days.into(), 1..=365, "1 to 365 days")?;
    dates(company)?;
    campaigns(company)?;

    let buying = &company.buying;
    number("buying.orders_per_year", buying.orders_per_year, 0.01..=365.0, "0.01 to 365 a year")?;
    number("buying.rate_shape", buying.rate_shape, 0.2..=1_000.0, "0.2 to 1000")?;
    share("buying.regular_share", buying.regular_share)?;
    number("buying.seasonality", buying.seasonality, 0.0..=2.0, "0 to 2")?;
    share("buying.signup_order_share", buying.signup_order_share)?;

    let leaving = &company.leaving;
    // Much higher, and hardly anyone of the stock would be left at the start: each would take many draws.
    number("leaving.hazard_per_year", leaving.hazard_per_year, 0.0..=10.0, "0 to 10 a year")?;
    number("leaving.hazard_spread", leaving.hazard_spread, 0.0..=2.0, "0 to 2")?;
    number("leaving.promotion_factor", leaving.promotion_factor, 0.1..=10.0, "0.1 to 10")?;
    share("leaving.fading_floor", leaving.fading_floor)?;

    let service = &company.service;
    number("service.problem_share", service.problem_share, 0.0..=0.5, "0 to 0.5")?;
    share("service.complaint_share", service.complaint_share)?;
    share("service.unresolved_share", service.unresolved_share)?;
    number("service.median_days_to_resolve", service.median_days_to_resolve, 0.01..=365.0, "0.01 to 365 days")?;
    number("service.open_factor", service.open_factor, 0.0..=100.0, "0 to 100")?;

    let baskets = &company.baskets;
    number("baskets.median_order_value", baskets.median_order_value, 1.0..=1e6, "1 to 1,000,000")?;
    number("baskets.spread_between_customers", baskets.spread_between_customers, 0.0..=1.5, "0 to 1.5")?;
    number("baskets.spread_within_customer", baskets.spread_within_customer, 0.0..=1.5, "0 to 1.5")?;
    number("baskets.discount_share", baskets.discount_share, 0.0..=0.5, "0 to 0.5")?;
    share("baskets.return_share", baskets.return_share)?;
    number("engagement_events_per_year", company.engagement_events_per_year, 0.0..=1_000.0, "0 to 1000")
}

fn dates(company: &Company) -> Result<(), SimulationError> {
    not_before("start", company.start, EARLIEST)?;
    not_before("complete_through", company.complete_through, company.start.plus_days(1))?;
    before("complete_through", company.complete_through, LATEST.plus_days(1))?;
    let mut earliest = company.start.plus_days(1);
    for date in &company.truth_as_of {
        not_before("truth_as_of", *date, earliest)?;
        before("truth_as_of", *date, company.complete_through)?;
        earliest = date.plus_days(1);
    }
    Ok(())
}

fn campaigns(company: &Company) -> Result<(), SimulationError> {
    let campaigns = &company.campaigns;
    let count = u32::try_from(campaigns.dates.len()).unwrap_or(u32::MAX);
    whole("campaigns.dates", count, 0..=8, "at most 8 dates")?;
    whole("campaigns.effect_days", campaigns.effect_days.into(), 30..=365, "30 to 365 days")?;
    let mut earliest = company.start;
    for date in &campaigns.dates {
        not_before("campaigns.dates", *date, earliest)?;
        before("campaigns.dates", *date, company.complete_through)?;
        earliest = date.plus_days(campaigns.effect_days.into());
    }
    for (setting, value) in [
        ("campaigns.on_persuadable.order_rate", campaigns.on_persuadable.order_rate),
        ("campaigns.on_persuadable.leaving_rate", campaigns.on_persuadable.leaving_rate),
        ("campaigns.on_sleeping_dog.order_rate", campaigns.on_sleeping_dog.order_rate),
        ("campaigns.on_sleeping_dog.leaving_rate", campaigns.on_sleeping_dog.leaving_rate),
    ] {
        number(setting, value, 0.0..=10.0, "0 to 10")?;
    }
    Ok(())
}

fn whole(
    setting: &'static str,
    value: u32,
    range: RangeInclusive<u32>,
    expected: &'static str,
) -> Result<(), SimulationError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(SimulationError::OutOfRange { setting, expected, found: value.to_string() })
}

/// NaN lies in no range.
fn number(
    setting: &'static str,
    value: f64,
    range: RangeInclusive<f64>,
    expected: &'static str,
) -> Result<(), SimulationError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(SimulationError::OutOfRange { setting, expected, found: value.to_string() })
}

fn share(setting: &'static str, value: f64) -> Result<(), SimulationError> {
    number(setting, value, 0.0..=1.0, "a share, 0 to 1")
}

fn not_before(later: &'static str, found: Date, earliest: Date) -> Result<(), SimulationError> {
    if found >= earliest { Ok(()) } else { Err(SimulationError::Order { later, earliest, found }) }
}

fn before(earlier: &'static str, found: Date, limit: Date) -> Result<(), SimulationError> {
    if found < limit { Ok(()) } else { Err(SimulationError::TooLate { earlier, limit, found }) }
}

fn name(setting: &'static str, found: &str) -> Result<(), SimulationError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
    if (1..=64).contains(&found.len()) && found.chars().all(plain) {
        return Ok(());
    }
    Err(SimulationError::BadName { setting, found: found.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refusal(change: impl FnOnce(&mut Company)) -> String {
        let mut company = Company::default();
        change(&mut company);
        validate(&company).unwrap_err().to_string()
    }

    #[test]
    fn the_presets_can_be_simulated() {
        validate(&Company::default()).unwrap();
        validate(&Company::sample()).unwrap();
    }

    #[test]
    fn refusals_name_the_setting_the_range_and_what_was_found() {
        assert_eq!(refusal(|c| c.customers = 0), "customers is 0, expected 1 to 100 million");
        assert_eq!(refusal(|c| c.horizon_days = 0), "horizon_days is 0, expected 1 to 365 days");
        assert_eq!(
            refusal(|c| c.buying.orders_per_year = f64::NAN),
            "buying.orders_per_year is NaN, expected 0.01 to 365 a year"
        );
        assert_eq!(
            refusal(|c| c.complete_through = c.start),
            "complete_through is 2024-01-01, expected a date from 2024-01-02 on"
        );
        assert_eq!(
            refusal(|c| c.truth_as_of = vec![c.complete_through]),
            "truth_as_of is 2026-07-01, expected a date before 2026-07-01"
        );
        assert!(refusal(|c| c.name = "a\"b".to_owned()).starts_with("name is \"a\\\"b\", expected letters"));
    }

    #[test]
    fn campaigns_must_not_overlap() {
        let found = refusal(|c| c.campaigns.dates = vec![c.start, c.start.plus_days(59)]);
        assert_eq!(found, "campaigns.dates is 2024-02-29, expected a date from 2024-03-01 on");
    }
}
