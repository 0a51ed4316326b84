//! Fast hashes of ids and of rows. Neither leaves the machine, and neither is proof against somebody who wants two texts
//! to collide: ids are compared in full, and what must not be mistaken carries a SHA-256.

/// Random odd numbers with half of their bits set: the default secret of wyhash, final version 4.
const SECRET: [u64; 4] = [0x2d35_8dcc_aa6c_78a5, 0x8bb8_4b93_962e_acc9, 0x4b33_a62e_d433_d4a3, 0x4d5a_2da5_1de1_aa47];

/// Both halves of the product of 64 by 64 bits, folded into one.
///
/// Source: Wang Yi, wyhash, `_wymix`.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The hash of an id, and whether it is the id itself in another form: no other id that says so has the same hash.
pub(crate) type IdHash = (u64, bool);

/// The hash of an id.
#[inline]
pub(crate) fn of_id(id: &[u8]) -> IdHash {
    match id.last() {
        // Of up to eight bytes and the zeros behind them, none of the id's own at the end.
        Some(last) if id.len() <= 8 && *last != 0 => (of_word(word_of(id)), true),
        _ => (of_bytes(id), false),
    }
}

/// Up to eight bytes as a word.
#[inline]
fn word_of(bytes: &[u8]) -> u64 {
    if let Some(whole) = bytes.first_chunk::<8>() {
        return u64::from_le_bytes(*whole);
    }
    // Of four and more, the first four and the last four, which may be some of the same.
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let behind = (bytes.len() - 4) * 8;
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << behind;
    }
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// A permutation of all words: each step can be undone.
///
/// Source: Stafford's variant 13 of the finaliser of MurmurHash3, as in Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators" (2014).
#[inline]
fn of_word(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

fn of_bytes(id: &[u8]) -> u64 {
    let mut state = SECRET[0] ^ (id.len() as u64).wrapping_mul(SECRET[1]);
    let (words, rest) = id.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), SECRET[1]);
    }
    if !rest.is_empty() {
        state = fold(state ^ word_of(rest), SECRET[2]);
    }
    fold(state, SECRET[3])
}

/// A checksum of words: four chains, so that it runs as fast as memory gives.
pub(crate) fn of_words(words: &[i64]) -> u64 {
    let mut chains = SECRET;
    let (fours, rest) = words.as_chunks::<4>();
    for four in fours {
        for (chain, word) in chains.iter_mut().zip(four) {
            *chain = fold(*chain ^ *word as u64, SECRET[1]).wrapping_add(SECRET[0]);
        }
    }
    for word in rest {
        chains[0] = fold(chains[0] ^ *word as u64, SECRET[2]).wrapping_add(SECRET[3]);
    }
    chains.iter().fold(words.len() as u64, |sum, chain| fold(sum ^ chain, SECRET[3]))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_of_every_length_spread_over_the_whole_range() {
        let ids: Vec<String> = (0..100_000).map(|i| format!("{}{i}", "customer-".repeat(i % 4))).collect();
        let hashes: HashSet<u64> = ids.iter().map(|id| of_id(id.as_bytes()).0).collect();
        assert_eq!(hashes.len(), ids.len());
        let mut shards = [0_i64; 64];
        hashes.iter().for_each(|hash| shards[(hash >> 58) as usize] += 1);
        // 1562.5 expected in each, with a standard deviation of 39: six of them either way.
        assert!(shards.iter().all(|n| (n - 1_562).abs() < 240), "{shards:?}");
    }

    #[test]
    fn short_ids_are_known_by_their_hash_alone() {
        for id in ["a", "12345678", "é"] {
            assert!(of_id(id.as_bytes()).1);
        }
        for id in ["", "a\0", "123456789"] {
            assert!(!of_id(id.as_bytes()).1);
        }
        assert_eq!(word_of(b"ab"), 0x6261);
        assert_eq!(word_of(b"abcd"), 0x6463_6261);
        assert_eq!(word_of(b"abcdefg"), 0x0067_6665_6463_6261);
        assert_eq!(word_of(b"abcdefgh"), 0x6867_6665_6463_6261);
    }

    #[test]
    fn any_changed_word_changes_the_checksum() {
        for len in [1_usize, 3, 4, 5, 64] {
            let words: Vec<i64> = (0..len as i64).map(|i| i * 7_919 - 5).collect();
            let mut seen = HashSet::from([of_words(&words), of_words(&words[1..])]);
            for at in 0..len {
                for bit in 0..64 {
                    let mut changed = words.clone();
                    changed[at] ^= 1 << bit;
                    assert!(seen.insert(of_words(&changed)), "{len} {at} {bit}");
                }
            }
        }
    }
}
