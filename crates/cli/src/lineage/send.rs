//! Where events go: a file, a line each, or a server.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crm::Address;
use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};

use crate::address;
use crate::exit::one_line;

/// Where the interface for events is on a server, unless `OPENLINEAGE_ENDPOINT` says otherwise.
const ENDPOINT: &str = "api/v1/lineage";
/// A nightly job does not wait for its lineage.
const TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 2;
const PAUSE: Duration = Duration::from_millis(300);

/// A file or a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Events are appended to it.
    File(PathBuf),
    /// The address, without a slash at its end.
    Server(Address),
}

impl Destination {
    /// A server by its address: `https`, or `http` on this machine.
    ///
    /// # Errors
    /// It is another kind of address, or has a password in it.
    pub(crate) fn server(url: &str) -> Result<Self, String> {
        address::server(url, "OPENLINEAGE_API_KEY").map(Self::Server)
    }

    /// Delivers an event.
    ///
    /// # Errors
    /// Why it was not delivered, in words without secrets.
    pub(super) fn send(&self, event: &Value) -> Result<(), String> {
        match self {
            Self::File(path) => append(path, event).map_err(|error| format!("{}: {error}", path.display())),
            Self::Server(address) => post(address.shown(), event),
        }
    }
}

/// One write for a line: lines of two runs do not mix.
fn append(path: &PathBuf, event: &Value) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{event}\n").as_bytes())?;
    file.sync_data()
}

fn post(address: &str, event: &Value) -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let endpoint = variable("OPENLINEAGE_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
    let url = format!("{address}/{}", endpoint.trim_start_matches('/'));
    let key = variable("OPENLINEAGE_API_KEY");
    if key.as_ref().is_some_and(|key| key.chars().any(char::is_control)) {
        return Err("OPENLINEAGE_API_KEY: expected a text without line breaks".to_owned());
    }
    // No redirects, which would carry the key elsewhere.
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent("churn")
        .build();
    let agent: ureq::Agent = config.new_agent();
    let body = event.to_string();
    let mut why = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        let mut request = agent.post(&url).content_type("application/json");
        if let Some(key) = &key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        match request.send(body.as_str()) {
            Ok(response) if response.status().is_success() => return Ok(()),
            Ok(response) => {
                why = format!("{address}: expected success, found status {}", response.status().as_u16());
                // A refusal stays one.
                if !matches!(response.status().as_u16(), 408 | 429 | 500..=599) {
                    break;
                }
            }
            Err(error) => why = format!("{address}: expected an answer, found: {}", one_line(&error.to_string())),
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_alone_and_no_password_is_shown() {
        for address in
            ["https://lineage.example.com", "http://localhost:5000/", "http://127.0.0.1:5000", "http://[::1]:5000/x"]
        {
            assert!(Destination::server(address).is_ok(), "{address}");
        }
        for address in [
            "http://lineage.example.com",
            "ftp://localhost",
            "localhost:5000",
            "https://",
            "https://a?b=c",
            "https://me:secret@host",
        ] {
            let error = Destination::server(address).expect_err(address);
            assert!(error.contains("expected") && !error.contains("secret"), "{error}");
        }
    }
}
