//! The one place where HTTP is spoken: requests to a tracking server, with bounded patience.

use std::fmt;
use std::time::Duration;

use crm::Address;
use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};

use super::credentials::Credentials;
use crate::exit::one_line;

/// Of an answer no more is read.
const MOST_ANSWER_BYTES: u64 = 8 << 20;
/// Of what a server says in its answer no more is shown.
const MOST_SHOWN: usize = 300;

/// How patient we are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// For one request, from the connection to the last byte of the answer.
    pub(crate) timeout: Duration,
    /// How often a request is sent at most.
    pub(crate) attempts: u32,
    /// Before the second attempt; twice as long before each one after it.
    pub(crate) pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(60), attempts: 4, pause: Duration::from_millis(500) }
    }
}

/// The tracking server did not do its part.
#[derive(Debug)]
pub(crate) struct RemoteError {
    message: String,
    /// MLflow's own code, such as `RESOURCE_ALREADY_EXISTS`.
    code: Option<String>,
}

impl RemoteError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None }
    }

    /// Whether the server gave this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RemoteError {}

/// What is asked of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Request<'a> {
    /// Read something.
    Get,
    /// Store these bytes, whatever was there.
    Put(&'a [u8]),
    /// Do something that may be done twice.
    Post(&'a Value),
    /// Make something new: sent again only where the server cannot have seen it.
    Create(&'a Value),
}

/// A tracking server.
#[derive(Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    address: Address,
    credentials: Credentials,
    limits: Limits,
}

/// Why one attempt came to nothing.
struct Failure {
    error: RemoteError,
    /// Whether the server may have done what it was asked for.
    may_be_done: bool,
    /// Whether another attempt may go better.
    may_pass: bool,
}

impl Client {
    pub(crate) fn new(address: Address, credentials: Credentials, limits: Limits) -> Self {
        // The system's certificates: companies have their own. No redirects, which would carry the token elsewhere.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(limits.timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent("churn")
            .build();
        Self { agent: config.new_agent(), address, credentials, limits }
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a request and returns the JSON of the answer, `null` where it is empty.
    ///
    /// # Errors
    /// What the server said, or why there was no answer, after the last attempt.
    pub(crate) fn send(&self, path: &str, request: Request<'_>) -> Result<Value, RemoteError> {
        let mut pause = self.limits.pause;
        for attempt in 1.. {
            let failure = match self.once(path, request) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let again = failure.may_pass && !(failure.may_be_done && matches!(request, Request::Create(_)));
            if !again || attempt >= self.limits.attempts {
                let after = if attempt > 1 { format!(" (attempt {attempt})") } else { String::new() };
                return Err(RemoteError { message: format!("{}{after}", failure.error.message), ..failure.error });
            }
            std::thread::sleep(pause);
            pause *= 2;
        }
        Err(RemoteError::new("no attempt was made"))
    }

    fn once(&self, path: &str, request: Request<'_>) -> Result<Value, Failure> {
        let url = format!("{}/{path}", self.address.shown());
        let method = match request {
            Request::Get => "GET",
            Request::Put(_) => "PUT",
            Request::Post(_) | Request::Create(_) => "POST",
        };
        let place = format!("{method} {}", url.split('?').next().unwrap_or_default());
        let response = match request {
            Request::Get => self.known(self.agent.get(&url)).call(),
            Request::Put(bytes) => {
                self.known(self.agent.put(&url)).content_type("application/octet-stream").send(bytes)
            }
            Request::Post(body) | Request::Create(body) => {
                self.known(self.agent.post(&url)).content_type("application/json").send(body.to_string())
            }
        };
        let mut response = response.map_err(|error| no_answer(&place, &error))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST_ANSWER_BYTES).read_to_vec();
        let body = body.map_err(|error| no_answer(&place, &error))?;
        if (200..300).contains(&status) {
            if body.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_slice(&body).map_err(|_| Failure {
                error: RemoteError::new(format!(
                    "{place}: expected JSON, found {}: is this an MLflow server?",
                    shown(&body)
                )),
                may_be_done: true,
                may_pass: false,
            });
        }
        Err(refusal(&place, status, &body))
    }

    fn known<Body>(&self, request: ureq::RequestBuilder<Body>) -> ureq::RequestBuilder<Body> {
        match &self.credentials {
            Credentials::None => request,
            Credentials::Header(value) => request.header("Authorization", value),
        }
    }
}

/// No answer, or half of one.
fn no_answer(place: &str, error: &ureq::Error) -> Failure {
    let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
    let (never_sent, may_pass) = match error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => (true, true),
        ureq::Error::Io(error) => (refused(error), true),
        ureq::Error::Timeout(_) => (false, true),
        _ => (false, false),
    };
    let error = RemoteError::new(format!("{place}: expected an answer, found: {}", one_line(&error.to_string())));
    Failure { error, may_be_done: !never_sent, may_pass }
}

/// An answer that says no.
fn refusal(place: &str, status: u16, body: &[u8]) -> Failure {
    let said: Option<Value> = serde_json::from_slice(body).ok();
    let text = |field: &str| said.as_ref().and_then(|said| said.get(field)).and_then(Value::as_str);
    let code = text("error_code").map(str::to_owned);
    let message = text("message").map_or_else(|| shown(body), |message| shown(message.as_bytes()));
    let advice = match status {
        401 | 403 => ": set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        300..=399 => ": give the address that it leads to",
        404 if code.is_none() => ": is this the address of an MLflow server?",
        _ => "",
    };
    Failure {
        error: RemoteError {
            message: format!("{place}: expected success, found status {status}, {message}{advice}"),
            code,
        },
        // These two are said before anything is done.
        may_be_done: !matches!(status, 429 | 503),
        may_pass: matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
    }
}

/// The beginning of an answer, on one line.
fn shown(body: &[u8]) -> String {
    let text = one_line(&String::from_utf8_lossy(&body[..body.len().min(4 * MOST_SHOWN)]));
    match text.char_indices().nth(MOST_SHOWN) {
        _ if text.is_empty() => "nothing".to_owned(),
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
