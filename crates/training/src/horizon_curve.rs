//! Models of further horizons beside the model: on its rows, design and penalty, with labels, calibration and purge of their own.
//!
//! A label window of every horizon ends by the test as-of date. So a horizon longer than the model's has fewer training dates, and
//! its calibration date is an older one; a shorter one has the model's dates. What the data lack for a horizon makes that horizon absent,
//! with the reason; it never makes a label of what is not known yet.

use evaluation::{Bootstrap, Metrics, Sample as Tested};
use feature_engineering::{Churn, features};
use history::{Date, Days, LabelWindow};
use rayon::prelude::*;
use scoring::{Calibration, HorizonCurves, HorizonModel, Model};

use crate::calibrate::line;
use crate::cross_fit::logits_of_fold;
use crate::customers::{FOLDS, Share};
use crate::design::{Design, Recipe};
use crate::fit::Fitted;
use crate::forgetting::sample_of;
use crate::horizon_evaluation::{HorizonEvaluation, HorizonFit, HorizonTested};
use crate::rows::{Rows, Source, check_events};
use crate::slices::Slices;
use crate::step::Step;
use crate::{TrainingError, TrainingSettings};

/// Numbers in the design matrices of the horizons that are fitted at the same time: 512 MiB. It changes no result.
const CELLS_AT_ONCE: usize = 1 << 26;

/// The model that the horizons stand beside.
pub(crate) struct Beside<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) settings: &'a TrainingSettings,
    pub(crate) slices: &'a Slices,
    pub(crate) rows: &'a Rows,
    pub(crate) recipe: &'a Recipe,
    pub(crate) design: &'a Design,
    pub(crate) fitted: &'a Fitted,
    /// The penalty: against the mean loss, so that it weighs as much where there are fewer rows.
    pub(crate) lambda: f64,
}

/// The horizons asked for, the shortest first.
#[derive(Debug, Default)]
pub(crate) struct Fits(Vec<(Days, OrWhyNot)>);

/// The model of a horizon and what it was fitted on, or why there is none.
type OrWhyNot = Result<(HorizonModel, HorizonFit), String>;

/// The labelled rows of one horizon.
struct Labelled {
    horizon: Days,
    dates: Vec<Date>,
    calibration: Date,
    /// For each row of the panel; `false` where there is no label.
    churned: Vec<bool>,
    over: Vec<usize>,
    targets: Vec<usize>,
}

/// What one job of a horizon gives: its coefficients, or the logits of a fold.
enum Done {
    Model(Fitted),
    Fold(Vec<(usize, f64)>),
}

impl Beside<'_> {
    /// Fits and calibrates a model for each horizon asked for that is not the model's own.
    ///
    /// # Errors
    /// What is not about the data.
    pub(crate) fn fit(&self, progress: &mut dyn FnMut(Step<'_>)) -> Result<Fits, TrainingError> {
        let mut wanted = self.settings.horizons.clone();
        wanted.retain(|horizon| *horizon != self.settings.window.horizon);
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(Fits::default());
        }
        progress(Step { text: &format!("{} further horizons", wanted.len()), done: 0.85 });
        let with_left_out = self.rows.with_left_out();
        let rows = with_left_out.as_ref().unwrap_or(self.rows);
        let at_once = CELLS_AT_ONCE / (rows.len() * self.design.len() * usize::from(FOLDS)).max(1);
        let mut fits = Vec::with_capacity(wanted.len());
        for some in wanted.chunks(at_once.max(1)) {
            let labelled: Vec<Result<Labelled, String>> =
                some.iter().map(|horizon| self.labelled(rows, *horizon)).collect::<Result<_, _>>()?;
            // The model itself, then each fold.
            let jobs: Vec<(&Labelled, Option<u8>)> = labelled
                .iter()
                .flatten()
                .flat_map(|labelled| [None].into_iter().chain((0..FOLDS).map(Some)).map(move |job| (labelled, job)))
                .collect();
            let work = |(labelled, job): (&Labelled, Option<u8>)| self.work(rows, labelled, job);
            // Where not even one horizon fits, one fit comes after the other, each by all threads.
            let done: Vec<Result<Done, TrainingError>> = match at_once {
                0 => jobs.into_iter().map(work).collect(),
                _ => jobs.into_par_iter().map(work).collect(),
            };
            let mut done = done.into_iter();
            for (horizon, labelled) in some.iter().zip(&labelled) {
                let fit = match labelled {
                    Ok(labelled) => {
                        let jobs: Vec<_> = done.by_ref().take(1 + usize::from(FOLDS)).collect();
                        let jobs: Result<Vec<Done>, TrainingError> = jobs.into_iter().collect();
                        or_why_not(jobs.and_then(|jobs| finish(labelled, jobs)))?
                    }
                    Err(why_not) => Err(why_not.clone()),
                };
                fits.push((*horizon, fit));
            }
        }
        Ok(Fits(fits))
    }

    fn window(&self, horizon: Days) -> LabelWindow {
        LabelWindow { horizon, ..self.settings.window }
    }

    /// The rows of a horizon, with what happened within it, or what is missing for that.
    fn labelled(&self, rows: &Rows, horizon: Days) -> Result<Result<Labelled, String>, TrainingError> {
        let window = self.window(horizon);
        if let Churn::Cadence { min, .. } = self.settings.churn
            && min > horizon
        {
            return Ok(Err(format!(
                "expected a horizon of at least {min}, the shortest period of the definition (churn.min), found {horizon}"
            )));
        }
        let test = self.slices.test;
        let ends_in_time = |date: &Date| window.after(*date).1 <= test;
        let dates: Vec<Date> = self.slices.training.iter().copied().filter(ends_in_time).collect();
        let Some(calibration) = dates.last().copied() else {
            let longest = self.slices.training.first().map_or(0, |date| test.days_since(*date));
            return Ok(Err(format!(
                "expected a label window that ends by the test as-of date {test} from one of the training dates, the longest \
                 possible being {} days, found {horizon}",
                (longest - i32::from(window.lead)).max(0)
            )));
        };
        let mut labels: Vec<Option<bool>> = vec![None; rows.len()];
        for date in &dates {
            let of_date = rows.on(&[*date]);
            let customers: Vec<u32> = of_date.iter().map(|row| rows.customer[*row]).collect();
            for (row, label) in of_date.into_iter().zip(self.source.labels_within(*date, window, &customers)?) {
                labels[row] = label;
            }
        }
        let over: Vec<usize> = (0..rows.len()).filter(|row| labels[*row].is_some()).collect();
        let targets: Vec<usize> = over.iter().copied().filter(|row| rows.as_of[*row] == calibration).collect();
        let churned: Vec<bool> = labels.into_iter().map(|label| label.unwrap_or(false)).collect();
        let enough = check_events("training", over.iter().map(|row| churned[*row]))
            .and_then(|()| check_events("calibration", targets.iter().map(|row| churned[*row])));
        or_why_not(enough.map(|()| Labelled { horizon, dates, calibration, churned, over, targets }))
    }

    fn work(&self, rows: &Rows, labelled: &Labelled, job: Option<u8>) -> Result<Done, TrainingError> {
        let Labelled { churned, over, targets, .. } = labelled;
        let Some(fold) = job else {
            // The design of the model, since its ranges and means are what the model file holds.
            let outcomes: Vec<bool> = over.iter().map(|row| churned[*row]).collect();
            let columns = self.design.columns(rows, over);
            return sample_of((rows, over), (&columns, &outcomes), self.recipe.half_life)?
                .fit_from(Some(self.fitted), self.lambda)
                .map(Done::Model);
        };
        let near = (self.recipe, Some(self.fitted));
        logits_of_fold((rows, churned), over, targets, near, self.lambda, fold).map(Done::Fold)
    }
}

/// An error about the data is the reason why there is no model of a horizon; any other is an error.
fn or_why_not<T>(result: Result<T, TrainingError>) -> Result<Result<T, String>, TrainingError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.is_about_data() => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

fn finish(labelled: &Labelled, jobs: Vec<Done>) -> Result<(HorizonModel, HorizonFit), TrainingError> {
    let Labelled { horizon, dates, calibration, churned, over, targets } = labelled;
    let mut logits = vec![0.0; targets.len()];
    let mut model = None;
    for job in jobs {
        match job {
            Done::Model(fitted) => model = Some(fitted),
            Done::Fold(of_fold) => of_fold.into_iter().for_each(|(at, logit)| logits[at] = logit),
        }
    }
    let fitted = model.expect("the first job of every horizon is its model");
    let outcomes: Vec<bool> = targets.iter().map(|row| churned[*row]).collect();
    let (line, is_separated) = line(&logits, &outcomes, *calibration)?;
    let churners = |rows: &[usize]| rows.iter().filter(|row| churned[**row]).count() as u64;
    let fit = HorizonFit {
        training_dates: dates.len() as u64,
        rows: over.len() as u64,
        churners: churners(over),
        calibrated_on: calibration.to_string(),
        calibration_rows: targets.len() as u64,
        calibration_churners: churners(targets),
        calibration_slope: line.slope,
        calibration_is_separated: is_separated,
    };
    let model = HorizonModel {
        days: horizon.get() as u16,
        rows: fit.rows,
        churners: fit.churners,
        calibrated_on: fit.calibrated_on.clone(),
        intercept: fitted.intercept(),
        coefficients: fitted.coefficients().to_vec(),
        calibration: Calibration { intercept: line.intercept, slope: line.slope, covariance: line.covariance },
    };
    Ok((model, fit))
}

impl Fits {
    /// What the model file holds.
    pub(crate) fn models(&self) -> Vec<HorizonModel> {
        self.0.iter().filter_map(|(_, fit)| fit.as_ref().ok()).map(|(model, _)| model.clone()).collect()
    }

    /// A note for each horizon that there is no model of, or one that tells everything.
    pub(crate) fn notes(&self) -> Vec<String> {
        let note = |(horizon, fit): &(Days, OrWhyNot)| {
            match fit {
            Ok((_, fit)) => fit.calibration_is_separated.then(|| {
                format!(
                    "The horizon of {} days: predictions tell churners from the others without an error in its calibration slice; \
                     the line is that of smoothed outcomes.",
                    horizon.get()
                )
            }),
            Err(why) => Some(format!("No model of the horizon of {} days: {why}.", horizon.get())),
        }
        };
        self.0.iter().filter_map(note).collect()
    }

    /// Tests the curves on the test slice, each horizon whose label window is over: the probabilities as they are delivered,
    /// in order over the horizons.
    ///
    /// # Errors
    /// [`TrainingError`].
    pub(crate) fn test(
        self,
        model: &Model,
        source: &Source<'_>,
        settings: &TrainingSettings,
        as_of: Date,
    ) -> Result<Vec<HorizonEvaluation>, TrainingError> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let share = Share::of_rows(source.count(&[as_of])?, settings.max_rows);
        let customers = source.eligible(as_of, share)?;
        let curves = match HorizonCurves::new(model) {
            Some(mut curves) => {
                let table = features(&source.history(as_of), &customers, &model.needed_features())?;
                curves.add(model, &table, &scoring::score(model, &table)?)?;
                Some(curves)
            }
            None => None,
        };
        let tested = self.0.into_iter().map(|(horizon, fit)| {
            let days = horizon.get() as u16;
            let at = |curves: &HorizonCurves| curves.days().iter().position(|other| *other == days);
            let (fitted, why_not) = match fit {
                Ok((_, fit)) => (Some(fit), None),
                Err(why) => (None, Some(why)),
            };
            let (test, why_not) = match (curves.as_ref().and_then(|curves| Some((curves, at(curves)?))), why_not) {
                (Some((curves, at)), None) => {
                    let window = LabelWindow { horizon, ..settings.window };
                    let predicted: Vec<f64> = curves.curves().map(|curve| curve[at]).collect();
                    match test(source, settings, as_of, window, (&customers, &predicted)) {
                        Ok(tested) => (Some(tested), None),
                        Err(error @ TrainingError::Immature(_)) => (None, Some(error.to_string())),
                        Err(error) => return Err(error),
                    }
                }
                (_, why_not) => (None, why_not),
            };
            Ok(HorizonEvaluation { days, fitted, test, why_not })
        });
        tested.collect()
    }
}

fn test(
    source: &Source<'_>,
    settings: &TrainingSettings,
    as_of: Date,
    window: LabelWindow,
    (customers, predicted): (&[u32], &[f64]),
) -> Result<HorizonTested, TrainingError> {
    let labels = source.labels_within(as_of, window, customers)?;
    let labelled = || labels.iter().enumerate().filter_map(|(at, label)| Some((at, (*label)?)));
    let sample = Tested::new(
        labelled().map(|(at, _)| predicted[at]).collect(),
        labelled().map(|(_, churned)| churned).collect(),
        labelled().map(|(at, _)| customers[at]).collect(),
    )?;
    let bootstrap = match settings.replicates {
        Some(replicates) => Bootstrap::new(replicates, settings.seed)?,
        None => Bootstrap::for_rows(sample.rows(), settings.seed),
    };
    let metrics = Metrics::estimate(&sample, bootstrap);
    let (rows, churners) = (sample.rows() as u64, sample.churners() as u64);
    Ok(HorizonTested {
        window_end: window.after(as_of).1.to_string(),
        rows,
        churners,
        unlabelled: labels.len() as u64 - rows,
        churn_rate: churners as f64 / rows as f64,
        roc_auc: metrics.roc_auc,
        log_loss: metrics.log_loss,
        calibration_slope: metrics.calibration_slope,
    })
}

impl Rows {
    /// Where some rows were left out: these rows and those that have no label within the model's own horizon, by date, then customer: within another
    /// horizon they may have one. Who leaves without choosing to in the third month had stayed in the first; without them
    /// the first month would show too many who churned. Their labels are not those of the rows.
    fn with_left_out(&self) -> Option<Self> {
        let left_out = self.left_out.as_deref().filter(|left_out| left_out.len() > 0)?;
        let mut rows = Self { features: self.features.clone(), ..Self::default() };
        rows.columns = self
            .columns
            .iter()
            .zip(&left_out.columns)
            .map(|(ours, theirs)| [ours.as_slice(), theirs].concat())
            .collect();
        rows.customer = [self.customer.as_slice(), &left_out.customer].concat();
        rows.as_of = [self.as_of.as_slice(), &left_out.as_of].concat();
        rows.fold = [self.fold.as_slice(), &left_out.fold].concat();
        rows.sort_by_date();
        Some(rows)
    }
}
