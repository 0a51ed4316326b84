//! Retention measures: what is lost, what it costs, what customers say, what is left undone.
//!
//! Each function takes plain numbers of one cell (a period, a segment, both); [`tabulate`] makes the cells, and withholds the
//! small ones. Rates and means come as [`Estimate`](evaluation::Estimate) with a 95 % interval.

mod acquisition;
mod cell;
mod churn_rate;
mod clv;
mod drivers;
mod mean;
mod neglect;
mod nps;
mod reasons;
mod retention;
mod revenue;
mod satisfaction;
mod service;
mod what_if;

pub use acquisition::{Acquired, AcquisitionQuality, acquisition_quality};
pub use cell::{Cell, MIN_CUSTOMERS, tabulate};
pub use churn_rate::{ChurnPeriod, ChurnRate, churn_rate, is_rising};
pub use clv::{Clv, ClvVerdict, SimpleClv, clv_of_forecast, clv_verdict};
pub use drivers::{Driver, numeric_driver, yes_no_driver};
pub use mean::mean_with_interval;
pub use neglect::{Neglect, NeglectRules, OpenMatters, neglect};
pub use nps::{Nps, nps};
pub use reasons::{ReasonShare, reasons_for_leaving};
pub use retention::retention_rate;
pub use revenue::{revenue_lost, value_at_risk};
pub use satisfaction::{SATISFACTION_ALERT, Satisfaction, satisfaction_index};
pub use service::{Promise, ServiceLevel, Ticket, service_level, working_days_between};
pub use what_if::{RetentionEconomics, WhatIf, what_if};

pub(crate) use mean::moments;
