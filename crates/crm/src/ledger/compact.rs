//! State and journal in one, written as the next state.

use std::io::{Seek, SeekFrom};

use super::entry::{Edition, Entry};
use super::files::{new_journal, open_journal};
use super::{Ledger, State};
use crate::error::CrmError;
use crate::fingerprint::KeyHash;
use crate::mapping::Version;

impl Ledger {
    /// The newest scores of which a record was accepted, or may have been.
    pub fn newest(&self) -> Option<Version> {
        let editions = self.used_editions(&|_| true).0;
        editions.into_iter().map(|edition| edition.version).max_by(|a, b| a.age(b))
    }

    /// Writes the state of the next generation without the keys that are not kept, then an empty journal to follow it.
    pub(super) fn compact(&mut self, keep: impl Fn(KeyHash) -> bool) -> Result<(), CrmError> {
        let generation = self.state.generation + 1;
        let (editions, places) = self.used_editions(&keep);
        let count = self.merged(&keep).count();
        let renumber = |at: u32| places.get(at as usize).copied().flatten().unwrap_or(at);
        let entries = self.merged(&keep).map(|(key, entry)| {
            let accepted = entry.accepted.map(|(at, print)| (renumber(at), print));
            (key, Entry { accepted, doubt: entry.doubt.map(renumber) })
        });
        let written = State::write(&self.state_path, self.target, generation, &editions, count, entries);
        // The new state may be in place even so; then the old journal counts for nothing.
        written.inspect_err(|_| self.broken = true)?;
        // From here on the old journal counts for nothing; and what was written is read back before it is relied on.
        self.state = State::default();
        self.state = State::read(&self.state_path, self.target).inspect_err(|_| self.broken = true)?;
        self.over.clear();
        self.sent.clear();
        self.current = None;
        self.editions = editions;
        self.begin_journal().inspect_err(|_| self.broken = true)
    }

    /// Editions that some entry refers to, and where each of the old ones went.
    fn used_editions(&self, keep: &impl Fn(KeyHash) -> bool) -> (Vec<Edition>, Vec<Option<u32>>) {
        let mut used = vec![false; self.editions.len()];
        for (_, entry) in self.merged(keep) {
            for at in entry.accepted.iter().map(|(at, _)| *at).chain(entry.doubt) {
                if let Some(used) = used.get_mut(at as usize) {
                    *used = true;
                }
            }
        }
        let mut editions = Vec::new();
        let places = used
            .iter()
            .zip(&self.editions)
            .map(|(used, edition)| {
                used.then(|| {
                    editions.push(edition.clone());
                    (editions.len() - 1) as u32
                })
            })
            .collect();
        (editions, places)
    }

    /// State and journal in one, sorted by key.
    fn merged<'a>(&'a self, keep: &'a impl Fn(KeyHash) -> bool) -> impl Iterator<Item = (KeyHash, Entry)> + 'a {
        let mut below = self.state.iter().peekable();
        let mut over = self.over.iter().peekable();
        std::iter::from_fn(move || match (below.peek(), over.peek()) {
            (Some((low, _)), Some((high, _))) if low < *high => below.next(),
            (Some((low, _)), Some((high, _))) => {
                if low == *high {
                    below.next();
                }
                over.next().map(|(key, entry)| (*key, entry.clone()))
            }
            (Some(_), None) => below.next(),
            (None, _) => over.next().map(|(key, entry)| (*key, entry.clone())),
        })
        // A record that was refused before anything was accepted is not known.
        .filter(move |(key, entry)| keep(*key) && *entry != Entry::default())
    }

    pub(super) fn begin_journal(&mut self) -> Result<(), CrmError> {
        let (link, length) = new_journal(&self.journal_path, self.target, self.state.generation)?;
        self.journal = open_journal(&self.journal_path)?;
        self.journal
            .seek(SeekFrom::End(0))
            .map_err(CrmError::io(&self.journal_path, "seeking the end of the journal"))?;
        (self.link, self.length) = (link, length);
        Ok(())
    }
}
