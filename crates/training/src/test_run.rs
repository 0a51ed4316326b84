//! The test: read once, by the final model and the baselines.

use std::sync::Arc;

use evaluation::{
    Bootstrap, Comparison, Metrics, Sample, Verdict, calibration_curve, gains_curve, lift_table, paired_difference,
};
use feature_engineering::{Feature, features};
use history::Date;
use scoring::Model;

use crate::baselines::{self, recency_of};
use crate::customers::Share;
use crate::evaluation_file::{Baselines, Counts, Differences, Evaluation, LookBack, SliceCounts, TestSlice};
use crate::look_back::look_back;
use crate::penalty;
use crate::predictions::TestPredictions;
use crate::rows::{Rows, Source, check_events};
use crate::segments::{SegmentChoice, SegmentColumn, by_segment};
use crate::slices::{Selection, Slices};
use crate::{GateKind, TrainingError, TrainingSettings, gates, lapsed};

const LIFT_PARTS: usize = 10;
const CALIBRATION_BINS: usize = 10;
const HISTOGRAM_BINS: usize = 20;

/// What the test is run with.
pub(crate) struct Test<'a> {
    pub(crate) settings: &'a TrainingSettings,
    pub(crate) source: &'a Source<'a>,
    pub(crate) slices: &'a Slices,
    pub(crate) rows: &'a Rows,
    pub(crate) calibration_rows: &'a [usize],
    /// What was said of segments, where some were asked for.
    pub(crate) segments: Option<&'a SegmentChoice>,
}

impl Test<'_> {
    pub(crate) fn run(
        &self,
        model: &Model,
        choice: penalty::Choice,
        mut notes: Vec<String>,
    ) -> Result<(Evaluation, TestPredictions), TrainingError> {
        let (source, as_of) = (self.source, self.slices.test);
        let share = Share::of_rows(source.count(&[as_of])?, self.settings.max_rows);
        let eligible = source.eligible(as_of, share)?;
        let outcome = source.export.outcome(as_of, self.settings.window)?;
        let labels = source.labels(as_of, &eligible)?;
        let labelled = || eligible.iter().zip(&labels).filter_map(|(customer, label)| Some((*customer, (*label)?)));
        let (customers, churned): (Vec<u32>, Vec<bool>) = labelled().unzip();
        let unlabelled = (eligible.len() - customers.len()) as u64;
        // A model that cannot be tested is none; a forecast is judged as far as the rows go.
        let is_trained = model.file().not_trained.is_none();
        if is_trained {
            check_events("test", churned.iter().copied())?;
        }
        if share.get() < 1.0 {
            notes.push(format!("Tested on a random {:.1} % of the eligible customers.", 100.0 * share.get()));
        }
        let before = self.rows.unlabelled_on(&self.slices.training);
        if before + unlabelled > 0 {
            notes.push(format!(
                "Left out because they neither churned nor stayed (a departure that does not count as churn): {before} rows of \
                 the training dates, {unlabelled} customers of the test."
            ));
        }
        let look_back = look_back(source.export, source.lookback, self.slices, |date| {
            let rows = || self.rows.on(&[date]).into_iter().map(|row| self.rows.customer[row]).collect();
            Ok(if date == as_of { customers.clone() } else { rows() })
        })?;
        notes.extend(left_censored_note(&look_back));
        let table = features(&source.history(as_of), &customers, &model.needed_features())?;
        let recency = recency_of(&table)?;
        let sample = |probability: Vec<f64>| Sample::new(probability, churned.clone(), customers.clone());

        let predicted: Vec<f64> = scoring::score(model, &table)?.into_iter().map(|scored| scored.probability).collect();
        let prediction_histogram = histogram(&predicted);
        let of_model = sample(predicted.clone())?;
        let calibration_churned = self.rows.outcomes(self.calibration_rows);
        let is_comparable = has_both(&calibration_churned);
        if !is_comparable {
            notes.push(
                "No comparison with the churn rate: the calibration slice does not have both churners and customers who \
                 stayed."
                    .to_owned(),
            );
        }
        let by_prevalence = match is_comparable {
            true => {
                let rate = baselines::churn_rate(self.rows, self.calibration_rows);
                Some(vec![rate; customers.len()])
            }
            false => None,
        };
        let of_prevalence = by_prevalence.clone().map(sample).transpose()?;
        let by_recency = self.recency_alone(is_trained, recency, &mut notes)?;
        let of_recency = by_recency.clone().map(sample).transpose()?;
        if self.settings.window.lead > 0 && source.churn.is_about_purchases() {
            notes.push(
                "BG/NBD, as baseline and as return model, counts the horizon from the as-of date on: it knows no lead \
                 time. The return model's calibration makes up for it."
                    .to_owned(),
            );
        }
        let by_bg_nbd = match lapsed::bg_nbd(source, as_of) {
            Ok(bg_nbd) => Some(baselines::bg_nbd(&bg_nbd, source, as_of, &customers)?),
            Err(reason) => {
                notes.push(format!("No comparison with BG/NBD: {reason}."));
                None
            }
        };
        let of_bg_nbd = by_bg_nbd.clone().map(sample).transpose()?;

        let bootstrap = match self.settings.replicates {
            Some(replicates) => Bootstrap::new(replicates, self.settings.seed)?,
            None => Bootstrap::for_rows(customers.len(), self.settings.seed),
        };
        let metrics = |sample: &Sample| Metrics::estimate(sample, bootstrap);
        let against = |baseline: &Sample| paired_difference(&of_model, baseline, bootstrap);
        let differences = Differences {
            prevalence: of_prevalence.as_ref().map(against).transpose()?,
            recency: of_recency.as_ref().map(against).transpose()?,
            bg_nbd: of_bg_nbd.as_ref().map(against).transpose()?,
        };
        let (mut verdict, is_better) = verdict(&differences, is_trained);
        if let Some(not_trained) = &model.file().not_trained {
            verdict.insert(0, format!("This is {}.", not_trained.in_words()));
            if !has_both(&churned) {
                let all = if churned.contains(&true) { "churned" } else { "stayed" };
                verdict.push(format!(
                    "All {} customers of the test {all}: it says nothing of the ranking.",
                    churned.len()
                ));
            }
        }
        let recency_rule = match of_recency.is_some() && has_both(&churned) {
            true => {
                let calibration_recency = self.calibration_recency()?;
                Some(baselines::recency_rule((&calibration_recency, &calibration_churned), (recency, &churned)))
            }
            false => None,
        };
        let of_recency_metrics = of_recency.as_ref().map(metrics);
        let of_model_metrics = metrics(&of_model);
        let mut gates = Vec::new();
        if is_trained {
            gates.extend(gates::leakage::leakage(model, &table, &churned, self.rows));
            gates.extend(of_recency_metrics.as_ref().map(|recency| gates::too_good(&of_model_metrics, recency)));
        }
        gates.push(gates::label_windows(self.slices, self.settings.window));
        if is_trained {
            gates.extend(gates::baselines(&differences));
            gates.push(gates::calibration(&of_model_metrics));
        }
        gates.extend(model.file().not_trained.as_ref().map(gates::too_few));
        // Where the model goes, its card and the report of its scores go with it; of the baselines they speak anyway.
        let said_no = gates.iter().filter(|gate| !gate.passed && gate.gate != GateKind::Baselines);
        notes.extend(said_no.map(|gate| format!("A gate says no: {}.", gate.why)));
        let segments = SegmentColumn::of(source.export, self.settings)?.zip(self.segments);
        let by_segment = segments.map(|(column, said)| by_segment(column, said, (&customers, &churned, &predicted)));
        let (window_start, window_end) = outcome.window();
        let selection = self.slices.selection.as_ref().filter(|_| choice.on_a_date);
        let evaluation = Evaluation {
            not_trained: model.file().not_trained.clone(),
            drawn: None,
            slices: self.slice_counts(selection),
            look_back,
            test: TestSlice {
                as_of: as_of.to_string(),
                window_start: window_start.to_string(),
                window_end: window_end.to_string(),
                rows: of_model.rows() as u64,
                churners: of_model.churners() as u64,
                unlabelled,
                share: share.get(),
            },
            model: of_model_metrics,
            baselines: Baselines {
                prevalence: of_prevalence.as_ref().map(metrics),
                recency: of_recency_metrics,
                bg_nbd: of_bg_nbd.as_ref().map(metrics),
            },
            differences,
            beats_baselines: is_trained && is_better,
            verdict,
            gates,
            recency_rule,
            lift_table: lift_table(&of_model, LIFT_PARTS)?,
            calibration_choice: None,
            horizons: Vec::new(),
            calibration_curve: calibration_curve(&of_model, CALIBRATION_BINS)?,
            gains: gains_curve(&of_model, LIFT_PARTS)?,
            prediction_histogram,
            selection_designs: choice.designs,
            selection: choice.penalties,
            selection_dates: choice.reaches,
            selection_half_lives: choice.half_lives,
            half_life_days: choice.half_life,
            segments: self.segments.cloned(),
            by_segment: by_segment.transpose()?,
            bootstrap,
            warnings: Vec::new(),
            notes,
        };
        let predictions = TestPredictions {
            model: predicted,
            prevalence: by_prevalence,
            recency: by_recency,
            bg_nbd: by_bg_nbd,
            customers,
            churned,
        };
        Ok((evaluation, predictions))
    }

    /// The predictions of recency alone. For a forecast in place of a model there may be too few of a kind to fit even that.
    fn recency_alone(
        &self,
        is_trained: bool,
        recency: &[f64],
        notes: &mut Vec<String>,
    ) -> Result<Option<Vec<f64>>, TrainingError> {
        let too_few = |slice, rows: Vec<bool>| check_events(slice, rows.into_iter()).is_err();
        let is_too_little = too_few("training", self.rows.churned.clone())
            || too_few("calibration", self.rows.outcomes(self.calibration_rows));
        let predicted = match is_too_little && !is_trained {
            true => None,
            false => match baselines::recency(self.rows, self.calibration_rows, recency) {
                Ok(predicted) => Some(predicted),
                Err(TrainingError::OneClass { .. } | TrainingError::NotFitted { .. }) if !is_trained => None,
                Err(error) => return Err(error),
            },
        };
        if predicted.is_none() {
            notes.push(
                "No comparison with recency alone: there are too few churners, or too few customers who stayed, to fit it."
                    .to_owned(),
            );
        }
        Ok(predicted)
    }

    fn slice_counts(&self, selection: Option<&Selection>) -> SliceCounts {
        let rows = self.rows;
        let count = |slice: &[usize], dates: &[Date]| Counts::of(&rows.outcomes(slice), rows.unlabelled_on(dates));
        let everything: Vec<usize> = (0..rows.len()).collect();
        let selected: Vec<Date> = selection.iter().map(|selection| selection.as_of).collect();
        SliceCounts {
            training: count(&everything, &self.slices.training),
            selection: count(&rows.on(&selected), &selected),
            calibration: count(self.calibration_rows, &[self.slices.calibration]),
        }
    }

    /// Days since the last purchase of the calibration customers; read again, since the rows hold the transform.
    fn calibration_recency(&self) -> Result<Vec<f64>, TrainingError> {
        let customers: Vec<u32> = self.calibration_rows.iter().map(|row| self.rows.customer[*row]).collect();
        let history = self.source.history(self.slices.calibration);
        let recency: Vec<Arc<Feature>> = feature_engineering::by_name("recency_days").into_iter().cloned().collect();
        let table = features(&history, &customers, &recency)?;
        Ok(recency_of(&table)?.to_vec())
    }
}

/// Whether there are both churners and customers who stayed.
fn has_both(churned: &[bool]) -> bool {
    churned.contains(&true) && churned.contains(&false)
}

/// A line for each baseline, and whether the model's log-loss is clearly lower than that of all of them.
pub(crate) fn verdict(differences: &Differences, is_trained: bool) -> (Vec<String>, bool) {
    let model = if is_trained { "model" } else { "forecast" };
    let comparisons = [
        ("the churn rate alone", differences.prevalence.as_ref()),
        ("recency alone", differences.recency.as_ref()),
        ("BG/NBD", differences.bg_nbd.as_ref()),
    ];
    let known = || comparisons.iter().filter_map(|(name, comparison)| comparison.map(|c| (*name, c)));
    let mut lines: Vec<String> = known().map(|(name, comparison)| verdict_line(model, name, comparison)).collect();
    if differences.bg_nbd.is_none() {
        lines.push("There is no comparison with BG/NBD (see the notes).".to_owned());
    }
    (lines, known().all(|(_, comparison)| comparison.log_loss.verdict == Some(Verdict::Better)))
}

fn verdict_line(model: &str, name: &str, comparison: &Comparison) -> String {
    let said = match comparison.log_loss.verdict {
        Some(Verdict::Better) => format!("The {model} is better than {name}"),
        Some(Verdict::Worse) => format!("The {model} is worse than {name}"),
        Some(Verdict::NoClearDifference) | None => format!("The {model} is not clearly better than {name}"),
    };
    let difference = |estimate: &evaluation::Estimate| match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{value:+.4} ({low:+.4} to {high:+.4})"),
        (Some(value), None) => format!("{value:+.4} (no interval)"),
        (None, _) => "not defined".to_owned(),
    };
    format!(
        "{said}: log-loss {}, ROC AUC {}.",
        difference(&comparison.log_loss.estimate),
        difference(&comparison.roc_auc.estimate)
    )
}

/// What to know of customers whose past began before it can be seen, where training dates see less than others.
fn left_censored_note(look_back: &LookBack) -> Option<String> {
    let censored = look_back.left_censored;
    let (training, test) = censored.training.zip(censored.test)?;
    (look_back.dates_with_less > 0).then(|| {
        format!(
            "{} of the training dates used look back less far than the others ({} to {} days). Left-censored, that is first \
             seen within 30 days of the first visible day: {:.1} % of the training rows, {:.1} % of the test rows; their \
             tenure and totals are too small.",
            look_back.dates_with_less,
            look_back.shortest_training,
            look_back.longest_training,
            100.0 * training,
            100.0 * test
        )
    })
}

/// Rows in each of [`HISTOGRAM_BINS`] equal intervals from 0 to 1; 1 itself is in the last.
fn histogram(probabilities: &[f64]) -> Vec<u64> {
    let mut bins = vec![0; HISTOGRAM_BINS];
    for probability in probabilities {
        let at = (probability * HISTOGRAM_BINS as f64) as usize;
        bins[at.min(HISTOGRAM_BINS - 1)] += 1;
    }
    bins
}
