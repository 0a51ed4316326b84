//! What the journal says, record by record, and what follows from it for a key.

use jiff::civil::Date;

use crate::fingerprint::{KeyHash, Print};
use crate::mapping::Version;

/// Which scores by which mapping: what "accepted" refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edition {
    pub(crate) version: Version,
    /// Digest of the mapping.
    pub(crate) mapping: u128,
    /// How many fields the mapping compares by distance: the numbers of its prints.
    pub(crate) steps: u8,
}

/// What is known of a key. Editions are places in the list of editions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What the target accepted last.
    pub(crate) accepted: Option<(u32, Print)>,
    /// The newest edition that was sent and of which nobody knows what became.
    pub(crate) doubt: Option<u32>,
}

/// What became of a record that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ack {
    /// The target holds these values.
    Accepted(Print),
    /// It was certainly not done.
    NotDone,
    /// There is no such record: what was accepted once does not count any more.
    Gone,
}

/// One record of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// The journal follows the state of this generation, for this target.
    Open { generation: u64, target: u128 },
    /// A run intends to write: what is sent from here on is of this edition.
    Begin { edition: Edition, plan: u128, planned: u64 },
    /// These are sent now.
    Send(Vec<KeyHash>),
    /// What became of some of those that were sent last, by their place among them.
    Ack(Vec<(u32, Ack)>),
    /// These do not hold what was accepted.
    Doubt(Vec<KeyHash>),
}

impl Record {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Record::Open { generation, target } => {
                bytes.push(0);
                bytes.extend_from_slice(&generation.to_le_bytes());
                bytes.extend_from_slice(&target.to_le_bytes());
            }
            Record::Begin { edition, plan, planned } => {
                bytes.push(1);
                encode_edition(edition, &mut bytes);
                bytes.extend_from_slice(&plan.to_le_bytes());
                bytes.extend_from_slice(&planned.to_le_bytes());
            }
            Record::Send(keys) => encode_keys(2, keys, &mut bytes),
            Record::Ack(acks) => {
                let widths = acks.iter().filter_map(|(_, ack)| match ack {
                    Ack::Accepted(print) => Some(print.numbers.len()),
                    _ => None,
                });
                bytes.push(3);
                bytes.push(widths.max().and_then(|width| u8::try_from(width).ok()).unwrap_or(0));
                for (place, ack) in acks {
                    bytes.extend_from_slice(&place.to_le_bytes());
                    match ack {
                        Ack::NotDone => bytes.push(0),
                        Ack::Accepted(print) => {
                            bytes.push(1);
                            bytes.extend_from_slice(&print.exact.to_le_bytes());
                            print.numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
                        }
                        Ack::Gone => bytes.push(2),
                    }
                }
            }
            Record::Doubt(keys) => encode_keys(4, keys, &mut bytes),
        }
        bytes
    }

    /// `None` where the bytes are no record.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let record = match bytes.byte()? {
            0 => Record::Open { generation: bytes.u64()?, target: bytes.u128()? },
            1 => Record::Begin { edition: decode_edition(&mut bytes)?, plan: bytes.u128()?, planned: bytes.u64()? },
            2 => Record::Send(decode_keys(&mut bytes)?),
            3 => {
                let width = usize::from(bytes.byte()?);
                let mut acks = Vec::new();
                while !bytes.0.is_empty() {
                    let place = bytes.u32()?;
                    let ack = match bytes.byte()? {
                        0 => Ack::NotDone,
                        1 => Ack::Accepted(bytes.print(width)?),
                        2 => Ack::Gone,
                        _ => return None,
                    };
                    acks.push((place, ack));
                }
                Record::Ack(acks)
            }
            4 => Record::Doubt(decode_keys(&mut bytes)?),
            _ => return None,
        };
        bytes.0.is_empty().then_some(record)
    }
}

fn encode_keys(tag: u8, keys: &[KeyHash], bytes: &mut Vec<u8>) {
    bytes.push(tag);
    keys.iter().for_each(|key| bytes.extend_from_slice(&key.0.to_le_bytes()));
}

fn decode_keys(bytes: &mut Bytes<'_>) -> Option<Vec<KeyHash>> {
    let mut keys = Vec::with_capacity(bytes.0.len() / 16);
    while !bytes.0.is_empty() {
        keys.push(KeyHash(bytes.u128()?));
    }
    Some(keys)
}

pub(crate) fn encode_edition(edition: &Edition, bytes: &mut Vec<u8>) {
    for text in [&edition.version.as_of.to_string(), &edition.version.model] {
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(&edition.version.order.to_le_bytes());
    bytes.extend_from_slice(&edition.mapping.to_le_bytes());
    bytes.push(edition.steps);
}

pub(crate) fn decode_edition(bytes: &mut Bytes<'_>) -> Option<Edition> {
    let as_of: Date = bytes.text()?.parse().ok()?;
    let model = bytes.text()?.to_owned();
    let version = Version { as_of, model, order: bytes.u64()? };
    Some(Edition { version, mapping: bytes.u128()?, steps: bytes.byte()? })
}

/// Bytes that are read from their beginning.
#[derive(Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(crate) fn u128(&mut self) -> Option<u128> {
        self.take().map(u128::from_le_bytes)
    }

    pub(crate) fn print(&mut self, width: usize) -> Option<Print> {
        let exact = self.u128()?;
        let numbers = (0..width).map(|_| self.take().map(i64::from_le_bytes)).collect::<Option<_>>()?;
        Some(Print { exact, numbers })
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.u64()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(crate) fn edition(day: i8, order: u64) -> Edition {
        let version = Version { as_of: jiff::civil::date(2026, 10, day), order, model: "m".to_owned() };
        Edition { version, mapping: 7, steps: 0 }
    }

    #[test]
    fn every_record_comes_back_and_no_shorter_one_is_taken_for_it() {
        let print = Print { exact: 1 << 100, numbers: vec![-4, i64::MIN] };
        for record in [
            Record::Open { generation: 3, target: 9 },
            Record::Begin { edition: edition(31, 2), plan: 5, planned: 10 },
            Record::Send(vec![KeyHash(1), KeyHash(u128::MAX)]),
            Record::Ack(vec![
                (0, Ack::Accepted(print.clone())),
                (1, Ack::NotDone),
                (2, Ack::Gone),
                (7, Ack::Accepted(print)),
            ]),
            Record::Doubt(vec![KeyHash(4)]),
        ] {
            let bytes = record.encode();
            assert_eq!(Record::decode(&bytes).as_ref(), Some(&record));
            assert_ne!(Record::decode(&bytes[..bytes.len() - 1]), Some(record));
        }
        assert_eq!(Record::decode(&[]), None);
        assert_eq!(Record::decode(&[9]), None);
    }
}
