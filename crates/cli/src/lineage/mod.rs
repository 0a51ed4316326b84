//! OpenLineage: what a command read and wrote, told as it begins and as it ends, to a file or to a server such as Marquez.
//!
//! Events have the shapes of the specification 2-0-2 (<https://openlineage.io/spec/2-0-2/OpenLineage.json>) and its facets. They
//! name files, columns of none, and nothing out of a file. Lineage is a by-product: where it cannot be delivered there is a
//! warning, and the command ends as it would have.

mod event;
mod send;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use send::Destination;

use crate::answer::Answer;
use crate::args::{Command, ProjectArgs};
use crate::exit::joined;
use crate::interrupt::Interrupted;
use crate::progress::Progress;
use crate::project::Project;
use event::{Dataset, Job, Kind};

/// Where lineage goes by the project file: `[lineage]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LineageSettings {
    pub(crate) destination: Option<Destination>,
    /// Of the job's name.
    pub(crate) namespace: Option<String>,
}

/// The run that is being told of.
#[derive(Debug)]
struct Run {
    id: String,
    job: Job,
    inputs: Vec<Dataset>,
    to: Destination,
}

static RUN: Mutex<Option<Run>> = Mutex::new(None);

/// A command begins: says so, where the project file or the environment names a place.
pub(crate) fn began(command: &Command, progress: &mut Progress) {
    let Some(place) = place_of(command) else { return };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if variable("OPENLINEAGE_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1") {
        return;
    }
    // What is wrong with the project file is told by the command itself.
    let project = Project::open(&place.project).ok();
    let settings = project.as_ref().map(|project| project.lineage.clone()).unwrap_or_default();
    let by_environment = || variable("OPENLINEAGE_URL").map(|url| Destination::server(&url));
    let to = match settings.destination.map(Ok).or_else(by_environment) {
        None => return,
        Some(Ok(to)) => to,
        Some(Err(error)) => return progress.warn(format!("OPENLINEAGE_URL: {error}; no lineage is sent")),
    };
    let namespace = settings.namespace.or_else(|| variable("OPENLINEAGE_NAMESPACE"));
    let name = project.as_ref().map_or("churn", |project| project.name.as_str());
    let job = Job::new(namespace.as_deref().unwrap_or("default"), name, command.name());
    let inputs = project.as_ref().map(inputs).unwrap_or_default();
    let run = Run { id: event::new_id(), job, inputs, to };
    tell(&run, Kind::Start, &[], None, progress);
    *locked() = Some(run);
}

/// The command has come to its end.
pub(crate) fn ended(outcome: &anyhow::Result<Answer>, progress: &mut Progress) {
    let Some(run) = locked().take() else { return };
    let (outputs, error) = match outcome {
        Ok(answer) => (event::outputs(answer.result()), answer.refusal()),
        Err(error) => (Vec::new(), Some(error)),
    };
    let kind = match error {
        None => Kind::Complete,
        Some(error) if error.is::<Interrupted>() => Kind::Abort,
        Some(_) => Kind::Fail,
    };
    tell(&run, kind, &outputs, error.map(joined).as_deref(), progress);
}

/// A signal ends the program in the middle of its work.
pub(crate) fn aborted(why: &str) {
    if let Some(run) = locked().take() {
        // Nobody is left to be warned.
        let _ = run.to.send(&event::event(&run.id, Kind::Abort, &run.job, (&run.inputs, &[]), Some(why)));
    }
}

fn tell(run: &Run, kind: Kind, outputs: &[Dataset], error: Option<&str>, progress: &mut Progress) {
    let event = event::event(&run.id, kind, &run.job, (&run.inputs, outputs), error);
    if let Err(error) = run.to.send(&event) {
        progress.warn(format!("lineage: the event {} was not delivered: {error}", kind.as_str()));
    }
}

/// Commands whose work others may build on.
fn place_of(command: &Command) -> Option<&ProjectArgs> {
    match command {
        Command::Run(args) => Some(&args.project),
        Command::Features(args) => args.place(),
        Command::Train(args) => Some(&args.project),
        Command::Score(args) => args.place(),
        Command::Backtest(args) => Some(&args.project),
        Command::Report(args) => Some(&args.project),
        _ => None,
    }
}

/// The exports, as the project file names them.
fn inputs(project: &Project) -> Vec<Dataset> {
    let spec = project.spec();
    let mut paths: Vec<&Path> = vec![&spec.transactions.table.path];
    paths.extend(spec.customers.iter().map(|table| table.table.path.as_path()));
    paths.extend(spec.events.iter().map(|table| table.table.path.as_path()));
    paths.extend(spec.departures.iter().map(|table| table.table.path.as_path()));
    paths.into_iter().map(Dataset::file).collect()
}

fn locked() -> MutexGuard<'static, Option<Run>> {
    RUN.lock().unwrap_or_else(PoisonError::into_inner)
}
