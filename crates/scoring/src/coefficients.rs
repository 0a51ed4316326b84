//! The coefficients as people can read them: for each feature, with its curve, what a typical change does to the odds of churn,
//! how sure that is, which way it goes, and which other features have to be read with it.

mod words;

use std::fmt;

use feature_engineering::{Family, Unit};
use serde::Serialize;

use self::words::{in_words, plain};
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
    /// Lower end of its 95 % interval; none for a feature that separates churners from the others, as far as the rows go.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Its logarithm.
    pub log_odds: f64,
    /// Standard error of `log_odds`, robust to several rows of one customer, for the penalty chosen and the calibration found;
    /// none where there is no interval.
    pub standard_error: Option<f64>,
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
    /// `1.234 (1.100 to 1.384)`, or `1.234 (no interval)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.low.zip(self.high) {
            Some((low, high)) => write!(f, "{:.3} ({low:.3} to {high:.3})", self.value),
            None => write!(f, "{:.3} (no interval)", self.value),
        }
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
    /// Of a change of the design's columns along a feature, `scale` times.
    fn of(file: &ModelFile, at: usize, gradient: &[f64], scale: f64) -> Self {
        let slope = scale * file.calibration.slope;
        let log_odds = slope * file.coefficients().zip(&gradient[1..]).map(|(c, g)| c * g).sum::<f64>();
        // Rounding can push a small variance a little below 0.
        // Where a column separates, the likelihood has no maximum to be near to, and no curvature that says how near.
        let is_known = !file.separating.contains(&file.features[at].feature.name);
        let standard_error = is_known.then(|| slope.abs() * quadratic_form(&file.covariance, gradient).max(0.0).sqrt());
        let end = |deviations: f64| standard_error.map(|error| (log_odds + deviations * error).exp());
        Self { value: log_odds.exp(), low: end(-Z_95), high: end(Z_95), log_odds, standard_error }
    }

    /// 1 where the whole interval lies above 1, -1 where it lies below, 0 where it holds 1. What separates is clear without one.
    fn sign(&self) -> i8 {
        i8::from(self.low.unwrap_or(self.value) > 1.0) - i8::from(self.high.unwrap_or(self.value) < 1.0)
    }
}

impl FeatureEffect {
    fn of(file: &ModelFile, at: usize) -> Self {
        let weight = &file.features[at];
        let change = Change::typical(file, at);
        let ratio = |change: Change, scale: f64| OddsRatio::of(file, at, &change.gradient(file, at), scale);
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
mod tests;
