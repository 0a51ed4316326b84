//! `churn init`: looks at exports, proposes the project file, and asks for what they do not prove.

mod ask;
mod cells;
mod document;
mod encoding;
mod files;
mod int96;
mod mapping;
mod proposal;
mod question;
mod rows;
mod setting;
mod table;
mod told;
mod words;

use std::fmt;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use history::WriteError;

use self::ask::Reply;
use self::proposal::{Proposal, propose};
use self::question::Answers;
use self::rows::Seen;
use crate::answer::Answer;
use crate::exit::UsageError;
use crate::progress::Progress;
use crate::project::PROJECT_FILE;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Exports: purchases, and if there are any customers, events, departures, offers. Patterns in quotes stay patterns.
    #[arg(value_name = "EXPORT", required = true)]
    exports: Vec<PathBuf>,
    /// Folder of the new project file; it is made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Answer to a question, which is not asked then; may be given many times.
    #[arg(long = "answer", value_name = "KEY=VALUE", value_parser = question::key_and_value)]
    answers: Vec<(String, String)>,
    /// Take the suggested answer of every question that has one. Questions whose wrong answer nobody would notice have none.
    #[arg(long)]
    yes: bool,
}

/// The exports cannot become a project.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// # Errors
/// There is a project file already, a file cannot be read or is none of purchases, an answer is none. Where questions are
/// open, the project file is written all the same, and the command fails with [`Refused`].
pub(crate) fn run(args: &InitArgs, json: bool, progress: &mut Progress) -> anyhow::Result<Answer> {
    let path = args.project.join(PROJECT_FILE);
    refuse_to_overwrite(&path)?;
    std::fs::create_dir_all(&args.project).map_err(|source| WriteError::Io { path: args.project.clone(), source })?;
    let given = files::look(&args.exports, &args.project, &|stage| progress.stage(stage))?;
    let mut answers = Answers::new(&args.answers, args.yes)?;
    let mut seen = Seen::default();
    progress.stage("comparing columns");
    let mut proposal = propose(&given, &mut answers, &mut seen)?;
    answers.check_all_used()?;
    let in_terminal = !json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if in_terminal && answers.open().next().is_some() {
        proposal = progress.aside(|| {
            let (mut input, mut output) = (std::io::stdin().lock(), std::io::stderr().lock());
            ask_all(proposal, &mut answers, (&mut input, &mut output), |answers| propose(&given, answers, &mut seen))
        })?;
    }
    let text = document::document(&name_of(&args.project), &proposal, &answers);
    write_new(&path, &text)?;
    let found = told::found(&path, &given, &proposal, &answers);
    let answer = Answer::new(told::text(&found), &found)?;
    Ok(match answers.open().count() {
        0 => answer,
        open => answer.but(Refused(format!(
            "{}: {open} {} open: answer {} in the file, or remove it and run again with --answer KEY=VALUE",
            path.display(),
            if open == 1 { "question is" } else { "questions are" },
            if open == 1 { "it" } else { "them" },
        ))),
    })
}

/// Asks one question after the other until none is open that can be answered. An answer may bring up other questions.
fn ask_all(
    mut proposal: Proposal,
    answers: &mut Answers,
    (input, output): (&mut dyn BufRead, &mut dyn Write),
    mut again: impl FnMut(&mut Answers) -> anyhow::Result<Proposal>,
) -> anyhow::Result<Proposal> {
    let mut later: Vec<String> = Vec::new();
    loop {
        let next = answers.open().find(|question| !later.contains(&question.key)).cloned();
        let Some(question) = next else { return Ok(proposal) };
        match ask::ask(&question, input, output)? {
            Reply::Answer(answer) => {
                answers.give(&question.key, answer);
                proposal = again(answers)?;
            }
            Reply::Later => later.push(question.key),
            Reply::Gone => return Ok(proposal),
        }
    }
}

fn refuse_to_overwrite(path: &Path) -> Result<(), UsageError> {
    // A link that leads nowhere is something too.
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(_) => Err(UsageError(format!(
            "{}: expected no project file, found one, and it is not overwritten; remove it, or name another folder with \
             --project",
            path.display()
        ))),
    }
}

/// Writes the project file whole or not at all, and never over another one.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".churn-").suffix(".tmp").tempfile_in(folder).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(io)?;
    make_readable(file.as_file()).map_err(io)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(history::sync_folder_of(path).map_err(io)?),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            refuse_to_overwrite(path)?;
            Err(io(error.error).into())
        }
        Err(error) => Err(io(error.error).into()),
    }
}

/// A temporary file can be read by its owner alone; a project file holds no secrets.
fn make_readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

/// The project's name: that of its folder, as far as names of projects may be so.
fn name_of(folder: &Path) -> String {
    let name = folder.canonicalize().ok().and_then(|full| Some(full.file_name()?.to_str()?.to_owned()));
    let plain: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .take(64)
        .collect();
    let plain = plain.trim_start_matches(['.', '-']);
    if plain.is_empty() { "churn".to_owned() } else { plain.to_owned() }
}
