//! Comparisons as text for people.

use evaluation::{Estimate, Metrics};
use scoring::{ChangeParts, ScoreChange};
use training::{ModelComparison, Standing};

/// A measure of a model.
type Measure = fn(&Metrics) -> Estimate;

/// Two models on the same customers.
pub(super) fn comparison(comparison: &ModelComparison) -> String {
    let (a, b) = (&comparison.champion, &comparison.challenger);
    let mut lines = vec![
        format!(
            "as of {}: {} customers whom both models score, {} churned ({:.1} %) from {} to {}",
            comparison.as_of,
            comparison.rows,
            comparison.churners,
            100.0 * comparison.churners as f64 / comparison.rows as f64,
            comparison.window_start,
            comparison.window_end
        ),
        format!("{:<22} {:<26} {:<26}", "", a.version, b.version),
    ];
    if comparison.only_champion + comparison.only_challenger > 0 {
        lines.push(format!(
            "left out: {} customers whom only {} scores, {} whom only {} does",
            comparison.only_champion, a.version, comparison.only_challenger, b.version
        ));
    }
    let rows: [(&str, Measure); 6] = [
        ("ROC AUC", |m| m.roc_auc),
        ("log-loss", |m| m.log_loss),
        ("Brier score", |m| m.brier),
        ("lift at 10 %", |m| m.lift_at_10),
        ("calibration slope", |m| m.calibration_slope),
        ("calibration error", |m| m.ece),
    ];
    for (name, of) in rows {
        lines.push(format!("{name:<22} {:<26} {:<26}", shown(of(&a.metrics)), shown(of(&b.metrics))));
    }
    lines.extend(comparison.verdict.iter().cloned());
    lines.push(match comparison.standing {
        Standing::Better => format!("{} is better.", b.version),
        Standing::Worse => format!("{} is worse.", b.version),
        Standing::NoClearDifference => "These customers do not show which of the two is better.".to_owned(),
    });
    joined(&lines)
}

/// Why the mean score moved.
pub(super) fn change(change: &ScoreChange) -> String {
    let customers = change.customers;
    let part = |name: &str, of: fn(&ChangeParts) -> f64| {
        format!("{name:<46} {:>+10.4} {:>+10.4}", of(&change.probability), of(&change.logit))
    };
    let mean = |name: &str, of: fn(&ChangeParts) -> f64| {
        format!("{name:<46} {:>10.4} {:>10.4}", of(&change.probability), of(&change.logit))
    };
    let mut lines = vec![
        format!(
            "why the mean score moved: {} customers as of {} by {}, {} as of {} by {}, {} of them in both",
            customers.before,
            change.from,
            change.champion,
            customers.after,
            change.to,
            change.challenger,
            customers.both
        ),
        format!("{:<46} {:>10} {:>10}", "", "probability", "logit"),
        mean("mean before", |p| p.before),
        part("customers no longer scored", |p| p.leaving),
        part("data: what the same customers did", |p| p.data),
        part("model: the other model, for the same customers", |p| p.model),
        part("customers scored now and not before", |p| p.entering),
        mean("mean after", |p| p.after),
        format!("{:<46} {:>10} {:>10}", "of the logit, by family of features", "data", "model"),
    ];
    for family in &change.families {
        lines.push(format!("{:<46} {:>+10.4} {:>+10.4}", family.family.as_str(), family.data, family.model));
    }
    lines.push(format!("{:<46} {:>+10.4} {:>+10.4}", "constant", 0.0, change.constant));
    joined(&lines)
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn shown(estimate: Estimate) -> String {
    match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{value:.3} ({low:.3} to {high:.3})"),
        (Some(value), None) => format!("{value:.3}"),
        (None, _) => "-".to_owned(),
    }
}
