//! From planned records to outcomes: batches, attempts, halves, and where to end.

use std::collections::VecDeque;
use std::time::Duration;

use super::Job;
use super::diff::{Change, Why};
use super::settings::ReadFirst;
use super::summary::{Reject, Stopped, Summary};
use crate::error::CrmError;
use crate::ledger::{Ack, Ledger};
use crate::limiter::Limiter;
use crate::mapping::Row;
use crate::retry::Backoff;
use crate::target::{Batch, Failure, Mode, Outcome};

/// Signals are looked for this often while waiting.
const LOOK_FOR_STOP: Duration = Duration::from_secs(1);
/// Batches given up one after another until the system counts as down.
const GIVEN_UP: u32 = 2;

/// Records that are sent together, as places among the changes.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) rows: Vec<u32>,
    /// Which attempt comes next, from 1.
    attempt: u32,
    /// Whether an attempt of this run may have been done without our knowing.
    pub(super) doubtful: bool,
    /// Records that were missing when they were read last.
    pub(super) missing: Vec<u32>,
    /// Whether it was sent again after the credentials were refused.
    renewed: bool,
    not_before: Duration,
}

impl Work {
    fn first(rows: Vec<u32>) -> Self {
        Self { rows, attempt: 1, doubtful: false, missing: Vec::new(), renewed: false, not_before: Duration::ZERO }
    }
}

/// A run that writes.
pub(super) struct Delivery<'a, 'b> {
    pub(super) job: Job<'a>,
    pub(super) ledger: &'b mut Ledger,
    pub(super) changes: &'b [Change],
    pub(super) summary: Summary,
    limiter: Limiter,
    backoff: Backoff,
    begun: Duration,
    queue: VecDeque<Work>,
    given_up: u32,
    /// Records that were written, to be read back.
    pub(super) written: Vec<u32>,
    pub(super) looked_at_first: bool,
}

impl<'a, 'b> Delivery<'a, 'b> {
    pub(super) fn new(job: Job<'a>, ledger: &'b mut Ledger, changes: &'b [Change], summary: Summary) -> Self {
        let begun = job.clock.now();
        let can = job.target.capabilities();
        let places: Vec<u32> = (0..changes.len()).map(|at| at as u32).collect();
        Self {
            limiter: Limiter::new(can.rate, begun),
            backoff: Backoff::new(job.settings.patience, job.settings.seed),
            queue: places.chunks(can.max_batch).map(|rows| Work::first(rows.to_vec())).collect(),
            begun,
            job,
            ledger,
            changes,
            summary,
            given_up: 0,
            written: Vec::new(),
            looked_at_first: false,
        }
    }

    /// Delivers until everything has an outcome or the run has to end.
    pub(super) fn deliver(mut self) -> Result<Summary, CrmError> {
        while self.summary.stopped.is_none() {
            let Some(work) = self.queue.pop_front() else { break };
            self.step(work)?;
            self.summary.journal_bytes = self.summary.journal_bytes.max(self.ledger.journal_bytes());
            self.ledger.shorten()?;
        }
        self.read_back_sample()?;
        self.ledger.finish()?;
        for work in std::mem::take(&mut self.queue) {
            self.leave(&work.rows);
        }
        self.summary.left_keys.sort_unstable();
        self.summary.in_doubt = self.ledger.in_doubt();
        Ok(self.summary)
    }

    fn step(&mut self, mut work: Work) -> Result<(), CrmError> {
        let now = self.job.clock.now();
        if now.saturating_sub(self.begun) > self.job.settings.patience.whole_run {
            self.stop(Stopped::OutOfTime, work);
            return Ok(());
        }
        if !self.pause(work.not_before.saturating_sub(now)) {
            self.stop(Stopped::Interrupted, work);
            return Ok(());
        }
        if self.is_to_be_looked_at(&work) {
            match self.look(&work)? {
                Ok((rows, missing)) => (work.rows, work.missing) = (rows, missing),
                // Without looking nothing may be written; else writing the same values again is as good. A question that
                // is refused says nothing of any record.
                Err(Failure::Refused { code, .. }) if self.job.settings.read_first == ReadFirst::Always => {
                    self.stop(Stopped::Refused(format!("reading was refused ({code})")), work);
                    return Ok(());
                }
                Err(failure) if self.job.settings.read_first == ReadFirst::Always => {
                    return self.failed(work, failure);
                }
                Err(Failure::Stop { why }) => {
                    self.stop(Stopped::Refused(why), work);
                    return Ok(());
                }
                Err(_) => {}
            }
            if work.rows.is_empty() {
                return Ok(());
            }
        }
        if !self.turn() {
            self.stop(Stopped::Interrupted, work);
            return Ok(());
        }
        let changes = self.changes;
        self.ledger.send(work.rows.iter().map(|at| changes[*at as usize].hash).collect())?;
        self.summary.calls += 1;
        let rows: Vec<&Row> = work.rows.iter().map(|at| &changes[*at as usize].row).collect();
        let batch = Batch { mapping: self.job.mapping, rows: &rows, mode: self.job.settings.mode };
        let answer = self.job.target.write(batch);
        self.limiter.follow(self.job.target.pace(), self.job.clock.now());
        match answer {
            Ok(outcomes) if outcomes.len() == rows.len() => self.answered(work, outcomes),
            Ok(outcomes) => {
                let why = format!("expected {} outcomes, found {}", rows.len(), outcomes.len());
                self.failed(work, Failure::Unclear { why, wait: None })
            }
            Err(failure) => {
                if !matches!(failure, Failure::Unclear { .. }) {
                    self.ledger.ack((0..rows.len()).map(|place| (place as u32, Ack::NotDone)).collect())?;
                }
                self.failed(work, failure)
            }
        }
    }

    fn is_to_be_looked_at(&self, work: &Work) -> bool {
        let in_doubt = || work.rows.iter().any(|at| self.changes[*at as usize].why == Why::InDoubt);
        self.job.target.capabilities().reads
            && match self.job.settings.read_first {
                ReadFirst::Never => false,
                ReadFirst::InDoubt => work.doubtful || (work.attempt == 1 && in_doubt()),
                ReadFirst::Always => true,
            }
    }

    /// Each record has its outcome.
    fn answered(&mut self, work: Work, outcomes: Vec<Outcome>) -> Result<(), CrmError> {
        let mut acks = Vec::with_capacity(outcomes.len());
        let (mut again, mut doubtful) = (Vec::new(), Vec::new());
        let (mut written, mut created) = (Vec::new(), 0);
        let mut refused = Vec::new();
        let mut last = String::new();
        for (place, (at, outcome)) in work.rows.iter().zip(outcomes).enumerate() {
            let change = &self.changes[*at as usize];
            let place = place as u32;
            let accepted = || (place, Ack::Accepted(change.print.clone()));
            match outcome {
                Outcome::Written => {
                    acks.push(accepted());
                    written.push(*at);
                }
                Outcome::Unchanged => {
                    acks.push(accepted());
                    self.summary.held_already += 1;
                }
                Outcome::Created => {
                    acks.push(accepted());
                    created += 1;
                }
                Outcome::NoMatch => {
                    acks.push((place, Ack::Gone));
                    self.summary.no_match += 1;
                }
                Outcome::Rejected { code, message } => {
                    acks.push((place, Ack::NotDone));
                    refused.push((*at, code, message));
                }
                Outcome::Busy { code } => {
                    acks.push((place, Ack::NotDone));
                    again.push(*at);
                    last = code;
                }
                Outcome::Unknown { why } => {
                    doubtful.push(*at);
                    last = why;
                }
            }
        }
        if !acks.is_empty() {
            self.given_up = 0;
        }
        self.ledger.ack(acks)?;
        for (at, code, message) in refused {
            self.refused(at, (code, message), &work)?;
        }
        self.summary.written += written.len() as u64;
        self.summary.created += created;
        if created > 0 && self.job.settings.mode == Mode::UpdateOnly {
            self.summary.stopped = Some(Stopped::Created);
        }
        self.written.extend_from_slice(&written);
        self.guard_rejects();
        if !self.looked_at_first && !written.is_empty() {
            self.read_back_first(&written)?;
        }
        for (rows, in_doubt) in [(again, work.doubtful), (doubtful, true)] {
            if !rows.is_empty() {
                let (missing, attempt, renewed) = (work.missing.clone(), work.attempt, work.renewed);
                let attempt = Work { doubtful: in_doubt, missing, attempt, renewed, ..Work::first(rows) };
                self.again(attempt, None, last.clone(), false);
            }
        }
        Ok(())
    }

    /// The call as a whole came to nothing. What can be acknowledged has been.
    pub(super) fn failed(&mut self, mut work: Work, failure: Failure) -> Result<(), CrmError> {
        if let (Failure::Refused { code, message }, [at]) = (&failure, work.rows.as_slice()) {
            self.given_up = 0;
            self.refused(*at, (code.clone(), message.clone()), &work)?;
            self.guard_rejects();
            return Ok(());
        }
        // Only whole answers in a row, none of which has a record, say that it is not there.
        work.missing.clear();
        match failure {
            Failure::NotDone { why, wait } => self.again(work, wait, why, true),
            Failure::Unclear { why, wait } => {
                work.doubtful = true;
                self.again(work, wait, why, true);
            }
            Failure::Refused { .. } => {
                // Down to the record that the system will not take; the others are written.
                let (first, second) = work.rows.split_at(work.rows.len() / 2);
                let half = |rows: &[u32]| Work { rows: rows.to_vec(), missing: Vec::new(), ..work };
                let (first, second) = (half(first), half(second));
                self.queue.push_front(second);
                self.queue.push_front(first);
            }
            Failure::Credentials { .. } if !work.renewed => {
                // Once, whether or not there are others: the refusal may have been a passing one.
                let _ = self.job.target.renew_credentials();
                work.renewed = true;
                self.summary.retries += 1;
                self.queue.push_front(work);
            }
            failure @ (Failure::Credentials { .. } | Failure::Stop { .. }) => {
                self.stop(Stopped::Refused(failure.to_string()), work);
            }
        }
        Ok(())
    }

    /// Sends the same once more, or gives it up.
    fn again(&mut self, work: Work, asked: Option<Duration>, why: String, next: bool) {
        let patience = self.job.settings.patience;
        let wait = self.backoff.wait(work.attempt, asked);
        let stopped = match (wait, asked) {
            (None, Some(asked)) => Some(Stopped::LongWait(asked)),
            _ if self.summary.retries >= patience.retries => Some(Stopped::OutOfRetries),
            _ => None,
        };
        if let Some(stopped) = stopped {
            return self.stop(stopped, work);
        }
        if work.attempt >= patience.attempts {
            self.leave(&work.rows);
            self.given_up += 1;
            if self.given_up >= GIVEN_UP {
                self.summary.stopped = Some(Stopped::Down(why));
            }
            return;
        }
        self.summary.retries += 1;
        let not_before = self.job.clock.now() + wait.unwrap_or_default();
        let work = Work { attempt: work.attempt + 1, not_before, ..work };
        if next { self.queue.push_front(work) } else { self.queue.push_back(work) }
    }

    /// A record that is refused is rejected; or not there, if reading did not find it before and does not find it now: not every
    /// system says which it is.
    fn refused(&mut self, at: u32, (code, message): (String, String), work: &Work) -> Result<(), CrmError> {
        if work.missing.contains(&at) && self.is_missing(at) {
            self.ledger.send(vec![self.changes[at as usize].hash])?;
            self.ledger.ack(vec![(0, Ack::Gone)])?;
            self.summary.no_match += 1;
            return Ok(());
        }
        self.summary.rejected += 1;
        let key = self.changes[at as usize].row.key.clone();
        self.summary.rejects.push(Reject { key, code, message, attempt: work.attempt });
        Ok(())
    }

    fn guard_rejects(&mut self) {
        if self.summary.stopped.is_none()
            && self.job.settings.max_rejects.is_some_and(|most| self.summary.rejected > most)
        {
            self.summary.stopped = Some(Stopped::TooManyRejects(self.summary.rejected));
        }
    }

    /// These are not finished in this run.
    fn leave(&mut self, rows: &[u32]) {
        self.summary.left += rows.len() as u64;
        let changes = self.changes;
        self.summary.left_keys.extend(rows.iter().map(|at| changes[*at as usize].row.key.clone()));
    }

    /// Ends the run; this work is left.
    pub(super) fn stop(&mut self, stopped: Stopped, work: Work) {
        self.leave(&work.rows);
        self.summary.stopped.get_or_insert(stopped);
    }

    /// Waits until the rate allows a call; `false` where the run is to end.
    pub(super) fn turn(&mut self) -> bool {
        let wait = self.limiter.take(self.job.clock.now());
        self.pause(wait)
    }

    /// Follows what a reading call said of the rate.
    pub(super) fn follow(&mut self) {
        self.limiter.follow(self.job.target.pace(), self.job.clock.now());
    }

    /// Waits; `false` where the run is to end.
    pub(super) fn pause(&mut self, mut time: Duration) -> bool {
        loop {
            if (self.job.stop)() {
                return false;
            }
            if time.is_zero() {
                return true;
            }
            let slice = time.min(LOOK_FOR_STOP);
            self.job.clock.sleep(slice);
            self.summary.waited += slice;
            time -= slice;
        }
    }
}
