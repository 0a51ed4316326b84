//! Past campaigns: the rows of the offers table with what was known of each customer on the day, and what became of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use decisions::uplift::Campaign;
use feature_engineering::{Feature, Snapshot, features, has_all, modelled};
use history::{Date, Export};
use scoring::Model;

use crate::project::{PlanRules, Project};

/// Rows that something can be learnt from, one entry each in every column.
#[derive(Debug)]
pub(super) struct PastRows {
    /// Places in the catalogue of the offers that were made, in the order of the arms from 1 on.
    pub(super) offers: Vec<usize>,
    /// Their names.
    pub(super) names: Vec<String>,
    /// 0 is the control.
    pub(super) arm: Vec<usize>,
    pub(super) stratum: Vec<usize>,
    pub(super) customer: Vec<u64>,
    pub(super) retained: Vec<bool>,
    pub(super) lapsed: Vec<bool>,
    /// Of each arm the share of those with the offer who took it, where the export says so.
    pub(super) accepted: Vec<Option<f64>>,
    /// The features, and behind them whether the customer had lapsed.
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) features: Vec<Arc<Feature>>,
    /// Days of the campaigns.
    pub(super) days: Vec<Date>,
}

/// What the offers table holds of the past.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) rows: Option<PastRows>,
    /// Rows left out, by reason.
    left_out: BTreeMap<&'static str, u64>,
    /// Offers of the table that are not in the catalogue.
    unknown: BTreeSet<String>,
    /// Offers of the catalogue that were never made, where others were.
    never_made: Vec<String>,
}

const NOT_OVER: &str = "whose churn horizon was not over by the as-of date";
const NEVER_BOUGHT: &str = "of customers who had not bought before";
const TWICE: &str = "of customers who were in more than one arm on a day";
const NEITHER: &str = "of customers who neither churned nor stayed";

/// A day with fewer customers in an arm shares its stratum with its month.
const LEAST_OF_A_DAY: usize = 20;

/// A row of the offers table.
#[derive(Debug, Clone, Copy)]
struct Drawn<'a> {
    customer: u32,
    offer: Option<&'a str>,
    treated: bool,
    accepted: bool,
}

impl PastRows {
    pub(super) fn campaign<'a>(&'a self, columns: &'a [&'a [f64]]) -> Campaign<'a> {
        Campaign {
            features: columns,
            arm: &self.arm,
            stratum: &self.stratum,
            customer: &self.customer,
            retained: &self.retained,
        }
    }

    pub(super) fn feature_name(&self, column: usize) -> &str {
        self.features.get(column).map_or("lapsed", |feature| feature.name.as_str())
    }
}

impl Past {
    /// Collects the rows whose label window was over by the as-of date.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(super) fn read(
        project: &Project,
        rules: &PlanRules,
        export: &Export,
        model: &Model,
        as_of: Date,
    ) -> anyhow::Result<Self> {
        let mut past = Self::default();
        let mut by_day: BTreeMap<Date, Vec<Drawn<'_>>> = BTreeMap::new();
        let known = export.history(as_of);
        let through = as_of.min(export.labels_through());
        for customer in 0..known.n_customers() {
            for row in known.offers(customer) {
                let day = row.timestamp.date();
                let why_not = match day {
                    day if model.window().after(day).1 > through => Some(NOT_OVER),
                    day if day <= export.first_day() => Some(NEVER_BOUGHT),
                    _ => None,
                };
                if let Some(why) = why_not {
                    past.leave_out(why, 1);
                    continue;
                }
                let (offer, treated, accepted) = (row.offer, row.treated, row.accepted.is_some());
                by_day.entry(day).or_default().push(Drawn { customer, offer, treated, accepted });
            }
        }
        by_day.values_mut().for_each(|rows| past.drop_doubles(rows));
        let treated = by_day.values().flatten().filter(|row| row.treated);
        let made: BTreeSet<&str> = treated.filter_map(|row| row.offer).collect();
        let place = |name: &str| rules.offers.iter().position(|offer| offer.name == name);
        past.unknown = made.iter().filter(|name| place(name).is_none()).map(|name| (*name).to_owned()).collect();
        let offers: Vec<(usize, &str)> = made.iter().filter_map(|name| Some((place(name)?, *name))).collect();
        if offers.is_empty() {
            return Ok(past);
        }
        let never = rules.offers.iter().filter(|offer| !made.contains(offer.name.as_str()));
        past.never_made = never.map(|offer| offer.name.clone()).collect();
        for rows in by_day.values_mut() {
            let of_day: BTreeSet<&str> = rows.iter().filter(|row| row.treated).filter_map(|row| row.offer).collect();
            // A control of an offer that is not in the catalogue is nobody else's control.
            rows.retain(|row| {
                row.offer.is_none_or(|name| place(name).is_some() || !(row.treated || of_day.contains(name)))
            });
        }
        by_day.retain(|_, rows| rows.iter().any(|row| row.treated) && rows.iter().any(|row| !row.treated));
        if by_day.is_empty() {
            return Ok(past);
        }
        past.rows = Some(collect(project, export, model, as_of, &by_day, &offers, &mut past.left_out)?);
        Ok(past)
    }

    fn leave_out(&mut self, why: &'static str, rows: u64) {
        *self.left_out.entry(why).or_default() += rows;
    }

    /// Rows of one customer on one day that say the same count once; those that contradict each other not at all.
    fn drop_doubles(&mut self, rows: &mut Vec<Drawn<'_>>) {
        rows.sort_by_key(|row| (row.customer, row.treated, row.offer, !row.accepted));
        let mut kept: Vec<Drawn<'_>> = Vec::with_capacity(rows.len());
        for of_customer in rows.chunk_by(|a, b| a.customer == b.customer) {
            let first = of_customer[0];
            if of_customer.iter().all(|row| (row.treated, row.offer) == (first.treated, first.offer)) {
                kept.push(first);
            } else {
                self.leave_out(TWICE, of_customer.len() as u64);
            }
        }
        *rows = kept;
    }

    /// What the user should know about the rows that were not used.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .left_out
            .iter()
            .map(|(why, rows)| format!("[offers]: {rows} rows {why} are not learnt from"))
            .collect();
        for name in &self.unknown {
            notes.push(format!(
                "[offers]: \"{name}\" is not in [[offers.catalogue]], so it is not learnt from and not planned with"
            ));
        }
        for name in &self.never_made {
            notes.push(format!(
                "\"{name}\" was in no past campaign: nothing is known of what it does, and nobody is planned for it"
            ));
        }
        notes
    }
}

type ByDay<'a> = BTreeMap<Date, Vec<Drawn<'a>>>;

fn collect(
    project: &Project,
    export: &Export,
    model: &Model,
    as_of: Date,
    by_day: &ByDay<'_>,
    offers: &[(usize, &str)],
    left_out: &mut BTreeMap<&'static str, u64>,
) -> anyhow::Result<PastRows> {
    let first_day = by_day.keys().next().copied().unwrap_or(as_of);
    let (then, now) = (model.history(export, first_day), model.history(export, as_of));
    let without = &project.features.without;
    let mut wanted = modelled(&then);
    wanted.retain(|feature| {
        has_all(&now, &feature.definition)
            && !without.iter().any(|word| *word == feature.name || *word == feature.family.as_str())
    });
    let mut out = PastRows {
        offers: offers.iter().map(|(place, _)| *place).collect(),
        names: offers.iter().map(|(_, name)| (*name).to_owned()).collect(),
        arm: Vec::new(),
        stratum: Vec::new(),
        customer: Vec::new(),
        retained: Vec::new(),
        lapsed: Vec::new(),
        accepted: Vec::new(),
        columns: vec![Vec::new(); wanted.len() + 1],
        features: wanted,
        days: by_day.keys().copied().collect(),
    };
    let mut strata: BTreeMap<(Date, Option<&str>), usize> = BTreeMap::new();
    let mut taken = vec![(0_u64, 0_u64); offers.len()];
    let mut leave_out = |why: &'static str| *left_out.entry(why).or_default() += 1;
    for (day, rows) in by_day {
        let history = model.history(export, *day);
        let outcome = export.outcome(*day, model.window())?;
        let customers: Vec<u32> = rows.iter().map(|row| row.customer).collect();
        let snapshot = Snapshot::of(&history, model.eligibility(), &customers)?;
        let labels = model.churn().labels(&history, &outcome, model.eligibility(), &snapshot.eligible)?;
        let bought = outcome.map(&snapshot.lapsed, |block, customer| outcome.bought(block, customer))?;
        // Customers are in ascending order in all three.
        let retained_of = |customer: u32| -> Result<(bool, bool), &'static str> {
            if let Ok(at) = snapshot.eligible.binary_search(&customer) {
                return labels[at].map(|churned| (!churned, false)).ok_or(NEITHER);
            }
            snapshot.lapsed.binary_search(&customer).map(|at| (bought[at], true)).map_err(|_| NEVER_BOUGHT)
        };
        let mut used: Vec<(&Drawn<'_>, bool, bool)> = Vec::with_capacity(rows.len());
        for row in rows {
            match retained_of(row.customer) {
                Ok((retained, lapsed)) => used.push((row, retained, lapsed)),
                Err(why) => leave_out(why),
            }
        }
        let table = features(&history, &used.iter().map(|(row, ..)| row.customer).collect::<Vec<_>>(), &out.features)?;
        for (to, from) in out.columns.iter_mut().zip(table.columns()) {
            to.extend_from_slice(from);
        }
        let made: BTreeSet<&str> = rows.iter().filter(|row| row.treated).filter_map(|row| row.offer).collect();
        let mut controls = rows.iter().filter(|row| !row.treated);
        let own_controls = made.len() > 1 && controls.all(|row| row.offer.is_some_and(|name| made.contains(name)));
        let count = |treated: bool| used.iter().filter(|(row, ..)| row.treated == treated).count();
        let small = count(true).min(count(false)) < LEAST_OF_A_DAY;
        let since = if small { day.month_start() } else { *day };
        for (row, retained, lapsed) in used {
            let arm =
                row.offer.filter(|_| row.treated).and_then(|name| offers.iter().position(|(_, other)| *other == name));
            let next = strata.len();
            out.stratum.push(*strata.entry((since, row.offer.filter(|_| own_controls))).or_insert(next));
            out.arm.push(arm.map_or(0, |arm| arm + 1));
            out.customer.push(u64::from(row.customer));
            out.retained.push(retained);
            out.lapsed.push(lapsed);
            if let Some(last) = out.columns.last_mut() {
                last.push(f64::from(u8::from(lapsed)));
            }
            if let Some(arm) = arm {
                taken[arm].0 += u64::from(row.accepted);
                taken[arm].1 += 1;
            }
        }
    }
    let share = |(taken, all): &(u64, u64)| (export.has_accepted() && *all > 0).then(|| *taken as f64 / *all as f64);
    out.accepted = taken.iter().map(share).collect();
    Ok(out)
}
