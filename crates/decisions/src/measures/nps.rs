//! Net promoter score.

use evaluation::Estimate;

use crate::DecisionError;
use crate::numbers::normal_quantile;

/// Answers to "how likely are you to recommend us", and the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nps {
    /// 9 and 10.
    pub promoters: u64,
    /// 7 and 8.
    pub passives: u64,
    /// 0 to 6.
    pub detractors: u64,
    /// Percentage of promoters minus percentage of detractors, -100 to 100, with its 95 % interval.
    pub score: Estimate,
}

/// Observations added before the interval is computed: 3/4 of a promoter, 3/2 of a passive, 3/4 of a detractor.
const ADDED: [f64; 3] = [0.75, 1.5, 0.75];

/// The score of answers from 0 to 10.
///
/// The interval is the adjusted Wald one: three observations are added in the proportions 1:2:1 (`ADDED`), and of the
/// resulting shares `p+ - p-  ±  z sqrt((p+ + p- - (p+ - p-)²) / (n + 3))`, within -1 and 1. Source: B. Rocks 2016,
/// "Interval estimation for the Net Promoter Score", The American Statistician 70:365.
///
/// # Errors
/// [`DecisionError::Row`] for an answer above 10.
pub fn nps(answers: &[u8]) -> Result<Nps, DecisionError> {
    if let Some(row) = answers.iter().position(|answer| *answer > 10) {
        let (what, expected) = ("answer", "a whole number from 0 to 10");
        return Err(DecisionError::Row { what, expected, row, found: answers[row].into() });
    }
    let count = |from: u8, to: u8| answers.iter().filter(|answer| (from..=to).contains(answer)).count() as u64;
    let (detractors, passives, promoters) = (count(0, 6), count(7, 8), count(9, 10));
    let n = answers.len() as f64;
    let score = if answers.is_empty() {
        Estimate::NONE
    } else {
        let counts = [promoters as f64, passives as f64, detractors as f64];
        let total = n + ADDED.iter().sum::<f64>();
        let [up, _, down] = [0, 1, 2].map(|at| (counts[at] + ADDED[at]) / total);
        let half = normal_quantile(0.975) * ((up + down - (up - down) * (up - down)) / total).sqrt();
        let end = |value: f64| 100.0 * value.clamp(-1.0, 1.0);
        let value = 100.0 * (counts[0] - counts[2]) / n;
        // With few answers of one kind the score itself may lie outside what the added ones allow.
        let (low, high) = (end(up - down - half).min(value), end(up - down + half).max(value));
        Estimate::new(value, Some((low, high)))?
    };
    Ok(Nps { promoters, passives, detractors, score })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn five_promoters_two_passives_and_three_detractors_are_twenty() {
        let found = nps(&[10, 9, 9, 10, 9, 7, 8, 0, 6, 3]).unwrap();
        assert_eq!((found.promoters, found.passives, found.detractors), (5, 2, 3));
        assert!((found.score.value().unwrap() - 20.0).abs() < 1e-12);
        // tests/reference/decisions.py prints the interval.
        let (low, high) = found.score.interval().unwrap();
        assert!((low - -30.325_994_436).abs() < 1e-8 && (high - 61.095_225_205).abs() < 1e-8, "{low} {high}");
        assert_eq!(nps(&[]).unwrap().score, Estimate::NONE);
        assert!(matches!(nps(&[3, 11]), Err(DecisionError::Row { row: 1, .. })));
    }

    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let (promoters, detractors) = (0.45, 0.2);
        let covered = (0..4_000).filter(|_| {
            let answers: Vec<u8> = (0..60)
                .map(|_| match rng.random::<f64>() {
                    u if u < promoters => 9,
                    u if u < promoters + detractors => 2,
                    _ => 7,
                })
                .collect();
            let (low, high) = nps(&answers).unwrap().score.interval().unwrap();
            low <= 25.0 && 25.0 <= high
        });
        let share = covered.count() as f64 / 4_000.0;
        assert!((0.94..=0.965).contains(&share), "{share}");
    }
}
