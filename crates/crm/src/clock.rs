//! Time for waits, rates and deadlines. No value that is written depends on it.

use std::time::{Duration, Instant, SystemTime};

/// A clock that a caller hands in. Tests hand in one of their own, which makes every wait exact and short.
pub trait Clock {
    /// Time since some moment; never goes back.
    fn now(&self) -> Duration;

    /// Seconds since 1970 by the calendar, only to read dates in answers that say no date of their own.
    fn unix_seconds(&self) -> i64;

    /// Waits.
    fn sleep(&self, time: Duration);
}

/// The clock of the machine. Only the command line makes one.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix_seconds(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// A clock that waits by itself.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct TestClock(std::cell::Cell<Duration>);

#[cfg(test)]
impl Clock for TestClock {
    fn now(&self) -> Duration {
        self.0.get()
    }

    fn unix_seconds(&self) -> i64 {
        1_800_000_000 + i64::try_from(self.0.get().as_secs()).unwrap_or(0)
    }

    fn sleep(&self, time: Duration) {
        self.0.set(self.0.get() + time);
    }
}
