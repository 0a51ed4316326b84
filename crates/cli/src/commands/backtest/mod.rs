//! `churn backtest`: at many as-of dates of the past, a model trained as it would have been then, tested on what followed.

mod answer;
mod page;
mod tables;

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use history::{Days, write_file};
use training::{Backtest, BacktestDates, Horizons};

use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::train;
use crate::exit::UsageError;
use crate::feature_warnings::warn_of_undated;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, Project};

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// How many as-of dates to test at, back from the latest with a label.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=MOST_DATES))]
    dates: u16,
    /// Distance of these dates, such as 90d [default: the horizon, so that no two label windows overlap].
    #[arg(long, value_name = "DAYS", value_parser = project::days)]
    every: Option<Days>,
    /// Other horizons to train a model for, as of the newest date with a label for all of them: days such as 30d,60d or
    /// multiples of the project's horizon such as 0.5x,2x.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    horizons: Vec<HorizonArg>,
    /// Exit with code 7 if the models, over all dates, are not better than every baseline.
    #[arg(long)]
    gate: bool,
}

/// A model is trained for each.
const MOST_DATES: i64 = 120;

/// A horizon as it is typed: in days, or as a multiple of the project's.
#[derive(Debug, Clone, Copy, PartialEq)]
enum HorizonArg {
    Days(Days),
    Times(f64),
}

impl FromStr for HorizonArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected a number of days such as 60d, or of the project's horizons such as 1.5x, found \"{text}\""
            )
        };
        match text.strip_suffix('x') {
            Some(times) => {
                let times = times.parse::<f64>().ok().filter(|times| times.is_finite() && *times > 0.0);
                times.map(Self::Times).ok_or_else(expected)
            }
            None => project::days(text).map(Self::Days).map_err(|_| expected()),
        }
    }
}

impl HorizonArg {
    /// In whole days.
    fn of(self, horizon: Days) -> Result<Days, UsageError> {
        match self {
            Self::Days(days) => Ok(days),
            Self::Times(times) => {
                let days = (times * f64::from(horizon.get())).round();
                let days = (1.0..=3_650.0).contains(&days).then_some(days as u16).and_then(Days::new);
                days.ok_or_else(|| {
                    UsageError(format!("--horizons: expected 1 to 3650 days, found {times} times {horizon}"))
                })
            }
        }
    }
}

/// The gate said no.
#[derive(Debug)]
pub(crate) struct NoBetterOverTime {
    dates: usize,
    verdict: Vec<String>,
}

impl fmt::Display for NoBetterOverTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.verdict.join(" ");
        write!(f, "the gate says no: over {} dates the model is not better than every baseline. {verdict}", self.dates)
    }
}

impl std::error::Error for NoBetterOverTime {}

/// What was found out.
#[derive(Debug)]
struct Found<'a> {
    project: &'a Project,
    backtest: &'a Backtest,
    horizons: Option<&'a Horizons>,
    /// What the reader must know.
    warnings: &'a [String],
}

pub(crate) fn run(args: &BacktestArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let asked = args.horizons.iter().map(|horizon| horizon.of(project.churn.window.horizon));
    let asked: Vec<Days> = asked.collect::<Result<_, UsageError>>()?;
    let output = Output::open(&project, &args.project)?;
    let export = crate::export::read(&project, (&args.project, Purpose::Model), &args.reading, progress)?;
    warn_of_undated(&project, progress);

    let settings = train::settings(&project, None);
    let context = train::context(&project);
    let count = NonZeroUsize::new(usize::from(args.dates)).unwrap_or(NonZeroUsize::MIN);
    let dates = BacktestDates { count, every: args.every };
    let backtest =
        training::backtest(&export, &settings, &context, dates, &mut |step| progress.step(step.text, step.done))?;
    if backtest.overlaps(&settings) {
        progress.warn(format!(
            "the label windows of the tests overlap, since the dates are {} apart and the horizon is {}: neighbouring dates \
             share part of their outcomes",
            backtest.every, settings.window.horizon
        ));
    }
    if !backtest.skipped.is_empty() {
        progress.warn(format!(
            "{} of the {} dates have no model and are in no number (the answer says why)",
            backtest.skipped.len(),
            args.dates
        ));
    }
    let horizons = match asked.as_slice() {
        [] => None,
        asked => Some(training::horizons(&export, &settings, &context, asked, &mut |step| {
            progress.step(step.text, step.done)
        })?),
    };

    let warnings = progress.warnings().to_vec();
    let found = Found { project: &project, backtest: &backtest, horizons: horizons.as_ref(), warnings: &warnings };
    let page = reports::render_backtest(&page::data(&found)?)?;
    crate::export::keep(&export, progress);
    progress.stage("writing the backtest");
    let mut files = vec![output.write_rejects(&export)?];
    files.extend(write(&found, &page, &output)?);
    let answer = Answer::new(answer::text(&found, &output.path(PAGE)), &answer::result(&found, &files))?;
    let pooled = &backtest.pooled;
    Ok(if args.gate && !pooled.beats_baselines {
        answer.but(NoBetterOverTime { dates: pooled.dates, verdict: pooled.verdict.clone() })
    } else {
        answer
    })
}

const TABLE: &str = "backtest.csv";
const HORIZONS: &str = "backtest_horizons.csv";
const PAGE: &str = "backtest.html";

fn write(found: &Found<'_>, page: &str, output: &Output) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = vec![output.path(TABLE)];
    tables::write_dates(found.backtest, &files[0])?;
    if let Some(horizons) = found.horizons {
        files.push(output.path(HORIZONS));
        tables::write_horizons(horizons, &files[1])?;
    }
    files.push(output.path(PAGE));
    write_file(&output.path(PAGE), page.as_bytes())?;
    Ok(files)
}

/// The model and the baselines as the tables and the page name them, in the order in which they are shown.
const PREDICTORS: [(&str, &str); 4] =
    [("model", "this model"), ("recency", "recency alone"), ("bg_nbd", "BG/NBD"), ("prevalence", "churn rate alone")];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_horizon_is_a_number_of_days_or_of_the_projects_horizons() {
        let days = |n| Days::new(n).unwrap();
        let of = |text: &str| text.parse::<HorizonArg>().map(|horizon| horizon.of(days(45)).ok());
        assert_eq!(of("60d"), Ok(Some(days(60))));
        assert_eq!(of("1.5x"), Ok(Some(days(68))));
        assert_eq!(of("1x"), Ok(Some(days(45))));
        assert_eq!((of("0.001x"), of("1000x")), (Ok(None), Ok(None)));
        for text in ["", "60", "x", "-1x", "NaNx", "infx", "0x", "0d", "9999d"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
