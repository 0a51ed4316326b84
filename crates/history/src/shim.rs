//! TEMPORARY: replaced by the merged tables.
#![allow(missing_docs)]
use crate::{Block, Date, Export, History, Money, Timestamp};
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag(pub u64);
impl Tag {
    pub fn of(text: &str) -> Self {
        Tag(text.len() as u64)
    }
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind(pub u64);
impl EventKind {
    pub fn from_name(name: &str) -> Self {
        EventKind(name.len() as u64)
    }
    pub fn tag(self) -> Tag {
        Tag(self.0)
    }
}
#[derive(Debug, Clone, Copy)]
pub struct LineRow {
    pub timestamp: Timestamp,
    pub amount: Money,
    pub quantity: Money,
    pub product: Option<Tag>,
    pub category: Option<Tag>,
}
#[derive(Debug, Clone, Copy)]
pub struct EventRow {
    pub timestamp: Timestamp,
    pub kind: EventKind,
    pub value: f64,
    pub channel: Option<Tag>,
    pub resolved_at: Option<Timestamp>,
}
impl<'a> History<'a> {
    pub fn lines(&self, _: &Block<'_>, _: u32) -> impl Iterator<Item = LineRow> + use<> {
        std::iter::empty()
    }
    pub fn events(&self, _: &Block<'_>, _: u32) -> impl Iterator<Item = EventRow> + use<> {
        std::iter::empty()
    }
    pub fn signup(&self, _: u32) -> Option<Date> {
        None
    }
    pub fn contract_end(&self, _: u32) -> Option<Date> {
        None
    }
    pub fn attribute(&self, _: &str, _: u32) -> Option<&'a str> {
        None
    }
    pub fn has_attribute(&self, _: &str) -> bool {
        false
    }
    pub fn has_signup(&self) -> bool {
        false
    }
    pub fn has_contract_end(&self) -> bool {
        false
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
    pub fn has_events(&self) -> bool {
        false
    }
    pub fn has_event(&self, _: &str) -> bool {
        false
    }
    pub fn has_resolved_at(&self) -> bool {
        false
    }
}
impl Export {
    #[allow(dead_code)]
    fn shim(&self) {}
}
