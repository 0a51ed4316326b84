//! The sections about tables: where the rows are, and how their cells are written and mapped.

use std::ops::Range;
use std::path::{Path, PathBuf};

use history::{CustomersSpec, DeparturesSpec, EventsSpec, OffersSpec, Query, TableSpec};
use toml::Spanned;

use super::columns::{CUSTOMERS, DEPARTURES, EVENTS, Known, Mapping, OFFERS};
use super::error::{ProjectError, Source};
use super::file::{OffersSection, TableKeys, TableSection, Text};
use super::resolved::not_built;
use super::{connection, values};

/// Columns of the customers table that are no texts by which customers can be grouped.
pub(super) const NO_TEXTS: [&str; 4] = ["customer_id", "signup_date", "contract_end", "contact_allowed"];

pub(super) fn customers(
    source: &Source<'_>,
    section: &Spanned<TableSection>,
    folder: &Path,
) -> Result<CustomersSpec, ProjectError> {
    let (table, mapping) = table(source, &CUSTOMERS, section.get_ref().keys(), &section.span(), folder)?;
    Ok(CustomersSpec {
        table,
        customer_id: mapping.required("customer_id"),
        signup_date: mapping.optional("signup_date"),
        contract_end: mapping.optional("contract_end"),
        contact_allowed: mapping.optional("contact_allowed"),
        segments: mapping.others(&NO_TEXTS),
    })
}

pub(super) fn events(
    source: &Source<'_>,
    section: &Spanned<TableSection>,
    folder: &Path,
) -> Result<EventsSpec, ProjectError> {
    let (table, mapping) = table(source, &EVENTS, section.get_ref().keys(), &section.span(), folder)?;
    Ok(EventsSpec {
        table,
        customer_id: mapping.required("customer_id"),
        timestamp: mapping.required("timestamp"),
        kind: mapping.required("type"),
        value: mapping.optional("value"),
        channel: mapping.optional("channel"),
        resolved_at: mapping.optional("resolved_at"),
        recorded_at: mapping.optional("recorded_at"),
    })
}

pub(super) fn departures(
    source: &Source<'_>,
    section: &Spanned<TableSection>,
    folder: &Path,
) -> Result<DeparturesSpec, ProjectError> {
    let (table, mapping) = table(source, &DEPARTURES, section.get_ref().keys(), &section.span(), folder)?;
    Ok(DeparturesSpec {
        table,
        customer_id: mapping.required("customer_id"),
        timestamp: mapping.required("timestamp"),
        kind: mapping.required("kind"),
        reason: mapping.optional("reason"),
    })
}

/// The file of a table, and its mapping.
pub(super) fn table<'a>(
    source: &Source<'_>,
    known: &Known,
    keys: TableKeys<'a>,
    span: &Range<usize>,
    folder: &Path,
) -> Result<(TableSpec, Mapping<'a>), ProjectError> {
    let section = known.table;
    if let Some(given) = keys.query.or(keys.source) {
        let table = of_query(source, section, keys, &given.span())?;
        return Ok((table, Mapping::check(source, known, keys.columns)?));
    }
    let Some(path) = keys.path else {
        let message = format!("[{section}]: expected a path, found none (or, for PostgreSQL, query and source)");
        return Err(source.error(span, message));
    };
    let full = folder.join(path.get_ref());
    if path.get_ref().is_empty() {
        return Err(source.error(&path.span(), format!("[{section}] path: expected the name of a file, found nothing")));
    }
    let pattern = |text: &str| text.contains(['*', '?', '[']);
    let (in_folders, in_name) = path.get_ref().rsplit_once('/').unwrap_or(("", path.get_ref()));
    if pattern(path.get_ref()) && !full.exists() {
        let what = format!("[{section}] path: a pattern for many files (\"{}\")", path.get_ref());
        if pattern(in_folders) || in_name.contains('[') {
            let instead = "only * and ? are understood, in the name of the files and not in those of folders";
            return Err(not_built(source, &path.span(), &what, instead));
        }
    }
    let mut layout = layout(source, section, full, keys)?;
    layout.manifest = keys.manifest.map(|name| folder.join(name.get_ref()));
    let mapping = Mapping::check(source, known, keys.columns)?;
    Ok((layout, mapping))
}

/// A table that is the answer to a query.
fn of_query(
    source: &Source<'_>,
    section: &str,
    keys: TableKeys<'_>,
    span: &Range<usize>,
) -> Result<TableSpec, ProjectError> {
    let error = |span: &Range<usize>, message: &str| Err(source.error(span, format!("[{section}] {message}")));
    if let Some(path) = keys.path {
        return error(&path.span(), "path: expected a path or a query, found both");
    }
    let (Some(query), Some(place)) = (keys.query, keys.source) else {
        let message = match keys.query {
            Some(_) => "query: expected source beside it, such as source = \"env:CHURN_PG\", found none",
            None => "source: expected query beside it, such as query = \"select * from orders\", found none",
        };
        return error(span, message);
    };
    if query.get_ref().trim().is_empty() {
        return error(&query.span(), "query: expected a query in SQL, found nothing");
    }
    let of_files = [
        ("encoding", keys.encoding.is_some()),
        ("skip_rows", keys.skip_rows.is_some()),
        ("delimiter", keys.delimiter.is_some()),
        ("int96", keys.int96.is_some()),
        ("manifest", keys.manifest.is_some()),
    ];
    if let Some((key, _)) = of_files.iter().find(|(_, given)| *given) {
        return error(span, &format!("{key}: expected a path beside it, found a query, whose rows have no {key}"));
    }
    let place = values::read(source, &format!("{section}.source"), Some(place), String::new(), connection::source)?;
    let layout = layout(source, section, PathBuf::new(), keys)?;
    let TableSpec { date_format, decimal, thousands, .. } = layout;
    Ok(TableSpec {
        date_format,
        decimal,
        thousands,
        ..TableSpec::of_query(section, Query::new(query.get_ref(), place))
    })
}

/// How the files at a path are written: their encoding, the delimiter, the dates, the decimal sign.
fn layout(source: &Source<'_>, section: &str, path: PathBuf, keys: TableKeys<'_>) -> Result<TableSpec, ProjectError> {
    let key = |name: &str| format!("{section}.{name}");
    let decimal = values::read(source, &key("decimal"), keys.decimal, b'.', values::decimal)?;
    let thousands = values::read(source, &key("thousands"), keys.thousands, None, values::thousands)?;
    if let Some(given) = keys.thousands.filter(|_| thousands == Some(char::from(decimal))) {
        let message = "expected another sign than the decimal one, found the same";
        return Err(source.error(&given.span(), format!("{}: {message}", key("thousands"))));
    }
    Ok(TableSpec {
        date_format: values::read(source, &key("date_format"), keys.date_format, None, values::date_format)?,
        decimal,
        thousands,
        encoding: values::read(source, &key("encoding"), keys.encoding, None, values::encoding)?,
        skip_rows: keys.skip_rows.map_or(0, u64::from),
        delimiter: values::read(source, &key("delimiter"), keys.delimiter, None, values::delimiter)?,
        int96: values::read(source, &key("int96"), keys.int96, None, values::int96)?,
        ..TableSpec::at(path)
    })
}

/// The offers table, where the section names one: it may hold the catalogue alone.
pub(super) fn offers(
    source: &Source<'_>,
    section: &Spanned<OffersSection>,
    folder: &Path,
) -> Result<Option<OffersSpec>, ProjectError> {
    let keys = section.get_ref().keys();
    if keys.path.or(keys.query).or(keys.source).is_none() {
        Mapping::check(source, &OFFERS, keys.columns)?;
        return Ok(None);
    }
    let (table, mapping) = table(source, &OFFERS, keys, &section.span(), folder)?;
    Ok(Some(OffersSpec {
        table,
        customer_id: mapping.required("customer_id"),
        timestamp: mapping.required("timestamp"),
        offer: mapping.required("offer"),
        arm: mapping.required("arm"),
        cost: mapping.optional("cost"),
        accepted: mapping.optional("accepted"),
        contacted_at: mapping.optional("contacted_at"),
    }))
}

/// The column of the customers table that `segment_by` of a section names.
pub(super) fn segment_column(
    source: &Source<'_>,
    (section, given): (&str, Option<&Text>),
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
        "{section}.segment_by: expected a text column that [customers] columns maps ({known}), found \"{}\"{hint}",
        given.get_ref()
    );
    Err(source.error(&given.span(), message))
}
