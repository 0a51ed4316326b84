//! Where a server is: `spark://host:port`, and nothing else.

use std::fmt;
use std::net::Ipv6Addr;

use crate::EngineError;

const SCHEME: &str = "spark://";

/// Host and port of a Spark Connect server. It holds no secret, and so is shown whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    host: String,
    port: u16,
}

impl Address {
    /// Reads `spark://host:port`; an IPv6 address stands in brackets.
    ///
    /// # Errors
    /// Another scheme, no port, or anything beside host and port: user, path and parameters have no place here, since tokens and headers
    /// come from the environment. The message does not repeat what may be a secret.
    pub fn parse(text: &str) -> Result<Self, EngineError> {
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return Err(wrong(if text.starts_with("sc://") {
                "it begins with sc://; write spark:// in its place"
            } else {
                "it does not begin with spark://"
            }));
        };
        if rest.contains('@') {
            return Err(wrong("it has a user before an @; a token belongs into the variable CHURN_SPARK_TOKEN"));
        }
        if rest.contains(['/', ';', '?', '#', '=']) {
            return Err(wrong(
                "it has a path or parameters; TLS, token and headers belong into CHURN_SPARK_TLS, CHURN_SPARK_TOKEN and CHURN_SPARK_HEADERS",
            ));
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(inner) => {
                let (host, port) = inner.split_once(']').ok_or_else(|| wrong("its bracket is not closed"))?;
                host.parse::<Ipv6Addr>().map_err(|_| wrong("what stands in brackets is no IPv6 address"))?;
                (host, port.strip_prefix(':').unwrap_or(port))
            }
            None => {
                let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
                if host.contains(':') {
                    return Err(wrong("an IPv6 address stands in brackets, as in spark://[::1]:15002"));
                }
                if !is_name(host) {
                    return Err(wrong("its host is empty or has signs that no host name has"));
                }
                (host, port)
            }
        };
        if port.is_empty() {
            return Err(wrong("it has no port; 15002 is that of Spark Connect"));
        }
        let digits = port.bytes().all(|b| b.is_ascii_digit());
        match port.parse::<u16>() {
            Ok(port) if digits && port > 0 => Ok(Self { host: host.to_ascii_lowercase(), port }),
            _ => Err(wrong("its port is no number from 1 to 65535")),
        }
    }

    /// The host, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether what is sent there stays on this machine: the name `localhost`, `127.0.0.1` or `::1`.
    pub fn is_loopback(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    }

    /// `host:port`, with brackets where they are needed.
    #[cfg_attr(not(feature = "connect"), allow(dead_code, reason = "only the client dials"))]
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "{SCHEME}[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{SCHEME}{}:{}", self.host, self.port)
        }
    }
}

fn is_name(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

fn wrong(why: &'static str) -> EngineError {
    EngineError::Address { why }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn host_and_port_are_read_and_shown_as_they_were_written() {
        for text in [
            "spark://localhost:15002",
            "spark://spark-connect.data_team.svc:1",
            "spark://10.0.0.7:65535",
            "spark://[::1]:15002",
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
        let six = Address::parse("spark://[::1]:15002").unwrap();
        assert_eq!((six.host(), six.port(), six.is_loopback()), ("::1", 15002, true));
        assert_eq!(six.authority(), "[::1]:15002");
        assert!(Address::parse("spark://LOCALHOST:1").unwrap().is_loopback());
        assert!(!Address::parse("spark://localhost.example.com:1").unwrap().is_loopback());
    }

    #[test]
    fn anything_but_host_and_port_is_refused_without_being_repeated() {
        for (text, told) in [
            ("localhost:15002", "spark://"),
            ("sc://localhost:15002", "sc://"),
            ("SPARK://localhost:15002", "spark://"),
            ("spark://me:geheim@host:15002", "CHURN_SPARK_TOKEN"),
            ("spark://host:15002/;token=geheim", "CHURN_SPARK_TOKEN"),
            ("spark://host:15002?token=geheim", "CHURN_SPARK_TOKEN"),
            ("spark://host:15002/", "path"),
            ("spark://host", "15002"),
            ("spark://host:", "15002"),
            ("spark://:15002", "host"),
            ("spark://ho st:15002", "host"),
            ("spark://ho\u{1b}[31mst:15002", "host"),
            ("spark://host:0", "65535"),
            ("spark://host:65536", "65535"),
            ("spark://host:+1", "65535"),
            ("spark://::1:15002", "brackets"),
            ("spark://[::1:15002", "closed"),
            ("spark://[localhost]:15002", "IPv6"),
            ("spark://", "host"),
        ] {
            let refused = Address::parse(text).unwrap_err().to_string();
            assert!(refused.contains(told), "{text}: {refused}");
            assert!(!refused.contains("geheim"), "{refused}");
        }
    }
}
