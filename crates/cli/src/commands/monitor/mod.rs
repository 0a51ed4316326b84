//! `churn monitor`: whether the data, the customers and the model are still what they were when the model was trained.

mod check;
mod delivery;
mod drift;
mod looks;
mod names;
mod natural;
mod outcomes;
mod prom;
mod purchases;
mod reference;
mod rows;
mod said;

use std::fmt;

use clap::Args;
use feature_engineering::Snapshot;
use history::{Date, Export, write_file};
use scoring::{Distribution, Model};
use serde::Serialize;
use serde_json::Value;
use training::JudgedDate;

pub(crate) use self::reference::Reference;

use self::check::{Check, CheckName, Outcome, Status};
use self::drift::{FeatureRow, Ground};
use self::looks::Look;
use self::outcomes::{PeriodRate, TestMetrics};
use self::rows::Counted;
use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::models::comparison_settings;
use crate::model_store::{METRICS, ModelStore, REFERENCE};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;

/// The answer, as a file.
pub(crate) const MONITOR_JSON: &str = "monitor.json";
/// The figures for a scraper.
const MONITOR_PROM: &str = "monitor.prom";
/// The format of the answer.
const FORMAT_VERSION: u64 = 1;
/// As-of dates that are looked at.
const MOST_DATES: i32 = 37;
/// Fewer with a whole look-back, and dates with less of it are looked at as well.
const FEW_DATES: i32 = 6;

#[derive(Debug, Args)]
pub(crate) struct MonitorArgs {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Version of the model [default: the champion].
    #[arg(long, value_name = "VERSION")]
    model: Option<String>,
    /// The day on which the data should be there [default: today, in UTC].
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Exit with code 7 where a check raises an alarm.
    #[arg(long)]
    gate: bool,
}

/// What the monitor answers.
#[derive(Debug, Serialize)]
pub(crate) struct MonitorResult {
    format_version: u64,
    project: String,
    model: String,
    /// The day through which the export is complete.
    as_of: String,
    today: String,
    /// All checks together raise a false alarm at most this often: one less it.
    level: f64,
    /// Checks that raise an alarm.
    alarms: Vec<CheckName>,
    not_checked: Vec<CheckName>,
    checks: Vec<Check>,
    data: DataCounts,
    /// The model's features and its scores.
    features: Vec<FeatureRow>,
    /// Dates after the test whose labels have matured, oldest first.
    matured: Vec<JudgedDate>,
    /// Churn rates of label windows that follow each other, oldest first.
    churn_rates: Vec<PeriodRate>,
    satisfaction: Option<SatisfactionIndex>,
    files: Vec<String>,
}

/// How much there is.
#[derive(Debug, Clone, Serialize)]
struct DataCounts {
    first_day: String,
    last_day: String,
    age_days: i32,
    purchases: u64,
    customers: u64,
    eligible: u64,
    /// Share of the customers that features and scores were looked at of.
    share_looked_at: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct SatisfactionIndex {
    index: f64,
    low: Option<f64>,
    high: Option<f64>,
    ratings: u64,
}

impl MonitorResult {
    fn as_of_seconds(&self) -> f64 {
        self.as_of.parse::<Date>().map_or(0.0, |day| f64::from(day.days()) * 86_400.0)
    }
}

impl Check {
    fn name(&self) -> &'static str {
        self.check.as_str()
    }
}

/// A check raised an alarm.
#[derive(Debug)]
pub(crate) struct Alarmed(Vec<CheckName>);

impl fmt::Display for Alarmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|name| name.as_str()).collect();
        write!(f, "the monitor raises an alarm: {}", names.join(", "))
    }
}

impl std::error::Error for Alarmed {}

pub(crate) fn run(args: &MonitorArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let store = ModelStore::of(&project);
    let model = store.model(&store.resolve(args.model.as_deref())?)?;
    let test: TestMetrics = serde_json::from_str(&store.text(model.version(), METRICS)?)?;
    let output = Output::open(&project, &args.project)?;
    let export = crate::export::read(&project, (&args.project, Purpose::Model), &args.reading, progress)?;
    let today = args.today.unwrap_or_else(|| Date::from_days((jiff::Timestamp::now().as_second() / 86_400) as i32));
    let reference = reference_of(&store, &model, progress);
    let before = earlier_run(&output, &project);
    let watch = Watch { project: &project, export: &export, model: &model, reference: reference.as_ref(), today };
    let mut result = watch.result(&test, before.as_ref(), progress)?;
    let (json, prom) = (output.path(MONITOR_JSON), output.path(MONITOR_PROM));
    result.files = [&json, &prom].map(|path| path.display().to_string()).to_vec();
    crate::interrupt::check()?;
    write_file(&json, (serde_json::to_string_pretty(&result)? + "\n").as_bytes())?;
    write_file(&prom, prom::text(&result).as_bytes())?;
    crate::export::keep(&export, progress);
    let answer = Answer::new(text(&result), &result)?;
    let alarmed = Alarmed(result.alarms.clone());
    Ok(if args.gate && !result.alarms.is_empty() { answer.but(alarmed) } else { answer })
}

/// What the model remembers for a monitor; none, and a warning, where it remembers nothing.
fn reference_of(store: &ModelStore, model: &Model, progress: &mut Progress) -> Option<Reference> {
    match store.text(model.version(), REFERENCE).and_then(|text| Reference::parse(&text, model)) {
        Ok(reference) => Some(reference),
        Err(error) => {
            progress.warn(format!(
                "{}: {}; what was different in the export of training cannot be told: train again",
                store.path(model.version()).join(REFERENCE).display(),
                crate::exit::joined(&error)
            ));
            None
        }
    }
}

/// What an earlier run of the monitor of this project said.
fn earlier_run(output: &Output, project: &Project) -> Option<Value> {
    let found: Value = serde_json::from_slice(&std::fs::read(output.path(MONITOR_JSON)).ok()?).ok()?;
    (found["project"].as_str() == Some(project.name.as_str())).then_some(found)
}

/// Everything that is watched.
struct Watch<'a> {
    project: &'a Project,
    export: &'a Export,
    model: &'a Model,
    reference: Option<&'a Reference>,
    today: Date,
}

/// What was seen of the customers at several dates.
struct Seen {
    share: f64,
    /// At the date of the reference.
    then: Option<Look>,
    looks: Vec<Look>,
}

impl Watch<'_> {
    fn result(
        &self,
        test: &TestMetrics,
        before: Option<&Value>,
        progress: &mut Progress,
    ) -> anyhow::Result<MonitorResult> {
        let Self { project, export, model, reference, today } = *self;
        let as_of = export.complete_through();
        let rules = project.monitor;
        progress.stage("counting the rows");
        let counted = Counted::of(export)?;
        let eligible = Snapshot::take(&model.history(export, as_of), model.eligibility())?.eligible;
        let mut outcomes = vec![(CheckName::DataLate, delivery::late(export, today, rules.late_after.get()))];
        let then = match reference {
            Some(reference) => {
                let date: Date = reference.as_of.parse()?;
                let known = date >= export.first_day().plus_days(model.eligibility().active_within.get());
                known
                    .then(|| Snapshot::take(&model.history(export, date), model.eligibility()))
                    .transpose()?
                    .map(|snapshot| snapshot.eligible.len() as u64)
            }
            None => None,
        };
        outcomes.push((
            CheckName::DataShrunk,
            delivery::shrunk(export, &counted, reference.and_then(Reference::with_counts), then, before),
        ));
        outcomes.push((CheckName::Volume, purchases::volume(&counted, reference)));
        outcomes.push((CheckName::Amounts, purchases::amounts(&counted, reference)));
        outcomes.push((CheckName::Channels, names::channels(export, &counted, reference)));
        outcomes.push((CheckName::Events, names::events(export)));
        let no_reference = || Outcome::NotChecked(format!("the model has no {REFERENCE}: train again"));
        outcomes.push((
            CheckName::Levels,
            reference.map_or_else(no_reference, |reference| names::levels(export, as_of, &eligible, reference)),
        ));

        let mut features = Vec::new();
        let seen = reference.map(|reference| self.look(reference, progress)).transpose()?;
        match (reference, &seen) {
            (Some(reference), Some(Ok(seen))) => {
                let ground = Ground {
                    model,
                    reference,
                    then: seen.then.as_ref(),
                    looks: &seen.looks,
                    every: project.every.get(),
                    trained_until: reference.complete_through.parse()?,
                };
                let (drift, usual) = ground.drift();
                outcomes.push((CheckName::History, ground.history()));
                outcomes.push((CheckName::FeatureShift, ground.shift()));
                outcomes.push((CheckName::FeatureDrift, drift));
                outcomes.push((CheckName::ScoreDrift, ground.scores()));
                features = ground.rows(&usual);
            }
            (_, found) => {
                let why = |name| {
                    let why = match found {
                        Some(Err(why)) => Outcome::NotChecked(why.clone()),
                        _ => no_reference(),
                    };
                    (name, why)
                };
                let names =
                    [CheckName::History, CheckName::FeatureShift, CheckName::FeatureDrift, CheckName::ScoreDrift];
                outcomes.extend(names.map(why));
            }
        }

        progress.stage("looking at what customers then did");
        let settings = comparison_settings(project, None);
        let matured = match &seen {
            Some(Err(why)) => Err(why.clone()),
            _ => outcomes::matured(export, model, project.every.get(), &settings)?,
        };
        outcomes.push((CheckName::Calibration, outcomes::calibration(&matured)));
        outcomes.push((CheckName::Lift, outcomes::lift(&matured, test)));
        let churn_rates = outcomes::churn_rates(export, model)?;
        outcomes.push((CheckName::ChurnRate, outcomes::churn_rate(&churn_rates)));
        let (satisfaction, index) =
            outcomes::satisfaction(counted.ratings.as_deref(), counted.end, rules.satisfaction)?;
        outcomes.push((CheckName::Satisfaction, satisfaction));

        let checks = check::judge(outcomes, rules.level);
        let of = |status: Status| checks.iter().filter(|c| c.status == status).map(|c| c.check).collect::<Vec<_>>();
        Ok(MonitorResult {
            format_version: FORMAT_VERSION,
            project: project.name.clone(),
            model: model.version().to_owned(),
            as_of: as_of.to_string(),
            today: today.to_string(),
            level: rules.level,
            alarms: of(Status::Alarm),
            not_checked: of(Status::NotChecked),
            checks,
            data: DataCounts {
                first_day: export.first_day().to_string(),
                last_day: export.last_day().to_string(),
                age_days: today.days_since(as_of),
                purchases: export.purchase_rows() as u64,
                customers: export.customer_ids().len() as u64,
                eligible: eligible.len() as u64,
                share_looked_at: seen.as_ref().and_then(|seen| seen.as_ref().ok()).map_or(0.0, |seen| seen.share),
            },
            features,
            matured: matured.unwrap_or_default(),
            churn_rates,
            satisfaction: index.and_then(|found| {
                let (low, high) = (found.index.low(), found.index.high());
                Some(SatisfactionIndex { index: found.index.value()?, low, high, ratings: found.ratings })
            }),
            files: Vec::new(),
        })
    }

    /// Looks at the customers of today, of the date of the reference, and of dates before; or says why the model cannot read this
    /// export.
    fn look(&self, reference: &Reference, progress: &mut Progress) -> anyhow::Result<Result<Seen, String>> {
        let Self { project, export, model, .. } = *self;
        let as_of = export.complete_through();
        if let Err(error) = scoring::check_export(model, export, &model.history(export, as_of)) {
            return Ok(Err(format!("the model cannot read this export: {error}")));
        }
        let then: Date = reference.as_of.parse()?;
        let every = project.every.get();
        let active = model.eligibility().active_within.get();
        let known_from = export.first_day().plus_days(active);
        let whole = model.lookback().map_or(active, |days| days.get().max(active));
        let count = |from: Date| as_of.days_since(from).div_euclid(every) + 1;
        let from = if count(export.first_day().plus_days(whole)) >= FEW_DATES + as_of.days_since(then) / every {
            export.first_day().plus_days(whole)
        } else {
            known_from
        };
        let steps = count(from).clamp(1, MOST_DATES);
        let mut dates: Vec<Date> = (0..steps).rev().map(|back| as_of.plus_days(-back * every)).collect();
        let at_then = (then >= known_from).then(|| match dates.binary_search(&then) {
            Ok(place) => place,
            Err(place) => {
                dates.insert(place, then);
                place
            }
        });
        progress.stage(&format!("looking at the customers of {} dates", dates.len()));
        let (customers, share) = looks::some(export);
        let bins: Vec<&Distribution> = reference.distributions.iter().collect();
        let mut looks = looks::looks(model, export, &dates, &customers, &bins)?;
        let then_look = at_then.map(|place| match (as_of.days_since(then)).rem_euclid(every) {
            0 => looks[place].clone(),
            _ => looks.remove(place),
        });
        Ok(Ok(Seen { share, then: then_look, looks }))
    }
}

/// The checks, for people.
fn text(result: &MonitorResult) -> String {
    let mut lines = vec![format!(
        "model {} on the data through {}: {}",
        result.model,
        result.as_of,
        match result.alarms.len() {
            0 => "no alarm".to_owned(),
            1 => "1 ALARM".to_owned(),
            n => format!("{n} ALARMS"),
        }
    )];
    for (status, mark) in [(Status::Alarm, "ALARM"), (Status::Ok, "ok"), (Status::NotChecked, "-")] {
        for check in result.checks.iter().filter(|check| check.status == status) {
            lines.push(format!("{mark:<6} {:<14} {}", check.name(), check.sentence));
            lines.extend(check.what_to_do.iter().map(|todo| format!("{:<21} What to do: {todo}.", "")));
        }
    }
    lines.push(format!(
        "All checks together raise a false alarm in at most {} of a hundred runs.",
        said::short(100.0 * (1.0 - result.level)).trim_end_matches(".00")
    ));
    lines.extend(result.files.iter().map(|file| format!("written: {file}")));
    lines.join("\n")
}
