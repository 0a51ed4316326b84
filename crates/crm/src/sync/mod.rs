//! One run: what changed, what is allowed, what became of each record.

mod deliver;
mod diff;
mod dry_run;
mod look;
mod settings;
mod summary;

use crate::clock::Clock;
use crate::error::CrmError;
use crate::ledger::Ledger;
use crate::mapping::{Mapping, Row, Version};
use crate::retry::Backoff;
use crate::target::{Failure, Held, Target};

use deliver::Delivery;
use diff::Change;

pub use diff::Why;
pub use dry_run::{Old, Planned};
pub use settings::{ReadFirst, Settings};
pub use summary::{ReadBack, Reject, Stopped, Summary};

/// So many records at most are looked up to see whether they are there.
const MATCH_SAMPLE: usize = 200;

/// What is to be written where, and how.
pub struct Job<'a> {
    /// Where.
    pub target: &'a mut dyn Target,
    /// What the rows' values mean.
    pub mapping: &'a Mapping,
    /// Of which scores they are.
    pub version: &'a Version,
    /// What is allowed.
    pub settings: &'a Settings,
    /// Time for waits.
    pub clock: &'a dyn Clock,
    /// Asked between two batches and while waiting: whether to end now. The batch in flight is always finished.
    pub stop: &'a dyn Fn() -> bool,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("target", &self.target.name())
            .field("version", self.version)
            .finish_non_exhaustive()
    }
}

impl Job<'_> {
    /// Writes what changed. The rows may come in any order, each key once; they are read to their end before anything
    /// is written. `ledger` is the memory of this target, opened with its [`identity`](Target::identity).
    ///
    /// # Errors
    /// Anything that is found before the first write: then nothing was written. After it only a journal that cannot be
    /// written; everything else ends in the [`Summary`].
    pub fn run<E: std::error::Error + Send + Sync + 'static>(
        mut self,
        ledger: &mut Ledger,
        rows: impl IntoIterator<Item = Result<Row, E>>,
    ) -> Result<Summary, CrmError> {
        let (changes, summary) = self.prepare(ledger, rows)?;
        if changes.is_empty() {
            let mut summary = summary;
            // A journal that a killed run left is brought into the state even where nothing is left to do.
            ledger.finish()?;
            summary.in_doubt = ledger.in_doubt();
            return Ok(summary);
        }
        self.guard(&changes, &summary)?;
        ledger.begin(self.version, self.mapping, diff::plan_digest(&changes), summary.planned)?;
        Delivery::new(self, ledger, &changes, summary).deliver()
    }

    /// Tells what a run would write, field by field, and writes nothing. With `ask` the target is read, which costs
    /// reading calls.
    ///
    /// # Errors
    /// As for [`run`](Self::run), a target that cannot be read where that was asked for, and those of `out`.
    pub fn dry_run<E: std::error::Error + Send + Sync + 'static>(
        mut self,
        ledger: &Ledger,
        rows: impl IntoIterator<Item = Result<Row, E>>,
        ask: bool,
        out: &mut dyn FnMut(&Planned<'_>) -> std::io::Result<()>,
    ) -> Result<Summary, CrmError> {
        let (changes, mut summary) = self.prepare(ledger, rows)?;
        dry_run::tell(&mut self, &changes, ask, &mut summary, out)?;
        Ok(summary)
    }

    /// Checks settings and fields, reads the rows, keeps what is to be written.
    fn prepare<E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        ledger: &Ledger,
        rows: impl IntoIterator<Item = Result<Row, E>>,
    ) -> Result<(Vec<Change>, Summary), CrmError> {
        self.settings.check(&self.target.name(), self.target.capabilities())?;
        let found = self.target.preflight(self.mapping).map_err(|failure| self.unreachable(failure))?;
        let missing = found.missing.iter().map(|field| format!("field {:?} is missing; make it first", field.name));
        let problems: Vec<String> = missing.chain(found.problems).collect();
        if !problems.is_empty() {
            return Err(CrmError::NotReady { target: self.target.name(), problems });
        }
        let mut summary = Summary { not_known: found.not_checked, recovery: ledger.recovery(), ..Summary::default() };
        let changes = diff::diff(rows, self.mapping, self.version, self.settings, ledger, &mut summary)?;
        Ok((changes, summary))
    }

    /// The last questions before anything is written.
    fn guard(&mut self, changes: &[Change], summary: &Summary) -> Result<(), CrmError> {
        let planned = summary.planned;
        if let Some(most) = self.settings.max_changes
            && planned > most
        {
            return Err(CrmError::Guard {
                guard: "max changes",
                expected: format!("at most {most} records to write"),
                found: planned.to_string(),
            });
        }
        let Some(least) = self.settings.min_matched else { return Ok(()) };
        let every = changes.len().div_ceil(MATCH_SAMPLE);
        let sample: Vec<&str> = changes.iter().step_by(every).map(|change| change.row.key.as_str()).collect();
        let mut matched = 0_usize;
        for keys in sample.chunks(self.target.capabilities().max_read.max(1)) {
            let held = self.looked_up(keys)?;
            matched += held.iter().filter(|held| matches!(held, Held::Values(_))).count();
        }
        // What the target accepted before is there. On a quiet night nothing but records that are not there is left to
        // write, and they are no reason to stop.
        let accepted = (summary.unchanged + summary.below_step) as f64;
        let changed = changes.len() as f64;
        let share = (accepted + changed * matched as f64 / sample.len() as f64) / (accepted + changed);
        if share < least {
            return Err(CrmError::Guard {
                guard: "least share matched (min_matched)",
                expected: format!("at least {least} of the records in {}", self.target.name()),
                found: format!(
                    "{matched} records of a sample of {} to be written, {share:.3} of all; is the key the right field? are the ids the same on both sides, with the zeros at their beginning? (min_matched says how small a share is right)",
                    sample.len()
                ),
            });
        }
        Ok(())
    }

    /// What records hold; asked for again, each time later, where the answer may be another one.
    fn looked_up(&mut self, keys: &[&str]) -> Result<Vec<Held>, CrmError> {
        let patience = self.settings.patience;
        let mut waits = Backoff::new(patience, self.settings.seed);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let failure = match self.target.read(self.mapping, keys) {
                Ok(held) => return Ok(held),
                Err(failure) => failure,
            };
            let wait = match &failure {
                Failure::NotDone { wait, .. } | Failure::Unclear { wait, .. } => waits.wait(attempt, *wait),
                _ => None,
            };
            match wait {
                Some(wait) if attempt < patience.attempts && !(self.stop)() => self.clock.sleep(wait),
                _ => return Err(self.unreachable(failure)),
            }
        }
    }

    fn unreachable(&self, failure: Failure) -> CrmError {
        CrmError::Unreachable { target: self.target.name(), why: failure.to_string() }
    }
}

#[cfg(test)]
pub(crate) mod tests;
