//! What is usual: a figure of today beside the same figure of earlier dates of the same export.
//!
//! No date is like another: seasons, campaigns and the ageing of customers move figures by more than the sampling of customers does, and
//! the more customers there are the less of what moves is chance. So the null of these tests is not that nothing has
//! changed, but that today differs from the dates before it as these differed among themselves. Today is then one more draw
//! from where they came from, and `(today - mean) / (sd sqrt(1 + 1/r))` is a Student variable with `r - 1` degrees of freedom
//! (the prediction interval of one further observation; Hahn and Meeker, "Statistical Intervals", 1991, section 4.7). `r` is the
//! number of dates that do not overlap, not of all that were looked at.

use decisions::student_tail;

/// Fewer independent dates than this say nothing about what is usual.
pub(super) const LEAST_INDEPENDENT: f64 = 3.0;

/// A figure against those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Usual {
    pub(super) mean: f64,
    /// At least the least that was allowed.
    pub(super) sd: f64,
    pub(super) independent: f64,
}

impl Usual {
    /// What is usual by earlier figures, so many of them independent; none where these are too few.
    pub(super) fn of(past: &[f64], independent: f64, least_sd: f64) -> Option<Self> {
        let independent = independent.min(past.len() as f64);
        if independent < LEAST_INDEPENDENT {
            return None;
        }
        let n = past.len() as f64;
        let mean = past.iter().sum::<f64>() / n;
        let variance = past.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Some(Self { mean, sd: variance.sqrt().max(least_sd), independent })
    }

    /// How often a further figure is at least as high.
    pub(super) fn p_above(&self, now: f64) -> f64 {
        student_tail(self.t(now), self.independent - 1.0)
    }

    /// How often it is at least as low.
    pub(super) fn p_below(&self, now: f64) -> f64 {
        student_tail(-self.t(now), self.independent - 1.0)
    }

    fn t(&self, now: f64) -> f64 {
        (now - self.mean) / (self.sd * (1.0 + 1.0 / self.independent).sqrt())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_further_observation_is_judged_by_its_prediction_interval() {
        // scipy: t.sf((9 - 5) / (sd sqrt(1 + 1/5)), 4), sd = std([4, 5, 6, 5, 5], ddof=1); tests/reference/monitor.py.
        let usual = Usual::of(&[4.0, 5.0, 6.0, 5.0, 5.0], 5.0, 0.0).unwrap();
        assert!((usual.p_above(9.0) - 0.003_339_830_393_745_929).abs() < 1e-9, "{}", usual.p_above(9.0));
        assert!((usual.p_below(9.0) + usual.p_above(9.0) - 1.0).abs() < 1e-12);
        assert_eq!(Usual::of(&[4.0, 5.0, 6.0], 2.0, 0.0), None);
        // Dates that overlap count for fewer, and make it harder to be unusual.
        let fewer = Usual::of(&[4.0, 5.0, 6.0, 5.0, 5.0], 3.0, 0.0).unwrap();
        assert!(fewer.p_above(9.0) > usual.p_above(9.0));
        assert_eq!(Usual::of(&[1.0; 5], 5.0, 0.2).unwrap().sd, 0.2);
    }
}
