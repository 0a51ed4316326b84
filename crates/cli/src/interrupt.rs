//! SIGTERM and SIGINT: the batch at work is finished or given up, nothing half-written is left, the lock is free, and the exit
//! code says which signal it was.
//!
//! Work that goes batch by batch asks [`check`] between two batches. Work that does not (one long reading, one long fit) has
//! [`PATIENCE`]; after that the program ends from here. That is safe at any moment but one: every file is written under a temporary
//! name, and only giving names to several files that belong together must not be cut in two. Whoever does that holds
//! [`publishing`]. A second signal changes nothing.
//!
//! `churn sync` is another matter ([`Manner::Batch`]): the batch in flight is finished however long the other side takes, since its
//! outcome would else be in doubt; and a second signal ends the program at once, which its journal survives.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::args::Cli;
use crate::exit::Exit;
use crate::output::remove_leftovers;
use crate::{answer, lineage};

/// Work that asks nobody has so long to come to its end by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// The signal that came; 0 where none has.
static SIGNAL: AtomicI32 = AtomicI32::new(0);
/// How the program ends; set before a signal can come.
static MANNER: OnceLock<Manner> = OnceLock::new();
/// Held while files that belong together get their names, and by whoever ends the program.
static PUBLISHING: Mutex<()> = Mutex::new(());
/// Folders that this process holds the lock of.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// How a command ends when a signal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Within a few seconds; what is not complete is given up.
    Outputs,
    /// After the batch in flight; a second signal ends the program at once.
    Batch,
}

/// A signal asked the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interrupted {
    signal: i32,
    manner: Manner,
}

impl Interrupted {
    /// How the program ends.
    pub(crate) fn exit(self) -> Exit {
        if self.signal == SIGINT { Exit::Interrupted } else { Exit::Terminated }
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signal = if self.signal == SIGINT { "SIGINT" } else { "SIGTERM" };
        match self.manner {
            Manner::Outputs => write!(
                f,
                "stopped by {signal}: outputs that were not complete were given up, earlier ones are as they were"
            ),
            Manner::Batch => write!(f, "stopped by {signal}; what was begun was finished: run again to resume"),
        }
    }
}

impl std::error::Error for Interrupted {}

/// From now on signals are waited for, by a command that ends in this manner. `cli` says how the end is told.
///
/// # Errors
/// The operating system refuses.
pub(crate) fn install(cli: &Cli, manner: Manner) -> std::io::Result<()> {
    let manner = *MANNER.get_or_init(|| manner);
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let (command, console) = (cli.command.name(), cli.console.clone());
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut signals = signals.forever();
        let Some(signal) = signals.next() else { return };
        SIGNAL.store(signal, Ordering::SeqCst);
        if manner == Manner::Batch {
            let Some(signal) = signals.next() else { return };
            std::process::exit(i32::from(Interrupted { signal, manner }.exit().code()));
        }
        std::thread::sleep(PATIENCE);
        // Never let go again: this is the end, or the work has come to its own.
        let _last = locked(&PUBLISHING);
        let interrupted = Interrupted { signal, manner };
        for folder in locked(&FOLDERS).iter() {
            // What cannot be removed now is removed by the next run.
            let _ = remove_leftovers(folder);
            let _ = std::fs::remove_file(folder.join(crate::lock::LOCK_FILE));
        }
        lineage::aborted(&interrupted.to_string());
        answer::deliver_interrupted(command, &console, interrupted);
        std::process::exit(i32::from(interrupted.exit().code()));
    })?;
    Ok(())
}

/// Between two batches, and while waiting: whether to go on.
///
/// # Errors
/// A signal has come.
pub(crate) fn check() -> Result<(), Interrupted> {
    match SIGNAL.load(Ordering::SeqCst) {
        0 => Ok(()),
        signal => Err(Interrupted { signal, manner: MANNER.get().copied().unwrap_or(Manner::Outputs) }),
    }
}

/// Until the value is dropped, no signal ends the program.
#[derive(Debug)]
pub(crate) struct Publishing {
    _held: MutexGuard<'static, ()>,
}

/// Files that belong together get their names now.
///
/// # Errors
/// A signal has come: they do not.
pub(crate) fn publishing() -> Result<Publishing, Interrupted> {
    let held = locked(&PUBLISHING);
    check()?;
    Ok(Publishing { _held: held })
}

/// A signal has come, and something elsewhere is to be told before the program ends: until the value is dropped, it does not.
pub(crate) fn finishing() -> Publishing {
    Publishing { _held: locked(&PUBLISHING) }
}

/// The work is over, and its end is being told: no signal ends the program from now on.
pub(crate) fn over() {
    std::mem::forget(locked(&PUBLISHING));
}

/// This process has the lock of a folder; what it leaves there is removed when a signal ends it.
pub(crate) fn holds(folder: &Path) {
    locked(&FOLDERS).push(folder.to_owned());
}

/// The lock of a folder is free again.
pub(crate) fn lets_go(folder: &Path) {
    locked(&FOLDERS).retain(|held| held != folder);
}

fn locked<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
