//! The churn period that the data supports: for several horizons, how many customers would churn and how well simple rules
//! tell who. Nothing is trained, and no as-of date sees what came after it; but the horizons are compared on the newest
//! labels, so that a model's own test stays the only judge of the model.

use evaluation::{Bootstrap, Metrics, Sample};
use feature_engineering::btyd::{BgNbd, Purchases};
use feature_engineering::{Snapshot, purchase_days};
use history::{Date, Days, Export, LabelWindow};
use serde::Serialize;

use super::gaps::GapLengths;
use crate::project::Project;

/// Horizons, their churn rates, and the one that is proposed.
#[derive(Debug, Serialize)]
pub(super) struct Period {
    /// Customers looked at, drawn at random by their ids where there are many.
    pub(super) customers: usize,
    /// Their share of all customers.
    pub(super) share: f64,
    pub(super) candidates: Vec<Candidate>,
    pub(super) proposal: Proposal,
    pub(super) warnings: Vec<String>,
}

/// One horizon, and what churn would be with it, all other settings being those of the project.
#[derive(Debug, Serialize)]
pub(super) struct Candidate {
    pub(super) horizon_days: i32,
    pub(super) declared: bool,
    pub(super) proposed: bool,
    /// Share of the repeat purchases that came within so many days of the purchase before.
    pub(super) repeats_within: Option<f64>,
    /// As-of dates with a label, newest first; none where history is too short.
    pub(super) dates: Vec<Observed>,
    pub(super) churn_rate: Option<Rates>,
    /// At the newest of the dates; none where it has churners only, or none.
    pub(super) predictability: Option<Predictability>,
}

/// The eligible customers of an as-of date, and who of them churned.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Observed {
    pub(super) as_of: String,
    /// Those who churned or stayed.
    pub(super) eligible: usize,
    pub(super) churned: usize,
    /// Those who neither churned nor stayed, such as by a departure that does not count.
    pub(super) unlabelled: usize,
    pub(super) churn_rate: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Rates {
    /// Mean over the dates.
    pub(super) mean: f64,
    pub(super) lowest: f64,
    pub(super) highest: f64,
}

/// Area under the ROC curve of rules that need no training.
#[derive(Debug, Serialize)]
pub(super) struct Predictability {
    pub(super) as_of: String,
    /// The longer ago the last purchase, the likelier churn.
    pub(super) recency: Auc,
    /// Probability of no purchase by BG/NBD, fitted to the purchases before that date; none where churn is a departure, or
    /// where it could not be fitted.
    pub(super) bg_nbd: Option<Auc>,
}

/// A ROC AUC with its 95 % interval.
#[derive(Debug, Serialize)]
pub(super) struct Auc {
    pub(super) value: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Proposal {
    pub(super) horizon_days: Option<i32>,
    /// Why, in a sentence.
    pub(super) reason: String,
}

const HORIZONS: [u16; 7] = [30, 60, 90, 120, 180, 270, 365];
/// More customers than this are drawn from: the table says which horizon is sensible, not what the last digit is.
const MOST_CUSTOMERS: usize = 50_000;
const REPLICATES: u32 = 200;
/// As-of dates of one horizon, a season apart.
const DATES: i32 = 4;
const DAYS_APART: i32 = 91;
/// Repeat purchases that come within the proposed horizon, in per cent.
const COME_BACK: u64 = 90;
/// Churn rates outside of these say nothing that anybody could act on.
const RATES: std::ops::RangeInclusive<f64> = 0.03..=0.9;
const A_YEAR: i32 = 365;

/// Customers drawn at random by their ids, and their share of all.
pub(super) fn sample(project: &Project, export: &Export) -> (Vec<u32>, f64) {
    training::some_customers(export, MOST_CUSTOMERS, project.seed)
}

/// # Errors
/// Rows cannot be read.
pub(super) fn period(
    project: &Project,
    export: &Export,
    gaps: Option<&GapLengths>,
    (customers, share): (&[u32], f64),
) -> anyhow::Result<Period> {
    let proposal = proposal(project, gaps);
    let declared = project.churn.window.horizon;
    let proposed = proposal.horizon_days.and_then(|days| Days::new(u16::try_from(days).ok()?));
    let mut horizons: Vec<Days> =
        HORIZONS.into_iter().filter_map(Days::new).chain([declared]).chain(proposed).collect();
    horizons.sort_unstable();
    horizons.dedup();
    let candidate = |horizon: Days| -> anyhow::Result<Candidate> {
        let look = Look { project, export, customers, window: LabelWindow { horizon, ..project.churn.window } };
        let (dates, predictability) = look.back()?;
        Ok(Candidate {
            horizon_days: horizon.get(),
            declared: horizon == declared,
            proposed: Some(horizon) == proposed,
            repeats_within: gaps.map(|gaps| gaps.share_within(horizon.get())),
            churn_rate: rates(&dates),
            dates,
            predictability,
        })
    };
    let candidates = horizons.into_iter().map(candidate).collect::<anyhow::Result<Vec<_>>>()?;
    let warnings = warnings(project, export, &candidates);
    Ok(Period { customers: customers.len(), share, candidates, proposal, warnings })
}

fn proposal(project: &Project, gaps: Option<&GapLengths>) -> Proposal {
    let none = |reason: &str| Proposal { horizon_days: None, reason: reason.to_owned() };
    if !project.churn.definition.is_about_purchases() {
        return none(
            "departures say when customers leave: the horizon is how long before it you want to know, and purchases say \
             nothing about that",
        );
    }
    let Some(gaps) = gaps else {
        return none("no customer bought on two days: the data says nothing about how long customers stay away");
    };
    let days = gaps.quantile(COME_BACK);
    let weeks = days.div_ceil(7) * 7;
    Proposal {
        horizon_days: i32::try_from(weeks).ok(),
        reason: format!(
            "nine in ten repeat purchases come within {days} days of the one before, so who stays away for longer has \
             probably left; in whole weeks that is horizon = \"{weeks}d\""
        ),
    }
}

/// One look back at the dates of one horizon.
struct Look<'a> {
    project: &'a Project,
    export: &'a Export,
    customers: &'a [u32],
    window: LabelWindow,
}

impl Look<'_> {
    /// The dates, newest first, and how well simple rules do at the newest.
    fn back(&self) -> anyhow::Result<(Vec<Observed>, Option<Predictability>)> {
        let newest = self.export.labels_through().plus_days(-self.window.reach());
        let earliest = self.export.first_day().plus_days(self.project.churn.active_within.get());
        let (mut dates, mut predictability) = (Vec::new(), None);
        for step in 0..DATES {
            let as_of = newest.plus_days(-step * DAYS_APART);
            if as_of < earliest {
                break;
            }
            let labels = labels(self.project, self.export, as_of, self.window, self.customers)?;
            if step == 0 {
                predictability = self.predictability(as_of, &labels)?;
            }
            dates.push(observed(as_of, &labels));
        }
        Ok((dates, predictability))
    }

    fn predictability(&self, as_of: Date, labels: &[(u32, Option<bool>)]) -> anyhow::Result<Option<Predictability>> {
        let churn = &self.project.churn;
        let history = churn.history(self.export, as_of);
        let (customers, churned): (Vec<u32>, Vec<bool>) =
            labels.iter().filter_map(|(customer, label)| Some((*customer, (*label)?))).unzip();
        if churned.iter().all(|c| *c) || !churned.iter().any(|c| *c) {
            return Ok(None);
        }
        let purchases = purchase_days(&history, &customers)?;
        // Any rising function of the days since the last purchase ranks as they do.
        let silent = |p: &Option<Purchases>| p.map_or(1.0, |p| (p.age() - p.recency()) / (1.0 + p.age() - p.recency()));
        let auc = |probability: Vec<f64>| -> anyhow::Result<Auc> {
            let sample = Sample::new(probability, churned.clone(), customers.clone())?;
            let estimate = Metrics::estimate(&sample, Bootstrap::new(REPLICATES, self.project.seed)?).roc_auc;
            Ok(Auc { value: estimate.value(), low: estimate.low(), high: estimate.high() })
        };
        let recency = auc(purchases.iter().map(silent).collect())?;
        let bg_nbd = match self.bg_nbd(as_of)? {
            Some(model) => {
                let periods =
                    churn.definition.periods(&history, churn.eligibility(), self.window.horizon, &customers)?;
                let none = |(purchases, days): (&Option<Purchases>, &i32)| match purchases {
                    Some(purchases) => model.probability_no_purchase(purchases, f64::from(*days)),
                    None => Ok(1.0),
                };
                let none = purchases.iter().zip(&periods).map(|pair| Ok(none(pair)?.clamp(0.0, 1.0)));
                Some(auc(none.collect::<anyhow::Result<_>>()?)?)
            }
            None => None,
        };
        Ok(Some(Predictability { as_of: as_of.to_string(), recency, bg_nbd }))
    }

    /// BG/NBD as of a date; none where churn is not about purchases, or the purchases do not support it.
    fn bg_nbd(&self, as_of: Date) -> anyhow::Result<Option<BgNbd>> {
        if !self.project.churn.definition.is_about_purchases() {
            return Ok(None);
        }
        let purchases = purchase_days(&self.project.churn.history(self.export, as_of), self.customers)?;
        let purchases: Vec<Purchases> = purchases.into_iter().flatten().collect();
        Ok(BgNbd::fit(&purchases).ok())
    }
}

/// Who of some customers was eligible at a date, and what became of them; nobody where the window is not over.
///
/// # Errors
/// Rows cannot be read.
pub(super) fn labels(
    project: &Project,
    export: &Export,
    as_of: Date,
    window: LabelWindow,
    customers: &[u32],
) -> anyhow::Result<Vec<(u32, Option<bool>)>> {
    let churn = &project.churn;
    let Ok(outcome) = export.outcome(as_of, window) else { return Ok(Vec::new()) };
    let history = churn.history(export, as_of);
    let eligible = Snapshot::of(&history, churn.eligibility(), customers)?.eligible;
    let labels = churn.definition.labels(&history, &outcome, churn.eligibility(), &eligible)?;
    Ok(eligible.into_iter().zip(labels).collect())
}

pub(super) fn observed(as_of: Date, labels: &[(u32, Option<bool>)]) -> Observed {
    let count = |label: Option<bool>| labels.iter().filter(|(_, found)| *found == label).count();
    let (churned, stayed, unlabelled) = (count(Some(true)), count(Some(false)), count(None));
    let eligible = churned + stayed;
    let churn_rate = (eligible > 0).then(|| churned as f64 / eligible as f64);
    Observed { as_of: as_of.to_string(), eligible, churned, unlabelled, churn_rate }
}

fn rates(dates: &[Observed]) -> Option<Rates> {
    let rates: Vec<f64> = dates.iter().filter_map(|date| date.churn_rate).collect();
    (!rates.is_empty()).then(|| Rates {
        mean: rates.iter().sum::<f64>() / rates.len() as f64,
        lowest: rates.iter().copied().fold(f64::INFINITY, f64::min),
        highest: rates.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    })
}

/// What speaks against the proposed and the declared horizon, and what this history cannot show.
fn warnings(project: &Project, export: &Export, candidates: &[Candidate]) -> Vec<String> {
    let churn = &project.churn;
    let history = export.labels_through().days_since(export.first_day());
    let mut warnings = Vec::new();
    for candidate in candidates.iter().filter(|candidate| candidate.declared || candidate.proposed) {
        let horizon = candidate.horizon_days;
        if let Some(rates) = candidate.churn_rate.as_ref().filter(|rates| !RATES.contains(&rates.mean)) {
            let high = rates.mean > *RATES.end();
            let what = if high { "nearly everybody" } else { "hardly anybody" };
            // The longer the wait, the more buy again, and the more depart.
            let other = if high == churn.definition.is_about_purchases() { "longer" } else { "shorter" };
            warnings.push(format!(
                "within {horizon} days {what} churns ({:.1} %): there is little to tell apart; a {other} horizon or another \
                 active_within would leave more to learn from",
                100.0 * rates.mean
            ));
        }
        let needed = 2 * (horizon + i32::from(churn.window.lead)) + churn.active_within.get();
        if history < needed {
            warnings.push(format!(
                "a horizon of {horizon} days takes {needed} days of history (two label windows after one active_within), and \
                 labels are known for {history} days: the model would learn from customers with less past than those it \
                 scores, or not at all"
            ));
        }
    }
    if history < A_YEAR {
        warnings.push(format!(
            "{history} days of history cover no full year: a season cannot be told from a trend, and the churn rate of the \
             next months may be another"
        ));
    }
    warnings
}
