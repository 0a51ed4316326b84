//! How often a system may be called: a token bucket that follows what the system says of itself.

use std::time::Duration;

/// How often a system may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many calls ...
    pub calls: u32,
    /// ... in so much time.
    pub per: Duration,
    /// So many at once after a rest.
    pub burst: u32,
}

/// What an answer said of the rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Calls that are left in the present window.
    pub remaining: Option<u32>,
    /// When that window ends, or how long it is.
    pub window: Option<Duration>,
    /// No call before this is over.
    pub pause: Option<Duration>,
}

/// A bucket which fills at the rate and is emptied by calls.
#[derive(Debug)]
pub(crate) struct Limiter {
    rate: Rate,
    tokens: f64,
    at: Duration,
    not_before: Duration,
}

impl Limiter {
    pub(crate) fn new(rate: Rate, now: Duration) -> Self {
        let rate = Rate { calls: rate.calls.max(1), burst: rate.burst.max(1), ..rate };
        Self { rate, tokens: f64::from(rate.burst), at: now, not_before: now }
    }

    /// How long to wait before the next call; the call is counted.
    pub(crate) fn take(&mut self, now: Duration) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        let short = (-self.tokens).max(0.0);
        let token = self.rate.per.div_f64(f64::from(self.rate.calls)).mul_f64(short);
        token.max(self.not_before.saturating_sub(now))
    }

    /// Follows what an answer said.
    pub(crate) fn follow(&mut self, pace: Pace, now: Duration) {
        self.fill(now);
        if let Some(remaining) = pace.remaining {
            // Others may use the same allowance: never more than the system says is left.
            self.tokens = self.tokens.min(f64::from(remaining));
            if remaining == 0 {
                self.not_before = self.not_before.max(now + pace.window.unwrap_or(self.rate.per).min(LONGEST_WINDOW));
            }
        }
        if let Some(pause) = pace.pause {
            self.not_before = self.not_before.max(now + pause.min(LONGEST_WINDOW));
        }
    }

    fn fill(&mut self, now: Duration) {
        let since = now.saturating_sub(self.at).as_secs_f64();
        let per_second = f64::from(self.rate.calls) / self.rate.per.as_secs_f64().max(1e-9);
        self.tokens = (self.tokens + since * per_second).min(f64::from(self.rate.burst));
        self.at = now;
    }
}

/// A header that names a longer window is not believed.
const LONGEST_WINDOW: Duration = Duration::from_secs(900);

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: f64) -> Duration {
        Duration::from_secs_f64(n)
    }

    #[test]
    fn a_burst_goes_at_once_and_then_the_rate_holds() {
        let rate = Rate { calls: 10, per: seconds(1.0), burst: 5 };
        let mut limiter = Limiter::new(rate, Duration::ZERO);
        let mut now = Duration::ZERO;
        for call in 0..1_005 {
            let wait = limiter.take(now);
            assert!(call >= 5 || wait == Duration::ZERO);
            now += wait;
        }
        // 5 at once, 1,000 at 10 a second.
        assert!((now.as_secs_f64() - 100.0).abs() < 0.01, "{now:?}");
    }

    #[test]
    fn what_the_system_says_is_left_counts() {
        let rate = Rate { calls: 10, per: seconds(1.0), burst: 100 };
        let mut limiter = Limiter::new(rate, Duration::ZERO);
        assert_eq!(limiter.take(Duration::ZERO), Duration::ZERO);
        limiter.follow(Pace { remaining: Some(0), window: Some(seconds(10.0)), pause: None }, seconds(1.0));
        assert_eq!(limiter.take(seconds(1.0)), seconds(10.0));
        limiter.follow(Pace { pause: Some(seconds(1e9)), ..Pace::default() }, seconds(20.0));
        assert_eq!(limiter.take(seconds(20.0)), LONGEST_WINDOW);
    }
}
