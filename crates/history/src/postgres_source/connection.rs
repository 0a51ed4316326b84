//! The way to a server: by TLS, unless it is this machine; and the one transaction in which everything is read.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, IsolationLevel, NoTls, Transaction};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::ConnectionText;
use super::fault::{failure, no_connection};
use crate::error::ReadError;

/// How long a query may take, where the connection text does not say so (`options=-c statement_timeout=...`).
const STATEMENT_TIMEOUT: &str = "1h";

/// Connects. Over a network by TLS alone, verified against the system's certificates and the host's name.
pub(super) fn connect(text: &ConnectionText, name: &Path, source: &str) -> Result<Client, ReadError> {
    let config = config(text, name, source)?;
    let connected = match is_local(&config) {
        true => config.connect(NoTls),
        false => config.connect(MakeRustlsConnect::new(tls(name)?)),
    };
    connected.map_err(|error| no_connection(name, source, &error))
}

/// Begins the transaction in which every query sees the same rows.
pub(super) fn snapshot<'c>(client: &'c mut Client, name: &Path) -> Result<Transaction<'c>, ReadError> {
    let failed = |error: postgres::Error| failure(name, &error);
    let asked: String = client.query_one("select current_setting('statement_timeout')", &[]).map_err(failed)?.get(0);
    let transaction = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    let mut transaction = transaction.start().map_err(failed)?;
    let timeout =
        if asked == "0" { format!("set local statement_timeout = '{STATEMENT_TIMEOUT}';") } else { String::new() };
    // Scans that begin where another one is would give the rows in another order each time.
    let settings = format!("{timeout} set local lock_timeout = '30s'; set local synchronize_seqscans = off");
    transaction.batch_execute(&settings).map_err(failed)?;
    Ok(transaction)
}

fn config(text: &ConnectionText, name: &Path, source: &str) -> Result<Config, ReadError> {
    let refused = |what: &str| ReadError::Database {
        name: name.to_owned(),
        code: "bad_connection",
        what: format!(
            "expected {what} in {source}, such as postgres://user:password@host/database, found another text"
        ),
    };
    let mut config: Config = text.reveal().parse().map_err(|_| refused("a connection text"))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() || config.get_dbname().is_none() {
        return Err(refused("a connection text with a host and a database"));
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if !is_local(&config) {
        config.ssl_mode(SslMode::Require);
    }
    // A network that is gone without a word is noticed after two minutes.
    config.keepalives_idle(Duration::from_secs(60)).keepalives_interval(Duration::from_secs(10)).keepalives_retries(6);
    config.application_name("churn");
    Ok(config)
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(host) => host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn tls(name: &Path) -> Result<ClientConfig, ReadError> {
    let failed = |_| ReadError::Database {
        name: name.to_owned(),
        code: "no_certificates",
        what: "the system's certificates cannot be read, so that no server can be known by its own".to_owned(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(failed)?;
    Ok(builder.with_platform_verifier().map_err(failed)?.with_no_client_auth())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(text: &str) -> Result<Config, ReadError> {
        config(&ConnectionText::new(text), Path::new("query of [events]"), "env:PG")
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_by_tls_alone() {
        let mode = |text: &str| of(text).unwrap().get_ssl_mode();
        assert_eq!(mode("postgres://u:p@db.example.com/d?sslmode=disable"), SslMode::Require);
        assert_eq!(mode("host=localhost,db.example.com dbname=d sslmode=disable"), SslMode::Require);
        assert_eq!(mode("host=localhost hostaddr=10.0.0.1 dbname=d sslmode=disable"), SslMode::Require);
        assert_eq!(mode("postgres://u:p@127.0.0.1/d?sslmode=disable"), SslMode::Disable);
        tls(Path::new("x")).unwrap();
    }

    #[test]
    fn a_text_that_is_none_is_refused_and_not_shown() {
        for text in ["", "canary", "postgres://u:canary@", "host=h user=canary", "postgres://u:canary@h:port/d"] {
            let error = of(text).unwrap_err();
            let message = error.to_string();
            assert_eq!(error.code(), "bad_connection");
            assert!(message.starts_with("query of [events]: expected a connection text"), "{message}");
            assert!(message.contains("env:PG") && !message.contains("canary"), "{message}");
        }
    }
}
