//! The gate on time: no label that anything was fitted on may reach past the test as-of date.

use history::{Date, LabelWindow};

use super::{Gate, GateKind, Measured};
use crate::slices::Slices;

/// Looks at the slices as they were used. [`Slices`] are cut so that this holds; the gate proves it for every model.
pub(crate) fn label_windows(slices: &Slices, window: LabelWindow) -> Gate {
    let end = |date: &Date| date.plus_days(window.reach());
    let selection = slices.selection.iter().flat_map(|selection| {
        selection.training.iter().map(|date| ("selection", *date)).chain([("selection", selection.as_of)])
    });
    let training = slices.training.iter().map(|date| ("training", *date));
    let fitted = training.chain(selection).chain([("calibration", slices.calibration)]);
    let (slice, date) = fitted.max_by_key(|(_, date)| *date).unwrap_or(("calibration", slices.calibration));
    let (latest, test) = (end(&date), slices.test);
    let passed = latest <= test;
    let why = if passed {
        format!("no label window of what was fitted ends after the test as-of date, {test}")
    } else {
        format!(
            "the label window of the {slice} slice at {date} ends on {latest}, after the test as-of date, {test}: the test \
             measures memory, not foresight"
        )
    };
    Gate {
        gate: GateKind::LabelWindows,
        passed,
        subject: format!("{slice} slice"),
        found: Some(Measured::Date(latest.to_string())),
        limit: Some(Measured::Date(test.to_string())),
        why,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Selection;
    use history::Days;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_that_reaches_past_the_test_as_of_date_is_named() {
        let window = LabelWindow { lead: 5, horizon: Days::new(30).unwrap() };
        let slices = |selection: &str, calibration: &str| Slices {
            training: vec![date("2025-01-01"), date(calibration)],
            selection: Some(Selection { training: vec![date("2024-11-01")], as_of: date(selection) }),
            calibration: date(calibration),
            test: date("2025-04-05"),
            notes: Vec::new(),
        };
        assert!(label_windows(&slices("2025-02-01", "2025-03-01"), window).passed);
        let gate = label_windows(&slices("2025-02-01", "2025-03-02"), window);
        assert!(!gate.passed);
        assert_eq!(gate.found, Some(Measured::Date("2025-04-06".into())));
        let gate = label_windows(&slices("2025-03-05", "2025-03-01"), window);
        assert!(!gate.passed && gate.subject == "selection slice", "{gate:?}");
    }
}
