//! A plan, read back.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use history::{Date, Money, read_texts};

use crate::commands::plan::LOT_FILE;
use crate::project::money;

/// A plan as it was made.
#[derive(Debug)]
pub(super) struct PlanFile {
    pub(super) path: PathBuf,
    pub(super) as_of: Date,
    pub(super) rows: Vec<PlanRow>,
    /// What the user should know about it.
    pub(super) notes: Vec<String>,
}

/// A customer of the plan.
#[derive(Debug)]
pub(super) struct PlanRow {
    pub(super) customer_id: Box<str>,
    pub(super) contact: bool,
    pub(super) churn_probability: f64,
    /// What contacting was expected to cost.
    pub(super) cost: Money,
    pub(super) stratum: Box<str>,
    pub(super) segment: Box<str>,
    /// Expected margin of a customer who stays, where the plan's lot is there.
    pub(super) value: Option<f64>,
}

/// A plan that cannot be read as one.
#[derive(Debug)]
pub(crate) struct NotAPlan(String);

impl fmt::Display for NotAPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAPlan {}

const COLUMNS: [&str; 5] = ["customer_id", "as_of", "churn_probability", "cost", "arm"];
const LOT_COLUMNS: [&str; 6] = ["customer_id", "arm", "stratum", "segment", "value", "planned_cost"];

impl PlanRow {
    /// The third of the churn probability within the plan; the strata are named by state, third and segment.
    pub(super) fn risk_block(&self) -> &str {
        self.stratum.split('/').nth(1).unwrap_or("all")
    }
}

impl PlanFile {
    /// Reads a plan, and the lot beside it. A plan without one (made by hand, or by another program) has strata by thirds of the churn
    /// probability.
    ///
    /// # Errors
    /// [`NotAPlan`], or the file cannot be read.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let wrong = |row: usize, what: &str, found: Option<&str>| {
            let found = found.map_or("nothing".to_owned(), |found| format!("\"{found}\""));
            NotAPlan(format!("{}: row {}: expected {what}, found {found}", path.display(), row + 1))
        };
        let mut rows = Vec::new();
        let mut as_of: Option<Date> = None;
        let cells = match read_texts(path, &COLUMNS) {
            Err(history::ReadError::NoRows { .. }) => {
                let message = format!("{}: a plan without customers: there is nothing to measure", path.display());
                return Err(NotAPlan(message).into());
            }
            other => other?,
        };
        for (at, cells) in cells.iter().enumerate() {
            let [id, day, risk, cost, arm] = cells.as_slice() else { continue };
            let id = id.clone().ok_or_else(|| wrong(at, "a customer_id", None))?;
            let day: Date = day
                .as_deref()
                .and_then(|day| day.parse().ok())
                .ok_or_else(|| wrong(at, "a date such as 2026-03-05 in as_of", day.as_deref()))?;
            if *as_of.get_or_insert(day) != day {
                return Err(wrong(at, "one as_of in the whole plan", Some(&day.to_string())).into());
            }
            let number = |name: &str, cell: &Option<Box<str>>| {
                let value = cell.as_deref().and_then(|cell| cell.parse::<f64>().ok()).filter(|value| value.is_finite());
                value.ok_or_else(|| wrong(at, &format!("a number in {name}"), cell.as_deref()))
            };
            let contact = match arm.as_deref() {
                Some("contact") => true,
                Some("hold_out") => false,
                other => return Err(wrong(at, "contact or hold_out in arm", other).into()),
            };
            let risk = number("churn_probability", risk)?;
            if !(0.0..=1.0).contains(&risk) {
                return Err(wrong(at, "a churn_probability from 0 to 1", Some(&risk.to_string())).into());
            }
            let cost = number("cost", cost)?;
            rows.push(PlanRow {
                customer_id: id,
                contact,
                churn_probability: risk,
                cost: money(cost.clamp(0.0, 1e12)),
                stratum: Box::default(),
                segment: Box::default(),
                value: None,
            });
        }
        let mut seen: Vec<&str> = rows.iter().map(|row| row.customer_id.as_ref()).collect();
        seen.sort_unstable();
        if let Some(pair) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(NotAPlan(format!(
                "{}: expected each customer once, found \"{}\" twice",
                path.display(),
                pair[0]
            ))
            .into());
        }
        let Some(as_of) = as_of else {
            return Err(
                NotAPlan(format!("{}: a plan without customers: there is nothing to measure", path.display())).into()
            );
        };
        let mut plan = Self { path: path.to_owned(), as_of, rows, notes: Vec::new() };
        plan.add_lot()?;
        Ok(plan)
    }

    fn add_lot(&mut self) -> anyhow::Result<()> {
        let path = self.path.with_file_name(LOT_FILE);
        if !path.is_file() {
            self.notes.push(format!(
                "no {LOT_FILE} beside {}: customers are compared within thirds of their churn probability, and their expected value \
                 is not allowed for",
                self.path.display()
            ));
            self.strata_by_thirds();
            return Ok(());
        }
        let lot = read_texts(&path, &LOT_COLUMNS)?;
        let by_id: HashMap<&str, &Vec<Option<Box<str>>>> =
            lot.iter().filter_map(|cells| Some((cells[0].as_deref()?, cells))).collect();
        for row in &mut self.rows {
            let cells = by_id.get(row.customer_id.as_ref()).filter(|cells| {
                cells[1].as_deref() == Some(if row.contact { "contact" } else { "hold_out" }) && cells[2].is_some()
            });
            let Some(cells) = cells else {
                return Err(NotAPlan(format!(
                    "{}: expected the lot of this plan, found none for \"{}\" or another arm: is it that of another plan?",
                    path.display(),
                    row.customer_id
                ))
                .into());
            };
            row.stratum = cells[2].clone().unwrap_or_default();
            row.segment = cells[3].clone().unwrap_or_default();
            row.value = cells[4].as_deref().and_then(|value| value.parse().ok());
        }
        if self.rows.len() != lot.len() {
            return Err(NotAPlan(format!(
                "{}: expected {} customers as in {}, found {}: measuring a part of a plan would compare unlike customers",
                self.path.display(),
                lot.len(),
                path.display(),
                self.rows.len()
            ))
            .into());
        }
        Ok(())
    }

    fn strata_by_thirds(&mut self) {
        let mut risks: Vec<f64> = self.rows.iter().map(|row| row.churn_probability).collect();
        risks.sort_by(f64::total_cmp);
        let edge = |third: usize| risks.get(risks.len() * third / 3).copied().unwrap_or(0.0);
        let (lower, upper) = (edge(1), edge(2));
        for row in &mut self.rows {
            let block = match row.churn_probability {
                risk if risk < lower => "low",
                risk if risk < upper => "middle",
                _ => "high",
            };
            row.stratum = format!("all/{block}/all").into();
            row.segment = "all".into();
        }
    }
}
