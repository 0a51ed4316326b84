//! `churn simulate`: the exports of a company with known truth.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use history::{Date, Days, WriteError};
use simulation::{Campaigns, Company, Destination, Format, OfferFactors, Summary};

use crate::answer::Answer;
use crate::exit::UsageError;
use crate::lock::{LOCK_FILE, Lock};
use crate::output::remove_leftovers;
use crate::progress::Progress;
use crate::project::days;

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Folder of the new project.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The company of data/sample.
    #[arg(long, conflicts_with_all = ["customers", "seed", "format", "from", "to", "horizon", "truth_as_of", "offer"])]
    sample: bool,
    /// Number of customers.
    #[arg(long, value_name = "N", default_value_t = Company::default().customers)]
    customers: u32,
    /// Seed of everything that is random: the same seed and settings give the same bytes.
    #[arg(long, value_name = "S", default_value_t = Company::default().seed)]
    seed: u64,
    /// Format of the exports; the truth is always CSV.
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    format: ExportFormat,
    /// First day of the exports.
    #[arg(long, value_name = "DATE", default_value_t = Company::default().start)]
    from: Date,
    /// First day that is not in the exports.
    #[arg(long, value_name = "DATE", default_value_t = Company::default().complete_through)]
    to: Date,
    /// Length of the window in which a customer who buys nothing has churned.
    #[arg(long, value_name = "DAYS", default_value = "90d", value_parser = days)]
    horizon: Days,
    /// As-of date of the truth table besides the last day; may be given many times [default: one horizon before the
    /// last day].
    #[arg(long, value_name = "DATE")]
    truth_as_of: Vec<Date>,
    /// What the offer of the past campaigns does; truth.csv has what it does to each customer.
    #[arg(long, value_enum, default_value_t = OfferEffect::Weak)]
    offer: OfferEffect,
    /// Write into a folder that is not empty.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ExportFormat {
    Csv,
    Parquet,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OfferEffect {
    /// Nothing at all.
    None,
    /// A little: it pays for hardly anybody.
    Weak,
    /// Much: it keeps many of those who can be persuaded, for 90 days.
    Strong,
}

impl OfferEffect {
    fn campaigns(self) -> Campaigns {
        let (none, usual) = (OfferFactors { order_rate: 1.0, leaving_rate: 1.0 }, Campaigns::default());
        match self {
            OfferEffect::None => Campaigns { on_persuadable: none, on_sleeping_dog: none, ..usual },
            OfferEffect::Weak => usual,
            OfferEffect::Strong => Campaigns {
                effect_days: 90,
                on_persuadable: OfferFactors { order_rate: 4.0, leaving_rate: 0.05 },
                ..usual
            },
        }
    }
}

pub(crate) fn run(args: &SimulateArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    std::fs::create_dir_all(&args.folder).map_err(|source| WriteError::Io { path: args.folder.clone(), source })?;
    let lock = Lock::take(&args.folder)?;
    // A simulation that was stopped leaves its unfinished tables under temporary names.
    remove_leftovers(&args.folder)?;
    if !args.force && !has_only_the_lock(&args.folder)? {
        let message = "expected a new or empty folder, found files in it; --force writes all the same";
        return Err(UsageError(format!("{}: {message}", args.folder.display())).into());
    }
    let company = if args.sample { Company::sample() } else { company(args)? };
    let format = match args.format {
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Parquet => Format::Parquet,
    };
    let destination = Destination { format, replace: args.force, ..Destination::new(&args.folder) };
    let all = company.customers;
    let summary = simulation::simulate(&company, &destination, &mut |done| {
        progress.stage(&format!("{done} of {all} customers"));
    })?;
    drop(lock);
    Answer::new(text(&args.folder, &summary), &summary)
}

fn company(args: &SimulateArgs) -> Result<Company, UsageError> {
    let mut company = Company {
        customers: args.customers,
        seed: args.seed,
        start: args.from,
        complete_through: args.to,
        horizon_days: u16::try_from(args.horizon.get()).map_err(|e| UsageError(e.to_string()))?,
        truth_as_of: args.truth_as_of.clone(),
        campaigns: args.offer.campaigns(),
        ..Company::default()
    };
    company.campaigns.dates.retain(|date| (args.from..args.to).contains(date));
    company.truth_as_of.sort_unstable();
    company.truth_as_of.dedup();
    let labelled = args.to.plus_days(-args.horizon.get());
    if company.truth_as_of.is_empty() && labelled > args.from {
        company.truth_as_of.push(labelled);
    }
    Ok(company)
}

fn has_only_the_lock(folder: &Path) -> Result<bool, WriteError> {
    let io = |source| WriteError::Io { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        if entry.map_err(io)?.file_name() != LOCK_FILE {
            return Ok(false);
        }
    }
    Ok(true)
}

fn text(folder: &Path, summary: &Summary) -> String {
    let rate = summary.churn_rate.map_or_else(String::new, |r| format!(", mean churn probability {:.1} %", 100.0 * r));
    format!(
        "{}: {} customers, {} purchases, {} returns, {} events, {} offers\n\
         truth.csv: {} rows; eligible at the end: {} customers{rate}",
        folder.display(),
        summary.customers,
        summary.purchases,
        summary.returns,
        summary.events,
        summary.offers,
        summary.truth_rows,
        summary.eligible,
    )
}
