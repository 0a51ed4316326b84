//! What the project file means: checked values with their defaults, and nothing that this version cannot do.

use std::ops::Range;
use std::path::{Path, PathBuf};

use history::{
    CustomersSpec, Date, Days, Export, ExportSpec, LabelWindow, MarginColumn, ReadError, ReadOptions, Returns,
    TableSpec, TransactionsSpec,
};
use jiff::tz::TimeZone;
use toml::Spanned;

use super::columns::{CUSTOMERS, DEPARTURES, EVENTS, Known, Mapping, OFFERS, TRANSACTIONS};
use super::config_hash::config_hash;
use super::error::{ProjectError, Source};
use super::file::{OffersSection, ProjectFile, TableSection, Text, TransactionsSection};
use super::values;

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
    pub(crate) churn: Churn,
    /// Distance of the as-of dates of training.
    pub(crate) every: Days,
    pub(crate) seed: u64,
    /// Column of the customers table by which the report groups customers.
    pub(crate) report_segment: Option<String>,
    /// What the project file names and this version does not read, each in words.
    pub(crate) not_read: Vec<String>,
    /// SHA-256, in hexadecimal, of the settings that make a model what it is. Paths, file formats, the project's name,
    /// `complete_through` and the report are not among them.
    pub(crate) config_hash: String,
    spec: ExportSpec,
}

/// What churn means in this project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Churn {
    pub(crate) window: LabelWindow,
    /// Eligible customers bought within this many days before the as-of date.
    pub(crate) active_within: Days,
    /// First day that is not complete, where it is declared.
    pub(crate) complete_through: Option<Date>,
}

impl Project {
    /// Reads the exports, with this share of each table's rows allowed to be rejected.
    ///
    /// # Errors
    /// A file cannot be used; see [`ReadError`].
    pub(crate) fn read(&self, max_reject_share: f64, options: &ReadOptions) -> Result<Export, ReadError> {
        let spec = ExportSpec { max_reject_share, ..self.spec.clone() };
        Export::read_with(&spec, self.churn.complete_through, options)
    }

    /// What is read, and how.
    pub(crate) fn spec(&self) -> &ExportSpec {
        &self.spec
    }
}

const DEFAULT_NAME: &str = "churn";
const DEFAULT_TIMEZONE: &str = "UTC";
const DEFAULT_HORIZON: u16 = 90;
const DEFAULT_ACTIVE_WITHIN: u16 = 180;
const DEFAULT_EVERY: u16 = 30;
/// Snapshots a day apart are nearly one snapshot; only so many are kept, and they should span seasons.
const LEAST_EVERY: i32 = 7;
const DEFAULT_SEED: u64 = 1;
/// Replaced by the command line when exports are read.
const NO_REJECTS: f64 = 0.0;

pub(super) fn resolve(file: ProjectFile, source: &Source<'_>, folder: PathBuf) -> Result<Project, ProjectError> {
    let mut not_read = Vec::new();
    let name = values::read(source, "name", file.name.as_ref(), DEFAULT_NAME.to_owned(), values::name)?;
    let (timezone, zone) = timezone(source, file.timezone.as_ref())?;
    let currency = values::read(source, "currency", file.currency.as_ref(), None, values::currency)?;
    let language = values::word(source, "language", file.language.as_ref(), &["en", "ro", "ru"])?;
    if let (Some(given), "ro" | "ru") = (&file.language, language) {
        return Err(not_built(source, &given.span(), &format!("language \"{language}\""), "expected \"en\""));
    }
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
    if let Some(given) = &file.training.segment_by {
        let what = "training.segment_by (one model per segment)";
        return Err(not_built(source, &given.span(), what, "leave it out; [report] segment_by groups the report"));
    }

    let Some(section) = &file.transactions else {
        return Err(source.whole("expected a section [transactions] with the path of the export, found none"));
    };
    let transactions = transactions(source, section.get_ref(), &section.span(), &folder)?;
    let customers = match &file.customers {
        Some(section) => Some(customers(source, section.get_ref(), &section.span(), &folder)?),
        None => None,
    };
    tables_not_read(source, &file, &mut not_read)?;
    let report_segment = report_segment(source, file.report.segment_by.as_ref(), customers.as_ref())?;

    let transactions = TransactionsSpec { expected_currency: currency.clone(), ..transactions };
    let spec = ExportSpec { timezone: zone, transactions, customers, max_reject_share: NO_REJECTS };
    let seed = file.training.seed.unwrap_or(DEFAULT_SEED);
    let config_hash = config_hash(&spec, &timezone, currency.as_deref(), churn, every, seed);
    Ok(Project { folder, name, timezone, currency, churn, every, seed, report_segment, not_read, config_hash, spec })
}

fn not_built(source: &Source<'_>, span: &Range<usize>, what: &str, instead: &str) -> ProjectError {
    source.error(span, format!("{what} is not built in this version; {instead}"))
}

fn default_days(days: u16) -> Days {
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

fn churn(source: &Source<'_>, file: &ProjectFile) -> Result<Churn, ProjectError> {
    let section = &file.churn;
    let definitions = ["inactivity", "cadence", "departure"];
    let definition = values::word(source, "churn.definition", section.definition.as_ref(), &definitions)?;
    if let (Some(given), "cadence" | "departure") = (&section.definition, definition) {
        let what = format!("churn.definition \"{definition}\"");
        return Err(not_built(source, &given.span(), &what, "expected \"inactivity\""));
    }
    let length = |key: &str, given: Option<&Text>, default| {
        values::read(source, key, given, default_days(default), values::days)
    };
    let horizon = length("churn.horizon", section.horizon.as_ref(), DEFAULT_HORIZON)?;
    let active_within = length("churn.active_within", section.active_within.as_ref(), DEFAULT_ACTIVE_WITHIN)?;
    let lead = values::read(source, "churn.lead", section.lead.as_ref(), 0, values::days_or_none)?;
    let given = section.complete_through.as_ref();
    let complete_through = values::read(source, "churn.complete_through", given, None, values::date)?;
    Ok(Churn { window: LabelWindow { lead, horizon }, active_within, complete_through })
}

fn transactions(
    source: &Source<'_>,
    section: &TransactionsSection,
    span: &Range<usize>,
    folder: &Path,
) -> Result<TransactionsSpec, ProjectError> {
    let place = Place { path: &section.path, query: &section.query, source: &section.source };
    let format = (section.date_format.as_ref(), section.decimal.as_ref());
    let table = table(source, &TRANSACTIONS, place, format, span, folder)?;
    let mapping = Mapping::check(source, &TRANSACTIONS, &section.columns)?;
    let margin = match (mapping.optional("margin"), mapping.optional("cost")) {
        (Some(_), Some(_)) => {
            let at = mapping.span_of("cost").unwrap_or(span.clone());
            let message = "[transactions] columns: expected margin or cost, found both; map the one to be used";
            return Err(source.error(&at, message));
        }
        (Some(header), None) => Some(MarginColumn::Margin(header)),
        (None, header) => header.map(MarginColumn::Cost),
    };
    let returns = values::word(source, "transactions.returns", section.returns.as_ref(), &["net", "drop", "separate"])?;
    Ok(TransactionsSpec {
        table,
        customer_id: mapping.required("customer_id"),
        timestamp: mapping.required("timestamp"),
        amount: mapping.required("amount"),
        order_id: mapping.optional("order_id"),
        discount: mapping.optional("discount"),
        margin,
        quantity: mapping.optional("quantity"),
        product: mapping.optional("product"),
        category: mapping.optional("category"),
        channel: mapping.optional("channel"),
        recorded_at: mapping.optional("recorded_at"),
        currency: mapping.optional("currency"),
        expected_currency: None, // filled in where the project's currency is known
        returns: match returns {
            "drop" => Returns::Drop,
            "separate" => Returns::Separate,
            _ => Returns::Net,
        },
    })
}

fn customers(
    source: &Source<'_>,
    section: &TableSection,
    span: &Range<usize>,
    folder: &Path,
) -> Result<CustomersSpec, ProjectError> {
    let place = Place { path: &section.path, query: &section.query, source: &section.source };
    let format = (section.date_format.as_ref(), section.decimal.as_ref());
    let table = table(source, &CUSTOMERS, place, format, span, folder)?;
    let mapping = Mapping::check(source, &CUSTOMERS, &section.columns)?;
    Ok(CustomersSpec {
        table,
        customer_id: mapping.required("customer_id"),
        signup_date: mapping.optional("signup_date"),
        segments: mapping.others(&["customer_id", "signup_date"]),
    })
}

/// Where a table's rows come from.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    path: &'a Option<Text>,
    query: &'a Option<Text>,
    source: &'a Option<Text>,
}

fn table(
    source: &Source<'_>,
    known: &Known,
    place: Place<'_>,
    (date_format, decimal): (Option<&Text>, Option<&Text>),
    span: &Range<usize>,
    folder: &Path,
) -> Result<TableSpec, ProjectError> {
    let section = known.table;
    if let Some(given) = place.query.as_ref().or(place.source.as_ref()) {
        let what = format!("[{section}] reading from PostgreSQL (query, source)");
        return Err(not_built(source, &given.span(), &what, "export the table to a file and give its path"));
    }
    let Some(path) = place.path else {
        return Err(source.error(span, format!("[{section}]: expected a path, found none")));
    };
    let full = folder.join(path.get_ref());
    if path.get_ref().is_empty() {
        return Err(source.error(&path.span(), format!("[{section}] path: expected the name of a file, found nothing")));
    }
    let pattern = |text: &str| text.contains(['*', '?', '[']);
    let (in_folders, in_name) = path.get_ref().rsplit_once('/').unwrap_or(("", path.get_ref()));
    if pattern(path.get_ref()) && !full.exists() {
        let what = format!("[{section}] path: a pattern for many files (\"{}\")", path.get_ref());
        if known.table != TRANSACTIONS.table {
            return Err(not_built(source, &path.span(), &what, "put the files together and name the one"));
        }
        if pattern(in_folders) || in_name.contains('[') {
            let instead = "only * and ? are understood, in the name of the files and not in those of folders";
            return Err(not_built(source, &path.span(), &what, instead));
        }
    }
    let (date_format, decimal) = cells(source, section, date_format, decimal)?;
    Ok(TableSpec { path: full, date_format, decimal })
}

/// How the cells of a table are written: format of its dates, decimal sign.
fn cells(
    source: &Source<'_>,
    section: &str,
    date_format: Option<&Text>,
    decimal: Option<&Text>,
) -> Result<(Option<String>, u8), ProjectError> {
    let key = |name: &str| format!("{section}.{name}");
    Ok((
        values::read(source, &key("date_format"), date_format, None, values::date_format)?,
        values::read(source, &key("decimal"), decimal, b'.', values::decimal)?,
    ))
}

/// Checks the shape of the sections that are agreed on, and notes that nothing reads them yet.
fn tables_not_read(source: &Source<'_>, file: &ProjectFile, not_read: &mut Vec<String>) -> Result<(), ProjectError> {
    let sections: [(&Known, &Option<Spanned<TableSection>>); 2] =
        [(&EVENTS, &file.events), (&DEPARTURES, &file.departures)];
    for (known, section) in sections {
        if let Some(section) = section {
            let section = section.get_ref();
            Mapping::check(source, known, &section.columns)?;
            cells(source, known.table, section.date_format.as_ref(), section.decimal.as_ref())?;
            not_read.push(format!("the table [{}]", known.table));
        }
    }
    if let Some(section) = &file.offers {
        let OffersSection { path, query, source: from, date_format, decimal, columns, catalogue } = section.get_ref();
        Mapping::check(source, &OFFERS, columns)?;
        cells(source, OFFERS.table, date_format.as_ref(), decimal.as_ref())?;
        for offer in catalogue {
            if !(offer.cost.get_ref().is_finite() && *offer.cost.get_ref() >= 0.0) {
                let name = offer.name.get_ref();
                let message =
                    format!("offers.catalogue: cost of \"{name}\": expected 0 or more, found {}", offer.cost.get_ref());
                return Err(source.error(&offer.cost.span(), message));
            }
        }
        if path.is_some() || query.is_some() || from.is_some() {
            not_read.push("the table [offers]".to_owned());
        }
        if !catalogue.is_empty() {
            not_read.push("[[offers.catalogue]]".to_owned());
        }
    }
    Ok(())
}

fn report_segment(
    source: &Source<'_>,
    given: Option<&Text>,
    customers: Option<&CustomersSpec>,
) -> Result<Option<String>, ProjectError> {
    let Some(given) = given else { return Ok(None) };
    let known: Vec<&str> =
        customers.map(|c| c.segments.iter().map(|(name, _)| name.as_str()).collect()).unwrap_or_default();
    if known.contains(&given.get_ref().as_str()) {
        return Ok(Some(given.get_ref().clone()));
    }
    let hint = super::nearest::did_you_mean(given.get_ref(), known.iter().copied());
    let known = if known.is_empty() { "none is mapped".to_owned() } else { format!("mapped: {}", known.join(", ")) };
    let message = format!(
        "report.segment_by: expected a column that [customers] columns maps ({known}), found \"{}\"{hint}",
        given.get_ref()
    );
    Err(source.error(&given.span(), message))
}
