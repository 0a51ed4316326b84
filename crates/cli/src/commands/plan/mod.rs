//! `churn plan`: whom to contact, with which offer, within budget and rules; and whom to leave alone by lot.

mod answer;
mod campaign;
mod economics;
mod observed;
mod people;
mod response;
mod table;
mod text;
mod told;
mod worklists;

use std::path::{Path, PathBuf};

use clap::Args;
use decisions::plan::{Candidate, Plan, PlanSettings, Response, State, expected_cost, plan};
use decisions::uplift::{SensitivityRow, sensitivity};
use history::{Column, Date, LabelWindow, Money, TableWriter, Values, WriteError, write_file};
use sha2::{Digest, Sha256};

use self::answer::{Told, answer};
pub(crate) use self::observed::{Observed, observed};
use self::people::People;
pub(crate) use self::response::NotRandomised;
use self::response::Responses;
use self::table::Row;
use self::worklists::Named;
use crate::answer::Answer;
use crate::args::{ProjectArgs, Purpose, ReadingArgs};
use crate::commands::score::{self, ScoringArgs};
use crate::exit::UsageError;
use crate::model_store::ModelStore;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{PlanRules, Project, money};

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) scoring: ScoringArgs,
    /// The most that may be spent, in units of the currency [default: `budget` in [plan], else no limit].
    #[arg(long, value_name = "AMOUNT", value_parser = budget)]
    budget: Option<Money>,
}

/// Names of the files of a plan; the first is what others build on, the others stand beside it for `churn measure`.
pub(crate) const PLAN_FILE: &str = "plan.csv";
pub(crate) const LOT_FILE: &str = "plan_lot.csv";
/// What the plan was made with, and every figure of it.
pub(crate) const PLAN_JSON: &str = "plan.json";
/// Folder of the plans that were made, so that an old one can still be measured.
pub(crate) const PLANS_FOLDER: &str = "plans";

pub(crate) fn run(args: &PlanArgs, progress: &mut Progress) -> anyhow::Result<Answer> {
    let project = Project::open(&args.project.project)?;
    let rules = PlanRules { budget: args.budget.or(project.plan.budget), ..project.plan.clone() };
    if rules.offers.is_empty() {
        return Err(UsageError(
            "nothing can be offered: expected [[offers.catalogue]] in the project file, with a name and a cost, found none".to_owned(),
        )
        .into());
    }
    let store = ModelStore::of(&project);
    let model = store.model(&store.resolve(args.scoring.model.as_deref())?)?;
    let output = Output::open(&project, &args.project)?;
    let export = crate::export::read(&project, (&args.project, Purpose::Model), &args.reading, progress)?;
    let (scores, cells) = score::score(&project, &export, &model, args.scoring.as_of, progress)?;
    let as_of = scores.as_of();
    let people = People::of(&rules, &export, &model, &scores)?;
    let responses = Responses::of(&project, &rules, &export, &model, as_of, progress)?;
    progress.stage("weighing offers");
    let of_customers = responses.of_customers(&rules, &export, &model, as_of, &people)?;
    let history = export.history(as_of);
    let attribute = |column: &str, customer: u32| history.attribute(column, customer);
    let named: Vec<Named<'_>> = people
        .rows
        .iter()
        .map(|person| Named {
            id: export.customer_ids().get(person.customer as usize).unwrap_or_default(),
            owner: attribute("owner", person.customer),
            channel: attribute("preferred_channel", person.customer),
        })
        .collect();
    let segment_of = |customer: u32| cells.get(customer as usize).and_then(Option::as_deref).unwrap_or("(not known)");
    let candidates: Vec<Candidate<'_>> = people
        .rows
        .iter()
        .zip(&named)
        .zip(&of_customers)
        .map(|((person, named), responses)| Candidate {
            id: named.id,
            state: person.state,
            churn_probability: person.churn_probability,
            value: person.value,
            segment: segment_of(person.customer),
            contact_allowed: person.contact_allowed,
            last_contact: person.last_contact,
            held_out: person.held_out,
            preferred_channel: named.channel,
            owner: named.owner,
            responses,
        })
        .collect();
    let settings = settings(&rules, as_of, model.window());
    let found = plan(&rules.offers, &candidates, &settings)?;
    let rows: Vec<Row<'_>> = found
        .rows
        .iter()
        .map(|row| {
            let candidate = &candidates[row.customer];
            Row {
                plan: row,
                id: candidate.id,
                owner: candidate.owner,
                offer: &rules.offers[row.offer].name,
                segment: candidate.segment,
                churn_probability: candidate.churn_probability.unwrap_or(0.0),
                value: candidate.value,
            }
        })
        .collect();

    progress.stage("weighing the economics");
    let test = economics::Test::of(&export, &model)?;
    let eligible: Vec<&Candidate<'_>> =
        candidates.iter().filter(|c| c.state == State::Eligible && c.churn_probability.is_some()).collect();
    let mean = |of: &dyn Fn(&Candidate<'_>) -> f64| {
        eligible.iter().map(|candidate| of(candidate)).sum::<f64>() / eligible.len().max(1) as f64
    };
    let (value, risk) = (mean(&|c| c.value), mean(&|c| c.churn_probability.unwrap_or(0.0)));
    let by_risk = economics::by_risk(&rules.offers, &accepted(&responses, &rules), value, risk, test.as_ref())?;
    let reachable: Vec<&Candidate<'_>> = candidates.iter().filter(|c| settings.allow(c)).collect();
    let curve = economics::curve(&rules.offers, &reachable, &settings)?;
    let sensitivity = sensitivities(&responses, &rules, &reachable)?;

    progress.stage("writing the plan");
    let id = plan_id(as_of, &rows);
    let told = Told {
        as_of,
        model: &model,
        currency: &model.file().currency,
        rules: &rules,
        people: &people,
        responses: &responses,
        found: &found,
        rows: &rows,
        by_risk: &by_risk,
        test_as_of: test.as_ref().map(|test| test.as_of),
        curve: &curve,
        sensitivity: &sensitivity,
        id: &id,
    };
    let mut result = answer(&told)?;
    let mut files = vec![output.path(PLAN_FILE), output.path(LOT_FILE)];
    let all: Vec<&Row<'_>> = rows.iter().collect();
    let planned = planned_costs(&found, &of_customers, &rules);
    write(&files[0], table::columns_of((as_of, project.language), &all))?;
    write(&files[1], table::lot_columns(&rows, &planned))?;
    let extra = [
        ("plan_groups.csv", table::group_columns(as_of, &people, &named, &found)),
        ("plan_curve.csv", curve_columns(&curve)),
    ];
    for (name, columns) in extra {
        write(&output.path(name), columns)?;
        files.push(output.path(name));
    }
    files.push(uplift_file(&output, &responses)?);
    let out = args.project.out_folder(&project.folder);
    let lists = worklists::write(&out, (as_of, project.language), &people, &named, &found, &rows)?;
    let shown = |path: &Path| path.display().to_string();
    files.push(output.path(PLAN_JSON));
    result["files"] = files.iter().chain(&lists).map(|path| shown(path)).collect::<Vec<_>>().into();
    let json = serde_json::to_string_pretty(&result)? + "\n";
    write_file(&output.path(PLAN_JSON), json.as_bytes())?;
    let kept = keep_copy(&out, &id, &[PLAN_FILE, LOT_FILE, PLAN_JSON])?;
    crate::export::keep(&export, progress);
    files.push(output.write_rejects(&export)?);

    let mut page = text::page(&told);
    page.push(String::new());
    page.extend(files.iter().map(|file| format!("written: {}", shown(file))));
    page.push(format!("written: {} worklists in {}", lists.len(), shown(&out.join("worklists"))));
    page.push(format!("kept for churn measure: {}", shown(&kept)));
    Answer::new(page.join("\n"), &result)
}

fn settings(rules: &PlanRules, as_of: Date, window: LabelWindow) -> PlanSettings {
    PlanSettings {
        budget: rules.budget,
        capacity: rules.capacity.clone(),
        cooling_off_days: rules.cooling_off,
        // Until the label window of a lot is over, `churn measure` compares those whom it left alone with the others.
        held_out_days: u32::try_from(window.reach()).unwrap_or(u32::MAX),
        hold_out: rules.hold_out,
        caution: rules.caution,
        seed: rules.seed,
        ..PlanSettings::new(as_of)
    }
}

/// Of each offer of the catalogue the share of those with it who took it, where campaigns say so.
fn accepted(responses: &Responses, rules: &PlanRules) -> Vec<Option<f64>> {
    let mut shares = vec![None; rules.offers.len()];
    if let Responses::Learnt(learnt) = responses {
        for (offer, share) in learnt.offer_of_arm.iter().zip(&learnt.accepted) {
            shares[*offer] = *share;
        }
    }
    shares
}

/// What each row is expected to cost if contacted, the held out included.
fn planned_costs(found: &Plan, responses: &[Vec<Response>], rules: &PlanRules) -> Vec<Money> {
    let of = |row: &decisions::plan::PlanRow| {
        expected_cost(&rules.offers[row.offer], responses[row.customer][row.offer].acceptance)
    };
    found.rows.iter().map(of).collect()
}

/// Shares of would-be churners saved, if they are not what is assumed.
const SAVED: [f64; 7] = [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3];

/// Of each offer under an assumption, what becomes of the plan if the assumption is wrong.
fn sensitivities(
    responses: &Responses,
    rules: &PlanRules,
    reachable: &[&Candidate<'_>],
) -> anyhow::Result<Vec<(String, Vec<SensitivityRow>)>> {
    let Responses::Assumed { eligible: assumed, .. } = responses else { return Ok(Vec::new()) };
    let (risk, value): (Vec<f64>, Vec<f64>) = reachable
        .iter()
        .filter(|candidate| candidate.state == State::Eligible)
        .map(|candidate| (candidate.churn_probability.unwrap_or(0.0), candidate.value))
        .unzip();
    let mut shares = SAVED.to_vec();
    shares.push(assumed.saved);
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    let of = |offer: &decisions::plan::Offer| {
        let (contact, incentive) = (offer.contact_cost.to_f64(), offer.incentive_cost.to_f64());
        Ok((offer.name.clone(), sensitivity(assumed, &risk, &value, contact, incentive, &shares)?))
    };
    rules.offers.iter().map(of).collect()
}

/// Date and eight digits of what the lot gave whom: the same plan has the same name.
fn plan_id(as_of: Date, rows: &[Row<'_>]) -> String {
    let mut hash = Sha256::new();
    for row in rows {
        for part in [row.id, row.offer, row.plan.arm.name()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    let digits: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{as_of}-{digits}")
}

fn write(path: &Path, columns: Vec<Column>) -> Result<(), WriteError> {
    let mut table = TableWriter::create(path)?;
    table.write(&columns)?;
    table.finish()
}

fn curve_columns(curve: &economics::Curve) -> Vec<Column> {
    let points: Vec<(&str, &decisions::profit::DepthPoint)> = curve
        .by_gain
        .iter()
        .map(|point| ("expected_gain", point))
        .chain(curve.by_risk.iter().map(|point| ("churn_probability", point)))
        .collect();
    let money = |of: &dyn Fn(&decisions::profit::DepthPoint) -> f64| {
        Values::Money(points.iter().map(|(_, point)| Some(table::cents(of(point)))).collect())
    };
    vec![
        Column::new("ranked_by", table::text(points.iter().map(|(by, _)| Some(*by)))),
        Column::new(
            "share",
            Values::Float(points.iter().map(|(_, point)| Some(table::six_decimals(point.share))).collect()),
        ),
        Column::new(
            "customers",
            Values::Integer(points.iter().map(|(_, point)| i64::try_from(point.customers).ok()).collect()),
        ),
        Column::new("cost", money(&|point| point.cost)),
        Column::new("expected_profit", money(&|point| point.profit)),
        Column::new(
            "last_earns_per_unit",
            Values::Float(points.iter().map(|(_, point)| point.last_per_cost.map(table::six_decimals)).collect()),
        ),
    ]
}

/// Uplift by tenths of the predictions, for each offer; without rows where nothing was learnt, so that an old file never stands
/// beside a new plan.
fn uplift_file(output: &Output, responses: &Responses) -> anyhow::Result<PathBuf> {
    let mut rows = Vec::new();
    if let Responses::Learnt(learnt) = responses {
        for (check, name) in learnt.model.checks().iter().zip(&learnt.past.names) {
            rows.extend(check.deciles.iter().map(|decile| (name.as_str(), decile)));
        }
    }
    type Decile = decisions::uplift::UpliftDecile;
    let numbers = |of: &dyn Fn(&Decile) -> Option<f64>| {
        Values::Float(rows.iter().map(|(_, decile)| of(decile).map(table::six_decimals)).collect())
    };
    let counts =
        |of: &dyn Fn(&Decile) -> u64| Values::Integer(rows.iter().map(|(_, d)| i64::try_from(of(d)).ok()).collect());
    let path = output.path("plan_uplift.csv");
    write(
        &path,
        vec![
            Column::new("offer", table::text(rows.iter().map(|(name, _)| Some(*name)))),
            Column::new("tenth", counts(&|decile| decile.decile)),
            Column::new("with_offer", counts(&|decile| decile.treated)),
            Column::new("control", counts(&|decile| decile.control)),
            Column::new("predicted_uplift", numbers(&|decile| Some(decile.predicted))),
            Column::new("observed_uplift", numbers(&|decile| decile.observed.value())),
            Column::new("observed_low", numbers(&|decile| decile.observed.low())),
            Column::new("observed_high", numbers(&|decile| decile.observed.high())),
        ],
    )?;
    Ok(path)
}

/// Copies the files of the plan to where no later plan replaces them.
fn keep_copy(out: &Path, id: &str, names: &[&str]) -> Result<PathBuf, WriteError> {
    let folder = out.join(PLANS_FOLDER).join(id);
    std::fs::create_dir_all(&folder).map_err(|source| WriteError::Io { path: folder.clone(), source })?;
    for name in names {
        let from = out.join(name);
        let bytes = std::fs::read(&from).map_err(|source| WriteError::Io { path: from.clone(), source })?;
        write_file(&folder.join(name), &bytes)?;
    }
    Ok(folder)
}

fn budget(text: &str) -> Result<Money, String> {
    let amount = text.parse::<f64>().ok().filter(|amount| (0.0..9e14).contains(amount));
    amount.map(money).ok_or_else(|| "expected an amount of 0 or more".to_owned())
}
