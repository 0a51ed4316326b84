//! Who can be scored at an as-of date.

use history::{Block, Date, Days, History, PurchaseRow, ReadError, Timestamp};

use crate::label::Churn;

/// The rule that decides whom a model speaks about. It is part of the model, and is enforced at scoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eligibility {
    /// Eligible customers bought at least once in `[as_of - active_within, as_of)`.
    pub active_within: Days,
    /// Whether customers who departed before the as-of date, and have bought nothing since, are not eligible however lately
    /// they bought.
    pub excludes_departed: bool,
}

/// Where a customer stands at an as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Bought lately, and is still there.
    Eligible,
    /// Bought before, not lately; or has departed, where churn is a departure.
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
    /// The rule that goes with a churn definition: where churn is a departure, who has departed cannot do it again.
    #[must_use]
    pub const fn new(active_within: Days, churn: Churn) -> Self {
        Self { active_within, excludes_departed: !churn.is_about_purchases() }
    }

    /// Where a customer stands, or `None` for one who was not known yet at the as-of date. Who bought before the history's
    /// look-back is lapsed, not unknown.
    #[must_use]
    pub fn state(self, history: &History<'_>, block: &Block<'_>, customer: u32) -> Option<State> {
        let last = history.rows(block, customer).rfind(PurchaseRow::is_purchase);
        self.state_after(last.map(|row| row.timestamp), history, block, customer)
    }

    /// Where a customer stands whose last visible purchase was at this moment.
    pub(crate) fn state_after(
        self,
        last: Option<Timestamp>,
        history: &History<'_>,
        block: &Block<'_>,
        customer: u32,
    ) -> Option<State> {
        if let Some(last) = last {
            let eligible = self.covers(history, block, customer, last);
            return Some(if eligible { State::Eligible } else { State::Lapsed });
        }
        let beyond = history.with_lookback(None);
        if history.looks_back_to().is_some() && beyond.rows(block, customer).any(|row| row.is_purchase()) {
            return Some(State::Lapsed);
        }
        history.is_known(customer).then_some(State::New)
    }

    /// Whether a purchase lies late enough before an as-of date.
    pub(crate) fn is_recent(self, as_of: Date, purchase: Timestamp) -> bool {
        purchase >= as_of.plus_days(-self.active_within.get()).start()
    }

    /// Whether a customer is eligible whose last visible purchase was at this moment.
    fn covers(self, history: &History<'_>, block: &Block<'_>, customer: u32, last: Timestamp) -> bool {
        self.is_recent(history.as_of(), last)
            && !(self.excludes_departed
                && history.departure(block, customer).is_some_and(|departure| departure.timestamp >= last))
    }
}

/// How many customers stand where at an as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standings {
    /// Customers who bought lately.
    pub eligible: u64,
    /// Customers who bought before, not lately.
    pub lapsed: u64,
    /// Customers who are known, and have not bought yet.
    pub new: u64,
}

impl Standings {
    pub(crate) fn count(&mut self, state: Option<State>) {
        match state {
            Some(State::Eligible) => self.eligible += 1,
            Some(State::Lapsed) => self.lapsed += 1,
            Some(State::New) => self.new += 1,
            None => {}
        }
    }

    /// Those of other customers as well.
    pub fn add(&mut self, others: &Self) {
        self.eligible += others.eligible;
        self.lapsed += others.lapsed;
        self.new += others.new;
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
        Self::of(history, eligibility, &everybody)
    }

    /// Sorts some customers, whose numbers ascend.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn of(history: &History<'_>, eligibility: Eligibility, customers: &[u32]) -> Result<Self, ReadError> {
        let states = history.map(customers, |block, customer| eligibility.state(history, block, customer))?;
        let in_state = |state: State| {
            customers.iter().zip(&states).filter(|(_, s)| **s == Some(state)).map(|(customer, _)| *customer).collect()
        };
        Ok(Self {
            as_of: history.as_of(),
            eligible: in_state(State::Eligible),
            lapsed: in_state(State::Lapsed),
            new: in_state(State::New),
        })
    }
}
