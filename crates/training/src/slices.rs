//! Which as-of dates serve for what. Dates alone: nothing here looks at customers.
//!
//! ```text
//! |- training dates, every 30 days -|           |test|
//! |  ... selection | calibration    |-- window --|    |-- window --| complete_through
//! ```
//! The newest training date is as late as it can be: its label window ends on the test as-of date. Customers change,
//! and a shop's customers of last spring are more like those of this summer than those of two years ago.

use feature_engineering::purchase_days;
use history::{Date, Days, Export, LabelWindow};
use scoring::SliceDates;

use crate::{TrainingError, TrainingSettings};

/// What there is to cut into slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeline {
    /// Day of the first purchase.
    pub first_day: Date,
    /// First day that is not complete.
    pub complete_through: Date,
    /// Days until the purchases of a day are recorded; 0 where the export does not say.
    pub recording_lag_days: i32,
    /// The label window.
    pub window: LabelWindow,
    /// How far back the eligibility rule looks.
    pub active_within: Days,
    /// How far back features look; as far as the export goes where there is no limit.
    pub lookback: Option<Days>,
    /// Days between training dates.
    pub every: Days,
    /// The test as-of date, where it was asked for.
    pub test_as_of: Option<Date>,
    /// Most training dates.
    pub max_dates: usize,
}

/// The as-of dates of each slice, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slices {
    /// Dates that the final model is fitted on; never empty.
    pub training: Vec<Date>,
    /// How the penalty is chosen; none where history is too short for a date of its own, and customers are left out
    /// instead.
    pub selection: Option<Selection>,
    /// Date of the calibration: the newest training date.
    pub calibration: Date,
    /// Date of the test.
    pub test: Date,
    /// What was done differently than usual, and why.
    pub notes: Vec<String>,
}

/// So many training dates with a full look-back are enough to do without the others.
pub(crate) const MIN_FULL_DATES: usize = 6;

/// The note where there is no slice for the choice of the penalty.
pub(crate) const NO_SELECTION: &str = "History is too short to choose the penalty on an as-of date of its own: it was chosen \
                                       by leaving out customers instead.";

/// The slice on which the penalty is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Dates fitted on; their label windows end by `as_of`.
    pub training: Vec<Date>,
    /// Date predicted.
    pub as_of: Date,
}

/// Cuts an export into slices, or says why nothing can be learnt from it. [`train`](crate::train) begins with this.
///
/// # Errors
/// What [`Timeline::slices`] says, and [`TrainingError::NobodyCameBack`] where churn is about purchases.
pub fn plan(export: &Export, settings: &TrainingSettings) -> Result<Slices, TrainingError> {
    let timeline = Timeline {
        first_day: export.first_day(),
        complete_through: export.complete_through(),
        recording_lag_days: export.recording_lag_days().unwrap_or(0),
        window: settings.window,
        active_within: settings.eligibility.active_within,
        lookback: settings.lookback,
        every: settings.every,
        test_as_of: settings.test_as_of,
        max_dates: settings.max_dates,
    };
    let slices = timeline.slices()?;
    if !settings.churn.is_about_purchases() {
        return Ok(slices);
    }
    let history = export.history(export.complete_through());
    let customers = history.n_customers();
    let everybody: Vec<u32> = (0..customers).collect();
    if purchase_days(&history, &everybody)?.iter().flatten().any(|purchases| purchases.repeat() > 0) {
        Ok(slices)
    } else {
        Err(TrainingError::NobodyCameBack { customers })
    }
}

impl Slices {
    /// The dates as they stand in a model file; that of the choice of the penalty only where it served for that.
    pub(crate) fn dates(&self, first_day: Date, selected_on_a_date: bool) -> SliceDates {
        let texts = |dates: &[Date]| dates.iter().map(Date::to_string).collect::<Vec<_>>();
        let selection = self.selection.as_ref().filter(|_| selected_on_a_date);
        SliceDates {
            first_day: first_day.to_string(),
            training: texts(&self.training),
            selection_training: selection.map(|selection| texts(&selection.training)).unwrap_or_default(),
            selection: selection.map(|selection| selection.as_of.to_string()),
            calibration: self.calibration.to_string(),
            test: self.test.to_string(),
        }
    }
}

impl Timeline {
    /// Cuts the timeline into slices.
    ///
    /// # Errors
    /// [`TrainingError::ShortHistory`] below twice the reach of the label window, [`TrainingError::Immature`] where the
    /// test as-of date asked for has no label yet, [`TrainingError::NoTrainingDate`] where it leaves nothing before it.
    pub fn slices(&self) -> Result<Slices, TrainingError> {
        let reach = self.window.reach();
        let labels_through = self.complete_through.plus_days(-self.recording_lag_days);
        let found = labels_through.days_since(self.first_day);
        if found < 2 * reach {
            return Err(TrainingError::ShortHistory {
                needed: 2 * reach,
                found,
                horizon: self.window.horizon.get(),
                first_day: self.first_day,
                labels_through,
            });
        }
        let latest = labels_through.plus_days(-reach);
        let test = self.test_as_of.unwrap_or(latest);
        if test > latest {
            let (_, end) = self.window.after(test);
            let (complete_through, recording_lag_days) = (self.complete_through, self.recording_lag_days);
            return Err(history::Immature { as_of: test, end, complete_through, recording_lag_days, latest }.into());
        }
        let mut notes = Vec::new();
        let training = self.training_dates(test, &mut notes)?;
        let calibration = test.plus_days(-reach);
        let selection = self.selection(&training);
        if selection.is_none() {
            notes.push(NO_SELECTION.to_owned());
        }
        if test.days_since(self.first_day) < self.active_within.get() {
            notes.push(format!(
                "At the test as-of date there were only {} days of history, fewer than active_within ({} days): \
                 every customer so far was eligible.",
                test.days_since(self.first_day),
                self.active_within.get()
            ));
        }
        Ok(Slices { training, selection, calibration, test, notes })
    }

    /// Dates whose label windows end by the test as-of date, and which have so much past that "eligible" means the same
    /// there as at the test. Where no date has, less past is accepted.
    fn training_dates(&self, test: Date, notes: &mut Vec<String>) -> Result<Vec<Date>, TrainingError> {
        let newest = test.plus_days(-self.window.reach());
        let active_within = self.active_within.get();
        for past in [active_within, active_within.min(self.window.horizon.get()), 1] {
            let dates = (0..)
                .map(|step: i32| newest.plus_days(-step.saturating_mul(self.every.get())))
                .take_while(|date| date.days_since(self.first_day) >= past)
                .take(self.max_dates.max(1));
            let mut dates: Vec<Date> = dates.collect();
            dates.reverse();
            if dates.is_empty() {
                continue;
            }
            let dates = self.with_full_lookback(dates, notes);
            let oldest = dates[0];
            if past < active_within {
                notes.push(format!(
                    "No training date has active_within ({active_within} days) of history before it: dates from {oldest} \
                     on were used, with at least {} days. Customers there have less past than those who are scored.",
                    oldest.days_since(self.first_day)
                ));
            }
            return Ok(dates);
        }
        Err(TrainingError::NoTrainingDate { test, latest: newest, first_day: self.first_day })
    }

    /// Those of the dates before which the history is as long as the look-back: customers of dates that are seen through a
    /// window of one length look alike, and so will those who are scored. All dates where too few have so much history.
    fn with_full_lookback(&self, dates: Vec<Date>, notes: &mut Vec<String>) -> Vec<Date> {
        let Some(lookback) = self.lookback else { return dates };
        let (all, short) =
            (dates.len(), dates.partition_point(|date| self.first_day.plus_days(lookback.get()) > *date));
        if all - short >= MIN_FULL_DATES {
            return dates[short..].to_vec();
        }
        if short > 0 {
            notes.push(format!(
                "{short} of the {all} training dates have less history before them than the look-back of {} days, the oldest {} days: {MIN_FULL_DATES} dates with all of it would have been used alone.",
                lookback.get(),
                dates[0].days_since(self.first_day)
            ));
        }
        dates
    }

    /// The newest date before the calibration, predicted by dates whose label windows end by then.
    fn selection(&self, training: &[Date]) -> Option<Selection> {
        let [earlier @ .., _calibration] = training else { return None };
        let as_of = *earlier.last()?;
        let reach = self.window.reach();
        let training: Vec<Date> = earlier.iter().copied().filter(|date| date.plus_days(reach) <= as_of).collect();
        (!training.is_empty()).then_some(Selection { training, as_of })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn cdnow() -> Timeline {
        Timeline {
            first_day: date("1997-01-01"),
            complete_through: date("1998-07-01"),
            recording_lag_days: 0,
            window: LabelWindow { lead: 0, horizon: Days::new(90).unwrap() },
            active_within: Days::new(180).unwrap(),
            lookback: None,
            every: Days::new(30).unwrap(),
            test_as_of: None,
            max_dates: 24,
        }
    }

    fn texts(dates: &[Date]) -> Vec<String> {
        dates.iter().map(Date::to_string).collect()
    }

    #[test]
    fn eighteen_months_give_seven_training_dates() {
        let slices = cdnow().slices().unwrap();
        assert_eq!(slices.test, date("1998-04-02"));
        assert_eq!(slices.calibration, date("1998-01-02"));
        assert_eq!(
            texts(&slices.training),
            ["1997-07-06", "1997-08-05", "1997-09-04", "1997-10-04", "1997-11-03", "1997-12-03", "1998-01-02"]
        );
        let selection = slices.selection.unwrap();
        assert_eq!(selection.as_of, date("1997-12-03"));
        assert_eq!(texts(&selection.training), ["1997-07-06", "1997-08-05", "1997-09-04"]);
        assert_eq!(slices.notes, [""; 0]);
    }

    #[test]
    fn short_history_is_refused_with_the_numbers_or_used_with_a_note() {
        let short = Timeline { complete_through: date("1997-06-29"), ..cdnow() };
        let error = short.slices().unwrap_err();
        assert!(matches!(error, TrainingError::ShortHistory { needed: 180, found: 179, horizon: 90, .. }));
        assert!(error.to_string().contains("expected at least 180 days of history"), "{error}");

        let enough = Timeline { complete_through: date("1997-12-01"), ..cdnow() };
        let slices = enough.slices().unwrap();
        assert_eq!(slices.selection, None);
        assert_eq!(texts(&slices.training), ["1997-04-05", "1997-05-05", "1997-06-04"]);
        assert_eq!(slices.notes.len(), 2, "{:?}", slices.notes);

        let bare = Timeline { complete_through: date("1997-06-30"), ..cdnow() };
        assert!(matches!(bare.slices(), Err(TrainingError::NoTrainingDate { .. })));
        let immature = Timeline { test_as_of: Some(date("1998-04-03")), ..cdnow() };
        assert!(matches!(immature.slices(), Err(TrainingError::Immature(_))));
    }

    #[test]
    fn dates_with_a_full_look_back_are_used_alone_where_there_are_six() {
        // Seven dates, 186 to 366 days after the first purchase.
        let with = |lookback: u16| Timeline { lookback: Days::new(lookback), ..cdnow() }.slices().unwrap();
        let slices = with(216);
        assert_eq!(texts(&slices.training)[0], "1997-08-05");
        assert_eq!((slices.training.len(), slices.notes.len()), (6, 0));
        let slices = with(217);
        assert_eq!((slices.training.len(), slices.notes.len()), (7, 1));
        assert!(slices.notes[0].starts_with("2 of the 7 training dates have less history"), "{}", slices.notes[0]);
        assert!(slices.notes[0].contains("the oldest 186 days"), "{}", slices.notes[0]);
        assert_eq!(with(180).notes, [""; 0]);
    }

    #[test]
    fn purchases_that_are_recorded_late_move_the_labels_back() {
        let late = Timeline { recording_lag_days: 10, ..cdnow() };
        let slices = late.slices().unwrap();
        assert_eq!((slices.test, slices.calibration), (date("1998-03-23"), date("1997-12-23")));
        let error = Timeline { test_as_of: Some(date("1998-03-24")), ..late }.slices().unwrap_err();
        assert!(error.to_string().contains("it takes 10 days until 99 % of the purchases are recorded"), "{error}");
        assert!(error.to_string().contains("the latest as-of date with a label is 1998-03-23"), "{error}");
        let short = Timeline { complete_through: date("1997-07-05"), ..late };
        assert!(matches!(short.slices(), Err(TrainingError::ShortHistory { found: 175, .. })));
    }

    proptest! {
        #[test]
        fn time_only_runs_forward(
            history in 1_i32..3_000, lead in 0_u16..40, horizon in 1_u16..400, active in 1_u16..800, every in 1_u16..100,
            earlier in 0_i32..400, max_dates in 1_usize..30, lookback in prop::option::of(1_u16..1_000), lag in 0_i32..50,
        ) {
            let first_day = date("2020-01-01");
            let complete_through = first_day.plus_days(history);
            let window = LabelWindow { lead, horizon: Days::new(horizon).unwrap() };
            let reach = window.reach();
            let timeline = Timeline {
                first_day, complete_through, window, recording_lag_days: lag,
                lookback: lookback.and_then(Days::new),
                active_within: Days::new(active).unwrap(), every: Days::new(every).unwrap(),
                test_as_of: (earlier > 0).then(|| complete_through.plus_days(-lag - reach - earlier)), max_dates,
            };
            let Ok(slices) = timeline.slices() else {
                // Only a history too short for what was asked may be refused.
                prop_assert!(history < 2 * reach + earlier + lag + 1);
                return Ok(());
            };
            prop_assert!(slices.test.plus_days(reach + lag) <= complete_through);
            prop_assert!(slices.training.len() <= max_dates);
            prop_assert!(slices.training.is_sorted());
            prop_assert_eq!(*slices.training.last().unwrap(), slices.calibration);
            for training in &slices.training {
                prop_assert!(*training > first_day);
                prop_assert!(training.plus_days(reach) <= slices.test);
                if slices.notes.is_empty() {
                    prop_assert!(training.days_since(first_day) >= i32::from(active));
                }
            }
            if let Some(selection) = &slices.selection {
                prop_assert!(selection.as_of < slices.calibration);
                prop_assert!(selection.training.iter().all(|d| d.plus_days(reach) <= selection.as_of));
                prop_assert!(!selection.training.is_empty());
            }
        }
    }
}
