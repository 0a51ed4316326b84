//! How long customers stay: the Kaplan–Meier curve.
//!
//! Source: Kaplan and Meier, "Nonparametric estimation from incomplete observations", Journal of the American Statistical
//! Association 53 (1958). Variance by Greenwood (1926); the interval is symmetric on the scale of `log(-log S)`, so that it stays
//! within 0 and 1: Kalbfleisch and Prentice, "The Statistical Analysis of Failure Time Data", 2nd ed. (2002), section 1.4.

/// The 97.5 % point of the standard normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// A day on which somebody left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalStep {
    /// Days since the beginning of each customer's own time.
    pub day: u32,
    /// Customers who were still there, and seen, just before it.
    pub at_risk: u64,
    /// Those of them who left on it.
    pub events: u64,
    /// Share of customers who are still there after it.
    pub survival: f64,
    /// Its 95 % interval; none where nobody is left, since the variance is not defined there.
    pub interval: Option<(f64, f64)>,
}

/// A survival curve: 1 until the first step, and constant between steps.
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalCurve {
    /// The days on which somebody left, ascending.
    pub steps: Vec<SurvivalStep>,
    /// Customers.
    pub customers: u64,
    /// The last day on which anybody was seen: beyond it nothing is known.
    pub last_day: u32,
}

/// The curve of customers of whom `events[t]` left on day `t` of their own time, and `censored[t]` were last seen on it without
/// having left. Who is last seen on a day counts as there on that day. `None`: there are no customers.
#[must_use]
pub fn kaplan_meier(events: &[u64], censored: &[u64]) -> Option<SurvivalCurve> {
    let days = events.len().max(censored.len());
    let at = |counts: &[u64], day: usize| counts.get(day).copied().unwrap_or(0);
    let customers: u64 = events.iter().sum::<u64>() + censored.iter().sum::<u64>();
    if customers == 0 {
        return None;
    }
    let (mut at_risk, mut survival, mut greenwood, mut last_day) = (customers, 1.0_f64, 0.0, 0);
    let mut steps = Vec::new();
    for day in 0..days {
        let (left, gone) = (at(events, day), at(censored, day));
        if left + gone > 0 {
            last_day = day as u32;
        }
        if left > 0 {
            let (n, d) = (at_risk as f64, left as f64);
            survival *= 1.0 - d / n;
            greenwood += d / (n * (n - d));
            let interval = (at_risk > left).then(|| interval(survival, greenwood));
            steps.push(SurvivalStep { day: day as u32, at_risk, events: left, survival, interval });
        }
        at_risk -= left + gone;
    }
    Some(SurvivalCurve { steps, customers, last_day })
}

fn interval(survival: f64, greenwood: f64) -> (f64, f64) {
    let half = Z_95 * greenwood.sqrt() / survival.ln().abs();
    (survival.powf(half.exp()), survival.powf((-half).exp()))
}

impl SurvivalCurve {
    /// The share of customers who are still there after a day; `None` beyond the last day that was seen.
    #[must_use]
    pub fn at(&self, day: u32) -> Option<f64> {
        (day <= self.last_day).then(|| self.step_at(day).map_or(1.0, |step| step.survival))
    }

    /// The step that holds on a day; none before the first.
    #[must_use]
    pub fn step_at(&self, day: u32) -> Option<&SurvivalStep> {
        self.steps[..self.steps.partition_point(|step| step.day <= day)].last()
    }

    /// The first day on which at most half of the customers are still there, with the days between which it lies at 95 %:
    /// those on which the interval of the curve holds one half (Brookmeyer and Crowley, Biometrics 38, 1982). `None`: more than
    /// half are still there at the end; the upper end is `None` where the interval never falls below one half.
    #[must_use]
    pub fn median(&self) -> Option<(u32, Option<u32>, Option<u32>)> {
        let first = |is: &dyn Fn(&SurvivalStep) -> bool| self.steps.iter().find(|step| is(step)).map(|step| step.day);
        let median = first(&|step| step.survival <= 0.5)?;
        let low = first(&|step| step.interval.map_or(step.survival, |(low, _)| low) <= 0.5);
        let high = first(&|step| step.interval.map_or(step.survival, |(_, high)| high) <= 0.5);
        Some((median, low, high))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Remission times in weeks with 6-mercaptopurine (Freireich et al., Blood 21, 1963), the data of most textbooks:
    /// `true` where the remission ended.
    const FREIREICH: [(usize, bool); 21] = [
        (6, true),
        (6, true),
        (6, true),
        (6, false),
        (7, true),
        (9, false),
        (10, true),
        (10, false),
        (11, false),
        (13, true),
        (16, true),
        (17, false),
        (19, false),
        (20, false),
        (22, true),
        (23, true),
        (25, false),
        (32, false),
        (32, false),
        (34, false),
        (35, false),
    ];

    fn curve(data: &[(usize, bool)]) -> SurvivalCurve {
        let (mut events, mut censored) = (vec![0; 40], vec![0; 40]);
        for (day, left) in data {
            if *left { events[*day] += 1 } else { censored[*day] += 1 }
        }
        kaplan_meier(&events, &censored).unwrap()
    }

    #[test]
    fn the_textbook_example_comes_out() {
        let curve = curve(&FREIREICH);
        // tests/reference/survival.py (lifelines 0.30.3, KaplanMeierFitter).
        let expected = REFERENCE;
        assert_eq!(curve.steps.len(), expected.len());
        for (step, (day, at_risk, survival, low, high)) in curve.steps.iter().zip(expected) {
            let (found_low, found_high) = step.interval.unwrap();
            assert_eq!((step.day, step.at_risk), (day, at_risk));
            assert!((step.survival - survival).abs() < 1e-9, "{day}");
            assert!((found_low - low).abs() < 1e-9 && (found_high - high).abs() < 1e-9, "{day}");
        }
        assert_eq!((curve.customers, curve.last_day), (21, 35));
        assert_eq!(curve.median(), Some((23, Some(13), None)));
        assert_eq!((curve.at(5), curve.at(6), curve.at(36)), (Some(1.0), Some(curve.steps[0].survival), None));
    }

    #[test]
    fn without_censoring_the_curve_is_the_share_that_is_left() {
        let curve = kaplan_meier(&[0, 1, 0, 2, 1], &[]).unwrap();
        let found: Vec<f64> = curve.steps.iter().map(|step| step.survival).collect();
        for (found, expected) in found.iter().zip([0.75, 0.25, 0.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert_eq!(curve.steps[2].interval, None);
        assert_eq!(curve.median().map(|(day, ..)| day), Some(3));
    }

    #[test]
    fn nobody_has_no_curve_and_nobody_who_left_has_one_without_steps() {
        assert_eq!(kaplan_meier(&[], &[]), None);
        let curve = kaplan_meier(&[], &[0, 0, 5]).unwrap();
        assert!(curve.steps.is_empty());
        assert_eq!((curve.at(2), curve.at(3), curve.median()), (Some(1.0), None, None));
    }

    const REFERENCE: [(u32, u64, f64, f64, f64); 7] = [
        (6, 21, 0.857_142_857_143, 0.619_717_955_266, 0.951_551_747_647),
        (7, 17, 0.806_722_689_076, 0.563_146_564_622, 0.922_809_019_203),
        (10, 15, 0.752_941_176_471, 0.503_199_510_800, 0.889_361_835_169),
        (13, 12, 0.690_196_078_431, 0.431_610_222_486, 0.849_065_963_349),
        (16, 11, 0.627_450_980_392, 0.367_510_855_988, 0.804_912_189_472),
        (22, 7, 0.537_815_126_050, 0.267_778_936_767, 0.746_790_717_635),
        (23, 6, 0.448_179_271_709, 0.188_052_005_959, 0.680_142_628_495),
    ];
}
