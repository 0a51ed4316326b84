//! The client of Spark Connect: one session, on the transport and the messages of the Apache project's client.
//!
//! `requests` makes messages, `stream` runs a statement and takes up its answers, `watched` keeps a call from hanging, `small_result` decodes rows,
//! `local_file` writes them, `fault` tells what went wrong.

#![allow(
    clippy::result_large_err,
    reason = "the error of the client is that large, and none of its calls is in a hot loop"
)]

mod fault;
mod local_file;
mod requests;
mod small_result;
mod stream;
mod watched;

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use spark_connect_core::{
    ChannelBuilder, Result as ClientResult, RetryPolicy, SparkConnectClient, SparkError, block_on,
};

use crate::error::one_line;
use crate::{Address, Canceller, EngineError, OnProgress, Settings, SqlEngine, Value};
use fault::Faults;
use local_file::LocalFile;
use requests::Requests;
use watched::{Watch, detached};

/// What changes answers, and so is set, and read back.
const CONFIGURED: [(&str, &str); 2] = [("spark.sql.session.timeZone", "UTC"), ("spark.sql.ansi.enabled", "true")];
/// Saying goodbye, and hearing that something was cancelled, may take so long.
const SHORTLY: Duration = Duration::from_secs(5);
/// A last attempt to connect may end so long after its time, for what it has to say.
const LATE: Duration = Duration::from_secs(1);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(500);

/// What the threads of a session share.
struct Shared {
    client: SparkConnectClient,
    requests: Requests,
    cancelled: AtomicBool,
    /// The server was lost: whatever answers at its address now knows nothing of this session.
    lost: AtomicBool,
    told: Mutex<Option<Arc<OnProgress>>>,
}

impl Shared {
    fn told(&self) -> Option<Arc<OnProgress>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An open session.
pub(crate) struct Session {
    shared: Arc<Shared>,
    address: Address,
    faults: Faults,
    version: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("address", &self.address)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Dials, and makes a session with the settings that answers depend on.
    pub(crate) fn open(address: &Address, settings: &Settings) -> Result<Self, EngineError> {
        let until = Instant::now() + settings.wait;
        let faults = Faults::new(address.clone(), settings);
        watched::dial(address, settings.wait.min(Duration::from_secs(10)))
            .map_err(|why| EngineError::Unreachable { address: address.clone(), why })?;
        let channel = channel(address, settings).map_err(|error| faults.opening(&error))?;
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let opened =
            detached(left + LATE, move || begin(&channel, left)).ok_or_else(|| faults.silent(settings.wait))?;
        let (client, requests, version, found) = opened.map_err(|error| faults.opening(&error))?;
        let session = Self {
            shared: Arc::new(Shared {
                client,
                requests,
                cancelled: AtomicBool::new(false),
                lost: AtomicBool::new(false),
                told: Mutex::new(None),
            }),
            address: address.clone(),
            faults,
            version: one_line(&version, settings.secrets()),
        };
        if let Some((name, expected, found)) = differing(&found) {
            return Err(EngineError::Failed {
                doing: "setting up the session",
                message: format!("{name} was set to {expected}, and the server has {found} instead"),
            });
        }
        Ok(session)
    }

    /// Runs `work` on a thread of its own, since the client blocks on an async runtime that must not stand inside another one, and looks
    /// after the server meanwhile.
    fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Shared, &AtomicBool) -> ClientResult<T> + Send + 'static,
    ) -> Result<T, EngineError> {
        if self.shared.cancelled.load(Ordering::SeqCst) {
            return Err(EngineError::Cancelled);
        }
        if self.shared.lost.load(Ordering::SeqCst) {
            let message = "it was lost before, and with it the session".to_owned();
            return Err(EngineError::Lost { address: self.address.clone(), doing, message });
        }
        let shared = Arc::clone(&self.shared);
        let watch = Watch::new(&self.address, doing, &self.shared.cancelled);
        let again = Arc::clone(&self.shared);
        let done = watch.run(
            move |given_up| {
                // Sail, started anew, makes a session of the same name with settings of its own.
                if let Some((name, expected, found)) = differing(&settings(&shared.client, &shared.requests)?) {
                    let words = format!("{name} is {found} and was {expected}: it was started anew");
                    return Err(SparkError::connect_msg(words));
                }
                work(&shared, given_up)
            },
            move || {
                let _ = block_on(again.client.interrupt(again.requests.interrupt()));
            },
        );
        if self.shared.cancelled.load(Ordering::SeqCst) {
            return Err(EngineError::Cancelled);
        }
        let done = done.and_then(|done| done.map_err(|error| self.faults.running(doing, &error)));
        if matches!(done, Err(EngineError::Lost { .. })) {
            self.shared.lost.store(true, Ordering::SeqCst);
        }
        done
    }
}

impl SqlEngine for Session {
    fn version(&self) -> Result<String, EngineError> {
        Ok(self.version.clone())
    }

    fn columns(&self, sql: &str) -> Result<Vec<(String, String)>, EngineError> {
        let request = self.shared.requests.schema(sql);
        let answer = self.run("looking at a query", move |shared, _| block_on(shared.client.analyze_plan(request)))?;
        requests::columns(answer).ok_or_else(|| EngineError::Failed {
            doing: "looking at a query",
            message: "the server's answer has no columns".to_owned(),
        })
    }

    fn rows(&self, sql: &str, most: usize) -> Result<Vec<Vec<Value>>, EngineError> {
        let doing = "reading a small result";
        let limit = i32::try_from(most).ok().and_then(|most| most.checked_add(1)).unwrap_or(i32::MAX);
        let request = self.shared.requests.rows(sql, limit);
        let batches = self.run(doing, move |shared, given_up| stream::run(shared, request, given_up))?;
        small_result::rows(&batches, most, doing)
    }

    fn write_parquet(&self, sql: &str, uri: &str) -> Result<(), EngineError> {
        if uri.trim().is_empty() || uri.chars().any(char::is_control) {
            return Err(EngineError::Setting {
                what: "the path for results is empty or has control characters".to_owned(),
            });
        }
        let request = self.shared.requests.write(sql, uri);
        let written = self.run("writing Parquet", move |shared, given_up| stream::run(shared, request, given_up));
        match written {
            Ok(_) => Ok(()),
            Err(EngineError::Failed { message, .. }) if fault::says_path_exists(&message) => {
                Err(EngineError::PathExists { uri: one_line(uri, []) })
            }
            Err(error) => Err(error),
        }
    }

    fn fetch_parquet(&self, sql: &str, file: &Path) -> Result<u64, EngineError> {
        let doing = "fetching rows";
        let request = self.shared.requests.all_rows(sql);
        let mut writer = LocalFile::new(file, doing);
        self.run(doing, move |shared, given_up| {
            let mut failed = None;
            let mut take = |batch| match writer.take(&batch) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            };
            stream::run_to(shared, request, given_up, &mut take)?;
            Ok(failed.map_or_else(|| writer.finish(), Err))
        })?
    }

    fn canceller(&self) -> Canceller {
        let shared = Arc::clone(&self.shared);
        let (address, faults) = (self.address.clone(), self.faults.clone());
        Canceller::new(move || {
            shared.cancelled.store(true, Ordering::SeqCst);
            let shared = Arc::clone(&shared);
            match detached(SHORTLY, move || block_on(shared.client.interrupt(shared.requests.interrupt()))) {
                Some(Ok(_)) => Ok(()),
                Some(Err(error)) => Err(faults.running("cancelling", &error)),
                None => Err(EngineError::Lost {
                    address: address.clone(),
                    doing: "cancelling",
                    message: format!("no answer within {} s; the statement may run on", SHORTLY.as_secs()),
                }),
            }
        })
    }

    fn on_progress(&self, told: OnProgress) {
        *self.shared.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(told));
    }
}

impl Drop for Session {
    /// The server keeps sessions, and what they run, for a long time unless it is told.
    fn drop(&mut self) {
        let shared = Arc::clone(&self.shared);
        let _ = detached(SHORTLY, move || block_on(shared.client.release_session()));
    }
}

fn channel(address: &Address, settings: &Settings) -> ClientResult<ChannelBuilder> {
    let mut channel = ChannelBuilder::parse(&format!("sc://{}", address.authority()))?;
    channel.set("use_ssl", if settings.tls { "true" } else { "false" });
    channel.set("user_agent", "churn");
    if let Some(token) = &settings.token {
        channel.set("token", token.reveal());
    }
    for (name, value) in &settings.headers {
        channel.set(name, value.reveal());
    }
    Ok(channel)
}

type Begun = (SparkConnectClient, Requests, String, Vec<Option<String>>);

/// The first words with the server: its version, its own id of the session, and the settings, as they are after they were set.
fn begin(channel: &ChannelBuilder, left: Duration) -> ClientResult<Begun> {
    let mut client = block_on(SparkConnectClient::connect(channel))?;
    client.set_retry_policy(RetryPolicy::no_retries());
    let mut requests = Requests::new(client.session_id());
    let until = Instant::now() + left;
    // A cluster that is being started says that it is not available.
    let answer = loop {
        match block_on(client.analyze_plan(requests.version())) {
            Err(error)
                if fault::is_passing(&error) && !fault::is_untrusted(&error) && Instant::now() + PAUSE < until =>
            {
                thread::sleep(PAUSE)
            }
            answer => break answer?,
        }
    };
    client.set_retry_policy(policy());
    requests.session_of_server(&answer.server_side_session_id);
    let version = requests::version(answer).unwrap_or_else(|| "unknown".to_owned());
    for (name, value) in CONFIGURED {
        block_on(client.config(requests.set(name, value)))?;
    }
    let found = settings(&client, &requests)?;
    Ok((client, requests, version, found))
}

/// What the server has of [`CONFIGURED`], in that order.
fn settings(client: &SparkConnectClient, requests: &Requests) -> ClientResult<Vec<Option<String>>> {
    let answer = block_on(client.config(requests.get(&CONFIGURED.map(|(name, _)| name))))?;
    let value = |(name, _)| answer.pairs.iter().find(|pair| pair.key == name).and_then(|pair| pair.value.clone());
    Ok(CONFIGURED.map(value).to_vec())
}

/// The first setting that is not what it was set to: its name, what it was set to, and what it is.
fn differing(found: &[Option<String>]) -> Option<(&'static str, &'static str, String)> {
    let pairs = CONFIGURED.iter().zip(found);
    pairs
        .filter(|((_, expected), found)| found.as_deref() != Some(*expected))
        .map(|((name, expected), found)| {
            (*name, *expected, found.as_deref().map_or_else(|| "nothing".to_owned(), |value| one_line(value, [])))
        })
        .next()
}

/// Of short questions: tries again what answered that it is not available, three times within three seconds.
fn policy() -> RetryPolicy {
    RetryPolicy {
        max_retries: Some(3),
        initial_backoff_ms: 200,
        max_backoff_ms: Some(1_000),
        max_retry_exception_elapsed_time_ms: Some(3_000),
        ..RetryPolicy::default()
    }
}
