//! `churn check`: reads everything and says what was rejected and why, how much history there is, and what it
//! supports. Writes nothing.

mod findings;
mod gaps;
mod period;
mod tables;
mod text;

use clap::Args;

use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::train::settings;
use crate::progress::Progress;
use crate::project::Project;

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

pub(crate) fn run(args: &CheckArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let export = crate::export::read(&project, (&args.project, Purpose::Check), &args.reading, progress)?;
    progress.stage("looking at customers and labels");
    let slices = training::plan(&export, &settings(&project, None));
    let findings = findings::find(&project, &export, slices.as_ref().ok())?;
    let answer = Answer::new(text::text(&findings), &findings)?;
    Ok(match slices {
        Ok(_) => answer,
        Err(not_ready) => answer.but(not_ready),
    })
}
