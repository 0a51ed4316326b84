//! Calls that come back: work on a thread of its own, while the server's port is tried every few seconds.
//!
//! A connection whose other end is gone (a machine without power, a cable) says nothing, and the client would wait for ever.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Address, EngineError};

/// How often the thread that waits looks around.
const LOOK: Duration = Duration::from_millis(250);
/// How often the port is tried while work is going on, and how long one attempt may take.
const EVERY: Duration = Duration::from_secs(3);
/// So many attempts in a row fail where the server is gone.
const FAILURES: u32 = 2;
/// A cancelled statement has so long to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tries to connect to one of the addresses that the host has.
pub(super) fn dial(address: &Address, within: Duration) -> Result<(), String> {
    let (host, port) = (address.host().to_owned(), address.port());
    let found = detached(within, move || (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>));
    let sockets = match found {
        None => return Err("its name was not resolved in time".to_owned()),
        Some(Err(error)) => return Err(error.to_string()),
        Some(Ok(sockets)) => sockets,
    };
    let mut why = "its name has no address".to_owned();
    for socket in sockets {
        match TcpStream::connect_timeout(&socket, within) {
            Ok(_) => return Ok(()),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

/// Runs `work` on a thread of its own and waits so long for it; the thread is left behind when it takes longer, or nothing comes of it.
pub(super) fn detached<T: Send + 'static>(within: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = channel();
    thread::Builder::new().name("spark".to_owned()).spawn(move || drop(sender.send(work()))).ok()?;
    receiver.recv_timeout(within).ok()
}

/// Work on a server that may go away.
pub(super) struct Watch<'a> {
    address: &'a Address,
    doing: &'static str,
    cancelled: &'a AtomicBool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(address: &'a Address, doing: &'static str, cancelled: &'a AtomicBool) -> Self {
        Self { address, doing, cancelled }
    }

    /// Runs `work`, which is told when nobody waits for it any more. `interrupt` is called again and again while work that was cancelled goes on: the
    /// first word may have reached the server before the statement did.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
        interrupt: impl Fn() + Send + Sync + 'static,
    ) -> Result<T, EngineError> {
        let (sender, receiver) = channel();
        let given_up = Arc::new(AtomicBool::new(false));
        let interrupt = Arc::new(interrupt);
        let worker = Arc::clone(&given_up);
        thread::Builder::new().name("spark".to_owned()).spawn(move || drop(sender.send(work(&worker)))).map_err(
            |error| EngineError::Failed { doing: self.doing, message: format!("no thread for it: {error}") },
        )?;
        let give_up = |error| {
            given_up.store(true, Ordering::SeqCst);
            Err(error)
        };
        let (mut tried, mut failures) = (Instant::now(), 0);
        let mut cancelled_at = None;
        let mut asked = Instant::now();
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(done) => return Ok(done),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(EngineError::Failed {
                        doing: self.doing,
                        message: "the client of Spark Connect broke down".to_owned(),
                    });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.cancelled.load(Ordering::SeqCst) {
                let since = *cancelled_at.get_or_insert_with(Instant::now);
                if since.elapsed() > PATIENCE {
                    return give_up(EngineError::Cancelled);
                }
                if asked.elapsed() > Duration::from_secs(1) {
                    asked = Instant::now();
                    let interrupt = Arc::clone(&interrupt);
                    let _ = thread::Builder::new().name("spark".to_owned()).spawn(move || interrupt());
                }
            }
            if tried.elapsed() >= EVERY {
                match dial(self.address, EVERY) {
                    Ok(()) => failures = 0,
                    Err(message) => {
                        failures += 1;
                        if failures >= FAILURES {
                            return give_up(EngineError::Lost {
                                address: self.address.clone(),
                                doing: self.doing,
                                message,
                            });
                        }
                    }
                }
                tried = Instant::now();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::net::TcpListener;

    use super::*;

    fn listening() -> (TcpListener, Address) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::parse(&format!("spark://127.0.0.1:{}", listener.local_addr().unwrap().port())).unwrap();
        (listener, address)
    }

    #[test]
    fn work_that_hangs_on_a_server_that_is_gone_is_given_up() {
        let (listener, address) = listening();
        drop(listener);
        let not_cancelled = AtomicBool::new(false);
        let watch = Watch::new(&address, "waiting", &not_cancelled);
        let lost = watch.run(
            |given_up| {
                while !given_up.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(10));
                }
            },
            || {},
        );
        assert!(matches!(lost, Err(EngineError::Lost { doing: "waiting", .. })), "{lost:?}");
    }

    #[test]
    fn cancelled_work_is_interrupted_until_it_ends() {
        let (_listener, address) = listening();
        let cancelled = AtomicBool::new(true);
        let interrupted = Arc::new(AtomicBool::new(false));
        let (seen, set) = (Arc::clone(&interrupted), Arc::clone(&interrupted));
        let done = Watch::new(&address, "waiting", &cancelled).run(
            move |_| {
                while !seen.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(10));
                }
                7
            },
            move || set.store(true, Ordering::SeqCst),
        );
        assert_eq!(done.unwrap(), 7);
    }

    #[test]
    fn a_thread_that_breaks_down_is_an_error() {
        let (_listener, address) = listening();
        let not_cancelled = AtomicBool::new(false);
        let broken: Result<(), _> =
            Watch::new(&address, "waiting", &not_cancelled).run(|_| panic!("on purpose"), || {});
        assert!(matches!(broken, Err(EngineError::Failed { .. })), "{broken:?}");
    }
}
