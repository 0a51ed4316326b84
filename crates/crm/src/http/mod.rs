//! Requests and answers, and the one place of this crate where they go over a network.

mod address;
mod answer;
#[cfg(test)]
pub(crate) mod faulty;
#[cfg(test)]
mod tests;

use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig};

pub(crate) use address::percent_encoded;
pub use address::{Address, Secret};
pub use answer::Response;
pub(crate) use answer::{no_answer, one_line, shown_code};

/// Of an answer no more is read; a longer one counts as one that cannot be read.
const MOST_ANSWER_BYTES: u64 = 32 << 20;

/// What is done to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Do something.
    Post,
    /// Replace it.
    Put,
    /// Change a part of it.
    Patch,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// To which part of the interface, after the address.
    pub path: String,
    /// With these headers beside the credentials.
    pub headers: Vec<(String, String)>,
    /// With this body, and its type.
    pub body: Option<(String, Vec<u8>)>,
}

impl Request {
    /// A request without a body.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), headers: Vec::new(), body: None }
    }

    /// A request with a JSON body.
    pub fn json(method: Method, path: impl Into<String>, body: &serde_json::Value) -> Self {
        let body = Some(("application/json".to_owned(), body.to_string().into_bytes()));
        Self { method, path: path.into(), headers: Vec::new(), body }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// The request reached nobody.
    NotSent(String),
    /// Nobody knows what became of it.
    Unclear(String),
}

/// What carries requests: a network, or a test.
pub trait Transport {
    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// There is none.
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer>;

    /// Gets other credentials, if there are any to get.
    fn renew_credentials(&mut self) -> bool {
        false
    }

    /// Seconds since 1970, for dates in headers.
    fn unix_seconds(&self) -> i64 {
        0
    }
}

/// A header that says who we are: its name, and what stands in it before the secret (`Bearer `).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Usually `Authorization`.
    pub header: String,
    /// Usually `Bearer ` with its blank.
    pub prefix: String,
    /// The token.
    pub secret: Secret,
}

impl Authorization {
    /// `Authorization: Bearer TOKEN`.
    pub fn bearer(secret: Secret) -> Self {
        Self { header: "Authorization".to_owned(), prefix: "Bearer ".to_owned(), secret }
    }
}

/// Gets a fresh token where the old one is refused.
pub type Renew = Box<dyn FnMut() -> Option<Secret>>;

/// HTTP over TLS, verified against the system's certificates. No redirects, which could carry the token elsewhere; the
/// length of answers and the time for them are bounded.
pub struct Network {
    agent: ureq::Agent,
    address: Address,
    authorization: Option<Authorization>,
    renew: Option<Renew>,
    unix_seconds: fn() -> i64,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("address", &self.address)
            .field("authorization", &self.authorization)
            .finish_non_exhaustive()
    }
}

impl Network {
    /// A connection to a system. `timeout` bounds each request, from the connection to the last byte of the answer.
    pub fn new(address: Address, authorization: Option<Authorization>, timeout: Duration) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let mut config = ureq::Agent::config_builder();
        if address.is_plain() {
            // What stays on this machine goes through nobody's proxy.
            config = config.proxy(None);
        }
        let config = config
            .tls_config(tls)
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent("churn")
            .build();
        Self { agent: config.new_agent(), address, authorization, renew: None, unix_seconds: || 0 }
    }

    /// The same connection, which asks here for another token where its own is refused.
    #[must_use]
    pub fn renewing(self, renew: Renew) -> Self {
        Self { renew: Some(renew), ..self }
    }

    /// The same connection with a calendar, for dates in `Retry-After` of servers that say no date of their own.
    #[must_use]
    pub fn with_calendar(self, unix_seconds: fn() -> i64) -> Self {
        Self { unix_seconds, ..self }
    }

    fn with_headers<Body>(
        &self,
        mut call: ureq::RequestBuilder<Body>,
        request: &Request,
    ) -> ureq::RequestBuilder<Body> {
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        if let Some(known) = &self.authorization {
            call = call.header(&known.header, format!("{}{}", known.prefix, known.secret.reveal()));
        }
        call
    }
}

impl Transport for Network {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        let url = self.address.of(&request.path);
        let answer = match (request.method, &request.body) {
            (Method::Get, _) => self.with_headers(self.agent.get(&url), request).call(),
            (method, body) => {
                let call = match method {
                    Method::Put => self.agent.put(&url),
                    Method::Patch => self.agent.patch(&url),
                    _ => self.agent.post(&url),
                };
                let call = self.with_headers(call, request);
                match body {
                    Some((kind, bytes)) => call.content_type(kind).send(&bytes[..]),
                    None => call.send_empty(),
                }
            }
        };
        let mut answer = answer.map_err(|error| why_none(&error))?;
        let headers = answer.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        let (status, headers) = (answer.status().as_u16(), headers.collect());
        let body = answer.body_mut().with_config().limit(MOST_ANSWER_BYTES).read_to_vec();
        match body {
            Ok(body) => Ok(Response { status, headers, body }),
            Err(error) => {
                Err(NoAnswer::Unclear(format!("status {status}, and an answer that was cut: {}", kind(&error))))
            }
        }
    }

    fn renew_credentials(&mut self) -> bool {
        match (self.renew.as_mut().and_then(|renew| renew()), &mut self.authorization) {
            (Some(secret), Some(authorization)) => {
                authorization.secret = secret;
                true
            }
            _ => false,
        }
    }

    fn unix_seconds(&self) -> i64 {
        (self.unix_seconds)()
    }
}

/// Whether an error of the handshake says that the server is not who it has to be; then nothing was sent.
fn is_wrong_certificate(error: &std::io::Error) -> bool {
    let of_tls = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(of_tls, Some(rustls::Error::InvalidCertificate(_)))
}

/// Errors of the network name addresses, which may be secret: only their kind is shown.
fn kind(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Io(error) if is_wrong_certificate(error) => "the certificate was not accepted",
        ureq::Error::Timeout(_) => "it took too long",
        ureq::Error::HostNotFound => "no such host",
        ureq::Error::ConnectionFailed => "no connection",
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => "connection refused",
        ureq::Error::Io(_) => "the connection broke",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "the certificate was not accepted",
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => "it was too long",
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => "it was no HTTP",
        _ => "the request failed",
    }
}

fn why_none(error: &ureq::Error) -> NoAnswer {
    let text = kind(error).to_owned();
    match error {
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::Tls(_)
        | ureq::Error::Rustls(_)
        | ureq::Error::BadUri(_) => NoAnswer::NotSent(text),
        ureq::Error::Io(error)
            if error.kind() == std::io::ErrorKind::ConnectionRefused || is_wrong_certificate(error) =>
        {
            NoAnswer::NotSent(text)
        }
        _ => NoAnswer::Unclear(text),
    }
}
