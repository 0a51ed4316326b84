//! What a target came to, for people and for machines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crm::{OnNull, Summary, Version};
use serde::Serialize;

use super::planned::{Planned, Shown};
use super::source::Tally;
use crate::exit::{Exit, joined};
use crate::project::SyncSpec;

/// A target's part of the answer.
#[derive(Debug, Serialize)]
pub(super) struct TargetResult {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) done: Option<Done>,
    #[serde(flatten)]
    nothing: Option<Nothing>,
    pub(super) error: Option<TargetError>,
}

/// A target for which there was no row.
#[derive(Debug, Serialize)]
struct Nothing {
    source: String,
    rows: u64,
    planned: u64,
    written: u64,
    complete: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct TargetError {
    kind: Exit,
    message: String,
}

/// A target that was written, or would be.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    target: String,
    dry_run: bool,
    as_of: String,
    model: String,
    age_days: i32,
    source: String,
    /// Whether a run before was killed, and this one resumed it.
    resumed: bool,
    rows: u64,
    eligible: u64,
    lapsed: u64,
    new: u64,
    held_out: u64,
    not_selected: u64,
    unchanged: u64,
    below_step: u64,
    nothing_to_send: u64,
    superseded: u64,
    held_back: u64,
    planned: u64,
    written: u64,
    held_already: u64,
    created: u64,
    no_match: u64,
    rejected: u64,
    left: u64,
    in_doubt: u64,
    calls: u64,
    reading_calls: u64,
    retries: u64,
    waited_seconds: f64,
    /// How long the journal was before it was brought into the state.
    journal_bytes: u64,
    /// Fields with empty values, and how many rows have one.
    empty: BTreeMap<String, u64>,
    read_back: Option<ReadBackResult>,
    stopped: Option<String>,
    not_known: Vec<String>,
    fields_made: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_write: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_planned: Option<Vec<Shown>>,
    complete: bool,
    files: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ReadBackResult {
    records: u64,
    different: u64,
    fields: BTreeSet<String>,
}

/// What a target's part of the answer is made of.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) spec: &'a SyncSpec,
    pub(super) target: String,
    pub(super) version: &'a Version,
    pub(super) age_days: i32,
    pub(super) source: PathBuf,
    pub(super) tally: Tally,
    pub(super) summary: Summary,
    pub(super) planned: Option<Planned>,
    pub(super) fields_made: Vec<String>,
    pub(super) files: Vec<PathBuf>,
}

impl TargetResult {
    pub(super) fn failed(name: &str, error: &anyhow::Error) -> Self {
        let error = TargetError { kind: Exit::of(error), message: joined(error) };
        Self { name: name.to_owned(), done: None, nothing: None, error: Some(error) }
    }

    /// A plan in which nobody is.
    pub(super) fn empty(name: &str, source: &Path) -> Self {
        let source = source.display().to_string();
        let nothing = Nothing { source, rows: 0, planned: 0, written: 0, complete: true };
        Self { name: name.to_owned(), done: None, nothing: Some(nothing), error: None }
    }

    pub(super) fn of(facts: Facts<'_>) -> Self {
        let Facts { spec, target, version, age_days, source, tally, summary, planned, fields_made, files } = facts;
        let empty = spec.fields.iter().zip(&tally.empty).filter(|(_, count)| **count > 0);
        let complete = summary.complete();
        let done = Done {
            target,
            dry_run: planned.is_some(),
            as_of: version.as_of.to_string(),
            model: version.model.clone(),
            age_days,
            source: source.display().to_string(),
            resumed: summary.recovery.unfinished,
            rows: summary.rows,
            eligible: tally.eligible,
            lapsed: tally.lapsed,
            new: tally.new,
            held_out: tally.held_out,
            not_selected: summary.not_selected,
            unchanged: summary.unchanged,
            below_step: summary.below_step,
            nothing_to_send: summary.nothing_to_send,
            superseded: summary.superseded,
            held_back: summary.held_back,
            planned: summary.planned,
            written: summary.written,
            held_already: summary.held_already,
            created: summary.created,
            no_match: summary.no_match,
            rejected: summary.rejected,
            left: summary.left,
            in_doubt: summary.in_doubt,
            calls: summary.calls,
            reading_calls: summary.reading_calls,
            retries: summary.retries,
            waited_seconds: summary.waited.as_secs_f64(),
            journal_bytes: summary.journal_bytes,
            empty: empty.map(|(field, count)| (field.field.name.clone(), *count)).collect(),
            read_back: summary.read_back.map(|read_back| ReadBackResult {
                records: read_back.records,
                different: read_back.different.len() as u64,
                fields: read_back.different.into_iter().map(|(_, field)| field).collect(),
            }),
            stopped: summary.stopped.map(|stopped| stopped.to_string()),
            not_known: summary.not_known,
            fields_made,
            would_write: planned.as_ref().map(|planned| planned.records),
            first_planned: planned.map(|planned| planned.first),
            complete,
            files: files.iter().map(|path| path.display().to_string()).collect(),
        };
        Self { name: spec.name.clone(), done: Some(done), nothing: None, error: None }
    }

    /// The text about a target.
    pub(super) fn text(&self, spec: Option<&SyncSpec>) -> String {
        if let Some(nothing) = &self.nothing {
            return format!("{}: {} has no rows; nothing to write", self.name, nothing.source);
        }
        let Some(done) = &self.done else {
            let message = self.error.as_ref().map_or("", |error| error.message.as_str());
            return format!("{}: not done: {message}", self.name);
        };
        let mut lines = vec![format!("{}: {}, {}", self.name, done.target, done.of_what())];
        if done.resumed {
            lines.push("the run before was ended from outside; this one resumes it".to_owned());
        }
        if !done.fields_made.is_empty() {
            lines.push(format!("fields made: {}", done.fields_made.join(", ")));
        }
        lines.push(done.rows());
        lines.extend(done.outcomes());
        lines.extend(done.empty(spec));
        if let Some(read_back) = &done.read_back {
            lines.push(match read_back.different {
                0 => format!("read back: {}, as written", counted(read_back.records, "record")),
                different => format!(
                    "read back: of {}, {different} not as written, in {}",
                    counted(read_back.records, "record"),
                    read_back.fields.iter().cloned().collect::<Vec<_>>().join(", ")
                ),
            });
        }
        for shown in done.first_planned.iter().flatten() {
            lines.push(format!("  {shown}"));
        }
        if let (Some(first), Some(records)) = (&done.first_planned, done.would_write)
            && !first.is_empty()
        {
            lines.push(format!("  (the first of {} to write; the file below has all)", counted(records, "record")));
        }
        lines.extend(done.stopped.iter().map(|why| format!("ended early: {why}")));
        if done.in_doubt > 0 {
            let doubt = counted(done.in_doubt, "record");
            lines.push(format!("{doubt} in doubt: sent, and nobody knows whether written; the next run settles that"));
        }
        lines.extend(done.not_known.iter().map(|what| format!("not known: {what}")));
        lines.extend(done.files.iter().map(|file| format!("written: {file}")));
        lines.join("\n")
    }

    /// Why running again is needed, if it is.
    pub(super) fn incomplete(&self) -> Option<String> {
        let done = self.done.as_ref().filter(|done| !done.complete)?;
        let mut parts = Vec::new();
        if done.left > 0 {
            parts.push(format!("{} left", counted(done.left, "record")));
        }
        if done.rejected > 0 {
            parts.push(format!("{} rejected (see sync-rejects.csv)", counted(done.rejected, "record")));
        }
        parts.extend(done.stopped.clone());
        if parts.is_empty() {
            parts.push("the target does not hold what it said it accepted".to_owned());
        }
        Some(format!("sync \"{}\": {}; run again to resume", self.name, parts.join("; ")))
    }
}

impl Done {
    fn of_what(&self) -> String {
        let age = match self.age_days {
            0 => String::new(),
            1 => ", 1 day old".to_owned(),
            days if days < 0 => format!(", {} days ahead of today", -days),
            days => format!(", {days} days old"),
        };
        let dry = if self.dry_run { "; dry run, nothing is written to it" } else { "" };
        match self.model.as_str() {
            "plan" => format!("plan of {}{age}{dry}", self.as_of),
            model => format!("scores of {} by {model}{age}{dry}", self.as_of),
        }
    }

    fn rows(&self) -> String {
        let mut parts = Vec::new();
        for (count, what) in [
            (self.eligible, "eligible"),
            (self.lapsed, "lapsed"),
            (self.new, "new"),
            (self.held_out, "held out of the plan and left out here"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        let more = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        format!("{}{more}", counted(self.rows + self.held_out, "row"))
    }

    fn outcomes(&self) -> Vec<String> {
        let mut before = Vec::new();
        for (count, what) in [
            (self.not_selected, "not asked for"),
            (self.unchanged, "unchanged"),
            (self.below_step, "changed by less than a step"),
            (self.nothing_to_send, "with nothing to send"),
            (self.superseded, "left alone, since newer scores were written"),
            (self.held_back, "beyond the limit"),
        ] {
            if count > 0 {
                before.push(format!("{count} {what}"));
            }
        }
        let mut lines = Vec::new();
        if !before.is_empty() {
            lines.push(format!("not sent: {}", before.join(", ")));
        }
        if self.dry_run {
            let mut parts = vec![format!("would write {}", counted(self.would_write.unwrap_or(0), "record"))];
            for (count, what) in [(self.held_already, "hold the values already"), (self.no_match, "are not there")] {
                if count > 0 {
                    parts.push(format!("{count} {what}"));
                }
            }
            lines.push(parts.join(", "));
            return lines;
        }
        if self.planned == 0 {
            lines.push("nothing to write".to_owned());
            return lines;
        }
        let mut after = Vec::new();
        if self.written > 0 || self.created == 0 {
            after.push(format!("written {}", self.written));
        }
        for (count, what) in [
            (self.created, "made"),
            (self.held_already, "held the values already"),
            (self.no_match, "not there, and not made"),
            (self.rejected, "rejected"),
            (self.left, "left"),
        ] {
            if count > 0 {
                after.push(format!("{count} {what}"));
            }
        }
        lines.push(format!("{} (in {})", after.join(", "), counted(self.calls, "call")));
        lines
    }

    /// What becomes of empty values: a record may keep what an older run wrote.
    fn empty(&self, spec: Option<&SyncSpec>) -> Vec<String> {
        let fields = spec.map_or(&[][..], |spec| &spec.fields);
        let of = |on_null: OnNull| {
            let named = fields.iter().filter(|field| field.field.on_null == on_null);
            let named = named.filter_map(|field| {
                let name = &field.field.name;
                self.empty.get(name).map(|count| format!("{name} ({count})"))
            });
            named.collect::<Vec<_>>().join(", ")
        };
        let (skipped, cleared) = (of(OnNull::Skip), of(OnNull::Clear));
        let mut lines = Vec::new();
        if !skipped.is_empty() {
            lines.push(format!("empty in so many rows, where the target keeps what it has: {skipped}"));
        }
        if !cleared.is_empty() {
            lines.push(format!("empty in so many rows, and emptied in the target: {cleared}"));
        }
        lines
    }
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
