//! Whether an export has enough history to learn churn from. One place, so that `check` and `train` say the same.

use std::error::Error;
use std::fmt;

use feature_engineering::purchase_days;
use history::{Date, Export};

use crate::project::Churn;

/// Why nothing can be learnt from an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotReady {
    /// A label window and as much history before it do not fit in.
    TooShort {
        /// Lead time and horizon together, in days.
        reach: i32,
        first: Date,
        complete_through: Date,
    },
    /// No customer bought on two different days.
    NobodyCameBack {
        /// Customers with a purchase.
        customers: usize,
    },
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotReady::TooShort { reach, first, complete_through } => write!(
                f,
                "expected at least {} days of history, twice the lead time and horizon of {reach} days, found {} days: \
                 the first purchase is on {first}, and the export is complete up to {complete_through}; shorten the \
                 horizon or export more history",
                2 * reach,
                complete_through.days_since(*first)
            ),
            NotReady::NobodyCameBack { customers } => write!(
                f,
                "expected customers who bought on two days or more, found none among {customers} customers; nothing \
                 can be learnt about coming back (is the mapped customer_id the id of an order?)"
            ),
        }
    }
}

impl Error for NotReady {}

/// Whether there is enough history for the declared horizon.
///
/// # Errors
/// The history before `complete_through` is shorter than twice the lead time and horizon, or no customer ever came
/// back.
pub(crate) fn check(export: &Export, churn: Churn) -> Result<(), NotReady> {
    let (first, complete_through) = (export.first_day(), export.complete_through());
    let reach = churn.window.reach();
    if complete_through.days_since(first) < 2 * reach {
        return Err(NotReady::TooShort { reach, first, complete_through });
    }
    let history = export.history(complete_through);
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    let bought: Vec<_> = purchase_days(&history, &everybody).into_iter().flatten().collect();
    if bought.iter().all(|purchases| purchases.repeat() == 0) {
        return Err(NotReady::NobodyCameBack { customers: bought.len() });
    }
    Ok(())
}
