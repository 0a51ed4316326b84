//! How long to wait before asking again.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Patience with a system that does not do its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How often one batch is sent at most.
    pub attempts: u32,
    /// How many attempts beyond the first there may be in a whole run.
    pub retries: u64,
    /// Before the second attempt at most this; twice as much before each one after it.
    pub first_wait: Duration,
    /// No single wait is longer. A system that asks for a longer one is not asked again in this run.
    pub longest_wait: Duration,
    /// No batch is begun later than this after the start.
    pub whole_run: Duration,
}

impl Default for Patience {
    /// Five attempts, 1,000 retries, waits from one second to five minutes, four hours.
    fn default() -> Self {
        Self {
            attempts: 5,
            retries: 1_000,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(300),
            whole_run: Duration::from_secs(4 * 3_600),
        }
    }
}

/// Exponential waits with full jitter: uniform between nothing and the bound, so that many clients do not come back at
/// once (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
#[derive(Debug)]
pub(crate) struct Backoff {
    random: ChaCha8Rng,
    patience: Patience,
}

impl Backoff {
    pub(crate) fn new(patience: Patience, seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), patience }
    }

    /// The wait after the failed attempt of this number, from 1. What the system asked for is waited in full; `None`
    /// where it asked for more than the longest wait.
    pub(crate) fn wait(&mut self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        let doublings = attempt.saturating_sub(1).min(30);
        let bound = self.patience.first_wait.saturating_mul(1 << doublings).min(self.patience.longest_wait);
        let jitter = bound.mul_f64(self.random.random_range(0.0..=1.0));
        match asked {
            Some(asked) if asked > self.patience.longest_wait => None,
            Some(asked) => Some(asked.max(jitter)),
            None => Some(jitter),
        }
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is taken relative to the date of the answer
/// (`date`) where it says one, else to `now` in seconds since 1970. `None` for anything else.
pub(crate) fn retry_after(header: &str, date: Option<&str>, now: i64) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        // Too many digits for a number are a long time as well.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX / 4)));
    }
    let until = http_date(header)?;
    let from = date.and_then(http_date).unwrap_or(now);
    Some(Duration::from_secs(u64::try_from(until.saturating_sub(from)).unwrap_or(0)))
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that RFC 9110 lets servers send.
fn http_date(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix("GMT").map_or_else(|| text.to_owned(), |rest| format!("{rest}+0000"));
    DateTimeParser::new().parse_timestamp(&text).ok().map(|at| at.as_second())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_form_of_retry_after_is_read_or_known_to_be_none() {
        let seconds = |header: &str, date: Option<&str>| retry_after(header, date, 784_111_770).map(|d| d.as_secs());
        assert_eq!(seconds("120", None), Some(120));
        assert_eq!(seconds(" 0 ", None), Some(0));
        assert_eq!(seconds("999999", None), Some(999_999));
        assert!(seconds("99999999999999999999999", None) > Some(1 << 60));
        // The example of RFC 9110, section 5.6.7: 784111777 seconds since 1970.
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(seconds(date, None), Some(7));
        assert_eq!(seconds(date, Some("Sun, 06 Nov 1994 08:49:07 GMT")), Some(30));
        assert_eq!(seconds(date, Some("Sun, 06 Nov 1994 09:49:07 GMT")), Some(0));
        assert_eq!(seconds(date, Some("yesterday")), Some(7));
        for garbage in ["", "soon", "-1", "1.5", "12 s", "Sun, 99 Nov 1994 08:49:37 GMT", "\u{661}"] {
            assert_eq!(seconds(garbage, None), None, "{garbage:?}");
        }
    }

    #[test]
    fn waits_lie_between_nothing_and_a_doubling_bound_and_what_was_asked_for_is_kept() {
        let patience = Patience { longest_wait: Duration::from_secs(60), ..Patience::default() };
        let mut backoff = Backoff::new(patience, 1);
        let mut mean = 0.0;
        for _ in 0..2_000 {
            let wait = backoff.wait(4, None).unwrap();
            assert!(wait <= Duration::from_secs(8));
            mean += wait.as_secs_f64() / 2_000.0;
        }
        // Uniform on 0 to 8: mean 4, its standard error 8 / sqrt(12 * 2000) = 0.052; four of them.
        assert!((mean - 4.0).abs() < 0.21, "{mean}");
        assert!(backoff.wait(99, None).unwrap() <= Duration::from_secs(60));
        assert_eq!(backoff.wait(1, Some(Duration::from_secs(45))), Some(Duration::from_secs(45)));
        assert_eq!(backoff.wait(1, Some(Duration::from_secs(61))), None);
        let waits = |seed| (1..9).map(|n| Backoff::new(patience, seed).wait(n, None)).collect::<Vec<_>>();
        assert_eq!(waits(3), waits(3));
        assert_ne!(waits(3), waits(4));
    }
}
