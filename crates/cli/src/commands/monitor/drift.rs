//! Features and scores: whether the export still tells the past that training saw, and whether customers have since moved by more than
//! they usually do.

use evaluation::StabilityIndex;
use feature_engineering::{Feature, Unit};
use history::Date;
use scoring::{Model, moves_by_itself};

use super::check::{Finding, Outcome};
use super::looks::{Look, SCORE};
use super::natural::{LEAST_INDEPENDENT, Usual};
use super::reference::Reference;
use super::said::{short, times};

/// The least spread of the largest change, in logarithms, that is believed: fewer dates may look more alike by chance.
const LEAST_SD: f64 = 0.25;
/// Steps since training that are looked at.
const MOST_STEPS: usize = 12;

/// Everything that drift is judged by.
pub(super) struct Ground<'a> {
    pub(super) model: &'a Model,
    pub(super) reference: &'a Reference,
    /// The customers at the date of the reference, as the export shows them now.
    pub(super) then: Option<&'a Look>,
    /// At dates that are so many days apart, the newest last.
    pub(super) looks: &'a [Look],
    pub(super) every: i32,
    /// The day through which the export was complete when the model was trained.
    pub(super) trained_until: Date,
}

/// What is known of one feature, for the tables.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct FeatureRow {
    pub(crate) feature: String,
    /// The index of the customers of today against those of training.
    pub(crate) psi: Option<f64>,
    /// The index at the date of training: the export of today against that of training. Its 95 % point by chance alone.
    pub(crate) psi_same_date: Option<f64>,
    pub(crate) p_value_same_date: Option<f64>,
    /// The index of today against the export's own customers at the date of training; the mean of such changes before training.
    pub(crate) psi_since_training: Option<f64>,
    pub(crate) usual_psi: Option<f64>,
    /// Typical value, of the customers who have one: the mean on the scale that the model sees.
    pub(crate) typical_in_training: Option<f64>,
    pub(crate) typical_now: Option<f64>,
    /// Whether it is compared over time; what ages or follows the calendar is not.
    pub(crate) compared_over_time: bool,
}

impl Ground<'_> {
    fn feature(&self, at: usize) -> Option<&Feature> {
        self.model.features().get(at).map(AsRef::as_ref)
    }

    fn name(&self, at: usize) -> &str {
        self.feature(at).map_or(SCORE, |feature| feature.name.as_str())
    }

    /// The value that a transformed one, or a logit of a probability, stands for.
    fn value(&self, at: usize, transformed: f64) -> f64 {
        match self.feature(at) {
            Some(feature) => feature.transform.invert(transformed),
            None => 1.0 / (1.0 + (-transformed).exp()),
        }
    }

    fn typical(&self, at: usize, mean: Option<f64>) -> String {
        mean.map_or_else(|| "none".to_owned(), |mean| short(self.value(at, mean)))
    }

    fn features(&self) -> usize {
        self.model.features().len()
    }

    fn compared(&self, at: usize) -> bool {
        self.feature(at).is_none_or(|feature| !moves_by_itself(feature))
    }

    /// " (what it says)", where that is known.
    fn about(&self, at: usize) -> String {
        let label = self.feature(at).map(|feature| feature.label.as_str()).filter(|label| !label.is_empty());
        label.map_or_else(String::new, |label| format!(" ({label})"))
    }

    /// " about 100 times", where a feature of money is far off.
    fn times(&self, at: usize, before: Option<f64>, now: Option<f64>) -> String {
        let money = self.feature(at).is_some_and(|feature| feature.unit == Unit::Currency);
        let ratio = before.zip(now).map(|(before, now)| self.value(at, now) / self.value(at, before));
        match ratio {
            Some(ratio) if money && ratio.is_finite() && !(0.2..5.0).contains(&ratio) && ratio > 0.0 => {
                format!(", {}", times(ratio))
            }
            _ => String::new(),
        }
    }

    /// Whether the export tells the past that training saw: the customers of the date of the reference, then and now.
    pub(super) fn history(&self) -> Outcome {
        let reference = self.reference;
        let Some(then) = self.then else {
            return Outcome::NotChecked(format!(
                "the export does not reach back far enough to tell who was a customer on {}, the date of the training data",
                reference.as_of
            ));
        };
        let tests = reference.distributions.len();
        let mut findings = Vec::new();
        for (at, (distribution, spread)) in reference.distributions.iter().zip(&then.spreads).enumerate() {
            let Some(index) = StabilityIndex::of(&distribution.counts(), &spread.counts) else { continue };
            let (before, now) = (reference.means[at], spread.mean());
            let name = self.name(at);
            findings.push(Finding {
                subject: name.to_owned(),
                p_value: Some(index.p_value()),
                expected: format!("typical value {} as of {}", self.typical(at, before), reference.as_of),
                seen: format!("typical value {} as of the same day (PSI {})", self.typical(at, now), short(index.value)),
                since: None,
                sentence: format!(
                    "The past was changed: as of {} {name}{} had the typical value {} when the model was trained; the export now says {} for that same day (PSI {}){}.",
                    reference.as_of,
                    self.about(at),
                    self.typical(at, before),
                    self.typical(at, now),
                    short(index.value),
                    self.times(at, before, now),
                ),
            });
        }
        Outcome::Tested {
            tests,
            findings,
            calm: format!(
                "As of {} the export shows the customers that training saw: {} features and the scores were compared.",
                reference.as_of,
                self.features()
            ),
        }
    }

    /// The index of each feature between two dates, by their places.
    fn changes(&self, before: usize, now: usize) -> Vec<Option<StabilityIndex>> {
        let (before, now) = (&self.looks[before], &self.looks[now]);
        let pairs = before.spreads.iter().zip(&now.spreads);
        pairs.map(|(before, now)| StabilityIndex::of(&before.counts, &now.counts)).collect()
    }

    /// Pairs of places that are so many steps apart: those that ended while the model was trained, and the newer ones. The newest is
    /// never among the former.
    fn pairs(&self, lag: usize) -> (Vec<usize>, Vec<usize>) {
        let last = self.looks.len().saturating_sub(1);
        let ends = (lag..self.looks.len()).partition(|end| *end < last && self.looks[*end].as_of <= self.trained_until);
        let (past, mut new): (Vec<usize>, Vec<usize>) = ends;
        let surplus = new.len().saturating_sub(MOST_STEPS);
        new.drain(..surplus);
        (past, new)
    }

    /// How the largest change of any of these features compares with the largest ones of earlier stretches of so many steps.
    fn movement(&self, lag: usize, features: &[usize]) -> Result<Movement, String> {
        let (past, new) = self.pairs(lag);
        let days = lag as i32 * self.every;
        let independent = independent(past.len(), lag);
        let too_few = || {
            format!(
                "it takes at least {LEAST_INDEPENDENT} stretches of {days} days before {} to know what is usual; the export has {}",
                self.trained_until,
                independent.floor()
            )
        };
        let changes: Vec<Vec<Option<StabilityIndex>>> = past.iter().map(|end| self.changes(end - lag, *end)).collect();
        let value = |change: &[Option<StabilityIndex>], at: usize| change[at].map_or(0.0, |index| index.value);
        let scale = |change: &[Option<StabilityIndex>], at: usize| change[at].map_or(0.0, |index| index.scale);
        // The mean of the changes before, but for one that is itself judged; and what one degree of chance gives.
        let usual = |at: usize, but: Option<usize>| {
            let others = changes.iter().enumerate().filter(|(pair, _)| Some(*pair) != but);
            let (n, sum, floor) = others.fold((0.0, 0.0, 0.0_f64), |(n, sum, floor), (_, change)| {
                (n + 1.0, sum + value(change, at), floor.max(scale(change, at)))
            });
            sum / f64::max(n, 1.0) + floor
        };
        let largest = |change: &[Option<StabilityIndex>], but: Option<usize>| {
            features.iter().map(|at| value(change, *at) / usual(*at, but)).fold(0.0_f64, f64::max)
        };
        let maxima: Vec<f64> =
            changes.iter().enumerate().map(|(pair, change)| floor_ln(largest(change, Some(pair)))).collect();
        let law = Usual::of(&maxima, independent, LEAST_SD).ok_or_else(too_few)?;
        let mut found = Movement {
            days,
            tests: new.len(),
            moved: Vec::new(),
            usual: features.iter().map(|at| (*at, usual(*at, None))).collect(),
        };
        for end in new {
            let change = self.changes(end - lag, end);
            for at in features {
                let Some(index) = change[*at] else { continue };
                let ratio = index.value / usual(*at, None);
                found.moved.push(Moved {
                    at: *at,
                    from: end - lag,
                    to: end,
                    psi: index.value,
                    usual: usual(*at, None),
                    p_value: law.p_above(floor_ln(ratio)),
                });
            }
        }
        Ok(found)
    }

    /// Whether customers moved at once: within one step, since the model was trained.
    pub(super) fn shift(&self) -> Outcome {
        self.told(self.movement(1, &self.over_time()), "at once")
    }

    /// Whether they moved little by little: over the longest stretch, up to that since the date of the training data, of which
    /// there are enough before training to know what is usual.
    pub(super) fn drift(&self) -> (Outcome, Vec<(usize, f64)>) {
        let Some(lag) = self.lag() else { return (Outcome::NotChecked(self.no_lag()), Vec::new()) };
        let movement = self.movement(lag, &self.over_time());
        let usual = movement.as_ref().map_or_else(|_| Vec::new(), |movement| movement.usual.clone());
        (self.told(movement, "little by little"), usual)
    }

    /// The same of the scores.
    pub(super) fn scores(&self) -> Outcome {
        let Some(lag) = self.lag() else { return Outcome::NotChecked(self.no_lag()) };
        self.told(self.movement(lag, &[self.features()]), "little by little")
    }

    /// Features that are compared over time.
    fn over_time(&self) -> Vec<usize> {
        (0..self.features()).filter(|at| self.compared(*at)).collect()
    }

    /// Steps of the longest stretch up to that from the date of the reference to today of which enough lie before the end of
    /// training; at least two, since one is looked at anyway.
    fn lag(&self) -> Option<usize> {
        let last = self.looks.last()?;
        let then: Date = self.reference.as_of.parse().ok()?;
        let days = last.as_of.days_since(then);
        let wanted = usize::try_from((days + self.every / 2) / self.every).ok()?;
        (2..=wanted).rev().find(|lag| independent(self.pairs(*lag).0.len(), *lag) >= LEAST_INDEPENDENT)
    }

    fn no_lag(&self) -> String {
        format!(
            "it takes {LEAST_INDEPENDENT} stretches of {} days before {} to know what is usual, each with a whole look-back before it",
            2 * self.every,
            self.trained_until
        )
    }

    fn told(&self, movement: Result<Movement, String>, when: &str) -> Outcome {
        let movement = match movement {
            Ok(movement) => movement,
            Err(why) => return Outcome::NotChecked(why),
        };
        let sentence = |moved: &Moved| {
            let (from, to) = (&self.looks[moved.from], &self.looks[moved.to]);
            let (before, now) = (from.spreads[moved.at].mean(), to.spreads[moved.at].mean());
            let name = self.name(moved.at);
            Finding {
                subject: name.to_owned(),
                p_value: Some(moved.p_value),
                expected: format!("PSI about {} in {} days", short(moved.usual), movement.days),
                seen: format!("PSI {}", short(moved.psi)),
                since: Some(from.as_of.to_string()),
                sentence: format!(
                    "{name}{} moved {when}: its typical value was {} on {} and is {} on {}{} (PSI {}; in {} days {} is usual).",
                    self.about(moved.at),
                    self.typical(moved.at, before),
                    from.as_of,
                    self.typical(moved.at, now),
                    to.as_of,
                    self.times(moved.at, before, now),
                    short(moved.psi),
                    movement.days,
                    short(moved.usual),
                ),
            }
        };
        // A feature is told by its clearest step.
        let mut clearest: Vec<&Moved> = Vec::new();
        for moved in &movement.moved {
            match clearest.iter_mut().find(|other| other.at == moved.at) {
                Some(other) if moved.p_value < other.p_value => *other = moved,
                Some(_) => {}
                None => clearest.push(moved),
            }
        }
        let what = if clearest.iter().all(|moved| moved.at == self.features()) { "The scores" } else { "No feature" };
        let calm = match what {
            "The scores" => format!("The scores moved no more than they usually do in {} days.", movement.days),
            _ => format!("No feature moved more than features usually do in {} days.", movement.days),
        };
        // The largest of all features is one test, by its own law: so is each feature under it.
        Outcome::Tested { tests: movement.tests.max(1), findings: clearest.into_iter().map(sentence).collect(), calm }
    }

    /// All features and the scores, for the tables.
    pub(super) fn rows(&self, usual: &[(usize, f64)]) -> Vec<FeatureRow> {
        let Some(today) = self.looks.last() else { return Vec::new() };
        let row = |(at, distribution): (usize, &scoring::Distribution)| {
            let before = distribution.counts();
            let same = self.then.and_then(|then| StabilityIndex::of(&before, &then.spreads[at].counts));
            let since =
                self.then.and_then(|then| StabilityIndex::of(&then.spreads[at].counts, &today.spreads[at].counts));
            let typical = |mean: Option<f64>| mean.map(|mean| self.value(at, mean)).filter(|value| value.is_finite());
            FeatureRow {
                feature: self.name(at).to_owned(),
                psi: StabilityIndex::of(&before, &today.spreads[at].counts).map(|index| index.value),
                psi_same_date: same.map(|index| index.value),
                p_value_same_date: same.map(|index| index.p_value()),
                psi_since_training: since.map(|index| index.value),
                usual_psi: usual.iter().find(|(of, _)| *of == at).map(|(_, usual)| *usual),
                typical_in_training: typical(self.reference.means[at]),
                typical_now: typical(today.spreads[at].mean()),
                compared_over_time: self.compared(at),
            }
        };
        self.reference.distributions.iter().enumerate().map(row).collect()
    }
}

/// How many stretches of so many steps, each a step after the one before, count as: those that share days are not independent.
fn independent(stretches: usize, lag: usize) -> f64 {
    let further = stretches.saturating_sub(1) as f64 / lag as f64;
    if stretches == 0 { 0.0 } else { 1.0 + further }
}

/// What moved within stretches of so many days.
#[derive(Debug)]
struct Movement {
    days: i32,
    /// Stretches that were judged.
    tests: usize,
    moved: Vec<Moved>,
    usual: Vec<(usize, f64)>,
}

/// A feature between two dates, by their places.
#[derive(Debug)]
struct Moved {
    at: usize,
    from: usize,
    to: usize,
    psi: f64,
    usual: f64,
    p_value: f64,
}

/// The logarithm; of nothing that of very little.
fn floor_ln(value: f64) -> f64 {
    value.max(1e-6).ln()
}
