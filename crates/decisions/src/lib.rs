//! From scores to money: retention measures, what offers are worth, whom to contact, and what it earned.
//!
//! Pure functions of plain numbers: no files, no clock, no tables. Whoever wires them reads exports and scores, and writes `plan.csv`
//! and `measure.csv`. Same input, same bytes, whatever the number of threads and the order of the rows.
//!
//! | module | question |
//! |---|---|
//! | [`measures`] | how much is lost, and what it costs; what customers say; what is left undone |
//! | [`profit`] | from where on an offer by churn probability pays: break-even, MPC, EMPC, profit by depth |
//! | [`uplift`] | what an offer does to whom, learnt from a past campaign with a control, or assumed and marked as such |
//! | [`plan`] | whom to contact, with which offer, within budget, capacity and rules; whom to hold out by lot |
//! | [`readout`] | what it earned, contacted against held out |
//!
//! # From a campaign to a plan, and back
//!
//! 1. A past campaign (`offers`: arm and customer; features as of its day; who stayed within the label window after it) goes into
//!    [`uplift::fit`]. It refuses campaigns whose arms were not drawn by lot, and its [`checks`](uplift::UpliftModel::checks) say what
//!    was found on rows held out: effect, Qini, tenths with intervals.
//! 2. [`predict`](uplift::UpliftModel::predict), on features of today, gives each customer an uplift for each offer. An offer that shows
//!    no effect has an uplift of 0 for everybody, so no plan rests on chance. Without a campaign there is
//!    [`uplift::AssumedResponse`] with its table of what hangs on it.
//! 3. [`plan::plan`] weighs `uplift x value - expected cost` for each customer and offer, keeps to budget, capacity and rules, and
//!    draws the hold-out. Rows are the file; `groups` and `not_contacted` have an entry for every customer.
//! 4. Once the label window is over, [`readout::measure`] compares the arms of the file with what happened.
//!
//! ```
//! use decisions::plan::{Candidate, HoldOut, Offer, PlanSettings, Response, State, plan};
//! use history::{Date, Money};
//!
//! let offers = [Offer {
//!     name: "10 % voucher".to_owned(),
//!     contact_cost: Money::from_ten_thousandths(5_000),
//!     incentive_cost: Money::from_ten_thousandths(70_000),
//!     channels: Vec::new(),
//! }];
//! let responses = [Response { uplift: 0.12, uplift_error: 0.02, acceptance: 0.5 }];
//! let customer = |id, value| Candidate {
//!     id,
//!     state: State::Eligible,
//!     churn_probability: Some(0.6),
//!     value,
//!     segment: "consumer",
//!     contact_allowed: true,
//!     last_contact: None,
//!     held_out: None,
//!     preferred_channel: Some("email"),
//!     owner: None,
//!     responses: &responses,
//! };
//! let customers = [customer("C1", 200.0), customer("C2", 20.0)];
//! let settings = PlanSettings { hold_out: HoldOut::Share(0.0), ..PlanSettings::new(Date::from_days(20_635)) };
//! let found = plan(&offers, &customers, &settings)?;
//!
//! // 0.12 x 200 - (0.50 + 0.5 x 7.00) = 20; the second would bring 2.40 for 4.00.
//! assert_eq!(found.rows.len(), 1);
//! assert!((found.rows[0].expected_gain - 20.0).abs() < 1e-9);
//! assert_eq!(found.summary.cost.to_string(), "4.00");
//! # Ok::<(), decisions::DecisionError>(())
//! ```

mod error;
mod numbers;

pub mod measures;
pub mod plan;
pub mod profit;
pub mod readout;
pub mod uplift;

pub use error::DecisionError;
pub use numbers::{chi_square_tail, normal_cdf, student_tail};
