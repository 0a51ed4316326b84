//! `churn models compare`: two models on the same customers, and why the scores of one differ from those of the other.

use std::path::PathBuf;

use clap::Args;
use history::{Date, Export};
use scoring::{Model, ScoreChange};
use serde::Serialize;
use training::{CompareSettings, ModelComparison, TrainingError};

use super::text;
use super::versions::{pair, parts};
use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::train;
use crate::export::as_of;
use crate::model_store::ModelStore;
use crate::progress::Progress;
use crate::project::Project;

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The version to measure on [default: the champion], the version compared with it [default: the newest challenger], and
    /// project folder or file [default: `.`]. A single version is compared with the champion.
    #[arg(value_name = "A B | PROJECT", num_args = 0..=3)]
    pub(crate) versions_and_project: Vec<PathBuf>,
    /// Folder of the outputs, for its cache [default: `out` in the project folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// As-of date of the comparison, that neither model has learnt from [default: the latest with a label].
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Date>,
    /// Say why the mean score moved from A at one date to B at another: what customers did, the model, who came and left.
    #[arg(long)]
    pub(crate) why: bool,
    /// Date of A's scores [default: `training.every` before `--to`].
    #[arg(long, value_name = "DATE", requires = "why")]
    pub(crate) from: Option<Date>,
    /// Date of B's scores [default: the day through which the export is complete].
    #[arg(long, value_name = "DATE", requires = "why")]
    pub(crate) to: Option<Date>,
}

/// What `models compare` answers.
#[derive(Debug, Serialize)]
struct CompareResult {
    /// None where `--why` was asked for and no date can judge both.
    comparison: Option<ModelComparison>,
    why: Option<ScoreChange>,
}

pub(super) fn run(args: &CompareArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let (versions, folder) = parts(&args.versions_and_project, 2)?;
    let place = ProjectArgs { project: folder, out: args.out.clone() };
    let project = Project::open(&place.project)?;
    let store = ModelStore::of(&project);
    let (a, b) = pair(&store, &versions)?;
    let (champion, challenger) = (store.model(&a)?, store.model(&b)?);
    // Before the exports are read, which takes longer.
    champion.check_comparable(&challenger)?;
    let export = crate::export::read(&project, (&place, Purpose::Check), &args.reading, progress)?;

    progress.stage("comparing");
    let settings = settings(&project, args.as_of);
    let comparison = match training::compare(&export, &champion, &challenger, &settings) {
        Ok(comparison) => Some(comparison),
        // Why scores moved needs no labels.
        Err(error @ (TrainingError::NoCommonFuture { .. } | TrainingError::Immature(_))) if args.why => {
            progress.warn(format!("the models are not compared on outcomes: {error}"));
            None
        }
        Err(error) => return Err(error.into()),
    };
    let why = match args.why {
        true => Some(change(args, &project, &export, (&champion, &challenger), progress)?),
        false => None,
    };
    let texts: Vec<String> = comparison.iter().map(text::comparison).chain(why.iter().map(text::change)).collect();
    Answer::new(texts.join("\n\n"), &CompareResult { comparison, why })
}

/// How a project's models are compared: with the same seed and limits as they are tested.
pub(crate) fn settings(project: &Project, as_of: Option<Date>) -> CompareSettings {
    let of_training = train::settings(project, None);
    CompareSettings {
        as_of,
        seed: of_training.seed,
        max_rows: of_training.max_rows,
        replicates: of_training.replicates,
    }
}

fn change(
    args: &CompareArgs,
    project: &Project,
    export: &Export,
    (champion, challenger): (&Model, &Model),
    progress: &mut Progress,
) -> anyhow::Result<ScoreChange> {
    progress.stage("decomposing the change of the scores");
    let to = as_of(args.to, export)?;
    let from = as_of(Some(args.from.unwrap_or_else(|| to.plus_days(-project.every.get()))), export)?;
    Ok(ScoreChange::between(export, (champion, from), (challenger, to))?)
}
