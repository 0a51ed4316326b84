//! Which system a target is, where it is, and by what we are known there.

use std::path::PathBuf;

use crm::{Address, Bitrix24Config, CrmError, FileFormat, HubSpotConfig, RestConfig, SalesforceConfig, Table, presets};

use super::error::ProjectError;
use super::file::Text;
use super::sync::Place;
use super::sync_section::SyncSection;

/// A system that scores are written to. What can be secret is not here, only where it is.
#[derive(Debug)]
pub(crate) enum System {
    File { path: PathBuf, format: TableFormat, key: String },
    Sqlite { path: PathBuf, table: Table },
    Postgres { connection: SecretPlace, table: Table },
    Rest { config: Box<RestConfig>, access: Access },
    HubSpot { config: HubSpotConfig, access: Access },
    Bitrix24 { config: Bitrix24Config, webhook: SecretPlace },
    Salesforce { config: SalesforceConfig, access: Access },
    SalesforceBulk { config: SalesforceConfig, access: Access },
}

impl System {
    /// What the key is called in the target, where it is a field there.
    pub(super) fn key_field(&self) -> Option<&str> {
        match self {
            System::File { key, .. } => Some(key),
            System::Sqlite { table, .. } | System::Postgres { table, .. } => Some(&table.key),
            System::Rest { .. } => None,
            System::HubSpot { config, .. } => config.key_property.as_deref(),
            System::Bitrix24 { config, .. } => config.key_field.as_deref(),
            System::Salesforce { config, .. } | System::SalesforceBulk { config, .. } => Some(&config.key_field),
        }
    }
}

/// How a file holds a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableFormat {
    /// As text, which `crm` reads and writes.
    Text(FileFormat),
    Parquet,
}

/// An address, and the header that says who we are.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) address: Address,
    pub(crate) header: String,
    /// What stands in the header before the token.
    pub(crate) prefix: String,
    pub(crate) token: Option<SecretPlace>,
}

/// Where a secret is; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretPlace {
    /// A variable of the environment.
    Env(String),
    /// A file that only its owner can read.
    File(PathBuf),
}

/// A kind of target, and the keys about the system that it knows.
struct Known {
    kind: &'static str,
    keys: &'static [&'static str],
}

const KINDS: [Known; 11] = [
    Known { kind: "file", keys: &["path", "key_field"] },
    Known { kind: "sqlite", keys: &["path", "table", "schema", "key_field"] },
    Known { kind: "postgres", keys: &["connection", "table", "schema", "key_field"] },
    Known { kind: "hubspot", keys: &["address", "token", "object", "key_field", "api_version"] },
    Known { kind: "bitrix24", keys: &["webhook", "object", "key_field"] },
    Known { kind: "salesforce", keys: &["address", "token", "object", "key_field", "api_version"] },
    Known { kind: "salesforce_bulk", keys: &["address", "token", "object", "key_field", "api_version"] },
    Known { kind: "odoo", keys: &["address", "token", "object", "database"] },
    Known { kind: "zoho", keys: &["address", "token", "object"] },
    Known { kind: "kommo", keys: &["address", "token", "object"] },
    Known { kind: "rest", keys: &["address", "token", "header", "prefix", "rest"] },
];

pub(super) fn system(place: &Place<'_>, section: &SyncSection) -> Result<System, ProjectError> {
    let kinds: Vec<(&str, usize)> = KINDS.iter().enumerate().map(|(at, known)| (known.kind, at)).collect();
    place.needed("target", section.target.as_ref(), "the kind of system, such as \"sqlite\" or \"hubspot\"")?;
    let known = &KINDS[place.word("target", section.target.as_ref(), &kinds)?];
    refuse_others(place, section, known)?;
    let key_field = |default: Option<&str>, what: &str| match (&section.key_field, default) {
        (Some(given), _) => Ok(given.get_ref().clone()),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => place.needed("key_field", None, what).map(|key| key.get_ref().clone()),
    };
    let table = || -> Result<Table, ProjectError> {
        Ok(Table {
            schema: section.schema.as_ref().map(|schema| schema.get_ref().clone()),
            table: place.needed("table", section.table.as_ref(), "the name of the table")?.get_ref().clone(),
            key: key_field(Some("customer_id"), "")?,
        })
    };
    let object = |default: &str| section.object.as_ref().map_or(default, |object| object.get_ref()).to_owned();
    let path = |what: &str| -> Result<PathBuf, ProjectError> {
        Ok(place.folder.join(place.needed("path", section.path.as_ref(), what)?.get_ref()))
    };
    let bearer = |default: Option<&str>| access(place, section, default, ("Authorization", "Bearer "));
    Ok(match known.kind {
        "file" => {
            let path = path("the file")?;
            let format = format(place, section.path.as_ref(), &path)?;
            System::File { path, format, key: key_field(Some("customer_id"), "")? }
        }
        "sqlite" => System::Sqlite { path: path("the database")?, table: table()? },
        "postgres" => {
            let what = "\"env:NAME\" or \"file:PATH\", where the connection string is";
            let connection =
                secret(place, "connection", place.needed("connection", section.connection.as_ref(), what)?)?;
            System::Postgres { connection, table: table()? }
        }
        "hubspot" => {
            let key = key_field(None, "the unique property that holds the key, or \"id\" for HubSpot's own ids")?;
            let config = HubSpotConfig {
                object: object("contacts"),
                key_property: (key != "id").then_some(key),
                objects_path: match section.api_version.as_ref().map(|given| given.get_ref().as_str()) {
                    None => "crm/v3/objects".to_owned(),
                    Some(version) if version.starts_with('v') => format!("crm/{version}/objects"),
                    Some(dated) => format!("crm/objects/{dated}"),
                },
            };
            System::HubSpot { config, access: bearer(Some("https://api.hubapi.com"))? }
        }
        "bitrix24" => {
            let what = "\"env:NAME\" or \"file:PATH\", where the address of the incoming webhook is";
            let webhook = secret(place, "webhook", place.needed("webhook", section.webhook.as_ref(), what)?)?;
            let key = key_field(None, "the field that holds the key, or \"id\" for Bitrix24's own ids")?;
            let config = Bitrix24Config {
                entity_type: entity_type(place, section.object.as_ref())?,
                key_field: (key != "id").then_some(key),
            };
            System::Bitrix24 { config, webhook }
        }
        "salesforce" | "salesforce_bulk" => {
            let config = SalesforceConfig {
                object: object("Contact"),
                key_field: key_field(None, "the external id field that holds the key, or \"Id\"")?,
                version: section.api_version.as_ref().map_or("v62.0", |version| version.get_ref()).to_owned(),
            };
            let access = bearer(None)?;
            match known.kind {
                "salesforce" => System::Salesforce { config, access },
                _ => System::SalesforceBulk { config, access },
            }
        }
        "odoo" => {
            let mut config = presets::odoo(&object("res.partner"));
            if let Some(database) = &section.database {
                let header = ("X-Odoo-Database".to_owned(), database.get_ref().clone());
                config.write.headers.push(header.clone());
                config.read.iter_mut().for_each(|read| read.headers.push(header.clone()));
            }
            let access = access(place, section, None, ("Authorization", "bearer "))?;
            System::Rest { config: Box::new(config), access }
        }
        "zoho" => {
            let access = access(place, section, None, ("Authorization", "Zoho-oauthtoken "))?;
            System::Rest { config: Box::new(presets::zoho(&object("Contacts"))), access }
        }
        "kommo" => System::Rest { config: Box::new(presets::kommo(&object("contacts"))), access: bearer(None)? },
        _ => {
            let Some(given) = &section.rest else {
                let message = "expected a section [sync.rest] that says how records are written, found none";
                return Err(place.error(place.span, message));
            };
            let mut config = given.get_ref().clone();
            if config.name.is_empty() {
                place.name.clone_into(&mut config.name);
            }
            System::Rest { config: Box::new(config), access: bearer(None)? }
        }
    })
}

/// A key that another kind of target knows has no meaning here.
fn refuse_others(place: &Place<'_>, section: &SyncSection, known: &Known) -> Result<(), ProjectError> {
    let texts = [
        ("key_field", &section.key_field),
        ("path", &section.path),
        ("table", &section.table),
        ("schema", &section.schema),
        ("connection", &section.connection),
        ("address", &section.address),
        ("token", &section.token),
        ("header", &section.header),
        ("prefix", &section.prefix),
        ("webhook", &section.webhook),
        ("object", &section.object),
        ("api_version", &section.api_version),
        ("database", &section.database),
    ];
    let given = texts.iter().filter_map(|(key, text)| Some((*key, text.as_ref()?.span())));
    let rest = section.rest.as_ref().map(|rest| ("rest", rest.span()));
    match given.chain(rest).find(|(key, _)| !known.keys.contains(key)) {
        None => Ok(()),
        Some((key, span)) => {
            let kinds: Vec<&str> = KINDS.iter().filter(|other| other.keys.contains(&key)).map(|k| k.kind).collect();
            let (kinds, found) = (kinds.join(", "), known.kind);
            Err(place.error(&span, format!("{key}: belongs to target = {kinds}, found target = \"{found}\"")))
        }
    }
}

fn format(place: &Place<'_>, given: Option<&Text>, path: &std::path::Path) -> Result<TableFormat, ProjectError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(TableFormat::Text(FileFormat::Csv)),
        Some("ndjson" | "jsonl") => Ok(TableFormat::Text(FileFormat::Ndjson)),
        Some("parquet") => Ok(TableFormat::Parquet),
        _ => {
            let span = given.map_or(place.span.clone(), toml::Spanned::span);
            Err(place
                .error(&span, "path: expected a name that ends in .csv, .parquet, .ndjson or .jsonl, found another"))
        }
    }
}

fn entity_type(place: &Place<'_>, given: Option<&Text>) -> Result<u32, ProjectError> {
    let Some(given) = given else { return Ok(3) };
    match given.get_ref().as_str() {
        "contact" => Ok(3),
        "company" => Ok(4),
        "lead" => Ok(1),
        "deal" => Ok(2),
        other => other.parse().map_err(|_| {
            let expected = "\"contact\", \"company\", \"lead\", \"deal\" or the number of a type";
            place.error(&given.span(), format!("object: expected {expected}, found \"{other}\""))
        }),
    }
}

fn access(
    place: &Place<'_>,
    section: &SyncSection,
    default: Option<&str>,
    (header, prefix): (&str, &str),
) -> Result<Access, ProjectError> {
    let refused = |given: &Text| {
        let span = given.span();
        move |error: CrmError| place.error(&span, error)
    };
    let address = match (&section.address, default) {
        (Some(given), _) => Address::parse(given.get_ref()).map_err(refused(given))?,
        (None, Some(default)) => Address::parse(default).map_err(|error| place.error(place.span, error))?,
        (None, None) => {
            return Err(place.error(place.span, "expected address = \"https://HOST[:PORT][/PATH]\", found none"));
        }
    };
    let text = |given: &Option<Text>, default: &str| given.as_ref().map_or(default, |given| given.get_ref()).to_owned();
    let token = section.token.as_ref().map(|given| secret(place, "token", given)).transpose()?;
    if token.is_none() && section.rest.is_none() {
        return Err(place.error(place.span, "expected token = \"env:NAME\" or \"file:PATH\", found none"));
    }
    Ok(Access { address, header: text(&section.header, header), prefix: text(&section.prefix, prefix), token })
}

/// Where a secret is. A text of another form may be the secret itself, so it is not repeated.
fn secret(place: &Place<'_>, key: &str, given: &Text) -> Result<SecretPlace, ProjectError> {
    let text = given.get_ref();
    let name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if let Some(name) = text.strip_prefix("env:").filter(name) {
        return Ok(SecretPlace::Env(name.to_owned()));
    }
    if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
        return Ok(SecretPlace::File(place.folder.join(path)));
    }
    let message =
        "expected \"env:NAME\" or \"file:PATH\", found another text (not repeated here, since it may be the secret)";
    Err(place.error(&given.span(), format!("{key}: {message}")))
}
