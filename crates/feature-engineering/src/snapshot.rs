//! Who can be scored at an as-of date.

use history::{Block, Date, Days, History, ReadError};

/// The rule that decides whom a model speaks about. It is part of the model, and is enforced at scoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eligibility {
    /// Eligible customers bought at least once in `[as_of - active_within, as_of)`.
    pub active_within: Days,
}

/// Where a customer stands at an as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Bought lately.
    Eligible,
    /// Bought before, not lately.
    Lapsed,
    /// Known, and has not bought yet.
    New,
}

impl State {
    /// The state's name, as in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Eligible => "eligible",
            State::Lapsed => "lapsed",
            State::New => "new",
        }
    }
}

impl Eligibility {
    /// Where a customer stands, or `None` for one who was not known yet at the as-of date.
    #[must_use]
    pub fn state(self, history: &History<'_>, block: &Block<'_>, customer: u32) -> Option<State> {
        let last = history.rows(block, customer).rfind(history::PurchaseRow::is_purchase);
        match last {
            Some(row) => {
                let since = history.as_of().plus_days(-self.active_within.get()).start();
                Some(if row.timestamp >= since { State::Eligible } else { State::Lapsed })
            }
            None => history.is_known(customer).then_some(State::New),
        }
    }
}

/// The customers known at an as-of date, by state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The as-of date.
    pub as_of: Date,
    /// Eligible customers' numbers, ascending.
    pub eligible: Vec<u32>,
    /// Lapsed customers' numbers, ascending.
    pub lapsed: Vec<u32>,
    /// New customers' numbers, ascending.
    pub new: Vec<u32>,
}

impl Snapshot {
    /// Sorts all customers known at the history's as-of date.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn take(history: &History<'_>, eligibility: Eligibility) -> Result<Self, ReadError> {
        let everybody: Vec<u32> = (0..history.n_customers()).collect();
        let states = history.map(&everybody, |block, customer| eligibility.state(history, block, customer))?;
        let in_state = |state: State| {
            (0_u32..).zip(&states).filter(|(_, s)| **s == Some(state)).map(|(customer, _)| customer).collect()
        };
        Ok(Self {
            as_of: history.as_of(),
            eligible: in_state(State::Eligible),
            lapsed: in_state(State::Lapsed),
            new: in_state(State::New),
        })
    }
}
