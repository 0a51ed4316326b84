//! How a server is spoken to: TLS, token, headers, and how long connecting may take. All of it comes from the environment.

use std::fmt;
use std::time::Duration;

use crate::{Address, EngineError};

/// The variable with the token.
const TOKEN: &str = "CHURN_SPARK_TOKEN";
/// The variable that turns TLS on.
const TLS: &str = "CHURN_SPARK_TLS";
/// The variable with headers, `name=value` and commas between.
const HEADERS: &str = "CHURN_SPARK_HEADERS";
/// The variable with the seconds that connecting may take.
const WAIT: &str = "CHURN_SPARK_WAIT";

/// Names that the protocol, or the client's connection string, has a meaning of its own for.
const RESERVED: [&str; 13] = [
    "authorization",
    "content-type",
    "grpc_keepalive_enabled",
    "grpc_keepalive_time_ms",
    "grpc_keepalive_timeout_ms",
    "grpc_keepalive_without_calls",
    "session_id",
    "te",
    "token",
    "use_ssl",
    "user-agent",
    "user_agent",
    "user_id",
];

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text from being shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    #[cfg_attr(not(feature = "connect"), allow(dead_code, reason = "only the client sends it"))]
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// How a server is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Sent as `Authorization: Bearer`, over TLS or to this machine only.
    pub token: Option<Secret>,
    /// Whether the connection is encrypted, and the server's certificate checked against those of the system.
    pub tls: bool,
    /// Headers of every request, with their names in lower case, such as `x-databricks-cluster-id`.
    pub headers: Vec<(String, Secret)>,
    /// How long connecting may take in all; a cluster that has to be started first takes minutes.
    pub wait: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { token: None, tls: false, headers: Vec::new(), wait: Duration::from_secs(30) }
    }
}

impl Settings {
    /// Reads `CHURN_SPARK_TOKEN`, `CHURN_SPARK_TLS` (`1` or `0`), `CHURN_SPARK_HEADERS` (`name=value,name=value`) and
    /// `CHURN_SPARK_WAIT` (seconds). A variable that is empty counts as not set.
    ///
    /// # Errors
    /// A variable has a value that cannot be used; the message does not repeat it.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Result<Self, EngineError> {
        let set = |name: &str| get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let tls = match set(TLS).map(|text| text.to_ascii_lowercase()).as_deref() {
            None | Some("0" | "false" | "no") => false,
            Some("1" | "true" | "yes") => true,
            Some(_) => return Err(wrong(format!("{TLS} is expected to be 1 or 0, and is neither"))),
        };
        let wait = match set(WAIT).map(|text| text.parse::<u64>()) {
            None => Self::default().wait,
            Some(Ok(seconds)) if (1..=3600).contains(&seconds) => Duration::from_secs(seconds),
            Some(_) => {
                return Err(wrong(format!("{WAIT} is expected to be a number of seconds from 1 to 3600, and is not")));
            }
        };
        let token = set(TOKEN).map(|token| sendable(TOKEN, token)).transpose()?;
        let headers = set(HEADERS).map_or_else(|| Ok(Vec::new()), |list| headers(&list))?;
        Ok(Self { token, tls, headers, wait })
    }

    /// Whether these settings may be used with this address: secrets go over TLS, or stay on this machine.
    ///
    /// # Errors
    /// A token or a header would go over the network in plain text.
    pub fn check(&self, address: &Address) -> Result<(), EngineError> {
        if self.tls || address.is_loopback() {
            return Ok(());
        }
        let secret = match (&self.token, self.headers.is_empty()) {
            (Some(_), _) => TOKEN,
            (None, false) => HEADERS,
            (None, true) => return Ok(()),
        };
        Err(wrong(format!("{secret} would go to {address} in plain text; set {TLS}=1, or unset it")))
    }

    /// Everything that no message may repeat.
    #[cfg_attr(not(feature = "connect"), allow(dead_code, reason = "only servers say anything"))]
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.token.iter().chain(self.headers.iter().map(|(_, value)| value)).map(Secret::reveal)
    }
}

fn headers(list: &str) -> Result<Vec<(String, Secret)>, EngineError> {
    let mut found: Vec<(String, Secret)> = Vec::new();
    for (at, pair) in list.split(',').enumerate() {
        let number = at + 1;
        let Some((name, value)) = pair.split_once('=') else {
            return Err(wrong(format!(
                "{HEADERS} is expected to be name=value,name=value, and part {number} has no ="
            )));
        };
        let name = name.trim().to_ascii_lowercase();
        let signs = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if name.is_empty() || !signs {
            return Err(wrong(format!("{HEADERS}: part {number} does not begin with the name of a header")));
        }
        if RESERVED.contains(&name.as_str()) || name.starts_with("grpc-") || name.ends_with("-bin") {
            return Err(wrong(format!(
                "{HEADERS}: the header {name} is not for you to set; a token belongs into {TOKEN}"
            )));
        }
        if found.iter().any(|(other, _)| *other == name) {
            return Err(wrong(format!("{HEADERS}: the header {name} stands there twice")));
        }
        found.push((name, sendable(HEADERS, value.trim().to_owned())?));
    }
    Ok(found)
}

/// The client drops what cannot stand in a header without a word.
fn sendable(variable: &str, text: String) -> Result<Secret, EngineError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return Err(wrong(format!("{variable} has an empty value, or signs that cannot stand in a header")));
    }
    Ok(Secret::new(text))
}

fn wrong(what: String) -> EngineError {
    EngineError::Setting { what }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, EngineError> {
        Settings::from_environment(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_is_read_whole() {
        assert_eq!(read(&[]).unwrap(), Settings::default());
        assert_eq!(read(&[(TOKEN, " "), (TLS, ""), (HEADERS, ""), (WAIT, "")]).unwrap(), Settings::default());
        let all = read(&[
            (TOKEN, "geheim\n"),
            (TLS, "true"),
            (HEADERS, "X-Databricks-Cluster-Id=0123-abc, x-two=a=b"),
            (WAIT, "600"),
        ])
        .unwrap();
        assert_eq!(all.token, Some(Secret::new("geheim")));
        assert!(all.tls);
        assert_eq!(
            all.headers,
            [("x-databricks-cluster-id".to_owned(), Secret::new("0123-abc")), ("x-two".to_owned(), Secret::new("a=b"))]
        );
        assert_eq!(all.wait, Duration::from_secs(600));
        let shown = format!("{all:?}");
        assert!(!shown.contains("geheim") && !shown.contains("0123-abc"), "{shown}");
        assert_eq!(all.secrets().collect::<Vec<_>>(), ["geheim", "0123-abc", "a=b"]);
    }

    #[test]
    fn values_that_cannot_be_used_are_refused_and_not_repeated() {
        for pairs in [
            [(TLS, "geheim")],
            [(TOKEN, "ge\u{7}heim")],
            [(TOKEN, "geheim€")],
            [(HEADERS, "geheim")],
            [(HEADERS, "x y=geheim")],
            [(HEADERS, "=geheim")],
            [(HEADERS, "x=")],
            [(HEADERS, "x=geheim,")],
            [(HEADERS, "x=geheim,X=geheim")],
            [(HEADERS, "Authorization=geheim")],
            [(HEADERS, "token=geheim")],
            [(HEADERS, "x-bin=geheim")],
            [(WAIT, "0")],
            [(WAIT, "geheim")],
            [(WAIT, "1e3")],
        ] {
            let refused = read(&pairs).unwrap_err().to_string();
            assert!(refused.contains(pairs[0].0) && !refused.contains("geheim"), "{refused}");
        }
    }

    #[test]
    fn secrets_do_not_go_over_the_network_in_plain_text() {
        let near = Address::parse("spark://localhost:15002").unwrap();
        let far = Address::parse("spark://spark.example.com:15002").unwrap();
        for pairs in [[(TOKEN, "geheim")], [(HEADERS, "x=geheim")]] {
            let plain = read(&pairs).unwrap();
            plain.check(&near).unwrap();
            let refused = plain.check(&far).unwrap_err().to_string();
            assert!(refused.contains(TLS) && refused.contains(pairs[0].0) && !refused.contains("geheim"), "{refused}");
            Settings { tls: true, ..plain }.check(&far).unwrap();
        }
        read(&[]).unwrap().check(&far).unwrap();
    }
}
