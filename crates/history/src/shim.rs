//! TEMPORARY: lines come with the store.
#![allow(missing_docs)]
use crate::{Block, History, Money, Tag, Timestamp};
#[derive(Debug, Clone, Copy)]
pub struct LineRow {
    pub timestamp: Timestamp,
    pub amount: Money,
    pub quantity: Money,
    pub product: Option<Tag>,
    pub category: Option<Tag>,
}
impl<'a> History<'a> {
    pub fn lines(&self, _: &Block<'_>, _: u32) -> impl Iterator<Item = LineRow> + use<> {
        std::iter::empty()
    }
    pub fn has_products(&self) -> bool {
        false
    }
    pub fn has_categories(&self) -> bool {
        false
    }
    pub fn has_channel(&self) -> bool {
        false
    }
    pub fn has_quantity(&self) -> bool {
        false
    }
}
