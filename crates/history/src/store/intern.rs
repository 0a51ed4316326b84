//! Numbers for ids, given out by many threads at once.
//!
//! Ids are spread over shards by their hash; a shard is a hash table with its ids in one piece of memory. A batch of ids
//! is sorted by shard first, so that a shard is locked once per batch and its table stays in the processor's cache. Which
//! number an id gets depends on the threads; nothing that is computed does, since customers are numbered in the byte order of
//! their ids before anything else happens.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::hash::{self, IdHash};
use super::ids::CustomerIds;

const SHARD_BITS: u32 = 6;
const SHARDS: usize = 1 << SHARD_BITS;

/// Ids are numbered in batches of this many: so many of each shard that its table is in the cache for most of them.
pub(crate) const IDS_AT_A_TIME: usize = 1 << 18;

/// Places of no number.
const NOWHERE: u32 = u32::MAX;

/// Ids and their numbers, in no order.
#[derive(Debug)]
pub(crate) struct Interner {
    shards: Vec<Mutex<Shard>>,
}

#[derive(Debug, Default)]
struct Shard {
    /// A table with open addressing, its length a power of two.
    slots: Vec<Slot>,
    text: String,
    ends: Vec<u32>,
}

/// The hash of an id, and its place in the shard plus one; [`SHORT`] is added where the hash tells the id from all others.
/// No place is an empty slot.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    hash: u64,
    place: u32,
}

const SHORT: u32 = 1 << 31;

/// More ids, or more text in them, than can be numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Default for Interner {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Interner {
    /// The number of an id, new or not.
    pub(crate) fn number(&mut self, id: &str) -> Option<u32> {
        let (hash, is_short) = hash::of_id(id.as_bytes());
        let shard = shard_of(hash);
        let place =
            self.shards[shard].get_mut().unwrap_or_else(PoisonError::into_inner).find_or_add(hash, is_short, || id)?;
        Some(number_of(shard, place))
    }

    /// Appends the numbers of ids, new or not.
    pub(crate) fn number_all(&self, ids: &[&str], numbers: &mut Vec<u32>) -> Result<(), TooMany> {
        ids.chunks(IDS_AT_A_TIME).try_for_each(|batch| self.number_batch(batch, numbers))
    }

    fn number_batch(&self, ids: &[&str], numbers: &mut Vec<u32>) -> Result<(), TooMany> {
        let hashes: Vec<IdHash> = ids.iter().map(|id| hash::of_id(id.as_bytes())).collect();
        self.number_hashed(&hashes, |row| ids[row], numbers)
    }

    /// Appends the numbers of ids, given by their hashes; `id` is the id of a row.
    pub(crate) fn number_hashed<'i>(
        &self,
        hashes: &[IdHash],
        id: impl Fn(usize) -> &'i str,
        numbers: &mut Vec<u32>,
    ) -> Result<(), TooMany> {
        let mut next = [0_usize; SHARDS + 1];
        hashes.iter().for_each(|(hash, _)| next[shard_of(*hash) + 1] += 1);
        for shard in 0..SHARDS {
            next[shard + 1] += next[shard];
        }
        let starts = next;
        let mut by_shard = vec![(0_u64, 0_u32, false); hashes.len()];
        for (row, (hash, is_short)) in (0..).zip(hashes) {
            let slot = &mut next[shard_of(*hash)];
            by_shard[*slot] = (*hash, row, *is_short);
            *slot += 1;
        }
        let first = numbers.len();
        numbers.resize(first + hashes.len(), NOWHERE);
        let numbers = &mut numbers[first..];
        // Threads begin at different shards, so that they seldom wait for each other.
        let turn = rayon::current_thread_index().unwrap_or(0) * 23;
        for shard in (0..SHARDS).map(|shard| (shard + turn) % SHARDS) {
            let rows = &by_shard[starts[shard]..starts[shard + 1]];
            if rows.is_empty() {
                continue;
            }
            let mut table = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
            table.fetch(rows.iter().map(|(hash, _, _)| *hash));
            for (hash, row, is_short) in rows {
                let place = table.find_or_add(*hash, *is_short, || id(*row as usize)).ok_or(TooMany)?;
                numbers[*row as usize] = number_of(shard, place);
            }
        }
        Ok(())
    }

    /// The ids in byte order, and for each number its place in that order.
    pub(crate) fn sorted(&mut self) -> (CustomerIds, Vec<u32>) {
        let shards: Vec<&Shard> =
            self.shards.iter_mut().map(|shard| &*shard.get_mut().unwrap_or_else(PoisonError::into_inner)).collect();
        let id = |number: u32| shards[number as usize % SHARDS].id(number >> SHARD_BITS);
        let shared = longest_common_prefix(shards.iter().flat_map(|shard| shard.iter()));
        let mut keys: Vec<(u64, u32)> = shards
            .par_iter()
            .enumerate()
            .flat_map_iter(|(at, shard)| {
                shard.iter().zip(0..).map(move |(id, place)| (key(&id.as_bytes()[shared..]), number_of(at, place)))
            })
            .collect();
        keys.par_sort_unstable_by(|a, b| {
            // The key holds eight bytes; ids that agree so far are compared in full.
            a.0.cmp(&b.0).then_with(|| id(a.1).as_bytes().cmp(id(b.1).as_bytes()))
        });
        let longest = shards.iter().map(|shard| shard.ends.len()).max().unwrap_or(0);
        let mut places = vec![NOWHERE; longest << SHARD_BITS];
        for (place, (_, number)) in (0..).zip(&keys) {
            places[*number as usize] = place;
        }
        let piece = |part: &[(u64, u32)]| {
            let (mut text, mut ends) = (String::new(), Vec::with_capacity(part.len()));
            for (_, number) in part {
                text.push_str(id(*number));
                ends.push(text.len() as u32);
            }
            (text, ends)
        };
        let pieces: Vec<(String, Vec<u32>)> = keys.par_chunks(1 << 12).map(piece).collect();
        (CustomerIds::from_pieces(&pieces), places)
    }

    /// An interner that knows these ids, and the number of each.
    pub(crate) fn of(ids: &CustomerIds) -> Result<(Self, Vec<u32>), TooMany> {
        let interner = Self::default();
        let all: Vec<usize> = (0..ids.len()).step_by(IDS_AT_A_TIME).collect();
        let numbers = |first: usize| {
            let batch: Vec<&str> = (first..ids.len().min(first + IDS_AT_A_TIME)).map(|at| &ids[at]).collect();
            let mut numbers = Vec::with_capacity(batch.len());
            interner.number_batch(&batch, &mut numbers)?;
            Ok(numbers)
        };
        let numbers: Vec<Vec<u32>> = all.into_par_iter().map(numbers).collect::<Result<_, TooMany>>()?;
        Ok((interner, numbers.concat()))
    }
}

/// The upper bits of the hash: the table in the shard goes by the lower ones.
fn shard_of(hash: u64) -> usize {
    (hash >> (u64::BITS - SHARD_BITS)) as usize
}

fn number_of(shard: usize, place: u32) -> u32 {
    place << SHARD_BITS | shard as u32
}

/// Eight bytes as a number that sorts as they do; ids that are shorter sort first.
fn key(id: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let len = id.len().min(8);
    bytes[..len].copy_from_slice(&id[..len]);
    u64::from_be_bytes(bytes)
}

fn longest_common_prefix<'a>(mut ids: impl Iterator<Item = &'a str>) -> usize {
    let Some(first) = ids.next().map(str::as_bytes) else { return 0 };
    ids.fold(first.len(), |len, id| {
        let same = first[..len].iter().zip(id.as_bytes()).take_while(|(a, b)| a == b).count();
        len.min(same)
    })
}

impl Shard {
    /// The most ids of a shard: the number of an id has room for so many.
    const MOST: u32 = (u32::MAX >> SHARD_BITS) - 1;

    #[inline]
    fn id(&self, place: u32) -> &str {
        let place = place as usize;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[place] as usize]
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).map(|place| self.id(place))
    }

    /// Looks at the slots that these hashes will be looked for in. Of looks that decide nothing the processor does many at
    /// once, while each search waits for the memory before it knows whether to go on.
    fn fetch(&self, hashes: impl Iterator<Item = u64>) {
        let mask = self.slots.len().wrapping_sub(1);
        let seen =
            hashes.fold(0, |seen, hash| seen ^ self.slots.get(hash as usize & mask).map_or(0, |slot| slot.place));
        std::hint::black_box(seen);
    }

    #[inline]
    fn find_or_add<'i>(&mut self, hash: u64, is_short: bool, id: impl Fn() -> &'i str) -> Option<u32> {
        if self.ends.len() * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.place == 0 {
                let place = self.add(id())?;
                self.slots[at] = Slot { hash, place: (place + 1) | if is_short { SHORT } else { 0 } };
                return Some(place);
            }
            if slot.hash == hash {
                let place = (slot.place & !SHORT) - 1;
                if if is_short { slot.place >= SHORT } else { self.id(place) == id() } {
                    return Some(place);
                }
            }
            at = (at + 1) & mask;
        }
    }

    fn add(&mut self, id: &str) -> Option<u32> {
        let place = u32::try_from(self.ends.len()).ok().filter(|place| *place < Self::MOST)?;
        let end = u32::try_from(self.text.len() + id.len()).ok()?;
        self.text.push_str(id);
        self.ends.push(end);
        Some(place)
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(16);
        let mut slots = vec![Slot::default(); len];
        for slot in self.slots.iter().filter(|slot| slot.place != 0) {
            let mut at = slot.hash as usize & (len - 1);
            while slots[at].place != 0 {
                at = (at + 1) & (len - 1);
            }
            slots[at] = *slot;
        }
        self.slots = slots;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_ids_have_one_number_and_sort_in_byte_order() {
        let mut interner = Interner::default();
        let given = ["b", "b", "", "a", "", "a", "b", "ab", "a", "a\0", "eight by", "customer-1", "customer-10"];
        let numbers = given.map(|id| interner.number(id).unwrap());
        let mut again = Vec::new();
        interner.number_all(&given, &mut again).unwrap();
        assert_eq!(again, numbers);
        let (ids, places) = interner.sorted();
        let mut expected = given.to_vec();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected);
        for (id, number) in given.iter().zip(numbers) {
            assert_eq!(&ids[places[number as usize] as usize], *id);
        }
    }

    proptest! {
        #[test]
        fn threads_and_batches_change_no_place(
            ids in prop::collection::vec("(order-|customer-)?[a-cé\u{1}]{0,12}", 1..400),
            threads in 1_usize..4,
        ) {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let interner = Interner::default();
            let texts: Vec<&str> = ids.iter().map(String::as_str).collect();
            let numbers: Vec<Vec<u32>> = pool.install(|| {
                let of = |part: &[&str]| {
                    let mut numbers = Vec::new();
                    interner.number_all(part, &mut numbers).unwrap();
                    numbers
                };
                texts.par_chunks(17).map(of).collect()
            });
            let mut interner = interner;
            let (sorted, places) = interner.sorted();
            let mut expected = texts.clone();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(sorted.iter().collect::<Vec<_>>(), expected);
            for (id, number) in texts.iter().zip(numbers.concat()) {
                prop_assert_eq!(&sorted[places[number as usize] as usize], *id);
            }
            let (mut known, numbers) = Interner::of(&sorted).unwrap();
            let (same, places) = known.sorted();
            prop_assert_eq!(&same, &sorted);
            let in_order = numbers.iter().map(|number| places[*number as usize]);
            prop_assert!(in_order.eq(0..sorted.len() as u32));
        }
    }
}
