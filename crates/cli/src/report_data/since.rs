//! What has changed since another run: its scores, customer by customer, or else what its report said.

use std::collections::BTreeMap;
use std::path::PathBuf;

use decisions::measures::MIN_CUSTOMERS;
use history::{Column, Date, Export, Money, TableWriter, Values};
use reports::{ChangePart, ChangedFigure, ChangedSegment, HighBand, MonitorSummary, ReportData, RunComparison};
use scoring::{Model, RiskBand, ScoreChange, Scores};

use super::other_run::OtherRun;
use crate::commands::monitor::MONITOR_JSON;
use crate::model_store::ModelStore;
use crate::output::Output;
use crate::progress::Progress;

/// The customers who entered or left the high band.
pub(crate) const COMPARE_CSV: &str = "report-compare.csv";
const REPORT_JSON: &str = "report.json";
/// Segments that are listed.
const MOST_SEGMENTS: usize = 50;

/// One who entered or left the high band.
#[derive(Debug)]
struct Crossed {
    customer: String,
    change: &'static str,
    before: Option<(f64, RiskBand)>,
    now: Option<(f64, RiskBand)>,
    at_risk: Option<f64>,
    segment: Option<Box<str>>,
}

/// A comparison, and the customers behind it.
#[derive(Debug)]
pub(crate) struct Against {
    pub(crate) comparison: RunComparison,
    crossed: Vec<Crossed>,
}

fn is_high(band: RiskBand) -> bool {
    band >= RiskBand::High
}

/// Sums over the customers of a segment.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    customers: u64,
    probability: f64,
    at_risk: f64,
}

impl Sums {
    fn add(&mut self, probability: f64, at_risk: f64) {
        self.customers += 1;
        self.probability += probability;
        self.at_risk += at_risk;
    }

    fn mean(&self) -> Option<f64> {
        (self.customers > 0).then(|| self.probability / self.customers as f64)
    }
}

impl Against {
    /// Holds scores against those of another run.
    ///
    /// # Errors
    /// Rows cannot be read.
    pub(crate) fn of(
        other: &OtherRun,
        export: &Export,
        (model, store): (&Model, &ModelStore),
        scores: &Scores,
        cells: &[Option<Box<str>>],
        progress: &mut Progress,
    ) -> anyhow::Result<Self> {
        progress.stage("comparing with the other run");
        let ids = export.customer_ids();
        let (mut band, mut crossed) = (HighBand { stayed: 0, rose: 0, came: 0, fell: 0, went: 0 }, Vec::new());
        let mut segments: BTreeMap<Option<&str>, [Sums; 2]> = BTreeMap::new();
        let mut all = [Sums::default(); 2];
        let mut found = 0;
        for row in scores.rows() {
            let Some(scored) = &row.scored else { continue };
            let id = ids.get(row.customer as usize).unwrap_or_default();
            let segment = cells.get(row.customer as usize).and_then(Option::as_deref);
            all[1].add(scored.probability, scored.value_at_risk);
            segments.entry(segment).or_default()[1].add(scored.probability, scored.value_at_risk);
            let before = other.scored.get(id);
            found += usize::from(before.is_some());
            let (was, is) = (before.is_some_and(|b| is_high(b.band)), is_high(scored.band));
            match (was, is, before.is_some()) {
                (true, true, _) => band.stayed += 1,
                (false, true, true) => band.rose += 1,
                (false, true, false) => band.came += 1,
                (true, false, _) => band.fell += 1,
                (false, false, _) => {}
            }
            if was != is {
                crossed.push(Crossed {
                    customer: id.to_owned(),
                    change: if is { "entered" } else { "left" },
                    before: before.map(|b| (b.probability, b.band)),
                    now: Some((scored.probability, scored.band)),
                    at_risk: Some(scored.value_at_risk),
                    segment: segment.map(Into::into),
                });
            }
        }
        // Ids of the export ascend, and so do those of the scored customers.
        let scored_now = |id: &str| {
            let at = scores.rows().partition_point(|row| ids.get(row.customer as usize).unwrap_or_default() < id);
            scores.rows().get(at).is_some_and(|row| row.scored.is_some() && ids.get(row.customer as usize) == Some(id))
        };
        let (mut high_before, mut lost) = (0_u64, 0_u64);
        for (id, before) in &other.scored {
            all[0].add(before.probability, before.at_risk);
            segments.entry(before.segment.as_deref()).or_default()[0].add(before.probability, before.at_risk);
            high_before += u64::from(is_high(before.band));
            if !scored_now(id) {
                lost += 1;
                if is_high(before.band) {
                    band.went += 1;
                    crossed.push(Crossed {
                        customer: id.clone(),
                        change: "left",
                        before: Some((before.probability, before.band)),
                        now: None,
                        at_risk: None,
                        segment: before.segment.clone(),
                    });
                }
            }
        }
        crossed.sort_by(|a, b| a.change.cmp(b.change).then_with(|| a.customer.cmp(&b.customer)));
        let [before, now] = all;
        let figure = |figure: &str, before: Option<f64>, now: Option<f64>| ChangedFigure {
            figure: figure.to_owned(),
            before,
            now,
        };
        let mut notes = Vec::new();
        if found == 0 && lost > 0 {
            notes.push(
                "No customer of the other run is scored in this one: are the ids written alike in both?".to_owned(),
            );
        }
        if other.as_of > scores.as_of() {
            notes.push("The other run is the newer one: \"before\" is later than \"now\".".to_owned());
        }
        if other.model != model.version() {
            notes.push(format!(
                "Another model scored: {} before, {} now. Part of every change is the model's, not the customers'.",
                other.model,
                model.version()
            ));
        }
        let why = match why(other, export, (model, store), scores.as_of()) {
            Ok(why) => why,
            Err(error) => {
                notes.push(format!("Why the mean moved is not told: {}.", crate::exit::joined(&error)));
                Vec::new()
            }
        };
        Ok(Self {
            comparison: RunComparison {
                as_of_before: other.as_of.to_string(),
                model_before: other.model.clone(),
                as_of: scores.as_of().to_string(),
                model: model.version().to_owned(),
                figures: vec![
                    figure("eligible", Some(before.customers as f64), Some(now.customers as f64)),
                    figure("high_band", Some(high_before as f64), Some(band.now() as f64)),
                    figure("expected_churners", Some(before.probability), Some(now.probability)),
                    figure("churn_probability", before.mean(), now.mean()),
                    figure("value_at_risk", Some(before.at_risk), Some(now.at_risk)),
                ],
                high_band: Some(band),
                segments: moved(segments),
                why,
                notes,
            },
            crossed,
        })
    }

    /// Writes the customers who entered or left the high band.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, output: &Output) -> anyhow::Result<PathBuf> {
        let path = output.path(COMPARE_CSV);
        let rows = &self.crossed;
        let text = |of: &dyn Fn(&Crossed) -> Option<String>| Values::Text(rows.iter().map(of).collect());
        let rounded = |p: f64| (p * 1e6).round() / 1e6;
        let money = |value: f64| Money::from_ten_thousandths(((value * 100.0).round() as i64).saturating_mul(100));
        let mut table = TableWriter::create(&path)?;
        table.write(&[
            Column::new("customer_id", text(&|row| Some(row.customer.clone()))),
            Column::new("change", text(&|row| Some(row.change.to_owned()))),
            Column::new("band_before", text(&|row| row.before.map(|(_, band)| band.as_str().to_owned()))),
            Column::new("band_now", text(&|row| row.now.map(|(_, band)| band.as_str().to_owned()))),
            Column::new(
                "probability_before",
                Values::Float(rows.iter().map(|row| row.before.map(|(p, _)| rounded(p))).collect()),
            ),
            Column::new(
                "probability_now",
                Values::Float(rows.iter().map(|row| row.now.map(|(p, _)| rounded(p))).collect()),
            ),
            Column::new("value_at_risk", Values::Money(rows.iter().map(|row| row.at_risk.map(money)).collect())),
            Column::new("segment", text(&|row| row.segment.as_deref().map(str::to_owned))),
        ])?;
        table.finish()?;
        Ok(path)
    }
}

/// The segments, those whose expected loss moved most first.
fn moved(segments: BTreeMap<Option<&str>, [Sums; 2]>) -> Vec<ChangedSegment> {
    let mut rows: Vec<ChangedSegment> = segments
        .into_iter()
        .map(|(segment, [before, now])| {
            let withheld = before.customers.max(now.customers) < MIN_CUSTOMERS
                || [before, now].iter().any(|sums| (1..MIN_CUSTOMERS).contains(&sums.customers));
            let shown = |value: Option<f64>| value.filter(|_| !withheld);
            ChangedSegment {
                segment: segment.map(str::to_owned),
                customers_before: if withheld { 0 } else { before.customers },
                customers: if withheld { 0 } else { now.customers },
                withheld,
                probability_before: shown(before.mean()),
                probability: shown(now.mean()),
                value_at_risk_before: shown(Some(before.at_risk)),
                value_at_risk: shown(Some(now.at_risk)),
            }
        })
        .collect();
    let change =
        |row: &ChangedSegment| (row.value_at_risk.unwrap_or(0.0) - row.value_at_risk_before.unwrap_or(0.0)).abs();
    rows.sort_by(|a, b| {
        a.withheld.cmp(&b.withheld).then(change(b).total_cmp(&change(a))).then_with(|| a.segment.cmp(&b.segment))
    });
    rows.truncate(MOST_SEGMENTS);
    rows
}

/// Why the mean probability moved, where the model of the other run is still there.
fn why(
    other: &OtherRun,
    export: &Export,
    (model, store): (&Model, &ModelStore),
    as_of: Date,
) -> anyhow::Result<Vec<ChangePart>> {
    let before = if other.model == model.version() { model.clone() } else { store.model(&other.model)? };
    anyhow::ensure!(
        other.as_of > export.first_day() && other.as_of <= export.complete_through(),
        "this export does not reach {}, the as-of date of the other run",
        other.as_of
    );
    let change = ScoreChange::between(export, (&before, other.as_of), (model, as_of))?.probability;
    let part = |part: &str, change: f64| ChangePart { part: part.to_owned(), change };
    Ok(vec![
        part("leaving", change.leaving),
        part("data", change.data),
        part("model", change.model),
        part("entering", change.entering),
    ])
}

/// What the report that stands in a folder said, where it is of an earlier date: figures alone.
pub(crate) fn last_report(output: &Output, now: &ReportData) -> Option<RunComparison> {
    let before: ReportData = serde_json::from_slice(&std::fs::read(output.path(REPORT_JSON)).ok()?).ok()?;
    let same = before.header.project == now.header.project && before.header.currency == now.header.currency;
    let (then, today): (Date, Date) = (before.header.as_of.parse().ok()?, now.header.as_of.parse().ok()?);
    if !same || then >= today {
        // A report of the same day is made anew; what it compared with still holds.
        return before
            .compare
            .filter(|_| same && then == today && before.header.model_version == now.header.model_version);
    }
    let figure = |figure: &str, of: &dyn Fn(&ReportData) -> Option<f64>| ChangedFigure {
        figure: figure.to_owned(),
        before: of(&before),
        now: of(now),
    };
    let mut notes = vec![
        "These are the figures of the last report in this folder. With --against FOLDER, the folder of its scores, customers and segments are compared as well.".to_owned(),
    ];
    if before.header.model_version != now.header.model_version {
        notes.push("Another model scored: part of every change is the model's, not the customers'.".to_owned());
    }
    Some(RunComparison {
        as_of_before: before.header.as_of.clone(),
        model_before: before.header.model_version.clone(),
        as_of: now.header.as_of.clone(),
        model: now.header.model_version.clone(),
        figures: vec![
            figure("eligible", &|data| Some(data.summary.states.eligible as f64)),
            figure("high_band", &|data| Some((data.summary.bands.high + data.summary.bands.critical) as f64)),
            figure("expected_churners", &|data| data.summary.expected_churners.value),
            figure("churn_probability", &|data| data.summary.churn_probability.value),
            figure("value_at_risk", &|data| data.summary.value_at_risk.value),
        ],
        high_band: None,
        segments: Vec::new(),
        why: Vec::new(),
        notes,
    })
}

/// What the last run of the monitor said of this model; none where it watched another.
pub(crate) fn last_monitor(output: &Output, model: &Model) -> Option<MonitorSummary> {
    let found: MonitorSummary = serde_json::from_slice(&std::fs::read(output.path(MONITOR_JSON)).ok()?).ok()?;
    (found.model == model.version()).then_some(found)
}
