//! What a [`crate::History`] shows: purchases, and the rows of the export that they are made of.

use crate::tag::Tag;
use crate::{Money, Quantity, Timestamp};

/// A purchase, or a return where the amount is negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchaseRow {
    /// When it happened.
    pub timestamp: Timestamp,
    /// What it cost the customer; negative for a return.
    pub amount: Money,
    /// The discount given; zero where the export has no such column.
    pub discount: Money,
    /// What it earned; the amount itself where the export has no such column.
    pub margin: Money,
    /// How much was bought, over all rows of the purchase; zero where the export has no such column.
    pub quantity: Quantity,
    /// The channel through which it came: that of the first row of the purchase, in canonical order.
    pub channel: Option<Tag>,
    /// Not a further part of an order that was seen before: this row counts as a purchase of its own.
    pub begins_order: bool,
    /// Place of the row among the customer's, those out of sight included.
    pub place: u32,
    /// Place of the visible part of the order before it, where it does not begin the order.
    pub continues: Option<u32>,
}

impl PurchaseRow {
    /// Goods or money that went back.
    #[must_use]
    pub fn is_return(&self) -> bool {
        self.amount < Money::ZERO
    }

    /// Counts as a purchase: not a return, and not a further part of an order.
    #[must_use]
    pub fn is_purchase(&self) -> bool {
        self.begins_order && !self.is_return()
    }
}

/// One row of the export: what one product of a purchase cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineRow {
    /// When it happened.
    pub timestamp: Timestamp,
    /// What it cost the customer; negative for a return.
    pub amount: Money,
    /// How much was bought; zero where the export has no such column.
    pub quantity: Quantity,
    /// The product, where the row names one.
    pub product: Option<Tag>,
    /// The product's category, where the row names one.
    pub category: Option<Tag>,
}
