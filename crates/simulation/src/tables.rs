//! The rows of a block of customers, as the columns of the files.

use history::{Column, Date, Money, Timestamp, Values};

use crate::customer::Customer;
use crate::events::EventRow;
use crate::orders::OrderRow;
use crate::world::World;

/// Columns of every table for a run of customers, in their order.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) transactions: Transactions,
    pub(crate) customers: Customers,
    pub(crate) events: Events,
    pub(crate) offers: Offers,
    pub(crate) truth: Truths,
}

/// Defines a table: a struct of columns, and their turn into the columns of a file under the fields' names.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ident($cell:ty)),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name {
            $(pub(crate) $field: Vec<Option<$cell>>,)+
        }

        impl $name {
            /// The columns of the file.
            pub(crate) fn into_columns(self) -> Vec<Column> {
                vec![$(Column::new(column_name(stringify!($field)), Values::$kind(self.$field)),)+]
            }

            fn append(&mut self, mut other: Self) {
                $(self.$field.append(&mut other.$field);)+
            }
        }
    };
}

table! {
    /// One row an order or return.
    Transactions {
        customer_id: Text(String),
        timestamp: Timestamp(Timestamp),
        amount: Money(Money),
        order_id: Text(String),
        quantity: Integer(i64),
        discount: Money(Money),
        margin: Money(Money),
        product: Text(String),
        category: Text(String),
        channel: Text(String),
    }
}

table! {
    /// One row a customer.
    Customers {
        customer_id: Text(String),
        signup_date: Date(Date),
        acquisition_channel: Text(String),
        region: Text(String),
        segment: Text(String),
        preferred_channel: Text(String),
        contact_allowed: Flag(bool),
        owner: Text(String),
    }
}

table! {
    /// One row an event.
    Events {
        customer_id: Text(String),
        timestamp: Timestamp(Timestamp),
        r#type: Text(String),
        value: Float(f64),
        channel: Text(String),
        resolved_at: Timestamp(Timestamp),
    }
}

table! {
    /// One row a customer and campaign.
    Offers {
        customer_id: Text(String),
        timestamp: Timestamp(Timestamp),
        offer: Text(String),
        arm: Text(String),
        cost: Money(Money),
        accepted: Timestamp(Timestamp),
        contacted_at: Timestamp(Timestamp),
    }
}

table! {
    /// One row a customer and as-of date.
    Truths {
        customer_id: Text(String),
        as_of: Date(Date),
        state: Text(String),
        alive: Flag(bool),
        churn_probability: Float(f64),
        offer_effect: Float(f64),
        expected_margin: Money(Money),
        churned: Flag(bool),
    }
}

/// What an offer row needs besides its customer.
#[derive(Debug)]
pub(crate) struct OfferRow {
    pub(crate) at: i64,
    pub(crate) treated: bool,
    pub(crate) accepted: Option<i64>,
    pub(crate) contacted_at: Option<i64>,
}

impl Tables {
    /// Adds a customer. `index` counts from 0.
    pub(crate) fn push(
        &mut self,
        world: &World,
        index: u32,
        customer: &Customer,
        orders: &[OrderRow],
        events: &[EventRow],
        offers: &[OfferRow],
    ) {
        let id = customer_id(world, index);
        self.customers.push(&id, customer);
        for row in orders {
            self.transactions.push(&id, index, row);
        }
        for row in events {
            self.events.push(&id, row);
        }
        for row in offers {
            self.offers.push(&id, world, row);
        }
        self.truth.push_all(&id, customer);
    }

    /// Adds the rows of the customers that come next.
    pub(crate) fn append(&mut self, other: Self) {
        self.transactions.append(other.transactions);
        self.customers.append(other.customers);
        self.events.append(other.events);
        self.offers.append(other.offers);
        self.truth.append(other.truth);
    }
}

impl Transactions {
    fn push(&mut self, id: &str, index: u32, row: &OrderRow) {
        let sign = if row.is_return { 'R' } else { 'O' };
        self.customer_id.push(text(id));
        self.timestamp.push(Some(Timestamp::from_micros(row.at)));
        self.amount.push(Some(row.amount));
        self.order_id.push(Some(format!("{sign}{}-{}", index + 1, row.number)));
        self.quantity.push(Some(row.quantity));
        self.discount.push(Some(row.discount));
        self.margin.push(Some(row.margin));
        self.product.push(Some(format!("P{:03}", row.product)));
        self.category.push(text(row.category));
        self.channel.push(text(row.channel));
    }
}

impl Customers {
    fn push(&mut self, id: &str, customer: &Customer) {
        let traits = &customer.traits;
        self.customer_id.push(text(id));
        self.signup_date.push(Some(Date::from_days(customer.signup)));
        self.acquisition_channel.push(text(traits.source.name));
        self.region.push(text(traits.region));
        self.segment.push(text(if traits.business { "business" } else { "consumer" }));
        self.preferred_channel.push(text(traits.contact));
        self.contact_allowed.push(Some(traits.contact_allowed));
        self.owner.push(traits.owner.map(|number| format!("am-{number:02}")));
    }
}

impl Events {
    fn push(&mut self, id: &str, row: &EventRow) {
        self.customer_id.push(text(id));
        self.timestamp.push(Some(Timestamp::from_micros(row.at)));
        self.r#type.push(text(row.kind));
        self.value.push(row.value);
        self.channel.push(row.channel.and_then(text));
        self.resolved_at.push(row.resolved_at.map(Timestamp::from_micros));
    }
}

impl Offers {
    fn push(&mut self, id: &str, world: &World, row: &OfferRow) {
        let campaigns = &world.company.campaigns;
        let cost = if row.treated { i64::from(campaigns.cost_hundredths) } else { 0 };
        self.customer_id.push(text(id));
        self.timestamp.push(Some(Timestamp::from_micros(row.at)));
        self.offer.push(text(&campaigns.offer));
        self.arm.push(text(if row.treated { "treatment" } else { "control" }));
        self.cost.push(Some(Money::from_ten_thousandths(cost * 100)));
        self.accepted.push(row.accepted.map(Timestamp::from_micros));
        self.contacted_at.push(row.contacted_at.map(Timestamp::from_micros));
    }
}

impl Truths {
    fn push_all(&mut self, id: &str, customer: &Customer) {
        for truth in &customer.truths {
            self.customer_id.push(text(id));
            self.as_of.push(Some(Date::from_days(truth.as_of)));
            self.state.push(text(truth.state.name()));
            self.alive.push(Some(truth.alive));
            self.churn_probability.push(Some(six_decimals(truth.churn_probability)));
            self.offer_effect.push(Some(six_decimals(truth.offer_effect)));
            let hundredths = (truth.expected_margin * 100.0).round() as i64;
            self.expected_margin.push(Some(Money::from_ten_thousandths(hundredths * 100)));
            self.churned.push(truth.churned);
        }
    }
}

/// `C0001`: as many digits as the largest number needs, at least four.
fn customer_id(world: &World, index: u32) -> String {
    let width = world.company.customers.to_string().len().max(4);
    format!("C{:0width$}", index + 1)
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn column_name(field: &str) -> &str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// Far coarser than what the last bits of a float differ by between platforms. Adding 0 turns -0 into 0.
fn six_decimals(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Company;

    #[test]
    fn ids_have_one_width_and_columns_the_names_of_the_interface() {
        let world = World::new(&Company { customers: 1_000_000, ..Company::default() });
        assert_eq!(customer_id(&world, 0), "C0000001");
        assert_eq!(customer_id(&world, 999_999), "C1000000");
        let names: Vec<String> = Events::default().into_columns().into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["customer_id", "timestamp", "type", "value", "channel", "resolved_at"]);
    }

    #[test]
    fn rounding_leaves_no_negative_zero() {
        assert_eq!(six_decimals(-1e-9).to_string(), "0");
        assert_eq!(six_decimals(0.123_456_51).to_string(), "0.123457");
    }
}
