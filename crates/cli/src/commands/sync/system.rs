//! From a declared system to an adapter that can be spoken to.

use std::time::Duration;

use crm::{
    Address, Authorization, Bitrix24, CrmError, FileTable, HubSpot, Mode, Network, Postgres, Rest, Salesforce,
    SalesforceBulk, Secret, Sqlite, Target,
};

use super::parquet::ParquetTable;
use super::secret;
use crate::exit::UsageError;
use crate::project::{Access, SyncSpec, System, TableFormat};

/// Opens a target. Nothing is asked of a server yet.
///
/// # Errors
/// A secret or a file is not there, or a setting is wrong.
pub(super) fn open(spec: &SyncSpec) -> anyhow::Result<Box<dyn Target>> {
    let what = |key: &str| format!("sync \"{}\": {key}", spec.name);
    let there = |path: &std::path::Path| match path.is_file() {
        true => Ok(()),
        false => Err(UsageError(format!("{}: expected {}, found no such file", what("path"), path.display()))),
    };
    Ok(match &spec.system {
        System::File { path, format, key } => {
            // Without a file every record would be missing, and nobody would notice.
            if spec.mode == Mode::UpdateOnly {
                there(path)?;
            }
            match format {
                TableFormat::Parquet => Box::new(ParquetTable::new(path, key)?),
                TableFormat::Text(format) => Box::new(FileTable::new(path, *format, key)?),
            }
        }
        System::Sqlite { path, table } => {
            there(path)?;
            Box::new(Sqlite::open(path, table.clone())?)
        }
        System::Postgres { connection, table } => {
            Box::new(Postgres::new(&secret::read(&what("connection"), connection)?, table.clone())?)
        }
        System::Rest { config, access } => {
            Box::new(Rest::new((**config).clone(), access.address.shown(), network(spec, access)?)?)
        }
        System::HubSpot { config, access } => {
            Box::new(HubSpot::new(config.clone(), access.address.shown(), network(spec, access)?)?)
        }
        System::Salesforce { config, access } => {
            Box::new(Salesforce::new(config.clone(), access.address.shown(), network(spec, access)?)?)
        }
        System::SalesforceBulk { config, access } => {
            let wait: Box<dyn FnMut(Duration)> = Box::new(std::thread::sleep);
            Box::new(SalesforceBulk::new(config.clone(), access.address.shown(), network(spec, access)?, wait)?)
        }
        System::Bitrix24 { config, webhook } => {
            let place = what("webhook");
            let (address, shown) = webhook_address(&place, &secret::read(&place, webhook)?)?;
            let network = Network::new(address, None, spec.timeout).with_calendar(now);
            Box::new(Bitrix24::new(config.clone(), &shown, network)?)
        }
    })
}

fn network(spec: &SyncSpec, access: &Access) -> anyhow::Result<Network> {
    let place = format!("sync \"{}\": token", spec.name);
    let known = |secret: Secret| Authorization { header: access.header.clone(), prefix: access.prefix.clone(), secret };
    let token = access.token.as_ref().map(|token| secret::read(&place, token)).transpose()?;
    let network = Network::new(access.address.clone(), token.clone().map(known), spec.timeout).with_calendar(now);
    let (Some(mut last), Some(from)) = (token, access.token.clone()) else { return Ok(network) };
    // A token that is refused may have been renewed where it is kept.
    Ok(network.renewing(Box::new(move || {
        let read = secret::read(&place, &from).ok().filter(|read| *read != last)?;
        last = read.clone();
        Some(read)
    })))
}

/// `https://PORTAL/rest/USER/SECRET/`: what stands after `/rest/` is secret.
fn webhook_address(place: &str, webhook: &Secret) -> Result<(Address, String), CrmError> {
    let (address, secret) = webhook.split_after("/rest/").ok_or_else(|| CrmError::Setting {
        place: place.to_owned(),
        expected: "the address of an incoming webhook, https://PORTAL/rest/USER/SECRET/".to_owned(),
        found: "another text".to_owned(),
    })?;
    let address = Address::parse(&address)?;
    let shown = address.shown().to_owned();
    Ok((address.with_secret_path(secret), shown))
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
