//! `churn models promote`: makes a model the one that scores.
//!
//! A model that is clearly worse than the champion is refused, with its numbers; `--force` promotes it all the same and reads
//! nothing. Where the two cannot be compared it is promoted, and the answer says why they could not: the command is a
//! person's decision, often the way back from a bad model, and must not depend on an export that is late or damaged. What
//! nobody decides is guarded by `train` and `run`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use training::{ModelComparison, Standing};

use super::compare::settings;
use super::text;
use super::versions::parts;
use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::train::NoBetter;
use crate::exit::{UsageError, joined};
use crate::model_store::{ModelStore, ModelWriter};
use crate::progress::Progress;
use crate::project::Project;

#[derive(Debug, Args)]
pub(crate) struct PromoteArgs {
    /// Version of the model, such as 2026-07-01-0a1b2c3d, and project folder or file [default: `.`], in either order.
    #[arg(value_name = "VERSION | PROJECT", num_args = 0..=2)]
    pub(crate) version_and_project: Vec<PathBuf>,
    /// Folder of the outputs, for its cache [default: `out` in the project folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// Promote it without comparing it with the champion.
    #[arg(long)]
    pub(crate) force: bool,
}

/// The version that scores from now on.
#[derive(Debug, Serialize)]
struct Promoted {
    version: String,
    before: Option<String>,
    /// Whether `version` scores from now on.
    promoted: bool,
    /// None with `--force`, without another champion, and where the two cannot be compared.
    comparison: Option<ModelComparison>,
    /// Why they cannot.
    not_compared: Option<String>,
}

pub(super) fn run(args: &PromoteArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let (versions, folder) = parts(&args.version_and_project, 1)?;
    let Some(version) = versions.into_iter().next() else {
        return Err(UsageError("expected the version to promote, such as 2026-07-01-0a1b2c3d".to_owned()).into());
    };
    let place = ProjectArgs { project: folder, out: args.out.clone() };
    let project = Project::open(&place.project)?;
    let models = ModelWriter::open(&project)?;
    let version = models.store().resolve(Some(&version))?;
    // Parsed for its checks: a damaged model does not score.
    models.store().model(&version)?;
    let before = models.store().champion()?.filter(|before| *before != version);
    let (mut comparison, mut not_compared) = (None, None);
    if let Some(champion) = before.as_deref().filter(|_| !args.force) {
        match against(champion, &version, models.store(), (&project, &place), args, progress) {
            Ok(found) => comparison = Some(found),
            Err(error) => not_compared = Some(joined(&error)),
        }
    }
    let refused = comparison.as_ref().filter(|comparison| comparison.standing == Standing::Worse);
    let refusal = refused.map(|comparison| NoBetter { verdict: vec![comparison.gate().why], keeps: None });
    if refusal.is_none() {
        models.set_champion(&version)?;
    }
    let mut lines: Vec<String> = comparison.iter().map(text::comparison).collect();
    lines.extend(not_compared.iter().map(|why| format!("not compared with the champion: {why}")));
    lines.push(match (&refusal, &before) {
        (Some(_), Some(before)) => format!("{before} stays the champion; --force promotes {version} all the same"),
        (_, Some(before)) => format!("{version} is the champion, in place of {before}"),
        (_, None) => format!("{version} is the champion"),
    });
    let promoted = Promoted { version, before, promoted: refusal.is_none(), comparison, not_compared };
    let answer = Answer::new(lines.join("\n"), &promoted)?;
    Ok(match refusal {
        Some(refusal) => answer.but(refusal),
        None => answer,
    })
}

/// The champion and the model to promote, on the latest date that can judge both.
fn against(
    champion: &str,
    version: &str,
    store: &ModelStore,
    (project, place): (&Project, &ProjectArgs),
    args: &PromoteArgs,
    progress: &mut Progress,
) -> anyhow::Result<ModelComparison> {
    let (champion, challenger) = (store.model(champion)?, store.model(version)?);
    champion.check_comparable(&challenger)?;
    let export = crate::export::read(project, (place, Purpose::Check), &args.reading, progress)?;
    progress.stage("comparing with the champion");
    Ok(training::compare(&export, &champion, &challenger, &settings(project, None))?)
}
