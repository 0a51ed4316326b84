//! What a plan earns where the truth is known, against simpler rules.
//!
//! ```text
//! plan_profit make FOLDER SEED    writes campaign.csv and today.csv: 10,000 customers of a randomised campaign, 20,000 of today
//! plan_profit plan FOLDER         learns from the one, plans for the other, and prints what each rule truly earns
//! ```
//!
//! `campaign.csv` has the columns `arm, retained` and features; `today.csv` has `value, cost, true_value, true_uplift` and the same features.
//! `value` is what a customer who stays is expected to bring, `cost` what an offer costs, both known to every rule; the true ones are used
//! for counting alone. `benches/plan.py` runs it over seeds, with `benches/peers/plan_scikit_learn.py` beside it on the same files.
#![allow(clippy::print_stdout)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use common::{Effect, World};
use decisions::plan::{Candidate, HoldOut, Offer, PlanSettings, Response, State, plan};
use decisions::uplift::{Campaign, UpliftSettings, fit};
use history::{Date, Money};

/// Cost of an offer in the worlds made here.
const COST: f64 = 6.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["make", folder, seed] => make(Path::new(folder), seed.parse()?),
        ["plan", folder] => compare(Path::new(folder)),
        _ => Err("expected `make FOLDER SEED` or `plan FOLDER`".into()),
    }
}

fn make(folder: &Path, seed: u64) -> Result<(), Box<dyn Error>> {
    let world = World::draw_wide(seed, 10_000, 20_000, &[Effect::Differs(0.3, 0.25)], 40);
    let names: Vec<String> = (0..40).map(|at| format!("x{at}")).collect();
    let mut campaign = format!("arm,retained,{}\n", names.join(","));
    for row in 0..world.arm.len() {
        write!(campaign, "{},{}", world.arm[row], u8::from(world.retained[row]))?;
        world.features.iter().try_for_each(|column| write!(campaign, ",{}", column[row]))?;
        campaign.push('\n');
    }
    let mut today = format!("value,cost,true_value,true_uplift,{}\n", names.join(","));
    for row in 0..world.value.len() {
        write!(today, "{},{COST},{},{}", world.value[row], world.value[row], world.uplift[0][row])?;
        world.today.iter().try_for_each(|column| write!(today, ",{}", column[row]))?;
        today.push('\n');
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("campaign.csv"), campaign)?;
    std::fs::write(folder.join("today.csv"), today)?;
    Ok(())
}

/// Columns of a file of numbers.
type Columns = Vec<Vec<f64>>;

/// The first columns of a file, as many as told, and the others; an empty cell is missing.
fn read(path: &Path, known: usize) -> Result<(Columns, Columns), Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut columns: Columns = Vec::new();
    for line in text.lines().skip(1) {
        for (at, cell) in line.split(',').enumerate() {
            if columns.len() <= at {
                columns.push(Vec::new());
            }
            columns[at].push(if cell.is_empty() { f64::NAN } else { cell.parse()? });
        }
    }
    let features = columns.split_off(known);
    Ok((columns, features))
}

fn compare(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (campaign, features) = read(&folder.join("campaign.csv"), 2)?;
    let (today, features_today) = read(&folder.join("today.csv"), 4)?;
    let columns: Vec<&[f64]> = features.iter().map(Vec::as_slice).collect();
    let columns_today: Vec<&[f64]> = features_today.iter().map(Vec::as_slice).collect();
    let rows = campaign[0].len();
    let arm: Vec<usize> = campaign[0].iter().map(|arm| *arm as usize).collect();
    let retained: Vec<bool> = campaign[1].iter().map(|retained| *retained == 1.0).collect();
    let customer: Vec<u64> = (0..rows as u64).collect();
    let stratum = vec![0; rows];
    let past = Campaign { features: &columns, arm: &arm, stratum: &stratum, customer: &customer, retained: &retained };
    let model = fit(&past, &UpliftSettings::default())?;
    let said = model.predict_with_errors(&columns_today)?;
    let [value, cost, true_value, true_uplift] = [0, 1, 2, 3].map(|at| &today[at]);

    let profit = |contact: &dyn Fn(usize) -> bool| -> f64 {
        (0..value.len()).filter(|row| contact(*row)).map(|row| true_uplift[row] * true_value[row] - cost[row]).sum()
    };
    let risk: Vec<f64> = said.without.iter().map(|stays| 1.0 - stays).collect();
    let at_risk: Vec<f64> = risk.iter().zip(value).map(|(risk, value)| risk * value).collect();
    let top = |score: &[f64], share: f64| {
        let mut order: Vec<usize> = (0..score.len()).collect();
        order.sort_by(|a, b| score[*b].total_cmp(&score[*a]));
        let mut chosen = vec![false; score.len()];
        order[..(share * score.len() as f64) as usize].iter().for_each(|row| chosen[*row] = true);
        profit(&|row| chosen[row])
    };
    let line = |name: &str, earned: f64| println!("{name},{earned:.2}");
    line("oracle", profit(&|row| true_uplift[row] * true_value[row] > cost[row]));
    for (name, caution) in [("plan", 0.0), ("plan, half an error off", 0.5), ("plan, an error off", 1.0)] {
        let chosen = planned(&said.uplift[0], &said.errors[0], &risk, value, cost, caution)?;
        line(name, profit(&|row| chosen[row]));
    }
    line("nobody", 0.0);
    line("everybody", profit(&|_| true));
    for share in [0.1, 0.2, 0.3] {
        line(&format!("top {share} by churn probability"), top(&risk, share));
        line(&format!("top {share} by churn probability x value"), top(&at_risk, share));
    }
    Ok(())
}

/// Whom the plan would contact, without hold-out, so that all of it is counted.
fn planned(
    uplift: &[f64],
    errors: &[f64],
    risk: &[f64],
    value: &[f64],
    cost: &[f64],
    caution: f64,
) -> Result<Vec<bool>, Box<dyn Error>> {
    let ids: Vec<String> = (0..value.len()).map(|row| format!("{row:06}")).collect();
    let responses: Vec<[Response; 1]> = (0..value.len())
        .map(|row| [Response { uplift: uplift[row], uplift_error: errors[row], acceptance: 0.0 }])
        .collect();
    let candidates: Vec<Candidate<'_>> = (0..value.len())
        .map(|row| Candidate {
            id: &ids[row],
            state: State::Eligible,
            churn_probability: Some(risk[row]),
            value: value[row],
            segment: "all",
            contact_allowed: true,
            last_contact: None,
            held_out: None,
            preferred_channel: None,
            owner: None,
            responses: &responses[row],
        })
        .collect();
    let contact_cost = Money::from_ten_thousandths((cost[0] * 10_000.0).round() as i64);
    let offer = Offer { name: "voucher".to_owned(), contact_cost, incentive_cost: Money::ZERO, channels: Vec::new() };
    let settings =
        PlanSettings { hold_out: HoldOut::Share(0.0), caution, ..PlanSettings::new(Date::from_days(20_000)) };
    let mut chosen = vec![false; value.len()];
    for row in plan(&[offer], &candidates, &settings)?.rows {
        chosen[row.customer] = true;
    }
    Ok(chosen)
}
