//! The commands, one module each.

pub(crate) mod backtest;
pub(crate) mod check;
pub(crate) mod features;
pub(crate) mod forget;
pub(crate) mod horizons;
pub(crate) mod init;
pub(crate) mod judged;
pub(crate) mod measure;
pub(crate) mod models;
pub(crate) mod monitor;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod simulate;
pub(crate) mod sync;
pub(crate) mod train;

use anyhow::Context;

use crate::answer::Answer;
use crate::args::{Cli, Command};
use crate::interrupt::Manner;
use crate::progress::Progress;
use crate::{interrupt, lineage};

/// Does what the command line asks for.
///
/// # Errors
/// Whatever keeps the command from its end; [`crate::exit::Exit::of`] says which exit code it leads to.
pub(crate) fn run(cli: &Cli, progress: &mut Progress) -> anyhow::Result<Answer> {
    let name = cli.command.name();
    let fields =
        serde_json::json!({"command": name, "version": env!("CARGO_PKG_VERSION"), "process": std::process::id()});
    progress.event("start", &format!("churn {name} begins"), fields);
    if let Some(manner) = when_stopped(&cli.command) {
        interrupt::install(cli, manner).context("cannot wait for signals")?;
    }
    lineage::began(&cli.command, progress);
    if let Some(threads) = cli.console.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get());
        pool.build_global().with_context(|| format!("cannot start {threads} threads"))?;
    }
    match &cli.command {
        Command::Init(args) => init::run(args, cli.console.json, progress),
        Command::Run(args) => run::run(args, progress),
        Command::Check(args) => check::run(args, progress),
        Command::Features(args) => features::run(args, progress),
        Command::Train(args) => train::run(args, progress),
        Command::Backtest(args) => backtest::run(args, progress),
        Command::Score(args) => score::run(args, progress),
        Command::Forget(args) => forget::run(args, progress),
        Command::Report(args) => report::run(args, progress),
        Command::Models(command) => models::run(command, progress),
        Command::Simulate(args) => simulate::run(args, progress),
        Command::Plan(args) => plan::run(args, progress),
        Command::Sync(args) => sync::run(args, progress),
        Command::Measure(args) => measure::run(args, progress),
        Command::Monitor(args) => monitor::run(args, progress),
    }
}

/// How commands end that write what belongs together, or work long; the others a signal ends where they are.
fn when_stopped(command: &Command) -> Option<Manner> {
    match command {
        Command::Run(_)
        | Command::Check(_)
        | Command::Features(_)
        | Command::Train(_)
        | Command::Backtest(_)
        | Command::Score(_)
        | Command::Report(_)
        | Command::Plan(_)
        | Command::Measure(_)
        | Command::Monitor(_)
        | Command::Forget(_) => Some(Manner::Outputs),
        Command::Sync(args) if args.writes() => Some(Manner::Batch),
        _ => None,
    }
}
