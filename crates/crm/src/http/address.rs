//! Where a system is, and what it knows us by; neither is ever shown whole.

use std::fmt;

use crate::error::CrmError;

/// A text that is never shown: not by `Debug`, not in an error, not in a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret. It must stand in a header or an address: one line of visible ASCII.
    ///
    /// # Errors
    /// Another text.
    pub fn new(text: impl Into<String>) -> Result<Self, CrmError> {
        let text = text.into();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            return Err(CrmError::Setting {
                place: "secret".to_owned(),
                expected: "one line of visible ASCII characters".to_owned(),
                found: "another text".to_owned(),
            });
        }
        Ok(Self(text))
    }

    /// Takes an address apart whose end is secret: what stands up to this mark, and the secret behind it. `None` where
    /// there is no mark, or nothing behind it.
    pub fn split_after(&self, mark: &str) -> Option<(String, Secret)> {
        let at = self.0.find(mark)? + mark.len();
        let (open, secret) = self.0.split_at(at);
        let secret = secret.trim_matches('/');
        (!secret.is_empty()).then(|| (open.trim_end_matches('/').to_owned(), Self(secret.to_owned())))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The address of a system: `https`, or `http` on this machine, where nobody can listen. A part of its path may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host, port and the open part of the path, without a slash at its end.
    open: String,
    secret: Option<Secret>,
}

impl Address {
    /// Checks an address.
    ///
    /// # Errors
    /// Another scheme, `http` to another machine, a user name or password, or a query in it.
    pub fn parse(text: &str) -> Result<Self, CrmError> {
        let refused = |expected: &str| CrmError::Setting {
            place: "address".to_owned(),
            expected: expected.to_owned(),
            // What stands before an @ may be a password, and what follows the host may be one too.
            found: format!(
                "{:?}",
                text.rsplit('@').next().unwrap_or_default().split('/').take(3).collect::<Vec<_>>().join("/")
            ),
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| refused("https://HOST[:PORT][/PATH]"))?;
        let host = rest.split('/').next().unwrap_or_default();
        if host.contains('@') {
            return Err(refused("no user name or password in it"));
        }
        let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '?' | '#' | '\\' | '"' | '<' | '>');
        if host.is_empty() || rest.contains(odd) || !rest.is_ascii() {
            return Err(refused("https://HOST[:PORT][/PATH]"));
        }
        match scheme.to_ascii_lowercase().as_str() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(refused("https, since http shows credentials and scores to the network")),
            _ => return Err(refused("https://HOST[:PORT][/PATH]")),
        }
        Ok(Self { open: text.trim_end_matches('/').to_owned(), secret: None })
    }

    /// The same address with a secret part of its path after the open one, as incoming webhooks have.
    #[must_use]
    pub fn with_secret_path(self, secret: Secret) -> Self {
        Self { secret: Some(secret), ..self }
    }

    /// The whole address of a part of the interface; only for sending.
    pub(crate) fn of(&self, path: &str) -> String {
        match &self.secret {
            Some(secret) => format!("{}/{}/{path}", self.open, secret.reveal().trim_matches('/')),
            None => format!("{}/{path}", self.open),
        }
    }

    /// Whether what is sent there is not encrypted.
    pub(crate) fn is_plain(&self) -> bool {
        !self.open.to_ascii_lowercase().starts_with("https:")
    }

    /// The address as it may be shown.
    pub fn shown(&self) -> &str {
        &self.open
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}{})", self.open, if self.secret.is_some() { "/hidden" } else { "" })
    }
}

fn is_loopback(host_and_port: &str) -> bool {
    let host = match host_and_port.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host_and_port.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Percent-encodes everything but letters, digits and `-._~` (RFC 3986, section 2.3).
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_addresses_that_keep_a_secret_are_taken() {
        for good in ["https://api.example.com", "https://example.com:8443/crm/", "http://127.0.0.1:1", "http://[::1]:5"]
        {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://10.0.0.1",
            "ftp://a",
            "example.com",
            "https://",
            "https://a b",
            "https://a/?x",
            "https://me:secret@example.com",
        ] {
            let error = Address::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("me:secret"), "{error}");
        }
    }

    #[test]
    fn a_secret_is_sent_and_never_shown() {
        let secret = Secret::new("1/abcdef").unwrap();
        let address = Address::parse("https://b24.example.com/rest/").unwrap().with_secret_path(secret.clone());
        assert_eq!(address.of("batch"), "https://b24.example.com/rest/1/abcdef/batch");
        let shown = format!("{address:?} {secret:?} {}", address.shown());
        assert!(!shown.contains("abcdef"), "{shown}");
        let webhook = Secret::new("https://b24.example.com/rest/1/abcdef/").unwrap();
        let (open, behind) = webhook.split_after("/rest/").unwrap();
        assert_eq!((open.as_str(), behind), ("https://b24.example.com/rest", secret));
        assert!(webhook.split_after("/none/").is_none() && webhook.split_after("abcdef/").is_none());
        assert!(Secret::new("a\nb").is_err() && Secret::new("").is_err());
    }

    #[test]
    fn everything_that_means_something_in_an_address_is_encoded() {
        assert_eq!(percent_encoded("a-b._~ &=?/+\u{e9}"), "a-b._~%20%26%3D%3F%2F%2B%C3%A9");
    }
}
