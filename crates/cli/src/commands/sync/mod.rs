//! `churn sync`: scores or the plan into the systems that the project names.

mod parquet;
mod planned;
mod secret;
mod source;
mod system;
mod tables;
mod told;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use crm::{CrmError, Failure, Job, Ledger, Mode, Patience, Settings, Stopped, SystemClock, Target, rejects};
use serde::Serialize;

use crate::answer::Answer;
use crate::args::ProjectArgs;
use crate::exit::UsageError;
use crate::interrupt;
use crate::model_store::ModelStore;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{Project, SyncSource, SyncSpec, did_you_mean};
use planned::PlannedFile;
pub(crate) use source::SourceRefused;
use source::{Opened, Source};
use told::{Facts, TargetResult};

/// Folder of the targets' folders, in the folder of the outputs.
const FOLDER: &str = "sync";
/// Where the project file says nothing, at least this share of the records has to be there: if fewer are, the ids are not the same.
const LEAST_MATCHED: f64 = 0.95;
/// Records that were refused for good in the last run.
const REJECTS: &str = "sync-rejects.csv";
/// Records that the last run did not finish.
const LEFT: &str = "sync-left.csv";
/// What a dry run would write.
const PLANNED: &str = "dry-run.csv";

#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    /// Only this target of the project file; may be given many times [default: all of them].
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Write nothing to the targets; say and write down which fields would be written, what they hold and what they would.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask the target what its fields hold: a dry run without reading calls.
    #[arg(long, requires = "dry_run")]
    no_read: bool,
    /// Write at most so many records, the first by key: for a trial.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Write only the record with this key; may be given many times.
    #[arg(long, value_name = "KEY", conflicts_with = "retry")]
    only_key: Vec<String>,
    /// Write every record, changed or not.
    #[arg(long)]
    full: bool,
    /// Write only what the last run rejected or left.
    #[arg(long)]
    retry: bool,
    /// Make the fields that the target lacks, where it can.
    #[arg(long, conflicts_with = "dry_run")]
    create_fields: bool,
}

impl SyncArgs {
    /// Whether targets are written. A dry run has nothing to finish: signals end it.
    pub(crate) fn writes(&self) -> bool {
        !self.dry_run
    }
}

#[derive(Debug, Serialize)]
struct SyncResult {
    targets: Vec<TargetResult>,
}

/// Something is left, or was rejected.
#[derive(Debug)]
pub(crate) struct SyncIncomplete(String);

impl fmt::Display for SyncIncomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SyncIncomplete {}

pub(crate) fn run(args: &SyncArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let specs = chosen(&project, args)?;
    // Whatever is wrong with a declaration or a secret is found before the first target is written.
    let mut targets = Vec::new();
    for spec in &specs {
        targets.push(system::open(spec)?);
    }
    let (mut results, mut texts) = (Vec::new(), Vec::new());
    let (mut failed, mut incomplete) = (None, Vec::new());
    for (spec, target) in specs.iter().zip(&mut targets) {
        if interrupt::check().is_err() {
            break;
        }
        let run = Run { project: &project, args, spec };
        let result = match run.target(&mut **target, progress) {
            Ok(result) => result,
            Err(error) => {
                let error = error.context(format!("sync \"{}\"", spec.name));
                let result = TargetResult::failed(&spec.name, &error);
                failed.get_or_insert(error);
                result
            }
        };
        incomplete.extend(result.incomplete());
        if result.error.is_none() || specs.len() > 1 {
            texts.push(result.text(Some(spec)));
        }
        results.push(result);
    }
    let answer = Answer::new(texts.join("\n\n"), &SyncResult { targets: results })?;
    Ok(match (interrupt::check(), failed) {
        (Err(interrupted), _) => answer.but(interrupted),
        (Ok(()), Some(error)) => answer.but(error),
        (Ok(()), None) if args.dry_run || incomplete.is_empty() => answer,
        (Ok(()), None) => answer.but(SyncIncomplete(incomplete.join(". "))),
    })
}

/// The targets that are asked for.
fn chosen<'a>(project: &'a Project, args: &SyncArgs) -> Result<Vec<&'a SyncSpec>, UsageError> {
    if project.sync.is_empty() {
        let message =
            "expected a target [[sync]] in the project file, found none (docs/sync.md shows one of each kind)";
        return Err(UsageError(message.to_owned()));
    }
    let known = || project.sync.iter().map(|spec| spec.name.as_str());
    for name in &args.target {
        if !known().any(|known| known == name) {
            let hint = did_you_mean(name, known());
            let known = known().collect::<Vec<_>>().join(", ");
            return Err(UsageError(format!("--target: expected one of {known}, found \"{name}\"{hint}")));
        }
    }
    let wanted = |spec: &&SyncSpec| args.target.is_empty() || args.target.contains(&spec.name);
    Ok(project.sync.iter().filter(wanted).collect())
}

/// One target's turn.
struct Run<'a> {
    project: &'a Project,
    args: &'a SyncArgs,
    spec: &'a SyncSpec,
}

impl Run<'_> {
    fn target(&self, target: &mut dyn Target, progress: &mut Progress) -> anyhow::Result<TargetResult> {
        let spec = self.spec;
        progress.stage(&format!("{}: reading the {}", spec.name, spec.source.as_str()));
        let output = Output::open(self.project, &self.args.project)?;
        let folder = output.path(FOLDER).join(&spec.name);
        let mut source = match Source::open(output, spec)? {
            Opened::Rows(source) => source,
            Opened::Empty(path) => return Ok(TargetResult::empty(&spec.name, &path)),
        };
        let age_days = self.check_source(&source)?;
        let settings = self.settings(&folder, target.capabilities().reads)?;
        // A dry run of a target that was never written leaves no memory behind.
        let is_new = !folder.join("journal").exists() && !folder.join("state").exists();
        let temporary = (self.args.dry_run && is_new).then(tempfile::tempdir).transpose()?;
        let memory = temporary.as_ref().map_or(folder.as_path(), |temporary| temporary.path());
        let mut ledger = Ledger::open(memory, &target.identity())?;
        self.check_newest(&source, &ledger)?;
        let fields_made = if self.args.create_fields { self.create_fields(target)? } else { Vec::new() };

        progress.stage(&format!("{}: {}", spec.name, target.name()));
        let version = source.version.clone();
        let clock = SystemClock::start();
        let stop = || interrupt::check().is_err();
        let name = target.name();
        let reads = target.capabilities().reads;
        let job =
            Job { target, mapping: &spec.mapping, version: &version, settings: &settings, clock: &clock, stop: &stop };
        let (summary, planned, files) = if self.args.dry_run {
            std::fs::create_dir_all(&folder).map_err(|error| write_error(&folder, error))?;
            let path = folder.join(PLANNED);
            let mut file = PlannedFile::create(&path)?;
            let mut push = |planned: &crm::Planned<'_>| file.push(planned).map_err(std::io::Error::other);
            let summary = job.dry_run(&ledger, source.by_ref(), reads && !self.args.no_read, &mut push)?;
            (summary, Some(file.finish()?), vec![path])
        } else {
            let mut summary = job.run(&mut ledger, source.by_ref())?;
            let files = lists(&folder, &mut summary, &version)?;
            (summary, None, files)
        };
        self.check_only_keys(&summary, progress)?;
        Ok(TargetResult::of(Facts {
            spec,
            target: name,
            version: &version,
            age_days,
            source: source.path.clone(),
            tally: source.tally.clone(),
            summary,
            planned,
            fields_made,
            files,
        }))
    }

    fn settings(&self, folder: &Path, can_be_read: bool) -> anyhow::Result<Settings> {
        let (args, spec) = (self.args, self.spec);
        let only_keys = match (args.retry, args.only_key.as_slice()) {
            (true, _) => Some(self.to_retry(folder)?),
            (false, []) => None,
            (false, keys) => Some(keys.iter().cloned().collect()),
        };
        // Few records, asked for by name or number, say nothing of the whole; nor can a system be asked that cannot be read.
        let is_whole = only_keys.is_none() && args.limit.is_none();
        let usual = (is_whole && can_be_read && spec.mode == Mode::UpdateOnly).then_some(LEAST_MATCHED);
        Ok(Settings {
            mode: spec.mode,
            full: args.full,
            max_changes: spec.max_changes,
            min_matched: spec.min_matched.or(usual).filter(|share| *share > 0.0),
            max_rejects: Some(spec.max_rejects),
            limit: args.limit,
            only_keys,
            read_first: spec.read_first,
            read_back: spec.read_back,
            patience: Patience { attempts: spec.attempts, ..Patience::default() },
            // Of waits alone: many jobs that begin at one time must not come back at one time.
            seed: u64::from(std::process::id()) ^ jiff::Timestamp::now().as_nanosecond() as u64,
        })
    }

    /// Keys that the last run rejected or left.
    fn to_retry(&self, folder: &Path) -> anyhow::Result<BTreeSet<String>> {
        let lists = [folder.join(REJECTS), folder.join(LEFT)];
        let there: Vec<&PathBuf> = lists.iter().filter(|path| path.is_file()).collect();
        if there.is_empty() {
            let message =
                format!("--retry: expected what the last run rejected or left in {}, found no run", folder.display());
            return Err(UsageError(message).into());
        }
        let mut keys = BTreeSet::new();
        for list in there {
            keys.extend(rejects::keys(list)?);
        }
        Ok(keys)
    }

    /// Refuses scores that are too old, or of another project; says how old they are, in days.
    fn check_source(&self, source: &Source) -> anyhow::Result<i32> {
        let (spec, path) = (self.spec, source.path.display());
        if spec.source == SyncSource::Scores {
            let store = ModelStore::of(self.project);
            let model = &source.version.model;
            if !store.versions()?.contains(model) {
                return Err(SourceRefused(format!(
                    "{path}: these scores are of model {model}, which is none of this project's models: scores of another \
                     project are not written; nothing was written"
                ))
                .into());
            }
        }
        let now = jiff::Timestamp::now().to_zoned(self.project.spec().timezone.clone()).date();
        let (month, day) = (u32::from(now.month().unsigned_abs()), u32::from(now.day().unsigned_abs()));
        let today = history::Date::from_year_month_day(i32::from(now.year()), month, day);
        let age = today.map_or(0, |today| today.days_since(source.as_of));
        match spec.max_age {
            Some(most) if age > most.get() => Err(SourceRefused(format!(
                "{path}: expected an as-of date at most {most} ago (max_age), found {}, {age} days ago: did the last scoring \
                 fail? nothing was written",
                source.as_of
            ))
            .into()),
            _ => Ok(age),
        }
    }

    /// Refuses scores that are older than what was written.
    fn check_newest(&self, source: &Source, ledger: &Ledger) -> Result<(), SourceRefused> {
        match ledger.newest() {
            Some(newest) if newest.age(&source.version).is_gt() => Err(SourceRefused(format!(
                "{}: these are of {} by {}, older than those of {} by {} that were written before: run churn {}; nothing was \
                 written",
                source.path.display(),
                source.version.as_of,
                source.version.model,
                newest.as_of,
                newest.model,
                if self.spec.source == SyncSource::Scores { "score" } else { "plan" }
            ))),
            _ => Ok(()),
        }
    }

    fn create_fields(&self, target: &mut dyn Target) -> anyhow::Result<Vec<String>> {
        let refused = |target: &dyn Target, failure: Failure| match failure {
            Failure::Stop { why } => {
                anyhow::Error::new(UsageError(format!("--create-fields: {why}; nothing was written")))
            }
            failure => CrmError::Unreachable { target: target.name(), why: failure.to_string() }.into(),
        };
        let missing = target.preflight(&self.spec.mapping).map_err(|failure| refused(target, failure))?.missing;
        // Asked also where nothing is missing: a target that does not know its fields says that it cannot make any.
        target.create_fields(&missing).map_err(|failure| refused(target, failure))?;
        Ok(missing.into_iter().map(|field| field.name).collect())
    }

    fn check_only_keys(&self, summary: &crm::Summary, progress: &mut Progress) -> Result<(), UsageError> {
        let asked: BTreeSet<&String> = self.args.only_key.iter().collect();
        let (asked, found) = (asked.len() as u64, summary.rows - summary.not_selected);
        if asked > found {
            let what = self.spec.source.as_str();
            if found == 0 {
                return Err(UsageError(format!(
                    "--only-key: expected keys that are in the {what}, found none of them there"
                )));
            }
            progress.warn(format!("--only-key: {found} of the {asked} keys are in the {what}"));
        }
        Ok(())
    }
}

/// Writes what was rejected and what is left, for people and for `--retry`.
fn lists(folder: &Path, summary: &mut crm::Summary, version: &crm::Version) -> Result<Vec<PathBuf>, CrmError> {
    let (rejected, left) = (folder.join(REJECTS), folder.join(LEFT));
    let mut all = summary.rejects.clone();
    if summary.stopped == Some(Stopped::NotHeld)
        && let Some(read_back) = &summary.read_back
    {
        all.extend(read_back.different.iter().map(|(key, field)| crm::Reject {
            key: key.clone(),
            code: "NOT_HELD".to_owned(),
            message: format!("accepted, but the field {field:?} was read back with another value"),
            attempt: 1,
        }));
    }
    rejects::write(&rejected, &all, version)?;
    rejects::write_keys(&left, &summary.left_keys)?;
    let there = [(!all.is_empty()).then_some(rejected), (!summary.left_keys.is_empty()).then_some(left)];
    Ok(there.into_iter().flatten().collect())
}

fn write_error(path: &Path, source: std::io::Error) -> history::WriteError {
    history::WriteError::Io { path: path.to_owned(), source }
}
