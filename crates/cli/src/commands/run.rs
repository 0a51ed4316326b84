//! `churn run`: check, features, train, score and report, in one go.

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::judged::Judged;
use crate::commands::score::{self, ScoreResult};
use crate::commands::train::{self, TestArgs, TrainResult};
use crate::commands::{features, report};
use crate::engine::warn_of_exports;
use crate::export::as_of;
use crate::language;
use crate::measures::measures;
use crate::model_store::{METRICS, ModelWriter};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;
use crate::report_data::{Sources, report_data};

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) test: TestArgs,
    /// As-of date of the features and scores [default: the day through which the export is complete].
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<history::Date>,
    #[command(flatten)]
    pub(crate) people: report::PeopleArgs,
}

#[derive(Debug, Serialize)]
struct RunResult {
    project: String,
    customers: usize,
    purchases: usize,
    first_day: String,
    last_day: String,
    complete_through: String,
    model: TrainResult,
    scores: Option<ScoreResult>,
    files: Vec<String>,
}

pub(crate) fn run(args: &RunArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    warn_of_exports(&project, "run", progress);
    let output = Output::open(&project, &args.project)?;
    let models = ModelWriter::open(&project)?;
    let export = crate::export::read(&project, (&args.project, Purpose::Model), &args.reading, progress)?;
    let as_of = as_of(args.as_of, &export)?;
    let trained = train::train(&project, &export, args.test, None, progress)?;

    let test_settings = train::settings(&project, args.test.test_as_of);
    let judged = Judged::of(trained, models.store(), &export, &test_settings, progress)?;
    let metrics = train::metrics_text(&judged.trained)?;
    let may_score = judged.may_score(args.test.gate);
    // Who is clearly worse than the champion does not score in its place.
    let champion = match (&judged.worse_than, args.test.gate) {
        (Some(champion), false) => Some((models.store().model(champion)?, models.store().text(champion, METRICS)?)),
        _ => None,
    };
    let trained = judged.trained.model.clone().telling(language::of_reasons(project.language));
    let scoring = match (&champion, may_score) {
        (Some((model, metrics)), _) => Some((model, metrics.as_str())),
        (None, true) => Some((&trained, metrics.as_str())),
        (None, false) => None,
    };
    // Whatever can still be refused is computed before the first file is written.
    let ready = match scoring {
        Some((model, metrics)) => {
            let (scores, cells) = score::score(&project, &export, model, Some(as_of), progress)?;
            let warnings = progress.warnings().to_vec();
            let plan = report::last_plan(&output);
            let sources = Sources {
                project: &project,
                export: &export,
                model,
                metrics,
                scores: &scores,
                cells: &cells,
                warnings: &warnings,
                measures: &[],
                plan: plan.as_ref(),
            };
            let measures = measures(sources, plan.as_ref(), progress)?;
            let mut data = report_data(Sources { measures: &measures, ..sources })?;
            report::look_back(&mut data, None, &output, model);
            let pages = report::pages(&data)?;
            Some((model, scores, cells, data, pages))
        }
        None => None,
    };

    crate::interrupt::check()?;
    crate::export::keep(&export, progress);
    let mut files = vec![output.write_rejects(&export)?];
    let folder = train::keep(&models, &judged.trained, &metrics, &export)?;
    let mut texts = Vec::new();
    let mut scored = None;
    if let Some((model, scores, cells, data, pages)) = ready {
        let wanted = features::Request::everything(&project, &export, as_of)?;
        files.push(features::write(&project, &export, &wanted, &output, progress)?.path);
        files.extend(score::write(&output, &export, &scores, &cells, progress)?);
        files.extend(report::write(&output, &pages, progress)?);
        let people = report::People { export: &export, scores: &scores, cells: &cells };
        files.extend(report::for_people(args.people, &output, &data, people, progress)?);
        let result = score::result(&scores, model, &[]);
        texts.push(score::text(&result));
        texts.push(format!("scores: {}", output.path("scores.csv").display()));
        texts.push(format!("report: {}", output.path("report.html").display()));
        texts.push(format!("workbook: {}", output.path(report::WORKBOOK).display()));
        scored = Some(result);
    }
    // Last of all: a run that is cut short leaves the champion as it was.
    let place = train::place(&models, &judged, may_score)?;
    texts.insert(0, train::text(&judged, &folder, &place));
    let result = RunResult {
        project: project.name.clone(),
        customers: export.customer_ids().len(),
        purchases: export.purchase_rows(),
        first_day: export.first_day().to_string(),
        last_day: export.last_day().to_string(),
        complete_through: export.complete_through().to_string(),
        model: train::result(&judged, &folder, &place),
        scores: scored,
        files: files.iter().map(|path| path.display().to_string()).collect(),
    };
    let answer = Answer::new(texts.join("\n"), &result)?;
    Ok(if judged.is_refused(args.test.gate) { answer.but(judged.refusal()) } else { answer })
}
