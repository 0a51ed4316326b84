//! What the project file means: checked values with their defaults, and nothing that this version cannot do.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use history::{Days, Export, ExportSpec, ReadOptions, TableSpec, TransactionsSpec};
use jiff::tz::TimeZone;
use pushdown::Relation;
use reports::Language;
use toml::Spanned;

use super::churn::{Churn, churn};
use super::config_hash::{Trained, config_hash};
use super::connection::connection_text;
use super::engine::{engine, engine_tables};
use super::error::{ProjectError, Source};
use super::features::{ProjectFeatures, features};
use super::file::{ProjectFile, Text};
use super::horizons::horizons;
use super::lineage::lineage;
use super::monitor::{MonitorRules, monitor};
use super::plan::{PlanRules, plan_rules};
use super::sync::{SyncSpec, targets};
use super::tables::{customers, departures, events, offers, segment_column};
use super::transactions::transactions;
use super::values;
use crate::lineage::LineageSettings;

/// A project that can be worked on.
#[derive(Debug)]
pub(crate) struct Project {
    /// Folder of the project file; relative paths start here.
    pub(crate) folder: PathBuf,
    /// Name of the model, safe as the name of a folder.
    pub(crate) name: String,
    /// IANA name of the zone of timestamps without an offset.
    pub(crate) timezone: String,
    /// ISO 4217 code, if the project names one.
    pub(crate) currency: Option<String>,
    /// The language of reports and reasons.
    pub(crate) language: Language,
    pub(crate) churn: Churn,
    /// Distance of the as-of dates of training.
    pub(crate) every: Days,
    pub(crate) seed: u64,
    /// Further horizons, the shortest first; the project's own is not among them.
    pub(crate) horizons: Vec<Days>,
    /// Which features models use.
    pub(crate) features: ProjectFeatures,
    /// Column of the customers table for whose values there are models of their own, if they are better.
    pub(crate) training_segment: Option<String>,
    /// Column of the customers table by which the report groups customers.
    pub(crate) report_segment: Option<String>,
    /// What a customer of each acquisition channel cost to win, where that is known.
    pub(crate) acquisition_cost: BTreeMap<String, f64>,
    /// The targets of `churn sync`.
    pub(crate) sync: Vec<SyncSpec>,
    /// When `churn monitor` raises an alarm.
    pub(crate) monitor: MonitorRules,
    /// Where it is told what was read and written.
    pub(crate) lineage: LineageSettings,
    /// Names of tables in an engine's catalogue, by section.
    pub(crate) engine_tables: BTreeMap<String, Relation>,
    /// The engine that computes features and scores, where it is not this program.
    pub(crate) engine: Option<String>,
    /// What can be offered, and within which means and rules.
    pub(crate) plan: PlanRules,
    /// SHA-256, in hexadecimal, of the settings that make a model what it is. Paths, file formats, the project's name,
    /// `complete_through` and the report are not among them.
    pub(crate) config_hash: String,
    spec: ExportSpec,
}

impl Project {
    /// Reads the exports, with this share of each table's rows allowed to be rejected, and so many bytes of each file after
    /// unpacking.
    ///
    /// # Errors
    /// A connection text is not where the project file says, or a table cannot be used; see [`history::ReadError`].
    pub(crate) fn read(
        &self,
        max_reject_share: f64,
        max_bytes: Option<u64>,
        options: &ReadOptions,
    ) -> anyhow::Result<Export> {
        let mut spec = ExportSpec { max_reject_share, ..self.spec.clone() }.with_max_bytes(max_bytes);
        for query in spec.queries_mut() {
            let text = connection_text(query.source(), &self.folder)?;
            query.connect_to(text);
        }
        Ok(Export::read_with(&spec, self.churn.complete_through, options)?)
    }

    /// The same project with the tables of some sections in other files, which have the types that their columns stand for.
    pub(crate) fn reading(mut self, files: &BTreeMap<&'static str, PathBuf>) -> Self {
        let spec = &mut self.spec;
        let tables = [
            ("transactions", Some(&mut spec.transactions.table)),
            ("customers", spec.customers.as_mut().map(|of| &mut of.table)),
            ("events", spec.events.as_mut().map(|of| &mut of.table)),
            ("offers", spec.offers.as_mut().map(|of| &mut of.table)),
        ];
        for (section, table) in tables {
            if let (Some(table), Some(file)) = (table, files.get(section)) {
                *table = TableSpec::at(file);
            }
        }
        self
    }

    /// What is read, and how.
    pub(crate) fn spec(&self) -> &ExportSpec {
        &self.spec
    }
}

const DEFAULT_NAME: &str = "churn";
const DEFAULT_TIMEZONE: &str = "UTC";
const DEFAULT_EVERY: u16 = 30;
/// Snapshots a day apart are nearly one snapshot; only so many are kept, and they should span seasons.
const LEAST_EVERY: i32 = 7;
const DEFAULT_SEED: u64 = 1;
/// Replaced by the command line when exports are read.
const NO_REJECTS: f64 = 0.0;

pub(super) fn resolve(file: ProjectFile, source: &Source<'_>, folder: PathBuf) -> Result<Project, ProjectError> {
    let name = values::read(source, "name", file.name.as_ref(), DEFAULT_NAME.to_owned(), values::name)?;
    let (timezone, zone) = timezone(source, file.timezone.as_ref())?;
    let currency = values::read(source, "currency", file.currency.as_ref(), None, values::currency)?;
    let language = language(values::word(source, "language", file.language.as_ref(), &["en", "ro", "ru"])?);
    let churn = churn(source, &file)?;
    let every = values::read(
        source,
        "training.every",
        file.training.every.as_ref(),
        default_days(DEFAULT_EVERY),
        values::days,
    )?;
    if every.get() < LEAST_EVERY {
        let span = file.training.every.as_ref().map_or(0..0, toml::Spanned::span);
        let message = format!(
            "training.every: expected at least \"{LEAST_EVERY}d\", found \"{every}\": as-of dates closer than that repeat each other"
        );
        return Err(source.error(&span, message));
    }

    let Some(section) = &file.transactions else {
        return Err(source.whole("expected a section [transactions] with the path of the export, found none"));
    };
    let transactions = transactions(source, section.get_ref(), &section.span(), &folder)?;
    let customers = file.customers.as_ref().map(|section| customers(source, section, &folder)).transpose()?;
    let events = file.events.as_ref().map(|section| events(source, section, &folder)).transpose()?;
    let departures = file.departures.as_ref().map(|section| departures(source, section, &folder)).transpose()?;
    let offers = file.offers.as_ref().map(|section| offers(source, section, &folder)).transpose()?.flatten();
    let catalogue = file.offers.as_ref().map_or(&[][..], |section| section.get_ref().catalogue.as_slice());
    let plan = plan_rules(source, &file.plan, catalogue)?;
    let segment = |section, given| segment_column(source, (section, given), customers.as_ref());
    let report_segment = segment("report", file.report.segment_by.as_ref())?;
    let acquisition_cost = acquisition_cost(source, &file.report.acquisition_cost)?;
    let training_segment = segment("training", file.training.segment_by.as_ref())?;

    let monitor = monitor(source, &file.monitor)?;
    let lineage = lineage(source, &file.lineage, &folder)?;
    let transactions = TransactionsSpec { expected_currency: currency.clone(), ..transactions };
    let mut spec = ExportSpec {
        timezone: zone,
        transactions,
        customers,
        events,
        departures,
        offers,
        max_reject_share: NO_REJECTS,
    };
    spec.normalize_ids(values::id_rules(source, &file.normalize_ids)?);
    let seed = file.training.seed.unwrap_or(DEFAULT_SEED);
    let engine_tables = engine_tables(source, &file.features)?;
    let engine = engine(source, &file.features)?;
    let features = features(source, &file)?;
    let horizons = horizons(source, &file.training.horizons, churn)?;
    let segment_by = training_segment.as_deref();
    let trained = Trained { every, seed, features: &features, segment_by, horizons: &horizons };
    let sync = targets(source, &file.sync, &folder)?;
    let config_hash = config_hash(&spec, &timezone, currency.as_deref(), churn, trained);
    Ok(Project {
        folder,
        name,
        timezone,
        currency,
        language,
        churn,
        every,
        seed,
        horizons,
        features,
        training_segment,
        report_segment,
        acquisition_cost,
        sync,
        monitor,
        lineage,
        engine_tables,
        engine,
        plan,
        config_hash,
        spec,
    })
}

/// The language of a code that has been checked.
fn language(code: &str) -> Language {
    Language::from_code(code).unwrap_or_default()
}

/// Costs by acquisition channel.
fn acquisition_cost(
    source: &Source<'_>,
    given: &BTreeMap<Text, Spanned<f64>>,
) -> Result<BTreeMap<String, f64>, ProjectError> {
    let cost = |(channel, cost): (&Text, &Spanned<f64>)| {
        let (name, value) = (channel.get_ref(), *cost.get_ref());
        if (0.0..MOST_COST).contains(&value) {
            return Ok((name.clone(), value));
        }
        let message = format!("report.acquisition_cost.{name}: expected an amount of 0 or more, found {value}");
        Err(source.error(&cost.span(), message))
    };
    given.iter().map(cost).collect()
}

/// No customer costs more to win.
const MOST_COST: f64 = 9e14;

pub(super) fn not_built(source: &Source<'_>, span: &Range<usize>, what: &str, instead: &str) -> ProjectError {
    source.error(span, format!("{what} is not built in this version; {instead}"))
}

pub(super) fn default_days(days: u16) -> Days {
    Days::new(days).expect("the defaults lie between 1 and 3650")
}

fn timezone(source: &Source<'_>, given: Option<&Text>) -> Result<(String, TimeZone), ProjectError> {
    let Some(given) = given else { return Ok((DEFAULT_TIMEZONE.to_owned(), TimeZone::UTC)) };
    let name = given.get_ref();
    let zone = TimeZone::get(name).map_err(|_| {
        let message =
            format!("timezone: expected an IANA name such as \"Europe/Bucharest\" or \"UTC\", found \"{name}\"");
        source.error(&given.span(), message)
    })?;
    // The database knows the name in any case; one spelling keeps hashes equal.
    Ok((zone.iana_name().unwrap_or(name).to_owned(), zone))
}
