//! `churn measure`: what a plan earned, the contacted against the held out.

mod answer;
mod looks;
mod outcome;
mod plan_file;

pub(crate) use self::plan_file::NotAPlan;
use std::path::{Path, PathBuf};

use clap::Args;
use decisions::readout::{Looks, PlanOutcome, measure};
use history::{Days, TableWriter, write_file};

use self::answer::{Told, answer, columns, page};
use self::looks::EarlyLooks;
use self::outcome::{Outcomes, Returned};
use self::plan_file::PlanFile;
use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::plan::PLAN_FILE;
use crate::exit::UsageError;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{PROJECT_FILE, Project};

#[derive(Debug, Args)]
pub(crate) struct MeasureArgs {
    /// The plan: its file, or its folder in out/plans; or a project, for the plan made last.
    #[arg(value_name = "PLAN", default_value = ".")]
    plan: PathBuf,
    /// Project folder, or project file [default: the one that the plan lies in].
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// Folder of the outputs [default: `out` in the project folder].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Look before the churn horizon is over, at the days that are. Intervals are wider then, now and at the end, since who looks
    /// often enough sees what chance does.
    #[arg(long)]
    early: bool,
}

/// Days without which an early look shows nothing.
const LEAST_DAYS: i32 = 7;

pub(crate) fn run(args: &MeasureArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let (place, file) = places(args)?;
    let project_args = ProjectArgs { project: place, out: args.out.clone() };
    let project = Project::open(&project_args.project)?;
    let file = file.unwrap_or_else(|| project_args.out_folder(&project.folder).join(PLAN_FILE));
    if !file.is_file() {
        return Err(UsageError(format!("no plan at {}: run churn plan first, or name the plan", file.display())).into());
    }
    let plan = PlanFile::read(&file)?;
    for note in &plan.notes {
        progress.warn(note.clone());
    }
    let output = Output::open(&project, &project_args)?;
    let export = crate::export::read(&project, (&project_args, Purpose::Table), &args.reading, progress)?;
    progress.stage("reading what became of the customers");

    let mut window = project.churn.window;
    let as_of = plan.as_of;
    let whole = window.horizon.get();
    let mut looks = EarlyLooks::read(&file)?;
    let complete = export.labels_through();
    if window.after(as_of).1 > complete {
        let days = complete.days_since(window.after(as_of).0);
        if !args.early {
            // Says from when on there is an answer.
            export.outcome(as_of, window)?;
        }
        if days < LEAST_DAYS {
            return Err(UsageError(format!(
                "--early: expected at least {LEAST_DAYS} full days since the plan of {as_of}, found {}",
                days.max(0)
            ))
            .into());
        }
        window.horizon = u16::try_from(days).ok().and_then(Days::new).unwrap_or(window.horizon);
        looks.add(complete);
    }
    let outcomes = Outcomes::of(&project, &export, &plan, window)?;
    for note in outcomes.notes() {
        progress.warn(note);
    }
    let returned = Returned::of(&project, &export, &plan, window)?;
    let how = match looks.count() {
        0 => Looks::Once,
        _ => Looks::Any { planned_customers: outcomes.contact.len() as u64 },
    };
    let strata: Vec<&str> = outcomes.rows.iter().map(|row| plan.rows[*row].stratum.as_ref()).collect();
    let blocks: Vec<&str> = outcomes.rows.iter().map(|row| plan.rows[*row].risk_block()).collect();
    let segments: Vec<&str> = outcomes.rows.iter().map(|row| plan.rows[*row].segment.as_ref()).collect();
    let read_out = measure(
        &PlanOutcome {
            contact: &outcomes.contact,
            stratum: &strata,
            risk_block: &blocks,
            segment: &segments,
            retained: &outcomes.retained,
            margin: &outcomes.margin,
            cost: &outcomes.cost,
            expected_margin: outcomes.expected_margin.as_deref(),
            churn_probability: Some(&outcomes.churn_probability),
        },
        0.95,
        how,
    )?;
    let told = Told {
        plan: &plan,
        outcomes: &outcomes,
        returned: &returned,
        read_out: &read_out,
        early_looks: looks.count(),
        days: window.horizon.get(),
        of_days: whole,
        currency: project.currency.as_deref().unwrap_or_default(),
    };
    let table = output.path("measure.csv");
    let mut writer = TableWriter::create(&table)?;
    writer.write(&columns(&told))?;
    writer.finish()?;
    let mut result = answer(&told);
    let json = output.path("measure.json");
    let files = [table, json.clone(), output.write_rejects(&export)?];
    let shown: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    result["files"] = shown.clone().into();
    write_file(&json, (serde_json::to_string_pretty(&result)? + "\n").as_bytes())?;
    // A look counts once its result is there to be seen.
    looks.write()?;
    let mut lines = page(&told);
    lines.push(String::new());
    lines.extend(shown.iter().map(|file| format!("written: {file}")));
    Answer::new(lines.join("\n"), &result)
}

/// The project, and the plan's file where one is named.
fn places(args: &MeasureArgs) -> Result<(PathBuf, Option<PathBuf>), UsageError> {
    let given = &args.plan;
    let is_project = given.join(PROJECT_FILE).is_file() || given.extension().is_some_and(|ending| ending == "toml");
    if is_project && !given.join(crate::commands::plan::PLAN_JSON).is_file() {
        if let Some(project) = &args.project {
            return Err(UsageError(format!(
                "expected a plan beside --project {}, found another project, {}",
                project.display(),
                given.display()
            )));
        }
        return Ok((given.clone(), None));
    }
    let file = if given.is_dir() { given.join(PLAN_FILE) } else { given.clone() };
    if !file.is_file() {
        return Err(UsageError(format!(
            "expected a plan (plan.csv, or its folder) or a project, found nothing of the kind at {}",
            given.display()
        )));
    }
    if let Some(project) = &args.project {
        return Ok((project.clone(), Some(file)));
    }
    let from = std::path::absolute(&file).unwrap_or_else(|_| file.clone());
    let project = from.ancestors().find(|folder| folder.join(PROJECT_FILE).is_file()).map(Path::to_path_buf);
    project.map(|project| (project, Some(file))).ok_or_else(|| {
        UsageError(format!(
            "{}: expected a plan within a project folder, found none above it: say --project",
            given.display()
        ))
    })
}
