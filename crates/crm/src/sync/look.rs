//! Reading what a target holds: before writing, where nobody knows, and after it, to see that it is so.

use std::time::Duration;

use super::deliver::{Delivery, Work};
use super::summary::{ReadBack, Stopped};
use crate::error::CrmError;
use crate::ledger::Ack;
use crate::mapping::{Mapping, Row, Version};
use crate::target::{Failure, Held, Mode, Target};
use crate::value::Value;

/// Of the first batch so many are read back before the rest is written.
const FIRST_LOOK: usize = 5;
/// A system may need a moment until it shows what it accepted.
const MOMENT: Duration = Duration::from_secs(2);

/// How what a target holds stands to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It holds the row's values.
    Holds,
    /// It does not, or does not say.
    Differs,
    /// There is no such record.
    Missing,
    /// It holds newer scores.
    Newer,
}

/// Compares what a target holds with a row, field by field, in the target's own form.
pub(super) fn standing(target: &dyn Target, mapping: &Mapping, version: &Version, row: &Row, held: &Held) -> Standing {
    match held {
        Held::Missing => Standing::Missing,
        Held::Several => Standing::Differs,
        Held::Values(found) => {
            let as_of = mapping.as_of_field().and_then(|at| found.get(at)).and_then(Option::as_ref).and_then(day);
            if as_of.is_some_and(|as_of| as_of > version.as_of) {
                Standing::Newer
            } else if differing(target, mapping, row, found).next().is_none() {
                Standing::Holds
            } else {
                Standing::Differs
            }
        }
    }
}

/// The fields whose values a target does not hold, or of which it does not say.
pub(super) fn differing<'a>(
    target: &'a dyn Target,
    mapping: &'a Mapping,
    row: &'a Row,
    found: &'a [Option<Value>],
) -> impl Iterator<Item = usize> + 'a {
    mapping.fields().iter().enumerate().filter_map(move |(at, field)| {
        let written = &row.values[at];
        let sent = *written != Value::Null || field.on_null == crate::mapping::OnNull::Clear;
        let holds = found.get(at).and_then(Option::as_ref).is_some_and(|found| target.same(field, written, found));
        (sent && !holds).then_some(at)
    })
}

fn day(value: &Value) -> Option<jiff::civil::Date> {
    value.text().get(..10)?.parse().ok()
}

/// Records that are to be written, and those among them that seem to be missing.
type Left = (Vec<u32>, Vec<u32>);

impl Delivery<'_, '_> {
    /// Reads what records hold and settles those that need no writing; the others come back. An answer may leave a record out that is there: it counts as missing once it is so twice, with a whole answer to writing
    /// it in between that leaves it out as well.
    pub(super) fn look(&mut self, work: &Work) -> Result<Result<Left, Failure>, CrmError> {
        let (changes, mapping) = (self.changes, self.job.mapping);
        let most = self.job.target.capabilities().max_read.max(1);
        let (mut rest, mut perhaps_missing) = (Vec::new(), Vec::new());
        // Nothing is counted before all of it was read, so that a failure leaves the work as it was.
        let (mut settled, mut missing, mut newer) = (Vec::new(), Vec::new(), 0);
        for rows in work.rows.chunks(most) {
            let keys: Vec<&str> = rows.iter().map(|at| changes[*at as usize].row.key.as_str()).collect();
            if !self.turn() {
                return Ok(Err(Failure::NotDone { why: "interrupted".to_owned(), wait: None }));
            }
            self.summary.reading_calls += 1;
            let held = self.job.target.read(mapping, &keys);
            self.follow();
            let held = match held {
                Ok(held) if held.len() == rows.len() => held,
                Ok(_) => {
                    return Ok(Err(Failure::NotDone { why: "not every record was answered".to_owned(), wait: None }));
                }
                Err(Failure::Unclear { why, wait }) => return Ok(Err(Failure::NotDone { why, wait })),
                Err(failure) => return Ok(Err(failure)),
            };
            for (at, held) in rows.iter().zip(&held) {
                let row = &changes[*at as usize].row;
                match standing(&*self.job.target, mapping, self.job.version, row, held) {
                    Standing::Holds => settled.push(*at),
                    Standing::Missing if self.job.settings.mode == Mode::UpdateOnly => {
                        if work.missing.contains(at) {
                            missing.push(*at);
                        } else {
                            perhaps_missing.push(*at);
                            rest.push(*at);
                        }
                    }
                    Standing::Newer => newer += 1,
                    Standing::Missing | Standing::Differs => rest.push(*at),
                }
            }
        }
        let hashes = |rows: &[u32]| rows.iter().map(|at| changes[*at as usize].hash).collect::<Vec<_>>();
        if !settled.is_empty() || !missing.is_empty() {
            self.ledger.send([hashes(&settled), hashes(&missing)].concat())?;
            let accepted = settled.iter().map(|at| Ack::Accepted(changes[*at as usize].print.clone()));
            let acks = accepted.chain(missing.iter().map(|_| Ack::Gone));
            self.ledger.ack(acks.enumerate().map(|(place, ack)| (place as u32, ack)).collect())?;
        }
        if work.doubtful {
            // Sent by this run, and it arrived.
            self.summary.written += settled.len() as u64;
            self.written.extend_from_slice(&settled);
        } else {
            self.summary.held_already += settled.len() as u64;
        }
        self.summary.no_match += missing.len() as u64;
        self.summary.superseded += newer;
        Ok(Ok((rest, perhaps_missing)))
    }

    /// Whether a record that is read once more is not there.
    pub(super) fn is_missing(&mut self, at: u32) -> bool {
        if !self.turn() {
            return false;
        }
        self.summary.reading_calls += 1;
        let held = self.job.target.read(self.job.mapping, &[&self.changes[at as usize].row.key]);
        self.follow();
        matches!(held.as_deref(), Ok([Held::Missing]))
    }

    /// Reads back some of the first records that were written, so that a field which the system drops costs one batch.
    pub(super) fn read_back_first(&mut self, written: &[u32]) -> Result<(), CrmError> {
        self.looked_at_first = true;
        let most = FIRST_LOOK.min(self.job.settings.read_back);
        self.read_back(&written[..written.len().min(most)], written)
    }

    /// Reads back a sample of everything that was written.
    pub(super) fn read_back_sample(&mut self) -> Result<(), CrmError> {
        let most = self.job.settings.read_back;
        if most == 0 || self.written.is_empty() || self.summary.stopped.is_some() {
            return Ok(());
        }
        let every = self.written.len().div_ceil(most);
        let sample: Vec<u32> = self.written.iter().copied().step_by(every).collect();
        self.read_back(&sample, &[])
    }

    /// Compares; what is not held, and `with` it where anything is not, is in doubt from then on.
    fn read_back(&mut self, sample: &[u32], with: &[u32]) -> Result<(), CrmError> {
        if sample.is_empty() || !self.job.target.capabilities().reads {
            return Ok(());
        }
        let mut different = self.compare(sample);
        if different.as_ref().is_some_and(|different| !different.is_empty()) && self.pause(MOMENT) {
            different = self.compare(sample);
        }
        let Some(different) = different else {
            self.summary.not_known.push("reading back failed: what was written was not compared".to_owned());
            return Ok(());
        };
        let changes = self.changes;
        let found = self.summary.read_back.get_or_insert_with(ReadBack::default);
        found.records += sample.len() as u64;
        if different.is_empty() {
            return Ok(());
        }
        let mut doubtful: Vec<u32> = with.iter().copied().chain(different.iter().map(|(at, _)| *at)).collect();
        doubtful.sort_unstable();
        doubtful.dedup();
        for (at, field) in different {
            let name = self.job.mapping.fields()[field].name.clone();
            found.different.push((changes[at as usize].row.key.clone(), name));
        }
        self.ledger.doubt(doubtful.iter().map(|at| changes[*at as usize].hash).collect())?;
        self.summary.stopped.get_or_insert(Stopped::NotHeld);
        Ok(())
    }

    /// Row and field of everything that is not as written; `None` where it could not be read.
    fn compare(&mut self, sample: &[u32]) -> Option<Vec<(u32, usize)>> {
        let (changes, mapping) = (self.changes, self.job.mapping);
        let mut different = Vec::new();
        for rows in sample.chunks(self.job.target.capabilities().max_read.max(1)) {
            let keys: Vec<&str> = rows.iter().map(|at| changes[*at as usize].row.key.as_str()).collect();
            if !self.turn() {
                return None;
            }
            self.summary.reading_calls += 1;
            let held = self.job.target.read(mapping, &keys);
            self.follow();
            let held = held.ok().filter(|held| held.len() == rows.len())?;
            for (at, held) in rows.iter().zip(&held) {
                let row = &changes[*at as usize].row;
                match held {
                    Held::Values(found) => {
                        different.extend(differing(&*self.job.target, mapping, row, found).map(|field| (*at, field)));
                    }
                    Held::Missing | Held::Several => different.push((*at, 0)),
                }
            }
        }
        Some(different)
    }
}
