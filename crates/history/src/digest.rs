//! What a [`History`] shows, as hashes: of one customer, and of the export as a whole. Two exports whose hashes agree show
//! the same, so that what was computed of a customer from one of them holds for the other.
//!
//! Whatever a [`History`] learns to show must be fed to one of the two: a customer whose hash hides a change would keep an old
//! score.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::ReadError;
use crate::hashing::feed_text;
use crate::point_in_time::{Block, History};
use crate::{Date, Timestamp};

/// Hash of everything that a [`History`] shows of one customer: the first half of a SHA-256.
pub type CustomerDigest = [u8; 16];

/// Customers hashed together.
const CUSTOMERS_OF_A_PART: usize = 1_024;

impl History<'_> {
    /// The hash of each of these customers, whatever the look-back: their visible rows, events, departures and offers, and what
    /// the customers table says of them. Rows that were added, taken away or changed out of sight of the as-of date change
    /// nothing.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub fn customer_digests(&self, customers: &[u32]) -> Result<Vec<CustomerDigest>, ReadError> {
        let unlimited = self.with_lookback(None);
        let of_part = |part: &[u32]| {
            let (first, last) = part.iter().fold((u32::MAX, 0), |(first, last), c| (first.min(*c), last.max(*c)));
            let block = unlimited.block(first..last.saturating_add(1))?;
            let mut bytes = Vec::new();
            let digests = part.iter().map(|customer| {
                bytes.clear();
                unlimited.feed_customer(&block, *customer, &mut bytes);
                first_half(&Sha256::digest(&bytes))
            });
            Ok(digests.collect::<Vec<_>>())
        };
        let parts: Vec<Vec<CustomerDigest>> =
            customers.par_chunks(CUSTOMERS_OF_A_PART).map(of_part).collect::<Result<_, ReadError>>()?;
        Ok(parts.concat())
    }

    /// The hash of what a [`History`] shows of the export as a whole: the as-of date, the look-back, the first day that can be
    /// seen, which columns there are, and which kinds of events were known.
    #[must_use]
    pub fn export_digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let day = |day: Option<Date>| day.map_or(i32::MIN, Date::days).to_le_bytes();
        hash.update(day(Some(self.as_of)));
        hash.update(day(self.from));
        hash.update(day(Some(self.first_visible_day())));
        feed_text(&mut hash, self.returns().as_str());
        let has = [
            self.is_known_when_it_happens(),
            self.has_orders(),
            self.has_margin(),
            self.has_discount(),
            self.has_quantity(),
            self.has_products(),
            self.has_categories(),
            self.has_channels(),
            self.has_signup(),
            self.has_contract_end(),
            self.has_events(),
            self.has_resolved_at(),
            self.has_departures(),
            self.has_offers(),
        ];
        hash.update(has.map(u8::from));
        for kind in self.event_kinds() {
            feed_text(&mut hash, kind.name().unwrap_or_default());
            hash.update(kind.tag().get().to_le_bytes());
            hash.update([u8::from(self.has_event_of(&[*kind]))]);
        }
        for name in self.export.undated_attributes() {
            feed_text(&mut hash, name);
        }
        hash.finalize().into()
    }

    fn feed_customer(&self, block: &Block<'_>, customer: u32, bytes: &mut Vec<u8>) {
        let moment = |at: Option<Timestamp>| at.map_or(i64::MIN, Timestamp::micros).to_le_bytes();
        let section = |bytes: &mut Vec<u8>, name: u8| bytes.extend([0xff, name]);
        section(bytes, b'p');
        for row in self.rows(block, customer) {
            bytes.extend(row.timestamp.micros().to_le_bytes());
            for amount in [row.amount, row.discount, row.margin] {
                bytes.extend(amount.ten_thousandths().to_le_bytes());
            }
            bytes.extend(row.quantity.ten_thousandths().to_le_bytes());
            bytes.extend(row.channel.map_or(0, |tag| tag.get()).to_le_bytes());
            bytes.extend([u8::from(row.channel.is_some()), u8::from(row.begins_order)]);
            bytes.extend(row.place.to_le_bytes());
            bytes.extend(row.continues.unwrap_or(u32::MAX).to_le_bytes());
        }
        section(bytes, b'l');
        for row in self.lines(block, customer) {
            bytes.extend(row.timestamp.micros().to_le_bytes());
            bytes.extend(row.amount.ten_thousandths().to_le_bytes());
            bytes.extend(row.quantity.ten_thousandths().to_le_bytes());
            for tag in [row.product, row.category] {
                bytes.push(u8::from(tag.is_some()));
                bytes.extend(tag.map_or(0, |tag| tag.get()).to_le_bytes());
            }
        }
        section(bytes, b'e');
        for event in self.events(block, customer) {
            bytes.extend(event.timestamp.micros().to_le_bytes());
            bytes.push(u8::from(event.kind.name().is_some()));
            bytes.extend(event.kind.tag().get().to_le_bytes());
            bytes.extend(event.value.to_bits().to_le_bytes());
            bytes.push(u8::from(event.channel.is_some()));
            bytes.extend(event.channel.map_or(0, |tag| tag.get()).to_le_bytes());
            bytes.extend(moment(event.resolved_at));
        }
        section(bytes, b'd');
        if let Some(departure) = self.departure(block, customer) {
            bytes.extend(departure.timestamp.micros().to_le_bytes());
            bytes.extend([departure.kind as u8, departure.reason.map_or(u8::MAX, |reason| reason as u8)]);
        }
        section(bytes, b'o');
        for moment in self.offers_made(customer) {
            bytes.extend(moment.micros().to_le_bytes());
        }
        section(bytes, b'a');
        bytes.push(u8::from(self.is_known(customer)));
        for day in [self.signup(customer), self.contract_end(customer)] {
            bytes.extend(day.map_or(i32::MIN, Date::days).to_le_bytes());
        }
        bytes.push(self.contact_allowed(customer).map_or(2, u8::from));
        for (_, cells) in self.export.attributes.iter().flat_map(|attributes| &attributes.segments) {
            let cell = cells[customer as usize].as_deref();
            // An empty cell has a length that no text has.
            bytes.extend(cell.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            bytes.extend(cell.unwrap_or_default().as_bytes());
        }
    }
}

fn first_half(digest: &[u8]) -> CustomerDigest {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}
