//! What went wrong, what the customer said of it, and how long the contract runs.

use super::{feature, with_flags};
use crate::expression::{Attribute, Expression};
use crate::feature::Family::{Contract, Satisfaction, Service};
use crate::feature::Transform::{Identity, Log1p, SignedLog1p};
use crate::feature::{Feature, Unit};
use crate::measure::Aggregate::{Count, DaysSinceLast, Last, Late, Mean, Open};
use crate::measure::{Column, Condition, Rows};
use crate::window::Window;
use crate::window::Window::AllTime;

/// Working days within which a complaint or ticket is promised to be resolved; three where a third party handles it.
const PROMISED_WORKING_DAYS: u16 = 1;
/// NPS answers up to here are detractors, from 9 on promoters (Reichheld 2003, Harvard Business Review 81:46).
const BELOW_PASSIVE: f64 = 7.0;

fn events(kinds: &[&str]) -> Rows {
    Rows::Events(kinds.iter().map(|kind| (*kind).to_owned()).collect())
}

pub(super) fn features() -> Vec<Feature> {
    let features = [problems(), answers(), contract()].into_iter().flatten().collect();
    let never = [
        "days_since_complaint",
        "days_since_ticket",
        "days_to_resolve",
        "nps_last",
        "csat_last",
        "satisfaction_index",
        "days_since_renewal",
    ];
    with_flags(features, &never)
}

fn problems() -> Vec<Feature> {
    let mut features = Vec::new();
    for (kind, plural) in [("complaint", "complaints"), ("ticket", "tickets")] {
        let service = |name: String, unit, aggregate, window, description: String| {
            feature(&name, (Service, unit, Log1p), events(&[kind]).get(aggregate, window), &description)
        };
        features.extend([
            service(format!("{plural}_open"), Unit::Count, Open, AllTime, format!("Number of {plural} open now")),
            service(
                format!("{plural}_90d"),
                Unit::Count,
                Count,
                Window::last(90),
                format!("Number of {plural} in the last 90 days"),
            ),
            service(
                format!("{plural}_365d"),
                Unit::Count,
                Count,
                Window::last(365),
                format!("Number of {plural} in the last 365 days"),
            ),
            service(
                format!("days_since_{kind}"),
                Unit::Days,
                DaysSinceLast,
                AllTime,
                format!("Days since the last {kind}; missing without one"),
            ),
        ]);
    }
    let both = || events(&["complaint", "ticket"]);
    features.extend([
        feature(
            "days_to_resolve",
            (Service, Unit::Days, Log1p),
            both().get(Mean(Column::DaysToResolve), Window::last(365)),
            "Mean days from a complaint or ticket of the last 365 days to its resolution; missing where none is resolved",
        ),
        feature(
            "promises_broken",
            (Service, Unit::Count, Log1p),
            both().get(Late(PROMISED_WORKING_DAYS), Window::last(365)),
            "Complaints and tickets of the last 365 days that took or have taken more than the promised working day (three with a third party)",
        ),
        feature(
            "promises_broken_share",
            (Service, Unit::Share, Identity),
            both().get(Late(PROMISED_WORKING_DAYS), Window::last(365)) / both().get(Count, Window::last(365)),
            "Their share of all complaints and tickets of the last 365 days; missing without any",
        )
        .described(),
    ]);
    features
}

fn answers() -> Vec<Feature> {
    let satisfaction = |name: &str, definition, description: &str| {
        feature(name, (Satisfaction, Unit::Points, Identity), definition, description)
    };
    let nps = || events(&["nps"]);
    let csat = || events(&["csat"]);
    // Ratings after a contact, of reviews and of surveys, all on a scale to 5.
    let ratings = || events(&["csat", "review"]);
    vec![
        satisfaction(
            "nps_last",
            nps().get(Last(Column::Value), AllTime),
            "Last answer to the NPS question, 0 to 10; missing without one",
        ),
        satisfaction(
            "nps_trend",
            nps().get(Last(Column::Value), AllTime) - nps().get(Mean(Column::Value), AllTime),
            "Last NPS answer less the customer's mean answer; missing without one",
        ),
        feature(
            "nps_detractor",
            (Satisfaction, Unit::Flag, Identity),
            Expression::from(BELOW_PASSIVE).greater_than(nps().get(Last(Column::Value), AllTime)),
            "1 where the last NPS answer was 0 to 6; missing without one",
        ),
        satisfaction(
            "csat_last",
            csat().get(Last(Column::Value), AllTime),
            "Last rating after a contact, 1 to 5; missing without one",
        ),
        satisfaction(
            "satisfaction_index",
            ratings().get(Mean(Column::Value), Window::last(365)),
            "Mean of the ratings after contacts and in reviews of the last 365 days, 1 to 5; missing without one",
        ),
        satisfaction(
            "satisfaction_trend",
            ratings().get(Last(Column::Value), AllTime) - ratings().get(Mean(Column::Value), AllTime),
            "Last rating less the customer's mean rating; missing without one",
        )
        .described(),
        feature(
            "low_ratings_365d",
            (Satisfaction, Unit::Count, Log1p),
            ratings().get_where(Condition::Below(Column::Value, 3.0), Count, Window::last(365)),
            "Ratings of 1 or 2 in the last 365 days",
        )
        .described(),
        feature(
            "days_since_nps",
            (Satisfaction, Unit::Days, Log1p),
            nps().get(DaysSinceLast, AllTime),
            "Days since the last NPS answer; missing without one",
        )
        .described(),
    ]
}

fn contract() -> Vec<Feature> {
    let days_left = || Expression::Customer(Attribute::DaysToContractEnd);
    vec![
        feature(
            "contract_days_left",
            (Contract, Unit::Days, SignedLog1p),
            days_left(),
            "Days from the as-of date to the end of the contract as the export has it today; negative afterwards, missing without a contract",
        )
        .undated(),
        feature(
            "contract_ends_90d",
            (Contract, Unit::Flag, Identity),
            Expression::from(90.0).greater_than(days_left()) * (days_left() + 1.0).greater_than(0.0),
            "1 where the contract, as the export has it today, ends within 90 days; missing without a contract",
        )
        .undated(),
        feature(
            "renewals",
            (Contract, Unit::Count, Log1p),
            events(&["renewal"]).get(Count, AllTime),
            "Number of events of the type renewal",
        ),
        feature(
            "days_since_renewal",
            (Contract, Unit::Days, Log1p),
            events(&["renewal"]).get(DaysSinceLast, AllTime),
            "Days since the last event of the type renewal; missing without one",
        ),
    ]
}
