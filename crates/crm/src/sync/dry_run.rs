//! What a run would write, told field by field.

use super::Job;
use super::diff::{Change, Why};
use super::look::{Standing, differing, standing};
use super::summary::Summary;
use crate::error::CrmError;
use crate::limiter::Limiter;
use crate::target::{Held, Mode};
use crate::value::Value;

/// What a field holds before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Old {
    /// The target was not asked.
    NotAsked,
    /// The target was asked and did not say.
    NotSaid,
    /// More than one record has this key.
    Several,
    /// There is no such record.
    NoRecord,
    /// This.
    Holds(Value),
}

/// One field of one record as a run would write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned<'a> {
    /// The record.
    pub key: &'a str,
    /// The field.
    pub field: &'a str,
    /// What it holds now.
    pub old: Old,
    /// What it would hold.
    pub new: &'a Value,
    /// Why the record would be written.
    pub why: Why,
}

pub(super) fn tell(
    job: &mut Job<'_>,
    changes: &[Change],
    ask: bool,
    summary: &mut Summary,
    out: &mut dyn FnMut(&Planned<'_>) -> std::io::Result<()>,
) -> Result<(), CrmError> {
    let can = job.target.capabilities();
    if ask && !can.reads {
        return Err(CrmError::Setting {
            place: format!("{}: reading for a dry run", job.target.name()),
            expected: "a target that can be read".to_owned(),
            found: "one that cannot".to_owned(),
        });
    }
    if !ask {
        let said = "the target was not asked: what its fields hold, and which of the records are there, is not known";
        summary.not_known.push(said.to_owned());
    }
    let mut limiter = Limiter::new(can.rate, job.clock.now());
    for part in changes.chunks(can.max_read.max(1)) {
        let mut held: Vec<Option<Held>> = vec![None; part.len()];
        if ask {
            let keys: Vec<&str> = part.iter().map(|change| change.row.key.as_str()).collect();
            job.clock.sleep(limiter.take(job.clock.now()));
            summary.reading_calls += 1;
            let read = job.target.read(job.mapping, &keys);
            limiter.follow(job.target.pace(), job.clock.now());
            let read =
                read.map_err(|failure| CrmError::Unreachable { target: job.target.name(), why: failure.to_string() })?;
            if read.len() == part.len() {
                held = read.into_iter().map(Some).collect();
            } else {
                summary.not_known.push("the target did not answer for every record".to_owned());
            }
        }
        for (change, held) in part.iter().zip(&held) {
            record(job, change, held.as_ref(), summary, out)
                .map_err(CrmError::io(std::path::Path::new("dry run"), "writing what is planned"))?;
        }
    }
    Ok(())
}

fn record(
    job: &Job<'_>,
    change: &Change,
    held: Option<&Held>,
    summary: &mut Summary,
    out: &mut dyn FnMut(&Planned<'_>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let found = match held {
        None => None,
        Some(held) => match (standing(&*job.target, job.mapping, job.version, &change.row, held), held) {
            (Standing::Holds, _) => {
                summary.held_already += 1;
                return Ok(());
            }
            (Standing::Newer, _) => {
                summary.superseded += 1;
                return Ok(());
            }
            (Standing::Missing, _) if job.settings.mode == Mode::UpdateOnly => {
                summary.no_match += 1;
                return Ok(());
            }
            (_, Held::Values(found)) => Some(found),
            _ => None,
        },
    };
    let to_write: Option<Vec<usize>> =
        found.map(|found| differing(&*job.target, job.mapping, &change.row, found).collect());
    for (at, (field, new)) in job.mapping.fields().iter().zip(&change.row.values).enumerate() {
        let sent = *new != Value::Null || field.on_null == crate::mapping::OnNull::Clear;
        if !sent || to_write.as_ref().is_some_and(|fields| !fields.contains(&at)) {
            continue;
        }
        let old = match (held, found) {
            (None, _) => Old::NotAsked,
            (Some(Held::Missing), _) => Old::NoRecord,
            (Some(Held::Several), _) => Old::Several,
            (_, Some(found)) => found.get(at).cloned().flatten().map_or(Old::NotSaid, Old::Holds),
            _ => Old::NotSaid,
        };
        out(&Planned { key: &change.row.key, field: &field.name, old, new, why: change.why })?;
    }
    Ok(())
}
