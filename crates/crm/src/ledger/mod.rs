//! What is known of every record of one target, and the journal that keeps it true through any end of a run.
//!
//! The folder of a target holds `state` (everything up to some generation), `journal` (what happened since) and `lock`. A
//! record is journalled as sent before it is sent, and as accepted after the target said so; both are synced before the run goes
//! on. In between nobody knows what the target holds: such a record is in doubt, and the next run asks or writes
//! it again, whatever its values. Keys stand here as hashes, values not at all.

mod compact;
mod entry;
mod files;
mod frame;
mod state;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::CrmError;
use crate::fingerprint::KeyHash;
use crate::mapping::{Mapping, Version, first_16};

use entry::Record;
pub(crate) use entry::{Ack, Edition, Entry};
use files::{make_folder, new_journal, open_journal, take_lock};
use frame::{Found, Link};
use state::State;
pub(crate) use state::replace;

const MAGIC: &[u8; 8] = b"churnJ01";
/// A journal that has become as long as this is brought into the state between two batches.
const LONG_JOURNAL: u64 = 64 << 20;

/// What opening found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Whether a run before ended without bringing its journal into the state: killed, or out of space.
    pub unfinished: bool,
    /// Bytes that were being written when it ended, and were cut off.
    pub cut_bytes: u64,
    /// Records of which nobody knows whether they were written.
    pub in_doubt: u64,
}

/// The memory of what one target accepted. One process at a time.
#[derive(Debug)]
pub struct Ledger {
    state_path: PathBuf,
    journal_path: PathBuf,
    target: u128,
    state: State,
    /// What the journal says of keys, over what the state says.
    over: BTreeMap<KeyHash, Entry>,
    editions: Vec<Edition>,
    /// Of what is being sent now.
    current: Option<u32>,
    /// What was sent last, with the doubt that there was before.
    sent: Vec<(KeyHash, Option<u32>)>,
    journal: File,
    link: Link,
    length: u64,
    /// Set by the first failed write: what stands at the end of the file is then unknown.
    broken: bool,
    recovery: Recovery,
    /// Free again when the file is closed, however the process ends.
    _lock: File,
}

impl Ledger {
    /// Opens the memory of a target in a folder of its own, which is made where it is not there. `target` tells targets
    /// apart (address, table or object, key field) and holds no secret.
    ///
    /// # Errors
    /// Another process has it, it is another target's, it cannot be read or written, or it does not hold what was written.
    pub fn open(folder: &Path, target: &str) -> Result<Self, CrmError> {
        make_folder(folder)?;
        let lock = take_lock(folder)?;
        let target = first_16(&Sha256::digest(target.as_bytes()));
        let (state_path, journal_path) = (folder.join("state"), folder.join("journal"));
        let state = State::read(&state_path, target)?;
        let bytes = match std::fs::read(&journal_path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(CrmError::io(&journal_path, "reading the journal")(error)),
        };
        if bytes.is_none() {
            if state.generation > 0 {
                return Err(CrmError::Corrupt {
                    path: journal_path,
                    offset: 0,
                    expected: "the journal that follows the state",
                    found: "no file".to_owned(),
                });
            }
            new_journal(&journal_path, target, 0)?;
        }
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => std::fs::read(&journal_path).map_err(CrmError::io(&journal_path, "reading the journal"))?,
        };
        let journal = open_journal(&journal_path)?;
        let editions = state.editions.clone();
        let mut ledger = Self {
            state_path,
            journal_path,
            target,
            state,
            over: BTreeMap::new(),
            editions,
            current: None,
            sent: Vec::new(),
            journal,
            link: Link::first(MAGIC),
            length: 0,
            broken: false,
            recovery: Recovery::default(),
            _lock: lock,
        };
        ledger.replay(&bytes)?;
        ledger.recovery.in_doubt = ledger.in_doubt();
        Ok(ledger)
    }

    /// What opening found.
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// How many records are known.
    pub fn len(&self) -> usize {
        self.state.len() + self.over.keys().filter(|key| self.state.get(**key).is_none()).count()
    }

    /// Whether nothing is known yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many records there are of which nobody knows whether they were written.
    pub fn in_doubt(&self) -> u64 {
        let below = self.state.iter().filter(|(key, entry)| entry.doubt.is_some() && !self.over.contains_key(key));
        (below.count() + self.over.values().filter(|entry| entry.doubt.is_some()).count()) as u64
    }

    /// How many bytes the journal has now.
    pub fn journal_bytes(&self) -> u64 {
        self.length
    }

    /// Forgets these keys and returns how many of them were known. Nothing of them stays in the folder.
    ///
    /// # Errors
    /// The folder cannot be written; then nothing is forgotten.
    pub fn forget<'a>(&mut self, keys: impl IntoIterator<Item = &'a str>) -> Result<u64, CrmError> {
        let keys: std::collections::BTreeSet<KeyHash> = keys.into_iter().map(KeyHash::of).collect();
        let known = keys.iter().filter(|key| self.get(**key).is_some()).count() as u64;
        self.compact(|key| !keys.contains(&key))?;
        Ok(known)
    }

    pub(crate) fn get(&self, key: KeyHash) -> Option<Entry> {
        self.over.get(&key).cloned().or_else(|| self.state.get(key))
    }

    pub(crate) fn edition(&self, at: u32) -> Option<&Edition> {
        self.editions.get(at as usize)
    }

    /// A run begins to write `planned` records of these scores; `plan` is a hash of which.
    pub(crate) fn begin(
        &mut self,
        version: &Version,
        mapping: &Mapping,
        plan: u128,
        planned: u64,
    ) -> Result<(), CrmError> {
        let steps = u8::try_from(mapping.steps()).map_err(|_| CrmError::Setting {
            place: "fields".to_owned(),
            expected: "at most 255 with a step".to_owned(),
            found: mapping.steps().to_string(),
        })?;
        let edition = Edition { version: version.clone(), mapping: mapping.digest(), steps };
        self.append(Record::Begin { edition, plan, planned })
    }

    /// These are about to be sent.
    pub(crate) fn send(&mut self, keys: Vec<KeyHash>) -> Result<(), CrmError> {
        self.append(Record::Send(keys))
    }

    /// What became of those that were sent last, by their place. Those of which nothing is said stay in doubt.
    pub(crate) fn ack(&mut self, acks: Vec<(u32, Ack)>) -> Result<(), CrmError> {
        if acks.is_empty() { Ok(()) } else { self.append(Record::Ack(acks)) }
    }

    /// The target does not hold what it said it accepted.
    pub(crate) fn doubt(&mut self, keys: Vec<KeyHash>) -> Result<(), CrmError> {
        if keys.is_empty() { Ok(()) } else { self.append(Record::Doubt(keys)) }
    }

    /// Brings the journal into the state.
    ///
    /// # Errors
    /// The folder cannot be written; what was known stays known.
    pub(crate) fn finish(&mut self) -> Result<(), CrmError> {
        self.compact(|_| true)
    }

    /// Brings a journal that has become long into the state; the run goes on.
    pub(crate) fn shorten(&mut self) -> Result<(), CrmError> {
        if self.length < LONG_JOURNAL {
            return Ok(());
        }
        let current = self.current.and_then(|at| self.edition(at)).cloned();
        self.compact(|_| true)?;
        match current {
            Some(edition) => self.append(Record::Begin { edition, plan: 0, planned: 0 }),
            None => Ok(()),
        }
    }

    fn append(&mut self, record: Record) -> Result<(), CrmError> {
        if self.broken {
            let error = std::io::Error::other("an earlier write failed; run again");
            return Err(CrmError::io(&self.journal_path, "writing the journal")(error));
        }
        let mut bytes = Vec::new();
        let link = frame::append(&mut bytes, self.link, &record.encode());
        let written = self.journal.write_all(&bytes).and_then(|()| self.journal.sync_data());
        if let Err(error) = written {
            // After a failed sync nobody knows what is on the disk; a second one may say yes to nothing.
            self.broken = true;
            return Err(CrmError::io(&self.journal_path, "writing the journal")(error));
        }
        self.link = link;
        self.length += bytes.len() as u64;
        if !self.apply(record) {
            self.broken = true;
            let error = std::io::Error::other("an acknowledgement of what was not sent");
            return Err(CrmError::io(&self.journal_path, "writing the journal")(error));
        }
        Ok(())
    }

    /// Follows a record; `false` where it makes no sense here.
    fn apply(&mut self, record: Record) -> bool {
        match record {
            Record::Open { .. } => return false,
            Record::Begin { edition, .. } => {
                let at = self.editions.iter().position(|known| *known == edition).unwrap_or_else(|| {
                    self.editions.push(edition);
                    self.editions.len() - 1
                });
                let Ok(at) = u32::try_from(at) else { return false };
                self.current = Some(at);
                self.sent.clear();
            }
            Record::Send(keys) => {
                let Some(current) = self.current else { return false };
                self.sent.clear();
                for key in keys {
                    let mut entry = self.get(key).unwrap_or_default();
                    self.sent.push((key, entry.doubt));
                    entry.doubt = Some(self.newer(entry.doubt, current));
                    self.over.insert(key, entry);
                }
            }
            Record::Ack(acks) => {
                let Some(current) = self.current else { return false };
                for (place, ack) in acks {
                    let Some((key, before)) = self.sent.get(place as usize).copied() else { return false };
                    let Some(entry) = self.over.get_mut(&key) else { return false };
                    match ack {
                        Ack::Accepted(print) => *entry = Entry { accepted: Some((current, print)), doubt: None },
                        Ack::NotDone => entry.doubt = before,
                        Ack::Gone => *entry = Entry::default(),
                    }
                }
            }
            Record::Doubt(keys) => {
                for key in keys {
                    let mut entry = self.get(key).unwrap_or_default();
                    let accepted = entry.accepted.as_ref().map(|(edition, _)| *edition);
                    entry.doubt = entry.doubt.or(accepted).or(self.current);
                    self.over.insert(key, entry);
                }
            }
        }
        true
    }

    fn newer(&self, doubt: Option<u32>, current: u32) -> u32 {
        match (doubt.and_then(|at| self.edition(at).map(|edition| (at, edition))), self.edition(current)) {
            (Some((at, doubt)), Some(current)) if doubt.version.age(&current.version).is_gt() => at,
            _ => current,
        }
    }

    fn replay(&mut self, bytes: &[u8]) -> Result<(), CrmError> {
        let path = self.journal_path.clone();
        let corrupt = |offset: usize, expected: &'static str| CrmError::Corrupt {
            path: path.clone(),
            offset: offset as u64,
            expected,
            found: "something else".to_owned(),
        };
        if bytes.get(..MAGIC.len()) != Some(&MAGIC[..]) {
            return Err(corrupt(0, "a journal of this version"));
        }
        let (mut at, mut records) = (MAGIC.len(), 0_u64);
        let end = loop {
            match frame::read(bytes, at, self.link) {
                Found::Frame(payload, link, next) => {
                    let record = Record::decode(payload).ok_or_else(|| corrupt(at, "a record of the journal"))?;
                    if let Record::Open { generation, target } = record {
                        if records > 0 {
                            return Err(corrupt(at, "a record that follows from those before"));
                        }
                        if target != self.target {
                            let folder = path.parent().unwrap_or(&path).to_owned();
                            return Err(CrmError::OtherTarget { folder });
                        }
                        if generation < self.state.generation {
                            // The state was written, the journal not yet begun anew: all of it is in the state.
                            return self.begin_journal();
                        }
                        if generation > self.state.generation {
                            return Err(corrupt(at, "a journal that follows the state, which is older or missing"));
                        }
                    } else if records == 0 || !self.apply(record) {
                        return Err(corrupt(at, "a record that follows from those before"));
                    }
                    (self.link, at, records) = (link, next, records + 1);
                }
                Found::End => break at,
                Found::Torn => break at,
                Found::Changed(expected) => return Err(corrupt(at, expected)),
            }
        };
        if records == 0 {
            return Err(corrupt(at, "the first record, which is written with the file"));
        }
        self.recovery.unfinished = records > 1;
        self.recovery.cut_bytes = (bytes.len() - end) as u64;
        self.length = end as u64;
        if self.recovery.cut_bytes > 0 {
            self.journal
                .set_len(self.length)
                .and_then(|()| self.journal.sync_all())
                .map_err(CrmError::io(&self.journal_path, "cutting off the torn end of the journal"))?;
        }
        self.journal
            .seek(SeekFrom::End(0))
            .map_err(CrmError::io(&self.journal_path, "seeking the end of the journal"))?;
        // A run says anew what it writes.
        self.current = None;
        self.sent.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
