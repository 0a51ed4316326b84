//! The client's errors as ours.

use std::sync::Arc;
use std::time::Duration;

use spark_connect_core::SparkError;

use crate::error::one_line;
use crate::{Address, EngineError, Settings};

/// Codes of gRPC that mean something here.
const CANCELLED: i32 = 1;
const UNKNOWN: i32 = 2;
const DEADLINE_EXCEEDED: i32 = 4;
const PERMISSION_DENIED: i32 = 7;
const UNIMPLEMENTED: i32 = 12;
const INTERNAL: i32 = 13;
const UNAVAILABLE: i32 = 14;
const UNAUTHENTICATED: i32 = 16;

/// Conditions of Spark under which the session that answers depend on is no longer there.
const GONE: [&str; 7] = [
    "INVALID_HANDLE.SESSION_CHANGED",
    "INVALID_HANDLE.SESSION_CLOSED",
    "INVALID_HANDLE.SESSION_NOT_FOUND",
    "INVALID_HANDLE.OPERATION_NOT_FOUND",
    "INVALID_HANDLE.OPERATION_ABANDONED",
    "SESSION_NOT_SAME",
    "RESPONSE_ALREADY_RECEIVED",
];

/// Tells errors of one server.
#[derive(Clone)]
pub(super) struct Faults {
    address: Address,
    secrets: Arc<[String]>,
}

impl Faults {
    pub(super) fn new(address: Address, settings: &Settings) -> Self {
        Self { address, secrets: settings.secrets().map(str::to_owned).collect() }
    }

    /// While a session was opened.
    pub(super) fn opening(&self, error: &SparkError) -> EngineError {
        let message = self.words(error);
        match error.grpc_code {
            Some(UNAUTHENTICATED | PERMISSION_DENIED) => {
                EngineError::Refused { address: self.address.clone(), message }
            }
            Some(_) if told_by_server(error) => EngineError::Failed { doing: "setting up the session", message },
            _ if is_untrusted(error) => {
                // The transport has a code of its own, and says that the server is not available.
                let why = message
                    .split_once("invalid peer certificate: ")
                    .map_or(message.as_str(), |(_, why)| why)
                    .to_owned();
                EngineError::Untrusted { address: self.address.clone(), why }
            }
            _ => EngineError::NotSpark { address: self.address.clone(), why: message },
        }
    }

    /// Nothing was heard in all the time that connecting may take.
    pub(super) fn silent(&self, wait: Duration) -> EngineError {
        EngineError::NotSpark {
            address: self.address.clone(),
            why: format!("it gave no answer within {} s", wait.as_secs()),
        }
    }

    /// While something was run in the session.
    pub(super) fn running(&self, doing: &'static str, error: &SparkError) -> EngineError {
        let message = self.words(error);
        match error.grpc_code {
            Some(UNAUTHENTICATED | PERMISSION_DENIED) => {
                EngineError::Refused { address: self.address.clone(), message }
            }
            _ if is_gone(&message) || !told_by_server(error) => {
                EngineError::Lost { address: self.address.clone(), doing, message }
            }
            _ => EngineError::Failed { doing, message },
        }
    }

    fn words(&self, error: &SparkError) -> String {
        let words = if error.message.is_empty() { error.message() } else { error.message.clone() };
        one_line(&words, self.secrets.iter().map(String::as_str))
    }
}

/// Whether the answers of a running statement may still be had: the connection broke, or a stream was cut.
pub(super) fn is_passing(error: &SparkError) -> bool {
    match error.grpc_code {
        Some(UNAVAILABLE) => true,
        Some(INTERNAL) if error.message.contains("INVALID_CURSOR.DISCONNECTED") => true,
        _ => is_broken_connection(error),
    }
}

/// Whether the server has no certificate that this machine trusts: no attempt will be better.
pub(super) fn is_untrusted(error: &SparkError) -> bool {
    error.message.contains("invalid peer certificate")
}

/// Whether the server says that what was to be written is there already.
pub(super) fn says_path_exists(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("path_already_exists")
        || message.contains("path already exists")
        || (message.contains("path") && message.contains("already exists"))
}

/// Whether the server itself gave this error, and not the transport on the way to it.
fn told_by_server(error: &SparkError) -> bool {
    match error.grpc_code {
        None => false,
        Some(UNAVAILABLE | CANCELLED | DEADLINE_EXCEEDED | UNIMPLEMENTED) => false,
        Some(_) => error.grpc_details.is_some() || !is_broken_connection(error),
    }
}

/// The words of the transport under the client, which has codes of its own for none of this.
fn is_broken_connection(error: &SparkError) -> bool {
    let transport = [
        "h2 protocol error",
        "transport error",
        "error reading a body",
        "broken pipe",
        "connection reset",
        "stream closed",
        "operation was canceled",
        "connection closed",
    ];
    let message = error.message.to_ascii_lowercase();
    matches!(error.grpc_code, Some(UNKNOWN | INTERNAL | CANCELLED))
        && error.grpc_details.is_none()
        && transport.iter().any(|words| message.contains(words))
}

fn is_gone(message: &str) -> bool {
    GONE.iter().any(|condition| message.contains(condition))
}
