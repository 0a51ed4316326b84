//! Changed inputs, drawn from committed ones: bytes flipped, cut, doubled, moved from one to another, and replaced by what is
//! odd in any format. The same seed gives the same inputs; `CHURN_FUZZ_SECONDS` says for how long, `CHURN_FUZZ_SEED` with which
//! seed. Without them a few hundred inputs are tried.
//!
//! No fuzzer that watches coverage: those need a nightly compiler, and the project is built with a stable one.

#![allow(dead_code, clippy::unwrap_used, clippy::print_stderr)] // each target uses its own part

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Inputs that are tried where no time is given.
const FEW: u64 = 300;

/// What is odd somewhere.
const ODD: [&[u8]; 40] = [
    b"\"",
    b"\"\"",
    b"'",
    b"\\",
    b"\\\"",
    b",",
    b";",
    b"\t",
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"NaN",
    b"inf",
    b"-0",
    b"1e400",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"99999999999999999999",
    b"0.00005",
    b"1,234.50",
    b"1.234,50",
    b"2026-02-30",
    b"9999-12-31T23:59:59.999999Z",
    b"0000-00-00",
    b"24:00",
    b"+15:59",
    b"05/03/26",
    b"\xe2\x80\x8b",
    b"e\xcc\x81",
    b"null",
    b"[[",
    b"{",
    b"}",
    b"=",
    b"\xc0\x80",
    b"\xf0\x9f\x92\xa9",
];

/// A source of changed inputs.
pub(crate) struct Mutator(u64);

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `limit`, which is not 0. (SplitMix64: Steele, Lea and Flood, 2014.)
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    /// One of the inputs, changed in one to eight places.
    pub(crate) fn changed(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len() + 1);
            let most = 1 + self.below(64);
            let len = (1 + self.below(most)).min(bytes.len() - at);
            match self.below(10) {
                0 | 1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                3 => drop(bytes.drain(at..at + len)),
                4 => {
                    let doubled = bytes[at..at + len].to_vec();
                    bytes.splice(at..at, doubled);
                }
                5 => {
                    let other = &corpus[self.below(corpus.len())];
                    let from = self.below(other.len() + 1);
                    let until = (from + 1 + self.below(64)).min(other.len()).max(from);
                    bytes.splice(at..at + len, other[from..until].iter().copied());
                }
                6 => bytes.truncate(at.max(1)),
                7 => {
                    // A number of four or eight bytes, as headers of binary formats have them.
                    let value: [u8; 8] = match self.below(4) {
                        0 => [0xff; 8],
                        1 => [0; 8],
                        2 => (i64::MAX).to_le_bytes(),
                        _ => (self.below(usize::MAX) as u64).to_le_bytes(),
                    };
                    let width = [4, 8][self.below(2)].min(bytes.len() - at);
                    bytes[at..at + width].copy_from_slice(&value[..width]);
                }
                _ => {
                    let odd = ODD[self.below(ODD.len())];
                    bytes.splice(at..at + len * self.below(2), odd.iter().copied());
                }
            }
        }
        bytes
    }
}

/// Tries inputs until the time is over. An input that makes `target` panic is kept in the temporary folder, and named.
pub(crate) fn run(name: &str, mut input: impl FnMut(&mut Mutator) -> Vec<u8>, target: impl Fn(&[u8])) {
    let number = |variable: &str| std::env::var(variable).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let (seconds, seed) = (number("CHURN_FUZZ_SECONDS"), number("CHURN_FUZZ_SEED").unwrap_or(1));
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut mutator = Mutator::new(seed);
    let mut tried = 0;
    while end.map_or(tried < FEW, |end| Instant::now() < end) {
        let bytes = input(&mut mutator);
        tried += 1;
        if catch_unwind(AssertUnwindSafe(|| target(&bytes))).is_err() {
            let path = std::env::temp_dir().join(format!("churn-fuzz-{name}-{seed}-{tried}"));
            std::fs::write(&path, &bytes).expect("the temporary folder can be written");
            panic!("{name}: input {tried} of seed {seed} ({}) is a bug: make a fixture of it first", path.display());
        }
    }
    if seconds.is_some() {
        eprintln!("{name}: {tried} inputs of seed {seed}, nothing found");
    }
}

/// The files of a folder with one of these endings, by name, none longer than `most` bytes.
pub(crate) fn files(folder: &Path, endings: &[&str], most: usize) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let has_ending = |path: &Path| path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known));
    let read = |path: &std::path::PathBuf| std::fs::read(path).unwrap();
    paths.iter().filter(|path| has_ending(path)).map(read).filter(|bytes| bytes.len() <= most).collect()
}
