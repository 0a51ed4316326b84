//! The coefficients as people can read them: for each feature, with its curve, what a typical change does to the odds of churn,
//! how sure that is, which way it goes, and which other features have to be read with it.

use std::fmt;

use feature_engineering::{Family, Feature, Unit};
use serde::Serialize;

use crate::Model;
use crate::model_file::{FeatureWeight, ModelFile};
use crate::score::{Z_95, quadratic_form};

/// Features whose effects are estimated with a correlation of this size or more are told together: the data can hardly say
/// which of them it is.
const READ_TOGETHER: f64 = 0.7;

/// What the coefficients of a model say, feature by feature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coefficients {
    /// By family, in the order of [`Family::ALL`], and within it in the order of the model.
    pub features: Vec<FeatureEffect>,
    /// Names of features that have to be read together; a feature is in one group at most.
    pub read_together: Vec<Vec<String>>,
}

/// What one feature does, its line and its bends together, the other features at their mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureEffect {
    /// The feature's name.
    pub feature: String,
    /// Its family.
    pub family: Family,
    /// What it says, in plain words, beginning with a small letter.
    pub description: String,
    /// A typical change: for a flag from 0 to 1, else from one standard deviation below the mean to one above it, within the
    /// range that was seen, in the feature's own unit.
    pub from: f64,
    /// See `from`.
    pub to: f64,
    /// Odds of churn after the typical change over those before it.
    pub typical: OddsRatio,
    /// The same for one standard deviation, on average over the typical change: comparable between features.
    pub per_sd: OddsRatio,
    /// The two halves of the typical change, below and above the middle; only where the feature has a curve.
    pub curve: Option<[OddsRatio; 2]>,
    /// Which way it goes.
    pub direction: Direction,
    /// `direction` in words: "the longer since the last purchase, the likelier to churn".
    pub in_words: String,
    /// Features with which it has a product: what it does depends on them. Itself, where it has a square.
    pub depends_on: Vec<String>,
}

/// A ratio of odds after calibration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OddsRatio {
    /// The ratio.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Its logarithm.
    pub log_odds: f64,
    /// Standard error of `log_odds`, robust to several rows of one customer, for the penalty chosen and the calibration found.
    pub standard_error: f64,
}

/// Which way churn goes as a feature rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Likelier.
    Likelier,
    /// Less likely.
    LessLikely,
    /// Likelier up to the middle, less likely beyond.
    RisesThenFalls,
    /// Less likely up to the middle, likelier beyond.
    FallsThenRises,
    /// The interval holds no effect at all.
    Unclear,
}

/// What the coefficients of a model say; none of a forecast, of which no coefficient was fitted.
///
/// The change of the logit along a feature is `g'b`, `b` the coefficients and `g` the difference of the design's columns; by the
/// delta method its variance is `g'Vg` with `V` their covariance. Two features are read together where `g'Vh` is at least 0.7 of
/// the product of their standard errors, and so are those that hang together over others.
#[must_use]
pub fn coefficients(model: &Model) -> Option<Coefficients> {
    let file = model.file();
    if file.not_trained.is_some() {
        return None;
    }
    let gradients: Vec<Vec<f64>> =
        (0..file.features.len()).map(|at| Change::typical(file, at).gradient(file, at)).collect();
    let mut order: Vec<usize> = (0..file.features.len()).collect();
    order.sort_by_key(|at| file.features[*at].feature.family);
    let name = |at: usize| file.features[at].feature.name.clone();
    let groups = groups(file, &gradients);
    Some(Coefficients {
        features: order.into_iter().map(|at| FeatureEffect::of(file, at)).collect(),
        read_together: groups.into_iter().map(|group| group.into_iter().map(name).collect()).collect(),
    })
}

impl Coefficients {
    /// The other features that one has to be read with.
    #[must_use]
    pub fn read_with(&self, feature: &str) -> Vec<&str> {
        let group = self.read_together.iter().find(|group| group.iter().any(|name| name == feature));
        group.into_iter().flatten().map(String::as_str).filter(|name| *name != feature).collect()
    }
}

impl fmt::Display for OddsRatio {
    /// `1.234 (1.100 to 1.384)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ({:.3} to {:.3})", self.value, self.low, self.high)
    }
}

/// A change of one standardised feature.
#[derive(Debug, Clone, Copy)]
struct Change {
    from: f64,
    to: f64,
}

impl Change {
    /// The typical change of a feature.
    fn typical(file: &ModelFile, at: usize) -> Self {
        let weight = &file.features[at];
        let standardised =
            |transformed: f64| (transformed.clamp(weight.clip_low, weight.clip_high) - weight.mean) / weight.sd;
        match weight.feature.unit {
            Unit::Flag => Self { from: standardised(0.0), to: standardised(1.0) },
            _ => Self { from: standardised(weight.mean - weight.sd), to: standardised(weight.mean + weight.sd) },
        }
    }

    fn middle(self) -> f64 {
        0.5 * (self.from + self.to)
    }

    /// The difference that the change makes to what the intercept and the coefficients weigh, the other features at their
    /// mean.
    fn gradient(self, file: &ModelFile, at: usize) -> Vec<f64> {
        let column = |term: &crate::Term, x: f64| term.standardised(|feature| if feature == at { x } else { 0.0 });
        let lines = (0..file.features.len()).map(|feature| if feature == at { self.to - self.from } else { 0.0 });
        let terms = file.terms.iter().map(|term| match term.shape.features().contains(&at) {
            true => column(term, self.to) - column(term, self.from),
            false => 0.0,
        });
        std::iter::once(0.0).chain(lines).chain(terms).collect()
    }
}

impl OddsRatio {
    /// Of a change of the design's columns, `scale` times.
    fn of(file: &ModelFile, gradient: &[f64], scale: f64) -> Self {
        let slope = scale * file.calibration.slope;
        let log_odds = slope * file.coefficients().zip(&gradient[1..]).map(|(c, g)| c * g).sum::<f64>();
        // Rounding can push a small variance a little below 0.
        let standard_error = slope.abs() * quadratic_form(&file.covariance, gradient).max(0.0).sqrt();
        let ratio = |deviations: f64| (log_odds + deviations * standard_error).exp();
        Self { value: ratio(0.0), low: ratio(-Z_95), high: ratio(Z_95), log_odds, standard_error }
    }

    /// 1 where the whole interval lies above 1, -1 where it lies below, 0 where it holds 1.
    fn sign(&self) -> i8 {
        i8::from(self.low > 1.0) - i8::from(self.high < 1.0)
    }
}

impl FeatureEffect {
    fn of(file: &ModelFile, at: usize) -> Self {
        let weight = &file.features[at];
        let change = Change::typical(file, at);
        let ratio = |change: Change, scale: f64| OddsRatio::of(file, &change.gradient(file, at), scale);
        let typical = ratio(change, 1.0);
        let mine = file.terms.iter().map(|term| term.shape.features()).filter(|features| features.contains(&at));
        let (same, other): (Vec<_>, Vec<_>) = mine.partition(|[left, right]| left == right);
        let is_curved = !same.is_empty();
        let halves = || {
            let (below, above) = (Change { to: change.middle(), ..change }, Change { from: change.middle(), ..change });
            [ratio(below, 1.0), ratio(above, 1.0)]
        };
        let curve = is_curved.then(halves);
        let direction = direction(&typical, curve.as_ref());
        let partners = other.into_iter().map(|[left, right]| if left == at { right } else { left });
        let depends_on =
            partners.filter_map(|other| file.features.get(other)).map(|w| w.feature.name.clone()).collect();
        // A range that was clipped to nothing has no change, and an odds ratio of 1.
        let width = change.to - change.from;
        Self {
            feature: weight.feature.name.clone(),
            family: weight.feature.family,
            description: plain(&weight.feature),
            from: raw(weight, change.from),
            to: raw(weight, change.to),
            typical,
            per_sd: ratio(change, if width > 0.0 { 1.0 / width } else { 1.0 }),
            curve,
            direction,
            in_words: in_words(&weight.feature, direction),
            depends_on,
        }
    }
}

fn raw(weight: &FeatureWeight, standardised: f64) -> f64 {
    weight.feature.transform.invert(weight.mean + weight.sd * standardised)
}

fn direction(typical: &OddsRatio, curve: Option<&[OddsRatio; 2]>) -> Direction {
    match curve.map(|[below, above]| (below.sign(), above.sign())) {
        Some((1, -1)) => return Direction::RisesThenFalls,
        Some((-1, 1)) => return Direction::FallsThenRises,
        _ => {}
    }
    match typical.sign() {
        1 => Direction::Likelier,
        -1 => Direction::LessLikely,
        _ => Direction::Unclear,
    }
}

/// What the feature says, without what follows a semicolon, beginning with a small letter.
fn plain(feature: &Feature) -> String {
    let text = feature.description.split(';').next().unwrap_or_default().trim();
    let text = if text.is_empty() { &feature.name } else { text };
    let mut letters = text.chars();
    let second_is_capital = text.chars().nth(1).is_some_and(char::is_uppercase);
    match letters.next() {
        // "NPS" stays "NPS".
        Some(first) if !second_is_capital => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// What the feature says where that is short and the name of something; else its label, if it has one.
fn in_short(feature: &Feature) -> String {
    const LONG: usize = 60;
    let said = plain(feature);
    let is_odd = said.len() > LONG || ["how ", "1 ", "herfindahl "].iter().any(|start| said.starts_with(start));
    match feature.label.as_str() {
        label if !label.is_empty() && (is_odd || feature.unit == Unit::Flag) => label.to_owned(),
        _ => said,
    }
}

fn in_words(feature: &Feature, direction: Direction) -> String {
    let said = in_short(feature);
    if feature.unit == Unit::Flag {
        let condition = ["1 where ", "1 if ", "1 when "].iter().find_map(|start| said.strip_prefix(start));
        let condition = condition.unwrap_or(&said);
        return match direction {
            Direction::Likelier => format!("where it is true ({condition}), churn is likelier"),
            Direction::LessLikely => format!("where it is true ({condition}), churn is less likely"),
            _ => format!("no clear difference where it is true ({condition})"),
        };
    }
    let more = match (said.strip_prefix("days since "), feature.unit) {
        _ if feature.family == Family::Own => format!("higher \"{said}\""),
        (Some(event), _) => format!("longer since {event}"),
        (None, Unit::Count) => format!("more {}", said.strip_prefix("number of ").unwrap_or(&said)),
        _ => {
            format!("higher the {}", ["the ", "a "].iter().find_map(|start| said.strip_prefix(start)).unwrap_or(&said))
        }
    };
    match direction {
        Direction::Likelier => format!("the {more}, the likelier to churn"),
        Direction::LessLikely => format!("the {more}, the less likely to churn"),
        Direction::RisesThenFalls => {
            format!("the {more}, the likelier to churn up to the middle, the less likely beyond")
        }
        Direction::FallsThenRises => {
            format!("the {more}, the less likely to churn up to the middle, the likelier beyond")
        }
        Direction::Unclear => format!("no clear direction: {said}"),
    }
}

/// Features that hang together by the correlation of their effects, in the order of the model; groups of two and more.
fn groups(file: &ModelFile, gradients: &[Vec<f64>]) -> Vec<Vec<usize>> {
    let times = |gradient: &Vec<f64>| -> Vec<f64> {
        file.covariance.iter().map(|row| row.iter().zip(gradient).map(|(v, g)| v * g).sum()).collect()
    };
    let products: Vec<Vec<f64>> = gradients.iter().map(times).collect();
    let covariance = |i: usize, j: usize| -> f64 { gradients[i].iter().zip(&products[j]).map(|(g, v)| g * v).sum() };
    let variances: Vec<f64> = (0..gradients.len()).map(|at| covariance(at, at)).collect();
    // Each feature's group is called by its first member.
    let mut first: Vec<usize> = (0..gradients.len()).collect();
    for i in 0..gradients.len() {
        for j in 0..i {
            let scale = (variances[i] * variances[j]).sqrt();
            if scale > 0.0 && covariance(i, j).abs() >= READ_TOGETHER * scale && first[i] != first[j] {
                let (kept, joined) = (first[i].min(first[j]), first[i].max(first[j]));
                first.iter_mut().filter(|group| **group == joined).for_each(|group| *group = kept);
            }
        }
    }
    let members = |group: usize| (0..first.len()).filter(|at| first[*at] == group).collect::<Vec<usize>>();
    (0..first.len()).map(members).filter(|members| members.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{curved_model_file, model_file};
    use crate::{Shape, Term};

    fn of(file: ModelFile) -> Coefficients {
        coefficients(&Model::new(file).unwrap()).unwrap()
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{found} {expected}");
    }

    #[test]
    fn a_line_has_its_coefficient_per_standard_deviation_and_twice_that_over_a_typical_change() {
        let found = of(model_file());
        let recency = &found.features[0];
        assert_eq!((recency.feature.as_str(), recency.direction), ("recency_days", Direction::Likelier));
        assert_eq!(recency.in_words, "the longer since the last purchase, the likelier to churn");
        near(recency.per_sd.log_odds, 0.9 * 0.8);
        near(recency.per_sd.standard_error, 0.9 * 0.03_f64.sqrt());
        near(recency.per_sd.low, (0.9 * (0.8 - 1.959_963_984_540_054 * 0.03_f64.sqrt())).exp());
        near(recency.typical.log_odds, 2.0 * 0.9 * 0.8);
        near(recency.from, (2.5_f64 - 0.9).exp_m1());
        near(recency.to, (2.5_f64 + 0.9).exp_m1());
        let [frequency, gap] = [&found.features[1], &found.features[2]];
        assert_eq!(frequency.in_words, "the more purchases in the last 90 days, the less likely to churn");
        assert_eq!((gap.feature.as_str(), gap.direction), ("gap_mean_days", Direction::Unclear));
        assert_eq!(gap.in_words, "no clear direction: mean number of days between purchases");
        assert!(found.features.iter().all(|effect| effect.curve.is_none() && effect.depends_on.is_empty()));
        assert!(found.read_together.is_empty());
    }

    #[test]
    fn a_curve_is_told_with_its_feature_by_the_delta_method() {
        let file = curved_model_file();
        let found = of(file.clone());
        assert_eq!(found.features.len(), 3, "no line for a term");
        let gap = found.features.iter().find(|effect| effect.feature == "gap_mean_days").unwrap();
        let bend = |x: f64| [1, 2].map(|term| file.terms[term].shape.value(|_| x) / 0.8);
        let ([below, above], mut variance) = ([bend(-1.0), bend(1.0)], 4.0 * 0.05);
        let mut log_odds = 2.0 * -0.1;
        for (at, coefficient) in [-0.25, 0.2].into_iter().enumerate() {
            log_odds += coefficient * (above[at] - below[at]);
            variance += 0.006 * (above[at] - below[at]).powi(2);
        }
        near(gap.typical.log_odds, 0.9 * log_odds);
        near(gap.typical.standard_error, 0.9 * variance.sqrt());
        let [first, second] = gap.curve.unwrap();
        near(first.log_odds + second.log_odds, gap.typical.log_odds);
        // A product says whom to ask, and nothing where the other feature is at its mean.
        let recency = &found.features[0];
        assert_eq!(recency.depends_on, ["purchases_90d"]);
        near(recency.typical.log_odds, 2.0 * 0.9 * 0.8);
    }

    #[test]
    fn a_square_rises_and_falls() {
        let mut file = curved_model_file();
        file.terms[0] = Term { shape: Shape::Product { features: [0, 0] }, mean: 1.0, sd: 1.0, coefficient: -3.0 };
        let effect = of(file).features[0].clone();
        assert_eq!(effect.direction, Direction::RisesThenFalls);
        assert!(effect.in_words.ends_with("the likelier to churn up to the middle, the less likely beyond"));
        assert!(effect.depends_on.is_empty());
    }

    #[test]
    fn features_that_hang_together_are_one_group_even_over_others() {
        let mut file = model_file();
        for (i, j, value) in [(1, 2, -0.75 * (0.03_f64 * 0.05).sqrt()), (2, 3, 0.8 * (0.05_f64 * 0.04).sqrt())] {
            file.covariance[i][j] = value;
            file.covariance[j][i] = value;
        }
        let found = of(file);
        assert_eq!(found.read_together, [["recency_days", "gap_mean_days", "purchases_90d"]]);
        assert_eq!(found.read_with("gap_mean_days"), ["recency_days", "purchases_90d"]);
    }

    #[test]
    fn a_flag_goes_from_no_to_yes_and_a_forecast_has_no_coefficients() {
        let mut file = model_file();
        let feature = feature_engineering::by_name("gap_mean_days").unwrap().missing_flag();
        file.features[1] =
            FeatureWeight { feature, clip_low: 0.0, clip_high: 1.0, mean: 0.2, sd: 0.4, coefficient: 1.0 };
        let found = of(file);
        let flag = found.features.iter().find(|effect| effect.feature == "gap_mean_days_missing").unwrap();
        assert_eq!((flag.from, flag.to), (0.0, 1.0));
        near(flag.typical.log_odds, 0.9 / 0.4);
        near(flag.per_sd.log_odds, 0.9);
        assert_eq!(flag.in_words, "where it is true (gap_mean_days is missing), churn is likelier");
        assert_eq!(coefficients(&Model::new(crate::not_trained_tests::forecast()).unwrap()), None);
    }
}
