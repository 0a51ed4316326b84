//! SIGTERM and SIGINT: the work ends at the next place where it can be resumed, and the exit code says which signal it was.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The first signal is kept here; a second one ends the program at once.
#[derive(Debug)]
pub(crate) struct Signals {
    caught: Arc<AtomicUsize>,
}

/// A signal ended the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoppedBy {
    /// Control-C.
    Int,
    /// The system, or a supervisor, asked for it.
    Term,
}

impl fmt::Display for StoppedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            StoppedBy::Int => "SIGINT",
            StoppedBy::Term => "SIGTERM",
        };
        write!(f, "stopped by {name}; what was begun was finished: run again to resume")
    }
}

impl std::error::Error for StoppedBy {}

impl Signals {
    /// From now on signals are kept instead of ending the program.
    ///
    /// # Errors
    /// The system does not allow it.
    pub(crate) fn catch() -> std::io::Result<Self> {
        let caught = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        for (signal, number) in [(SIGINT, 1), (SIGTERM, 2)] {
            // In this order: the first signal finds the flag down.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            flag::register_usize(signal, Arc::clone(&caught), number)?;
        }
        Ok(Self { caught })
    }

    /// The signal that came, if one did.
    pub(crate) fn caught(&self) -> Option<StoppedBy> {
        match self.caught.load(Ordering::SeqCst) {
            1 => Some(StoppedBy::Int),
            2 => Some(StoppedBy::Term),
            _ => None,
        }
    }
}
