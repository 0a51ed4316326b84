//! The command line: exactly what was typed. What it means is settled in [`crate::project`] and in each command.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use history::{CacheFolder, MemoryLimit, ReadOptions};

use crate::commands::{
    backtest, check, features, forget, init, measure, models, monitor, plan, report, run, score, simulate, sync, train,
};
use crate::exit::Exit;
use crate::{answer, exit};

/// Predicts which customers stop buying, why, and what that would cost.
#[derive(Debug, Parser)]
#[command(name = "churn", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong usage or project file, 3 input refused, \
4 another run holds the project, 5 output could not be written, 6 a server did not do its part (run again), 7 a gate said no, \
130 and 143 stopped by SIGINT and SIGTERM";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at exports, propose the project file, ask for what they do not prove.
    Init(init::InitArgs),
    /// Check, features, train, score, report: the main job.
    Run(run::RunArgs),
    /// Read everything; say what was rejected, how much history there is and what it supports.
    Check(check::CheckArgs),
    /// Write the snapshot table of features, or list the catalogue.
    Features(features::FeaturesArgs),
    /// Train, calibrate, test, and compare with the baselines.
    Train(train::TrainArgs),
    /// Train and test as of many dates of the past.
    Backtest(backtest::BacktestArgs),
    /// Score all customers.
    Score(score::ScoreArgs),
    /// Take customers out of everything that was written: caches, scores, plans, rejects, journals.
    Forget(forget::ForgetArgs),
    /// Write the segment report.
    Report(report::ReportArgs),
    /// List, show, compare and promote models.
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Write the exports of a company with known truth.
    Simulate(simulate::SimulateArgs),
    /// Say whom to contact, with which offer, within a budget; set a random hold-out aside.
    Plan(plan::PlanArgs),
    /// Write scores or the plan into CRM systems, databases and files.
    Sync(sync::SyncArgs),
    /// Say what a plan earned: contacted against held out.
    Measure(measure::MeasureArgs),
    /// Say whether data, customers and model are still what they were: drift, calibration, churn rate, late or missing data.
    Monitor(monitor::MonitorArgs),
}

impl Command {
    /// The command as it is typed after `churn`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Command::Run(_) => "run",
            Command::Check(_) => "check",
            Command::Features(_) => "features",
            Command::Train(_) => "train",
            Command::Score(_) => "score",
            Command::Report(_) => "report",
            Command::Forget(_) => "forget",
            Command::Models(command) => command.name(),
            Command::Simulate(_) => "simulate",
            Command::Init(_) => "init",
            Command::Backtest(_) => "backtest",
            Command::Plan(_) => "plan",
            Command::Sync(_) => "sync",
            Command::Measure(_) => "measure",
            Command::Monitor(_) => "monitor",
        }
    }
}

/// What every command takes: how it talks, and how much of the machine it uses.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConsoleArgs {
    /// Print one JSON object on standard output instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Threads to use [default: one for each processor].
    #[arg(long, global = true, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Log what happens on standard error, instead of a progress line.
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) log: Option<LogFormat>,
    /// No progress, no log, no warnings on standard error; errors only.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line of text with the time in UTC.
    Text,
    /// A line of JSON.
    Json,
}

/// Which project, and where its outputs go.
#[derive(Debug, Args)]
pub(crate) struct ProjectArgs {
    /// Project folder, or project file.
    #[arg(value_name = "PROJECT", default_value = ".")]
    pub(crate) project: PathBuf,
    /// Folder of the outputs [default: `out` in the project folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

impl ProjectArgs {
    /// Folder of the outputs of a project that lies in `folder`.
    pub(crate) fn out_folder(&self, folder: &Path) -> PathBuf {
        self.out.clone().unwrap_or_else(|| folder.join("out"))
    }
}

/// How the exports are read.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReadingArgs {
    /// Rejected rows allowed in a table, in per cent of its rows.
    #[arg(long, value_name = "PERCENT", default_value = "0.1", value_parser = percent)]
    pub(crate) max_rejects: f64,
    /// Memory that the purchases may take; those that have no room go to temporary files in the output folder [default:
    /// 70 % of what is left].
    #[arg(long, value_name = "SIZE", value_parser = crate::memory::size)]
    pub(crate) memory: Option<u64>,
    /// What each packed file may unpack to, and the wanted columns of each Parquet file [default: 200 times its size, or
    /// 64MiB].
    #[arg(long, value_name = "SIZE", value_parser = crate::memory::size)]
    pub(crate) max_bytes: Option<u64>,
    /// Read the exports even if their purchases are known from an earlier run, and keep nothing for the next one. What is
    /// kept lies in `cache` in the output folder: customers' purchases, in a file that only its owner can read.
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// What the exports are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Nothing but a report is written.
    Check,
    /// A model, or scores: what comes of it names the data that it came of.
    Model,
    /// A table of the data itself.
    Table,
}

impl ReadingArgs {
    /// How the exports are read, with this folder of outputs.
    pub(crate) fn options(&self, out: &Path, purpose: Purpose) -> ReadOptions {
        let path = out.join("cache");
        let memory = self.memory.or_else(crate::memory::by_default);
        ReadOptions {
            memory: memory.map(|bytes| MemoryLimit { bytes, spill_to: path.clone() }),
            cache: (!self.no_cache).then_some(CacheFolder { path, read_only: purpose == Purpose::Check }),
            without_fingerprint: purpose == Purpose::Table,
            ..ReadOptions::default()
        }
    }

    /// Largest share of a table's rows that may be rejected.
    pub(crate) fn max_reject_share(&self) -> f64 {
        self.max_rejects / 100.0
    }
}

/// Reads the command line. `Err` is the exit code of a program that has nothing left to do: it printed help, or what is
/// wrong with the command line.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        if !error.use_stderr() {
            return ExitCode::from(if error.print().is_ok() { Exit::Done } else { Exit::Output });
        }
        let wants_json = std::env::args_os().any(|arg| arg == "--json");
        if wants_json {
            let message = exit::one_line(&error.render().to_string());
            return answer::deliver_usage_error(&message);
        }
        // Where standard error is gone too, the exit code still says it.
        let _ = error.print();
        ExitCode::from(Exit::Usage)
    })
}

/// More threads than any machine has would only fill its memory with stacks.
const MOST_THREADS: usize = 1_024;

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let value = text.parse::<NonZeroUsize>().ok().filter(|n| n.get() <= MOST_THREADS);
    value.ok_or_else(|| format!("expected a number of threads from 1 to {MOST_THREADS}"))
}

fn percent(text: &str) -> Result<f64, String> {
    let value = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>().ok();
    value.filter(|v| (0.0..=100.0).contains(v)).ok_or_else(|| "expected a percentage from 0 to 100".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn console_options_stand_before_or_after_the_command() {
        for line in [["churn", "--json", "check", "here"], ["churn", "check", "here", "--json"]] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert!(cli.console.json);
            let Command::Check(args) = cli.command else { unreachable!("parsed another command") };
            assert_eq!(args.project.project, PathBuf::from("here"));
        }
    }

    #[test]
    fn max_rejects_is_a_percentage() {
        assert_eq!(percent("0.1"), Ok(0.1));
        assert_eq!(percent("2 %"), Ok(2.0));
        for text in ["-1", "101", "NaN", "inf", "few", ""] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
