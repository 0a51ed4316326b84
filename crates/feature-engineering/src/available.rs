//! Which features there are the columns for, in an export or in what a project maps. A table or column that a project lacks costs
//! nothing: what would be computed from it is absent, not zero.

use std::sync::Arc;

use history::{EventKind, ExportSpec, History, Returns};

use crate::catalogue::{catalogue, offer_features};
use crate::expression::{Attribute, Expression};
use crate::feature::{Feature, Use};
use crate::measure::{Aggregate, Column, Condition, Label, Measure, Rows};

/// Features of the catalogue that an export has the columns for, and those of offers once somebody was made one: before that they
/// would be the same for everybody.
#[must_use]
pub fn available(history: &History<'_>) -> Vec<Arc<Feature>> {
    let of_offers = if history.knows_of_offers() { offer_features() } else { &[] };
    let features = catalogue().iter().chain(of_offers);
    features.filter(|feature| has_all(history, &feature.definition)).cloned().collect()
}

/// Those of them that models use without being told to.
#[must_use]
pub fn modelled(history: &History<'_>) -> Vec<Arc<Feature>> {
    let mut features = available(history);
    features.retain(|feature| feature.used == Use::Modelled);
    features
}

/// What is known of tables and columns before a feature is computed.
pub trait Columns {
    /// What negative amounts are.
    fn returns(&self) -> Returns;
    /// The discount of a row.
    fn has_discount(&self) -> bool;
    /// The margin of a row, or its cost.
    fn has_margin(&self) -> bool;
    /// The quantity of a row.
    fn has_quantity(&self) -> bool;
    /// The product of a row.
    fn has_products(&self) -> bool;
    /// The category of a row.
    fn has_categories(&self) -> bool;
    /// The channel of a purchase.
    fn has_channels(&self) -> bool;
    /// Events of one of these kinds; of any kind where none is given.
    fn has_event_of(&self, kinds: &[EventKind]) -> bool;
    /// When events were resolved.
    fn has_resolved_at(&self) -> bool;
    /// Offers.
    fn has_offers(&self) -> bool;
    /// When customers signed up.
    fn has_signup(&self) -> bool;
    /// When contracts end.
    fn has_contract_end(&self) -> bool;
    /// A text column of the customers, by its name in the project.
    fn has_attribute(&self, name: &str) -> bool;
}

/// What an export has.
impl Columns for History<'_> {
    fn returns(&self) -> Returns {
        self.returns()
    }

    fn has_discount(&self) -> bool {
        self.has_discount()
    }

    fn has_margin(&self) -> bool {
        self.has_margin()
    }

    fn has_quantity(&self) -> bool {
        self.has_quantity()
    }

    fn has_products(&self) -> bool {
        self.has_products()
    }

    fn has_categories(&self) -> bool {
        self.has_categories()
    }

    fn has_channels(&self) -> bool {
        self.has_channels()
    }

    fn has_event_of(&self, kinds: &[EventKind]) -> bool {
        self.has_event_of(kinds)
    }

    fn has_resolved_at(&self) -> bool {
        self.has_resolved_at()
    }

    fn has_offers(&self) -> bool {
        self.has_offers()
    }

    fn has_signup(&self) -> bool {
        self.has_signup()
    }

    fn has_contract_end(&self) -> bool {
        self.has_contract_end()
    }

    fn has_attribute(&self, name: &str) -> bool {
        self.has_attribute(name)
    }
}

/// What a project maps. Nothing has been read: of events, any kind may be there.
impl Columns for ExportSpec {
    fn returns(&self) -> Returns {
        self.transactions.returns
    }

    fn has_discount(&self) -> bool {
        self.transactions.discount.is_some()
    }

    fn has_margin(&self) -> bool {
        self.transactions.margin.is_some()
    }

    fn has_quantity(&self) -> bool {
        self.transactions.quantity.is_some()
    }

    fn has_products(&self) -> bool {
        self.transactions.product.is_some()
    }

    fn has_categories(&self) -> bool {
        self.transactions.category.is_some()
    }

    fn has_channels(&self) -> bool {
        self.transactions.channel.is_some()
    }

    fn has_event_of(&self, _kinds: &[EventKind]) -> bool {
        self.events.is_some()
    }

    fn has_resolved_at(&self) -> bool {
        self.events.as_ref().is_some_and(|of| of.resolved_at.is_some())
    }

    fn has_offers(&self) -> bool {
        self.offers.is_some()
    }

    fn has_signup(&self) -> bool {
        self.customers.as_ref().is_some_and(|of| of.signup_date.is_some())
    }

    fn has_contract_end(&self) -> bool {
        self.customers.as_ref().is_some_and(|of| of.contract_end.is_some())
    }

    fn has_attribute(&self, name: &str) -> bool {
        self.customers.as_ref().is_some_and(|of| of.segments.iter().any(|(known, _)| known == name))
    }
}

/// Whether there is every column that an expression needs.
#[must_use]
pub fn has_all(known: &impl Columns, definition: &Expression) -> bool {
    !definition.any(&|part| match part {
        Expression::Measure(measure) => !has(known, measure),
        Expression::Customer(Attribute::DaysSinceSignup) => !known.has_signup(),
        Expression::Customer(Attribute::DaysToContractEnd) => !known.has_contract_end(),
        Expression::Customer(Attribute::Is(column, _)) => !known.has_attribute(column),
        Expression::Customer(Attribute::Level { of, .. } | Attribute::Place(of)) => !known.has_attribute(&of.column),
        _ => false,
    })
}

fn has(known: &impl Columns, measure: &Measure) -> bool {
    let rows = match &measure.rows {
        Rows::Returns => known.returns() != Returns::Drop,
        Rows::Lines => known.has_products() || known.has_categories(),
        Rows::Events(kinds) => {
            known.has_event_of(&kinds.iter().map(|kind| EventKind::of(kind)).collect::<Vec<EventKind>>())
        }
        Rows::Offers => known.has_offers(),
        Rows::Purchases | Rows::Sales | Rows::Spending => true,
    };
    let column = |column: &Column| match column {
        Column::Discount => known.has_discount(),
        Column::Margin => known.has_margin(),
        Column::Quantity => known.has_quantity(),
        Column::Amount | Column::Gap | Column::Value => true,
        Column::DaysToResolve => known.has_resolved_at(),
    };
    let label = |label: &Label| match label {
        Label::Product => known.has_products(),
        Label::Category => known.has_categories(),
        Label::Channel => known.has_channels() || matches!(measure.rows, Rows::Events(_)),
        Label::Type | Label::Day | Label::Weekday => true,
    };
    let aggregate = match &measure.aggregate {
        Aggregate::Sum(c) | Aggregate::Mean(c) | Aggregate::Std(c) | Aggregate::Median(c) => column(c),
        Aggregate::Min(c) | Aggregate::Max(c) | Aggregate::First(c) | Aggregate::Last(c) => column(c),
        Aggregate::Distinct(l) | Aggregate::TopShare(l) => label(l),
        Aggregate::Concentration(l, c) => label(l) && column(c),
        Aggregate::Open | Aggregate::Late(_) => known.has_resolved_at(),
        Aggregate::Unanswered(kind, _) => known.has_event_of(&[EventKind::of(kind)]),
        Aggregate::NoneAfterSignup(_) => known.has_signup(),
        Aggregate::Count | Aggregate::DaysSinceFirst | Aggregate::DaysSinceLast => true,
    };
    let condition = |condition: &Condition| match condition {
        Condition::Weekend => true,
        Condition::Is(l, _) | Condition::IsNot(l, _) => label(l),
        Condition::AtLeast(c, _) | Condition::Below(c, _) => column(c),
    };
    rows && aggregate && measure.filter.iter().all(condition)
}
