//! Where the tracking server is, and what it knows us by.

use crate::exit::UsageError;

/// The address of a tracking server, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(String);

impl Address {
    /// Checks an address: `https`, or `http` on this machine, where nobody can listen.
    ///
    /// # Errors
    /// Another kind of address, or one with a password in it.
    pub(crate) fn parse(text: &str) -> Result<Self, UsageError> {
        let refused = |expected: &str| {
            // What stands before an @ may be a password.
            let shown = text.rsplit('@').next().unwrap_or_default();
            UsageError(format!("tracking address: expected {expected}, found {shown:?}"))
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| refused("https://HOST[:PORT][/PATH]"))?;
        let host_and_port = rest.split('/').next().unwrap_or_default();
        if host_and_port.contains('@') {
            return Err(refused(
                "no user name or password in it; set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD",
            ));
        }
        let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '?' | '#' | '\\' | '"' | '<' | '>');
        if host_and_port.is_empty() || rest.contains(odd) || !rest.is_ascii() {
            return Err(refused("https://HOST[:PORT][/PATH]"));
        }
        match scheme.to_ascii_lowercase().as_str() {
            "https" => {}
            "http" if is_loopback(host_and_port) => {}
            "http" => return Err(refused("https, since http shows the token and the model to the network")),
            _ => return Err(refused("https://HOST[:PORT][/PATH]")),
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    /// The address of a part of the interface.
    pub(crate) fn of(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    /// The address itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a host is this machine, where nobody can listen.
pub(crate) fn is_loopback(host_and_port: &str) -> bool {
    let host = match host_and_port.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host_and_port.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What the server knows us by; never shown.
pub(crate) enum Credentials {
    /// Nothing.
    None,
    /// The value of the header `Authorization`.
    Header(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::Header(_) => "Header(hidden)",
        })
    }
}

impl Credentials {
    /// From the environment, by the names that MLflow's own clients use: `MLFLOW_TRACKING_TOKEN`, else
    /// `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`.
    ///
    /// # Errors
    /// One of them cannot stand in a header, or half of a pair is missing.
    pub(crate) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, UsageError> {
        let get = |name: &str| match variable(name).filter(|value| !value.is_empty()) {
            Some(value) if value.chars().any(char::is_control) => Err(UsageError(format!(
                "{name}: expected a text without line breaks, found one with control characters"
            ))),
            other => Ok(other),
        };
        if let Some(token) = get("MLFLOW_TRACKING_TOKEN")? {
            return Ok(Self::Header(format!("Bearer {token}")));
        }
        match (get("MLFLOW_TRACKING_USERNAME")?, get("MLFLOW_TRACKING_PASSWORD")?) {
            (Some(user), Some(password)) => {
                Ok(Self::Header(format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))))
            }
            (None, None) => Ok(Self::None),
            _ => Err(UsageError(
                "expected both MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, found one of them".to_owned(),
            )),
        }
    }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let group = (0..3).fold(0_u32, |group, at| group << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let value = (group >> (18 - 6 * digit)) & 63;
            text.push(if digit <= three.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_addresses_that_keep_a_secret_are_taken() {
        for good in [
            "https://mlflow.example.com",
            "https://example.com:8443/ml/",
            "http://localhost:5000",
            "http://127.0.0.1:1",
            "http://[::1]:5000",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        let long = Address::parse("https://example.com/ml/").unwrap().of("api/2.0");
        assert_eq!(long, "https://example.com/ml/api/2.0");
        for bad in [
            "http://example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "ftp://a",
            "example.com",
            "https://",
            "https://a b",
            "https://a/?x",
            "http://127.0.0.1.example.com",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
        let message = Address::parse("https://me:secret@example.com").unwrap_err().0;
        assert!(message.contains("MLFLOW_TRACKING_TOKEN") && !message.contains("secret"), "{message}");
    }

    #[test]
    fn credentials_come_from_the_environment_and_are_not_shown() {
        let from = |pairs: &'static [(&str, &str)]| {
            Credentials::from_environment(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        let token = from(&[("MLFLOW_TRACKING_TOKEN", "t"), ("MLFLOW_TRACKING_USERNAME", "u")]).unwrap();
        assert!(matches!(&token, Credentials::Header(value) if value == "Bearer t"));
        assert!(!format!("{token:?}").contains("Bearer"));
        // The example of RFC 7617, section 2.
        let pair =
            from(&[("MLFLOW_TRACKING_USERNAME", "Aladdin"), ("MLFLOW_TRACKING_PASSWORD", "open sesame")]).unwrap();
        assert!(matches!(pair, Credentials::Header(value) if value == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(matches!(from(&[]).unwrap(), Credentials::None));
        assert!(from(&[("MLFLOW_TRACKING_USERNAME", "u")]).is_err());
        assert!(from(&[("MLFLOW_TRACKING_TOKEN", "a\nb")]).is_err());
    }
}
